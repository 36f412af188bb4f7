"""Make idlibgeo/export/land.npz, the land of the world, from Natural Earth's 1:10 million as TopoJSON.

Run by hand: `python data/make_land.py land-10m.json`, with the file of that name from the npm package `world-atlas`
2.0.2, which is Natural Earth 4.1 (public domain). The extract is committed and nothing else needs the package.

OpenStreetMap's coast would fit OpenStreetMap's border better, but takes 3.4 MB at a tolerance of 1 km against 0.9 MB
here, and the two lie 0.5 km apart on average between Mersin and Beirut (95 % within 1.3 km): enough to tell land
from sea, which is all that the coast is drawn for.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

OUTPUT = Path(__file__).parents[1] / "idlibgeo" / "export" / "land.npz"
STEP_DEG = 0.001


def polygons(topology: dict[str, Any]) -> list[shapely.Polygon]:
    """The polygons of the object `land`."""
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> np.ndarray:
        # A negative number is an arc run through backwards; each arc begins where the one before it ended.
        parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
        return np.vstack([parts[0], *(part[1:] for part in parts[1:])])

    return [
        shapely.Polygon(ring(rings[0]), [ring(hole) for hole in rings[1:]])
        for geometry in topology["objects"]["land"]["geometries"]
        for rings in (geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]])
    ]


def packed(land: list[shapely.Polygon]) -> dict[str, np.ndarray]:
    """Whole steps of a thousandth of a degree, and where rings and polygons begin."""
    valid = shapely.set_precision(shapely.make_valid(np.array(land, dtype=object)), STEP_DEG)
    parts = shapely.get_parts(shapely.get_parts(valid))
    kept = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)]
    _, points, (rings, starts) = shapely.to_ragged_array(kept)
    whole = np.rint(points / STEP_DEG).astype(np.int32)
    return {
        "steps": np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int32)).T.copy(),
        "rings": rings.astype(np.int32),
        "polygons": starts.astype(np.int32),
    }


def main() -> None:
    """Read the file that is named and write the extract."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="land-10m.json of world-atlas 2.0.2")
    given = parser.parse_args()
    np.savez_compressed(OUTPUT, **packed(polygons(json.loads(given.file.read_text("utf-8")))))


if __name__ == "__main__":
    main()
