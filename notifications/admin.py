"""Messages and the outbox, to look at; a stopped job can be tried again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.read_only import ReadOnlyAdmin
from notifications import services
from notifications.models import Message, OutboxJob


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "email", "subject", "kind", "sent_at", "read_at")
    list_filter = ("kind",)
    search_fields = ("email", "subject", "key")


@admin.register(OutboxJob)
class OutboxJobAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "status", "attempts", "lost_workers", "next_attempt_at", "last_error")
    list_filter = ("status", "kind")
    search_fields = ("key",)
    actions = ("try_again",)

    @admin.action(description=_("Try stopped jobs again"), permissions=["view"])
    def try_again(self, request: HttpRequest, jobs: QuerySet[OutboxJob]) -> None:
        for job in jobs:
            services.retry_job(job_id=job.pk, by=request.user, at=request.received_at)  # type: ignore[attr-defined]
