"""People are spread whole, and nobody is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idlibgeo.errors import InputError
from idlibgeo.flows import BOUNDS, allocate, apportion, split_over_routes


def people(**columns: list) -> pd.DataFrame:
    frame = {"figure_id": ["f1"], "from_id": ["a"], "from_name": ["A"], "people_mid": [90.0]}
    return pd.DataFrame({**frame, **columns})


def camps(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({"camp_id": ["x", "y"], "name": ["X", "Y"], "people_mid": [1000, 1000], **columns})


def costs(seconds: list[float], *, status: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {"from_id": "a", "to_id": ["x", "y"], "time_s_mid": seconds, "status": status or ["ok", "ok"]}
    )


def test_a_destination_one_half_time_further_draws_half_as_many():
    flows = allocate(people(), camps(), costs([0.0, 7200.0])).flows
    assert flows["people_mid"].tolist() == [60, 30]
    assert flows["share"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert flows["model"].str.contains("first estimate").all()


def test_twice_the_attraction_draws_twice_as_many():
    flows = allocate(people(), camps(people_mid=[2000, 1000]), costs([600.0, 600.0])).flows
    assert flows["people_mid"].tolist() == [60, 30]


def test_a_destination_without_a_way_gets_nobody_and_is_listed():
    result = allocate(people(), camps(), costs([0.0, np.nan], status=["ok", "unreachable"]))
    assert result.flows["to_id"].tolist() == ["x"]
    assert result.flows["people_mid"].tolist() == [90]
    assert result.unused[["to_id", "reason"]].values.tolist() == [
        ["y", "no origin reaches it by an open road"]
    ]
    assert result.unallocated.empty


def test_people_without_any_way_are_listed_with_their_number():
    result = allocate(people(), camps(), costs([np.nan, np.nan], status=["unreachable", "off_network"]))
    assert result.flows.empty
    left = result.unallocated
    assert left["people_mid"].tolist() == [90.0]
    assert left["reason"].tolist() == ["no destination can be reached by an open road"]


def test_a_destination_of_unknown_size_is_listed_not_guessed():
    result = allocate(people(), camps(people_mid=[1000, None]), costs([0.0, 0.0]))
    assert result.flows["to_id"].tolist() == ["x"]
    assert result.unused[["to_id", "reason"]].values.tolist() == [["y", "people_mid is unknown"]]


def test_people_of_an_unresolved_origin_are_listed():
    result = allocate(people(from_id=[None]), camps(), costs([0.0, 0.0]))
    assert result.unallocated["reason"].tolist() == ["the origin was not resolved to a place"]


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(InputError, match=r"expected 0 ≤ people_low ≤ people_mid"):
        allocate(people(people_low=[100.0]), camps(), costs([0.0, 0.0]))


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="Did you mean people_mid"):
        allocate(people(), camps(), costs([0.0, 0.0]), attraction="people_mids")


@given(
    total=st.integers(0, 400_000),
    more=st.integers(0, 2000),
    shares=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40),
)
def test_parts_are_whole_add_up_and_grow_with_the_total(total, more, shares):
    few, many = apportion(total, shares), apportion(total + more, shares)
    assert few.sum() == total
    assert many.sum() == total + more
    assert (few == np.floor(few)).all()
    assert (few <= many).all()


@given(st.data())
def test_people_in_are_people_out_low_mid_and_high(data):
    origins = data.draw(st.integers(1, 5))
    targets = data.draw(st.integers(1, 6))
    low = data.draw(st.lists(st.integers(0, 5000), min_size=origins, max_size=origins))
    frame = pd.DataFrame(
        {
            "figure_id": [f"f{i}" for i in range(origins)],
            "from_id": [f"o{i}" for i in range(origins)],
            "from_name": [f"O{i}" for i in range(origins)],
            "people_low": low,
            "people_mid": [value * 1.5 for value in low],
            "people_high": [value * 2 + 7 for value in low],
        }
    )
    places = pd.DataFrame(
        {
            "camp_id": [f"d{i}" for i in range(targets)],
            "name": [f"D{i}" for i in range(targets)],
            "people_mid": data.draw(st.lists(st.integers(0, 9000), min_size=targets, max_size=targets)),
        }
    )
    size = origins * targets
    open_ways = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    matrix = pd.DataFrame(
        {
            "from_id": np.repeat(frame["from_id"].to_numpy(dtype=object), targets),
            "to_id": np.tile(places["camp_id"].to_numpy(dtype=object), origins),
            "time_s_mid": data.draw(st.lists(st.floats(0, 1e6), min_size=size, max_size=size)),
            "status": ["ok" if way else "unreachable" for way in open_ways],
        }
    )
    result = allocate(frame, places, matrix)
    for name in BOUNDS:
        assert result.flows[name].sum() + result.unallocated[name].sum() == frame[name].sum()
    assert (result.flows["people_low"] <= result.flows["people_mid"]).all()
    assert (result.flows["people_mid"] <= result.flows["people_high"]).all()


def ways(*seconds: float) -> pd.DataFrame:
    """Routes from a to x that take so long."""
    return pd.DataFrame(
        {"from_place_id": "a", "to_place_id": "x", "status": "ok", "travel_time_s_mid": list(seconds)}
    )


def flow(people_mid: float = 1000, **columns: list) -> pd.DataFrame:
    row = {
        "from_id": ["a"],
        "to_id": ["x"],
        "people_low": [0],
        "people_mid": [people_mid],
        "people_high": [2000],
    }
    return pd.DataFrame({**row, **columns})


def test_equal_routes_share_equally():
    split = split_over_routes(flow(), ways(100.0, 100.0))
    assert split.people["people_mid"].tolist() == [500, 500]
    assert split.people["people_high"].tolist() == [1000, 1000]


def test_a_route_that_takes_a_tenth_longer_draws_a_third_as_many():
    split = split_over_routes(flow(), ways(100.0, 110.0))
    assert split.people["people_mid"].tolist() == [731, 269]  # 1 : e⁻¹


def test_a_road_that_two_routes_share_does_not_draw_twice():
    split = split_over_routes(flow(), ways(100.0, 100.0, 100.0), path_size=pd.Series([0.5, 0.5, 1.0]))
    assert split.people["people_mid"].tolist() == [250, 250, 500]


def test_flows_that_no_route_serves_are_listed():
    lost = flow(from_id=["b"])
    split = split_over_routes(pd.concat([flow(), lost]), ways(100.0))
    assert split.people["people_mid"].tolist() == [1000]
    assert split.unrouted["from_id"].tolist() == ["b"]
    assert split.unrouted["people_mid"].tolist() == [1000]
    assert split.unrouted["reason"].tolist() == ["no route with a way joins the two places"]
