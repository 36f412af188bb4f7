"""From layers to the data of the page: plain values that JSON can carry, and nothing that the page does not show."""

from __future__ import annotations

import base64
import dataclasses
import functools
import io
import math
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.crs
import shapely
from PIL import Image
from rasterio.enums import Resampling
from rasterio.transform import array_bounds, from_origin
from rasterio.warp import calculate_default_transform, reproject, transform_bounds

from idlibgeo.export import ground, style, wording
from idlibgeo.export.style import MM_TO_PX, LayerStyle, StyleClass
from idlibgeo.geo import Bounds, Raster
from idlibgeo.schema import Product, layers

SCALE = 100_000
"""Coordinates are whole numbers of 1e-5 degrees, about a metre."""

# Outlines of areas are drawn to about 20 m, less than a pixel up to zoom 13, to keep the page small.
AREA_TOLERANCE_DEG = 0.0002
RASTER_MAX_PIXELS = 900

DENSE = 10_000
"""Above so many lines a layer is drawn in tiles: one by one, they would take seconds and stutter."""


@functools.cache
def fields() -> Mapping[str, Any]:
    """What the page shows of each layer, from ``fields.toml``."""
    text = resources.files("idlibgeo.export.webmap").joinpath("fields.toml").read_text("utf-8")
    return tomllib.loads(text)


def layer_payload(name: str, frame: gpd.GeoDataFrame, *, source: str = "") -> dict[str, Any]:
    """One layer with its style, legend, columns and geometry.

    Parameters
    ----------
    name
        A layer of the schema; another name is drawn plainly, with all its columns.
    frame
        In EPSG:4326, without empty geometries.
    source
        Attribution and licence, for the legend.
    """
    spec = layers().get(name)
    looks = style.resolve(_style(name, frame), frame)
    order = np.argsort(style.class_of(looks, frame).to_numpy(), kind="stable")[::-1]
    ordered = frame.iloc[order]
    return {
        "name": name,
        "title": spec.title if spec else name,
        "title_ar": spec.title_ar if spec else "",
        "description": spec.description if spec else "",
        "group": spec.group if spec else "Layers",
        "kind": _kind(frame),
        # Places that no report names are drawn where there is room for their names, as on a printed map.
        "optional": [at for at, one in enumerate(looks.classes) if name == "places" and one.match == "other"],
        "source": source,
        "count": len(frame),
        "visible": looks.visible_default,
        "z": looks.z,
        "min_scale": looks.min_scale,
        "max_scale": looks.max_scale,
        "legend": looks.legend,
        "legend_ar": looks.legend_ar,
        "classes": [class_payload(one) for one in looks.classes],
        "label": dataclasses.asdict(looks.label) if looks.label else None,
        "class_of": style.class_of(looks, ordered).tolist(),
        **_geometry(_ashore(name, ordered)),
        "columns": _columns(name, ordered),
        "time": fields()["time"].get(name, []),
    }


def _style(name: str, frame: gpd.GeoDataFrame) -> LayerStyle:
    if name in style.styles():
        return style.for_layer(name)
    plain = StyleClass(
        label=name,
        match="other",
        fill="#5fa3d6" if _kind(frame) != "LineString" else "",
        stroke="#084a91",
        width_mm=0.5,
        radius_mm=1.3,
        opacity=0.8,
    )
    return LayerStyle(name=name, kind="single", classes=(plain,), z=60, legend=name)


def _kind(frame: gpd.GeoDataFrame) -> str:
    return str(frame.geometry.iloc[0].geom_type).removeprefix("Multi")


def class_payload(one: StyleClass) -> dict[str, Any]:
    """One line of a legend in screen pixels; what is empty is left out."""
    values = {
        "label": one.label,
        "label_ar": one.label_ar,
        "fill": one.fill,
        "stroke": one.stroke,
        "width": _px(one.width_mm),
        "radius": _px(one.radius_mm),
        "marker": one.marker,
        "dash": [_px(step) for step in one.dash],
        "opacity": one.opacity,
        "arrow": _px(one.arrow_mm),
        "casing": one.casing,
        "casing_width": _px(one.casing_mm),
        "min_scale": one.min_scale,
    }
    return {key: value for key, value in values.items() if value not in ("", 0, 0.0, [])}


def _px(millimetres: float) -> float:
    return round(millimetres * MM_TO_PX, 2)


def _ashore(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bands of distance as far as there is land under them: nobody is counted at sea, and blue on blue is not read."""
    if name not in {"border_bands", "border_buffers"}:
        return frame
    dry = ground.land(Bounds(*frame.total_bounds))
    cut = shapely.intersection(frame.geometry.to_numpy(), dry)
    return frame.assign(geometry=np.where(shapely.area(cut) > 0, cut, frame.geometry.to_numpy()))


def _shapes(frame: gpd.GeoDataFrame) -> list[Any]:
    shapes = frame.geometry.to_numpy()
    if _kind(frame) != "Polygon":
        return list(shapes)
    if frame.geometry.geom_type.eq("Polygon").all() and len(frame) > 1:
        overlapping = float(shapely.area(shapes).sum()) > shapely.area(shapely.union_all(shapes)) * 1.0001
    else:
        overlapping = True
    simple = shapely.simplify if overlapping else shapely.coverage_simplify
    return list(simple(shapes, AREA_TOLERANCE_DEG))


def _coordinates(shape: Any) -> list[Any]:
    """Whole numbers of 1e-5 degrees: a point as x, y; each line or ring as x, y, then steps from point to point."""
    if shape.geom_type == "Point":
        return [round(shape.x * SCALE), round(shape.y * SCALE)]
    parts = shapely.get_parts(shape)
    if parts[0].geom_type == "Point":
        return [round(parts[0].x * SCALE), round(parts[0].y * SCALE)]
    if parts[0].geom_type == "Polygon":
        return [[_steps(ring) for ring in shapely.get_rings(part)] for part in parts]
    return [_steps(part) for part in parts]


def _geometry(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """The coordinates; those of many lines packed, to be drawn in tiles rather than one by one."""
    if _kind(frame) != "LineString" or len(frame) <= DENSE:
        return {"geometry": [_coordinates(shape) for shape in _shapes(frame)]}
    return {"geometry": [], "packed": pack(frame.geometry.to_numpy())}


def pack(lines: Any) -> str:
    """Lines in base64: the number of parts, then of each part the number of points and the steps between them.

    Numbers are zigzag varints, as in Protocol Buffers: a step of a few hundred metres takes two bytes.
    """
    numbers: list[int] = []
    for line in lines:
        parts = [_steps(part) for part in shapely.get_parts(line)]
        numbers.append(len(parts))
        for part in parts:
            numbers.append(len(part) // 2)
            numbers += part
    values = np.array(numbers, dtype=np.int64)
    zigzag = np.where(values < 0, -2 * values - 1, 2 * values).astype(np.uint64)
    groups = np.stack([(zigzag >> np.uint64(7 * at)) & np.uint64(127) for at in range(5)], axis=1).astype(
        np.uint8
    )
    used = np.maximum(5 - (groups[:, ::-1] != 0).argmax(axis=1), 1)
    used[zigzag == 0] = 1
    keep = np.arange(5) < used[:, None]
    groups[np.arange(5) < (used - 1)[:, None]] |= 128
    return base64.b64encode(groups[keep].tobytes()).decode("ascii")


def _steps(line: Any) -> list[int]:
    whole = np.rint(shapely.get_coordinates(line) * SCALE).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    moved = steps.any(axis=1)
    moved[0] = True
    return [int(value) for value in steps[moved].ravel()]


def _columns(name: str, frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """The columns that the page shows, each with its heading; `use` says what a column is for."""
    shown = fields()["layers"].get(name)
    if shown is None:
        return [_column(str(column), frame, name) for column in frame.columns if column != "geometry"]
    found = []
    title = shown.get("title", [])
    for position, column in enumerate([title] if isinstance(title, str) else title):
        found.append(_column(column, frame, name) | {"use": f"title{position}"})
    if shown.get("title_ar") in frame:
        found.append(_column(shown["title_ar"], frame, name) | {"use": "title_ar"})
    for column in shown["fields"]:
        if column in frame:
            found.append(_column(column, frame, name))
        elif f"{column}_mid" in frame:
            found.append(_interval(column, frame))
    label = style.for_layer(name).label
    for column, use in [
        ("figure_id", "figure"),
        (label.priority if label else "", "priority"),
        (label.field if label and label.field not in shown.get("title", []) else "", "label"),
        (spec_key(name), "key"),
    ]:
        if column in frame:
            found.append(_column(column, frame, name) | {"use": use})
    return found


def spec_key(name: str) -> str:
    """The key column of a layer, where the page has to find its rows again."""
    return layers()[name].key if name in {"places", "mentions"} else ""


def _column(column: str, frame: gpd.GeoDataFrame, layer: str) -> dict[str, Any]:
    spec = layers().get(layer)
    known = next((one for one in spec.columns if one.name == column), None) if spec else None
    values = [_plain(value) for value in frame[column].tolist()]
    found = {
        "name": column,
        "title": known.title if known else column,
        "title_ar": known.title_ar if known else "",
        "unit": known.unit if known else "",
        "type": known.type if known else "str",
    }
    same = len(values) > 1 and all(value == values[0] for value in values)
    return found | ({"all": values[0]} if same else {"values": values})


def _interval(stem: str, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    bounds = frame[[f"{stem}_low", f"{stem}_mid", f"{stem}_high"]]
    values = [[_plain(value) for value in row] for row in bounds.itertuples(index=False)]
    return {"name": stem, "type": "interval", **fields()["interval"][stem], "values": values}


def _plain(value: Any) -> Any:
    """A value for JSON: null for missing, five significant digits for fractions, text for what is neither."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return None
        return int(value) if float(value).is_integer() else float(f"{value:.5g}")
    return str(value)


def raster_payload(name: str, raster: Raster) -> dict[str, Any]:
    """A raster as a picture in Web Mercator with the colours of its classes, as a PNG inside the page."""
    looks = style.for_raster(name, raster)
    values, bounds = _in_mercator(raster)
    return {
        "name": name,
        "title": raster.title or name,
        "title_ar": looks.legend_ar,
        "description": raster.description,
        "group": "Camps" if raster.unit.startswith("people") else "Rasters",
        "visible": looks.visible_default,
        "z": looks.z,
        "legend": looks.legend or raster.title,
        "legend_ar": looks.legend_ar,
        "classes": [class_payload(one) for one in looks.classes],
        "image": _png(style.painted(looks, values, nodata=raster.nodata)),
        "bounds": list(bounds),
        "facts": [[str(key), str(value)] for key, value in sorted(raster.tags.items())],
    }


def _in_mercator(raster: Raster) -> tuple[Any, Bounds]:
    """The values on a grid of Web Mercator, and its corners in degrees."""
    degrees, target = rasterio.crs.CRS.from_epsg(4326), rasterio.crs.CRS.from_epsg(3857)
    source = rasterio.crs.CRS.from_wkt(raster.crs.to_wkt())
    rows, columns = raster.array.shape
    own = array_bounds(rows, columns, raster.transform)
    transform, width, height = calculate_default_transform(source, target, columns, rows, *own)
    shrink = max(width, height) / RASTER_MAX_PIXELS
    if shrink > 1:
        width, height = math.ceil(width / shrink), math.ceil(height / shrink)
        transform = from_origin(transform.c, transform.f, transform.a * shrink, -transform.e * shrink)
    values = np.full((height, width), raster.nodata, dtype=np.float64)
    reproject(
        raster.array.astype(np.float64),
        values,
        src_transform=raster.transform,
        src_crs=source,
        src_nodata=raster.nodata,
        dst_transform=transform,
        dst_crs=target,
        dst_nodata=raster.nodata,
        resampling=Resampling.bilinear,
    )
    west, south, east, north = array_bounds(height, width, transform)
    return values, Bounds(*transform_bounds(target, degrees, west, south, east, north))


def _png(picture: Any) -> str:
    """A data URL. Few colours: a palette makes it a tenth of the size."""
    colours, index = np.unique(picture.reshape(-1, 4), axis=0, return_inverse=True)
    image = Image.fromarray(index.reshape(picture.shape[:2]).astype(np.uint8), mode="P")
    image.putpalette(colours[:, :3].astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, transparency=bytes(colours[:, 3].tolist()))
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def figures_payload(
    figures: pd.DataFrame | None,
    mentions: pd.DataFrame | None,
    product: Product,
    *,
    ledger: pd.DataFrame | None = None,
) -> list[dict[str, Any]]:
    """The numbers of the reports with their sentences, publishers, dates and links, grouped as the panel shows them.

    Of the people who left the newest count of each source comes first, a count of a year last; `ledger` says which
    counts a total takes. In the other groups the largest number comes first.
    """
    if figures is None or figures.empty:
        return []
    position = {name: at for at, group in enumerate(fields()["kinds"]) for name in group["names"]}
    titles = {report.id: report.title for report in product.reports}
    left = wording.people_who_left(figures, ledger)["figure_id"].tolist()
    leading = {figure: at for at, figure in enumerate(left)}
    found = []
    for row in figures.to_dict("records"):
        values = {key: _plain(value) for key, value in row.items()}
        found.append(
            {
                "id": values["figure_id"],
                "group": position.get(values["kind"], len(fields()["kinds"]) - 1),
                "kind": _kind_words(values),
                "report": titles.get(values["report_id"], ""),
                "places": _figure_places(values, mentions),
                **{
                    key: values[key]
                    for key in [
                        *(
                            "value",
                            "low",
                            "high",
                            "unit",
                            "modality",
                            "qualifier",
                            "period_start",
                            "period_end",
                        ),
                        *("origin", "destination", "source_org", "publisher", "published", "url", "sentence"),
                    ]
                },
            }
        )
    return sorted(
        found,
        key=lambda one: (
            one["group"],
            leading.get(one["id"], len(leading)),
            -(one["value"] or one["high"] or 0),
            one["id"],
        ),
    )


def _kind_words(figure: Mapping[str, Any]) -> str:
    kind = str(figure["kind"])
    if wording.of_a_year(kind, figure["period_start"], figure["period_end"]):
        kind = "cumulative_year"
    return str(fields()["kind_words"].get(kind, kind))


def _figure_places(figure: Mapping[str, Any], mentions: pd.DataFrame | None) -> list[str]:
    """Ids of the mentions that a figure names as origin or destination."""
    if mentions is None or mentions.empty:
        return []
    written = {
        part.strip() for key in ("origin", "destination") for part in str(figure[key] or "").split(";")
    }
    same = mentions[
        (mentions["report_id"] == figure["report_id"])
        & mentions["text"].isin(written)
        & mentions["place_id"].notna()
    ]
    return list(dict.fromkeys(same["place_id"].astype(str).tolist()))


def mentions_of_places(mentions: pd.DataFrame | None, product: Product) -> dict[str, list[list[Any]]]:
    """For each place id the sentences that name it: sentence, publisher, date, link; each sentence once."""
    if mentions is None or mentions.empty:
        return {}
    reports = {report.id: report for report in product.reports}
    found: dict[str, dict[tuple[Any, ...], None]] = {}
    for row in mentions[mentions["place_id"].notna()].to_dict("records"):
        report = reports.get(row["report_id"])
        source = (
            (report.publisher, report.published.isoformat() if report.published else None, report.url)
            if report
            else ("", None, "")
        )
        found.setdefault(str(row["place_id"]), {})[(_plain(row["sentence"]), *source)] = None
    return {place: [list(one) for one in sentences] for place, sentences in found.items()}


GROUND_REACH_DEG = 3.0
"""How far beyond the map's box the ground is drawn, at least: a reader zooms out to see where in the world it is."""

GROUND_TOLERANCE_DEG = 0.001


def ground_payload(shown: Mapping[str, pd.DataFrame], bounds: Bounds) -> dict[str, Any]:
    """Land, the country of the reports and the lines between countries, in a box that the page never leaves.

    Keys: ``box``, ``land`` and ``origin`` (areas), ``lines`` (where countries meet on land), ``names`` (each country
    with its code, and places where its name may stand, those within the map's box first).
    """
    reach = max(GROUND_REACH_DEG, bounds.east - bounds.west, bounds.north - bounds.south)
    wide = bounds.padded(reach)
    box = Bounds(max(wide.west, -180.0), max(wide.south, -85.0), min(wide.east, 180.0), min(wide.north, 85.0))
    base = ground.base(shown, box)
    origin = [side.polygon for side in base.countries if side.is_origin]
    return {
        "box": list(box),
        "land": _simple(base.land, GROUND_TOLERANCE_DEG),
        "origin": _simple(shapely.union_all(origin), AREA_TOLERANCE_DEG) if origin else [],
        "lines": _simple(base.lines, GROUND_TOLERANCE_DEG),
        "names": [
            {"name": side.name, "code": side.code, "at": _where(side.polygon, bounds)}
            for side in base.countries
        ],
    }


def _simple(shape: Any, tolerance: float) -> list[Any]:
    simple = shapely.simplify(shape, tolerance)
    return [] if simple.is_empty else _coordinates(simple)


def _where(country: Any, bounds: Bounds) -> list[list[int]]:
    """Places for a country's name: within the box that is seen first, then anywhere that is drawn of it."""
    near = shapely.intersection(country, shapely.box(*bounds))
    places = [ground.points_inside(shape) for shape in (near, country) if not shape.is_empty]
    return [[int(x), int(y)] for x, y in np.rint(np.vstack(places) * SCALE)]
