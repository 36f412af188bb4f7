"""Files made into text: pages, PDFs and plain text, also broken ones."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader, PdfWriter

from idlibgeo.errors import ReportError
from idlibgeo.reports import clean_document, parse_document

SENTENCE = "More than 31,000 civilians fled Saraqib in four days, the Response Coordination Group says."
ARABIC = "نزح أكثر من 31 ألف مدني من معرة النعمان باتجاه الحدود التركية خلال أربعة أيام."

PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Thousands flee | The Desk</title>
<meta property="og:title" content="Thousands flee"><meta property="og:site_name" content="The Desk">
<meta property="article:published_time" content="2020-01-07T08:00:00Z">
<link rel="canonical" href="https://example.org/thousands-flee"></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport: 99,999 people watched</a></nav>
<article><h1>Thousands flee</h1><p>{SENTENCE}</p>
<p>The camps along the border are full, and there is no space left for one new tent.</p>
<p>Aid workers say that roads are blocked by snow and mud, and that many people sleep in their cars.</p></article>
<aside>Read also: 55,555 people fled elsewhere</aside>
<footer>Copyright 2020 The Desk, 12 Hospital Street</footer></body></html>
"""


def pdf_of(lines: list[str]) -> bytes:
    """Write a PDF of one page by hand, a line of text each."""
    drawn = "".join(f"({line}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 72 720 Td {drawn}ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_a_page_loses_its_boilerplate_and_keeps_its_title_date_and_publisher() -> None:
    document = clean_document(PAGE.encode())
    assert document.media_type == "text/html"
    assert document.title == "Thousands flee"
    assert document.published == dt.date(2020, 1, 7)
    assert document.publisher == "The Desk"
    assert document.url == "https://example.org/thousands-flee"
    assert SENTENCE in document.text
    assert "99,999" not in document.text
    assert "Hospital Street" not in document.text


def test_figures_of_a_page_point_into_its_cleaned_text() -> None:
    report = parse_document(PAGE.encode(), report_id="p")
    assert [figure.value for figure in report.figures] == [31_000]
    figure = report.figures[0]
    assert report.text[figure.start : figure.end] == "More than 31,000 civilians"
    assert str(figure.period_start) == "2020-01-03"


def test_an_arabic_page_in_its_old_encoding_is_read() -> None:
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'
        f"<title>نزوح</title></head><body><article><p>{ARABIC}</p><p>{ARABIC}</p></article></body></html>"
    )
    report = parse_document(page.encode("windows-1256"), published="2020-01-07")
    assert report.language == "ar"
    assert report.figures[0].value == 31_000


def test_a_pdf_is_read_and_its_lines_joined() -> None:
    data = pdf_of(["More than 31,000 civilians fled", "Saraqib in four days."])
    report = parse_document(data, published="2020-01-07", report_id="p")
    figure = report.figures[0]
    assert (figure.value, figure.origin) == (31_000, ("Saraqib",))
    assert report.text[figure.start : figure.end] == "More than 31,000 civilians"


def test_an_encrypted_pdf_is_refused() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of(["31,000 fled."]))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(ReportError, match=r"locked\.pdf: given an encrypted PDF, expected one that opens"):
        clean_document(out.getvalue(), name="locked.pdf")


def test_a_scanned_pdf_is_refused() -> None:
    with pytest.raises(ReportError, match=r"scan\.pdf: given a PDF of 1 pages without any text"):
        clean_document(pdf_of([]), name="scan.pdf")


def test_a_broken_pdf_is_refused() -> None:
    with pytest.raises(ReportError, match=r"given a PDF that cannot be read|without any text"):
        clean_document(b"%PDF-1.7\nthis is not a PDF at all")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SENTENCE, "utf-8"),
        (SENTENCE, "utf-8-sig"),
        (SENTENCE, "utf-16"),
        (ARABIC * 3, "utf-16"),
        (ARABIC * 3, "cp1256"),
        (
            "Son dört günde 31 binden fazla sivil Serakib'den Türkiye sınırına kaçtı, çadır yok. " * 3,
            "cp1254",
        ),
        ("Plus de 31 000 civils ont été déplacés de Saraqeb, près de la frontière. " * 3, "cp1252"),
    ],
)
def test_encodings_are_told(text: str, encoding: str) -> None:
    report = parse_document(text.encode(encoding), published="2020-01-07")
    assert report.figures[0].value == 31_000


def test_some_broken_bytes_do_not_spoil_a_text() -> None:
    data = ARABIC.encode() + b" \xff\xfe\xd8 " + ARABIC.encode()
    assert parse_document(data, published="2020-01-07").figures[0].value == 31_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "given an empty file"),
        (b" \n ", "given an empty file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "given binary data"),
        (b"PK\x03\x04\x00\x00\x00\x00", "given binary data"),
        (b"<html><body><script>let a = 1</script></body></html>", "given a page without an article"),
        (b"Title: nothing\n\n", "given a header block and nothing below it"),
    ],
)
def test_what_is_no_report_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ReportError, match=rf"x\.bin: {message}, expected .* Nothing was read\."):
        clean_document(data, name="x.bin")


def test_a_file_of_100_megabytes_is_refused_at_once() -> None:
    with pytest.raises(ReportError, match=r"given 100,000,000 bytes, expected a report of at most"):
        clean_document(bytes(100_000_000), name="large.txt")
