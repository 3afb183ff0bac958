"""The seal of the portal on a PDF (PAdES, baseline B-B), and telling whether a seal is whole.

A seal covers every byte of the file but its own place, and certifies that nothing may be added. Files that strangers
bring are not parsed as PDF: their seal is found by its byte range, which must span the file from end to end.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from enum import Enum
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.utils import timezone

from documents.certificates import SealIdentity, development_identity, read_identity

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Seal"
RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
#: Of several seals in a file only a few are looked at: the portal puts one.
SEALS_READ = 5
#: What reading a stranger's signature may end in: its parts are looked at one by one, and any may be missing.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError)
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # 1.2.840.113549.1.7.2


class Seal(Enum):
    """What a file says about its seal."""

    WHOLE = "whole"
    BROKEN = "broken"
    FOREIGN = "foreign"  # no seal, or somebody else's


def identity() -> SealIdentity:
    """The certificate that the settings name, or the one of this machine.

    Raises:
        SealUnusable: see `documents.certificates`.
    """
    return _identity(settings.SEAL_CERTIFICATE, settings.SEAL_KEY, settings.SEAL_PASSPHRASE, str(settings.VAR_DIR))


@cache
def _identity(certificate: str, key: str, passphrase: str, folder: str) -> SealIdentity:
    if certificate:
        return read_identity(Path(certificate), Path(key or certificate), passphrase)
    return development_identity(Path(folder), timezone.now())


def is_development() -> bool:
    return identity().is_development


def seal(content: bytes, *, reason: str) -> bytes:
    """The same PDF with the seal of the portal."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers  # half a second to two, and only workers need it

    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    sealed = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(content)), meta, _signer(identity()))
    return sealed.getvalue()


def _signer(one: SealIdentity) -> SimpleSigner:
    from asn1crypto import keys, x509
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    for issuer in one.chain:
        store.register(x509.Certificate.load(issuer.public_bytes(Encoding.DER)))
    private = one.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=x509.Certificate.load(one.certificate.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )


def seal_of(content: bytes) -> Seal:
    """Whether a file carries the portal's seal, and whether it is whole."""
    found = {_judge(content, match) for match in list(RANGE.finditer(content))[-SEALS_READ:]}
    return next((one for one in (Seal.WHOLE, Seal.BROKEN) if one in found), Seal.FOREIGN)


def _judge(content: bytes, match: re.Match[bytes]) -> Seal:
    start, first, second, length = map(int, match.groups())
    place = content[first:second]
    signed = _signed_in(place)
    if signed is None or not _is_ours(signed):
        return Seal.FOREIGN
    is_covered = match.end() <= first or match.start() >= second
    spans_all = start == 0 and second + length == len(content) and is_covered
    covered = hashlib.sha256(content[:first] + content[second:]).digest()
    is_whole = spans_all and _is_signed(signed, covered) and _is_written_as_ours(place, signed)
    return Seal.WHOLE if is_whole else Seal.BROKEN


def _signed_in(place: bytes) -> Any:
    """The signature in `<hexadecimal>`; None when there is none."""
    from asn1crypto import cms

    if not (place.startswith(b"<") and place.endswith(b">")):
        return None
    try:
        return cms.ContentInfo.load(bytes.fromhex(place[1:-1].decode("ascii")))["content"]
    except UNREADABLE:
        return None


def _is_written_as_ours(place: bytes, signed: Any) -> bool:
    """Every bit of the place is as we write it: what is signed is judged elsewhere, and nothing else may vary."""
    info = signed["signer_infos"][0]
    anew = _written(_sample(identity())["content"], info["signed_attrs"].contents, info["signature"].contents)
    return place == b"<" + anew.hex().upper().encode().ljust(len(place) - 2, b"0") + b">"


def _written(sample: Any, attributes: bytes, signature: bytes) -> bytes:
    """A signature of ours with other signed attributes, in DER (RFC 5652, section 5)."""
    ours = sample["signer_infos"][0]
    before = b"".join(ours[name].dump() for name in ("version", "sid", "digest_algorithm"))
    signed = _der(0xA0, attributes) + ours["signature_algorithm"].dump() + _der(0x04, signature)
    around = b"".join(
        sample[name].dump() for name in ("version", "digest_algorithms", "encap_content_info", "certificates")
    )
    inner = _der(0x30, around + _der(0x31, _der(0x30, before + signed)))
    return _der(0x30, SIGNED_DATA + _der(0xA0, inner))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


@cache
def _sample(one: SealIdentity) -> Any:
    """A signature of ours over nothing."""
    signing = _signer(one).async_sign(hashlib.sha256(b"").digest(), "sha256", use_pades=True)
    return asyncio.run(signing)


def _is_ours(signed: Any) -> bool:
    """By the number of the certificate and who issued it, which stand in the signature itself."""
    ours = identity().certificate
    try:
        named = signed["signer_infos"][0]["sid"].chosen
        return (
            named["serial_number"].native == ours.serial_number and named["issuer"].dump() == ours.issuer.public_bytes()
        )
    except UNREADABLE:
        return False


def _is_signed(signed: Any, covered: bytes) -> bool:
    from asn1crypto import x509
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    ours = x509.Certificate.load(identity().certificate.public_bytes(Encoding.DER))
    try:
        info = signed["signer_infos"][0]
        if info["digest_algorithm"]["algorithm"].native != "sha256":
            return False
        intact, valid = validate_sig_integrity(info, ours, "data", covered)
    except (SignatureValidationError, SigningError, *UNREADABLE):
        return False
    return bool(intact and valid)
