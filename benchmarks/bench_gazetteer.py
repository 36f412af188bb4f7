"""How fast names are found: load, 1,000 noisy names, 1 MB of text, with all communities and alternates.

    python benchmarks/bench_gazetteer.py [OCHA_TABLE.csv]

Without a table it takes the one in the folder that the environment variable IDLIBGEO_SHARED names.

Times are of the processor, of one core; aims: load under 1 s after the first time, 1,000 names under 0.5 s,
1 MB of text under 1 s, in short reports as well.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from idlibgeo.gazetteer import Gazetteer

ROOT = Path(__file__).parents[1]
TEXTS = {
    "English": "More than 31,000 people left Maarat al-Numan, Kafr Nabl and Hass for Sarmada, ad-Dana and Atmeh near"
    " the border. The families, said an aid worker, spent the night in cars and under olive trees. ",
    "Turkish": "Son dört günde Maarat en-Numan'dan ve Cercenaz'dan ayrılan siviller İdlib'in kuzeyindeki Atme ve"
    " Sarmada'ya ulaştı; aileler geceyi araçlarda geçirdi. ",
    "Arabic": "وصلت العائلات من معرة النعمان وكفرنبل إلى إدلب وسرمدا والدانا وأطمة،"
    " وقصفت الطائرات بلدة حاس ومدينة سراقب"
    " بينما قضت أسر كثيرة ليلتها في العراء تحت أشجار الزيتون. ",
}


def timed(title: str, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    result = work()
    print(f"{title:40s} {time.process_time() - start:6.2f} s")
    return result


def noisy(name: str, chance: random.Random) -> str:
    """A name with one letter left out, put in or changed, as a hasty writer would."""
    at, letter = chance.randrange(len(name)), chance.choice("aeiourhk")
    return chance.choice(
        [name[:at] + name[at + 1 :], name[:at] + letter + name[at:], name[:at] + letter + name[at + 1 :]]
    )


def load(table: pd.DataFrame, alternates: pd.DataFrame) -> Gazetteer:
    places = Gazetteer.from_table(table, source="OCHA").stack(
        Gazetteer.from_table(alternates, source="GeoNames")
    )
    places.find("Idlib")
    return places


def short_reports(table: pd.DataFrame, chance: random.Random) -> list[str]:
    """Reports of some 2 kB, each with names of its own: what a day brings, rather than one megabyte."""
    latin, arabic = table["LocationName_en"].tolist(), table["LocationName_ar"].tolist()
    reports = []
    for _ in range(150):
        names = [chance.choice(latin) for _ in range(12)]
        others = [chance.choice(arabic) for _ in range(4)]
        sentences = [
            f"Some {k + 2},000 people left {one} for {other}, aid workers said on Monday; tents are few."
            for k, (one, other) in enumerate(zip(names[::2], names[1::2], strict=True))
        ]
        sentences += [
            f"وصلت مئات العائلات من {one} إلى {other} وقضت ليلتها في العراء."
            for one, other in zip(others[::2], others[1::2], strict=True)
        ]
        reports.append(" ".join(sentences * 2))
    return reports


def main() -> None:
    shared = os.environ.get("IDLIBGEO_SHARED")
    given = sys.argv[1:] or ([f"{shared}/places/ocha_locations.csv"] if shared else [])
    if not given:
        print("not run: it needs a table of communities; name one, or set IDLIBGEO_SHARED")
        return
    table = pd.read_csv(given[0], keep_default_na=False)
    alternates = pd.read_csv(ROOT / "data/sample/places_geonames.csv", keep_default_na=False)
    # Compiled code and rules come from their caches, and the table of cities elsewhere is read.
    warm = load(table.head(50), alternates.head(5))
    warm.candidates("Idlib"), warm.resolve("Mosul")
    places = timed(f"load {len(table)} communities and alternates", lambda: load(table, alternates))
    chance = random.Random(7)
    names = [noisy(name, chance) for name in table["LocationName_en"].sample(1000, random_state=7)]
    timed("1,000 noisy names", lambda: places.candidates_many(names))
    reports = short_reports(table, chance)
    size = sum(len(report.encode()) for report in reports) / 1000
    timed(
        f"{len(reports)} reports of {size / len(reports):.1f} kB", lambda: [places.find(r) for r in reports]
    )
    timed("the same again", lambda: [places.find(r) for r in reports])
    for language, text in TEXTS.items():
        megabyte = text * (1_000_000 // len(text.encode()))
        found = timed(f"1 MB of {language} text", lambda text=megabyte: places.find(text))
        print(f"{'':40s} {len(found)} places")


if __name__ == "__main__":
    main()
