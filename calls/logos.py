"""Logos: read, measured and drawn anew when uploaded, so that nothing but the picture is kept; found when shown."""

from __future__ import annotations

from io import BytesIO

from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from calls.models import Eurocluster
from documents.models import Document
from documents.querysets import DocumentQuerySet

LARGEST_BYTES = 500_000
LARGEST_SIDE = 4000  # pixels as uploaded: more is a photograph or an attack
SHOWN = (640, 320)
FORMATS = ("PNG", "JPEG")
KIND = "eurocluster_logo"
MEDIA_TYPE = "image/png"


class LogoRefused(ValueError):
    """The file cannot be a logo; the message says to a person why."""


def redrawn(content: bytes) -> bytes:
    """The picture as a PNG of at most 640 × 320 pixels, without the metadata of the file.

    Raises:
        LogoRefused: too large, or not a PNG or JPEG picture that can be read to its end.
    """
    if len(content) > LARGEST_BYTES:
        raise LogoRefused(_("The file is larger than 500 kB."))
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            return _as_png(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, LogoRefused):
            raise
        raise LogoRefused(_("The file is not a PNG or JPEG picture.")) from error


def _as_png(picture: Image.Image) -> bytes:
    if max(picture.size) > LARGEST_SIDE:
        raise LogoRefused(_("The picture is wider or higher than 4,000 pixels."))
    drawn = picture.convert("RGBA")
    drawn.thumbnail(SHOWN)
    plain = Image.new("RGBA", drawn.size)
    plain.paste(drawn)
    written = BytesIO()
    plain.save(written, "PNG", optimize=True)
    return written.getvalue()


def logos_of(eurocluster: Eurocluster) -> DocumentQuerySet:
    """Its logos, the present one first."""
    return Document.objects.about(eurocluster).ready().filter(kind=KIND).order_by("-created_at", "-pk")


def logo_address(eurocluster: Eurocluster) -> str:
    """Where the present logo is shown; empty without one. A new logo has a new address, so that browsers may keep it."""
    present = logos_of(eurocluster).first()
    return reverse("eurocluster_logo", args=[eurocluster.slug, present.sha256[:16]]) if present else ""
