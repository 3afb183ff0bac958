"""The pages of a Eurocluster's owner and of administrators: saved, refused with what was typed, separate per Eurocluster."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from calls import logos, services
from calls.models import Eurocluster, TeamInvitation
from calls.states import Role
from tests.factories.accounts import UserFactory
from tests.factories.calls import BudgetLineFactory, EuroclusterFactory, SectorFactory, TeamRoleFactory, team_member

pytestmark = pytest.mark.django_db
EMAIL = "new@textiles.example"
NEW = "/manage/euroclusters/new/"


@pytest.fixture
def eurocluster() -> Eurocluster:
    return EuroclusterFactory(slug="recentre", name="RE-CENTRE", reference_prefix="RC")


@pytest.fixture
def owner(client: Client, eurocluster: Eurocluster) -> User:
    user = team_member(eurocluster, Role.OWNER)
    client.force_login(user)
    return user


@pytest.fixture
def administrator(client: Client) -> User:
    user = TeamRoleFactory(role=Role.ADMINISTRATOR, eurocluster=None).user
    client.force_login(user)
    return user


def invited(eurocluster: Eurocluster, email: str = EMAIL, **ago: int) -> TeamInvitation:
    by = team_member(eurocluster, Role.OWNER)
    at = timezone.now() - timedelta(**ago)
    return services.invite_to_team(eurocluster_id=eurocluster.pk, email=email, role=Role.FINANCE, by=by, at=at)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "LOOM",
        "full_name": "Linking origins of mending",
        "mission": "Helps textile SMEs.",
        "accent": "#6B2FA0",
        "strands": ["innovate"],
        "slug": "loom",
        "reference_prefix": "LOOM",
        "owner_email": EMAIL,
    } | changes


# --- Adding -------------------------------------------------------------------------------------


def test_an_administrator_adds_a_eurocluster(client: Client, administrator: User) -> None:
    sector = SectorFactory(code="it")
    answer = client.post(NEW, typed(sectors=[sector.pk]))
    assert answer.headers["Location"] == "/manage/loom/partners/"
    made = Eurocluster.objects.get(slug="loom")
    assert (made.accent, list(made.sectors.all())) == ("#6b2fa0", [sector])
    assert made.team_invitations.get().email == EMAIL
    assert "LOOM" in client.get("/manage/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("accent", "#ffee00", "its contrast is 1.1 to 1, at least 4.5 is needed."),
        ("accent", "red", "Write the colour as # and six digits"),
        ("slug", "recentre", "This is in use already"),
        ("slug", "calls", "This is in use already, or the portal needs it."),
        ("slug", "no slug", "Enter a valid “slug”"),
        ("reference_prefix", "RC", "This is in use already"),
        ("reference_prefix", "rc1", "Write two to six capital letters."),
        ("owner_email", "nobody", "Enter a valid email address."),
        ("strands", [], "This field is required."),
        ("website", "javascript:alert(1)", "Enter a valid URL."),
    ],
)
def test_a_refused_eurocluster_keeps_what_was_typed(
    client: Client, administrator: User, eurocluster: Eurocluster, field: str, value: Any, words: str
) -> None:
    answer = client.post(NEW, typed(**{field: value}))
    assert words in answer.content.decode()
    assert answer.context["form"]["mission"].value() == "Helps textile SMEs."
    assert list(Eurocluster.objects.all()) == [eurocluster]


def test_a_team_sees_its_own_in_the_list(client: Client, owner: User) -> None:
    EuroclusterFactory(name="Zirbel-canary")
    text = client.get("/manage/").content.decode()
    assert "RE-CENTRE" in text
    assert "Zirbel-canary" not in text
    assert NEW not in text


# --- Profile ------------------------------------------------------------------------------------


def picture(colour: str = "#6b2fa0") -> SimpleUploadedFile:
    written = BytesIO()
    Image.new("RGB", (300, 100), colour).save(written, "PNG")
    return SimpleUploadedFile("logo.png", written.getvalue(), content_type="image/png")


def test_an_owner_changes_the_profile_and_the_logo(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    answer = client.post("/manage/recentre/profile/", typed(logo=picture(), slug="stolen"))
    assert answer.headers["Location"] == "/manage/recentre/"
    eurocluster.refresh_from_db()
    assert (eurocluster.name, eurocluster.slug, eurocluster.reference_prefix) == ("LOOM", "recentre", "RC")
    address = logos.logo_address(eurocluster)
    client.logout()
    assert address in client.get("/euroclusters/recentre/").content.decode()
    shown = client.get(address)
    assert b"".join(shown).startswith(b"\x89PNG")
    assert {name: shown[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")} == {
        "Content-Type": "image/png",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    assert shown["Content-Disposition"] == 'inline; filename="recentre.png"'


def test_a_logo_is_shown_by_its_own_eurocluster_only(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    other = EuroclusterFactory(slug="other")
    client.post("/manage/recentre/profile/", typed(logo=picture()))
    address = logos.logo_address(eurocluster)
    assert client.get(address.replace("recentre", other.slug)).status_code == 404
    assert client.get("/euroclusters/recentre/logo-0123456789abcdef.png").status_code == 404


def test_a_new_logo_has_a_new_address(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    client.post("/manage/recentre/profile/", typed(logo=picture()))
    first = logos.logo_address(eurocluster)
    client.post("/manage/recentre/profile/", typed(logo=picture("#1b7043")))
    assert logos.logo_address(eurocluster) != first
    client.post("/manage/recentre/profile/", typed(logo=picture()))
    assert logos.logo_address(eurocluster) == first


def test_a_refused_logo_saves_nothing(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    script = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>", content_type="image/png")
    answer = client.post("/manage/recentre/profile/", typed(logo=script))
    assert "The file is not a PNG or JPEG picture." in answer.content.decode()
    assert answer.context["form"]["name"].value() == "LOOM"
    eurocluster.refresh_from_db()
    assert (eurocluster.name, logos.logo_address(eurocluster)) == ("RE-CENTRE", "")


# --- Partners, account, lines -------------------------------------------------------------------


def partner_rows(*rows: tuple[str, str, str]) -> dict[str, str]:
    data = {"partners-TOTAL_FORMS": str(len(rows)), "partners-INITIAL_FORMS": "0", **affiliate_rows()}
    for place, (name, country, coordinates) in enumerate(rows):
        data |= {f"partners-{place}-name": name, f"partners-{place}-country": country}
        data |= {f"partners-{place}-is_coordinator": coordinates} if coordinates else {}
    return data


def affiliate_rows(*rows: tuple[str, str, str, str]) -> dict[str, str]:
    data = {"affiliates-TOTAL_FORMS": str(len(rows)), "affiliates-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        named = zip(("name", "country", "vat_number", "relation"), row, strict=True)
        data |= {f"affiliates-{place}-{name}": value for name, value in named}
    return data


def test_vat_numbers_and_affiliates_are_kept_as_they_are_compared(
    client: Client, eurocluster: Eurocluster, owner: User
) -> None:
    data = partner_rows(("Cluj IT", "RO", "on")) | {"partners-0-vat_number": "3803 1225"}
    data |= affiliate_rows(
        ("Nordic Daughter", "NO", "no 974 760 673", "subsidiary of Cluj IT"), ("Parent", "IT", "", "its parent")
    )
    assert client.post("/manage/recentre/partners/", data).headers["Location"] == "/manage/recentre/"
    assert list(eurocluster.partners.values_list("name", "vat_number")) == [("Cluj IT", "RO38031225")]
    assert list(eurocluster.affiliates.values_list("name", "country", "vat_number", "relation")) == [
        ("Nordic Daughter", "NO", "NO974760673", "subsidiary of Cluj IT"),
        ("Parent", "IT", "", "its parent"),
    ]
    page = client.get("/manage/recentre/partners/")
    assert [form["name"].value() for form in page.context["affiliates"]] == ["Nordic Daughter", "Parent", None, None]


@pytest.mark.parametrize(
    ("affiliates", "words"),
    [
        ((("Daughter", "RO", "38031226", "owned"),), "is not a valid VAT number of RO"),
        ((("Daughter", "NO", "9" * 21, "owned"),), "at most 20 characters"),
        ((("Daughter", "RO", "", ""),), "This field is required."),
        ((("Daughter", "RO", "", "a"), ("Daughter", "RO", "", "b")), "Two rows name the same affiliate."),
    ],
)
def test_refused_affiliates_leave_partners_as_they_are(
    client: Client, eurocluster: Eurocluster, owner: User, affiliates: Any, words: str
) -> None:
    answer = client.post(
        "/manage/recentre/partners/", partner_rows(("Techtera", "FR", "on")) | affiliate_rows(*affiliates)
    )
    assert words in answer.content.decode()
    assert "<title>Error:" in answer.content.decode().replace("\n", "")
    assert eurocluster.partners.count() == eurocluster.affiliates.count() == 0


def test_partners_stand_on_the_public_page_with_their_roles(
    client: Client, eurocluster: Eurocluster, owner: User
) -> None:
    data = partner_rows(("Techtera", "FR", "on"), ("ATEVAL", "ES", ""), ("", "", ""))
    assert client.post("/manage/recentre/partners/", data).headers["Location"] == "/manage/recentre/"
    text = client.get("/euroclusters/recentre/").content.decode()
    assert "France · coordinator" in text
    assert "Spain · partner" in text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("Techtera", "FR", ""), ("Techtera", "ES", "")), "Two rows name the same organisation."),
        ((("Techtera", "FR", "on"), ("ATEVAL", "ES", "on")), "Only one organisation coordinates the consortium."),
        ((("Techtera", "XX", ""),), "Select a valid choice."),
        ((("", "FR", ""),), "This field is required."),
    ],
)
def test_refused_partners_keep_what_was_typed(
    client: Client, eurocluster: Eurocluster, owner: User, rows: Any, words: str
) -> None:
    answer = client.post("/manage/recentre/partners/", partner_rows(*rows))
    assert words in answer.content.decode()
    assert answer.context["formset"].forms[0]["name"].value() == rows[0][0]
    assert eurocluster.partners.count() == 0


PAYER = {
    "payer_name": "Flanders Textile Valley",
    "payer_iban": "BE68 5390 0754 7034",
    "payer_town": "Kortrijk",
    "payer_country": "BE",
}


def test_an_owner_enters_the_paying_account(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    answer = client.post("/manage/recentre/payer/", PAYER, follow=True)
    assert "BE68…7034" in answer.content.decode()
    eurocluster.refresh_from_db()
    assert (eurocluster.payer_iban, eurocluster.payer_town) == ("BE68539007547034", "Kortrijk")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"payer_iban": "BE68539007547035"}, "“BE68539007547035” is not a valid IBAN."),
        ({"payer_bic": "KREDXX"}, "“KREDXX” is not a valid BIC."),
        ({"payer_town": ""}, "This field is required."),
    ],
)
def test_a_refused_account_keeps_what_was_typed(
    client: Client, eurocluster: Eurocluster, owner: User, wrong: dict[str, str], words: str
) -> None:
    answer = client.post("/manage/recentre/payer/", PAYER | wrong)
    assert words in answer.content.decode()
    assert answer.context["form"]["payer_name"].value() == "Flanders Textile Valley"
    eurocluster.refresh_from_db()
    assert eurocluster.payer_iban == ""


LINE = {
    "title": "Innovation",
    "code": "innovation",
    "strand": "innovate",
    "allocated_eur": "1,040,000.50",
    "reason": "Annex 1",
}


def test_an_administrator_opens_a_line(client: Client, eurocluster: Eurocluster, administrator: User) -> None:
    answer = client.post("/manage/recentre/budget/new/", LINE)
    assert answer.headers["Location"] == "/manage/recentre/budget/"
    assert str(eurocluster.budget_lines.get().available_eur) == "1040000.50"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"allocated_eur": "-1"}, "Ensure this value is greater than or equal to 0.01."),
        ({"allocated_eur": "much"}, "Enter a number."),
        ({"reason": ""}, "This field is required."),
        ({"code": "taken"}, "The Eurocluster has a line with this code already."),
    ],
)
def test_a_refused_line_keeps_what_was_typed(
    client: Client, eurocluster: Eurocluster, administrator: User, wrong: dict[str, str], words: str
) -> None:
    taken = BudgetLineFactory(eurocluster=eurocluster, code="taken")
    answer = client.post("/manage/recentre/budget/new/", LINE | wrong)
    assert words in answer.content.decode()
    assert answer.context["form"]["title"].value() == "Innovation"
    assert list(eurocluster.budget_lines.all()) == [taken]


# --- Team ---------------------------------------------------------------------------------------


def test_an_owner_invites_and_cancels(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    answer = client.post("/manage/recentre/team/", {"email": EMAIL, "role": "finance"}, follow=True)
    assert f"The invitation to {EMAIL} is on its way." in answer.content.decode()
    invitation = eurocluster.team_invitations.get()
    answer = client.post(f"/manage/recentre/team/invitations/{invitation.pk}/cancel/", follow=True)
    assert f"The invitation to {EMAIL} no longer works." in answer.content.decode()
    answer = client.post(f"/manage/recentre/team/invitations/{invitation.pk}/cancel/", follow=True)
    assert "accepted or cancelled meanwhile" in answer.content.decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "no address", "role": "finance"}, "Enter a valid email address."),
        ({"email": EMAIL, "role": "administrator"}, "Select a valid choice."),
        ({"email": EMAIL, "role": "finance"}, "This person holds the role already, or is invited to it."),
    ],
)
def test_a_refused_invitation_keeps_what_was_typed(
    client: Client, eurocluster: Eurocluster, owner: User, data: dict[str, str], words: str
) -> None:
    invited(eurocluster)
    answer = client.post("/manage/recentre/team/", data)
    assert words in answer.content.decode()
    assert answer.context["form"]["email"].value() == data["email"]
    assert eurocluster.team_invitations.count() == 1


def test_things_of_another_eurocluster_are_not_touched(client: Client, owner: User) -> None:
    other = EuroclusterFactory()
    invitation, foreign = invited(other), team_member(other).team_roles.get()
    assert client.post(f"/manage/recentre/team/invitations/{invitation.pk}/cancel/").status_code == 404
    assert client.post(f"/manage/recentre/team/{foreign.pk}/end/").status_code == 404
    invitation.refresh_from_db()
    foreign.refresh_from_db()
    assert (invitation.is_pending, foreign.ended_at) == (True, None)
    assert EMAIL not in client.get("/manage/recentre/team/").content.decode()


def test_invitations_are_shown_to_those_who_invite(client: Client, eurocluster: Eurocluster) -> None:
    invited(eurocluster)
    client.force_login(team_member(eurocluster, Role.MANAGER))
    assert EMAIL not in client.get("/manage/recentre/team/").content.decode()


def test_an_owner_ends_roles_but_not_the_last_owners(client: Client, eurocluster: Eurocluster, owner: User) -> None:
    held, own = team_member(eurocluster).team_roles.get(), owner.team_roles.get()
    assert client.post(f"/manage/recentre/team/{held.pk}/end/").headers["Location"] == "/manage/recentre/team/"
    answer = client.post(f"/manage/recentre/team/{own.pk}/end/")
    assert answer.headers["Location"] == "/manage/recentre/team/"
    own.refresh_from_db()
    held.refresh_from_db()
    assert (own.ended_at, held.ended_at is None) == (None, False)
    assert "This is the only owner." in client.get("/manage/recentre/team/").content.decode()


OWN_PAGES = ("", "profile/", "partners/", "payer/", "team/", "budget/")


def test_no_page_tells_of_another_eurocluster(client: Client, owner: User) -> None:
    other = EuroclusterFactory(slug="other", name="Canary name", payer_name="Canary payer", mission="Canary mission")
    other.partners.create(name="Canary partner", country="BE")
    BudgetLineFactory(eurocluster=other, code="canary-line", title="Canary line")
    invited(other, "canary@textiles.example")
    TeamRoleFactory(eurocluster=other, role=Role.OWNER, user=UserFactory(full_name="Canary owner"))
    for page in OWN_PAGES:
        own, foreign = client.get(f"/manage/recentre/{page}"), client.get(f"/manage/other/{page}")
        assert (page, own.status_code, foreign.status_code) == (page, 200, 404)
        assert "canary" not in (own.content + foreign.content).decode().lower()
    for page in ("/manage/", "/desk/"):
        assert "canary" not in client.get(page).content.decode().lower()
    client.force_login(team_member(other, Role.OWNER))
    for page in OWN_PAGES:
        assert "canary" in client.get(f"/manage/other/{page}").content.decode().lower()


# --- Answering an invitation --------------------------------------------------------------------


def test_a_signed_out_person_reads_the_invitation_and_is_sent_to_sign_up(
    client: Client, eurocluster: Eurocluster
) -> None:
    here = f"/team-invitations/{invited(eurocluster).token}/"
    answer = client.get(here)
    text = answer.content.decode()
    assert "Finance officer" in text
    assert f"/accounts/signup/?next={here.replace('/', '%2F')}" in text
    assert EMAIL not in text
    assert "no-store" in answer["Cache-Control"]
    assert client.post(here).headers["Location"] == f"/accounts/login/?next={here}"


def test_the_invited_person_accepts(client: Client, eurocluster: Eurocluster) -> None:
    invitation, person = invited(eurocluster), UserFactory(email=EMAIL)
    client.force_login(person)
    here = f"/team-invitations/{invitation.token}/"
    assert "Accept the invitation" in client.get(here).content.decode()
    answer = client.post(here, follow=True)
    assert answer.redirect_chain == [("/manage/recentre/", 302)]
    assert "Welcome to the team of RE-CENTRE. Your role: Finance officer." in answer.content.decode()
    assert "It was accepted." in client.post(here).content.decode()


def test_another_person_does_not_accept(client: Client, eurocluster: Eurocluster) -> None:
    person = UserFactory()
    client.force_login(person)
    here = f"/team-invitations/{invited(eurocluster).token}/"
    answer = client.post(here)
    assert answer.status_code == 403
    assert "was sent to another address" in answer.content.decode()
    assert EMAIL not in answer.content.decode()
    assert person.team_roles.count() == 0


def test_an_expired_invitation_says_so(client: Client, eurocluster: Eurocluster) -> None:
    client.force_login(UserFactory(email=EMAIL))
    here = f"/team-invitations/{invited(eurocluster, days=15).token}/"
    for answer in (client.get(here), client.post(here)):
        assert "Its time has passed." in answer.content.decode()


# --- Queries ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_team(
    client: Client, eurocluster: Eurocluster, owner: User, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        team_member(eurocluster)
        invited(eurocluster, f"{number}@textiles.example")
    with django_assert_num_queries(6):
        client.get("/manage/recentre/team/")


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_list(client: Client, administrator: User, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        team_member(EuroclusterFactory())
    with django_assert_num_queries(4):
        client.get("/manage/")


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_partners(
    client: Client, eurocluster: Eurocluster, owner: User, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        eurocluster.partners.create(name=f"Partner {number}", country="BE")
    with django_assert_num_queries(6):
        client.get("/manage/recentre/partners/")
