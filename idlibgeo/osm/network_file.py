"""A network on disk: frames in a GeoPackage or in a folder of GeoParquet, and facts about them as JSON."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
from pyarrow import ArrowException
from pyogrio.errors import DataLayerError, DataSourceError

from idlibgeo.errors import FileError

LAYERS = ("nodes", "edges")
_FACTS = "idlibgeo"


def write_network(path: str | Path, frames: Mapping[str, gpd.GeoDataFrame], facts: Mapping[str, Any]) -> Path:
    """Write the layers ``nodes`` and ``edges``; the file appears only when it is whole."""
    target = Path(path)
    if not target.parent.is_dir():
        raise FileError(
            f"{target}: given as the file to write, but its folder does not exist. Nothing was written."
        )
    writers = {".gpkg": _write_geopackage, ".parquet": _write_parquet}
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise FileError(
            f"{target}: given {target.suffix or 'no ending'}, expected .gpkg or .parquet (a folder of two files)."
            " Nothing was written."
        )
    with _whole(target) as unfinished:
        writer(unfinished, frames, json.dumps(facts))
    return target


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A name beside the target that takes its place at the end, or vanishes."""
    folder = Path(tempfile.mkdtemp(prefix=".idlibgeo-", dir=target.parent))
    try:
        yield folder / target.name
        if target.is_dir():
            shutil.rmtree(target)
        (folder / target.name).replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_geopackage(path: Path, frames: Mapping[str, gpd.GeoDataFrame], facts: str) -> None:
    for layer in LAYERS:
        kind = "Point" if layer == "nodes" else "LineString"
        pyogrio.write_dataframe(
            frames[layer],
            path,
            layer=layer,
            driver="GPKG",
            geometry_type=kind,
            layer_metadata={_FACTS: facts},
        )


def _write_parquet(path: Path, frames: Mapping[str, gpd.GeoDataFrame], facts: str) -> None:
    path.mkdir()
    for layer in LAYERS:
        frames[layer].to_parquet(path / f"{layer}.parquet", index=False)
    (path / "facts.json").write_text(facts, encoding="utf-8")


def read_network(path: str | Path) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """Read the layers ``nodes`` and ``edges``, and what `write_network` said about them (else nothing).

    Raises
    ------
    FileError
        If the file is missing, broken, or has no such layers.
    """
    source = Path(path)
    if not source.exists():
        raise FileError(
            f"{source}: given as a network, but there is no such file. Expected a .gpkg or .parquet that"
            " `idlibgeo network` wrote. Nothing was read. Check the path."
        )
    try:
        return _read_parquet(source) if source.is_dir() else _read_geopackage(source)
    except (DataSourceError, DataLayerError, ArrowException, OSError, ValueError) as error:
        raise FileError(
            f"{source}: expected a network with the layers nodes and edges; reading it failed: {error}."
            " Nothing was read. Write it again with `idlibgeo network`."
        ) from None


def _read_geopackage(path: Path) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    metadata = pyogrio.read_info(path, layer="edges")["layer_metadata"] or {}
    facts = json.loads(metadata.get(_FACTS, "{}"))
    return {layer: pyogrio.read_dataframe(path, layer=layer) for layer in LAYERS}, facts


def _read_parquet(path: Path) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    frames = {layer: gpd.read_parquet(path / f"{layer}.parquet") for layer in LAYERS}
    facts = path / "facts.json"
    return frames, json.loads(facts.read_text(encoding="utf-8")) if facts.exists() else {}
