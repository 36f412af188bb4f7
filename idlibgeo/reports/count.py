"""A number with what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from idlibgeo.reports.lexicon import Entry, Hit
from idlibgeo.reports.numerals import Numeral

PEOPLE = ("persons", "families")


# Signs that begin an item of a list.
BULLETS = frozenset("•▪●◦■►")
COUNTED = (*PEOPLE, "tents", "camps")


@dataclass(slots=True)
class Count:
    """A number with what it counts."""

    numeral: Numeral
    unit: str
    noun: Hit | None
    last: int  # word after the noun, or after the number
    qualifier: Entry | None = None
    weak: bool = False
    percent: bool = False
    of_them: bool = False
    alone: bool = False  # "in December alone": a part, if there is a whole
    labelled: bool = False
    called: Hit | None = None  # the noun of "the displaced, whose number is 900,000"
    start: int = -1  # word that the number starts at, with what qualifies it
    first: int = field(init=False)  # the same without

    def __post_init__(self) -> None:
        self.first = self.numeral.first
        self.start = self.first if self.start < 0 else self.start

    @property
    def begin(self) -> int:
        """Word that the number starts at, or the noun that stands before it."""
        return self.called.first if self.called else self.first

    @property
    def bare(self) -> bool:
        """Whether no noun follows the number."""
        return self.noun is None
