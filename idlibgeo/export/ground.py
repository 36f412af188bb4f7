"""What lies under the layers of a map: the two sides of the border, their names, and credits of what is drawn."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from idlibgeo.border.zones import country_area, read_zones
from idlibgeo.errors import UnknownNameError
from idlibgeo.geo import Bounds
from idlibgeo.schema import Product


@dataclass(frozen=True)
class Side:
    """One side of the border within the box: its polygon, and the country's name where it is known."""

    polygon: BaseGeometry
    name: str
    is_origin: bool


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
    return [Side(part, _countries().get(code, ""), code == codes[0]) for code, part in parts.items()]


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


@functools.cache
def _land_file() -> Mapping[str, Any]:
    """The packaged land: rings in squares of ten degrees, made by ``data/make_land.py``."""
    with resources.files("idlibgeo.export").joinpath("land.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        return {name: stored[name] for name in stored.files}


LAND_CREDIT = "coast: © OpenStreetMap contributors, ODbL, to 1 km"
_LAND_STEP, _LAND_SQUARE = 0.002, 10


def sea(bounds: Bounds) -> BaseGeometry:
    """The part of a box that lies in the sea, to about a kilometre; empty far from any coast.

    The countries of the time zones, and with them distance bands, reach into the territorial sea; a map has to
    show where people cannot be. From OpenStreetMap's coastline, for looks only: nothing is computed from it. Where
    the packaged file does not reach, all is land.

    Examples
    --------
    >>> west_of_latakia, aleppo = Bounds(35.2, 35.4, 35.6, 35.6), Bounds(37.0, 36.0, 37.3, 36.3)
    >>> round(sea(west_of_latakia).area, 3), sea(aleppo).is_empty
    (0.08, True)
    """
    stored = _land_file()
    square = stored["square"]
    near = (
        (square[:, 0] < bounds.east)
        & (square[:, 0] + _LAND_SQUARE > bounds.west)
        & (square[:, 1] < bounds.north)
        & (square[:, 1] + _LAND_SQUARE > bounds.south)
    )
    ends = np.cumsum(stored["length"] - 1)
    land: list[BaseGeometry] = []
    holes: list[BaseGeometry] = []
    for at in np.flatnonzero(near):
        steps = slice(ends[at] - stored["length"][at] + 1, ends[at])
        moves = np.column_stack([stored["dx"][steps], stored["dy"][steps]]).astype(np.int64)
        points = np.vstack([stored["start"][at], stored["start"][at] + np.cumsum(moves, axis=0)])
        ring = shapely.Polygon(points * _LAND_STEP)
        (holes if stored["hole"][at] else land).append(ring)
    box = shapely.intersection(shapely.box(*bounds), shapely.box(*stored["reach"].tolist()))
    solid = shapely.difference(
        shapely.union_all(shapely.clip_by_rect(land, *bounds)),
        shapely.union_all(shapely.clip_by_rect(holes, *bounds)),
    )
    return shapely.difference(box, solid)


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
    if places is not None and {"kind", "role"} <= set(places.columns):
        centres = places["kind"].str.startswith("adm").fillna(False).astype(bool)
        located["places"] = places[~centres | places["role"].fillna("").ne("")]
    return {name: frame for name, frame in located.items() if len(frame)}
