"""The border line between two countries, with its side, source, licence and known error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from idlibgeo import schema
from idlibgeo.border.segments import build_tree, find_feet
from idlibgeo.border.zones import ERROR_M, LICENCE, Zones, country_area, read_zones
from idlibgeo.errors import InputError
from idlibgeo.geo import GEOD, WGS84, Bounds, FloatArray, check_bounds, geodesic_length_m, require_crs

LonLat = tuple[float, float]
# Agreed sea borders run in straight legs; on land the packaged lines turn every few dozen metres.
SEA_LEG_M = 2_000.0
# A coast point further than this from the line is a slip of the pen, not a coast.
COAST_TOLERANCE_M = 5_000.0
# Boundaries of two countries coincide to the last digit that OpenStreetMap keeps.
_DEGREE_STEPS = 1e7
_MANY_PIECES = 3


@dataclass(frozen=True)
class Border:
    """A border seen from one country, the origin's side.

    Attributes
    ----------
    geometry
        The land part, lon and lat in degrees: what distances and bands are measured to.
    sea
        The part at sea, drawn but never measured to; empty where there is none.
    origin_side
        The origin's area, territorial sea included; distances are positive in it.
    countries
        ISO codes, the origin's first.
    source, licence, error_m
        Where the line comes from, under which terms, and how far it may lie from the true one (NaN: unknown).
    warnings
        What a reader of the map has to know.
    """

    geometry: shapely.Geometry
    sea: shapely.Geometry
    origin_side: shapely.Geometry
    countries: tuple[str, ...]
    source: str
    licence: str
    error_m: float = float("nan")
    warnings: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """Geodesic length of the land part in metres."""
        return _length_m(self.geometry)

    def layer(self) -> gpd.GeoDataFrame:
        """The line as the layer `border`: a row for the land part and one for the sea part, if there is one."""
        parts = [("land", self.geometry), ("sea", self.sea)]
        rows = [(part, line) for part, line in parts if not line.is_empty]
        lines = [line for _, line in rows]
        frame = gpd.GeoDataFrame(
            {
                "border_id": ["-".join([*self.countries, part]) for part, _ in rows],
                "countries": ", ".join(self.countries),
                "part": [part for part, _ in rows],
                "length_m": [_length_m(line) for line in lines],
                "error_m": self.error_m,
                "source": self.source,
            },
            geometry=lines,
            crs=WGS84,
        )
        return schema.conform(frame, "border")

    def within(self, bounds: Bounds, *, margin_m: float = 100_000.0) -> Border:
        """The line cut to a box and a margin around it; the origin's side stays whole.

        Distances up to the margin, from points inside the box, are those of the whole line.

        Raises
        ------
        InputError
            If the line does not come near the box.
        """
        box = _box_with_margin(check_bounds(bounds), margin_m)
        cut = shapely.intersection(self.geometry, box)
        if cut.is_empty:
            raise InputError(
                f"Border {'-'.join(self.countries)}: given the area {tuple(bounds)}, expected one that the border"
                f" comes within {margin_m / 1000:.0f} km of. Nothing was computed. Check the area, or the border."
            )
        return replace(
            self,
            geometry=_lines_only(cut),
            sea=_lines_only(shapely.intersection(self.sea, box)),
        )

    @classmethod
    def from_polygons(
        cls,
        origin: gpd.GeoDataFrame,
        neighbour: gpd.GeoDataFrame | None = None,
        *,
        countries: Sequence[str],
        source: str,
        licence: str,
        error_m: float = float("nan"),
        along: Border | None = None,
        within_m: float = 5_000.0,
        coast_point: LonLat | Sequence[LonLat] | None = None,
    ) -> Border:
        """The border of areas from any layer: boundary relations of an OSM file, a COD, Natural Earth.

        Parameters
        ----------
        origin, neighbour
            Polygons of the origin's country and of its neighbour, with a CRS; all rows of each are united.
            The two must share their edge vertex by vertex, as OSM's relations and most COD layers do.
        countries
            ISO codes, the origin's first.
        source, licence, error_m
            As in the attributes.
        along
            If there is no layer of the neighbour: another border of the same countries. Of the origin's edge the
            part that lies within `within_m` of it is taken.
        coast_point
            Where the border reaches the sea, as (lon, lat); the part beyond it is sea.

        Raises
        ------
        InputError
            If the areas have no edge in common.
        """
        area = _united(origin, "origin")
        name = "-".join(countries)
        if neighbour is not None:
            lines = shared_edge(area, _united(neighbour, "neighbour"))
        elif along is not None:
            lines = _edge_along(area, along, within_m)
        else:
            raise InputError(
                f"Border {name}: given the origin's area alone, expected the neighbour's area too, or another border"
                " to follow. Nothing was computed. Give neighbour=… or along=load_border(…)."
            )
        if not lines:
            raise InputError(
                f"Border {name}: given two areas that share no edge vertex by vertex, expected neighbours from one"
                " layer. Nothing was computed. Take both from the same source, or give along=load_border(…)."
            )
        notes = _piece_warnings(lines, name)
        land, sea = _cut_at_coast(lines, _coast_points(coast_point))
        return cls(
            geometry=_as_line(land),
            sea=_as_line(sea),
            origin_side=area,
            countries=tuple(countries),
            source=source,
            licence=licence,
            error_m=error_m,
            warnings=notes,
        )

    @classmethod
    def from_boundaries(
        cls,
        boundaries: gpd.GeoDataFrame,
        country: str,
        neighbour: str,
        *,
        source: str,
        licence: str = LICENCE,
        error_m: float = ERROR_M,
        origin_point: LonLat | None = None,
        coast_point: LonLat | Sequence[LonLat] | None = None,
    ) -> Border:
        """The border from the boundary relations of an OSM file, as `read_osm` gives them.

        Relations that the file holds whole are areas; of those that it cuts off only lines are there, and then a
        point has to tell which side is the origin's.

        Parameters
        ----------
        boundaries
            Columns ``iso`` and ``admin_level``, areas or lines with a CRS.
        country, neighbour
            ISO codes as in ``iso``, the origin's first.
        origin_point
            A place (lon, lat) on the origin's side, needed where the file cuts off a relation.

        Raises
        ------
        InputError
            If a country is not in the file, or the two share nothing in it.
        """
        located = require_crs(boundaries, name="boundaries")
        name = f"{country}-{neighbour}"
        one, two = (_relation(located, code, name) for code in (country, neighbour))
        if {one.geom_type, two.geom_type} <= {"Polygon", "MultiPolygon"}:
            return cls.from_polygons(
                gpd.GeoDataFrame(geometry=[one], crs=WGS84),
                gpd.GeoDataFrame(geometry=[two], crs=WGS84),
                countries=(country, neighbour),
                source=source,
                licence=licence,
                error_m=error_m,
                coast_point=coast_point,
            )
        lines = shared_edge(one, two)
        if not lines or origin_point is None:
            raise InputError(
                f"Border {name}: given boundaries of which the file holds only a part"
                + (", and no stretch that both have" if not lines else "")
                + ", expected a common stretch and a place on the origin's side. No border was made. Give"
                f' origin_point=(lon, lat), or take load_border("{country}", "{neighbour}").'
            )
        return cls.from_lines(
            gpd.GeoDataFrame(geometry=lines, crs=WGS84),
            origin_point=origin_point,
            countries=(country, neighbour),
            source=source,
            licence=licence,
            error_m=error_m,
        )

    @classmethod
    def from_lines(
        cls,
        lines: gpd.GeoDataFrame,
        *,
        origin_point: LonLat,
        countries: Sequence[str],
        source: str,
        licence: str,
        error_m: float = float("nan"),
        reach_m: float = 200_000.0,
    ) -> Border:
        """The border from lines alone; a point tells which side is the origin's.

        The origin's side is then the area within `reach_m` that the line, drawn on straight beyond its ends, parts
        from the rest: an estimate, named among the warnings.

        Raises
        ------
        InputError
            If the layer holds no lines, or they part nothing.
        """
        located = require_crs(lines, name="border lines")
        kinds = set(located.geometry.dropna().geom_type)
        if not kinds or kinds - {"LineString", "MultiLineString", "LinearRing"}:
            raise InputError(
                f"Border lines: given {sorted(kinds) or 'no geometry'}, expected lines. Nothing was computed. For areas"
                " use Border.from_polygons."
            )
        parts = _joined(shapely.union_all(located.geometry.dropna().array))
        side = _side_of(parts, origin_point, reach_m)
        note = (
            f"The line comes without areas; what lies on the side of {countries[0]} was cut from a box"
            f" of {reach_m / 1000:.0f} km around it."
        )
        return cls(
            geometry=_as_line(parts),
            sea=shapely.MultiLineString(),
            origin_side=side,
            countries=tuple(countries),
            source=source,
            licence=licence,
            error_m=error_m,
            warnings=(note, *_piece_warnings(parts, "-".join(countries))),
        )


def load_border(
    country: str,
    neighbours: str | Sequence[str],
    *,
    bounds: Bounds | Sequence[float] | None = None,
    coast_point: LonLat | Sequence[LonLat] | None = None,
    margin_m: float = 100_000.0,
) -> Border:
    """The border between a country and one or more neighbours, from the installed packages, offline.

    It is the shared edge of the countries' time-zone polygons, which `timezonefinder` carries and OpenStreetMap's
    contributors drew (ODbL). The zones reach out to sea: legs at sea are told apart by the ocean at their end and
    their straight course, or by a coast point.

    Parameters
    ----------
    country, neighbours
        ISO 3166-1 codes of two letters; distances are positive in `country`.
    bounds
        West, south, east, north in degrees: only what lies in the box and `margin_m` around it is kept.
    coast_point
        Where the border reaches the sea, (lon, lat), or several of them.

    Returns
    -------
    Border
        With the warnings that a reader has to know.

    Raises
    ------
    UnknownNameError
        For a code without a time zone of its own.
    InputError
        If the countries share no edge, or the border is far from the bounds.

    Examples
    --------
    >>> border = load_border("AD", "ES")
    >>> round(border.length_m / 1000), border.licence
    (64, 'ODbL-1.0')
    """
    others = (neighbours,) if isinstance(neighbours, str) else tuple(neighbours)
    codes = tuple(code.upper() for code in (country, *others))
    if len(set(codes)) < max(len(codes), 2):
        raise InputError(
            f"Border: given {codes}, expected a country and other ones as neighbours. Nothing was computed."
        )
    zones = read_zones()
    areas, notes = zip(*(country_area(zones, code) for code in codes), strict=True)
    edges = [
        _edge_or_refusal(areas[0], area, f"{codes[0]}-{code}")
        for area, code in zip(areas[1:], codes[1:], strict=True)
    ]
    lines = [line for edge in edges for line in edge]
    land, sea, sea_notes = _land_and_sea(lines, zones, _coast_points(coast_point))
    border = Border(
        geometry=_as_line(land),
        sea=_as_line(sea),
        origin_side=areas[0],
        countries=codes,
        source=zones.source,
        licence=LICENCE,
        error_m=ERROR_M,
        warnings=(
            *(note for several in notes for note in several),
            *(
                note
                for edge, code in zip(edges, codes[1:], strict=True)
                for note in _piece_warnings(edge, f"{codes[0]}-{code}")
            ),
            *sea_notes,
        ),
    )
    return border if bounds is None else border.within(check_bounds(bounds), margin_m=margin_m)


def _edge_or_refusal(area: shapely.Geometry, other: shapely.Geometry, name: str) -> list[shapely.LineString]:
    lines = shared_edge(area, other)
    if not lines:
        raise InputError(
            f"Border {name}: given two countries whose time zones share no edge, expected neighbours. No border was"
            " made. Check the codes, or give the border as a file."
        )
    return lines


# --- the edge that two areas share ---------------------------------------------------------------------------


def _paths(geometry: shapely.Geometry) -> list[FloatArray]:
    """The rings of an area, each so directed that the area lies on the left; of lines, their points."""
    parts = shapely.get_parts(geometry)
    if len(parts) and parts[0].geom_type == "Polygon":
        parts = shapely.get_rings(shapely.orient_polygons(parts))
    return [shapely.get_coordinates(part) for part in parts]


def _undirected_keys(ring: FloatArray) -> npt.NDArray[np.void]:
    """One comparable key a segment, the same for both directions."""
    steps = np.rint(ring * _DEGREE_STEPS).astype(np.int64)
    one, two = steps[:-1], steps[1:]
    swap = (one[:, 0] > two[:, 0]) | ((one[:, 0] == two[:, 0]) & (one[:, 1] > two[:, 1]))
    low, high = np.where(swap[:, None], two, one), np.where(swap[:, None], one, two)
    return np.ascontiguousarray(np.hstack([low, high])).view([("", np.int64)] * 4).ravel()


def _runs(path: FloatArray, taken: npt.NDArray[np.bool_]) -> list[shapely.LineString]:
    """The lines that the taken segments of a path form; of a closed one across its seam too."""
    if taken.all():
        return [shapely.LineString(path)]
    if (path[0] == path[-1]).all():
        # Begin just after a segment that is not taken: then no run crosses the seam.
        first = int(np.flatnonzero(~taken)[0]) + 1
        path = np.roll(path[:-1], -first, axis=0)
        path, taken = np.vstack([path, path[:1]]), np.roll(taken, -first)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], taken, [False]]).astype(np.int8)))
    return [shapely.LineString(path[i : j + 1]) for i, j in zip(edges[::2], edges[1::2], strict=True)]


def shared_edge(area: shapely.Geometry, other: shapely.Geometry) -> list[shapely.LineString]:
    """The lines along which two areas touch vertex by vertex, longest first, `area` on their left.

    Of boundaries that are lines, because a file holds only a part of them, the stretches that both have.

    >>> west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    >>> [line.wkt for line in shared_edge(west, east)]
    ['LINESTRING (1 0, 1 1)']
    """
    keys = np.concatenate([_undirected_keys(ring) for ring in _paths(other)])
    found = []
    for ring in _paths(area):
        taken = np.isin(_undirected_keys(ring), keys)
        if taken.any():
            found += _runs(ring, taken)
    return sorted(found, key=lambda line: -line.length)


def _edge_along(area: shapely.Geometry, along: Border, within_m: float) -> list[shapely.LineString]:
    """The part of an area's edge that keeps close to another border of the same countries."""
    tree = build_tree(along.geometry)
    found = []
    for ring in _paths(area):
        fine = shapely.get_coordinates(shapely.segmentize(shapely.LineString(ring), 0.002))
        near = find_feet(tree, fine[:, 0], fine[:, 1]).distance_m <= within_m
        taken = near[:-1] & near[1:]
        if taken.any():
            found += _runs(fine, taken)
    return sorted(found, key=lambda line: -line.length)


def _relation(boundaries: gpd.GeoDataFrame, code: str, name: str) -> shapely.Geometry:
    """What a file holds of a country: its area, or lines of its edge."""
    rows = boundaries[(boundaries["iso"] == code) & (pd.to_numeric(boundaries["admin_level"]) == 2)]
    rows = rows[rows.geometry.notna() & ~rows.geometry.is_empty]
    if rows.empty:
        known = sorted(boundaries["iso"].dropna().astype(str).unique())
        raise InputError(
            f"Border {name}: given boundaries without {code} at admin_level 2, expected it. No border was made."
            f" The file has: {', '.join(known) or 'no ISO codes'}."
        )
    return shapely.union_all(rows.geometry.array) if len(rows) > 1 else rows.geometry.iloc[0]


def _united(layer: gpd.GeoDataFrame, name: str) -> shapely.Geometry:
    located = require_crs(layer, name=name)
    kinds = set(located.geometry.dropna().geom_type)
    if not kinds or kinds - {"Polygon", "MultiPolygon"}:
        raise InputError(
            f"Border, {name}: given {sorted(kinds) or 'no geometry'}, expected areas (polygons). Nothing was"
            " computed. For lines use Border.from_lines."
        )
    return shapely.union_all(located.geometry.dropna().array)


# --- land and sea --------------------------------------------------------------------------------------------


def _coast_points(given: LonLat | Sequence[LonLat] | None) -> list[LonLat]:
    if given is None:
        return []
    pairs = np.atleast_2d(np.asarray(given, dtype=np.float64))
    if pairs.shape[1] != 2:
        raise InputError(
            f"coast_point: given {given!r}, expected (lon, lat) or several of them. Nothing was computed."
        )
    return [(float(lon), float(lat)) for lon, lat in pairs]


def _cut_at_coast(
    lines: list[shapely.LineString], coast_points: list[LonLat]
) -> tuple[list[shapely.LineString], list[shapely.LineString]]:
    """Cut lines at the foot of each coast point; what lies between it and the nearer end is sea."""
    land, sea = list(lines), []
    for lon, lat in coast_points:
        point = shapely.Point(lon, lat)
        nearest = min(range(len(land)), key=lambda i: land[i].distance(point))
        line = land.pop(nearest)
        at = line.project(point)
        foot = line.interpolate(at)
        _, _, off_m = GEOD.inv(lon, lat, foot.x, foot.y)
        if off_m > COAST_TOLERANCE_M:
            raise InputError(
                f"coast_point: given {(lon, lat)}, {off_m / 1000:.1f} km from the border, expected a point where the"
                f" border meets the coast, within {COAST_TOLERANCE_M / 1000:.0f} km. No border was made. Check the"
                " order (lon before lat)."
            )
        begins_at_sea = at < line.length / 2
        pieces = [_substring(line, 0, at), _substring(line, at, line.length)]
        sea += pieces[:1] if begins_at_sea else pieces[1:]
        land += pieces[1:] if begins_at_sea else pieces[:1]
    return [line for line in land if line.length > 0], [line for line in sea if line.length > 0]


def _substring(line: shapely.LineString, start: float, end: float) -> shapely.LineString:
    # Imported by name: shapely.ops holds the one function for this that shapely 2 has.
    from shapely.ops import substring  # noqa: PLC0415

    piece = substring(line, start, end)
    return piece if piece.geom_type == "LineString" else shapely.LineString()


def _leg_at_sea(line: shapely.LineString) -> int:
    """How many segments at the start of a line are straight legs, too long for a border on land."""
    points = shapely.get_coordinates(line)
    _, _, length_m = GEOD.inv(*points[:-1].T, *points[1:].T)
    short = np.flatnonzero(length_m < SEA_LEG_M)
    return int(short[0]) if len(short) else len(length_m)


def _land_and_sea(
    lines: list[shapely.LineString], zones: Zones, coast_points: list[LonLat]
) -> tuple[list[shapely.LineString], list[shapely.LineString], tuple[str, ...]]:
    """Part the lines at the coast; without a coast point, at the end of the straight legs that begin at sea."""
    if coast_points:
        land, sea = _cut_at_coast(lines, coast_points)
        return land, sea, ()
    land, sea, notes = [], [], []
    for whole in lines:
        line = whole
        for _ in range(2):  # the start, then, on the reversed line, the end
            points = shapely.get_coordinates(line)
            if len(points) > 1 and not line.is_ring and zones.at_sea(*points[0]):
                legs = _leg_at_sea(line)
                if legs:
                    sea.append(shapely.LineString(points[: legs + 1]))
                lon, lat = points[legs]
                notes.append(
                    f"The border goes out to sea near {lon:.2f}, {lat:.2f}; where the coast is was"
                    + (
                        " taken from its straight legs."
                        if legs
                        else " not found, and the sea part counts as land."
                    )
                    + " A coast point makes it exact."
                )
                line = shapely.LineString(points[legs:]) if legs + 1 < len(points) else shapely.LineString()
            line = shapely.reverse(line)
        if not line.is_empty:
            land.append(line)
    return land, sea, tuple(notes)


# --- small tools on lines ------------------------------------------------------------------------------------


def _length_m(line: shapely.Geometry) -> float:
    return float(geodesic_length_m(shapely.get_parts(line)).sum())


def _as_line(lines: list[shapely.LineString]) -> shapely.Geometry:
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def _joined(line: shapely.Geometry) -> list[shapely.LineString]:
    merged = shapely.line_merge(line)
    return sorted(shapely.get_parts(merged), key=lambda part: -part.length)


def _lines_only(geometry: shapely.Geometry) -> shapely.Geometry:
    every = shapely.get_parts(geometry)
    parts = [part for part in every if part.geom_type == "LineString" and not part.is_empty]
    return _as_line(_joined(shapely.MultiLineString(parts))) if parts else shapely.MultiLineString()


def _piece_warnings(lines: list[shapely.LineString], name: str) -> tuple[str, ...]:
    if len(lines) < 2:
        return ()
    lengths = sorted(geodesic_length_m(np.array(lines, dtype=object)), reverse=True)
    shown = ", ".join(f"{length / 1000:.1f}" for length in lengths[:_MANY_PIECES])
    more = f" and {len(lines) - _MANY_PIECES} more" if len(lines) > _MANY_PIECES else ""
    return (f"The border {name} is in {len(lines)} pieces ({shown} km{more}); all of them are used.",)


def _box_with_margin(bounds: Bounds, margin_m: float) -> shapely.Polygon:
    """A box wider by a margin in metres: more degrees of longitude than of latitude."""
    high = np.radians(min(89.0, max(abs(bounds.south), abs(bounds.north)) + margin_m / 110_000))
    lat = margin_m / 110_000
    lon = lat / float(np.cos(high))
    return shapely.box(bounds.west - lon, bounds.south - lat, bounds.east + lon, bounds.north + lat)


def _extended(line: shapely.LineString, reach: float) -> shapely.LineString:
    """The line with a straight stretch of `reach` degrees added at both ends, in its overall direction there."""
    points = shapely.get_coordinates(line)
    tail = min(len(points) - 1, max(1, len(points) // 10))
    before, after = points[0] - points[tail], points[-1] - points[-1 - tail]
    ends = [
        points[0] + before / np.hypot(*before) * reach,
        points[-1] + after / np.hypot(*after) * reach,
    ]
    return shapely.LineString(np.vstack([ends[0], points, ends[1]]))


def _side_of(lines: list[shapely.LineString], origin_point: LonLat, reach_m: float) -> shapely.Geometry:
    """The part of a box around the lines, cut by them, that holds the origin's point."""
    west, south, east, north = shapely.MultiLineString(lines).bounds
    point = shapely.Point(origin_point)
    box = _box_with_margin(Bounds(west, south, east, north), reach_m)
    reach = 2 * (reach_m / 100_000 + max(east - west, north - south))
    cuts = [line if line.is_ring else _extended(line, reach) for line in lines]
    pieces = shapely.get_parts(shapely.polygonize([shapely.unary_union([*cuts, box.exterior])]))
    holding = [piece for piece in pieces if piece.covers(point)]
    if len(pieces) < 2 or not holding:
        raise InputError(
            f"origin_point: given {tuple(origin_point)}, expected a point on one side of the line and within"
            f" {reach_m / 1000:.0f} km of it. No border was made. Check the order (lon before lat)."
        )
    return holding[0]
