"""The schematic network: named roads as ordered waypoints, from two tables."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.errors import InputError
from idlibgeo.geo import WGS84, geodesic_length_m
from idlibgeo.roads import rules, topology
from idlibgeo.roads.network import RoadNetwork, assemble

ROAD_COLUMNS = ("road_id", "name", "highway")
WAYPOINT_COLUMNS = ("road_id", "seq", "waypoint", "lon", "lat")
TEXTS = ("name", "name_ar", "ref", "highway", "surface", "lanes", "bridge", "maxspeed", "source")


def build(roads: pd.DataFrame, waypoints: pd.DataFrame, *, source: str = "schematic roads") -> RoadNetwork:
    """Build a network of straight legs between waypoints.

    Parameters
    ----------
    roads
        A row a road: ``road_id, name, highway`` and where known ``name_ar, ref, surface, lanes, source``,
        ``oneway`` and ``factor``, by which a road is longer than its straight legs.
    waypoints
        A row a waypoint: ``road_id, seq, waypoint, lon, lat``. Waypoints of the same name are one node; roads
        meet where they share one.

    Raises
    ------
    InputError
        If columns or coordinates are missing, a waypoint has two positions, or a road under two waypoints.

    Notes
    -----
    Each leg between two waypoints is a stretch, so that a closure of a leg closes no more than it says. All
    roads may be walked and driven: the law does not bind those who flee.

    >>> roads = pd.DataFrame({"road_id": ["M5"], "name": ["Damascus–Aleppo"], "highway": ["motorway"]})
    >>> waypoints = pd.DataFrame({"road_id": "M5", "seq": [1, 2], "waypoint": ["A", "B"], "lon": [36.7, 36.8],
    ...                           "lat": [35.6, 35.9]})
    >>> build(roads, waypoints)
    RoadNetwork(schematic roads from schematic roads: 2 nodes, 1 stretches, 34 km, 1 parts)
    """
    _require(roads, ROAD_COLUMNS, "roads")
    _require(waypoints, WAYPOINT_COLUMNS, "road waypoints")
    points = waypoints.sort_values(["road_id", "seq"], kind="stable").reset_index(drop=True)
    _check(roads, points)
    names, first = np.unique(points["waypoint"].astype("str").to_numpy(dtype=object), return_index=True)
    position = pd.Index(names).get_indexer(points["waypoint"].astype("str"))
    same_road = (points["road_id"].to_numpy()[1:] == points["road_id"].to_numpy()[:-1]) & (
        position[1:] != position[:-1]
    )
    start = np.flatnonzero(same_road)
    nodes = _nodes(points.iloc[first], names)
    edges = _edges(roads, points.iloc[start], nodes, position[start], position[start + 1])
    everyone = np.ones(len(edges), bool)
    return assemble(
        nodes,
        edges,
        vehicle=everyone,
        foot=everyone,
        source=source,
        schematic=True,
        counts={"roads_read": len(roads), "waypoints_read": len(waypoints), "stretches": len(edges)},
    )


def _require(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise InputError(
            f"{name}: given the columns {list(frame.columns)}, expected also {missing}. No network was built."
            " Add them; road_id joins the two tables."
        )


def _check(roads: pd.DataFrame, points: pd.DataFrame) -> None:
    problems = {
        "roads that stand twice": roads["road_id"][roads["road_id"].duplicated()],
        "roads without waypoints": roads["road_id"][~roads["road_id"].isin(points["road_id"])],
        "roads with one waypoint": _single(roads, points),
        "waypoints of a road that is not in the table": points["road_id"][
            ~points["road_id"].isin(roads["road_id"])
        ],
        "waypoints without a position": points["waypoint"][
            ~(points["lon"].abs() <= 180) | ~(points["lat"].abs() <= 90)
        ],
        "waypoints with two positions": _torn(points),
        "classes that speeds.csv does not have": roads["highway"][
            ~roads["highway"].isin(rules.rule_table("classes")["highway"])
        ],
    }
    for problem, names in problems.items():
        if len(names):
            listed = ", ".join(dict.fromkeys(map(str, names)))
            raise InputError(
                f"roads: given {problem}: {listed}. Expected a road a row with known class, and at least two"
                " waypoints with one position each. No network was built. Correct the tables."
            )


def _single(roads: pd.DataFrame, points: pd.DataFrame) -> pd.Series:
    counts = roads["road_id"].map(points["road_id"].value_counts())
    return roads["road_id"][counts == 1]


def _torn(points: pd.DataFrame) -> pd.Series:
    """Waypoints whose rows lie more than 1e-6 degrees (0.1 m) apart."""
    spread = points.groupby("waypoint")[["lon", "lat"]].agg(lambda x: x.max() - x.min()).max(axis=1)
    return pd.Series(spread.index[spread > 1e-6])


def _nodes(points: pd.DataFrame, names: npt.NDArray[np.object_]) -> gpd.GeoDataFrame:
    lon, lat = points["lon"].to_numpy(dtype=float), points["lat"].to_numpy(dtype=float)
    place = points["place_id"].to_numpy() if "place_id" in points else np.full(len(points), None)
    return gpd.GeoDataFrame(
        {
            "x": lon,
            "y": lat,
            "waypoint": pd.array(names, dtype="str"),
            "place_id": pd.array(place, dtype="str"),
        },
        index=pd.Index(np.arange(1, len(names) + 1, dtype=np.int64), name="osmid"),
        geometry=shapely.points(lon, lat),
        crs=WGS84,
    )


def _edges(
    roads: pd.DataFrame,
    legs: pd.DataFrame,
    nodes: gpd.GeoDataFrame,
    u: npt.NDArray[np.intp],
    v: npt.NDArray[np.intp],
) -> gpd.GeoDataFrame:
    road = roads.set_index("road_id").loc[legs["road_id"]].reset_index()
    x, y = nodes["x"].to_numpy(), nodes["y"].to_numpy()
    lines = shapely.linestrings(np.stack([np.column_stack([x[u], y[u]]), np.column_stack([x[v], y[v]])], axis=1))
    oneway = road["oneway"].fillna(value=False).astype(bool).to_numpy() if "oneway" in road else np.zeros(len(u), bool)
    factor = pd.to_numeric(road["factor"]).fillna(1.0).to_numpy() if "factor" in road else 1.0
    table = {
        "u": nodes.index.to_numpy()[u],
        "v": nodes.index.to_numpy()[v],
        "key": topology.parallel_keys(u.astype(np.int32), v.astype(np.int32), twoway=~oneway),
        "osmid": road["road_id"].astype("str").astype(object).to_numpy(),
        **{name: pd.array(_text(road, name), dtype="str") for name in TEXTS},
        "oneway": oneway,
        "reversed": np.zeros(len(u), bool),
        "length": geodesic_length_m(lines) * factor,
        "for_vehicle": True,
        "for_foot": True,
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs=WGS84)


def _text(road: pd.DataFrame, name: str) -> list[str | None]:
    """A column as texts; an empty cell and a column that is not there are missing; 2.0 lanes are "2"."""
    if name not in road:
        return [None] * len(road)
    return [
        None if pd.isna(x) or x == "" else str(int(x)) if isinstance(x, float) and x.is_integer() else str(x)
        for x in road[name]
    ]
