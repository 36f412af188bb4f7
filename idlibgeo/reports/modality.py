"""Whether a number is told as a fact, or as what might be."""

from __future__ import annotations

from idlibgeo.reports.count import Count
from idlibgeo.reports.draft import Draft, primary_of
from idlibgeo.reports.lay import STRONG, Field
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.sentence import Sentence


def may_come(draft: Draft) -> bool:
    """As in "expects another 30", "bracing for 200,000 further arrivals"."""
    count, qualifier = draft.count, draft.count.qualifier
    moves = any(
        hit.entry.label == "move" and count.first <= hit.first < count.last
        for hit in draft.sentence.of("cue")
    )
    more = any(count.numeral.last <= hit.first <= count.last for hit in draft.sentence.of("newly"))
    return moves or more or (qualifier is not None and qualifier.label == "another")


def is_conditional(draft: Draft, lay: Field) -> bool:
    """A modal word counts next to the number or next to a verb of movement that speaks for this number."""
    sentence, count = draft.sentence, draft.count
    primary = primary_of(draft)
    for hit in sentence.of("modal"):
        if _is_month_name(sentence, hit) or _warns(sentence, hit):
            continue
        if _carries(sentence, hit, count):
            return True
        says = [lay.say(hit.first, hit.last, other) for other in lay.counts]
        mine = lay.say(hit.first, hit.last, count)
        if mine < 0.25 or mine * 1.3 < max(says):
            continue
        if primary not in ("", "move", "return") and not lay.unparted(hit, count):
            continue
        next_clause = _is_of_next_clause(sentence, count, hit) or _is_of_clause_before(sentence, count, hit)
        if next_clause or (primary in _THERE and _is_fear_for(sentence, count, hit)):
            continue
        if _next_to(count, hit) or _before_movement(sentence, hit) or hit.last <= count.first:
            return True
        if _is_predicate(sentence, count, hit) and lay.unparted(hit, count):
            return True
    return False


# How far before a number the verb that "and" joins to a modal word may stand, in words.
_TO_JOINED_VERB = 3


def _carries(sentence: Sentence, hit: Hit, count: Count) -> bool:
    """As in "could cost lives and uproot 250,000": "and" with a bare verb carries the modal word on to the number."""
    first = count.start
    if hit.last > first:
        return False
    for place in range(max(hit.last, first - _TO_JOINED_VERB), first):
        verb = sentence.at("modal_verb", place) or sentence.at("bare_verb", place)
        if verb is not None and verb.last <= first and sentence.ending("list_link", place) is not None:
            between = sentence.words[hit.last : place]
            return not any(word in STRONG or word == "," for word in between)
    return False


# Those who are somewhere, and whom no verb of movement speaks of.
_THERE = frozenset({"reside", "stock", "at_risk", "need"})


def _is_fear_for(sentence: Sentence, count: Count, hit: Hit) -> bool:
    """As in "bölgede yaşayan 3 milyon sivilin güvenliğinden endişe ediliyor": a fear, and no word of movement."""
    if hit.first < count.last or sentence.covering("fear", hit.first) is None:
        return False
    return not any(
        cue.entry.label in ("move", "return") and count.last <= cue.first < hit.first
        for cue in sentence.of("cue")
    )


def is_about_past(draft: Draft) -> bool:
    """As in "70,000 people may already have left": not sure, but no forecast."""
    count = draft.count
    return any(
        hit.entry.label == "past" and (0 <= hit.first - count.last <= 3 or 0 <= count.start - hit.last <= 2)
        for hit in draft.sentence.of("modal")
    )


def _is_of_next_clause(sentence: Sentence, count: Count, hit: Hit) -> bool:
    """As in "20 aile gitti, biz de gideceğiz": a verb that ends its clause stands between, in Turkish at a comma."""
    if sentence.language != "tr" or hit.first < count.last:
        return False
    return any(
        cue.last <= hit.first
        and cue.first >= count.last
        and sentence.words[cue.last : cue.last + 1] in ([","], [";"])
        and sentence.at("finite", cue.last - 1) is not None
        for cue in sentence.of("cue")
    )


def _warns(sentence: Sentence, hit: Hit) -> bool:
    """As in "tahliye uyarısı yapılan mahallelerde": the word is of a phrase for a danger that is there."""
    return any(
        cue.first <= hit.first and hit.last <= cue.last and cue.last - cue.first > hit.last - hit.first
        for cue in sentence.of("cue")
        if cue.entry.label == "at_risk"
    )


def _is_of_clause_before(sentence: Sentence, count: Count, hit: Hit) -> bool:
    """As in "استمرار الهجوم سيؤدي إلى كارثة، إذ نزح 235 ألف شخص": a new clause opens with a verb of flight."""
    if sentence.language != "ar":
        return False
    return any(
        hit.last <= link.first < count.first
        and sentence.at("flee_verb", link.last) is not None
        and sentence.at("relative", link.first) is None
        for link in sentence.of("boundary")
    )


_MAY_BE_HEARSAY = frozenset({"flow", "cumulative", "return"})


def is_hearsay(draft: Draft, lay: Field) -> bool:
    """As in "12.000 personnes auraient quitté la ville": it is told that they left, and nobody knows it."""
    sentence, count = draft.sentence, draft.count
    if draft.kind not in _MAY_BE_HEARSAY:
        return False
    for hit in sentence.of("hearsay"):
        verb = sentence.at("cue", hit.last)
        told = verb is not None and verb.entry.label in ("move", "return")
        if (told or hit.last == count.start) and lay.speaks_most_for(hit, count):
            return True
    return False


def is_planned(draft: Draft, lay: Field) -> bool:
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


def _is_predicate(sentence: Sentence, count: Count, hit: Hit) -> bool:
    """As in "Evacuation of 50,000 people from the right bank is planned": no other verb stands between."""
    between = range(count.last, hit.first)
    return len(between) <= 8 and not any(
        sentence.at(kind, place) for kind in ("cue", "copula") for place in between
    )


def _before_movement(sentence: Sentence, hit: Hit) -> bool:
    verbs = [
        *sentence.of("modal_verb"),
        *(cue for cue in sentence.of("cue") if cue.entry.label in ("move", "return")),
    ]
    behind = sentence.language == "tr"  # "yönelmesi ihtimali": the likelihood of their going
    return any(-1 <= verb.first - hit.last <= 3 or (behind and verb.last == hit.first) for verb in verbs)


def may_move_next(draft: Draft) -> bool:
    """As in "13 died, and another 100,000 people could move": a modal word and its verb right behind the number."""
    sentence, count = draft.sentence, draft.count
    modals = [
        hit for hit in sentence.of("modal") if 0 <= hit.first - count.last <= 1 and not _warns(sentence, hit)
    ]
    return any(-1 <= verb.first - hit.last <= 1 for hit in modals for verb in sentence.of("modal_verb"))


def modal_moves(draft: Draft) -> bool:
    """Tell whether a modal word of the sentence stands before a verb of movement."""
    sentence = draft.sentence
    return any(_before_movement(sentence, hit) for hit in sentence.of("modal"))
