"""Thousands of routes at once: a customizable contraction hierarchy, where its package is installed.

A hierarchy is prepared once for a network (seconds), customized for the weights of a query (milliseconds: a
closure, a mode, a date, a draw), and then answers a route in a tenth of a millisecond. Its answers are those of
the plain search. Source: Dibbelt, Strasser and Wagner 2016, Customizable contraction hierarchies,
doi:10.1145/2886843; the package ``routingkit-cch`` binds its authors' RoutingKit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from idlibgeo.errors import InputError, UnknownNameError
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes.ground import ground_of
from idlibgeo.routes.paths import Paths
from idlibgeo.routes.places import Places
from idlibgeo.routes.search import search_tree, seeds_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: RoutingKit counts in whole numbers of 31 bits, of which the last means closed.
CLOSED = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A network prepared for many routes; independent of weights.

    Attributes
    ----------
    network
        The roads.
    order
        The nodes from least to most important; keep it with the network's file, `prepare` takes it back.
    """

    network: RoadNetwork
    order: npt.NDArray[np.int64]
    _prepared: Any

    def customize(self, weights: Weights | None = None) -> Engine:
        """Take on the weights of a query; the hierarchy itself stays as it is."""
        used = self.network.weights() if weights is None else weights
        if len(used.seconds_mid) != len(self.network.arc_to):
            raise InputError(
                f"customize: given weights for {len(used.seconds_mid)} directed edges, expected"
                f" {len(self.network.arc_to)}, those of the hierarchy's network. Nothing was done."
                " Make them with network.weights(...) of that network."
            )
        scale = _units_per_second(self.network, used.seconds_mid)
        package = _package()
        return Engine(
            self, used, scale, package.CCHMetric(self._prepared, _whole(used.seconds_mid, scale).tolist())
        )


@dataclass(frozen=True, eq=False)
class Engine:
    """A hierarchy with the weights of one query: give it to `shortest_path`."""

    hierarchy: Hierarchy
    weights: Weights
    units_per_second: float
    _metric: Any

    def paths(self, origins: Places, destinations: Places, pairs: IntArray) -> Paths:
        """The cheapest way of each pair that does not stay on one stretch."""
        query = _package().CCHQuery(self._metric)
        starts = self._ends(origins, reverse=False)
        ends = self._ends(destinations, reverse=True)
        return _collect(
            [_answer(query, starts, ends, origins, destinations, pair) for pair in pairs.tolist()],
            self.hierarchy.network, origins, destinations,
        )  # fmt: skip

    def _ends(self, places: Places, *, reverse: bool) -> tuple[list[int], list[int]]:
        """Nodes and whole costs of both ends of every candidate, two rows a candidate."""
        ground, cost = ground_of(self.hierarchy.network), self.weights.seconds_mid
        cost = cost[ground.reverse] if reverse else cost
        own = np.arange(len(places.edge))
        node, value = seeds_of(
            own, places.edge, places.share, places.access_s, ground.arcs, ground.arc_to, cost
        )
        return node.tolist(), _whole(value, self.units_per_second).tolist()


def prepare(network: RoadNetwork, *, order: npt.ArrayLike | None = None) -> Hierarchy:
    """Prepare a network for many routes.

    Parameters
    ----------
    order
        Of an earlier `Hierarchy` of the same network: saves most of the time.

    Raises
    ------
    UnknownNameError
        If the package ``routingkit-cch`` is not installed.
    InputError
        If the order is not one of this network's nodes.

    Examples
    --------
    ``shortest_path(network, origins, destinations, engine=prepare(network).customize(weights))``
    """
    package = _package()
    tail, head = network.arc_from.tolist(), network.arc_to.tolist()
    if order is None:
        lon, lat = network.node_lon.tolist(), network.node_lat.tolist()
        order = package.compute_order_inertial(len(network.node_ids), tail, head, lat, lon)
    ranked = np.asarray(order, dtype=np.int64)
    if not np.array_equal(np.sort(ranked), np.arange(len(network.node_ids))):
        raise InputError(
            f"order: given {len(ranked)} positions, expected each of the network's {len(network.node_ids)} nodes once."
            " Nothing was prepared. Take the order of a Hierarchy of the same network, or leave it out."
        )
    return Hierarchy(network, ranked, package.CCH(ranked.tolist(), tail, head, False))


def _package() -> Any:
    try:
        # Imported here: an extra, since every answer can be had without it.
        import routingkit_cch  # noqa: PLC0415
    except ImportError:
        raise UnknownNameError(
            "A hierarchy needs the package routingkit-cch, which is not installed. Nothing was prepared."
            ' Install it with pip install "idlibgeo[hierarchy]", or leave the engine out: the answers are the same.'
        ) from None
    return routingkit_cch


def _units_per_second(network: RoadNetwork, seconds: FloatArray) -> float:
    """As fine as the longest way allows: to the middle of the network and from it again, and half as much."""
    ground = ground_of(network)
    spot = np.array([np.argmax(network.component == 0)], np.int32)
    far = 1.0
    for cost in (seconds, seconds[ground.reverse]):
        dist, _ = search_tree(ground.indptr, ground.arc_to, cost, spot, np.zeros(1), np.inf)
        far += float(dist[np.isfinite(dist)].max())
    return min(1e6, CLOSED / (1.5 * far))


def _whole(seconds: FloatArray, scale: float) -> npt.NDArray[np.int64]:
    units = np.where(np.isfinite(seconds), np.round(seconds * scale), CLOSED)
    whole: npt.NDArray[np.int64] = np.minimum(units, CLOSED).astype(np.int64)
    return whole


_Answer = tuple[int, int, list[int]]


def _answer(
    query: Any, starts: tuple[list[int], list[int]], ends: tuple[list[int], list[int]],
    origins: Places, destinations: Places, pair: list[int],
) -> _Answer | None:  # fmt: skip
    """Row of the seed, row of the entry and the arcs between; None if there is no way."""
    first = _best(starts, origins, pair[0])
    last = _best(ends, destinations, pair[1])
    if not first or not last:
        return None
    result = query.run_multi(
        [(node, cost) for node, (cost, _) in first.items()],
        [(node, cost) for node, (cost, _) in last.items()],
    )
    nodes = result.node_path if result.distance is not None else []
    answer = (first[nodes[0]][1], last[nodes[-1]][1], result.arc_path) if nodes else None
    # The package allows one result at a time.
    del result
    return answer


def _best(ends: tuple[list[int], list[int]], places: Places, place: int) -> dict[int, tuple[int, int]]:
    """Per node the least cost and its row."""
    best: dict[int, tuple[int, int]] = {}
    node, cost = ends
    for row in range(2 * places.ptr[place], 2 * places.ptr[place + 1]):
        if cost[row] < min(CLOSED, best.get(node[row], (CLOSED, 0))[0]):
            best[node[row]] = (cost[row], row)
    return best


def _collect(
    answers: list[_Answer | None], network: RoadNetwork, origins: Places, destinations: Places
) -> Paths:
    ground = ground_of(network)
    found = np.array([answer is not None for answer in answers], dtype=bool)
    seed = np.array([answer[0] if answer else 0 for answer in answers], dtype=np.int64)
    entry = np.array([answer[1] if answer else 0 for answer in answers], dtype=np.int64)
    inner = [answer[2] if answer else [] for answer in answers]
    share_a, share_b = origins.share[seed >> 1], destinations.share[entry >> 1]
    begin = np.where(seed & 1, 1.0 - share_a, share_a)
    finish = np.where(entry & 1, share_b, 1.0 - share_b)
    out = ground.arcs[origins.edge[seed >> 1], seed & 1]
    into = ground.arcs[destinations.edge[entry >> 1], 1 - (entry & 1)]
    leads, enters = found & (begin < 1.0), found & (finish > 0.0)
    size = np.array([len(arcs) for arcs in inner], dtype=np.int64)
    ptr = np.concatenate([[0], np.cumsum(size + leads + enters)]).astype(np.int64)
    arcs = np.empty(ptr[-1], np.int32)
    arcs[ptr[:-1][leads]] = out[leads]
    arcs[ptr[1:][enters] - 1] = into[enters]
    start = np.repeat(ptr[:-1] + leads, size)
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    arcs[start + within] = np.fromiter(chain.from_iterable(inner), np.int32, int(size.sum()))
    return Paths(
        cost=np.where(found, 0.0, np.inf),
        from_candidate=np.where(found, seed >> 1, -1).astype(np.int32),
        to_candidate=np.where(found, entry >> 1, -1).astype(np.int32),
        begin=np.where(leads, begin, 0.0),
        finish=np.where(enters, finish, 1.0),
        ptr=ptr,
        arcs=arcs,
    )
