"""What a number counts: its noun, its qualifier, and whether it counts people at all.

A date, a year, a distance, money, a house number, vehicles, soldiers and everything whose noun is in no list count
nobody. A number without a noun counts people only where the words around it allow it ("17,000 sleep in the open").
"""

from __future__ import annotations

from dataclasses import dataclass

from idlibgeo.reports.lexicon import Entry, Hit
from idlibgeo.reports.numerals import Numeral, merge_ranges, merge_shares, numerals
from idlibgeo.reports.periods import Period
from idlibgeo.reports.sentence import Sentence

PEOPLE = ("persons", "families")
COUNTED = (*PEOPLE, "tents", "camps")
# How far behind a number its noun may stand, in words.
_REACH = 7
# How far behind a fraction its whole may stand ("half of the province's 3 million people"), in words.
_TO_WHOLE = 8
_PUNCTUATION = frozenset(',;:.!?()[]—"|/')


@dataclass(slots=True)
class Count:
    """A number with what it counts."""

    numeral: Numeral
    unit: str
    noun: Hit | None
    last: int  # word after the noun, or after the number
    qualifier: Entry | None = None
    qualifier_first: int = -1
    weak: bool = False
    percent: bool = False
    of_them: bool = False
    labelled: bool = False

    @property
    def first(self) -> int:
        """Word that the number starts at."""
        return self.numeral.first

    @property
    def bare(self) -> bool:
        """Whether no noun follows the number."""
        return self.noun is None


def counts(sentence: Sentence, found_periods: list[Period]) -> list[Count]:
    """Give the numbers of a sentence that may count people, tents or camps, or are shares of such numbers."""
    free = [numeral for numeral in numerals(sentence) if not _in_period(sentence, numeral, found_periods)]
    merged = merge_shares(sentence, merge_ranges(sentence, free))
    made = [_count(sentence, numeral) for numeral in merged]
    return [count for count in made if count is not None and not _is_rate(sentence, count)]


def _is_rate(sentence: Sentence, count: Count) -> bool:
    """Tell "Every day, 2,000 people": a rate counts nobody."""
    first = min(count.qualifier_first, count.first) if count.qualifier else count.first
    return any(
        hit.entry.label != "none" and hit.first <= 1 and 0 <= first - hit.last <= 1
        for hit in sentence.of("rate")
    )


def _in_period(sentence: Sentence, numeral: Numeral, found: list[Period]) -> bool:
    start, end = sentence.starts[numeral.first], sentence.ends[numeral.last - 1]
    for period in found:
        if period.first < end and start < period.last:
            return not (period.aside and _noun(sentence, numeral)[0] is not None)
    return False


def _count(sentence: Sentence, numeral: Numeral) -> Count | None:
    if _is_vetoed(sentence, numeral):
        return None
    noun, unknown = _noun(sentence, numeral)
    is_percent = noun is not None and noun.entry.label == "percent"
    if is_percent or sentence.ending("percent_before", numeral.first):  # in Turkish: yüzde 75
        return Count(
            numeral, "percent", noun, noun.last if noun and is_percent else numeral.last, percent=True
        )
    if numeral.form == "fraction":
        return _fraction(sentence, numeral)
    if noun is not None:
        return _with_noun(sentence, numeral, noun)
    return None if unknown or not _may_be_bare(sentence, numeral) else _bare(sentence, numeral)


def _with_noun(sentence: Sentence, numeral: Numeral, noun: Hit) -> Count | None:
    article = numeral.form == "words" and numeral.value == 1  # "no space for one new tent"
    if noun.entry.label not in COUNTED or (article and noun.entry.label not in PEOPLE):
        return None
    if article and sentence.at("indefinite", numeral.first) and not _tells_of_harm(sentence):
        return None
    count = Count(numeral, noun.entry.label, noun, noun.last)
    _qualify(sentence, count)
    return count


def _tells_of_harm(sentence: Sentence) -> bool:
    """As in "un enfant a été tué": where people died an article counts one, elsewhere nobody ("un déplacé raconte")."""
    return any(hit.entry.label in ("killed", "injured") for hit in sentence.of("cue"))


def _bare(sentence: Sentence, numeral: Numeral) -> Count:
    labelled = _label(sentence, numeral) is not None
    weak = not _says_what_it_counts(sentence, numeral)
    count = Count(numeral, _unit_before(sentence, numeral), None, numeral.last, weak=weak, labelled=labelled)
    _qualify(sentence, count)
    return count


def _says_what_it_counts(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "2.8 million need aid"."""
    need = sentence.at("cue", numeral.last) or sentence.at("cue", numeral.last + 1)
    return need is not None and need.entry.label == "need"


def _fraction(sentence: Sentence, numeral: Numeral) -> Count | None:
    """A share counts only as a share of another figure: "half of them"."""
    own = sentence.at("fraction", numeral.first)
    if own is not None and own.entry.weight < 1:  # the word itself says "of them"
        return Count(numeral, "percent", None, numeral.last, percent=True, of_them=True)
    ahead = range(numeral.last, min(numeral.last + _TO_WHOLE, len(sentence.words)))
    near = any(sentence.words[place][0].isdigit() or sentence.at("number", place) for place in ahead) or any(
        hit.first in (numeral.last, numeral.last - 1, numeral.last - 2) for hit in sentence.of("part_after")
    )
    if (
        near
        or sentence.at("part_after", numeral.last)
        or sentence.ending("part", numeral.first)
        or _is_said_of_share(sentence, numeral)
    ):
        return Count(numeral, "percent", None, numeral.last, percent=True)
    return None


def _is_said_of_share(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Of the 832,000, four in five are women": a verb and who they are, or where they sleep, follow."""
    verb = sentence.at("copula", numeral.last)
    after = verb.last if verb else numeral.last
    return verb is not None and any(
        sentence.at(kind, place)
        for kind in ("demographic", "in_shelter")
        for place in range(after, min(after + 3, len(sentence.words)))
    )


def _is_vetoed(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell numbers that are part of a name: M4, resolution 2504, $40bn, COVID-19, 12th, 10:30, 14 Hospital Street."""
    return (
        _is_glued(sentence, numeral)
        or _is_ordinal_or_time(sentence, numeral)
        or _is_named(sentence, numeral)
        or _is_street(sentence, numeral)
        or _is_age(sentence, numeral)
        or sentence.ending("rate_before", numeral.first) is not None
    )


_OLDEST = 110


def _is_age(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "said Khaled, 34, who" and "are under 18"."""
    if numeral.form != "digits" or numeral.size > _OLDEST or _noun(sentence, numeral)[0] is not None:
        return False
    if sentence.ending("age_before", numeral.first):
        return True
    before, after = numeral.first - 1, numeral.last
    between_commas = (
        before >= 1
        and sentence.words[before] in (",", "(")
        and sentence.words[after : after + 1] in ([","], [")"])
    )
    return between_commas and sentence.text[sentence.starts[before - 1]].isupper()


def _is_glued(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell M4, COVID-19 and the minutes of 10:30: something stands right before the number."""
    start = sentence.starts[numeral.first]
    before = sentence.folded[max(0, start - 2) : start]
    if before[-1:].isalpha() and not _is_clitic(sentence, numeral.first):
        return True
    return len(before) == 2 and (
        (before[1] == "-" and before[0].isalpha()) or (before[1] == ":" and before[0].isdigit())
    )


def _is_ordinal_or_time(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell 12th, the hours of 10:30, and 83-year-old."""
    end = sentence.ends[numeral.last - 1]
    follower = sentence.folded[end : end + 3]
    if follower[:1] == "-" and follower[1:2].isalpha():
        return True
    ordinal = sentence.words[numeral.first].isdigit() and follower[:2] in ("st", "nd", "rd", "th", "er", "em")
    return ordinal or (follower[:1] == ":" and follower[1:2].isdigit())


def _is_named(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "resolution 2504" and "$40": a word that gives things numbers stands before it, and no people behind."""
    if not sentence.ending("before_veto", numeral.first) or sentence.ending("qualifier", numeral.first):
        return False
    noun = _noun(sentence, numeral)[0]
    return noun is None or noun.entry.label not in PEOPLE


def _is_clitic(sentence: Sentence, place: int) -> bool:
    return place > 0 and sentence.words[place - 1] in sentence.lexicon.proclitics


def _is_street(sentence: Sentence, numeral: Numeral) -> bool:
    """A number followed by capitalised words that end in Street, Road, Avenue."""
    for place in range(numeral.last, min(numeral.last + 4, len(sentence.words))):
        if sentence.at("street", place):
            return True
        if not sentence.text[sentence.starts[place]].isupper():
            return False
    return False


def _noun(sentence: Sentence, numeral: Numeral) -> tuple[Hit | None, bool]:
    """Give the noun behind a number, and whether an unknown word stood there instead."""
    place, unknown = numeral.last, 0
    stop = min(len(sentence.words), numeral.last + _REACH)
    while place < stop:
        noun = _strongest_unit(sentence, place)
        if noun and (not unknown or noun.entry.weight >= 0.5):
            if sentence.at("possessive", noun.last):  # "3,000 of the camp's residents"
                break
            return _last_noun(sentence, noun), False
        step = _step_over(sentence, place)
        if step > place:
            place = step
            continue
        word = sentence.words[place]
        if word == "'" and sentence.language == "tr":  # 1.300'den fazla sivil
            place += 1
            continue
        if word in _PUNCTUATION or not word[0].isalpha() or _follows(sentence, place):
            break
        unknown += 1
        if unknown > 2:
            break
        place += 1
    return None, unknown > 0 and not _known_verb(sentence, numeral.last)


def _strongest_unit(sentence: Sentence, place: int) -> Hit | None:
    found = [hit for hit in sentence.of("unit") if hit.first == place]
    return max(found, key=lambda hit: (hit.last, hit.entry.weight), default=None)


def _step_over(sentence: Sentence, place: int) -> int:
    hits = (sentence.at(kind, place) for kind in ("filler", "qualifier_after"))
    return max((hit.last for hit in hits if hit), default=place)


def _last_noun(sentence: Sentence, noun: Hit) -> Hit:
    """Where nouns stand in a row the head counts: the last one in English and Turkish, the first elsewhere."""
    if sentence.language not in ("en", "tr"):
        return noun
    place = noun.last
    while place < len(sentence.words):
        following = _strongest_unit(sentence, place)
        if following and sentence.language == "tr" and following.entry.label in ("tents", "camps"):
            return following if noun.entry.weight < 1 else noun  # "kişi çadırda": they are in it
        if following:
            return (
                following if noun.entry.weight <= 1 and following.entry.weight > noun.entry.weight else noun
            )
        step = sentence.at("adjective_between", place)
        if step is None:
            return noun
        place = step.last
    return noun


def _follows(sentence: Sentence, place: int) -> bool:
    return any(
        sentence.at(kind, place) for kind in ("follow", "cue", "modal", "in_shelter", "part", "part_after")
    )


def _known_verb(sentence: Sentence, place: int) -> bool:
    return place < len(sentence.words) and _follows(sentence, place)


def _may_be_bare(sentence: Sentence, numeral: Numeral) -> bool:
    """A number without a noun may count people if it is no small number, and if what follows it is no noun."""
    if numeral.form == "vague" or numeral.size >= 10_000 or _label(sentence, numeral):
        return True
    if _is_led_by_part(sentence, numeral):
        return True
    if any(
        hit.entry.label in ("killed", "injured") for hit in sentence.of("cue") if hit.last == numeral.first
    ):
        return True
    if numeral.last >= len(sentence.words):
        return numeral.size >= 10
    word = sentence.words[numeral.last]
    if numeral.size < 10 and not (_has_cue(sentence, numeral) or sentence.at("part_after", numeral.last)):
        return False
    return not word[0].isalpha() or _follows(sentence, numeral.last)


def _has_cue(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "six fled"; "une vague de départs" has only an article, but "one killed" counts."""
    cue = sentence.at("cue", numeral.last)
    article = numeral.form == "words" and numeral.value == 1
    return cue is not None and (not article or cue.entry.label in ("killed", "injured"))


def _is_led_by_part(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Of these, 9,000 got as far as Ariha", "of which 1,150 were from Saraqib"."""
    place = numeral.first
    while qualifier := sentence.ending("qualifier", place):
        place = qualifier.first
    if place and sentence.words[place - 1] == ",":
        place -= 1
    return sentence.ending("part", place) is not None


def _unit_before(sentence: Sentence, numeral: Numeral) -> str:
    """Give the unit of "the number of displaced families rose to 51,259": people counted before the number."""
    label = _label(sentence, numeral)
    if label is not None and label.entry.label in PEOPLE:
        return label.entry.label
    before = [hit for hit in sentence.of("unit") if hit.last <= numeral.first and hit.entry.label in PEOPLE]
    return before[-1].entry.label if before and sentence.of("total") else "persons"


def _label(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """Give the unit in front of a colon: "Families: 65,358"."""
    if numeral.first < 2 or sentence.words[numeral.first - 1] != ":":
        return None
    return sentence.ending("unit", numeral.first - 1)


def _qualify(sentence: Sentence, count: Count) -> None:
    """Find "more than" before the number or "or more" behind it; a bound wins over "another"."""
    before = _qualifiers_before(sentence, count.first)
    behind = [
        hit
        for hit in sentence.of("qualifier_after")
        if count.numeral.last <= hit.first <= count.last or hit.first == count.last + 1
    ]
    for hit in (*before, *behind):
        if count.qualifier is None or count.qualifier.label == "another":
            count.qualifier = hit.entry
    count.qualifier_first = min([hit.first for hit in before], default=count.first)
    if count.numeral.form == "range" and (opened := sentence.ending("range_open", count.qualifier_first)):
        count.qualifier_first = opened.first


def _qualifiers_before(sentence: Sentence, place: int) -> list[Hit]:
    """Give the qualifiers that stand in a row right before a number ("up to another")."""
    found: list[Hit] = []
    while hit := sentence.ending("qualifier", place):
        found.append(hit)
        place = hit.first
    if not found and place > 0 and (article := sentence.ending("before_number", place)):
        return _qualifiers_before(sentence, article.first)
    return found
