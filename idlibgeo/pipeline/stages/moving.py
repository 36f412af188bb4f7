"""Routes from where people left, and a first estimate of who went where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from idlibgeo import flows as spreading
from idlibgeo import routes as routing
from idlibgeo.errors import RoutingError
from idlibgeo.geo import WGS84
from idlibgeo.pipeline.hosts import PEOPLE, host_towns
from idlibgeo.pipeline.movers import moving_people
from idlibgeo.pipeline.questions import find_place
from idlibgeo.pipeline.stages.ground import latest
from idlibgeo.pipeline.stages.reading import context_of
from idlibgeo.pipeline.stages.roads import query_date
from idlibgeo.pipeline.state import State, made
from idlibgeo.roads import RoadNetwork

# Origins wider than this are areas ("southern Idlib"): people leave them, but no single road starts there.
ORIGIN_RADIUS_M = 15_000
# So many crossings are shown for each origin, the nearest by time.
NEAREST_CROSSINGS = 3
# Nobody has fitted the decay of the gravity model: its bounds are those of half and of twice the distance.
MODEL_RANGE = (0.5, 2.0)


def _points(rows: list[dict[str, Any]], lons: list[float], lats: list[float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.points_from_xy(lons, lats), crs=WGS84)


def _origins(state: State) -> gpd.GeoDataFrame:
    """The places that people left: those that the scenario names, else those that the reports name."""
    if state.scenario.routes.origins:
        gazetteer = made(state.gazetteer, stage="inputs")
        found = [
            find_place(name, gazetteer, context=context_of(state)) for name in state.scenario.routes.origins
        ]
        rows = [
            {"place_id": place.place_id, "name": place.name, "radius_m": place.radius_m} for place in found
        ]
        return _points(rows, [place.lon for place in found], [place.lat for place in found])
    mentions = state.layers["mentions"]
    left = mentions[
        (mentions["role"] == "origin") & (mentions["status"] == "resolved") & mentions.geometry.notna()
    ]
    near = left[(left["radius_m"].fillna(0) <= ORIGIN_RADIUS_M) & left.within(_area(state))]
    # "nearby villages" lies around a place that is an origin itself: one way for both.
    near = near[near["place_id"].isin(state.layers["places"]["place_id"])]
    return near.drop_duplicates("place_id")[["place_id", "name", "radius_m", "geometry"]].reset_index(
        drop=True
    )


def _area(state: State) -> shapely.Polygon:
    return shapely.box(*state.scenario.bounds)


def _query(state: State) -> dict[str, Any]:
    return {"weights": state.weights, "snap_limit_m": state.scenario.routes.snap_limit_m}


def routes(state: State) -> State:
    """Find the ways from each origin to crossings, host towns and the border, and say how far one gets in a time."""
    origins = _origins(state)
    if origins.empty:
        return state.check(
            "routes",
            "origins",
            status="warning",
            expected="a place in the area that people left",
            got="none",
            message="No place of origin in the area was resolved, so there are no routes.",
        )
    makers = {"crossings": _to_crossings, "camps": _to_hosts, "border": _to_border}
    found = [frame for kind in state.scenario.routes.to for frame in makers[kind](state, origins)]
    if not found:
        return state
    every = pd.concat(found, ignore_index=True)
    state = _list_lost(state, every)
    return _isochrones(_named(state, every), origins.iloc[[0]])


def _to_border(state: State, origins: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    """The way to the line itself: in the scenario's mode, and on foot where slopes are known."""
    line, network = made(state.border, stage="border").geometry, made(state.network, stage="roads")
    limit_m = state.scenario.routes.snap_limit_m
    modes = {weights.mode: weights for weights in (state.weights, state.walking) if weights is not None}
    return [
        routing.route_to_line(network, origins, line, weights=weights, snap_limit_m=limit_m)
        for weights in modes.values()
    ]


def _to_all(state: State, origins: gpd.GeoDataFrame, ends: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The fastest way from each origin to each destination."""
    pairs = pd.MultiIndex.from_product([range(len(origins)), range(len(ends))])
    starts = origins.iloc[pairs.get_level_values(0)].reset_index(drop=True)
    targets = ends.iloc[pairs.get_level_values(1)].reset_index(drop=True)
    return routing.shortest_path(made(state.network, stage="roads"), starts, targets, **_query(state))


def _to_hosts(state: State, origins: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    hosts, _ = _hosts(state)
    return [_to_all(state, origins, hosts.assign(to_kind="camps"))] if len(hosts) else []


def _to_crossings(state: State, origins: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    """The nearest crossings of each origin, and to the very nearest one alternatives that really differ."""
    crossings = _open_crossings(state)
    if crossings.empty:
        return []
    every = _to_all(state, origins, crossings)
    near = every.groupby("from_place_id")["travel_time_s_mid"].rank(method="first")
    found = [every[near.between(2, NEAREST_CROSSINGS) | (every["status"] != "ok")]]
    for row in every[near == 1].itertuples():
        start = origins[origins["place_id"] == row.from_place_id]
        end = crossings[crossings["place_id"] == row.to_place_id]
        found.append(_alternatives(state, start, end))
    return [frame for frame in found if len(frame)]


def _alternatives(state: State, start: gpd.GeoDataFrame, end: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    section = state.scenario.routes
    return routing.alternative_routes(
        made(state.network, stage="roads"),
        start,
        end,
        k=section.alternatives,
        max_overlap=section.max_overlap,
        max_stretch=section.max_stretch,
        **_query(state),
    )


def _open_crossings(state: State) -> gpd.GeoDataFrame:
    """Official crossings in the area that are not known to be closed: where people may ask to be let through."""
    crossings = state.layers.get("crossings")
    if crossings is None:
        return gpd.GeoDataFrame({"place_id": [], "name": []}, geometry=[], crs=WGS84)
    usable = crossings[(crossings["type"] == "official") & (crossings["status"] != "closed")]
    inside = usable[usable.within(_area(state))]
    return (
        inside.rename(columns={"crossing_id": "place_id"}).assign(to_kind="crossing").reset_index(drop=True)
    )


def _hosts(state: State) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Host towns of the area, and the camps for which there is none."""
    if "camps" not in state.layers:
        return gpd.GeoDataFrame({"camp_id": [], "place_id": []}, geometry=[], crs=WGS84), pd.DataFrame()
    now = latest(state.layers["camps"], state.scenario.scenario.as_of)
    hosts, left = host_towns(now, state.layers["places"])
    return hosts.reset_index(drop=True), left


def _list_lost(state: State, found: gpd.GeoDataFrame) -> State:
    """List the ways that were not found; an origin that the scenario names and that no road reaches is an error."""
    lost = found[found["status"] != "ok"]
    off = lost[lost["status"] == "off_network"]
    if len(lost) == len(found) or (len(off) and state.scenario.routes.origins):
        reason = (lost if off.empty else off)["note"].iloc[0]
        raise RoutingError(
            f"routes: expected a road to start on, and there is none. {reason}. Nothing was written. Name another"
            " origin in routes.origins, or raise routes.snap_limit_m."
        )
    for row in lost.to_dict("records"):
        way = f"{row['from_name']} → {row['to_name']}"
        state = state.leave_out("routes", way, rows=1, people=None, reason=str(row["note"]))
    return state


def _named(state: State, found: gpd.GeoDataFrame) -> State:
    """Give each route its key, the figure that asks for it and the network it was found on."""
    movers = moving_people(state.layers["figures"], state.layers["mentions"]).drop_duplicates("from_id")
    figure_of = movers.set_index("from_id")["figure_id"]
    keys = found[["from_place_id", "to_place_id", "rank", "mode"]].itertuples(index=False)
    named = found.assign(
        route_id=[f"{start}~{end}~{rank}~{mode}" for start, end, rank, mode in keys],
        figure_id=found["from_place_id"].map(figure_of),
        network=state.layers["roads"]["network"].iloc[0],
    )
    section = state.scenario.routes
    return (
        replace(state, routes=named)
        .with_layers(routes=named)
        .note(
            "routes",
            "Routes are the fastest ways by the middle travel times, and alternatives that share at most the stated"
            " part of their length. The time of each is an interval.",
            routes=int((named["status"] == "ok").sum()),
            mode=section.mode,
            date=query_date(state),
            max_overlap=section.max_overlap,
            max_stretch=section.max_stretch,
        )
    )


def _isochrones(state: State, origin: gpd.GeoDataFrame) -> State:
    network = made(state.network, stage="roads")
    areas = routing.isochrones(
        network,
        origin,
        [60 * minutes for minutes in state.scenario.routes.isochrone_minutes],
        # A schematic road stands for all the lesser roads beside it.
        buffer_m=1000.0 if network.schematic else 250.0,
        **_query(state),
    )
    return state.with_layers(isochrones=areas)


def flows(state: State) -> State:
    """Spread the people who left over the host towns, and add them up on the roads."""
    hosts, unhosted = _hosts(state)
    people = moving_people(state.layers["figures"], state.layers["mentions"])
    if hosts.empty or people.empty:
        return state
    for row in unhosted.to_dict("records"):
        state = state.leave_out(
            "flows",
            f"camps {row['name']}",
            rows=1,
            people=row["people_mid"],
            reason="no town of their sub-district is known, so the model sends nobody there",
        )
    starts = people.drop_duplicates("from_id").rename(columns={"from_id": "place_id", "from_name": "name"})
    origins = gpd.GeoDataFrame(
        starts[["place_id", "name", "radius_m", "geometry"]], geometry="geometry", crs=WGS84
    )
    ends = hosts.assign(place_id=hosts["camp_id"])
    network = made(state.network, stage="roads")
    costs = routing.od_matrix(network, origins.reset_index(drop=True), ends, **_query(state))
    half_s = 60 * state.scenario.allocation.half_cost_minutes
    movers = people.drop(columns="geometry")
    spread = spreading.allocate(movers, hosts, costs, half_cost_s=half_s)
    others = [
        spreading.allocate(movers, hosts, costs, half_cost_s=half_s * factor).flows for factor in MODEL_RANGE
    ]
    drawn = _with_lines(_widened(spread.flows, others), origins, hosts)
    state = _check_flows(state, people, spread)
    return _add_edge_flows(state.with_layers(flows=drawn), drawn, hosts).note(
        "flows",
        "FIRST ESTIMATE. Nobody counted who went where: the people of each figure were spread over the sub-districts"
        " with camps by a gravity model (people already there × a decay with travel time). The interval of each way"
        " spans the bounds of the figure, and the model with half and with twice its decay distance.",
        half_cost_minutes=state.scenario.allocation.half_cost_minutes,
    )


def _widened(flows: pd.DataFrame, others: list[pd.DataFrame]) -> pd.DataFrame:
    """Widen the bounds of each way to what the model says with other decays; the middle values stay and add up."""
    keys = ["figure_id", "from_id", "to_id"]
    index = pd.MultiIndex.from_frame(flows[keys])
    every = [flows, *others]
    low = pd.concat([one.set_index(keys)["people_low"].reindex(index).fillna(0.0) for one in every], axis=1)
    high = pd.concat([one.set_index(keys)["people_high"].reindex(index).fillna(0.0) for one in every], axis=1)
    return flows.assign(people_low=low.min(axis=1).to_numpy(), people_high=high.max(axis=1).to_numpy())


def _check_flows(state: State, people: pd.DataFrame, spread: spreading.Allocation) -> State:
    for row in spread.unallocated.to_dict("records"):
        state = state.leave_out(
            "flows",
            f"{row['figure_id']} from {row['from_name']}",
            rows=1,
            people=row["people_mid"],
            reason=row["reason"],
        )
    went_in = people["people_mid"].sum()
    came_out = spread.flows["people_mid"].sum() + spread.unallocated["people_mid"].sum()
    return state.check(
        "flows",
        "people in = people out",
        status="ok" if abs(went_in - came_out) < 0.5 else "warning",
        expected=f"{went_in:.0f}",
        got=f"{came_out:.0f}",
        message="Everyone who left is on a way to a host town, or listed as not allocated.",
    )


def _with_lines(flows: pd.DataFrame, origins: gpd.GeoDataFrame, hosts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw each flow as a straight line: it says who goes where, not by which road."""
    start = flows["from_id"].map(origins.set_index("place_id").geometry)
    end = flows["to_id"].map(hosts.set_index("camp_id").geometry)
    lines = [shapely.LineString([a, b]) for a, b in zip(start, end, strict=True)]
    return gpd.GeoDataFrame(flows, geometry=lines, crs=WGS84)


def _draws(state: State, used: gpd.GeoDataFrame, hosts: gpd.GeoDataFrame) -> routing.Draws:
    """The same ways in many possible worlds: how sure it is that people take a stretch."""
    starts = _origins(state).set_index("place_id").loc[used["from_place_id"]].reset_index()
    ends = hosts.set_index("place_id").loc[used["to_place_id"]].reset_index()
    network = made(state.network, stage="roads")
    return routing.draw_routes(network, starts, ends, seed=state.scenario.scenario.seed, **_query(state))


def _add_edge_flows(state: State, flows: gpd.GeoDataFrame, hosts: gpd.GeoDataFrame) -> State:
    """Put the reported flows on the routes to the host towns, and add them up per stretch of road."""
    if state.routes is None:
        return state
    network: RoadNetwork = made(state.network, stage="roads")
    town_of = hosts.set_index("camp_id")["place_id"]
    reported = flows[flows["modality"] == "reported"]
    moved = reported.assign(town=reported["to_id"].map(town_of)).groupby(["from_id", "town"])[PEOPLE].sum()
    used = state.routes[(state.routes["to_kind"] == "camps") & (state.routes["status"] == "ok")]
    keys = pd.MultiIndex.from_frame(used[["from_place_id", "to_place_id"]])
    people = moved.reindex(keys).fillna(0.0).set_axis(used.index, axis=0)
    carrying = (people["people_high"] > 0).to_numpy()
    used, people = used[carrying], people[carrying]
    summed = routing.edge_flows(network, used, people, draws=_draws(state, used, hosts))
    return state.with_layers(edge_flows=summed[summed["people_high"] > 0])
