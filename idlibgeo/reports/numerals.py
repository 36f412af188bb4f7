"""Numbers as they are written: grouped digits, words, scales, fractions, vague numbers and ranges.

The grammar is the same for the four languages; the words come from the word lists (classes ``number``, ``scale``,
``fraction``, ``joiner``, ``vague``, ``range``, ``out_of``). text2num does this for English and French only, and neither
"a quarter of a million" nor Arabic duals; one table that a reader can correct serves all four better.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from idlibgeo.reports.lexicon import Entry
from idlibgeo.reports.sentence import Sentence

# No count of people has more digits; longer runs are telephone numbers, account numbers or noise.
LONGEST_NUMBER = 12
_WORDS_OF_NUMBERS = frozenset({"number", "scale", "fraction", "vague"})
_DIGITS = re.compile(r"\d")
_GROUPED = re.compile(r"\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*")
_DECIMAL = re.compile(r"\d{1,12}[.,]\d{1,3}")


class Numeral(NamedTuple):
    """A number from word `first` up to, but without, word `last`."""

    first: int
    last: int
    value: float | None
    low: float | None
    high: float | None
    form: str  # digits, words, vague, fraction, range

    @property
    def size(self) -> float:
        """The number, or the low end where there is no number."""
        return self.value if self.value is not None else (self.low or 0.0)


def parse_digits(text: str, *, language: str, scaled: bool) -> float | None:
    """Give the value of a run of digits and separators; None where it is no number.

    >>> parse_digits("31.000", language="fr", scaled=False), parse_digits("3.7", language="en", scaled=True)
    (31000.0, 3.7)
    >>> parse_digits("1,234", language="fr", scaled=True), parse_digits("1.234.567", language="tr", scaled=False)
    (1.234, 1234567.0)
    """
    if sum(character.isdigit() for character in text) > LONGEST_NUMBER:
        return None
    if text.isdigit():
        return float(text)
    point = "." if language == "en" else ","
    decimal_here = scaled and text.count(point) == 1 and _DECIMAL.fullmatch(text)
    if _GROUPED.fullmatch(text) and not decimal_here:
        return float(re.sub(r"\D", "", text))
    if _DECIMAL.fullmatch(text):
        return float(text.replace(",", "."))
    whole, mark, rest = text[:-1].rpartition(".") if "." in text else text.rpartition(",")
    if mark and _GROUPED.fullmatch(whole) and (not rest or rest.isdigit()):
        return float(re.sub(r"\D", "", whole)) + float(f"0.{rest or 0}")
    return None


def may_hold_numbers(sentence: Sentence) -> bool:
    """Tell at a glance whether there is anything to count; most sentences of a report hold nothing."""
    return bool(sentence.digits) or not _WORDS_OF_NUMBERS.isdisjoint(sentence.by_kind)


def numerals(sentence: Sentence) -> list[Numeral]:
    """Give every number of a sentence, ranges as one."""
    found: list[Numeral] = []
    percents = [hit for hit in sentence.of("unit") if hit.entry.label == "percent"]
    in_words = {hit.first for kind in _WORDS_OF_NUMBERS for hit in sentence.of(kind)}
    joined = {hit.first for hit in sentence.of("joiner")}
    # "a million": an article begins a number only before a scale.
    starts = in_words | {hit.first for hit in sentence.of("joiner") if sentence.at("scale", hit.last)}
    starts -= {place for hit in percents for place in range(hit.first, hit.last)}
    starts.update(sentence.digits)
    end = 0
    for place in sorted(starts):
        if place < end:
            continue
        # Most numbers are digits, with no word of a number at them or behind.
        alone = place not in in_words and place + 1 not in in_words and place + 1 not in joined
        numeral = (
            _digits_at(sentence, place) if alone and place not in joined else _numeral_at(sentence, place)
        )
        if numeral is not None:
            found.append(numeral)
            end = numeral.last
    return found


def _digits_at(sentence: Sentence, place: int) -> Numeral | None:
    value = parse_digits(sentence.words[place], language=sentence.language, scaled=False)
    return None if value is None else Numeral(place, place + 1, value, value, value, "digits")


def _numeral_at(sentence: Sentence, place: int) -> Numeral | None:
    vague = sentence.at("vague", place)
    numeral = _Reader(sentence, place).read()
    if vague and (numeral is None or vague.last >= numeral.last):
        return Numeral(place, vague.last, None, vague.entry.low, vague.entry.high, "vague")
    return numeral


def _has_and_written_on(sentence: Sentence, place: int) -> bool:
    """Arabic writes "and" as part of the word: وعشرون."""
    return sentence.language == "ar" and len(sentence.words[place]) > 1 and sentence.words[place][0] == "و"


def _opens_anew(sentence: Sentence, place: int) -> bool:
    """Tell "منذ 2003 بمليون": a preposition written on to a number word opens another number; "and" goes on."""
    word = sentence.words[place]
    opens = word[0] != "و" and len(word) > 2 and word[0] in sentence.lexicon.proclitics
    return opens and sentence.language == "ar"


class _Reader:
    """Reads one number from a word on: the usual sum of hundreds and scales."""

    def __init__(self, sentence: Sentence, place: int) -> None:
        self.sentence = sentence
        self.start = self.place = place
        self.total = 0.0
        self.closed = False
        self.current: float | None = None
        self.last_scale = 0.0
        self.digits = False
        self.fraction_only = False
        self.repeated_scale = 0.0
        self.width: tuple[float, float] | None = None

    def read(self) -> Numeral | None:
        end = self.place
        while self.place < len(self.sentence.words):
            linked = _has_and_written_on(self.sentence, self.place)
            if linked and self._closes_low_end(end) and self.sentence.ending("range_open", self.start):
                break  # "between a hundred and two hundred" is two numbers
            step = self._step(joined=linked and self.place > self.start)
            if step:
                end = self.place = step
                continue
            joiner = self.sentence.at("joiner", self.place)
            opens = end == self.start and self.sentence.at("range", self.place)  # "700,000 and | a million"
            if joiner is None or opens or not (self._can_join(joiner.last, started=end > self.start)):
                break
            if (
                self.last_scale
                and self._closes_low_end(end)
                and self.sentence.ending("range_open", self.start)
            ):
                break  # "between a quarter of a million and 300,000"
            self.place = joiner.last
            step = self._step(joined=True)
            if not step:
                break
            end = self.place = step
        if end == self.start:
            return None
        value = self.total + (self.current or 0.0)
        form = "fraction" if self.fraction_only and value < 1 else "digits" if self.digits else "words"
        low, high = self.width or (1.0, 1.0)
        return Numeral(self.start, end, value, value * low, value * high, form)

    def _closes_low_end(self, end: int) -> bool:
        """Tell whether what is read so far is one word, or ends in its scale (a quarter of a million)."""
        return end == self.start + 1 or (self.last_scale > 0 and self.current is None)

    def _can_join(self, after: int, *, started: bool) -> bool:
        if after >= len(self.sentence.words):
            return False
        if not started:  # "a million": the article belongs to the number only before a scale
            return self.sentence.at("scale", after) is not None and not self.digits
        if self.total and _DIGITS.match(self.sentence.words[after]):
            return self._continues(after, joined=True)
        return any(self.sentence.at(kind, after) for kind in ("number", "scale", "fraction")) and not (
            self.current is not None and self.digits
        )

    def _step(self, *, joined: bool = False) -> int:
        """Take one piece of the number; give the word after it, or 0 where it does not go on."""
        place = self.place
        if _DIGITS.match(self.sentence.words[place]):
            share = self.sentence.at("fraction", place)  # 9 out of every 10
            if share and self._fraction(share.entry, joined):
                return share.last
            return self._digits(place, joined)
        for kind in ("fraction", "number", "scale"):
            hit = self.sentence.at(kind, place)
            if hit and getattr(self, f"_{kind}")(hit.entry, joined):
                return hit.last
        return 0

    def _digits(self, place: int, joined: bool) -> int:
        if self.current is not None or (self.total and not self._continues(place, joined)):
            return 0
        scaled = place + 1 < len(self.sentence.words) and self.sentence.at("scale", place + 1) is not None
        value = parse_digits(self.sentence.words[place], language=self.sentence.language, scaled=scaled)
        if value is None:
            return 0
        self.current, self.digits = value, True
        return place + 1

    def _continues(self, place: int, joined: bool) -> bool:
        """Digits go on behind a scale: 3 milyon 600 bin, 359 bin 471; in Arabic joined by و."""
        if self.closed:
            return False  # "30 bini 12 yaşın altında", "1,5 milyondan 4 milyona"
        allowed = joined == (self.sentence.language == "ar")
        behind = self.sentence.at("scale", place + 1)
        if behind is not None:
            return allowed and (behind.entry.value or 0.0) < self.last_scale
        digits = len(self.sentence.words[place])  # in Turkish also "32 bin 70"
        triple = self.last_scale == 1_000 and (digits == 3 or (digits < 3 and self.sentence.language == "tr"))
        return allowed and triple and self.sentence.language in ("tr", "ar")

    def _number(self, entry: Entry, joined: bool) -> bool:
        value = entry.value or 0.0
        if self.closed or (self.place > self.start and _opens_anew(self.sentence, self.place)):
            return False  # "50 bini bir hafta içinde": the ending closes the number
        if entry.label == "construct" and not self.sentence.at("unit", self.place + 1):
            return False  # a dual that has lost its ending stands only before its noun: مليونا شخص
        if self.current is None and value >= 1_000:  # a dual holds its scale: ألفان, مليونان
            return self._dual_scale(value)
        if self.current is None:
            self.current = value
            if entry.low is not None and entry.high is not None:
                self.width = entry.low, entry.high
            return True
        if self.digits:
            return False
        fits = (
            self.current % 100 == 0
            or (self.current % 10 == 0 and value < 20)
            or (joined and self.current < 10 and value % 10 == 0)
            or (joined and self.current % 100 < 10 and value % 10 == 0)
        ) and value < 1_000  # "مئة ألفا" is no sum
        self.current += value if fits else 0
        return fits

    def _dual_scale(self, value: float) -> bool:
        scale = 1_000.0 ** int(math.log(value, 1_000) + 1e-9)
        if self.last_scale and scale >= self.last_scale:
            return False
        self.total, self.last_scale = self.total + value, scale
        return True

    def _scale(self, entry: Entry, joined: bool) -> bool:
        scale = entry.value or 1.0
        if self.place > self.start and _opens_anew(self.sentence, self.place):
            return False
        self.closed = entry.label == "closed"
        if entry.weight < 1 and not self.digits:  # k, m, bn
            return False
        if entry.label == "definite" and self.digits:
            return False  # "in 2023 the million": a number stands before no article
        self.fraction_only = False
        if scale == self.repeated_scale:  # مليون ونصف مليون says its scale twice
            self.repeated_scale = 0.0
            return True
        if scale <= 100 and not self.digits:
            return self._hundred(scale)
        return self._thousand(scale, joined)

    def _hundred(self, scale: float) -> bool:
        """Take a hundred or a dozen inside a number."""
        if self.current is not None and self.current >= 100:
            return False
        self.current = (self.current or 1.0) * scale
        return True

    def _thousand(self, scale: float, joined: bool) -> bool:
        """Close a part of the number with its scale; scales fall from left to right."""
        fits = not self.last_scale or scale < self.last_scale
        if not fits or (self.current is None and self.total and not joined):
            return False
        self.total += (1.0 if self.current is None else self.current) * scale
        self.current, self.last_scale, self.digits = None, scale, False
        return True

    def _fraction(self, entry: Entry, joined: bool) -> bool:
        value = entry.value or 0.0
        if self.last_scale and self.current is None:
            if not joined:
                return False
            self.total += value * self.last_scale
            self.repeated_scale = self.last_scale
            return True
        if self.current is None:
            self.current, self.fraction_only = value, True
            return True
        if self.current >= 100 or not (joined or entry.label == "buçuk"):
            return False
        self.current += value
        return True


def merge_ranges(sentence: Sentence, found: list[Numeral]) -> list[Numeral]:
    """Make one number with two ends of "140,000 to 160,000"."""
    merged: list[Numeral] = []
    for numeral in found:
        before = merged[-1] if merged else None
        if before and _is_range(sentence, before, numeral):
            merged[-1] = _range(before, numeral)
        else:
            merged.append(numeral)
    return merged


def _is_range(sentence: Sentence, left: Numeral, right: Numeral) -> bool:
    if "fraction" in (left.form, right.form) or "range" in (left.form, right.form):
        return False
    link = sentence.at("range", left.last)
    written_on = left.last == right.first and _has_and_written_on(sentence, right.first)
    if left.size <= 0 or not (written_on or (link is not None and link.last == right.first)):
        return False
    scale = _shared_scale(left, right)
    if not left.size * scale < right.size or right.size > 20 * left.size * scale:
        return False
    opened = sentence.ending("range_open", left.first) or sentence.ending("qualifier", left.first)
    if written_on or (link is not None and link.entry.label == "needs_open"):
        return opened is not None
    return not any(left.first - 6 <= hit.first < left.first for hit in sentence.of("rise"))


def _shared_scale(left: Numeral, right: Numeral) -> float:
    """Give the scale that "3 to 4 million", "three to four thousand" or "20 à 25 000" means for both numbers."""
    for scale in (1_000_000.0, 1_000.0):
        if right.form != "digits" and right.size >= scale and left.size < scale / 10:
            shared = left.form == "digits" or left.size * scale < right.size
            return scale if shared else 1.0
    thousands = "digits" == left.form == right.form and right.size % 1_000 == 0
    return 1_000.0 if thousands and 20 * left.size < right.size and left.size * 1_000 < right.size else 1.0


def _range(left: Numeral, right: Numeral) -> Numeral:
    low = (left.value if left.value is not None else left.low) or 0.0
    high = right.value if right.value is not None else right.high
    return right._replace(
        first=left.first, value=None, low=low * _shared_scale(left, right), high=high, form="range"
    )


# How far the whole of "four inhabitants of Idlib in ten" may stand behind its part, in words.
_TO_TEN = 6
_WHOLES = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 20.0, 100.0)


def merge_shares(sentence: Sentence, found: list[Numeral]) -> list[Numeral]:
    """Make one share of "four in ten", also where the noun stands inside: "quatre habitants sur dix"."""
    if not sentence.of("out_of"):
        return found
    merged: list[Numeral] = []
    for numeral in found:
        before = merged[-1] if merged else None
        if before and _is_share(sentence, before, numeral):
            share = (before.value or 0.0) / (numeral.value or 1.0)
            merged[-1] = Numeral(before.first, numeral.last, share, share, share, "fraction")
        else:
            merged.append(numeral)
    return merged


def _is_share(sentence: Sentence, left: Numeral, right: Numeral) -> bool:
    if left.value is None or right.value is None or not 1 <= left.value < right.value:
        return False
    between = sentence.words[left.last : right.first]
    return (
        right.value in _WHOLES
        and sentence.ending("out_of", right.first) is not None
        and len(between) <= _TO_TEN
        and all(word[0].isalpha() or word in "'-" for word in between)
    )
