"""Two sources on the same camps, side by side: nothing is chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from idlibgeo.camps.table import PEOPLE, people_column
from idlibgeo.errors import InputError, nearest_name


def compare_sources(
    one: pd.DataFrame,
    other: pd.DataFrame,
    *,
    on: str,
    names: tuple[str, str] = ("one", "other"),
    same: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Put the people of two sources side by side, area by area, with difference and ratio.

    Parameters
    ----------
    one, other
        Tables with people (``people_mid``, ``people`` or ``persons``) and the column `on`; rows of one area are summed.
    on
        The column that names the area in both: a P-code, or the name of a cluster.
    names
        What the two are called in the columns of the answer.
    same
        Spellings in `other` → spellings in `one`, for areas that the two write differently. Names are compared without
        regard to case, and no nearer likeness is guessed.

    Returns
    -------
    pandas.DataFrame
        Sorted by the larger figure: the column `on`, ``people_<one>``, ``people_<other>`` (empty where a source is
        silent), ``difference`` and ``ratio`` (the second less, and over, the first), and ``held_by`` (``both`` or the
        one source's name).

    Raises
    ------
    InputError
        If the column is missing, or people are missing or negative.

    Examples
    --------
    >>> left = pd.DataFrame({"cluster": ["North", "South"], "people": [100, 50]})
    >>> right = pd.DataFrame({"cluster": ["north", "East"], "people": [150, 20]})
    >>> compare_sources(left, right, on="cluster")[["cluster", "ratio", "held_by"]].values.tolist()
    [['North', 1.5, 'both'], ['South', nan, 'one'], ['East', nan, 'other']]
    """
    if len(set(names)) < 2:
        raise InputError(f"names: given {names}, expected two different ones. Nothing was compared.")
    spelling = {_key(written): name for written, name in (same or {}).items()}
    left, right = _sums(one, on, names[0], {}), _sums(other, on, names[1], spelling)
    table = left.rename(columns={on: "_left"}).join(right.rename(columns={on: "_right"}), how="outer")
    people = [f"people_{name}" for name in names]
    label = table["_left"].astype(object).where(table["_left"].notna(), table["_right"])
    found = pd.DataFrame({on: label.astype("str"), **{column: table[column] for column in people}})
    found["difference"] = found[people[1]] - found[people[0]]
    found["ratio"] = found[people[1]] / found[people[0]].where(found[people[0]] > 0)
    silent = found[people].isna()
    found["held_by"] = np.select([silent[people[1]], silent[people[0]]], list(names), default="both")
    order = found[people].max(axis=1).sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def _key(name: object) -> str:
    return " ".join(str(name).casefold().split())


def _sums(table: pd.DataFrame, on: str, name: str, spelling: Mapping[str, str]) -> pd.DataFrame:
    if on not in table:
        raise InputError(
            f"{name}: given no column {on!r}. Nothing was compared. {nearest_name(on, [str(c) for c in table])}"
        )
    middle = next((column for column in PEOPLE if column in table), "people")
    written = table[on].map(lambda value: spelling.get(_key(value), str(value)))
    rows = pd.DataFrame(
        {"key": written.map(_key), on: written, f"people_{name}": people_column(table, middle, name=name)}
    )
    return rows.groupby("key").agg({on: "first", f"people_{name}": "sum"})
