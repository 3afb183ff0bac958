"""Time stamps of third parties (RFC 3161): what a token says, and whether it is whole."""

from __future__ import annotations

import hashlib
from typing import Any

from documents.sealing.encoding import UNREADABLE, is_signed, shape_of, written_stamp
from documents.sealing.found import Stamp

MOST_BYTES = 12 * 1024  # a token with the certificates of its issuers has 2 to 8 KiB
IMPRINT = "sha256"


class StampBroken(ValueError):
    """Not a time stamp, or one that was changed."""


def read_stamp(token: bytes) -> Stamp:
    """What a token says. Whose certificate it is, nobody has judged yet.

    Raises:
        StampBroken: it is not signed by the certificate in it, or that one is not for time stamps or was not valid then.
    """
    try:
        return _read(token)
    except StampBroken:
        raise
    except UNREADABLE as error:
        raise StampBroken("no time stamp, or a broken one") from error


def _read(token: bytes) -> Stamp:
    from asn1crypto import cms, tsp

    signed = cms.ContentInfo.load(token, strict=True)["content"]
    info, content = signed["signer_infos"][0], signed["encap_content_info"]["content"]
    if written_stamp(signed, content.contents, info["signed_attrs"].contents, info["signature"].contents) != token:
        raise StampBroken("more or less than one signature in DER")
    authority = _authority_in(signed, info)
    if not _is_signed(info, authority, content.contents):
        raise StampBroken("not signed by its certificate")
    said = tsp.TSTInfo.load(content.contents, strict=True)
    at = said["gen_time"].native
    if not authority.not_valid_before <= at <= authority.not_valid_after:
        raise StampBroken("its certificate was not valid then")
    imprint = said["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != IMPRINT:
        raise StampBroken("another kind of imprint")
    return Stamp(
        by=_name_of(authority),
        at=at,
        imprint=imprint["hashed_message"].native,
        nonce=said["nonce"].native,
        shape=shape_of(signed),
        fingerprint=hashlib.sha256(authority.dump()).hexdigest(),
    )


def _authority_in(signed: Any, info: Any) -> Any:
    named = info["sid"].chosen
    number, issuer = named["serial_number"].native, named["issuer"].dump()
    found = [one.chosen for one in signed["certificates"]]
    found = [one for one in found if (one.serial_number, one.issuer.dump()) == (number, issuer)]
    if len(found) != 1 or found[0].extended_key_usage_value.native != ["time_stamping"]:
        raise StampBroken("no certificate for time stamps")
    return found[0]


def _is_signed(info: Any, authority: Any, content: bytes) -> bool:
    kind = info["digest_algorithm"]["algorithm"].native
    if kind not in ("sha256", "sha384", "sha512"):
        raise StampBroken("signed over a digest that is not safe")
    return is_signed(info, authority, "tst_info", hashlib.new(kind, content).digest())


def _name_of(authority: Any) -> str:
    names = authority.subject.native
    name = names.get("common_name") or names.get("organization_name") or authority.subject.human_friendly
    return str(name if isinstance(name, str) else name[0])[:300]
