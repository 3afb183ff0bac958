"""Making, sealing and keeping documents. Use as `from documents import services as documents`."""

from documents.services.certificates import (
    CertificateUnknown,
    NothingToReplace,
    keep_certificates_of_receipts,
    mark_compromised,
    replace_certificate,
)
from documents.services.sealing import ReadSeal, read_seal
from documents.services.storing import (
    DocumentDamaged,
    DocumentNotReady,
    Orphans,
    discard_pending,
    fill_with_bytes,
    fill_with_html,
    find_orphans,
    read_bytes,
    reserve_document,
)

__all__ = [
    "CertificateUnknown",
    "DocumentDamaged",
    "DocumentNotReady",
    "NothingToReplace",
    "Orphans",
    "ReadSeal",
    "discard_pending",
    "fill_with_bytes",
    "fill_with_html",
    "find_orphans",
    "keep_certificates_of_receipts",
    "mark_compromised",
    "read_bytes",
    "read_seal",
    "replace_certificate",
    "reserve_document",
]
