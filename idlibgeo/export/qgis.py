"""The QGIS project: the layers of the GeoPackage in groups and order, with the same styles, and a page to print."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pandas as pd
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from idlibgeo.export import ground
from idlibgeo.export.files import replacing
from idlibgeo.export.geopackage import UNSOURCED, description, identifier
from idlibgeo.export.qml import (
    QGIS_VERSION,
    add_aliases,
    add_options,
    add_pipe,
    add_symbology,
    colour,
    element,
    fixed_id,
    scales,
    text_of,
)
from idlibgeo.export.raster import raster_file
from idlibgeo.export.style import (
    LayerStyle,
    StyleClass,
    for_layer,
    for_raster,
    page,
    resolve,
    series_breaks,
)
from idlibgeo.geo import WGS84, Bounds, Raster, utm_crs
from idlibgeo.privacy import Release
from idlibgeo.schema import LayerSpec, layer_spec

_GEOMETRY = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon", "table": "No geometry"}
_RASTERS = "Rasters"
_BASE = "Ground"
GROUND = "land_of_countries"
"""A layer that lives in the project alone: what the map lies on, for the eye, no data of the product."""
SEA = "sea_over_bands"
"""The other one: nobody is counted at sea, and on paper and page the bands end at the coast too."""
_GROUND_TOLERANCE = 0.0005
# Which column of which layer leads to which other layer: a route to its figure, a figure's sentence to its place.
_RELATIONS = [
    ("routes", "figure_id", "figures", "figure_id"),
    ("flows", "figure_id", "figures", "figure_id"),
    ("ledger", "figure_id", "figures", "figure_id"),
    ("mentions", "place_id", "places", "place_id"),
    ("edge_flows", "edge_id", "roads", "edge_id"),
]
_NORTH = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="600" viewBox="0 0 20 30">'
    '<path d="M10 1 3 22l7-4 7 4z" fill="#222"/>'
    '<path d="M10 1v17l-7 4z" fill="#fff" stroke="#222" stroke-width=".6"/>'
    '<text x="10" y="30" font-size="8" text-anchor="middle" font-family="sans-serif" fill="#222">N</text></svg>'
)


class Box(NamedTuple):
    """A place on the printed page, in millimetres from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def position(self) -> str:
        """As QGIS writes it."""
        return f"{self.x:g},{self.y:g},mm"

    @property
    def size(self) -> str:
        """As QGIS writes it."""
        return f"{self.width:g},{self.height:g},mm"


class Paper(NamedTuple):
    """Where the parts of the printed page stand: the legend, scale and arrow beside the map, which so cover nothing."""

    page: Box
    title: Box
    subtitle: Box
    title_ar: Box
    map: Box
    legend: Box
    scale: Box
    arrow: Box
    foot: Box
    legend_lines: int
    """So many lines of the legend fit under one another; more go into a second column."""


# A4, for areas that are wider than high and for those that are higher than wide.
_LYING = Paper(
    page=Box(0, 0, 297, 210),
    title=Box(10, 7, 277, 8),
    subtitle=Box(10, 15.5, 170, 6),
    title_ar=Box(180, 15, 107, 7),
    map=Box(10, 23, 190, 160),
    legend=Box(203, 22, 84, 145),
    scale=Box(202, 172, 70, 10),
    arrow=Box(276, 168, 10, 15),
    foot=Box(10, 185, 277, 20),
    legend_lines=36,
)
_STANDING = Paper(
    page=Box(0, 0, 210, 297),
    title=Box(10, 7, 190, 8),
    subtitle=Box(10, 24, 190, 6),
    title_ar=Box(10, 15.5, 190, 7),
    map=Box(10, 31, 138, 200),
    legend=Box(151, 31, 50, 224),
    scale=Box(9, 234, 80, 10),
    arrow=Box(136, 233, 10, 15),
    foot=Box(10, 251, 190, 38),
    legend_lines=999,
)


def write_project(
    release: Release, path: Path | str, *, geopackage: str = "", rasters: Mapping[str, str] | None = None
) -> Path:
    """Write a QGIS project that shows a release's GeoPackage and rasters by relative paths.

    Layers stand in the groups of the schema, in its order; `drawing order` is that of the styles (points over lines
    over areas). No layer needs a network.

    Parameters
    ----------
    release
        From `privacy.release`.
    path
        The ``.qgs`` file to make or replace.
    geopackage
        Path of the GeoPackage, relative to the project; by default the project's own name with ``.gpkg``.
    rasters
        Paths of rasters by name, relative to the project; by default ``rasters/<name>.tif``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FileError
        If it cannot be written; what was there before is unchanged.
    """
    target = Path(path)
    files = {name: f"./{geopackage or target.stem + '.gpkg'}|layername={name}" for name in release.layers}
    files |= {
        name: f"./{(rasters or {}).get(name, f'rasters/{raster_file(name, release)}')}"
        for name in release.rasters
    }
    with replacing(target) as new:
        new.write_text(project_xml(release, files), encoding="utf-8", newline="\n")
    return target


def project_xml(release: Release, files: Mapping[str, str]) -> str:
    """The project as XML; `files` says where each layer and raster is."""
    product = release.product
    crs = utm_crs(*product.bounds.centre)
    styles = _styles(release)
    title = f"{product.title} ({release.protection})"
    root = element(None, "qgis", version=QGIS_VERSION, projectname=title)
    element(root, "title", title)
    _add_crs(element(root, "projectCrs"), crs)
    _add_tree(root, release, styles, files)
    _add_relations(root, release)
    _add_canvas(root, release, crs)
    layers = element(root, "projectlayers")
    for name, frame in release.layers.items():
        _add_vector(layers, layer_spec(name), frame, styles.get(name), files[name], release)
    for name, raster in release.rasters.items():
        _add_raster(layers, name, raster, styles[name], files[name])
    _add_ground(layers, release)
    _add_properties(root)
    _add_project_metadata(root, release)
    _add_layout(root, release, styles, crs)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text_of(root)


def layer_id(name: str) -> str:
    """The id of a layer in the project; QGIS silently replaces ids of ten characters or fewer.

    >>> len(layer_id("roads")) > 10
    True
    """
    return f"{name}_{fixed_id('layer', name).strip('{}').replace('-', '_')}"


def _styles(release: Release) -> dict[str, LayerStyle]:
    found = {
        name: resolve(for_layer(name), frame)
        for name, frame in release.layers.items()
        if not layer_spec(name).is_table
    }
    return found | {name: for_raster(name, raster) for name, raster in release.rasters.items()}


def _drawn_last_first(styles: Mapping[str, LayerStyle]) -> list[str]:
    return sorted(styles, key=lambda name: -styles[name].z)


def _title(name: str, styles: Mapping[str, LayerStyle]) -> str:
    style = styles.get(name)
    return style.legend if style and style.kind == "raster" else layer_spec(name).title


def _add_crs(parent: ET.Element, crs: CRS) -> None:
    """Name a CRS by its code, with its definition for programs that do not know the code."""
    srs = element(parent, "spatialrefsys")
    code = crs.to_epsg()
    element(srs, "wkt", crs.to_wkt())
    element(srs, "srid", code or 0)
    element(srs, "authid", f"EPSG:{code}" if code else "")
    element(srs, "description", crs.name)
    element(srs, "geographicflag", str(crs.is_geographic).lower())


def _add_tree(
    root: ET.Element, release: Release, styles: Mapping[str, LayerStyle], files: Mapping[str, str]
) -> None:
    tree = element(root, "layer-tree-group")
    groups: dict[str, ET.Element] = {}
    members = [(layer_spec(name).group, name) for name in release.layers] + [
        (_RASTERS, n) for n in release.rasters
    ]
    for group, name in members:
        if group not in groups:
            groups[group] = element(tree, "layer-tree-group", name=group, checked="Qt::Checked", expanded=1)
        style = styles.get(name)
        shown = style is not None and style.visible_default
        element(
            groups[group],
            "layer-tree-layer",
            id=layer_id(name),
            name=_title(name, styles),
            source=files[name],
            providerKey="gdal" if name in release.rasters else "ogr",
            checked="Qt::Checked" if shown else "Qt::Unchecked",
            expanded=int(shown),
        )
    # Points over lines over areas, across the groups that a reader looks things up in.
    base = element(tree, "layer-tree-group", name=_BASE, checked="Qt::Checked", expanded=0)
    by_the_sea = _is_by_the_sea(release)
    for name, title in [(SEA, "Sea"), (GROUND, "Land")] if by_the_sea else [(GROUND, "Land")]:
        element(
            base,
            "layer-tree-layer",
            id=layer_id(name),
            name=title,
            providerKey="virtual",
            checked="Qt::Checked",
            expanded=0,
        )
    order = element(tree, "custom-order", enabled=1)
    last_first = _drawn_last_first(styles)
    above = [name for name in last_first if styles[name].z >= page().sea_z]
    for name in [*above, *([SEA] if by_the_sea else []), *last_first[len(above) :], GROUND]:
        element(order, "item", layer_id(name))


def _add_relations(root: ET.Element, release: Release) -> None:
    relations = element(root, "relations")
    for layer, column, other, key in _RELATIONS:
        if layer in release.layers and other in release.layers:
            relation = element(
                relations,
                "relation",
                id=f"{layer}_{column}_{other}",
                name=f"{layer_spec(other).title} → {layer_spec(layer).title}",
                referencingLayer=layer_id(layer),
                referencedLayer=layer_id(other),
                strength="Association",
            )
            element(relation, "fieldRef", referencingField=column, referencedField=key)


def _extent(release: Release, crs: CRS, *, aspect: float | None = None) -> dict[str, float]:
    """The area in the project's CRS; made wider or higher to the shape of the printed map."""
    to_crs = Transformer.from_crs(WGS84, crs, always_xy=True)
    west, south, east, north = to_crs.transform_bounds(*release.product.bounds)
    if aspect:
        more_x = max(0.0, (north - south) * aspect - (east - west)) / 2
        more_y = max(0.0, (east - west) / aspect - (north - south)) / 2
        west, south, east, north = west - more_x, south - more_y, east + more_x, north + more_y
    return {"xmin": round(west), "ymin": round(south), "xmax": round(east), "ymax": round(north)}


def _add_canvas(root: ET.Element, release: Release, crs: CRS) -> None:
    canvas = element(root, "mapcanvas", name="theMapCanvas", annotationsVisible=1)
    element(canvas, "units", "meters")
    extent = element(canvas, "extent")
    for side, value in _extent(release, crs).items():
        element(extent, side, value)
    element(canvas, "rotation", 0)
    _add_crs(element(canvas, "destinationsrs"), crs)


def _add_vector(
    parent: ET.Element,
    spec: LayerSpec,
    frame: pd.DataFrame,
    style: LayerStyle | None,
    file: str,
    release: Release,
) -> None:
    layer = element(
        parent, "maplayer", type="vector", geometry=_GEOMETRY[spec.kind], **(scales(style) if style else {})
    )
    element(layer, "id", layer_id(spec.name))
    element(layer, "datasource", file)
    element(layer, "layername", spec.title)
    element(layer, "title", f"{spec.title} · {spec.title_ar}")
    element(layer, "abstract", description(spec, release.product))
    if style:
        _add_crs(element(layer, "srs"), CRS.from_user_input(WGS84))
    element(layer, "provider", "ogr", encoding="UTF-8")
    _add_layer_metadata(layer, spec, release)
    add_aliases(layer, spec, frame)
    if style:
        add_symbology(layer, style, spec.kind)
    shown = next((name for name in ("name", "text", "sentence", "message") if name in frame), spec.key)
    element(layer, "previewExpression", f'"{shown}"')


def _add_layer_metadata(layer: ET.Element, spec: LayerSpec, release: Release) -> None:
    source = release.product.layer_sources.get(spec.name, UNSOURCED)
    metadata = element(layer, "resourceMetadata")
    element(metadata, "identifier", identifier(spec, release))
    element(metadata, "type", "dataset")
    element(metadata, "title", f"{spec.title} · {spec.title_ar}")
    element(metadata, "abstract", description(spec, release.product))
    element(metadata, "license", source.licence)
    element(metadata, "rights", source.attribution)


def _add_raster(parent: ET.Element, name: str, raster: Raster, style: LayerStyle, file: str) -> None:
    layer = element(parent, "maplayer", type="raster", **scales(style))
    element(layer, "id", layer_id(name))
    element(layer, "datasource", file)
    element(layer, "layername", style.legend)
    element(layer, "abstract", raster.description)
    _add_crs(element(layer, "srs"), raster.crs)
    element(layer, "provider", "gdal")
    add_pipe(layer, style)


def _add_ground(parent: ET.Element, release: Release) -> None:
    """The countries beneath all, and the sea over bands of distance, as on paper: shapes in the project itself."""
    around = _around(release)
    sides = ground.wider(release.layers, around, 0.0)
    if len(sides) < 2:
        sides = [ground.Side(shapely.box(*around), "", is_origin=True)]
    rows = [("land" if side.is_origin else "other", side.polygon) for side in sides]
    _add_shapes(parent, GROUND, "Land", rows)
    if _is_by_the_sea(release):
        _add_shapes(parent, SEA, "Sea", [("sea", ground.sea(around))])


def _is_by_the_sea(release: Release) -> bool:
    """Whether any sea lies within the map itself; further off it is no layer of its own."""
    return not ground.sea(release.product.bounds).is_empty


def _around(release: Release) -> Bounds:
    return release.product.bounds.padded(_GROUND_MARGIN)


def _add_shapes(parent: ET.Element, name: str, title: str, rows: list[tuple[str, BaseGeometry]]) -> None:
    shapes = [
        (kind, shapely.set_precision(shapely.simplify(shape, _GROUND_TOLERANCE), 1e-4))
        for kind, shape in rows
        if not shape.is_empty
    ]
    query = " UNION ALL ".join(
        f"SELECT {at} AS id, '{kind}' AS kind, ST_GeomFromText('{shape.wkt}', 4326) AS geometry"
        for at, (kind, shape) in enumerate(shapes)
    )
    layer = element(parent, "maplayer", type="vector", geometry="Polygon")
    element(layer, "id", layer_id(name))
    element(layer, "datasource", f"?query={quote(query)}&uid=id&geometry=geometry:MultiPolygon:4326")
    element(layer, "layername", title)
    element(layer, "abstract", f"For the eye alone; no data of this product. {ground.COAST}.")
    _add_crs(element(layer, "srs"), CRS.from_user_input(WGS84))
    element(layer, "provider", "virtual", encoding="UTF-8")
    add_symbology(layer, _ground_style(name, [kind for kind, _ in shapes]), "Polygon")


_GROUND_MARGIN = 1.0


def _ground_style(name: str, kinds: list[str]) -> LayerStyle:
    look = page()
    fills = {
        "sea": ("Sea", look.sea, look.coast),
        "other": ("Across the border", look.land_other, ""),
        "land": ("Land", look.land, ""),
    }
    classes = tuple(
        StyleClass(label=label, values=(kind,), fill=fill, stroke=stroke, width_mm=0.2)
        for kind, (label, fill, stroke) in fills.items()
        if kind in kinds
    )
    return LayerStyle(name=name, kind="categorized", attribute="kind", classes=classes)


def _add_properties(root: ET.Element) -> None:
    properties = element(root, "properties")
    gui = element(properties, "Gui")
    code = page().land
    for part, at in (("Red", 1), ("Green", 3), ("Blue", 5)):
        element(gui, f"CanvasColor{part}Part", int(code[at : at + 2], 16), type="int")
    # Without it the project has no CRS at all.
    element(element(properties, "SpatialRefSys"), "ProjectionsEnabled", 1, type="int")
    element(element(properties, "Paths"), "Absolute", "false", type="bool")
    element(element(properties, "Measure"), "Ellipsoid", "EPSG:7030", type="QString")


def _add_project_metadata(root: ET.Element, release: Release) -> None:
    product = release.product
    metadata = element(root, "projectMetadata")
    element(metadata, "identifier", product.id)
    element(metadata, "title", f"{product.title} ({release.protection})")
    element(metadata, "abstract", " ".join([product.summary, *product.limits, product.disclaimer]))
    element(
        metadata,
        "constraints",
        f"{release.audience} ({release.protection})",
        type="audience and protection level",
    )
    element(metadata, "creation", f"{product.as_of}T00:00:00")


def _add_layout(root: ET.Element, release: Release, styles: Mapping[str, LayerStyle], crs: CRS) -> None:
    """A page that prints: title, map, legend, scale bar, arrow, sources, method, limits, disclaimer."""
    product = release.product
    layout = element(element(root, "Layouts"), "Layout", name="Map A4", units="mm", printResolution=300)
    box = _extent(release, crs)
    higher = (box["ymax"] - box["ymin"]) > 1.15 * (box["xmax"] - box["xmin"])
    paper = _STANDING if higher else _LYING
    _add_page(layout, paper.page)
    map_id = fixed_id("layout", "map")
    protection = f"{release.audience.upper()} ({release.protection})"
    roads = "schematic roads" if product.schematic else ""
    # ISO: the name of a month would follow the locale of the machine.
    subtitle = " · ".join(filter(None, [product.subtitle, f"as of {product.as_of}", roads, protection]))
    _add_picture(layout, paper.arrow)
    _add_scale_bar(layout, map_id, release, crs, paper)
    _add_legend(layout, map_id, styles, paper)
    _add_text(layout, "sources", paper.foot, foot_text(release), size=5.5)
    room = paper.page.width
    _add_text(layout, "subtitle", paper.subtitle, subtitle, size=9 * min(1, room * 0.42 / len(subtitle)))
    # At 15 points about one letter goes into 2.8 mm.
    size = 15 * min(1, room * 0.36 / len(product.title))
    _add_text(layout, "title", paper.title, product.title, size=size, bold=True)
    _add_text(layout, "title_ar", paper.title_ar, product.title_ar, size=11, right=True)
    _add_map(layout, map_id, release, crs, paper.map)


def foot_text(release: Release, *, limit: int = 1500) -> str:
    """What stands under a printed map: sources, method, limits and disclaimer.

    Cut at `limit` characters, the disclaimer and the limits never: they come first.
    """
    product = release.product
    named = [
        product.layer_sources[name].attribution for name in release.layers if name in product.layer_sources
    ]
    # A layer made from several sources names them one after another; each is said once.
    credits = dict.fromkeys(part.strip() for one in named for part in one.split(";") if part.strip())
    reports = [
        f"{one.publisher}, \u2068{one.title}\u2069{f' ({one.published})' if one.published else ''}"
        for one in product.reports
    ]
    parts = [
        product.disclaimer,
        f"Limits: {' '.join(product.limits)}",
        f"Sources: {'; '.join(credits)}",
        f"Reports: {'; '.join(reports)}." if reports else "",
        f"Method: {' '.join(note.text for note in product.method)}",
    ]
    text = "\n".join(filter(None, parts))
    return text if len(text) <= limit else text[: limit - 40].rstrip() + " … (all of it: METHOD.html)"


def _item(layout: ET.Element, kind: int, name: str, box: Box, **values: object) -> ET.Element:
    own_id = fixed_id("layout", name)
    fixed = {
        "type": kind, "uuid": own_id, "templateUuid": own_id, "id": name, "position": box.position,
        "positionOnPage": box.position, "size": box.size, "referencePoint": 0, "itemRotation": 0, "opacity": 1,
        "visibility": 1, "frame": "false", "background": "false", "zValue": 1, "excludeFromExports": 0,
    }  # fmt: skip
    return element(layout, "LayoutItem", **(fixed | values))


def _add_page(layout: ET.Element, box: Box) -> None:
    pages = element(layout, "PageCollection")
    _item(pages, 65638, "page", box, background="true", zValue=0)
    symbol = element(pages, "symbol", name="", type="fill", alpha=1, clip_to_extent=1, force_rhr=0)
    part = element(symbol, "layer", **{"class": "SimpleFill", "enabled": 1, "locked": 0, "pass": 0})
    add_options(part, {"color": "255,255,255,255", "outline_style": "no", "style": "solid"})


def _add_map(layout: ET.Element, map_id: str, release: Release, crs: CRS, box: Box) -> None:
    item = _item(
        layout, 65639, "map", box, uuid=map_id, templateUuid=map_id, frame="true", background="true", zValue=0,
        keepLayerSet="false", followPreset="false", mapRotation=0, outlineWidthM="0.2,mm",
    )  # fmt: skip
    _add_colour(item, "FrameColor", page().text_soft)
    _add_colour(item, "BackgroundColor", page().land)
    element(item, "Extent", **_extent(release, crs, aspect=box.width / box.height))
    element(item, "LayerSet")


def _add_text(
    layout: ET.Element,
    name: str,
    box: Box,
    text: str,
    *,
    size: float,
    bold: bool = False,
    right: bool = False,
) -> None:
    # QGIS evaluates what stands between [% and %]; titles and sources come from outside.
    harmless = text.replace("[%", "[ %")
    item = _item(
        layout,
        65641,
        name,
        box,
        labelText=harmless,
        htmlState=0,
        halign=2 if right else 1,
        valign=32,
        marginX=0,
        marginY=0,
        zValue=2,
    )
    element(item, "LabelFont", description=_font(size, bold=bold), style="")
    _add_colour(item, "FontColor", page().text)


def _font(size: float, *, bold: bool = False) -> str:
    """A font as Qt 5 writes it; glyphs that it lacks come from the others that are installed."""
    return f"{page().fonts_latin[0]},{size:g},-1,5,{75 if bold else 50},0,0,0,0,0"


def _add_colour(item: ET.Element, tag: str, code: str) -> None:
    red, green, blue, alpha = colour(code).split(",")
    element(item, tag, red=red, green=green, blue=blue, alpha=alpha)


def _add_picture(layout: ET.Element, box: Box) -> None:
    content = base64.b64encode(_NORTH.encode()).decode()
    _item(
        layout,
        65640,
        "north",
        box,
        file=f"base64:{content}",
        resizeMode=0,
        anchorPoint=4,
        mode=1,
        pictureRotation=0,
        zValue=3,
    )


def _add_scale_bar(layout: ET.Element, map_id: str, release: Release, crs: CRS, paper: Paper) -> None:
    extent = _extent(release, crs, aspect=paper.map.width / paper.map.height)
    width_km = (extent["xmax"] - extent["xmin"]) / 1000
    segment_km = series_breaks(width_km / 8, width_km / 8)[0]
    item = _item(
        layout, 65646, "scale", paper.scale, mapUuid=map_id, style="Single Box", unitType="km", unitLabel="km",
        numMapUnitsPerScaleBarUnit=1, numUnitsPerSegment=segment_km, numSegments=2, numSegmentsLeft=0,
        segmentSizeMode=0, height=2, labelBarSpace=1.5, boxContentSpace=1.5, background="true", zValue=3,
        segmentMillimeters=segment_km / width_km * paper.map.width, outlineWidth=0.2,
    )  # fmt: skip
    _add_colour(item, "BackgroundColor", "#ffffff")
    element(item, "scaleBarFont", description=_font(7), style="")


def _add_legend(layout: ET.Element, map_id: str, styles: Mapping[str, LayerStyle], paper: Paper) -> None:
    """The layers that are on when the project opens, highest first."""
    shown = [
        name for name in _drawn_last_first(styles) if styles[name].visible_default and styles[name].classes
    ]
    lines = sum(len(styles[name].classes) + 1 for name in shown)
    item = _item(
        layout, 65642, "legend", paper.legend, map_uuid=map_id, title="", resizeToContents=0, boxSpace=0,
        columnCount=1 + (lines > paper.legend_lines), columnSpace=3, splitLayer=0, equalColumnWidth=0, symbolWidth=7,
        symbolHeight=2.6, lineSpacing=0.6, zValue=2, wmsLegendWidth=50, wmsLegendHeight=25,
    )  # fmt: skip
    fonts = element(item, "styles")
    for name, size, bold, space in [
        ("title", 9, True, 0),
        ("group", 8, True, 1),
        ("subgroup", 7.5, True, 1.6),
    ]:
        style = element(fonts, "style", name=name, marginTop=space, marginBottom=0.4, alignment=1)
        element(style, "styleFont", description=_font(size, bold=bold), style="")
    for name in ("symbol", "symbolLabel"):
        style = element(fonts, "style", name=name, marginTop=0.7, marginLeft=1.5, alignment=1)
        element(style, "styleFont", description=_font(6.5), style="")
    tree = element(item, "layer-tree-group")
    for name in shown:
        legend = styles[name].legend
        node = element(
            tree, "layer-tree-layer", id=layer_id(name), name=legend, checked="Qt::Checked", expanded=1
        )
        facts: dict[str, object] = {"legend/title-label": legend, "cached_name": legend}
        if styles[name].dates:
            # The date that is drawn, and its classes; the others would be lines without a sign.
            facts["legend/node-order"] = ",".join(str(at) for at in range(1 + len(styles[name].classes)))
        add_options(element(node, "customproperties"), facts)
