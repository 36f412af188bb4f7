"""Single questions, from a file or a name to an answer: what the command line and notebooks ask one at a time.

The `read_…` and `load_…` functions are thin: they fetch the bytes and hand them to the analysis.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from idlibgeo import border as borders
from idlibgeo import osm, routes, sources
from idlibgeo.border import Border
from idlibgeo.errors import InputError, PlaceNotFoundError
from idlibgeo.gazetteer import Context, Gazetteer, Place, areas
from idlibgeo.gazetteer import files as place_files
from idlibgeo.geo import WGS84, Bounds
from idlibgeo.reports import Report, mentions_table, parse_document
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.scenario import Scenario

# Whoever measures to a border is near it; further away, coordinates or countries are mixed up.
FAR_M = 500_000.0
DOCUMENT_SUFFIXES = {".txt", ".text", ".md", ".html", ".htm", ".xhtml", ".pdf"}


BUNDLED = "bundled"


def load_gazetteer(
    *paths: str | Path,
    columns: Mapping[str, str] | None = None,
    boundaries: Sequence[str | Path] = (),
) -> Gazetteer:
    """Load places of files, stacked in the order given; without any, the bundled ones.

    Parameters
    ----------
    paths
        CSV, XLSX, GeoPackage, a GeoNames country dump (SY.txt, SY.zip), an OSM file; the word ``bundled`` stands
        for the bundled places, to stack one's own on them.
    columns
        Our column → the table's, for a table whose layout is not known; others are read as what they are.
    boundaries
        Files of administrative boundaries with P-codes (COD-AB): parents for places that name none, and areas.

    Examples
    --------
    >>> len(load_gazetteer()) > 400
    True
    """
    first, *rest = (_gazetteer_of(path, columns, alone=len(paths) == 1) for path in paths or (BUNDLED,))
    stacked = first.stack(*rest) if rest else first
    for file in boundaries:
        stacked = stacked.with_boundaries(sources.read_vector(file))
    return stacked


def _gazetteer_of(path: str | Path, columns: Mapping[str, str] | None, *, alone: bool) -> Gazetteer:
    """The places of a file; of several the mapping is for those that have its columns or no known layout."""
    if str(path) == BUNDLED and not Path(path).exists():
        return Gazetteer.default()
    name = Path(path).name.split(".")[0]
    frame = place_files.read(path, columns=columns)
    meant = columns is not None and (
        alone or set(columns.values()) <= set(frame.columns) or not place_files.is_known(frame)
    )
    return Gazetteer.from_table(frame, columns=columns if meant else None, source=name)


def _document_bytes(source: str | Path | bytes) -> tuple[bytes, str]:
    """Tell a file from a text: a `Path`, or a single line that names a document, is a file."""
    if isinstance(source, bytes):
        return source, ""
    if isinstance(source, str):
        one_line = "\n" not in source and len(source) < 1000
        if not (one_line and Path(source).suffix.lower() in DOCUMENT_SUFFIXES):
            return source.encode("utf-8"), ""
    path = Path(source)
    return sources.read_document(path), path.name


def read_report(
    source: str | Path | bytes,
    *,
    published: dt.date | str | None = None,
    undated: dt.date | str | None = None,
    publisher: str | None = None,
    title: str | None = None,
    url: str | None = None,
    gazetteer: Gazetteer | None = None,
) -> Report:
    """Read one report: a file (text, HTML or PDF), its bytes, or a text.

    Parameters
    ----------
    source
        A path, bytes, or the text itself. A string of one line that ends in .txt, .html or .pdf is a path.
    published, publisher, title, url
        Given here, they count more than what the document says of itself.
    undated
        Date of publication of a document that does not say its own.
    gazetteer
        Where place names are looked up; the bundled one by default.

    Raises
    ------
    FileError
        If the file is missing, empty or too large.
    ReportError
        If no text can be got from it.

    Examples
    --------
    >>> report = read_report("Over 31,000 people fled from Saraqib in four days.", published="2020-01-07")
    >>> report.figures[0].value, report.figures[0].kind
    (31000, 'flow')
    """
    data, name = _document_bytes(source)
    return parse_document(
        data,
        name=name,
        report_id=Path(name).stem or "report-" + hashlib.sha256(data).hexdigest()[:8],
        title=title,
        published=published,
        undated=undated,
        publisher=publisher,
        url=url,
        finder=gazetteer or load_gazetteer(),
    )


def report_document(
    report: Report, gazetteer: Gazetteer, *, context: Context | None = None
) -> dict[str, Any]:
    """Describe a report as `idlibgeo read --json` prints it, the place of each mention filled in.

    Where the report names a border ("near the Turkish border") and `context` has none, that border is loaded: it is a
    place, and evidence for the other places of the report.
    """
    document = report.to_dict()
    context = _with_named_border(report, gazetteer, context)
    placed = gazetteer.resolve_mentions(mentions_table([report]), context=context)
    rows = placed.set_index("mention_id")
    for mention, described in zip(report.mentions, document["mentions"], strict=True):
        row = rows.loc[mention.id]
        point = row.geometry
        described["place"] = {
            "status": row["status"],
            "pcode": row["pcode"],
            "name": row["name"],
            "lon": None if point is None else point.x,
            "lat": None if point is None else point.y,
            "radius_m": row["radius_m"],
        }
    return document


def geocode(
    name: str, gazetteer: Gazetteer, *, context: Context | None = None, limit: int = 5
) -> dict[str, Any]:
    """Answer for one name: its status, the rule that led to it, and the candidates with their reasons.

    A phrase such as "countryside of Saraqib" gives one candidate of kind ``area``, with its polygon as ``geometry``
    (GeoJSON) and the score of the place that it names. Of a country or a city outside the rule says what it is; the
    status is ``unresolved``.

    Raises
    ------
    InputError
        For an empty name.
    PlaceNotFoundError
        If no place lies in the area that `context.within` names.
    """
    if not name.strip():
        raise InputError(
            "geocode: given an empty name, expected the name of a place. Nothing was looked up. Write it as it is"
            ' spoken or written: idlibgeo geocode "Maarat al-Numan".'
        )
    inside = None
    if context is not None and context.within:
        code, inside = _area_codes(context.within, gazetteer)
        context = replace(context, within=code)
    phrase = areas.parse(name)
    if phrase is not None and phrase.kind == "border" and phrase.other:
        context = _with_border(context or Context(), gazetteer, phrase.other)
    answer = gazetteer.resolve(name, context=context)
    found = [one for one in answer.candidates if inside is None or one.place_id in inside]
    keys = ("name", "name_ar", "pcode", "lon", "lat", "radius_m", "kind", "score", "reasons")
    candidates = [{key: getattr(candidate, key) for key in keys} for candidate in found[:limit]]
    area = answer.place if answer.place is not None and answer.place.geometry is not None else None
    if area is not None:
        named = (
            gazetteer.candidates(phrase.name, limit=1)
            if (phrase := areas.parse(name)) and phrase.name
            else []
        )
        candidates = [
            {key: getattr(area, key) for key in keys[:-2]}
            | {"score": named[0].score if named else None, "reasons": (answer.rule,)}
        ]
    elsewhere = answer.status == "outside"
    return {
        "name": name,
        "status": "unresolved" if elsewhere else answer.status,
        "rule": answer.rule,
        "candidates": [] if elsewhere else candidates,
        "geometry": None if area is None else shapely.geometry.mapping(area.geometry),
    }


def _with_named_border(report: Report, gazetteer: Gazetteer, context: Context | None) -> Context | None:
    """Context with the first border that a report names, if the gazetteer's country has one there."""
    phrases = (areas.parse(mention.text) for mention in report.mentions)
    neighbours = [phrase.other for phrase in phrases if phrase and phrase.kind == "border" and phrase.other]
    for neighbour in dict.fromkeys(neighbours):
        try:
            return _with_border(context or Context(), gazetteer, neighbour)
        except (
            InputError
        ):  # no common border, or the gazetteer's own country is named: the phrase stays unresolved
            continue
    return context


def _with_border(context: Context, gazetteer: Gazetteer, neighbour: str) -> Context:
    """Context with the border between a neighbour and the country that most places of the gazetteer lie in."""
    table = gazetteer.table
    codes = table["adm1_pcode"].str[:2]
    if context.border is not None or not (codes != "").any():
        return context
    middle = (float(table["lon"].median()), float(table["lat"].median()))
    line = load_border_by_name(f"{codes[codes != ''].mode().iloc[0]}-{neighbour}", origin=middle)
    return replace(context, border=line.geometry)


CODES = ("pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode")


def _area_codes(within: str, gazetteer: Gazetteer) -> tuple[str, set[str]]:
    """The P-code of an area as the gazetteer writes it, and the keys of the places in it."""
    table = gazetteer.table
    wanted = within.strip().casefold()
    inside = pd.Series(False, index=table.index)
    for column in CODES:
        inside |= table[column].str.casefold() == wanted
    if wanted and inside.any():
        row = table[inside].iloc[0]
        code = next(str(row[column]) for column in CODES if str(row[column]).casefold() == wanted)
        return code, set(table.loc[inside, "place_id"])
    # Imported here: needed only when something is already wrong.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    known = sorted({code for column in CODES for code in table[column].dropna() if code})
    near = process.extract(within.strip().upper(), known, scorer=fuzz.ratio, limit=3, score_cutoff=60)
    hint = f"The nearest P-codes are {', '.join(code for code, _, _ in near)}." if near else ""
    raise PlaceNotFoundError(
        f"--within: given {within!r}, expected the P-code of an area; no place of the gazetteer lies in {within}."
        f" Nothing was looked up. {hint or 'P-codes look like SY07, SY0703 or SY070301.'}"
    )


def load_border_by_name(name: str, *, origin: tuple[float, float]) -> Border:
    """Load a border by ``XX-YY`` (two country codes, the origin's first) or from a file of lines or areas.

    Parameters
    ----------
    origin
        A point (lon, lat) on the origin's side, for files that do not say which side that is.
    """
    parts = name.split("-")
    if len(parts) == 2 and all(len(part) == 2 and part.isalpha() for part in parts):
        return borders.load_border(parts[0], parts[1])
    layer = sources.read_vector(name)
    areas = layer.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    lines = layer.assign(geometry=layer.geometry.where(~areas, layer.boundary))
    return Border.from_lines(
        lines,
        origin_point=origin,
        countries=(Path(name).stem,),
        source=Path(name).name,
        licence="that of the file",
    )


def _middle(points: gpd.GeoDataFrame) -> tuple[float, float]:
    """The median of points: on the side where most of them are."""
    return float(points.geometry.x.median()), float(points.geometry.y.median())


def measure_distances(
    points: gpd.GeoDataFrame,
    border_name: str,
    *,
    bands_m: list[float] | None = None,
    date: str | None = None,
) -> dict[str, Any]:
    """Answer `idlibgeo distance`: the signed distance of each point, and the bands if asked for.

    Parameters
    ----------
    date
        Of a table with a column ``date`` only these rows are measured; the latest where several are and none is
        named.

    Returns
    -------
    dict
        ``border``, ``points``, ``bands``, the people that are ``left_out`` of them, and ``notes`` on what the reader
        should check.
    """
    points, notes = one_date(points, date)
    located = points[points.geometry.notna()]
    if located.empty:
        raise InputError(
            "distance: given no point with a position, expected at least one. Nothing was measured."
        )
    border = load_border_by_name(border_name, origin=_middle(located))
    measured = borders.distance_to_border(located, border)
    key = next((name for name in ("id", "camp_id", "place_id", "name") if name in points.columns), None)
    ids = located[key] if key else pd.Series(located.index, index=located.index)
    rounded = measured.round({"distance_m": 1, "nearest_lon": 6, "nearest_lat": 6})
    answer = [{"id": ids[index], **row} for index, row in rounded.to_dict("index").items()]
    missing = points.index.difference(located.index)
    empty = {"distance_m": None, "nearest_lon": None, "nearest_lat": None, "status": "no position"}
    answer += [{"id": points[key][index] if key else index, **empty} for index in missing]
    far = measured["distance_m"].abs() > FAR_M
    if far.any():
        notes.append(
            f"{int(far.sum())} of {len(measured)} points lie more than {FAR_M / 1000:g} km from the border: check the"
            " order lon, lat, and which border is meant"
        )
    bands: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    if bands_m:
        strips = borders.border_bands(border, distances_m=bands_m)
        # Whoever has no position is counted too: among those left out.
        counted = points.assign(**{name: measured[name].reindex(points.index) for name in measured})
        bands = _records(borders.band_table(counted, strips))
        beyond = borders.band_left_out(counted, strips)
        beyond.insert(0, "id", points[key].reindex(beyond.index) if key else beyond.index)
        left_out = _records(beyond)
    return {
        "border": f"{border_name}, {border.source}",
        "points": answer,
        "bands": bands,
        "left_out": left_out,
        "notes": notes,
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of counted people, to one digit: more would pretend to an exactness that nobody has."""
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    return plain.round(1).to_dict("records")


def one_date(frame: gpd.GeoDataFrame, date: str | None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The rows of one date, the latest if none is named, and a note on rows that were left out for it.

    Raises
    ------
    InputError
        If the date is not in the table, or the latest cannot be told.

    Examples
    --------
    >>> counts = gpd.GeoDataFrame({"date": ["2019-02-28", "2019-11-30"], "people": [10, 20]})
    >>> rows, notes = one_date(counts, None)
    >>> rows["people"].tolist(), notes
    ([20], ['using 2019-11-30; 1 row of other dates left out; --date chooses another'])
    """
    if "date" not in frame:
        if date is not None:
            raise InputError(
                f"--date: given {date!r}, expected a table with a column `date`; it has"
                f" {[str(name) for name in frame.columns if name != 'geometry']}. Nothing was computed."
                " Leave --date out, or add the column."
            )
        return frame, []
    days = frame["date"].map(_day, na_action="ignore")
    known = sorted(set(days.dropna()))
    if date is not None and date not in known:
        raise InputError(
            f"--date: given {date!r}, expected one of {', '.join(known) or 'the dates of the table, which has none'}."
            " Nothing was computed. Choose one of these."
        )
    if date is None and len(known) < 2:
        return frame, []
    if date is None and not all(_is_iso(day) for day in known):
        raise InputError(
            f"date: given several dates of which the latest cannot be told ({', '.join(known[:4])}), expected"
            " YYYY-MM-DD. Nothing was computed. Choose one with --date, written as in the table."
        )
    chosen = date or known[-1]
    rows = frame[(days == chosen).to_numpy(dtype=bool, na_value=False)]
    others = len(frame) - len(rows)
    what = f"{others} {'row' if others == 1 else 'rows'} of other dates left out"
    return rows, [f"using {chosen}; {what}; --date chooses another"] if others else []


def _day(value: object) -> str:
    """A date as text; of a time stamp the day."""
    return value.isoformat()[:10] if isinstance(value, dt.date) else str(value).strip()


def _is_iso(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def load_network(path: str | Path, *, bounds: Bounds | None = None) -> RoadNetwork:
    """Load a road network: written by `idlibgeo network`, an OSM file, a scenario's, or a table of schematic roads.

    A table of roads (``.csv``) has its waypoints beside it, in a file whose name ends in ``waypoints.csv``.

    >>> load_network(sources.sample_folder() / "scenario.toml").schematic
    True
    """
    file = Path(path)
    if file.suffix.lower() == ".toml":
        section = (scenario := Scenario.load(file)).roads
        if section.osm:
            return load_network(scenario.path(section.osm, key="roads.osm"), bounds=bounds or scenario.bounds)
        if section.network:
            return load_network(scenario.path(section.network, key="roads.network"), bounds=bounds)
        table, waypoints = (
            scenario.path(name, key=f"roads.{key}")
            for key, name in (("table", section.table), ("waypoints", section.waypoints))
        )
        _refuse_bounds(file, bounds)
        return RoadNetwork.from_table(sources.read_table(table), sources.read_table(waypoints))
    if file.suffix.lower() == ".csv":
        _refuse_bounds(file, bounds)
        roads = sources.read_table(file)
        return RoadNetwork.from_table(roads, sources.read_table(_waypoints_of(file)))
    if file.name.endswith((".gpkg", ".parquet")):
        _refuse_bounds(file, bounds)
        return RoadNetwork.read(file)
    return RoadNetwork.from_osm(osm.read_osm(file, bounds=bounds))


def _refuse_bounds(file: Path, bounds: Bounds | None) -> None:
    if bounds is not None:
        raise InputError(
            f"--bounds: given for {file}, expected an OSM file, which alone is cut. Nothing was read. Leave the bounds"
            " out, or take the OSM file that the network was made from."
        )


def _waypoints_of(file: Path) -> Path:
    found = sorted(file.parent.glob("*waypoints.csv"))
    if len(found) != 1:
        raise InputError(
            f"{file}: given as a table of schematic roads, expected one table of their waypoints beside it, with a name"
            f" that ends in waypoints.csv; there are {len(found)}. Nothing was read. Name the scenario (.toml) instead,"
            " which says which one it is."
        )
    return found[0]


def find_place(name: str, gazetteer: Gazetteer, *, context: Context | None = None) -> Place:
    """Find the one place that a name means.

    Raises
    ------
    PlaceNotFoundError
        If there is none, or several; the message names the candidates.
    """
    answer = gazetteer.resolve(name, context=context)
    if answer.status == "resolved" and answer.place is not None:
        return answer.place
    candidates = "; ".join(
        f"{c.name} ({c.pcode or c.kind}, {c.lon:.2f},{c.lat:.2f})" for c in answer.candidates[:4]
    )
    what = f"could mean several places: {candidates}" if answer.status == "ambiguous" else "was not found"
    what += f"; the nearest names are {candidates}" if candidates and answer.status != "ambiguous" else ""
    raise PlaceNotFoundError(
        f"Place {name!r} {what}. Nothing was computed. Give LON,LAT or the P-code, write the name as the gazetteer"
        " does (see `idlibgeo geocode NAME`), or add a table of places with --gazetteer."
    )


def _point(text: str, gazetteer: Gazetteer, *, option: str) -> gpd.GeoDataFrame:
    """Read ``LON,LAT``, a P-code or a place's name into one point."""
    try:
        lon, lat = (float(part) for part in text.split(","))
        values: dict[str, Any] = {"place_id": text, "name": text, "radius_m": 0.0}
    except ValueError:
        known = gazetteer.places()
        coded = known[(known["pcode"] == text.strip().upper()) & known.geometry.notna()]
        if len(coded) == 1:
            return coded[["place_id", "name", "radius_m", "geometry"]].reset_index(drop=True)
        place = find_place(text, gazetteer)
        lon, lat = place.lon, place.lat
        values = {"place_id": place.place_id, "name": place.name, "radius_m": place.radius_m}
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError(
            f"{option}: given {text!r}, expected LON,LAT in degrees, lon first. Nothing was searched."
            " Write it as 36.68,35.65."
        )
    return gpd.GeoDataFrame([values], geometry=[shapely.Point(lon, lat)], crs=WGS84)


def find_route(
    network_file: str | Path,
    origin: str,
    destination: str,
    *,
    gazetteer: Gazetteer,
    border_name: str = "SY-TR",
    mode: str = "vehicle",
    party: str | None = None,
    alternatives: int = 1,
    closures: str | Path | None = None,
    date: str | None = None,
    dem: str | Path | None = None,
) -> dict[str, Any]:
    """Answer `idlibgeo route`: routes between two places, or from a place to the border.

    Returns
    -------
    dict
        ``routes``, ``unreachable``, and ``notes`` on what the answer rests on. A route has its geometry, its travel
        time and ``elapsed_s_…``, the time from departure to arrival with the stops of the party.
    """
    day = _iso_date(date)
    network = load_network(network_file)
    start = _point(origin, gazetteer, option="--from")
    weights = network.weights(
        mode=mode,
        party=party,
        closures=sources.read_closures(closures) if closures else None,
        date=day,
        dem=sources.read_dem(dem) if dem else None,
    )
    if destination.strip().lower() == "border":
        found = _to_border(network, start, border_name, weights, alternatives)
    else:
        end = _point(destination, gazetteer, option="--to")
        found = routes.alternative_routes(network, start, end, k=alternatives, weights=weights)
    kind = ("The roads are schematic: lengths and times are rough.",) if network.schematic else ()
    few = _few_note(found, alternatives)
    return routes_document(found, weights) | {"notes": [*kind, *weights.notes, *few]}


def _few_note(found: gpd.GeoDataFrame, wanted: int) -> tuple[str, ...]:
    """Why fewer routes came than were asked for: no others exist that differ enough."""
    count = int((found["status"] == "ok").sum())
    if not 0 < count < wanted:
        return ()
    return (
        f"{count} of {wanted} routes: no other way takes at most 1.5 times as long and shares at most 60% of its"
        " length with these.",
    )


def _to_border(
    network: RoadNetwork, start: gpd.GeoDataFrame, border_name: str, weights: Weights, alternatives: int
) -> gpd.GeoDataFrame:
    """The way to the border, and other ways to the same point of it."""
    line = load_border_by_name(border_name, origin=_middle(start)).geometry
    if not shapely.box(*network.line_xy.min(axis=0), *network.line_xy.max(axis=0)).intersects(line):
        raise InputError(
            f"--to border: given the border {border_name}, which lies outside the roads of the network"
            f" ({network.source}); expected one inside. Nothing was searched. Name another with --border."
        )
    first = routes.route_to_line(network, start, line, weights=weights)
    reached = first[first["status"] == "ok"]
    if alternatives == 1 or reached.empty or reached.geometry.isna().any():
        return first
    names = {"place_id": ["border"], "name": ["border"], "to_kind": ["border"]}
    end = gpd.GeoDataFrame(names, geometry=[shapely.Point(reached.geometry.iloc[0].coords[-1])], crs=WGS84)
    return routes.alternative_routes(network, start, end, k=alternatives, weights=weights)


def _iso_date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(
            f"--date: given {text!r}, expected a date. Nothing was searched. Write it as 2020-01-07."
        ) from None


TIMES = ("low", "mid", "high")
ROUTE_KEYS = (
    "rank",
    "length_m",
    *(f"travel_time_s_{level}" for level in TIMES),
    "overlap",
    "stretch",
    "snap_from_m",
    "snap_to_m",
    "note",
)


def routes_document(found: gpd.GeoDataFrame, weights: Weights) -> dict[str, Any]:
    """Describe routes as `idlibgeo route --json` prints them."""
    good = found["status"] == "ok"
    rows = [
        {
            **{key: row[key] for key in ROUTE_KEYS},
            **{f"elapsed_s_{level}": weights.elapsed_s(row[f"travel_time_s_{level}"]) for level in TIMES},
            # Whoever is there already has a route without a line.
            "geometry": None if row["geometry"] is None else shapely.geometry.mapping(row["geometry"]),
        }
        for row in found[good].to_dict("records")
    ]
    failed = [
        {"from": row["from_name"], "to": row["to_name"], "status": row["status"], "message": row["note"]}
        for row in found[~good].to_dict("records")
    ]
    return {"routes": rows, "unreachable": failed}
