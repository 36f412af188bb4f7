"""Reading reports: the cases, the traps, the spans, and the data files of the rules."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.resources
import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idlibgeo.errors import ReportError
from idlibgeo.reports import (
    KINDS,
    MODALITIES,
    ROLES,
    Figure,
    Report,
    figures_table,
    mentions_table,
    parse_report,
)
from idlibgeo.reports.lexicon import lexicon, read_rows
from idlibgeo.reports.mentions import region_rules
from idlibgeo.reports.model import LANGUAGES
from idlibgeo.reports.periods import periods, rules
from idlibgeo.reports.sentence import make_sentence
from idlibgeo.reports.text import fold

CASES = Path(__file__).parent / "cases"
SETS = ("dev.json", "heldout.json", "second.json", "third.json", "fourth.json")
LATER_SETS = ("fifth.json", "sixth.json", "seventh.json", "eighth.json", "ninth.json")
# Written by others while the rules were mended; README.md says how.
NEWEST_SETS = ("tenth.json", "eleventh.json", "twelfth.json", "thirteenth.json")
OWN_SETS = ("own_en.json", "own_fr.json", "own_ar.json", "own_tr.json")
MOVED = ("flow", "cumulative")


def read_cases(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))


def read_case(case: dict) -> Report:
    return parse_report(case["text"], report_id=case["id"], published=case["published"])


def pair(gold: list[dict], figures: tuple[Figure, ...]) -> tuple[list[Figure | None], list[Figure]]:
    """Pair each expected figure with one that was read, by value and unit; give the ones left over too."""
    left = list(figures)
    pairs: list[Figure | None] = []
    for wanted in gold:
        fits = [
            figure for figure in left if figure.unit == wanted["unit"] and figure.value == wanted["value"]
        ]
        fits.sort(key=lambda figure: (figure.kind != wanted["kind"], figure.modality != wanted["modality"]))
        pairs.append(fits[0] if fits else None)
        if fits:
            left.remove(fits[0])
    return pairs, [figure for figure in left if not is_persons_of_families(figure)]


def is_persons_of_families(figure: Figure) -> bool:
    return figure.modality == "derived" and figure.note.startswith("families")


def core_is_right(wanted: dict, figure: Figure | None) -> bool:
    return figure is not None and (figure.kind, figure.modality) == (wanted["kind"], wanted["modality"])


def check_every_field(case: dict) -> None:
    report = read_case(case)
    pairs, left = pair(case["gold"], report.figures)
    assert not left, f"{case['id']}: read too much: {[(figure.value, figure.kind) for figure in left]}"
    for wanted, figure in zip(case["gold"], pairs, strict=True):
        assert figure is not None, f"{case['id']}: {wanted['value']} {wanted['unit']} was not read"
        got = figure.to_dict()
        for name, value in wanted.items():
            expected = pairs[value].id if name in ("part_of", "same_as") and value is not None else value
            assert got[name] == expected, f"{case['id']}: {name} of {wanted['value']}"


@pytest.mark.shared
def test_every_field_that_the_shared_cases_state_is_read(shared: Path) -> None:
    for case in read_cases(shared / "reports" / "cases.json"):
        check_every_field(case)


@pytest.mark.parametrize("case", read_cases(CASES / "dev.json"), ids=lambda case: case["id"])
def test_every_field_that_our_cases_state_is_read(case: dict) -> None:
    check_every_field(case)


@pytest.mark.parametrize("case", read_cases(CASES / "second.json"), ids=lambda case: case["id"])
def test_every_field_of_the_second_round_is_read(case: dict) -> None:
    # Written after the rules and scored once unseen (29 of 37 right, 2 too much); then the rules were mended.
    check_every_field(case)


def score(cases: list[dict]) -> tuple[int, int, int]:
    """Give figures expected, figures right in value, unit, kind and modality, and figures read too much."""
    expected = right = too_much = 0
    for case in cases:
        pairs, left = pair(case["gold"], read_case(case).figures)
        asked = [pairing for pairing in zip(case["gold"], pairs, strict=True) if "optional" not in pairing[0]]
        expected += len(asked)
        right += sum(core_is_right(wanted, figure) for wanted, figure in asked)
        too_much += len(left)
    return expected, right, too_much


def test_the_score_on_cases_written_before_the_rules_does_not_fall() -> None:
    expected, right, too_much = score(read_cases(CASES / "heldout.json"))
    assert expected == 37
    # 34 right and 2 too much at first sight; cases/README.md says how far to trust it. Lower: a rule got worse.
    assert right >= 35
    assert too_much == 0


@pytest.mark.parametrize(
    ("name", "figures", "least", "most_too_much"),
    [
        # Scored once unseen (51 of 70, 5 too much), then the rules were mended with its misses in view.
        ("third.json", 70, 68, 0),
        # Scored once, at the end of that round: 54 of 65, 0 too much. Only one miss was looked at, see README.md.
        ("fourth.json", 65, 53, 1),
        # Each scored once unseen by others' hands, then tuned on; README.md has the first scores.
        ("fifth.json", 576, 556, 4),
        ("sixth.json", 257, 250, 0),
        ("seventh.json", 429, 425, 1),
        ("eighth.json", 317, 309, 1),
        ("ninth.json", 274, 255, 2),
        ("tenth.json", 991, 962, 5),
        ("eleventh.json", 367, 320, 9),
        ("twelfth.json", 702, 670, 2),
        ("thirteenth.json", 633, 600, 7),
        ("own_en.json", 1282, 1214, 16),
        ("own_fr.json", 453, 431, 1),
        ("own_ar.json", 704, 686, 10),
        ("own_tr.json", 1048, 1031, 7),
    ],
)
def test_the_score_of_later_sets_does_not_fall(
    name: str, figures: int, least: int, most_too_much: int
) -> None:
    expected, right, too_much = score(read_cases(CASES / name))
    assert expected == figures
    assert right >= least
    assert too_much <= most_too_much


@pytest.mark.parametrize("name", SETS)
def test_nobody_who_did_not_move_is_ever_read_as_one_who_moved(name: str) -> None:
    # Also what nobody asked for: a figure that is read too much, or may be read, must be in no total.
    wrong = []
    for case in read_cases(CASES / name):
        pairs, left = pair(case["gold"], read_case(case).figures)
        wrong += [(case["id"], figure.value) for figure in left if figure.kind in MOVED]
        wrong += [
            (case["id"], figure.value)
            for wanted, figure in zip(case["gold"], pairs, strict=True)
            if figure is not None and wanted["kind"] not in MOVED and figure.kind in MOVED
        ]
    assert wrong == []


def all_cases() -> list[dict]:
    return [case for name in (*SETS, *LATER_SETS, *NEWEST_SETS) for case in read_cases(CASES / name)]


# Aim: none. The residents "of 9,000 people not one is left", "besides its 11,000 natives", and three more.
_RESIDENTS_MISREAD = {"eleventh.json": 2, "own_en.json": 2, "own_tr.json": 1}


@pytest.mark.parametrize("name", [*LATER_SETS, *NEWEST_SETS, *OWN_SETS])
def test_nobody_killed_feared_or_resident_is_read_as_one_who_moved(name: str) -> None:
    never = {"killed", "injured", "forecast", "population_baseline", "population_at_risk"}
    wrong = []
    for case in read_cases(CASES / name):
        pairs, _ = pair(case["gold"], read_case(case).figures)
        wrong += [
            (case["id"], figure.value)
            for wanted, figure in zip(case["gold"], pairs, strict=True)
            if figure is not None
            and wanted["kind"] in never
            and "optional" not in wanted
            and figure.kind in MOVED
        ]
    assert len(wrong) <= _RESIDENTS_MISREAD.get(name, 0), wrong


@pytest.mark.parametrize(
    ("name", "most"),
    [
        *((name, 0) for name in (*LATER_SETS[:3], "tenth.json", "twelfth.json", "thirteenth.json")),
        ("eighth.json", 1),
        ("ninth.json", 5),
        ("eleventh.json", 4),
        ("own_en.json", 2),
        ("own_fr.json", 2),
        ("own_ar.json", 2),
        ("own_tr.json", 1),
    ],
)
def test_few_who_are_abroad_are_read_as_ones_who_moved(name: str, most: int) -> None:
    # Aim: none. What is left names the country in another clause, or by a town ("Cox's Bazar … has received").
    wrong = 0
    for case in read_cases(CASES / name):
        pairs, _ = pair(case["gold"], read_case(case).figures)
        wrong += sum(
            figure is not None
            and wanted["kind"] == "stock_refugees"
            and "optional" not in wanted
            and figure.kind in MOVED
            for wanted, figure in zip(case["gold"], pairs, strict=True)
        )
    assert wrong <= most


def test_a_third_of_at_least_sixty_cases_was_written_first() -> None:
    assert len(all_cases()) >= 60
    assert len(read_cases(CASES / "heldout.json")) * 3 >= 60


def test_the_span_is_exactly_what_was_read() -> None:
    for case in all_cases():
        report = read_case(case)
        for figure in report.figures:
            assert report.text[figure.start : figure.end] in figure.sentence
            assert figure.sentence in report.text
        for mention in report.mentions:
            assert report.text[mention.start : mention.end] == mention.text


def test_ids_are_readable_and_links_name_figures_of_the_report() -> None:
    for case in all_cases():
        report = read_case(case)
        known = {figure.id for figure in report.figures}
        assert all(figure.id.startswith(f"{case['id']}#") for figure in report.figures)
        for figure in report.figures:
            for link in (figure.same_as, figure.part_of, figure.derived_from):
                assert link is None or (link in known and link != figure.id)
            assert figure.kind in KINDS
            assert figure.modality in MODALITIES
        assert all(mention.role in ROLES for mention in report.mentions)


def only(text: str, published: str = "2020-01-07") -> Figure:
    figures = parse_report(text, report_id="r", published=published).figures
    assert len(figures) == 1, figures
    return figures[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31,000 people fled.", 31_000),
        ("31.000 personnes ont fui.", 31_000),
        ("31 000 personnes ont fui.", 31_000),
        ("31\u202f000 personnes ont fui.", 31_000),
        ("3.7 million people fled.", 3_700_000),
        ("3,7 millions de personnes ont fui.", 3_700_000),
        ("Two hundred thousand people fled.", 200_000),
        ("A quarter of a million people fled.", 250_000),
        ("Three quarters of a million people fled.", 750_000),
        ("One and a half million people fled.", 1_500_000),
        ("A million and a half people fled.", 1_500_000),
        ("31k people fled.", 31_000),
        ("نزح 31 ألف مدني.", 31_000),
        ("نزح ٣٥٩٬٤٧١ شخصاً.", 359_471),
        ("نزح مليون ونصف مليون شخص.", 1_500_000),
        ("نزح خمسة وعشرون ألف شخص.", 25_000),
        ("نزح مئتا ألف شخص.", 200_000),
        ("31 bin sivil kaçtı.", 31_000),
        ("Bir buçuk milyon sivil kaçtı.", 1_500_000),
        ("İki yüz elli bin sivil kaçtı.", 250_000),
        ("Deux cent cinquante mille personnes ont fui.", 250_000),
        ("Quatre-vingt mille personnes ont fui.", 80_000),
    ],
)
def test_numbers_are_read_as_they_are_written(text: str, value: int) -> None:
    figure = only(text)
    assert (figure.value, figure.unit, figure.kind) == (value, "persons", "flow")


@pytest.mark.parametrize(
    "text",
    [
        "On 3 February 2020 they fled.",
        "In 2019 they fled.",
        "They fled 12 km north.",
        "They fled with $40 billion.",
        "They fled from 14 Hospital Street.",
        "300 vehicles fled.",
        "5,000 soldiers fled.",
        "They fled along the M5 at 10:30 under resolution 2504.",
        "The 31st unit fled on 12th Street.",
        "400 goats fled.",
        "هربت 240 آلية و600 جندي.",
        "12 kilometre kaçtı.",
        "Ils ont fui sur 12 km le 3 février 2020.",
    ],
)
def test_what_is_not_people_is_no_figure(text: str) -> None:
    assert parse_report(text, published="2020-02-05").figures == ()


@pytest.mark.parametrize(
    ("words", "low", "value", "high", "qualifier"),
    [
        ("Over 1,000", 1_000, 1_000, None, "over"),
        ("At least 1,000", 1_000, 1_000, None, "over"),
        ("Up to 1,000", None, 1_000, 1_000, "up to"),
        ("Around 1,000", 950, 1_000, 1_050, "around"),
        ("Nearly 1,000", 950, 1_000, 1_000, "around"),
        ("1,000", 1_000, 1_000, 1_000, None),
        ("Between 1,000 and 1,200", 1_000, None, 1_200, "range"),
        ("Dozens of", 24, None, 99, "vague"),
    ],
)
def test_qualifiers_become_bounds(
    words: str, low: int | None, value: int | None, high: int | None, qualifier: str | None
) -> None:
    figure = only(f"{words} people fled.")
    assert (figure.low, figure.value, figure.high, figure.qualifier) == (low, value, high, qualifier)


def test_families_become_persons_by_the_reports_own_factor() -> None:
    report = parse_report(
        "Some 31,000 civilians - 6,200 families - fled in three days. Another 100 families left Saraqib.",
        report_id="r",
        published="2020-01-26",
    )
    derived = [figure for figure in report.figures if figure.modality == "derived"]
    assert [(figure.value, figure.unit, figure.derived_from) for figure in derived] == [
        (500, "persons", "r#3")
    ]
    assert "31000 persons / 6200 families" in derived[0].note


def test_families_become_persons_by_a_default_with_its_source() -> None:
    report = parse_report("6,200 families fled.", report_id="r", published="2020-01-26")
    families, persons = report.figures
    assert (families.unit, families.modality) == ("families", "reported")
    assert (persons.low, persons.value, persons.high) == (24_800, 31_000, 40_300)
    assert persons.derived_from == families.id
    assert "Planning convention" in persons.note


def test_a_number_said_again_is_linked_to_its_first_telling() -> None:
    report = parse_report(
        "Some 31,000 people fled in four days. The 31,000 people who fled need tents.",
        report_id="r",
        published="2020-01-07",
    )
    assert [figure.same_as for figure in report.figures] == [None, "r#1"]


def test_the_same_number_of_another_source_is_another_figure() -> None:
    report = parse_report(
        "284,000 people have been displaced since 1 November, according to the Response Coordination Group;"
        " OCHA also counts 284,000, but since 1 December.",
        report_id="r",
        published="2019-12-30",
    )
    first, second = report.figures
    assert (first.source_org, str(first.period_start)) == ("Response Coordination Group", "2019-11-01")
    assert (second.source_org, str(second.period_start)) == ("UN OCHA", "2019-12-01")
    assert second.same_as is None


def test_roles_in_four_languages() -> None:
    texts = {
        "They fled from Saraqib via Taftanaz to Sarmada after strikes on Ariha.": [
            ("Saraqib", "origin"),
            ("Taftanaz", "passage"),
            ("Sarmada", "destination"),
            ("Ariha", "attacked"),
        ],
        "فر المدنيون من سراقب إلى سرمدا عبر تفتناز.": [
            ("سراقب", "origin"),
            ("سرمدا", "destination"),
            ("تفتناز", "passage"),
        ],
        "Siviller Serakib'den Sarmada'ya kaçtı.": [("Serakib", "origin"), ("Sarmada", "destination")],
        "Les civils ont fui Saraqeb vers Sarmada.": [("Saraqeb", "origin"), ("Sarmada", "destination")],
    }
    for text, expected in texts.items():
        report = parse_report(text, published="2020-01-07")
        assert [(mention.text, mention.role) for mention in report.mentions] == expected


def test_vague_regions_are_mentions() -> None:
    report = parse_report(
        "People fled southern Idlib, the eastern countryside of Saraqib and nearby villages, and took shelter near the"
        " Turkish border and in Jabal Zawiya.",
        published="2020-01-07",
    )
    assert [mention.text for mention in report.mentions] == [
        "southern Idlib",
        "eastern countryside of Saraqib",
        "nearby villages",
        "near the Turkish border",
        "Jabal Zawiya",
    ]


class _Finder:
    """A gazetteer that knows one village, written in small letters."""

    def find(self, text: str) -> list:
        start = text.find("qah")
        return [type("Span", (), {"start": start, "end": start + 3, "text": "qah"})()] if start >= 0 else []


def test_a_place_finder_adds_names_that_form_alone_does_not_show() -> None:
    report = parse_report("People fled to qah.", finder=_Finder(), published="2020-01-07")
    assert [(mention.text, mention.role) for mention in report.mentions] == [("qah", "destination")]


def test_the_header_block_is_read_and_taken_off() -> None:
    report = parse_report(
        "Title: A week\nPublisher: anews\nDate: 2020-01-07\nSource: Response Coordination Group\n"
        "URL: http://example.org\nLanguage: en\n\nSome 31,000 people fled in four days.",
        report_id="r",
    )
    assert (report.title, report.publisher, report.url) == ("A week", "anews", "http://example.org")
    assert report.published == dt.date(2020, 1, 7)
    assert report.figures[0].source_org == "Response Coordination Group"
    assert report.text == "Some 31,000 people fled in four days."


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("ANTAKYA, Turkey, 7 January 2020 (Newswire) - Thousands left.", "2020-01-07"),
        ("Flash Update No. 9 - As of 14 January 2020", "2020-01-14"),
        ("January 14, 2020", "2020-01-14"),
        ("Beyrouth, 30 janvier 2020 (Dépêche) –", "2020-01-30"),
        ("HATAY - 24.01.2020", "2020-01-24"),
        ("28 كانون الثاني 2020", "2020-01-28"),
        ("Published: 2020-01-07", "2020-01-07"),
        # What is told, not when the report is of.
        ("On 12 December 2019, forces entered the town.", None),
        ("Between 1 December 2019 and 8 January 2020 many left.", None),
        ("Displaced from 1 to 7 January 2020", None),
        ("31 February 2020", None),
    ],
)
def test_the_date_line_of_a_text_is_its_date_of_publication(line: str, date: str | None) -> None:
    report = parse_report(f"A headline\n{line}\n\nSome 31,000 people fled in the past four days.")
    assert (report.published.isoformat() if report.published else None) == date
    assert report.title == "A headline"


def test_a_header_may_write_its_date_in_words() -> None:
    report = parse_report("Title: A week\nDate: 7 January 2020\n\nSome 31,000 people fled.")
    assert report.published == dt.date(2020, 1, 7)


def test_a_number_named_again_keeps_its_kind_and_its_parts() -> None:
    report = parse_report(
        "38,200 people were displaced last week. Up to 100,000 more may be displaced.\n\n"
        "Of the 38,200, some 21,000 arrived in Dana.",
        published="2020-01-15",
    )
    first, _, again, part = report.figures
    assert (again.value, again.kind, again.same_as) == (38_200, "flow", first.id)
    assert (part.value, part.kind, part.modality, part.part_of) == (
        21_000, "subset_arrivals", "reported", first.id,
    )  # fmt: skip


def test_a_table_takes_the_heading_above_it_row_by_row() -> None:
    report = parse_report(
        "Arrivals by sub-district, 8-14 January\n\n| Sub-district | People | Families |\n\n"
        "| Dana | 21,000 | 3,900 |\n\n| Salqin | 9,400 | 1,800 |",
        published="2020-01-15",
    )
    rows = [(figure.value, figure.unit, figure.kind) for figure in report.figures]
    assert rows == [
        (21_000, "persons", "flow"),
        (3_900, "families", "flow"),
        (9_400, "persons", "flow"),
        (1_800, "families", "flow"),
    ]
    assert [figure.same_as for figure in report.figures] == [
        "report#1" if n == 1 else "report#3" if n == 3 else None for n in range(4)
    ]


def test_in_a_week_is_a_time_and_no_rate() -> None:
    assert [f.value for f in parse_report("In a week, 5,000 people left Ariha.").figures] == [5_000]
    assert parse_report("An average of 5.4 people share each tent.").figures == ()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule['language']}: {rule['example']}")
def test_every_period_rule_reads_its_own_example(rule: dict) -> None:
    sentence = make_sentence(rule["example"], 0, lexicon(rule["language"]), published=dt.date(2020, 1, 7))
    found = periods(sentence)
    assert len(found) == 1, f"{rule['example']}: {found}"
    start, end = (date.isoformat() if date else "" for date in (found[0].start, found[0].end))
    assert f"{start}/{end}" == rule["gives"]


@pytest.mark.parametrize("rule", region_rules(), ids=lambda rule: f"{rule['language']}: {rule['example']}")
def test_every_region_rule_finds_its_own_example(rule: dict) -> None:
    report = parse_report(f"{rule['example']}.", language=rule["language"])
    assert report.mentions, rule["example"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_in_a_word_list_holds_its_word(language: str) -> None:
    words = lexicon(language)
    for row in read_rows(language):
        if not row["example"] or row["class"] in ("proclitic", "name_stop", "telltale"):
            continue
        found = make_sentence(row["example"], 0, words).by_kind
        labels = {(kind, hit.entry.label) for kind, hits in found.items() for hit in hits}
        if row["class"] != "ignore":
            assert (row["class"], row["label"]) in labels, row


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_list_is_a_table_that_a_spreadsheet_can_edit(language: str) -> None:
    text = (importlib.resources.files("idlibgeo.reports") / f"words_{language}.csv").read_text(
        encoding="utf-8"
    )
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["class", "label", "words", "value", "low", "high", "weight", "example", "note"]
    assert {len(row) for row in rows} == {9}
    # An empty word would fit everywhere.
    assert [row[:2] for row in rows if not all(word.strip() for word in row[2].split("|"))] == []


def test_tables_have_the_columns_of_their_layers() -> None:
    schema = importlib.resources.files("idlibgeo") / "schema_columns.csv"
    wanted = [
        row["column"] for row in csv.DictReader(schema.read_text().splitlines()) if row["layer"] == "figures"
    ]
    report = parse_report("Some 31,000 people fled Saraqib.", report_id="r", published="2020-01-07")
    assert list(figures_table([report]).columns) == wanted
    assert list(figures_table([]).columns) == wanted
    assert mentions_table([report])["text"].tolist() == ["Saraqib"]


def test_the_json_of_a_report_is_the_contracts() -> None:
    report = parse_report(
        "Some 31,000 people fled Saraqib in four days.", report_id="r", published="2020-01-07"
    )
    found = json.loads(json.dumps(report.to_dict()))
    assert {"id", "title", "published", "text", "figures", "mentions"} <= set(found)
    assert found["published"] == "2020-01-07"
    assert found["figures"][0]["period_start"] == "2020-01-03"
    assert found["figures"][0]["origin"] == ["Saraqib"]
    assert set(found["mentions"][0]) == {"text", "start", "end", "role"}


# ---- wrong and hostile input


@pytest.mark.parametrize("text", ["", "  \n ", "\u200f\u202a"])
def test_an_empty_report_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match=r"given an empty text, expected .* Nothing was read\."):
        parse_report(text)


def test_a_binary_text_is_refused() -> None:
    with pytest.raises(ReportError, match="given binary data"):
        parse_report("GIF89a\x00\x00")


def test_a_wrong_date_is_refused() -> None:
    with pytest.raises(ReportError, match=r"given the date of publication '7/1/2020', expected YYYY-MM-DD"):
        parse_report("31,000 fled.", published="7/1/2020")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ReportError, match="given language 'xx'"):
        parse_report("31,000 fled.", language="xx")


def test_a_number_of_400_digits_is_skipped() -> None:
    report = parse_report(f"{'9' * 400} people fled, and 31,000 others left.", published="2020-01-07")
    assert [figure.value for figure in report.figures] == [31_000]
    assert any("digits" in note for note in report.notes)


def test_bidirectional_controls_do_not_hide_a_number() -> None:
    report = parse_report("نزح \u202b31\u200f ألف\u202c مدني.", published="2020-01-07")
    assert report.figures[0].value == 31_000
    assert "\u202b" not in report.text


@pytest.mark.parametrize(
    "text",
    [
        "1," * 20_000 + "000 people",
        "more than " * 10_000 + "1,000 people fled",
        "and a half " * 10_000,
        "million " * 20_000,
        "since early " * 10_000 + "November",
        "between 1 and " * 10_000,
        "A" * 50_000 + " fled",
        "Al-" * 20_000,
        "((((" * 20_000,
        "من " * 20_000,
        "'" * 50_000,
        "31 000 " * 10_000,
        "of them " * 10_000 + "75 %",
        ". " * 30_000,
    ],
)
def test_nothing_makes_the_reader_hang(text: str) -> None:
    started = time.perf_counter()
    parse_report(text, published="2020-01-07")
    assert time.perf_counter() - started < 20


WORDS = (
    "31,000 31 ألف 3.7 million people civilians fled from Saraqib to the Turkish border since early November 75 %"
    " of them over up to . , ; - ( ) between and 12 25 December families ٣٥٩٬٤٧١ بين من إلى نزح kaçtı bin 'den sivil"
    " personnes ont fui depuis \u202b \u200f \n \n\n may killed a half quarter $ km M5 2020 yüzde بالمئة"
)
words = st.sampled_from(WORDS.split(" "))
ODD = ("00", "0.764 452", "(7)", "2.", "½", "1-3", "10:30", "5%", "• ", "/", "|", "\n- ", "—", "'", "\n")


@st.composite
def listed_words(draw: st.DrawFn) -> str:
    """Words of one language's list, numbers and signs in any order."""
    language = draw(st.sampled_from(LANGUAGES))
    rows = st.sampled_from(read_rows(language))
    word = rows.map(lambda row: row["words"].replace("*", "").split("|")[-1])
    return " ".join(draw(st.lists(st.one_of(word, words, st.sampled_from(ODD)), min_size=1, max_size=40)))


@settings(max_examples=400, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(listed_words())
def test_any_order_of_listed_words_is_read_without_error(text: str) -> None:
    check_whatever_was_read(text)


# Each made the reader fail once: a number that ends the text behind its noun, a share without a number, a zero,
# brackets in one another.
@pytest.mark.parametrize(
    "text",
    [
        "over 31 % may",
        "خرج غالبية سكانه / نازحتان",
        "güvenli yerlere iniyor yarısı",
        "( - 0.764 452 people fled ( - ( 12 ) - )",
        "00 people - fled ( to - Idlib ) 12",
    ],
)
def test_what_once_made_the_reader_fail_is_read(text: str) -> None:
    check_whatever_was_read(text)


@settings(max_examples=150, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(words, max_size=60).map(" ".join))
def test_any_order_of_the_readers_own_words_is_read_without_error(text: str) -> None:
    check_whatever_was_read(text)


@settings(max_examples=150, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    check_whatever_was_read(text)


def check_whatever_was_read(text: str) -> None:
    try:
        report = parse_report(text, report_id="r", published="2020-01-07")
    except ReportError:
        return
    assert len(fold(report.text)) == len(report.text)
    for figure in report.figures:
        assert 0 <= figure.start < figure.end <= len(report.text)
        assert figure.low is None or figure.high is None or figure.low <= figure.high
    for mention in report.mentions:
        assert report.text[mention.start : mention.end] == mention.text


def test_memory_does_not_grow_with_the_number_of_reports() -> None:
    def read(number: int) -> None:
        parse_report(
            f"Some {31_000 + number:,} people fled Village{number} in four days.", published="2020-01-07"
        )

    for number in range(50):
        read(number)
    tracemalloc.start()
    for number in range(50, 250):
        read(number)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 500_000  # 200 reports with all their values would be ten times that


def test_turkish_is_read_without_its_letters() -> None:
    figures = parse_report(
        "Son dort gunde 31 binden fazla sivil Serakib'den Turkiye sinirina kacti; 12 kisi olduruldu.",
        report_id="r",
        published="2020-01-07",
    ).figures
    assert [(figure.value, figure.kind) for figure in figures] == [(31_000, "flow"), (12, "killed")]
    assert str(figures[0].period_start) == "2020-01-03"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Aid reached 60,000 people in January.", "other"),
        ("Partners reached 1.1 million people with food last week.", "other"),
        ("68,700 people crossed into Chad last week.", "stock_refugees"),
        ("68,700 people crossed to Turkey's side of the hill last week.", "flow"),
        ("5,000 people stayed behind.", "population_baseline"),
        ("Some 5,000 people a day leave the city.", "other"),
        ("وزعت المنظمة سلالاً على 60 ألف نازح.", "other"),
        ("فرّ 3 ملايين أوكراني إلى بولندا.", "stock_refugees"),
        ("Ukrayna'dan Polonya'ya 2 milyon kişi göç etti.", "stock_refugees"),
        ("Quelque 30.000 personnes ont fui au Tchad.", "stock_refugees"),
    ],
)
def test_helped_abroad_and_stayed_are_no_flows(text: str, kind: str) -> None:
    assert {figure.kind for figure in parse_report(text, published="2020-01-07").figures} == {kind}


def test_an_insertion_does_not_part_a_number_from_its_verb() -> None:
    texts = (
        "Some 28,000 people - most of them children - fled Saraqib last week.",
        "Some 28,000 people (among them 9,000 children) fled Saraqib last week.",
        "Some 28,000 people, among them 9,000 children, fled Saraqib last week.",
    )
    for text in texts:
        figure = parse_report(text, published="2020-01-07").figures[0]
        assert (figure.value, figure.kind, figure.origin) == (28_000, "flow", ("Saraqib",))


def test_a_rounded_number_and_its_count_are_one_group() -> None:
    rough, exact = parse_report(
        "Nearly a million people (948,000) have fled since December.", report_id="r", published="2020-02-23"
    ).figures
    assert (rough.kind, exact.kind, exact.same_as) == ("cumulative", "cumulative", rough.id)


def test_a_number_that_states_its_own_width() -> None:
    figure = only("Une quarantaine de blessés.")
    assert (figure.low, figure.value, figure.high, figure.qualifier) == (36, 40, 44, "around")


def test_the_number_of_a_share_whose_whole_is_not_said_is_no_running_count() -> None:
    figure = only("Nearly 80 percent of the newly displaced, or 720,000 people, are women and children.")
    assert (figure.value, figure.kind) == (720_000, "subset_demographic")


def test_residents_half_of_whom_may_flee_stay_residents() -> None:
    half, whole = parse_report("They expect half of the 70,000 residents to flee.", report_id="r").figures
    assert (half.value, half.kind, half.modality, half.part_of) == (35_000, "forecast", "derived", whole.id)
    assert (whole.value, whole.kind, whole.modality) == (70_000, "population_baseline", "reported")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A whole keeps the clause that hangs on it; the verb of the sentence is its part's.
        (
            "Nearly 170,000 of the 900,000 people displaced since December are in tents.",
            [(170_000, "subset_shelter"), (900_000, "cumulative")],
        ),
        (
            "Half of the 60,000 people who reached Azaz last week have found a roof with relatives.",
            [(30_000, "subset_shelter"), (60_000, "flow")],
        ),
        # Numbers that add up to another are its parts: 12 + 23 + 9 = 44.
        (
            "In four days 12,000 people fled from Saraqib, 23,000 from Ariha and 9,000 from Kafr Nabl,"
            " 44,000 people altogether.",
            [
                (12_000, "subset_flow"),
                (23_000, "subset_flow"),
                (9_000, "subset_flow"),
                (44_000, "flow"),  # "altogether" sums up, it continues nothing
            ],
        ),
        (
            "More than 2.3 million people have fled Ukraine since 24 February.",
            [(2_300_000, "stock_refugees")],
        ),
        ("Chad has received 180,000 people from Darfur since April.", [(180_000, "stock_refugees")]),
        ("The governor denied reports that 5,000 people had fled the town.", [(5_000, "other")]),
        (
            "Women and children make up 80 per cent of the 500,000 displaced.",
            [(400_000, "subset_demographic"), (500_000, "stock")],
        ),
        # "Left" right before a number caused something; nobody departed.
        ("The raids left 634,000 people without a home.", [(634_000, "stock")]),
        (
            "Displaced since 1 December: 900,000\nIn camps: 300,000",
            [(900_000, "cumulative"), (300_000, "subset_shelter")],
        ),
        # An age, children of one family and a distance count nobody.
        ("Said Khaled, 34, who fled with his six children: we walked 40 kilometres.", []),
        ("Twenty thousand went on Friday, 15,000 on Sunday.", [(20_000, "flow"), (15_000, "flow")]),
    ],
)
def test_grammar_tells_whom_a_verb_speaks_of(text: str, expected: list[tuple[int, str]]) -> None:
    figures = parse_report(text, report_id="r", published="2020-02-20").figures
    assert [(figure.value, figure.kind) for figure in figures] == expected
