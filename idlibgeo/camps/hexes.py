"""People in camps summed over H3 hexagons."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo import schema
from idlibgeo.camps.table import PEOPLE, people_column
from idlibgeo.errors import InputError
from idlibgeo.geo import WGS84, require_crs

_COLUMNS = ("people_low", "people_mid", "people_high")


def hexbin(points: gpd.GeoDataFrame, *, resolution: int = 6, people: str | None = None) -> gpd.GeoDataFrame:
    """Sum sites and people over the cells of the H3 grid (Brodsky 2018, through h3ronpy).

    Parameters
    ----------
    points
        Points with a CRS and ``people_mid`` or ``people``; ``people_low``, ``people_high``, ``sites`` and ``date``
        where known.
    resolution
        0 (cells of 4.4 million km²) to 15 (1 m²); 6 is 36 km², 7 is 5 km², 8 is 0.7 km².
    people
        The column of the middle value, if it has another name.

    Returns
    -------
    geopandas.GeoDataFrame
        Schema `camp_hexes`: one row per cell that holds a site, and per date where several dates are given. Sums are
        those of the points; ``people_per_km2`` is by the cell's true area.

    Raises
    ------
    InputError
        For a resolution that H3 does not have, rows without a point, and people that are missing or negative.

    Examples
    --------
    >>> camps = gpd.GeoDataFrame({"people": [10, 20, 5]},
    ...     geometry=gpd.points_from_xy([36.70, 36.70, 36.20], [36.20, 36.20, 35.90]), crs="EPSG:4326")
    >>> sorted(hexbin(camps, resolution=6)["people_mid"].tolist())
    [5.0, 30.0]
    """
    if (
        isinstance(resolution, bool)
        or not isinstance(resolution, int | np.integer)
        or not 0 <= resolution <= 15
    ):
        raise InputError(
            f"resolution: given {resolution!r}, expected a whole number from 0 to 15. Nothing was computed."
        )
    middle = people or next((name for name in PEOPLE if name in points), "people")
    mid = people_column(points, middle, name="points")
    columns = {name: people_column(points, name, name="points", otherwise=mid) for name in _COLUMNS}
    columns["people_mid"] = mid
    columns["sites"] = (
        points["sites"].fillna(1).to_numpy(np.float64) if "sites" in points else np.ones(len(points))
    )
    cell, cells = pd.factorize(_cells(points, int(resolution)), sort=True)
    date, dates = (
        pd.factorize(points["date"], use_na_sentinel=False) if "date" in points else (0 * cell, [None])
    )
    # One group for each pair that occurs; a million sites are summed in a few hundredths of a second.
    group, pairs = pd.factorize(cell * max(len(dates), 1) + date, sort=True)
    sums = {
        name: np.bincount(group, weights=values, minlength=len(pairs)) for name, values in columns.items()
    }
    frame = pd.DataFrame(sums).assign(
        cell=np.asarray(cells)[pairs // max(len(dates), 1)],
        date=np.asarray(dates, dtype=object)[pairs % max(len(dates), 1)],
    )
    frame = frame.sort_values(["cell", "date"], kind="stable", ignore_index=True)
    return schema.conform(_layer(frame, int(resolution), several_dates=len(dates) > 1), "camp_hexes")


def hexbin_change(hexes: gpd.GeoDataFrame, *, before: str, after: str) -> gpd.GeoDataFrame:
    """Change of people per hexagon between two dates of a layer that `hexbin` made.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per cell that holds people at either date: ``cell``, ``people_before``, ``people_after``,
        ``change`` and the hexagon. A cell without a row at one of the dates counts as nobody there.

    Raises
    ------
    InputError
        If one of the dates does not occur.
    """
    known = sorted(hexes["date"].dropna().unique())
    for date in (before, after):
        if date not in known:
            raise InputError(f"date: given {date!r}, expected one of {known}. Nothing was computed.")
    cell = hexes["hex_id"].str.split("@").str[0]
    people = hexes.assign(cell=cell).pivot_table(
        index="cell", columns="date", values="people_mid", aggfunc="sum", fill_value=0.0
    )
    shapes = hexes.assign(cell=cell).drop_duplicates("cell").set_index("cell").geometry
    found = pd.DataFrame({"people_before": people[before], "people_after": people[after]})
    found = found[found.sum(axis=1) > 0]
    found["change"] = found["people_after"] - found["people_before"]
    return gpd.GeoDataFrame(found, geometry=shapes.loc[found.index], crs=WGS84).reset_index()


def _cells(points: gpd.GeoDataFrame, resolution: int) -> npt.NDArray[np.uint64]:
    # Imported here: hexagons alone need it, and it brings pyarrow.
    from h3ronpy.vector import coordinates_to_cells  # noqa: PLC0415

    located = require_crs(points, name="points")
    geometry = np.asarray(located.geometry.array, dtype=object)
    wrong = (shapely.get_type_id(geometry) != shapely.GeometryType.POINT) | shapely.is_empty(geometry)
    if wrong.any():
        raise InputError(
            f"points: given rows {points.index[wrong][:5].tolist()} without a point, expected one in each. Nothing was"
            " computed. Locate them, or leave them out on purpose."
        )
    lon, lat = shapely.get_coordinates(geometry).T
    cells = coordinates_to_cells(np.ascontiguousarray(lat), np.ascontiguousarray(lon), resolution)
    return np.asarray(cells, dtype=np.uint64)


def _layer(grouped: pd.DataFrame, resolution: int, *, several_dates: bool) -> gpd.GeoDataFrame:
    from h3ronpy import cells_area_km2, cells_to_string  # noqa: PLC0415  as above
    from h3ronpy.vector import cells_to_wkb_polygons  # noqa: PLC0415

    cells = grouped["cell"].to_numpy(dtype=np.uint64)
    name = pd.Series(np.asarray(cells_to_string(cells), dtype=object), index=grouped.index)
    if several_dates:
        name = name + "@" + grouped["date"].map(lambda date: "undated" if pd.isna(date) else str(date)[:10])
    shapes = shapely.from_wkb(np.asarray(cells_to_wkb_polygons(cells), dtype=object))
    area_km2 = np.asarray(cells_area_km2(cells))
    return gpd.GeoDataFrame(
        grouped.assign(hex_id=name, resolution=resolution, people_per_km2=grouped["people_mid"] / area_km2),
        geometry=shapes,
        crs=WGS84,
    )
