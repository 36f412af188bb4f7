"""The command line: thin commands over the library, one small file per subject."""

from __future__ import annotations

from collections.abc import Sequence

from idlibgeo.cli.main import commands

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the ``idlibgeo`` script."""
    commands.main(args=list(arguments) if arguments is not None else None, prog_name="idlibgeo")
