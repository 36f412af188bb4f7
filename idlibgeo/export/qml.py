"""QGIS's XML for one style: symbols, renderers, labels. Used in the GeoPackage, beside rasters and in the project.

No maintained writer of this format exists outside QGIS; the parts below are what QGIS 3.22 to 3.44 need, the rest
they fill in themselves. XML is built as a tree, never as text, so that names from outside cannot break out of it.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import pandas as pd

from idlibgeo.export.style import LabelStyle, LayerStyle, StyleClass, page
from idlibgeo.schema import ColumnSpec, LayerSpec

QGIS_VERSION = "3.22.0"
"""Newer programs convert from it in silence; an older one warns about a file from the future."""

# What XML 1.0 cannot carry, escaped or not (section 2.2 of the recommendation).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACE = uuid.UUID("5b0f2f4e-2a7a-5f0c-9f39-6c0f4d6a8d11")
_MARKERS = {"triangle": "triangle", "cross": "cross2"}
_MISSING = "-1e30"
_GEOMETRY_TYPE = {"Point": "marker", "LineString": "line", "Polygon": "fill"}


def layer_qml(style: LayerStyle, spec: LayerSpec, frame: pd.DataFrame) -> str:
    """Write the style of a vector layer, with the headings of its columns.

    Parameters
    ----------
    style
        With its classes, from `style.resolve`.
    spec
        The layer in the schema.
    frame
        The layer; only its columns are looked at.
    """
    root = element(
        None,
        "qgis",
        version=QGIS_VERSION,
        styleCategories="Symbology|Labeling|Rendering|Fields",
        **scales(style),
    )
    add_symbology(root, style, spec.kind)
    add_aliases(root, spec, frame)
    return text_of(root)


def raster_qml(style: LayerStyle) -> str:
    """Write the style of a raster, with its classes, from `style.for_raster`."""
    root = element(None, "qgis", version=QGIS_VERSION, styleCategories="Symbology")
    add_pipe(root, style)
    return text_of(root)


def element(parent: ET.Element | None, tag: str, text: object = None, **attributes: object) -> ET.Element:
    """Make an element under a parent, with text and attributes that XML can carry."""
    clean = {key: printable(value) for key, value in attributes.items()}
    made = ET.Element(tag, clean) if parent is None else ET.SubElement(parent, tag, clean)
    if text is not None:
        made.text = printable(text)
    return made


def printable(value: object) -> str:
    r"""A value as text without the characters that XML forbids; whole numbers without a point.

    >>> printable("a\x00b"), printable(2.0)
    ('ab', '2')
    """
    return _NOT_XML.sub("", f"{value:.12g}" if isinstance(value, float) else str(value))


def text_of(root: ET.Element) -> str:
    """The tree as indented text, the same each time."""
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def fixed_id(*parts: str) -> str:
    """An identifier in braces as QGIS wants it, the same for the same parts.

    >>> fixed_id("roads") == fixed_id("roads") != fixed_id("routes")
    True
    """
    return f"{{{uuid.uuid5(_NAMESPACE, '|'.join(parts))}}}"


def scales(style: LayerStyle) -> dict[str, object]:
    """The attributes of a layer that say between which scales it is drawn; labels, too."""
    return {
        "hasScaleBasedVisibilityFlag": int(bool(style.min_scale or style.max_scale)),
        "minScale": style.min_scale or 100000000,
        "maxScale": style.max_scale,
        "labelsEnabled": int(style.label is not None),
    }


def add_symbology(parent: ET.Element, style: LayerStyle, geometry: str) -> None:
    """Put the renderer and the labels of a vector layer under an element."""
    _add_renderer(parent, style, geometry)
    if style.label:
        labeling = element(parent, "labeling", type="simple")
        _add_label_settings(labeling, style.label, geometry, _shown(style))


def add_aliases(parent: ET.Element, spec: LayerSpec, frame: pd.DataFrame) -> None:
    """Put the headings of a layer's columns under an element: title in both scripts and unit."""
    aliases = element(parent, "aliases")
    for position, column in enumerate(one for one in spec.columns if one.name in frame):
        element(aliases, "alias", field=column.name, index=position + 1, name=heading(column))


def heading(column: ColumnSpec) -> str:
    """How a column is called for a reader.

    >>> from idlibgeo.schema import layer_spec
    >>> heading(layer_spec("routes").column("length_m"))
    'Length · الطول [m]'
    """
    both = " · ".join(filter(None, [column.title, column.title_ar]))
    return f"{both} [{column.unit}]" if column.unit else both


def add_options(parent: ET.Element, values: Mapping[str, object]) -> None:
    """Put values under an element as QGIS's map of options."""
    options = element(parent, "Option", type="Map")
    for name, value in values.items():
        element(options, "Option", name=name, type="QString", value=value)


def _add_renderer(parent: ET.Element, style: LayerStyle, geometry: str) -> None:
    makers = {"single": _single, "categorized": _categorized, "graduated": _graduated}
    # Categories and ranges know one column and no scales of their own; rules do.
    by_rules = bool(style.dates) or any(one.min_scale or one.attribute for one in style.classes)
    renderer = element(
        parent,
        "renderer-v2",
        # Casings go under all lines of the layer, not over the line that was drawn before.
        symbollevels=int(any(one.casing for one in style.classes)),
        enableorderby=int(style.kind == "graduated"),
        forceraster=0,
        referencescale=-1,
    )
    (_rules if by_rules else makers[style.kind])(renderer, style)
    symbols = element(renderer, "symbols")
    for position, one in enumerate(style.classes):
        add_symbol(
            symbols, one, geometry, name=str(position), shown=_thinning(style) if one.match == "other" else ""
        )
    if style.kind == "graduated":
        # Small areas and circles lie on large ones, busy roads on quiet ones.
        upward = int(geometry == "LineString")
        element(
            element(renderer, "orderby"),
            "orderByClause",
            f'"{style.attribute}"',
            asc=upward,
            nullsFirst=upward,
        )


def _single(renderer: ET.Element, _style: LayerStyle) -> None:
    renderer.set("type", "singleSymbol")


def _categorized(renderer: ET.Element, style: LayerStyle) -> None:
    renderer.set("type", "categorizedSymbol")
    renderer.set("attr", style.attribute)
    categories = element(renderer, "categories")
    for position, one in enumerate(style.classes):
        several = len(one.values) > 1
        category = element(categories, "category", label=one.label, render="true", symbol=position)
        if several:
            for value in one.values:
                element(category, "val", value=value, type="QString")
        else:
            category.set("value", one.values[0] if one.values else "")
            category.set("type", "string")


def _graduated(renderer: ET.Element, style: LayerStyle) -> None:
    missing = any(one.match == "missing" for one in style.classes)
    # QGIS draws nothing where there is no value, but a suppressed number must not look like empty land.
    attribute = f'coalesce("{style.attribute}", {_MISSING})' if missing else style.attribute
    renderer.set("type", "graduatedSymbol")
    renderer.set("attr", attribute)
    renderer.set("graduatedMethod", "GraduatedColor")
    ranges = element(renderer, "ranges")
    for position, one in enumerate(style.classes):
        lower, upper = (_MISSING, _MISSING) if one.match == "missing" else (one.lower, one.upper)
        element(ranges, "range", label=one.label, lower=lower, upper=upper, render="true", symbol=position)


def _rules(renderer: ET.Element, style: LayerStyle) -> None:
    """Rules instead of categories where a class has scales or a column of its own, and for each date.

    Only the newest date is on: all at once would be circles within circles. The others wait in the legend.
    """
    renderer.set("type", "RuleRenderer")
    rules = element(renderer, "rules", key=fixed_id(style.name, "rules"))
    if not style.dates:
        _class_rules(rules, style, "")
        return
    for at, (label, condition) in enumerate(_dated(style.dates)):
        rule = element(rules, "rule", key=fixed_id(style.name, label), label=label, filter=condition)
        if at:
            rule.set("checkstate", "0")
        _class_rules(rule, style, label)


MAX_DATES = 6
"""So many dates have an entry each in the legend; older ones share the last."""


def _dated(dates: tuple[str, ...]) -> list[tuple[str, str]]:
    """Legend text and filter of each date, newest first; the newest takes rows without a date, too."""
    shown = dates if len(dates) <= MAX_DATES else dates[: MAX_DATES - 1]
    found = [(day, f'"date" = to_date({quoted(day)})') for day in shown]
    found[0] = (dates[0], newest(dates))
    if len(shown) < len(dates):
        oldest = f'"date" < to_date({quoted(shown[-1])})'
        found.append((f"{dates[-1]} – {dates[len(shown)]}", oldest))
    return found


def newest(dates: tuple[str, ...]) -> str:
    """The condition that a row is of the newest date, or of none.

    >>> print(newest(("2019-11-30", "2019-02-28")))
    coalesce("date" = to_date('2019-11-30'), true)
    """
    return f'coalesce("date" = to_date({quoted(dates[0])}), true)'


def _class_rules(parent: ET.Element, style: LayerStyle, under: str) -> None:
    before = ""
    for position, one in enumerate(style.classes):
        key = fixed_id(style.name, under, str(position)) if under else fixed_id(style.name, str(position))
        rule = element(parent, "rule", key=key, label=one.label, symbol=position)
        closed = all(one.lower != other.upper for other in style.classes[:position])
        condition = _filter(one.attribute or style.attribute, one, closed=closed)
        # The first class that fits wins, where QGIS draws all rules that do.
        rule.set("filter", condition if condition == "ELSE" else f"{condition}{before}")
        if one.attribute:
            before += f" AND NOT coalesce({condition}, false)"
        if one.min_scale:
            rule.set("scalemaxdenom", printable(one.min_scale))
            rule.set("scalemindenom", "0")


def _filter(attribute: str, one: StyleClass, *, closed: bool) -> str:
    """The condition of a class; a break belongs to the class below it, so that only the first range is `closed`."""
    if one.match == "other":
        return "ELSE"
    if one.match == "missing":
        return f'"{attribute}" IS NULL'
    if one.match == "range":
        return f'"{attribute}" {">=" if closed else ">"} {one.lower} AND "{attribute}" <= {one.upper}'
    listing = ", ".join(quoted(value) for value in one.values)
    return f'to_string("{attribute}") IN ({listing})'


def quoted(value: str) -> str:
    """A string literal of QGIS's expressions.

    >>> print(quoted("Ma'arrat"))
    'Ma''arrat'
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _thinning(style: LayerStyle) -> str:
    """The expression that says at which scale a row of class "other" is drawn; empty if always."""
    unseen = ""
    if style.unseen:
        values = ", ".join(quoted(value) for value in style.unseen.values)
        unseen = f"coalesce(\"{style.unseen.field}\", '') NOT IN ({values})"
    if not style.thin_least:
        return unseen
    column = f'coalesce("{style.thin_by}", 0)'
    steps = [
        f"WHEN @map_scale > {printable(scale)} THEN {column} >= {min(least, 1e30)!r}"
        for scale, least in style.thin_least
    ]
    scales = f"CASE {' '.join(steps)} ELSE true END"
    return f"{scales} AND {unseen}" if unseen else scales


def _shown(style: LayerStyle) -> str:
    """Which rows get a label: those that are drawn."""
    return " AND ".join(filter(None, [newest(style.dates) if style.dates else "", _thinning(style)]))


def add_symbol(
    parent: ET.Element, one: StyleClass, geometry: str, *, name: str, shown: str = ""
) -> ET.Element:
    """Put the symbol of a legend line under an element; `shown` is an expression that may hide it."""
    kind = _GEOMETRY_TYPE[geometry]
    symbol = element(parent, "symbol", name=name, type=kind, alpha=one.opacity, clip_to_extent=1, force_rhr=0)
    if kind == "marker":
        part = _add_part(symbol, "SimpleMarker", _marker(one))
        if shown:
            _add_properties(part, "data_defined_properties", {"enabled": shown})
    elif kind == "fill":
        _add_part(symbol, "SimpleFill", _fill(one))
    else:
        if one.casing:
            _add_part(symbol, "SimpleLine", _line(one.casing, one.casing_mm, ()))
        _add_part(
            symbol, "SimpleLine", _line(one.stroke, one.width_mm, one.dash), level=int(bool(one.casing))
        )
        if one.arrow_mm:
            _add_arrow(symbol, one, name=f"@{name}@{int(bool(one.casing)) + 1}")
    return symbol


def _add_arrow(symbol: ET.Element, one: StyleClass, *, name: str) -> None:
    """A head at the middle of a line that points the way it goes."""
    part = _add_part(
        symbol,
        "MarkerLine",
        {"placement": "centralpoint", "placements": "CentralPoint", "rotate": 1, "ring_filter": 0},
    )
    head = element(part, "symbol", name=name, type="marker", alpha=1, clip_to_extent=1, force_rhr=0)
    values = {
        # It points up; the line goes to the right.
        "name": "triangle",
        "angle": 90,
        "color": colour(one.stroke),
        "outline_color": colour("#ffffff"),
        "outline_width": 0.2,
        "outline_width_unit": "MM",
        "size": one.arrow_mm,
        "size_unit": "MM",
        "scale_method": "diameter",
    }
    _add_part(head, "SimpleMarker", values)


def _add_part(symbol: ET.Element, kind: str, values: dict[str, object], *, level: int = 0) -> ET.Element:
    part = element(symbol, "layer", **{"class": kind, "enabled": 1, "locked": 0, "pass": level})
    add_options(part, values)
    # QGIS before 3.18 reads only these.
    for name, value in values.items():
        element(part, "prop", k=name, v=value)
    return part


def _marker(one: StyleClass) -> dict[str, object]:
    return {
        "name": _MARKERS.get(one.marker, one.marker),
        "color": colour(one.fill),
        "outline_color": colour(one.stroke),
        "outline_width": one.width_mm,
        "outline_width_unit": "MM",
        "outline_style": "solid" if one.stroke else "no",
        "size": 2 * one.radius_mm,
        "size_unit": "MM",
        "scale_method": "diameter",
        "joinstyle": "miter",
    }


def _line(stroke: str, width_mm: float, dash: tuple[float, ...]) -> dict[str, object]:
    return {
        "line_color": colour(stroke),
        "line_width": width_mm,
        "line_width_unit": "MM",
        "line_style": "solid",
        "use_custom_dash": int(bool(dash)),
        "customdash": ";".join(printable(length) for length in dash) or "5;2",
        "customdash_unit": "MM",
        "capstyle": "flat" if dash else "round",
        "joinstyle": "round",
    }


def _fill(one: StyleClass) -> dict[str, object]:
    return {
        "color": colour(one.fill),
        "style": "solid" if one.fill else "no",
        "outline_color": colour(one.stroke),
        "outline_style": "no" if not one.stroke else "dash" if one.dash else "solid",
        "outline_width": one.width_mm,
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def colour(code: str, alpha: int = 255) -> str:
    """A colour as QGIS writes it.

    >>> colour("#ff8000"), colour("")
    ('255,128,0,255', '0,0,0,0')
    """
    if not code:
        return "0,0,0,0"
    red, green, blue = (int(code[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def label_expression(label: LabelStyle) -> str:
    """The text of a label: the Latin name, the Arabic one on a line of its own beneath."""
    latin = f"coalesce(\"{label.field}\", '')"
    if not label.field_ar:
        return latin
    arabic = f'"{label.field_ar}"'
    return (
        f"trim({latin} || CASE WHEN coalesce({arabic}, '') NOT IN ('', {latin})"
        f" THEN '\\n' || {arabic} ELSE '' END)"
    )


def _add_label_settings(parent: ET.Element, label: LabelStyle, geometry: str, shown: str) -> None:
    settings = element(parent, "settings", calloutType="simple")
    text = element(
        settings,
        "text-style",
        fieldName=label_expression(label),
        isExpression=1,
        fontFamily=page().fonts[0],
        fontSize=label.size,
        fontSizeUnit="Point",
        fontItalic=int(label.italic),
        fontWeight=50,
        textColor=colour(label.colour),
        textOpacity=1,
        multilineHeight=0.9,
        allowHtml=0,
    )
    families = element(text, "families")
    for family in page().fonts:
        element(families, "family", name=family)
    element(
        text,
        "text-buffer",
        bufferDraw=1,
        bufferSize=label.halo_mm,
        bufferSizeUnits="MM",
        bufferColor=colour(label.halo),
        bufferOpacity=0.9,
        bufferNoFill=1,
        bufferJoinStyle=128,
    )
    element(
        settings, "text-format", multilineAlign=3, wrapChar="", autoWrapLength=0, decimals=3, formatNumbers=0
    )
    element(settings, "placement", **_placement(label, geometry))
    element(
        settings,
        "rendering",
        scaleVisibility=int(bool(label.min_scale)),
        # The names are swapped in the format: scaleMax is the farthest zoom.
        scaleMax=label.min_scale,
        scaleMin=0,
        drawLabels=1,
        obstacle=1,
        obstacleFactor=1,
        zIndex=label.rank,
        displayAll=0,
        mergeLines=int(geometry == "LineString"),
        fontMinPixelSize=3,
        fontMaxPixelSize=10000,
        maxNumLabels=2000,
    )
    properties = _label_properties(label, shown)
    if properties:
        _add_properties(settings, "dd_properties", properties)


def _placement(label: LabelStyle, geometry: str) -> dict[str, object]:
    shared: dict[str, object] = {
        "priority": min(label.rank, 10),
        "distUnits": "MM",
        "repeatDistanceUnits": "MM",
    }
    if geometry == "LineString":
        return shared | {"placement": 2, "placementFlags": 10, "dist": 0.3, "repeatDistance": 60}
    # Around the marker, to the right first (Imhof 1975, Positioning names on maps).
    return shared | {
        "placement": 6,
        "dist": 0.6,
        "offsetType": 1,
        "predefinedPositionOrder": "R,TR,BR,L,TL,BL,TSR,BSR",
    }


def _label_properties(label: LabelStyle, shown: str) -> dict[str, str]:
    """What of a label depends on the row: whether, how soon and in which weight it is set."""
    found: dict[str, str] = {}
    named = f"coalesce(\"{label.first}\", '') <> ''" if label.first else ""
    values = ", ".join(quoted(value) for value in label.lead)
    leads = f"coalesce(\"{label.first}\", '') IN ({values})" if label.first and values else ""
    said = f"CASE WHEN {leads} THEN 10 ELSE 9 END" if leads else "10"
    if label.priority:
        column = f'"{label.priority}"'
        order = f"coalesce({8 if named else 10} * {column} / maximum({column}), 0)"
        found["Priority"] = f"CASE WHEN {named} THEN {said} ELSE {order} END" if named else order
    if leads or named:
        found["Bold"] = leads or named
    if shown:
        found["Show"] = f"{named} OR ({shown})" if named else shown
    return found


def _add_properties(parent: ET.Element, tag: str, expressions: Mapping[str, str]) -> None:
    """Put properties that are computed row by row under an element."""
    outer = element(element(parent, tag), "Option", type="Map")
    element(outer, "Option", name="name", type="QString", value="")
    inner = element(outer, "Option", name="properties", type="Map")
    for name, expression in expressions.items():
        one = element(inner, "Option", name=name, type="Map")
        element(one, "Option", name="active", type="bool", value="true")
        element(one, "Option", name="expression", type="QString", value=expression)
        element(one, "Option", name="type", type="int", value=3)
    element(outer, "Option", name="type", type="QString", value="collection")


def add_pipe(parent: ET.Element, style: LayerStyle) -> None:
    """Put the renderer of a raster under an element: classes as steps, what lies below the first is clear."""
    pipe = element(parent, "pipe")
    classes = style.classes
    bounds = [one for one in classes if one.lower is not None and one.upper is not None]
    lowest, highest = (bounds[0].lower, bounds[-1].upper) if bounds else (0.0, 1.0)
    renderer = element(
        pipe,
        "rasterrenderer",
        type="singlebandpseudocolor",
        band=1,
        opacity=classes[0].opacity if classes else 1.0,
        alphaBand=-1,
        classificationMin=lowest,
        classificationMax=highest,
        nodataColor="",
    )
    element(renderer, "rasterTransparency")
    shader = element(
        element(renderer, "rastershader"),
        "colorrampshader",
        colorRampType="DISCRETE",
        classificationMode=2,
        clip=0,
        minimumValue=lowest,
        maximumValue=highest,
        labelPrecision=0,
    )
    if lowest:
        element(shader, "item", value=lowest, label="", color="#ffffff", alpha=0)
    for one in bounds:
        last = one is bounds[-1]
        value = "inf" if last else one.upper
        element(shader, "item", value=value, label=one.label, color=one.fill, alpha=255)
    element(pipe, "rasterresampler", maxOversampling=2, zoomedInResampler="bilinear")
