"""Partners stand behind their costs and declarations before the lead submits."""

import pytest
from django.urls import reverse

from applications import services
from applications.confirming import confirmed_ids, fingerprints
from applications.models import Application, Participation
from audit.models import Event
from notifications.models import Message
from tests.factories.applications import AT, draft, fill_in, hand_in, join, lead_of, member_of, partner_of, ready
from tests.factories.calls import CLOSES_AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]


def partner_in(application: Application) -> Participation:
    return application.participations.select_related("organisation").get(role="partner")


def fingerprint(application: Application, row: Participation) -> str:
    return fingerprints(application, [row], application.answers.all())[row.pk]


def is_confirmed(application: Application) -> bool:
    rows = list(application.participations.all())
    return partner_in(application).pk in confirmed_ids(application, rows, application.answers.all())


def confirm(application: Application, **changes):
    row = partner_in(application)
    given = {"sha256": fingerprint(application, row), "by": partner_of(application), "at": AT} | changes
    return services.confirm_participation(application_id=application.pk, participation_id=row.pk, **given)


def change(application: Application, *, section: str = "costs", by_lead: bool = False, **answers) -> None:
    """Change an answer of the partner, or with `by_lead` of the lead's own sections."""
    row = application.participations.get(role="lead" if by_lead else "partner")
    saved = application.answers.get(section_code=section, participation=row)
    services.save_section(
        application_id=application.pk,
        section=application.form.parsed().section(section),
        participation_id=row.pk,
        answers=saved.answers | answers,
        expected_version=saved.version,
        by=member_of(row.organisation),
        at=AT,
    )


def test_without_the_partner_the_lead_cannot_submit() -> None:
    application = ready()
    change(application, staff_costs="77.00")
    with pytest.raises(services.NotEligible) as refused:
        services.submit_application(application_id=application.pk, number=1, by=lead_of(application), at=AT)
    assert [one.code for one in refused.value.results] == ["partners_confirmed"]
    assert partner_in(application).organisation.legal_name in refused.value.results[0].evidence
    confirm(application)
    submission = services.submit_application(application_id=application.pk, number=1, by=lead_of(application), at=AT)
    assert submission.number == 1


def test_a_confirmation_names_what_was_read() -> None:
    application = ready()
    before = fingerprint(application, partner_in(application))
    change(application, staff_costs="77.00")
    with pytest.raises(services.ConfirmedOtherwise):
        confirm(application, sha256=before)
    assert not is_confirmed(application)


def test_changing_the_sections_takes_it_back_and_only_those() -> None:
    application = ready()
    assert is_confirmed(application)
    change(application, by_lead=True, staff_costs="88.00")
    assert is_confirmed(application)
    change(application, staff_costs="77.00")
    assert not is_confirmed(application)


def test_confirming_twice_is_one_event() -> None:
    application = ready()
    confirm(application)
    confirm(application)
    assert Event.objects.filter(action="participation.confirmed").count() == 1
    told = Message.objects.filter(kind="participation_confirmed")
    assert [one.recipient for one in told] == [lead_of(application)]


def test_what_is_not_complete_cannot_be_confirmed() -> None:
    application = draft()
    join(application)
    with pytest.raises(services.Incomplete) as refused:
        confirm(application)
    assert {task.section.code for task in refused.value.tasks} == {"costs", "declarations"}


def test_the_lead_confirms_by_submitting() -> None:
    application = ready()
    lead = application.participations.get(role="lead")
    with pytest.raises(services.NothingToConfirm):
        services.confirm_participation(
            application_id=application.pk, participation_id=lead.pk, sha256="", by=lead_of(application), at=AT
        )


def test_after_the_deadline_nothing_is_confirmed() -> None:
    application = ready()
    change(application, staff_costs="77.00")
    with pytest.raises(services.CallClosed):
        confirm(application, at=CLOSES_AT)


def test_a_changed_version_is_submitted_only_after_a_new_confirmation() -> None:
    application = ready()
    hand_in(application)
    change(application, staff_costs="77.00")
    with pytest.raises(services.NotEligible):
        services.submit_application(application_id=application.pk, number=2, by=lead_of(application), at=AT)
    confirm(application)
    services.submit_application(application_id=application.pk, number=2, by=lead_of(application), at=AT)


# --- The pages -------------------------------------------------------------------------------


def test_the_partner_reads_and_confirms(client) -> None:
    application = ready()
    change(application, staff_costs="77.00")
    row = partner_in(application)
    client.force_login(partner_of(application))
    page = client.get(application.get_absolute_url()).content.decode()
    address = reverse("participation_confirm", args=[application.pk, row.pk])
    assert "Changed since it confirmed" in page
    assert f'href="{address}"' in page
    page = client.get(address).content.decode()
    assert "€77" in page
    assert fingerprint(application, row) in page
    refused = client.post(address, {"sha256": fingerprint(application, row)})
    assert refused.status_code == 422
    assert "Tick this before you confirm." in refused.content.decode()
    done = client.post(address, {"sha256": fingerprint(application, row), "confirmed": "on"})
    assert done.headers["Location"] == application.get_absolute_url()
    assert is_confirmed(application)


def test_a_change_while_reading_is_shown_and_not_confirmed(client) -> None:
    application = ready()
    row = partner_in(application)
    client.force_login(partner_of(application))
    address = reverse("participation_confirm", args=[application.pk, row.pk])
    read = fingerprint(application, row)
    change(application, staff_costs="77.00")
    response = client.post(address, {"sha256": read, "confirmed": "on"})
    assert response.status_code == 409
    assert "Somebody changed these sections while you read them." in response.content.decode()
    assert not is_confirmed(application)


def test_the_lead_reminds_once_a_day(client) -> None:
    application = ready()
    change(application, staff_costs="77.00")
    row = partner_in(application)
    client.force_login(lead_of(application))
    page = client.get(application.get_absolute_url()).content.decode()
    address = reverse("partner_remind", args=[application.pk, row.pk])
    assert f'action="{address}"' in page
    assert "are reminded by e-mail" in client.post(address, follow=True).content.decode()
    assert "was reminded today already" in client.post(address, follow=True).content.decode()
    told = Message.objects.filter(kind="participation_reminder")
    assert [one.recipient for one in told] == [partner_of(application)]
    assert told.get().url == reverse("participation_confirm", args=[application.pk, row.pk])
    confirm(application)
    assert "has confirmed its part already" in client.post(address, follow=True).content.decode()


def test_the_next_step_says_who_has_to_confirm(client) -> None:
    application = draft()
    join(application)
    fill_in(application)
    change(application, staff_costs="77.00")
    client.force_login(lead_of(application))
    name = partner_in(application).organisation.legal_name
    assert f"{name} confirms that it takes part" in client.get(application.get_absolute_url()).content.decode()
    client.force_login(partner_of(application))
    assert f"Confirm for {name} that it takes part" in client.get(application.get_absolute_url()).content.decode()
