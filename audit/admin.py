"""The audit trail, to read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from audit.models import Event


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ("at", "actor_label", "action", "subject_label", "subject_id", "position")
    list_filter = ("action", "subject_label")
    search_fields = ("=subject_id", "actor_label", "=action")
    date_hierarchy = "at"
    show_full_result_count = False
    list_select_related: ClassVar[list[str]] = []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
