"""`idlibgeo run`: a scenario becomes a bundle."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from idlibgeo import pipeline
from idlibgeo.cli.shared import check_output_folder
from idlibgeo.scenario import Scenario, parse_setting, sample_folder
from idlibgeo.schema import AUDIENCES


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar with the stage's name on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda stage, position, total: click.echo(f"[{position}/{total}] {stage}", err=True)
        return
    from rich.console import Console  # noqa: PLC0415  (only on a terminal)
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:10}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("start", total=None)
        yield lambda stage, position, total: bar.update(
            task, description=stage, completed=position - 1, total=total
        )


@click.command()
@click.argument("scenario", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("build"),
    show_default=True,
    help="The folder that the bundle's folder is made in.",
)
@click.option(
    "--audience", default="public", show_default=True, help=f"Who it is for: {', '.join(AUDIENCES)}."
)
@click.option("--until", metavar="STAGE", help=f"Stop after a stage: {', '.join(pipeline.STAGES)}.")
@click.option("--only", metavar="MAP", help=f"Make one printed map alone: {', '.join(pipeline.MAPS)}.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key of the scenario, e.g. density.bandwidth_m=4000.",
)
def run(
    scenario: Path | None,
    output: Path,
    audience: str,
    until: str | None,
    only: str | None,
    settings: tuple[str, ...],
) -> None:
    """Render SCENARIO (default: the bundled sample) into a bundle of maps and tables."""
    chosen = Scenario.load(
        scenario or sample_folder() / "scenario.toml", dict(parse_setting(text) for text in settings)
    )
    check_output_folder(output)
    with progress() as report:
        result = pipeline.run(
            chosen, output=output, audience=audience, until=until, only=only, progress=report
        )
    files = [file for file in result.folder.rglob("*") if file.is_file()] if result.folder else []
    size_mb = sum(file.stat().st_size for file in files) / 1e6
    click.echo(f"{result.folder}: {len(files)} files, {size_mb:.1f} MB, for {audience} readers")
    for pattern in ("index.html", "METHOD.html", "*.qgs"):
        for file in result.folder.glob(pattern) if result.folder else ():
            click.echo(f"  open {file}")
    held = len(result.release.withheld)
    if held:
        click.echo(f"  {held} entries left out or withheld, each with its reason: the table `withheld`")
