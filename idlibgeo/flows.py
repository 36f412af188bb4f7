"""Who goes where: a first estimate by gravity, whole people, nobody lost.

The model is the plainest that is honest: the people of a figure are spread over the destinations in proportion to
attraction times a decay with travel time (the production-constrained gravity model; Wilson 1971, A family of
spatial interaction models, doi:10.1068/a030001). Its half-time is an assumption that nothing has been fitted to,
and every row says so.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from idlibgeo.errors import InputError, nearest_name

FloatArray = npt.NDArray[np.float64]

BOUNDS = ("people_low", "people_mid", "people_high")

#: A route that takes a tenth longer draws e⁻¹, about a third, as many: an assumption, not a measurement.
SHARPNESS = 10.0

#: Two hours of travel halve the pull of a destination: an assumption, not a measurement.
HALF_COST_S = 7200.0


@dataclass(frozen=True)
class Allocation:
    """People spread over destinations, and those who could not be.

    Attributes
    ----------
    flows
        The schema's columns of the layer ``flows``, without geometry: a row for each figure, origin and
        destination that anybody is sent to.
    unallocated
        People who could not be sent anywhere: ``figure_id``, ``from_id``, ``from_name``, ``people_low``,
        ``people_mid``, ``people_high``, ``reason``. People in are people of the flows and of these rows, exactly.
    unused
        Destinations that nobody could be sent to: ``to_id``, ``to_name``, ``reason``.
    """

    flows: pd.DataFrame
    unallocated: pd.DataFrame
    unused: pd.DataFrame


def allocate(
    people: pd.DataFrame,
    destinations: gpd.GeoDataFrame | pd.DataFrame,
    costs: pd.DataFrame,
    *,
    attraction: str = "people_mid",
    half_cost_s: float = HALF_COST_S,
) -> Allocation:
    """Spread the people of each figure over the destinations that they can reach.

    Parameters
    ----------
    people
        A row a figure and origin: ``figure_id``, ``from_id``, ``from_name``, ``people_mid``; ``people_low`` and
        ``people_high`` (the middle where missing) and ``modality`` where known.
    destinations
        ``camp_id`` (or ``place_id``), ``name`` and the column that attracts.
    costs
        Of `od_matrix`: ``from_id``, ``to_id``, ``time_s_mid``, ``status``.
    attraction
        Column of the destinations: twice as much draws twice as many.
    half_cost_s
        Seconds of travel that halve the pull.

    Returns
    -------
    Allocation
        People are whole and conserved, low, mid and high each by itself, with low ≤ mid ≤ high in every row.

    Raises
    ------
    InputError
        If a column is missing, people are negative, or the half-time is not above zero.

    Examples
    --------
    >>> people = pd.DataFrame({"figure_id": ["f1"], "from_id": ["a"], "from_name": ["A"], "people_mid": [90]})
    >>> camps = pd.DataFrame({"camp_id": ["x", "y"], "name": ["X", "Y"], "people_mid": [1000, 1000]})
    >>> costs = pd.DataFrame(
    ...     {"from_id": ["a", "a"], "to_id": ["x", "y"], "time_s_mid": [0.0, 3600.0], "status": ["ok", "ok"]}
    ... )
    >>> allocate(people, camps, costs, half_cost_s=3600).flows["people_mid"].tolist()
    [60.0, 30.0]
    """
    if not (np.isfinite(half_cost_s) and half_cost_s > 0):
        raise InputError(
            f"half_cost_s: given {half_cost_s!r}, expected seconds above 0. Nobody was allocated."
            f" The usual value is {HALF_COST_S:.0f} (an assumption)."
        )
    crowd = _people(people)
    camps, unused = _destinations(destinations, attraction)
    seconds = _seconds(costs, crowd["from_id"], camps["id"])
    model = (
        f"first estimate, not fitted: gravity, {attraction} × 0.5^(time_s_mid / {half_cost_s:.0f} s);"
        " shares of people_mid, whole people by Sainte-Laguë"
    )
    flows, left = [], []
    for row, (_, group) in enumerate(crowd.iterrows()):
        pull = camps["pull"].to_numpy() * np.exp2(-np.nan_to_num(seconds[row], nan=np.inf) / half_cost_s)
        if group["problem"] or not pull.sum() > 0:
            left.append(_left(group, group["problem"] or "no destination can be reached by an open road"))
            continue
        flows.append(_spread(group, camps, seconds[row], pull, model))
    unused += _unreached(camps, seconds)
    return Allocation(
        flows=_flow_frame(flows),
        unallocated=pd.DataFrame(left, columns=list(LEFT_COLUMNS)).astype(dict.fromkeys(BOUNDS, "float64")),
        unused=pd.DataFrame(unused, columns=list(UNUSED_COLUMNS)),
    )


@dataclass(frozen=True)
class RouteSplit:
    """People on routes, and those for whom no route was given.

    Attributes
    ----------
    people
        On the index of the routes: ``people_low``, ``people_mid``, ``people_high``, as `routes.edge_flows` takes them.
    unrouted
        Rows of the flows between places that no route with a way joins, with ``reason``.
    """

    people: pd.DataFrame
    unrouted: pd.DataFrame


def split_over_routes(
    flows: pd.DataFrame,
    routes: pd.DataFrame,
    *,
    path_size: pd.Series | None = None,
    sharpness: float = SHARPNESS,
) -> RouteSplit:
    """Spread the people of each flow over the alternative routes between its places.

    Parameters
    ----------
    flows
        Of `allocate`: ``from_id``, ``to_id`` and people.
    routes
        Of `routes.alternative_routes` and its like; ``from_place_id`` and ``to_place_id`` are the ids of the flows.
    path_size
        Of `routes.path_size`, on the index of the routes: how much of each is its own. Left out, each counts whole.
    sharpness
        How much people mind time: a route that takes a tenth longer draws ``exp(−sharpness / 10)`` as many.

    Returns
    -------
    RouteSplit
        Whole people, conserved, low, mid and high each by itself.

    Notes
    -----
    The path-size logit of Ben-Akiva and Bierlaire 1999 (doi:10.1007/978-1-4615-5203-1_2): roads that routes share
    do not count twice. Its sharpness is an assumption that nothing has been fitted to.
    """
    usable = (routes["status"] == "ok").to_numpy()
    seconds = routes["travel_time_s_mid"].to_numpy(dtype=np.float64)
    own = (
        np.ones(len(routes))
        if path_size is None
        else path_size.reindex(routes.index).to_numpy(dtype=np.float64)
    )
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row in np.flatnonzero(usable).tolist():
        key = (str(routes["from_place_id"].iloc[row]), str(routes["to_place_id"].iloc[row]))
        rows_of.setdefault(key, []).append(row)
    people = {name: np.zeros(len(routes)) for name in BOUNDS}
    left = []
    for position, flow in enumerate(flows.to_dict("records")):
        rows = rows_of.get((str(flow["from_id"]), str(flow["to_id"])))
        if rows is None:
            left.append(position)
            continue
        shares = own[rows] * np.exp(-sharpness * (seconds[rows] / max(seconds[rows].min(), 1e-9) - 1))
        for name in BOUNDS:
            people[name][rows] += apportion(float(flow[name]), shares)
    unrouted = flows.iloc[left].assign(reason="no route with a way joins the two places")
    return RouteSplit(pd.DataFrame(people, index=routes.index), unrouted)


def apportion(total: float, shares: Sequence[float] | FloatArray) -> FloatArray:
    """Divide a number of people into whole ones in proportion to shares, by Sainte-Laguë's divisors.

    Divisors, and not largest remainders, since with more people no share then gets fewer (Balinski and Young
    1982, Fair representation): so low ≤ mid ≤ high of a total stays so in each part. A fraction of a person in
    the total goes where the next whole one would.

    >>> apportion(10, [6, 3, 1]).tolist()
    [6.0, 3.0, 1.0]
    >>> apportion(10.5, [1, 1]).sum()
    np.float64(10.5)
    """
    weight = np.asarray(shares, dtype=np.float64)
    weight = weight / weight.sum()
    # Every part gets at least its quota less the number of parts; the rest is drawn one by one.
    parts = np.maximum(np.floor(weight * total) - len(weight), 0.0)
    queue = [(-weight[i] / (2 * parts[i] + 1), i) for i in np.flatnonzero(weight)]
    heapq.heapify(queue)
    for _ in range(int(np.floor(total) - parts.sum())):
        part = queue[0][1]
        parts[part] += 1
        heapq.heapreplace(queue, (-weight[part] / (2 * parts[part] + 1), part))
    parts[queue[0][1]] += total - np.floor(total)
    return parts


def _people(people: pd.DataFrame) -> pd.DataFrame:
    _require(people, ("figure_id", "from_id", "from_name", "people_mid"), "people")
    frame = people.reset_index(drop=True)
    numbers = {
        name: pd.to_numeric(frame[name]).astype("float64")
        if name in frame
        else frame["people_mid"].astype("float64")
        for name in BOUNDS
    }
    for name in ("people_low", "people_high"):
        numbers[name] = numbers[name].fillna(numbers["people_mid"])
    wrong = (numbers["people_low"] < 0) | (numbers["people_low"] > numbers["people_mid"])
    wrong |= numbers["people_mid"] > numbers["people_high"]
    if wrong.any():
        row = frame.loc[wrong].iloc[0]
        given = [float(numbers[name][wrong].iloc[0]) for name in BOUNDS]
        raise InputError(
            f"people: given {given} for figure {row['figure_id']!r}, expected 0 ≤ people_low ≤ people_mid ≤"
            " people_high. Nobody was allocated. Correct the figure's bounds."
        )
    frame = frame.assign(**numbers, problem="")
    frame.loc[frame["people_mid"].isna(), "problem"] = "the figure has no number"
    frame.loc[frame["from_id"].isna(), "problem"] = "the origin was not resolved to a place"
    modality = frame["modality"] if "modality" in frame else pd.Series("reported", index=frame.index)
    return frame.assign(modality=modality)


def _require(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    for column in columns:
        if column not in frame:
            raise InputError(
                f"{name}: given the columns {list(frame.columns)}, expected {', '.join(columns)}. Nobody was allocated."
                f" {nearest_name(column, [str(known) for known in frame.columns])}"
            )


def _destinations(destinations: pd.DataFrame, attraction: str) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Those that attract, and rows for those that do not."""
    key = "camp_id" if "camp_id" in destinations else "place_id"
    _require(destinations, (key, "name", attraction), "destinations")
    pull = pd.to_numeric(destinations[attraction]).to_numpy(dtype=np.float64, na_value=np.nan)
    frame = pd.DataFrame(
        {"id": destinations[key].astype("str").array, "name": destinations["name"].array, "pull": pull}
    )
    if (frame["pull"] < 0).any():
        row = frame[frame["pull"] < 0].iloc[0]
        raise InputError(
            f"destinations: given {attraction} = {row['pull']:g} for {row['name']!r}, expected 0 or more. Nobody was"
            " allocated. Leave it empty where it is unknown."
        )
    left = [
        _unused(row, f"{attraction} is unknown" if pd.isna(row["pull"]) else f"{attraction} is 0")
        for _, row in frame[~(frame["pull"] > 0)].iterrows()
    ]
    return frame[frame["pull"] > 0].reset_index(drop=True), left


def _seconds(costs: pd.DataFrame, from_id: pd.Series, to_id: pd.Series) -> FloatArray:
    """Seconds from each origin to each destination; NaN where there is no way or no row."""
    _require(costs, ("from_id", "to_id", "time_s_mid", "status"), "costs")
    open_ways = costs[costs["status"] == "ok"].drop_duplicates(["from_id", "to_id"])
    table = open_ways.pivot(index="from_id", columns="to_id", values="time_s_mid")
    # Ids of both sides as plain text: a table read from a file may carry numbers.
    table.index, table.columns = table.index.astype("str"), table.columns.astype("str")
    chosen: FloatArray = table.reindex(index=from_id.astype("str"), columns=to_id).to_numpy(dtype=np.float64)
    return chosen


def _spread(
    group: pd.Series, camps: pd.DataFrame, seconds: FloatArray, pull: FloatArray, model: str
) -> pd.DataFrame:
    parts = {name: apportion(float(group[name]), pull) for name in BOUNDS}
    sent = np.flatnonzero(parts["people_high"] > 0)
    return pd.DataFrame(
        {
            "figure_id": group["figure_id"],
            "from_id": group["from_id"],
            "from_name": group["from_name"],
            "to_id": camps["id"].array[sent],
            "to_name": camps["name"].array[sent],
            **{name: parts[name][sent] for name in BOUNDS},
            "share": pull[sent] / pull.sum(),
            "cost_s": seconds[sent],
            "modality": group["modality"],
            "model": model,
        }
    )


def _unreached(camps: pd.DataFrame, seconds: FloatArray) -> list[dict[str, Any]]:
    nobody = np.isnan(seconds).all(axis=0) if len(seconds) else np.ones(len(camps), dtype=bool)
    return [_unused(row, "no origin reaches it by an open road") for _, row in camps[nobody].iterrows()]


def _unused(row: pd.Series, reason: str) -> dict[str, Any]:
    return {"to_id": row["id"], "to_name": row["name"], "reason": reason}


def _left(group: pd.Series, reason: str) -> dict[str, Any]:
    return {
        **{name: group[name] for name in ("figure_id", "from_id", "from_name", *BOUNDS)},
        "reason": reason,
    }


FLOW_COLUMNS = (
    "flow_id", "figure_id", "from_id", "from_name", "to_id", "to_name", *BOUNDS, "share", "cost_s", "modality",
    "model",
)  # fmt: skip
LEFT_COLUMNS = ("figure_id", "from_id", "from_name", *BOUNDS, "reason")
UNUSED_COLUMNS = ("to_id", "to_name", "reason")


def _flow_frame(parts: list[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=list(FLOW_COLUMNS))
    flows = pd.concat(parts, ignore_index=True)
    flows.insert(0, "flow_id", [f"flow-{number + 1}" for number in range(len(flows))])
    return flows[list(FLOW_COLUMNS)]
