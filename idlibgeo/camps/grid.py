"""Grids of square cells in the area's UTM zone, and what is put on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.features import rasterize

from idlibgeo.errors import InputError
from idlibgeo.geo import WGS84, Bounds, FloatArray, Raster, check_bounds, require_crs, utm_crs

Area: TypeAlias = "Bounds | shapely.Geometry | gpd.GeoDataFrame"
BoolArray = npt.NDArray[np.bool_]
# 100 million cells take about a gigabyte and a half while they are worked on.
MOST_CELLS = 100_000_000


@dataclass(frozen=True)
class Grid:
    """Square cells, north up, aligned to multiples of their size."""

    crs: CRS
    west: float
    north: float
    resolution_m: float
    rows: int
    columns: int

    @property
    def transform(self) -> Affine:
        """From column and row to x, y."""
        return Affine(self.resolution_m, 0.0, self.west, 0.0, -self.resolution_m, self.north)

    @property
    def cell_km2(self) -> float:
        """Area of a cell in km²."""
        return self.resolution_m**2 / 1e6

    @property
    def box(self) -> shapely.Polygon:
        """The grid's outline in its own CRS."""
        east = self.west + self.columns * self.resolution_m
        return shapely.box(self.west, self.north - self.rows * self.resolution_m, east, self.north)

    def wider(self, cells: int) -> Grid:
        """The grid with so many cells more on each side."""
        return Grid(
            self.crs,
            self.west - cells * self.resolution_m,
            self.north + cells * self.resolution_m,
            self.resolution_m,
            self.rows + 2 * cells,
            self.columns + 2 * cells,
        )

    def covered(self, area: shapely.Geometry) -> BoolArray:
        """Which cells have their centre in an area (in the grid's CRS)."""
        if area.is_empty:
            return np.zeros((self.rows, self.columns), dtype=bool)
        return rasterize(
            [(area, 1)], out_shape=(self.rows, self.columns), transform=self.transform, dtype="uint8"
        ).astype(bool)

    def touched(self, geometries: gpd.GeoSeries) -> BoolArray:
        """Which cells are touched by any of the geometries (in the grid's CRS), be it at a corner."""
        shapes = [(shape, 1) for shape in geometries if shape is not None and not shape.is_empty]
        if not shapes:
            return np.zeros((self.rows, self.columns), dtype=bool)
        return rasterize(
            shapes,
            out_shape=(self.rows, self.columns),
            transform=self.transform,
            dtype="uint8",
            all_touched=True,
        ).astype(bool)

    def project(self, area: Area) -> shapely.Geometry:
        """An area in lon, lat degrees (or a layer with a CRS) in the grid's CRS, its long edges kept straight."""
        geometry = area_geometry(area)
        fine = shapely.segmentize(geometry, 0.05)
        return gpd.GeoSeries([fine], crs=WGS84).to_crs(self.crs).iloc[0]

    def raster(self, array: npt.NDArray[np.floating], **facts: object) -> Raster:
        """The array on this grid."""
        return Raster(array=array, transform=self.transform, crs=self.crs, **facts)  # type: ignore[arg-type]


def to_plane(crs: CRS, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lon and lat in degrees as x, y of a CRS in metres."""
    x, y = Transformer.from_crs(WGS84, crs, always_xy=True).transform(lon, lat)
    return np.asarray(x), np.asarray(y)


def area_geometry(area: Area) -> shapely.Geometry:
    """A box, geometry or layer as one geometry in lon, lat degrees.

    Raises
    ------
    InputError
        If it is no area.
    """
    if isinstance(area, gpd.GeoDataFrame):
        geometry = shapely.union_all(require_crs(area, name="area").geometry.dropna().array)
    elif isinstance(area, shapely.Geometry):
        geometry = area
    else:
        geometry = shapely.box(*check_bounds(area, name="area"))
    if geometry.is_empty or geometry.area == 0:
        raise InputError(
            f"area: given {geometry.geom_type} without extent, expected an area in degrees. Nothing was computed."
        )
    west, south, east, north = geometry.bounds
    check_bounds((west, south, east, north), name="area")
    return geometry


def make_grid(crs: CRS, outline: tuple[float, float, float, float], resolution_m: float) -> Grid:
    """The grid that covers an outline (west, south, east, north in metres of `crs`).

    Raises
    ------
    InputError
        If it would have more cells than a machine in the field can hold, with the number it would have.
    """
    check_resolution(resolution_m)
    west, south = (np.floor(value / resolution_m) * resolution_m for value in outline[:2])
    east, north = (np.ceil(value / resolution_m) * resolution_m for value in outline[2:])
    columns = max(1, round((east - west) / resolution_m))
    rows = max(1, round((north - south) / resolution_m))
    if rows * columns > MOST_CELLS:
        fits = resolution_m * np.sqrt(rows * columns / MOST_CELLS)
        raise InputError(
            f"resolution_m: given {resolution_m:g}, which makes a raster of {rows:,} × {columns:,} ="
            f" {rows * columns:,} cells, expected at most {MOST_CELLS:,}. Nothing was computed. Take"
            f" {np.ceil(fits):g} m or more, or a smaller area."
        )
    return Grid(crs, float(west), float(north), float(resolution_m), rows, columns)


def check_resolution(resolution_m: float) -> None:
    """Refuse a cell size that is no length in metres."""
    if not (np.isfinite(resolution_m) and 0 < resolution_m <= 100_000):
        raise InputError(
            f"resolution_m: given {resolution_m!r}, expected metres above 0. Nothing was computed."
        )
    if resolution_m < 0.5:
        raise InputError(
            f"resolution_m: given {resolution_m!r}, expected metres. Nothing was computed. That looks like degrees:"
            " 0.001° is about 100 m."
        )


def grid_of_area(area: Area, resolution_m: float) -> Grid:
    """The grid that covers an area, in the UTM zone of its middle."""
    geometry = area_geometry(area)
    crs = utm_crs(*Bounds(*geometry.bounds).centre)
    plane = gpd.GeoSeries([shapely.segmentize(geometry, 0.05)], crs=WGS84).to_crs(crs)
    return make_grid(crs, tuple(plane.total_bounds), resolution_m)
