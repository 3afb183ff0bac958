"""A worker dies while it makes a grant agreement: exactly one document, no torn file, done soon after a worker is back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from collections.abc import Iterator

import psutil
import pytest
from django.db import connection, transaction

from calls.states import Role
from notifications.models import OutboxJob
from notifications.states import JobStatus
from tests import scenes
from tests.live import LivePortal, wait_until
from vouchers.models import GrantAgreement
from vouchers.states import AgreementStatus

PROMISE = 120  # seconds after a worker is back


@pytest.fixture
def agreement(transactional_db: None) -> GrantAgreement:
    owner = scenes.eurocluster()
    manager = scenes.team_member(Role.MANAGER, owner)
    call = scenes.open_call(owner, scenes.budget_line(owner))
    made = scenes.awarded(call, manager, [scenes.expert(owner), scenes.expert(owner)])
    OutboxJob.objects.all().delete()  # only the agreement is to be made
    return scenes.agreement(made, manager, is_ready=False)


@contextlib.contextmanager
def without_an_end(agreement: GrantAgreement) -> Iterator[None]:
    """Another connection holds the row of the agreement: its PDF can be made, but nobody gets to the end of the job."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM vouchers_grantagreement WHERE id = %s FOR UPDATE", [agreement.pk])
        yield
    finally:
        other.rollback()
        other.close()


def is_being_made() -> bool:
    """A worker holds the job's row."""
    with transaction.atomic():
        jobs = OutboxJob.objects.filter(kind="vouchers.render_agreement", status=JobStatus.PENDING)
        return jobs.exists() and not jobs.select_for_update(skip_locked=True).exists()


def kill_while_making(portal: LivePortal, agreement: GrantAgreement, victim: str) -> None:
    with without_an_end(agreement):
        portal.start_beat()
        portal.start_worker()
        wait_until(is_being_made, timeout=120, what="the making of the PDF", pause=0.005)
        if victim == "child":
            for child in psutil.Process(portal.processes["worker"].pid).children(recursive=True):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
        else:
            portal.kill("worker")
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.DRAFT  # the control: the work was cut off in the middle


@pytest.mark.parametrize("victim", ["child", "worker"])
@pytest.mark.timeout(600)
def test_a_killed_worker_leaves_one_whole_document(victim: str, portal: LivePortal, agreement: GrantAgreement) -> None:
    kill_while_making(portal, agreement, victim)
    if victim == "worker":
        portal.start_worker()
    wait_until(lambda: _status(agreement) == AgreementStatus.READY, timeout=PROMISE, what="the agreement")

    agreement.refresh_from_db()
    stored = portal.home / "documents"
    files = [path for path in stored.rglob("*") if path.is_file()]
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in files] == [agreement.document.sha256]
    assert files[0].read_bytes().rstrip().endswith(b"%%EOF")
    assert portal.is_in_order()


def test_without_the_sweeper_the_document_is_lost(portal: LivePortal, agreement: GrantAgreement) -> None:
    """The control: the broker alone does not bring the work of a killed worker back."""
    kill_while_making(portal, agreement, "worker")
    portal.kill("beat")
    portal.manage("shell", "-c", "from eurocluster_portal.celery import app; app.control.purge()")
    portal.start_worker()
    time.sleep(15)
    assert _status(agreement) == AgreementStatus.DRAFT


def _status(agreement: GrantAgreement) -> str:
    return GrantAgreement.objects.values_list("status", flat=True).get(pk=agreement.pk)
