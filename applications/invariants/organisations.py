"""What an organisation says of itself is its newest version, its size follows from what it told, and somebody runs it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Exists, F, Max, OuterRef

from applications.models import Membership, Organisation, OrganisationVersion, SmeDeclaration
from applications.organisation_versions import changes_between, description_of
from applications.services.organisations import size_that_follows
from applications.services.sme import members_of
from applications.states import MemberRole

#: Sectors are named anew by the platform, and a size is also declared; it is judged by itself.
NOT_KEPT_ALONE = {"sectors", "size_category"}


def violations() -> Iterator[str]:
    yield from _without_administrator()
    yield from _not_as_described()
    yield from _of_another_size()
    yield from _declarations_not_followed()


def _without_administrator() -> Iterator[str]:
    present = Membership.objects.filter(organisation=OuterRef("pk"), left_at=None, role=MemberRole.ADMIN)
    for row in Organisation.objects.filter(~Exists(present), memberships__isnull=False).distinct():
        yield f"organisation {row.pk} has no administrator"


def _not_as_described() -> Iterator[str]:
    versions = OrganisationVersion.objects.filter(number=F("organisation__version"))
    kept = dict(versions.values_list("organisation", "content"))
    for row in Organisation.objects.prefetch_related("sectors").iterator(chunk_size=200):
        changes = changes_between(kept.get(row.pk, {}), description_of(row))
        if names := [change.name for change in changes if change.name not in NOT_KEPT_ALONE]:
            yield f"organisation {row.pk}: {', '.join(names)} differ from version {row.version}"
    counted = Organisation.objects.annotate(kept=Count("versions"), last=Max("versions__number")).exclude(kept=0)
    for row in counted.exclude(kept=F("version"), last=F("version")):
        yield f"organisation {row.pk} is at version {row.version} and keeps {row.kept}"


def _of_another_size() -> Iterator[str]:
    for row in Organisation.objects.filter(periods__isnull=False).distinct().iterator():
        declared = row.sme_declarations.order_by("-number").values_list("category", flat=True).first()
        if row.size_category not in (size_that_follows(row), declared):
            yield f"organisation {row.pk} is {row.size_category}, which does not follow from what it told"


def _declarations_not_followed() -> Iterator[str]:
    newest = SmeDeclaration.objects.order_by("organisation_id", "-number").distinct("organisation_id")
    for declaration in newest.select_related("organisation"):
        if declaration.category != declaration.result["category"]:
            yield f"SME declaration {declaration}: its size is not that of its result"
        of_rows = declaration.organisation.group_members.values_list("name", "country", "vat_number", "is_linked")
        told = [(one.name, one.country, one.vat_number, one.is_linked) for one in members_of(declaration)]
        if sorted(of_rows) != sorted(told):
            yield f"organisation {declaration.organisation_id}: its group is not that of declaration {declaration.number}"
