"""Clean text, its folded twin for matching, sentences, and the language.

The folded twin has one character for each character of the clean text, so positions are the same in both:
lower case, no accents, one form of each Arabic letter, Western digits, plain spaces and quotes. What cannot be
folded one to one (Arabic vowel signs, bidirectional controls) is taken out when the text is cleaned.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

# Signs that carry no letter: bidirectional controls, zero-width characters, soft hyphen, Arabic vowel signs and
# tatweel. They stand inside words and numbers and would hide both.
_DROPPED = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u064b-\u065f\u0670\u0640\u06d6-\u06ed"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SPACE_RUNS = re.compile(r"[ \t\f\v]{2,}")
# Rows of one table that empty lines part, as pages are made into text.
_ROWS_APART = re.compile(r"\|[ \t]{0,3}\n\n(?=\|)")
_EMPTY_LINES = re.compile(r"\n[ \t]*\n[ \t\n]*")

# These letters tell Turkish words apart (oldu: became, öldü: died), so they keep their dots and tails.
_KEPT = {"ö": "ö", "Ö": "ö", "ü": "ü", "Ü": "ü", "ş": "ş", "Ş": "ş", "ç": "ç", "Ç": "ç", "ğ": "ğ", "Ğ": "ğ"}
_FOLD_BY_HAND = _KEPT | {
    "İ": "i", "ı": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "a", "œ": "o", "ß": "s",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ک": "ك", "ی": "ي",
    "،": ",", "؛": ";", "؟": "?", "٫": ".", "٬": ",", "٪": "%", "۔": ".",
    "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "ʾ": "'", "ʿ": "'", "`": "'", "´": "'", "′": "'",
    "“": '"', "”": '"', "«": '"', "»": '"', "„": '"',
    "–": "-", "‐": "-", "‑": "-", "‒": "-", "−": "-", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip


class _FoldTable(dict[int, str]):
    """A translation table that works out each character once."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character in _FOLD_BY_HAND:
        return _FOLD_BY_HAND[character]
    if character.isspace():
        return "\n" if character in "\n\r" else " "
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    base = unicodedata.normalize("NFKD", character)[:1].lower()
    return base if len(base) == 1 and base.isalnum() else character


@functools.cache
def _fold_table() -> _FoldTable:
    return _FoldTable()


def fold(text: str) -> str:
    """Fold a text for matching; the result has the same length.

    >>> fold("Déplacés: ٣٥٩٬٤٧١ — İdlib’den")
    "deplaces: 359,471 — idlib'den"
    """
    return text.translate(_fold_table())


def clean(text: str) -> str:
    r"""Take out what is no letter (controls, vowel signs), compose accents, and tidy the white space.

    >>> clean("31\u200f أَلْف\r\n\r\n\r\nnext")
    '31 ألف\n\nnext'
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _DROPPED.sub("", text)
    text = _SPACE_RUNS.sub(" ", text)
    text = _EMPTY_LINES.sub("\n\n", text).strip()
    return _ROWS_APART.sub("|\n", text)


# A sentence ends at . ! ? before white space, and at the end of a line before a list item or a label with its number
# ("In camps: 300,000"); a semicolon does not end it.
# Every way begins with one set of signs, so that the search jumps from one to the next.
_SENTENCE_END = re.compile(
    r"""[.!?…\n](?:(?<!\n)["')\]]{0,2}(?=\s)|(?<=\n)(?:\n|(?=[ \t]{0,4}(?:[-*•▪●◦]|\d{1,2}[.)])\s)"""
    r"""|(?=[^\n:]{1,60}:[ \t]{0,2}\d)|(?<=\d\n)(?=[^\n:]{1,60}:)"""
    r"""|(?=\d[\d.,]{0,11}(?:[ ][^\W\d_]{1,9})?[ ][-–—][ ])))"""
)
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "st",
        "no",
        "nos",
        "gen",
        "col",
        "maj",
        "lt",
        "sgt",
        "prof",
        "approx",
        "pop",
        "incl",
        "ind",
        "indiv",
        "hh",
        "gov",
        "prov",
        "dist",
        "est",
        "ca",
        "cf",
        "vs",
        "fig",
        "al",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "a.m",
        "p.m",
        "u.n",
        "u.s",
        "e.g",
        "i.e",
        "m",
        "mme",
        "env",
        "av",
        "hz",
        "dr",
        "yy",
        "km",
        "u.k",
        "d.c",
    ]
)
_LAST_WORD = re.compile(r"[\w.]{1,12}$")
# A sentence without end (a table, a broken file) is cut, so that the work on one sentence stays bounded.
LONGEST_SENTENCE = 1500


def sentences(text: str, folded: str) -> Iterator[tuple[int, int]]:
    r"""Give the span of each sentence, without the white space around it.

    >>> text = "He left at 6 a.m. on foot. 31 000 fled.\n\n- 12 tents"
    >>> [text[start:end] for start, end in sentences(text, fold(text))]
    ['He left at 6 a.m. on foot.', '31 000 fled.', '- 12 tents']
    """
    start = 0
    for match in _SENTENCE_END.finditer(folded):
        if match.group()[0] == "." and not _ends_here(text, folded, start, match.start(), match.end()):
            continue
        yield from _pieces(text, start, match.end())
        start = match.end()
    yield from _pieces(text, start, len(text))


def _ends_here(text: str, folded: str, start: int, dot: int, after: int) -> bool:
    last = _LAST_WORD.search(folded, max(start, dot - 12), dot)
    if last and last.group() in _ABBREVIATIONS:
        follower = text[after : after + 3].strip()[:1]
        return follower.isupper() and last.group() in {"a.m", "p.m"}
    if last and len(last.group()) == 1 and last.group().isalpha() and text[dot - 1].isupper():
        return False
    rest = text[after : after + 4].lstrip(" \n\"'“«([‘")
    return not rest[:1].islower()


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        cut = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        cut = cut if cut > start else start + LONGEST_SENTENCE
        yield from _stripped(text, start, cut)
        start = cut
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


_ARABIC_LETTER = re.compile("[\u0620-\u064a]")
_LATIN_LETTER = re.compile("[a-z]")


def is_arabic(folded: str) -> bool:
    """Tell whether most letters are Arabic."""
    if not _ARABIC_LETTER.search(folded):
        return False
    return len(_ARABIC_LETTER.findall(folded)) > len(_LATIN_LETTER.findall(folded))
