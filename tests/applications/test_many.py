"""What a team does to many applications at once: each decided by itself, each letter sent once."""

from __future__ import annotations

import contextlib
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from applications import services
from applications.models import Application, EligibilityCheck
from applications.services import many
from applications.services.many import ChangedMeanwhile, confirm_eligibility, write_to_applicants
from audit.models import Event
from calls.models import Call
from calls.states import Role
from eurocluster_portal.lists import bulk
from notifications.models import Message, OutboxJob
from tests import scenes


class Scene:
    """A closed call with two good applications, one that asks for too much since, and a draft."""

    def __init__(self) -> None:
        self.eurocluster = scenes.eurocluster()
        line = scenes.budget_line(self.eurocluster)
        self.manager = scenes.team_member(Role.MANAGER, self.eurocluster)
        self.call = scenes.open_call(self.eurocluster, line)
        self.good, self.second = (scenes.submitted(self.call, title=f"Project {number}") for number in (1, 2))
        self.draft = scenes.pair(self.call).application
        self.page = reverse("call_applications", args=[self.call.code])

    def url(self, name: str) -> str:
        return reverse(name, args=[self.eurocluster.slug])

    def form(self, *applications: Application, **more: Any) -> dict[str, Any]:
        return {"call": self.call.code, "query": "", "application": [one.pk for one in applications]} | more

    def confirm(self, application: Application, number: int = 1) -> EligibilityCheck:
        return confirm_eligibility(application_id=application.pk, number=number, by=self.manager, at=scenes.AFTER)

    def write(self, application: Application, letter: str = "one", **words: str) -> int:
        words = {"subject": "About {{reference}}", "text": "We wait for {{title}}."} | words
        return write_to_applicants(
            application_id=application.pk, letter=letter, by=self.manager, at=scenes.AFTER, **words
        )


@pytest.fixture
def scene(db: Any) -> Scene:
    return Scene()


@pytest.fixture
def after(arrive_at: Any) -> Any:
    arrive_at(scenes.AFTER)
    return arrive_at


# --- Eligibility ------------------------------------------------------------------------------------


def test_an_application_whose_rules_pass_is_found_eligible(scene: Scene) -> None:
    check = scene.confirm(scene.good.application)
    assert check.is_eligible
    assert Application.objects.get(pk=scene.good.application.pk).status == "eligible"
    assert Event.objects.about(scene.good.application).filter(action="application.checked").count() == 1
    assert Message.objects.filter(kind="eligibility_decided").count() == 2


def test_a_later_version_is_not_decided_by_a_look_at_the_first(scene: Scene) -> None:
    scene.good.submit(number=2, at=scenes.OPEN + timedelta(hours=1))
    with pytest.raises(ChangedMeanwhile):
        scene.confirm(scene.good.application)
    assert not EligibilityCheck.objects.exists()
    assert scene.confirm(scene.good.application, 2).is_eligible


def test_a_rule_that_no_longer_passes_takes_everything_back(scene: Scene) -> None:
    Call.objects.filter(pk=scene.call.pk).update(support_max_eur=1000)
    with pytest.raises(ChangedMeanwhile):
        scene.confirm(scene.good.application)
    assert Application.objects.get(pk=scene.good.application.pk).status == "submitted"
    assert not EligibilityCheck.objects.exists()
    assert not Message.objects.filter(kind="eligibility_decided").exists()
    assert not Event.objects.filter(action="application.checked").exists()


def test_what_is_decided_is_not_decided_again(scene: Scene) -> None:
    scene.confirm(scene.good.application)
    with pytest.raises(services.IllegalMove):
        scene.confirm(scene.good.application)
    with pytest.raises(services.CheckTooEarly):
        confirm_eligibility(application_id=scene.second.application.pk, number=1, by=scene.manager, at=scenes.OPEN)


def test_the_preview_says_who_and_why_not_and_changes_nothing(client: Any, scene: Scene, after: Any) -> None:
    scene.confirm(scene.second.application)
    third = scenes.submitted(scene.call, title="Too short").application
    third.submissions.get()
    Call.objects.filter(pk=scene.call.pk).update(duration_min_months=6)
    client.force_login(scene.manager)
    answer = client.post(
        scene.url("bulk_check"), scene.form(scene.good.application, scene.second.application, third, scene.draft)
    )
    passing = {one.application.pk for one in answer.context["passing"]}
    assert passing == {scene.good.application.pk, third.pk}
    assert [one.reason for one in answer.context["others"]] == ["It does not wait for its check: Eligible."]
    assert scene.draft.reference not in answer.content.decode()
    assert Application.objects.filter(status="submitted").count() == 2


def test_the_preview_names_the_rule_that_fails(client: Any, scene: Scene, after: Any) -> None:
    Call.objects.filter(pk=scene.call.pk).update(support_max_eur=1000)
    client.force_login(scene.manager)
    answer = client.post(scene.url("bulk_check"), scene.form(scene.good.application))
    assert answer.context["passing"] == []
    assert "52,000 EUR" in answer.context["others"][0].reason


def test_confirming_does_exactly_what_was_listed(client: Any, scene: Scene, after: Any) -> None:
    client.force_login(scene.manager)
    preview = client.post(scene.url("bulk_check"), scene.form(scope="all"))
    listing = preview.context["listing"]
    late = scenes.submitted(scene.call).application  # came after the look
    scene.confirm(scene.second.application)  # decided by somebody else meanwhile
    done = client.post(scene.url("bulk_check_confirm"), scene.form(listing=listing))
    assert [one.application.pk for one in done.context["done"]] == [scene.good.application.pk]
    assert [one.application.pk for one in done.context["refused"]] == [scene.second.application.pk]
    assert "1 done, 1 refused" in done.content.decode()
    late.refresh_from_db()
    assert late.status == "submitted"
    again = client.post(scene.url("bulk_check_confirm"), scene.form(listing=listing))
    assert again.context["done"] == []
    assert EligibilityCheck.objects.count() == 2


@pytest.mark.parametrize(
    "listing", ["", "x", "1", "1:2:3", "-1:1", "99999999999999999999:1", "1:1,,;", "\N{FULLWIDTH DIGIT ONE}:1"]
)
def test_a_listing_that_is_none_does_nothing(client: Any, scene: Scene, listing: str) -> None:
    client.force_login(scene.manager)
    answer = client.post(scene.url("bulk_check_confirm"), scene.form(listing=listing))
    assert answer.status_code == 200
    assert not EligibilityCheck.objects.exists()


def test_another_eurocluster_is_out_of_reach(client: Any, scene: Scene, after: Any) -> None:
    there = scenes.eurocluster("dream", "DR")
    owner = scenes.team_member(Role.OWNER, there)
    client.force_login(owner)
    listing = f"{scene.good.application.pk}:1"
    url = reverse("bulk_check_confirm", args=[there.slug])
    done = client.post(url, {"listing": listing})
    assert (done.context["done"], done.context["refused"]) == ([], [])
    assert client.post(url, scene.form(listing=listing)).status_code == 404  # the call of another
    words = {"letter": uuid.uuid4(), "subject": "x", "text": "y", "application": scene.good.application.pk}
    client.post(reverse("bulk_send", args=[there.slug]), words)
    assert not EligibilityCheck.objects.exists()
    assert not Message.objects.filter(kind="team_message").exists()


def test_at_most_so_many_and_at_least_one(client: Any, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(scene.manager)
    answer = client.post(scene.url("bulk_check"), scene.form(), follow=True)
    assert "Choose the applications first" in answer.content.decode()
    monkeypatch.setattr(bulk, "MOST_WRITTEN", 1)
    answer = client.post(scene.url("bulk_write"), scene.form(scope="all"), follow=True)
    assert "More than 1 applications are chosen" in answer.content.decode()


# --- Letters ----------------------------------------------------------------------------------------


def test_a_letter_reaches_each_person_once_and_stands_in_the_history(scene: Scene) -> None:
    application = scene.good.application
    assert scene.write(application) == 2
    assert scene.write(application) == 0
    assert scene.write(application, text="Changed under the same name") == 0
    told = Message.objects.filter(kind="team_message").order_by("recipient")
    assert [one.recipient for one in told] == sorted([scene.good.lead, scene.good.partner], key=lambda user: user.pk)
    assert told[0].subject == f"About {application.reference}"
    assert told[0].body_text.startswith("We wait for Project 1.")
    assert OutboxJob.objects.filter(key__contains="team_message").count() == 2
    event = Event.objects.about(application).get(action="application.written_to")
    assert (event.actor, event.data["people"], event.data["title"]) == (scene.manager, 2, told[0].subject)
    assert scene.write(application, letter="another") == 2


def test_a_subject_of_a_project_puts_no_line_into_the_mail(scene: Scene) -> None:
    Application.objects.filter(pk=scene.good.application.pk).update(title="A\nBcc: all@evil.example")
    scene.write(scene.good.application, subject="{{title}}")
    assert Message.objects.filter(kind="team_message")[0].subject == "A Bcc: all@evil.example"


def test_nobody_writes_about_a_draft(scene: Scene) -> None:
    with pytest.raises(services.IllegalMove):
        scene.write(scene.draft)


def test_from_the_list_over_the_preview_to_the_outbox(client: Any, scene: Scene, after: Any) -> None:
    client.force_login(scene.manager)
    chosen = scene.form(scene.good.application, scene.second.application, scene.draft)
    blank = client.post(scene.url("bulk_write"), chosen).context["form"]
    letter = str(blank.initial["letter"])
    words = {"letter": letter, "subject": "About {{reference}}", "text": "{{title}} in {{call}}"}
    wrong = client.post(scene.url("bulk_write"), chosen | words | {"text": "{{titel}}"})
    assert wrong.status_code == 422
    assert "{{titel}} is not known." in wrong.content.decode()
    preview = client.post(scene.url("bulk_write"), chosen | words)
    assert preview.context["people"] == 4
    for made, number, letter_shown in zip((scene.good, scene.second), (1, 2), preview.context["letters"], strict=True):
        assert letter_shown.subject == f"About {made.application.reference}"
        assert f"Project {number} in {scene.call.title}" in letter_shown.text
        assert letter_shown.text.startswith(f"Dear {made.lead.full_name},")
        assert made.application.get_absolute_url() in letter_shown.text
    assert not Message.objects.filter(kind="team_message").exists()
    carried = {"call": scene.call.code, "query": "", "ids": preview.context["listing"]} | words
    for _click in range(2):
        assert client.post(scene.url("bulk_send"), carried).headers["Location"] == scene.page
    assert Message.objects.filter(kind="team_message").count() == 4
    assert Event.objects.filter(action="application.written_to").count() == 2
    answer = client.get(scene.page).content.decode()
    assert "This letter was sent before" in answer


# --- Two clicks in the same instant -----------------------------------------------------------------


def both(write: Any) -> None:
    def click() -> None:
        try:
            write()
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)


def events_of_two_clicks(scene: Scene, monkeypatch: pytest.MonkeyPatch, *, patience: float) -> int:
    """Both clicks look for an earlier letter at the same moment, unless the lock lets only one of them look.

    `patience` is how many seconds each waits there for the other.
    """
    barrier = threading.Barrier(2)
    fill = many.words_of

    def words_of(application: Application, **letter: str) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other one waits for the lock
            barrier.wait(timeout=patience)
        return fill(application, **letter)

    monkeypatch.setattr(many, "words_of", words_of)
    both(lambda: scene.write(scene.good.application))
    return Event.objects.about(scene.good.application).filter(action="application.written_to").count()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_write_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        scene = Scene()
    assert events_of_two_clicks(scene, monkeypatch, patience=1.5) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_history_tells_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        scene = Scene()
    monkeypatch.setattr(
        many, "lock_application", lambda pk: Application.objects.select_related("call__eurocluster").get(pk=pk)
    )
    assert events_of_two_clicks(scene, monkeypatch, patience=60) == 2
