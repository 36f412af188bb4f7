"""`idlibgeo network` and `idlibgeo route` as a person types them: a town in a file, and the schematic sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner, Result

from idlibgeo import sources
from idlibgeo.cli.main import commands
from idlibgeo.roads import RoadNetwork

# A square of 0.01° at the equator, 1 – 2 – 3 – 4, its bridge between 2 and 3; a footway from 4 to 5; and another
# road, 6 – 7, that is not connected.
TOWN = """<osm version="0.6">
<node id="1" lon="36.00" lat="0.00"/><node id="2" lon="36.01" lat="0.00"/><node id="3" lon="36.01" lat="0.01"/>
<node id="4" lon="36.00" lat="0.01"/><node id="5" lon="36.00" lat="0.02"/>
<node id="6" lon="36.10" lat="0.00"/><node id="7" lon="36.10" lat="0.05"/>
<way id="11"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="Main road"/></way>
<way id="12"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="bridge" v="yes"/></way>
<way id="13"><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="highway" v="track"/></way>
<way id="14"><nd ref="4"/><nd ref="5"/><tag k="highway" v="footway"/></way>
<way id="15"><nd ref="6"/><nd ref="7"/><tag k="highway" v="primary"/></way>
</osm>"""
WEST, EAST, NORTH, PARK, ELSEWHERE = "36.0,0.0", "36.01,0.0", "36.01,0.01", "36.0,0.02", "36.1,0.02"


def call(*arguments: Any) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def answer(*arguments: Any) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def town(tmp_path: Path) -> Path:
    file = tmp_path / "town.osm"
    file.write_text(TOWN, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def schematic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sample") / "sample.gpkg"
    assert call("network", sources.sample_folder() / "scenario.toml", "-o", file).exit_code == 0
    return file


def test_a_network_is_written_counted_and_its_parts_named(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "town.gpkg"
    made = answer("network", town, "-o", file)
    assert made["counts"]["ways_read"] == 5
    assert made["counts"]["components"] == 2
    assert [part["name"] for part in made["parts"]] == ["part 0", "part 1"] or made["parts"][0][
        "stretches"
    ] > 1
    assert len(RoadNetwork.read(file).edge_u) == made["counts"]["stretches"]


def test_bounds_cut_an_osm_file_and_nothing_else(town: Path, schematic: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.gpkg"
    assert answer("network", town, "-o", file, "--bounds", "36.09,-1,36.11,1")["counts"]["ways_kept"] == 1
    nothing = call("network", town, "-o", file, "--bounds", "10,50,11,51")
    assert nothing.exit_code == 1
    assert "in the bounds 10,50,11,51" in nothing.stderr
    refused = call("network", schematic, "-o", file, "--bounds", "36,35,37,36")
    assert refused.exit_code == 1
    assert "expected an OSM file, which alone is cut" in refused.stderr


def test_a_file_of_a_network_and_the_osm_file_give_the_same_route(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "town.gpkg"
    call("network", town, "-o", file)
    ways = [
        answer("route", "--network", path, "--from", WEST, "--to", NORTH)["routes"] for path in (town, file)
    ]
    assert ways[0] == ways[1]
    (route,) = ways[0]
    # One side along the equator and one along the meridian: 1113.195 m and 1105.743 m.
    assert route["length_m"] == pytest.approx(1113.195 + 1105.743, abs=0.01)
    assert route["travel_time_s_low"] < route["travel_time_s_mid"] < route["travel_time_s_high"]
    assert (route["rank"], route["overlap"], route["stretch"]) == (1, 0.0, 1.0)
    assert (route["snap_from_m"], route["snap_to_m"]) == pytest.approx((0.0, 0.0), abs=0.01)
    assert route["geometry"]["coordinates"] == [[36.0, 0.0], [36.01, 0.0], [36.01, 0.01]]


def test_a_closed_bridge_moves_the_route_on_its_days(town: Path, tmp_path: Path) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text(
        "osmid,from,to,reason,source\n12,2020-01-01,2020-01-31,bridge hit,me\n", encoding="utf-8"
    )

    def route(*date: str) -> dict[str, Any]:
        return answer(
            "route", "--network", town, "--from", EAST, "--to", NORTH, "--closures", closures, *date
        )

    plain = answer("route", "--network", town, "--from", EAST, "--to", NORTH)
    within, after, undated = route("--date", "2020-01-15"), route("--date", "2020-03-01"), route()
    assert within["routes"][0]["length_m"] == pytest.approx(2 * 1113.195 + 1105.743, abs=0.01)
    assert after["routes"] == undated["routes"] == plain["routes"]
    assert "outside the dates of all 1 closures" in after["notes"][0]
    assert "the query has no date" in undated["notes"][0]


@pytest.mark.parametrize(
    "table",
    [
        'wkt,factor\n"LINESTRING (36.005 0.005, 36.02 0.005)",\n',
        "closure_id,edge_id,date_from,date_to\nk1,2-3-0,,\n",
    ],
)
def test_closures_are_known_by_shape_or_id(town: Path, tmp_path: Path, table: str) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text(table, encoding="utf-8")
    found = answer("route", "--network", town, "--from", EAST, "--to", NORTH, "--closures", closures)
    assert found["routes"][0]["length_m"] > 3000
    assert found["notes"] == []


@pytest.mark.parametrize("name", ["area.gpkg", "area.geojson"])
def test_an_area_to_avoid_is_drawn_in_any_crs(town: Path, tmp_path: Path, name: str) -> None:
    crs = 3857 if name.endswith("gpkg") else 4326
    area = gpd.GeoDataFrame(
        {"reason": ["mines"]}, geometry=[shapely.box(36.008, 0.004, 36.012, 0.006)], crs=4326
    )
    area.to_crs(crs).to_file(tmp_path / name)
    found = answer("route", "--network", town, "--from", EAST, "--to", NORTH, "--closures", tmp_path / name)
    assert found["routes"][0]["length_m"] > 3000


def test_no_open_road_is_an_answer_with_its_reason(town: Path, tmp_path: Path) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text("osmid,reason\n13,landslide\n", encoding="utf-8")
    question = ("route", "--network", town, "--mode", "foot", "--from", WEST, "--to", PARK)
    shut = answer(*question, "--closures", closures)
    assert len(answer(*question)["routes"]) == 1
    assert shut["routes"] == []
    (row,) = shut["unreachable"]
    assert (row["from"], row["to"], row["status"]) == (WEST, PARK, "unreachable")
    assert "the nearest point that can be reached is 36.01000, 0.01000, 1569 m from it" in row["message"]


def test_another_part_of_the_network_is_unreachable_and_the_sea_is_off_it(town: Path) -> None:
    done = call("route", "--network", town, "--from", WEST, "--to", ELSEWHERE)
    assert done.exit_code == 0
    assert (
        "unreachable: no open road leads to 36.1,0.02; the nearest point that can be reached is"
        in done.stdout
    )
    sea = answer("route", "--network", town, "--from", WEST, "--to", "37.0,-3.0")
    assert sea["unreachable"][0]["status"] == "off_network"
    assert "further than the limit of 5000 m" in sea["unreachable"][0]["message"]


def test_to_be_there_already_is_a_route_without_length(town: Path) -> None:
    answered = answer("route", "--network", town, "--from", WEST, "--to", WEST)
    (route,) = answered["routes"]
    assert route["note"] == "origin and destination are the same point of the roads"
    assert (route["length_m"], route["travel_time_s_mid"], route["geometry"]) == (0.0, 0.0, None)


def test_walkers_take_paths_and_a_family_rests(town: Path) -> None:
    drive = answer("route", "--network", town, "--from", WEST, "--to", PARK)["routes"][0]
    walk = answer("route", "--network", town, "--from", WEST, "--to", PARK, "--mode", "foot")
    assert drive["snap_to_m"] == pytest.approx(1105.743, abs=1)
    assert walk["routes"][0]["snap_to_m"] == pytest.approx(0.0, abs=0.01)
    # Tobler 1993: 5.04 km/h on the flat.
    assert walk["routes"][0]["travel_time_s_mid"] == pytest.approx(2 * 1105.743 * 3.6 / 5.0368, rel=1e-4)
    assert "No elevation model was given" in walk["notes"][0]


def test_stops_are_counted_from_departure_to_arrival(schematic: Path) -> None:
    question = ("route", "--network", schematic, "--from", "C3985", "--to", "Idlib", "--mode", "foot")
    (walker,) = answer(*question)["routes"]
    (family,) = answer(*question, "--party", "family")["routes"]
    assert walker["elapsed_s_mid"] == walker["travel_time_s_mid"]
    # Between eight and sixteen hours on foot: one rest of sixteen hours.
    assert 8 * 3600 < family["travel_time_s_mid"] < 16 * 3600
    assert family["elapsed_s_mid"] == pytest.approx(family["travel_time_s_mid"] + 16 * 3600)


def test_slopes_slow_walkers_down(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "hill.tif"
    rows = np.repeat(np.linspace(2000, 0, 200, dtype="float32")[:, None], 200, axis=1)
    shape = {"height": 200, "width": 200, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    grid = rasterio.Affine(0.0005, 0, 35.95, 0, -0.0005, 0.05)
    with rasterio.open(file, "w", driver="GTiff", transform=grid, **shape) as dataset:
        dataset.write(rows, 1)
    question = ("route", "--network", town, "--mode", "foot", "--dem", file)
    up = answer(*question, "--from", WEST, "--to", PARK)["routes"][0]
    down = answer(*question, "--from", PARK, "--to", WEST)["routes"][0]
    flat = 2 * 1105.743 * 3.6 / 5.0368
    assert up["travel_time_s_mid"] > down["travel_time_s_mid"] > flat


@pytest.mark.parametrize("name", ["scenario.toml", "roads.csv"])
def test_the_schematic_roads_can_be_asked_as_they_are(name: str, schematic: Path) -> None:
    file = sources.sample_folder() / name
    found, written = (
        answer("route", "--network", path, "--from", "Saraqib", "--to", "border")
        for path in (file, schematic)
    )
    assert 40_000 < found["routes"][0]["length_m"] < 80_000
    assert found["notes"] == ["The roads are schematic: lengths and times are rough."]
    assert written["routes"][0]["length_m"] == pytest.approx(found["routes"][0]["length_m"])


def test_alternatives_to_the_border_differ_and_end_at_one_point(schematic: Path) -> None:
    closures = ("--closures", sources.sample_folder() / "closures.csv", "--date", "2020-01-07")
    question = ("route", "--network", schematic, "--from", "C3985", "--to", "border", *closures)
    routes = answer(*question, "--alternatives", 3)["routes"]
    assert [route["rank"] for route in routes] == [1, 2, 3]
    assert max(route["overlap"] for route in routes) <= 0.6
    assert len({tuple(route["geometry"]["coordinates"][-1]) for route in routes}) == 1
    alone = answer(*question)["routes"]
    assert alone[0]["length_m"] == pytest.approx(routes[0]["length_m"])


def test_fewer_routes_than_asked_for_are_said_to_be_all_that_differ(town: Path) -> None:
    question = ("route", "--network", town, "--from", WEST, "--to", EAST, "--alternatives", 3)
    assert len(answer(*question)["routes"]) == 1
    assert "note: 1 of 3 routes: no other way takes at most 1.5 times as long" in call(*question).stdout
    assert answer(*question[:-2])["notes"] == []


def test_an_elevation_model_for_vehicles_is_said_to_change_nothing(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "flat.tif"
    grid = rasterio.Affine(0.01, 0, 35.95, 0, -0.01, 0.05)
    shape = {"height": 20, "width": 20, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(file, "w", driver="GTiff", transform=grid, **shape) as dataset:
        dataset.write(np.zeros((20, 20), "float32"), 1)
    found = answer("route", "--network", town, "--from", WEST, "--to", EAST, "--dem", file)
    assert "slopes slow down those who walk, not vehicles" in found["notes"][0]


def test_the_sample_answers_on_paper_too(schematic: Path) -> None:
    closures = sources.sample_folder() / "closures.csv"
    done = call(
        "route", "--network", schematic, "--from", "Ma'arrat an-Nu'man", "--to", "Idlib",
        "--closures", closures, "--date", "2020-01-07",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "with stops" in done.stdout
    assert "note: The roads are schematic" in done.stdout


WRONG = {
    "no such network": (["--network", "none.gpkg"], "there is no such file"),
    "a network that is none": (["--network", "closures.csv"], "waypoints.csv"),
    "a place that nobody knows": (["--from", "Blorptown"], "'Blorptown' was not found"),
    "a name of several places": (["--from", "Dana"], "could mean several places"),
    "latitude first": (["--from", "36.0,136.0"], "lon first"),
    "from the border": (["--from", "border"], "only --to takes 'border'"),
    "a border elsewhere": (["--to", "border", "--border", "AD-FR"], "lies outside the roads"),
    "a border that is none": (["--to", "border", "--border", "SY-XX"], "XX"),
    "a date that is none": (["--date", "07/01/2020"], "expected a date"),
    "closures without a place": (
        ["--closures", "closures.csv"],
        "expected one of wkt, osmid, road_id, edge_id",
    ),
    "closures that are missing": (["--closures", "none.csv"], "none.csv"),
    "an unknown party": (["--party", "familly", "--mode", "foot"], "Did you mean family"),
    "a party of another mode": (["--party", "family"], "moves by foot"),
    "a model that is none": (["--mode", "foot", "--dem", "closures.csv"], "expected an elevation model"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_question_is_one_line_that_says_what_to_do(
    case: str, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("closures.csv").write_text("name,reason\na road,snow\n", encoding="utf-8")
    change, message = WRONG[case]
    question = {"--network": str(town), "--from": WEST, "--to": NORTH} | dict(
        zip(change[::2], change[1::2], strict=True)
    )
    done = call("route", *(part for option in question.items() for part in option))
    assert done.exit_code == 1, done.output
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b"\0\0\0\x0dnot a pbf file", "expected a whole OSM file")],
)
def test_a_broken_osm_file_writes_no_network(tmp_path: Path, content: bytes, message: str) -> None:
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(content)
    done = call("network", broken, "-o", tmp_path / "out.gpkg")
    assert done.exit_code == 1
    assert message in done.stderr
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.shared
def test_andorra_as_a_user_asks_for_it(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "andorra.gpkg"
    made = answer("network", shared / "osm" / "andorra.osm.pbf", "-o", file)
    assert made["counts"]["ways_kept"] > 1500
    capital = ("--network", file, "--from", "1.5218,42.5075")
    (route,) = answer("route", *capital, "--to", "border", "--border", "AD-FR")["routes"]
    assert 25_000 < route["length_m"] < 36_000
    lost = answer("route", *capital, "--to", "2.5,42.5")
    assert "nearest usable road is 63131 m away" in lost["unreachable"][0]["message"]
