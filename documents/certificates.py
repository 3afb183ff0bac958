"""The certificate with which the portal seals what it issues: read, judged, and made where none is set up.

Without Django, so that an image can be built with `python -m documents.certificates FILE NAME`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

DEVELOPMENT = "development, not trusted"
DEVELOPMENT_FILE = "seal-development.pem"
DEVELOPMENT_YEARS = 10


class SealUnusable(Exception):
    """The certificate or its key cannot be read, or they do not belong together."""


@dataclass(frozen=True, kw_only=True)
class PublicPart:
    """A certificate without its key; `chain` are those of its issuers, as far as they stand in its file."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def name(self) -> str:
        common = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(common[0].value) if common else self.certificate.subject.rfc4514_string()

    @property
    def pem(self) -> str:
        return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in (self.certificate, *self.chain))

    @property
    def is_development(self) -> bool:
        return DEVELOPMENT in self.certificate.subject.rfc4514_string().replace("\\", "")

    def is_valid_at(self, at: datetime) -> bool:
        return self.certificate.not_valid_before_utc <= at < self.certificate.not_valid_after_utc


@dataclass(frozen=True, kw_only=True)
class SealIdentity(PublicPart):
    """A certificate with its key."""

    key: PrivateKeyTypes


def read_public(pem: str) -> PublicPart:
    first, *chain = x509.load_pem_x509_certificates(pem.encode())
    return PublicPart(certificate=first, chain=tuple(chain))


def read_identity(certificate: Path, key: Path, passphrase: str = "") -> SealIdentity:
    """Read PEM files; both may be the same file.

    Raises:
        SealUnusable: a file is missing or no PEM, the passphrase is wrong, or the key belongs to another certificate.
    """
    try:
        first, *chain = x509.load_pem_x509_certificates(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), passphrase.encode() or None)
    except (OSError, ValueError, TypeError) as error:
        raise SealUnusable(str(error)) from error
    if private.public_key() != first.public_key():
        raise SealUnusable("the key belongs to another certificate")
    return SealIdentity(key=private, certificate=first, chain=tuple(chain))


def development_identity(folder: Path, at: datetime) -> SealIdentity:
    """The certificate of this machine, made on first use; of two processes that make it at once one is kept."""
    path = folder / DEVELOPMENT_FILE
    if not path.exists():
        _put_once(path, new_pem(f"Eurocluster portal ({DEVELOPMENT})", at))
    return read_identity(path, path)


def renew_development_identity(folder: Path, at: datetime) -> None:
    """Another certificate of this machine in the place of the one there was; the old key is gone."""
    unfinished = _written_beside(folder / DEVELOPMENT_FILE, new_pem(f"Eurocluster portal ({DEVELOPMENT})", at))
    unfinished.replace(folder / DEVELOPMENT_FILE)


def new_pem(name: str, at: datetime) -> bytes:
    """A key without passphrase and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365 * DEVELOPMENT_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_sealing(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain + certificate.public_bytes(serialization.Encoding.PEM)


def _for_sealing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _put_once(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable by its owner only; what is there already stays."""
    unfinished = _written_beside(path, content)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return
    finally:
        unfinished.unlink()


def _written_beside(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return Path(unfinished)


def main(arguments: Sequence[str]) -> None:
    path, name = arguments
    _put_once(Path(path), new_pem(name, datetime.now(UTC)))


if __name__ == "__main__":
    main(sys.argv[1:])
