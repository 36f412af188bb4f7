"""An invented area, in every layer of the schema, for the tests of what is drawn: no place in it exists."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from pyproj import CRS

from idlibgeo import schema
from idlibgeo.geo import Bounds, Raster, equal_area_crs, geodesic_length_m

BOUNDS = Bounds(20.0, 24.0, 21.6, 25.2)
PLACES = [
    ("Harran Bay", "حرّان باي", 20.30, 24.20, "town", "origin"),
    ("Tell Amber", "تل عنبر", 20.36, 24.26, "village", "origin"),
    ("Qasr Lemon", "قصر ليمون", 20.42, 24.16, "village", "origin"),
    ("Sawda", "السودا", 20.80, 24.55, "city", "passage"),
    ("Wadi Mint", "وادي نعنع", 20.55, 24.45, "town", "passage"),
    ("Jisr Olive", "جسر الزيتون", 20.25, 24.62, "town", "context"),
    ("Bab Saffron", "باب زعفران", 20.95, 24.93, "town", "destination"),
    ("Deir Cedar", "دير الأرز", 21.10, 24.88, "town", "destination"),
    ("Kafr Plum", "كفر خوخ", 21.03, 24.97, "village", "destination"),
    ("Mashhad Fig", "مشهد تين", 21.30, 24.70, "town", "attacked"),
    ("Ain Thyme", "عين زعتر", 21.40, 24.35, "village", ""),
    ("Khan Salt", "خان ملح", 21.10, 24.30, "village", ""),
    ("Tal Copper", "تل نحاس", 20.70, 24.75, "village", ""),
    ("Ras Iron", "رأس حديد", 20.45, 24.85, "village", ""),
    ("North", "الشمال", 20.9, 24.8, "area", "destination"),
]
SENTENCE = "More than 31,000 people left Harran Bay and the villages around it in four days, the agency said."


def border_line() -> shapely.LineString:
    lon = np.linspace(19.5, 22.1, 300)
    return shapely.LineString(np.column_stack([lon, 25.0 + 0.05 * np.sin(lon * 9) + 0.02 * np.cos(lon * 31)]))


def _places() -> gpd.GeoDataFrame:
    frame = pd.DataFrame(PLACES, columns=["name", "name_ar", "lon", "lat", "kind", "role"])
    sizes = {"city": 0.9, "town": 0.6, "village": 0.3, "area": 0.2}
    frame = frame.assign(
        place_id=[f"p{number}" for number in range(len(frame))],
        adm3_pcode=[f"XX0{number % 4}" for number in range(len(frame))],
        importance=frame["kind"].map(sizes),
        radius_m=frame["kind"].map({"city": 3000, "town": 1500, "village": 800, "area": 15000}),
        source="invented",
    )
    areas = pd.DataFrame(
        {
            "place_id": [f"a{number}" for number in range(4)],
            "name": [f"Sub-district {number}" for number in range(4)],
            "pcode": [f"XX0{number}" for number in range(4)],
            "kind": "adm3",
            "lon": [20.35, 20.95, 21.1, 20.6],
            "lat": [24.2, 24.9, 24.6, 24.75],
            "radius_m": 9000.0,
            "importance": 0.1,
            "source": "invented",
        }
    )
    both = pd.concat([frame, areas], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry=gpd.points_from_xy(both["lon"], both["lat"]), crs="EPSG:4326")


def _roads(count: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(5)
    points = {row[0]: (row[2], row[3]) for row in PLACES}
    main = [
        ("Harran Bay", "Wadi Mint", "trunk", "H5"),
        ("Wadi Mint", "Sawda", "trunk", "H5"),
        ("Sawda", "Bab Saffron", "primary", "H7"),
        ("Bab Saffron", "Deir Cedar", "secondary", ""),
        ("Bab Saffron", "Kafr Plum", "tertiary", ""),
        ("Sawda", "Mashhad Fig", "primary", "H4"),
        ("Mashhad Fig", "Ain Thyme", "secondary", ""),
        ("Wadi Mint", "Jisr Olive", "primary", "H4"),
        ("Jisr Olive", "Ras Iron", "secondary", ""),
        ("Ras Iron", "Tal Copper", "tertiary", ""),
        ("Tal Copper", "Sawda", "secondary", ""),
        ("Harran Bay", "Khan Salt", "secondary", ""),
        ("Khan Salt", "Mashhad Fig", "tertiary", ""),
        ("Harran Bay", "Tell Amber", "tertiary", ""),
        ("Harran Bay", "Qasr Lemon", "tertiary", ""),
    ]
    rows = []
    for start, end, kind, ref in main:
        rows.append((f"{start} – {end}", kind, ref, _crooked(points[start], points[end], random)))
    for _ in range(max(count - len(rows), 0)):
        start = random.uniform([20.05, 24.05], [21.5, 24.9])
        rows.append(("", "residential", "", _crooked(start, start + random.normal(0, 0.03, 2), random)))
    frame = gpd.GeoDataFrame(
        rows, columns=["name", "highway", "ref", "geometry"], geometry="geometry", crs="EPSG:4326"
    )
    return frame.assign(
        edge_id=[f"e{number}" for number in range(len(frame))],
        length_m=geodesic_length_m(frame.geometry),
        speed_kmh_low=30.0,
        speed_kmh_mid=50.0,
        speed_kmh_high=70.0,
        oneway=False,
        network="schematic",
        source="invented",
    )


def _crooked(start: object, end: object, random: np.random.Generator) -> shapely.LineString:
    steps = np.linspace(0, 1, 12)[:, None]
    line = np.asarray(start) * (1 - steps) + np.asarray(end) * steps
    line[1:-1] += random.normal(0, 0.006, (10, 2))
    return shapely.LineString(line)


def _routes(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    def along(*at: int) -> shapely.LineString:
        return shapely.LineString(np.vstack([shapely.get_coordinates(roads.geometry.iloc[i]) for i in at]))

    lines = [along(0, 1, 2), along(0, 7, 8, 9, 10, 2), along(0, 1, 2, 3), None]
    frame = gpd.GeoDataFrame(
        {
            "route_id": ["r1", "r2", "r3", "r4"],
            "figure_id": ["f1", "f1", "f1", None],
            "from_place_id": "p0",
            "from_name": "Harran Bay",
            "to_place_id": ["x1", "x1", "p7", "p10"],
            "to_name": ["Bab Saffron crossing", "Bab Saffron crossing", "Deir Cedar", "Ain Thyme"],
            "to_kind": ["crossing", "crossing", "place", "place"],
            "rank": [1, 2, 1, 1],
            "mode": "vehicle",
            "travel_time_s_low": [5400.0, 6000, 5600, np.nan],
            "travel_time_s_mid": [7200.0, 8600, 7900, np.nan],
            "travel_time_s_high": [10800.0, 12000, 11000, np.nan],
            "status": ["ok", "ok", "ok", "unreachable"],
            "network": "schematic",
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    length = [geodesic_length_m(np.array([line]))[0] if line is not None else np.nan for line in lines]
    return frame.assign(length_m=length, overlap=[0.0, 0.4, 0.8, np.nan], stretch=[1.0, 1.2, 1.0, np.nan])


def _camps() -> gpd.GeoDataFrame:
    random = np.random.default_rng(8)
    rows = []
    for date, factor in [("2019-02-01", 0.6), ("2019-11-01", 1.0)]:
        for number in range(14):
            # Sums over invented clusters, near the invented border.
            lon, lat = 20.55 + 0.06 * number, 24.90 - 0.03 * (number % 4)
            people = factor * (400 + 900 * number**1.5)
            rows.append((f"c{number}|{date}", f"Cluster {number}", lon, lat, people, date, 3 + number % 5))
    frame = pd.DataFrame(rows, columns=["camp_id", "name", "lon", "lat", "people_mid", "date", "sites"])
    frame = frame.assign(
        level="cluster",
        adm1_pcode="XX",
        adm2_pcode="XX0",
        adm3_pcode=[f"XX0{number % 4}" for number in range(len(frame))],
        name_ar="تجمّع",
        people_low=frame["people_mid"] * 0.8,
        people_high=frame["people_mid"] * 1.3,
        radius_m=2000.0,
        crowding="unknown",
        distance_m=random.uniform(1000, 12000, len(frame)),
        border_status="inside",
        source="invented",
        url="https://example.org/camps",
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")


def _bands() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    line, box = border_line(), shapely.box(*BOUNDS)
    south = shapely.intersection(shapely.Polygon([*line.coords, (22.1, 23.5), (19.5, 23.5)]), box)
    rows, inner = [], shapely.Polygon()
    for number, (start, end) in enumerate([(0, 2), (2, 5), (5, 10), (10, 20), (20, 50)]):
        reach = shapely.intersection(shapely.buffer(line, end / 105), south)
        people = [52000.0, 91000, 43000, 12000, 0][number]
        rows.append(
            (f"b{number}", start * 1000.0, end * 1000.0, people, shapely.difference(reach, inner), reach)
        )
        inner = reach
    rows.append(("b5", 50000.0, None, 0.0, shapely.difference(south, inner), south))
    frame = gpd.GeoDataFrame(
        rows,
        columns=["band_id", "from_m", "to_m", "people_mid", "geometry", "reach"],
        geometry="geometry",
        crs="EPSG:4326",
    )
    frame["people_low"], frame["people_high"] = frame["people_mid"] * 0.8, frame["people_mid"] * 1.3
    frame["sites"], frame["area_m2"] = [12.0, 20, 11, 5, 0, 0], 1e9
    buffers = frame.iloc[:5].set_geometry("reach").drop(columns="geometry").rename_geometry("geometry")
    buffers = buffers.set_crs("EPSG:4326").rename(columns={"band_id": "buffer_id"})
    return frame.drop(columns="reach"), buffers


def _figures() -> pd.DataFrame:
    common = {
        "report_id": "rep1",
        "published": "2019-12-23",
        "publisher": "Invented Agency",
        "unit": "persons",
    }
    common |= {"url": "https://example.org/report", "modality": "reported", "source_org": "Invented Agency"}
    rows = [
        {"figure_id": "f1", "value": 31000, "low": 31000, "kind": "flow", "qualifier": "over"}
        | {
            "period_start": "2019-12-19",
            "period_end": "2019-12-22",
            "origin": "Harran Bay",
            "sentence": SENTENCE,
        },
        {"figure_id": "f2", "value": 359471, "low": 359471, "high": 359471, "kind": "cumulative"}
        | {
            "period_start": "2019-11-01",
            "period_end": "2020-01-16",
            "sentence": "359,471 people since November.",
        },
        {
            "figure_id": "f3",
            "value": 250000,
            "kind": "forecast",
            "modality": "conditional",
            "qualifier": "up_to",
        }
        | {"high": 250000, "sentence": "Up to 250,000 more may follow.", "destination": "North"},
        {"figure_id": "f4", "value": 1300, "kind": "killed", "period_start": "2018-09-01"}
        | {"period_end": "2019-12-20", "sentence": "1,300 were killed."},
        {"figure_id": "f5", "value": 325000, "kind": "cumulative", "source_org": "Another Office"}
        | {"period_start": "2019-12-01", "period_end": "2020-01-10", "sentence": "325,000 since 1 December."},
        {"figure_id": "f6", "value": 180000, "kind": "cumulative", "period_start": "2019-11-01"}
        | {"period_end": "2019-12-10", "sentence": "180,000 since November."},
    ]
    return pd.DataFrame([common | row for row in rows])


def given(roads: int = 120) -> dict[str, pd.DataFrame]:
    """Every layer and table of the schema, conformed."""
    network = _roads(roads)
    bands, buffers = _bands()
    routes = _routes(network)
    camps = _camps()
    last = camps[camps["date"] == "2019-11-01"]
    line = border_line()
    hexes = last.assign(
        hex_id=[f"h{number}" for number in range(len(last))],
        resolution=6,
        people_per_km2=last["people_mid"] / 36,
        geometry=shapely.buffer(last.geometry.to_numpy(), 0.03, quad_segs=2),
    )
    figures = _figures()
    frames = {
        "places": _places(),
        "mentions": gpd.GeoDataFrame(
            {
                "mention_id": ["m1", "m2"],
                "report_id": "rep1",
                "text": ["Harran Bay", "Nowhere"],
                "start": [27, 90],
                "end": [37, 97],
                "role": ["origin", "context"],
                "status": ["resolved", "unresolved"],
                "place_id": ["p0", None],
                "name": ["Harran Bay", None],
                "name_ar": ["حرّان باي", None],
                "score": [0.98, None],
                "radius_m": [1500.0, None],
                "rule": "name and kind",
                "sentence": SENTENCE,
            },
            geometry=[shapely.Point(20.30, 24.20), None],
            crs="EPSG:4326",
        ),
        "crossings": gpd.GeoDataFrame(
            {
                "crossing_id": ["x1", "x2", "x3"],
                "name": ["Bab Saffron crossing", "Rose Gate", "Goat path"],
                "name_ar": ["معبر باب زعفران", "بوابة الورد", None],
                "type": ["official", "official", "informal"],
                "status": ["open", "closed", "unknown"],
                "source": "invented",
            },
            geometry=gpd.points_from_xy([20.93, 20.4, 21.3], [24.99, 24.94, 25.03]),
            crs="EPSG:4326",
        ),
        "border": gpd.GeoDataFrame(
            {"border_id": ["land"], "countries": ["AD-ES"], "part": ["land"], "length_m": [2.6e5]}
            | {"error_m": [50.0], "source": ["invented"]},
            geometry=[line],
            crs="EPSG:4326",
        ),
        "border_bands": bands,
        "border_buffers": buffers,
        "routes": routes,
        "edge_flows": network.iloc[[0, 1, 2, 3]].assign(
            edge_flow_id=["ef1", "ef2", "ef3", "ef4"],
            people_low=[20000.0, 15000, 12000, 2000],
            people_mid=[31000.0, 24000, 20000, 4000],
            people_high=[36000.0, 30000, 26000, 7000],
            routes=1,
            share_of_draws=[1.0, 0.8, 0.7, 0.2],
        ),
        "closures": network.iloc[[6]].assign(
            closure_id="cl1", date_from="2019-12-01", date_to="2020-02-01", factor=np.nan, probability=0.8
        ),
        "roads": network,
        "isochrones": gpd.GeoDataFrame(
            {"isochrone_id": ["i1", "i2"], "from_name": "Harran Bay", "limit_s": [1800.0, 3600.0]}
            | {"mode": "vehicle", "area_m2": [1e8, 4e8]},
            geometry=shapely.buffer([shapely.Point(20.3, 24.2)] * 2, [0.1, 0.2]),
            crs="EPSG:4326",
        ),
        "camps": camps,
        "camp_hexes": hexes,
        "flows": gpd.GeoDataFrame(
            {
                "flow_id": ["fl1", "fl2", "fl3"],
                "figure_id": "f1",
                "from_id": "p0",
                "from_name": "Harran Bay",
                "to_id": ["c3|2019-11-01", "c9|2019-11-01", "c12|2019-11-01"],
                "to_name": ["Cluster 3", "Cluster 9", "Cluster 12"],
                "people_low": [3000.0, 6000, 9000],
                "people_mid": [5000.0, 10000, 16000],
                "people_high": [8000.0, 15000, 21000],
                "share": [0.16, 0.32, 0.52],
                "cost_s": [7000.0, 8000, 9000],
                "modality": "reported",
                "model": "gravity",
            },
            geometry=[
                shapely.LineString([(20.3, 24.2), end])
                for end in [(20.73, 24.81), (21.09, 24.87), (21.27, 24.9)]
            ],
            crs="EPSG:4326",
        ),
        "figures": figures,
        "ledger": figures.assign(
            ledger_id=[f"l{number}" for number in range(len(figures))],
            series=figures["source_org"]
            + " | "
            + figures["kind"]
            + " | "
            + figures["period_start"].fillna(""),
            in_total=True,
        ),
        "checks": pd.DataFrame(
            {
                "check_id": ["k1", "k2"],
                "stage": "ledger",
                "check": ["same start, two sources", "people in = people out"],
                "status": ["warning", "ok"],
                "message": [
                    "Two sources give 359,471 and 325,000 for nearly the same period.",
                    "31,000 = 31,000",
                ],
            }
        ),
        "sources": pd.DataFrame(
            {"source_id": ["s1"], "name": ["Invented source"], "used_for": ["all"], "licence": ["CC0"]}
        ),
    }
    return {name: schema.conform(frame, name) for name, frame in frames.items()}


def rasters() -> dict[str, Raster]:
    """Density of people in the invented camps, kernel of 3 km."""
    camps = given(15)["camps"]
    crs = CRS.from_user_input(equal_area_crs(BOUNDS))
    points = camps[camps["date"] == "2019-11-01"].to_crs(crs)
    x, y = np.meshgrid(np.arange(-80000, 80000, 500) + 250, np.arange(66000, -66000, -500) - 250)
    grid = np.zeros(x.shape)
    for row in points.itertuples():
        squared = (x - row.geometry.x) ** 2 + (y - row.geometry.y) ** 2
        grid += row.people_mid * np.exp(-squared / (2 * 3000**2)) / (2 * np.pi * 9)
    return {
        "density": Raster(
            grid,
            Affine(500, 0, -80000, 0, -500, 66000),
            crs,
            unit="people_per_km2",
            title="People in camps per km²",
            tags={"bandwidth_m": "3000", "camps_level": "adm3", "method": "Gaussian kernel"},
        )
    }


def product(**changes: object) -> schema.Product:
    """What an invented bundle says about itself."""
    facts: dict[str, object] = {
        "id": "invented-2019",
        "title": "Where people went from Harran Bay",
        "title_ar": "إلى أين ذهب الناس من حرّان باي",
        "subtitle": "An invented district, winter 2019–20",
        "summary": "Over 31,000 people left Harran Bay in four days. Most went north, where the camps have no room.",
        "period": (dt.date(2019, 11, 1), dt.date(2020, 1, 19)),
        "as_of": dt.date(2020, 1, 20),
        "country_iso3": "AND",
        "bounds": BOUNDS,
        "schematic": True,
        "method": (
            schema.MethodNote("reports", "Figures are read by rules.", {"languages": "en, ar, tr"}),
            schema.MethodNote(
                "routes", "Fastest ways by Dijkstra's algorithm.", {"k": "3", "max_overlap": "0.6"}
            ),
            schema.MethodNote("flows", "A gravity model; a first estimate.", {"half_cost_s": "3600"}),
        ),
        "limits": (
            "The roads are schematic: a few named roads, not all.",
            "Camp figures are sums over clusters.",
        ),
        "layer_sources": {
            "roads": schema.LayerSource("own", "CC BY 4.0", "idlibgeo, schematic roads"),
            "border": schema.LayerSource("osm", "ODbL 1.0", "© OpenStreetMap contributors"),
            "places": schema.LayerSource("gn", "CC BY 4.0", "GeoNames"),
        },
        "reports": (
            schema.ReportRef(
                "rep1",
                "Situation report 1",
                "Invented Agency",
                dt.date(2019, 12, 23),
                "https://example.org/report",
                "en",
                SENTENCE + " The whole text goes on and on.",
            ),
        ),
        "inputs": (
            schema.InputRef("roads.csv", "0" * 64, True),
            schema.InputRef("secret-list.csv", "f" * 64, False),
        ),
        "versions": {"idlibgeo": "0.1.0"},
        "seed": 7,
    }
    return schema.Product(**(facts | changes))  # type: ignore[arg-type]
