"""`idlibgeo distance` and `density`: how far from the border, and how many people where."""

from __future__ import annotations

from pathlib import Path

import click

from idlibgeo import camps, pipeline, privacy, sources
from idlibgeo.cli.shared import json_option, print_json, print_table
from idlibgeo.errors import InputError
from idlibgeo.export.raster import write_cog


def _distances(text: str | None) -> list[float] | None:
    """Read ``2,5,10`` in kilometres into metres."""
    if text is None:
        return None
    try:
        return [float(part) * 1000 for part in text.split(",")]
    except ValueError:
        raise InputError(f"--bands: given {text!r}, expected kilometres such as 2,5,10,20.") from None


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
@json_option
def distance(points: Path, border_name: str, bands: str | None, as_json: bool) -> None:
    """Measure the signed distance of each of POINTS to the border; negative is outside."""
    answer = pipeline.measure_distances(sources.read_points(points), border_name, bands_m=_distances(bands))
    if as_json:
        print_json(answer)
        return
    rows = [
        [p["id"], f"{p['distance_m'] / 1000:.1f} km" if p["distance_m"] is not None else "", p["status"]]
        for p in answer["points"]
    ]
    print_table(f"Distance to {answer['border']}", ["id", "distance", "status"], rows)
    if answer["bands"]:
        bands_rows = [
            [
                f"{b['from_m'] / 1000:g}–{b['to_m'] / 1000:g} km",
                b["sites"],
                b["people_low"],
                b["people_mid"],
                b["people_high"],
            ]
            for b in answer["bands"]
        ]
        print_table("Bands", ["distance", "sites", "low", "people", "high"], bands_rows)


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
def density(points: Path, people: str, output: Path, bandwidth_m: float, resolution_m: float) -> None:
    """Spread the people of POINTS into a density raster whose integral is their sum."""
    frame = sources.read_points(points, required=[people] if points.suffix == ".csv" else [])
    located = frame[frame.geometry.notna()]
    if len(located) < len(frame):
        lost = frame.loc[frame.geometry.isna(), people].sum()
        click.echo(
            f"left out: {len(frame) - len(located)} rows without a position, {lost:,.0f} people", err=True
        )
    raster = camps.kernel_density(located, people=people, bandwidth_m=bandwidth_m, resolution_m=resolution_m)
    write_cog(raster, output)
    total = float(raster.valid().sum() * raster.cell_area_m2 / 1e6)
    click.echo(f"{output}: {raster.array.shape[1]} × {raster.array.shape[0]} cells, {total:,.0f} people")
    floor_m = privacy.rules("public").density_bandwidth_floor_m
    if bandwidth_m < floor_m:
        click.echo(f"  not for publication: a bandwidth under {floor_m:g} m can give a site away", err=True)
