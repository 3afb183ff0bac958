"""Administrators enter Euroclusters and sectors here. Calls, roles and money are only read: services change them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from audit import services as audit
from audit.read_only import ReadOnlyAdmin
from calls import accents
from calls.forms.euroclusters import unreadable
from calls.models import BudgetLine, Call, ClusterPartner, Eurocluster, LedgerEntry, Sector, TeamRole


class EuroclusterForm(forms.ModelForm):
    def clean_accent(self) -> str:
        accent = self.cleaned_data["accent"]
        if not accents.is_readable(accent):
            raise forms.ValidationError(unreadable(accents.contrast(accent, accents.ON_LIGHT)))
        return accent


class PartnerInline(admin.TabularInline):
    model = ClusterPartner
    extra = 1


@admin.register(Eurocluster)
class EuroclusterAdmin(admin.ModelAdmin):
    form = EuroclusterForm
    inlines = [PartnerInline]
    list_display = ("name", "full_name", "reference_prefix")
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ("sectors",)

    def save_model(self, request: HttpRequest, obj: Eurocluster, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        action = "eurocluster.changed" if change else "eurocluster.created"
        audit.record(action, subject=obj, actor=request.user, at=request.received_at, fields=form.changed_data)  # type: ignore[attr-defined]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Sector)
class SectorAdmin(admin.ModelAdmin):
    list_display = ("name", "code")


@admin.register(TeamRole)
class TeamRoleAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "eurocluster", "given_at", "ended_at")
    list_filter = ("role", "eurocluster")
    list_select_related = ("user", "eurocluster")


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ("title", "eurocluster", "status", "opens_at", "closes_at")
    list_filter = ("status", "eurocluster")
    list_select_related = ("eurocluster",)
    search_fields = ("title", "code")


@admin.register(BudgetLine)
class BudgetLineAdmin(ReadOnlyAdmin):
    list_display = (
        "title",
        "eurocluster",
        "allocated_eur",
        "available_eur",
        "reserved_eur",
        "committed_eur",
        "paid_eur",
    )
    list_select_related = ("eurocluster",)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "line", "source", "target", "amount_eur", "memo", "by")
    list_filter = ("line", "source", "target")
    list_select_related = ("line", "by")
