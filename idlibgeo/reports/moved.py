"""People who moved: an episode or a running count, and who is only called displaced."""

from __future__ import annotations

from idlibgeo.reports.count import PEOPLE
from idlibgeo.reports.draft import Draft
from idlibgeo.reports.lay import REACHED, STRONG, Field
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.periods import Period
from idlibgeo.reports.sentence import Sentence

# A closed period as long as this is a running count, whatever it is called ("over a million in the past year").
LONG_PERIOD_DAYS = 32


def speaks_of_displacement(draft: Draft) -> bool:
    """Tell whether the sentence has a word of movement, or the number a period."""
    return bool(_movements(draft.sentence)) or draft.period is not None


# Words that look like movement but are none ("passed 40,000") stand in the lists with next to no weight.
_NO_WEIGHT = 0.01


def _movements(sentence: Sentence) -> list[Hit]:
    return [
        hit
        for hit in sentence.of("cue")
        if hit.entry.label == "move" and hit.entry.weight > _NO_WEIGHT
        if not sentence.covering("org", hit.first)  # "the Displacement Tracking Matrix"
    ]


def flow_or_cumulative(draft: Draft, lay: Field) -> str:
    """Tell an episode from a running count, and both from those who are only called displaced."""
    period = draft.period
    if period is not None and _is_before_reached(draft, period):
        draft.period = period = None
    if period is None and is_led_whole(draft) and not _moved_in_clause(draft):
        if _is_called_newcomer(draft):
            return "flow"
        # "2,500 of 6,000 displaced families live with kin": behind the part they are called displaced only.
        behind = not any(hit.first <= 1 for hit in draft.sentence.of("part_before"))
        return "stock" if behind and is_called_displaced(draft) and not _newly(draft) else "cumulative"
    called = only_called_displaced(draft, lay) and not _is_made_by_event(draft)
    if (period is None or not (period.open or period.days)) and called:
        if is_called_displaced(draft) and _is_hosted(draft):
            return "stock"
        if period is None or _is_now(draft.sentence, period):
            return _kind_of_called_displaced(draft)
    reached = _reaches_number(draft) and (
        period is None or _brings_total(draft) or _dates_what_is_reached(draft, period)
    )
    if reached or (period is not None and _is_dated_count(draft)):
        return "cumulative"
    if period is not None and (_is_total_after(draft, lay, period) or _has_risen(draft, period)):
        draft.period = period = None
    return _kind_by_period(draft, lay)


def _kind_by_period(draft: Draft, lay: Field) -> str:
    period = draft.period
    if period is not None and _is_number_of_displaced(draft) and is_before_number_of(draft):
        period = None
    if period is not None:
        long = is_running(period) or _is_total_until(draft, period)
        return "cumulative" if long else "flow"
    if _is_newly_led_whole(draft, lay):
        return "cumulative"
    if _is_number_of_displaced(draft) or _make_up_share(draft):
        return "stock"
    return "cumulative" if draft.scores["total"] > 0.25 and not _is_brought_to_total(draft, lay) else "flow"


def _is_newly_led_whole(draft: Draft, lay: Field) -> bool:
    """As in "yeni yerinden edilen 832 bin kişiden 36 bini açıkta": the newly displaced, of whom some are counted."""
    sentence = draft.sentence
    if not any(lay.counts[whole] is draft.count for whole in lay.wholes.values()):
        return False
    participle = sentence.ending("displaced", draft.count.start)
    return participle is not None and sentence.ending("newly", participle.first) is not None


def _is_brought_to_total(draft: Draft, lay: Field) -> bool:
    """As in "100,000 fled, which brings the total to 370,000": the total is the number behind."""
    brings = [hit.first for hit in draft.sentence.of("total_link") if hit.entry.label == "brings"]
    last = draft.count.last
    return any(
        last <= place and any(other.first > place for other in lay.counts if other.unit in PEOPLE)
        for place in brings
    )


def _is_total_until(draft: Draft, period: Period) -> bool:
    """As in "حتى مساء الأحد بلغ إجمالي من غادروا": a total up to a day."""
    first = draft.sentence.word_at(period.first)
    until = any(draft.sentence.ending("range", place) for place in (first, first - 1))
    return until and period.days == 0 and draft.scores["total"] > _TOTAL


# What a word for a total must say at least.
_TOTAL = 0.6


def _is_number_of_displaced(draft: Draft) -> bool:
    """As in "قدرت اليونيسف عدد الأطفال النازحين بـ 4 ملايين": the number of those who are displaced, and no verb."""
    sentence, start = draft.sentence, draft.count.start
    nouns = [hit for hit in sentence.of("displaced") if hit.last <= start]
    if not nouns or draft.scores["total"] > 0.25 or sentence.language != "ar":
        return False
    moves = [
        hit for hit in _movements(sentence) if not any(noun.first <= hit.first < noun.last for noun in nouns)
    ]
    told = [hit.last for hit in sentence.of("total") if hit.entry.label == "number"]
    return not moves and any(0 <= nouns[-1].first - place <= 1 for place in told)


def is_before_number_of(draft: Draft) -> bool:
    """As in "في غارات الأربعاء، فيما قدر الوزير عدد النازحين بنحو 500 ألف": the day is that of the clause before."""
    if draft.period is None:
        return False
    sentence, end = draft.sentence, draft.sentence.word_at(draft.period.last)
    told = [hit.first for hit in sentence.of("total") if hit.entry.label == "number" and hit.first >= end]
    parted = told and any(end <= hit.first <= told[0] for hit in sentence.of("boundary"))
    return bool(parted) and told[0] < draft.count.first


def _make_up_share(draft: Draft) -> bool:
    """As in "يمثل النازحون 40 بالمئة من سكان المدينة": the displaced are the share."""
    who = draft.sentence.ending("displaced", draft.count.start)
    return who is not None and draft.sentence.ending("make_up", who.first) is not None


def _is_now(sentence: Sentence, period: Period) -> bool:
    """As in "in the country today 8.6 million displaced": without a verb the word says now, not on this day."""
    first, last = sentence.word_at(period.first), sentence.word_at(period.last)
    return last - first == 1 and sentence.at("skip", first) is not None


def is_running(period: Period) -> bool:
    """Tell a period whose count goes on, or that is long, from a closed episode."""
    return period.open or period.days >= LONG_PERIOD_DAYS


_HOSTED = 0.2


def is_called_displaced(draft: Draft) -> bool:
    """Tell whether the noun of a number says that they moved at some time."""
    count, sentence = draft.count, draft.sentence
    return any(
        count.begin <= hit.first < count.last and sentence.at("movement_noun", hit.last) is None
        for hit in sentence.of("displaced")
    )


def _is_hosted(draft: Draft) -> bool:
    """As in "the schools shelter 116,000 displaced people": a verb that says where they are."""
    return max(draft.scores.get("reside", 0.0), draft.scores.get("stock", 0.0)) > _HOSTED


def _kind_of_called_displaced(draft: Draft) -> str:
    """As in "948,000 newly displaced" and "the 960,000 displaced so far": a running count; else who is there."""
    sentence = draft.sentence
    if not is_called_displaced(draft) and sentence.lexicon.words("displaced"):
        return "flow"  # "17,600 new arrivals"
    if _newly(draft):
        return "cumulative"
    if _stands(draft):
        return "stock"  # "the number of displaced people in Salqin stands at 96,000"
    if draft.scores["total"] > 0.25:
        return "cumulative"
    # "101 dead, 1.1 million displaced": what one disaster did.
    harmed = any(hit.entry.label in ("killed", "injured") for hit in sentence.of("cue"))
    return "flow" if harmed and _is_bare_participle(draft) else "stock"


def _newly(draft: Draft) -> bool:
    """As in "948,000 newly displaced", "34 ألف نازح جديد"."""
    sentence, count = draft.sentence, draft.count
    inside = any(count.begin <= hit.first < count.last for hit in sentence.of("newly"))
    return inside or sentence.at("newly", count.last) is not None


def _stands(draft: Draft) -> bool:
    start = draft.count.start
    return any(hit.entry.label == "stands" and hit.last == start for hit in draft.sentence.of("total"))


def _is_before_reached(draft: Draft, period: Period) -> bool:
    """As in "grew by 4,300 last week and now stands at 57,000": the week is that of the growth."""
    sentence, start = draft.sentence, draft.count.start
    end = sentence.word_at(period.last)
    verbs = [hit.first for hit in sentence.of("total") if hit.entry.label in REACHED and hit.last == start]
    counted = any(hit.entry.label == "number" for hit in sentence.of("total") if hit.last <= start)
    return not period.open and counted and any(end <= verb for verb in verbs)


def _is_bare_participle(draft: Draft) -> bool:
    count = draft.count
    noun = count.noun
    if noun is None or noun.first != count.numeral.last:
        return False
    return any((hit.first, hit.last) == (noun.first, noun.last) for hit in draft.sentence.of("attribute"))


def _is_called_newcomer(draft: Draft) -> bool:
    """As in "Out of 12,000 new arrivals": the noun tells of an arrival and not of people who are displaced."""
    count = draft.count
    moves = any(count.begin <= hit.first < count.last for hit in _movements(draft.sentence))
    return moves and not is_called_displaced(draft)


def _is_dated_count(draft: Draft) -> bool:
    """As in "the number of displaced reached 765,000 in February": the month is that of the count."""
    sentence, period = draft.sentence, draft.period
    start = draft.count.start
    return (
        any(hit.entry.label in REACHED and 0 <= start - hit.last <= 1 for hit in sentence.of("total"))
        and draft.scores["total"] > 0.6
        and period is not None
        and not (period.span and period.days)
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
        and 0 <= draft.count.start - hit.last <= 4
    ]
    verbs = [sentence.at("total", place) for place in range(last - 1, last + 3)]
    reached = any(hit is not None and hit.entry.label in REACHED for hit in verbs)
    labelled = sentence.words[draft.count.start - 1] == ":"  # "Yeni gelen aile sayısı: 1.245"
    verbless = draft.count.bare and not labelled and _closes_clause(sentence, last)
    return (bool(told) and (reached or verbless)) or (reached and _is_led_by_participle(draft))


def _dates_what_is_reached(draft: Draft, period: Period) -> bool:
    """As in "kaçanların sayısı pazar günü 20 bine ulaştı": the day stands behind "the number of", and is that of it."""
    sentence, start = draft.sentence, draft.count.start
    first = sentence.word_at(period.first)
    told = [hit.last for hit in sentence.of("total") if hit.entry.label == "number" and hit.last <= first]
    return sentence.language == "tr" and first < start and bool(told) and start - told[-1] <= _TO_REACHED


# How far behind "the number of" the number that was reached may stand, in words.
_TO_REACHED = 5


def _is_led_by_participle(draft: Draft) -> bool:
    """As in "harekete geçenlerin 1 milyona yaklaştığını": those who moved, and no "the number of"."""
    sentence, start = draft.sentence, draft.count.start
    return (
        not draft.count.of_them
        and (who := sentence.ending("headless", start)) is not None
        and sentence.covering("cue", who.first) is not None
    )


def _closes_clause(sentence: Sentence, place: int) -> bool:
    """As in "yerinden edilenlerin sayısı 1,2 milyon;": in Turkish a number needs no verb."""
    return sentence.language == "tr" and sentence.words[place : place + 1] in ([], ["."], [";"], [","])


def _brings_total(draft: Draft) -> bool:
    """As in "böylece iki günde çıkarılanların toplamı 7 bin 500'e yükseldi": a total, whatever its period."""
    start = draft.count.start
    return any(
        hit.entry.label == "brings" and 0 <= start - hit.last <= 8 and hit.last != start
        for hit in draft.sentence.of("total_link")
    )


def only_called_displaced(draft: Draft, lay: Field) -> bool:
    """As in "948,000 displaced", with no verb for them: a count of all so far."""
    count = draft.count
    moves = [
        hit
        for hit in _movements(draft.sentence)
        if hit.entry.weight > _SAYS_NOTHING
        if lay.same_side(hit.first, count) and lay.speaks_most_for(hit, count)
    ]
    return bool(moves) and all(count.begin <= hit.first and hit.last <= count.last for hit in moves)


def _is_made_by_event(draft: Draft) -> bool:
    """As in "Les crues ont fait 12 morts et 30 000 sans-abri": a verb for what happened leads a list."""
    sentence, first = draft.sentence, draft.count.start
    leads = [hit.last for hit in sentence.of("event") if hit.last <= first]
    return bool(leads) and not any(word in STRONG for word in sentence.words[leads[-1] : first])


def _moved_in_clause(draft: Draft) -> bool:
    """As in "Of the 176,000 people who ran": a verb of movement right behind the number or a relative word."""
    sentence = draft.sentence
    last = draft.count.last
    relative = {hit.last for hit in sentence.of("relative") if last <= hit.first <= last + 1}
    moves = [hit.first for hit in _movements(sentence)]
    return last in moves or any(0 <= move - start <= 2 for move in moves for start in relative)


def is_led_whole(draft: Draft) -> bool:
    """As in "Of 948,000 displaced" is a count of all so far."""
    first = draft.count.start
    return any(
        hit.last in (first, first - 1) for hit in draft.sentence.of("part_before") if hit.first <= 1
    ) or any(hit.last == first and hit.last - hit.first > 1 for hit in draft.sentence.of("part_before"))
