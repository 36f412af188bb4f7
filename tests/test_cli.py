"""The command line: what it prints, what it refuses and how, and that a failure leaves nothing behind."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idlibgeo.cli.main import commands
from idlibgeo.export.bundle import FORMAT

CONTRACT = "run check read ledger geocode network route distance density fetch new layers doctor".split()


def call(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments], input=text)


def test_every_command_of_the_contract_is_there_and_explains_itself() -> None:
    assert set(CONTRACT) <= set(commands.commands)
    for name in commands.commands:
        done = call(name, "--help")
        assert done.exit_code == 0
        assert "Usage" in done.output


def test_version() -> None:
    assert call("--version").output.startswith("idlibgeo, version ")


def test_usage_errors_exit_with_2() -> None:
    assert call("run", "--no-such-option").exit_code == 2
    assert call("route", "--network", "x").exit_code == 2


def test_read_from_standard_input_as_json() -> None:
    done = call(
        "read",
        "-",
        "--published",
        "2020-01-07",
        "--json",
        text="Over 31,000 people fled from Saraqib in four days.",
    )
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)["reports"][0]
    figure = report["figures"][0]
    assert (figure["value"], figure["low"], figure["kind"], figure["period_start"]) == (
        31000,
        31000,
        "flow",
        "2020-01-03",
    )
    mention = report["mentions"][0]
    assert report["text"][mention["start"] : mention["end"]] == mention["text"] == "Saraqib"
    assert mention["place"]["status"] == "resolved"


def test_geocode_gives_all_three_danas_and_chooses_none() -> None:
    answer = json.loads(call("geocode", "Dana", "--json").stdout)[0]
    assert answer["status"] == "ambiguous"
    assert {"C3965", "C4126", "C8154"} <= {candidate["pcode"] for candidate in answer["candidates"]}


def test_geocode_prints_reasons() -> None:
    done = call("geocode", "Maarat al-Numan")
    assert "C3985" in done.stdout


def test_ledger_as_json_has_its_four_parts(sample: Path) -> None:
    document = json.loads(call("ledger", *sorted((sample / "reports").glob("*.txt")), "--json").stdout)
    assert set(document) == {"series", "findings", "totals", "left_out"}
    assert all(set(finding) == {"kind", "figures", "message"} for finding in document["findings"])


def test_distance_of_points_with_bands(tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_text("id,lon,lat,people\nm,36.676587,35.647569,100\n", encoding="utf-8")
    answer = json.loads(call("distance", table, "--bands", "30,50", "--json").stdout)
    # About 48.26 km from OpenStreetMap's line.
    assert answer["points"][0]["distance_m"] == pytest.approx(48_260, abs=100)
    assert [band["to_m"] for band in answer["bands"]] == [30_000, 50_000]


def test_density_writes_a_raster_that_sums_to_the_people(tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_text("lon,lat,people\n36.7,36.2,1000\n36.6,36.1,500\n", encoding="utf-8")
    done = call("density", table, "--people", "people", "-o", tmp_path / "d.tif")
    assert done.exit_code == 0, done.stderr
    assert "1,500 people" in done.stdout
    assert "not for publication" in done.stderr


def test_check_names_each_file(sample: Path) -> None:
    done = call("check", sample / "scenario.toml", "--json")
    assert done.exit_code == 0, done.stderr
    assert {file["key"] for file in json.loads(done.stdout)["files"]} >= {
        "reports.files",
        "roads.table",
        "camps.file",
    }


def test_new_writes_a_scenario_that_only_lacks_its_files(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    assert call("new", file).exit_code == 0
    done = call("check", file)
    assert done.exit_code == 1
    assert "matches no file" in done.stderr
    again = call("new", file)
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_layers_prints_the_schema() -> None:
    assert "## border_bands" in call("layers").stdout
    assert {layer["name"] for layer in json.loads(call("layers", "--json").stdout)} >= {"routes", "camps"}


def test_doctor_names_versions() -> None:
    assert "geopandas" in json.loads(call("doctor", "--json").stdout)


def scenario_with(tmp_path: Path, sample: Path, old: str = "", new: str = "") -> Path:
    folder = tmp_path / "scenario"
    shutil.copytree(sample, folder)
    file = folder / "scenario.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return file


def earlier_bundle(folder: Path) -> Path:
    """A bundle as far as the writer looks: files that its manifest lists."""
    folder.mkdir(parents=True)
    page = folder / "index.html"
    page.write_text("an earlier bundle", encoding="utf-8")
    checksum = hashlib.sha256(page.read_bytes()).hexdigest()
    manifest = {"format": FORMAT, "products": [{"path": "index.html", "sha256": checksum}]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def empty_reports(file: Path) -> None:
    for report in (file.parent / "reports").iterdir():
        report.write_text("", encoding="utf-8")


def reports_without_figures(file: Path) -> None:
    for report in (file.parent / "reports").iterdir():
        report.write_text("Nothing was counted in Saraqib.", encoding="utf-8")


def broken_pbf(file: Path) -> None:
    (file.parent / "broken.osm.pbf").write_bytes(b"\x00\x00\x00\x0dnot a pbf file at all")
    text = file.read_text(encoding="utf-8")
    text = text.replace(
        'table = "roads.csv"\nwaypoints = "road_waypoints.csv"\nclosures = "closures.csv"',
        'osm = "broken.osm.pbf"',
    )
    file.write_text(text, encoding="utf-8")


WRONG = {
    "an unknown key": ("[density]", "[density]\nbandwith_m = 5", None, "Did you mean bandwidth_m"),
    "a missing file": ('"crossings.csv"', '"crossing.csv"', None, "border.crossings: given 'crossing.csv'"),
    "a place that cannot be found": (
        "[routes]",
        '[routes]\norigins = ["Xyzzyqwf"]',
        None,
        "Place 'Xyzzyqwf' was not found",
    ),
    "an origin off the network": (
        "[routes]",
        '[routes]\norigins = ["Reyhanli"]\nsnap_limit_m = 50',
        None,
        "limit of 50 m",
    ),
    "a broken PBF": ("", "", broken_pbf, "broken.osm.pbf"),
    "an empty report": ("", "", empty_reports, "given an empty file"),
    "reports without figures": ("", "", reports_without_figures, "expected at least one figure"),
    "an unknown border": ('neighbours = ["TR"]', 'neighbours = ["XX"]', None, "XX"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_and_leaves_no_half_bundle(case: str, tmp_path: Path, sample: Path) -> None:
    old, new, change, message = WRONG[case]
    file = scenario_with(tmp_path, sample, old, new)
    if change:
        change(file)
    good = earlier_bundle(tmp_path / "build" / "idlib-2020-01")
    done = call("run", file, "--output", tmp_path / "build")
    assert done.exit_code == 1, done.output
    lines = [line for line in done.stderr.splitlines() if not line.startswith("[")]
    assert len(lines) == 1, lines
    assert message in lines[0]
    assert [path.name for path in (tmp_path / "build").iterdir()] == ["idlib-2020-01"]
    assert sorted(path.name for path in good.iterdir()) == ["index.html", "manifest.json"]
    assert (good / "index.html").read_text(encoding="utf-8") == "an earlier bundle"


def test_errors_under_json_are_json(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "idlibgeo.cli", "check", str(tmp_path / "none.toml"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    error = json.loads(done.stderr)["error"]
    assert error["type"] == "FileError"
    assert "idlibgeo new" in error["message"]


def test_until_stops_early_and_writes_what_there_is(tmp_path: Path) -> None:
    done = call("run", "--until", "ledger", "--output", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "idlib-2020-01" / "tables" / "figures.csv").exists()
    assert call("run", "--until", "ledgr").exit_code == 1


@pytest.mark.parametrize("name", ["routes", "bands", "density"])
def test_one_map_alone(name: str, tmp_path: Path) -> None:
    done = call("run", "--only", name, "--output", tmp_path)
    assert done.exit_code == 0, done.stderr
    made = sorted(path.suffix for path in (tmp_path / "idlib-2020-01").rglob("*") if path.is_file())
    assert made == [".json", ".pdf", ".png"]


def test_network_and_route_on_a_real_file(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "andorra.gpkg"
    made = call("network", shared / "osm" / "andorra.osm.pbf", "-o", file, "--json")
    assert made.exit_code == 0, made.stderr
    done = call(
        "route",
        "--network",
        file,
        "--from",
        "1.5218,42.5075",
        "--to",
        "1.7333,42.5425",
        "--alternatives",
        2,
        "--json",
    )
    assert done.exit_code == 0, done.stderr
    routes = json.loads(done.stdout)["routes"]
    # Andorra la Vella – Pas de la Casa is about 30 km by road.
    assert 25_000 < routes[0]["length_m"] < 36_000
    assert routes[0]["geometry"]["type"] == "LineString"
