"""A customizable contraction hierarchy, compiled: shortcuts for an order of nodes, their costs, and answers.

Nodes go by *rank* here. A shortcut is a pair (lower, higher rank); those of rank r are ``ptr[r] … ptr[r + 1]``, by
their higher end in ``top``. Its *key* is its position for the way up, position + shortcuts for the way down. A key
is made of an arc of the network (``part`` is −2 − arc) or of two other keys (``part``, ``rest``).

Source: Dibbelt, Strasser and Wagner 2016, Customizable contraction hierarchies, doi:10.1145/2886843 (chordal
completion, triangles, queries along the elimination tree). Costs are float64, so that nothing is rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NOTHING = -1
ONE = np.uint64(1)


@njit(cache=True)
def _longer(buffer: Any, needed: int) -> Any:
    if needed <= len(buffer):
        return buffer
    larger = np.empty(max(needed, 2 * len(buffer)), np.int32)
    for place in range(len(buffer)):
        larger[place] = buffer[place]
    return larger


@njit(cache=True)
def _taller(table: Any, needed: int) -> Any:
    if needed <= len(table):
        return table
    larger = np.empty((2 * needed, table.shape[1]))
    for row in range(len(table)):
        for column in range(table.shape[1]):
            larger[row, column] = table[row, column]
    return larger


@njit(cache=True)
def complete(first: Any, neighbour: Any) -> Any:
    """Shortcuts of a graph: the higher neighbours of each rank once all lower ones are contracted.

    ``neighbour[first[r]:first[r + 1]]`` are the higher neighbours of rank r, repeats allowed.
    """
    nodes = len(first) - 1
    ptr = np.zeros(nodes + 1, np.int64)
    top = np.empty(2 * len(neighbour) + 16, np.int32)
    child = np.full(nodes, NOTHING, np.int32)
    sibling = np.full(nodes, NOTHING, np.int32)
    mark = np.full(nodes, NOTHING, np.int32)
    used = 0
    for low in range(nodes):
        mark[low] = low
        start = used
        needed = used + first[low + 1] - first[low]
        below = child[low]
        while below >= 0:
            needed += ptr[below + 1] - ptr[below]
            below = sibling[below]
        top = _longer(top, needed)
        for place in range(first[low], first[low + 1]):
            if mark[neighbour[place]] != low:
                mark[neighbour[place]] = low
                top[used] = neighbour[place]
                used += 1
        below = child[low]
        while below >= 0:
            for place in range(ptr[below], ptr[below + 1]):
                if mark[top[place]] != low:
                    mark[top[place]] = low
                    top[used] = top[place]
                    used += 1
            below = sibling[below]
        ptr[low + 1] = used
        if used > start:
            top[start:used].sort()
            sibling[low] = child[top[start]]
            child[top[start]] = low
    return ptr, top[:used].copy()


@njit(cache=True)
def keys_of(ptr: Any, top: Any, tail: Any, head: Any) -> Any:
    """The key that each arc of the network belongs to; −1 for one that leads back to where it began."""
    keys = np.full(len(tail), NOTHING, np.int32)
    for arc in range(len(tail)):
        if tail[arc] == head[arc]:
            continue
        low, high = min(tail[arc], head[arc]), max(tail[arc], head[arc])
        begin, end = ptr[low], ptr[low + 1]
        while begin < end:
            middle = (begin + end) // 2
            if top[middle] < high:
                begin = middle + 1
            else:
                end = middle
        keys[arc] = begin if tail[arc] == low else begin + len(top)
    return keys


@njit(cache=True)
def from_below(ptr: Any, top: Any) -> Any:
    """The shortcuts that end at each rank from below: offsets, positions; and each shortcut's lower rank."""
    nodes = len(ptr) - 1
    first = np.zeros(nodes + 1, np.int64)
    low = np.empty(len(top), np.int32)
    for rank in range(nodes):
        for place in range(ptr[rank], ptr[rank + 1]):
            low[place] = rank
            first[top[place] + 1] += 1
    for rank in range(nodes):
        first[rank + 1] += first[rank]
    at = first[:-1].copy()
    below = np.empty(len(top), np.int32)
    for place in range(len(top)):
        below[at[top[place]]] = place
        at[top[place]] += 1
    return first, below, low


@njit(cache=True)
def customize(ptr: Any, top: Any, first: Any, below: Any, low: Any, keys: Any, cost: Any) -> Any:
    """The cost of each key for a cost per arc, and what it is made of: (cost, part, rest)."""
    size = len(top)
    total = np.full(2 * size, np.inf)
    part = np.full(2 * size, NOTHING, np.int32)
    rest = np.full(2 * size, NOTHING, np.int32)
    for arc in range(len(keys)):
        key = keys[arc]
        if key >= 0 and cost[arc] < total[key]:
            total[key] = cost[arc]
            part[key] = -2 - arc
    at = np.empty(len(ptr) - 1, np.int32)
    way_down = np.uint64(size)
    for rank in range(len(ptr) - 1):
        for place in range(ptr[rank], ptr[rank + 1]):
            at[top[place]] = place
        for number in range(first[rank], first[rank + 1]):
            one = below[number]
            rise, fall = total[one], total[one + size]
            if rise == np.inf and fall == np.inf:
                continue
            # Unsigned positions: numba then leaves out the test for negative ones.
            other, end = np.uint64(one + 1), np.uint64(ptr[low[one] + 1])
            while other < end:
                over = np.uint64(at[np.uint32(top[other])])
                if fall + total[other] < total[over]:
                    total[over] = fall + total[other]
                    part[over], rest[over] = one + size, other
                down, above = other + way_down, over + way_down
                if total[down] + rise < total[above]:
                    total[above] = total[down] + rise
                    part[above], rest[above] = down, one
                other += ONE
    return total, part, rest


@njit(cache=True)
def _sweep(
    ptr: Any, top: Any, cost: Any, node: Any, value: Any, dist: Any, came: Any, seen: Any, line: Any
) -> int:
    """Cheapest ways from the seeds to all ranks above them; fills ``line`` with these, and returns how many."""
    count = 0
    for seed in range(len(node)):
        rank = node[seed]
        if value[seed] < dist[rank]:
            dist[rank] = value[seed]
            came[rank] = -2 - seed
        while not seen[rank]:
            seen[rank] = True
            line[count] = rank
            count += 1
            if ptr[rank] == ptr[rank + 1]:
                break
            rank = top[ptr[rank]]
    line[:count].sort()
    for number in range(count):
        rank = line[number]
        seen[rank] = False
        here = dist[rank]
        if here == np.inf:
            continue
        # Unsigned positions: numba then leaves out the test for negative ones.
        place, end = np.uint64(ptr[rank]), np.uint64(ptr[rank + 1])
        while place < end:
            above = np.uint32(top[place])
            total = here + cost[place]
            if total < dist[above]:
                dist[above] = total
                came[above] = place
            place += ONE
    return count


@njit(cache=True)
def climb(ptr: Any, top: Any, cost: Any, place_ptr: Any, node: Any, value: Any, wanted: Any) -> Any:
    """The ways up from each of the wanted places: offsets; and rank, shortcut that it was reached by and cost."""
    nodes = len(ptr) - 1
    dist = np.full(nodes, np.inf)
    came = np.full(nodes, NOTHING, np.int32)
    seen = np.zeros(nodes, np.bool_)
    line = np.empty(nodes, np.int32)
    offset = np.zeros(len(wanted) + 1, np.int64)
    ranks, shortcuts, costs = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, np.float64)
    for number in range(len(wanted)):
        begin, end = place_ptr[wanted[number]], place_ptr[wanted[number] + 1]
        count = _sweep(ptr, top, cost, node[begin:end], value[begin:end], dist, came, seen, line)
        start = offset[number]
        offset[number + 1] = start + count
        ranks, shortcuts = _longer(ranks, start + count), _longer(shortcuts, start + count)
        if len(costs) < len(ranks):
            larger = np.empty(len(ranks), np.float64)
            for place in range(start):
                larger[place] = costs[place]
            costs = larger
        for place in range(count):
            rank = line[place]
            ranks[start + place], shortcuts[start + place] = rank, came[rank]
            costs[start + place] = dist[rank]
            dist[rank] = np.inf
            came[rank] = NOTHING
    return offset, ranks, shortcuts, costs


@njit(cache=True)
def answer(
    ptr: Any, top: Any, low: Any, cost: Any, ptr_a: Any, node_a: Any, value_a: Any, group: Any, pair_ptr: Any,
    pair_end: Any, offset: Any, ranks: Any, shortcuts: Any, costs: Any,
) -> Any:  # fmt: skip
    """Cheapest ways for pairs grouped by origin, as in `search.search_pairs`.

    Pair p ends at ``pair_end[p]`` of the places whose ways up are given, as `climb` gives them.

    Returns
    -------
    tuple
        Per pair: cost, seed of A (row of its nodes) and seed of the end (number among its own); −1 if there is no way;
        then the offsets of each pair's keys and the keys themselves.
    """
    nodes, size, pairs = len(ptr) - 1, len(top), len(pair_end)
    dist = np.full(nodes, np.inf)
    came = np.full(nodes, NOTHING, np.int32)
    seen = np.zeros(nodes, np.bool_)
    line = np.empty(nodes, np.int32)
    best = np.full(pairs, np.inf)
    first_seed, last_seed = np.full(pairs, NOTHING, np.int64), np.full(pairs, NOTHING, np.int64)
    key_ptr = np.zeros(pairs + 1, np.int64)
    keys = np.empty(1024, np.int32)
    used = 0
    for number in range(len(group)):
        begin, end = ptr_a[group[number]], ptr_a[group[number] + 1]
        count = _sweep(ptr, top, cost, node_a[begin:end], value_a[begin:end], dist, came, seen, line)
        for pair in range(pair_ptr[number], pair_ptr[number + 1]):
            lowest, beyond = offset[pair_end[pair]], offset[pair_end[pair] + 1]
            met, least = np.int64(NOTHING), np.inf
            spot, end_spot = np.uint64(lowest), np.uint64(beyond)
            while spot < end_spot:
                total = dist[np.uint32(ranks[spot])] + costs[spot]
                if total < least:
                    least, met = total, np.int64(spot)
                spot += ONE
            best[pair] = least
            if met >= 0:
                keys = _longer(keys, used + count + beyond - lowest)
                start = used
                rank = ranks[met]
                while came[rank] >= 0:
                    keys[used] = came[rank]
                    used += 1
                    rank = low[came[rank]]
                keys[start:used] = keys[start:used][::-1].copy()
                first_seed[pair] = begin - 2 - came[rank]
                while shortcuts[met] >= 0:
                    keys[used] = shortcuts[met] + size
                    used += 1
                    rank = low[shortcuts[met]]
                    # The ranks of a place rise, and the way down only passes ranks of its own.
                    while ranks[met] != rank:
                        met -= 1
                last_seed[pair] = -2 - shortcuts[met]
            key_ptr[pair + 1] = used
        for place in range(count):
            dist[line[place]] = np.inf
            came[line[place]] = NOTHING
    return best, first_seed, last_seed, key_ptr, keys[:used].copy()


@njit(cache=True)
def unpack(key_ptr: Any, keys: Any, part: Any, rest: Any) -> Any:
    """The arcs that sequences of keys stand for: offsets and arcs."""
    ptr = np.zeros(len(key_ptr), np.int64)
    arcs = np.empty(4 * len(keys) + 16, np.int32)
    stack = np.empty(1024, np.int32)
    used = 0
    for pair in range(len(key_ptr) - 1):
        for place in range(key_ptr[pair], key_ptr[pair + 1]):
            stack[0] = keys[place]
            size = 1
            while size > 0:
                size -= 1
                key = stack[size]
                if part[key] < 0:
                    arcs = _longer(arcs, used + 1)
                    arcs[used] = -2 - part[key]
                    used += 1
                    continue
                stack = _longer(stack, size + 2)
                stack[size], stack[size + 1] = rest[key], part[key]
                size += 2
        ptr[pair + 1] = used
    return ptr, arcs[:used].copy()


@njit(cache=True)
def add_up(key_ptr: Any, keys: Any, part: Any, rest: Any, slot: Any, values: Any) -> Any:
    """Sums over sequences of keys of what each arc has: ``values`` (arcs, n) gives (sequences, n).

    ``slot`` (one a key, zeros before and after) says where the sum of a key is kept, so that none is added up twice.
    """
    width = values.shape[1]
    sums = np.zeros((len(key_ptr) - 1, width))
    known = np.empty((4 * len(keys) + 1024, width))
    owner = np.empty(4 * len(keys) + 1024, np.int32)
    count = 1
    stack = np.empty(1024, np.int32)
    for pair in range(len(key_ptr) - 1):
        for place in range(key_ptr[pair], key_ptr[pair + 1]):
            stack[0] = keys[place]
            size = 1
            while size > 0:
                key = stack[size - 1]
                if slot[key] > 0:
                    size -= 1
                    continue
                if part[key] >= 0 and (slot[part[key]] == 0 or slot[rest[key]] == 0):
                    stack = _longer(stack, size + 2)
                    stack[size], stack[size + 1] = rest[key], part[key]
                    size += 2
                    continue
                known = _taller(known, count + 1)
                owner = _longer(owner, count + 1)
                for column in range(width):
                    if part[key] < 0:
                        known[count, column] = values[-2 - part[key], column]
                    else:
                        known[count, column] = known[slot[part[key]], column] + known[slot[rest[key]], column]
                slot[key], owner[count] = count, key
                count += 1
                size -= 1
            for column in range(width):
                sums[pair, column] += known[slot[keys[place]], column]
    for place in range(1, count):
        slot[owner[place]] = 0
    return sums
