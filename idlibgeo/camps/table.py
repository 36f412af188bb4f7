"""The table of camps: checked at the door, brought to the layer `camps`; and the columns of people anywhere."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from idlibgeo import schema
from idlibgeo.errors import InputError, nearest_name
from idlibgeo.geo import WGS84, FloatArray, require_crs

LEVELS = ("site", "cluster", "adm3", "adm2", "adm1")
# Names that other people's tables give to the middle value.
PEOPLE = ("people_mid", "people", "persons", "individuals")
_SHOWN = 5


def camps_table(table: pd.DataFrame, *, source: str | None = None) -> gpd.GeoDataFrame:
    """Check a table of camps and bring it to the layer `camps`.

    Parameters
    ----------
    table
        ``camp_id, name, level, people_mid`` (or ``people``) and either points or ``lon, lat`` in degrees; further
        columns of the schema where known. A missing ``people_low`` or ``people_high`` is the middle value, a missing
        ``sites`` of a single site is 1.
    source
        Fills the column ``source`` where it is empty.

    Returns
    -------
    geopandas.GeoDataFrame
        Schema `camps`, in the order of the table; rows without a position keep their people and have no geometry.

    Raises
    ------
    InputError
        For missing columns, unknown levels, repeated ids, people that are missing, negative or out of order, and
        negative radii or areas, each with its rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"camp_id": ["d"], "name": ["Dana"], "level": ["adm3"], "people": [1000],
    ...     "lon": [36.77], "lat": [36.21], "date": ["2019-11-01"]})
    >>> camps_table(rows)[["people_low", "people_mid", "people_high"]].values.tolist()
    [[1000.0, 1000.0, 1000.0]]
    """
    middle = next((name for name in PEOPLE if name in table), None)
    missing = [name for name in ("camp_id", "name", "level") if name not in table]
    if middle is None or missing:
        raise InputError(
            f"camps: given the columns {list(table.columns)}, expected"
            f" {[*missing, *([] if middle else ['people_mid'])]} too. Nothing was read."
        )
    mid = people_column(table, middle, name="camps")
    bounds = {
        column: pd.Series(people_column(table, column, name="camps", otherwise=mid), index=table.index)
        for column in ("people_low", "people_high")
    }
    rows = located_rows(table, name="camps").assign(people_mid=mid, **bounds)
    _check_rows(rows)
    one_site = (rows["level"] == "site").map({True: 1.0, False: np.nan})
    sites = pd.to_numeric(rows["sites"]).astype("float64").fillna(one_site) if "sites" in rows else one_site
    rows = rows.assign(sites=sites.round())
    if source is not None:
        rows["source"] = rows["source"].where(rows["source"].notna(), source) if "source" in rows else source
    return schema.conform(rows, "camps")


def located_rows(table: pd.DataFrame, *, name: str) -> gpd.GeoDataFrame:
    """A table with points from its own geometry or from lon, lat; a row without either keeps none."""
    if isinstance(table, gpd.GeoDataFrame):
        return require_crs(table, name=name).copy()
    if not {"lon", "lat"} <= set(table.columns):
        raise InputError(
            f"{name}: given the columns {list(table.columns)}, expected lon and lat in degrees, or a layer of points."
            " Nothing was read."
        )
    lon, lat = (pd.to_numeric(table[column]).to_numpy(dtype=np.float64) for column in ("lon", "lat"))
    known = np.isfinite(lon) & np.isfinite(lat)
    points = np.full(len(table), None, dtype=object)
    points[known] = shapely.points(lon[known], lat[known])
    return require_crs(gpd.GeoDataFrame(table.copy(), geometry=points, crs=WGS84), name=name)


def people_column(
    table: pd.DataFrame, column: str, *, name: str, otherwise: FloatArray | None = None
) -> FloatArray:
    """A column of people, 0 or more in each row.

    Parameters
    ----------
    otherwise
        What stands in for a column or a value that is missing; without it, missing is refused.

    Raises
    ------
    InputError
        For missing and negative values, with their rows.
    """
    if column not in table:
        if otherwise is not None:
            return otherwise
        raise InputError(
            f"{name}: given no column {column!r}. Nothing was computed."
            f" {nearest_name(column, [str(known) for known in table.columns])}"
        )
    values: FloatArray = pd.to_numeric(table[column], errors="coerce").astype("float64").to_numpy()
    if otherwise is not None:
        values = np.where(np.isnan(values), otherwise, values)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        rows = table.index[wrong][:_SHOWN].tolist()
        raise InputError(
            f"{name}, {column}: given rows {rows} missing, negative or no number, expected people, 0 or more."
            " Nothing was computed. Correct these rows, or leave them out on purpose."
        )
    return values


def _check_rows(rows: gpd.GeoDataFrame) -> None:
    unknown = rows.loc[~rows["level"].isin(LEVELS), "level"]
    if len(unknown):
        raise InputError(
            f"camps, row {unknown.index[0]}: given the level {unknown.iloc[0]!r}. Nothing was read."
            f" {nearest_name(str(unknown.iloc[0]), LEVELS)}"
        )
    _refuse(
        rows, rows["camp_id"].isna() | rows["camp_id"].duplicated(), "a camp_id that is empty or repeated"
    )
    out_of_order = (rows["people_low"] > rows["people_mid"]) | (rows["people_mid"] > rows["people_high"])
    _refuse(rows, out_of_order, "people_low ≤ people_mid ≤ people_high not holding")
    for column in ("radius_m", "site_area_m2", "sites"):
        if column in rows:
            _refuse(rows, pd.to_numeric(rows[column]).astype("float64") < 0, f"a negative {column}")


def _refuse(rows: pd.DataFrame, wrong: pd.Series, what: str) -> None:
    if wrong.any():
        raise InputError(
            f"camps: given {what} (rows {rows.index[wrong][:_SHOWN].tolist()}). Nothing was read. Correct these rows."
        )
