"""Make idlibgeo/export/land.npz: where the land ends, for the ground of maps, from OpenStreetMap's coastline.

The source is the npm package ``@geo-maps/earth-lands-1km`` 0.6.0 (© OpenStreetMap contributors, ODbL 1.0; off by at
most 1 km). Unpack it, then

    python data/make_land.py package/map.geo.json

The world is cut into squares of ten degrees, so that a map reads those that it lies in. Coordinates are steps of
0.002° (some 200 m), each ring a start and int16 differences. Islands under 5 km² and the Antarctic are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely

STEP, SQUARE, LEAST_KM2 = 0.002, 10, 5.0
REACH = (-20, 0, 60, 60)
"""West, south, east, north of what the file holds (300 kB); beyond it maps take all for land. Widen as needed."""
TARGET = Path(__file__).parents[1] / "idlibgeo" / "export" / "land.npz"


def main(source: Path) -> None:
    """Read the world's land and write it in squares."""
    world = json.loads(source.read_text("utf-8"))["geometries"][0]
    parts = shapely.get_parts(shapely.geometry.shape(world))
    middle = np.cos(np.radians(shapely.get_y(shapely.centroid(parts))))
    lowest = shapely.bounds(parts)[:, 1]
    parts = parts[(shapely.area(parts) * 111.2**2 * middle > LEAST_KM2) & (lowest > -60)]
    boxes = shapely.bounds(parts)
    rings, squares, holes = [], [], []
    for west in range(REACH[0], REACH[2], SQUARE):
        for south in range(REACH[1], REACH[3], SQUARE):
            edge = (west, south, west + SQUARE, south + SQUARE)
            near = (boxes[:, :2] < edge[2:]).all(axis=1) & (boxes[:, 2:] > edge[:2]).all(axis=1)
            inside = [_clipped(part, edge) for part in parts[near]]
            for part in shapely.get_parts(shapely.union_all(inside, grid_size=STEP)):
                if part.geom_type != "Polygon":
                    continue
                for at, ring in enumerate(shapely.get_rings(part)):
                    rings.append(np.rint(shapely.get_coordinates(ring) / STEP).astype(np.int32)[:-1])
                    squares.append((west, south))
                    holes.append(at > 0)
    steps = np.concatenate([np.diff(ring, axis=0) for ring in rings])
    np.savez_compressed(
        TARGET,
        start=np.array([ring[0] for ring in rings], dtype=np.int32),
        length=np.array([len(ring) for ring in rings], dtype=np.int32),
        square=np.array(squares, dtype=np.int16),
        hole=np.array(holes),
        reach=np.array(REACH, dtype=np.int16),
        dx=steps[:, 0].astype(np.int16),
        dy=steps[:, 1].astype(np.int16),
    )


def _clipped(part: Any, edge: tuple[int, int, int, int]) -> Any:
    """The part of a polygon in a square; where the source crosses itself there, its clip is mended first."""
    try:
        return shapely.make_valid(shapely.intersection(part, shapely.box(*edge)))
    except shapely.errors.GEOSException:
        return shapely.make_valid(shapely.clip_by_rect(part, *edge), method="structure", keep_collapsed=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
