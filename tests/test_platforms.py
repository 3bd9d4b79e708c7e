"""What other systems lack is really taken away here, and the same tests run again: the driver's, without epoll, then
without poll too, in this process and in every one that it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DRIVER = [f"test_drivers_{name}.py" for name in ("locust", "locustfile", "mixed", "slicing", "wires")]
"""Those of the engine itself ask for each way of waiting by its name."""


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has nothing but select")
@pytest.mark.parametrize("lacking", [("epoll",), ("epoll", "poll")], ids=["poll", "select"])
def test_the_driver_passes_its_tests_where_systems_have_less(lacking: tuple[str, ...], tmp_path: Path) -> None:
    # Python imports this at its start.
    removal = "".join(f"vars(select).pop('{name}', None)\n" for name in lacking)
    (tmp_path / "sitecustomize.py").write_text(f"import select\n{removal}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "not wrk and not hey", "-p", "no:cacheprovider", *DRIVER],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=390,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "epoll" not in done.stdout
