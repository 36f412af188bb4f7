"""The network of an OSM file, without a Python step a way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from idlibgeo import collector
from idlibgeo.errors import InputError
from idlibgeo.geo import WGS84
from idlibgeo.osm import OsmData
from idlibgeo.osm.raw import Ways
from idlibgeo.roads import rules, topology
from idlibgeo.roads.network import BoolArray, FloatArray, IntArray, RoadNetwork, from_arrays

#: Tags that stand in the edges; the first group is equal along a stretch, the second is joined by ";".
EQUAL = ("highway", "surface", "tracktype", "maxspeed", "bridge", "tunnel")
JOINED = (
    "name", "name:ar", "ref", "lanes", "junction", "service", "access", "motor_vehicle", "vehicle", "foot",
    "toll",
)  # fmt: skip

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _WayFacts:
    """What the tags of each way say."""

    keep: BoolArray
    area: BoolArray
    direction: npt.NDArray[np.int8]
    vehicle: BoolArray
    foot: BoolArray
    code: IntArray


def build(data: OsmData) -> RoadNetwork:
    """See `RoadNetwork.from_osm`."""
    ways = data.ways
    facts = _facts(ways)
    _require_roads(facts.keep, data)
    known = ~np.isnan(ways.node_lon)
    stop_vehicle, stop_foot = _barriers(data, ways)
    runs = topology.Runs(*topology.runs_of_ways(ways.ptr, ways.node, facts.keep, facts.direction < 0, known))
    if not len(runs.way):
        raise InputError(
            f"{data.source}: given {int(facts.keep.sum())} highway ways of which none has two nodes with a position in"
            f" the file ({int((~known).sum())} nodes are missing), expected at least one. No network was built. Cut the"
            " extract so that it keeps the nodes of its ways, for example with osmium extract."
        )
    found = topology.stretches(
        runs, oneway=facts.direction != 0, code=facts.code, stop=stop_vehicle | stop_foot
    )
    return _network(data, facts, runs, found, stop_vehicle, stop_foot)


def _require_roads(keep: BoolArray, data: OsmData) -> None:
    if not keep.any():
        classes = dict(zip(*_class_counts(data.ways, keep), strict=True))
        where = "" if data.box is None else f" in the bounds {','.join(f'{side:g}' for side in data.box)}"
        hint = (
            "Take a file with roads: an extract that was filtered to points or buildings has none."
            if data.box is None
            else "Check the bounds (west, south, east, north), or leave them out to see what the file has."
        )
        raise InputError(
            f"{data.source}: given {len(keep)} highway ways{where}{f' {classes}' if classes else ''}, expected at"
            f" least one that can be used. No network was built. {hint}"
        )


def _facts(ways: Ways) -> _WayFacts:
    tags = {key: (column.codes, column.values) for key, column in ways.tags.items()}
    vehicle, foot = rules.permissions(tags)
    area = rules.map_tag(tags["area"], {"yes": 1}, missing=0, other=0) == 1
    return _WayFacts(
        keep=rules.kept(tags["highway"]) & ~area,
        area=area,
        direction=rules.directions(tags),
        vehicle=vehicle,
        foot=foot,
        code=_same([*(tags[key][0] for key in EQUAL), vehicle.astype(np.int32), foot.astype(np.int32)]),
    )


def _same(columns: list[IntArray]) -> IntArray:
    """A number a way that is equal where all columns are."""
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        mixed = code * (int(column.max(initial=-1)) + 2) + column + 1
        code = pd.factorize(mixed)[0].astype(np.int64)
    return code.astype(np.int32)


def _barriers(data: OsmData, ways: Ways) -> tuple[BoolArray, BoolArray]:
    """Per node: whether a barrier there stops vehicles, walkers."""
    table = rules.rule_table("barriers").set_index("barrier")
    value_open = dict(rules.rule_table("access")[["value", "open"]].itertuples(index=False))
    stops = []
    for mode in ("vehicle", "foot"):
        habit = data.barriers["barrier"].map(table[mode]).fillna(1)
        general = data.barriers["access"].map(value_open)
        own = data.barriers[mode].map(value_open)
        stopped = data.barriers["osmid"][own.fillna(general).fillna(habit).to_numpy(dtype=float) == 0]
        stops.append(np.isin(ways.node_ids, stopped.to_numpy(dtype=np.int64)))
    return stops[0], stops[1]


def _network(
    data: OsmData,
    facts: _WayFacts,
    runs: topology.Runs,
    found: topology.Stretches,
    stop_vehicle: BoolArray,
    stop_foot: BoolArray,
) -> RoadNetwork:
    ways = data.ways
    xy = np.column_stack([ways.node_lon[found.seq], ways.node_lat[found.seq]])
    first, last = found.seq[found.ptr[:-1]], found.seq[found.ptr[1:] - 1]
    used = np.zeros(len(ways.node_ids), bool)
    used[first] = used[last] = True
    position = np.cumsum(used, dtype=np.int32) - np.int32(1)
    u, v = position[first], position[last]
    way = found.way[found.way_ptr[:-1]]
    lengths = topology.line_lengths_m(found.ptr, xy)
    no_vehicle, no_foot = (_stopped(stop, first, last, lengths) for stop in (stop_vehicle, stop_foot))
    frames = OsmFrames(
        ways=ways,
        way_ptr=found.way_ptr,
        way=found.way,
        node_ids=ways.node_ids[used],
        node_xy=np.column_stack([ways.node_lon[used], ways.node_lat[used]]),
        ends=(u, v),
        length_m=lengths,
        line=(found.ptr, xy),
        oneway=facts.direction[way] != 0,
        vehicle=facts.vehicle[way] & ~no_vehicle,
        foot=facts.foot[way] & ~no_foot,
    )
    return from_arrays(
        frames,
        node_ids=frames.node_ids,
        node_xy=frames.node_xy,
        ends=frames.ends,
        length_m=lengths,
        line=frames.line,
        vehicle=frames.vehicle,
        foot=frames.foot,
        oneway=frames.oneway,
        source=data.source,
        counts={
            **data.counts,
            **_counts(ways, facts, runs, found),
            "stretches_closed_by_barriers": int((no_vehicle | no_foot).sum()),
        },
    )


def _stopped(stop: BoolArray, first: IntArray, last: IntArray, length: FloatArray) -> BoolArray:
    """The stretches that a barrier closes: of the two that meet at it, the shorter.

    A barrier where three or more meet is taken for one beside the road: closing a main road because a gate was
    drawn onto its junction would do more harm than letting a driver find a bollard.
    """
    stretch = np.arange(len(first), dtype=np.int64)
    ends = pd.DataFrame({"node": np.r_[first, last], "stretch": np.r_[stretch, stretch]})
    ends = ends[stop[ends["node"].to_numpy()]].drop_duplicates()
    ends = ends.assign(length=length[ends["stretch"].to_numpy()]).sort_values(["node", "length", "stretch"])
    pairs = ends[ends.groupby("node")["stretch"].transform("size") == 2]
    closed = np.zeros(len(first), bool)
    closed[pairs.groupby("node")["stretch"].first().to_numpy(dtype=np.int64)] = True
    return closed


@dataclass(frozen=True, eq=False)
class OsmFrames:
    """What the frames of a network are made of, kept as arrays until they are asked for."""

    ways: Ways
    way_ptr: Int64Array
    way: IntArray
    node_ids: Int64Array
    node_xy: FloatArray
    ends: tuple[IntArray, IntArray]
    length_m: FloatArray
    line: tuple[Int64Array, FloatArray]
    oneway: BoolArray
    vehicle: BoolArray
    foot: BoolArray

    @collector.at_rest()
    def nodes(self) -> gpd.GeoDataFrame:
        """See `RoadNetwork.nodes`."""
        x, y = self.node_xy.T
        streets = topology.street_counts(*self.ends, len(self.node_ids))
        return gpd.GeoDataFrame(
            {"x": x, "y": y, "street_count": streets},
            index=pd.Index(self.node_ids, name="osmid"),
            geometry=shapely.points(self.node_xy),
            crs=WGS84,
        )

    @collector.at_rest()
    def edges(self) -> gpd.GeoDataFrame:
        """See `RoadNetwork.edges`."""
        u, v = self.ends
        table: dict[str, object] = {
            "u": self.node_ids[u],
            "v": self.node_ids[v],
            "key": topology.parallel_keys(u, v, twoway=~self.oneway),
            "osmid": _osmids(self),
        }
        # Arrow never changes what it holds: all columns of tags that no way has share one.
        silent = pd.array(pa.nulls(len(u), pa.large_string()), dtype="str")
        for key in ("highway", *JOINED[:3], "surface", *EQUAL[2:], *JOINED[3:]):
            said = len(self.ways.tags[key].values) > 0
            table[key.replace(":", "_")] = _dictionary_text(*_texts(self, key)) if said else silent
        # Copies of what is the network's, so that who writes into the frame does not write into the network.
        table |= {
            "oneway": self.oneway.copy(),
            "reversed": np.zeros(len(u), bool),
            "length": self.length_m.copy(),
            "geometry": _lines(*self.line),
            "for_vehicle": self.vehicle.copy(),
            "for_foot": self.foot.copy(),
        }
        return gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84, copy=False)

    def tag(self, key: str) -> rules.Tag:
        """See `RoadNetwork.tag`."""
        osm_key = {"name_ar": "name:ar"}.get(key, key)
        if osm_key not in self.ways.tags:
            return np.full(len(self.length_m), -1, np.int32), np.empty(0, object)
        return _texts(self, osm_key)


def _lines(ptr: Int64Array, xy: FloatArray) -> npt.NDArray[np.object_]:
    """One line a stretch, made by Arrow's layout rather than by an index a vertex."""
    return shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (ptr,))


def _texts(frames: OsmFrames, key: str) -> rules.Tag:
    """The tag of each stretch; where its ways differ, their texts in order, joined by ";"."""
    column = frames.ways.tags[key]
    starts = frames.way_ptr[:-1]
    codes = column.codes[frames.way[starts]]
    values = list(column.values)
    several = np.flatnonzero(np.diff(frames.way_ptr) > 1) if key in JOINED else starts[:0]
    if len(several):
        part = column.codes[frames.way]
        low = np.minimum.reduceat(part, starts)[several]
        high = np.maximum.reduceat(part, starts)[several]
        for row in several[low != high]:
            own = part[frames.way_ptr[row] : frames.way_ptr[row + 1]]
            texts = dict.fromkeys(column.values[code] for code in own if code >= 0)
            codes[row] = len(values)
            values.append(";".join(texts))
    return codes, np.array([*values, None], dtype=object)[:-1]


def _dictionary_text(codes: IntArray, values: npt.NDArray[np.object_]) -> Any:
    """Text from numbers through Arrow, which copies no Python object a row.

    In memory of the system, since Arrow's own pool takes three times what columns of this size need.
    """
    pool = pa.system_memory_pool()
    texts, numbers = pa.array(values, pa.large_string()), pa.array(codes, mask=codes < 0)
    taken = pc.take(texts, numbers, memory_pool=pool)
    return pd.array(taken, dtype="str")


def _osmids(frames: OsmFrames) -> npt.NDArray[np.object_]:
    """The way of each stretch, or the list of its ways where several were joined."""
    ids, ptr = frames.ways.ids[frames.way], frames.way_ptr
    osmids = ids[ptr[:-1]].astype(object)
    for row in np.flatnonzero(np.diff(ptr) > 1):
        osmids[row] = list(dict.fromkeys(ids[ptr[row] : ptr[row + 1]].tolist()))
    return osmids


def _class_counts(ways: Ways, keep: BoolArray) -> tuple[list[str], list[int]]:
    column = ways.tags["highway"]
    left = np.bincount(column.codes[~keep], minlength=len(column.values))
    shown = np.flatnonzero(left)
    return [str(column.values[code]) for code in shown], left[shown].tolist()


def _counts(
    ways: Ways, facts: _WayFacts, runs: topology.Runs, found: topology.Stretches
) -> Mapping[str, int]:
    """What was read, kept, joined and left."""
    has_run = np.zeros(len(ways), bool)
    has_run[runs.way] = True
    runs_of_way = np.bincount(runs.way, minlength=len(ways))
    names, left = _class_counts(ways, facts.keep | facts.area)
    return {
        "ways_kept": int(has_run.sum()),
        "ways_left": int((~facts.keep).sum()),
        "ways_left_area": int(facts.area.sum()),
        **{f"ways_left_{name}": count for name, count in zip(names, left, strict=True)},
        "ways_left_under_two_nodes": int((facts.keep & ~has_run).sum()),
        "ways_cut_at_missing_nodes": int((runs_of_way > 1).sum()),
        "ways_closed_to_all": int((has_run & ~facts.vehicle & ~facts.foot).sum()),
        "stretches": len(found.ptr) - 1,
        "stretches_of_several_ways": int((np.diff(found.way_ptr) > 1).sum()),
        "rings_without_junction": found.rings,
    }
