"""From files to figures: the gazetteer, the reports, and the ledger."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from idlibgeo import osm, sources
from idlibgeo.errors import InputError, ReportError
from idlibgeo.gazetteer import Context, Gazetteer
from idlibgeo.ledger import Ledger
from idlibgeo.pipeline.questions import load_gazetteer, read_report
from idlibgeo.pipeline.state import State, made
from idlibgeo.reports import figures_table, mentions_table

# A place that plays several roles in the reports is shown by the one that matters most.
WIDEST_M = 15_000
ROLES = ("origin", "destination", "attacked", "passage", "context")


def inputs(state: State) -> State:
    """Read the OSM file once, the tables of places, and the table of sources."""
    scenario = state.scenario
    data = None
    if scenario.roads.osm:
        data = osm.read_osm(scenario.path(scenario.roads.osm, key="roads.osm"), bounds=scenario.bounds)
    if scenario.sources:
        table = sources.read_table(
            scenario.path(scenario.sources.file, key="sources.file"), required=["source_id"]
        )
        state = state.with_layers(sources=table)
    gazetteer = _gazetteer(state, data)
    return replace(state, osm=data, gazetteer=gazetteer).note(
        "places",
        "Places come from the tables that the scenario names; one that stands in several tables is one place.",
        places=len(gazetteer),
    )


def _gazetteer(state: State, data: osm.OsmData | None) -> Gazetteer:
    section = state.scenario.gazetteer
    files = state.scenario.paths(section.files, key="gazetteer.files")
    tables = [load_gazetteer(*files, columns=section.columns or None)] if files else []
    if data is not None and section.from_osm:
        tables.append(Gazetteer.from_table(data.places, source="OpenStreetMap"))
    if data is None and section.from_osm and not tables:
        raise InputError(
            "gazetteer: given from_osm = true with roads that are no OSM file, which alone has places; expected a table"
            ' of places. Nothing was run. Set [gazetteer] files = ["places.csv"], or take roads.osm.'
        )
    if not tables:
        raise InputError(
            "gazetteer: given neither files nor from_osm, expected at least one table of places. Nothing was run."
            ' Set [gazetteer] files = ["places.csv"] or from_osm = true.'
        )
    gazetteer = tables[0].stack(*tables[1:]) if len(tables) > 1 else tables[0]
    for path in state.scenario.paths(section.boundaries, key="gazetteer.boundaries"):
        gazetteer = gazetteer.with_boundaries(sources.read_vector(path))
    return gazetteer


def context_of(state: State) -> Context:
    """What is known before a name is read: the area, the country and its border."""
    border = state.border.geometry if state.border else None
    return Context(area=state.scenario.bounds, country=state.scenario.border.country, border=border)


def reports(state: State) -> State:
    """Read figures and mentions, and find the places that the mentions mean."""
    gazetteer = made(state.gazetteer, stage="inputs")
    files = state.scenario.paths(state.scenario.reports.files, key="reports.files")
    found = tuple(read_report(path, gazetteer=gazetteer) for path in files)
    figures = figures_table(found)
    if figures.empty:
        raise ReportError(
            f"reports.files: {len(found)} report(s) were read, expected at least one figure about people in them, and"
            " found none. Nothing was written. See what is read with: idlibgeo read FILE"
        )
    mentions = gazetteer.resolve_mentions(mentions_table(found), context=context_of(state))
    state = replace(state, reports=found).with_layers(
        figures=figures, mentions=mentions, places=_places(state, mentions)
    )
    return _list_unresolved(state, mentions).note(
        "reports",
        "Numbers were read from the text with rules, typed, and given bounds and periods. Each row of the table of"
        " figures shows the sentence that it comes from.",
        reports=len(found),
        figures=len(figures),
        mentions=len(mentions),
        resolved=int((mentions["status"] == "resolved").sum()),
    )


def _list_unresolved(state: State, mentions: gpd.GeoDataFrame) -> State:
    for status, rows in mentions[mentions["status"] != "resolved"].groupby("status", sort=True):
        names = ", ".join(sorted(set(rows["text"].astype(str))))
        state = state.leave_out(
            "mentions",
            names,
            rows=len(rows),
            people=None,
            reason=f"{status}: the candidates stand in the table of mentions",
        )
    return state


def _places(state: State, mentions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The gazetteer's places of the area, with the role that the reports give them."""
    places = made(state.gazetteer, stage="inputs").places(bounds=state.scenario.bounds)
    named = mentions[mentions["place_id"].notna()]
    rank = named["role"].map({role: position for position, role in enumerate(ROLES)})
    role_of = (
        named.assign(rank=rank).sort_values("rank").drop_duplicates("place_id").set_index("place_id")["role"]
    )
    # A region has its role in the table of mentions; a mark at its middle would say that people stand there.
    wide = places["radius_m"] > WIDEST_M
    return places.assign(role=places["place_id"].map(role_of).where(~wide))


def ledger(state: State) -> State:
    """Order the figures into series and audit them."""
    book = Ledger.from_reports(state.reports)
    state = state.with_layers(ledger=book.series).add_checks(book.findings)
    for row in book.left_out.to_dict("records"):
        people = row["value"] if pd.notna(row["value"]) else None
        state = state.leave_out(
            "ledger", f"figure {row['figure_id']}", rows=1, people=people, reason=str(row["why_not"])
        )
    return state.note(
        "ledger",
        "Figures were ordered into series by source organisation, kind and starting date, and each chain was"
        " audited. Totals take reported flows and cumulatives only, and never the mean of two sources.",
        findings=len(book.findings),
    )
