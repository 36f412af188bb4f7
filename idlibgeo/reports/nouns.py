"""The noun that a number counts."""

from __future__ import annotations

from idlibgeo.reports.count import BULLETS, PEOPLE
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.numerals import Numeral
from idlibgeo.reports.sentence import Sentence

# How far behind a number its noun may stand, in words.
REACH = 7
# Nobody counts so many days or weeks.
_MOST_OF_TIME = 1_000


PUNCTUATION = frozenset(',;:.!?()[]—"|/')


def noun_of(sentence: Sentence, numeral: Numeral) -> tuple[Hit | None, bool]:
    """Give the noun behind a number, and whether an unknown word stood there instead."""
    if own := _own_noun(sentence, numeral):
        return own, False
    place, unknown = numeral.last + _is_dashed(sentence, numeral), 0
    stop = min(len(sentence.words), numeral.last + REACH)
    while place < stop:
        noun = _strongest_unit(sentence, place)
        if noun and noun.entry.label not in PEOPLE and _is_left_place(sentence, place):
            return None, False
        if noun and noun.entry.label == "time" and numeral.size >= _MOST_OF_TIME:
            return None, False  # "12,000 the week before"
        if noun and (not unknown or noun.entry.weight >= 0.5):
            if sentence.at("owner", noun.last):  # "3,000 of the camp's residents"
                break
            return _last_noun(sentence, noun), False
        step = _step_over(sentence, place)
        if step > place and not ends_phrase(sentence, place):
            place = step
            continue
        if sentence.at("number", place):  # "90,000 four days earlier"
            break
        word = sentence.words[place]
        if word == "'" and sentence.language == "tr":  # 1.300'den fazla sivil
            place += 1
            continue
        if word in PUNCTUATION or not word[0].isalpha() or may_follow(sentence, place):
            break
        if begins_line(sentence, place):
            break
        unknown += 1
        if unknown > 2:
            break
        place += 1
    return None, unknown > 0 and not _known_verb(sentence, numeral.last)


def _is_dashed(sentence: Sentence, numeral: Numeral) -> bool:
    """As in a line "24.8 million - People in need": a dash between a number that begins the line and its noun."""
    last, first = numeral.last, numeral.first
    if sentence.words[last : last + 1] not in (["-"], ["—"], [":"]) or sentence.at("unit", last + 1) is None:
        return False
    return first == 0 or begins_line(sentence, first) or sentence.words[first - 1] in PUNCTUATION | BULLETS


def begins_line(sentence: Sentence, place: int) -> bool:
    """As in a list whose next line begins with a name, or a number."""
    gap = sentence.text[sentence.ends[place - 1] : sentence.starts[place]]
    return "\n" in gap and not sentence.text[sentence.starts[place]].islower()


def _is_left_place(sentence: Sentence, place: int) -> bool:
    """As in "12,000 from villages of the plain": the villages are where they come from, not what is counted."""
    before = [hit for hit in sentence.of("role") if hit.last == place and hit.entry.label == "origin"]
    return bool(before) and sentence.at("area_before", place) is not None


def _own_noun(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """A dual is number and noun in one word: طفلان, two children."""
    number = sentence.at("number", numeral.first)
    if number is None or number.entry.label != "dual" or numeral.last != number.last:
        return None
    return _strongest_unit(sentence, numeral.first)


def _strongest_unit(sentence: Sentence, place: int) -> Hit | None:
    found = [hit for hit in sentence.of("unit") if hit.first == place]
    return max(found, key=lambda hit: (hit.last, hit.entry.weight), default=None)


def noun_at(sentence: Sentence, place: int) -> Hit | None:
    """Give the noun that starts at a word; where nouns stand in a row the one that counts."""
    noun = _strongest_unit(sentence, place)
    return _last_noun(sentence, noun) if noun is not None else None


def _step_over(sentence: Sentence, place: int) -> int:
    hits = (sentence.at(kind, place) for kind in ("filler", "qualifier_after"))
    return max((hit.last for hit in hits if hit), default=place)


def ends_phrase(sentence: Sentence, place: int) -> bool:
    """A verb that bounds the number ("passed 40,000") ends what is counted, unless it stands inside ("aşan")."""
    return sentence.at("filler", place) is None and sentence.at("follow", place) is not None


def _last_noun(sentence: Sentence, noun: Hit) -> Hit:
    """Where nouns stand in a row the head counts: the last one in English and Turkish, the first elsewhere."""
    if sentence.language not in ("en", "tr"):
        return noun
    place = noun.last
    while place < len(sentence.words):
        following = _strongest_unit(sentence, place)
        phrase = sentence.at("cue", place)
        if following and phrase and phrase.last > following.last:
            return noun  # "15 bin sivil bombardıman altında": no noun but the start of what is said
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


def may_follow(sentence: Sentence, place: int) -> bool:
    """Tell whether a word may stand right behind a number without a noun."""
    return any(
        sentence.at(kind, place) for kind in ("follow", "cue", "modal", "in_shelter", "part", "part_after")
    )


def _known_verb(sentence: Sentence, place: int) -> bool:
    return place < len(sentence.words) and may_follow(sentence, place)
