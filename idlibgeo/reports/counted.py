"""What a number counts: its noun, its qualifier, and whether it counts people at all.

A date, a year, a distance, money, a house number, vehicles, soldiers and everything whose noun is in no list count
nobody. A number without a noun counts people only where the words around it allow it ("17,000 sleep in the open").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

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
# A household is not larger; more people than that are people who are counted.
_LARGE_HOUSEHOLD = 20
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
    alone: bool = False  # "in December alone": a part, if there is a whole
    labelled: bool = False
    called: Hit | None = None  # the noun of "the displaced, whose number is 900,000"

    @property
    def begin(self) -> int:
        """Word that the number starts at, or the noun that stands before it."""
        return self.called.first if self.called else self.first

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
    ratios = _as_ratios(sentence, merged)
    left = _without_told_shares(sentence, ratios)
    made = [_count(sentence, numeral) for numeral in left]
    found = [count for count in made if count is not None and not _is_rated(sentence, count, found_periods)]
    told = {behind for share, behind in pairwise(ratios) if share not in left}
    for count in found:
        count.of_them = count.of_them or count.numeral in told
        count.alone = _is_alone_in_period(sentence, count, found_periods)
    for part, whole in pairwise(found):
        if part.bare and not part.percent and sentence.at("of_whole", part.last):
            part.unit = whole.unit  # "three of the nine camps"
    _inherit_families(sentence, found)
    return found


def _inherit_families(sentence: Sentence, found: list[Count]) -> None:
    """As in "250 families left the town, and 130 the village": a number without a noun takes the one before."""
    for before, count in pairwise(found):
        if not count.weak or count.percent or before.unit != "families" or count.labelled:
            continue
        between = sentence.words[before.last : count.first]
        is_whole = sentence.ending("part_before", count.first) is not None  # "85 families of 400"
        if is_whole or (not {"(", "-", "—"} & set(between) and count.numeral.size <= 2 * before.numeral.size):
            count.unit = before.unit


def _as_ratios(sentence: Sentence, found: list[Numeral]) -> list[Numeral]:
    """Make one share of "every 10 people 8": two numbers that count nobody themselves."""
    if not sentence.of("ratio_open"):
        return found
    kept: list[Numeral] = []
    for numeral in found:
        whole = kept[-1] if kept else None
        if whole and sentence.ending("ratio_open", whole.first) and _is_ratio(sentence, whole, numeral):
            kept[-1] = replace(numeral, first=whole.first, value=numeral.size / whole.size, form="fraction")
        else:
            kept.append(numeral)
    return kept


def _without_told_shares(sentence: Sentence, found: list[Numeral]) -> list[Numeral]:
    """Leave out the share in "yarıdan fazlası, 1,400,000 kişi": more than half of them, whose number follows."""
    if not sentence.of("share_alone"):
        return found
    return [
        numeral
        for numeral, following in zip(found, [*found[1:], None], strict=True)
        if not (numeral.form == "fraction" and following and _is_told_behind(sentence, numeral, following))
    ]


def _is_told_behind(sentence: Sentence, share: Numeral, following: Numeral) -> bool:
    between = sentence.words[share.last : following.first]
    signs = [word for word in between if word in _PUNCTUATION or word == "-"]
    alone = sentence.at("share_alone", share.first) is not None
    return alone and bool(signs) and len(between) <= 3 and not _follows(sentence, share.last)


def _is_ratio(sentence: Sentence, whole: Numeral, part: Numeral) -> bool:
    noun = _noun(sentence, whole)[0]
    return noun is not None and 0 <= part.first - noun.last <= 1 and 0 < part.size < whole.size <= 100


def _is_rated(sentence: Sentence, count: Count, found: list[Period]) -> bool:
    """Tell "every day, 1,000 people", where the time stands before the number and is no period."""
    places = {count.first, count.qualifier_first}
    leading = [hit for hit in sentence.of("rate") if hit.entry.label != "none" and hit.first <= 1]
    if any(place - hit.last in (0, 1) for hit in leading for place in places if place >= 0):
        return True
    rates = [sentence.starts[hit.first] for hit in sentence.of("rate_before") if hit.last in places]
    return any(not any(period.first <= start < period.last for period in found) for start in rates)


def _is_alone_in_period(sentence: Sentence, count: Count, found: list[Period]) -> bool:
    """Tell "in December alone 235,000", where "alone" stands before the time: a part of what was counted before."""
    first = count.qualifier_first if count.qualifier else count.first
    for hit in sentence.of("alone_before"):
        for period in found:
            begin, end = sentence.word_at(period.first), sentence.word_at(period.last)
            if hit.last == begin and 0 <= first - end <= 1:
                return True
    return False


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
    own = noun if noun is not None and noun.entry.label == "percent" else None
    if own is not None or sentence.ending("percent_before", numeral.first):  # in Turkish: yüzde 75
        return _percent(sentence, numeral, own)
    if numeral.form == "fraction":
        return _fraction(sentence, numeral)
    told = _told_before(sentence, numeral)
    if noun is None or noun.entry.label not in PEOPLE:
        if _is_possessed(sentence, numeral, with_noun=False):
            return _part_by_ending(sentence, numeral)
        if told is not None and _counts_what_is_told(sentence, noun, told, numeral):
            return _of_told_noun(sentence, numeral, told)
    return _with_or_without_noun(sentence, numeral, noun, unknown=unknown)


def _percent(sentence: Sentence, numeral: Numeral, noun: Hit | None) -> Count:
    last = noun.last if noun else numeral.last
    of_them = _is_of_people(sentence, numeral)
    return Count(numeral, "percent", noun, last, percent=True, of_them=of_them)


def _with_or_without_noun(
    sentence: Sentence, numeral: Numeral, noun: Hit | None, *, unknown: bool
) -> Count | None:
    if noun is not None:
        return _with_noun(sentence, numeral, noun)
    return None if unknown or not _may_be_bare(sentence, numeral) else _bare(sentence, numeral)


def _is_of_people(sentence: Sentence, share: Numeral) -> bool:
    """Tell "kişinin yüzde 60'ı": the people stand right before their share, in the genitive."""
    first = share.first
    before = sentence.ending("percent_before", first)
    return sentence.ending("genitive", before.first if before else first) is not None


def _with_noun(sentence: Sentence, numeral: Numeral, noun: Hit) -> Count | None:
    article = numeral.form == "words" and numeral.value == 1  # "no space for one new tent"
    apart = noun.first > numeral.last  # "bir çeşmeyi onlarca aile": the article is that of the word between
    if noun.entry.label not in COUNTED or (article and (apart or noun.entry.label not in PEOPLE)):
        return None
    if article and sentence.at("indefinite", numeral.first) and not _tells_of_harm(sentence):
        return None
    count = Count(
        numeral, noun.entry.label, noun, noun.last, of_them=_is_possessed(sentence, numeral, with_noun=True)
    )
    _qualify(sentence, count)
    return count


def _is_possessed(sentence: Sentence, numeral: Numeral, *, with_noun: bool) -> bool:
    """Tell numbers whose ending says "of them" (in Turkish 200 bini, 2'si); some endings may be another case."""
    if not sentence.of("possessive") or _is_year(sentence, numeral):
        return False
    last = numeral.last
    after = last + 1 if sentence.words[last : last + 1] == ["'"] else last
    hits = [sentence.at("possessive", after), sentence.ending("possessive", last)]
    if after == last:  # "31 binden fazlası": the ending is that of the word behind
        hits.append(sentence.at("possessive", after + 1) if sentence.at("qualifier_after", after) else None)
    for hit in hits:
        if hit is None or (hit.first == after and after == last and len(sentence.words[after]) < 3):
            continue
        behind = max(hit.last, after)
        if hit.entry.label == "with_noun" and not with_noun:
            continue
        if hit.entry.label != "maybe" or not _is_bound_or_reached(sentence, behind, hit.first):
            return True
    return False


def _is_year(sentence: Sentence, numeral: Numeral) -> bool:
    word = sentence.words[numeral.first]
    return (
        numeral.last == numeral.first + 1 and len(word) == 4 and word[:2] in ("19", "20") and word.isdigit()
    )


def _is_dated_year(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "1948'de" and "1967'den beri", years before those that make a period, from "1948'den fazla"."""
    last = numeral.last
    if sentence.words[last : last + 1] != ["'"] or not _is_year(sentence, numeral):
        return False
    ending = sentence.at("suffix_role", last + 1)
    bound = sentence.at("qualifier_after", last + 1) or sentence.at("possessive", last + 1)
    return ending is not None and bound is None and ending.entry.label != "destination"


def _is_bound_or_reached(sentence: Sentence, place: int, ending: int) -> bool:
    """What makes an ending of doubtful case an object: "437 bini geçti" (passed 437,000)."""
    return any(
        sentence.at(kind, where)
        for kind in ("qualifier_after", "total")
        for where in (place, ending)
        if where < len(sentence.words)
    )


def _part_by_ending(sentence: Sentence, numeral: Numeral) -> Count | None:
    """A part of the people counted before, where nothing else was counted in between."""
    before = [hit for hit in sentence.of("unit") if hit.last <= numeral.first]
    counted = [hit for hit in before if _follows_number(sentence, hit)]
    if counted and counted[-1].entry.label in ("tents", "camps") and _follows_of_them(sentence, numeral):
        return Count(numeral, counted[-1].entry.label, None, numeral.last, of_them=True)
    if counted and counted[-1].entry.label not in (*PEOPLE, "percent", "time"):
        return None
    people = [hit.entry.label for hit in before if hit.entry.label in PEOPLE]
    known = any(hit.entry.label in PEOPLE for hit in counted) or sentence.ending("genitive", numeral.first)
    if numeral.size < _FEW and not known:
        return None  # "3'ü tekerlekli sandalyedeydi": three of people whom nobody counted
    count = Count(numeral, people[-1] if people else "persons", None, numeral.last, weak=True, of_them=True)
    _qualify(sentence, count)
    return count


def _follows_of_them(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "1.277 kamp var, bunların 348'i …": a word for what was counted last stands right before."""
    return sentence.ending("part", numeral.first) is not None


def _follows_number(sentence: Sentence, noun: Hit) -> bool:
    before = noun.first - 1
    if sentence.covering("possessive", before) is not None:
        return False  # "40 bini çadır kentlere": of them, and no tents
    return before >= 0 and (
        sentence.words[before][0].isdigit()
        or any(sentence.ending(kind, noun.first) for kind in ("number", "scale", "vague", "qualifier_after"))
    )


# So few count as a part only of people counted in the same sentence.
_FEW = 20
# How far before a number "the number of …" may stand, in words.
_TOLD_REACH = 7


def _told_before(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """Give "the number of" before a number that says what it counts, where no other number stands between."""
    told = [hit for hit in sentence.of("number_of") if hit.last <= numeral.first]
    if not told or numeral.first - told[-1].last > _TOLD_REACH:
        return None
    between = range(told[-1].last, numeral.first)
    if any(sentence.words[place] in ";:." or sentence.words[place][0].isdigit() for place in between):
        return None
    return told[-1]


def _counts_what_is_told(sentence: Sentence, noun: Hit | None, told: Hit, numeral: Numeral) -> bool:
    """A noun behind the number may be what is counted ("sayıları 200'ü bulan köyler"), if the word allows it."""
    if told.entry.label == "named":  # speaks for the noun and the number that it stands between
        named = _noun_named(sentence, told)
        if named is None or named.entry.label not in COUNTED or not _only_qualified(sentence, told, numeral):
            return False
    return noun is None or (noun.entry.label not in COUNTED and told.entry.label != "behind")


def _noun_named(sentence: Sentence, told: Hit) -> Hit | None:
    """Give the noun right before "the number of", in Arabic also behind a comma: "centres, whose number is 870"."""
    after_comma = told.entry.label == "named" and sentence.words[told.first - 1 : told.first] == [","]
    return sentence.ending("unit", told.first - 1 if after_comma else told.first)


def _only_qualified(sentence: Sentence, told: Hit, numeral: Numeral) -> bool:
    place = numeral.first
    while place > told.last and (qualifier := sentence.ending("qualifier", place)):
        place = qualifier.first
    return place <= told.last


def _of_told_noun(sentence: Sentence, numeral: Numeral, told: Hit) -> Count | None:
    """A number counts the noun that stands before "the number of"; where that is none in a list, people."""
    noun = None if told.entry.label == "persons" else _noun_named(sentence, told)
    label = noun.entry.label if noun else "persons"
    if label not in COUNTED:
        return None
    called = noun if told.entry.label == "named" else _called_before(sentence, told)
    count = Count(numeral, label, None, numeral.last, weak=True, called=called)
    _qualify(sentence, count)
    return count


def _called_before(sentence: Sentence, told: Hit) -> Hit | None:
    """Give the people of "the displaced, whose number is": what they are called says more of the number."""
    if told.entry.label != "persons":
        return None
    before = [
        hit
        for hit in sentence.of("unit")
        if 0 <= told.first - hit.last <= _TOLD_REACH and hit.entry.label in PEOPLE
    ]
    return before[-1] if before else None


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
    if _is_of_people(sentence, numeral) or _stands_alone(sentence, numeral):
        return Count(numeral, "percent", None, numeral.last, percent=True, of_them=True)
    if (
        near
        or sentence.at("part_after", numeral.last)
        or sentence.ending("part", numeral.first)
        or _is_said_of_share(sentence, numeral)
        or _is_share_of_led_whole(sentence, numeral)
    ):
        return Count(numeral, "percent", None, numeral.last, percent=True)
    if _opens_sentence(sentence, numeral):
        return Count(numeral, "percent", None, numeral.last, percent=True, of_them=True)
    return None


def _is_share_of_led_whole(sentence: Sentence, share: Numeral) -> bool:
    """As in "Of the 150,000 displaced, one in three sleeps in an unfinished building"."""
    led = any(hit.first <= 1 for hit in sentence.of("part_before"))
    behind = range(share.last, min(share.last + _REACH, len(sentence.words)))
    return led and any(
        sentence.at(kind, place) for kind in ("in_shelter", "demographic", "cue") for place in behind
    )


def _opens_sentence(sentence: Sentence, share: Numeral) -> bool:
    """As in "Two thirds have found refuge …": a share of those whom the sentence before counted."""
    first = min([share.first, *(hit.first for hit in _qualifiers_before(sentence, share.first))])
    verb = sentence.at("copula", share.last) or sentence.at("cue", share.last)
    return first <= 1 and verb is not None


def _stands_alone(sentence: Sentence, share: Numeral) -> bool:
    """As in "…, half of them" where the word for the share says "of them" and a new clause begins with it."""
    begins = share.first == 0 or sentence.words[share.first - 1] in _PUNCTUATION
    return begins and sentence.at("share_alone", share.first) is not None


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
        or _is_household(sentence, numeral)
        or _is_street(sentence, numeral)
        or _is_age(sentence, numeral)
        or _is_dated_year(sentence, numeral)
        or sentence.ending("per_before", numeral.first) is not None
        or _is_own_family(sentence, numeral)
    )


_OLDEST = 110
# "His six children" are one family; nobody has more.
_OWN_FAMILY = 15


def _is_own_family(sentence: Sentence, numeral: Numeral) -> bool:
    owned = sentence.ending("own_before", numeral.first) is not None
    return owned and numeral.size <= _OWN_FAMILY and not _tells_of_harm(sentence)


def _is_age(sentence: Sentence, numeral: Numeral) -> bool:
    """Tell "said Khaled, 34, who" and "are under 18"."""
    if (
        numeral.form not in ("digits", "words")
        or numeral.size > _OLDEST
        or _noun(sentence, numeral)[0] is not None
    ):
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


def _noun(sentence: Sentence, numeral: Numeral) -> tuple[Hit | None, bool]:
    """Give the noun behind a number, and whether an unknown word stood there instead."""
    if own := _own_noun(sentence, numeral):
        return own, False
    place, unknown = numeral.last, 0
    stop = min(len(sentence.words), numeral.last + _REACH)
    while place < stop:
        noun = _strongest_unit(sentence, place)
        if noun and noun.entry.label not in PEOPLE and _is_left_place(sentence, place):
            return None, False
        if noun and (not unknown or noun.entry.weight >= 0.5):
            if sentence.at("owner", noun.last):  # "3,000 of the camp's residents"
                break
            return _last_noun(sentence, noun), False
        step = _step_over(sentence, place)
        if step > place and not _ends_phrase(sentence, place):
            place = step
            continue
        if sentence.at("number", place):  # "90,000 four days earlier"
            break
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


def _step_over(sentence: Sentence, place: int) -> int:
    hits = (sentence.at(kind, place) for kind in ("filler", "qualifier_after"))
    return max((hit.last for hit in hits if hit), default=place)


def _ends_phrase(sentence: Sentence, place: int) -> bool:
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
    if _is_led_by_part(sentence, numeral) or _is_part_of_number(sentence, numeral):
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


def _is_part_of_number(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "three of the nine camps"."""
    link = sentence.at("of_whole", numeral.last)
    place = link.last if link else len(sentence.words)
    return place < len(sentence.words) and (
        sentence.words[place][0].isdigit() or sentence.at("number", place) is not None
    )


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
    count.qualifier_first = min([hit.first for hit in before], default=count.first)
    if count.numeral.form == "range" and (opened := sentence.ending("range_open", count.qualifier_first)):
        count.qualifier_first = opened.first


def _is_own_verb(sentence: Sentence, hit: Hit, noun: Hit) -> bool:
    """As in "40 bin kişi geçti": they crossed; the verb bounds a number only behind its own case ("kişiyi geçti")."""
    return _ends_phrase(sentence, hit.first) and sentence.at("crosses", noun.first) is not None


def _qualifiers_before(sentence: Sentence, place: int) -> list[Hit]:
    """Give the qualifiers that stand in a row right before a number ("up to another")."""
    found: list[Hit] = []
    while hit := sentence.ending("qualifier", place):
        found.append(hit)
        place = hit.first
    if not found and place > 0 and (article := sentence.ending("before_number", place)):
        return _qualifiers_before(sentence, article.first)
    return found
