"""Which numbers are parts of others ("of whom 200,000", "45,000 of them"), and what marks a part."""

from __future__ import annotations

from itertools import pairwise

from idlibgeo.reports.count import PEOPLE, Count
from idlibgeo.reports.draft import Draft, is_labelled, is_of_period
from idlibgeo.reports.lay import STRONG, Field, end_of
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.moved import is_led_whole
from idlibgeo.reports.sentence import Sentence

_MOVED = ("flow", "cumulative", "stock")


def mark_parts(sentence: Sentence, drafts: list[Draft], lay: Field) -> None:
    """Mark the numbers that are parts: "of whom 200,000", "45,000 of them", "Of 948,000, 17,000 …"."""
    for place, draft in enumerate(drafts):
        draft.is_part = _has_part_word(sentence, drafts, place)
    for place, draft in enumerate(drafts):
        if place and is_led_whole(draft):
            for before in drafts[:place]:
                if content_of_part(before) and before.count.numeral.size < draft.count.numeral.size:
                    before.is_part, before.whole = True, draft
    for part, whole in pairwise(drafts):
        if _is_partitive(sentence, part.count) and part.count.numeral.size < whole.count.numeral.size:
            part.is_part, part.whole = True, whole
            part.kind, part.modality = whole.kind, whole.modality
    for before, draft in pairwise(drafts):
        inserted = [first for first, end in lay.insertions if first < draft.count.first <= end]
        demographic = any(
            draft.count.first <= hit.first < draft.count.last for hit in sentence.of("demographic")
        )
        sheltered = inserted and before.kind in _MOVED and _is_sheltered_inside(draft, lay)
        if inserted and (demographic or sheltered) and draft.count.numeral.size < before.count.numeral.size:
            draft.is_part = draft.is_part or before.is_part or inserted[0] - before.count.last <= 2
    for before, draft in pairwise(drafts):
        draft.is_part = draft.is_part or _is_itemised(sentence, before, draft)
    _lead_by_last(sentence, drafts)
    wholes = [drafts[place] for place in lay.wholes.values()]
    for before, draft in pairwise(drafts):
        if (
            before.is_part
            and before.whole is not draft
            and not draft.is_part
            and not _is_new_clause_behind_harm(before, draft)
            and before.count.unit in (*PEOPLE, "percent")
            and not any(draft is whole for whole in wholes)
            and (content_of_part(draft) or draft.kind == "same")
            and _coordinated(sentence, before, draft)
        ):
            draft.is_part = True
            draft.leader = before if draft.kind == "same" else None


def _is_new_clause_behind_harm(before: Draft, draft: Draft) -> bool:
    """As in "11 killed, four of them children, and 900 families fled north": who fled is no part of the dead."""
    between = range(before.count.last, draft.count.first)
    moves = any(
        hit.entry.label in ("move", "return") and hit.first in between for hit in draft.sentence.of("cue")
    )
    return before.kind in ("killed", "injured") and draft.kind in ("flow", "cumulative", "return") and moves


def _is_sheltered_inside(draft: Draft, lay: Field) -> bool:
    """As in "71,500 displaced (65,000 in evacuation centres)": bare, and the shelter in the same brackets."""
    end = next((end for first, end in lay.insertions if first < draft.count.first <= end), 0)
    return draft.count.bare and any(
        draft.count.last <= hit.first < end for hit in draft.sentence.of("in_shelter")
    )


def mark_sheltered(drafts: list[Draft], earlier: list[Draft]) -> None:
    """As in "909,000 had to leave. Some 82,000 live in the open.": a bare, smaller number and where they sleep."""
    before = earlier[-1] if earlier else None
    for draft in drafts:
        if (
            draft.kind == "stock"
            and draft.count.bare
            and not draft.is_part
            and before is not None
            and _is_larger_moved(before, draft)
            and content_of_part(draft) == "subset_shelter"
        ):
            draft.is_part = True
        before = draft if draft.count.unit in PEOPLE and not draft.is_part else before


def _is_larger_moved(before: Draft, draft: Draft) -> bool:
    whole = before.whole or before
    moved = whole.kind in ("flow", "cumulative") and whole.modality == "reported"
    return moved and whole.count.numeral.size > draft.count.numeral.size


def _has_part_word(sentence: Sentence, drafts: list[Draft], place: int) -> bool:
    count = drafts[place].count
    floor = drafts[place - 1].count.last if place else 0
    open_end = count.numeral.last - (count.numeral.form == "fraction")  # "a third of | them"
    after = [
        hit
        for hit in sentence.of("part_after")
        if open_end <= hit.first <= count.last + 1 and sentence.words[hit.first - 1] != ","
        if count.percent or hit.entry.label != "share"
    ]
    before = [
        hit
        for hit in sentence.of("part")
        if floor <= hit.first and hit.last <= count.first and not is_of_period(drafts[place], hit)
    ]
    alone = [hit for hit in sentence.of("alone") if 0 <= hit.first - count.last <= 12]
    ahead = place + 1 < len(drafts) and alone and alone[0].first > drafts[place + 1].count.first
    led = sentence.of("part_before")
    first = drafts[0].count
    whole_first = place > 0 and any(
        hit.first <= 1 and hit.last >= first.start - 1 and hit.last <= first.first for hit in led
    )
    return bool(
        count.of_them
        or count.alone
        or after
        or before
        or (place > 0 and alone and not ahead and drafts[place - 1].kind != "other")
        or whole_first
        or (place > 0 and _is_increment(sentence, count))
        or sentence.ending("make_up", count.start) is not None
        or _verb_before_who(sentence, count) is not None
        or _is_labelled_by_shelter(sentence, count)
        or (place > 0 and count.bare and _is_said_to_be(sentence, count, drafts[place - 1]))
        or (place > 0 and count.bare and _lists_where(sentence, drafts[place], drafts[place - 1]))
        or (place > 0 and _is_told_of_some(drafts[place], drafts[place - 1]))
    )


def _is_labelled_by_shelter(sentence: Sentence, count: Count) -> bool:
    """As in "In camps: 300,000"; "OCHA: 58,000 people sought protection in schools" is no part."""
    return is_labelled(sentence, count) and any(
        hit.last < count.first for hit in sentence.of("in_shelter") if _in_label(sentence, hit, count)
    )


def _in_label(sentence: Sentence, hit: Hit, count: Count) -> bool:
    return not any(word in STRONG for word in sentence.words[hit.last : count.start - 1])


def _is_itemised(sentence: Sentence, whole: Draft, part: Draft) -> bool:
    """As in "3,240 people: 1,460 children, 930 women": a colon, and behind it who or where they are."""
    between = sentence.words[whole.count.last : part.count.start]
    return (
        between == [":"]
        and whole.count.unit in PEOPLE
        and part.count.numeral.size < whole.count.numeral.size
        and bool(content_of_part(part))
    )


def _told_of(sentence: Sentence, count: Count) -> range:
    """Give the words up to a participle without a noun that a number counts: "kamplara yerleşenler 200 bin"."""
    start = count.start
    hit = next((hit for hit in reversed(sentence.of("headless")) if 0 <= start - hit.last <= 3), None)
    if hit is None or sentence.covering("cue", hit.first) is None:
        return range(0)
    first = hit.first
    while first and sentence.words[first - 1] != "," and sentence.words[first - 1] not in STRONG:
        first -= 1
    return range(first, start)


def _is_told_of_some(draft: Draft, before: Draft) -> bool:
    """As in "630 bin kişi kaçtı, mayısta kaçanlar tek başına 270 bin": a smaller number of some of them."""
    sentence, count = draft.sentence, draft.count
    told = _told_of(sentence, count)
    if not told or before.count.unit not in PEOPLE or count.numeral.size >= before.count.numeral.size:
        return False
    if draft.kind in ("killed", "injured", "return") or _told_of(sentence, before.count):
        return False
    return bool(_content_before(draft)) or any(sentence.at("alone", place) for place in told)


def _content_before(draft: Draft) -> str:
    """Say what marks a part whose words stand before its number."""
    sentence = draft.sentence
    told = _told_of(sentence, draft.count)
    if any(sentence.at("in_shelter", place) for place in told):
        return "subset_shelter"
    roles = [sentence.at("suffix_role", place) for place in told]
    quoted = [hit for hit in roles if hit is not None and sentence.words[hit.first - 1] == "'"]
    return "subset_arrivals" if any(hit.entry.label == "destination" for hit in quoted) else ""


def _lists_where(sentence: Sentence, draft: Draft, before: Draft) -> bool:
    """As in "24,000 were displaced; 11,000 reached Harim, 6,500 found rented rooms": smaller, and where they went."""
    if draft.count.numeral.size >= before.count.numeral.size or before.kind not in ("flow", "cumulative"):
        return False
    between = sentence.words[before.count.last : draft.count.first]
    arrival = sentence.at("arrive", draft.count.last)
    arrived = arrival is not None and arrival.entry.label != "from" and arrival.entry.weight >= 1
    return bool({";", ":"} & set(between)) and (arrived or content_of_part(draft) == "subset_shelter")


def _is_increment(sentence: Sentence, count: Count) -> bool:
    """As in "830,000, up 28,000 on the day before", "13 000 de plus qu'au bulletin précédent"."""
    return (
        sentence.ending("increment", count.start) is not None
        or sentence.at("increment_after", count.last) is not None
    )


def _is_said_to_be(sentence: Sentence, count: Count, before: Draft) -> bool:
    """As in "60,000 people fled; 12,000 are in tents": a bare, smaller number, a verb, and who or where they are."""
    if count.numeral.size >= before.count.numeral.size or before.count.unit not in (*PEOPLE, "percent"):
        return False
    verb = sentence.at("copula", count.last)
    if verb is None:
        return False
    return any(
        sentence.at(kind, place)
        for kind in ("demographic", "in_shelter")
        for place in range(verb.last, min(verb.last + 3, len(sentence.words)))
    )


def _is_partitive(sentence: Sentence, part: Count) -> bool:
    """As in "ikisi çocuk 9 sivil", "3'ü kadın 11 kişi": in Turkish two of nine, who stand behind."""
    if sentence.at("included", part.last) is not None:
        return True  # "120 çocuğun da bulunduğu 340 kişi"
    ending = part.numeral.last
    if sentence.words[ending : ending + 1] == ["'"]:
        ending += 1
    marked = sentence.at("partitive", ending) or sentence.covering("partitive", part.numeral.last - 1)
    return marked is not None and any(
        sentence.at("demographic", place)
        for place in range(part.numeral.last, min(ending + 2, len(sentence.words)))
    )


def _lead_by_last(sentence: Sentence, drafts: list[Draft]) -> None:
    for before, draft in pairwise(drafts):
        if before.is_part and draft.is_part and _shares_verb(sentence, before, draft):
            before.leader = draft


def _shares_verb(sentence: Sentence, left: Draft, right: Draft) -> bool:
    """As in "10 bini kentin doğusuna, 6 bini Şeyh Maksud'a geçti": in Turkish the verb of both stands at the end."""
    if sentence.language != "tr" or not (left.count.of_them and right.count.of_them) or right.count.percent:
        return False
    between = range(left.count.last, right.count.first)
    verb = any(sentence.at(kind, place) for kind in ("cue", "in_shelter", "demographic") for place in between)
    return (
        not verb and _coordinated(sentence, left, right) and any(sentence.words[at] == "," for at in between)
    )


def _coordinated(sentence: Sentence, left: Draft, right: Draft) -> bool:
    between = range(left.count.last, right.count.first)
    return not any(sentence.words[place] in STRONG for place in between)


def _are_made_up_by(sentence: Sentence, count: Count) -> bool:
    """As in "women and children make up 80 per cent of them": who they are stands before the verb."""
    if _verb_before_who(sentence, count) is not None:
        return True
    verb = sentence.ending("make_up", count.start)
    return verb is not None and any(
        0 <= verb.first - hit.last <= 2 or (verb.first <= hit.first and hit.last < verb.last)
        for hit in sentence.of("demographic")
    )


def _is_named_by_sex_or_age(sentence: Sentence, count: Count) -> bool:
    """As in "women 39 %, men 28 %": who they are stands between a sign and the number."""
    who = sentence.ending("demographic", count.start)
    alone = count.bare or count.percent
    return who is not None and alone and who.first > 0 and not sentence.words[who.first - 1][0].isalnum()


def _verb_before_who(sentence: Sentence, count: Count) -> Hit | None:
    """Give the verb of "تمثل النساء والأطفال 81 في المئة منهم", where it stands before who they are."""
    who = sentence.ending("demographic", count.start)
    return sentence.ending("make_up", who.first) if who else None


def _parted_from_shelter(draft: Draft, arrival: Hit) -> bool:
    """As in "7,000 ended up in Ariha, the others wait by the roadside"."""
    sentence = draft.sentence
    shelters = [
        hit.first for hit in sentence.of("in_shelter") if hit.first in draft.own and hit.last > arrival.first
    ]
    return bool(shelters) and "," in sentence.words[arrival.first : shelters[0]]


# How far before a number the verb may stand whose subject is the place: "استقبلت مدينة عفرين 18 ألفا".
_TO_PLACE = 4


_FAR = 14


def _leads_by_arrival(sentence: Sentence, count: Count, own: frozenset[int], *, sheltered: bool) -> bool:
    """Tell whether a verb of arrival or reception leads a number; one of arrival may lead to a shelter."""
    first = count.start
    led = sentence.ending("arrive_before", first)
    if led is not None and led.entry.label == "or_shelter":  # "وصلت 340 منها هذا الأسبوع" says no place
        near = [place for place in own if 0 <= place - count.last < _TO_PLACE]
        placed = any(sentence.at(kind, place) for kind in ("role", "arrive") for place in near)
        return placed and not sheltered
    if led is not None:
        return True
    for hit in sentence.of("arrive_before"):
        if hit.entry.label == "or_shelter" and _goes_on(sentence, hit.last, count):
            return not sheltered
        between = sentence.words[hit.last : first]
        if hit.entry.label == "place" and 0 < first - hit.last <= _TO_PLACE:
            return all(word[0].isalpha() for word in between)
    return False


def _goes_on(sentence: Sentence, start: int, count: Count) -> bool:
    """As in "استقر 68 ألفا في عفرين و54 ألفا في أعزاز": "and" before the number, a place behind it, no comma."""
    first = count.start
    between = sentence.words[start:first]
    joined = sentence.ending("joiner", first) is not None and sentence.at("role", count.last) is not None
    return joined and 0 < len(between) <= _FAR and all(word[0].isalnum() for word in between)


def _is_another_word(sentence: Sentence, hit: Hit) -> bool:
    """As in "a évacué", which without its accent is no "à": folded they are one word."""
    accented = sentence.at("accented", hit.first)
    if accented is None or accented.last != hit.last:
        return False
    start, end = sentence.starts[hit.first], sentence.ends[hit.last - 1]
    return sentence.text[start:end] == sentence.folded[start:end]


def _in_counted_shelters(draft: Draft) -> bool:
    """As in "30 000 d'entre elles sont hébergées dans 108 sites": a word for "in", a number and the camps."""
    sentence, last = draft.sentence, draft.count.numeral.last
    for hit in sentence.of("unit"):
        first = hit.first - 1
        if hit.entry.label != "camps" or first < last or first not in draft.own:
            continue
        inside = sentence.ending("role", first)
        if sentence.words[first][0].isdigit() and inside is not None and inside.entry.label == "context":
            return True
    return False


def _without_rest(draft: Draft) -> frozenset[int]:
    """As in "توجه ألفان إلى سلقين وبقي الآخرون في العراء": from "the others" on nothing is said of these."""
    rest = [hit.first for hit in draft.sentence.of("rest") if hit.first > draft.count.last]
    return frozenset(place for place in draft.own if place < rest[0]) if rest else draft.own


def _is_listed_with_place(draft: Draft, arrive: list[Hit]) -> bool:
    """As in "وتوزعت على النحو الآتي: أريحا 620، بنش 540": a verb of arrival, a colon, a place before each number."""
    sentence, count = draft.sentence, draft.count
    colons = [place for place in range(count.first) if sentence.words[place] == ":"]
    if not draft.is_part or not count.bare or not colons or sentence.words[count.first - 1] in (":", ","):
        return False
    return any(
        hit.last <= colons[-1] and not any(hit.last <= place < colons[-1] for place in sentence.digits)
        for hit in arrive
    )


def content_of_part(draft: Draft) -> str:
    """Say what marks a part: shelter, sex or age, place of arrival, time; empty where nothing does."""
    draft = draft.leader or draft  # "454,000 are in Poland and 116,000 in Hungary"
    sentence, count, own = draft.sentence, draft.count, _without_rest(draft)
    sheltered = any(hit.first >= count.numeral.last and hit.first in own for hit in sentence.of("in_shelter"))
    sheltered = sheltered or _in_counted_shelters(draft)
    sheltered = sheltered or sentence.ending("in_shelter", count.start) is not None
    led = _leads_by_arrival(sentence, count, own, sheltered=sheltered)
    arrive = [hit for hit in sentence.of("arrive") if not _is_another_word(sentence, hit)]
    close = next((hit for hit in arrive if 0 <= hit.first - count.last <= 1), None)
    if _verb_before_who(sentence, count) is not None:
        sheltered = False  # "تشكل النساء 53 في المئة من النازحين في المخيم"
    if draft.is_part and (
        led or (close and close.entry.label != "from" and _parted_from_shelter(draft, close))
    ):
        return "subset_arrivals"
    if sheltered:
        return "subset_shelter"
    if is_labelled(sentence, count) and any(hit.last < count.first for hit in sentence.of("in_shelter")):
        return "subset_shelter"
    demographic = any(hit.first in own for hit in sentence.of("demographic"))
    if demographic or _are_made_up_by(sentence, count) or _is_named_by_sex_or_age(sentence, count):
        return "subset_demographic"
    behind = [place for place in own if place >= count.last]
    # The comma that closes an apposition parts nothing: "a third, some 300,000, went to Afrin".
    comma = next(
        (
            place
            for place in sorted(behind)
            if sentence.words[place] == "," and place > end_of(sentence, count)
        ),
        len(sentence.words),
    )
    arrivals = [hit for hit in arrive if hit.first in behind and hit.first < comma]
    placed = _is_listed_with_place(draft, arrive) or (draft.is_part and _is_in_place(sentence, count))
    if placed or any(hit.entry.label != "from" for hit in arrivals):
        return "subset_arrivals"
    return _content_before(draft) if draft.is_part and sentence.of("headless") else ""


def _is_in_place(sentence: Sentence, count: Count) -> bool:
    """As in "31,000 were uprooted, 17,000 of them in Ad-Damazin", "Of the 12,300, 3,900 in Salqin"."""
    them = sentence.at("part_after", count.last)
    where = sentence.at("in_place", them.last if them is not None else count.last)
    if where is None or where.last >= len(sentence.words):
        return False
    named = sentence.text[sentence.starts[where.last]].isupper()
    return named and not any(sentence.at(kind, where.last) for kind in ("month", "weekday"))
