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


# So many villages or vehicles nobody counts: what stands behind "from" is where people come from.
_MOST_OF_THINGS = 1_000

# Fewer with a capital letter may be aircraft or resolutions.
_LEAST_PEOPLE = 50

PUNCTUATION = frozenset(',;:.!?()[]—"|/')


def noun_of(sentence: Sentence, numeral: Numeral) -> tuple[Hit | None, bool]:
    """Give the noun behind a number, and whether an unknown word stood there instead."""
    if own := _own_noun(sentence, numeral) or _demonym(sentence, numeral):
        return own, False
    place, unknown = numeral.last + _is_dashed(sentence, numeral), 0
    stop = min(len(sentence.words), numeral.last + REACH)
    while place < stop:
        noun = _strongest_unit(sentence, place)
        if noun and noun.entry.label not in PEOPLE and _is_left_place(sentence, numeral, place):
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
    if not 0 < place < len(sentence.words):
        return False
    gap = sentence.text[sentence.ends[place - 1] : sentence.starts[place]]
    return "\n" in gap and not sentence.text[sentence.starts[place]].islower()


def _is_left_place(sentence: Sentence, numeral: Numeral, place: int) -> bool:
    """As in "12,000 from villages of the plain": the villages are where they come from, not what is counted.

    "640 families came from the town and 210 from the camps" too: behind people, and no camps were counted before.
    """
    origins = [hit for hit in sentence.of("role") if hit.entry.label == "origin"]
    follows = any(hit.first == numeral.last <= place - 1 for hit in origins)
    if follows and numeral.size >= _MOST_OF_THINGS and sentence.words[numeral.last - 1][0].isdigit():
        return True  # "43 000 de la seule ville de Soumy"
    if not any(hit.last == place for hit in origins):
        return False
    before = [hit.entry.label for hit in sentence.of("unit") if hit.last <= place]
    of_people = (
        any(label in PEOPLE for label in before) and "camps" not in before and numeral.form == "digits"
    )
    noun = sentence.at("unit", place)
    return sentence.at("area_before", place) is not None or (
        of_people and noun is not None and noun.entry.label == "camps"
    )


def _own_noun(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """A dual is number and noun in one word: طفلان, two children."""
    number = sentence.at("number", numeral.first)
    if number is None or number.entry.label != "dual" or numeral.last != number.last:
        return None
    return _strongest_unit(sentence, numeral.first)


def _demonym(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """As in "83 000 Malawites": a capital letter and the ending of a people, in a word that no list knows."""
    place = numeral.last
    hit = sentence.at("demonym", place)
    if hit is None or not sentence.text[sentence.starts[place]].isupper():
        return None
    known = any(sentence.at(kind, place) for kind in ("unit", "org", "country", "month", "weekday"))
    return None if known or numeral.size < _LEAST_PEOPLE else hit


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
            owns = sentence.ending("genitive", noun.last) is not None  # "kadının çadıra döndüğü"
            return following if noun.entry.weight < 1 and not owns else noun  # "kişi çadırda": they are in it
        if following:
            heavier = noun.entry.weight <= 1 and following.entry.weight > noun.entry.weight
            called = _is_called_by_nation(sentence, noun, following)
            return following if (heavier or called) and not _is_of_thing(sentence, noun, following) else noun
        step = sentence.at("adjective_between", place)
        if step is None:
            return noun
        place = step.last
    return noun


def _is_of_thing(sentence: Sentence, noun: Hit, following: Hit) -> bool:
    """As in "25 köyün sakinleri": in Turkish the villages are counted, not the people behind them."""
    return sentence.language == "tr" and noun.entry.label == "things" and following.entry.label in PEOPLE


def _is_called_by_nation(sentence: Sentence, noun: Hit, following: Hit) -> bool:
    """As in "200 bin Suriyeli mülteci": in Turkish both are nouns, and the last one is the head."""
    both = noun.entry.label == following.entry.label == "persons"
    return both and sentence.language == "tr" and sentence.covering("nation", noun.first) is not None


def may_follow(sentence: Sentence, place: int) -> bool:
    """Tell whether a word may stand right behind a number without a noun."""
    return any(
        sentence.at(kind, place) for kind in ("follow", "cue", "modal", "in_shelter", "part", "part_after")
    )


def _known_verb(sentence: Sentence, place: int) -> bool:
    return place < len(sentence.words) and may_follow(sentence, place)
