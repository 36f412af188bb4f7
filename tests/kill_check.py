"""Writes bundles over an old one in child processes that are killed, and prints how often the folder was not whole.

python kill_check.py FOLDER events STEP    each child kills itself (SIGKILL) at its nth touch of a file
python kill_check.py FOLDER moments COUNT  each child is killed after a time drawn at random
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import export_inputs as invented

from idlibgeo.export.bundle import write_bundle
from idlibgeo.privacy import release

ONLY = ["tables", "method", "webmap", "geopackage", "rasters", "project"]
TOUCHES = ("open", "os.", "shutil.", "tempfile.", "sqlite3.", "ctypes.")


def kept(title: str):
    return release(invented.given(30), product=invented.product(title=title), rasters=invented.rasters())


def title_of(folder: Path) -> str:
    """The title of the bundle in a folder; an error if any of its files is not as the manifest says."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    listed = {entry["path"]: entry["sha256"] for entry in manifest["products"]}
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == listed, sorted(found.keys() ^ listed.keys())
    return manifest["scenario"]["title"]


def child(folder: Path, new, kill_at: int) -> None:
    seen = 0

    def hook(event: str, _arguments: object) -> None:
        nonlocal seen
        if event.startswith(TOUCHES):
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    if kill_at:
        sys.addaudithook(hook)
    write_bundle(new, folder, only=ONLY)
    os._exit(0)


def run(folder: Path, new, *, kill_at: int = 0, after: float | None = None) -> int:
    """Give the signal that ended a child that writes a bundle; 0 if it came to its end."""
    process = os.fork()
    if not process:
        child(folder, new, kill_at)
    if after is not None:
        time.sleep(after)
        os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1]


def main() -> None:
    folder, what, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    new = kept("New")
    write_bundle(kept("Old"), folder, only=ONLY)
    titles: list[str] = []
    ends: list[int] = []
    if what == "events":
        at = 1
        while not ends or ends[-1]:
            ends.append(run(folder, new, kill_at=at))
            titles.append(title_of(folder))
            at += number
    else:
        dice = random.Random(20200107)
        start = time.monotonic()
        run(folder, new)
        whole = time.monotonic() - start
        for _ in range(number):
            ends.append(run(folder, new, after=dice.uniform(0, whole)))
            titles.append(title_of(folder))
    left = [path.name for path in folder.parent.iterdir() if path != folder]
    print(json.dumps({"killed": sum(bool(end) for end in ends), "titles": titles, "left": len(left)}))


main()
