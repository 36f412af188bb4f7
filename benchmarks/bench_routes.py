"""Routes, matrices, alternatives and new weights: this package against its peers, in one run on one core.

    python benchmarks/bench_routes.py [--shared FOLDER] [--side 500]

FOLDER holds the real OSM extracts (else the environment variable IDLIBGEO_SHARED); without it only the matrix on
a synthetic grid is run. Peers that take minutes run on a share of the pairs and are scaled up, which is said; peers
that are not installed are left out. Compiled code is called once before the clock runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
import warnings
from collections.abc import Callable
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
        start = time.perf_counter()
        result = run()
        took.append(time.perf_counter() - start)
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


def bench_routes(shared: Path) -> None:
    network, weights = unsimplified(RoadNetwork.from_osm(read_osm(shared / "osm" / "heidelberg.osm.pbf")))
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
    took, expected = seconds(
        lambda: [nx.dijkstra_path_length(graph, a, b) for a, b in pairs[:50].tolist()], repeat=1
    )
    worst = np.abs(routes["travel_time_s_mid"][:50] / expected - 1).max()
    line("idlibgeo, plain search", plain, plain, f"costs off networkx by {worst:.0e}")
    if importlib.util.find_spec("routingkit_cch"):
        bench_hierarchy(network, weights, starts, ends, routes, plain)
    line("networkx, costs alone (from 50)", took * 20, plain)
    line(
        "scipy, one search a pair, costs and predecessors (from 50)",
        scipy_pairs(network, weights, pairs[:50]) * 20,
        plain,
    )


def bench_hierarchy(
    network: RoadNetwork, weights: Weights, starts: gpd.GeoDataFrame, ends: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame, plain: float,
) -> None:  # fmt: skip
    took, hierarchy = seconds(lambda: prepare(network), repeat=1)
    line("idlibgeo, preparing the hierarchy (once a network)", took, plain)
    took, _ = seconds(lambda: prepare(network, order=hierarchy.order))
    line("idlibgeo, the same with its order kept", took, plain)
    took, engine = seconds(lambda: hierarchy.customize(weights))
    line("idlibgeo, other weights", took, plain)
    shortest_path(network, starts[:3], ends[:3], engine=engine)
    took, fast = seconds(lambda: shortest_path(network, starts, ends, engine=engine))
    worst = np.abs(fast["travel_time_s_mid"] / routes["travel_time_s_mid"] - 1).max()
    line("idlibgeo, with the hierarchy", took, plain, f"costs off the plain search by {worst:.0e}")


def scipy_pairs(network: RoadNetwork, weights: Weights, pairs: np.ndarray) -> float:
    finite = np.isfinite(weights.seconds_mid)
    matrix = csr_array(
        (weights.seconds_mid[finite], (network.arc_from[finite], network.arc_to[finite])),
        shape=(len(network.node_ids),) * 2,
    )
    took, _ = seconds(
        lambda: [dijkstra(matrix, indices=start, return_predecessors=True) for start in pairs[:, 0]], repeat=1
    )
    return took


def bench_matrix(side: int) -> None:
    network, weights = grid(side)
    rng = np.random.default_rng(4)
    starts, ends = rng.integers(0, side * side, 50), rng.integers(0, side * side, 200)
    a, b = at_nodes(network, starts), at_nodes(network, ends)
    print(f"50 × 200 matrix, grid of {len(network.arc_to):,} edges")
    od_matrix(network, a[:1], b[:1], weights=weights)
    ours, found = seconds(lambda: od_matrix(network, a, b, weights=weights))
    matrix = csr_array((weights.seconds_mid, network.arc_to, network.indptr), shape=(side * side,) * 2)
    took, expected = seconds(lambda: dijkstra(matrix, indices=starts)[:, ends])
    worst = np.abs(found["time_s_mid"].to_numpy().reshape(50, 200) / np.maximum(expected, 1e-9) - 1).max()
    line("idlibgeo: times low, mid, high, lengths", ours, ours, f"costs off scipy by {worst:.0e}")
    line("scipy: one time", took, ours)


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
    bench_matrix(given.side)
    if given.shared:
        bench_routes(Path(given.shared))
        bench_alternatives(Path(given.shared))
    else:
        print("IDLIBGEO_SHARED is not set: routes and alternatives on real roads are left out.")


if __name__ == "__main__":
    main()
