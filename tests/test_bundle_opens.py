"""Both scenarios' bundles in the programs that people open them with: Chromium, QGIS, GDAL's validators."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from browser_check import opened

CHECK = Path(__file__).with_name("qgis_check.py")
PYTHON = "/usr/bin/python3"


@pytest.fixture(
    scope="module",
    params=["sample", pytest.param("andorra", marks=pytest.mark.shared)],
)
def folder(request: pytest.FixtureRequest) -> Path:
    result = request.getfixturevalue(f"{request.param}_result")
    assert result.folder is not None
    return result.folder


def _one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def _system_python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [PYTHON, *map(str, arguments)], capture_output=True, text=True, env=env, timeout=240, check=False
    )


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1400, 900), (390, 780)], ids=["desk", "phone"])
def test_page_opens_without_a_network_an_error_or_an_outside_request(
    folder: Path, size: tuple[int, int]
) -> None:
    with opened(folder / "index.html", width=size[0], height=size[1]) as (page, seen):
        page.wait_for_timeout(300)
        assert seen.nothing(), seen
        assert page.evaluate("document.querySelectorAll('path.leaflet-interactive, canvas').length") > 0
        assert "do not imply official endorsement" in page.inner_text("body")


@pytest.mark.browser
def test_method_page_opens_without_an_outside_request(folder: Path) -> None:
    text = (folder / "METHOD.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert 'src="http' not in text
    assert "@import" not in text


@pytest.mark.qgis
def test_project_opens_in_qgis_with_every_layer_valid_styled_and_drawn(folder: Path, tmp_path: Path) -> None:
    done = _system_python(CHECK, "project", _one(folder, "*.qgs"), "--pictures", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout[done.stdout.index("{") :])
    layers = found["layers"]
    assert layers
    assert [name for name, layer in layers.items() if not layer["valid"]] == []
    assert set(found["legend"]) == set(layers)
    for name, layer in layers.items():
        if layer.get("located"):
            # Of several dates the newest is on; the others wait in the legend.
            assert layer["drawn"] == layer["of_the_newest_date"] > 0, name
    assert found["pictures"]["errors"] == {}
    drawn = {name: count for name, count in found["pictures"]["colours"].items() if count < 2}
    blank = {name for name in drawn if layers[name].get("located")}
    assert blank == set(), "a layer with rows is drawn as nothing"


@pytest.mark.gdal
def test_geopackage_passes_the_validator(folder: Path) -> None:
    done = _system_python("-m", "osgeo_utils.samples.validate_gpkg", "-k", _one(folder, "*.gpkg"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.gdal
def test_every_raster_is_a_valid_cog_with_its_nodata_and_unit(folder: Path) -> None:
    import rasterio

    rasters = list((folder / "rasters").glob("*.tif"))
    withheld = json.loads((folder / "manifest.json").read_text("utf-8"))["withheld"]
    assert rasters or any("density" in row["layer"] for row in withheld)  # Andorra's few people are not shown
    for raster in rasters:
        done = _system_python("-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff", raster)
        assert done.returncode == 0, done.stdout + done.stderr
        with rasterio.open(raster) as dataset:
            assert dataset.nodata is not None
            assert dataset.units[0] == "people_per_km2"
            assert dataset.overviews(1)
