"""Thousands of routes at once: a customizable contraction hierarchy.

A hierarchy is prepared once for a network (seconds), customized for the weights of a query (milliseconds: a
closure, a mode, a date, a draw), and then answers a route in a tenth of a millisecond. Its answers are those of
the plain search. The package ``routingkit-cch`` finds the order of the nodes (Inertial Flow); with an order that was
kept it is not needed. The rest is `contraction`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from idlibgeo.errors import InputError, UnknownNameError
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes import contraction
from idlibgeo.routes.ground import ground_of
from idlibgeo.routes.paths import Paths
from idlibgeo.routes.places import Places
from idlibgeo.routes.search import seeds_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int32Array = npt.NDArray[np.int32]

#: Destinations whose ways up the hierarchy are held at once: some 20 MB on a network of a million stretches.
MOST_ENDS = 500


class _Shortcuts(NamedTuple):
    """Pairs of ranks by their lower one, and the same by their higher one; see `contraction`."""

    ptr: IntArray
    top: Int32Array
    first: IntArray
    below: Int32Array
    low: Int32Array
    keys: Int32Array


class _Found(NamedTuple):
    """Per pair: cost, seeds at both ends (−1 where there is no way), and the keys between them."""

    cost: FloatArray
    seed: IntArray
    entry: IntArray
    key_ptr: IntArray
    keys: Int32Array


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
    order: IntArray
    _shortcuts: _Shortcuts

    @cached_property
    def _rank(self) -> Int32Array:
        return _ranks(self.order)

    def customize(self, weights: Weights | None = None) -> Engine:
        """Take on the weights of a query; the hierarchy itself stays as it is."""
        used = self.network.weights() if weights is None else weights
        if len(used.seconds_mid) != len(self.network.arc_to):
            raise InputError(
                f"customize: given weights for {len(used.seconds_mid)} directed edges, expected"
                f" {len(self.network.arc_to)}, those of the hierarchy's network. Nothing was done."
                " Make them with network.weights(...) of that network."
            )
        return Engine(self, used, *contraction.customize(*self._shortcuts, used.seconds_mid))


@dataclass(frozen=True, eq=False)
class Engine:
    """A hierarchy with the weights of one query: give it to `shortest_path` or `od_matrix`."""

    hierarchy: Hierarchy
    weights: Weights
    _cost: FloatArray
    _part: Int32Array
    _rest: Int32Array

    def paths(self, origins: Places, destinations: Places, pairs: IntArray) -> Paths:
        """The cheapest way of each pair that goes through a junction."""
        found = self._answer(origins, destinations, pairs)
        ends = self._ends(found, origins, destinations)
        inner_ptr, inner = contraction.unpack(found.key_ptr, found.keys, self._part, self._rest)
        size = np.diff(inner_ptr)
        ptr = np.concatenate([[0], np.cumsum(size + ends.leads + ends.enters)]).astype(np.int64)
        arcs = np.empty(ptr[-1], np.int32)
        arcs[ptr[:-1][ends.leads]] = ends.out[ends.leads]
        arcs[ptr[1:][ends.enters] - 1] = ends.into[ends.enters]
        arcs[np.arange(len(inner)) + np.repeat(ptr[:-1] + ends.leads - inner_ptr[:-1], size)] = inner
        reached = np.isfinite(found.cost)
        return Paths(
            cost=found.cost,
            from_candidate=np.where(reached, found.seed >> 1, -1).astype(np.int32),
            to_candidate=np.where(reached, found.entry >> 1, -1).astype(np.int32),
            begin=np.where(ends.leads, ends.begin, 0.0),
            finish=np.where(ends.enters, ends.finish, 1.0),
            ptr=ptr,
            arcs=arcs,
        )

    def sums(self, origins: Places, destinations: Places, pairs: IntArray, per_arc: FloatArray) -> FloatArray:
        """What `Paths.sums` gives for the ways of `paths`, without writing them down: (pairs, n); NaN where none.

        Parameters
        ----------
        per_arc
            (arcs, n): what is added up.
        """
        found = self._answer(origins, destinations, pairs)
        ends = self._ends(found, origins, destinations)
        # Kept from one call to the next, since a clean one costs as much as the sums; taken away while it is in use.
        slot = self.__dict__.pop("_slot", None)
        slot = np.zeros(len(self._part), np.int32) if slot is None else slot
        total: FloatArray = contraction.add_up(
            found.key_ptr, found.keys, self._part, self._rest, slot, np.ascontiguousarray(per_arc)
        )
        self.__dict__["_slot"] = slot
        total[ends.leads] += (1.0 - ends.begin[ends.leads, None]) * per_arc[ends.out[ends.leads]]
        total[ends.enters] += ends.finish[ends.enters, None] * per_arc[ends.into[ends.enters]]
        total[~np.isfinite(found.cost)] = np.nan
        return total

    def _answer(self, origins: Places, destinations: Places, pairs: IntArray) -> _Found:
        """Block by block of destinations, since the way up from each of them is held."""
        block = np.unique(pairs[:, 1], return_inverse=True)[1] // MOST_ENDS
        order = np.lexsort((pairs[:, 0], block))
        cuts = np.flatnonzero(np.diff(block[order])) + 1
        starts, ends = self._seeds(origins, reverse=False), self._seeds(destinations, reverse=True)
        parts = [self._answer_block(starts, ends, pairs[rows]) for rows in np.split(order, cuts)]
        cost, seed, entry = (np.concatenate([part[number] for part in parts]) for number in range(3))
        size = np.concatenate([np.diff(part.key_ptr) for part in parts])
        back = np.argsort(order, kind="stable")
        begin = np.concatenate([[0], np.cumsum(size)])[:-1]
        ptr = np.concatenate([[0], np.cumsum(size[back])]).astype(np.int64)
        place = np.arange(ptr[-1]) + np.repeat(begin[back] - ptr[:-1], size[back])
        keys = np.concatenate([part.keys for part in parts])[place]
        return _Found(cost[back], seed[back], entry[back], ptr, keys)

    def _answer_block(self, starts: _Seeds, ends: _Seeds, pairs: IntArray) -> _Found:
        shortcuts = self.hierarchy._shortcuts
        graph, down = (shortcuts.ptr, shortcuts.top), self._cost[len(shortcuts.top) :]
        group, first = np.unique(pairs[:, 0], return_index=True)
        wanted, end = np.unique(pairs[:, 1], return_inverse=True)
        climbed = contraction.climb(*graph, down, *ends, wanted)
        cost, seed, entry, key_ptr, keys = contraction.answer(
            *graph, shortcuts.low, self._cost, *starts, group, np.append(first, len(pairs)), end, *climbed
        )
        return _Found(cost, seed, np.where(entry < 0, -1, entry + ends.ptr[pairs[:, 1]]), key_ptr, keys)

    def _seeds(self, places: Places, *, reverse: bool) -> _Seeds:
        """Ranks and costs of both ends of every candidate, two rows a candidate."""
        ground, cost = ground_of(self.hierarchy.network), self.weights.seconds_mid
        cost = cost[ground.reverse] if reverse else cost
        own = np.arange(len(places.edge))
        node, value = seeds_of(
            own, places.edge, places.share, places.access_s, ground.arcs, ground.arc_to, cost
        )
        return _Seeds(2 * places.ptr, self.hierarchy._rank[node], value)

    def _ends(self, found: _Found, origins: Places, destinations: Places) -> _Ends:
        """The cut arcs that lead out of the origins and into the destinations."""
        ground = ground_of(self.hierarchy.network)
        reached = np.isfinite(found.cost)
        seed, entry = np.where(reached, found.seed, 0), np.where(reached, found.entry, 0)
        if not reached.any():
            nowhere, no = np.zeros(len(seed)), np.zeros(len(seed), bool)
            return _Ends(no, no, nowhere, nowhere, nowhere.astype(np.int32), nowhere.astype(np.int32))
        share_a, share_b = origins.share[seed >> 1], destinations.share[entry >> 1]
        begin = np.where(seed & 1, 1.0 - share_a, share_a)
        finish = np.where(entry & 1, share_b, 1.0 - share_b)
        return _Ends(
            leads=reached & (begin < 1.0),
            enters=reached & (finish > 0.0),
            begin=begin,
            finish=finish,
            out=ground.arcs[origins.edge[seed >> 1], seed & 1],
            into=ground.arcs[destinations.edge[entry >> 1], 1 - (entry & 1)],
        )


class _Seeds(NamedTuple):
    """Per place its rows, and per row a rank and what it costs to get there."""

    ptr: IntArray
    rank: Int32Array
    value: FloatArray


class _Ends(NamedTuple):
    """Per pair: whether it has a first and a last arc of its own, where these begin and finish, and which they are."""

    leads: npt.NDArray[np.bool_]
    enters: npt.NDArray[np.bool_]
    begin: FloatArray
    finish: FloatArray
    out: Int32Array
    into: Int32Array


def prepare(network: RoadNetwork, *, order: npt.ArrayLike | None = None) -> Hierarchy:
    """Prepare a network for many routes.

    Parameters
    ----------
    order
        Of an earlier `Hierarchy` of the same network: saves most of the time, and the package.

    Raises
    ------
    UnknownNameError
        If there is no order and the package ``routingkit-cch`` is not installed.
    InputError
        If the order is not one of this network's nodes.

    Examples
    --------
    Any order gives the right answers; that of ``routingkit-cch`` gives them fast.

    >>> from idlibgeo.routes import shortest_path
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> engine = prepare(network, order=range(len(towns))).customize(network.weights(mode="foot"))
    >>> shortest_path(network, towns.loc[["Saraqib"]], towns.loc[["Idlib"]], engine=engine)["mode"].tolist()
    ['foot']
    """
    given = _order(network) if order is None else order
    ranked = np.asarray(given, dtype=np.int64)
    if not np.array_equal(np.sort(ranked), np.arange(len(network.node_ids))):
        raise InputError(
            f"order: given {len(ranked)} positions, expected each of the network's {len(network.node_ids)} nodes once."
            " Nothing was prepared. Take the order of a Hierarchy of the same network, or leave it out."
        )
    rank = _ranks(ranked)
    tail, head = rank[network.arc_from], rank[network.arc_to]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    some = np.flatnonzero(low < high)
    by_low = some[np.argsort(low[some], kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(low[some], minlength=len(ranked)))]).astype(np.int64)
    ptr, top = contraction.complete(first, high[by_low])
    by_top, below, lower = contraction.from_below(ptr, top)
    keys = contraction.keys_of(ptr, top, tail, head)
    return Hierarchy(network, ranked, _Shortcuts(ptr, top, by_top, below, lower, keys))


def _ranks(order: IntArray) -> Int32Array:
    """Per node its place in the order."""
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank


def _order(network: RoadNetwork) -> Any:
    try:
        # Imported here: an extra, since every answer can be had without it.
        import routingkit_cch  # noqa: PLC0415
    except ImportError:
        raise UnknownNameError(
            "A hierarchy needs the package routingkit-cch, which is not installed. Nothing was prepared."
            ' Install it with pip install "idlibgeo[hierarchy]", or leave the engine out: the answers are the same.'
        ) from None
    tail, head = network.arc_from.tolist(), network.arc_to.tolist()
    lon, lat = network.node_lon.tolist(), network.node_lat.tolist()
    return routingkit_cch.compute_order_inertial(len(network.node_ids), tail, head, lat, lon)
