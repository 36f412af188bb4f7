"""The plain reader: pyosmium with its C++ filters and one Python step an object.

It is the oracle for the decoder in `pbf`, and short enough to be checked by eye.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from osmium import filter as only
from osmium.osm import NODE, RELATION, WAY

from idlibgeo.osm.raw import (
    BARRIER_KEY,
    FEATURE_KEYS,
    FEATURE_VALUES,
    LOST,
    ROAD_KEYS,
    RawOsm,
    Relation,
    TagColumn,
    TaggedNode,
    TaggedWay,
    Ways,
    is_boundary,
    is_feature,
)

LOOKED_AT = (*FEATURE_KEYS, BARRIER_KEY, *{key: None for key, _ in FEATURE_VALUES})


def read_plain(path: Path) -> RawOsm:
    """Read a file whose ids are positive; see `RawOsm`."""
    relations = _relations(path)
    members = sorted({way for relation in relations for way, _ in relation.members})
    nodes, lost = _tagged_nodes(path)
    return RawOsm(
        ways=_roads(path),
        nodes=nodes,
        outlines=[*_outlines(path, only.KeyFilter(*LOOKED_AT)), *_members(path, members)],
        relations=relations,
        counts={LOST: lost},
    )


def _relations(path: Path) -> list[Relation]:
    wanted: Iterable[Any] = osmium.FileProcessor(path, RELATION).with_filter(only.KeyFilter("boundary"))
    return [
        Relation(r.id, dict(r.tags), [(m.ref, m.role) for m in r.members if m.type == "w"])
        for r in wanted
        if is_boundary(r.tags)
    ]


def _tagged_nodes(path: Path) -> tuple[list[TaggedNode], int]:
    """Nodes that are features, and how many more would be one but for their position."""
    looked_at: Iterable[Any] = osmium.FileProcessor(path, NODE).with_filter(only.KeyFilter(*LOOKED_AT))
    found, lost = [], 0
    for node in looked_at:
        if not (is_feature(node.tags) or BARRIER_KEY in node.tags):
            continue
        if node.location.valid():
            found.append(TaggedNode(node.id, node.location.lon, node.location.lat, dict(node.tags)))
        else:
            lost += 1
    return found, lost


def _members(path: Path, ids: Sequence[int]) -> list[TaggedWay]:
    return _outlines(path, only.IdFilter(ids), features_only=False) if ids else []


def _outlines(path: Path, which: Any, *, features_only: bool = True) -> list[TaggedWay]:
    ways: Iterable[Any] = (
        osmium.FileProcessor(path, NODE | WAY)
        .with_locations()
        .with_filter(only.EntityFilter(WAY))
        .with_filter(which)
    )
    found = []
    for way in ways:
        if features_only and ("highway" in way.tags or not is_feature(way.tags)):
            continue
        points = [(n.lon, n.lat) if n.location.valid() else (np.nan, np.nan) for n in way.nodes]
        lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
        found.append(TaggedWay(way.id, dict(way.tags), lon, lat))
    return found


def _roads(path: Path) -> Ways:
    ways: Iterable[Any] = (
        osmium.FileProcessor(path, NODE | WAY)
        .with_locations()
        .with_filter(only.EntityFilter(WAY))
        .with_filter(only.KeyFilter("highway"))
    )
    ids: list[int] = []
    sizes: list[int] = []
    refs: list[int] = []
    lons: list[float] = []
    lats: list[float] = []
    tags: list[dict[str, str | None]] = []
    for way in ways:
        ids.append(way.id)
        sizes.append(len(way.nodes))
        tags.append({key: way.tags.get(key) for key in ROAD_KEYS})
        for node in way.nodes:
            known = node.location.valid()
            refs.append(node.ref)
            lons.append(node.lon if known else np.nan)
            lats.append(node.lat if known else np.nan)
    node_ids, first, node = np.unique(np.array(refs, dtype=np.int64), return_index=True, return_inverse=True)
    return Ways(
        ids=np.array(ids, dtype=np.int64),
        ptr=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
        node=node.astype(np.int32),
        node_ids=node_ids,
        node_lon=np.array(lons, dtype=float)[first],
        node_lat=np.array(lats, dtype=float)[first],
        tags={key: encode(way[key] for way in tags) for key in ROAD_KEYS},
    )


def encode(texts: Iterable[str | None]) -> TagColumn:
    """Number the distinct texts in the order of their first appearance.

    >>> encode(["track", None, "track"]).codes.tolist()
    [0, -1, 0]
    """
    numbers: dict[str, int] = {}
    codes = [-1 if text is None else numbers.setdefault(text, len(numbers)) for text in texts]
    return TagColumn(np.array(codes, dtype=np.int32), np.array([*numbers], dtype=object))
