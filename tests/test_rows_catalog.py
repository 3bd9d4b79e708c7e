"""Every row gets what the tables promise, and is found by the names people use."""

import re
from dataclasses import asdict, replace
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigurationError
from bench.model import Server, Settings
from bench.rows import catalog as catalog_module
from bench.rows.catalog import assets, load_catalog
from bench.rows.programs import suits
from bench.rows.rendering import HOLES, commands, environment, fill, preparations, told

CATALOG = load_catalog()
ROWS = list(CATALOG.servers.values())
RUNNING = [server for server in ROWS if server.run]
MISSION = re.findall(
    r"\S+",
    "dev threaded processes gunicorn gunicorn-gthread gunicorn-gevent gunicorn+nginx gevent uwsgi uwsgi+nginx "
    "uwsgi+nginx-tcp waitress waitress+nginx tornado tornado-wsgi twisted iis+wfastcgi",
)


def names(*patterns: str) -> list[str]:
    return [server.name for server in CATALOG.select(patterns)]


def test_every_row_of_the_mission_is_there() -> None:
    assert {*MISSION} <= {*names("@mission")} <= {*names("@all")}
    assert [*names("@default"), "iis+wfastcgi"] == MISSION


@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_row_uses_every_shared_setting_or_says_why_not(server: Server) -> None:
    assert CATALOG.unused(server) == []


@pytest.mark.parametrize("server", RUNNING, ids=lambda server: server.name)
@pytest.mark.parametrize("setting", asdict(Settings()))
def test_a_setting_reaches_what_is_started_unless_the_row_ignores_it(server: Server, setting: str) -> None:
    def rendered(settings: Settings) -> object:
        holes = {**dict.fromkeys(HOLES, "0"), **told(server, settings)}
        files = CATALOG.templates(server).values()
        filled = [fill(template, holes) for template in files]
        return commands(server, holes), environment(server, holes), filled

    other = replace(Settings(), **{setting: 7919})
    assert (rendered(Settings()) == rendered(other)) == (setting in server.ignores)


# What rows of Windows need are features of it, which no command begins with.
@pytest.mark.parametrize(
    "server", [server for server in RUNNING if "win32" not in server.platforms], ids=lambda server: server.name
)
def test_a_row_declares_exactly_the_programs_that_its_commands_begin_with(server: Server) -> None:
    holes = {**dict.fromkeys(HOLES, "0"), "python": "python"}
    begins = {argv[0] for argv in (*preparations(server, holes), *commands(server, holes))} - {"python"}
    loaded = {name for name in server.programs if CATALOG.programs[name].candidates[0].startswith("/")}
    assert begins == {*server.programs} - loaded


@pytest.mark.parametrize("server", RUNNING, ids=lambda server: server.name)
def test_a_row_says_where_its_server_is_documented_and_which_groups_it_is_in(server: Server) -> None:
    assert server.docs.startswith("https://")
    assert {"apt", "compiled", "iis", "wheels"} & set(server.groups)
    assert ("wsgi" in server.groups) == (server.serves == "wsgi")
    assert ("nginx" in server.groups) == ("nginx" in server.programs)


def test_advice_names_the_page_it_comes_from_and_is_followed_where_it_is_asked_for() -> None:
    assert {server.advice for server in ROWS} - {""} == {*CATALOG.advice}
    pages = [said.page for advice in CATALOG.advice.values() for said in advice.values()]
    assert pages
    assert [page for page in pages if not page.startswith("https://")] == []
    waitress = CATALOG.servers["waitress"]
    assert CATALOG.told(waitress, Settings(workers=1, threads=7)).threads == 7
    recommended = replace(CATALOG, profile="recommended")
    assert recommended.told(waitress, Settings(threads=7)) == replace(Settings(), connections=100)
    assert recommended.told(CATALOG.servers["dev"], Settings(threads=7)).threads == 7


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[advice.mine]\nworker = {value = "1", page = "p"}', "has an unknown key 'worker'. Did you mean 'workers'?"),
        ('[advice.mine]\nworkers = {value = "cpus", page = "p"}', "'cpus' is not a formula"),
        ('[advice.mine]\nworkers = {value = "1"}', "missing required field `page`"),
        (
            '[mine]\ntitle = "x"\nserves = "wsgi"\nslots = "1"\nrun = ["x"]\nadvice = "gunicron"',
            "which is no table. Did you mean 'gunicorn'?",
        ),
    ],
)
def test_advice_that_cannot_be_followed_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=re.escape(sentence)):
        load_catalog(tmp_path / "mine.toml")


def test_no_template_is_left_over() -> None:
    used = {Path(file) for server in ROWS for file in server.files}
    assert {path.relative_to(assets()) for path in (assets() / "nginx").iterdir()} <= used
    assert {path.relative_to(assets()) for path in (assets() / "configs").glob("*.*") if path.suffix != ".toml"} <= used


def test_every_wheel_row_can_run_where_the_project_is_installed() -> None:
    obstacles = {server.name: CATALOG.obstacle(server) for server in CATALOG.select(["@wheels"])}
    expected = [
        name for name, server in CATALOG.servers.items() if "wheels" in server.groups and suits(server.platforms)
    ]
    assert [name for name, obstacle in obstacles.items() if obstacle is None] == expected


def test_the_loads_are_closed_models_for_cost_and_capacity_and_open_ones_at_shares_of_capacity() -> None:
    assert {name: (load.model, load.share, load.share_of) for name, load in CATALOG.loads.items()} == {
        "cost": ("closed", None, "own"),
        "capacity": ("closed", None, "own"),
        "half": ("open", 0.5, "own"),
        "heavy": ("open", 0.8, "own"),
        "common": ("open", 0.5, "slowest"),
    }
    assert all(load.title for load in CATALOG.loads.values())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("duration = 0", "configs/loads.toml, line 2: [mine] duration must be more than 0 and finite, not 0.0."),
        ("duration = inf", "configs/loads.toml, line 2: [mine] duration must be more than 0 and finite, not inf."),
        ("share = nan", "configs/loads.toml, line 2: [mine] share must be more than 0 and finite, not nan."),
        (
            "rate = 5\nshare = 0.5",
            "configs/loads.toml, line 2: [mine] has both a rate and a share; it can follow only one.",
        ),
        (
            "arrival = 'poisson'",
            "configs/loads.toml, line 2: [mine] has an unknown key 'arrival'. Did you mean 'arrivals'?",
        ),
        (
            "arrivals = 'uniform'",
            "configs/loads.toml, line 2: [mine] cannot be followed: arrivals: invalid enum value 'uniform'.",
        ),
        (
            "requests = [{pth = '/'}]",
            "configs/loads.toml, line 1: [mine] has an unknown key 'pth'. Did you mean 'path'?",
        ),
    ],
)
def test_a_load_that_cannot_be_followed_is_refused(
    text: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree(assets() / "configs", tmp_path / "configs")
    (tmp_path / "nginx").symlink_to(assets() / "nginx")
    (tmp_path / "configs" / "loads.toml").write_text(f"[mine]\n{text}\n")
    monkeypatch.setattr(catalog_module, "assets", lambda: tmp_path)
    with pytest.raises(ConfigurationError) as error:
        load_catalog()
    assert str(error.value) == sentence


def test_rows_are_chosen_by_name_pattern_and_group_each_once_in_the_order_asked_for() -> None:
    assert names("waitress", "gunicorn-ge*", "gunicorn-g*", "gunicorn-gevent") == [
        "waitress",
        "gunicorn-gevent",
        "gunicorn-gthread",
    ]
    assert names("@nginx")[:4] == ["gunicorn+nginx", "uwsgi+nginx", "uwsgi+nginx-tcp", "waitress+nginx"]
    assert names("@yardsticks") == ["nginx-static", "php+nginx", "php+apache"]
    assert names() == names("@default") == MISSION[:-1]
    assert {*names("@default")} < {*names("@wheels")} < {*names("@all")} == {*CATALOG.servers}


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("gunicron", "there is no row 'gunicron'. Did you mean 'gunicorn'?"),
        ("uwsgi-nginx", "there is no row 'uwsgi-nginx'. Did you mean 'uwsgi+nginx'?"),
        ("@ngnix", "there is no group '@ngnix'. Did you mean '@nginx'?"),
        ("zzz", "there is no row 'zzz'. `bench list` shows what there is."),
        ("", "there is no row ''. `bench list` shows what there is."),
        ("GUNICORN*", "there is no row 'GUNICORN*'. `bench list` shows what there is."),
    ],
)
def test_an_unknown_row_is_refused_with_the_nearest_name(pattern: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        CATALOG.select(["dev", pattern])
    assert str(error.value) == sentence


@given(st.text(max_size=20))
def test_any_pattern_chooses_rows_or_is_refused(pattern: str) -> None:
    try:
        chosen = CATALOG.select([pattern])
    except ConfigurationError:
        return
    assert chosen
