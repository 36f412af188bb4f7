"""The schema: its tables are whole, frames are brought to it, and what does not hold is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from idlibgeo import schema
from idlibgeo.errors import CRSError, SchemaError, UnknownNameError


def crossings(**changes: object) -> gpd.GeoDataFrame:
    values = {
        "crossing_id": ["x1"],
        "name": ["Bab al-Hawa"],
        "type": ["official"],
        "status_from": [dt.date(2020, 1, 1)],
    }
    return gpd.GeoDataFrame({**values, **changes}, geometry=[Point(36.69, 36.24)], crs="EPSG:4326")


def test_every_column_belongs_to_a_layer_and_every_layer_has_its_key() -> None:
    for name, spec in schema.layers().items():
        assert spec.name == name
        assert spec.columns[0].name == spec.key
        assert len({column.name for column in spec.columns}) == len(spec.columns)
        assert spec.description.endswith(".")
        assert {column.type for column in spec.columns} <= {"str", "int", "float", "bool", "date"}


def test_layers_of_the_contract() -> None:
    promised = (
        "places mentions roads routes edge_flows border border_bands border_buffers crossings camps camp_hexes"
        " isochrones closures flows figures ledger checks sources withheld"
    )
    assert set(schema.layers()) == set(promised.split())


def test_conform_adds_missing_columns_empty_and_leaves_unknown_ones() -> None:
    frame = schema.conform(crossings(edges=[[1, 2]]), "crossings")
    assert list(frame.columns) == [*(c.name for c in schema.layers()["crossings"].columns), "geometry"]
    assert frame.loc[0, "status_from"] == "2020-01-01"
    assert pd.isna(frame.loc[0, "status"])


def test_conform_brings_another_crs_to_degrees() -> None:
    metres = crossings().to_crs("EPSG:32637")
    assert schema.conform(metres, "crossings").geometry.iloc[0].x == pytest.approx(36.69, abs=1e-9)


def test_conform_refuses_a_layer_without_crs() -> None:
    bare = gpd.GeoDataFrame({"crossing_id": ["x1"]}, geometry=[Point(36.69, 36.24)])
    with pytest.raises(CRSError, match="without a CRS"):
        schema.conform(bare, "crossings")


def test_conform_names_the_column_that_is_not_a_number() -> None:
    with pytest.raises(SchemaError, match="column radius_m: expected float"):
        schema.conform(crossings(radius_m=["far"]), "crossings")


def test_an_unknown_layer_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean crossings"):
        schema.layer_spec("crosings")


def test_validate_finds_repeated_keys_wrong_geometry_and_crossed_bounds() -> None:
    twice = schema.conform(pd.concat([crossings(), crossings()]), "crossings")
    with pytest.raises(SchemaError, match="key crossing_id is empty or repeated"):
        schema.validate({"crossings": twice})
    shape = schema.conform(crossings().set_geometry([box(36, 36, 37, 37)]), "crossings")
    with pytest.raises(SchemaError, match="expected Point geometry"):
        schema.validate({"crossings": shape})
    bands = gpd.GeoDataFrame(
        {"band_id": ["b"], "people_low": [10.0], "people_mid": [5.0], "people_high": [20.0]},
        geometry=[box(36, 36, 37, 37)],
        crs="EPSG:4326",
    )
    with pytest.raises(SchemaError, match="people_low ≤ people_mid"):
        schema.validate({"border_bands": schema.conform(bands, "border_bands")})


def test_validate_accepts_what_conform_made() -> None:
    schema.validate({"crossings": schema.conform(crossings(), "crossings")})


def test_the_page_of_the_documentation_is_the_schema(repository: Path) -> None:
    """Renew it with: idlibgeo layers > docs/layers.md"""
    assert (repository / "docs" / "layers.md").read_text(
        encoding="utf-8"
    ).rstrip() == schema.as_markdown().rstrip()
