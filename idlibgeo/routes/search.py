"""Dijkstra's algorithm on a network in compressed sparse form, compiled: one search for many destinations.

A place is a set of *candidates*: points on stretches, each with the share of the stretch that lies before it and
a cost of access. Nothing is added to the graph: a search is seeded at both ends of the candidate's stretch with
what is left of it, and a destination is reached from both ends, or directly where it lies on the same stretch.

Sources: Dijkstra 1959; a four-way heap that holds its keys, without decrease-key: on roads hardly a node is put
on it twice, and the keys lie side by side (measured here: half the time of a heap with decrease-key).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Where a tree has no arc: nothing reached yet, or the walk ends at a seed (the seed's number is -2 - value).
NO_ARC = -1


ZERO, ONE, TWO, FOUR = np.uint32(0), np.uint32(1), np.uint32(2), np.uint32(4)


@njit(cache=True)
def _push(keys: Any, items: Any, size: Any, key: float, item: Any) -> Any:
    """Put an item on the heap; returns its new size."""
    place = size
    while place > ZERO:
        above = (place - ONE) >> TWO
        if keys[above] <= key:
            break
        keys[place] = keys[above]
        items[place] = items[above]
        place = above
    keys[place] = key
    items[place] = item
    return np.uint32(size + ONE)


@njit(cache=True)
def _pop(keys: Any, items: Any, size: Any) -> Any:
    """Take the least item off the heap; returns the new size."""
    size -= ONE
    key, item = keys[size], items[size]
    place = ZERO
    while True:
        child = FOUR * place + ONE
        if child >= size:
            break
        least, least_key = child, keys[child]
        end = min(child + FOUR, size)
        child += ONE
        while child < end:
            if keys[child] < least_key:
                least, least_key = child, keys[child]
            child += ONE
        if least_key >= key:
            break
        keys[place] = least_key
        items[place] = items[least]
        place = least
    keys[place] = key
    items[place] = item
    return size


@njit(cache=True)
def grow(
    indptr: Any, arc_to: Any, cost: Any, seed_node: Any, seed_cost: Any, goal: Any, goals: int, limit: float,
    dist: Any, parent: Any, keys: Any, items: Any, touched: Any,
) -> int:  # fmt: skip
    """Grow the tree of cheapest ways from the seeds until all goals are settled or the limit is passed.

    The work arrays come clean (`dist` inf) and are filled; returns how many nodes were touched. Nodes and arcs
    are unsigned: numba then leaves out the test for negative positions, which is a third of the time.
    """
    size = ZERO
    count = 0
    for number in range(len(seed_node)):
        node = np.uint32(seed_node[number])
        if seed_cost[number] < dist[node]:
            if dist[node] == np.inf:
                touched[count] = node
                count += 1
            dist[node] = seed_cost[number]
            parent[node] = -2 - number
            size = _push(keys, items, size, seed_cost[number], node)
    while size > ZERO:
        reached, node = keys[ZERO], items[ZERO]
        if reached > limit:
            break
        size = _pop(keys, items, size)
        if reached > dist[node]:
            continue
        if goal[node]:
            goals -= 1
            if goals == 0:
                break
        arc, end = indptr[node], indptr[node + ONE]
        while arc < end:
            other = arc_to[arc]
            total = reached + cost[arc]
            if total < dist[other]:
                if dist[other] == np.inf:
                    touched[count] = other
                    count += 1
                dist[other] = total
                parent[other] = arc
                size = _push(keys, items, size, total, other)
            arc += ONE
    return count


@njit(cache=True)
def _part(cost: float, share: float) -> float:
    """The cost of a share of an arc; no share costs nothing even where the arc is closed."""
    return cost * share if share > 0.0 else 0.0


@njit(cache=True)
def seeds_of(candidates: Any, edge: Any, share: Any, access: Any, arcs: Any, arc_to: Any, cost: Any) -> Any:
    """Two seeds a candidate: onward along the stretch (even numbers) and back (odd numbers)."""
    node = np.empty(2 * len(candidates), np.int32)
    value = np.empty(2 * len(candidates), np.float64)
    for number, candidate in enumerate(candidates):
        onward, back = arcs[edge[candidate], 0], arcs[edge[candidate], 1]
        node[2 * number] = arc_to[onward]
        value[2 * number] = access[candidate] + _part(cost[onward], 1.0 - share[candidate])
        node[2 * number + 1] = arc_to[back]
        value[2 * number + 1] = access[candidate] + _part(cost[back], share[candidate])
    return node, value


@njit(cache=True)
def _direct(
    starts: Any, ends: Any, edge_a: Any, share_a: Any, access_a: Any, edge_b: Any, share_b: Any, access_b: Any,
    arcs: Any, cost: Any,
) -> Any:  # fmt: skip
    """The cheapest way that stays on one stretch: its cost, and the two candidates."""
    best, first, last = np.inf, -1, -1
    for start in starts:
        for end in ends:
            if edge_a[start] != edge_b[end]:
                continue
            gap = share_b[end] - share_a[start]
            arc = arcs[edge_a[start], 0] if gap >= 0 else arcs[edge_a[start], 1]
            total = access_a[start] + access_b[end] + _part(cost[arc], abs(gap))
            if total < best:
                best, first, last = total, start, end
    return best, first, last


@njit(cache=True)
def _enter(
    ends: Any, edge: Any, share: Any, access: Any, arcs: Any, arc_to: Any, cost: Any, dist: Any
) -> Any:
    """The cheapest way from the tree into a place: its cost, the candidate and the side (0 onward, 1 back)."""
    best, last, side = np.inf, -1, 0
    for end in ends:
        onward, back = arcs[edge[end], 0], arcs[edge[end], 1]
        total = dist[arc_to[back]] + _part(cost[onward], share[end]) + access[end]
        if total < best:
            best, last, side = total, end, 0
        total = dist[arc_to[onward]] + _part(cost[back], 1.0 - share[end]) + access[end]
        if total < best:
            best, last, side = total, end, 1
    return best, last, side


@njit(cache=True)
def _mark(ends: Any, edge: Any, arcs: Any, arc_to: Any, component: Any, seeds: Any, goal: Any) -> int:
    """Mark the nodes that lead into a place and lie in a part that the search can reach; returns how many."""
    count = 0
    for end in ends:
        for side in range(2):
            node = arc_to[arcs[edge[end], side]]
            if goal[node]:
                continue
            for seed in seeds:
                if component[node] == component[seed]:
                    goal[node] = True
                    count += 1
                    break
    return count


@njit(cache=True)
def _grown(buffer: Any, needed: int) -> Any:
    # Copied one by one: copying a slice makes numba compile the text of its error messages, for 4 s.
    if needed <= len(buffer):
        return buffer
    larger = np.empty(max(needed, 2 * len(buffer)), np.int32)
    for place in range(len(buffer)):
        larger[place] = buffer[place]
    return larger


@njit(cache=True)
def search_pairs(  # noqa: PLR0912, PLR0915 - one compiled loop; parts of it as functions would copy work arrays
    indptr: Any, arc_to: Any, arcs: Any, component: Any, cost: Any,
    ptr_a: Any, edge_a: Any, share_a: Any, access_a: Any,
    ptr_b: Any, edge_b: Any, share_b: Any, access_b: Any,
    group: Any, pair_ptr: Any, pair_b: Any, limit: float, arc_from: Any,
) -> Any:  # fmt: skip
    """Cheapest ways for pairs that are grouped by origin: one search a group.

    Group ``g`` starts at place ``group[g]`` of A and serves the pairs ``pair_ptr[g] … pair_ptr[g + 1]``, whose
    destinations are places ``pair_b`` of B.

    Returns
    -------
    tuple
        Per pair: cost (inf if there is none), candidate of A, candidate of B, position where the first arc
        begins and where the last one ends (shares in the direction of travel); then the offsets of each
        pair's arcs and the arcs themselves.
    """
    nodes = len(indptr) - 1
    dist = np.full(nodes, np.inf)
    parent = np.full(nodes, NO_ARC, np.int32)
    keys = np.empty(len(arc_to) + 2 * len(edge_a), np.float64)
    items = np.empty(len(arc_to) + 2 * len(edge_a), np.uint32)
    touched = np.empty(nodes, np.uint32)
    goal = np.zeros(nodes, np.bool_)
    pairs = len(pair_b)
    total = np.full(pairs, np.inf)
    chosen_a = np.full(pairs, -1, np.int32)
    chosen_b = np.full(pairs, -1, np.int32)
    begin = np.zeros(pairs)
    finish = np.ones(pairs)
    offsets = np.zeros(pairs + 1, np.int64)
    path = np.empty(1024, np.int32)
    used = 0
    for number in range(len(group)):
        starts = np.arange(ptr_a[group[number]], ptr_a[group[number] + 1])
        node, value = seeds_of(starts, edge_a, share_a, access_a, arcs, arc_to, cost)
        goals = 0
        for pair in range(pair_ptr[number], pair_ptr[number + 1]):
            ends = np.arange(ptr_b[pair_b[pair]], ptr_b[pair_b[pair] + 1])
            goals += _mark(ends, edge_b, arcs, arc_to, component, node, goal)
        count = 0
        if goals > 0:
            count = grow(
                indptr, arc_to, cost, node, value, goal, goals, limit, dist, parent, keys, items, touched
            )
        for pair in range(pair_ptr[number], pair_ptr[number + 1]):
            ends = np.arange(ptr_b[pair_b[pair]], ptr_b[pair_b[pair] + 1])
            best, start, end = _direct(
                starts, ends, edge_a, share_a, access_a, edge_b, share_b, access_b, arcs, cost
            )
            through, last, side = _enter(ends, edge_b, share_b, access_b, arcs, arc_to, cost, dist)
            if min(best, through) > limit or min(best, through) == np.inf:
                offsets[pair + 1] = used
                continue
            if best <= through:
                gap = share_b[end] - share_a[start]
                total[pair], chosen_a[pair], chosen_b[pair] = best, start, end
                if gap != 0.0:
                    path = _grown(path, used + 1)
                    back = 0 if gap > 0 else 1
                    path[used] = arcs[edge_a[start], back]
                    used += 1
                    begin[pair] = share_a[start] if gap > 0 else 1.0 - share_a[start]
                    finish[pair] = share_b[end] if gap > 0 else 1.0 - share_b[end]
                offsets[pair + 1] = used
                continue
            total[pair], chosen_b[pair] = through, last
            into = arcs[edge_b[last], side]
            tail = arc_from[into]
            length = 1
            at = tail
            while parent[at] >= 0:
                length += 1
                at = arc_from[parent[at]]
            seed = -2 - parent[at]
            chosen_a[pair] = starts[seed >> 1]
            out = arcs[edge_a[chosen_a[pair]], seed & 1]
            path = _grown(path, used + length + 1)
            share_out = share_a[chosen_a[pair]] if (seed & 1) == 0 else 1.0 - share_a[chosen_a[pair]]
            share_in = share_b[last] if side == 0 else 1.0 - share_b[last]
            place = used
            if share_out < 1.0:
                path[place] = out
                place += 1
                begin[pair] = share_out
            place += length - 1
            stop = place
            at = tail
            while parent[at] >= 0:
                place -= 1
                path[place] = parent[at]
                at = arc_from[parent[at]]
            if share_in > 0.0:
                path[stop] = into
                stop += 1
                finish[pair] = share_in
            used = stop
            offsets[pair + 1] = used
        for place in range(count):
            dist[touched[place]] = np.inf
            parent[touched[place]] = NO_ARC
        for pair in range(pair_ptr[number], pair_ptr[number + 1]):
            for end in range(ptr_b[pair_b[pair]], ptr_b[pair_b[pair] + 1]):
                goal[arc_to[arcs[edge_b[end], 0]]] = False
                goal[arc_to[arcs[edge_b[end], 1]]] = False
    return total, chosen_a, chosen_b, begin, finish, offsets, path[:used].copy()


@njit(cache=True)
def search_tree(indptr: Any, arc_to: Any, cost: Any, seed_node: Any, seed_cost: Any, limit: float) -> Any:
    """Cost to every node from the seeds (inf beyond the limit), and the arc that it was reached by."""
    nodes = len(indptr) - 1
    dist = np.full(nodes, np.inf)
    parent = np.full(nodes, NO_ARC, np.int32)
    keys = np.empty(len(arc_to) + len(seed_node), np.float64)
    items = np.empty(len(arc_to) + len(seed_node), np.uint32)
    touched = np.empty(nodes, np.uint32)
    goal = np.zeros(nodes, np.bool_)
    count = grow(
        indptr, arc_to, cost, seed_node, seed_cost, goal, 0, limit, dist, parent, keys, items, touched
    )
    for place in range(count):
        if dist[touched[place]] > limit:
            dist[touched[place]] = np.inf
            parent[touched[place]] = NO_ARC
    return dist, parent
