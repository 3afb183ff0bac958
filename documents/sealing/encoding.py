"""Signatures (CMS) as bytes: one that is put together anew from its parts must be the same to the last bit.

What is signed in a signature is judged by its signature. Everything else in it could vary without breaking it, and is
therefore compared: for a seal with what the portal itself writes, for a time stamp by its shape.
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import asn1crypto.tsp  # noqa: F401 — first of all: it tells asn1crypto what seals and stamps consist of
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    from documents.certificates import PublicPart

#: What reading a stranger's signature may end in: its parts are looked at one by one, and any may be missing.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError)
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # 1.2.840.113549.1.7.2
TIME_STAMP_ATTRIBUTE = bytes.fromhex("060b2a864886f70d010910020e")  # 1.2.840.113549.1.9.16.2.14


def certificate_of(one: PublicPart) -> x509.Certificate:
    return x509.Certificate.load(one.certificate.public_bytes(Encoding.DER))


def issuers_of(one: PublicPart) -> SimpleCertificateStore:
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    for issuer in one.chain:
        store.register(x509.Certificate.load(issuer.public_bytes(Encoding.DER)))
    return store


@lru_cache(maxsize=32)
def sample(one: PublicPart) -> Any:
    """A seal over nothing with a signature of zeros, made without the key."""
    from pyhanko.sign.signers import ExternalSigner

    signer = ExternalSigner(certificate_of(one), issuers_of(one))
    return asyncio.run(signer.async_sign(hashlib.sha256(b"").digest(), "sha256", use_pades=True))


def written_seal(one: PublicPart, signer_info: Any, stamp: bytes | None) -> bytes:
    """The seal that this certificate makes with these signed attributes and this signature, in DER (RFC 5652)."""
    ours = sample(one)["content"]
    unsigned = b"" if stamp is None else der(0xA1, der(0x30, TIME_STAMP_ATTRIBUTE + der(0x31, stamp)))
    signed = signer_info["signed_attrs"].contents, signer_info["signature"].contents
    return _put_together(ours, ours["signer_infos"][0], ours["encap_content_info"].dump(), *signed, unsigned)


def written_stamp(token: Any, content: bytes, attributes: bytes, signature: bytes) -> bytes:
    """A time stamp token with another content, other signed attributes and another signature."""
    info = token["signer_infos"][0]
    inside = der(0x30, token["encap_content_info"]["content_type"].dump() + der(0xA0, der(0x04, content)))
    return _put_together(token, info, inside, attributes, signature, info["unsigned_attrs"].dump())


def shape_of(token: Any) -> str:
    """What a token says apart from what is signed in it, as SHA-256."""
    return hashlib.sha256(written_stamp(token, b"", b"", b"")).hexdigest()


def is_signed(info: Any, certificate: x509.Certificate, kind: str, digest: bytes) -> bool:
    """Whether the certificate signed the content of this kind that has this digest."""
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    try:
        intact, valid = validate_sig_integrity(info, certificate, kind, digest)
    except (SignatureValidationError, SigningError):
        return False
    return bool(intact and valid)


def _put_together(
    signed: Any, info: Any, content: bytes, attributes: bytes, signature: bytes, unsigned: bytes
) -> bytes:
    before = b"".join(info[name].dump() for name in ("version", "sid", "digest_algorithm"))
    own = before + der(0xA0, attributes) + info["signature_algorithm"].dump() + der(0x04, signature) + unsigned
    around = signed["version"].dump() + signed["digest_algorithms"].dump() + content
    around += signed["certificates"].dump() + signed["crls"].dump()
    inner = der(0x30, around + der(0x31, der(0x30, own)))
    return der(0x30, SIGNED_DATA + der(0xA0, inner))


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
