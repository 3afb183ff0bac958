"""Whether a receipt is one that the portal issued, as it issued it. Nothing else is told of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from applications.models import Submission
from documents import sealing
from documents.models import Document

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class Verdict(TextChoices):
    INTACT = "intact", _("Intact")
    CHANGED = "changed", _("Changed")
    UNKNOWN = "unknown", _("Unknown")


def verdict_of_file(upload: UploadedFile) -> Verdict:
    """A file is known by its bytes; one that is not, but carries the portal's seal, was changed unless the seal is whole."""
    content = upload.read()
    if Document.objects.filter(kind="receipt", sha256=hashlib.sha256(content).hexdigest()).exists():
        return Verdict.INTACT
    return {
        sealing.Seal.WHOLE: Verdict.INTACT,
        sealing.Seal.BROKEN: Verdict.CHANGED,
        sealing.Seal.FOREIGN: Verdict.UNKNOWN,
    }[sealing.seal_of(content)]


def verdict_of_words(reference: str, sha256: str) -> Verdict:
    """A reference with another fingerprint is as unknown as one that does not exist: nobody learns which exist."""
    rows = Submission.objects.filter(application__reference__iexact=reference, sha256=sha256)
    return Verdict.INTACT if rows.exists() else Verdict.UNKNOWN
