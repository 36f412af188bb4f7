"""The lay of a sentence: which words separate what, and how much each says for each number.

What a word says falls with distance, at commas and more at semicolons and brackets, and behind other numbers. Where a
number is a part of the one behind it ("170,000 of the 900,000 people displaced since December are in tents"), the
whole has a domain of its own, its noun with the clause that hangs on it: words inside speak for the whole alone, and
the rest of the sentence for the part.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from idlibgeo.reports.count import BULLETS, PEOPLE, Count
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.sentence import Sentence

# Labels of the verbs between "the number" and the number.
REACHED = frozenset({"reached", "stands"})
STRONG = frozenset(";:()—|[]") | BULLETS
_SIGNS = STRONG | {"-", ",", "/"}
# How much a cue before the number says, against one behind it. Arabic puts the verb first, Turkish last.
_BEFORE = {"en": 0.9, "fr": 0.9, "ar": 1.0, "tr": 0.75}
_AFTER = {"en": 1.0, "fr": 1.0, "ar": 0.8, "tr": 1.0}
# "Displaced" inside "31,000 displaced people" says less than a verb.
_ATTRIBUTES = {"move": 0.55, "reside": 0.55, "refugee": 0.75}
# What a word says across the border of a domain.
_FOREIGN = 0.1
# What the noun of one number says for another, and for another that has a noun of its own.
_OTHERS_NOUN = 0.9
_OTHERS_NOUN_BESIDE_OWN = 0.4
# What a verb that kills says for the number before it, where the number killed stands right behind.
_OF_OBJECT = 0.4
# What a verb says behind the comma that ends its clause.
_ENDED = 0.4
# How far behind what they fled the verb of flight may stand, in words.
_TO_FLIGHT = 3
# A verb of less weight than this says too little to put what stands before the number behind it.
_LEAST_VERB = 0.5
# What a word says across a comma or a conjunction; a word list may set less for one that parts more ("while").
_WEAK = 0.85
_TOLD_OF_SPEAKER = frozenset({"move", "return", "injured"})
# How far behind "said" the word "who" may stand, and how far behind that the verb.
_TO_WHO, _TO_VERB = 8, 2
# What a word says across a stronger sign, and across another number.
_STRONG, _NUMBER = 0.3, 0.6
# Words that a participle between two commas may take along.
_INSERTED = 10
# What a denied verb says for those who are excepted: more than any cue.
_ONLY_THESE = 2.0
# How far behind those who are excepted "go home" may stand ("لم يتمكن سوى 35 ألفا من العودة"), in words.
_TO_HOME = 2
# How far behind a part its whole may stand ("a third of the province's some 3 million people"), in words.
_TO_WHOLE = 10


def end_of(sentence: Sentence, count: Count) -> int:
    """Give the word behind a number, its noun, and what qualifies it from behind ("300 bin kadarı")."""
    place = count.last
    while hit := sentence.at("qualifier_after", place):
        place = hit.last
    return place


class Domain(NamedTuple):
    """The words from `first` up to `last` that speak for the whole `owner` alone."""

    first: int
    last: int
    owner: Count


def _only_skipped(sentence: Sentence, place: int, starts: set[int]) -> bool:
    """As in "atteint désormais 415 000"; a place between ("وصلت إلى سلقين 700 عائلة") means arrival."""
    stepped = sentence.at("skip", place) or sentence.at("total", place)
    return stepped is not None and stepped.last in starts


def _bounds_number(sentence: Sentence, hit: Hit, counts: list[Count]) -> bool:
    """As in "عدد الذين فروا من القتال تجاوز 320 ألفا": the verb bounds the number, and "the number of" leads it."""
    if sentence.at("qualifier", hit.first) is None or not any(hit.last == count.first for count in counts):
        return False
    floor = max((count.last for count in counts if count.last <= hit.first), default=0)
    told = (other for other in sentence.of("total") if other.entry.label == "number")
    return any(floor <= other.first < hit.first for other in told)


class Field:
    """The lay of a sentence: which words separate what, and how much a cue says for each number.

    Attributes
    ----------
    wholes
        For each number, by its place in `counts`, the place of the number that it is a part of, if grammar says so.
    """

    def __init__(self, sentence: Sentence, counts: list[Count]) -> None:
        self.sentence = sentence
        self.counts = counts
        signs = [place for place, word in enumerate(sentence.words) if word in _SIGNS]
        commas = [place for place in signs if sentence.words[place] == ","]
        self.strong = [place for place in signs if _separates(sentence, place, sentence.words[place])]
        self.insertions = _insertions(sentence, self.strong, commas)
        self.weak = [(place, _WEAK) for place in commas]
        self.weak += [(hit.first, min(_WEAK, hit.entry.weight)) for hit in sentence.of("boundary")]
        self.causatives = {
            hit.first for hit in sentence.of("causative") if any(hit.last == count.start for count in counts)
        }
        starts = {count.start for count in counts}
        firsts = {count.first for count in counts}  # "tops one million" bounds the number too
        # "The number reached 2,000": the verb says how many, not that anybody arrived.
        self.reached = {
            hit.last
            for hit in sentence.of("total")
            if hit.entry.label in REACHED
            and (
                hit.last in starts
                or hit.last in firsts
                or _only_skipped(sentence, hit.last, starts)
                or _bounds_number(sentence, hit, counts)
            )
        }
        # What stands between a word and a number takes from what it says, in the order of the sentence.
        self.parting = sorted(
            [
                *self.weak,
                *((place, _STRONG) for place in self.strong),
                *((count.first, _NUMBER) for count in counts if not count.percent),
            ]
        )
        self.nouns = [
            (noun, count) for count in counts for noun in (count.noun, count.called) if noun is not None
        ]
        self.closed = _closed_clauses(sentence)
        self.wholes = _wholes(sentence, counts)
        self.domains = _domains(sentence, counts, self.wholes, self.strong)
        self.domains += _led_domain(sentence, counts, self.domains, self.strong)

    def say(self, first: int, last: int, count: Count) -> float:
        """How much words `first` to `last` say for a number, between 0 and 1."""
        if first < count.last and last > count.begin:
            return 1.0
        before = last <= count.first
        left, right = (last, count.first) if before else (count.last, first)
        inserted = [pair for pair in self.insertions if left <= pair[0] and pair[1] < right]
        foreign = 1.0
        for domain in self.domains:
            inside = domain.first <= first < domain.last
            if inside != (count is domain.owner):
                foreign = _FOREIGN
            elif not inside and left <= domain.first and domain.last <= right:
                inserted.append((domain.first, domain.last - 1))
        side = (_BEFORE if before else _AFTER)[self.sentence.language]
        distance = right - left
        for start, end in inserted:
            distance -= end - start
        for place, factor in self.parting:
            if place >= right:
                break
            if place >= left and not (inserted and _within(place, inserted)):
                side *= factor
        return side * foreign / (1 + max(distance, 0) / 12)  # insertions may overlap

    def same_side(self, place: int, count: Count) -> bool:
        """Tell whether a word stands on the same side of every domain as a number."""
        return all(
            (domain.first <= place < domain.last) == (count is domain.owner) for domain in self.domains
        )

    def speaks_most_for(self, hit: Hit, count: Count) -> bool:
        """Tell whether a cue says no more for another number than for this one."""
        mine = self.say(hit.first, hit.last, count)
        return all(mine >= self.say(hit.first, hit.last, other) for other in self.counts if not other.percent)

    def own(self, count: Count) -> frozenset[int]:
        """Give the words that say more of a number: its noun, and what follows up to the next number or strong sign.

        What is inserted does not count, nor what belongs to the whole of a part; a number in an insertion goes on
        behind it: "the bulk of them – 189,000 – gathered along the border".
        """
        place = count.last
        closing = {end for first, end in self.insertions if first < count.first <= end}
        whole = self.wholes.get(next(place for place, other in enumerate(self.counts) if other is count))
        own = set(range(count.first, count.last))
        jumps, stops = dict(self.insertions), {*self.strong, *self._stops()} - closing
        stops.update(domain.last for domain in self.domains if domain.owner is count)
        stops.update(self._clause_of_next(count))
        if whole is not None and self.counts[whole].first > count.first:
            ends = (domain.last for domain in self.domains if domain.owner is self.counts[whole])
            place = next(ends, place)
        while place < len(self.sentence.words):
            if place in jumps:
                place = jumps[place]
            elif place in stops:
                break
            else:
                own.add(place)
            place += 1
        return frozenset(own)

    def _clause_of_next(self, count: Count) -> list[int]:
        """Give the comma from which on, in Turkish, words speak for the next number: the verb ends a clause."""
        if self.sentence.language != "tr":
            return []
        following = min(
            (other.start for other in self.counts if other.first >= count.last), default=count.last
        )
        commas = [
            place
            for place in range(end_of(self.sentence, count) + 1, following)
            if self.sentence.words[place] == "," and not self._is_in_insertion(place)
        ]
        return commas[-1:]

    def _is_in_insertion(self, place: int) -> bool:
        return any(first <= place <= end for first, end in self.insertions)

    def inserted(self, count: Count) -> bool:
        """Tell whether a number stands in an insertion."""
        return any(first < count.first <= end for first, end in self.insertions)

    def _stops(self) -> list[int]:
        """Give where other numbers take over; "lodged in 41 collective centres" still speaks of who is lodged."""
        return [
            count.start
            for count in self.counts
            if count.unit in (*PEOPLE, "percent") or not self._is_in_phrase(count.start)
        ]

    def _is_in_phrase(self, first: int) -> bool:
        """As in "lodged in 41 centres" and, behind an article, "dans les 41 centres"."""
        article = self.sentence.ending("article", first)
        return self.sentence.ending("role", article.first if article else first) is not None

    def unparted(self, hit: Hit, count: Count) -> bool:
        """Tell whether no comma, conjunction or stronger sign stands between a cue and a number."""
        left, right = sorted(((hit.first, hit.last), (count.start, count.last)))
        between = range(left[1], right[0])
        return not any(place in between for place, _ in self.weak) and not any(
            place in between for place in self.strong
        )

    def _may_own(self, count: Count, hit: Hit) -> bool:
        """A share has a cue of its own only in its own insertion: "half of them displaced, …"."""
        if not count.percent:
            return True
        if _BEFORE[self.sentence.language] >= 1 and 0 <= count.start - hit.last <= 1:
            return True  # a language that puts the verb first: "يبيت ثلثهم في العراء"
        between = self.sentence.words[count.last : hit.first]
        return hit.first >= count.last and "," not in between

    def scores(self, kind: str) -> list[dict[str, float]]:
        """Give for each number the score of each label of a class of cues."""
        tables: list[dict[str, float]] = [{} for _ in self.counts]
        for hit in self.sentence.of(kind):
            if self._says_nothing(hit):
                continue
            says = [self.say(hit.first, hit.last, count) for count in self.counts]
            best = max(
                (say for say, count in zip(says, self.counts, strict=True) if self._may_own(count, hit)),
                default=0.0,
            )
            label = hit.entry.label
            for table, say, count in zip(tables, says, self.counts, strict=True):
                told = say if say >= best or kind == "total" else say * 0.5
                if say < best and self._has_ended(hit, count):
                    told *= _ENDED
                told *= self._share_of_noun(hit, count) * self._share_of_others(kind, hit, count)
                table[label] = max(table.get(label, 0.0), hit.entry.weight * told)
        return tables

    def _says_nothing(self, hit: Hit) -> bool:
        """Tell whether a cue is none here: it is part of a name, or another word of the sentence takes its meaning."""
        label = hit.entry.label
        if label in REACHED and self.sentence.language != "tr" and hit.last not in self.reached:
            return True  # "8,150 people reached Pemba" is no count that was reached
        if self.sentence.covering("org", hit.first):  # "the UN refugee agency" makes nobody a refugee
            return True
        if hit.first in self.causatives or (label == "move" and hit.last in self.reached):
            return True
        if label in _TOLD_OF_SPEAKER and self._is_of_speaker(hit):
            return True
        return label == "at_risk" and (self._is_how_they_fled(hit) or self._made_them_flee(hit))

    def _is_of_speaker(self, hit: Hit) -> bool:
        """As in ""In my tent there are 22 people," said Hanan, who arrived on Friday": who speaks has arrived."""
        sentence = self.sentence
        for relative in sentence.of("relative"):
            if not 0 <= hit.first - relative.last <= _TO_VERB:
                continue
            for speech in sentence.of("speech"):
                named = 0 < relative.first - speech.last <= _TO_WHO and self._is_name(speech.last)
                if named and not any(speech.last <= count.first < hit.first for count in self.counts):
                    return True
        return False

    def _is_name(self, place: int) -> bool:
        return self.sentence.text[self.sentence.starts[place]].isupper()

    def _share_of_noun(self, hit: Hit, count: Count) -> float:
        """Give what is left of a cue that stands in the noun of a number, or hangs on it as a participle."""
        label = hit.entry.label
        if label in ("stock", "at_risk"):  # "100 000 personnes massées à Rafah ont reçu l'ordre de partir"
            return _ATTRIBUTES["refugee"] if self._hangs_on_noun(hit, count) else 1.0
        if label not in _ATTRIBUTES:
            return 1.0
        inside = count.begin <= hit.first < count.last or self._hangs_on_noun(hit, count)
        return _ATTRIBUTES[label] if inside else 1.0

    def _share_of_others(self, kind: str, hit: Hit, count: Count) -> float:
        """Give what is left of a cue that speaks for another number, or for another verb."""
        share = 1.0
        if kind == "total" and hit.first >= count.last and self._totals_next(hit, count):
            share *= _FOREIGN  # "35 families came, which brings the number to 620"
        if self._is_noun_of_other(hit, count):
            own = not count.bare or count.called is not None
            share *= _OTHERS_NOUN_BESIDE_OWN if own else _OTHERS_NOUN
        if hit.entry.label == "reached" and self.sentence.language != "tr" and count.last <= hit.first:
            share *= _ENDED  # "40,000 left … the toll reached 443": it is the number behind
        if self._has_object(hit, count):
            share *= _OF_OBJECT
        if kind == "cue" and (self._is_circumstance(hit, count) or self._is_of_next_verb(hit, count)):
            share *= _ENDED
        return share

    def _totals_next(self, hit: Hit, count: Count) -> bool:
        """As in "35 families came, which brings …" and, in Arabic, "43 ألفا، وبلغت الحصيلة 4300": of what follows."""
        if self.sentence.at("total_link", hit.first):
            return True
        verb_first = _BEFORE[self.sentence.language] >= 1
        return verb_first and not self.unparted(hit, count) and any(o.first >= hit.last for o in self.counts)

    def _is_noun_of_other(self, hit: Hit, count: Count) -> bool:
        """As in "10.1 million displaced people, 2.6 million returnees": each noun speaks for its own number.

        So does a label: "IDPs 31,000; returnees 12,000".
        """
        first, called = hit.first, count.called
        if called is not None and called.first <= first < called.last:
            return False
        return any(noun.first <= first < noun.last and owner is not count for noun, owner in self.nouns)

    def _has_object(self, hit: Hit, count: Count) -> bool:
        """As in "a centre sheltering 800 people killed 13": the number right behind the verb is whom it killed."""
        if hit.entry.label not in ("killed", "injured") or hit.first < count.last:
            return False
        return any(hit.last == other.start for other in self.counts if other is not count)

    def _is_how_they_fled(self, hit: Hit) -> bool:
        """As in "made 1,600 families flee under fire": right behind a verb of flight it says how, not who is left."""
        return any(0 <= hit.first - verb.last <= 1 for verb in self.sentence.of("flee_verb"))

    def _made_them_flee(self, hit: Hit) -> bool:
        """As in "250 bin kişi tahliye emriyle göç etti": in Turkish what they fled stands before their verb."""
        sentence = self.sentence
        if sentence.language != "tr" or sentence.at("finite", hit.last - 1) is not None:
            return False
        return any(
            verb.entry.label == "move"
            and verb.entry.weight > _LEAST_VERB
            and 0 <= verb.first - hit.last <= _TO_FLIGHT
            and sentence.at("finite", verb.last - 1) is not None
            and all(word[0].isalpha() for word in sentence.words[hit.last : verb.first])
            for verb in sentence.of("cue")
        )

    def _hangs_on_noun(self, hit: Hit, count: Count) -> bool:
        """As in "distribué des bâches à 1 250 familles arrivées hier": a participle that tells which families."""
        if self.sentence.language != "fr" or count.noun is None or hit.last - hit.first > 1:
            return False
        skipped = self.sentence.at("skip", count.last)
        close = hit.first in (count.last, count.last + 1, skipped.last if skipped else -1)
        if not close or self.sentence.at("attribute", hit.first) is None:
            return False
        if (
            self.sentence.words[count.last] == ","
        ):  # "17 600 familles, chassées du nord, dorment dans les parcs"
            return "," in self.sentence.words[hit.last : hit.last + _INSERTED]
        # An adjective at most stands between: "familles bédouines chassées de Soueïda".
        between = range(count.last, hit.first)
        return not any(
            self.sentence.at(kind, place) or not self.sentence.words[place][0].isalpha()
            for kind in ("copula", "relative", "cue", "hearsay")
            for place in between
        )

    def _has_ended(self, hit: Hit, count: Count) -> bool:
        """As in "21 kişi öldü, 4 bin ev …": in Turkish the verb ends its clause and says little behind the comma."""
        if self.sentence.language != "tr" or hit.last > count.start:
            return False
        return self.sentence.words[hit.last : hit.last + 1] == [","] and any(
            other.last <= hit.first for other in self.counts
        )

    def _is_circumstance(self, hit: Hit, count: Count) -> bool:
        """As in "8 askerin öldüğü saldırının ardından 20 bin kişi kaçtı": in Turkish said before, of what led to it.

        Likewise "binlerce kişinin öldüğü Derne'de 30 bin kişi evsiz kaldı"; the verb behind says who these are.
        """
        sentence, start = self.sentence, count.start
        if sentence.language != "tr" or hit.last > start:
            return False
        after = any(hit.last <= word.first < start for word in sentence.of("circumstance"))
        if not after and not self._tells_of_place(hit, start):
            return False
        return any(
            other.first >= count.last
            and other.entry.weight > _LEAST_VERB
            and sentence.at("finite", other.last - 1) is not None
            and "," not in sentence.words[count.last : other.first]
            and not any(count.last <= place < other.first for place in self.strong)
            for other in sentence.of("cue")
        )

    def _is_of_next_verb(self, hit: Hit, count: Count) -> bool:
        """As in "1.100 aile yerleşti, kamplardaki nüfus …": in Turkish a verb and a comma end what is said of them."""
        return hit.first > count.last and any(count.last < comma < hit.first for comma in self.closed)

    def _tells_of_place(self, hit: Hit, start: int) -> bool:
        """Tell a participle right before a name with a case ending, in front of the number."""
        sentence = self.sentence
        for name in range(hit.last, min(hit.last + 2, start - 1)):
            named = sentence.text[sentence.starts[name]].isupper() and "'" in sentence.words[name + 1 : start]
            if named and sentence.at("participle", name - 1) is not None:
                return True
        return False

    def beside(self, count: Count) -> dict[str, float]:
        """Give the score of each label of the cues that speak only for the number right beside them."""
        table: dict[str, float] = {}
        before, after = count.start, count.last
        displaced = any(count.begin <= hit.first < count.last for hit in self.sentence.of("displaced"))
        for hit in self.sentence.of("cue_before"):
            if hit.last == before and (displaced or hit.entry.label != "stock"):
                table[hit.entry.label] = max(table.get(hit.entry.label, 0.0), hit.entry.weight)
        for hit in self.sentence.of("cue_after"):
            if hit.first == after:
                table[hit.entry.label] = max(table.get(hit.entry.label, 0.0), hit.entry.weight)
        if (only := self._alone_did(count)) is not None:
            table[only] = _ONLY_THESE
        return table

    def _alone_did(self, count: Count) -> str | None:
        """As in "لم ترجع إلى البلدة سوى 120 عائلة", none but these: the sort of what the denied verb says."""
        start = count.start
        if self.sentence.ending("except", start) is None:
            return None
        denied = [hit for hit in self.sentence.of("negated") if hit.last <= start]
        floor = max((other.last for other in self.counts if other.last <= start), default=0)
        if not denied or denied[-1].first < floor:
            return None
        home = any(
            hit.entry.label == "return" and 0 <= hit.first - count.last <= _TO_HOME
            for hit in self.sentence.of("cue")
        )
        return "return" if home else denied[-1].entry.label


def _closed_clauses(sentence: Sentence) -> list[int]:
    """Give the commas right behind a verb that, in Turkish, ends its clause."""
    if sentence.language != "tr":
        return []
    return [
        hit.last
        for hit in sentence.of("cue")
        if hit.entry.weight > _LEAST_VERB
        and sentence.words[hit.last : hit.last + 1] == [","]
        and sentence.at("finite", hit.last - 1) is not None
    ]


_OPENS_AND_CLOSES = {"(": ")", "[": "]", "-": "-", "—": "—"}


def _insertions(sentence: Sentence, strong: list[int], commas: list[int]) -> list[tuple[int, int]]:
    """Give what stands in brackets or between two dashes, from sign to sign: it parts nothing around it."""
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(strong):
        closing = _OPENS_AND_CLOSES.get(sentence.words[strong[place]])
        ahead = range(place + 1, min(place + 4, len(strong)))
        end = next((other for other in ahead if sentence.words[strong[other]] == closing), None)
        if end is not None:
            found.append((strong[place], strong[end]))
        place = end + 1 if end is not None else place + 1
    return [*found, *_parts_between_commas(sentence, commas)]


def _parts_between_commas(sentence: Sentence, commas: list[int]) -> list[tuple[int, int]]:
    """As in "28,000 people, among them 9,000 children, fled": the part stands between two commas."""
    return [
        (first, last)
        for first, last in pairwise(commas)
        if last - first <= 12
        and (
            sentence.at("part", first + 1)
            or sentence.at("fraction", first + 1)
            or _opens_part(sentence, first + 1)
        )
    ]


def _opens_part(sentence: Sentence, place: int) -> bool:
    """As in "26,000 people, 1,076 of them minors, were still inside", "1.7 million, or 80 per cent of all, are"."""
    again = sentence.at("restates", place)
    if again is not None and again.last < len(sentence.words):
        return True
    return sentence.words[place][0].isdigit() and sentence.at("part_after", place + 1) is not None


def _within(place: int, inserted: list[tuple[int, int]]) -> bool:
    return any(start <= place <= end for start, end in inserted)


def _separates(sentence: Sentence, place: int, word: str) -> bool:
    if word == ":":
        qualifier = sentence.at("qualifier", place + 1)
        first = qualifier.last if qualifier else place + 1
        if first < len(sentence.words) and sentence.words[first][0].isdigit():
            return False  # "Number of displaced: 359,471", "poured out: more than 150,000"
    if word in ("(", ")") and _stands_before_colon(sentence, place):
        return False
    if word in STRONG:
        return True
    if word not in ("-", "/"):
        return False
    start = sentence.starts[place]
    return sentence.folded[start - 1 : start] == " " and sentence.folded[start + 1 : start + 2] == " "


# Words that a bracket inside a label may hold.
_LONGEST_BRACKET = 6


def _stands_before_colon(sentence: Sentence, place: int) -> bool:
    """As in "Civilians displaced (cumulative): 93,600": a bracket inside a label parts nothing."""
    words = sentence.words
    opened = next(
        (back for back in range(place, max(place - _LONGEST_BRACKET, -1), -1) if words[back] == "("), -1
    )
    closed = next(
        (on for on in range(place, min(place + _LONGEST_BRACKET, len(words))) if words[on] == ")"), -1
    )
    inside = words[opened + 1 : closed]
    plain = bool(inside) and opened >= 0 and all(word[0].isalpha() for word in inside)
    return plain and words[closed + 1 : closed + 2] == [":"]


def _wholes(sentence: Sentence, counts: list[Count]) -> dict[int, int]:
    """Find the parts whose whole stands right beside them: "3,000 of the camp's 8,000 residents"."""
    found: dict[int, int] = {}
    for place, (left, right) in enumerate(pairwise(counts)):
        if not right.percent and _is_part_of(sentence, left, right):
            found[place] = place + 1
        elif not left.percent and _follows_genitive(sentence, left, right):
            found[place + 1] = place
    return found


def _is_part_of(sentence: Sentence, part: Count, whole: Count) -> bool:
    between = sentence.words[part.last : whole.start]
    signs = [part.last + place for place, word in enumerate(between) if word == "," or word in STRONG]
    # "نصف سكان المدينة، البالغ عددهم 130 ألفا": a comma before "whose number is" parts nothing.
    if len(between) > _TO_WHOLE or any(not sentence.at("number_of", place + 1) for place in signs):
        return False
    if all(sentence.ending(kind, whole.start) for kind in ("joiner", "list_link")):  # "and"
        return False
    # "400 من العائلات الـ1500": the noun of the whole is that of the part.
    called = whole.called is not None or sentence.ending("number_of", whole.start) is not None
    inside = part.numeral.last if whole.called else part.last - 1
    outside = part.last
    while skipped := sentence.at("skip", outside):
        outside = skipped.last  # "30 في المئة فقط من مجموع النازحين"
    linked = any(inside <= hit.first <= outside for hit in sentence.of("of_whole"))
    # "ربع النازحين البالغ عددهم 400 ألف" has no word for "of".
    if part.percent and (called or not sentence.lexicon.words("of_whole")):
        verb = any(sentence.at("copula", place) for place in range(part.last, whole.start))
        return linked or not verb
    return linked and (part.percent or part.numeral.size < whole.numeral.size)


def _follows_genitive(sentence: Sentence, whole: Count, part: Count) -> bool:
    """As in "400 bin kişinin 250 bini": in Turkish the whole stands before its part in the genitive."""
    between = sentence.words[whole.last : part.start]  # "43 ailenin (5 bin kişi)": the same once more
    adjacent = len(between) <= 1 and "(" not in between and part.start >= whole.last
    return adjacent and sentence.covering("genitive", whole.last - 1) is not None


def _domains(
    sentence: Sentence, counts: list[Count], wholes: dict[int, int], strong: list[int]
) -> list[Domain]:
    domains = []
    for part, whole in wholes.items():
        owner = counts[whole]
        if _is_attribute(sentence, counts[part], owner):
            domains.append(Domain(counts[part].first, owner.start, counts[part]))
        elif part < whole:
            first = counts[part].last
            domains.append(Domain(first, _end_of_clause(sentence, owner, counts, strong), owner))
        else:
            domains.append(Domain(_start_of_clause(sentence, owner), owner.last, owner))
    return domains


def _is_attribute(sentence: Sentence, part: Count, whole: Count) -> bool:
    """As in "yarısı çocuk 300 bin kişi": in Turkish who they are stands before the whole, which the verb speaks for."""
    between = range(part.last, whole.start)
    told = any(sentence.at("demographic", place) for place in between)
    return sentence.language == "tr" and part.percent and told


def _led_domain(
    sentence: Sentence, counts: list[Count], known: list[Domain], strong: list[int]
) -> list[Domain]:
    """As in "Of Gori's 50,000 people barely 3,000 were there": up to a comma or the next number it is the whole's."""
    if len(counts) < 2 or any(domain.owner is counts[0] for domain in known):
        return []
    whole, part = counts[0], counts[1]
    led = [hit for hit in sentence.of("part_before") if hit.first <= 1 and hit.last <= whole.start]
    if not led or whole.percent or (not part.percent and part.numeral.size >= whole.numeral.size):
        return []
    stop = part.start
    ends = (place for place in range(whole.last, stop) if sentence.words[place] == "," or place in strong)
    return [Domain(0, next(ends, stop), whole)]


def _end_of_clause(sentence: Sentence, whole: Count, counts: list[Count], strong: list[int]) -> int:
    """Find where the predicate of the part begins: a verb that hangs on no relative word.

    "the 900,000 people who have fled since December | are in tents": without an auxiliary the second cue begins it.
    """
    stop = min((count.first for count in counts if count.first >= whole.last), default=len(sentence.words))
    relative = {hit.last for hit in sentence.of("relative")}
    cues = 0
    for place in range(whole.last, stop):
        if sentence.words[place] == "," or place in strong:
            return place
        if place in relative:
            cues += sentence.at("cue", place) is not None  # "who | fled the town | have returned"
            continue
        attribute = place == whole.last and sentence.at("attribute", place) is not None
        if attribute and sentence.at("copula", place):
            relative.add(place + 1)  # "70 ألفا كانوا يسكنونها": who had lived there
            continue
        if sentence.at("copula", place) or sentence.at("modal", place):
            return place
        if any(sentence.at(kind, place) for kind in ("cue", "in_shelter", "demographic")):
            cues += 1
            hangs_on = attribute or place - 1 in relative
            if cues > 1 or not (hangs_on or relative & set(range(whole.last, place))):
                return place
    return stop


def _start_of_clause(sentence: Sentence, whole: Count) -> int:
    for place in range(whole.first - 1, -1, -1):
        if sentence.words[place] == "," or sentence.words[place] in STRONG:
            return place + 1
    return 0
