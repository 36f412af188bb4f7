"""From a point to the nearest point of a road: of a stretch, not of a node, and with its distance.

The only place where points meet roads: `RoadNetwork.snap` and the searches of `routes` both stand on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from numba import njit
from pyproj import Transformer

from idlibgeo.errors import InputError
from idlibgeo.geo import GEOD, WGS84, Bounds, equal_area_crs, require_crs

if TYPE_CHECKING:
    from idlibgeo.roads.network import RoadNetwork
    from idlibgeo.roads.weights import Weights

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Lines:
    """Where the stretches of a network run.

    Attributes
    ----------
    lonlat, first
        All vertices, degrees; those of stretch i are ``first[i] … first[i + 1]``.
    along_m
        Per vertex, geodesic metres from the beginning of its stretch.
    to_plane
        Into an equal-area projection centred on the network, metres; for nearness only. The foot of a perpendicular
        found there is off the geodesic one by millimetres (0.014 m at 112 km).
    """

    lonlat: FloatArray
    first: IntArray
    along_m: FloatArray
    to_plane: Transformer

    @cached_property
    def plane(self) -> FloatArray:
        """All vertices in the plane, metres."""
        return np.column_stack(self.to_plane.transform(self.lonlat[:, 0], self.lonlat[:, 1]))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The stretches in the plane, by place."""
        owner = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        return shapely.STRtree(shapely.linestrings(self.plane, indices=owner))

    def flat(self, lonlat: FloatArray) -> FloatArray:
        """Points in the plane, (n, 2)."""
        return np.column_stack(self.to_plane.transform(lonlat[:, 0], lonlat[:, 1]))

    def feet(self, xy: FloatArray, stretch: IntArray) -> FloatArray:
        """For pairs of a point in the plane and a stretch: the share of its length before the nearest point."""
        share: FloatArray = _feet(xy, stretch, self.plane, self.first, self.along_m)[0]
        return share

    def positions(self, stretch: npt.NDArray[Any], share: FloatArray) -> FloatArray:
        """Degrees of the points at shares of the lengths of stretches, (n, 2)."""
        spots: FloatArray = _positions_at(stretch, share, self.lonlat, self.first, self.along_m)
        return spots

    def nearest_first(self, xy: FloatArray, pairs: IntArray) -> tuple[IntArray, IntArray]:
        """Pairs of a point and a stretch by point, then by distance; no pair twice."""
        point, stretch = np.unique(pairs, axis=0).T
        _, distance = _feet(xy[point], stretch, self.plane, self.first, self.along_m)
        order = np.lexsort((stretch, distance, point))
        return point[order], stretch[order]

    def within(self, xy: FloatArray, radius_m: FloatArray, *, usable: BoolArray) -> IntArray:
        """Pairs (n, 2) of a point in the plane and a usable stretch within its radius."""
        point, stretch = self.tree.query(shapely.points(xy), predicate="dwithin", distance=radius_m)
        return np.column_stack([point, stretch])[usable[stretch]].astype(np.int64)

    def nearest(self, xy: FloatArray, *, usable: BoolArray, limit_m: float) -> tuple[IntArray, FloatArray]:
        """The nearest usable stretch of each point in the plane, the first of equals, and metres to it.

        It looks beyond the limit too, to say how far; −1 and NaN where nothing is usable.
        """
        dots = shapely.points(xy)
        edge = np.full(len(dots), -1, np.int64)
        distance = np.full(len(dots), np.nan)
        if not usable.any() or not len(dots):
            return edge, distance
        (dot, found), metres = self.tree.query_nearest(dots, return_distance=True, all_matches=True)
        _keep_least(edge, distance, dot[usable[found]], found[usable[found]], metres[usable[found]])
        reach = 50.0
        while reach < limit_m and (edge < 0).any():
            left = np.flatnonzero(edge < 0)
            dot, found = self.tree.query(dots[left], predicate="dwithin", distance=reach)
            dot, found = left[dot[usable[found]]], found[usable[found]]
            _keep_least(edge, distance, dot, found, shapely.distance(dots[dot], self.tree.geometries[found]))
            reach *= 4
        left = np.flatnonzero(edge < 0)
        if len(left):
            open_roads = np.flatnonzero(usable)
            tree = shapely.STRtree(self.tree.geometries[open_roads])
            (dot, found), metres = tree.query_nearest(dots[left], return_distance=True, all_matches=True)
            _keep_least(edge, distance, left[dot], open_roads[found], metres)
        return edge, distance


_known: WeakKeyDictionary[RoadNetwork, Lines] = WeakKeyDictionary()


def road_lines(network: RoadNetwork) -> Lines:
    """Where the stretches of a network run, made when first asked for and forgotten with it."""
    if network not in _known:
        first, lonlat = network.line_ptr, network.line_xy
        west, south = lonlat.min(axis=0)
        east, north = lonlat.max(axis=0)
        plane = equal_area_crs(Bounds(west, south, east, north))
        to_plane = Transformer.from_crs(WGS84, plane, always_xy=True)
        _known[network] = Lines(lonlat, first, _along_m(lonlat, first), to_plane)
    return _known[network]


def _along_m(lonlat: FloatArray, first: npt.NDArray[np.int64]) -> FloatArray:
    lon, lat = lonlat.T
    _, _, step = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    total = np.concatenate([[0.0], np.cumsum(step)])
    owner = np.repeat(np.arange(len(first) - 1), np.diff(first))
    along: FloatArray = total - total[first[owner]]
    return along


@njit(cache=True)
def _feet(xy: Any, stretch: Any, plane: Any, first: Any, along: Any) -> Any:
    """The nearest point of a stretch to a point in the plane, for pairs of both.

    Returns
    -------
    tuple
        Share of the stretch's length before the foot (0 to 1), and distance in the plane, metres.
    """
    share = np.empty(len(stretch))
    distance = np.empty(len(stretch))
    for number in range(len(stretch)):
        begin, end = first[stretch[number]], first[stretch[number] + 1]
        least, place = np.inf, 0.0
        x, y = xy[number, 0], xy[number, 1]
        for vertex in range(begin, end - 1):
            dx = plane[vertex + 1, 0] - plane[vertex, 0]
            dy = plane[vertex + 1, 1] - plane[vertex, 1]
            square = dx * dx + dy * dy
            part = 0.0
            if square > 0:
                part = ((x - plane[vertex, 0]) * dx + (y - plane[vertex, 1]) * dy) / square
                part = min(1.0, max(0.0, part))
            gap = (plane[vertex, 0] + part * dx - x) ** 2 + (plane[vertex, 1] + part * dy - y) ** 2
            if gap < least:
                least = gap
                place = along[vertex] + part * (along[vertex + 1] - along[vertex])
        whole = along[end - 1]
        share[number] = place / whole if whole > 0 else 0.0
        distance[number] = np.sqrt(least)
    return share, distance


@njit(cache=True)
def _positions_at(stretch: Any, share: Any, lonlat: Any, first: Any, along: Any) -> Any:
    """Degrees of the point at a share of a stretch's length, (n, 2)."""
    out = np.empty((len(stretch), 2))
    for number in range(len(stretch)):
        write_position(out, number, stretch[number], share[number], lonlat, first, along)
    return out


@njit(cache=True)
def write_position(
    out: Any, row: int, stretch: int, share: float, lonlat: Any, first: Any, along: Any
) -> None:
    """Write the point at a share of a stretch into a row."""
    begin, end = first[stretch], first[stretch + 1]
    metres = share * along[end - 1]
    vertex = begin + np.searchsorted(along[begin:end], metres, "right") - 1
    vertex = min(max(vertex, begin), end - 2)
    step = along[vertex + 1] - along[vertex]
    part = (metres - along[vertex]) / step if step > 0 else 0.0
    for axis in range(2):
        out[row, axis] = lonlat[vertex, axis] + part * (lonlat[vertex + 1, axis] - lonlat[vertex, axis])


def _keep_least(
    edge: IntArray, distance: FloatArray, dot: IntArray, found: IntArray, metres: FloatArray
) -> None:
    order = np.lexsort((found, metres, dot))
    chosen = order[np.unique(dot[order], return_index=True)[1]]
    edge[dot[chosen]] = found[chosen]
    distance[dot[chosen]] = metres[chosen]


def snap(
    network: RoadNetwork, points: gpd.GeoDataFrame, *, limit_m: float = 5000.0, weights: Weights | None = None
) -> pd.DataFrame:
    """See `RoadNetwork.snap`."""
    places, located, lonlat = _positions(points, limit_m)
    lines = road_lines(network)
    edge, _ = lines.nearest(lines.flat(lonlat), usable=_usable(network, weights), limit_m=limit_m)
    found = _frame(lines, lonlat, edge, limit_m).set_axis(places.index[located])
    full = found if located.all() else found.reindex(places.index)
    return full.assign(
        edge=full["edge"].fillna(-1).astype(np.int64),
        status=full["status"].fillna("no position").astype("str"),
    )


def snap_all(
    network: RoadNetwork, points: gpd.GeoDataFrame, *, limit_m: float = 5000.0, weights: Weights | None = None
) -> pd.DataFrame:
    """See `RoadNetwork.snap_all`."""
    places, located, lonlat = _positions(points, limit_m)
    lines, usable = road_lines(network), _usable(network, weights)
    wide = (
        places["radius_m"].to_numpy(dtype=float)[located] if "radius_m" in places else np.zeros(len(lonlat))
    )
    xy = lines.flat(lonlat)
    nearest, _ = lines.nearest(xy, usable=usable, limit_m=limit_m)
    around = lines.within(xy, np.minimum(np.nan_to_num(wide), limit_m), usable=usable)
    which, edge = lines.nearest_first(xy, np.concatenate([np.c_[np.arange(len(xy)), nearest], around]))
    found = _frame(lines, lonlat[which], edge, limit_m)
    found.insert(0, "point", places.index.to_numpy()[located][which])
    return found


def _usable(network: RoadNetwork, weights: Weights | None) -> BoolArray:
    """Per stretch: whether one of its arcs can be used; by any vehicle or walker where no query is given."""
    arcs = network.arc_vehicle | network.arc_foot if weights is None else weights.usable
    usable = np.zeros(len(network.edge_u), bool)
    usable[network.arc_edge[arcs]] = True
    if not usable.any():
        raise InputError(
            "snap: given a network and weights under which no stretch can be used, expected at least one."
            " Nothing was computed. Check the mode and the closures."
        )
    return usable


def _positions(points: gpd.GeoDataFrame, limit_m: float) -> tuple[gpd.GeoDataFrame, BoolArray, FloatArray]:
    if not limit_m > 0:
        raise InputError(f"limit_m: given {limit_m}, expected metres above 0. Nothing was computed.")
    places = require_crs(points, name="points")
    geometry = places.geometry.to_numpy()
    located = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    kinds = shapely.get_type_id(geometry[located])
    if (kinds != shapely.GeometryType.POINT).any():
        raise InputError(
            "points: given lines or areas, expected points. Nothing was computed. Take representative_point()."
        )
    return places, located, shapely.get_coordinates(geometry[located])


def _frame(lines: Lines, lonlat: FloatArray, edge: IntArray, limit_m: float) -> pd.DataFrame:
    fraction = lines.feet(lines.flat(lonlat), edge)
    foot = lines.positions(edge, fraction)
    _, _, metres = GEOD.inv(*lonlat.T, *foot.T)
    near = np.asarray(metres, dtype=float) <= limit_m
    return pd.DataFrame(
        {
            "edge": np.where(near, edge, -1),
            "fraction": np.where(near, fraction, np.nan),
            "distance_m": metres,
            "nearest_lon": foot[:, 0],
            "nearest_lat": foot[:, 1],
            "status": pd.array(np.where(near, "snapped", "too far"), dtype="str"),
        }
    )
