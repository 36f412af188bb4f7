"""The web page: one file that opens from a USB stick, with no network, and the same map inside a notebook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd

from idlibgeo.errors import InputError
from idlibgeo.export import ground, style, wording
from idlibgeo.export.files import replacing
from idlibgeo.export.webmap import page, payload
from idlibgeo.geo import Bounds, Raster, require_crs
from idlibgeo.privacy import Release
from idlibgeo.schema import DISCLAIMER, Product, layers


def write_webmap(release: Release, path: str | Path) -> Path:
    """Write the page of a release.

    Parameters
    ----------
    release
        From `privacy.release`.
    path
        The file to write, usually ``index.html``.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    FileError
        If it cannot be written; what was there before is unchanged.
    """
    target = Path(path)
    made = page.build_map(page_data(release))
    with replacing(target) as new:
        # The same bytes on every system: UTF-8 and a single line feed.
        new.write_text(made.get_root().render(), encoding="utf-8", newline="\n")
    return target


def explore(
    given: Release | Mapping[str, pd.DataFrame] | gpd.GeoDataFrame,
    *,
    rasters: Mapping[str, Raster] | None = None,
    title: str = "",
    height: str = "640px",
) -> folium.Map:
    """Show layers in a notebook, on the same map as the bundle's page, offline.

    Nothing passes the publication gate here: the map is for the eyes of whoever has the layers.

    Parameters
    ----------
    given
        A release, layers by name, or one GeoDataFrame. Layers named as in the schema get its titles and styles,
        others are drawn plainly with all their columns.
    rasters
        Rasters by name.
    title
        What stands above the map.
    height
        Of the map in the notebook.

    Raises
    ------
    InputError
        If there is nothing to draw.
    CRSError
        If a layer has no CRS.

    Examples
    --------
    >>> from shapely import Point
    >>> towns = gpd.GeoDataFrame({"name": ["Idlib"]}, geometry=[Point(36.63, 35.93)], crs="EPSG:4326")
    >>> type(explore(towns)).__name__
    'Map'
    """
    if isinstance(given, Release):
        return page.build_map(page_data(given), height=height)
    named = {"layer": given} if isinstance(given, pd.DataFrame) else dict(given)
    located = {
        name: require_crs(frame, name=name) if isinstance(frame, gpd.GeoDataFrame) else frame
        for name, frame in named.items()
    }
    bounds = _extent(ground.drawn(located))
    product = Product(
        id="explore",
        title=title or "Layers",
        title_ar="",
        subtitle="",
        summary="",
        period=(None, None),
        as_of=dt.date.max,
        country_iso3="",
        bounds=bounds,
        schematic=False,
        method=(),
        limits=(),
        layer_sources={},
        reports=(),
        inputs=(),
        versions={},
        seed=0,
        disclaimer=DISCLAIMER,
    )
    data = _data(located, rasters or {}, product)
    data["meta"] |= {
        "audience": "note",
        "protection_text": "Working map, not for publication",
        "as_of_text": "",
    }
    return page.build_map(data, height=height)


def _extent(drawn: Mapping[str, gpd.GeoDataFrame]) -> Bounds:
    if not drawn:
        raise InputError(
            "explore: given no layer with a geometry, expected at least one. No map was made. Pass a GeoDataFrame, or"
            ' layers by name: explore({"places": places, "routes": routes}).'
        )
    # The border may run far beyond everything else; it does not decide what the map shows first.
    near = {name: frame for name, frame in drawn.items() if name != "border"} or drawn
    west, south, east, north = pd.DataFrame([frame.total_bounds for frame in near.values()]).agg(
        {0: "min", 1: "min", 2: "max", 3: "max"}
    )
    return Bounds(float(west), float(south), float(east), float(north)).padded(0.02)


def page_data(release: Release) -> dict[str, Any]:
    """What the page of a release draws and says: the data that is embedded in it, and no more.

    Keys: ``meta``, ``ground``, ``layers``, ``rasters``, ``figures``, ``kinds``, ``sentences``, ``reports``,
    ``withheld``.
    """
    data = _data(release.layers, release.rasters, release.product)
    data["meta"] |= {
        "audience": release.audience,
        "protection_text": ground.PROTECTION[release.audience],
        "method": "METHOD.html",
    }
    withheld = release.withheld
    data["withheld"] = [
        [str(row.layer), str(row.item), str(row.action), str(row.reason)]
        for row in withheld.itertuples(index=False)
    ]
    return data


def _data(
    shown: Mapping[str, pd.DataFrame], rasters: Mapping[str, Raster], product: Product
) -> dict[str, Any]:
    drawn = ground.drawn(shown)
    order = [name for name in layers() if name in drawn] + [name for name in drawn if name not in layers()]
    return {
        "meta": _meta(product, [*order, *rasters]) | {"limits": list(wording.limits(product.limits, shown))},
        "ground": payload.ground_payload(shown, product.bounds),
        "layers": [payload.layer_payload(name, drawn[name], source=_source(product, name)) for name in order],
        "rasters": [payload.raster_payload(name, raster) for name, raster in rasters.items()],
        "figures": payload.figures_payload(
            shown.get("figures"), shown.get("mentions"), product, ledger=shown.get("ledger")
        ),
        "words": {"en": payload.fields()["words"], "ar": payload.fields()["arabic"]},
        "kinds": [{key: kind[key] for key in ("title", "title_ar")} for kind in payload.fields()["kinds"]],
        "sentences": payload.mentions_of_places(
            shown.get("mentions") if "places" in drawn else None, product
        ),
        "reports": [
            {
                "title": report.title,
                "publisher": report.publisher,
                "published": report.published.isoformat() if report.published else None,
                "url": report.url,
                "text": report.text,
            }
            for report in product.reports
        ],
        "withheld": [],
    }


def _source(product: Product, name: str) -> str:
    source = product.layer_sources.get(name)
    return f"{source.attribution} ({source.licence})" if source else ""


def _meta(product: Product, shown: list[str]) -> dict[str, Any]:
    look = style.page()
    return {
        "title": product.title,
        "title_ar": product.title_ar,
        "subtitle": product.subtitle,
        "summary": product.summary,
        "period": ground.period_text(product),
        "period_ends": [end.isoformat() if end else None for end in product.period],
        "as_of": product.as_of.isoformat() if product.as_of < dt.date.max else None,
        "since": product.period[0].isoformat() if product.period[0] else None,
        "as_of_text": ground.day(product.as_of.isoformat()),
        "disclaimer": product.disclaimer,
        "schematic": product.schematic,
        "credits": [*ground.credits(product, shown), ground.COAST],
        "bounds": list(product.bounds),
        "tiles": product.online_tiles,
        "land": look.land,
        "land_other": look.land_other,
        "sea": look.sea,
        "coast": look.coast,
        "audience": "public",
        "protection_text": "",
        "method": None,
    }
