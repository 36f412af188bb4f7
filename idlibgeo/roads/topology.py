"""From the nodes of ways to stretches between junctions, in compiled loops over arrays.

The rule for a junction is OSMnx's (Boeing 2025, doi:10.1111/tgis.70037): a node is kept unless it has exactly
two neighbours and degree two (one-way) or four (two-way). Beyond it a node is kept where what decides the
travel time changes (class, surface, permission, bridge), where a barrier stands, and once on a ring that has
no junction at all, which OSMnx removes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from idlibgeo.geo import GEOD

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Beyond this length or latitude the short formula for a geodesic is replaced by PROJ's exact one.
SHORT_M, SHORT_LATITUDE = 2000.0, 70.0


class Runs(NamedTuple):
    """Unbroken sequences of known nodes: run i is way ``way[i]``, nodes ``seq[ptr[i]:ptr[i + 1]]``."""

    ptr: Int64Array
    seq: Int32Array
    way: Int32Array


class Stretches(NamedTuple):
    """Stretch i passes the nodes ``seq[ptr[i]:ptr[i + 1]]`` along the ways ``way[way_ptr[i]:way_ptr[i + 1]]``."""

    ptr: Int64Array
    seq: Int32Array
    way_ptr: Int64Array
    way: Int32Array
    rings: int


def stretches(runs: Runs, *, oneway: BoolArray, code: Int32Array, stop: BoolArray) -> Stretches:
    """Cut runs at junctions and join what is left over way ends.

    Parameters
    ----------
    runs
        Runs of one-way ways stand in the direction of travel.
    oneway, code
        Per way: whether it is one-way, and a number that is equal where nothing that matters differs.
    stop
        Per node: always a junction.
    """
    junction = _junctions(runs.ptr, runs.seq, runs.way, oneway, code, stop)
    piece_ptr, piece_run = _pieces(runs.ptr, runs.seq, junction)
    order, flip, ptr, rings = _chains(piece_ptr, runs.seq, junction)
    seq_ptr, seq, way_ptr, way = _gather(piece_ptr, runs.seq, runs.way[piece_run], order, flip, ptr)
    return Stretches(seq_ptr, seq, way_ptr, way, int(rings))


@njit(cache=True)
def runs_of_ways(ptr, node, keep, reverse, known):  # type: ignore[no-untyped-def]
    """Split kept ways where a node is missing; drop repeated nodes; turn ways that run against travel."""
    size = len(node)
    out_ptr = np.empty(size + 1, np.int64)
    out_way = np.empty(size, np.int32)
    seq = np.empty(size, np.int32)
    runs = 0
    filled = 0
    out_ptr[0] = 0
    for way in range(len(ptr) - 1):
        if not keep[way]:
            continue
        first, last = ptr[way], ptr[way + 1]
        begin = filled
        for step in range(last - first):
            position = node[last - 1 - step] if reverse[way] else node[first + step]
            if known[position] and (filled == begin or seq[filled - 1] != position):
                seq[filled] = position
                filled += 1
            if not known[position] or step == last - first - 1:
                if filled - begin > 1:
                    out_way[runs] = way
                    runs += 1
                    out_ptr[runs] = filled
                    begin = filled
                else:
                    filled = begin
    return out_ptr[: runs + 1].copy(), seq[:filled].copy(), out_way[:runs].copy()


@njit(cache=True)
def _junctions(ptr, seq, way, oneway, code, stop):  # type: ignore[no-untyped-def]
    nodes = len(stop)
    first = np.full(nodes, -1, np.int32)
    second = np.full(nodes, -1, np.int32)
    many = np.zeros(nodes, np.bool_)
    leaves = np.zeros(nodes, np.int32)
    enters = np.zeros(nodes, np.int32)
    ends = np.zeros(nodes, np.int32)
    passes = np.zeros(nodes, np.int32)
    seen = np.full(nodes, -1, np.int32)
    for run in range(len(ptr) - 1):
        both = not oneway[way[run]]
        kind = code[way[run]]
        low, high = ptr[run], ptr[run + 1] - 1
        ends[seq[low]] += 1
        ends[seq[high]] += 1
        for i in range(low, high):
            a, b = seq[i], seq[i + 1]
            passes[a] += i > low
            leaves[a] += 1
            enters[b] += 1
            if both:
                leaves[b] += 1
                enters[a] += 1
            for turn in range(2):
                here, there = (a, b) if turn == 0 else (b, a)
                if first[here] == -1:
                    first[here] = there
                elif first[here] != there:
                    if second[here] == -1:
                        second[here] = there
                    elif second[here] != there:
                        many[here] = True
                if seen[here] == -1:
                    seen[here] = kind
                elif seen[here] != kind:
                    many[here] = True
    found = np.empty(nodes, np.bool_)
    for n in range(nodes):
        degree = leaves[n] + enters[n]
        # What is no junction is one road, passed once or continued once: all else is a place where roads meet.
        one_road = (ends[n] == 0 and passes[n] == 1) or (ends[n] == 2 and passes[n] == 0)
        found[n] = (
            many[n]
            or second[n] == -1
            or leaves[n] == 0
            or enters[n] == 0
            or degree not in (2, 4)
            or not one_road
            or stop[n]
        )
    return found


@njit(cache=True)
def _pieces(ptr, seq, junction):  # type: ignore[no-untyped-def]
    """Cut runs at the junctions inside them: pieces share their end nodes, (first, last) inclusive."""
    count = 0
    for run in range(len(ptr) - 1):
        count += 1
        for i in range(ptr[run] + 1, ptr[run + 1] - 1):
            count += junction[seq[i]]
    bounds = np.empty((count, 2), np.int64)
    owner = np.empty(count, np.int32)
    piece = 0
    for run in range(len(ptr) - 1):
        begin = ptr[run]
        for i in range(ptr[run] + 1, ptr[run + 1]):
            if i == ptr[run + 1] - 1 or junction[seq[i]]:
                bounds[piece, 0] = begin
                bounds[piece, 1] = i
                owner[piece] = run
                piece += 1
                begin = i
    return bounds, owner


@njit(cache=True)
def _chains(bounds, seq, junction):  # type: ignore[no-untyped-def]
    """Join pieces that meet at a node that is no junction; rings without a junction come last."""
    pieces = len(bounds)
    link = np.full((len(junction), 2), -1, np.int64)
    for piece in range(pieces):
        for side in range(2):
            node = seq[bounds[piece, side]]
            if not junction[node]:
                link[node, 0 if link[node, 0] == -1 else 1] = 2 * piece + side
    order = np.empty(pieces, np.int32)
    flip = np.zeros(pieces, np.bool_)
    ptr = np.empty(pieces + 1, np.int64)
    ptr[0] = 0
    done = np.zeros(pieces, np.bool_)
    filled = 0
    chains = 0
    rings = 0
    for turn in range(3):
        for start in range(pieces):
            if done[start]:
                continue
            if turn < 2 and not junction[seq[bounds[start, turn]]]:
                continue
            rings += turn == 2
            piece, side = start, 1 if turn == 1 else 0
            while True:
                done[piece] = True
                order[filled] = piece
                flip[filled] = side == 1
                filled += 1
                node = seq[bounds[piece, 1 - side]]
                if junction[node]:
                    break
                arrived = 2 * piece + 1 - side
                other = link[node, 0] if link[node, 1] == arrived else link[node, 1]
                if other == -1 or done[other // 2]:
                    break
                piece, side = other // 2, other % 2
            chains += 1
            ptr[chains] = filled
    return order, flip, ptr[: chains + 1].copy(), rings


@njit(cache=True)
def _gather(bounds, seq, piece_way, order, flip, ptr):  # type: ignore[no-untyped-def]
    chains = len(ptr) - 1
    total = 0
    for piece in range(len(bounds)):
        total += bounds[piece, 1] - bounds[piece, 0]
    out = np.empty(total + chains, np.int32)
    out_ptr = np.empty(chains + 1, np.int64)
    way = np.empty(len(order), np.int32)
    way_ptr = np.empty(chains + 1, np.int64)
    out_ptr[0] = 0
    way_ptr[0] = 0
    filled = 0
    ways = 0
    for chain in range(chains):
        for k in range(ptr[chain], ptr[chain + 1]):
            low, high = bounds[order[k], 0], bounds[order[k], 1]
            skip = 0 if k == ptr[chain] else 1
            for step in range(skip, high - low + 1):
                out[filled] = seq[high - step] if flip[k] else seq[low + step]
                filled += 1
            if ways == way_ptr[chain] or way[ways - 1] != piece_way[order[k]]:
                way[ways] = piece_way[order[k]]
                ways += 1
        out_ptr[chain + 1] = filled
        way_ptr[chain + 1] = ways
    return out_ptr, out[:filled], way_ptr, way[:ways].copy()


def line_lengths_m(ptr: Int64Array, xy: FloatArray) -> FloatArray:
    """Geodesic length in metres on WGS84 of each line ``ptr[i]:ptr[i + 1]``.

    Segments up to 2 km and 70 degrees of latitude by the mid-latitude formula (Bomford 1980, Geodesy, section 2.14),
    where its error is under 0.1 mm; others by PROJ (Karney 2013).

    >>> line_lengths_m(np.array([0, 2]), np.array([[36.0, 35.0], [36.01, 35.0]])).round(3)
    array([912.882])
    """
    lengths, i, owner = _short_lengths(ptr, xy, SHORT_M, np.radians(SHORT_LATITUDE))
    if len(i):
        _, _, metres = GEOD.inv(xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1])
        np.add.at(lengths, owner, metres)
    return lengths


@njit(cache=True)
def _short_lengths(ptr, xy, limit, latitude):  # type: ignore[no-untyped-def]
    a = 6378137.0
    e2 = 0.0066943799901413165
    lengths = np.zeros(len(ptr) - 1)
    long_steps = np.empty(len(xy), np.int64)
    owner = np.empty(len(xy), np.int64)
    longs = 0
    radian = np.pi / 180
    for line in range(len(ptr) - 1):
        total = 0.0
        for i in range(ptr[line], ptr[line + 1] - 1):
            dlon = (xy[i + 1, 0] - xy[i, 0]) * radian
            dlat = (xy[i + 1, 1] - xy[i, 1]) * radian
            middle = (xy[i, 1] + xy[i + 1, 1]) / 2 * radian
            sine, cosine = np.sin(middle), np.cos(middle)
            w2 = 1 - e2 * sine * sine
            n = a / np.sqrt(w2)
            m = n * (1 - e2) / w2
            east = n * cosine * dlon
            north = m * dlat
            step = np.sqrt(east * east + north * north)
            if step > limit or abs(middle) > latitude or abs(dlon) > 1:
                long_steps[longs] = i
                owner[longs] = line
                longs += 1
            else:
                total += step
        lengths[line] = total
    return lengths, long_steps[:longs].copy(), owner[:longs].copy()


@njit(cache=True)
def arcs_by_node(u, v, nodes):  # type: ignore[no-untyped-def]
    """Both arcs of each stretch, ordered by the node they leave and then by stretch (counting sort)."""
    edges = len(u)
    indptr = np.zeros(nodes + 1, np.int64)
    for edge in range(edges):
        indptr[u[edge] + 1] += 1
        indptr[v[edge] + 1] += 1
    for node in range(nodes):
        indptr[node + 1] += indptr[node]
    place = indptr[:-1].copy()
    origin = np.empty(2 * edges, np.int32)
    target = np.empty(2 * edges, np.int32)
    stretch = np.empty(2 * edges, np.int32)
    forward = np.empty(2 * edges, np.bool_)
    for edge in range(edges):
        for turn in range(2):
            here, there = (u[edge], v[edge]) if turn == 0 else (v[edge], u[edge])
            at = place[here]
            place[here] += 1
            origin[at] = here
            target[at] = there
            stretch[at] = edge
            forward[at] = turn == 0
    return indptr, origin, target, stretch, forward


def components(u: Int32Array, v: Int32Array, nodes: int) -> Int32Array:
    """Number the connected parts by falling count of nodes: 0 is the largest.

    >>> components(np.array([0, 3], np.int32), np.array([1, 3], np.int32), 4).tolist()
    [0, 0, 1, 2]
    """
    label = _union(u, v, nodes)
    roots, number, count = np.unique(label, return_inverse=True, return_counts=True)
    rank = np.empty(len(roots), np.int32)
    rank[np.argsort(-count, kind="stable")] = np.arange(len(roots), dtype=np.int32)
    return rank[number]


@njit(cache=True)
def _union(u, v, nodes):  # type: ignore[no-untyped-def]
    parent = np.arange(nodes)
    for edge in range(len(u)):
        a, b = u[edge], v[edge]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        else:
            parent[a] = b
    for node in range(nodes):
        root = node
        while parent[root] != root:
            root = parent[root]
        parent[node] = root
    return parent


def parallel_keys(u: Int32Array, v: Int32Array, *, twoway: BoolArray) -> Int64Array:
    """Number the stretches between the same two nodes, so that (u, v, key) and (v, u, key) are unique.

    A loop that may be driven both ways takes two numbers, since both its arcs are (u, u).

    >>> a, b = np.array([1, 2, 5, 5], np.int32), np.array([2, 1, 5, 5], np.int32)
    >>> parallel_keys(a, b, twoway=np.array([True, True, True, False])).tolist()
    [0, 1, 0, 2]
    """
    low, high = np.minimum(u, v).astype(np.int64), np.maximum(u, v).astype(np.int64)
    pair = low * (int(high.max(initial=0)) + 1) + high
    order = np.argsort(pair, kind="stable")
    taken = np.where((u == v) & twoway, 2, 1)[order]
    before = np.cumsum(taken) - taken
    first = np.r_[True, pair[order][1:] != pair[order][:-1]] if len(u) else np.zeros(0, bool)
    keys = np.empty(len(u), np.int64)
    keys[order] = before - np.repeat(before[first], np.diff(np.r_[np.flatnonzero(first), len(u)]))
    return keys


def street_counts(u: Int32Array, v: Int32Array, nodes: int) -> Int64Array:
    """How many stretches end at each node, a loop twice: OSMnx's ``street_count``."""
    return np.bincount(u, minlength=nodes) + np.bincount(v, minlength=nodes)
