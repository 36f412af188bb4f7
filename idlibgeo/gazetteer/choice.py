"""Which of several places a name means: what is known beside the name, and when that is not enough.

Scores of candidates are odds from the name alone. Evidence multiplies them by factors of at most one, scaled so
that the best-supported candidate keeps its odds; only the scenario's area and country may speak against all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from shapely import Point, affinity
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from idlibgeo.gazetteer.index import calibration
from idlibgeo.gazetteer.sounds import spell
from idlibgeo.gazetteer.values import Candidate, Context, Resolution
from idlibgeo.geo import GEOD, Bounds

# At this score 2 of 448 names that are in no gazetteer are taken for a place where the scenario's area is known, 16
# where it is not, 11 of them homonyms such as Najaf and Doha (tests/cases/names_absent*.csv, all 7,693 communities).
ACCEPT = 0.63
NEAR_EQUAL = 0.5  # a rival with half the odds of the first is a rival
CLEARLY_LARGER = 0.5  # a governorate's seat against a hamlet of the same name
CAPITAL, LARGER_THAN_SEAT = 0.8, 0.2  # a governorate's seat against any lesser seat

OTHER_NAME = 0.5
NONE_LESS = 0.5  # that something of this name lies where the evidence points makes "no place" less likely
OUTSIDE_AREA = 0.05
OTHER_COUNTRY = 0.1
OTHER_PARENT = 0.05
BORDER_REACH_M = 20_000.0  # destinations of 2019-20: most within 20 km of Turkey
CONFLICT_REACH_M = 15_000.0  # half the width of a district
NEAR_REACH_M = 15_000.0
BESIDE_REACH_M = 15_000.0  # half the width of a district
# Ma'arrat an-Nu'man to the border at Dana is 63 km; few of 2019-20 went further at once, and hardly any to the next
# village, which the same fighting threatens.
MOVE_M, MOVE_BEYOND_M, NEXT_VILLAGE_M = 80_000.0, 30_000.0, 10_000.0
LEAST_FACTOR = 0.05


def distance_m(lon: float, lat: float, shape: BaseGeometry) -> float:
    """Geodesic distance from a point to a shape in lon, lat; 0 inside a polygon.

    >>> round(distance_m(36.0, 35.0, Point(36.0, 36.0)), -3)
    111000.0
    """
    # The foot is sought with longitudes shrunk to true scale, then measured on the ellipsoid.
    scale = max(math.cos(math.radians(lat)), 0.01)
    here = affinity.scale(Point(lon, lat), xfact=scale, origin=(0, 0))
    foot = nearest_points(affinity.scale(shape, xfact=scale, origin=(0, 0)), here)[0]
    return float(GEOD.inv(lon, lat, foot.x / scale, foot.y)[2])


def _decay(distances: Sequence[float], reach_m: float) -> np.ndarray:
    return np.exp(-np.asarray(distances, dtype=float) / reach_m)


def _relative(factors: np.ndarray) -> np.ndarray:
    best = factors.max(initial=0.0)
    return np.maximum(factors / best, LEAST_FACTOR) if best > 0 else np.ones_like(factors)


def _codes(candidate: Candidate) -> tuple[str, ...]:
    return (candidate.pcode, candidate.adm1_pcode, candidate.adm2_pcode, candidate.adm3_pcode)


def lies_within(candidate: Candidate, code: str) -> bool:
    """Whether a candidate lies in the area of a P-code, by its parents' codes."""
    return code in _codes(candidate)


def _absolute(found: Sequence[Candidate], context: Context) -> np.ndarray:
    factors = np.ones(len(found))
    for k, candidate in enumerate(found):
        if context.within and not lies_within(candidate, context.within):
            factors[k] = 0.0
        if context.area is not None and not _inside(candidate, context.area):
            factors[k] *= OUTSIDE_AREA
        if context.country and candidate.pcode and not _in_country(candidate, context.country):
            factors[k] *= OTHER_COUNTRY
    return factors


def _inside(candidate: Candidate, area: Bounds) -> bool:
    west, south, east, north = area
    return west <= candidate.lon <= east and south <= candidate.lat <= north


def _in_country(candidate: Candidate, country: str) -> bool:
    codes = [code for code in (candidate.adm1_pcode, candidate.pcode) if code and code[:2].isalpha()]
    return not codes or any(code.upper().startswith(country.upper()) for code in codes)


def _evidence(found: Sequence[Candidate], context: Context) -> list[tuple[str, np.ndarray]]:
    """Named factors, each scaled so that the best-supported candidate has one."""
    points = [(c.lon, c.lat) for c in found]
    said: list[tuple[str, np.ndarray]] = []
    if context.parents:
        agrees = np.array([any(lies_within(c, code) for code in context.parents) for c in found])
        if agrees.any() and not agrees.all():
            said.append(("the district named beside it", np.where(agrees, 1.0, OTHER_PARENT)))
    if context.near is not None:
        here = Point(context.near)
        said.append(
            ("nearest to the given position", _decay([distance_m(*p, here) for p in points], NEAR_REACH_M))
        )
    if context.others:
        nearest = [min(distance_m(*p, Point(other)) for other in context.others) for p in points]
        said.append(("near another place of the report", 0.05 + _decay(nearest, BESIDE_REACH_M)))
    if context.role == "destination" and context.border is not None:
        apart = [distance_m(*p, context.border) for p in points]
        said.append(("people moved toward the border", _decay(apart, BORDER_REACH_M)))
    if context.role == "destination" and context.left:
        way = [min(distance_m(*p, Point(start)) for start in context.left) for p in points]
        said.append(("a journey away from where they left", _journey(way)))
    if context.role in {"origin", "attacked"}:
        said.extend(_away(points, context))
    return [(words, _relative(factors)) for words, factors in said]


def _journey(way_m: Sequence[float]) -> np.ndarray:
    """How likely people move as far as this: less to the next village, less beyond a day or two.

    >>> _journey([1_000.0, 60_000.0, 140_000.0]).round(2).tolist()
    [0.28, 1.0, 0.14]
    """
    way = np.asarray(way_m)
    beyond = np.exp(-np.maximum(way - MOVE_M, 0.0) / MOVE_BEYOND_M)
    return np.asarray((1.0 - 0.8 * np.exp(-way / NEXT_VILLAGE_M)) * beyond)


def _away(points: list[tuple[float, float]], context: Context) -> list[tuple[str, np.ndarray]]:
    if context.conflict is not None:
        apart = [distance_m(*p, context.conflict) for p in points]
        return [("people left the fighting", _decay(apart, CONFLICT_REACH_M))]
    if context.border is not None:
        apart = [distance_m(*p, context.border) for p in points]
        return [
            ("people left for the border, so not from beside it", (1.02 - _decay(apart, BORDER_REACH_M)) ** 2)
        ]
    return []


def weigh(found: Sequence[Candidate], context: Context) -> tuple[list[Candidate], np.ndarray]:
    """Candidates with scores after the evidence, best first, and the factor that the evidence gave each."""
    if not found:
        return [], np.zeros(0)
    scores = np.array([c.score for c in found])
    said = _evidence(found, context)
    factor = _absolute(found, context)
    for _, factors in said:
        factor = factor * factors
    if (factor < 1).any():
        raw, calibrated = calibration()
        odds = np.interp(scores, calibrated, raw)
        # What the name itself leaves open: that neither the best candidate nor a namesake of it is meant, nor, as often
        # as not, one of another name.
        alike = np.array([_same_sounds(found[0], c) for c in found])
        left = 1.0 - float(odds[alike].sum()) - OTHER_NAME * float(odds[~alike].sum())
        none = max(left, 0.01) * (NONE_LESS if said else 1.0)
        if context.within and (factor * alike).any():
            # Who asks for the Dana of one district asks for a lesser one; a place of no list is as much rarer there.
            none *= float((odds * factor)[alike].sum() / odds[alike].sum())
        scores = np.interp(odds * factor / ((odds * factor).sum() + none), raw, calibrated)
    order = np.argsort(-scores, kind="stable")
    weighed = [
        replace(
            found[k],
            score=round(float(scores[k]), 3),
            reasons=(*found[k].reasons, *_decisive(found, said, k)),
        )
        for k in order
    ]
    return weighed, factor[order]


def _decisive(found: Sequence[Candidate], said: list[tuple[str, np.ndarray]], k: int) -> list[str]:
    """Evidence that sets a candidate apart from a namesake."""
    namesakes = [j for j, other in enumerate(found) if _same_sounds(found[k], other)]
    if len(namesakes) < 2:
        return []
    return [
        words
        for words, factors in said
        if factors[k] >= factors[namesakes].max() and factors[namesakes].min() < 0.5 * factors[k]
    ]


def decide(found: Sequence[Candidate], context: Context) -> Resolution:
    """Say which place a name means, or that several do, or none."""
    weighed, factor = weigh(found, context)
    kept = tuple(c for c in weighed if c.score >= 0.01)
    if not kept:
        return Resolution("unresolved", None, tuple(found[:10]), "no name is near enough")
    homonyms = [k for k, c in enumerate(kept) if _same_sounds(kept[0], c) and _open(kept, factor, k)]
    odds = np.interp([c.score for c in kept], *calibration()[::-1])
    rivals = sorted(set(np.flatnonzero(odds > NEAR_EQUAL * odds[0]).tolist()) | set(homonyms))
    weight = sum(c.score for c in kept if _same_sounds(kept[0], c))
    if weight < ACCEPT:
        return Resolution(
            "unresolved", None, kept[:10], f"the best candidate has a score of {kept[0].score:.2f}"
        )
    if len(rivals) > 1:
        told = ", ".join(_told(kept[k]) for k in rivals[:5])
        rule = f"{len(rivals)} places may be meant and nothing says which: {told}"
        return Resolution("ambiguous", kept[0], kept[:10], rule)
    outside = context.area is not None and not _inside(kept[0], context.area)
    rule = "; ".join(kept[0].reasons)
    return Resolution("outside" if outside else "resolved", kept[0], kept[:10], rule)


def _open(kept: Sequence[Candidate], factor: np.ndarray, k: int) -> bool:
    """Whether a homonym is still possible: nothing speaks for the first one against it."""
    if factor[k] < 0.5 * factor[0]:
        return False
    least = LARGER_THAN_SEAT if kept[0].importance >= CAPITAL else CLEARLY_LARGER
    return kept[0].importance - kept[k].importance < least


def _same_sounds(one: Candidate, other: Candidate) -> bool:
    if one.name == other.name or (one.name_ar and one.name_ar == other.name_ar):
        return True
    a, b = spell(one.name), spell(other.name)
    return bool(a and b) and a[0].sounds == b[0].sounds


def _told(candidate: Candidate) -> str:
    return f"{candidate.name} {candidate.pcode or candidate.place_id}"
