"""Declaring the size of an organisation together with its group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications.models import GroupMember, Organisation, SmeDeclaration, SmeDraft
from applications.sizes import case_of, newest_declaration
from applications.sme.result import digest_of, result_of, shares_of
from applications.snapshot import digest_of as digest_of_kept
from audit import services as audit
from documents import services as documents
from notifications import services as notifications

if TYPE_CHECKING:
    from accounts.models import User
    from documents.models import Document


class SizeUnclear(Exception):
    """A figure is missing that could change the result, so there is nothing to declare."""


class SizeChanged(Exception):
    """The own figures are not those that were shown to the person who declares."""


@transaction.atomic
def declare_sme(
    *,
    organisation_id: int,
    surroundings: Mapping[str, Any],
    by: User,
    at: datetime,
    digest: str | None = None,
    draft_version: int | None = None,
) -> SmeDeclaration:
    """Keep what was told of the group, and the size that follows; the newest declaration counts.

    `surroundings` has the form of `applications.sme.reading`; the organisation itself ("A") is added with the figures of
    its description. `digest` names what was shown, `draft_version` the unfinished test that ends with it. Declaring the same
    again gives the same declaration.

    Raises:
        GroupError: the group is wrong, with the place.
        SizeChanged: the description, or the unfinished test, changed since the result was shown.
        SizeUnclear: the category is not known.
    """
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    case = case_of(organisation, surroundings)
    if digest is not None and digest != digest_of(case):
        raise SizeChanged
    result = result_of(case)
    if result["category"] is None:
        raise SizeUnclear
    _end_draft(organisation, draft_version)
    newest = newest_declaration(organisation)
    if newest and newest.group == case:
        return newest
    declaration = _record(organisation, newest.number + 1 if newest else 1, case, result, by, at)
    _follow(organisation, declaration)
    notifications.enqueue_job(
        "applications.render_sme_declaration",
        key=f"sme_declaration:{declaration.pk}",
        payload={"declaration": declaration.pk},
        at=at,
    )
    return declaration


def _end_draft(organisation: Organisation, version: int | None) -> None:
    if version is None:
        return
    ended, _counts = SmeDraft.objects.filter(organisation=organisation, version=version).delete()
    if not ended:
        raise SizeChanged


def _record(
    organisation: Organisation, number: int, case: dict[str, Any], result: dict[str, Any], by: User, at: datetime
) -> SmeDeclaration:
    declaration = SmeDeclaration.objects.create(
        organisation=organisation,
        number=number,
        group=case,
        result=result,
        category=result["category"],
        declared_by=by,
        declared_at=at,
        document=_reserve_declaration(organisation, number, by, at),
    )
    audit.record(
        "organisation.sme_declared",
        subject=organisation,
        actor=by,
        at=at,
        number=number,
        category=declaration.category,
        shares=shares_of(result),
        sha256=digest_of_kept({"group": case, "result": result}),
    )
    return declaration


def _reserve_declaration(organisation: Organisation, number: int, by: User, at: datetime) -> Document:
    return documents.reserve_document(
        key=f"sme_declaration:{organisation.pk}:{number}",
        kind="sme_declaration",
        subject=organisation,
        title=f"SME declaration {number}, {organisation.legal_name}",
        filename=f"sme-declaration-{organisation.pk}-v{number}.pdf",
        at=at,
        by=by,
    )


def _follow(organisation: Organisation, declaration: SmeDeclaration) -> None:
    """The size and the members of the group are those of the newest declaration."""
    organisation.size_category = declaration.category
    organisation.save(update_fields=["size_category"])
    GroupMember.objects.filter(organisation=organisation).delete()
    GroupMember.objects.bulk_create(members_of(declaration))


def members_of(declaration: SmeDeclaration) -> list[GroupMember]:
    return [
        GroupMember(
            organisation_id=declaration.organisation_id,
            name=one["title"],
            country=one["country"],
            vat_number=one["vat_number"][:20],
            is_linked=one["relation"] == "linked",
        )
        for one in declaration.result["members"]
        if one["relation"] in ("linked", "partner", "with_partner")
    ]
