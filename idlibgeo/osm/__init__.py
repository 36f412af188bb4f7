"""Reading an OSM file (.osm.pbf, .osm, .osm.gz): roads, places, boundaries, sites, barriers, crossings."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from idlibgeo.errors import FileError
from idlibgeo.geo import WGS84, Bounds, check_bounds
from idlibgeo.osm import features
from idlibgeo.osm.pbf import HistoryError, UnusualError, read_pbf
from idlibgeo.osm.raw import RawOsm, TagColumn, Ways

LICENCE = "ODbL 1.0, © OpenStreetMap contributors"


@dataclass(frozen=True, eq=False)
class OsmData:
    """What an OSM file says about roads and places; the frames are made when they are first asked for.

    Attributes
    ----------
    ways
        Highway ways as arrays, the form that `RoadNetwork.from_osm` reads; `roads` is the same as a frame.
    raw
        Everything else as read, before it is interpreted.
    box
        What the frames are cut to: points and boundaries that lie in it or reach into it.
    counts
        What was read and what was left, and why.
    """

    ways: Ways
    raw: RawOsm
    box: Bounds | None
    counts: Mapping[str, int]
    source: str
    licence: str = LICENCE

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        """Named places, in the columns of a gazetteer table."""
        return self._cut(features.places(self.raw, source=f"OpenStreetMap ({self.source})"))

    @cached_property
    def boundaries(self) -> gpd.GeoDataFrame:
        """``osm_id, admin_level, iso, name, name_ar, name_en, complete, geometry``: areas, or lines where cut."""
        return self._cut(features.boundaries(self.raw))

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """Refugee sites as points; single sites are never published."""
        return self._cut(features.sites(self.raw))

    @cached_property
    def barriers(self) -> gpd.GeoDataFrame:
        """Barrier nodes: ``osmid, barrier, access, vehicle, foot, name, geometry``."""
        return self._cut(features.barriers(self.raw))

    @cached_property
    def crossings(self) -> gpd.GeoDataFrame:
        """Border posts, in the columns of the layer ``crossings`` as far as OSM knows them."""
        return self._cut(features.crossings(self.raw, source=f"OpenStreetMap ({self.source})"))

    def _cut(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        if self.box is None:
            return frame
        return frame[frame.intersects(shapely.box(*self.box))].reset_index(drop=True)

    @cached_property
    def roads(self) -> gpd.GeoDataFrame:
        """A row a highway way: ``osmid``, its tags, and its line; None where under two nodes are known."""
        ways = self.ways
        owner = np.repeat(np.arange(len(ways)), np.diff(ways.ptr))
        lon, lat = ways.node_lon[ways.node], ways.node_lat[ways.node]
        known = ~np.isnan(lon)
        enough = np.bincount(owner[known], minlength=len(ways)) > 1
        used = known & enough[owner]
        lines = np.full(len(ways), None, dtype=object)
        row = np.cumsum(enough) - 1
        lines[enough] = shapely.linestrings(lon[used], lat[used], indices=row[owner[used]])
        table = {"osmid": ways.ids} | {
            key.replace(":", "_"): pd.array(column.texts(), dtype="str") for key, column in ways.tags.items()
        }
        return gpd.GeoDataFrame(table, geometry=lines, crs=WGS84)


def read_osm(path: str | Path, bounds: Any = None) -> OsmData:
    """Read roads, places, boundaries, sites, barriers and crossings from an OSM file.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.gz``.
    bounds
        (west, south, east, north) in degrees. Ways with a node in the box are kept whole; of the rest, what
        lies or reaches into the box.

    Raises
    ------
    FileError
        If the file is missing, cut off, empty, of another kind, or holds several versions of its objects.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> two_nodes = '<node id="1" lat="35.9" lon="36.6"/><node id="2" lat="36.0" lon="36.6"/>'
    >>> road = '<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="track"/></way>'
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "own.osm"
    ...     _ = file.write_text(f'<osm version="0.6">{two_nodes}{road}</osm>')
    ...     data = read_osm(file)
    >>> data.roads["highway"].tolist(), data.counts["ways_read"]
    (['track'], 1)
    """
    file = Path(path)
    if not file.is_file():
        what = "it is a folder" if file.is_dir() else "there is no such file"
        raise FileError(
            f"{file}: given as an OSM file, but {what}. Expected .osm.pbf, .osm or .osm.gz."
            " Nothing was read. Check the path, or download an extract, for example from Geofabrik."
        )
    raw = _read(file)
    box = None if bounds is None else check_bounds(bounds)
    ways = raw.ways if box is None else _ways_within(raw.ways, box)
    return OsmData(ways=ways, raw=raw, box=box, counts=_counts(ways, raw), source=file.name)


def _read(file: Path) -> RawOsm:
    """Read by the fast decoder; what is no PBF, or a rare kind of it, is made one first by libosmium."""
    try:
        if file.name.endswith(".pbf"):
            try:
                return _one_version(read_pbf(file))
            except UnusualError:
                pass
        return _one_version(_read_as_pbf(file))
    except HistoryError as error:
        raise FileError(
            f"{file}: given an OSM file with several versions of its objects ({error}), expected one version of"
            " each. Nothing was read, since old roads would stand beside new ones. Cut it to a day, for example with"
            " osmium time-filter."
        ) from None
    except (ValueError, RuntimeError, osmium.InvalidLocationError) as error:
        raise FileError(
            f"{file}: expected a whole OSM file (.osm.pbf, .osm or .osm.gz), but {str(error).rstrip('.')}."
            " Nothing was read."
            " Download it again, and compare its size or checksum with the publisher's."
        ) from None


def _read_as_pbf(file: Path) -> RawOsm:
    """Let libosmium write the file as PBF beside no other, and read that."""
    if osmium.io.File(file).has_multiple_object_versions:
        raise HistoryError("it is a history or change file")
    with tempfile.TemporaryDirectory(prefix="idlibgeo-") as folder:
        target = Path(folder) / "same.osm.pbf"
        kind = "pbf,pbf_compression=none,add_metadata=none"
        with osmium.SimpleWriter(osmium.io.File(target, kind)) as writer:
            osmium.apply(file, writer)
        return read_pbf(target)


def _one_version(raw: RawOsm) -> RawOsm:
    ids = raw.ways.ids
    if (np.diff(ids) <= 0).any() and len(np.unique(ids)) < len(ids):
        raise HistoryError(f"{len(ids) - len(np.unique(ids))} ways stand in it more than once")
    return raw


def _ways_within(ways: Ways, box: Bounds) -> Ways:
    """The ways with at least one node in the box, whole."""
    lon, lat = ways.node_lon, ways.node_lat
    inside = (lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)
    owner = np.repeat(np.arange(len(ways)), np.diff(ways.ptr))
    keep = np.bincount(owner[inside[ways.node]], minlength=len(ways)) > 0
    return replace(
        ways,
        ids=ways.ids[keep],
        ptr=np.concatenate([[0], np.cumsum(np.diff(ways.ptr)[keep])]).astype(np.int64),
        node=ways.node[keep[owner]],
        tags={key: TagColumn(column.codes[keep], column.values) for key, column in ways.tags.items()},
    )


def _counts(ways: Ways, raw: RawOsm) -> dict[str, int]:
    missing = np.isnan(ways.node_lon[ways.node])
    return {
        **raw.counts,
        "ways_read": len(raw.ways),
        "ways_outside_bounds": len(raw.ways) - len(ways),
        "way_nodes": len(ways.node),
        "way_nodes_missing": int(missing.sum()),
        "tagged_nodes": len(raw.nodes),
        "outlines": len(raw.outlines),
        "boundary_relations": len(raw.relations),
    }
