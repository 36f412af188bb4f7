"""The stages: each takes the state, adds layers to it, and says what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from idlibgeo.pipeline.stages.ground import border, camps
from idlibgeo.pipeline.stages.moving import flows, routes
from idlibgeo.pipeline.stages.reading import inputs, ledger, reports
from idlibgeo.pipeline.stages.roads import roads
from idlibgeo.pipeline.state import State

Stage = Callable[[State], State]

STAGES: Mapping[str, Stage] = {
    "inputs": inputs,
    # Before the reports: "near the border" is a place only once there is a border.
    "border": border,
    "reports": reports,
    "ledger": ledger,
    "roads": roads,
    "camps": camps,
    "routes": routes,
    "flows": flows,
}

__all__ = ["STAGES", "Stage"]
