"""Crowding: the area that a person has, against named standards that stand in a table beside this module."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd

from idlibgeo.camps.table import PEOPLE, people_column
from idlibgeo.errors import InputError, UnknownNameError, nearest_name
from idlibgeo.geo import FloatArray

# The column of a table of sites that holds what a standard measures.
_COLUMN_OF = {"site_area": "site_area_m2", "covered_area": "covered_area_m2"}


@dataclass(frozen=True)
class Standard:
    """A minimum of area per person, with where it is written.

    `measure` is ``site_area`` (the whole settlement) or ``covered_area`` (under a roof); `services` says whether
    schools, clinics and the like are reckoned inside or outside the area.
    """

    name: str
    title: str
    measure: str
    m2_per_person: float
    services: str
    citation: str
    url: str
    note: str


@functools.cache
def standards() -> Mapping[str, Standard]:
    """The standards that are known, by name.

    >>> standards()["sphere-2018-camp"].m2_per_person
    45.0
    """
    with resources.files("idlibgeo").joinpath("camps", "standards.csv").open(encoding="utf-8") as file:
        return {
            row["standard"]: Standard(
                name=row["standard"],
                title=row["title"],
                measure=row["measure"],
                m2_per_person=float(row["m2_per_person"]),
                services=row["services"],
                citation=row["citation"],
                url=row["source"],
                note=row["note"],
            )
            for row in csv.DictReader(file)
        }


def standard_named(name: str) -> Standard:
    """One standard by its name; an unknown one is refused with the nearest known."""
    try:
        return standards()[name]
    except KeyError:
        raise UnknownNameError(f"standard: given {name!r}. {nearest_name(name, standards())}") from None


def crowding(sites: pd.DataFrame, *, standard: str = "sphere-2018-camp") -> pd.DataFrame:
    """Area per person of each site against a standard; unknown where no area is known.

    Parameters
    ----------
    sites
        ``people_mid`` or ``people``, with ``people_low`` and ``people_high`` where known, and ``site_area_m2`` (for
        standards of covered space ``covered_area_m2``), empty where unknown.
    standard
        The name of a standard, see `standards`.

    Returns
    -------
    pandas.DataFrame
        On the same index: ``m2_per_person`` (by the middle value), ``m2_per_person_low``, ``m2_per_person_high``,
        ``crowding`` (``below standard``, ``meets standard``, ``uncertain`` where the bounds of people lie on both
        sides, ``unknown`` where no area or nobody is known), ``people_over`` (people more than the area holds by the
        standard), ``standard`` and ``citation``.

    Raises
    ------
    UnknownNameError
        For a standard that is not in the table.
    InputError
        For people that are missing or negative, or areas that are not positive.

    Examples
    --------
    >>> camps = pd.DataFrame({"people": [1000, 1000, 1000], "site_area_m2": [45_000, 20_000, None]})
    >>> crowding(camps)["crowding"].tolist()
    ['meets standard', 'below standard', 'unknown']
    """
    rule = standard_named(standard)
    middle = next((name for name in PEOPLE if name in sites), "people")
    mid = people_column(sites, middle, name="sites")
    low = people_column(sites, "people_low", name="sites", otherwise=mid)
    high = people_column(sites, "people_high", name="sites", otherwise=mid)
    area_m2 = _area(sites, _COLUMN_OF[rule.measure])
    known = np.isfinite(area_m2) & (mid > 0)
    each = {
        name: _per_person(area_m2, people) for name, people in (("low", high), ("mid", mid), ("high", low))
    }
    word = np.select(
        [~known, each["high"] < rule.m2_per_person, each["low"] >= rule.m2_per_person],
        ["unknown", "below standard", "meets standard"],
        default="uncertain",
    )
    return pd.DataFrame(
        {
            "m2_per_person": np.where(known, each["mid"], np.nan),
            "m2_per_person_low": np.where(known, each["low"], np.nan),
            "m2_per_person_high": np.where(known, each["high"], np.nan),
            "crowding": pd.array(word, dtype="str"),
            "people_over": np.where(known, np.maximum(mid - area_m2 / rule.m2_per_person, 0.0), np.nan),
            "standard": pd.array([rule.name] * len(sites), dtype="str"),
            "citation": pd.array([rule.citation] * len(sites), dtype="str"),
        },
        index=sites.index,
    )


def _per_person(area_m2: FloatArray, people: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(people > 0, area_m2 / people, np.inf)


def _area(sites: pd.DataFrame, column: str) -> FloatArray:
    if column not in sites:
        return np.full(len(sites), np.nan)
    area_m2: FloatArray = pd.to_numeric(sites[column], errors="coerce").astype("float64").to_numpy()
    wrong = area_m2 <= 0
    if wrong.any():
        raise InputError(
            f"sites, {column}: given rows {sites.index[wrong][:5].tolist()} with no positive area, expected m²"
            " above 0, or an empty cell where it is unknown. Nothing was computed."
        )
    return area_m2
