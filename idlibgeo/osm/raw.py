"""What both readers of an OSM file hand over: ways as arrays, the rest as small records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

#: Tags of a road that the network, its speeds and its map use.
ROAD_KEYS = (
    "highway",
    "name",
    "name:ar",
    "name:en",
    "ref",
    "oneway",
    "junction",
    "maxspeed",
    "surface",
    "tracktype",
    "lanes",
    "bridge",
    "tunnel",
    "access",
    "vehicle",
    "motor_vehicle",
    "foot",
    "service",
    "toll",
    "barrier",
    "area",
)

#: Nodes and outlines with one of these are kept; with one of ``FEATURE_VALUES`` too.
FEATURE_KEYS = ("place", "refugee")
FEATURE_VALUES = (
    ("amenity", "refugee_site"),
    ("amenity", "refugee_camp"),
    ("amenity", "customs"),
    ("social_facility:for", "refugee"),
    ("social_facility:for", "refugees"),
    ("social_facility:for", "displaced"),
)
#: Barriers count as nodes alone: a wall beside the road stops nobody on it.
BARRIER_KEY = "barrier"
#: The count of nodes that would be features, but have no position on the Earth.
LOST = "tagged_nodes_without_position"
#: The tag of a relation that is a boundary.
BOUNDARY = ("boundary", "administrative")


@dataclass(frozen=True, eq=False)
class TagColumn:
    """One tag of all ways: ``values[codes[i]]`` is the tag of way i; −1 means that it has none."""

    codes: Int32Array
    values: npt.NDArray[np.object_]

    def texts(self) -> npt.NDArray[np.object_]:
        """A text a way; None where the way has no such tag."""
        return np.array([*self.values, None], dtype=object)[self.codes]


@dataclass(frozen=True, eq=False)
class Ways:
    """Highway ways as arrays.

    Attributes
    ----------
    ids
        int64, in the file's order.
    ptr
        int64, ways + 1: where the nodes of each way begin in ``node``.
    node
        int32 per node of a way: position in ``node_ids``.
    node_ids
        int64, ascending and distinct.
    node_lon, node_lat
        float64 degrees; NaN where the file lacks the node, or its position is not on the Earth.
    tags
        A `TagColumn` for each of ``ROAD_KEYS``.
    """

    ids: Int64Array
    ptr: Int64Array
    node: Int32Array
    node_ids: Int64Array
    node_lon: FloatArray
    node_lat: FloatArray
    tags: Mapping[str, TagColumn]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class TaggedNode:
    """A node that is more than a bend of a road: a place, a barrier, a site."""

    id: int
    lon: float
    lat: float
    tags: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class TaggedWay:
    """A way that is not a road: the outline of a site, a part of a boundary."""

    id: int
    tags: Mapping[str, str]
    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True)
class Relation:
    """A relation with its way members (id, role)."""

    id: int
    tags: Mapping[str, str]
    members: Sequence[tuple[int, str]]


@dataclass(frozen=True, eq=False)
class RawOsm:
    """An OSM file as read, before anything is interpreted."""

    ways: Ways
    nodes: Sequence[TaggedNode]
    outlines: Sequence[TaggedWay]
    relations: Sequence[Relation]
    counts: Mapping[str, int] = field(default_factory=dict)


def is_feature(tags: Mapping[str, str]) -> bool:
    """Whether a node or outline is a place or site that we keep.

    >>> is_feature({"place": "village"}), is_feature({"amenity": "cafe"})
    (True, False)
    """
    return any(key in tags for key in FEATURE_KEYS) or any(
        tags.get(key) == value for key, value in FEATURE_VALUES
    )


def is_boundary(tags: Mapping[str, str]) -> bool:
    """Whether a relation is an administrative boundary."""
    return tags.get(BOUNDARY[0]) == BOUNDARY[1]
