"""Two services that need the same rows take them in the same order, so they wait for each other and never die of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connections, transaction

from applications.services.drafting import lock_application
from calls.services import lock_call
from calls.states import CallStatus, Role
from evaluation import services as evaluation
from evaluation.models import Assignment, Expert
from tests import scenes
from tests.faults.waiting import wait_until_somebody_waits


def test_asking_an_expert_waits_for_a_decision_without_holding_what_it_needs(transactional_db: None) -> None:
    owner = scenes.eurocluster()
    manager = scenes.team_member(Role.MANAGER, owner)
    call = scenes.open_call(owner, scenes.budget_line(owner))
    application = scenes.eligible(call, manager).application
    reader: Expert = scenes.expert(owner)

    def ask() -> None:
        try:
            evaluation.assign_expert(
                application_id=application.pk,
                expert_id=reader.pk,
                due_on=scenes.AFTER.date() + timedelta(days=14),
                by=manager,
                at=scenes.AFTER,
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # what a decision does: the call, then each of its applications
            lock_call(call.pk)
            asking = pool.submit(ask)
            wait_until_somebody_waits()
            lock_application(application.pk)
        asking.result(timeout=60)

    assert Assignment.objects.get().expert == reader
    call.refresh_from_db()
    assert call.status == CallStatus.EVALUATION
