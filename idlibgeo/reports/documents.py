"""Files made into text: HTML as news sites and relief portals serve it, PDF, plain text in any encoding."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any, TypeVar

from idlibgeo.errors import ReportError
from idlibgeo.reports.model import Document, PlaceFinder, Report
from idlibgeo.reports.read import as_date, checked_text, parse_report, split_header

# A situation report is some hundred kilobytes; a file beyond this is a mistake, and decoding it would fill the memory.
LARGEST_FILE = 30_000_000
_MOST_PAGES = 2_000
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HTML = re.compile(rb"<(?:!doctype\s{1,3}html|html|head|body|article|div|p|meta|title)\b", re.IGNORECASE)
_T = TypeVar("_T")
_CHARSET = re.compile(rb"""charset\s{0,3}=\s{0,3}["']?([\w-]{2,20})""", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])")
# A line that goes on: neither end of sentence nor list item.
_SOFT_BREAK = re.compile(r"(?<=[^\n.!?:;؟])\n(?=[^\n•▪●\-–*])")


def parse_document(
    data: bytes,
    *,
    name: str = "",
    report_id: str = "",
    title: str | None = None,
    published: dt.date | str | None = None,
    undated: dt.date | str | None = None,
    publisher: str | None = None,
    url: str | None = None,
    language: str | None = None,
    finder: PlaceFinder | None = None,
) -> Report:
    """Read a file: `clean_document` and then `parse_report`; what is given wins over what the file says.

    >>> parse_document(b"<html><body><article><p>Some 31,000 people fled Saraqib.</p></article></body></html>",
    ...                published="2020-01-07").figures[0].value
    31000
    """
    document = clean_document(data, name=name)
    return parse_report(
        document.text,
        report_id=report_id or name,
        title=title or document.title,
        published=published or document.published,
        undated=undated,
        publisher=publisher or document.publisher,
        url=url or document.url,
        language=language or document.language,
        source_org=document.source_org,
        finder=finder,
    )


def clean_document(data: bytes, *, name: str = "") -> Document:
    """Make a file's bytes into clean text with title, date and publisher where they stand.

    Parameters
    ----------
    data
        The bytes of an HTML page, a PDF or a text file. The sort is told from the bytes, not from the name.
    name
        Name of the file, for messages.

    Raises
    ------
    ReportError
        If the file is empty, binary, larger than 30 MB, an encrypted PDF, or a PDF without text (a scan).

    Notes
    -----
    Boilerplate of pages is removed by trafilatura, encodings are told by charset-normalizer (a declared charset and a
    byte order mark go first), PDF text is pypdf's.
    """
    label = name or "document"
    if len(data) > LARGEST_FILE:
        raise ReportError(
            f"{label}: given {len(data):,} bytes, expected a report of at most {LARGEST_FILE:,}."
            " Nothing was read. Split it, or give the report alone."
        )
    if not data.strip():
        raise ReportError(
            f"{label}: given an empty file, expected a report as text, HTML or PDF."
            " Nothing was read. Check that the download was complete."
        )
    if data.lstrip()[:5] == b"%PDF-":
        return _pdf(data, label)
    if _HTML.search(data[:4096]):
        return _html(data, label)
    return _named(label, lambda: split_header(checked_text(_decode(data, label))))


def _named(label: str, read: Callable[[], _T]) -> _T:
    """Put the name of the file in front of what reading its text complains of."""
    try:
        return read()
    except ReportError as error:
        raise ReportError(
            f"{label}: {str(error).removeprefix('report: ').removeprefix(f'{label}: ')}"
        ) from None


def _checked(text: str, label: str) -> str:
    return _named(label, lambda: checked_text(text))


def _decode(data: bytes, label: str) -> str:
    """Decode by byte order mark, then UTF-8, then what charset-normalizer thinks."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\x00" in data[:4096]:
        raise ReportError(
            f"{label}: given binary data, expected a report as text, HTML or PDF."
            " Nothing was read. Save it as one of these."
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data, label)


def _guessed(data: bytes, label: str) -> str:
    # Imported here: it is needed only for files that are not UTF-8.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    # Mostly valid UTF-8 with some broken bytes is UTF-8 that was damaged, not another encoding.
    repaired = data.decode("utf-8", errors="replace")
    broken = repaired.count("\ufffd")
    if sum(ord(sign) > 127 for sign in repaired) > 4 * broken:
        return repaired
    best = from_bytes(data[:200_000], cp_isolation=_ENCODINGS).best()
    if best is None:
        raise ReportError(
            f"{label}: given bytes in no encoding that could be told, expected UTF-8 text, HTML or PDF."
            " Nothing was read. Save the file as UTF-8."
        )
    return data.decode(best.encoding, errors="replace")


# Encodings that reports in the four languages come in; a shorter list makes the guess better.
_ENCODINGS = [
    "cp1256",
    "iso8859_6",
    "cp1254",
    "iso8859_9",
    "cp1252",
    "latin_1",
    "utf_8",
    "utf_16",
    "mac_roman",
]


def _html(data: bytes, label: str) -> Document:
    # Imported here: trafilatura takes half a second and is needed for pages only.
    import trafilatura  # noqa: PLC0415

    page = _decode_page(data, label)
    body = trafilatura.extract(
        page, include_comments=False, include_tables=True, favor_recall=True, deduplicate=False
    )
    if not body or not body.strip():
        raise ReportError(
            f"{label}: given a page without an article, expected a report as text, HTML or PDF."
            " Nothing was read. Save the page after it has loaded, or copy its text into a file."
        )
    described = trafilatura.extract_metadata(page)
    given: dict[str, Any] = described.as_dict() if described else {}
    title = given.get("title") or None
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    if len(lines) > 1 and title and lines[0].lstrip("# ") == title:
        lines = lines[1:]  # the headline says again what the text says
    text = _checked("\n\n".join(lines), label)
    return Document(
        text,
        title,
        _page_date(given.get("date")),
        given.get("sitename") or given.get("hostname") or None,
        given.get("url") or None,
        "text/html",
        language=(given.get("language") or "")[:2] or None,
    )


def _decode_page(data: bytes, label: str) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared and b"\x00" not in data[:4096]:
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return _decode(data, label)


def _page_date(text: str | None) -> dt.date | None:
    try:
        return as_date(text)
    except ReportError:
        return None


def _pdf(data: bytes, label: str) -> Document:
    # Imported here: pypdf is needed for PDFs only.
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ReportError(
                f"{label}: given an encrypted PDF, expected one that opens without a password."
                " Nothing was read. Save it without a password."
            )
        pages = [page.extract_text() or "" for page in reader.pages[:_MOST_PAGES]]
        about = reader.metadata
    except ReportError:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        OSError,
        AttributeError,
        IndexError,
    ) as error:
        raise ReportError(
            f"{label}: given a PDF that cannot be read ({type(error).__name__}), expected a PDF with text."
            " Nothing was read. Open it and save it again, or copy its text into a file."
        ) from None
    text = "\n\n".join(page.strip() for page in pages if page.strip())
    if not text:
        raise ReportError(
            f"{label}: given a PDF of {len(pages)} pages without any text, expected a PDF with text (it may be a scan)."
            " Nothing was read. Run it through text recognition first."
        )
    title, created = (about.title, about.creation_date) if about else (None, None)
    flowing = _SOFT_BREAK.sub(" ", _HYPHENATED.sub("", text))
    return Document(
        _checked(flowing, label),
        title or None,
        created.date() if created else None,
        None,
        None,
        "application/pdf",
    )
