"""METHOD.html: how a bundle was made, for a reader who must defend its numbers in a meeting."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
import pandas as pd
from markupsafe import Markup

from idlibgeo.export import ground, style, wording
from idlibgeo.export.files import replacing
from idlibgeo.privacy import Release
from idlibgeo.schema import MethodNote, layers

_OUTCOMES = ("contradiction", "warning", "note", "ok")
# Of the people who left the page leads with as many running counts, movements and counts of a year.
_LEADING = ((0, 3), (1, 2), (3, 1))


@functools.cache
def plain_words() -> Mapping[str, Any]:
    """What the page says in plain words of steps, parameters and kinds, from ``method.toml``."""
    text = resources.files("idlibgeo.export").joinpath("method.toml").read_text("utf-8")
    return tomllib.loads(text)


def write_method(release: Release, path: str | Path) -> Path:
    """Write METHOD.html.

    Parameters
    ----------
    release
        From `privacy.release`.
    path
        The file to write.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    FileError
        If it cannot be written; what was there before is unchanged.
    """
    target = Path(path)
    with replacing(target) as new:
        new.write_text(method_html(release), encoding="utf-8", newline="\n")
    return target


def method_html(release: Release) -> str:
    """The page as text: no script, nothing from outside, all text from elsewhere escaped."""
    package = resources.files("idlibgeo.export")
    sheet = package.joinpath("method.css").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False, keep_trailing_newline=True
    )
    environment.filters |= {"day": ground.day, "number": number, "words": _words, "link": is_link}
    template = environment.from_string(package.joinpath("method.html.j2").read_text("utf-8"))
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode("ascii")
    return template.render(
        product=release.product,
        audience=release.audience,
        protection=release.protection,
        protection_text=ground.PROTECTION[release.audience],
        period=ground.period_text(release.product),
        style=Markup(sheet),  # noqa: S704  (our own file)
        style_hash=f"sha256-{digest}",
        **_parts(release),
    )


def _parts(release: Release) -> dict[str, Any]:
    shown, product = release.layers, release.product
    figures = _figures(release)
    steps = _steps(product.method)
    checks = _records(shown.get("checks"))
    left_out = _left_out(release, figures)
    texts = [report for report in product.reports if report.text]
    return {
        "contents": [*_CHAPTERS, *([("reports", "The reports in full")] if texts else [])],
        "figures": figures,
        "headline": _headline(shown, figures),
        "read": [step for step in steps if step["part"] == "read"],
        "computed": [step for step in steps if step["part"] != "read"],
        "checks": sorted(
            checks, key=lambda row: _OUTCOMES.index(row["status"]) if row["status"] in _OUTCOMES else 0
        ),
        "left_out": [row for row in left_out if row["rule"] == "analysis"],
        "withheld": [row for row in left_out if row["rule"] != "analysis"],
        "sources": _records(shown.get("sources")),
        "unresolved": _unresolved(shown.get("mentions")),
        "intervals": _intervals(shown),
        "bands": _bands(shown.get("border_bands")),
        "limits": wording.limits(product.limits, shown),
        "layers": _layers(release),
        "texts": texts,
        "plain": plain_words(),
    }


_CHAPTERS = (
    ("headline", "The headline figures"),
    ("numbers", "How each number was read, and its source"),
    ("steps", "How distances, routes, bands, density and flows were computed"),
    ("limits", "What is uncertain, and how much"),
    ("withheld", "What was left out or withheld, and why"),
    ("checks", "Checks and contradictions"),
    ("sources", "Sources and licences"),
    ("again", "Versions, seed and inputs"),
    ("words", "Words used here"),
)


def _figures(release: Release) -> list[dict[str, Any]]:
    """The figures with a number of their own, so that other rows can point at them, in the order of the reports."""
    rows = _records(release.layers.get("figures"))
    numbers = {row["figure_id"]: at for at, row in enumerate(rows, start=1)}
    links = ("part_of", "same_as", "derived_from")
    return [
        row
        | {"number": numbers[row["figure_id"]], "size": size_words(row), "bounds": bounds_words(row)}
        | {link: _numbers_of(row[link], numbers) for link in links}
        for row in rows
    ]


def _numbers_of(ids: Any, numbers: Mapping[str, int]) -> list[int]:
    """The numbers of the figures that a cell names; one that is not in this edition is left away."""
    return [numbers[one] for one in str(ids or "").split("; ") if one in numbers]


def _headline(shown: Mapping[str, pd.DataFrame], figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures that the maps lead with, and what may follow."""
    frame = shown.get("figures")
    if frame is None or frame.empty:
        return []
    left = wording.people_who_left(frame, shown.get("ledger"))
    leading = [
        name for leads, count in _LEADING for name in left.loc[left["leads"] == leads, "figure_id"][:count]
    ]
    leading = leading or left["figure_id"].tolist()[:1]
    expected = [row["figure_id"] for row in figures if row["kind"] in ("forecast", "population_at_risk")]
    by_id = {row["figure_id"]: row for row in figures}
    return [by_id[name] for name in [*leading, *expected]]


def size_words(row: Mapping[str, Any]) -> str:
    """A number as its report gives it; where it gives none, that it gives none.

    >>> size_words({"qualifier": "over", "value": 31000, "unit": "persons"})
    'over 31,000 people'
    >>> size_words({"qualifier": "vague", "value": None, "unit": "families"})
    'no exact number of families'
    """
    unit = {"persons": "people", None: ""}.get(row["unit"], row["unit"])
    if row["value"] is None:
        return f"no exact number of {unit or 'people'}"
    qualifier = "" if row["qualifier"] in (None, "vague", "exact") else _words(row["qualifier"])
    return " ".join(part for part in (qualifier, number(row["value"]), unit) if part)


def bounds_words(row: Mapping[str, Any]) -> str:
    """The bounds that the words of a report allow, in words.

    >>> bounds_words({"low": 31000, "high": None}), bounds_words({"low": 235000, "high": 235000})
    ('at least 31,000, no upper bound', 'no bounds stated')
    >>> bounds_words({"low": 2000, "high": 9999}), bounds_words({"low": None, "high": 500})
    ('2,000 to 9,999', 'at most 500')
    """
    low, high = row["low"], row["high"]
    if low == high:
        return "no bounds stated"
    if high is None:
        return f"at least {number(low)}, no upper bound"
    return f"at most {number(high)}" if low is None else f"{number(low)} to {number(high)}"


def _steps(notes: Iterable[MethodNote]) -> list[dict[str, Any]]:
    """The steps of a run in the order of ``method.toml``, those that it does not know at the end."""
    known = {step["stage"]: step for step in plain_words()["steps"]}
    order = list(known)
    ordered = sorted(notes, key=lambda note: order.index(note.stage) if note.stage in known else len(order))
    return [
        {"part": "computed", "title": _words(note.stage).capitalize(), "plain": "", "source": ""}
        | known.get(note.stage, {})
        | {"text": note.text, "parameters": [parameter(*one) for one in note.parameters.items()]}
        for note in ordered
    ]


def parameter(name: str, value: str) -> tuple[str, str]:
    """What a reader calls a parameter, and its value with the unit.

    >>> parameter("distances_m", "2000, 50000")
    ('Edges of the bands', '2, 50 km')
    >>> parameter("max_overlap", "0.6"), parameter("warnings", "none")
    (('Greatest shared length of an alternative', '60 %'), ('Remarks on the border line', 'none'))
    """
    spec = plain_words()["parameters"].get(name, {"title": _words(name).capitalize()})
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return spec["title"], ground.day(value)
    try:
        values = [float(one) * spec.get("factor", 1) for one in value.split(", ")]
    except ValueError:
        return spec["title"], value
    numbers = ", ".join(f"{round(one, 6):,.10g}" for one in values)
    return spec["title"], " ".join(part for part in (numbers, spec.get("unit", "")) if part)


def _left_out(release: Release, figures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is not in this edition, with layers by their titles, and rows that say the same put together."""
    rows = _records(release.withheld)
    named = {f"figure {row['figure_id']}": f"figure {row['number']} ({row['size']})" for row in figures}
    joined: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        title = (
            layers()[row["layer"]].title if row["layer"] in layers() else _words(row["layer"]).capitalize()
        )
        key = (row["layer"], row["action"], row["rule"], row["reason"])
        one = joined.setdefault(key, row | {"title": title, "items": [], "rows": 0})
        item = named.get(row["item"], row["item"])
        one["items"] += [item] if item not in one["items"] else []
        one["rows"] += int(row["rows"] or 0)
    return list(joined.values())


def _unresolved(mentions: pd.DataFrame | None) -> list[dict[str, Any]]:
    rows = {row["text"]: row for row in _records(mentions) if row["status"] != "resolved"}
    return [rows[text] for text in sorted(rows)]


def _bands(bands: pd.DataFrame | None) -> list[dict[str, str]]:
    """The people of each band with bounds, from the border outwards; nothing where no count is shown."""
    if bands is None or bands["people_mid"].isna().all():
        return []
    return [
        {
            "band": wording.band_words(row["from_m"], row["to_m"]),
            **{name: number(row[name]) for name in ("sites", "people_low", "people_mid", "people_high")},
        }
        for row in _records(bands.sort_values("from_m"))
    ]


def _records(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows as plain values, with None for what is missing; never the geometry."""
    if frame is None:
        return []
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).astype(object)
    records: list[dict[str, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return records


# A buffer holds the people of the smaller ones, and a route's people pass many roads: no sum of them is true.
_NOT_SUMMED = ("border_buffers", "edge_flows")
# A site near an edge may lie on either side of it: the bounds of neighbours count its people twice.
_BOUNDS_NOT_SUMMED = ("border_bands", "camp_hexes", "flows")


def _intervals(shown: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Low, central and high value of each layer that carries intervals, of its last date."""
    found = []
    for name, frame in shown.items():
        dated = "date" in frame.columns and frame["date"].notna().any()
        last = frame[frame["date"] == frame["date"].max()] if dated else frame
        for stem, what in [("people", "people, sum"), ("travel_time_s", "travel time in minutes, median")]:
            columns = [f"{stem}_{bound}" for bound in ("low", "mid", "high")]
            if name in _NOT_SUMMED or not set(columns) <= set(frame.columns) or last[columns[1]].isna().all():
                continue
            values = last[columns].sum() if stem == "people" else last[columns].median() / 60
            low, mid, high = (number(value) for value in values)
            if stem == "people" and name in _BOUNDS_NOT_SUMMED:
                low = high = number(None)
            day = f", {ground.day(frame['date'].max())}" if dated else ""
            row = {
                "name": name,
                "layer": layers()[name].title,
                "what": what + day,
                "low": low,
                "mid": mid,
                "high": high,
            }
            found.append({**row, "rows": len(last)})
    return found


def _layers(release: Release) -> list[dict[str, Any]]:
    known = style.styles()
    found = []
    for name, frame in release.layers.items():
        spec, source = layers()[name], release.product.layer_sources.get(name)
        found.append(
            {
                "name": name,
                "title": spec.title,
                "rows": len(frame),
                "description": spec.description,
                "source": f"{source.attribution} ({source.licence})" if source else "",
                "breaks": known[name].breaks_note if name in known else "",
            }
        )
    return found


def number(value: Any, missing: str = "–") -> str:
    """A count with thousands apart, in English whatever the locale.

    >>> number(359471.0), number(None, "none stated")
    ('359,471', 'none stated')
    """
    return missing if value is None or pd.isna(value) else f"{float(value):,.0f}"


def _words(value: Any) -> str:
    return str(value or "").replace("_", " ")


def is_link(address: Any) -> bool:
    """Whether an address may become a link: http or https, nothing that runs.

    >>> is_link("https://example.org/a"), is_link("javascript:alert(1)")
    (True, False)
    """
    try:
        parts = urlsplit(str(address or ""))
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
