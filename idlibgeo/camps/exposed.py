"""People of a population raster inside areas: bands, districts, areas within a travel time."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from idlibgeo.errors import InputError
from idlibgeo.geo import FloatArray, Raster, require_crs


def exposure(population: Raster, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """People of a population raster inside each area, exact on cells that are cut by its edge.

    Each cell counts with the share of it that the area covers (exactextract, Baston 2024). Cells without data count
    as nobody and are counted themselves, as is the part of the area that the raster does not reach.

    Parameters
    ----------
    population
        People per cell (not per km²), north up, in any CRS.
    areas
        Polygons with a CRS.

    Returns
    -------
    pandas.DataFrame
        On the index of `areas`: ``people``, ``cells`` (with data, partial cells as fractions), ``nodata_cells``, and
        ``share_known``, the share of the area that cells with data cover.

    Raises
    ------
    CRSError
        If the areas have no CRS.
    InputError
        For rows that are no areas, or a raster with negative people.

    Examples
    --------
    >>> from affine import Affine
    >>> from pyproj import CRS
    >>> four = Raster(np.array([[1.0, 2.0], [3.0, -9999.0]]), Affine(1, 0, 36, 0, -1, 38), CRS.from_epsg(4326))
    >>> half = gpd.GeoDataFrame(geometry=[shapely.box(36, 36, 37.5, 38)], crs="EPSG:4326")
    >>> exposure(four, half)[["people", "nodata_cells"]].values.tolist()
    [[5.0, 0.5]]
    """
    geometry = _areas_in(population, areas)
    known = (population.array != population.nodata) & np.isfinite(population.array)
    people = np.where(known, population.array, 0.0)
    if (people < 0).any():
        raise InputError(
            f"population: given {int((people < 0).sum())} cells with fewer than no people, expected people per cell."
            " Nothing was computed. Check the raster's nodata value."
        )
    sums = _covered_sums(population, geometry, {"people": people, "cells": known, "nodata_cells": ~known})
    whole = shapely.area(geometry) / abs(population.transform.a * population.transform.e)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, np.minimum(sums["cells"] / whole, 1.0), np.nan)
    return pd.DataFrame({**sums, "share_known": share}, index=areas.index)


def _areas_in(population: Raster, areas: gpd.GeoDataFrame) -> np.ndarray:
    if population.transform.b or population.transform.d or population.transform.e > 0:
        raise InputError(
            "population: given a raster that is rotated or south up, expected north up. Warp it first."
        )
    located = require_crs(areas, name="areas")
    kinds = located.geometry.geom_type
    wrong = ~kinds.isin(["Polygon", "MultiPolygon"]) | located.geometry.is_empty
    if wrong.any():
        raise InputError(
            f"areas: given rows {areas.index[wrong][:5].tolist()} that are no areas, expected polygons. Nothing was"
            " computed. Remove these rows, or buffer them."
        )
    return np.asarray(located.to_crs(population.crs).geometry.array, dtype=object)


def _covered_sums(
    population: Raster, geometry: np.ndarray, layers: dict[str, np.ndarray]
) -> dict[str, FloatArray]:
    # Imported here: only exposure needs it.
    from exactextract import exact_extract  # noqa: PLC0415
    from exactextract.raster import NumPyRasterSource  # noqa: PLC0415

    rows, columns = population.array.shape
    west, north = population.transform.c, population.transform.f
    east, south = west + columns * population.transform.a, north + rows * population.transform.e
    wkt = population.crs.to_wkt()
    frame = gpd.GeoDataFrame({"row": np.arange(len(geometry))}, geometry=geometry, crs=wkt)
    sums = {}
    for name, values in layers.items():
        source = NumPyRasterSource(
            values.astype(np.float64), west, south, east, north, name=name, srs_wkt=wkt
        )
        found = exact_extract(source, frame, ["sum"], include_cols=["row"], output="pandas")
        sums[name] = found.set_index("row")["sum"].reindex(range(len(geometry))).fillna(0.0).to_numpy()
    return sums
