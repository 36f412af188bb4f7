"""Room for more tents: land that stated limits leave, and the people whom it would hold by a standard."""

from __future__ import annotations

import csv
import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from idlibgeo.camps.density import kernel_density
from idlibgeo.camps.grid import Area, BoolArray, Grid, area_geometry, grid_of_area
from idlibgeo.camps.space import standard_named
from idlibgeo.errors import InputError, UnknownNameError, nearest_name
from idlibgeo.geo import WGS84, Bounds, FloatArray, Raster, require_crs

UNSUITABLE, SUITABLE, UNKNOWN, OUTSIDE = 0, 1, 2, -9999
ByteArray = npt.NDArray[np.int8]
# The density of camps that "already dense" is judged by; narrow enough to show single clusters.
_DENSITY_BANDWIDTH_M = 1_000.0


@dataclass(frozen=True)
class Limit:
    """One limit as it was used: its value, and who says so."""

    name: str
    value: float
    unit: str
    citation: str
    note: str


@dataclass(frozen=True)
class SuitableLand:
    """Where a site could go.

    Attributes
    ----------
    raster
        1 suitable, 0 not, 2 unknown, nodata outside the area.
    candidates
        Connected suitable land in EPSG:4326, largest first: ``candidate_id``, ``area_m2``, ``people`` (how many it
        would hold), ``standard``, ``slope_mean``.
    limits
        What was asked of the land, with citations.
    not_considered
        What nothing was known about, so that a planner does not take silence for consent.
    """

    raster: Raster
    candidates: gpd.GeoDataFrame
    limits: tuple[Limit, ...]
    not_considered: tuple[str, ...]


@functools.cache
def land_limits() -> Mapping[str, Limit]:
    """The default limits, each with its citation.

    >>> land_limits()["slope_max"].value
    0.06
    """
    with resources.files("idlibgeo").joinpath("camps", "land_limits.csv").open(encoding="utf-8") as file:
        return {
            row["limit"]: Limit(row["limit"], float(row["value"]), row["unit"], row["citation"], row["note"])
            for row in csv.DictReader(file)
        }


def suitable_land(
    area: Area,
    *,
    dem: Raster | None = None,
    roads: gpd.GeoDataFrame | None = None,
    border: Any = None,
    camps: gpd.GeoDataFrame | Raster | None = None,
    avoid: gpd.GeoDataFrame | None = None,
    landcover: Raster | None = None,
    landcover_allowed: Collection[int] = (),
    resolution_m: float = 100.0,
    standard: str = "sphere-2018-camp",
    **limits: float,
) -> SuitableLand:
    """Where in an area a site could go, by stated limits; unknown where data is missing.

    Land fails if any criterion that is known fails; it is suitable if all are known and hold; else unknown. Without
    a DEM or roads nothing is called suitable. What is not given of the others is not considered, and said so.

    Parameters
    ----------
    area
        Box in degrees, area in lon, lat, or layer of areas.
    dem
        Elevation in metres; slope by Horn (1981) on the grid of `resolution_m`.
    roads
        Lines that lorries can use in all weather; distances are to the middle of the nearest cell with a road.
    border
        A `Border`, or a line in lon, lat degrees.
    camps
        Camps as points with people, or a raster of ``people_per_km2``: where it is dense already.
    avoid
        Areas or lines to keep away from: front lines, flood plains, minefields.
    landcover, landcover_allowed
        Classes of land, and those on which a site may stand.
    resolution_m
        Cell size in metres.
    standard
        Names the area per person that the capacity is reckoned with, see `standards`.
    **limits
        ``slope_min, slope_max, road_max_m, border_min_m, avoid_m, dense_max_people_per_km2, min_area_m2`` in place of
        the defaults of `land_limits`.

    Returns
    -------
    SuitableLand

    Raises
    ------
    UnknownNameError
        For a limit or standard that does not exist.
    InputError
        For limits that are negative or exclude each other, or land cover without allowed classes.

    Examples
    --------
    >>> found = suitable_land((36.5, 36.0, 36.6, 36.1), resolution_m=500)
    >>> sorted(set(found.raster.array.ravel().tolist()) - {-9999.0}), found.not_considered[:2]
    ([2.0], ('slope: no elevation model was given', 'roads: none were given'))
    """
    used = _limits(limits)
    rule = standard_named(standard)
    if rule.measure != "site_area":
        raise InputError(
            f"standard: given {standard!r}, which speaks of covered space, expected one of site area."
            " Nothing was computed."
        )
    if landcover is not None and not landcover_allowed:
        raise InputError(
            "landcover: given without landcover_allowed, expected the classes on which a site may stand. Nothing was"
            " computed."
        )
    value = {name: limit.value for name, limit in used.items()}
    grid = grid_of_area(area, resolution_m)
    slope = _slope(dem, grid)
    judged = [
        _by_slope(slope, grid, value),
        _by_roads(roads, grid, value["road_max_m"]),
        _by_margin(_line_of(border), grid, value["border_min_m"]),
        _by_margin(_avoided(avoid), grid, value["avoid_m"]),
        _by_density(camps, area, grid, value["dense_max_people_per_km2"]),
        _by_landcover(landcover, grid, landcover_allowed),
    ]
    answer = _combined([one for one in judged if one is not None], grid)
    inside = grid.covered(grid.project(area))
    array = np.where(inside, answer.astype(np.float32), np.float32(OUTSIDE))
    given = {
        "dem": dem,
        "roads": roads,
        "border": border,
        "avoid": avoid,
        "camps": camps,
        "landcover": landcover,
    }
    raster = grid.raster(
        array,
        nodata=float(OUTSIDE),
        unit="class",
        title="Room for more tents",
        description="1: by the limits a site could go here; 0: not; 2: unknown, data is missing.",
        tags={name: f"{limit.value:g} {limit.unit} ({limit.citation})" for name, limit in used.items()},
    )
    return SuitableLand(
        raster=raster,
        candidates=_candidates(
            array == SUITABLE, slope, grid, rule.name, rule.m2_per_person, value["min_area_m2"]
        ),
        limits=tuple(used.values()),
        not_considered=tuple(text for name, text in _SILENCE.items() if given[name] is None),
    )


_SILENCE = {
    "dem": "slope: no elevation model was given",
    "roads": "roads: none were given",
    "border": "distance from the border: no border was given",
    "avoid": "areas to avoid: none were given",
    "camps": "crowding nearby: no camps were given",
    "landcover": "land cover: none was given",
}


def _limits(given: Mapping[str, float]) -> dict[str, Limit]:
    used = dict(land_limits())
    for name, number in given.items():
        if name not in used:
            raise UnknownNameError(f"limit: given {name!r}. {nearest_name(name, used)}")
        if not (np.isfinite(number) and number >= 0):
            raise InputError(
                f"{name}: given {number!r}, expected {used[name].unit}, 0 or more. Nothing was computed."
            )
        used[name] = Limit(name, float(number), used[name].unit, "set by the caller", used[name].note)
    if used["slope_min"].value >= used["slope_max"].value:
        raise InputError(
            f"slope_min, slope_max: given {used['slope_min'].value:g} and {used['slope_max'].value:g}, expected the"
            " first below the second, as rise over run (0.06 is 6 %). Nothing was computed."
        )
    return used


# --- the criteria: each says, cell by cell, unsuitable, suitable or unknown --------------------------------------


def _combined(judged: list[ByteArray], grid: Grid) -> ByteArray:
    """One that fails decides; else one that is unknown."""
    answer = np.full((grid.rows, grid.columns), SUITABLE, np.int8)
    for one in judged:
        answer[(one == UNKNOWN) & (answer == SUITABLE)] = UNKNOWN
    for one in judged:
        answer[one == UNSUITABLE] = UNSUITABLE
    return answer


def _verdict(good: BoolArray, known: BoolArray | None = None) -> ByteArray:
    verdict = np.where(good, SUITABLE, UNSUITABLE).astype(np.int8)
    if known is not None:
        verdict[~known] = UNKNOWN
    return verdict


def _on_grid(raster: Raster, grid: Grid, *, categories: bool) -> FloatArray:
    """A raster resampled to the grid; NaN where it knows nothing."""
    # Imported here: only land and nothing else of this package warps rasters.
    from rasterio.warp import Resampling, reproject  # noqa: PLC0415

    out = np.full((grid.rows, grid.columns), np.nan)
    reproject(
        np.where(raster.array == raster.nodata, np.nan, raster.array).astype(np.float64),
        out,
        src_transform=raster.transform,
        src_crs=raster.crs.to_wkt(),
        dst_transform=grid.transform,
        dst_crs=grid.crs.to_wkt(),
        src_nodata=np.nan,
        dst_nodata=np.nan,
        resampling=Resampling.nearest if categories else Resampling.bilinear,
    )
    return out


def _slope(dem: Raster | None, grid: Grid) -> FloatArray | None:
    """Rise over run by Horn (1981), from the eight neighbours; NaN where one of them is unknown."""
    if dem is None:
        return None
    height = _on_grid(dem, grid.wider(1), categories=False)
    weights = np.outer([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0]) / (8.0 * grid.resolution_m)
    east = ndimage.correlate(height, weights, mode="constant", cval=np.nan)
    south = ndimage.correlate(height, weights.T, mode="constant", cval=np.nan)
    slope: FloatArray = np.hypot(east, south)[1:-1, 1:-1]
    return slope


def _by_slope(slope: FloatArray | None, grid: Grid, value: Mapping[str, float]) -> ByteArray:
    if slope is None:
        return np.full((grid.rows, grid.columns), UNKNOWN, np.int8)
    known = np.isfinite(slope)
    return _verdict((slope >= value["slope_min"]) & (slope <= value["slope_max"]), known)


def _by_roads(roads: gpd.GeoDataFrame | None, grid: Grid, farthest_m: float) -> ByteArray:
    if roads is None:
        return np.full((grid.rows, grid.columns), UNKNOWN, np.int8)
    # Roads just beyond the area serve it too.
    margin = int(np.ceil(farthest_m / grid.resolution_m)) + 1
    wide = grid.wider(margin)
    lines = require_crs(roads, name="roads").to_crs(grid.crs).geometry.dropna()
    near = lines[shapely.intersects(lines.array, wide.box)]
    on_road = wide.touched(near)
    if not on_road.any():
        return np.full((grid.rows, grid.columns), UNSUITABLE, np.int8)
    distance = ndimage.distance_transform_edt(~on_road, sampling=grid.resolution_m)
    return _verdict(distance[margin:-margin, margin:-margin] <= farthest_m)


def _by_margin(geometry: shapely.Geometry | None, grid: Grid, margin_m: float) -> ByteArray | None:
    """Not within a margin of a geometry; a cell that it touches counts as within."""
    if geometry is None:
        return None
    plane = gpd.GeoSeries([shapely.segmentize(geometry, 0.05)], crs=WGS84).to_crs(grid.crs).iloc[0]
    near = shapely.clip_by_rect(plane, *grid.box.buffer(margin_m * 1.01 + grid.resolution_m).bounds)
    taken = shapely.buffer(near, margin_m) if margin_m > 0 else near
    return _verdict(~grid.touched(gpd.GeoSeries([taken], crs=grid.crs)))


def _line_of(border: Any) -> shapely.Geometry | None:
    """The line of a Border, a geometry or a layer."""
    if border is None:
        return None
    if isinstance(border, gpd.GeoDataFrame):
        return shapely.union_all(require_crs(border, name="border").geometry.dropna().array)
    line = getattr(border, "geometry", border)
    if not isinstance(line, shapely.Geometry) or line.is_empty:
        raise InputError(
            f"border: given {type(border).__name__}, expected a Border or a line in degrees. Nothing was computed."
        )
    return line


def _avoided(avoid: gpd.GeoDataFrame | None) -> shapely.Geometry | None:
    if avoid is None or avoid.empty:
        return None
    return shapely.union_all(require_crs(avoid, name="avoid").geometry.dropna().array)


def _by_density(
    camps: gpd.GeoDataFrame | Raster | None, area: Area, grid: Grid, most: float
) -> ByteArray | None:
    if camps is None:
        return None
    if isinstance(camps, gpd.GeoDataFrame):
        bandwidth_m = max(_DENSITY_BANDWIDTH_M, grid.resolution_m)
        # Camps just outside press on the area too: the density is not held back at its rim.
        margin = Bounds(*area_geometry(area).bounds).padded(5 * bandwidth_m / 80_000)
        camps = kernel_density(camps, bandwidth_m=bandwidth_m, resolution_m=grid.resolution_m, area=margin)
    density = _on_grid(camps, grid, categories=False)
    return _verdict(density <= most, np.isfinite(density))


def _by_landcover(landcover: Raster | None, grid: Grid, allowed: Collection[int]) -> ByteArray | None:
    if landcover is None:
        return None
    classes = _on_grid(landcover, grid, categories=True)
    return _verdict(np.isin(classes, list(allowed)), np.isfinite(classes))


# --- from cells to candidates ------------------------------------------------------------------------------------


def _candidates(
    suitable: BoolArray,
    slope: FloatArray | None,
    grid: Grid,
    standard: str,
    m2_per_person: float,
    least_m2: float,
) -> gpd.GeoDataFrame:
    patches, _ = ndimage.label(suitable)
    cell_m2 = grid.resolution_m**2
    cells = np.bincount(patches.ravel())
    kept = [number for number in range(1, len(cells)) if cells[number] * cell_m2 >= least_m2]
    kept.sort(key=lambda number: -int(cells[number]))
    shapes = dict(_outlines(patches, set(kept), grid))
    slopes = ndimage.mean(slope, patches, kept) if slope is not None and kept else []
    area_m2 = [float(cells[number] * cell_m2) for number in kept]
    frame = gpd.GeoDataFrame(
        {
            "candidate_id": [f"land-{place + 1}" for place in range(len(kept))],
            "area_m2": area_m2,
            "people": [float(np.floor(area / m2_per_person)) for area in area_m2],
            "standard": standard,
            "slope_mean": list(slopes),
        },
        geometry=[shapes[number] for number in kept],
        crs=grid.crs.to_wkt(),
    )
    return frame.to_crs(WGS84)


def _outlines(
    patches: npt.NDArray[np.int32], kept: set[int], grid: Grid
) -> Iterator[tuple[int, shapely.Geometry]]:
    from rasterio.features import shapes  # noqa: PLC0415  as above

    wanted = np.isin(patches, list(kept))
    for outline, number in shapes(patches.astype(np.int32), mask=wanted, transform=grid.transform):
        yield int(number), shapely.geometry.shape(outline)
