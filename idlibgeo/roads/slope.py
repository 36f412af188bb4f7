"""Walking time along stretches over an elevation model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from numba import njit
from pyproj import CRS, Transformer

from idlibgeo.errors import CRSError, InputError
from idlibgeo.geo import WGS84, Raster
from idlibgeo.roads import rules

if TYPE_CHECKING:
    from idlibgeo.roads.network import RoadNetwork

FloatArray = npt.NDArray[np.float64]

#: Elevations are read this far apart along a road: about a cell of SRTM, so that the steps between its cells
#: do not look like cliffs.
STEP_M = 90.0


def walking_seconds(network: RoadNetwork, dem: Raster) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Seconds on foot along and against each stretch, with notes on what the model does not cover.

    Elevation is read every 90 m along a stretch and at its ends, bilinearly; a bridge or tunnel goes straight
    from end to end. Where it is unknown (outside, or a void) walking is timed as on the flat.

    Raises
    ------
    CRSError
        If the model has no CRS.
    InputError
        If it does not cover any of the network.
    """
    if dem.crs is None:
        raise CRSError(
            "dem: given an elevation model without a CRS, expected one. No slope was computed. Say what it is in,"
            " for SRTM EPSG:4326."
        )
    ptr, xy, length = network.line_ptr, network.line_xy, network.edge_length_m
    spans = _spans(network)
    steps = np.where(spans, 1, np.maximum(np.rint(length / STEP_M), 1)).astype(np.int64)
    sample_ptr = np.concatenate([[0], np.cumsum(steps + 1)]).astype(np.int64)
    lon, lat = _resample(ptr, xy, sample_ptr).T
    height, outside = elevations_m(dem, lon, lat)
    share = 1 - float(outside.mean()) if len(outside) else 1.0
    if share == 0:
        raise InputError(
            f"dem: given an elevation model that covers 0 % of the network ({network.source}), expected one that"
            " covers it. No slope was computed. Take the tile of the area, or leave the model out."
        )
    along, against = _seconds(sample_ptr, height, length)
    return along, against, _notes(share, float(np.isnan(height[~outside]).mean()))


def _spans(network: RoadNetwork) -> npt.NDArray[np.bool_]:
    """Bridges and tunnels, which do not follow the ground."""
    bridge, tunnel = (
        rules.map_tag(network.tag(key), {"no": 0}, missing=0, other=1) == 1 for key in ("bridge", "tunnel")
    )
    return bridge | tunnel


def _notes(share: float, void: float) -> tuple[str, ...]:
    notes = []
    if share < 1:
        notes.append(
            f"The elevation model covers {_percent(share)} of the roads; the rest is walked as if it were flat."
        )
    if void > 0:
        notes.append(
            f"{_percent(void)} of the elevations are voids; there the road is walked as if it were flat."
        )
    return tuple(notes)


def _percent(share: float) -> str:
    """A share with one digit; a little is not nothing, and nearly all is not all.

    >>> _percent(0.123), _percent(0.0001), _percent(0.9999)
    ('12.3%', 'under 0.1%', 'over 99.9%')
    """
    if 0 < share < 0.001:
        return "under 0.1%"
    return "over 99.9%" if 0.999 < share < 1 else f"{share:.1%}"


def elevations_m(dem: Raster, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Bilinear elevation of points, NaN where outside or void; and whether each point is outside the model.

    Void corners of a cell are left out where the other corners hold at least half of the weight.
    """
    x, y = lon, lat
    if CRS.from_user_input(dem.crs) != CRS.from_user_input(WGS84):
        x, y = Transformer.from_crs(WGS84, dem.crs, always_xy=True).transform(lon, lat)
    back = ~dem.transform
    column, row = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
    rows, columns = dem.array.shape
    outside = ~((column >= 0) & (column <= columns) & (row >= 0) & (row <= rows))
    # Values stand at the middle of their cells.
    column = np.clip(np.where(outside, 0, column) - 0.5, 0, columns - 1)
    row = np.clip(np.where(outside, 0, row) - 0.5, 0, rows - 1)
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    dx, dy = column - left, row - top
    total, weight = np.zeros(len(column)), np.zeros(len(column))
    for r, c, w in (
        (top, left, (1 - dx) * (1 - dy)),
        (top, right, dx * (1 - dy)),
        (bottom, left, (1 - dx) * dy),
        (bottom, right, dx * dy),
    ):
        value = dem.array[r, c].astype(float)
        known = (value != dem.nodata) & np.isfinite(value)
        total += np.where(known, value, 0.0) * w
        weight += np.where(known, w, 0.0)
    known = (weight >= 0.5) & ~outside
    return np.where(known, total / np.where(known, weight, 1.0), np.nan), outside


@njit(cache=True)
def _resample(ptr, xy, sample_ptr):  # type: ignore[no-untyped-def]
    """Points at equal distances along each line, both ends among them."""
    out = np.empty((sample_ptr[-1], 2))
    for line in range(len(ptr) - 1):
        low, high = ptr[line], ptr[line + 1] - 1
        first, last = sample_ptr[line], sample_ptr[line + 1] - 1
        total = 0.0
        for i in range(low, high):
            total += _step(xy, i)
        gap = total / max(last - first, 1)
        passed = 0.0
        i = low
        for sample in range(first, last):
            wanted = (sample - first) * gap
            while passed + _step(xy, i) < wanted and i < high - 1:
                passed += _step(xy, i)
                i += 1
            share = min((wanted - passed) / max(_step(xy, i), 1e-12), 1.0)
            out[sample] = xy[i] + share * (xy[i + 1] - xy[i])
        out[last] = xy[high]
    return out


@njit(cache=True)
def _step(xy, i):  # type: ignore[no-untyped-def]
    """The length of a segment in degrees of latitude."""
    return np.hypot((xy[i + 1, 0] - xy[i, 0]) * np.cos(np.radians(xy[i, 1])), xy[i + 1, 1] - xy[i, 1])


@njit(cache=True)
def _seconds(sample_ptr, height, length):  # type: ignore[no-untyped-def]
    """Tobler's time along and against each line; an unknown height makes its steps flat."""
    lines = len(length)
    along = np.empty(lines)
    against = np.empty(lines)
    for line in range(lines):
        first, last = sample_ptr[line], sample_ptr[line + 1] - 1
        step = length[line] / max(last - first, 1)
        up = 0.0
        down = 0.0
        for i in range(first, last):
            slope = 0.0
            if step > 0:
                rise = height[i + 1] - height[i]
                if not np.isnan(rise):
                    slope = rise / step
            up += step * 3.6 / (6 * np.exp(-3.5 * abs(slope + 0.05)))
            down += step * 3.6 / (6 * np.exp(-3.5 * abs(-slope + 0.05)))
        along[line] = up
        against[line] = down
    return along, against
