"""Areas that reports name: parts of a governorate, the countryside of a town, villages around, along the border.

A phrase is read word by word (``area_words.csv``) into an `AreaPhrase`; `shape` makes a polygon of it from the
boundaries that are known, else from the communities of the area, and says by which rule. The radius of the
`Place` that comes out reaches the far edge of the polygon, and travels into every distance that starts from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, MultiPoint, Point, affinity, box
from shapely.geometry.base import BaseGeometry

from idlibgeo.gazetteer.sounds import fold, read_table, without_ending, words_of
from idlibgeo.gazetteer.values import Context, Place
from idlibgeo.geo import GEOD

# Villages of the north-west lie 2 km apart (OCHA); "around" a town is its ring of five.
AROUND_M = 10_000.0
BORDER_M = 10_000.0  # camps and host villages of 2019-20 near the border lie within about 10 km of it
ROAD_M = 3_000.0
COMMUNITY_M = 2_000.0  # a community's land reaches about so far beyond its point
UNKNOWN_PART_M = 25_000.0  # half the width of a governorate, where no extent is known
FEWEST_COMMUNITIES = 6

_SIDES = {"N": (0, 1), "S": (0, -1), "E": (1, 0), "W": (-1, 0)}
_WORDS = {
    "N": "north", "S": "south", "E": "east", "W": "west", "NW": "north-west", "NE": "north-east",
    "SW": "south-west", "SE": "south-east", "C": "centre",
}  # fmt: skip
_ADJECTIVES = {code: f"{word}ern" for code, word in _WORDS.items()} | {"C": "central"}
_BETWEEN = re.compile(
    r"\s+[-‐‑–—]\s+|[–—]|(?<!\b[aeiu][lnrsdtz])(?<!\b[ae][sdt]h)(?<!\b[ae]ş)[-‐‑]"  # not the hyphen of al-Bara
    r"|\s+(?:and|to|ve|ile|et)\s+|\s+و(?=\w)|\s+إلى\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AreaPhrase:
    """What a phrase says, before any map is looked at.

    Attributes
    ----------
    kind
        ``part``, ``around``, ``border`` or ``between``.
    name, other
        The names in it, folded; for ``border`` the neighbour's country code.
    compass
        N, S, E, W, NW, NE, SW, SE, C or nothing.
    level
        ``adm1``, ``adm2``, ``adm3`` or nothing.
    countryside
        Whether it is the country around the town and not the town.
    """

    kind: str
    name: str = ""
    other: str = ""
    compass: str = ""
    level: str = ""
    countryside: bool = False


@cache
def _tags() -> dict[str, tuple[str, str]]:
    return {
        fold(word): (row["tag"], row["value"])
        for row in reversed(read_table("area_words.csv"))
        for word in row["words"].split("|")
    }


def parse(text: str) -> AreaPhrase | None:
    """Read an area phrase; None for a plain name.

    >>> parse("the southern countryside of Idlib")
    AreaPhrase(kind='part', name='idlib', other='', compass='S', level='', countryside=True)
    >>> parse("ريف إدلب الجنوبي الشرقي").compass
    'SE'
    >>> parse("villages around Saraqib").kind, parse("close to the Turkish frontier").other
    ('around', 'TR')
    >>> parse("Saraqib") is None
    True
    """
    tagged = [(word, *_tags().get(word, ("name", ""))) for word in words_of(without_ending(text))]
    tags = {tag for _, tag, _ in tagged}
    countries = [value for _, tag, value in tagged if tag == "country"]
    names = " ".join(word for word, tag, _ in tagged if tag == "name")
    if "border" in tags and (countries or not names):
        return AreaPhrase("border", other=next((c for c in countries[::-1]), ""))
    if {"road", "joint"} & tags and (ends := _two_names(text)):
        return AreaPhrase("between", *ends)
    if "around" in tags or ("village" in tags and not names):
        return AreaPhrase("around", names)
    if not {"compass", "level", "countryside"} & tags:
        return None
    if not (names or countries):  # "its eastern countryside" leans on the place named before
        return (
            AreaPhrase("part", compass=_compass(tagged), countryside=True) if "countryside" in tags else None
        )
    level = next((value for _, tag, value in tagged if tag == "level"), "")
    return AreaPhrase(
        "part", names or countries[0], compass=_compass(tagged), level=level if names else "adm0",
        countryside="countryside" in tags,
    )  # fmt: skip


def _compass(tagged: Sequence[tuple[str, str, str]]) -> str:
    letters = "".join(value for _, tag, value in tagged if tag == "compass")
    if len(letters) < 2:
        return letters
    north_south = next((letter for letter in letters if letter in "NS"), "")
    east_west = next((letter for letter in letters if letter in "EW"), "")
    return north_south + east_west


def _two_names(text: str) -> tuple[str, str] | None:
    """The two towns of "the road between A and B" or "the A–B highway"."""
    plain = [
        " ".join(word for word in words_of(part) if _tags().get(word, ("name",))[0] == "name")
        for part in _BETWEEN.split(text)
    ]
    names = [part for part in plain if part and part not in _ARTICLE_PARTS]
    return (names[0], names[1]) if len(names) == 2 else None


_ARTICLE_PARTS = frozenset({"al", "el", "an", "en", "ash", "ad", "ar", "as", "at", "az"})


# --- shapes ------------------------------------------------------------------------------------------------


def _scaled(shape: BaseGeometry, lat: float, *, back: bool = False) -> BaseGeometry:
    """Longitudes shrunk to the scale of latitudes, so that a circle is one; one degree is 111.2 km then."""
    factor = max(math.cos(math.radians(lat)), 0.01)
    return affinity.scale(shape, xfact=1 / factor if back else factor, origin=(0, 0))


_DEGREE_M = 111_200.0


def buffered(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """All land within a distance of a shape in lon, lat; true to about 1 % below 66° north.

    >>> round(buffered(Point(36.0, 36.0), 11_120).bounds[3], 2)
    36.1
    """
    lat = shape.centroid.y
    reach = distance_m / _DEGREE_M
    # A border of 20,000 vertices says no more about a strip than one that is true to a hundredth of its width.
    outline = _scaled(shape, lat).simplify(reach / 100)
    return _scaled(outline.buffer(reach, quad_segs=8), lat, back=True)


def extent_of(lon: np.ndarray, lat: np.ndarray) -> BaseGeometry | None:
    """Polygon of an area from its communities: a moderately concave hull, wider by 2 km; None for too few."""
    if len(lon) < FEWEST_COMMUNITIES:
        return None
    middle = float(np.mean(lat))
    hull = shapely.concave_hull(_scaled(MultiPoint(np.column_stack([lon, lat])), middle), ratio=0.6)
    return _scaled(hull.buffer(COMMUNITY_M / _DEGREE_M), middle, back=True)


def part_of(shape: BaseGeometry, compass: str) -> BaseGeometry:
    """The half or quarter of a polygon on a side of its centroid; for C the middle half.

    >>> part_of(box(0, 0, 2, 2), "SE").bounds
    (1.0, 0.0, 2.0, 1.0)
    """
    if not compass:
        return shape
    west, south, east, north = shape.bounds
    x, y = shape.centroid.x, shape.centroid.y
    if compass == "C":
        return shape.intersection(box((west + x) / 2, (south + y) / 2, (east + x) / 2, (north + y) / 2))
    for letter in compass:
        across, up = _SIDES[letter]
        side = box(
            x if across > 0 else west,
            y if up > 0 else south,
            x if across < 0 else east,
            y if up < 0 else north,
        )
        shape = shape.intersection(side)
    return shape


def middle_and_radius(shape: BaseGeometry) -> tuple[float, float, float]:
    """A point inside the polygon and the geodesic distance to its farthest corner, in metres."""
    point = shape.centroid if shape.intersects(shape.centroid) else shape.representative_point()
    corners = shapely.get_coordinates(shape.convex_hull)
    _, _, apart = GEOD.inv(np.full(len(corners), point.x), np.full(len(corners), point.y), *corners.T)
    return point.x, point.y, float(np.max(apart))


def as_place(shape: BaseGeometry, *, name: str, rule: str, like: Place | None = None) -> Place:
    """A place of kind ``area`` with the polygon and the rule that made it."""
    lon, lat, radius = middle_and_radius(shape)
    base = like or Place(name, "", "", "", lon, lat, radius, "area")
    return replace(
        base, name=name, name_ar="", pcode="", place_id=f"area:{name.lower().replace(' ', '-')}", lon=lon, lat=lat,
        radius_m=radius, kind="area", geometry=shape, rule=rule,
    )  # fmt: skip


def area_code(place: Place, level: str) -> str:
    """P-code of the area that a place is the seat of: the governorate's for its capital, and so on down."""
    codes = {"adm1": place.adm1_pcode, "adm2": place.adm2_pcode, "adm3": place.adm3_pcode}
    if level in codes:
        return codes[level]
    if place.kind in {"adm1", "adm2", "adm3"}:
        return place.pcode
    if place.adm3_pcode.endswith("0000"):
        return place.adm1_pcode
    return place.adm2_pcode if place.adm3_pcode.endswith("00") else place.adm3_pcode


def area_extent(
    table: pd.DataFrame, boundaries: Mapping[str, BaseGeometry], code: str
) -> tuple[BaseGeometry | None, str]:
    """Polygon of a P-code and where it comes from: the boundary given, else its communities."""
    if code in boundaries:
        return boundaries[code], f"boundary of {code}"
    inside = np.zeros(len(table), dtype=bool)
    for column in ("adm1_pcode", "adm2_pcode", "adm3_pcode"):
        inside |= (table[column] == code).to_numpy()
    inside &= ~table["kind"].isin(_AREAS).to_numpy()
    chosen = table[inside]
    shape = extent_of(chosen["lon"].to_numpy(), chosen["lat"].to_numpy())
    return shape, f"hull of the {len(chosen)} places of {code}"


_AREAS = frozenset({"adm1", "adm2", "adm3", "region", "area", "massif", "plain"})


def part_place(
    phrase: AreaPhrase, seat: Place, table: pd.DataFrame, boundaries: Mapping[str, BaseGeometry]
) -> Place:
    """The part of a governorate, district or sub-district that a phrase names."""
    side = _WORDS.get(phrase.compass, "")
    words = (_ADJECTIVES.get(phrase.compass, ""), "countryside of" if phrase.countryside else "", seat.name)
    title = " ".join(word for word in words if word)
    code = area_code(seat, phrase.level)
    shape, source = area_extent(table, boundaries, code) if code else (None, "")
    if shape is None or shape.is_empty:
        return _unknown_part(phrase, seat, title)
    part = part_of(shape, phrase.compass)
    rule = f"{side} of the centroid of the {source}" if side and side != "centre" else source
    if phrase.countryside and not phrase.compass and seat.kind not in _AREAS:
        town = buffered(Point(seat.lon, seat.lat), seat.radius_m)
        part, rule = part.difference(town), f"{source} without the town itself"
    return as_place(part, name=title, rule=rule, like=seat)


def _unknown_part(phrase: AreaPhrase, seat: Place, title: str) -> Place:
    """No extent is known: a circle beside the seat, wide enough to be true."""
    reach = max(seat.radius_m, UNKNOWN_PART_M if phrase.compass else AROUND_M)
    lon, lat = seat.lon, seat.lat
    if phrase.compass and phrase.compass != "C":
        across = sum(_SIDES[letter][0] for letter in phrase.compass)
        up = sum(_SIDES[letter][1] for letter in phrase.compass)
        lon, lat, _ = GEOD.fwd(lon, lat, math.degrees(math.atan2(across, up)), reach / 2)
    rule = f"circle of {reach / 1000:.0f} km; the extent of {seat.name} is not known"
    return as_place(buffered(Point(lon, lat), reach), name=title, rule=rule, like=seat)


def around_place(centre: Place, *, reach_m: float = AROUND_M) -> Place:
    """The villages around a place: a circle about it."""
    reach = reach_m + centre.radius_m
    rule = f"within {reach_m / 1000:.0f} km of the edge of {centre.name}"
    return as_place(
        buffered(Point(centre.lon, centre.lat), reach), name=f"around {centre.name}", rule=rule, like=centre
    )


def between_place(one: Place, other: Place) -> Place:
    """The road between two towns: a strip along the straight line, as wide as a road may swing."""
    line = LineString([(one.lon, one.lat), (other.lon, other.lat)])
    length = GEOD.geometry_length(line)
    reach = max(ROAD_M, 0.15 * length)  # roads here are 1.1 to 1.3 times as long as the straight line
    rule = f"strip of {reach / 1000:.0f} km on both sides of the line from {one.name} to {other.name}"
    return as_place(buffered(line, reach), name=f"between {one.name} and {other.name}", rule=rule)


def border_place(context: Context, country: str) -> Place | None:
    """The strip along the border of the scenario, in its area; None where no border is known."""
    if context.border is None:
        return None
    line = context.border if context.area is None else context.border.intersection(box(*context.area))
    if line.is_empty:
        return None
    strip: BaseGeometry = buffered(line, BORDER_M)
    if context.area is not None:
        strip = strip.intersection(box(*context.area))
    name = {"TR": "near the Turkish border", "": "near the border"}.get(
        country, f"near the border of {country}"
    )
    return as_place(strip, name=name, rule=f"within {BORDER_M / 1000:.0f} km of the border line")


def country_place(table: pd.DataFrame, phrase: AreaPhrase) -> Place | None:
    """A part of a country, from all places that are known of it."""
    own = table[table["adm1_pcode"].str.startswith(phrase.name) & ~table["kind"].isin(_AREAS)]
    shape = extent_of(own["lon"].to_numpy(), own["lat"].to_numpy())
    if shape is None:
        return None
    side = _WORDS.get(phrase.compass, "")
    rule = f"{side} of the centroid of the hull of the {len(own)} places of {phrase.name}"
    return as_place(
        part_of(shape, phrase.compass),
        name=f"{_ADJECTIVES.get(phrase.compass, '')} {phrase.name}".strip(),
        rule=rule,
    )


def polygons(boundaries: gpd.GeoDataFrame) -> dict[str, BaseGeometry]:
    """Polygons by P-code of a layer of administrative boundaries, of every level that it names.

    A layer of sub-districts gives districts and governorates too, as unions.
    """
    found: dict[str, BaseGeometry] = {}
    for column in code_columns(boundaries):
        parts = boundaries.groupby(boundaries[column].astype("str"))["geometry"]
        found |= {str(code): shapely.union_all(group.to_numpy()) for code, group in parts}
    return found


def code_columns(boundaries: gpd.GeoDataFrame) -> list[str]:
    """Columns of P-codes from adm1 on, coarse ones first; a column ``pcode`` alone will do."""
    columns = [str(c) for c in boundaries.columns if re.fullmatch(r"(?i)adm[1-3]_?pcode|pcode", str(c))]
    return sorted(columns, key=str.lower)


def parents_from(table: pd.DataFrame, boundaries: Mapping[str, BaseGeometry]) -> pd.DataFrame:
    """Fill in missing codes of governorate, district and sub-district by where each place lies."""
    codes = list(boundaries)
    tree = shapely.STRtree([boundaries[code] for code in codes])
    points = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    place, shape = tree.query(points, predicate="intersects")
    filled = table.copy()
    # OCHA numbers areas by their parents: SY07, SY0703, SY070301.
    for column, length in (("adm1_pcode", 4), ("adm2_pcode", 6), ("adm3_pcode", 8)):
        found = pd.Series("", index=table.index, dtype="str")
        for row, k in zip(place.tolist(), shape.tolist(), strict=True):
            if len(codes[k]) == length:
                found.iloc[row] = codes[k]
        filled[column] = table[column].where(table[column] != "", found)
    return filled
