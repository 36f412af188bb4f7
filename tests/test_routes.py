"""Routes on networks small enough to work out by hand, and their properties on random ones."""

from __future__ import annotations

import dataclasses
import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from idlibgeo import schema, sources
from idlibgeo.border import load_border
from idlibgeo.errors import CRSError, InputError, RoutingError
from idlibgeo.geo import GEOD, geodesic_length_m
from idlibgeo.osm import read_osm
from idlibgeo.roads import ClosureEvent, RoadNetwork, Weights
from idlibgeo.roads.network import assemble
from idlibgeo.routes import (
    alternative_routes,
    draw_routes,
    edge_flows,
    isochrone_edges,
    isochrones,
    od_matrix,
    path_size,
    prepare,
    route_to_line,
    shortest_path,
)
from idlibgeo.routes.queries import ask


def network_of(
    spots: dict[int, tuple[float, float]],
    roads: list[tuple[int, int]],
    *,
    oneway: frozenset[int] = frozenset(),
) -> RoadNetwork:
    """A network of straight roads between numbered spots; ``oneway`` are rows of roads."""
    nodes = gpd.GeoDataFrame(
        {"x": [xy[0] for xy in spots.values()], "y": [xy[1] for xy in spots.values()]},
        geometry=[Point(xy) for xy in spots.values()],
        index=pd.Index(list(spots), name="osmid", dtype="int64"),
        crs="EPSG:4326",
    )
    lines = [LineString([spots[u], spots[v]]) for u, v in roads]
    edges = gpd.GeoDataFrame(
        {
            "u": [u for u, _ in roads],
            "v": [v for _, v in roads],
            "key": 0,
            "osmid": range(len(roads)),
            "name": [f"road {number}" for number in range(len(roads))],
            "highway": "primary",
            "oneway": [row in oneway for row in range(len(roads))],
            "length": geodesic_length_m(np.array(lines, dtype=object)),
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    allowed = np.ones(len(roads), dtype=bool)
    return assemble(nodes, edges, vehicle=allowed, foot=allowed, source="hand")


def weigh(network: RoadNetwork, *, m_per_s: float = 10.0, factor: dict[int, float] | None = None) -> Weights:
    """Ten metres a second on every road that is open; ``factor`` multiplies the time of stretches."""
    seconds = np.where(network.arc_vehicle, network.arc_length_m / m_per_s, np.inf)
    for edge, times in (factor or {}).items():
        seconds[network.arc_edge == edge] *= times
    return Weights(seconds_low=seconds * 0.8, seconds_mid=seconds, seconds_high=seconds * 1.5, mode="vehicle")


def points(*spots: tuple[float, float], **columns: list) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns or None, geometry=[Point(xy) for xy in spots], crs="EPSG:4326")


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


# A square of roads on the equator with 0.01° sides: 0 → 1 → 2 → 3 → 0, and a lone road 4 – 5 to the east.
SPOTS = {10: (0.0, 0.0), 11: (0.01, 0.0), 12: (0.01, 0.01), 13: (0.0, 0.01), 14: (0.1, 0.0), 15: (0.11, 0.0)}
ROADS = [(10, 11), (11, 12), (12, 13), (13, 10), (14, 15)]


@pytest.fixture
def square() -> RoadNetwork:
    return network_of(SPOTS, ROADS)


def test_a_route_is_cut_exactly_where_the_places_meet_the_road(square):
    route = shortest_path(square, points((0.004, -0.001)), points((0.01, 0.005)), weights=weigh(square)).iloc[
        0
    ]
    expected = metres((0.004, 0), (0.01, 0)) + metres((0.01, 0), (0.01, 0.005))
    assert route["status"] == "ok"
    assert route["length_m"] == pytest.approx(expected, abs=1e-3)
    assert route["travel_time_s_mid"] == pytest.approx(expected / 10, abs=1e-4)
    assert route["travel_time_s_low"] == pytest.approx(expected / 12.5, abs=1e-4)
    assert route["travel_time_s_high"] == pytest.approx(expected / 10 * 1.5, abs=1e-4)
    assert route["snap_from_m"] == pytest.approx(metres((0.004, -0.001), (0.004, 0)), abs=1e-3)
    np.testing.assert_allclose(route.geometry.coords, [(0.004, 0), (0.01, 0), (0.01, 0.005)], atol=1e-9)


def test_two_places_on_one_road_go_straight(square):
    there = shortest_path(square, points((0.002, 0.0)), points((0.008, 0.0)), weights=weigh(square)).iloc[0]
    back = shortest_path(square, points((0.008, 0.0)), points((0.002, 0.0)), weights=weigh(square)).iloc[0]
    assert there["length_m"] == pytest.approx(metres((0.002, 0), (0.008, 0)), abs=1e-3)
    assert back["length_m"] == pytest.approx(there["length_m"])
    assert len(there["edges"]) == len(back["edges"]) == 1
    np.testing.assert_allclose(back.geometry.coords, list(there.geometry.coords)[::-1], atol=1e-12)


def test_against_a_one_way_road_one_goes_round():
    ring = network_of(SPOTS, ROADS, oneway=frozenset({0, 1, 2, 3}))
    route = shortest_path(ring, points((0.008, 0.0)), points((0.002, 0.0)), weights=weigh(ring)).iloc[0]
    whole = float(ring.edges["length"].iloc[:4].sum())
    assert route["length_m"] == pytest.approx(whole - metres((0.002, 0), (0.008, 0)), abs=1e-3)
    assert len(route["edges"]) == 5


def test_at_a_junction_of_one_way_roads_any_road_may_be_taken():
    fork = network_of({1: (0, 0), 2: (0.01, 0), 3: (0.02, 0)}, [(1, 2), (2, 3)], oneway=frozenset({0, 1}))
    route = shortest_path(fork, points((0.01, 0.0)), points((0.02, 0.0)), weights=weigh(fork)).iloc[0]
    assert route["length_m"] == pytest.approx(metres((0.01, 0), (0.02, 0)), abs=1e-3)


def test_origin_and_destination_at_one_point_take_no_time(square):
    route = shortest_path(square, points((0.004, 0.0)), points((0.004, 0.0)), weights=weigh(square)).iloc[0]
    assert (route["status"], route["length_m"], route["travel_time_s_mid"]) == ("ok", 0.0, 0.0)
    assert route.geometry is None
    assert route["note"] == "origin and destination are the same point of the roads"


def test_a_place_in_another_part_is_unreachable_and_the_nearest_point_is_named(square):
    routes = shortest_path(
        square, points((0.0, 0.0)), points((0.105, 0.0), name=["Far"]), weights=weigh(square)
    )
    route = routes.iloc[0]
    assert route["status"] == "unreachable"
    assert route.geometry is None
    assert np.isnan(route["length_m"])
    assert "Far" in route["note"]
    assert "0.01000, 0.00000" in route["note"]


def test_a_place_far_from_any_road_is_off_the_network(square):
    routes = shortest_path(square, points((1.0, 1.0)), points((0.0, 0.0)), weights=weigh(square))
    assert routes["status"].tolist() == ["off_network"]
    assert routes["note"].iloc[0].endswith("further than the limit of 5000 m")


def test_a_place_written_latitude_first_is_told_so():
    here = network_of({1: (1.5, 42.5), 2: (1.6, 42.6)}, [(1, 2)])
    turned = shortest_path(here, points((42.55, 1.55)), points((1.6, 42.6)), weights=weigh(here))
    assert turned["status"].tolist() == ["off_network"]
    assert "lon comes first: 1.55,42.55 would lie among the roads" in turned["note"].iloc[0]


def ring(lon: float, lat: float, radius: float) -> gpd.GeoDataFrame:
    """A closure around a point: every road that leads in."""
    return gpd.GeoDataFrame(geometry=[Point(lon, lat).buffer(radius).boundary], crs="EPSG:4326")


def test_a_place_that_is_closed_all_around_is_unreachable_and_the_row_says_how_near_one_comes(square):
    closed = square.weights(closures=ring(0.01, 0.01, 0.001))
    there = shortest_path(
        square, points((0.0, 0.0)), points((0.01, 0.01), name=["Town"]), weights=closed
    ).iloc[0]
    assert there["status"] == "unreachable"
    assert there["note"].startswith(
        "no open road leads to Town; the nearest point that can be reached is 0.01000, 0.00000, 1106 m from it"
    )
    back = shortest_path(
        square, points((0.01, 0.01), name=["Town"]), points((0.0, 0.0)), weights=closed
    ).iloc[0]
    assert back["status"] == "unreachable"
    assert back["note"].startswith(
        "no open road leads away from Town: its nearest road (0 m) is closed, and the"
    )
    with pytest.raises(RoutingError, match=r"nearest road \(0 m\) is closed in this query"):
        isochrones(square, points((0.01, 0.01)), [60.0], weights=closed)
    matrix = od_matrix(square, points((0.0, 0.0)), points((0.01, 0.01), (0.0, 0.01)), weights=closed)
    assert matrix["status"].tolist() == ["unreachable", "ok"]


def test_a_place_beside_a_closed_road_leaves_by_an_open_one_that_is_near(square):
    # 330 m from the corner on the road that is closed; the next one begins at the corner.
    closed = square.weights(closures=pd.DataFrame({"osmid": [0]}))
    route = shortest_path(square, points((0.003, 0.0)), points((0.0, 0.005)), weights=closed).iloc[0]
    assert route["status"] == "ok"
    assert route["snap_from_m"] == pytest.approx(metres((0.003, 0.0), (0.0, 0.0)), abs=0.01)


def test_the_nearest_point_that_can_be_reached_lies_on_a_road_not_at_its_end():
    # A lone road 200 m north of the middle of the lower side of the square.
    lone = network_of({**SPOTS, 16: (0.005, 0.002), 17: (0.006, 0.002)}, [*ROADS, (16, 17)])
    route = shortest_path(lone, points((0.0, 0.0)), points((0.0055, 0.002)), weights=weigh(lone)).iloc[0]
    assert route["status"] == "unreachable"
    assert "the nearest point that can be reached is 0.00550, 0.00000, 221 m from it" in route["note"]


def test_a_town_that_is_cut_off_is_named_with_the_way_that_is_left():
    # 20 – 21 lies behind a bridge, 11 – 20, which is closed: the roads in the town stay open.
    spots = {**SPOTS, 20: (0.02, 0.0), 21: (0.03, 0.0)}
    town = network_of(spots, [*ROADS, (11, 20), (20, 21)])
    closed = town.weights(closures=pd.DataFrame({"osmid": [5]}))
    route = shortest_path(town, points((0.0, 0.0)), points((0.03, 0.0), name=["Town"]), weights=closed).iloc[
        0
    ]
    assert route["status"] == "unreachable"
    assert "the nearest point that can be reached is 0.01000, 0.00000, 2226 m from it" in route["note"]


def test_a_closed_road_moves_the_route_and_a_closed_ring_ends_it(square):
    start, end = points((0.0, 0.0)), points((0.01, 0.0))
    plain = shortest_path(square, start, end, weights=weigh(square)).iloc[0]
    moved = shortest_path(square, start, end, weights=weigh(square, factor={0: np.inf})).iloc[0]
    cut = shortest_path(square, start, end, weights=weigh(square, factor={0: np.inf, 2: np.inf})).iloc[0]
    assert plain["edges"] != moved["edges"]
    assert moved["length_m"] > 2.9 * plain["length_m"]
    assert cut["status"] == "unreachable"


def test_a_place_with_a_radius_begins_on_the_road_that_serves_it_best(square):
    # The lower road is nearer, but the upper one lies within the radius and needs no drive around.
    start = points((0.005, 0.0049), radius_m=[700.0])
    route = shortest_path(square, start, points((0.005, 0.01)), weights=weigh(square, m_per_s=2.0)).iloc[0]
    assert route["snap_from_m"] == pytest.approx(metres((0.005, 0.0049), (0.005, 0.01)), abs=0.01)
    assert route["length_m"] == pytest.approx(0.0, abs=1e-3)


def test_the_nearest_of_many_points_is_the_least_of_the_matrix(square):
    starts = points((0.002, 0.0), (0.009, 0.0), (0.105, 0.0))
    ends = points((0.0, 0.005), (0.01, 0.005), place_id=["west", "east"])
    routes = route_to_line(square, starts, ends, weights=weigh(square))
    matrix = od_matrix(square, starts, ends, weights=weigh(square))
    least = matrix.groupby("from_id")["time_s_mid"].min()
    np.testing.assert_allclose(routes["travel_time_s_mid"], least, rtol=1e-12)
    assert routes["to_place_id"].tolist()[:2] == ["west", "east"]
    assert routes["status"].tolist() == ["ok", "ok", "unreachable"]


def test_a_line_is_reached_where_a_road_crosses_it(square):
    line = LineString([(0.006, -0.01), (0.006, 0.02)])
    routes = route_to_line(square, points((0.0, 0.001), (0.01, 0.009)), line, weights=weigh(square))
    assert routes["to_kind"].tolist() == ["border", "border"]
    assert [line.coords[-1][0] for line in routes.geometry] == pytest.approx([0.006, 0.006], abs=2e-9)
    assert routes["length_m"].iloc[1] == pytest.approx(
        metres((0.01, 0.009), (0.01, 0.01)) + metres((0.01, 0.01), (0.006, 0.01)), abs=1e-2
    )


@pytest.fixture
def ladder() -> RoadNetwork:
    """Three ways from 1 to 2: straight, by 3 and 4, by 5 and 6, each a little longer; and a dead end 7."""
    spots = {
        1: (0.0, 0.0), 2: (0.04, 0.0), 3: (0.0, 0.004), 4: (0.04, 0.004), 5: (0.0, -0.006), 6: (0.04, -0.006),
        7: (0.02, 0.01), 8: (0.02, 0.0), 9: (-0.002, 0.0), 10: (0.042, 0.0),
    }  # fmt: skip
    roads = [(1, 8), (8, 2), (1, 3), (3, 4), (4, 2), (1, 5), (5, 6), (6, 2), (8, 7), (9, 1), (2, 10)]
    return network_of(spots, roads)


def test_alternatives_differ_and_come_by_time(ladder):
    start, end = points((-0.001, 0.0)), points((0.041, 0.0))
    routes = alternative_routes(ladder, start, end, k=5, weights=weigh(ladder))
    assert routes["rank"].tolist() == [1, 2, 3]
    assert routes["travel_time_s_mid"].is_monotonic_increasing
    assert (routes["overlap"] <= 0.6).all()
    assert routes["stretch"].iloc[0] == 1.0
    assert (routes["stretch"] <= 1.5).all()
    assert [len(edges) for edges in routes["edges"]] == [4, 5, 5]


def test_alternatives_within_no_stretch_are_the_fastest_alone(ladder):
    routes = alternative_routes(
        ladder, points((-0.001, 0.0)), points((0.041, 0.0)), max_stretch=1.01, weights=weigh(ladder)
    )
    assert len(routes) == 1


def test_alternatives_to_an_unreachable_place_are_one_row_that_says_so(square):
    routes = alternative_routes(square, points((0.0, 0.0)), points((0.105, 0.0)), weights=weigh(square))
    assert routes["status"].tolist() == ["unreachable"]
    assert "can be reached" in routes["note"].iloc[0]


def test_isochrones_end_where_the_time_ends(square):
    edges = isochrone_edges(square, points((0.005, 0.0)), [20.0, 50.0], weights=weigh(square))
    by_limit = edges.groupby("limit_s")["length_m"].sum()
    assert by_limit[20.0] == pytest.approx(2 * 200.0, abs=1e-2)
    assert by_limit[50.0] == pytest.approx(2 * 300.0, abs=1e-2)
    assert edges["time_s_end"].max() == pytest.approx(50.0)


def test_isochrones_that_meet_do_not_count_a_road_twice(square):
    edges = isochrone_edges(square, points((0.0, 0.0)), [10_000.0], weights=weigh(square))
    assert edges["length_m"].sum() == pytest.approx(float(square.edges["length"].iloc[:4].sum()), abs=1e-2)


def test_an_isochrone_comes_back_to_its_beginning_on_a_one_way_ring():
    ring = network_of(SPOTS, ROADS, oneway=frozenset({0, 1, 2, 3}))
    edges = isochrone_edges(ring, points((0.008, 0.0)), [10_000.0], weights=weigh(ring))
    whole = float(ring.edges["length"].iloc[:4].sum())
    assert edges["length_m"].sum() == pytest.approx(whole, abs=1e-2)
    assert edges["time_s_end"].max() == pytest.approx(whole / 10, abs=1e-2)


def test_isochrones_are_nested_areas(square):
    areas = isochrones(
        square, points((0.005, 0.0), name=["Middle"]), [20.0, 60.0, 40.0], weights=weigh(square)
    )
    assert areas["limit_s"].tolist() == [60.0, 40.0, 20.0]
    assert areas.geometry.iloc[2].difference(areas.geometry.iloc[0]).area < 1e-12
    # A straight road of 400 m with 250 m around it.
    assert areas["area_m2"].iloc[2] == pytest.approx(400 * 500 + np.pi * 250**2, rel=0.01)
    schema.validate({"isochrones": schema.conform(areas, "isochrones")})


def test_two_origins_of_one_name_keep_their_own_isochrones(square):
    origins = points((0.0, 0.0), (0.01, 0.01), name=["Dana", "Dana"], place_id=["C4126", "C3965"])
    areas = isochrones(square, origins, [30.0], weights=weigh(square))
    assert sorted(areas["isochrone_id"]) == ["C3965-30", "C4126-30"]


def test_people_on_a_road_are_those_of_the_routes_that_use_it(square):
    routes = shortest_path(
        square, points((0.0, 0.0), (0.0, 0.0)), points((0.01, 0.0), (0.01, 0.005)), weights=weigh(square)
    )
    people = pd.DataFrame({"people_low": [8, 80], "people_mid": [10, 100], "people_high": [12, 120]})
    flows = edge_flows(square, routes, people)
    assert flows["people_mid"].tolist() == [110, 100]
    assert flows["routes"].tolist() == [2, 1]
    assert flows["edge_id"].tolist() == ["10-11-0", "11-12-0"]
    schema.validate({"edge_flows": schema.conform(flows, "edge_flows")})


def test_the_path_size_halves_a_road_that_two_routes_share(square):
    start, end = points((0.0, 0.0), (0.0, 0.0), place_id=["a", "a"]), points((0.01, 0.0), (0.01, 0.0))
    end["place_id"] = ["b", "b"]
    routes = shortest_path(square, start, end, weights=weigh(square))
    assert path_size(square, routes).tolist() == [0.5, 0.5]


def test_routes_hold_to_the_schema(square):
    routes = shortest_path(
        square, points((0.0, 0.0), (0.0, 0.0)), points((0.01, 0.0), (0.105, 0.0)), weights=weigh(square)
    )
    schema.validate({"routes": schema.conform(routes, "routes")})


def uncertain(network: RoadNetwork, *, edge: int, probability: float) -> Weights:
    """Weights under which a stretch is closed with a probability."""
    plain = weigh(network)
    arcs = np.flatnonzero(network.arc_edge == edge).astype(np.int32)
    return dataclasses.replace(plain, events=(ClosureEvent(arcs, np.inf, probability),))


def test_draws_share_the_roads_by_the_chance_of_a_closure(square):
    start, end = points((0.0, 0.0)), points((0.01, 0.0))
    drawn = draw_routes(
        square, start, end, draws=400, seed=3, weights=uncertain(square, edge=0, probability=0.25)
    )
    share = drawn.edges.set_index("edge_id")["share_of_draws"]
    assert share["10-11-0"] == pytest.approx(0.75, abs=0.08)
    assert share["11-12-0"] == pytest.approx(1 - share["10-11-0"])
    assert drawn.times["share_ok"].tolist() == [1.0]
    assert (drawn.times["travel_time_s_p05"] < drawn.times["travel_time_s_p95"]).all()


def test_the_same_seed_draws_the_same_worlds(square):
    start, end = points((0.0, 0.0), radius_m=[400.0]), points((0.01, 0.005), radius_m=[400.0])
    one, same, other = (
        draw_routes(square, start, end, draws=20, seed=s, weights=weigh(square)) for s in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.times, same.times)
    assert not one.times.equals(other.times)


def test_people_are_bounded_by_the_draws(square):
    start, end = points((0.0, 0.0)), points((0.01, 0.0))
    weights = uncertain(square, edge=0, probability=0.3)
    routes = shortest_path(square, start, end, weights=weights)
    people = pd.DataFrame({"people_low": [80], "people_mid": [100], "people_high": [120]})
    drawn = draw_routes(square, start, end, draws=200, weights=weights)
    flows = edge_flows(square, routes, people, draws=drawn).set_index("edge_id")
    assert flows.loc["10-11-0", ["people_low", "people_mid", "people_high"]].tolist() == [0, 100, 120]
    assert flows.loc["11-12-0", ["people_low", "people_mid", "people_high"]].tolist() == [0, 0, 120]


def test_a_place_on_a_scrap_of_road_is_joined_to_the_next_one_and_the_row_says_so():
    spots = {1: (0.0, 0.0), 2: (0.3, 0.0), 3: (0.1, 0.001), 4: (0.101, 0.001)}
    network = network_of(spots, [(1, 2), (3, 4)])
    route = shortest_path(
        network, points((0.1005, 0.0011), name=["Yard"]), points((0.3, 0.0)), weights=weigh(network)
    )
    assert route["status"].tolist() == ["ok"]
    assert route["snap_from_m"].iloc[0] == pytest.approx(metres((0.1005, 0.0011), (0.1005, 0.0)), abs=0.01)
    assert "Yard: the nearest road (11 m) is cut off" in route["note"].iloc[0]


def random_network(seed: int, *, oneways: bool = True) -> tuple[RoadNetwork, Weights]:
    """A city of about 60 junctions, some streets missing, some one-way, speeds at random."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(8) * 0.01, np.arange(8) * 0.01)
    x, y = (grid.ravel() + rng.uniform(-0.003, 0.003, 64) for grid in (x, y))
    number = np.arange(64).reshape(8, 8)
    pairs = [
        *zip(number[:, :-1].ravel(), number[:, 1:].ravel(), strict=True),
        *zip(number[:-1].ravel(), number[1:].ravel(), strict=True),
    ]
    roads = [(int(u), int(v)) for u, v in pairs if rng.random() < 0.85]
    used = sorted({node for road in roads for node in road})
    oneway = frozenset(np.flatnonzero(rng.random(len(roads)) < 0.2).tolist()) if oneways else frozenset()
    network = network_of({node: (x[node], y[node]) for node in used}, roads, oneway=oneway)
    speed = rng.uniform(3, 30, len(roads))[network.arc_edge]
    seconds = np.where(network.arc_vehicle, network.arc_length_m / speed, np.inf)
    return network, Weights(seconds * 0.7, seconds, seconds * 2, mode="vehicle")


def random_points(seed: int, count: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    return points(*rng.uniform(-0.005, 0.075, (count, 2)).tolist())


def exact_seconds(
    network: RoadNetwork, weights: Weights, starts: gpd.GeoDataFrame, ends: gpd.GeoDataFrame
) -> list:
    """The same by networkx, with the snap points put into the graph as nodes."""
    query = ask(network, weights, 5000.0)
    a, b = query.places(starts, "origins"), query.places(ends, "destinations")
    spots = [
        (int(found.edge[first]), float(found.share[first]), (side, place))
        for side, found in (("a", a), ("b", b))
        for place, first in enumerate(found.ptr[:-1])
    ]
    graph = nx.MultiDiGraph()
    for edge in range(len(network.edges)):
        on_it = sorted((share, name) for stretch, share, name in spots if stretch == edge)
        u, v = int(network.edge_u[edge]), int(network.edge_v[edge])
        chain = [(0.0, u), *on_it, (1.0, v)]
        onward = weights.seconds_mid[network.forward_arc[edge]]
        back = weights.seconds_mid[network.backward_arc[edge]]
        for (low, here), (high, there) in itertools.pairwise(chain):
            for first, second, cost in ((here, there, onward), (there, here, back)):
                if np.isfinite(cost):
                    graph.add_edge(first, second, weight=cost * (high - low))
                elif low == high:
                    graph.add_edge(first, second, weight=0.0)
    out = []
    for row in range(len(starts)):
        try:
            out.append(nx.shortest_path_length(graph, ("a", row), ("b", row), weight="weight"))
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            out.append(np.nan)
    return out


@pytest.mark.parametrize("seed", range(8))
def test_times_are_those_of_networkx(seed):
    network, weights = random_network(seed)
    starts, ends = random_points(seed + 100, 40), random_points(seed + 200, 40)
    routes = shortest_path(network, starts, ends, weights=weights)
    plain = routes["note"].isna() | (routes["status"] != "ok")
    expected = np.array(exact_seconds(network, weights, starts, ends))
    np.testing.assert_allclose(routes["travel_time_s_mid"][plain], expected[plain], rtol=1e-9, atol=1e-6)
    drawn = routes[routes["status"] == "ok"]
    np.testing.assert_allclose(geodesic_length_m(drawn.geometry), drawn["length_m"], rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_hierarchy_gives_the_answers_of_the_plain_search(seed):
    network, weights = random_network(seed)
    starts, ends = random_points(seed + 100, 60), random_points(seed + 200, 60)
    starts["radius_m"] = np.where(np.arange(60) % 3 == 0, 1500.0, 0.0)
    # Any order gives the right answers; a good one gives them fast.
    hierarchy = prepare(network, order=np.random.default_rng(seed).permutation(len(network.node_ids)))
    for factor in (1.0, np.random.default_rng(seed).uniform(0.5, 2.0, len(network.arc_to))):
        seconds = weights.seconds_mid * factor
        again = Weights(seconds * 0.7, seconds, seconds * 2, mode="vehicle")
        engine = hierarchy.customize(again)
        plain = shortest_path(network, starts, ends, weights=again)
        fast = shortest_path(network, starts, ends, engine=engine)
        pd.testing.assert_frame_equal(
            plain.drop(columns=["geometry", "edges"]), fast.drop(columns=["geometry", "edges"]), rtol=1e-9
        )
        assert plain["edges"].tolist() == fast["edges"].tolist()
        for a, b in ((starts, ends[:7]), (starts[:7], ends), (starts[:0], ends), (starts, ends[:0])):
            pd.testing.assert_frame_equal(
                od_matrix(network, a, b, weights=again), od_matrix(network, a, b, engine=engine), rtol=1e-9
            )


def test_a_matrix_in_blocks_is_the_matrix(monkeypatch):
    network, weights = random_network(1)
    starts, ends = random_points(5, 20), random_points(6, 30)
    engine = prepare(network, order=np.arange(len(network.node_ids))).customize(weights)
    whole = od_matrix(network, starts, ends, engine=engine)
    monkeypatch.setattr("idlibgeo.routes.hierarchy.MOST_ENDS", 4)
    monkeypatch.setattr("idlibgeo.routes.queries.MOST_PAIRS", 100)
    pd.testing.assert_frame_equal(whole, od_matrix(network, starts, ends, engine=engine))


def test_an_order_that_was_kept_saves_looking_for_one(square):
    pytest.importorskip("routingkit_cch", reason="the extra 'hierarchy' is not installed")
    hierarchy = prepare(square)
    assert prepare(square, order=hierarchy.order.tolist()).order.tolist() == hierarchy.order.tolist()
    with pytest.raises(InputError, match="each of the network's 6 nodes once"):
        prepare(square, order=[0, 1, 2])


def test_an_engine_of_other_weights_is_refused(square):
    engine = prepare(square, order=range(6)).customize(weigh(square))
    for query in (shortest_path, od_matrix):
        with pytest.raises(InputError, match="other weights"):
            query(square, points((0, 0)), points((0.01, 0)), weights=weigh(square), engine=engine)
    with pytest.raises(InputError, match="given weights for 3 directed edges"):
        short = np.ones(3)
        prepare(square, order=range(6)).customize(Weights(short, short, short, mode="vehicle"))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_detour_is_never_shorter(seed):
    network, weights = random_network(seed)
    a, b, c = random_points(seed, 1), random_points(seed + 1, 1), random_points(seed + 2, 1)
    three = pd.concat([a, b, c], ignore_index=True)
    time_s = od_matrix(network, three, three, weights=weights)["time_s_mid"].to_numpy().reshape(3, 3)
    time_s = np.nan_to_num(time_s, nan=np.inf)
    assert np.diag(time_s).tolist() == [0.0, 0.0, 0.0]
    for i, j, k in itertools.permutations(range(3)):
        assert time_s[i, k] <= time_s[i, j] + time_s[j, k] + 1e-6


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_matrix_is_its_single_routes_from_whichever_side_it_is_searched(seed):
    network, weights = random_network(seed)
    few, many = random_points(seed + 1, 2), random_points(seed + 2, 5)
    for starts, ends in ((few, many), (many, few)):
        matrix = od_matrix(network, starts, ends, weights=weights)
        rows, columns = (grid.ravel() for grid in np.indices((len(starts), len(ends))))
        routes = shortest_path(network, starts.iloc[rows], ends.iloc[columns], weights=weights)
        assert matrix["status"].tolist() == routes["status"].tolist()
        for name in ("low", "mid", "high"):
            np.testing.assert_allclose(matrix[f"time_s_{name}"], routes[f"travel_time_s_{name}"], rtol=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_closing_a_road_never_shortens(seed):
    network, weights = random_network(seed)
    starts, ends = random_points(seed + 1, 5), random_points(seed + 2, 5)
    query = ask(network, weights, 5000.0)
    a, b = query.places(starts, "a"), query.places(ends, "b")
    held = set(a.edge) | set(b.edge)
    edge = next(row for row in range(len(network.edges)) if row not in held)
    seconds = np.where(network.arc_edge == edge, np.inf, weights.seconds_mid)
    before = shortest_path(network, starts, ends, weights=weights)
    after = shortest_path(network, starts, ends, weights=Weights(seconds, seconds, seconds, mode="vehicle"))
    open_still = (after["status"] == "ok").to_numpy()
    assert (before["status"][open_still] == "ok").all()
    assert (after["travel_time_s_mid"] >= before["travel_time_s_mid"] - 1e-9)[open_still].all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_there_and_back_take_the_same_where_no_road_is_one_way(seed):
    network, weights = random_network(seed, oneways=False)
    starts, ends = random_points(seed + 1, 5), random_points(seed + 2, 5)
    there = shortest_path(network, starts, ends, weights=weights)
    back = shortest_path(network, ends, starts, weights=weights)
    np.testing.assert_allclose(there["travel_time_s_mid"], back["travel_time_s_mid"], rtol=1e-9)
    assert there["status"].tolist() == back["status"].tolist()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_people_who_enter_a_junction_leave_it(seed):
    network, weights = random_network(seed)
    starts, ends = random_points(seed + 1, 6), random_points(seed + 2, 6)
    routes = shortest_path(network, starts, ends, weights=weights)
    people = pd.Series(np.arange(1.0, 7.0) * 100, index=routes.index)
    flows = edge_flows(network, routes, people).set_index("edge_id")["people_mid"]
    by_route = pd.Series(0.0, index=network.edge_ids())
    for arcs, count in zip(routes["edges"], people, strict=True):
        by_route.iloc[np.unique(network.arc_edge[arcs]) if arcs else []] += count
    pd.testing.assert_series_equal(flows, by_route[by_route > 0], check_names=False)
    for arcs in routes["edges"]:
        assert (network.arc_to[arcs[:-1]] == network.arc_from[arcs[1:]]).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_alternatives_keep_their_limits(seed):
    network, weights = random_network(seed)
    routes = alternative_routes(
        network, random_points(seed + 1, 1), random_points(seed + 2, 1), weights=weights
    )
    fastest = shortest_path(network, random_points(seed + 1, 1), random_points(seed + 2, 1), weights=weights)
    assert routes["travel_time_s_mid"].iloc[0] == pytest.approx(
        fastest["travel_time_s_mid"].iloc[0], nan_ok=True
    )
    assert (routes["overlap"].fillna(0) <= 0.6).all()
    assert (routes["stretch"].fillna(1) <= 1.5).all()
    for one, other in itertools.combinations(routes.itertuples(), 2):
        shared = set(network.arc_edge[one.edges]) & set(network.arc_edge[other.edges])
        # Cut ends count whole here, so this is an upper bound of the shared length, less exact than the rows.
        assert one.edges != other.edges
        assert len(shared) < min(len(one.edges), len(other.edges))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_nearest_target_is_the_least_of_the_matrix_anywhere(seed):
    network, weights = random_network(seed)
    starts, ends = random_points(seed + 1, 6), random_points(seed + 2, 4)
    nearest = route_to_line(network, starts, ends, weights=weights)["travel_time_s_mid"].to_numpy()
    least = od_matrix(network, starts, ends, weights=weights)["time_s_mid"].to_numpy().reshape(6, 4)
    expected = np.min(np.nan_to_num(least, nan=np.inf), axis=1)
    np.testing.assert_allclose(np.nan_to_num(nearest, nan=np.inf), expected, rtol=1e-9)


def test_people_of_other_rows_are_refused_with_both_indexes(square):
    routes = shortest_path(square, points((0.0, 0.0)), points((0.01, 0.0)), weights=weigh(square))
    with pytest.raises(InputError, match=r"on the index \[7\] .* routes, \[0\]"):
        edge_flows(square, routes, pd.Series([1.0], index=[7]))
    with pytest.raises(InputError, match="expected people_low, people_mid, people_high"):
        edge_flows(square, routes, pd.DataFrame({"people": [1.0]}))


def test_points_without_a_crs_are_refused(square):
    with pytest.raises(CRSError, match="origins: given a layer without a CRS"):
        shortest_path(
            square, points((0, 0)).set_crs(None, allow_override=True), points((0, 0)), weights=weigh(square)
        )


def test_metres_given_as_degrees_are_refused(square):
    with pytest.raises(InputError, match="These look like metres"):
        shortest_path(square, points((300_000, 4_000_000)), points((0, 0)), weights=weigh(square))


def test_a_missing_point_is_named(square):
    broken = gpd.GeoDataFrame(geometry=[Point(0, 0), None], index=["a", "b"], crs="EPSG:4326")
    with pytest.raises(InputError, match=r"no point in row 'b' \(1 such rows\)"):
        od_matrix(square, broken, points((0, 0)), weights=weigh(square))


def test_weights_of_another_network_are_refused(square, ladder):
    with pytest.raises(InputError, match="as many as the network has"):
        od_matrix(square, points((0, 0)), points((0, 0)), weights=weigh(ladder))


def test_origins_and_destinations_that_do_not_pair_are_refused(square):
    with pytest.raises(InputError, match="row i goes to row i"):
        shortest_path(square, points((0, 0), (0, 0)), points((0, 0)), weights=weigh(square))


def test_a_line_that_no_road_meets_is_an_error_that_says_what_to_do(square):
    with pytest.raises(RoutingError, match="Give crossings as points"):
        route_to_line(square, points((0, 0)), LineString([(2, 2), (3, 3)]), weights=weigh(square))


def test_a_dead_end_near_a_line_reaches_it(ladder):
    line = LineString([(0.0, 0.011), (0.04, 0.011)])
    route = route_to_line(ladder, points((0.0, 0.0)), line, weights=weigh(ladder)).iloc[0]
    assert route.geometry.coords[-1] == pytest.approx((0.02, 0.01))
    with pytest.raises(RoutingError, match="within 100 m"):
        route_to_line(ladder, points((0.0, 0.0)), line, weights=weigh(ladder), tolerance_m=100.0)


def test_no_target_and_no_origin_are_errors(square):
    nobody = points((0, 0)).iloc[:0]
    with pytest.raises(InputError, match="target: given an empty layer"):
        route_to_line(square, points((0, 0)), nobody, weights=weigh(square))
    with pytest.raises(InputError, match="origin: given no points"):
        isochrones(square, nobody, [60.0], weights=weigh(square))
    with pytest.raises(InputError, match="given Point, expected a line"):
        route_to_line(square, points((0, 0)), Point(0, 0), weights=weigh(square))


def test_isochrones_of_a_place_in_the_sea_are_an_error_that_says_how_far_the_road_is(square):
    with pytest.raises(RoutingError, match=r"nearest usable road is \d+ m away, expected at most 5000 m"):
        isochrones(square, points((0.5, 0.5)), [60.0], weights=weigh(square))


def test_limits_that_are_no_times_are_refused(square):
    with pytest.raises(InputError, match="expected at least one time in seconds above 0"):
        isochrones(square, points((0, 0)), [0.0], weights=weigh(square))


def test_points_in_another_crs_give_the_same(square):
    start, end = points((0.004, -0.001)), points((0.01, 0.005))
    plain = shortest_path(square, start, end, weights=weigh(square))
    other = shortest_path(square, start.to_crs(32631), end.to_crs(32631), weights=weigh(square))
    assert other["length_m"].iloc[0] == pytest.approx(plain["length_m"].iloc[0], abs=1e-3)


def test_no_origins_give_an_empty_frame_of_routes(square):
    nobody = points((0, 0)).iloc[:0]
    routes = shortest_path(square, nobody, nobody, weights=weigh(square))
    assert len(routes) == 0
    schema.validate({"routes": schema.conform(routes, "routes")})
    assert od_matrix(square, nobody, points((0, 0)), weights=weigh(square)).empty


def test_where_all_roads_are_closed_places_are_off_the_network(square):
    closed = np.full(len(square.arc_to), np.inf)
    weights = Weights(closed, closed, closed, mode="vehicle")
    routes = shortest_path(square, points((0, 0)), points((0.01, 0)), weights=weights)
    assert routes["status"].tolist() == ["off_network"]
    assert "no road can be used" in routes["note"].iloc[0]


def test_nothing_given_is_changed_in_place(square):
    start, end, weights = points((0.004, -0.001), radius_m=[50.0]), points((0.01, 0.005)), weigh(square)
    before = start.copy(), end.copy(), weights.seconds_mid.copy(), square.edges.copy()
    alternative_routes(square, start, end, weights=weights)
    isochrones(square, start, [60.0], weights=weights)
    draw_routes(square, start, end, draws=3, weights=weights)
    assert_geodataframe_equal(start, before[0])
    assert_geodataframe_equal(end, before[1])
    np.testing.assert_array_equal(weights.seconds_mid, before[2])
    assert_geodataframe_equal(square.edges, before[3])


@pytest.fixture(scope="session")
def andorra(shared) -> RoadNetwork:
    return RoadNetwork.from_osm(read_osm(shared / "osm" / "andorra.osm.pbf"))


TOWNS = {
    "Andorra la Vella": (1.5218, 42.5075),
    "Pas de la Casa": (1.7334, 42.5423),
    "Ordino": (1.5331, 42.5555),
}


def town(name: str) -> gpd.GeoDataFrame:
    return points(TOWNS[name], name=[name])


@pytest.mark.shared
def test_andorra_from_the_capital_to_the_pass_is_a_mountain_road(andorra):
    route = shortest_path(andorra, town("Andorra la Vella"), town("Pas de la Casa")).iloc[0]
    assert route["status"] == "ok"
    straight = metres(TOWNS["Andorra la Vella"], TOWNS["Pas de la Casa"])
    assert 1.3 * straight < route["length_m"] < 2.0 * straight
    assert route["travel_time_s_low"] < route["travel_time_s_mid"] < route["travel_time_s_high"]


@pytest.mark.shared
def test_andorra_costs_are_those_of_networkx_on_the_exported_graph(andorra):
    weights = andorra.weights()
    graph = nx.DiGraph()
    for tail, head, cost in zip(andorra.arc_from, andorra.arc_to, weights.seconds_mid, strict=True):
        if np.isfinite(cost) and cost < graph.get_edge_data(tail, head, {"weight": np.inf})["weight"]:
            graph.add_edge(tail, head, weight=cost)
    inside = sorted(max(nx.strongly_connected_components(graph), key=len))
    some = np.random.default_rng(5).choice(inside, (60, 2))
    starts, ends = (
        points(*zip(andorra.node_lon[side], andorra.node_lat[side], strict=True)) for side in some.T
    )
    routes = shortest_path(andorra, starts, ends, weights=weights)
    expected = [nx.dijkstra_path_length(graph, a, b) for a, b in some]
    np.testing.assert_allclose(routes["travel_time_s_mid"], expected, rtol=1e-9, atol=1e-6)


@pytest.mark.shared
# rasterio 1.4 multiplies affine transforms in a way that affine 3 warns of.
@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
def test_andorra_walkers_take_longer_uphill_than_down(andorra, shared):
    dem = sources.read_dem(shared / "dem" / "N42E001.hgt.zip")
    foot = andorra.weights(mode="foot", dem=dem)
    up = shortest_path(andorra, town("Andorra la Vella"), town("Ordino"), weights=foot).iloc[0]
    down = shortest_path(andorra, town("Ordino"), town("Andorra la Vella"), weights=foot).iloc[0]
    assert up["mode"] == "foot"
    assert up["travel_time_s_mid"] > 1.02 * down["travel_time_s_mid"]


@pytest.mark.shared
def test_andorra_a_closure_counts_on_its_days_only(andorra):
    plain = shortest_path(andorra, town("Andorra la Vella"), town("Ordino")).iloc[0]
    line = plain.geometry
    spot = line.interpolate(0.5, normalized=True).buffer(0.0005)
    closures = gpd.GeoDataFrame(
        {"date_from": ["2020-01-01"], "date_to": ["2020-01-31"], "reason": ["snow"]},
        geometry=[spot],
        crs="EPSG:4326",
    )
    within, after = (
        shortest_path(
            andorra,
            town("Andorra la Vella"),
            town("Ordino"),
            weights=andorra.weights(closures=closures, date=date),
        ).iloc[0]
        for date in ("2020-01-15", "2020-02-01")
    )
    assert after["edges"] == plain["edges"]
    assert within["edges"] != plain["edges"]
    assert within["travel_time_s_mid"] > plain["travel_time_s_mid"]


@pytest.mark.shared
def test_andorra_alternatives_keep_their_limits_on_500_pairs(andorra):
    rng = np.random.default_rng(11)
    inside = np.flatnonzero(andorra.component == 0)
    weights, counts = andorra.weights(), []
    for start, end in rng.choice(inside, (500, 2)):
        a, b = (points((andorra.node_lon[node], andorra.node_lat[node])) for node in (start, end))
        routes = alternative_routes(andorra, a, b, weights=weights)
        if routes["status"].iloc[0] != "ok":
            continue
        counts.append(len(routes))
        assert (routes["overlap"] <= 0.6).all()
        assert (routes["stretch"] <= 1.5).all()
    # One valley, one road: in the mountains often nothing else exists.
    assert np.mean(np.array(counts) > 1) > 0.4


@pytest.mark.shared
def test_andorra_both_borders_are_reached_by_road(andorra):
    for country, east in (("ES", 1.46), ("FR", 1.73)):
        border = load_border("AD", country)
        route = route_to_line(andorra, town("Andorra la Vella"), border.geometry, tolerance_m=500.0).iloc[0]
        assert route["status"] == "ok"
        assert route.geometry.coords[-1][0] == pytest.approx(east, abs=0.04)
