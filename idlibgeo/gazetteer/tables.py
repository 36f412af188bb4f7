"""Tables of places from elsewhere in the columns of this package, checked row by row.

Known layouts are recognised by their columns (``mappings.csv``): OCHA's lists of communities, a GeoNames country
dump, places of an OSM file and the project's own. Any other table comes with a column mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from idlibgeo.errors import InputError, nearest_name
from idlibgeo.gazetteer.sounds import read_table, script_of, skeleton_of, spell
from idlibgeo.geo import require_crs

TEXT_COLUMNS = (
    "place_id", "name", "name_ar", "alternates", "pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode",
    "adm1_name", "adm2_name", "adm3_name", "adm1_name_ar", "adm2_name_ar", "adm3_name_ar",
    "kind", "source", "note", "parents",
)  # fmt: skip
NUMBER_COLUMNS = ("lon", "lat", "radius_m", "population", "importance")
COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS)
REQUIRED = ("name", "lon", "lat")

GEONAMES_COLUMNS = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "feature_class",
    "feature_code", "country_code", "cc2", "admin1_code", "admin2_code", "admin3_code", "admin4_code",
    "population", "elevation", "dem", "timezone", "modification_date",
)  # fmt: skip

AREA_KINDS = frozenset({
    "adm0", "adm1", "adm2", "adm3", "governorate", "district", "subdistrict", "region", "area", "massif", "plain",
    "country", "camp area", "coast",
})  # fmt: skip

FEWEST_TO_CHECK = 3

SEAT_IMPORTANCE = {"adm1": 0.85, "adm2": 0.7, "adm3": 0.6}

_BRACKET = re.compile(r"\s*\(([^()]*)\)\s*$")
_DASH = re.compile(r"(\s+-\s+|_|\s*/\s*)")
_PARTED = re.compile(r"[-_/(]")
_CENTRE_AR = re.compile(r"^(?:مركز|ناحية|منطقة)\s+")


@cache
def _layouts() -> dict[str, list[tuple[str, str]]]:
    layouts: dict[str, list[tuple[str, str]]] = {}
    for row in read_table("mappings.csv"):
        layouts.setdefault(row["layout"], []).append((row["ours"], row["theirs"]))
    return layouts


@cache
def _kinds() -> dict[str, tuple[str, float, float]]:
    rows = read_table("kinds.csv")
    return {
        row["given"].lower(): (row["kind"], float(row["radius_m"]), float(row["importance"])) for row in rows
    }


def recognise(frame: pd.DataFrame) -> str | None:
    """Name the layout of a table by its columns, or None.

    >>> recognise(pd.DataFrame(columns=["name", "lon", "lat"]))
    'own'
    """
    if _is_headless_geonames(frame):
        return "geonames"
    given = set(frame.columns)
    layouts = {layout: dict(pairs) for layout, pairs in _layouts().items()}
    for layout, theirs in layouts.items():
        if {theirs["name"], theirs["lon"], theirs["lat"]} <= given:
            return layout
    # A layer with a geometry in place of the columns of its position.
    return next(
        (layout for layout, theirs in layouts.items() if {theirs["name"], "lon", "lat"} <= given), None
    )


def with_positions(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns lon and lat from the geometry of a layer, where it has none; a polygon gives a point inside."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    layer = require_crs(frame, name="places")
    points = layer.geometry.representative_point()
    plain = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    return plain if {"lon", "lat"} <= set(plain.columns) else plain.assign(lon=points.x, lat=points.y)


def _is_headless_geonames(frame: pd.DataFrame) -> bool:
    return list(frame.columns) == list(range(len(GEONAMES_COLUMNS)))


def _mapping_given(frame: pd.DataFrame, columns: Mapping[str, str], source: str) -> list[tuple[str, str]]:
    for ours, theirs in columns.items():
        if ours not in COLUMNS:
            raise InputError(
                f"columns of {source}: given {ours!r} = {theirs!r}, expected our column on the left and the"
                f" table's on the right. Nothing was read. {nearest_name(ours, COLUMNS)}"
            )
        if theirs not in frame.columns:
            raise InputError(
                f"columns of {source}: given {theirs!r} for {ours}, expected a column of the table. Nothing was"
                f" read. {nearest_name(theirs, map(str, frame.columns))}"
            )
    return list(columns.items())


def _mapping_for(
    frame: pd.DataFrame, columns: Mapping[str, str] | None, source: str
) -> list[tuple[str, str]]:
    if columns is not None:
        pairs = _mapping_given(frame, columns, source)
    else:
        layout = recognise(frame)
        pairs = _layouts()[layout] if layout else []
    pairs = [(ours, theirs) for ours, theirs in pairs if theirs in frame.columns]
    pairs += [(name, name) for name in ("lon", "lat") if name not in dict(pairs) and name in frame.columns]
    missing = [name for name in REQUIRED if name not in dict(pairs)]
    if missing:
        raise InputError(
            f"table {source}: given the columns {', '.join(map(str, frame.columns)) or 'none'}, expected those of"
            f" OCHA, GeoNames, OpenStreetMap or our own; {', '.join(missing)} not found. Nothing was read. Say"
            " which column is which: columns={'name': …, 'lon': …, 'lat': …}."
        )
    return pairs


def _first_rows(wrong: pd.Series) -> str:
    """Rows as a person counts them in the file: the header is line 1."""
    lines = [str(position + 2) for position in np.flatnonzero(wrong.to_numpy())[:5]]
    more = f" and {int(wrong.sum()) - len(lines)} more" if wrong.sum() > len(lines) else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)}{more}"


def _number(column: pd.Series, name: str, source: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = numbers.isna() & column.notna() & (column.astype(str).str.strip() != "")
    if wrong.any():
        raise InputError(
            f"table {source}: given {column[wrong].iloc[0]!r} as {name} in {_first_rows(wrong)}, expected a number."
            " Nothing was read. Correct the cell or leave it empty."
        )
    return numbers.astype("float64")


def _check_positions(table: pd.DataFrame, source: str) -> None:
    empty = table["lon"].isna() | table["lat"].isna()
    if empty.any():
        row = table[empty].iloc[0]
        raise InputError(
            f"table {source}: given no position for {row['name']!r} in {_first_rows(empty)}, expected lon and lat"
            " in degrees. Nothing was read. Fill them in or delete the row."
        )
    beyond = (table["lon"].abs() > 180) | (table["lat"].abs() > 90)
    if beyond.any():
        row = table[beyond].iloc[0]
        metres = abs(row["lon"]) > 360 or abs(row["lat"]) > 360
        advice = (
            "These look like metres: convert them with to_crs('EPSG:4326') first."
            if metres
            else "Latitude and longitude may be swapped: name the columns the other way round."
        )
        raise InputError(
            f"table {source}: given lon {row['lon']:g}, lat {row['lat']:g} for {row['name']!r} in"
            f" {_first_rows(beyond)}, expected degrees within ±180 and ±90. Nothing was read. {advice}"
        )


@cache
def _zones_of() -> dict[str, frozenset[str]]:
    """Country code → time zones, by ``zone.tab`` of the tzdata package."""
    text = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t")[:3] for line in text.splitlines() if line and not line.startswith("#")]
    return {country: frozenset(zone for code, _, zone in rows if code == country) for country, _, _ in rows}


def _check_country(table: pd.DataFrame, source: str) -> None:
    """Refuse latitudes given as longitudes: in degrees both may be valid, but the P-codes name the country."""
    codes = table["adm1_pcode"].where(table["adm1_pcode"] != "", table["pcode"]).str[:2]
    coded = table[codes.isin(set(_zones_of()))]
    if len(coded) < FEWEST_TO_CHECK:
        return
    # Imported here: an index of 444 time zones, needed only where P-codes can be checked against the map.
    from timezonefinder import TimezoneFinder  # noqa: PLC0415

    finder = TimezoneFinder()
    some = coded.iloc[np.linspace(0, len(coded) - 1, min(len(coded), 25)).astype(int)]
    right = swapped = 0
    for code, lon, lat in zip(codes[some.index], some["lon"], some["lat"], strict=True):
        right += finder.timezone_at(lng=lon, lat=lat) in _zones_of()[code]
        swapped += abs(lon) <= 90 and finder.timezone_at(lng=lat, lat=lon) in _zones_of()[code]
    if right < len(some) / 2 < swapped:
        row = coded.iloc[0]
        raise InputError(
            f"table {source}: given lon {row['lon']:g}, lat {row['lat']:g} for {row['name']!r} in line"
            f" {coded.index[0] + 2}, expected a place in {codes[coded.index[0]]}, where its P-code says it is;"
            f" {len(some) - right} of {len(some)} rows looked at lie elsewhere. Nothing was read. Latitude and"
            " longitude are swapped: name the columns the other way round."
        )


def _check_codes(table: pd.DataFrame, source: str) -> None:
    for column in ("pcode", "place_id"):
        twice = table[column].duplicated(keep=False) & (table[column] != "")
        if twice.any():
            code = table.loc[twice, column].iloc[0]
            rows = table[column] == code
            raise InputError(
                f"table {source}: given the {column} {code} for {' and '.join(table.loc[rows, 'name'])} in"
                f" {_first_rows(rows)}, expected each once. Nothing was read. Keep one of the rows."
            )


def _check_names(table: pd.DataFrame, source: str) -> None:
    nameless = (table["name"] == "") & (table["name_ar"] == "")
    if nameless.any():
        raise InputError(
            f"table {source}: given no name in {_first_rows(nameless)}, expected one in Latin or Arabic script."
            " Nothing was read. Fill it in or delete the row."
        )
    long = table["name"].str.len() > 200
    if long.any():
        raise InputError(
            f"table {source}: given a name of {table.loc[long, 'name'].str.len().iloc[0]} letters in"
            f" {_first_rows(long)}, expected at most 200. Nothing was read. Is the column shifted?"
        )


def _joined(frame: pd.DataFrame, theirs: list[str], separator: str) -> pd.Series:
    parts = [_texts(frame[name]) for name in theirs]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + separator + part
    return joined.astype("str")


def _texts(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("").str.strip()
    return column.astype("object").where(column.notna(), "").map(_text)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # an identifier that a reader took for a number
    return str(value).strip()


def normalise(frame: pd.DataFrame, *, columns: Mapping[str, str] | None, source: str) -> pd.DataFrame:
    """Bring a table of places into our columns and check every row.

    Parameters
    ----------
    frame
        One row a place.
    columns
        Our column → the table's; None recognises the layout.
    source
        Where it comes from; stands in `source` of rows that name none.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, texts never missing, a fresh index.

    Raises
    ------
    InputError
        For missing columns, positions that are no degrees, P-codes given twice; the message names the line.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"table {source}: given {type(frame).__name__}, expected a DataFrame. Nothing was read. Read the file"
            " first, e.g. with pandas.read_csv."
        )
    frame = with_positions(frame)
    if _is_headless_geonames(frame):
        frame = frame.set_axis(list(GEONAMES_COLUMNS), axis=1)
    pairs = _mapping_for(frame, columns, source)
    geonames = columns is None and recognise(frame) == "geonames"
    if geonames and "feature_class" in frame.columns:
        frame = frame[frame["feature_class"].isin(["P", "A"]) | frame["feature_code"].isin(["MT", "MTS"])]
    table = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for column in COLUMNS:
        theirs = [other for ours, other in pairs if ours == column]
        if column in NUMBER_COLUMNS:
            values = _number(frame[theirs[0]], column, source) if theirs else None
            table[column] = np.nan if values is None else values.to_numpy()
        else:
            texts = _joined(frame, theirs, "|") if theirs else None
            table[column] = pd.Series(
                "" if texts is None else texts.to_numpy(), index=table.index, dtype="str"
            )
    if geonames:
        table["alternates"] = table["alternates"].str.replace(",", "|", regex=False)
    _check_names(table, source)
    _check_positions(table, source)
    table["source"] = table["source"].where(table["source"] != "", source)
    _check_codes(table, source)
    _check_country(table, source)
    return _completed(table, source)


def _completed(table: pd.DataFrame, source: str) -> pd.DataFrame:
    columns = (table[column].tolist() for column in _NAME_COLUMNS)
    names = [_clean_row(row) for row in zip(*columns, strict=True)]
    for position, column in enumerate(("name", "name_ar", "alternates", "parents")):
        table[column] = pd.Series([row[position] for row in names], index=table.index, dtype="str")
    given = table["kind"].str.lower()
    kinds = [_kinds().get(kind, _kinds()["place"]) for kind in given.tolist()]
    table["kind"] = pd.Series(
        [
            known[0] if kind in _kinds() or not kind else kind
            for kind, known in zip(given.tolist(), kinds, strict=True)
        ],
        index=table.index,
        dtype="str",
    )
    table["radius_m"] = table["radius_m"].fillna(pd.Series([known[1] for known in kinds], dtype="float64"))
    table["importance"] = _importance(table, np.array([known[2] for known in kinds], dtype="float64"))
    missing = table["place_id"] == ""
    numbered = [f"{source}:{position + 1}" for position in range(len(table))]
    fallback = table["pcode"].where(table["pcode"] != "", pd.Series(numbered, dtype="str"))
    table["place_id"] = table["place_id"].where(~missing, fallback)
    return table


_NAME_COLUMNS = (
    "name", "name_ar", "alternates", "adm1_name", "adm2_name", "adm3_name",
    "adm1_name_ar", "adm2_name_ar", "adm3_name_ar",
)  # fmt: skip


def _same(one: str, other: str) -> bool:
    """Whether two names have the same consonants: a bracket spells the parent its own way."""
    a, b = spell(_CENTRE_AR.sub("", one)), spell(_CENTRE_AR.sub("", other))
    return bool(a and b) and skeleton_of(a[0].sounds) == skeleton_of(b[0].sounds)


def _parted(
    name: str, parents: Iterable[str], *, dash_is_parent: bool = False
) -> tuple[str, list[str], list[str]]:
    """Take a name apart: (name, second names, names of the parent)."""
    if not _PARTED.search(name):
        return name, [], []
    second: list[str] = []
    above: list[str] = []
    bracket = _BRACKET.search(name)
    if bracket and bracket.start():
        name = name[: bracket.start()]
        above.append(bracket.group(1).strip())
    pieces = _DASH.split(name)
    parts = [(pieces[0].strip(), "")]
    parts += [(part.strip(), mark) for mark, part in zip(pieces[1::2], pieces[2::2], strict=True)]
    (first, _), *rest = [pair for pair in parts if pair[0]] or [(name, "")]
    for part, mark in rest:
        is_parent = dash_is_parent and mark.strip() == "-"
        is_parent |= bool(_CENTRE_AR.match(part)) or any(_same(part, parent) for parent in parents if parent)
        (above if is_parent else second).append(part)
    return first, second, above


def _clean_row(row: tuple[str, ...]) -> tuple[str, str, str, str]:
    name, name_ar, alternates, *parents = row
    latin, more_latin, above_latin = _parted(name, parents) if name else ("", [], [])
    # OCHA writes the parent of القناطر - أورم الكبرى in brackets in English; where English has a dash too it
    # parts two names of one place, which Arabic joins with an underscore as a rule.
    parent = bool(latin) and (bool(above_latin) or not more_latin)
    arabic, more_arabic, above_arabic = (
        _parted(name_ar, parents, dash_is_parent=parent) if name_ar else ("", [], [])
    )
    others = [_parted(part, parents)[0] for part in alternates.split("|") if part.strip()]
    written = [latin, arabic, *more_latin, *more_arabic, *others]
    if not arabic:  # GeoNames keeps the Arabic name among the alternates
        arabic = next((part for part in (latin, *others) if script_of(part) == "arabic"), "")
    unique = [part for part in dict.fromkeys(written) if part and part not in (latin, arabic)]
    above = dict.fromkeys([*above_latin, *above_arabic])
    return latin or arabic, arabic, "|".join(unique), "|".join(above)


@lru_cache(maxsize=65536)
def _sounds(name: str) -> str:
    read = spell(name)
    return read[0].sounds if read else ""


def _seats(table: pd.DataFrame, column: str) -> npt.NDArray[np.bool_]:
    """Whether each place bears the name of its area, as the seat of an area does."""
    above = table[column]
    return np.array(
        [
            bool(area) and _sounds(name) == _sounds(area)
            for name, area in zip(table["name"].tolist(), above.tolist(), strict=True)
        ],
        dtype=bool,
    )


def _by_number(codes: pd.Series, by_kind: np.ndarray) -> np.ndarray:
    """Importance by kind, less for places that a list of communities took up late: these are the small ones.

    >>> _by_number(pd.Series(["C3985", "C8031", ""]), np.array([0.2, 0.2, 0.2])).tolist()
    [0.2, 0.05, 0.2]
    """
    found = by_kind
    for row in read_table("numbering.csv"):
        late = (codes.str.len() == len(row["first"])) & codes.between(row["first"], row["last"])
        found = np.where(late, np.minimum(found, float(row["importance"])), found)
    return found


def _importance(table: pd.DataFrame, by_kind: np.ndarray) -> np.ndarray:
    """0 to 1: the seat of an area, the population (a million = 0.86) or the kind and number, whichever is highest.

    OCHA numbers the sub-district of a district's seat 00, and the district of a governorate's seat 00 too.
    """
    population = table["population"].fillna(0).clip(lower=0).to_numpy()
    found = np.maximum(_by_number(table["pcode"], by_kind), np.log10(1 + population) / 7)
    level = np.select(
        [table["adm3_pcode"].str.endswith("0000"), table["adm3_pcode"].str.endswith("00")],
        [SEAT_IMPORTANCE["adm1"], SEAT_IMPORTANCE["adm2"]],
        SEAT_IMPORTANCE["adm3"],
    )
    found = np.where(_seats(table, "adm3_name"), np.maximum(found, level), found)
    for column, code in (("adm1_name", "0000"), ("adm2_name", "00")):
        central = table["adm3_pcode"].str.endswith(code).to_numpy()
        seat = SEAT_IMPORTANCE[column[:4]]
        found = np.where(central & _seats(table, column), np.maximum(found, seat), found)
    given = table["importance"].to_numpy()
    return np.where(np.isnan(given), np.clip(found, 0, 1), given)
