"""The road network: nodes, stretches between junctions, directed arcs for the search, and weights per query.

A *stretch* (a row of ``edges``) runs from junction ``u`` to junction ``v`` and is stored once. Its two *arcs*
are its two directions; the search runs on arcs, in compressed sparse form: the arcs that leave node position
``i`` are ``indptr[i] … indptr[i + 1]``. Nothing changes a network: closures, modes and dates are the
`Weights` of a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ClosureEvent:
    """A closure that holds on the day of the query: which arcs, how likely, and how much slower.

    ``factor`` multiplies the time (inf is closed); ``probability`` is 1.0 where the closure is certain.
    """

    arcs: IntArray
    factor: float
    probability: float
    reason: str = ""


@dataclass(frozen=True)
class Weights:
    """Seconds per directed arc for one query; inf where the arc cannot be used.

    Attributes
    ----------
    seconds_low, seconds_mid, seconds_high
        float64, one value an arc, in the order of the network's arcs; low ≤ mid ≤ high. All three are inf on
        the same arcs. Closures with probability of at least 0.5 are applied.
    mode
        ``vehicle``, ``foot`` or ``mixed``.
    travel_hours_per_day
        Hours of travel a day; see `elapsed_s`.
    events
        The closures of that day, for `draw`.
    """

    seconds_low: FloatArray
    seconds_mid: FloatArray
    seconds_high: FloatArray
    mode: str
    description: str = ""
    notes: tuple[str, ...] = ()
    travel_hours_per_day: float = 24.0
    events: tuple[ClosureEvent, ...] = ()


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Roads as a graph that nothing changes.

    Attributes
    ----------
    nodes
        Index ``osmid`` (int64), columns ``x``, ``y`` (lon, lat), ``geometry``; EPSG:4326.
    edges
        A row a stretch, RangeIndex: ``u``, ``v`` (node ids), ``key``, ``osmid`` (int, or a list where ways
        were joined), ``name``, ``name_ar``, ``ref``, ``highway``, ``oneway``, ``maxspeed``, ``surface``,
        ``lanes``, ``bridge``, ``access``, ``foot``, ``vehicle``, ``length`` (geodesic metres), ``geometry``.
        Geometry runs from u to v; a one-way stretch may be driven from u to v only.
    indptr
        int64, nodes + 1: where the arcs that leave each node begin.
    arc_from, arc_to
        int32 node *positions* (rows of ``nodes``), sorted by ``arc_from``.
    arc_edge
        int32 row of ``edges``. Every stretch has exactly two arcs.
    arc_forward
        True where the arc runs along the geometry, u to v.
    arc_length_m
        float64, geodesic.
    arc_vehicle, arc_foot
        Whether a vehicle, a walker may use the arc (one-way, access and barriers considered).
    component
        int32 per node: 0 is the largest part that is connected on the ground, whatever the direction.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    indptr: npt.NDArray[np.int64]
    arc_from: IntArray
    arc_to: IntArray
    arc_edge: IntArray
    arc_forward: BoolArray
    arc_length_m: FloatArray
    arc_vehicle: BoolArray
    arc_foot: BoolArray
    component: IntArray
    source: str = ""
    schematic: bool = False
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
