"""Read situation reports: text, HTML or PDF in four languages → typed figures and place mentions.

``parse_report(text)`` is the whole of it for a text, ``parse_document(data)`` for a file; ``clean_document(data)``
makes the text of a file. The word lists (``words_*.csv``) and patterns (``periods.toml``, ``regions.toml``) stand
beside the code, and whoever reads the language can correct them.
"""

from idlibgeo.reports.documents import clean_document, parse_document
from idlibgeo.reports.model import KINDS, MODALITIES, ROLES, Document, Figure, Mention, PlaceFinder, Report
from idlibgeo.reports.read import parse_report
from idlibgeo.reports.tables import figures_table, mentions_table

__all__ = [
    "KINDS",
    "MODALITIES",
    "ROLES",
    "Document",
    "Figure",
    "Mention",
    "PlaceFinder",
    "Report",
    "clean_document",
    "figures_table",
    "mentions_table",
    "parse_document",
    "parse_report",
]
