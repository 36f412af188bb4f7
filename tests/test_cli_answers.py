"""What single commands answer to input as people have it: two dates, slips of the pen, paths that are not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idlibgeo import sources
from idlibgeo.cli.main import commands
from idlibgeo.errors import FileError, IdlibgeoError, ScenarioError
from idlibgeo.pipeline import check
from idlibgeo.scenario import Scenario


def call(*arguments: str | Path, columns: int = 80) -> Result:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(commands, [str(one) for one in arguments])


def refused(done: Result, *parts: str) -> None:
    """One line on stderr, exit code 1, and what it has to say."""
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("idlibgeo: ")
    assert len(done.stderr.splitlines()) == 1
    for part in parts:
        assert part in done.stderr


@pytest.fixture
def two_dates(tmp_path: Path) -> Path:
    table = tmp_path / "sites.csv"
    table.write_text(
        "id,date,lon,lat,people\n"
        "a,2019-02-28,36.7,36.2,1000\n"
        "a,2019-11-30,36.7,36.2,1500.4\n"
        "b,2019-11-30,36.6,36.1,500\n"
        "lost,2019-11-30,,,70\n"
        "reyhanli,2019-11-30,36.57,36.27,30\n",
        encoding="utf-8",
    )
    return table


# --- people -------------------------------------------------------------------------------------------------


def test_a_column_of_text_is_no_people(two_dates: Path, tmp_path: Path) -> None:
    done = call("density", two_dates, "--people", "id", "-o", tmp_path / "d.tif")
    refused(done, "--people id: given 'a' in row 3 of", "4 of 4 rows")
    assert not (tmp_path / "d.tif").exists()


def test_an_unknown_column_of_people_names_the_nearest(two_dates: Path, tmp_path: Path) -> None:
    done = call("density", two_dates, "--people", "poeple", "-o", tmp_path / "d.tif")
    refused(done, "Did you mean people?")


def test_density_takes_the_latest_date_and_says_so(two_dates: Path, tmp_path: Path) -> None:
    done = call("density", two_dates, "--people", "people", "-o", tmp_path / "d.tif")
    assert done.exit_code == 0, done.stderr
    assert "2,030 people" in done.stdout
    assert "using 2019-11-30; 1 row of other dates left out; --date chooses another" in done.stderr
    assert "left out: 1 row without a position, 70 people\n  lost: 70 people" in done.stderr


def test_density_of_the_date_that_was_chosen(two_dates: Path, tmp_path: Path) -> None:
    options = ("--people", "people", "-o", tmp_path / "d.tif", "--date")
    assert "1,000 people" in call("density", two_dates, *options, "2019-02-28").stdout
    refused(call("density", two_dates, *options, "2019-03-01"), "expected one of 2019-02-28, 2019-11-30")


def test_the_sample_counts_one_date(sample: Path, tmp_path: Path) -> None:
    done = call("density", sample / "camps.csv", "--people", "people_mid", "-o", tmp_path / "d.tif")
    assert "using 2019-11-30; 20 rows of other dates left out" in done.stderr
    assert "859,302 people" in done.stdout


def test_dates_that_cannot_be_ordered_are_asked_for(tmp_path: Path) -> None:
    table = tmp_path / "sites.csv"
    table.write_text("date,lon,lat,people\n28/2/2019,36.7,36.2,1\n30/11/2019,36.7,36.2,2\n", encoding="utf-8")
    options = ("--people", "people", "-o", tmp_path / "d.tif")
    refused(call("density", table, *options), "the latest cannot be told", "--date")
    assert "1 people" in call("density", table, *options, "--date", "28/2/2019").stdout


def test_bands_count_one_date_and_list_who_is_in_none(two_dates: Path) -> None:
    done = call("distance", two_dates, "--bands", "5,10", "--json")
    answer = json.loads(done.stdout)
    assert "using 2019-11-30" in done.stderr
    assert [point["id"] for point in answer["points"]] == ["a", "b", "reyhanli", "lost"]
    counted = sum(band["people_mid"] for band in answer["bands"])
    left = {row["id"]: row for row in answer["left_out"]}
    assert counted + sum(row["people_mid"] for row in left.values()) == pytest.approx(2100.4)
    assert left["lost"]["reason"] == "has no position"
    assert "outside the border" in left["reyhanli"]["reason"]
    people = [band["people_mid"] for band in answer["bands"]]
    assert people == [round(value, 1) for value in people]


def test_bands_are_printed_in_whole_people(two_dates: Path) -> None:
    done = call("distance", two_dates, "--bands", "5,10", columns=120)
    assert "1,500" in done.stdout
    assert "1500.4" not in done.stdout
    assert "1,500.4" not in done.stdout
    assert "Left out of the bands" in done.stdout


def test_points_far_from_the_border_are_pointed_out(tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_text("id,lon,lat\nfar,100,5\nnear,36.7,36.1\n", encoding="utf-8")
    done = call("distance", table)
    assert done.exit_code == 0
    assert "1 of 2 points lie more than 500 km from the border: check the order lon, lat" in done.stderr


# --- where it is written ------------------------------------------------------------------------------------


def test_density_makes_no_folders(two_dates: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none" / "deeper"
    refused(call("density", two_dates, "--people", "people", "-o", missing / "d.tif"), "does not exist")
    assert not (tmp_path / "none").exists()
    refused(call("density", two_dates, "--people", "people", "-o", tmp_path), "given the folder")


def test_a_bad_output_of_run_is_said_before_the_first_stage(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    for output in (file, file / "build"):
        refused(call("run", "-o", output), "is a file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that nobody can write to")
def test_an_unwritable_output_is_said_first(two_dates: Path) -> None:
    refused(call("run", "-o", "/proc"), "can be written to")
    refused(call("density", two_dates, "--people", "people", "-o", "/proc/d.tif"), "can be written to")


# --- names of places ----------------------------------------------------------------------------------------


def test_within_keeps_to_its_area() -> None:
    answer = json.loads(call("geocode", "Dana", "--within", "sy07", "--json").stdout)[0]
    codes = {candidate["pcode"] for candidate in answer["candidates"]}
    assert {"C4126", "C3965"} <= codes
    assert "C8154" not in codes
    alone = json.loads(call("geocode", "Dana", "--within", "SY070301", "--json").stdout)[0]
    assert {"C3965", "C8154"}.isdisjoint(candidate["pcode"] for candidate in alone["candidates"])


def test_within_an_area_that_nobody_knows() -> None:
    refused(call("geocode", "Dana", "--within", "ZZ99"), "no place of the gazetteer lies in ZZ99")
    refused(call("geocode", "Dana", "--within", "SY99"), "The nearest P-codes are SY")


def test_an_empty_name_and_no_candidates_are_refused() -> None:
    refused(call("geocode", " "), "given an empty name")
    assert call("geocode", "Dana", "--limit", "0").exit_code == 2


# --- check --------------------------------------------------------------------------------------------------


WRONG = {
    "an area elsewhere": ({"scenario.bounds": [1.0, 42.0, 2.0, 43.0]}, "none of its 886 lies there"),
    "lon and lat exchanged": (
        {"scenario.bounds": [32.5, 38.0, 37.0, 42.0]},
        "write bounds = [38, 32.5, 42, 37]",
    ),
    "an area far from the border": (
        {"scenario.bounds": [36.0, 32.5, 36.8, 33.2]},
        "expected one that the border",
    ),
    "countries that are no neighbours": ({"border.neighbours": ["FR"]}, "share no edge"),
    "a country that does not exist": ({"border.neighbours": ["XX"]}, "The nearest codes are"),
    "an unknown origin": ({"routes.origins": ["Xyzzyqwf"]}, "routes.origins: Place 'Xyzzyqwf' was not found"),
    "crossings without a table": ({"border.crossings": ""}, "routes.to: given 'crossings'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_check_finds(case: str, sample: Path) -> None:
    settings, message = WRONG[case]
    with pytest.raises(IdlibgeoError) as caught:
        check(Scenario.load(sample / "scenario.toml", settings))
    assert message in str(caught.value)
    assert len(str(caught.value)) < 500


def test_check_counts_the_places_of_the_area(sample: Path) -> None:
    """Around lon 36, lat 36 an area with lon and lat exchanged is half right: it is said, not refused."""
    for bounds, expected in (
        ([35.7, 35.2, 37.3, 37.0], "623 of 886 places"),
        ([35.2, 35.7, 37.0, 37.3], "383 of 886 places; 623 with lon and lat exchanged: check the order"),
    ):
        found = check(Scenario.load(sample / "scenario.toml", {"scenario.bounds": bounds}))
        assert {"key": "scenario.bounds", "file": "", "holds": expected} in found


def test_check_finds_camps_without_their_section(tmp_path: Path, sample: Path) -> None:
    folder = tmp_path / "scenario"
    shutil.copytree(sample, folder)
    file = folder / "scenario.toml"
    text = file.read_text(encoding="utf-8")
    without = text.replace('[camps]\nfile = "camps.csv"\nstandard = "sphere-2018-camp"\n', "")
    file.write_text(without, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"routes.to: given 'camps', expected a section \[camps\]"):
        check(Scenario.load(file))
    # Targets that stand there by default just bring no routes.
    file.write_text(without.replace('to = ["crossings", "camps"]\n', ""), encoding="utf-8")
    assert check(Scenario.load(file))


def test_bounds_are_explained_once(sample: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(sample / "scenario.toml", {"scenario.bounds": [5.0, 1.0, 2.0, 3.0]})
    assert str(caught.value).count("given") == 1
    assert not str(caught.value).endswith("..")


# --- tables -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_table_with_other_separators(separator: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    rows = [["id", "lon", "lat"], ["a", "36,7", "36,2"], ["b", "36,6", "36"]]
    file.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    with pytest.raises(FileError, match=f"separated by {name}.*Save it again"):
        sources.read_table(file)


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_read_shows_what_a_figure_rests_on(columns: int, sample: Path) -> None:
    done = call("read", sample / "reports" / "2020-01-07-anews.txt", columns=columns)
    figures = done.stdout.partition("Mentions")[0]
    for part in (
        "≥ 31,000",
        "persons",
        "flow",
        "reported",
        "2020-01-03 –",
        "2020-01-07",
        "→ near",
        "Response",
    ):
        assert part in figures
    assert all(len(line) <= columns for line in figures.splitlines())
    # Below the figure on a narrow terminal, beside it on a wide one.
    first = next(line for line in figures.splitlines() if "≥ 31,000" in line)
    assert ("More than" in first) == (columns >= 100)
    if columns == 80:
        assert "  More than 31,000 civilians left Ma'arrat an-Nu'man and nearby villages over" in figures


def test_run_makes_the_folders_above_its_output(tmp_path: Path) -> None:
    """As `make bundle` in a clone without a build folder needs it."""
    done = call("run", "--until", "border", "-o", tmp_path / "a" / "b")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "a" / "b" / "idlib-2020-01" / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("text", "status", "pcode"),
    [
        (
            "3,000 people fled from Ma'arrat an-Nu'man and arrived in Dana near the Turkish border.",
            "resolved",
            "C4126",
        ),
        (
            "4,000 people left Dana and Ma'arrat an-Nu'man and fled to the Turkish border.",
            "resolved",
            "C3965",
        ),
        ("The market in Dana was closed.", "ambiguous", None),
    ],
)
def test_read_tells_the_danas_apart_by_the_way_people_took(
    text: str, status: str, pcode: str | None, tmp_path: Path
) -> None:
    report = tmp_path / "report.txt"
    report.write_text(text, encoding="utf-8")
    done = call("read", report, "--published", "2020-01-07", "--json")
    mentions = json.loads(done.stdout)["reports"][0]["mentions"]
    dana = next(mention["place"] for mention in mentions if mention["text"] == "Dana")
    assert (dana["status"], dana["pcode"]) == (status, pcode)
