from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import synthetic

from idlibgeo.export import raster


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, _ = raster.write_rasters(synthetic.release(), tmp_path_factory.mktemp("rasters"))
    return path


def test_values_place_and_tags_come_back(written: Path) -> None:
    given = synthetic.density()
    with rasterio.open(written) as found:
        np.testing.assert_allclose(found.read(1), given.array, rtol=1e-6)
        assert (found.nodata, found.crs.to_epsg(), found.units) == (-9999.0, 32632, ("people_per_km2",))
        assert found.transform.almost_equals(given.transform)
        tags = found.tags()
    assert (tags["bandwidth_m"], tags["protection"]) == ("3000", "mm")
    assert tags["TIFFTAG_DATETIME"] == "2020:01:20 00:00:00"


def test_overviews_keep_people(written: Path) -> None:
    with rasterio.open(written) as found:
        factors = found.overviews(1)
        whole = found.read(1, masked=True).mean()
        coarse = found.read(1, masked=True, out_shape=(200, 300)).mean()
    assert factors == [2, 4]
    assert coarse == pytest.approx(whole, rel=0.01)


def test_the_same_raster_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    again, style = raster.write_rasters(synthetic.release(), tmp_path)
    assert again.read_bytes() == written.read_bytes()
    assert style.read_bytes() == written.with_suffix(".qml").read_bytes()


def test_a_raster_with_a_narrow_kernel_is_not_written_for_the_public(tmp_path: Path) -> None:
    wide = replace(synthetic.density(), tags={"bandwidth_m": "5000", "camps_level": "adm3"})
    narrow = replace(wide, tags={"bandwidth_m": "500", "camps_level": "adm3"})
    release = synthetic.release(audience="public", rasters={"wide": wide, "narrow": narrow})
    assert [path.name for path in raster.write_rasters(release, tmp_path)] == ["wide.tif", "wide.qml"]


@pytest.mark.gdal
def test_gdal_finds_a_valid_cloud_optimised_geotiff(written: Path) -> None:
    command = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff", str(written)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "is a valid cloud optimized GeoTIFF" in done.stdout, done.stdout + done.stderr


@pytest.mark.qgis
def test_qgis_draws_it_in_the_steps_of_the_legend(written: Path) -> None:
    script = Path(__file__).with_name("qgis_check.py")
    done = subprocess.run(
        ["/usr/bin/python3", str(script), "raster", str(written)], capture_output=True, text=True, check=False
    )
    found = json.loads(done.stdout)["layers"]["raster"]
    assert found["renderer"] == "singlebandpseudocolor"
    assert found["legend"] == ["", "10–20", "20–50", "50–100", "100–200", "200–500", "500–1,000"]
