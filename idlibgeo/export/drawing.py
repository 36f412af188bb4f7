"""Layers on a printed map: shapes in the colours of their style, and names that do not collide."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import Verbatim
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Stroke
from matplotlib.text import Text
from pyproj import CRS
from rasterio.transform import array_bounds

from idlibgeo.export import style
from idlibgeo.export.style import MM_TO_PT, LayerStyle, StyleClass
from idlibgeo.geo import Raster

MARKERS = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^", "star": "*", "cross": "X"}
FINEST_MM = 0.03
"""Detail of lines and rims on paper, under a printer's dot of 0.08 mm: more only makes the files heavy."""
REPEAT_PT = 110
"""Points on paper, about 4 cm, within which a road's number is not said twice."""

# A marker's half size in styles is that of its outline; matplotlib's unit shapes differ in how far they reach.
_REACH = {"circle": 1.0, "square": 1.0, "diamond": 0.8, "triangle": 1.1, "star": 1.25, "cross": 1.0}


@dataclass(frozen=True)
class Name:
    """A name to be placed: at a point of the page in pixels, beside a symbol of a radius in pixels.

    The symbol of an `optional` name is drawn only where its name finds room; `row` is its row in the layer.
    """

    x: float
    y: float
    radius: float
    lines: tuple[str, ...]
    size: float
    colour: str
    halo: str
    italic: bool
    bold: bool
    rank: tuple[float, float]
    spaced: bool = False
    optional: bool = False
    row: int = -1


def draw_layer(axes: Axes, name: str, frame: gpd.GeoDataFrame, crs: CRS, *, scale: float) -> LayerStyle:
    """Draw one layer with its style and return the style with the classes that occur, for the legend.

    Parameters
    ----------
    axes
        In the coordinates of `crs`.
    frame
        In EPSG:4326, without empty geometries.
    crs
        A projected CRS.
    scale
        Denominator of the map's scale; classes that are for larger scales are left out.
    """
    looks = style.resolve(style.for_layer(name), frame)
    classes = tuple(one for one in looks.classes if not one.min_scale or scale <= one.min_scale)
    position = style.class_of(looks, frame)
    shapes = on_paper(frame.geometry.to_crs(crs), scale)
    # From the last class up: the first of a legend, the most important one, lies on top.
    for one in reversed(classes):
        chosen = shapes[position == looks.classes.index(one)]
        if len(chosen):
            _draw_class(axes, chosen.to_numpy(), one, looks.z, scale)
    return dataclasses.replace(looks, classes=classes)


def on_paper(shapes: gpd.GeoSeries, scale: float) -> gpd.GeoSeries:
    """Shapes in metres with no more detail than a print at a scale can show."""
    return shapes.simplify(FINEST_MM / 1000 * scale)


def _draw_class(axes: Axes, shapes: Any, one: StyleClass, z: float, scale: float) -> None:
    kind = shapes[0].geom_type.removeprefix("Multi")
    if kind == "Polygon":
        _draw_areas(axes, shapes, one, z)
    elif kind == "LineString":
        _draw_lines(axes, shapes, one, z, scale)
    else:
        _draw_points(axes, shapes, one, z)


def _draw_areas(axes: Axes, shapes: Any, one: StyleClass, z: float) -> None:
    paths = PathCollection(
        [outline(shape) for shape in shapes],
        facecolors=one.fill or "none",
        edgecolors=one.stroke or "none",
        linewidths=one.width_mm * MM_TO_PT,
        alpha=one.opacity,
        zorder=z,
    )
    axes.add_collection(paths, autolim=False)


def outline(shape: Any) -> Outline:
    """A polygon with its holes as a path."""
    rings = [ring for part in shapely.get_parts(shape) for ring in shapely.get_rings(part)]
    vertices = [shapely.get_coordinates(ring) for ring in rings]
    codes = []
    for ring in vertices:
        code = np.full(len(ring), Outline.LINETO, dtype=Outline.code_type)
        code[0], code[-1] = Outline.MOVETO, Outline.CLOSEPOLY
        codes.append(code)
    return Outline(np.concatenate(vertices), np.concatenate(codes))


def _draw_lines(axes: Axes, shapes: Any, one: StyleClass, z: float, scale: float) -> None:
    segments = [shapely.get_coordinates(part) for shape in shapes for part in shapely.get_parts(shape)]
    # Dashes are cut in units of the line's width there, and stand in millimetres in the style.
    dash = tuple(step / one.width_mm for step in one.dash) if one.dash else ()
    if one.casing:
        casing = LineCollection(
            segments, colors=one.casing, linewidths=one.casing_mm * MM_TO_PT, capstyle="round", zorder=z
        )
        axes.add_collection(casing, autolim=False)
    lines = LineCollection(
        segments,
        colors=one.stroke,
        linewidths=one.width_mm * MM_TO_PT,
        linestyles=[(0, dash)] if dash else "solid",
        capstyle="butt" if dash else "round",
        joinstyle="round",
        alpha=one.opacity,
        zorder=z + 0.1,
    )
    axes.add_collection(lines, autolim=False)
    if one.arrow_mm:
        heads = [arrowhead(points, one.arrow_mm / 1000 * scale) for points in segments]
        filled = PolyCollection(heads, facecolors=one.stroke, zorder=z + 0.2, **ARROW_RIM)
        axes.add_collection(filled, autolim=False)


ARROW_RIM: Mapping[str, Any] = {"edgecolor": "#ffffff", "linewidth": 0.6}
"""A pale rim, so that a head is told from the line on which it lies."""


def arrowhead(points: Any, length: float) -> Any:
    """The three corners of an arrowhead at the middle of a line, in the units of the line.

    >>> arrowhead([(0.0, 0.0), (10.0, 0.0)], 2.0).tolist()
    [[6.0, 0.0], [4.0, 0.8], [4.0, -0.8]]
    """
    line = shapely.LineString(points)
    middle = line.length / 2
    tail, tip = shapely.get_coordinates(
        shapely.line_interpolate_point(line, [middle - length / 2, middle + length / 2])
    )
    aside = (tip - tail)[::-1] * (-0.4, 0.4)
    return np.array([tip, tail + aside, tail - aside])


def _draw_points(axes: Axes, shapes: Any, one: StyleClass, z: float) -> None:
    points = shapely.get_coordinates(shapely.centroid(shapes))
    axes.scatter(points[:, 0], points[:, 1], **marker(one), zorder=z)


def marker(one: StyleClass) -> dict[str, Any]:
    """How `Axes.scatter` draws a point of a class."""
    across = 2 * one.radius_mm * MM_TO_PT * _REACH[one.marker]
    return {
        "marker": MARKERS[one.marker],
        "s": across**2,
        "facecolors": one.fill or "none",
        "edgecolors": one.stroke or "none",
        "linewidths": one.width_mm * MM_TO_PT,
        "alpha": one.opacity,
    }


def draw_raster(axes: Axes, name: str, raster: Raster, crs: CRS) -> LayerStyle:
    """Draw a raster in the classes of its style; only this part of the map is made of pixels."""
    looks = style.for_raster(name, raster)
    values, extent = _warped(raster, crs)
    picture = style.painted(looks, values, nodata=raster.nodata)
    axes.imshow(picture, extent=extent, interpolation="none", zorder=looks.z, aspect="auto")
    return looks


def _warped(raster: Raster, crs: CRS) -> tuple[Any, tuple[float, float, float, float]]:
    """The values in the CRS of the map, and left, right, bottom, top."""
    west, south, east, north = array_bounds(*raster.array.shape, raster.transform)
    if raster.crs == crs:
        return raster.array, (west, east, south, north)
    # Imported here: rasterio.warp is needed only for rasters in another CRS.
    import rasterio.crs  # noqa: PLC0415
    from rasterio.enums import Resampling  # noqa: PLC0415
    from rasterio.warp import calculate_default_transform, reproject  # noqa: PLC0415

    source, target = (rasterio.crs.CRS.from_wkt(one.to_wkt()) for one in (raster.crs, crs))
    rows, columns = raster.array.shape
    transform, width, height = calculate_default_transform(
        source, target, columns, rows, west, south, east, north
    )
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
    left, bottom, right, top = array_bounds(height, width, transform)
    return values, (left, right, bottom, top)


def names_of(
    axes: Axes, name: str, frame: gpd.GeoDataFrame, crs: CRS, *, scale: float, pixels_per_mm: float
) -> list[Name]:
    """The names of a layer that may stand on a map of this scale, with where they belong."""
    looks = style.resolve(style.for_layer(name), frame)
    label = looks.label
    if label is None or label.field not in frame or (label.min_scale and scale > label.min_scale):
        return []
    shapes = frame.geometry.to_crs(crs)
    anchors = (
        shapely.get_coordinates(shapely.centroid(shapes.to_numpy()))
        if frame.geometry.iloc[0].geom_type.endswith("Point")
        else shapely.get_coordinates(shapely.line_interpolate_point(_longest(shapes), 0.5, normalized=True))
    )
    pixels = axes.transData.transform(anchors)
    position = style.class_of(looks, frame).to_numpy()
    found = []
    for at, row in enumerate(frame.to_dict("records")):
        one = looks.classes[position[at]] if position[at] >= 0 else None
        written = [_text(row.get(label.field)), _text(row.get(label.field_ar)) if label.field_ar else ""]
        lines = tuple(dict.fromkeys(words[:60] for words in written if words))
        if one is None or not lines:
            continue
        role = _text(row.get("role"))
        minor = one.match == "other" and name == "places"
        weight = row.get(label.priority) if label.priority else 0.0
        found.append(
            Name(
                x=pixels[at, 0],
                y=pixels[at, 1],
                radius=one.radius_mm * pixels_per_mm,
                lines=lines,
                # What the reports do not speak of stays in the background.
                size=label.size * (0.78 if minor else 0.92),
                colour=style.page().text_soft if minor else label.colour,
                halo=label.halo,
                italic=label.italic,
                bold=role in ("origin", "destination"),
                optional=minor,
                row=at,
                rank=(
                    # Below the names of countries, which stand where there is room.
                    -2.0 if minor else label.rank + (5 if role in ("origin", "destination") else 0),
                    0.0 if pd.isna(weight) else float(weight),
                ),
            )
        )
    return found


def _longest(shapes: gpd.GeoSeries) -> Any:
    return np.array(
        [max(shapely.get_parts(shape), key=lambda part: part.length) for shape in shapes], dtype=object
    )


def _text(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value).strip()


@dataclass(frozen=True)
class Fonts:
    """Families for Latin and for Arabic text, those that are installed first."""

    latin: Sequence[str]
    arabic: Sequence[str]


def is_arabic(words: str) -> bool:
    """Whether a text has letters of the Arabic script."""
    return any("؀" <= letter <= "ۿ" or "ﭐ" <= letter <= "﻿" for letter in words)


def place_names(
    axes: Axes,
    names: Sequence[Name],
    obstacles: Any,
    *,
    fonts: Fonts,
    pixels_per_pt: float,
    lines: Any = None,
) -> list[Name]:
    """Put names on the map from the most important down, each at the best of eight places where it touches nothing.

    A name that fits nowhere is left out: an unreadable one says less than none. Of the places that are free the one
    that covers least of the lines is taken, at a tie the first in the order of Imhof (1975, "Positioning Names on
    Maps"): right above, then right, left, above, below.

    Parameters
    ----------
    axes
        The map.
    names
        From `names_of`.
    obstacles
        Boxes in pixels, (left, bottom, right, top), that no name may cover: symbols, the legend within the map.
    pixels_per_pt
        Of the page.
    lines
        Points in pixels along lines that names had better not cover, such as routes; `points_along` makes them.

    Returns
    -------
    list of Name
        The names that found a place.
    """
    frame = axes.get_window_extent()
    limits = (frame.x0 + 3, frame.y0 + 3, frame.x1 - 3, frame.y1 - 3)
    symbols = np.array([_symbol(n) for n in names if n.radius > 0 and not n.optional]).reshape(-1, 4)
    taken = np.vstack([np.asarray(obstacles, dtype=float).reshape(-1, 4), symbols])
    placed: list[Name] = []
    for name in sorted(names, key=lambda one: (-one.rank[0], -one.rank[1], one.lines)):
        if not name.radius and _said_nearby(name, placed, REPEAT_PT * pixels_per_pt):
            continue
        own = np.array(_symbol(name))
        if not (limits[0] < name.x < limits[2] and limits[1] < name.y < limits[3]):
            continue
        if name.optional and _touching(taken, own).any():
            continue
        sizes = [_measure(axes, line, name, fonts, first=not at) for at, line in enumerate(name.lines)]
        width, height = max(size[0] for size in sizes), sum(size[1] for size in sizes)
        others = taken[~np.isclose(taken, own).all(axis=1)]
        boxes = _free_boxes(name, width, height, others, limits, gap=name.radius + 1.5 * pixels_per_pt)
        box = _least_covering(boxes, lines)
        if box is None:
            continue
        taken = np.vstack([taken, box, own])
        _write(axes, name, box, sizes, fonts)
        placed.append(name)
    return placed


def _said_nearby(name: Name, placed: Sequence[Name], reach: float) -> bool:
    """Whether a country's name stands already, or a road's number near by: a road is in many stretches."""
    return any(
        other.lines == name.lines and (name.spaced or np.hypot(other.x - name.x, other.y - name.y) < reach)
        for other in placed
    )


def _symbol(name: Name) -> tuple[float, float, float, float]:
    return name.x - name.radius, name.y - name.radius, name.x + name.radius, name.y + name.radius


def _touching(boxes: Any, box: Any) -> Any:
    """Which of the boxes (left, bottom, right, top) share room with one."""
    return (boxes[:, 0] < box[2]) & (boxes[:, 2] > box[0]) & (boxes[:, 1] < box[3]) & (boxes[:, 3] > box[1])


def _free_boxes(
    name: Name,
    width: float,
    height: float,
    taken: Any,
    limits: tuple[float, float, float, float],
    *,
    gap: float,
) -> list[Any]:
    """The boxes beside the symbol that touch nothing, best first."""
    near = gap * 0.75
    offsets = [
        (near, near),
        (gap, -height / 2),
        (-gap - width, -height / 2),
        (-width / 2, gap),
        (-width / 2, -gap - height),
        (near, -near - height),
        (-near - width, near),
        (-near - width, -near - height),
    ]
    found = []
    for dx, dy in offsets if name.radius else [(-width / 2, -height / 2)]:
        left, bottom = name.x + dx, name.y + dy
        right, top = left + width, bottom + height
        if left < limits[0] or bottom < limits[1] or right > limits[2] or top > limits[3]:
            continue
        box = np.array([left, bottom, right, top])
        if not _touching(taken, box).any():
            found.append(box)
    return found


def _least_covering(boxes: Sequence[Any], lines: Any) -> Any:
    if not boxes or lines is None or not len(lines):
        return boxes[0] if boxes else None
    covered = [count_within(lines, box) for box in boxes]
    return boxes[covered.index(min(covered))]


def count_within(points: Any, box: Any) -> int:
    """How many of the points (x, y) lie in a box (left, bottom, right, top).

    >>> count_within(np.array([[1.0, 1.0], [5.0, 5.0]]), (0, 0, 2, 2))
    1
    """
    x, y = points[:, 0], points[:, 1]
    return int(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).sum())


def points_along(
    axes: Axes, frames: Sequence[gpd.GeoDataFrame], crs: CRS, *, step_pixels: float = 12.0
) -> Any:
    """Points in pixels along the lines of layers, close enough that no name slips over a line unseen."""
    found = [np.empty((0, 2))]
    edges = axes.transData.inverted().transform([(0, 0), (step_pixels, 0)])
    for frame in frames:
        dense = shapely.segmentize(frame.geometry.to_crs(crs).to_numpy(), abs(edges[1, 0] - edges[0, 0]))
        found.append(axes.transData.transform(shapely.get_coordinates(dense)))
    return np.vstack(found)


def _text_of(line: str, name: Name, fonts: Fonts, *, first: bool, kind: type[Text] = Text) -> Text:
    arabic = is_arabic(line)
    words = " ".join(line.upper()) if name.spaced and not arabic else line
    return kind(
        text=words,
        fontsize=name.size * (1.0 if first else 0.95),
        fontfamily=list(fonts.arabic if arabic else fonts.latin),
        fontstyle="italic" if name.italic and not arabic else "normal",
        fontweight="bold" if name.bold and first else "normal",
        color=name.halo if kind is _Halo else name.colour,
        parse_math=False,
    )


class _Halo(Text):
    """The pale rim of a name: stroked letters.

    With a path effect matplotlib writes each letter of a PDF as outlines, which made nine tenths of its bytes. There
    the halo is letters too, in text rendering mode 1 (ISO 32000-1, 9.3.6), and says to programs that read the text
    that it stands for none (14.9.4), so that a name is found once.
    """

    def draw(self, renderer: Any) -> None:
        width = float(self.get_fontsize()) * _HALO
        if not hasattr(renderer, "file"):
            self.set_path_effects([Stroke(linewidth=width, foreground=self.get_color())])
            super().draw(renderer)
            return
        self.set_path_effects([])
        # What an artist before left, a clip above all, is undone first: undone later it would take the mode with it.
        renderer.check_gc(renderer.new_gc())
        renderer.file.output(Verbatim(b"/Span <</ActualText ()>> BDC 1 Tr"))
        wide: Any = _Wide(renderer, width)
        super().draw(wide)
        renderer.file.output(Verbatim(b"0 Tr EMC"))


class _Wide:
    """A renderer whose strokes are so many points wide, with round corners."""

    def __init__(self, renderer: Any, width: float) -> None:
        self._renderer, self._width = renderer, width

    def __getattr__(self, name: str) -> Any:
        return getattr(self._renderer, name)

    def new_gc(self) -> Any:
        context = self._renderer.new_gc()
        context.set_linewidth(self._width)
        context.set_joinstyle("round")
        return context


_HALO = 0.32
"""Width of the stroke of a halo, of which half lies outside the letter, in letter sizes."""


def _figure(axes: Axes) -> Any:
    """The page that a map stands on; typed loosely, since only one that draws pixels can measure text."""
    return axes.get_figure()


def _measure(axes: Axes, line: str, name: Name, fonts: Fonts, *, first: bool) -> tuple[float, float]:
    text = _text_of(line, name, fonts, first=first)
    text.set_figure(_figure(axes))
    box = text.get_window_extent(_figure(axes).canvas.get_renderer())
    # A font's own line is as high as its tallest sign; names need less between the two scripts.
    height = text.get_fontsize() * _figure(axes).dpi / 72 * (1.18 if first else 1.12)
    return box.width + 2, height


def _write(axes: Axes, name: Name, box: Any, sizes: Sequence[tuple[float, float]], fonts: Fonts) -> None:
    figure = _figure(axes)
    left, top = box[0], box[3]
    right_hand = box[0] >= name.x or not name.radius
    # The halo is a text of its own, beneath: one text cannot be stroked first and then filled.
    for at, (line, (width, height)) in enumerate(zip(name.lines, sizes, strict=True)):
        inset = 0.0 if right_hand else (box[2] - box[0]) - width
        place = figure.transFigure.inverted().transform((left + inset + 1, top - height * 0.8))
        for halo in (True, False):
            text = _text_of(line, name, fonts, first=not at, kind=_Halo if halo else Text)
            text.set_position(tuple(place))
            text.set_transform(figure.transFigure)
            text.set_verticalalignment("baseline")
            text.set_zorder(199 if halo else 200)
            figure.add_artist(text)
        top -= height


def drawn_in_order(layers: Mapping[str, gpd.GeoDataFrame], wanted: Sequence[str]) -> list[str]:
    """The layers wanted that there are, from the ground up."""
    return sorted((name for name in wanted if name in layers), key=lambda name: style.for_layer(name).z)
