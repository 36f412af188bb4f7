"""Fit the weights that turn distances between names into scores, and measure them on names held out.

    python benchmarks/calibrate_gazetteer.py OCHA_TABLE.csv [--elsewhere NAMES.csv] [--write] [--plot FILE.png]

The names are GeoNames' alternate names in Latin and Arabic script (data/sample/places_geonames.csv) of places
within 1 km of an OCHA community; an answer is right if it is a community within 1 km. Half of the places, chosen
by a fixed seed, fit the weights of a multinomial logit with "none of them" among the answers; the other half
measure it. Names of tests/cases/names_absent.csv are in neither half. Of the names that no candidate fits
(Callinicum for Raqqa, exonyms) the logit learns how often the right answer is none; names of towns in other
countries (a CSV with the column `name`: idlibgeo/gazetteer/outside.csv) teach it more, with a weight of one in five.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from idlibgeo.gazetteer import Gazetteer, index
from idlibgeo.gazetteer.sounds import script_of, spell, words_of
from idlibgeo.geo import GEOD

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "idlibgeo" / "gazetteer"
RIGHT_WITHIN_M = 1000.0
ABSENT_SHARE = 0.2  # of the names that reports hold, one in five is in no gazetteer of the area
SEED = 4
# Every GeoNames place is a town; free weights would learn that nobody writes of villages, and, since many of its
# alternates are those of a neighbour, that a name written letter by letter as the table has it says little.
SIGNS = {
    "cost": (None, 0.0),
    "cost_per_sound": (None, 0.0),
    "root_of_cost": (None, 0.0),
    "other_script": (None, 0.0),
    "length": (0.0, None),
    "same_letters": (0.0, None),
    "first_sound": (0.0, None),
    "same_consonants": (0.0, None),
}
# How much more reports write of important places was measured on the press spellings that rules may be tuned on
# (spellings.csv, names_spellings.csv, half of names_unseen.csv: 416 of 171 places): 3.8 a unit.
CHOICE_BOUNDS = SIGNS | {"constant": (0.0, 0.0), "importance": (4.0, 4.0), "same_letters": (2.0, None)}
KNOWN_BOUNDS = SIGNS | {"importance": (0.0, 3.0)}


def names_with_truth(communities: pd.DataFrame) -> pd.DataFrame:
    """One row a name: the GeoNames place it belongs to, and the rows of communities within 1 km."""
    places = pd.read_csv(ROOT / "data/sample/places_geonames.csv", keep_default_na=False)
    rows = []
    for place in places.itertuples():
        _, _, apart = GEOD.inv(
            np.full(len(communities), place.lon),
            np.full(len(communities), place.lat),
            communities["lon"].to_numpy(),
            communities["lat"].to_numpy(),
        )
        right = tuple(np.flatnonzero(np.asarray(apart) <= RIGHT_WITHIN_M).tolist())
        if not right:
            continue
        for name in dict.fromkeys([place.name, place.name_ar, *place.alternates.split("|")]):
            if words_of(name) and all(script_of(word) for word in words_of(name)):
                rows.append((place.place_id, name, right))
    return pd.DataFrame(rows, columns=["place_id", "name", "right"])


def matched(names: pd.DataFrame, forms: index.Forms, importance: np.ndarray) -> pd.DataFrame:
    """Leave out places none of whose names is like one of a community within 1 km: another village is nearer."""
    matches = index.match(forms, names["name"].tolist(), importance)
    alike = is_right(matches, names["right"].tolist()) * (matches.features[:, 2] < 0.08)
    like = np.bincount(matches.query, weights=alike, minlength=len(names)) > 0
    return names[names["place_id"].isin(set(names["place_id"][like]))].reset_index(drop=True)


def choice_loss(weights: np.ndarray, matches: index.Matches, right: np.ndarray, count: int) -> float:
    """How badly the right candidates are chosen, over the names that have one."""
    utility = np.exp(np.clip(matches.features @ weights, -60, 60))
    total = np.bincount(matches.query, weights=utility, minlength=count)
    good = np.bincount(matches.query, weights=utility * right, minlength=count)
    has = np.bincount(matches.query, weights=right, minlength=count) > 0
    return float(-np.log(good[has] / total[has]).mean() + 0.0005 * (weights**2).mean())


def known_loss(weights: np.ndarray, first: pd.DataFrame, features: np.ndarray, shares: np.ndarray) -> float:
    """How badly the score of the first answer tells whether it is right (cross entropy)."""
    known = features @ weights[:-1] + weights[-1] * np.log(first["share"].to_numpy())
    sign = np.where(first["right"] > 0, 1.0, -1.0)
    return float((np.logaddexp(0, -sign * known) * shares).sum() + 0.0005 * (weights[1:] ** 2).mean())


def is_right(matches: index.Matches, truths: list[tuple[int, ...]]) -> np.ndarray:
    sets = [set(truth) for truth in truths]
    return np.array(
        [place in sets[query] for query, place in zip(matches.query, matches.place, strict=True)], float
    )


def fit(forms: index.Forms, importance: np.ndarray, names: pd.DataFrame, elsewhere: list[str]) -> index.Model:
    written = [*names["name"], *elsewhere]
    matches = index.match(forms, written, importance)
    right = is_right(matches, [*names["right"], *[()] * len(elsewhere)])
    shares = np.full(len(written), (1 - ABSENT_SHARE if elsewhere else 1) / len(names))
    shares[len(names) :] = ABSENT_SHARE / max(len(elsewhere), 1)
    start = index.model()
    options = {"method": "L-BFGS-B", "options": {"maxiter": 300}}
    choice = minimize(
        choice_loss,
        start.choice,
        args=(matches, right, len(written)),
        bounds=bounds_of(CHOICE_BOUNDS),
        **options,
    ).x
    first = first_of_each(matches, right, choice)
    known = minimize(
        known_loss,
        np.append(start.known, start.share),
        bounds=[*bounds_of(KNOWN_BOUNDS), (0.0, None)],
        args=(first, matches.features[first["row"]], shares[first.index]),
        **options,
    ).x
    return index.Model(choice, known[:-1], float(known[-1]))


def bounds_of(fixed: dict[str, tuple[float, float]]) -> list[tuple[float | None, float | None]]:
    return [fixed.get(name, (None, None)) for name in index.FEATURES]


def first_of_each(matches: index.Matches, right: np.ndarray, choice: np.ndarray) -> pd.DataFrame:
    """The first answer to each name: its row, its and its namesakes' share, and whether one of them is right."""
    shares = matches.shares(choice)
    ends = np.cumsum(shares.counts) - shares.counts
    any_right = np.maximum.reduceat(right * shares.alike, ends)
    table = {"row": shares.best, "share": shares.namesakes, "right": any_right}
    return pd.DataFrame(table, index=pd.Index(matches.query[shares.best], name="query"))


def known_here(known: set[str], name: str) -> bool:
    """Whether a community bears this very name: Karbala is also a village of Aleppo."""
    return any(s.sounds in known for s in spell(name))


def first_answers(
    forms: index.Forms, importance: np.ndarray, names: pd.DataFrame, weights: index.Model
) -> pd.DataFrame:
    """Raw score of the first answer to each name, and whether it and one of the first five are right."""
    matches = index.match(forms, names["name"].tolist(), importance)
    right = is_right(matches, names["right"].tolist())
    table = pd.DataFrame({"query": matches.query, "score": matches.raw_scores(weights), "right": right})
    table = table.sort_values(["query", "score"], ascending=[True, False], kind="stable")
    table["place"] = table.groupby("query").cumcount()
    first = table[table["place"] == 0].set_index("query").reindex(range(len(names)))
    five = table[table["place"] < 5].groupby("query")["right"].max().reindex(range(len(names))).fillna(0)
    return first[["score", "right"]].fillna(0.0).assign(five=five)


def reliability(answers: pd.DataFrame) -> pd.DataFrame:
    bins = pd.cut(answers["score"], np.linspace(0, 1, 11), include_lowest=True)
    grouped = answers.groupby(bins, observed=True)
    return grouped.agg(names=("score", "size"), said=("score", "mean"), right=("right", "mean")).reset_index()


def calibration(answers: pd.DataFrame) -> pd.DataFrame:
    """Raw score of first answers → share that is right, never falling (pool adjacent violators, Ayer et al. 1955)."""
    bins = pd.cut(answers["score"], np.linspace(0, 1, 11), include_lowest=True)
    table = answers.groupby(bins, observed=True).agg(
        raw=("score", "mean"), right=("right", "mean"), names=("score", "size")
    )
    blocks: list[list[float]] = []
    for raw, right, names in table.itertuples(index=False):
        blocks.append([raw * names, right * names, names])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] > blocks[-1][1] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = [one + other for one, other in zip(blocks[-1], last, strict=True)]
    rows = [(raw / n, right / n, n) for raw, right, n in blocks]
    return pd.DataFrame(
        [(0.0, 0.0, 0), *rows, (1.0, max(0.995, rows[-1][1]), 0)], columns=["raw", "score", "names"]
    )


def write_weights(weights: index.Model) -> None:
    with (PACKAGE / "model.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["feature", "choice", "known", "source"])
        for name, one, two in zip(index.FEATURES, weights.choice, weights.known, strict=True):
            writer.writerow([name, f"{one:.4f}", f"{two:.4f}", "benchmarks/calibrate_gazetteer.py"])
        writer.writerow(["log_share", "0", f"{weights.share:.4f}", "benchmarks/calibrate_gazetteer.py"])


def plot(table: pd.DataFrame, file: Path) -> None:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(4.5, 4.5))
    ax.plot([0, 1], [0, 1], color="0.7", lw=1)
    ax.scatter(table["said"], table["right"], s=np.sqrt(table["names"]) * 12, color="#1f5f8b")
    ax.set(xlabel="score", ylabel="share that is right", title="Names held out")
    plt.savefig(file, dpi=120, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("places", type=Path)
    parser.add_argument("--elsewhere", type=Path)
    parser.add_argument("--write", action="store_true", help="write model.csv and calibration.csv")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    places = Gazetteer.from_table(pd.read_csv(given.places, keep_default_na=False), source="OCHA")
    forms, importance = places._forms, places._importance
    names = matched(names_with_truth(places.table), forms, importance)
    ids = np.array(sorted(set(names["place_id"])))
    half = set(np.random.default_rng(SEED).permutation(ids)[: len(ids) // 2])
    fitting, held_out = names[names["place_id"].isin(half)], names[~names["place_id"].isin(half)]
    known = {s.sounds for s in forms.spelling}
    elsewhere = pd.read_csv(given.elsewhere)["name"].tolist() if given.elsewhere else []
    elsewhere = [name for name in elsewhere if not known_here(known, name)]
    weights = fit(forms, importance, fitting, elsewhere)
    for name, one, two in zip(index.FEATURES, weights.choice, weights.known, strict=True):
        print(f"  {name:18s} {one:8.3f} {two:8.3f}")
    print(f"  log_share {weights.share:.3f}")
    for title, part in (("fitted on", fitting), ("held out", held_out)):
        answers = first_answers(forms, importance, part.reset_index(drop=True), weights)
        if title == "fitted on":
            curve = calibration(answers)
            print(curve.round(3).to_string(index=False))
        answers["score"] = np.interp(answers["score"], curve["raw"], curve["score"])
        print(
            f"{title}: {len(part)} names, top-1 {answers['right'].mean():.3f}, top-5 {answers['five'].mean():.3f}"
        )
    table = reliability(answers)
    print(table.to_string(index=False))
    error = float((abs(table["said"] - table["right"]) * table["names"]).sum() / table["names"].sum())
    print(f"mean difference between score and share right: {error:.3f}")
    absent = pd.read_csv(ROOT / "tests/cases/names_absent.csv")
    scores = index.match(forms, absent["name"].tolist(), importance)
    final = np.interp(scores.raw_scores(weights), curve["raw"], curve["score"])
    best = pd.Series(final).groupby(scores.query).max().reindex(range(len(absent))).fillna(0)
    print("known here all the same:", [name for name in absent["name"] if known_here(known, name)])
    for least in (0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        print(
            f"absent names accepted at {least}: {int((best >= least).sum())} of {len(absent)}",
            list(absent["name"][best.to_numpy() >= least])[:12] if least >= 0.5 else "",
        )
    if given.write:
        write_weights(weights)
        curve.assign(source="benchmarks/calibrate_gazetteer.py").to_csv(
            PACKAGE / "calibration.csv", index=False, float_format="%.4f", lineterminator="\n"
        )
        table.assign(score=table["score"].astype(str), source="benchmarks/calibrate_gazetteer.py").to_csv(
            PACKAGE / "reliability.csv", index=False, float_format="%.3f", lineterminator="\n"
        )
    if given.plot:
        plot(table, given.plot)


if __name__ == "__main__":
    main()
