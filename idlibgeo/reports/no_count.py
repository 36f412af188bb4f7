"""Numbers that count nobody: names, ages, times, streets, households, years."""

from __future__ import annotations

from idlibgeo.reports.count import COUNTED, PEOPLE
from idlibgeo.reports.nouns import may_follow, noun_of
from idlibgeo.reports.numerals import Numeral
from idlibgeo.reports.qualifiers import start_of_qualified
from idlibgeo.reports.sentence import Sentence

# A household is not larger; more people than that are people who are counted.
_LARGE_HOUSEHOLD = 20


def is_year(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell whether a number could be a year."""
    word = sentence.words[numeral.first]
    return (
        numeral.last == numeral.first + 1 and len(word) == 4 and word[:2] in ("19", "20") and word.isdigit()
    )


def _is_dated_year(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "1948'de" and "1967'den beri", years before those that make a period, from "1948'den fazla"."""
    last = numeral.last
    if sentence.words[last : last + 1] != ["'"] or not is_year(sentence, numeral):
        return False
    ending = sentence.at("suffix_role", last + 1)
    bound = sentence.at("qualifier_after", last + 1) or sentence.at("possessive", last + 1)
    return ending is not None and bound is None and ending.entry.label != "destination"


def tells_of_harm(sentence: Sentence) -> bool:
    """As in "un enfant a été tué": where people died an article counts one, elsewhere nobody ("un déplacé raconte")."""
    return any(hit.entry.label in ("killed", "injured") for hit in sentence.of("cue"))


def is_vetoed(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell numbers that are part of a name: M4, resolution 2504, $40bn, COVID-19, 12th, 10:30, 14 Hospital Street."""
    return (
        _is_glued(sentence, numeral)
        or _is_ordinal_or_time(sentence, numeral)
        or _is_named(sentence, numeral)
        or _is_household(sentence, numeral)
        or _is_street(sentence, numeral)
        or _is_age(sentence, numeral)
        or _is_dated_year(sentence, numeral)
        or sentence.ending("per_before", numeral.first) is not None
        or sentence.at("times", numeral.last) is not None
        or _is_own_family(sentence, numeral)
        or _is_one_of_them(sentence, numeral)
        or _is_ranged_to_things(sentence, numeral)
        or _is_of_numbered_things(sentence, numeral)
        or _is_average(sentence, numeral)
        or _is_numbered_label(sentence, numeral)
        or _is_labelled_rate(sentence, numeral)
        or _is_number_of_others(sentence, numeral)
        or _is_earlier_price(sentence, numeral)
    )


# Words that may stand between "average daily" and the colon of its label.
_TO_LABELLED = 6


def _is_labelled_rate(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Average daily arrivals: 630", "a daily average of 1,500 arrivals"."""
    for hit in sentence.of("rate_label"):
        between = range(hit.last, numeral.first)
        if len(between) > _TO_LABELLED or hit.last > numeral.first:
            continue
        colon = sentence.words[numeral.first - 1] == ":"
        plain = all(sentence.words[place].isalpha() for place in between)
        if colon or (plain and any(sentence.at(kind, place) for kind in _SAY_RATE for place in between)):
            return True
    return False


_SAY_RATE = ("copula", "list_of")


# A label has no larger number ("Week 14: 2,300 people").
_MOST_LABELS = 366


def _is_numbered_label(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Week 14: 2,300 people", "Site 12: 340 families": a name with its number, a colon, and another number."""
    first, last = numeral.first, numeral.last
    if first == 0 or numeral.size > _MOST_LABELS or sentence.words[last : last + 1] != [":"]:
        return False
    counted = last + 1 < len(sentence.words) and sentence.words[last + 1][0].isdigit()
    return counted and sentence.text[sentence.starts[first - 1]].isupper()


def _is_average(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "5.4 people share each tent": nobody is a part of a person."""
    value, noun = numeral.value, sentence.at("unit", numeral.last)
    share = noun is not None and noun.entry.label == "percent"
    if share or sentence.ending("percent_before", numeral.first) is not None:
        return False
    return numeral.form == "digits" and value is not None and value != int(value)


# How far behind "of" the number of a whole may stand ("ten of the city's eighteen districts"), in words.
_TO_NUMBER = 4


def _is_of_numbered_things(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "ten of the city's eighteen neighbourhoods": what is counted is said behind the whole."""
    link = sentence.at("of_whole", numeral.last)
    if link is None:
        return False
    for place in range(link.last, min(link.last + _TO_NUMBER, len(sentence.words))):
        if sentence.at("unit", place):
            return False
        if sentence.words[place][0].isdigit() or sentence.at("number", place):
            noun = sentence.at("unit", place + 1)
            return noun is not None and noun.entry.label == "things"
    return False


def _is_number_of_others(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Les assaillants, au nombre d'environ 300,": the noun before says that it counts no people."""
    first = start_of_qualified(sentence, numeral.first)
    told = sentence.ending("number_of", first) or sentence.ending("number_of", first + 1)
    if told is None or told.entry.label != "named" or told.first < 2:
        return False
    comma = sentence.words[told.first - 1] == ","
    noun = sentence.ending("unit", told.first - comma)
    return noun is not None and noun.entry.label not in COUNTED


def _is_earlier_price(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "se paie 60 000 livres, contre 15 000 en octobre": what was compared is no count of people."""
    if sentence.ending("earlier", numeral.first) is None:
        return False
    before = [hit.entry.label for hit in sentence.of("unit") if hit.last <= numeral.first]
    return bool(before) and before[-1] in ("money", "distance") and noun_of(sentence, numeral)[0] is None


_OLDEST = 110


# "His six children" are one family; nobody has more.
_OWN_FAMILY = 15


def _is_one_of_them(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "one of them said", "one of 2,600 people who left"; where people died it counts one."""
    lone = numeral.form == "words" and numeral.value == 1
    return (
        lone
        and (sentence.at("part_after", numeral.last) is not None or _is_one_of_number(sentence, numeral))
        and not tells_of_harm(sentence)
    )


def _is_one_of_number(sentence: Sentence, numeral: Numeral) -> bool:
    link = sentence.at("of_whole", numeral.last)
    if link is None:
        return False
    qualifier = sentence.at("qualifier", link.last)
    place = qualifier.last if qualifier else link.last
    return place < len(sentence.words) and sentence.words[place][0].isdigit()


def _is_ranged_to_things(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "climbed from 75 to 200 dollars": what the second number counts the first one counts too."""
    link = sentence.at("range", numeral.last)
    if link is None or link.last >= len(sentence.words) or not sentence.words[link.last][0].isdigit():
        return False
    noun = sentence.at("unit", link.last + 1)
    return noun is not None and noun.entry.label in ("money", "distance", "time", "soldiers")


def _is_own_family(sentence: Sentence, numeral: Numeral) -> bool:
    owned = sentence.ending("own_before", numeral.first) is not None
    return owned and numeral.size <= _OWN_FAMILY and not tells_of_harm(sentence)


def _is_age(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "said Khaled, 34, who" and "are under 18"."""
    if (
        numeral.form not in ("digits", "words")
        or numeral.size > _OLDEST
        or noun_of(sentence, numeral)[0] is not None
    ):
        return False
    if sentence.ending("age_before", numeral.first):
        # "at least 22 were killed": a verb behind, and the word bounds a count.
        bounds = sentence.ending("qualifier", numeral.first) is not None
        return not (bounds and may_follow(sentence, numeral.last))
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
    noun = noun_of(sentence, numeral)[0]
    return noun is None or noun.entry.label not in PEOPLE


def _is_household(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "a family of seven" and "a mother of four", the size of one household, from "300 families of …"."""
    hit = sentence.ending("household", numeral.first)
    if hit is None or numeral.size >= _LARGE_HOUSEHOLD:
        return False
    counted = hit.first > 0 and (
        sentence.words[hit.first - 1][0].isdigit()
        or any(sentence.ending(kind, hit.first) for kind in ("number", "scale"))
    )
    return not counted


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
