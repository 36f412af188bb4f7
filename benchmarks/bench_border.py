"""A million points to the border: this package against geopandas and shapely, in one run.

    python benchmarks/bench_border.py [--points 1000000] [--slow]

Error is against the geodesic to the nearest of 400 points on every segment in question (pyproj.Geod). Peers that
take minutes run on a share of the points and their time is scaled up, which is said. Peak memory is of this
process after our own run, before the peers'.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from idlibgeo.border import Border, distance_to_border, load_border
from idlibgeo.border.segments import line_segments
from idlibgeo.geo import GEOD, Bounds, utm_crs

AREA = Bounds(35.7, 35.2, 37.3, 37.0)
CHECKED = 300


def seconds(run: Callable[[], object]) -> tuple[float, object]:
    """How long a call takes, and what it gives."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def truth(border: Border, lon: float, lat: float) -> float:
    """The distance by brute force, in metres."""
    starts, ends = line_segments(border.geometry)
    to_start = np.array(GEOD.inv(np.full(len(starts), lon), np.full(len(starts), lat), *starts.T)[2])
    near = to_start <= to_start.min() + 401.0
    fine = (starts[near] + np.linspace(0, 1, 401)[:, None, None] * (ends - starts)[near]).reshape(-1, 2)
    return float(min(GEOD.inv(np.full(len(fine), lon), np.full(len(fine), lat), *fine.T)[2]))


def planar_segments(border: Border) -> tuple[gpd.GeoSeries, np.ndarray]:
    """The border in UTM, whole and as single segments."""
    line = gpd.GeoSeries([border.geometry], crs=4326).to_crs(utm_crs(*AREA.centre))
    runs = [shapely.get_coordinates(part) for part in shapely.get_parts(line.iloc[0])]
    pairs = np.vstack([np.stack([run[:-1], run[1:]], axis=1) for run in runs])
    return line, shapely.linestrings(pairs)


def main() -> None:
    """Print one row per method: seconds for all points, ratio, largest error."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--points", type=int, default=1_000_000)
    options.add_argument("--slow", action="store_true", help="geopandas' distance too (five minutes)")
    given = options.parse_args()
    rng = np.random.default_rng(6)
    lon = rng.uniform(AREA.west, AREA.east, given.points)
    lat = rng.uniform(AREA.south, AREA.north, given.points)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    border = load_border("SY", "TR", coast_point=(35.918, 35.929))
    distance_to_border(points[:10], border)  # compiled or read from the cache before the clock runs
    ours, found = seconds(lambda: distance_to_border(points, border))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    expected = np.array([truth(border, *pair) for pair in zip(lon[:CHECKED], lat[:CHECKED], strict=True)])
    rows = [("idlibgeo", ours, found["distance_m"].abs().to_numpy()[:CHECKED])]

    line, segments = planar_segments(border)
    plane = points.to_crs(line.crs)

    def by_tree() -> np.ndarray:
        tree = shapely.STRtree(segments)
        nearest = tree.nearest(plane.geometry.array)
        return shapely.distance(segments[nearest], np.asarray(plane.geometry.array))

    rows.append(("shapely STRtree.nearest, UTM", *seconds(by_tree)))
    parts = gpd.GeoDataFrame(geometry=segments, crs=line.crs)
    took, joined = seconds(lambda: plane.sjoin_nearest(parts, distance_col="d"))
    rows.append(
        (
            "geopandas sjoin_nearest, UTM",
            took,
            joined[~joined.index.duplicated()]["d"].sort_index().to_numpy(),
        )
    )
    share = given.points if given.slow else max(1000, given.points // 200)
    took, straight = seconds(lambda: plane.geometry[:share].distance(line.iloc[0]).to_numpy())
    rows.append((f"geopandas distance, UTM (from {share:,} points)", took * given.points / share, straight))

    print(
        f"{given.points:,} points, border of {len(segments):,} segments; peak memory of ours {peak_mb:.0f} MB"
    )
    for name, took, distances in rows:
        error = np.abs(np.asarray(distances)[:CHECKED] - expected[: len(distances)]).max()
        print(f"{name:45} {took:8.2f} s   {took / ours:7.1f} ×   largest error {error:.4f} m")


if __name__ == "__main__":
    main()
