"""Camps: the table, density that adds up, hexagons and crowding."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

import idlibgeo.camps as ic
from idlibgeo import schema
from idlibgeo.errors import CRSError, InputError, UnknownNameError
from idlibgeo.geo import Bounds, Raster

AREA = Bounds(36.4, 35.9, 36.9, 36.4)


def points(*lon_lat: tuple[float, float], crs: int | None = 4326, **columns: object) -> gpd.GeoDataFrame:
    lon, lat = zip(*lon_lat, strict=True)
    return gpd.GeoDataFrame(columns or None, geometry=gpd.points_from_xy(lon, lat), crs=crs)


def integral(raster: Raster) -> float:
    known = raster.array[raster.array != raster.nodata].astype(np.float64)
    return float(known.sum() * raster.cell_area_m2 / 1e6)


def table(**columns: object) -> pd.DataFrame:
    rows = {
        "camp_id": ["a", "b"],
        "name": ["A", "B"],
        "level": ["cluster", "site"],
        "people": [100, 50],
        "lon": [36.7, 36.2],
        "lat": [36.2, 35.9],
    }
    return pd.DataFrame(rows | columns)


# --- the table -----------------------------------------------------------------------------------------------


def test_the_table_becomes_the_layer() -> None:
    layer = ic.camps_table(table(people_low=[90, None], date=["2019-11-01"] * 2), source="own count")
    schema.validate({"camps": layer})
    assert layer["people_low"].tolist() == [90, 50]
    assert layer["people_high"].tolist() == [100, 50]
    assert layer["sites"].isna().tolist() == [True, False]
    assert layer["source"].tolist() == ["own count"] * 2


def test_a_camp_without_position_keeps_its_people() -> None:
    layer = ic.camps_table(table(lon=[36.7, None]))
    assert layer["people_mid"].sum() == 150
    assert layer.geometry.isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"people": [1, None]}, r"rows \[1\]"),
        ({"people": [-1, 1]}, r"rows \[0\]"),
        ({"people": ["many", 1]}, r"rows \[0\]"),
        ({"level": ["clutser", "site"]}, "Did you mean cluster"),
        ({"camp_id": ["a", "a"]}, "empty or repeated"),
        ({"people_low": [200, 1]}, "people_low ≤ people_mid"),
        ({"radius_m": [-5, 1]}, "negative radius_m"),
        ({"lon": [36.7, 3670.0]}, "look like metres"),
    ],
)
def test_wrong_tables_are_refused_by_row(columns: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ic.camps_table(table(**columns))


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="'level', 'people_mid'"):
        ic.camps_table(table().drop(columns=["level", "people"]))
    with pytest.raises(InputError, match="expected lon and lat"):
        ic.camps_table(table().drop(columns="lon"))


# --- density -------------------------------------------------------------------------------------------------


def test_the_density_of_one_camp_is_a_gaussian() -> None:
    raster = ic.kernel_density(points((36.7, 36.2), people=[10_000]), bandwidth_m=2000, resolution_m=100)
    # 1 / (2 π σ²) in people per km², σ = 2 km.
    assert raster.array.max() == pytest.approx(10_000 / (2 * np.pi * 2**2), rel=2e-3)
    assert integral(raster) == pytest.approx(10_000, rel=1e-6)
    assert raster.crs.to_epsg() == 32637
    assert raster.unit == "people_per_km2"
    # One standard deviation to the east: exp(-1/2) of the peak.
    row, column = np.unravel_index(raster.array.argmax(), raster.array.shape)
    assert raster.array[row, column + 20] / raster.array.max() == pytest.approx(np.exp(-0.5), rel=0.02)


def test_nothing_is_lost_beside_a_ragged_mask() -> None:
    """Every camp lies 500 m from the edge of where people can be."""
    edge = [(36.5 + 0.01 * i, 36.2 + 0.004 * (i % 2)) for i in range(31)]
    mask = shapely.Polygon([*edge, (36.8, 36.0), (36.5, 36.0)])
    camps = points(*[(36.55 + 0.02 * i, 36.1955) for i in range(10)], people=[1000 * i for i in range(10)])
    raster = ic.kernel_density(camps, bandwidth_m=2000, resolution_m=100, area=AREA, mask=mask)
    assert integral(raster) == pytest.approx(45_000, rel=1e-5)
    assert raster.tags["people_left_out"] == "0.00"
    assert (raster.array == raster.nodata).any()


def test_a_camp_just_outside_the_mask_keeps_its_people_inside_and_a_far_one_is_listed() -> None:
    mask = shapely.box(36.5, 36.0, 36.8, 36.2)
    camps = points((36.65, 36.205), (36.65, 36.35), people=[700, 300])
    raster = ic.kernel_density(camps, bandwidth_m=1000, resolution_m=100, area=AREA, mask=mask)
    assert integral(raster) == pytest.approx(700, rel=1e-5)
    assert (raster.tags["people_left_out"], raster.tags["points_left_out"]) == ("300.00", "1")


def test_people_beyond_the_area_are_listed() -> None:
    raster = ic.kernel_density(points((36.6, 36.2), (37.5, 36.2), people=[10, 90]), area=AREA)
    assert integral(raster) == pytest.approx(10, rel=1e-5)
    assert (raster.tags["people_left_out"], raster.tags["points_left_out"]) == ("90.00", "1")


def test_an_uncertain_position_widens_its_own_kernel_alone() -> None:
    sure, unsure = (36.5, 36.0), (36.8, 36.3)
    camps = points(sure, unsure, people=[1000, 1000], radius_m=[0.0, 4000.0])
    raster = ic.kernel_density(camps, bandwidth_m=1000, resolution_m=100)
    peaks = np.sort(
        [raster.array[: raster.array.shape[0] // 2].max(), raster.array[raster.array.shape[0] // 2 :].max()]
    )
    # Variance 1 + 4² / 4 = 5 km² against 1 km².
    assert peaks[1] / peaks[0] == pytest.approx(5, rel=0.02)
    assert integral(raster) == pytest.approx(2000, rel=1e-5)


def test_the_adaptive_kernel_is_narrow_where_people_are_many() -> None:
    crowd = [(36.5 + 0.001 * i, 36.0) for i in range(20)]
    camps = points(*crowd, (36.8, 36.3), people=[1000] * 20 + [10])
    fixed = ic.kernel_density(camps, bandwidth_m=1500, resolution_m=100)
    adaptive = ic.kernel_density(camps, bandwidth_m=1500, resolution_m=100, adaptive=True)
    assert adaptive.array.max() > fixed.array.max()
    assert integral(adaptive) == pytest.approx(20_010, rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(36.45, 36.85), st.floats(35.95, 36.35), st.floats(0, 1e5), st.floats(0, 3000)),
        min_size=1,
        max_size=15,
    )
)
def test_density_conserves_people_and_a_point_may_be_split(
    rows: list[tuple[float, float, float, float]],
) -> None:
    lon, lat, people, radius_m = (np.array(values) for values in zip(*rows, strict=True))
    camps = points(*zip(lon, lat, strict=True), people=people, radius_m=radius_m)
    raster = ic.kernel_density(camps, bandwidth_m=1500, resolution_m=500, area=AREA)
    assert integral(raster) == pytest.approx(people.sum(), rel=1e-3, abs=1e-3)
    halves = pd.concat([camps, camps]).assign(people=lambda rows: rows["people"] / 2)
    again = ic.kernel_density(halves, bandwidth_m=1500, resolution_m=500, area=AREA)
    np.testing.assert_allclose(again.array, raster.array, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bandwidth_m": 0}, "bandwidth_m"),
        ({"bandwidth_m": 500_000}, "bandwidth_m"),
        ({"bandwidth_m": float("nan")}, "bandwidth_m"),
        ({"resolution_m": 0}, "resolution_m"),
        ({"resolution_m": 0.001, "bandwidth_m": 1}, "looks like degrees"),
        ({"resolution_m": 2, "area": Bounds(30, 30, 40, 40)}, r"[\d,]{12,} cells"),
        ({"area": (36.9, 35.9, 36.4, 36.4)}, "antimeridian"),
        ({"area": shapely.Point(36, 36)}, "without extent"),
        ({"area": AREA, "mask": shapely.box(35.9, 36.4, 36.0, 36.9)}, "covers no cell"),
        ({"area": Bounds(35.9, 36.4, 36.4, 36.9)}, "lon stands before lat"),
        ({"people": "peolpe"}, "Did you mean people"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ic.kernel_density(points((36.7, 36.2), people=[1]), **arguments)  # type: ignore[arg-type]


def test_wrong_points_are_refused() -> None:
    with pytest.raises(CRSError, match="without a CRS"):
        ic.kernel_density(points((36.7, 36.2), crs=None, people=[1]))
    with pytest.raises(InputError, match="look like metres"):
        ic.kernel_density(points((291_000, 3_950_000), people=[1]))
    with pytest.raises(InputError, match=r"rows \['b'\]"):
        ic.kernel_density(points((36.7, 36.2), (36, 36), people=[1, -1]).set_index(pd.Index(["a", "b"])))
    empty = gpd.GeoDataFrame({"people": [1, 2]}, geometry=[shapely.Point(36, 36), None], crs=4326)
    with pytest.raises(InputError, match=r"rows \[1\] without a point"):
        ic.kernel_density(empty)
    with pytest.raises(InputError, match="given none"):
        ic.kernel_density(empty[:0])


def test_a_series_lies_on_one_grid_and_its_change_adds_up() -> None:
    camps = points(
        (36.7, 36.2), (36.5, 36.0), (36.7, 36.2), people=[100, 50, 400],
        date=["2019-10-01", "2019-10-01", "2019-11-01"],
    )  # fmt: skip
    series = ic.density_series(camps, bandwidth_m=2000, resolution_m=250)
    assert [integral(raster) for raster in series.values()] == pytest.approx([150, 400], rel=1e-5)
    change = ic.density_change(series["2019-10-01"], series["2019-11-01"])
    assert integral(change) == pytest.approx(250, rel=1e-4)
    assert change.array.min() < 0
    with pytest.raises(InputError, match="expected one"):
        ic.density_change(ic.kernel_density(camps[:1], resolution_m=500), series["2019-11-01"])
    with pytest.raises(InputError, match="a date in every row"):
        ic.density_series(camps.drop(columns="date"))


# --- hexagons ------------------------------------------------------------------------------------------------


def test_hexagons_hold_to_the_schema_and_their_sums_are_those_of_the_points() -> None:
    camps = points(
        (36.70, 36.20), (36.70, 36.20), (36.2, 35.9), people_low=[5, 6, 7], people_mid=[10, 20, 30],
        people_high=[11, 22, 33], sites=[1, 2, 3], date=["2019-11-01"] * 3,
    )  # fmt: skip
    hexes = ic.hexbin(camps, resolution=6)
    schema.validate({"camp_hexes": hexes})
    assert hexes[["people_low", "people_mid", "people_high", "sites"]].sum().tolist() == [18, 60, 66, 6]
    assert hexes.geometry.contains(camps.geometry.iloc[2]).sum() == 1
    # Cells of resolution 6 measure about 36 km².
    assert (hexes["people_mid"] / hexes["people_per_km2"]).between(25, 45).all()


def test_hexagons_per_date_and_their_change() -> None:
    camps = points((36.7, 36.2), (36.7, 36.2), people=[10, 25], date=["2019-10-01", "2019-11-01"])
    hexes = ic.hexbin(camps, resolution=5)
    assert hexes["hex_id"].is_unique
    assert hexes["date"].tolist() == ["2019-10-01", "2019-11-01"]
    change = ic.hexbin_change(hexes, before="2019-10-01", after="2019-11-01")
    assert change["change"].tolist() == [15]
    with pytest.raises(InputError, match="expected one of"):
        ic.hexbin_change(hexes, before="2018-01-01", after="2019-11-01")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-89, 89), st.integers(0, 10**6)), min_size=1, max_size=30
    ),
    st.integers(0, 15),
)
def test_hexagons_conserve_people_everywhere(rows: list[tuple[float, float, int]], resolution: int) -> None:
    camps = points(*[(lon, lat) for lon, lat, _ in rows], people=[people for *_, people in rows])
    hexes = ic.hexbin(camps, resolution=resolution)
    assert hexes["people_mid"].sum() == pytest.approx(camps["people"].sum())
    assert hexes["sites"].sum() == len(camps)


@pytest.mark.parametrize("resolution", [-1, 16, 6.5, True])
def test_a_resolution_that_h3_does_not_have_is_refused(resolution: float) -> None:
    with pytest.raises(InputError, match="from 0 to 15"):
        ic.hexbin(points((36.7, 36.2), people=[1]), resolution=resolution)  # type: ignore[arg-type]


# --- crowding ------------------------------------------------------------------------------------------------


def test_crowding_is_unknown_without_an_area_and_uncertain_between_the_bounds() -> None:
    sites = pd.DataFrame(
        {
            "people_low": [900, 900, 900, 900],
            "people_mid": [1000, 1000, 1000, 1000],
            "people_high": [1100, 1100, 1100, 1100],
            "site_area_m2": [60_000, 44_000, 20_000, None],
        },
        index=list("abcd"),
    )
    found = ic.crowding(sites)
    assert found["crowding"].tolist() == ["meets standard", "uncertain", "below standard", "unknown"]
    assert found.index.tolist() == list("abcd")
    assert found.loc["c", "m2_per_person"] == 20
    # 20,000 m² hold 444 people at 45 m² each.
    assert found.loc["c", "people_over"] == pytest.approx(1000 - 20_000 / 45)
    assert pd.isna(found.loc["d", "m2_per_person"])
    assert "Sphere" in found.loc["a", "citation"]


def test_covered_space_is_another_measure() -> None:
    sites = pd.DataFrame({"people": [100], "site_area_m2": [1.0], "covered_area_m2": [400.0]})
    assert ic.crowding(sites, standard="sphere-2018-shelter")["crowding"].tolist() == ["meets standard"]


def test_every_standard_has_a_citation_and_an_unknown_one_is_refused() -> None:
    assert all(rule.citation and rule.url and rule.m2_per_person > 0 for rule in ic.standards().values())
    with pytest.raises(UnknownNameError, match="Did you mean sphere-2018-camp"):
        ic.crowding(pd.DataFrame({"people": [1]}), standard="sphere-2018-camps")
    with pytest.raises(InputError, match="no positive area"):
        ic.crowding(pd.DataFrame({"people": [1], "site_area_m2": [-3]}))


# --- two sources on the same camps ---------------------------------------------------------------------------


def test_sources_that_disagree_stand_side_by_side() -> None:
    one = pd.DataFrame({"cluster": ["Qah", "Atma", "Karama"], "persons": [50, 100, 60]})
    other = pd.DataFrame({"cluster": ["QAH", "Qah", "Al Karama"], "people": [20, 5, 90]})
    found = ic.compare_sources(one, other, on="cluster", names=("cccm", "acu"), same={"al karama": "Karama"})
    found = found.set_index("cluster")
    assert found.loc["Qah", ["people_cccm", "people_acu", "difference", "ratio"]].tolist() == [
        50,
        25,
        -25,
        0.5,
    ]
    assert found.loc["Karama", "ratio"] == 1.5
    assert found["held_by"].to_dict() == {"Atma": "cccm", "Karama": "both", "Qah": "both"}
    assert found[["people_cccm", "people_acu"]].sum().tolist() == [210, 115]
    with pytest.raises(InputError, match="two different ones"):
        ic.compare_sources(one, other, on="cluster", names=("a", "a"))
    with pytest.raises(InputError, match="given no column"):
        ic.compare_sources(one, other, on="district")


# --- room for more tents -------------------------------------------------------------------------------------

LAND = Bounds(36.50, 36.00, 36.56, 36.05)


def plane(rise: float, *, hole: bool = False) -> Raster:
    """Ground that rises evenly to the east by `rise` m a metre, in cells of about 90 m."""
    step = 1 / 1200
    lon = np.arange(36.45, 36.61, step)
    lat = np.arange(36.10, 35.95, -step)
    height = np.tile((lon - 36.5) * 111_320 * np.cos(np.radians(36.025)) * rise, (len(lat), 1)) + 500
    if hole:
        height[60:80, 60:90] = -32768
    return Raster(height, Affine(step, 0, 36.45, 0, -step, 36.10), CRS.from_epsg(4326), nodata=-32768)


def road() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.LineString([(36.40, 36.025), (36.70, 36.025)])], crs=4326)


def shares(found: ic.SuitableLand) -> dict[float, float]:
    array = found.raster.array[found.raster.array != found.raster.nodata]
    return {value: float((array == value).mean()) for value in (0.0, 1.0, 2.0)}


def test_even_ground_of_three_per_cent_beside_a_road_is_suitable() -> None:
    found = ic.suitable_land(LAND, dem=plane(0.03), roads=road(), road_max_m=500, resolution_m=100)
    share = shares(found)
    # A strip of about 500 m on both sides of the road, of 5.55 km from south to north.
    assert share[1.0] == pytest.approx(1000 / 5550, abs=0.025)
    assert share[2.0] == 0
    best = found.candidates.iloc[0]
    assert best["slope_mean"] == pytest.approx(0.03, abs=0.001)
    assert best["people"] == np.floor(best["area_m2"] / 45)
    assert "crowding nearby: no camps were given" in found.not_considered
    assert all(limit.citation for limit in found.limits)


@pytest.mark.parametrize("rise", [0.0, 0.005, 0.08])
def test_ground_too_flat_or_too_steep_is_not_suitable(rise: float) -> None:
    assert shares(ic.suitable_land(LAND, dem=plane(rise), roads=road()))[0.0] == 1.0


def test_missing_elevation_makes_the_answer_unknown_there_and_not_suitable() -> None:
    whole = ic.suitable_land(LAND, dem=plane(0.03), roads=road(), road_max_m=20_000)
    hole = ic.suitable_land(LAND, dem=plane(0.03, hole=True), roads=road(), road_max_m=20_000)
    assert shares(whole)[1.0] == 1.0
    assert 0 < shares(hole)[2.0] < 0.5
    assert (whole.raster.array[hole.raster.array == 2] == 1).all()


def test_without_elevation_or_roads_nothing_is_suitable() -> None:
    assert shares(ic.suitable_land(LAND, roads=road(), road_max_m=20_000))[2.0] == 1.0
    assert shares(ic.suitable_land(LAND, dem=plane(0.03)))[2.0] == 1.0
    assert shares(ic.suitable_land(LAND, dem=plane(0.08)))[0.0] == 1.0


def test_border_camps_avoided_areas_and_land_cover_take_land_away() -> None:
    base = {"dem": plane(0.03), "roads": road(), "road_max_m": 20_000}
    line = shapely.LineString([(36.50, 35.9), (36.50, 36.1)])
    # The area is 5.4 km wide: 1.35 km are a quarter of it.
    assert shares(ic.suitable_land(LAND, border=line, border_min_m=1350, **base))[0.0] == pytest.approx(
        0.25, abs=0.03
    )
    mines = gpd.GeoDataFrame(geometry=[shapely.box(36.50, 36.0, 36.53, 36.05)], crs=4326)
    assert shares(ic.suitable_land(LAND, avoid=mines, **base))[0.0] == pytest.approx(0.5, abs=0.03)
    crowd = points((36.53, 36.025), people=[1_000_000])
    dense = ic.suitable_land(LAND, camps=crowd, **base)
    assert 0 < shares(dense)[0.0] < 1
    cover = plane(0.0)
    cover = Raster(
        np.where(np.arange(cover.array.shape[1]) < 96, 1.0, 2.0) + 0 * cover.array, cover.transform, cover.crs
    )
    allowed = ic.suitable_land(LAND, landcover=cover, landcover_allowed=[1], **base)
    assert shares(allowed)[1.0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"slope_max": 0.005}, "first below the second"),
        ({"slope_max": -1}, "0 or more"),
        ({"slopemax": 0.1}, "Did you mean slope_max"),
        ({"standard": "sphere-2018-shelter"}, "covered space"),
        ({"landcover": plane(0.0)}, "landcover_allowed"),
        ({"border": 5}, "expected a Border"),
    ],
)
def test_wrong_limits_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=message):
        ic.suitable_land(LAND, resolution_m=500, **arguments)  # type: ignore[arg-type]


# --- exposure ------------------------------------------------------------------------------------------------


def population() -> Raster:
    values = np.arange(16, dtype=float).reshape(4, 4)
    values[0, 0] = -9999
    return Raster(values, Affine(0.25, 0, 36, 0, -0.25, 37), CRS.from_epsg(4326))


def test_partial_cells_count_with_their_share_and_nodata_is_counted() -> None:
    areas = gpd.GeoDataFrame(
        geometry=[
            shapely.box(36, 36, 37, 37),
            shapely.box(36.125, 36.75, 36.5, 37),
            shapely.box(40, 40, 41, 41),
        ],
        crs=4326,
        index=["all", "part", "far"],
    )
    found = ic.exposure(population(), areas)
    assert found["people"].tolist() == pytest.approx([120, 1, 0])
    assert found["nodata_cells"].tolist() == pytest.approx([1, 0.5, 0])
    assert found["share_known"].tolist() == pytest.approx([15 / 16, 2 / 3, 0])


def test_exposure_of_disjoint_areas_adds_up() -> None:
    edges = [36, 36.13, 36.5, 36.77, 37]
    parts = gpd.GeoDataFrame(
        geometry=[shapely.box(west, 36, east, 37) for west, east in itertools.pairwise(edges)],
        crs=4326,
    )
    assert ic.exposure(population(), parts)["people"].sum() == pytest.approx(120)


def test_wrong_exposure_is_refused() -> None:
    area = gpd.GeoDataFrame(geometry=[shapely.box(36, 36, 37, 37)], crs=4326)
    with pytest.raises(CRSError):
        ic.exposure(population(), area.set_crs(None, allow_override=True))
    with pytest.raises(InputError, match="that are no areas"):
        ic.exposure(population(), points((36, 36)))
    wrong = population()
    wrong.array[1, 1] = -5
    with pytest.raises(InputError, match="fewer than no people"):
        ic.exposure(wrong, area)


# --- real data -----------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_two_sources_on_atma_disagree_and_both_are_shown(shared: Path) -> None:
    acu = pd.read_csv(shared / "camps" / "acu_camp_clusters_april2020.csv")
    cccm = pd.read_csv(shared / "camps" / "camp_clusters_2019-02_to_2019-11.csv")
    november = cccm[cccm["month"] == "2019-11"]
    acu = acu.rename(columns={"camp_cluster": "cluster"})
    found = ic.compare_sources(
        november, acu, on="cluster", names=("cccm", "acu"), same={"Al Karama": "Karama"}
    )
    assert found["people_acu"].sum() == 256_389
    assert found["people_cccm"].sum() == 868_486
    assert found.set_index("cluster").loc["Karama", "ratio"] == pytest.approx(51_887 / 60_797)


@pytest.mark.shared
def test_worldpop_is_counted_whole_inside_a_box_around_it(shared: Path) -> None:
    with rasterio.open(shared / "population" / "worldpop_idleb_2026.tif") as file:
        raster = Raster(
            file.read(1).astype(float), file.transform, CRS.from_wkt(file.crs.to_wkt()), nodata=file.nodata
        )
        box = shapely.box(*file.bounds).buffer(0.01)
    found = ic.exposure(raster, gpd.GeoDataFrame(geometry=[box], crs=4326))
    assert found["people"].item() == pytest.approx(1_746_526, abs=2)
    assert found["nodata_cells"].item() > 0


@pytest.mark.shared
def test_room_in_the_mountains_of_andorra_is_scarce(shared: Path) -> None:
    with rasterio.open(f"/vsizip/{shared / 'dem' / 'N42E001.hgt.zip'}/N42E001.hgt") as file:
        dem = Raster(file.read(1).astype(float), file.transform, CRS.from_epsg(4326), nodata=-32768)
    area = Bounds(1.42, 42.43, 1.78, 42.65)
    roads = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(1.45, 42.44), (1.53, 42.51), (1.73, 42.54)])], crs=4326
    )
    share = shares(ic.suitable_land(area, dem=dem, roads=roads))
    assert share[0.0] > 0.9
    assert 0 < share[1.0] < 0.05
