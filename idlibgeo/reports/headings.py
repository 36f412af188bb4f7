"""Lists under a heading, which says once what all their numbers count.

As in "New arrivals by sub-district, 1-15 January: Dana 11,200; Salqin 3,050": each number has but a name beside it.
The heading is read as if the number stood right behind it ("New arrivals by sub-district, 1-15 January: 3,050").
"""

from __future__ import annotations

from idlibgeo.reports.count import BULLETS, PEOPLE
from idlibgeo.reports.counted import counts
from idlibgeo.reports.draft import Draft
from idlibgeo.reports.kinds import classify
from idlibgeo.reports.lay import Field, start_of
from idlibgeo.reports.periods import periods
from idlibgeo.reports.sentence import Sentence, make_sentence

# Words that a name beside a number may take ("Deir ez-Zor and its countryside").
_LONGEST_NAME = 7
# Classes of words that tell something: where one stands beside the number, it is more than a name.
_TELLING: tuple[str, ...] = (
    "cue",
    "displaced",
    "copula",
    "speech",
    "modal",
    "total",
    "total_link",
    "part",
    "part_before",
    "unit",
)
_TELLING += ("in_shelter", "demographic")
_BETWEEN_ITEMS = frozenset({";", ",", "/", "|", "."}) | BULLETS
_BEFORE_NUMBER = frozenset({":", "-", "—", "("})
_UNTOLD = ("other", "same")


def lead_by_heading(sentence: Sentence, drafts: list[Draft], above: str) -> str:
    """Give the numbers of a list the unit, kind and period that its heading tells.

    The heading stands in the sentence itself or is the text `above` it. The heading is given back, empty where the
    sentence has none.
    """
    first = next((draft for draft in drafts if draft.count.unit in PEOPLE), None)
    if first is None or not first.count.numeral.value:
        return ""
    end = _end_of_heading(sentence, drafts)
    heading = sentence.text[: sentence.ends[end - 1]] if end else above
    if not end and not (above and _is_item(sentence, first, 0)):
        return _label(sentence, drafts)
    items = [draft for draft in drafts if _is_item(sentence, draft, end)]
    if not items or (end == 0 and len(items) < len(drafts)):
        return _label(sentence, drafts)
    told = _read(sentence, heading)
    if told is None or told.kind in _UNTOLD:
        return ""
    for draft in items:
        draft.kind, draft.modality, draft.is_part, draft.whole = told.kind, told.modality, False, None
        draft.period = draft.period or told.period
        if draft.count.bare and any(hit.entry.label in PEOPLE for hit in told.sentence.of("unit")):
            draft.count.unit = told.count.unit
    return heading


def heading_of(sentence: Sentence) -> str:
    """Give a sentence without numbers that may stand above a list."""
    return sentence.text if any(sentence.of(kind) for kind in ("unit", "displaced", "cue")) else ""


def _label(sentence: Sentence, drafts: list[Draft]) -> str:
    """Give the label of a number that may go on as the heading of a list: "Refugees in Sudan: 50,000. Hamdayet: …"."""
    before = start_of(drafts[-1].count) - 1
    lone = len(drafts) == 1 and before > 0 and sentence.words[before] == ":"
    return sentence.text[: sentence.starts[before]] if lone else ""


def _read(sentence: Sentence, heading: str) -> Draft | None:
    """Read a heading as if a number stood behind it."""
    text = f"{heading.rstrip(' :-–—')}: 10000"
    made = make_sentence(text, 0, sentence.lexicon, published=sentence.published)
    found = periods(made)
    counted = [count for count in counts(made, found) if not count.percent]
    if len(counted) != 1 or counted[0].unit not in PEOPLE:
        return None
    return classify(Field(made, counted), found)[0]


def _end_of_heading(sentence: Sentence, drafts: list[Draft]) -> int:
    """Give the word behind the sign that ends a heading, where a name and a number follow; 0 where none does."""
    first = start_of(drafts[0].count)
    for place in range(1, first):
        if sentence.words[place] in (":", "-", "—") and _is_sign(sentence, place):
            near = _is_item(sentence, drafts[0], place + 1)
            told = any(
                hit.first < place for kind in ("unit", "displaced", "cue") for hit in sentence.of(kind)
            )
            if told and near and (place + 1 < first or len(drafts) > 1):
                return place + 1
    return 0


def _is_sign(sentence: Sentence, place: int) -> bool:
    """A dash ends a heading only with spaces around it."""
    start = sentence.starts[place]
    return sentence.words[place] == ":" or sentence.folded[start - 1 : start + 2] in (" - ", " — ")


def _is_item(sentence: Sentence, draft: Draft, floor: int) -> bool:
    """As in "Dana 11,200 people", "Dana: 11,200", "Dana (11,200)", "11,200 (Dana)": a name, a number and no verb."""
    count = draft.count
    if count.unit not in PEOPLE or count.percent or count.of_them or start_of(count) < floor:
        return False
    before, behind = _name_before(sentence, start_of(count), floor), _name_behind(sentence, count.last)
    if not _ends_item(sentence, count.last) and not behind:
        return False
    own = any(
        count.first <= hit.first < count.last for kind in ("cue", "displaced") for hit in sentence.of(kind)
    )
    return not own and (before or behind)


def _name_before(sentence: Sentence, place: int, floor: int) -> bool:
    if place > floor and sentence.words[place - 1] in _BEFORE_NUMBER:
        place -= 1
    first = place
    while first > floor and sentence.words[first - 1] not in _BETWEEN_ITEMS:
        first -= 1
    linked = sentence.at("list_link", first)
    first = linked.last if linked else first
    return _is_name(sentence, first, place)


def _name_behind(sentence: Sentence, place: int) -> bool:
    """As in "59,000 (North Kivu)", "59,000 in North Kivu"."""
    words = sentence.words
    if words[place : place + 1] == ["("]:
        close = next((end for end in range(place, min(len(words), place + 9)) if words[end] == ")"), 0)
        return close > 0 and _is_name(sentence, place + 1, close) and _ends_item(sentence, close + 1)
    led = sentence.at("role", place)
    if led is None:
        return False
    end = next((end for end in range(led.last, len(words)) if _ends_item(sentence, end)), len(words))
    return _is_name(sentence, led.last, end)


def _ends_item(sentence: Sentence, place: int) -> bool:
    if (
        place >= len(sentence.words)
        or sentence.words[place] in _BETWEEN_ITEMS
        or sentence.words[place] == ")"
    ):
        return True
    return sentence.at("list_link", place) is not None or sentence.words[place] == "("


def _is_name(sentence: Sentence, first: int, last: int) -> bool:
    if not 0 < last - first <= _LONGEST_NAME or not sentence.text[sentence.starts[first]].isupper():
        return False
    found = (sentence.at(kind, place) for kind in _TELLING for place in range(first, last))
    return all(hit is None or hit.entry.label == "time" for hit in found)  # "Week 14"
