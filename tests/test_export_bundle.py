"""A bundle is whole or it is the old one, says what is in it, and lets nobody's files be lost."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import export_inputs as invented
import jsonschema
import pandas as pd
import pytest

from idlibgeo.errors import FileError, UnknownNameError
from idlibgeo.export import bundle, method
from idlibgeo.export.bundle import write_bundle
from idlibgeo.pipeline.product import _period
from idlibgeo.privacy import Release, release
from idlibgeo.reports import KINDS

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
QUICK = ["tables", "method", "webmap"]
TESTS = Path(__file__).parent


def released(audience: str = "public", **changes: object) -> Release:
    return release(
        invented.given(30), product=invented.product(**changes), audience=audience, rasters=invented.rasters()
    )


def snapshot(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_whole(folder: Path) -> dict:
    """The manifest lists every file, and each has the checksum that it says."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    listed = {entry["path"]: entry["sha256"] for entry in manifest["products"]}
    found = snapshot(folder)
    found.pop("manifest.json")
    assert found == listed
    return manifest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(released(), tmp_path_factory.mktemp("build") / "invented", sizes=["a4"])


def test_the_folder_is_the_one_of_the_contract(whole: Path) -> None:
    top = {path.name for path in whole.iterdir()}
    assert top == {
        "index.html",
        "invented-2019.gpkg",
        "invented-2019.qgs",
        "rasters",
        "maps",
        "METHOD.html",
        "tables",
        "manifest.json",
    }
    assert (whole / "rasters" / "density.tif").exists()
    assert (whole / "tables" / "figures.csv").exists()
    assert_whole(whole)


def test_the_manifest_holds_to_its_published_schema(whole: Path) -> None:
    schema = bundle.manifest_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((whole / "manifest.json").read_text("utf-8")), schema)


def test_a_public_manifest_names_no_unpublished_input(whole: Path) -> None:
    text = (whole / "manifest.json").read_text("utf-8")
    assert "roads.csv" in text
    assert "secret-list.csv" not in text and "f" * 64 not in text


def test_what_was_withheld_stands_in_the_manifest(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text("utf-8"))
    assert {"edge_flows", "isochrones"} <= {row["layer"] for row in manifest["withheld"]}
    assert all(row["rule"] and row["reason"] for row in manifest["withheld"])


def test_licences_of_layers_and_of_the_pages_code_are_named(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text("utf-8"))
    licences = {row["part"]: row["licence"] for row in manifest["licences"]}
    assert licences["border"] == "ODbL 1.0"
    assert licences["index.html: leaflet 1.9.4"] == "BSD-2-Clause"


def test_a_second_run_years_later_gives_the_same_bytes(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 3e8)
    again = write_bundle(released(), tmp_path / "invented", sizes=["a4"])
    assert snapshot(again) == snapshot(whole)


def test_nothing_is_left_beside_the_folder(whole: Path) -> None:
    assert [path.name for path in whole.parent.iterdir()] == ["invented"]


def test_a_new_bundle_replaces_the_old_one_and_what_programs_left_in_it(tmp_path: Path) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=QUICK)
    (folder / "tables" / "density.tif.aux.xml").write_text("left by a viewer")
    write_bundle(released(title="Another title"), folder, only=["method"])
    assert snapshot(folder).keys() == {"METHOD.html", "manifest.json"}
    assert "Another title" in (folder / "METHOD.html").read_text("utf-8")


def test_a_folder_with_somebodys_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(FileError, match=r"holds 1 file\(s\) that are not of a bundle \(thesis\.docx\)"):
        write_bundle(released(), tmp_path, only=QUICK)
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_notes_put_into_a_bundle_are_not_lost(tmp_path: Path) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=["method"])
    (folder / "notes.txt").write_text("call Umm Ahmad")
    with pytest.raises(FileError, match=r"notes\.txt"):
        write_bundle(released(), folder, only=["method"])
    assert (folder / "notes.txt").exists()


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("")
    with pytest.raises(FileError, match="given a file, expected a folder"):
        write_bundle(released(), tmp_path / "b", only=["method"])


def test_an_unknown_product_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'webmaps' does not exist.*Did you mean webmap"):
        write_bundle(released(), tmp_path / "b", only=["webmaps"])
    assert not (tmp_path / "b").exists()


def test_one_map_can_be_asked_for_alone(tmp_path: Path) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=["bands"], sizes=["a4"])
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {
        "manifest.json",
        "invented-2019_bands_a4_pp.png",
        "invented-2019_bands_a4_pp.pdf",
    }


def test_progress_names_each_product(tmp_path: Path) -> None:
    seen: list[str] = []
    write_bundle(released(), tmp_path / "b", only=QUICK, progress=seen.append)
    assert seen == ["tables", "webmap", "method"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("product", ["tables", "webmap", "method"])
def test_a_disk_that_fails_leaves_the_old_bundle_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, product: str
) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=QUICK)
    before = snapshot(folder)

    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setitem(bundle._WRITERS, product, full)
    with pytest.raises(FileError, match=r"could not be written .* What was there before is unchanged"):
        write_bundle(released(title="New"), folder, only=QUICK)
    assert snapshot(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_disk_that_is_really_full_leaves_the_old_bundle_whole(tmp_path: Path) -> None:
    """A limit on the size of files is the nearest to a full disk that a test can make by itself."""
    folder = write_bundle(released(), tmp_path / "b", only=QUICK)
    before = snapshot(folder)
    done = run_bundle(folder, limit=100_000)
    assert done.returncode == 3, done.stderr
    assert "What was there before is unchanged" in done.stdout
    assert snapshot(folder) == before


def test_a_read_only_folder_is_said_and_nothing_changes() -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        folder = write_bundle(released(), Path(home) / "b", only=["method"])
        before = snapshot(folder)
        Path(home).chmod(0o555)
        try:
            # No folder is read-only for root; the run is somebody else's then.
            done = run_bundle(folder, user=65534 if os.geteuid() == 0 else 0)
        finally:
            Path(home).chmod(0o755)
        assert done.returncode == 3, done.stderr
        assert "could not be written (Permission denied)" in done.stdout
        assert snapshot(folder) == before


SCRIPT = """
import os, sys, time, resource, signal, warnings
warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
sys.path.insert(0, sys.argv[1])
import export_inputs as invented
from idlibgeo.errors import FileError
from idlibgeo.privacy import release
from idlibgeo.export.bundle import write_bundle
folder, title, limit, times, user = sys.argv[2], sys.argv[3], *(int(one) for one in sys.argv[4:7])
kept = release(invented.given(30), product=invented.product(title=title), rasters=invented.rasters())
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if user:
    os.seteuid(user)
print("ready", flush=True)
try:
    for _ in range(times):
        write_bundle(kept, folder, only=["tables", "method", "webmap", "geopackage", "rasters", "project"])
except FileError as error:
    print(error)
    sys.exit(3)
"""


def command(folder: Path, *, title: str = "New", limit: int = 0, times: int = 1, user: int = 0) -> list[str]:
    return [sys.executable, "-c", SCRIPT, str(TESTS), str(folder), title, str(limit), str(times), str(user)]


def run_bundle(folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, **options), capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_killed_at_any_moment_the_folder_holds_one_whole_bundle(tmp_path: Path) -> None:
    folder = write_bundle(released(title="Old"), tmp_path / "b", only=QUICK)
    # Starting a run takes most of the time; every touch of a file is tried by another test.
    for after in (0.05, 0.2, 0.45, 0.8, 1.5):
        process = subprocess.Popen(command(folder, times=50), stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert_whole(folder)
    # What the killed runs left is removed by a later one, once it is old enough not to be another run's.
    left = [path for path in tmp_path.iterdir() if path.name != "b"]
    for path in left:
        os.utime(path, (time.time() - 3600,) * 2)
    write_bundle(released(), folder, only=["method"])
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def killed(folder: Path, what: str, number: int) -> dict:
    command = [sys.executable, "-W", "ignore", str(TESTS / "kill_check.py"), str(folder), what, str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_killed_at_any_touch_of_a_file_the_old_bundle_or_the_new_one_is_whole(tmp_path: Path) -> None:
    """Each run kills itself with SIGKILL some touches later than the one before, until one comes to its end."""
    found = killed(tmp_path / "b", "events", 40)
    assert found["killed"] >= 8
    # Once the new one is in place it stays.
    assert found["titles"] == sorted(found["titles"], reverse=True)
    assert set(found["titles"]) == {"Old", "New"}


@pytest.mark.slow
def test_killed_at_random_moments_the_folder_is_whole(tmp_path: Path) -> None:
    found = killed(tmp_path / "b", "moments", 12)
    assert len(found["titles"]) == 12


@pytest.mark.slow
def test_a_file_system_that_fills_up_leaves_the_old_bundle_whole(tmp_path: Path) -> None:
    """A file system of two megabytes; where nobody may mount one, the limit on files above stands for it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip(
            "mounting is not allowed here; test_a_disk_that_is_really_full… limits the size of files instead"
        )
    try:
        folder = write_bundle(released(), disk / "b", only=["tables", "method"])
        before = snapshot(folder)
        free = os.statvfs(disk)
        (disk / "others").write_bytes(bytes(free.f_bavail * free.f_frsize - 300_000))
        done = run_bundle(folder)
        assert done.returncode == 3, done.stderr
        assert "could not be written" in done.stdout and "room on the disk" in done.stdout, done.stdout
        assert snapshot(folder) == before
        assert {path.name for path in disk.iterdir()} == {"b", "others"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_two_runs_into_one_folder_leave_the_bundle_of_one_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    runs = [
        subprocess.Popen(
            command(folder, title=title, times=6), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for title in ("First", "Second")
    ]
    while any(one.poll() is None for one in runs):
        if (folder / "manifest.json").exists():
            # Between the two reads the folder may be exchanged; within one open folder it is always whole.
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                names = os.listdir(handle)  # noqa: PTH208  (of the folder that is open, whatever its name is now)
                assert {"manifest.json", "index.html", "METHOD.html", "tables"} <= set(names) or not names
            except FileNotFoundError:
                pass
            finally:
                os.close(handle)
        time.sleep(0.02)
    for one in runs:
        _, errors = one.communicate()
        assert one.returncode == 0, errors
    assert assert_whole(folder)["scenario"]["title"] in ("First", "Second")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_geopackage_that_is_open_stays_readable_while_the_bundle_is_replaced(tmp_path: Path) -> None:
    import sqlite3

    folder = write_bundle(released(), tmp_path / "b", only=["geopackage"])
    reader = sqlite3.connect(folder / "invented-2019.gpkg")
    count = "select count(*) from places"
    before = reader.execute(count).fetchone()
    write_bundle(released(), folder, only=["geopackage"])
    assert reader.execute(count).fetchone() == before
    reader.close()
    assert_whole(folder)


@pytest.mark.qgis
def test_a_geopackage_open_in_qgis_stays_readable_and_the_new_one_is_whole(tmp_path: Path) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=["geopackage"])
    command = ["/usr/bin/python3", str(TESTS / "qgis_hold.py"), str(folder / "invented-2019.gpkg"), "places"]
    held = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    rows = held.stdout.readline()
    assert int(rows) > 0
    write_bundle(released(title="New"), folder, only=["geopackage"])
    again, _ = held.communicate("again\n", timeout=60)
    assert again == rows
    assert assert_whole(folder)["scenario"]["title"] == "New"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_edits_that_nobody_has_saved_are_not_thrown_away(tmp_path: Path) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=["geopackage"])
    (folder / "invented-2019.gpkg-wal").write_bytes(b"unsaved")
    with pytest.raises(FileError, match=r"unsaved changes in it .*Save and close it there"):
        write_bundle(released(title="New"), folder, only=["geopackage"])
    assert (folder / "invented-2019.gpkg-wal").exists()


def test_pictures_that_are_not_public_say_so_in_their_names_and_the_rest_keeps_its_own(
    tmp_path: Path,
) -> None:
    folder = write_bundle(
        released("partner"), tmp_path / "b", only=["geopackage", "project", "rasters", "tables"]
    )
    assert (folder / "rasters" / "density_hh.tif").is_file()
    assert (folder / "tables" / "routes.csv").is_file()
    project = (folder / "invented-2019.qgs").read_text("utf-8")
    assert "./invented-2019.gpkg|layername=" in project
    assert "./rasters/density_hh.tif" in project


def test_where_folders_cannot_be_exchanged_two_renames_do_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "_can_exchange", lambda: False)
    folder = write_bundle(released(), tmp_path / "b", only=QUICK)
    write_bundle(released(title="New"), folder, only=["method"])
    assert assert_whole(folder)["scenario"]["title"] == "New"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_run_killed_between_the_two_renames_is_mended_by_the_next(tmp_path: Path) -> None:
    folder = write_bundle(released(title="Old"), tmp_path / "b", only=["method"])
    folder.rename(tmp_path / ".b.x1y2.aside")
    with pytest.raises(UnknownNameError):
        write_bundle(released(), folder, only=["no such product"])
    bundle._tidy(folder)
    assert assert_whole(folder)["scenario"]["title"] == "Old"


def test_the_folder_may_be_read_by_others(tmp_path: Path) -> None:
    folder = write_bundle(released(), tmp_path / "b", only=["method"])
    mask = os.umask(0)
    os.umask(mask)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~mask
    assert (folder / "METHOD.html").stat().st_mode & 0o777 == 0o666 & ~mask


# METHOD.html


def test_method_tells_numbers_steps_limits_checks_and_what_was_left_out() -> None:
    html = method.method_html(released())
    for expected in (
        "over 31,000",
        invented.SENTENCE,
        "Fastest ways by Dijkstra&#39;s algorithm.",
        'Greatest shared length of an alternative</td><td class="n">60 %',
        "The roads are schematic",
        "Two sources give 359,471 and 325,000",
        "the whole layer",
        "© OpenStreetMap contributors (ODbL 1.0)",
        "do not imply official endorsement",
        "Seed of random draws</th><td>7",
        "Nowhere",
    ):
        assert expected in html, expected


def test_method_answers_in_the_order_in_which_a_meeting_asks() -> None:
    html = method.method_html(released())
    chapters = ["headline", "numbers", "steps", "limits", "withheld", "checks", "sources", "again", "words"]
    assert re.findall(r'<h2 id="(\w+)"', html) == chapters
    assert re.findall(r'<li><a href="#(\w+)"', html) == chapters


def test_every_figure_that_the_method_points_at_is_on_the_page() -> None:
    html = method.method_html(released())
    pointed = set(re.findall(r'href="#(f\d+)"', html))
    assert pointed
    assert pointed <= set(re.findall(r'id="(f\d+)"', html))


def test_the_method_leads_with_the_count_that_the_maps_lead_with() -> None:
    html = method.method_html(released())
    first = html[html.index('id="headline"') :]
    assert first[first.index('class="value"') :].startswith('class="value"><strong>359,471 people</strong>')


def test_every_kind_of_figure_has_words() -> None:
    assert set(method.plain_words()["kinds"]) == set(KINDS)


def test_method_has_no_script_no_outside_address_and_escapes_everything() -> None:
    bad = "<script>alert(1)</script><img src=//example.invalid/x onerror=alert(1)>"
    layers = invented.given(20)
    layers["figures"] = layers["figures"].assign(
        sentence=bad, publisher=bad, url="javascript:alert(1)", origin=bad
    )
    layers["checks"] = layers["checks"].assign(message=bad)
    html = method.method_html(
        release(layers, product=invented.product(title=bad, limits=(bad,)), audience="internal")
    )
    assert "<script" not in html and "<img" not in html
    assert 'href="javascript' not in html
    assert re.search(r"default-src 'none'; style-src 'sha256-[^']+'", html)
    assert not re.search(r"<[a-z]+[^>]*\b(src|href)=[\"']?//", html)


def test_whole_reports_stand_in_internal_editions_only() -> None:
    assert "goes on and on" not in method.method_html(released("public"))
    assert "goes on and on" not in method.method_html(released("partner"))
    assert "goes on and on" in method.method_html(released("internal"))


def test_a_count_of_a_year_does_not_stretch_the_period() -> None:
    rows = [
        ("flow", "reported", "2020-01-03", "2020-01-07"),
        ("cumulative", "reported", "2019-11-01", "2020-01-09"),
        ("cumulative", "reported", "2019-01-07", "2020-01-07"),
        ("cumulative", "reported", None, "2020-01-05"),
        ("forecast", "conditional", None, "2020-06-01"),
    ]
    figures = pd.DataFrame(rows, columns=["kind", "modality", "period_start", "period_end"])
    state: Any = SimpleNamespace(layers={"figures": figures})
    assert _period(state) == (dt.date(2019, 11, 1), dt.date(2020, 1, 9))
