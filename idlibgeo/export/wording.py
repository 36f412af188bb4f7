"""What every product says alike: which numbers lead, with which qualifier, and limits that follow from the layers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

WHOLE_YEAR_DAYS = 300
"""A count over so many days or more is one of a year, not of the wave of movement that a map is about."""

_MOVED = ("flow", "cumulative")
_PEOPLE = ("persons", "people")


def span_days(start: Any, end: Any) -> int | None:
    """Days from the first to the last day of a count; nothing where an end is not stated.

    >>> span_days("2019-11-01", "2020-01-09"), span_days(None, "2020-01-09")
    (69, None)
    """
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    return (dt.date.fromisoformat(end[:10]) - dt.date.fromisoformat(start[:10])).days


def of_a_year(kind: Any, start: Any, end: Any) -> bool:
    """Whether a running count spans a year, such as "over a million in the past year".

    >>> of_a_year("cumulative", "2019-01-07", "2020-01-07"), of_a_year("flow", "2019-12-12", "2019-12-25")
    (True, False)
    """
    days = span_days(start, end)
    return kind == "cumulative" and days is not None and days >= WHOLE_YEAR_DAYS


def people_who_left(figures: pd.DataFrame, ledger: pd.DataFrame | None) -> pd.DataFrame:
    """The reported counts of people who left, in the order in which a reader should meet them.

    First the newest running count of each organisation that a total takes, of two to the same day the one with the
    shorter span; then flows, newest first; then the earlier counts; those of a whole year last.

    Parameters
    ----------
    figures
        The layer of that name.
    ledger
        The layer of that name; without it every running count may lead.

    Returns
    -------
    pandas.DataFrame
        Rows of `figures` with a column `leads`: 0 for the counts that lead, 1 flows, 2 earlier counts, 3 of a year.

    Examples
    --------
    >>> count = {"unit": "persons", "source_org": "A", "kind": "cumulative"}
    >>> figures = pd.DataFrame([
    ...     count | {"figure_id": "year", "value": 1e6, "period_start": "2019-01-07", "period_end": "2020-01-07"},
    ...     count | {"figure_id": "wave", "value": 3e5, "period_start": "2019-11-01", "period_end": "2020-01-07"},
    ... ])
    >>> people_who_left(figures, None)["figure_id"].tolist()
    ['wave', 'year']
    """
    people = figures[figures["unit"].isin(list(_PEOPLE)) & figures["kind"].isin(list(_MOVED))].copy()
    if people.empty:
        return people.assign(leads=pd.Series(dtype="int64"))
    taken = set(people["figure_id"])
    if ledger is not None:
        taken = set(ledger.loc[ledger["in_total"].fillna(False).astype(bool), "figure_id"])
    spans = list(zip(people["period_start"], people["period_end"], strict=True))
    people["span"] = [span if (span := span_days(*ends)) is not None else 10**6 for ends in spans]
    year = [of_a_year(kind, *ends) for kind, ends in zip(people["kind"], spans, strict=True)]
    flow = people["kind"].eq("flow")
    people["leads"] = 2
    people.loc[people["figure_id"].isin(taken) & ~flow, "leads"] = 0
    people.loc[flow, "leads"] = 1
    people.loc[year, "leads"] = 3
    people["newest"] = [-_ordinal(end) for end in people["period_end"].fillna(people["period_start"])]
    ordered = people.sort_values(["leads", "newest", "span", "figure_id"], kind="stable")
    again = ordered["leads"].eq(0) & ordered[ordered["leads"].eq(0)].duplicated("source_org").reindex(
        ordered.index, fill_value=False
    )
    ordered.loc[again, "leads"] = 2
    return ordered.sort_values(["leads", "newest", "span", "figure_id"], kind="stable").drop(
        columns=["span", "newest"]
    )


def _ordinal(day: Any) -> int:
    return dt.date.fromisoformat(day[:10]).toordinal() if isinstance(day, str) else 0


def band_words(from_m: float, to_m: float | None) -> str:
    """The edges of a band of distance as a reader says them.

    >>> band_words(2000.0, 5000.0), band_words(50000.0, None), band_words(-5000.0, 0.0)
    ('2–5 km', 'farther than 50 km', 'beyond the border')
    """
    if to_m is None or pd.isna(to_m):
        return f"farther than {from_m / 1000:g} km"
    return "beyond the border" if to_m <= 0 else f"{from_m / 1000:g}–{to_m / 1000:g} km"


def marked(stem: str, audience: str, protection: str) -> str:
    """The name of a picture with its protection level, so that one that may not travel says so wherever it lies.

    GeoPackage, project and tables keep the names that notebooks and other programs rely on; they carry the level in
    their titles, layer identifiers and metadata.

    >>> marked("density", "public", "pp"), marked("density", "partner", "hh")
    ('density', 'density_hh')
    """
    return stem if audience == "public" else f"{stem}_{protection}"


def limits(stated: tuple[str, ...], shown: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """The limits that a product states, and those that its layers show and that it does not state yet.

    >>> limits(("Roads are schematic.",), {"camps": pd.DataFrame({"crowding": ["unknown", None]})})[1]
    'The areas of the sites are not known, so nothing is said of how crowded they are.'
    """
    camps = shown.get("camps")
    unknown = camps is not None and "crowding" in camps and len(camps) and not crowding_known(camps)
    unknown = unknown and not any("crowd" in limit.lower() for limit in stated)
    line = "The areas of the sites are not known, so nothing is said of how crowded they are."
    return (*stated, line) if unknown else stated


def crowding_known(camps: pd.DataFrame) -> bool:
    """Whether any row of `camps` says how crowded it is."""
    return bool(camps["crowding"].fillna("unknown").ne("unknown").any())
