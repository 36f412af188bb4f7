"""The road network: `RoadNetwork`, the `Weights` of a query, and where they come from."""

from __future__ import annotations

from idlibgeo.roads.network import ClosureEvent, RoadNetwork, Weights

__all__ = ["ClosureEvent", "RoadNetwork", "Weights"]
