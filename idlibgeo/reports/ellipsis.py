"""Numbers without a verb of their own, which the number before or behind them, or its verb, speaks for."""

from __future__ import annotations

from itertools import pairwise

from idlibgeo.reports.count import PEOPLE, Count
from idlibgeo.reports.draft import Draft
from idlibgeo.reports.lay import REACHED, STRONG, Field, end_of
from idlibgeo.reports.moved import is_running
from idlibgeo.reports.sentence import Sentence


def is_earlier_count(draft: Draft, lay: Field) -> bool:
    """As in "up from 235,000", "our earlier estimate had been 245,000"; a lone "from" needs the newer number."""
    if draft.sentence.at("earlier_after", draft.count.last) is not None:
        if any(other.first < draft.count.first for other in lay.counts):
            return True  # else "önceki raporda bu sayı 119 bin olarak verilmişti"
        return any(hit.first < draft.count.first for hit in draft.sentence.of("earlier"))
    hit = draft.sentence.ending("earlier", draft.count.start)
    if hit is None:
        return False
    return hit.last - hit.first > 1 or any(other.first < draft.count.first for other in lay.counts)


def has_no_cue_behind(draft: Draft) -> bool:
    """Tell whether no cue or modal word of its own follows a number."""
    if draft.sentence.ending("cue_before", draft.count.start):
        return False
    behind = [hit for kind in ("cue", "modal") for hit in draft.sentence.of(kind)]
    return not any(hit.first >= draft.count.last and hit.first in draft.own for hit in behind)


def is_elliptical(draft: Draft, lay: Field) -> bool:
    """As in "20,000 went on Friday, 15,000 on Sunday": a bare number with a place or a time and no verb of its own."""
    sentence, count = draft.sentence, draft.count
    place = next(index for index, other in enumerate(lay.counts) if other is count)
    if not place or lay.counts[place - 1].unit not in PEOPLE:
        return False
    before = count.start - 1
    joined = sentence.words[before] in (",", ";") or sentence.ending("list_link", before + 1) is not None
    placed = sentence.at("role", count.last) or (
        draft.period is not None and 0 <= sentence.word_at(draft.period.first) - count.last <= 1
    )
    before_it = lay.counts[place - 1]
    return (
        (joined and bool(placed))
        or _only_places_between(sentence, before_it, count)
        or _only_names_between(sentence, before_it, count)
        or _is_joined_before_name(sentence, count)
        or _is_listed_by_name(sentence, before_it, count)
    )


def _is_joined_before_name(sentence: Sentence, count: Count) -> bool:
    """As in "62,000 reached the Afrin area and 17,500 Azaz"."""
    named = count.last < len(sentence.words) and sentence.text[sentence.starts[count.last]].isupper()
    return named and sentence.ending("list_link", count.start) is not None


# Words that may name what the second number of a list belongs to ("drought displaced 62,000, floods 3,100").
_MOST_NAMES = 2


def _only_names_between(sentence: Sentence, left: Count, right: Count) -> bool:
    """As in "drought displaced 62,000 people, conflict 24,000 and floods 3,100": a link, a name, and no verb."""
    between = range(left.last, right.start)
    link = sentence.at("list_link", between[0]) if between else None
    first = link.last if link else left.last + 1
    names = range(first, right.start)
    if not between or not (link or sentence.words[between[0]] == ",") or not 0 < len(names) <= _MOST_NAMES:
        return False
    known = ("cue", "copula", "speech", "total", "total_link", "modal", "unit", "part", "number", "follow")
    ends = right.last >= len(sentence.words) or not sentence.words[right.last][0].isalpha()
    goes_on = ends or sentence.at("list_link", right.last) is not None
    return (
        goes_on
        and not any(sentence.at(kind, place) for kind in known for place in names)
        and all(sentence.words[place].isalpha() for place in names)
    )


# Words that a name in a list of places may take.
_LONGEST_NAME = 4


def _is_listed_by_name(sentence: Sentence, left: Count, right: Count) -> bool:
    """As in "Sarmin 12 340 ; Ariha 28 905 ; Atareb 41 200": before each number the name of a place and nothing else."""
    if not (left.bare and right.bare) or sentence.words[left.last : left.last + 1] not in ([";"], [","]):
        return False
    names = range(left.last + 1, right.first)
    capital = [sentence.text[sentence.starts[place]].isupper() for place in (left.first - 1, *names)]
    return 0 < len(names) <= _LONGEST_NAME and capital[0] and capital[1] and capital[-1]


def _only_places_between(sentence: Sentence, left: Count, right: Count) -> bool:
    """As in "18,000 to Afrin, 12,000 to Azaz": a comma or "and", and a place before the second number."""
    between = range(left.last, right.start)
    linked = any(sentence.words[place] == "," or sentence.at("list_link", place) for place in between)
    placed = any(sentence.at(kind, place) for kind in ("role", "suffix_role", "country") for place in between)
    placed = placed or _is_named_after_colon(sentence, left, between)
    verb = any(
        sentence.at(kind, place) for kind in ("cue", "copula", "speech", "total_link") for place in between
    ) or any(hit.entry.label in REACHED and hit.first in between for hit in sentence.of("total"))
    strong = any(sentence.words[place] in STRONG for place in between)
    return linked and placed and not verb and not strong and len(between) <= 10


def _is_named_after_colon(sentence: Sentence, left: Count, between: range) -> bool:
    """As in "عدد النازحين: حلب 120 ألفا، إدلب 95 ألفا": a list behind a colon, and a name before each number."""
    words = [sentence.words[place] for place in between]
    named = (
        1 < len(words) <= _LONGEST_NAME and words[0] == "," and all(word[0].isalpha() for word in words[1:])
    )
    return (
        named
        and ":" in sentence.words[: left.first]
        and not any(sentence.at("unit", place) for place in between)
    )


def _only_time_between(sentence: Sentence, draft: Draft, following: Draft) -> bool:
    """As in "son bir haftada 15 bin, ay başından beri 60 bin sivil": a comma and the time of the second number."""
    period = following.period
    if period is None or draft.period is None or draft.period is period:
        return False
    between = range(end_of(sentence, draft.count), following.count.start)
    told = sentence.word_at(period.first) in between
    return (
        told
        and len(between) <= _LONGEST_TIME
        and sentence.words[between[0]] == ","
        and not any(sentence.words[place] in STRONG for place in between)
        and not any(sentence.at(kind, place) for kind in ("cue", "copula", "speech") for place in between)
    )


# Words that the time between two numbers of a list may take, with its comma.
_LONGEST_TIME = 10


def resume_refugees(sentence: Sentence, drafts: list[Draft]) -> None:
    """As in "L'Ouganda, qui accueille 1,7 million de réfugiés, en a vu arriver 28 000": more of those told before."""
    for before, draft in pairwise(drafts):
        if before.kind != "stock_refugees" or draft.kind not in ("flow", "cumulative", "stock"):
            continue
        called = any(draft.count.first <= hit.first < draft.count.last for hit in sentence.of("displaced"))
        if not called and sentence.ending("resumed", draft.count.start) is not None:
            draft.kind = "stock_refugees"


_UNTOLD = ("other", "same")


def follow_returns(sentence: Sentence, drafts: list[Draft]) -> None:
    """As in "780,000 refugees and 1.6 million IDPs have returned": one verb for two numbers that "and" joins."""
    for draft, following in pairwise(drafts):
        link = sentence.at("list_link", draft.count.last)
        joined = link is not None and link.last == following.count.start
        called = draft.kind in ("stock_refugees", "stock", "population_baseline", "cumulative")
        behind = any(
            hit.entry.label == "return" and hit.first >= following.count.last for hit in sentence.of("cue")
        )
        if joined and called and behind and following.kind == "return" and not following.count.percent:
            draft.kind, draft.modality = following.kind, following.modality


def lead_lists(sentence: Sentence, drafts: list[Draft]) -> None:
    """As in "Afrin'e 18 bin, Azez'e 12 bin, Bab'a 7 bin kişi geldi": the verb at the end speaks for all before it."""
    for place in range(len(drafts) - 2, -1, -1):
        draft, following = drafts[place], drafts[place + 1]
        listed = _only_places_between(sentence, draft.count, following.count)
        if draft.count.weak and draft.count.bare and following.count.unit == "families" and listed:
            draft.count.unit = "families"
        abroad = sentence.language == "tr" and listed and following.kind == "stock_refugees"
        if abroad and draft.count.bare and draft.kind in ("stock", "same"):
            # "Ürdün 650 bin, Lübnan 910 bin Suriyeli mülteciye ev sahipliği yapıyor"
            draft.kind = following.kind
        told_last = listed and sentence.language == "tr" and draft.count.unit == following.count.unit
        if not (draft.count.weak or told_last) or draft.kind not in _UNTOLD or following.kind in _UNTOLD:
            continue
        if draft.kind == "same" and any(other.kind not in _UNTOLD for other in drafts[:place]):
            continue
        if following.count.unit in PEOPLE and (listed or _only_time_between(sentence, draft, following)):
            draft.kind, draft.modality = following.kind, following.modality
            if not listed and draft.kind in ("flow", "cumulative") and draft.period is not None:
                draft.kind = "cumulative" if is_running(draft.period) else "flow"
            draft.count.unit = following.count.unit
            draft.period = draft.period or following.period
    for draft, following in pairwise(drafts):
        _lead_by_time(sentence, draft, following)


def _lead_by_time(sentence: Sentence, draft: Draft, following: Draft) -> None:
    """As in "kasımdan bu yana İdlib'e 48 bin, Humus'a 20 bin kişi göç etti": the time leads the whole list."""
    moved = {draft.kind, following.kind} <= {"flow", "cumulative"}
    if not moved or following.period is not None or draft.period is None or not draft.count.bare:
        return
    led = sentence.word_at(draft.period.last) <= draft.count.start
    if led and _only_places_between(sentence, draft.count, following.count):
        following.period = draft.period
        following.kind = draft.kind = "cumulative" if is_running(draft.period) else "flow"


def said_beside(draft: Draft) -> bool:
    """As in "The UN says 60,000", "… counts 284,000, but since 1 December", "Families: 65,358"."""
    sentence, count = draft.sentence, draft.count
    first = count.start
    if sentence.ending("earlier", first) is not None:
        return True
    said = sentence.ending("speech", first) is not None or sentence.ending("speech", first - 1) is not None
    again = any(0 <= first - hit.last <= 3 for hit in sentence.of("again"))
    return said or count.labelled or again or bool(sentence.of("same_period"))
