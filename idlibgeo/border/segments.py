"""The nearest point of a long line to many points: a tree of boxes over the line's segments.

The search runs in three dimensions, on the straight chords between points of the WGS84 ellipsoid. Within a
hundred kilometres the order of chords and the order of geodesics differ by less than one part in ten million,
for every place on Earth and with no projection to choose; in a planar projection centred on the area it is one
part in a thousand at its edge. The distance that is reported is then the geodesic to the foot found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit

from idlibgeo.geo import GEOD, FloatArray

# A straight line in degrees and the chord below the surface part by 4 mm over this length.
LONGEST_SEGMENT_M = 400.0
_SEGMENTS_PER_LEAF = 4
# Beyond this the geodesic comes from PROJ, as exact and a few times slower.
_SERIES_M = 300_000.0
_AXIS_M = 6_378_137.0
_E2 = 6.694379990141317e-3  # first eccentricity squared of WGS84 (NGA.STND.0036)


@dataclass(frozen=True)
class SegmentTree:
    """Segments in the order of the line, and the boxes of a binary tree over runs of them.

    `starts` and `ends` are lon, lat in degrees, `starts_m` and `ends_m` the same points as earth-centred x, y, z;
    `boxes` holds the low and high corner of each node, the children of node i being 2i + 1 and 2i + 2.
    """

    starts: FloatArray
    ends: FloatArray
    starts_m: FloatArray
    ends_m: FloatArray
    boxes: FloatArray


@dataclass(frozen=True)
class Feet:
    """For each point the nearest point of the line, the geodesic distance to it and the segment it lies on."""

    lon: FloatArray
    lat: FloatArray
    distance_m: FloatArray
    segment: npt.NDArray[np.int64]


@njit(cache=True)
def _earth_centred(lon_lat: FloatArray) -> FloatArray:
    """X, y, z in metres on the ellipsoid (height 0)."""
    xyz = np.empty((len(lon_lat), 3))
    for i in range(len(lon_lat)):
        lam, phi = np.radians(lon_lat[i, 0]), np.radians(lon_lat[i, 1])
        sin_phi, cos_phi = np.sin(phi), np.cos(phi)
        normal = _AXIS_M / np.sqrt(1.0 - _E2 * sin_phi * sin_phi)
        xyz[i, 0] = normal * cos_phi * np.cos(lam)
        xyz[i, 1] = normal * cos_phi * np.sin(lam)
        xyz[i, 2] = normal * (1.0 - _E2) * sin_phi
    return xyz


@njit(cache=True, inline="always")
def _squared_to_box(x: float, y: float, z: float, boxes: FloatArray, node: int) -> float:
    dx = max(boxes[node, 0] - x, 0.0, x - boxes[node, 3])
    dy = max(boxes[node, 1] - y, 0.0, y - boxes[node, 4])
    dz = max(boxes[node, 2] - z, 0.0, z - boxes[node, 5])
    return dx * dx + dy * dy + dz * dz


@njit(cache=True, inline="always")
def _foot(x: float, y: float, z: float, start: FloatArray, end: FloatArray) -> tuple[float, float]:
    """Squared distance to a segment and where on it the foot lies, from 0 to 1."""
    ex, ey, ez = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    px, py, pz = x - start[0], y - start[1], z - start[2]
    share = min(1.0, max(0.0, (px * ex + py * ey + pz * ez) / (ex * ex + ey * ey + ez * ez)))
    dx, dy, dz = px - share * ex, py - share * ey, pz - share * ez
    return dx * dx + dy * dy + dz * dz, share


@njit(cache=True)
def _search(
    points_m: FloatArray, starts_m: FloatArray, ends_m: FloatArray, boxes: FloatArray, per_leaf: int
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """The nearest segment of each point and the foot's place on it; the nearer child is looked at first."""
    count, leaves = len(starts_m), (len(boxes) + 1) // 2
    nearest, shares = np.zeros(len(points_m), np.int64), np.zeros(len(points_m))
    stack, bounds = np.empty(128, np.int64), np.empty(128)
    for i in range(len(points_m)):
        x, y, z = points_m[i]
        # The answer for the point before is a good first bound: points usually come in clusters.
        segment = nearest[i - 1] if i else 0
        best, share = _foot(x, y, z, starts_m[segment], ends_m[segment])
        stack[0], bounds[0], depth = 0, 0.0, 1
        while depth:
            depth -= 1
            node = stack[depth]
            if bounds[depth] >= best:
                continue
            if node >= leaves - 1:
                first = (node - leaves + 1) * per_leaf
                for k in range(first, min(first + per_leaf, count)):
                    squared, at = _foot(x, y, z, starts_m[k], ends_m[k])
                    if squared < best:
                        best, segment, share = squared, k, at
                continue
            left = 2 * node + 1
            to_left = _squared_to_box(x, y, z, boxes, left)
            to_right = _squared_to_box(x, y, z, boxes, left + 1)
            near, far, to_near, to_far = left, left + 1, to_left, to_right
            if to_right < to_left:
                near, far, to_near, to_far = left + 1, left, to_right, to_left
            if to_far < best:
                stack[depth], bounds[depth] = far, to_far
                depth += 1
            if to_near < best:
                stack[depth], bounds[depth] = near, to_near
                depth += 1
        nearest[i], shares[i] = segment, share
    return nearest, shares


@njit(cache=True)
def _measure(
    points: FloatArray,
    points_m: FloatArray,
    segment: npt.NDArray[np.int64],
    share: FloatArray,
    starts: FloatArray,
    ends: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Lon, lat of each foot, and the geodesic distance to it from the chord.

    The geodesic is taken as an arc of the ellipsoid's radius in its direction at its middle (Euler's formula). Up to
    300 km the answer is within 0.1 mm of Karney's (2013), everywhere on Earth; see the test.
    """
    feet = starts[segment] + np.expand_dims(share, 1) * (ends[segment] - starts[segment])
    feet_m = _earth_centred(feet)
    distance_m = np.empty(len(points))
    for i in range(len(points)):
        dx, dy, dz = (
            feet_m[i, 0] - points_m[i, 0],
            feet_m[i, 1] - points_m[i, 1],
            feet_m[i, 2] - points_m[i, 2],
        )
        chord = np.sqrt(dx * dx + dy * dy + dz * dz)
        mx, my = feet_m[i, 0] + points_m[i, 0], feet_m[i, 1] + points_m[i, 1]
        across = np.sqrt(mx * mx + my * my)
        if chord == 0.0 or across == 0.0:
            distance_m[i] = chord
            continue
        cos_lam, sin_lam = mx / across, my / across
        phi = np.radians(0.5 * (points[i, 1] + feet[i, 1]))
        sin_phi, cos_phi = np.sin(phi), np.cos(phi)
        east = -sin_lam * dx + cos_lam * dy
        north = -sin_phi * (cos_lam * dx + sin_lam * dy) + cos_phi * dz
        flat = 1.0 - _E2 * sin_phi * sin_phi
        across_m = _AXIS_M / np.sqrt(flat)
        along_m = across_m * (1.0 - _E2) / flat
        radius = (east * east + north * north) / (north * north / along_m + east * east / across_m)
        distance_m[i] = 2.0 * radius * np.arcsin(min(1.0, chord / (2.0 * radius)))
    return feet, distance_m


def line_segments(line: shapely.Geometry) -> tuple[FloatArray, FloatArray]:
    """Starts and ends (lon, lat) of the line's segments, those longer than 400 m cut into equal pieces."""
    points, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    joined = part[1:] == part[:-1]
    starts, ends = points[:-1][joined], points[1:][joined]
    _, _, length_m = GEOD.inv(*starts.T, *ends.T)
    starts, ends, length_m = starts[length_m > 0], ends[length_m > 0], length_m[length_m > 0]
    pieces = np.ceil(length_m / LONGEST_SEGMENT_M).astype(np.int64)
    whole = np.repeat(np.arange(len(starts)), pieces)
    step = (np.arange(len(whole)) - np.repeat(np.cumsum(pieces) - pieces, pieces))[:, None]
    span, of = (ends - starts)[whole], pieces[whole][:, None]
    return starts[whole] + span * (step / of), starts[whole] + span * ((step + 1) / of)


def _boxes(starts_m: FloatArray, ends_m: FloatArray) -> FloatArray:
    """The boxes of a complete binary tree whose leaves hold a few consecutive segments each."""
    leaves = 1 << int(np.ceil(np.log2(max(1, -(-len(starts_m) // _SEGMENTS_PER_LEAF)))))
    padded = np.full((2, leaves * _SEGMENTS_PER_LEAF, 3), np.inf)
    padded[1] = -np.inf
    padded[0, : len(starts_m)] = np.minimum(starts_m, ends_m)
    padded[1, : len(starts_m)] = np.maximum(starts_m, ends_m)
    low = padded[0].reshape(leaves, -1, 3).min(axis=1)
    high = padded[1].reshape(leaves, -1, 3).max(axis=1)
    levels = [np.hstack([low, high])]
    while len(low) > 1:
        low, high = np.minimum(low[::2], low[1::2]), np.maximum(high[::2], high[1::2])
        levels.append(np.hstack([low, high]))
    return np.vstack(levels[::-1])


def build_tree(line: shapely.Geometry) -> SegmentTree:
    """A search tree over a line in lon, lat degrees; the line's own order keeps neighbours together."""
    starts, ends = line_segments(line)
    starts_m, ends_m = _earth_centred(starts), _earth_centred(ends)
    return SegmentTree(starts, ends, starts_m, ends_m, _boxes(starts_m, ends_m))


def find_feet(tree: SegmentTree, lon: FloatArray, lat: FloatArray) -> Feet:
    """The nearest point of the line for each lon, lat, and the geodesic distance in metres to it."""
    points = np.column_stack([lon, lat]).astype(np.float64)
    points_m = _earth_centred(points)
    segment, share = _search(points_m, tree.starts_m, tree.ends_m, tree.boxes, _SEGMENTS_PER_LEAF)
    feet, distance_m = _measure(points, points_m, segment, share, tree.starts, tree.ends)
    far = np.flatnonzero(distance_m > _SERIES_M)
    distance_m[far] = GEOD.inv(points[far, 0], points[far, 1], feet[far, 0], feet[far, 1])[2]
    return Feet(feet[:, 0], feet[:, 1], distance_m, segment)
