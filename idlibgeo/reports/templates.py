"""Templates: the patterns of ``periods.toml`` and ``regions.toml``, written for people and made into safe expressions.

In a template a space is any white space, ``(a|b)`` is a choice, ``[x]`` may be missing, ``{name}`` is a placeholder.
Everything is bounded, so no text can make a search hang, and a template is tried only where a word stands that it can
start with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idlibgeo.reports.sentence import Sentence
from idlibgeo.reports.text import fold

NUMBER_START = "#"


@dataclass(frozen=True)
class Template:
    """One template: its expression, the words it can start with, and the row of the file."""

    expression: re.Pattern[str]
    starts: frozenset[str]
    row: Mapping[str, Any]


@dataclass(frozen=True)
class _Alike:
    """The templates that start with the same word, and one expression that fits where any of them does."""

    any_of: re.Pattern[str]
    templates: tuple[Template, ...]

    def fits(self, folded: str, start: int) -> list[tuple[Template, re.Match[str]]]:
        """Give those that fit at a place, the longest first."""
        if self.any_of.match(folded, start) is None:
            return []  # most places
        found = [
            (template, match)
            for template in self.templates
            if (match := template.expression.match(folded, start))
        ]
        return sorted(found, key=lambda fit: -fit[1].end()) if len(found) > 1 else found


_GROUP_NAME = re.compile(r"\(\?P<\w+>")


def _alike(templates: Sequence[Template]) -> _Alike:
    sources = (_GROUP_NAME.sub("(?:", template.expression.pattern) for template in templates)
    return _Alike(re.compile("|".join(f"(?:{source})" for source in sources)), tuple(templates))


_Openings = tuple[tuple[int, _Alike], ...]
# Bounded, so that memory does not grow with the number of reports.
_MOST_KNOWN_WORDS = 20_000


@dataclass(frozen=True)
class TemplateSet:
    """The templates of one language by the word they start with."""

    by_start: Mapping[str, _Alike]
    proclitics: tuple[str, ...]
    _known: dict[str, _Openings] = field(default_factory=dict)

    def search(self, sentence: Sentence) -> Iterator[tuple[Template, re.Match[str]]]:
        """Give every place where a template fits, in order, the longest first; they may overlap."""
        numbered = sentence.digits and NUMBER_START in self.by_start
        if not self.proclitics and not numbered and self.by_start.keys().isdisjoint(sentence.words):
            return  # most sentences
        known = self._known
        for word, start in zip(sentence.words, sentence.starts, strict=True):
            opening = known.get(word)
            for offset, alike in self._opened_by(word) if opening is None else opening:
                yield from alike.fits(sentence.folded, start + offset)

    def _opened_by(self, word: str) -> _Openings:
        """Give the templates that may start in a word, and how far in: behind what Arabic joins to its front."""
        if word[0].isdigit():
            numbered = self.by_start.get(NUMBER_START)
            return ((0, numbered),) if numbered else ()
        if len(self._known) > _MOST_KNOWN_WORDS:
            self._known.clear()
        fronts = ("", *(proclitic for proclitic in self.proclitics if word.startswith(proclitic)))
        found = ((len(front), self.by_start.get(word[len(front) :])) for front in fronts)
        opening = self._known[word] = tuple((offset, alike) for offset, alike in found if alike)
        return opening


def build_templates(
    rows: Sequence[Mapping[str, Any]], placeholders: Mapping[str, str], *, proclitics: tuple[str, ...]
) -> TemplateSet:
    """Make the templates of one language from rows with a `pattern` each."""
    by_start: dict[str, list[Template]] = {}
    for row in rows:
        template = Template(*compile_pattern(row["pattern"], placeholders), row)
        for start in template.starts:
            by_start.setdefault(start, []).append(template)
    return TemplateSet({start: _alike(found) for start, found in by_start.items()}, proclitics)


def compile_pattern(pattern: str, placeholders: Mapping[str, str]) -> tuple[re.Pattern[str], frozenset[str]]:
    """Make an expression of a template, and find the words that it can start with.

    >>> expression, starts = compile_pattern("since [the] (start|end) of {month}", {"month": "may|june"})
    >>> bool(expression.match("since start of june")), sorted(starts)
    (True, ['since'])
    """
    seen: dict[str, int] = {}
    source = _sequence(pattern, placeholders, seen)
    return re.compile(source + r"(?!\w)"), frozenset(_starts(pattern, placeholders))


_SPACE = r"\s{1,3}"


def _sequence(pattern: str, placeholders: Mapping[str, str], seen: dict[str, int]) -> str:
    """Join the words of a template; a word that may be missing takes one space along."""
    words = _split(pattern, " ")
    sources = [_word(word, placeholders, seen) for word in words]
    required = [place for place, word in enumerate(words) if not _is_optional(word)]
    last = required[-1] if required else -1
    parts: list[str] = []
    for place, (word, source) in enumerate(zip(words, sources, strict=True)):
        if not _is_optional(word):
            parts.append(source + (_SPACE if place < last else ""))
        elif place < last:
            parts.append(f"(?:{source}{_SPACE})?")
        else:
            parts.append(f"(?:{_SPACE}{source})?")
    return "".join(parts)


def _is_optional(word: str) -> bool:
    return word[:1] == "[" and _closing(word) == len(word) - 1


def _word(word: str, placeholders: Mapping[str, str], seen: dict[str, int]) -> str:
    """Make the expression of one word of a template, without the question mark of one that may be missing."""
    if _is_optional(word):
        return _sequence(word[1:-1], placeholders, seen)
    source, place = "", 0
    while place < len(word):
        rest = word[place:]
        if rest[0] not in "{[(":
            source += re.escape(fold(rest[0]))
            place += 1
            continue
        close = _closing(rest) if rest[0] != "{" else rest.index("}")
        source += _bracket(rest[: close + 1], placeholders, seen)
        place += close + 1
    return source


def _bracket(text: str, placeholders: Mapping[str, str], seen: dict[str, int]) -> str:
    inner = text[1:-1]
    if text[0] == "{":
        seen[inner] = seen.get(inner, 0) + 1
        label = inner if seen[inner] == 1 else f"{inner}{seen[inner]}"
        return f"(?P<{label}>{placeholders[inner]})"
    if inner == " ":
        return r"\s?"
    choices = "|".join(_sequence(choice, placeholders, seen) for choice in _split(inner, "|"))
    return f"(?:{choices})" + ("?" if text[0] == "[" else "")


def _starts(pattern: str, placeholders: Mapping[str, str]) -> Iterator[str]:
    """Give the first word of each way through the start of a template."""
    for way in _expand(pattern, placeholders):
        word = re.match(r"[^\W\d_]+|\d|[^\w\s]", fold(way))
        if word:
            yield NUMBER_START if word.group().isdigit() else word.group()


def _expand(pattern: str, placeholders: Mapping[str, str]) -> list[str]:
    pattern = pattern.lstrip()
    if pattern[:1] == "[":
        close = _closing(pattern)
        inner, rest = pattern[1:close], pattern[close + 1 :]
        return [*_expand(inner + " " + rest, placeholders), *_expand(rest, placeholders)]
    if pattern[:1] == "(":
        close = _closing(pattern)
        inner, rest = pattern[1:close], pattern[close + 1 :]
        return [way for choice in _split(inner, "|") for way in _expand(choice + rest, placeholders)]
    if pattern[:1] == "{":
        name = pattern[1 : pattern.index("}")]
        return _placeholder_starts(placeholders[name])
    return [pattern]


def _placeholder_starts(expression: str) -> list[str]:
    plain = re.sub(r"\(\?:|\)", "", expression)
    return [
        "0" if choice[:1] in "\\[(0123456789" else choice.replace("\\", "") for choice in plain.split("|")
    ]


def _closing(pattern: str) -> int:
    depth = 0
    for place, character in enumerate(pattern):
        depth += (character in "([") - (character in ")]")
        if depth == 0:
            return place
    raise ValueError(f"template {pattern!r}: a bracket is not closed")


def _split(pattern: str, sign: str) -> list[str]:
    """Split at a sign that stands outside all brackets."""
    pieces, depth, start = [], 0, 0
    for place, character in enumerate(pattern):
        depth += (character in "([{") - (character in ")]}")
        if character == sign and depth == 0:
            pieces.append(pattern[start:place])
            start = place + 1
    return [*pieces, pattern[start:]]
