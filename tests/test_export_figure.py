"""Printed maps: what must stand on each, that names do not touch, and that the bytes are the same."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import export_inputs as invented
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from pypdf import PdfReader

from idlibgeo.errors import UnknownNameError
from idlibgeo.export import drawing, figure, method, sheet, wording
from idlibgeo.geo import Bounds
from idlibgeo.privacy import Release, release

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def released(audience: str = "partner", **changes: object) -> Release:
    return release(
        invented.given(40), product=invented.product(**changes), audience=audience, rasters=invented.rasters()
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("maps")
    return {path.name: path for path in figure.write_figures(released(), folder, sizes=["a4"])}


@pytest.fixture(scope="module")
def upright(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Maps of the part of the invented area that is higher than wide."""
    narrow = released(bounds=Bounds(20.2, 24.0, 21.0, 25.2))
    folder = tmp_path_factory.mktemp("upright")
    return {path.suffix: path for path in figure.write_figures(narrow, folder, only=["routes"], sizes=["a4"])}


def test_a_narrow_area_stands_upright_with_every_part(upright: dict[str, Path]) -> None:
    with Image.open(upright[".png"]) as picture:
        assert picture.size == (2480, 3507)
    words = text_of(upright[".pdf"])
    for expected in (
        "Where people went",
        "As of 20 January",
        "Limits",
        "Method",
        "People who left",
        " N ",
        "1 : ",
    ):
        assert expected in f" {words} "


def test_the_palette_of_a_picture_moves_no_colour_far_and_frequent_ones_not_at_all() -> None:
    dice = np.random.default_rng(3)
    flat = np.repeat([[134, 171, 194], [157, 188, 207], [209, 75, 0]], 4000, axis=0)
    blends = dice.integers(0, 256, (2000, 3))
    picture = Image.fromarray(np.concatenate([flat, blends]).astype(np.uint8).reshape(100, 140, 3))
    few = np.asarray(figure._with_palette(picture).convert("RGB"), dtype=int).reshape(-1, 3)
    assert (few[:12000] == flat).all()
    assert np.linalg.norm(few[12000:] - blends, axis=1).max() <= 57


def test_maps_are_drawn_as_lines_and_letters_and_only_the_raster_as_pixels(written: dict[str, Path]) -> None:
    for name, pictures in [("routes", 0), ("bands", 0), ("flows", 0), ("ledger", 0), ("density", 1)]:
        page = PdfReader(written[f"invented-2019_{name}_a4_hh.pdf"]).pages[0]
        objects = page["/Resources"].get("/XObject", {}).get_object().values()
        assert sum(one.get_object()["/Subtype"] == "/Image" for one in objects) == pictures, name


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", ["routes", "bands", "density", "flows"])
def test_no_text_of_a_page_covers_another_or_leaves_the_paper(name: str, narrow: bool) -> None:
    bounds = Bounds(20.2, 24.0, 21.0, 25.2) if narrow else invented.BOUNDS
    page = figure.draw(released(bounds=bounds), name)
    renderer = page.figure.canvas.get_renderer()
    texts = [one for one in page.figure.findobj(Text) if one.get_text().strip() and one.get_zorder() != 199]
    boxes = [(one.get_text(), one.get_window_extent(renderer)) for one in texts]
    width, height = page.figure.get_size_inches() * sheet.DPI
    for words, box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, words
    for (words, one), (others, other) in itertools.combinations(boxes, 2):
        # A line of text is as high as its tallest sign: two may share the air between them.
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 2 or up <= 0.42 * min(one.height, other.height), (words, others)


def text_of(path: Path) -> str:
    return " ".join(PdfReader(path).pages[0].extract_text().split())


def test_every_map_comes_as_png_and_pdf_with_its_protection_in_the_name(written: dict[str, Path]) -> None:
    expected = {
        f"invented-2019_{name}_a4_hh.{kind}"
        for name in ("routes", "bands", "density", "flows", "ledger")
        for kind in ("png", "pdf")
    }
    assert set(written) == expected


def test_a4_at_300_dpi(written: dict[str, Path]) -> None:
    with Image.open(written["invented-2019_routes_a4_hh.png"]) as picture:
        assert picture.size == (3507, 2480)
        assert round(picture.info["dpi"][0]) == 300


@pytest.mark.parametrize("name", figure.NAMES)
def test_each_map_says_when_what_for_whom_and_with_which_limits(written: dict[str, Path], name: str) -> None:
    words = text_of(written[f"invented-2019_{name}_a4_hh.pdf"])
    for expected in (
        "Where people went from Harran Bay",
        "1 November 2019 – 19 January 2020",
        "As of 20 January 2020",
        "do not imply official endorsement",
        "For humanitarian partners only",
        "Schematic roads",
        "Limits: The roads are schematic",
        "Invented Agency",
    ):
        assert expected in words


def test_a_map_has_legend_scale_north_and_the_numbers(written: dict[str, Path]) -> None:
    words = text_of(written["invented-2019_bands_a4_hh.pdf"])
    for expected in (
        "People in camps (low – high)",
        "52,000",
        "41,600 – 67,600",
        "20 km",
        " N ",
        "0–2 km",
        "Border on land",
    ):
        assert expected in f" {words} "


def test_fonts_are_embedded_and_nothing_tells_the_clock(written: dict[str, Path]) -> None:
    reader = PdfReader(written["invented-2019_routes_a4_hh.pdf"])
    assert "/CreationDate" not in reader.metadata
    fonts = reader.pages[0]["/Resources"]["/Font"].get_object().values()
    for font in fonts:
        inner = font.get_object()
        inner = inner["/DescendantFonts"][0].get_object() if "/DescendantFonts" in inner else inner
        assert "/FontFile2" in inner["/FontDescriptor"].get_object()


def test_arabic_is_shaped_not_reversed(written: dict[str, Path]) -> None:
    # The initial form of ha in "حرّان" joins to nothing before it and to ra after it: one glyph of its own.
    words = text_of(written["invented-2019_routes_a4_hh.pdf"])
    assert any("\u0600" <= letter <= "\u06ff" or "\ufe70" <= letter <= "\ufeff" for letter in words)


def test_maps_that_an_audience_may_not_see_are_left_out(tmp_path: Path) -> None:
    few = {name: frame for name, frame in invented.given(20).items() if name in ("places", "border", "roads")}
    assert figure.write_figures(release(few, product=invented.product()), tmp_path) == []


def test_only_the_map_asked_for_is_drawn(tmp_path: Path) -> None:
    written = figure.write_figures(released("public"), tmp_path, only=["bands"], sizes=["a4"])
    assert [path.name for path in written] == [
        "invented-2019_bands_a4_pp.png",
        "invented-2019_bands_a4_pp.pdf",
    ]


def test_an_unknown_map_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'densty' does not exist.*Did you mean density"):
        figure.write_figures(released(), tmp_path, only=["densty"])


def test_the_users_own_settings_change_nothing(tmp_path: Path, written: dict[str, Path]) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "savefig.dpi": 50}):
        again = figure.write_figures(released(), tmp_path, only=["ledger"], sizes=["a4"])
    for path in again:
        assert path.read_bytes() == written[path.name].read_bytes()


SCRIPT = """
import sys, hashlib, warnings
sys.path.insert(0, sys.argv[1])
warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
import export_inputs as invented
from idlibgeo.privacy import release
from idlibgeo.export.figure import write_figures
kept = release(invented.given(40), product=invented.product(), audience="partner", rasters=invented.rasters())
for path in write_figures(kept, sys.argv[2], only=["flows"], sizes=["a4"]):
    print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_another_hash_seed_locale_and_time_zone_give_the_same_bytes(
    tmp_path: Path, written: dict[str, Path]
) -> None:
    surroundings = os.environ | {
        "PYTHONHASHSEED": "4711",
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "LANG": "tr_TR.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)],
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in done.stdout.splitlines():
        name, digest = line.split()
        assert hashlib.sha256(written[name].read_bytes()).hexdigest() == digest


def a_map() -> tuple[Figure, object]:
    page = Figure(figsize=(4, 3), dpi=100)
    FigureCanvasAgg(page)
    axes = page.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 400), ylim=(0, 300))
    return page, axes


def names_on(page: Figure) -> list[Text]:
    """The names written, without their halos."""
    return [one for one in page.get_children() if isinstance(one, Text) and one.get_zorder() == 200]


def name(words: str, x: float, y: float, rank: float) -> drawing.Name:
    return drawing.Name(x, y, 3.0, (words,), 8.0, "#222222", "#ffffff", False, False, (rank, 0.0))


def test_of_two_names_at_one_point_both_find_room_and_the_first_is_the_more_important() -> None:
    page, axes = a_map()
    names = [name("Minor", 200, 150, 1), name("Major", 200, 150, 9)]
    assert len(drawing.place_names(axes, names, [], fonts=sheet.fonts(), pixels_per_pt=100 / 72)) == 2
    written = [text.get_text() for text in names_on(page)]
    assert written == ["Major", "Minor"]


def test_the_number_of_a_road_is_not_said_at_every_stretch() -> None:
    page, axes = a_map()
    refs = [
        drawing.Name(x, 150, 0.0, ("M5",), 7.0, "#555555", "#ffffff", False, False, (2.0, 0.0))
        for x in (60, 100, 380)
    ]
    assert len(drawing.place_names(axes, refs, [], fonts=sheet.fonts(), pixels_per_pt=100 / 72)) == 2
    assert len(names_on(page)) == 2


def test_a_name_leaves_the_line_free_where_it_can() -> None:
    page, axes = a_map()
    along = np.column_stack([np.linspace(200, 399, 100), np.linspace(150, 199, 100)])
    drawing.place_names(
        axes, [name("Town", 200, 150, 1)], [], fonts=sheet.fonts(), pixels_per_pt=100 / 72, lines=along
    )
    box = names_on(page)[-1].get_window_extent(page.canvas.get_renderer())
    assert not (
        (along[:, 0] > box.x0) & (along[:, 0] < box.x1) & (along[:, 1] > box.y0) & (along[:, 1] < box.y1)
    ).any()


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 300), st.text("abcdef حرف", min_size=1, max_size=12)),
        max_size=25,
    )
)
@settings(max_examples=25, deadline=None)
def test_names_never_touch_each_other_or_the_edge(places: list[tuple[int, int, str]]) -> None:
    page, axes = a_map()
    names = [name(words, x, y, at) for at, (x, y, words) in enumerate(places) if words.strip()]
    drawing.place_names(axes, names, [], fonts=sheet.fonts(), pixels_per_pt=100 / 72)
    written = names_on(page)
    boxes = [text.get_window_extent(page.canvas.get_renderer()) for text in written]
    for at, one in enumerate(boxes):
        assert one.x0 >= 0 and one.x1 <= 400
        for other in boxes[at + 1 :]:
            # Lines of text are higher than their letters; two of them may share the air between.
            apart_x = one.x1 <= other.x0 + 1 or other.x1 <= one.x0 + 1
            apart_y = one.y1 <= other.y0 + one.height * 0.35 or other.y1 <= one.y0 + one.height * 0.35
            assert apart_x or apart_y


def test_a_paragraph_is_no_wider_than_asked() -> None:
    page = sheet.Sheet(released("public"), "a4")
    lines = page.wrap("one two three four five six seven eight nine ten", 20.0, size=7)
    assert len(lines) > 2
    assert " ".join(lines) == "one two three four five six seven eight nine ten"


def test_the_ledger_keeps_a_series_together_in_time() -> None:
    rows = figure._ledger_rows(released().layers["ledger"])
    assert rows["value"].tolist()[:2] == [180000, 359471]


def test_the_headline_leads_with_the_newest_count_of_each_source_and_never_with_a_year() -> None:
    kept = released()
    year = (
        kept.layers["figures"]
        .iloc[[1]]
        .assign(figure_id="f9", value=1_000_000.0, qualifier="over", period_start="2019-01-16")
    )
    figures = pd.concat([kept.layers["figures"], year], ignore_index=True)
    left = wording.people_who_left(figures, None)
    assert left["figure_id"].tolist() == ["f2", "f5", "f1", "f6", "f9"]
    assert left["leads"].tolist() == [0, 0, 1, 2, 3]


def test_the_numbers_on_the_print_keep_their_qualifier() -> None:
    _, rows = figure._headline(released(), {})
    assert ("19 December – 22 December 2019 (Invented Agency)", "over 31,000", "") in rows
    assert ("Since 1 November 2019 (Invented Agency)", "359,471", "to 16 Jan 2020") in rows
    ledger = figure._ledger_rows(released().layers["ledger"], released().layers["figures"])
    assert ledger.set_index("figure_id").loc["f1", "qualifier"] == "over"


def test_crowding_that_nobody_knows_has_no_panel_but_a_limit() -> None:
    kept = released()
    assert figure._by_crowding(kept, {"camps": kept.layers["camps"]}) == ("", [])
    assert wording.limits((), kept.layers)[0].startswith("The areas of the sites are not known")
    assert wording.limits(("How crowded they are is not known.",), kept.layers) == (
        "How crowded they are is not known.",
    )


def test_bounds_of_bands_are_not_added_up() -> None:
    rows = {row["layer"]: row for row in method._intervals(released().layers)}
    bands = rows["Distance bands to the border"]
    assert (bands["low"], bands["mid"], bands["high"]) == ("–", "198,000", "–")
