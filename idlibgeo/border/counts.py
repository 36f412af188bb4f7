"""Sites and people per band, as low, mid and high, with everybody accounted for."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from idlibgeo.errors import InputError
from idlibgeo.geo import FloatArray

# A radius bounds where sites lie; they crowd around the middle. Against people by distance counted from single sites
# (CCCM Cluster, Feb. and Nov. 2019) a disc of half the radius misses by 7 points of a hundred on average, one of the
# whole radius by 11, a point by 8.
_CROWD = 0.5
_BOUNDS = ("people_low", "people_mid", "people_high")


@dataclass(frozen=True)
class _Sites:
    """What is counted: signed distance and its reach, people and sites, all on the index of the points."""

    index: pd.Index
    distance_m: FloatArray
    radius_m: FloatArray
    outside: np.ndarray
    sites: FloatArray
    people: dict[str, FloatArray]


def band_table(points: pd.DataFrame, bands: gpd.GeoDataFrame, *, error_m: float = 0.0) -> gpd.GeoDataFrame:
    """Count sites and people per band of distance to the border.

    The middle value spreads each point evenly over a disc of half its radius and counts the part of the disc in the
    band (the border taken as straight across the disc; the part beyond the border, where the site is not, does not
    count). The low value takes the lower bound of the points that are surely in the band, the high value the upper
    bound of all that may be: within radius plus the border's error. An error of twenty kilometres therefore shows
    as bounds from nobody to everybody.

    Parameters
    ----------
    points
        ``distance_m`` and ``status`` as from `distance_to_border` (or ``border_status`` as in the layer `camps`),
        ``people_mid`` or ``people``, and, if known, ``people_low``, ``people_high``, ``radius_m``, ``sites``.
        Points with the status ``outside`` or without a distance are not counted; `band_left_out` lists them.
    bands
        From `border_bands` or `border_buffers`.
    error_m
        The border's known error in metres; NaN counts as none.

    Returns
    -------
    geopandas.GeoDataFrame
        The bands with ``sites``, ``people_low``, ``people_mid``, ``people_high`` filled.

    Raises
    ------
    InputError
        For missing columns, or people that are missing or negative, with their rows.

    Examples
    --------
    >>> from shapely import box
    >>> bands = gpd.GeoDataFrame({"from_m": [0.0, 2000.0], "to_m": [2000.0, 5000.0]},
    ...     geometry=[box(0, 0, 1, 1), box(0, 1, 1, 2)], crs="EPSG:4326")
    >>> camps = pd.DataFrame({"distance_m": [1000.0, 2000.0], "status": ["inside", "inside"],
    ...     "people": [10, 100], "radius_m": [0.0, 500.0]})
    >>> band_table(camps, bands)[["people_low", "people_mid", "people_high"]].values.tolist()
    [[10.0, 60.0, 110.0], [0.0, 50.0, 100.0]]
    """
    found = _sites_of(points)
    starts, ends = _limits(bands)
    reach_m = found.radius_m + (error_m if np.isfinite(error_m) else 0.0)
    low_m = np.maximum(found.distance_m - reach_m, 0.0)
    high_m = np.maximum(found.distance_m + reach_m, 0.0)
    rows = []
    for start, end in zip(starts, ends, strict=True):
        share = np.where(found.outside, 0.0, _share_below(found, end) - _share_below(found, start))
        # A point on the edge of two bands belongs to the nearer one, as its middle value does.
        surely = ~found.outside & ((low_m > start) | (start <= 0)) & (high_m <= end)
        maybe = ~found.outside & (low_m <= end) & (high_m >= start)
        rows.append(
            {
                "sites": float((found.sites * share).sum()),
                "people_low": float(found.people["people_low"][surely].sum()),
                "people_mid": float((found.people["people_mid"] * share).sum()),
                "people_high": float(found.people["people_high"][maybe].sum()),
            }
        )
    counts = pd.DataFrame(rows, index=bands.index)
    return bands.assign(**{name: counts[name] for name in counts})


def band_left_out(points: pd.DataFrame, bands: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the people that the bands do not hold: outside the border, or beyond the last band.

    People in the bands (`band_table`, middle value, of disjoint bands or of the widest buffer) and people listed
    here are together the people of the points.

    Returns
    -------
    pandas.DataFrame
        On the index of the points concerned: ``people_low, people_mid, people_high`` (of a point that lies partly
        beyond, that part), ``distance_m`` and ``reason``.
    """
    found = _sites_of(points)
    _, ends = _limits(bands)
    beyond = 1.0 - _share_below(found, max(ends))
    part = np.where(found.outside, 1.0, beyond)
    reason = [
        _reason(out, distance, max(ends))
        for out, distance in zip(found.outside, found.distance_m, strict=True)
    ]
    listed = pd.DataFrame(
        {name: people * part for name, people in found.people.items()}
        | {"distance_m": np.where(np.isinf(found.distance_m), np.nan, found.distance_m), "reason": reason},
        index=found.index,
    )
    return listed[part > 0]


def _reason(outside: bool, distance_m: float, last_m: float) -> str:
    if np.isinf(distance_m):
        return "has no position"
    if outside:
        return f"lies {-distance_m / 1000:.1f} km outside the border"
    return f"lies, in whole or in part, beyond {last_m / 1000:g} km"


def _share_below(found: _Sites, limit_m: float) -> FloatArray:
    """The share of each point's disc that is nearer to the border than the limit, of the part on this side."""
    if limit_m <= 0:
        return np.zeros(len(found.distance_m))
    disc_m = _CROWD * found.radius_m
    beyond = _disc_share(-found.distance_m, disc_m)
    this_side = 1.0 - beyond
    below = _disc_share(limit_m - found.distance_m, disc_m) - beyond
    # A point outside by less than the tolerance belongs to the first band.
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(this_side > 1e-9, below / this_side, 1.0)


def _disc_share(offset_m: FloatArray, radius_m: FloatArray) -> FloatArray:
    """The share of a disc's area on the near side of a straight line that passes its centre at an offset."""
    # Less than a millimetre is a point; a point on the line counts as on its near side.
    disc = radius_m > 1e-3
    t = np.where(disc, offset_m / np.where(disc, radius_m, 1.0), np.where(offset_m >= 0, 1.0, -1.0))
    t = np.clip(t, -1.0, 1.0)
    return 0.5 + (t * np.sqrt(1.0 - t * t) + np.arcsin(t)) / np.pi


def _limits(bands: gpd.GeoDataFrame) -> tuple[list[float], list[float]]:
    if "to_m" not in bands:
        raise InputError(
            f"bands: given the columns {list(bands.columns)}, expected to_m, as border_bands and border_buffers give"
            " it. Nothing was counted."
        )
    ends = bands["to_m"].astype(float).tolist()
    return (bands["from_m"].astype(float).tolist() if "from_m" in bands else [0.0] * len(ends)), ends


def _sites_of(points: pd.DataFrame) -> _Sites:
    status = next((name for name in ("status", "border_status") if name in points), None)
    middle = next((name for name in ("people_mid", "people") if name in points), None)
    if "distance_m" not in points or status is None or middle is None:
        raise InputError(
            f"points: given the columns {list(points.columns)}, expected distance_m, status and people_mid. Nothing was"
            " counted. Add what distance_to_border gives:"
            " points.assign(**distance_to_border(points, border))."
        )
    mid = _people(points, middle)
    people = {name: _people(points, name) if name in points else mid for name in _BOUNDS}
    people["people_mid"] = mid
    distance_m = points["distance_m"].to_numpy(dtype=np.float64)
    return _Sites(
        index=points.index,
        distance_m=np.nan_to_num(distance_m, nan=np.inf),
        radius_m=_known(points, "radius_m", 0.0),
        # Who has no position is in no band, and is listed.
        outside=((points[status] == "outside") | np.isnan(distance_m)).to_numpy(dtype=bool),
        sites=_known(points, "sites", 1.0),
        people=people,
    )


def _known(points: pd.DataFrame, column: str, otherwise: float) -> FloatArray:
    if column not in points:
        return np.full(len(points), otherwise)
    return points[column].astype("float64").fillna(otherwise).to_numpy()


def _people(points: pd.DataFrame, column: str) -> FloatArray:
    values = pd.to_numeric(points[column], errors="coerce").astype("float64").to_numpy()
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        rows = points.index[wrong][:5].tolist()
        raise InputError(
            f"points, {column}: rows {rows} are missing, negative or no number, expected people, 0 or more. Nothing was"
            " counted. Correct these rows, or leave them out on purpose."
        )
    return values
