"""Records survive their folder: written again where it is gone, elsewhere where it cannot be, and told where."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
import synthetic

from bench import journal
from bench.errors import JournalError
from bench.running.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    begun = Ledger.begin(tmp_path / "results" / "run", synthetic.read().run)
    begun.append(synthetic.read().records[0])
    return begun


def test_a_folder_that_is_gone_is_there_again_with_all_records(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(ledger.folder)
    ledger.look()
    assert "it is there again, with 1 record;" in capsys.readouterr().err
    ledger.append(synthetic.read().records[1])
    ledger.finish("complete")
    said = journal.read(ledger.folder)
    assert said.records == synthetic.read().records[:2]
    assert said.end == "complete"
    assert ledger.logs.is_dir()


def test_records_are_kept_elsewhere_where_their_folder_cannot_be_made(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shutil.rmtree(ledger.folder.parent)
    ledger.folder.parent.write_text("a file where a folder was")
    with pytest.raises(JournalError) as told:
        ledger.append(synthetic.read().records[1])
    place = re.search(r"'bench report (.+)'\.$", str(told.value))
    assert place
    assert journal.read(Path(place[1])).records == synthetic.read().records[:2]


def test_what_cannot_be_begun_is_refused_before_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match=r"file/results cannot be written: .* Name another folder with --results\."):
        Ledger.check(tmp_path / "file" / "results")
    Ledger.check(tmp_path / "results")
    assert list((tmp_path / "results").iterdir()) == []
