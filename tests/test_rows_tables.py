"""What a table says wrongly is refused in one sentence that tells where it stands."""

import os
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigurationError
from bench.model import Server
from bench.rows.catalog import Catalog, load_catalog
from bench.rows.rendering import environment

CATALOG = load_catalog()
ROW = 'title = "mine"\nserves = "wsgi"\nslots = "1"\nrun = ["{python} {port}"]\n'


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


def test_a_users_own_row_works_without_touching_the_project(tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_text("listen @port@;")
    mine = extra(
        tmp_path, f"[mine]\n{ROW}files = ['mine.conf', 'nginx/nginx.conf']\n[mine.environment]\nMINE = '{{port}}'\n"
    )
    server = mine.servers["mine"]
    assert mine.templates(server)["mine.conf"] == "listen @port@;"
    assert "daemon off" in mine.templates(server)["nginx.conf"]
    assert environment(server, {"port": "5", "project": "/apps"}) == {
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
