"""Fixtures and rules for the whole suite: no network, real data only where it is said to be."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
from pathlib import Path

import pytest
from bundles import andorra, bundle

from idlibgeo.pipeline import Result
from idlibgeo.scenario import Scenario

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The clone."""
    return REPOSITORY


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of the bundled sample."""
    return REPOSITORY / "data" / "sample"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data that may not be committed."""
    folder = os.environ.get("IDLIBGEO_SHARED")
    if not folder:
        pytest.skip("IDLIBGEO_SHARED is not set: the real data for this test is not here")
    path = Path(folder)
    assert path.is_dir(), f"IDLIBGEO_SHARED is {folder}, which is not a folder"
    return path


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but those to this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        local = not isinstance(address, tuple) or str(address[0]) in {"127.0.0.1", "::1", "localhost"}
        if not local:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


# What a marked test needs, and the Debian package that brings it.
NEEDS = {
    "qgis": ("python3-qgis", lambda: _system_python_has("qgis.core")),
    "gdal": ("python3-gdal gdal-bin", lambda: _system_python_has("osgeo.gdal")),
    "browser": ("chromium", lambda: Path("/usr/bin/chromium").exists()),
}


@functools.cache
def _system_python_has(module: str) -> bool:
    """Whether Debian's own Python, to which PyQGIS and GDAL belong, can import a module."""
    try:
        done = subprocess.run(
            ["/usr/bin/python3", "-c", f"import {module}"],
            capture_output=True,
            check=False,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what lacks its program, saying which package brings it; fail instead where it is required."""
    required = set(filter(None, os.environ.get("IDLIBGEO_REQUIRE", "").split(",")))
    for marker, (package, present) in NEEDS.items():
        if item.get_closest_marker(marker) and not present():
            message = f"needs Debian's {package}: apt-get install --no-install-recommends {package}"
            if marker in required:
                pytest.fail(message)
            pytest.skip(message)


@pytest.fixture(scope="session")
def sample_result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The public bundle of the sample, made once."""
    return bundle(Scenario.sample(), tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def andorra_result(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The public bundle of the exercise on real data, made once."""
    return bundle(andorra(shared), tmp_path_factory.mktemp("andorra"))
