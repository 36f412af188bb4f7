"""The index of all written forms: which places a name may mean, and how far each is from it in sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz, process

from idlibgeo.gazetteer.align import CODES, cost_tables, pair_costs
from idlibgeo.gazetteer.sounds import GLUED_RULE, HARD_C_RULE, Spelling, read_table, spell

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

NEAREST_SKELETONS = 48  # how many unlike skeletons are compared sound by sound
LEAST_RATIO = 45.0
HOPELESS = 1.2  # cost above the best one's at which a place has no share left worth telling
NAMESAKE = 0.005  # cost above the best one's up to which a place bears the same name
MOST_FORMS = 600  # of one query; only names like "tal" have so many
# What a reading costs that the letters do not force.
DARING = {GLUED_RULE: 0.05, HARD_C_RULE: 0.08}
FEATURES = (
    "constant",
    "cost",
    "cost_per_sound",
    "root_of_cost",
    "other_script",
    "length",
    "importance",
    "same_letters",
    "first_sound",
    "same_consonants",
)


@dataclass(frozen=True)
class Forms:
    """Every written form of every place, as flat arrays.

    Attributes
    ----------
    place
        Row of the place, per form.
    spelling, written
        How it was read, and the name as the table has it.
    codes, starts
        Sounds of all forms one after the other; form k is ``codes[starts[k]:starts[k + 1]]``.
    arabic
        Whether the form is in Arabic script.
    skeletons, skeleton_rows, of_skeleton, skeleton_starts
        Unique skeletons, the position of each, and forms sorted by them.
    skeleton, first
        Position of each form's skeleton in `skeletons`, and its first letter as a number.
    places
        How many places there are.
    """

    place: IntArray
    spelling: tuple[Spelling, ...]
    written: tuple[str, ...]
    codes: npt.NDArray[np.int8]
    starts: IntArray
    arabic: npt.NDArray[np.bool_]
    skeletons: tuple[str, ...]
    skeleton_rows: Mapping[str, int]
    of_skeleton: IntArray
    skeleton_starts: IntArray
    skeleton: IntArray
    first: IntArray
    places: int


def _flat(spellings: list[Spelling]) -> tuple[npt.NDArray[np.int8], IntArray]:
    starts = np.zeros(len(spellings) + 1, dtype=np.int64)
    np.cumsum([len(s.sounds) for s in spellings], out=starts[1:])
    codes = np.array([CODES[sound] for s in spellings for sound in s.sounds], dtype=np.int8)
    return codes, starts


def _first_letters(spellings: Sequence[Spelling]) -> IntArray:
    return np.array([ord(s.skeleton[0]) if s.skeleton else 0 for s in spellings], dtype=np.int64)


def _skeleton_codes(forms: Forms, spellings: Sequence[Spelling]) -> tuple[IntArray, IntArray]:
    """First letter and position of each spelling's skeleton; -1 for one that no form has."""
    skeletons = [s.skeleton for s in spellings]
    rows = [forms.skeleton_rows.get(skeleton, -1) for skeleton in skeletons]
    return _first_letters(spellings), np.array(rows, dtype=np.int64)


def build(table: pd.DataFrame) -> Forms:
    """Read every name of a table of places once."""
    place: list[int] = []
    spellings: list[Spelling] = []
    written: list[str] = []
    # As lists: a column of Arrow strings is slow to walk through.
    rows = zip(*(table[column].tolist() for column in ("name", "name_ar", "alternates")), strict=True)
    for row, (name, name_ar, alternates) in enumerate(rows):
        seen: set[tuple[str, str]] = set()
        for form in (name, name_ar, *alternates.split("|")):
            for spelling in spell(form) if form else ():
                if (key := (spelling.sounds, spelling.written)) not in seen:
                    seen.add(key)
                    place.append(row)
                    spellings.append(spelling)
                    written.append(form)
    codes, starts = _flat(spellings)
    skeletons, inverse = np.unique([s.skeleton for s in spellings] or [""], return_inverse=True)
    order = np.argsort(inverse[: len(spellings)], kind="stable")
    counts = np.bincount(inverse[: len(spellings)], minlength=len(skeletons)) if spellings else [0]
    return Forms(
        np.array(place, dtype=np.int64), tuple(spellings), tuple(written), codes, starts,
        np.array([s.script == "arabic" for s in spellings], dtype=bool), tuple(skeletons.tolist()),
        {skeleton: row for row, skeleton in enumerate(skeletons.tolist())}, order,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        inverse[: len(spellings)].astype(np.int64), _first_letters(spellings), len(table),
    )  # fmt: skip


@dataclass(frozen=True)
class Model:
    """Weights of `FEATURES`, made by ``benchmarks/calibrate_gazetteer.py``.

    Attributes
    ----------
    choice
        How likely one candidate is against another (a conditional logit, McFadden 1974).
    known, share
        How likely the best candidate or a namesake of it is right (a logistic regression on its features and the
        logarithm of their share among the candidates).
    """

    choice: FloatArray
    known: FloatArray
    share: float


@cache
def model() -> Model:
    """Weights of ``model.csv``."""
    rows = {row["feature"]: row for row in read_table("model.csv")}
    return Model(
        np.array([float(rows[name]["choice"]) for name in FEATURES]),
        np.array([float(rows[name]["known"]) for name in FEATURES]),
        float(rows["log_share"]["known"]),
    )


@cache
def calibration() -> tuple[FloatArray, FloatArray]:
    """Raw scores, and the share of first answers with such a score that were right on GeoNames' names."""
    rows = read_table("calibration.csv")
    return np.array([float(row["raw"]) for row in rows]), np.array([float(row["score"]) for row in rows])


@dataclass(frozen=True)
class Shares:
    """How the odds are shared out.

    Attributes
    ----------
    best, counts, total, namesakes
        Per query the row of its best candidate, how many there are, the odds of those that bear its name, and their
        share in all.
    odds, alike
        Per candidate its odds against the best, and whether it bears its name.
    """

    best: IntArray
    counts: IntArray
    odds: FloatArray
    alike: npt.NDArray[np.bool_]
    total: FloatArray
    namesakes: FloatArray


@dataclass(frozen=True)
class Matches:
    """Places a name may mean: one entry a pair of query and place, sorted by query, then best first."""

    query: IntArray
    place: IntArray
    form: IntArray
    spelling: IntArray
    cost: FloatArray
    features: FloatArray

    def scores(self, weights: Model) -> FloatArray:
        """Calibrated score of each place, 0 to 1."""
        raw, score = calibration()
        return np.interp(self.raw_scores(weights), raw, score)

    def raw_scores(self, weights: Model) -> FloatArray:
        """How likely the best candidate or a namesake of it is right, shared out by the odds among them.

        The other candidates get a score in proportion to their odds against these.
        """
        if not len(self.query):
            return np.zeros(0)
        shares = self.shares(weights.choice)
        known = self.features[shares.best] @ weights.known + weights.share * np.log(shares.namesakes)
        right = 1 / (1 + np.exp(-np.clip(known, -40, 40)))
        return shares.odds * np.repeat(right / shares.total, shares.counts)

    def shares(self, choice: FloatArray) -> Shares:
        """Odds of the candidates of each query, and what share of them the best one and its namesakes have."""
        utility = self.features @ choice
        _, starts, counts = np.unique(self.query, return_index=True, return_counts=True)
        best = starts + np.array([int(np.argmax(part)) for part in np.split(utility, starts[1:])])
        odds = np.exp(utility - np.repeat(utility[best], counts))
        alike = self.cost <= np.repeat(self.cost[best], counts) + NAMESAKE
        total = np.add.reduceat(odds * alike, starts)
        return Shares(best, counts, odds, alike, total, total / np.add.reduceat(odds, starts))


def _nearby_forms(forms: Forms, spellings: list[Spelling]) -> tuple[IntArray, IntArray]:
    """Pairs (spelling, form) worth comparing: the same skeleton, and the nearest other skeletons."""
    if not forms.spelling or not spellings:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    unique, inverse = np.unique([s.skeleton for s in spellings], return_inverse=True)
    ratios = process.cdist(
        unique.tolist(), forms.skeletons, scorer=fuzz.ratio, score_cutoff=LEAST_RATIO, dtype=np.uint8
    )
    wanted = min(NEAREST_SKELETONS, len(forms.skeletons))
    best = np.argpartition(ratios, -wanted, axis=1)[:, -wanted:]
    found = []
    for row, skeletons in enumerate(best):
        kept = skeletons[ratios[row, skeletons] > 0]
        kept = kept[np.argsort(-ratios[row, kept].astype(int), kind="stable")]
        slices = [forms.of_skeleton[forms.skeleton_starts[k] : forms.skeleton_starts[k + 1]] for k in kept]
        found.append(np.concatenate(slices)[:MOST_FORMS] if slices else np.zeros(0, dtype=np.int64))
    per_spelling = [found[row] for row in inverse]
    spelling = np.repeat(np.arange(len(spellings)), [len(group) for group in per_spelling])
    return spelling, np.concatenate(per_spelling)


def _same_forms(forms: Forms, spellings: list[Spelling]) -> tuple[IntArray, IntArray]:
    """Pairs (spelling, form) with the same skeleton."""
    found = []
    for row in _skeleton_codes(forms, spellings)[1].tolist():
        ends = (forms.skeleton_starts[row], forms.skeleton_starts[row + 1]) if row >= 0 else (0, 0)
        found.append(forms.of_skeleton[ends[0] : ends[1]])
    spelling_of = np.repeat(np.arange(len(spellings)), [len(group) for group in found])
    return spelling_of, np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def match(
    forms: Forms,
    names: list[str],
    importance: FloatArray,
    *,
    same_skeleton: bool = False,
    same_script: bool = False,
) -> Matches:
    """Compare names with all forms of like skeleton; the best form of each place counts.

    With `same_skeleton` and `same_script` only forms that have the name's count.
    """
    read = [(query, spelling) for query, name in enumerate(names) for spelling in spell(name)]
    spellings = [spelling for _, spelling in read]
    query_of = np.array([query for query, _ in read], dtype=np.int64)
    spelling, form = (_same_forms if same_skeleton else _nearby_forms)(forms, spellings)
    arabic = np.array([s.script == "arabic" for s in spellings], dtype=bool)
    cross = arabic[spelling] != forms.arabic[form]
    if same_script:
        spelling, form, cross = spelling[~cross], form[~cross], cross[~cross]
    if not len(form):
        return _no_matches()
    codes, starts = _flat(spellings)
    cost = pair_costs(codes, starts, forms.codes, forms.starts, spelling, form, cross, cost_tables())
    daring = np.array([max((DARING.get(rule, 0.0) for rule in s.rules), default=0.0) for s in spellings])
    cost = cost.astype(np.float64) + daring[spelling]
    return _best_per_place(forms, query_of[spelling], spelling, form, cost, cross, spellings, importance)


def _no_matches() -> Matches:
    none = np.zeros(0, dtype=np.int64)
    return Matches(none, none, none, none, none.astype(float), np.zeros((0, len(FEATURES))))


def _best_per_place(
    forms: Forms,
    query: IntArray,
    spelling: IntArray,
    form: IntArray,
    cost: FloatArray,
    cross: npt.NDArray[np.bool_],
    spellings: list[Spelling],
    importance: FloatArray,
) -> Matches:
    pair = query * forms.places + forms.place[form]
    order = np.lexsort((cost, pair))
    starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
    kept = order[starts]
    best = cost[kept]
    within = np.minimum.reduceat(np.where(cross, np.inf, cost)[order], starts)
    across = np.minimum.reduceat(np.where(cross, cost, np.inf)[order], starts)
    both = np.where(np.isfinite(within) & np.isfinite(across), np.maximum(within, across), best)
    near = best <= _least_of_query(query[kept], best) + HOPELESS
    kept, best, both = kept[near], best[near], both[near]
    length = np.array([len(s.sounds) for s in spellings], dtype=np.float64)[spelling[kept]]
    same = np.zeros(len(kept))
    for k in np.flatnonzero(best == 0):  # only then can the letters be the same
        same[k] = spellings[spelling[kept[k]]].written == forms.spelling[form[kept[k]]].written
    own_first, own_skeleton = _skeleton_codes(forms, spellings)
    place = forms.place[form[kept]]
    features = np.column_stack([
        np.ones(len(kept)), best, best / length, np.sqrt(best / length),
        np.minimum(both - best, 2.0), np.minimum(length, 12.0),
        importance[place], same, own_first[spelling[kept]] == forms.first[form[kept]],
        own_skeleton[spelling[kept]] == forms.skeleton[form[kept]],
    ])  # fmt: skip
    result = np.lexsort((-(features @ model().choice), query[kept]))
    return Matches(
        query[kept][result], place[result], form[kept][result], spelling[kept][result], best[result],
        features[result],
    )  # fmt: skip


def _least_of_query(query: IntArray, cost: FloatArray) -> FloatArray:
    starts = np.flatnonzero(np.diff(query, prepend=-1))
    counts = np.diff(np.append(starts, len(query)))
    return np.repeat(np.minimum.reduceat(cost, starts), counts)
