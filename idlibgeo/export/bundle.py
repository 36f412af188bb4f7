"""The whole folder: every product beside the old bundle, then put in its place in one step.

Whatever happens while a bundle is written (a kill, a full disk, a second run into the same folder), whoever opens
the folder finds the old bundle whole or the new one whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from idlibgeo.errors import FileError, UnknownNameError, nearest_name
from idlibgeo.export import figure, ground, sheet
from idlibgeo.export.geopackage import refuse_unsaved_edits, write_geopackage
from idlibgeo.export.method import write_method
from idlibgeo.export.qgis import write_project
from idlibgeo.export.raster import raster_file, write_rasters
from idlibgeo.export.sheet import Size
from idlibgeo.export.tables import write_tables
from idlibgeo.export.webmap import write_webmap
from idlibgeo.privacy import Release

MANIFEST = "manifest.json"
FORMAT = "idlibgeo-bundle-1"
PRODUCTS = ("geopackage", "rasters", "project", "tables", "maps", "webmap", "method")
# What programs leave beside files that they have open; it is neither ours nor the user's work.
_LEFTOVERS = (
    "*.aux.xml",
    "*.gpkg-wal",
    "*.gpkg-shm",
    "*.gpkg-journal",
    "*~",
    "*.qgs~",
    "*_attachments.zip",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
)
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def write_bundle(
    release: Release,
    folder: str | Path,
    *,
    only: Iterable[str] | None = None,
    sizes: Iterable[Size] = ("a4", "a3"),
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write every product of a release into a folder, all or nothing.

    Parameters
    ----------
    release
        From `privacy.release`.
    folder
        Made where it does not exist. An older bundle in it is replaced, as a whole and at once; a folder that holds
        anything else is refused.
    only
        Products (``geopackage``, ``rasters``, ``project``, ``tables``, ``maps``, ``webmap``, ``method``) or printed
        maps (``routes``, ``bands``, ``density``, ``flows``, ``ledger``); all by default.
    sizes
        Of the printed maps.
    progress
        Is told the name of each product before it is made.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    FileError
        If the folder holds something else, or cannot be written. What was there before is unchanged.
    UnknownNameError
        If `only` names something that does not exist.
    """
    target = Path(os.path.abspath(folder))  # noqa: PTH100  (a link stays what it is, unlike with Path.resolve)
    products, maps = _chosen(only)
    check_folder(target)
    with _reported(target), _workshop(target) as workshop:
        for name in products:
            if progress is not None:
                progress(name)
            _WRITERS[name](release, workshop, maps, list(sizes))
        (workshop / MANIFEST).write_text(manifest_text(release, workshop), encoding="utf-8", newline="\n")
        _to_disk(workshop)
        check_folder(target)
        _put_in_place(workshop, target)
    return target


def _chosen(only: Iterable[str] | None) -> tuple[list[str], list[str] | None]:
    if only is None:
        return list(PRODUCTS), None
    wanted = list(only)
    known = [*PRODUCTS, *figure.NAMES]
    for name in wanted:
        if name not in known:
            raise UnknownNameError(
                f"Product {name!r} does not exist. Nothing was written. {nearest_name(name, known)}"
            )
    maps = [name for name in wanted if name in figure.NAMES]
    products = [name for name in PRODUCTS if name in wanted or (name == "maps" and maps)]
    return products, maps if maps and "maps" not in wanted else None


def _geopackage(release: Release, folder: Path, _maps: object, _sizes: object) -> None:
    write_geopackage(release, folder / f"{release.product.id}.gpkg")


def _project(release: Release, folder: Path, _maps: object, _sizes: object) -> None:
    write_project(
        release,
        folder / f"{release.product.id}.qgs",
        geopackage=f"{release.product.id}.gpkg",
        rasters={name: f"rasters/{raster_file(name, release)}" for name in release.rasters},
    )


def _rasters(release: Release, folder: Path, _maps: object, _sizes: object) -> None:
    write_rasters(release, folder / "rasters")


def _tables(release: Release, folder: Path, _maps: object, _sizes: object) -> None:
    write_tables(release, folder / "tables")


def _maps(release: Release, folder: Path, maps: list[str] | None, sizes: list[Size]) -> None:
    figure.write_figures(release, folder / "maps", only=maps, sizes=sizes)


def _webmap(release: Release, folder: Path, _maps: object, _sizes: object) -> None:
    write_webmap(release, folder / "index.html")


def _method(release: Release, folder: Path, _maps: object, _sizes: object) -> None:
    write_method(release, folder / "METHOD.html")


_WRITERS: dict[str, Callable[[Release, Path, list[str] | None, list[Size]], None]] = {
    "geopackage": _geopackage,
    "rasters": _rasters,
    "project": _project,
    "tables": _tables,
    "maps": _maps,
    "webmap": _webmap,
    "method": _method,
}


def manifest_text(release: Release, folder: Path) -> str:
    """The manifest of a folder as JSON; what it holds is described by ``manifest.schema.json``."""
    product = release.product
    values = {
        "format": FORMAT,
        "scenario": {
            "id": product.id,
            "title": product.title,
            "title_ar": product.title_ar,
            "period": [end.isoformat() if end else None for end in product.period],
            "as_of": product.as_of.isoformat(),
            "country_iso3": product.country_iso3,
            "bounds": list(product.bounds),
            "schematic_roads": product.schematic,
        },
        "audience": release.audience,
        "protection": release.protection,
        "disclaimer": product.disclaimer,
        "versions": {**dict(sorted(product.versions.items())), "fonts": ", ".join(_fonts())},
        "seed": product.seed,
        "inputs": [{"name": given.name, "sha256": given.sha256} for given in product.inputs],
        "licences": _licences(release),
        "withheld": _withheld(release),
        "products": [_product(path, folder) for path in _files(folder) if path.name != MANIFEST],
    }
    return json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def manifest_schema() -> dict[str, Any]:
    """The JSON schema that every manifest holds to."""
    text = resources.files("idlibgeo.export").joinpath("manifest.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _fonts() -> list[str]:
    found = sheet.fonts()
    return sorted({*found.latin, *found.arabic})


def _licences(release: Release) -> list[dict[str, str]]:
    layers = [
        {"part": name, "licence": source.licence, "attribution": source.attribution}
        for name, source in release.product.layer_sources.items()
        if name in release.layers or name in release.rasters
    ]
    text = resources.files("idlibgeo.export.webmap").joinpath("vendor/VENDOR.toml").read_text("utf-8")
    vendored = {
        f"{entry['name']} {entry['version']}": entry["licence"] for entry in tomllib.loads(text)["files"]
    }
    code = [
        {"part": f"index.html: {name}", "licence": licence, "attribution": name}
        for name, licence in vendored.items()
    ]
    coast = {"part": "land and sea", "licence": "public domain", "attribution": ground.COAST}
    return [*layers, coast, *code]


def _withheld(release: Release) -> list[dict[str, Any]]:
    columns = ["layer", "item", "action", "rows", "people", "rule", "reason"]
    frame = release.withheld[columns].astype(object)
    rows = frame.where(frame.notna(), None).to_dict("records")
    return [
        row
        | {
            "rows": None if row["rows"] is None else int(row["rows"]),
            "people": None if row["people"] is None else float(row["people"]),
        }
        for row in rows
    ]


def _product(path: Path, folder: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "path": path.relative_to(folder).as_posix(),
        "bytes": path.stat().st_size,
        "sha256": digest,
    }


def _files(folder: Path) -> list[Path]:
    """All files below a folder, in the order of their paths whatever the file system's."""
    found = [path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def check_folder(folder: str | Path) -> None:
    """Refuse a folder whose content is not a bundle of ours, since all of it would be replaced.

    Raises
    ------
    FileError
        If the path is a file, the folder holds files that no manifest of ours lists, or another program has unsaved
        changes in its GeoPackage.
    """
    target = Path(folder)
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise FileError(
            f"{target}: given a file, expected a folder for the bundle or a path that does not exist yet. Nothing"
            " was written. Give another folder."
        )
    for file in target.glob("*.gpkg"):
        refuse_unsaved_edits(file)
    strangers = _strangers(target)
    if strangers:
        names = ", ".join(str(path.relative_to(target)) for path in strangers[:3])
        raise FileError(
            f"{target}: the folder holds {len(strangers)} file(s) that are not of a bundle ({names}), expected an"
            " empty folder or an older bundle. Nothing was written, since a bundle replaces the whole folder. Move"
            " these files elsewhere, or give another folder."
        )


def _strangers(target: Path) -> list[Path]:
    try:
        manifest = json.loads((target / MANIFEST).read_text("utf-8"))
        ours = {MANIFEST, *(str(entry["path"]) for entry in manifest["products"])}
        ours = ours if manifest["format"] == FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    return [
        path
        for path in _files(target)
        if path.relative_to(target).as_posix() not in ours
        and not (ours and any(path.match(pattern) for pattern in _LEFTOVERS))
    ]


@contextlib.contextmanager
def _reported(target: Path) -> Iterator[None]:
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            f"{target}: the bundle could not be written ({error.strerror or error}), expected a folder that can be"
            " written to and room on the disk. What was there before is unchanged. Free some space or give another"
            " folder, then run again."
        ) from error


@contextlib.contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """A hidden folder beside the target, held by a lock while this process lives, and removed at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _tidy(target)
    workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".writing", dir=target.parent))
    try:
        with _locked(workshop):
            # mkdtemp makes it for this user alone; a bundle is for all who may read the folder above it.
            workshop.chmod(_folder_mode())
            yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _folder_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o777 & ~mask


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a folder; gives False where another process holds it and `wait` is off."""
    try:
        import fcntl  # noqa: PLC0415  (it exists on Unix alone)
    except ImportError:
        yield wait
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        yield False
        return
    try:
        yield True
    finally:
        os.close(handle)


def _tidy(target: Path) -> None:
    """Remove what runs that were killed left behind; put an old bundle back that one had set aside."""
    for aside in sorted(target.parent.glob(f".{target.name}.*.aside")):
        if not os.path.lexists(target):
            aside.rename(target)
        else:
            shutil.rmtree(aside, ignore_errors=True)
    for left in target.parent.glob(f".{target.name}.*.writing"):
        # A folder that was made this minute may be about to be locked by its maker.
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime < 60:
                continue
            with _locked(left, wait=False) as free:
                if free:
                    shutil.rmtree(left, ignore_errors=True)


def _to_disk(folder: Path) -> None:
    """Have all bytes on the disk before the folder gets its name, so that a power cut leaves a whole bundle."""
    for path in [*_files(folder), *(path for path in folder.rglob("*") if path.is_dir()), folder]:
        if stat.S_ISREG(path.stat().st_mode) or os.name == "posix":
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _put_in_place(workshop: Path, target: Path) -> None:
    """Give the new folder the target's name; the old one, if any, gets the name of the new one."""
    for _ in range(10):
        try:
            if _exchange(workshop, target):
                return
            # No target yet, or an empty folder: a plain rename is atomic.
            workshop.rename(target)
            return
        except OSError as error:
            # Another run put its bundle there between the two steps: exchange with that one.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if not _can_exchange():
                _set_aside(workshop, target)
                return
    raise FileError(
        f"{target}: other runs keep replacing the bundle, expected one run at a time. This one was not put in place;"
        " the folder holds a whole bundle of another run. Run again."
    )


def _exchange(first: Path, second: Path) -> bool:
    """Swap the names of two folders in one step (Linux renameat2); False where it cannot be done."""
    if not _can_exchange() or not os.path.lexists(second):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.renameat2(
        _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if done == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOENT, errno.ENOSYS, errno.EINVAL):
        # The target has gone meanwhile, or the file system (a USB stick, a network drive) cannot exchange.
        if number != errno.ENOENT:
            _set_aside(first, second)
            return True
        return False
    raise OSError(number, os.strerror(number), str(second))


def _can_exchange() -> bool:
    return sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "renameat2")


def _set_aside(workshop: Path, target: Path) -> None:
    """Two renames, where one step is not possible; a run that is killed between them is mended by the next."""
    aside = workshop.with_suffix(".aside")
    target.rename(aside)
    try:
        workshop.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
