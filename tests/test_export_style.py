from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st

from idlibgeo.errors import UnknownNameError
from idlibgeo.export import style
from idlibgeo.schema import layers

DRAWN = [name for name, spec in layers().items() if not spec.is_table]
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}


def _lab(code: str, matrix: np.ndarray) -> np.ndarray:
    rgb = np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(matrix @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.array([v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz / [0.9505, 1, 1.089]])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _lightness(code: str) -> float:
    return float(_lab(code, BLINDNESS["none"])[0])


def _ink(one: style.StyleClass) -> str:
    return one.fill or one.stroke


def _shape(one: style.StyleClass) -> tuple:
    return one.marker, one.dash, one.casing


def test_every_layer_of_the_schema_has_a_style_and_no_style_is_left_over() -> None:
    assert set(DRAWN) == {name for name, one in style.styles().items() if one.kind != "raster"}


@pytest.mark.parametrize("name", DRAWN)
def test_attributes_and_labels_name_columns_of_the_layer(name: str) -> None:
    one, columns = style.for_layer(name), {column.name for column in layers()[name].columns}
    named = {one.attribute} | (
        {one.label.field, one.label.field_ar, one.label.priority} if one.label else set()
    )
    assert named - {""} <= columns


@pytest.mark.parametrize("name", DRAWN)
def test_a_legend_has_at_most_seven_classes_and_all_speak_both_languages(name: str) -> None:
    frame = synthetic.all_layers()[name]
    classes = style.resolve(style.for_layer(name), frame).classes
    ranges = [one for one in classes if one.match != "missing"]
    assert 1 <= len(ranges) <= style.MAX_CLASSES
    assert all(one.label and one.label_ar for one in classes)


@pytest.mark.parametrize("name", DRAWN)
def test_every_row_falls_into_a_class(name: str) -> None:
    frame = synthetic.all_layers()[name]
    assert (style.class_of(style.resolve(style.for_layer(name), frame), frame) >= 0).all()


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("name", [name for name in DRAWN if style.for_layer(name).kind == "categorized"])
def test_categories_differ_for_the_colour_blind(name: str, blindness: str) -> None:
    for one, other in itertools.combinations(style.for_layer(name).classes, 2):
        apart = np.linalg.norm(
            _lab(_ink(one), BLINDNESS[blindness]) - _lab(_ink(other), BLINDNESS[blindness])
        )
        width = abs(one.width_mm - other.width_mm) + abs(one.radius_mm - other.radius_mm)
        assert apart > 20 or _shape(one) != _shape(other) or width >= 0.09, (one.label, other.label)


@pytest.mark.parametrize("name", [name for name in DRAWN if style.for_layer(name).kind == "categorized"])
def test_categories_differ_in_a_grey_print(name: str) -> None:
    for one, other in itertools.combinations(style.for_layer(name).classes, 2):
        apart = abs(_lightness(_ink(one)) - _lightness(_ink(other)))
        width = abs(one.width_mm - other.width_mm) + abs(one.radius_mm - other.radius_mm)
        assert apart > 12 or _shape(one) != _shape(other) or width >= 0.09, (one.label, other.label)


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("name", [name for name, one in style.styles().items() if one.ramp])
def test_ramps_run_evenly_in_lightness_for_every_eye(name: str, blindness: str) -> None:
    ramp = style.styles()[name].ramp
    assert ramp is not None
    codes = ramp.fills or ramp.strokes
    steps = np.diff([_lab(code, BLINDNESS[blindness])[0] for code in codes])
    assert (abs(steps) > 2).all(), steps
    assert len(set(np.sign(steps))) <= 1


def test_an_unknown_layer_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean camps"):
        style.for_layer("camsp")


@given(st.lists(st.floats(0, 1e7, allow_nan=False), min_size=1, max_size=60))
def test_series_breaks_hold_all_values_in_at_most_seven_classes(values: list[float]) -> None:
    breaks = style.series_breaks(min(values), max(values))
    assert breaks == sorted(set(breaks))
    assert len(breaks) - 1 <= style.MAX_CLASSES
    assert breaks[0] <= min(values)
    assert max(values) <= breaks[-1]


def test_a_break_belongs_to_the_class_below_it() -> None:
    frame = pd.DataFrame({"people_mid": [500.0, 1000.0, 1001.0]})
    camps = style.resolve(style.for_layer("camps"), frame)
    assert [one.label for one in camps.classes] == ["200–500", "500–1,000", "1,000–2,000"]
    assert style.class_of(camps, frame).tolist() == [0, 1, 2]


def test_a_way_on_foot_is_drawn_as_such_whatever_its_rank() -> None:
    routes = pd.DataFrame({"rank": [1, 1, 2], "mode": ["vehicle", "foot", "foot"]})
    found = style.resolve(style.for_layer("routes"), routes)
    labels = [found.classes[at].label for at in style.class_of(found, routes)]
    assert labels == ["Fastest", "On foot", "On foot"]


def test_a_layer_knows_its_dates_newest_first_and_one_alone_is_none() -> None:
    camps = pd.DataFrame({"people_mid": [500.0, 700.0], "date": ["2019-02-28", "2019-11-30"]})
    assert style.resolve(style.for_layer("camps"), camps).dates == ("2019-11-30", "2019-02-28")
    assert style.resolve(style.for_layer("camps"), camps.iloc[:1]).dates == ()


def test_suppressed_numbers_have_a_class_of_their_own() -> None:
    frame = pd.DataFrame({"people_mid": [500.0, None]})
    camps = style.resolve(style.for_layer("camps"), frame)
    assert camps.classes[-1].label == "few people, not shown"
    assert style.class_of(camps, frame).tolist() == [0, 1]


def test_the_bands_of_a_scenario_are_the_classes() -> None:
    frame = pd.DataFrame({"to_m": [2000.0, 5000.0, 15000.0]})
    labels = [one.label for one in style.resolve(style.for_layer("border_bands"), frame).classes]
    assert labels == ["0–2 km", "2–5 km", "5–15 km"]


def test_a_layer_without_rows_has_an_empty_legend() -> None:
    for name in DRAWN:
        assert style.resolve(style.for_layer(name), synthetic.all_layers()[name].iloc[:0]).classes == ()


def test_an_unknown_raster_is_drawn_in_equal_steps() -> None:
    raster = synthetic.density()
    plain = type(raster)(raster.array, raster.transform, raster.crs, unit="m", title="Height")
    found = style.for_raster("dem", plain)
    assert (found.name, found.legend) == ("dem", "Height")
    assert len(found.classes) == 7


def test_a_small_map_keeps_the_important_places_and_all_that_reports_speak_of() -> None:
    count = 100
    places = pd.DataFrame(
        {"role": ["origin"] + [None] * (count - 1), "importance": np.linspace(0, 1, count).round(4)}
    )
    found = style.resolve(style.for_layer("places"), places)
    least = dict(found.thin_least)
    others = places[places["role"].isna()]["importance"]
    assert {scale: int((others >= value).sum()) for scale, value in least.items()} == {
        2_000_000: 12,
        800_000: 40,
    }


def test_places_that_tie_are_shown_all_or_not_at_all() -> None:
    places = pd.DataFrame({"role": [None] * 30, "importance": [0.9] * 5 + [0.1] * 25})
    assert dict(style.resolve(style.for_layer("places"), places).thin_least) == {2_000_000: 0.9}
