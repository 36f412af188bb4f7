"""A printed page: title, map frame, legend, scale bar, north arrow, inset, and the lines that must not be missing.

Positions are in millimetres from the lower left corner of the page.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from pyproj import CRS, Transformer

from idlibgeo.export import ground, style, wording
from idlibgeo.export.drawing import (
    ARROW_RIM,
    Fonts,
    Name,
    arrowhead,
    count_within,
    is_arabic,
    marker,
    on_paper,
    outline,
)
from idlibgeo.export.style import MM_TO_PT, LayerStyle, StyleClass
from idlibgeo.geo import WGS84, Bounds, equal_area_crs
from idlibgeo.privacy import Release

DPI = 300
MM_PER_INCH = 25.4
Size = Literal["a4", "a3"]
SIZES: Mapping[Size, tuple[float, float]] = {"a4": (297.0, 210.0), "a3": (420.0, 297.0)}
SIDE_MM = 76.0
COLUMN_GAP_MM = 5.0
MARGIN_MM = 8.0
FOOT_MAX_MM = 27.0
HEAD_MM = 14.4
UPRIGHT_HEAD_MM = 21.0
UPRIGHT_SIDE_MM = 47.0
UPRIGHT_BELOW = 0.9
STRIP_MM = 46.0
"""On an upright page, height of what stands below the map: the numbers, limits and method."""


@functools.cache
def fonts() -> Fonts:
    """Fonts that are installed, best first; DejaVu Sans comes with matplotlib and has all letters."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}

    def present(wanted: Sequence[str]) -> list[str]:
        return [*(name for name in wanted if name in known and name != "DejaVu Sans"), "DejaVu Sans"]

    look = style.page()
    arabic = [*look.fonts, "Amiri"]
    return Fonts(latin=(*present(look.fonts_latin[:1]),), arabic=(*present(arabic),))


@dataclass(frozen=True)
class Frame:
    """The map on a page: its axes, CRS and scale."""

    axes: Axes
    crs: CRS
    scale: float
    bounds: Bounds

    def paper(self, shape: Any) -> Any:
        """A shape of EPSG:4326 in the coordinates of the map, as finely as it can be printed."""
        return on_paper(gpd.GeoSeries([shape], crs=WGS84).to_crs(self.crs), self.scale).iloc[0]


class Sheet:
    """A page of one size, drawn from the margins inwards."""

    def __init__(self, release: Release, size: Size, bounds: Bounds | None = None) -> None:
        self.release, self.product, self.size = release, release.product, size
        self.limits = wording.limits(release.product.limits, release.layers)
        self.width, self.height = SIZES[size]
        self.upright = bounds is not None and _upright(bounds)
        """Whether the page stands, as suits an area that is higher than wide."""
        if self.upright:
            self.width, self.height = self.height, self.width
        # A page twice as large is read from farther away, though not from twice as far.
        self.enlarged = 1.0 if size == "a4" else 1.18
        self.figure = Figure(figsize=(self.width / MM_PER_INCH, self.height / MM_PER_INCH), dpi=DPI)
        FigureCanvasAgg(self.figure)
        self.look = style.page()
        self.side_mm = SIDE_MM * self.enlarged
        """Width of a column at the right; there are two where a narrow area leaves room for them."""
        self.columns = 1
        self.foot_mm = MARGIN_MM
        """Height of the lines at the foot, once they are written."""
        self.floor_mm = MARGIN_MM
        """Where the columns beside the map end: at the foot, or at the strip of an upright page."""
        self.head_mm = (UPRIGHT_HEAD_MM if self.upright else HEAD_MM) * self.enlarged
        if bounds is not None:
            self._plan(bounds)

    def _plan(self, bounds: Bounds) -> None:
        """Give a narrow area two columns beside it, where a wide one has one."""
        if self.upright:
            self.side_mm = UPRIGHT_SIDE_MM * self.enlarged
            return
        height = self.height - 2 * MARGIN_MM - (HEAD_MM + 14) * self.enlarged
        needed = height * _aspect(bounds) * 1.04
        room = self.width - 2 * MARGIN_MM - 6 - needed
        if room > self.side_mm * 1.7 + COLUMN_GAP_MM:
            self.columns = 2
            self.side_mm = min((room - COLUMN_GAP_MM) / 2, self.side_mm)

    def column_left(self, number: int) -> float:
        """Where the first or the second column begins; the last ends at the margin."""
        return (
            self.width - MARGIN_MM - self.side_mm - (self.columns - number) * (self.side_mm + COLUMN_GAP_MM)
        )

    def rect(
        self, left: float, bottom: float, width: float, height: float
    ) -> tuple[float, float, float, float]:
        """A rectangle in millimetres as fractions of the page."""
        return left / self.width, bottom / self.height, width / self.width, height / self.height

    def text(self, x: float, y: float, words: str, *, size: float = 7.0, **options: Any) -> None:
        """Write a line at x, y millimetres; `size` in points of an A4 page."""
        family = fonts().arabic if is_arabic(words) else fonts().latin
        values: dict[str, Any] = {"color": self.look.text, "va": "baseline", "parse_math": False} | options
        self.figure.text(
            x / self.width,
            y / self.height,
            words,
            fontsize=size * self.enlarged,
            fontfamily=list(family),
            **values,
        )

    def line_mm(self, size: float) -> float:
        """Height of a line of text in millimetres."""
        return size * self.enlarged * 1.28 / MM_TO_PT

    def wrap(self, words: str, width: float, *, size: float, bold: bool = False) -> list[str]:
        """Break a text into lines that are no wider than so many millimetres."""
        space = self._width(" ", size, bold=bold)
        lines: list[str] = []
        used = width
        for word in words.split():
            needed = self._width(word, size, bold=bold)
            if used + space + needed > width:
                lines.append(word)
                used = needed
            else:
                lines[-1] += f" {word}"
                used += space + needed
        return lines

    def _width(self, word: str, size: float, *, bold: bool) -> float:
        return _word_width(word, size * self.enlarged, bold)

    def paragraph(
        self, x: float, top: float, words: str, width: float, *, size: float = 6.4, **options: Any
    ) -> float:
        """Write a text in lines from `top` downwards and return where it ends."""
        for line in self.wrap(words, width, size=size, bold=options.get("fontweight") == "bold"):
            top -= self.line_mm(size)
            self.text(x, top + self.line_mm(size) * 0.25, line, size=size, **options)
        return top

    def head(self, subtitle: str) -> None:
        """Title in both scripts, what the map shows with the period, and for whom it is."""
        top = self.height - MARGIN_MM
        room = self.width - 2 * MARGIN_MM
        product = self.product
        beside = bool(product.title_ar) and not self.upright
        title_room = room * (0.64 if beside else 1.0)
        sizes = (15, 14, 13, 12, 11, 10)
        size: float = next(
            (size for size in sizes if self._width(product.title, size, bold=True) < title_room), 10
        )
        title = self.wrap(product.title, title_room, size=size, bold=True)
        first = top - 5.2 * self.enlarged
        words = " ".join(title[:1]) + (" …" if len(title) > 1 else "")
        self.text(MARGIN_MM, first, words, size=size, fontweight="bold")
        second = first - (6.6 if self.upright else 0.0) * self.enlarged
        if product.title_ar:
            self.text(self.width - MARGIN_MM, second, product.title_ar, size=13.5, ha="right")
        level = ground.PROTECTION[self.release.audience] + f" ({self.release.protection})"
        tone = {"public": "#3f5f2f", "partner": "#8a4b00", "internal": "#a01020"}[self.release.audience]
        below = second - 6.0 * self.enlarged
        free = room
        marked: dict[str, Any] = {"size": 7.5, "color": tone, "fontweight": "bold"}
        if self.upright:
            self.text(MARGIN_MM, second + 0.4, level, **marked)
        else:
            self.text(self.width - MARGIN_MM, below, level, ha="right", **marked)
            free -= self._width(level, 7.5, bold=True) + 5
        parts = " · ".join(part for part in [subtitle, product.subtitle, ground.period_text(product)] if part)
        size = next(
            (size for size in (9, 8.4, 7.8, 7.2, 6.6) if self._width(parts, size, bold=False) < free), 6.0
        )
        self.text(MARGIN_MM, below, parts, size=size, color=self.look.text_soft)

    def foot(self, shown: Sequence[str], stages: Sequence[str], *, brief: bool = False) -> None:
        """As-of date, sources, method, limits and the disclaimer; the map begins above them.

        `brief` leaves method and limits out, for pages that have room for `notes`.
        """
        width, size = self.width - 2 * MARGIN_MM, 5.6
        disclaimer = self.wrap(self.product.disclaimer, width, size=size)
        room = int((FOOT_MAX_MM - MARGIN_MM * 0.6) / (self.line_mm(size) / self.enlarged)) - len(disclaimer)
        written = self.wrap(" ".join(self._facts(shown, stages, brief=brief)), width, size=size)
        if len(written) > room:
            more = " … More in METHOD.html."
            written = [*written[: room - 1], written[room - 1][: -len(more)].rsplit(" ", 1)[0] + more]
        lines = [*written, *disclaimer]
        top = MARGIN_MM * 0.6 + self.line_mm(size) * len(lines)
        self.foot_mm = self.floor_mm = top + 1.0
        for line in lines:
            top -= self.line_mm(size)
            self.text(MARGIN_MM, top + 0.6, line, size=size, color=self.look.text_soft)

    def _method(self, stages: Sequence[str]) -> list[str]:
        """The notes of the stages that a map rests on; all where a scenario names its stages otherwise."""
        notes = self.product.method
        chosen = [note for note in notes if note.stage in stages] or notes
        return [_sentence(note.text) for note in chosen if note.text.strip(" .")]

    def notes(self, stages: Sequence[str], *, first: float, last: float) -> None:
        """Limits in the first column and method in the last, from these heights down; the rest is in METHOD.html."""
        self._note(self.column_left(1), first, self.side_mm, "Limits", self._limits())
        self._note(self.column_left(self.columns), last, self.side_mm, "Method", self._method(stages))

    def strip(self, stages: Sequence[str], *, beside: float) -> None:
        """Limits and method under the map of an upright page, to the right of so many millimetres of numbers."""
        gap = COLUMN_GAP_MM
        left = MARGIN_MM + (beside + gap if beside else 0.0)
        width = (self.width - MARGIN_MM - left - gap) / 2
        self._note(left, self.strip_top, width, "Limits", self._limits())
        self._note(left + width + gap, self.strip_top, width, "Method", self._method(stages))

    def _limits(self) -> list[str]:
        return [_sentence(limit) for limit in self.limits]

    @property
    def strip_top(self) -> float:
        """Where the numbers under the map of an upright page begin."""
        return self.floor_mm - 5.0 * self.enlarged

    def _note(self, left: float, top: float, width: float, title: str, lines: Sequence[str]) -> None:
        more = self.line_mm(6.7)
        end = self.foot_mm + 1.5
        if not lines or top - end < 3 * self.line_mm(7):
            return
        top = self.paragraph(left, top - 1.5, title, width, size=7.2, fontweight="bold")
        for at, line in enumerate(lines):
            needed = len(self.wrap(line, width, size=6.7)) * self.line_mm(6.7) + 0.8
            rest = 0.0 if at == len(lines) - 1 else more + 0.8
            if top - needed - rest < end:
                if top - more - 0.8 >= end:
                    self.paragraph(left, top - 0.8, "More in METHOD.html.", width, size=6.7)
                return
            top = self.paragraph(left, top - 0.8, line, width, size=6.7)

    def _facts(self, shown: Sequence[str], stages: Sequence[str], *, brief: bool) -> list[str]:
        product = self.product
        reports = "; ".join(
            f"{report.publisher}, {ground.day(report.published.isoformat())}"
            if report.published
            else report.publisher
            for report in product.reports
        )
        credits = "; ".join(ground.credits(product, list(shown)))
        coast = "" if ground.sea(product.bounds).is_empty else ground.COAST
        named = [f"reports: {reports}" if reports else "", credits, coast]
        sources = "; ".join(part for part in named if part)
        lines = [
            f"As of {ground.day(product.as_of.isoformat())}.",
            "Schematic roads: for orientation, not for navigation." if product.schematic else "",
            f"Sources: {sources}." if sources else "",
            *([] if brief or not self.limits else ["Limits:", *(_sentence(limit) for limit in self.limits)]),
            *([] if brief or not self._method(stages) else ["Method:", *self._method(stages)]),
        ]
        return [line for line in lines if line]

    def map_frame(self, bounds: Bounds) -> Frame:
        """Axes that show the whole box, in an equal-area projection centred on it, at the largest scale that fits."""
        left, bottom = MARGIN_MM + 2, self.foot_mm + 4 * self.enlarged
        width = self.width - 2 * MARGIN_MM - self.side_mm - 6
        height = self.height - bottom - MARGIN_MM - self.head_mm
        if self.columns == 2:
            width = self.width - 2 * MARGIN_MM - 6 - 2 * self.side_mm - COLUMN_GAP_MM
        if self.upright:
            least = STRIP_MM * self.enlarged
            full = height - least
            # An area that is less high than the page leaves more room for the numbers.
            height = min(full, width / _aspect(bounds) * 1.03)
            bottom = self.height - MARGIN_MM - self.head_mm - height
            self.floor_mm = bottom
        return self._frame(bounds, self.rect(left, bottom, width, height), width, height)

    def _frame(self, bounds: Bounds, rect: Any, width: float, height: float) -> Frame:
        axes = self.figure.add_axes(rect)
        crs = equal_area_crs(bounds)
        west, south, east, north = gpd.GeoSeries([_dense_box(bounds)], crs=WGS84).to_crs(crs).total_bounds
        metres_per_mm = max((east - west) / width, (north - south) / height)
        across, up = (west + east) / 2, (south + north) / 2
        axes.set_xlim(across - metres_per_mm * width / 2, across + metres_per_mm * width / 2)
        axes.set_ylim(up - metres_per_mm * height / 2, up + metres_per_mm * height / 2)
        axes.set_autoscale_on(False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_facecolor(self.look.land)
        for spine in axes.spines.values():
            spine.set(linewidth=0.8, color="#333333", zorder=300)
        back = Transformer.from_crs(crs, WGS84, always_xy=True)
        seen = Bounds(
            *back.transform_bounds(
                *axes.get_xlim()[:1], axes.get_ylim()[0], axes.get_xlim()[1], axes.get_ylim()[1]
            )
        )
        return Frame(axes, crs, metres_per_mm * 1000, seen)

    def draw_ground(self, frame: Frame) -> list[Name]:
        """The two sides of the border as land; returns the names of the countries, to be placed."""
        shapes = []
        for side in ground.wider(self.release.layers, frame.bounds, 0.05):
            shape = frame.paper(side.polygon)
            colour = self.look.land if side.is_origin else self.look.land_other
            frame.axes.add_collection(
                PathCollection([outline(shape)], facecolors=colour, edgecolors="none", zorder=-10),
                autolim=False,
            )
            shapes.append((side.name, shape))
        sea = self._draw_sea(frame)
        dry = [(name, shapely.difference(shapely.make_valid(shape), sea)) for name, shape in shapes]
        return [name for words, shape in dry for name in _country_name(frame, shape, words)]

    def _draw_sea(self, frame: Frame) -> Any:
        """The sea over the areas, which reach into it with the countries' territorial sea, and under all lines."""
        west, south, east, north = frame.bounds.padded(0.05)
        sea = ground.sea(Bounds(west, south, east, north))
        if sea.is_empty:
            return sea
        shape = shapely.make_valid(frame.paper(sea))
        water: dict[str, Any] = {
            "facecolors": self.look.sea,
            "edgecolors": self.look.coast,
            "linewidths": 0.35,
        }
        frame.axes.add_collection(
            PathCollection([outline(shape)], **water, zorder=self.look.sea_z), autolim=False
        )
        return shape

    def veil(self, frame: Frame, bounds: Bounds) -> None:
        """Pale what lies outside the scenario's box, where nothing was looked at."""
        box = gpd.GeoSeries([_dense_box(bounds)], crs=WGS84).to_crs(frame.crs).iloc[0]
        (x0, x1), (y0, y1) = frame.axes.get_xlim(), frame.axes.get_ylim()
        outside = shapely.difference(shapely.box(x0, y0, x1, y1), box)
        if not outside.is_empty:
            pale: dict[str, Any] = {
                "facecolors": "#ffffff",
                "edgecolors": "none",
                "alpha": 0.6,
                "zorder": 150,
            }
            frame.axes.add_collection(PathCollection([outline(outside)], **pale), autolim=False)
        corners = shapely.get_coordinates(box)
        rim = Polygon(corners, closed=True, fill=False, edgecolor="#9a9a9a", linewidth=0.5, zorder=151)
        frame.axes.add_patch(rim)

    def graticule(self, frame: Frame) -> None:
        """Degrees at the edge of the map, so that a position can be read off it and found again."""
        step = next(
            s
            for s in (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
            if (frame.bounds.east - frame.bounds.west) / s <= 8
        )
        (x0, x1), (y0, y1) = frame.axes.get_xlim(), frame.axes.get_ylim()
        to_degrees = Transformer.from_crs(frame.crs, WGS84, always_xy=True)
        along = np.linspace(0, 1, 200)
        bottom = to_degrees.transform(x0 + along * (x1 - x0), np.full(200, y0))[0]
        left = to_degrees.transform(np.full(200, x0), y0 + along * (y1 - y0))[1]
        options: dict[str, Any] = {
            "fontsize": 4.8 * self.enlarged,
            "color": self.look.text_soft,
            "fontfamily": list(fonts().latin),
            "zorder": 301,
        }
        for lon in _inside(bottom[0], bottom[-1], step):
            x = x0 + np.interp(lon, bottom, along) * (x1 - x0)
            frame.axes.annotate(
                _degrees(lon, "E", "W"),
                (x, y0),
                xytext=(0, -1.5),
                textcoords="offset points",
                ha="center",
                va="top",
                annotation_clip=False,
                **options,
            )
            frame.axes.add_line(
                Line2D([x, x], [y0, y0 + (y1 - y0) * 0.008], color="#333333", linewidth=0.6, zorder=299)
            )
        for lat in _inside(left[0], left[-1], step):
            y = y0 + np.interp(lat, left, along) * (y1 - y0)
            frame.axes.annotate(
                _degrees(lat, "N", "S"),
                (x0, y),
                xytext=(-1.5, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                rotation=90,
                annotation_clip=False,
                **options,
            )
            frame.axes.add_line(
                Line2D([x0, x0 + (x1 - x0) * 0.005], [y, y], color="#333333", linewidth=0.6, zorder=299)
            )

    def scale_bar(self, frame: Frame, avoided: Any) -> list[tuple[float, float, float, float]]:
        """A bar of round length and the north arrow; returns the boxes in pixels that they cover.

        The bar stands in the corner where it covers fewest of the points `avoided`, in pixels.
        """
        width_mm = frame.axes.get_position().width * self.width
        metres = _round_below(width_mm * frame.scale / 1000 * 0.24)
        length = metres / (frame.scale / 1000)
        left, bottom = self._corner(frame, length, avoided)
        self._plate(left - 2.5, bottom - 2.8 * self.enlarged, length + 14, 9.2 * self.enlarged)
        for part in range(4):
            self._patch(
                left + part * length / 4, bottom, length / 4, 1.3, "#222222" if part % 2 == 0 else "#ffffff"
            )
        unit, factor = ("km", 1000) if metres >= 1000 else ("m", 1)
        for share in (0, 0.5, 1):
            last = f" {unit}" if share == 1 else ""
            self.text(
                left + share * length,
                bottom + 2.1,
                f"{metres * share / factor:g}{last}",
                size=5.6,
                ha="center",
                zorder=311,
            )
        self.text(
            left,
            bottom - 2.1 * self.enlarged,
            f"1 : {_two_digits(frame.scale):,.0f} on {self.size.upper()}",
            size=4.8,
            color=self.look.text_soft,
            zorder=311,
        )
        right, top = (
            frame.axes.get_position().x1 * self.width - 8,
            frame.axes.get_position().y1 * self.height - 13 * self.enlarged,
        )
        self._arrow(right, top)
        return [
            self._bar_box(left, bottom, length),
            self._pixels(right - 4, top - 2, right + 4, top + 12 * self.enlarged),
        ]

    def _corner(self, frame: Frame, length: float, avoided: Any) -> tuple[float, float]:
        """Where a bar begins, in millimetres: lower left, lower right or upper left; the arrow has the fourth."""
        box = frame.axes.get_position()
        left, bottom = box.x0 * self.width + 5, box.y0 * self.height + 5 + self.enlarged
        right, top = box.x1 * self.width - length - 14, box.y1 * self.height - 9 * self.enlarged
        corners = [(left, bottom), (right, bottom), (left, top)]
        return min(corners, key=lambda at: count_within(avoided, self._bar_box(at[0], at[1], length)))

    def _bar_box(self, left: float, bottom: float, length: float) -> tuple[float, float, float, float]:
        return self._pixels(left - 3, bottom - 3, left + length + 12, bottom + 7 * self.enlarged)

    def _pixels(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        dots = DPI / MM_PER_INCH
        return left * dots, bottom * dots, right * dots, top * dots

    def _plate(self, left: float, bottom: float, width: float, height: float) -> None:
        x, y, w, h = self.rect(left, bottom, width, height)
        self.figure.add_artist(
            Rectangle(
                (x, y),
                w,
                h,
                transform=self.figure.transFigure,
                facecolor="#ffffff",
                alpha=0.82,
                edgecolor="none",
                zorder=308,
            )
        )

    def _patch(self, left: float, bottom: float, width: float, height: float, colour: str) -> None:
        x, y, w, h = self.rect(left, bottom, width, height)
        self.figure.add_artist(
            Rectangle(
                (x, y),
                w,
                h,
                transform=self.figure.transFigure,
                facecolor=colour,
                edgecolor="#222222",
                linewidth=0.5,
                zorder=310,
            )
        )

    def _arrow(self, x: float, bottom: float) -> None:
        size = 8 * self.enlarged
        corners = [
            (x, bottom + size),
            (x + size * 0.28, bottom),
            (x, bottom + size * 0.22),
            (x - size * 0.28, bottom),
        ]
        points = [(px / self.width, py / self.height) for px, py in corners]
        self.figure.add_artist(
            Polygon(
                points,
                closed=True,
                transform=self.figure.transFigure,
                facecolor="#222222",
                edgecolor="#ffffff",
                linewidth=0.8,
                zorder=310,
            )
        )
        self.text(x, bottom + size + 0.8, "N", size=8, ha="center", fontweight="bold", zorder=310)

    def legend(self, looks: Sequence[tuple[str, LayerStyle]], *, top: float) -> float:
        """The lines of the legend in the column at the right; returns where it ends.

        Parameters
        ----------
        looks
            Kind of geometry and style of each layer drawn, in the order in which the legend lists them.
        """
        titles = [len(self.wrap(look.legend, self.side_mm, size=6.8, bold=True)) for _, look in looks]
        rows = sum(titles) + sum(0.35 + len(look.classes) for _, look in looks)
        room = top - self.floor_mm - (0 if self.upright else 24 * self.enlarged)
        step = min(self.line_mm(7.0) * 1.12, room / max(rows, 1))
        # Circles stand in the legend as large as on the map, where the page has room for that.
        needed = {
            (kind, at): max(step, 2.06 * one.radius_mm + 0.5)
            for kind, look in looks
            if kind == "Point"
            for at, one in ((id(one), one) for one in look.classes)
        }
        spare = room - step * rows
        roomy = sum(height - step for height in needed.values()) <= spare
        left = self.column_left(self.columns)
        for kind, look in looks:
            if len(look.classes) > 1 or look.kind != "single":
                for line in self.wrap(look.legend, self.side_mm, size=6.8, bold=True):
                    top -= step
                    self.text(left, top + step * 0.18, line, size=6.8, fontweight="bold")
            for one in look.classes:
                height = needed.get((kind, id(one)), step) if roomy else step
                top -= height
                self._swatch(kind, one, left + 1, top + height * 0.5, height)
                words = one.label or look.legend
                self.text(
                    left + 12 * self.enlarged, top + height * 0.5, words, size=6.4, va="center_baseline"
                )
            top -= step * 0.35
        return top

    def _swatch(self, kind: str, one: StyleClass, left: float, middle: float, step: float) -> None:
        width = 8.5 * self.enlarged
        if kind == "Point":
            axes = self.figure.add_axes(self.rect(left, middle - step / 2, width, step))
            axes.set_axis_off()
            axes.set(xlim=(-1, 1), ylim=(-1, 1))
            shown = marker(one)
            limit = (step * 0.92 * MM_TO_PT) ** 2
            axes.scatter(
                [0],
                [0],
                clip_on=False,
                **(
                    shown
                    | {
                        "s": min(shown["s"], limit),
                        "edgecolors": shown["edgecolors"] if one.stroke != "#ffffff" else "none",
                    }
                ),
            )
        elif kind == "LineString":
            ends = ([left / self.width, (left + width) / self.width], [middle / self.height] * 2)
            if one.casing:
                visible = "#dddddd" if one.casing == "#ffffff" else one.casing
                self._rule(ends, visible, one.casing_mm, ())
            self._rule(ends, one.stroke, one.width_mm, one.dash)
            if one.arrow_mm:
                self._head(left + width / 2, middle, one.stroke, min(one.arrow_mm, step * 1.2))
        else:
            x, y, w, h = self.rect(left, middle - step * 0.36, width, step * 0.72)
            self.figure.add_artist(
                Rectangle(
                    (x, y),
                    w,
                    h,
                    transform=self.figure.transFigure,
                    facecolor=one.fill or "none",
                    edgecolor=one.stroke or "none",
                    linewidth=one.width_mm * MM_TO_PT,
                    alpha=one.opacity,
                )
            )

    def _head(self, x: float, y: float, colour: str, length: float) -> None:
        corners = arrowhead([(x - 10, y), (x + 10, y)], length)
        self.figure.add_artist(
            Polygon(
                corners / (self.width, self.height),
                closed=True,
                transform=self.figure.transFigure,
                facecolor=colour,
                zorder=3,
                **ARROW_RIM,
            )
        )

    def _rule(
        self, ends: tuple[list[float], list[float]], colour: str, width_mm: float, dash: Sequence[float]
    ) -> None:
        line = Line2D(
            *ends,
            color=colour,
            linewidth=width_mm * MM_TO_PT,
            transform=self.figure.transFigure,
            solid_capstyle="butt",
            dash_capstyle="butt",
        )
        if dash:
            line.set_linestyle((0, tuple(part / width_mm for part in dash)))
        self.figure.add_artist(line)

    def inset(self, frame: Frame, *, top: float) -> float:
        """Where the map lies: its box on the two countries, in the first column; returns where it ends."""
        width = self.side_mm - 2
        height = (46.0 if self.upright else 34.0 if self.columns == 1 else 50.0) * self.enlarged
        bottom = max(top - height, self.floor_mm + (0 if self.upright else 4 * self.enlarged))
        height = min(height, top - bottom)
        if height < 14:
            return top
        border = self.release.layers.get("border")
        around = _around(self.release.layers, frame.bounds)
        small = self._frame(around, self.rect(self.column_left(1) + 2, bottom, width, height), width, height)
        small.axes.set_facecolor(self.look.land_other)
        for side in ground.wider(self.release.layers, small.bounds, 0.2):
            shape = small.paper(side.polygon)
            colour = self.look.land if side.is_origin else self.look.land_other
            small.axes.add_collection(
                PathCollection([outline(shape)], facecolors=colour, edgecolors="#a9a9a9", linewidths=0.4),
                autolim=False,
            )
            if side.name:
                x, y = shapely.maximum_inscribed_circle(shape, tolerance=2000).coords[0]
                small.axes.text(
                    x,
                    y,
                    side.name,
                    fontsize=5.8 * self.enlarged,
                    ha="center",
                    va="center",
                    color="#77746a",
                    fontfamily=list(fonts().latin),
                )
        if border is not None and len(border):
            for line in on_paper(border.geometry.to_crs(small.crs), small.scale):
                for part in shapely.get_parts(line):
                    points = shapely.get_coordinates(part)
                    small.axes.add_line(Line2D(points[:, 0], points[:, 1], color="#3a3145", linewidth=0.7))
        box = gpd.GeoSeries([_dense_box(frame.bounds)], crs=WGS84).to_crs(small.crs).iloc[0]
        small.axes.add_patch(
            Polygon(shapely.get_coordinates(box), closed=True, fill=False, edgecolor="#d14b00", linewidth=1.3)
        )
        self._draw_sea(small)
        self.graticule(small)
        return bottom - 3 * self.enlarged


def _sentence(words: str) -> str:
    return words.strip().rstrip(".") + "."


def _country_name(frame: Frame, shape: Any, name: str) -> list[Name]:
    """The name at several places within the country, the one farthest from its rim first; one of them is used."""
    (x0, x1), (y0, y1) = frame.axes.get_xlim(), frame.axes.get_ylim()
    seen = shapely.intersection(shape, shapely.box(x0, y0, x1, y1))
    if not name or seen.is_empty:
        return []
    points = ground.points_inside(seen)
    pixels = frame.axes.transData.transform(points)
    return [
        Name(px, py, 0.0, (name,), 10.0, "#8d8a80", "#ffffff", False, True, (-1.0, -float(at)), spaced=True)
        for at, (px, py) in enumerate(pixels)
    ]


@functools.lru_cache(maxsize=20_000)
def _word_width(word: str, points: float, bold: bool) -> float:
    """Width of a word in millimetres."""
    from matplotlib.textpath import TextToPath  # noqa: PLC0415

    properties = font_manager.FontProperties(
        family=list(fonts().latin), size=points, weight="bold" if bold else "normal"
    )
    width, _, _ = TextToPath().get_text_width_height_descent(word, properties, ismath=False)
    return float(width) / MM_TO_PT


def _around(layers: Mapping[str, Any], bounds: Bounds) -> Bounds:
    """A box that shows where the map lies: the country that people flee in, at least three times the map."""
    width, height = bounds.east - bounds.west, bounds.north - bounds.south
    least = Bounds(bounds.west - width, bounds.south - height, bounds.east + width, bounds.north + height)
    country = next(iter(ground.outlines(layers, least)), None)
    if country is None:
        return least
    whole = ground.country_outline(ground.countries(layers)[0])
    west, south, east, north = country.polygon.bounds if whole is None else whole.bounds
    # A very large country would shrink the map's box to a dot.
    limit = bounds.padded(6.0)
    box = (max(min(west, least.west), limit.west), max(min(south, least.south), limit.south))
    return Bounds(*box, min(max(east, least.east), limit.east), min(max(north, least.north), limit.north))


def _upright(bounds: Bounds) -> bool:
    """Whether an area is so much higher than wide that an upright page shows it larger.

    >>> _upright(Bounds(35.7, 35.2, 37.3, 37.0)), _upright(Bounds(1.4, 42.42, 1.8, 42.66))
    (True, False)
    """
    return _aspect(bounds) < UPRIGHT_BELOW


def _aspect(bounds: Bounds) -> float:
    """Width of a box over its height, on the ground."""
    west, south, east, north = (
        gpd.GeoSeries([_dense_box(bounds)], crs=WGS84).to_crs(equal_area_crs(bounds)).total_bounds
    )
    return float((east - west) / (north - south))


def _dense_box(bounds: Bounds) -> Any:
    """The box with many points along its sides, since a straight line of degrees bends in a projection."""
    return shapely.segmentize(shapely.box(*bounds), 0.1)


def _inside(start: float, end: float, step: float) -> Any:
    """Round degrees between two edges, clear of the corners."""
    rim = (end - start) * 0.03
    return np.arange(np.ceil((start + rim) / step) * step, end - rim, step)


def _degrees(value: float, positive: str, negative: str) -> str:
    value = round(float(value), 4)
    return f"{abs(value):g}°{positive if value >= 0 else negative}"


def _round_below(metres: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ metres that is not longer.

    >>> _round_below(34_000)
    20000.0
    """
    power = 10.0 ** np.floor(np.log10(metres))
    return float(next(power * digit for digit in (5, 2, 1) if power * digit <= metres))


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
