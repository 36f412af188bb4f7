"""One TOML file → one frozen `Scenario`: the area, the border, the reports, the data and the parameters.

An unknown key is refused with the nearest known one; a file that is named has to exist. Paths are relative to the
scenario file, or else to the folder that `scenario.data` names (large files that are shared between scenarios).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from idlibgeo.errors import FileError, ScenarioError, nearest_name
from idlibgeo.geo import Bounds, check_bounds

Positive = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A part of a scenario: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class About(Section):
    """What the products say about themselves."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")]
    title: str
    title_ar: str = ""
    subtitle: str = ""
    summary: str = ""
    as_of: dt.date
    country_iso3: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    bounds: tuple[float, float, float, float]
    seed: int = 20200107
    limits: tuple[str, ...] = ()
    data: str = ""
    online_tiles: str = ""

    @field_validator("bounds")
    @classmethod
    def _bounds(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        return check_bounds(values, name="scenario.bounds")


class ReportsSection(Section):
    """The reports to read; patterns such as ``reports/*.txt`` are allowed."""

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    published: bool = True


class GazetteerSection(Section):
    """Tables of places; with `from_osm` the places of the OSM file are added.

    `columns` says which column is which in tables of a layout that is not known (ours = the table's); `boundaries`
    are files of administrative boundaries with P-codes.
    """

    files: tuple[str, ...] = ()
    from_osm: bool = False
    columns: dict[str, str] = {}
    boundaries: tuple[str, ...] = ()


class BorderSection(Section):
    """The border: a country, its neighbours by ISO code, and where the line comes from."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    neighbours: Annotated[tuple[str, ...], Field(min_length=1)]
    file: str = ""
    licence: str = ""
    error_m: Annotated[float, Field(ge=0)] = float("nan")
    coast_point: tuple[float, float] | None = None
    tolerance_m: Positive = 1500
    distances_m: tuple[Positive, ...] = (2000, 5000, 10000, 15000, 20000, 30000, 50000)
    crossings: str = ""

    @field_validator("distances_m")
    @classmethod
    def _ascending(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if list(values) != sorted(set(values)):
            raise ValueError("expected distances that grow, such as [2000, 5000, 10000]")
        return values


class RoadsSection(Section):
    """The roads: an OSM file, a network file, or a table of named roads with a table of their waypoints.

    `fetch` names what `idlibgeo fetch --scenario` brings, and stands for its file: an extract, or ``area``, the roads
    in the bounds of the scenario, which suits a small one.
    """

    fetch: str = ""
    osm: str = ""
    network: str = ""
    table: str = ""
    waypoints: str = ""
    closures: str = ""
    dem: str = ""

    @model_validator(mode="before")
    @classmethod
    def _file_of_the_extract(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not values.get("fetch"):
            return values
        if values["fetch"] == "area":
            return {"network": "area.gpkg", **values}
        return values if values.get("osm") else {**values, "osm": f"{values['fetch']}.osm.pbf"}


class RoutesSection(Section):
    """What routes are asked for: from each origin in the reports to crossings and camps."""

    to: tuple[Literal["crossings", "camps", "border"], ...] = ("crossings", "camps")
    origins: tuple[str, ...] = ()
    alternatives: Annotated[int, Field(ge=1, le=10)] = 3
    max_overlap: Annotated[float, Field(gt=0, le=1)] = 0.6
    max_stretch: Annotated[float, Field(ge=1)] = 1.5
    mode: Literal["vehicle", "foot"] = "vehicle"
    date: dt.date | None = None
    snap_limit_m: Positive = 5000
    isochrone_minutes: tuple[Positive, ...] = (30, 60, 120)


class CampsSection(Section):
    """The table of camps."""

    file: str
    standard: str = ""
    published: bool = True


class DensitySection(Section):
    """The density raster and the hexagons. The audience's floor on the bandwidth comes on top."""

    bandwidth_m: Annotated[float, Field(gt=0, le=50_000)] = 2000
    resolution_m: Annotated[float, Field(ge=10, le=10_000)] = 100
    hex_resolution: Annotated[int, Field(ge=3, le=10)] = 6


class AllocationSection(Section):
    """The first estimate of who went where."""

    half_cost_minutes: Positive = 60


class SourcesSection(Section):
    """The table of sources, a row for each that any input comes from."""

    file: str


class Scenario(Section):
    """What to map and with what.

    Examples
    --------
    >>> scenario = Scenario.sample()
    >>> scenario.scenario.id
    'idlib-2020-01'
    """

    scenario: About
    reports: ReportsSection
    border: BorderSection
    roads: RoadsSection
    camps: CampsSection | None = None
    gazetteer: GazetteerSection = GazetteerSection()
    routes: RoutesSection = RoutesSection()
    density: DensitySection = DensitySection()
    allocation: AllocationSection = AllocationSection()
    sources: SourcesSection | None = None

    _folder: Path = PrivateAttr(default=Path())

    @property
    def bounds(self) -> Bounds:
        """The area of the scenario."""
        return Bounds(*self.scenario.bounds)

    @property
    def folder(self) -> Path:
        """The folder that the scenario file stands in."""
        return self._folder

    def path(self, name: str, *, key: str) -> Path:
        """Where a file named in the scenario is.

        Raises
        ------
        FileError
            If it is neither beside the scenario file nor in the folder that `scenario.data` names.
        """
        places = [self._folder / name]
        if self.scenario.data:
            places.append(self._folder / self.scenario.data / name)
        for place in places:
            if place.exists():
                return place
        looked = " and ".join(f"{place.parent}" for place in places)
        raise FileError(
            f"{key}: given {name!r}, expected a file; looked in {looked}. Nothing was run. Correct the name, say where"
            " large files are (--set scenario.data=FOLDER), or bring an extract with `idlibgeo fetch --scenario FILE`."
        )

    def paths(self, names: tuple[str, ...], *, key: str) -> list[Path]:
        """Where several files are; a pattern stands for what it matches, in alphabetical order."""
        found: list[Path] = []
        for name in names:
            matches = sorted(self._folder.glob(name)) if "*" in name else [self.path(name, key=key)]
            if not matches:
                raise FileError(
                    f"{key}: the pattern {name!r} matches no file in {self._folder}. Nothing was run."
                )
            found.extend(matches)
        return found

    def files(self) -> Iterator[tuple[str, Path, bool]]:
        """Each input file: its key, its path, and whether the file is published."""
        for path in self.paths(self.reports.files, key="reports.files"):
            yield "reports.files", path, self.reports.published
        for path in self.paths(self.gazetteer.files, key="gazetteer.files"):
            yield "gazetteer.files", path, True
        for path in self.paths(self.gazetteer.boundaries, key="gazetteer.boundaries"):
            yield "gazetteer.boundaries", path, True
        single = [
            ("border.file", self.border.file),
            ("border.crossings", self.border.crossings),
            *(
                (f"roads.{key}", getattr(self.roads, key))
                for key in ("osm", "network", "table", "waypoints", "closures", "dem")
            ),
            ("sources.file", self.sources.file if self.sources else ""),
        ]
        for key, name in single:
            if name:
                yield key, self.path(name, key=key), True
        if self.camps:
            yield "camps.file", self.path(self.camps.file, key="camps.file"), self.camps.published

    @classmethod
    def load(cls, path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
        """Read a scenario file; `overrides` maps dotted keys to values (``density.bandwidth_m``).

        Raises
        ------
        FileError
            If the file does not exist.
        ScenarioError
            If it is not TOML, has unknown keys, or values that cannot be used.
        """
        file = Path(path)
        if not file.is_file():
            raise FileError(
                f"Scenario: given {str(path)!r}, expected a TOML file. Nothing was run."
                " `idlibgeo new FILE.toml` writes one to start from."
            )
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ScenarioError(
                f"{file}: expected TOML in UTF-8, and reading it failed: {error}. Nothing was run."
            ) from None
        for key, value in (overrides or {}).items():
            _set(values, key, value)
        return cls.parse(values, folder=file.parent, name=str(file))

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, folder: Path, name: str = "scenario") -> Scenario:
        """Check values and make the scenario of them."""
        try:
            scenario = cls.model_validate(values)
        except ValidationError as error:
            raise ScenarioError(f"{name}: nothing was run.\n{_explain(error, cls)}") from None
        scenario._folder = folder
        _check_roads(scenario.roads, name)
        return scenario

    @classmethod
    def sample(cls) -> Scenario:
        """The bundled sample scenario: north-west Syria, January 2020."""
        return cls.load(sample_folder() / "scenario.toml")


def sample_folder() -> Path:
    """The folder of the bundled sample: in the installed package, or beside it in a clone."""
    package = Path(__file__).parent
    installed = package / "sample"
    return installed if installed.is_dir() else package.parent / "data" / "sample"


def _check_roads(roads: RoadsSection, name: str) -> None:
    ways = [bool(roads.osm), bool(roads.network), bool(roads.table)]
    if sum(ways) != 1 or bool(roads.table) != bool(roads.waypoints):
        raise ScenarioError(
            f"{name}: roads: given osm={roads.osm!r}, network={roads.network!r}, table={roads.table!r},"
            f" waypoints={roads.waypoints!r}; expected either `osm` or both `table` and `waypoints`, or"
            " `network`. Nothing was run."
        )


def _set(values: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise ScenarioError(f"--set {key}: {parent!r} is a value, not a section. Nothing was run.")
    values[last] = value


def parse_setting(text: str) -> tuple[str, Any]:
    """Read one ``KEY=VALUE``; the value is TOML, or plain text where it is not.

    >>> parse_setting("density.bandwidth_m=3000"), parse_setting("scenario.title=A map")
    (('density.bandwidth_m', 3000), ('scenario.title', 'A map'))
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ScenarioError(f"--set: given {text!r}, expected KEY=VALUE such as density.bandwidth_m=3000.")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def _section(model: type[BaseModel], location: tuple[Any, ...]) -> type[BaseModel]:
    for part in location:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        found = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if not found:
            return model
        model = found[0]
    return model


def _explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One line per problem: the key, what was given, what was expected."""
    lines = []
    for problem in error.errors():
        location = problem["loc"]
        key = ".".join(str(part) for part in location)
        if problem["type"] == "extra_forbidden":
            known = _section(model, location[:-1]).model_fields
            lines.append(f"{key}: unknown key. {nearest_name(str(location[-1]), known)}")
        elif problem["type"] == "missing":
            lines.append(f"{key}: is missing and has no default.")
        else:
            message = problem["msg"].removeprefix("Value error, ").rstrip(".")
            # Our own checks name the key and the value themselves.
            named = message.startswith(f"{key}: ")
            lines.append(f"{message}." if named else f"{key}: given {problem['input']!r}; {message}.")
    return "\n".join(lines)
