"""The border, the camps measured against it, and the density of people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from idlibgeo import border as borders
from idlibgeo import camps as camping
from idlibgeo import privacy, sources
from idlibgeo.border import Border
from idlibgeo.pipeline.state import State, made

# So much of the border is drawn beyond the area; distances are measured to all of it.
MARGIN_M = 10_000
_LEVELS = {"site": "a site", "cluster": "a group of camps", "adm3": "a sub-district"}


def border(state: State) -> State:
    """Load the border and the crossings."""
    section = state.scenario.border
    line = _line(state)
    state = replace(state, border=line).with_layers(
        border=line.within(state.scenario.bounds, margin_m=MARGIN_M).layer()
    )
    if section.crossings:
        points = sources.read_points(
            state.scenario.path(section.crossings, key="border.crossings"),
            required=["crossing_id", "name", "type"],
        )
        state = state.with_layers(
            crossings=borders.crossings_table(points, as_of=state.scenario.scenario.as_of)
        )
    return state.note(
        "border",
        f"The border line is that of {line.source}. Distances are geodesic, to its land part, and positive on the"
        " origin's side.",
        error_m=line.error_m,
        warnings="; ".join(line.warnings) or "none",
    )


def _line(state: State) -> Border:
    section = state.scenario.border
    packaged = borders.load_border(
        section.country, section.neighbours, bounds=state.scenario.bounds, coast_point=section.coast_point
    )
    if not section.file:
        return packaged
    path = state.scenario.path(section.file, key="border.file")
    return Border.from_polygons(
        sources.read_vector(path),
        countries=(section.country, *section.neighbours),
        source=path.name,
        licence=section.licence,
        error_m=section.error_m,
        along=packaged,
    )


def latest(camps: gpd.GeoDataFrame, as_of: dt.date) -> gpd.GeoDataFrame:
    """The camps of the last date that is not after the map's."""
    dates = camps["date"].dropna()
    known = dates[dates <= as_of.isoformat()]
    return camps[camps["date"] == known.max()] if len(known) else camps.iloc[:0]


def camps(state: State) -> State:
    """Measure camps against the border, band them, spread their people, and say where they are crowded."""
    scenario = state.scenario
    line = made(state.border, stage="border")
    if scenario.camps is None:
        return _bands(state, line, None)
    table = camping.camps_table(sources.read_points(scenario.path(scenario.camps.file, key="camps.file")))
    measured = borders.distance_to_border(
        table[table.geometry.notna()], line, tolerance_m=scenario.border.tolerance_m, outside="mark"
    )
    table = table.assign(distance_m=measured["distance_m"], border_status=measured["status"])
    if scenario.camps.standard:
        crowded = camping.crowding(table, standard=scenario.camps.standard)
        table = table.assign(**{name: crowded[name] for name in crowded})
    now = latest(table, scenario.scenario.as_of)
    state = _list_unplaced(state.with_layers(camps=_points_only(table)), now)
    return _density(_hexes(_bands(state, line, now), table), now)


# A sum over a wider area has no point: a mark in the middle of a district would say that people are there.
WIDEST_M = 15_000


def _points_only(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with no point for sums over a wide area; they still count in bands and density by their radius."""
    wide = table["radius_m"] > WIDEST_M
    return table.assign(geometry=table.geometry.where(~wide))


def _list_unplaced(state: State, now: gpd.GeoDataFrame) -> State:
    for row in now[now.geometry.isna()].to_dict("records"):
        state = state.leave_out(
            "camps",
            row["name"],
            rows=1,
            people=row["people_mid"],
            reason="no position is known: it stands in the table, but in no band, hexagon or density",
        )
    return state


def _bands(state: State, line: Border, now: gpd.GeoDataFrame | None) -> State:
    """Draw bands and buffers, and fill them with the camps of the map's date where there are any."""
    section = state.scenario.border
    box = state.scenario.bounds
    bands, buffers = borders.bands_and_buffers(line, distances_m=section.distances_m, bounds=box)
    if now is not None:
        located = now[now.geometry.notna()]
        bands = borders.band_table(located, bands, error_m=line.error_m)
        buffers = borders.band_table(located, buffers, error_m=line.error_m)
        state = _check_bands(state, located, bands)
    return state.with_layers(border_bands=bands, border_buffers=buffers).note(
        "bands",
        "Bands are disjoint, buffers cumulative; both are drawn at geodesic distances from the land border. The low"
        " number of a band counts only camps that lie in it wherever in their radius they are, the high number all"
        " that may; since camps are known by cluster, the two are far apart.",
        distances_m=", ".join(f"{distance:g}" for distance in section.distances_m),
        tolerance_m=section.tolerance_m,
    )


def _check_bands(state: State, located: gpd.GeoDataFrame, bands: gpd.GeoDataFrame) -> State:
    """People in = people in bands + people listed as beyond the last band or outside."""
    beyond = borders.band_left_out(located, bands)
    for index, row in beyond.iterrows():
        state = state.leave_out(
            "border_bands", located["name"][index], rows=1, people=row["people_mid"], reason=row["reason"]
        )
    people_in = float(located["people_mid"].sum())
    people_out = float(bands["people_mid"].sum() + beyond["people_mid"].sum())
    return state.check(
        "camps",
        "people in bands",
        status="ok" if abs(people_in - people_out) < 0.5 else "warning",
        expected=f"{people_in:.0f}",
        got=f"{people_out:.0f}",
        message="Everyone in camps with a position is in a band or listed with the reason.",
    )


def _places(state: State) -> pd.DataFrame:
    return state.layers.get("places", pd.DataFrame())


def _hexes(state: State, table: gpd.GeoDataFrame) -> State:
    """Sum the camps of every date over hexagons no finer than the audience may see."""
    finest = privacy.rules(state.audience).hex_resolution_max
    resolution = min(state.scenario.density.hex_resolution, finest)
    # Counted from what the audience sees: with the sums of the sub-districts, a finer count would narrow both down.
    shown = privacy.coarse_camps(table, _places(state), state.audience)
    points = _points_only(shown)
    hexes = [
        camping.hexbin(group, resolution=resolution).assign(date=date)
        for date, group in points[points.geometry.notna()].groupby("date", sort=True)
    ]
    if not hexes:
        return state
    every = pd.concat(hexes, ignore_index=True)
    state = state.with_layers(camp_hexes=every.assign(hex_id=every["hex_id"] + "|" + every["date"]))
    for row in shown[shown.geometry.notna() & points.geometry.isna()].to_dict("records"):
        state = state.leave_out(
            "camp_hexes",
            f"{row['name']}, {row['date']}",
            rows=1,
            people=row["people_mid"],
            reason="it is a sum over a district: no one hexagon holds it",
        )
    return state.note(
        "hexagons",
        "People in camps summed over H3 cells, for each date on one grid; where camps are shown by sub-district, they"
        " stand at its middle.",
        hex_resolution=resolution,
        finest_for_audience=finest,
    )


def _density(state: State, now: gpd.GeoDataFrame) -> State:
    """Spread the people in camps of the map's date, from points as fine as the audience may see."""
    section, rule = state.scenario.density, privacy.rules(state.audience)
    shown = privacy.coarse_camps(now, _places(state), state.audience)
    points = shown[shown.geometry.notna()]
    if points.empty:
        return state.leave_out(
            "density",
            "the whole raster",
            rows=len(shown),
            people=None,
            reason="no area has enough sites and people for this audience to be shown with a point",
        )
    for row in shown[shown.geometry.isna()].to_dict("records"):
        state = state.leave_out(
            "density",
            row["name"],
            rows=1,
            people=row["people_mid"],
            reason="the middle of its area is not known, so that its people can be spread over nothing",
        )
    bandwidth_m = max(section.bandwidth_m, rule.density_bandwidth_floor_m)
    raster = camping.kernel_density(
        points,
        people="people_mid",
        bandwidth_m=bandwidth_m,
        resolution_m=section.resolution_m,
        area=state.scenario.bounds,
        # Nobody is spread over the border: the other side is not theirs to be counted on.
        mask=made(state.border, stage="border").origin_side,
    )
    left_out = float(raster.tags.get("people_left_out", 0))
    if left_out > 0.5:
        state = state.leave_out(
            "density", "camps beyond the area", rows=1, people=left_out, reason="they lie outside the raster"
        )
    tagged = replace(raster, tags={**raster.tags, "camps_level": rule.camps_level})
    return state.with_raster("density", tagged).note(
        "density",
        f"People were spread over {bandwidth_m:,.0f} m (the bandwidth) and the radius of each point, from points no"
        f" finer than {_LEVELS.get(rule.camps_level, rule.camps_level)}; the sum over the grid is their number.",
        bandwidth_m=bandwidth_m,
        resolution_m=section.resolution_m,
        audience_floor_m=rule.density_bandwidth_floor_m,
    )
