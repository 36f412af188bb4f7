"""Attacks on the publication gate: what somebody could do with a public bundle, and that it does not work."""

from __future__ import annotations

import socket
import sqlite3
import struct
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from PIL import Image
from pyproj import CRS
from shapely import LineString, Point, box

from idlibgeo import camps as camping
from idlibgeo import privacy, schema
from idlibgeo.errors import InputError
from idlibgeo.export.bundle import write_bundle
from idlibgeo.export.webmap import page_data
from idlibgeo.geo import Bounds, Raster
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


@pytest.fixture(scope="module")
def twins(sample_result: Result, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two public bundles of the same people in camps; in the second each site lies elsewhere in its sub-district."""
    product = replace(sample_result.release.product, inputs=(), bounds=Bounds(36.0, 35.7, 37.0, 36.5))
    folders = []
    for seed in (1, 2):
        folder = tmp_path_factory.mktemp(f"twin{seed}") / "bundle"
        write_bundle(released(seed, product), folder, sizes=["a4"])
        folders.append(folder)
    return folders[0], folders[1]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_moving_every_site_within_its_sub_district_changes_no_byte_of_the_bundle(
    twins: tuple[Path, Path],
) -> None:
    """Page, GeoPackage, rasters, tables, pictures, documents, manifest: if nothing differs, nothing can tell."""
    one, other = (files_of(folder) for folder in twins)
    assert {".html", ".gpkg", ".qgs", ".tif", ".csv", ".png", ".pdf", ".json"} <= {
        Path(f).suffix for f in one
    }
    assert [name for name in one if one[name] != other.get(name)] == []


def test_no_coordinate_in_any_product_lies_on_a_site(twins: tuple[Path, Path]) -> None:
    """To five digits, as text or as the numbers of the page and the GeoPackage."""
    spots = [(point.x, point.y) for point in sites(1).geometry]
    whole = {word for x, y in spots for word in (f"{x:.5f}"[:-1], f"{y:.5f}"[:-1])}
    for name, data in files_of(twins[0]).items():
        if Path(name).suffix in {".html", ".csv", ".json", ".qgs", ".qml"}:
            text = data.decode("utf-8", "replace")
            assert not [word for word in whole if word in text], name
        if name.endswith(".gpkg"):
            assert not [x for x, _ in spots if struct.pack("<d", x) in data], name


def test_the_pictures_and_documents_say_nothing_of_who_made_them_and_where(twins: tuple[Path, Path]) -> None:
    """Neither a folder, a user, a host nor a time of making stands in their metadata."""
    marks = [
        str(Path.home()).encode(),
        str(twins[0].parent).encode(),
        socket.gethostname().encode(),
        b"/tmp/",
    ]
    for name, data in files_of(twins[0]).items():
        assert not [mark for mark in marks if len(mark) > 5 and mark in data], name
    for picture in twins[0].rglob("*.png"):
        with Image.open(picture) as opened:
            assert not {"Author", "Creation Time", "exif"} & set(opened.info), opened.info


def test_extents_in_the_geopackage_are_of_what_is_shown(twins: tuple[Path, Path]) -> None:
    """A layer's box is kept apart from its rows, and would tell where the outermost hidden site is."""
    (file,) = twins[0].glob("*.gpkg")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        box = connection.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'camps'"
        ).fetchone()
    lon, lat = zip(*AREAS.values(), strict=True)
    assert box == pytest.approx((min(lon), min(lat), max(lon), max(lat)))


def test_a_release_cannot_be_filled_with_other_layers(sample_result: Result) -> None:
    """The gate's own object with the layers from before the gate would pass every writer."""
    with pytest.raises(InputError, match="built by hand"):
        replace(sample_result.release, layers=sample_result.layers)
    with pytest.raises(TypeError):
        sample_result.release.layers["camps"] = sample_result.layers["camps"]  # type: ignore[index]


def test_a_site_that_calls_itself_a_sub_district_is_moved_to_its_middle(sample_result: Result) -> None:
    disguised = sites(1).assign(level="adm3", sites=4, distance_m=5123.4)
    made = privacy.release({"camps": disguised, "places": centres()}, product=sample_result.release.product)
    shown = made.layers["camps"]
    assert {(point.x, point.y) for point in shown.geometry.dropna()} <= set(AREAS.values())
    assert shown["distance_m"].isna().all()


def test_a_cluster_of_one_site_is_not_shown_to_partners_as_a_point(sample_result: Result) -> None:
    lone = sites(1).assign(level="cluster")
    made = privacy.release(
        {"camps": lone, "places": centres()}, product=sample_result.release.product, audience="partner"
    )
    assert set(made.layers["camps"]["level"]) == {"adm3"}


def few(area: str) -> gpd.GeoDataFrame:
    """Invented sites, of which one sub-district has only two."""
    every = sites(1)
    return every[(every["adm3_pcode"] != area) | every["camp_id"].isin([f"{area}-7", f"{area}-9"])]


def test_the_density_does_not_give_a_suppressed_sum_back() -> None:
    """Summed up around the middle of a small sub-district, a raster made before suppression is its number."""
    small = "SY070402"
    coarse = privacy.coarse_camps(few(small), centres(), "public")
    assert not coarse.geometry.dropna().apply(lambda point: point.equals(Point(*AREAS[small]))).any()


def test_hexagons_counted_from_sites_are_refused_and_those_of_the_sums_stay(sample_result: Result) -> None:
    """A hexagon laid over a sub-district would tell in which part of it the sites are."""
    given = sites(1)
    for source, kept in [(given, False), (privacy.coarse_camps(given, centres(), "public"), True)]:
        hexes = camping.hexbin(source, resolution=5).assign(date=DATE)
        made = privacy.release(
            {"camps": given, "places": centres(), "camp_hexes": schema.conform(hexes, "camp_hexes")},
            product=sample_result.release.product,
        )
        assert ("camp_hexes" in made.layers) is kept
        assert ("hex_points" in made.withheld["rule"].tolist()) is not kept


@pytest.mark.parametrize(
    ("kind", "name", "radius_m", "kept"),
    [
        ("camp", "Al-Karama", 2000.0, False),
        ("village", "Olive Camp", 800.0, False),
        ("village", "مخيم الزيتون", None, False),
        ("region", "The camp belt", 7000.0, True),
        ("village", "Campania", 800.0, True),
    ],
)
def test_a_camp_among_the_places_of_a_gazetteer_is_not_shown(
    sample_result: Result, kind: str, name: str, radius_m: float | None, kept: bool
) -> None:
    row = {"place_id": ["p"], "name": [name], "kind": [kind], "radius_m": [radius_m]}
    spot = [Point(36.5, 36.1)]
    told = {"mention_id": ["m"], "place_id": ["p"], "text": [name], "sentence": [f"People fled to {name}."]}
    way = {"route_id": ["r"], "to_place_id": ["p"]}
    line = [LineString([(36.4, 36.0), (36.5, 36.1)])]
    given = {
        "places": schema.conform(gpd.GeoDataFrame(row, geometry=spot, crs=WGS84), "places"),
        "mentions": schema.conform(gpd.GeoDataFrame(told, geometry=spot, crs=WGS84), "mentions"),
        "routes": schema.conform(gpd.GeoDataFrame(way, geometry=line, crs=WGS84), "routes"),
    }
    shown = privacy.release(given, product=sample_result.release.product).layers
    assert bool(len(shown["places"])) is kept
    assert bool(len(shown["routes"])) is kept
    assert shown["mentions"].geometry.notna().all() == kept
    assert shown["mentions"]["sentence"].notna().all()


def bands(edges_m: list[float], away_m: np.ndarray) -> dict[str, gpd.GeoDataFrame]:
    """Bands and buffers counted from the distances of single sites with 400 people each."""
    from_m = [0.0, *edges_m[:-1]]
    counted = [
        int(((away_m > low) & (away_m <= high)).sum()) for low, high in zip(from_m, edges_m, strict=True)
    ]
    shapes = [box(36, 36 + 0.01 * at, 37, 36.01 + 0.01 * at) for at in range(len(edges_m))]
    frames = {}
    for layer, key, sums in [
        ("border_bands", "band_id", np.array(counted)),
        ("border_buffers", "buffer_id", np.cumsum(counted)),
    ]:
        values = {key: [str(edge) for edge in edges_m], "to_m": edges_m, "sites": sums}
        values |= dict.fromkeys(privacy.PEOPLE, sums * 400.0)
        values |= {"from_m": from_m} if layer == "border_bands" else {}
        frames[layer] = schema.conform(gpd.GeoDataFrame(values, geometry=shapes, crs=WGS84), layer)
    return frames


def test_two_releases_with_other_bands_cannot_be_subtracted(sample_result: Result) -> None:
    """0–5 km less 0–4 km would be a strip with a single site in it: edges are the same in every release."""
    away = np.concatenate([np.linspace(100, 3900, 30), [4500.0], np.linspace(5100, 9900, 20)])
    product = sample_result.release.product
    first = privacy.release(bands([5000.0, 10000.0], away), product=product).layers
    second = privacy.release(bands([4000.0, 10000.0], away), product=product).layers
    assert first["border_bands"]["sites"].notna().all()
    for layer in ("border_bands", "border_buffers"):
        known = second[layer][second[layer]["sites"].notna()]
        assert set(known["to_m"]) <= {10000.0}
        assert "from_m" not in known or not (known["from_m"] == 4000.0).any()


def test_a_band_that_the_camps_of_one_sub_district_fill_shows_no_count(sample_result: Result) -> None:
    """Else they lie where the band and the sub-district overlap, which may be a strip."""
    given = sites(1)
    own = given["adm3_pcode"] == "SY070301"
    away = np.where(own, 1500.0, 12000.0)
    layers = bands([2000.0, 5000.0, 15000.0], away) | {
        "camps": given.assign(distance_m=away, radius_m=100.0),
        "places": centres(),
    }
    shown = privacy.release(layers, product=sample_result.release.product).layers["border_bands"]
    assert shown["sites"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize("layer", ["border_bands", "border_buffers"])
def test_counts_of_bands_are_too_coarse_to_fit_positions_to_them(sample_result: Result, layer: str) -> None:
    """Ten digits of a share of each cluster in each band are enough to search for the clusters."""
    shown = sample_result.release.layers[layer]
    for column in privacy.PEOPLE:
        for value in shown[column].dropna():
            assert value == float(f"{value:.2g}"), (layer, column)
    assert (shown["sites"].dropna() % 1 == 0).all()


def test_a_raster_of_which_nothing_is_known_is_for_partners(sample_result: Result) -> None:
    """Candidate land for camps, for one: it is where people will be put."""
    land = Raster(np.ones((2, 2)), Affine.scale(100, -100), CRS.from_epsg(32637), unit="share")
    product = sample_result.release.product
    assert "land" not in privacy.release({}, product=product, rasters={"land": land}).rasters
    assert "land" in privacy.release({}, product=product, rasters={"land": land}, audience="partner").rasters


def test_a_message_of_a_check_gives_no_number_of_camps(sample_result: Result) -> None:
    table = pd.DataFrame(
        {
            "check_id": ["c1", "c2"],
            "stage": ["camps", "ledger"],
            "message": ["412 in 2 sites", "359,471 = 359,471"],
        }
    )
    made = privacy.release({"checks": schema.conform(table, "checks")}, product=sample_result.release.product)
    assert not made.layers["checks"]["message"].str.contains("412").any()
    assert made.layers["checks"]["message"].str.contains("359,471").any()


def test_the_subtraction_of_two_dates_is_a_change_of_a_sum_and_never_of_a_site(sample_result: Result) -> None:
    """A site that opens between two releases changes the sum of its sub-district, and nothing finer."""
    before = sites(1)
    after = pd.concat([before, before.iloc[[0]].assign(camp_id="new")], ignore_index=True)
    product = sample_result.release.product
    one, other = (
        privacy.release({"camps": given, "places": centres()}, product=product).layers["camps"]
        for given in (before, gpd.GeoDataFrame(after, geometry="geometry", crs=WGS84))
    )
    changed = one.set_index("camp_id")["people_mid"] != other.set_index("camp_id")["people_mid"]
    assert changed.sum() == 1
    assert one.geometry.equals(other.geometry)


def test_distance_to_the_border_does_not_give_a_camp_away(sample_result: Result) -> None:
    """A distance and the nearest border point together are a position."""
    shown = sample_result.release.layers["camps"]
    assert len(shown) and shown["distance_m"].isna().all()


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
