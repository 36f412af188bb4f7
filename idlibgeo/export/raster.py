"""Rasters as Cloud-Optimised GeoTIFF, with a style file beside each."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from idlibgeo.export import wording
from idlibgeo.export.files import replacing
from idlibgeo.export.qml import raster_qml
from idlibgeo.export.style import for_raster
from idlibgeo.geo import Raster
from idlibgeo.privacy import Release
from idlibgeo.schema import Product

BLOCK = 256
"""Cells along the side of a tile. COG readers fetch whole tiles; rasters of an area are small, so tiles are too."""


def write_rasters(release: Release, folder: Path | str) -> list[Path]:
    """Write every raster of a release as ``<name>.tif``, with ``<name>.qml`` for QGIS beside it.

    A GeoTIFF of floating-point numbers cannot hold a colour ramp; QGIS reads it from the side file of the same name.

    Returns
    -------
    list of pathlib.Path
        The files, GeoTIFF and QML in turn.

    Raises
    ------
    FileError
        If a file cannot be written; what was there before is unchanged.
    """
    paths = []
    for name, raster in release.rasters.items():
        path = Path(folder) / raster_file(name, release)
        with replacing(path) as new:
            _write_cog(raster, new, tags=_tags(raster, release))
        style = path.with_suffix(".qml")
        with replacing(style) as new:
            new.write_text(raster_qml(for_raster(name, raster)), encoding="utf-8")
        paths += [path, style]
    return paths


def raster_file(name: str, release: Release) -> str:
    """The file of a raster, with the protection level where it is not public."""
    return f"{wording.marked(name, release.audience, release.protection)}.tif"


def write_cog(raster: Raster, path: Path | str) -> Path:
    """Write one raster for work on this machine, outside any bundle: it has not passed the gate, and says so.

    Raises
    ------
    FileError
        If the file cannot be written; what was there before is unchanged.
    """
    tags = {
        **raster.tags,
        "unit": raster.unit,
        "protection": "not for publication: it has not passed the gate",
    }
    target = Path(path)
    with replacing(target) as new:
        _write_cog(raster, new, tags={key: str(value) for key, value in sorted(tags.items())})
    return target


def _write_cog(raster: Raster, path: Path, *, tags: dict[str, str]) -> None:
    """Write one raster; the COG driver copies a data set that is whole, hence the one in memory."""
    rows, columns = raster.array.shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": "float32",
        "nodata": raster.nodata,
        "crs": rasterio.crs.CRS.from_wkt(raster.crs.to_wkt()),
        "transform": raster.transform,
    }
    with warnings.catch_warnings():
        # An identity transform is legitimate in a local CRS.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile() as memory:
            with memory.open(**profile) as plain:
                plain.write(raster.array.astype(np.float32), 1)
                plain.set_band_description(1, raster.title or raster.unit)
                plain.set_band_unit(1, raster.unit)
                plain.update_tags(**tags)
            with memory.open() as plain:
                rasterio.shutil.copy(plain, str(path), driver="COG", **_cog_options())


def _cog_options() -> dict[str, str | int]:
    return {
        "COMPRESS": "DEFLATE",
        "LEVEL": 9,
        "PREDICTOR": "YES",
        "BLOCKSIZE": BLOCK,
        # The mean of a density is a density; "nearest" would lose people.
        "OVERVIEW_RESAMPLING": "AVERAGE",
        "OVERVIEWS": "IGNORE_EXISTING",
        # One thread: the order of tiles, and with it the bytes, does not depend on timing.
        "NUM_THREADS": 1,
    }


def _tags(raster: Raster, release: Release) -> dict[str, str]:
    product: Product = release.product
    own = {key: str(value) for key, value in sorted(raster.tags.items())}
    limits = " ".join(product.limits)
    return own | {
        "TIFFTAG_DOCUMENTNAME": f"{product.title}: {raster.title}",
        "TIFFTAG_IMAGEDESCRIPTION": raster.description,
        "TIFFTAG_DATETIME": f"{product.as_of:%Y:%m:%d} 00:00:00",
        "TIFFTAG_SOFTWARE": "idlibgeo",
        "unit": raster.unit,
        "audience": release.audience,
        "protection": release.protection,
        "limits": limits,
        "disclaimer": product.disclaimer,
    }
