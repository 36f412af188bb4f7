"""One place from two tables becomes one: the same P-code, or near in position and near in name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from idlibgeo.gazetteer import index
from idlibgeo.gazetteer.align import cost_tables, pair_costs
from idlibgeo.gazetteer.tables import AREA_KINDS, COLUMNS
from idlibgeo.geo import GEOD

# A source puts the point on the mosque, another on the junction: 2.5 km is the 95th percentile between GeoNames
# and OCHA for places that share a name (measured over the 308 GeoNames places of Syria).
NEAR_M = 3000.0
ALIKE = 0.1  # cost per sound; a village and its upper or lower twin are 0.15 apart


def join(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Stack two tables; where both have a place, the first one's name and position stand."""
    if first.empty or second.empty:
        return (second if first.empty else first).reset_index(drop=True)
    partner = _partners(first, second)
    new = second[partner < 0]
    merged = first.copy()
    found = np.flatnonzero(partner >= 0)
    if len(found):
        ours = first.iloc[partner[found]].to_dict("records")
        theirs = second.iloc[found].to_dict("records")
        rows = [_merged(one, other) for one, other in zip(ours, theirs, strict=True)]
        # Assigned column by column: a frame of rows would turn integers and missing values to objects.
        replaced = pd.DataFrame(rows, index=first.index[partner[found]])
        for column in COLUMNS:
            merged.loc[replaced.index, column] = replaced[column].astype(merged[column].dtype)
    return pd.concat([merged, _renamed(new, merged)], ignore_index=True)


def _renamed(new: pd.DataFrame, merged: pd.DataFrame) -> pd.DataFrame:
    """Two tables may number their places alike; an identifier stands for one place only."""
    taken = new["place_id"].isin(set(merged["place_id"]))
    return new.assign(place_id=new["place_id"].where(~taken, new["source"] + ":" + new["place_id"]))


def _partners(first: pd.DataFrame, second: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Row of the first table that each row of the second one is, or -1."""
    partner = _by_code(first, second)
    open_rows = np.flatnonzero(partner < 0)
    pairs = _near_pairs(first, second.iloc[open_rows])
    if not len(pairs):
        return partner
    cost = _name_costs(first, second.iloc[open_rows], pairs)
    taken = set(partner[partner >= 0].tolist())
    for k in np.argsort(cost, kind="stable"):
        row, other = int(pairs[k, 0]), int(open_rows[pairs[k, 1]])
        if cost[k] > ALIKE:
            break
        if row not in taken and partner[other] < 0:
            partner[other] = row
            taken.add(row)
    return partner


def _by_code(first: pd.DataFrame, second: pd.DataFrame) -> npt.NDArray[np.int64]:
    partner = np.full(len(second), -1, dtype=np.int64)
    rows = {code: row for row, code in enumerate(first["pcode"]) if code}
    seen: set[str] = set()
    for other, code in enumerate(second["pcode"]):
        if code in rows and code not in seen:
            partner[other] = rows[code]
            seen.add(code)
    return partner


def _near_pairs(first: pd.DataFrame, second: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Pairs within reach that may be one: both points or both areas, and not two different P-codes."""
    if second.empty:
        return np.zeros((0, 2), dtype=np.int64)
    # A sphere of chords: no pole and no antimeridian in the way; 3 km are the same in chord and arc.
    trees = [cKDTree(_on_sphere(table)) for table in (first, second)]
    near = trees[0].query_ball_tree(trees[1], NEAR_M * 1.01)
    pairs = np.array([(a, b) for a, others in enumerate(near) for b in others], dtype=np.int64).reshape(-1, 2)
    one, other = first.iloc[pairs[:, 0]], second.iloc[pairs[:, 1]]
    codes = (one["pcode"].to_numpy() != "") & (other["pcode"].to_numpy() != "")
    areas = one["kind"].isin(AREA_KINDS).to_numpy() != other["kind"].isin(AREA_KINDS).to_numpy()
    _, _, apart = GEOD.inv(
        one["lon"].to_numpy(), one["lat"].to_numpy(), other["lon"].to_numpy(), other["lat"].to_numpy()
    )
    return pairs[~codes & ~areas & (np.asarray(apart) <= NEAR_M)]


def _on_sphere(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    lon, lat = np.radians(table["lon"].to_numpy()), np.radians(table["lat"].to_numpy())
    return 6_371_000 * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@dataclass(frozen=True)
class _Side:
    forms: index.Forms
    of_place: list[list[int]]


def _side(table: pd.DataFrame) -> _Side:
    forms = index.build(table)
    of_place: list[list[int]] = [[] for _ in range(len(table))]
    for form, place in enumerate(forms.place.tolist()):
        of_place[place].append(form)
    return _Side(forms, of_place)


def _name_costs(
    first: pd.DataFrame, second: pd.DataFrame, pairs: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Least cost per sound between any two forms of each pair of places."""
    rows, pairs_a = np.unique(pairs[:, 0], return_inverse=True)
    a, b = _side(first.iloc[rows]), _side(second)
    triples = np.array(
        [
            (k, one, other)
            for k, (place_a, place_b) in enumerate(zip(pairs_a.tolist(), pairs[:, 1].tolist(), strict=True))
            for one in a.of_place[place_a]
            for other in b.of_place[place_b]
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    least = np.full(len(pairs), np.inf)
    if len(triples):
        k, one, other = triples.T
        cross = a.forms.arabic[one] != b.forms.arabic[other]
        cost = pair_costs(
            a.forms.codes, a.forms.starts, b.forms.codes, b.forms.starts, one, other, cross, cost_tables()
        )
        length = np.maximum(np.diff(a.forms.starts)[one], np.diff(b.forms.starts)[other])
        np.minimum.at(least, k, cost / np.maximum(length, 4))
    return least


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    row = dict(one)
    for column in COLUMNS:
        missing = row[column] == "" or (isinstance(row[column], float) and np.isnan(row[column]))
        row[column] = other[column] if missing else row[column]
    names = [one["alternates"], other["name"], other["name_ar"], other["alternates"]]
    parts = [part for name in names for part in str(name).split("|")]
    own = (row["name"], row["name_ar"])
    row["alternates"] = "|".join(part for part in dict.fromkeys(parts) if part and part not in own)
    row["parents"] = "|".join(
        p for p in dict.fromkeys(f"{one['parents']}|{other['parents']}".split("|")) if p
    )
    row["source"] = "; ".join(dict.fromkeys(f"{one['source']}; {other['source']}".split("; ")))
    row["importance"] = max(one["importance"], other["importance"])
    apart = GEOD.inv(one["lon"], one["lat"], other["lon"], other["lat"])[2]
    row["radius_m"] = max(one["radius_m"], float(np.ceil(apart / 100) * 100))
    return row
