"""What a number counts: its noun, its qualifier, and whether it counts people at all.

A date, a year, a distance, money, a house number, vehicles, soldiers and everything whose noun is in no list count
nobody (`no_count`). A number without a noun counts people only where the words around it allow it ("17,000 sleep in the
open"); a share counts a part of another number (`shares`).
"""

from __future__ import annotations

from itertools import pairwise

from idlibgeo.reports.count import BULLETS, COUNTED, PEOPLE, Count
from idlibgeo.reports.lay import REACHED
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.no_count import is_vetoed, is_year, tells_of_harm
from idlibgeo.reports.nouns import begins_line, may_follow, noun_at, noun_of
from idlibgeo.reports.numerals import Numeral, merge_ranges, merge_shares, numerals
from idlibgeo.reports.periods import Period
from idlibgeo.reports.qualifiers import qualify, start_of_qualified
from idlibgeo.reports.sentence import Sentence
from idlibgeo.reports.shares import as_ratios, share_count, without_told_shares


def counts(sentence: Sentence, found_periods: list[Period]) -> list[Count]:
    """Give the numbers of a sentence that may count people, tents or camps, or are shares of such numbers."""
    free = [numeral for numeral in numerals(sentence) if not _in_period(sentence, numeral, found_periods)]
    merged = merge_shares(sentence, merge_ranges(sentence, free))
    ratios = as_ratios(sentence, merged)
    left = without_told_shares(sentence, ratios)
    made = [_count(sentence, numeral) for numeral in left]
    found = [count for count in made if count is not None and not _is_rated(sentence, count, found_periods)]
    told = {behind for share, behind in pairwise(ratios) if share not in left}
    for count in found:
        count.of_them = count.of_them or count.numeral in told
        count.alone = _is_alone_in_period(sentence, count, found_periods)
    for part, whole in pairwise(found):
        if part.bare and not part.percent and _is_part_of_number(sentence, part.numeral):
            part.unit = whole.unit  # "three of the nine camps"
    for whole, part in pairwise(found):
        if part.bare and not part.percent and _is_part_of_things(sentence, whole, part):
            part.unit = whole.unit  # "1,153 camps, of which 242 are informal"
    _inherit_families(sentence, found)
    _inherit_things(sentence, found)
    return found


def _inherit_things(sentence: Sentence, found: list[Count]) -> None:
    """As in "destroyed 1,700 tents and damaged 2,500 others": more of what was counted before, and no people."""
    for before, count in pairwise(found):
        others = sentence.at("others", count.numeral.last)
        if others is None or before.unit not in ("tents", "camps") or count.last > others.last:
            continue
        if not may_follow(sentence, others.last) or sentence.at("filler", others.last):
            count.unit = before.unit


def _is_part_of_things(sentence: Sentence, whole: Count, part: Count) -> bool:
    linked = [
        hit
        for kind in ("part", "part_after")
        for hit in sentence.of(kind)
        if whole.last <= hit.first < part.first or hit.first == part.last
    ]
    if any(hit.entry.label == "which" for hit in linked):
        return True
    inside = sentence.words[whole.last : part.first] == ["("]
    if inside and whole.unit not in PEOPLE and part.numeral.size < whole.numeral.size:
        return True  # "1,094 shelters (878 at full capacity)"
    if not linked or whole.unit in PEOPLE:
        return False
    # "1,293 camps; 282 of them are informal sites": what they are is said behind.
    near = range(part.last, min(part.last + _TO_NAME, len(sentence.words)))
    return any(hit.entry.label == whole.unit and hit.first in near for hit in sentence.of("unit"))


# How far behind a part of things its own noun may stand ("282 of them are informal sites"), in words.
_TO_NAME = 5


def _inherit_families(sentence: Sentence, found: list[Count]) -> None:
    """As in "250 families left the town, and 130 the village": a number without a noun takes the one before."""
    for before, count in pairwise(found):
        if before.unit == "families" and _counts_others(sentence, count):
            count.unit = before.unit
        if not count.weak or count.percent or before.unit != "families" or count.labelled:
            continue
        between = sentence.words[before.last : count.first]
        led = sentence.ending("cue_before", count.first)
        if led is not None and led.entry.label == "reside":
            continue  # "213 families had arrived and his town of 20,000 …"
        is_whole = sentence.ending("part_before", count.first) is not None  # "85 families of 400"
        if is_whole or (not {"(", "-", "—"} & set(between) and count.numeral.size <= 5 * before.numeral.size):
            count.unit = before.unit


def _counts_others(sentence: Sentence, count: Count) -> bool:
    """As in "150 familles …, les 430 autres": others of what was counted before."""
    others = sentence.at("others", count.noun.first) if count.noun else None
    return others is not None and others.last == count.last


def _is_rated(sentence: Sentence, count: Count, found: list[Period]) -> bool:
    """Tell "every day, 1,000 people", where the time stands before the number and is no period."""
    places = {count.first, count.start}
    leading = [hit for hit in sentence.of("rate") if hit.entry.label != "none" and hit.first <= 1]
    rates = [hit for hit in leading if any(place - hit.last in (0, 1) for place in places)]
    rates += [hit for hit in sentence.of("rate_before") if hit.last in places]
    starts = [sentence.starts[hit.first] for hit in rates]
    # "In a week, 5,000 people left"
    return any(not any(period.holds(start) for period in found) for start in starts)


def _is_alone_in_period(sentence: Sentence, count: Count, found: list[Period]) -> bool:
    """Tell "in December alone 235,000", where "alone" stands before the time: a part of what was counted before."""
    first = count.start
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
            return not (period.aside and noun_of(sentence, numeral)[0] is not None)
    return False


def _count(sentence: Sentence, numeral: Numeral) -> Count | None:
    if is_vetoed(sentence, numeral):
        return None
    named = sentence.ending("unit", numeral.first)
    if named is None or sentence.at("definite_number", numeral.first) is None:
        return _count_of_near(sentence, numeral)
    if named.entry.label not in COUNTED:
        return None
    return Count(numeral, named.entry.label, None, numeral.last, called=named)  # "العائلات الخمسون"


def _count_of_near(sentence: Sentence, numeral: Numeral) -> Count | None:
    noun, unknown = noun_of(sentence, numeral)
    if noun is not None and begins_line(sentence, numeral.last) and _headed(sentence, numeral) is not None:
        noun = None  # the next line of a list
    own = noun if noun is not None and noun.entry.label == "percent" else None
    percents = own is not None or sentence.ending("percent_before", numeral.first) is not None  # yüzde 75
    if percents or numeral.form == "fraction":
        return share_count(sentence, numeral, own, percents=percents)
    if noun is None or noun.entry.label not in PEOPLE:
        if _is_possessed(sentence, numeral, with_noun=False):
            return _part_by_ending(sentence, numeral)
        told = _told_before(sentence, numeral)
        if told is not None and _counts_what_is_told(sentence, noun, told, numeral):
            return _of_told_noun(sentence, numeral, told)
    return _with_or_without_noun(sentence, numeral, noun, unknown=unknown)


def _with_or_without_noun(
    sentence: Sentence, numeral: Numeral, noun: Hit | None, *, unknown: bool
) -> Count | None:
    if noun is not None:
        return _with_noun(sentence, numeral, noun)
    headed = _headed(sentence, numeral)
    if headed is not None and headed.entry.label not in COUNTED:
        return None  # "Health facilities damaged: 17"
    unknown = unknown and not _is_listed_before_name(sentence, numeral)
    if unknown or not _may_be_bare(sentence, numeral):
        return None
    things = _number_of_things(sentence, numeral)
    if things is not None and things.entry.label not in COUNTED:
        return None
    count = _bare(sentence, numeral)
    count.unit = things.entry.label if things is not None else count.unit
    return count


def _number_of_things(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """As in "ارتفع عدد المخيمات من 1300 إلى 1450": the last noun before, no people, is told by number."""
    before = [hit for hit in sentence.of("unit") if hit.last <= numeral.first]
    if not before or before[-1].entry.label in (*PEOPLE, "percent", "time"):
        return None
    told = {word for word, row in sentence.lexicon.words("total") if row["label"] == "number"}
    first = before[-1].first
    return before[-1] if first > 0 and sentence.words[first - 1] in told else None


# A smaller number before a name may be part of it.
_LEAST_LISTED = 100


def _is_listed_before_name(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "62,000 reached the Afrin area and 17,500 Azaz": "and", and behind the number a name that ends the list."""
    if numeral.size < _LEAST_LISTED or numeral.form == "vague" or sentence.language not in ("en", "fr"):
        return False
    start = start_of_qualified(sentence, numeral.first)
    place = numeral.last
    if sentence.ending("list_link", start) is None or place >= len(sentence.words):
        return False
    named = sentence.text[sentence.starts[place]].isupper() and not sentence.at("nation", place)
    while place < len(sentence.words) and sentence.text[sentence.starts[place]].isupper():
        place += 1
    return named and (place >= len(sentence.words) or not sentence.words[place][0].isalpha())


def _with_noun(sentence: Sentence, numeral: Numeral, noun: Hit) -> Count | None:
    article = numeral.form == "words" and numeral.value == 1  # "no space for one new tent"
    apart = noun.first > numeral.last  # "bir çeşmeyi onlarca aile": the article is that of the word between
    if noun.entry.label not in COUNTED or (article and (apart or noun.entry.label not in PEOPLE)):
        return None
    if article and sentence.at("indefinite", numeral.first) and not tells_of_harm(sentence):
        return None
    count = Count(
        numeral, noun.entry.label, noun, noun.last, of_them=_is_possessed(sentence, numeral, with_noun=True)
    )
    qualify(sentence, count)
    first = count.start
    told = sentence.ending("number_of", first) if noun.entry.label in PEOPLE else None
    if told is not None:  # "العائلات النازحة، وعددها 4000 عائلة"
        count.called = _noun_named(sentence, told) or _called_before(sentence, told, noun.entry.label)
    return count


def _is_possessed(sentence: Sentence, numeral: Numeral, *, with_noun: bool) -> bool:
    """Tell numbers whose ending says "of them" (in Turkish 200 bini, 2'si); some endings may be another case."""
    if not sentence.of("possessive") or is_year(sentence, numeral):
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
        if (
            hit.entry.label == "with_noun"
            and not with_noun
            and not sentence.ending("genitive", numeral.first)
        ):
            continue  # but "yerinden edilenlerin yarım milyondan fazlası çocuk"
        if hit.entry.label != "maybe" or not _is_bound_or_reached(sentence, behind, hit.first):
            return True
    return False


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
    whole = sentence.ending("unit", numeral.first)
    if (
        whole is not None
        and whole.entry.label in ("tents", "camps")
        and sentence.ending("genitive", numeral.first)
    ):
        return Count(numeral, whole.entry.label, None, numeral.last, of_them=True)  # "kampların 282'si"
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
    qualify(sentence, count)
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
    if any(sentence.at("scale", place) or sentence.at("number", place) for place in between):
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
    adjective = sentence.at("displaced", numeral.last) if told.entry.label == "named" else None
    last = adjective.last if adjective is not None else numeral.last  # "الأسر الـ940 النازحة"
    count = Count(numeral, label, None, last, weak=True, called=called)
    qualify(sentence, count)
    return count


def _called_before(sentence: Sentence, told: Hit, unit: str = "") -> Hit | None:
    """Give the people of "the displaced, whose number is": what they are called says more of the number."""
    if told.entry.label != "persons" and not unit:
        return None
    before = [
        hit
        for hit in sentence.of("unit")
        if 0 <= told.first - hit.last <= _TOLD_REACH and hit.entry.label in PEOPLE
        if told.entry.label == "persons" or hit.entry.label == unit
        if not {";", ":", "."} & set(sentence.words[hit.last : told.first])
    ]
    return before[-1] if before else None


def _bare(sentence: Sentence, numeral: Numeral) -> Count:
    labelled = _label(sentence, numeral) is not None
    weak = not _says_what_it_counts(sentence, numeral)
    called = _called_by_total(sentence, numeral) or _called_by_label(sentence, numeral)
    count = Count(
        numeral,
        _unit_before(sentence, numeral),
        None,
        numeral.last,
        weak=weak,
        labelled=labelled,
        called=called,
    )
    qualify(sentence, count)
    return count


def _called_by_total(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """Give the people of "the number of displaced people stands at 1.8 million": what they are called says of whom."""
    told = [hit for hit in sentence.of("total") if hit.entry.label == "number" and hit.last < numeral.first]
    start = start_of_qualified(sentence, numeral.first)
    led = any(hit.entry.label in REACHED and hit.last == start for hit in sentence.of("total"))
    if not told or not (led or _is_still_told(sentence, told[-1], numeral)):
        return None
    noun = _noun_behind(sentence, told[-1].last)
    if noun is None or not any(noun.first <= hit.first < noun.last for hit in sentence.of("displaced")):
        return None
    moved = any(
        hit.entry.label in ("move", "return", "killed") and noun.last <= hit.first < numeral.first
        for hit in sentence.of("cue")
    )
    return None if moved else noun


def _is_still_told(sentence: Sentence, told: Hit, numeral: Numeral) -> bool:
    """Tell whether no comma and no other number stands between, save what the number has risen from."""
    between = range(told.last, numeral.first)
    if any(sentence.words[place] == "," for place in between):
        return False
    numbers = [place for place in between if sentence.words[place][0].isdigit()]
    rises = [hit for hit in sentence.of("rise_from") if hit.first in between and hit.last in numbers]
    return not numbers or (bool(rises) and sentence.ending("range", numeral.first) is not None)


def _noun_behind(sentence: Sentence, place: int) -> Hit | None:
    while (step := sentence.at("filler", place)) and not sentence.at("unit", place):
        place = step.last
    return sentence.at("unit", place)


def _says_what_it_counts(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "2.8 million need aid"."""
    need = sentence.at("cue", numeral.last) or sentence.at("cue", numeral.last + 1)
    return need is not None and need.entry.label == "need"


def _may_be_bare(sentence: Sentence, numeral: Numeral) -> bool:
    """A number without a noun may count people if it is no small number, and if what follows it is no noun."""
    if numeral.form == "vague" or numeral.size >= 10_000 or _label(sentence, numeral):
        return True
    if _is_led_by_part(sentence, numeral) or _is_part_of_number(sentence, numeral):
        return True
    if _is_led_by_harm(sentence, numeral):
        return True
    if numeral.last >= len(sentence.words):
        return numeral.size >= 10
    word = sentence.words[numeral.last]
    if numeral.size < 10 and not (_has_cue(sentence, numeral) or sentence.at("part_after", numeral.last)):
        return False
    return not word[0].isalpha() or may_follow(sentence, numeral.last) or begins_line(sentence, numeral.last)


def _is_led_by_harm(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "killed more than 40", "nine dead, up from six", "8 in Idlib and 3 in Aleppo"."""
    first = start_of_qualified(sentence, numeral.first)
    led = any(hit.entry.label in ("killed", "injured") for hit in sentence.of("cue") if hit.last == first)
    listed = sentence.ending("list_link", first) is not None and sentence.at("role", numeral.last) is not None
    again = listed or sentence.ending("earlier", first) is not None
    return led or (again and tells_of_harm(sentence))


def _has_cue(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "six fled"; "une vague de départs" has only an article, but "one killed" counts."""
    cue = sentence.at("cue", numeral.last) or _cue_of_harm(sentence, numeral.last + 1)
    article = numeral.form == "words" and numeral.value == 1
    return cue is not None and (not article or cue.entry.label in ("killed", "injured"))


def _cue_of_harm(sentence: Sentence, place: int) -> Hit | None:
    """As in "five have drowned": behind an auxiliary."""
    cue = sentence.at("cue", place)
    behind = sentence.at("follow", place - 1) is not None
    return cue if cue is not None and behind and cue.entry.label in ("killed", "injured") else None


def _is_part_of_number(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "three of the nine camps"."""
    link = sentence.at("of_whole", numeral.last)
    place = link.last if link else len(sentence.words)
    return place < len(sentence.words) and (
        sentence.words[place][0].isdigit() or sentence.at("number", place) is not None
    )


def _is_led_by_part(sentence: Sentence, numeral: Numeral) -> bool:
    """As in "Of these, 9,000 got as far as Ariha", "of which 1,150 were from Saraqib"."""
    place = start_of_qualified(sentence, numeral.first)
    if place and sentence.words[place - 1] == ",":
        place -= 1
    return sentence.ending("part", place) is not None


def _unit_before(sentence: Sentence, numeral: Numeral) -> str:
    """Give the unit of "the number of displaced families rose to 51,259": people counted before the number."""
    headed = _headed(sentence, numeral)
    if headed is not None and headed.entry.label in COUNTED:
        return headed.entry.label
    label = _label(sentence, numeral) or _told_behind(sentence, numeral)
    if label is not None and label.entry.label in PEOPLE:
        return label.entry.label
    before = [hit for hit in sentence.of("unit") if hit.last <= numeral.first and hit.entry.label in PEOPLE]
    told = before and any(
        hit.entry.label not in REACHED or 0 <= numeral.first - hit.last <= 2 for hit in sentence.of("total")
    )
    return before[-1].entry.label if told else "persons"


def _told_behind(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """Give the noun of "évalue à 1 900 le nombre de familles": "the number of" stands behind the number."""
    told = sentence.at("total", numeral.last)
    if told is None or told.entry.label != "number":
        return None
    behind = range(told.last + 1, told.last + 3)  # a word for "of" and perhaps "total" stand between
    return next((hit for hit in sentence.of("unit") if hit.first in behind), None)


def _label(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """Give the unit in front of a colon: "Families: 65,358"."""
    if numeral.first < 2 or sentence.words[numeral.first - 1] != ":":
        return None
    return sentence.ending("unit", numeral.first - 1)


# Before a label without a colon: "Key figures: IDPs 31,000, returnees 12,000".
_PARTS_LABELS = frozenset({",", ":", "("})
_ENDS_CELL = frozenset({";", "|", "/", "—"}) | BULLETS


def _begins_cell(sentence: Sentence, place: int) -> bool:
    """Tell whether a label may begin at a word: at the start, behind a sign, on a new line, behind a full stop."""
    if place == 0 or place >= len(sentence.words) or sentence.words[place - 1] in _ENDS_CELL:
        return True
    gap = sentence.text[sentence.ends[place - 1] : sentence.starts[place]]
    stop = sentence.words[place - 1] == "." and bool(gap)
    return "\n" in gap or (stop and sentence.text[sentence.starts[place]].isupper())


def _headed(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """Give the noun that a label begins with: "Households displaced by flooding: 2,480", "IDPs 2.2M |"."""
    end = start = start_of_qualified(sentence, numeral.first)
    colon = start > 1 and sentence.words[start - 1] == ":"
    if not colon and not (start and _may_end_label(sentence, start)):
        return None
    while not _begins_cell(sentence, start) and (colon or sentence.words[start - 1] not in _PARTS_LABELS):
        start -= 1
    begin = start
    while (step := sentence.at("label_open", start) or sentence.at("filler", start)) and step.last < end:
        if sentence.at("unit", start) is not None:
            break
        start = step.last
    noun = noun_at(sentence, start)
    if noun is None or noun.last > end:
        return None
    if not colon and sentence.at("in_shelter", noun.first) is not None:
        return None  # "çadırda 112 bin": where they are, not what is counted
    last = numeral.last
    ended = sentence.words[last : last + 1] in ([","], [")"]) and noun.last == end
    closed = last >= len(sentence.words) or _begins_cell(sentence, last + 1) or ended
    closed = closed or begins_line(sentence, last)
    told = noun.last == end or any(sentence.at(kind, noun.last) for kind in ("cue", "attribute"))
    return noun._replace(first=begin) if colon or (told and closed and end - noun.last <= 1) else None


def _may_end_label(sentence: Sentence, place: int) -> bool:
    """As in "IDPs 2.2M", "Families displaced 2,100"."""
    return any(sentence.ending(kind, place) is not None for kind in ("unit", "cue"))


def _called_by_label(sentence: Sentence, numeral: Numeral) -> Hit | None:
    """As in "Internally displaced persons: 1.09M": what the people of a label are called says of whom."""
    label = _headed(sentence, numeral) or _label(sentence, numeral)
    if label is None or label.entry.label not in PEOPLE:
        return None
    told = [*sentence.of("displaced"), *sentence.of("cue")]
    return label if any(label.first <= hit.first < label.last for hit in told) else None
