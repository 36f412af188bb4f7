"""`idlibgeo read`, `ledger`, `geocode`: from text to figures and places."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import click

from idlibgeo import pipeline
from idlibgeo.cli.shared import (
    boundaries_option,
    columns_option,
    gazetteer_option,
    json_option,
    lon_lat,
    print_figures,
    print_json,
    print_table,
)
from idlibgeo.gazetteer import Context, Gazetteer
from idlibgeo.ledger import Ledger
from idlibgeo.reports import Report


def _reports(files: tuple[str, ...], gazetteer: Gazetteer, published: str | None) -> list[Report]:
    """Read each file; ``-`` is standard input. A date counts where a document does not say its own."""
    return [
        pipeline.read_report(
            sys.stdin.buffer.read() if name == "-" else Path(name), gazetteer=gazetteer, undated=published
        )
        for name in files
    ]


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--published", metavar="DATE", help="Publication date (ISO), where the document does not say it."
)
@gazetteer_option
@columns_option
@boundaries_option
@json_option
def read(
    files: tuple[str, ...],
    published: str | None,
    gazetteers: tuple[Path, ...],
    columns: dict[str, str] | None,
    boundaries: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Read figures and mentions from FILES (text, HTML, PDF; - for standard input)."""
    gazetteer = pipeline.load_gazetteer(*gazetteers, columns=columns, boundaries=boundaries)
    reports = _reports(files, gazetteer, published)
    documents = [pipeline.report_document(report, gazetteer) for report in reports]
    if as_json:
        print_json({"reports": documents})
        return
    for document in documents:
        print_figures(document["title"] or document["id"], document["figures"])
        places = [
            [m["text"], m["role"], m["place"]["status"], m["place"]["name"], m["place"]["pcode"]]
            for m in document["mentions"]
        ]
        print_table("Mentions", ["as written", "role", "status", "place", "P-code"], places)


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--published", metavar="DATE", help="Publication date (ISO), where a document does not say it.")
@gazetteer_option
@json_option
def ledger(
    files: tuple[str, ...], published: str | None, gazetteers: tuple[Path, ...], as_json: bool
) -> None:
    """Order the figures of FILES into series and audit them."""
    book = Ledger.from_reports(_reports(files, pipeline.load_gazetteer(*gazetteers), published))
    parts = {
        "series": book.series,
        "findings": book.findings,
        "totals": book.totals,
        "left_out": book.left_out,
    }
    if as_json:
        documents: dict[str, Any] = {name: frame.to_dict("records") for name, frame in parts.items()}
        documents["findings"] = [
            {
                "kind": row["check"],
                "figures": [f for f in str(row["figures"]).split("; ") if f],
                "message": row["message"],
            }
            for row in documents["findings"]
        ]
        print_json(documents)
        return
    for name, columns in _SHOWN.items():
        rows = [[_rounded(cell) for cell in row] for row in parts[name][columns].to_numpy().tolist()]
        print_table(name.replace("_", " "), columns, rows)


def _rounded(cell: Any) -> Any:
    """Write a number of people as a person writes it."""
    return f"{cell:,.0f}" if isinstance(cell, float) and math.isfinite(cell) else cell


# What a terminal shows, what matters first; --json and the tables of a bundle have every column.
_SHOWN = {
    "totals": ["period_start", "period_end", "value", "message"],
    "findings": ["check", "figures", "message"],
    "series": ["figure_id", "source_org", "kind", "value", "period_start", "period_end"],
    "left_out": ["figure_id", "kind", "value", "why_not"],
}


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--near", metavar="LON,LAT", help="Prefer places near this point.")
@click.option("--within", metavar="PCODE", help="Only places in this administrative area.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=5, show_default=True, help="How many candidates to show."
)
@gazetteer_option
@columns_option
@boundaries_option
@json_option
def geocode(
    names: tuple[str, ...],
    near: str | None,
    within: str | None,
    limit: int,
    gazetteers: tuple[Path, ...],
    columns: dict[str, str] | None,
    boundaries: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Find the places that NAMES may mean, with the reasons."""
    gazetteer = pipeline.load_gazetteer(*gazetteers, columns=columns, boundaries=boundaries)
    context = Context(near=lon_lat(near, option="--near") if near else None, within=within)
    answers = [pipeline.geocode(name, gazetteer, context=context, limit=limit) for name in names]
    if as_json:
        print_json(answers)
        return
    for answer in answers:
        _print_answer(answer, within)


LEAST_SHOWN = 0.05


def _print_answer(answer: dict[str, Any], within: str | None) -> None:
    """Print what became of a name, and its candidates with the reasons."""
    title = f"{answer['name']}: {answer['status']}"
    if answer["rule"] and answer["status"] != "resolved":
        title += f"; {answer['rule']}"
    shown = [c for k, c in enumerate(answer["candidates"]) if k == 0 or c["score"] >= LEAST_SHOWN]
    if not shown:
        click.echo(f"{title}{f' in {within}' if within else ''}")
        return
    rows = [
        [
            "" if c["score"] is None else f"{c['score']:.2f}",
            "\n".join(part for part in (c["name"], c["name_ar"]) if part),
            f"{c['kind']}\n{c['pcode']}",
            f"{c['lon']:.3f}, {c['lat']:.3f}\n± {c['radius_m'] / 1000:.1f} km",
            "; ".join(reason for reason in c["reasons"] if not reason.startswith("P-code ")),
        ]
        for c in shown
    ]
    print_table(title, ["score", "name", "kind, P-code", "lon, lat, radius", "reasons"], rows)
