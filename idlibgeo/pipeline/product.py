"""What the products say about themselves: sources and licences by layer, versions, inputs, method."""

from __future__ import annotations

import datetime as dt
import platform
from importlib import metadata

import pandas as pd

from idlibgeo import sources
from idlibgeo._version import __version__
from idlibgeo.pipeline.state import State
from idlibgeo.schema import InputRef, LayerSource, Product, ReportRef, layers

# What a layer is made from, where it has no source of its own.
MADE_FROM = {
    "routes": ("roads",),
    "edge_flows": ("roads",),
    "isochrones": ("roads",),
    "border_bands": ("border",),
    "border_buffers": ("border",),
    "camp_hexes": ("camps",),
    "flows": ("camps", "roads"),
    "mentions": ("figures", "places"),
    "ledger": ("figures",),
}
# A running count over more days is one of a year ("a million in the past year"), not of the movement reported on.
WAVE_DAYS = 300
OSM_SOURCE = LayerSource("osm", "ODbL-1.0", "© OpenStreetMap contributors")
OWN_SOURCE = LayerSource("idl", "CC-BY-4.0", "the makers of this product")
# What decides over the numbers and so belongs into the manifest.
VERSIONED = (
    "geopandas",
    "shapely",
    "pyogrio",
    "rasterio",
    "pyproj",
    "numpy",
    "scipy",
    "pandas",
    "numba",
    "h3ronpy",
    "folium",
    "matplotlib",
    "osmium",
    "timezonefinder",
    "timezonefinder-data",
    "tzdata",
)


def product_of(state: State) -> Product:
    """Gather what every product says."""
    about = state.scenario.scenario
    return Product(
        id=about.id,
        title=about.title,
        title_ar=about.title_ar,
        subtitle=about.subtitle,
        summary=about.summary,
        period=_period(state),
        as_of=about.as_of,
        country_iso3=about.country_iso3,
        bounds=state.scenario.bounds,
        schematic=state.network is not None and state.network.schematic,
        method=state.notes,
        limits=about.limits,
        layer_sources={name: _layer_source(name, state) for name in layers()},
        reports=tuple(
            ReportRef(
                r.id, r.title or r.id, r.publisher or "", r.published, r.url or "", r.language, text=r.text
            )
            for r in state.reports
        ),
        inputs=_inputs(state),
        versions={
            "idlibgeo": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in VERSIONED},
        },
        seed=about.seed,
        online_tiles=about.online_tiles or None,
    )


def _inputs(state: State) -> tuple[InputRef, ...]:
    """Every file that went in, named relative to the scenario so that no path of a machine is told."""
    return tuple(
        InputRef(f"{key}: {path.name}", sources.sha256_of(path), published)
        for key, path, published in state.scenario.files()
    )


def _period(state: State) -> tuple[dt.date | None, dt.date | None]:
    """From the first to the last day that a reported figure of movement speaks of; a count of a year says nothing."""
    figures = state.layers.get("figures")
    if figures is None:
        return None, None
    moved = figures[figures["kind"].isin(["flow", "cumulative"]) & (figures["modality"] == "reported")]
    start, end = (pd.to_datetime(moved[key]) for key in ("period_start", "period_end"))
    moved = moved[moved["kind"].eq("flow") | ((end - start).dt.days < WAVE_DAYS) | start.isna() | end.isna()]
    days = pd.concat([moved["period_start"], moved["period_end"]]).dropna()
    if days.empty:
        return None, None
    return dt.date.fromisoformat(str(days.min())), dt.date.fromisoformat(str(days.max()))


def _layer_source(name: str, state: State) -> LayerSource:
    """The licence and attribution of a layer: its own sources, or those of what it is made from."""
    own = [source for part in (name, *MADE_FROM.get(name, ())) for source in _stated(part, state)]
    codes = list(dict.fromkeys(source.code for source in own))
    if not own:
        return OWN_SOURCE
    return LayerSource(
        code="".join(codes[:1]),
        licence="; ".join(dict.fromkeys(source.licence for source in own)),
        attribution="; ".join(dict.fromkeys(source.attribution for source in own)),
    )


def _stated(name: str, state: State) -> list[LayerSource]:
    """What the table of sources says of one layer, in its order; OSM speaks for what was read from its file."""
    table = state.layers.get(
        "sources", pd.DataFrame(columns=["source_id", "used_for", "licence", "attribution"])
    )
    found = [
        LayerSource(
            str(row["source_id"]).partition("-")[0].lower(), str(row["licence"]), str(row["attribution"])
        )
        for row in table.to_dict("records")
        if name in [part.strip() for part in str(row["used_for"]).split(";")]
    ]
    of_osm = name == "border" or (state.osm is not None and name in {"roads", "places"})
    of_osm |= name == "roads" and bool(state.scenario.roads.network)
    if of_osm and not any(source.code == "osm" for source in found):
        found.append(OSM_SOURCE)
    return found
