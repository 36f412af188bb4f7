"""`idlibgeo distance` and `density`: how far from the border, and how many people where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import numpy as np
import pandas as pd

from idlibgeo import camps, pipeline, privacy, sources
from idlibgeo.cli.shared import check_output_file, json_option, print_json, print_table
from idlibgeo.errors import InputError, nearest_name
from idlibgeo.export.raster import write_cog
from idlibgeo.pipeline.questions import one_date

date_option = click.option(
    "--date",
    metavar="DATE",
    help="Of a table with a column `date`, the rows of this date alone.  [default: the latest]",
)


def _distances(text: str | None) -> list[float] | None:
    """Read ``2,5,10`` in kilometres into metres."""
    if text is None:
        return None
    try:
        return [float(part) * 1000 for part in text.split(",")]
    except ValueError:
        raise InputError(f"--bands: given {text!r}, expected kilometres such as 2,5,10,20.") from None


def _say(notes: list[str]) -> None:
    for note in notes:
        click.echo(note, err=True)


@click.command()
@click.argument("points", type=click.Path(path_type=Path))
@click.option(
    "--border",
    "border_name",
    default="SY-TR",
    show_default=True,
    metavar="FILE|XX-YY",
    help="A file with the border line, or two country codes, the origin's first.",
)
@click.option("--bands", metavar="KM,KM,…", help="Count sites and people in bands up to these distances.")
@date_option
@json_option
def distance(points: Path, border_name: str, bands: str | None, date: str | None, as_json: bool) -> None:
    """Measure the signed distance of each of POINTS to the border; negative is outside."""
    answer = pipeline.measure_distances(
        sources.read_points(points), border_name, bands_m=_distances(bands), date=date
    )
    _say(answer["notes"])
    if as_json:
        print_json(answer)
        return
    rows = [[p["id"], _kilometres(p["distance_m"]), p["status"]] for p in answer["points"]]
    print_table(f"Distance to {answer['border']}", ["id", "distance", "status"], rows)
    if bands:
        _print_bands(answer)


def _kilometres(distance_m: float | None) -> str:
    return "" if distance_m is None or pd.isna(distance_m) else f"{distance_m / 1000:.1f} km"


def _whole(row: dict[str, Any], *names: str) -> list[str]:
    return [f"{row[name]:,.0f}" for name in names]


def _print_bands(answer: dict[str, Any]) -> None:
    """The bands in whole people and sites, and who is in none of them."""
    people = ("people_low", "people_mid", "people_high")
    rows = [
        [f"{band['from_m'] / 1000:g}–{band['to_m'] / 1000:g} km", *_whole(band, "sites", *people)]
        for band in answer["bands"]
    ]
    print_table("Bands", ["distance", "sites", "low", "people", "high"], rows)
    if answer["left_out"]:
        left = [[row["id"], *_whole(row, *people), row["reason"]] for row in answer["left_out"]]
        total = sum(row["people_mid"] for row in answer["left_out"])
        print_table(
            f"Left out of the bands: {total:,.0f} people", ["id", "low", "people", "high", "why"], left
        )


def _with_people(frame: gpd.GeoDataFrame, column: str, file: Path) -> gpd.GeoDataFrame:
    """The frame with its people as numbers.

    Raises
    ------
    InputError
        For a column that is not there, and a cell that is no number of people; it names the row.
    """
    if column not in frame:
        names = [str(name) for name in frame.columns if name != "geometry"]
        raise InputError(
            f"--people: given {column!r}, expected a column of {file}. Nothing was computed."
            f" {nearest_name(column, names)}"
        )
    numbers = pd.to_numeric(frame[column], errors="coerce").astype("float64")
    wrong = ~np.isfinite(numbers.to_numpy()) | (numbers.to_numpy() < 0)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        # The header is the first line of a table; other layers have none.
        line = int(frame.index[first]) + (2 if file.suffix.lower() in {".csv", ".xlsx", ".xls"} else 1)
        value = frame[column].iloc[first]
        given = "an empty cell" if pd.isna(value) else repr(value)
        raise InputError(
            f"--people {column}: given {given} in row {line} of {file}, expected a number of people, 0 or more"
            f" ({int(wrong.sum())} of {len(frame)} rows are like this). Nothing was computed. Name the column that"
            " holds the people, write numbers as 1200, or take these rows out."
        )
    return frame.assign(**{column: numbers})


@click.command()
@click.argument("points", type=click.Path(path_type=Path))
@click.option("--people", required=True, metavar="COLUMN", help="The column with the number of people.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The GeoTIFF to write.")
@click.option(
    "--bandwidth",
    "bandwidth_m",
    type=float,
    default=2000,
    show_default=True,
    help="Bandwidth of the kernel in metres.",
)
@click.option(
    "--resolution",
    "resolution_m",
    type=float,
    default=100,
    show_default=True,
    help="Side of a cell in metres.",
)
@date_option
def density(
    points: Path, people: str, output: Path, bandwidth_m: float, resolution_m: float, date: str | None
) -> None:
    """Spread the people of POINTS into a density raster whose integral is their sum."""
    check_output_file(output)
    dated, notes = one_date(sources.read_points(points), date)
    frame = _with_people(dated, people, points)
    _say(notes)
    located = frame[frame.geometry.notna()]
    if located.empty:
        raise InputError(
            f"density: given no row with a position in {points}, expected at least one. Nothing was written."
        )
    _say(_left_out(frame[frame.geometry.isna()], people))
    raster = camps.kernel_density(located, people=people, bandwidth_m=bandwidth_m, resolution_m=resolution_m)
    write_cog(raster, output)
    total = float(raster.valid().sum() * raster.cell_area_m2 / 1e6)
    click.echo(f"{output}: {raster.array.shape[1]} × {raster.array.shape[0]} cells, {total:,.0f} people")
    floor_m = privacy.rules("public").density_bandwidth_floor_m
    if bandwidth_m < floor_m:
        click.echo(f"  not for publication: a bandwidth under {floor_m:g} m can give a site away", err=True)


def _left_out(lost: gpd.GeoDataFrame, people: str) -> list[str]:
    """Say which rows have no position, each with its people."""
    if lost.empty:
        return []
    key = next((name for name in ("id", "camp_id", "place_id", "name") if name in lost), None)
    names = lost[key] if key else lost.index
    rows = "1 row" if len(lost) == 1 else f"{len(lost)} rows"
    return [
        f"left out: {rows} without a position, {lost[people].sum():,.0f} people",
        *(f"  {name}: {count:,.0f} people" for name, count in zip(names, lost[people], strict=True)),
    ]
