"""What a decision means for an application. Evaluation decides; this room writes it down."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Application
from applications.services.drafting import lock_application
from applications.states import APPLICATION_MOVES, ApplicationStatus
from audit import services as audit
from calls.money import apportion
from calls.states import IllegalMove, check_move

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def record_outcome(
    *, application_id: int, status: ApplicationStatus, awarded_eur: Decimal | None, by: User, at: datetime
) -> Application:
    """Write down a decision; an award is shared among the partners in proportion to what each asked for.

    Raises:
        IllegalMove: the application is not waiting for this decision.
    """
    application = lock_application(application_id)
    check_move(APPLICATION_MOVES, application.status, status)
    application.status = status
    application.decided_at = at
    application.awarded_eur = awarded_eur if status == ApplicationStatus.AWARDED else None  # type: ignore[assignment]
    application.save(update_fields=["status", "decided_at", "awarded_eur"])
    if application.awarded_eur is not None:
        _share_award(application, application.awarded_eur)
    audit.record(f"application.{status}", subject=application, actor=by, at=at, awarded_eur=application.awarded_eur)
    return application


@transaction.atomic
def record_next_stage(*, application_id: int, stage: int, by: User, at: datetime) -> Application:
    """Let an application go on to a stage of its call.

    Raises:
        IllegalMove: the application is decided or withdrawn, or stands at another stage than the one before.
    """
    application = lock_application(application_id)
    if application.status != ApplicationStatus.ELIGIBLE or application.stage != stage - 1:
        raise IllegalMove(application.status, ApplicationStatus.ELIGIBLE)
    application.stage = stage
    application.mean_score = None
    application.save(update_fields=["stage", "mean_score"])
    audit.record("application.went_on", subject=application, actor=by, at=at, stage=stage)
    return application


@transaction.atomic
def record_mean_score(*, application_id: int, mean_score: Decimal) -> None:
    """Keep what lists filter and sort by beside the application; evaluation holds it and works the mean out."""
    Application.objects.filter(pk=application_id).update(mean_score=mean_score)


def _share_award(application: Application, awarded_eur: Decimal) -> None:
    participations = list(application.participations.all())
    shares = apportion(awarded_eur, [row.requested_eur for row in participations])
    for row, share in zip(participations, shares, strict=True):
        row.awarded_eur = share
        row.save(update_fields=["awarded_eur"])
