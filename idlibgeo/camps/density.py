"""People per km² as a raster that adds up to the people it was made from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from idlibgeo.camps.grid import Area, BoolArray, Grid, check_resolution, grid_of_area, make_grid, to_plane
from idlibgeo.camps.smoothing import REACH, bin_linear, half_kernel, kept_share, smooth
from idlibgeo.camps.table import people_column
from idlibgeo.errors import InputError
from idlibgeo.geo import Bounds, FloatArray, Raster, require_crs, utm_crs

# A kernel of which less than this share falls on the mask would put a crowd into a few cells far away.
LEAST_SHARE = 0.01
_LONGEST_BANDWIDTH_M = 100_000.0
# Neighbouring bandwidths of the ladder; a point between two rungs is shared so that its variance is exact.
_RUNG = 1.25
# Abramson's factors are held to this range: a lonely tent is not spread over the province.
_ADAPT_FROM, _ADAPT_TO = 0.25, 4.0
METHOD = (
    "Gaussian kernel with the bandwidth as standard deviation, cut off at four of them (Silverman 1986); people are"
    " binned linearly to cells (Wand 1994) and, where a mask or the area's rim would swallow part of a kernel, its"
    " rest is scaled up to hold all of its people (Diggle 1985, Jones 1993)"
)


@dataclass(frozen=True)
class _Points:
    """People at places in the grid's plane, each with the standard deviation of its kernel."""

    x: FloatArray
    y: FloatArray
    people: FloatArray
    radius_m: FloatArray


def kernel_density(
    points: gpd.GeoDataFrame,
    people: str = "people",
    *,
    bandwidth_m: float = 2000.0,
    resolution_m: float = 100.0,
    area: Area | None = None,
    mask: Area | Raster | None = None,
    adaptive: bool = False,
) -> Raster:
    """People per km² around points, adding up to the people of the points.

    Each point is spread by a Gaussian; a point that may lie anywhere within ``radius_m`` is spread wider, by the
    variance of an even disc of that radius, radius² / 4 in each direction. Cost grows with points + cells.

    Parameters
    ----------
    points
        Points with a CRS; a column ``radius_m`` is used where there is one.
    people
        The column of people (``people_mid`` is taken if ``people`` is not there).
    bandwidth_m
        Standard deviation of the kernel in metres; the least one, if `adaptive` or with radii.
    resolution_m
        Size of the square cells in metres.
    area
        Box in degrees, area in lon, lat or layer of areas that the raster covers and people stay in; without it, all
        that the kernels reach.
    mask
        Where people can be: an area, a layer of areas, or a raster on the same grid that is 0 or unknown elsewhere.
        Outside it the answer is unknown (nodata).
    adaptive
        Narrower kernels where people are dense, wider where they are few: Abramson's (1982) square-root law on a
        first density of the fixed bandwidth, factors between 1/4 and 4.

    Returns
    -------
    Raster
        ``people_per_km2`` in the area's UTM zone, float32, nodata −9999. Its sum times the cell's area is the people
        of the points less those named in the tags: ``people_in``, ``people_placed``, ``people_left_out``,
        ``points_left_out`` (beyond the area, or so far off the mask that under 1 % of the kernel falls on it).

    Raises
    ------
    CRSError
        If the points have no CRS.
    InputError
        For rows without a point, people that are missing or negative, a bandwidth that is not between half a cell and
        100 km, and a raster of more than 100 million cells (with the size that it would have).

    Examples
    --------
    >>> camp = gpd.GeoDataFrame({"people": [1000]}, geometry=gpd.points_from_xy([36.7], [36.2]), crs="EPSG:4326")
    >>> raster = kernel_density(camp, bandwidth_m=2000, resolution_m=500)
    >>> round(float(raster.array.sum() * raster.cell_area_m2 / 1e6)), raster.crs.to_epsg()
    (1000, 32637)
    """
    check_resolution(resolution_m)
    _check_bandwidth(bandwidth_m, resolution_m)
    grid, located = _grid_and_points(points, people, bandwidth_m, resolution_m, area, adaptive)
    inside = _inside(grid, area, mask)
    return _density(grid, located, inside, bandwidth_m, adaptive)


def density_series(
    points: gpd.GeoDataFrame,
    people: str = "people",
    *,
    date: str = "date",
    bandwidth_m: float = 2000.0,
    resolution_m: float = 100.0,
    area: Area | None = None,
    mask: Area | Raster | None = None,
) -> dict[str, Raster]:
    """One density per date, all on the same grid, in the order of the dates.

    Parameters are those of `kernel_density`; `date` is the column of dates, without gaps.

    Examples
    --------
    >>> camps = gpd.GeoDataFrame({"people": [10, 20], "date": ["2019-10-01", "2019-11-01"]},
    ...     geometry=gpd.points_from_xy([36.7, 36.7], [36.2, 36.2]), crs="EPSG:4326")
    >>> list(density_series(camps, resolution_m=500))
    ['2019-10-01', '2019-11-01']
    """
    if date not in points or points[date].isna().any():
        raise InputError(
            f"points: given {'no column' if date not in points else 'empty cells in'} {date!r}, expected a date in"
            " every row. Nothing was computed."
        )
    check_resolution(resolution_m)
    _check_bandwidth(bandwidth_m, resolution_m)
    grid, located = _grid_and_points(points, people, bandwidth_m, resolution_m, area, False)
    inside = _inside(grid, area, mask)
    days = points[date].map(lambda value: str(value)[:10]).to_numpy()
    series = {}
    for day in sorted(set(days)):
        of_day = days == day
        some = _Points(*(getattr(located, name)[of_day] for name in ("x", "y", "people", "radius_m")))
        raster = _density(grid, some, inside, bandwidth_m, adaptive=False)
        series[day] = replace(raster, tags=raster.tags | {"date": day})
    return series


def density_change(before: Raster, after: Raster) -> Raster:
    """After less before, cell by cell; unknown where either is.

    Raises
    ------
    InputError
        If the two are not on the same grid.
    """
    if (
        before.array.shape != after.array.shape
        or before.transform != after.transform
        or before.crs != after.crs
    ):
        raise InputError(
            f"Change: given two grids, {before.array.shape} from {_corner(before)} and {after.array.shape} from"
            f" {_corner(after)}, expected one. Nothing was computed. Make both with density_series, or with the same"
            " area and resolution."
        )
    known = (before.array != before.nodata) & (after.array != after.nodata)
    array = np.where(known, after.array - before.array, after.nodata).astype(after.array.dtype)
    return replace(
        after,
        array=array,
        title="Change of people in camps per km²",
        description="People per km² at the later date less those at the earlier one.",
        tags=after.tags | {"before": before.tags.get("date", ""), "after": after.tags.get("date", "")},
    )


def _corner(raster: Raster) -> str:
    return f"{raster.transform.c:.0f}, {raster.transform.f:.0f}"


# --- from points to the grid -----------------------------------------------------------------------------------


def _check_bandwidth(bandwidth_m: float, resolution_m: float) -> None:
    if not np.isfinite(bandwidth_m) or not resolution_m / 2 <= bandwidth_m <= _LONGEST_BANDWIDTH_M:
        raise InputError(
            f"bandwidth_m: given {bandwidth_m!r}, expected metres from half a cell ({resolution_m / 2:g}) to"
            f" {_LONGEST_BANDWIDTH_M:.0f}. Nothing was computed. A few hundred metres show camps, a few thousand"
            " districts."
        )


def _grid_and_points(
    points: gpd.GeoDataFrame,
    people: str,
    bandwidth_m: float,
    resolution_m: float,
    area: Area | None,
    adaptive: bool,
) -> tuple[Grid, _Points]:
    """The grid that the area, or the kernels of the points, take; and the points in its plane."""
    column = (
        "people_mid" if people == "people" and people not in points and "people_mid" in points else people
    )
    count = people_column(points, column, name="points")
    given = _point_coordinates(points)
    radius_m = np.zeros(len(points))
    if "radius_m" in points:
        radius_m = pd.to_numeric(points["radius_m"]).astype("float64").fillna(0.0).to_numpy()
        if (radius_m < 0).any():
            raise InputError("points: given a negative radius_m, expected metres. Nothing was computed.")
    if area is not None:
        grid = grid_of_area(area, resolution_m)
        x, y = _in_plane(grid.crs, points, given)
        return grid, _Points(x, y, count, radius_m)
    if not len(points):
        raise InputError("points: given none, expected some, or an area. Nothing was computed.")
    crs = utm_crs(*_middle(points, given))
    x, y = _in_plane(crs, points, given)
    widest_m = bandwidth_m * (_ADAPT_TO if adaptive else 1.0)
    # One cell more than the kernels reach, for the sharing among neighbouring cells.
    reach_m = REACH * np.hypot(widest_m, radius_m.max() / 2) + 2 * resolution_m
    outline = (x.min() - reach_m, y.min() - reach_m, x.max() + reach_m, y.max() + reach_m)
    return make_grid(crs, outline, resolution_m), _Points(x, y, count, radius_m)


def _point_coordinates(points: gpd.GeoDataFrame) -> FloatArray:
    """The coordinates of points as given; rows that are no points are refused by name."""
    given = np.asarray(points.geometry.array, dtype=object)
    wrong = (shapely.get_type_id(given) != shapely.GeometryType.POINT) | shapely.is_empty(given)
    if wrong.any():
        raise InputError(
            f"points: given rows {points.index[wrong][:5].tolist()} without a point, expected one in each. Nothing was"
            " computed. Locate them, or leave them out on purpose."
        )
    coordinates: FloatArray = shapely.get_coordinates(given)
    return coordinates


def _middle(points: gpd.GeoDataFrame, given: FloatArray) -> tuple[float, float]:
    """Lon and lat of the middle of the points' box."""
    corners = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(
            [given[:, 0].min(), given[:, 0].max()], [given[:, 1].min(), given[:, 1].max()]
        ),
        crs=points.crs,
    )
    west, south, east, north = require_crs(corners, name="points").total_bounds
    return (west + east) / 2, (south + north) / 2


def _in_plane(crs: CRS, points: gpd.GeoDataFrame, given: FloatArray) -> tuple[FloatArray, FloatArray]:
    """X and y in the grid's CRS; points that are in it already are taken as they are."""
    if points.crs == crs:
        return given[:, 0], given[:, 1]
    located = require_crs(points, name="points")
    lon_lat = given if located is points else shapely.get_coordinates(located.geometry.array)
    return to_plane(crs, lon_lat[:, 0], lon_lat[:, 1])


def _inside(grid: Grid, area: Area | None, mask: Area | Raster | None) -> BoolArray | None:
    """Cells where people can be; None where every cell is and nothing is lost beyond the rim."""
    if area is None and mask is None:
        return None
    whole = area is None or isinstance(area, Bounds | tuple | list)
    inside = np.ones((grid.rows, grid.columns), bool) if whole else grid.covered(grid.project(area))
    if isinstance(mask, Raster):
        if mask.array.shape != inside.shape or mask.transform != grid.transform:
            raise InputError(
                f"mask: given a raster of {mask.array.shape} cells, expected one on the density's own grid,"
                f" {inside.shape} cells from {grid.west:.0f}, {grid.north:.0f}. Nothing was computed."
                " Give an area instead."
            )
        inside &= (mask.array != mask.nodata) & (mask.array != 0)
    elif mask is not None:
        inside &= grid.covered(grid.project(mask))
    if not inside.any():
        raise InputError(
            "mask: given one that covers no cell of the area, expected some overlap. Nothing was computed. Check its"
            " position, and lon before lat."
        )
    return inside


# --- from the grid to density ----------------------------------------------------------------------------------


def _density(
    grid: Grid, points: _Points, inside: BoolArray | None, bandwidth_m: float, adaptive: bool
) -> Raster:
    sigma_m = np.hypot(bandwidth_m, points.radius_m / 2)
    if adaptive:
        pilot, _, _ = _spread(grid, points, sigma_m, inside)
        sigma_m = np.hypot(bandwidth_m * _abramson(grid, points, pilot), points.radius_m / 2)
    spread, placed, left_out = _spread(grid, points, sigma_m, inside)
    if placed == 0 and points.people.sum() > 0:
        raise InputError(
            f"points: given {len(points.x)}, none of which lies in the area or near the mask, expected some."
            " Nothing was computed. Check that lon stands before lat, and the area (west, south, east, north)."
        )
    array = (spread / grid.cell_km2).astype(np.float32)
    nodata = -9999.0
    if inside is not None:
        array[~inside] = nodata
    people = float(points.people.sum())
    return grid.raster(
        array,
        nodata=nodata,
        unit="people_per_km2",
        title="People in camps per km²",
        description=f"People per km², Gaussian kernel of {bandwidth_m:g} m{' or adapted' if adaptive else ''}.",
        tags={
            "method": METHOD,
            "kernel": "gaussian",
            "bandwidth_m": f"{bandwidth_m:g}",
            "adaptive": "abramson" if adaptive else "no",
            "resolution_m": f"{grid.resolution_m:g}",
            "edge_correction": "no" if inside is None else "mask",
            "people_in": f"{people:.2f}",
            "people_placed": f"{placed:.2f}",
            "people_left_out": f"{max(people - placed, 0.0):.2f}",
            "points_left_out": str(left_out),
        },
    )


def _ladder(sigma_m: FloatArray) -> FloatArray:
    """Bandwidths from the least to the greatest that occur, each at most a quarter wider than the one before."""
    least, most = float(sigma_m.min()), float(sigma_m.max())
    if most <= least * (1 + 1e-9):
        return np.array([least])
    rungs = 2 + int(np.log(most / least) / np.log(_RUNG))
    ladder: FloatArray = np.geomspace(least, most, rungs)
    return ladder


def _spread(
    grid: Grid, points: _Points, sigma_m: FloatArray, inside: BoolArray | None
) -> tuple[FloatArray, float, int]:
    """People per cell, the people that found a place, and the number of points that found none."""
    total, placed = np.zeros((grid.rows, grid.columns)), 0.0
    if not len(points.x):
        return total, placed, 0
    column = (points.x - grid.west) / grid.resolution_m
    row = (grid.north - points.y) / grid.resolution_m
    homeless = np.zeros(len(points.x), bool)
    ladder = _ladder(sigma_m)
    # Between two rungs the shares are such that the variance of the mixture is the point's own.
    position = np.interp(sigma_m**2, ladder**2, np.arange(len(ladder)))
    for rung, sigma in enumerate(ladder):
        share = np.clip(1.0 - np.abs(position - rung), 0.0, 1.0)
        some = np.flatnonzero(share > 0)
        weights = half_kernel(sigma / grid.resolution_m)
        people = points.people[some] * share[some]
        source, outside = bin_linear(column[some], row[some], people, grid.rows, grid.columns)
        homeless[some[outside]] = True
        if inside is not None:
            source, placed_here, lost = _scaled(source, inside, weights)
            cells = _cell_of(row[some], grid.rows), _cell_of(column[some], grid.columns)
            homeless[some[lost[cells]]] = True
        else:
            placed_here = float(source.sum())
        placed += placed_here
        total += smooth(source, weights)
    if inside is not None:
        total[~inside] = 0.0
    return total, placed, int(homeless.sum())


def _scaled(
    source: FloatArray, inside: BoolArray, weights: FloatArray
) -> tuple[FloatArray, float, BoolArray]:
    """People per cell divided by the share of their kernel that falls inside; who has too little is left out."""
    wanted = source > 0
    share = kept_share(inside, wanted, weights)
    reachable = share >= LEAST_SHARE
    scaled = np.divide(source, share, out=np.zeros_like(source), where=reachable)
    return scaled, float(source[reachable].sum()), wanted & ~reachable


def _cell_of(position: FloatArray, cells: int) -> np.ndarray:
    index: np.ndarray = np.clip(position.astype(np.int64), 0, cells - 1)
    return index


def _abramson(grid: Grid, points: _Points, pilot: FloatArray) -> FloatArray:
    """Factors of the bandwidth: the root of the typical density (its geometric mean) over the one at the point."""
    row = _cell_of((grid.north - points.y) / grid.resolution_m, grid.rows)
    column = _cell_of((points.x - grid.west) / grid.resolution_m, grid.columns)
    at = pilot[row, column]
    at = np.maximum(at, at[at > 0].min() if (at > 0).any() else 1.0)
    weights = points.people if points.people.sum() > 0 else np.ones(len(at))
    typical = np.exp(np.average(np.log(at), weights=weights))
    factors: FloatArray = np.clip(np.sqrt(typical / at), _ADAPT_FROM, _ADAPT_TO)
    return factors
