"""The architecture: imports point one way, nothing happens at import, and the public names are those promised."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "idlibgeo"

# A module may import from modules of lower levels; modules of one level meet through layers.
LEVELS = {
    "_version": 0,
    "errors": 0,
    "collector": 0,
    "geo": 1,
    "scenario": 2,
    "sources": 3,
    "downloads": 3,
    "osm": 3,
    "schema": 4,
    "reports": 5,
    "gazetteer": 5,
    "border": 5,
    "roads": 5,
    "camps": 5,
    "ledger": 6,
    "routes": 6,
    "flows": 7,
    "privacy": 8,
    "export": 9,
    "pipeline": 10,
    "cli": 11,
}
# Within one level nothing is shared but these.
SIDEWAYS = {("sources", "osm")}
# Analysis modules that may know another one.
KNOWN = {("ledger", "reports"), ("routes", "roads"), ("flows", "routes")}
ANALYSIS = {"reports", "gazetteer", "border", "roads", "camps", "ledger", "routes", "flows"}
# Only these may open files.
AT_THE_EDGE = {"sources", "downloads", "osm", "scenario", "export", "pipeline", "cli"}


def imports_of(file: Path) -> set[str]:
    """The modules of this package that a file imports, by their first name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("idlibgeo"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("idlibgeo.")}
    return found


def modules() -> list[tuple[str, Path]]:
    files = [file for file in PACKAGE.rglob("*.py") if "sample" not in file.parts]
    return [(file.relative_to(PACKAGE).parts[0].removesuffix(".py"), file) for file in sorted(files)]


@pytest.mark.parametrize(("module", "file"), modules(), ids=lambda value: getattr(value, "name", value))
def test_imports_point_one_way(module: str, file: Path) -> None:
    if module == "__init__":
        return  # the facade imports whatever it offers
    for imported in imports_of(file) - {module}:
        assert imported in LEVELS, f"{file.name} imports {imported}, which has no level"
        lower = LEVELS[imported] < LEVELS[module] or (module, imported) in SIDEWAYS
        assert lower, f"{module} imports {imported}, which is not below it"
        if module in ANALYSIS and imported in ANALYSIS:
            assert (module, imported) in KNOWN, (
                f"analysis modules meet through layers: {module} imports {imported}"
            )
        if imported == "scenario":
            assert module in {"sources", "pipeline", "cli"}, f"{module} reads the scenario"


def test_every_module_has_a_level() -> None:
    assert {module for module, _ in modules()} - {"__init__"} == set(LEVELS)


def test_import_is_quiet_and_light() -> None:
    """Importing the package writes nothing, warns of nothing and leaves the heavy libraries alone."""
    code = (
        "import sys, idlibgeo; heavy = 'osmnx matplotlib folium trafilatura dateparser timezonefinder'.split(); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_analysis_opens_no_files() -> None:
    calls = {
        "open",
        "read_text",
        "write_text",
        "read_bytes",
        "write_bytes",
        "read_csv",
        "read_file",
        "to_file",
    }
    for module, file in modules():
        if module in AT_THE_EDGE or module in {"__init__", "_version"}:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in calls:
                    # Data files of the package itself are read through importlib.resources.
                    text = ast.unparse(node)
                    packaged = ("resource", "joinpath", "files(", "stream")
                    assert any(word in text for word in packaged), f"{file.name}: {text}"


def test_public_names_are_those_promised_and_all_load() -> None:
    import idlibgeo

    promised = (
        "read_report Report Figure Mention Ledger Gazetteer Candidate Place read_osm RoadNetwork shortest_path"
        " alternative_routes route_to_line od_matrix isochrones load_border distance_to_border border_bands"
        " border_buffers kernel_density hexbin crowding suitable_land allocate Scenario explore run"
        " Release write_bundle"
    )
    assert set(promised.split()) <= set(idlibgeo.__all__)
    for name in idlibgeo.__all__:
        assert getattr(idlibgeo, name) is not None
    assert set(idlibgeo.__all__) - {"__version__"} == set(idlibgeo._MODULE_OF)


def test_every_error_class_is_public() -> None:
    import idlibgeo
    from idlibgeo import errors

    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert classes <= set(idlibgeo.__all__)
    for name in classes - {"IdlibgeoError"}:
        builtin = {ValueError, LookupError, OSError} & set(getattr(errors, name).__mro__)
        assert builtin, f"{name} has no builtin parent"


def test_a_gap_between_the_parts_of_a_line_is_no_part_of_its_length() -> None:
    import shapely

    from idlibgeo.geo import geodesic_length_m

    one, other = shapely.LineString([(36, 35), (36, 36)]), shapely.LineString([(37, 35), (37, 36)])
    lengths = geodesic_length_m([shapely.MultiLineString([one, other]), one, other])
    assert lengths[0] == pytest.approx(lengths[1] + lengths[2])


def test_no_product_asks_the_clock_for_its_date(repository: Path) -> None:
    """The one that asks, asks how old a folder of a killed run is."""
    asking = re.compile(r"\b(time\.time|today|utcnow|now|gmtime|localtime)\(")
    found = {
        path.name
        for path in (repository / "idlibgeo").rglob("*.py")
        if asking.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"bundle.py"}
