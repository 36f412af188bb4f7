"""The error classes: one root, and a builtin parent for each.

::

    IdlibgeoError
    ├── InputError         (ValueError)   a value, table or text that cannot be used
    │   ├── CRSError                      no CRS, or another one than is needed
    │   ├── SchemaError                   a layer that does not have the columns it promised
    │   ├── ScenarioError                 a scenario file that cannot be run
    │   └── ReportError                   a document that cannot be read
    ├── PlaceNotFoundError (LookupError)  a name that no gazetteer knows, or that several places share
    ├── UnknownNameError   (LookupError)  an option, layer, stage or data set that does not exist
    ├── FileError          (OSError)      a file that is missing, broken or cannot be written
    │   └── DownloadError                 a download that failed or is not what was promised
    └── RoutingError       (ValueError)   a point off the network, or a query that cannot be answered

A message has four parts, in this order: what was given, what was expected, what was done about it and what
to do next. Its reader is an aid worker, not a programmer.
"""

from __future__ import annotations

from collections.abc import Iterable


class IdlibgeoError(Exception):
    """The root of all errors that this package raises on purpose."""


class InputError(IdlibgeoError, ValueError):
    """A value, table or text that cannot be used."""


class CRSError(InputError):
    """A layer without a CRS, or in another one than is needed."""


class SchemaError(InputError):
    """A layer that does not have the columns that the schema promises."""


class ScenarioError(InputError):
    """A scenario file that cannot be run."""


class ReportError(InputError):
    """A document that cannot be read."""


class PlaceNotFoundError(IdlibgeoError, LookupError):
    """A name that no gazetteer knows, or that several places share."""


class UnknownNameError(IdlibgeoError, LookupError):
    """An option, layer, stage or data set that does not exist."""


class FileError(IdlibgeoError, OSError):
    """A file that is missing, broken or cannot be written."""


class DownloadError(FileError):
    """A download that failed, or is not what was promised."""


class RoutingError(IdlibgeoError, ValueError):
    """A point off the network, or a query that cannot be answered."""


def nearest_name(given: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, as the last part of a message.

    >>> nearest_name("bandwith_m", ["bandwidth_m", "resolution_m"])
    'Did you mean bandwidth_m? Known: bandwidth_m, resolution_m.'
    """
    # Imported here: rapidfuzz takes 50 ms and is needed only when something is already wrong.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    names = sorted(known)
    listing = f"Known: {', '.join(names)}."
    found = process.extractOne(given, names, scorer=fuzz.ratio, score_cutoff=60)
    return f"Did you mean {found[0]}? {listing}" if found else listing
