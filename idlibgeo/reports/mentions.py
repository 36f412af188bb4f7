"""Places in a sentence: named, described, and the part they play.

A name comes from a place finder (a gazetteer), or is spotted by its form: a capitalised name in Latin script, in
Arabic the words behind "from", "to", "the town of". Words around it can make it a region ("southern Idlib", "the
eastern countryside of Saraqib", "Idlib province"). Regions without a name are rules of ``regions.toml``.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from idlibgeo.reports.lexicon import Hit, Lexicon, lexicon
from idlibgeo.reports.sentence import Sentence
from idlibgeo.reports.templates import TemplateSet, build_templates

_UPPER = "A-ZÀ-ÖØ-ÞİŞĞŠŽČĆĐŁŻ"
_APOSTROPHE = "'’‘ʼʻʿʾ`"
_PARTICLE = r"(?:(?:al|an|ar|as|ash|at|ad|az|el|en|es|er|et|ul)-|(?:al|an|el|de|du|la|sur|le|d'|l'|abu|umm|ibn|bin)\s)"
_WORD = rf"[{_UPPER}](?:[^\W\d_]|[{_APOSTROPHE}](?=[^\W\d_])){{0,24}}"
_PLAIN_WORD = rf"[{_UPPER}][^\W\d_]{{0,24}}"
_NAME, _TURKISH_NAME = (
    re.compile(rf"(?<!\w)(?:{_PARTICLE})?{word}(?:(?:\s{{1,2}}|-)(?:{_PARTICLE})?{word}){{0,4}}")
    # In Turkish an apostrophe ends the name: what follows is its case.
    for word in (_WORD, _PLAIN_WORD)
)
_FIRST_WORD = re.compile(r"\w+(?=\s|$)")
_LAST_WORD = re.compile(r"\w+$")
_ENDING = re.compile(r"'(?:s|[a-zıiüuöğşç]{1,6})$")
_ARABIC_WORD = re.compile("[\u0621-\u064a]{2,20}")


class Spot(NamedTuple):
    """A place in a sentence, from position `start` up to `end` of the sentence."""

    start: int
    end: int
    label: str  # what a figure says of it
    role: str = "context"
    anchored: bool = True
    known: bool = False  # a place finder knows it
    region: bool = False


@dataclass(frozen=True)
class _Regions:
    templates: TemplateSet
    adjectives: dict[str, str]


@functools.cache
def region_rules() -> tuple[dict[str, Any], ...]:
    """Read ``regions.toml``."""
    resource = importlib.resources.files("idlibgeo.reports") / "regions.toml"
    return tuple(tomllib.loads(resource.read_text(encoding="utf-8"))["rule"])


@functools.cache
def _regions(language: str) -> _Regions:
    words = lexicon(language)
    adjectives = {word: row["label"] for word, row in words.words("adjective")}
    directions = [word for word, _ in words.words("direction")]
    placeholders = {"adjective": _choice(adjectives), "direction": _choice(directions)}
    rows = [row for row in region_rules() if row["language"] == language]
    return _Regions(build_templates(rows, placeholders, proclitics=words.proclitics), adjectives)


def _choice(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


def spots(sentence: Sentence, known: Sequence[tuple[int, int]]) -> list[Spot]:
    """Give the places of a sentence in order, each with its role; `known` are the spans of a place finder."""
    found = [*_region_spots(sentence), *_known_spots(sentence, known), *_spotted(sentence, known)]
    kept: list[Spot] = []
    for spot in sorted(found, key=lambda spot: (spot.start, -spot.end, not spot.known)):
        if kept and spot.start < kept[-1].end:
            kept[-1] = _better(kept[-1], spot)
        else:
            kept.append(spot)
    return _with_roles(sentence, kept)


def _better(left: Spot, right: Spot) -> Spot:
    """Of two overlapping spots keep the described region, then the known name, then the longer one."""
    if right.start <= left.start and left.end < right.end:
        return right
    if (
        left.end - left.start > right.end - right.start
        and left.start <= right.start
        and right.end <= left.end
    ):
        return left if left.known or not right.known else _with_known(left, right)
    if left.region != right.region:
        return left if left.region else right
    if left.known != right.known:
        return left if left.known else right
    return left if left.end - left.start >= right.end - right.start else right


def _with_known(longer: Spot, known: Spot) -> Spot:
    """A name inside a longer spot: "southern Idlib" stays, "General Idlib" is cut to what is known."""
    extra = len(longer.label.split()) - len(known.label.split())
    return longer._replace(known=True) if longer.region or extra > 0 else known


def _region_spots(sentence: Sentence) -> list[Spot]:
    regions = _regions(sentence.language)
    found: list[Spot] = []
    for template, match in regions.templates.search(sentence):
        if found and match.start() < found[-1].end:
            continue
        adjectives = [
            regions.adjectives[text]
            for name, text in match.groupdict().items()
            if name.startswith("adjective") and text
        ]
        label = str(template.row["label"]).format(adjective="-".join(adjectives))
        found.append(
            Spot(match.start(), match.end(), label, anchored=template.row.get("anchored", True), region=True)
        )
    return found


def _known_spots(sentence: Sentence, known: Sequence[tuple[int, int]]) -> list[Spot]:
    spots_found = [Spot(start, end, sentence.text[start:end], known=True) for start, end in known]
    return [_widened(sentence, spot) for spot in spots_found]


def _spotted(sentence: Sentence, known: Sequence[tuple[int, int]]) -> list[Spot]:
    found = _arabic_names(sentence) if sentence.language == "ar" else _latin_names(sentence, known)
    return [_widened(sentence, spot) for spot in found]


@functools.cache
def _stops(language: str) -> frozenset[str]:
    return frozenset(word for word, _ in lexicon(language).words("name_stop"))


def _latin_names(sentence: Sentence, known: Sequence[tuple[int, int]]) -> list[Spot]:
    """Spot capitalised names; which of them are places the words before them decide."""
    found: list[Spot] = []
    pattern = _TURKISH_NAME if sentence.language == "tr" else _NAME
    stops = _stops(sentence.language)
    for match in pattern.finditer(sentence.text):
        start, end = match.span()
        if (start, end) in known or sentence.folded[start:end] in stops:
            continue
        start, end = _trim(sentence, start, end)
        if end - start >= 3 and not _is_known_word(sentence, start, end) and _is_placed(sentence, start, end):
            found.append(Spot(start, end, sentence.text[start:end]))
    return found


def _trim(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """Cut off words that are no names at both ends, a genitive 's and Turkish case endings."""
    stops = _stops(sentence.language)
    while start < end and (word := _FIRST_WORD.match(sentence.folded[start:end])) and word.group() in stops:
        start += word.end()
        while start < end and not sentence.text[start].isalnum():
            start += 1
    owner = sentence.folded.rfind("'s ", start, end) if sentence.language == "en" else -1
    start = owner + 3 if owner >= 0 else start
    suffix = (
        _ENDING.search(sentence.folded[start:end])
        if sentence.language in ("en", "tr") and "'" in sentence.folded[start:end]
        else None
    )
    if suffix and (sentence.language == "tr" or suffix.group() == "'s"):
        end = start + suffix.start()
    while start < end and (word := _LAST_WORD.search(sentence.folded[start:end])) and word.group() in stops:
        end = start + word.start()
        while end > start and not sentence.text[end - 1].isalnum():
            end -= 1
    return start, end


def _is_known_word(sentence: Sentence, start: int, end: int) -> bool:
    """An organisation, a month, or a word that the list knows as something else is no place."""
    others = [*sentence.of("org"), *sentence.of("month"), *sentence.of("weekday")]
    if not others:
        return False
    first, last = sentence.word_at(start), sentence.word_at(end)
    return any(hit.first < last and hit.last > first for hit in others)


def _is_placed(sentence: Sentence, start: int, end: int) -> bool:
    """A spotted name is a place where a place word stands before or behind it."""
    first, last = sentence.word_at(start), sentence.word_at(end)
    behind = last + (last < len(sentence.words) and sentence.words[last] == ",")
    if sentence.at("area_after", last) or sentence.at("home_to", behind):
        return True
    if sentence.language == "tr" and (
        sentence.folded[end : end + 1] == "'" or sentence.at("list_link", last)
    ):
        return True
    before = _skip_back(sentence, first)
    return bool(sentence.ending("role", before) or sentence.ending("area_before", first)) or _listed(
        sentence, first
    )


def _listed(sentence: Sentence, first: int) -> bool:
    """A name behind "and" or a comma, whose list began with a place word, as in "from A, B and C"."""
    place = first - 1
    while place > 0 and first - place < 14:
        word = sentence.words[place]
        if word[0].isdigit() or word in ";:.":
            return False
        if sentence.ending("role", place):
            return True
        if not (
            word in ",-'" or sentence.text[sentence.starts[place]].isupper() or _is_link(sentence, place)
        ):
            return False
        place -= 1
    return False


def _is_link(sentence: Sentence, place: int) -> bool:
    kinds = (
        "boundary",
        "name_particle",
        "direction",
        "area_before",
        "area_after",
        "article",
        "list_link",
        "region_before",
    )
    return any(sentence.covering(kind, place) for kind in kinds)


def _skip_back(sentence: Sentence, place: int) -> int:
    """Step back over "the", "northern", "the town of"."""
    moved = True
    while moved and place > 0:
        moved = False
        for kind in ("direction", "area_before", "article"):
            hit = sentence.ending(kind, place)
            if hit:
                place, moved = hit.first, True
        if moved and place > 0 and sentence.words[place - 1].isdigit():  # "left 37 villages in"
            place -= 1
    return place


def _arabic_names(sentence: Sentence) -> list[Spot]:
    """Spot the words behind a place word: one, or two where the first never stands alone (معرة, جسر, خان)."""
    found: list[Spot] = []
    stops = _stops("ar")
    for hit in (*sentence.of("role"), *sentence.of("area_before")):
        place = hit.last
        if place >= len(sentence.words) or not _may_be_arabic_name(sentence, place, stops):
            continue
        last = place + 1
        if (
            sentence.at("name_head", place)
            and last < len(sentence.words)
            and _ARABIC_WORD.fullmatch(sentence.words[last])
        ):
            last += 1
        start, end = sentence.starts[place], sentence.ends[last - 1]
        found.append(Spot(start, end, sentence.text[start:end]))
        found.extend(_arabic_list(sentence, last, stops))
    return found


def _arabic_list(sentence: Sentence, place: int, stops: frozenset[str]) -> list[Spot]:
    """Spot the names joined to the one before by a و that is written as part of the word."""
    found: list[Spot] = []
    while place < len(sentence.words) and (word := sentence.words[place]).startswith("و") and len(word) > 3:
        if not _may_be_arabic_name(sentence, place, stops) or word[1:] in stops:
            break
        last = place + 1
        if (
            _is_name_head(sentence, place)
            and last < len(sentence.words)
            and _ARABIC_WORD.fullmatch(sentence.words[last])
        ):
            last += 1
        start, end = sentence.starts[place] + 1, sentence.ends[last - 1]
        found.append(Spot(start, end, sentence.text[start:end]))
        place = last
    return found


def _is_name_head(sentence: Sentence, place: int) -> bool:
    return sentence.at("name_head", place) is not None


def _may_be_arabic_name(sentence: Sentence, place: int, stops: frozenset[str]) -> bool:
    word = sentence.words[place]
    if not _ARABIC_WORD.fullmatch(word) or word in stops or word.removeprefix("ال") in stops:
        return False
    others = (
        "unit",
        "cue",
        "number",
        "scale",
        "vague",
        "month",
        "qualifier",
        "timeunit",
        "role",
        "area_before",
        "direction",
        "demographic",
        "org",
        "time_word",
        "dual",
        "modal",
        "weekday",
        "fraction",
    )
    return not any(sentence.covering(kind, place) for kind in others)


_WIDENING = frozenset({"direction", "region_before", "area_after", "direction_after"})


def _widened(sentence: Sentence, spot: Spot) -> Spot:
    """Take "southern", "the countryside of", "province" around a name into the mention."""
    if _WIDENING.isdisjoint(sentence.by_kind):
        return spot
    first, last = sentence.word_at(spot.start), sentence.word_at(spot.end)
    start, end = spot.start, spot.end
    before = _region_start(sentence, first)
    if before < first:
        start = sentence.starts[before]
    after = sentence.at("area_after", last) or sentence.at("direction_after", last)
    if after and sentence.starts[after.first] - end <= 2:
        end = sentence.ends[after.last - 1]
        further = sentence.at("direction_after", after.last)
        end = sentence.ends[further.last - 1] if further else end
    return (
        spot._replace(start=start, end=end, label=sentence.text[start:end])
        if (start, end) != (spot.start, spot.end)
        else spot
    )


def _region_start(sentence: Sentence, first: int) -> int:
    """Give the first word of "the eastern countryside of" before a name."""
    place = first
    while place > 0:
        hit = sentence.ending("direction", place) or (sentence.ending("region_before", place))
        if hit is None:
            return place
        place = hit.first
    return place


def _with_roles(sentence: Sentence, found: list[Spot]) -> list[Spot]:
    done: list[Spot] = []
    for spot in found:
        before = done[-1] if done else None
        role = _role(sentence, spot, before)
        done.append(Spot(spot.start, spot.end, spot.label, role, spot.anchored, spot.known, spot.region))
    return _roles_from_behind(sentence, done) if sentence.language == "tr" else done


def _roles_from_behind(sentence: Sentence, found: list[Spot]) -> list[Spot]:
    """Turkish: in "A ve B'den" the case stands on the last name and holds for all; a lone name without case goes."""
    done: list[Spot] = []
    for spot in reversed(found):
        after = done[-1] if done else None
        joined = after is not None and _joined(sentence, spot, after)
        cased = spot.known or spot.region or sentence.folded[spot.end : spot.end + 1] == "'"
        if joined and after is not None and not sentence.folded.startswith("'", spot.end):
            done.append(spot._replace(role=after.role))
        elif cased or sentence.at("area_after", sentence.word_at(spot.end)) or " " in spot.label:
            done.append(spot)
    return done[::-1]


def _role(sentence: Sentence, spot: Spot, before: Spot | None) -> str:
    first = sentence.word_at(spot.start)
    suffix = _suffix_role(sentence, spot)
    if suffix:
        return suffix
    hit = _role_hit(sentence, spot, first)
    if (
        hit is not None
        and before is not None
        and hit.entry.label == "context"
        and _elliptic(sentence, before, hit)
    ):
        return before.role
    if hit is not None:
        return _settled(sentence, hit.entry.label, hit.first)
    if before is not None and _joined(sentence, before, spot):
        return before.role
    if _after_shelter_verb(sentence, first):
        return "destination"
    behind = sentence.at("role_after", sentence.word_at(spot.end))
    return behind.entry.label if behind else "context"


def _elliptic(sentence: Sentence, before: Spot, hit: Hit) -> bool:
    """As in "12,000 arrived in A'zaz and 9,500 in Al-Bab": only a link and a number stand between."""
    between = range(sentence.word_at(before.end), hit.first)
    return (
        1 <= len(between) <= 4
        and all(
            sentence.words[place][0].isdigit() or sentence.words[place] == "," or _is_link(sentence, place)
            for place in between
        )
        and any(sentence.words[place][0].isdigit() for place in between)
    )


def _role_hit(sentence: Sentence, spot: Spot, first: int) -> Hit | None:
    """Find the role word right before a place, or the one that a region begins with ("near the border")."""
    inside = sentence.at("role", first) if spot.region and not spot.anchored else None
    return sentence.ending("role", first) or sentence.ending("role", _skip_back(sentence, first)) or inside


def _settled(sentence: Sentence, role: str, place: int) -> str:
    """As in "From" and "to" are roles only where somebody moves; "in" and "near" are where somebody arrives."""
    if role == "home":
        returns = any(hit.entry.label == "return" for hit in sentence.of("cue"))
        role = "destination" if returns else "origin"
    if role == "context" and _after_shelter_verb(sentence, place):
        return "destination"
    if role == "context" and _after_attack(sentence, place):
        return "attacked"
    if role in ("origin", "destination") and not _somebody_moves(sentence):
        return "context"
    return role


def _somebody_moves(sentence: Sentence) -> bool:
    return bool(sentence.of("flee_verb") or sentence.of("shelter_verb")) or any(
        hit.entry.label in ("move", "return", "refugee", "stock") for hit in sentence.of("cue")
    )


def _after_shelter_verb(sentence: Sentence, place: int) -> bool:
    return any(0 <= place - hit.last <= 1 for hit in sentence.of("shelter_verb"))


def _after_attack(sentence: Sentence, place: int) -> bool:
    """As in "Heavy shelling on the town of …": the attack stands some words before the place."""
    attacks = [hit for hit in sentence.of("role") if hit.entry.label == "attacked"]
    return any(0 <= place - hit.last <= 3 for hit in attacks)


def _joined(sentence: Sentence, before: Spot, spot: Spot) -> bool:
    """A list: only a comma, "and" or an article stands between the two."""
    between = sentence.folded[before.end : spot.start]
    if len(between) >= 20:
        return False
    return not between.strip(" ,/") or any(
        between.strip(" ,-/") == link for link, _ in sentence.lexicon.words("list_link")
    )


def _suffix_role(sentence: Sentence, spot: Spot) -> str:
    """Turkish: the case ending behind the apostrophe says from, to or in."""
    if sentence.language != "tr":
        return ""
    match = re.match(r"'([^\W\d_]{1,4})\b", sentence.folded[spot.end : spot.end + 7])
    ending = match.group(1) if match else _region_ending(sentence, spot)
    case = sentence.at("direction_case", sentence.word_at(spot.end + 1 + len(ending))) if match else None
    if case is not None:  # İdlib'in güneyinden
        return case.entry.label if _somebody_moves(sentence) else "context"
    for word, row in sentence.lexicon.words("suffix_role"):
        if word == ending:
            return row["label"] if _somebody_moves(sentence) or row["label"] == "context" else "context"
    return ""


def _region_ending(sentence: Sentence, spot: Spot) -> str:
    word = sentence.folded[spot.start : spot.end].split()[-1]
    found = re.search(r"(?:lar|ler|si|ri|ni)?n?(dan|den|tan|ten|da|de|a|e)$", word) if spot.region else None
    return found.group(1) if found else ""


def words_of(language: str) -> Lexicon:
    """Give the word list of a language."""
    return lexicon(language)
