"""Routes, matrices, alternatives and new weights: this package against its peers, in one run on one core.

    python benchmarks/bench_routes.py [--shared FOLDER] [--side 500]

FOLDER holds the real OSM extracts (else the environment variable IDLIBGEO_SHARED); without it only the matrix on
a synthetic grid is run. Peers that take minutes run on a share of the pairs and are scaled up, which is said; of peers
that are not installed (igraph, networkit and pandana are no dependencies; ``pip install`` brings them) a line says so.
Compiled code is called once before the clock runs. Times are medians, in seconds of CPU over all threads, which
another program on the same core does not lengthen; × is how many times that of the first line.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from idlibgeo.geo import geodesic_length_m
from idlibgeo.osm import read_osm
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.roads.network import assemble
from idlibgeo.routes import alternative_routes, od_matrix, prepare, shortest_path

MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
DRIVEN = (*MAIN, *(f"{name}_link" for name in MAIN), "unclassified", "residential", "living_street")


def seconds(run: Callable[[], Any], *, repeat: int = 3) -> tuple[float, Any]:
    """The median time of a call, and what it gives."""
    took, result = [], None
    for _ in range(repeat):
        start = time.process_time()
        result = run()
        took.append(time.process_time() - start)
    return float(np.median(took)), result


def line(name: str, took: float, ours: float, note: str = "") -> None:
    print(f"  {name:52} {took:9.4f} s   {took / ours:8.1f} ×   {note}")


def straight_roads(
    x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, oneway: np.ndarray
) -> RoadNetwork:
    """A network of straight roads between numbered spots."""
    lines = shapely.linestrings(np.stack([np.c_[x[u], y[u]], np.c_[x[v], y[v]]], axis=1))
    nodes = gpd.GeoDataFrame(
        {"x": x, "y": y},
        geometry=gpd.points_from_xy(x, y),
        index=pd.RangeIndex(len(x), name="osmid"),
        crs=4326,
    )
    edges = gpd.GeoDataFrame(
        {"u": u, "v": v, "key": 0, "osmid": np.arange(len(u)), "oneway": oneway, "length": geodesic_length_m(lines)},
        geometry=lines, crs=4326,
    )  # fmt: skip
    allowed = np.ones(len(u), dtype=bool)
    return assemble(nodes, edges, vehicle=allowed, foot=allowed, source="benchmark")


def grid(side: int) -> tuple[RoadNetwork, Weights]:
    """A jittered grid with speeds at random: side² junctions, about four directed edges each."""
    rng = np.random.default_rng(7)
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    x = 36 + (column.ravel() + rng.uniform(-0.3, 0.3, side * side)) * 0.002
    y = 35 + (row.ravel() + rng.uniform(-0.3, 0.3, side * side)) * 0.002
    number = np.arange(side * side).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    network = straight_roads(x, y, u, v, np.zeros(len(u), dtype=bool))
    cost = network.arc_length_m / rng.uniform(5, 30, len(u))[network.arc_edge]
    return network, Weights(cost * 0.8, cost, cost * 1.5, mode="vehicle")


def unsimplified(network: RoadNetwork) -> tuple[RoadNetwork, Weights]:
    """Its public roads for cars with a node at every vertex, as OSMnx's "drive" has them before simplification."""
    weights = network.weights()
    public = network.column("highway").isin(DRIVEN).to_numpy()
    arcs = np.flatnonzero(network.arc_forward & network.arc_vehicle & public[network.arc_edge])
    driven = network.arc_edge[arcs]
    ptr, xy = network.line_ptr, network.line_xy
    first = np.concatenate([np.arange(ptr[edge], ptr[edge + 1] - 1) for edge in driven])
    owner = np.repeat(driven, np.diff(ptr)[driven] - 1)
    spots, place = np.unique(np.concatenate([xy[first], xy[first + 1]]), axis=0, return_inverse=True)
    u, v = place[: len(first)], place[len(first) :]
    oneway = ~np.isfinite(weights.seconds_mid[network.backward_arc[owner]])
    fine = straight_roads(*spots.T, u, v, oneway)
    pace = weights.seconds_mid[network.forward_arc] / network.edge_length_m
    cost = np.where(fine.arc_vehicle, fine.arc_length_m * pace[owner][fine.arc_edge], np.inf)
    return fine, Weights(cost * 0.8, cost, cost * 1.5, mode="vehicle")


def at_nodes(network: RoadNetwork, nodes: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(network.node_lon[nodes], network.node_lat[nodes]), crs=4326
    )


def digraph(network: RoadNetwork, cost: np.ndarray) -> nx.DiGraph:
    graph = nx.DiGraph()
    for tail, head, weight in zip(
        network.arc_from.tolist(), network.arc_to.tolist(), cost.tolist(), strict=True
    ):
        if weight < graph.get_edge_data(tail, head, {"weight": np.inf})["weight"]:
            graph.add_edge(tail, head, weight=weight)
    return graph


def peer(name: str) -> Any:
    """The module of a peer, or None and a line that says so."""
    if importlib.util.find_spec(name):
        return importlib.import_module(name)
    print(f"  {name:52} not installed")
    return None


def off(found: np.ndarray, truth: np.ndarray) -> str:
    """The largest relative difference, where there is a way of some length."""
    some = np.isfinite(truth) & (truth > 0)
    return f"costs off by {np.abs(np.asarray(found)[some] / truth[some] - 1).max():.0e}"


def bench_routes(shared: Path) -> None:
    extract = RoadNetwork.from_osm(read_osm(shared / "osm" / "heidelberg.osm.pbf"))
    network, weights = unsimplified(extract)
    graph = digraph(network, weights.seconds_mid)
    inside = np.array(sorted(max(nx.strongly_connected_components(graph), key=len)))
    pairs = np.random.default_rng(3).choice(inside, (1000, 2))
    starts, ends = (at_nodes(network, side) for side in pairs.T)
    used = int(np.isfinite(weights.seconds_mid).sum())
    print(
        f"1,000 routes with geometry, Heidelberg unsimplified: {len(network.node_ids):,} nodes, {used:,} edges"
    )
    shortest_path(network, starts[:3], ends[:3], weights=weights)
    plain, routes = seconds(lambda: shortest_path(network, starts, ends, weights=weights))
    truth = routes["travel_time_s_mid"].to_numpy()
    line("idlibgeo, plain search", plain, plain)
    bench_hierarchy(network, weights, starts, ends, truth, plain)
    for run in (by_networkx, by_scipy, by_osmnx, by_igraph, by_networkit, by_pandana):
        run(network, weights, graph, pairs, truth, plain)
    bench_weights(extract)


def bench_hierarchy(
    network: RoadNetwork, weights: Weights, starts: gpd.GeoDataFrame, ends: gpd.GeoDataFrame,
    truth: np.ndarray, plain: float,
) -> None:  # fmt: skip
    if not peer("routingkit_cch"):
        return
    # A first one on a small grid compiles.
    small, small_weights = grid(5)
    prepare(small).customize(small_weights)
    took, hierarchy = seconds(lambda: prepare(network), repeat=1)
    line("idlibgeo, preparing the hierarchy (once a network)", took, plain)
    took, _ = seconds(lambda: prepare(network, order=hierarchy.order))
    line("idlibgeo, the same with its order kept", took, plain)
    took, engine = seconds(lambda: hierarchy.customize(weights))
    line("idlibgeo, other weights", took, plain)
    shortest_path(network, starts[:3], ends[:3], engine=engine)
    took, fast = seconds(lambda: shortest_path(network, starts, ends, engine=engine))
    line("idlibgeo, with the hierarchy", took, plain, off(fast["travel_time_s_mid"], truth))


def bench_weights(network: RoadNetwork) -> None:
    """A closure on a day: weights, and a hierarchy that takes them on; against making the graph anew."""
    import osmnx as ox

    closures = gpd.GeoDataFrame(
        {"date_from": ["2020-01-01"], "date_to": ["2020-01-31"]},
        geometry=[shapely.box(8.67, 49.40, 8.68, 49.41)],
        crs=4326,
    )
    print(f"other weights (a closure by its date), Heidelberg: {len(network.arc_to):,} directed edges")
    question = {"closures": closures, "date": "2020-01-07"}
    weights = network.weights(**question)
    ours, _ = seconds(lambda: network.weights(**question), repeat=7)
    line("idlibgeo, weights: all that the plain search needs", ours, ours)
    took, _ = seconds(lambda: network.weights(mode="foot"), repeat=7)
    line("idlibgeo, another mode", took, ours)
    if peer("routingkit_cch"):
        hierarchy = prepare(network)
        took, _ = seconds(lambda: hierarchy.customize(weights), repeat=7)
        line("idlibgeo, and the hierarchy takes them on", took, ours)
    graph = network.to_networkx()

    def anew() -> nx.MultiDiGraph:
        fresh = ox.routing.add_edge_travel_times(ox.routing.add_edge_speeds(graph.copy(), fallback=30))
        rows = ox.convert.graph_to_gdfs(fresh, nodes=False)
        fresh.remove_edges_from(rows.index[rows.intersects(closures.geometry.iloc[0])])
        return fresh

    took, _ = seconds(anew, repeat=1)
    line("OSMnx, a fresh graph", took, ours)


def by_networkx(
    _network: RoadNetwork,
    _weights: Weights,
    graph: nx.DiGraph,
    pairs: np.ndarray,
    truth: np.ndarray,
    ours: float,
) -> None:
    # All of them, though it takes a minute: its costs are the truth that ours are held against.
    took, found = seconds(lambda: [nx.dijkstra_path_length(graph, a, b) for a, b in pairs.tolist()], repeat=1)
    line("networkx, costs alone", took, ours, off(np.array(found), truth))


def by_osmnx(
    network: RoadNetwork,
    _weights: Weights,
    graph: nx.DiGraph,
    pairs: np.ndarray,
    _truth: np.ndarray,
    ours: float,
) -> None:
    import osmnx as ox

    multi = nx.MultiDiGraph(graph, crs="epsg:4326")
    place = dict(enumerate(zip(network.node_lon.tolist(), network.node_lat.tolist(), strict=True)))
    nx.set_node_attributes(multi, {node: {"x": x, "y": y} for node, (x, y) in place.items()})
    nx.set_edge_attributes(multi, 1.0, "length")

    def run() -> list[Any]:
        ways = ox.routing.shortest_path(
            multi, pairs[:20, 0].tolist(), pairs[:20, 1].tolist(), weight="weight", cpus=1
        )
        return [shapely.LineString([place[node] for node in way]) for way in ways if len(way) > 1]

    took, _ = seconds(run, repeat=1)
    line("OSMnx, with geometry (from 20)", took * len(pairs) / 20, ours)


def by_scipy(
    network: RoadNetwork,
    _weights: Weights,
    graph: nx.DiGraph,
    pairs: np.ndarray,
    truth: np.ndarray,
    ours: float,
) -> None:
    ends, cost = edges_of(graph)
    # Made from the graph, since scipy would add up roads that are parallel.
    matrix = csr_array((cost, np.array(ends).T), shape=(len(network.node_ids),) * 2)
    took, found = seconds(
        lambda: [dijkstra(matrix, indices=a, return_predecessors=True)[0][b] for a, b in pairs], repeat=1
    )
    line("scipy, a search a pair", took, ours, off(np.array(found), truth))


def by_igraph(
    network: RoadNetwork,
    _weights: Weights,
    graph: nx.DiGraph,
    pairs: np.ndarray,
    truth: np.ndarray,
    ours: float,
) -> None:
    if igraph := peer("igraph"):
        ends, cost = edges_of(graph)
        there = igraph.Graph(n=len(network.node_ids), edges=ends, directed=True)
        some = pairs[:200].tolist()

        def run() -> list[float]:
            ways = [there.get_shortest_paths(a, to=b, weights=cost, output="epath")[0] for a, b in some]
            return [sum(cost[edge] for edge in way) for way in ways]

        took, found = seconds(run, repeat=1)
        line(
            "igraph, nodes alone (from 200)", took * len(pairs) / 200, ours, off(np.array(found), truth[:200])
        )


def by_networkit(
    network: RoadNetwork,
    _weights: Weights,
    graph: nx.DiGraph,
    pairs: np.ndarray,
    truth: np.ndarray,
    ours: float,
) -> None:
    if networkit := peer("networkit"):
        there = networkit_graph(networkit, len(network.node_ids), *edges_of(graph))

        def run() -> list[float]:
            found = []
            for start, end in pairs[:200].tolist():
                search = networkit.distance.Dijkstra(there, start, True, False, end)
                search.run()
                search.getPath(end)
                found.append(search.distance(end))
            return found

        took, found = seconds(run, repeat=1)
        line(
            "networkit, nodes alone (from 200)",
            took * len(pairs) / 200,
            ours,
            off(np.array(found), truth[:200]),
        )


def by_pandana(
    network: RoadNetwork,
    _weights: Weights,
    graph: nx.DiGraph,
    pairs: np.ndarray,
    truth: np.ndarray,
    ours: float,
) -> None:
    if pandana := peer("pandana"):
        ends, cost = edges_of(graph)
        took, there = seconds(lambda: pandana_network(pandana, network, np.array(ends), cost), repeat=1)
        line("pandana, preparing (again for each change of weights)", took, ours)
        took, _ = seconds(lambda: there.shortest_paths(*pairs.T, imp_name="cost"))
        note = off(np.array(there.shortest_path_lengths(*pairs.T, imp_name="cost")), truth)
        line("pandana, nodes alone", took, ours, note)


def edges_of(graph: nx.DiGraph) -> tuple[list[tuple[int, int]], list[float]]:
    """Ends and costs of the edges."""
    rows = [(tail, head, cost) for tail, head, cost in graph.edges(data="weight")]
    return [(tail, head) for tail, head, _ in rows], [cost for _, _, cost in rows]


def networkit_graph(networkit: Any, size: int, ends: list[tuple[int, int]], cost: list[float]) -> Any:
    graph = networkit.Graph(size, weighted=True, directed=True)
    for (tail, head), value in zip(ends, cost, strict=True):
        graph.addEdge(tail, head, value)
    networkit.setNumberOfThreads(1)
    return graph


def pandana_network(pandana: Any, network: RoadNetwork, ends: np.ndarray, cost: list[float]) -> Any:
    with silence():
        made = pandana.Network(
        pd.Series(network.node_lon), pd.Series(network.node_lat), pd.Series(ends[:, 0]), pd.Series(ends[:, 1]),
        pd.DataFrame({"cost": cost}), twoway=False,
    )  # fmt: skip
        made.precompute(1)
    return made


@contextmanager
def silence() -> Iterator[None]:
    """Keep what compiled code prints out of the table."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def bench_matrix(side: int) -> None:
    network, weights = grid(side)
    rng = np.random.default_rng(4)
    starts, ends = rng.integers(0, side * side, 50), rng.integers(0, side * side, 200)
    a, b = at_nodes(network, starts), at_nodes(network, ends)
    print(f"50 × 200 matrix, grid of {len(network.arc_to):,} edges")
    od_matrix(network, a[:1], b[:1], weights=weights)
    ours, found = seconds(lambda: od_matrix(network, a, b, weights=weights))
    truth = found["time_s_mid"].to_numpy().reshape(50, 200)
    line("idlibgeo, unprepared: times low, mid, high, lengths", ours, ours)
    if peer("routingkit_cch"):
        took, hierarchy = seconds(lambda: prepare(network), repeat=1)
        line("idlibgeo, preparing the hierarchy (once a network)", took, ours)
        took, _ = seconds(lambda: prepare(network, order=hierarchy.order), repeat=1)
        line("idlibgeo, the same with its order kept", took, ours)
        hierarchy.customize(weights)
        took, engine = seconds(lambda: hierarchy.customize(weights), repeat=1)
        line("idlibgeo, other weights", took, ours)
        od_matrix(network, a[:1], b[:1], engine=engine)
        took, fast = seconds(lambda: od_matrix(network, a, b, engine=engine))
        line("idlibgeo, prepared: the same answers", took, ours, off(fast["time_s_mid"], truth.ravel()))
    matrix = csr_array((weights.seconds_mid, network.arc_to, network.indptr), shape=(side * side,) * 2)
    took, expected = seconds(lambda: dijkstra(matrix, indices=starts)[:, ends])
    line("scipy: one time", took, ours, off(truth, expected))
    pairs = np.column_stack([network.arc_from, network.arc_to])
    cost = weights.seconds_mid.tolist()
    if networkit := peer("networkit"):
        there = networkit_graph(networkit, side * side, pairs.tolist(), cost)
        took, other = seconds(lambda: networkit_matrix(networkit, there, starts, ends), repeat=1)
        line("networkit: one time", took, ours, off(other, truth))
    if pandana := peer("pandana"):
        took, there = seconds(lambda: pandana_network(pandana, network, pairs, cost), repeat=1)
        line("pandana, preparing (again for each change of weights)", took, ours)
        froms, tos = np.repeat(starts, 200), np.tile(ends, 50)
        took, other = seconds(lambda: there.shortest_path_lengths(froms, tos, imp_name="cost"))
        line("pandana: one time", took, ours, off(np.array(other), truth.ravel()))


def networkit_matrix(networkit: Any, graph: Any, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    search = networkit.distance.SPSP(graph, starts.tolist())
    search.run()
    return np.array(search.getDistances())[:, ends]


def bench_alternatives(shared: Path) -> None:
    import osmnx as ox

    network = RoadNetwork.from_osm(read_osm(shared / "osm" / "andorra.osm.pbf"))
    weights = network.weights()
    strong = max(nx.strongly_connected_components(digraph(network, weights.seconds_mid)), key=len)
    pairs = np.random.default_rng(5).choice(sorted(strong), (100, 2))
    print(f"three alternatives a pair, Andorra: {len(network.node_ids):,} nodes")
    run = [(at_nodes(network, a[None]), at_nodes(network, b[None])) for a, b in pairs]
    alternative_routes(network, *run[0], weights=weights)
    ours, found = seconds(lambda: [alternative_routes(network, a, b, weights=weights) for a, b in run])
    several = np.mean([len(routes) > 1 for routes in found])
    worst = max(routes["overlap"].max() for routes in found)
    line(
        "idlibgeo, a pair",
        ours / 100,
        ours / 100,
        f"overlap at most {worst:.2f}; {several:.0%} have an alternative",
    )
    graph = network.to_networkx()
    for _, _, data in graph.edges(data=True):
        data["seconds"] = data["length"]
    names = network.node_ids[pairs[:10]].tolist()
    took, _ = seconds(
        lambda: [list(ox.routing.k_shortest_paths(graph, a, b, 3, weight="seconds")) for a, b in names],
        repeat=1,
    )
    line("OSMnx k_shortest_paths (Yen), a pair (from 10)", took / 10, ours / 100)


def main() -> None:
    """Print one row per method: seconds, and how many times ours."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", default=os.environ.get("IDLIBGEO_SHARED"))
    options.add_argument("--side", type=int, default=500, help="junctions along a side of the grid")
    given = options.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    bench_matrix(given.side)
    if given.shared:
        bench_routes(Path(given.shared))
        bench_alternatives(Path(given.shared))
    else:
        print("IDLIBGEO_SHARED is not set: routes and alternatives on real roads are left out.")


if __name__ == "__main__":
    main()
