"""Adding a Eurocluster and describing it: what is done, what is refused, what is written down."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from PIL import Image, PngImagePlugin

from accounts.models import User
from audit.models import Event
from calls import logos, services
from calls.bank_accounts import SepaError
from calls.models import BudgetLine, Eurocluster, LedgerEntry
from calls.states import Role, Strand
from documents import services as documents
from documents.models import Document
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, BudgetLineFactory, EuroclusterFactory, SectorFactory

pytestmark = pytest.mark.django_db
PROFILE = {
    "name": "LOOM",
    "full_name": "Linking origins of mending",
    "mission": "Helps textile SMEs.",
    "accent": "#6b2fa0",
    "strands": [Strand.INNOVATE],
    "website": "https://loom.example/",
    "contact_email": "hello@loom.example",
}
PAYER = {
    "payer_name": "Flanders Textile Valley",
    "payer_iban": "be68 5390 0754 7034",
    "payer_bic": "kred be bb",
    "payer_country": "BE",
    "payer_town": "Kortrijk",
    "payer_postcode": "8500",
    "payer_street": "Etienne Sabbelaan 49",
}


@pytest.fixture
def administrator() -> User:
    return UserFactory(full_name="Ramona Crișan")


@pytest.fixture
def eurocluster() -> Eurocluster:
    return EuroclusterFactory(slug="recentre", reference_prefix="RC")


def create(by: User, **changes: Any) -> Eurocluster:
    values: dict[str, Any] = {
        "slug": "loom",
        "reference_prefix": "LOOM",
        "profile": PROFILE,
        "sectors": [SectorFactory(code="it")],
        "owner_email": "Owner@Textiles.example",
    }
    return services.create_eurocluster(**(values | changes), by=by, at=AT)


def trail(thing: Any) -> list[tuple[str, Any]]:
    return list(Event.objects.about(thing).order_by("id").values_list("action", "data"))


# --- Adding -------------------------------------------------------------------------------------


def test_a_eurocluster_is_added_with_its_first_owner_invited(administrator: User) -> None:
    made = create(administrator)
    assert {name: getattr(made, name) for name in PROFILE} == PROFILE
    assert [sector.code for sector in made.sectors.all()] == ["it"]
    invitation = made.team_invitations.get()
    assert (invitation.email, invitation.role, invitation.invited_by) == (
        "owner@textiles.example",
        Role.OWNER,
        administrator,
    )
    assert trail(made) == [
        ("eurocluster.created", {"slug": "loom"}),
        ("team.invited", {"email": "owner@textiles.example", "role": "owner"}),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "recentre"}, "slug"),
        ({"slug": "calls"}, "slug"),
        ({"slug": "dot"}, "slug"),
        ({"reference_prefix": "RC"}, "reference_prefix"),
    ],
)
def test_names_are_taken_once(
    administrator: User, eurocluster: Eurocluster, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(services.NameTaken) as refused:
        create(administrator, **changes)
    assert refused.value.field == field
    assert list(Eurocluster.objects.all()) == [eurocluster]


def test_a_light_accent_is_refused(administrator: User, eurocluster: Eurocluster) -> None:
    light = PROFILE | {"accent": "#ffee00"}
    with pytest.raises(services.AccentUnreadable) as refused:
        create(administrator, profile=light)
    assert round(refused.value.contrast, 1) == 1.1
    with pytest.raises(services.AccentUnreadable):
        services.update_eurocluster(eurocluster_id=eurocluster.pk, profile=light, sectors=[], by=administrator, at=AT)
    assert trail(eurocluster) == []


def test_a_changed_profile_names_what_changed(administrator: User, eurocluster: Eurocluster) -> None:
    sector = SectorFactory(code="energy")
    for _ in range(2):
        services.update_eurocluster(
            eurocluster_id=eurocluster.pk,
            profile=PROFILE | {"slug": "stolen", "payer_iban": "stolen"},
            sectors=[sector],
            by=administrator,
            at=AT,
        )
    eurocluster.refresh_from_db()
    assert (eurocluster.name, eurocluster.slug, eurocluster.payer_iban) == ("LOOM", "recentre", "")
    assert list(eurocluster.sectors.all()) == [sector]
    changed = ["name", "full_name", "mission", "accent", "website", "contact_email", "sectors"]
    assert trail(eurocluster) == [("eurocluster.changed", {"fields": changed})]


# --- Logo ---------------------------------------------------------------------------------------


def picture(kind: str = "PNG", size: tuple[int, int] = (1200, 300), **options: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "#6b2fa0").save(written, kind, **options)
    return written.getvalue()


def with_secret() -> bytes:
    """A PNG that carries a text, as cameras and editors write them."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a private remark")
    return picture(pnginfo=info)


@pytest.mark.parametrize("content", [picture(), picture("JPEG"), with_secret()], ids=["png", "jpeg", "with a text"])
def test_a_logo_is_drawn_anew(administrator: User, eurocluster: Eurocluster, content: bytes) -> None:
    document = services.set_logo(eurocluster_id=eurocluster.pk, content=content, by=administrator, at=AT)
    stored = documents.read_bytes(document)
    assert b"a private remark" not in stored
    with Image.open(BytesIO(stored)) as shown:
        assert (shown.format, shown.size) == ("PNG", (640, 160))
    assert logos.logo_address(eurocluster) == f"/euroclusters/recentre/logo-{document.sha256[:16]}.png"
    assert trail(eurocluster) == [("eurocluster.logo_changed", {"sha256": document.sha256})]


REFUSED = {
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not a PNG or JPEG"),
    "another kind": (picture("GIF"), "not a PNG or JPEG"),
    "half a file": (picture("JPEG")[:400], "not a PNG or JPEG"),
    "nothing": (b"", "not a PNG or JPEG"),
    "too many bytes": (picture() + b" " * 500_000, "larger than 500 kB"),
    "too wide": (picture(size=(4001, 1)), "wider or higher than 4,000 pixels"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_logo_is_refused(administrator: User, eurocluster: Eurocluster, content: bytes, words: str) -> None:
    with pytest.raises(logos.LogoRefused, match=words):
        services.set_logo(eurocluster_id=eurocluster.pk, content=content, by=administrator, at=AT)
    assert not Document.objects.exists()
    assert logos.logo_address(eurocluster) == ""


# --- Partners and account -----------------------------------------------------------------------


def rows(*names: str, coordinators: int = 1) -> list[dict[str, Any]]:
    return [{"name": name, "country": "BE", "is_coordinator": n < coordinators} for n, name in enumerate(names)]


def test_partners_are_replaced(administrator: User, eurocluster: Eurocluster) -> None:
    for names in (("Techtera", "ATEVAL"), ("Techtera", "ATEVAL"), ("ATEVAL", "Pôle"), ()):
        services.set_partners(eurocluster_id=eurocluster.pk, rows=rows(*names), by=administrator, at=AT)
        assert [partner.name for partner in eurocluster.partners.all()] == list(names)
    assert trail(eurocluster) == [
        ("eurocluster.partners_changed", {"partners": ["Techtera", "ATEVAL"]}),
        ("eurocluster.partners_changed", {"partners": ["ATEVAL", "Pôle"]}),
        ("eurocluster.partners_changed", {"partners": []}),
    ]


def test_affiliates_are_replaced_only_where_they_are_given(administrator: User, eurocluster: Eurocluster) -> None:
    daughter = {"name": "Daughter", "country": "BE", "vat_number": "BE0403170701", "relation": "subsidiary of Techtera"}
    for affiliates in ([daughter], [daughter], None):
        services.set_partners(
            eurocluster_id=eurocluster.pk, rows=rows("Techtera"), affiliates=affiliates, by=administrator, at=AT
        )
    assert eurocluster.affiliates.values("name", "country", "vat_number", "relation").get() == daughter
    services.set_partners(eurocluster_id=eurocluster.pk, rows=rows("Techtera"), affiliates=[], by=administrator, at=AT)
    assert not eurocluster.affiliates.exists()
    assert trail(eurocluster) == [
        ("eurocluster.partners_changed", {"partners": ["Techtera"]}),
        ("eurocluster.affiliates_changed", {"affiliates": ["Daughter"]}),
        ("eurocluster.affiliates_changed", {"affiliates": []}),
    ]


def test_two_affiliates_of_one_name_and_country_are_refused(administrator: User, eurocluster: Eurocluster) -> None:
    twice = [{"name": "Daughter", "country": "BE", "relation": "a"}, {"name": "Daughter", "country": "BE"}]
    with pytest.raises(services.NameTaken):
        services.set_partners(
            eurocluster_id=eurocluster.pk, rows=rows("Techtera"), affiliates=twice, by=administrator, at=AT
        )
    assert not eurocluster.partners.exists()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [(rows("Techtera", "Techtera"), "name"), (rows("Techtera", "ATEVAL", coordinators=2), "is_coordinator")],
)
def test_partners_join_once_and_one_coordinates(
    administrator: User, eurocluster: Eurocluster, wanted: list[dict[str, Any]], field: str
) -> None:
    with pytest.raises(services.NameTaken) as refused:
        services.set_partners(eurocluster_id=eurocluster.pk, rows=wanted, by=administrator, at=AT)
    assert refused.value.field == field
    assert trail(eurocluster) == []


def test_the_paying_account_is_checked_and_masked_in_the_trail(administrator: User, eurocluster: Eurocluster) -> None:
    for _ in range(2):
        services.set_payer_account(eurocluster_id=eurocluster.pk, payer=PAYER, by=administrator, at=AT)
    eurocluster.refresh_from_db()
    assert (eurocluster.payer_iban, eurocluster.payer_bic) == ("BE68539007547034", "KREDBEBB")
    assert trail(eurocluster) == [
        ("eurocluster.payer_changed", {"iban": "BE68…7034", "fields": list(services.euroclusters.PAYER)})
    ]


@pytest.mark.parametrize("wrong", [{"payer_iban": "BE68539007547035"}, {"payer_bic": "KREDXX"}])
def test_a_wrong_account_is_refused(administrator: User, eurocluster: Eurocluster, wrong: dict[str, str]) -> None:
    with pytest.raises(SepaError):
        services.set_payer_account(eurocluster_id=eurocluster.pk, payer=PAYER | wrong, by=administrator, at=AT)
    eurocluster.refresh_from_db()
    assert eurocluster.payer_name == ""


# --- Budget lines -------------------------------------------------------------------------------


def open_line(eurocluster: Eurocluster, by: User, code: str = "innovation") -> BudgetLine:
    return services.create_budget_line(
        eurocluster_id=eurocluster.pk,
        code=code,
        title="Innovation vouchers",
        strand=Strand.INNOVATE,
        allocated_eur=Decimal(1040000),
        reason="Grant agreement, annex 1",
        by=by,
        at=AT,
    )


def test_a_line_opens_with_what_the_grant_gives_it(administrator: User, eurocluster: Eurocluster) -> None:
    line = open_line(eurocluster, administrator)
    assert (line.allocated_eur, line.available_eur) == (Decimal("1040000.00"), Decimal("1040000.00"))
    entry = LedgerEntry.objects.get(line=line)
    assert (entry.source, entry.target, entry.memo, entry.by) == (
        "outside",
        "available",
        "Grant agreement, annex 1",
        administrator,
    )
    assert trail(line) == [("budget_line.created", {"allocated_eur": "1040000", "reason": "Grant agreement, annex 1"})]


def test_a_code_is_used_once_in_a_eurocluster(administrator: User, eurocluster: Eurocluster) -> None:
    BudgetLineFactory(code="innovation")  # of another
    first = open_line(eurocluster, administrator)
    with pytest.raises(services.NameTaken) as refused:
        open_line(eurocluster, administrator)
    assert refused.value.field == "code"
    assert list(eurocluster.budget_lines.all()) == [first]
    with pytest.raises(IntegrityError, match="a_budget_line_code_is_unique_in_a_eurocluster"), transaction.atomic():
        BudgetLineFactory(eurocluster=eurocluster, code="innovation")
