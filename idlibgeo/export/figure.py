"""Printed maps: overview and routes, distance bands, camp density, flows and the ledger, as PNG and PDF.

Each figure says when, from what, how, with which limits and for whom; the same release gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from matplotlib import dates as mdates
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from idlibgeo.errors import UnknownNameError, nearest_name
from idlibgeo.export import drawing, ground, style, wording
from idlibgeo.export.files import replacing
from idlibgeo.export.sheet import DPI, HEAD_MM, MARGIN_MM, MM_PER_INCH, SIZES, Frame, Sheet, Size, fonts
from idlibgeo.privacy import Release

# What matplotlib would otherwise take from the user's own settings, and the date that it would write.
_SETTINGS: dict[Any, Any] = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.simplify": True,
    "svg.hashsalt": "idlibgeo",
    "axes.unicode_minus": True,
    "text.usetex": False,
    "text.parse_math": False,
    "hatch.linewidth": 0.5,
}
LABELLED = ("places", "crossings", "camps", "roads")


@dataclass(frozen=True)
class MapSpec:
    """One printed map: which layers it draws, what it needs, and which stages its method names."""

    name: str
    title: str
    needs: tuple[str, ...]
    layers: tuple[str, ...]
    labels: tuple[str, ...]
    stages: tuple[str, ...]
    rasters: bool = False


MAPS = (
    MapSpec(
        "routes",
        "Overview and routes",
        ("routes", "places"),
        ("roads", "border", "routes", "closures", "crossings", "places"),
        ("places", "crossings", "roads"),
        ("reports", "places", "gazetteer", "roads", "routes"),
    ),
    MapSpec(
        "bands",
        "People in camps by distance to the border",
        ("border_bands",),
        ("border_bands", "border", "crossings", "camps", "places"),
        ("places", "crossings", "camps"),
        ("border", "camps", "bands"),
    ),
    MapSpec(
        "density",
        "Density of people in camps",
        ("density",),
        ("roads", "border", "crossings", "places"),
        ("places", "crossings"),
        ("camps", "density", "crowding"),
        rasters=True,
    ),
    MapSpec(
        "flows",
        "Who may have gone where: a first estimate",
        ("flows",),
        ("roads", "border", "edge_flows", "flows", "crossings", "camps", "places"),
        ("places", "crossings", "camps"),
        ("flows", "allocation"),
    ),
)
LEDGER = "ledger"
NAMES = (*(spec.name for spec in MAPS), LEDGER)


def write_figures(
    release: Release,
    folder: str | Path,
    *,
    only: Iterable[str] | None = None,
    sizes: Iterable[Size] = ("a4", "a3"),
) -> list[Path]:
    """Write the printed maps of a release.

    A map whose layers the release does not have (because the scenario makes none, or the audience may not see them)
    is left out.

    Parameters
    ----------
    release
        From `privacy.release`.
    folder
        Made where it does not exist.
    only
        Names of maps: ``routes``, ``bands``, ``density``, ``flows``, ``ledger``; all by default.
    sizes
        ``a4``, ``a3`` or both, landscape.

    Returns
    -------
    list of pathlib.Path
        ``<scenario>_<map>_<size>_<protection>.png`` (300 dpi) and ``.pdf`` (fonts embedded).

    Raises
    ------
    UnknownNameError
        If a map or a size does not exist.
    """
    wanted = list(NAMES if only is None else only)
    chosen = list(sizes)
    _check(wanted, NAMES)
    _check(chosen, SIZES)
    target = Path(folder)
    written = []
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        for name in [name for name in NAMES if name in wanted]:
            for size in chosen:
                sheet = draw(release, name, size=size)
                if sheet is not None:
                    written += _save(sheet, target, name)
    return written


def _check(given: Iterable[str], known: Iterable[str]) -> None:
    names = tuple(known)
    for name in given:
        if name not in names:
            raise UnknownNameError(
                f"Printed map {name!r} does not exist. Nothing was written. {nearest_name(name, names)}"
            )


def draw(release: Release, name: str, *, size: Size = "a4") -> Sheet | None:
    """Draw one printed map without writing it; nothing where the release lacks what it needs."""
    if name == LEDGER:
        return _ledger(release, size) if len(release.layers.get("ledger", ())) else None
    spec = next(one for one in MAPS if one.name == name)
    drawn = ground.drawn(release.layers)
    if not all(need in drawn or need in release.rasters for need in spec.needs):
        return None
    return _map(release, spec, drawn, size)


def _save(sheet: Sheet, folder: Path, name: str) -> list[Path]:
    product, release = sheet.product, sheet.release
    stem = folder / f"{product.id}_{name}_{sheet.size}_{release.protection}"
    title = f"{product.title}: {name} ({ground.PROTECTION[release.audience]})"
    png, pdf = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".pdf")
    with replacing(png) as new:
        facts = {"Title": title, "Software": "idlibgeo", "Description": product.disclaimer}
        _save_picture(sheet, new, facts)
    facts = {"Title": title, "Author": "idlibgeo", "Subject": product.disclaimer, "Creator": "idlibgeo"}
    with replacing(pdf) as new:
        sheet.figure.savefig(new, dpi=DPI, metadata={**facts, "Producer": None, "CreationDate": None})
    return [png, pdf]


def _save_picture(sheet: Sheet, path: Path, facts: dict[str, str]) -> None:
    """Write the page as PNG with a palette: a third of the bytes, and no difference that an eye can see.

    A map has few colours; the thousands beside them are the blends at the rims of letters and lines, half a tenth of
    a millimetre wide, which take the nearest of 256.
    """
    sheet.figure.set_dpi(DPI)
    canvas: Any = sheet.figure.canvas
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    few = _with_palette(picture)
    words = PngInfo()
    for key, value in facts.items():
        words.add_itxt(key, value)
    few.save(path, "png", dpi=(DPI, DPI), pnginfo=words, optimize=True)


def _with_palette(picture: Image.Image) -> Image.Image:
    """The picture in 256 colours: frequent ones, which fill areas and letters, as they are, the blends near them.

    A colour that is farther than a radius from all that are more frequent is in the palette; the radius is the
    smallest with which 256 are enough, so that no pixel is farther off than that.

    >>> flat = Image.new("RGB", (4, 4), "#86abc2")
    >>> _with_palette(flat).convert("RGB").getpixel((0, 0)) == flat.getpixel((0, 0))
    True
    """
    counted = picture.getcolors(1 << 24) or []
    counted.sort(key=lambda one: (-one[0], one[1]))
    colours = np.array([colour for _, colour in counted], dtype=np.int32)
    palette, nearest = next(
        found for radius in _RADII if len((found := _covering(colours, radius))[0]) <= 256
    )
    table = np.zeros(1 << 24, dtype=np.uint8)
    table[colours @ _PACK] = nearest
    few = Image.fromarray(table[np.asarray(picture, dtype=np.int32) @ _PACK])
    few.putpalette(palette.astype(np.uint8).tobytes())
    return few


def _covering(colours: Any, radius: int) -> tuple[Any, Any]:
    """Colours of which one lies within a radius of each, and which of them is nearest; stops beyond 256."""
    best = np.full(len(colours), np.inf)
    nearest = np.zeros(len(colours), dtype=np.int64)
    chosen: list[Any] = []
    while len(chosen) <= 256 and (best > radius**2).any():
        # The most frequent are areas and letters: each as it is, however near to another.
        at = len(chosen) if len(chosen) < _EXACT else int((best > radius**2).argmax())
        one = colours[at]
        distance = ((colours - one) ** 2).sum(axis=1)
        nearest[distance < best] = len(chosen)
        best = np.minimum(best, distance)
        chosen.append(one)
    return np.array(chosen), nearest


_EXACT = 64
_RADII = (*range(0, 60, 3), 500)
_PACK = np.array([1 << 16, 1 << 8, 1], dtype=np.int32)


def _map(release: Release, spec: MapSpec, drawn: dict[str, gpd.GeoDataFrame], size: Size) -> Sheet:
    sheet = Sheet(release, size, release.product.bounds)
    sheet.head(spec.title)
    sources = [name for name in spec.layers if name in drawn] + (
        list(release.rasters) if spec.rasters else []
    )
    sheet.foot(sources, spec.stages, brief=sheet.columns == 2 or sheet.upright)
    shown = {name: _latest(frame) for name, frame in drawn.items()}
    if "places" in shown:
        shown["places"] = _without_areas(shown["places"])
    frame = sheet.map_frame(release.product.bounds)
    countries = sheet.draw_ground(frame)
    looks = _draw_layers(
        sheet, frame, spec, {name: layer for name, layer in shown.items() if name != "places"}
    )
    sheet.veil(frame, release.product.bounds)
    sheet.graticule(frame)
    drawn_here = {name: shown[name] for name in spec.layers if name in shown}
    lines = drawing.points_along(
        frame.axes, [drawn_here[name] for name in _LINES if name in drawn_here], frame.crs
    )
    covered = sheet.scale_bar(frame, np.vstack([lines, *_symbols(frame, drawn_here)]))
    names = [
        name
        for layer in spec.labels
        if layer in shown and layer in spec.layers
        for name in drawing.names_of(
            frame.axes, layer, shown[layer], frame.crs, scale=frame.scale, pixels_per_mm=DPI / MM_PER_INCH
        )
    ]
    avoided = np.vstack([lines, _crowded(frame, shown["camps"])]) if "camps" in drawn_here else lines
    placed = drawing.place_names(
        frame.axes, [*names, *countries], covered, fonts=fonts(), pixels_per_pt=DPI / 72, lines=avoided
    )
    if "places" in drawn_here:
        looks.insert(0, ("Point", _draw_places(frame, drawn_here["places"], placed)))
    _column(sheet, frame, spec, shown, looks)
    return sheet


def _symbols(frame: Frame, shown: dict[str, gpd.GeoDataFrame]) -> list[Any]:
    """Points in pixels of what a reader looks for, many times over: a symbol outweighs a line that passes."""
    points = [shown[name].geometry for name in ("crossings", "camps") if name in shown]
    if "places" in shown:
        points.append(shown["places"].geometry[shown["places"]["role"].fillna("").ne("")])
    return [
        np.repeat(
            frame.axes.transData.transform(shapely.get_coordinates(one.to_crs(frame.crs).to_numpy())),
            100,
            axis=0,
        )
        for one in points
    ]


def _without_areas(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places without regions that no report names: a point is no place for "the countryside of Aleppo"."""
    area = places["kind"].isin(["area", "region", "coast", "camp area", "country"]).to_numpy(dtype=bool)
    return places[~area | places["role"].fillna("").ne("").to_numpy()]


def _draw_places(frame: Frame, places: gpd.GeoDataFrame, placed: list[drawing.Name]) -> style.LayerStyle:
    """Draw the places that the reports name, and of the others those that have a name on the map."""
    named = {name.row for name in placed if name.optional}
    looks = style.resolve(style.for_layer("places"), places)
    other = np.array([one.match == "other" for one in looks.classes])[style.class_of(looks, places)]
    kept = places[~other | np.isin(np.arange(len(places)), list(named))]
    return drawing.draw_layer(frame.axes, "places", kept, frame.crs, scale=frame.scale)


# Lines that a reader follows with the eye; names keep off them where they can.
_LINES = ("routes", "edge_flows", "flows", "closures", "border", "roads")


def _crowded(frame: Frame, camps: gpd.GeoDataFrame) -> Any:
    """Points in pixels within the circles of camps: a name may lie on one where there is no other room."""
    looks = style.resolve(style.for_layer("camps"), camps)
    reach = np.array([*(one.radius_mm for one in looks.classes), 0.0])[style.class_of(looks, camps)]
    points = frame.axes.transData.transform(
        shapely.get_coordinates(camps.geometry.to_crs(frame.crs).to_numpy())
    )
    steps = np.stack(np.meshgrid([-0.7, -0.35, 0, 0.35, 0.7], [-0.7, -0.35, 0, 0.35, 0.7]), axis=-1).reshape(
        -1, 2
    )
    radius = reach * DPI / MM_PER_INCH
    return (points[:, None, :] + steps[None] * radius[:, None, None]).reshape(-1, 2)


def _latest(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of the last date, where a layer holds several states: a printed map has no time slider."""
    if "date" not in frame.columns or frame["date"].isna().all():
        return frame
    return frame[frame["date"].isna() | (frame["date"] == frame["date"].max())]


def _draw_layers(
    sheet: Sheet, frame: Frame, spec: MapSpec, shown: dict[str, gpd.GeoDataFrame]
) -> list[tuple[str, style.LayerStyle]]:
    """Draw from the ground up and return the styles for the legend, the topmost first."""
    looks = [
        (
            shown[name].geometry.iloc[0].geom_type.removeprefix("Multi"),
            drawing.draw_layer(frame.axes, name, shown[name], frame.crs, scale=frame.scale),
        )
        for name in drawing.drawn_in_order(shown, spec.layers)
    ]
    rasters = sheet.release.rasters if spec.rasters else {}
    for name, raster in rasters.items():
        looks.insert(0, ("Polygon", drawing.draw_raster(frame.axes, name, raster, frame.crs)))
    return looks[::-1]


def _column(
    sheet: Sheet,
    frame: Frame,
    spec: MapSpec,
    shown: dict[str, gpd.GeoDataFrame],
    looks: list[tuple[str, style.LayerStyle]],
) -> None:
    """The column at the right: the numbers, the legend, the inset."""
    start = sheet.height - MARGIN_MM - sheet.head_mm
    heading, rows = _NUMBERS[spec.name](sheet.release, shown)
    if sheet.upright:
        width = (sheet.width - 2 * MARGIN_MM) * 0.44 if rows else 0.0
        if rows:
            _table(sheet, MARGIN_MM, sheet.strip_top - 1.5, heading, rows, width=width)
        sheet.strip(spec.stages, beside=width)
        sheet.inset(frame, top=sheet.legend(looks, top=start) - 2)
        return
    left = sheet.column_left(1)
    top = _table(sheet, left, start, heading, rows, width=sheet.side_mm) if rows else start
    legend_top = top - 1 if sheet.columns == 1 else start
    bottom = sheet.legend(looks, top=legend_top)
    end = sheet.inset(frame, top=(bottom if sheet.columns == 1 else top - 3) - 1)
    if sheet.columns == 2:
        sheet.notes(spec.stages, first=end, last=bottom - 4)


Rows = list[tuple[str, str, str]]


def _table(sheet: Sheet, left: float, top: float, heading: str, rows: Rows, *, width: float) -> float:
    """A small table of three columns, numbers to the right."""
    top = sheet.paragraph(left, top, heading, width, size=7.2, fontweight="bold")
    top -= 0.8
    labels = [sheet.wrap(label, width * 0.46, size=6.4)[:3] for label, _, _ in rows]
    wraps = any(len(lines) > 1 for lines in labels)
    for lines, (_, value, bounds) in zip(labels, rows, strict=True):
        if top - len(lines) * sheet.line_mm(6.4) < sheet.foot_mm + 1:
            break
        for at, line in enumerate(lines):
            top -= sheet.line_mm(6.4)
            sheet.text(left, top + 0.7, line, size=6.4)
            if not at:
                sheet.text(left + width * 0.68, top + 0.7, value, size=6.8, ha="right", fontweight="bold")
                sheet.text(left + width, top + 0.7, bounds, size=5.6, ha="right", color=sheet.look.text_soft)
        top -= 0.5 if wraps else 0.0
    return top - 1.5


def _number(value: Any) -> str:
    return "–" if value is None or pd.isna(value) else f"{float(value):,.0f}"


def _bounds(low: Any, high: Any) -> str:
    if pd.isna(low) and pd.isna(high):
        return ""
    return f"{_number(low)} – {_number(high)}"


def _qualifier(value: Any) -> str:
    """The word before a number, with a space after it; "vague" is no word that a report writes.

    >>> _qualifier("up_to"), _qualifier(None)
    ('up to ', '')
    """
    known = isinstance(value, str) and value not in ("", "vague", "exact")
    return f"{value.replace('_', ' ')} " if known else ""


_MAX_LEADING = 3
_MAX_FLOWS = 2


def _headline(release: Release, _shown: object) -> tuple[str, Rows]:
    """The counts that lead, the newest flows, and what may follow, each with its source."""
    figures = release.layers.get("figures")
    if figures is None or figures.empty:
        return "", []
    left = wording.people_who_left(figures, release.layers.get("ledger"))
    chosen = [
        left[left["leads"] == 0].head(_MAX_LEADING),
        left[left["leads"] == 1].head(_MAX_FLOWS),
        left[left["leads"] == 3].head(1),
    ]
    rows = [_figure_row(row, _moved(row)) for part in chosen for row in part.to_dict("records")]
    if not rows:
        rows = [_figure_row(row, _moved(row)) for row in left.head(1).to_dict("records")]
    people = figures[figures["unit"].isin(["persons", "people"])]
    for kind, words in [("forecast", "May follow"), ("population_at_risk", "At risk")]:
        newest = people[people["kind"] == kind].sort_values(
            ["published", "figure_id"], ascending=[False, True]
        )
        rows += [_figure_row(row, words) for row in newest.head(1).to_dict("records")]
    return "People who left, in the reports", rows


def _moved(row: dict[str, Any]) -> str:
    if wording.of_a_year(row["kind"], row["period_start"], row["period_end"]):
        return "In a year"
    start, end = (ground.day(row[key]) for key in ("period_start", "period_end"))
    if row["kind"] == "cumulative":
        return f"Since {start}" if start else "Counted since the start"
    if start and end:
        same = start[-5:] == end[-5:]
        return f"{start[:-5] if same else start} – {end}" if start != end else start
    return "In one episode"


def _figure_row(row: dict[str, Any], words: str) -> tuple[str, str, str]:
    source = row["source_org"] if pd.notna(row["source_org"]) else row["publisher"]
    size = row["value"] if pd.notna(row["value"]) else row["high"]
    until = row["period_end"] if row["kind"] == "cumulative" else None
    day = _short_day(dt.datetime.fromisoformat(until)) if isinstance(until, str) else ""
    named = f"{words} ({source})" if pd.notna(source) else words
    return named, f"{_qualifier(row['qualifier'])}{_number(size)}", f"to {day}" if day else ""


def _by_band(release: Release, _shown: object) -> tuple[str, Rows]:
    bands = release.layers["border_bands"].sort_values("from_m")
    rows: Rows = []
    for row in bands.itertuples(index=False):
        label = wording.band_words(row.from_m, row.to_m)
        sites = "" if pd.isna(row.sites) else f", {row.sites:.0f} sites"
        rows.append((f"{label}{sites}", _number(row.people_mid), _bounds(row.people_low, row.people_high)))
    known = bands["people_mid"].dropna()
    if known.empty:
        return "People in camps", [("Counts are not shown to these readers: see METHOD.html", "", "")]
    hidden = " of those shown" if bands["people_mid"].isna().any() else ""
    rows.append((f"Total{hidden}", _number(known.sum()), ""))
    return "People in camps (low – high)", rows


def _by_crowding(_release: Release, shown: dict[str, gpd.GeoDataFrame]) -> tuple[str, Rows]:
    camps = shown.get("camps")
    if camps is None or camps.empty or "crowding" not in camps or not wording.crowding_known(camps):
        return "", []
    rows: Rows = []
    for crowding, group in camps.assign(crowding=camps["crowding"].fillna("unknown")).groupby("crowding"):
        space = group["m2_per_person"].dropna()
        range_of = f"{space.min():.0f} – {space.max():.0f} m²/person" if len(space) else f"{len(group)} rows"
        rows.append(
            (f"{str(crowding).replace('_', ' ').capitalize()}", _number(group["people_mid"].sum()), range_of)
        )
    standards = camps["standard"].dropna().unique()
    against = f" against {standards[0]}" if len(standards) else ""
    return f"People in camps by crowding{against}", rows


def _by_destination(release: Release, _shown: object) -> tuple[str, Rows]:
    """The largest destinations; what may happen apart from what was reported."""
    flows = release.layers["flows"]
    rows: Rows = []
    for modality, label, count in [("reported", "", 8), ("conditional", "May follow: ", 5)]:
        chosen = flows[flows["modality"].fillna("reported").eq(modality)]
        sums = chosen.groupby("to_name", sort=True)[["people_low", "people_mid", "people_high"]].sum()
        top = sums.sort_values("people_mid", ascending=False, kind="stable").head(count)
        rows += [
            (f"{label}{name}", _number(row.people_mid), _bounds(row.people_low, row.people_high))
            for name, row in zip(top.index, top.itertuples(), strict=True)
        ]
    return "People by destination (low – high), a first estimate", rows


_NUMBERS: dict[str, Callable[[Release, dict[str, gpd.GeoDataFrame]], tuple[str, Rows]]] = {
    "routes": _headline,
    "bands": _by_band,
    "density": _by_crowding,
    "flows": _by_destination,
}

_SERIES = ("#084a91", "#d14b00", "#238b68", "#66459f", "#8a6a00", "#5f5f5f", "#b1121f")
_MAX_ROWS = 34


def _ledger(release: Release, size: Size) -> Sheet:
    """A line a figure, grouped by series: the period that it counts on a time axis, and its value."""
    sheet = Sheet(release, size)
    sheet.head("Ledger: the figures of the reports as series")
    sheet.foot(["figures", "ledger"], ("reports", "figures", "ledger"))
    rows = _ledger_rows(release.layers["ledger"], release.layers.get("figures"))
    left, bottom = MARGIN_MM, sheet.foot_mm + 6 * sheet.enlarged
    width = sheet.width - 2 * MARGIN_MM - sheet.side_mm - 6
    height = sheet.height - bottom - MARGIN_MM - 16 * sheet.enlarged
    names_mm, value_mm = 66.0 * sheet.enlarged, 26.0 * sheet.enlarged
    axes = sheet.figure.add_axes(sheet.rect(left + names_mm, bottom, width - names_mm - value_mm, height))
    _time_axis(sheet, axes, rows)
    _draw_rows(sheet, axes, rows, left)
    _ledger_column(sheet, rows, len(release.layers["ledger"]))
    return sheet


def _ledger_rows(ledger: pd.DataFrame, figures: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows with a value and its qualifier, by series in the order of time: who left first, background last."""
    known = ledger[ledger["value"].notna()].copy()
    said = {} if figures is None else dict(zip(figures["figure_id"], figures["qualifier"], strict=True))
    known["qualifier"] = [said.get(figure) for figure in known["figure_id"]]
    known["largest"] = known.groupby("series", dropna=False)["value"].transform("max")
    known["rank"] = [
        len(_LEDGER_ORDER) if wording.of_a_year(kind, start, end) else _ledger_rank(kind)
        for kind, start, end in zip(known["kind"], known["period_start"], known["period_end"], strict=True)
    ]
    order = known.sort_values(
        ["rank", "largest", "series", "period_end", "value", "ledger_id"],
        ascending=[True, False, True, True, True, True],
        na_position="first",
    )
    return order.head(_MAX_ROWS).reset_index(drop=True)


# What a reader asks first; a count of a year follows these, and all other kinds follow that.
_LEDGER_ORDER = ("cumulative", "flow", "forecast", "return", "stock", "killed", "injured", "shelter")


def _ledger_rank(kind: str) -> int:
    return _LEDGER_ORDER.index(kind) if kind in _LEDGER_ORDER else len(_LEDGER_ORDER) + 1


def _draw_rows(sheet: Sheet, axes: Any, rows: pd.DataFrame, left: float) -> None:
    """Draw each figure as a bar over its period with its value at the right."""
    keys = list(dict.fromkeys(rows["series"].astype(str)))
    box = axes.get_position()
    count = max(len(rows) + len(keys), 12)
    axes.set_ylim(0, count)
    step = box.height * sheet.height / count
    size = min(6.8, step * 0.62 * 72 / MM_PER_INCH / sheet.enlarged)
    at, series = 0, None
    for row in rows.itertuples(index=False):
        if str(row.series) != series:
            series = str(row.series)
            sheet.text(
                left,
                box.y1 * sheet.height - (at + 0.7) * step,
                _series_title(row),
                size=size,
                fontweight="bold",
            )
            at += 1
        y_mm = box.y1 * sheet.height - (at + 0.62) * step
        colour = _SERIES[keys.index(series) % len(_SERIES)]
        _draw_bar(axes, row, count - at - 0.5, colour)
        for line, words in enumerate(sheet.wrap(_span(row), 62 * sheet.enlarged, size=size * 0.9)[:1]):
            sheet.text(left + 3, y_mm - line, words, size=size * 0.9, color=sheet.look.text_soft)
        right = box.x1 * sheet.width + 25 * sheet.enlarged
        value = f"{_qualifier(row.qualifier)}{_number(row.value)}"
        sheet.text(right, y_mm, value, size=size, ha="right", color=colour, fontweight="bold")
        at += 1


def _in_total(row: Any) -> bool:
    return bool(pd.notna(row.in_total) and row.in_total)


def _series_title(row: Any) -> str:
    parts = [row.source_org, str(row.kind).replace("_", " "), row.unit]
    return " · ".join(str(part) for part in parts if pd.notna(part) and part != "persons")[:60]


# Kinds that say how many there are on a day, not how many have come since another.
_STATES = ("stock", "population", "forecast", "shelter")


def _span(row: Any) -> str:
    start, end = (ground.day(value) for value in (row.period_start, row.period_end))
    if start and end:
        return start if start == end else f"{start} – {end}"
    if end:
        return f"on {end}" if str(row.kind).startswith(_STATES) else f"until {end}"
    return f"from {start}" if start else "period not stated"


def _draw_bar(axes: Any, row: Any, y: float, colour: str) -> None:
    if pd.isna(row.period_start) and pd.isna(row.period_end):
        return
    start, end = _ends(row)
    axes.plot([start, end], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", alpha=0.55)
    if pd.isna(row.period_start) and not str(row.kind).startswith(_STATES):
        edge = mdates.num2date(axes.get_xlim()[0]).date()
        axes.plot([edge, end], [y, y], color=colour, linewidth=1.0, linestyle=":")
    face = colour if _in_total(row) else "white"
    axes.scatter([end], [y], s=20, facecolors=face, edgecolors=colour, linewidths=1.1, zorder=5)


def _ends(row: Any) -> tuple[dt.date, dt.date]:
    start = row.period_start if pd.notna(row.period_start) else row.period_end
    end = row.period_end if pd.notna(row.period_end) else row.period_start
    return dt.date.fromisoformat(start), dt.date.fromisoformat(end)


def _time_axis(sheet: Sheet, axes: Any, rows: pd.DataFrame) -> None:
    axes.set_yticks([])
    starts = sorted(rows["period_start"].fillna(rows["period_end"]).dropna())
    if starts:
        # A count that began years ago must not press the weeks of the reports into a sliver.
        last = dt.date.fromisoformat(max(*starts, *rows["period_end"].dropna()))
        usual = dt.date.fromisoformat(starts[len(starts) // 4])
        days = max((last - usual).days, 20)
        begin = max(dt.date.fromisoformat(starts[0]), last - dt.timedelta(days=int(days * 1.6)))
        axes.set_xlim(begin - dt.timedelta(days=3), last + dt.timedelta(days=max(3, days // 20)))
    axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
    axes.xaxis.set_major_formatter(lambda value, _: _short_day(mdates.num2date(value)))
    axes.grid(visible=True, axis="x", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    for label in axes.get_xticklabels():
        label.set(fontfamily=list(fonts().latin), fontsize=6.2 * sheet.enlarged)


def _short_day(moment: dt.datetime) -> str:
    """A date in English whatever the locale."""
    return " ".join([str(moment.day), ground.day(moment.date().isoformat()).split()[1][:3], str(moment.year)])


def _ledger_column(sheet: Sheet, rows: pd.DataFrame, total: int) -> None:
    left = sheet.width - MARGIN_MM - sheet.side_mm
    top = sheet.height - MARGIN_MM - HEAD_MM * sheet.enlarged
    top = sheet.paragraph(left, top, "How to read it", sheet.side_mm, size=7.2, fontweight="bold")
    words = [
        "Each line is a figure of a report. Its bar spans the period that it counts, its dot stands at the end of"
        " that period. A full dot is in the total, an open one is not.",
        "Figures of one series may be compared. Series that count from different days, or that different"
        " organisations count, may not be added.",
        "A bar that meets the left edge began earlier; a dotted line means that the start is not stated.",
    ]
    if total > len(rows):
        table = "ledger"
        words.append(f"{total - len(rows)} more stand in tables/{table}.csv.")
    for text in words:
        top = sheet.paragraph(left, top - 0.8, text, sheet.side_mm)
    checks = sheet.release.layers.get("checks")
    if checks is None:
        return
    found = checks[checks["status"].isin(["warning", "contradiction", "note"])]
    found = found[found["stage"].fillna("").str.contains("ledger")]
    if len(found):
        top = sheet.paragraph(
            left, top - 3, "What the ledger found", sheet.side_mm, size=7.2, fontweight="bold"
        )
    for message in found["message"].dropna().head(14):
        if top < sheet.foot_mm + 14:
            sheet.paragraph(left, top - 1, "More in METHOD.html.", sheet.side_mm)
            break
        top = sheet.paragraph(left, top - 1, f"• {message}", sheet.side_mm)
