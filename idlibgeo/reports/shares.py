"""Fractions and percentages: a share counts only as a share of another figure."""

from __future__ import annotations

from idlibgeo.reports.count import PEOPLE, Count
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.nouns import PUNCTUATION, REACH, may_follow, noun_of
from idlibgeo.reports.numerals import Numeral
from idlibgeo.reports.qualifiers import start_of_qualified
from idlibgeo.reports.sentence import Sentence

# How far behind a fraction its whole may stand ("half of the province's 3 million people"), in words.
_TO_WHOLE = 8


def as_ratios(sentence: Sentence, found: list[Numeral]) -> list[Numeral]:
    """Make one share of "every 10 people 8": two numbers that count nobody themselves."""
    if not sentence.of("ratio_open"):
        return found
    kept: list[Numeral] = []
    for numeral in found:
        whole = kept[-1] if kept else None
        if whole and sentence.ending("ratio_open", whole.first) and _is_ratio(sentence, whole, numeral):
            kept[-1] = numeral._replace(first=whole.first, value=numeral.size / whole.size, form="fraction")
        else:
            kept.append(numeral)
    return kept


def without_told_shares(sentence: Sentence, found: list[Numeral]) -> list[Numeral]:
    """Leave out the share in "yarıdan fazlası, 1,400,000 kişi": more than half of them, whose number follows."""
    if not found or not (sentence.of("share_alone") or sentence.of("amounts")):
        return found
    return [
        numeral
        for numeral, following in zip(found, [*found[1:], None], strict=True)
        if following is None
        or not (
            (numeral.form == "fraction" and _is_told_behind(sentence, numeral, following))
            or _amounts_to(sentence, numeral, following)
        )
    ]


# How far behind a share the number may stand that it amounts to, in words.
_TO_AMOUNT = 5


def _amounts_to(sentence: Sentence, share: Numeral, following: Numeral) -> bool:
    """As in "nüfusun yüzde 85'ine karşılık gelen 1,9 milyon kişi": the share only says again how many they are."""
    percents = sentence.ending("percent_before", share.first) is not None
    link = sentence.ending("amounts", following.first)
    if link is None or not (percents or share.form == "fraction"):
        return False
    return 0 <= link.first - share.last <= _TO_AMOUNT


def _is_told_behind(sentence: Sentence, share: Numeral, following: Numeral) -> bool:
    between = sentence.words[share.last : following.first]
    signs = [word for word in between if word in PUNCTUATION or word == "-"]
    alone = sentence.at("share_alone", share.first) is not None
    return alone and bool(signs) and len(between) <= 3 and not may_follow(sentence, share.last)


def _is_ratio(sentence: Sentence, whole: Numeral, part: Numeral) -> bool:
    noun = noun_of(sentence, whole)[0]
    return noun is not None and 0 <= part.first - noun.last <= 1 and 0 < part.size < whole.size <= 100


def _restates(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "soit 85 % de la population", "that is one in every three": the number before it in other words."""
    percent = sentence.ending("percent_before", numeral.first)
    first = percent.first if percent else numeral.first
    place = start_of_qualified(sentence, first)
    if sentence.ending("restates", place) is not None:
        return True
    # "100 000 personnes, 90 % de la population": of those who live there, and right behind the people.
    apposed = (
        place > 1 and sentence.words[place - 1] == "," and sentence.ending("unit", place - 1) is not None
    )
    behind = range(numeral.last, numeral.last + 2)
    lives = any(hit.entry.label == "reside" and hit.first in behind for hit in sentence.of("cue"))
    return apposed and lives and sentence.language == "fr"


def share_count(sentence: Sentence, numeral: Numeral, noun: Hit | None, *, percents: bool) -> Count | None:
    """Make a count of a share; one that only says again what the number before it said is none."""
    marked = (
        noun is not None or not percents or sentence.language == "tr"
    )  # the word for per cent stands before
    if marked and _restates(sentence, numeral):
        return None
    if sentence.ending("increment", numeral.first) and not sentence.ending("make_up", numeral.first):
        return None  # "1,7 million, en hausse de 10 %": by how much it grew
    return _percent(sentence, numeral, noun) if percents else _fraction(sentence, numeral)


def _percent(sentence: Sentence, numeral: Numeral, noun: Hit | None) -> Count | None:
    last = noun.last if noun else numeral.last
    if _is_of_things(sentence, last):
        return None
    of_them = _is_of_people(sentence, numeral)
    return Count(numeral, "percent", noun, last, percent=True, of_them=of_them)


# How far behind "of" the people whose share it is may stand, in words.
_TO_PEOPLE = 5
_PEOPLE_CLASSES = (
    "unit",
    "displaced",
    "demographic",
    "number",
    "scale",
    "cue",
    "relative",
    "nation",
    "vague",
)


def _is_of_things(sentence: Sentence, place: int) -> bool:
    """As in "30 per cent of their income": of nothing that is people, a place or a number."""
    link = sentence.at("of_whole", place)
    if link is None or sentence.at("part_after", place):
        return False
    for near in range(link.last, min(link.last + _TO_PEOPLE, len(sentence.words))):
        word = sentence.words[near]
        if word[0].isdigit() or sentence.text[sentence.starts[near]].isupper():
            return False
        if any(sentence.at(kind, near) for kind in _PEOPLE_CLASSES):
            noun = sentence.at("unit", near)
            return noun is not None and noun.entry.label not in (*PEOPLE, "camps")
        if not word[0].isalpha() or sentence.at("copula", near):
            break
    return sentence.at("own_before", link.last - 1) is not None


def _is_of_people(sentence: Sentence, share: Numeral) -> bool:
    """Tell "kişinin yüzde 60'ı": the people stand right before their share, in the genitive."""
    before = sentence.ending("percent_before", share.first)
    first = before.first if before else share.first
    first = start_of_qualified(sentence, first)  # "bunların yaklaşık dörtte biri"
    return sentence.ending("genitive", first) is not None


def _fraction(sentence: Sentence, numeral: Numeral) -> Count | None:
    """A share counts only as a share of another figure: "half of them"."""
    if _is_ordinal(sentence, numeral) or _is_of_country(sentence, numeral):
        return None
    own = sentence.at("fraction", numeral.first)
    if own is not None and own.entry.weight < 1:  # the word itself says "of them"
        return Count(numeral, "percent", None, numeral.last, percent=True, of_them=True)
    ahead = range(numeral.last, min(numeral.last + _TO_WHOLE, len(sentence.words)))
    near = any(sentence.words[place][0].isdigit() or sentence.at("number", place) for place in ahead) or any(
        hit.first in (numeral.last, numeral.last - 1, numeral.last - 2) for hit in sentence.of("part_after")
    )
    if _is_of_people(sentence, numeral) or _stands_alone(sentence, numeral):
        return Count(numeral, "percent", None, numeral.last, percent=True, of_them=True)
    if (
        near
        or sentence.at("part_after", numeral.last)
        or sentence.ending("part", numeral.first)
        or _is_said_of_share(sentence, numeral)
        or _is_share_of_led_whole(sentence, numeral)
        or _follows_share(sentence, numeral)
        or sentence.ending("make_up", numeral.first)
    ):
        return Count(numeral, "percent", None, numeral.last, percent=True)
    if _opens_sentence(sentence, numeral):
        return Count(numeral, "percent", None, numeral.last, percent=True, of_them=True)
    return None


def _is_ordinal(sentence: Sentence, share: Numeral) -> bool:
    """As in "a third night"."""
    noun = sentence.at("unit", share.last)
    return noun is not None and noun.entry.label not in PEOPLE and sentence.language in ("en", "fr")


def _is_of_country(sentence: Sentence, share: Numeral) -> bool:
    """As in "floods that drowned a third of Pakistan": of land, where nothing of people follows."""
    link = sentence.at("of_whole", share.last)
    country = sentence.at("country", link.last) if link else None
    return country is not None and sentence.at("owner", country.last) is None


def _is_share_of_led_whole(sentence: Sentence, share: Numeral) -> bool:
    """As in "Of the 150,000 displaced, one in three sleeps in an unfinished building"."""
    led = any(hit.first <= 1 for hit in sentence.of("part_before"))
    behind = range(share.last, min(share.last + REACH, len(sentence.words)))
    return led and any(
        sentence.at(kind, place) for kind in ("in_shelter", "demographic", "cue") for place in behind
    )


def _follows_share(sentence: Sentence, share: Numeral) -> bool:
    """As in "half went to Azaz and a quarter to Jarablus", "half are in camps, a quarter with relatives"."""
    linked = sentence.ending("list_link", share.first) is not None or (
        sentence.words[share.first - 1 : share.first] == [","]
        and any(sentence.at(kind, share.last) for kind in ("in_shelter", "role", "demographic"))
    )
    return linked and any(hit.last < share.first for hit in sentence.of("fraction"))


def _opens_sentence(sentence: Sentence, share: Numeral) -> bool:
    """As in "Two thirds have found refuge …": a share of those whom the sentence before counted."""
    first = start_of_qualified(sentence, share.first)
    verb = sentence.at("copula", share.last) or sentence.at("cue", share.last)
    return first <= 1 and verb is not None


def _stands_alone(sentence: Sentence, share: Numeral) -> bool:
    """As in "…, half of them" where the word for the share says "of them" and a new clause begins with it."""
    begins = share.first == 0 or sentence.words[share.first - 1] in PUNCTUATION
    return begins and sentence.at("share_alone", share.first) is not None


def _is_said_of_share(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Of the 832,000, four in five are women": a verb and who they are, or where they sleep, follow."""
    verb = sentence.at("copula", numeral.last) or sentence.at(
        "cue", numeral.last
    )  # "la moitié dormant dehors"
    after = verb.last if verb else numeral.last
    return verb is not None and any(
        sentence.at(kind, place)
        for kind in ("demographic", "in_shelter")
        for place in range(after, min(after + 3, len(sentence.words)))
    )
