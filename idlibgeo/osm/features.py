"""From tagged records of an OSM file to frames: places, boundaries, sites, barriers, crossings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from idlibgeo.geo import WGS84
from idlibgeo.osm.raw import RawOsm, Relation, TaggedWay

PLACE_COLUMNS = (
    "place_id", "name", "name_ar", "alternates", "pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode", "kind",
    "lon", "lat", "radius_m", "population", "source",
)  # fmt: skip
BOUNDARY_COLUMNS = ("osm_id", "admin_level", "iso", "name", "name_ar", "name_en", "complete")
SITE_COLUMNS = ("osm_id", "kind", "name", "name_ar")
BARRIER_COLUMNS = ("osmid", "barrier", "access", "vehicle", "foot", "name")
CROSSING_COLUMNS = ("crossing_id", "name", "name_ar", "type", "status", "radius_m", "source")

_ARABIC = re.compile("[\u0600-\u06ff]")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_NAME_KEY = re.compile("^(name|alt_name|old_name|int_name|official_name|short_name|loc_name)(:.*)?$")


def place_kinds() -> pd.DataFrame:
    """The values of ``place`` that become places, with kind and radius; from ``osm_places.csv``."""
    with resources.files(__package__).joinpath("osm_places.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream).set_index("place")


def names(tags: Mapping[str, str]) -> tuple[str | None, str | None, str]:
    """The Latin name, the Arabic name, and every other spelling joined by "|".

    >>> names({"name": "حارم", "name:en": "Harim", "name:tr": "Harim", "alt_name": "Harem;Harym"})
    ('Harim', 'حارم', 'Harem|Harym')
    """
    own = tags.get("name")
    latin_own = own if own and _LATIN.search(own) else None
    latin = tags.get("name:en") or tags.get("int_name") or latin_own or own
    arabic = tags.get("name:ar") or (own if own and _ARABIC.search(own) else None)
    spellings = [
        part.strip() for key, text in sorted(tags.items()) if _NAME_KEY.match(key) for part in text.split(";")
    ]
    others = [text for text in dict.fromkeys(spellings) if text and text not in {latin, arabic}]
    return latin, arabic, "|".join(others)


def places(raw: RawOsm, *, source: str) -> gpd.GeoDataFrame:
    """Named places, in the columns that a gazetteer takes; areas stand at the middle of their outline."""
    kinds = place_kinds()
    rows = []
    for osm_id, lon, lat, tags in _points(raw):
        if tags.get("place") not in kinds.index or not any(key.startswith("name") for key in tags):
            continue
        kind = kinds.loc[tags["place"]]
        latin, arabic, others = names(tags)
        rows.append(
            (osm_id, latin, arabic, others, tags.get("ref:pcode") or tags.get("pcode"), None, None, None,
             kind["kind"], lon, lat, float(kind["radius_m"]), _whole(tags.get("population")), source)
        )  # fmt: skip
    return _point_frame(rows, PLACE_COLUMNS, lon=9, lat=10)


def sites(raw: RawOsm) -> gpd.GeoDataFrame:
    """Refugee sites as mapped. Single sites are never published: see `privacy`."""
    rows = [
        (osm_id, tags.get("amenity") or "refugee", *names(tags)[:2], lon, lat)
        for osm_id, lon, lat, tags in _points(raw)
        if tags.get("amenity") in {"refugee_site", "refugee_camp"}
        or tags.get("refugee") in {"yes", "designated"}
        or "social_facility:for" in tags
    ]
    return _point_frame(rows, SITE_COLUMNS, lon=4, lat=5)


def barriers(raw: RawOsm) -> gpd.GeoDataFrame:
    """Barrier nodes; whether one stands on a road is seen when the network is built."""
    rows = [
        (node.id, node.tags["barrier"], node.tags.get("access"),
         node.tags.get("motor_vehicle") or node.tags.get("vehicle"), node.tags.get("foot"),
         names(node.tags)[0], node.lon, node.lat)
        for node in raw.nodes
        if "barrier" in node.tags
    ]  # fmt: skip
    return _point_frame(rows, BARRIER_COLUMNS, lon=6, lat=7)


def crossings(raw: RawOsm, *, source: str) -> gpd.GeoDataFrame:
    """Border posts. OSM does not say whether they are open: ``status`` is unknown."""
    rows = [
        (osm_id, *names(tags)[:2], "official", "unknown", 200.0, source, lon, lat)
        for osm_id, lon, lat, tags in _points(raw)
        if tags.get("barrier") == "border_control" or tags.get("amenity") == "customs"
    ]
    return _point_frame(rows, CROSSING_COLUMNS, lon=7, lat=8)


def boundaries(raw: RawOsm) -> gpd.GeoDataFrame:
    """Administrative boundaries: polygons where the rings close within the file, else the lines there are.

    An extract cuts the boundaries of its neighbours: those have ``complete`` False, and a neighbour's line is
    still a true part of the border.
    """
    ways = {way.id: way for way in raw.outlines}
    rows, shapes = [], []
    for relation in raw.relations:
        shape, complete = _area(relation, ways)
        if shape is None:
            continue
        tags = relation.tags
        latin, arabic, _ = names(tags)
        code = tags.get("ISO3166-1:alpha2") or tags.get("ISO3166-1") or tags.get("ISO3166-2")
        iso = code.upper() if code else None
        rows.append(
            (relation.id, _whole(tags.get("admin_level")), iso, tags.get("name"), arabic, latin, complete)
        )
        shapes.append(shape)
    frame = pd.DataFrame(rows, columns=list(BOUNDARY_COLUMNS)).astype(
        {"osm_id": "int64", "admin_level": "Int64", "iso": "str", "name": "str", "name_ar": "str",
         "name_en": "str", "complete": bool}
    )  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=WGS84), crs=WGS84)


def _area(relation: Relation, ways: Mapping[int, TaggedWay]) -> tuple[shapely.Geometry | None, bool]:
    """Outer rings minus inner rings; the lines alone where a ring does not close or a way is missing."""
    lines: dict[str, list[shapely.LineString]] = {"outer": [], "inner": []}
    whole = True
    for way_id, role in relation.members:
        if role not in {"outer", "inner", ""}:
            continue
        way = ways.get(way_id)
        parts = _unbroken(way) if way is not None else []
        whole &= len(parts) == 1
        lines[role or "outer"].extend(parts)
    if not lines["outer"]:
        return None, False
    rings, cuts, dangles, _ = shapely.polygonize_full(lines["outer"])
    whole &= not len(cuts.geoms) and not len(dangles.geoms) and len(rings.geoms) > 0
    if not whole:
        return shapely.line_merge(shapely.MultiLineString(lines["outer"])), False
    outer = shapely.union_all(list(rings.geoms))
    holes = shapely.polygonize(lines["inner"])
    return outer.difference(shapely.union_all(list(holes.geoms))), True


def _unbroken(way: TaggedWay) -> list[shapely.LineString]:
    """The stretches of a way between missing nodes."""
    known = ~np.isnan(way.lon)
    points = np.column_stack([way.lon, way.lat])
    breaks = np.flatnonzero(~known)
    runs = (run[~np.isnan(run[:, 0])] for run in np.split(points, breaks))
    return [shapely.LineString(run) for run in runs if len(run) > 1]


def _points(raw: RawOsm) -> Iterable[tuple[str, float, float, Mapping[str, str]]]:
    """Tagged nodes, and outlines as the middle of their known nodes."""
    for node in raw.nodes:
        yield f"node/{node.id}", node.lon, node.lat, node.tags
    for way in raw.outlines:
        if len(way.lon) and not np.isnan(way.lon).all():
            west, east = np.nanmin(way.lon), np.nanmax(way.lon)
            south, north = np.nanmin(way.lat), np.nanmax(way.lat)
            yield f"way/{way.id}", float(west + east) / 2, float(south + north) / 2, way.tags


def _point_frame(
    rows: Sequence[tuple[object, ...]], columns: Sequence[str], *, lon: int, lat: int
) -> gpd.GeoDataFrame:
    """Rows whose items ``lon`` and ``lat`` are the position; they stay columns where ``columns`` names them."""
    xy = np.array([(row[lon], row[lat]) for row in rows], dtype=float).reshape(-1, 2)
    drop = set() if "lon" in columns else {lon, lat}
    kept = [tuple(item for number, item in enumerate(row) if number not in drop) for row in rows]
    frame = pd.DataFrame(kept, columns=list(columns)).astype({c: _dtype(c) for c in columns})
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=WGS84)


def _dtype(column: str) -> str:
    numbers = {
        "lon": "float64",
        "lat": "float64",
        "radius_m": "float64",
        "population": "Int64",
        "osmid": "int64",
    }
    return numbers.get(column, "str")


def _whole(text: str | None) -> int | None:
    """A whole number as people write it, or None.

    >>> _whole("12 345"), _whole("about 300"), _whole(None)
    (12345, None, None)
    """
    digits = re.sub(r"[\s,.'’]", "", text or "")
    return int(digits) if digits.isascii() and digits.isdigit() else None
