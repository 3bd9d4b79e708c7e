"""What was not the same between two runs: found whatever it is, and silent where all is."""

from dataclasses import replace

import synthetic

from bench.differences import Difference, conditions, configuration, differences
from bench.model import Rendered, Run


def between(one: Run, other: Run) -> dict[str, tuple[str | None, str | None]]:
    found = differences(conditions(one), conditions(other))
    return {f"{each.group} {each.name}": (each.before, each.after) for each in found}


def test_a_run_differs_from_itself_in_nothing() -> None:
    assert between(synthetic.run(), synthetic.run()) == {}


def test_each_kind_of_difference_is_found() -> None:
    one = synthetic.run()
    other = replace(
        one,
        name="other",
        started="2027-01-01T00:00:00+00:00",
        version="0.2.0",
        driver="wrk",
        seed=8,
        rounds=5,
        commit=None,
        settings=replace(one.settings, workers=4),
        machine=replace(one.machine, processor="Another", load_average=9.0, governor="performance"),
        versions={"gunicorn": "28.0.0", "waitress": "3.0.2", "nginx": "1.31.3", "uvicorn": "1.0"},
        loads=(replace(one.loads[0], connections=256), *one.loads[1:3]),
        profile="recommended",
    )
    found = between(one, other)
    assert found["versions gunicorn"] == ("27.0.1", "28.0.0")
    assert found["versions pyuwsgi"] == ("2.0.30.post1", None)
    assert found["versions uvicorn"] == (None, "1.0")
    assert found["versions commit"] == ("0123456789ab", None)
    assert found["machine governor"] == (None, "performance")
    assert found["settings workers"] == ("2", "4")
    assert found["settings profile"] == ("equal", "recommended")
    assert "connections 64" in str(found["loads capacity"][0])
    assert "connections 256" in str(found["loads capacity"][1])
    assert found["loads common"][1] is None
    assert {"settings driver", "settings seed", "settings rounds", "machine processor"} < set(found)
    assert not any("load_average" in name or "started" in name for name in found)


def test_what_a_row_was_told_is_compared_by_command_and_file() -> None:
    row = synthetic.run().servers["uwsgi+nginx"]
    other = replace(row, commands=row.commands[:1], files={"nginx.conf": row.files["nginx.conf"] + "\nuser me;"})
    found = [*differences({"row": configuration(row)}, {"row": configuration(other)})]
    assert [each.name for each in found] == ["command 2", "file nginx.conf"]
    assert found[0].after is None
    assert found[1].lines[1:] == ["+user me;"]


def test_a_title_is_no_configuration() -> None:
    row: Rendered = synthetic.run().servers["dev"]
    assert configuration(row) == configuration(replace(row, title="Other", docs="elsewhere", groups=()))


def test_short_texts_have_no_lines_to_hold_together() -> None:
    assert Difference("versions", "gunicorn", "1", "2").lines == []


def test_commands_that_share_most_words_are_held_together_word_by_word() -> None:
    ours, theirs = "waitress --threads=4 --port=PORT app:app", "waitress --threads=8 --port=PORT app:app --quiet"
    assert [pair for pair in Difference("row", "command 1", ours, theirs).pieces if pair[0] != pair[1]] == [
        ("--threads=4", "--threads=8"),
        ("", "--quiet"),
    ]
    assert Difference("row", "command 1", "waitress --threads=4", "gunicorn --workers 2 app").pieces == []
