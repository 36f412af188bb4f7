"""The page: one file, no network, nothing from outside runs in it."""

from __future__ import annotations

import base64
import json
import re
import time
import tomllib
from pathlib import Path

import export_inputs as invented
import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from browser_check import opened
from hypothesis import given, settings
from hypothesis import strategies as st

from idlibgeo import schema
from idlibgeo.errors import CRSError, InputError
from idlibgeo.export import ground
from idlibgeo.export.webmap import explore, page, page_data, payload, write_webmap
from idlibgeo.geo import Bounds
from idlibgeo.privacy import Release, release

PACKAGE = Path(page.__file__).parent
HOSTILE = [
    "<script>alert('x')</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{7*7}}{% raw %}${alert(1)}`",
    "javascript:alert(1)",
    "<!--<script>",
    "]]>&lt;b&gt;&#x3c;script&#x3e;alert(1)",
    "line\u2028separator\u2029and\x85\x00\x1b",
    "<base href='https://example.invalid/'><link rel=stylesheet href=//example.invalid/x.css>",
    "\u202egnirts desrever\u202c",
]

# rasterio 1.4 multiplies transforms in a way that affine 3 is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def released(audience: str = "partner", *, roads: int = 60, **changes: object) -> Release:
    return release(
        invented.given(roads),
        product=invented.product(**changes),
        audience=audience,
        rasters=invented.rasters(),
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_webmap(released(), tmp_path_factory.mktemp("page") / "index.html")


def embedded(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)[1])


def test_the_same_release_gives_the_same_bytes(tmp_path: Path, written: Path) -> None:
    assert write_webmap(released(), tmp_path / "again.html").read_bytes() == written.read_bytes()


def test_a_small_page_stays_under_half_a_megabyte(written: Path) -> None:
    assert written.stat().st_size < 500_000


def test_vendored_files_are_the_pinned_ones() -> None:
    import hashlib

    entries = tomllib.loads((PACKAGE / "vendor" / "VENDOR.toml").read_text("utf-8"))["files"]
    listed = {entry["path"]: entry["sha256"] for entry in entries}
    found = {
        path.relative_to(PACKAGE / "vendor").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (PACKAGE / "vendor").rglob("*")
        if path.is_file() and path.name != "VENDOR.toml"
    }
    assert found == listed


def test_each_vendored_library_brings_its_licence() -> None:
    for folder in (PACKAGE / "vendor").iterdir():
        if folder.is_dir():
            assert list(folder.glob("LICENSE*")), folder.name


def test_our_script_never_builds_markup_from_text() -> None:
    script = (PACKAGE / "atlas.js").read_text("utf-8")
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
    ):
        assert way not in script


def test_the_policy_names_every_script_and_no_host(written: Path) -> None:
    html = written.read_text("utf-8")
    rules = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    assert "http" not in rules
    assert html.index("Content-Security-Policy") < html.index("<script")


def test_online_tiles_are_allowed_from_their_host_alone() -> None:
    html = explore_html(online_tiles="https://{s}.tiles.example.org/{z}/{x}/{y}.png")
    assert "img-src data: blob: https://*.tiles.example.org;" in html


def explore_html(**changes: object) -> str:
    return page.build_map(page_data(released(**changes))).get_root().render()


@pytest.mark.parametrize(
    "address",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "//x/{z}",
        "https://a.org; script-src *",
        'https://a.org/"><script>',
    ],
)
def test_a_tile_address_that_could_open_the_policy_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="online_tiles: given"):
        page.tile_host(address)


def test_a_map_that_loads_something_from_elsewhere_is_refused() -> None:
    towns = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(1, 1)], crs=4326)
    made = explore(towns)
    folium.Marker([1, 1], icon=folium.Icon(color="red", icon="home")).add_to(made)
    folium.TileLayer("https://tiles.example.org/{z}/{x}/{y}.png", attr="x").add_to(made)
    made.get_root().header.add_child(folium.JavascriptLink("https://example.org/x.js"))
    with pytest.raises(InputError, match=r"loads 'https://example\.org/x\.js', expected a page that carries"):
        made.get_root().render()


def test_a_protocol_relative_address_is_seen_too() -> None:
    with pytest.raises(InputError, match="loads '//example"):
        page.refuse_outside('<img alt="" src=//example.org/x.png>')
    with pytest.raises(InputError, match="loads '//example"):
        page.refuse_outside("<style>a{background:url(//example.org/x.png)}</style>")


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_comes_back_from_the_page_as_it_went_in(text: str) -> None:
    stored = page.as_json({"text": text})
    assert not re.search("[<>&\u2028\u2029]", stored)
    assert json.loads(stored)["text"] == text.encode("utf-8", "replace").decode("utf-8")


def test_the_page_embeds_nothing_that_it_does_not_show() -> None:
    data = page_data(released("public"))
    shown = payload.fields()["layers"]
    for layer in data["layers"]:
        allowed = {*shown[layer["name"]]["fields"], "figure_id", "place_id", "mention_id"}
        for key in ("title", "title_ar"):
            value = shown[layer["name"]].get(key, [])
            allowed |= {value} if isinstance(value, str) else set(value)
        assert {c["name"] for c in layer["columns"] if c.get("use") not in ("priority", "label")} <= allowed


def test_a_public_page_holds_no_whole_report_and_no_partner_layer() -> None:
    html = explore_html_of("public")
    assert "goes on and on" not in html
    names = [layer["name"] for layer in embedded(html)["layers"]]
    assert "edge_flows" not in names and "isochrones" not in names
    assert "Goat path" not in html
    assert "goes on and on" in explore_html_of("internal")


def explore_html_of(audience: str) -> str:
    return page.build_map(page_data(released(audience))).get_root().render()


def test_coordinates_are_steps_of_a_hundred_thousandth_degree() -> None:
    line = shapely.LineString([(20.0, 24.0), (20.00001, 24.00002), (20.00001, 24.00002)])
    assert payload._coordinates(line) == [[2000000, 2400000, 1, 2]]


def unpacked(packed: str) -> list[list[list[int]]]:
    numbers, number, shift = [], 0, 0
    for byte in base64.b64decode(packed):
        number |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            numbers.append(-(number + 1) // 2 if number % 2 else number // 2)
            number = shift = 0
    values = iter(numbers)
    return [[[next(values) for _ in range(2 * next(values))] for _ in range(count)] for count in values]


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=2, max_size=6),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_packed_lines_come_back_as_they_were(lines: list[list[tuple[float, float]]]) -> None:
    shapes = [shapely.LineString(line) for line in lines]
    assert unpacked(payload.pack(shapes)) == [payload._coordinates(shape) for shape in shapes]


def test_disclaimer_date_and_protection_stand_on_the_page(written: Path) -> None:
    html = written.read_text("utf-8")
    assert "do not imply official endorsement" in html
    assert "As of 20 January 2020" in html
    assert "For humanitarian partners only" in html
    assert "Schematic roads" in html


def test_explore_takes_a_frame_layers_or_a_release() -> None:
    towns = gpd.GeoDataFrame({"name": ["A"], "n": [3]}, geometry=[shapely.Point(1, 1)], crs=4326)
    for given_layers in (towns, {"my towns": towns}, released()):
        html = explore(given_layers)._repr_html_()
        assert html.startswith("<iframe srcdoc=")
        assert "https://cdn" not in html


def test_explore_without_geometry_says_what_to_pass() -> None:
    with pytest.raises(InputError, match="Pass a GeoDataFrame"):
        explore({"table": pd.DataFrame({"a": [1]})})


def test_explore_refuses_a_layer_without_crs() -> None:
    with pytest.raises(CRSError, match="without a CRS"):
        explore(gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)]))


def test_missing_values_and_whole_numbers_are_plain() -> None:
    values = [payload._plain(value) for value in (1.0, 0.123456789, float("nan"), None, pd.NA, True, "x")]
    assert values == [1, 0.12346, None, None, None, True, "x"]


def test_the_first_card_is_the_newest_count_and_a_count_of_a_year_says_so() -> None:
    kept = released("public")
    first = page_data(kept)["figures"][:3]
    assert [one["id"] for one in first] == ["f2", "f5", "f1"]
    figures = kept.layers["figures"].copy()
    figures.loc[figures["figure_id"] == "f2", "period_start"] = "2019-01-16"
    shown = payload.figures_payload(figures, None, kept.product, ledger=kept.layers["ledger"])
    of_a_year = next(one for one in shown if one["id"] == "f2")
    assert of_a_year["kind"] == "in a year"
    assert shown.index(of_a_year) == sum(one["group"] == 0 for one in shown) - 1


def test_every_word_of_a_kind_and_every_group_has_its_arabic() -> None:
    arabic = payload.fields()["arabic"]
    assert set(payload.fields()["kind_words"].values()) <= set(arabic)
    assert {spec.group for spec in schema.layers().values()} <= set(arabic)


def test_the_columns_that_the_page_shows_are_titled_in_both_scripts_and_in_words() -> None:
    for layer in page_data(released())["layers"]:
        for column in layer["columns"]:
            if column.get("use") is None:
                assert column["title_ar"], (layer["name"], column["name"])
                assert not re.search(r" (m|s|m2|adm\d)$", column["title"]), column["title"]


def test_the_ground_tells_land_from_sea_and_country_from_country() -> None:
    """At Latakia: the sea is in neither area, Aleppo in both, Antakya on land but not in the origin country."""
    line = shapely.LineString([(35.92, 35.93), (36.6, 36.8), (38.0, 36.8)])
    border = gpd.GeoDataFrame({"countries": ["SY, TR"], "part": ["land"]}, geometry=[line], crs=4326)
    base = ground.base({"border": border}, Bounds(34.0, 34.0, 39.0, 38.0))
    origin = next(side.polygon for side in base.countries if side.is_origin)
    for lon, lat, on_land, at_home in [(35.2, 35.5, 0, 0), (37.16, 36.2, 1, 1), (36.16, 36.2, 1, 0)]:
        spot = shapely.Point(lon, lat)
        assert (base.land.contains(spot), origin.contains(spot)) == (bool(on_land), bool(at_home)), (lon, lat)
    assert {"SY", "TR", "LB", "CY"} <= {side.code for side in base.countries}
    assert base.lines.distance(shapely.Point(35.97, 34.65)) < 0.05, "Lebanon's northern border is drawn"
    assert base.lines.distance(shapely.Point(34.6, 35.0)) > 0.3, "none is drawn at sea"


def test_bands_are_drawn_on_land_alone() -> None:
    """Nobody is counted at sea, and a blue band on a blue sea is not read."""
    bands = gpd.GeoDataFrame(
        {"band_id": ["b"], "from_m": [0.0], "to_m": [50000.0]},
        geometry=[shapely.box(35.3, 35.4, 36.2, 35.6)],
        crs=4326,
    )
    (part,) = payload.layer_payload("border_bands", schema.conform(bands, "border_bands"))["geometry"]
    west = min(sum(ring[0:1]) for polygon in part for ring in polygon) / payload.SCALE
    assert west > 35.6


# In a real browser.


INSIDE = """() => {
  const popup = document.querySelector('.leaflet-popup-content-wrapper').getBoundingClientRect();
  const map = document.querySelector('main').getBoundingClientRect();
  return popup.top >= map.top && popup.left >= map.left && popup.right <= map.right && popup.bottom <= map.bottom;
}"""


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 640), (390, 780)])
def test_a_popup_opens_within_the_map_wherever_it_was_asked_for(
    written: Path, width: int, height: int
) -> None:
    with opened(written, width=width, height=height) as (tab, seen):
        tab.click("#tab-figures")
        tab.locator("[data-figure=f1] button").click()
        tab.wait_for_timeout(500)
        assert tab.evaluate(INSIDE)
        for name in ("Kafr Plum", "Harran Bay", "Rose Gate"):
            tab.fill("input[type=search]", name)
            tab.keyboard.press("Enter")
            tab.wait_for_timeout(500)
            assert tab.evaluate(INSIDE), name
        tab.click("#tab-layers")
        tab.locator('[data-layer="routes"] summary').click()
        for at in range(3):
            tab.locator('[data-layer="routes"] details button').nth(at).click()
            tab.wait_for_timeout(500)
            assert tab.evaluate(INSIDE), at
            if width < 760:
                tab.click("#tab-layers")
        assert seen.nothing(), seen


@pytest.mark.browser
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("haran bay", "Harran Bay"),
        ("Kafer Plum", "Kafr Plum"),
        ("kasr lamon", "Qasr Lemon"),
        ("Deyr Cedar", "Deir Cedar"),
        ("al-Sauda", "Sawda"),
        ("Maschhad", "nothing"),
    ],
)
def test_names_are_found_as_the_ear_hears_them(written: Path, typed: str, found: str) -> None:
    with opened(written) as (tab, _):
        tab.fill("input[type=search]", typed)
        first = tab.locator("#found li").first.inner_text()
        assert found in first or (found == "nothing" and "Nothing found" in first)


@pytest.mark.browser
def test_the_slider_opens_at_the_day_of_the_map_and_keeps_to_the_reports(tmp_path: Path) -> None:
    layers = invented.given(20)
    old = layers["closures"].assign(date_from="2013-01-01", date_to="2031-01-01")
    path = write_webmap(
        release(layers | {"closures": old}, product=invented.product(), audience="partner"),
        tmp_path / "index.html",
    )
    with opened(path) as (tab, seen):
        told = tab.locator(".time output")
        assert told.inner_text() == "20 January 2020"
        tab.locator(".time input").focus()
        tab.keyboard.press("Home")
        assert told.inner_text() == "1 February 2019"
        tab.click("#tab-layers")
        tab.locator('[data-layer="camps"] summary').click()
        listed = tab.locator('[data-layer="camps"] details button')
        listed.first.wait_for()
        assert {words.split(", ")[1] for words in listed.all_inner_texts()} == {
            "1 February 2019",
            "1 November 2019",
        }
        assert seen.nothing(), seen


@pytest.mark.browser
def test_it_opens_without_a_network_and_without_a_complaint(written: Path) -> None:
    with opened(written) as (tab, seen):
        assert "Where people went" in tab.title()
        assert tab.locator("canvas.leaflet-zoom-animated").count() >= 1
        assert tab.locator(".names span").count() > 8
        assert seen.nothing(), seen


@pytest.mark.browser
def test_layers_switch_time_moves_and_search_finds_either_script(written: Path) -> None:
    with opened(written) as (tab, seen):
        tab.click("#tab-layers")
        places = tab.locator('[data-layer="places"] input')
        before = tab.locator(".names span").count()
        places.uncheck()
        assert tab.locator(".names span").count() < before
        places.check()
        slider = tab.locator(".time input")
        slider.focus()
        first = tab.locator(".time output").inner_text()
        tab.keyboard.press("Home")
        assert tab.locator(".time output").inner_text() == "1 February 2019" != first
        tab.click(".time button")
        for wanted in ("ḥarran", "حران"):
            tab.fill("input[type=search]", wanted)
            assert "Harran Bay" in tab.locator("#found li").first.inner_text()
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".leaflet-popup h3")
        assert "Harran Bay" in tab.locator(".leaflet-popup h3").inner_text()
        assert invented.SENTENCE in tab.locator(".leaflet-popup blockquote").first.inner_text()
        assert seen.nothing(), seen


@pytest.mark.browser
def test_a_route_shows_its_interval_and_the_sentence_behind_it(written: Path) -> None:
    with opened(written) as (tab, seen):
        tab.click("#tab-layers")
        tab.locator('[data-layer="routes"] summary').click()
        tab.locator('[data-layer="routes"] details button').first.click()
        popup = tab.locator(".leaflet-popup")
        popup.wait_for()
        words = popup.inner_text()
        assert "2 h (1 h 30 min – 3 h)" in words
        assert "over 31,000" in words
        assert invented.SENTENCE in words
        assert "Invented Agency, 23 December 2019" in words
        link = popup.locator("blockquote a")
        assert link.get_attribute("href") == "https://example.org/report"
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert seen.nothing(), seen


@pytest.mark.browser
def test_the_keyboard_alone_reaches_tabs_figures_and_popups(written: Path) -> None:
    with opened(written) as (tab, seen):
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        tab.focus("#tab-figures")
        tab.keyboard.press("ArrowRight")
        assert tab.evaluate("document.activeElement.id") == "tab-layers"
        assert tab.locator("#page-layers").is_visible()
        tab.keyboard.press("ArrowLeft")
        tab.focus("[data-figure=f1] button")
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".leaflet-popup")
        tab.keyboard.press("Escape")
        tab.wait_for_selector(".leaflet-popup", state="detached")
        assert seen.nothing(), seen


@pytest.mark.browser
def test_arabic_turns_the_panel_and_the_names(written: Path) -> None:
    with opened(written) as (tab, seen):
        tab.click(".search button")
        assert tab.locator("aside").get_attribute("dir") == "rtl"
        assert tab.locator("#tab-layers").inner_text() == "الطبقات"
        assert tab.locator('.names [dir="rtl"]').count() > 5
        card = tab.locator("[data-figure=f1]").inner_text()
        for expected in ("أكثر من", "31,000", "شخص", "في موجة واحدة", "كانون الأول 2019"):
            assert expected in card
        assert "December" not in tab.locator(".time output").inner_text()
        tab.click("#tab-layers")
        groups = tab.locator("#page-layers h2").all_inner_texts()
        assert not [words for words in groups if re.search("[A-Za-z]", words)]
        assert seen.nothing(), seen


TOUCHING = """() => {
  const boxes = (of) =>
    [...document.querySelectorAll(of)].map((one) => one.getBoundingClientRect()).filter((box) => box.width);
  const beside = (a, b) => a.left < b.right - 1 && a.right > b.left + 1;
  const meet = (a, b) => beside(a, b) && a.top < b.bottom - 1 && a.bottom > b.top + 1;
  const names = boxes('.names > span'), controls = boxes('main .time, main .leaflet-control');
  return names.flatMap((a, at) => [...names.slice(at + 1), ...controls].filter((b) => meet(a, b))).length;
}"""
ZOOM = (
    "(by) => { Object.values(window).find((one) => one instanceof L.Map).setZoom(by, { animate: false }); }"
)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 780)])
def test_names_touch_neither_one_another_nor_what_stands_on_the_map(
    written: Path, width: int, height: int
) -> None:
    with opened(written, width=width, height=height) as (tab, _):
        for arabic in (False, True):
            if arabic:
                tab.click(".search button")
            for zoom in (7, 8, 9, 10, 11, 12.5, 14, 16):
                tab.evaluate(ZOOM, zoom)
                assert tab.evaluate(TOUCHING) == 0, (arabic, zoom)


@pytest.mark.browser
def test_nobody_can_zoom_or_pan_beyond_the_ground(written: Path) -> None:
    with opened(written) as (tab, _):
        tab.evaluate(ZOOM, 1)
        seen = tab.evaluate(
            "() => { const map = Object.values(window).find((one) => one instanceof L.Map);"
            " return map.getBounds().toBBoxString().split(',').map(Number); }"
        )
        west, south, east, north = embedded(written.read_text("utf-8"))["ground"]["box"]
        assert west <= seen[0] and south <= seen[1] and seen[2] <= east and seen[3] <= north


@pytest.mark.browser
def test_arabic_turns_the_whole_page(written: Path) -> None:
    with opened(written) as (tab, seen):
        tab.click(".search button")
        root = tab.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ar", "rtl")
        assert tab.locator("header h1 bdi").first.inner_text() == invented.product().title_ar
        assert tab.locator("header .badge").first.inner_text().startswith("للشركاء")
        assert "تشرين الثاني 2019" in tab.locator("header p").inner_text()
        assert "كانون الثاني 2020" in tab.locator("footer .said").inner_text()
        panel, plan = tab.locator("aside").bounding_box(), tab.locator("main").bounding_box()
        assert panel["x"] < plan["x"]
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
        tab.click(".search button")
        assert root.get_attribute("dir") == "ltr"
        assert tab.locator("header h1 bdi").first.inner_text() == invented.product().title
        assert seen.nothing(), seen


@pytest.mark.browser
def test_on_a_phone_the_page_fits_and_the_panel_opens(written: Path) -> None:
    with opened(written, width=390, height=780, touch=True) as (tab, seen):
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.locator("main").bounding_box()["height"] > 350
        assert tab.locator("input[type=search]").is_visible()
        tab.tap("#tab-figures")
        assert tab.locator("#page-figures").is_visible()
        assert tab.locator("input[type=search]").is_visible()
        map_box, slider = tab.locator("main").bounding_box(), tab.locator(".time").bounding_box()
        assert map_box["height"] > 250
        assert slider["y"] > map_box["y"] + map_box["height"] * 0.8
        assert seen.nothing(), seen


@pytest.mark.browser
def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Names, sentences, titles, sources, links and legends full of markup and script: none of it runs."""
    layers = invented.given(20)
    for name, frame in layers.items():
        hurt = frame.copy()
        for column in hurt.columns:
            text = column != "geometry" and str(hurt[column].dtype) == "str"
            ids = column.endswith("_id") or column in (
                "date",
                "period_start",
                "period_end",
                "published",
                "level",
                "kind",
            )
            if text and not ids and not column.startswith(("adm", "date", "status_")):
                hurt[column] = [HOSTILE[(at + len(column)) % len(HOSTILE)] for at in range(len(hurt))]
        layers[name] = hurt
    bad = " ".join(HOSTILE[:5])
    product = invented.product(
        title=bad, title_ar=bad, subtitle=bad, summary=bad, limits=(bad,), disclaimer=bad
    )
    path = write_webmap(
        release(layers, product=product, audience="internal", rasters=invented.rasters()),
        tmp_path / "<b>'\"&index.html",
    )
    with opened(path) as (tab, seen):
        for name in ("layers", "about", "figures"):
            tab.click(f"#tab-{name}")
        tab.fill("input[type=search]", "script")
        assert tab.locator("#found li").count() > 3
        tab.keyboard.press("Escape")
        tab.click("#tab-layers")
        for details in tab.locator(".layer details").all():
            details.locator("summary").click()
        for row in tab.locator(".layer details button").all()[:25]:
            row.evaluate("button => button.click()")
            assert tab.locator(".leaflet-popup").last.is_visible()
        assert tab.locator("script").count() == page_scripts(path)
        assert tab.locator("img[src=x], base, iframe, svg[onload]").count() == 0
        assert tab.locator("a[href^=javascript]").count() == 0
        assert seen.nothing(), seen


def page_scripts(path: Path) -> int:
    clean = page.build_map(page_data(released())).get_root().render()
    assert path.exists()
    return len(re.findall("<script", re.sub(r"(<script[^>]*>).*?</script>", r"\1", clean, flags=re.DOTALL)))


@pytest.mark.browser
@pytest.mark.slow
def test_ten_thousand_lines_stay_small_and_quick(tmp_path: Path) -> None:
    path = write_webmap(released("public", roads=10_000), tmp_path / "many.html")
    assert path.stat().st_size < 6_000_000
    start = time.monotonic()
    with opened(path) as (tab, seen):
        loaded = tab.evaluate("performance.now()")
        assert time.monotonic() - start < 30
        assert loaded < 6_000, (
            "two seconds on an idle machine; three times that where eight builders share it"
        )
        assert seen.nothing(), seen


@pytest.mark.browser
@pytest.mark.slow
def test_fifty_thousand_lines_pan_smoothly_and_can_be_clicked(tmp_path: Path) -> None:
    path = write_webmap(released("public", roads=50_000), tmp_path / "very_many.html")
    assert path.stat().st_size < 8_000_000
    with opened(path) as (tab, seen):
        pan = """async () => {
          const map = Object.values(window).find((one) => one instanceof L.Map), frames = [];
          const pause = (time) => new Promise((done) => setTimeout(done, time));
          window.begun = window.begun || map.getCenter();
          map.setView(window.begun, 12, { animate: false });
          await pause(1500);
          let last = performance.now(), on = true;
          (function frame() {
            const now = performance.now();
            frames.push(now - last);
            last = now;
            if (on) requestAnimationFrame(frame);
          })();
          map.panBy([900, 100], { animate: true, duration: 1.5 });
          await pause(1800);
          on = false;
          frames.sort((a, b) => a - b);
          return frames[Math.floor(frames.length * 0.9)];
        }"""
        # The best of four: on a machine that does something else as well, single pans stutter.
        longest = min(tab.evaluate(pan) for _ in range(4))
        assert longest < 100, "nine of ten frames took 17 ms on an idle machine"
        tab.mouse.click(460, 420)
        tab.wait_for_selector(".leaflet-popup")
        assert seen.nothing(), seen
