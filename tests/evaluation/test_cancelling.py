"""A call that is cancelled takes the open tasks of its experts back."""

import pytest

from evaluation import services
from evaluation.models import Assignment
from evaluation.states import AssignmentStatus
from notifications.models import Message
from tests.evaluation.rounds import DAY, arrives, award, check, served_call
from tests.factories.applications import AFTER, submitted
from tests.factories.calls import AT
from tests.factories.evaluation import accepted, asked, call_with, manager_of, reviewed

pytestmark = pytest.mark.django_db


def test_cancelling_a_call_takes_the_open_tasks_back_and_tells_the_experts() -> None:
    call = call_with()
    application = check(submitted(call))
    invited, reading, done = asked(application), accepted(application), reviewed(application)
    services.cancel_call(call_id=call.pk, reason="The grant ended.", by=manager_of(call), at=AFTER + DAY)
    found = dict(Assignment.objects.values_list("pk", "status"))
    assert found == {
        invited.pk: AssignmentStatus.WITHDRAWN,
        reading.pk: AssignmentStatus.WITHDRAWN,
        done.pk: AssignmentStatus.REVIEWED,
    }
    mails = Message.objects.filter(kind="assignment_withdrawn")
    assert {mail.email for mail in mails} == {invited.expert.user.email, reading.expert.user.email}
    assert all("was cancelled" in mail.body_text for mail in mails)
    assert Message.objects.filter(kind="call_cancelled").exists()


def test_a_call_with_decided_applications_is_not_cancelled() -> None:
    call = served_call()
    check(arrives(call), at=AT)
    award(call)
    with pytest.raises(services.IllegalMove):
        services.cancel_call(call_id=call.pk, reason="The grant ended.", by=manager_of(call), at=AT)
