"""Putting the seal on a PDF. Only workers do it: what it needs takes half a second to two to import."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from documents.sealing.encoding import certificate_of, issuers_of, sample
from documents.sealing.identity import identity
from documents.sealing.stamps import MOST_BYTES

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

    from documents.certificates import PublicPart, SealIdentity
    from documents.sealing.stamping import Stamper

FIELD = "Seal"


def seal(content: bytes, *, reason: str, stamper: Stamper | None = None) -> bytes:
    """The same PDF with the seal of the portal, and with the time stamp that a `stamper` asks for.

    Raises:
        SealUnusable: the certificate or its key cannot be read.
        StampUnavailable: the service of time stamps gave none.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    one = identity()
    place = None if stamper is None else 2 * stamped_size(one)  # in hexadecimal
    writer = IncrementalPdfFileWriter(BytesIO(content))
    sealed = signers.sign_pdf(writer, meta, _signer(one), timestamper=stamper, bytes_reserved=place)
    return bytes(sealed.getvalue())


def stamped_size(one: PublicPart) -> int:
    """Room for a seal with the largest time stamp. A seal without one is never given as much."""
    return len(sample(one).dump()) + MOST_BYTES + 512


def _signer(one: SealIdentity) -> SimpleSigner:
    from asn1crypto import keys
    from pyhanko.sign.signers import SimpleSigner

    private = one.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=certificate_of(one), signing_key=keys.PrivateKeyInfo.load(private), cert_registry=issuers_of(one)
    )
