"""Bounds, parts, shares, families and repeats: what turns drafts into figures that know one another."""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from dataclasses import dataclass, replace
from itertools import pairwise

from idlibgeo.reports.count import PEOPLE, Count
from idlibgeo.reports.draft import Draft, primary_of
from idlibgeo.reports.moved import is_called_displaced, is_led_whole
from idlibgeo.reports.parts import content_of_part, mark_sheltered
from idlibgeo.reports.sentence import Sentence

# Persons per family outside these bounds are not one group counted twice.
_FAMILY_SIZE = (2.0, 15.0)
_RESIDENTS = frozenset({"population_baseline", "population_at_risk"})
_HARMED = ("killed", "injured")
_KEPT_FOR_PARTS = frozenset({"killed", "injured", "forecast", "return", "stock_refugees"})


@dataclass(frozen=True)
class FamilySize:
    """Persons per family with bounds, and where they come from."""

    mid: float
    low: float
    high: float
    source: str


@functools.cache
def default_family_size() -> FamilySize:
    """Read ``families.toml``."""
    resource = importlib.resources.files("idlibgeo.reports") / "families.toml"
    row = tomllib.loads(resource.read_text(encoding="utf-8"))
    return FamilySize(row["persons_per_family"], row["low"], row["high"], row["source"])


def set_bounds(draft: Draft) -> None:
    """Turn the number and its qualifier into value, low and high."""
    numeral, qualifier = draft.count.numeral, draft.count.qualifier
    draft.value = _whole(numeral.value)
    draft.low, draft.high = _whole(numeral.low), _whole(numeral.high)
    if numeral.value is None or qualifier is None:
        return
    low, high = (numeral.low or 0.0), (numeral.high or 0.0)
    draft.low = _whole(low * qualifier.low) if qualifier.low is not None else None
    draft.high = _whole(high * qualifier.high) if qualifier.high is not None else None


def qualifier_of(draft: Draft) -> str | None:
    """Name the qualifier of a draft."""
    if draft.kind == "cumulative" and draft.sentence.ending("earlier", draft.count.first):
        return "earlier"
    if draft.count.qualifier is not None:
        return draft.count.qualifier.label
    numeral = draft.count.numeral
    if numeral.form == "words" and numeral.low != numeral.high:
        return "around"  # "une quarantaine"
    return {"range": "range", "vague": "vague"}.get(numeral.form)


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def settle(sentence: Sentence, drafts: list[Draft], earlier: list[Draft], notes: list[str]) -> list[Draft]:
    """Link the drafts of a sentence to one another and to earlier ones; give those that are figures."""
    for draft in drafts:
        set_bounds(draft)
    _families_of_before(sentence, drafts, earlier)
    _name_again(drafts, earlier)
    _pair_units(sentence, drafts)
    _restate(sentence, drafts)
    _find_sums(drafts)
    mark_sheltered(drafts, earlier)
    kept: list[Draft] = []
    for draft in drafts:
        if draft.count.percent:
            share = _share(draft, [*earlier[-6:], *kept], notes)
            kept.extend([share] if share else [])
            continue
        if draft.kind == "same":
            _inherit(draft, [*earlier[-6:], *kept])
        if draft.is_part:
            _attach(draft, [*earlier[-6:], *kept])
        if _is_figure(draft) or _tells_share(draft, kept):
            kept.append(draft)
    _part_of_total(sentence, kept)
    told = [(share, _telling(share, kept)) for share in kept]
    for share, teller in told:
        if teller is not None and teller.whole is None:
            teller.whole, teller.kind = share.whole, _kind_told(share, teller)
    return [share for share, teller in told if teller is None]


# How far behind a share its number may stand ("12 % of them, some 115,000"), in words.
_TO_TELLING = 10


def _telling(share: Draft, drafts: list[Draft]) -> Draft | None:
    """As in "12 % of them, some 115,000,": find the figure by which the report gives the share's number itself."""
    if share.modality != "derived" or not share.value:
        return None
    for draft in drafts:
        if draft.modality == "derived" or not draft.value or draft is share.whole:
            continue
        gap = draft.count.first - share.count.last
        if _is_close(share, draft) and draft.sentence is share.sentence and 0 <= gap <= _TO_TELLING:
            return draft
    return None


def _kind_told(share: Draft, teller: Draft) -> str:
    """The number behind a share may say more of who they are: "more than half, 500,000, are children"."""
    told = content_of_part(teller) if share.kind in ("subset_flow", "subset_shelter") else ""
    return told or share.kind


def _is_close(share: Draft, draft: Draft) -> bool:
    """A number that "that is" introduces may be further from a rounded share ("more than half, that is 500,000")."""
    told = draft.sentence.ending("same", draft.count.start) is not None
    return abs((draft.value or 0) - (share.value or 0)) <= (0.15 if told else 0.05) * (share.value or 0)


def _tells_share(draft: Draft, kept: list[Draft]) -> bool:
    told = draft.sentence.ending("same", draft.count.start) is not None
    return told and any(share.modality == "derived" and _is_close(share, draft) for share in kept)


def _is_figure(draft: Draft) -> bool:
    """A number without a noun that nothing speaks for is no figure, nor an article: "bir doktor: 45 yaralı geldi"."""
    numeral = draft.count.numeral
    if draft.kind == "other" and numeral.form == "words" and numeral.value == 1 and not draft.is_part:
        return False
    return not (draft.count.weak and draft.kind == "other" and primary_of(draft) != "need")


def _inherit(draft: Draft, candidates: list[Draft]) -> None:
    """As in "370,000 for the same time" counts what the number before it counts."""
    people = [other for other in candidates if other.count.unit in PEOPLE and other.modality != "derived"]
    before = people[-1] if people else None
    if before and before.whole and before.sentence is not draft.sentence:
        before = before.whole  # "… 370,000 of them reached the north. The earlier estimate was 948,000."
    draft.kind = before.kind if before else "other"
    if before and draft.count.bare and not draft.count.labelled:
        draft.count.unit = before.count.unit
    if draft.modality == "conditional" and draft.kind in ("flow", "cumulative"):
        draft.kind = "forecast"  # "has reached 280,000, and the figure could swell to 1.5 million"
    elif before:
        draft.modality = before.modality
    draft.period = draft.period or (before.period if before else None)


def _name_again(drafts: list[Draft], earlier: list[Draft]) -> None:
    """As in "Of the 38,200, some 21,000 arrived in Dana": a whole without a noun is the figure of that number."""
    for draft in drafts:
        if not draft.count.bare or draft.count.percent or not is_led_whole(draft):
            continue
        told = [other for other in earlier if other.value == draft.value and other.modality == "reported"]
        if told and draft.value:
            first = told[0].same_as or told[0]
            draft.kind, draft.modality, draft.period = first.kind, first.modality, first.period
            draft.count.unit, draft.same_as, draft.count.weak = first.count.unit, first, False


def _pair_units(sentence: Sentence, drafts: list[Draft]) -> None:
    """Join "31,000 civilians - 6,200 families": one group in two units."""
    for left, right in pairwise(drafts):
        units = {left.count.unit, right.count.unit}
        rows = sentence.text[sentence.starts[left.count.first] : sentence.starts[right.count.first]]
        if units != set(PEOPLE) or "\n" in rows:
            continue  # also the next row of a table
        if not (
            _only_links_between(sentence, left.count, right.count)
            or _is_alone_in_brackets(sentence, left.count, right.count)
        ):
            continue
        persons, families = (left, right) if left.count.unit == "persons" else (right, left)
        if _could_be_one_group(persons, families):
            right.same_as = left
            better = max((left, right), key=lambda draft: max(draft.scores.values(), default=0.0))
            if "other" in (left.kind, right.kind):
                better = left if left.kind != "other" else right
            left.kind = right.kind = better.kind
            left.modality = right.modality = better.modality
            left.period = right.period = left.period or right.period


def _is_alone_in_brackets(sentence: Sentence, left: Count, right: Count) -> bool:
    """As in "690 familles au départ (4 830 personnes)": nothing else stands in the brackets."""
    opens, closes = right.start - 1, right.last
    enclosed = sentence.words[opens] == "(" and sentence.words[closes : closes + 1] == [")"]
    return enclosed and 0 <= opens - left.last <= _TO_BRACKET


# Words that may stand before the bracket in which a number is told in another unit.
_TO_BRACKET = 6


def _restate(sentence: Sentence, drafts: list[Draft]) -> None:
    """Join "nearly a million people - 960,000, to be exact - have fled": one group, once rounded, once counted."""
    for left, right in pairwise(drafts):
        between = sentence.words[left.count.last : right.count.first]
        if not right.count.bare or right.count.percent or left.count.percent or right.same_as:
            continue
        if between[:1] not in (["-"], ["("], ["—"], [","]) or len(between) > 3:
            continue
        rounded = left.count.numeral.form == "vague" or left.count.qualifier is not None
        if rounded and _is_near(left, right) and _only_links_between(sentence, left.count, right.count):
            right.kind, right.modality, right.period = left.kind, left.modality, left.period
            right.count.unit, right.same_as = left.count.unit, left


# A number without a noun far larger than the families before it counts something else.
_MOST_OF_FAMILIES = 10


def _families_of_before(sentence: Sentence, drafts: list[Draft], earlier: list[Draft]) -> None:
    """As in "The camp had expected 50 households. By nightfall 210 had come.": a lone number takes the unit before."""
    told = earlier[-1] if earlier else None
    if told is None or told.count.unit != "families" or told.modality == "derived" or len(drafts) != 1:
        return
    count = drafts[0].count
    if drafts[0].kind in (*_HARMED, "population_baseline"):
        return
    people = any(hit.entry.label in PEOPLE for hit in sentence.of("unit"))
    lone = count.bare and not count.percent and not people and not count.labelled
    if lone and count.numeral.size <= _MOST_OF_FAMILIES * told.count.numeral.size:
        count.unit = "families"


# A sum may differ from its total by rounding.
_ROUNDING = 0.02


def _find_sums(drafts: list[Draft]) -> None:
    """As in "12,000 from A, 23,000 from B and 9,000 from C, 44,000 in all": two or more numbers that add up to one."""
    for place, whole in enumerate(drafts):
        row = "|" in whole.sentence.text  # the total row of a table has no noun; there nothing is rounded
        if not whole.value or whole.count.percent or whole.whole or (whole.count.bare and not row):
            continue
        apart = 0 if whole.count.bare else _ROUNDING * whole.value
        for parts in (drafts[:place], drafts[place + 1 :]):
            counted = [part for part in parts if _may_be_summand(part, whole)]
            total = sum(part.value or 0 for part in counted)
            if len(counted) >= 2 and abs(total - whole.value) <= apart:
                if whole.kind in ("other", "same"):
                    whole.kind, whole.period = counted[0].kind, whole.period or counted[0].period
                for part in counted:
                    part.is_part, part.whole = True, whole


def _may_be_summand(part: Draft, whole: Draft) -> bool:
    alike = part.count.unit == whole.count.unit or (part.count.bare and not whole.count.bare)
    return (
        alike and bool(part.value) and not part.count.percent and part.same_as is None and part.whole is None
    )


def _is_near(rough: Draft, exact: Draft) -> bool:
    if rough.value is None:
        return (rough.low or 0) <= exact.count.numeral.size <= (rough.high or 0)
    return abs(rough.value - exact.count.numeral.size) <= 0.1 * rough.value


def _could_be_one_group(persons: Draft, families: Draft) -> bool:
    """Persons per family must be possible; of a vague number of families one end is enough."""
    most, least = families.high or families.value, families.low or families.value
    if not persons.value or not most or not least:
        return False
    return persons.value / most <= _FAMILY_SIZE[1] and persons.value / least >= _FAMILY_SIZE[0]


# Words that a place may take between a number and what it holds, with its preposition.
_TO_HELD = 5


def _holds(sentence: Sentence, left: Count, right: Count) -> bool:
    """As in "1064 أسرة في اليمن تضم 6384 فردا": a place, and right before the number "which comprise"."""
    held = sentence.ending("same", right.start)
    if held is None or held.entry.label != "holds" or held.first - left.last > _TO_HELD:
        return False
    between = range(left.last, held.first)
    return bool(between) and not any(
        not sentence.words[place][0].isalpha() or sentence.at("cue", place) for place in between
    )


def _only_links_between(sentence: Sentence, left: Count, right: Count) -> bool:
    if _holds(sentence, left, right):
        return True
    place = left.last
    while place < right.first:
        if not sentence.words[place][0].isalnum():
            place += 1
            continue
        link = sentence.at("same", place) or sentence.at("qualifier", place) or sentence.at("role", place)
        hyphened = sentence.words[place - 1] == "-"  # "Port-au-Prince"
        if link is None and not hyphened and not sentence.text[sentence.starts[place]].isupper():
            return False
        place = link.last if link else place + 1
    return right.first - left.last <= 8


def _attach(draft: Draft, candidates: list[Draft]) -> None:
    """Link a part to its whole, the nearest number before it that is larger, and give it the kind of a part."""
    whole = draft.whole or find_whole(draft, candidates)
    if whole is None:
        if draft.kind in ("flow", "cumulative") and not draft.count.alone:
            content = content_of_part(draft)
            of_them = draft.sentence.at("part_after", draft.count.last) is not None
            if content != "subset_arrivals" or not of_them:  # "All left; 1,050 of them went to Harim" moved
                draft.kind = content or draft.kind  # "80 % of the displaced, or 720,000, are women"
        elif (
            draft.kind == "stock"
            and draft.count.unit == "families"
            and _is_of_moved_persons(draft, candidates)
        ):
            draft.kind = content_of_part(draft) or draft.kind
        return
    draft.whole = whole
    if draft.count.unit not in PEOPLE:
        return
    draft.kind = _kind_of_part(draft, whole)
    if draft.count.bare:
        draft.count.unit = whole.count.unit  # "1,940 families, of which 1,150 …"
    if whole.modality == "conditional":
        draft.modality = "conditional"


def _is_of_moved_persons(draft: Draft, candidates: list[Draft]) -> bool:
    """As in "8,400 people fled, 2,100 of them found room in camps and 350 families stayed under trees"."""
    own = [other for other in candidates if other.sentence is draft.sentence and other.modality != "derived"]
    return bool(own) and own[-1].whole is not None and own[-1].whole.kind in ("flow", "cumulative")


def find_whole(draft: Draft, candidates: list[Draft]) -> Draft | None:
    """Find the whole of a part: the nearest earlier figure of people that is no part itself and not smaller."""
    size = draft.count.numeral.size
    own = [other for other in candidates if other.sentence is draft.sentence]
    alike_harmed = [other for other in candidates if draft.kind in _HARMED and other.kind == draft.kind]
    for pool in (alike_harmed, own, candidates):
        for other in reversed(pool):
            whole = _whole_meant(other)
            if whole is draft or _is_part_of_others(draft, whole) or _is_earlier(whole):
                continue
            if whole.count.unit not in PEOPLE or whole.modality == "derived":
                continue
            alike = whole.count.unit == draft.count.unit or draft.count.bare
            if draft.count.percent or (alike and whole.count.numeral.size >= size):
                return whole
    return None


def _whole_meant(other: Draft) -> Draft:
    """Give the whole of a part behind a part: that of the first, save where those are some displaced of residents."""
    if other.whole is not None and other.whole.kind in _RESIDENTS and other.kind not in _RESIDENTS:
        return other  # "4.5 million live there, 2.9 million of them displaced; 1.8 million of these in camps"
    return other.whole or other.same_as or other


def _is_earlier(draft: Draft) -> bool:
    """As in "72,000 people, up from 10,000 in December": what is a part now is none of an earlier count."""
    return draft.sentence.ending("earlier", draft.count.start) is not None


def _kind_of_part(draft: Draft, whole: Draft) -> str:
    """Give the kind of a part: what its own words say of it, else what marks it as a part."""
    content = content_of_part(draft)
    kept = _kind_kept(draft, whole, content)
    if kept:
        return kept
    if whole.kind == "other" and not content and draft.kind in ("flow", "cumulative", "stock"):
        return draft.kind  # "7,200 were affected, of whom 2,900 were displaced"
    if not content and draft.destination:
        return "subset_arrivals"
    return content or "subset_flow"


def _kind_kept(draft: Draft, whole: Draft, content: str) -> str:
    """Give the kind of a part that is not told by how it is a part, else nothing."""
    went_home = draft.kind == "return" and whole.kind == "stock_refugees"  # "of 3.5 million in Turkey …"
    if _is_harmed_itself(draft) or went_home:
        return draft.kind
    if whole.kind in _KEPT_FOR_PARTS:
        open_to_content = whole.kind == "stock_refugees" or (whole.kind, content) == (
            "return",
            "subset_demographic",
        )
        return "" if content and open_to_content else whole.kind
    if draft.kind in ("stock_refugees", "return", "forecast"):
        return draft.kind
    if primary_of(draft) == "need" and (content != "subset_demographic" or _needs_itself(draft)):
        return draft.kind
    if whole.kind in _RESIDENTS or (not content and draft.kind in _RESIDENTS):
        return _kind_of_part_of_residents(draft, whole, content)
    return "" if content else _kind_of_part_of_displaced(draft, whole)


def _is_harmed_itself(draft: Draft) -> bool:
    """As in "14 were brought in wounded, 3 of them died"; "11 killed, four of them children, and 30 wounded" is not."""
    sentence, last = draft.sentence, draft.count.last
    if draft.kind not in _HARMED:
        return False
    led = (sentence.ending(kind, draft.count.start) for kind in ("cue", "cue_before"))
    if sentence.at("part_after", draft.count.last) and any(
        hit and hit.entry.label == draft.kind for hit in led
    ):
        return True
    own = [
        hit
        for hit in sentence.of("cue")
        if hit.entry.label == draft.kind and hit.first in draft.own and hit.last > draft.count.first
        if not _leads_number(sentence, hit.last)
    ]
    return any("," not in sentence.words[last : hit.first] for hit in own)


def _needs_itself(draft: Draft) -> bool:
    """As in "half of them need tents"; "2.8 million need aid, a million of them children" tells who they are."""
    return any(hit.entry.label == "need" and hit.first in draft.own for hit in draft.sentence.of("cue"))


def _leads_number(sentence: Sentence, place: int) -> bool:
    """Tell whether a number stands at a word: a verb before it speaks for that one."""
    return place < len(sentence.words) and (
        sentence.words[place][0].isdigit()
        or any(sentence.at(kind, place) for kind in ("number", "vague", "qualifier"))
    )


def _kind_of_part_of_displaced(draft: Draft, whole: Draft) -> str:
    if draft.kind == "stock" and whole.kind == "other":
        return "stock"  # "16.7 million need aid, among them 7.2 million displaced people"
    if draft.kind == "stock" and _has_own_cue(draft, "stock"):
        sheltered = any(hit.first in draft.own for hit in draft.sentence.of("sheltered"))
        moved = whole.kind in ("flow", "cumulative")
        return (
            "subset_shelter" if sheltered and moved else "stock"
        )  # "two thirds of them are still displaced"
    arrivals = [hit for hit in draft.sentence.of("arrive") if hit.first in draft.own]
    if whole.kind != "stock" or any(hit.entry.label == "from" for hit in arrivals):
        return ""
    # "3,000 of the camp's 8,000 residents moved out": of people who are called displaced it is a part by time.
    if draft.period is not None and draft.period.open and is_called_displaced(whole):
        return ""  # "10,9 millions de déplacés, dont 8,1 millions depuis avril"
    moved = draft.kind in ("flow", "cumulative") and (
        is_called_displaced(whole) or _has_own_cue(draft, "move")
    )
    if moved:
        return "" if is_called_displaced(whole) else "flow"
    return "subset_shelter"


def _has_own_cue(draft: Draft, label: str) -> bool:
    sentence = draft.sentence
    own = [hit for hit in sentence.of("cue") if hit.first in draft.own]
    own += [hit for hit in sentence.of("cue_after") if hit.first == draft.count.last]
    led = sentence.ending("cue", draft.count.start) if sentence.language == "ar" else None  # "وصلت 340 منها"
    return any(hit.entry.label == label for hit in [*own, *([led] if led else [])])


def _are_displaced_behind(draft: Draft) -> bool:
    """As in "half of them displaced people": right behind the number."""
    return any(0 <= hit.first - draft.count.last <= 1 for hit in draft.sentence.of("displaced"))


def _kind_of_part_of_residents(draft: Draft, whole: Draft, content: str) -> str:
    """Give the kind of people of whom some may have stayed ("40,000 fled, 5,000 stayed") and some left."""
    if not content and draft.kind in _RESIDENTS:
        # "The camp held 3,000 families; only 800 of them remain."
        remain = whole.kind == "stock" and draft.kind == "population_baseline"
        return "stock" if remain or _are_displaced_behind(draft) else draft.kind
    if draft.kind in ("flow", "cumulative") and content in ("", "subset_arrivals"):
        called = any(hit.first in draft.own for hit in draft.sentence.of("displaced"))
        return "stock" if called and draft.period is None else draft.kind  # "half of them displaced before"
    return "stock" if draft.kind == "stock" and content in ("", "subset_shelter") else ""


def _share(draft: Draft, candidates: list[Draft], notes: list[str]) -> Draft | None:
    """Make a derived part of "75 % of them": the share of its whole."""
    words = draft.sentence.text[
        draft.sentence.starts[draft.count.first] : draft.sentence.ends[draft.count.last - 1]
    ]
    whole = draft.whole or find_whole(draft, candidates)
    if whole is None or not (draft.is_part or content_of_part(draft)):
        notes.append(f"'{words}' is a share of no figure of this report; it was left out.")
        return None
    share = (draft.count.numeral.value or 0.0) / (1.0 if draft.count.numeral.form == "fraction" else 100.0)
    if _says_again(draft, share, candidates):
        return None
    if not 0 < share <= 1:
        notes.append(f"'{words}' is no share between 0 and 100 %; it was left out.")
        return None
    draft.whole = whole
    kind = _kind_of_part(draft, whole)
    made = replace(draft, kind=kind, modality="derived", whole=whole, derived_from=whole, period=whole.period)
    made.count = replace(draft.count, unit=whole.count.unit)
    for name in ("value", "low", "high"):
        number = getattr(whole, name)
        setattr(made, name, None if number is None else round(number * share))
    made.note = f"{words} of {whole.value if whole.value is not None else 'the whole'}"
    return made


# How far a rounded share ("roughly a quarter of the 280,000") may be from the number that it says again.
_SAID_AGAIN = 0.12


def _says_again(draft: Draft, share: float, candidates: list[Draft]) -> bool:
    """As in "23.7 million Afghans, over half of the population": how large a part the number before it is."""
    sentence = draft.sentence
    before = next((other for other in reversed(candidates) if other.sentence is sentence), None)
    start = draft.count.start
    if before is None or not before.value or before.modality == "derived":
        return False
    qualifier = sentence.ending("qualifier", start)
    start = qualifier.first if qualifier is not None else start
    if sentence.at("of_population", draft.count.last) and sentence.words[start - 1] == ",":
        return before.count.last <= start - 1
    whole = draft.whole
    told = (whole.value or 0) * share if whole is not None and whole is not before else 0
    return told > 0 and abs(told - before.value) <= _SAID_AGAIN * before.value


def _is_part_of_others(draft: Draft, whole: Draft) -> bool:
    """As in "97 per cent of the displaced", "half of the residents left", behind a count of the trapped or wounded."""
    sentence, last = draft.sentence, draft.count.last
    if whole.kind in _HARMED and _is_of_population(draft):
        return True
    near = range(last, last + 4)
    of_displaced = any(hit.first in near for hit in sentence.of("displaced"))
    of_residents = any(hit.first in near and hit.entry.label == "reside" for hit in sentence.of("cue"))
    if whole.sentence is sentence and whole.count.first in range(last, last + 6):
        return False  # it names its own whole
    part = sentence.at("part_after", last)
    named = [*sentence.of("displaced"), *(hit for hit in sentence.of("cue") if hit.entry.label == "reside")]
    if draft.count.of_them or (part and not any(last <= hit.first < part.last for hit in named)):
        return False  # "half of them displaced" says what they are
    harmed = whole.kind in _HARMED
    of_refugees = any(hit.first in near and hit.entry.label == "refugee" for hit in sentence.of("cue"))
    if of_refugees and whole.kind == "return":
        return True
    return (of_displaced and (harmed or whole.kind in _RESIDENTS)) or (of_residents and harmed)


def _is_of_population(draft: Draft) -> bool:
    """As in "380 bin kişi öldü, nüfusun yarısı göç etti": whose half it is stands before it, and no dead are meant."""
    sentence, first = draft.sentence, draft.count.first
    before = sentence.ending("percent_before", first)
    owner = sentence.ending("genitive", before.first if before else first)
    cue = sentence.at("cue", owner.first) if owner else None
    return cue is not None and cue.entry.label == "reside"


def _part_of_total(sentence: Sentence, drafts: list[Draft]) -> None:
    """As in "31,000 in four days, that brings the total to 359,471": the flow is inside the running count."""
    for left, right in pairwise(drafts):
        if (
            left.kind != "flow"
            or right.kind != "cumulative"
            or left.whole
            or left.count.unit != right.count.unit
        ):
            continue
        between = range(left.count.last, right.count.first)
        brings = any(
            hit.entry.label == "brings" and hit.first in between for hit in sentence.of("total_link")
        )
        if brings and right.count.numeral.size > left.count.numeral.size:
            left.whole = right


def link_repeats(drafts: list[Draft]) -> None:
    """Link a number that a report says again to its first telling, and let it take that one's kind."""
    first: dict[tuple[int, str], Draft] = {}
    for draft in drafts:
        if draft.value is None or draft.modality == "derived" or draft.same_as or draft.value < 100:
            continue
        known = first.setdefault((draft.value, draft.count.unit), draft)
        if known is draft:
            continue
        if "other" in (known.kind, draft.kind):
            known.kind = draft.kind = draft.kind if known.kind == "other" else known.kind
        flows = {known.kind, draft.kind} <= {"flow", "cumulative"}
        if flows and known.kind != draft.kind and (known.period is None or draft.period is None):
            known.kind = draft.kind = known.kind if known.period else draft.kind
        if known.kind == draft.kind and known.modality == draft.modality and _may_be_one(known, draft):
            draft.same_as = known


def _may_be_one(known: Draft, draft: Draft) -> bool:
    """The same number since another day, or by another organisation, is another figure."""
    starts = {other.period.start for other in (known, draft) if other.period}
    sources = {other.source_org for other in (known, draft) if other.source_org}
    return len(starts) <= 1 and len(sources) <= 1


def family_size(drafts: list[Draft]) -> FamilySize:
    """Give the report's own persons per family where it counts one group both ways, else the default."""
    for draft in drafts:
        pair = draft.same_as
        if pair is None or {draft.count.unit, pair.count.unit} != set(PEOPLE):
            continue
        persons, families = (draft, pair) if draft.count.unit == "persons" else (pair, draft)
        if persons.value and families.value:
            factor = persons.value / families.value
            return FamilySize(
                factor, factor, factor, f"{persons.value} persons / {families.value} families in this report"
            )
    return default_family_size()


def persons_of_families(drafts: list[Draft]) -> list[Draft]:
    """Put behind each count of families that has no count of persons the derived number of persons."""
    size = family_size(drafts)
    counted_twice = {
        id(draft.same_as)
        for draft in drafts
        if draft.same_as and draft.same_as.count.unit != draft.count.unit
    }
    made: list[Draft] = []
    derived: dict[int, Draft] = {}
    for draft in drafts:
        made.append(draft)
        pair = draft.same_as
        if (
            draft.count.unit != "families"
            or id(draft) in counted_twice
            or (pair and pair.count.unit == "persons")
        ):
            continue
        persons = _persons(draft, size)
        persons.whole = derived.get(id(draft.whole)) if draft.whole else None
        persons.same_as = derived.get(id(pair)) if pair else None
        derived[id(draft)] = persons
        made.append(persons)
    return made


def _persons(draft: Draft, size: FamilySize) -> Draft:
    persons = replace(draft, modality="derived", derived_from=draft, same_as=None)
    persons.count = replace(draft.count, unit="persons")
    persons.value = None if draft.value is None else round(draft.value * size.mid)
    persons.low = None if draft.low is None else round(draft.low * size.low)
    persons.high = None if draft.high is None else round(draft.high * size.high)
    persons.note = f"families × {size.mid:.3g} persons per family ({size.source})"
    return persons
