"""``make bench``: every benchmark in a process of its own, one after the other, so that none warms another up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run them all; the exit code says whether each one ran."""
    failed = []
    for script in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n== {script.stem}", flush=True)
        if subprocess.run([sys.executable, str(script)], check=False).returncode:
            failed.append(script.stem)
    if failed:
        sys.exit(f"did not run: {', '.join(failed)}")


if __name__ == "__main__":
    main()
