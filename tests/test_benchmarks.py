"""The benchmarks begin on a machine that has none of the peers."""

from __future__ import annotations

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
