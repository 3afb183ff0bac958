"""Adding a Eurocluster, and what its owner says about it: profile, logo, partners, paying account, budget lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from audit import services as audit
from calls import accents, logos
from calls.bank_accounts import check_bic, check_iban, masked
from calls.models import Affiliate, BudgetLine, ClusterPartner, Eurocluster, Sector
from calls.services.ledger import allocate_to_line, lock_line
from calls.services.teams import invite_to_team
from calls.states import Role
from documents import services as documents
from documents.models import Document

if TYPE_CHECKING:
    from accounts.models import User

#: Words that stand where the short address of a Eurocluster stands in an address or a style class.
NOT_A_SLUG = frozenset({"accents", "calls", "country-lists", "dot", "euroclusters", "name", "new"})
PROFILE = ("name", "full_name", "mission", "accent", "strands", "website", "contact_email", "publishes_with_two")
#: What is said of each partner and affiliate, and what stands for nothing said.
PARTNER = {"name": "", "country": "", "vat_number": "", "is_coordinator": False}
AFFILIATE = {"name": "", "country": "", "vat_number": "", "relation": ""}
PAYER = ("payer_name", "payer_iban", "payer_bic", "payer_country", "payer_town", "payer_postcode", "payer_street")


class NameTaken(Exception):
    """Another one bears it, or the portal needs the word for itself. `field` says which name."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is taken")
        self.field = field


class AccentUnreadable(ValueError):
    """The colour has too little contrast to be read on white."""

    def __init__(self, accent: str) -> None:
        self.contrast = accents.contrast(accent, accents.ON_LIGHT)
        super().__init__(f"{accent}: {self.contrast:.1f}")


def lock_eurocluster(eurocluster_id: int) -> Eurocluster:
    return Eurocluster.objects.select_for_update(of=("self",), no_key=True).get(pk=eurocluster_id)


# --- Profile ----------------------------------------------------------------------------------


@transaction.atomic
def create_eurocluster(
    *,
    slug: str,
    reference_prefix: str,
    profile: Mapping[str, Any],
    sectors: Iterable[Sector],
    owner_email: str,
    by: User,
    at: datetime,
) -> Eurocluster:
    """Add a Eurocluster and invite its first owner. `profile` holds the fields named in PROFILE.

    Raises:
        NameTaken: the short address or the prefix of references is in use.
        AccentUnreadable: the colour is too light.
    """
    _check_accent(profile["accent"])
    _check_free(slug=slug, reference_prefix=reference_prefix)
    made = Eurocluster.objects.create(slug=slug, reference_prefix=reference_prefix, **_only(PROFILE, profile))
    made.sectors.set(sectors)
    audit.record("eurocluster.created", subject=made, actor=by, at=at, slug=slug)
    invite_to_team(eurocluster_id=made.pk, email=owner_email, role=Role.OWNER, by=by, at=at)
    return made


@transaction.atomic
def update_eurocluster(
    *, eurocluster_id: int, profile: Mapping[str, Any], sectors: Iterable[Sector], by: User, at: datetime
) -> Eurocluster:
    """Change the profile. The short address and the prefix of references stay: links and references name them.

    Raises:
        AccentUnreadable: the colour is too light.
    """
    _check_accent(profile["accent"])
    eurocluster = lock_eurocluster(eurocluster_id)
    changed = _assign(eurocluster, _only(PROFILE, profile))
    chosen = {sector.pk for sector in sectors}
    if chosen != set(eurocluster.sectors.values_list("pk", flat=True)):
        eurocluster.sectors.set(chosen)
        changed.append("sectors")
    if changed:
        eurocluster.save(update_fields=[name for name in changed if name != "sectors"])
        audit.record("eurocluster.changed", subject=eurocluster, actor=by, at=at, fields=changed)
    return eurocluster


def _check_accent(accent: str) -> None:
    if not accents.is_readable(accent):
        raise AccentUnreadable(accent)


def _check_free(**names: str) -> None:
    for field, name in names.items():
        if name in NOT_A_SLUG or Eurocluster.objects.filter(**{field: name}).exists():
            raise NameTaken(field)


def _only(names: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _assign(eurocluster: Eurocluster, values: Mapping[str, Any]) -> list[str]:
    changed = [name for name, value in values.items() if getattr(eurocluster, name) != value]
    for name in changed:
        setattr(eurocluster, name, values[name])
    return changed


@transaction.atomic
def set_logo(*, eurocluster_id: int, content: bytes, by: User, at: datetime) -> Document:
    """Keep the picture as the logo from now on; earlier ones stay stored.

    Raises:
        LogoRefused: not a picture that can be shown.
    """
    drawn = logos.redrawn(content)
    eurocluster = lock_eurocluster(eurocluster_id)
    document = documents.reserve_document(
        key=f"logo:{eurocluster.pk}:{at.isoformat()}",
        kind=logos.KIND,
        subject=eurocluster,
        title=f"Logo of {eurocluster.name}",
        filename=f"{eurocluster.slug}.png",
        media_type=logos.MEDIA_TYPE,
        at=at,
        by=by,
    )
    document = documents.fill_with_bytes(document_id=document.pk, content=drawn, at=at)
    audit.record("eurocluster.logo_changed", subject=eurocluster, actor=by, at=at, sha256=document.sha256)
    return document


# --- Partners and account ---------------------------------------------------------------------


@transaction.atomic
def set_partners(
    *,
    eurocluster_id: int,
    rows: Iterable[Mapping[str, Any]],
    by: User,
    at: datetime,
    affiliates: Iterable[Mapping[str, Any]] | None = None,
) -> None:
    """Replace the cluster organisations of the consortium (name, country, vat_number, is_coordinator) and what is tied
    to them (name, country, vat_number, relation); affiliates that are `None` stay as they are.

    Raises:
        NameTaken: two rows name the same organisation, or two coordinate.
    """
    eurocluster = lock_eurocluster(eurocluster_id)
    partners = [_filled(PARTNER, row) for row in rows]
    _check_partners(partners)
    if _replaced(eurocluster, ClusterPartner, PARTNER, partners):
        names = [row["name"] for row in partners]
        audit.record("eurocluster.partners_changed", subject=eurocluster, actor=by, at=at, partners=names)
    tied = None if affiliates is None else [_filled(AFFILIATE, row) for row in affiliates]
    if tied is None:
        return
    _check_affiliates(tied)
    if _replaced(eurocluster, Affiliate, AFFILIATE, tied):
        names = [row["name"] for row in tied]
        audit.record("eurocluster.affiliates_changed", subject=eurocluster, actor=by, at=at, affiliates=names)


def _filled(blank: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name, empty) for name, empty in blank.items()}


def _replaced(eurocluster: Eurocluster, model: Any, names: Iterable[str], wanted: list[dict[str, Any]]) -> bool:
    """Replace the rows of a Eurocluster; False when they are the same."""
    rows = model.objects.filter(eurocluster=eurocluster)
    if {tuple(row.values()) for row in wanted} == set(rows.values_list(*names)):
        return False
    rows.delete()
    model.objects.bulk_create(model(eurocluster=eurocluster, **row) for row in wanted)
    return True


def _check_partners(wanted: list[dict[str, Any]]) -> None:
    if len({row["name"] for row in wanted}) < len(wanted):
        raise NameTaken("name")
    if sum(row["is_coordinator"] for row in wanted) > 1:
        raise NameTaken("is_coordinator")


def _check_affiliates(wanted: list[dict[str, Any]]) -> None:
    if len({(row["name"], row["country"]) for row in wanted}) < len(wanted):
        raise NameTaken("name")


@transaction.atomic
def set_payer_account(*, eurocluster_id: int, payer: Mapping[str, str], by: User, at: datetime) -> Eurocluster:
    """Record the account that payments leave from. `payer` holds the fields named in PAYER.

    Raises:
        SepaError: the IBAN or BIC is not valid.
    """
    checked = dict(payer) | {"payer_iban": check_iban(payer["payer_iban"])}
    if payer.get("payer_bic", "").strip():
        checked["payer_bic"] = check_bic(payer["payer_bic"])
    eurocluster = lock_eurocluster(eurocluster_id)
    if changed := _assign(eurocluster, _only(PAYER, checked)):
        eurocluster.save(update_fields=changed)
        iban = masked(eurocluster.payer_iban)
        audit.record("eurocluster.payer_changed", subject=eurocluster, actor=by, at=at, iban=iban, fields=changed)
    return eurocluster


# --- Budget lines -----------------------------------------------------------------------------


@transaction.atomic
def create_budget_line(
    *,
    eurocluster_id: int,
    code: str,
    title: str,
    strand: str,
    allocated_eur: Decimal,
    reason: str,
    by: User,
    at: datetime,
) -> BudgetLine:
    """Open a line with the money that the grant agreement gives it; `reason` names the place where it says so.

    Raises:
        NameTaken: the Eurocluster has a line with this code.
    """
    eurocluster = lock_eurocluster(eurocluster_id)
    if eurocluster.budget_lines.filter(code=code).exists():
        raise NameTaken("code")
    line = BudgetLine.objects.create(eurocluster=eurocluster, code=code, title=title, strand=strand)
    audit.record("budget_line.created", subject=line, actor=by, at=at, allocated_eur=allocated_eur, reason=reason)
    allocate_to_line(
        line_id=line.pk,
        amount_eur=allocated_eur,
        cause=line,
        key=f"allocation:line:{line.pk}",
        memo=reason,
        by=by,
        at=at,
    )
    line.refresh_from_db()
    return line


@transaction.atomic
def rename_budget_line(*, line_id: int, title: str, strand: str, by: User, at: datetime) -> BudgetLine:
    """Give a line another title or strand. Its code stays: addresses and files name it."""
    line = lock_line(line_id)
    before = {"title": line.title, "strand": line.strand}
    if before != {"title": title, "strand": strand}:
        line.title, line.strand = title, strand
        line.save(update_fields=["title", "strand"])
        audit.record("budget_line.renamed", subject=line, actor=by, at=at, before=before, title=title, strand=strand)
    return line
