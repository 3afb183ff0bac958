"""What a seal and its time stamp say. Light, so that pages may know these words; reading them is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from documents.certificates import PublicPart


class Seal(Enum):
    """What a file says about its seal."""

    WHOLE = "whole"
    BROKEN = "broken"
    FOREIGN = "foreign"  # no seal, or somebody else's


@dataclass(frozen=True)
class Stamp:
    """`shape` names its authority's certificates and the form of its stamps, `fingerprint` its own certificate."""

    by: str
    at: datetime
    imprint: bytes
    nonce: int | None
    shape: str
    fingerprint: str


@dataclass(frozen=True)
class Reading:
    """`certificate` made the seal, `stamp` is its time: of a broken seal neither is worth anything."""

    seal: Seal
    certificate: PublicPart | None = None
    stamp: Stamp | None = None
