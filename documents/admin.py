"""Documents, to look at."""

from django.contrib import admin

from audit.read_only import ReadOnlyAdmin
from documents.models import Document


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "status", "size", "created_at", "ready_at", "subject_label", "subject_id")
    list_filter = ("status", "kind")
    search_fields = ("key", "title", "=subject_id")
