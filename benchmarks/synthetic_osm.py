"""A synthetic street network of any size as .osm.pbf: a jittered grid over the area of the sample.

Used by ``bench_osm.py``. ``python benchmarks/synthetic_osm.py 475 grid.osm.pbf`` writes 475 × 475 junctions: about
450,000 edges and a million way-nodes. The same size and seed give the same roads.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import osmium

WEST, SOUTH, EAST, NORTH = 35.7, 35.2, 37.3, 37.0
CLASSES = np.array(["residential", "unclassified", "tertiary", "secondary", "primary", "track", "footway"])
SHARES = [0.45, 0.15, 0.1, 0.06, 0.04, 0.1, 0.1]
LEGS = 6


def write_grid(size: int, path: Path, *, seed: int = 7) -> Path:
    """Write a grid of ``size`` × ``size`` junctions, one bend between two of them, ways of six legs."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "grid.opl"
        with text.open("w", encoding="utf-8") as stream:
            stream.writelines(_nodes(size, rng))
            stream.writelines(_ways(size, rng))
        header = osmium.io.Header()
        header.set("sorting", "Type_then_ID")
        with osmium.SimpleWriter(path, header=header, overwrite=True) as writer:
            osmium.apply(text, writer)
    return path


def _nodes(size: int, rng: np.random.Generator) -> list[str]:
    """Junctions first, then the bends of the rows, then those of the columns."""
    step_x, step_y = (EAST - WEST) / size, (NORTH - SOUTH) / size
    column, row = np.meshgrid(np.arange(size), np.arange(size))
    x, y = (WEST + column * step_x).ravel(), (SOUTH + row * step_y).ravel()
    lon = np.concatenate([x, x + step_x / 2, x]) + rng.normal(0, step_x / 20, 3 * size * size)
    lat = np.concatenate([y, y, y + step_y / 2]) + rng.normal(0, step_y / 20, 3 * size * size)
    return [
        f"n{i} v1 x{a:.7f} y{b:.7f}\n"
        for i, a, b in zip(range(1, 3 * size * size + 1), lon.tolist(), lat.tolist(), strict=True)
    ]


def _ways(size: int, rng: np.random.Generator) -> list[str]:
    junction = np.arange(1, size * size + 1).reshape(size, size)
    bend_x, bend_y = junction + size * size, junction + 2 * size * size
    lines = [
        line[first : first + 2 * LEGS + 1]
        for nodes, bends in ((junction, bend_x), (junction.T, bend_y.T))
        for line in np.stack([nodes, bends], axis=2).reshape(size, 2 * size)[:, :-1]
        for first in range(0, 2 * size - 2, 2 * LEGS)
    ]
    classes = rng.choice(CLASSES, len(lines), p=SHARES)
    oneway = rng.random(len(lines)) < 0.1
    return [
        f"w{i + 1} v1 Thighway={kind},name=Street%20%{i}{',oneway=yes' if single else ''} N"
        + ",".join(f"n{n}" for n in line.tolist())
        + "\n"
        for i, (line, kind, single) in enumerate(zip(lines, classes, oneway, strict=True))
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    write_grid(arguments.size, arguments.path)
