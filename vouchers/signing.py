"""Who still has to sign an agreement, from rows already read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vouchers import rules
from vouchers.models import GrantAgreement, Signature
from vouchers.states import SIGNABLE


def open_parts(
    user: Any, agreement: GrantAgreement, organisation_ids: Iterable[int], signatures: Iterable[Signature]
) -> list[int | None]:
    """The parties (None: the Eurocluster) for which the person may sign now; a person signs for one party only."""
    signatures = list(signatures)
    if agreement.status not in SIGNABLE or any(one.signed_by_id == user.pk for one in signatures):
        return []
    signed = {one.organisation_id for one in signatures}
    parties = [*organisation_ids, None]
    return [one for one in parties if one not in signed and rules.may_sign_as(user, agreement, one)]
