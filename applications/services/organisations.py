"""Describing an organisation once, for all its applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction

from applications.models import Membership, Organisation
from applications.sme import category_of
from applications.states import MemberRole
from audit import services as audit
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def describe_organisation(*, fields: Mapping[str, Any], sectors: Iterable[Any], by: User, at: datetime) -> Organisation:
    """Register an organisation; whoever describes it first administers it."""
    organisation = Organisation(**fields, created_at=at)
    organisation.size_category = _size_of(organisation)
    organisation.save()
    organisation.sectors.set(sectors)
    Membership.objects.create(organisation=organisation, user=by, role=MemberRole.ADMIN, joined_at=at)
    audit.record("organisation.described", subject=organisation, actor=by, at=at, vat_number=organisation.vat_number)
    return organisation


@transaction.atomic
def update_organisation(
    *, organisation_id: int, fields: Mapping[str, Any], sectors: Iterable[Any], by: User, at: datetime
) -> Organisation:
    """Change the description. What was true at a submission stays on the submission."""
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    changed = sorted(name for name, value in fields.items() if getattr(organisation, name) != value)
    for name in changed:
        setattr(organisation, name, fields[name])
    organisation.size_category = _size_of(organisation)
    organisation.save()
    organisation.sectors.set(sectors)
    audit.record("organisation.changed", subject=organisation, actor=by, at=at, fields=changed)
    return organisation


def _size_of(organisation: Organisation) -> str:
    """All three figures are asked for, so the category is always known."""
    category = category_of(organisation.headcount, organisation.turnover_eur, organisation.balance_sheet_eur)
    assert category is not None
    return category.value


@transaction.atomic
def add_colleague(*, organisation_id: int, email: str, by: User, at: datetime) -> Membership | None:
    """Let a person with an account act for the organisation, and tell the person; `None` when the address has no account."""
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    person = get_user_model().objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None:
        return None
    membership, is_new = Membership.objects.get_or_create(
        organisation=organisation, user=person, left_at=None, defaults={"role": MemberRole.MEMBER, "joined_at": at}
    )
    if is_new:
        audit.record("organisation.member_added", subject=organisation, actor=by, at=at, person=person.email)
        notifications.enqueue(
            "colleague_added",
            to=person,
            about=organisation,
            at=at,
            context={"organisation": organisation, "added_by": by},
            url=organisation.get_absolute_url(),
            key=f"colleague_added:{membership.pk}",
        )
    return membership
