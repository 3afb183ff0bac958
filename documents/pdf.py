"""Laying out HTML as PDF with WeasyPrint, which may fetch our own assets and nothing else."""

import logging
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

logger = logging.getLogger(__name__)

SCHEME = "portal:static/"
SERVED = ("css/", "img/", "vendor/")
STYLE_SHEET = Path(__file__).parent / "assets" / "document.css"
# WeasyPrint shares font state between renderings; one at a time per process.
layout_lock = Lock()


class RenderingRefused(Exception):
    """One of the house's own assets is missing, so the document would not look as it must."""


class HouseFetcher(URLFetcher):
    """Serves static files under a private scheme. Everything else is left out of the document and logged.

    A foreign address must not stop the document: it can stand in a text an applicant typed. A missing asset of our
    own is a fault of ours and stops it.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=[], allow_redirects=False)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith(SCHEME):
            logger.warning("left out of a document: %.200r", url)
            raise ValueError("only the portal's own assets may be fetched")
        path = asset_path(url.removeprefix(SCHEME))
        media_type = mimetypes.guess_type(path.name)[0] or "font/woff2"
        return URLFetcherResponse(url, body=path.read_bytes(), headers={"Content-Type": media_type})


def asset_path(name: str) -> Path:
    """The file of a static asset that documents may use."""
    root = Path(settings.BASE_DIR) / "static"
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not name.startswith(SERVED):
        raise ValueError("outside the portal's own assets")
    if not path.is_file():
        raise FatalURLFetchingError(f"missing asset {name}")
    return path


@cache
def house_style() -> tuple[CSS, FontConfiguration]:
    """The style sheet with its fonts, parsed once per process: that is most of the cost of a short document."""
    fonts = FontConfiguration()
    return CSS(filename=STYLE_SHEET, font_config=fonts, url_fetcher=HouseFetcher()), fonts


def render_pdf(html: str, *, attachments: Mapping[str, bytes] | None = None) -> bytes:
    """Lay out a page of HTML in the house style.

    Raises:
        RenderingRefused: an asset of our own is missing.
    """
    embedded = [Attachment(string=content, name=name) for name, content in (attachments or {}).items()]
    try:
        with layout_lock:
            style, fonts = house_style()
            document = HTML(string=html, url_fetcher=HouseFetcher())
            return document.write_pdf(stylesheets=[style], font_config=fonts, attachments=embedded, pdf_tags=True)
    except FatalURLFetchingError as refusal:  # a BaseException, which would otherwise pass every handler
        raise RenderingRefused(str(refusal)) from refusal


def warm_up() -> None:
    """Pay for the import and the fonts before the first document asks for them."""
    render_pdf('<!doctype html><html lang="en"><title>–</title><p>Aa</p>')
