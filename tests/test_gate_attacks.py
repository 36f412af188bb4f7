"""Attacks on the publication gate: what somebody could do with a public bundle, and that it does not work."""

from __future__ import annotations

import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from idlibgeo import camps as camping
from idlibgeo import privacy, schema
from idlibgeo.export.webmap import page_data
from idlibgeo.geo import Bounds
from idlibgeo.pipeline import Result

WGS84 = "EPSG:4326"
DATE = "2019-11-30"
AREAS = {"SY070301": (36.68, 36.22), "SY070302": (36.45, 36.14), "SY070402": (36.38, 35.99)}


def centres() -> gpd.GeoDataFrame:
    frame = pd.DataFrame(
        {
            "place_id": list(AREAS),
            "pcode": list(AREAS),
            "name": list(AREAS),
            "kind": "adm3",
            "radius_m": 9000.0,
        }
    )
    points = [Point(*centre) for centre in AREAS.values()]
    return schema.conform(gpd.GeoDataFrame(frame, geometry=points, crs=WGS84), "places")


def sites(seed: int) -> gpd.GeoDataFrame:
    """Forty invented sites in each of three sub-districts, scattered anew for each seed, with the same people."""
    scatter = np.random.default_rng(seed)
    rows, points = [], []
    for area, (lon, lat) in AREAS.items():
        for number in range(40):
            rows.append(
                {
                    "camp_id": f"{area}-{number}",
                    "name": f"Site {number}",
                    "level": "site",
                    "adm3_pcode": area,
                    "sites": 1,
                }
            )
            points.append(Point(lon + scatter.uniform(-0.06, 0.06), lat + scatter.uniform(-0.05, 0.05)))
    people = np.tile(np.arange(1, 41) * 25.0, len(AREAS))
    frame = pd.DataFrame(rows).assign(
        people_low=people,
        people_mid=people,
        people_high=people,
        date=DATE,
        adm2_pcode="SY0703",
        adm1_pcode="SY07",
        radius_m=100.0,
    )
    return schema.conform(gpd.GeoDataFrame(frame, geometry=points, crs=WGS84), "camps")


def released(seed: int, product: schema.Product) -> privacy.Release:
    given = sites(seed)
    coarse = privacy.coarse_camps(given, centres(), "public")
    raster = camping.kernel_density(
        coarse, people="people_mid", bandwidth_m=3000, resolution_m=500, area=Bounds(36.0, 35.7, 37.0, 36.5)
    )
    tagged = type(raster)(**{**raster.__dict__, "tags": {**raster.tags, "camps_level": "adm3"}})
    return privacy.release(
        {"camps": given, "places": centres()}, product=product, rasters={"density": tagged}
    )


def test_moving_every_site_within_its_sub_district_changes_nothing_that_the_public_sees(
    sample_result: Result,
) -> None:
    """Then nothing in it, however it is sharpened, can tell where in its sub-district a site is."""
    one, other = (released(seed, sample_result.release.product) for seed in (1, 2))
    pd.testing.assert_frame_equal(one.layers["camps"], other.layers["camps"])
    np.testing.assert_array_equal(one.rasters["density"].array, other.rasters["density"].array)
    assert len(one.layers["camps"]) == 3


def test_a_raster_made_from_the_sites_themselves_is_refused(sample_result: Result) -> None:
    raster = camping.kernel_density(
        sites(1), people="people_mid", bandwidth_m=9000, resolution_m=500, area=Bounds(36.0, 35.7, 37.0, 36.5)
    )
    made = privacy.release({}, product=sample_result.release.product, rasters={"density": raster})
    assert "density" not in made.rasters
    assert "density_level" in made.withheld["rule"].tolist()


def test_distance_to_the_border_does_not_give_a_camp_away(sample_result: Result) -> None:
    """A distance and the nearest border point together are a position."""
    shown = sample_result.release.layers["camps"]
    summed = shown[shown["level"] == "adm3"]
    assert summed["distance_m"].isna().all()


def secrets(result: Result) -> set[str]:
    """Words that only the finer tables hold: names and ids of clusters."""
    internal = result.layers["camps"]
    clusters = internal[internal["level"].isin(["site", "cluster"])]
    return set(clusters["name"]) | set(clusters["camp_id"])


def test_no_product_holds_a_name_of_a_cluster_shown_or_hidden(sample_result: Result) -> None:
    assert sample_result.folder is not None
    words = [word.encode() for word in secrets(sample_result)]
    assert words
    for file in sample_result.folder.rglob("*"):
        if file.is_file() and file.suffix in {".html", ".csv", ".json", ".gpkg", ".qgs", ".tif", ".qml"}:
            data = file.read_bytes()
            assert [word for word in words if word in data] == [], file.name


def test_the_geopackage_keeps_no_deleted_rows(sample_result: Result) -> None:
    """SQLite leaves what was deleted in free pages; a file written once has none."""
    assert sample_result.folder is not None
    (file,) = sample_result.folder.glob("*.gpkg")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        tables = {name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")}
    assert not {"edge_flows", "isochrones"} & tables


def test_forecast_ways_are_in_no_product(sample_result: Result) -> None:
    """Neither as flows nor as the routes that the model would send them by."""
    assert sample_result.folder is not None
    figures = sample_result.layers["figures"]
    expected = set(figures.loc[figures["modality"] == "conditional", "figure_id"])
    assert expected
    for name in ("routes", "flows"):
        table = pd.read_csv(
            sample_result.folder / "tables" / f"{name}.csv", skiprows=[1], encoding="utf-8-sig"
        )
        assert not expected & set(table["figure_id"])


def test_no_road_ends_at_a_hidden_crossing(sample_result: Result) -> None:
    crossings = sample_result.layers["crossings"]
    hidden = crossings[crossings["type"] == "informal"]
    assert len(hidden)
    roads = sample_result.release.layers["roads"]
    for spot in hidden.geometry:
        around = box(spot.x - 0.005, spot.y - 0.005, spot.x + 0.005, spot.y + 0.005)
        assert not roads.intersects(around).any()


@pytest.mark.parametrize("layer", ["camps", "camp_hexes"])
def test_every_sum_that_the_public_sees_is_over_enough_sites(sample_result: Result, layer: str) -> None:
    rule = privacy.rules("public")
    shown = sample_result.release.layers[layer]
    assert (shown["sites"] >= rule.min_sites).all()
    assert (shown["people_mid"] >= rule.min_people).all()


def test_totals_less_the_parts_leave_no_single_area(sample_result: Result) -> None:
    """For each date: what the public does not see of the people, if anything, is more than one hidden entry."""
    internal, shown = sample_result.layers["camps"], sample_result.release.layers["camps"]
    for date, rows in internal.groupby("date"):
        visible = shown[shown["date"] == date]
        assert visible["people_mid"].sum() == pytest.approx(rows["people_mid"].sum()), date


def test_the_page_holds_no_layer_that_is_not_released(sample_result: Result) -> None:
    """Nothing is hidden in the page that it does not show."""
    held = {layer["name"] for layer in page_data(sample_result.release)["layers"]}
    assert held <= set(sample_result.release.layers)
    assert not {"edge_flows", "isochrones"} & held
