"""The audit trail, to read."""

from typing import ClassVar

from django.contrib import admin

from audit.models import Event
from audit.read_only import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_label", "action", "subject_label", "subject_id", "position")
    list_filter = ("action", "subject_label")
    search_fields = ("=subject_id", "actor_label", "=action")
    date_hierarchy = "at"
    show_full_result_count = False
    list_select_related: ClassVar[list[str]] = []
