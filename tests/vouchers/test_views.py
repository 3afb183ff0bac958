"""Pages of this room: who reads what, who may do what, and what a mistake keeps."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from calls import services as calls
from calls.states import Role
from documents import services as documents
from tests.factories import vouchers as make
from tests.factories.accounts import UserFactory
from vouchers import services, tasks
from vouchers.models import BankAccount, Claim, GrantAgreement, PaymentBatch, Signature
from vouchers.states import AgreementStatus, BatchStatus, ClaimStatus

REFUSED = "You prepared this batch or acted on one of its claims, so another person has to release it."


def texts(response):
    return [str(message) for message in response.context["messages"]]


def content(response):
    return response.content.decode()


@pytest.fixture
def sign_in(client):
    def as_person(person):
        client.force_login(person)
        return client

    return as_person


@pytest.fixture
def other(db):
    """Another Eurocluster, whose rows could leak."""
    return make.Scene(slug="dream", name="DREAM", prefix="DRM")


# --- Scope ------------------------------------------------------------------------------------
def pages_of(scene):
    """One page of every kind, for the first partner of each."""
    agreement = make.ready(scene)
    claim = make.claimed(scene)[0]
    batch = make.released(scene)
    return {
        "agreement": reverse("agreement_detail", args=[agreement.pk]),
        "document": reverse("agreement_download", args=[agreement.pk]),
        "voucher": reverse("voucher_detail", args=[claim.instalment.voucher_id]),
        "claim": reverse("claim_detail", args=[claim.pk]),
        "finance": reverse("finance_desk", args=[scene.eurocluster.slug]),
        "batch": reverse("batch_detail", args=[batch.pk]),
        "file": reverse("batch_file", args=[batch.pk]),
        "account": reverse("bank_account_edit", args=[claim.instalment.voucher.organisation_id]),
    }


def test_another_eurocluster_and_a_stranger_find_nothing(scene, other, sign_in):
    pages = pages_of(scene)
    for person in (other.people["manager"], other.people["finance"], UserFactory()):
        found = {name: sign_in(person).get(url).status_code for name, url in pages.items()}
        assert found == dict.fromkeys(pages, 404)


def test_a_visitor_is_asked_to_sign_in(scene, client):
    for url in [*pages_of(scene).values(), reverse("agreement_list"), reverse("voucher_list")]:
        response = client.get(url)
        assert (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={url}")


def test_a_partner_reads_the_agreement_but_not_the_other_partners_voucher(scene, sign_in):
    agreement = make.signed(scene)
    lead, partner = make.people_of(agreement)
    first, second = agreement.vouchers.order_by("number")
    response = sign_in(partner).get(reverse("agreement_detail", args=[agreement.pk]))
    assert response.status_code == 200
    assert second.number in content(response)
    assert first.number not in content(response)
    assert sign_in(partner).get(first.get_absolute_url()).status_code == 404
    assert sign_in(lead).get(first.get_absolute_url()).status_code == 200


def test_lists_hold_only_what_one_may_read(scene, other, sign_in):
    mine, theirs = make.signed(scene), make.signed(other)
    for url in (reverse("agreement_list"), reverse("voucher_list")):
        for person in (scene.people["manager"], make.people_of(mine)[0]):
            page = content(sign_in(person).get(url))
            assert mine.application.reference in page
            assert theirs.application.reference not in page


def test_an_observer_reads_and_changes_nothing(scene, sign_in):
    agreement, claim, batch = make.ready(scene), make.claimed(scene)[0], make.batched(scene)
    application = scene.award()
    client = sign_in(scene.people["observer"])
    for url in (agreement.get_absolute_url(), claim.get_absolute_url(), batch.get_absolute_url()):
        page = client.get(url)
        assert page.status_code == 200
        assert 'action="/agreements' not in content(page)
    posts = [
        reverse("agreement_prepare", args=[application.pk]),
        reverse("agreement_prepare_all"),
        reverse("agreement_sign", args=[agreement.pk]),
        reverse("claim_submit", args=[claim.instalment.voucher_id, 1]),
        reverse("claim_approve", args=[claim.pk]),
        reverse("claim_reject", args=[claim.pk]),
        reverse("batch_prepare", args=["recentre"]),
        reverse("batch_release", args=[batch.pk]),
        reverse("batch_cancel", args=[batch.pk]),
        reverse("batch_pay", args=[batch.pk]),
    ]
    assert {url: client.post(url).status_code for url in posts} == dict.fromkeys(posts, 403)
    assert client.get(reverse("batch_file", args=[batch.pk])).status_code == 403


def test_writing_needs_a_post(scene, sign_in):
    batch = make.batched(scene)
    client = sign_in(scene.people["second"])
    for name in ("batch_release", "batch_cancel", "batch_pay"):
        assert client.get(reverse(name, args=[batch.pk])).status_code == 405


# --- Agreements -------------------------------------------------------------------------------
def test_a_manager_prepares_one_agreement_or_all(scene, sign_in):
    first, second, third = scene.award(), scene.award(), scene.award()
    client = sign_in(scene.people["manager"])
    page = content(client.get(reverse("agreement_list")))
    assert all(one.reference in page for one in (first, second, third))
    response = client.post(reverse("agreement_prepare", args=[first.pk]))
    agreement = GrantAgreement.objects.get()
    assert (response.status_code, response.url) == (302, agreement.get_absolute_url())
    response = client.post(reverse("agreement_prepare_all"), follow=True)
    assert texts(response)[-1] == "2 agreements are being made."
    assert GrantAgreement.objects.count() == 3


def test_preparing_for_another_eurocluster_is_not_offered_and_not_done(scene, other, sign_in):
    theirs = other.award()
    client = sign_in(scene.people["manager"])
    assert theirs.reference not in content(client.get(reverse("agreement_list")))
    assert client.post(reverse("agreement_prepare", args=[theirs.pk])).status_code == 404
    client.post(reverse("agreement_prepare_all"))
    assert not GrantAgreement.objects.exists()


def test_the_page_waits_for_the_pdf_and_then_loads_itself(scene, sign_in):
    agreement = make.prepared(scene)
    client = sign_in(scene.people["manager"])
    url = agreement.get_absolute_url()
    assert f'hx-get="{url}"' in content(client.get(url))
    assert client.get(url, headers={"hx-request": "true"}).status_code == 204
    response = client.get(reverse("agreement_download", args=[agreement.pk]), follow=True)
    assert texts(response) == ["The PDF is being prepared. Please try again in a moment."]
    documents.fill_with_bytes(document_id=agreement.document_id, content=make.PDF, at=make.AT)
    services.mark_agreement_ready(agreement_id=agreement.pk, at=make.AT)
    assert client.get(url, headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_the_pdf_is_a_download(scene, sign_in):
    agreement = make.ready(scene)
    response = sign_in(make.people_of(agreement)[1]).get(reverse("agreement_download", args=[agreement.pk]))
    assert b"".join(response.streaming_content) == make.PDF
    assert response["Content-Disposition"] == f'attachment; filename="{agreement.number}.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"


def sign_data(agreement, party, **fields):
    return {
        "party": party,
        "document_sha256": agreement.document.sha256,
        "signatory_name": "Ana Pop",
        "agreed": "on",
    } | fields


def test_a_partner_signs_for_its_own_organisation(scene, sign_in):
    agreement = make.ready(scene)
    lead = make.people_of(agreement)[0]
    party = agreement.application.participations.get(role="lead").organisation_id
    page = content(sign_in(lead).get(agreement.get_absolute_url()))
    assert "Sign for Nordfurn SRL" in page
    assert "Sign for Legno Digitale" not in page
    assert f'value="{agreement.document.sha256}"' in page
    url = reverse("agreement_sign", args=[agreement.pk])
    response = sign_in(lead).post(url, sign_data(agreement, party), follow=True)
    assert texts(response) == ["Signed for Nordfurn SRL."]
    signature = Signature.objects.get()
    assert (signature.organisation_id, signature.signed_by, signature.ip_address) == (party, lead, "127.0.0.1")
    assert "127.0.0.1" in content(response)
    assert "Sign for Nordfurn SRL" not in content(response)


def test_signing_twice_lands_on_the_same_page(scene, sign_in):
    agreement = make.ready(scene)
    party = agreement.application.participations.get(role="lead").organisation_id
    client = sign_in(make.people_of(agreement)[0])
    url = reverse("agreement_sign", args=[agreement.pk])
    answers = [client.post(url, sign_data(agreement, party)) for _ in range(3)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, agreement.get_absolute_url())}
    assert Signature.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"signatory_name": ""}, "Your full name: This field is required."),
        ({"agreed": ""}, "Confirm this before you sign."),
    ],
)
def test_a_signature_that_lacks_something_keeps_what_was_typed(scene, sign_in, fields, problem):
    agreement = make.ready(scene)
    party = agreement.application.participations.get(role="lead").organisation_id
    data = sign_data(agreement, party, signatory_name="Ana-Maria Pop") | fields
    response = sign_in(make.people_of(agreement)[0]).post(reverse("agreement_sign", args=[agreement.pk]), data)
    page = content(response)
    assert response.status_code == 200
    assert problem in page
    assert "Error:" in page[page.index("<title>") : page.index("</title>")]
    if fields.get("signatory_name") is None:
        assert 'value="Ana-Maria Pop"' in page
    assert not Signature.objects.exists()


def test_signing_another_document_or_for_others_is_refused(scene, sign_in):
    agreement = make.ready(scene)
    lead, partner = make.people_of(agreement)
    party = agreement.application.participations.get(role="lead").organisation_id
    url = reverse("agreement_sign", args=[agreement.pk])
    response = sign_in(lead).post(url, sign_data(agreement, party, document_sha256="0" * 64), follow=True)
    assert texts(response) == ["This is not the document you saw. Read it again before you sign. Nothing was signed."]
    assert sign_in(partner).post(url, sign_data(agreement, party)).status_code == 403
    assert sign_in(lead).post(url, sign_data(agreement, "")).status_code == 403
    assert sign_in(lead).post(url, sign_data(agreement, "999999")).status_code == 404
    assert not Signature.objects.exists()


def test_all_signatures_in_the_browser_put_the_agreement_into_force(scene, sign_in):
    agreement = make.ready(scene)
    url = reverse("agreement_sign", args=[agreement.pk])
    rows = agreement.application.participations.order_by("role", "pk")
    for person, row in zip(make.people_of(agreement), rows, strict=True):
        sign_in(person).post(url, sign_data(agreement, row.organisation_id, signatory_name=person.full_name))
    response = sign_in(scene.people["manager"]).post(url, sign_data(agreement, ""), follow=True)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.SIGNED
    assert [f"-V{n}" in content(response) for n in (1, 2)] == [True, True]


# --- Vouchers, accounts, claims ---------------------------------------------------------------
def test_the_account_is_typed_with_spaces_and_shown_masked(scene, sign_in):
    voucher = make.signed(scene).vouchers.order_by("number").first()
    client = sign_in(voucher.organisation.memberships.get().user)
    url = reverse("bank_account_edit", args=[voucher.organisation_id])
    data = {
        "holder": "Nordfurn SRL",
        "iban": "ro49 aaaa 1b31 0075 9384 0000",
        "bic": "",
        "next": voucher.get_absolute_url(),
    }
    response = client.post(url, data, follow=True)
    assert response.redirect_chain == [(voucher.get_absolute_url(), 302)]
    assert texts(response) == ["Payments go to RO49…0000 from now on."]
    page = content(client.get(url))
    assert "RO49…0000" in page
    assert "RO49AAAA1B31007593840000" not in page


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"iban": "RO49 AAAA 1B31 0075 9384 0001"}, "is not a valid IBAN. Check for a missing or swapped character."),
        ({"bic": "XX"}, "“XX” is not a valid BIC."),
        ({"holder": ""}, "Account holder: This field is required."),
    ],
)
def test_a_wrong_account_is_explained_and_kept(scene, sign_in, fields, problem):
    voucher = make.signed(scene).vouchers.first()
    url = reverse("bank_account_edit", args=[voucher.organisation_id])
    data = {"holder": "Nordfurn", "iban": make.IBANS[0], "bic": ""} | fields
    page = content(sign_in(voucher.organisation.memberships.get().user).post(url, data))
    assert problem in page
    assert all(f'value="{value}"' in page for value in data.values() if value)
    assert not BankAccount.objects.exists()


def test_the_way_back_never_leaves_the_portal(scene, sign_in):
    voucher = make.signed(scene).vouchers.first()
    url = reverse("bank_account_edit", args=[voucher.organisation_id])
    data = {"holder": "N", "iban": make.IBANS[0], "next": "https://evil.example/"}
    assert sign_in(voucher.organisation.memberships.get().user).post(url, data).url == url


def test_a_team_reads_an_organisation_but_not_its_account_page(scene, sign_in):
    voucher = make.signed(scene).vouchers.first()
    url = reverse("bank_account_edit", args=[voucher.organisation_id])
    assert sign_in(scene.people["finance"]).get(url).status_code == 403


def test_claiming_in_the_browser(scene, sign_in):
    voucher = make.with_account(make.signed(scene).vouchers.order_by("number").first())
    client = sign_in(voucher.organisation.memberships.get().user)
    page = content(client.get(voucher.get_absolute_url()))
    assert "€15,000.00 will be paid to Nordfurn SRL, RO49…0000." in page
    url = reverse("claim_submit", args=[voucher.pk, 1])
    answers = [client.post(url, {"confirmed": "on", "note": "As agreed."}) for _ in range(2)]
    claim = Claim.objects.get()
    assert {answer.url for answer in answers} == {claim.get_absolute_url()}
    assert (claim.note, claim.amount_eur) == ("As agreed.", Decimal("15000.00"))


def test_an_unconfirmed_claim_keeps_its_note(scene, sign_in):
    voucher = make.with_account(make.signed(scene).vouchers.first())
    client = sign_in(voucher.organisation.memberships.get().user)
    page = content(client.post(reverse("claim_submit", args=[voucher.pk, 1]), {"note": "Please hurry."}))
    assert "Confirm this before you claim." in page
    assert "Please hurry." in page
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("position", "has_account", "problem"),
    [
        (2, True, "This instalment is not due yet. Nothing was claimed."),
        (1, False, "State your bank account first; then claim the instalment."),
    ],
)
def test_a_claim_out_of_turn_is_refused_in_words(scene, sign_in, position, has_account, problem):
    voucher = make.signed(scene).vouchers.first()
    if has_account:
        make.with_account(voucher)
    client = sign_in(voucher.organisation.memberships.get().user)
    response = client.post(reverse("claim_submit", args=[voucher.pk, position]), {"confirmed": "on"})
    assert texts(response) == [problem]
    assert client.post(reverse("claim_submit", args=[voucher.pk, 9]), {"confirmed": "on"}).status_code == 404


def test_only_who_pays_sees_the_whole_account(scene, sign_in):
    claim = make.claimed(scene)[0]
    whole = "RO49 AAAA 1B31 0075 9384 0000"
    assert whole in content(sign_in(scene.people["finance"]).get(claim.get_absolute_url()))
    for person in (scene.people["observer"], scene.people["manager"], claim.submitted_by):
        page = content(sign_in(person).get(claim.get_absolute_url()))
        assert whole not in page
        assert "RO49…0000" in page


def test_an_applicant_does_not_read_which_officer_decided(scene, sign_in):
    claim = make.approved(scene)[0]
    page = content(sign_in(claim.submitted_by).get(claim.get_absolute_url()))
    assert "Claim approved" in page
    assert "Franco Finanza" not in page
    assert "Franco Finanza" in content(sign_in(scene.people["observer"]).get(claim.get_absolute_url()))


def test_approving_and_rejecting_in_the_browser(scene, sign_in):
    first, second = make.claimed(scene)
    client = sign_in(scene.people["finance"])
    response = client.post(reverse("claim_approve", args=[first.pk]), follow=True)
    assert texts(response) == [f"Claim {first.number} is approved."]
    page = content(client.post(reverse("claim_reject", args=[second.pk]), {"reason": ""}))
    assert "Reason: This field is required." in page
    client.post(reverse("claim_reject", args=[second.pk]), {"reason": "Wrong account."})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status, second.reason) == ("approved", "rejected", "Wrong account.")


def test_approving_ones_own_claim_is_refused_and_recorded(scene, sign_in, actions):
    claim = make.claimed(scene)[0]
    calls.give_role(user=claim.submitted_by, role=Role.FINANCE, eurocluster=scene.eurocluster, by=None, at=make.AT)
    response = sign_in(claim.submitted_by).post(reverse("claim_approve", args=[claim.pk]), follow=True)
    assert texts(response) == [
        "You submitted this claim, so another person has to approve it. The attempt is recorded."
    ]
    assert actions(claim) == ["claim.submitted", "claim.approval_refused"]


# --- Batches ----------------------------------------------------------------------------------
def batch_data(claims, day):
    return {"claims": [one.pk for one in claims], "execution_on": day.isoformat()}


def test_preparing_a_batch_in_the_browser(scene, sign_in):
    claims = make.approved(scene)
    client = sign_in(scene.people["finance"])
    page = content(client.get(reverse("finance_desk", args=["recentre"])))
    assert all(one.number in page for one in claims)
    today = timezone.localdate()
    response = client.post(reverse("batch_prepare", args=["recentre"]), batch_data(claims[:1], today))
    batch = PaymentBatch.objects.get()
    assert response.url == batch.get_absolute_url()
    assert (batch.total_eur, batch.execution_on) == (Decimal("15000.00"), today)


@pytest.mark.parametrize(
    ("days", "chosen", "problem"),
    [
        (-1, 2, "Day of execution: This day is past. Choose today or a later day."),
        (91, 2, "Day of execution: Choose a day within the next 90 days."),
        (1, 0, "Claims to pay: Choose at least one claim."),
    ],
)
def test_a_wrong_batch_is_explained_and_kept(scene, sign_in, days, chosen, problem):
    claims = make.approved(scene)
    day = timezone.localdate() + timedelta(days=days)
    client = sign_in(scene.people["finance"])
    page = content(client.post(reverse("batch_prepare", args=["recentre"]), batch_data(claims[:chosen], day)))
    assert problem in page
    assert f'value="{day.isoformat()}"' in page
    assert page.count(" checked>") == chosen
    assert not PaymentBatch.objects.exists()


def test_a_claim_that_is_gone_from_the_list_is_refused(scene, other, sign_in):
    claims = [*make.approved(scene), *make.approved(other)]
    data = batch_data(claims, timezone.localdate())
    page = content(sign_in(scene.people["finance"]).post(reverse("batch_prepare", args=["recentre"]), data))
    assert "One of the claims is not waiting for payment any more." in page
    assert not PaymentBatch.objects.exists()


@pytest.mark.parametrize("second_role", [None, Role.OWNER])
def test_releasing_ones_own_batch_is_refused_and_recorded(scene, sign_in, actions, second_role):
    batch = make.batched(scene)
    preparer = scene.people["finance"]
    if second_role:
        calls.give_role(user=preparer, role=second_role, eurocluster=scene.eurocluster, by=None, at=make.AT)
    client = sign_in(preparer)
    assert reverse("batch_release", args=[batch.pk]) not in content(client.get(batch.get_absolute_url()))
    response = client.post(reverse("batch_release", args=[batch.pk]), follow=True)
    assert texts(response) == [f"{REFUSED} The attempt is recorded."]
    batch.refresh_from_db()
    assert batch.status == BatchStatus.PREPARED
    assert actions(batch) == ["batch.prepared", "batch.release_refused"]
    assert Event.objects.about(batch).get(action="batch.release_refused").actor == preparer
    assert "Release refused" in content(response)


def test_release_download_and_paid_in_the_browser(scene, sign_in):
    batch = make.batched(scene)
    client = sign_in(scene.people["owner"])
    client.post(reverse("batch_release", args=[batch.pk]))
    client.post(reverse("batch_release", args=[batch.pk]))
    waiting = client.get(reverse("batch_file", args=[batch.pk]), follow=True)
    assert texts(waiting)[-1] == "There is no bank file yet. It is written when the batch is released."
    assert client.get(batch.get_absolute_url(), headers={"hx-request": "true"}).status_code == 204
    assert "Mark as paid" not in content(sign_in(scene.people["finance"]).get(batch.get_absolute_url()))
    tasks.write_bank_file({"batch": batch.pk}, at=make.AT)
    client = sign_in(scene.people["finance"])
    assert client.get(batch.get_absolute_url(), headers={"hx-request": "true"})["HX-Refresh"] == "true"
    assert "Mark as paid" in content(client.get(batch.get_absolute_url()))
    files = [b"".join(client.get(reverse("batch_file", args=[batch.pk])).streaming_content) for _ in range(2)]
    assert files[0] == files[1]
    assert files[0].startswith(b"<?xml")
    for _ in range(2):
        client.post(reverse("batch_pay", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.status == BatchStatus.PAID
    scene.line.refresh_from_db()
    assert (scene.line.committed_eur, scene.line.paid_eur) == (Decimal("26000.00"), Decimal("26000.01"))


def test_an_owner_may_release_but_not_mark_as_paid(scene, sign_in):
    batch = make.released(scene)
    assert sign_in(scene.people["owner"]).post(reverse("batch_pay", args=[batch.pk])).status_code == 403


def test_cancelling_and_its_refusal_in_words(scene, sign_in):
    batch = make.batched(scene)
    client = sign_in(scene.people["finance"])
    url = reverse("batch_cancel", args=[batch.pk])
    assert texts(client.post(url, follow=True)) == [
        f"Batch {batch.number} is cancelled. Its claims wait for payment again."
    ]
    assert texts(client.post(url, follow=True)) == ["The batch was released or paid; it cannot be cancelled any more."]
    assert set(Claim.objects.values_list("status", flat=True)) == {ClaimStatus.APPROVED}


# --- Cost of pages ----------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize(
    ("who", "name", "arguments", "queries"),
    [
        ("manager", "agreement_list", [], 11),
        ("manager", "voucher_list", [], 9),
        ("finance", "finance_desk", ["recentre"], 7),
    ],
)
def test_lists_cost_the_same_for_one_row_and_four(
    scene, sign_in, django_assert_num_queries, rows, who, name, arguments, queries
):
    for _ in range(rows):
        scene.award()
        make.claimed(scene, "20000.00")
        make.approved(scene, "10000.00")
        make.batched(scene, "10000.00")
    client = sign_in(scene.people[who])
    with django_assert_num_queries(queries):
        assert client.get(reverse(name, args=arguments)).status_code == 200


def test_single_pages_stay_within_twelve_queries(scene, sign_in, django_assert_max_num_queries):
    agreement, claim, batch = make.ready(scene), make.approved(scene)[0], make.paid(scene)
    voucher = claim.instalment.voucher
    for who in ("manager", "finance"):
        client = sign_in(scene.people[who])
        for thing in (agreement, claim, batch, voucher):
            with django_assert_max_num_queries(12):
                assert client.get(thing.get_absolute_url()).status_code == 200
    for person, thing in ((make.people_of(agreement)[0], agreement), (claim.submitted_by, voucher)):
        client = sign_in(person)
        with django_assert_max_num_queries(12):
            assert client.get(thing.get_absolute_url()).status_code == 200
