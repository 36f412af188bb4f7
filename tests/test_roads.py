"""The road network: topology, who may use it, weights, snapping, exchange."""

from __future__ import annotations

import datetime as dt
import gc
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pandas as pd
import pytest
import shapely
from affine import Affine
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from idlibgeo import schema, sources
from idlibgeo.errors import CRSError, FileError, InputError, UnknownNameError
from idlibgeo.geo import GEOD, Raster, geodesic_length_m
from idlibgeo.osm import read_osm
from idlibgeo.roads import RoadNetwork, closed_stretches, rules
from idlibgeo.roads.topology import line_lengths_m
from idlibgeo.roads.weights import tobler_kmh

Tags = dict[str, str]
Way = tuple[list[int], Tags]


def osm_file(path: Path, nodes: dict[int, tuple[float, float]], ways: list[Way], **barriers: Tags) -> Path:
    """An OSM file of hand-made nodes (id → lon, lat) and ways; ``n3={...}`` gives node 3 tags."""
    make = osmium.osm.mutable
    with osmium.SimpleWriter(path, overwrite=True) as writer:
        for node, place in nodes.items():
            writer.add_node(make.Node(id=node, location=place, tags=barriers.get(f"n{node}", {})))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(make.Way(id=number, nodes=refs, tags=tags))
    return path


#: A line of five nodes going east, 0.01 degrees apart on the equator (1,113.195 m), and one north of the third.
LINE = {i: (i / 100, 0.0) for i in range(1, 6)} | {9: (0.03, 0.01)}
ROAD = {"highway": "residential"}


@pytest.fixture
def network_of(tmp_path: Path) -> Any:
    def build(ways: list[Way], nodes: dict[int, tuple[float, float]] = LINE, **barriers: Tags) -> RoadNetwork:
        return RoadNetwork.from_osm(read_osm(osm_file(tmp_path / "own.osm.pbf", nodes, ways, **barriers)))

    return build


def arcs(network: RoadNetwork, usable: np.ndarray) -> set[tuple[int, int]]:
    """The (from, to) node ids of the arcs that can be used."""
    ids = network.node_ids
    return set(zip(ids[network.arc_from[usable]].tolist(), ids[network.arc_to[usable]].tolist(), strict=True))


# topology -----------------------------------------------------------------------------------------------------


def test_bends_are_no_junctions_and_the_line_keeps_them(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD)])
    assert network.node_ids.tolist() == [1, 5]
    assert network.edges.geometry.iloc[0].equals(shapely.LineString([LINE[i] for i in (1, 2, 3, 4, 5)]))
    assert network.edges["length"].iloc[0] == pytest.approx(4 * 1113.195, abs=0.01)


def test_ways_are_cut_where_another_one_meets_them(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD), ([3, 9], ROAD)])
    assert {frozenset(pair) for pair in network.edges[["u", "v"]].to_numpy().tolist()} == {
        frozenset(pair) for pair in ((1, 3), (3, 5), (3, 9))
    }


def test_ways_that_go_on_in_one_another_are_joined_and_say_so(network_of: Any) -> None:
    network = network_of([([1, 2, 3], ROAD | {"name": "First"}), ([5, 4, 3], ROAD | {"name": "Second"})])
    edge = network.edges.iloc[0]
    assert (edge["u"], edge["v"], edge["osmid"], edge["name"]) == (1, 5, [1, 2], "First;Second")
    assert network.counts["stretches_of_several_ways"] == 1


def test_a_stretch_has_one_class_and_one_surface(network_of: Any) -> None:
    network = network_of([([1, 2, 3], ROAD), ([3, 4, 5], ROAD | {"surface": "dirt"})])
    assert network.edges["surface"].fillna("").tolist() == ["", "dirt"]
    assert network.node_ids.tolist() == [1, 3, 5]


def test_no_road_leads_through_a_missing_node(network_of: Any) -> None:
    network = network_of([([1, 2, 77, 4, 5], ROAD)])
    assert network.edges[["u", "v"]].to_numpy().tolist() == [[1, 2], [4, 5]]
    assert network.counts["ways_cut_at_missing_nodes"] == 1
    assert network.counts["components"] == 2


def test_a_ring_without_junction_is_kept(network_of: Any) -> None:
    square = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.01, 0.01), 4: (0.0, 0.01)}
    network = network_of([([1, 2, 3], ROAD), ([3, 4, 1], ROAD)], square)
    assert len(network.edges) == 1
    assert network.edges["u"].iloc[0] == network.edges["v"].iloc[0]
    assert network.counts["rings_without_junction"] == 1
    assert network.edges["length"].iloc[0] == pytest.approx(4438, abs=1)


def test_parallel_roads_and_loops_have_keys_of_their_own(network_of: Any) -> None:
    nodes = {
        1: (0.0, 0.0),
        2: (0.02, 0.0),
        7: (0.03, 0.0),
        3: (0.01, 0.01),
        4: (0.01, -0.01),
        5: (-0.01, 0.01),
        6: (-0.01, -0.01),
    }
    network = network_of([([1, 3, 2], ROAD), ([2, 4, 1], ROAD), ([1, 5, 6, 1], ROAD), ([2, 7], ROAD)], nodes)
    graph = network.to_networkx()
    assert graph.number_of_edges() == 8
    assert len(graph.get_edge_data(1, 1)) == 2


def test_roads_on_the_same_nodes_are_both_kept(network_of: Any) -> None:
    network = network_of([([1, 2, 3], ROAD), ([1, 2, 3], ROAD)])
    assert network.edges["length"].sum() == pytest.approx(4 * 1113.195, abs=0.01)


def test_components_are_numbered_from_the_largest(network_of: Any) -> None:
    nodes = LINE | {20: (1.0, 1.0), 21: (1.1, 1.0)}
    network = network_of([([20, 21], ROAD), ([1, 2, 3, 4, 5], ROAD), ([3, 9], ROAD)], nodes)
    by_node = dict(zip(network.node_ids.tolist(), network.component.tolist(), strict=True))
    assert by_node == {1: 0, 3: 0, 5: 0, 9: 0, 20: 1, 21: 1}
    assert network.layer()["component"].tolist() == [1, 0, 0, 0]


def test_parts_are_named_after_their_longest_road(network_of: Any) -> None:
    nodes = LINE | {20: (1.0, 1.0), 21: (1.1, 1.0)}
    named = ROAD | {"name": "Long", "ref": "7"}
    parts = network_of(
        [([20, 21], ROAD), ([1, 2, 3, 4, 5], named), ([3, 9], ROAD | {"ref": "9"})], nodes
    ).parts()
    assert parts[["component", "name", "nodes", "stretches"]].to_numpy().tolist() == [
        [0, "Long", 4, 3],
        [1, "part 1", 2, 1],
    ]
    assert parts["length_m"].tolist() == pytest.approx([4 * 1113.195 + 1105.743, 11129], rel=1e-3)


def test_arcs_stand_in_the_order_of_the_nodes_that_they_leave(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD), ([3, 9], ROAD)])
    assert np.diff(network.indptr).tolist() == [1, 3, 1, 1]
    for node in range(4):
        assert (network.arc_from[network.indptr[node] : network.indptr[node + 1]] == node).all()
    assert network.arc_edge[network.forward_arc].tolist() == [0, 1, 2]
    assert network.arc_edge[network.backward_arc].tolist() == [0, 1, 2]


def test_what_was_read_kept_and_left_is_counted(network_of: Any) -> None:
    network = network_of(
        [([1, 2], ROAD), ([2, 3], {"highway": "proposed"}), ([3, 4], ROAD | {"area": "yes"}), ([5], ROAD)]
    )
    counts = network.counts
    assert (
        counts["ways_read"] == counts["ways_kept"] + counts["ways_left"] + counts["ways_left_under_two_nodes"]
    )
    assert (counts["ways_kept"], counts["ways_left_proposed"], counts["ways_left_area"]) == (1, 1, 1)


def test_a_file_without_roads_is_refused(network_of: Any) -> None:
    with pytest.raises(InputError, match=r"expected at least one that can be used.*filtered"):
        network_of([([1, 2], {"building": "yes"}), ([2, 3], {"highway": "proposed"})])


@pytest.mark.parametrize("ways", [[([1], ROAD)], [([1, 77, 78], ROAD)], [([2, 2], ROAD)]])
def test_a_file_whose_roads_have_no_two_nodes_is_refused(network_of: Any, ways: list[Way]) -> None:
    with pytest.raises(InputError, match="none has two nodes with a position in the file"):
        network_of(ways)


@st.composite
def street_plans(draw: Any) -> list[Way]:
    """Ways over a few nodes, with repetitions, loops, doubled roads and one-way roads."""
    refs = st.lists(st.integers(1, 8), min_size=2, max_size=6)
    kinds = st.sampled_from([{}, {"oneway": "yes"}, {"oneway": "-1"}])
    return [(draw(refs), ROAD | draw(kinds)) for _ in range(draw(st.integers(1, 6)))]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(street_plans())
def test_simplifying_keeps_the_length_and_every_cost(network_of: Any, plan: list[Way]) -> None:
    rng = np.random.default_rng(3)
    nodes = {i: tuple(rng.uniform(0, 0.05, 2).round(7).tolist()) for i in range(1, 9)}
    graph = nx.MultiDiGraph()
    total = 0.0
    for refs, tags in plan:
        steps = [(a, b) for a, b in pairwise(refs) if a != b]
        for a, b in steps:
            metres = GEOD.inv(*nodes[a], *nodes[b])[2]
            total += metres
            if tags.get("oneway") != "-1":
                graph.add_edge(a, b, length=metres)
            if tags.get("oneway") != "yes":
                graph.add_edge(b, a, length=metres)
    if not total:
        return
    network = network_of(plan, nodes)
    assert network.edge_length_m.sum() == pytest.approx(total, abs=0.001)
    ours = network.to_networkx()
    assert ours.number_of_nodes() == len(network.node_ids)
    truth = dict(nx.all_pairs_dijkstra_path_length(graph, weight="length"))
    for start, costs in nx.all_pairs_dijkstra_path_length(ours, weight="length"):
        expected = {end: cost for end, cost in truth[start].items() if end in ours}
        assert costs == pytest.approx(expected, abs=0.001)


# who may use it -----------------------------------------------------------------------------------------------

TO, BACK = {(1, 2)}, {(2, 1)}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, TO | BACK),
        ({"oneway": "yes"}, TO),
        ({"oneway": "1"}, TO),
        ({"oneway": "true"}, TO),
        ({"oneway": "-1"}, BACK),
        ({"oneway": "reverse"}, BACK),
        ({"oneway": "no"}, TO | BACK),
        ({"oneway": "reversible"}, TO | BACK),
        ({"junction": "roundabout"}, TO),
        ({"junction": "roundabout", "oneway": "-1"}, BACK),
        ({"highway": "motorway"}, TO),
        ({"highway": "motorway", "oneway": "no"}, TO | BACK),
        ({"highway": "trunk"}, TO | BACK),
        ({"highway": "footway"}, set()),
        ({"highway": "footway", "motor_vehicle": "yes"}, TO | BACK),
        ({"access": "no"}, set()),
        ({"access": "private"}, set()),
        ({"access": "destination"}, TO | BACK),
        ({"access": "no", "motor_vehicle": "yes"}, TO | BACK),
        ({"vehicle": "no"}, set()),
        ({"vehicle": "no", "motor_vehicle": "yes"}, TO | BACK),
        ({"motor_vehicle": "agricultural"}, set()),
    ],
)
def test_vehicles_go_where_the_tags_let_them(
    network_of: Any, tags: Tags, expected: set[tuple[int, int]]
) -> None:
    network = network_of([([1, 2], ROAD | tags)])
    assert arcs(network, network.arc_vehicle) == expected
    assert arcs(network, network.weights().usable) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, True),
        ({"highway": "footway"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"access": "no"}, False),
        ({"access": "no", "foot": "permissive"}, True),
        ({"foot": "no"}, False),
        ({"motor_vehicle": "no"}, True),
    ],
)
def test_walkers_go_both_ways_where_the_tags_let_them(network_of: Any, tags: Tags, expected: bool) -> None:
    network = network_of([([1, 2], ROAD | tags)])
    assert arcs(network, network.weights(mode="foot").usable) == (TO | BACK if expected else set())


@pytest.mark.parametrize(
    ("tags", "vehicle", "foot"),
    [
        ({"barrier": "bollard"}, False, True),
        ({"barrier": "gate"}, True, True),
        ({"barrier": "gate", "access": "no"}, False, False),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, False, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True, True),
        ({"barrier": "wall"}, False, False),
        ({"barrier": "something new"}, True, True),
    ],
)
def test_a_barrier_on_the_road_stops_whom_it_says(
    network_of: Any, tags: Tags, vehicle: bool, foot: bool
) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD)], n3=tags)
    for mode, passes in (("vehicle", vehicle), ("foot", foot)):
        usable = network.weights(mode=mode).usable
        graph = nx.DiGraph(list(arcs(network, usable)))
        graph.add_nodes_from([1, 5])
        assert nx.has_path(graph, 1, 5) == passes, mode


def test_a_barrier_drawn_on_a_junction_closes_no_road(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD), ([3, 9], ROAD)], n3={"barrier": "bollard"})
    assert network.arc_vehicle.all()


# lengths and speeds -------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    lon=st.floats(-180, 179),
    lat=st.floats(-85, 85),
    east=st.floats(-0.5, 0.5),
    north=st.floats(-0.5, 0.5),
)
def test_lengths_are_geodesic(lon: float, lat: float, east: float, north: float) -> None:
    line = np.array([[lon, lat], [lon + east, lat + north]])
    expected = GEOD.inv(*line[0], *line[1])[2]
    assert line_lengths_m(np.array([0, 2]), line)[0] == pytest.approx(expected, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"highway": "primary", "surface": "asphalt"}, (39, 65, 78)),
        ({"highway": "primary"}, (32.5, 65, 78)),
        ({"highway": "primary", "surface": "gravel"}, (24, 40, 48)),
        ({"highway": "primary", "maxspeed": "50"}, (25, 40, 50)),
        ({"highway": "primary", "maxspeed": "30 mph"}, (24.14, 38.62, 48.28)),
        ({"highway": "primary", "surface": "dirt", "maxspeed": "80"}, (8, 20, 24)),
        ({"highway": "track", "tracktype": "grade1"}, (9, 15, 18)),
    ],
)
def test_speeds_follow_class_surface_and_limit(network_of: Any, tags: Tags, kmh: tuple[float, ...]) -> None:
    network = network_of([([1, 2], tags)])
    weights = network.weights()
    metres = network.edge_length_m[0]
    speeds = [metres * 3.6 / s[0] for s in (weights.seconds_high, weights.seconds_mid, weights.seconds_low)]
    assert speeds == pytest.approx(list(kmh), abs=0.01)


def test_a_country_may_have_speeds_of_its_own(network_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table = rules.rule_table("speeds")
    own = pd.DataFrame([["XX", "residential", "unknown", 5, 10, 20, "test"]], columns=table.columns)
    network = network_of([([1, 2], ROAD)])
    monkeypatch.setattr(
        rules,
        "rule_table",
        lambda name, real=rules.rule_table: pd.concat([own, table]) if name == "speeds" else real(name),
    )
    here = network.edge_length_m[0] * 3.6 / network.weights(country="XX").seconds_mid[0]
    elsewhere = network.edge_length_m[0] * 3.6 / network.weights(country="YY").seconds_mid[0]
    assert (here, elsewhere) == pytest.approx((10, 25))


def test_turkey_has_speeds_of_its_own_and_syria_says_that_it_has_none(network_of: Any) -> None:
    network = network_of([([1, 2], {"highway": "motorway", "surface": "asphalt"})])
    metres = network.edge_length_m[0]
    turkey, syria = network.weights(country="tr"), network.weights(country="SY")
    speeds = [metres * 3.6 / s[0] for s in (turkey.seconds_high, turkey.seconds_mid, turkey.seconds_low)]
    assert speeds == pytest.approx([72, 96, 120])
    assert turkey.notes == ()
    assert metres * 3.6 / syria.seconds_mid[0] == pytest.approx(90)
    assert "No speeds of its own are known for SY" in syria.notes[0]


def test_every_speed_limit_group_and_access_rule_has_a_source() -> None:
    for name in ("speeds", "classes", "surfaces", "access", "barriers", "parties"):
        assert (rules.rule_table(name)["source"].str.len() > 3).all(), name


def test_a_walker_on_the_flat_makes_5_04_kilometres_an_hour(network_of: Any) -> None:
    network = network_of([([1, 2], ROAD)])
    weights = network.weights(mode="foot")
    assert network.edge_length_m[0] * 3.6 / weights.seconds_mid[0] == pytest.approx(5.04, abs=0.005)
    assert any("as on the flat" in note for note in weights.notes)


def test_tobler_is_fastest_slightly_downhill() -> None:
    slopes = np.linspace(-0.5, 0.5, 1001)
    assert slopes[tobler_kmh(slopes).argmax()] == pytest.approx(-0.05)
    assert tobler_kmh(-0.05) == pytest.approx(6.0)


# slope --------------------------------------------------------------------------------------------------------


def ramp(*, rise_per_degree: float = 11131.95, crs: Any = "EPSG:4326", **changes: Any) -> Raster:
    """Elevations from lon 0 to 0.1 that rise eastward by a tenth of the way: 111,319.5 m a degree on the equator."""
    columns = (np.arange(200) + 0.5) * 0.0005
    array = np.tile(columns * rise_per_degree, (200, 1))
    transform = Affine(0.0005, 0, 0.0, 0, -0.0005, 0.05)
    return Raster(**{"array": array, "transform": transform, "crs": CRS(crs) if crs else None, **changes})


def test_uphill_takes_longer_than_downhill_by_toblers_function(network_of: Any) -> None:
    network = network_of([([1, 2], ROAD)])
    weights = network.weights(mode="foot", dem=ramp())
    kmh = network.edge_length_m[0] * 3.6 / weights.seconds_mid
    up, down = kmh[network.forward_arc[0]], kmh[network.backward_arc[0]]
    assert up == pytest.approx(float(tobler_kmh(0.1)), rel=1e-3)
    assert down == pytest.approx(float(tobler_kmh(-0.1)), rel=1e-3)


def test_slope_does_not_touch_vehicles_and_says_so(network_of: Any) -> None:
    network = network_of([([1, 2], ROAD)])
    with_slopes = network.weights(dem=ramp())
    np.testing.assert_array_equal(with_slopes.seconds_mid, network.weights().seconds_mid)
    assert "slow down those who walk, not vehicles" in with_slopes.notes[0]


def test_a_bridge_goes_straight_over_the_valley(network_of: Any) -> None:
    gorge = ramp(array=np.where(np.abs(np.arange(200) - 30) < 4, 0.0, 500.0) * np.ones((200, 1)))
    ground = network_of([([1, 2], ROAD)]).weights(mode="foot", dem=gorge)
    bridge = network_of([([1, 2], ROAD | {"bridge": "yes"})]).weights(mode="foot", dem=gorge)
    flat = network_of([([1, 2], ROAD)]).weights(mode="foot")
    assert ground.seconds_mid[0] > 1.2 * flat.seconds_mid[0]
    assert bridge.seconds_mid[0] == pytest.approx(flat.seconds_mid[0])


def test_a_model_without_crs_is_refused(network_of: Any) -> None:
    with pytest.raises(CRSError, match="without a CRS"):
        network_of([([1, 2], ROAD)]).weights(mode="foot", dem=ramp(crs=None))


def test_a_model_of_another_area_is_refused(network_of: Any) -> None:
    elsewhere = ramp(transform=Affine(0.0005, 0, 40.0, 0, -0.0005, 0.05))
    with pytest.raises(InputError, match="covers 0 % of the network"):
        network_of([([1, 2], ROAD)]).weights(mode="foot", dem=elsewhere)


def test_a_model_that_covers_a_part_says_how_much_and_leaves_the_rest_flat(network_of: Any) -> None:
    nodes = {1: (0.01, 0.0), 2: (0.02, 0.0), 3: (0.5, 0.0), 4: (0.51, 0.0)}
    network = network_of([([1, 2], ROAD), ([3, 4], ROAD)], nodes)
    weights = network.weights(mode="foot", dem=ramp())
    flat = network.weights(mode="foot")
    assert "covers 50.0% of the roads" in weights.notes[0]
    assert weights.seconds_mid[network.forward_arc[1]] == pytest.approx(
        flat.seconds_mid[network.forward_arc[1]]
    )
    assert weights.seconds_mid[network.forward_arc[0]] > flat.seconds_mid[network.forward_arc[0]]


def test_voids_are_walked_as_if_flat_and_said(network_of: Any) -> None:
    void = ramp()
    void.array[:, 30:] = void.nodata
    weights = network_of([([1, 2, 3], ROAD)]).weights(mode="foot", dem=void)
    assert np.isfinite(weights.seconds_mid).all()
    assert "are voids" in weights.notes[0]


def test_a_projected_model_gives_the_same_slope(network_of: Any) -> None:
    nodes = {1: (36.50, 36.0), 2: (36.51, 36.0)}
    network = network_of([([1, 2], ROAD)], nodes)
    x = (np.arange(100) + 0.5) * 30
    model = Raster(np.tile(x * 0.1, (100, 1)), Affine(30, 0, 274000, 0, -30, 3988500), CRS(32637))
    weights = network.weights(mode="foot", dem=model)
    kmh = network.edge_length_m[0] * 3.6 / weights.seconds_mid[network.forward_arc[0]]
    assert kmh == pytest.approx(float(tobler_kmh(0.1)), rel=0.01)


# closures, dates, parties -------------------------------------------------------------------------------------


@pytest.fixture
def square(network_of: Any) -> RoadNetwork:
    """Four roads around a square, ways 1 to 4 from the south on, anticlockwise."""
    nodes = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.01, 0.01), 4: (0.0, 0.01)} | {
        5: (-0.01, 0.0),
        6: (0.02, 0.01),
    }
    ring: list[Way] = [([1, 2], ROAD), ([2, 3], ROAD), ([3, 4], ROAD), ([4, 1], ROAD)]
    kinds = [("surface", value) for value in ("asphalt", "gravel", "dirt", "sand")]
    ways = [(refs, tags | dict([kind])) for (refs, tags), kind in zip(ring, kinds, strict=True)]
    return network_of([*ways, ([5, 1], ROAD), ([3, 6], ROAD)], nodes)


def closed_edges(network: RoadNetwork, **query: Any) -> list[int]:
    weights = network.weights(**query)
    return sorted(set(network.arc_edge[np.isinf(weights.seconds_mid)].tolist()))


def edge_of_way(network: RoadNetwork, way: int) -> int:
    return network.edges["osmid"].tolist().index(way)


@pytest.mark.parametrize(
    "where",
    [
        {"osmid": [2]},
        {"osmid": ["2"]},
        {"osmid": [[2, 999]]},
        {"osmid": [2.0]},
        {"geometry": [shapely.box(0.009, 0.004, 0.011, 0.006)]},
        {"geometry": [shapely.Point(0.0101, 0.005)]},
        {"geometry": [shapely.LineString([(0.005, 0.005), (0.015, 0.005)])]},
    ],
)
def test_a_closure_closes_both_directions_of_what_it_names(
    square: RoadNetwork, where: dict[str, Any]
) -> None:
    closures = gpd.GeoDataFrame(where, crs=4326) if "geometry" in where else pd.DataFrame(where)
    assert closed_edges(square, closures=closures) == [edge_of_way(square, 2)]


def test_the_stretches_of_each_closure_can_be_asked_for(square: RoadNetwork) -> None:
    closures = pd.DataFrame({"osmid": ["2;3", "77"]})
    found = closed_stretches(square, closures)
    assert [rows.tolist() for rows in found] == [sorted(edge_of_way(square, way) for way in (2, 3)), []]


def test_a_closure_in_another_crs_closes_the_same(square: RoadNetwork) -> None:
    box = gpd.GeoDataFrame(geometry=[shapely.box(0.009, 0.004, 0.011, 0.006)], crs=4326).to_crs(3857)
    assert closed_edges(square, closures=box) == [edge_of_way(square, 2)]


def test_a_closure_without_crs_is_refused(square: RoadNetwork) -> None:
    with pytest.raises(CRSError, match="closures"):
        square.weights(closures=gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))


def test_no_closures_give_exactly_the_plain_result(square: RoadNetwork) -> None:
    plain = square.weights()
    for nothing in (None, pd.DataFrame(), pd.DataFrame({"osmid": []})):
        np.testing.assert_array_equal(square.weights(closures=nothing).seconds_mid, plain.seconds_mid)


@pytest.mark.parametrize(
    ("date", "closed"),
    [("2019-12-19", 0), ("2019-12-20", 1), (dt.date(2019, 12, 25), 1), ("2019-12-26", 0), (None, 0)],
)
def test_a_closure_holds_from_its_first_to_its_last_day(square: RoadNetwork, date: Any, closed: int) -> None:
    closures = pd.DataFrame({"osmid": [2], "date_from": ["2019-12-20"], "date_to": ["2019-12-25"]})
    weights = square.weights(closures=closures, date=date)
    assert len(weights.events) == closed
    assert bool(weights.notes) == (not closed)


def test_from_and_to_are_dates_too(square: RoadNetwork) -> None:
    closures = pd.DataFrame({"osmid": [2], "from": ["2019-12-20"], "to": [None]})
    assert len(square.weights(closures=closures, date="2020-06-01").events) == 1


def test_a_factor_slows_down_and_the_strongest_counts(square: RoadNetwork) -> None:
    closures = pd.DataFrame({"osmid": [2, 2], "factor": [2.0, 3.0]})
    slow, plain = square.weights(closures=closures), square.weights()
    ratio = slow.seconds_mid / plain.seconds_mid
    touched = square.arc_edge == edge_of_way(square, 2)
    assert ratio[touched] == pytest.approx(3.0)
    assert ratio[~touched] == pytest.approx(1.0)


def test_an_unlikely_closure_holds_in_its_share_of_draws_only(square: RoadNetwork) -> None:
    closures = pd.DataFrame({"osmid": [2], "probability": [0.25]})
    weights = square.weights(closures=closures)
    assert weights.usable.all()
    rng = np.random.default_rng(5)
    arc = square.forward_arc[edge_of_way(square, 2)]
    share = np.mean([np.isinf(weights.draw(rng)[arc]) for _ in range(2000)])
    assert share == pytest.approx(0.25, abs=0.03)


def test_draws_lie_between_low_and_high_and_repeat_with_their_seed(square: RoadNetwork) -> None:
    weights = square.weights()
    first = [weights.draw(np.random.default_rng(1)) for _ in range(2)]
    np.testing.assert_array_equal(*first)
    rng = np.random.default_rng(2)
    for _ in range(50):
        drawn = weights.draw(rng)
        assert (drawn >= weights.seconds_low - 1e-9).all()
        assert (drawn <= weights.seconds_high + 1e-9).all()


@pytest.mark.parametrize(
    ("closures", "message"),
    [
        ({"reason": ["war"]}, "expected geometry, osmid"),
        ({"osmid": [2], "factor": [0.5]}, "at least 1"),
        ({"osmid": [2], "probability": [1.5]}, "expected 0 to 1"),
        ({"osmid": [2], "date_from": ["05/06/2020"]}, "expected a date such as"),
        ({"osmid": [2], "date_from": ["2020-02-01"], "date_to": ["2020-01-01"]}, "other order"),
        ({"osmid": [None], "reason": ["flood"]}, "without place"),
    ],
)
def test_a_closure_that_cannot_be_meant_is_refused(
    square: RoadNetwork, closures: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        square.weights(closures=pd.DataFrame(closures), date="2020-01-10")


def test_a_closure_that_touches_nothing_is_said(square: RoadNetwork) -> None:
    weights = square.weights(closures=pd.DataFrame({"osmid": [12345], "reason": ["bridge at Darkush"]}))
    assert weights.notes == (
        "A closure touches no road of this network and changes nothing: bridge at Darkush.",
    )


def test_weights_change_nothing_in_the_network(square: RoadNetwork) -> None:
    before = square.arc_vehicle.copy(), square.arc_length_m.copy(), square.edges.copy()
    closures = pd.DataFrame({"osmid": [2]})
    given_before = closures.copy()
    square.weights(closures=closures, mode="mixed")
    np.testing.assert_array_equal(square.arc_vehicle, before[0])
    np.testing.assert_array_equal(square.arc_length_m, before[1])
    assert_geodataframe_equal(square.edges, before[2])
    pd.testing.assert_frame_equal(closures, given_before)


def test_who_writes_into_the_frames_does_not_write_into_the_network(square: RoadNetwork) -> None:
    before = {name: getattr(square, name).copy() for name in ARRAYS}
    seconds = square.weights().seconds_mid
    square.edges.loc[:, "length"] = 0.0
    for name in ("oneway", "for_vehicle", "for_foot"):
        square.edges.loc[:, name] = ~square.edges[name]
    square.nodes.loc[:, ["x", "y"]] = 0.0
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(square, name), values, err_msg=name)
    np.testing.assert_array_equal(square.weights().seconds_mid, seconds)


def test_making_frames_leaves_the_garbage_collector_as_it_was(network_of: Any) -> None:
    network = network_of([([1, 2], ROAD)])
    gc.disable()
    try:
        assert len(network.edges) == 1
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert len(network.nodes) == 2
    assert gc.isenabled()


def test_low_mid_and_high_are_in_order_and_closed_together(square: RoadNetwork) -> None:
    for query in ({}, {"mode": "foot"}, {"mode": "mixed"}, {"mode": "foot", "party": "family"}):
        weights = square.weights(**query, closures=pd.DataFrame({"osmid": [2]}))
        assert (weights.seconds_low <= weights.seconds_mid).all()
        assert (weights.seconds_mid <= weights.seconds_high).all()
        assert (np.isinf(weights.seconds_low) == np.isinf(weights.seconds_high)).all()


def test_those_who_stay_together_go_at_the_pace_of_the_slower(square: RoadNetwork) -> None:
    mixed = square.weights(mode="mixed")
    vehicle = square.weights()
    assert (mixed.seconds_mid >= vehicle.seconds_mid - 1e-9).all()
    assert "mixed" in mixed.description


@pytest.mark.parametrize(
    ("query", "elapsed"),
    [
        ({"mode": "foot", "party": "family"}, [4, 8, 25, 49]),
        ({"mode": "foot"}, [4, 8, 9, 29]),
        ({"mode": "mixed"}, [4, 8, 9, 31]),
        ({"mode": "vehicle"}, [4, 8, 9, 17]),
    ],
)
def test_those_who_walk_rest_at_the_end_of_their_day(
    square: RoadNetwork, query: dict[str, str], elapsed: list[float]
) -> None:
    weights = square.weights(**query)
    hours = weights.elapsed_s(np.array([4, 8, 9, 17]) * 3600) / 3600
    assert hours.tolist() == elapsed
    assert weights.elapsed_s([np.inf])[0] == np.inf


@pytest.mark.parametrize("query", [{"mode": "boat"}, {"mode": "foot", "party": "familly"}])
def test_unknown_words_get_the_nearest_known_one(square: RoadNetwork, query: dict[str, str]) -> None:
    with pytest.raises(UnknownNameError, match="Known:"):
        square.weights(**query)


def test_a_party_that_moves_otherwise_is_refused(square: RoadNetwork) -> None:
    with pytest.raises(InputError, match="moves by foot"):
        square.weights(mode="vehicle", party="family")


# snapping -----------------------------------------------------------------------------------------------------


def points(*places: tuple[float, float] | None, **columns: Any) -> gpd.GeoDataFrame:
    shapes = [None if place is None else shapely.Point(place) for place in places]
    index = [f"p{i}" for i in range(len(places))]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326, index=index)


def test_a_point_snaps_to_the_nearest_point_of_a_road_not_to_a_node(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD)])
    snapped = network.snap(points((0.025, 0.001))).loc["p0"]
    assert snapped["status"] == "snapped"
    assert (snapped["nearest_lon"], snapped["nearest_lat"]) == pytest.approx((0.025, 0.0), abs=1e-9)
    assert snapped["distance_m"] == pytest.approx(110.574, abs=0.01)
    assert snapped["fraction"] == pytest.approx(0.375, abs=1e-6)


def test_beyond_the_limit_a_point_is_marked_with_its_distance(network_of: Any) -> None:
    network = network_of([([1, 2], ROAD)])
    far = network.snap(points((0.015, 0.02), None), limit_m=2000)
    assert far["status"].tolist() == ["too far", "no position"]
    assert far["edge"].tolist() == [-1, -1]
    assert far["distance_m"].iloc[0] == pytest.approx(2211.5, abs=0.5)
    assert far.index.tolist() == ["p0", "p1"]


def test_a_place_with_a_radius_snaps_to_every_road_within_it(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD), ([3, 9], ROAD)])
    place = points((0.029, 0.002), radius_m=[300.0])
    every = network.snap_all(place)
    assert every["point"].tolist() == ["p0", "p0", "p0"]
    assert every["distance_m"].is_monotonic_increasing
    assert len(network.snap_all(points((0.029, 0.002)))) == 1


def test_a_query_snaps_to_roads_that_it_can_use(network_of: Any) -> None:
    network = network_of([([1, 2, 3, 4, 5], ROAD), ([3, 9], {"highway": "footway"})])
    near_path = points((0.0301, 0.009))
    walk, drive = (
        network.snap(near_path, weights=network.weights(mode=mode)) for mode in ("foot", "vehicle")
    )
    assert walk["distance_m"].iloc[0] < 20
    assert drive["distance_m"].iloc[0] > 900


def test_points_in_metres_are_taken_in_their_own_crs(network_of: Any) -> None:
    network = network_of([([1, 2], ROAD)])
    degrees = points((0.015, 0.001))
    assert network.snap(degrees.to_crs(3857))["distance_m"].iloc[0] == pytest.approx(110.574, abs=0.01)
    with pytest.raises(CRSError):
        network.snap(degrees.set_crs(None, allow_override=True))


def test_no_points_give_an_empty_frame(network_of: Any) -> None:
    empty = network_of([([1, 2], ROAD)]).snap(points())
    assert list(empty.columns) == ["edge", "fraction", "distance_m", "nearest_lon", "nearest_lat", "status"]
    assert len(empty) == 0


# the schematic roads ------------------------------------------------------------------------------------------


def tables(
    rows: list[tuple[str, str | None, float, float]], **road: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    waypoints = pd.DataFrame(rows, columns=["road_id", "waypoint", "lon", "lat"])
    waypoints.insert(1, "seq", waypoints.groupby("road_id").cumcount())
    ids = list(dict.fromkeys(waypoints["road_id"]))
    return pd.DataFrame({"road_id": ids, "name": ids, "highway": "primary"} | road), waypoints


CROSS = [
    ("M4", "Ariha", 36.60, 35.81),
    ("M4", None, 36.65, 35.82),
    ("M4", "Saraqib", 36.80, 35.86),
    ("M5", "Ma'arra", 36.67, 35.64),
    ("M5", "Saraqib", 36.80, 35.86),
    ("M5", "Aleppo", 37.15, 36.20),
]


def test_schematic_roads_meet_where_they_share_a_waypoint() -> None:
    network = RoadNetwork.from_table(*tables(CROSS))
    assert network.schematic
    assert len(network.nodes) == 4
    assert network.nodes["waypoint"].tolist() == ["Ariha", "Saraqib", "Ma'arra", "Aleppo"]
    assert network.edges["osmid"].tolist() == ["M4", "M5", "M5"]
    assert network.component.tolist() == [0, 0, 0, 0]


def test_a_waypoint_without_a_name_is_a_bend() -> None:
    edge = RoadNetwork.from_table(*tables(CROSS)).edges.iloc[0]
    assert len(edge["geometry"].coords) == 3
    assert edge["length"] == pytest.approx(geodesic_length_m(np.array([edge["geometry"]]))[0])


def test_a_closure_names_a_schematic_road() -> None:
    network = RoadNetwork.from_table(*tables(CROSS))
    assert closed_edges(network, closures=pd.DataFrame({"road_id": ["M5"]})) == [1, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r, w: (r.drop(columns="highway"), w), "expected also \\['highway'\\]"),
        (lambda r, w: (r, w.drop(columns="lat")), "expected also \\['lat'\\]"),
        (lambda r, w: (r.assign(highway="road to ruin"), w), "speeds.csv does not have"),
        (lambda r, w: (r, w[w["road_id"] == "M5"]), "roads without waypoints: M4"),
        (lambda r, w: (r[r["road_id"] == "M5"], w), "not in the table: M4"),
        (lambda r, w: (r, w.drop(index=[0, 1])), "roads with one waypoint: M4"),
        (lambda r, w: (r, w.assign(lon=w["lon"].where(w.index != 4, 36.9))), "two positions: Saraqib"),
        (lambda r, w: (r, w.assign(lat=np.nan)), "without a position"),
        (lambda r, w: (pd.concat([r, r]), w), "stand twice"),
    ],
)
def test_tables_that_do_not_fit_are_refused(change: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        RoadNetwork.from_table(*change(*tables(CROSS)))


# layers and exchange ------------------------------------------------------------------------------------------

ARRAYS = (
    "node_ids", "node_lon", "node_lat", "edge_u", "edge_v", "edge_length_m", "line_ptr", "line_xy", "indptr",
    "arc_from", "arc_to", "arc_edge", "arc_forward", "arc_length_m", "arc_vehicle", "arc_foot", "component",
)  # fmt: skip


def assert_same_network(left: RoadNetwork, right: RoadNetwork) -> None:
    assert_geodataframe_equal(left.nodes, right.nodes)
    assert_geodataframe_equal(left.edges, right.edges)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)
    assert (left.source, left.schematic, left.counts) == (right.source, right.schematic, right.counts)


def test_the_layer_holds_to_the_schema(square: RoadNetwork) -> None:
    layer = schema.conform(square.layer(), "roads")
    assert layer["edge_id"].is_unique
    assert layer["speed_kmh_mid"].between(layer["speed_kmh_low"], layer["speed_kmh_high"]).all()


@pytest.fixture
def town(network_of: Any) -> RoadNetwork:
    """A bit of everything: loops, parallels, one-way, a joined stretch, a path, a gap."""
    nodes = {
        i: (x / 100, y / 100) for i, (x, y) in enumerate([(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)], 1)
    }
    return network_of(
        [
            ([1, 2, 3], ROAD | {"name": "شارع", "lanes": "2"}),
            ([3, 4], ROAD | {"oneway": "yes"}),
            ([4, 5], ROAD | {"oneway": "yes", "name": "West"}),
            ([5, 6, 1], ROAD),
            ([2, 5], {"highway": "footway", "surface": "gravel"}),
            ([2, 3, 4, 2], {"highway": "service"}),
            ([6, 99], ROAD),
        ],
        nodes,
    )


def test_networkx_and_back_is_the_same_network(town: RoadNetwork) -> None:
    graph = town.to_networkx()
    back = RoadNetwork.from_networkx(graph)
    assert_same_network(town, back)
    assert nx.utils.graphs_equal(graph, back.to_networkx())


def test_osmnx_works_on_what_comes_out(town: RoadNetwork) -> None:
    graph = town.to_networkx()
    assert ox.basic_stats(graph)["street_segment_count"] == len(town.edges)
    assert ox.nearest_nodes(ox.project_graph(graph), 0, 0) in set(town.node_ids.tolist())
    nodes, edges = ox.graph_to_gdfs(graph)
    assert edges.index.names == ["u", "v", "key"]
    assert len(nodes) == len(town.nodes)
    assert ox.routing.shortest_path(graph, 2, 4) == [2, 4]


@pytest.mark.parametrize("name", ["network.gpkg", "network.parquet"])
def test_a_file_gives_the_same_network_back(town: RoadNetwork, tmp_path: Path, name: str) -> None:
    path = town.write(tmp_path / name)
    assert_same_network(town, RoadNetwork.read(path))
    town.write(path)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_schematic_network_comes_back_from_a_file(tmp_path: Path) -> None:
    network = RoadNetwork.from_table(*tables(CROSS))
    assert_same_network(network, RoadNetwork.read(network.write(tmp_path / "roads.gpkg")))


def test_a_geopackage_has_the_layers_nodes_and_edges(town: RoadNetwork, tmp_path: Path) -> None:
    path = town.write(tmp_path / "network.gpkg")
    assert gpd.list_layers(path)["name"].tolist() == ["nodes", "edges"]
    assert ";" in "".join(gpd.read_file(path, layer="edges")["osmid"])


@pytest.mark.parametrize("name", ["network.shp", "no/such/folder/network.gpkg"])
def test_a_place_that_cannot_be_written_is_said(town: RoadNetwork, tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="Nothing was written"):
        town.write(tmp_path / name)


def test_files_that_are_no_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        RoadNetwork.read(tmp_path / "network.gpkg")
    (tmp_path / "text.gpkg").write_text("not a GeoPackage")
    with pytest.raises(FileError, match="reading it failed"):
        RoadNetwork.read(tmp_path / "text.gpkg")
    points((0, 0)).to_file(tmp_path / "points.gpkg", layer="places")
    with pytest.raises(FileError, match="layers nodes and edges"):
        RoadNetwork.read(tmp_path / "points.gpkg")


def graph_of(*edges: tuple[Any, ...], **about: Any) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph(**({"crs": "epsg:4326"} | about))
    for node in sorted({end for edge in edges for end in edge[:2]}):
        graph.add_node(node, x=node / 100, y=0.0)
    for u, v, data in edges:
        graph.add_edge(u, v, **data)
    return graph


@pytest.mark.parametrize(
    "graph",
    [
        graph_of((1, 2, {"osmid": 1, "length": 1.0}), (2, 1, {"osmid": 1, "length": 1.0})),
        graph_of((1, 2, {"osmid": [1, 2], "length": 0.1 + 0.2}), (2, 1, {"osmid": [2, 1], "length": 0.3})),
        graph_of((1, 2, {"osmid": 1, "oneway": True, "reversed": False})),
        graph_of((1, 2, {"osmid": 1, "oneway": False, "own": "word"}), (2, 3, {"osmid": 2, "oneway": False})),
        graph_of((1, 1, {"osmid": 1, "length": 5.0}), (1, 1, {"osmid": 1, "length": 5.0})),
        graph_of(
            (1, 2, {"highway": ["path", "track"], "lanes": 2}), (1, 2, {"highway": "footway", "lanes": "3"})
        ),
        graph_of((1, 2, {"tunnel": None}), created_date="2020", custom={"a": [1]}),
    ],
)
def test_a_foreign_graph_comes_back_word_for_word(graph: nx.MultiDiGraph) -> None:
    back = RoadNetwork.from_networkx(graph).to_networkx()
    for _, _, _, data in graph.edges(keys=True, data=True):
        # A word without a value says nothing.
        for name in [name for name, value in data.items() if value is None]:
            del data[name]
    assert nx.utils.graphs_equal(graph, back)
    assert graph.graph == back.graph


def test_both_directions_of_a_foreign_road_are_one_stretch() -> None:
    graph = graph_of(
        (1, 2, {"osmid": [1, 2], "length": 0.1 + 0.2, "reversed": [False, True]}),
        (2, 1, {"osmid": [2, 1], "length": 0.3, "reversed": [False, True]}),
    )
    assert len(RoadNetwork.from_networkx(graph).edges) == 1


@pytest.mark.parametrize(
    ("graph", "error", "message"),
    [
        (nx.DiGraph([(1, 2)]), InputError, "expected a MultiDiGraph"),
        (graph_of(), InputError, "without edges"),
        (graph_of((1, 2, {}), crs="epsg:32637"), CRSError, "to_latlong"),
        (graph_of((1, 2, {}), crs=None), CRSError, "expected lon/lat"),
        (nx.MultiDiGraph([(1, 2)], crs="epsg:4326"), InputError, "without x and y"),
    ],
)
def test_a_graph_that_is_no_road_network_is_refused(graph: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        RoadNetwork.from_networkx(graph)


# real roads ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def andorra(shared: Path) -> RoadNetwork:
    return RoadNetwork.from_osm(read_osm(shared / "osm" / "andorra.osm.pbf"))


@pytest.fixture(scope="session")
def osmnx_andorra(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> nx.MultiDiGraph:
    """OSMnx's own graph of the same ways, not simplified."""
    source = shared / "osm" / "andorra.osm.pbf"
    target = tmp_path_factory.mktemp("osmnx") / "roads.osm"
    same = {"construction"}
    with osmium.SimpleWriter(target) as writer:
        for thing in osmium.FileProcessor(source):
            tags = thing.tags
            road = "highway" in tags and tags["highway"] not in same and tags.get("area") != "yes"
            if thing.is_node() or (thing.is_way() and road):
                writer.add(thing)
    graph = ox.graph_from_xml(target, simplify=False, retain_all=True)
    graph.remove_nodes_from(list(nx.isolates(graph)))
    return graph


@pytest.fixture(scope="session")
def osmnx_simplified(osmnx_andorra: nx.MultiDiGraph) -> nx.MultiDiGraph:
    return ox.simplify_graph(osmnx_andorra)


def costs(start: Any, end: Any, metres: Any, pairs: Any, size: int) -> Any:
    """Dijkstra over the shortest of parallel arcs."""
    order = np.lexsort((metres, end, start))
    start, end, metres = start[order], end[order], metres[order]
    first = np.r_[True, (np.diff(start) != 0) | (np.diff(end) != 0)]
    graph = csr_matrix((metres[first], (start[first], end[first])), (size, size))
    return dijkstra(graph, indices=pairs[0])[np.arange(len(pairs[0])), pairs[1]]


@pytest.mark.shared
def test_andorra_equals_osmnx_on_its_own_spherical_lengths(
    andorra: RoadNetwork, osmnx_simplified: nx.MultiDiGraph
) -> None:
    theirs = osmnx_simplified
    xy = andorra.line_xy
    steps = ox.distance.great_circle(xy[:-1, 1], xy[:-1, 0], xy[1:, 1], xy[1:, 0])
    steps[andorra.line_ptr[1:-1] - 1] = 0
    sphere_m = np.add.reduceat(np.r_[steps, 0], andorra.line_ptr[:-1])
    driven = andorra.arc_forward | ~andorra.edges["oneway"].to_numpy()[andorra.arc_edge]
    ours_m = sphere_m[andorra.arc_edge]
    total = sum(length for _, _, length in theirs.edges(data="length"))
    assert ours_m[driven].sum() == pytest.approx(total, rel=1e-3)
    # The geodesic lengths that the network keeps differ from the sphere by up to 0.3 %.
    assert andorra.edge_length_m.sum() == pytest.approx(sphere_m.sum(), rel=3e-3)

    here = {node: i for i, node in enumerate(andorra.node_ids.tolist())}
    there = {node: i for i, node in enumerate(theirs)}
    assert set(there) <= set(here), "every junction of OSMnx is one of ours"
    pairs = np.random.default_rng(1).choice(list(there), (2, 500))
    start, end, metres = map(np.array, zip(*theirs.edges(data="length"), strict=True))
    to = np.vectorize(there.get)
    expected = costs(to(start), to(end), metres, to(pairs), len(there))
    found = costs(
        andorra.arc_from[driven],
        andorra.arc_to[driven],
        ours_m[driven],
        np.vectorize(here.get)(pairs),
        len(here),
    )
    reached = np.isfinite(expected)
    assert (np.isfinite(found) == reached).all()
    assert reached.sum() > 400
    np.testing.assert_allclose(found[reached], expected[reached], rtol=1e-3)


@pytest.mark.shared
def test_osmnx_graphs_come_back_word_for_word(
    osmnx_andorra: nx.MultiDiGraph, osmnx_simplified: nx.MultiDiGraph
) -> None:
    for graph in (osmnx_andorra, osmnx_simplified):
        network = RoadNetwork.from_networkx(graph)
        assert nx.utils.graphs_equal(graph, network.to_networkx())
        assert len(network.edges) < 0.6 * graph.number_of_edges()


@pytest.mark.shared
def test_a_geopackage_of_osmnx_is_read(osmnx_simplified: nx.MultiDiGraph, tmp_path: Path) -> None:
    ox.save_graph_geopackage(osmnx_simplified, tmp_path / "osmnx.gpkg", directed=True)
    network = RoadNetwork.read(tmp_path / "osmnx.gpkg")
    assert len(network.edges) == len(RoadNetwork.from_networkx(osmnx_simplified).edges)
    again = RoadNetwork.read(network.write(tmp_path / "ours.gpkg"))
    np.testing.assert_array_equal(again.arc_vehicle, network.arc_vehicle)
    np.testing.assert_allclose(again.arc_length_m, network.arc_length_m)


@pytest.mark.shared
def test_andorra_is_the_same_after_networkx_and_files(andorra: RoadNetwork, tmp_path: Path) -> None:
    assert_same_network(andorra, RoadNetwork.from_networkx(andorra.to_networkx()))
    for name in ("andorra.gpkg", "andorra.parquet"):
        assert_same_network(andorra, RoadNetwork.read(andorra.write(tmp_path / name)))


@pytest.mark.shared
def test_andorra_is_a_layer_of_the_schema(andorra: RoadNetwork) -> None:
    layer = schema.conform(andorra.layer(), "roads")
    assert len(layer) == len(andorra.edges)
    assert layer.geometry.is_valid.all()
    assert not (layer["length_m"] <= 0).any()


@pytest.mark.shared
def test_mountains_slow_walkers_down(andorra: RoadNetwork, shared: Path) -> None:
    dem = sources.read_dem(shared / "dem" / "N42E001.hgt.zip")
    hilly, flat = andorra.weights(mode="foot", dem=dem), andorra.weights(mode="foot")
    ratio = hilly.seconds_mid[hilly.usable] / flat.seconds_mid[hilly.usable]
    assert 1.05 < np.median(ratio) < 1.4
    assert ratio.min() > 5.03 / 6
    there, back = hilly.seconds_mid[andorra.forward_arc], hilly.seconds_mid[andorra.backward_arc]
    assert (there != back).mean() > 0.5


@pytest.mark.shared
def test_most_of_heidelberg_hangs_together(shared: Path) -> None:
    network = RoadNetwork.from_osm(read_osm(shared / "osm" / "heidelberg.osm.pbf"))
    assert network.counts["ways_read"] == 25359
    assert (network.component == 0).mean() > 0.9
    assert network.weights(mode="foot").usable.mean() > network.weights().usable.mean()
