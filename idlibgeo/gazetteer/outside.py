"""Countries, and cities elsewhere: names that reports hold although no place of the gazetteer bears them.

Without them "Mosul" is the village whose name sounds most like it. The table ``outside.csv`` is made by
``data/make_outside.py``; a name is looked up in it in its own script and by its consonants only, and it is
believed where it fits clearly better than the best place of the gazetteer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from idlibgeo.gazetteer import index, tables
from idlibgeo.gazetteer.sounds import read_table
from idlibgeo.gazetteer.values import Place
from idlibgeo.geo import GEOD

MOST_COST = 0.2  # of sounds between what is written and the name outside
ALTERNATE = 0.08  # dearer by this for a name in another language
EXACT = 0.005
# By how much the sounds must fit better outside: than a village, and than a seat of an area (or any place where the
# area of the scenario is known). 0.03 is one vowel that writers exchange.
BETTER_BY = {"exact": (0.01, 0.05), "near": (0.03, 0.15)}
SEAT = 0.5  # importance of the seat of an area
RIVAL_COST = 0.03
SMALL = 0.35  # a village of less importance is a rival to a metropolis of the same name, not its better
METROPOLIS = 150_000
MOST_REMEMBERED = 65_536
SAME_PLACE_M = 25_000.0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place outside that a name may mean: `cost` is how far its sounds are, `known` whether everybody knows it."""

    place: Place
    country: str
    cost: float
    known: bool

    def told(self) -> str:
        """Say in words what it is.

        >>> of(["Mosul"])[0].told()
        'Mosul, a city of Iraq'
        """
        if self.place.kind == "country":
            return f"{self.place.name}, a country"
        return f"{self.place.name}, a city of {countries().get(self.country, self.country)}"


@dataclass(frozen=True)
class _Table:
    forms: index.Forms
    importance: np.ndarray
    rows: pd.DataFrame
    primary: np.ndarray


@cache
def _read() -> pd.DataFrame:
    return pd.DataFrame(read_table("outside.csv"))


@cache
def countries() -> dict[str, str]:
    """Country code → English name."""
    table = _read()
    chosen = table[table["kind"] == "country"]
    return dict(zip(chosen["country"], chosen["name"], strict=True))


@cache
def _table() -> _Table:
    given = _read()
    rows = tables.normalise(given, columns=None, source="outside").assign(country=given["country"].to_numpy())
    forms = index.build(rows)
    main = set(rows["name"]) | set(rows["name_ar"])
    # Of a country the names in all four languages are its own.
    for names in rows.loc[rows["kind"] == "country", "alternates"]:
        main |= set(names.split("|"))
    primary = np.array(
        [
            written in main and not set(read.rules) & set(index.DARING)
            for written, read in zip(forms.written, forms.spelling, strict=True)
        ],
        dtype=bool,
    )
    return _Table(forms, rows["importance"].to_numpy(dtype=np.float64), rows, primary)


def of(names: Sequence[str]) -> list[Elsewhere | None]:
    """The place outside that each name fits best, or None.

    >>> [found and found.place.name for found in of(["Khartoum", "الموصل", "بيروت", "Jarjnaz"])]
    ['Khartoum', 'Mosul', 'Beirut', None]
    """
    known = _remembered()
    if len(known) > MOST_REMEMBERED:
        known.clear()
    if new := [name for name in dict.fromkeys(names) if name not in known]:
        known.update(zip(new, _looked_up(new), strict=True))
    return [known[name] for name in names]


@cache
def _remembered() -> dict[str, Elsewhere | None]:
    """What was looked up before: the table never changes, and reports repeat the same names."""
    return {}


def _looked_up(names: list[str]) -> list[Elsewhere | None]:
    table = _table()
    matches = index.match(table.forms, names, table.importance, same_skeleton=True, same_script=True)
    costs = matches.cost + np.where(table.primary[matches.form], 0.0, ALTERNATE)
    found: list[Elsewhere | None] = [None] * len(names)
    for k in np.argsort(costs, kind="stable").tolist():
        query = int(matches.query[k])
        if found[query] is None and costs[k] <= MOST_COST:
            found[query] = _elsewhere(table, int(matches.place[k]), float(costs[k]))
    return found


def _elsewhere(table: _Table, row: int, cost: float) -> Elsewhere:
    place = table.rows.iloc[row]
    columns = (
        "name",
        "name_ar",
        "pcode",
        "place_id",
        "kind",
        "source",
        "lon",
        "lat",
        "radius_m",
        "importance",
    )
    values: dict[str, Any] = {name: place[name] for name in columns}
    known = place["kind"] == "country" or float(place["population"]) >= METROPOLIS
    return Elsewhere(Place(**values), str(place["country"]), cost, bool(known))


def is_meant(found: Elsewhere, cost: float, here: Place | None, *, area_known: bool) -> bool:
    """Whether a place outside is meant rather than the best one of the gazetteer, whose sounds are `cost` away."""
    if here is None:
        return True
    if _is_same(found.place, here):
        return False
    than_village, than_seat = BETTER_BY["exact" if found.cost < EXACT and found.known else "near"]
    margin = than_seat if here.importance >= SEAT or (area_known and not found.known) else than_village
    return found.cost + margin < cost


def is_rival(found: Elsewhere, here: Place, *, area_known: bool) -> bool:
    """Whether a name that a village of the gazetteer bears is also that of a country or metropolis outside."""
    if area_known or _is_same(found.place, here):
        return False
    return found.known and found.cost <= RIVAL_COST and here.importance < SMALL


def _is_same(one: Place, other: Place) -> bool:
    return float(GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2]) <= SAME_PLACE_M
