"""The exercise on a real OpenStreetMap extract and elevation model: proof that nothing is tied to Syria."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from idlibgeo import sources
from idlibgeo.geo import Bounds
from idlibgeo.pipeline import Result, load_network

pytestmark = pytest.mark.shared


def test_the_report_is_read_and_its_places_found_in_the_file(andorra_result: Result) -> None:
    figures, mentions = andorra_result.layers["figures"], andorra_result.layers["mentions"]
    flow = figures[(figures["value"] == 1200) & (figures["kind"] == "flow")]
    assert len(flow) == 1
    assert "Andorra la Vella" in set(mentions.loc[mentions["role"] == "origin", "name"])


def test_roads_are_real_and_none_is_called_schematic(andorra_result: Result) -> None:
    roads = andorra_result.layers["roads"]
    assert not andorra_result.release.product.schematic
    # OpenStreetMap's extract holds about 855 km of roads and paths between junctions.
    assert 700_000 < roads["length_m"].sum() < 1_000_000


def test_routes_reach_both_neighbours(andorra_result: Result) -> None:
    routes = andorra_result.layers["routes"]
    found = routes[routes["status"] == "ok"]
    ends = set(found.loc[found["to_kind"] == "crossing", "to_name"])
    assert any("Runer" in end for end in ends)
    assert any("Casa" in end for end in ends)
    assert "border" in set(found["to_kind"])
    # Andorra la Vella – Riu Runer is about 12 km by the CG-1.
    out = found[
        (found["from_name"] == "Andorra la Vella")
        & found["to_name"].str.contains("Runer")
        & (found["rank"] == 1)
    ]
    assert 9_000 < out["length_m"].iloc[0] < 16_000


def test_the_border_has_both_neighbours(andorra_result: Result) -> None:
    border = andorra_result.layers["border"]
    assert set(border["countries"].str.split(", ").explode()) == {"AD", "ES", "FR"}
    assert border["length_m"].sum() == pytest.approx(122_000, rel=0.03)


def test_slopes_of_the_elevation_model_slow_walkers_down(shared: Path) -> None:
    """Tobler's 5.04 km/h holds on the flat; over the Pyrenees the same ways take longer."""
    network = load_network(shared / "osm" / "andorra.osm.pbf")
    dem = sources.read_dem(shared / "dem" / "N42E001.hgt.zip", bounds=Bounds(1.40, 42.42, 1.80, 42.66))
    flat = network.weights(mode="foot").seconds_mid
    hilly = network.weights(mode="foot", dem=dem).seconds_mid
    walked = np.isfinite(flat) & np.isfinite(hilly)
    assert hilly[walked].sum() > 1.1 * flat[walked].sum()


def test_bands_cover_the_country(andorra_result: Result) -> None:
    bands = andorra_result.layers["border_bands"]
    planar = bands.geometry.to_crs("EPSG:25831")
    assert shapely.union_all(planar.array).area == pytest.approx(planar.area.sum(), rel=1e-6)
    # Andorra has 468 km².
    assert bands["area_m2"].sum() / 1e6 == pytest.approx(468, rel=0.02)


def test_the_way_to_the_border_is_found_on_foot_over_the_slopes_too(andorra_result: Result) -> None:
    routes = andorra_result.layers["routes"]
    to_line = routes[(routes["to_kind"] == "border") & (routes["status"] == "ok")]
    assert set(to_line["mode"]) == {"vehicle", "foot"}
    walked = to_line[to_line["mode"] == "foot"]
    # Slower than Tobler's 5.04 km/h on the flat: these ways climb.
    assert (walked["length_m"] / walked["travel_time_s_mid"] * 3.6 < 4.5).all()
