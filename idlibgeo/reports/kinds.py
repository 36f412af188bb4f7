"""What sort of figure a number is: moved, counted so far, might move, lives there, abroad, killed.

Each cue word of the sentence speaks for the numbers near it. Its say falls with distance, at commas and more at
semicolons and brackets, and behind other numbers; a cue that clearly belongs to one number says half as much for the
others. The strongest sort wins, and the period decides between a flow and a running count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from idlibgeo.reports.counted import PEOPLE, Count
from idlibgeo.reports.lay import STRONG, Field, end_of, start_of
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.periods import Period
from idlibgeo.reports.sentence import Sentence

# A closed period as long as this is a running count, whatever it is called ("over a million in the past year").
LONG_PERIOD_DAYS = 32
_ENOUGH = 0.12
# How far before the number a Turkish participle that belongs to its noun may stand, in words.
_PARTICIPLE_REACH = 4
# A smaller number without a noun in brackets or between dashes counts what stands before it, mostly no people.
_LEAST_ALONE = 100


@dataclass(slots=True)
class Draft:
    """A figure in the making."""

    sentence: Sentence
    count: Count
    kind: str = "other"
    modality: str = "reported"
    period: Period | None = None
    is_part: bool = False
    whole: Draft | None = None
    same_as: Draft | None = None
    derived_from: Draft | None = None
    value: int | None = None
    low: int | None = None
    high: int | None = None
    note: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    number: int = -1
    origin: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    source_org: str | None = None
    own: frozenset[int] = frozenset()


def classify(lay: Field, found_periods: list[Period]) -> list[Draft]:
    """Make drafts of the numbers of a sentence, each with kind, modality and period."""
    sentence, counts = lay.sentence, lay.counts
    cues, totals, modals = (lay.scores(kind) for kind in ("cue", "total", "modal"))
    assigned = _assign_periods(sentence, lay, found_periods)
    drafts: list[Draft] = []
    dated = {
        place
        for period in found_periods
        for place in range(sentence.word_at(period.first), sentence.word_at(period.last))
    }
    for place, count in enumerate(counts):
        draft = Draft(sentence, count, period=assigned[place], own=lay.own(count) - dated)
        draft.scores = cues[place] | {"total": max(totals[place].values(), default=0.0)}
        draft.scores["modal"] = max(modals[place].values(), default=0.0)
        for label, score in lay.beside(count).items():
            draft.scores[label] = max(draft.scores.get(label, 0.0), score)
        drafts.append(draft)
    for draft in drafts:
        _set_kind(draft, lay)
    _lead_lists(sentence, drafts)
    _mark_parts(sentence, drafts, lay)
    for part, whole in lay.wholes.items():
        if drafts[whole].count.unit in PEOPLE:
            drafts[part].is_part, drafts[part].whole = True, drafts[whole]
    return drafts


def _assign_periods(sentence: Sentence, lay: Field, found: list[Period]) -> list[Period | None]:
    """Give each number the period that says most for it; a period at the start of a sentence speaks for all."""
    assigned: list[Period | None] = [None] * len(lay.counts)
    best = [0.0] * len(lay.counts)
    for period in found:
        if period.aside or _is_of_speech(sentence, period):
            continue
        first, last = sentence.word_at(period.first), sentence.word_at(period.last)
        says = [
            lay.say(first, last, count) * (_OTHER_CLAUSE if _begins_clause_of_next(lay, count, first) else 1)
            for count in lay.counts
        ]
        owner = max(says, default=0.0)
        for place, say in enumerate(says):
            score = say if say == owner or first <= 1 else say * 0.45
            count = lay.counts[place]
            if not lay.same_side(first, count) or _is_before_total(sentence, period, last, count):
                continue
            if score > max(best[place], 0.08):
                best[place], assigned[place] = score, period
    return assigned


# What a period says for a number where it opens the clause of the next one.
_OTHER_CLAUSE = 0.4


def _begins_clause_of_next(lay: Field, count: Count, first: int) -> bool:
    """As in "30,000 left, since December 390,000 have gone": no comma parts the period from the number behind it."""
    if first < count.last:
        return False
    words = lay.sentence.words
    ahead = min((start_of(other) for other in lay.counts if other.first >= first), default=None)
    return ahead is not None and "," in words[count.last : first] and "," not in words[first:ahead]


def _is_before_total(sentence: Sentence, period: Period, last: int, count: Count) -> bool:
    """As in "17,000 in two weeks, which brings the total to 362,000": the weeks are not the total's."""
    brings = [hit.first for hit in sentence.of("total_link") if hit.entry.label == "brings"]
    return not period.open and any(last <= place < count.first for place in brings)


def _is_of_speech(sentence: Sentence, period: Period) -> bool:
    """As in "Said on Thursday" dates the saying, not what happened."""
    first = sentence.word_at(period.first)
    return not period.open and period.days == 0 and sentence.ending("speech", first) is not None


def _set_kind(draft: Draft, lay: Field) -> None:
    qualifier, period = draft.count.qualifier, draft.period
    if qualifier and qualifier.label == "another" and period and period.open and period.start is None:
        draft.period = None  # "another 151,000 …, by 12 February the total": that day is the total's
    unit = draft.count.unit
    if unit not in (*PEOPLE, "percent"):
        draft.kind = "shelter"
        draft.modality = "conditional" if _is_planned(draft, lay) else "reported"
        return
    draft.kind = "other" if _is_rate(draft) else _people_kind(draft, lay)
    needy = primary_of(draft) == "need"
    if (
        draft.kind == "other"
        and not needy
        and not draft.count.percent
        and content_of_part(draft) == "subset_shelter"
    ):
        draft.kind = "stock"
    if draft.kind == "forecast" or (draft.kind not in ("killed", "injured") and _is_conditional(draft, lay)):
        draft.modality = "conditional"


def _is_led_by(draft: Draft, label: str) -> bool:
    """Tell whether a cue that speaks only for the number behind it stands before this one."""
    led = draft.sentence.ending("cue_before", start_of(draft.count))
    return led is not None and led.entry.label == label


def _is_rate(draft: Draft) -> bool:
    """As in "1,000 people a day" is no count."""
    return any(
        0 <= hit.first - draft.count.last <= 1
        for hit in draft.sentence.of("rate")
        if hit.entry.label != "none"
    )


def _people_kind(draft: Draft, lay: Field) -> str:
    if draft.count.bare and _is_earlier_count(draft, lay):
        return "same"
    if draft.count.bare and _has_no_cue_behind(draft) and _is_elliptical(draft, lay):
        return "same"
    primary = primary_of(draft)
    if _is_conditional(draft, lay) and (
        primary in ("move", "") or (primary in _MAY_MOVE and (_modal_moves(draft) or _may_come(draft)))
    ):
        return "forecast"
    if primary in ("move", "reside", "stock"):
        return _kind_of_movers_or_stayers(draft, lay, primary)
    if not primary:
        return _kind_without_cue(draft, lay)
    names = {"refugee": "stock_refugees", "at_risk": "population_at_risk", "need": "other"}
    return names.get(primary, primary)


_MAY_MOVE = frozenset({"reside", "at_risk", "stock", "need", "refugee"})


def _may_come(draft: Draft) -> bool:
    """As in "expects another 30", "bracing for 200,000 further arrivals"."""
    count, qualifier = draft.count, draft.count.qualifier
    moves = any(
        hit.entry.label == "move" and count.first <= hit.first < count.last
        for hit in draft.sentence.of("cue")
    )
    return moves or (qualifier is not None and qualifier.label == "another")


def _is_earlier_count(draft: Draft, lay: Field) -> bool:
    """As in "up from 235,000", "our earlier estimate had been 245,000"; a lone "from" needs the newer number."""
    if draft.sentence.at("earlier_after", draft.count.last) is not None:
        return any(other.first < draft.count.first for other in lay.counts)
    hit = draft.sentence.ending("earlier", start_of(draft.count))
    if hit is None:
        return False
    return hit.last - hit.first > 1 or any(other.first < draft.count.first for other in lay.counts)


def _kind_of_movers_or_stayers(draft: Draft, lay: Field, primary: str) -> str:
    if _into_country(draft, lay) or _received_by_country(draft) or _left_country(draft, lay):
        return "stock_refugees"
    if draft.period is None and _in_another_country(draft):
        return "stock_refugees"
    if primary == "move":
        return _flow_or_cumulative(draft, lay)
    if primary == "reside":
        return _kind_of_residents(draft, lay)
    return "stock_refugees" if _abroad(draft) else "stock"


def _kind_of_residents(draft: Draft, lay: Field) -> str:
    if is_called_displaced(draft) or _only_called_displaced(draft, lay):
        return "stock"  # "now home to 14,500 displaced people"
    if _is_former(draft, lay):
        return "population_baseline"  # "had 70,000 inhabitants before the war"
    if _under_attack(draft, lay):
        return "population_at_risk"
    in_shelter = content_of_part(draft) == "subset_shelter" or _lives_in_camp(draft, lay)
    return "stock" if in_shelter else "population_baseline"  # "20,000 live in the open"


def _lives_in_camp(draft: Draft, lay: Field) -> bool:
    """As in "the site of Killi is home to 600 families"."""
    camps = [hit for hit in draft.sentence.of("unit") if hit.entry.label == "camps"]
    return any(
        lay.say(hit.first, hit.last, draft.count) > 0.3
        and (hit.last <= draft.count.first or lay.unparted(hit, draft.count))
        for hit in camps
    )


def _kind_without_cue(draft: Draft, lay: Field) -> str:
    if draft.count.weak and draft.count.numeral.size < _LEAST_ALONE and lay.inserted(draft.count):
        return "other"  # "the buses — 67 in all — took …"
    if draft.count.weak and (_said_beside(draft) or _is_elliptical(draft, lay)):
        return "same"
    if draft.count.weak and _is_told_of_nation(draft):
        return "stock_refugees"
    if draft.scores["total"] > _ENOUGH and _speaks_of_displacement(draft):
        return _kind_of_movers_or_stayers(draft, lay, "move")
    if draft.count.unit == "persons" and not draft.count.bare and _in_another_country(draft):
        return "stock_refugees"
    led = any(domain.owner is draft.count and domain.first == 0 for domain in lay.domains)
    return "population_baseline" if led and not draft.count.bare else "other"  # "Of Gori's 50,000 people"


def _is_told_of_nation(draft: Draft) -> bool:
    """As in "the number of Syrians in Turkey fell to 3.6 million"."""
    told = any(hit.last <= start_of(draft.count) for hit in draft.sentence.of("number_of"))
    return told and _in_another_country(draft)


def primary_of(draft: Draft) -> str:
    """Give the label of the cues that say most for a number, empty where none says enough."""
    sorts = {
        label: score
        for label, score in draft.scores.items()
        if label not in ("total", "modal") and score > _ENOUGH
    }
    return max(sorts, key=lambda label: sorts[label], default="")


def _is_conditional(draft: Draft, lay: Field) -> bool:
    """A modal word counts next to the number or next to a verb of movement that speaks for this number."""
    sentence, count = draft.sentence, draft.count
    primary = primary_of(draft)
    for hit in sentence.of("modal"):
        if _is_month_name(sentence, hit) or _warns(sentence, hit):
            continue
        says = [lay.say(hit.first, hit.last, other) for other in lay.counts]
        mine = lay.say(hit.first, hit.last, count)
        if mine < 0.25 or mine * 1.3 < max(says):
            continue
        if primary not in ("", "move", "return") and not lay.unparted(hit, count):
            continue
        if _next_to(count, hit) or _before_movement(sentence, hit) or hit.last <= count.first:
            return True
    return False


def _warns(sentence: Sentence, hit: Hit) -> bool:
    """As in "tahliye uyarısı yapılan mahallelerde": the word is of a phrase for a danger that is there."""
    return any(
        cue.first <= hit.first and hit.last <= cue.last and cue.last - cue.first > hit.last - hit.first
        for cue in sentence.of("cue")
        if cue.entry.label == "at_risk"
    )


def _is_planned(draft: Draft, lay: Field) -> bool:
    """As in "wants to put up 2,500 tents": the modal word stands in the same clause before the number."""
    return any(
        (0 <= draft.count.first - hit.last <= 6 or 0 <= hit.first - draft.count.last <= 4)
        and lay.unparted(hit, draft.count)
        for hit in draft.sentence.of("modal")
        if not _is_month_name(draft.sentence, hit)
    )


def _is_month_name(sentence: Sentence, hit: Hit) -> bool:
    """As in "May" with a capital inside a sentence is the month."""
    return (
        sentence.text[sentence.starts[hit.first]].isupper()
        and hit.first > 0
        and bool(sentence.at("month", hit.first))
    )


def _next_to(count: Count, hit: Hit) -> bool:
    return 0 <= hit.first - count.last <= 3


def _before_movement(sentence: Sentence, hit: Hit) -> bool:
    verbs = [
        *sentence.of("modal_verb"),
        *(cue for cue in sentence.of("cue") if cue.entry.label in ("move", "return")),
    ]
    return any(-1 <= verb.first - hit.last <= 3 for verb in verbs)


def _modal_moves(draft: Draft) -> bool:
    sentence = draft.sentence
    return any(_before_movement(sentence, hit) for hit in sentence.of("modal"))


def _under_attack(draft: Draft, lay: Field) -> bool:
    return any(lay.say(hit.first, hit.last, draft.count) > 0.25 for hit in draft.sentence.of("needs_attack"))


def _is_former(draft: Draft, lay: Field) -> bool:
    return any(lay.say(hit.first, hit.last, draft.count) > 0.3 for hit in draft.sentence.of("former"))


def _abroad(draft: Draft) -> bool:
    """Hosted by a country, or called refugees."""
    sentence, count = draft.sentence, draft.count
    if draft.scores.get("refugee", 0.0) > 0.6 * draft.scores.get("stock", 0.0):
        return True
    close = count.first - _PARTICIPLE_REACH if sentence.language == "tr" else count.first
    if any(close <= hit.first < count.last for hit in sentence.of("displaced")) and not _nations(draft):
        return False  # displaced inside their country
    hosts = {hit.entry.label for hit in sentence.of("nation") if hit.last <= count.first}
    if _nations(draft) and hosts - _nations(draft):
        return True  # "the Turkish president said that his country hosts 3.6 million Syrians"
    host = next((hit for hit in sentence.of("cue") if hit.entry.label == "stock"), None)
    return host is not None and any(hit.last <= host.first <= count.first for hit in sentence.of("country"))


def _has_no_cue_behind(draft: Draft) -> bool:
    if draft.sentence.ending("cue_before", start_of(draft.count)):
        return False
    behind = [hit for kind in ("cue", "modal") for hit in draft.sentence.of(kind)]
    return not any(hit.first >= draft.count.last and hit.first in draft.own for hit in behind)


def _is_elliptical(draft: Draft, lay: Field) -> bool:
    """As in "20,000 went on Friday, 15,000 on Sunday": a bare number with a place or a time and no verb of its own."""
    sentence, count = draft.sentence, draft.count
    place = next(index for index, other in enumerate(lay.counts) if other is count)
    if not place or lay.counts[place - 1].unit not in PEOPLE:
        return False
    before = start_of(count) - 1
    joined = sentence.words[before] in (",", ";") or sentence.ending("list_link", before + 1) is not None
    placed = sentence.at("role", count.last) or (
        draft.period is not None and 0 <= sentence.word_at(draft.period.first) - count.last <= 1
    )
    return (joined and bool(placed)) or _only_places_between(sentence, lay.counts[place - 1], count)


def _only_places_between(sentence: Sentence, left: Count, right: Count) -> bool:
    """As in "18,000 to Afrin, 12,000 to Azaz": a comma or "and", and a place before the second number."""
    between = range(left.last, start_of(right))
    linked = any(sentence.words[place] == "," or sentence.at("list_link", place) for place in between)
    placed = any(sentence.at("role", place) or sentence.at("suffix_role", place) for place in between)
    verb = any(sentence.at(kind, place) for kind in ("cue", "copula", "speech") for place in between)
    strong = any(sentence.words[place] in STRONG for place in between)
    return linked and placed and not verb and not strong and len(between) <= 10


def _only_time_between(sentence: Sentence, draft: Draft, following: Draft) -> bool:
    """As in "son bir haftada 15 bin, ay başından beri 60 bin sivil": a comma and the time of the second number."""
    period = following.period
    if period is None or draft.period is None or draft.period is period:
        return False
    between = range(end_of(sentence, draft.count), start_of(following.count))
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
_UNTOLD = ("other", "same")


def _lead_lists(sentence: Sentence, drafts: list[Draft]) -> None:
    """As in "Afrin'e 18 bin, Azez'e 12 bin, Bab'a 7 bin kişi geldi": the verb at the end speaks for all before it."""
    for place in range(len(drafts) - 2, -1, -1):
        draft, following = drafts[place], drafts[place + 1]
        if not draft.count.weak or draft.kind not in _UNTOLD or following.kind in _UNTOLD:
            continue
        if draft.kind == "same" and any(other.kind not in _UNTOLD for other in drafts[:place]):
            continue
        between = _only_places_between(sentence, draft.count, following.count)
        if following.count.unit in PEOPLE and (between or _only_time_between(sentence, draft, following)):
            draft.kind, draft.modality = following.kind, following.modality
            draft.count.unit = following.count.unit
            draft.period = draft.period or following.period


def _said_beside(draft: Draft) -> bool:
    """As in "The UN says 60,000", "… counts 284,000, but since 1 December", "Families: 65,358"."""
    sentence, count = draft.sentence, draft.count
    first = min(count.qualifier_first, count.first)
    if sentence.ending("earlier", first) is not None:
        return True
    said = sentence.ending("speech", first) is not None or sentence.ending("speech", first - 1) is not None
    return said or count.labelled or bool(sentence.of("same_period"))


def _in_another_country(draft: Draft) -> bool:
    """As in "3.7 million Syrians found refuge in Turkey": people of one country in another."""
    sentence, count = draft.sentence, draft.count
    nations = _nations(draft)
    stop = max(draft.own, default=count.last) + 1
    begin = max(
        (place for place, word in enumerate(sentence.words[: count.first]) if word in STRONG), default=0
    )
    contrast = [hit.first for hit in sentence.of("boundary") if hit.entry.weight < 1]
    begin = max([begin, *(place for place in contrast if place < count.first)])
    countries = {
        hit.entry.label
        for hit in sentence.of("country")
        if count.last <= hit.first < stop or begin <= hit.first < count.first
    }
    return bool(nations) and bool(countries - nations) and not countries & nations


def _nations(draft: Draft) -> set[str]:
    """Whose people a number counts; "920,000 more" counts the people of the number before it."""
    sentence, count = draft.sentence, draft.count
    places = [hit for hit in sentence.of("nation") if hit.first <= count.last]
    if count.bare:
        return {places[-1].entry.label} if places else set()
    return {hit.entry.label for hit in places if count.first <= hit.first}


def _into_country(draft: Draft, lay: Field) -> bool:
    """As in "68,700 people crossed into Chad"; "the Turkish border" and "Turkey's south" are no country."""
    sentence, count = draft.sentence, draft.count
    own = {hit.entry.label for hit in sentence.of("nation") if count.first <= hit.first < count.last}
    for hit in sentence.of("country"):
        if hit.entry.label in own or not _is_entered(sentence, hit):
            continue
        mine = lay.say(hit.first, hit.last, count)
        others = (other for other in lay.counts if not other.percent)
        if mine > 0.2 and mine >= max((lay.say(hit.first, hit.last, other) for other in others), default=0):
            return True
    return False


def _left_country(draft: Draft, lay: Field) -> bool:
    """As in "2.3 million people have fled Ukraine": a verb of leaving with a country for its object."""
    sentence = draft.sentence
    for country in sentence.of("country"):
        if sentence.covering("org", country.first) or sentence.at("of_country", country.last):
            continue
        if _is_left(sentence, country) and lay.say(country.first, country.last, draft.count) > 0.2:
            return True
    return False


def _is_left(sentence: Sentence, country: Hit) -> bool:
    if sentence.language != "tr":
        return sentence.ending("leave_country", country.first) is not None
    ending = sentence.at("suffix_role", country.last + 1)  # Ukrayna'dan ayrılanlar
    if ending is None or ending.entry.label != "origin":
        return False
    return any(
        (cue := sentence.at("leave_country", place)) is not None and cue.last
        for place in range(ending.last, ending.last + 2)
    )


def _received_by_country(draft: Draft) -> bool:
    """As in "Chad has received 180,000 people from Darfur": a country as the one who receives."""
    sentence, count = draft.sentence, draft.count
    own = _nations(draft)
    if sentence.language == "tr":
        return any(
            0 <= verb.first - count.last <= 3 and _is_subject(sentence, country)
            for verb in sentence.of("receive")
            for country in sentence.of("country")
            if country.last <= count.first and country.entry.label not in own
        )
    return any(
        verb.last <= start_of(count) <= verb.last + 2
        and (country := sentence.ending("country", verb.first)) is not None
        and country.entry.label not in own
        for verb in sentence.of("receive")
    )


def _is_subject(sentence: Sentence, country: Hit) -> bool:
    """As in "Çad, …" and "Çad hükümeti …": a country without a case ending that opens a clause."""
    opens = country.first == 0 or not sentence.words[country.first - 1][0].isalnum()
    place = country.last
    alone = sentence.words[place : place + 1] == [","] or sentence.at("state", place) is not None
    return opens and alone and not sentence.covering("org", country.first)


def _is_entered(sentence: Sentence, country: Hit) -> bool:
    if sentence.covering("org", country.first) or sentence.at("of_country", country.last):
        return False
    if sentence.language == "tr":  # Polonya'ya
        ending = sentence.at("suffix_role", country.last + 1)
        quoted = sentence.words[country.last : country.last + 1] == ["'"]
        return quoted and ending is not None and ending.entry.label == "destination"
    first = country.first
    while step := sentence.ending("direction", first) or sentence.ending("skip", first):
        first = step.first  # "into eastern Sudan", "into neighbouring Chad"
    return sentence.ending("into_country", first) is not None


def _speaks_of_displacement(draft: Draft) -> bool:
    return bool(_movements(draft.sentence)) or draft.period is not None


# Words that look like movement but are none ("passed 40,000") stand in the lists with next to no weight.
_NO_WEIGHT = 0.01


def _movements(sentence: Sentence) -> list[Hit]:
    return [hit for hit in sentence.of("cue") if hit.entry.label == "move" and hit.entry.weight > _NO_WEIGHT]


def _flow_or_cumulative(draft: Draft, lay: Field) -> str:
    period = draft.period
    if period is None and _is_led_whole(draft) and not _moved_in_clause(draft):
        return "cumulative"
    if (period is None or not (period.open or period.days)) and _only_called_displaced(draft, lay):
        if is_called_displaced(draft) and _is_hosted(draft):
            return "stock"
        if period is None:
            return _kind_of_called_displaced(draft)
    reached = _reaches_number(draft) and (period is None or _brings_total(draft))
    if reached or (period is not None and _is_dated_count(draft)):
        return "cumulative"
    if period is not None and (_is_total_after(draft, lay, period) or _has_risen(draft, period)):
        draft.period = period = None
    if period is not None:
        return "cumulative" if period.open or period.days >= LONG_PERIOD_DAYS else "flow"
    return "cumulative" if draft.scores["total"] > 0.25 else "flow"


_HOSTED = 0.2


def is_called_displaced(draft: Draft) -> bool:
    """Tell whether the noun of a number says that they moved at some time."""
    count = draft.count
    return any(count.begin <= hit.first < count.last for hit in draft.sentence.of("displaced"))


def _is_hosted(draft: Draft) -> bool:
    """As in "the schools shelter 116,000 displaced people": a verb that says where they are."""
    return max(draft.scores.get("reside", 0.0), draft.scores.get("stock", 0.0)) > _HOSTED


def _kind_of_called_displaced(draft: Draft) -> str:
    """As in "948,000 newly displaced" and "the 960,000 displaced so far": a running count; else who is there."""
    sentence, count = draft.sentence, draft.count
    inside = [
        kind
        for kind in ("displaced", "newly")
        if any(count.begin <= hit.first < count.last for hit in sentence.of(kind))
    ]
    if "displaced" not in inside and sentence.lexicon.words("displaced"):
        return "flow"  # "17,600 new arrivals"
    return "cumulative" if "newly" in inside or draft.scores["total"] > 0.25 else "stock"


def _is_dated_count(draft: Draft) -> bool:
    """As in "the number of displaced reached 765,000 in February": the month is that of the count."""
    sentence, period = draft.sentence, draft.period
    start = start_of(draft.count)
    return (
        any(hit.entry.label == "reached" and 0 <= start - hit.last <= 1 for hit in sentence.of("total"))
        and draft.scores["total"] > 0.6
        and period is not None
        and (period.days == 0 or sentence.word_at(period.first) >= draft.count.last)
    )


def _has_risen(draft: Draft, period: Period) -> bool:
    """As in "the number rose from 40,000 to 63,000 within a week": the week is that of the rise."""
    sentence, first = draft.sentence, draft.count.first
    if period.open or draft.scores["total"] <= 0.4:
        return False
    rises = [hit for hit in sentence.of("rise") if hit.last <= first]
    return any(
        total.first <= rise.first < total.last and total.last - total.first > 1
        for rise in rises
        for total in sentence.of("total")
    )


def _is_total_after(draft: Draft, lay: Field, period: Period) -> bool:
    """As in "6,967 left on Tuesday, which brings the number to 18,000": the day is that of those before."""
    if period.open or draft.scores["total"] <= 0.6:
        return False
    end = draft.sentence.word_at(period.last)
    earlier = any(other.first < end for other in lay.counts if other.unit in PEOPLE)
    links = draft.sentence.of("total_link")
    return earlier and any(end <= hit.first and hit.last <= draft.count.first for hit in links)


# A word as light as this is listed so that a longer phrase takes the place of a verb in it.
_SAYS_NOTHING = 0.1


def _reaches_number(draft: Draft) -> bool:
    """As in "kaçanların sayısı 300 bini geçti": "the number of" before, and behind a verb that says it was reached."""
    sentence, last = draft.sentence, draft.count.last
    told = [
        hit
        for hit in (*sentence.of("total"), *sentence.of("number_of"))
        if (hit.entry.label == "number" or hit.entry.kind == "number_of")
        and 0 <= start_of(draft.count) - hit.last <= 4
    ]
    verbs = [sentence.at("total", place) for place in range(last - 1, last + 3)]
    return bool(told) and any(hit is not None and hit.entry.label == "reached" for hit in verbs)


def _brings_total(draft: Draft) -> bool:
    """As in "böylece iki günde çıkarılanların toplamı 7 bin 500'e yükseldi": a total, whatever its period."""
    start = start_of(draft.count)
    return any(
        hit.entry.label == "brings" and 0 <= start - hit.last <= 8 and hit.last != start
        for hit in draft.sentence.of("total_link")
    )


def _only_called_displaced(draft: Draft, lay: Field) -> bool:
    """As in "948,000 displaced", with no verb for them: a count of all so far."""
    count = draft.count
    moves = [
        hit
        for hit in _movements(draft.sentence)
        if hit.entry.weight > _SAYS_NOTHING
        if lay.same_side(hit.first, count) and lay.speaks_most_for(hit, count)
    ]
    return bool(moves) and all(count.begin <= hit.first < count.last for hit in moves)


def _moved_in_clause(draft: Draft) -> bool:
    """As in "Of the 176,000 people who ran": a verb of movement right behind the number or a relative word."""
    sentence = draft.sentence
    last = draft.count.last
    relative = {hit.last for hit in sentence.of("relative") if last <= hit.first <= last + 1}
    moves = [hit.first for hit in _movements(sentence)]
    return last in moves or any(0 <= move - start <= 2 for move in moves for start in relative)


def _is_led_whole(draft: Draft) -> bool:
    """As in "Of 948,000 displaced" is a count of all so far."""
    first = min(draft.count.qualifier_first, draft.count.first)
    return any(
        hit.last in (first, first - 1) for hit in draft.sentence.of("part_before") if hit.first <= 1
    ) or any(hit.last == first and hit.last - hit.first > 1 for hit in draft.sentence.of("part_before"))


def _mark_parts(sentence: Sentence, drafts: list[Draft], lay: Field) -> None:
    """Mark the numbers that are parts: "of whom 200,000", "45,000 of them", "Of 948,000, 17,000 …"."""
    for place, draft in enumerate(drafts):
        draft.is_part = _has_part_word(sentence, drafts, place)
    for place, draft in enumerate(drafts):
        if place and _is_led_whole(draft):
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
        if inserted and demographic and draft.count.numeral.size < before.count.numeral.size:
            draft.is_part = draft.is_part or before.is_part or inserted[0] - before.count.last <= 2
    for before, draft in pairwise(drafts):
        draft.is_part = draft.is_part or _is_itemised(sentence, before, draft)
    wholes = [drafts[place] for place in lay.wholes.values()]
    for before, draft in pairwise(drafts):
        if (
            before.is_part
            and before.whole is not draft
            and not draft.is_part
            and before.count.unit in (*PEOPLE, "percent")
            and not any(draft is whole for whole in wholes)
            and (content_of_part(draft) or draft.kind == "same")
            and _coordinated(sentence, before, draft)
        ):
            draft.is_part = True


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
    before = [hit for hit in sentence.of("part") if floor <= hit.first and hit.last <= count.first]
    alone = [hit for hit in sentence.of("alone") if 0 <= hit.first - count.last <= 12]
    ahead = place + 1 < len(drafts) and alone and alone[0].first > drafts[place + 1].count.first
    led = sentence.of("part_before")
    first = drafts[0].count
    whole_first = place > 0 and any(
        hit.first <= 1 and hit.last >= first.qualifier_first - 1 and hit.last <= first.first for hit in led
    )
    return bool(
        count.of_them
        or count.alone
        or after
        or before
        or (place > 0 and alone and not ahead)
        or whole_first
        or (place > 0 and _is_increment(sentence, count))
        or sentence.ending("make_up", start_of(count)) is not None
        or _verb_before_who(sentence, count) is not None
        or (is_labelled(sentence, count) and content_of_part(drafts[place]) == "subset_shelter")
        or (place > 0 and count.bare and _is_said_to_be(sentence, count, drafts[place - 1]))
        or (place > 0 and _is_told_of_some(drafts[place], drafts[place - 1]))
    )


def _is_itemised(sentence: Sentence, whole: Draft, part: Draft) -> bool:
    """As in "3,240 people: 1,460 children, 930 women": a colon, and behind it who or where they are."""
    between = sentence.words[whole.count.last : start_of(part.count)]
    return (
        between == [":"]
        and whole.count.unit in PEOPLE
        and part.count.numeral.size < whole.count.numeral.size
        and bool(content_of_part(part))
    )


def _told_of(sentence: Sentence, count: Count) -> range:
    """Give the words up to a participle without a noun that a number counts: "kamplara yerleşenler 200 bin"."""
    start = start_of(count)
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


def _is_increment(sentence: Sentence, count: Count) -> bool:
    """As in "830,000, up 28,000 on the day before", "13 000 de plus qu'au bulletin précédent"."""
    return (
        sentence.ending("increment", start_of(count)) is not None
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


def _coordinated(sentence: Sentence, left: Draft, right: Draft) -> bool:
    between = range(left.count.last, right.count.first)
    return not any(sentence.words[place] in STRONG for place in between)


def _are_made_up_by(sentence: Sentence, count: Count) -> bool:
    """As in "women and children make up 80 per cent of them": who they are stands before the verb."""
    if _verb_before_who(sentence, count) is not None:
        return True
    verb = sentence.ending("make_up", start_of(count))
    return verb is not None and any(0 <= verb.first - hit.last <= 2 for hit in sentence.of("demographic"))


def _verb_before_who(sentence: Sentence, count: Count) -> Hit | None:
    """Give the verb of "تمثل النساء والأطفال 81 في المئة منهم", where it stands before who they are."""
    who = sentence.ending("demographic", start_of(count))
    return sentence.ending("make_up", who.first) if who else None


def _parted_from_shelter(draft: Draft, arrival: Hit) -> bool:
    """As in "7,000 ended up in Ariha, the others wait by the roadside"."""
    sentence = draft.sentence
    shelters = [
        hit.first for hit in sentence.of("in_shelter") if hit.first in draft.own and hit.last > arrival.first
    ]
    return bool(shelters) and "," in sentence.words[arrival.first : shelters[0]]


def is_labelled(sentence: Sentence, count: Count) -> bool:
    """As in "In camps: 300,000": a colon right before the number."""
    before = start_of(count)
    return before > 0 and sentence.words[before - 1] == ":"


# How far before a number the verb may stand whose subject is the place: "استقبلت مدينة عفرين 18 ألفا".
_TO_PLACE = 4
_FAR = 14


def _leads_by_arrival(sentence: Sentence, count: Count, own: frozenset[int], *, sheltered: bool) -> bool:
    """Tell whether a verb of arrival or reception leads a number; one of arrival may lead to a shelter."""
    first = start_of(count)
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
    first = start_of(count)
    between = sentence.words[start:first]
    joined = sentence.ending("joiner", first) is not None and sentence.at("role", count.last) is not None
    return joined and 0 < len(between) <= _FAR and all(word[0].isalnum() for word in between)


def content_of_part(draft: Draft) -> str:
    """Say what marks a part: shelter, sex or age, place of arrival, time; empty where nothing does."""
    sentence, count, own = draft.sentence, draft.count, draft.own
    sheltered = any(hit.first >= count.numeral.last and hit.first in own for hit in sentence.of("in_shelter"))
    led = _leads_by_arrival(sentence, count, own, sheltered=sheltered)
    close = next((hit for hit in sentence.of("arrive") if 0 <= hit.first - count.last <= 1), None)
    if draft.is_part and (
        led or (close and close.entry.label != "from" and _parted_from_shelter(draft, close))
    ):
        return "subset_arrivals"
    if sheltered:
        return "subset_shelter"
    if is_labelled(sentence, count) and any(hit.last < count.first for hit in sentence.of("in_shelter")):
        return "subset_shelter"
    if any(hit.first in own for hit in sentence.of("demographic")) or _are_made_up_by(sentence, count):
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
    arrivals = [hit for hit in sentence.of("arrive") if hit.first in behind and hit.first < comma]
    if any(hit.entry.label != "from" for hit in arrivals):
        return "subset_arrivals"
    return _content_before(draft) if draft.is_part and sentence.of("headless") else ""
