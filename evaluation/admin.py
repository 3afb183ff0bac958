"""Evaluations, to look at: what happens to them happens through the services."""

from django.contrib import admin

from audit.read_only import ReadOnlyAdmin
from evaluation.models import Assignment, Decision, Expert, RankingList, Review


class EvaluationAdmin(ReadOnlyAdmin):
    show_full_result_count = False


@admin.register(Expert)
class ExpertAdmin(EvaluationAdmin):
    list_display = ("user", "country", "organisation")
    list_filter = ("country", "euroclusters")
    search_fields = ("user__full_name", "user__email")
    list_select_related = ("user",)


@admin.register(Assignment)
class AssignmentAdmin(EvaluationAdmin):
    list_display = ("application", "expert", "status", "due_on", "assigned_at")
    list_filter = ("status",)
    search_fields = ("=application__reference",)
    list_select_related = ("application", "expert")


@admin.register(Review)
class ReviewAdmin(EvaluationAdmin):
    list_display = ("assignment", "total", "version", "saved_at", "submitted_at")
    list_select_related = ("assignment",)


@admin.register(RankingList)
class RankingListAdmin(EvaluationAdmin):
    list_display = ("call", "number", "made_at", "available_eur", "decided_at")
    list_select_related = ("call",)


@admin.register(Decision)
class DecisionAdmin(EvaluationAdmin):
    list_display = ("application", "outcome", "amount_eur", "decided_at", "decided_by")
    list_filter = ("outcome",)
    search_fields = ("=application__reference",)
    list_select_related = ("application", "decided_by")
