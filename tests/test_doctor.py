"""The doctor looks at real things, names what is bad with a remedy, and knows what could be seen."""

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from test_schemas import complaints

from bench import journal, stats
from bench.cli import main
from bench.doctor import Floor, Symptom, examined, floor, keep, kept, kernel
from bench.errors import ConfigurationError
from bench.system import machine
from bench.verbs.doctor import conclusion, line
from bench.window import Slices, Window


def test_everything_bad_has_a_remedy_and_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.doctor.symptoms.WATCHING", 0.05)
    found = examined()
    assert all(symptom.remedy and symptom.told for symptom in found if not symptom.well)
    assert [symptom.well for symptom in found] == sorted(symptom.well for symptom in found)
    assert {"neighbours", "cores", "backlog"} <= {symptom.name for symptom in found}


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's kernel")
def test_the_kernel_is_asked() -> None:
    ports, files, waiting = kernel.ports(), kernel.open_files(), kernel.time_wait()
    assert ports is not None
    assert files is not None
    assert waiting is not None
    assert 0 < ports < 65536
    assert files > 0
    assert waiting >= 0
    assert kernel.siblings([]) is None
    assert kernel.huge_pages() in (None, "always", "madvise", "never")


def test_a_quick_look_measures_nothing_and_says_whether_it_is_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.doctor.symptoms.WATCHING", 0.05)
    code = main(["doctor", "--quick", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert complaints("doctor", said) == []
    assert said["floor"] is None
    assert code == (0 if said["fit"] else 1)
    assert said["fit"] == (not any(one["grave"] and not one["well"] for one in said["symptoms"]))


def test_what_is_bad_is_told_with_what_to_do() -> None:
    bad = Symptom("governor", False, "the governor is powersave", "cpupower frequency-set -g performance")
    assert line(bad) == "! governor: the governor is powersave\n    cpupower frequency-set -g performance"
    assert line(Symptom("swap", True, "0 MiB", "swapoff -a")) == "✓ swap: 0 MiB"


def ratios(scatter: float, rounds: int = 400) -> list[float]:
    draw = Random(1)
    return [draw.gauss(0, scatter) for _ in range(rounds)]


def test_the_floor_tells_the_quieter_placement_and_what_a_gate_could_see() -> None:
    found = Floor("gunicorn", 40.0, {"shared": ratios(0.013), "apart": ratios(0.03)})
    assert found.quieter == "shared"
    assert found.scatter == pytest.approx({"shared": 0.013, "apart": 0.03}, rel=0.1)
    one, three, five = (found.detectable[minutes] for minutes in (1, 3, 5))
    assert one is not None
    assert three is not None
    assert five is not None
    rounds = int(60 / floor.Pace().load_time)
    assert one == stats.detectable(found.scatter["shared"] / 2, rounds)
    assert one > three > five
    assert found.fit
    assert conclusion(found, True)[-1] == "Fit to measure."
    assert "<- `bench run` measures cost so" in conclusion(found, True)[1]


@pytest.mark.parametrize(
    ("shared", "apart", "rounds", "choice"),
    [(0.02, 0.01, 40, "apart"), (0.02, 0.019, 40, "shared"), (0.01, 0.02, 40, "shared"), (0.02, 0.01, 4, "shared")],
)
def test_only_what_is_quieter_for_sure_takes_the_driver_off_the_servers_core(
    shared: float, apart: float, rounds: int, choice: str
) -> None:
    assert Floor("gunicorn", 40.0, {"shared": ratios(shared, rounds), "apart": ratios(apart, rounds)}).choice == choice


def test_what_was_found_is_kept_for_this_machine_alone(tmp_path: Path) -> None:
    here, found = machine.probe(), Floor("gunicorn", 40.0, {"shared": ratios(0.03), "apart": ratios(0.01)})
    assert kept(tmp_path, here) is None
    path = keep(tmp_path / "new", found, here)
    assert kept(path.parent, here) == "apart"
    assert kept(path.parent, replace(here, processor="another")) is None
    path.write_text("{}")
    with pytest.raises(ConfigurationError, match=r"doctor\.json is not what `bench doctor` wrote.*Remove it"):
        kept(path.parent, here)


def test_a_run_measures_cost_where_the_doctor_found_it_quieter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = machine.probe()
    if here.driver_cores is None:
        pytest.skip("nothing can be placed here: only Linux with two cores or more can")
    keep(tmp_path, Floor("gunicorn", 40.0, {"shared": ratios(0.03), "apart": ratios(0.01)}), here)
    main(["run", "waitress", "--rounds", "1", "--duration", "0.1", "--results", str(tmp_path)])
    assert "as `bench doctor` advised" in capsys.readouterr().err
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    said = journal.read(folder)
    assert said.run.loads
    assert not any(load.shared for load in said.run.loads)


def test_a_machine_on_which_2_percent_cannot_be_seen_is_not_fit() -> None:
    assert not Floor("gunicorn", 40.0, {"shared": ratios(0.3)}).fit


def test_too_few_rounds_tell_nothing() -> None:
    found = Floor("gunicorn", 5.0, {"shared": [0.01, 0.02]})
    assert (found.scatter, found.quieter, found.detectable, found.fit) == ({}, None, {}, False)
    assert "too few rounds" in "\n".join(conclusion(found, False))


def window(costs: list[float]) -> Window:
    many = tuple(100 for _ in costs)
    cpu = tuple(100 * cost for cost in costs)
    slices = Slices(0, 0.02, None, wall=cpu, responses=many, received=many, driver_cpu=cpu, server_cpu=cpu)
    return Window("floor", "closed", 8, 0.0, sum(cpu), sum(many), slices=slices)


def test_a_round_is_the_middle_of_its_blocks() -> None:
    assert floor.log_ratio([window([1.0, 2.0, 9.0]), window([1.0, 1.0, 1.0])]) == pytest.approx(math.log(2))
    assert floor.log_ratio([window([]), window([])]) is None


@pytest.mark.slow
def test_identical_servers_are_measured_in_both_placements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--seconds", "10", "--json", "--results", str(tmp_path)])
    said = json.loads(capsys.readouterr().out)
    assert complaints("doctor", said) == []
    assert all(count >= 3 for count in said["floor"]["rounds"].values())
    assert said["floor"]["quieter"] in said["floor"]["scatter"]
    assert kept(tmp_path, machine.probe()) == said["floor"]["choice"]
    assert code == (0 if said["fit"] else 1)
