"""Whether a receipt is one that the portal issued, as it issued it, and what its seal proves. Nothing else is told of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from applications.models import Submission
from documents import services as documents
from documents.models import Document
from documents.sealing import Seal

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from documents.services import ReadSeal


class Verdict(TextChoices):
    INTACT = "intact", _("Intact")
    CHANGED = "changed", _("Changed")
    DOUBTFUL = "doubtful", _("Doubtful")
    UNKNOWN = "unknown", _("Unknown")


@dataclass(frozen=True)
class Verification:
    """`seal` is there where a file was given, and carries one that is whole."""

    verdict: Verdict
    seal: ReadSeal | None = None


def verify_file(upload: UploadedFile) -> Verification:
    """A file is known by its bytes; one that is not, but carries the portal's seal, was changed unless the seal is whole."""
    content = upload.read()
    read = documents.read_seal(content)
    seal = read if read.seal is Seal.WHOLE else None
    if Document.objects.filter(kind="receipt", sha256=hashlib.sha256(content).hexdigest()).exists():
        return Verification(Verdict.INTACT, seal)
    if seal is not None:
        return Verification(Verdict.DOUBTFUL if seal.is_doubtful else Verdict.INTACT, seal)
    return Verification(Verdict.CHANGED if read.seal is Seal.BROKEN else Verdict.UNKNOWN)


def verify_words(reference: str, sha256: str) -> Verification:
    """A reference with another fingerprint is as unknown as one that does not exist: nobody learns which exist."""
    rows = Submission.objects.filter(application__reference__iexact=reference, sha256=sha256)
    return Verification(Verdict.INTACT if rows.exists() else Verdict.UNKNOWN)
