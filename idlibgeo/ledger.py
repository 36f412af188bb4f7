"""The ledger: figures of many reports as checked series, with a total per source and start that can be defended.

Running counts of one organisation from one starting date make a series. The chain audit compares what a running count
grew by with the flows reported in between. Two sources are never averaged, two starting dates never joined, and
whatever a total leaves out is listed with the reason.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pandas as pd

from idlibgeo.errors import InputError
from idlibgeo.reports import Report, figures_table

NEEDED = (
    "figure_id",
    "published",
    "value",
    "unit",
    "kind",
    "modality",
    "period_start",
    "period_end",
    "source_org",
)
_OPTIONAL = (
    "low",
    "high",
    "qualifier",
    "report_id",
    "origin",
    "destination",
    "same_as",
    "part_of",
    "derived_from",
)
UNNAMED = "source not named"
# Two counts that end within so many days of one another speak of the same moment.
SAME_MOMENT_DAYS = 2
SERIES_COLUMNS = {
    "ledger_id": "str",
    "series": "str",
    "figure_id": "str",
    "source_org": "str",
    "kind": "str",
    "unit": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "period_start": "str",
    "period_end": "str",
    "in_total": "bool",
    "why_not": "str",
}
CHECK_COLUMNS = ("check_id", "stage", "check", "status", "expected", "got", "figures", "message")
TOTAL_COLUMNS = {
    "total_id": "str",
    "source_org": "str",
    "unit": "str",
    "period_start": "str",
    "period_end": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "figures": "str",
    "message": "str",
}
_WHY_NOT = {
    "subset_flow": "a part of another figure",
    "subset_arrivals": "a part of another figure, by place of arrival",
    "subset_shelter": "a part of another figure, by shelter",
    "subset_demographic": "a part of another figure, by sex or age",
    "stock": "people present somewhere, not people who moved in a period",
    "stock_refugees": "people abroad",
    "forecast": "might move; has not happened",
    "population_at_risk": "residents at risk who have not moved",
    "population_baseline": "residents who have not moved",
    "return": "people who went back",
    "killed": "people killed",
    "injured": "people injured",
    "shelter": "tents, camps or places, not people",
    "other": "not a count of displaced people",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A figure as the audit sees it; low and high hold for what was meant, also where a bound was open."""

    id: str
    org: str
    kind: str
    unit: str
    modality: str
    value: float | None
    low: float
    high: float
    start: dt.date | None
    end: dt.date | None
    published: dt.date | None
    origin: str
    same_as: str
    part_of: str
    qualifier: str

    @property
    def amount(self) -> str:
        """The number as a person writes it."""
        return f"{self.value:,.0f}" if self.value is not None else f"{self.low:,.0f} to {self.high:,.0f}"


@dataclass(frozen=True, slots=True)
class _Finding:
    check: str
    status: str
    expected: str
    got: str
    figures: tuple[str, ...]
    message: str


@dataclass(frozen=True, eq=False)
class Ledger:
    """Figures of many reports as checked series.

    Parameters
    ----------
    figures
        Table with the columns of the layer ``figures``; needed are `figure_id`, `published`, `value`, `unit`, `kind`,
        `modality`, `period_start`, `period_end` and `source_org`. Dates are ISO text or dates.

    Raises
    ------
    InputError
        If a column is missing, an id stands twice, or a date cannot be read.

    Examples
    --------
    >>> from idlibgeo.reports import parse_report
    >>> first = parse_report(
    ...     "Since early November 359,471 people were displaced, the UN said.", report_id="a", published="2020-01-07"
    ... )
    >>> second = parse_report(
    ...     "Over 20,000 people fled in two days, the UN said. The total since early November is over 379,000.",
    ...     report_id="b", published="2020-01-09",
    ... )
    >>> ledger = Ledger.from_reports([first, second])
    >>> ledger.findings["check"].tolist()
    ['chain']
    >>> ledger.totals[["period_start", "value"]].values.tolist()
    [['2019-11-01', 379000.0]]
    """

    figures: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in NEEDED if name not in self.figures.columns]
        if missing:
            raise InputError(
                f"ledger: given a table without {', '.join(missing)}, expected the columns {', '.join(NEEDED)}."
                " Nothing was audited. Make the table with figures_table(reports)."
            )
        twice = self.figures["figure_id"][self.figures["figure_id"].duplicated()]
        if len(twice):
            raise InputError(
                f"ledger: given the figure id {twice.iloc[0]!r} twice, expected each id once."
                " Nothing was audited. Give every report an id of its own."
            )

    @classmethod
    def from_reports(cls, reports: Iterable[Report]) -> Ledger:
        """Make a ledger of reports."""
        return cls(figures_table(reports))

    @property
    def series(self) -> pd.DataFrame:
        """One row a figure, none lost, ordered by source, kind, start and end (layer ``ledger``)."""
        return _series_table(self._rows, self._why_not)

    @property
    def findings(self) -> pd.DataFrame:
        """What the audit found (layer ``checks``): chain, gap, contradiction, falls, different_start, part."""
        found = [
            {
                "check_id": f"ledger-{number:03d}",
                "stage": "ledger",
                "check": finding.check,
                "status": finding.status,
                "expected": finding.expected,
                "got": finding.got,
                "figures": "; ".join(finding.figures),
                "message": finding.message,
            }
            for number, finding in enumerate(_audit(self._rows), start=1)
        ]
        return pd.DataFrame(found, columns=list(CHECK_COLUMNS)).astype("str")

    @property
    def totals(self) -> pd.DataFrame:
        """One total per source and starting date: its last running count and the flows after it. Never add them."""
        rows = [row for row, _ in self._totals]
        return pd.DataFrame(rows, columns=list(TOTAL_COLUMNS)).astype(TOTAL_COLUMNS)

    @property
    def left_out(self) -> pd.DataFrame:
        """Each figure that no total takes, with the reason."""
        series = self.series
        kept = series.loc[
            ~series["in_total"], ["figure_id", "source_org", "kind", "unit", "value", "why_not"]
        ]
        return kept.reset_index(drop=True)

    def to_dict(self) -> dict[str, Any]:
        """Give what ``idlibgeo ledger --json`` prints."""
        findings = [
            {
                "kind": row["check"],
                "status": row["status"],
                "figures": row["figures"].split("; "),
                "message": row["message"],
            }
            for row in self.findings.to_dict("records")
        ]
        return {
            "series": _records(self.series),
            "findings": findings,
            "totals": _records(self.totals),
            "left_out": _records(self.left_out),
        }

    def plot(self, ax: Any = None) -> Any:
        """Draw the running counts as steps with their bounds, a colour a source, with gaps and contradictions marked.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; a new figure where none is given.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, x in dates and y in people.
        """
        if ax is None:
            # Imported here: most readers of a ledger draw nothing.
            import matplotlib.pyplot as plt  # noqa: PLC0415

            _, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
        known = [row for row in self._rows if _countable(row)]
        for colour, wave in enumerate(_waves(known).values()):
            _draw_wave(ax, wave, f"C{colour % 10}")
        _draw_findings(ax, self._rows, _audit(self._rows))
        ax.set_ylabel("people displaced, as counted by each source")
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.grid(visible=True, alpha=0.3)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(loc="upper left", fontsize="small")
        return ax

    @functools.cached_property
    def _rows(self) -> tuple[_Row, ...]:
        rows = [_row(record) for record in self.figures.to_dict("records")]
        units = {row.id: row.unit for row in rows}
        # Of one group in two units the persons count, whichever was said first.
        told = [
            replace(row, same_as="")
            if row.unit == "persons" and units.get(row.same_as) == "families"
            else row
            for row in rows
        ]
        return tuple(sorted(told, key=_order))

    @functools.cached_property
    def _totals(self) -> list[tuple[dict[str, Any], frozenset[str]]]:
        return list(_totals(self._rows))

    @functools.cached_property
    def _why_not(self) -> dict[str, str]:
        taken = frozenset().union(*(ids for _, ids in self._totals))
        return {row.id: _reason(row, taken, self._rows) for row in self._rows}


def _order(row: _Row) -> tuple[str, ...]:
    dates = (row.start, row.end, row.published)
    return (row.org, row.kind, *(date.isoformat() if date else "9999" for date in dates), row.id)


def _row(record: dict[str, Any]) -> _Row:
    value = _number(record["value"])
    low, high = _meant(value, _number(record.get("low")), _number(record.get("high")))
    return _Row(
        id=_text(record["figure_id"]),
        org=_text(record["source_org"]) or _unnamed(record),
        kind=_text(record["kind"]),
        unit=_text(record["unit"]),
        modality=_text(record["modality"]),
        value=value,
        low=low,
        high=high,
        start=_date(record["period_start"], record),
        end=_date(record["period_end"], record) or _date(record["published"], record),
        published=_date(record["published"], record),
        origin=_text(record.get("origin")),
        same_as=_text(record.get("same_as")),
        part_of=_text(record.get("part_of")),
        qualifier=_text(record.get("qualifier")),
    )


def _unnamed(record: dict[str, Any]) -> str:
    """Two reports that name no source are two sources."""
    report = _text(record.get("report_id")) or _text(record["figure_id"]).rpartition("#")[0]
    return f"{UNNAMED} ({report})" if report else UNNAMED


def _text(cell: Any) -> str:
    return (
        "" if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)) else str(cell)
    )


def _number(cell: Any) -> float | None:
    text = _text(cell)
    return float(text) if text else None


def _date(cell: Any, record: dict[str, Any]) -> dt.date | None:
    text = _text(cell)
    if not text or text == "NaT":
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise InputError(
            f"ledger: given the date {text!r} for figure {record['figure_id']}, expected YYYY-MM-DD."
            " Nothing was audited. Write it like 2020-01-07."
        ) from None


def _meant(value: float | None, low: float | None, high: float | None) -> tuple[float, float]:
    """Give the interval that a rounded or qualified number stands for.

    "Over 379,000" is written of a number below 380,000: an open end is closed at the place that the number is rounded
    to. A round number without a qualifier stands for half that place on both sides.

    >>> _meant(379_000.0, 379_000.0, None), _meant(370_000.0, None, None)
    ((379000.0, 380000.0), (365000.0, 375000.0))
    """
    if value is None:
        return low or 0.0, high if high is not None else math.inf
    place = _rounded_to(value)
    if high is None and low is not None and low == value:
        return value, value + place
    if low is None and high is not None and high == value:
        return max(0.0, value - place), value
    low, high = (value if low is None else low), (value if high is None else high)
    return min(low, value - place / 2), max(high, value + place / 2)


def _rounded_to(value: float) -> float:
    """Give the place that a number is rounded to: 1 for 359,471, 1,000 for 379,000; two digits at least count.

    >>> _rounded_to(359_471), _rounded_to(379_000), _rounded_to(1_000_000)
    (1.0, 1000.0, 100000.0)
    """
    whole = round(value)
    if whole == 0:
        return 1.0
    digits = len(str(whole))
    zeros = digits - len(str(whole).rstrip("0"))
    return float(10 ** max(0, min(zeros, digits - 2)))


def _series_name(row: _Row) -> str:
    return f"{row.org} | {row.kind} | {row.start.isoformat() if row.start else 'no start'}"


def _series_table(rows: tuple[_Row, ...], why_not: dict[str, str]) -> pd.DataFrame:
    records = [
        {
            "ledger_id": f"ledger-{number:03d}",
            "series": _series_name(row),
            "figure_id": row.id,
            "source_org": row.org,
            "kind": row.kind,
            "unit": row.unit,
            "value": row.value,
            "low": row.low,
            "high": row.high if math.isfinite(row.high) else None,
            "period_start": row.start.isoformat() if row.start else None,
            "period_end": row.end.isoformat() if row.end else None,
            "in_total": not why_not[row.id],
            "why_not": why_not[row.id] or None,
        }
        for number, row in enumerate(rows, start=1)
    ]
    return pd.DataFrame(records, columns=list(SERIES_COLUMNS)).astype(SERIES_COLUMNS)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in record.items()} for record in plain.to_dict("records")]


# ---- totals


def _countable(row: _Row) -> bool:
    """A figure that a total may take: reported people who moved, said once."""
    return (
        row.kind in ("flow", "cumulative")
        and row.unit == "persons"
        and row.modality == "reported"
        and not row.same_as
        and row.end is not None
        and row.qualifier != "earlier"
    )


def _repeated(row: _Row, rows: Iterable[_Row]) -> _Row | None:
    """Find an earlier row that says the same: source, sort, number and period."""
    for other in rows:
        if other is row or not _countable(other) or _first_said(row) <= _first_said(other):
            continue
        same = (other.org, other.kind, other.unit, other.value) == (row.org, row.kind, row.unit, row.value)
        if same and other.value is not None and other.start == row.start and _close(other.end, row.end):
            return other
    return None


def _first_said(row: _Row) -> tuple[str, str]:
    return (row.published.isoformat() if row.published else "9999", row.id)


def _close(one: dt.date | None, other: dt.date | None) -> bool:
    return one is not None and other is not None and abs((one - other).days) <= 1


def _waves(rows: Iterable[_Row]) -> dict[tuple[str, dt.date | None], list[_Row]]:
    """Group running counts by source and starting date, each in order of its end."""
    waves: dict[tuple[str, dt.date | None], list[_Row]] = {}
    for row in rows:
        if row.kind == "cumulative" and _countable(row):
            waves.setdefault((row.org, row.start), []).append(row)
    return {
        key: sorted(wave, key=lambda row: (row.end or dt.date.min, _first_said(row)))
        for key, wave in waves.items()
    }


def _totals(rows: tuple[_Row, ...]) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    known = [row for row in rows if _countable(row) and _repeated(row, rows) is None]
    number = 0
    waves = _waves(known)
    for (org, start), wave in sorted(waves.items(), key=lambda item: (item[0][0], str(item[0][1]))):
        last = wave[-1]
        rivals = [row for row in wave if row.end == last.end]
        later = _disjoint(
            [row for row in known if row.org == org and row.kind == "flow" and _after(row, last)]
        )
        number += 1
        yield _total(number, org, start, rivals, later), frozenset(row.id for row in (*rivals, *later))
    for org in sorted({row.org for row in known} - {org for org, _ in waves}):
        flows = _disjoint([row for row in known if row.org == org])
        number += 1
        yield (
            _total(number, org, min((row.start for row in flows if row.start), default=None), [], flows),
            frozenset(row.id for row in flows),
        )


def _after(flow: _Row, count: _Row) -> bool:
    """A flow that began when the running count was made, or later."""
    return (
        flow.start is not None and count.end is not None and flow.start >= count.end and flow.end != count.end
    )


def _disjoint(flows: list[_Row]) -> list[_Row]:
    """Keep flows whose periods do not overlap; of two that do, the larger, and nothing of unknown period beside it."""
    kept: list[_Row] = []
    for flow in sorted(flows, key=lambda row: (-(row.value or row.low), _first_said(row))):
        if not any(_overlap(flow, other) for other in kept):
            kept.append(flow)
    return sorted(kept, key=lambda row: (row.start or dt.date.min, row.id))


def _overlap(one: _Row, other: _Row) -> bool:
    if one.start is None or other.start is None or one.end is None or other.end is None:
        return True
    return one.start < other.end and other.start < one.end


def _total(
    number: int, org: str, start: dt.date | None, counts: list[_Row], flows: list[_Row]
) -> dict[str, Any]:
    agreed = len({row.value for row in counts}) <= 1
    base = [counts[0]] if counts and agreed else []
    values = [row.value for row in (*base, *flows)]
    known = agreed and all(value is not None for value in values)
    low = min((row.low for row in counts), default=0.0) + sum(row.low for row in flows)
    high = max((row.high for row in counts), default=0.0) + sum(row.high for row in flows)
    end = max((row.end for row in (*counts, *flows) if row.end), default=None)
    return {
        "total_id": f"total-{number:02d}",
        "source_org": org,
        "unit": "persons",
        "period_start": start.isoformat() if start else None,
        "period_end": end.isoformat() if end else None,
        "value": sum(value for value in values if value is not None) if known else None,
        "low": low,
        "high": high if math.isfinite(high) else None,
        "figures": "; ".join(row.id for row in (*counts, *flows)),
        "message": _total_message(org, counts, flows, agreed=agreed),
    }


def _total_message(org: str, counts: list[_Row], flows: list[_Row], *, agreed: bool) -> str:
    if not agreed:
        listed = " and ".join(row.amount for row in counts)
        return f"{org} gives {listed} for the same day: the bounds hold both, and no value is chosen."
    parts = [f"running count {row.amount} ({row.id})" for row in counts[:1]]
    parts += [f"flow {row.amount} ({row.id})" for row in flows]
    return f"{org}: {' + '.join(parts)}. Totals of other sources or starting dates are not added to it."


def _reason(row: _Row, taken: frozenset[str], rows: tuple[_Row, ...]) -> str:
    """Say why no total takes a figure; empty where one does."""
    return "" if row.id in taken else _reason_of_sort(row) or _reason_of_series(row, rows)


def _reason_of_sort(row: _Row) -> str:
    if row.modality == "conditional" and row.kind not in ("killed", "injured"):
        return _WHY_NOT["forecast"]
    if row.modality == "derived":
        return "worked out by us, not reported"
    if row.kind not in ("flow", "cumulative"):
        return _WHY_NOT.get(row.kind, f"kind {row.kind} is not counted")
    return "" if row.unit == "persons" else f"counted in {row.unit}, not in persons"


def _reason_of_series(row: _Row, rows: tuple[_Row, ...]) -> str:
    repeated = _repeated(row, rows)
    again = row.same_as or (repeated.id if repeated else "")
    if again:
        return f"said again; counted as {again}"
    if row.qualifier == "earlier":
        return "an earlier count that the report only compares with"
    if row.end is None:
        return "no date: it cannot be placed in a series"
    if row.kind == "cumulative":
        return "an earlier running count of a series that goes on"
    return "its period lies inside a running count, or overlaps a larger flow of the same source"


# ---- audit


def _audit(rows: tuple[_Row, ...]) -> Iterator[_Finding]:
    known = [row for row in rows if _countable(row) and _repeated(row, rows) is None]
    for wave in _waves(known).values():
        yield from _chain(wave, [row for row in known if row.kind == "flow" and row.org == wave[0].org])
    yield from _between_sources(known)
    yield from _between_flows(known)
    yield from _parts(rows)


def _chain(wave: list[_Row], flows: list[_Row]) -> Iterator[_Finding]:
    """Audit a series: each running count against the one before it and the flows in between."""
    for before, after in pairwise(wave):
        if before.end == after.end:
            if _apart(before, after):
                yield _contradiction(before, after)
            continue
        if (after.value or after.high) < (before.value or before.low):
            yield _falls(before, after)
            continue
        inside = _disjoint([flow for flow in flows if _inside(flow, before, after)])
        if inside:
            yield _link(before, after, inside)


def _inside(flow: _Row, before: _Row, after: _Row) -> bool:
    if flow.start is None or flow.end is None or before.end is None or after.end is None:
        return False
    day = dt.timedelta(days=1)
    return flow.start >= before.end - day and flow.end <= after.end + day and flow.end > before.end


def _link(before: _Row, after: _Row, flows: list[_Row]) -> _Finding:
    low, high = sum(flow.low for flow in flows), sum(flow.high for flow in flows)
    grown_low, grown_high = after.low - before.high, after.high - before.low
    ids = (before.id, *(flow.id for flow in flows), after.id)
    moved = " and ".join(flow.amount for flow in flows)
    expected, got = f"{before.amount} + {moved}", after.amount
    story = f"{before.org}: {before.amount} on {before.end}, then {moved}, then {after.amount} on {after.end}"
    if grown_low <= high and low <= grown_high:
        return _Finding("chain", "ok", expected, got, ids, f"{story}: they agree.")
    missing = (
        (after.value or after.low)
        - (before.value or before.low)
        - sum(flow.value or flow.low for flow in flows)
    )
    if missing > 0:
        covered = sum((flow.end - flow.start).days for flow in flows if flow.start and flow.end)
        days = (after.end - before.end).days if after.end and before.end else 0
        message = f"{story}: {missing:,.0f} people are in no flow; the flows cover {covered} of {days} days."
        return _Finding("gap", "warning", expected, got, ids, message)
    message = f"{story}: the flows are {-missing:,.0f} more than the running count grew by."
    return _Finding("contradiction", "contradiction", expected, got, ids, message)


def _falls(before: _Row, after: _Row) -> _Finding:
    message = (
        f"{before.org}: the running count since {before.start} falls from {before.amount} on {before.end} to"
        f" {after.amount} on {after.end}; a running count cannot fall."
    )
    status = "contradiction"
    if after.high >= before.low:
        status, message = "warning", message + " The numbers are rounded so much that both may be right."
    return _Finding(
        "falls", status, f"at least {before.amount}", after.amount, (before.id, after.id), message
    )


def _apart(one: _Row, other: _Row) -> bool:
    return one.high < other.low or other.high < one.low


def _contradiction(one: _Row, other: _Row) -> _Finding:
    message = (
        f"{one.amount} ({one.org}) and {other.amount} ({other.org}) are both counted since {one.start} and up to"
        f" {one.end}; they contradict one another. Both are kept, neither is averaged."
    )
    return _Finding("contradiction", "contradiction", one.amount, other.amount, (one.id, other.id), message)


def _between_sources(known: list[_Row]) -> Iterator[_Finding]:
    counts = [row for row in known if row.kind == "cumulative"]
    for place, one in enumerate(counts):
        for other in counts[place + 1 :]:
            if one.org == other.org or one.end is None or other.end is None:
                continue
            days = abs((one.end - other.end).days)
            if one.start == other.start and days == 0 and _apart(one, other):
                yield _contradiction(*sorted((one, other), key=lambda row: -row.low))
            elif one.start != other.start and days <= SAME_MOMENT_DAYS and one.value == other.value:
                yield _different_start(one, other)


def _different_start(one: _Row, other: _Row) -> _Finding:
    message = (
        f"{one.amount} stands in two series: {one.org} counts since {one.start or 'an unknown day'}, {other.org} since"
        f" {other.start or 'an unknown day'}. They are not one figure and are not merged."
    )
    return _Finding("different_start", "note", str(one.start), str(other.start), (one.id, other.id), message)


def _between_flows(known: list[_Row]) -> Iterator[_Finding]:
    """Two numbers of one source for one period and origin."""
    flows = [row for row in known if row.kind == "flow" and row.start is not None]
    for place, one in enumerate(flows):
        for other in flows[place + 1 :]:
            same = (one.org, one.start, one.end, one.origin) == (
                other.org,
                other.start,
                other.end,
                other.origin,
            )
            if same and _apart(one, other):
                message = (
                    f"{one.org} gives {one.amount} and {other.amount} for {one.start} to {one.end};"
                    " only the larger is counted."
                )
                yield _Finding(
                    "contradiction", "warning", one.amount, other.amount, (one.id, other.id), message
                )


def _parts(rows: tuple[_Row, ...]) -> Iterator[_Finding]:
    """A part that is larger than its whole."""
    by_id = {row.id: row for row in rows}
    for row in rows:
        whole = by_id.get(row.part_of)
        if whole is not None and whole.unit == row.unit and row.low > whole.high:
            message = f"{row.amount} ({row.id}) is said to be a part of {whole.amount} ({whole.id}), which is smaller."
            yield _Finding(
                "part", "contradiction", f"at most {whole.amount}", row.amount, (row.id, whole.id), message
            )


# ---- picture


def _draw_wave(ax: Any, wave: list[_Row], colour: str) -> None:
    """Draw one series: steps of the value, bars for the bounds of each count."""
    first = wave[0]
    dates = [row.end for row in wave]
    middles = [row.value if row.value is not None else (row.low + row.high) / 2 for row in wave]
    below = [middle - row.low for middle, row in zip(middles, wave, strict=True)]
    above = [min(row.high, 2 * middle) - middle for middle, row in zip(middles, wave, strict=True)]
    since = first.start.isoformat() if first.start else "an unknown day"
    ax.step(dates, middles, where="post", color=colour, label=f"{first.org}, since {since}")
    ax.errorbar(dates, middles, yerr=[below, above], fmt="o", color=colour, capsize=3, markersize=4)


def _draw_findings(ax: Any, rows: tuple[_Row, ...], findings: Iterable[_Finding]) -> None:
    """Mark where a chain has a gap or counts contradict one another."""
    by_id = {row.id: row for row in rows}
    for finding in findings:
        if finding.status not in ("warning", "contradiction"):
            continue
        ends = [by_id[name] for name in (finding.figures[0], finding.figures[-1])]
        points = [(row.end, row.value) for row in ends if row.end and row.value is not None]
        if len(points) == 2:
            dates, values = zip(*points, strict=True)
            ax.plot(dates, values, color="black", linestyle=":", linewidth=1.2)
            ax.annotate(
                finding.check, points[-1], xytext=(6, -12), textcoords="offset points", fontsize="small"
            )


__all__ = ["Ledger"]
