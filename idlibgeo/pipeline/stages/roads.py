"""The road network, its closures, and the weights of the scenario's question."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from idlibgeo import sources
from idlibgeo.geo import WGS84
from idlibgeo.pipeline.state import State, made
from idlibgeo.roads import RoadNetwork, closed_stretches


def query_date(state: State) -> dt.date:
    """The day that routes are asked for; closures depend on it."""
    return state.scenario.routes.date or state.scenario.scenario.as_of


def roads(state: State) -> State:
    """Build the network and weigh it for the mode and the day."""
    scenario = state.scenario
    network = _network(state)
    closures = _closures(state)
    dem = None
    if scenario.roads.dem:
        dem = sources.read_dem(scenario.path(scenario.roads.dem, key="roads.dem"), bounds=scenario.bounds)
    conditions: dict[str, Any] = {"closures": closures, "date": query_date(state), "dem": dem}
    weights = network.weights(mode=scenario.routes.mode, **conditions)
    # Slopes matter to those who walk: where they are known, the way to the border is found on foot too.
    walking = network.weights(mode="foot", **conditions) if dem is not None else None
    state = replace(state, network=network, weights=weights, walking=walking).with_layers(
        roads=network.layer()
    )
    if closures is not None:
        state = state.with_layers(closures=closure_lines(closures, network))
    kind = "The roads are schematic: named roads as ordered waypoints. " if network.schematic else ""
    return state.note(
        "roads",
        f"{kind}Travel times are intervals from the lowest and highest speed of each class and surface. "
        + " ".join(weights.notes),
        source=network.source,
        mode=weights.mode,
        date=query_date(state),
        **{name.replace(" ", "_"): count for name, count in network.counts.items()},
    )


def _network(state: State) -> RoadNetwork:
    section = state.scenario.roads
    if section.osm:
        return RoadNetwork.from_osm(made(state.osm, stage="inputs"))
    if section.network:
        return RoadNetwork.read(state.scenario.path(section.network, key="roads.network"))
    return RoadNetwork.from_table(
        sources.read_table(state.scenario.path(section.table, key="roads.table")),
        sources.read_table(state.scenario.path(section.waypoints, key="roads.waypoints")),
    )


def _closures(state: State) -> pd.DataFrame | None:
    name = state.scenario.roads.closures
    return sources.read_closures(state.scenario.path(name, key="roads.closures")) if name else None


def closure_lines(closures: pd.DataFrame, network: RoadNetwork) -> gpd.GeoDataFrame:
    """Draw each closure as the stretches of road that it closes; one that closes none has no line."""
    stretches = network.edges.geometry.to_numpy()
    unions = [
        shapely.line_merge(shapely.union_all(stretches[rows])) for rows in closed_stretches(network, closures)
    ]
    lines = [None if union.is_empty else union for union in unions]
    facts = pd.DataFrame(closures).drop(columns="geometry", errors="ignore")
    return gpd.GeoDataFrame(facts, geometry=lines, crs=WGS84)
