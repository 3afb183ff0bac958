"""Documents, to look at."""

from django.contrib import admin

from audit.read_only import ReadOnlyAdmin
from documents.models import Document, SealCertificate, TimestampAuthority


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "status", "size", "created_at", "ready_at", "subject_label", "subject_id")
    list_filter = ("status", "kind")
    search_fields = ("key", "title", "=subject_id")


@admin.register(SealCertificate)
class SealCertificateAdmin(ReadOnlyAdmin):
    list_display = ("name", "fingerprint", "used_at", "replaced_at", "compromised_at", "ends_at")


@admin.register(TimestampAuthority)
class TimestampAuthorityAdmin(ReadOnlyAdmin):
    list_display = ("name", "fingerprint", "first_seen_at")
