"""What the commands share: options, errors as one line, and JSON that another program can read."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import pandas as pd

from idlibgeo.errors import FileError, IdlibgeoError, InputError

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
    help="Places in place of the bundled ones: CSV, XLSX, GeoPackage, a GeoNames dump (SY.txt, SY.zip) or an OSM file;"
    " given twice, they stack; the word 'bundled' stands for the bundled ones.",
)


def _mapping(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> dict[str, str] | None:
    """Read ``name=Town,lon=X,lat=Y``."""
    if value is None:
        return None
    pairs = [part.partition("=") for part in value.split(",")]
    if not all(ours.strip() and theirs.strip() for ours, _, theirs in pairs):
        raise InputError(
            f"--columns: given {value!r}, expected our column, = and the table's, with commas between. Nothing was"
            " read. Write it as name=Town,lon=X,lat=Y."
        )
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


columns_option = click.option(
    "--columns",
    callback=_mapping,
    metavar="OURS=THEIRS,…",
    help="Which column is which in a table of another layout: name=Town,lon=X,lat=Y.",
)
boundaries_option = click.option(
    "--boundaries",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Administrative boundaries with P-codes (COD-AB): parents of places that name none.",
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


# From here on the sentence has room beside the figure.
WIDE = 100
_FIGURE = (("value", 18), ("what", 11), ("period", 12), ("from → to", 18), ("source", 12))


def _bounded(figure: dict[str, Any]) -> str:
    """The value, and where it is not exact its bounds.

    >>> _bounded({"value": 31000, "low": 31000, "high": None})
    '≥ 31,000'
    >>> _bounded({"value": 70, "low": 60, "high": 80}), _bounded({"value": 5, "low": 5, "high": 5})
    ('70 (60–80)', '5')
    """
    value, low, high = (
        "?" if plain(figure[name]) is None else f"{figure[name]:,.0f}" for name in ("value", "low", "high")
    )
    if (value, high) == (low, "?"):
        return f"≥ {value}"
    return value if value == low == high else f"{value} ({low}–{high})"


def _in_lines(bounded: str, width: int) -> str:
    r"""Put bounds under their value, and where they are long each on a line of its own: no number is cut.

    >>> _in_lines("70 (60–80)", 18), _in_lines("? (2,000,000–9,999,999)", 18)
    ('70 (60–80)', '?\n(2,000,000–\n9,999,999)')
    """
    if len(bounded) <= width:
        return bounded
    lines = bounded.replace(" (", "\n(").split("\n")
    return "\n".join(line if len(line) <= width else line.replace("–", "–\n") for line in lines)


def _figure_cells(figure: dict[str, Any]) -> list[str]:
    period = [figure["period_start"], figure["period_end"]]
    days = list(dict.fromkeys(str(plain(day)) for day in period if plain(day) is not None))
    ways = [", ".join(figure[end]) for end in ("origin", "destination")]
    return [
        _in_lines(_bounded(figure), _FIGURE[0][1]),
        "\n".join(str(figure[name]) for name in ("unit", "kind", "modality") if figure[name]),
        " –\n".join(days),
        f"{ways[0] or '…'} → {ways[1] or '…'}" if any(ways) else "",
        figure["source_org"] or "",
    ]


def print_figures(title: str, figures: list[dict[str, Any]]) -> None:
    """Print figures with their sentences: beside them on a wide terminal, below them on a narrow one."""
    from rich.console import Console, Group, RenderableType  # noqa: PLC0415  (only where a table is printed)
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    wide = console.width >= WIDE
    parts: list[RenderableType] = [Text(title, style="italic")]

    def row(cells: list[str], sentence: str, style: str = "") -> None:
        table = Table.grid(padding=(0, 1, 0, 0))
        for _, width in _FIGURE:
            table.add_column(width=width, overflow="fold")
        if wide:
            table.add_column(width=console.width - sum(width + 1 for _, width in _FIGURE), overflow="fold")
        table.add_row(*(Text(cell, style) for cell in [*cells, *([sentence] if wide else [])]))
        parts.append(table)
        if not wide and sentence:
            parts.append(Padding(Text(sentence), (0, 0, 1, 2)))
        elif sentence:
            parts.append(Text(""))

    row([name for name, _ in _FIGURE], "sentence" if wide else "", "bold")
    for figure in figures:
        row(_figure_cells(figure), figure["sentence"])
    console.print(Group(*parts))


def _check_writable(folder: Path, given: Path) -> None:
    try:
        # Asked by doing it: permissions alone do not tell of read-only file systems.
        with tempfile.TemporaryDirectory(prefix=".idlibgeo-", dir=folder):
            pass
    except OSError as error:
        raise FileError(
            f"-o: given {str(given)!r}, expected a place that can be written to; nothing can be made in"
            f" {str(folder)!r} ({error.strerror or error}). Nothing was computed. Name another place."
        ) from None


def _check_parent(path: Path) -> Path:
    parent = path.absolute().parent
    if not parent.is_dir():
        what = "is a file" if parent.exists() else "does not exist"
        raise FileError(
            f"-o: given {str(path)!r}, expected a path in a folder that exists; {str(parent)!r} {what}. Nothing was"
            " computed. Make the folder first, or correct the path."
        )
    return parent


def check_output_file(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed for it."""
    parent = _check_parent(path)
    if path.is_dir():
        raise FileError(
            f"-o: given the folder {str(path)!r}, expected the name of a file. Nothing was computed. Add a name:"
            f" {path / 'density.tif'}."
        )
    _check_writable(parent, path)


def check_output_folder(path: Path) -> None:
    """Refuse a folder that can neither be made nor written to, before anything is computed for it.

    Folders above it are made when the bundle is; the nearest that exists has to let us.
    """
    nearest = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise FileError(
            f"-o: given {str(path)!r}, expected a folder; {str(nearest)!r} is a file. Nothing was computed. Name"
            " another folder."
        )
    _check_writable(nearest, path)


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
