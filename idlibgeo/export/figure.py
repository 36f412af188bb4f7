"""Printed maps: overview and routes, distance bands, camp density, flows and the ledger, as PNG and PDF.

Each figure says when, from what, how, with which limits and for whom; the same release gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
from matplotlib import dates as mdates

from idlibgeo.errors import UnknownNameError, nearest_name
from idlibgeo.export import drawing, ground, style
from idlibgeo.export.files import replacing
from idlibgeo.export.sheet import DPI, MARGIN_MM, MM_PER_INCH, SIZES, Frame, Sheet, Size, fonts
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
        ("places", "camps"),
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
        sheet.figure.savefig(
            new,
            dpi=DPI,
            metadata={"Title": title, "Software": "idlibgeo", "Description": product.disclaimer},
            pil_kwargs={"compress_level": 4},
        )
    facts = {"Title": title, "Author": "idlibgeo", "Subject": product.disclaimer, "Creator": "idlibgeo"}
    with replacing(pdf) as new:
        sheet.figure.savefig(new, dpi=DPI, metadata={**facts, "Producer": None, "CreationDate": None})
    return [png, pdf]


def _map(release: Release, spec: MapSpec, drawn: dict[str, gpd.GeoDataFrame], size: Size) -> Sheet:
    sheet = Sheet(release, size)
    shown = {name: _latest(frame) for name, frame in drawn.items()}
    frame = sheet.map_frame(release.product.bounds)
    countries = sheet.draw_ground(frame)
    looks = _draw_layers(sheet, frame, spec, shown)
    sheet.graticule(frame)
    covered = sheet.scale_bar(frame)
    names = [
        name
        for layer in spec.labels
        if layer in shown and layer in spec.layers
        for name in drawing.names_of(
            frame.axes, layer, shown[layer], frame.crs, scale=frame.scale, pixels_per_mm=DPI / MM_PER_INCH
        )
    ]
    drawing.place_names(frame.axes, [*names, *countries], covered, fonts=fonts(), pixels_per_pt=DPI / 72)
    sheet.head(spec.title)
    sheet.foot([name for name in spec.layers if name in shown], spec.stages)
    _column(sheet, frame, spec, shown, looks)
    return sheet


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
    left = sheet.width - MARGIN_MM - sheet.side_mm
    top = sheet.height - MARGIN_MM - 14.4 * sheet.enlarged
    heading, rows = _NUMBERS[spec.name](sheet.release, shown)
    top = _table(sheet, left, top, heading, rows) if rows else top
    top = sheet.legend(looks, top=top - 1)
    sheet.inset(frame, top=top - 1)


Rows = list[tuple[str, str, str]]


def _table(sheet: Sheet, left: float, top: float, heading: str, rows: Rows) -> float:
    """A small table of three columns, numbers to the right."""
    top = sheet.paragraph(left, top, heading, sheet.side_mm, size=7.2, fontweight="bold")
    top -= 0.8
    for label, value, bounds in rows:
        lines = sheet.wrap(label, sheet.side_mm * 0.46, size=6.4)[:2]
        for at, line in enumerate(lines):
            top -= sheet.line_mm(6.4)
            sheet.text(left, top + 0.7, line, size=6.4)
            if not at:
                sheet.text(
                    left + sheet.side_mm * 0.68, top + 0.7, value, size=6.8, ha="right", fontweight="bold"
                )
                sheet.text(
                    left + sheet.side_mm, top + 0.7, bounds, size=5.6, ha="right", color=sheet.look.text_soft
                )
    return top - 1.5


def _number(value: Any) -> str:
    return "–" if value is None or pd.isna(value) else f"{float(value):,.0f}"


def _bounds(low: Any, high: Any) -> str:
    if pd.isna(low) and pd.isna(high):
        return ""
    return f"{_number(low)} – {_number(high)}"


def _headline(release: Release, _shown: object) -> tuple[str, Rows]:
    """The largest figure of each leading kind, with its publisher."""
    figures = release.layers.get("figures")
    if figures is None or figures.empty:
        return "", []
    words = {
        "flow": "left",
        "cumulative": "left in all",
        "forecast": "may follow",
        "population_at_risk": "at risk",
    }
    rows: Rows = []
    people = figures[figures["unit"].isin(["persons", "people"]) & figures["kind"].isin(list(words))]
    for kind, group in people.groupby("kind", sort=False):
        best = group.assign(size=group["value"].fillna(group["high"])).sort_values(
            ["size", "figure_id"], ascending=[False, True]
        )
        row = best.iloc[0]
        qualifier = f"{str(row['qualifier']).replace('_', ' ')} " if pd.notna(row["qualifier"]) else ""
        source = row["source_org"] if pd.notna(row["source_org"]) else row["publisher"]
        rows.append(
            (f"People who {words[str(kind)]}", f"{qualifier}{_number(row['size'])}", str(source)[:28])
        )
    order = list(words.values())
    return "In the reports", sorted(rows, key=lambda row: order.index(row[0].removeprefix("People who ")))


def _by_band(release: Release, _shown: object) -> tuple[str, Rows]:
    bands = release.layers["border_bands"].sort_values("from_m")
    rows: Rows = []
    for row in bands.itertuples(index=False):
        if pd.isna(row.to_m):
            label = f"farther than {row.from_m / 1000:g} km"
        elif row.to_m <= 0:
            label = "beyond the border"
        else:
            label = f"{row.from_m / 1000:g}–{row.to_m / 1000:g} km"
        sites = "" if pd.isna(row.sites) else f", {row.sites:.0f} sites"
        rows.append((f"{label}{sites}", _number(row.people_mid), _bounds(row.people_low, row.people_high)))
    known = bands["people_mid"].dropna()
    if len(known):
        hidden = " of those shown" if bands["people_mid"].isna().any() else ""
        rows.append((f"Total{hidden}", _number(known.sum()), ""))
    return "People in camps (low – high)", rows


def _by_crowding(_release: Release, shown: dict[str, gpd.GeoDataFrame]) -> tuple[str, Rows]:
    camps = shown.get("camps")
    if camps is None or camps.empty or "crowding" not in camps:
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
    flows = release.layers["flows"]
    sums = flows.groupby("to_name", sort=True)[["people_low", "people_mid", "people_high"]].sum()
    top = sums.sort_values("people_mid", ascending=False).head(8)
    rows = [
        (str(name), _number(row.people_mid), _bounds(row.people_low, row.people_high))
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


def _ledger(release: Release, size: Size) -> Sheet:
    """Each series of figures as bars from the start to the end of its period, at the height of its value."""
    sheet = Sheet(release, size)
    rows = release.layers["ledger"]
    known = rows[rows["value"].notna() & (rows["period_end"].notna() | rows["period_start"].notna())]
    people = known[known["unit"].isin(["persons", "people"])]
    left, bottom = MARGIN_MM + 14, sheet.foot_mm + 14
    width = sheet.width - left - MARGIN_MM - sheet.side_mm - 4
    height = sheet.height - bottom - MARGIN_MM - 20 * sheet.enlarged
    axes = sheet.figure.add_axes(sheet.rect(left, bottom, width, height))
    keys = list(dict.fromkeys(people["series"].astype(str)))
    for at, key in enumerate(keys):
        _draw_series(
            axes, people[people["series"] == key], _SERIES[at % len(_SERIES)], dashed=at >= len(_SERIES)
        )
    _finish_axes(sheet, axes)
    _name_values(sheet, axes, people, keys)
    sheet.head("Ledger: the figures of the reports as series")
    sheet.foot(["figures", "ledger"], ("reports", "ledger"))
    _ledger_column(sheet, keys)
    return sheet


def _draw_series(axes: Any, rows: pd.DataFrame, colour: str, *, dashed: bool) -> None:
    ordered = rows.sort_values(["period_end", "value"])
    for row in ordered.itertuples(index=False):
        start, end = _ends(row)
        line = ":" if dashed else "-"
        axes.plot(
            [start, end],
            [row.value, row.value],
            color=colour,
            linewidth=1.6,
            linestyle=line,
            solid_capstyle="butt",
            alpha=0.55,
        )
        low, high = row.low, row.high
        if pd.notna(low) and pd.notna(high) and high > low:
            axes.plot([end, end], [low, high], color=colour, linewidth=1.0)
    ends = [_ends(row)[1] for row in ordered.itertuples(index=False)]
    filled = [bool(value) for value in ordered["in_total"].fillna(False)]
    if len(ordered) > 1 and ordered["kind"].eq("cumulative").all():
        axes.plot(ends, ordered["value"], color=colour, linewidth=0.7)
    for taken in (True, False):
        chosen = [at for at, one in enumerate(filled) if one is taken]
        axes.scatter(
            [ends[at] for at in chosen],
            [ordered["value"].iloc[at] for at in chosen],
            s=22,
            facecolors=colour if taken else "white",
            edgecolors=colour,
            linewidths=1.1,
            zorder=5,
        )


def _ends(row: Any) -> tuple[dt.date, dt.date]:
    start = row.period_start if pd.notna(row.period_start) else row.period_end
    end = row.period_end if pd.notna(row.period_end) else row.period_start
    return dt.date.fromisoformat(start), dt.date.fromisoformat(end)


def _finish_axes(sheet: Sheet, axes: Any) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_minor_formatter(lambda *_: "")
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(lambda value, _: _short_day(mdates.num2date(value)))
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.margins(x=0.09, y=0.12)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set(fontfamily=list(fonts().latin), fontsize=6.4 * sheet.enlarged)
    axes.set_ylabel("people (logarithmic scale)", fontfamily=list(fonts().latin), fontsize=7 * sheet.enlarged)


def _short_day(moment: dt.datetime) -> str:
    """A date in English whatever the locale."""
    return " ".join([str(moment.day), ground.day(moment.date().isoformat()).split()[1][:3], str(moment.year)])


def _name_values(sheet: Sheet, axes: Any, people: pd.DataFrame, keys: Sequence[str]) -> None:
    """Write each value at its point, where no other stands already."""
    names = []
    for row in people.itertuples(index=False):
        x, y = axes.transData.transform((mdates.date2num(_ends(row)[1]), row.value))
        colour = _SERIES[keys.index(str(row.series)) % len(_SERIES)]
        names.append(
            drawing.Name(
                x,
                y,
                1.2 * DPI / MM_PER_INCH,
                (_number(row.value),),
                6.6 * sheet.enlarged,
                colour,
                "#ffffff",
                False,
                False,
                (0.0, float(row.value)),
            )
        )
    drawing.place_names(axes, names, [], fonts=fonts(), pixels_per_pt=DPI / 72)


def _ledger_column(sheet: Sheet, keys: Sequence[str]) -> None:
    left = sheet.width - MARGIN_MM - sheet.side_mm
    top = sheet.height - MARGIN_MM - 14.4 * sheet.enlarged
    top = sheet.paragraph(
        left, top, "Series (organisation | kind | counted from)", sheet.side_mm, size=7.2, fontweight="bold"
    )
    for at, key in enumerate(keys[:16]):
        for number, line in enumerate(sheet.wrap(key, sheet.side_mm - 6, size=6.4)[:3]):
            top -= sheet.line_mm(6.4)
            if not number:
                sheet.text(left, top + 0.6, "●", size=6.4, color=_SERIES[at % len(_SERIES)])
            sheet.text(left + 4, top + 0.6, line, size=6.4)
        top -= 0.6
    if len(keys) > 16:
        top = sheet.paragraph(left, top, f"and {len(keys) - 16} more", sheet.side_mm)
    top = sheet.paragraph(
        left,
        top - 2,
        "A bar spans the period that a figure counts; a full dot is in the total, an open one is not.",
        sheet.side_mm,
        color=sheet.look.text_soft,
    )
    checks = sheet.release.layers.get("checks")
    if checks is None:
        return
    found = checks[checks["status"].isin(["warning", "contradiction"])]
    found = found[found["stage"].fillna("").str.contains("ledger")]
    if len(found):
        top = sheet.paragraph(
            left, top - 3, "What the ledger found", sheet.side_mm, size=7.2, fontweight="bold"
        )
    for message in found["message"].dropna().head(12):
        if top < sheet.foot_mm + 14:
            break
        top = sheet.paragraph(left, top - 1, f"• {message}", sheet.side_mm)
