"""All places named in a text in one pass, with exact positions.

An Aho–Corasick automaton (Aho and Corasick 1975, through pyahocorasick) runs over a folded form of the text.
Latin script: only capitalised words take part, as skeletons of consonants; each hit is then compared sound by
sound. Arabic script: every word takes part, folded, with the particles that are written on to it (و ب ل ف ك).
The longest match wins. A name that is also a common word or a person's name counts only with evidence: "village",
"from", or a neighbour in a list (``cues.csv``, ``common.csv``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

import ahocorasick
import numpy as np
import numpy.typing as npt

from idlibgeo.gazetteer import index
from idlibgeo.gazetteer.sounds import (
    APOSTROPHES,
    ENDING,
    Spelling,
    fold,
    read_table,
    script_of,
    skeleton_of,
    spell,
    word_sounds,
    words_of,
)

_MARKS = "\u0300-\u036f\u064b-\u065f\u0670"
_LETTERS = rf"(?:[^\W\d_][{_MARKS}]*)+"
_TAIL = rf"(?:[{APOSTROPHES}]{_LETTERS})*[{APOSTROPHES}]?"
_TOKEN = re.compile(_LETTERS + _TAIL)
# Words that may begin a name: a capital, a letter of Arabic script, an article, or what a hyphen joins on.
_CAPITAL = r"A-ZÀ-ÞĀ-ɏḀ-ỿ\u0620-\u06ff\u0750-\u077f"
_NAME_TOKEN = re.compile(
    rf"(?<![^\W\d_])(?:(?=[{_CAPITAL}])|(?<=[-‐‑])|(?=(?:[aeu]l|[aeu][nrsdtz]h?|[aeu]s?c?h|[aeu]ş)\b))"
    + _LETTERS
    + _TAIL
)
_JOINER = re.compile(r"[ \t\u00a0]*[-‐‑–_ـ]?[ \t\u00a0]*\n?[ \t\u00a0]*")
_CLITICS = (
    "",
    "و",
    "ب",
    "ل",
    "ف",
    "ك",
    "وب",
    "ول",
    "فب",
    "ال",
    "وال",
    "بال",
    "لل",
    "ولل",
    "فال",
    "كال",
    "وبال",
)
_PREFIX_WORDS = re.compile(r"^(kfr|mEr|m3r|tl|dYr|xAn|jsr|bAb|AbW|Am)(?=..)")

MOST_COST = 0.6  # of a Latin name against its nearest form
MOST_COST_PER_SOUND = 0.07
EXACT_COST = 0.06  # one pair of letters that writers exchange freely
NEAR_COST = 0.3
LIKELY_COST_PER_LETTER = 0.04
LONGEST_ACRONYM = 5
BATCH_WORDS = 200
MOST_REMEMBERED = 65_536  # names of texts whose comparison is kept
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•\n\"“”(\[|*#]\s*)[\s\"“'‘(-]*$")
KNOWN_IMPORTANCE = 0.4  # seats and towns need no evidence


class Token(NamedTuple):
    """A word of the text: its positions, and whether it may be part of a name."""

    start: int
    end: int
    text: str
    key: str
    script: str
    transparent: bool  # an article between parts of a name


class Hit(NamedTuple):
    """A stretch of text that sounds like a place."""

    start: int
    end: int
    place: int
    common: str
    cost: float = 0.0


@dataclass(frozen=True)
class Automata:
    """The two automata of a gazetteer, what their patterns mean, and what names in texts were found to be."""

    latin: ahocorasick.Automaton
    arabic: ahocorasick.Automaton
    arabic_places: dict[str, int]
    compared: dict[str, tuple[int, float] | None] = field(default_factory=dict)


@cache
def _common() -> dict[str, str]:
    return {fold(word): row["what"] for row in read_table("common.csv") for word in row["words"].split("|")}


def is_common(name: str) -> bool:
    """Whether a name is a word of everyday language, which means a place only where it is its very name.

    >>> is_common("People"), is_common("Jarjnaz")
    (True, False)
    """
    return _common().get(fold(name.strip())) == "word"


def other_than_place(name: str) -> str:
    """What a name says it is, where that is no place on land, or an empty text.

    >>> other_than_place("Syria Relief"), other_than_place("Van Gölü"), other_than_place("Kafr Nabl")
    ('an organisation', 'a lake, river or sea', '')
    """
    words, known = words_of(name), _other_than_place()
    whole = known.get(("whole", " ".join(words)), "")
    if whole or len(words) < 2:
        return whole
    return next((known["word", word] for word in words if ("word", word) in known), "")


@cache
def _other_than_place() -> dict[tuple[str, str], str]:
    return {
        (row["part"], fold(word)): row["what"]
        for row in read_table("other_than_place.csv")
        for word in row["words"].split("|")
    }


@cache
def _cues() -> dict[str, re.Pattern[str]]:
    groups: dict[str, list[str]] = {}
    for row in read_table("cues.csv"):
        groups.setdefault(row["kind"], []).extend(row["words"].split("|"))
    patterns = {
        kind: "|".join(sorted(map(re.escape, words), key=len, reverse=True)) for kind, words in groups.items()
    }
    article = r"(?:the\s+|al-|el-|ال)?"
    return {
        kind: re.compile(
            rf"(?:^|\W)(?:{words})\s+{article}$" if kind.endswith("before") else rf"^\s+(?:{words})\b", re.I
        )
        for kind, words in patterns.items()
    }


def arabic_key(word: str) -> str:
    """Sounds of a folded Arabic word in the coarse form that is looked up: ظ = ض, final ة = ه = ا.

    >>> arabic_key(fold("الظهور")) == arabic_key(fold("الضهور"))
    True
    """
    sounds = word_sounds(word, "arabic")[0].translate(_COARSE)
    return sounds[2:] if sounds.startswith("Al") and len(sounds) > 3 and word.startswith("ال") else sounds


_COARSE = str.maketrans({"Z": "D", "T": "A", "@": "A", "6": "A", "4": "t", "7": "h", "9": "s"})


def build(forms: index.Forms, importance: npt.NDArray[np.float64]) -> Automata:
    """Make the automata of all written forms; where two places share a form, the more important one stands."""
    latin, arabic = ahocorasick.Automaton(), ahocorasick.Automaton()
    places: dict[str, int] = {}
    for form, spelling in enumerate(forms.spelling):
        place = int(forms.place[form])
        if spelling.script == "latin":
            for skeleton in _latin_patterns(spelling):
                latin.add_word(skeleton, len(skeleton))
                if skeleton.startswith("kfr"):  # Kafr Ruma is written Kafruma by others
                    latin.add_word("kfrr" + skeleton[3:], len(skeleton) + 1)
            continue
        for pattern in _arabic_patterns(spelling.written.split()):
            if pattern not in places or importance[place] > importance[places[pattern]]:
                places[pattern] = place
            arabic.add_word(pattern, len(pattern))
    for automaton in (latin, arabic):
        if len(automaton):
            automaton.make_automaton()
    return Automata(latin, arabic, places)


def _latin_patterns(spelling: Spelling) -> set[str]:
    """Skeletons that a form is found by: gh is written g as well, and ta marbuta t."""
    if "G" not in spelling.sounds and "T" not in spelling.sounds:
        return {spelling.skeleton} - {""}
    plain = spelling.sounds.replace("G", "g")
    written = {s for one in (spelling.sounds, plain) for s in (one, one.replace("T", "t"))}
    return {skeleton_of(sounds) for sounds in written} - {""}


def _arabic_patterns(words: list[str]) -> Iterator[str]:
    keys = [key for key in map(arabic_key, words) if key]
    if sum(map(len, keys)) < 2:
        return
    yield " ".join(keys) + " "
    yield "".join(keys) + " "
    if len(keys) == 1 and (prefix := _PREFIX_WORDS.match(keys[0])):
        yield f"{prefix.group(1)} {keys[0][prefix.end() :]} "


@lru_cache(maxsize=65536)
def _read(word: str) -> tuple[str, str, bool]:
    """Key, script and whether it is an article, of one word as it stands in the text."""
    script = script_of(word)
    if script == "arabic":
        return arabic_key(fold(word).replace("'", "")), script, False
    bare = ENDING.sub("", word)
    words = words_of(bare)
    if not words:
        return "", script, False
    return skeleton_of(_sounds_of_part(words[0])), script, words[0] in _ARTICLES


_NEVER = frozenset({"The", "THE", "the", "Of", "of"})
_ARTICLES = frozenset({
    "al", "el", "ul", "ül", "an", "en", "un", "ash", "esh", "ech", "eş", "aş", "üş", "as", "es", "us", "ad", "ed",
    "ud", "adh", "edh", "at", "et", "ut", "ath", "eth", "ar", "er", "ur", "az", "ez", "uz",
})  # fmt: skip


def _sounds_of_part(word: str) -> str:
    read = spell(word)
    return read[0].sounds if read else ""


def tokens(text: str) -> Iterator[Token]:
    """Words of the text that may be part of a name; a lower-case Latin word stands only inside one."""
    lower, last_end = text == text.lower(), -1
    for match in (_TOKEN if lower else _NAME_TOKEN).finditer(text):
        word = match.group()
        if word in _NEVER:
            continue
        start, end = match.span()
        key, script, article = _read(word)
        joined = last_end == start - 1 and last_end >= 0 and text[last_end] in "-‐‑"
        if script == "latin" and not (
            word[0].isupper() or word[0] in APOSTROPHES or lower or article or joined
        ):
            continue
        last_end = end
        yield Token(start, end, word, "" if article else key, script, article)


def runs(text: str) -> Iterator[list[Token]]:
    """Stretches of neighbouring words of one script with nothing but a space or hyphen between."""
    run: list[Token] = []
    for word in tokens(text):
        if run and not (run[-1].script == word.script and _JOINER.fullmatch(text, run[-1].end, word.start)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def batches(text: str) -> Iterator[list[list[Token]]]:
    """Runs of a text, some hundred words at a time.

    With the words of a whole megabyte in hand Python's collector takes half of the time.
    """
    batch: list[list[Token]] = []
    words = 0
    for run in runs(text):
        batch.append(run)
        words += len(run)
        if words >= BATCH_WORDS:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch


def _latin_spans(automata: Automata, runs: list[list[Token]]) -> Iterator[tuple[int, int]]:
    """Pairs (first, last) of token positions, flat over all runs, whose skeleton is a pattern."""
    flat = [word for run in runs for word in run]
    stream, starts, ends = [], {}, {}
    at = position = 0
    for run in runs:
        for word in run:
            if word.key:
                starts[at], ends[at + len(word.key)] = position, position
                stream.append(word.key)
                at += len(word.key)
            position += 1
        stream.append("\n")
        at += 1
    if not len(automata.latin) or not flat:
        return
    for last, length in automata.latin.iter("".join(stream)):
        first_position, last_position = starts.get(last + 1 - length), ends.get(last + 1)
        if first_position is not None and last_position is not None:
            yield first_position, last_position


def latin_hits(
    automata: Automata,
    forms: index.Forms,
    importance: npt.NDArray[np.float64],
    text: str,
    runs: list[list[Token]],
) -> list[Hit]:
    """Places in Latin script: patterns of consonants, each compared sound by sound."""
    flat = [word for run in runs for word in run]
    spans = []
    for first, last in _latin_spans(automata, runs):
        start, end = flat[first].start, flat[last].end
        if first > 0 and flat[first - 1].transparent and _belongs(text, flat[first - 1], flat[first]):
            start = flat[first - 1].start
        if (bare := _bare_length(flat[last].text)) is not None:
            end = flat[last].start + bare
        spans.append((start, end))
    known = _remembered(automata, forms, {text[start:end] for start, end in spans}, importance)
    return [
        Hit(start, end, found[0], _what(text[start:end]), found[1])
        for start, end in spans
        if (found := known[text[start:end]]) is not None
    ]


@lru_cache(maxsize=65536)
def _bare_length(word: str) -> int | None:
    """Letters before a case ending, where a word has one."""
    suffix = ENDING.search(word)
    return suffix.start() if suffix else None


def _remembered(
    automata: Automata, forms: index.Forms, surfaces: set[str], importance: npt.NDArray[np.float64]
) -> dict[str, tuple[int, float] | None]:
    """What each surface sounds like; reports repeat the same names, so what was compared once is kept."""
    known = automata.compared
    if len(known) > MOST_REMEMBERED:
        known.clear()
    if new := sorted(surfaces - known.keys()):
        known.update(zip(new, _places_of(forms, new, importance), strict=True))
    return known


def _belongs(text: str, article: Token, word: Token) -> bool:
    """Whether an article goes with the word after it: "al-Bara" and "Ar Raqqa" do, "at Kafr Lusin" does not."""
    between = text[article.end : word.start]
    if not _JOINER.fullmatch(between):
        return False
    letters = fold(article.text)
    assimilates = letters in ("al", "el", "ul", "ül") or fold(word.text).startswith(letters[1:])
    return assimilates and (between.strip() != "" or article.text[0].isupper() or letters in ("al", "el"))


def _places_of(
    forms: index.Forms, surfaces: list[str], importance: npt.NDArray[np.float64]
) -> list[tuple[int, float] | None]:
    """The place that each surface sounds like, and how far it is from it."""
    matches = index.match(forms, surfaces, importance, same_skeleton=True)
    best: list[tuple[int, float] | None] = [None] * len(surfaces)
    length = matches.features[:, index.FEATURES.index("length")]
    for k, query in enumerate(matches.query.tolist()):
        allowed = min(MOST_COST, MOST_COST_PER_SOUND * length[k])
        if best[query] is None and matches.cost[k] <= allowed:
            best[query] = int(matches.place[k]), float(matches.cost[k])
    return best


@lru_cache(maxsize=65536)
def _what(text: str) -> str:
    if other_than_place(text):
        return "other"
    words = words_of(text)
    if words and words[0] in _ARTICLES and len(words) > 1:
        words = words[1:]
    return _common().get(" ".join(words), "") if len(words) < 3 else ""


def arabic_hits(automata: Automata, runs: list[list[Token]]) -> Iterator[Hit]:
    """Places in Arabic script: folded words, the first of which may carry particles."""
    if not len(automata.arabic):
        return
    for run in runs:
        stream = " ".join(word.key for word in run) + " "
        begins: list[int] = []
        at = 0
        for word in run:
            begins.append(at)
            at += len(word.key) + 1
        ends = {
            begin + len(word.key): position
            for position, (begin, word) in enumerate(zip(begins, run, strict=True))
        }
        for last, length in automata.arabic.iter(stream):
            hit = _arabic_hit(automata, run, begins, ends, stream, last + 1 - length, last)
            if hit is not None:
                yield hit


def _arabic_hit(
    automata: Automata,
    run: list[Token],
    begins: list[int],
    ends: dict[int, int],
    stream: str,
    start: int,
    last: int,
) -> Hit | None:
    position = bisect_right(begins, start) - 1
    offset = start - begins[position]
    word = run[position]
    skipped = _clitic_length(word.text, offset)
    if skipped is None:
        return None
    final = run[ends[last]]
    place = automata.arabic_places[stream[start : last + 1]]
    surface = word.text[skipped:] if position == ends[last] else ""
    return Hit(word.start + skipped, final.end, place, _what(surface) if surface else "")


@lru_cache(maxsize=65536)
def _clitic_length(word: str, offset: int) -> int | None:
    """Letters of particles at the head of a word, if what follows them begins at this sound."""
    if offset == 0:
        return 0
    folded = fold(word)
    whole = arabic_key(folded)
    for clitic in _CLITICS[1:]:
        if folded.startswith(clitic) and len(folded) > len(clitic) + 1:
            rest = folded[len(clitic) :]
            if arabic_key(rest) == whole[offset:]:
                return _letters(word, len(clitic))
    return None


def _letters(word: str, count: int) -> int:
    """Position after so many letters, marks not counted."""
    seen = 0
    for position, char in enumerate(word):
        if seen == count and not re.match(f"[{_MARKS}]", char):
            return position
        seen += not re.match(f"[{_MARKS}ـ]", char)
    return len(word)


def evidence(text: str, start: int, end: int) -> str:
    """``strong``, ``weak`` or nothing, from the words around."""
    before, after = text[max(0, start - 30) : start], text[end : end + 25]
    cues = _cues()
    if cues["strong before"].search(before) or cues["strong after"].search(after):
        return "strong"
    return "weak" if cues["weak before"].search(before) else ""


def longest_first(hits: Iterable[Hit]) -> list[Hit]:
    """Of overlapping hits the longest stays, then the earlier.

    >>> longest_first([Hit(5, 9, 1, ""), Hit(0, 9, 2, ""), Hit(10, 12, 3, "")])
    [Hit(start=0, end=9, place=2, common='', cost=0.0), Hit(start=10, end=12, place=3, common='', cost=0.0)]
    """
    kept: list[Hit] = []
    starts: list[int] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start)):
        at = bisect_right(starts, hit.start)
        if (at == 0 or kept[at - 1].end <= hit.start) and (at == len(kept) or hit.end <= kept[at].start):
            kept.insert(at, hit)
            starts.insert(at, hit.start)
    return kept


def convincing(hits: list[Hit], text: str, importance: npt.NDArray[np.float64]) -> list[Hit]:
    """Leave out names that are also words or persons where nothing says that a place is meant."""
    sure = [_is_sure(hit, text, importance) for hit in hits]
    kept = []
    for position, hit in enumerate(hits):
        if sure[position] or (
            hit.common not in {"person", "generic", "other"} and _is_beside(hits, sure, position, text)
        ):
            kept.append(hit)
    return kept


def _is_beside(hits: list[Hit], sure: list[bool], position: int, text: str) -> bool:
    """Whether a sure place stands before or behind it in a list."""
    if position > 0 and sure[position - 1] and _is_list(text, hits[position - 1], hits[position]):
        return True
    after = position + 1
    return after < len(hits) and sure[after] and _is_list(text, hits[position], hits[after])


def _is_sure(hit: Hit, text: str, importance: npt.NDArray[np.float64]) -> bool:
    if hit.common == "generic":
        return False
    latin = script_of(text[hit.start]) == "latin"
    if hit.common:
        found = evidence(text, hit.start, hit.end)
        return found == "strong" or (found == "weak" and hit.common == "word" and latin)
    if " " in text[hit.start : hit.end]:
        return True
    known = bool(importance[hit.place] >= KNOWN_IMPORTANCE)
    if not latin:
        return known or bool(evidence(text, hit.start, hit.end))
    return _is_sure_latin(hit, text, known=known)


def _is_sure_latin(hit: Hit, text: str, *, known: bool) -> bool:
    """One capitalised word: the first of a sentence has its capital for nothing, and English is full of sounds."""
    word = text[hit.start : hit.end]
    if len(word) < 2 or (word.isupper() and len(word) <= LONGEST_ACRONYM):
        return evidence(text, hit.start, hit.end) == "strong"
    exact = hit.cost <= EXACT_COST
    if (exact or (known and hit.cost <= NEAR_COST)) and not _SENTENCE_START.search(
        text[max(0, hit.start - 8) : hit.start]
    ):
        return True
    found = evidence(text, hit.start, hit.end)
    likely = exact or known or hit.cost <= LIKELY_COST_PER_LETTER * len(word)
    return found == "strong" or (found == "weak" and likely) or (exact and known)


_LIST = re.compile(r"\s*(?:,|،|;|؛|/|and|و|ve|et|&|to|-|–)\s*(?:and|و|ve|et)?\s*")


def _is_list(text: str, one: Hit, other: Hit) -> bool:
    return bool(_LIST.fullmatch(text, one.end, other.start))
