"""The group of all commands."""

from __future__ import annotations

import click

from idlibgeo._version import __version__
from idlibgeo.cli.about import check, doctor, fetch, layers, new
from idlibgeo.cli.ground import density, distance
from idlibgeo.cli.reading import geocode, ledger, read
from idlibgeo.cli.roads import network, route
from idlibgeo.cli.run import run
from idlibgeo.cli.shared import Commands

GROUP_HELP = """Turn reports about displaced people into maps that others act on.

Every number on a map can be followed back to its sentence. Start with `idlibgeo run`: it renders the
bundled sample, with no download."""


@click.group(cls=Commands, help=GROUP_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="idlibgeo")
def commands() -> None:
    """Hold the commands together."""


for command in (
    run,
    check,
    read,
    ledger,
    geocode,
    network,
    route,
    distance,
    density,
    fetch,
    new,
    layers,
    doctor,
):
    commands.add_command(command)
