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
        A row a waypoint: ``road_id, seq, waypoint, lon, lat`` and where known ``place_id``. Roads meet where
        they pass the same position; a waypoint without a name is a bend.

    Raises
    ------
    InputError
        If columns or coordinates are missing, a place has two positions, or a road under two waypoints.

    Notes
    -----
    A stretch runs from one named waypoint, end or meeting to the next. All roads may be walked and driven: the
    law does not bind those who flee.

    >>> roads = pd.DataFrame({"road_id": ["M5"], "name": ["Damascus–Aleppo"], "highway": ["motorway"]})
    >>> waypoints = pd.DataFrame({"road_id": "M5", "seq": [1, 2], "waypoint": ["A", "B"], "lon": [36.7, 36.8],
    ...                           "lat": [35.6, 35.9]})
    >>> build(roads, waypoints)
    RoadNetwork(schematic roads from schematic roads: 2 nodes, 1 stretches, 34 km, 1 parts)
    """
    _require(roads, ROAD_COLUMNS, "roads")
    _require(waypoints, WAYPOINT_COLUMNS, "road waypoints")
    points = waypoints.sort_values(["road_id", "seq"], kind="stable").reset_index(drop=True)
    points["waypoint"] = points["waypoint"].astype("str").replace("", None)
    points["place_id"] = points["place_id"].astype("str").replace("", None) if "place_id" in points else None
    _check(roads, points)
    points["spot"] = _spots(points)
    points["node"] = _is_node(points)
    nodes = _nodes(points[points["node"]])
    edges = _edges(roads, points, nodes)
    u, v = (nodes.index.get_indexer(edges[end]).astype(np.int32) for end in ("u", "v"))
    streets = topology.street_counts(u, v, len(nodes))
    everyone = np.ones(len(edges), bool)
    return assemble(
        nodes.assign(street_count=streets),
        edges,
        vehicle=everyone,
        foot=everyone,
        source=source,
        schematic=True,
        counts={"roads_read": len(roads), "waypoints_read": len(waypoints), "stretches": len(edges)},
    )


def _spots(points: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Number the positions: waypoints within 1 m of rounding are one."""
    rounded = points[["lon", "lat"]].astype(float).round(5)
    return rounded.groupby(["lon", "lat"], sort=False).ngroup().to_numpy(dtype=np.int64)


def _is_node(points: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Waypoints with a name, ends of roads, and where a position is passed more than once."""
    road = points["road_id"].to_numpy()
    turn = road[1:] != road[:-1]
    ends = np.r_[True, turn] | np.r_[turn, True]
    shared = points["spot"].map(points["spot"].value_counts()).to_numpy() > 1
    of_node = points["waypoint"].notna().to_numpy() | ends | shared
    return points["spot"].isin(points["spot"][of_node]).to_numpy()


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
        "waypoints without a position, of the roads": points["road_id"][
            ~(points["lon"].abs() <= 180) | ~(points["lat"].abs() <= 90)
        ],
        "places with two positions": _torn(points),
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
    """Places, or names without a place id, whose rows lie more than 1e-5 degrees (1 m) apart."""
    key = points["place_id"].fillna(points["waypoint"])
    spread = points.groupby(key)[["lon", "lat"]].agg(lambda x: x.max() - x.min()).max(axis=1)
    return pd.Series(spread.index[spread > 1e-5])


def _nodes(points: pd.DataFrame) -> gpd.GeoDataFrame:
    """A row a spot, with the first name and place id that its waypoints give."""
    rows = points.groupby("spot", sort=False)[["lon", "lat", "waypoint", "place_id"]].first()
    lon, lat = rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float)
    return gpd.GeoDataFrame(
        {
            "x": lon,
            "y": lat,
            "waypoint": pd.array(rows["waypoint"], dtype="str"),
            "place_id": pd.array(rows["place_id"], dtype="str"),
        },
        index=pd.Index(rows.index.to_numpy(dtype=np.int64) + 1, name="osmid"),
        geometry=shapely.points(lon, lat),
        crs=WGS84,
    )


def _legs(points: pd.DataFrame) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First and last row of each stretch: from node to node of the same road."""
    at = np.flatnonzero(points["node"].to_numpy())
    road, spot = points["road_id"].to_numpy(), points["spot"].to_numpy()
    same = (road[at[1:]] == road[at[:-1]]) & ((at[1:] - at[:-1] > 1) | (spot[at[1:]] != spot[at[:-1]]))
    return at[:-1][same], at[1:][same]


def _edges(roads: pd.DataFrame, points: pd.DataFrame, nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    first, last = _legs(points)
    road = roads.set_index("road_id").loc[points["road_id"].iloc[first]].reset_index()
    xy = points[["lon", "lat"]].to_numpy(dtype=float)
    size = last - first + 1
    ptr = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    rows = np.arange(ptr[-1]) + np.repeat(first - ptr[:-1], size)
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy[rows], (ptr,))
    u, v = (points["spot"].to_numpy(dtype=np.int64)[ends] + 1 for ends in (first, last))
    position = (nodes.index.get_indexer(ends).astype(np.int32) for ends in (u, v))
    oneway = (
        road["oneway"].eq(True).to_numpy()
        | road["oneway"].astype("str").isin(["yes", "true", "1"]).to_numpy()
        if "oneway" in road
        else np.zeros(len(u), bool)
    )
    factor = pd.to_numeric(road["factor"]).fillna(1.0).to_numpy() if "factor" in road else 1.0
    table = {
        "u": u,
        "v": v,
        "key": topology.parallel_keys(*position, twoway=~oneway),
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
