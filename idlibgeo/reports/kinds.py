"""What sort of figure a number is: moved, counted so far, might move, lives there, abroad, killed.

Each cue word of the sentence speaks for the numbers near it (`lay`). The strongest sort wins; the period decides
between a flow and a running count (`moved`), countries tell who is abroad (`abroad`), and grammar who is a part
(`parts`).
"""

from __future__ import annotations

from itertools import pairwise

from idlibgeo.reports.abroad import (
    abroad,
    in_another_country,
    into_country,
    is_right_in_country,
    is_told_of_nation,
    left_country,
    received_by_country,
)
from idlibgeo.reports.count import PEOPLE
from idlibgeo.reports.dating import assign_periods
from idlibgeo.reports.draft import ENOUGH, Draft, is_labelled, is_of_period, primary_of
from idlibgeo.reports.ellipsis import (
    follow_returns,
    has_no_cue_behind,
    is_earlier_count,
    is_elliptical,
    lead_lists,
    resume_refugees,
    said_beside,
)
from idlibgeo.reports.lay import Field
from idlibgeo.reports.modality import (
    is_about_past,
    is_conditional,
    is_hearsay,
    is_planned,
    may_come,
    may_move_next,
    modal_moves,
)
from idlibgeo.reports.moved import (
    flow_or_cumulative,
    is_before_number_of,
    is_called_displaced,
    only_called_displaced,
    speaks_of_displacement,
)
from idlibgeo.reports.parts import content_of_part, mark_parts
from idlibgeo.reports.periods import Period

# A smaller number without a noun in brackets or between dashes counts what stands before it, mostly no people.
_LEAST_ALONE = 100


def classify(lay: Field, found_periods: list[Period]) -> list[Draft]:
    """Make drafts of the numbers of a sentence, each with kind, modality and period."""
    sentence, counts = lay.sentence, lay.counts
    cues, totals, modals = (lay.scores(kind) for kind in ("cue", "total", "modal"))
    assigned = assign_periods(sentence, lay, found_periods)
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
    for before, draft in pairwise(drafts):
        if draft.kind == "population_at_risk" and before.kind == "stock" and _has_stayed(draft):
            draft.kind = "stock"  # "11,500 displaced people lived in this camp; 3,900 are left"
        if before.kind == "population_baseline" and _has_grown_to(draft):
            draft.kind = before.kind
    lead_lists(sentence, drafts)
    resume_refugees(sentence, drafts)
    follow_returns(sentence, drafts)
    mark_parts(sentence, drafts, lay)
    for part, whole in lay.wholes.items():
        if drafts[whole].count.unit in PEOPLE:
            drafts[part].is_part, drafts[part].whole = True, drafts[whole]
            if (
                drafts[whole].kind == "other"
                and drafts[whole].count.bare
                and is_called_displaced(drafts[part])
            ):
                drafts[whole].kind = "cumulative"  # "780 ألف نازح من أصل مليون و41 ألفا"
    return drafts


def _set_kind(draft: Draft, lay: Field) -> None:
    qualifier, period = draft.count.qualifier, draft.period
    if qualifier and qualifier.label == "another" and period and period.open and period.start is None:
        draft.period = None  # "another 151,000 …, by 12 February the total": that day is the total's
    unit = draft.count.unit
    if unit not in (*PEOPLE, "percent"):
        draft.kind = "shelter"
        draft.modality = "conditional" if is_planned(draft, lay) else "reported"
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
    is_fact = draft.kind in ("killed", "injured") or _is_already_there(draft)
    if draft.kind == "forecast" or (not is_fact and is_conditional(draft, lay)):
        draft.modality = "conditional"
    if is_hearsay(draft, lay):
        draft.modality = "conditional"


def _is_already_there(draft: Draft) -> bool:
    """As in "cannot take in more on top of the 3.6 million already in Turkey": what is there is no guess."""
    there = draft.sentence.at("cue_after", draft.count.last)
    return there is not None and there.entry.label == "stock" and draft.kind in ("stock", "stock_refugees")


def _has_grown_to(draft: Draft) -> bool:
    """As in "the population has swollen from 1.5 million to roughly 3 million": a bare number that it rose to."""
    sentence, start = draft.sentence, draft.count.start
    rose = any(hit.last <= start for hit in sentence.of("rise"))
    return draft.count.bare and rose and sentence.ending("range", start) is not None


def _has_stayed(draft: Draft) -> bool:
    stays = draft.sentence.at("cue_after", draft.count.last)
    return stays is not None and stays.entry.label == "at_risk"


def _is_led_by(draft: Draft, label: str) -> bool:
    """Tell whether a cue that speaks only for the number behind it stands before this one."""
    led = draft.sentence.ending("cue_before", draft.count.start)
    return led is not None and led.entry.label == label


def _is_rate(draft: Draft) -> bool:
    """As in "1,000 people a day", "60 more arrive every day" is no count."""
    sentence, last = draft.sentence, draft.count.last
    return any(
        0 <= hit.first - last <= (1 if "," in sentence.words[last : hit.first] else 3)
        for hit in sentence.of("rate")
        if hit.entry.label != "none" and not is_of_period(draft, hit)
    )


def _people_kind(draft: Draft, lay: Field) -> str:
    if _is_told_by_other(draft, lay):
        return "same"
    if _is_whole_of_some(draft) or _is_whole_in_genitive(draft):
        return "population_baseline"
    primary = _named_by_number_of(draft) or _end_of_way(draft) or primary_of(draft)
    if primary == "refugee" and draft.scores.get("return", 0.0) > _GO_HOME * draft.scores["refugee"]:
        primary = "return"  # "قافلة تضم 400 لاجئ إلى بلداتهم"
    if primary == "refugee" and is_called_displaced(draft) and not _is_refugee_itself(draft):
        primary = "here"  # "27.1 million refugees, 53.2 million IDPs"
    primary = _harm_told(draft) or primary
    if primary in _GONE and is_called_displaced(draft) and draft.scores[primary] < _HARDLY:
        primary = "here"  # "7.1 million IDPs: one in four uprooted"
    if _is_forecast(draft, lay, primary):
        return "forecast"
    if primary in ("move", "reside", "stock"):
        return _kind_of_movers_or_stayers(draft, lay, primary)
    if not primary:
        return _kind_without_cue(draft, lay)
    at_risk = "stock" if _is_still_in_shelter(draft) else "population_at_risk"
    names = {"refugee": "stock_refugees", "at_risk": at_risk, "need": "other", "here": "stock"}
    return names.get(primary, primary)


# What says as little as this for people who are called displaced stands in another clause.
_HARDLY = 0.25
_GONE = ("move", "return")


def _harm_told(draft: Draft) -> str:
    """As in "156 people sheltering in a school were injured": what is said of them, behind what hangs on the noun."""
    sentence = draft.sentence
    first = next((hit for hit in sentence.of("copula") if hit.first >= draft.count.last), None)
    if first is None or first.first not in draft.own or sentence.at("relative", first.first - 1):
        return ""
    if any(not sentence.words[place][0].isalpha() for place in range(draft.count.last, first.first)):
        return ""
    cue = sentence.at("cue", first.last)
    return cue.entry.label if cue is not None and cue.entry.label in ("killed", "injured") else ""


def _is_refugee_itself(draft: Draft) -> bool:
    """Tell whether the noun of a number, or what follows up to the next, says that they are abroad."""
    begin = draft.count.begin
    return any(
        hit.entry.label == "refugee" and (hit.first in draft.own or begin <= hit.first < draft.count.last)
        for hit in draft.sentence.of("cue")
    )


# How far behind "are still in" the shelter may stand, in words.
_TO_SHELTER = 5


def _is_still_in_shelter(draft: Draft) -> bool:
    """As in "1,388 persons were still in 31 evacuation centres", "12,000 are still in schools"."""
    stays = draft.sentence.at("cue_after", draft.count.last)
    if stays is None or stays.entry.label != "at_risk":
        return False
    near = range(stays.last - 1, stays.last + _TO_SHELTER)
    camps = [hit for hit in draft.sentence.of("unit") if hit.entry.label == "camps"]
    return any(hit.first in near for hit in (*camps, *draft.sentence.of("in_shelter")))


def _is_told_by_other(draft: Draft, lay: Field) -> bool:
    """Tell whether a number without a noun counts what another number of the sentence counts."""
    count = draft.count
    if not count.bare:
        return False
    earlier = count.called is None and is_earlier_count(draft, lay)
    return earlier or (has_no_cue_behind(draft) and is_elliptical(draft, lay))


def _is_forecast(draft: Draft, lay: Field, primary: str) -> bool:
    if may_move_next(draft) and primary != "return":
        return True
    if not is_conditional(draft, lay) or is_about_past(draft):
        return False
    return primary in ("move", "") or (primary in _MAY_MOVE and (modal_moves(draft) or may_come(draft)))


def _is_whole_of_some(draft: Draft) -> bool:
    """As in "most of its 60,000 inhabitants had gone": the number is that of all who lived there."""
    sentence, count = draft.sentence, draft.count
    start = count.start
    resident = any(
        hit.entry.label == "reside" and count.first <= hit.first < count.last for hit in sentence.of("cue")
    )
    camps = any(hit.entry.label == "camps" for hit in sentence.of("unit"))
    has = sentence.ending("has_residents", start) is not None and not camps
    if resident and (has or sentence.ending("most_of", start) is not None):
        return True
    owned = sentence.ending("owner", start) is not None  # "most of the town's 40,000 people"
    return owned and any(0 <= start - hit.last <= _TO_OWNED for hit in sentence.of("most_of"))


def _is_whole_in_genitive(draft: Draft) -> bool:
    """As in "kasabada yaşayan 14 bin kişinin neredeyse tamamı kaçtı": those who lived there, and behind "most of"."""
    sentence, count = draft.sentence, draft.count
    led = sentence.ending("cue", count.start)
    if led is None or led.entry.label != "reside" or sentence.covering("genitive", count.last - 1) is None:
        return False
    return any(sentence.at("most_after", place) is not None for place in (count.last, count.last + 1))


# How far before a number "most of the town's" may begin, in words.
_TO_OWNED = 5


# How much of what calls people refugees must tell of their return.
_GO_HOME = 0.75
_WAYS = ("move", "stock", "reside", "at_risk")
_ENDS = ("return", "killed", "injured", "stock", "move")
# A verb of less weight says too little to end a way.
_LEAST_END = 0.5


def _end_of_way(draft: Draft) -> str:
    """As in "göç eden 400 aile, … köylerine döndü": in Turkish the verb at the end says it, not the participle."""
    sentence, count = draft.sentence, draft.count
    led = sentence.ending("cue", count.start)
    if sentence.language != "tr" or led is None or led.entry.label not in _WAYS or count.percent:
        return ""
    called = sentence.ending("displaced", count.start) is not None
    behind = [
        hit
        for hit in sentence.of("cue")
        if hit.first >= count.last and hit.first in draft.own
        if hit.entry.weight > _LEAST_END
        or (called and hit.entry.label == "stock")  # "yerinden edilen … bulunuyor"
    ]
    last = behind[-1] if behind else None
    if led.entry.label == "stock" and last is not None and last.entry.label == "move":
        # "çadırlarda yaşayan 650 bin kişi kışa giriyor", but "kamplardaki 1.020 aile başka yerlere taşındı"
        goes = sentence.at("ends_stay", last.first) is not None
        return "move" if goes and "," not in sentence.words[count.last : last.first] else ""
    if last is None or last.entry.label not in _ENDS or sentence.at("finite", last.last - 1) is None:
        return ""
    return last.entry.label


# How far before "the number of" its participle may end: a noun stands between ("ölen sivillerin sayısı").
_TO_NAMED = 1


def _named_by_number_of(draft: Draft) -> str:
    """As in "göç edenlerin sayısı 630 bine, ölenlerin sayısı 1.089'a ulaştı": of several, each has its own people."""
    sentence, start = draft.sentence, draft.count.start
    told = [hit for hit in sentence.of("total") if hit.entry.label == "number"]
    if sentence.language != "tr" or len(told) < 2:
        return ""
    mine = next((hit for hit in told if 0 <= start - hit.last <= 1), None)
    if mine is None:
        return ""
    named = [hit for hit in sentence.of("cue") if 0 <= mine.first - hit.last <= _TO_NAMED]
    return named[-1].entry.label if named and named[-1].entry.weight > _LEAST_END else ""


_MAY_MOVE = frozenset({"reside", "at_risk", "stock", "need", "refugee"})


def _kind_of_movers_or_stayers(draft: Draft, lay: Field, primary: str) -> str:
    if draft.sentence.of("country") and _crossed_borders(draft, lay, primary):
        return "stock_refugees"
    if primary == "move":
        return flow_or_cumulative(draft, lay)
    if primary == "stock" and _were_there(draft, lay):
        return "population_baseline"  # "operasyon öncesinde kentte 1,5 milyon sivil bulunuyordu"
    return _kind_of_residents(draft, lay) if primary == "reside" else _kind_of_those_there(draft, lay)


def _crossed_borders(draft: Draft, lay: Field, primary: str) -> bool:
    """Tell whether people went into or out of a country, were received by one, or are in one that is not theirs."""
    if into_country(draft, lay) or received_by_country(draft) or left_country(draft, lay):
        return True
    crossed = primary == "move" and any(hit.entry.label == "verb" for hit in draft.sentence.of("crossing"))
    there = crossed or _lives_there(draft, primary) or is_right_in_country(draft)
    return there and in_another_country(draft)


def _kind_of_those_there(draft: Draft, lay: Field) -> str:
    if draft.period is not None and draft.period.open and _is_number_told_since(draft):
        return flow_or_cumulative(draft, lay)
    return "stock_refugees" if abroad(draft) else "stock"


def _lives_there(draft: Draft, primary: str) -> bool:
    """As in "منذ كانون الأول، و2.7 مليون سوري يعيشون في تركيا": the time is that of others."""
    return draft.period is None or (primary == "reside" and draft.sentence.language == "ar")


def _is_number_told_since(draft: Draft) -> bool:
    """As in "ارتفع عدد النازحين في جنوبي سوريا منذ بدء الهجوم إلى 270 ألفا": only their number says where they are."""
    sentence = draft.sentence
    stocks = [hit for hit in sentence.of("cue") if hit.entry.label == "stock"]
    named = bool(stocks) and all(sentence.covering("total", hit.first) for hit in stocks)
    return named and draft.scores["total"] > ENOUGH and not is_before_number_of(draft)


def _kind_of_residents(draft: Draft, lay: Field) -> str:
    if is_called_displaced(draft) or only_called_displaced(draft, lay):
        return "stock"  # "now home to 14,500 displaced people"
    if _is_called_refugees(draft):
        return "stock_refugees"  # "kampta 19 bin sığınmacı yaşıyor"
    if _is_former(draft, lay):
        return "population_baseline"  # "had 70,000 inhabitants before the war"
    if _under_attack(draft, lay):
        return "population_at_risk"
    in_shelter = content_of_part(draft) == "subset_shelter" or _lives_in_camp(draft, lay)
    return "stock" if in_shelter else "population_baseline"  # "20,000 live in the open"


def _is_called_refugees(draft: Draft) -> bool:
    count = draft.count
    return draft.sentence.language == "tr" and any(
        hit.entry.label == "refugee" and count.first <= hit.first < count.last
        for hit in draft.sentence.of("cue")
    )


def _is_label_of_displaced(draft: Draft) -> bool:
    """As in "IDPs in north-west Syria as of 12 February: 832,000"."""
    return any(hit.last <= draft.count.first for hit in draft.sentence.of("displaced"))


def _lives_in_camp(draft: Draft, lay: Field) -> bool:
    """As in "the site of Killi is home to 600 families"."""
    camps = [hit for hit in draft.sentence.of("unit") if hit.entry.label == "camps"]
    return any(
        lay.say(hit.first, hit.last, draft.count) > 0.3
        and (hit.last <= draft.count.first or lay.unparted(hit, draft.count))
        for hit in camps
    )


def _kind_without_cue(draft: Draft, lay: Field) -> str:
    if draft.count.weak and (kind := _kind_of_bare(draft, lay)):
        return kind
    if draft.scores["total"] > ENOUGH and (speaks_of_displacement(draft) or _is_told_of_displaced(draft)):
        return _kind_of_movers_or_stayers(draft, lay, "move")
    if is_labelled(draft.sentence, draft.count) and _is_label_of_displaced(draft):
        return _kind_of_label(draft)
    counted = draft.count.unit == "persons" and not draft.count.bare
    if counted and (in_another_country(draft) or into_country(draft, lay)):
        return "stock_refugees"
    if draft.count.bare:
        told = draft.count.called is not None and not draft.sentence.of("total")
        return _kind_of_called(draft) if told else "other"
    return _kind_of_noun(draft, lay)


def _kind_of_noun(draft: Draft, lay: Field) -> str:
    if is_elliptical(draft, lay):
        return "same"  # "640 families from Saraqib to Idlib, and from Ariha to Harim 215 families"
    if any(domain.owner is draft.count for domain in lay.domains):
        return "stock" if is_called_displaced(draft) else "population_baseline"  # "Of Gori's 50,000 people"
    return _kind_of_called(draft)


def _kind_of_label(draft: Draft) -> str:
    """As in "IDPs in north-west Syria as of 12 February: 832,000"."""
    if draft.period is not None and draft.period.open:
        return "cumulative"
    return _kind_of_called(draft) if is_called_displaced(draft) else "stock"


def _kind_of_called(draft: Draft) -> str:
    """As in "A dashboard shows 10.1 million IDPs", "New IDPs in July: 51,000"."""
    count, period = draft.count, draft.period
    if not is_called_displaced(draft):
        return "other"
    if not any(count.begin <= hit.first < count.last for hit in draft.sentence.of("newly")):
        return "stock"
    return "flow" if period is not None and not period.open else "cumulative"


def _is_told_of_displaced(draft: Draft) -> bool:
    """As in "the number of IDPs rose from 2.4 million to 2.5 million"."""
    count = draft.count
    return count.called is not None and count.called.last <= count.first and is_called_displaced(draft)


def _kind_of_bare(draft: Draft, lay: Field) -> str:
    """Give the kind of a number with neither noun nor verb that the words around it tell, else nothing."""
    if draft.count.numeral.size < _LEAST_ALONE and lay.inserted(draft.count):
        return "other"  # "the buses — 67 in all — took …"
    if draft.count.called is None and (said_beside(draft) or is_elliptical(draft, lay)):
        return "same"
    return "stock_refugees" if is_told_of_nation(draft) else ""


def _under_attack(draft: Draft, lay: Field) -> bool:
    return any(
        lay.say(hit.first, hit.last, draft.count) > 0.25
        for hit in draft.sentence.of("needs_attack")
        if hit.entry.label != "none"
    )


def _were_there(draft: Draft, lay: Field) -> bool:
    """Tell residents of former times from displaced people in a camp or shelter."""
    if not _is_former(draft, lay) or is_called_displaced(draft) or _lives_in_camp(draft, lay):
        return False
    return content_of_part(draft) != "subset_shelter"


def _is_former(draft: Draft, lay: Field) -> bool:
    return any(
        lay.say(hit.first, hit.last, draft.count) > 0.3 and lay.speaks_most_for(hit, draft.count)
        for hit in draft.sentence.of("former")
    )
