"""OpenStreetMap extracts by name: resumed after a cut, verified against their checksum, in place only when whole.

What can be fetched stands in ``downloads.csv``. pooch compares checksums and moves files, but keeps nothing of a
download that broke off; the transfer is therefore ours, and writes to a ``.part`` file that the next try continues.
"""

from __future__ import annotations

import csv
import errno
import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from idlibgeo._version import __version__
from idlibgeo.errors import DownloadError, IdlibgeoError, UnknownNameError, nearest_name

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int | None], None]
Result = TypeVar("Result")

# A checksum is known by its length in hexadecimal digits; Geofabrik publishes MD5.
ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
CHECKSUM = re.compile(r"\s*([0-9a-fA-F]+)(?:\s|$)")
CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
# Answers after which the same question may succeed a little later.
PASSING = {408, 425, 429, 500, 502, 503, 504}
CHUNK_BYTES = 1 << 16
# A line that brings less than this between two cuts is not getting anywhere.
WORTHWHILE_BYTES = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One extract that can be fetched.

    Attributes
    ----------
    name, title
        What to type, and what it is.
    url, checksum_url
        The file and the file of its checksum, both fetched anew each time: extracts change daily.
    licence, attribution, source
        What has to be said wherever the data is used.
    """

    name: str
    title: str
    url: str
    checksum_url: str
    licence: str
    attribution: str
    source: str

    @property
    def file(self) -> str:
        """The name of the file on disk.

        >>> catalogue()["syria"].file
        'syria.osm.pbf'
        """
        return f"{self.name}.osm.pbf"

    @property
    def host(self) -> str:
        """The server, for messages."""
        return urlsplit(self.url).netloc


class _InterruptedError(Exception):
    """A try that failed in a way that another one may not; the message ends a sentence."""


class _UnreachableError(_InterruptedError):
    """There is no connection at all."""


def catalogue() -> Mapping[str, Entry]:
    """What can be fetched, by name.

    >>> catalogue()["syria"].url
    'https://download.geofabrik.de/asia/syria-latest.osm.pbf'
    """
    text = resources.files("idlibgeo").joinpath("downloads.csv").read_text(encoding="utf-8")
    entries = (Entry(**row) for row in csv.DictReader(text.splitlines()))
    return MappingProxyType({entry.name: entry for entry in entries})


def fetch(
    name: str,
    folder: str | Path,
    *,
    entries: Mapping[str, Entry] | None = None,
    update: bool = False,
    attempts: int = 5,
    pause_s: float = 1.0,
    timeout_s: float = 30.0,
    progress: Progress | None = None,
) -> Path:
    """Bring an extract into a folder and return its path.

    A file that is there and agrees with the checksum kept beside it is not downloaded again, and nobody is asked.
    Otherwise the server's checksum is read first; what an earlier try left in a ``.part`` file is continued if it
    belongs to the same checksum; the file appears under its name only when it is whole and verified.

    Parameters
    ----------
    name
        A name of `catalogue`.
    folder
        Where to put it; made if it does not exist.
    entries
        Another catalogue, of the user's own server for instance.
    update
        Ask the server even if a verified file is there, and replace it if there is a newer one.
    attempts
        How many tries in a row may bring less than 1 MB before it is given up.
    pause_s
        Before the second try; doubled before each further one.
    timeout_s
        How long the server may be silent.
    progress
        Called with the bytes that are there and the bytes in all (None if the server does not say).

    Raises
    ------
    UnknownNameError
        If the catalogue does not have the name.
    DownloadError
        If it cannot be brought or is not what its checksum promises, or if the disk does not take it.
    """
    known = catalogue() if entries is None else entries
    if name not in known:
        raise UnknownNameError(
            f"fetch: given {name!r}, expected the name of an extract. Nothing was downloaded."
            f" {nearest_name(name, known)}"
        )
    entry = known[name]
    target = Path(folder).resolve() / entry.file
    patience = _Patience(attempts, pause_s, timeout_s)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not update and _is_verified(target):
            return target
        return _bring(entry, target, patience, progress)
    except IdlibgeoError:
        raise
    except OSError as error:
        raise _disk_error(entry, target, error) from None


@dataclass(frozen=True)
class _Patience:
    attempts: int
    pause_s: float
    timeout_s: float

    def insist(self, entry: Entry, action: Callable[[], Result], size: Callable[[], int]) -> Result:
        """Repeat an action until it succeeds or stops getting anywhere."""
        failures, best = 0, size()
        while True:
            try:
                return action()
            except _InterruptedError as cut:
                grown = size() - best
                best = max(best, size())
                failures = 1 if grown >= WORTHWHILE_BYTES else failures + 1
                if failures >= self.attempts:
                    kept = f" {best:,} bytes are kept, but" if best else " So"
                    raise DownloadError(
                        f"fetch {entry.name}: given {entry.host}, expected the whole file; {failures} tries in a row"
                        f" failed, the last one because {cut}.{kept} nothing was put in place. Try again later:"
                        f" `idlibgeo fetch {entry.name}` goes on where it stopped."
                    ) from None
                time.sleep(self.pause_s * 2 ** (failures - 1))


def _bring(entry: Entry, target: Path, patience: _Patience, progress: Progress | None) -> Path:
    """Download until file and checksum agree, twice at most: extracts are replaced while people download them."""
    import pooch  # noqa: PLC0415 - 0.1 s, and only downloads need it

    found = ""
    for _ in range(2):
        digest = _published_checksum(entry, patience)
        transfer = _Transfer(entry, target.with_name(f"{entry.file}.{digest[:8]}.part"), patience, progress)
        known_hash = f"{ALGORITHMS[len(digest)]}:{digest}"
        try:
            with _quiet(pooch.get_logger()):
                pooch.retrieve(entry.url, known_hash, entry.file, path=target.parent, downloader=transfer)
        except ValueError as mismatch:
            # The transfer raises none of its own: this is pooch's word on the checksum.
            found = str(mismatch).partition("but got ")[2].partition(".")[0]
            continue
        _keep_checksum(target, digest)
        return target
    raise DownloadError(
        f"fetch {entry.name}: given a file with the checksum {found}, expected {digest} as {entry.host} publishes it;"
        " twice. What was downloaded is deleted, and nothing was put in place. Try again in an hour, when the server"
        " has renewed both; if it stays so, the file is changed on the way: use another network."
    )


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch from announcing each step on stderr."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _get(url: str, patience: _Patience, **headers: str) -> requests.Response:
    """Ask for a file; what is not HTTP or has no such name is final, everything else may pass."""
    import requests  # noqa: PLC0415 - 0.1 s, and only downloads need it

    told = {"Accept-Encoding": "identity", "User-Agent": f"idlibgeo/{__version__}", **headers}
    try:
        return requests.get(url, headers=told, stream=True, timeout=patience.timeout_s)
    except requests.exceptions.ReadTimeout:
        raise _InterruptedError(f"the server was silent for {patience.timeout_s:.0f} seconds") from None
    except requests.exceptions.ConnectionError as error:
        raise _UnreachableError(f"there is no connection to it ({_reason(error)})") from None


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words; the libraries wrap it several times."""
    cause: Any = error
    while cause.args and isinstance(getattr(cause, "reason", None) or cause.args[0], BaseException):
        cause = getattr(cause, "reason", None) or cause.args[0]
    return getattr(cause, "strerror", None) or str(cause).rpartition(": ")[2][:100] or type(cause).__name__


def _check_status(entry: Entry, url: str, response: requests.Response) -> None:
    status = response.status_code
    if status in PASSING:
        raise _InterruptedError(f"the server answered {status} {response.reason}")
    if status not in {200, 206}:
        why = "it is not there any more" if status in {404, 410} else "the server does not give it out"
        raise DownloadError(
            f"fetch {entry.name}: given {url}, expected a file; the server answered {status} {response.reason}: {why}."
            f" Nothing was put in place. Look for it at {entry.source}, or use any .osm.pbf file that you have."
        )


def _published_checksum(entry: Entry, patience: _Patience) -> str:
    """The checksum that the server publishes, in lower case."""
    import requests  # noqa: PLC0415 - see _get

    def ask() -> str:
        try:
            with _get(entry.checksum_url, patience) as response:
                _check_status(entry, entry.checksum_url, response)
                return next(response.iter_content(4096), b"").decode("utf-8", "replace")
        except requests.exceptions.RequestException as error:
            raise _InterruptedError(f"the connection broke off ({_reason(error)})") from None
        except _UnreachableError as cut:
            # No connection at the very beginning is not a cut: there is no use in waiting for it.
            raise DownloadError(
                f"fetch {entry.name}: given {entry.host}, expected to reach it; {cut}. Nothing was downloaded. Check"
                " the network, and try again; or copy an .osm.pbf file from somebody who has it."
            ) from None

    text = patience.insist(entry, ask, lambda: 0)
    found = CHECKSUM.match(text)
    if found is None or len(found[1]) not in ALGORITHMS:
        shown = " ".join(text.split())[:60]
        raise DownloadError(
            f"fetch {entry.name}: given {shown!r} by {entry.checksum_url}, expected a checksum. Nothing was downloaded,"
            " since it could not be verified. If you are on a network with a login page, log in first."
        )
    return found[1].lower()


def _is_verified(target: Path) -> bool:
    """Whether the file agrees with the checksum that was kept when it was put in place."""
    import pooch  # noqa: PLC0415 - see _bring

    for algorithm in ALGORITHMS.values():
        kept = target.with_name(f"{target.name}.{algorithm}")
        if target.is_file() and kept.is_file():
            found = CHECKSUM.match(kept.read_text(encoding="utf-8"))
            return found is not None and found[1] == pooch.file_hash(str(target), alg=algorithm)
    return False


def _keep_checksum(target: Path, digest: str) -> None:
    """Write the checksum beside the file, in the form that `md5sum -c` reads."""
    kept = target.with_name(f"{target.name}.{ALGORITHMS[len(digest)]}")
    kept.write_text(f"{digest}  {target.name}\n", encoding="utf-8")


def _disk_error(entry: Entry, target: Path, error: OSError) -> DownloadError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        next_step = "Make room, or choose another disk with -o; the next try goes on where this one stopped."
    else:
        next_step = "Choose a folder that you may write to, with -o."
    return DownloadError(
        f"fetch {entry.name}: given the folder {target.parent}, expected to write there: {error.strerror or error}."
        f" Nothing was put in place. {next_step}"
    )


@dataclass(frozen=True)
class _Transfer:
    """A downloader in pooch's form that continues what an earlier try left in `part`."""

    entry: Entry
    part: Path
    patience: _Patience
    progress: Progress | None

    def __call__(self, url: str, output_file: str, *_: object) -> None:
        """Bring the file to `output_file`, where pooch verifies it."""
        for older in self.part.parent.glob(f"{self.entry.file}.*.part"):
            if older != self.part:
                older.unlink()
        with self._open() as file:
            self.patience.insist(self.entry, lambda: self._continue(url, file), lambda: _size(file))
        self.part.replace(output_file)

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        with self.part.open("ab+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DownloadError(
                    f"fetch {self.entry.name}: given {self.part.parent}, expected to be alone there; another program is"
                    " downloading the same file. Nothing was done. Wait until it has finished."
                ) from None
            yield file

    def _continue(self, url: str, file: IO[bytes]) -> None:
        import requests  # noqa: PLC0415 - see _get

        have = _size(file)
        ask = {"Range": f"bytes={have}-"} if have else {}
        try:
            with _get(url, self.patience, **ask) as response:
                start, total = self._agree(url, response, have)
                file.truncate(start)
                if start == total:
                    return
                self._check_room(start, total)
                for chunk in response.iter_content(CHUNK_BYTES):
                    file.write(chunk)
                    if self.progress:
                        self.progress(file.tell(), total)
        except requests.exceptions.RequestException as error:
            raise _InterruptedError(f"the connection broke off ({_reason(error)})") from None
        finally:
            file.flush()
        if total is not None and _size(file) != total:
            raise _InterruptedError(f"{_size(file):,} of {total:,} bytes had come")

    def _agree(self, url: str, response: requests.Response, have: int) -> tuple[int, int | None]:
        """From which byte on the server sends, and how many there are in all."""
        said = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        total = int(said[2]) if said and said[2] != "*" else None
        if response.status_code == 416 and have:
            # What is here is as long as the file, or longer: then it is another file's.
            return (have, have) if total == have else self._from_the_start()
        _check_status(self.entry, url, response)
        if response.status_code == 200:
            length = response.headers.get("Content-Length", "")
            return 0, int(length) if length.isdigit() else None
        start = int(said[1]) if said and said[1] else have + 1
        return (start, total) if start <= have else self._from_the_start()

    def _from_the_start(self) -> tuple[int, int | None]:
        self.part.write_bytes(b"")
        raise _InterruptedError("the server did not send the part that was asked for")

    def _check_room(self, start: int, total: int | None) -> None:
        free = shutil.disk_usage(self.part.parent).free
        if total is not None and total - start > free:
            needed = f"{(total - start) / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB free"
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}, {needed}")


def _size(file: IO[bytes]) -> int:
    return file.seek(0, os.SEEK_END)
