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
from idlibgeo.errors import FileError
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
    default=Path("data/raw"),
    show_default=True,
    help="Where to put it.",
)
@click.option(
    "--scenario", type=click.Path(path_type=Path), help="Fetch what this scenario names and is not here."
)
@json_option
def fetch(names: tuple[str, ...], listing: bool, output: Path, scenario: Path | None, as_json: bool) -> None:
    """Download OpenStreetMap extracts by NAME, verified against their checksum."""
    known = downloads.catalogue()
    if listing or not (names or scenario):
        if as_json:
            print_json([entry.__dict__ for entry in known.values()])
        else:
            rows = [[e.name, e.title, e.licence, e.url] for e in known.values()]
            print_table("What can be fetched", ["name", "what", "licence", "from"], rows)
        return
    wanted = list(names)
    if scenario:
        wanted += downloads.needed_by(Scenario.load(scenario))
        if not wanted:
            click.echo(f"{scenario}: nothing to fetch; all its files are here.")
    paths = [downloads.fetch(name, output) for name in wanted]
    if as_json:
        print_json([str(path) for path in paths])
    else:
        for path in paths:
            click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, checksum verified")
