"""Lists and tables, whose heading says once what all their numbers count.

As in "New arrivals by sub-district, 1-15 January: Dana 11,200; Salqin 3,050": each number has but a name beside it.
The heading is read as if the number stood right behind it ("New arrivals by sub-district, 1-15 January: 3,050"), and
so is the head of a column of a table.
"""

from __future__ import annotations

from itertools import pairwise

from idlibgeo.reports.count import BULLETS, PEOPLE
from idlibgeo.reports.counted import counts
from idlibgeo.reports.draft import Draft, primary_of
from idlibgeo.reports.kinds import classify
from idlibgeo.reports.lay import STRONG, Field
from idlibgeo.reports.periods import periods
from idlibgeo.reports.sentence import Sentence, make_sentence

# Words that a name beside a number may take ("Deir ez-Zor and its countryside").
_LONGEST_NAME = 7
# Words that may part two numbers in brackets with a name each.
_TO_NEXT_BRACKET = 10
# Classes of words that tell something: where one stands beside the number, it is more than a name.
_VERBS = ("cue", "copula", "speech", "modal", "total", "total_link")
_TELLING = (*_VERBS, "displaced", "part", "part_before", "unit", "in_shelter", "demographic")
_TOLD_OF = ("unit", "displaced", "cue")
_BETWEEN_ITEMS = frozenset({";", ",", "/", "|", "."}) | BULLETS
_ENDS_HEADING = frozenset({":", "-", "—"})
_BEFORE_NUMBER = frozenset({":", "-", "—", "("})
_UNTOLD = ("other", "same")


def heading_of(sentence: Sentence) -> str:
    """Give a sentence without numbers that may stand above a list."""
    return sentence.text if any(sentence.of(kind) for kind in _TOLD_OF) else ""


def lead_by_heading(sentence: Sentence, drafts: list[Draft], above: str) -> str:
    """Give the numbers of a list the unit, kind and period that its heading tells.

    The heading stands in the sentence itself or is the text `above` it. The heading is given back, empty where the
    sentence has none.
    """
    if _lead_by_columns(sentence, drafts, above):
        return ""
    _lead_by_brackets(sentence, drafts)
    end = _end_of_heading(sentence, drafts)
    heading = sentence.text[: sentence.ends[end - 1]] if end else above
    items = [draft for draft in drafts if _is_item(sentence, draft, end)] if heading else []
    if not items or (end == 0 and len(items) < len(drafts)):
        return _label(sentence, drafts)
    told = _read(sentence, heading)
    if told is None or told.kind in _UNTOLD:
        return ""
    for draft in items:
        _tell(draft, told)
    return heading


def _tell(draft: Draft, told: Draft) -> None:
    draft.kind, draft.modality, draft.is_part, draft.whole = told.kind, told.modality, False, None
    draft.period = draft.period or told.period
    if draft.count.bare and any(hit.entry.label in PEOPLE for hit in told.sentence.of("unit")):
        draft.count.unit = told.count.unit


def _label(sentence: Sentence, drafts: list[Draft]) -> str:
    """Give the label of a number that may go on as the heading of a list: "Refugees in Sudan: 50,000. Hamdayet: …"."""
    before = drafts[-1].count.start - 1
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


def _lead_by_columns(sentence: Sentence, drafts: list[Draft], above: str) -> bool:
    """As in "District | IDPs | Households", and below it "Dana | 11,200 | 2,240": the head of a column tells."""
    text = sentence.text
    starts = [sentence.starts[draft.count.first] for draft in drafts]
    lines = [line for line in text[: text.rfind("\n", 0, starts[0]) + 1].split("\n") if line.strip("|-: \t")]
    sign = next((sign for sign in "|\t" if lines and sign in lines[-1]), "")
    if not sign:
        return False
    heads = lines.pop().strip(sign + " ").split(sign)
    told = [_read(sentence, head) for head in heads]
    above = " ".join(line.strip("| \t") for line in lines) or above  # the caption of the table
    title = _read(sentence, above) if above else None
    heads_told = (head.kind for head in (*told, title) if head is not None and head.kind not in _UNTOLD)
    kind = next(heads_told, "other")
    for draft, start in zip(drafts, starts, strict=True):
        row = text[text.rfind("\n", 0, start) + 1 : start]
        column = row.lstrip(" ").removeprefix(sign).count(sign)
        head = told[column] if column < len(told) else None
        if head is not None and head.kind in _UNTOLD and not primary_of(head) and head.sentence.of("unit"):
            head.kind = kind  # "IDPs | Households": the same people
        if head is not None and head.kind not in _UNTOLD:
            head.period = head.period or (title.period if title is not None else None)
            _tell(draft, head)
        elif draft.count.bare:
            draft.kind, draft.count.weak = "other", True
            _count_things(sentence, draft, heads[column] if column < len(heads) else "")
    return True


def _count_things(sentence: Sentence, draft: Draft, head: str) -> None:
    """As in the column "Camps": what stands there counts camps or tents."""
    units = make_sentence(head, 0, sentence.lexicon).of("unit")
    if units and units[0].entry.label in ("tents", "camps"):
        draft.count.unit, draft.kind, draft.count.weak = units[0].entry.label, "shelter", False


def _lead_by_brackets(sentence: Sentence, drafts: list[Draft]) -> None:
    """As in "most are in Idleb (1.2 million), followed by Aleppo (640,000)": a name, and its number in brackets."""
    for before, draft in pairwise(drafts):
        if draft.kind not in _UNTOLD or before.kind in _UNTOLD or before.count.unit not in PEOPLE:
            continue
        if not (_is_bracketed(sentence, before) and _is_bracketed(sentence, draft)):
            continue
        between = range(before.count.last + 1, draft.count.start - 1)
        parted = any(sentence.words[place] in STRONG for place in between)
        verb = any(sentence.at(kind, place) for kind in _VERBS for place in between)
        if 0 < len(between) <= _TO_NEXT_BRACKET and not parted and not verb:
            draft.kind, draft.modality = before.kind, before.modality
            draft.period = draft.period or before.period
            draft.is_part = before.is_part
            if draft.count.bare:
                draft.count.unit = before.count.unit


def _is_bracketed(sentence: Sentence, draft: Draft) -> bool:
    first, last = draft.count.start, draft.count.last
    return sentence.words[first - 1 : first] == ["("] and sentence.words[last : last + 1] == [")"]


def _end_of_heading(sentence: Sentence, drafts: list[Draft]) -> int:
    """Give the word that an own heading ends before, with a name and a number behind; 0 where there is none."""
    first = drafts[0].count.start
    lines = "\n" in sentence.text
    if not lines and _ENDS_HEADING.isdisjoint(sentence.words[:first]):
        return 0  # most sentences
    for place in range(1, first + 1):
        if not (lines or sentence.words[place - 1] in _ENDS_HEADING) or not _ends_heading(sentence, place):
            continue
        if not any(hit.first < place for kind in _TOLD_OF for hit in sentence.of(kind)):
            continue
        if _is_item(sentence, drafts[0], place) and (place < first or len(drafts) > 1):
            return place
    return 0


def _ends_heading(sentence: Sentence, place: int) -> bool:
    """Tell whether a colon, a dash with spaces around it or the end of a line stands before a word."""
    sign, start = sentence.words[place - 1], sentence.starts[place - 1]
    dash = sign in ("-", "—") and sentence.folded[start - 1 : start] == " "
    return sign == ":" or dash or _is_line(sentence, place)


def _is_line(sentence: Sentence, place: int) -> bool:
    """Tell whether a word begins a line."""
    return "\n" in sentence.text[sentence.ends[place - 1] : sentence.starts[place]]


def _is_item(sentence: Sentence, draft: Draft, floor: int) -> bool:
    """As in "Dana 11,200 people", "Dana: 11,200", "Dana (11,200)", "11,200 (Dana)": a name, a number and no verb."""
    count = draft.count
    if count.unit not in PEOPLE or count.percent or count.of_them or count.start < floor:
        return False
    before, behind = _name_before(sentence, count.start, floor), _name_behind(sentence, count.last)
    if not _ends_item(sentence, count.last) and not behind:
        return False
    told = (hit for kind in ("cue", "displaced") for hit in sentence.of(kind))
    return (before or behind) and not any(count.first <= hit.first < count.last for hit in told)


def _name_before(sentence: Sentence, place: int, floor: int) -> bool:
    if place > floor and sentence.words[place - 1] in _BEFORE_NUMBER:
        place -= 1
    first = place
    while first > floor and sentence.words[first - 1] not in _BETWEEN_ITEMS and not _is_line(sentence, first):
        first -= 1
    dash = sentence.words[first : first + 1] in (["-"], ["—"], ["*"])
    linked = sentence.at("list_link", first)
    return _is_name(sentence, linked.last if linked else first + dash, place)


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
    words = sentence.words
    if place >= len(words) or words[place] in _BETWEEN_ITEMS or words[place] in ("(", ")"):
        return True
    return sentence.at("list_link", place) is not None or _is_line(sentence, place)


def _is_name(sentence: Sentence, first: int, last: int) -> bool:
    if not 0 < last - first <= _LONGEST_NAME:
        return False
    if not sentence.text[sentence.starts[first]].isupper():
        return _is_date(sentence, first, last)
    if not all(_may_be_named(sentence, place) for place in range(first, last)):
        return False
    found = (sentence.at(kind, place) for kind in _TELLING for place in range(first, last))
    return all(hit is None or hit.entry.label in ("time", "camps") for hit in found)  # "Week 14", "Site 12"


def _may_be_named(sentence: Sentence, place: int) -> bool:
    """Tell capitalised words, signs, and what may be small in a name ("Deir ez-Zor and its countryside")."""
    if not sentence.text[sentence.starts[place]].islower():
        return True
    small = (
        "name_particle",
        "area_after",
        "area_before",
        "direction",
        "list_link",
        "own_before",
        "of_country",
    )
    return any(sentence.covering(kind, place) is not None for kind in small)


def _is_date(sentence: Sentence, first: int, last: int) -> bool:
    """As in "3 June: 1,200; 4 June: 850"."""
    return sentence.words[first].isdigit() and all(
        sentence.words[place].isdigit() or sentence.at("month", place) is not None
        for place in range(first, last)
    )
