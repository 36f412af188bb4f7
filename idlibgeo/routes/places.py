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
from idlibgeo.roads.snap import Lines, road_lines

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


#: Metres that a place may leave the nearest road by when that one is closed on the day: as far again as to the
#: closed one, and this much at least. Whoever would have to go further is cut off, and the row says so.
AROUND_M = 500.0


class Allowed(NamedTuple):
    """Per stretch: whether the query can use it, whether it is in a part of the network that counts, and closures.

    ``closed`` are stretches that the query could use but for a closure; None where that moves no place.
    """

    usable: BoolArray
    connected: BoolArray
    closed: BoolArray | None = None


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
    shut_m
        Per place: metres to its nearest road where that one is closed and no open one is near; else NaN. Such a
        place has no candidate.
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
    shut_m: FloatArray

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
    lines = road_lines(network)
    xy = lines.flat(lonlat)
    radius = np.minimum(_radius(points, name), limit_m)
    place, edge, nearest_m, stranded = _candidates(lines, xy, radius, allowed=allowed, limit_m=limit_m)
    shut_m = _shut(lines, xy, radius, nearest_m, allowed=allowed, limit_m=limit_m)
    place, edge = place[np.isnan(shut_m[place])], edge[np.isnan(shut_m[place])]
    share = _settle(lines.feet(xy[place], edge), lines, edge)
    spot = lines.positions(edge, share)
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
        shut_m=shut_m,
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


def _settle(share: FloatArray, lines: Lines, edge: IntArray) -> FloatArray:
    """Take a point within a millimetre of a junction as the junction, so that no sliver of road remains."""
    whole = lines.along_m[lines.first[edge + 1] - 1]
    settled = np.where(share * whole < 1e-3, 0.0, share)
    return np.where((1.0 - share) * whole < 1e-3, np.where(whole > 1e-3, 1.0, settled), settled)


def _candidates(
    lines: Lines, xy: FloatArray, radius: FloatArray, *, allowed: Allowed, limit_m: float
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """Pairs of place and stretch, by place, the nearest first; each place's nearest road; and which are stranded."""
    usable = allowed.usable
    nearest, nearest_m = lines.nearest(xy, usable=usable, limit_m=limit_m)
    within = np.flatnonzero(nearest_m <= limit_m)
    wide = within[radius[within] > nearest_m[within]]
    around = lines.within(xy[wide], radius[wide], usable=usable)
    around[:, 0] = wide[around[:, 0]]
    place, edge = _few(*lines.nearest_first(xy, np.concatenate([np.c_[within, nearest[within]], around])))
    stranded = np.bincount(place, weights=allowed.connected[edge], minlength=len(xy)) == 0
    stranded &= nearest_m <= limit_m
    lonely = np.flatnonzero(stranded)
    if len(lonely):
        beyond = min(limit_m, STRANDED_M)
        found, found_m = lines.nearest(xy[lonely], usable=usable & allowed.connected, limit_m=beyond)
        helped = np.flatnonzero(found_m <= beyond)
        extra = np.c_[lonely[helped], found[helped]]
        place, edge = _few(*lines.nearest_first(xy, np.concatenate([np.c_[place, edge], extra])))
    return place, edge, nearest_m, stranded


def _shut(
    lines: Lines, xy: FloatArray, radius: FloatArray, open_m: FloatArray, *, allowed: Allowed, limit_m: float
) -> FloatArray:
    """Per place: metres to its nearest road where that is closed and every open one far beyond it; else NaN."""
    shut_m = np.full(len(xy), np.nan)
    if allowed.closed is None or not allowed.closed.any():
        return shut_m
    _, closed_m = lines.nearest(xy, usable=allowed.closed, limit_m=limit_m)
    reach = np.maximum(np.maximum(2 * closed_m, closed_m + AROUND_M), radius)
    shut = (closed_m <= limit_m) & ~(open_m <= reach)
    return np.where(shut, closed_m, shut_m)


def _few(place: IntArray, edge: IntArray) -> tuple[IntArray, IntArray]:
    """No more than the most candidates of each place, which come by place and nearest first."""
    rank = np.arange(len(place)) - np.searchsorted(place, place)
    return place[rank < MOST_CANDIDATES], edge[rank < MOST_CANDIDATES]
