"""How many people each stretch of road carries."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from idlibgeo.errors import InputError
from idlibgeo.geo import WGS84
from idlibgeo.roads import RoadNetwork
from idlibgeo.routes.draws import Draws

FloatArray = npt.NDArray[np.float64]

#: A stretch that a route uses in at least so many of the draws is used surely: the ends of a 90 % interval.
SURE = 0.95

BOUNDS = ("people_low", "people_mid", "people_high")


def edge_flows(
    network: RoadNetwork,
    routes: gpd.GeoDataFrame,
    people: pd.DataFrame | pd.Series,
    *,
    draws: Draws | None = None,
) -> gpd.GeoDataFrame:
    """Add up the people of routes on the stretches that they use.

    Parameters
    ----------
    routes
        Of this module, with the column ``edges``. Routes without a way carry nobody.
    people
        On the index of the routes: ``people_low``, ``people_mid``, ``people_high``, or one column for all three.
    draws
        Of `draw_routes` with the same pairs, row by row. Then ``share_of_draws`` is filled, the low bound leaves out
        those who use the stretch in fewer than 95 of 100 draws, and the high one counts all who use it in more than 5.

    Returns
    -------
    GeoDataFrame
        The schema's columns of the layer ``edge_flows``, a row a stretch that is used, in the network's order; both
        directions are added. A stretch counts whole, also where a route joins it half way. ``routes`` counts the
        rows of the routes that use it.

    Raises
    ------
    InputError
        If the people are not on the index of the routes, or a number is negative or missing.

    Notes
    -----
    People are conserved: at each junction, those who enter, with those who start there, are those who leave, with
    those who arrive there.

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> from idlibgeo.routes import shortest_path
    >>> routes = shortest_path(network, town, crossing)
    >>> edge_flows(network, routes, pd.Series(31000.0, index=routes.index))["people_mid"].unique().tolist()
    [31000.0]
    """
    bounds = _people(routes, people)
    use = _use(network, routes)
    sure, possible, share = _certainty(use, draws)
    rows = np.flatnonzero(use.sum(axis=0) + possible.sum(axis=0))
    sums = {
        name: (matrix.T @ bounds[name])[rows]
        for name, matrix in zip(BOUNDS, (sure, use, possible), strict=True)
    }
    ids = network.edge_ids(rows).array
    frame: dict[str, Any] = {
        "edge_flow_id": pd.array([f"flow-{text}" for text in ids], dtype="str"),
        "edge_id": ids,
        "name": network.column("name").iloc[rows].array,
        "highway": network.column("highway").iloc[rows].array,
        **sums,
        "routes": pd.array(use.sum(axis=0)[rows].astype(np.int64), dtype="Int64"),
        "share_of_draws": share[rows],
    }
    return gpd.GeoDataFrame(frame, geometry=network.edges.geometry.iloc[rows].array, crs=WGS84)


def _use(network: RoadNetwork, routes: gpd.GeoDataFrame) -> csr_array:
    """Routes × stretches: 1 where the route uses it."""
    used = [np.unique(network.arc_edge[np.asarray(arcs, dtype=np.int64)]) for arcs in routes["edges"]]
    route = np.repeat(np.arange(len(used)), [len(edges) for edges in used])
    edge = np.concatenate([*used, np.empty(0, np.int64)]).astype(np.int64)
    return csr_array((np.ones(len(edge)), (route, edge)), shape=(len(routes), len(network.edge_u)))


def _certainty(use: csr_array, draws: Draws | None) -> tuple[csr_array, csr_array, FloatArray]:
    """Routes × stretches that are used almost surely, and possibly; and each stretch's share of draws."""
    if draws is None:
        return use, use, np.full(use.shape[1], np.nan)
    if draws.shares.shape != use.shape:
        raise InputError(
            f"edge_flows: given draws of {draws.shares.shape[0]} pairs, expected those of the {use.shape[0]} routes of"
            " the same network. Nothing was added up. Draw the same origins and destinations, row by row."
        )
    shares = draws.shares
    sure = use.multiply(shares >= SURE).astype(np.float64)
    possible = use.maximum((shares > 1 - SURE).astype(np.float64))
    return csr_array(sure), csr_array(possible), draws.share_of_draws


def path_size(network: RoadNetwork, routes: gpd.GeoDataFrame) -> pd.Series:
    """How much of each route is its own among the routes of the same two places: 1 where it shares no road.

    A stretch that n of them use counts as one nth of its length (Ben-Akiva and Bierlaire 1999,
    doi:10.1007/978-1-4615-5203-1_2). NaN where there is no way.

    Examples
    --------
    >>> from idlibgeo.routes import alternative_routes
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> path_size(network, alternative_routes(network, town, crossing)).round(2).tolist()
    [0.91, 0.75, 0.81]
    """
    use, metres = _use(network, routes), network.edge_length_m
    size = np.full(len(routes), np.nan)
    pair = pd.MultiIndex.from_frame(routes[["from_place_id", "to_place_id"]].astype("str"))
    for rows in pd.Series(np.arange(len(routes))).groupby(pair.to_flat_index()).indices.values():
        among = use[rows]
        shared = np.maximum(among.sum(axis=0), 1)
        whole = among @ metres
        size[rows] = np.where(whole > 0, (among @ (metres / shared)) / np.maximum(whole, 1e-9), np.nan)
    return pd.Series(size, index=routes.index, name="path_size")


def _people(routes: gpd.GeoDataFrame, people: pd.DataFrame | pd.Series) -> dict[str, FloatArray]:
    if isinstance(people, pd.Series):
        people = pd.DataFrame(dict.fromkeys(BOUNDS, people))
    if not set(BOUNDS) <= set(people.columns):
        raise InputError(
            f"edge_flows: given people with the columns {list(people.columns)}, expected {', '.join(BOUNDS)}. Nothing"
            " was added up. Add what is missing, or give one column of numbers for all three."
        )
    if not people.index.equals(routes.index):
        raise InputError(
            f"edge_flows: given people on the index {list(people.index[:3])} ({len(people)} rows), expected that of the"
            f" routes, {list(routes.index[:3])} ({len(routes)} rows). Nothing was added up."
            " Use people.reindex(routes.index)."
        )
    numbers = people[list(BOUNDS)].apply(pd.to_numeric).astype("float64")
    wrong = ~(numbers >= 0).all(axis=1)
    if wrong.any():
        raise InputError(
            f"edge_flows: given missing or negative people in row {numbers.index[np.argmax(wrong)]!r}, expected numbers"
            " from 0 on. Nothing was added up. List people without a number elsewhere, and leave them out here."
        )
    return {name: numbers[name].to_numpy() for name in BOUNDS}
