"""Files of places: every kind that people have, each read as what it is."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import box

from idlibgeo.cli.main import commands
from idlibgeo.errors import FileError, InputError
from idlibgeo.gazetteer import Gazetteer
from idlibgeo.pipeline import check, load_gazetteer
from idlibgeo.pipeline.stages.reading import inputs
from idlibgeo.pipeline.state import State
from idlibgeo.scenario import Scenario
from idlibgeo.sources import sample_folder

OCHA = pd.DataFrame(
    {
        "LocationName_en": ["Jarjnaz", "Dana (Ma'arrat An Nu'man)"],
        "LocationName_ar": ["جرجناز", "الدانا - مركز معرة النعمان"],
        "Location_Pcode": ["C3977", "C3965"],
        "admin1Pcode": "SY07",
        "admin2Pcode": "SY0702",
        "admin3Pcode": "SY070200",
        "admin3Name_en": "Ma'arrat An Nu'man",
        "Longitude_x": [36.77, 36.64],
        "Latitude_y": [35.62, 35.67],
    }
)
DUMP = "\n".join(
    "\t".join(row)
    for row in [
        ("172349", "Jarjanāz", "Jarjanaz", "Cercenaz,جرجناز", "35.62", "36.77", "P", "PPL", "SY", "", "12", "", "", "",
         "9000", "", "380", "Asia/Damascus", "2020-01-01"),
        ("1", "A Hotel", "A Hotel", "", "35.6", "36.7", "S", "HTL", "SY", "", "12", "", "", "", "0", "", "1",
         "Asia/Damascus", "2020-01-01"),
    ]
)  # fmt: skip
OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><node id="7" version="1" lat="35.62" lon="36.77">
<tag k="place" v="town"/><tag k="name" v="جرجناز"/><tag k="name:en" v="Jarjanaz"/></node>
<node id="8" version="1" lat="35.63" lon="36.78"><tag k="name" v="a shop"/></node></osm>
"""
SUBDISTRICT = gpd.GeoDataFrame(
    {"ADM1_PCODE": ["SY07"], "ADM2_PCODE": ["SY0702"], "ADM3_PCODE": ["SY070200"]},
    geometry=[box(36.5, 35.5, 37.0, 35.8)],
    crs="EPSG:4326",
)


@pytest.fixture(params=["csv", "xlsx", "gpkg", "txt", "zip", "osm", "second sheet", "second layer"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One table of places in each kind of file."""
    kind = request.param
    path = tmp_path / f"places.{kind if ' ' not in kind else {'sheet': 'xlsx', 'layer': 'gpkg'}[kind[7:]]}"
    points = gpd.GeoDataFrame(
        OCHA.drop(columns=["Longitude_x", "Latitude_y"]),
        geometry=gpd.points_from_xy(OCHA["Longitude_x"], OCHA["Latitude_y"]),
        crs="EPSG:4326",
    )
    if kind == "csv":
        OCHA.to_csv(path, index=False)
    elif kind == "xlsx":
        OCHA.to_excel(path, index=False)
    elif kind == "gpkg":
        points.to_crs("EPSG:32637").to_file(path)
    elif kind == "txt":
        path.write_text(DUMP, encoding="utf-8")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "about")
            archive.writestr("places.txt", DUMP)
    elif kind == "osm":
        path.write_text(OSM, encoding="utf-8")
    elif kind == "second sheet":
        with pd.ExcelWriter(path) as book:
            pd.DataFrame({"about": ["read me"]}).to_excel(book, sheet_name="about", index=False)
            OCHA.to_excel(book, sheet_name="places", index=False)
    else:
        SUBDISTRICT.to_file(path, layer="areas")
        points.to_file(path, layer="communities")
    return path


def test_every_kind_of_file_gives_its_places(file: Path) -> None:
    found = Gazetteer.from_file(file).candidates("Cercanaz")[0]
    assert (round(found.lon, 4), round(found.lat, 4)) == (36.77, 35.62)
    assert found.name_ar == "جرجناز"
    assert "A Hotel" not in Gazetteer.from_file(file).table["name"].tolist()


def test_one_place_of_three_files_is_one_place_with_three_sources(tmp_path: Path) -> None:
    OCHA.to_excel(tmp_path / "ocha.xlsx", index=False)
    (tmp_path / "SY.txt").write_text(DUMP, encoding="utf-8")
    (tmp_path / "syria.osm").write_text(OSM, encoding="utf-8")
    both = load_gazetteer(*(tmp_path / name for name in ("ocha.xlsx", "SY.txt", "syria.osm")))
    assert len(both) == 2
    assert both.table["source"].tolist() == ["ocha; SY; OpenStreetMap (syria.osm)", "ocha"]


def test_boundaries_give_the_parents_that_a_table_lacks(tmp_path: Path) -> None:
    (tmp_path / "SY.txt").write_text(DUMP, encoding="utf-8")
    SUBDISTRICT.to_file(tmp_path / "areas.gpkg")
    places = load_gazetteer(tmp_path / "SY.txt", boundaries=[tmp_path / "areas.gpkg"])
    codes = places.table[["adm1_pcode", "adm2_pcode", "adm3_pcode"]].values.tolist()
    assert codes == [["SY07", "SY0702", "SY070200"]]


def test_the_bundled_places_stack_with_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.csv"
    own.write_text("Town,X,Y\nQastal Zubayr,36.31,35.91\n", encoding="utf-8")
    mapping = {"name": "Town", "lon": "X", "lat": "Y"}
    both = load_gazetteer("bundled", own, columns=mapping)
    assert len(both) == len(load_gazetteer()) + 1
    assert both.candidates("Qastal Zubair")[0].source == "mine"


def test_a_scenario_says_which_column_is_which_and_brings_boundaries(tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    shutil.copytree(sample_folder(), folder)
    (folder / "mine.csv").write_text("Town,X,Y\nQastal Zubayr,36.77,35.62\n", encoding="utf-8")
    SUBDISTRICT.to_file(folder / "areas.gpkg")
    file = folder / "scenario.toml"
    told = 'files = ["places_own.csv", "mine.csv"]\ncolumns = {name = "Town", lon = "X", lat = "Y"}'
    told += '\nboundaries = ["areas.gpkg"]'
    text = file.read_text(encoding="utf-8").replace('files = ["places_geonames.csv", "places_own.csv"]', told)
    file.write_text(text, encoding="utf-8")
    scenario = Scenario.load(file)
    assert "gazetteer.boundaries" in {key for key, _, _ in scenario.files()}
    assert {row["key"] for row in check(scenario)} >= {"gazetteer.files", "gazetteer.boundaries"}
    places = inputs(State(scenario=scenario)).gazetteer
    assert places is not None
    found = places.candidates("Qastal Zubair")[0]
    assert (found.source, found.adm3_pcode) == ("mine", "SY070200")


def test_a_mapping_that_fits_no_table_is_refused_with_the_nearest_column(tmp_path: Path) -> None:
    own = tmp_path / "mine.csv"
    own.write_text("Town,X,Y\nQastal,36.31,35.91\n", encoding="utf-8")
    for paths in ((own,), (own, own)):
        with pytest.raises(InputError, match=r"'Twon'.*Town"):
            load_gazetteer(*paths, columns={"name": "Twon", "lon": "X", "lat": "Y"})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("SY.txt", "1\tJarjanaz\tx\n", r"3 cells in line 1, expected 19"),
        ("SY.txt", "", r"no row, expected 19"),
        ("SY.zip", "no archive", r"expected a text in UTF-8, or SY\.txt"),
        ("places.xlsx", "no workbook", r"expected an Excel workbook"),
        ("places.gpkg", "no package", r"expected a vector file"),
        ("places.osm", "no xml", r"expected a whole OSM file"),
        ("places.csv", "name;lon;lat\nA;1;2\n", r"separated by semicolons"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(FileError, match=message):
        Gazetteer.from_file(tmp_path / name)


def test_a_workbook_without_places_says_what_it_holds(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "places.xlsx") as book:
        pd.DataFrame({"a": [1]}).to_excel(book, sheet_name="one", index=False)
        pd.DataFrame({"b": [1]}).to_excel(book, sheet_name="two", index=False)
    with pytest.raises(InputError, match=r"2 sheets or layers \(one: a; two: b\)"):
        Gazetteer.from_file(tmp_path / "places.xlsx")
    with pytest.raises(FileError, match=r"'three', expected one of 'one', 'two'"):
        Gazetteer.from_file(tmp_path / "places.xlsx", layer="three")


def test_geocode_takes_a_workbook_a_mapping_and_boundaries(tmp_path: Path) -> None:
    pd.DataFrame({"Town": ["Jarjnaz"], "X": [36.77], "Y": [35.62]}).to_excel(
        tmp_path / "mine.xlsx", index=False
    )
    SUBDISTRICT.to_file(tmp_path / "areas.gpkg")
    result = CliRunner().invoke(
        commands,
        ["geocode", "Cercanaz", "--gazetteer", str(tmp_path / "mine.xlsx"), "--columns", "name=Town,lon=X,lat=Y",
         "--boundaries", str(tmp_path / "areas.gpkg"), "--within", "SY0702", "--json"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)[0]
    assert (answer["status"], answer["candidates"][0]["name"]) == ("resolved", "Jarjnaz")


def test_a_mapping_that_is_none_is_refused() -> None:
    result = CliRunner().invoke(commands, ["geocode", "Dana", "--columns", "name"])
    assert result.exit_code == 1
    assert "name=Town,lon=X,lat=Y" in result.stderr


def answer_to(name: str) -> dict[str, Any]:
    result = CliRunner().invoke(commands, ["geocode", name, "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)[0]
    return answer


def test_geocode_says_of_a_city_elsewhere_what_it_is() -> None:
    answer = answer_to("Mosul")
    assert (answer["status"], answer["candidates"]) == ("unresolved", [])
    assert answer["rule"] == "Mosul, a city of Iraq; not a place of this gazetteer"


@pytest.mark.parametrize(
    ("phrase", "name", "rule"),
    [
        ("countryside of Saraqib", "countryside of Saraqib", "without the town itself"),
        ("villages around Jarjanaz", "around Jarjanaz", "within 10 km"),
        ("near the Turkish border", "near the Turkish border", "within 10 km of the border line"),
    ],
)
def test_geocode_gives_an_area_with_its_polygon_radius_and_rule(phrase: str, name: str, rule: str) -> None:
    answer = answer_to(phrase)
    (candidate,) = answer["candidates"]
    assert (answer["status"], candidate["name"], candidate["kind"]) == ("resolved", name, "area")
    assert rule in candidate["reasons"][0]
    assert candidate["radius_m"] > 5_000
    assert answer["geometry"]["type"] in {"Polygon", "MultiPolygon"}


def test_the_table_of_geocode_fits_eighty_columns_and_gives_reasons() -> None:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(commands, ["geocode", "Cercanaz", "Dana", "Xyzzy"])
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "j = c" in result.stdout
    assert "Dana: ambiguous; 3 places may be meant" in result.stdout
    assert "Xyzzy: unresolved; the best candidate has a score of" in result.stdout
