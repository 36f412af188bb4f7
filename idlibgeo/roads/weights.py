"""Seconds per arc for one query: mode, surface, slope, closures of a date, party.

Speeds of vehicles stand in ``speeds.csv`` (class × surface × country, low–mid–high, each with its source). A
tagged limit is taken as the highest speed and 0.8 of it as the middle one, as OSRM's car profile does. Walkers go by
Tobler's function (Tobler 1993, NCGIA report 93-1): ``6 exp(−3.5 |slope + 0.05|)`` km/h, 5.04 on the flat, on
slopes from an elevation model where one is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from idlibgeo.errors import InputError, UnknownNameError, nearest_name
from idlibgeo.geo import Raster
from idlibgeo.roads import rules
from idlibgeo.roads.closures import ClosureEvent, closure_events

if TYPE_CHECKING:
    from idlibgeo.roads.network import RoadNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

MODES = ("vehicle", "foot", "mixed")
SURFACES = ("unknown", "paved", "gravel", "dirt")
#: OSRM's car profile drives at this share of a tagged limit; the lowest speed is half of it.
LIMIT_SHARE = (0.5, 0.8, 1.0)
#: Closures at least this likely hold in the plain result; `Weights.draw` draws all of them.
LIKELY = 0.5
NO_SLOPES = "The elevation model changes nothing here: slopes slow down those who walk, not vehicles."


@dataclass(frozen=True)
class Weights:
    """Seconds per directed arc for one query; inf where the arc cannot be used.

    Attributes
    ----------
    seconds_low, seconds_mid, seconds_high
        float64, one value an arc, in the order of the network's arcs; low ≤ mid ≤ high. All three are inf on
        the same arcs. Closures with probability of at least 0.5 are applied.
    mode
        ``vehicle``, ``foot`` or ``mixed``.
    travel_hours_per_day
        Hours of travel a day; see `elapsed_s`.
    events
        The closures of that day, for `draw`.
    open_low, open_mid, open_high
        The seconds without any closure, for `draw`.
    """

    seconds_low: FloatArray
    seconds_mid: FloatArray
    seconds_high: FloatArray
    mode: str
    description: str = ""
    notes: tuple[str, ...] = ()
    travel_hours_per_day: float = 24.0
    events: tuple[ClosureEvent, ...] = ()
    open_low: FloatArray | None = None
    open_mid: FloatArray | None = None
    open_high: FloatArray | None = None

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Whether each arc can be used."""
        return np.isfinite(self.seconds_mid)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Seconds per arc in one possible world, for an analysis of uncertainty by many draws.

        One triangular deviate sets how fast this world is, between high and low time on all roads alike;
        each closure holds with its probability.

        Parameters
        ----------
        rng
            A seeded generator: the same seed gives the same worlds.
        """
        low, mid, high = (
            self.seconds_low if self.open_low is None else self.open_low,
            self.seconds_mid if self.open_mid is None else self.open_mid,
            self.seconds_high if self.open_high is None else self.open_high,
        )
        pace = rng.triangular(-1.0, 0.0, 1.0)
        with np.errstate(invalid="ignore"):
            seconds = mid + abs(pace) * ((low if pace < 0 else high) - mid)
        seconds = np.where(np.isfinite(mid), seconds, np.inf)
        factor = np.ones(len(seconds))
        for event in self.events:
            if rng.random() < event.probability:
                np.maximum.at(factor, event.arcs, event.factor)
        return _times(seconds, factor)

    def elapsed_s(self, travel_s: npt.ArrayLike) -> FloatArray:
        """Time from departure to arrival, with the hours of each day that the party does not travel.

        >>> nine_hours = np.array([9 * 3600.0])
        >>> Weights(nine_hours, nine_hours, nine_hours, "foot", travel_hours_per_day=8.0).elapsed_s(nine_hours) / 3600
        array([25.])
        """
        travel = np.asarray(travel_s, dtype=float)
        day = self.travel_hours_per_day * 3600
        known = np.isfinite(travel)
        nights = np.maximum(np.ceil(np.where(known, travel, 0.0) / day) - 1, 0)
        return np.where(known, travel + nights * (86400 - day), np.inf)


@dataclass(frozen=True)
class _Pace:
    """Seconds on each arc at low, mid and high time, before closures."""

    low: FloatArray
    mid: FloatArray
    high: FloatArray
    notes: tuple[str, ...] = ()


def weigh(
    network: RoadNetwork,
    *,
    mode: str = "vehicle",
    closures: pd.DataFrame | None = None,
    date: dt.date | str | None = None,
    dem: Raster | None = None,
    party: str | None = None,
    country: str = "",
) -> Weights:
    """See `RoadNetwork.weights`."""
    crew = _party(party, mode)
    notes: list[str] = []
    pace = _pace(network, mode=str(crew["mode"]), dem=dem, country=country)
    low, mid, high = (
        seconds / factor
        for seconds, factor in zip(
            (pace.low, pace.mid, pace.high),
            (crew["high_factor"], crew["mid_factor"], crew["low_factor"]),
            strict=True,
        )
    )
    events, closure_notes = closure_events(network, closures, date=date)
    notes += [*pace.notes, *closure_notes]
    factor = np.ones(len(low))
    for event in events:
        if event.probability >= LIKELY:
            np.maximum.at(factor, event.arcs, event.factor)
    return Weights(
        seconds_low=_times(low, factor),
        seconds_mid=_times(mid, factor),
        seconds_high=_times(high, factor),
        mode=str(crew["mode"]),
        description=_description(crew, dem, events, date),
        notes=tuple(notes),
        travel_hours_per_day=float(crew["travel_hours_per_day"]),
        events=events,
        open_low=low,
        open_mid=mid,
        open_high=high,
    )


def _times(seconds: FloatArray, factor: FloatArray) -> FloatArray:
    """Seconds times factor; closed stays closed on a stretch of no length."""
    return np.where(np.isinf(factor), np.inf, seconds * np.where(np.isinf(factor), 1.0, factor))


def _party(party: str | None, mode: str) -> dict[str, Any]:
    if mode not in MODES:
        raise UnknownNameError(f"mode: given {mode!r}. Nothing was computed. {nearest_name(mode, MODES)}")
    table = rules.rule_table("parties").set_index("party")
    name = party or {"vehicle": "vehicle", "foot": "walker", "mixed": "mixed"}[mode]
    if name not in table.index:
        raise UnknownNameError(
            f"party: given {name!r}. Nothing was computed. {nearest_name(name, table.index)}"
        )
    row = {"party": name, **table.loc[name].to_dict()}
    if row["mode"] != mode:
        raise InputError(
            f"party: given {name!r}, which moves by {row['mode']}, with mode {mode!r}; expected the same."
            f' Nothing was computed. Say mode="{row["mode"]}", or leave the party out.'
        )
    return row


def _description(
    crew: dict[str, Any], dem: Raster | None, events: Sequence[ClosureEvent], date: dt.date | str | None
) -> str:
    slope = " with slopes" if dem is not None and crew["mode"] != "vehicle" else ""
    when = f" on {date}" if date is not None else ""
    shut = f", {len(events)} {'closure' if len(events) == 1 else 'closures'}" if events else ""
    return f"{crew['party']} ({crew['mode']}){slope}{when}{shut}"


def _pace(network: RoadNetwork, *, mode: str, dem: Raster | None, country: str) -> _Pace:
    if mode == "vehicle":
        pace = _vehicle_pace(network, country)
        return pace if dem is None else replace(pace, notes=(*pace.notes, NO_SLOPES))
    if mode == "foot":
        return _foot_pace(network, dem)
    vehicle, foot = _vehicle_pace(network, country), _foot_pace(network, dem)
    return _Pace(
        np.maximum(vehicle.low, foot.low),
        np.maximum(vehicle.mid, foot.mid),
        np.maximum(vehicle.high, foot.high),
        (*vehicle.notes, *foot.notes),
    )


def _vehicle_pace(network: RoadNetwork, country: str) -> _Pace:
    low, mid, high = vehicle_speeds_kmh(network, country=country)
    arc, usable = network.arc_edge, network.arc_vehicle
    fast, usual, slow = (
        np.where(usable, network.arc_length_m * 3.6 / speed[arc], np.inf) for speed in (high, mid, low)
    )
    return _Pace(fast, usual, slow, _country_notes(country))


def _country_notes(country: str) -> tuple[str, ...]:
    known = sorted(set(rules.rule_table("speeds")["country"]) - {""})
    if not country or country.upper() in known:
        return ()
    return (
        f"No speeds of its own are known for {country.upper()}: the general ones count ({', '.join(known)} has).",
    )


def vehicle_speeds_kmh(
    network: RoadNetwork, *, country: str = ""
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Low, middle and high speed of a vehicle on each stretch."""
    return speeds_of_tags(
        {key: network.tag(key) for key in ("highway", "surface", "tracktype", "maxspeed")}, country=country
    )


def speeds_of_tags(
    tag: Mapping[str, rules.Tag], *, country: str = ""
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Low, middle and high speed by class, surface and limit.

    >>> columns = {"highway": ["primary", "primary"], "surface": ["asphalt", None], "tracktype": [None, None],
    ...            "maxspeed": [None, "50"]}
    >>> [speed.tolist() for speed in speeds_of_tags({key: rules.encode(column) for key, column in columns.items()})]
    [[39.0, 25.0], [65.0, 40.0], [78.0, 50.0]]
    """
    surface = rules.surface_codes(tag["surface"], tag["tracktype"])
    codes, classes = tag["highway"]
    table = _speed_table([str(value) for value in classes], country)
    by_class = table[codes, surface]
    limit = rules.speed_limits_kmh(tag["maxspeed"])
    # A limit says what is allowed: a surface that is worse than the class still slows down.
    cap = np.where(surface[:, None] > 1, by_class, np.inf)
    speeds = np.where(
        np.isnan(limit)[:, None], by_class, np.minimum(limit[:, None] * np.array(LIMIT_SHARE), cap)
    )
    return speeds[:, 0], speeds[:, 1], speeds[:, 2]


def _speed_table(classes: list[str], country: str) -> FloatArray:
    """An array (classes + 1, surfaces, 3); the last row is for roads without a class."""
    rows = rules.rule_table("speeds")
    rows = rows[rows["country"].isin(["", country.upper()])].sort_values("country", kind="stable")
    values = {
        (row.highway, row.surface): (row.low_kmh, row.mid_kmh, row.high_kmh)
        for row in rows.itertuples(index=False)
    }
    fallback = "road"
    return np.array(
        [
            [values.get((name, surface), values[fallback, surface]) for surface in SURFACES]
            for name in [*classes, fallback]
        ],
        dtype=float,
    )


def tobler_kmh(slope: npt.ArrayLike) -> FloatArray:
    """Walking speed by slope (rise over run, uphill positive).

    >>> tobler_kmh([0.0, -0.05, 0.1]).round(2).tolist()
    [5.04, 6.0, 3.55]
    """
    return 6 * np.exp(-3.5 * np.abs(np.asarray(slope, dtype=float) + 0.05))


def _foot_pace(network: RoadNetwork, dem: Raster | None) -> _Pace:
    if dem is None:
        along = against = network.edge_length_m * 3.6 / float(tobler_kmh(0.0))
        notes: tuple[str, ...] = ("No elevation model was given: walking is timed as on the flat.",)
    else:
        # Imported here: slopes are compiled, and a query without a DEM need not wait for that.
        from idlibgeo.roads.slope import walking_seconds  # noqa: PLC0415

        along, against, notes = walking_seconds(network, dem)
    seconds = np.where(network.arc_forward, along[network.arc_edge], against[network.arc_edge])
    seconds = np.where(network.arc_foot, seconds, np.inf)
    return _Pace(seconds, seconds, seconds, notes)
