"""From an OSM file to the simplified network: this package against its peers, in one run, on one core.

    python benchmarks/bench_osm.py [--shared FOLDER] [--sizes 475,1060] [--quick] [--repeat 5]

FOLDER holds the real extracts (else the environment variable IDLIBGEO_SHARED); without it only the synthetic grids
of ``synthetic_osm.py`` are run: 475 × 475 junctions have a million way-nodes, 1060 × 1060 five million. Every
method runs in a process of its own, pinned to one core: imports and compilation (a first run on a small grid) are
left out, and the median of the repetitions is shown, in seconds of CPU over all threads, which another program on
the same core does not lengthen. The peak of memory is the process's; "of it data" leaves out what the process had
before it read the file: interpreter, libraries, compiled code. OSMnx runs on the first grid too (two minutes and
3.5 GB), not on the second; ``--quick`` leaves it and pyrosm out of both.

Ours reads all that is in the file and builds the whole network; "with frames" makes its GeoDataFrames too. The floor
is libosmium in C++ with ways and locations alone: ``floor.cpp``, built in a temporary folder where g++ and libosmium's
headers are (Debian: g++, libosmium2-dev); else a line says so, and the same loop steered from Python, below it, is
the nearest thing. pyrosm is no dependency: ``pip install`` brings it, or a line says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
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

FLOOR = "libosmium in C++, floor"
METHODS = (
    "idlibgeo",
    "idlibgeo, with frames",
    FLOOR,
    "libosmium from Python",
    "GDAL through Arrow, lines",
    "pyosmium + our network",
    "pyrosm",
    "OSMnx",
)

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


def gdal(file: Path) -> str:
    """Highway ways as lines with their tags, by GDAL's OSM driver."""
    import pyogrio

    columns = ["osm_id", "highway", "other_tags"]
    with pyogrio.open_arrow(
        file, layer="lines", where="highway IS NOT NULL", columns=columns, use_pyarrow=True
    ) as (_, batches):
        lines = sum(len(batch) for batch in batches)
    return f"{lines} lines, no network"


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
    zip(
        [method for method in METHODS if method != FLOOR],
        (ours, ours_with_frames, floor, gdal, pyosmium, pyrosm, by_osmnx),
        strict=True,
    )
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


def memory_mb(what: str) -> float:
    """VmHWM, the peak, or VmRSS, what is held now; not ru_maxrss, which begins with what the parent had."""
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index(f"{what}:") + 1]) / 1024


def measure(method: str, file: Path, small: Path, repeat: int) -> None:
    """Run one method in this process and print its seconds, memory and answer as JSON."""
    warnings.simplefilter("ignore")
    run = RUNS[method]
    run(small)
    before = memory_mb("VmRSS")
    times = []
    answer = ""
    for _ in range(repeat):
        start = time.process_time()
        answer = run(file)
        times.append(time.process_time() - start)
    peak = memory_mb("VmHWM")
    print(
        json.dumps(
            {
                "seconds": statistics.median(times),
                "peak_mb": peak,
                "data_mb": peak - before,
                "answer": answer,
            }
        )
    )


def build_floor(folder: Path) -> Path | None:
    """Compile ``floor.cpp``, or None where compiler or headers are missing."""
    if shutil.which("g++") is None:
        return None
    source, program = Path(__file__).with_name("floor.cpp"), folder / "floor"
    command = ["g++", "-O3", "-std=c++17", "-o", str(program), str(source), "-lz", "-pthread"]
    built = subprocess.run(command, check=False, capture_output=True).returncode == 0
    return program if built else None


def run_floor(program: Path, file: Path, small: Path, repeat: int) -> dict[str, Any]:
    """The seconds and the answer of the compiled floor."""
    command = [str(program), str(file), str(small), str(repeat)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    *times, answer = done.stdout.splitlines()
    return {"seconds": statistics.median(map(float, times)), "answer": answer}


def report(
    name: str,
    file: Path,
    small: dict[str, Path],
    folder: Path,
    program: Path | None,
    options: argparse.Namespace,
) -> None:
    """A table of all methods on one file."""
    real = not name.startswith("grid")
    skipped = set() if real else slow_on(int(name.split()[1]), quick=options.quick)
    missing = {
        "pyrosm": importlib.util.find_spec("pyrosm") is None,
        FLOOR: program is None,
    }
    methods = [method for method in METHODS if method not in skipped and not missing.get(method)]
    results: dict[str, dict[str, Any]] = {}
    for method in methods:
        if method == FLOOR and program is not None:
            results[method] = run_floor(program, file, small["pbf"], options.repeat)
            continue
        xml = method == "OSMnx"
        source = highways_only(file, folder / f"{name}.osm") if xml else file
        slow = method in {"pyosmium + our network", "pyrosm"} and not real
        tiny = small["xml" if xml else "pbf"]
        repeat = 1 if xml or slow else options.repeat
        command = [sys.executable, __file__, "--measure", method, str(source), str(tiny), str(repeat)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        results[method] = json.loads(done.stdout.splitlines()[-1])
    print_table(name, file, results, skipped)


def print_table(name: str, file: Path, results: dict[str, dict[str, Any]], skipped: set[str]) -> None:
    """Seconds, how many times ours, memory, and what was found."""
    mine = results["idlibgeo"]["seconds"]
    print(f"\n{name} ({file.stat().st_size / 1e6:.1f} MB)")
    print(f"  {'':26}{'CPU s':>9}{'of ours':>9}{'peak MB':>9}{'of it data':>11}")
    for method in METHODS:
        if method not in results:
            print(f"  {method:26}{'too slow here' if method in skipped else 'not installed':>27}")
            continue
        found = results[method]
        memory = f"{found['peak_mb']:9.0f}{found['data_mb']:11.0f}" if "peak_mb" in found else f"{'':20}"
        ratio = found["seconds"] / mine
        print(f"  {method:26}{found['seconds']:9.3f}{ratio:9.2f}{memory}  {found['answer']}")
    sys.stdout.flush()


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
    # What is started from here stays on the same core.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiny = write_grid(20, folder / "tiny.osm.pbf")
        small = {"pbf": tiny, "xml": highways_only(tiny, folder / "tiny.osm")}
        program = build_floor(folder)
        if options.shared:
            for extract in ("andorra", "heidelberg"):
                file = Path(options.shared) / "osm" / f"{extract}.osm.pbf"
                report(extract, file, small, folder, program, options)
        for size in filter(None, options.sizes.split(",")):
            grid = write_grid(int(size), folder / f"grid{size}.osm.pbf")
            report(f"grid {size}", grid, small, folder, program, options)


if __name__ == "__main__":
    main()
