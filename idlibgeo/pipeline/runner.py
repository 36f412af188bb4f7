"""Run a scenario: the stages in order, the gate, and the bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from idlibgeo import privacy, sources
from idlibgeo.errors import InputError, PlaceNotFoundError, ScenarioError, UnknownNameError, nearest_name
from idlibgeo.gazetteer import Gazetteer
from idlibgeo.geo import Raster
from idlibgeo.pipeline.product import product_of
from idlibgeo.pipeline.questions import find_place, load_gazetteer
from idlibgeo.pipeline.stages import STAGES
from idlibgeo.pipeline.stages.reading import context_of
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
    """Validate everything that a scenario names, and run nothing but the border, which takes a second.

    Places that an OSM file brings are not looked at: reading it may take minutes.

    Returns
    -------
    list of dict
        Per file its ``key``, its ``file`` name and what it ``holds``.

    Raises
    ------
    FileError, InputError
        If a file is missing, is no table, or lacks a column; if the area is far from the places or the border, or
        routes are asked for to what the scenario does not hold.
    UnknownNameError, PlaceNotFoundError
        For countries and origins that nobody knows.
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
    _check_targets(scenario)
    gazetteer = _check_ground(scenario)
    if gazetteer is not None:
        given, exchanged = _places_in(scenario, gazetteer)
        # Around lon 36, lat 36 both ways hold places: which one is meant only a person knows.
        doubt = f"; {exchanged} with lon and lat exchanged: check the order" if exchanged > given else ""
        holds = f"{given} of {len(gazetteer)} places{doubt}"
        found.append({"key": "scenario.bounds", "file": "", "holds": holds})
    return found


def _places_in(scenario: Scenario, gazetteer: Gazetteer) -> tuple[int, int]:
    """How many places the area holds, and how many it would with lon and lat exchanged."""
    west, south, east, north = scenario.bounds
    lon, lat = gazetteer.table["lon"], gazetteer.table["lat"]
    given = lon.between(west, east) & lat.between(south, north)
    exchanged = lat.between(west, east) & lon.between(south, north)
    return int(given.sum()), int(exchanged.sum())


def _check_targets(scenario: Scenario) -> None:
    """Refuse targets of routes that are named and not there; those that stand there by default just bring none."""
    if "to" not in scenario.routes.model_fields_set:
        return
    needs = {
        "crossings": (bool(scenario.border.crossings), 'border.crossings = "crossings.csv"'),
        "camps": (scenario.camps is not None, 'a section [camps] with file = "camps.csv"'),
    }
    for target, (there, needed) in needs.items():
        if target in scenario.routes.to and not there:
            raise ScenarioError(
                f"routes.to: given {target!r}, expected {needed} beside it, which is missing. Nothing was run. Add it,"
                f" or take {target!r} out of routes.to."
            )


def _check_ground(scenario: Scenario) -> Gazetteer | None:
    """Hold the area against the places and the border, and look the origins up as a run would.

    Returns
    -------
    Gazetteer or None
        The places; None where the tables do not know them all, since an OSM file adds some.
    """
    state = replace(State(scenario=scenario), gazetteer=_tables_of_places(scenario))
    _check_places(scenario, state.gazetteer)
    state = STAGES["border"](state)
    # What the tables do not know may be in the OSM file.
    if state.gazetteer is None or scenario.gazetteer.from_osm:
        return None
    for name in scenario.routes.origins:
        try:
            find_place(name, state.gazetteer, context=context_of(state))
        except PlaceNotFoundError as error:
            raise PlaceNotFoundError(f"routes.origins: {error}") from None
    return state.gazetteer


def _tables_of_places(scenario: Scenario) -> Gazetteer | None:
    """The tables that the scenario names; None where all its places come from OSM."""
    paths = scenario.paths(scenario.gazetteer.files, key="gazetteer.files")
    if paths:
        section = scenario.gazetteer
        boundaries = scenario.paths(section.boundaries, key="gazetteer.boundaries")
        return load_gazetteer(*paths, columns=section.columns or None, boundaries=boundaries)
    if scenario.gazetteer.from_osm:
        return None
    raise InputError(
        "gazetteer: given neither files nor from_osm, expected at least one table of places. Nothing was run."
        ' Set [gazetteer] files = ["places.csv"] or from_osm = true.'
    )


def _check_places(scenario: Scenario, gazetteer: Gazetteer | None) -> None:
    """Refuse an area without a place, and say so if the places lie where lon and lat are exchanged."""
    if gazetteer is None or scenario.gazetteer.from_osm:
        return
    given, swapped = _places_in(scenario, gazetteer)
    if given:
        return
    west, south, east, north = scenario.bounds
    advice = (
        f"With lon and lat exchanged {swapped} places lie in it: write bounds = [{south:g}, {west:g}, {north:g},"
        f" {east:g}]."
        if swapped
        else "Check the area (west, south, east, north) and gazetteer.files."
    )
    raise ScenarioError(
        f"scenario.bounds: given {[west, south, east, north]}, expected an area with places of the gazetteer in it;"
        f" none of its {len(gazetteer)} lies there. Nothing was run. {advice}"
    )
