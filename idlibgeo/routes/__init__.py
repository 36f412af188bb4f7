"""Routes: the ways that people can take, how long they are and how long they take.

Every function takes the network first and changes nothing: closures, modes and dates are the `Weights` of a
query (`RoadNetwork.weights`).
"""

from __future__ import annotations

from idlibgeo.routes.alternatives import alternative_routes
from idlibgeo.routes.draws import Draws, draw_routes
from idlibgeo.routes.hierarchy import Engine, Hierarchy, prepare
from idlibgeo.routes.loads import edge_flows, path_size
from idlibgeo.routes.queries import od_matrix, route_to_line, shortest_path
from idlibgeo.routes.reach import isochrone_edges, isochrones

__all__ = [
    "Draws",
    "Engine",
    "Hierarchy",
    "alternative_routes",
    "draw_routes",
    "edge_flows",
    "isochrone_edges",
    "isochrones",
    "od_matrix",
    "path_size",
    "prepare",
    "route_to_line",
    "shortest_path",
]
