"""A network to and from OSMnx's graphs and files.

A stretch is one row here and one or two edges there: an edge u → v, and where it may be driven both ways an edge
v → u with the geometry reversed. `to_networkx` and `from_networkx` are exact inverses: what a foreign graph says
in words of its own is kept as it is, and so is what its edge back says otherwise (OSMnx adds up lengths in another
order and lists the ways of a joined edge in another one).
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from idlibgeo.errors import CRSError, InputError
from idlibgeo.geo import WGS84, geodesic_length_m
from idlibgeo.osm.network_file import read_network, write_network
from idlibgeo.roads import rules
from idlibgeo.roads.network import RoadNetwork, assemble
from idlibgeo.roads.topology import parallel_keys

if TYPE_CHECKING:
    import networkx as nx

Attributes = dict[str, Any]
Arc = tuple[Hashable, Hashable, int, Attributes]

#: Columns that serve this package; a graph of OSMnx never has them.
#: stretch: the row, so that our own graphs come back in order. key_back: the key of the edge back, where it is
#: not the key of the edge there. drawn: whether the graph gave a geometry. back: what the edge back says otherwise.
OWN = ("stretch", "key_back", "drawn", "back")


def to_networkx(network: RoadNetwork) -> nx.MultiDiGraph:
    """See `RoadNetwork.to_networkx`."""
    import networkx as nx  # noqa: PLC0415 - 0.2 s, and only exchange needs it

    foreign = network.attributes.get("graph")
    about = (
        copy.deepcopy(dict(foreign))
        if foreign is not None
        else {"crs": "epsg:4326", "simplified": True, "idlibgeo": _facts(network)}
    )
    graph = nx.MultiDiGraph(**about)
    graph.add_nodes_from(zip(network.nodes.index.tolist(), _node_attributes(network), strict=True))
    graph.add_edges_from(_graph_edges(network, own=foreign is None))
    return graph


def _facts(network: RoadNetwork) -> Attributes:
    return {
        "source": network.source,
        "schematic": network.schematic,
        "counts": dict(network.counts),
        "nodes": {str(name): str(dtype) for name, dtype in network.nodes.dtypes.items()},
        "edges": {str(name): str(dtype) for name, dtype in network.edges.dtypes.items()},
    }


def _node_attributes(network: RoadNetwork) -> list[Attributes]:
    absent = {*network.attributes.get("absent_nodes", ()), "geometry"}
    return _records(network.nodes.drop(columns=absent & set(network.nodes.columns)))


def _records(frame: pd.DataFrame) -> list[Attributes]:
    """A dict a row of what is known in it, in Python's own types."""
    columns = {str(name): _python_values(frame[name]) for name in frame.columns}
    names = list(columns)
    rows = zip(*columns.values(), strict=True) if names else ([] for _ in range(len(frame)))
    return [{n: x for n, x in zip(names, row, strict=True) if x is not None} for row in rows]


def _python_values(column: pd.Series) -> list[Any]:
    values = column.astype(object).to_numpy()
    missing = column.isna().to_numpy()
    if column.dtype.kind in "iufb":
        return (
            column.tolist()
            if not missing.any()
            else [None if m else x for x, m in zip(column.tolist(), missing, strict=True)]
        )
    return [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]


def _graph_edges(network: RoadNetwork, *, own: bool) -> Iterable[Arc]:
    edges = network.edges
    hidden = {"u", "v", "key", "geometry", *OWN, *network.attributes.get("absent_edges", ())}
    rows = _records(pd.DataFrame(edges).drop(columns=hidden & set(edges.columns)))
    back_keys = key_back(edges)
    drawn = edges["drawn"].to_numpy() if "drawn" in edges else np.ones(len(edges), bool)
    otherwise = edges["back"].tolist() if "back" in edges else [None] * len(edges)
    lines = edges.geometry.to_numpy()
    turned = shapely.reverse(lines)
    ends = zip(
        edges["u"].tolist(), edges["v"].tolist(), edges["key"].tolist(), back_keys.tolist(), strict=True
    )
    for row, (u, v, key, back) in enumerate(ends):
        there = rows[row] | ({"stretch": row} if own else {})
        yield u, v, key, there | ({"geometry": lines[row]} if drawn[row] else {})
        if back >= 0:
            opposite = {"reversed": not there["reversed"]} if own else otherwise[row] or {}
            yield v, u, back, there | opposite | ({"geometry": turned[row]} if drawn[row] else {})


def key_back(edges: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The key of the edge back of each stretch; −1 where it is one-way.

    A loop that may be driven both ways is twice (u, u): its edge back has the next key.
    """
    if "key_back" in edges:
        return edges["key_back"].fillna(-1).to_numpy(dtype=np.int64)
    loop = edges["u"].to_numpy() == edges["v"].to_numpy()
    return np.where(edges["oneway"].to_numpy(dtype=bool), -1, edges["key"].to_numpy() + loop).astype(np.int64)


def from_networkx(graph: nx.MultiDiGraph, *, source: str = "networkx") -> RoadNetwork:
    """Take an OSMnx graph in lon, lat.

    Raises
    ------
    CRSError
        If the graph has no CRS or is projected.
    InputError
        If it is not a MultiDiGraph with ``x`` and ``y`` at each node, or has no edges.
    """
    _check_graph(graph)
    nodes, absent_nodes = _nodes_of(graph)
    facts = graph.graph.get("idlibgeo")
    rows, backs = _pair(graph)
    edges, absent_edges = _edges_of(nodes, rows, backs, own=facts is not None)
    if facts is not None:
        return _own(nodes, edges, facts)
    vehicle, foot = _permissions(edges)
    return assemble(
        nodes,
        edges,
        # The graph's attribute oneway stays as it is; what decides is whether there is an edge back.
        oneway=edges["key_back"].isna().to_numpy(),
        vehicle=vehicle,
        foot=foot,
        source=source,
        attributes={
            "graph": copy.deepcopy(dict(graph.graph)),
            "absent_nodes": absent_nodes,
            "absent_edges": absent_edges,
        },
        counts={"edges_read": graph.number_of_edges(), "stretches": len(edges)},
    )


def _own(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, facts: Mapping[str, Any]) -> RoadNetwork:
    """A network of ours that has been abroad, with its columns and types as they were."""
    return assemble(
        _restored(nodes, facts["nodes"]),
        _restored(edges, facts["edges"]),
        vehicle=edges["for_vehicle"].to_numpy(dtype=bool),
        foot=edges["for_foot"].to_numpy(dtype=bool),
        source=facts["source"],
        schematic=facts["schematic"],
        counts=facts["counts"],
    )


def _restored(frame: gpd.GeoDataFrame, kinds: Mapping[str, str]) -> gpd.GeoDataFrame:
    """These columns in this order and of these types; a column that nobody filled comes back empty."""
    columns = {
        name: frame.geometry if name == "geometry" else _typed(frame.get(name), kind, len(frame))
        for name, kind in kinds.items()
    }
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=frame.index), geometry="geometry", crs=WGS84)


def _typed(column: pd.Series | None, kind: str, size: int) -> Any:
    values = np.full(size, None, dtype=object) if column is None else column.array
    return pd.array(values, dtype=kind) if kind in {"str", "Int64"} else np.asarray(values, dtype=kind)


def _check_graph(graph: nx.MultiDiGraph) -> None:
    if not (graph.is_multigraph() and graph.is_directed()):
        raise InputError(
            f"from_networkx: given a {type(graph).__name__}, expected a MultiDiGraph as OSMnx makes it. No network"
            " was built. Convert it with networkx.MultiDiGraph(G)."
        )
    if not graph.number_of_edges():
        raise InputError("from_networkx: given a graph without edges, expected roads. No network was built.")
    crs = graph.graph.get("crs")
    if crs is None or not CRS.from_user_input(crs).is_geographic:
        raise CRSError(
            f"from_networkx: given a graph in {crs}, expected lon/lat in {WGS84}. No network was built, since metres"
            " taken for degrees would go unnoticed. Use osmnx.project_graph(G, to_latlong=True)."
        )
    if any("x" not in data or "y" not in data for _, data in graph.nodes(data=True)):
        raise InputError("from_networkx: given nodes without x and y, expected both. No network was built.")


def _column(values: list[Any]) -> Any:
    """A column of one type where the values have one; else as they are."""
    kinds = {type(value) for value in values}
    if kinds <= {str, type(None)}:
        return pd.array(values, dtype="str")
    if len(kinds) == 1 and kinds <= {int, float, bool}:
        return np.array(values)
    return pd.array(np.array([*values, None], dtype=object)[:-1], dtype=object)


def _table(records: list[Attributes]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for record in records for name in record))
    return {name: _column([record.get(name) for record in records]) for name in names}


def _nodes_of(graph: nx.MultiDiGraph) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    records = [dict(data) for _, data in graph.nodes(data=True)]
    table = _table(records)
    x, y = (np.array([float(record[axis]) for record in records]) for axis in "xy")
    index = pd.Index(list(graph.nodes), name="osmid")
    return gpd.GeoDataFrame(table, index=index, geometry=shapely.points(x, y), crs=WGS84), ()


def _pair(graph: nx.MultiDiGraph) -> tuple[list[Arc], list[Arc | None]]:
    """One arc a stretch, and its edge back: None where it has none."""
    arcs: list[Arc] = [(u, v, key, data) for u, v, key, data in graph.edges(keys=True, data=True)]
    if all("stretch" in data for _, _, _, data in arcs):
        arcs.sort(key=lambda arc: (arc[3]["stretch"], bool(arc[3].get("reversed"))))
    waiting: dict[Hashable, list[int]] = {}
    rows: list[Arc] = []
    backs: list[Arc | None] = []
    for arc in arcs:
        u, v, _, _ = arc
        partner = next((row for row in waiting.get((v, u), []) if _same_road(arc[3], rows[row][3])), None)
        if partner is None:
            waiting.setdefault((u, v), []).append(len(rows))
            rows.append(arc)
            backs.append(None)
        else:
            waiting[v, u].remove(partner)
            backs[partner] = arc
    return rows, backs


def _same_road(data: Attributes, other: Attributes) -> bool:
    """Whether two edges in opposite directions are one road: the same line, or the same ways if none is drawn."""
    if data.keys() != other.keys() or data.get("oneway") is True or other.get("oneway") is True:
        return False
    if "stretch" in data:
        return bool(data["stretch"] == other["stretch"])
    if abs(data.get("length", 0.0) - other.get("length", 0.0)) > 1e-6:
        return False
    if "geometry" in data:
        return list(data["geometry"].coords) == list(other["geometry"].coords)[::-1]
    return _as_set(data.get("osmid")) == _as_set(other.get("osmid"))


def _as_set(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list) else {value}


def _otherwise(row: Arc, back: Arc | None) -> Attributes | None:
    """What the edge back says otherwise than the edge there."""
    if back is None:
        return None
    there = row[3]
    return {name: value for name, value in back[3].items() if name != "geometry" and value != there[name]}


def _edges_of(
    nodes: gpd.GeoDataFrame, rows: list[Arc], backs: list[Arc | None], *, own: bool
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    table = _table(
        [{n: x for n, x in data.items() if n not in {"geometry", "stretch"}} for _, _, _, data in rows]
    )
    drawn = np.array(["geometry" in data for _, _, _, data in rows])
    u, v = ([arc[end] for arc in rows] for end in (0, 1))
    xy = nodes[["x", "y"]].astype(float)
    straight = np.stack([xy.loc[u].to_numpy(), xy.loc[v].to_numpy()], axis=1)
    lines = shapely.linestrings(straight)
    lines[drawn] = [data["geometry"] for _, _, _, data in rows if "geometry" in data]
    absent = []
    for name, value in (("oneway", np.array([back is None for back in backs])), ("length", None)):
        if name not in table:
            absent.append(name)
            table[name] = geodesic_length_m(lines) if value is None else value
    table = {"u": u, "v": v, "key": [arc[2] for arc in rows], **table}
    if not own:
        said = np.array([*map(_otherwise, rows, backs), None], dtype=object)[:-1]
        keys = [None if back is None else back[2] for back in backs]
        table |= {
            "key_back": pd.array(keys, dtype="Int64"),
            "drawn": drawn,
            "back": pd.Series(said, dtype=object),
        }
    return gpd.GeoDataFrame(table, geometry=lines, crs=WGS84), tuple(absent)


def _permissions(edges: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """Who may use each stretch, by its tags; everyone where the graph says nothing about classes."""
    everyone = np.ones(len(edges), bool)
    if "highway" not in edges:
        return everyone, everyone
    keys = ("highway", "access", "vehicle", "motor_vehicle", "foot")
    return rules.permissions({key: rules.encode(edges[key]) for key in keys if key in edges})


def write(network: RoadNetwork, path: str | Path) -> Path:
    """See `RoadNetwork.write`.

    Lists (``osmid`` of joined ways) are written as text with ";" between. The words of a foreign graph that
    only its own edges back need are left out: a file holds the network.
    """
    edges = network.edges.assign(
        for_vehicle=_any_arc(network, "arc_vehicle"), for_foot=_any_arc(network, "arc_foot")
    )
    if "graph" in network.attributes:
        oneway = edges["key_back"].isna().to_numpy()
        keys = parallel_keys(network.edge_u, network.edge_v, twoway=~oneway)
        edges = edges.drop(columns=[*OWN[1:]]).assign(oneway=oneway, key=keys)
    facts = _facts(network) | {"edges": {str(name): str(dtype) for name, dtype in edges.dtypes.items()}}
    nodes = network.nodes.reset_index().assign(component=network.component)
    return write_network(path, {"nodes": _plain(nodes), "edges": _plain(edges)}, facts)


def _any_arc(network: RoadNetwork, name: str) -> Any:
    arcs = getattr(network, name)
    return arcs[network.forward_arc] | arcs[network.backward_arc]


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns that any GIS can open: texts instead of lists and mixed types."""
    mixed = [name for name, dtype in frame.dtypes.items() if dtype.kind == "O" and name != "geometry"]
    return frame.assign(
        **{
            name: pd.array(
                [
                    None
                    if not isinstance(x, list) and pd.isna(x)
                    else ";".join(map(str, x))
                    if isinstance(x, list)
                    else str(x)
                    for x in frame[name]
                ],
                dtype="str",
            )
            for name in mixed
        }
    )


def read(path: str | Path) -> RoadNetwork:
    """See `RoadNetwork.read`. A GeoPackage that OSMnx wrote is taken too."""
    frames, facts = read_network(path)
    for layer, columns in (("nodes", ("osmid", "x", "y")), ("edges", ("u", "v", "key"))):
        missing = [column for column in columns if column not in frames[layer]]
        if missing:
            raise InputError(
                f"{path}: given a layer {layer} without {missing}, expected a network. Nothing was read. Write it"
                " with `idlibgeo network` or osmnx.save_graph_geopackage."
            )
    if not facts:
        return _read_osmnx(frames, str(path))
    mixed = {
        name: _lists(frames["edges"][name], numbers=name == "osmid")
        for name, kind in facts["edges"].items()
        if kind == "object"
    }
    return _own(frames["nodes"].set_index("osmid"), frames["edges"].assign(**mixed), facts)


def _lists(column: pd.Series, *, numbers: bool) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Texts with ";" between as lists; whole numbers as such where the column had numbers."""

    def item(text: str) -> Any:
        return int(text) if numbers and text.lstrip("-").isdigit() else text

    out = np.empty(len(column), dtype=object)
    for row, text in enumerate(column):
        if not isinstance(text, str):
            out[row] = None
        else:
            parts = [item(part) for part in text.split(";")]
            out[row] = parts if len(parts) > 1 else parts[0]
    return out


def _read_osmnx(frames: Mapping[str, gpd.GeoDataFrame], source: str) -> RoadNetwork:
    """A GeoPackage of osmnx.save_graph_geopackage: an edge a direction."""
    import networkx as nx  # noqa: PLC0415 - 0.2 s, and only exchange needs it

    nodes, edges = frames["nodes"], frames["edges"]
    graph = nx.MultiDiGraph(crs=str(nodes.crs))
    graph.add_nodes_from(
        zip(
            nodes["osmid"].tolist(),
            _records(pd.DataFrame(nodes).drop(columns=["osmid", "geometry"])),
            strict=True,
        )
    )
    data = _records(pd.DataFrame(edges).drop(columns=["u", "v", "key", "geometry"]))
    lines = edges.geometry.to_numpy()
    for u, v, key, row, line in zip(
        edges["u"].tolist(), edges["v"].tolist(), edges["key"].tolist(), data, lines, strict=True
    ):
        graph.add_edge(u, v, key=key, **row, geometry=line)
    return from_networkx(graph, source=Path(source).name)
