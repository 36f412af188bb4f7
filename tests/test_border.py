"""The border: its line, signed distances, bands and the people in them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import idlibgeo.border as ib
from idlibgeo import schema
from idlibgeo.border.line import shared_edge
from idlibgeo.border.segments import build_tree, find_feet
from idlibgeo.errors import CRSError, InputError, UnknownNameError
from idlibgeo.geo import GEOD, Bounds

AREA = Bounds(35.7, 35.2, 37.3, 37.0)
COAST = (35.9157, 35.9295)
# Square degrees: a centimetre along the edges of the bands, of some 10,000 km².
SLIVERS = 1e-8
LIMITS_M = [2000, 5000, 10000, 15000, 20000, 30000, 50000]


@pytest.fixture(scope="module")
def syria() -> ib.Border:
    return ib.load_border("SY", "TR", coast_point=COAST)


@pytest.fixture(scope="module")
def meridian() -> ib.Border:
    """A border along 10° E from 45° to 46° N, the origin in the west of it."""
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(10, 45), (10, 46)])], crs=4326)
    return ib.Border.from_lines(
        line, origin_point=(9.5, 45.5), countries=("AA", "BB"), source="test", licence="CC0"
    )


def points(*lon_lat: tuple[float, float], crs: int | None = 4326, **columns: object) -> gpd.GeoDataFrame:
    lon, lat = zip(*lon_lat, strict=True)
    return gpd.GeoDataFrame(columns or None, geometry=gpd.points_from_xy(lon, lat), crs=crs)


def brute_force_m(border: ib.Border, lon: float, lat: float) -> float:
    """The geodesic to the nearest of 400 points on each segment of the line that comes into question."""
    runs = [shapely.get_coordinates(part) for part in shapely.get_parts(border.geometry)]
    starts, ends = np.vstack([run[:-1] for run in runs]), np.vstack([run[1:] for run in runs])
    here = np.full(len(starts), lon), np.full(len(starts), lat)
    to_start = np.array(GEOD.inv(*here, *starts.T)[2])
    length = np.array(GEOD.inv(*starts.T, *ends.T)[2])
    near = to_start - length <= to_start.min()
    shares = np.linspace(0, 1, 401)[:, None, None]
    fine = (starts[near] + shares * (ends - starts)[near]).reshape(-1, 2)
    return float(min(GEOD.inv(np.full(len(fine), lon), np.full(len(fine), lat), *fine.T)[2]))


# --- the line ------------------------------------------------------------------------------------------------


def test_the_packaged_border_of_syria_and_turkey_has_its_known_length(syria: ib.Border) -> None:
    rows = syria.layer().set_index("part")
    assert rows.loc["land", "length_m"] + rows.loc["sea", "length_m"] == pytest.approx(939_235, abs=2_000)
    assert rows.loc["sea", "length_m"] == pytest.approx(22_700 + 560, abs=200)
    assert syria.licence == "ODbL-1.0"
    assert "OpenStreetMap" in syria.source


@pytest.mark.parametrize(("pair", "km"), [(("AD", "ES"), 64.3), (("AD", "FR"), 58.4)])
def test_inland_borders_have_no_sea_part(pair: tuple[str, str], km: float) -> None:
    border = ib.load_border(*pair)
    assert border.length_m / 1000 == pytest.approx(km, abs=0.1)
    assert border.sea.is_empty
    assert border.warnings == ()
    assert border.layer()["part"].tolist() == ["land"]


def test_a_straight_leg_that_begins_at_sea_is_sea_and_a_warning_says_so() -> None:
    border = ib.load_border("SY", "TR")
    assert border.layer().set_index("part").loc["sea", "length_m"] == pytest.approx(22_701, abs=5)
    assert any("out to sea" in note and "coast point" in note for note in border.warnings)


def test_several_neighbours_make_one_border() -> None:
    border = ib.load_border("AD", ["ES", "FR"])
    assert border.countries == ("AD", "ES", "FR")
    assert border.length_m == pytest.approx(122_674, abs=50)


@pytest.mark.parametrize("code", ["XK", "QQ", ""])
def test_a_code_without_a_zone_is_refused(code: str) -> None:
    with pytest.raises(UnknownNameError, match="expected a two-letter ISO code"):
        ib.load_border("SY", code)


@pytest.mark.parametrize(("one", "other"), [("SY", "FR"), ("SY", "SY")])
def test_countries_that_are_no_neighbours_are_refused(one: str, other: str) -> None:
    with pytest.raises(InputError, match="expected"):
        ib.load_border(one, other)


def test_a_coast_point_far_from_the_border_is_refused() -> None:
    with pytest.raises(InputError, match="expected a point where the border"):
        ib.load_border("SY", "TR", coast_point=(35.9295, 35.7157))


def test_an_area_far_from_the_border_is_refused() -> None:
    with pytest.raises(InputError, match="comes within 100 km"):
        ib.load_border("SY", "TR", bounds=(0, 50, 1, 51))


def test_the_layer_holds_to_the_schema(syria: ib.Border) -> None:
    schema.validate({"border": syria.layer()})


def test_shared_edge_runs_across_the_seam_of_a_ring() -> None:
    # The ring begins in the middle of its eastern side, which is the shared one.
    west = shapely.Polygon([(1, 0.5), (1, 1), (0, 1), (0, 0), (1, 0)])
    east = shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.5)])
    assert [line.wkt for line in shared_edge(west, east)] == ["LINESTRING (1 0, 1 0.5, 1 1)"]


def test_from_polygons_takes_the_edge_that_two_areas_share() -> None:
    west = gpd.GeoDataFrame(geometry=[shapely.box(9, 45, 10, 46)], crs=4326)
    east = gpd.GeoDataFrame(geometry=[shapely.box(10, 45, 11, 46)], crs=4326)
    border = ib.Border.from_polygons(west, east, countries=("AA", "BB"), source="test", licence="CC0")
    assert border.length_m == pytest.approx(GEOD.inv(10, 45, 10, 46)[2], abs=0.01)
    assert ib.distance_to_border(points((9.9, 45.5), (10.1, 45.5)), border)["distance_m"].gt(0).tolist() == [
        True,
        False,
    ]


def test_from_polygons_refuses_areas_without_a_shared_edge() -> None:
    west = gpd.GeoDataFrame(geometry=[shapely.box(9, 45, 10, 46)], crs=4326)
    east = gpd.GeoDataFrame(geometry=[shapely.box(10.1, 45, 11, 46)], crs=4326)
    with pytest.raises(InputError, match="share no edge"):
        ib.Border.from_polygons(west, east, countries=("AA", "BB"), source="test", licence="CC0")
    with pytest.raises(InputError, match="expected the neighbour's area too"):
        ib.Border.from_polygons(west, countries=("AA", "BB"), source="test", licence="CC0")


def test_from_lines_refuses_areas_and_points_off_the_side() -> None:
    area = gpd.GeoDataFrame(geometry=[shapely.box(9, 45, 10, 46)], crs=4326)
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(10, 45), (10, 46)])], crs=4326)
    kwargs = {"countries": ("AA", "BB"), "source": "test", "licence": "CC0"}
    with pytest.raises(InputError, match="expected lines"):
        ib.Border.from_lines(area, origin_point=(9.5, 45.5), **kwargs)
    with pytest.raises(InputError, match="expected a point on one side"):
        ib.Border.from_lines(line, origin_point=(45.5, 9.5), **kwargs)


def test_boundary_relations_of_a_file_share_their_edge() -> None:
    areas = gpd.GeoDataFrame(
        {"iso": ["AA", "BB"], "admin_level": [2, 2]},
        geometry=[shapely.box(9, 45, 10, 46), shapely.box(10, 45, 11, 46)],
        crs=4326,
    )
    whole = ib.Border.from_boundaries(areas, "AA", "BB", source="test")
    assert whole.length_m == pytest.approx(GEOD.inv(10, 45, 10, 46)[2], abs=0.01)
    # A file that holds only the neighbourhood of the border has open lines.
    cut = areas.assign(
        geometry=[
            shapely.LineString([(9.5, 45), (10, 45), (10, 46), (9.5, 46)]),
            shapely.LineString([(10.5, 46), (10, 46), (10, 45)]),
        ]
    )
    part = ib.Border.from_boundaries(cut, "AA", "BB", source="test", origin_point=(9.9, 45.5))
    assert part.length_m == pytest.approx(whole.length_m, abs=0.01)
    assert ib.distance_to_border(points((9.8, 45.5)), part)["status"].tolist() == ["inside"]
    with pytest.raises(InputError, match="origin_point"):
        ib.Border.from_boundaries(cut, "AA", "BB", source="test")
    with pytest.raises(InputError, match="without CC"):
        ib.Border.from_boundaries(areas, "AA", "CC", source="test")


# --- distance ------------------------------------------------------------------------------------------------


def test_distance_to_a_meridian_is_the_geodesic_along_the_parallel_nearly(meridian: ib.Border) -> None:
    found = ib.distance_to_border(points((9.0, 45.5), (10.01, 45.5)), meridian, tolerance_m=1000)
    assert found["status"].tolist() == ["inside", "tolerance"]
    assert found.loc[0, "distance_m"] == pytest.approx(brute_force_m(meridian, 9.0, 45.5), abs=0.1)
    assert found.loc[1, "distance_m"] == pytest.approx(-GEOD.inv(10, 45.5, 10.01, 45.5)[2], abs=0.1)


def test_maarrat_an_numan_lies_48_km_from_the_border_of_openstreetmap(syria: ib.Border) -> None:
    found = ib.distance_to_border(points((36.676587, 35.647569)), syria)
    assert found["distance_m"].item() == pytest.approx(48_260, abs=10)
    lon, lat = found[["nearest_lon", "nearest_lat"]].iloc[0]
    assert GEOD.inv(36.676587, 35.647569, lon, lat)[2] == pytest.approx(found["distance_m"].item(), abs=1e-6)


def test_distance_equals_a_search_by_geodesics_within_a_decimetre(syria: ib.Border) -> None:
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(35.7, 37.3, 60), rng.uniform(35.2, 37.0, 60)
    found = ib.distance_to_border(points(*zip(lon, lat, strict=True)), syria)
    expected = [brute_force_m(syria, *pair) for pair in zip(lon, lat, strict=True)]
    assert np.abs(found["distance_m"].abs() - expected).max() < 0.1


def test_bounds_leave_distances_as_they_are(syria: ib.Border) -> None:
    rng = np.random.default_rng(7)
    some = points(*zip(rng.uniform(35.95, 37.3, 200), rng.uniform(35.2, 36.2, 200), strict=True))
    cut = ib.load_border("SY", "TR", bounds=AREA, coast_point=COAST)
    whole = ib.distance_to_border(some, syria)
    pd.testing.assert_frame_equal(ib.distance_to_border(some, cut), whole, atol=1e-6)


def test_a_point_far_from_the_bounds_stays_on_its_side() -> None:
    cut = ib.load_border("SY", "TR", bounds=AREA, coast_point=COAST)
    damascus = ib.distance_to_border(points((36.3, 33.51)), cut)
    assert damascus["status"].tolist() == ["inside"]


def test_no_point_vanishes_and_the_index_stays(syria: ib.Border) -> None:
    given_points = points((36.7, 36.2), (36.7, 37.5), (36.68, 35.65)).set_index(pd.Index(["a", "b", "c"]))
    before = given_points.copy()
    found = ib.distance_to_border(given_points, syria)
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["status"].tolist() == ["inside", "outside", "inside"]
    assert found.loc["b", "distance_m"] < -50_000
    pd.testing.assert_frame_equal(given_points, before)


def test_points_outside_can_be_refused_with_their_distance(syria: ib.Border) -> None:
    with pytest.raises(InputError, match=r"row 1: \d+\.\d km"):
        ib.distance_to_border(points((36.7, 36.2), (36.7, 37.5)), syria, outside="refuse")


def test_swapped_coordinates_are_refused(syria: ib.Border) -> None:
    with pytest.raises(InputError, match="expected lon before lat"):
        ib.distance_to_border(points((35.647569, 36.676587), (35.93, 36.63)), syria)


def test_wrong_points_are_refused(syria: ib.Border) -> None:
    with pytest.raises(CRSError, match="without a CRS"):
        ib.distance_to_border(points((36.7, 36.2), crs=None), syria)
    with pytest.raises(InputError, match="look like metres"):
        ib.distance_to_border(points((291_000, 3_950_000)), syria)
    empty = gpd.GeoDataFrame(geometry=[shapely.Point(36.7, 36.2), None, shapely.Point()], crs=4326)
    with pytest.raises(InputError, match=r"rows \[1, 2\]"):
        ib.distance_to_border(empty, syria)
    areas = gpd.GeoDataFrame(geometry=[shapely.box(36, 35, 37, 36)], crs=4326)
    with pytest.raises(InputError, match="representative_point"):
        ib.distance_to_border(areas, syria)
    with pytest.raises(InputError, match="expected a Border"):
        ib.distance_to_border(points((36.7, 36.2)), syria.geometry)
    with pytest.raises(InputError, match="tolerance_m"):
        ib.distance_to_border(points((36.7, 36.2)), syria, tolerance_m=-1)
    with pytest.raises(UnknownNameError, match="outside"):
        ib.distance_to_border(points((36.7, 36.2)), syria, outside="drop")  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(9, 11), st.floats(44, 46)), min_size=2, max_size=30, unique=True),
    st.lists(st.tuples(st.floats(8, 12), st.floats(43, 47)), min_size=1, max_size=20),
)
def test_distance_is_the_same_along_the_reversed_line(
    line: list[tuple[float, float]], where: list[tuple[float, float]]
) -> None:
    lon, lat = np.array(where).T
    one = shapely.LineString(line)
    if one.length < 1e-6:
        return
    forth, back = (find_feet(build_tree(way), lon, lat) for way in (one, shapely.reverse(one)))
    np.testing.assert_allclose(forth.distance_m, back.distance_m, atol=1e-3)


def test_the_distance_is_that_of_karney_everywhere_on_earth() -> None:
    rng = np.random.default_rng(9)
    for _ in range(40):
        lon, lat = rng.uniform(-170, 170), rng.uniform(-85, 85)
        tree = build_tree(shapely.LineString([(lon, lat), (lon + 0.02, lat + 0.02)]))
        to_lon, to_lat, _ = GEOD.fwd(
            np.full(50, lon), np.full(50, lat), rng.uniform(0, 360, 50), rng.uniform(0, 400_000, 50)
        )
        found = find_feet(tree, np.array(to_lon), np.array(to_lat))
        exact = GEOD.inv(np.array(to_lon), np.array(to_lat), found.lon, found.lat)[2]
        assert np.abs(found.distance_m - exact).max() < 2e-4


def test_distance_works_across_the_antimeridian() -> None:
    tree = build_tree(shapely.LineString([(179.9, -17.0), (179.9, -16.0)]))
    found = find_feet(tree, np.array([-179.9]), np.array([-16.5]))
    assert found.distance_m[0] == pytest.approx(GEOD.inv(179.9, -16.5, -179.9, -16.5)[2], abs=1)


# --- bands ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(syria: ib.Border) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    return ib.bands_and_buffers(syria, distances_m=LIMITS_M, bounds=AREA)


@pytest.fixture(scope="module")
def bands(both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    return both[0]


@pytest.fixture(scope="module")
def buffers(both: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    return both[1]


def test_bands_hold_to_the_schema(bands: gpd.GeoDataFrame, buffers: gpd.GeoDataFrame) -> None:
    schema.validate({"border_bands": bands, "border_buffers": buffers})
    assert bands.geometry.is_valid.all()
    assert buffers.geometry.is_valid.all()


def test_bands_are_disjoint_and_together_the_last_buffer(
    bands: gpd.GeoDataFrame, buffers: gpd.GeoDataFrame
) -> None:
    last = buffers.geometry.iloc[-1]
    assert bands["area_m2"].sum() == pytest.approx(buffers["area_m2"].iloc[-1], rel=1e-8)
    assert shapely.union_all(bands.geometry.array).symmetric_difference(last, grid_size=1e-7).area < SLIVERS
    for i in range(len(bands)):
        for j in range(i):
            assert (
                shapely.intersection(bands.geometry.iloc[i], bands.geometry.iloc[j], grid_size=1e-7).area
                < SLIVERS
            )


def test_buffers_are_nested(buffers: gpd.GeoDataFrame) -> None:
    for inner, outer in zip(buffers.geometry[:-1], buffers.geometry[1:], strict=True):
        assert shapely.difference(inner, outer, grid_size=1e-7).area < SLIVERS


def test_the_edge_of_each_buffer_is_true_to_the_geodesic_within_a_thousandth(
    syria: ib.Border, buffers: gpd.GeoDataFrame
) -> None:
    tree = build_tree(syria.geometry)
    side = syria.origin_side.boundary.buffer(1e-4)
    shapely.prepare(side)
    for limit, area in zip(buffers["to_m"], buffers.geometry, strict=True):
        corners = shapely.get_coordinates(shapely.get_rings(area.segmentize(0.01)))
        west, south, east, north = AREA.padded(-1e-6)
        inner = (
            (corners[:, 0] > west)
            & (corners[:, 0] < east)
            & (corners[:, 1] > south)
            & (corners[:, 1] < north)
        )
        free = corners[inner & ~shapely.contains_xy(side, corners)]
        off = find_feet(tree, *free.T).distance_m / limit - 1
        assert np.abs(off).max() < 1e-3, limit


def test_points_fall_into_the_band_of_their_distance(syria: ib.Border, bands: gpd.GeoDataFrame) -> None:
    rng = np.random.default_rng(8)
    some = points(*zip(rng.uniform(35.95, 37.3, 3000), rng.uniform(35.2, 37.0, 3000), strict=True))
    found = ib.distance_to_border(some, syria)
    for row in bands.itertuples():
        near_edge = (found["distance_m"] - row.from_m).abs().lt(1e-3 * row.to_m) | (
            found["distance_m"] - row.to_m
        ).abs().lt(1e-3 * row.to_m)
        by_distance = found["distance_m"].between(row.from_m, row.to_m, inclusive="left")
        by_area = shapely.intersects(row.geometry, some.geometry.array)
        assert (by_distance == by_area)[~near_edge].all(), row.band_id


def test_a_buffer_of_a_straight_border_has_the_area_of_a_half_stadium(meridian: ib.Border) -> None:
    area_m2 = ib.border_buffers(meridian, distances_m=[10_000])["area_m2"].item()
    assert area_m2 == pytest.approx(10_000 * meridian.length_m + np.pi * 10_000**2 / 2, rel=1e-3)


@pytest.mark.parametrize("distances_m", [[], [0], [-1, 5], [0.02, 0.1], [2e6], ["far"], [float("nan")]])
def test_distances_that_are_no_metres_are_refused(meridian: ib.Border, distances_m: list[float]) -> None:
    with pytest.raises(InputError, match="distances_m"):
        ib.border_bands(meridian, distances_m=distances_m)


def test_bands_of_an_area_far_from_the_border_are_refused(meridian: ib.Border) -> None:
    with pytest.raises(InputError, match="expected"):
        ib.border_bands(meridian, distances_m=[2000], bounds=Bounds(9.0, 45.2, 9.2, 45.4))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(9.8, 10.2), min_size=3, max_size=12),
    st.lists(st.floats(500, 40_000), min_size=1, max_size=4, unique_by=lambda limit: round(limit / 500)),
)
def test_bands_of_any_zigzag_hold_the_points_of_their_distance(
    turns: list[float], limits: list[float]
) -> None:
    zigzag = shapely.LineString(list(zip(turns, np.linspace(45, 45.6, len(turns)), strict=True)))
    border = ib.Border.from_lines(
        gpd.GeoDataFrame(geometry=[zigzag], crs=4326),
        origin_point=(8.5, 45.3), countries=("AA", "BB"), source="test", licence="CC0",
    )  # fmt: skip
    bands, buffers = ib.bands_and_buffers(border, distances_m=limits)
    assert bands["area_m2"].sum() == pytest.approx(buffers["area_m2"].iloc[-1], rel=1e-6)
    assert (buffers["area_m2"].diff().dropna() >= -1).all()
    rng = np.random.default_rng(10)
    some = points(*zip(rng.uniform(9.3, 10.3, 300), rng.uniform(44.7, 45.9, 300), strict=True))
    found = ib.distance_to_border(some, border)["distance_m"].to_numpy()
    for row in bands.itertuples():
        by_area = shapely.intersects(row.geometry, some.geometry.array)
        by_distance = (found >= row.from_m) & (found < row.to_m)
        clear = np.minimum(np.abs(found - row.from_m), np.abs(found - row.to_m)) > 1e-3 * row.to_m
        assert (by_area == by_distance)[clear].all()


# --- people in bands -----------------------------------------------------------------------------------------


def test_people_in_bands_and_those_listed_are_everybody(meridian: ib.Border) -> None:
    sites = points(
        (9.99, 45.5), (9.9, 45.5), (9.2, 45.5), (10.005, 45.5), (10.5, 45.5),
        people_low=[5, 50, 500, 1, 7], people_mid=[10, 100, 1000, 2, 8], people_high=[20, 200, 2000, 4, 9],
        radius_m=[500.0, 3000.0, 0.0, 1000.0, 100.0], sites=[1, 4, 2, 1, 3],
    )  # fmt: skip
    measured = sites.join(ib.distance_to_border(sites, meridian))
    bands = ib.band_table(
        measured, ib.border_bands(meridian, distances_m=[2000, 10_000, 20_000]), error_m=100
    )
    listed = ib.band_left_out(measured, bands)
    assert bands["people_mid"].sum() + listed["people_mid"].sum() == pytest.approx(1120)
    assert listed.index.tolist() == [2, 4]
    assert "outside" in listed.loc[4, "reason"]
    assert (bands["people_low"] <= bands["people_mid"]).all()
    assert (bands["people_mid"] <= bands["people_high"]).all()


def test_people_without_a_position_are_listed(meridian: ib.Border) -> None:
    table = pd.DataFrame({"distance_m": [1000.0, None], "status": ["inside", None], "people": [10, 90]})
    bands = ib.border_bands(meridian, distances_m=[2000])
    assert ib.band_table(table, bands)["people_mid"].tolist() == [10]
    listed = ib.band_left_out(table, bands)
    assert listed["people_mid"].tolist() == [90]
    assert listed["reason"].tolist() == ["has no position"]


def test_a_border_twenty_kilometres_off_shows_in_the_bounds(meridian: ib.Border) -> None:
    sites = points((9.9, 45.5), people=[100])
    measured = sites.join(ib.distance_to_border(sites, meridian))
    bands = ib.band_table(
        measured, ib.border_bands(meridian, distances_m=[5000, 10_000, 20_000]), error_m=20_000
    )
    assert bands["people_low"].tolist() == [0, 0, 0]
    assert bands["people_high"].tolist() == [100, 100, 100]
    assert bands["people_mid"].tolist() == [0, 100, 0]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1500, 60_000), st.floats(0, 5000), st.floats(0, 1e6)), min_size=1, max_size=20
    ),
    st.lists(st.floats(10, 50_000), min_size=1, max_size=5, unique=True),
)
def test_people_are_conserved_and_ordered(
    sites: list[tuple[float, float, float]], limits: list[float]
) -> None:
    distance_m, radius_m, people = zip(*sites, strict=True)
    ends = sorted(limits)
    bands = gpd.GeoDataFrame(
        {"from_m": [0.0, *ends[:-1]], "to_m": ends}, geometry=[shapely.box(0, 0, 1, 1)] * len(ends), crs=4326
    )
    table = pd.DataFrame(
        {"distance_m": distance_m, "radius_m": radius_m, "people": people, "status": "inside"}
    )
    counted, listed = ib.band_table(table, bands), ib.band_left_out(table, bands)
    assert counted["people_mid"].sum() + listed["people_mid"].sum() == pytest.approx(sum(people), abs=1e-3)
    assert (counted["people_low"] <= counted["people_mid"] + 1e-3).all()
    assert (counted["people_mid"] <= counted["people_high"] + 1e-3).all()
    halves = pd.concat([table, table], ignore_index=True).assign(people=lambda rows: rows["people"] / 2)
    pd.testing.assert_series_equal(ib.band_table(halves, bands)["people_mid"], counted["people_mid"])


def test_people_that_are_missing_or_negative_are_refused(meridian: ib.Border) -> None:
    bands = ib.border_bands(meridian, distances_m=[2000])
    table = pd.DataFrame(
        {"distance_m": [1.0, 2.0, 3.0], "status": "inside", "people": [1, None, -3]}, index=["a", "b", "c"]
    )
    with pytest.raises(InputError, match=r"rows \['b', 'c'\]"):
        ib.band_table(table, bands)
    with pytest.raises(InputError, match="Add what distance_to_border gives"):
        ib.band_table(table.drop(columns="distance_m"), bands)


# --- crossings -----------------------------------------------------------------------------------------------


def crossings() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "crossing_id": ["a", "a", "b"],
            "name": ["North gate", "North gate", "South gate"],
            "name_ar": ["باب الشمال", "باب الشمال", "باب الجنوب"],
            "type": ["official", "official", "informal"],
            "status": ["closed", "open", "limited"],
            "status_from": ["2015-01-01", "2020-01-01", None],
            "status_to": ["2019-12-31", None, None],
            "source": "own",
            "lon": [36.7, 36.7, 36.2],
            "lat": [36.2, 36.2, 35.9],
        }
    )


@pytest.mark.parametrize(
    ("day", "status"), [("2014-06-01", "unknown"), ("2018-06-01", "closed"), ("2020-06-01", "open")]
)
def test_a_crossing_has_the_status_of_the_map_s_date(day: str, status: str) -> None:
    layer = ib.crossings_table(crossings(), as_of=day).set_index("crossing_id")
    assert layer.loc["a", "status"] == status
    assert layer.loc["b", "status"] == "limited"
    schema.validate({"crossings": layer.reset_index()})


def test_wrong_crossings_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean official"):
        ib.crossings_table(crossings().assign(type="offical"))
    with pytest.raises(InputError, match="expected \\['source'\\] too"):
        ib.crossings_table(crossings().drop(columns="source"))
    with pytest.raises(InputError, match="lon and lat"):
        ib.crossings_table(crossings().drop(columns="lon"))
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        ib.crossings_table(crossings().assign(status_from="soon"))


# --- real data -----------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_no_community_of_ocha_falls_on_the_wrong_side(shared: Path, syria: ib.Border) -> None:
    table = pd.read_csv(shared / "places" / "ocha_locations.csv")
    lon, lat = "Longitude_x", "Latitude_y"
    near = table[table[lon].between(35.95, 37.3) & table[lat].between(35.2, 37.0)]
    communities = gpd.GeoDataFrame(near, geometry=gpd.points_from_xy(near[lon], near[lat]), crs=4326)
    found = ib.distance_to_border(communities, syria)
    assert len(found) == 2066
    assert (found["status"] == "inside").all()


@pytest.mark.shared
def test_the_line_of_ocha_is_follows_and_is_nearer(shared: Path, syria: ib.Border) -> None:
    country = gpd.read_file(shared / "border" / "syr_admbnda_adm0_uncs_unocha_20201217.shp")
    cod = ib.Border.from_polygons(
        country, countries=("SY", "TR"), source="OCHA COD-AB", licence="other", along=syria
    )
    found = ib.distance_to_border(points((36.676587, 35.647569)), cod)
    assert found["distance_m"].item() == pytest.approx(47_495, abs=1)


@pytest.mark.shared
def test_people_near_the_border_come_near_the_count_from_single_sites(shared: Path, syria: ib.Border) -> None:
    clusters = pd.read_csv(shared / "camps" / "camp_clusters_2019-02_to_2019-11.csv")
    reference = pd.read_csv(shared / "camps" / "persons_by_border_band_2019-02_to_2019-11.csv")
    month = clusters[(clusters["month"] == "2019-11") & clusters["lon"].notna()].rename(
        columns={"persons": "people"}
    )
    sites = gpd.GeoDataFrame(month, geometry=gpd.points_from_xy(month["lon"], month["lat"]), crs=4326)
    measured = sites.assign(radius_m=2000.0).join(ib.distance_to_border(sites, syria))
    expected = reference[reference["month"] == "2019-11"].set_index("within_km_of_turkish_border")["persons"]
    counted = ib.band_table(
        measured, ib.border_buffers(syria, distances_m=expected.index * 1000, bounds=AREA), error_m=100
    )
    # The clusters locate 711,136 of the 838,193 people: shares of the located are compared. Within 2 km the
    # centroid of a cluster says little about its sites; the bounds say so.
    share = counted["people_mid"].to_numpy() / month["people"].sum()
    wanted = expected.to_numpy() / expected.iloc[-1]
    assert np.abs(share - wanted)[1:].max() < 0.06
    low, high = counted["people_low"] / month["people"].sum(), counted["people_high"] / month["people"].sum()
    assert low.iloc[0] < wanted[0] < high.iloc[0]


@pytest.mark.shared
def test_the_relations_of_an_osm_file_lie_on_the_packaged_border(shared: Path) -> None:
    from idlibgeo.osm import read_osm

    boundaries = read_osm(shared / "osm" / "andorra.osm.pbf").boundaries
    border = ib.Border.from_boundaries(
        boundaries, "AD", "FR", source="andorra.osm.pbf", origin_point=(1.5218, 42.5075)
    )
    packaged = ib.load_border("AD", "FR")
    # The file holds 50.6 of 58.4 km: its extract is cut at a polygon that follows the border loosely.
    assert 50_000 < border.length_m < packaged.length_m
    town = points((1.5218, 42.5075))
    one, two = (ib.distance_to_border(town, line)["distance_m"].item() for line in (border, packaged))
    assert one == pytest.approx(two, abs=50)
