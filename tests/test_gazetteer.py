"""Names: every spelling of a place, no silent homonym."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from idlibgeo.errors import InputError
from idlibgeo.gazetteer import Context, Gazetteer
from idlibgeo.geo import Bounds

CASES = Path(__file__).parent / "cases"

TOWNS = pd.DataFrame(
    [
        ("Ma'arrat An Nu'man", "معرة النعمان", "C3985", "SY070200", 36.6766, 35.6476),
        ("Jarjnaz", "جرجناز", "C3977", "SY070200", 36.77, 35.62),
        ("Dana (Ma'arrat An Nu'man)", "الدانا - مركز معرة النعمان", "C3965", "SY070200", 36.64, 35.67),
        ("Dana (Dana)", "الدانا - دانا", "C4126", "SY070301", 36.77, 36.21),
        ("Dana (Al Bab)", "الدانا - مركز الباب", "C8154", "SY020200", 37.62, 36.40),
        ("Ariha", "أريحا - مركز أريحا", "C4278", "SY070500", 36.61, 35.81),
        ("Kafr Nobol", "كفر نبل", "C4068", "SY070203", 36.56, 35.61),
        ("Jisr-Ash-Shugur", "جسر الشغور", "C4199", "SY070400", 36.32, 35.81),
        ("Has", "حاس", "C4058", "SY070203", 36.58, 35.63),
        ("Atma", "اطمه", "C4130", "SY070301", 36.69, 36.30),
        ("Deir Hassan - Darhashan", "دير حسان_درحشان", "C4129", "SY070301", 36.71, 36.27),
    ],
    columns=["name", "name_ar", "pcode", "adm3_pcode", "lon", "lat"],
).assign(
    adm1_pcode=lambda t: t["adm3_pcode"].str[:4],
    adm2_pcode=lambda t: t["adm3_pcode"].str[:6],
    adm3_name=["Ma'arrat An Nu'man"] * 3
    + ["Al Bab", "Al Bab", "Ariha", "Kafr Nobol", "Jisr-Ash-Shugur", "Kafr Nobol", "Dana", "Dana"],
    adm3_name_ar="",
)
TOWNS.loc[3, "adm3_name"] = "Dana"
TOWNS.loc[2, "adm3_name"] = "Ma'arrat An Nu'man"


HAND_MADE = Gazetteer.from_table(TOWNS, source="hand-made")


@pytest.fixture
def north_west(shared: Path) -> pd.DataFrame:
    """The communities of the four governorates of the north-west."""
    table = pd.read_csv(shared / "places" / "ocha_locations.csv")
    return table[table["admin1Pcode"].isin(["SY02", "SY05", "SY06", "SY07"])]


@pytest.fixture
def towns() -> Gazetteer:
    return HAND_MADE


@pytest.mark.parametrize(
    ("spelling", "pcode"),
    [
        ("Maarat al-Numan", "C3985"),
        ("معره النعمان", "C3985"),
        ("Cercanaz", "C3977"),
        ("Kafranbel", "C4068"),
        ("Cisr eş-Şuğur", "C4199"),
        ("Djisr ech-Choughour", "C4199"),
        ("اطمة", "C4130"),
        ("Hass", "C4058"),
        ("Deir Hassan", "C4129"),
    ],
)
def test_a_spelling_finds_its_place(towns: Gazetteer, spelling: str, pcode: str) -> None:
    assert towns.candidates(spelling)[0].pcode == pcode


def test_the_english_name_of_another_town_does_not_find_its_arabic_namesake(towns: Gazetteer) -> None:
    assert towns.resolve("Jericho").status == "outside"
    assert towns.candidates("Jericho") == []
    assert towns.resolve("أريحا").place.pcode == "C4278"  # type: ignore[union-attr]
    assert towns.find("The road from Jericho to the valley was closed.") == []


def test_homonyms_without_evidence_are_ambiguous_and_all_listed(towns: Gazetteer) -> None:
    answer = towns.resolve("Dana")
    assert answer.status == "ambiguous"
    assert answer.candidates[0].pcode == "C4126"
    assert {c.pcode for c in answer.candidates} >= {"C3965", "C4126", "C8154"}


@pytest.mark.parametrize(
    ("name", "context", "pcode"),
    [
        ("Dana", Context(near=(36.7, 35.6)), "C3965"),
        ("Dana", Context(within="SY0202"), "C8154"),
        ("Dana (Ma'arrat An Nu'man)", Context(), "C3965"),
        ("Dana", Context(others=((36.69, 36.30),)), "C4126"),
    ],
)
def test_evidence_chooses_among_homonyms(towns: Gazetteer, name: str, context: Context, pcode: str) -> None:
    answer = towns.resolve(name, context=context)
    assert answer.status == "resolved"
    assert answer.place is not None
    assert answer.place.pcode == pcode


def test_reasons_are_words(towns: Gazetteer) -> None:
    assert towns.candidates("Cercanaz")[0].reasons == ("j = c", "nearest to جرجناز", "P-code C3977")
    assert "exact on the Arabic name" in towns.candidates("جرجناز")[0].reasons


def test_places_in_three_scripts_are_found_with_exact_positions(towns: Gazetteer) -> None:
    text = "Ma’arat al-Nu‘man, Cercenaz'dan; نزح مدنيون من كفرنبل وأطمة"
    spans = towns.find(text)
    assert [s.text for s in spans] == ["Ma’arat al-Nu‘man", "Cercenaz", "كفرنبل", "أطمة"]
    assert all(text[s.start : s.end] == s.text for s in spans)


def test_a_name_that_is_a_word_needs_evidence(towns: Gazetteer) -> None:
    assert towns.find("Has anybody left? He has three children.") == []
    assert [s.text for s in towns.find("They left the village of Has.")] == ["Has"]


def test_unresolved_mentions_are_listed_and_not_dropped(towns: Gazetteer) -> None:
    mentions = pd.DataFrame(
        {
            "mention_id": ["m1", "m2", "m3"],
            "report_id": "r",
            "text": ["Maarat al-Numan", "Atlantis", "Dana"],
            "start": 0,
            "end": 5,
            "role": ["origin", "origin", "context"],
            "sentence": "",
        }
    )
    layer = towns.resolve_mentions(mentions)
    assert layer["status"].tolist() == ["resolved", "unresolved", "resolved"]
    assert layer["pcode"].tolist()[2] == "C3965"  # the other place of the report is beside it
    assert layer.geometry.isna().tolist() == [False, True, False]


def test_the_same_place_from_two_tables_becomes_one(towns: Gazetteer) -> None:
    other = pd.DataFrame({"name": ["Jarjanaz", "Sarmin"], "lon": [36.775, 36.72], "lat": [35.621, 35.90]})
    both = towns.stack(Gazetteer.from_table(other, source="elsewhere"))
    assert len(both) == len(towns) + 1
    row = both.table.set_index("pcode").loc["C3977"]
    assert row["source"] == "hand-made; elsewhere"
    assert row["alternates"] == "Jarjanaz"


def test_an_empty_gazetteer_answers_cleanly() -> None:
    empty = Gazetteer.from_table(TOWNS.iloc[:0], source="empty")
    assert len(empty) == 0
    assert empty.candidates("Idlib") == []
    assert empty.find("They left Idlib for إدلب.") == []
    assert empty.resolve("Idlib").status == "unresolved"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lat": [200.0, *TOWNS["lat"][1:]]}, r"line 2.*degrees"),
        ({"lon": TOWNS["lon"] * 100_000}, "look like metres"),
        ({"pcode": ["C3977", *TOWNS["pcode"][1:]]}, r"pcode C3977.*lines 2, 3"),
        ({"name": ["", *TOWNS["name"][1:]], "name_ar": ["", *TOWNS["name_ar"][1:]]}, "no name in line 2"),
        ({"lat": TOWNS["lon"], "lon": TOWNS["lat"]}, "Latitude and longitude are swapped"),
        ({"lat": ["north", *TOWNS["lat"][1:]]}, r"'north' as lat in line 2"),
        ({"lat": [np.nan, *TOWNS["lat"][1:]]}, r"no position .* line 2"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Gazetteer.from_table(TOWNS.assign(**change), source="wrong")


def test_a_table_without_positions_says_which_columns_it_has() -> None:
    with pytest.raises(InputError, match="lon, lat not found"):
        Gazetteer.from_table(pd.DataFrame({"name": ["Idlib"]}), columns={"name": "name"}, source="names")


def test_a_layer_of_points_gives_its_positions(towns: Gazetteer) -> None:
    points = gpd.points_from_xy(TOWNS["lon"], TOWNS["lat"])
    layer = gpd.GeoDataFrame(TOWNS.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
    places = Gazetteer.from_table(layer.to_crs("EPSG:32637"), source="layer")
    np.testing.assert_allclose(places.table["lon"], TOWNS["lon"], atol=1e-9)


def test_a_geonames_dump_without_header_is_recognised() -> None:
    rows = [
        [1, "Sarmada", "Sarmada", "سرمدا,Sermada", 36.18, 36.72, "P", "PPL", "SY", "", "12", "", "", "", 15000, "", 400,
         "Asia/Damascus", "2020-01-01"],
        [2, "Some Hotel", "Some Hotel", "", 36.2, 36.7, "S", "HTL", "SY", "", "12", "", "", "", 0, "", 1, "x", "y"],
    ]  # fmt: skip
    places = Gazetteer.from_table(pd.DataFrame(rows), source="GeoNames")
    assert places.table[["name", "name_ar", "place_id"]].values.tolist() == [["Sarmada", "سرمدا", "1"]]


def test_a_name_of_a_whole_page_is_refused(towns: Gazetteer) -> None:
    with pytest.raises(InputError, match=r"10000 letters .* find\(\)"):
        towns.candidates("a" * 10_000)


@settings(deadline=None, max_examples=60)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="abdhk'- ادرنالً́", max_size=60)))
def test_any_text_has_a_clean_answer(text: str) -> None:
    places = HAND_MADE
    assert all(0 <= c.score <= 1 for c in places.candidates(text))
    assert all(text[s.start : s.end] == s.text for s in places.find(text))


@pytest.mark.shared
def test_press_spellings_find_their_communities(shared: Path, north_west: pd.DataFrame) -> None:
    places = Gazetteer.from_table(north_west, source="OCHA")
    assert len(places) == 3684
    for name, least in (("places/spellings.csv", 0.97), ("", 0.95)):
        cases = pd.read_csv(shared / name if name else CASES / "names_spellings.csv")
        found = places.candidates_many(cases["spelling"].tolist(), limit=5)
        codes = [[c.pcode for c in answer] for answer in found]
        top_1 = np.mean([c[:1] == [p] for c, p in zip(codes, cases["pcode"], strict=True)])
        top_5 = np.mean([p in c for c, p in zip(codes, cases["pcode"], strict=True)])
        assert top_1 >= least
        assert top_5 == 1.0


@pytest.mark.shared
def test_few_names_that_are_not_there_are_taken_for_a_place(shared: Path) -> None:
    places = Gazetteer.from_table(pd.read_csv(shared / "places" / "ocha_locations.csv"), source="OCHA")
    absent = pd.read_csv(CASES / "names_absent.csv")["name"].tolist()
    assert len(absent) >= 200
    area = Context(area=Bounds(35.7, 35.2, 37.3, 37.0), country="SY")
    taken = {"resolved", "ambiguous"}
    accepted = [name for name in absent if places.resolve(name).status in taken]
    in_area = [name for name in absent if places.resolve(name, context=area).status in taken]
    assert len(accepted) <= 0.01 * len(absent), accepted
    assert in_area == []


BORDER = LineString([(36.3, 36.2), (36.72, 36.32), (37.5, 36.7)])


@pytest.mark.parametrize(
    ("role", "pcode"),
    [("destination", "C4126"), ("origin", "C3965")],
)
def test_the_sense_of_the_movement_tells_the_danas_apart(towns: Gazetteer, role: str, pcode: str) -> None:
    mentions = pd.DataFrame(
        {
            "mention_id": ["m1"],
            "report_id": "r",
            "text": ["Dana"],
            "start": 0,
            "end": 4,
            "role": role,
            "sentence": "",
        }
    )
    area = Bounds(35.7, 35.2, 37.3, 37.0)
    context = Context(area=area, country="SY", border=BORDER, conflict=Point(36.75, 35.55))
    layer = towns.resolve_mentions(mentions, context=context)
    assert layer["pcode"].tolist() == [pcode]
    assert layer["status"].tolist() == ["resolved"]


def test_areas_carry_their_rule_and_a_radius_that_reaches_their_edge(towns: Gazetteer) -> None:
    boundaries = gpd.GeoDataFrame({"pcode": ["SY07"]}, geometry=[box(36, 35, 37, 36)], crs="EPSG:4326")
    idlib = pd.DataFrame(
        {"name": ["Idlib"], "adm1_pcode": "SY07", "adm3_pcode": "SY070000", "lon": 36.63, "lat": 35.93}
    )
    places = towns.stack(Gazetteer.from_table(idlib, source="one")).with_boundaries(boundaries)
    answer = places.resolve("southern Idlib")
    assert answer.status == "resolved"
    assert answer.place is not None
    assert answer.place.geometry.bounds == (36.0, 35.0, 37.0, 35.5)  # type: ignore[union-attr]
    assert answer.place.radius_m == pytest.approx(53_300, rel=0.01)  # half the diagonal of 90.9 by 55.5 km
    assert answer.rule == "south of the centroid of the boundary of SY07"


def test_the_border_strip_is_ten_kilometres_wide(towns: Gazetteer) -> None:
    answer = towns.resolve("close to the Turkish frontier", context=Context(border=BORDER))
    assert answer.place is not None
    assert answer.place.name == "near the Turkish border"
    assert answer.place.geometry.contains(Point(36.72, 36.25))  # type: ignore[union-attr]
    assert towns.resolve("close to the Turkish frontier").status == "unresolved"


def test_villages_around_it_are_around_the_place_named_before(towns: Gazetteer) -> None:
    mentions = pd.DataFrame(
        {
            "mention_id": ["m1", "m2", "m3"],
            "report_id": ["r", "r", "other"],
            "text": ["Jarjanaz", "villages around it", "nearby villages"],
            "start": [0, 13, 0],
            "end": [8, 31, 15],
            "role": "origin",
            "sentence": "",
        }
    )
    layer = towns.resolve_mentions(mentions)
    assert layer["name"].tolist()[:2] == ["Jarjnaz", "around Jarjnaz"]
    assert layer["radius_m"].tolist()[1] == pytest.approx(
        12_000, rel=0.02
    )  # 10 km beyond its own radius of 2 km
    assert layer["status"].tolist() == ["resolved", "resolved", "unresolved"]


def test_the_road_between_two_towns_reaches_both(towns: Gazetteer) -> None:
    answer = towns.resolve("the road between Ariha and Jisr al-Shughur")
    assert answer.place is not None
    assert answer.place.geometry.covers(Point(36.61, 35.81))  # type: ignore[union-attr]
    assert "between Ariha and Jisr" in answer.place.name


def test_odd_characters_are_read_as_what_they_mean(towns: Gazetteer) -> None:
    for written in (
        "Ja\u0301rjna\u0300z",
        "\u200fجرجناز\u200e",
        "جَرْجَناز",
        "جرجنـــاز",
        "JARJNAZ\n",
        "jarjnaz جرجناز",
    ):
        assert towns.candidates(written)[0].pcode == "C3977", written
    assert towns.candidates("a") == []
    assert towns.candidates("\x00\u0301") == []


def test_an_english_word_is_no_place_for_lack_of_a_better_one(towns: Gazetteer) -> None:
    assert towns.resolve("has").status in {"ambiguous", "resolved"}  # asked for by name, it is one
    assert towns.find("It has begun. Has it? THE TOWN HAS FALLEN.") == []


@pytest.mark.shared
def test_unseen_spellings_are_found_in_sentences_and_few_words_are_taken_for_places(shared: Path) -> None:
    from pydoc_data.topics import topics

    places = Gazetteer.from_table(pd.read_csv(shared / "places" / "ocha_locations.csv"), source="OCHA")
    sample = pd.read_csv(Path(__file__).parents[1] / "data/sample/places_geonames.csv", keep_default_na=False)
    places = places.stack(Gazetteer.from_table(sample, source="GeoNames"))
    missed = []
    for name in pd.read_csv(CASES / "names_spellings.csv")["spelling"]:
        arabic = any("\u0600" <= char <= "\u06ff" for char in name)
        text = f"نزح مدنيون من {name} يوم أمس" if arabic else f"Many people fled from {name} last night."
        if name not in [span.text for span in places.find(text)]:
            missed.append(name)
    assert len(missed) <= 0.04 * 239, missed
    prose = " ".join(topics.values())  # 465,000 letters about Python: no place is in them
    assert len(places.find(prose)) <= 60


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Jericho", "Jericho, a city of Palestinian Territories"),
        ("Mosul", "Mosul, a city of Iraq"),
        ("Musul", "Mosul, a city of Iraq"),
        ("الموصل", "Mosul, a city of Iraq"),
        ("Khartoum", "Khartoum, a city of Sudan"),
        ("Kyiv", "Kyiv, a city of Ukraine"),
        ("Ankara", "Ankara, a city of Türkiye"),
        ("Beyrouth", "Beirut, a city of Lebanon"),
        ("Turkey", "Türkiye, a country"),
        ("تركيا", "Türkiye, a country"),
    ],
)
def test_countries_and_cities_elsewhere_are_known_as_such(towns: Gazetteer, name: str, told: str) -> None:
    answer = towns.resolve(name)
    assert answer.status == "outside"
    assert answer.rule == f"{told}; not a place of this gazetteer"
    assert towns.candidates(name) == []
    assert towns.find(f"Talks were held in {name} today.") == []


def test_a_city_that_the_gazetteer_holds_is_not_outside() -> None:
    mosul = pd.DataFrame({"name": ["Mosul"], "lon": [43.13], "lat": [36.34]})
    assert Gazetteer.from_table(mosul, source="Iraq").resolve("Mosul").status == "resolved"


def test_a_village_that_shares_its_name_with_a_metropolis_is_ambiguous_unless_the_area_is_known() -> None:
    village = pd.DataFrame(
        {"name": ["Antakya"], "kind": "hamlet", "lon": [36.9], "lat": [35.2], "pcode": "C1"}
    )
    places = Gazetteer.from_table(village, source="one")
    answer = places.resolve("Antakya")
    assert answer.status == "ambiguous"
    assert answer.rule == "Antakya C1 or Antakya, a city of Türkiye: nothing says which"
    area = Context(area=Bounds(35.7, 35.0, 37.3, 37.0))
    assert places.resolve("Antakya", context=area).status == "resolved"


def test_a_word_of_everyday_language_is_a_place_only_by_its_very_name(towns: Gazetteer) -> None:
    assert towns.candidates("has")[0].pcode == "C4058"
    for word in ("people", "hospital", "hôpital", "çadır", "نازحين"):
        assert towns.resolve(word).status == "unresolved", word


def test_a_parent_behind_a_dash_is_no_name_of_the_place() -> None:
    table = pd.DataFrame(
        {
            "name": ["Qanater (Big Orm)", "Big Orm", "Deir Hassan - Darhashan"],
            "name_ar": ["القناطر - أورم الكبرى", "أورم الكبرى", "دير حسان_درحشان"],
            "lon": [36.9, 36.96, 36.71],
            "lat": [36.1, 36.08, 36.27],
        }
    )
    places = Gazetteer.from_table(table, source="OCHA")
    assert [c.name for c in places.candidates("Urem al-Kubra")] == ["Big Orm"]
    assert places.candidates("Darhashan")[0].name == "Deir Hassan"
    assert places.table["alternates"].tolist() == ["", "", "Darhashan|درحشان"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yacoubiyeh", "اليعقوبية"),  # c = k
        ("Guebelli", "Gebelli"),  # gu before e
        ("Elbab", "الباب"),  # the article written on to a short name
        ("Khawari", "خوارى"),  # alef maqsura for ya
        ("Urem al-Sughra", "أورم الصغرى"),  # initial alef and waw; little
        ("Ghadfa", "الغدقة"),  # a dot more or less
    ],
)
def test_rules_of_spelling(one: str, other: str) -> None:
    table = pd.DataFrame(
        {"name": [other, "Halba", "Njara", "Raqqa"], "lon": 36.5, "lat": [35.0, 35.5, 36.0, 36.5]}
    )
    assert Gazetteer.from_table(table, source="t").candidates(one, least_best=0.0)[0].lat == 35.0


def test_a_vowel_at_the_head_or_the_end_of_a_name_is_written_in_arabic_too() -> None:
    table = pd.DataFrame(
        {"name": ["نجارة", "عنجارة", "حلب", "الهلبة"], "lon": 36.5, "lat": [35.0, 35.5, 36.0, 36.5]}
    )
    places = Gazetteer.from_table(table, source="t")
    assert [places.candidates(name)[0].name for name in ("Injara", "Njara", "Helbeh", "Halab")] == [
        "عنجارة", "نجارة", "الهلبة", "حلب",
    ]  # fmt: skip


@pytest.mark.shared
def test_spellings_that_no_rule_was_made_for(north_west: pd.DataFrame) -> None:
    """Both halves: by dev rules were made, by test none; a homonym in the four governorates counts as a miss."""
    places = Gazetteer.from_table(north_west, source="OCHA")
    cases = pd.read_csv(CASES / "names_unseen.csv")
    found = places.candidates_many(cases["spelling"].tolist(), limit=5, least_best=0.0)
    codes = [[c.pcode for c in answer] for answer in found]
    first = np.array([c[:1] == [p] for c, p in zip(codes, cases["pcode"], strict=True)])
    five = np.array([p in c for c, p in zip(codes, cases["pcode"], strict=True)])
    half = (cases["half"] == "test").to_numpy()
    assert first[half].mean() >= 0.82
    assert first.mean() >= 0.88
    assert five.mean() >= 0.97


@pytest.mark.shared
def test_spellings_of_the_second_examination(north_west: pd.DataFrame) -> None:
    """Written before the rules were looked at again, of other places; its single misses were never listed."""
    places = Gazetteer.from_table(north_west, source="OCHA")
    cases = pd.read_csv(CASES / "names_unseen2.csv")
    assert set(cases["pcode"]) <= set(north_west["Location_Pcode"])
    assert not set(cases["pcode"]) & set(pd.read_csv(CASES / "names_unseen.csv")["pcode"])
    found = places.candidates_many(cases["spelling"].tolist(), limit=5, least_best=0.0)
    codes = [[c.pcode for c in answer] for answer in found]
    assert np.mean([c[:1] == [p] for c, p in zip(codes, cases["pcode"], strict=True)]) >= 0.93
    assert np.mean([p in c for c, p in zip(codes, cases["pcode"], strict=True)]) >= 0.97


def test_of_two_namesakes_the_one_that_the_list_took_up_late_stands_behind() -> None:
    table = pd.DataFrame(
        {"name": "Mansura", "pcode": ["C8408", "C6754", "C3160"], "lon": [36.2, 36.6, 36.3], "lat": 35.9}
    )
    places = Gazetteer.from_table(table, source="t")
    assert [c.pcode for c in places.candidates("Mansourah")] == ["C3160", "C6754", "C8408"]
    assert places.resolve("Mansourah").status == "ambiguous"


@pytest.mark.parametrize(
    "name", ["Syria Relief", "Al Jazeera", "Van Gölü", "Anadolu Ajansı", "وكالة الأناضول"]
)
def test_organisations_and_waters_are_no_villages(name: str) -> None:
    table = pd.DataFrame(
        {
            "name": ["Al Jazira", "Wangol", "Saria Reliv"],
            "adm1_pcode": "SY02",
            "lon": 37.1,
            "lat": [36.0, 36.4, 36.8],
        }
    )
    places = Gazetteer.from_table(table, source="t")
    assert places.resolve(name).status == "unresolved"
    assert places.candidates(name) == []
    assert places.find(f"The families, {name} said, left at night.") == []


def test_a_village_named_like_an_organisation_is_found_where_it_is_asked_for() -> None:
    table = pd.DataFrame({"name": ["Al Jazira"], "adm1_pcode": "SY02", "lon": 37.1, "lat": 36.1})
    places = Gazetteer.from_table(table, source="t")
    found = places.resolve("Al Jazeera", context=Context(within="SY02")).place
    assert found is not None
    assert found.name == "Al Jazira"


def test_a_city_elsewhere_is_told_in_a_text_and_not_dropped() -> None:
    table = pd.DataFrame({"name": ["Mosol", "Saraqab"], "lon": [36.5, 36.8], "lat": [35.4, 35.86]})
    spans = Gazetteer.from_table(table, source="t").find("They left Saraqib for Mosul.")
    assert [(s.text, s.kind) for s in spans] == [("Saraqib", "place"), ("Mosul", "outside")]


def test_a_long_text_is_read_like_its_parts(towns: Gazetteer) -> None:
    part = "They left Maarat al-Numan, Jarjnaz and the village of Has for Atmeh. نزحوا من معرة النعمان إلى أطمة. "
    once = [(s.start, s.end, s.text) for s in towns.find(part)]
    assert len(once) == 6
    many = [(s.start, s.end, s.text) for s in towns.find(part * 300)]
    assert many == [(a + k * len(part), b + k * len(part), text) for k in range(300) for a, b, text in once]


@pytest.mark.shared
def test_names_that_no_list_was_made_for_are_seldom_taken_for_a_place(shared: Path) -> None:
    places = Gazetteer.from_table(pd.read_csv(shared / "places" / "ocha_locations.csv"), source="OCHA")
    absent = pd.read_csv(CASES / "names_absent_unseen.csv")["name"].tolist()
    area = Context(area=Bounds(35.7, 35.2, 37.3, 37.0), country="SY")
    taken = [
        name for name in absent if places.resolve(name, context=area).status in {"resolved", "ambiguous"}
    ]
    assert len(taken) <= 0.03 * len(absent), taken
