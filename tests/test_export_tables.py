from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st

from idlibgeo.errors import FileError
from idlibgeo.export import tables
from idlibgeo.schema import layer_spec, layers

FORMULA = tuple("=+-@|%\t\r＝＋－＠")


def _read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tables")
    return {path.stem.removesuffix("_mm"): path for path in tables.write_tables(synthetic.release(), folder)}


def test_there_is_one_file_a_layer(written: dict[str, Path]) -> None:
    assert list(written) == list(synthetic.release().layers)


def test_a_table_has_its_layers_name_whoever_it_is_for(written: dict[str, Path], tmp_path: Path) -> None:
    assert written["camps"].name == "camps.csv"
    public = tables.write_tables(synthetic.release(audience="public"), tmp_path)
    assert "camps.csv" in {path.name for path in public}


def test_a_file_begins_with_the_mark_that_excel_needs(written: dict[str, Path]) -> None:
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in written.values())
    assert "نورهافن" in written["places"].read_text("utf-8-sig")


def test_tags_stand_under_the_names(written: dict[str, Path]) -> None:
    names, tags, *rows = _read(written["camps"])
    spec = layer_spec("camps")
    assert names == [column.name for column in spec.columns] + ["lon", "lat"]
    assert dict(zip(names, tags, strict=True))["people_mid"] == "#affected"
    assert tags[-2:] == ["#geo+lon", "#geo+lat"]
    assert len(rows) == 7


def test_numbers_stay_numbers_and_missing_stays_empty(written: dict[str, Path]) -> None:
    names, _, *rows = _read(written["camps"])
    column = dict(zip(names, zip(*rows, strict=True), strict=True))
    assert column["distance_m"][1] == "-250.5"
    assert column["people_mid"][:2] == ("", "800")


def test_no_text_cell_begins_a_formula(written: dict[str, Path]) -> None:
    for name, path in written.items():
        names, _, *rows = _read(path)
        types = {column.name: column.type for column in layer_spec(name).columns}
        for row in rows:
            for column, text in zip(names, row, strict=True):
                if types.get(column) == "str":
                    assert not text.lstrip().startswith(FORMULA), (name, column, text)


@given(st.text(max_size=40))
def test_no_text_begins_a_formula_in_either_kind_of_spreadsheet(text: str) -> None:
    found = tables.cell(text)
    for piece in found.replace("\t", ";").replace("\n", ";").replace("\r", ";").split(";"):
        assert not piece.lstrip(" \ufeff\u200e\u200f").startswith(FORMULA), found


@given(
    st.text(alphabet=st.characters(categories=["L", "N", "Zs"], include_characters=".,'\"()"), max_size=40)
)
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert tables.cell(text) == text


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("a file where the folder should be")
    with pytest.raises(FileError, match=r"could not be written.*What was there before is unchanged"):
        tables.write_tables(synthetic.release(), tmp_path / "tables")


def test_every_layer_of_the_schema_has_a_column_that_hxl_programs_know() -> None:
    untagged = [name for name, spec in layers().items() if not any(column.hxl for column in spec.columns)]
    assert untagged == []
