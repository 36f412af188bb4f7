"""What the tags of a road mean: who may use it, in which direction, on what surface.

The rules are tables beside this module (``classes.csv``, ``access.csv``, ``barriers.csv``, ``surfaces.csv``),
each row with its source. Tags come as numbered texts, so that a rule runs once a distinct text, not once a way.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

BoolArray = npt.NDArray[np.bool_]
Int8Array = npt.NDArray[np.int8]
Codes = npt.NDArray[np.int32]
Texts = npt.NDArray[np.object_]

#: A tag of all ways or edges: its numbers (−1 where missing) and its distinct texts.
Tag = tuple[Codes, Texts]

ALONG = frozenset({"yes", "true", "1", "F"})
AGAINST = frozenset({"-1", "reverse", "T"})


def rule_table(name: str) -> pd.DataFrame:
    """A table of rules that stands beside this module, texts kept as texts."""
    with resources.files(__package__).joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, keep_default_na=False)


def surface_groups() -> dict[tuple[str, str], str]:
    """From (``surface`` or ``tracktype``, value) to ``paved``, ``gravel`` or ``dirt``."""
    table = rule_table("surfaces")
    return {(key, value): group for key, value, group in table[["key", "value", "surface"]].to_numpy()}


def encode(texts: Any) -> Tag:
    """Number the texts of a column; lists count as their first item, missing values as −1.

    >>> encode(pd.Series(["track", None, "track"]))[0].tolist()
    [0, -1, 0]
    """
    flat = pd.Series([t[0] if isinstance(t, list) else t for t in pd.Series(texts)], dtype=object)
    codes, values = pd.factorize(flat.map(lambda t: t if isinstance(t, str) else None))
    return codes.astype(np.int32), np.asarray(values, dtype=object)


def map_tag(tag: Tag, rule: Mapping[str, int] | None, *, missing: int, other: int) -> Int8Array:
    """Turn texts to small numbers by a rule; ``missing`` where there is no tag, ``other`` where no rule.

    >>> map_tag((np.array([0, -1, 1], np.int32), np.array(["yes", "maybe"], object)), {"yes": 1}, missing=0,
    ...         other=-1).tolist()
    [1, 0, -1]
    """
    codes, values = tag
    numbers = [(rule or {}).get(str(value), other) for value in values]
    return np.array([*numbers, missing], dtype=np.int8)[codes]


def kept(highway: Tag) -> BoolArray:
    """Whether the class of a road is one that we know; the rest is planned, closed, or no road."""
    known = dict.fromkeys(rule_table("classes")["highway"], 1)
    return map_tag(highway, known, missing=0, other=0) == 1


def permissions(tags: Mapping[str, Tag]) -> tuple[BoolArray, BoolArray]:
    """Whether a vehicle, and whether a walker, may use each road.

    The nearest tag decides: ``motor_vehicle`` before ``vehicle`` before ``access`` before the habit of the
    class; ``foot`` before ``access`` before the habit.
    """
    classes = rule_table("classes").set_index("highway")
    value_open = dict(rule_table("access")[["value", "open"]].itertuples(index=False))

    def says(key: str) -> Int8Array:
        if key not in tags:
            return np.full(len(tags["highway"][0]), -1, np.int8)
        return map_tag(tags[key], value_open, missing=-1, other=-1)

    def habit(mode: str) -> Int8Array:
        return map_tag(tags["highway"], dict(classes[mode]), missing=0, other=0)

    access = says("access")
    # access=yes speaks of the usual users of the class: it does not open a footway to vehicles.
    vehicle = np.where(access == 0, 0, habit("vehicle"))
    for key in ("vehicle", "motor_vehicle"):
        vehicle = np.where(says(key) >= 0, says(key), vehicle)
    foot = np.where(access == 0, 0, habit("foot"))
    foot = np.where(says("foot") >= 0, says("foot"), foot)
    return vehicle == 1, foot == 1


def directions(tags: Mapping[str, Tag]) -> Int8Array:
    """1 where vehicles go along the way only, −1 against it only, 0 both ways.

    Roundabouts and motorways are one-way unless the tag says otherwise (OSM wiki, Key:oneway, "Implied
    oneway restriction"). A road that is reversible by the hour counts as both.
    """
    rule = dict.fromkeys(ALONG, 1) | dict.fromkeys(AGAINST, -1)
    tagged = map_tag(tags["oneway"], rule, missing=2, other=0)
    circle = map_tag(tags["junction"], {"roundabout": 1, "circular": 1}, missing=0, other=0)
    motorway = map_tag(tags["highway"], {"motorway": 1}, missing=0, other=0)
    implied = np.maximum(circle, motorway)
    return np.where(tagged == 2, implied, tagged).astype(np.int8)


def surface_codes(surface: Tag, tracktype: Tag | None) -> Int8Array:
    """0 unknown, 1 paved, 2 gravel, 3 dirt; ``tracktype`` speaks where ``surface`` is silent."""
    number = {"paved": 1, "gravel": 2, "dirt": 3}
    groups = surface_groups()
    by_key = {
        key: {value: number[group] for (k, value), group in groups.items() if k == key}
        for key in ("surface", "tracktype")
    }
    first = map_tag(surface, by_key["surface"], missing=0, other=0)
    if tracktype is None:
        return first
    second = map_tag(tracktype, by_key["tracktype"], missing=0, other=0)
    return np.where(first == 0, second, first).astype(np.int8)


def speed_limits_kmh(maxspeed: Tag) -> npt.NDArray[np.float64]:
    """The tagged limit in km/h, NaN where none; of several the lowest.

    >>> tag = np.array([0, 1, 2, -1], np.int32), np.array(["50", "30 mph", "none"], object)
    >>> speed_limits_kmh(tag).round(1).tolist()
    [50.0, 48.3, nan, nan]
    """
    codes, values = maxspeed
    limits = [_limit(str(value)) for value in values]
    return np.array([*limits, np.nan])[codes]


def _limit(text: str) -> float:
    found = []
    for part in text.replace("|", ";").split(";"):
        number, _, unit = part.strip().partition(" ")
        if number.replace(".", "", 1).isdigit():
            found.append(float(number) * {"mph": 1.609344, "knots": 1.852}.get(unit, 1.0))
        elif part.strip() == "walk":
            found.append(5.0)
    return min((limit for limit in found if limit > 0), default=float("nan"))
