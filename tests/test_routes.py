"""Routes on networks small enough to work out by hand, and their properties on random ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from idlibgeo import schema
from idlibgeo.geo import GEOD, geodesic_length_m
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.roads.network import assemble
from idlibgeo.routes import (
    alternative_routes,
    edge_flows,
    isochrone_edges,
    isochrones,
    od_matrix,
    route_to_line,
    shortest_path,
)


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
    assert "further than the limit of 5000 m" in routes["note"].iloc[0]


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


def test_routes_hold_to_the_schema(square):
    routes = shortest_path(
        square, points((0.0, 0.0), (0.0, 0.0)), points((0.01, 0.0), (0.105, 0.0)), weights=weigh(square)
    )
    schema.validate({"routes": schema.conform(routes, "routes")})
