"""The table of layers: what each one is called, holds and may be shown to, and the check that it is so.

The table stands in two data files beside this module, ``schema_layers.csv`` and ``schema_columns.csv``, so that
a person who knows the maps but not Python can read and correct it.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from idlibgeo.errors import SchemaError, UnknownNameError, nearest_name
from idlibgeo.geo import WGS84, Bounds, require_crs

Audience = Literal["public", "partner", "internal"]
# From the widest circle of readers to the narrowest.
AUDIENCES: tuple[Audience, ...] = ("public", "partner", "internal")

DISCLAIMER = (
    "The boundaries and names shown and the designations used on this product do not imply official endorsement"
    " or acceptance, nor any opinion on the legal status of any country, territory, city or area."
)


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a layer: its type (str, int, float, bool, date), unit, audience and headings."""

    name: str
    type: str
    unit: str
    audience: Audience
    title: str
    title_ar: str
    hxl: str
    description: str


@dataclass(frozen=True)
class LayerSpec:
    """One layer or table: its geometry kind (Point, LineString, Polygon or table) and its columns."""

    name: str
    kind: str
    group: str
    order: int
    title: str
    title_ar: str
    category: str
    theme: str
    geometry: str
    scale: str
    audience: Audience
    key: str
    description: str
    columns: tuple[ColumnSpec, ...]

    @property
    def is_table(self) -> bool:
        """Whether the layer has no geometry."""
        return self.kind == "table"

    def column(self, name: str) -> ColumnSpec:
        """One column by its name."""
        return next(column for column in self.columns if column.name == name)

    def identifier(self, *, country_iso3: str, source: str, protection: str) -> str:
        """The name by the MapAction data naming convention.

        Parts: extent, category, theme, geometry, scale, source, permission.

        >>> layers()["roads"].identifier(country_iso3="SYR", source="osm", protection="pp")
        'syr_tran_rds_ln_s3_osm_pp'
        """
        return "_".join(
            [country_iso3.lower(), self.category, self.theme, self.geometry, self.scale, source, protection]
        )


@dataclass(frozen=True)
class MethodNote:
    """What one stage did, for METHOD.html: a text and the parameters that it ran with."""

    stage: str
    text: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerSource:
    """Where a layer comes from: a short code for file names, its licence and the attribution it asks for."""

    code: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class ReportRef:
    """A report as products name it; `text` is filled only in internal bundles."""

    id: str
    title: str
    publisher: str
    published: dt.date | None
    url: str
    language: str
    text: str | None = None


@dataclass(frozen=True)
class InputRef:
    """A file that went in, with its SHA-256; `published` says whether anyone can get the same file."""

    name: str
    sha256: str
    published: bool


@dataclass(frozen=True)
class Product:
    """What every product says about itself: title, period, date, method, limits, sources, versions."""

    id: str
    title: str
    title_ar: str
    subtitle: str
    summary: str
    period: tuple[dt.date | None, dt.date | None]
    as_of: dt.date
    country_iso3: str
    bounds: Bounds
    schematic: bool
    method: tuple[MethodNote, ...]
    limits: tuple[str, ...]
    layer_sources: Mapping[str, LayerSource]
    reports: tuple[ReportRef, ...]
    inputs: tuple[InputRef, ...]
    versions: Mapping[str, str]
    seed: int
    online_tiles: str | None = None
    disclaimer: str = DISCLAIMER


def _rows(name: str) -> list[dict[str, str]]:
    with resources.files("idlibgeo").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _title(row: Mapping[str, str]) -> str:
    return row["title"][:1].upper() + row["title"][1:]


@functools.cache
def layers() -> Mapping[str, LayerSpec]:
    """All layers and tables, in the order in which products list them.

    >>> list(layers())[:3]
    ['places', 'mentions', 'crossings']
    """
    columns: dict[str, list[ColumnSpec]] = {}
    for row in _rows("schema_columns.csv"):
        values = {**row, "title": _title(row)}
        layer, column = values.pop("layer"), values.pop("column")
        columns.setdefault(layer, []).append(ColumnSpec(name=column, **values))  # type: ignore[arg-type]
    specs = []
    for row in _rows("schema_layers.csv"):
        name = row.pop("layer")
        cells: dict[str, Any] = {**row, "order": int(row["order"]), "columns": tuple(columns[name])}
        specs.append(LayerSpec(name=name, **cells))
    return {spec.name: spec for spec in sorted(specs, key=lambda spec: spec.order)}


def layer_spec(name: str) -> LayerSpec:
    """One layer by its name; an unknown name is refused with the nearest known one."""
    try:
        return layers()[name]
    except KeyError:
        raise UnknownNameError(f"Layer {name!r} does not exist. {nearest_name(name, layers())}") from None


def _as_text(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, list | tuple):
        return "; ".join(str(part) for part in value) or None
    # An empty text is a missing one: readers of the layers test for null.
    return str(value) or None


def _as_iso_date(value: Any) -> Any:
    text = _as_text(value)
    return None if text in (None, "", "NaT") else text[:10]


def _convert(values: pd.Series, column: ColumnSpec, layer: str) -> pd.Series:
    """Bring a column to its type; what does not fit is an error that names layer, column and values."""
    try:
        match column.type:
            case "str":
                return values.map(_as_text).astype("str")
            case "date":
                return values.map(_as_iso_date).astype("str")
            case "int":
                return pd.to_numeric(values).astype("Int64")
            case "bool":
                return values.astype("boolean")
            case _:
                return pd.to_numeric(values).astype("float64")
    except (TypeError, ValueError) as error:
        raise SchemaError(
            f"Layer {layer}, column {column.name}: expected {column.type}, given"
            f" {values.dropna().head(3).tolist()!r} ({error}). The layer was not written."
        ) from None


def conform(frame: pd.DataFrame, layer: str) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return the frame with exactly the columns, types and CRS of a layer of the schema.

    A column that the frame lacks is added empty, one that the schema does not know is left behind (working
    columns such as the list of edges of a route); the key may not be missing. The index is renewed.
    """
    spec = layer_spec(layer)
    if spec.key not in frame.columns:
        raise SchemaError(
            f"Layer {layer}: the key column {spec.key!r} is missing; the frame has {list(frame.columns)}."
        )
    source = frame.reset_index(drop=True)
    data = {
        column.name: _convert(
            source[column.name] if column.name in source else pd.Series([None] * len(source), dtype=object),
            column,
            layer,
        )
        for column in spec.columns
    }
    if spec.is_table:
        return pd.DataFrame(data)
    if not isinstance(source, gpd.GeoDataFrame):
        raise SchemaError(
            f"Layer {layer}: expected a GeoDataFrame with {spec.kind} geometry, given a plain table."
        )
    located = require_crs(source, name=layer)
    return gpd.GeoDataFrame(data, geometry=located.geometry.array, crs=WGS84)


def _problems(frame: pd.DataFrame, spec: LayerSpec) -> Iterable[str]:
    expected = [column.name for column in spec.columns]
    found = [str(name) for name in frame.columns if name != "geometry"]
    if found != expected:
        missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
        yield (
            f"columns differ: missing {missing}, unknown {extra}"
            if missing or extra
            else "columns are out of order"
        )
        return
    keys = frame[spec.key]
    if keys.isna().any() or keys.duplicated().any():
        yield f"the key {spec.key} is empty or repeated: {keys[keys.isna() | keys.duplicated()].head(3).tolist()}"
    yield from _bound_problems(frame, spec.key)
    if not spec.is_table:
        yield from _geometry_problems(frame, spec)


def _bound_problems(frame: pd.DataFrame, key: str) -> Iterable[str]:
    """Low ≤ mid ≤ high wherever a layer carries an interval; half a person is tolerance for rounding."""
    for name in [str(column) for column in frame.columns]:
        stem = name.removesuffix("_mid")
        low, high = f"{stem}_low", f"{stem}_high"
        if name == stem or low not in frame or high not in frame:
            continue
        wrong = (frame[low] > frame[name] + 0.5) | (frame[name] > frame[high] + 0.5)
        if wrong.any():
            yield f"{low} ≤ {name} ≤ {high} does not hold for {frame.loc[wrong, key].head(3).tolist()}"


def _geometry_problems(frame: pd.DataFrame, spec: LayerSpec) -> Iterable[str]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs != WGS84:
        yield f"expected a GeoDataFrame in {WGS84}"
        return
    kinds = set(frame.geometry.dropna().geom_type)
    if kinds - {spec.kind, f"Multi{spec.kind}"}:
        yield f"expected {spec.kind} geometry, found {sorted(kinds)}"


def validate(given: Mapping[str, pd.DataFrame]) -> None:
    """Check every layer against the schema.

    Raises
    ------
    SchemaError
        With one line per layer that does not hold what the schema promises.
    """
    found = [
        f"{name}: {problem}"
        for name, frame in given.items()
        for problem in _problems(frame, layer_spec(name))
    ]
    if found:
        raise SchemaError("These layers do not hold to the schema; nothing was written.\n" + "\n".join(found))


def as_markdown() -> str:
    """The schema as a page: each layer with its columns, types, units and audience."""
    parts = []
    for spec in layers().values():
        parts += [
            f"## {spec.name}",
            "",
            f"{spec.description} {spec.kind}; group {spec.group}; for {spec.audience} readers; key `{spec.key}`;"
            f" MapAction `{spec.category}_{spec.theme}_{spec.geometry}_{spec.scale}`.",
            "",
            "| column | type | unit | audience | title | description |",
            "|---|---|---|---|---|---|",
            *(
                f"| `{c.name}` | {c.type} | {c.unit} | {c.audience} | {c.title} | {c.description} |"
                for c in spec.columns
            ),
            "",
        ]
    return "\n".join(parts)
