"""What is uncertain, drawn many times: where a place really is, how fast the roads are, which are closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from idlibgeo.errors import InputError
from idlibgeo.geo import GEOD, WGS84, require_crs
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes.paths import Paths
from idlibgeo.routes.queries import Query, ask, check_pairs, find_paths

FloatArray = npt.NDArray[np.float64]

PERCENTILES = (5, 50, 95)


@dataclass(frozen=True, eq=False)
class Draws:
    """Ways of the same pairs in many possible worlds.

    Attributes
    ----------
    times
        On the index of the origins: ``travel_time_s_p05``, ``_p50``, ``_p95``, ``length_m_p50`` of the draws with a
        way, and ``share_ok``, the share of draws that have one.
    shares
        Pairs × stretches: the share of draws in which the way of a pair uses a stretch.
    share_of_draws
        Per stretch of the network: the share of draws in which at least one pair uses it.
    edges
        Stretches that any draw uses: ``edge_id`` (of the layer ``roads``), ``name``, ``highway`` and
        ``share_of_draws``.
    draws, seed
        How many worlds, and the seed that gives the same ones again.
    """

    times: pd.DataFrame
    shares: csr_array
    share_of_draws: FloatArray
    edges: gpd.GeoDataFrame
    draws: int
    seed: int


def draw_routes(
    network: RoadNetwork,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    draws: int = 100,
    seed: int = 0,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
) -> Draws:
    """Find the fastest way of each pair in many possible worlds.

    In each world every place lies somewhere within its ``radius_m`` (uniformly over the disk), the roads have speeds
    between the low and the high ones, and a closure holds with its probability (`Weights.draw`).

    Parameters
    ----------
    origins, destinations
        As in `shortest_path`: row i goes to row i.
    draws
        Worlds; 100 give a share to about 5 of a hundred.
    seed
        The same seed gives the same worlds, pair by pair.

    Raises
    ------
    InputError
        As `shortest_path`, and if fewer than one draw is asked for.

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> drawn = draw_routes(network, town.assign(radius_m=2000.0), crossing, draws=20)
    >>> drawn.times["share_ok"].tolist()
    [1.0]
    """
    query = ask(network, weights, snap_limit_m)
    check_pairs(origins, destinations, "draw_routes")
    if draws < 1:
        raise InputError(
            f"draws: given {draws}, expected at least 1. Nothing was drawn. The usual number is 100."
        )
    rng = np.random.default_rng(seed)
    worlds = [_world(query, origins, destinations, rng) for _ in range(draws)]
    shares = sum((_use(network, paths) for paths, _ in worlds), start=_no_use(network, origins)) / draws
    anyone = np.zeros(len(network.edge_u))
    for paths, _ in worlds:
        anyone[np.unique(network.arc_edge[paths.arcs])] += 1
    anyone /= draws
    return Draws(
        times=_times(worlds, network, origins.index),
        shares=csr_array(shares),
        share_of_draws=anyone,
        edges=_edges(network, anyone),
        draws=draws,
        seed=seed,
    )


def _world(
    query: Query, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, rng: np.random.Generator
) -> tuple[Paths, FloatArray]:
    seconds = query.weights.draw(rng)
    world = replace(query, weights=replace(query.weights, seconds_mid=seconds))
    starts = world.places(_moved(origins, rng, "origins"), "origins")
    ends = world.places(_moved(destinations, rng, "destinations"), "destinations")
    rows = np.arange(len(origins))
    return find_paths(world, starts, ends, np.column_stack([rows, rows])), seconds


def _moved(points: gpd.GeoDataFrame, rng: np.random.Generator, name: str) -> gpd.GeoDataFrame:
    """Each point somewhere within its radius; the radius is used up by that."""
    located = require_crs(points, name=name)
    bearing, part = rng.uniform(0, 360, len(points)), np.sqrt(rng.uniform(0, 1, len(points)))
    if "radius_m" not in located:
        return located
    radius = np.asarray(pd.to_numeric(located["radius_m"]).fillna(0.0), dtype=np.float64)
    lon, lat, _ = GEOD.fwd(
        located.geometry.x.to_numpy(), located.geometry.y.to_numpy(), bearing, part * radius
    )
    return gpd.GeoDataFrame(
        located.drop(columns=["radius_m", located.geometry.name]),
        geometry=gpd.points_from_xy(lon, lat),
        crs=WGS84,
    )


def _use(network: RoadNetwork, paths: Paths) -> csr_array:
    """Pairs × stretches, 1 where the way uses it."""
    owner = np.repeat(np.arange(len(paths)), np.diff(paths.ptr))
    edge = network.arc_edge[paths.arcs]
    pairs: Any = np.unique(np.column_stack([owner, edge]), axis=0)
    return csr_array(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(paths), len(network.edge_u))
    )


def _no_use(network: RoadNetwork, origins: gpd.GeoDataFrame) -> csr_array:
    return csr_array((len(origins), len(network.edge_u)))


def _times(worlds: list[tuple[Paths, FloatArray]], network: RoadNetwork, index: pd.Index) -> pd.DataFrame:
    seconds = np.array([paths.sums(cost) for paths, cost in worlds])
    metres = np.array([paths.sums(network.arc_length_m) for paths, _ in worlds])
    found = np.isfinite(seconds)
    columns = {f"travel_time_s_p{level:02d}": _percentile(seconds, level) for level in PERCENTILES}
    columns |= {"length_m_p50": _percentile(metres, 50), "share_ok": found.mean(axis=0)}
    return pd.DataFrame(columns, index=index)


def _percentile(values: FloatArray, level: int) -> FloatArray:
    """Per column over the rows that have a value; NaN where none has."""
    out = np.full(values.shape[1], np.nan)
    some = np.isfinite(values).any(axis=0)
    out[some] = np.nanpercentile(values[:, some], level, axis=0)
    return out


def _edges(network: RoadNetwork, share: FloatArray) -> gpd.GeoDataFrame:
    rows = np.flatnonzero(share)
    return gpd.GeoDataFrame(
        {
            "edge_id": network.edge_ids(rows).array,
            "name": network.column("name").iloc[rows].array,
            "highway": network.column("highway").iloc[rows].array,
            "share_of_draws": share[rows],
        },
        geometry=network.edges.geometry.iloc[rows].array,
        crs=WGS84,
    )
