"""What is answered and typed in the SME test of an organisation, kept until it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.models import SmeDraft, SmeDraftVersion
from applications.services.organisations import lock_organisation

if TYPE_CHECKING:
    from accounts.models import User


#: Of so many savings the versions are kept, to put together what colleagues type at once.
MOST_VERSIONS = 50


class SmeDraftMoved(Exception):
    """Somebody else saved the test since it was read, or it was declared; `theirs` is what stands there now."""

    def __init__(self, theirs: SmeDraft | None) -> None:
        super().__init__()
        self.theirs = theirs


@transaction.atomic
def keep_sme_draft(
    *, organisation_id: int, typed: Mapping[str, Any], expected_version: int, by: User, at: datetime
) -> SmeDraft:
    """Keep the test as it was typed over `expected_version` (0: nothing yet). One's own earlier pages are no conflict.

    Raises:
        SmeDraftMoved: a colleague saved it meanwhile, or declared it. Nothing is overwritten.
    """
    organisation = lock_organisation(organisation_id)
    row = SmeDraft.objects.filter(organisation=organisation).select_related("saved_by").first()
    if row is not None and row.typed == typed:
        return row
    if _is_of_a_colleague(row, expected_version, by) or (row is None and expected_version > 0):
        raise SmeDraftMoved(row)
    row = row or SmeDraft(organisation=organisation, version=0)
    row.typed, row.version = dict(typed), row.version + 1
    row.saved_by, row.saved_at = by, at
    row.save()
    _keep_version(row)
    return row


def _is_of_a_colleague(row: SmeDraft | None, expected_version: int, by: User) -> bool:
    """Whether somebody else saved it after the version that the page was read at, even if the person did so since."""
    if row is None or row.version == expected_version:
        return False
    return row.saved_by_id != by.pk or row.versions.filter(number__gt=expected_version).exclude(saved_by=by).exists()


def _keep_version(row: SmeDraft) -> None:
    SmeDraftVersion.objects.create(
        draft=row, number=row.version, typed=row.typed, saved_by=row.saved_by, saved_at=row.saved_at
    )
    row.versions.filter(number__lte=row.version - MOST_VERSIONS).delete()
