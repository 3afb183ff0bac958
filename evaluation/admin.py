"""Evaluations, to look at: what happens to them happens through the services."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from evaluation.models import Assignment, Decision, Expert, RankingList, Review


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Expert)
class ExpertAdmin(ReadOnlyAdmin):
    list_display = ("user", "country", "organisation")
    list_filter = ("country", "euroclusters")
    search_fields = ("user__full_name", "user__email")
    list_select_related = ("user",)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("application", "expert", "status", "due_on", "assigned_at")
    list_filter = ("status",)
    search_fields = ("=application__reference",)
    list_select_related = ("application", "expert")


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("assignment", "total", "version", "saved_at", "submitted_at")
    list_select_related = ("assignment",)


@admin.register(RankingList)
class RankingListAdmin(ReadOnlyAdmin):
    list_display = ("call", "number", "made_at", "available_eur", "decided_at")
    list_select_related = ("call",)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("application", "outcome", "amount_eur", "decided_at", "decided_by")
    list_filter = ("outcome",)
    search_fields = ("=application__reference",)
    list_select_related = ("application", "decided_by")
