"""How many people each stretch of road carries."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from idlibgeo.errors import InputError
from idlibgeo.geo import WGS84
from idlibgeo.roads import RoadNetwork

FloatArray = npt.NDArray[np.float64]

BOUNDS = ("people_low", "people_mid", "people_high")


def edge_flows(
    network: RoadNetwork, routes: gpd.GeoDataFrame, people: pd.DataFrame | pd.Series
) -> gpd.GeoDataFrame:
    """Add up the people of routes on the stretches that they use.

    Parameters
    ----------
    routes
        Of this module, with the column ``edges``. Routes without a way carry nobody.
    people
        On the index of the routes: ``people_low``, ``people_mid``, ``people_high``, or one column for all three.

    Returns
    -------
    GeoDataFrame
        The schema's columns of the layer ``edge_flows``, a row a stretch that is used, in the network's order; both
        directions are added. A stretch counts whole, also where a route joins it half way.

    Raises
    ------
    InputError
        If the people are not on the index of the routes, or a number is negative or missing.

    Notes
    -----
    People are conserved: at each junction, those who enter, with those who start there, are those who leave, with
    those who arrive there.
    """
    bounds = _people(routes, people)
    used = [np.unique(network.arc_edge[np.asarray(arcs, dtype=np.int64)]) for arcs in routes["edges"]]
    route = np.repeat(np.arange(len(used)), [len(edges) for edges in used])
    edge = np.concatenate([*used, np.empty(0, np.int64)]).astype(np.int64)
    rows, place = np.unique(edge, return_inverse=True)
    sums = {name: np.bincount(place, bounds[name][route], len(rows)) for name in BOUNDS}
    ids = network.edge_ids(rows).array
    frame: dict[str, Any] = {
        "edge_flow_id": pd.array([f"flow-{text}" for text in ids], dtype="str"),
        "edge_id": ids,
        "name": network.column("name").iloc[rows].array,
        "highway": network.column("highway").iloc[rows].array,
        **sums,
        "routes": pd.array(np.bincount(place, minlength=len(rows)), dtype="Int64"),
        "share_of_draws": np.full(len(rows), np.nan),
    }
    return gpd.GeoDataFrame(frame, geometry=network.edges.geometry.iloc[rows].array, crs=WGS84)


def _people(routes: gpd.GeoDataFrame, people: pd.DataFrame | pd.Series) -> dict[str, FloatArray]:
    if isinstance(people, pd.Series):
        people = pd.DataFrame(dict.fromkeys(BOUNDS, people))
    if not people.index.equals(routes.index) or not set(BOUNDS) <= set(people.columns):
        raise InputError(
            f"edge_flows: given people with the columns {list(people.columns)} on {len(people)} rows, expected"
            f" {', '.join(BOUNDS)} on the index of the {len(routes)} routes. Nothing was added up."
            " Use people.reindex(routes.index), or one column of numbers."
        )
    numbers = people[list(BOUNDS)].apply(pd.to_numeric).astype("float64")
    wrong = ~(numbers >= 0).all(axis=1)
    if wrong.any():
        raise InputError(
            f"edge_flows: given missing or negative people in row {numbers.index[np.argmax(wrong)]!r}, expected numbers"
            " from 0 on. Nothing was added up. List people without a number elsewhere, and leave them out here."
        )
    return {name: numbers[name].to_numpy() for name in BOUNDS}
