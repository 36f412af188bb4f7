"""The road network: nodes, stretches between junctions, directed arcs for the search, and weights per query.

A *stretch* (a row of ``edges``) runs from junction ``u`` to junction ``v`` and is stored once. Its two *arcs*
are its two directions; the search runs on arcs, in compressed sparse form: the arcs that leave node position
``i`` are ``indptr[i] … indptr[i + 1]``. Nothing changes a network: closures, modes and dates are the
`Weights` of a query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.geo import Raster
from idlibgeo.osm import OsmData
from idlibgeo.roads import rules, topology
from idlibgeo.roads.closures import id_texts
from idlibgeo.roads.weights import Weights

if TYPE_CHECKING:
    import networkx as nx

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Roads as a graph that nothing changes.

    Attributes
    ----------
    nodes, edges
        GeoDataFrames, made when first asked for, so that a query on millions of stretches need not wait for them.
        ``nodes``: index ``osmid``, ``x``, ``y``, ``street_count``, ``geometry``. ``edges``, a row a stretch: ``u``,
        ``v`` (node ids), ``key``, ``osmid`` (int, or a list where ways were joined), ``name``, ``name_ar``, ``ref``,
        ``highway``, ``oneway``, ``maxspeed``, ``surface``, ``lanes``, ``bridge``, ``access``, ``foot``, …,
        ``length`` (geodesic metres), ``geometry``, which runs from u to v. A one-way stretch may be driven from u
        to v only.
    node_ids, node_lon, node_lat
        Per node, in the order of ``nodes``.
    edge_u, edge_v
        int32 per stretch: the *positions* of its nodes.
    edge_length_m
        float64 per stretch, geodesic.
    line_ptr, line_xy
        The vertices of stretch i are ``line_xy[line_ptr[i]:line_ptr[i + 1]]``, lon and lat.
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

    frames: Frames
    node_ids: npt.NDArray[np.int64]
    node_lon: FloatArray
    node_lat: FloatArray
    edge_u: IntArray
    edge_v: IntArray
    edge_length_m: FloatArray
    line_ptr: npt.NDArray[np.int64]
    line_xy: FloatArray
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

    @cached_property
    def nodes(self) -> gpd.GeoDataFrame:
        """Index ``osmid``, columns ``x``, ``y`` (lon, lat), ``geometry``; EPSG:4326. Made when first asked for."""
        return self.frames.nodes()

    @cached_property
    def edges(self) -> gpd.GeoDataFrame:
        """A row a stretch in OSMnx's columns; EPSG:4326. Made when first asked for."""
        return self.frames.edges()

    def __repr__(self) -> str:
        kind = "schematic roads" if self.schematic else "roads"
        return (
            f"RoadNetwork({kind} from {self.source}: {len(self.node_ids)} nodes, {len(self.edge_u)} stretches,"
            f" {self.edge_length_m.sum() / 1000:.0f} km, {self.component.max(initial=-1) + 1} parts)"
        )

    @classmethod
    def from_osm(cls, data: OsmData) -> RoadNetwork:
        """Build the network of what `read_osm` read: stretches between junctions, with their geometry.

        ``counts`` says what was read, kept, joined and left, and why.

        Raises
        ------
        InputError
            If no usable road is in the data.

        Notes
        -----
        A node is a junction by OSMnx's rule (Boeing 2025, doi:10.1111/tgis.70037), and where class, surface,
        permission or bridge change, or a barrier stands. Lengths are geodesic; OSMnx's are those of a sphere, up
        to 0.3 % off. Roads that cannot be reached stay: `parts` lists them.

        Examples
        --------
        ``RoadNetwork.from_osm(read_osm("syria.osm.pbf", (35.7, 35.2, 37.3, 37.0)))``
        """
        from idlibgeo.roads.from_osm import build  # noqa: PLC0415 - it needs this class

        return build(data)

    @classmethod
    def from_table(
        cls, roads: pd.DataFrame, waypoints: pd.DataFrame, *, source: str = "schematic roads"
    ) -> RoadNetwork:
        """Build a schematic network from named roads as ordered waypoints; see `from_table.build`."""
        from idlibgeo.roads.from_table import build  # noqa: PLC0415 - it needs this class

        return build(roads, waypoints, source=source)

    @classmethod
    def sample(cls) -> RoadNetwork:
        """The schematic roads of the bundled sample, north-west Syria: to try things on, with no download.

        Examples
        --------
        >>> network = RoadNetwork.sample()
        >>> network.schematic, network.nodes["waypoint"].eq("Saraqib").any()
        (True, np.True_)
        """
        from idlibgeo import sources  # noqa: PLC0415 - needed for the sample alone

        folder = sources.sample_folder()
        tables = (sources.read_table(folder / f"{name}.csv") for name in ("roads", "road_waypoints"))
        return cls.from_table(*tables)

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph, *, source: str = "networkx") -> RoadNetwork:
        """Take an OSMnx graph; `to_networkx` gives back the same nodes, edges, keys and attributes."""
        from idlibgeo.roads.exchange import from_networkx  # noqa: PLC0415 - it needs this class

        return from_networkx(graph, source=source)

    def to_networkx(self) -> nx.MultiDiGraph:
        """OSMnx's MultiDiGraph: an edge a direction of travel, with ``length`` and ``geometry``."""
        from idlibgeo.roads.exchange import to_networkx  # noqa: PLC0415 - it needs this class

        return to_networkx(self)

    @classmethod
    def read(cls, path: str | Path) -> RoadNetwork:
        """Read a network that `write` wrote: a GeoPackage, or a folder of GeoParquet."""
        from idlibgeo.roads.exchange import read  # noqa: PLC0415 - it needs this class

        return read(path)

    def write(self, path: str | Path) -> Path:
        """Write layers ``nodes`` and ``edges``: ``.gpkg``, or a folder ``….parquet`` with two GeoParquet files."""
        from idlibgeo.roads.exchange import write  # noqa: PLC0415 - it needs this class

        return write(self, path)

    def weights(
        self,
        *,
        mode: str = "vehicle",
        closures: pd.DataFrame | None = None,
        date: dt.date | str | None = None,
        dem: Raster | None = None,
        party: str | None = None,
        country: str = "",
    ) -> Weights:
        """Seconds per arc for one query; nothing in the network changes.

        Parameters
        ----------
        mode
            ``vehicle``, ``foot``, or ``mixed``: both stay together, so the slower counts and both must pass.
        closures
            A frame with ``geometry`` (in any CRS), ``osmid`` or ``edge_id`` or ``road_id`` (one or several, joined
            by ";"), and where known ``date_from``, ``date_to`` (inclusive), ``factor`` (time × factor; empty is
            closed), ``probability`` (empty is certain), ``reason``.
        date
            The day of travel. Closures with dates count only on it; without it those with dates are left out,
            and a note says so.
        dem
            Elevations in metres; needed for slopes, which change walking alone.
        party
            A row of ``parties.csv``; it sets factors of speed and hours of travel a day, which `Weights.elapsed_s`
            turns into stops.
        country
            ISO 3166 code, upper or lower case: the rows of ``speeds.csv`` for that country stand before the general
            ones, class by class and surface by surface. Only Turkey (TR) has rows so far: main roads by the legal
            limits. A country without rows, such as Syria, has the general ones, and a note says so.

        Raises
        ------
        UnknownNameError
            If the mode or the party is not known.
        InputError
            If closures cannot be matched, a date is unreadable, or the DEM does not touch the network.
        CRSError
            If the DEM or the closures have no CRS.

        Examples
        --------
        >>> network = RoadNetwork.sample()
        >>> closures = pd.DataFrame({"osmid": [network.edges["osmid"].iloc[0]], "date_from": ["2019-12-20"]})
        >>> network.weights(closures=closures, date="2020-01-07").description
        'vehicle (vehicle) on 2020-01-07, 1 closure'
        """
        from idlibgeo.roads.weights import weigh  # noqa: PLC0415 - beside its tables

        return weigh(self, mode=mode, closures=closures, date=date, dem=dem, party=party, country=country)

    def snap(
        self, points: gpd.GeoDataFrame, *, limit_m: float = 5000.0, weights: Weights | None = None
    ) -> pd.DataFrame:
        """The nearest point of a usable stretch for each point.

        Parameters
        ----------
        points
            Points in any CRS.
        limit_m
            Farther than this a point does not get onto the network.
        weights
            Of a query: only stretches with an arc that it can use count. Without them any stretch that a vehicle
            or a walker may use.

        Returns
        -------
        DataFrame
            On the index of the points: ``edge`` (row of ``network.edges``, −1 where none), ``fraction`` (0 at u, 1
            at v), ``distance_m`` (geodesic, also where beyond the limit), ``nearest_lon``, ``nearest_lat``,
            ``status``: ``snapped``, ``too far``, or ``no position``.

        Raises
        ------
        CRSError
            If the points have no CRS.

        Examples
        --------
        >>> network = RoadNetwork.sample()
        >>> camp = gpd.GeoDataFrame(geometry=gpd.points_from_xy([36.70], [36.00]), crs=4326)
        >>> network.snap(camp)[["status", "distance_m"]].round().to_dict("records")
        [{'status': 'snapped', 'distance_m': 1890.0}]
        """
        from idlibgeo.roads.snap import snap  # noqa: PLC0415 - it needs this class

        return snap(self, points, limit_m=limit_m, weights=weights)

    def snap_all(
        self, points: gpd.GeoDataFrame, *, limit_m: float = 5000.0, weights: Weights | None = None
    ) -> pd.DataFrame:
        """Every usable stretch within ``radius_m`` of each place, at least the nearest.

        Parameters
        ----------
        points, limit_m, weights
            As for `snap`; the column ``radius_m`` says how far the true place may lie from the point.

        Returns
        -------
        DataFrame
            As `snap`, with ``point`` (the label of the point) in front: several rows for a place with a radius,
            the nearest first.
        """
        from idlibgeo.roads.snap import snap_all  # noqa: PLC0415 - it needs this class

        return snap_all(self, points, limit_m=limit_m, weights=weights)

    def layer(self, *, country: str = "") -> gpd.GeoDataFrame:
        """The layer ``roads`` of the schema: a row a stretch with its speeds and its part of the network."""
        from idlibgeo.roads.weights import vehicle_speeds_kmh  # noqa: PLC0415 - beside its tables

        edges = self.edges
        low, mid, high = vehicle_speeds_kmh(self, country=country)
        frame = pd.DataFrame(
            {
                "edge_id": self.edge_ids(),
                "u": edges["u"].to_numpy(),
                "v": edges["v"].to_numpy(),
                "key": edges["key"].to_numpy(),
                "osmid": joined(edges["osmid"]),
                **{name: joined(self.column(name)) for name in ("name", "name_ar", "ref", "highway")},
                "oneway": edges["oneway"].to_numpy(dtype=bool),
                "surface": joined(self.column("surface")),
                "lanes": pd.to_numeric(joined(self.column("lanes")), errors="coerce").round().astype("Int64"),
                "bridge": joined(self.column("bridge")),
                "length_m": edges["length"].to_numpy(),
                "speed_kmh_low": low,
                "speed_kmh_mid": mid,
                "speed_kmh_high": high,
                "component": self.edge_component,
                "network": "schematic" if self.schematic else self.source,
                "source": joined(self.column("source")).fillna(self.source),
            }
        )
        return gpd.GeoDataFrame(frame, geometry=edges.geometry.to_numpy(), crs=edges.crs)

    def column(self, name: str) -> pd.Series:
        """A column of the edges; all missing where this network has none of that name."""
        if name in self.edges:
            return self.edges[name]
        return pd.Series([None] * len(self.edges), index=self.edges.index, dtype="str")

    def edge_ids(self, rows: npt.ArrayLike | None = None) -> pd.Series:
        """The id of each stretch in the layer ``roads``: u-v-key."""
        edges = self.edges if rows is None else self.edges.iloc[np.asarray(rows)]
        parts = (edges[name].astype("str") for name in ("u", "v", "key"))
        first, second, third = parts
        return first + "-" + second + "-" + third

    @cached_property
    def edge_component(self) -> IntArray:
        """Per stretch: the part of the network that it belongs to; 0 is the largest."""
        return self.component[self.edge_u]

    def parts(self) -> pd.DataFrame:
        """The connected parts, the largest first: ``component``, ``name``, ``nodes``, ``stretches``, ``length_m``.

        A part is named after the road that makes up most of it; where no road has a name or number, by its own.
        """
        stretches = pd.DataFrame(
            {
                "component": self.edge_component,
                "length_m": self.edge_length_m,
                "road": joined(self.column("name")).fillna(joined(self.column("ref"))),
            }
        )
        by_part = stretches.groupby("component")["length_m"]
        longest = stretches.groupby(["component", "road"])["length_m"].sum().reset_index()
        longest = longest.sort_values(["component", "length_m"], ascending=[True, False]).drop_duplicates(
            "component"
        )
        table = pd.DataFrame(
            {
                "nodes": pd.Series(self.component).value_counts().sort_index(),
                "stretches": by_part.size(),
                "length_m": by_part.sum(),
            }
        ).rename_axis("component")
        road = longest.set_index("component")["road"].reindex(table.index)
        own = pd.Series([f"part {number}" for number in table.index], index=table.index, dtype="str")
        table.insert(0, "name", road.fillna(own))
        return table.reset_index()

    @cached_property
    def forward_arc(self) -> IntArray:
        """Per stretch: its arc along the geometry."""
        return self._arc_of_edge(along=True)

    @cached_property
    def backward_arc(self) -> IntArray:
        """Per stretch: its arc against the geometry."""
        return self._arc_of_edge(along=False)

    def _arc_of_edge(self, *, along: bool) -> IntArray:
        arcs = np.flatnonzero(self.arc_forward == along).astype(np.int32)
        place = np.empty(len(self.edge_u), np.int32)
        place[self.arc_edge[arcs]] = arcs
        return place

    @property
    def line_points(self) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """All vertices of all stretches: ``line_ptr`` and ``line_xy``."""
        return self.line_ptr, self.line_xy

    @cached_property
    def line_tree(self) -> shapely.STRtree:
        """A search tree over the stretches in degrees, to ask which ones a shape touches."""
        return shapely.STRtree(
            shapely.from_ragged_array(shapely.GeometryType.LINESTRING, self.line_xy, (self.line_ptr,))
        )

    def rows_of(self, key: str) -> Mapping[str, list[int]]:
        """From an id (``osmid``, which for a schematic road is its ``road_id``, or ``edge_id``) to stretches."""
        kept: dict[str, dict[str, list[int]]] = self.__dict__.setdefault("_rows_of", {})
        name = "edge_id" if key == "edge_id" else "osmid"
        if name not in kept:
            rows: dict[str, list[int]] = {}
            for row, value in enumerate(self.edge_ids() if name == "edge_id" else self.edges["osmid"]):
                for text in id_texts(value):
                    rows.setdefault(text, []).append(row)
            kept[name] = rows
        return kept[name]

    def tag(self, key: str) -> rules.Tag:
        """A tag of all stretches as numbers and distinct texts; it is kept, since many queries ask for it."""
        kept: dict[str, rules.Tag] = self.__dict__.setdefault("_tags", {})
        if key not in kept:
            kept[key] = self.frames.tag(key)
        return kept[key]


class Frames(Protocol):
    """What can make the frames of a network when they are asked for."""

    def nodes(self) -> gpd.GeoDataFrame:
        """See `RoadNetwork.nodes`."""

    def edges(self) -> gpd.GeoDataFrame:
        """See `RoadNetwork.edges`."""

    def tag(self, key: str) -> rules.Tag:
        """A tag of all stretches; all missing where there is none of that name."""


@dataclass(frozen=True, eq=False)
class ReadyFrames:
    """Frames that are there already."""

    node_frame: gpd.GeoDataFrame
    edge_frame: gpd.GeoDataFrame

    def nodes(self) -> gpd.GeoDataFrame:
        """The nodes as given."""
        return self.node_frame

    def edges(self) -> gpd.GeoDataFrame:
        """The edges as given."""
        return self.edge_frame

    def tag(self, key: str) -> rules.Tag:
        """A column as numbers and distinct texts; a list counts as its first item."""
        if key not in self.edge_frame:
            return np.full(len(self.edge_frame), -1, np.int32), np.empty(0, object)
        return rules.encode(self.edge_frame[key])


def joined(column: pd.Series) -> pd.Series:
    """A column as text on a fresh index; lists are joined by ";".

    >>> joined(pd.Series([7, [1, 2], None], dtype=object)).tolist()
    ['7', '1;2', nan]
    """
    if isinstance(column.dtype, pd.StringDtype):
        return column.reset_index(drop=True)
    missing = column.isna().to_numpy()
    texts = [";".join(map(str, x)) if isinstance(x, list) else str(x) for x in column]
    return pd.Series(texts, dtype="str").mask(missing)


def assemble(
    nodes: gpd.GeoDataFrame,
    edges: gpd.GeoDataFrame,
    *,
    vehicle: BoolArray,
    foot: BoolArray,
    oneway: BoolArray | None = None,
    **about: Any,
) -> RoadNetwork:
    """Put arcs beside frames that are there already; the arguments are those of `from_arrays`."""
    xy, owner = shapely.get_coordinates(edges.geometry.to_numpy(), return_index=True)
    counts = np.bincount(owner, minlength=len(edges))
    return from_arrays(
        ReadyFrames(nodes, edges),
        node_ids=nodes.index.to_numpy(),
        node_xy=nodes[["x", "y"]].to_numpy(dtype=float),
        ends=(
            nodes.index.get_indexer(edges["u"]).astype(np.int32),
            nodes.index.get_indexer(edges["v"]).astype(np.int32),
        ),
        length_m=edges["length"].to_numpy(dtype=float),
        line=(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), xy),
        vehicle=vehicle,
        foot=foot,
        oneway=edges["oneway"].to_numpy(dtype=bool) if oneway is None else oneway,
        **about,
    )


def from_arrays(
    frames: Frames,
    *,
    node_ids: npt.NDArray[np.int64],
    node_xy: FloatArray,
    ends: tuple[IntArray, IntArray],
    length_m: FloatArray,
    line: tuple[npt.NDArray[np.int64], FloatArray],
    vehicle: BoolArray,
    foot: BoolArray,
    oneway: BoolArray,
    source: str,
    schematic: bool = False,
    counts: Mapping[str, int] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> RoadNetwork:
    """Put arcs beside stretches.

    Parameters
    ----------
    node_xy
        (nodes, 2) lon, lat.
    ends
        Per stretch: the positions of u and v.
    line
        ``line_ptr`` and ``line_xy``.
    vehicle, foot
        Per stretch: who may use it at all; ``oneway`` binds vehicles alone.
    """
    u, v = ends
    indptr, origin, target, stretch, forward = topology.arcs_by_node(u, v, len(node_ids))
    component = topology.components(u, v, len(node_ids))
    return RoadNetwork(
        frames=frames,
        node_ids=node_ids,
        node_lon=np.ascontiguousarray(node_xy[:, 0]),
        node_lat=np.ascontiguousarray(node_xy[:, 1]),
        edge_u=u,
        edge_v=v,
        edge_length_m=length_m,
        line_ptr=line[0],
        line_xy=line[1],
        indptr=indptr,
        arc_from=origin,
        arc_to=target,
        arc_edge=stretch,
        arc_forward=forward,
        arc_length_m=length_m[stretch],
        arc_vehicle=vehicle[stretch] & (forward | ~oneway[stretch]),
        arc_foot=foot[stretch],
        component=component,
        source=source,
        schematic=schematic,
        counts=MappingProxyType({**(counts or {}), "components": int(component.max(initial=-1)) + 1}),
        attributes=MappingProxyType(dict(attributes or {})),
    )
