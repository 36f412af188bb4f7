"""Writing so that a reader finds the old file whole or the new one whole, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from idlibgeo.errors import FileError

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
"""Pattern of characters that no product carries: neither XML nor a reader can do anything with them."""


@contextlib.contextmanager
def replacing(path: Path, *, failures: tuple[type[Exception], ...] = ()) -> Iterator[Path]:
    """Give a path to write to, and put what was written in the place of `path` when the block ends well.

    The new file is made in a folder of its own beside the old one, so that side files of a writer that dies (the
    journal of SQLite, a temporary of GDAL) go with it. `os.replace` is atomic within a file system (POSIX rename).

    Parameters
    ----------
    path
        The file to write. Folders above it are made.
    failures
        Errors of the writer's library that mean a failed write, besides `OSError`.

    Yields
    ------
    pathlib.Path
        Where to write: the same name in a hidden folder beside `path`.

    Raises
    ------
    FileError
        If the folder is read-only, the disk is full or nothing was written. The old file is as it was.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "note.txt") as new:
    ...     _ = new.write_text("done")
    >>> [one.name for one in folder.iterdir()]
    ['note.txt']
    """
    folder: str | None = None
    caught: tuple[type[Exception], ...] = (OSError, *failures)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent)
        new = Path(folder) / path.name
        yield new
        _to_disk(new)
        os.replace(new, path)  # noqa: PTH105  (the same as Path.replace, and what tests interrupt)
    except FileError:
        raise
    except caught as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(
            f"{path}: could not be written ({reason}), expected a folder that can be written to"
            " and room on the disk. What was there before is unchanged. Free some space or give another folder, then"
            " run again."
        ) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Have the bytes on the disk before the name points at them: else a power cut leaves an empty file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
