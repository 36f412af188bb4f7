"""CRS and units: WGS84, the area's UTM zone, geodesic lengths, rasters, and the checks at the door.

Order is always x, y = lon, lat; a box is (west, south, east, north) in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from pyproj import CRS, Geod

from idlibgeo.errors import CRSError, InputError

WGS84 = "EPSG:4326"
GEOD = Geod(ellps="WGS84")

FloatArray = npt.NDArray[np.float64]


class Bounds(NamedTuple):
    """A box in degrees: west, south, east, north.

    >>> Bounds(35.7, 35.2, 37.3, 37.0).centre
    (36.5, 36.1)
    """

    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box as (lon, lat)."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def padded(self, degrees: float) -> Bounds:
        """The box, wider by so many degrees on each side."""
        return Bounds(self.west - degrees, self.south - degrees, self.east + degrees, self.north + degrees)


def check_bounds(values: Any, *, name: str = "bounds") -> Bounds:
    """Check a box at the door and return it as `Bounds`.

    >>> check_bounds([37.3, 35.2, 35.7, 37.0])
    Traceback (most recent call last):
    ...
    idlibgeo.errors.InputError: bounds: given (37.3, 35.2, 35.7, 37.0), ...
    """
    try:
        west, south, east, north = (float(value) for value in values)
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: given {values!r}, expected four numbers (west, south, east, north) in degrees."
        ) from None
    box = Bounds(west, south, east, north)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(
            f"{name}: given {tuple(box)}, expected (west, south, east, north) in degrees with west < east and"
            " south < north. Nothing was read. Check the order (lon before lat) and the unit; an area across the"
            " antimeridian has to be split in two."
        )
    return box


def utm_crs(lon: float, lat: float) -> CRS:
    """The UTM zone that a point lies in, on WGS84.

    >>> utm_crs(36.68, 35.65).to_epsg()
    32637
    """
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def equal_area_crs(bounds: Bounds) -> CRS:
    """A Lambert azimuthal equal-area projection centred on the area.

    Over the 200 km of the sample area the foot of a perpendicular found in it is off the geodesic foot by
    millimetres, against decimetres in UTM, whose centre line is elsewhere (Snyder 1987, chapter 24).
    """
    lon, lat = bounds.centre
    return CRS.from_proj4(f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m +no_defs")


def geodesic_length_m(geometries: gpd.GeoSeries | npt.NDArray[np.object_]) -> FloatArray:
    """Length in metres on the WGS84 ellipsoid of each line in lon, lat (Karney 2013, through PROJ).

    >>> from shapely import LineString
    >>> geodesic_length_m(np.array([LineString([(36.0, 35.0), (36.0, 36.0)])])).round(0)
    array([110950.])
    """
    lines = np.asarray(geometries, dtype=object)
    # The gap between two parts of a multi-part line is no part of its length.
    parts, line_of_part = shapely.get_parts(lines, return_index=True)
    points, part_of_point = shapely.get_coordinates(parts, return_index=True)
    if len(points) < 2:
        return np.zeros(len(lines))
    line_of_point = line_of_part[part_of_point]
    same = part_of_point[1:] == part_of_point[:-1]
    lon, lat = points.T
    _, _, step_m = GEOD.inv(lon[:-1][same], lat[:-1][same], lon[1:][same], lat[1:][same])
    lengths = np.bincount(line_of_point[1:][same], weights=step_m, minlength=len(lines))
    return lengths.astype(np.float64)


def require_crs(layer: gpd.GeoDataFrame, *, name: str) -> gpd.GeoDataFrame:
    """Return the layer in WGS84; refuse one that has no CRS or whose numbers cannot be degrees.

    Raises
    ------
    CRSError
        If the layer has no CRS.
    InputError
        If coordinates lie outside ±180, ±90: metres given as degrees.
    """
    if layer.crs is None:
        raise CRSError(
            f"{name}: given a layer without a CRS, expected one. Nothing was computed, since degrees taken for"
            f' metres would go unnoticed. If it is lon/lat, say so: layer.set_crs("{WGS84}").'
        )
    in_wgs84 = layer if layer.crs == WGS84 else layer.to_crs(WGS84)
    west, south, east, north = in_wgs84.total_bounds if len(in_wgs84) else (0.0, 0.0, 0.0, 0.0)
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InputError(
            f"{name}: given coordinates from {west:.0f}, {south:.0f} to {east:.0f}, {north:.0f} in {WGS84},"
            " expected degrees within ±180, ±90. Nothing was computed. These look like metres: set the CRS that"
            " they are really in."
        )
    return in_wgs84


@dataclass(frozen=True)
class Raster:
    """A grid of numbers with its place on Earth.

    Attributes
    ----------
    array
        Two-dimensional, north up, float32 or float64; `nodata` where nothing is known.
    transform
        From column and row to x, y in `crs`.
    crs
        A projected CRS in metres for what is counted per area.
    nodata
        The value that means unknown.
    unit, title, description
        For the legend and the file's tags, e.g. ``people_per_km2``.
    tags
        Further facts that travel with the file: method, bandwidth, source.
    """

    array: FloatArray
    transform: Affine
    crs: CRS
    nodata: float = -9999.0
    unit: str = ""
    title: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def cell_area_m2(self) -> float:
        """The area of one cell in the raster's own CRS."""
        return abs(float(self.transform.a * self.transform.e))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in the raster's own CRS."""
        rows, columns = self.array.shape
        west, north = self.transform * (0, 0)
        east, south = self.transform * (columns, rows)
        return west, south, east, north

    def valid(self) -> FloatArray:
        """The values that are known, flat."""
        known: FloatArray = self.array[self.array != self.nodata]
        return known
