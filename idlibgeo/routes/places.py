"""From places to candidates: the points of roads where a journey may begin or end."""

from __future__ import annotations

from dataclasses import dataclass

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

#: Metres a second at which the way from a place to a road is counted when roads compete for it: the 5.04 km/h
#: of Tobler 1993 on the flat. It chooses the road only; it is no part of a travel time.
ACCESS_M_PER_S = 1.4

#: Roads that a place with a radius may begin from: the nearest so many. More of them change no route, since a
#: far one has to make up for the walk to it.
MOST_CANDIDATES = 32


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
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: FloatArray
    ptr: npt.NDArray[np.int64]
    edge: npt.NDArray[np.int32]
    share: FloatArray
    offset_m: FloatArray
    nearest_m: FloatArray

    @property
    def access_s(self) -> FloatArray:
        """Per candidate, what the way to the road counts when candidates compete."""
        seconds: FloatArray = self.offset_m / ACCESS_M_PER_S
        return seconds

    def __len__(self) -> int:
        return len(self.ids)


def find_places(
    network: RoadNetwork,
    points: gpd.GeoDataFrame,
    *,
    usable: npt.NDArray[np.bool_],
    limit_m: float,
    name: str,
) -> Places:
    """Find for each point the nearest usable road, and for one with a radius all within the radius.

    Parameters
    ----------
    points
        Points with a CRS; ``place_id``, ``name`` and ``radius_m`` are used where they exist.
    usable
        Per stretch of the network.
    limit_m
        A place further from any road is off the network.
    """
    lonlat = _coordinates(points, name)
    ground = ground_of(network)
    xy = np.column_stack(ground.to_plane.transform(lonlat[:, 0], lonlat[:, 1]))
    place, edge, nearest_m = _candidates(ground, xy, _radius(points, name), usable=usable, limit_m=limit_m)
    share, _ = feet(xy[place], edge, ground.plane, ground.first, ground.along_m)
    share = _settle(share, ground, edge)
    spot = positions(edge, share, ground.lonlat, ground.first, ground.along_m)
    _, _, offset_m = GEOD.inv(lonlat[place, 0], lonlat[place, 1], spot[:, 0], spot[:, 1])
    return Places(
        ids=_labels(points, "place_id", points.index),
        names=_labels(points, "name", points.get("place_id", pd.Series(points.index, points.index))),
        lonlat=lonlat,
        ptr=np.searchsorted(place, np.arange(len(points) + 1)).astype(np.int64),
        edge=edge.astype(np.int32),
        share=share,
        offset_m=np.asarray(offset_m, dtype=np.float64),
        nearest_m=nearest_m,
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


def _labels(points: gpd.GeoDataFrame, column: str, otherwise: pd.Index | pd.Series) -> tuple[str, ...]:
    given = points[column] if column in points else pd.Series([None] * len(points), index=points.index)
    return tuple(
        str(fallback) if pd.isna(value) else str(value)
        for value, fallback in zip(given, otherwise, strict=True)
    )


def _settle(share: FloatArray, ground: Ground, edge: npt.NDArray[np.int64]) -> FloatArray:
    """Take a point within a millimetre of a junction as the junction, so that no sliver of road remains."""
    whole = ground.along_m[ground.first[edge + 1] - 1]
    settled = np.where(share * whole < 1e-3, 0.0, share)
    return np.where((1.0 - share) * whole < 1e-3, np.where(whole > 1e-3, 1.0, settled), settled)


def _candidates(
    ground: Ground, xy: FloatArray, radius: FloatArray, *, usable: npt.NDArray[np.bool_], limit_m: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Pairs of place and stretch, by place; and each place's distance to the nearest usable road."""
    dots = shapely.points(xy)
    nearest, nearest_m = _nearest(ground, dots, usable=usable, limit_m=limit_m)
    within = np.flatnonzero(nearest_m <= limit_m)
    wide = within[radius[within] > nearest_m[within]]
    if not len(wide):
        return within, nearest[within], nearest_m
    place, edge = ground.tree.query(dots[wide], predicate="dwithin", distance=radius[wide])
    place, edge = wide[place[usable[edge]]], edge[usable[edge]]
    _, distance = feet(xy[place], edge, ground.plane, ground.first, ground.along_m)
    order = np.lexsort((edge, distance, place))
    place, edge = place[order], edge[order]
    rank = np.arange(len(place)) - np.searchsorted(place, place)
    place, edge = place[rank < MOST_CANDIDATES], edge[rank < MOST_CANDIDATES]
    narrow = np.setdiff1d(within, wide)
    place, edge = np.concatenate([place, narrow]), np.concatenate([edge, nearest[narrow]])
    order = np.argsort(place, kind="stable")
    return place[order], edge[order], nearest_m


def _nearest(
    ground: Ground, dots: npt.NDArray[np.object_], *, usable: npt.NDArray[np.bool_], limit_m: float
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """The nearest usable stretch of each dot, the first of equals; looks beyond the limit to say how far."""
    edge = np.full(len(dots), -1, np.int64)
    distance = np.full(len(dots), np.nan)
    if not usable.any():
        return edge, distance
    left = np.arange(len(dots))
    (dot, found), metres = ground.tree.query_nearest(dots, return_distance=True, all_matches=True)
    _keep_least(edge, distance, dot[usable[found]], found[usable[found]], metres[usable[found]])
    left = left[edge[left] < 0]
    if len(left):
        dot, found = ground.tree.query(dots[left], predicate="dwithin", distance=limit_m)
        dot, found = left[dot[usable[found]]], found[usable[found]]
        lines = ground.tree.geometries
        _keep_least(edge, distance, dot, found, shapely.distance(dots[dot], lines[found]))
    for dot in np.flatnonzero(edge < 0):
        allowed = np.flatnonzero(usable)
        metres = shapely.distance(dots[dot], ground.tree.geometries[allowed])
        edge[dot], distance[dot] = allowed[metres.argmin()], metres.min()
    return edge, distance


def _keep_least(
    edge: npt.NDArray[np.int64], distance: FloatArray, dot: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64], metres: FloatArray,
) -> None:  # fmt: skip
    order = np.lexsort((found, metres, dot))
    first = np.unique(dot[order], return_index=True)[1]
    chosen = order[first]
    edge[dot[chosen]] = found[chosen]
    distance[dot[chosen]] = metres[chosen]
