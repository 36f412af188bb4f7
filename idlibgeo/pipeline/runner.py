"""Run a scenario: the stages in order, the gate, and the bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from idlibgeo import privacy, sources
from idlibgeo.errors import UnknownNameError, nearest_name
from idlibgeo.geo import Raster
from idlibgeo.pipeline.product import product_of
from idlibgeo.pipeline.stages import STAGES
from idlibgeo.pipeline.state import State
from idlibgeo.privacy import Release
from idlibgeo.reports import Report
from idlibgeo.scenario import Scenario

Progress = Callable[[str, int, int], None]

# Printed maps that can be made alone, and the last stage that each one needs.
MAPS = {"routes": "routes", "bands": "camps", "density": "camps"}


@dataclass(frozen=True)
class Result:
    """What a run made.

    Attributes
    ----------
    layers, rasters
        Everything, before the gate: for analysis on this machine only.
    reports
        The reports as read, with their texts.
    release
        What the audience may see.
    folder
        Where the bundle is; None if nothing was written.
    """

    layers: Mapping[str, pd.DataFrame]
    rasters: Mapping[str, Raster]
    reports: tuple[Report, ...]
    release: Release
    folder: Path | None = None


def run(
    scenario: Scenario | str | Path | None = None,
    *,
    output: str | Path | None = None,
    audience: str = "public",
    until: str | None = None,
    only: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a scenario and, if `output` is given, write its bundle.

    Parameters
    ----------
    scenario
        A `Scenario`, a path of one, or None for the bundled sample.
    output
        The folder in which the bundle's folder, named after the scenario, is made. It appears when it is
        complete; an earlier bundle stays whole until then.
    audience
        ``public``, ``partner`` or ``internal``.
    until
        The last stage to run, one of `STAGES`; the bundle then holds what there is.
    only
        One printed map, one of `MAPS`, in place of the bundle.
    progress
        Called with the stage's name, its position and the number of stages.

    Raises
    ------
    IdlibgeoError
        If an input cannot be used; nothing is left behind then.

    Examples
    --------
    >>> result = run(until="ledger")
    >>> int(result.layers["figures"]["value"].max()) > 1_000_000
    True
    """
    chosen = (
        scenario
        if isinstance(scenario, Scenario)
        else Scenario.sample()
        if scenario is None
        else Scenario.load(scenario)
    )
    who = privacy.check_audience(audience)
    last = until or (MAPS[_known(only, MAPS, "map")] if only else "flows")
    names = list(STAGES)[: list(STAGES).index(_known(last, STAGES, "stage")) + 1]
    steps = len(names) + (output is not None)
    target = Path(output) / chosen.scenario.id if output is not None else None
    if target is not None:
        # Imported here: who asks for layers alone need not wait for the writers, matplotlib above all.
        from idlibgeo.export.bundle import check_folder, write_bundle  # noqa: PLC0415

        check_folder(target)
    state = State(scenario=chosen, audience=who)
    for position, name in enumerate(names, start=1):
        if progress:
            progress(name, position, steps)
        state = STAGES[name](state)
    state = _with_tables(state)
    released = privacy.release(
        state.layers, product=product_of(state), audience=state.audience, rasters=state.rasters
    )
    if target is not None:
        if progress:
            progress("write", steps, steps)
        sizes: tuple[Literal["a4", "a3"], ...] = ("a4",) if only else ("a4", "a3")
        write_bundle(released, target, only=[only] if only else None, sizes=sizes)
    return Result(state.layers, state.rasters, state.reports, released, target)


def _scenario(given: Scenario | str | Path | None) -> Scenario:
    if given is None:
        return Scenario.sample()
    return given if isinstance(given, Scenario) else Scenario.load(given)


def _known(name: str, known: Mapping[str, object], what: str) -> str:
    if name not in known:
        raise UnknownNameError(f"There is no {what} {name!r}. {nearest_name(name, known)}")
    return name


def _with_tables(state: State) -> State:
    """Put the tables that speak of all stages beside the layers."""
    checks, left_out = pd.DataFrame([*state.checks]), pd.DataFrame([*state.left_out])
    return state.with_layers(
        checks=checks.assign(check_id=[f"c{number:03d}" for number in range(1, len(checks) + 1)]),
        withheld=left_out.assign(withheld_id=[f"l{number:03d}" for number in range(1, len(left_out) + 1)]),
    )


# The columns that a table named in a scenario has to have.
COLUMNS = {
    "gazetteer.files": ("name", "lon", "lat"),
    "border.crossings": ("crossing_id", "name", "type", "lon", "lat"),
    "roads.table": ("road_id", "name", "highway"),
    "roads.waypoints": ("road_id", "seq", "lon", "lat"),
    "roads.closures": ("closure_id", "date_from", "date_to"),
    "camps.file": ("camp_id", "name", "level", "people_mid", "date", "lon", "lat"),
    "sources.file": ("source_id", "name", "licence"),
}


def check(scenario: Scenario) -> list[dict[str, str]]:
    """Validate everything that a scenario names, and run nothing.

    Returns
    -------
    list of dict
        Per file its ``key``, its ``file`` name and what it ``holds``.

    Raises
    ------
    FileError, InputError
        If a file is missing, is no table, or lacks a column.
    """
    found = []
    for key, path, _ in scenario.files():
        if key in COLUMNS and path.suffix.lower() in {".csv", ".xlsx"}:
            table = sources.read_table(path, required=COLUMNS[key] if key != "gazetteer.files" else ())
            holds = f"{len(table)} rows"
        else:
            holds = f"{path.stat().st_size / 1e6:.2f} MB"
            if key == "reports.files":
                sources.read_document(path)
        found.append({"key": key, "file": path.name, "holds": holds})
    return found
