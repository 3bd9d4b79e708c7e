"""What IIS is told, to the word, for three sites; how it is taken back; and what cannot be told at all."""

from dataclasses import replace
from itertools import pairwise
from pathlib import PureWindowsPath as Path

import pytest
from appcmd import Appcmd, pretended

from bench.errors import BenchError
from bench.iis.carry import put_up
from bench.iis.plan import Call, Copy, Ended, Step, down, readable, up
from bench.iis.site import Interpreter, Site, Waking, identifier, refusal

PYTHON = Interpreter(Path(r"C:\b\venv\Scripts\python.exe"), Path(r"C:\b\venv"), Path(r"C:\Program Files\Python313"))
ACCOUNT = "*S-1-5-82-1564525290-3306794054-3865560652-2820168957-1758265961"
PACKAGES = Path(r"C:\b\venv\Lib\site-packages")
TUNED = Site(
    "bench-20001-7",
    20001,
    PYTHON,
    root=Path(r"C:\t\bench-x"),
    folder=Path(r"C:\b\apps"),
    wfastcgi=PACKAGES / "wfastcgi.py",
    processes=8,
    backlog=1024,
    environment={"PYTHONHASHSEED": "5"},
)
DEFAULTS = replace(TUNED, profile="defaults", environment={})
PLATFORM = replace(TUNED, handler="httpplatform", wfastcgi=None, waking="initialised", environment={})
KEY = r"fullPath='C:\b\venv\Scripts\python.exe',arguments='C:\t\bench-x\wfastcgi.py'"
GRANTS = (
    rf"icacls C:\t\bench-x /grant {ACCOUNT}:(OI)(CI)(RX) /Q",
    rf"icacls C:\b\apps /grant {ACCOUNT}:(OI)(CI)(RX) /Q",
    rf"icacls C:\b\venv /grant {ACCOUNT}:(OI)(CI)(RX) /Q",
    rf"icacls C:\Program Files\Python313 /grant {ACCOUNT}:(OI)(CI)(RX) /Q",
)
SITE = (
    r"add site /name:bench-20001-7 /bindings:http/127.0.0.1:20001: /physicalPath:C:\t\bench-x /serverAutoStart:false",
    "set app bench-20001-7/ /applicationPool:bench-20001-7",
    "set config bench-20001-7 -section:system.webServer/security/authentication/anonymousAuthentication /userName: "
    "/commit:apphost",
    *GRANTS,
    "set config bench-20001-7 -section:system.webServer/httpErrors /existingResponse:PassThrough /commit:apphost",
)
HANDLER = (
    "set config bench-20001-7 -section:system.webServer/handlers /+[name='bench-20001-7',path='*',verb='*',"
    r"modules='FastCgiModule',scriptProcessor='C:\b\venv\Scripts\python.exe|C:\t\bench-x\wfastcgi.py',"
    "resourceType='Unspecified',requireAccess='Script'] /commit:apphost"
)
START = (
    "set apppool /apppool.name:bench-20001-7 /autoStart:true",
    "set site /site.name:bench-20001-7 /serverAutoStart:true",
    "start apppool /apppool.name:bench-20001-7",
    "start site /site.name:bench-20001-7",
)
COPY = r"copy C:\b\venv\Lib\site-packages\wfastcgi.py C:\t\bench-x\wfastcgi.py"
FASTCGI = "set config -section:system.webServer/fastCgi"
POOL = (
    "add apppool /name:bench-20001-7 /autoStart:false /managedRuntimeVersion: /queueLength:1024 "
    "/processModel.idleTimeout:00:00:00 /recycling.periodicRestart.time:00:00:00 /failure.rapidFailProtection:false"
)


def words(steps: tuple[Step, ...]) -> list[str]:
    """Steps as lines; what appcmd is told, without its name."""
    return [_words(step).removeprefix("appcmd ") for step in steps]


def _words(step: Step) -> str:
    match step:
        case Copy(source, target):
            return f"copy {source} {target}"
        case Ended(pool):
            return f"ended {pool}"
        case Call(program, arguments):
            return " ".join((program, *arguments))
    raise AssertionError(step)


def test_a_tuned_site_is_told_so() -> None:
    assert words(up(TUNED)) == [
        POOL,
        *SITE,
        COPY,
        f"{FASTCGI} /+[{KEY},maxInstances='8',instanceMaxRequests='10000000',queueLength='1024',idleTimeout='604800',"
        "activityTimeout='600',requestTimeout='600',signalBeforeTerminateSeconds='0',rapidFailsPerMinute='100'] "
        "/commit:apphost",
        f"{FASTCGI} /+[{KEY}].environmentVariables.[name='PYTHONHASHSEED',value='5'] /commit:apphost",
        HANDLER,
        r"python -m compileall -q C:\b\apps C:\b\venv\Lib\site-packages",
        *START,
    ]


def test_a_site_with_defaults_is_told_what_wfastcgi_enable_says_and_no_more() -> None:
    assert words(up(DEFAULTS)) == [
        "add apppool /name:bench-20001-7 /autoStart:false",
        *SITE,
        COPY,
        f"{FASTCGI} /+[{KEY},signalBeforeTerminateSeconds='30'] /commit:apphost",
        HANDLER,
        *START,
    ]


def test_a_site_of_http_platform_that_wakes_by_itself_is_told_so() -> None:
    initialisation = "set config bench-20001-7 -section:system.webServer/applicationInitialization"
    assert words(up(PLATFORM)) == [
        POOL,
        *SITE,
        "set config bench-20001-7 -section:system.webServer/handlers /+[name='bench-20001-7',path='*',verb='*',"
        "modules='httpPlatformHandler',resourceType='Unspecified'] /commit:apphost",
        "set apppool /apppool.name:bench-20001-7 /startMode:AlwaysRunning",
        "set app bench-20001-7/ /preloadEnabled:true",
        f"{initialisation} /doAppInitAfterRestart:true /commit:apphost",
        f"{initialisation} /+[initializationPage='/'] /commit:apphost",
        r"python -m compileall -q C:\b\apps",
        *START,
    ]


def test_all_of_it_is_taken_back_workers_before_the_pool_and_rights_before_the_account() -> None:
    section = "clear config bench-20001-7 -section:system.webServer"
    assert words(down(TUNED)) == [
        "stop site /site.name:bench-20001-7",
        "stop apppool /apppool.name:bench-20001-7",
        "ended bench-20001-7",
        f"{section}/handlers /commit:apphost",
        f"{section}/httpErrors /commit:apphost",
        f"{section}/security/authentication/anonymousAuthentication /commit:apphost",
        *(f"icacls {folder} /remove:g {ACCOUNT} /Q" for folder in readable(TUNED)),
        "delete site /site.name:bench-20001-7",
        "delete apppool /apppool.name:bench-20001-7",
        f"{FASTCGI} /-[{KEY}] /commit:apphost",
    ]
    assert f"{section}/applicationInitialization /commit:apphost" in words(down(PLATFORM))
    assert f"{section}/httpPlatform /commit:apphost" in words(down(PLATFORM))
    assert not any("fastCgi" in line for line in words(down(PLATFORM)))


def test_http_platform_is_told_what_its_python_shall_find_too() -> None:
    section = "set config bench-20001-7 -section:system.webServer/httpPlatform"
    said = words(up(replace(PLATFORM, environment={"PYTHONHASHSEED": "5"})))
    assert [line for line in said if section in line] == [
        rf"{section} /processPath:C:\b\venv\Scripts\python.exe /commit:apphost",
        f"{section} /+environmentVariables.[name='PYTHONHASHSEED',value='5'] /commit:apphost",
    ]


def test_where_compiled_code_is_looked_for_elsewhere_workers_may_write_it_and_nothing_is_compiled_for_them() -> None:
    site = replace(TUNED, environment={"PYTHONPYCACHEPREFIX": r"C:\t\compiled"})
    assert rf"icacls C:\t\compiled /grant {ACCOUNT}:(OI)(CI)(M) /Q" in words(up(site))
    assert rf"icacls C:\t\compiled /remove:g {ACCOUNT} /Q" in words(down(site))
    assert any("compileall" in line for line in words(up(TUNED)))
    assert not any("compileall" in line for line in words(up(site)))


def test_a_pools_account_has_the_number_that_windows_gives_it() -> None:
    # As `whoami /all` says it in a worker of this pool.
    assert identifier("DefaultAppPool") == "S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415"


def test_a_folder_inside_another_comes_with_it() -> None:
    inner = replace(TUNED, folder=TUNED.root / "app", python=replace(PYTHON, prefix=PYTHON.base, base=PYTHON.base))
    assert readable(inner) == (TUNED.root, PYTHON.base)


@pytest.mark.parametrize(
    ("site", "way"),
    [
        (replace(TUNED, folder=Path(r"C:\my app")), r"has a space in it.*move the app"),
        (replace(TUNED, root=Path(r"C:\a&b\bench-x")), r"has & in it.*set TEMP="),
        (replace(TUNED, python=replace(PYTHON, executable=Path(r"C:\a b\python.exe"))), r"py -m venv C:\\bench\\venv"),
        (replace(TUNED, python=replace(PYTHON, bits=32)), "32-bit Python.*64-bit"),
        (replace(TUNED, python=replace(PYTHON, base=Path(r"C:\Program Files\WindowsApps\P"))), "Store's.*python.org"),
        (replace(TUNED, environment={"NAME": "it's"}), "NAME = 'it's'.*letters"),
        (replace(TUNED, environment={"NAME": "a]"}), "use letters"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence_with_the_way_out(site: Site, way: str) -> None:
    machine, appcmd = pretended()
    with pytest.raises(BenchError, match=way) as refused:
        put_up(site, machine)
    assert str(refused.value).endswith(".")
    assert appcmd.text() == Appcmd().text()
    assert refusal(TUNED) is None


def test_who_is_no_administrator_is_told_so_and_nothing_is_touched() -> None:
    # Appcmd does not even list for such a user.
    machine, appcmd = pretended("list")
    with pytest.raises(BenchError, match="administrators only: start this from an elevated prompt"):
        put_up(TUNED, replace(machine, is_administrator=lambda: False))
    assert appcmd.text() == Appcmd().text()


WAKINGS: tuple[Waking, ...] = ("ondemand", "running", "preload", "initialised")


def test_each_way_of_waking_says_more_than_the_one_before() -> None:
    said = [set(words(up(replace(TUNED, waking=waking)))) for waking in WAKINGS]
    assert all(less < more for less, more in pairwise(said))
