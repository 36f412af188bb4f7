"""A figure in the making, and what its cue words say of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from idlibgeo.reports.count import Count
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.periods import Period
from idlibgeo.reports.sentence import Sentence

ENOUGH = 0.12


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
    leader: Draft | None = None


def primary_of(draft: Draft) -> str:
    """Give the label of the cues that say most for a number, empty where none says enough."""
    sorts = {
        label: score
        for label, score in draft.scores.items()
        if label not in ("total", "modal") and score > ENOUGH
    }
    return max(sorts, key=lambda label: sorts[label], default="")


def is_labelled(sentence: Sentence, count: Count) -> bool:
    """As in "In camps: 300,000": a colon right before the number."""
    before = count.start
    return before > 0 and sentence.words[before - 1] == ":"


def is_of_period(draft: Draft, hit: Hit) -> bool:
    """As in "70,000 fled in a week", "15 Nisan ile 15 Mayıs arasında 6 bin kişi": the words are those of the time."""
    period = draft.period
    return period is not None and period.holds(draft.sentence.starts[hit.first])
