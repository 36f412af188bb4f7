"""What a search finds: sequences of arcs with their cut ends, their sums, and the frame that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.geo import WGS84
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes.ground import ground_of, trace
from idlibgeo.routes.places import Places

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

OK = "ok"
UNREACHABLE = "unreachable"
OFF_NETWORK = "off_network"


@dataclass(frozen=True)
class Paths:
    """Ways through a network, cut where they begin and finish.

    Attributes
    ----------
    cost
        What was minimised: seconds, with the way to the road at both ends; inf where there is no way.
    from_candidate, to_candidate
        Rows of the candidates of the origins and the destinations; -1 where there is no way.
    begin, finish
        Where the first arc begins and the last one ends, as shares in the direction of travel.
    ptr, arcs
        The arcs of path i are ``arcs[ptr[i]:ptr[i + 1]]``.
    """

    cost: FloatArray
    from_candidate: npt.NDArray[np.int32]
    to_candidate: npt.NDArray[np.int32]
    begin: FloatArray
    finish: FloatArray
    ptr: IntArray
    arcs: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Whether there is a way."""
        return np.isfinite(self.cost)

    def parts(self) -> FloatArray:
        """The share of each arc that is travelled: less than one only at the ends."""
        part = np.ones(len(self.arcs))
        some = np.flatnonzero(np.diff(self.ptr) > 0)
        part[self.ptr[some]] -= self.begin[some]
        part[self.ptr[some + 1] - 1] -= 1.0 - self.finish[some]
        return part

    def sums(self, per_arc: FloatArray) -> FloatArray:
        """Add up a quantity of arcs along each path; NaN where there is no way."""
        owner = np.repeat(np.arange(len(self)), np.diff(self.ptr))
        total = np.bincount(owner, weights=per_arc[self.arcs] * self.parts(), minlength=len(self))
        return np.where(self.found, total, np.nan)

    def take(self, rows: npt.NDArray[np.int64]) -> Paths:
        """The paths of these rows, in this order."""
        size = np.diff(self.ptr)[rows]
        ptr = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        place = np.arange(ptr[-1]) - np.repeat(ptr[:-1], size) + np.repeat(self.ptr[rows], size)
        return Paths(
            cost=self.cost[rows],
            from_candidate=self.from_candidate[rows],
            to_candidate=self.to_candidate[rows],
            begin=self.begin[rows],
            finish=self.finish[rows],
            ptr=ptr,
            arcs=self.arcs[place],
        )

    @staticmethod
    def joined(first: Paths, second: Paths) -> Paths:
        """The paths of both, one after the other."""
        return Paths(
            cost=np.concatenate([first.cost, second.cost]),
            from_candidate=np.concatenate([first.from_candidate, second.from_candidate]),
            to_candidate=np.concatenate([first.to_candidate, second.to_candidate]),
            begin=np.concatenate([first.begin, second.begin]),
            finish=np.concatenate([first.finish, second.finish]),
            ptr=np.concatenate([first.ptr, first.ptr[-1] + second.ptr[1:]]),
            arcs=np.concatenate([first.arcs, second.arcs]),
        )

    def turned(self, reverse: npt.NDArray[np.int32]) -> Paths:
        """The same ways in the other direction; ``reverse`` gives the other arc of each stretch."""
        size = np.diff(self.ptr)
        owner = np.repeat(np.arange(len(self)), size)
        place = self.ptr[owner] + self.ptr[owner + 1] - 1 - np.arange(len(self.arcs))
        return Paths(
            cost=self.cost,
            from_candidate=self.to_candidate,
            to_candidate=self.from_candidate,
            begin=1.0 - self.finish,
            finish=1.0 - self.begin,
            ptr=self.ptr,
            arcs=reverse[self.arcs[place]],
        )


def lines_of(network: RoadNetwork, paths: Paths) -> npt.NDArray[np.object_]:
    """The geometry of each path, cut exactly at its ends; None where there is no way or no length."""
    ground = ground_of(network)
    lines = np.full(len(paths), None, dtype=object)
    if not len(paths.arcs):
        return lines
    coordinates, owner = trace(
        paths.ptr, paths.arcs, paths.begin, paths.finish, network.arc_edge, network.arc_forward,
        ground.lines.lonlat, ground.lines.first, ground.lines.along_m,
    )  # fmt: skip
    drawn, position = np.unique(owner, return_inverse=True)
    lines[drawn] = shapely.linestrings(coordinates, indices=position)
    return lines


def measures(network: RoadNetwork, paths: Paths, weights: Weights) -> dict[str, FloatArray]:
    """Length and travel time of each path: ``length_m``, ``travel_time_s_low``, ``_mid``, ``_high``."""
    return {
        "length_m": paths.sums(network.arc_length_m),
        "travel_time_s_low": paths.sums(weights.seconds_low),
        "travel_time_s_mid": paths.sums(weights.seconds_mid),
        "travel_time_s_high": paths.sums(weights.seconds_high),
    }


def status_of(
    found: npt.NDArray[np.bool_], origins: Places, destinations: Places, pairs: IntArray
) -> list[str]:
    """``ok``, ``unreachable`` or ``off_network`` for pairs (origin, destination) for which a way was found or not."""
    off = _off(origins)[pairs[:, 0]] | _off(destinations)[pairs[:, 1]]
    return np.where(found, OK, np.where(off, OFF_NETWORK, UNREACHABLE)).tolist()


def _off(places: Places) -> npt.NDArray[np.bool_]:
    """Per place: whether no road is near enough, be it closed on that day."""
    off: npt.NDArray[np.bool_] = (np.diff(places.ptr) == 0) & np.isnan(places.shut_m)
    return off


def _at(values: FloatArray, candidates: npt.NDArray[np.int32]) -> FloatArray:
    if not len(values):
        return np.full(len(candidates), np.nan)
    taken: FloatArray = np.where(candidates >= 0, values[candidates], np.nan)
    return taken


def network_name(network: RoadNetwork) -> str:
    """What the routes are drawn on: ``schematic``, or the name of the file."""
    return "schematic" if network.schematic else network.source


def route_frame(
    network: RoadNetwork,
    paths: Paths,
    *,
    origins: Places,
    destinations: Places,
    pairs: npt.NDArray[np.int64],
    weights: Weights,
    notes: Sequence[str | None],
    to_kind: Sequence[str],
    index: pd.Index | None = None,
) -> gpd.GeoDataFrame:
    """Build the frame of routes: the schema's columns, then ``edges``, the arcs of each route."""
    index = pd.RangeIndex(len(paths)) if index is None else index
    measured = measures(network, paths, weights)
    status = status_of(paths.found, origins, destinations, pairs)
    arcs = np.split(paths.arcs, paths.ptr[1:-1]) if len(paths) else []
    columns: dict[str, Any] = {
        "route_id": [f"route-{number + 1}" for number in range(len(paths))],
        "figure_id": _text([None] * len(paths)),
        "from_place_id": [origins.ids[origin] for origin in pairs[:, 0]],
        "from_name": [origins.names[origin] for origin in pairs[:, 0]],
        "to_place_id": [destinations.ids[destination] for destination in pairs[:, 1]],
        "to_name": [destinations.names[destination] for destination in pairs[:, 1]],
        "to_kind": _text(to_kind),
        "rank": pd.array(np.ones(len(paths), np.int64), dtype="Int64"),
        "mode": [weights.mode] * len(paths),
        **measured,
        "overlap": np.where(paths.found, 0.0, np.nan),
        "stretch": np.where(paths.found, 1.0, np.nan),
        "snap_from_m": _at(origins.offset_m, paths.from_candidate),
        "snap_to_m": _at(destinations.offset_m, paths.to_candidate),
        "status": _text(status),
        "note": _text(notes),
        "network": [network_name(network)] * len(paths),
        "edges": pd.Series(arcs, dtype=object, index=index).map(np.ndarray.tolist),
    }
    text = ("route_id", "from_place_id", "from_name", "to_place_id", "to_name", "mode", "network")
    columns.update({name: _text(columns[name]) for name in text})
    return gpd.GeoDataFrame(columns, geometry=lines_of(network, paths), crs=WGS84, index=index)


def _text(values: Sequence[str | None]) -> pd.Series:
    array: Any = pd.array(list(values), dtype="str")
    return array
