"""A sentence as the rules see it: its words with their positions, and what the word list found in them."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from idlibgeo.reports.lexicon import Hit, Lexicon, tokens
from idlibgeo.reports.text import fold


@dataclass(slots=True)
class Sentence:
    """One sentence on its way through the rules; positions of words count from its own start."""

    text: str
    folded: str
    offset: int
    lexicon: Lexicon
    language: str  # whose word list is used
    published: dt.date | None
    words: list[str]
    starts: list[int]
    ends: list[int]
    by_kind: dict[str, list[Hit]]
    # Made for a class when it is first asked for: most classes of a sentence never are.
    _starting: dict[str, dict[int, Hit]] = field(default_factory=dict)
    _ending: dict[str, dict[int, Hit]] = field(default_factory=dict)

    def of(self, kind: str) -> Sequence[Hit]:
        """Give the hits of a class, in order."""
        return self.by_kind.get(kind, ())

    def at(self, kind: str, place: int) -> Hit | None:
        """Give the longest hit of a class that starts at a word."""
        if kind not in self.by_kind:
            return None
        starting = self._starting.get(kind)
        if starting is None:
            starting = self._starting[kind] = {}
            for hit in self.by_kind[kind]:
                known = starting.get(hit[0])
                if known is None or hit[1] > known[1]:
                    starting[hit[0]] = hit
        return starting.get(place)

    def covering(self, kind: str, place: int) -> Hit | None:
        """Give a hit of a class that holds a word."""
        for hit in self.by_kind.get(kind, ()):
            if hit.first <= place < hit.last:
                return hit
        return None

    def ending(self, kind: str, place: int) -> Hit | None:
        """Give the longest hit of a class that ends right before a word."""
        if kind not in self.by_kind:
            return None
        ending = self._ending.get(kind)
        if ending is None:
            ending = self._ending[kind] = {}
            for hit in self.by_kind[kind]:
                known = ending.get(hit[1])
                if known is None or hit[0] < known[0]:
                    ending[hit[1]] = hit
        return ending.get(place)

    def word_at(self, position: int) -> int:
        """Give the first word that starts at or after a position in the sentence."""
        return bisect_left(self.starts, position)



def make_sentence(
    text: str, offset: int, lexicon: Lexicon, *, published: dt.date | None = None, folded: str | None = None
) -> Sentence:
    """Split a sentence into words and look all of them up."""
    folded = fold(text) if folded is None else folded
    words, starts, ends = tokens(folded)
    return Sentence(
        text, folded, offset, lexicon, lexicon.language, published, words, starts, ends, lexicon.match(words)
    )
