"""`parse_report`: from a text to a `Report`."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from idlibgeo import collector
from idlibgeo.errors import ReportError
from idlibgeo.reports import text as texts
from idlibgeo.reports.count import PEOPLE, Count
from idlibgeo.reports.counted import counts
from idlibgeo.reports.datelines import date_of, headline_of
from idlibgeo.reports.draft import Draft
from idlibgeo.reports.headings import heading_of, lead_by_heading
from idlibgeo.reports.kinds import classify
from idlibgeo.reports.lay import Field
from idlibgeo.reports.letters import give_letters_back
from idlibgeo.reports.lexicon import Hit, language_of, lexicon
from idlibgeo.reports.links import link_repeats, persons_of_families, qualifier_of, settle
from idlibgeo.reports.mentions import Spot, spots
from idlibgeo.reports.model import LANGUAGES, Document, Figure, Mention, PlaceFinder, Report
from idlibgeo.reports.numerals import may_hold_numbers
from idlibgeo.reports.periods import periods
from idlibgeo.reports.sentence import Sentence, make_sentence

# A report longer than this is no report; reading it would keep a desk waiting for minutes.
LONGEST_TEXT = 20_000_000
_HEADER_LINE = re.compile(
    r"(title|publisher|date|published|source|url|language)[ \t]{0,3}:[ \t]{0,3}(.{0,500})", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"\d{13}")
_BASELINE = frozenset({"population_baseline", "population_at_risk", "stock", "stock_refugees"})


@dataclass(slots=True)
class _State:
    """What has been read so far."""

    drafts: list[Draft] = field(default_factory=list)
    mentions: list[tuple[Sentence, Spot]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    last_org: str | None = None
    paragraph_end: int = -1
    heading: str = ""
    before: Sentence | None = None


def parse_report(
    text: str,
    *,
    report_id: str = "",
    title: str | None = None,
    published: dt.date | str | None = None,
    undated: dt.date | str | None = None,
    publisher: str | None = None,
    url: str | None = None,
    language: str | None = None,
    source_org: str | None = None,
    finder: PlaceFinder | None = None,
) -> Report:
    """Read the figures and mentions of a text.

    Parameters
    ----------
    text
        The report. It may begin with a header block (`Title:`, `Publisher:`, `Date:`, `Source:`, `URL:`,
        `Language:`), then an empty line; what is given as an argument wins over it.
    report_id
        Begins the ids of figures and mentions; ``report`` where empty.
    published
        Date of publication, ISO text or a date; periods are worked out from it. Without it the date line of the
        text is taken (`datelines`); where there is none, only periods that name a year have dates.
    undated
        Date of publication of a text that does not say its own.
    finder
        Finds place names in the text, for instance a gazetteer; without one names are spotted by their form.

    Returns
    -------
    Report
        With the cleaned text that all spans point into.

    Raises
    ------
    ReportError
        If the text is empty, is binary, or is longer than 20 million characters.

    Examples
    --------
    >>> report = parse_report(
    ...     "Over 31,000 people fled Saraqib in four days.", report_id="r1", published="2020-01-07"
    ... )
    >>> figure = report.figures[0]
    >>> figure.id, figure.value, figure.kind, figure.qualifier, str(figure.period_start), figure.origin
    ('r1#1', 31000, 'flow', 'over', '2020-01-03', ('Saraqib',))
    >>> report.text[figure.start:figure.end]
    'Over 31,000 people'
    """
    document = split_header(checked_text(text))
    otherwise = as_date(undated)  # checked also where it is not needed
    given = Document(
        document.text,
        title or document.title or headline_of(document.text),
        as_date(published) or document.published or date_of(document.text) or otherwise,
        publisher or document.publisher,
        url or document.url,
        document.media_type,
        source_org or document.source_org,
        language or document.language,
    )
    with collector.at_rest():  # until all that was only needed on the way is gone
        return _read(given, report_id, finder)


def _read(document: Document, report_id: str, finder: PlaceFinder | None) -> Report:
    cleaned, when = document.text, document.published
    folded = texts.fold(cleaned)
    spoken = document.language or language_of(folded)
    if spoken not in LANGUAGES:
        raise ReportError(
            f"report {report_id or 'without id'}: given language {spoken!r}, expected one of {', '.join(LANGUAGES)}."
            " Nothing was read. Leave the language out, and it is told from the text."
        )
    if spoken == "tr":
        folded = give_letters_back(cleaned, folded)
    state = _State()
    if _LONG_NUMBER.search(folded):
        state.notes.append("A number of more than 12 digits was skipped: it counts nobody.")
    if when is None:
        state.notes.append("No date of publication: periods that need it are empty.")
    _read_sentences(cleaned, folded, when, spoken, finder, state)
    link_repeats(state.drafts)
    report_name = report_id or "report"
    organisation = document.source_org or document.publisher
    return Report(
        id=report_id,
        title=document.title,
        published=when,
        publisher=document.publisher,
        url=document.url,
        language=spoken,
        text=cleaned,
        figures=tuple(_figures(report_name, persons_of_families(state.drafts), organisation)),
        mentions=tuple(_mentions(report_name, report_id, state.mentions)),
        notes=tuple(dict.fromkeys(state.notes)),
    )


def checked_text(text: str) -> str:
    """Clean a text, or say why it cannot be read."""
    if len(text) > LONGEST_TEXT:
        raise ReportError(
            f"report: given a text of {len(text):,} characters, expected at most {LONGEST_TEXT:,}."
            " Nothing was read. Split it into its reports."
        )
    if "\x00" in text[:4096]:
        raise ReportError(
            "report: given binary data, expected text. Nothing was read. Give a text, HTML or PDF file."
        )
    cleaned = texts.clean(text)
    if not cleaned:
        raise ReportError(
            "report: given an empty text, expected a report with at least one sentence."
            " Nothing was read. Check that the file is the right one and is not a scan."
        )
    return cleaned


def as_date(value: dt.date | str | None) -> dt.date | None:
    """Take a date, an ISO text or nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value.strip()[:10])
    except ValueError:
        raise ReportError(
            f"report: given the date of publication {value!r}, expected YYYY-MM-DD."
            " Nothing was read. Write it like 2020-01-07."
        ) from None


def split_header(text: str) -> Document:
    r"""Take the header block off a plain-text report; without one the text is the body.

    >>> split_header("Title: A week\nDate: 2020-01-07\n\nPeople left.").published
    datetime.date(2020, 1, 7)
    """
    fields: dict[str, str] = {}
    rest = text
    while match := _HEADER_LINE.match(rest):
        fields[match.group(1).lower()] = match.group(2).strip()
        rest = rest[match.end() :].removeprefix("\n")
    if not fields or (rest.strip() and not rest.startswith("\n")):
        return Document(text, None, None, None, None, "text/plain")
    body = rest.strip()
    if not body:
        raise ReportError(
            "report: given a header block and nothing below it, expected a report with at least one sentence."
            " Nothing was read. Put an empty line between the header and the text."
        )
    given = fields.get
    return Document(
        body,
        given("title") or None,
        _written_date(given("date") or given("published")),
        given("publisher") or None,
        given("url") or None,
        "text/plain",
        source_org=given("source") or None,
        language=(given("language") or "").lower()[:2] or None,
    )


def _written_date(text: str | None) -> dt.date | None:
    """Take the date of a header, ISO or in words."""
    return date_of(text) or as_date(text) if text else None


def _read_sentences(
    cleaned: str, folded: str, when: dt.date | None, spoken: str, finder: PlaceFinder | None, state: _State
) -> None:
    known = sorted((span.start, span.end) for span in finder.find(cleaned)) if finder else []
    starts = [start for start, _ in known]
    latin = spoken if spoken != "ar" else "en"
    for start, end in texts.sentences(cleaned, folded):
        piece = folded[start:end]
        arabic = texts.is_arabic(piece)
        words = lexicon("ar" if arabic else latin)
        sentence = make_sentence(cleaned[start:end], start, words, published=when, folded=piece)
        if start > state.paragraph_end:
            state.last_org = None
            gap = cleaned.find("\n\n", start)
            state.paragraph_end = gap if gap >= 0 else len(cleaned)
        inside = known[bisect_left(starts, start) : bisect_left(starts, end)]
        _read_sentence(sentence, [(a - start, min(b, end) - start) for a, b in inside], state)


def _read_sentence(sentence: Sentence, known: list[tuple[int, int]], state: _State) -> None:
    found = spots(sentence, known)
    state.mentions.extend((sentence, spot) for spot in found)
    state.before, before = sentence, state.before
    earlier_org = state.last_org
    state.last_org = _organisation(sentence) or earlier_org
    if sentence.of("denied_before"):
        _deny(sentence, state.drafts)
    above, state.heading = state.heading, ""
    if not may_hold_numbers(sentence):
        state.heading = heading_of(sentence)
        return
    found_periods = periods(sentence)
    counted = counts(sentence, found_periods)
    if not counted:
        state.heading = heading_of(sentence)
        return
    lay = Field(sentence, counted)
    drafts = classify(lay, found_periods)
    _count_those_before(drafts, before, state)
    _tell_who_did_so(drafts, state.drafts)
    state.heading = lead_by_heading(sentence, drafts, above)
    _place(lay, drafts, found)
    _attribute(lay, drafts, earlier_org)
    state.drafts.extend(settle(sentence, drafts, state.drafts, state.notes))


def _count_those_before(drafts: list[Draft], before: Sentence | None, state: _State) -> None:
    """As in "Families continue to flee. 2,750 of them have left …": who they are stands in the sentence before."""
    first = drafts[0].count
    counted = state.drafts and state.drafts[-1].sentence is before
    if before is None or counted or first.percent or not first.bare:
        return
    if drafts[0].sentence.at("part_after", first.last) is None:
        return
    people = [hit.entry.label for hit in before.of("unit") if hit.entry.label in PEOPLE]
    if people:
        first.unit = people[-1]


def _tell_who_did_so(drafts: list[Draft], earlier: list[Draft]) -> None:
    """As in "204,000 intend to go home. So far 63,000 have done so.": they did what the sentence before tells."""
    told = earlier[-1].kind if earlier else ""
    for draft in drafts:
        if told == "return" and draft.sentence.at("did_so", draft.count.last) is not None:
            draft.kind = told


# Words before which "that is not true" must stand to speak of the sentence before.
_DENIAL_OPENS = 4


def _deny(sentence: Sentence, earlier: list[Draft]) -> None:
    """As in "He said 5,000 had fled. That is not true.": the numbers of the sentence before count nobody."""
    if not earlier or all(hit.first > _DENIAL_OPENS for hit in sentence.of("denied_before")):
        return
    denied = earlier[-1].sentence
    gap = sentence.offset - denied.offset - len(denied.text)
    for draft in earlier:
        if draft.sentence is denied and gap <= _NEXT_SENTENCE and draft.kind in ("flow", "cumulative"):
            draft.kind = "other"


# Signs between two sentences of which the second may deny the first.
_NEXT_SENTENCE = 3


def _organisation(sentence: Sentence) -> str | None:
    """Name who counted: an organisation of the word list, the one that stands nearest to "said" or "according to"."""
    named = sentence.of("org")
    if not named:
        return None
    speech = [hit.first for hit in sentence.of("speech")] or [0]
    best = min(named, key=lambda hit: (-hit.entry.weight, min(abs(hit.first - place) for place in speech)))
    return best.entry.label


def _attribute(lay: Field, drafts: list[Draft], earlier_org: str | None) -> None:
    """Give each number its source: the one organisation of the sentence, or of several the nearest."""
    sentence = lay.sentence
    named = sentence.of("org")
    for draft in drafts:
        if not named:
            draft.source_org = earlier_org
            continue
        strongest = max(hit.entry.weight for hit in named)
        near = [hit for hit in named if hit.entry.weight == strongest or len(drafts) > 1]
        best = max(near, key=lambda hit: lay.say(hit.first, hit.last, draft.count) * hit.entry.weight)
        draft.source_org = best.entry.label if _claims(sentence, best, draft) else earlier_org


def _claims(sentence: Sentence, hit: Hit, draft: Draft) -> bool:
    """Behind a semicolon an organisation speaks only for its own number."""
    first, last = sorted((hit.first, draft.count.first))
    return not any(sentence.words[place] == ";" for place in range(first, last))


def _place(lay: Field, drafts: list[Draft], found: list[Spot]) -> None:
    """Give each place with a role to the number that it stands nearest to."""
    sentence = lay.sentence
    for spot in found:
        if not spot.anchored:
            continue
        takers = [draft for draft in drafts if _takes(draft, spot)]
        if not takers:
            continue
        first, last = sentence.word_at(spot.start), sentence.word_at(spot.end)
        says = {id(draft): _place_says(lay, first, last, draft.count) for draft in takers}
        owner = max(takers, key=lambda draft: says[id(draft)])
        if says[id(owner)] < 0.05:
            continue
        if spot.role == "origin":
            owner.origin = (*owner.origin, spot.label)
        else:
            owner.destination = (*owner.destination, spot.label)


def _place_says(lay: Field, first: int, last: int, count: Count) -> float:
    """Places mostly follow the number that they belong to; in Turkish they stand before or behind."""
    say = lay.say(first, last, count)
    return say * 0.7 if last <= count.first and lay.sentence.language != "tr" else say


def _takes(draft: Draft, spot: Spot) -> bool:
    if draft.count.percent or draft.count.unit not in ("persons", "families"):
        return False
    if spot.role in ("origin", "destination"):
        return True
    return spot.role in ("context", "attacked") and draft.kind in _BASELINE


def _figures(report_name: str, drafts: list[Draft], organisation: str | None) -> Iterator[Figure]:
    for number, draft in enumerate(drafts, start=1):
        draft.number = number
    for draft in drafts:
        yield _figure(report_name, draft, organisation)


def _figure(report_name: str, draft: Draft, organisation: str | None) -> Figure:
    sentence, count, period = draft.sentence, draft.count, draft.period
    first = count.start

    def name(other: Draft | None) -> str | None:
        return f"{report_name}#{other.number}" if other is not None and other.number > 0 else None

    return Figure(
        id=f"{report_name}#{draft.number}",
        value=draft.value,
        low=draft.low,
        high=draft.high,
        unit=count.unit,
        kind=draft.kind,
        modality=draft.modality,
        qualifier=qualifier_of(draft),
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        period_precision=period.precision if period and period.start else None,
        origin=draft.origin,
        destination=draft.destination,
        source_org=draft.source_org or organisation,
        same_as=name(draft.same_as),
        part_of=name(draft.whole),
        derived_from=name(draft.derived_from),
        start=sentence.offset + sentence.starts[first],
        end=sentence.offset + sentence.ends[count.last - 1],
        sentence=sentence.text,
        note=draft.note,
    )


def _mentions(report_name: str, report_id: str, found: list[tuple[Sentence, Spot]]) -> Iterator[Mention]:
    for number, (sentence, spot) in enumerate(found, start=1):
        yield Mention(
            id=f"{report_name}@{number}",
            report_id=report_id,
            text=sentence.text[spot.start : spot.end],
            start=sentence.offset + spot.start,
            end=sentence.offset + spot.end,
            role=spot.role,
            sentence=sentence.text,
        )
