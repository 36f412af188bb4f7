"""The values that reading gives: `Figure`, `Mention`, `Report`, `Document`, and what a place finder must offer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

KINDS = (
    "flow",
    "cumulative",
    "subset_flow",
    "subset_arrivals",
    "subset_shelter",
    "subset_demographic",
    "stock",
    "stock_refugees",
    "forecast",
    "population_at_risk",
    "population_baseline",
    "return",
    "killed",
    "injured",
    "shelter",
    "other",
)
MODALITIES = ("reported", "conditional", "derived")
ROLES = ("origin", "destination", "passage", "attacked", "context")
LANGUAGES = ("en", "ar", "tr", "fr")


class SpanLike(Protocol):
    """A stretch of text that names a place."""

    @property
    def start(self) -> int:
        """Position of the first character."""

    @property
    def end(self) -> int:
        """Position after the last character."""

    @property
    def text(self) -> str:
        """The words themselves."""


class PlaceFinder(Protocol):
    """Whatever finds place names in a text; a gazetteer does."""

    def find(self, text: str) -> Sequence[SpanLike]:
        """Give every stretch of `text` that names a place, in order."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report, typed.

    Attributes
    ----------
    id
        Report id and position, for instance ``aa-2020-01-07#2``.
    value, low, high
        Count of `unit`; `value` is None where only an interval is written, a bound is None where it is open.
    unit
        persons, families, tents, camps.
    kind, modality
        One of `KINDS` and of `MODALITIES`.
    qualifier
        over, around, up to, another, range, some number (vague), or None for a plain number.
    period_start, period_end, period_precision
        Dates, worked out from the date of publication; the precision (day, month, year) is that of the start.
    origin, destination
        Names as written; regions without a name of their own by the label of their rule.
    source_org
        Who counted.
    same_as, part_of, derived_from
        Ids of other figures of the report.
    start, end
        Span in the report's cleaned text: ``report.text[start:end]`` is what was read.
    sentence
        The sentence it stands in.
    note
        How a derived figure was worked out, else empty.
    """

    id: str
    value: int | None
    low: int | None
    high: int | None
    unit: str
    kind: str
    modality: str
    qualifier: str | None
    period_start: dt.date | None
    period_end: dt.date | None
    period_precision: str | None
    origin: tuple[str, ...]
    destination: tuple[str, ...]
    source_org: str | None
    same_as: str | None
    part_of: str | None
    derived_from: str | None
    start: int
    end: int
    sentence: str
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as JSON can hold them: ISO dates, lists for tuples."""
        fields = asdict(self)
        for name in ("period_start", "period_end"):
            fields[name] = fields[name].isoformat() if fields[name] else None
        for name in ("origin", "destination"):
            fields[name] = list(fields[name])
        return fields


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that a report names, or describes, and the part it plays.

    Attributes
    ----------
    id, report_id
        Report id and position, for instance ``aa-2020-01-07@1``.
    text, start, end
        What was read; ``report.text[start:end] == text``.
    role
        One of `ROLES`.
    sentence
        The sentence it stands in.
    """

    id: str
    report_id: str
    text: str
    start: int
    end: int
    role: str
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Give text, span and role; whoever knows places adds `place`."""
        return {"text": self.text, "start": self.start, "end": self.end, "role": self.role}


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was read.

    Attributes
    ----------
    id, title, published, publisher, url
        What the document or the caller says of itself.
    language
        en, ar, tr or fr.
    text
        The cleaned text that every span points into.
    figures, mentions
        In the order of the text.
    notes
        What was skipped, and why.
    """

    id: str
    title: str | None
    published: dt.date | None
    publisher: str | None
    url: str | None
    language: str
    text: str
    figures: tuple[Figure, ...]
    mentions: tuple[Mention, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give one entry of ``idlibgeo read --json``; `place` of each mention is left to the caller."""
        return {
            "id": self.id,
            "title": self.title,
            "published": self.published.isoformat() if self.published else None,
            "publisher": self.publisher,
            "url": self.url,
            "language": self.language,
            "text": self.text,
            "figures": [figure.to_dict() for figure in self.figures],
            "mentions": [mention.to_dict() for mention in self.mentions],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Document:
    """A file made into text: the cleaned text and what the file says of itself.

    Attributes
    ----------
    text
        Paragraphs with an empty line between them.
    title, published, publisher, url
        Where they stand in the file, else None.
    media_type
        ``text/html``, ``application/pdf`` or ``text/plain``.
    source_org, language
        From the header block of a plain-text report, else None.
    """

    text: str
    title: str | None
    published: dt.date | None
    publisher: str | None
    url: str | None
    media_type: str
    source_org: str | None = None
    language: str | None = None
