from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import synthetic

from idlibgeo.errors import FileError
from idlibgeo.export.files import replacing
from idlibgeo.export.geopackage import write_geopackage
from idlibgeo.schema import layer_spec

TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_geopackage(synthetic.release(), tmp_path_factory.mktemp("gpkg") / "invented.gpkg")


def _rows(path: Path, question: str) -> list[tuple]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        found = database.execute(question).fetchall()
    database.close()
    return found


def _qgis(*arguments: object) -> dict:
    command = ["/usr/bin/python3", str(TESTS / "qgis_check.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_layer_and_table_is_there_and_registered(written: Path) -> None:
    found = dict(_rows(written, "SELECT table_name, data_type FROM gpkg_contents"))
    expected = {
        name: "attributes" if layer_spec(name).is_table else "features" for name in synthetic.release().layers
    }
    assert found == expected | {"layer_styles": "attributes"}


def test_columns_types_and_values_come_back(written: Path) -> None:
    for name, given in synthetic.release().layers.items():
        found = pyogrio.read_dataframe(written, layer=name, use_arrow=True)
        assert list(found.columns.drop("geometry", errors="ignore")) == [
            c for c in given.columns if c != "geometry"
        ]
        assert len(found) == len(given)
    camps = pyogrio.read_dataframe(written, layer="camps")
    assert camps["sites"].tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert camps["people_mid"].isna().tolist() == [True] + [False] * 6
    assert camps.crs == 4326


def test_types_hold_where_a_column_is_empty(written: Path) -> None:
    types = {row[1]: row[2] for row in _rows(written, "PRAGMA table_info(roads)")}
    assert (types["lanes"], types["speed_kmh_mid"], types["surface"], types["oneway"]) == (
        "INTEGER", "REAL", "TEXT", "BOOLEAN",
    )  # fmt: skip
    types = {row[1]: row[2] for row in _rows(written, "PRAGMA table_info(closures)")}
    assert types["date_to"] == "DATE"


def test_names_from_outside_are_text_and_nothing_else(written: Path) -> None:
    names = [name for (name,) in _rows(written, "SELECT name FROM places")]
    assert "<script>alert('x')</script>" in names
    assert "'; DROP TABLE places; --" in names
    assert "tab\there  control " in names


def test_the_identifier_follows_the_naming_convention(written: Path) -> None:
    found = dict(_rows(written, "SELECT table_name, identifier FROM gpkg_contents"))
    assert found["routes"] == "xxx_tran_rte_ln_s3_own_mm"


def test_the_description_says_what_licence_and_that_roads_are_schematic(written: Path) -> None:
    found = dict(_rows(written, "SELECT table_name, description FROM gpkg_contents"))
    assert found["roads"].startswith(layer_spec("roads").description)
    assert "Schematic roads." in found["roads"]
    assert "Licence: not stated." in found["roads"]
    assert "Licence: CC0-1.0." in found["camps"]


def test_columns_carry_titles_in_both_scripts_units_and_tags(written: Path) -> None:
    question = (
        "SELECT name, title, description FROM gpkg_data_columns"
        " WHERE table_name = 'camps' AND column_name = 'people_mid'"
    )
    assert _rows(written, question) == [
        ("People", "People · أشخاص [people]", "People in camps, central value Unit: people. HXL: #affected")
    ]


def test_headings_are_unique_within_a_table(written: Path) -> None:
    question = "SELECT table_name, name, COUNT(*) FROM gpkg_data_columns GROUP BY 1, 2 HAVING COUNT(*) > 1"
    assert _rows(written, question) == []


def test_metadata_name_title_date_licence_limits_and_disclaimer(written: Path) -> None:
    question = (
        "SELECT r.reference_scope, m.metadata FROM gpkg_metadata_reference r"
        " JOIN gpkg_metadata m ON m.id = r.md_file_id"
        " WHERE r.table_name = 'routes' OR r.reference_scope = 'geopackage'"
    )
    found = {scope: ET.fromstring(text) for scope, text in _rows(written, question)}
    whole, layer = found["geopackage"], found["table"]
    assert whole.findtext("title", "").startswith("An invented country <script>")
    assert layer.findtext("license") == "CC0-1.0"
    kinds = {one.get("type"): one.text for one in layer.findall("constraints")}
    assert kinds["audience and protection level"] == "internal (mm)"
    assert "do not imply official endorsement" in (kinds["disclaimer"] or "")
    assert "Invented figures." in (kinds["confidence and limits"] or "")
    assert "As of 2020-01-20." in [note.text for note in layer.findall("history")]


def test_keys_are_unique_and_joins_have_an_index(written: Path) -> None:
    found = {name for (name,) in _rows(written, "SELECT name FROM sqlite_master WHERE type='index'")}
    assert {"key_routes", "key_figures", "join_routes_figure_id", "join_figures_report_id"} <= found
    joined = _rows(
        written, "SELECT f.sentence FROM routes r JOIN figures f USING (figure_id) WHERE r.route_id='r1'"
    )
    assert joined[0][0].startswith("More than 31,000 people left")


def test_every_layer_with_geometry_has_a_spatial_index(written: Path) -> None:
    question = "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'"
    indexed = {table for (table,) in _rows(written, question)}
    assert indexed == {name for name in synthetic.release().layers if not layer_spec(name).is_table}


def test_styles_are_registered_as_qgis_wants_them(written: Path) -> None:
    rows = _rows(
        written, "SELECT f_table_schema, f_geometry_column, useAsDefault, update_time FROM layer_styles"
    )
    assert set(rows) == {("", "geom", 1, "2020-01-20T00:00:00.000Z")}


def test_the_same_release_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    again = write_geopackage(synthetic.release(), tmp_path / "again.gpkg")
    assert again.read_bytes() == written.read_bytes()


def test_no_trace_of_the_clock_or_the_machine(written: Path) -> None:
    content = written.read_bytes()
    assert time.strftime("%Y-%m-%d").encode() not in content
    assert str(Path.home()).encode() not in content
    assert str(written.parent).encode() not in content


def test_a_public_release_holds_only_what_the_gate_let_through(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(audience="public"), tmp_path / "public.gpkg")
    tables = {name for (name,) in _rows(path, "SELECT table_name FROM gpkg_contents")}
    assert not {"edge_flows", "isochrones"} & tables
    assert b"edge_flows" not in path.read_bytes().replace(b"withheld", b"") or "withheld" in tables
    assert _rows(path, "SELECT COUNT(*) FROM withheld")[0][0] > 0


def test_an_empty_layer_is_written_as_an_empty_table(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(), tmp_path / "x.gpkg")
    assert _rows(path, "SELECT COUNT(*) FROM withheld") == [(0,)]


def test_multi_and_single_parts_live_in_one_layer_of_one_type(written: Path) -> None:
    types = dict(_rows(written, "SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"))
    assert types["border_bands"] == "MULTIPOLYGON"
    assert types["routes"] == "LINESTRING"
    assert set(gpd.read_file(written, layer="border_bands").geom_type) == {"MultiPolygon"}


@pytest.mark.gdal
def test_gdal_finds_a_valid_geopackage(written: Path) -> None:
    command = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", str(written)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.qgis
def test_qgis_applies_styles_headings_and_metadata_by_itself(written: Path) -> None:
    found = _qgis("geopackage", written)
    layers = found["layers"]
    assert all(one["valid"] for one in layers.values())
    drawn = {name: one for name, one in layers.items() if one["renderer"]}
    assert {one["renderer"] for one in drawn.values()} == {
        "categorizedSymbol",
        "graduatedSymbol",
        "RuleRenderer",
    }
    assert all(one["drawn"] == one["located"] for one in drawn.values())
    assert layers["routes"]["legend"] == ["Fastest", "Second", "Third and others"]
    assert layers["routes"]["aliases"]["length_m"] == "Length · الطول [m]"
    assert layers["camps"]["title"] == "Camps · مخيمات"
    assert layers["closures"]["types"]["date_from"] == "Date"


# Faults: whatever happens, the old file is whole or the new one is.

WRITER = """
import sys
sys.path.insert(0, {tests!r})
import synthetic
from idlibgeo.export.geopackage import write_geopackage
release = synthetic.release()
print("ready", flush=True)
{body}
"""


def _writer(body: str) -> subprocess.Popen:
    code = WRITER.format(tests=str(TESTS), body=textwrap.dedent(body))
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _is_whole(path: Path) -> bool:
    checks = _rows(path, "PRAGMA integrity_check")
    return checks == [("ok",)] and _rows(path, "SELECT COUNT(*) FROM layer_styles")[0][0] == 14


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(), tmp_path / "x.gpkg")
    chance = random.Random(1)
    for _ in range(8):
        process = _writer(f"while True: write_geopackage(release, {str(path)!r})")
        time.sleep(chance.uniform(0.0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert _is_whole(path)


def test_two_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    both = [_writer(f"for _ in range(3): write_geopackage(release, {str(path)!r})") for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert _is_whole(path)
    assert [one.name for one in tmp_path.iterdir()] == ["x.gpkg"]


def test_a_full_disk_is_said_and_the_old_file_stays(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(), tmp_path / "x.gpkg")
    before = path.read_bytes()
    process = _writer(f"""
        import resource, signal
        from idlibgeo.errors import FileError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        for limit in (30_000, 200_000, 500_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                write_geopackage(release, {str(path)!r})
            except FileError as error:
                print(error)
    """)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert said.count("What was there before is unchanged.") == 3
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["x.gpkg"]


def test_a_reader_that_has_the_old_file_open_goes_on_reading_it(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(), tmp_path / "x.gpkg")
    database = sqlite3.connect(path)
    cursor = database.execute("SELECT name FROM places")
    first = cursor.fetchone()
    write_geopackage(synthetic.release(audience="public"), path)
    assert len([first, *cursor.fetchall()]) == 18
    database.close()
    assert "edge_flows" not in {name for (name,) in _rows(path, "SELECT table_name FROM gpkg_contents")}


def test_a_file_with_unsaved_changes_is_left_alone(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(), tmp_path / "x.gpkg")
    editor = sqlite3.connect(path)
    editor.execute("PRAGMA journal_mode=WAL")
    editor.execute("UPDATE sources SET note = 'edited'")
    editor.commit()
    with pytest.raises(FileError, match=r"unsaved changes.*x\.gpkg-wal.*close the project"):
        write_geopackage(synthetic.release(), path)
    editor.close()
    assert _rows(path, "SELECT note FROM sources") == [("edited",)]


def test_an_idle_log_of_another_program_does_not_stay_beside_the_new_file(tmp_path: Path) -> None:
    path = write_geopackage(synthetic.release(), tmp_path / "x.gpkg")
    reader = sqlite3.connect(path)
    reader.execute("PRAGMA journal_mode=WAL")
    reader.execute("SELECT COUNT(*) FROM places").fetchone()
    (tmp_path / "x.gpkg-wal").touch()
    write_geopackage(synthetic.release(), path)
    reader.close()
    assert [one.name for one in tmp_path.iterdir()] == ["x.gpkg"]
    assert _is_whole(path)


def test_an_error_of_the_caller_passes_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "x.txt") as new:
        new.write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


EVERYTHING = """
import hashlib, locale, pathlib, sys, tempfile
sys.path.insert(0, {tests!r})
locale.setlocale(locale.LC_ALL, "")
import synthetic
from idlibgeo.export import geopackage, qgis, raster, tables
release, folder = synthetic.release(), pathlib.Path(tempfile.mkdtemp())
geopackage.write_geopackage(release, folder / "x.gpkg")
qgis.write_project(release, folder / "x.qgs")
raster.write_rasters(release, folder / "rasters")
tables.write_tables(release, folder / "tables")
for path in sorted(folder.rglob("*.*")):
    print(path.relative_to(folder), hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_time_zone_locale_and_hash_seed_change_no_byte() -> None:
    found = set()
    settings = [
        ("Pacific/Kiritimati", "C", "1"),
        ("America/New_York", "C.UTF-8", "77"),
    ]
    for zone, language, seed in settings:
        environment = os.environ | {"TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": seed, "PYTHONUTF8": "0"}
        command = [sys.executable, "-c", EVERYTHING.format(tests=str(TESTS))]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.count("\n") == 2 + 2 + len(synthetic.release().layers)
        found.add(done.stdout)
    assert len(found) == 1


@pytest.mark.slow
def test_a_hundred_thousand_roads_are_written_in_seconds(tmp_path: Path) -> None:
    network = synthetic.roads(rows=225, columns=225)
    release = synthetic.release(layers={"roads": network})
    start = time.monotonic()
    path = write_geopackage(release, tmp_path / "large.gpkg")
    assert time.monotonic() - start < 20
    assert _rows(path, "SELECT COUNT(*) FROM roads") == [(len(network),)]
