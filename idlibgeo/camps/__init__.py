"""Camps: their table, density that adds up, hexagons, crowding, room for more, and who is exposed."""

from __future__ import annotations

from idlibgeo.camps.compare import compare_sources
from idlibgeo.camps.density import density_change, density_series, kernel_density
from idlibgeo.camps.exposed import exposure
from idlibgeo.camps.hexes import hexbin, hexbin_change
from idlibgeo.camps.land import Limit, SuitableLand, land_limits, suitable_land
from idlibgeo.camps.space import Standard, crowding, standards
from idlibgeo.camps.table import camps_table

__all__ = [
    "Limit",
    "Standard",
    "SuitableLand",
    "camps_table",
    "compare_sources",
    "crowding",
    "density_change",
    "density_series",
    "exposure",
    "hexbin",
    "hexbin_change",
    "kernel_density",
    "land_limits",
    "standards",
    "suitable_land",
]
