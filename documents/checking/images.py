"""Pictures: whole, of a size that can be shown, and nothing else at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageFile, UnidentifiedImageError

from documents.checking.refusal import FileRefused
from documents.checking.zips import damaged, hides_archive

MOST_PIXELS = 80_000_000
FORMATS = ("PNG", "JPEG")
BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError, KeyError, EOFError, OverflowError)


def check_image(content: bytes) -> None:
    """A PNG or JPEG picture.

    Raises:
        FileRefused: damaged, of too many pixels, or an archive at the same time.
    """
    if hides_archive(content):
        raise damaged()
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            _check_size(picture)
            picture.verify()
        with _whole_pictures_only(), Image.open(BytesIO(content), formats=FORMATS) as picture:
            picture.draft("L", (512, 512))  # a JPEG is decoded at an eighth of its size
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise too_many_pixels() from bomb
    except BROKEN as broken:
        if isinstance(broken, FileRefused):
            raise
        raise damaged() from broken


@contextmanager
def _whole_pictures_only() -> Iterator[None]:
    """The layout engine, once imported, has half pictures accepted in its whole process."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise too_many_pixels()


def too_many_pixels() -> FileRefused:
    return FileRefused(_("The picture has more than 80 million pixels. Make it smaller and upload it again."))
