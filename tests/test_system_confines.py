"""What control groups allow is read from either version, whichever of the groups above is the tightest."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.system import confines

NEW = "0::/machine/session"
OLD = "4:memory:/machine/session\n1:cpu,cpuacct:/machine/session\n0::/"
OUTSIDE = "4:memory:/elsewhere\n1:cpu,cpuacct:/elsewhere\n0::/../elsewhere"
NONE = "9223372036854771712"


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(confines, "_ROOT", tmp_path / "groups")
    monkeypatch.setattr(confines, "_OWN", tmp_path / "own")
    return tmp_path


def write(folder: Path, own: str, files: Mapping[str, str]) -> None:
    (folder / "own").write_text(own + "\n")
    for base in ("", "memory", "cpu"):
        (folder / "groups" / base / "machine" / "session").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / "groups" / name
        path.write_text(text + "\n")


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        (NEW, {"machine/session/cpu.max": "150000 100000"}, 1.5),
        (NEW, {"machine/session/cpu.max": "max 100000", "machine/cpu.max": "50000 100000"}, 0.5),
        (NEW, {"machine/session/cpu.max": "max 100000"}, None),
        (OUTSIDE, {"cpu.max": "150000 100000"}, 1.5),
        (
            OLD,
            {"cpu/machine/session/cpu.cfs_quota_us": "50000", "cpu/machine/session/cpu.cfs_period_us": "100000"},
            0.5,
        ),
        (OLD, {"cpu/machine/session/cpu.cfs_quota_us": "-1", "cpu/machine/session/cpu.cfs_period_us": "100000"}, None),
        (OUTSIDE, {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 0.5),
        (NEW, {}, None),
    ],
)
def test_the_tightest_quota_counts(groups: Path, own: str, files: dict[str, str], expected: float | None) -> None:
    write(groups, own, files)
    assert confines.quota() == expected


@pytest.mark.parametrize(
    ("own", "files", "limit", "left"),
    [
        (NEW, {"machine/memory.max": "1000", "machine/memory.current": "800"}, 1000, 200),
        (
            NEW,
            {
                "machine/memory.max": "1000",
                "machine/memory.current": "800",
                "machine/memory.stat": "anon 1\ninactive_file 300",
            },
            1000,
            500,
        ),
        (NEW, {"machine/memory.max": "max", "machine/memory.current": "800"}, None, None),
        (
            OLD,
            {
                "memory/machine/session/memory.limit_in_bytes": "2000",
                "memory/machine/session/memory.usage_in_bytes": "500",
                "memory/memory.limit_in_bytes": NONE,
                "memory/memory.usage_in_bytes": "9000",
            },
            2000,
            1500,
        ),
        (OLD, {"memory/machine/session/memory.limit_in_bytes": NONE}, None, None),
    ],
)
def test_the_tightest_memory_limit_counts(
    groups: Path, own: str, files: dict[str, str], limit: int | None, left: int | None
) -> None:
    write(groups, own, files)
    assert confines.memory_limit() == limit
    assert confines.memory_left() == left


@pytest.mark.parametrize(
    ("own", "folder", "limits", "stat"),
    [
        (NEW, "machine/session", {"cpu.max": "50000 100000"}, "usage_usec 9\nnr_throttled 3\nthrottled_usec 1500000"),
        (
            OLD,
            "cpu/machine/session",
            {"cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000"},
            "nr_periods 9\nnr_throttled 3\nthrottled_time 1500000000",
        ),
    ],
)
def test_what_a_quota_has_stopped_is_counted_in_seconds(
    groups: Path, own: str, folder: str, limits: dict[str, str], stat: str
) -> None:
    write(groups, own, {f"{folder}/{name}": text for name, text in {**limits, "cpu.stat": stat}.items()})
    assert confines.throttled() == 1.5


def test_without_a_quota_nothing_is_stopped(groups: Path) -> None:
    write(groups, NEW, {"machine/session/cpu.stat": "nr_throttled 0\nthrottled_usec 0"})
    assert confines.throttled() is None


def test_without_control_groups_nothing_is_limited(groups: Path) -> None:
    assert (confines.quota(), confines.memory_limit(), confines.memory_left()) == (None, None, None)
