"""Periods: "over the last four days", "since early November", "between 12 and 25 December", as dates.

The templates stand in ``periods.toml``, month and day names in the word lists. dateparser is not used for sentences:
a call takes milliseconds where a sentence may take a tenth of one, it knows no open periods ("since"), and it reads
the numbers of people as dates.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idlibgeo.reports.lexicon import Lexicon, lexicon
from idlibgeo.reports.sentence import Sentence
from idlibgeo.reports.templates import Template, TemplateSet, build_templates
from idlibgeo.reports.text import fold

# Days up to which "from A to B" is one closed episode.
_LONGEST_SPAN = 31
_PART_SPAN = {"early": (1, 10), "mid": (11, 20), "first half": (1, 15), "second half": (16, 31)}
# Where part of a month starts. "Early" is the 1st so that a wave counted "since early November" starts with November.
_PART_DAY = {"early": 1, "mid": 15, "late": 21, "second half": 16}
_PART_END = {"early": 10, "mid": 20, "first half": 15}


@dataclass(frozen=True, slots=True)
class Period:
    """A period from position `first` up to `last` of a sentence.

    `open` periods run from a start that later reports continue ("since"); `span` holds for "from A to B"; an `aside`
    is a bare year or date that no figure needs to be counted over.
    """

    first: int
    last: int
    start: dt.date | None
    end: dt.date | None
    precision: str
    open: bool = False
    span: bool = False
    aside: bool = False

    def holds(self, position: int) -> bool:
        """Tell whether a position of the sentence lies in what says the period."""
        return self.first <= position < self.last

    @property
    def days(self) -> int:
        """Days between start and end, 0 where one is missing."""
        return (self.end - self.start).days if self.start and self.end else 0


@dataclass(frozen=True)
class _Calendar:
    """What the word list of a language says of months, weekdays, small numbers and units of time."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    numbers: Mapping[str, float]
    units: Mapping[str, float]
    parts: Mapping[str, str]
    duals: Mapping[str, float]
    templates: TemplateSet


@functools.cache
def rules() -> tuple[dict[str, Any], ...]:
    """Read ``periods.toml``."""
    resource = importlib.resources.files("idlibgeo.reports") / "periods.toml"
    return tuple(tomllib.loads(resource.read_text(encoding="utf-8"))["rule"])


@functools.cache
def _calendar(language: str) -> _Calendar:
    words = lexicon(language)
    months = {word: int(row["value"]) for word, row in words.words("month")}
    weekdays = {word: int(row["value"]) for word, row in words.words("weekday")}
    numbers = {word: float(row["value"]) for kind in ("number", "count") for word, row in words.words(kind)}
    units = {word: float(row["value"]) for word, row in words.words("timeunit")}
    parts = {word: row["label"] for word, row in words.words("part_of_month")}
    duals = {word: float(row["value"]) for word, row in words.words("dual")}
    ordinals = {word: float(row["value"]) for word, row in words.words("dayword")}
    templates = build_templates(
        [row for row in rules() if row["language"] == language],
        _placeholders(language, months, weekdays, numbers, units, parts, duals, ordinals),
        proclitics=words.proclitics,
    )
    return _Calendar(months, weekdays, numbers | ordinals, units, parts, duals, templates)


def _choice(words: Mapping[str, object]) -> str:
    """Make a choice of words, longest first; a space in a word is any white space."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s{1,3}") for word in ordered) or "(?!)"


def _placeholders(
    language: str, months: Any, weekdays: Any, numbers: Any, units: Any, parts: Any, duals: Any, ordinals: Any
) -> dict[str, str]:
    suffix = r"(?:'?[^\W\d_]{1,6})?" if language == "tr" else ""
    quoted = r"(?:'[^\W\d_]{1,6})?" if language == "tr" else ""
    article = "(?:ال)?" if language == "ar" else ""
    return {
        "month": f"(?:{_choice(months)}){suffix}",
        "monthin": rf"(?:{_choice(months)})'?(?:da|de|ta|te)",
        "weekday": f"(?:{_choice(weekdays)}){suffix}",
        "n": rf"\d{{1,3}}|{article}(?:{_choice(numbers)})",
        "unit": _choice(units),
        "part": _choice(parts),
        "dual": _choice(duals),
        "words": r"(?:[^\W\d_]{1,18}[ '-]{1,2}){1,6}",
        "phrase": r"(?:[^\W\d_]{1,18}[ '-]){1,8}?[^\W\d_]{1,18}",
        "day": rf"\d{{1,2}}(?![,.]\d{{3}}(?!\d))(?:st|nd|rd|th|er)?{quoted}|(?:{_choice(ordinals)})",
        "year": rf"(?:19|20)\d\d{quoted}",
    }


def periods(sentence: Sentence) -> list[Period]:
    """Give the periods of a sentence in order; of two that overlap the one that starts first, then the longer."""
    if not _may_have_period(sentence):
        return []
    found: list[Period] = []
    for template, match in _calendar(sentence.language).templates.search(sentence):
        if found and match.start() < found[-1].last:
            continue
        if _dates_a_report(sentence, sentence.word_at(match.end())):
            continue
        period = _Worker(sentence, template, match).work()
        if period:
            found.append(period)
    return found


def _dates_a_report(sentence: Sentence, place: int) -> bool:
    """As in "Thursday's figure": no day of what is counted."""
    owner = sentence.at("owner", place)
    return owner is not None and sentence.at("tally", owner.last) is not None


_WORDS_OF_TIME = frozenset({"month", "timeunit", "weekday", "time_word"})


def _may_have_period(sentence: Sentence) -> bool:
    if not _WORDS_OF_TIME.isdisjoint(sentence.by_kind):
        return True
    numbers = (sentence.words[place] for place in sentence.digits)
    return any(len(word) == 4 and word.isdigit() for word in numbers)


class _Worker:
    """Works out the dates of one match."""

    def __init__(self, sentence: Sentence, template: Template, match: re.Match[str]) -> None:
        self.calendar = _calendar(sentence.language)
        self.published = sentence.published
        self.sentence = sentence
        self.row = template.row
        self.match = match
        self.groups = {name: text for name, text in match.groupdict().items() if text}

    def work(self) -> Period | None:
        """Give the period, or None where what was matched is no date (31 February)."""
        kind = "past" if str(self.row["type"]).startswith("past") else str(self.row["type"])
        try:
            return getattr(self, f"_{kind}")()
        except (ValueError, OverflowError):
            return None

    def _make(
        self, start: dt.date | None, end: dt.date | None, precision: str = "day", **marks: bool
    ) -> Period:
        return Period(self.match.start(), self.match.end(), start, end, precision, **marks)

    def _past(self) -> Period:
        days = self._days()
        if self.published is None:
            return self._make(None, None)
        return self._make(self.published - dt.timedelta(days=days), self.published)

    def _days(self) -> int:
        if "dual" in self.groups:
            return max(1, round(self.calendar.duals[_squeeze(self.groups["dual"])]))
        count = self._count(self.groups["n"]) if "n" in self.groups else 1.0
        unit = (
            self.calendar.units[_squeeze(self.groups["unit"])]
            if "unit" in self.groups
            else self._named_unit()
        )
        return max(1, round(count * unit))

    def _named_unit(self) -> float:
        words = _squeeze(self.match.group()).split()
        named = [value for word, value in self.calendar.units.items() if word in words]
        if not named:
            raise ValueError(f"no unit of time in {words}")
        return named[0]

    def _count(self, text: str) -> float:
        if text.isdigit():
            return float(text)
        word = _squeeze(text)
        return self.calendar.numbers.get(word) or self.calendar.numbers[word.removeprefix("ال")]

    def _since(self) -> Period:
        start, precision = self._start_of_since()
        # Nobody counts a wave from a weekday: "since Thursday" is over with the day of the report.
        return self._make(start, self.published, precision, open="weekday" not in self.groups)

    def _start_of_since(self) -> tuple[dt.date | None, str]:
        part = self.calendar.parts.get(_squeeze(self.groups.get("part", "")))
        if "weekday" in self.groups:
            return self._last_weekday(), "day"
        if "month" not in self.groups:
            return dt.date(self._year("year") or 1, 1, 1), "year"
        month = self._month("month")
        year = self._year("year") or self._year("year2")
        if "day" in self.groups:
            return self._dated(year, month, self._day("day")), "day"
        day = _PART_DAY.get(part or "early", 1)
        if part == "end":
            day = calendar.monthrange(year or 2000, month)[1]
        return self._dated(year, month, day), "month"

    def _dated(self, year: int | None, month: int, day: int) -> dt.date | None:
        """Give the date in its year, or where none is written in the last year that makes it past."""
        if year:
            return dt.date(year, month, day)
        if self.published is None:
            return None
        for candidate in (self.published.year, self.published.year - 1, self.published.year - 4):
            if (month, day) == (2, 29) and not calendar.isleap(candidate):
                continue
            date = dt.date(candidate, month, day)
            if date <= self.published + dt.timedelta(days=1):
                return date
        return None

    def _span(self) -> Period:
        first_day, last_day = self._day("day"), self._day("day2")
        months = [self._month(name) for name in ("month", "month2") if name in self.groups]
        years = [self._year(name) for name in ("year", "year2") if name in self.groups]
        if "month" in self.groups and self.match.start("month") > self.match.start("day2"):
            months = months[:1]
        end = self._dated(years[-1] if years else None, months[-1], last_day)
        if end is None:
            return self._make(None, None, span=True)
        first_year = years[0] if len(years) == 2 and years[0] else end.year
        start = dt.date(first_year, months[0], first_day)
        if start > end:
            start = dt.date(end.year - 1, months[0], first_day)
        return self._make(start, end, span=True)

    def _span_from(self) -> Period:
        period = self._span()
        # "From A to B" is a wave's running count, unless it is a month or less.
        return self._make(period.start, period.end, open=period.days > _LONGEST_SPAN, span=True)

    def _span_between(self) -> Period:
        if "day" in self.groups:
            return self._span()
        last_year = self._year("year2") or self._year("year")
        end_first = self._dated(last_year, self._month("month2"), 1)
        if end_first is None:
            return self._make(None, None, "month", span=True)
        start = dt.date(self._year("year") or end_first.year, self._month("month"), 1)
        if start > end_first:
            start = start.replace(year=start.year - 1)
        return self._make(start, self._not_after(_last_of_month(end_first)), "month", span=True)

    def _parts(self) -> Period:
        """As in "Between mid-December and early January"."""
        last = self.calendar.parts[_squeeze(self.groups["part2" if "part2" in self.groups else "part"])]
        month = self._month("month2")
        end = self._dated(self._year("year2") or self._year("year"), month, 1)
        if end is None:
            return self._make(None, None, "month", span=True)
        end = end.replace(day=_PART_END.get(last) or _last_of_month(end).day)
        first = self.calendar.parts[_squeeze(self.groups["part"])] if "part2" in self.groups else ""
        start = dt.date(self._year("year") or end.year, self._month("month"), _PART_DAY.get(first, 1))
        start = start.replace(year=start.year - 1) if start > end else start
        return self._make(start, self._not_after(end), "month", span=True)

    def _span_to_part(self) -> Period:
        """As in "between 12 December and the end of January"."""
        last = self.calendar.parts[_squeeze(self.groups["part2" if "part2" in self.groups else "part"])]
        end = self._dated(self._year("year2") or self._year("year"), self._month("month2"), 1)
        if end is None:
            return self._make(None, None, span=True)
        end = end.replace(day=_PART_END.get(last) or _last_of_month(end).day)
        start = dt.date(end.year, self._month("month"), self._day("day"))
        start = start.replace(year=start.year - 1) if start > end else start
        return self._make(start, self._not_after(end), span=True)

    def _part_to_day(self) -> Period:
        """As in "from early November to 20 January"."""
        end = self._dated(self._year("year2") or self._year("year"), self._month("month2"), self._day("day"))
        if end is None:
            return self._make(None, None, span=True)
        first = self.calendar.parts[_squeeze(self.groups["part"])]
        start = dt.date(end.year, self._month("month"), _PART_DAY.get(first, 1))
        start = start.replace(year=start.year - 1) if start > end else start
        return self._make(start, end, open=(end - start).days > _LONGEST_SPAN, span=True)

    def _until(self) -> Period:
        """As in "By 2 February": a running count up to that day, from a start that is not said."""
        date = self._dated(self._year("year"), self._month("month"), self._day("day"))
        return self._make(None, date, open=True)

    def _told(self) -> Period:
        """As in "on the next day" or "two months ago": a day of the story that gives a figure no date."""
        return self._make(None, None, aside=True)

    def _open(self) -> Period:
        """As in "since the offensive began": a running count from a day that is not said."""
        return self._make(None, self.published, open=True)

    def _until_part(self) -> Period:
        """As in "by the end of January"; a month without a part is one up to its end."""
        part = self.calendar.parts.get(_squeeze(self.groups.get("part", "")), "end")
        first = self._dated(self._year("year"), self._month("month"), 1)
        if first is None:
            return self._make(None, None, open=True)
        day = _PART_END.get(part) or _last_of_month(first).day
        return self._make(None, self._not_after(first.replace(day=day)), open=True)

    def _until_year(self) -> Period:
        """As in "At the end of 2021": a count of all up to then."""
        return self._make(None, self._not_after(dt.date(self._year("year"), 12, 31)), "year", open=True)

    def _week(self) -> Period:
        first = self._dated(self._year("year"), self._month("month"), int(self.row["label"]))
        end = first + dt.timedelta(days=6) if first else None
        return self._make(first, end)

    def _months(self) -> Period:
        """As in "au premier trimestre", "over the first nine months of 2019": whole months of one year."""
        first, _, last = str(self.row["label"]).partition("-")
        start = self._dated(self._year("year"), int(first), 1)
        if start is None:
            return self._make(None, None, "month")
        end = dt.date(start.year, int(last or self._count(self.groups["n"])), 1)
        return self._make(start, self._not_after(_last_of_month(end)), "month")

    def _days_of_month(self) -> Period:
        """As in "in the first two weeks of January", "over the last three days of December"."""
        first = self._dated(self._year("year"), self._month("month"), 1)
        if first is None:
            return self._make(None, None)
        days = self._days()
        if self.row["label"] == "first":
            return self._make(first, self._not_after(first + dt.timedelta(days=days - 1)))
        end = _last_of_month(first)
        return self._make(end - dt.timedelta(days=days - 1), end)

    def _part_of_month(self) -> Period:
        """As in "in late December": a third of the month."""
        first = self._dated(self._year("year"), self._month("month"), 1)
        if first is None:
            return self._make(None, None, "month")
        last = _last_of_month(first)
        part = self.calendar.parts[_squeeze(self.groups["part"])]
        start, end = _PART_SPAN.get(part, (21, last.day))
        end = last.day if part == "second half" else end
        return self._make(first.replace(day=start), self._not_after(first.replace(day=end)), "month")

    def _ago(self) -> Period:
        """As in "three days ago"."""
        if self.published is None:
            return self._make(None, None)
        day = self.published - dt.timedelta(days=self._days())
        return self._make(day, day)

    def _days_to(self) -> Period:
        """As in "in the five days to 3 January"."""
        end = self._dated(self._year("year"), self._month("month"), self._day("day"))
        if end is None:
            return self._make(None, None)
        return self._make(end - dt.timedelta(days=self._days()), end)

    def _weekdays(self) -> Period:
        """As in "between Monday and Thursday"."""
        end = self._last_weekday("weekday2")
        if end is None:
            return self._make(None, None)
        start = self._looked_up(self.calendar.weekdays, self.groups["weekday"])
        return self._make(end - dt.timedelta(days=(end.weekday() - start) % 7), end, span=True)

    def _recent(self) -> Period:
        """As in "in recent days": lately, without dates."""
        return self._make(None, None)

    def _on(self) -> Period:
        date = self._dated(self._year("year"), self._month("month"), self._day("day"))
        return self._make(date, date)

    def _weekday(self) -> Period:
        date = self._last_weekday()
        return self._make(date, date)

    def _last_weekday(self, name: str = "weekday") -> dt.date | None:
        if self.published is None:
            return None
        wanted = self._looked_up(self.calendar.weekdays, self.groups[name])
        return self.published - dt.timedelta(days=(self.published.weekday() - wanted) % 7)

    def _month_period(self, year: int | None, month: int) -> Period:
        first = self._dated(year, month, 1)
        if first is None:
            return self._make(None, None, "month")
        return self._make(first, self._not_after(_last_of_month(first)), "month")

    def _month(self, name: str = "") -> Any:
        if name:
            return self._looked_up(self.calendar.months, self.groups[name])
        return self._month_period(
            self._year("year") or self._year("year2"),
            self._month("month" if "month" in self.groups else "monthin"),
        )

    def _year(self, name: str = "") -> Any:
        if name:
            return int(self.groups[name][:4]) if name in self.groups else None
        year = int(self.groups["year"][:4])
        return self._make(dt.date(year, 1, 1), self._not_after(dt.date(year, 12, 31)), "year")

    def _year_only(self) -> Period | None:
        if not 1990 <= int(self.groups["year"][:4]) <= (self.published or dt.date(2099, 1, 1)).year + 1:
            return None
        period = self._year()
        return self._make(period.start, period.end, "year", aside=True)

    def _not_after(self, end: dt.date) -> dt.date:
        """A period that is not over yet ends on the day of publication."""
        return min(end, self.published) if self.published else end

    def _day(self, name: str) -> int:
        text = self.groups[name]
        digits = re.match(r"\d{1,2}", text)
        return int(digits.group()) if digits else int(self.calendar.numbers[_squeeze(text)])

    def _looked_up(self, table: Mapping[str, int], text: str) -> int:
        word = _squeeze(text)
        if word in table:
            return table[word]
        return next(
            value
            for name, value in sorted(table.items(), key=lambda item: -len(item[0]))
            if word.startswith(name)
        )

    def _relative(self) -> Period:
        if self.published is None:
            return self._make(None, None)
        start, end, precision, is_open = _RELATIVE[str(self.row["label"])](self.published)
        return self._make(start, end, precision, open=is_open)


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _last_of_month(date: dt.date) -> dt.date:
    return date.replace(day=calendar.monthrange(date.year, date.month)[1])


def _monday(date: dt.date) -> dt.date:
    return date - dt.timedelta(days=date.weekday())


def _saturday(date: dt.date) -> dt.date:
    """Give the Saturday of the last weekend that has begun."""
    return date - dt.timedelta(days=(date.weekday() - 5) % 7)


def _month_before(date: dt.date) -> dt.date:
    return (date.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _year_before(date: dt.date) -> dt.date:
    return date.replace(year=date.year - 1, day=28 if (date.month, date.day) == (2, 29) else date.day)


def _season(date: dt.date, month: int) -> tuple[dt.date, dt.date]:
    """Give the last season of three months that began in a month and has begun by a date."""
    start = dt.date(date.year, month, 1)
    start = start if start <= date else start.replace(year=date.year - 1)
    end = (start + dt.timedelta(days=75)).replace(day=1)
    return start, min(_last_of_month(end), date)


# label → start, end, precision, open; weeks begin on Monday (ISO 8601).
_RELATIVE = {
    "today": lambda day: (day, day, "day", False),
    "yesterday": lambda day: (day - dt.timedelta(days=1), day - dt.timedelta(days=1), "day", False),
    "overnight": lambda day: (day - dt.timedelta(days=1), day, "day", False),
    "past_week": lambda day: (day - dt.timedelta(days=7), day, "day", False),
    "last_week": lambda day: (
        _monday(day) - dt.timedelta(days=7),
        _monday(day) - dt.timedelta(days=1),
        "day",
        False,
    ),
    "this_week": lambda day: (_monday(day), day, "day", False),
    "weekend": lambda day: (_saturday(day), _saturday(day) + dt.timedelta(days=1), "day", False),
    "last_month": lambda day: (_month_before(day), _last_of_month(_month_before(day)), "month", False),
    "this_month": lambda day: (day.replace(day=1), day, "month", False),
    "past_year": lambda day: (_year_before(day), day, "day", False),
    "last_year": lambda day: (dt.date(day.year - 1, 1, 1), dt.date(day.year - 1, 12, 31), "year", False),
    "last_winter": lambda day: (*_season(day, 12), "month", False),
    "last_spring": lambda day: (*_season(day, 3), "month", False),
    "last_summer": lambda day: (*_season(day, 6), "month", False),
    "last_autumn": lambda day: (*_season(day, 9), "month", False),
    "since_yesterday": lambda day: (day - dt.timedelta(days=1), day, "day", False),
    "two_days_before": lambda day: (day - dt.timedelta(days=2), day - dt.timedelta(days=2), "day", False),
    "since_this_week": lambda day: (_monday(day), day, "day", True),
    "since_this_month": lambda day: (day.replace(day=1), day, "month", True),
    "since_last_week": lambda day: (_monday(day) - dt.timedelta(days=7), day, "day", True),
    "since_last_month": lambda day: (_month_before(day), day, "month", True),
    "since_last_year": lambda day: (dt.date(day.year - 1, 1, 1), day, "year", True),
    "since_weekend": lambda day: (_saturday(day), day, "day", False),
    "this_year": lambda day: (dt.date(day.year, 1, 1), day, "year", True),
}


def lexicon_of(language: str) -> Lexicon:
    """Give the word list that the periods of a language use."""
    return lexicon(language)


__all__ = ["Period", "fold", "periods", "rules"]
