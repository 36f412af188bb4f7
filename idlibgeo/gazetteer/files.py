"""Tables of places out of files: which sheet, which layer, which layout.

Reading is the work of `sources` and `osm`; here it is decided which of the tables of a file holds places.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from idlibgeo import osm, sources
from idlibgeo.errors import FileError, InputError
from idlibgeo.gazetteer.tables import GEONAMES_COLUMNS, recognise, with_positions

OSM_SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
DUMP_SUFFIXES = (".txt", ".zip")


def read(
    path: str | Path, *, columns: Mapping[str, str] | None = None, layer: str | None = None
) -> pd.DataFrame:
    """Read the table of places of a file.

    Parameters
    ----------
    path
        CSV, XLSX, GeoPackage or another vector file, a GeoNames country dump (``SY.txt`` or ``SY.zip``), or an
        OSM file.
    columns
        Our column → the table's, where the layout is none of the known ones.
    layer
        The sheet or layer; without it the first one whose columns are those of places.

    Raises
    ------
    FileError
        If the file is missing, is none of these, or has no such layer.
    InputError
        If no sheet or layer holds places; the message lists what they hold.
    """
    name = Path(path).name.lower()
    if name.endswith(OSM_SUFFIXES):
        return osm.read_osm(path).places
    if name.endswith(DUMP_SUFFIXES):
        return sources.read_headless(path, columns=len(GEONAMES_COLUMNS), what="GeoNames dump")
    found = sources.read_sheets(path)
    if layer is not None and layer not in found:
        raise FileError(
            f"Places {path}: given the layer {layer!r}, expected one of {', '.join(map(repr, found))}. Nothing was"
            " read. Correct its name."
        )
    wanted = found if layer is None else {layer: found[layer]}
    if len(wanted) == 1:
        return next(iter(wanted.values()))
    fitting = [frame for frame in wanted.values() if _fits(frame, columns)]
    if not fitting:
        held = "; ".join(f"{key}: {', '.join(map(str, list(frame)[:8]))}" for key, frame in wanted.items())
        raise InputError(
            f"Places {path}: given {len(wanted)} sheets or layers ({held}), expected one with the columns of places:"
            " a name, lon and lat. Nothing was read. Say which column is which: columns={'name': …, 'lon': …,"
            " 'lat': …}."
        )
    return fitting[0]


def is_known(frame: pd.DataFrame) -> bool:
    """Whether the layout of a table is recognised by its columns."""
    return recognise(with_positions(frame)) is not None


def _fits(frame: pd.DataFrame, columns: Mapping[str, str] | None) -> bool:
    return set(columns.values()) <= set(frame) if columns else is_known(frame)
