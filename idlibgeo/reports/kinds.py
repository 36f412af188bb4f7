"""What sort of figure a number is: moved, counted so far, might move, lives there, abroad, killed.

Each cue word of the sentence speaks for the numbers near it. Its say falls with distance, at commas and more at
semicolons and brackets, and behind other numbers; a cue that clearly belongs to one number says half as much for the
others. The strongest sort wins, and the period decides between a flow and a running count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from idlibgeo.reports.counted import PEOPLE, Count
from idlibgeo.reports.lexicon import Hit
from idlibgeo.reports.periods import Period
from idlibgeo.reports.sentence import Sentence

# A closed period as long as this is a running count, whatever it is called ("over a million in the past year").
LONG_PERIOD_DAYS = 32
_STRONG = frozenset(";:()—|[]")
# How much a cue before the number says, against one behind it. Arabic puts the verb first, Turkish last.
_BEFORE = {"en": 0.9, "fr": 0.9, "ar": 1.0, "tr": 0.75}
_AFTER = {"en": 1.0, "fr": 1.0, "ar": 0.8, "tr": 1.0}
_ENOUGH = 0.12
# "Displaced" inside "31,000 displaced people" says less than a verb.
_ATTRIBUTE = 0.55


@dataclass(slots=True)
class Draft:
    """A figure in the making."""

    sentence: Sentence
    count: Count
    kind: str = "other"
    modality: str = "reported"
    period: Period | None = None
    is_part: bool = False
    whole: Draft | None = None
    same_as: Draft | None = None
    derived_from: Draft | None = None
    value: int | None = None
    low: int | None = None
    high: int | None = None
    note: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    number: int = -1
    origin: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    source_org: str | None = None


class Field:
    """The lay of a sentence: which words separate what, and how much a cue says for each number."""

    def __init__(self, sentence: Sentence, counts: list[Count]) -> None:
        self.sentence = sentence
        self.counts = counts
        self.strong = [
            place for place, word in enumerate(sentence.words) if _separates(sentence, place, word)
        ]
        self.insertions = _insertions(sentence, self.strong)
        self.weak = [place for place, word in enumerate(sentence.words) if word == ","]
        self.weak += [hit.first for hit in sentence.of("boundary")]

    def say(self, first: int, last: int, count: Count) -> float:
        """How much words `first` to `last` say for a number, between 0 and 1."""
        if first < count.last and last > count.first:
            return 1.0
        before = last <= count.first
        left, right = (last, count.first) if before else (count.last, first)
        inserted = [pair for pair in self.insertions if left <= pair[0] and pair[1] < right]
        others = [other.first for other in self.counts if other is not count and not other.percent]
        crossed = _between(others, left, right, inserted)
        strong = _between(self.strong, left, right, inserted)
        weak = _between(self.weak, left, right, inserted)
        side = (_BEFORE if before else _AFTER)[self.sentence.language]
        distance = right - left - sum(end - start for start, end in inserted)
        return float(side * 0.3**strong * 0.85**weak * 0.6**crossed / (1 + distance / 12))

    def _may_own(self, count: Count, hit: Hit) -> bool:
        """A share has a cue of its own only in its own insertion: "half of them displaced, …"."""
        if not count.percent:
            return True
        between = self.sentence.words[count.last : hit.first]
        return hit.first >= count.last and "," not in between

    def scores(self, kind: str) -> list[dict[str, float]]:
        """Give for each number the score of each label of a class of cues."""
        tables: list[dict[str, float]] = [{} for _ in self.counts]
        for hit in self.sentence.of(kind):
            if self.sentence.covering("org", hit.first):  # "the UN refugee agency" makes nobody a refugee
                continue
            says = [self.say(hit.first, hit.last, count) for count in self.counts]
            best = max(
                (say for say, count in zip(says, self.counts, strict=True) if self._may_own(count, hit)),
                default=0.0,
            )
            for table, say, count in zip(tables, says, self.counts, strict=True):
                attribute = hit.entry.label in ("move", "reside") and count.first <= hit.first < count.last
                inside = _ATTRIBUTE if attribute else 1.0
                score = hit.entry.weight * inside * (say if say >= best or kind == "total" else say * 0.5)
                table[hit.entry.label] = max(table.get(hit.entry.label, 0.0), score)
        return tables


_OPENS_AND_CLOSES = {"(": ")", "[": "]", "-": "-", "—": "—"}


def _insertions(sentence: Sentence, strong: list[int]) -> list[tuple[int, int]]:
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
    return [*found, *_parts_between_commas(sentence)]


def _parts_between_commas(sentence: Sentence) -> list[tuple[int, int]]:
    """As in "28,000 people, among them 9,000 children, fled": the part stands between two commas."""
    commas = [place for place, word in enumerate(sentence.words) if word == ","]
    return [
        (first, last)
        for first, last in pairwise(commas)
        if last - first <= 12 and sentence.at("part", first + 1)
    ]


def _between(places: list[int], left: int, right: int, inserted: list[tuple[int, int]]) -> int:
    """Count the places from `left` up to `right` that stand in no insertion."""
    found = [place for place in places if left <= place < right]
    if not inserted or not found:
        return len(found)
    return sum(not any(start <= place <= end for start, end in inserted) for place in found)


def _separates(sentence: Sentence, place: int, word: str) -> bool:
    if word == ":" and place + 1 < len(sentence.words) and sentence.words[place + 1][0].isdigit():
        return False  # "Number of displaced: 359,471"
    if word in _STRONG:
        return True
    if word != "-":
        return False
    start = sentence.starts[place]
    return sentence.folded[start - 1 : start] == " " and sentence.folded[start + 1 : start + 2] == " "


def classify(lay: Field, found_periods: list[Period]) -> list[Draft]:
    """Make drafts of the numbers of a sentence, each with kind, modality and period."""
    sentence, counts = lay.sentence, lay.counts
    cues, totals, modals = (lay.scores(kind) for kind in ("cue", "total", "modal"))
    assigned = _assign_periods(sentence, lay, found_periods)
    drafts: list[Draft] = []
    for place, count in enumerate(counts):
        draft = Draft(sentence, count, period=assigned[place])
        draft.scores = cues[place] | {"total": max(totals[place].values(), default=0.0)}
        draft.scores["modal"] = max(modals[place].values(), default=0.0)
        drafts.append(draft)
    for draft in drafts:
        _set_kind(draft, lay)
    _mark_parts(sentence, drafts)
    return drafts


def _assign_periods(sentence: Sentence, lay: Field, found: list[Period]) -> list[Period | None]:
    """Give each number the period that says most for it; a period at the start of a sentence speaks for all."""
    assigned: list[Period | None] = [None] * len(lay.counts)
    best = [0.0] * len(lay.counts)
    for period in found:
        if period.aside or _is_of_speech(sentence, period):
            continue
        first, last = sentence.word_at(period.first), sentence.word_at(period.last)
        says = [lay.say(first, last, count) for count in lay.counts]
        owner = max(says, default=0.0)
        for place, say in enumerate(says):
            score = say if say == owner or first <= 1 else say * 0.45
            if score > max(best[place], 0.08):
                best[place], assigned[place] = score, period
    return assigned


def _is_of_speech(sentence: Sentence, period: Period) -> bool:
    """As in "Said on Thursday" dates the saying, not what happened."""
    first = sentence.word_at(period.first)
    return not period.open and period.days == 0 and sentence.ending("speech", first) is not None


def _set_kind(draft: Draft, lay: Field) -> None:
    qualifier, period = draft.count.qualifier, draft.period
    if qualifier and qualifier.label == "another" and period and period.open and period.start is None:
        draft.period = None  # "another 151,000 …, by 12 February the total": that day is the total's
    unit = draft.count.unit
    if unit not in (*PEOPLE, "percent"):
        draft.kind = "shelter"
        return
    draft.kind = "other" if _is_rate(draft) else _people_kind(draft, lay)
    if draft.kind == "other" and not draft.count.percent and content_of_part(draft) == "subset_shelter":
        draft.kind = "stock"
    if draft.kind == "forecast" or (draft.kind not in ("killed", "injured") and _is_conditional(draft, lay)):
        draft.modality = "conditional"


def _is_rate(draft: Draft) -> bool:
    """As in "1,000 people a day" is no count."""
    return any(
        0 <= hit.first - draft.count.last <= 1
        for hit in draft.sentence.of("rate")
        if hit.entry.label != "none"
    )


def _people_kind(draft: Draft, lay: Field) -> str:
    primary = _primary(draft)
    if _is_conditional(draft, lay) and (
        primary in ("move", "") or (primary in _MAY_MOVE and _modal_moves(draft))
    ):
        return "forecast"
    if primary in ("move", "reside", "stock"):
        return _kind_of_movers_or_stayers(draft, lay, primary)
    if not primary:
        return _kind_without_cue(draft)
    names = {"refugee": "stock_refugees", "at_risk": "population_at_risk", "need": "other"}
    return names.get(primary, primary)


_MAY_MOVE = frozenset({"reside", "at_risk", "stock", "need", "refugee"})


def _kind_of_movers_or_stayers(draft: Draft, lay: Field, primary: str) -> str:
    if _into_country(draft, lay) or (draft.period is None and _in_another_country(draft)):
        return "stock_refugees"
    if primary == "move":
        return _flow_or_cumulative(draft)
    if primary == "reside" and _only_called_displaced(draft):
        return "stock"  # "now home to 14,500 displaced people"
    if primary == "reside" and content_of_part(draft) == "subset_shelter":
        return "stock"  # "20,000 live in the open"
    if primary == "reside":
        return "population_at_risk" if _under_attack(draft, lay) else "population_baseline"
    return "stock_refugees" if _abroad(draft) else "stock"


def _kind_without_cue(draft: Draft) -> str:
    if draft.count.weak and _said_beside(draft):
        return "same"
    if draft.scores["total"] > _ENOUGH and _speaks_of_displacement(draft):
        return _flow_or_cumulative(draft)
    return "other"


def _primary(draft: Draft) -> str:
    sorts = {
        label: score
        for label, score in draft.scores.items()
        if label not in ("total", "modal") and score > _ENOUGH
    }
    return max(sorts, key=lambda label: sorts[label], default="")


def _is_conditional(draft: Draft, lay: Field) -> bool:
    """A modal word counts next to the number or next to a verb of movement that speaks for this number."""
    sentence, count = draft.sentence, draft.count
    for hit in sentence.of("modal"):
        if _is_month_name(sentence, hit):
            continue
        says = [lay.say(hit.first, hit.last, other) for other in lay.counts]
        mine = lay.say(hit.first, hit.last, count)
        if mine < 0.25 or mine * 1.3 < max(says):
            continue
        if _next_to(count, hit) or _before_movement(sentence, hit) or hit.last <= count.first:
            return True
    return False


def _is_month_name(sentence: Sentence, hit: Hit) -> bool:
    """As in "May" with a capital inside a sentence is the month."""
    return (
        sentence.text[sentence.starts[hit.first]].isupper()
        and hit.first > 0
        and bool(sentence.at("month", hit.first))
    )


def _next_to(count: Count, hit: Hit) -> bool:
    return 0 <= hit.first - count.last <= 3


def _before_movement(sentence: Sentence, hit: Hit) -> bool:
    verbs = [
        *sentence.of("modal_verb"),
        *(cue for cue in sentence.of("cue") if cue.entry.label in ("move", "return")),
    ]
    return any(-1 <= verb.first - hit.last <= 3 for verb in verbs)


def _modal_moves(draft: Draft) -> bool:
    sentence = draft.sentence
    return any(_before_movement(sentence, hit) for hit in sentence.of("modal"))


def _under_attack(draft: Draft, lay: Field) -> bool:
    return any(lay.say(hit.first, hit.last, draft.count) > 0.25 for hit in draft.sentence.of("needs_attack"))


def _abroad(draft: Draft) -> bool:
    """Hosted by a country, or called refugees."""
    sentence, count = draft.sentence, draft.count
    if draft.scores.get("refugee", 0.0) > 0.6 * draft.scores.get("stock", 0.0):
        return True
    host = next((hit for hit in sentence.of("cue") if hit.entry.label == "stock"), None)
    return host is not None and any(hit.last <= host.first <= count.first for hit in sentence.of("country"))


def _said_beside(draft: Draft) -> bool:
    """As in "The UN says 60,000", "… counts 284,000, but since 1 December", "Families: 65,358"."""
    sentence, count = draft.sentence, draft.count
    first = min(count.qualifier_first, count.first)
    if sentence.ending("earlier", first) is not None:
        return True
    said = sentence.ending("speech", first) is not None or sentence.ending("speech", first - 1) is not None
    return said or count.labelled or bool(sentence.of("same_period"))


def _in_another_country(draft: Draft) -> bool:
    """As in "3.7 million Syrians found refuge in Turkey": people of one country in another."""
    sentence, count = draft.sentence, draft.count
    nations = _nations(draft)
    stop = _reach(draft)
    begin = max(
        (place for place, word in enumerate(sentence.words[: count.first]) if word in _STRONG), default=0
    )
    countries = {
        hit.entry.label
        for hit in sentence.of("country")
        if count.last <= hit.first < stop or begin <= hit.first < count.first
    }
    return bool(nations) and bool(countries - nations) and not countries & nations


def _nations(draft: Draft) -> set[str]:
    """Whose people a number counts; "920,000 more" counts the people of the number before it."""
    sentence, count = draft.sentence, draft.count
    places = [hit for hit in sentence.of("nation") if hit.first <= count.last]
    if count.bare:
        return {places[-1].entry.label} if places else set()
    return {hit.entry.label for hit in places if count.first <= hit.first}


def _into_country(draft: Draft, lay: Field) -> bool:
    """As in "68,700 people crossed into Chad"; "the Turkish border" and "Turkey's south" are no country."""
    sentence, count = draft.sentence, draft.count
    own = {hit.entry.label for hit in sentence.of("nation") if count.first <= hit.first < count.last}
    for hit in sentence.of("country"):
        if hit.entry.label in own or not _is_entered(sentence, hit):
            continue
        mine = lay.say(hit.first, hit.last, count)
        if mine > 0.2 and mine >= max(lay.say(hit.first, hit.last, other) for other in lay.counts):
            return True
    return False


def _is_entered(sentence: Sentence, country: Hit) -> bool:
    if sentence.covering("org", country.first) or sentence.at("of_country", country.last):
        return False
    if sentence.language == "tr":  # Polonya'ya
        ending = sentence.at("suffix_role", country.last + 1)
        quoted = sentence.words[country.last : country.last + 1] == ["'"]
        return quoted and ending is not None and ending.entry.label == "destination"
    return sentence.ending("into_country", country.first) is not None


def _speaks_of_displacement(draft: Draft) -> bool:
    return any(hit.entry.label == "move" for hit in draft.sentence.of("cue")) or draft.period is not None


def _flow_or_cumulative(draft: Draft) -> str:
    period = draft.period
    if period is None and _only_called_displaced(draft):
        return "cumulative"
    if period is None and _is_led_whole(draft):
        return "cumulative"
    if period is not None:
        return "cumulative" if period.open or period.days >= LONG_PERIOD_DAYS else "flow"
    return "cumulative" if draft.scores["total"] > 0.25 else "flow"


def _only_called_displaced(draft: Draft) -> bool:
    """As in "948,000 displaced", with no verb for them: a count of all so far."""
    count = draft.count
    moves = [hit for hit in draft.sentence.of("cue") if hit.entry.label == "move"]
    return bool(moves) and all(count.first <= hit.first < count.last for hit in moves)


def _is_led_whole(draft: Draft) -> bool:
    """As in "Of 948,000 displaced" is a count of all so far."""
    first = min(draft.count.qualifier_first, draft.count.first)
    return any(
        hit.last in (first, first - 1) for hit in draft.sentence.of("part_before") if hit.first <= 1
    ) or any(hit.last == first and hit.last - hit.first > 1 for hit in draft.sentence.of("part_before"))


def _mark_parts(sentence: Sentence, drafts: list[Draft]) -> None:
    """Mark the numbers that are parts: "of whom 200,000", "45,000 of them", "Of 948,000, 17,000 …"."""
    for place, draft in enumerate(drafts):
        draft.is_part = _has_part_word(sentence, drafts, place)
    for place, draft in enumerate(drafts):
        if place and _is_led_whole(draft):
            for before in drafts[:place]:
                if content_of_part(before) and before.count.numeral.size < draft.count.numeral.size:
                    before.is_part, before.whole = True, draft
    for part, whole in pairwise(drafts):
        if _is_partitive(sentence, part.count) and part.count.numeral.size < whole.count.numeral.size:
            part.is_part, part.whole = True, whole
            part.kind, part.modality = whole.kind, whole.modality
    for before, draft in pairwise(drafts):
        if (
            before.is_part
            and not draft.is_part
            and content_of_part(draft)
            and _coordinated(sentence, before, draft)
        ):
            draft.is_part = True


def _has_part_word(sentence: Sentence, drafts: list[Draft], place: int) -> bool:
    count = drafts[place].count
    floor = drafts[place - 1].count.last if place else 0
    after = [hit for hit in sentence.of("part_after") if count.numeral.last <= hit.first <= count.last + 1]
    before = [hit for hit in sentence.of("part") if floor <= hit.first and hit.last <= count.first]
    alone = [hit for hit in sentence.of("alone") if 0 <= hit.first - count.last <= 12]
    ahead = place + 1 < len(drafts) and alone and alone[0].first > drafts[place + 1].count.first
    if place and _follows_genitive(sentence, drafts[place - 1].count, count):
        return True
    led = sentence.of("part_before")
    first = drafts[0].count
    whole_first = place > 0 and any(
        hit.first <= 1 and hit.last >= first.qualifier_first - 1 and hit.last <= first.first for hit in led
    )
    return bool(count.of_them or after or before or (place > 0 and alone and not ahead) or whole_first)


def _is_partitive(sentence: Sentence, part: Count) -> bool:
    """As in "ikisi çocuk 9 sivil", "3'ü kadın 11 kişi": in Turkish two of nine, who stand behind."""
    ending = part.numeral.last
    if sentence.words[ending : ending + 1] == ["'"]:
        ending += 1
    marked = sentence.at("partitive", ending) or sentence.covering("partitive", part.numeral.last - 1)
    return marked is not None and any(
        sentence.at("demographic", place)
        for place in range(part.numeral.last, min(ending + 2, len(sentence.words)))
    )


def _follows_genitive(sentence: Sentence, whole: Count, part: Count) -> bool:
    """As in "400 bin kişinin 250 bini": in Turkish the whole stands before its part in the genitive."""
    adjacent = 0 <= part.qualifier_first - whole.last <= 1
    return adjacent and sentence.covering("genitive", whole.last - 1) is not None


def _coordinated(sentence: Sentence, left: Draft, right: Draft) -> bool:
    between = range(left.count.last, right.count.first)
    return not any(sentence.words[place] in _STRONG for place in between)


def content_of_part(draft: Draft) -> str:
    """Say what marks a part: shelter, sex or age, place of arrival, time; empty where nothing does."""
    sentence, count = draft.sentence, draft.count
    whole = draft.whole
    behind = whole is not None and whole.sentence is sentence and 0 <= whole.count.first - count.last <= 8
    stop = _reach(whole if behind and whole is not None else draft)
    if any(count.numeral.last <= hit.first < stop for hit in sentence.of("in_shelter")):
        return "subset_shelter"
    if any(count.first <= hit.first < stop for hit in sentence.of("demographic")):
        return "subset_demographic"
    comma = next((place for place in range(count.last, stop) if sentence.words[place] == ","), stop)
    if any(count.last <= hit.first < comma for hit in sentence.of("arrive")):
        return "subset_arrivals"
    return ""


def _reach(draft: Draft) -> int:
    """The words up to the next number or strong sign belong to this one."""
    sentence, count = draft.sentence, draft.count
    for place in range(count.last, len(sentence.words)):
        word = sentence.words[place]
        if word in _STRONG or word[0].isdigit():
            return place
    return len(sentence.words)
