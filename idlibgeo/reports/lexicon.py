"""The word lists: one CSV a language beside this module, and the matcher over the words of a sentence.

A row of ``words_<language>.csv`` is one meaning: its class (what sort of word), its label (which one), the words
that have it (separated by ``|``), numbers where the class needs them, an example and a note. ``*`` at the end of a word
stands for any ending, at its start for any beginning; ``(a/b)`` is a choice inside a phrase, and one of the two may be
empty. Whoever reads the language can correct the file; no code knows a word of it. Arabic words also match behind the
one-letter words that are written joined to them (class ``proclitic``).
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from idlibgeo.reports.text import fold, is_arabic

TOKEN = re.compile(
    r"[^\W\d_]+|\d{1,3}(?:[,.' ]\d{3}){1,5}(?![\d])(?:[.,]\d{1,3}(?!\d))?|\d+(?:[.,]\d+)?|[^\w\s]|_"
)
Words = tuple[str, ...]


class Entry(NamedTuple):
    """One row of a word list."""

    kind: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    weight: float


class Hit(NamedTuple):
    """An entry found in a sentence, from word `first` up to, but without, word `last`."""

    first: int
    last: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: Words
    entry: Entry


@dataclass(slots=True)
class _Branch:
    """The phrases that go on alike: what ends here, and what follows by its next word, as written or with ``*``."""

    entries: list[Entry] = field(default_factory=list)
    further: dict[str, _Branch] = field(default_factory=dict)

    def add(self, words: Words, entry: Entry) -> None:
        """Take in the rest of a phrase."""
        branch = self
        for word in words:
            branch = branch.further.setdefault(word, _Branch())
        branch.entries.append(entry)


# Straight from a tuple: three times as fast as by names, and a sentence has a hundred.
_hit: Callable[[tuple[int, int, Entry]], Hit] = functools.partial(tuple.__new__, Hit)


class _Openings(NamedTuple):
    """What the word list knows of a word: the entries it is, the phrases it begins, and how it goes on in others."""

    singles: tuple[Entry, ...]
    phrases: dict[str, _Branch] | None
    keys: Words  # the word, without what is joined to it, and the patterns with ``*`` that it fits
    skipped: bool


# Bounded, so that memory does not grow with the number of reports.
_MOST_KNOWN_WORDS = 50_000


@dataclass(frozen=True)
class Lexicon:
    """The word list of one language, ready for matching."""

    language: str
    rows: tuple[dict[str, str], ...]
    proclitics: tuple[str, ...] = ()
    _exact: dict[str, list[_Phrase]] = field(default_factory=dict)
    _loose: dict[str, list[_Phrase]] = field(default_factory=dict)
    _loose_first: dict[str, list[str]] = field(default_factory=dict)
    _loose_later: dict[str, list[str]] = field(default_factory=dict)
    _by_class: dict[str, list[tuple[str, dict[str, str]]]] = field(default_factory=dict)
    _known: dict[str, _Openings] = field(default_factory=dict)

    def words(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """Give each folded word of a class with its row."""
        known = self._by_class.get(kind)
        if known is None:
            rows = [row for row in self.rows if row["class"] == kind]
            pairs = [(fold(word), row) for row in rows for word in spelled_out(row["words"])]
            known = self._by_class[kind] = pairs
        return known

    def _opened_by(self, word: str) -> _Openings:
        """Give what can start with a word; worked out once, and kept for so many words that a reader cannot grow."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) > _MOST_KNOWN_WORDS:
                self._known.clear()
            known = self._known[word] = self._openings(word)
        return known

    def _openings(self, word: str) -> _Openings:
        singles: list[Entry] = []
        phrases = _Branch()
        for phrase in self._look_up(word):
            if len(phrase.words) == 1:
                singles.append(phrase.entry)
            else:
                phrases.add(phrase.words[1:], phrase.entry)
        skipped = any(entry.kind == "skip" for entry in singles)
        if any(entry.kind == "ignore" for entry in singles):
            singles = []
        forms = tuple(self._forms(word))
        fitting = (pattern for form in forms for pattern in _fitting(self._loose_later, form))
        keys = (*forms, *dict.fromkeys(fitting))
        return _Openings(tuple(singles), phrases.further or None, keys, skipped)

    def _look_up(self, word: str) -> Iterator[_Phrase]:
        whole_known = False
        for form in self._forms(word):
            found = [*self._exact.get(form, ())]
            for pattern in _fitting(self._loose_first, form):
                found.extend(self._loose[pattern])
            # Where the word itself is known nothing is taken off its front, unless a longer phrase begins there.
            yield from (phrase for phrase in found if not whole_known or len(phrase.words) > 1)
            whole_known = whole_known or any(len(phrase.words) == 1 for phrase in found)

    def known_of(self, words: Sequence[str]) -> int:
        """Count the words that something in the list starts with."""
        return sum(any(True for _ in self._look_up(word)) for word in words)

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        for proclitic in self.proclitics:
            if word.startswith(proclitic) and len(word) - len(proclitic) >= 2:
                yield word[len(proclitic) :]

    def match(self, words: Sequence[str]) -> dict[str, list[Hit]]:
        """Find every entry in the words of a sentence, by class and in order; the longest wins where two overlap.

        Words of class ``skip`` ("now", "still") may stand inside a phrase: "are now displaced".
        """
        known = self._known
        openings = [known.get(word) or self._opened_by(word) for word in words]
        long = _phrases(openings, range(len(openings)), range(len(openings) - 1))
        kept = [place for place, opening in enumerate(openings) if not opening[3]]
        if len(kept) < len(openings):
            long += _phrases([openings[place] for place in kept], kept, _before_gaps(kept))
        covered = _covered(long) if long else {}
        ignored = covered.get("ignore", ())
        found: dict[str, list[Hit]] = {}
        for first, opening in enumerate(openings):
            if first in ignored:
                continue
            for entry in opening[0]:
                if covered and first in covered.get(entry[0], ()):
                    continue
                hit = _hit((first, first + 1, entry))
                if entry[0] in found:
                    found[entry[0]].append(hit)
                else:
                    found[entry[0]] = [hit]
        for kind, hits in _longest(long).items():
            singles = found.get(kind)
            found[kind] = sorted([*singles, *hits], key=itemgetter(0)) if singles else hits
        return found


def _covered(long: list[Hit]) -> dict[str, set[int]]:
    """Give for each class the words inside its phrases: alone these are no hits of it."""
    covered: dict[str, set[int]] = {}
    for hit in long:
        covered.setdefault(hit.entry.kind, set()).update(range(hit.first, hit.last))
    return covered


# A phrase of more words than this does not begin in front of a word that is stepped over.
_WORDS_BEFORE_GAP = 4


def _before_gaps(kept: Sequence[int]) -> list[int]:
    """Give the places among the kept words from which a phrase may go on over a word that was left out."""
    starts: set[int] = set()
    for place, (left, right) in enumerate(pairwise(kept)):
        if right - left > 1:
            starts.update(range(max(0, place - _WORDS_BEFORE_GAP + 1), place + 1))
    return sorted(starts)


def _phrases(openings: Sequence[_Openings], places: Sequence[int], starts: Iterable[int]) -> list[Hit]:
    """Find the phrases of more than one word; `places` are those of the openings in the sentence."""
    found: list[Hit] = []
    for start in starts:
        further = openings[start][1]
        if further is not None:
            for key in openings[start + 1][2]:
                if key in further:
                    _follow(further[key], openings, places, start, start + 1, found)
    return found


def _follow(
    branch: _Branch,
    openings: Sequence[_Openings],
    places: Sequence[int],
    start: int,
    place: int,
    found: list[Hit],
) -> None:
    """Go along the words of a sentence as far as phrases do."""
    for entry in branch.entries:
        found.append(Hit(places[start], places[place] + 1, entry))
    if branch.further and place + 1 < len(places):
        for key in openings[place + 1][2]:
            if key in branch.further:
                _follow(branch.further[key], openings, places, start, place + 1, found)


def _fitting(patterns: dict[str, list[str]], word: str) -> Iterator[str]:
    """Give the patterns with ``*`` that a word fits, of a table by their first two letters."""
    for start in ("", word[:2]):
        for pattern in patterns.get(start, ()):
            if _fits(pattern, word):
                yield pattern


def _fits(pattern: str, word: str) -> bool:
    if pattern[-1] == "*":
        stem = pattern[:-1]
        return stem[1:] in word[1:] if stem[:1] == "*" else word.startswith(stem)
    if pattern[0] == "*":
        return word.endswith(pattern[1:]) and len(word) >= len(pattern)
    return pattern == word


def _longest(phrases: list[Hit]) -> dict[str, list[Hit]]:
    """Drop what lies inside a longer phrase of the same class, and everything inside one of class ``ignore``."""
    kept: dict[str, list[Hit]] = {}
    for hit in phrases:
        kept.setdefault(hit[2][0], []).append(hit)
    for kind, hits in kept.items():
        if len(hits) > 1:
            longest = [hit for hit in hits if not any(_holds(other, hit) for other in hits)]
            kept[kind] = sorted(longest, key=itemgetter(0))
    if ignored := kept.pop("ignore", None):
        kept = {
            kind: [hit for hit in hits if not any(_lies_within(hit, other) for other in ignored)]
            for kind, hits in kept.items()
        }
    return {kind: hits for kind, hits in kept.items() if hits}


def _lies_within(hit: Hit, other: Hit) -> bool:
    return other[0] <= hit[0] and hit[1] <= other[1]


def _holds(longer: Hit, hit: Hit) -> bool:
    return _lies_within(hit, longer) and longer[1] - longer[0] > hit[1] - hit[0]


def tokens(folded: str) -> tuple[list[str], list[int], list[int]]:
    """Give the words, numbers and signs of a folded sentence with their starts and ends."""
    spans = [match.span() for match in TOKEN.finditer(folded)]
    words = [folded[start:end] for start, end in spans]
    return words, [start for start, _ in spans], [end for _, end in spans]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _entry(row: dict[str, str]) -> Entry:
    value, low, high = (_number(row[name]) for name in ("value", "low", "high"))
    return Entry(row["class"], row["label"], value, low, high, float(row["weight"] or 1.0))


def read_rows(language: str) -> tuple[dict[str, str], ...]:
    """Read the word list of a language as it stands in the file."""
    resource = importlib.resources.files("idlibgeo.reports") / f"words_{language}.csv"
    return tuple(csv.DictReader(resource.read_text(encoding="utf-8").splitlines()))


@functools.cache
def lexicon(language: str) -> Lexicon:
    """Load the word list of a language once.

    >>> hits = lexicon("en").match(["more", "than", "31,000", "people", "fled"])
    >>> [(kind, hits[kind][0].entry.label) for kind in ("qualifier", "unit", "cue")]
    [('qualifier', 'over'), ('unit', 'persons'), ('cue', 'move')]
    """
    return build(language, read_rows(language))


_CHOICE = re.compile(r"\(([^()]*)\)")


def spelled_out(words: str) -> list[str]:
    """Give each phrase of a cell, those with choices once for each way to read them.

    >>> spelled_out("did not (leave/flee)|stayed")
    ['did not leave', 'did not flee', 'stayed']
    """
    phrases: list[str] = []
    for phrase in words.split("|"):
        pieces = _CHOICE.split(phrase.strip())  # plain text and choices by turns
        choices = [piece.split("/") if place % 2 else [piece] for place, piece in enumerate(pieces)]
        phrases.extend(" ".join("".join(way).split()) for way in itertools.product(*choices))
    return phrases


def build(language: str, rows: tuple[dict[str, str], ...]) -> Lexicon:
    """Build the matcher from rows, those of the file or a reader's corrected ones."""
    made = Lexicon(language, rows)
    proclitics = tuple(sorted((word for word, _ in made.words("proclitic")), key=len))
    made = Lexicon(language, rows, proclitics)
    for row in rows:
        if row["class"] in {"proclitic", "name_stop", "telltale", "telltale_letters"}:
            continue
        entry = _entry(row)
        for text in spelled_out(row["words"]):
            pattern = tuple(re.findall(r"\*?[^\W\d_]+\*?|\d+|[^\w\s*]", fold(text)))
            if pattern:
                table = made._loose if "*" in pattern[0] else made._exact
                table.setdefault(pattern[0], []).append(_Phrase(pattern, entry))
    phrases = [phrase for table in (made._exact, made._loose) for found in table.values() for phrase in found]
    later = dict.fromkeys(word for phrase in phrases for word in phrase.words[1:] if "*" in word)
    made._loose_first.update(_by_start(made._loose))
    made._loose_later.update(_by_start(later))
    return made


def _by_start(patterns: Iterable[str]) -> dict[str, list[str]]:
    """Sort patterns with ``*`` by their first two letters; what begins with any letter stands under nothing."""
    sorted_by_start: dict[str, list[str]] = {}
    for pattern in patterns:
        start = pattern[:2] if "*" not in pattern[:2] and len(pattern) > 2 else ""
        sorted_by_start.setdefault(start, []).append(pattern)
    return sorted_by_start


_FIRST_WORDS = 60
_LATIN_WORD = re.compile(r"[^\W\d_]{1,12}")


def language_of(folded: str) -> str:
    """Tell the language of a folded text by script and small words; English where none is found.

    >>> language_of(fold("Son dört günde 31 binden fazla sivil kaçtı."))
    'tr'
    """
    head = folded[:20_000]
    if is_arabic(head):
        return "ar"
    words = _LATIN_WORD.findall(head)
    counts = {
        language: sum(map(_telltale(language).__contains__, words))
        + sum(map(head.count, _own_letters(language)))
        for language in ("en", "tr", "fr")
    }
    best = max(counts.values())
    level = [language for language, count in counts.items() if count == best]
    if len(level) == 1:
        return level[0]
    # A line or two may hold none of the small words: then whose list knows more of its words.
    return max(level, key=lambda language: lexicon(language).known_of(words[:_FIRST_WORDS]))


@functools.cache
def _own_letters(language: str) -> tuple[str, ...]:
    """Give the letters that of the languages in Latin script only this one has."""
    return tuple(letter for letter, _ in lexicon(language).words("telltale_letters"))


@functools.cache
def _telltale(language: str) -> frozenset[str]:
    words = [word for word, _ in lexicon(language).words("telltale")]
    # Turkish is also typed without its letters.
    return frozenset([*words, *(word.translate(str.maketrans("öüşçğ", "ouscg")) for word in words)])
