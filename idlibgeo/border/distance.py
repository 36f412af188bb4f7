"""Signed geodesic distance from points to a border."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo.border.line import Border
from idlibgeo.border.segments import Feet, build_tree, find_feet
from idlibgeo.errors import InputError, UnknownNameError, nearest_name
from idlibgeo.geo import FloatArray, require_crs

# What to do with a point that lies outside by more than the tolerance.
Outside = Literal["mark", "refuse"]
_SHOWN = 5


def distance_to_border(
    points: gpd.GeoDataFrame,
    border: Border,
    *,
    tolerance_m: float = 1_500.0,
    outside: Outside = "mark",
) -> pd.DataFrame:
    """Signed geodesic distance from each point to the nearest point of the border's land part.

    Positive on the origin's side, negative outside. The nearest point is found on a tree of the line's segments,
    the distance to it is the geodesic on WGS84 (Karney 2013, through PROJ): within a centimetre of a search of
    the whole line by geodesics.

    Parameters
    ----------
    points
        Points with a CRS.
    border
        The border to measure to.
    tolerance_m
        A point outside by no more than this is kept as probably inside: positions are rounded, lines generalised.
    outside
        ``mark`` keeps points further out, with the status ``outside``; ``refuse`` raises an error that names them.

    Returns
    -------
    pandas.DataFrame
        On the index of `points`: ``distance_m``, ``nearest_lon``, ``nearest_lat`` and ``status``
        (``inside``, ``tolerance`` or ``outside``). No point is left out.

    Raises
    ------
    CRSError
        If the points have no CRS.
    InputError
        For empty geometries, lines or areas, coordinates that look swapped, and, if asked for, points outside.

    Examples
    --------
    >>> from idlibgeo.border import load_border
    >>> town = gpd.GeoDataFrame(geometry=gpd.points_from_xy([1.5218], [42.5075]), crs="EPSG:4326")
    >>> found = distance_to_border(town, load_border("AD", "ES"))
    >>> found["distance_m"].round(-2).tolist(), found["status"].tolist()
    ([4400.0], ['inside'])
    """
    if outside not in ("mark", "refuse"):
        known = ["mark", "refuse"]
        raise UnknownNameError(f"outside: given {outside!r}. {nearest_name(str(outside), known)}")
    if not isinstance(border, Border):
        raise InputError(
            f"border: given {type(border).__name__}, expected a Border. Nothing was computed. Make one:"
            ' load_border("SY", "TR"), Border.from_lines(…) or Border.from_polygons(…).'
        )
    if not (np.isfinite(tolerance_m) and tolerance_m >= 0):
        raise InputError(
            f"tolerance_m: given {tolerance_m!r}, expected metres, 0 or more. Nothing was computed."
        )
    lon, lat = point_coordinates(points, name="points")
    feet = find_feet(build_tree(border.geometry), lon, lat)
    inside = _inside(border, lon, lat)
    distance_m = np.where(inside, feet.distance_m, -feet.distance_m)
    _refuse_swapped(border, lon, lat, distance_m, tolerance_m)
    found = _frame(points.index, feet, distance_m, tolerance_m)
    if outside == "refuse":
        _refuse_outside(found, tolerance_m)
    return found


def point_coordinates(points: gpd.GeoDataFrame, *, name: str) -> tuple[FloatArray, FloatArray]:
    """Lon and lat of a layer of points in degrees; names the rows that are no points.

    Raises
    ------
    InputError
        For empty, null or other geometries, with their rows.
    """
    located = require_crs(points, name=name)
    geometry = np.asarray(located.geometry.array, dtype=object)
    wrong = (shapely.get_type_id(geometry) != shapely.GeometryType.POINT) | shapely.is_empty(geometry)
    if wrong.any():
        rows = points.index[wrong][:_SHOWN].tolist()
        raise InputError(
            f"{name}: given {int(wrong.sum())} rows without a point (rows {rows}), expected a point in each."
            " Nothing was computed. Remove or locate these rows; of areas take representative_point()."
        )
    return shapely.get_x(geometry), shapely.get_y(geometry)


def _inside(border: Border, lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
    shapely.prepare(border.origin_side)
    within: npt.NDArray[np.bool_] = shapely.intersects_xy(border.origin_side, lon, lat)
    return within


def _frame(index: pd.Index, feet: Feet, distance_m: FloatArray, tolerance_m: float) -> pd.DataFrame:
    status = np.where(distance_m >= 0, "inside", np.where(distance_m >= -tolerance_m, "tolerance", "outside"))
    return pd.DataFrame(
        {
            "distance_m": distance_m,
            "nearest_lon": feet.lon,
            "nearest_lat": feet.lat,
            "status": pd.array(status, dtype="str"),
        },
        index=index,
    )


def _refuse_outside(found: pd.DataFrame, tolerance_m: float) -> None:
    beyond = found.loc[found["status"] == "outside", "distance_m"]
    if beyond.empty:
        return
    shown = "; ".join(f"row {row}: {-value / 1000:.1f} km" for row, value in beyond.head(_SHOWN).items())
    raise InputError(
        f"points: given {len(beyond)} that lie outside the border by more than {tolerance_m:.0f} m ({shown}), expected"
        ' none. Nothing was computed. Check their positions, or keep them with outside="mark".'
    )


def _refuse_swapped(
    border: Border, lon: FloatArray, lat: FloatArray, distance_m: FloatArray, tolerance_m: float
) -> None:
    """Refuse points none of which is inside, when most of them would be with lon and lat exchanged."""
    if not len(lon) or (distance_m >= -tolerance_m).any() or (np.abs(lon) > 90).any():
        return
    swapped = _inside(border, lat, lon)
    if 2 * int(swapped.sum()) > len(lon):
        raise InputError(
            f"points: given {len(lon)} points none of which lies inside {border.countries[0]}, while"
            f" {int(swapped.sum())} would with the two coordinates exchanged; expected lon before lat. Nothing was"
            " computed. Exchange the coordinates."
        )
