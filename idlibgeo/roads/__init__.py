"""The road network: `RoadNetwork`, the `Weights` of a query, and where they come from."""

from __future__ import annotations

from idlibgeo.roads.closures import ClosureEvent, closed_stretches
from idlibgeo.roads.network import RoadNetwork
from idlibgeo.roads.weights import Weights

__all__ = ["ClosureEvent", "RoadNetwork", "Weights", "closed_stretches"]
