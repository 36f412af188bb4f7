"""What a search needs of a network beside its arcs: where its stretches run, and the two arcs of each.

It is worked out once for a network, at its first query, and forgotten with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from idlibgeo.errors import RoutingError
from idlibgeo.roads import RoadNetwork
from idlibgeo.roads.snap import Lines, road_lines, write_position

IntArray = npt.NDArray[np.int32]

_known: WeakKeyDictionary[RoadNetwork, Ground] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Ground:
    """A network laid out flat.

    Attributes
    ----------
    indptr, arc_to
        Those of the network, unsigned as the compiled search wants them.
    arcs
        (stretches, 2): the arc along the geometry and the one against it.
    reverse
        Per arc, the other arc of its stretch.
    lines
        Where the stretches run.
    parts
        By mode, once asked for: what `connected` gives.
    """

    indptr: npt.NDArray[np.uint32]
    arc_to: npt.NDArray[np.uint32]
    arcs: npt.NDArray[np.int32]
    reverse: IntArray
    lines: Lines
    parts: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)


def ground_of(network: RoadNetwork) -> Ground:
    """The network laid out flat, made at its first query."""
    if network not in _known:
        _known[network] = _lay_out(network)
    return _known[network]


def connected(network: RoadNetwork, mode: str) -> npt.NDArray[np.bool_]:
    """Per stretch: whether it lies in a part of the network that counts for a mode, with nothing closed.

    A part is what hangs together, whatever the direction; one that counts has at least a hundredth of the length
    of the longest. The rest are scraps: private drives, fragments at the edge of an extract.
    """
    ground = ground_of(network)
    if mode not in ground.parts:
        allowed = {"vehicle": network.arc_vehicle, "foot": network.arc_foot}.get(
            mode, network.arc_vehicle & network.arc_foot
        )
        ground.parts[mode] = _in_large_part(network, allowed)
    return ground.parts[mode]


def _in_large_part(network: RoadNetwork, allowed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    size = len(network.node_ids)
    ends = (network.arc_from[allowed], network.arc_to[allowed])
    graph = csr_array((np.ones(len(ends[0]), np.int8), ends), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    own = part[network.edge_u]
    inside = own == part[network.edge_v]
    total = np.bincount(own, weights=network.edge_length_m * inside, minlength=1)
    large: npt.NDArray[np.bool_] = inside & (total[own] >= total.max() / 100)
    return large


def _lay_out(network: RoadNetwork) -> Ground:
    if not len(network.edge_u):
        raise RoutingError(
            f"Given a network without roads ({network.source or 'no source'}), expected at least one stretch."
            " Nothing was searched. Read a file or a table that has roads in the area."
        )
    arcs = np.column_stack([network.forward_arc, network.backward_arc])
    reverse = arcs[network.arc_edge, network.arc_forward.astype(np.int64)]
    return Ground(
        indptr=network.indptr.astype(np.uint32),
        arc_to=network.arc_to.astype(np.uint32),
        arcs=arcs,
        reverse=reverse,
        lines=road_lines(network),
    )


@njit(cache=True)
def trace(
    offsets: Any, path: Any, begin: Any, finish: Any, arc_edge: Any, arc_forward: Any,
    lonlat: Any, first: Any, along: Any,
) -> Any:  # fmt: skip
    """Coordinates of paths, cut where they begin and finish: (n, 2) and the path of each, repeats left out."""
    size = 0
    for arc in path:
        size += first[arc_edge[arc] + 1] - first[arc_edge[arc]] + 2
    out = np.empty((size, 2))
    owner = np.empty(size, np.int64)
    used = 0
    for number in range(len(offsets) - 1):
        start = used
        for place in range(offsets[number], offsets[number + 1]):
            stretch = arc_edge[path[place]]
            onward = arc_forward[path[place]]
            low = begin[number] if place == offsets[number] else 0.0
            high = finish[number] if place == offsets[number + 1] - 1 else 1.0
            head, tail = first[stretch], first[stretch + 1]
            if low == 0.0 and high == 1.0:
                # The first vertex is the last one of the arc before, save at the beginning.
                for step in range(0 if used == start else 1, tail - head):
                    vertex = head + step if onward else tail - 1 - step
                    out[used, 0], out[used, 1] = lonlat[vertex, 0], lonlat[vertex, 1]
                    used += 1
                continue
            whole = along[tail - 1]
            if used == start:
                write_position(out, used, stretch, low if onward else 1.0 - low, lonlat, first, along)
                used += 1
            for step in range(tail - head):
                vertex = head + step if onward else tail - 1 - step
                metres = along[vertex] if onward else whole - along[vertex]
                if metres > low * whole and metres < high * whole:
                    out[used, 0], out[used, 1] = lonlat[vertex, 0], lonlat[vertex, 1]
                    used += 1
            write_position(out, used, stretch, high if onward else 1.0 - high, lonlat, first, along)
            used += 1
        kept = start
        for row in range(start, used):
            if row == start or out[row, 0] != out[kept - 1, 0] or out[row, 1] != out[kept - 1, 1]:
                out[kept, 0], out[kept, 1] = out[row, 0], out[row, 1]
                kept += 1
        if kept == start + 1:
            out[kept, 0], out[kept, 1] = out[start, 0], out[start, 1]
            kept += 1
        for row in range(start, kept):
            owner[row] = number
        used = kept
    return out[:used].copy(), owner[:used].copy()
