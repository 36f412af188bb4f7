"""idlibgeo: from reports about displaced people to maps that others act on.

>>> import idlibgeo as ig
>>> report = ig.read_report("Over 31,000 people fled from Saraqib in four days.", published="2020-01-07")
>>> [(figure.value, figure.kind, figure.origin) for figure in report.figures]
[(31000, 'flow', ('Saraqib',))]

Names are loaded when they are first used, so that ``import idlibgeo`` takes no time and does nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from idlibgeo._version import __version__

if TYPE_CHECKING:
    from idlibgeo.border import (
        Border,
        band_table,
        bands_and_buffers,
        border_bands,
        border_buffers,
        distance_to_border,
        load_border,
    )
    from idlibgeo.camps import (
        compare_sources,
        crowding,
        density_series,
        exposure,
        hexbin,
        kernel_density,
        suitable_land,
    )
    from idlibgeo.errors import (
        CRSError,
        DownloadError,
        FileError,
        IdlibgeoError,
        InputError,
        PlaceNotFoundError,
        ReportError,
        RoutingError,
        ScenarioError,
        SchemaError,
        UnknownNameError,
    )
    from idlibgeo.export.bundle import write_bundle
    from idlibgeo.export.webmap import explore
    from idlibgeo.flows import allocate
    from idlibgeo.gazetteer import Candidate, Context, Gazetteer, Place
    from idlibgeo.geo import Bounds, Raster
    from idlibgeo.ledger import Ledger
    from idlibgeo.osm import read_osm
    from idlibgeo.pipeline import load_gazetteer, read_report, run
    from idlibgeo.privacy import Release, release
    from idlibgeo.reports import Figure, Mention, Report
    from idlibgeo.roads import RoadNetwork
    from idlibgeo.routes import (
        alternative_routes,
        edge_flows,
        isochrones,
        od_matrix,
        route_to_line,
        shortest_path,
    )
    from idlibgeo.scenario import Scenario

_HOME = {
    "border": (
        "Border",
        "band_table",
        "bands_and_buffers",
        "border_bands",
        "border_buffers",
        "distance_to_border",
        "load_border",
    ),
    "camps": (
        "compare_sources",
        "crowding",
        "density_series",
        "exposure",
        "hexbin",
        "kernel_density",
        "suitable_land",
    ),
    "errors": (
        "CRSError",
        "DownloadError",
        "FileError",
        "IdlibgeoError",
        "InputError",
        "PlaceNotFoundError",
        "ReportError",
        "RoutingError",
        "ScenarioError",
        "SchemaError",
        "UnknownNameError",
    ),
    "export.bundle": ("write_bundle",),
    "export.webmap": ("explore",),
    "flows": ("allocate",),
    "gazetteer": ("Candidate", "Context", "Gazetteer", "Place"),
    "geo": ("Bounds", "Raster"),
    "ledger": ("Ledger",),
    "osm": ("read_osm",),
    "pipeline": ("load_gazetteer", "read_report", "run"),
    "privacy": ("Release", "release"),
    "reports": ("Figure", "Mention", "Report"),
    "roads": ("RoadNetwork",),
    "routes": (
        "alternative_routes",
        "edge_flows",
        "isochrones",
        "od_matrix",
        "route_to_line",
        "shortest_path",
    ),
    "scenario": ("Scenario",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Border",
    "Bounds",
    "CRSError",
    "Candidate",
    "Context",
    "DownloadError",
    "Figure",
    "FileError",
    "Gazetteer",
    "IdlibgeoError",
    "InputError",
    "Ledger",
    "Mention",
    "Place",
    "PlaceNotFoundError",
    "Raster",
    "Release",
    "Report",
    "ReportError",
    "RoadNetwork",
    "RoutingError",
    "Scenario",
    "ScenarioError",
    "SchemaError",
    "UnknownNameError",
    "__version__",
    "allocate",
    "alternative_routes",
    "band_table",
    "bands_and_buffers",
    "border_bands",
    "border_buffers",
    "compare_sources",
    "crowding",
    "density_series",
    "distance_to_border",
    "edge_flows",
    "explore",
    "exposure",
    "hexbin",
    "isochrones",
    "kernel_density",
    "load_border",
    "load_gazetteer",
    "od_matrix",
    "read_osm",
    "read_report",
    "release",
    "route_to_line",
    "run",
    "shortest_path",
    "suitable_land",
    "write_bundle",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module at its first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'idlibgeo' has no attribute {name!r}")
    return getattr(importlib.import_module(f"idlibgeo.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    """All public names."""
    return sorted(__all__)
