"""The gate: what may leave the machine, for whom, and the only maker of a `Release`.

Writers take nothing but a `Release`, and a `Release` is made by nothing but `release()`, which removes, coarsens
or suppresses what the audience may not see and lists it in ``withheld``. The rules are data, in
``privacy_rules.toml``. Methods: threshold rule and complementary suppression (Hundepool et al. 2012, Statistical
Disclosure Control, chapter 4).
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import shapely

from idlibgeo.errors import InputError, UnknownNameError, nearest_name
from idlibgeo.geo import WGS84, Raster
from idlibgeo.schema import AUDIENCES, Audience, Product, conform, layer_spec, layers, validate

PEOPLE = ["people_low", "people_mid", "people_high"]
# From fine to coarse; a row of camps says in `level` what it sums over.
LEVELS = ["site", "cluster", "adm3", "adm2", "adm1"]

Layers = Mapping[str, pd.DataFrame]
_KEY = object()


@dataclass(frozen=True)
class Rules:
    """What one audience may see; the fields are explained in ``privacy_rules.toml``."""

    protection: str
    camps_level: str
    camp_places_finest_m: float
    min_sites: int
    min_people: float
    band_edges_m: tuple[float, ...]
    band_min_areas: int
    band_digits: int
    density_bandwidth_floor_m: float
    other_rasters: bool
    hex_resolution_max: int
    movements_level: Literal["place", "adm3"]
    movements_delay_days: int
    forecasts: bool
    informal_crossings: bool
    report_texts: bool
    unpublished_inputs: bool


@dataclass(frozen=True)
class Release:
    """Layers, rasters and facts that one audience may see. Made by `release()` alone."""

    layers: Layers
    rasters: Mapping[str, Raster]
    audience: Audience
    protection: str
    withheld: pd.DataFrame
    product: Product
    # Given once and not kept: `dataclasses.replace` cannot carry it over to other layers.
    key: InitVar[object] = None

    def __post_init__(self, key: object) -> None:
        if key is not _KEY:
            raise InputError(
                "A Release was built by hand, expected one from privacy.release(). Nothing was written. Pass the"
                " layers through release(layers, audience=…, product=…)."
            )


@functools.cache
def _rules_file() -> Mapping[str, Mapping[str, Any]]:
    with resources.files("idlibgeo").joinpath("privacy_rules.toml").open("rb") as file:
        return tomllib.load(file)


def check_audience(audience: str) -> Audience:
    """Return the audience if it exists.

    >>> check_audience("everyone")
    Traceback (most recent call last):
    ...
    idlibgeo.errors.UnknownNameError: Audience 'everyone' does not exist. Known: internal, partner, public.
    """
    for known in AUDIENCES:
        if audience == known:
            return known
    raise UnknownNameError(f"Audience {audience!r} does not exist. {nearest_name(audience, AUDIENCES)}")


def rules(audience: str) -> Rules:
    """The rules of one audience.

    >>> rules("public").density_bandwidth_floor_m
    3000
    """
    given = _rules_file()[check_audience(audience)]
    return Rules(**{**given, "band_edges_m": tuple(map(float, given["band_edges_m"]))})


def _withheld(
    layer: str, item: str, action: str, rule: str, *, rows: int, people: float | None = None
) -> dict[str, Any]:
    return {
        "layer": layer,
        "item": item,
        "action": action,
        "rows": rows,
        "people": people,
        "rule": rule,
        "reason": _rules_file()["reasons"].get(rule, rule),
    }


Outcome = tuple[pd.DataFrame | None, list[dict[str, Any]]]


def _layer_by_audience(name: str, frame: pd.DataFrame, audience: Audience) -> Outcome:
    """Remove the layer, or the columns of it, that are for a narrower circle."""
    spec, reach = layer_spec(name), AUDIENCES.index(audience)
    if AUDIENCES.index(spec.audience) > reach:
        # How many people a withheld layer speaks of would itself be a figure of that layer.
        return None, [_withheld(name, "the whole layer", "removed", "layer_audience", rows=len(frame))]
    hidden = [column.name for column in spec.columns if AUDIENCES.index(column.audience) > reach]
    found = [_withheld(name, f"column {c}", "removed", "column_audience", rows=len(frame)) for c in hidden]
    return frame.drop(columns=hidden), found


def _people(frame: pd.DataFrame) -> float:
    return float(frame["people_mid"].sum())


def _summed(group: pd.DataFrame, **values: Any) -> dict[str, Any]:
    """One row of camps that sums over others; what differs between them is left empty."""
    row = {
        name: group[name].iloc[0] if group[name].nunique(dropna=False) == 1 else None
        for name in group.columns
    }
    row.update({name: group[name].sum() for name in ["sites", *PEOPLE]})
    areas = group["site_area_m2"]
    row["site_area_m2"] = areas.sum() if areas.notna().all() else None
    row.update({"m2_per_person": None, "crowding": "unknown", "standard": None, "distance_m": None})
    return {**row, **values}


def _merge_small(cells: pd.DataFrame, rule: Rules, *, parent: str) -> pd.DataFrame:
    """Give each row a group: rows under the threshold join others of the same parent until the sum is over it.

    The join is at once the complementary suppression: a published sum over several rows cannot be taken apart by
    subtracting the others from the total. The smallest row of the parent that is large enough is joined in when
    the small ones do not suffice alone.
    """
    group = cells["camp_id"].astype(object).copy()
    for key, of_parent in cells.groupby(parent, dropna=False, sort=True):
        order = of_parent.sort_values(["people_mid", "camp_id"])
        small = _small(order, rule)
        joined: list[Any] = list(order.index[small])
        rest = list(order.index[~small])
        while (
            joined
            and rest
            and (
                len(joined) < 2
                or order.loc[joined, "sites"].sum() < rule.min_sites
                or order.loc[joined, "people_mid"].sum() < rule.min_people
            )
        ):
            joined.append(rest.pop(0))
        group.loc[joined] = f"{key}|others"
    return cells.assign(group=group)


def _centres(given: Layers) -> pd.DataFrame:
    """Point and radius of the administrative areas, by P-code, from the layer of places."""
    places = given.get("places")
    if places is None or places.empty:
        return pd.DataFrame({"radius_m": [], "geometry": [], "name": [], "name_ar": []})
    areas = places[places["kind"].isin(["adm1", "adm2", "adm3"]) & places["pcode"].notna()]
    return areas.drop_duplicates("pcode").set_index("pcode")[["name", "name_ar", "radius_m", "geometry"]]


def _at_area(row: dict[str, Any], level: str, centres: pd.DataFrame) -> dict[str, Any]:
    """Put a summed row at the centre of its sub-district, never at the centre of its sites.

    A sum over a district or more has no point: a mark in its middle would say that people are there.
    """
    pcode = row.get(f"{level}_pcode")
    if level == "adm3" and pcode in centres.index:
        area = centres.loc[pcode]
        return {**row, "name_ar": area["name_ar"], "radius_m": area["radius_m"], "geometry": area["geometry"]}
    return {**row, "name_ar": None, "radius_m": None, "geometry": None}


def _moved_to_areas(rows: pd.DataFrame, centres: pd.DataFrame) -> gpd.GeoDataFrame:
    """Sums that came as such, put where the gate puts its own: the point and distance given may be a camp's."""
    at = rows["adm3_pcode"].where(rows["level"] == "adm3").map(centres["geometry"])
    shapes = gpd.GeoSeries(at.astype(object).where(at.notna(), None).tolist(), index=rows.index, crs=WGS84)
    return gpd.GeoDataFrame(rows.assign(distance_m=None, border_status=None, geometry=shapes), crs=WGS84)


def _sum_by_area(camps: pd.DataFrame, centres: pd.DataFrame) -> gpd.GeoDataFrame:
    """Sum camps over sub-district and date, each sum at the centre of its sub-district."""
    rows: list[dict[str, Any]] = []
    for (date, adm3), group in camps.groupby(["date", "adm3_pcode"], dropna=False, sort=True):
        if isinstance(adm3, str):
            level, pcode, name = "adm3", adm3, centres["name"].get(adm3, f"Sub-district {adm3}")
        else:
            level, pcode = "adm2", group["adm2_pcode"].iloc[0]
            name = centres["name"].get(pcode, "Area not stated")
        summed = _summed(group, camp_id=f"{pcode}|{level}|{date}", level=level, name=name)
        rows.append(_at_area(summed, level, centres))
    return gpd.GeoDataFrame(rows, columns=camps.columns, geometry="geometry", crs=WGS84)


def _coarsen_camps(camps: pd.DataFrame, rule: Rules, centres: pd.DataFrame) -> Outcome:
    """Sum camps that are finer than the audience may see over their sub-district, and join what is too small."""
    cells, fine = _coarse(camps, rule, centres)
    found = [_withheld("camps", "positions", "coarsened", "camps_level", rows=fine)] if fine else []
    shown, suppressed = _suppress_camps(cells, rule, centres)
    return shown, [*found, *suppressed]


def _coarse(camps: pd.DataFrame, rule: Rules, centres: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The camps as fine as the rule allows, and how many were finer.

    A cluster of one site is that site, whatever its level is called.
    """
    level = camps["level"].mask((camps["level"] == "cluster") & (camps["sites"] == 1), "site")
    fine = level.map(LEVELS.index) < LEVELS.index(rule.camps_level)
    kept = _moved_to_areas(camps[~fine], centres) if _by_area(rule) else camps[~fine]
    if not fine.any():
        return (kept if _by_area(rule) else camps), 0
    return pd.concat([kept, _sum_by_area(camps[fine], centres)], ignore_index=True), int(fine.sum())


def _by_area(rule: Rules) -> bool:
    """Whether an audience sees camps as sums over areas alone."""
    return LEVELS.index(rule.camps_level) >= LEVELS.index("adm3")


def coarse_camps(camps: gpd.GeoDataFrame, places: pd.DataFrame, audience: str) -> gpd.GeoDataFrame:
    """Camps as an audience will see them: what densities and hexagons for it may be computed from.

    The peak of a kernel lies on its point however wide the kernel is, so a wider one hides nothing; and a density
    that counted the sums which are too small to be shown would give them back.
    """
    rule, centres = rules(audience), _centres({"places": places})
    cells, _ = _coarse(camps, rule, centres)
    if not _by_area(rule):
        return cells
    shown, _ = _suppress_camps(cells, rule, centres)
    pcode = pd.Series(
        [row[f"{row['level']}_pcode"] for row in shown.to_dict("records")], index=shown.index, dtype=object
    )
    # Sums over a district are shown without a point, but their people can be spread over it.
    shapes = pcode.map(centres["geometry"]).astype(object)
    return gpd.GeoDataFrame(
        shown.assign(radius_m=pcode.map(centres["radius_m"]).astype(float)),
        geometry=gpd.GeoSeries(shapes.where(shapes.notna(), None).tolist(), index=shown.index, crs=WGS84),
    )


def _small(cells: pd.DataFrame, rule: Rules) -> pd.Series:
    """Which rows are under the threshold; a number that is not known counts as small."""
    few_sites = cells["sites"].fillna(0).astype(float) < rule.min_sites
    few_people: pd.Series = cells["people_mid"].fillna(0.0) < rule.min_people
    return few_sites | few_people


def _suppress_camps(
    cells: pd.DataFrame, rule: Rules, centres: pd.DataFrame
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Join small rows within their district, then within their governorate; what is still small is removed."""
    found: list[dict[str, Any]] = []
    for level in ["adm2", "adm1"]:
        area = cells[f"{level}_pcode"].fillna("area not stated")
        keyed = cells.assign(parent=cells["date"].fillna("undated") + "|" + area)
        merged = _merge_small(keyed, rule, parent="parent")
        others = merged["group"].str.endswith("|others")
        sums = []
        for key, group in merged[others].groupby("group", sort=True):
            base = _summed(group[cells.columns], camp_id=key, level=level, name="Other camps of the area")
            sums.append(_at_area(base, level, centres))
            if len(group) > 1:
                found.append(
                    _withheld("camps", f"{len(group)} small areas", "joined", "min_sites", rows=len(group))
                )
        joined = gpd.GeoDataFrame(sums, columns=cells.columns, geometry="geometry", crs=WGS84)
        cells = pd.concat([merged.loc[~others, cells.columns], joined], ignore_index=True)
    small = _small(cells, rule)
    if small.any():
        found.append(
            _withheld("camps", "areas that stay too small", "removed", "min_sites", rows=int(small.sum()))
        )
    return cells[~small].reset_index(drop=True), found


def _add_up(hexes: gpd.GeoDataFrame, camps: pd.DataFrame | None) -> bool:
    """Whether each hexagon holds as many people as the camps shown in it, so that it says nothing new.

    A hexagon and a sub-district that were counted from the sites themselves would tell together in which part of
    either the sites lie.
    """
    if camps is None:
        return True
    inside = hexes[["date", "geometry"]].sjoin(
        camps.loc[camps.geometry.notna(), ["date", "people_mid", "geometry"]], predicate="contains"
    )
    same = inside[inside["date_left"] == inside["date_right"]]
    sums = same.groupby(level=0)["people_mid"].sum().reindex(hexes.index).fillna(0.0)
    return bool(((sums - hexes["people_mid"]).abs() < 0.5).all())


def _suppress_hexes(hexes: gpd.GeoDataFrame, rule: Rules, camps: pd.DataFrame | None) -> Outcome:
    """Remove cells that are too fine or too small, and one more where a total would give a single one back.

    Where one was counted from what is not shown, all were, and all go.
    """
    small = _small(hexes, rule) | (hexes["resolution"] > rule.hex_resolution_max)
    if _by_area(rule) and not _add_up(hexes[~small], camps):
        return None, [_withheld("camp_hexes", "the whole layer", "removed", "hex_points", rows=len(hexes))]
    for _, of_date in hexes.groupby("date", dropna=False):
        hidden = small[of_date.index]
        if hidden.sum() == 1 and not hidden.all():
            small[of_date.loc[~hidden, "people_mid"].idxmin()] = True
    if not small.any():
        return hexes, []
    found = _withheld("camp_hexes", "cells", "suppressed", "min_sites", rows=int(small.sum()))
    return (None if small.all() else hexes[~small].reset_index(drop=True)), [found]


def _off_grid(edges: pd.Series, rule: Rules) -> pd.Series:
    """Which edges are not among those that every release for the audience has, so that two cannot be subtracted."""
    if not rule.band_edges_m:
        return pd.Series(False, index=edges.index)
    return edges.notna() & ~edges.isin([0.0, *rule.band_edges_m])


def _areas_in(bands: pd.DataFrame, camps: pd.DataFrame | None) -> pd.Series:
    """In how many areas the camps lie that a band may count: all of one area would be where the two overlap."""
    if camps is None or not camps["distance_m"].notna().any():
        return pd.Series(len(bands) + 99, index=bands.index)
    placed = camps[camps["distance_m"].notna()]
    placed = placed[placed["date"].fillna("") == placed["date"].fillna("").max()]
    reach = placed["radius_m"].fillna(0.0).astype(float)
    away = placed["distance_m"].astype(float).clip(lower=0.0)
    area = placed["adm3_pcode"].fillna(placed["adm2_pcode"]).fillna("not stated")
    return pd.Series(
        [
            area[
                (away - reach < (band.to_m if pd.notna(band.to_m) else math.inf))
                & (away + reach > band.from_m)
            ].nunique()
            for band in bands.itertuples()
        ],
        index=bands.index,
    )


def _suppressed_steps(bands: pd.DataFrame, rule: Rules, camps: pd.DataFrame | None) -> pd.Series:
    """Which bands may not show their counts: the small, and those that another release or layer would make smaller.

    One more is taken where there is only one.
    """
    narrow = _off_grid(bands["from_m"], rule) | _off_grid(bands["to_m"], rule)
    lone = _areas_in(bands, camps) < rule.band_min_areas
    # An edge that another release may not share tells something with no camp behind it, too.
    small = narrow | ((bands["sites"] > 0) & (_small(bands, rule) | lone))
    if small.sum() == 1:
        others = bands[(bands["sites"] > 0) & ~small]
        if len(others):
            small[others["people_mid"].idxmin()] = True
    return small


def _suppress_bands(
    given: dict[str, pd.DataFrame], rule: Rules, camps: pd.DataFrame | None
) -> list[dict[str, Any]]:
    """Empty the counts of bands that may not show them and of the buffers that would give them back, round the rest.

    `camps` are those before the gate: where their sites are decides what a band would tell.
    """
    found: list[dict[str, Any]] = []
    bands = given.get("border_bands")
    if bands is None or not bands["sites"].notna().any():
        return found
    hidden = _suppressed_steps(bands, rule, camps)
    counts = ["sites", *PEOPLE]
    given["border_bands"] = _rounded(
        bands.assign(**{name: bands[name].mask(hidden) for name in counts}), rule
    )
    if hidden.any():
        found.append(_withheld("border_bands", "counts", "suppressed", "bands", rows=int(hidden.sum())))
    buffers = given.get("border_buffers")
    if buffers is not None:
        # A buffer may show its count only where the bands between it and the last one shown hide none, or
        # two or more: else the difference is the hidden count.
        edges = bands.loc[hidden, "to_m"].to_numpy()
        unfit = _off_grid(buffers["to_m"], rule) | ((buffers["sites"] > 0) & _small(buffers, rule))
        last, blank = 0.0, []
        for to_m, never in zip(buffers["to_m"], unfit.tolist(), strict=True):
            between = int(((edges > last) & (edges <= to_m)).sum())
            blank.append(between == 1 or never)
            last = last if blank[-1] else float(to_m)
        mask = pd.Series(blank, index=buffers.index)
        shown = buffers.assign(**{name: buffers[name].mask(mask) for name in counts})
        given["border_buffers"] = _rounded(shown, rule)
        if mask.any():
            found.append(_withheld("border_buffers", "counts", "suppressed", "bands", rows=int(mask.sum())))
    if rule.band_digits and not hidden.all():
        found.append(
            _withheld("border_bands", "counts", "coarsened", "band_digits", rows=int((~hidden).sum()))
        )
    return found


def _rounded(bands: pd.DataFrame, rule: Rules) -> pd.DataFrame:
    """Counts to so many digits: a share of a cluster to ten digits tells how far from the border the cluster is."""
    if not rule.band_digits:
        return bands
    return bands.assign(
        sites=bands["sites"].astype(float).round(),
        **{name: bands[name].map(lambda people: _digits(people, rule.band_digits)) for name in PEOPLE},
    )


def _drop(frame: pd.DataFrame, hidden: pd.Series, *, layer: str, item: str, rule: str) -> Outcome:
    if not hidden.any():
        return frame, []
    kept = frame[~hidden].reset_index(drop=True)
    return kept, [_withheld(layer, item, "removed", rule, rows=int(hidden.sum()))]


def _gate_crossings(given: dict[str, pd.DataFrame], rule: Rules) -> list[dict[str, Any]]:
    """Remove informal crossings and what leads to them or names them."""
    crossings = given.get("crossings")
    if rule.informal_crossings or crossings is None:
        return []
    hidden = crossings["type"] == "informal"
    names = set(crossings.loc[hidden, "crossing_id"])
    kept, found = _drop(
        crossings, hidden, layer="crossings", item="informal crossings", rule="informal_crossings"
    )
    given["crossings"] = kept if kept is not None else crossings
    found.extend(_gate_roads(given, crossings[hidden]))
    for layer, column in [("routes", "to_place_id"), ("places", "place_id"), ("mentions", "place_id")]:
        if layer in given and names:
            frame = given[layer]
            kept, more = _drop(
                frame,
                frame[column].isin(names),
                layer=layer,
                item="informal crossings",
                rule="informal_crossings",
            )
            given[layer] = kept if kept is not None else frame
            found.extend(more)
    return found


def _gate_camp_places(given: dict[str, pd.DataFrame], rule: Rules) -> list[dict[str, Any]]:
    """Remove places that are camps, by kind or by name, with the ways to them; a report's words stay, without a point.

    A gazetteer or an OpenStreetMap file may hold single camps among its villages.
    """
    places = given.get("places")
    if places is None or not _by_area(rule):
        return []
    words = "|".join(_rules_file()["camp_words"]["any"])
    named = pd.concat(
        [
            places[name].str.contains(rf"(?i)(?:^|\W)(?:{words})(?:\W|$)", na=False)
            for name in ("name", "name_ar")
        ],
        axis=1,
    ).any(axis=1)
    fine = places["radius_m"].fillna(0.0) < rule.camp_places_finest_m
    hidden = fine & ((places["kind"] == "camp") | named)
    ids = set(places.loc[hidden, "place_id"])
    kept, found = _drop(places, hidden, layer="places", item="camps", rule="camp_places")
    given["places"] = kept if kept is not None else places
    if ids and "mentions" in given:
        mentions = given["mentions"]
        told = mentions["place_id"].isin(ids)
        given["mentions"] = mentions.assign(
            **{
                name: mentions[name].mask(told)
                for name in ("place_id", "pcode", "name", "name_ar", "radius_m")
            },
            geometry=mentions.geometry.where(~told),
        )
        if told.any():
            found.append(
                _withheld("mentions", "positions of camps", "removed", "camp_places", rows=int(told.sum()))
            )
    for column in ("from_place_id", "to_place_id"):
        if ids and "routes" in given:
            routes, more = _drop(
                given["routes"],
                given["routes"][column].isin(ids),
                layer="routes",
                item="ways to camps",
                rule="camp_places",
            )
            given["routes"] = routes if routes is not None else given["routes"]
            found.extend(more)
    return found


# Within so many degrees (about 1 km) a road leads to a crossing.
AT_CROSSING_DEG = 0.01


def _gate_roads(given: dict[str, pd.DataFrame], hidden: pd.DataFrame) -> list[dict[str, Any]]:
    """Remove the stretches of road that end at a crossing which is hidden: they would point at it."""
    found: list[dict[str, Any]] = []
    spots = shapely.MultiPoint(list(hidden.geometry.dropna())) if len(hidden) else shapely.MultiPoint()
    for layer in ("roads", "closures", "routes"):
        frame = given.get(layer)
        if frame is None or spots.is_empty:
            continue
        near = pd.Series(shapely.dwithin(frame.geometry.array, spots, AT_CROSSING_DEG), index=frame.index)
        kept, more = _drop(
            frame, near, layer=layer, item="roads to informal crossings", rule="informal_crossings"
        )
        given[layer] = kept if kept is not None else frame
        found.extend(more)
    return found


def _gate_routes(given: dict[str, pd.DataFrame], rule: Rules) -> list[dict[str, Any]]:
    """Remove the ways of those who have not left yet."""
    if rule.forecasts or "routes" not in given or "figures" not in given:
        return []
    figures, routes = given["figures"], given["routes"]
    expected = set(figures.loc[figures["modality"] == "conditional", "figure_id"])
    hidden = routes["figure_id"].isin(expected)
    kept, found = _drop(routes, hidden, layer="routes", item="ways of forecasts", rule="forecast_routes")
    if kept is not None and len(kept):
        given["routes"] = kept
    else:
        given.pop("routes")
    return found


def _gate_checks(given: dict[str, pd.DataFrame], rule: Rules) -> list[dict[str, Any]]:
    """Empty the numbers of checks that count people in camps or on their way, suppressed ones included."""
    checks = given.get("checks")
    if checks is None or rule.min_sites == 0:
        return []
    counting = checks["stage"].isin(["camps", "flows"])
    if not counting.any():
        return []
    telling = counting & checks["message"].str.contains(r"\d", na=False)
    given["checks"] = checks.assign(
        **{name: checks[name].mask(counting) for name in ("expected", "got")},
        message=checks["message"].mask(telling, "The numbers are withheld from this audience."),
    )
    return [
        _withheld("checks", "numbers of people", "suppressed", "counts_in_checks", rows=int(counting.sum()))
    ]


def _gate_flows(given: dict[str, pd.DataFrame], rule: Rules, as_of: dt.date) -> list[dict[str, Any]]:
    """Hide forecasts and movements that are too fresh, then sum the rest over sub-districts."""
    flows = given.get("flows")
    if flows is None:
        return []
    found: list[dict[str, Any]] = []
    if not rule.forecasts:
        flows, more = _drop(
            flows, flows["modality"] == "conditional", layer="flows", item="forecasts", rule="forecasts"
        )
        found.extend(more)
    if rule.movements_delay_days and flows is not None and "figures" in given:
        ends = given["figures"].set_index("figure_id")["period_end"]
        newest = (as_of - dt.timedelta(days=rule.movements_delay_days)).isoformat()
        end = flows["figure_id"].map(ends)
        flows, more = _drop(
            flows,
            end.isna() | (end > newest),
            layer="flows",
            item="movements of the last days",
            rule="movements_delay_days",
        )
        found.extend(more)
    if rule.movements_level == "adm3" and flows is not None and len(flows):
        flows = _flows_by_area(flows, given)
        found.append(_withheld("flows", "places", "coarsened", "movements_level", rows=len(flows)))
    if flows is not None and len(flows):
        given["flows"] = flows
    else:
        given.pop("flows")
    return found


def _digits(people: float, digits: int = 2) -> float:
    """A number of people to two digits: an estimate says no more, and rounding hides who was added to whom.

    >>> _digits(182466), _digits(7)
    (180000.0, 7.0)
    """
    return float(f"{people:.{digits}g}")


def _flows_by_area(flows: pd.DataFrame, given: Layers) -> gpd.GeoDataFrame:
    """Sum flows from sub-district to sub-district and draw them between the centres of these."""
    centres = _centres(given)
    area_of = {}
    for name, key in [("places", "place_id"), ("camps", "camp_id")]:
        if name in given:
            area_of.update(given[name].set_index(key)["adm3_pcode"].dropna().to_dict())
    # Host areas are named by the P-code of their sub-district already.
    area_of.update({pcode: pcode for pcode in centres.index})
    moved = flows.assign(
        from_id=[area_of.get(place, "unknown") for place in flows["from_id"]],
        to_id=[area_of.get(place, "unknown") for place in flows["to_id"]],
    )
    rows = []
    for (figure, origin, destination), group in moved.groupby(["figure_id", "from_id", "to_id"], sort=True):
        ends = [centres["geometry"].get(pcode) for pcode in (origin, destination)]
        line = None if any(end is None for end in ends) else shapely.LineString(ends)
        rows.append(
            {
                **{name: group[name].iloc[0] for name in ["modality", "model"]},
                **{name: _digits(group[name].sum()) for name in PEOPLE},
                "share": round(float(group["share"].sum()), 2),
                "flow_id": f"{figure}|{origin}|{destination}",
                "figure_id": figure,
                "from_id": origin,
                "from_name": centres["name"].get(origin, origin),
                "to_id": destination,
                "to_name": centres["name"].get(destination, "area not stated"),
                "geometry": line,
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84)


def _gate_rasters(
    rasters: Mapping[str, Raster], rule: Rules
) -> tuple[dict[str, Raster], list[dict[str, Any]]]:
    """Keep rasters of people whose kernel is wide enough and whose points are coarse enough for the audience."""
    kept: dict[str, Raster] = {}
    found: list[dict[str, Any]] = []
    for name, raster in rasters.items():
        narrow = float(raster.tags.get("bandwidth_m", 0)) < rule.density_bandwidth_floor_m
        level = raster.tags.get("camps_level", LEVELS[0])
        fine = LEVELS.index(level) < LEVELS.index(rule.camps_level)
        if not raster.unit.startswith("people") and not rule.other_rasters:
            found.append(_withheld(name, "the whole raster", "removed", "other_rasters", rows=1))
        elif raster.unit.startswith("people") and (narrow or fine):
            why = "density_bandwidth_floor_m" if narrow else "density_level"
            found.append(_withheld(name, "the whole raster", "removed", why, rows=1))
        else:
            kept[name] = raster
    return kept, found


def _gate_product(product: Product, rule: Rules) -> tuple[Product, list[dict[str, Any]]]:
    """Leave out report texts and the hashes of inputs that are not published."""
    found: list[dict[str, Any]] = []
    reports, inputs = product.reports, product.inputs
    if not rule.report_texts:
        held = sum(report.text is not None for report in reports)
        reports = tuple(replace(report, text=None) for report in reports)
        if held:
            found.append(_withheld("reports", "whole texts", "left out", "report_texts", rows=held))
    if not rule.unpublished_inputs:
        held = sum(not given.published for given in inputs)
        inputs = tuple(given for given in inputs if given.published)
        if held:
            found.append(
                _withheld("manifest", "hashes of inputs", "left out", "unpublished_inputs", rows=held)
            )
    return replace(product, reports=reports, inputs=inputs), found


# Layers in which a row can speak of a single camp, and so can what was left out of them.
OF_CAMPS = ("camps", "border_bands", "camp_hexes", "flows")


def _gate_left_out(rows: pd.DataFrame, rule: Rules) -> pd.DataFrame:
    """Sum what the analysis left out over layer and reason, where its rows could name a camp."""
    if rows.empty or LEVELS.index(rule.camps_level) <= LEVELS.index("cluster"):
        return rows
    fine = rows["layer"].isin(OF_CAMPS)
    sums = []
    for (layer, _, _), group in rows[fine].groupby(["layer", "rule", "reason"], sort=True):
        people = group["people"].sum(min_count=1)
        # A sum over one or two entries could be taken from a total to give another entry back.
        shown = people if len(group) >= rule.min_sites and people >= rule.min_people else None
        entries = f"{len(group)} entries" if len(group) > 1 else "1 entry"
        summed = {"item": entries, "rows": group["rows"].sum(), "people": shown}
        sums.append({**group.iloc[0].to_dict(), "layer": layer, **summed})
    return pd.concat([rows[~fine], pd.DataFrame(sums, columns=rows.columns)], ignore_index=True)


def _gate_layers(
    given: Layers, audience: Audience, rule: Rules, as_of: dt.date
) -> tuple[dict[str, pd.DataFrame], list[dict[str, Any]]]:
    kept: dict[str, pd.DataFrame] = {}
    found: list[dict[str, Any]] = []
    for name, frame in given.items():
        shown, more = _layer_by_audience(name, frame, audience)
        found.extend(more)
        if shown is not None:
            kept[name] = shown
    # Flows before camps: they are summed by the sub-district that each cluster lies in.
    found.extend(_gate_flows(kept, rule, as_of))
    found.extend(_gate_routes(kept, rule))
    found.extend(_gate_checks(kept, rule))
    found.extend(_gate_crossings(kept, rule))
    found.extend(_gate_camp_places(kept, rule))
    if "camps" in kept:
        camps, more = _coarsen_camps(kept["camps"], rule, _centres(given))
        found.extend(more)
        kept["camps"] = gpd.GeoDataFrame(camps, geometry="geometry", crs=WGS84)
    if "camp_hexes" in kept:
        hexes, more = _suppress_hexes(kept["camp_hexes"], rule, kept.get("camps"))
        found.extend(more)
        if hexes is None:
            kept.pop("camp_hexes")
        else:
            kept["camp_hexes"] = hexes
    found.extend(_suppress_bands(kept, rule, given.get("camps")))
    return kept, found


def release(
    given: Layers,
    *,
    product: Product,
    audience: str = "public",
    rasters: Mapping[str, Raster] | None = None,
) -> Release:
    """Make the release for one audience: the only way to the writers.

    Parameters
    ----------
    given
        Layers and tables of the schema, already conformed.
    product
        What the products say about themselves.
    audience
        ``public`` (the default), ``partner`` or ``internal``.
    rasters
        Rasters by name; those of people carry their ``bandwidth_m`` as a tag.

    Returns
    -------
    Release
        What the audience may see, with everything held back listed in ``withheld``.

    Raises
    ------
    UnknownNameError
        If the audience does not exist.
    SchemaError
        If a layer does not hold to the schema.
    """
    who = check_audience(audience)
    rule = rules(who)
    validate(given)
    kept, found = _gate_layers(given, who, rule, product.as_of)
    kept_rasters, more = _gate_rasters(rasters or {}, rule)
    shown, last = _gate_product(product, rule)
    found.extend([*more, *last])
    before = _gate_left_out(pd.DataFrame(given.get("withheld", pd.DataFrame())), rule)
    rows = pd.concat([before, pd.DataFrame(found)], ignore_index=True)
    rows["withheld_id"] = [f"w{number:03d}" for number in range(1, len(rows) + 1)]
    withheld = conform(rows, "withheld")
    kept["withheld"] = withheld
    ordered = {name: _renewed(kept[name], name) for name in layers() if name in kept}
    return Release(
        layers=MappingProxyType(ordered),
        rasters=MappingProxyType(kept_rasters),
        audience=who,
        protection=rule.protection,
        withheld=withheld,
        product=shown,
        key=_KEY,
    )


def _renewed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The layer in schema types again, without the columns that the audience may not see."""
    columns = [
        *(c.name for c in layer_spec(name).columns if c.name in frame),
        *(["geometry"] if "geometry" in frame else []),
    ]
    return conform(frame, name)[columns]
