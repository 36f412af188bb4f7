"""How far one comes in a given time: as areas, and as roads with the time at which they are reached."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.errors import InputError, RoutingError
from idlibgeo.geo import WGS84
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes.ground import Ground, ground_of, trace
from idlibgeo.routes.places import Places
from idlibgeo.routes.queries import Query, ask
from idlibgeo.routes.search import search_tree, seeds_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def isochrones(
    network: RoadNetwork,
    origin: gpd.GeoDataFrame,
    limits_s: Sequence[float],
    *,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
    buffer_m: float = 250.0,
) -> gpd.GeoDataFrame:
    """Areas that can be reached within each time: all that lies within ``buffer_m`` of a road reached by then.

    Parameters
    ----------
    origin
        Points; each begins its own isochrones.
    limits_s
        Seconds of travel, by the middle speeds.
    buffer_m
        Metres on each side of a road that count as reached. A schematic network needs more than a real one.

    Returns
    -------
    GeoDataFrame
        The schema's columns of the layer ``isochrones``, the longest time first so that shorter ones are drawn on
        top; each area contains those of less time.

    Raises
    ------
    InputError
        If a limit is not a time above zero.
    RoutingError
        If an origin is further than ``snap_limit_m`` from any usable road.

    Notes
    -----
    The roads are cut where the time ends (`isochrone_edges`), then buffered in an equal-area projection, as
    OSMnx's isochrone example and QGIS's service areas do; no interpolation across land without roads.

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> isochrones(network, town, [1800, 3600], buffer_m=1000)["limit_s"].tolist()
    [3600.0, 1800.0]
    """
    if not (np.isfinite(buffer_m) and buffer_m > 0):
        raise InputError(
            f"isochrones: given buffer_m={buffer_m}, expected metres above 0. Nothing was computed. The usual is 250."
        )
    used = ask(network, weights, snap_limit_m).weights
    reached = isochrone_edges(network, origin, limits_s, weights=used, snap_limit_m=snap_limit_m)
    rows = []
    for (origin_id, name), roads in reached.groupby(["from_id", "from_name"], sort=False):
        area: shapely.Geometry = shapely.MultiPolygon()
        for limit in _limits(limits_s):
            fresh = roads.geometry[roads["limit_s"] == limit]
            area = shapely.union(
                area, _buffered(ground_of(network), np.asarray(fresh.array, dtype=object), buffer_m)
            )
            rows.append((f"{origin_id}-{limit:.0f}", name, float(limit), used.mode, area.area, area))
    columns = ["isochrone_id", "from_name", "limit_s", "mode", "area_m2", "geometry"]
    frame = pd.DataFrame(rows, columns=columns).sort_values("limit_s", ascending=False, kind="stable")
    plane = gpd.GeoDataFrame(frame, geometry="geometry", crs=ground_of(network).lines.to_plane.target_crs)
    return plane.to_crs(WGS84).reset_index(drop=True)


def isochrone_edges(
    network: RoadNetwork,
    origin: gpd.GeoDataFrame,
    limits_s: Sequence[float],
    *,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
) -> gpd.GeoDataFrame:
    """Roads that can be reached, cut where each time ends.

    Returns
    -------
    GeoDataFrame
        A row a piece of road: ``from_id``, ``from_name``, ``edge_id`` (of the layer ``roads``), ``limit_s`` (the
        least of the limits within which it is reached), ``time_s_begin`` and ``time_s_end`` (when its ends are
        reached), ``length_m``; geometry in the direction of travel.

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> roads = isochrone_edges(network, towns.loc[["Saraqib"]], [1800, 3600])
    >>> (roads.groupby("limit_s")["length_m"].sum() / 1000).round().to_dict()
    {1800.0: 433.0, 3600.0: 831.0}
    """
    limits = _limits(limits_s)
    query = ask(network, weights, snap_limit_m)
    places = query.places(origin, "origin")
    if not len(places):
        raise InputError(
            "origin: given no points, expected at least one. Nothing was computed. Name a place to start at."
        )
    parts = [_reached_edges(query, places, place, limits) for place in range(len(places))]
    whole = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=WGS84)


def _limits(limits_s: Sequence[float]) -> FloatArray:
    limits = np.unique(np.asarray(list(limits_s), dtype=np.float64))
    if not len(limits) or not (np.isfinite(limits).all() and (limits > 0).all()):
        raise InputError(
            f"limits_s: given {list(limits_s)}, expected at least one time in seconds above 0. Nothing was computed."
            " Half an hour and an hour are [1800, 3600]."
        )
    return limits


def _reached_edges(query: Query, places: Places, place: int, limits: FloatArray) -> gpd.GeoDataFrame:
    network, ground = query.network, ground_of(query.network)
    own = np.arange(places.ptr[place], places.ptr[place + 1])
    if np.isfinite(places.shut_m[place]):
        raise RoutingError(
            f"Given {places.names[place]}, whose nearest road ({places.shut_m[place]:.0f} m) is closed in this query,"
            " expected an open road near it. No isochrone was made. Leave the closure out, or move the place."
        )
    if not len(own):
        raise RoutingError(
            f"Given {places.names[place]}, whose nearest usable road is {places.nearest_m[place]:.0f} m away, expected"
            f" at most {query.snap_limit_m:.0f} m. No isochrone was made. Raise snap_limit_m, or move the place."
        )
    cost = query.weights.seconds_mid
    still = np.zeros(len(places.edge))
    node, value = seeds_of(own, places.edge, places.share, still, ground.arcs, ground.arc_to, cost)
    dist, _ = search_tree(ground.indptr, ground.arc_to, cost, node, value, limits[-1])
    arc, begin, finish, start_s = _pieces(query, ground, places, own, dist)
    return _cut(network, ground, cost, arc, begin, finish, start_s, limits).assign(
        from_id=places.ids[place], from_name=places.names[place]
    )


def _pieces(
    query: Query, ground: Ground, places: Places, own: IntArray, dist: FloatArray
) -> tuple[npt.NDArray[np.int32], FloatArray, FloatArray, FloatArray]:
    """Pieces of arcs that are reached: arc, shares where it begins and finishes, time at its beginning.

    A segment that is reached from both ends is split where the two times meet.
    """
    edge, low, high, low_s, high_s = _segments(query.network, places, own, dist)
    onward, back = ground.arcs[edge].T
    cost = query.weights.seconds_mid
    with np.errstate(invalid="ignore"):
        go, come = cost[onward] * (high - low), cost[back] * (high - low)
        meet = np.clip((high_s + come - low_s) / (go + come), 0.0, 1.0)
    from_low, from_high = np.isfinite(low_s + go), np.isfinite(high_s + come)
    meet = np.where(from_low & from_high, meet, np.where(from_low, 1.0, 0.0)) * (high - low)
    first, last = from_low & (meet > 0), from_high & (low + meet < high)
    return (
        np.concatenate([onward[first], back[last]]),
        np.concatenate([low[first], 1.0 - high[last]]),
        np.concatenate([(low + meet)[first], (1.0 - low - meet)[last]]),
        np.concatenate([low_s[first], high_s[last]]),
    )


def _segments(
    network: RoadNetwork, places: Places, own: IntArray, dist: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Stretches, cut where the journey begins: row, share and time of both ends."""
    reached = np.isfinite(dist)
    touched = np.flatnonzero(reached[network.edge_u] | reached[network.edge_v])
    held = places.edge[own]
    touched = np.union1d(touched, held)
    edge = np.concatenate([touched, touched, held]).astype(np.int64)
    share = np.concatenate([np.zeros(len(touched)), np.ones(len(touched)), places.share[own]])
    time_s = np.concatenate(
        [dist[network.edge_u[touched]], dist[network.edge_v[touched]], np.zeros(len(held))]
    )
    order = np.lexsort((time_s, share, edge))
    edge, share, time_s = edge[order], share[order], time_s[order]
    same = edge[1:] == edge[:-1]
    return edge[:-1][same], share[:-1][same], share[1:][same], time_s[:-1][same], time_s[1:][same]


def _cut(
    network: RoadNetwork, ground: Ground, cost: FloatArray, arc: npt.NDArray[np.int32], begin: FloatArray,
    finish: FloatArray, start_s: FloatArray, limits: FloatArray,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Cut pieces at the limits, and drop what lies beyond the last."""
    edges = np.concatenate([[0.0], limits])
    rows, lows, highs, classes = [], [], [], []
    with np.errstate(divide="ignore", invalid="ignore"):
        for number in range(len(limits)):
            low = np.maximum(begin, np.nan_to_num(begin + (edges[number] - start_s) / cost[arc], nan=-np.inf))
            high = np.minimum(
                finish, np.nan_to_num(begin + (edges[number + 1] - start_s) / cost[arc], nan=np.inf)
            )
            some = np.flatnonzero(high > low)
            rows.append(some)
            lows.append(low[some])
            highs.append(high[some])
            classes.append(np.full(len(some), limits[number]))
    row, low, high = np.concatenate(rows), np.concatenate(lows), np.concatenate(highs)
    lines = _lines(network, ground, arc[row], low, high)
    stretch = network.arc_edge[arc[row]]
    return gpd.GeoDataFrame(
        {
            "edge_id": network.edge_ids(stretch).array,
            "limit_s": np.concatenate(classes),
            "time_s_begin": start_s[row] + (low - begin[row]) * cost[arc[row]],
            "time_s_end": start_s[row] + (high - begin[row]) * cost[arc[row]],
            "length_m": network.arc_length_m[arc[row]] * (high - low),
        },
        geometry=lines,
        crs=WGS84,
    )


def _lines(
    network: RoadNetwork, ground: Ground, arc: npt.NDArray[np.int32], begin: FloatArray, finish: FloatArray
) -> npt.NDArray[np.object_]:
    if not len(arc):
        return np.array([], dtype=object)
    coordinates, owner = trace(
        np.arange(len(arc) + 1), arc, begin, finish, network.arc_edge, network.arc_forward,
        ground.lines.lonlat, ground.lines.first, ground.lines.along_m,
    )  # fmt: skip
    lines: npt.NDArray[np.object_] = shapely.linestrings(coordinates, indices=owner)
    return lines


def _buffered(ground: Ground, lines: npt.NDArray[np.object_], buffer_m: float) -> shapely.Geometry:
    """The lines' surroundings in the network's equal-area plane."""
    flat = shapely.transform(lines, ground.lines.to_plane.transform, interleaved=False)
    return shapely.union_all(shapely.buffer(flat, buffer_m, quad_segs=8))
