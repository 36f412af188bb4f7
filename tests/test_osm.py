"""Reading OSM files: what is in them, what is wrong with them, and the fast reader against the plain one."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idlibgeo.errors import FileError, InputError
from idlibgeo.osm import read_osm
from idlibgeo.osm.pbf import DamagedError, read_pbf
from idlibgeo.osm.plain import read_plain
from idlibgeo.osm.raw import RawOsm

Tags = dict[str, str]

#: Two villages, a road between them with a gate, a camp, a border post and a district.
SAMPLE = """<osm version="0.6">
<node id="1" lat="36.0" lon="36.5"><tag k="place" v="town"/><tag k="name" v="حارم"/><tag k="name:en" v="Harim"/>
<tag k="alt_name" v="Harem;Harym"/><tag k="population" v="21 934"/></node>
<node id="2" lat="36.0" lon="36.6"/>
<node id="3" lat="36.1" lon="36.6"><tag k="barrier" v="gate"/><tag k="access" v="no"/></node>
<node id="4" lat="36.1" lon="36.5"/>
<node id="5" lat="36.2" lon="36.55"><tag k="barrier" v="border_control"/><tag k="name" v="Bab al-Hawa"/></node>
<node id="6" lat="36.05" lon="36.55"><tag k="amenity" v="cafe"/></node>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="name:ar" v="طريق"/></way>
<way id="11"><nd ref="3"/><nd ref="4"/><tag k="highway" v="track"/></way>
<way id="12"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="amenity" v="refugee_site"/><tag k="name" v="Cluster"/></way>
<way id="13"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
<way id="14"><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
<relation id="20"><member type="way" ref="13" role="outer"/><member type="way" ref="14" role="outer"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="2"/><tag k="name" v="Here"/>
<tag k="ISO3166-1" v="sy"/></relation>
<relation id="21"><member type="way" ref="13" role="outer"/><member type="way" ref="99" role="outer"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="4"/><tag k="name" v="Cut off"/></relation>
</osm>"""


@pytest.fixture
def sample_osm(tmp_path: Path) -> Path:
    path = tmp_path / "sample.osm"
    path.write_text(SAMPLE, encoding="utf-8")
    return path


def test_a_place_has_its_names_in_both_scripts_and_its_people(sample_osm: Path) -> None:
    place = read_osm(sample_osm).places.iloc[0]
    assert (place["name"], place["name_ar"], place["alternates"]) == ("Harim", "حارم", "Harem|Harym")
    assert (place["population"], place["kind"], place["lon"], place["lat"]) == (21934, "town", 36.5, 36.0)


def test_the_columns_of_places_are_those_of_a_gazetteer_table(sample_osm: Path) -> None:
    assert list(read_osm(sample_osm).places.columns) == [
        "place_id", "name", "name_ar", "alternates", "pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode",
        "kind", "lon", "lat", "radius_m", "population", "source", "geometry",
    ]  # fmt: skip


def test_a_closed_boundary_is_an_area_and_a_cut_one_a_line(sample_osm: Path) -> None:
    boundaries = read_osm(sample_osm).boundaries.set_index("name")
    assert boundaries["complete"].to_dict() == {"Here": True, "Cut off": False}
    assert boundaries.loc["Here", "iso"] == "SY"
    assert boundaries.loc["Here", "geometry"].equals(shapely.box(36.5, 36.0, 36.6, 36.1))
    assert boundaries.loc["Cut off", "geometry"].geom_type == "LineString"


def test_sites_barriers_and_crossings_are_found(sample_osm: Path) -> None:
    data = read_osm(sample_osm)
    assert data.sites["name"].tolist() == ["Cluster"]
    assert data.sites.geometry.iloc[0].equals(shapely.Point(36.55, 36.05))
    assert data.barriers[["osmid", "barrier", "access"]].to_numpy().tolist()[0] == [3, "gate", "no"]
    assert data.crossings[["name", "status"]].to_numpy().tolist() == [["Bab al-Hawa", "unknown"]]


def test_roads_are_a_frame_with_their_tags(sample_osm: Path) -> None:
    roads = read_osm(sample_osm).roads
    assert roads["osmid"].tolist() == [10, 11]
    assert roads["highway"].tolist() == ["primary", "track"]
    assert roads["name_ar"].tolist()[0] == "طريق"
    assert roads.geometry.iloc[1].equals(shapely.LineString([(36.6, 36.1), (36.5, 36.1)]))
    assert roads.crs == "EPSG:4326"


def test_bounds_keep_whole_the_ways_that_reach_into_them(sample_osm: Path) -> None:
    box = (36.49, 36.05, 36.51, 36.15)
    data = read_osm(sample_osm, box)
    assert data.ways.ids.tolist() == read_osm(sample_osm, bounds=box).ways.ids.tolist() == [11]
    assert data.counts["ways_outside_bounds"] == 1
    assert len(data.places) == 0


def test_missing_nodes_are_counted_and_leave_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "gap.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="1" lon="1"/><node id="2" lat="1" lon="2"/>'
        '<way id="1"><nd ref="1"/><nd ref="7"/><nd ref="2"/><tag k="highway" v="road"/></way>'
        '<way id="2"><nd ref="8"/><nd ref="2"/><tag k="highway" v="road"/></way></osm>'
    )
    data = read_osm(path)
    assert data.counts["way_nodes_missing"] == 2
    assert data.roads.geometry.isna().tolist() == [False, True]


def test_negative_ids_of_an_editor_are_read(tmp_path: Path) -> None:
    path = tmp_path / "new.osm"
    path.write_text(
        '<osm version="0.6"><node id="-1" lat="1" lon="1"/><node id="-2" lat="1" lon="1.1"/>'
        '<way id="-3"><nd ref="-1"/><nd ref="-2"/><tag k="highway" v="road"/></way></osm>'
    )
    data = read_osm(path)
    assert data.ways.ids.tolist() == [-3]
    assert data.ways.node_ids.tolist() == [-2, -1]
    assert data.counts["way_nodes_missing"] == 0


WRONG = {
    "empty.osm.pbf": (b"", "the file is empty"),
    "empty.osm": (b"", "XML parsing error"),
    "noise.osm.pbf": (bytes(range(256)) * 9, "goes on beyond the end of the file"),
    "short.osm.pbf": (b"\0\0", "goes on beyond the end of the file"),
    "entities.osm": (
        b'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6"><node id="1"/></osm>',
        "XML entities",
    ),
    "open.osm": (b'<osm version="0.6"><node id="1" lat="1" lon="1"/>', "XML parsing error"),
    "letter.txt": (b"Dear colleague", "file format"),
    "cut.osm.gz": (gzip.compress(SAMPLE.encode())[:200], "gzip error"),
    "noise.osm.gz": (b"hello", "XML parsing error"),
    "page.osm": (b"<html><body>404</body></html>", "Unknown top-level element: html"),
    "words.osm": (
        b'<osm version="0.6"><node id="1" lat="north" lon="1"/></osm>',
        "wrong format for coordinate",
    ),
    "past.osh": (b'<osm version="0.6"><node id="1" version="1" lat="1" lon="1"/></osm>', "several versions"),
    "twice.osm": (
        b'<osm version="0.6"><way id="1" version="1"><tag k="highway" v="road"/></way>'
        b'<way id="1" version="2"><tag k="highway" v="road"/></way></osm>',
        "several versions",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_what_is_wrong(name: str, tmp_path: Path) -> None:
    content, message = WRONG[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=message) as caught:
        read_osm(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "Nothing was read" in str(caught.value)
    assert ".." not in str(caught.value).replace(str(tmp_path), "")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        read_osm(tmp_path / "syria.osm.pbf")


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="it is a folder"):
        read_osm(tmp_path)


def test_nodes_that_are_not_on_the_earth_are_missing_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "off.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="95" lon="1"><tag k="place" v="town"/><tag k="name" v="A"/></node>'
        '<node id="2"/><node id="3" lat="1" lon="3"/><node id="4" lat="1" lon="180"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><tag k="highway" v="road"/></way></osm>'
    )
    data = read_osm(path)
    assert data.roads.geometry.iloc[0].equals(shapely.LineString([(3, 1), (180, 1)]))
    assert data.counts["way_nodes_missing"] == 2
    assert (len(data.places), data.counts["tagged_nodes_without_position"]) == (0, 1)
    assert_same(data.raw, read_plain(path))


FRAMES = ("roads", "places", "boundaries", "sites", "barriers", "crossings")


@pytest.mark.parametrize("ending", [".osm.gz", ".osm.pbf"])
def test_all_three_forms_of_a_file_say_the_same(sample_osm: Path, tmp_path: Path, ending: str) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "sample.osm"
    if ending == ".osm.gz":
        other = other.with_name("sample.osm.gz")
        other.write_bytes(gzip.compress(sample_osm.read_bytes()))
    else:
        other = as_pbf(sample_osm).rename(tmp_path / "other" / "sample.osm.pbf")
    one, same = read_osm(sample_osm), read_osm(other)
    assert one.counts == same.counts
    for name in FRAMES:
        left, right = (getattr(data, name).drop(columns="source", errors="ignore") for data in (one, same))
        assert_geodataframe_equal(left, right)


def test_bounds_in_the_wrong_order_are_refused(sample_osm: Path) -> None:
    with pytest.raises(InputError, match="bounds"):
        read_osm(sample_osm, bounds=(36.6, 36.0, 36.5, 36.1))


def as_pbf(xml: Path, **options: str) -> Path:
    """The same data as PBF, written by libosmium."""
    target = xml.with_suffix(".osm.pbf")
    kind = ",".join(["pbf", *(f"{name}={value}" for name, value in options.items())])
    with osmium.SimpleWriter(osmium.io.File(target, kind), overwrite=True) as writer:
        osmium.apply(xml, writer)
    return target


def assert_same(left: RawOsm, right: RawOsm) -> None:
    """Two readers saw the same: ways with nodes and tags, tagged nodes, outlines, relations."""
    for name in ("ids", "ptr", "node", "node_ids", "node_lon", "node_lat"):
        np.testing.assert_array_equal(getattr(left.ways, name), getattr(right.ways, name), err_msg=name)
    for key, column in left.ways.tags.items():
        assert column.texts().tolist() == right.ways.tags[key].texts().tolist(), key
    assert left.counts == right.counts
    assert list(left.nodes) == list(right.nodes)
    assert list(left.relations) == list(right.relations)
    one, other = ({way.id: way for way in raw.outlines} for raw in (left, right))
    assert one.keys() == other.keys()
    for way, outline in one.items():
        assert outline.tags == other[way].tags
        np.testing.assert_array_equal(outline.lon, other[way].lon)
        np.testing.assert_array_equal(outline.lat, other[way].lat)


@pytest.mark.parametrize("options", [{}, {"pbf_compression": "none"}, {"add_metadata": "none"}])
def test_both_readers_see_the_same_in_the_sample(sample_osm: Path, options: Tags) -> None:
    file = as_pbf(sample_osm, **options)
    assert_same(read_pbf(file), read_plain(file))


def test_nodes_that_are_not_dense_are_left_to_libosmium(sample_osm: Path) -> None:
    file = as_pbf(sample_osm, pbf_dense_nodes="false")
    assert_same(read_osm(file).raw, read_plain(file))


def test_a_history_file_in_pbf_is_refused(sample_osm: Path, tmp_path: Path) -> None:
    target = tmp_path / "history.osh.pbf"
    with osmium.SimpleWriter(target) as writer:
        osmium.apply(sample_osm, writer)
    with pytest.raises(FileError, match="history"):
        read_osm(target)


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
tags = st.dictionaries(
    st.one_of(st.sampled_from(["highway", "name", "place", "barrier", "amenity", "oneway", "refugee"]), text),
    st.one_of(st.sampled_from(["refugee_site", "yes", "road"]), text),
    max_size=4,
)


@st.composite
def osm_files(draw: Any) -> tuple[list[Any], list[Any]]:
    """Nodes and ways with ids that may lie far apart, with gaps and repetitions."""
    ids = draw(st.lists(st.integers(1, 2**40), min_size=1, max_size=12, unique=True))
    degrees = st.integers(-(10**7), 10**7).map(lambda n: n / 1e5 / 10)
    nodes = [(i, draw(degrees), draw(degrees), draw(tags)) for i in sorted(ids)]
    anywhere = st.one_of(st.sampled_from(ids), st.integers(1, 2**40))
    count = draw(st.integers(0, 5))
    ways = [(i + 1, draw(st.lists(anywhere, max_size=8)), draw(tags)) for i in range(count)]
    return nodes, ways


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(osm_files())
def test_both_readers_see_the_same_in_any_file(tmp_path: Path, content: tuple[list[Any], list[Any]]) -> None:
    nodes, ways = content
    file = tmp_path / "any.osm.pbf"
    make = osmium.osm.mutable
    with osmium.SimpleWriter(file, overwrite=True) as writer:
        for node, lon, lat, own in nodes:
            writer.add_node(make.Node(id=node, location=(lon, lat), tags=own))
        for way, refs, own in ways:
            writer.add_way(make.Way(id=way, nodes=refs, tags=own))
    assert_same(read_pbf(file), read_plain(file))


def test_both_readers_see_the_same_ids_on_the_edges_of_pages_and_chunks(tmp_path: Path) -> None:
    ids = [1, 64, 65, 2048, 2049, 32_768, 32_769, 5 * 32_768 + 3, 13_000_000_000]
    file = tmp_path / "far.osm.pbf"
    make = osmium.osm.mutable
    with osmium.SimpleWriter(file) as writer:
        for place, node in enumerate(ids):
            writer.add_node(make.Node(id=node, location=(place / 10, 1.0)))
        # One more node stands in the way than in the file, between two that do.
        writer.add_way(make.Way(id=1, nodes=[*ids, 2047], tags={"highway": "road"}))
    assert_same(read_pbf(file), read_plain(file))
    assert read_pbf(file).ways.node_ids.tolist() == sorted([*ids, 2047])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), packed=st.booleans())
def test_a_damaged_byte_is_an_error_or_another_file_but_never_a_crash(
    sample_osm: Path, place: float, byte: int, packed: bool
) -> None:
    file = as_pbf(sample_osm, **({} if packed else {"pbf_compression": "none"}))
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] = byte
    file.write_bytes(content)
    try:
        read_osm(file)
    except FileError as error:
        assert "Nothing was read" in str(error)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_off_is_damaged_unless_cut_between_blocks(sample_osm: Path, share: float) -> None:
    file = as_pbf(sample_osm)
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    try:
        whole = read_pbf(file)
    except DamagedError:
        return
    assert len(whole.ways) in {0, 2}


@pytest.mark.shared
@pytest.mark.parametrize("name", ["andorra", "heidelberg"])
def test_both_readers_see_the_same_in_a_real_extract(shared: Path, name: str) -> None:
    file = shared / "osm" / f"{name}.osm.pbf"
    assert_same(read_pbf(file), read_plain(file))


@pytest.mark.shared
def test_andorra_has_its_roads_places_and_borders(shared: Path) -> None:
    data = read_osm(shared / "osm" / "andorra.osm.pbf")
    assert data.counts["ways_read"] == 1615
    assert "Andorra la Vella" in set(data.places["name"])
    country = data.boundaries[data.boundaries["iso"] == "AD"].iloc[0]
    # Two of its ways are not in this extract: a line, said not to be whole.
    assert not country["complete"]
    assert data.boundaries["complete"].sum() == 6


@pytest.mark.shared
def test_points_of_syria_have_arabic_names_and_no_roads(shared: Path) -> None:
    data = read_osm(shared / "osm" / "syria_poi_2017.osm")
    assert len(data.ways) == 0
    assert data.places["name_ar"].notna().mean() > 0.5
    assert isinstance(data.roads, gpd.GeoDataFrame)
    assert len(data.roads) == 0


@pytest.mark.shared
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cut_off_extract_says_where_it_ends(shared: Path, tmp_path: Path, share: float) -> None:
    content = (shared / "osm" / "andorra.osm.pbf").read_bytes()
    file = tmp_path / "part.osm.pbf"
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FileError, match="the file ends inside a block"):
        read_osm(file)
