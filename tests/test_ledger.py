"""The ledger: series, the chain audit, totals that leave out what they must."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idlibgeo.errors import InputError
from idlibgeo.ledger import Ledger
from idlibgeo.reports import KINDS, parse_report

UN, RCG = "UN OCHA", "Response Coordination Group"


def rows(*given: tuple) -> pd.DataFrame:
    """Make figures of (id, source, kind, value, start, end)."""
    columns = ["figure_id", "source_org", "kind", "value", "period_start", "period_end"]
    frame = pd.DataFrame(given, columns=columns)
    return frame.assign(published=frame["period_end"], unit="persons", modality="reported")


def found(ledger: Ledger) -> list[tuple[str, str]]:
    return list(ledger.findings[["check", "figures"]].itertuples(index=False, name=None))


@pytest.fixture
def press(shared: Path) -> Ledger:
    table = pd.read_csv(shared / "reports" / "figures_2019-12_to_2020-01-19.csv", dtype={"id": "str"})
    names = {"id": "figure_id", "event_from": "period_start", "event_to": "period_end"}
    return Ledger(table.rename(columns=names))


@pytest.mark.shared
def test_the_20_figures_of_the_press_give_the_findings_that_they_should(press: Ledger) -> None:
    findings = found(press)
    assert ("chain", "10; 18; 19") in findings  # 359,471 + 20,000 → over 379,000
    assert ("contradiction", "19; 20") in findings  # 379,000 against 370,000
    assert ("different_start", "5; 7") in findings  # 284,000 twice
    assert len(press.series) == 20


@pytest.mark.shared
def test_no_killed_forecast_resident_or_refugee_is_in_a_total_of_the_press(press: Ledger) -> None:
    taken = press.series.loc[press.series["in_total"], "kind"]
    assert set(taken) == {"cumulative"}
    assert press.totals["value"].max() < 3_000_000


def test_a_running_count_and_a_flow_that_agree() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "cumulative", 359_471, "2019-11-01", "2020-01-07"),
            ("b", RCG, "flow", 20_000, "2020-01-07", "2020-01-09"),
            ("c", RCG, "cumulative", 379_000, "2019-11-01", "2020-01-09"),
        ).assign(low=[359_471, 20_000, 379_000], high=[359_471, None, None])
    )
    assert found(ledger) == [("chain", "a; b; c")]
    assert "they agree" in ledger.findings["message"][0]


def test_a_gap_names_the_people_who_are_in_no_flow() -> None:
    ledger = Ledger(
        rows(
            ("a", UN, "cumulative", 481_000, "2019-12-01", "2020-01-26"),
            ("b", UN, "flow", 151_000, "2020-01-26", "2020-02-09"),
            ("c", UN, "cumulative", 692_000, "2019-12-01", "2020-02-09"),
        )
    )
    assert found(ledger) == [("gap", "a; b; c")]
    assert "60,000 people are in no flow" in ledger.findings["message"][0]
    assert ledger.findings["status"][0] == "warning"


def test_flows_that_are_more_than_the_count_grew_contradict_it() -> None:
    ledger = Ledger(
        rows(
            ("a", UN, "cumulative", 100_000, "2019-12-01", "2020-01-01"),
            ("b", UN, "flow", 50_000, "2020-01-01", "2020-01-08"),
            ("c", UN, "cumulative", 120_000, "2019-12-01", "2020-01-08"),
        )
    )
    assert found(ledger) == [("contradiction", "a; b; c")]
    assert "30,000 more than the running count grew by" in ledger.findings["message"][0]


def test_two_numbers_for_one_day_contradict_one_another_and_neither_is_averaged() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "cumulative", 379_000, "2019-11-01", "2020-01-09"),
            ("b", "Anadolu Agency", "cumulative", 370_000, "2019-11-01", "2020-01-09"),
        )
    )
    assert found(ledger) == [("contradiction", "a; b")]
    assert sorted(ledger.totals["value"]) == [370_000, 379_000]


def test_one_source_that_gives_two_numbers_for_a_day_gets_bounds_and_no_value() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "cumulative", 379_000, "2019-11-01", "2020-01-09"),
            ("b", RCG, "cumulative", 370_000, "2019-11-01", "2020-01-09"),
        )
    )
    total = ledger.totals.iloc[0]
    assert pd.isna(total["value"])
    assert (total["low"], total["high"]) == (365_000, 379_500)


def test_the_same_number_with_another_starting_date_is_not_one_figure() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "cumulative", 284_000, "2019-11-01", "2019-12-30"),
            ("b", UN, "cumulative", 284_000, "2019-12-01", "2019-12-29"),
        )
    )
    assert found(ledger) == [("different_start", "b; a")] or found(ledger) == [("different_start", "a; b")]
    assert len(ledger.totals) == 2


def test_a_running_count_that_falls_is_flagged() -> None:
    ledger = Ledger(
        rows(
            ("a", UN, "cumulative", 400_000, "2019-12-01", "2020-01-10"),
            ("b", UN, "cumulative", 350_000, "2019-12-01", "2020-01-20"),
        )
    )
    assert found(ledger) == [("falls", "a; b")]
    assert "a running count cannot fall" in ledger.findings["message"][0]


def test_a_flow_inside_a_running_count_is_not_added_to_it() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "flow", 31_000, "2020-01-03", "2020-01-07"),
            ("b", RCG, "cumulative", 359_471, "2019-11-01", "2020-01-07"),
        )
    )
    assert ledger.totals["value"].tolist() == [359_471]
    assert "inside a running count" in ledger.left_out["why_not"][0]


def test_a_flow_after_the_last_running_count_is_added() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "cumulative", 359_471, "2019-11-01", "2020-01-07"),
            ("b", RCG, "flow", 20_000, "2020-01-07", "2020-01-09"),
        )
    )
    total = ledger.totals.iloc[0]
    assert (total["value"], total["figures"], total["period_end"]) == (379_471, "a; b", "2020-01-09")


def test_overlapping_flows_are_not_added() -> None:
    ledger = Ledger(
        rows(
            ("a", RCG, "flow", 31_000, "2020-01-03", "2020-01-07"),
            ("b", RCG, "flow", 12_000, "2020-01-05", "2020-01-07"),
            ("c", RCG, "flow", 5_000, "2020-01-07", "2020-01-08"),
        )
    )
    assert ledger.totals["value"].tolist() == [36_000]


def test_what_is_no_displacement_is_left_out_with_a_reason() -> None:
    kinds = [kind for kind in KINDS if kind not in ("flow", "cumulative")]
    ledger = Ledger(rows(*((kind, UN, kind, 1_000, "2020-01-01", "2020-01-07") for kind in kinds)))
    assert len(ledger.totals) == 0
    assert sorted(ledger.left_out["figure_id"]) == sorted(kinds)
    assert ledger.left_out["why_not"].str.len().min() > 10


def test_a_story_told_twice_counts_once() -> None:
    text = "Some 31,000 people fled Saraqib between 3 and 7 January, the UN said."
    reports = [parse_report(text, report_id=name, published="2020-01-08") for name in ("r1", "r2")]
    ledger = Ledger.from_reports(reports)
    assert ledger.totals["value"].tolist() == [31_000]
    assert ledger.left_out["why_not"].tolist() == ["said again; counted as r1#1"]


def test_derived_persons_of_families_are_in_no_total() -> None:
    report = parse_report("6,200 families fled Saraqib in three days.", report_id="r", published="2020-01-26")
    ledger = Ledger.from_reports([report])
    assert len(ledger.totals) == 0
    assert set(ledger.left_out["why_not"]) == {
        "counted in families, not in persons",
        "worked out by us, not reported",
    }


def test_a_part_larger_than_its_whole_is_flagged() -> None:
    frame = rows(
        ("a", UN, "cumulative", 100_000, "2019-12-01", "2020-01-01"),
        ("b", UN, "subset_flow", 150_000, "2019-12-01", "2020-01-01"),
    ).assign(part_of=[None, "a"])
    assert ("part", "b; a") in found(Ledger(frame))


def test_the_sample_reports_through_the_ledger(sample: Path) -> None:
    reports = [
        parse_report(path.read_text("utf-8"), report_id=path.stem)
        for path in sorted((sample / "reports").glob("*.txt"))
    ]
    ledger = Ledger.from_reports(reports)
    assert len(ledger.series) == sum(len(report.figures) for report in reports)
    assert set(ledger.series.loc[ledger.series["in_total"], "kind"]) <= {"flow", "cumulative"}


def test_the_json_has_the_contracts_four_lists() -> None:
    ledger = Ledger(rows(("a", UN, "cumulative", 400_000, "2019-12-01", "2020-01-10")))
    found_keys = ledger.to_dict()
    assert list(found_keys) == ["series", "findings", "totals", "left_out"]
    assert found_keys["totals"][0]["value"] == 400_000


def test_the_picture_has_a_line_of_steps_for_each_source_and_marks_the_gap() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ledger = Ledger(
        rows(
            ("a", UN, "cumulative", 481_000, "2019-12-01", "2020-01-26"),
            ("b", UN, "flow", 151_000, "2020-01-26", "2020-02-09"),
            ("c", UN, "cumulative", 692_000, "2019-12-01", "2020-02-09"),
            ("d", RCG, "cumulative", 359_471, "2019-11-01", "2020-01-07"),
        )
    )
    ax = ledger.plot()
    labels = ax.get_legend_handles_labels()[1]
    assert sorted(labels) == [f"{RCG}, since 2019-11-01", f"{UN}, since 2019-12-01"]
    assert [text.get_text() for text in ax.texts] == ["gap"]
    matplotlib.pyplot.close(ax.figure)


def test_an_empty_table_gives_an_empty_ledger() -> None:
    ledger = Ledger(rows())
    assert (len(ledger.series), len(ledger.findings), len(ledger.totals), len(ledger.left_out)) == (
        0,
        0,
        0,
        0,
    )


def test_a_ledger_is_a_value() -> None:
    ledger = Ledger(rows(("a", UN, "flow", 1_000, "2020-01-01", "2020-01-02")))
    with pytest.raises(dataclasses.FrozenInstanceError):
        ledger.figures = pd.DataFrame()  # type: ignore[misc]


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(InputError, match=r"without kind, expected the columns .* figures_table"):
        Ledger(rows().drop(columns="kind"))


def test_an_id_that_stands_twice_is_refused() -> None:
    one = ("a", UN, "flow", 1_000, "2020-01-01", "2020-01-02")
    with pytest.raises(InputError, match="given the figure id 'a' twice"):
        Ledger(rows(one, one))


def test_a_wrong_date_is_refused() -> None:
    ledger = Ledger(rows(("a", UN, "flow", 1_000, "1/2/2020", "2020-01-02")))
    with pytest.raises(InputError, match=r"given the date '1/2/2020' for figure a"):
        _ = ledger.series


dates = st.dates(pd.Timestamp("2019-11-01").date(), pd.Timestamp("2020-03-01").date()).map(str)
entries = st.tuples(
    st.sampled_from([UN, RCG]),
    st.sampled_from(KINDS),
    st.integers(1, 1_000_000),
    dates,
    dates,
)


@settings(deadline=None)  # pandas is slow on a busy machine
@given(st.lists(entries, max_size=12))
def test_every_figure_is_in_a_total_or_left_out_with_a_reason(drawn: list[tuple]) -> None:
    frame = rows(*((str(number), *entry) for number, entry in enumerate(drawn)))
    ledger = Ledger(frame)
    taken = set(ledger.series.loc[ledger.series["in_total"], "figure_id"])
    left = set(ledger.left_out["figure_id"])
    assert taken | left == set(frame["figure_id"])
    assert not taken & left
    assert (ledger.left_out["why_not"].str.len() > 0).all()
    largest = frame.loc[frame["kind"].isin(["flow", "cumulative"]), "value"].sum()
    assert (ledger.totals["value"].fillna(0) <= largest).all()


def audited(*reports: tuple[str, str, str]) -> Ledger:
    """Read (id, date, text) and put the figures through the ledger."""
    return Ledger.from_reports(
        [parse_report(text, report_id=name, published=date) for name, date, text in reports]
    )


def test_the_issues_audit_from_sentence_to_finding() -> None:
    rcg = "the Response Coordination Group said."
    ledger = audited(
        ("a", "2020-01-07", f"359,471 people have been displaced since early November, {rcg}"),
        ("b", "2020-01-09", f"Another 20,000 people fled in the past two days, {rcg}"),
        ("c", "2020-01-09", f"Over 379,000 people have been displaced since early November, {rcg}"),
        ("d", "2020-01-09", "370,000 people have been displaced since early November, Anadolu Agency said."),
    )
    assert ("chain", "a#1; b#1; c#1") in found(ledger)
    contradictions = [figures for check, figures in found(ledger) if check == "contradiction"]
    assert any({"c#1", "d#1"} == set(figures.split("; ")) for figures in contradictions)


def test_a_gap_from_sentence_to_finding() -> None:
    ledger = audited(
        ("a", "2020-01-26", "481,000 people have been displaced since 1 December, OCHA said."),
        ("b", "2020-02-09", "Some 151,000 people fled between 26 January and 9 February, OCHA said."),
        ("c", "2020-02-09", "692,000 people have been displaced since 1 December, OCHA said."),
    )
    assert ("gap", "a#1; b#1; c#1") in found(ledger)
    assert any("60,000" in message for message in ledger.findings["message"])


def test_one_number_of_two_organisations_with_two_starts_and_a_count_that_falls() -> None:
    ledger = audited(
        (
            "a",
            "2019-12-30",
            "284,000 people displaced since 1 November, said the Response Coordination Group.",
        ),
        ("b", "2019-12-30", "OCHA said that 284,000 people have been displaced since 1 December."),
        ("c", "2020-01-09", "OCHA said that 240,000 people have been displaced since 1 December."),
    )
    checks = dict(found(ledger))
    assert set(checks["different_start"].split("; ")) == {"a#1", "b#1"}
    assert set(checks["falls"].split("; ")) == {"b#1", "c#1"}


def test_killed_feared_resident_and_abroad_stay_out_of_the_totals_from_sentence_on() -> None:
    ledger = audited(
        (
            "a",
            "2020-01-07",
            "Some 31,000 people fled in four days. 250,000 more might follow. 1,300 people were killed."
            " 425,000 people live in the town. 3.7 million Syrian refugees are in Turkey.",
        )
    )
    assert ledger.totals["value"].tolist() == [31_000]
    assert set(ledger.left_out["figure_id"]) == {"a#2", "a#3", "a#4", "a#5"}
    assert ledger.left_out["why_not"].str.len().min() > 10


def test_a_running_count_that_falls_by_less_than_its_rounding_is_a_warning() -> None:
    ledger = Ledger(
        rows(
            ("a", UN, "cumulative", 284_000, "2019-12-01", "2019-12-30"),
            ("b", UN, "cumulative", 280_000, "2019-12-01", "2020-01-09"),
        )
    )
    assert found(ledger) == [("falls", "a; b")]
    assert ledger.findings["status"][0] == "warning"
    assert "both may be right" in ledger.findings["message"][0]


def test_two_reports_that_name_no_source_are_two_sources() -> None:
    told = (
        ("a", "2020-01-07", "Some 31,000 people fled last week."),
        ("b", "2020-01-08", "Some 22,000 people fled last week."),
    )
    ledger = Ledger.from_reports(
        parse_report(text, report_id=name, published=day) for name, day, text in told
    )
    assert ledger.totals["source_org"].tolist() == ["source not named (a)", "source not named (b)"]
    assert ledger.totals["value"].tolist() == [31_000, 22_000]


def test_of_a_group_told_in_families_first_the_persons_count() -> None:
    report = parse_report(
        "Some 9,450 families (51,780 people) fled last week.", report_id="a", published="2020-01-28"
    )
    assert Ledger.from_reports([report]).totals["value"].tolist() == [51_780]
