"""From places to candidates: the points of roads where a journey may begin or end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.errors import InputError
from idlibgeo.geo import GEOD, require_crs
from idlibgeo.roads import RoadNetwork
from idlibgeo.routes.ground import Ground, feet, ground_of, positions

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Metres a second at which the way from a place to a road is counted when roads compete for it: the 5.04 km/h
#: of Tobler 1993 on the flat. It chooses among the roads of one place only; it is no part of a travel time, and
#: places do not compete by it.
ACCESS_M_PER_S = 1.4

#: Roads that a place with a radius may begin from: the nearest so many. More of them change no route, since a
#: far one has to make up for the walk to it.
MOST_CANDIDATES = 32

#: Metres within which a place on a scrap of road (a private drive, a gap in the data) is also joined to the
#: next road of a part that counts; the row then says so. OSRM does the same with "tiny components".
STRANDED_M = 500.0


class Allowed(NamedTuple):
    """Per stretch: whether the query can use it, and whether it is in a part of the network that counts."""

    usable: BoolArray
    connected: BoolArray


@dataclass(frozen=True)
class Places:
    """Named points and the candidates of each.

    Attributes
    ----------
    ids, names
        One a place.
    lonlat
        (places, 2) as given, degrees.
    ptr
        The candidates of place i are ``ptr[i] … ptr[i + 1]``; none if no road is near enough.
    edge, share
        Candidate: row of the network's stretches, and share of its length before the point.
    offset_m
        Candidate: geodesic metres from the place to the road.
    nearest_m
        Per place: metres to the nearest road that can be used, also beyond the limit; NaN if there is none.
    stranded
        Per place: whether the roads nearest to it are a scrap that is not connected with the others.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: FloatArray
    ptr: npt.NDArray[np.int64]
    edge: npt.NDArray[np.int32]
    share: FloatArray
    offset_m: FloatArray
    nearest_m: FloatArray
    stranded: BoolArray

    @property
    def access_s(self) -> FloatArray:
        """Per candidate, what its way to the road counts beyond that of the place's nearest candidate."""
        if not len(self.edge):
            return np.empty(0)
        size = np.diff(self.ptr)
        nearest = np.minimum.reduceat(self.offset_m, self.ptr[:-1][size > 0])
        seconds: FloatArray = (self.offset_m - np.repeat(nearest, size[size > 0])) / ACCESS_M_PER_S
        return seconds

    def __len__(self) -> int:
        return len(self.ids)


def find_places(
    network: RoadNetwork,
    points: gpd.GeoDataFrame,
    *,
    allowed: Allowed,
    limit_m: float,
    name: str,
) -> Places:
    """Find for each point the nearest usable road, and for one with a radius all within the radius.

    Parameters
    ----------
    points
        Points with a CRS; ``place_id``, ``name`` and ``radius_m`` are used where they exist.
    allowed
        The stretches that count.
    limit_m
        A place further from any road is off the network.
    """
    lonlat = _coordinates(points, name)
    ground = ground_of(network)
    xy = np.column_stack(ground.to_plane.transform(lonlat[:, 0], lonlat[:, 1]))
    radius = np.minimum(_radius(points, name), limit_m)
    place, edge, nearest_m, stranded = _candidates(ground, xy, radius, allowed=allowed, limit_m=limit_m)
    share, _ = feet(xy[place], edge, ground.plane, ground.first, ground.along_m)
    share = _settle(share, ground, edge)
    spot = positions(edge, share, ground.lonlat, ground.first, ground.along_m)
    _, _, offset_m = GEOD.inv(lonlat[place, 0], lonlat[place, 1], spot[:, 0], spot[:, 1])
    ids = _labels(points, ("place_id", "crossing_id", "camp_id"), tuple(map(str, points.index)))
    return Places(
        ids=ids,
        names=_labels(points, ("name",), ids),
        lonlat=lonlat,
        ptr=np.searchsorted(place, np.arange(len(points) + 1)).astype(np.int64),
        edge=edge.astype(np.int32),
        share=share,
        offset_m=np.asarray(offset_m, dtype=np.float64),
        nearest_m=nearest_m,
        stranded=stranded,
    )


def _coordinates(points: gpd.GeoDataFrame, name: str) -> FloatArray:
    located = require_crs(points, name=name)
    geometry = np.asarray(located.geometry.array, dtype=object)
    wrong = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    wrong |= shapely.get_type_id(geometry) != shapely.GeometryType.POINT
    if wrong.any():
        raise InputError(
            f"{name}: given no point in row {points.index[np.flatnonzero(wrong)[0]]!r} ({int(wrong.sum())} such"
            " rows), expected points. Nothing was searched. Drop these rows, or use .representative_point()."
        )
    return shapely.get_coordinates(geometry)


def _radius(points: gpd.GeoDataFrame, name: str) -> FloatArray:
    if "radius_m" not in points:
        return np.zeros(len(points))
    radius = np.asarray(pd.to_numeric(points["radius_m"]).fillna(0.0), dtype=np.float64)
    if (radius < 0).any():
        row = points.index[np.flatnonzero(radius < 0)[0]]
        raise InputError(
            f"{name}: given a negative radius_m in row {row!r}, expected metres from 0 on. Nothing was searched."
            " Leave the radius empty where it is unknown."
        )
    return radius


def _labels(
    points: gpd.GeoDataFrame, columns: tuple[str, ...], otherwise: tuple[str, ...]
) -> tuple[str, ...]:
    """The first of the columns that exists; the other labels where it is empty."""
    known = [column for column in columns if column in points]
    if not known:
        return otherwise
    return tuple(
        fallback if pd.isna(value) else str(value)
        for value, fallback in zip(points[known[0]], otherwise, strict=True)
    )


def _settle(share: FloatArray, ground: Ground, edge: npt.NDArray[np.int64]) -> FloatArray:
    """Take a point within a millimetre of a junction as the junction, so that no sliver of road remains."""
    whole = ground.along_m[ground.first[edge + 1] - 1]
    settled = np.where(share * whole < 1e-3, 0.0, share)
    return np.where((1.0 - share) * whole < 1e-3, np.where(whole > 1e-3, 1.0, settled), settled)


def _candidates(
    ground: Ground, xy: FloatArray, radius: FloatArray, *, allowed: Allowed, limit_m: float
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """Pairs of place and stretch, by place, the nearest first; each place's nearest road; and which are stranded."""
    dots, usable = shapely.points(xy), allowed.usable
    nearest, nearest_m = _nearest(ground, dots, usable=usable, limit_m=limit_m)
    within = np.flatnonzero(nearest_m <= limit_m)
    pairs = [np.column_stack([within, nearest[within]])]
    wide = within[radius[within] > nearest_m[within]]
    if len(wide):
        place, edge = ground.tree.query(dots[wide], predicate="dwithin", distance=radius[wide])
        pairs.append(np.column_stack([wide[place], edge])[usable[edge]])
    place, edge = _nearest_first(ground, xy, np.concatenate(pairs))
    stranded = np.bincount(place, weights=allowed.connected[edge], minlength=len(xy)) == 0
    stranded &= nearest_m <= limit_m
    lonely = np.flatnonzero(stranded)
    if len(lonely):
        beyond = min(limit_m, STRANDED_M)
        found, found_m = _nearest(ground, dots[lonely], usable=usable & allowed.connected, limit_m=beyond)
        helped = np.flatnonzero(found_m <= beyond)
        extra = np.column_stack([lonely[helped], found[helped]])
        place, edge = _nearest_first(ground, xy, np.concatenate([np.column_stack([place, edge]), extra]))
    return place, edge, nearest_m, stranded


def _nearest_first(ground: Ground, xy: FloatArray, pairs: IntArray) -> tuple[IntArray, IntArray]:
    """By place, then by distance; no pair twice, no more than the most candidates."""
    place, edge = np.unique(pairs, axis=0).T
    _, distance = feet(xy[place], edge, ground.plane, ground.first, ground.along_m)
    order = np.lexsort((edge, distance, place))
    place, edge = place[order], edge[order]
    rank = np.arange(len(place)) - np.searchsorted(place, place)
    return place[rank < MOST_CANDIDATES], edge[rank < MOST_CANDIDATES]


def _nearest(
    ground: Ground, dots: npt.NDArray[np.object_], *, usable: BoolArray, limit_m: float
) -> tuple[IntArray, FloatArray]:
    """The nearest usable stretch of each dot, the first of equals; looks beyond the limit to say how far."""
    edge = np.full(len(dots), -1, np.int64)
    distance = np.full(len(dots), np.nan)
    if not usable.any() or not len(dots):
        return edge, distance
    (dot, found), metres = ground.tree.query_nearest(dots, return_distance=True, all_matches=True)
    _keep_least(edge, distance, dot[usable[found]], found[usable[found]], metres[usable[found]])
    reach = 50.0
    while reach < limit_m and (edge < 0).any():
        left = np.flatnonzero(edge < 0)
        dot, found = ground.tree.query(dots[left], predicate="dwithin", distance=reach)
        dot, found = left[dot[usable[found]]], found[usable[found]]
        _keep_least(edge, distance, dot, found, shapely.distance(dots[dot], ground.tree.geometries[found]))
        reach *= 4
    left = np.flatnonzero(edge < 0)
    if len(left):
        open_roads = np.flatnonzero(usable)
        tree = shapely.STRtree(ground.tree.geometries[open_roads])
        (dot, found), metres = tree.query_nearest(dots[left], return_distance=True, all_matches=True)
        _keep_least(edge, distance, left[dot], open_roads[found], metres)
    return edge, distance


def _keep_least(
    edge: IntArray, distance: FloatArray, dot: IntArray, found: IntArray, metres: FloatArray
) -> None:
    order = np.lexsort((found, metres, dot))
    chosen = order[np.unique(dot[order], return_index=True)[1]]
    edge[dot[chosen]] = found[chosen]
    distance[dot[chosen]] = metres[chosen]
