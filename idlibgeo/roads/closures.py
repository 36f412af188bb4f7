"""Closures and areas to avoid: which stretches they touch, on which days they hold, how much slower they make.

A closure is a row of a table: where (``geometry`` in any CRS, ``osmid``, ``road_id`` or ``edge_id``), and where known
``date_from`` and ``date_to`` (or ``from`` and ``to``; both days inclusive), ``factor`` (time × factor; empty is
closed), ``probability`` (empty is certain) and ``reason``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.errors import CRSError, InputError
from idlibgeo.geo import WGS84

if TYPE_CHECKING:
    from idlibgeo.roads.network import RoadNetwork

IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True)
class ClosureEvent:
    """A closure that holds on the day of the query: which arcs, how likely, and how much slower.

    ``factor`` multiplies the time (inf is closed); ``probability`` is 1.0 where the closure is certain.
    """

    arcs: IntArray
    factor: float
    probability: float
    reason: str = ""


def closure_events(
    network: RoadNetwork, closures: pd.DataFrame | None, *, date: dt.date | str | None
) -> tuple[tuple[ClosureEvent, ...], tuple[str, ...]]:
    """The closures that hold on the day, with the arcs that each one touches, and what was left out."""
    if closures is None or not len(closures):
        return (), ()
    day = None if date is None else _day(date, "date")
    table = _at_the_door(closures)
    dated = [_holds(row, day) for row in table.to_dict("records")]
    notes = _date_notes(dated, day, table)
    held = table[[state == "holds" for state in dated]]
    matched = closed_stretches(network, held)
    events = []
    for row, edges in zip(held.to_dict("records"), matched, strict=True):
        name = str(
            _known(row.get("reason")) or _known(row.get("name")) or _known(row.get("closure_id")) or ""
        )
        if not len(edges):
            notes.append(
                f"A closure touches no road of this network and changes nothing: {name or 'unnamed'}."
            )
            continue
        arcs = np.sort(np.concatenate([network.forward_arc[edges], network.backward_arc[edges]]))
        events.append(ClosureEvent(arcs, _factor(row), _probability(row), name))
    return tuple(events), tuple(notes)


def _at_the_door(closures: pd.DataFrame) -> pd.DataFrame:
    """Closures in WGS84 with at least one way of saying where; ``from`` and ``to`` are dates too."""
    old = {"from": "date_from", "to": "date_to"}
    closures = closures.rename(columns={name: new for name, new in old.items() if new not in closures})
    keys = [key for key in ("geometry", "osmid", "edge_id", "road_id") if key in closures]
    if not keys:
        raise InputError(
            f"closures: given the columns {list(closures.columns)}, expected geometry, osmid, edge_id or road_id."
            " Nothing was computed. Add the column that says which roads are closed."
        )
    if isinstance(closures, gpd.GeoDataFrame) and closures.geometry.notna().any():
        if closures.crs is None:
            raise CRSError(
                "closures: given a layer without a CRS, expected one. Nothing was computed, since degrees taken"
                f' for metres would go unnoticed. If it is lon/lat, say so: closures.set_crs("{WGS84}").'
            )
        return closures.to_crs(WGS84)
    return closures


def _known(value: Any) -> Any:
    """The value, or None where it is missing or an empty text."""
    missing = value is None or value == "" or (not isinstance(value, list) and pd.isna(value))
    return None if missing else value


def _day(value: Any, name: str) -> dt.date:
    try:
        # Text must be ISO: 05/06/2020 means two days.
        return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else pd.Timestamp(value).date()
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: given {value!r}, expected a date such as 2019-12-26. Nothing was computed."
        ) from None


def _holds(row: dict[str, Any], day: dt.date | None) -> str:
    start, end = _known(row.get("date_from")), _known(row.get("date_to"))
    if start is None and end is None:
        return "holds"
    if day is None:
        return "undated query"
    first = dt.date.min if start is None else _day(start, "date_from")
    last = dt.date.max if end is None else _day(end, "date_to")
    if last < first:
        raise InputError(
            f"closures: given date_from {first} after date_to {last}, expected the other order. Nothing was computed."
        )
    return "holds" if first <= day <= last else "other day"


def _date_notes(states: list[str], day: dt.date | None, table: pd.DataFrame) -> list[str]:
    if day is None and "undated query" in states:
        count = states.count("undated query")
        return [f"{count} of {len(table)} closures have dates and were left out: the query has no date."]
    if day is not None and "holds" not in states:
        return [f"{day} is outside the dates of all {len(table)} closures: the result is the plain one."]
    return []


def _factor(row: dict[str, Any]) -> float:
    value = _known(row.get("factor"))
    factor = np.inf if value is None else float(value)
    if not factor >= 1:
        raise InputError(
            f"closures: given the factor {factor}, expected at least 1 (slower) or an empty cell (closed)."
            " Nothing was computed."
        )
    return factor


def _probability(row: dict[str, Any]) -> float:
    value = _known(row.get("probability"))
    probability = 1.0 if value is None else float(value)
    if not 0 <= probability <= 1:
        raise InputError(
            f"closures: given the probability {probability}, expected 0 to 1. Nothing was computed."
        )
    return probability


def closed_stretches(network: RoadNetwork, closures: pd.DataFrame) -> list[IntArray]:
    """The stretches (rows of ``network.edges``) of each closure: by its ids where it has any, else by its geometry.

    Raises
    ------
    InputError
        If a closure says neither.
    """
    closures = _at_the_door(closures)
    # The tree is made once a network, which never changes.
    tree = network.line_tree if "geometry" in closures else None
    found = []
    for row in closures.to_dict("records"):
        ids = [
            (key, text)
            for key in ("osmid", "edge_id", "road_id")
            if _known(row.get(key)) is not None
            for text in id_texts(row[key])
        ]
        if ids:
            edges = sorted({edge for key, text in ids for edge in network.rows_of(key).get(text, ())})
        elif tree is not None and _known(row.get("geometry")) is not None:
            edges = sorted(_touched(tree, row["geometry"]))
        else:
            raise InputError(
                f"closures: given a row without place ({row.get('reason') or row.get('name') or 'unnamed'}),"
                " expected a geometry or an id of a road. Nothing was computed."
            )
        found.append(np.array(edges, dtype=np.int32))
    return found


def id_texts(value: Any) -> list[str]:
    """One or several ids as texts: lists, "12;34", and whole numbers that became floats.

    >>> id_texts([12, 34]), id_texts("12; 34"), id_texts(12.0)
    (['12', '34'], ['12', '34'], ['12'])
    """
    items = value if isinstance(value, list | tuple | set) else str(value).split(";")
    texts = [str(item).strip() for item in items]
    return [text.removesuffix(".0") for text in texts]


def _touched(tree: shapely.STRtree, shape: shapely.Geometry) -> set[int]:
    """Stretches that a line or area crosses; a point closes the nearest stretch within about 100 m."""
    touched: set[int] = set()
    for part in shapely.get_parts(shape):
        if part.geom_type == "Point":
            touched |= set(tree.query_nearest(part, max_distance=0.001).tolist())
        else:
            touched |= set(tree.query(part, predicate="intersects").tolist())
    return touched
