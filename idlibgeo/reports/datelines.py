"""The date line and the headline of a plain text.

As in "ANTAKYA, Turkey, 7 January 2020 (Newswire) –", "As of 14 January 2020", "HATAY - 24.01.2020".

A date counts where it stands in one of the first lines, with its year, close to the start of the line, and where
nothing but a sign that ends a date line follows: "On 12 December 2019, forces entered …" dates what is told, not the
report. Month names are those of the word lists.
"""

from __future__ import annotations

import datetime as dt
import functools
import re

from idlibgeo.reports.lexicon import lexicon
from idlibgeo.reports.model import LANGUAGES
from idlibgeo.reports.text import fold

_LINES = 6
# What stands before the date of a date line is a place, an agency or "as of", no sentence.
_LONGEST_LEAD = 60
_ENDS = r"(?=[ \t]{0,2}(?:$|[)(|:\]–—-]))"


@functools.cache
def _months() -> dict[str, int]:
    return {
        word: int(row["value"]) for language in LANGUAGES for word, row in lexicon(language).words("month")
    }


@functools.cache
def _dates() -> tuple[re.Pattern[str], ...]:
    names = "|".join(re.escape(name) for name in sorted(_months(), key=len, reverse=True))
    written = rf"(?P<name>{names})\.?"
    day, year = r"(?P<day>\d{1,2})", r"(?P<year>(?:19|20)\d\d)"
    sources = (
        rf"{year}-(?P<month>\d{{2}})-(?P<day>\d{{2}})",
        rf"{day}[./](?P<month>\d{{1,2}})[./]{year}",
        rf"{day}(?:st|nd|rd|th|er)?[ ]{{1,2}}(?:of[ ])?{written}[ ]{{1,2}}{year}",
        rf"{written}[ ]{{1,2}}{day}(?:st|nd|rd|th)?,?[ ]{{1,2}}{year}",
    )
    return tuple(re.compile(rf"(?<![\w.]){source}{_ENDS}") for source in sources)


def date_of(text: str) -> dt.date | None:
    """Give the date of the date line of a text, or None where it has none.

    >>> date_of("ANTAKYA, Turkey, 7 January 2020 (Newswire) - Thousands left Ariha.")
    datetime.date(2020, 1, 7)
    >>> date_of("Flash Update No. 9 - As of 14 January 2020")
    datetime.date(2020, 1, 14)
    >>> date_of("HATAY - 24.01.2020"), date_of("On 12 December 2019, forces entered the town.")
    (datetime.date(2020, 1, 24), None)
    """
    lines = (line.strip() for line in text[:4_000].split("\n"))
    for line in [line for line in lines if line][:_LINES]:
        head = fold(line[: 2 * _LONGEST_LEAD])
        for pattern in _dates():
            match = pattern.search(head)
            if match is None or match.start() > _LONGEST_LEAD or _tells(head[: match.start()]):
                continue
            if date := _as_date(match.groupdict()):
                return date
    return None


# A headline is no longer, and stands among the first lines.
_LONGEST_HEADLINE = 140
_FIRST_LINES = 3


def headline_of(text: str) -> str | None:
    r"""Give the headline of a text of several lines: a short line above it that no sentence ends.

    >>> headline_of("Thousands more leave Ariha\n\nSome 31,000 people fled in four days.")
    'Thousands more leave Ariha'
    """
    lines = [line.strip() for line in text[:2_000].split("\n") if line.strip()]
    for line in lines[:-1][:_FIRST_LINES]:
        words = any(sign.isalpha() for sign in line)
        if words and len(line) <= _LONGEST_HEADLINE and line[-1] not in ".!?:;…،؛؟" and date_of(line) is None:
            return line if line[0].isalnum() else None
    return None


def _tells(lead: str) -> bool:
    """Tell whether a sentence stands before the date, or a period that it ends."""
    lead = _ISSUE.sub("", lead)
    digits = any(sign.isdigit() for sign in lead)
    return digits or "." in lead.rstrip(". ") or len(lead.split()) > _MOST_LEADING


# "Flash Update No. 9 - As of …"
_ISSUE = re.compile(r"(?:\bno\.?|\bnr\.?|n°|#)[ ]?\d{1,4}")
# Words that may lead to the date of a date line ("Situation report No. … as of", "ANTAKYA, Turkey,").
_MOST_LEADING = 8


def _as_date(groups: dict[str, str | None]) -> dt.date | None:
    name = groups.get("name")
    month = _months()[" ".join(name.split())] if name else int(groups["month"] or 0)
    try:
        return dt.date(int(groups["year"] or 0), month, int(groups["day"] or 0))
    except ValueError:
        return None
