"""The border: its line with source and error, signed geodesic distance, bands, and crossings."""

from __future__ import annotations

from idlibgeo.border.bands import bands_and_buffers, border_bands, border_buffers
from idlibgeo.border.counts import band_left_out, band_table
from idlibgeo.border.crossings import crossings_table
from idlibgeo.border.distance import distance_to_border
from idlibgeo.border.line import Border, load_border

__all__ = [
    "Border",
    "band_left_out",
    "band_table",
    "bands_and_buffers",
    "border_bands",
    "border_buffers",
    "crossings_table",
    "distance_to_border",
    "load_border",
]
