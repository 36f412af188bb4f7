"""Layers of an invented country on the schema of the product, with names that try to break every writer.

Nothing here is real: places, roads, camps and people are made from formulas, so that tests and pictures can be shown.
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from pyproj import CRS

from idlibgeo import privacy
from idlibgeo.geo import Bounds, Raster
from idlibgeo.schema import (
    InputRef,
    LayerSource,
    MethodNote,
    Product,
    ReportRef,
    conform,
    layers,
)

HOSTILE = [
    "<script>alert('x')</script>",
    '=HYPERLINK("http://example.invalid","click")',
    "+SUM(A1:A9)",
    "@cmd|' /C calc'!A0",
    "-2+3",
    'quo"te, comma; semi\nline',
    "Ma'arrat \\ O'Neil ]]> & Co",
    "tab\there \x01 control \ufffe",
    "'; DROP TABLE places; --",
    "</qgis><evil/>",
]
BOUNDS = Bounds(10.0, 50.0, 11.0, 50.6)
NAMES = [
    ("Norhaven", "نورهافن"),
    ("Ostmere", "أوستمير"),
    ("Tell Amber", "تل عنبر"),
    ("Ma'arrat Sample", "معرّة المثال"),
    ("Dahr", "ظهر"),
    ("Kafr Test", "كفر تست"),
    ("Jisr Model", "جسر النموذج"),
    ("Bab as-Sample", "باب العيّنة"),
]
ROLES = ["origin", "destination", "passage", "attacked", "context", None, None, None]


def _frame(layer: str, rows: list[dict], geometry: list | None = None) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return conform(table if geometry is None else gpd.GeoDataFrame(table, geometry=geometry, crs=4326), layer)


def _place_points(count: int) -> list[shapely.Point]:
    random = np.random.default_rng(7)
    return [
        shapely.Point(10.1 + 0.8 * x, 50.08 + 0.42 * y)
        for x, y in random.random((count, 2)).round(4).tolist()
    ]


def places(*, hostile: bool = True) -> gpd.GeoDataFrame:
    names = NAMES + ([(text, f"عربي {text}") for text in HOSTILE] if hostile else [])
    rows = [
        {
            "place_id": f"p{at}",
            "name": name,
            "name_ar": arabic,
            "pcode": f"XX{at:04d}",
            "adm3_pcode": f"XX01{at % 3:02d}",
            "kind": "town" if at < 4 else "village",
            "role": ROLES[at] if at < len(ROLES) else None,
            "radius_m": 500.0 + at,
            "importance": round(1 / (1 + at), 3),
            "source": "invented",
        }
        for at, (name, arabic) in enumerate(names)
    ]
    return _frame("places", rows, _place_points(len(names)))


def roads(*, rows: int = 8, columns: int = 12) -> gpd.GeoDataFrame:
    """A bent grid: a trunk road each sixth line, smaller ones between."""
    classes = ["trunk", "residential", "secondary", "track", "primary", "tertiary"]
    found, geometry = [], []
    x = np.linspace(BOUNDS.west + 0.05, BOUNDS.east - 0.05, columns)
    y = np.linspace(BOUNDS.south + 0.05, BOUNDS.north - 0.12, rows)
    at = np.array([[(a + 0.015 * np.sin(9 * b), b + 0.012 * np.sin(11 * a)) for a in x] for b in y])
    for row in range(rows):
        for column in range(columns):
            for step, line in [((0, 1), row), ((1, 0), column)]:
                other = (row + step[0], column + step[1])
                if other[0] < rows and other[1] < columns:
                    geometry.append(shapely.LineString([at[row, column], at[other]]))
                    found.append(
                        {
                            "edge_id": f"e{len(found)}",
                            "u": row * columns + column,
                            "v": other[0] * columns + other[1],
                            "key": 0,
                            "highway": classes[line % 6],
                            "ref": f"R{line}" if line % 6 == 0 else None,
                            "name": HOSTILE[len(found) % len(HOSTILE)],
                            "oneway": False if line % 2 else None,
                            "length_m": 6000.123456,
                            "network": "schematic",
                        }
                    )
    return _frame("roads", found, geometry)


def _bands() -> dict[str, pd.DataFrame]:
    edges = [0, 2000, 5000, 10000, 20000, 50000]
    south = [BOUNDS.north - 0.08 - metres / 111_000 for metres in edges]
    bands = [
        {"band_id": f"b{at}", "from_m": edges[at], "to_m": edges[at + 1], "area_m2": 1e8, "sites": 9.0 + at,
         "people_low": 1000.0, "people_mid": 1500.0 * (at + 1), "people_high": 9000.0}
        for at in range(5)
    ]  # fmt: skip
    buffers = [
        {"buffer_id": f"w{at}", "to_m": edges[at + 1], "area_m2": 1e8, "sites": 9.0 * (at + 1),
         "people_low": 1000.0, "people_mid": 2000.0 * (at + 1), "people_high": 99000.0}
        for at in range(5)
    ]  # fmt: skip
    boxes = [shapely.box(BOUNDS.west, south[at + 1], BOUNDS.east, south[at]) for at in range(5)]
    whole = [shapely.box(BOUNDS.west, south[at + 1], BOUNDS.east, south[0]) for at in range(5)]
    land = shapely.LineString([(BOUNDS.west, south[0]), (10.5, south[0] + 0.01), (10.9, south[0])])
    sea = shapely.LineString([(10.9, south[0]), (BOUNDS.east, south[0] - 0.03)])
    border = [
        {"border_id": f"XX-YY-{part}", "countries": "XX YY", "part": part, "length_m": 7e4, "error_m": 250.0,
         "source": "invented"}
        for part in ("land", "sea")
    ]  # fmt: skip
    return {
        "border_bands": _frame("border_bands", bands, boxes),
        "border_buffers": _frame("border_buffers", buffers, whole),
        "border": _frame("border", border, [land, sea]),
    }


def _crossings() -> gpd.GeoDataFrame:
    kinds = [("official", "open"), ("official", "closed"), ("commercial", "limited"), ("informal", "unknown")]
    rows = [
        {"crossing_id": f"x{at}", "name": f"Gate {at + 1}", "name_ar": f"معبر {at + 1}", "type": kind,
         "status": status, "status_from": "2020-01-01", "radius_m": 100.0, "source": "invented"}
        for at, (kind, status) in enumerate(kinds)
    ]  # fmt: skip
    return _frame("crossings", rows, [shapely.Point(10.15 + 0.23 * at, 50.523) for at in range(4)])


def _ways(network: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    lines = network.geometry.tolist()
    starts = [shapely.Point(line.coords[0]) for line in lines]
    routes, geometry = [], []
    for rank, shift in [(1, 0.0), (2, 0.07), (3, -0.09)]:
        routes.append(
            {"route_id": f"r{rank}", "figure_id": "f1", "from_place_id": "p0", "from_name": NAMES[3][0],
             "to_place_id": "x0", "to_name": "Gate 1", "to_kind": "crossing", "rank": rank, "mode": "vehicle",
             "length_m": 61234.5, "travel_time_s_low": 3000.0, "travel_time_s_mid": 4000.0 + rank,
             "travel_time_s_high": 9000.0, "overlap": 0.2, "stretch": 1.1, "snap_from_m": 12.0,
             "snap_to_m": 3.0, "status": "ok", "network": "schematic"}
        )  # fmt: skip
        geometry.append(
            shapely.LineString([(10.72 + shift / 3, 50.12), (10.5 + shift, 50.3), (10.15, 50.52)])
        )
    routes.append({**routes[0], "route_id": "r4", "rank": None, "status": "unreachable"})
    geometry.append(None)
    flows = [
        {"edge_flow_id": f"ef{at}", "edge_id": f"e{at}", "highway": "trunk", "people_low": 50.0 * at,
         "people_mid": 120.0 * at + 30, "people_high": 300.0 * at + 60, "routes": at, "share_of_draws": 0.5}
        for at in range(0, 60, 3)
    ]  # fmt: skip
    closures = [
        {"closure_id": "c1", "name": "Bridge", "date_from": "2020-01-05", "date_to": None, "factor": None,
         "probability": 0.9, "reason": HOSTILE[0], "source": "invented"},
        {"closure_id": "c2", "name": "Checkpoint", "date_from": "2020-01-05", "date_to": "2020-01-09",
         "factor": 2.5, "probability": 0.5, "reason": "queues", "source": "invented"},
    ]  # fmt: skip
    spread = [
        {"flow_id": f"fl{at}", "figure_id": "f1", "from_id": "p0", "from_name": NAMES[0][0], "to_id": f"k{at}",
         "to_name": f"Cluster {at}", "people_low": 100.0, "people_mid": 900.0 * (at + 1), "people_high": 20000.0,
         "share": 0.25, "cost_s": 3600.0, "modality": "reported", "model": "gravity"}
        for at in range(4)
    ]  # fmt: skip
    times = [
        {"isochrone_id": f"i{h}", "from_name": NAMES[0][0], "limit_s": 3600.0 * h, "mode": "vehicle",
         "area_m2": 1e9} for h in (1, 2, 3)
    ]  # fmt: skip
    return {
        "routes": _frame("routes", routes, geometry),
        "edge_flows": _frame("edge_flows", flows, lines[0:60:3]),
        "closures": _frame("closures", closures, [lines[40], lines[71]]),
        "flows": _frame(
            "flows",
            spread,
            [shapely.LineString([(10.7, 50.12), (10.2 + 0.2 * at, 50.48)]) for at in range(4)],
        ),
        "isochrones": _frame("isochrones", times, [starts[60].buffer(0.09 * at) for at in (1, 2, 3)]),
    }


def _people() -> dict[str, pd.DataFrame]:
    counts = [None, 800, 2400, 6000, 15000, 40000, 90000]
    camps = [
        {"camp_id": f"k{at}", "name": f"Cluster {at}", "name_ar": f"تجمع {at}", "level": "adm3",
         "adm1_pcode": "XX01", "adm2_pcode": "XX0101", "adm3_pcode": f"XX01{at:02d}", "sites": 4 + at,
         "people_low": None if people is None else 0.8 * people, "people_mid": people,
         "people_high": None if people is None else 1.3 * people, "date": "2020-01-15", "radius_m": 4000.0,
         "crowding": "unknown", "distance_m": -250.5 if at == 1 else 4000.0 + at, "border_status": "inside",
         "source": HOSTILE[at], "url": "https://example.invalid/?a=1&b=2"}
        for at, people in enumerate(counts)
    ]  # fmt: skip
    spots = [shapely.Point(10.12 + 0.125 * at, 50.42 + 0.03 * (at % 3)) for at in range(len(counts))]
    hexes = [
        {"hex_id": f"h{at}", "resolution": 6, "sites": 5, "people_low": None if people is None else people / 2,
         "people_mid": people, "people_high": None if people is None else people * 2,
         "people_per_km2": None if people is None else people / 36, "date": "2020-01-15"}
        for at, people in enumerate(counts)
    ]  # fmt: skip
    cells = [shapely.Point(10.12 + 0.06 * at, 50.42).buffer(0.03, quad_segs=2) for at in range(len(counts))]
    return {
        "camps": _frame("camps", camps, spots),
        "camp_hexes": _frame("camp_hexes", hexes, cells),
    }


def _texts() -> dict[str, pd.DataFrame]:
    figures = [
        {"figure_id": f"f{at + 1}", "report_id": "rep1", "published": "2020-01-10", "publisher": "Invented News",
         "url": "https://example.invalid/1", "value": 31000.0 + at, "low": 31000.0, "high": 35000.0,
         "unit": "persons", "kind": "flow", "modality": "reported", "qualifier": "over",
         "period_start": "2019-12-20", "period_end": "2019-12-24", "period_precision": "day",
         "origin": text, "destination": "the border", "source_org": "UN", "start": 10, "end": 20,
         "sentence": f"More than 31,000 people left {text}."}
        for at, text in enumerate(HOSTILE)
    ]  # fmt: skip
    mentions = [
        {"mention_id": f"m{at}", "report_id": "rep1", "text": text, "start": at, "end": at + 4, "role": "origin",
         "status": ["resolved", "ambiguous", "unresolved"][at % 3], "place_id": f"p{at}", "name": text,
         "score": 0.9, "sentence": text}
        for at, text in enumerate(HOSTILE)
    ]  # fmt: skip
    spots = [point if at % 3 < 2 else None for at, point in enumerate(_place_points(len(HOSTILE)))]
    ledger = [
        {"ledger_id": "l1", "series": "UN|flow|2019-12", "figure_id": "f1", "source_org": "UN", "kind": "flow",
         "unit": "persons", "value": 31000.0, "in_total": True}
    ]  # fmt: skip
    checks = [{"check_id": "k1", "stage": "ledger", "check": "sum", "status": "ok", "message": HOSTILE[1]}]
    sources = [{"source_id": "s1", "name": HOSTILE[0], "licence": "CC0", "url": "https://example.invalid/"}]
    return {
        "mentions": _frame("mentions", mentions, spots),
        "figures": _frame("figures", figures),
        "ledger": _frame("ledger", ledger),
        "checks": _frame("checks", checks),
        "sources": _frame("sources", sources),
    }


def all_layers(*, hostile: bool = True) -> dict[str, pd.DataFrame]:
    """Every layer and table of the schema that an analysis makes (`withheld` is the gate's)."""
    network = roads()
    made = {"places": places(hostile=hostile), "roads": network, "crossings": _crossings()}
    made |= _bands() | _ways(network) | _people() | _texts()
    return {name: made[name] for name in layers() if name in made}


def density(rows: int = 400, columns: int = 600) -> Raster:
    """Two smooth hills of people with nothing known along the western edge."""
    y, x = np.mgrid[0:rows, 0:columns]
    hills = 900 * np.exp(-((x - 200) ** 2 + (y - 150) ** 2) / 5000) + 300 * np.exp(
        -((x - 420) ** 2 + (y - 260) ** 2) / 9000
    )
    hills[:, :20] = -9999.0
    return Raster(
        array=hills,
        transform=Affine(100.0, 0.0, 575_000.0, 0.0, -100.0, 5_605_000.0),
        crs=CRS.from_epsg(32632),
        unit="people_per_km2",
        title="People in camps per km²",
        description=HOSTILE[0],
        tags={"bandwidth_m": "3000", "method": "kernel density", "source": HOSTILE[1]},
    )


def product(*, hostile: bool = True) -> Product:
    """What the invented bundle says about itself."""
    bad = f" {HOSTILE[0]} {HOSTILE[9]}" if hostile else ""
    return Product(
        id="invented",
        title=f"An invented country{bad}",
        title_ar="بلد متخيّل",
        subtitle="20–24 December 2019",
        summary=f"Nothing here is real.{bad}",
        period=(dt.date(2019, 12, 20), dt.date(2019, 12, 24)),
        as_of=dt.date(2020, 1, 20),
        country_iso3="XXX",
        bounds=BOUNDS,
        schematic=True,
        method=(MethodNote("routes", f"Dijkstra.{bad}", {"mode": "vehicle"}),),
        limits=("Schematic roads.", f"Invented figures.{bad}"),
        layer_sources={
            name: LayerSource("own", "CC0-1.0", f"Invented.{bad}") for name in layers() if name != "roads"
        },
        reports=(ReportRef("rep1", f"A report{bad}", "Invented News", dt.date(2020, 1, 10), "", "en"),),
        inputs=(InputRef("reports/one.txt", "0" * 64, True),),
        versions={"idlibgeo": "0"},
        seed=1,
    )  # fmt: skip


def release(
    *,
    audience: str = "internal",
    hostile: bool = True,
    rasters: dict[str, Raster] | None = None,
    layers: dict[str, pd.DataFrame] | None = None,
) -> privacy.Release:
    """The invented layers through the real gate."""
    return privacy.release(
        all_layers(hostile=hostile) if layers is None else layers,
        product=product(hostile=hostile),
        audience=audience,
        rasters={"density": density()} if rasters is None else rasters,
    )
