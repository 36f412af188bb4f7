"""Names as sounds: Latin, Turkish and Arabic script written in one alphabet, by rules kept as data.

A name becomes a string of sounds, one character each, so that ``Cisr eş-Şuğur``, ``Jisr al-Shughur`` and
``جسر الشغور`` can be laid side by side. The rules stand in four tables beside this module, each row with an
example and where it comes from: ``fold.csv`` (characters), ``letters.csv`` (letters and digraphs), ``words.csv``
(articles and common parts of names) and ``costs.csv`` (how far two sounds are apart).

>>> spell("Cisr eş-Şuğur")[0].sounds, spell("Jisr al-Shughur")[0].sounds, spell("جسر الشغور")[0].sounds
('jisr$uGur', 'jisrSuGur', 'jsrSGWr')
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

APOSTROPHES = "'’‘ʿʾʼʻ`´"

# What stands behind the apostrophe: s, -da -den -daki, -(n)in, -(y)i -(n)a, -li, -(y)le, -dir.
ENDING = re.compile(
    rf"(?<=\w)[{APOSTROPHES}](?:s|[dt][ae]n?|[dt][ae]ki\w*|n?[ıiuü]n|[yn]?[ıiuüae]|[yn][ae]|l[ıiuü]|y?l[ae]|[dt][ıiuü]r)"
    r"(?!\w)",
    re.IGNORECASE,
)

VOWELS = frozenset("aeiouEO")

# What a skeleton keeps: one letter per family of consonants that writers exchange. Vowels, ayn, h at the end
# and the glides are gone, so that a name in Arabic script and one in Latin script can share a skeleton.
FAMILIES: Mapping[str, str] = {
    **dict.fromkeys("bp", "b"), **dict.fromkeys("t48", "t"), **dict.fromkeys("dD5Zz", "d"),
    **dict.fromkeys("jc", "j"), **dict.fromkeys("s9SC$", "s"), **dict.fromkeys("kqg", "k"),
    **dict.fromkeys("xh7", "h"), "G": "g", "f": "f", "l": "l", "m": "m", "n": "n", "r": "r",
}  # fmt: skip

_TO_FAMILY = str.maketrans(
    {chr(code): FAMILIES.get(chr(code), "") for code in range(128)}  # sounds are ASCII
)
_ARABIC = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f]")
_WORD = re.compile(r"[^\W\d_]+")
_MARK_BETWEEN = re.compile(r"(?<=\w)'(?=\w)")
_SUB_DISTRICT = re.compile(r"\bsub[- ]district\b")
_REPEATED = re.compile(r"(.)\1+")
_DOUBLED = re.compile(r"([^aeiou\W])\1+")
# English and French write k as c where it is hard; Turkish writes j with the same letter.
_HARD_C = re.compile(r"c(?=[aou]|$|[lrt])")
_TURKISH = re.compile("[şçğıöü$]")
GLUED_RULE = "article written on to the word dropped"
HARD_C_RULE = "c = k"
_GLUED_ARTICLE = re.compile(r"^(?:[ae]l(?=...)|[ae](?=(?:ss|rr|nn|dd|tt|zz|shsh|chch)..))")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One reading of a written name.

    Attributes
    ----------
    written
        The words that were read, folded, with single spaces.
    sounds
        One character a sound.
    skeleton
        Families of consonants only; what the index is searched by.
    script
        ``latin`` or ``arabic``.
    rules
        Rules that changed something, in words.
    """

    written: str
    sounds: str
    skeleton: str
    script: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _WordRule:
    sounds: str
    kind: str
    rule: str


def read_table(name: str) -> list[dict[str, str]]:
    """Read a table that lies beside this module, one dictionary a row."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _folds() -> dict[str, str]:
    return {row["given"]: row["folded"] for row in read_table("fold.csv")}


@cache
def _letters(script: str) -> tuple[tuple[str, str, str, str], ...]:
    rows = [row for row in read_table("letters.csv") if row["script"] == script]
    # Longest first; among equals the one bound to a place in the word before the free one.
    rows.sort(key=lambda row: (-len(row["written"]), row["where"] == "any"))
    return tuple((row["written"], row["where"], row["sound"], row["rule"]) for row in rows)


@cache
def _letters_by_first(
    script: str,
) -> dict[str, tuple[tuple[int, dict[str, list[tuple[str, str, str]]]], ...]]:
    """First letter → lengths of what is written, longest first, and what each of that length becomes where."""
    found: dict[str, dict[int, dict[str, list[tuple[str, str, str]]]]] = {}
    for written, where, sound, rule in _letters(script):
        of_length = found.setdefault(written[0], {}).setdefault(len(written), {})
        told = rule if len(written) > 1 or where != "any" else ""
        of_length.setdefault(written, []).append((where, sound, told))
    return {first: tuple(of_length.items()) for first, of_length in found.items()}


@cache
def _kept_letters() -> frozenset[str]:
    return frozenset("".join(rule[0] for script in ("latin", "arabic") for rule in _letters(script)))


@cache
def _words(script: str) -> dict[str, tuple[_WordRule, ...]]:
    found: dict[str, list[_WordRule]] = {}
    for row in read_table("words.csv"):
        if row["script"] != script:
            continue
        for written in row["written"].split("|"):
            rule = _WordRule(row["becomes"], row["kind"], row["rule"])
            found.setdefault(fold(written).replace("'", ""), []).append(rule)
    return {word: tuple(rules) for word, rules in found.items()}


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, without vowel signs and accents that carry no sound; what carries one is kept.

    >>> fold("Ma‘arrat an-Nu‘mān"), fold("İDLİB"), fold("أريحـا")
    ("ma'arrat an-nu'man", 'idlib', 'اريحا')
    """
    folds, kept = _folds(), _kept_letters()
    folded = []
    for char in unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()):
        if char in folds:
            folded.append(folds[char])
        elif char in kept or char.isascii():
            folded.append(char)
        else:
            plain = unicodedata.normalize("NFKD", char)
            folded.extend(folds.get(part, part) for part in plain if not unicodedata.combining(part))
    return "".join(folded)


def _one_of_two(match: re.Match[str]) -> str:
    return match[1]  # a function: a template would be parsed anew for each word


def _fits(where: str, word: str, start: int, end: int) -> bool:
    if where == "start":
        return start == 0
    if where == "end":
        return end == len(word) and start > 0
    return end == len(word) or word[end] not in "aeiouyı"  # closed syllable


def _sound_at(
    rules: tuple[tuple[int, dict[str, list[tuple[str, str, str]]]], ...], word: str, at: int
) -> tuple[int, str, str]:
    """How many letters are read at a position of a word, their sound and the rule; an unknown letter has none."""
    for length, of_length in rules:
        for where, sound, rule in of_length.get(word[at : at + length], ()):
            if where == "any" or _fits(where, word, at, at + length):
                return length, sound, rule
    return 1, "", ""


@lru_cache(maxsize=65536)
def word_sounds(word: str, script: str) -> tuple[str, tuple[str, ...]]:
    """Sounds of one folded word, and the rules that changed something.

    >>> word_sounds("salqeen", "latin")
    ('salqin', ('ee = i',))
    """
    by_first = _letters_by_first(script)
    single = _DOUBLED.sub(_one_of_two, word) if script == "latin" else word
    rules = ["doubled consonant"] if single != word else []
    sounds, at = "", 0
    while at < len(single):
        length, sound, rule = _sound_at(by_first.get(single[at], ()), single, at)
        sounds += sound
        if rule:
            rules.append(rule)
        at += length
    return sounds, tuple(rules)


@lru_cache(maxsize=65536)
def script_of(word: str) -> str:
    """``arabic``, ``latin`` or, for letters of neither, an empty text.

    >>> script_of("حلب"), script_of("Halep"), script_of("Алеппо")
    ('arabic', 'latin', '')
    """
    if _ARABIC.search(word):
        return "arabic"
    return "latin" if any("a" <= char <= "z" or char in _kept_letters() for char in fold(word)) else ""


def without_ending(text: str) -> str:
    """Cut off Turkish case endings and the English genitive where an apostrophe parts them from a name.

    >>> without_ending("Maarat en-Numan'dan"), without_ending("Nu'man"), without_ending("İdlib'in güneyi")
    ('Maarat en-Numan', "Nu'man", 'İdlib güneyi')
    """
    return ENDING.sub("", text)


def words_of(text: str) -> list[str]:
    """Folded words of a name; ayn and hamza marks inside a word do not part it.

    >>> words_of("Ma'arrat an-Nu'man")
    ['maarrat', 'an', 'numan']
    """
    joined = _SUB_DISTRICT.sub("subdistrict", _MARK_BETWEEN.sub("", fold(text)))
    return _WORD.findall(joined)


def _is_article(rule: _WordRule, following: str | None, script: str) -> bool:
    if following is None:
        return False
    if rule.kind == "article":
        return True
    first = word_sounds(following, script)[0][:1]
    return rule.kind == "assimilated" and bool(first) and first in rule.sounds.split("|")


def _read_words(words: list[str], script: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give (kind, sounds, rules) for each word: name, word, qualifier, article or generic."""
    table, last = _words(script), len(words) - 1
    for position, word in enumerate(words):
        known = table.get(word)
        if known is None:
            yield ("name", *_plain_word(word, script, position == last))
            continue
        following = words[position + 1] if position < last else None
        rule = next((r for r in known if _is_article(r, following, script)), None) or next(
            (r for r in known if r.kind not in {"article", "assimilated"}), None
        )
        if rule is not None:
            kind = "article" if rule.kind == "assimilated" else rule.kind
            yield kind, "" if kind == "article" else rule.sounds, (rule.rule,)
            continue
        yield ("name", *_plain_word(word, script, following is None))


@lru_cache(maxsize=65536)
def _plain_word(word: str, script: str, last: bool, /) -> tuple[str, tuple[str, ...]]:
    rules: tuple[str, ...] = ()
    if script == "arabic" and word.startswith("ال") and len(word) > 3:
        word, rules = word[2:], ("article dropped",)
    sounds, more = word_sounds(word, script)
    construct = not last and len(sounds) > 3 and sounds[-1] == "t" and sounds[-2] in "aei"
    if script == "latin" and construct and sounds[-3] not in VOWELS:
        sounds, more = sounds[:-2] + "T", (*more, "ta marbuta = t")
    return sounds, rules + more


def _collapse(sounds: str) -> str:
    """Drop a sound that repeats the one before it: words that grow together share it (Kafr Ruma, Kafruma)."""
    return _REPEATED.sub(_one_of_two, sounds)


@lru_cache(maxsize=65536)
def skeleton_of(sounds: str) -> str:
    """Families of consonants of a string of sounds.

    >>> skeleton_of("jsrSGWr") == skeleton_of("jisrSuGur")
    True
    """
    return _collapse(sounds.translate(_TO_FAMILY))


def _spelling(words: list[str], script: str, extra: tuple[str, ...] = ()) -> Spelling | None:
    parts = list(_read_words(words, script))
    if any(kind in {"name", "word"} for kind, _, _ in parts):
        parts = [part for part in parts if part[0] != "generic"]
    else:  # nothing but "the city" or "Gharbi": its letters are all there is
        parts = [("name", *word_sounds(word, script)) for word in words]
    # Qualifiers go last: OCHA writes "Little Sura" for الصورة الصغيرة.
    ordered = [p for p in parts if p[0] != "qualifier"] + [p for p in parts if p[0] == "qualifier"]
    sounds = _collapse("".join(part[1] for part in ordered))
    if not sounds:
        return None
    rules = tuple(dict.fromkeys(rule for _, _, found in parts for rule in found if rule)) + extra
    return Spelling(" ".join(words), sounds, skeleton_of(sounds), script, rules)


@lru_cache(maxsize=65536)
def spell(name: str) -> tuple[Spelling, ...]:
    """Read a name: one spelling a script, and more where an article may be written on to the word or c be k.

    A name without letters of Latin or Arabic script has none.

    >>> [s.sounds for s in spell("Albara")]
    ['albara', 'bara']
    >>> spell("42")
    ()
    """
    words = [(word, script_of(word)) for word in words_of(name)]
    found: list[Spelling | None] = []
    for script in ("latin", "arabic"):
        own = [word for word, its_script in words if its_script == script]
        if not own:
            continue
        found.append(_spelling(own, script))
        if script == "arabic":
            continue
        bare = [_GLUED_ARTICLE.sub("", word) for word in own]
        if bare != own:
            found.append(_spelling(bare, script, (GLUED_RULE,)))
        hard = [_HARD_C.sub("k", word) for word in own] if "c" in name.casefold() else own
        if hard != own and not _TURKISH.search("".join(own)):
            found.append(_spelling(hard, script, (HARD_C_RULE,)))
    unique = {(s.script, s.sounds): s for s in reversed(found) if s is not None}
    return tuple(reversed(unique.values()))
