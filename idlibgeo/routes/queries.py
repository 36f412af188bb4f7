"""Cheapest ways: pair by pair, to the nearest of many, and from all to all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

from idlibgeo.errors import InputError, RoutingError
from idlibgeo.geo import GEOD, WGS84
from idlibgeo.roads import RoadNetwork, Weights
from idlibgeo.routes.ground import connected, ground_of
from idlibgeo.routes.hierarchy import Engine
from idlibgeo.routes.paths import OFF_NETWORK, Paths, measures, route_frame, status_of
from idlibgeo.routes.places import Allowed, Places, find_places
from idlibgeo.routes.search import search_pairs, search_tree, seeds_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Pairs of a matrix whose ways are held at once: some 100 MB on a network of a million stretches.
MOST_PAIRS = 20_000

MEASURES = ("length_m", "time_s_low", "time_s_mid", "time_s_high")


@dataclass(frozen=True)
class Query:
    """A network with the weights of one question."""

    network: RoadNetwork
    weights: Weights
    snap_limit_m: float
    engine: Engine | None = None

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Per stretch: whether it can be used in one direction at least."""
        arcs = ground_of(self.network).arcs
        finite = np.isfinite(self.weights.seconds_mid)
        either: npt.NDArray[np.bool_] = finite[arcs[:, 0]] | finite[arcs[:, 1]]
        return either

    @property
    def closed(self) -> npt.NDArray[np.bool_] | None:
        """Per stretch: whether closures alone keep it from being used; None where the weights have none.

        A schematic network leaves most roads out, and the next one that it has stands for them: there a place may
        leave by any open road, and nothing counts as closed.
        """
        before = self.weights.open_mid
        if before is None or self.network.schematic:
            return None
        gone = np.isfinite(before) & ~np.isfinite(self.weights.seconds_mid)
        arcs = ground_of(self.network).arcs
        either: npt.NDArray[np.bool_] = (gone[arcs[:, 0]] | gone[arcs[:, 1]]) & ~self.usable
        return either if either.any() else None

    def places(self, points: gpd.GeoDataFrame, name: str) -> Places:
        """The candidates of points on the roads that can be used."""
        allowed = Allowed(self.usable, connected(self.network, self.weights.mode), self.closed)
        return find_places(self.network, points, allowed=allowed, limit_m=self.snap_limit_m, name=name)


def ask(
    network: RoadNetwork, weights: Weights | None, snap_limit_m: float, *, engine: Engine | None = None
) -> Query:
    """Check a question at the door: vehicle weights where none are given, and weights of this network."""
    if engine is not None:
        weights = _weights_of(network, weights, engine)
    used = network.weights() if weights is None else weights
    if len(used.seconds_mid) != len(network.arc_to):
        raise InputError(
            f"weights: given values for {len(used.seconds_mid)} directed edges, expected {len(network.arc_to)}, as"
            " many as the network has. Nothing was searched. Make them with network.weights(...) of this network."
        )
    if not (np.isfinite(snap_limit_m) and snap_limit_m >= 0):
        raise InputError(
            f"snap_limit_m: given {snap_limit_m!r}, expected metres from 0 on. Nothing was searched."
            " The usual value is 5000."
        )
    return Query(network, used, snap_limit_m, engine)


def _weights_of(network: RoadNetwork, weights: Weights | None, engine: Engine) -> Weights:
    if engine.hierarchy.network is not network or (weights is not None and weights is not engine.weights):
        raise InputError(
            "engine: given one of another network or other weights, expected that of this query. Nothing was searched."
            " Make it with prepare(network).customize(weights)."
        )
    return engine.weights


def find_paths(
    query: Query, origins: Places, destinations: Places, pairs: IntArray, *, cost: FloatArray | None = None
) -> Paths:
    """Find the cheapest way of each pair (origin, destination) by the middle times, or by another cost per arc."""
    if query.engine is not None and cost is None:
        return _fast_paths(query, query.engine, origins, destinations, pairs)
    network, ground = query.network, ground_of(query.network)
    order = np.argsort(pairs[:, 0], kind="stable")
    group, first = np.unique(pairs[order, 0], return_index=True)
    found = Paths(
        *search_pairs(
            ground.indptr, ground.arc_to, ground.arcs, network.component,
            query.weights.seconds_mid if cost is None else cost,
            origins.ptr, origins.edge, origins.share, origins.access_s,
            destinations.ptr, destinations.edge, destinations.share, destinations.access_s,
            group, np.append(first, len(pairs)), pairs[order, 1], np.inf, network.arc_from,
        )
    )  # fmt: skip
    return found.take(np.argsort(order, kind="stable"))


def _fast_paths(
    query: Query, engine: Engine, origins: Places, destinations: Places, pairs: IntArray
) -> Paths:
    """By the hierarchy; what may stay on one stretch by the plain search."""
    plain = _share_a_stretch(origins, destinations, pairs)
    rows, again = np.flatnonzero(~plain), np.flatnonzero(plain)
    if not len(rows):
        return find_paths(replace(query, engine=None), origins, destinations, pairs)
    fast = engine.paths(origins, destinations, pairs[rows])
    if not len(again):
        return fast
    slow = find_paths(replace(query, engine=None), origins, destinations, pairs[again])
    return Paths.joined(fast, slow).take(np.argsort(np.concatenate([rows, again]), kind="stable"))


def _share_a_stretch(origins: Places, destinations: Places, pairs: IntArray) -> npt.NDArray[np.bool_]:
    """Per pair: whether both places have a candidate on the same stretch."""
    width = 1 + max(origins.edge.max(initial=0), destinations.edge.max(initial=0))
    has, other = (
        csr_array((np.ones(len(places.edge), np.int64), places.edge, places.ptr), (len(places), width))
        for places in (origins, destinations)
    )
    together = (has @ other.T).tocoo()
    shared = np.column_stack([together.row, together.col]).astype(np.int64)
    own = pairs @ np.array([len(destinations), 1])
    found: npt.NDArray[np.bool_] = np.isin(own, shared @ np.array([len(destinations), 1]))
    return found


def shortest_path(
    network: RoadNetwork,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
    engine: Engine | None = None,
) -> gpd.GeoDataFrame:
    """Find the fastest way of each pair of points: row i of the origins to row i of the destinations.

    Parameters
    ----------
    network
        The roads.
    origins, destinations
        Points (EPSG:4326, or another CRS that is set), equally many; columns ``place_id``, ``name`` and
        ``radius_m`` are used where they exist. A place with a radius may begin on any road inside it.
    weights
        Of `RoadNetwork.weights`; a vehicle without closures if left out.
    snap_limit_m
        Metres; a place further from any usable road is off the network.
    engine
        Of `prepare`, with its weights: the same answers, faster for thousands of pairs.

    Returns
    -------
    GeoDataFrame
        The schema's columns of the layer ``routes`` on the index of the origins, and ``edges``, the list of
        directed edges. Times are sums along the way that is fastest by the middle speeds; the way from the
        place to the road is in ``snap_from_m`` and ``snap_to_m``, not in length or time. ``status`` is ``ok``,
        ``unreachable`` (``note`` then names the nearest point that can be reached) or ``off_network``. A place whose
        nearest road is closed leaves by an open one that is no further than as far again, or 500 m beyond it; else
        it is unreachable.

    Raises
    ------
    InputError
        If the numbers of points differ, a row is no point, or a CRS is missing.

    Notes
    -----
    Dijkstra 1959. Origins that are the same point share one search.

    A travel time is time on the way. Who walks stops: ``weights.elapsed_s(routes["travel_time_s_mid"])`` is the time
    from departure to arrival, with the hours of each day that the party of the weights does not travel
    (``network.weights(mode="foot", party="family")`` travels eight; the parties stand in ``roads/parties.csv``).

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> route = shortest_path(network, town, crossing).iloc[0]
    >>> route["status"], round(route["length_m"] / 1000), route["to_name"]
    ('ok', 50, 'Bab al-Hawa crossing')
    """
    query = ask(network, weights, snap_limit_m, engine=engine)
    check_pairs(origins, destinations, "shortest_path")
    starts = query.places(origins, "origins")
    ends = query.places(destinations, "destinations")
    rows = np.arange(len(origins))
    pairs = np.column_stack([rows, rows])
    paths = find_paths(query, starts, ends, np.column_stack([_same(starts)[rows], rows]))
    return route_frame(
        network, paths, origins=starts, destinations=ends, pairs=pairs, weights=query.weights,
        notes=explain(query, paths, starts, ends, pairs), to_kind=kinds_of(destinations), index=origins.index,
    )  # fmt: skip


def check_pairs(origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, name: str) -> None:
    """Refuse frames that do not pair row by row."""
    if len(origins) != len(destinations):
        raise InputError(
            f"{name}: given {len(origins)} origins and {len(destinations)} destinations, expected as many of both,"
            " since row i goes to row i. Nothing was searched. For all to all use od_matrix."
        )


def _same(places: Places) -> IntArray:
    """For each place the first one with the same candidates."""
    known: dict[bytes, int] = {}
    out = np.empty(len(places), np.int64)
    for place in range(len(places)):
        own = slice(places.ptr[place], places.ptr[place + 1])
        mark = places.edge[own].tobytes() + places.share[own].tobytes() + places.offset_m[own].tobytes()
        out[place] = known.setdefault(mark, place)
    return out


def kinds_of(destinations: gpd.GeoDataFrame) -> list[str]:
    """What each destination is, for the column ``to_kind``: its own ``to_kind``, else a place."""
    if "to_kind" in destinations:
        return [str(kind) for kind in destinations["to_kind"]]
    return ["place"] * len(destinations)


def explain(
    query: Query, paths: Paths, origins: Places, destinations: Places, pairs: IntArray
) -> list[str | None]:
    """Say for each pair without a way why, and how near to the destination one can come.

    A pair with a way gets a note too where it has no length, and where a place was joined to a road beyond the scrap
    that it lies on.
    """
    notes = _joined_notes(paths, origins, destinations, pairs)
    for row in np.flatnonzero(paths.found & (np.diff(paths.ptr) == 0)).tolist():
        notes[row] = notes[row] or "origin and destination are the same point of the roads"
    status = status_of(paths.found, origins, destinations, pairs)
    cut_off: dict[int, list[int]] = {}
    for row in np.flatnonzero(~paths.found).tolist():
        origin, destination = pairs[row].tolist()
        if status[row] == OFF_NETWORK:
            notes[row] = _why_off(query, origins, origin) or _why_off(query, destinations, destination)
        elif np.isfinite(origins.shut_m[origin]):
            notes[row] = _why_shut(origins, origin)
        else:
            cut_off.setdefault(origin, []).append(row)
    for origin, rows in cut_off.items():
        spots = _nearest_reached(query, origins, origin, destinations.lonlat[pairs[rows, 1]])
        for row, (lon, lat, away) in zip(rows, spots.tolist(), strict=True):
            notes[row] = (
                f"no open road leads to {destinations.names[pairs[row, 1]]}; the nearest point that can be reached is"
                f" {lon:.5f}, {lat:.5f}, {away:.0f} m from it"
            )
    return notes


def _joined_notes(paths: Paths, origins: Places, destinations: Places, pairs: IntArray) -> list[str | None]:
    notes: list[list[str]] = [[] for _ in range(len(paths))]
    for places, place, candidate in (
        (origins, pairs[:, 0], paths.from_candidate),
        (destinations, pairs[:, 1], paths.to_candidate),
    ):
        for row in np.flatnonzero(paths.found & places.stranded[place] & (candidate > places.ptr[place])):
            notes[row].append(
                f"{places.names[place[row]]}: the nearest road ({places.nearest_m[place[row]]:.0f} m) is cut off from"
                f" the others; the way uses the next connected one, {places.offset_m[candidate[row]]:.0f} m away"
            )
    return ["; ".join(parts) or None for parts in notes]


def _why_off(query: Query, places: Places, place: int) -> str | None:
    if places.ptr[place + 1] > places.ptr[place] or np.isfinite(places.shut_m[place]):
        return None
    near = places.nearest_m[place]
    if np.isnan(near):
        return f"{places.names[place]}: no road can be used on that day in that mode"
    lat, lon = places.lonlat[place]
    (west, south), (east, north) = query.network.line_xy.min(axis=0), query.network.line_xy.max(axis=0)
    turned = west <= lon <= east and south <= lat <= north
    return (
        f"{places.names[place]}: the nearest usable road is {near:.0f} m away, further than the limit of"
        f" {query.snap_limit_m:.0f} m"
        + (f"; lon comes first: {lon:g},{lat:g} would lie among the roads" if turned else "")
    )


def _why_shut(places: Places, place: int) -> str:
    near = places.nearest_m[place]
    beyond = "no other is open" if np.isnan(near) else f"the next open one is {near:.0f} m away"
    return (
        f"no open road leads away from {places.names[place]}: its nearest road ({places.shut_m[place]:.0f} m) is"
        f" closed, and {beyond}"
    )


def _nearest_reached(query: Query, origins: Places, origin: int, lonlat: FloatArray) -> FloatArray:
    """For points: lon, lat of the nearest point of roads that one can come to from an origin, and metres to it."""
    network, ground, cost = query.network, ground_of(query.network), query.weights.seconds_mid
    own = np.arange(origins.ptr[origin], origins.ptr[origin + 1])
    node, value = seeds_of(
        own, origins.edge, origins.share, origins.access_s, ground.arcs, network.arc_to, cost
    )
    dist, _ = search_tree(ground.indptr, ground.arc_to, cost, node, value, np.inf)
    reached = np.zeros(len(network.edge_u), dtype=bool)
    reached[network.arc_edge[np.isfinite(dist[network.arc_from]) & np.isfinite(cost)]] = True
    # Where one stands counts too: of the road that one stands on perhaps only the part ahead can be reached.
    spots = np.tile(ground.lines.positions(origins.edge[own[:1]], origins.share[own[:1]]), (len(lonlat), 1))
    best = np.column_stack([spots, _metres(lonlat, spots)])
    if reached.any():
        flat = ground.lines.flat(lonlat)
        edge, _ = ground.lines.nearest(flat, usable=reached, limit_m=query.snap_limit_m)
        feet = ground.lines.positions(edge, ground.lines.feet(flat, edge))
        found = np.column_stack([feet, _metres(lonlat, feet)])
        best = np.where((found[:, 2] < best[:, 2])[:, None], found, best)
    return best


def _metres(here: FloatArray, there: FloatArray) -> FloatArray:
    """Geodesic metres between pairs of points."""
    _, _, metres = GEOD.inv(*here.T, *there.T)
    return np.asarray(metres, dtype=np.float64)


def od_matrix(
    network: RoadNetwork,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
    engine: Engine | None = None,
) -> pd.DataFrame:
    """Length and travel time from every origin to every destination, by one search per origin.

    Where destinations are fewer than origins, it is one search per destination, backward. With an engine it is a short
    climb per place; of ways that are equally fast to the last digit it may then take another one.

    Returns
    -------
    DataFrame
        A row a pair, origins outermost: ``from_id``, ``to_id``, ``length_m``, ``time_s_low``, ``time_s_mid``,
        ``time_s_high``, ``status``; numbers are missing where the status is not ``ok``. Parameters, status
        and what the times mean are those of `shortest_path`.

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> od_matrix(network, town, crossing)["time_s_mid"].round(-2).tolist()
    [3100.0]
    """
    query = ask(network, weights, snap_limit_m, engine=engine)
    starts = query.places(origins, "origins")
    ends = query.places(destinations, "destinations")
    step = max(1, MOST_PAIRS // max(1, len(ends)))
    blocks = [_od_block(query, starts, ends, range(row, row + step)) for row in range(0, len(starts), step)]
    return pd.concat(blocks or [_od_block(query, starts, ends, range(0))], ignore_index=True)


def _od_block(query: Query, starts: Places, ends: Places, rows: range) -> pd.DataFrame:
    here = np.arange(rows.start, min(rows.stop, len(starts)))
    pairs = np.column_stack([np.repeat(here, len(ends)), np.tile(np.arange(len(ends)), len(here))])
    values = np.full((len(pairs), len(MEASURES)), np.nan)
    left = np.arange(len(pairs))
    if query.engine is not None and len(pairs):
        plain = _share_a_stretch(starts, ends, pairs)
        fast, left = np.flatnonzero(~plain), np.flatnonzero(plain)
        values[fast] = _fast_sums(query, query.engine, starts, ends, pairs[fast])
    if len(left) or not len(pairs):
        values[left] = _plain_sums(replace(query, engine=None), starts, ends, pairs[left])
    found = np.isfinite(values[:, 0])
    return pd.DataFrame(
        {
            "from_id": pd.array([starts.ids[row] for row in pairs[:, 0]], dtype="str"),
            "to_id": pd.array([ends.ids[row] for row in pairs[:, 1]], dtype="str"),
            **dict(zip(MEASURES, values.T, strict=True)),
            "status": pd.array(status_of(found, starts, ends, pairs), dtype="str"),
        }
    )


def _fast_sums(query: Query, engine: Engine, starts: Places, ends: Places, pairs: IntArray) -> FloatArray:
    weights = query.weights
    per_arc = np.column_stack(
        [query.network.arc_length_m, weights.seconds_low, weights.seconds_mid, weights.seconds_high]
    )
    return engine.sums(starts, ends, pairs, per_arc)


def _plain_sums(query: Query, starts: Places, ends: Places, pairs: IntArray) -> FloatArray:
    """By one search a place of the side that has fewer of them."""
    few = len(np.unique(pairs[:, 0])) <= len(ends)
    paths = (find_paths if few else _backward)(query, starts, ends, pairs)
    return np.column_stack(list(measures(query.network, paths, query.weights).values()))


def _backward(query: Query, starts: Places, ends: Places, pairs: IntArray) -> Paths:
    """The same ways, by one search per destination over the reversed graph."""
    reverse = ground_of(query.network).reverse
    return find_paths(query, ends, starts, pairs[:, ::-1], cost=query.weights.seconds_mid[reverse]).turned(
        reverse
    )


def route_to_line(
    network: RoadNetwork,
    origins: gpd.GeoDataFrame,
    target: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    weights: Weights | None = None,
    snap_limit_m: float = 5000.0,
    tolerance_m: float = 250.0,
) -> gpd.GeoDataFrame:
    """Find for each origin the fastest way to a line, or to the nearest of many points, in one search.

    Parameters
    ----------
    target
        A line in EPSG:4326 (or a layer of lines): reached where a road crosses it, and where a road ends
        within ``tolerance_m`` of it. Or a frame of points such as crossings, with their names.
    tolerance_m
        Metres between a dead end and the line at which the road still counts as reaching it.

    Returns
    -------
    GeoDataFrame
        As `shortest_path`, on the index of the origins; ``to_name`` and ``to_place_id`` are those of the
        target that was chosen, ``to_kind`` is ``border`` for a line.

    Raises
    ------
    RoutingError
        If no usable road reaches the line.

    Notes
    -----
    One search from all targets at once over the reversed graph; its answer is that of the minimum over
    `od_matrix`.

    Examples
    --------
    >>> network = RoadNetwork.sample()
    >>> towns = network.nodes.rename(columns={"waypoint": "name"}).set_index("name", drop=False)
    >>> town, crossing = towns.loc[["Saraqib"]], towns.loc[["Bab al-Hawa crossing"]]
    >>> from shapely import LineString
    >>> parallel = LineString([(36.0, 36.0), (37.2, 36.0)])
    >>> route_to_line(network, town, parallel)["to_kind"].tolist()
    ['border']
    """
    query = ask(network, weights, snap_limit_m)
    if isinstance(target, gpd.GeoDataFrame | gpd.GeoSeries) and not len(target):
        raise InputError(
            "target: given an empty layer, expected a line or points. Nothing was searched. Name a target."
        )
    starts = query.places(origins, "origins")
    if isinstance(target, gpd.GeoDataFrame) and _is_points(target):
        ends, kinds = query.places(target, "target"), kinds_of(target)
    else:
        ends = _line_places(query, target, tolerance_m)
        kinds = ["border"] * len(ends)
    found = _from_all(query, starts, ends)
    owner = np.repeat(np.arange(len(ends)), np.diff(ends.ptr))
    chosen = np.where(found.found, owner[found.to_candidate] if len(owner) else 0, -1)
    return _nearest_frame(query, found, starts, ends, chosen, kinds, origins.index)


def _is_points(layer: gpd.GeoDataFrame) -> bool:
    return bool(len(layer)) and set(layer.geom_type.dropna()) <= {"Point"}


def _from_all(query: Query, starts: Places, ends: Places) -> Paths:
    """One search from all ends over the reversed graph; the paths are turned back."""
    network, ground = query.network, ground_of(query.network)
    pairs = len(starts)
    found = Paths(
        *search_pairs(
            ground.indptr, ground.arc_to, ground.arcs, network.component,
            query.weights.seconds_mid[ground.reverse],
            np.array([0, len(ends.edge)]), ends.edge, ends.share, ends.access_s,
            starts.ptr, starts.edge, starts.share, starts.access_s,
            np.zeros(1, np.int64), np.array([0, pairs]), np.arange(pairs), np.inf, network.arc_from,
        )
    )  # fmt: skip
    return found.turned(ground.reverse)


def _nearest_frame(
    query: Query,
    found: Paths,
    starts: Places,
    ends: Places,
    chosen: IntArray,
    kinds: list[str],
    index: pd.Index,
) -> gpd.GeoDataFrame:
    """Frame of routes to the target that was chosen; where none was, the one that lies nearest is named."""
    for row in np.flatnonzero(chosen < 0):
        x, y = starts.lonlat[row]
        _, _, metres = GEOD.inv(np.full(len(ends), x), np.full(len(ends), y), *ends.lonlat.T)
        chosen[row] = int(np.argmin(metres))
    pairs = np.column_stack([np.arange(len(starts)), chosen])
    return route_frame(
        query.network, found, origins=starts, destinations=ends, pairs=pairs, weights=query.weights,
        notes=explain(query, found, starts, ends, pairs), to_kind=[kinds[row] for row in chosen], index=index,
    )  # fmt: skip


def _line_places(
    query: Query, target: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries, tolerance_m: float
) -> Places:
    """The points where usable roads cross a line, or end within the tolerance of it."""
    line = _as_line(target)
    network, lines = query.network, ground_of(query.network).lines
    plane = shapely.transform(line, lines.flat)
    edge, xy = _crossings(lines.tree, plane, query.usable)
    dead = np.flatnonzero(np.bincount(network.arc_from, minlength=len(network.node_ids)) == 1)
    at = shapely.points(lines.flat(np.c_[network.node_lon[dead], network.node_lat[dead]]))
    near = dead[shapely.dwithin(at, plane, tolerance_m)] if len(dead) else dead
    ending = network.arc_edge[network.indptr[near]]
    kept = query.usable[ending]
    edge = np.concatenate([edge, ending[kept]]).astype(np.int64)
    xy = np.concatenate([xy, shapely.get_coordinates(at[np.isin(dead, near)])[kept]])
    if not len(edge):
        raise RoutingError(
            f"Given a line that no usable road of the network crosses or comes within {tolerance_m:.0f} m of at its"
            " end, expected at least one. Nothing was searched. Give crossings as points, or a larger tolerance_m."
        )
    return _on_roads(query, edge, xy, "border")


def _as_line(target: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries) -> BaseGeometry:
    if isinstance(target, gpd.GeoDataFrame | gpd.GeoSeries):
        if target.crs is None:
            raise InputError(
                "target: given a layer without a CRS, expected one. Nothing was searched."
                f' If it is lon/lat, say so: target.set_crs("{WGS84}").'
            )
        target = target.to_crs(WGS84).geometry.union_all()
    line = target.boundary if target.geom_type in {"Polygon", "MultiPolygon"} else target
    if line.is_empty or line.geom_type not in {"LineString", "MultiLineString", "LinearRing"}:
        raise InputError(
            f"target: given {target.geom_type}{' (empty)' if line.is_empty else ''}, expected a line in {WGS84} or a"
            " frame of points. Nothing was searched."
        )
    return line


def _crossings(
    tree: shapely.STRtree, line: BaseGeometry, usable: npt.NDArray[np.bool_]
) -> tuple[IntArray, FloatArray]:
    pieces = shapely.get_parts(line)
    _, edge = tree.query(pieces, predicate="intersects")
    edge = np.unique(edge[usable[edge]])
    met = shapely.intersection(tree.geometries[edge], line)
    parts, owner = shapely.get_parts(met, return_index=True)
    spots = shapely.point_on_surface(parts)
    return edge[owner], shapely.get_coordinates(spots)


def _on_roads(query: Query, edge: IntArray, xy: FloatArray, name: str) -> Places:
    """Places that lie on roads by construction, one candidate each."""
    lines = ground_of(query.network).lines
    share = lines.feet(xy, edge)
    spots = lines.positions(edge, share)
    return Places(
        ids=tuple(f"{name}-{number + 1}" for number in range(len(edge))),
        names=(name,) * len(edge),
        lonlat=spots,
        ptr=np.arange(len(edge) + 1, dtype=np.int64),
        edge=edge.astype(np.int32),
        share=share,
        offset_m=np.zeros(len(edge)),
        nearest_m=np.zeros(len(edge)),
        stranded=np.zeros(len(edge), dtype=bool),
        shut_m=np.full(len(edge), np.nan),
    )
