"""What the commands share: options, errors as one line, and JSON that another program can read."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import pandas as pd

from idlibgeo.errors import IdlibgeoError, InputError

Command = TypeVar("Command", bound=Callable[..., Any])


class Commands(click.Group):
    """A group whose commands end an `IdlibgeoError` as one line on stderr, with exit code 1."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(context)
        except IdlibgeoError as error:
            message = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
            if "--json" in sys.argv or context.meta.get("idlibgeo.json"):
                message = json.dumps(
                    {"error": {"type": type(error).__name__, "message": message}}, ensure_ascii=False
                )
            else:
                message = f"idlibgeo: {message}"
            click.echo(message, err=True)
            context.exit(1)


def _remember(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    # The error handler stands outside the command and has to know in which form it is to speak.
    context.find_root().meta["idlibgeo.json"] = value
    return value


json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_remember, help="Print one JSON document."
)
gazetteer_option = click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A table of places in place of the bundled one; given twice, they stack.",
)


def plain(value: Any) -> Any:
    """Bring a value to what JSON knows: ISO dates, null for what is missing, lists for tuples."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_json(document: Any) -> None:
    """Print one document."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, indent=2))


def print_table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Print a table as wide as the terminal."""
    from rich.console import Console  # noqa: PLC0415  (only where a table is printed)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, not markup: a name in brackets is a name, not a style.
        table.add_row(*(Text("" if plain(cell) is None else str(plain(cell))) for cell in row))
    Console().print(table)


def lon_lat(text: str, *, option: str) -> tuple[float, float]:
    """Read ``LON,LAT``.

    >>> lon_lat("36.68,35.65", option="--near")
    (36.68, 35.65)
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"{option}: given {text!r}, expected LON,LAT in degrees such as 36.68,35.65."
        ) from None
    if abs(lon) > 180 or abs(lat) > 90:
        raise InputError(f"{option}: given {text!r}, expected LON,LAT in degrees; lon comes first.")
    return lon, lat
