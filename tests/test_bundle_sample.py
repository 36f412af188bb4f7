"""The sample, the whole way through: what a person gets from one command."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from idlibgeo import schema
from idlibgeo.export import method
from idlibgeo.pipeline import Result

DISCLAIMER = "do not imply official endorsement"


@pytest.fixture
def result(sample_result: Result) -> Result:
    return sample_result


@pytest.fixture
def folder(sample_result: Result) -> Path:
    assert sample_result.folder is not None
    return sample_result.folder


def test_every_product_of_the_contract_is_there(folder: Path) -> None:
    for name in ("index.html", "idlib-2020-01.gpkg", "idlib-2020-01.qgs", "METHOD.html", "manifest.json"):
        assert (folder / name).stat().st_size > 1000, name
    for pattern in ("rasters/*.tif", "maps/*.png", "maps/*.pdf", "tables/*.csv"):
        assert list(folder.glob(pattern)), pattern


def test_geopackage_holds_the_layers_that_the_public_may_see(folder: Path) -> None:
    names = {name for name, _ in pyogrio.list_layers(folder / "idlib-2020-01.gpkg")}
    expected = (
        "places mentions crossings border border_bands border_buffers routes closures roads camps camp_hexes flows"
        " figures ledger checks sources withheld"
    )
    assert set(expected.split()) <= names
    assert not {"edge_flows", "isochrones"} & names


def test_the_facts_of_the_reports_are_typed(result: Result) -> None:
    figures = result.layers["figures"].dropna(subset="value")
    kinds = dict(zip(figures["value"].astype(int), figures["kind"], strict=True))
    assert kinds[31_000] == "flow"
    assert kinds[359_471] == "cumulative"
    assert kinds[250_000] == "forecast"
    assert kinds[1_300] == "killed"
    assert kinds[3_000_000] == "population_baseline"
    assert kinds[3_700_000] == "stock_refugees"
    assert 40_000_000_000 not in set(figures.loc[figures["kind"] != "other", "value"])


def test_totals_never_take_the_killed_the_residents_or_those_abroad(result: Result) -> None:
    ledger = result.layers["ledger"]
    counted = ledger[ledger["in_total"].fillna(False).astype(bool)]
    assert set(counted["kind"]) <= {"flow", "cumulative"}
    assert len(counted)


def test_each_figure_stands_in_its_report(result: Result) -> None:
    texts = {report.id: report for report in result.reports}
    for row in result.layers["figures"].to_dict("records"):
        text = texts[row["report_id"]].text
        assert row["sentence"] in text
        assert 0 <= row["start"] < row["end"] <= len(text)


def test_origin_is_resolved_to_its_p_code(result: Result) -> None:
    mentions = result.layers["mentions"]
    left = mentions[(mentions["role"] == "origin") & (mentions["status"] == "resolved")]
    assert "C3985" in set(left["pcode"])


def test_routes_lead_to_crossings_and_towns_and_differ(result: Result) -> None:
    routes = result.layers["routes"]
    found = routes[routes["status"] == "ok"]
    assert {"crossing", "camps"} <= set(found["to_kind"])
    assert (found["overlap"].dropna() <= 0.6 + 1e-9).all()
    assert (found["travel_time_s_low"] <= found["travel_time_s_high"]).all()
    assert set(found["network"]) == set(result.layers["roads"]["network"])


def test_nobody_is_lost_between_the_camps_and_the_bands(result: Result) -> None:
    camps, bands = result.layers["camps"], result.layers["border_bands"]
    november = camps[camps["date"] == camps["date"].max()]
    listed = result.layers["withheld"]
    beyond = listed.loc[listed["layer"].isin(["border_bands", "camps"]), "people"].sum()
    assert bands["people_mid"].sum() + beyond == pytest.approx(november["people_mid"].sum(), abs=1)


def test_flows_carry_the_people_of_their_figures(result: Result) -> None:
    flows, figures = result.layers["flows"], result.layers["figures"].set_index("figure_id")
    for figure, people in flows.groupby("figure_id")["people_mid"].sum().items():
        assert people <= figures.loc[figure, "value"] + 0.5
    assert flows["model"].str.contains("first estimate", case=False).all()


def test_public_release_shows_no_camp_finer_than_a_sub_district(result: Result) -> None:
    camps = result.release.layers["camps"]
    assert set(camps["level"]) <= {"adm3", "adm2", "adm1"}
    clusters = result.layers["camps"]
    fine = {point.wkt for point in clusters[clusters["level"] == "cluster"].geometry.dropna()}
    assert not fine & {point.wkt for point in camps.geometry.dropna()}, "a camp is shown where a cluster lies"


def test_layers_hold_to_the_schema(result: Result) -> None:
    schema.validate(result.layers)


def test_disclaimer_and_schematic_roads_are_said_everywhere(folder: Path) -> None:
    for name in ("index.html", "METHOD.html", "idlib-2020-01.qgs"):
        text = (folder / name).read_text(encoding="utf-8")
        assert DISCLAIMER in " ".join(text.split()), name
        assert "chematic" in text, name


def test_manifest_lists_every_file_with_its_checksum(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    listed = {product["path"]: product["sha256"] for product in manifest["products"]}
    files = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()} - {"manifest.json"}
    assert set(listed) == files
    for name, checksum in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum


def test_page_weighs_less_than_three_megabytes(folder: Path) -> None:
    assert (folder / "index.html").stat().st_size < 3_000_000


@pytest.mark.slow
def test_same_inputs_give_the_same_bytes_on_another_day_in_another_place(
    folder: Path, tmp_path: Path
) -> None:
    """A second process with another hash seed, time zone and locale writes the same files."""
    env = {
        **os.environ,
        "PYTHONHASHSEED": "4711",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "40",
    }
    command = [sys.executable, "-m", "idlibgeo.cli", "run", "--output", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env=env, timeout=300)
    again = tmp_path / "idlib-2020-01"
    ours = {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    theirs = {f.relative_to(again): f.read_bytes() for f in again.rglob("*") if f.is_file()}
    assert ours.keys() == theirs.keys()
    assert [str(name) for name in ours if ours[name] != theirs[name]] == []


def test_nothing_tells_of_the_machine(folder: Path) -> None:
    """No product carries a path or a user's name."""
    for file in folder.rglob("*"):
        if file.suffix in {".html", ".qgs", ".csv", ".json", ".gpkg", ".tif", ".pdf", ".png"}:
            data = file.read_bytes()
            for secret in (str(folder.parent).encode(), str(Path.home()).encode() + b"/", b"/site-packages/"):
                assert secret not in data, (file.name, secret)


def test_camps_of_the_geopackage_are_those_of_the_release(folder: Path, result: Result) -> None:
    written = gpd.read_file(folder / "idlib-2020-01.gpkg", layer="camps")
    assert written["people_mid"].sum() == result.release.layers["camps"]["people_mid"].sum()
    table = pd.read_csv(folder / "tables" / "camps.csv", skiprows=[1])
    assert (
        table.filter(like="people_mid").sum().sum() == written["people_mid"].sum()
        or "People" in table.columns
    )


def test_every_step_and_parameter_of_the_sample_has_words_for_a_reader(result: Result) -> None:
    words = method.plain_words()
    named = {step["stage"] for step in words["steps"]}
    for note in result.release.product.method:
        assert note.stage in named
        assert set(note.parameters) <= set(words["parameters"]), note.stage
