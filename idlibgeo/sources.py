"""Where bytes come from: the bundled sample, tables, documents, vector files and elevation models on disk.

Files are read here into frames and bytes; what they mean is the business of the analysis modules.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from idlibgeo.errors import CRSError, FileError, InputError
from idlibgeo.geo import WGS84, Bounds, Raster, require_crs
from idlibgeo.scenario import sample_folder

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = [
    "read_closures",
    "read_dem",
    "read_document",
    "read_headless",
    "read_points",
    "read_sheets",
    "read_table",
    "read_vector",
    "sample_folder",
    "sha256_of",
]

DOCUMENT_LIMIT_BYTES = 50_000_000
VECTOR_SUFFIXES = {".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet", ".geoparquet"}


def _existing(path: str | Path, what: str) -> Path:
    file = Path(path)
    if not file.exists():
        raise FileError(
            f"{what}: given {str(path)!r}, expected a file that exists. Nothing was read. Check the name."
        )
    if file.is_dir():
        raise FileError(f"{what}: given the folder {str(path)!r}, expected a file. Nothing was read.")
    return file


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with _existing(path, "Checksum").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_table(path: str | Path, *, required: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table from CSV (UTF-8, comma) or Excel.

    Parameters
    ----------
    path
        The file; ``.xlsx`` needs the package openpyxl.
    required
        Columns that have to be there.

    Raises
    ------
    FileError
        If the file does not exist or is not a table.
    InputError
        If a required column is missing.
    """
    file = _existing(path, "Table")
    try:
        # Only an empty cell means "not known": NA may be somebody's code.
        if file.suffix.lower() in {".xlsx", ".xls"}:
            table = pd.read_excel(file, keep_default_na=False, na_values=[""])
        else:
            _refuse_other_separators(file)
            table = pd.read_csv(file, encoding="utf-8-sig", keep_default_na=False, na_values=[""])
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, ValueError) as error:
        raise FileError(
            f"Table {file}: expected CSV in UTF-8 with a header line; reading it failed: {error}. Nothing was read."
        ) from None
    missing = [name for name in required if name not in table.columns]
    if missing:
        raise InputError(
            f"Table {file}: the columns {missing} are missing; it has {list(table.columns)}. Nothing was computed."
        )
    return table


def read_headless(path: str | Path, *, columns: int, what: str) -> pd.DataFrame:
    """Read a table without header, its cells parted by tabs, alone or as the one of its name in a .zip.

    Raises
    ------
    FileError
        If the file does not exist, holds no such table, or has rows of another length; it names the line.
    """
    file = _existing(path, what)
    try:
        if file.suffix.lower() == ".zip":
            with zipfile.ZipFile(file) as archive:
                text = archive.read(f"{file.stem}.txt").decode("utf-8")
        else:
            text = file.read_text(encoding="utf-8-sig")
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise FileError(
            f"{what} {file}: expected a text in UTF-8, or {file.stem}.txt in a .zip; reading it failed: {error}."
            " Nothing was read. Download it again."
        ) from None
    rows = [line.split("\t") for line in text.split("\n") if line.strip()]
    wrong = next((k for k, row in enumerate(rows) if len(row) != columns), None)
    if wrong is not None or not rows:
        held = "no row" if wrong is None else f"{len(rows[wrong])} cells in line {wrong + 1}"
        raise FileError(
            f"{what} {file}: given {held}, expected {columns} cells parted by tabs in each line. Nothing was read."
            " Was it saved by another program? Download it again, or save the table as CSV with a header."
        )
    return pd.DataFrame(rows).replace({"": None})


def read_sheets(path: str | Path) -> dict[str, pd.DataFrame]:
    """Read every table of a file: the sheets of a workbook, the layers of a vector file, the one of a CSV.

    Vector layers come as GeoDataFrames with the CRS that the file says.
    """
    file = _existing(path, "Table")
    suffix = file.suffix.lower()
    if suffix in {".xlsx", ".xls"}:
        try:
            sheets = pd.read_excel(file, sheet_name=None, keep_default_na=False, na_values=[""])
        except (ValueError, zipfile.BadZipFile, KeyError, OSError) as error:
            raise FileError(
                f"Table {file}: expected an Excel workbook; reading it failed: {error}. Nothing was read. Save it"
                " again as .xlsx, or as CSV (UTF-8)."
            ) from None
        return {str(name): sheet for name, sheet in sheets.items()}
    if suffix not in VECTOR_SUFFIXES:
        return {file.stem: read_table(file)}
    return {name: read_vector(file, layer=name or None) for name in _layers(file)}


def _layers(file: Path) -> list[str]:
    """Names of the layers of a vector file that have a geometry."""
    import pyogrio  # noqa: PLC0415  (as in read_vector)

    if file.suffix.lower() in {".parquet", ".geoparquet"}:
        return [""]
    try:
        return [str(name) for name, geometry in pyogrio.list_layers(file) if geometry]
    except pyogrio.errors.DataSourceError as error:
        raise FileError(
            f"Layer {file}: expected a vector file; reading it failed: {error}. Nothing was read."
        ) from None


def _refuse_other_separators(file: Path) -> None:
    """A header without a comma but with other separators was not written with commas."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        header = lines.readline().strip()
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if separator in header and "," not in header:
            raise FileError(
                f"Table {file}: given the header {header[:60]!r}, which seems to be separated by {name}; expected"
                " commas. Nothing was computed. Save it again as CSV (UTF-8) with commas between the cells"
                " and points in decimal numbers, or as .xlsx."
            )


def read_vector(path: str | Path, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector file (GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet) in EPSG:4326."""
    # Imported here: only this function needs to know how its readers fail.
    from pyarrow import ArrowException  # noqa: PLC0415
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415

    file = _existing(path, "Layer")
    try:
        frame = (
            gpd.read_parquet(file)
            if file.suffix.lower() in {".parquet", ".geoparquet"}
            else gpd.read_file(file, layer=layer, engine="pyogrio")
        )
    except (DataSourceError, DataLayerError, ArrowException, OSError, ValueError) as error:
        raise FileError(
            f"Layer {file}: expected a vector file; reading it failed: {error}. Nothing was read."
        ) from None
    return require_crs(frame, name=str(file))


def read_points(path: str | Path, *, required: Iterable[str] = ()) -> gpd.GeoDataFrame:
    """Read points: a vector file, or a table with the columns ``lon`` and ``lat``.

    A row without coordinates is kept, without geometry: it is a fact whose place is not known.
    """
    if Path(path).suffix.lower() in VECTOR_SUFFIXES:
        return read_vector(path)
    table = read_table(path, required=["lon", "lat", *required])
    lon, lat = pd.to_numeric(table["lon"], errors="coerce"), pd.to_numeric(table["lat"], errors="coerce")
    unreadable = (
        (table["lon"].notna() & lon.isna()) | (table["lat"].notna() & lat.isna()) | (lon.isna() != lat.isna())
    )
    beyond = (lon.abs() > 180) | (lat.abs() > 90)
    if (unreadable | beyond).any():
        row = int(np.flatnonzero(unreadable | beyond)[0])
        raise InputError(
            f"Table {path}, row {row + 2}: given lon {table['lon'].iloc[row]!r}, lat {table['lat'].iloc[row]!r};"
            " expected degrees within ±180 and ±90, or both cells empty. Nothing was computed."
        )
    points = gpd.points_from_xy(lon, lat, crs=WGS84)
    frame = gpd.GeoDataFrame(table, geometry=points, crs=WGS84)
    return frame.assign(geometry=frame.geometry.where(lon.notna().to_numpy()))


def read_document(path: str | Path) -> bytes:
    """Read the bytes of a report; an empty or an enormous file is refused."""
    file = _existing(path, "Report")
    size = file.stat().st_size
    if size == 0:
        raise FileError(f"Report {file}: given an empty file, expected text, HTML or PDF. Nothing was read.")
    if size > DOCUMENT_LIMIT_BYTES:
        raise FileError(
            f"Report {file}: given {size / 1e6:.0f} MB, expected at most {DOCUMENT_LIMIT_BYTES / 1e6:.0f} MB."
            " Nothing was read. Split the document into its reports."
        )
    return file.read_bytes()


def read_dem(path: str | Path, *, bounds: Bounds | None = None) -> Raster:
    """Read an elevation model in metres; ``.hgt``, ``.hgt.zip`` (SRTM), GeoTIFF.

    With `bounds` only the cells of that box are read, and at least one cell around it.
    """
    import rasterio  # noqa: PLC0415  (0.4 s, needed only where there is a DEM)

    file = _existing(path, "DEM")
    # GDAL reads an SRTM tile inside its archive; the name inside is that of the archive without .zip.
    name = f"/vsizip/{file}/{file.stem}" if file.suffix.lower() == ".zip" else str(file)
    try:
        with rasterio.open(name) as dataset:
            return _elevations(dataset, file, bounds)
    except rasterio.errors.RasterioIOError as error:
        raise FileError(
            f"DEM {file}: expected an elevation model; reading it failed: {error}. Nothing was read."
        ) from None


def _elevations(dataset: DatasetReader, file: Path, bounds: Bounds | None) -> Raster:
    from rasterio.windows import Window, from_bounds  # noqa: PLC0415

    if dataset.crs is None:
        raise CRSError(
            f"DEM {file}: given without a CRS, expected one. Nothing was computed."
            " Assign it with `gdal_edit.py -a_srs`."
        )
    window = Window(0, 0, dataset.width, dataset.height)
    if bounds is not None and dataset.crs.to_epsg() == 4326:
        around = from_bounds(*bounds, transform=dataset.transform).round_offsets().round_lengths()
        wider = Window(around.col_off - 1, around.row_off - 1, around.width + 3, around.height + 3)
        window = wider.intersection(window) if _overlaps(wider, window) else window
    nodata = -32768.0 if dataset.nodata is None else float(dataset.nodata)
    return Raster(
        array=dataset.read(1, window=window).astype(np.float64),
        transform=dataset.window_transform(window),
        crs=dataset.crs,
        nodata=nodata,
        unit="m",
        title="Elevation",
        description=f"Elevation above sea level, from {file.name}",
    )


def _overlaps(one: object, other: object) -> bool:
    from rasterio.windows import intersect  # noqa: PLC0415

    return bool(intersect([one, other]))


def read_closures(path: str | Path) -> pd.DataFrame:
    """Read closures: a vector file, or a table that names roads or carries lines and areas as text (``wkt``).

    Which roads are closed is said by ``wkt``, ``osmid``, ``road_id`` or ``edge_id``. ``from`` and ``to`` are taken as
    ``date_from`` and ``date_to``, which may be missing, as may ``closure_id``: then the rows are numbered.

    Returns
    -------
    DataFrame
        A GeoDataFrame in EPSG:4326 where there is any geometry, else the plain table.
    """
    table = read_vector(path) if Path(path).suffix.lower() in VECTOR_SUFFIXES else read_table(path)
    if not {"wkt", "geometry", "osmid", "road_id", "edge_id"} & set(table):
        raise InputError(
            f"Closures {path}: given the columns {list(table)}, expected one of wkt, osmid, road_id, edge_id. Nothing"
            " was computed. Add the column that says which roads are closed."
        )
    old = {"from": "date_from", "to": "date_to"}
    table = table.rename(columns={name: new for name, new in old.items() if new not in table})
    if "closure_id" not in table:
        table = table.assign(
            closure_id=pd.array([f"k{row + 1:02}" for row in range(len(table))], dtype="str")
        )
    table = table.assign(**{name: None for name in old.values() if name not in table})
    if isinstance(table, gpd.GeoDataFrame):
        return table
    if "wkt" not in table or table["wkt"].isna().all():
        return table.drop(columns="wkt", errors="ignore")
    shapes = shapely.from_wkt(
        table["wkt"].where(table["wkt"].notna(), None).to_numpy(dtype=object), on_invalid="ignore"
    )
    unread = shapely.is_missing(shapes) & table["wkt"].notna().to_numpy()
    if unread.any():
        row = int(np.flatnonzero(unread)[0])
        raise InputError(
            f"Closures {path}, row {row + 2}: given {str(table['wkt'].iloc[row])[:60]!r}, expected well-known"
            " text such as POLYGON ((lon lat, …)). Nothing was computed."
        )
    return gpd.GeoDataFrame(table.drop(columns="wkt"), geometry=shapes, crs=WGS84)
