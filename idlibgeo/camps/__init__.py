"""Camps: their table, density that adds up, hexagons, crowding, room for more, and who is exposed."""

from __future__ import annotations

from idlibgeo.camps.crowding import Standard, crowding, standards
from idlibgeo.camps.density import density_change, density_series, kernel_density
from idlibgeo.camps.hexes import hexbin, hexbin_change
from idlibgeo.camps.table import camps_table

__all__ = [
    "Standard",
    "camps_table",
    "crowding",
    "density_change",
    "density_series",
    "hexbin",
    "hexbin_change",
    "kernel_density",
    "standards",
]
