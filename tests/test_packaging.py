"""What is shipped: the wheel works outside the clone, nothing names a host or a machine, `make` explains itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

# Hosts of package registries and of the mirrors in front of them; a pin that names one breaks elsewhere.
REGISTRY = re.compile(r"https?://[^\s\"')]*(pypi|pythonhosted|npmjs|debian\.org|/simple/)", re.IGNORECASE)


@pytest.mark.slow
def test_the_wheel_works_outside_the_clone(repository: Path, tmp_path: Path) -> None:
    """Built, unpacked elsewhere, and run on the bundled sample from a folder that knows nothing of the clone."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(tmp_path),
            str(repository),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(installed),
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, timeout=120)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import idlibgeo;"
        "assert idlibgeo.__file__.startswith(sys.argv[1]), idlibgeo.__file__;"
        "from idlibgeo.cli import main; main(['run', '--until', 'flows', '--output', 'build', '--only', 'bands'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(installed)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "build" / "idlib-2020-01" / "maps").glob("*_bands_*.png"))
    assert (installed / "idlibgeo" / "sample" / "scenario.toml").exists()


def tracked(repository: Path) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git clone: the list of files is not known")
    return [repository / name for name in done.stdout.split("\0") if name and (repository / name).is_file()]


def test_no_file_names_a_registry_a_machine_or_a_mailbox(repository: Path) -> None:
    # Put together here, so that this file does not find itself.
    home, work = "/" + "root/", "/" + "work/"
    mail = re.compile(r"[\w.+-]+@[\w-]+\.(com|org|net|io)\b")
    for file in tracked(repository):
        if "vendor" in file.parts or file.suffix in {".png", ".pdf", ".pbf", ".gz", ".zip", ".tif", ".gpkg"}:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        assert not REGISTRY.search(text), file
        assert home not in text, file
        assert work not in text, file
        assert not mail.search(text), file


def test_constraints_pin_every_dependency_by_name_and_version(repository: Path) -> None:
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line) for line in lines)
    pinned = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines}
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.split(r"[<>=!~;\[ ]", requirement)[0]
        assert re.sub(r"[-_.]+", "-", name).lower() in pinned, name


def test_every_dependency_has_its_reason(repository: Path) -> None:
    text = (repository / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("dependencies = [") : text.index("[project.optional-dependencies]")]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    # A line without a comment of its own stands in a group whose heading says why.
    assert len(lines) > 20
    assert all("#" in line or line.strip().startswith(('"tzdata', '"numpy')) for line in lines)


def test_make_alone_prints_its_targets(repository: Path) -> None:
    done = subprocess.run(
        ["make"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MAKEFLAGS": ""},
    )
    for target in "setup bundle routes bands density test check notebooks bench fetch clean".split():
        assert f"make {target} " in done.stdout


def test_the_readme_has_the_two_commands_and_a_picture(repository: Path) -> None:
    text = (repository / "README.md").read_text(encoding="utf-8")
    assert "make bundle" in text
    assert "make test" in text
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (repository / picture).stat().st_size > 10_000
    for link in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)\)", text):
        assert link.startswith("http") or (repository / link).exists(), link
