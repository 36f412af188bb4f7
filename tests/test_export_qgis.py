from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import synthetic
from PIL import Image

from idlibgeo.export import ground, style
from idlibgeo.export.geopackage import write_geopackage
from idlibgeo.export.qgis import GROUND, SEA, foot_text, layer_id, project_xml, write_project
from idlibgeo.export.qml import add_symbol, layer_qml, raster_qml
from idlibgeo.export.raster import write_rasters
from idlibgeo.schema import layer_spec

TESTS = Path(__file__).parent
PICTURES = TESTS / "pictures"


def _bundle(folder: Path, **options: object) -> Path:
    release = synthetic.release(**options)  # type: ignore[arg-type]
    write_geopackage(release, folder / "invented.gpkg")
    write_rasters(release, folder / "rasters")
    return write_project(release, folder / "invented.qgs")


def _qgis(*arguments: object) -> dict:
    command = ["/usr/bin/python3", str(TESTS / "qgis_check.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _bundle(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def tree(project: Path) -> ET.Element:
    return ET.parse(project).getroot()


@pytest.fixture(scope="module")
def opened(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What QGIS says of the project after its folder was moved."""
    moved = tmp_path_factory.mktemp("elsewhere") / "a folder with spaces"
    shutil.copytree(project.parent, moved)
    return _qgis("project", moved / project.name)


def test_paths_are_relative_and_no_layer_needs_a_network(tree: ET.Element) -> None:
    sources = [one.text or "" for one in tree.iter("datasource")]
    # The ground stands in the project itself.
    inside, outside = sources[-1], sources[:-1]
    assert inside.startswith("?query=SELECT") and "/" not in inside
    assert len(outside) == len(synthetic.release().layers) + 1
    assert all(source.startswith(("./invented.gpkg|layername=", "./rasters/")) for source in outside)
    assert {one.text for one in tree.iter("provider")} == {"ogr", "gdal", "virtual"}


def test_ids_are_long_enough_for_qgis_to_keep(tree: ET.Element) -> None:
    ids = [one.text or "" for one in tree.iter("id")]
    assert len(set(ids)) == len(ids)
    assert all(len(one) > 10 for one in ids)


def test_the_layers_draw_as_the_geopackage_does(tree: ET.Element) -> None:
    for name, frame in synthetic.release().layers.items():
        spec = layer_spec(name)
        if spec.is_table:
            continue
        qml = ET.fromstring(layer_qml(style.resolve(style.for_layer(name), frame), spec, frame))
        layer = next(one for one in tree.iter("maplayer") if one.findtext("layername") == spec.title)
        for part in ("renderer-v2", "labeling", "aliases"):
            ours, theirs = layer.find(part), qml.find(part)
            assert (ours is None) == (theirs is None)
            if ours is not None and theirs is not None:
                assert _plain(ours) == _plain(theirs)


def _plain(element: ET.Element) -> list:
    return [(one.tag, sorted(one.items())) for one in element.iter()]


def test_the_same_release_gives_the_same_bytes(project: Path, tmp_path: Path) -> None:
    assert write_project(synthetic.release(), tmp_path / project.name).read_bytes() == project.read_bytes()


def test_no_expression_from_outside_is_evaluated_on_the_printed_page() -> None:
    release = synthetic.release()
    object.__setattr__(release.product, "title", "[% env('HOME') %]")
    root = ET.fromstring(project_xml(release, dict.fromkeys([*release.layers, *release.rasters], "./x.gpkg")))
    texts = [item.get("labelText", "") for item in root.iter("LayoutItem")]
    assert any("[ % env" in text for text in texts)
    assert not any("[%" in text for text in texts)


def test_the_foot_of_the_page_says_sources_limits_method_and_disclaimer() -> None:
    text = foot_text(synthetic.release(hostile=False))
    parts = [
        "do not imply official endorsement",
        "Limits: Schematic roads.",
        "Sources: Invented.",
        "Method: Dijkstra.",
    ]
    for part in [*parts, "Reports: Invented News, \u2068A report\u2069 (2020-01-10)."]:
        assert part in text
    assert foot_text(synthetic.release(hostile=False), limit=300).endswith("(all of it: METHOD.html)")


def test_a_raster_style_leaves_what_is_below_the_legend_clear() -> None:
    items = list(ET.fromstring(raster_qml(style.for_raster("density", synthetic.density()))).iter("item"))
    assert (items[0].get("alpha"), items[0].get("value")) == ("0", "10")
    assert items[-1].get("value") == "inf"


@pytest.mark.qgis
def test_qgis_reads_every_layer_and_complains_of_nothing(opened: dict) -> None:
    assert opened["read"]
    assert opened["messages"] == []
    assert opened["crs"] == "EPSG:32632"
    assert {name for name, one in opened["layers"].items() if not one["valid"]} == set()
    expected = {*synthetic.release().layers, "density", GROUND}
    assert set(opened["layers"]) == set(opened["legend"]) == expected


@pytest.mark.qgis
def test_the_legend_is_grouped_in_the_order_of_the_schema(opened: dict) -> None:
    expected = ["Places", "Border", "Roads", "Camps", "Flows", "Figures", "About", "Rasters", "Ground"]
    assert opened["groups"] == expected
    assert opened["legend"][:-2] == list(synthetic.release().layers)


@pytest.mark.qgis
def test_points_are_drawn_over_lines_over_areas(opened: dict) -> None:
    order = opened["order"]
    for upper, lower in [
        ("places", "routes"),
        ("camps", "roads"),
        ("border", "border_bands"),
        ("routes", "roads"),
    ]:
        assert order.index(upper) < order.index(lower)


def test_the_sea_lies_over_the_bands_as_on_paper_and_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "sea", lambda bounds: shapely.box(bounds.west, bounds.south, 10.0, 50.3))
    release = synthetic.release()
    root = ET.fromstring(project_xml(release, dict.fromkeys([*release.layers, *release.rasters], "./x.gpkg")))
    order = [item.text for item in root.findall(".//custom-order/item")]
    sea, bands, roads = (order.index(layer_id(name)) for name in (SEA, "border_bands", "roads"))
    assert roads < sea < bands


def test_a_way_of_people_has_an_arrowhead_in_qgis() -> None:
    look = style.StyleClass(label="", stroke="#66459f", width_mm=1.0, arrow_mm=3.0)
    symbol = add_symbol(ET.Element("x"), look, "LineString", name="0")
    assert [part.get("class") for part in symbol.iter("layer")] == [
        "SimpleLine",
        "MarkerLine",
        "SimpleMarker",
    ]


def test_qgis_draws_no_centre_of_an_area_as_a_place_and_sets_origins_in_bold() -> None:
    text = layer_qml(style.for_layer("places"), layer_spec("places"), synthetic.release().layers["places"])
    written = text.replace("&quot;", '"').replace("&apos;", "'")
    assert "coalesce(\"kind\", '') NOT IN ('adm1', 'adm2', 'adm3', 'adm4')" in written
    assert "coalesce(\"role\", '') IN ('origin', 'destination')" in written


@pytest.mark.qgis
def test_no_layer_is_drawn_by_a_default_style_and_every_row_is_drawn(opened: dict) -> None:
    for name, one in opened["layers"].items():
        if name not in ("density", GROUND) and not layer_spec(name).is_table:
            assert one["renderer"] != "singleSymbol", name
            frame = synthetic.release().layers[name]
            newest = frame["date"].eq(frame["date"].max()) if "date" in frame else frame.geometry.notna()
            assert one["drawn"] == (newest & frame.geometry.notna()).sum() > 0, name
            assert all(one["legend"]), name


@pytest.mark.qgis
def test_labels_have_a_halo_scales_and_an_arabic_font(opened: dict) -> None:
    labelled = {name: one["label"] for name, one in opened["layers"].items() if "label" in one}
    assert set(labelled) == {name for name, one in style.styles().items() if one.label}
    for one in labelled.values():
        assert one["halo"]
        assert one["scale"] > 0
        assert one["families"][:2] == ["Noto Naskh Arabic", "Noto Sans Arabic"]


@pytest.mark.qgis
def test_what_is_on_when_the_project_opens_is_what_the_style_says(opened: dict) -> None:
    drawn = [name for name in synthetic.release().layers if not layer_spec(name).is_table]
    on = {name for name in drawn if style.for_layer(name).visible_default}
    assert set(opened["visible"]) == {*on, GROUND}


@pytest.mark.qgis
def test_of_two_dates_the_newest_is_drawn_and_the_other_waits_in_the_legend(tmp_path: Path) -> None:
    layers = synthetic.all_layers()
    before = layers["camps"].assign(date="2019-02-28", camp_id=layers["camps"]["camp_id"] + "-before")
    layers["camps"] = pd.concat([layers["camps"], before], ignore_index=True)
    path = write_geopackage(synthetic.release(layers=layers), tmp_path / "invented.gpkg")
    # No project: QGIS finds the style in the file itself.
    camps = _qgis("geopackage", path)["layers"]["camps"]
    assert [label for label in camps["legend"] if label.count("-") == 2] == ["2020-01-15", "2019-02-28"]
    assert camps["drawn"] == camps["located"] / 2 > 0


@pytest.mark.qgis
def test_ways_on_foot_and_by_vehicle_differ_in_qgis(tmp_path: Path) -> None:
    layers = synthetic.all_layers()
    count = len(layers["routes"])
    layers["routes"] = layers["routes"].assign(mode=["foot", *["vehicle"] * (count - 1)])
    routes = _qgis("geopackage", write_geopackage(synthetic.release(layers=layers), tmp_path / "x.gpkg"))
    found = routes["layers"]["routes"]
    assert found["legend"][0] == "On foot"
    assert found["drawn"] == found["located"] > 0


@pytest.mark.qgis
def test_relations_and_headings_lead_from_a_route_to_its_figure(opened: dict) -> None:
    assert opened["relations"]["routes_figure_id_figures"]
    assert all(opened["relations"].values())
    assert opened["layers"]["camps"]["aliases"]["people_mid"] == "People · أشخاص [people]"


@pytest.mark.qgis
def test_the_printed_page_has_its_parts(opened: dict) -> None:
    parts = {"title", "title_ar", "subtitle", "map", "legend", "scale", "north", "sources"}
    assert parts <= set(opened["layouts"]["Map A4"])


@pytest.mark.qgis
def test_markup_in_names_is_text_in_qgis(opened: dict) -> None:
    assert opened["title"].startswith("An invented country <script>")
    assert opened["layers"]["places"]["rows"] == 18


@pytest.mark.qgis
def test_a_public_project_opens_as_well(tmp_path: Path) -> None:
    found = _qgis("project", _bundle(tmp_path, audience="public"))
    assert all(one["valid"] for one in found["layers"].values())
    assert "edge_flows" not in found["layers"]
    assert all(found["relations"].values())


def _compared(now: Image.Image, name: str) -> np.ndarray:
    """Where a picture differs from the stored one that was looked at; it is made anew if it was deleted."""
    stored = PICTURES / f"qgis_{name}.png"
    if not stored.exists():
        PICTURES.mkdir(exist_ok=True)
        now.save(stored, optimize=True)
        pytest.fail(f"{stored} was missing and was made anew: look at it, then commit it")
    before = np.asarray(Image.open(stored).convert("RGB"), dtype=int)
    return abs(np.asarray(now, dtype=int) - before).max(axis=2) > 60


def _picture(path: Path, size: tuple[int, int]) -> Image.Image:
    return Image.open(path).convert("RGB").resize(size, Image.Resampling.BOX)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    found = _qgis("project", _bundle(folder, hostile=False), "--pictures", folder / "now")
    assert found["pictures"]["errors"] == {}
    colours = {
        name: count for name, count in found["pictures"]["colours"].items() if name not in (SEA, GROUND)
    }
    assert all(count > 3 for count in colours.values()), colours
    return folder / "now"


@pytest.mark.qgis
@pytest.mark.parametrize("name", ["map", "layout"])
def test_the_map_and_the_printed_page_look_as_they_did(drawn: Path, name: str) -> None:
    # Labels move a little from one run to another (0.2 % of the pixels); without the routes it is 0.6 %.
    assert _compared(_picture(drawn / f"{name}.png", (640, 470)), name).mean() < 0.004


@pytest.mark.qgis
def test_each_layer_alone_looks_as_it_did(drawn: Path) -> None:
    width, height, columns = 200, 152, 4
    names = sorted(name for name, one in style.styles().items() if name != "raster")
    sheet = Image.new("RGB", (width * columns, height * -(-len(names) // columns)), "white")
    corners = {name: (at % columns * width, at // columns * height) for at, name in enumerate(names)}
    for name, corner in corners.items():
        sheet.paste(_picture(drawn / f"layer_{name}.png", (width, height)), corner)
    differs = _compared(sheet, "layers")
    for name, (x, y) in corners.items():
        tile = np.asarray(sheet, dtype=int)[y : y + height, x : x + width]
        ink = (abs(tile - tile[0, 0]).max(axis=2) > 12).sum()
        assert differs[y : y + height, x : x + width].sum() < 0.1 * ink, name


@pytest.mark.qgis
def test_layers_without_rows_open_too(tmp_path: Path) -> None:
    empty = {name: frame.iloc[:0] for name, frame in synthetic.all_layers().items()}
    release = synthetic.release(layers=empty, rasters={})
    write_geopackage(release, tmp_path / "invented.gpkg")
    found = _qgis("project", write_project(release, tmp_path / "invented.qgs"))
    assert found["messages"] == []
    assert all(one["valid"] for one in found["layers"].values())
