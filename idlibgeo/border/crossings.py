"""Border crossings: both names, type, and open or closed with dates and source."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import pandas as pd

from idlibgeo import schema
from idlibgeo.errors import InputError, nearest_name
from idlibgeo.geo import WGS84, require_crs

TYPES = ("official", "military", "commercial", "informal")
STATES = ("open", "closed", "limited", "unknown")
REQUIRED = ("crossing_id", "name", "type", "status", "source")


def crossings_table(table: pd.DataFrame, *, as_of: dt.date | str | None = None) -> gpd.GeoDataFrame:
    """Check a table of crossings and give its state on one date as the layer `crossings`.

    Parameters
    ----------
    table
        ``crossing_id, name, name_ar, type, status, status_from, status_to, radius_m, source`` and either points
        or ``lon, lat`` in degrees. A crossing may have several rows, one for each period.
    as_of
        The date of the map; without it every crossing keeps its latest row.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a crossing, schema `crossings`; the status is ``unknown`` where no period covers the date.

    Raises
    ------
    InputError
        For a missing column, an unknown type or status, or a row without a position, each by its row.

    Examples
    --------
    >>> rows = pd.DataFrame({"crossing_id": ["a"], "name": ["North gate"], "type": ["official"],
    ...     "status": ["closed"], "status_from": ["2015-03-09"], "source": ["own"], "lon": [36.7], "lat": [36.2]})
    >>> crossings_table(rows, as_of="2014-01-01")["status"].tolist()
    ['unknown']
    """
    missing = [name for name in REQUIRED if name not in table]
    if missing:
        raise InputError(
            f"crossings: given the columns {list(table.columns)}, expected {missing} too. Nothing was computed."
        )
    located = _with_points(table)
    _check_words(located, "type", TYPES)
    _check_words(located, "status", STATES)
    day = None if as_of is None else pd.Timestamp(as_of)
    dated = located.assign(
        _from=_dates(located, "status_from", pd.Timestamp.min),
        _to=_dates(located, "status_to", pd.Timestamp.max),
    ).sort_values("_from", kind="stable")
    covers = (
        pd.Series(True, index=dated.index) if day is None else (dated["_from"] <= day) & (day <= dated["_to"])
    )
    # The row that covers the date comes last in its group and is the one that stays.
    chosen = (
        dated.assign(_covers=covers)
        .sort_values("_covers", kind="stable")
        .drop_duplicates("crossing_id", keep="last")
        .sort_index()
    )
    unknown = ~chosen["_covers"]
    chosen.loc[unknown, "status"] = "unknown"
    for column in ("status_from", "status_to"):
        if column in chosen:
            chosen[column] = chosen[column].astype(object).where(~unknown, None)
    return schema.conform(chosen, "crossings")


def _with_points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    if isinstance(table, gpd.GeoDataFrame):
        located = require_crs(table, name="crossings")
    elif {"lon", "lat"} <= set(table.columns):
        located = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84)
        located = require_crs(located, name="crossings")
    else:
        raise InputError(
            "crossings: given no positions, expected the columns lon and lat. Nothing was computed."
        )
    empty = located.geometry.isna() | located.geometry.is_empty
    if empty.any():
        raise InputError(
            f"crossings: given no position for {located.loc[empty, 'crossing_id'].head(5).tolist()}, expected lon and"
            " lat. Nothing was computed."
        )
    return located


def _check_words(table: pd.DataFrame, column: str, known: tuple[str, ...]) -> None:
    unknown = table.loc[~table[column].isin(known), column]
    if len(unknown):
        word: Any = unknown.iloc[0]
        raise InputError(
            f"crossings, row {unknown.index[0]}: given the {column} {word!r}. Nothing was computed."
            f" {nearest_name(str(word), known)}"
        )


def _dates(table: pd.DataFrame, column: str, otherwise: pd.Timestamp) -> pd.Series:
    if column not in table:
        return pd.Series(otherwise, index=table.index)
    try:
        # A column of dates, of ISO text and of nothing at all give the same.
        texts = table[column].map(lambda value: None if pd.isna(value) else str(value)[:10]).astype("str")
        parsed = pd.to_datetime(texts, format="%Y-%m-%d").astype(object)
        return parsed.where(parsed.notna(), otherwise)
    except ValueError as error:
        raise InputError(
            f"crossings, {column}: expected dates as YYYY-MM-DD ({error}). Nothing was computed."
        ) from None
