"""Figures and mentions of many reports as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from idlibgeo.reports.model import Figure, Mention, Report

_FIGURE_TYPES = {
    "figure_id": "str",
    "report_id": "str",
    "published": "str",
    "publisher": "str",
    "url": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "unit": "str",
    "kind": "str",
    "modality": "str",
    "qualifier": "str",
    "period_start": "str",
    "period_end": "str",
    "period_precision": "str",
    "origin": "str",
    "destination": "str",
    "source_org": "str",
    "same_as": "str",
    "part_of": "str",
    "derived_from": "str",
    "start": "Int64",
    "end": "Int64",
    "sentence": "str",
}
_MENTION_TYPES = {
    "mention_id": "str",
    "report_id": "str",
    "text": "str",
    "start": "Int64",
    "end": "Int64",
    "role": "str",
    "sentence": "str",
}


def figures_table(reports: Iterable[Report]) -> pd.DataFrame:
    """Make one table of the figures of reports, a row a figure, none lost.

    Columns are those of the layer ``figures``: counts as floats (missing where open), dates as ISO text, places
    joined by ``; ``.

    >>> from idlibgeo.reports import parse_report
    >>> report = parse_report("Some 31,000 people fled Saraqib.", report_id="r1", published="2020-01-07")
    >>> figures_table([report])[["figure_id", "value", "kind", "origin"]].values.tolist()
    [['r1#1', 31000.0, 'flow', 'Saraqib']]
    """
    rows = [_figure_row(report, figure) for report in reports for figure in report.figures]
    return _table(rows, _FIGURE_TYPES)


def mentions_table(reports: Iterable[Report]) -> pd.DataFrame:
    """Make one table of the place mentions of reports, ready for a gazetteer.

    >>> from idlibgeo.reports import parse_report
    >>> report = parse_report("Some 31,000 people fled Saraqib.", report_id="r1", published="2020-01-07")
    >>> mentions_table([report])[["mention_id", "text", "role"]].values.tolist()
    [['r1@1', 'Saraqib', 'origin']]
    """
    rows = [_mention_row(mention) for report in reports for mention in report.mentions]
    return _table(rows, _MENTION_TYPES)


def _table(rows: list[dict[str, Any]], types: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(types))
    return frame.astype(types)


def _figure_row(report: Report, figure: Figure) -> dict[str, Any]:
    row = figure.to_dict()
    row["figure_id"] = row.pop("id")
    row["origin"] = "; ".join(figure.origin) or None
    row["destination"] = "; ".join(figure.destination) or None
    row["report_id"] = report.id
    row["published"] = report.published.isoformat() if report.published else None
    row["publisher"], row["url"] = report.publisher, report.url
    return row


def _mention_row(mention: Mention) -> dict[str, Any]:
    return {
        "mention_id": mention.id,
        "report_id": mention.report_id,
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        "role": mention.role,
        "sentence": mention.sentence,
    }
