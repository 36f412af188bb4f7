"""Which period belongs to which number of a sentence."""

from __future__ import annotations

from idlibgeo.reports.count import Count
from idlibgeo.reports.lay import Field
from idlibgeo.reports.periods import Period
from idlibgeo.reports.sentence import Sentence


def assign_periods(sentence: Sentence, lay: Field, found: list[Period]) -> list[Period | None]:
    """Give each number the period that says most for it; a period at the start of a sentence speaks for all."""
    assigned: list[Period | None] = [None] * len(lay.counts)
    best = [0.0] * len(lay.counts)
    for period in found:
        if period.aside or _is_of_speech(sentence, period) or _is_of_record(sentence, period):
            continue
        first, last = sentence.word_at(period.first), sentence.word_at(period.last)
        says = [
            lay.say(first, last, count) * (_OTHER_CLAUSE if _begins_clause_of_next(lay, count, first) else 1)
            for count in lay.counts
        ]
        if _is_in_heading(sentence, first, last):
            says = [max(say, _OF_HEADING) for say in says]
        owner = max(says, default=0.0)
        of_all = first <= 1 or _closes_sentence(sentence, period, first, last)
        for place, say in enumerate(says):
            score = say if say == owner or of_all else say * 0.45
            count = lay.counts[place]
            if not lay.same_side(first, count) or _is_before_total(sentence, period, last, count):
                continue
            if _is_of_part(lay, first, count) or _is_of_verb_of_next(lay, first, count):
                continue
            if _is_of_earlier_count(lay, first, count) or _is_of_total_behind(lay, first, count):
                continue
            if score > max(best[place], 0.08):
                best[place], assigned[place] = score, period
    return assigned


# What the period of a heading says at least for each number below it.
_OF_HEADING = 0.09


def _is_in_heading(sentence: Sentence, first: int, last: int) -> bool:
    """As in "Since 7 Oct: 21,978 killed; 1.9M displaced", "Figures (since 1 January): displaced 64,000 / …"."""
    signs = range(last, min(last + _TO_COLON, len(sentence.words)))
    colon = next((place for place in signs if sentence.words[place] == ":"), None)
    return (
        colon is not None
        and not any(word[0].isdigit() for word in sentence.words[last:colon])
        and (first <= 1 or "(" in sentence.words[:first])
    )


# How far behind its period the colon of a heading may stand, in words.
_TO_COLON = 3

# What a period says for a number where it opens the clause of the next one.
_OTHER_CLAUSE = 0.4


def _begins_clause_of_next(lay: Field, count: Count, first: int) -> bool:
    """As in "30,000 left, since December 390,000 have gone": no comma parts the period from the number behind it."""
    if first < count.last:
        return False
    words = lay.sentence.words
    ahead = min((other.start for other in lay.counts if other.first >= first), default=None)
    return ahead is not None and "," in words[count.last : first] and "," not in words[first:ahead]


def _closes_sentence(sentence: Sentence, period: Period, first: int, last: int) -> bool:
    """As in "61,000 left the town and 94,000 the villages, since October.": behind a comma, and nothing follows."""
    return period.open and sentence.words[first - 1] == "," and sentence.words[last:] in ([], ["."])


def _is_of_earlier_count(lay: Field, first: int, count: Count) -> bool:
    """As in "reached 578,000, against 362,000 in early March": the month is that of the count it stands behind."""
    return any(
        other is not count
        and 0 <= first - other.last <= 1
        and lay.sentence.ending("earlier", other.start) is not None
        for other in lay.counts
    )


def _is_of_part(lay: Field, first: int, count: Count) -> bool:
    """As in "211 000 déplacés, dont 118 000 lundi": the day stands right behind a part without a noun."""
    return lay.sentence.language == "fr" and any(
        other.bare
        and count.last <= other.first
        and 0 <= first - other.last <= 1
        and lay.sentence.ending("part", other.start) is not None
        for other in lay.counts
    )


def _is_of_verb_of_next(lay: Field, first: int, count: Count) -> bool:
    """As in "1.2 مليون نازح في لبنان، و400 ألف عبروا إلى سوريا منذ أيلول": a number with its verb stands between."""
    sentence = lay.sentence
    return sentence.language == "ar" and any(
        count.last <= other.first < first
        and sentence.at("attribute", other.last) is not None
        and sentence.at("cue", other.last) is not None
        and "," in sentence.words[count.last : other.start]
        for other in lay.counts
    )


def _is_of_total_behind(lay: Field, first: int, count: Count) -> bool:
    """As in "100,000 fled, bringing to 370,000 the number of displaced since November": it is the total's."""
    brings = [hit.first for hit in lay.sentence.of("total_link") if hit.entry.label == "brings"]
    return any(
        count.last <= place and any(place < other.first < first for other in lay.counts) for place in brings
    )


def _is_before_total(sentence: Sentence, period: Period, last: int, count: Count) -> bool:
    """As in "17,000 in two weeks, which brings the total to 362,000": the weeks are not the total's."""
    brings = [hit.first for hit in sentence.of("total_link") if hit.entry.label == "brings"]
    return not period.open and any(last <= place < count.first for place in brings)


# How far before its period "the biggest movement" may stand, in words.
_TO_RECORD = 4


def _is_of_record(sentence: Sentence, period: Period) -> bool:
    """As in "the biggest movement since last May": the time that nothing was as big in, not that of the count."""
    first = sentence.word_at(period.first)
    reach = _TO_RECORD if period.open else 0  # "for the first time in 15 months"
    return any(0 <= first - hit.last <= reach for hit in sentence.of("record"))


def _is_of_speech(sentence: Sentence, period: Period) -> bool:
    """As in "Said on Thursday" dates the saying, not what happened."""
    first = sentence.word_at(period.first)
    return not period.open and period.days == 0 and sentence.ending("speech", first) is not None
