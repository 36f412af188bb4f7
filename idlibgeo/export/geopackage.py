"""The GeoPackage: every layer and table of a release, styled, described and joined, the same bytes each time."""

from __future__ import annotations

import contextlib
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from idlibgeo.errors import FileError
from idlibgeo.export.files import CONTROL, replacing
from idlibgeo.export.qml import QGIS_VERSION, element, heading, layer_qml, text_of
from idlibgeo.export.style import for_layer, resolve
from idlibgeo.geo import WGS84
from idlibgeo.privacy import Release
from idlibgeo.schema import ColumnSpec, LayerSource, LayerSpec, Product, layer_spec

UNSOURCED = LayerSource(code="own", licence="not stated", attribution="not stated")
"""Stands where a scenario names no source for a layer: said, not hidden."""

_FAILURES = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error)
# Columns that join a layer to another one get an index; the key of each layer gets a unique one.
_JOINS = ("figure_id", "report_id", "place_id", "edge_id", "from_place_id", "to_place_id", "from_id", "to_id")

# OGC 12-128r15 (GeoPackage 1.2), annexes C and F: table definitions of the schema and metadata extensions.
_TABLES = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT fk_gdc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
"""
_EXTENSIONS = [
    ("gpkg_data_columns", "gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema"),
    ("gpkg_data_column_constraints", "gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema"),
    ("gpkg_metadata", "gpkg_metadata", "http://www.geopackage.org/spec121/#extension_metadata"),
    ("gpkg_metadata_reference", "gpkg_metadata", "http://www.geopackage.org/spec121/#extension_metadata"),
]
# QGIS shows metadata of this standard as the layer's own.
_QGIS_METADATA = "http://mrcc.com/qgis.dtd"


def write_geopackage(release: Release, path: Path | str) -> Path:
    """Write every layer and table of a release into one GeoPackage 1.2.

    Layers are in EPSG:4326 with the geometry in `geom`; `fid` is the primary key, the layer's own key has a unique
    index. Titles, Arabic titles and units of columns stand in ``gpkg_data_columns``, metadata in
    ``gpkg_metadata``, styles in ``layer_styles``, which QGIS applies by itself. All times are the product's date.

    Parameters
    ----------
    release
        From `privacy.release`.
    path
        The file to make or replace.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FileError
        If it cannot be written; what was there before is unchanged.
    """
    target = Path(path)
    moment = f"{release.product.as_of.isoformat()}T00:00:00.000Z"
    refuse_unsaved_edits(target)
    with replacing(target, failures=_FAILURES) as new:
        with _fixed_date(moment):
            for name, frame in release.layers.items():
                _write_layer(new, frame, layer_spec(name), release)
        with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as database:
            _describe(database, release, moment)
    for side_file in _side_files(target):
        # Left by a program that has the old file open. Beside the new one SQLite would take it for its own.
        side_file.unlink(missing_ok=True)
    return target


def identifier(spec: LayerSpec, release: Release) -> str:
    """The layer's name by the MapAction data naming convention, in this release."""
    product = release.product
    source = product.layer_sources.get(spec.name, UNSOURCED)
    return spec.identifier(
        country_iso3=product.country_iso3, source=source.code, protection=release.protection
    )


def description(spec: LayerSpec, product: Product) -> str:
    """What a layer shows, with its licence, and that roads are schematic where they are."""
    source = product.layer_sources.get(spec.name, UNSOURCED)
    schematic = " Schematic roads." if product.schematic and spec.group == "Roads" else ""
    return f"{spec.description}{schematic} {source.attribution} Licence: {source.licence}."


def _side_files(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]


def refuse_unsaved_edits(path: Path) -> None:
    """Leave alone a GeoPackage that another program is writing to: the log beside it would be read into ours.

    Raises
    ------
    FileError
        If a log with content lies beside the file.
    """
    open_logs = [
        one.name
        for one in _side_files(path)
        if not one.name.endswith("-shm") and one.exists() and one.stat().st_size
    ]
    if path.exists() and open_logs:
        raise FileError(
            f"{path}: another program has unsaved changes in it ({', '.join(open_logs)}), expected a file that nobody"
            " is editing. Nothing was written. Save and close it there (in QGIS: close the project), then run again,"
            " or give another folder."
        )


@contextlib.contextmanager
def _fixed_date(moment: str) -> Iterator[None]:
    """Have GDAL write this date, not the clock's, while the block runs."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": moment})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_layer(path: Path, frame: pd.DataFrame, spec: LayerSpec, release: Release) -> None:
    names = [column.name for column in spec.columns if column.name in frame]
    typed = {name: _typed(frame[name], spec.column(name)) for name in names}
    options = {"IDENTIFIER": identifier(spec, release), "DESCRIPTION": description(spec, release.product)}
    data: pd.DataFrame = pd.DataFrame(typed)
    kind = None
    if not spec.is_table:
        geometry, kind = _one_type(frame, spec)
        data = gpd.GeoDataFrame(data, geometry=geometry, crs=WGS84)
        options["GEOMETRY_NAME"] = "geom"
    pyogrio.write_dataframe(
        data,
        path,
        layer=spec.name,
        driver="GPKG",
        # Arrow keeps whole numbers, dates and text as such where a column is empty.
        use_arrow=True,
        geometry_type=kind,
        dataset_options={"VERSION": "1.2"},
        layer_options=options,
    )


def _typed(values: pd.Series, column: ColumnSpec) -> pd.Series:
    if column.type == "str":
        # What shows as a box on a map, and what XML cannot carry, is no part of a name.
        return values.str.replace(CONTROL, "", regex=True).reset_index(drop=True)
    if column.type != "date":
        return values.reset_index(drop=True)
    days = pd.to_datetime(values, format="%Y-%m-%d").dt.date
    return days.astype(object).where(days.notna(), None).reset_index(drop=True)


def _one_type(frame: gpd.GeoDataFrame, spec: LayerSpec) -> tuple[list[shapely.Geometry], str]:
    """Geometries of one type, as GeoPackage asks for: polygons always multi, the others where one is."""
    multi = f"Multi{spec.kind}"
    if spec.kind != "Polygon" and multi not in set(frame.geometry.geom_type):
        return list(frame.geometry), spec.kind
    wrap = {
        "Polygon": shapely.MultiPolygon,
        "LineString": shapely.MultiLineString,
        "Point": shapely.MultiPoint,
    }
    return [
        wrap[one.geom_type]([one]) if one is not None and one.geom_type in wrap else one
        for one in frame.geometry
    ], multi


def _describe(database: sqlite3.Connection, release: Release, moment: str) -> None:
    """Add columns' titles, metadata, styles and indexes in one transaction, then put the pages in order."""
    database.execute("BEGIN")
    for statement in filter(str.strip, _TABLES.split(";")):
        database.execute(statement)
    rows = [(table, None, name, link, "read-write") for table, name, link in _EXTENSIONS]
    database.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", rows)
    _add_metadata(database, None, _product_metadata(release), moment)
    for name, frame in release.layers.items():
        spec = layer_spec(name)
        _add_columns(database, spec, frame)
        _add_metadata(database, name, _layer_metadata(spec, release), moment)
        _add_indexes(database, spec, frame)
        if not spec.is_table:
            _add_style(database, spec, frame, moment)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles, applied by QGIS', ?, 0)",
        (moment,),
    )
    database.execute("COMMIT")
    database.execute("VACUUM")


def _add_columns(database: sqlite3.Connection, spec: LayerSpec, frame: pd.DataFrame) -> None:
    rows = [
        # `name` is what GDAL gives as the alias; the spec wants it unique within a table.
        (spec.name, column.name, column.title, heading(column), _comment(column))
        for column in spec.columns
        if column.name in frame
    ]
    database.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?, ?, ?, ?, ?)",
        _distinct_names(rows),
    )


def _comment(column: ColumnSpec) -> str:
    unit = f"Unit: {column.unit}." if column.unit else ""
    tag = f"HXL: {column.hxl}" if column.hxl else ""
    return " ".join(filter(None, [column.description, unit, tag]))


def _distinct_names(rows: list[tuple[str, str, str, str, str]]) -> list[tuple[str, str, str, str, str]]:
    names = [row[2] for row in rows]
    return [
        (table, column, f"{name} ({column})" if names.count(name) > 1 else name, title, text)
        for table, column, name, title, text in rows
    ]


def _add_metadata(database: sqlite3.Connection, table: str | None, text: str, moment: str) -> None:
    added = database.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', ?, 'text/xml', ?)",
        (_QGIS_METADATA, text),
    )
    scope = "table" if table else "geopackage"
    database.execute(
        "INSERT INTO gpkg_metadata_reference VALUES (?, ?, NULL, NULL, ?, ?, NULL)",
        (scope, table, moment, added.lastrowid),
    )


def _add_indexes(database: sqlite3.Connection, spec: LayerSpec, frame: pd.DataFrame) -> None:
    if spec.key in frame:
        database.execute(f'CREATE UNIQUE INDEX "key_{spec.name}" ON "{spec.name}" ("{spec.key}")')
    for column in _JOINS:
        if column in frame and column != spec.key:
            database.execute(f'CREATE INDEX "join_{spec.name}_{column}" ON "{spec.name}" ("{column}")')


def _add_style(database: sqlite3.Connection, spec: LayerSpec, frame: pd.DataFrame, moment: str) -> None:
    style = resolve(for_layer(spec.name), frame)
    database.execute(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
        " styleQML, useAsDefault, description, owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, 1, ?, '', ?)",
        (spec.name, spec.name, layer_qml(style, spec, frame), style.legend, moment),
    )


def _product_metadata(release: Release) -> str:
    product = release.product
    root = _metadata_root(product.id, f"{product.title} ({release.protection})", product.summary)
    period = " to ".join(day.isoformat() for day in product.period if day)
    _add_history(
        root,
        [
            f"Period: {period}. As of {product.as_of}.",
            *(f"{note.stage}: {note.text}" for note in product.method),
        ],
    )
    _add_constraints(root, product, release)
    return text_of(root)


def _layer_metadata(spec: LayerSpec, release: Release) -> str:
    product = release.product
    source = product.layer_sources.get(spec.name, UNSOURCED)
    root = _metadata_root(
        identifier(spec, release), f"{spec.title} · {spec.title_ar}", description(spec, product)
    )
    _add_constraints(root, product, release)
    element(root, "license", source.licence)
    element(root, "rights", source.attribution)
    _add_history(
        root, [f"As of {product.as_of}.", *(f"{note.stage}: {note.text}" for note in product.method)]
    )
    return text_of(root)


def _metadata_root(name: str, title: str, abstract: str) -> ET.Element:
    root = element(None, "qgis", version=QGIS_VERSION)
    own = {"identifier": name, "parentidentifier": "", "language": "EN", "type": "dataset"}
    for tag, text in (own | {"title": title, "abstract": abstract}).items():
        element(root, tag, text)
    return root


def _add_constraints(root: ET.Element, product: Product, release: Release) -> None:
    """How sure the content is, whom it is for, and what it does not say."""
    element(root, "constraints", " ".join(product.limits), type="confidence and limits")
    element(
        root,
        "constraints",
        f"{release.audience} ({release.protection})",
        type="audience and protection level",
    )
    element(root, "constraints", product.disclaimer, type="disclaimer")


def _add_history(root: ET.Element, notes: list[str]) -> None:
    for note in notes:
        element(root, "history", note)
