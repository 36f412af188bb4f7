"""Fixtures and rules for the whole suite: no network, real data only where it is said to be."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

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
