"""The page itself: a Folium map sealed into one file that asks nothing of the network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Environment, Template

from idlibgeo.errors import InputError
from idlibgeo.geo import Bounds

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style[^>]*>(?P<body>.*?)</style>", re.DOTALL)
_LOADING = re.compile(
    r"""<(?:script|link|img|iframe|source|audio|video|object|embed|input|use|image)\b[^>]*?
    \b(?:src|href|data|srcset|poster)\s*=\s*["']?(?P<address>[^"'\s>]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_STYLE_URL = re.compile(r"""url\(\s*["']?(?!data:|\#)(?P<address>[^"')]+)|@import\s+(?P<imported>[^;]+)""")
# It forbids a reader to enlarge the page.
_FOLIUMS_VIEWPORT = re.compile(r"<meta name=\"viewport\"[^>]*user-scalable=no[^>]*>")
_TILES = re.compile(r"https://(?P<host>(?:\{s\}\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?)/[^\s\"'<>;]*")


def asset(path: str) -> str:
    """The text of a file that stands in this package."""
    return resources.files("idlibgeo.export.webmap").joinpath(path).read_text("utf-8")


def leaflet() -> tuple[str, str]:
    """Leaflet's script and style sheet, ready to stand inside a page: no outside file, no closing tag within.

    The pictures that the style sheet names are of controls that the page does not have.
    """
    script = asset("vendor/leaflet-1.9.4/leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", "")
    sheet = re.sub(r"url\((?:images/[^)]+|#default#VML)\)", "none", asset("vendor/leaflet-1.9.4/leaflet.css"))
    return script.replace("</script", r"<\/script"), sheet


def as_json(values: Any) -> str:
    r"""JSON that can stand in a page: no character in it can close a tag or open one.

    >>> as_json({"name": "</script><b>"})
    '{"name":"\\u003c/script\\u003e\\u003cb\\u003e"}'
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    # A lone surrogate cannot be written as UTF-8; it stands as the replacement character.
    return text.encode("utf-8", "replace").decode("utf-8")


def tile_host(template: str) -> str:
    """The host that a tile address asks, for the content security policy.

    >>> tile_host("https://{s}.tile.example.org/{z}/{x}/{y}.png")
    'https://*.tile.example.org'
    """
    match = _TILES.fullmatch(template)
    if match is None:
        raise InputError(
            f"online_tiles: given {template!r}, expected an address such as"
            " https://tiles.example.org/{z}/{x}/{y}.png. The page was not written. Correct it in the scenario, or"
            " leave it out: the page needs no tiles."
        )
    return "https://" + match["host"].replace("{s}", "*")


class SealedFigure(Figure):
    """A Folium figure whose page carries everything in itself and a policy that forbids the rest."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="idlibgeo">
<title>{{ this.page_title|e }}</title>
{{ this.header.render(**kwargs) }}
</head>
<body>
{{ this.html.render(**kwargs) }}
<script>
{{ this.script.render(**kwargs) }}
</script>
</body>
</html>
"""
    )

    def __init__(self, *, page_title: str, tiles: str | None = None, height: str | None = None) -> None:
        super().__init__(height=height)
        # Folium's own first line names the character set a second time.
        self.header._children.clear()
        self.page_title = page_title
        self.tiles = tiles

    def render(self, **kwargs: Any) -> str:
        """Render the page, refuse it if it would ask for anything outside, and add the policy."""
        html = _FOLIUMS_VIEWPORT.sub("", super().render(**kwargs))
        refuse_outside(html)
        return html.replace("<head>\n", f"<head>\n{policy(html, self.tiles)}\n", 1)


def refuse_outside(html: str) -> None:
    """Refuse a page that loads something from elsewhere.

    Raises
    ------
    InputError
        With the address.
    """
    markup = _STYLE.sub("", _SCRIPT.sub(lambda match: f"<script{match['attributes']}></script>", html))
    found = [match["address"] for match in _LOADING.finditer(markup)]
    found += [
        match["address"] or match["imported"]
        for sheet in _STYLE.finditer(html)
        for match in _STYLE_URL.finditer(sheet["body"])
    ]
    outside = [address for address in found if not address.startswith(("data:", "#"))]
    if outside:
        raise InputError(
            f"Web page: something in it loads {outside[0]!r}, expected a page that carries everything in itself."
            " The page was not written. Leave out what was added to the map, or add it without outside files."
        )


def policy(html: str, tiles: str | None) -> str:
    """The content security policy: the scripts and style sheets of this page by their hashes, and nothing else."""
    scripts = [m["body"] for m in _SCRIPT.finditer(html) if "application/json" not in m["attributes"]]
    sheets = [m["body"] for m in _STYLE.finditer(html)]
    images = " ".join(["data:", "blob:", *([tile_host(tiles)] if tiles else [])])
    rules = [
        "default-src 'none'",
        f"script-src {_hashes(scripts)}",
        f"style-src {_hashes(sheets)}",
        f"img-src {images}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


def _hashes(bodies: list[str]) -> str:
    sums = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode("ascii") for body in bodies]
    return " ".join(f"'sha256-{one}'" for one in dict.fromkeys(sums)) or "'none'"


class Atlas(MacroElement):
    """The layers, the panel and the controls, drawn by ``atlas.js`` from the data in the page."""

    _template = Template(
        """
{% macro script(this, kwargs) %}
idlibgeoAtlas({{ this._parent.get_name() }}, JSON.parse(document.getElementById("idlibgeo-data").textContent));
{% endmacro %}
"""
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "Atlas"


_ENVIRONMENT = Environment(autoescape=True)
_BODY = _ENVIRONMENT.from_string(
    """<a class="skip" href="#tab-figures">Skip the map</a>
<header>
<h1>{{ meta.title }}{% if meta.title_ar %}
<span class="other" lang="ar" dir="rtl">{{ meta.title_ar }}</span>{% endif %}</h1>
<p>{{ meta.subtitle }}{% if meta.period %}{% if meta.subtitle %} · {% endif %}{{ meta.period }}{% endif %}</p>
<span class="badge {{ meta.audience }}">{{ meta.protection_text }}</span>
{% if meta.schematic %}<span class="badge note">Schematic roads: for orientation, not for navigation</span>{% endif %}
</header>
<main dir="ltr">"""
)
_END = _ENVIRONMENT.from_string(
    """</main>
<aside aria-label="Figures, layers and search" tabindex="-1"></aside>
<footer><p><span class="said">{% if meta.as_of_text %}As of {{ meta.as_of_text }}. {% endif %}{{ meta.disclaimer }}
</span><span class="credits" dir="ltr">
{% for line in meta.credits %}{{ line }}{% if not loop.last %}; {% endif %}{% endfor %}</span>
</p></footer>
<noscript><p>This map needs JavaScript, which is switched off here.
The same numbers stand in the tables of the bundle.</p></noscript>
"""
)


def build_map(data: Mapping[str, Any], *, height: str | None = None) -> folium.Map:
    """A Folium map in a sealed page.

    Parameters
    ----------
    data
        What ``atlas.js`` draws; ``meta`` also fills the lines around the map.
    height
        Of the frame in a notebook, e.g. ``"640px"``.
    """
    meta = data["meta"]
    text = as_json(data)
    bounds = Bounds(*meta["bounds"])
    lon, lat = bounds.centre
    made = folium.Map(
        location=[lat, lon], tiles=None, zoom_start=9, max_zoom=19, min_zoom=4, zoomSnap=0.5, maxZoom=19
    )
    # Folium draws identifiers at random; the page has to be the same bytes each time.
    made._id = hashlib.sha256(text.encode()).hexdigest()[:16]
    made.default_js, made.default_css = [], []
    figure = SealedFigure(page_title=meta["title"], tiles=meta["tiles"], height=height)
    script, sheet = leaflet()
    for name, body in [
        ("styles", f"<style>{sheet}\n{asset('atlas.css')}</style>"),
        ("leaflet", f"<script>{script}</script>"),
        ("atlas", f"<script>{asset('atlas.js')}</script>"),
    ]:
        figure.header.add_child(_Verbatim(body), name=name)
    figure.html.add_child(_Verbatim(_BODY.render(meta=meta)), name="body")
    figure.add_child(made, name="map")
    # The map adds its own lines to the body when it is rendered; what follows it has to be added then as well.
    atlas = Atlas()
    atlas._id = "1"
    made.add_child(atlas, name="atlas")
    made.add_child(
        _After(
            _END.render(meta=meta) + f'<script type="application/json" id="idlibgeo-data">{text}</script>'
        ),
        name="end",
    )
    return made


class _Verbatim(Element):
    """A piece of page as it stands: nothing in it is taken for a template."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self._body = body

    def render(self, **_kwargs: Any) -> str:
        return self._body


class _After(MacroElement):
    """A piece of page that follows the map's own element."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self._name = "After"
        self._id = "2"
        self._body = body

    def render(self, **_kwargs: Any) -> str:
        figure: Any = self.get_root()
        figure.html.add_child(_Verbatim(self._body), name="end")
        return ""
