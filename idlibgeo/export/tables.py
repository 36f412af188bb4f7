"""Tables as CSV: an HXL tag row under the header, UTF-8 that Excel opens rightly, no cell that begins a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from idlibgeo.export.files import CONTROL, replacing
from idlibgeo.privacy import Release
from idlibgeo.schema import LayerSpec, layer_spec

# A spreadsheet takes a cell that begins with one of these as a formula (OWASP, "CSV Injection"); the full-width
# forms are folded to the plain ones by East Asian versions. Spreadsheets set to a language that separates cells by
# semicolons also split the quoted text of ours, so that a piece after a semicolon, tab or line break counts too.
_FORMULA = re.compile(r"(^|[;\t\r\n])([\s\ufeff\u200e\u200f]*)(?=[=+\-@|%＝＋－＠])")
_POSITION = (("lon", "#geo+lon"), ("lat", "#geo+lat"))


def write_tables(release: Release, folder: Path | str) -> list[Path]:
    """Write one CSV file per layer or table of a release.

    Parameters
    ----------
    release
        From `privacy.release`.
    folder
        Where the files go, named after the layers, with the protection level where they are not public.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the schema.

    Raises
    ------
    FileError
        If a file cannot be written; the ones before it are written, each whole.
    """
    paths = []
    for name, frame in release.layers.items():
        path = Path(folder) / f"{name}.csv"
        with replacing(path) as new:
            new.write_bytes(csv_bytes(frame, layer_spec(name)))
        paths.append(path)
    return paths


def csv_bytes(frame: pd.DataFrame, spec: LayerSpec) -> bytes:
    """A layer as the bytes of a CSV file: byte order mark, names, HXL tags, rows.

    Points get `lon` and `lat`; other geometry is in the GeoPackage alone. Numbers carry ten digits, with a point;
    missing is empty. Line ends are those of RFC 4180.
    """
    names = [column.name for column in spec.columns if column.name in frame]
    located = isinstance(frame, gpd.GeoDataFrame) and spec.kind == "Point"
    cells = {name: [cell(value) for value in frame[name]] for name in names}
    if located:
        cells |= _positions(frame)
    extra = _POSITION if located else ()
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow([*names, *(name for name, _ in extra)])
    rows.writerow([*(spec.column(name).hxl for name in names), *(tag for _, tag in extra)])
    rows.writerows(zip(*cells.values(), strict=True))
    return text.getvalue().encode("utf-8-sig")


def cell(value: Any) -> str:
    """One value as the text of a cell.

    A number is written as one and may be negative; text that a spreadsheet would take for a formula gets an
    apostrophe in front, which spreadsheets hide.

    >>> cell(-1234.5), cell("=1+1"), cell(None), cell(True), cell("a; -b")
    ('-1234.5', "'=1+1", '', 'true', "a; '-b")
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return _FORMULA.sub(r"\1\2'", re.sub(CONTROL, "", str(value)))


def _positions(frame: gpd.GeoDataFrame) -> dict[str, list[str]]:
    points = shapely.centroid(frame.geometry.to_numpy())
    return {
        "lon": [cell(round(value, 6)) for value in shapely.get_x(points).tolist()],
        "lat": [cell(round(value, 6)) for value in shapely.get_y(points).tolist()],
    }
