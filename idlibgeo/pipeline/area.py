"""The roads of a small area, brought by OSMnx from an Overpass server and written as a network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idlibgeo._version import __version__
from idlibgeo.errors import DownloadError, FileError, InputError
from idlibgeo.geo import GEOD, Bounds, check_bounds
from idlibgeo.roads import RoadNetwork

if TYPE_CHECKING:
    import networkx as nx
    import requests

OVERPASS_URL = "https://overpass-api.de/api"
# What OSMnx asks for in one query; beyond it, an extract is faster for us and fairer to a server run by volunteers.
LIMIT_KM2 = 2500.0
BUSY = {429, 504}
BUSY_LIMIT = 3
# What decides over speed and access, beyond what OSMnx keeps by itself.
WAY_TAGS = (
    "vehicle",
    "motor_vehicle",
    "foot",
    "surface",
    "tracktype",
    "smoothness",
    "barrier",
    "toll",
    "name:ar",
    "name:en",
)
# Ways that differ in one of these stay apart when their stretches are joined.
APART = (
    "highway",
    "surface",
    "tracktype",
    "maxspeed",
    "access",
    "vehicle",
    "motor_vehicle",
    "foot",
    "bridge",
)


def download_network(
    bounds: Bounds | tuple[float, float, float, float],
    path: str | Path,
    *,
    overpass_url: str = OVERPASS_URL,
    limit_km2: float = LIMIT_KM2,
    timeout_s: int = 180,
) -> RoadNetwork:
    """Download the roads and paths of a box and write them as a network.

    The server learns which box was asked for: where that must not be known, fetch the extract of the country.

    Parameters
    ----------
    bounds
        (west, south, east, north) in degrees.
    path
        The GeoPackage to write; its folder is made if it does not exist.
    overpass_url
        The server, without ``/interpreter``.
    limit_km2
        A larger box is refused.
    timeout_s
        How long the server may take over the query.

    Raises
    ------
    InputError
        If the box is too large or has no roads.
    FileError
        If the file cannot be written.
    DownloadError
        If the server cannot be reached, is busy, or does not answer with the whole of it.
    """
    box = check_bounds(bounds)
    _check_size(box, limit_km2)
    target = _check_target(Path(path))
    graph, as_of = _download(box, overpass_url.rstrip("/"), timeout_s)
    source = f"OpenStreetMap (ODbL) as of {as_of}, by Overpass for {','.join(f'{side:g}' for side in box)}"
    network = RoadNetwork.from_networkx(graph, source=source)
    network.write(target)
    return network


def _check_size(box: Bounds, limit_km2: float) -> None:
    lon = [box.west, box.east, box.east, box.west]
    lat = [box.south, box.south, box.north, box.north]
    area_km2 = abs(GEOD.polygon_area_perimeter(lon, lat)[0]) / 1e6
    if area_km2 > limit_km2:
        raise InputError(
            f"fetch area: given a box of {area_km2:,.0f} km², expected at most {limit_km2:,.0f} km². Nothing was"
            " downloaded. Make it smaller, or fetch the extract of the country: `idlibgeo fetch --list` names them, and"
            " `idlibgeo network FILE --bounds W,S,E,N` cuts the box out."
        )


def _check_target(target: Path) -> Path:
    """Find out before the download, not after it, that the file cannot be written."""
    if target.suffix.lower() != ".gpkg":
        raise FileError(
            f"fetch area: given {target}, expected a name that ends in .gpkg. Nothing was downloaded."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"fetch area: given the folder {target.parent}, expected to write there: {error.strerror}. Nothing was"
            " downloaded. Choose a folder that you may write to, with -o."
        ) from None
    return target


def _download(box: Bounds, url: str, timeout_s: int) -> tuple[nx.MultiDiGraph, str]:
    """The simplified graph, and the day of the server's data."""
    import osmnx  # noqa: PLC0415 - a second, and only downloads and exchange need it
    import requests  # noqa: PLC0415

    watch = _Watch(url, [])
    has_slots = watch.probe()
    try:
        with _settings(url, timeout_s, watch, has_slots=has_slots):
            # OSMnx takes (left, bottom, right, top), which is our (west, south, east, north).
            graph = osmnx.graph_from_bbox(
                (box.west, box.south, box.east, box.north),
                network_type="all",
                simplify=False,
                retain_all=True,
                truncate_by_edge=True,
            )
            # Not simplified above: there, ways of different class and surface would become one edge.
            joined = osmnx.simplify_graph(graph, edge_attrs_differ=list(APART), remove_rings=False)
    except requests.exceptions.RequestException as error:
        raise watch.failure(f"the connection broke off ({type(error).__name__})") from None
    except ValueError as error:
        # What the server did wrong is told by the watch; OSMnx itself says in two ways that there is nothing.
        nothing = type(error).__name__ == "InsufficientResponseError" or "no graph nodes" in str(error)
        if not nothing:
            raise
        raise InputError(
            f"fetch area: given the box {tuple(box)}, expected roads in it; the server knows none. Nothing was"
            " written. Check the order (west, south, east, north: lon before lat)."
        ) from None
    return joined, watch.as_of


@dataclass(frozen=True)
class _Watch:
    """Sees each answer of the server before OSMnx does, which retries for ever and only logs a remark."""

    url: str
    seen: list[dict[str, Any]]

    def probe(self) -> bool:
        """Whether the server tells when it has a free slot; OSMnx waits a minute where it cannot be reached."""
        import requests  # noqa: PLC0415 - see _download

        try:
            answer = requests.get(f"{self.url}/status", timeout=15)
        except requests.exceptions.RequestException:
            raise self.failure("there is no connection to it") from None
        return any(words in answer.text for words in ("slots available", "Slot available"))

    def __call__(self, response: requests.Response, *_: Any, **__: Any) -> None:
        if not response.url.endswith("/interpreter"):
            return
        self.seen.append({"status": f"it answered {response.status_code} {response.reason}"})
        if response.status_code in BUSY:
            busy = sum("busy" in answer for answer in self.seen) + 1
            self.seen[-1]["busy"] = True
            if busy >= BUSY_LIMIT:
                raise self.failure(f"it was busy {busy} times ({response.status_code} {response.reason})")
        elif response.ok:
            self._read(response)
        else:
            raise self.failure(self.last)

    def _read(self, response: requests.Response) -> None:
        try:
            document = response.json()
        except ValueError:
            raise self.failure("what it sent cannot be read") from None
        remark = document.get("remark", "") if isinstance(document, dict) else "an answer of another form"
        if remark:
            raise self.failure(f"it did not finish: {remark}")
        self.seen[-1]["as_of"] = document.get("osm3s", {}).get("timestamp_osm_base", "")

    @property
    def last(self) -> str:
        return str(self.seen[-1]["status"]) if self.seen else "it did not answer"

    @property
    def as_of(self) -> str:
        """The day of the server's data, the oldest if there were several answers."""
        days = [answer["as_of"][:10] for answer in self.seen if answer.get("as_of")]
        return min(days, default="an unknown day")

    def failure(self, what: str) -> DownloadError:
        return DownloadError(
            f"fetch area: given {self.url}, expected the roads of the box; {what}. Nothing was written. Try again"
            " later, ask for a smaller box, or fetch the extract of the country: `idlibgeo fetch --list`."
        )


@contextmanager
def _settings(url: str, timeout_s: int, watch: _Watch, *, has_slots: bool) -> Iterator[None]:
    """Set OSMnx's module-level settings for one download, and put everything back as it was."""
    from osmnx import settings  # noqa: PLC0415 - see _download

    ours = {
        "overpass_url": url,
        "overpass_rate_limit": has_slots,
        "requests_timeout": timeout_s,
        "requests_kwargs": {"hooks": {"response": watch}},
        "use_cache": False,
        # Without it OSMnx asks a search company's name server when the usual one does not answer.
        "doh_url_template": None,
        "http_user_agent": f"idlibgeo/{__version__} through OSMnx",
        "useful_tags_way": list(dict.fromkeys([*settings.useful_tags_way, *WAY_TAGS])),
        "useful_tags_node": list(dict.fromkeys([*settings.useful_tags_node, "barrier"])),
    }
    before = {name: getattr(settings, name) for name in ours}
    # OSMnx replaces the resolver of the whole process to stay on one of several servers.
    resolver = socket.getaddrinfo
    try:
        for name, value in ours.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolver
