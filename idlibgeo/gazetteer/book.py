"""`Gazetteer`: tables of places under every spelling of their names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point
from shapely.geometry.base import BaseGeometry

from idlibgeo.errors import InputError
from idlibgeo.gazetteer import areas, choice, index, merge, outside, scan, tables
from idlibgeo.gazetteer.align import encode, reasons_between
from idlibgeo.gazetteer.sounds import Spelling, spell, without_ending
from idlibgeo.gazetteer.values import Candidate, Context, Place, Resolution, Span
from idlibgeo.geo import WGS84, Bounds, check_bounds, require_crs
from idlibgeo.schema import conform

LONGEST_NAME = 120
LEAST_SCORE = 0.05
VERY_NAME = 0.03  # cost of sounds up to which what is written is a place's very name
LEAST_BEST = 0.3  # where the best candidate is less likely than this, none is returned


class Gazetteer:
    """Places that can be found by name; made by `from_table`, joined by `stack`, never changed."""

    def __init__(self, table: pd.DataFrame, boundaries: Mapping[str, BaseGeometry] | None = None) -> None:
        self._table = table
        self._boundaries = dict(boundaries or {})

    @classmethod
    def from_table(
        cls, frame: pd.DataFrame, *, columns: Mapping[str, str] | None = None, source: str = "table"
    ) -> Gazetteer:
        """Make a gazetteer of a table; the layouts of OCHA, GeoNames and our own are recognised.

        Parameters
        ----------
        frame
            One row a place; at least a name, lon and lat in degrees.
        columns
            Our column → the table's, for any other layout.
        source
            Short name of where the table comes from.

        Raises
        ------
        InputError
            For missing columns, positions that are no degrees and P-codes given twice; it names the line.

        Examples
        --------
        >>> towns = pd.DataFrame({"town": ["Sarmada"], "x": [36.72], "y": [36.18]})
        >>> len(Gazetteer.from_table(towns, columns={"name": "town", "lon": "x", "lat": "y"}, source="mine"))
        1
        """
        return cls(tables.normalise(frame, columns=columns, source=source))

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        columns: Mapping[str, str] | None = None,
        layer: str | None = None,
        source: str | None = None,
    ) -> Gazetteer:
        """Make a gazetteer of a file: CSV, XLSX, GeoPackage, a GeoNames country dump, or an OSM file.

        Parameters
        ----------
        path
            Of a workbook or a GeoPackage the first sheet or layer that holds places is taken; of an OSM file
            (.osm.pbf, .osm, .osm.gz) everything that carries ``place`` and a name.
        columns
            Our column → the table's, for a layout that is none of OCHA's, GeoNames' and our own.
        layer
            The sheet or layer to take.
        source
            Short name; without it the file's.

        Raises
        ------
        FileError
            If there is no such file or layer, or it cannot be read.
        InputError
            As `from_table`.

        Examples
        --------
        >>> from idlibgeo.sources import sample_folder
        >>> Gazetteer.from_file(sample_folder() / "places_own.csv").resolve("Tell Touqan").place.pcode
        'C3903'
        """
        # Imported here so that a gazetteer of a frame needs neither disk nor osmium.
        from idlibgeo.gazetteer import files  # noqa: PLC0415

        named = source or Path(path).name.split(".")[0]
        return cls.from_table(files.read(path, columns=columns, layer=layer), columns=columns, source=named)

    @classmethod
    def default(cls) -> Gazetteer:
        """The bundled places: the GeoNames extract and the project's own table."""
        # Reading is the work of sources; imported here so that a gazetteer of a frame needs no disk.
        from idlibgeo import sources  # noqa: PLC0415

        files = sorted(sources.sample_folder().glob("places_*.csv"))
        first, *others = [cls.from_table(sources.read_table(file), source=file.stem) for file in files]
        return first.stack(*others)

    def stack(self, *others: Gazetteer) -> Gazetteer:
        """Join gazetteers; a place that two of them have becomes one, with both sources named.

        The same place is one with the same P-code, or within 3 km and with nearly the same sounds. Name and
        position of the first stand; the radius grows to reach the other's position.

        Examples
        --------
        >>> one = pd.DataFrame({"name": ["Sarmada"], "lon": [36.72], "lat": [36.18]})
        >>> two = pd.DataFrame({"name": ["سرمدا", "Atmeh"], "lon": [36.725, 36.69], "lat": [36.182, 36.3]})
        >>> both = Gazetteer.from_table(one, source="a").stack(Gazetteer.from_table(two, source="b"))
        >>> both.table[["name", "name_ar", "source"]].values.tolist()
        [['Sarmada', 'سرمدا', 'a; b'], ['Atmeh', '', 'b']]
        """
        table, boundaries = self._table, self._boundaries
        for other in others:
            table = merge.join(table, other._table)
            boundaries = other._boundaries | boundaries
        return Gazetteer(table, boundaries)

    def with_boundaries(self, layer: gpd.GeoDataFrame) -> Gazetteer:
        """Take areas from administrative boundaries, and from them the parents of places that name none.

        Parameters
        ----------
        layer
            Polygons with P-codes in the columns ADM1_PCODE … ADM3_PCODE or pcode, any CRS.

        Raises
        ------
        CRSError, InputError
            For a layer without a CRS or without P-codes.
        """
        known = require_crs(layer, name="boundaries")
        if not areas.code_columns(known):
            raise InputError(
                f"boundaries: given the columns {', '.join(map(str, layer.columns))}, expected ADM1_PCODE,"
                " ADM2_PCODE, ADM3_PCODE or pcode. No boundary was taken. Rename the column that holds the P-codes."
            )
        boundaries = self._boundaries | areas.polygons(known)
        return Gazetteer(areas.parents_from(self._table, boundaries), boundaries)

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        sources = sorted(set(self._table["source"]))
        return f"<Gazetteer of {len(self)} places from {', '.join(sources) or 'nowhere'}>"

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the places with all columns of `tables.COLUMNS`."""
        return self._table.copy()

    @cached_property
    def _forms(self) -> index.Forms:
        return index.build(self._table)

    @cached_property
    def _automata(self) -> scan.Automata:
        return scan.build(self._forms, self._importance)

    @cached_property
    def _importance(self) -> np.ndarray:
        return self._table["importance"].to_numpy(dtype=np.float64)

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        # As lists: single cells of a column of Arrow strings are slow to reach.
        return {column: self._table[column].tolist() for column in _PLACE_COLUMNS}

    def _row(self, position: int) -> dict[str, Any]:
        return {column: values[position] for column, values in self._columns.items()}

    def candidates(
        self,
        name: str,
        *,
        near: tuple[float, float] | None = None,
        within: str | None = None,
        limit: int = 10,
        least_score: float = LEAST_SCORE,
        least_best: float = LEAST_BEST,
    ) -> list[Candidate]:
        """Places that a name may mean, best first, each with a score and reasons.

        Parameters
        ----------
        name
            In Latin, Turkish or Arabic script.
        near
            (lon, lat): of equals, the nearer one comes first.
        within
            P-code of an area; others are left out.
        least_score
            Candidates below it are left out.
        least_best
            If even the best is below it, nothing is returned; `resolve` lists those too.
        """
        return self.candidates_many(
            [name], near=near, within=within, limit=limit, least_score=least_score, least_best=least_best
        )[0]

    def candidates_many(
        self,
        names: Sequence[str],
        *,
        near: tuple[float, float] | None = None,
        within: str | None = None,
        limit: int = 10,
        least_score: float = LEAST_SCORE,
        least_best: float = LEAST_BEST,
    ) -> list[list[Candidate]]:
        """`candidates` of many names at once, which is some ten times faster than one by one."""
        for name in names:
            _check_name(name)
        if near is not None or within is not None:
            return self._steered(names, Context(near=near, within=within), limit, least_score, least_best)
        found, costs = self._looked_up(names, limit, least_score, least_best)
        if least_best > 0:  # what is asked for is what may be meant, not what comes nearest
            elsewhere = self._elsewhere(names, found, costs, Context())
            other = [e is not None or scan.other_than_place(n) for n, e in zip(names, elsewhere, strict=True)]
            found = [[] if drop else here for here, drop in zip(found, other, strict=True)]
        return found

    def _looked_up(
        self, names: Sequence[str], limit: int, least_score: float, least_best: float
    ) -> tuple[list[list[Candidate]], list[float]]:
        """Candidates of each name, and how far the sounds of the first one are."""
        found: list[list[Candidate]] = [[] for _ in names]
        costs = [math.inf] * len(names)
        matches = index.match(self._forms, list(names), self._importance)
        scores = matches.scores(index.model())
        common = np.array([scan.is_common(name) for name in names], dtype=bool)
        if common.any():
            scores = np.where(common[matches.query] & (matches.cost > VERY_NAME), 0.0, scores)
        # Namesakes share what a name is worth: of twelve villages called Jdideh each has a twelfth of it.
        nearest = np.full(len(names), np.inf)
        np.minimum.at(nearest, matches.query, np.where(scores > 0, matches.cost, np.inf))
        alike = matches.cost <= nearest[matches.query] + index.NAMESAKE
        worth = np.bincount(matches.query, weights=scores * alike, minlength=len(names))
        best = np.zeros(len(names))
        np.maximum.at(best, matches.query, scores)
        least = np.where(np.maximum(best, worth) < least_best, np.inf, least_score)
        for k in np.flatnonzero(scores >= least[matches.query]).tolist():
            query = int(matches.query[k])
            if not found[query]:
                costs[query] = float(matches.cost[k])
            if len(found[query]) < limit:
                found[query].append(self._candidate(names[query], matches, k, float(scores[k])))
        return found, costs

    def _elsewhere(
        self,
        names: Sequence[str],
        found: Sequence[Sequence[Candidate]],
        costs: Sequence[float],
        context: Context,
    ) -> list[outside.Elsewhere | None]:
        """Countries and cities outside that are meant rather than the first candidate of each name."""
        known = context.area is not None
        meant: list[outside.Elsewhere | None] = []
        for here, cost, other in zip(found, costs, outside.of(names), strict=True):
            first = here[0] if here else None
            if other is None or self._holds(other):
                meant.append(None)
            else:
                meant.append(other if outside.is_meant(other, cost, first, area_known=known) else None)
        return meant

    @cached_property
    def _countries(self) -> frozenset[str]:
        """Codes of the countries that the places lie in, as far as P-codes say it."""
        return frozenset(code for code in self._table["adm1_pcode"].str[:2].unique() if code)

    def _steered(
        self, names: Sequence[str], context: Context, limit: int, least_score: float, least_best: float
    ) -> list[list[Candidate]]:
        steered = []
        for candidates in self.candidates_many(names, limit=200, least_score=0.001, least_best=0.0):
            weighed = choice.weigh(candidates, context)[0]
            kept = [c for c in weighed if c.score >= least_score and weighed[0].score >= least_best]
            steered.append(kept[:limit])
        return steered

    def _candidate(self, name: str, matches: index.Matches, k: int, score: float) -> Candidate:
        row = self._row(int(matches.place[k]))
        code = (f"P-code {row['pcode']}",) if row["pcode"] else ()
        return Candidate(**row, score=round(score, 3), reasons=(*self._reasons(name, matches, k), *code))

    def _reasons(self, name: str, matches: index.Matches, k: int) -> tuple[str, ...]:
        form = int(matches.form[k])
        target, written = self._forms.spelling[form], self._forms.written[form]
        own = min(spell(name), key=lambda s: (s.script != target.script, s.sounds != target.sounds))
        words = [rule for rule in own.rules if rule not in target.rules and ": " not in rule]
        words += [
            f"{rule} in {written}" for rule in target.rules if rule not in own.rules and "dropped" in rule
        ]
        cross = own.script != target.script
        apart = reasons_between(encode(own.sounds), encode(target.sounds), cross=cross)
        return (*dict.fromkeys([*words, *apart]), _agreement(own, target, written, not apart))

    def resolve(self, name: str, *, context: Context | None = None) -> Resolution:
        """Say which place a name means, or that it cannot be said.

        Parameters
        ----------
        context
            What is known beside the name; a parent in brackets or after a comma is read from the name itself.

        Examples
        --------
        >>> danas = pd.DataFrame({"name": ["Dana", "Dana"], "lon": [36.77, 36.64], "lat": [36.21, 35.67],
        ...                       "place_id": ["north", "south"]})
        >>> places = Gazetteer.from_table(danas, source="example")
        >>> places.resolve("ad-Dana").status
        'ambiguous'
        >>> places.resolve("ad-Dana", context=Context(near=(36.7, 35.6))).place.place_id
        'south'
        """
        return self._resolve_many([name], [context or Context()])[0]

    def _resolve_many(self, names: Sequence[str], contexts: Sequence[Context]) -> list[Resolution]:
        bare, parents = zip(*[self._parted(name) for name in names], strict=True) if names else ((), ())
        found, costs = self._looked_up(list(bare), 60, 0.003, 0.0)
        elsewhere = outside.of(list(bare))
        answers = []
        for k, (name, above, context) in enumerate(zip(names, parents, contexts, strict=True)):
            told = replace(context, parents=(*context.parents, *above)) if above else context
            answer = choice.decide(found[k], told)
            if (what := scan.other_than_place(name)) and not context.within:
                rule = f"the name of {what}, not of a place"
                answers.append(Resolution("unresolved", None, answer.candidates, rule))
                continue
            phrase = areas.parse(name)
            if phrase is not None and not _is_direct(answer):
                answers.append(self._area(phrase, answer, told))
            else:
                answers.append(self._or_elsewhere(answer, found[k], costs[k], elsewhere[k], told))
        return answers

    def _or_elsewhere(
        self,
        answer: Resolution,
        found: Sequence[Candidate],
        cost: float,
        other: outside.Elsewhere | None,
        context: Context,
    ) -> Resolution:
        """The answer, unless a country or a city outside is meant, or may be meant just as well."""
        known = context.area is not None
        if other is None or context.within or not len(self) or self._holds(other):
            return answer
        if outside.is_meant(other, cost, found[0] if found else None, area_known=known):
            rule = f"{other.told()}; not a place of this gazetteer"
            return Resolution("outside", other.place, answer.candidates, rule)
        first = answer.place if answer.status == "resolved" else None
        if first is not None and outside.is_rival(other, first, area_known=known):
            rule = f"{_told(first)} or {other.told()}: nothing says which"
            return Resolution("ambiguous", first, answer.candidates, rule)
        return answer

    def _holds(self, other: outside.Elsewhere) -> bool:
        return other.place.kind == "country" and other.country in self._countries

    def _area(self, phrase: areas.AreaPhrase, answer: Resolution, context: Context) -> Resolution:
        """Make the area that a phrase names; unresolved, with the reason, where it cannot be made."""
        plain = replace(context, role="")
        if phrase.kind == "border":
            place = areas.border_place(context, phrase.other)
            missing = "the border is not known here: a scenario names it, or Context.border"
        elif phrase.level == "adm0":
            place = areas.country_place(self._table, phrase)
            missing = f"too few places of {phrase.name} are known to draw it"
        else:
            wanted = [name for name in (phrase.name, phrase.other) if name]
            ends = [self._named_point(name, plain) for name in wanted]
            place = self._made(phrase, [end for end in ends if end is not None])
            missing = "an area around or between places that could not be resolved"
        if place is None:
            return Resolution("unresolved", None, answer.candidates, missing)
        return Resolution("resolved", place, answer.candidates, place.rule)

    def _leaning(
        self, rows: pd.DataFrame, texts: Sequence[str], answers: Sequence[Resolution]
    ) -> list[Resolution]:
        """Resolve "villages around it" by the place named last before it in the same report."""
        done: list[Resolution] = []
        reports = rows["report_id"].tolist()
        for k, (text, answer) in enumerate(zip(texts, answers, strict=True)):
            phrase = areas.parse(text)
            leans = phrase is not None and phrase.kind in {"around", "part"} and not phrase.name
            before = [
                done[j].place for j in range(k) if reports[j] == reports[k] and done[j].status == "resolved"
            ]
            points = [place for place in before if place is not None and place.kind not in tables.AREA_KINDS]
            place = self._made(phrase, points[-1:]) if phrase is not None and leans else None
            done.append(
                answer if place is None else Resolution("resolved", place, answer.candidates, place.rule)
            )
        return done

    def _named_point(self, name: str, context: Context) -> Place | None:
        found, costs = self._looked_up([name], 60, 0.003, 0.0)
        if self._elsewhere([name], found, costs, context)[0] is not None:
            return None
        answer = choice.decide(found[0], context)
        likely = next((c for c in answer.candidates[:1] if c.score >= LEAST_BEST), None)
        return answer.place or likely

    def _made(self, phrase: areas.AreaPhrase, ends: Sequence[Place]) -> Place | None:
        if phrase.kind == "between":
            return areas.between_place(*ends) if len(ends) == 2 else None
        if not ends:
            return None
        if phrase.kind == "around":
            return areas.around_place(ends[0])
        return areas.part_place(phrase, ends[0], self._table, self._boundaries)

    def _parted(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Take "Dana (Ma'arrat)" or "Dana, Idlib" apart: the name, and P-codes of the area named beside it."""
        _check_name(name)
        name = without_ending(name)
        parts = [part.strip(" )") for part in _PARENT.split(name, maxsplit=1)]
        if len(parts) == 1 or not parts[0] or not parts[1]:
            return name, ()
        codes = [
            code
            for c in self.candidates(parts[1], limit=3, least_score=0.1)
            for code in (c.adm3_pcode, c.adm2_pcode, c.adm1_pcode, c.pcode)
            if code
        ]
        return parts[0], tuple(dict.fromkeys(codes[:2]))

    def resolve_mentions(self, mentions: pd.DataFrame, *, context: Context | None = None) -> gpd.GeoDataFrame:
        """Resolve all mentions of reports; those that cannot be are listed with their best candidates.

        Names are first read alone; the places found for sure in a report and the districts that it names are then
        evidence for the others, with the role of each mention.

        Parameters
        ----------
        mentions
            mention_id, report_id, text, start, end, role, sentence.

        Returns
        -------
        GeoDataFrame
            Schema `mentions`, in the order given; no geometry where nothing was resolved.
        """
        _check_mentions(mentions)
        base = context or Context()
        rows = mentions.reset_index(drop=True)
        roles = rows["role"].fillna("") if "role" in rows else pd.Series([""] * len(rows))
        contexts = [replace(base, role=role) for role in roles]
        texts = [_shortened(text) for text in rows["text"]]
        first = self._resolve_many(texts, contexts)
        informed = [replace(contexts[k], **_known_beside(rows, first, k)) for k in range(len(rows))]
        answers = self._leaning(rows, texts, self._resolve_many(texts, informed))
        layer = rows.assign(**_mention_columns(answers))
        points = [
            Point(a.place.lon, a.place.lat) if a.place and a.status != "ambiguous" else None for a in answers
        ]
        return conform(
            gpd.GeoDataFrame(layer, geometry=gpd.GeoSeries(points, crs=WGS84), crs=WGS84), "mentions"
        )

    def find(self, text: str, *, language: str | None = None) -> list[Span]:  # noqa: ARG002
        """All places named in a text, in order, the longest name first where two overlap.

        A name of a country or a city outside that sounds like a place of the gazetteer is told by its kind,
        ``outside``; `resolve` says which one it is.

        Parameters
        ----------
        language
            Not needed: script and words decide. Taken so that readers of reports may pass it on.

        Examples
        --------
        >>> towns = pd.DataFrame({"name": ["Saraqab", "Kafr Nobol"], "lon": [36.8, 36.56], "lat": [35.86, 35.61]})
        >>> places = Gazetteer.from_table(towns, source="example")
        >>> [(s.start, s.text) for s in places.find("They left Kafr Nabl for Saraqib.")]
        [(10, 'Kafr Nabl'), (24, 'Saraqib')]
        """
        hits = [hit for runs in scan.batches(text) for hit in self._hits(runs, text)]
        kept = scan.convincing(hits, text, self._importance)
        elsewhere = self._lie_elsewhere(kept, text)
        return [
            Span(hit.start, hit.end, name, "outside" if (name, hit.place) in elsewhere else "place", name)
            for hit in kept
            for name in [text[hit.start : hit.end]]
        ]

    def _hits(self, runs: list[list[scan.Token]], text: str) -> list[scan.Hit]:
        """Stretches of some runs of words that sound like a place; no name reaches from one run into another."""
        latin = [run for run in runs if run[0].script == "latin"]
        arabic = [run for run in runs if run[0].script == "arabic"]
        hits = scan.latin_hits(self._automata, self._forms, self._importance, text, latin)
        hits += scan.arabic_hits(self._automata, arabic)
        return scan.longest_first(hits)

    def _lie_elsewhere(self, hits: list[scan.Hit], text: str) -> set[tuple[str, int]]:
        """Names of countries and cities outside, each with the place of the gazetteer that it sounds like."""
        cost = {(text[hit.start : hit.end], hit.place): hit.cost for hit in hits if hit.cost > 0}
        names = list(dict.fromkeys(name for name, _ in cost))
        elsewhere = dict(zip(names, outside.of(names), strict=True)) if names else {}
        return {
            (name, place)
            for name, place in cost
            if (other := elsewhere[name]) is not None
            and not self._holds(other)
            and outside.is_meant(other, cost[name, place], Place(**self._row(place)), area_known=False)
        }

    def places(self, bounds: Bounds | None = None, min_importance: float = 0.0) -> gpd.GeoDataFrame:
        """The places as a layer (schema `places`), most important first.

        Parameters
        ----------
        bounds
            (west, south, east, north) in degrees.
        min_importance
            0 to 1.
        """
        chosen = self._table[self._table["importance"] >= min_importance]
        if bounds is not None:
            west, south, east, north = check_bounds(bounds)
            chosen = chosen[chosen["lon"].between(west, east) & chosen["lat"].between(south, north)]
        chosen = chosen.sort_values(["importance", "place_id"], ascending=[False, True], kind="stable")
        points = gpd.points_from_xy(chosen["lon"], chosen["lat"])
        return conform(gpd.GeoDataFrame(chosen.assign(role=""), geometry=points, crs=WGS84), "places")


_PLACE_COLUMNS = (
    "name", "name_ar", "pcode", "place_id", "lon", "lat", "radius_m", "kind", "adm1_pcode", "adm2_pcode",
    "adm3_pcode", "importance", "source",
)  # fmt: skip


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise InputError(
            f"name: given {name!r}, expected a text. Nothing was looked up. Give the name as it is written."
        )
    if len(name) > LONGEST_NAME:
        raise InputError(
            f"name: given {len(name)} letters ({name[:30]}…), expected a name of at most {LONGEST_NAME}. Nothing"
            " was looked up. To find the places of a whole text use find()."
        )


def _agreement(own: Spelling, target: Spelling, form: str, same: bool) -> str:
    if own.written == target.written:
        return "exact on the Arabic name" if target.script == "arabic" else f"exact on {form}"
    if not same:
        return f"nearest to {form}"
    return f"consonants agree with {form}" if own.script != target.script else f"same sounds as {form}"


_PARENT = re.compile(r"\s*\(|\s*[,،]\s+|\s+[-–]\s+")


def _shortened(text: Any) -> str:
    return str(text)[:LONGEST_NAME] if isinstance(text, str) else ""


def _check_mentions(mentions: pd.DataFrame) -> None:
    missing = [name for name in ("mention_id", "report_id", "text") if name not in mentions.columns]
    if missing:
        raise InputError(
            f"mentions: given the columns {', '.join(map(str, mentions.columns))}, expected also"
            f" {', '.join(missing)}. Nothing was resolved. Use idlibgeo.reports.mentions_table."
        )


def _is_direct(answer: Resolution) -> bool:
    """Whether a name of its own was found, as "Eastern Kwaires", and nothing of it was left out."""
    if answer.status == "unresolved" or not answer.candidates:
        return False
    return not any(reason.startswith("word left out") for reason in answer.candidates[0].reasons)


def _known_beside(rows: pd.DataFrame, first: Sequence[Resolution], k: int) -> dict[str, Any]:
    """What the other mentions of the same report say: positions of sure places, and districts named."""
    same = np.flatnonzero((rows["report_id"] == rows["report_id"].iloc[k]).to_numpy()).tolist()
    sure = [first[j].place for j in same if j != k and first[j].status == "resolved"]
    roles = rows["role"] if "role" in rows else pd.Series([""] * len(rows))
    alike = [
        first[j].place
        for j in same
        if j != k and first[j].status == "resolved" and _one_side(roles[j], roles[k])
    ]
    points = tuple(
        dict.fromkeys((p.lon, p.lat) for p in alike if p is not None and p.kind not in tables.AREA_KINDS)
    )
    parents = tuple(
        dict.fromkeys(p.pcode for p in sure if p is not None and p.kind in tables.AREA_KINDS and p.pcode)
    )
    starts = [first[j].place for j in same if first[j].status == "resolved" and roles[j] == "origin"]
    left = tuple(dict.fromkeys((p.lon, p.lat) for p in starts if p and p.kind not in tables.AREA_KINDS))
    return {
        "others": points[:40],
        "parents": parents,
        "left": left[:40] if roles[k] in _REACHED else (),
    }


_LEFT, _REACHED = frozenset({"origin", "attacked"}), frozenset({"destination", "passage"})


def _one_side(one: Any, other: Any) -> bool:
    """Whether two roles do not lie at opposite ends of a movement: where people left is no hint of where to."""
    return not ((one in _LEFT and other in _REACHED) or (one in _REACHED and other in _LEFT))


def _mention_columns(answers: Sequence[Resolution]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in _MENTION_COLUMNS}
    for answer in answers:
        place = answer.place if answer.status != "ambiguous" else None
        # An area that a rule made has no score of its own.
        made = place is not None and place.geometry is not None
        score = answer.candidates[0].score if answer.candidates and not made else None
        values = (
            answer.status, place and place.place_id, place and place.name, place and place.name_ar,
            place and place.pcode, score, place and place.radius_m, answer.rule,
            "" if answer.status == "resolved" else _listed(answer.candidates),
        )  # fmt: skip
        for name, value in zip(_MENTION_COLUMNS, values, strict=True):
            columns[name].append(value)
    return columns


_MENTION_COLUMNS = (
    "status", "place_id", "name", "name_ar", "pcode", "score", "radius_m", "rule", "candidates",
)  # fmt: skip


def _told(place: Place) -> str:
    return f"{place.name} {place.pcode or place.place_id}"


def _listed(found: Sequence[Candidate]) -> str:
    return "; ".join(f"{c.name} {c.pcode or c.place_id} ({c.score:.2f})" for c in found[:5])
