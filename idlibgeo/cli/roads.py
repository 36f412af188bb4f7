"""`idlibgeo network` and `route`: from an OSM file to the ways people can take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from idlibgeo import pipeline
from idlibgeo.cli.shared import gazetteer_option, json_option, plain, print_json, print_table
from idlibgeo.errors import InputError
from idlibgeo.geo import Bounds, check_bounds

PARTS_SHOWN = 5


def _bounds(text: str | None) -> Bounds | None:
    return None if text is None else check_bounds(text.split(","), name="--bounds")


@click.command()
@click.argument("osmfile", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The GeoPackage to write."
)
@click.option("--bounds", metavar="W,S,E,N", help="Only this box, in degrees.")
@json_option
def network(osmfile: Path, output: Path, bounds: str | None, as_json: bool) -> None:
    """Build the road network of OSMFILE and write it with the layers `nodes` and `edges`.

    OSMFILE is .osm.pbf, .osm or .osm.gz; a scenario (.toml) or its table of schematic roads (.csv) is taken too.
    """
    roads = pipeline.load_network(osmfile, bounds=_bounds(bounds))
    roads.write(output)
    parts = roads.parts().head(PARTS_SHOWN)
    if as_json:
        print_json({"file": str(output), "counts": dict(roads.counts), "parts": parts.to_dict("records")})
        return
    print_table(str(output), ["what", "count"], [[name, count] for name, count in roads.counts.items()])
    rows = [[p["name"], p["stretches"], f"{p['length_m'] / 1000:.1f} km"] for p in parts.to_dict("records")]
    print_table("Connected parts, the largest", ["part", "stretches", "length"], rows)


@click.command()
@click.option(
    "--network",
    "network_file",
    required=True,
    type=click.Path(path_type=Path),
    help="A network written by `idlibgeo network`, an OSM file, or a scenario with its roads.",
)
@click.option("--from", "origin", required=True, metavar="PLACE|LON,LAT")
@click.option("--to", "destination", required=True, metavar="PLACE|LON,LAT|border")
@click.option(
    "--border",
    "border_name",
    default="SY-TR",
    show_default=True,
    metavar="FILE|XX-YY",
    help="The border, for --to border.",
)
@click.option("--mode", type=click.Choice(["vehicle", "foot", "mixed"]), default="vehicle", show_default=True)
@click.option(
    "--party",
    metavar="NAME",
    help="Who travels: vehicle, walker (rests after twelve hours), family (after eight), mixed (after ten).",
)
@click.option(
    "--alternatives",
    default=1,
    show_default=True,
    type=click.IntRange(1, 10),
    help="How many routes that really differ.",
)
@click.option(
    "--closures",
    type=click.Path(path_type=Path),
    help="A table or layer of closures; one with dates counts on --date alone.",
)
@click.option("--date", metavar="DATE", help="The day, for closures (ISO).")
@click.option("--dem", type=click.Path(path_type=Path), help="An elevation model, for those who walk.")
@gazetteer_option
@json_option
def route(
    network_file: Path,
    origin: str,
    destination: str,
    border_name: str,
    mode: str,
    party: str | None,
    alternatives: int,
    closures: Path | None,
    date: str | None,
    dem: Path | None,
    gazetteers: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Find routes from one place to another, or to the border."""
    if origin.strip().lower() == "border":
        raise InputError(
            "--from: given 'border', expected a place or LON,LAT, since only --to takes 'border'. Nothing was searched."
            " Turn the two round."
        )
    answer = pipeline.find_route(
        network_file,
        origin,
        destination,
        border_name=border_name,
        mode=mode,
        party=party,
        alternatives=alternatives,
        closures=closures,
        date=date,
        dem=dem,
        gazetteer=pipeline.load_gazetteer(*gazetteers),
    )
    if as_json:
        print_json(answer)
        return
    _show(f"{origin} → {destination}", answer)


def _show(title: str, answer: dict[str, Any]) -> None:
    rows = [
        [
            r["rank"],
            f"{r['length_m'] / 1000:.1f} km",
            _hours(r, "travel_time_s"),
            _hours(r, "elapsed_s"),
            f"{r['overlap']:.0%}",
            f"{r['snap_from_m']:.0f} m / {r['snap_to_m']:.0f} m",
        ]
        for r in answer["routes"]
    ]
    if rows:
        columns = ["rank", "length", "on the way", "with stops", "overlap", "off the road"]
        print_table(title, columns, rows)
    for row in answer["unreachable"]:
        click.echo(f"{row['status'].replace('_', ' ')}: {row['message']}")
    for note in dict.fromkeys([*answer["notes"], *(r["note"] for r in answer["routes"])]):
        if plain(note):
            click.echo(f"note: {note}")


def _hours(route: dict[str, Any], what: str) -> str:
    """Low to high, in minutes where it is under two hours."""
    low, high = route[f"{what}_low"], route[f"{what}_high"]
    return f"{low / 60:.0f}–{high / 60:.0f} min" if high < 7200 else f"{low / 3600:.1f}–{high / 3600:.1f} h"
