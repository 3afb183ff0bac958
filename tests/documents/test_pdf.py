"""PDF layout: the house's face, and nothing from outside."""

import io
import logging
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.template.loader import render_to_string
from pypdf import PdfReader

from documents import pdf
from documents import services as documents
from tests.factories.documents import DocumentFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = "canary-5f2a"


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def base_document(**context: object) -> str:
    known = {
        "title": "Sub-grant agreement",
        "reference": "RC-2026-0007",
        "eyebrow": "RE-CENTRE",
        "lead": "Smart veneer",
    }
    return render_to_string("documents/base.html", known | context)


def test_base_document_carries_statement_reference_and_metadata() -> None:
    reader = read(pdf.render_pdf(base_document()))

    text = text_of(reader)
    assert "Sub-grant agreement" in text
    assert "Co-funded by the European Union" in text
    assert "do not necessarily reflect" in text
    assert "1 / 1" in text
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Sub-grant agreement", "Eurocluster portal")
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_every_page_repeats_statement_and_counts() -> None:
    html = base_document().replace("</body>", "<p>long</p>" * 200 + "</body>")

    pages = read(pdf.render_pdf(html)).pages

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert "Co-funded by the European Union" in page.extract_text()
        assert f"{number} / {len(pages)}" in page.extract_text()


def test_house_type_is_embedded_for_every_script_of_the_partners() -> None:
    reader = read(pdf.render_pdf("<title>t</title><p>Żółć Ștefan Мебели 52,000.00</p>"))

    fonts = {
        font.get_object()["/BaseFont"].partition("+")[2] for font in reader.pages[0]["/Resources"]["/Font"].values()
    }
    assert fonts == {"Plex", "Plex-Extended", "Plex-Cyrillic"}
    assert "Żółć Ștefan Мебели 52,000.00" in text_of(reader)


def test_given_attachments_are_embedded() -> None:
    reader = read(pdf.render_pdf("<title>t</title>", attachments={"snapshot.json": b'{"a": 1}'}))

    assert {name: list(content) for name, content in reader.attachments.items()} == {"snapshot.json": [b'{"a": 1}']}


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="attachment" href="{url}">',
        '<a rel="attachment" href="{url}">x</a>',
        '<img src="{url}">',
        '<link rel="stylesheet" href="{url}">',
        "<style>@import url({url});</style>",
        "<style>@font-face {{ font-family: X; src: url({url}) }} p {{ font-family: X }}</style><p>x</p>",
        '<p style="background: url({url})">x</p>',
        '<object data="{url}"></object>',
        '<embed src="{url}">',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}" width="9" height="9"/></svg>',
    ],
)
def test_local_files_are_refused(html: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text y="20">{SECRET}</text></svg>')

    with caplog.at_level(logging.WARNING, logger="documents.pdf"):
        content = pdf.render_pdf("<title>t</title><p>The document goes on.</p>" + html.format(url=secret.as_uri()))

    assert "left out of a document" in caplog.text
    reader = read(content)
    assert "The document goes on." in text_of(reader)
    assert SECRET not in text_of(reader)
    assert reader.attachments == {}
    assert SECRET.encode() not in content


def test_no_request_leaves_the_machine() -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/internal"
        pdf.render_pdf(
            f'<title>t</title><img src="{url}"><link rel=stylesheet href="{url}"><link rel=attachment href="{url}">'
        )
        server.shutdown()

    assert asked == []


@pytest.mark.parametrize(
    "name",
    ["../manage.py", "vendor/../../manage.py", "%2e%2e/manage.py", "/etc/passwd", "js/portal.js", ""],
)
def test_scheme_of_ours_serves_only_assets(name: str) -> None:
    with pytest.raises((ValueError, pdf.FatalURLFetchingError)):
        pdf.HouseFetcher().fetch(pdf.SCHEME + name)


def test_missing_asset_of_ours_stops_the_document() -> None:
    with pytest.raises(pdf.RenderingRefused, match=r"missing asset img/nothing\.svg"):
        pdf.render_pdf('<title>t</title><img src="portal:static/img/nothing.svg">')


@pytest.mark.django_db
def test_filling_with_html_stores_the_pdf(settings, tmp_path: Path) -> None:
    settings.DOCUMENTS_DIR = tmp_path
    document = documents.fill_with_html(document_id=DocumentFactory.create().pk, html=base_document(), at=AT)

    content = documents.read_bytes(document)
    assert content.startswith(b"%PDF-")
    assert document.size == len(content)
