"""From a scenario to a release, and single questions on the way there."""

from __future__ import annotations

from idlibgeo.pipeline.questions import (
    find_place,
    find_route,
    geocode,
    load_border_by_name,
    load_gazetteer,
    load_network,
    measure_distances,
    read_report,
    report_document,
    routes_document,
)
from idlibgeo.pipeline.runner import MAPS, Result, check, run
from idlibgeo.pipeline.stages import STAGES
from idlibgeo.pipeline.state import State

__all__ = [
    "MAPS",
    "STAGES",
    "Result",
    "State",
    "check",
    "find_place",
    "find_route",
    "geocode",
    "load_border_by_name",
    "load_gazetteer",
    "load_network",
    "measure_distances",
    "read_report",
    "report_document",
    "routes_document",
    "run",
]
