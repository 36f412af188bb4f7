"""Bands of distance to a border on the origin's side, and the sites and people in each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from idlibgeo import schema
from idlibgeo.border.line import Border
from idlibgeo.border.segments import line_segments
from idlibgeo.errors import InputError
from idlibgeo.geo import GEOD, WGS84, Bounds, FloatArray, equal_area_crs

DISTANCES_M = (2_000.0, 5_000.0, 10_000.0, 15_000.0, 20_000.0, 30_000.0, 50_000.0)
# GEOS straightens a line by up to 1 % of the distance before it buffers it. On a piece of this share of the
# distance the straightening moves the edge by some 0.01 % of the distance.
_PIECE_SHARE = 0.03
# Arcs of 90° / 48: the chord lies at most 0.013 % of the distance inside the circle.
_ARC_STEPS = 48
# Within this reach the equal-area projection stretches by less than 0.01 %.
_STRETCH_M = 150_000.0
_LONGEST_M = 500_000.0
# Overlays on a grid of a centimetre are exact; in free coordinates they fail on edges that nearly coincide.
_GRID_DEGREES = 1e-7


def border_buffers(
    border: Border,
    *,
    distances_m: Sequence[float] = DISTANCES_M,
    bounds: Bounds | None = None,
    area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """All of the origin's side within each distance of the border (cumulative).

    Each buffer is the union of buffers of short pieces of the line, each in an equal-area projection centred on its
    stretch of the border: its edge is within 0.1 % of the geodesic distance, also around the ends of the line and
    where it doubles back.

    Parameters
    ----------
    border
        The border; its land part is used.
    distances_m
        Upper limits in metres, in any order.
    bounds
        A box in degrees to cut the result to.
    area
        An area in lon, lat degrees to cut the result to, for example the land without the territorial sea, which
        the packaged countries include.

    Returns
    -------
    geopandas.GeoDataFrame
        Schema `border_buffers`, nearest first; sites and people are empty until `band_table` fills them.

    Raises
    ------
    InputError
        For distances that are no metres, or an area that the border does not come near.

    Examples
    --------
    >>> from idlibgeo.border import load_border
    >>> border_buffers(load_border("AD", "ES"), distances_m=[1000, 2000])["to_m"].tolist()
    [1000.0, 2000.0]
    """
    limits = _check_distances(distances_m)
    whole, side = _within(border, limits, bounds=bounds, area=area)
    return _buffers_layer([_on_side(one, side) for one in whole], limits)


def border_bands(
    border: Border,
    *,
    distances_m: Sequence[float] = DISTANCES_M,
    bounds: Bounds | None = None,
    area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """The origin's side cut into disjoint bands of distance to the border.

    Parameters are those of `border_buffers`; the bands together are its last buffer exactly.

    Returns
    -------
    geopandas.GeoDataFrame
        Schema `border_bands`, nearest first; sites and people are empty until `band_table` fills them.

    Examples
    --------
    >>> from idlibgeo.border import load_border
    >>> bands = border_bands(load_border("AD", "FR"), distances_m=[2000, 5000])
    >>> bands[["band_id", "from_m", "to_m"]].values.tolist()
    [['0-2km', 0.0, 2000.0], ['2-5km', 2000.0, 5000.0]]
    """
    limits = _check_distances(distances_m)
    whole, side = _within(border, limits, bounds=bounds, area=area)
    return _bands_layer(_rings(whole, side), limits)


def bands_and_buffers(
    border: Border,
    *,
    distances_m: Sequence[float] = DISTANCES_M,
    bounds: Bounds | None = None,
    area: shapely.Geometry | None = None,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """`border_bands` and `border_buffers` at the price of one; parameters are theirs."""
    limits = _check_distances(distances_m)
    whole, side = _within(border, limits, bounds=bounds, area=area)
    buffers = [_on_side(one, side) for one in whole]
    return _bands_layer(_rings(whole, side), limits), _buffers_layer(buffers, limits)


def _rings(whole: Sequence[shapely.Geometry], side: shapely.Geometry) -> list[shapely.Geometry]:
    between = [
        shapely.difference(outer, inner, grid_size=_GRID_DEGREES)
        for inner, outer in itertools.pairwise(whole)
    ]
    return [_on_side(one, side) for one in [whole[0], *between]]


def _buffers_layer(areas: Sequence[shapely.Geometry], limits: Sequence[float]) -> gpd.GeoDataFrame:
    frame = _measured(areas, buffer_id=[f"within-{_km(limit)}km" for limit in limits], to_m=limits)
    return schema.conform(frame, "border_buffers")


def _bands_layer(areas: Sequence[shapely.Geometry], limits: Sequence[float]) -> gpd.GeoDataFrame:
    starts = [0.0, *limits[:-1]]
    frame = _measured(
        areas,
        band_id=[f"{_km(start)}-{_km(limit)}km" for start, limit in zip(starts, limits, strict=True)],
        from_m=starts,
        to_m=limits,
    )
    return schema.conform(frame, "border_bands")


def _km(metres: float) -> str:
    return f"{metres / 1000:g}"


def _check_distances(distances_m: Sequence[float]) -> list[float]:
    try:
        limits = sorted({float(value) for value in distances_m})
    except (TypeError, ValueError):
        limits = []
    if not limits or limits[0] <= 0 or not np.isfinite(limits).all() or limits[-1] > _LONGEST_M:
        raise InputError(
            f"distances_m: given {distances_m!r}, expected metres above 0 and up to {_LONGEST_M:.0f}. No band was made."
        )
    if limits[-1] < 1.0:
        raise InputError(
            f"distances_m: given {limits}, all below a metre, expected metres. No band was made. These look like"
            " degrees: 0.1° is about 11,000 m."
        )
    return limits


def _measured(areas: Sequence[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(columns, geometry=list(areas), crs=WGS84)
    # Edges straight in degrees are drawn so on maps; the geodesic between far corners is another line.
    fine = [shapely.orient_polygons(shapely.segmentize(area, 0.01)) for area in areas]
    area_m2 = [abs(GEOD.geometry_area_perimeter(area)[0]) for area in fine]
    return frame.assign(area_m2=area_m2)


def _areas_only(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


# --- growing the line ----------------------------------------------------------------------------------------


def _within(
    border: Border, limits: Sequence[float], *, bounds: Bounds | None, area: shapely.Geometry | None
) -> tuple[list[shapely.Geometry], shapely.Geometry]:
    """All within each limit on both sides, nested, and the part of the origin's side that is asked for."""
    cut = border if bounds is None else border.within(bounds, margin_m=1.2 * limits[-1] + 1_000)
    side = cut.origin_side
    if bounds is not None:
        side = shapely.intersection(side, shapely.box(*bounds))
    if area is not None:
        side = shapely.intersection(side, area)
    stretches = _stretches(cut.geometry)
    whole: list[shapely.Geometry] = []
    for limit in limits:
        # Arcs are drawn in steps: a wider buffer may miss slivers of a narrower one, which belong to it.
        parts = [_stretch_buffer(stretch, limit) for stretch in stretches] + whole[-1:]
        whole.append(shapely.union_all(parts, grid_size=_GRID_DEGREES))
    if not shapely.intersects(whole[-1], side):
        raise InputError(
            f"Bands of the border {'-'.join(border.countries)}: given an area none of which lies within"
            f" {limits[-1] / 1000:.0f} km of it on the side of {border.countries[0]}, expected some. No band was made."
            " Check the area, or give greater distances."
        )
    return whole, side


def _on_side(area: shapely.Geometry, side: shapely.Geometry) -> shapely.Geometry:
    return _areas_only(shapely.intersection(area, side, grid_size=_GRID_DEGREES))


def _stretches(line: shapely.Geometry) -> list[FloatArray]:
    """Runs of consecutive points (lon, lat), each short enough for one projection."""
    found = []
    for part in shapely.get_parts(line):
        starts, ends = line_segments(part)
        points = np.vstack([starts, ends[-1:]])
        _, _, step_m = GEOD.inv(*points[:-1].T, *points[1:].T)
        along_m = np.concatenate([[0.0], np.cumsum(step_m)])
        stretch = np.floor(along_m / _STRETCH_M).astype(int)
        for number in range(stretch[-1] + 1):
            first, last = np.searchsorted(stretch, [number, number + 1])
            piece = points[first : last + 1]
            if len(piece) > 1:
                found.append(piece)
    return found


def _pieces(points: FloatArray, longest_m: float) -> list[shapely.LineString]:
    """Runs of consecutive points, each about so long, every one beginning where the one before ends."""
    # Vertices at least this close: a piece that ends in a long segment would be too wide for its bend.
    points = shapely.get_coordinates(shapely.segmentize(shapely.LineString(points), longest_m / 4))
    along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    number = np.floor(along_m / longest_m).astype(int)
    cuts = np.flatnonzero(np.diff(number)) + 1
    edges = np.unique(np.concatenate([[0], cuts, [len(points) - 1]]))
    return [shapely.LineString(points[i : j + 1]) for i, j in itertools.pairwise(edges)]


def _stretch_buffer(points: FloatArray, distance_m: float) -> shapely.Geometry:
    """All within a distance of one stretch of the line, in lon, lat degrees."""
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    crs = equal_area_crs(Bounds(west, south, east, north))
    plane = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs=WGS84).to_crs(crs)
    flat = np.column_stack([plane.x, plane.y])
    buffers = shapely.buffer(
        np.array(_pieces(flat, _PIECE_SHARE * distance_m), dtype=object), distance_m, quad_segs=_ARC_STEPS
    )
    return gpd.GeoSeries([shapely.union_all(buffers)], crs=crs).to_crs(WGS84).iloc[0]
