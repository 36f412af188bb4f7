"""What the stages have made so far, as one value that each stage extends and none changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd

from idlibgeo import schema
from idlibgeo.border import Border
from idlibgeo.errors import InputError
from idlibgeo.gazetteer import Gazetteer
from idlibgeo.geo import Raster
from idlibgeo.osm import OsmData
from idlibgeo.reports import Report
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.scenario import Scenario
from idlibgeo.schema import MethodNote

Made = TypeVar("Made")


@dataclass(frozen=True)
class State:
    """Layers, rasters and the values behind them; what is None has not been made yet."""

    scenario: Scenario
    audience: str = "public"
    layers: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    rasters: Mapping[str, Raster] = field(default_factory=dict)
    notes: tuple[MethodNote, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    left_out: tuple[Mapping[str, Any], ...] = ()
    osm: OsmData | None = None
    gazetteer: Gazetteer | None = None
    reports: tuple[Report, ...] = ()
    border: Border | None = None
    network: RoadNetwork | None = None
    weights: Weights | None = None
    walking: Weights | None = None
    routes: gpd.GeoDataFrame | None = None

    def with_layers(self, **frames: pd.DataFrame) -> State:
        """Add layers, brought to the schema; an empty one is left away, since absent says it better."""
        made = {name: schema.conform(frame, name) for name, frame in frames.items() if len(frame)}
        again = sorted(set(made) & set(self.layers))
        if again:
            raise InputError(f"The layers {again} were made twice; a stage adds layers and changes none.")
        return replace(self, layers={**self.layers, **made})

    def with_raster(self, name: str, raster: Raster) -> State:
        """Add a raster."""
        return replace(self, rasters={**self.rasters, name: raster})

    def note(self, stage: str, text: str, **parameters: object) -> State:
        """Add a paragraph for METHOD.html, with the parameters that the stage ran with."""
        shown = {name: str(value) for name, value in parameters.items()}
        return replace(self, notes=(*self.notes, MethodNote(stage, text, shown)))

    def check(self, stage: str, check: str, *, status: str, expected: str, got: str, message: str) -> State:
        """Add a row to the table of checks."""
        row = {
            "stage": stage,
            "check": check,
            "status": status,
            "expected": expected,
            "got": got,
            "message": message,
        }
        return replace(self, checks=(*self.checks, row))

    def add_checks(self, rows: pd.DataFrame) -> State:
        """Add rows that an analysis made in the columns of the layer of checks."""
        return replace(self, checks=(*self.checks, *rows.to_dict("records")))

    def leave_out(self, layer: str, item: str, *, rows: int, people: float | None, reason: str) -> State:
        """List what could not be carried on, with the reason: nothing is lost silently."""
        row = {"layer": layer, "item": item, "action": "left out", "rows": rows, "people": people}
        return replace(self, left_out=(*self.left_out, {**row, "rule": "analysis", "reason": reason}))


def made(value: Made | None, *, stage: str) -> Made:
    """Return what an earlier stage made; stages run in order, so this fails only when they were called by hand."""
    if value is None:
        raise InputError(f"The stage {stage!r} has to run first; it has not made what this one needs.")
    return value
