"""What co-applicants tell each other about a section. It is theirs alone: nothing of it is sealed or read by a team."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.urls import reverse

from applications.models import Comment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from applications.drafts import Draft
    from applications.models import Application
    from applications.progress import Task
    from applications.querysets import ApplicationQuerySet

Place = tuple[str, int | None]


def place_of(task: Task) -> Place:
    return task.section.code, task.participation.pk if task.participation else None


def comments_at(application: Application, task: Task) -> QuerySet[Comment, Comment]:
    section, participation = place_of(task)
    rows = Comment.objects.filter(application=application, section_code=section, participation=participation)
    return rows.select_related("written_by", "settled_by")


def open_count(application: Application, task: Task) -> int:
    return comments_at(application, task).filter(settled_at__isnull=True).count()


def with_waiting(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Adds what `waiting_in` counts, without a query of its own."""
    waiting = Comment.objects.filter(application=OuterRef("pk"), settled_at__isnull=True).order_by()
    placed = waiting.values(told=JSONObject(section="section_code", participation="participation_id"))
    return rows.annotate(waiting_comments=ArraySubquery(placed))


def waiting_in(application: Any) -> Counter[Place]:
    """How many comments wait in each section that has any."""
    return Counter((one["section"], one["participation"]) for one in application.waiting_comments)


def url_of(draft: Draft, task: Task) -> str:
    args: list[Any] = [draft.application.pk, task.section.code]
    if task.participation:
        args.append(task.participation.pk)
    return reverse("partner_section_comments" if task.participation else "section_comments", args=args)
