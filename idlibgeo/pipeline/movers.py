"""Who moves from where: the figures of movement tied to the place that they say people left."""

from __future__ import annotations

import pandas as pd

MOVEMENTS = ("flow", "forecast")


def moving_people(figures: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
    """Tie each figure of movement to its place of origin.

    Parameters
    ----------
    figures, mentions
        Layers of the schema.

    Returns
    -------
    DataFrame
        ``figure_id``, ``from_id``, ``from_name``, ``radius_m``, ``geometry``, ``people_low``, ``people_mid``,
        ``people_high``, ``modality``; a row a figure whose origin is known. A figure that is part of another
        one, or the same as one, is not moved a second time.

    Notes
    -----
    Where a sentence names several origins, people stand at the first that is a place rather than an area.
    """
    moved = figures[
        figures["kind"].isin(MOVEMENTS)
        & (figures["unit"] == "persons")
        & figures["same_as"].isna()
        & figures["part_of"].isna()
        & figures["modality"].isin(["reported", "conditional"])
    ]
    # Two papers that retell one statement tell of the same people.
    moved = moved.drop_duplicates(["kind", "source_org", "value", "low", "period_start", "period_end"])
    left = mentions[(mentions["role"] == "origin") & mentions["place_id"].notna() & mentions.geometry.notna()]
    first = left.sort_values(["radius_m", "start"]).drop_duplicates(["report_id", "sentence"])
    tied = moved.merge(
        first[["report_id", "sentence", "place_id", "name", "radius_m", "geometry"]],
        on=["report_id", "sentence"],
    )
    low = tied["low"].fillna(tied["value"])
    high = tied["high"].fillna(tied[["value", "low"]].max(axis=1))
    middle = tied["value"].fillna((low + high) / 2)
    people = tied.assign(people_low=low, people_mid=middle, people_high=high)
    named = people.rename(columns={"place_id": "from_id", "name": "from_name"})
    columns = [
        "figure_id",
        "from_id",
        "from_name",
        "radius_m",
        "geometry",
        "people_low",
        "people_mid",
        "people_high",
    ]
    return named[[*columns, "modality"]].reset_index(drop=True)
