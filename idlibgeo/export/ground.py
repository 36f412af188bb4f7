"""What lies under the layers of a map: the two sides of the border, their names, and credits of what is drawn."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from idlibgeo.border.zones import country_area, read_zones
from idlibgeo.errors import UnknownNameError
from idlibgeo.export import style
from idlibgeo.geo import Bounds
from idlibgeo.schema import Product


@dataclass(frozen=True)
class Side:
    """One side of the border within the box: its polygon, and the country's name where it is known."""

    polygon: BaseGeometry
    name: str
    is_origin: bool
    code: str = ""


def sides(layers: Mapping[str, pd.DataFrame], bounds: Bounds) -> list[Side]:
    """Cut the box along the border into the side that people flee on and the other.

    Where there is no border, or it does not cut the box in two, the box is one nameless side.

    Parameters
    ----------
    layers
        Layers of the schema in EPSG:4326; `border` cuts, `border_bands` (else `camps`, `places`) tell the sides apart.
    bounds
        The box, degrees.

    Returns
    -------
    list of Side
        Between them they fill the box.

    Examples
    --------
    >>> line = shapely.LineString([(0.0, 0.5), (1.0, 0.5)])
    >>> border = gpd.GeoDataFrame({"countries": ["AD-ES"], "part": ["land"]}, geometry=[line], crs="EPSG:4326")
    >>> places = gpd.GeoDataFrame(geometry=[shapely.Point(0.5, 0.9)], crs="EPSG:4326")
    >>> [(side.name, side.is_origin) for side in sides({"border": border, "places": places}, Bounds(0, 0, 1, 1))]
    [('Andorra', True), ('Spain', False)]
    """
    box = shapely.box(*bounds)
    border = layers.get("border")
    if border is None or border.empty:
        return [Side(box, "", True)]
    lines = shapely.intersection(shapely.union_all(border.geometry.dropna().to_numpy()), box)
    faces = [face for face in _faces(box, lines) if face.area > box.area * 1e-6]
    if len(faces) < 2:
        return [Side(box, "", True)]
    shares = [_share(face, layers) for face in faces]
    origin, other = country_names(str(border["countries"].iloc[0]))
    # A face that the border cuts off at the edge of the box is small but wholly ours or wholly theirs.
    limit = min(0.5, max(shares))
    ours = [face for face, share in zip(faces, shares, strict=True) if share > 0 and share >= limit] or faces[
        :1
    ]
    theirs = [face for face, share in zip(faces, shares, strict=True) if share == 0 or share < limit]
    parts = [Side(shapely.union_all(ours), origin, True)]
    return [*parts, Side(shapely.union_all(theirs), other, False)] if theirs else parts


def _faces(box: BaseGeometry, lines: BaseGeometry) -> list[BaseGeometry]:
    merged = shapely.union_all([shapely.boundary(box), lines])
    return list(shapely.get_parts(shapely.polygonize([merged])))


def _share(face: BaseGeometry, layers: Mapping[str, pd.DataFrame]) -> float:
    """How much of a face is known to lie on the origin side: of its area by bands, else of the points in the box."""
    bands = layers.get("border_bands")
    if bands is not None and not bands.empty:
        return float(
            shapely.intersection(shapely.union_all(bands.geometry.dropna().to_numpy()), face).area / face.area
        )
    for name in ["camps", "places"]:
        frame = layers.get(name)
        if frame is not None and not frame.empty:
            return float(shapely.contains(face, frame.geometry.dropna().to_numpy()).mean())
    return 0.0


def country_names(codes: str) -> tuple[str, str]:
    """Names of two countries, as the time-zone data base writes them, from codes such as ``SY, TR``.

    >>> country_names("SY, XX")
    ('Syria', '')
    """
    known = _countries()
    first, second, *_ = [*re.findall(r"[A-Z]{2}", codes), "", ""]
    return known.get(first, ""), known.get(second, "")


@functools.cache
def _countries() -> Mapping[str, str]:
    text = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {row[0]: row[1] for row in rows}


def countries(layers: Mapping[str, pd.DataFrame]) -> list[str]:
    """Codes of the countries that the layer `border` lies between, the origin's first; none without a border."""
    border = layers.get("border")
    if border is None or border.empty or border["countries"].isna().all():
        return []
    return re.findall(r"[A-Z]{2}", str(border["countries"].dropna().iloc[0]))


def outlines(layers: Mapping[str, pd.DataFrame], bounds: Bounds) -> list[Side]:
    """The countries of the border within a box, territorial sea included, from the packaged time zones.

    They reach beyond the border line that the layers hold; nothing where a country is unknown or does not lie in
    the box.
    """
    codes = countries(layers)
    box = shapely.box(*bounds)
    areas = {code: country_outline(code) for code in codes}
    parts = {code: shapely.intersection(area, box) for code, area in areas.items() if area is not None}
    if len(parts) < max(len(codes), 2) or any(part.is_empty for part in parts.values()):
        return []
    return [Side(part, _countries().get(code, ""), code == codes[0], code) for code, part in parts.items()]


@functools.cache
def country_outline(code: str) -> BaseGeometry | None:
    """A country's area to about 20 m; nothing where the time-zone data has none. Takes a second the first time."""
    try:
        area, _ = country_area(read_zones(), code)
    except UnknownNameError:
        return None
    return shapely.simplify(area, 0.0002)


def wider(layers: Mapping[str, pd.DataFrame], bounds: Bounds, degrees: float) -> list[Side]:
    """The sides in a box that reaches farther, where the border does so too; else in the box itself."""
    padded = bounds.padded(degrees)
    return outlines(layers, padded) or next(
        (found for box in (padded, bounds) if len(found := sides(layers, box)) == 2), sides(layers, padded)
    )


COAST = "coast: Natural Earth 4.1, 1:10 million, public domain, true to about 1 km"
"""The credit of what `land` gives."""


@functools.cache
def _world() -> Any:
    """The polygons of all land; ``data/make_land.py`` makes the file and says where it comes from."""
    with resources.files("idlibgeo.export").joinpath("land.npz").open("rb") as file:
        packed = np.load(file)
        points = np.ascontiguousarray(np.cumsum(packed["steps"], axis=1).T) * 0.001
        offsets = (packed["rings"], packed["polygons"])
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, offsets)


def land(bounds: Bounds) -> BaseGeometry:
    """The land within a box, true to about 1 km: enough to tell it from the sea, not to measure from.

    >>> square = land(Bounds(35.0, 35.0, 37.0, 36.0))   # the sea lies west of 35.8 E
    >>> square.contains(shapely.Point(36.6, 35.6)), square.contains(shapely.Point(35.3, 35.6))
    (True, False)
    """
    parts = shapely.clip_by_rect(_world(), *bounds)
    return shapely.union_all(parts[~shapely.is_empty(parts)])


def sea(bounds: Bounds) -> BaseGeometry:
    """The part of a box that is not land; empty far from any coast. True to about 1 km, as `land` is."""
    return shapely.difference(shapely.box(*bounds), land(bounds))


def neighbours(bounds: Bounds, *, without: Collection[str] = ()) -> list[Side]:
    """The other countries that reach into a box, territorial sea included, in the order of their codes.

    They are found at the points of a grid, so that one which only just reaches in may be missed.
    """
    zones = read_zones()
    country_of = {zone: code for code, own in zones.of_country.items() for zone in own}
    grid = np.meshgrid(np.linspace(bounds.west, bounds.east, 26), np.linspace(bounds.south, bounds.north, 26))
    places = zip(*(axis.ravel().tolist() for axis in grid), strict=True)
    found = {zones.finder.timezone_at(lng=lon, lat=lat) for lon, lat in places if abs(lat) <= 90}
    parts: dict[str, list[BaseGeometry]] = {}
    for zone in sorted(zone for zone in found if zone in country_of and country_of[zone] not in without):
        inside = shapely.clip_by_rect(zones.polygons(zone), *bounds)
        parts.setdefault(country_of[zone], []).extend(inside[~shapely.is_empty(inside)])
    return [Side(shapely.union_all(parts[code]), _countries()[code], False, code) for code in sorted(parts)]


@dataclass(frozen=True)
class Base:
    """The ground of a map: all land of a box, the countries on it with the origin first, and the lines between."""

    land: BaseGeometry
    countries: tuple[Side, ...]
    lines: BaseGeometry


def base(layers: Mapping[str, pd.DataFrame], bounds: Bounds) -> Base:
    """What to draw beneath everything else: land against sea, and the countries on it.

    Where no coast is known within the box (an island too small for the file, an invented place at sea) the sides of
    the border, or the box, stand for the land.
    """
    near = wider(layers, bounds, 0.0)
    others = neighbours(bounds, without=[side.code for side in near if side.code])
    ashore = land(bounds)
    if ashore.is_empty:
        return Base(
            shapely.union_all([side.polygon for side in near]), tuple(near), shapely.MultiLineString()
        )
    known = [side for side in (*near, *others) if side.name and (side.code or side in near)]
    countries = [replace(side, polygon=_areas(shapely.intersection(side.polygon, ashore))) for side in known]
    edges = [shapely.boundary(side.polygon) for side in (*near, *others) if side.code]
    lines = shapely.intersection(shapely.union_all(edges), shapely.intersection(ashore, _inner(bounds)))
    return Base(ashore, tuple(side for side in countries if not side.polygon.is_empty), _lines(lines))


def _inner(bounds: Bounds) -> BaseGeometry:
    """The box without its rim, along which every area that it cuts has an edge."""
    return shapely.buffer(shapely.box(*bounds), -1e-6, join_style="mitre")


def _areas(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _lines(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shapely.line_merge(shape) if shape.geom_type.endswith("LineString") else shape)
    return shapely.multilinestrings(parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING])


def credits(product: Product, shown: list[str]) -> list[str]:
    """Sources and licences of the layers shown, each said once, in the order of the layers.

    Which layer is under which licence stands in the layer list of the page, in METHOD.html and in the GeoPackage.
    """
    attributions: dict[str, None] = {}
    licences: dict[str, None] = {}
    for name in shown:
        source = product.layer_sources.get(name)
        if source is not None:
            attributions.update(dict.fromkeys(_parts(source.attribution)))
            licences.update(dict.fromkeys(_parts(source.licence)))
    lines = list(attributions)
    return [*lines, f"licences: {', '.join(licences)}"] if licences else lines


def _parts(joined: str) -> list[str]:
    return [part.strip() for part in joined.split("; ") if part.strip()]


def period_text(product: Product) -> str:
    """The period of a product in words; empty where neither end is known."""
    start, end = product.period
    if start and end:
        return f"{day(start.isoformat())} – {day(end.isoformat())}"
    known = start or end
    return day(known.isoformat()) if known else ""


def day(iso: object) -> str:
    """An ISO date as a reader writes it, in English whatever the locale.

    >>> day("2020-02-03"), day(None)
    ('3 February 2020', '')
    """
    if not isinstance(iso, str) or len(iso) < 10:
        return ""
    return f"{int(iso[8:10])} {_MONTHS[int(iso[5:7]) - 1]} {iso[:4]}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def points_inside(shape: BaseGeometry, *, count: int = 12) -> Any:
    """Places for a name inside an area, as x and y, the one farthest from the rim first."""
    left, bottom, right, top = shape.bounds
    x, y = np.meshgrid(np.linspace(left, right, 14)[1:-1], np.linspace(bottom, top, 14)[1:-1])
    points = shapely.points(x.ravel(), y.ravel())
    shapely.prepare(shape)
    inside = points[shapely.contains(shape, points)]
    if not len(inside):
        inside = np.array([shapely.point_on_surface(shape)])
    depth = shapely.distance(shape.boundary, inside)
    return shapely.get_coordinates(inside[np.argsort(-depth, kind="stable")[:count]])


PROTECTION = {
    "public": "Public",
    "partner": "For humanitarian partners only: do not publish or forward",
    "internal": "Internal: for the makers only; do not copy, publish or forward",
}
"""What each product says about who may see it, by audience."""


def drawn(layers: Mapping[str, pd.DataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """The layers that have something to draw, rows without geometry left out.

    Centres of administrative areas stand in `places` so that sums can be put there; they are no places on a map,
    unless a report names them.
    """
    located = {
        name: frame[frame.geometry.notna() & ~frame.geometry.is_empty]
        for name, frame in layers.items()
        if isinstance(frame, gpd.GeoDataFrame)
    }
    places = located.get("places")
    unseen = style.for_layer("places").unseen
    if places is not None and unseen is not None and {unseen.field, "role"} <= set(places.columns):
        centres = places[unseen.field].isin(unseen.values)
        located["places"] = places[~centres | places["role"].fillna("").ne("")]
    return {name: frame for name, frame in located.items() if len(frame)}
