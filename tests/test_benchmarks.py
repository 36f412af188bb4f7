"""The benchmarks begin on a machine that has none of the peers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
PEERS = ("pyrosm", "igraph", "networkit", "pandana", "routingkit_cch")


@pytest.mark.parametrize("script", sorted(FOLDER.glob("bench_*.py")), ids=lambda file: file.stem)
def test_a_benchmark_can_be_imported_without_the_peers(script: Path) -> None:
    # None in sys.modules makes an import fail as if the package were not there.
    blocked = f"import sys; sys.modules.update(dict.fromkeys({PEERS!r})); sys.path.insert(0, {str(FOLDER)!r})"
    done = subprocess.run(
        [sys.executable, "-c", f"{blocked}; import {script.stem}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_the_benchmark_of_osm_files_runs_on_a_small_grid() -> None:
    """Its readers agree on what is in the file, though nothing is said about how long they take."""
    alone = {name: value for name, value in os.environ.items() if name != "IDLIBGEO_SHARED"}
    done = subprocess.run(
        [sys.executable, str(FOLDER / "bench_osm.py"), "--sizes", "8", "--quick", "--repeat", "1"],
        capture_output=True,
        text=True,
        check=False,
        env=alone,
    )
    assert done.returncode == 0, done.stderr
    rows = {line[2:28].strip(): line for line in done.stdout.splitlines() if line.startswith("  ")}
    found = [
        rows[name].split("  ")[-1] for name in ("idlibgeo", "idlibgeo, with frames", "pyosmium + our network")
    ]
    assert len(set(found)) == 1
    assert "stretches" in found[0]
