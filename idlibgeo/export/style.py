"""The one style of each layer and raster, read from `styles.toml`.

QGIS, the GeoPackage, the web page and the printed maps draw from the same `LayerStyle`, so that a colour means the
same everywhere. A style in the file may leave its classes open; `resolve` closes them from the data by a stated
method, and `class_of` says which class each row falls into.

Widths, radii and dashes are in millimetres on paper (`MM_TO_PX` for screens), label sizes in points, scales as
denominators as in QGIS.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from idlibgeo.errors import UnknownNameError, nearest_name
from idlibgeo.geo import Raster

MM_TO_PX = 96 / 25.4
MM_TO_PT = 72 / 25.4
MAX_CLASSES = 7
"""A reader cannot tell more than about seven classes of one hue apart (Brewer 1994; Miller 1956)."""

Kind = Literal["single", "categorized", "graduated", "raster"]
Match = Literal["values", "range", "missing", "other"]
Marker = Literal["circle", "square", "diamond", "triangle", "star", "cross"]
Item = TypeVar("Item")


@dataclass(frozen=True)
class StyleClass:
    """One line of a legend: what it means, which rows it takes and how they are drawn.

    Attributes
    ----------
    attribute
        Column that decides, where it is another one than the style's: ways on foot among routes by rank.
    match
        ``values``: the attribute, as text, is one of `values`. ``range``: lower ≤ value ≤ upper, the first class that
        fits wins, so that a break belongs to the class below it. ``missing``: no value. ``other``: what no class took.
    fill, stroke, casing
        Colours as ``#rrggbb``; empty for none. `casing` is a wider line beneath.
    width_mm, casing_mm, radius_mm
        Widths of stroke and casing, and the marker's half size, on paper.
    arrow_mm
        Length of the arrowhead at the middle of a line, which says which way it goes; 0 for none.
    dash
        Lengths of dash and gap in turn, mm; empty for a solid line.
    min_scale
        Denominator of the smallest scale at which the class is drawn; 0 is any.
    """

    label: str
    label_ar: str = ""
    attribute: str = ""
    match: Match = "values"
    values: tuple[str, ...] = ()
    lower: float | None = None
    upper: float | None = None
    fill: str = ""
    stroke: str = ""
    width_mm: float = 0.0
    radius_mm: float = 0.0
    marker: Marker = "circle"
    arrow_mm: float = 0.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    casing: str = ""
    casing_mm: float = 0.0
    min_scale: float = 0.0


@dataclass(frozen=True)
class LabelStyle:
    """How the features of a layer are named on the map.

    Attributes
    ----------
    field, field_ar
        Columns with the text in Latin and in Arabic script; `field_ar` may be empty.
    size
        Points.
    priority
        Column whose larger values are labelled first; empty if all are alike.
    first
        Column whose rows with a value come before all others: places that the reports speak of.
    lead
        Values of that column whose rows come before those, too, and stand in bold: where people left and went.
    rank
        0 to 10: weight of this layer's labels against those of others.
    min_zoom, min_scale
        Web-map zoom and scale denominator from which on labels are drawn.
    """

    field: str
    field_ar: str = ""
    size: float = 8.0
    colour: str = "#222222"
    halo: str = "#ffffff"
    halo_mm: float = 0.7
    italic: bool = False
    min_zoom: int = 0
    min_scale: float = 0.0
    priority: str = ""
    first: str = ""
    lead: tuple[str, ...] = ()
    rank: int = 5


@dataclass(frozen=True)
class Ramp:
    """How the classes of a graduated style are made from the data.

    Attributes
    ----------
    method
        ``series``: breaks 1-2-5 (see `series_breaks`); ``values``: a class a distinct value, for upper bounds;
        ``equal``: equal steps, rounded to two digits; ``fixed``: `breaks` as they stand.
    cumulative
        Labels say "within 5 km" instead of "2–5 km".
    factor, unit, unit_ar
        Labels show value × `factor` in `unit`.
    missing, missing_ar, missing_stroke, missing_dash
        Legend text and line of rows without a value; without text they are not drawn.
    least
        Smallest value that is drawn (rasters).
    """

    method: Literal["series", "values", "equal", "fixed"] = "series"
    breaks: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    labels_ar: tuple[str, ...] = ()
    cumulative: bool = False
    factor: float = 1.0
    unit: str = ""
    unit_ar: str = ""
    missing: str = ""
    missing_ar: str = ""
    missing_stroke: str = ""
    missing_dash: tuple[float, ...] = ()
    least: float = 0.0
    fills: tuple[str, ...] = ()
    strokes: tuple[str, ...] = ()
    widths_mm: tuple[float, ...] = ()
    arrows_mm: tuple[float, ...] = ()
    radii_mm: tuple[float, ...] = ()
    stroke: str = ""
    width_mm: float = 0.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    casing: str = ""
    casing_mm: float = 0.0


@dataclass(frozen=True)
class Unseen:
    """Rows that a map does not draw: a column, and its values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class LayerStyle:
    """How a layer or raster is drawn, named and ordered.

    Attributes
    ----------
    name
        The layer's name in the schema, or the raster's.
    kind
        ``single``, ``categorized`` and ``graduated`` for layers; ``raster``.
    attribute
        Column that decides the class; empty for ``single`` and ``raster``.
    classes
        Legend lines in order. Empty in a graduated style that has not been through `resolve`.
    visible_default
        Whether the layer is switched on when a map opens.
    min_scale, max_scale
        Denominators between which the layer is drawn, as in QGIS: `min_scale` zoomed out; 0 is no limit.
    z
        Drawing order, higher on top.
    unit
        Of a raster style: the unit of the rasters that it fits.
    thin_by, thin_counts, thin_least
        So that hundreds of villages do not cover a small map: of the rows of class ``other``, only so many with the
        largest `thin_by` are drawn at scales beyond a denominator: pairs (denominator, number of rows). `resolve`
        gives the same as pairs (denominator, least value).
    unseen
        A column and values of it whose rows of class ``other`` are in the data and not on the map.
    dates
        Of a layer that holds the same things on several dates, these as ISO text, newest first; `resolve` finds them.
        A map without a time slider draws the newest alone: all at once are circles within circles.
    """

    name: str
    kind: Kind
    attribute: str = ""
    classes: tuple[StyleClass, ...] = ()
    label: LabelStyle | None = None
    legend: str = ""
    legend_ar: str = ""
    visible_default: bool = True
    min_scale: float = 0.0
    max_scale: float = 0.0
    z: int = 0
    ramp: Ramp | None = None
    unit: str = ""
    thin_by: str = ""
    thin_counts: tuple[tuple[float, int], ...] = ()
    thin_least: tuple[tuple[float, float], ...] = ()
    unseen: Unseen | None = None
    dates: tuple[str, ...] = ()

    @property
    def breaks_note(self) -> str:
        """How the classes were found, for METHOD.html and legends; empty for categories."""
        notes = {
            "series": "breaks from the series 1-2-5 around the data, the lowest classes merged beyond seven",
            "values": "one class per distinct value",
            "equal": "equal steps, rounded to two digits",
            "fixed": "fixed breaks",
        }
        return notes[self.ramp.method] if self.ramp else ""


@dataclass(frozen=True)
class PageStyle:
    """Colours and fonts of what surrounds the layers."""

    land: str
    land_other: str
    sea: str
    coast: str
    sea_z: float
    text: str
    text_soft: str
    halo: str
    fonts: tuple[str, ...]
    fonts_latin: tuple[str, ...]


def styles() -> Mapping[str, LayerStyle]:
    """All styles by layer or raster name, as they stand in `styles.toml`.

    Examples
    --------
    >>> styles()["routes"].attribute, len(styles()["routes"].classes)
    ('rank', 4)
    """
    return _all()[0]


def page() -> PageStyle:
    """Colours and fonts of the page, the printed map and QGIS's canvas."""
    return _all()[1]


def for_layer(name: str) -> LayerStyle:
    """Give the style of one layer.

    Raises
    ------
    UnknownNameError
        If no style of that name exists.
    """
    known = styles()
    if name not in known:
        raise UnknownNameError(
            f"style: given the layer {name!r}, expected one of the schema. Nothing was drawn."
            f" {nearest_name(name, known)}"
        )
    return known[name]


def for_raster(name: str, raster: Raster) -> LayerStyle:
    """Give the style of a raster, with its classes: by its name, else by its unit, else a plain one."""
    known = styles()
    fitting = [style for style in known.values() if style.kind == "raster" and style.unit == raster.unit]
    named = known[name] if name in known and known[name].kind == "raster" else None
    chosen = named or (fitting[0] if fitting and raster.unit else known["raster"])
    title = raster.title if chosen.name == "raster" and raster.title else chosen.legend
    return resolve(dataclasses.replace(chosen, name=name, legend=title), raster)


def resolve(style: LayerStyle, data: pd.DataFrame | Raster) -> LayerStyle:
    """Close the classes of a style from the data, and leave out classes that no row falls into.

    Parameters
    ----------
    style
        A style of `styles`.
    data
        The layer, with the style's attribute as a column; or the raster.

    Examples
    --------
    >>> camps = pd.DataFrame({"people_mid": [900.0, 4000.0, 15000.0]})
    >>> [one.label for one in resolve(for_layer("camps"), camps).classes]
    ['500–1,000', '2,000–5,000', '10,000–20,000']
    """
    values = data.valid() if isinstance(data, Raster) else data.get(style.attribute)
    if style.ramp is not None:
        style = dataclasses.replace(style, classes=_ramp_classes(style.ramp, _numbers(values)))
    if isinstance(data, Raster) or not style.attribute:
        return style
    found = class_of(style, data)
    present = tuple(one for position, one in enumerate(style.classes) if position in set(found.tolist()))
    return dataclasses.replace(
        style, classes=present, thin_least=_thin_least(style, data, found), dates=_dates(data)
    )


def _dates(data: pd.DataFrame) -> tuple[str, ...]:
    found = {str(value)[:10] for value in data["date"].dropna()} if "date" in data else set()
    return tuple(sorted(found, reverse=True)) if len(found) > 1 else ()


def _thin_least(style: LayerStyle, data: pd.DataFrame, found: pd.Series) -> tuple[tuple[float, float], ...]:
    others = [position for position, one in enumerate(style.classes) if one.match == "other"]
    if not style.thin_by or style.thin_by not in data:
        return ()
    values = data.loc[found.isin(others), style.thin_by].fillna(0.0)
    # Rows that tie are drawn all or not at all.
    reached = values.value_counts().sort_index(ascending=False).cumsum()
    return tuple(
        (scale, float(reached.index[reached <= count].min()) if (reached <= count).any() else math.inf)
        for scale, count in style.thin_counts
        if count < len(values)
    )


def class_of(style: LayerStyle, frame: pd.DataFrame) -> pd.Series:
    """Position in `style.classes` of the class that each row falls into; −1 where none does.

    Returns
    -------
    pandas.Series
        Integers on the frame's index.

    Examples
    --------
    >>> roads = pd.DataFrame({"highway": ["trunk", "footway"]})
    >>> class_of(for_layer("roads"), roads).tolist()
    [0, 5]
    """

    def column(name: str) -> pd.Series:
        return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)

    found = np.full(len(frame), -1, dtype=np.intp)
    # "other" takes what is left, wherever it stands.
    order = sorted(range(len(style.classes)), key=lambda position: style.classes[position].match == "other")
    for position in order:
        one = style.classes[position]
        found[(found < 0) & _takes(one, column(one.attribute or style.attribute))] = position
    return pd.Series(found, index=frame.index, name="class")


def text_of(value: Any) -> str:
    """A value as the text that `StyleClass.values` holds: whole numbers without a point, nothing for missing.

    >>> text_of(1.0), text_of("ok"), text_of(None)
    ('1', 'ok', '')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def series_breaks(low: float, high: float, *, classes: int = MAX_CLASSES) -> list[float]:
    """Breaks from the series 1-2-5 that hold all values from low to high; the first becomes 0 if some were merged.

    Round numbers that a reader can repeat, steps of about a factor two, as suits counts of people that run over
    several powers of ten. Where more than `classes` would be needed the lowest are merged.

    >>> series_breaks(900, 15000)
    [500.0, 1000.0, 2000.0, 5000.0, 10000.0, 20000.0]
    >>> series_breaks(3, 15000)
    [0.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0, 20000.0]
    """
    low = max(low, high * 1e-6)
    if high <= 0:
        return [0.0, 1.0]
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    steps = [_rounded(digit * 10.0**decade) for decade in decades for digit in (1, 2, 5)]
    first = max(position for position, step in enumerate(steps) if step < low or position == 0)
    last = next(position for position, step in enumerate(steps) if step >= high)
    breaks = steps[first : last + 1]
    return breaks if len(breaks) <= classes + 1 else [0.0, *breaks[-classes:]]


def pick(items: tuple[Item, ...], count: int) -> tuple[Item, ...]:
    """Choose `count` items spread evenly over a ramp, its ends included; one alone is from past the middle.

    >>> pick(("a", "b", "c", "d", "e"), 3)
    ('a', 'c', 'e')
    """
    if len(items) <= 1 or count <= 0:
        return items * count
    if count == 1:
        return (items[(len(items) + 1) // 2],)
    return tuple(items[round(step * (len(items) - 1) / (count - 1))] for step in range(count))


def _takes(one: StyleClass, column: pd.Series) -> npt.NDArray[np.bool_]:
    if one.match == "other":
        return np.ones(len(column), dtype=bool)
    if one.match == "values":
        return np.isin([text_of(value) for value in column], one.values)
    numbers = _numbers(column)
    if one.match == "missing":
        return np.isnan(numbers)
    lower = -math.inf if one.lower is None else one.lower
    upper = math.inf if one.upper is None else one.upper
    return (numbers >= lower) & (numbers <= upper)


def _numbers(values: Any) -> npt.NDArray[np.float64]:
    if values is None:
        return np.empty(0)
    if isinstance(values, pd.Series):
        return pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(values, dtype=float)


def _ramp_classes(ramp: Ramp, values: npt.NDArray[np.float64]) -> tuple[StyleClass, ...]:
    known = values[np.isfinite(values)]
    if ramp.least:
        # Where all is thin, the thin parts are the map: the least shown is then a fiftieth of the most.
        ramp = dataclasses.replace(ramp, least=min(ramp.least, _rounded(float(known.max(initial=0.0)) / 50)))
        known = known[known >= ramp.least]
    breaks = _breaks(ramp, known)
    count = max(len(breaks) - 1, 0)
    look = _look(ramp, count)
    classes = [
        dataclasses.replace(
            look[position],
            label=_label(ramp, breaks, position, arabic=False),
            label_ar=_label(ramp, breaks, position, arabic=True),
            match="range",
            lower=breaks[position],
            upper=breaks[position + 1],
        )
        for position in range(count)
    ]
    if ramp.missing:
        classes.append(_missing_class(ramp))
    return tuple(classes)


def _breaks(ramp: Ramp, known: npt.NDArray[np.float64]) -> list[float]:
    if ramp.method == "fixed":
        return list(ramp.breaks)
    if not len(known):
        return []
    low, high = float(known.min()), float(known.max())
    if ramp.method == "series":
        breaks = series_breaks(low, high)
        return [max(breaks[0], ramp.least), *breaks[1:]]
    if ramp.method == "equal":
        step = (high - low) / MAX_CLASSES
        inner = {_rounded(low + step * position) for position in range(1, MAX_CLASSES)}
        return [low, *sorted(value for value in inner if low < value < high), high] if step else [low, low]
    distinct = sorted(set(known.tolist()))
    uppers = list(pick(tuple(distinct), MAX_CLASSES)) if len(distinct) > MAX_CLASSES else distinct
    return [min(0.0, uppers[0]), *uppers]


def _label(ramp: Ramp, breaks: list[float], position: int, *, arabic: bool) -> str:
    given = ramp.labels_ar if arabic else ramp.labels
    if given:
        return given[position]
    lower, upper = (f"{_rounded(breaks[at] * ramp.factor, 6):,.10g}" for at in (position, position + 1))
    unit = f" {ramp.unit_ar if arabic else ramp.unit}" if ramp.unit else ""
    if ramp.cumulative or (position == 0 and breaks[0] == 0 and ramp.method == "series"):
        return f"{'حتى' if arabic else 'up to'} {upper}{unit}"
    if breaks[position + 1] <= 0 and ramp.method == "values":
        return "خارج الحدود" if arabic else "outside"
    return f"{lower}–{upper}{unit}"


def painted(style: LayerStyle, values: Any, *, nodata: float) -> npt.NDArray[np.uint8]:
    """The cells of a raster in the colours of its classes: red, green, blue, opacity; clear where no class fits.

    >>> one = StyleClass(label="", match="range", lower=1.0, upper=2.0, fill="#ff0000")
    >>> painted(LayerStyle("x", "raster", classes=(one,)), np.array([[1.5, 3.0]]), nodata=0.0).tolist()
    [[[255, 0, 0, 255], [0, 0, 0, 0]]]
    """
    picture = np.zeros((*values.shape, 4), dtype=np.uint8)
    known = values != nodata
    # The first class that fits wins, so it is painted last.
    for one in reversed(style.classes):
        if one.match == "range" and one.lower is not None and one.upper is not None:
            inside = known & (values >= one.lower) & (values <= one.upper)
            picture[inside] = [*bytes.fromhex(one.fill.lstrip("#")), round(one.opacity * 255)]
    return picture


def _look(ramp: Ramp, count: int) -> list[StyleClass]:
    fills = pick(ramp.fills, count) or ("",) * count
    strokes = pick(ramp.strokes, count) or (ramp.stroke,) * count
    widths = pick(ramp.widths_mm, count) or (ramp.width_mm,) * count
    radii = pick(ramp.radii_mm, count) or (0.0,) * count
    arrows = pick(ramp.arrows_mm, count) or (0.0,) * count
    return [
        StyleClass(
            label="",
            fill=fills[at],
            stroke=strokes[at],
            width_mm=widths[at],
            radius_mm=radii[at],
            arrow_mm=arrows[at],
            dash=ramp.dash,
            opacity=ramp.opacity,
            casing=ramp.casing,
            casing_mm=ramp.casing_mm,
        )
        for at in range(count)
    ]


def _missing_class(ramp: Ramp) -> StyleClass:
    lines = bool(ramp.strokes)
    return StyleClass(
        label=ramp.missing,
        label_ar=ramp.missing_ar,
        match="missing",
        fill="" if lines else "#e6e6e6",
        stroke=ramp.missing_stroke or "#8a8a8a",
        width_mm=ramp.widths_mm[0] if lines else max(ramp.width_mm, 0.15),
        radius_mm=ramp.radii_mm[0] if ramp.radii_mm else 0.0,
        arrow_mm=ramp.arrows_mm[0] if ramp.arrows_mm else 0.0,
        dash=ramp.missing_dash,
        opacity=ramp.opacity,
        casing=ramp.casing,
        casing_mm=ramp.casing_mm,
    )


def _rounded(value: float, digits: int = 2) -> float:
    return float(f"{value:.{digits}g}")


@functools.cache
def _all() -> tuple[Mapping[str, LayerStyle], PageStyle]:
    text = resources.files("idlibgeo.export").joinpath("styles.toml").read_text("utf-8")
    table = tomllib.loads(text)
    layers = {name: _layer_style(name, entry) for name, entry in table["layers"].items()}
    rasters = {
        name: _layer_style(name, {"kind": "raster", **entry}) for name, entry in table["rasters"].items()
    }
    return MappingProxyType(layers | rasters), PageStyle(**_tuples(table["page"]))


def _layer_style(name: str, entry: Mapping[str, Any]) -> LayerStyle:
    rest = dict(entry)
    label, ramp, classes = rest.pop("label", None), rest.pop("ramp", None), rest.pop("classes", ())
    unseen = rest.pop("unseen", None)
    return LayerStyle(
        name=name,
        label=LabelStyle(**_tuples(label)) if label else None,
        ramp=Ramp(**_tuples(ramp)) if ramp else None,
        classes=tuple(_style_classes(classes)),
        unseen=Unseen(**_tuples(unseen)) if unseen else None,
        visible_default=rest.pop("visible", True),
        **_tuples(rest),
    )


def _style_classes(entries: Iterable[Mapping[str, Any]]) -> list[StyleClass]:
    return [StyleClass(**_tuples(entry)) for entry in entries]


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in entry.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(part) for part in value) if isinstance(value, list) else value
