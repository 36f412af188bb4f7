"""`idlibgeo network` and `route`: from an OSM file to the ways people can take."""

from __future__ import annotations

from pathlib import Path

import click

from idlibgeo import osm, pipeline
from idlibgeo.cli.shared import gazetteer_option, json_option, print_json, print_table
from idlibgeo.errors import InputError
from idlibgeo.geo import Bounds, check_bounds
from idlibgeo.roads import RoadNetwork


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
    """Build the road network of OSMFILE and write it with the layers `nodes` and `edges`."""
    roads = RoadNetwork.from_osm(osm.read_osm(osmfile, bounds=_bounds(bounds)))
    roads.write(output)
    if as_json:
        print_json({"file": str(output), "counts": dict(roads.counts)})
        return
    print_table(str(output), ["what", "count"], [[name, count] for name, count in roads.counts.items()])


@click.command()
@click.option(
    "--network",
    "network_file",
    required=True,
    type=click.Path(path_type=Path),
    help="A network written by `idlibgeo network`, or an OSM file.",
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
@click.option("--mode", type=click.Choice(["vehicle", "foot"]), default="vehicle", show_default=True)
@click.option(
    "--alternatives",
    default=1,
    show_default=True,
    type=click.IntRange(1, 10),
    help="How many routes that really differ.",
)
@click.option("--closures", type=click.Path(path_type=Path), help="A table or layer of closures.")
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
    alternatives: int,
    closures: Path | None,
    date: str | None,
    dem: Path | None,
    gazetteers: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Find routes from one place to another, or to the border."""
    if origin.strip().lower() == "border":
        raise InputError("--from: given 'border', expected a place or LON,LAT. Only --to takes 'border'.")
    answer = pipeline.find_route(
        network_file,
        origin,
        destination,
        border_name=border_name,
        mode=mode,
        alternatives=alternatives,
        closures=closures,
        date=date,
        dem=dem,
        gazetteer=pipeline.load_gazetteer(*gazetteers),
    )
    if as_json:
        print_json(answer)
        return
    rows = [
        [
            r["rank"],
            f"{r['length_m'] / 1000:.1f} km",
            f"{r['travel_time_s_low'] / 3600:.1f}–{r['travel_time_s_high'] / 3600:.1f} h",
            None if r["overlap"] is None else f"{r['overlap']:.0%}",
            f"{r['snap_from_m']:.0f} m / {r['snap_to_m']:.0f} m",
        ]
        for r in answer["routes"]
    ]
    print_table(f"{origin} → {destination}", ["rank", "length", "time", "overlap", "off the road"], rows)
    for row in answer["unreachable"]:
        click.echo(f"unreachable: {row['message']}")
