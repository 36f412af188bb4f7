"""`idlibgeo check`, `new`, `layers`, `doctor`, `fetch`: about scenarios, the schema and the machine."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata, resources
from pathlib import Path

import click

from idlibgeo import downloads, pipeline, schema
from idlibgeo._version import __version__
from idlibgeo.cli.shared import json_option, print_json, print_table
from idlibgeo.errors import FileError, InputError
from idlibgeo.geo import check_bounds
from idlibgeo.pipeline.area import OVERPASS_URL, download_network
from idlibgeo.scenario import Scenario, parse_setting


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a key of the scenario.")
@json_option
def check(scenario: Path, settings: tuple[str, ...], as_json: bool) -> None:
    """Validate everything in SCENARIO in a second, and run nothing."""
    chosen = Scenario.load(scenario, dict(parse_setting(text) for text in settings))
    found = pipeline.check(chosen)
    if as_json:
        print_json({"scenario": chosen.scenario.id, "files": found})
        return
    print_table(
        f"{chosen.scenario.id}: ready to run",
        ["key", "file", "what it holds"],
        [[f["key"], f["file"], f["holds"]] for f in found],
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write a commented scenario into FILE to start from."""
    if file.exists():
        raise FileError(
            f"new: {file} exists already, expected a name that is free. Nothing was written. Choose another name."
        )
    template = resources.files("idlibgeo").joinpath("cli/scenario_template.toml").read_text(encoding="utf-8")
    try:
        file.write_text(template, encoding="utf-8")
    except OSError as error:
        raise FileError(
            f"new: {file} could not be written: {error.strerror}. Choose a folder that you may write to."
        ) from None
    click.echo(f"{file}: written. Change what is marked, then: idlibgeo check {file}")


@click.command()
@json_option
def layers(as_json: bool) -> None:
    """Print the schema: each layer, and each column with type and unit."""
    if as_json:
        print_json(
            [
                {**spec.__dict__, "columns": [c.__dict__ for c in spec.columns]}
                for spec in schema.layers().values()
            ]
        )
        return
    click.echo(schema.as_markdown())


LIBRARIES = (
    "geopandas",
    "shapely",
    "pyogrio",
    "rasterio",
    "pyproj",
    "numpy",
    "scipy",
    "numba",
    "folium",
    "matplotlib",
    "osmnx",
    "osmium",
    "h3ronpy",
    "timezonefinder",
    "timezonefinder-data",
    "tzdata",
    "pandas",
)


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what this installation has: versions, and the programs that open the products."""
    versions = {name: metadata.version(name) for name in LIBRARIES}
    programs = {
        name: shutil.which(name) or "not found (not needed to make a bundle)"
        for name in ("qgis", "chromium", "ogrinfo")
    }
    facts = {"idlibgeo": __version__, "python": platform.python_version(), **versions, **programs}
    if as_json:
        print_json(facts)
        return
    print_table(
        "This installation", ["what", "version or place"], [[name, value] for name, value in facts.items()]
    )


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listing", is_flag=True, help="Print what can be fetched.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Where to put it: a folder; for `area` a .gpkg too.  [default: data/raw, or where the scenario looks]",
)
@click.option(
    "--scenario", type=click.Path(path_type=Path), help="Fetch what this scenario names and is not here."
)
@click.option("--update", is_flag=True, help="Replace a file that is here by a newer one.")
@click.option("--bounds", metavar="W,S,E,N", help="The box of `fetch area`, in degrees.")
@click.option(
    "--overpass", metavar="URL", default=OVERPASS_URL, show_default=True, help="The server of `fetch area`."
)
@json_option
def fetch(
    names: tuple[str, ...],
    listing: bool,
    output: Path | None,
    scenario: Path | None,
    update: bool,
    bounds: str | None,
    overpass: str,
    as_json: bool,
) -> None:
    """Download OpenStreetMap extracts by NAME, verified against their checksum.

    A download that broke off goes on where it stopped. The NAME `area`, with --bounds, brings the roads of a
    small box as a network; the server learns which box.
    """
    if listing or not (names or scenario):
        _list_extracts(as_json)
        return
    if ("area" in names) != (bounds is not None):
        raise InputError(
            "fetch: `area` and --bounds go together: idlibgeo fetch area --bounds 36.6,35.6,36.8,35.8. Nothing was"
            " downloaded."
        )
    wanted = [(name, output or Path("data/raw")) for name in names]
    if scenario:
        told = Scenario.load(scenario)
        wanted += _needed_by(told, output)
        # The roads of a small area are those in the bounds of the scenario.
        bounds = bounds or ",".join(f"{side:g}" for side in told.bounds)
        if not wanted and not as_json:
            click.echo(f"{scenario}: nothing to fetch; all its files are here.")
    paths = [
        _fetch_area(bounds, folder, overpass)
        if name == "area" and bounds
        else _fetch_extract(name, folder, update=update, quiet=as_json)
        for name, folder in wanted
    ]
    if as_json:
        print_json([str(path) for path in paths])


def _list_extracts(as_json: bool) -> None:
    known = downloads.catalogue()
    if as_json:
        print_json([entry.__dict__ for entry in known.values()])
        return
    rows = [[e.name, e.title, e.licence, e.url] for e in known.values()]
    print_table("What can be fetched", ["name", "what", "licence", "from"], rows)


def _needed_by(scenario: Scenario, output: Path | None) -> list[tuple[str, Path]]:
    """What a scenario reads its roads from, if it is not where the scenario looks for it."""
    roads = scenario.roads
    if roads.fetch == "area":
        try:
            scenario.path(roads.network, key="roads.network")
        except FileError:
            folder = output or scenario.folder / scenario.scenario.data
            return [("area", folder if folder.suffix else folder / roads.network)]
        return []
    file = Path(roads.osm)
    name = roads.fetch or file.name.removesuffix(".osm.pbf")
    if name not in downloads.catalogue():
        return []
    try:
        scenario.path(roads.osm or f"{name}.osm.pbf", key="roads.osm")
    except FileError:
        return [(name, output or scenario.folder / scenario.scenario.data / file.parent)]
    return []


def _fetch_extract(name: str, folder: Path, *, update: bool, quiet: bool) -> Path:
    from rich.console import Console  # noqa: PLC0415 - only where something is downloaded
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn  # noqa: PLC0415

    terminal = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(
        *columns, console=terminal, transient=True, disable=quiet or not terminal.is_terminal
    ) as bar:
        task = bar.add_task(name, total=None)
        path = downloads.fetch(
            name,
            folder,
            update=update,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if not quiet:
        click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, checksum verified")
    return path


def _fetch_area(bounds: str, output: Path, overpass: str) -> Path:
    box = check_bounds(bounds.split(","), name="--bounds")
    name = "area_" + "_".join(f"{side:g}" for side in box) + ".gpkg"
    target = output if output.suffix else output / name
    counts = download_network(box, target, overpass_url=overpass).counts
    click.echo(f"{target}: {', '.join(f'{count:,} {what}' for what, count in counts.items())}", err=True)
    return target
