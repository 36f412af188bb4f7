"""The bundled sample keeps its promises: counts, connectivity, lengths, positions, sources and no single site."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
PCODE = re.compile(r"SY\d{2}|SY\d{4}|SY\d{6}|C\d{4}")
TABLES = (
    "places_geonames", "places_own", "roads", "road_waypoints", "crossings", "camps", "closures",
    "road_distances", "coast",
)  # fmt: skip
GAZETTEER = [
    "place_id", "name", "name_ar", "alternates", "pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode",
    "kind", "lon", "lat", "radius_m", "population", "source",
]  # fmt: skip


def read(sample: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(sample / f"{name}.csv", dtype=str, keep_default_na=False)


def number(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column).to_numpy()


@pytest.fixture(scope="module")
def places(sample: Path) -> pd.DataFrame:
    return (
        pd.concat([read(sample, "places_geonames"), read(sample, "places_own")])
        .fillna("")
        .reset_index(drop=True)
    )


@pytest.fixture(scope="module")
def waypoints(sample: Path) -> pd.DataFrame:
    frame = read(sample, "road_waypoints")
    return frame.assign(lon=number(frame.lon), lat=number(frame.lat), seq=number(frame.seq))


@pytest.fixture(scope="module")
def graph(waypoints: pd.DataFrame) -> nx.Graph:
    built = nx.Graph()
    for _, road in waypoints.groupby("road_id"):
        points = list(zip(road.lon, road.lat, strict=True))
        for a, b in itertools.pairwise(points):
            built.add_edge(a, b, km=GEOD.inv(*a, *b)[2] / 1000)
    return built


@pytest.mark.parametrize("name", TABLES)
def test_no_row_has_stray_blanks_and_no_cell_is_missing(sample: Path, name: str) -> None:
    with (sample / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(cell == cell.strip() for row in rows for cell in row)
    assert b"\r" not in (sample / f"{name}.csv").read_bytes()


@pytest.mark.parametrize(
    ("name", "key"),
    [("roads", "road_id"), ("crossings", "crossing_id"), ("camps", "camp_id"), ("closures", "closure_id"),
     ("provenance", "source_id")],
)  # fmt: skip
def test_identifiers_are_unique(sample: Path, name: str, key: str) -> None:
    assert read(sample, name)[key].is_unique


def test_places_are_unique_over_both_tables(places: pd.DataFrame) -> None:
    assert places.place_id.is_unique
    assert places.pcode[places.pcode != ""].is_unique


def test_the_extract_holds_the_308_places_of_geonames(sample: Path) -> None:
    extract = read(sample, "places_geonames")
    assert list(extract.columns) == GAZETTEER
    assert len(extract) == 308
    assert (extract.name_ar != "").all()
    assert not extract.name_ar.str.contains("[A-Za-zکیہےھ]").any(), "Arabic letters only, as Arabic uses them"


def test_own_places_have_the_gazetteer_columns_and_a_note(sample: Path) -> None:
    assert list(read(sample, "places_own").columns) == [*GAZETTEER, "note"]


def test_every_place_has_both_names_a_position_a_radius_and_a_source(places: pd.DataFrame) -> None:
    assert (places[["name", "name_ar", "kind", "source"]] != "").all().all()
    # The extract is of the whole country; the Turkish towns lie a little north of it.
    assert ((number(places.lon) > 35.5) & (number(places.lon) < 42.5)).all()
    assert ((number(places.lat) > 32.2) & (number(places.lat) < 37.4)).all()
    assert (number(places.radius_m) >= 1500).all()


def test_the_three_danas_are_there(places: pd.DataFrame) -> None:
    danas = places[places.pcode.isin(["C3965", "C4126", "C8154"])].set_index("pcode")
    assert len(danas) == 3
    assert danas.adm3_pcode.to_dict() == {"C3965": "SY070200", "C4126": "SY070301", "C8154": "SY020200"}


def test_vague_areas_say_what_they_are_and_how_wide(sample: Path) -> None:
    own = read(sample, "places_own")
    areas = own[own.place_id.str.startswith("area:")]
    assert {"Southern Idlib", "Jabal Zawiya", "North-western Syria", "Idlib de-escalation zone"} <= set(
        areas.name
    )
    assert (areas.note != "").all()
    assert (number(areas.radius_m) >= 4000).all()


@pytest.mark.parametrize("name", ["places_geonames", "places_own", "camps"])
def test_codes_are_well_formed_and_nested(sample: Path, name: str) -> None:
    frame = read(sample, name)
    columns = [c for c in ("pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode") if c in frame]
    for column in columns:
        given = frame[column][frame[column] != ""]
        assert given.map(lambda code: bool(PCODE.fullmatch(code))).all()
    for row in frame.itertuples():
        assert row.adm2_pcode.startswith(row.adm1_pcode) or not row.adm2_pcode
        assert row.adm3_pcode.startswith(row.adm2_pcode) or not row.adm3_pcode


def test_there_are_sixty_roads_and_250_waypoints(sample: Path, waypoints: pd.DataFrame) -> None:
    roads = read(sample, "roads")
    assert len(roads) >= 60
    assert len(waypoints.drop_duplicates(["lon", "lat"])) >= 250
    assert set(roads.road_id) == set(waypoints.road_id)
    assert set(roads.highway) <= {"trunk", "primary", "secondary", "tertiary"}
    assert {"M4", "M5"} <= set(roads.ref)


def test_each_road_is_an_ordered_line(waypoints: pd.DataFrame) -> None:
    for road_id, road in waypoints.groupby("road_id"):
        assert list(road.seq) == list(range(1, len(road) + 1)), road_id
        steps = GEOD.inv(road.lon[:-1], road.lat[:-1], road.lon[1:], road.lat[1:])[2]
        assert min(steps) > 300, road_id
        assert max(steps) < 15_000, road_id


def test_roads_form_one_connected_component(graph: nx.Graph) -> None:
    assert nx.is_connected(graph)


def test_no_two_roads_cross_without_a_common_waypoint(waypoints: pd.DataFrame) -> None:
    points = {road: list(zip(g.lon, g.lat, strict=True)) for road, g in waypoints.groupby("road_id")}
    lines = {road: shapely.LineString(chain) for road, chain in points.items()}
    for a, b in itertools.combinations(lines, 2):
        meeting = lines[a].intersection(lines[b])
        common = shapely.MultiPoint(sorted(set(points[a]) & set(points[b])))
        assert meeting.length == 0, f"{a} and {b} run over one another"
        assert meeting.is_empty or meeting.hausdorff_distance(common) < 1e-6, f"{a} and {b} cross"


def test_a_place_on_several_roads_is_one_and_the_same_waypoint(waypoints: pd.DataFrame) -> None:
    named = waypoints[waypoints.place_id != ""]
    assert (named.groupby("place_id")[["lon", "lat", "waypoint"]].nunique() == 1).all().all()
    assert (named.groupby(["lon", "lat"]).place_id.nunique() == 1).all(), "two places share one point"


def test_waypoints_that_are_places_stand_where_the_place_stands(
    sample: Path, waypoints: pd.DataFrame, places: pd.DataFrame
) -> None:
    crossings = read(sample, "crossings").assign(place_id=lambda f: "crossing:" + f.crossing_id)
    known = pd.concat([places, crossings]).set_index("place_id")
    for point in waypoints[waypoints.place_id != ""].itertuples():
        place = known.loc[point.place_id]
        assert (point.lon, point.lat) == (float(place.lon), float(place.lat)), point.place_id


def test_road_lengths_are_within_ten_percent_of_published_ones(
    sample: Path, graph: nx.Graph, places: pd.DataFrame
) -> None:
    known = places.set_index("place_id")
    published = read(sample, "road_distances")
    assert len(published) >= 10
    for row in published.itertuples():
        stops = [known.loc[p] for p in (row.from_id, row.via_id, row.to_id) if p]
        points = [(float(s.lon), float(s.lat)) for s in stops]
        legs = itertools.pairwise(points)
        km = sum(nx.dijkstra_path_length(graph, a, b, weight="km") for a, b in legs)
        assert km == pytest.approx(float(row.distance_km), rel=0.10), f"{row.from_name}–{row.to_name}"


def test_idlib_to_aleppo_is_about_seventy_kilometres_on_the_shortest_way_too(
    graph: nx.Graph, places: pd.DataFrame
) -> None:
    idlib, aleppo = (places.set_index("pcode").loc[code] for code in ("C3871", "C1007"))
    ends = [(float(p.lon), float(p.lat)) for p in (idlib, aleppo)]
    assert nx.dijkstra_path_length(graph, *ends, weight="km") == pytest.approx(70, rel=0.10)


@pytest.mark.shared
def test_waypoints_lie_within_1500_m_of_the_communities_that_they_name(
    shared: Path, waypoints: pd.DataFrame, places: pd.DataFrame
) -> None:
    ocha = pd.read_csv(shared / "places" / "ocha_locations.csv", encoding="utf-8-sig").set_index(
        "Location_Pcode"
    )
    codes = places.set_index("place_id").pcode
    named = waypoints[waypoints.place_id.isin(codes.index[codes.str.startswith("C")])].drop_duplicates(
        "place_id"
    )
    assert len(named) > 250
    truth = ocha.loc[codes[named.place_id]]
    off_m = GEOD.inv(named.lon, named.lat, truth.Longitude_x, truth.Latitude_y)[2]
    assert off_m.max() <= 1500


@pytest.mark.shared
def test_positions_of_own_communities_are_rounded_not_copied(shared: Path, sample: Path) -> None:
    ocha = pd.read_csv(shared / "places" / "ocha_locations.csv", encoding="utf-8-sig").set_index(
        "Location_Pcode"
    )
    own = read(sample, "places_own")
    own = own[own.pcode.str.startswith("C")]
    truth = ocha.loc[own.pcode]
    assert np.allclose(number(own.lon), truth.Longitude_x.round(2), atol=1e-9)
    assert (own.adm3_pcode.to_numpy() == truth.admin3Pcode.to_numpy()).all()


def test_no_camp_row_of_fewer_than_three_sites_has_a_position(sample: Path) -> None:
    camps = read(sample, "camps")
    few = number(camps.sites) < 3
    assert (camps.lon[few] == "").all() and (camps.lat[few] == "").all()
    assert (camps.adm1_pcode != "").all()


def test_camp_positions_are_no_finer_than_a_hundredth_of_a_degree(sample: Path) -> None:
    camps = read(sample, "camps")
    for column in (camps.lon, camps.lat):
        assert column.map(lambda v: v == "" or len(v.split(".")[1]) <= 2).all()
    assert set(camps.level) == {"cluster", "adm2", "adm1"}, "never a single site"
    assert (number(camps.radius_m) >= 2000).all()


def test_all_people_of_the_source_are_kept(sample: Path) -> None:
    camps = read(sample, "camps").astype(
        {"people_low": int, "people_mid": int, "people_high": int, "sites": int}
    )
    totals = camps.groupby("date")[["people_mid", "sites"]].sum()
    assert totals.loc["2019-11-30"].to_dict() == {"people_mid": 868_486, "sites": 483}
    assert totals.loc["2019-02-28"].to_dict() == {"people_mid": 470_058, "sites": 323}
    assert (camps.people_low < camps.people_mid).all() and (camps.people_mid < camps.people_high).all()


def test_what_lies_east_of_the_map_or_has_no_position_is_known(sample: Path) -> None:
    camps = read(sample, "camps").astype({"people_mid": int})
    november = camps[camps.date == "2019-11-30"]
    nowhere = november[november.lon == ""]
    east = november[(november.lon != "") & (pd.to_numeric(november.lon) > 37.3)]
    assert (nowhere.people_mid.sum(), east.people_mid.sum()) == (9_184, 18_463)
    assert november.drop(nowhere.index).drop(east.index).people_mid.sum() == 868_486 - 9_184 - 18_463


@pytest.mark.shared
def test_clusters_lie_in_the_sub_district_that_they_name(shared: Path, sample: Path) -> None:
    gpd = pytest.importorskip("geopandas")
    areas = (
        gpd.read_file(next((shared / "border").glob("*adm3*.shp")))
        .to_crs(32637)
        .set_index("ADM3_PCODE")
        .geometry
    )
    camps = read(sample, "camps")
    camps = camps[(camps.level == "cluster") & (camps.adm3_pcode != "")]
    points = gpd.points_from_xy(number(camps.lon), number(camps.lat), crs=4326).to_crs(32637)
    off_m = [areas[code].distance(point) for code, point in zip(camps.adm3_pcode, points, strict=True)]
    assert max(off_m) < 750, "the source rounds to 0.01°"


@pytest.mark.shared
def test_crossings_lie_at_the_border(shared: Path, sample: Path) -> None:
    gpd = pytest.importorskip("geopandas")
    syria = gpd.read_file(next((shared / "border").glob("*adm0*.shp"))).to_crs(32637).geometry.iloc[0]
    crossings = read(sample, "crossings")
    points = gpd.points_from_xy(number(crossings.lon), number(crossings.lat), crs=4326).to_crs(32637)
    # OCHA's line is itself up to 1.6 km off here, and positions are rounded to 0.01°.
    assert max(syria.boundary.distance(point) for point in points) < 2500


def test_crossings_use_the_words_of_the_schema(sample: Path) -> None:
    crossings = read(sample, "crossings")
    assert set(crossings.type) <= {"official", "military", "commercial", "informal"}
    assert set(crossings.status) <= {"open", "closed", "limited", "unknown"}
    assert (crossings.name_ar != "").all()


def test_closures_name_roads_that_exist(sample: Path) -> None:
    closures = read(sample, "closures")
    assert set(closures.road_id) <= set(read(sample, "roads").road_id)
    assert (closures.date_to.eq("") | (closures.date_from < closures.date_to)).all()
    assert number(closures.probability).max() <= 1
    factors = pd.to_numeric(closures.factor[closures.factor != ""])
    assert (factors > 1).all()


def test_with_all_closures_in_force_the_north_can_still_be_reached(
    sample: Path, waypoints: pd.DataFrame, places: pd.DataFrame
) -> None:
    closures = read(sample, "closures")
    in_force = (closures.date_from <= "2020-01-07") & (
        closures.date_to.eq("") | (closures.date_to >= "2020-01-07")
    )
    shut = set(closures.road_id[in_force & closures.factor.eq("")])
    left = nx.Graph()
    for road_id, road in waypoints.groupby("road_id"):
        if road_id not in shut:
            nx.add_path(left, list(zip(road.lon, road.lat, strict=True)))
    known = places.set_index("pcode")
    start = known.loc["C3985"]
    for code in ("C4126", "C1366", "C1564", "C4231"):
        goal = known.loc[code]
        assert nx.has_path(left, (float(start.lon), float(start.lat)), (float(goal.lon), float(goal.lat))), (
            code
        )


def test_every_source_is_in_the_provenance_table(sample: Path) -> None:
    names = read(sample, "provenance").name.str.casefold()
    for table in TABLES:
        for source in read(sample, table).source.unique():
            assert any(name in source.casefold() for name in names), source


def test_every_file_of_the_sample_is_in_the_provenance_table(sample: Path) -> None:
    notes = " ".join(read(sample, "provenance").note)
    files = [
        p for p in sample.rglob("*") if p.is_file() and p.name not in {"provenance.csv", "scenario.toml"}
    ]
    assert [p.name for p in files if p.name not in notes] == []


# What the layers of a bundle are made from; the others are made from these.
GIVEN_LAYERS = {"places", "crossings", "border", "roads", "closures", "camps", "figures"}


@pytest.mark.parametrize("folder", ["data/sample", "scenarios/andorra"])
def test_sources_name_the_layers_that_they_are_used_for(repository: Path, folder: str) -> None:
    table = read(repository / folder, "provenance")
    used = table.used_for[table.used_for != ""]
    layers = {layer for cell in used for layer in cell.split("; ")}
    assert layers == GIVEN_LAYERS
    assert layers <= set(read(repository / "idlibgeo", "schema_layers").layer)
    # A source of no layer says what it is for instead.
    assert table.note[table.used_for == ""].str.contains("tested against").all()


@pytest.mark.parametrize("folder", ["data/sample", "scenarios/andorra"])
def test_sources_say_licence_and_attribution_and_begin_with_a_short_code(
    repository: Path, folder: str
) -> None:
    table = read(repository / folder, "provenance")
    assert table.source_id.is_unique
    assert table.source_id.str.fullmatch(r"[a-z]{3,14}(-[a-z0-9]+)*").all()
    assert (table[["licence", "attribution", "note"]] != "").all().all()


def test_the_first_source_of_a_layer_is_the_one_that_names_it(sample: Path) -> None:
    table = read(sample, "provenance")
    first = {
        layer: next(
            row.source_id.partition("-")[0] for row in table.itertuples() if layer in row.used_for.split("; ")
        )
        for layer in GIVEN_LAYERS
    }
    assert first == {
        "places": "geonames", "roads": "idl", "camps": "cccm", "border": "osm", "crossings": "idl",
        "closures": "idl", "figures": "anews",
    }  # fmt: skip


REPORTS = ("2019-12-30-orient-ar", "2020-01-07-anews", "2020-01-08-ocha", "2020-01-09-anews")


@pytest.mark.parametrize("name", REPORTS)
def test_reports_begin_with_their_header_block(sample: Path, name: str) -> None:
    head, body = (sample / "reports" / f"{name}.txt").read_text(encoding="utf-8").split("\n\n", 1)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    assert set(fields) == {"Title", "Publisher", "Date", "Source", "URL", "Language"}
    assert name.startswith(fields["Date"])
    assert len(body) > 200


def test_reports_carry_the_facts_of_the_case(sample: Path) -> None:
    text = " ".join((sample / "reports" / f"{name}.txt").read_text(encoding="utf-8") for name in REPORTS)
    for fact in ("31,000", "past four days", "359,471", "early November 2019", "250,000", "Thousands of families",
                 "1,300", "September 2018", "3 million", "75 percent", "3.7 million", "40 billion dollars",
                 "over a million", "no space", "312,000", "30,000", "20,000", "379,000"):  # fmt: skip
        assert fact in text, fact


@pytest.mark.parametrize("name", ["camps", "crossings", "closures", "provenance"])
def test_the_andorran_exercise_has_the_same_columns_as_the_sample(
    repository: Path, sample: Path, name: str
) -> None:
    assert list(read(repository / "scenarios" / "andorra", name).columns) == list(read(sample, name).columns)


def test_the_andorran_exercise_says_that_it_is_one(repository: Path) -> None:
    folder = repository / "scenarios" / "andorra"
    report = next((folder / "reports").glob("*.txt")).read_text(encoding="utf-8")
    assert "This is an exercise" in report and report.startswith("Title: Exercise")
    assert read(folder, "camps").source.str.contains("Exercise").all()
