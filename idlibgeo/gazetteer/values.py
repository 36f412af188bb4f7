"""The small frozen values that a gazetteer answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shapely.geometry.base import BaseGeometry

from idlibgeo.geo import Bounds

Status = Literal["resolved", "ambiguous", "unresolved", "outside"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place or an area.

    Attributes
    ----------
    lon, lat
        Degrees, WGS84.
    radius_m
        The true place lies within this distance of the point, in metres; for an area it reaches its far edge.
    importance
        0 to 1, from the administrative seat and the population.
    source
        Where name and position come from; several, separated by ``; ``.
    geometry
        The polygon of an area in lon, lat; None for a point.
    rule
        How an area was made, in words; empty for a point.
    """

    name: str
    name_ar: str
    pcode: str
    place_id: str
    lon: float
    lat: float
    radius_m: float
    kind: str
    adm1_pcode: str = ""
    adm2_pcode: str = ""
    adm3_pcode: str = ""
    importance: float = 0.0
    source: str = ""
    geometry: BaseGeometry | None = field(default=None, compare=False, repr=False)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Candidate(Place):
    """A place that a name may mean.

    Attributes
    ----------
    score
        0 to 1; of the answers scored 0.9, nine in ten are right (see ``benchmarks/calibrate_gazetteer.py``).
    reasons
        Why, in words.
    """

    score: float = 0.0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a name.

    Attributes
    ----------
    status
        ``resolved`` (one place), ``ambiguous`` (several near-equal ones), ``outside`` (a known place outside the
        area of the scenario) or ``unresolved``.
    place
        The place, when resolved or outside; the first of several when ambiguous; else None.
    candidates
        Best first; also those that were not good enough.
    rule
        How the answer was found, in words.
    """

    status: Status
    place: Place | None
    candidates: tuple[Candidate, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the name.

    Attributes
    ----------
    area
        The scenario's box; a place outside it is ``outside``.
    country
        ISO 3166 alpha-2 or the P-code prefix, e.g. ``SY``.
    within
        P-code of an area that the place must lie in, any level.
    near
        (lon, lat) that the place is probably near.
    border
        Line that people move toward, in lon, lat.
    conflict
        Point, line or polygon of the fighting, in lon, lat: where people leave from.
    role
        ``origin``, ``destination``, ``passage``, ``attacked`` or ``context``.
    others
        (lon, lat) of other places of the same report.
    left
        (lon, lat) of the places that people left, for a destination.
    parents
        P-codes of districts and governorates named in the same report.
    """

    area: Bounds | None = None
    country: str | None = None
    within: str | None = None
    near: tuple[float, float] | None = None
    border: BaseGeometry | None = None
    conflict: BaseGeometry | None = None
    role: str = ""
    others: tuple[tuple[float, float], ...] = ()
    left: tuple[tuple[float, float], ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A place name in a text.

    Attributes
    ----------
    start, end
        Character positions in the text as given; ``text == source[start:end]``.
    kind
        ``place``, ``area``, or ``outside`` for a country or a city that is not in the gazetteer.
    label
        What to look up: the name without case endings; of an area its canonical English label.
    """

    start: int
    end: int
    text: str
    kind: str = "place"
    label: str = ""
