"""The table for pandas and spreadsheets: the same in both files, every column documented and of one type."""

from dataclasses import replace
from pathlib import Path

import pandas
import pytest
import synthetic
from fastparquet import ParquetFile
from pandas.testing import assert_frame_equal

from bench.report import frame
from bench.report.summary import summarise


def read(path: Path) -> pandas.DataFrame:
    with path.open("rb") as file:
        return ParquetFile(file).to_pandas()


@pytest.mark.parametrize("measured", [None, 1])
def test_both_files_hold_the_same(tmp_path: Path, measured: int | None) -> None:
    said = summarise(synthetic.read(measured=measured, loads=synthetic.LOADS + synthetic.SWEEP))
    paths = frame.write(said, tmp_path)
    assert [path.name for path in paths] == ["table.csv", "table.parquet"]
    spoken = pandas.read_csv(paths[0], dtype=dict.fromkeys(("title", "reasons"), "object"))
    packed = read(paths[1])
    assert list(packed.columns) == list(spoken.columns) == list(frame.table(said).columns)
    figures = [name for name in packed.columns if packed[name].dtype.kind in "if"]
    assert len(figures) > 60
    assert_frame_equal(packed[figures].astype(float), spoken[figures].astype(float), check_dtype=False)
    assert list(packed["name"]) == list(spoken["name"])


def test_a_columns_type_does_not_hang_on_what_was_measured() -> None:
    whole = frame.table(summarise(synthetic.read()))
    failed = frame.table(summarise(synthetic.read(synthetic.SHAPES[-1:])))
    assert dict(whole.dtypes) == dict(failed.dtypes)
    assert not [name for name, kind in whole.dtypes.items() if str(kind) == "object"]


def test_every_load_of_a_sweep_has_its_throughput() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"),), loads=synthetic.LOADS + synthetic.SWEEP)
    line = frame.table(summarise(said)).iloc[0]
    speeds = [line[f"capacity-{count}_throughput"] for count in (1, 2, 4, 8)]
    assert speeds == sorted(speeds)
    assert line["capacity_throughput"] == line["throughput"]


def test_a_name_that_is_no_ascii_survives(tmp_path: Path) -> None:
    odd = replace(synthetic.sound("uwsgi"), name="größer, »näher«\n")
    paths = frame.write(summarise(synthetic.read((odd,))), tmp_path)
    assert read(paths[1])["name"][0] == pandas.read_csv(paths[0])["name"][0] == odd.name
