"""METHOD.html: how a bundle was made, for a reader who must defend its numbers in a meeting."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
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
from idlibgeo.schema import layers

_OUTCOMES = ("contradiction", "warning", "note", "ok")


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
    texts = [report for report in release.product.reports if report.text]
    contents = [
        ("numbers", "The numbers, and the sentence that each comes from"),
        ("steps", "What was done, step by step"),
        ("limits", "What is uncertain, and how much"),
        ("checks", "What was checked"),
        ("withheld", "What was left out, and why"),
        ("layers", "The layers, their sources and licences"),
        ("again", "To make it again"),
        *([("reports", "The reports in full")] if texts else []),
    ]
    checks = sorted(
        _records(release.layers.get("checks")),
        key=lambda row: _OUTCOMES.index(row["status"]) if row["status"] in _OUTCOMES else 0,
    )
    mentions = _records(release.layers.get("mentions"))
    unresolved = {row["text"]: row for row in mentions if row["status"] != "resolved"}
    return {
        "contents": contents,
        "figures": _records(release.layers.get("figures")),
        "checks": checks,
        "withheld": _records(release.withheld),
        "sources": _records(release.layers.get("sources")),
        "unresolved": [unresolved[text] for text in sorted(unresolved)],
        "intervals": _intervals(release.layers),
        "limits": wording.limits(release.product.limits, release.layers),
        "layers": _layers(release),
        "texts": texts,
    }


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
        for stem, what in [("people", "people, sum"), ("travel_time_s", "travel time, median, min")]:
            columns = [f"{stem}_{bound}" for bound in ("low", "mid", "high")]
            if name in _NOT_SUMMED or not set(columns) <= set(frame.columns) or last[columns[1]].isna().all():
                continue
            values = last[columns].sum() if stem == "people" else last[columns].median() / 60
            low, mid, high = (number(value) for value in values)
            if stem == "people" and name in _BOUNDS_NOT_SUMMED:
                low = high = number(None)
            day = f", {ground.day(frame['date'].max())}" if dated else ""
            row = {"layer": layers()[name].title, "what": what + day, "low": low, "mid": mid, "high": high}
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
