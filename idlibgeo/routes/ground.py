"""What a search needs of a network beside its arcs: flat coordinates, and the two arcs of each stretch.

It is worked out once for a network, at its first query, and forgotten with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit
from pyproj import Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from idlibgeo.errors import RoutingError
from idlibgeo.geo import GEOD, WGS84, Bounds, equal_area_crs
from idlibgeo.roads import RoadNetwork

FloatArray = npt.NDArray[np.float64]
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
    lonlat, first
        All vertices, degrees; those of stretch i are ``first[i] … first[i + 1]``.
    along_m
        Per vertex, geodesic metres from the beginning of its stretch.
    to_plane
        Into an equal-area projection centred on the network, metres; for nearness only.
    parts
        By mode, once asked for: what `connected` gives.
    """

    indptr: npt.NDArray[np.uint32]
    arc_to: npt.NDArray[np.uint32]
    arcs: npt.NDArray[np.int32]
    reverse: IntArray
    lonlat: FloatArray
    first: npt.NDArray[np.int64]
    along_m: FloatArray
    to_plane: Transformer
    parts: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    @cached_property
    def plane(self) -> FloatArray:
        """All vertices in the plane, metres."""
        return np.column_stack(self.to_plane.transform(self.lonlat[:, 0], self.lonlat[:, 1]))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The stretches in the plane, by place."""
        owner = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        return shapely.STRtree(shapely.linestrings(self.plane, indices=owner))


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
    first, lonlat = network.line_ptr, network.line_xy
    west, south = lonlat.min(axis=0)
    east, north = lonlat.max(axis=0)
    plane = equal_area_crs(Bounds(west, south, east, north))
    return Ground(
        indptr=network.indptr.astype(np.uint32),
        arc_to=network.arc_to.astype(np.uint32),
        arcs=arcs,
        reverse=reverse,
        lonlat=lonlat,
        first=first,
        along_m=_along_m(lonlat, first),
        to_plane=Transformer.from_crs(WGS84, plane, always_xy=True),
    )


def _along_m(lonlat: FloatArray, first: npt.NDArray[np.int64]) -> FloatArray:
    lon, lat = lonlat.T
    _, _, step = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    total = np.concatenate([[0.0], np.cumsum(step)])
    owner = np.repeat(np.arange(len(first) - 1), np.diff(first))
    along: FloatArray = total - total[first[owner]]
    return along


@njit(cache=True)
def feet(xy: Any, stretch: Any, plane: Any, first: Any, along: Any) -> Any:
    """The nearest point of a stretch to a point in the plane, for pairs of both.

    Returns
    -------
    tuple
        Share of the stretch's length before the foot (0 to 1), and distance in the plane, metres.
    """
    share = np.empty(len(stretch))
    distance = np.empty(len(stretch))
    for number in range(len(stretch)):
        begin, end = first[stretch[number]], first[stretch[number] + 1]
        least, place = np.inf, 0.0
        x, y = xy[number, 0], xy[number, 1]
        for vertex in range(begin, end - 1):
            dx = plane[vertex + 1, 0] - plane[vertex, 0]
            dy = plane[vertex + 1, 1] - plane[vertex, 1]
            square = dx * dx + dy * dy
            part = 0.0
            if square > 0:
                part = ((x - plane[vertex, 0]) * dx + (y - plane[vertex, 1]) * dy) / square
                part = min(1.0, max(0.0, part))
            gap = (plane[vertex, 0] + part * dx - x) ** 2 + (plane[vertex, 1] + part * dy - y) ** 2
            if gap < least:
                least = gap
                place = along[vertex] + part * (along[vertex + 1] - along[vertex])
        whole = along[end - 1]
        share[number] = place / whole if whole > 0 else 0.0
        distance[number] = np.sqrt(least)
    return share, distance


@njit(cache=True)
def positions(stretch: Any, share: Any, lonlat: Any, first: Any, along: Any) -> Any:
    """Degrees of the point at a share of a stretch's length, (n, 2)."""
    out = np.empty((len(stretch), 2))
    for number in range(len(stretch)):
        _write_position(out, number, stretch[number], share[number], lonlat, first, along)
    return out


@njit(cache=True)
def _write_position(
    out: Any, row: int, stretch: int, share: float, lonlat: Any, first: Any, along: Any
) -> None:
    begin, end = first[stretch], first[stretch + 1]
    metres = share * along[end - 1]
    vertex = begin + np.searchsorted(along[begin:end], metres, "right") - 1
    vertex = min(max(vertex, begin), end - 2)
    step = along[vertex + 1] - along[vertex]
    part = (metres - along[vertex]) / step if step > 0 else 0.0
    for axis in range(2):
        out[row, axis] = lonlat[vertex, axis] + part * (lonlat[vertex + 1, axis] - lonlat[vertex, axis])


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
                _write_position(out, used, stretch, low if onward else 1.0 - low, lonlat, first, along)
                used += 1
            for step in range(tail - head):
                vertex = head + step if onward else tail - 1 - step
                metres = along[vertex] if onward else whole - along[vertex]
                if metres > low * whole and metres < high * whole:
                    out[used, 0], out[used, 1] = lonlat[vertex, 0], lonlat[vertex, 1]
                    used += 1
            _write_position(out, used, stretch, high if onward else 1.0 - high, lonlat, first, along)
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
