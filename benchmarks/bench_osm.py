"""From an OSM file to the simplified network: this package against its peers, in one run, on one core.

    python benchmarks/bench_osm.py [--shared FOLDER] [--sizes 475,1060] [--quick] [--repeat 5]

FOLDER holds the real extracts (else the environment variable IDLIBGEO_SHARED); without it only the synthetic grids
of ``synthetic_osm.py`` are run: 475 × 475 junctions have a million way-nodes, 1060 × 1060 five million. Every
method runs in a process of its own, pinned to one core: imports and compilation (a first run on a small grid) are
left out, the median of the repetitions is shown, and the peak of memory is the process's. OSMnx runs on the first
grid too (two minutes and 3.5 GB), not on the second; ``--quick`` leaves it and pyrosm out of both. Ours reads all
that is in the file and builds the whole network; "with frames" makes its GeoDataFrames too; the floor is libosmium
in C++ with ways and locations alone. pyrosm is no dependency: ``pip install`` brings it, or a line says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import osmium
from synthetic_osm import write_grid

METHODS = ("idlibgeo", "idlibgeo, with frames", "libosmium, the floor", "pyosmium", "pyrosm", "OSMnx")


#: Junctions along a side of the largest grid that OSMnx is given.
OSMNX_UP_TO = 500


def ours(file: Path) -> str:
    """`read_osm` and `RoadNetwork.from_osm`."""
    from idlibgeo.osm import read_osm
    from idlibgeo.roads import RoadNetwork

    network = RoadNetwork.from_osm(read_osm(file))
    return f"{len(network.node_ids)} nodes, {len(network.edge_u)} stretches"


def ours_with_frames(file: Path) -> str:
    """The same, with nodes and edges as GeoDataFrames."""
    from idlibgeo.osm import read_osm
    from idlibgeo.roads import RoadNetwork

    network = RoadNetwork.from_osm(read_osm(file))
    return f"{len(network.nodes)} nodes, {len(network.edges)} stretches"


def floor(file: Path) -> str:
    """Ways with their nodes' locations, in C++ alone."""
    places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    places.ignore_errors()
    reader = osmium.io.Reader(file, osmium.osm.NODE | osmium.osm.WAY)
    osmium.apply(reader, places, osmium.filter.KeyFilter("highway"))
    return "no network"


def pyosmium(file: Path) -> str:
    """Our own plain reader, a Python step a way and a node, and the same network."""
    from idlibgeo.osm import OsmData
    from idlibgeo.osm.plain import read_plain
    from idlibgeo.roads import RoadNetwork

    raw = read_plain(file)
    network = RoadNetwork.from_osm(OsmData(raw.ways, raw, None, {}, file.name))
    return f"{len(network.node_ids)} nodes, {len(network.edge_u)} stretches"


def pyrosm(file: Path) -> str:
    """pyrosm's network of all ways, as nodes and edges."""
    from pyrosm import OSM

    nodes, edges = OSM(str(file)).get_network("all", nodes=True)
    return f"{len(nodes)} nodes, {len(edges)} segments"


def by_osmnx(file: Path) -> str:
    """OSMnx's graph of a file that is filtered to highways before the clock runs, simplified."""
    import osmnx as ox

    graph = ox.simplify_graph(ox.graph_from_xml(file, simplify=False, retain_all=True))
    return f"{len(graph)} nodes, {graph.number_of_edges()} directed edges"


RUNS: dict[str, Callable[[Path], str]] = dict(
    zip(METHODS, (ours, ours_with_frames, floor, pyosmium, pyrosm, by_osmnx), strict=True)
)


def highways_only(source: Path, target: Path) -> Path:
    """The ways with a highway tag and their nodes as XML, which is what OSMnx reads."""
    ids = set()
    roads = osmium.FileProcessor(source, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    for way in roads:
        ids.update(node.ref for node in way.nodes)
    nodes = osmium.FileProcessor(source, osmium.osm.NODE).with_filter(osmium.filter.IdFilter(ids))
    with osmium.SimpleWriter(target, overwrite=True) as writer:
        for part in (nodes, roads):
            for thing in part:
                writer.add(thing)
    return target


def measure(method: str, file: Path, small: Path, repeat: int) -> None:
    """Run one method in this process and print its seconds, peak memory and answer as JSON."""
    warnings.simplefilter("ignore")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    run = RUNS[method]
    run(small)
    times = []
    answer = ""
    for _ in range(repeat):
        start = time.perf_counter()
        answer = run(file)
        times.append(time.perf_counter() - start)
    # Not ru_maxrss, which begins with what the parent had when it started this process.
    status = Path("/proc/self/status").read_text().split()
    peak_mb = int(status[status.index("VmHWM:") + 1]) / 1024
    print(json.dumps({"seconds": statistics.median(times), "peak_mb": peak_mb, "answer": answer}))


def report(name: str, file: Path, small: dict[str, Path], folder: Path, options: argparse.Namespace) -> None:
    """A table of all methods on one file."""
    real = not name.startswith("grid")
    skipped = set() if real else slow_on(int(name.split()[1]), quick=options.quick)
    installed = {"pyrosm": importlib.util.find_spec("pyrosm") is not None}
    methods = [method for method in METHODS if method not in skipped and installed.get(method, True)]
    results: dict[str, dict[str, Any]] = {}
    for method in methods:
        xml = method == "OSMnx"
        source = highways_only(file, folder / f"{name}.osm") if xml else file
        repeat = 1 if xml or (method in {"pyosmium", "pyrosm"} and not real) else options.repeat
        tiny = small["xml" if xml else "pbf"]
        command = [sys.executable, __file__, "--measure", method, str(source), str(tiny), str(repeat)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        results[method] = json.loads(done.stdout.splitlines()[-1])
    mine = results["idlibgeo"]["seconds"]
    print(f"\n{name} ({file.stat().st_size / 1e6:.1f} MB)")
    print(f"  {'':24}{'seconds':>9}{'of ours':>9}{'peak MB':>9}")
    for method, found in results.items():
        print(
            f"  {method:24}{found['seconds']:9.3f}{found['seconds'] / mine:9.2f}{found['peak_mb']:9.0f}"
            f"  {found['answer']}"
        )
    for method in METHODS:
        if method not in results:
            print(f"  {method:24}{'too slow here' if method in skipped else 'not installed':>27}")


def slow_on(side: int, *, quick: bool) -> set[str]:
    """What is left out of a grid."""
    if quick:
        return {"OSMnx", "pyrosm"}
    return {"OSMnx"} if side > OSMNX_UP_TO else set()


def main() -> None:
    """Print a table for each file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=os.environ.get("IDLIBGEO_SHARED"))
    parser.add_argument("--sizes", default="475,1060")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        method, file, small, repeat = options.measure
        measure(method, Path(file), Path(small), int(repeat))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiny = write_grid(20, folder / "tiny.osm.pbf")
        small = {"pbf": tiny, "xml": highways_only(tiny, folder / "tiny.osm")}
        if options.shared:
            for extract in ("andorra", "heidelberg"):
                report(extract, Path(options.shared) / "osm" / f"{extract}.osm.pbf", small, folder, options)
        for size in filter(None, options.sizes.split(",")):
            grid = write_grid(int(size), folder / f"grid{size}.osm.pbf")
            report(f"grid {size}", grid, small, folder, options)


if __name__ == "__main__":
    main()
