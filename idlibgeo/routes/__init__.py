"""Routes: the ways that people can take, how long they are and how long they take.

Every function takes the network first and changes nothing: closures, modes and dates are the `Weights` of a
query (`RoadNetwork.weights`).
"""

from __future__ import annotations

from idlibgeo.routes.queries import od_matrix, route_to_line, shortest_path

__all__ = ["od_matrix", "route_to_line", "shortest_path"]
