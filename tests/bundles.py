"""Bundles that several test files open: made once a session, and shared."""

from __future__ import annotations

from pathlib import Path

from idlibgeo import pipeline
from idlibgeo.pipeline import Result
from idlibgeo.scenario import Scenario

ANDORRA = Path(__file__).parents[1] / "scenarios" / "andorra" / "scenario.toml"


def andorra(shared: Path) -> Scenario:
    """The exercise on the real extract and elevation model of the shared folder."""
    return Scenario.load(ANDORRA, {"scenario.data": str(shared)})


def bundle(scenario: Scenario, folder: Path) -> Result:
    """Run a scenario and write its public bundle."""
    return pipeline.run(scenario, output=folder)
