"""Scenarios: what is wrong in one is said in words that let its writer mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from idlibgeo.errors import FileError, ScenarioError
from idlibgeo.scenario import Scenario, parse_setting

MINIMAL = """
[scenario]
id = "test"
title = "A test"
as_of = 2020-01-31
country_iso3 = "SYR"
bounds = [35.7, 35.2, 37.3, 37.0]
[reports]
files = ["report.txt"]
[border]
country = "SY"
neighbours = ["TR"]
[roads]
osm = "roads.osm.pbf"
"""


def write(folder: Path, text: str = MINIMAL) -> Path:
    file = folder / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_minimal_scenario_has_the_stated_defaults(tmp_path: Path) -> None:
    scenario = Scenario.load(write(tmp_path))
    assert scenario.border.distances_m == (2000, 5000, 10000, 15000, 20000, 30000, 50000)
    assert scenario.border.tolerance_m == 1500
    assert scenario.bounds.centre == pytest.approx((36.5, 36.1))


def test_the_bundled_sample_loads_and_all_its_files_exist() -> None:
    keys = {key for key, path, _ in Scenario.sample().files() if path.is_file()}
    assert {"reports.files", "gazetteer.files", "roads.table", "camps.file", "sources.file"} <= keys


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("[roads]", "[density]\nbandwith_m = 1\n[roads]"),
            "density.bandwith_m: unknown key. Did you mean bandwidth_m",
        ),
        (("[reports]", "[report]\nx=1\n[reports]"), "report: unknown key. Did you mean reports"),
        (("as_of = 2020-01-31\n", ""), "scenario.as_of: is missing"),
        (("35.7, 35.2, 37.3, 37.0", "35.2, 35.7, 35.0, 37.0"), "expected .west, south, east, north."),
        (('osm = "roads.osm.pbf"', 'table = "roads.csv"'), "either `osm` or both"),
        (('neighbours = ["TR"]', "neighbours = []"), "border.neighbours"),
        (('"SY"', '"SY"\ndistances_m = [5000, 2000]'), "expected distances that grow"),
        (("[scenario]", "[scenario"), "expected TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    file = write(tmp_path, MINIMAL.replace(*change))
    with pytest.raises(ScenarioError, match=message):
        Scenario.load(file)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    scenario = Scenario.load(write(tmp_path), {"scenario.data": "raw"})
    with pytest.raises(FileError, match=r"roads\.osm: given 'roads.osm.pbf'.*raw"):
        scenario.path(scenario.roads.osm, key="roads.osm")


def test_large_files_are_found_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "roads.osm.pbf").write_bytes(b"x")
    scenario = Scenario.load(write(tmp_path), {"scenario.data": "raw"})
    assert scenario.path("roads.osm.pbf", key="roads.osm") == tmp_path / "raw" / "roads.osm.pbf"


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    scenario = Scenario.load(write(tmp_path), {"reports.files": ["reports/*.txt"]})
    with pytest.raises(FileError, match="matches no file"):
        list(scenario.files())


def test_a_missing_scenario_points_to_new(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="idlibgeo new"):
        Scenario.load(tmp_path / "none.toml")


def test_overrides_reach_nested_keys_and_refuse_values_as_sections(tmp_path: Path) -> None:
    file = write(tmp_path)
    assert Scenario.load(file, dict([parse_setting("density.bandwidth_m=4000")])).density.bandwidth_m == 4000
    with pytest.raises(ScenarioError, match="not a section"):
        Scenario.load(file, {"scenario.id.x": 1})
    with pytest.raises(ScenarioError, match="KEY=VALUE"):
        parse_setting("density.bandwidth_m")
