"""Countries as the packages carry them: time-zone polygons made from OpenStreetMap's boundaries.

`timezonefinder` carries the polygons (ODbL), `zone.tab` of `tzdata` says which zones make up a country. Both are
installed with this package, so that a border needs no download.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata, resources
from typing import TYPE_CHECKING

import numpy as np
import shapely

from idlibgeo.errors import UnknownNameError

if TYPE_CHECKING:
    from timezonefinder import TimezoneFinder

LICENCE = "ODbL-1.0"
# Not measured for the line itself. Of 2,066 communities that OCHA places in north-west Syria none falls on the
# wrong side of it; what remains is how well imagery is placed and traced, commonly some tens of metres.
ERROR_M = 100.0
OCEAN = "Etc/"


@dataclass(frozen=True)
class Zones:
    """The time zones of the package, by country, and a finder for the polygons."""

    finder: TimezoneFinder
    of_country: dict[str, tuple[str, ...]]
    release: str

    @property
    def source(self) -> str:
        """Name, release and origin of the polygons, for the layer's source column."""
        package = metadata.version("timezonefinder")
        return (
            f"OpenStreetMap contributors, through timezone-boundary-builder {self.release}"
            f" and timezonefinder {package}"
        )

    def polygons(self, zone: str) -> list[shapely.Polygon]:
        """The polygons of one zone in lon, lat degrees."""
        rings = self.finder.get_geometry(tz_name=zone)
        return [
            shapely.Polygon(*_shell_and_holes([np.column_stack(ring) for ring in part])) for part in rings
        ]

    def at_sea(self, lon: float, lat: float) -> bool:
        """Whether the open ocean, which belongs to no country's zone, begins within about 1 km of a point."""
        around = 0.01 * np.exp(1j * np.linspace(0, 2 * np.pi, 12, endpoint=False))
        return any(
            (self.finder.timezone_at(lng=lon + step.real, lat=lat + step.imag) or "").startswith(OCEAN)
            for step in around
        )


def _shell_and_holes(rings: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    return rings[0], rings[1:]


def _zone_table() -> dict[str, tuple[str, ...]]:
    text = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


def read_zones() -> Zones:
    """The zones that the installed packages carry; takes about half a second."""
    # Imported here: it reads an index of 444 zones, which only the packaged border needs.
    from timezonefinder import TimezoneFinder  # noqa: PLC0415

    finder = TimezoneFinder()
    return Zones(finder, _zone_table(), str(finder.data_version))


def _nearest_codes(country: str, zones: Zones) -> str:
    # Imported here: needed only when something is already wrong.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extract(country.upper(), sorted(zones.of_country), scorer=fuzz.ratio, limit=3)
    return f"The nearest codes are {', '.join(code for code, _, _ in found)}."


def country_area(zones: Zones, country: str) -> tuple[shapely.Geometry, tuple[str, ...]]:
    """The union of a country's zones, territorial sea included, and warnings about zones without polygons.

    Raises
    ------
    UnknownNameError
        For a code that has no zone of its own (Kosovo) or does not exist.
    """
    if country not in zones.of_country:
        raise UnknownNameError(
            f"Country: given {country!r}, expected a two-letter ISO code that has a time zone of its own. No border"
            " was made. Check the code; for a country without a zone (XK), give the border as a file."
            f" {_nearest_codes(country, zones)}"
        )
    names = set(zones.finder.timezone_names)
    wanted = zones.of_country[country]
    missing = tuple(
        f"The zone {zone} of {country} has no polygon in the package and is left out."
        for zone in wanted
        if zone not in names
    )
    polygons = [polygon for zone in wanted if zone in names for polygon in zones.polygons(zone)]
    area = shapely.union_all(polygons)
    return area, missing
