"""Read-only: applications and organisations change through their services alone."""

from django.contrib import admin

from applications.models import Application, EligibilityCheck, Organisation, PartnerInvitation, Submission
from audit.read_only import ReadOnlyAdmin


@admin.register(Organisation)
class OrganisationAdmin(ReadOnlyAdmin):
    list_display = ("legal_name", "country", "vat_number", "size_category")
    list_filter = ("country", "size_category")
    search_fields = ("legal_name", "vat_number")


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("reference", "acronym", "call", "status", "requested_eur", "submitted_at")
    list_filter = ("status", "call")
    list_select_related = ("call",)
    search_fields = ("reference", "title", "acronym")


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("application", "number", "submitted_at", "sha256")
    list_select_related = ("application",)


@admin.register(EligibilityCheck)
class EligibilityCheckAdmin(ReadOnlyAdmin):
    list_display = ("application", "is_eligible", "checked_at")
    list_select_related = ("application",)


@admin.register(PartnerInvitation)
class PartnerInvitationAdmin(ReadOnlyAdmin):
    """Without the token: whoever knows it can answer the invitation."""

    list_display = ("application", "email", "invited_at", "accepted_at", "declined_at", "cancelled_at")
    list_select_related = ("application",)
    exclude = ("token",)
