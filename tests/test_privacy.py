"""The gate: who sees what, what is held back, and that it cannot be won back by subtraction."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import LineString, Point, box

from idlibgeo import privacy, schema
from idlibgeo.errors import InputError, UnknownNameError
from idlibgeo.geo import Bounds, Raster
from idlibgeo.schema import InputRef, Product, ReportRef

WGS84 = "EPSG:4326"
DATE = "2019-11-30"

PRODUCT = Product(
    id="test",
    title="Test",
    title_ar="",
    subtitle="",
    summary="",
    period=(None, None),
    as_of=dt.date(2020, 1, 31),
    country_iso3="SYR",
    bounds=Bounds(35.7, 35.2, 37.3, 37.0),
    schematic=True,
    method=(),
    limits=(),
    layer_sources={},
    reports=(ReportRef("r1", "Title", "Publisher", None, "", "en", text="The whole report."),),
    inputs=(InputRef("camps.csv", "aa", published=False), InputRef("roads.csv", "bb", published=True)),
    versions={},
    seed=1,
)


def people(mid: list[float]) -> dict[str, list[float]]:
    return {"people_low": [0.9 * m for m in mid], "people_mid": mid, "people_high": [1.1 * m for m in mid]}


def camps(sites: list[int], mid: list[float], adm3: list[str | None], **columns: object) -> gpd.GeoDataFrame:
    count = len(sites)
    values = {
        "camp_id": [f"c{n}" for n in range(count)],
        "name": [f"Cluster {n}" for n in range(count)],
        "level": ["cluster"] * count,
        "adm1_pcode": ["SY07"] * count,
        "adm2_pcode": [(pcode or "SY0703")[:6] for pcode in adm3],
        "adm3_pcode": adm3,
        "sites": sites,
        **people(mid),
        "date": [DATE] * count,
        **columns,
    }
    points = [Point(36.7 + 0.01 * n, 36.2) for n in range(count)]
    return schema.conform(gpd.GeoDataFrame(values, geometry=points, crs=WGS84), "camps")


def places() -> gpd.GeoDataFrame:
    rows = [
        ("SY070301", "Dana", "adm3"),
        ("SY070302", "Salqin", "adm3"),
        ("SY0703", "Harim", "adm2"),
        ("SY07", "Idlib", "adm1"),
    ]
    frame = pd.DataFrame(rows, columns=["pcode", "name", "kind"])
    frame["place_id"], frame["radius_m"], frame["adm3_pcode"] = frame["pcode"], 9000.0, frame["pcode"]
    points = [Point(36.5, 36.0 + 0.1 * n) for n in range(len(frame))]
    return schema.conform(gpd.GeoDataFrame(frame, geometry=points, crs=WGS84), "places")


def test_a_release_cannot_be_made_by_hand() -> None:
    with pytest.raises(InputError, match="built by hand"):
        privacy.Release({}, {}, "public", "pp", pd.DataFrame(), PRODUCT)


def test_an_unknown_audience_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean partner"):
        privacy.release({}, product=PRODUCT, audience="partners")


def test_public_camps_stand_at_the_centre_of_their_sub_district() -> None:
    layers = {"camps": camps([4, 5], [1000, 2000], ["SY070301", "SY070301"]), "places": places()}
    shown = privacy.release(layers, product=PRODUCT).layers["camps"]
    assert shown["sites"].tolist() == [9]
    assert shown["people_mid"].tolist() == [3000]
    assert shown["level"].tolist() == ["adm3"]
    assert shown.geometry.iloc[0].equals(Point(36.5, 36.0))
    assert shown["radius_m"].tolist() == [9000]


def test_partners_see_clusters_but_no_site() -> None:
    layers = {
        "camps": camps([4, 1], [1000, 900], ["SY070301", "SY070302"], level=["cluster", "site"]),
        "places": places(),
    }
    shown = privacy.release(layers, product=PRODUCT, audience="partner").layers["camps"]
    assert shown["level"].tolist() == ["cluster", "adm3"]
    assert shown["people_mid"].sum() == 1900
    assert set(privacy.release(layers, product=PRODUCT, audience="internal").layers["camps"]["level"]) == {
        "cluster",
        "site",
    }


def test_a_small_sub_district_is_joined_with_the_next_smallest_so_that_no_total_gives_it_back() -> None:
    layers = {
        "camps": camps([9, 2, 8], [9000, 800, 4000], ["SY070301", "SY070302", "SY070303"]),
        "places": places(),
    }
    released = privacy.release(layers, product=PRODUCT)
    shown = released.layers["camps"]
    assert sorted(shown["people_mid"]) == [4800, 9000]
    assert shown["people_mid"].sum() == 13800
    assert "joined" in released.withheld["action"].tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 12),
            st.integers(1, 20_000),
            st.sampled_from(["SY070301", "SY070302", "SY070401", "SY070500"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_public_camps_never_show_a_small_sum_and_lose_nobody_silently(
    rows: list[tuple[int, int, str]],
) -> None:
    sites, mid, adm3 = (list(column) for column in zip(*rows, strict=True))
    released = privacy.release({"camps": camps(sites, mid, adm3), "places": places()}, product=PRODUCT)
    shown = released.layers["camps"]
    rule = privacy.rules("public")
    assert (shown["sites"] >= rule.min_sites).all()
    assert (shown["people_mid"] >= rule.min_people).all()
    lost = sum(mid) - shown["people_mid"].sum()
    assert lost == 0 or "removed" in released.withheld["action"].tolist()


def bands(sites: list[int]) -> dict[str, gpd.GeoDataFrame]:
    count = len(sites)
    to_m = [5000.0 * (n + 1) for n in range(count)]
    shapes = [box(36 + n, 36, 37 + n, 37) for n in range(count)]
    disjoint = {"band_id": [f"b{n}" for n in range(count)], "from_m": [t - 5000 for t in to_m], "to_m": to_m}
    total = np.cumsum(sites)
    cumulative = {"buffer_id": [f"u{n}" for n in range(count)], "to_m": to_m}
    return {
        "border_bands": schema.conform(
            gpd.GeoDataFrame(
                {**disjoint, "sites": sites, **people([1000.0 * s for s in sites])},
                geometry=shapes,
                crs=WGS84,
            ),
            "border_bands",
        ),
        "border_buffers": schema.conform(
            gpd.GeoDataFrame(
                {**cumulative, "sites": total, **people([1000.0 * s for s in total])},
                geometry=shapes,
                crs=WGS84,
            ),
            "border_buffers",
        ),
    }


@given(st.lists(st.integers(0, 6), min_size=1, max_size=7))
@settings(deadline=None)
def test_hidden_band_counts_cannot_be_subtracted_back_from_the_buffers(sites: list[int]) -> None:
    shown = privacy.release(bands(sites), product=PRODUCT).layers
    known = shown["border_bands"]["sites"].tolist()
    last_position = 0
    for position, total in enumerate(shown["border_buffers"]["sites"].tolist(), start=1):
        if np.isnan(total):
            continue
        unknown = [n for n in range(last_position, position) if np.isnan(known[n])]
        assert len(unknown) != 1, "one hidden band between two known totals is known"
        last_position = position
    for count, value in zip(sites, known, strict=True):
        assert count == 0 or count >= 3 or np.isnan(value)


def test_people_per_road_are_for_partners() -> None:
    frame = gpd.GeoDataFrame(
        {"edge_flow_id": ["e"], **people([100.0])}, geometry=[LineString([(36, 36), (37, 36)])], crs=WGS84
    )
    layers = {"edge_flows": schema.conform(frame, "edge_flows")}
    public = privacy.release(layers, product=PRODUCT)
    assert "edge_flows" not in public.layers
    row = public.withheld.iloc[0]
    assert (row["layer"], row["rule"]) == ("edge_flows", "layer_audience")
    assert "edge_flows" in privacy.release(layers, product=PRODUCT, audience="partner").layers


def density(bandwidth_m: float, level: str) -> Raster:
    return Raster(
        np.ones((2, 2)),
        Affine.scale(100, -100),
        CRS.from_epsg(32637),
        unit="people_per_km2",
        tags={"bandwidth_m": str(bandwidth_m), "camps_level": level},
    )


@pytest.mark.parametrize(
    ("bandwidth_m", "level", "kept"), [(2999, "adm3", False), (3000, "adm3", True), (9000, "cluster", False)]
)
def test_a_density_that_is_narrow_or_made_from_clusters_is_not_released(
    bandwidth_m: float, level: str, kept: bool
) -> None:
    """However wide the kernel, its peak lies on the point: only coarse points hide anything."""
    released = privacy.release({}, product=PRODUCT, rasters={"camp_density": density(bandwidth_m, level)})
    assert ("camp_density" in released.rasters) is kept


def test_what_a_density_is_made_from_stands_at_the_middle_of_the_sub_district() -> None:
    given = camps([4, 5, 9], [1000, 2000, 500], ["SY070301", "SY070301", "SY070302"])
    coarse = privacy.coarse_camps(given, places(), "public")
    assert coarse["people_mid"].tolist() == [3000, 500]
    assert [point.wkt for point in coarse.geometry] == ["POINT (36.5 36)", "POINT (36.5 36.1)"]
    assert privacy.coarse_camps(given, places(), "partner") is given


def test_ways_of_people_who_have_not_left_are_for_partners() -> None:
    lines = gpd.GeoDataFrame(
        {"route_id": ["r1", "r2"], "figure_id": ["f1", "f2"]},
        geometry=[LineString([(36, 36), (36.6, 36.2)])] * 2,
        crs=WGS84,
    )
    table = pd.DataFrame({"figure_id": ["f1", "f2"], "modality": ["reported", "conditional"]})
    layers = {"routes": schema.conform(lines, "routes"), "figures": schema.conform(table, "figures")}
    assert privacy.release(layers, product=PRODUCT).layers["routes"]["route_id"].tolist() == ["r1"]
    assert len(privacy.release(layers, product=PRODUCT, audience="partner").layers["routes"]) == 2


def test_a_road_to_a_hidden_crossing_does_not_point_at_it() -> None:
    points = gpd.GeoDataFrame(
        {"crossing_id": ["x1"], "type": ["informal"]}, geometry=[Point(36.2, 36)], crs=WGS84
    )
    lines = gpd.GeoDataFrame(
        {"edge_id": ["e1", "e2"]},
        geometry=[LineString([(36.3, 36), (36.2, 36)]), LineString([(36.3, 36), (36.4, 36)])],
        crs=WGS84,
    )
    layers = {"crossings": schema.conform(points, "crossings"), "roads": schema.conform(lines, "roads")}
    assert privacy.release(layers, product=PRODUCT).layers["roads"]["edge_id"].tolist() == ["e2"]


def test_checks_do_not_tell_the_public_what_is_suppressed() -> None:
    table = pd.DataFrame(
        {"check_id": ["c1", "c2"], "stage": ["camps", "ledger"], "expected": ["859302", "379000"]}
    )
    layers = {"checks": schema.conform(table, "checks")}
    shown = privacy.release(layers, product=PRODUCT).layers["checks"]
    assert shown["expected"].isna().tolist() == [True, False]


def test_small_areas_of_different_dates_are_not_joined() -> None:
    given = camps(
        [1, 1], [900, 900], [None, None], date=["2019-02-28", "2019-11-30"], adm2_pcode=[None, None]
    )
    shown = privacy.release({"camps": given, "places": places()}, product=PRODUCT).layers["camps"]
    assert len(shown) == 0 or shown["date"].notna().all()


def test_report_texts_and_unpublished_hashes_stay_inside() -> None:
    public = privacy.release({}, product=PRODUCT).product
    assert public.reports[0].text is None
    assert [given.name for given in public.inputs] == ["roads.csv"]
    assert (
        privacy.release({}, product=PRODUCT, audience="internal").product.reports[0].text
        == "The whole report."
    )


def flows(modality: str, figure: str = "f1") -> gpd.GeoDataFrame:
    values = {
        "flow_id": ["a", "b"],
        "figure_id": [figure] * 2,
        "from_id": ["p1"] * 2,
        "to_id": ["c0", "c1"],
        **people([600.0, 400.0]),
        "share": [0.6, 0.4],
        "cost_s": [3600.0, 7200.0],
        "modality": [modality] * 2,
        "model": ["gravity"] * 2,
    }
    lines = [LineString([(36, 36), (36.7, 36.2)])] * 2
    return schema.conform(gpd.GeoDataFrame(values, geometry=lines, crs=WGS84), "flows")


def figures(period_end: str) -> pd.DataFrame:
    return schema.conform(pd.DataFrame({"figure_id": ["f1"], "period_end": [period_end]}), "figures")


def movement_layers(modality: str = "reported", period_end: str = "2020-01-07") -> dict[str, pd.DataFrame]:
    return {
        "flows": flows(modality),
        "figures": figures(period_end),
        "places": places(),
        "camps": camps([4, 5], [1000, 2000], ["SY070301", "SY070301"]),
    }


def test_public_movements_go_from_sub_district_to_sub_district_with_people_kept() -> None:
    shown = privacy.release(movement_layers(), product=PRODUCT).layers["flows"]
    assert shown["to_id"].tolist() == ["SY070301"]
    assert shown["people_mid"].sum() == 1000
    assert shown["share"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("modality", "period_end", "rule"),
    [("conditional", "2020-01-07", "forecasts"), ("reported", "2020-01-20", "movements_delay_days")],
)
def test_forecasts_and_fresh_movements_are_withheld_from_the_public(
    modality: str, period_end: str, rule: str
) -> None:
    released = privacy.release(movement_layers(modality, period_end), product=PRODUCT)
    assert "flows" not in released.layers
    assert rule in released.withheld["rule"].tolist()


def test_informal_crossings_and_routes_to_them_are_for_partners() -> None:
    points = gpd.GeoDataFrame(
        {"crossing_id": ["x1", "x2"], "type": ["official", "informal"]},
        geometry=[Point(36.6, 36.2), Point(36.2, 36)],
        crs=WGS84,
    )
    lines = gpd.GeoDataFrame(
        {"route_id": ["r1", "r2"], "to_place_id": ["x1", "x2"]},
        geometry=[LineString([(36, 36), (36.6, 36.2)]), LineString([(36, 36), (36.2, 36)])],
        crs=WGS84,
    )
    layers = {"crossings": schema.conform(points, "crossings"), "routes": schema.conform(lines, "routes")}
    public = privacy.release(layers, product=PRODUCT).layers
    assert public["crossings"]["crossing_id"].tolist() == ["x1"]
    assert public["routes"]["route_id"].tolist() == ["r1"]
    assert len(privacy.release(layers, product=PRODUCT, audience="partner").layers["routes"]) == 2


def test_what_was_given_is_not_changed() -> None:
    layers = movement_layers()
    before = {name: frame.copy() for name, frame in layers.items()}
    privacy.release(layers, product=replace(PRODUCT))
    for name, frame in layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before[name]))


def test_what_was_left_out_names_no_cluster_to_the_public() -> None:
    rows = pd.DataFrame(
        {
            "withheld_id": ["l1", "l2", "l3"],
            "layer": ["camps", "camps", "routes"],
            "item": ["Cluster A", "Cluster B", "Hass → Dana"],
            "action": ["left out"] * 3,
            "rows": [1, 1, 1],
            "people": [400.0, 900.0, None],
            "rule": ["analysis"] * 3,
            "reason": ["no position", "no position", "no road"],
        }
    )
    layers = {"withheld": schema.conform(rows, "withheld")}
    public = privacy.release(layers, product=PRODUCT).withheld
    assert "Cluster" not in " ".join(public["item"])
    assert public.loc[public["layer"] == "camps", "people"].isna().all(), "two entries are too few for a sum"
    assert "Hass → Dana" in public["item"].tolist()
    assert (
        "Cluster A" in privacy.release(layers, product=PRODUCT, audience="partner").withheld["item"].tolist()
    )
