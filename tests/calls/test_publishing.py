"""Two people publish a call where the Eurocluster wants it: one asks, another reads and publishes, or sends it back."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from audit.models import Event
from calls import services
from calls.models import Call
from calls.states import CallStatus, Role
from notifications.models import Message
from tests import scenes
from tests.scenes import OPENS

pytestmark = pytest.mark.django_db


class Scene:
    def __init__(self) -> None:
        self.eurocluster = scenes.eurocluster()
        self.eurocluster.publishes_with_two = True
        self.eurocluster.save()
        self.call = scenes.draft_call(self.eurocluster, scenes.budget_line(self.eurocluster))
        self.manager = scenes.team_member(Role.MANAGER, self.eurocluster, "Marta Manager")
        self.owner = scenes.team_member(Role.OWNER, self.eurocluster, "Oriol Owner")
        self.page = f"/manage/calls/{self.call.code}/publish/"

    def ask(self) -> Call:
        return services.ask_for_publication(call_id=self.call.pk, by=self.manager, at=OPENS)

    def publish(self, by: Any) -> Call:
        return services.publish_call(call_id=self.call.pk, by=by, at=OPENS)

    def asked_by(self) -> Any:
        self.call.refresh_from_db()
        return self.call.publication_asked_by


@pytest.fixture
def scene() -> Scene:
    return Scene()


def actions(call: Call) -> list[str]:
    return list(Event.objects.about(call).order_by("id").values_list("action", flat=True))


def test_one_asks_and_another_publishes(scene: Scene) -> None:
    scene.ask()
    assert list(Message.objects.filter(kind="publication_asked").values_list("recipient", flat=True)) == [
        scene.owner.pk
    ]
    call = scene.publish(scene.owner)
    assert (call.status, call.publication_asked_by, call.published_by) == ("published", scene.manager, scene.owner)
    assert actions(call)[-2:] == ["call.publication_asked", "call.published"]


def test_nobody_publishes_alone(scene: Scene) -> None:
    for by in (scene.manager, scene.owner):
        with pytest.raises(services.SecondPersonNeeded):
            scene.publish(by)
    scene.ask()
    with pytest.raises(services.SecondPersonNeeded):
        scene.publish(scene.manager)
    with pytest.raises(IntegrityError, match="who_asks_for_a_publication_does_not_publish"), transaction.atomic():
        Call.objects.filter(pk=scene.call.pk).update(
            status=CallStatus.PUBLISHED, published_at=OPENS, published_by=scene.manager
        )


def test_a_changed_draft_is_asked_for_anew(scene: Scene) -> None:
    scene.ask()
    services.update_call(
        call_id=scene.call.pk,
        fields={"title": "Another title"},
        sectors=scene.call.sectors.all(),
        criteria=None,
        instalments=None,
        by=scene.manager,
        at=OPENS,
    )
    assert scene.asked_by() is None
    with pytest.raises(services.SecondPersonNeeded):
        scene.publish(scene.owner)


def test_what_is_incomplete_is_not_asked_for(scene: Scene) -> None:
    scene.call.instalment_rules.all().delete()
    with pytest.raises(services.CallNotReady):
        scene.ask()
    assert scene.asked_by() is None


def test_sending_back_tells_why(scene: Scene) -> None:
    scene.ask()
    services.send_back_publication(call_id=scene.call.pk, reason="The rate is 50 %.", by=scene.owner, at=OPENS)
    told = Message.objects.get(kind="publication_sent_back")
    assert (told.recipient, "The rate is 50 %." in told.body_text) == (scene.manager, True)
    assert scene.asked_by() is None


def test_taking_back_tells_nobody(scene: Scene) -> None:
    scene.ask()
    services.send_back_publication(call_id=scene.call.pk, reason="A mistake.", by=scene.manager, at=OPENS)
    assert not Message.objects.filter(kind="publication_sent_back").exists()
    assert scene.asked_by() is None


def test_asked_for_while_two_were_needed(scene: Scene) -> None:
    """Once the Eurocluster publishes by one person again, who asked may publish."""
    scene.ask()
    scene.eurocluster.publishes_with_two = False
    scene.eurocluster.save()
    assert scene.publish(scene.manager).published_by == scene.manager


def test_on_the_pages(client: Client, scene: Scene) -> None:
    client.force_login(scene.manager)
    assert "Ask a second person to publish" in client.get(scene.page).content.decode()
    told = client.post(scene.page, follow=True).content.decode()
    assert "A second person is asked to publish the call." in told
    own = client.get(scene.page).content.decode()
    assert "You asked for the publication" in own
    assert "Publish the call</button>" not in own
    assert "A second person publishes the call you asked for" in client.get("/desk/").content.decode()
    client.force_login(scene.owner)
    assert "Publish the call, or send it back" in client.get("/desk/").content.decode()
    assert "Marta Manager asked for the publication" in client.get(scene.page).content.decode()
    client.post(f"{scene.page}send-back/", {"reason": "The rate is 50 %."})
    assert scene.asked_by() is None
    scene.ask()
    assert "The call is published." in client.post(scene.page, follow=True).content.decode()
    scene.call.refresh_from_db()
    assert scene.call.status == CallStatus.PUBLISHED
