"""A million points to a density raster and to hexagons: this package against its peers, in one run.

    python benchmarks/bench_density.py [--points 1000000]

The grid has 100 m cells over 1.6° × 1.8° of north-west Syria, the kernel a standard deviation of 2 km. QGIS (run by
the system's Python where Debian's python3-qgis is installed) has no Gaussian: its quartic kernel gets the radius of
the same variance, and a tenth of the points, its time scaled up. "Held" is the raster's sum over the people given.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

from idlibgeo.camps import hexbin, kernel_density
from idlibgeo.geo import Bounds

AREA = Bounds(35.7, 35.2, 37.3, 37.0)
SIGMA_M, CELL_M = 2000.0, 100.0
QGIS = """
import json, os, sys, time
from qgis.core import QgsApplication, QgsVectorLayer
from qgis.analysis import QgsKernelDensityEstimation
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(sys.argv[1], "points", "ogr")
p = QgsKernelDensityEstimation.Parameters()
p.source = layer; p.radius = float(sys.argv[3]); p.pixelSize = 100.0; p.weightField = "people"
p.shape = QgsKernelDensityEstimation.KernelQuartic; p.decayRatio = 0.0
p.outputValues = QgsKernelDensityEstimation.OutputScaled
start = time.perf_counter()
QgsKernelDensityEstimation(p, sys.argv[2], "GTiff").run()
print(json.dumps({"seconds": time.perf_counter() - start})); sys.stdout.flush(); os._exit(0)
"""


def seconds(run: Callable[[], object]) -> tuple[float, object]:
    """How long a call takes, and what it gives."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def by_qgis(points: gpd.GeoDataFrame) -> tuple[float, float] | None:
    """Seconds, and the share of people that QGIS' scaled heatmap holds; None where there is no QGIS."""
    import rasterio

    with tempfile.TemporaryDirectory() as folder:
        vector, raster = Path(folder, "points.gpkg"), Path(folder, "out.tif")
        points.to_file(vector)
        done = subprocess.run(
            ["/usr/bin/python3", "-c", QGIS, str(vector), str(raster), str(SIGMA_M * np.sqrt(8))],
            capture_output=True,
            text=True,
            check=False,
            env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin", "HOME": folder},
        )
        if not raster.exists():
            return None
        with rasterio.open(raster) as file:
            values = file.read(1, masked=True)
    held = float(values.sum() * CELL_M**2 / points["people"].sum())
    return json.loads(done.stdout.strip().splitlines()[-1])["seconds"], held


def by_scipy(points: gpd.GeoDataFrame, *, fft: bool) -> np.ndarray:
    """Binned and smoothed without edge correction, from projected points."""
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    edges = [np.arange(v.min(), v.max() + CELL_M, CELL_M) for v in (y, x)]
    binned, *_ = np.histogram2d(y, x, bins=edges, weights=points["people"])
    if not fft:
        return gaussian_filter(binned, SIGMA_M / CELL_M, mode="constant")
    steps = np.arange(-80, 81) * CELL_M / SIGMA_M
    kernel = np.outer(np.exp(-(steps**2) / 2), np.exp(-(steps**2) / 2))
    return fftconvolve(binned, kernel / kernel.sum(), mode="same")


def main() -> None:
    """Print one row per method."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--points", type=int, default=1_000_000)
    given = options.parse_args()
    rng = np.random.default_rng(6)
    lon = rng.uniform(AREA.west, AREA.east, given.points)
    lat = rng.uniform(AREA.south, AREA.north, given.points)
    points = gpd.GeoDataFrame(
        {"people": rng.uniform(1, 100, given.points)}, geometry=gpd.points_from_xy(lon, lat), crs=4326
    )
    kernel_density(points[:10], area=AREA, resolution_m=1000)  # compiled before the clock runs
    hexbin(points[:10])
    ours, raster = seconds(
        lambda: kernel_density(points, bandwidth_m=SIGMA_M, resolution_m=CELL_M, area=AREA)
    )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    people = points["people"].sum()
    plane = points.to_crs(32637)
    held = float(raster.valid().astype(float).sum() * raster.cell_area_m2 / 1e6 / people)
    rows = [("idlibgeo, lon/lat in, edge corrected", ours, held)]
    projected, raster = seconds(
        lambda: kernel_density(plane, bandwidth_m=SIGMA_M, resolution_m=CELL_M, area=AREA)
    )
    rows.append(("idlibgeo, from points in UTM", projected, held))
    for name, fft in (("scipy gaussian_filter, no correction", False), ("scipy FFT, no correction", True)):
        took, grid = seconds(lambda fft=fft: by_scipy(plane, fft=fft))
        rows.append((name, took, float(grid.sum() / people)))
    tenth = plane[: max(1, given.points // 10)]
    if answer := by_qgis(tenth):
        rows.append(("QGIS heatmap, quartic, scaled", answer[0] * given.points / len(tenth), answer[1]))
    print(f"{given.points:,} points, {raster.array.shape} cells; peak memory of ours {peak_mb:.0f} MB")
    for name, took, held in rows:
        print(f"{name:45} {took:8.2f} s   {took / ours:7.1f} ×   holds {held:.4f} of the people")

    ours, hexes = seconds(lambda: hexbin(points, resolution=8))
    took, _ = seconds(lambda: [h3.latlng_to_cell(*pair, 8) for pair in zip(lat, lon, strict=True)])
    print(f"{'idlibgeo hexbin, resolution 8':45} {ours:8.2f} s   {1:7.1f} ×   {len(hexes):,} cells")
    print(f"{'h3-py, cells alone, in a loop':45} {took:8.2f} s   {took / ours:7.1f} ×")


if __name__ == "__main__":
    main()
