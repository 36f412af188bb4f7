"""Routes that really differ: plateaus first, then penalties, with limits on overlap and stretch that hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from numba import njit

from idlibgeo.errors import InputError
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes.ground import Ground, ground_of
from idlibgeo.routes.paths import Paths, route_frame
from idlibgeo.routes.places import Places
from idlibgeo.routes.queries import Query, ask, explain, find_paths, kinds_of
from idlibgeo.routes.search import search_tree, seeds_of

FloatArray = npt.NDArray[np.float64]

#: A plateau shorter than this share of the fastest time is no sensible way of its own (Abraham and others ask
#: for a quarter over continents; a tenth keeps the valleys of a small area).
LEAST_PLATEAU = 0.1

#: Penalties: how much dearer a used road becomes with each round, and how many rounds are tried.
PENALTY = 1.5
ROUNDS = 12


@dataclass(frozen=True)
class Way:
    """One way between two fixed points of roads: its arcs with the share of each that is travelled."""

    arcs: npt.NDArray[np.int32]
    begin: float
    finish: float
    edges: npt.NDArray[np.int32]
    metres: FloatArray
    seconds: float

    def shared(self, other: Way) -> float:
        """Length in common over the length of the shorter of the two: the stricter of both shares."""
        _, mine, others = np.intersect1d(self.edges, other.edges, return_indices=True)
        common = np.minimum(self.metres[mine], other.metres[others]).sum()
        return float(common / max(min(self.metres.sum(), other.metres.sum()), 1e-9))


def alternative_routes(
    network: RoadNetwork,
    origin: gpd.GeoDataFrame,
    destination: gpd.GeoDataFrame,
    *,
    k: int = 3,
    max_overlap: float = 0.6,
    max_stretch: float = 1.5,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
) -> gpd.GeoDataFrame:
    """Find up to k routes from one place to another that differ by construction, the fastest first.

    Parameters
    ----------
    origin, destination
        Frames of one point each.
    k
        Routes wanted, the fastest among them; fewer come back if no more exist within the limits.
    max_overlap
        No two routes share more than this part of the shorter one's length (0 to 1).
    max_stretch
        No route takes more than so many times the fastest.

    Returns
    -------
    GeoDataFrame
        As `shortest_path`, a row a route, with ``rank``, ``overlap`` (largest part shared with a better one) and
        ``stretch``. One row with its status and note if there is no way at all. All routes begin and end at
        the same points of the roads, no route passes a junction twice.

    Notes
    -----
    Plateaus: ways on which the tree from the origin and the tree to the destination agree (Abraham, Delling,
    Goldberg and Werneck 2013, Alternative routes in road networks, doi:10.1145/2444016.2444019), best first by
    detour less plateau. What is still missing is sought by making used roads dearer (Bader, Dees, Geisberger
    and Sanders 2011, Alternative route graphs in road networks, doi:10.1007/978-3-642-19754-3_5).

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> alternative_routes(network, town, crossing)["stretch"].round(2).tolist()
    [1.0, 1.02, 1.49]
    """
    query = ask(network, weights, snap_limit_m)
    _check(origin, destination, k=k, max_overlap=max_overlap, max_stretch=max_stretch)
    starts, ends = query.places(origin, "origin"), query.places(destination, "destination")
    first = find_paths(query, starts, ends, np.zeros((1, 2), np.int64))
    if not len(first.arcs):
        return _frame(query, first, starts, ends, destination, [0.0])
    best = _way(query, first.arcs, float(first.begin[0]), float(first.finish[0]))
    start, end = _only(starts, first.from_candidate[0]), _only(ends, first.to_candidate[0])
    chosen = [best]
    for search in (_by_plateaus, _by_penalties):
        for way in search(query, start, end, chosen, max_stretch * best.seconds):
            if len(chosen) >= k:
                break
            if way.seconds <= max_stretch * best.seconds and _differs(way, chosen, max_overlap):
                chosen.append(way)
    chosen.sort(key=lambda way: way.seconds)
    overlap = [
        max((way.shared(better) for better in chosen[:rank]), default=0.0) for rank, way in enumerate(chosen)
    ]
    return _frame(query, _paths(chosen, first), starts, ends, destination, overlap)


def _check(
    origin: gpd.GeoDataFrame, destination: gpd.GeoDataFrame, *, k: int, max_overlap: float, max_stretch: float
) -> None:
    if len(origin) != 1 or len(destination) != 1:
        raise InputError(
            f"alternative_routes: given {len(origin)} origins and {len(destination)} destinations, expected one of"
            " each. Nothing was searched. Call it once for each pair, with frame.iloc[[row]]."
        )
    if k < 1 or not 0 <= max_overlap <= 1 or not max_stretch >= 1:
        raise InputError(
            f"alternative_routes: given k={k}, max_overlap={max_overlap}, max_stretch={max_stretch}, expected k from 1,"
            " an overlap from 0 to 1 and a stretch from 1. Nothing was searched. The usual values are 3, 0.6, 1.5."
        )


def _differs(way: Way, chosen: list[Way], max_overlap: float) -> bool:
    return all(way.shared(other) <= max_overlap for other in chosen)


def _only(places: Places, candidate: int) -> Places:
    """The place with this candidate alone, without a cost of access."""
    own = slice(candidate, candidate + 1)
    return Places(
        ids=places.ids[:1],
        names=places.names[:1],
        lonlat=places.lonlat[:1],
        ptr=np.array([0, 1]),
        edge=places.edge[own],
        share=places.share[own],
        offset_m=np.zeros(1),
        nearest_m=places.nearest_m[:1],
        stranded=places.stranded[:1],
        shut_m=places.shut_m[:1],
    )


def _way(query: Query, arcs: npt.NDArray[np.int32], begin: float, finish: float) -> Way:
    part = np.ones(len(arcs))
    part[0] -= begin
    part[-1] -= 1.0 - finish
    return Way(
        arcs=arcs,
        begin=begin,
        finish=finish,
        edges=query.network.arc_edge[arcs],
        metres=query.network.arc_length_m[arcs] * part,
        seconds=float((query.weights.seconds_mid[arcs] * part).sum()),
    )


def _paths(ways: list[Way], first: Paths) -> Paths:
    return Paths(
        cost=np.array([way.seconds for way in ways]),
        from_candidate=np.repeat(first.from_candidate, len(ways)),
        to_candidate=np.repeat(first.to_candidate, len(ways)),
        begin=np.array([way.begin for way in ways]),
        finish=np.array([way.finish for way in ways]),
        ptr=np.cumsum([0] + [len(way.arcs) for way in ways]).astype(np.int64),
        arcs=np.concatenate([way.arcs for way in ways]),
    )


def _frame(
    query: Query,
    paths: Paths,
    starts: Places,
    ends: Places,
    destination: gpd.GeoDataFrame,
    overlap: list[float],
) -> gpd.GeoDataFrame:
    pairs = np.zeros((len(paths), 2), np.int64)
    routes = route_frame(
        query.network, paths, origins=starts, destinations=ends, pairs=pairs, weights=query.weights,
        notes=explain(query, paths, starts, ends, pairs), to_kind=kinds_of(destination) * len(paths),
    )  # fmt: skip
    if not paths.found.all():
        return routes
    seconds = routes["travel_time_s_mid"].to_numpy()
    stretch = seconds / seconds[0] if seconds[0] > 0 else np.ones(len(paths))
    return routes.assign(rank=np.arange(1, len(paths) + 1), overlap=overlap, stretch=stretch)


def _by_plateaus(
    query: Query, start: Places, end: Places, chosen: list[Way], limit_s: float
) -> Iterator[Way]:
    network, ground = query.network, ground_of(query.network)
    forward = _tree(query, start, query.weights.seconds_mid, limit_s)
    backward = _tree(query, end, query.weights.seconds_mid[ground.reverse], limit_s)
    least = LEAST_PLATEAU * chosen[0].seconds
    via, merit = _plateaus(*forward, *backward, ground.reverse, network.arc_from, limit_s, least)
    for node in via[np.argsort(merit, kind="stable")]:
        arcs, first, last = _through(int(node), forward[1], backward[1], ground.reverse, network.arc_from)
        way = _with_ends(query, ground, start, end, arcs, int(first), int(last))
        if way is not None:
            yield way


def _tree(query: Query, place: Places, cost: FloatArray, limit_s: float) -> tuple[FloatArray, Any]:
    ground = ground_of(query.network)
    node, value = seeds_of(
        np.zeros(1, np.int64), place.edge, place.share, place.access_s, ground.arcs, ground.arc_to, cost
    )
    dist, parent = search_tree(ground.indptr, ground.arc_to, cost, node, value, limit_s)
    return dist, parent


@njit(cache=True)
def _plateaus(
    dist: Any, parent: Any, dist_back: Any, parent_back: Any, reverse: Any, arc_from: Any,
    limit: float, least: float,
) -> Any:  # fmt: skip
    """One node of each plateau that is long enough, and its merit: time through it less the plateau."""
    nodes = np.empty(len(dist), np.int32)
    merit = np.empty(len(dist))
    count = 0
    for node in range(len(dist)):
        if dist[node] + dist_back[node] > limit or parent_back[node] < 0:
            continue
        into = parent[node]
        if into >= 0 and parent_back[arc_from[into]] >= 0 and reverse[parent_back[arc_from[into]]] == into:
            continue
        last = node
        while parent_back[last] >= 0 and parent[arc_from[parent_back[last]]] == reverse[parent_back[last]]:
            last = arc_from[parent_back[last]]
        length = dist[last] - dist[node]
        if length >= least:
            nodes[count] = last
            merit[count] = dist[node] + dist_back[node] - length
            count += 1
    return nodes[:count].copy(), merit[:count].copy()


@njit(cache=True)
def _through(node: int, parent: Any, parent_back: Any, reverse: Any, arc_from: Any) -> Any:
    """The arcs of the way through a node, and the seeds that it begins and ends at."""
    before = 0
    at = node
    while parent[at] >= 0:
        before += 1
        at = arc_from[parent[at]]
    first = -2 - parent[at]
    after = 0
    at = node
    while parent_back[at] >= 0:
        after += 1
        at = arc_from[parent_back[at]]
    last = -2 - parent_back[at]
    arcs = np.empty(before + after, np.int32)
    at = node
    for place in range(before - 1, -1, -1):
        arcs[place] = parent[at]
        at = arc_from[parent[at]]
    at = node
    for place in range(before, before + after):
        arcs[place] = reverse[parent_back[at]]
        at = arc_from[parent_back[at]]
    return arcs, first, last


def _with_ends(
    query: Query,
    ground: Ground,
    start: Places,
    end: Places,
    arcs: npt.NDArray[np.int32],
    first: int,
    last: int,
) -> Way | None:
    """Put the cut ends on; None if the way passes a junction or a road twice."""
    share_a, share_b = float(start.share[0]), float(end.share[0])
    begin = share_a if first == 0 else 1.0 - share_a
    finish = share_b if last == 1 else 1.0 - share_b
    out, into = ground.arcs[start.edge[0], first], ground.arcs[end.edge[0], 1 - last]
    whole = np.concatenate([[out] * (begin < 1.0), arcs, [into] * (finish > 0.0)]).astype(np.int32)
    begin, finish = (begin if begin < 1.0 else 0.0), (finish if finish > 0.0 else 1.0)
    if not len(whole) or not _is_simple(query.network, whole):
        return None
    return _way(query, whole, begin, finish)


def _is_simple(network: RoadNetwork, arcs: npt.NDArray[np.int32]) -> bool:
    junctions, edges = network.arc_to[arcs[:-1]], network.arc_edge[arcs]
    return len(np.unique(junctions)) == len(junctions) and len(np.unique(edges)) == len(edges)


def _by_penalties(
    query: Query, start: Places, end: Places, chosen: list[Way], limit_s: float
) -> Iterator[Way]:
    del limit_s
    dearer = query.weights.seconds_mid.copy()
    reverse = ground_of(query.network).reverse
    for way in tuple(chosen):
        _penalise(dearer, reverse, way.arcs)
    for _ in range(ROUNDS):
        found = find_paths(query, start, end, np.zeros((1, 2), np.int64), cost=dearer)
        if not len(found.arcs):
            return
        _penalise(dearer, reverse, found.arcs)
        if _is_simple(query.network, found.arcs):
            yield _way(query, found.arcs, float(found.begin[0]), float(found.finish[0]))


def _penalise(cost: FloatArray, reverse: npt.NDArray[np.int32], arcs: npt.NDArray[np.int32]) -> None:
    cost[arcs] *= PENALTY
    cost[reverse[arcs]] *= PENALTY
