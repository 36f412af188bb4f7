"""Downloads from a server on this machine that also cuts off, errs, lies, and answers for Overpass."""

from __future__ import annotations

import errno
import hashlib
import http.server
import json
import re
import shutil
import socket
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click.testing
import pytest
from pyproj import Geod

from idlibgeo import downloads
from idlibgeo.downloads import Entry, catalogue, fetch
from idlibgeo.errors import DownloadError, FileError, InputError, UnknownNameError
from idlibgeo.pipeline import load_network
from idlibgeo.pipeline.area import download_network
from idlibgeo.roads import RoadNetwork

# Without a pattern, so that a piece in the wrong place is noticed.
CONTENT = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(12_500))
MD5 = hashlib.md5(CONTENT).hexdigest()
NEWER = CONTENT[::-1]


@dataclass
class Server:
    """What the server does, changed by a test, and what it was asked."""

    content: bytes = CONTENT
    checksum: bytes | None = None
    ranges: bool = True
    length: bool = True
    # Bytes after which each answer breaks off; then the answers are whole.
    cuts: list[int] = field(default_factory=list)
    # Statuses of the first answers to the file and to its checksum.
    statuses: list[int] = field(default_factory=list)
    checksum_statuses: list[int] = field(default_factory=list)
    content_range: str = ""
    overpass: Callable[[str], tuple[int, bytes]] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def entry(self, name: str = "syria") -> Entry:
        url = f"{self.url}/{name}-latest.osm.pbf"
        return Entry(
            name, name.title(), url, f"{url}.md5", "ODbL-1.0", "© OpenStreetMap contributors", self.url
        )

    def ranges_asked(self) -> list[str]:
        return [asked for path, asked in self.asked if path.endswith(".pbf")]

    def fetch(self, folder: Path, **options: Any) -> Path:
        options = {"pause_s": 0.0, "timeout_s": 5.0, **options}
        return fetch("syria", folder, entries={"syria": self.entry()}, **options)


def handler_of(server: Server) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, self.headers.get("Range", "")))
            if self.path.endswith("/status"):
                self.answer(
                    200, b"Connected as: 1\nNow\nendpoint: none\nRate limit: 2\n2 slots available now.\n"
                )
            elif self.path.endswith(".md5"):
                status = server.checksum_statuses.pop(0) if server.checksum_statuses else 200
                digest = hashlib.md5(server.content).hexdigest().encode()
                self.answer(
                    status,
                    server.checksum if server.checksum is not None else digest + b"  syria-latest.osm.pbf\n",
                )
            else:
                self.give_file()

        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"])).decode()
            server.asked.append((self.path, query))
            assert server.overpass is not None
            self.answer(*server.overpass(query))

        def give_file(self) -> None:
            status = server.statuses.pop(0) if server.statuses else 200
            if status != 200:
                self.answer(status, b"")
                return
            whole, start = server.content, 0
            headers = {}
            if server.ranges and "Range" in self.headers:
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
                if start >= len(whole):
                    self.answer(416, b"", {"Content-Range": f"bytes */{len(whole)}"})
                    return
                status = 206
                said = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
                headers["Content-Range"] = server.content_range or said
            self.answer(status, whole[start:], headers, cut=server.cuts.pop(0) if server.cuts else None)

        def answer(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if server.length:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[:cut])

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    state = Server()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(state)) as running:
        state.url = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield state
        running.shutdown()
        thread.join()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# The catalogue


def test_the_catalogue_names_the_countries_of_the_case_and_their_checksums() -> None:
    known = catalogue()
    assert {"syria", "andorra", "turkey", "lebanon", "jordan", "iraq"} <= set(known)
    for name, entry in known.items():
        assert re.fullmatch(
            r"https://download\.geofabrik\.de/[a-z-]+/" + name + r"-latest\.osm\.pbf", entry.url
        )
        assert entry.checksum_url == entry.url + ".md5"
        assert entry.licence == "ODbL-1.0" and "OpenStreetMap" in entry.attribution
        assert entry.title and entry.source.startswith("Geofabrik")


def test_the_catalogue_is_in_alphabetical_order_and_has_no_name_twice() -> None:
    lines = (Path(downloads.__file__).with_suffix(".csv")).read_text(encoding="utf-8").splitlines()[1:]
    names = [line.partition(",")[0] for line in lines]
    assert names == sorted(set(names))


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"given 'syra'.*Nothing was downloaded.*Did you mean syria"):
        fetch("syra", tmp_path)


# What comes whole


def test_a_file_comes_whole_with_its_checksum_beside_it(server: Server, tmp_path: Path) -> None:
    path = server.fetch(tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "syria.osm.pbf"
    assert path.read_bytes() == CONTENT
    assert path.with_name("syria.osm.pbf.md5").read_text() == f"{MD5}  syria.osm.pbf\n"
    assert files(path.parent) == ["syria.osm.pbf", "syria.osm.pbf.md5"]


def test_progress_ends_at_the_size_of_the_file(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    server.fetch(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (400_000, 400_000)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_pooch_says_nothing_and_its_logger_is_left_as_it_was(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pooch

    level = pooch.get_logger().level
    server.fetch(tmp_path)
    assert capsys.readouterr() == ("", "")
    assert pooch.get_logger().level == level


def test_a_verified_file_is_not_asked_for_again_even_with_the_server_gone(
    server: Server, tmp_path: Path
) -> None:
    path = server.fetch(tmp_path)
    before = path.stat().st_mtime_ns
    server.asked.clear()
    assert server.fetch(tmp_path) == path
    assert server.asked == []
    assert path.stat().st_mtime_ns == before


def test_a_file_that_agrees_with_the_server_is_not_downloaded_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "syria.osm.pbf").write_bytes(CONTENT)
    server.fetch(tmp_path)
    assert server.ranges_asked() == []
    assert (tmp_path / "syria.osm.pbf.md5").exists()


def test_a_file_that_was_damaged_on_disk_is_replaced(server: Server, tmp_path: Path) -> None:
    path = server.fetch(tmp_path)
    path.write_bytes(CONTENT[:-1])
    server.fetch(tmp_path)
    assert path.read_bytes() == CONTENT


def test_update_replaces_a_file_by_a_newer_one_and_only_then(server: Server, tmp_path: Path) -> None:
    path = server.fetch(tmp_path)
    server.content = NEWER
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert server.fetch(tmp_path, update=True).read_bytes() == NEWER
    assert hashlib.md5(NEWER).hexdigest() in path.with_name("syria.osm.pbf.md5").read_text()
    server.asked.clear()
    server.fetch(tmp_path, update=True)
    assert server.ranges_asked() == []


def test_a_server_that_does_not_tell_the_length_is_taken(server: Server, tmp_path: Path) -> None:
    server.length = False
    assert server.fetch(tmp_path).read_bytes() == CONTENT


def test_a_redirect_is_followed(server: Server, tmp_path: Path) -> None:
    # Geofabrik sends "latest" on to the file of the day.
    entry = server.entry("syria")
    moved = replace(entry, url=f"{server.url}/moved")

    class Redirecting(handler_of(server)):  # type: ignore[misc]
        def do_GET(self) -> None:  # noqa: N802
            if self.path == "/moved":
                self.answer(302, b"", {"Location": entry.url})
            else:
                super().do_GET()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        moved = replace(entry, url=f"http://127.0.0.1:{other.server_address[1]}/moved")
        assert fetch("syria", tmp_path, entries={"syria": moved}).read_bytes() == CONTENT
        other.shutdown()
        thread.join()


# What breaks off


def test_a_cut_is_resumed_within_one_call(server: Server, tmp_path: Path) -> None:
    server.cuts = [150_000, 200_000]
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    first, second, third = server.ranges_asked()
    assert first == ""
    assert 0 < int(second[6:-1]) <= 150_000 < int(third[6:-1]) <= 350_000


def test_what_came_is_kept_and_the_next_call_goes_on_there(server: Server, tmp_path: Path) -> None:
    server.cuts = [150_000]
    server.statuses = [200, 503, 503]
    with pytest.raises(DownloadError, match=r"syria.*503.*bytes are kept.*goes on where it stopped"):
        server.fetch(tmp_path, attempts=3)
    [part] = tmp_path.iterdir()
    assert part.name == f"syria.osm.pbf.{MD5[:8]}.part"
    kept = part.read_bytes()
    assert 0 < len(kept) <= 150_000 and CONTENT.startswith(kept)
    server.asked.clear()
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert server.ranges_asked() == [f"bytes={len(kept)}-"]
    assert files(tmp_path) == ["syria.osm.pbf", "syria.osm.pbf.md5"]


def test_a_server_without_ranges_begins_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    server.cuts = [150_000]
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert len(server.ranges_asked()) == 2


def test_a_server_that_always_breaks_off_at_the_same_place_is_given_up(
    server: Server, tmp_path: Path
) -> None:
    server.ranges = False
    server.cuts = [150_000] * 20
    with pytest.raises(DownloadError, match=r"4 tries in a row failed.*broke off"):
        server.fetch(tmp_path, attempts=4)
    assert 4 <= len(server.ranges_asked()) <= 5
    assert not (tmp_path / "syria.osm.pbf").exists()


def test_tries_that_get_somewhere_are_not_counted(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "WORTHWHILE_BYTES", 10_000)
    monkeypatch.setattr(downloads, "CHUNK_BYTES", 5_000)
    server.cuts = [20_000] * 30
    assert server.fetch(tmp_path, attempts=2).read_bytes() == CONTENT
    assert len(server.ranges_asked()) > 10


def test_a_part_that_is_whole_already_is_only_verified(server: Server, tmp_path: Path) -> None:
    (tmp_path / f"syria.osm.pbf.{MD5[:8]}.part").write_bytes(CONTENT)
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert server.ranges_asked() == ["bytes=400000-"]


@pytest.mark.parametrize("part", [CONTENT + b"more", b"x" * 1000], ids=["too long", "of another file"])
def test_a_part_that_does_not_fit_costs_a_second_try_and_no_more(
    server: Server, tmp_path: Path, part: bytes
) -> None:
    (tmp_path / f"syria.osm.pbf.{MD5[:8]}.part").write_bytes(part)
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert len(server.ranges_asked()) == 2


def test_a_part_of_yesterdays_extract_is_not_continued(server: Server, tmp_path: Path) -> None:
    (tmp_path / "syria.osm.pbf.00000000.part").write_bytes(NEWER[:1000])
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert server.ranges_asked() == [""]
    assert files(tmp_path) == ["syria.osm.pbf", "syria.osm.pbf.md5"]


def test_a_server_that_starts_elsewhere_than_asked_is_not_believed(server: Server, tmp_path: Path) -> None:
    server.cuts = [150_000]
    server.content_range = "bytes 399999-399999/400000"
    assert server.fetch(tmp_path).read_bytes() == CONTENT
    assert server.ranges_asked()[-1] == ""


def test_two_downloads_of_one_file_do_not_mix(server: Server, tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / f"syria.osm.pbf.{MD5[:8]}.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="another program is downloading the same file"):
            server.fetch(tmp_path)


# What errs


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_error_that_passes_is_waited_out(server: Server, tmp_path: Path, status: int) -> None:
    server.statuses = [status, status]
    server.checksum_statuses = [status]
    assert server.fetch(tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "why"), [(404, "not there any more"), (403, "does not give it out")])
def test_a_file_that_is_gone_is_asked_for_once(server: Server, tmp_path: Path, status: int, why: str) -> None:
    server.statuses = [status] * 9
    with pytest.raises(
        DownloadError, match=rf"syria-latest.osm.pbf, expected a file.*{status}.*{why}.*Look for it"
    ):
        server.fetch(tmp_path)
    assert len(server.ranges_asked()) == 1
    assert not (tmp_path / "syria.osm.pbf").exists()


def test_an_error_that_stays_is_said_and_leaves_the_old_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "syria.osm.pbf").write_bytes(b"old")
    server.statuses = [500] * 9
    with pytest.raises(DownloadError, match=r"5 tries in a row failed.*500 Internal Server Error"):
        server.fetch(tmp_path)
    assert (tmp_path / "syria.osm.pbf").read_bytes() == b"old"


def test_without_a_checksum_nothing_is_downloaded(server: Server, tmp_path: Path) -> None:
    server.checksum_statuses = [404]
    with pytest.raises(DownloadError, match=r"\.md5, expected a file.*404"):
        server.fetch(tmp_path)
    assert server.ranges_asked() == []


@pytest.mark.parametrize("text", [b"<html>Log in to the network</html>", b"", b"abc\n", b"\xff\xfe\x00"])
def test_a_checksum_that_is_none_stops_it(server: Server, tmp_path: Path, text: bytes) -> None:
    server.checksum = text
    with pytest.raises(DownloadError, match=r"expected a checksum.*could not be verified.*login page"):
        server.fetch(tmp_path)
    assert files(tmp_path) == []


def test_a_checksum_that_lies_leaves_nothing_in_place(server: Server, tmp_path: Path) -> None:
    lie = "0123456789abcdef" * 2
    server.checksum = lie.encode()
    with pytest.raises(
        DownloadError, match=rf"given a file with the checksum {MD5}, expected {lie}.*deleted"
    ):
        server.fetch(tmp_path)
    assert len(server.ranges_asked()) == 2
    assert files(tmp_path) == []


def test_a_checksum_that_lies_leaves_the_old_file(server: Server, tmp_path: Path) -> None:
    path = server.fetch(tmp_path)
    server.checksum = b"0" * 32
    with pytest.raises(DownloadError):
        server.fetch(tmp_path, update=True)
    assert path.read_bytes() == CONTENT
    assert server.fetch(tmp_path) == path


def test_a_sha256_is_taken_too_and_capitals(server: Server, tmp_path: Path) -> None:
    server.checksum = hashlib.sha256(CONTENT).hexdigest().upper().encode()
    path = server.fetch(tmp_path)
    assert path.with_name("syria.osm.pbf.sha256").exists()


def test_a_silent_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = Server(url=f"http://127.0.0.1:{mute.getsockname()[1]}")
        with pytest.raises(DownloadError, match=r"2 tries in a row failed.*silent"):
            silent.fetch(tmp_path, attempts=2, timeout_s=0.2)


def test_without_a_network_it_says_so_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(
        downloads.time, "sleep", lambda _: pytest.fail("waited for a network that is not there")
    )
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    nowhere = Server(url=f"http://127.0.0.1:{port}")
    with pytest.raises(
        DownloadError, match=rf"127.0.0.1:{port}, expected to reach it.*refused.*Check the network"
    ):
        nowhere.fetch(tmp_path)


# What the disk does not take


def test_too_little_room_is_said_before_the_download(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 9 * 10**5, 10**5))
    with pytest.raises(
        DownloadError, match=r"No space left on device, 0 MB are needed and 0 MB free.*Make room"
    ):
        server.fetch(tmp_path)
    assert not (tmp_path / "syria.osm.pbf").exists()


def test_a_disk_that_fills_keeps_what_came(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(done: int, _: int | None) -> None:
        if done > 200_000:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DownloadError, match=r"No space left on device.*goes on where this one stopped"):
        server.fetch(tmp_path, progress=full)
    [part] = tmp_path.iterdir()
    assert part.stat().st_size > 200_000
    assert server.fetch(tmp_path).read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    with pytest.raises(
        DownloadError, match=r"expected to write there.*Choose a folder that you may write to"
    ):
        server.fetch(tmp_path / "taken")


def test_a_folder_that_may_only_be_read_is_said(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        # A folder's mode does not bind root, as whom some run their tests.
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DownloadError, match=r"Permission denied.*Nothing was put in place"):
        server.fetch(tmp_path)


# The command


@pytest.fixture
def run(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., click.testing.Result]:
    from idlibgeo.cli.main import commands

    names = {name: server.entry(name) for name in ("syria", "andorra")}
    monkeypatch.setattr(downloads, "catalogue", lambda: names)
    return lambda *words: click.testing.CliRunner().invoke(commands, ["fetch", *map(str, words)])


def test_the_command_fetches_and_says_where(run: Callable[..., Any], tmp_path: Path) -> None:
    done = run("syria", "-o", tmp_path)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{tmp_path / 'syria.osm.pbf'}: 0.4 MB, checksum verified\n"


def test_the_command_prints_one_document(run: Callable[..., Any], tmp_path: Path) -> None:
    assert json.loads(run("syria", "-o", tmp_path, "--json").stdout) == [str(tmp_path / "syria.osm.pbf")]
    assert [entry["name"] for entry in json.loads(run("--list", "--json").stdout)] == ["syria", "andorra"]


def test_the_command_brings_what_a_scenario_lacks_to_where_it_looks(
    run: Callable[..., Any], repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "scenarios" / "andorra"
    shutil.copytree(repository / "scenarios" / "andorra", folder)
    done = run("--scenario", folder / "scenario.toml")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "data" / "raw" / "osm" / "andorra.osm.pbf").read_bytes() == CONTENT
    assert "nothing to fetch" in run("--scenario", folder / "scenario.toml").stdout


def test_the_roads_of_a_small_scenario_are_one_line_in_it(
    run: Callable[..., Any], overpass: Server, repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "scenarios" / "andorra"
    shutil.copytree(repository / "scenarios" / "andorra", folder)
    file = folder / "scenario.toml"
    text = file.read_text(encoding="utf-8").replace('osm = "osm/andorra.osm.pbf"', 'fetch = "area"')
    bounds = re.compile(r"^bounds = .*$", re.MULTILINE)
    assert bounds.search(text)
    file.write_text(bounds.sub(f"bounds = {list(BOX)}", text), encoding="utf-8")
    done = run("--scenario", file, "--overpass", f"{overpass.url}/api")
    assert done.exit_code == 0, done.output
    assert len(load_network(file).edge_u) == 3
    assert "nothing to fetch" in run("--scenario", file).stdout


def test_a_failed_download_is_one_line_and_exit_1(
    run: Callable[..., Any], server: Server, tmp_path: Path
) -> None:
    server.checksum_statuses = [404]
    done = run("syria", "-o", tmp_path)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1 and "404" in done.stderr


def test_area_and_bounds_go_together(run: Callable[..., Any], tmp_path: Path) -> None:
    for words in (["area"], ["syria", "--bounds", "1,42,2,43"]):
        done = run(*words, "-o", tmp_path)
        assert done.exit_code == 1
        assert "go together" in done.stderr
    assert files(tmp_path) == []


# The roads of a small area

BOX = (1.50, 42.50, 1.54, 42.52)
# One road of 0.01° along the parallel, a bend in its middle; a track from its end to the north; a lane elsewhere.
NODES = {
    1: (1.51, 42.51),
    2: (1.515, 42.51),
    3: (1.52, 42.51),
    4: (1.52, 42.515),
    5: (1.53, 42.505),
    6: (1.535, 42.505),
}
WAYS = {
    10: ([1, 2, 3], {"highway": "primary", "surface": "asphalt", "maxspeed": "60", "name:ar": "طريق"}),
    11: ([3, 4], {"highway": "track", "surface": "gravel", "motor_vehicle": "no"}),
    12: ([5, 6], {"highway": "residential", "oneway": "yes"}),
}


def overpass_answer(**more: Any) -> bytes:
    elements: list[dict[str, Any]] = [
        {"type": "node", "id": n, "lon": x, "lat": y} for n, (x, y) in NODES.items()
    ]
    elements += [{"type": "way", "id": w, "nodes": nodes, "tags": tags} for w, (nodes, tags) in WAYS.items()]
    stamp = {"timestamp_osm_base": "2020-01-07T10:00:00Z"}
    return json.dumps({"version": 0.6, "osm3s": stamp, "elements": elements, **more}).encode()


@pytest.fixture
def overpass(server: Server) -> Server:
    server.overpass = lambda _: (200, overpass_answer())
    return server


def bring(server: Server, path: Path, **options: Any) -> RoadNetwork:
    return download_network(BOX, path, overpass_url=f"{server.url}/api", **{"timeout_s": 5, **options})


def test_the_roads_of_a_box_become_a_network_on_disk(overpass: Server, tmp_path: Path) -> None:
    network = bring(overpass, tmp_path / "new" / "area.gpkg")
    assert len(network.nodes) == 5
    assert sorted(network.edges["highway"]) == ["primary", "residential", "track"]
    again = RoadNetwork.read(tmp_path / "new" / "area.gpkg")
    assert len(again.edges) == 3
    assert "OpenStreetMap (ODbL) as of 2020-01-07" in again.source and "1.5,42.5,1.54,42.52" in again.source


def test_lengths_and_tags_survive_and_ways_that_differ_stay_apart(overpass: Server, tmp_path: Path) -> None:
    edges = bring(overpass, tmp_path / "area.gpkg").edges.set_index("highway")
    road_m = Geod(ellps="WGS84").inv(1.51, 42.51, 1.52, 42.51)[2]
    # OSMnx measures on the sphere.
    assert edges.loc["primary", "length"] == pytest.approx(road_m, rel=0.004)
    assert edges.loc["primary", ["surface", "maxspeed", "name:ar"]].tolist() == ["asphalt", "60", "طريق"]
    assert edges.loc["track", "motor_vehicle"] == "no"


def test_who_may_use_a_road_follows_from_its_tags(overpass: Server, tmp_path: Path) -> None:
    network = bring(overpass, tmp_path / "area.gpkg")
    # Both ways on the road, one on the lane, none on the track that is closed to vehicles.
    assert network.weights(mode="vehicle").usable.sum() == 3
    assert network.weights(mode="foot").usable.sum() >= 5


def test_the_box_is_asked_in_the_right_order(overpass: Server, tmp_path: Path) -> None:
    from urllib.parse import parse_qs

    bring(overpass, tmp_path / "area.gpkg")
    [query] = [body for path, body in overpass.asked if path.endswith("/interpreter")]
    polygon = re.search(r"poly:'([^']+)'", parse_qs(query)["data"][0])
    assert polygon is not None
    numbers = [float(number) for number in polygon[1].split()]
    # OSMnx asks for half a kilometre more on each side, latitude first.
    assert all(42.49 < lat < 42.53 for lat in numbers[::2])
    assert all(1.49 < lon < 1.55 for lon in numbers[1::2])


def test_nothing_of_osmnx_is_left_changed(
    overpass: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from osmnx import settings

    def state() -> dict[str, Any]:
        values = {name: getattr(settings, name) for name in dir(settings) if name[0] != "_"}
        return {name: list(value) if isinstance(value, list) else value for name, value in values.items()}

    monkeypatch.chdir(tmp_path)
    before, resolver = state(), socket.getaddrinfo
    bring(overpass, tmp_path / "area.gpkg")
    overpass.overpass = lambda _: (500, b"")
    with pytest.raises(DownloadError):
        bring(overpass, tmp_path / "other.gpkg")
    assert state() == before
    assert socket.getaddrinfo is resolver
    assert files(tmp_path) == ["area.gpkg"]


def test_a_box_that_is_too_large_is_refused_before_anybody_is_asked(overpass: Server, tmp_path: Path) -> None:
    # 1° x 1° at the equator is 12,309 km² on the ellipsoid (Karney 2013).
    with pytest.raises(InputError, match=r"12,30\d km².*at most 2,500 km².*extract of the country"):
        download_network((0, 0, 1, 1), tmp_path / "area.gpkg", overpass_url=overpass.url)
    assert overpass.asked == []


@pytest.mark.parametrize("bounds", [(1.54, 42.5, 1.5, 42.52), (1, 2, 3), (42.5, 100, 42.52, 101)])
def test_a_box_that_is_none_is_refused(overpass: Server, tmp_path: Path, bounds: Any) -> None:
    with pytest.raises(InputError, match="west, south, east, north"):
        download_network(bounds, tmp_path / "area.gpkg", overpass_url=overpass.url)
    assert overpass.asked == []


def test_a_name_or_folder_that_cannot_be_written_is_found_before_the_download(
    overpass: Server, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    for path in (tmp_path / "area.txt", tmp_path / "taken" / "area.gpkg"):
        with pytest.raises(FileError, match=r"Nothing was\s+downloaded"):
            bring(overpass, path)
    assert overpass.asked == []


def test_a_box_without_roads_is_said(overpass: Server, tmp_path: Path) -> None:
    overpass.overpass = lambda _: (200, json.dumps({"elements": []}).encode())
    with pytest.raises(InputError, match=r"expected roads in it; the server knows none.*lon before lat"):
        bring(overpass, tmp_path / "area.gpkg")
    assert files(tmp_path) == []


def test_roads_that_all_lie_outside_are_none(overpass: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the server knows none"):
        download_network((10.5, 42.5, 10.51, 42.51), tmp_path / "a.gpkg", overpass_url=f"{overpass.url}/api")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b"<html>oh</html>"), "500 Internal Server Error"),
        ((400, b"bad query"), "400 Bad Request"),
        ((200, b'{"elements": ['), "cannot be read"),
        ((200, overpass_answer(remark="runtime error: Query timed out")), "did not finish: runtime error"),
    ],
    ids=["errs", "refuses", "half", "unfinished"],
)
def test_an_answer_that_is_not_whole_writes_nothing(
    overpass: Server, tmp_path: Path, answer: tuple[int, bytes], why: str
) -> None:
    overpass.overpass = lambda _: answer
    with pytest.raises(DownloadError, match=rf"expected the roads of the box.*{why}.*Nothing was written"):
        bring(overpass, tmp_path / "area.gpkg")
    assert files(tmp_path) == []


def test_a_busy_server_is_asked_three_times(
    overpass: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from osmnx import _overpass

    pauses: list[float] = []
    monkeypatch.setattr(_overpass.time, "sleep", pauses.append)
    overpass.overpass = lambda _: (504, b"")
    with pytest.raises(DownloadError, match="busy 3 times"):
        bring(overpass, tmp_path / "area.gpkg")
    assert [pause for pause in pauses if pause] == [55, 55]


def test_an_overpass_server_that_is_not_there_is_said_at_once(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(DownloadError, match="no connection"):
        bring(Server(url=f"http://127.0.0.1:{port}"), tmp_path / "area.gpkg")


def test_the_command_brings_an_area(run: Callable[..., Any], overpass: Server, tmp_path: Path) -> None:
    box = ",".join(map(str, BOX))
    done = run("area", "--bounds", box, "--overpass", f"{overpass.url}/api", "-o", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == [str(tmp_path / "area_1.5_42.5_1.54_42.52.gpkg")]
    assert len(RoadNetwork.read(tmp_path / "area_1.5_42.5_1.54_42.52.gpkg").edges) == 3
