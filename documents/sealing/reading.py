"""Telling whether a file carries a seal of the portal, and what that proves.

Files that strangers bring are not parsed as PDF: their seal is found by its byte range, which must span the file from
end to end.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from typing import Any

from cryptography import x509

from documents.certificates import PublicPart
from documents.sealing.encoding import UNREADABLE, certificate_of, is_signed, sample, written_seal
from documents.sealing.found import Reading, Seal, Stamp
from documents.sealing.making import stamped_size
from documents.sealing.stamps import IMPRINT, read_stamp

RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
#: Of several seals in a file only a few are looked at: the portal puts one.
SEALS_READ = 5
NONE = Reading(Seal.FOREIGN)


def read_seal(content: bytes, *, known: Sequence[PublicPart], shapes: Collection[str]) -> Reading:
    """The seal of one of the `known` certificates; time stamps count in the `shapes` that the portal was given before."""
    readings = [_judge(content, match, known, shapes) for match in list(RANGE.finditer(content))[-SEALS_READ:]]
    found = {one.seal: one for one in readings}
    return next((found[seal] for seal in (Seal.WHOLE, Seal.BROKEN) if seal in found), NONE)


def _judge(content: bytes, match: re.Match[bytes], known: Sequence[PublicPart], shapes: Collection[str]) -> Reading:
    start, first, second, length = map(int, match.groups())
    place = content[first:second]
    signed = signed_in(place)
    ours = None if signed is None else maker_of(signed, known)
    if ours is None:
        return NONE
    is_covered = match.end() <= first or match.start() >= second
    spans_all = start == 0 and second + length == len(content) and is_covered
    covered = hashlib.sha256(content[:first] + content[second:]).digest()
    sample(ours)  # what fails here is no fault of the file
    try:
        token = _token_in(signed)
        stamp = None if token is None else read_stamp(token)
        is_whole = spans_all and _is_signed(signed, ours, covered) and _is_written_as_ours(place, signed, ours, token)
        is_stamped = stamp is None or _is_stamp_of(stamp, signed, shapes)
    except UNREADABLE:
        return Reading(Seal.BROKEN, ours)
    return Reading(Seal.WHOLE, ours, stamp) if is_whole and is_stamped else Reading(Seal.BROKEN, ours)


def glance(content: bytes, known: Sequence[PublicPart]) -> Reading | None:
    """Who sealed a file of the portal's own, and when it was stamped, without judging it; None when nobody did."""
    for match in RANGE.finditer(content):
        _start, first, second, _length = map(int, match.groups())
        if (signed := signed_in(content[first:second])) is not None:
            try:
                token = _token_in(signed)
                return Reading(Seal.WHOLE, maker_of(signed, known), read_stamp(token) if token else None)
            except UNREADABLE:
                return Reading(Seal.BROKEN)
    return None


def signed_in(place: bytes) -> Any:
    """The signature in `<hexadecimal>`; None when there is none."""
    from asn1crypto import cms

    if not (place.startswith(b"<") and place.endswith(b">")):
        return None
    try:
        return cms.ContentInfo.load(bytes.fromhex(place[1:-1].decode("ascii")))["content"]
    except UNREADABLE:
        return None


def certificate_inside(content: bytes) -> PublicPart | None:
    """The certificate that a whole seal brings along, of a file that is known to be the portal's own."""
    for match in RANGE.finditer(content):
        _start, first, second, _length = map(int, match.groups())
        signed = signed_in(content[first:second])
        brought = [] if signed is None else certificates_in(signed)
        if (maker := maker_of(signed, brought)) is None:
            continue
        one = PublicPart(certificate=maker.certificate, chain=tuple(c.certificate for c in brought if c != maker))
        if _judge(content, match, [one], ()).seal is Seal.WHOLE:
            return one
    return None


def certificates_in(signed: Any) -> list[PublicPart]:
    try:
        found = [x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"]]
    except UNREADABLE:
        return []
    return [PublicPart(certificate=one) for one in found]


def maker_of(signed: Any, known: Sequence[PublicPart]) -> PublicPart | None:
    """By the number of the certificate and who issued it, which stand in the signature itself."""
    try:
        named = signed["signer_infos"][0]["sid"].chosen
        number, issuer = named["serial_number"].native, named["issuer"].dump()
    except UNREADABLE:
        return None
    fits = ((one.certificate.serial_number, one.certificate.issuer.public_bytes()) for one in known)
    return next((one for one, fit in zip(known, fits, strict=True) if fit == (number, issuer)), None)


def _token_in(signed: Any) -> bytes | None:
    """The time stamp beside the signature."""
    attributes = signed["signer_infos"][0]["unsigned_attrs"]
    return attributes[0]["values"][0].dump() if len(attributes) else None


def _is_written_as_ours(place: bytes, signed: Any, ours: PublicPart, token: bytes | None) -> bool:
    """Every bit of the place is as we write it: what is signed is judged elsewhere, and nothing else may vary.

    A place with room for a time stamp holds one: whoever takes it out is noticed.
    """
    anew = written_seal(ours, signed["signer_infos"][0], token)
    has_room = len(place) - 2 >= 2 * stamped_size(ours)
    padded = b"<" + anew.hex().upper().encode().ljust(len(place) - 2, b"0") + b">"
    return place == padded and has_room == (token is not None)


def _is_stamp_of(stamp: Stamp, signed: Any, shapes: Collection[str]) -> bool:
    signature = signed["signer_infos"][0]["signature"].native
    return stamp.shape in shapes and stamp.imprint == hashlib.new(IMPRINT, signature).digest()


def _is_signed(signed: Any, ours: PublicPart, covered: bytes) -> bool:
    info = signed["signer_infos"][0]
    is_sha256 = info["digest_algorithm"]["algorithm"].native == "sha256"
    return is_sha256 and is_signed(info, certificate_of(ours), "data", covered)
