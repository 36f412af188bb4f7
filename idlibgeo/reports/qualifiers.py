"""What bounds a number: "more than", "some", "or more"."""

from __future__ import annotations

from idlibgeo.reports.count import Count
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.nouns import ends_phrase
from idlibgeo.reports.sentence import Sentence


def qualify(sentence: Sentence, count: Count) -> None:
    """Find "more than" before the number or "or more" behind it; a bound wins over "another"."""
    before = qualifiers_before(sentence, count.first)
    behind = [
        hit
        for hit in sentence.of("qualifier_after")
        if count.numeral.last <= hit.first <= count.last
        or hit.first == count.last + 1
        or (hit.first == count.numeral.last - 1 and hit.last > count.numeral.last)
    ]
    for hit in (*before, *behind):
        if (
            count.noun
            and hit.first == count.last == count.noun.last
            and _is_own_verb(sentence, hit, count.noun)
        ):
            continue
        if count.qualifier is None or count.qualifier.label == "another":
            count.qualifier = hit.entry
    count.start = min([hit.first for hit in before], default=count.first)
    if count.numeral.form == "range" and (opened := sentence.ending("range_open", count.start)):
        count.start = opened.first


def _is_own_verb(sentence: Sentence, hit: Hit, noun: Hit) -> bool:
    """As in "40 bin kişi geçti": they crossed; the verb bounds a number only behind its own case ("kişiyi geçti")."""
    return ends_phrase(sentence, hit.first) and sentence.at("crosses", noun.first) is not None


def start_of_qualified(sentence: Sentence, place: int) -> int:
    """Give the word that a number at a word starts at with what qualifies it."""
    return min([place, *(hit.first for hit in qualifiers_before(sentence, place))])


def qualifiers_before(sentence: Sentence, place: int) -> list[Hit]:
    """Give the qualifiers that stand in a row right before a number ("up to another")."""
    found: list[Hit] = []
    while hit := sentence.ending("qualifier", place):
        found.append(hit)
        place = hit.first
    if not found and place > 0 and (article := sentence.ending("before_number", place)):
        return qualifiers_before(sentence, article.first)
    return found
