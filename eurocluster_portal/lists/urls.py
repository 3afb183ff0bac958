"""Addresses of the lists."""

from django.urls import path

from eurocluster_portal.lists.views import applications, facts, many, saved

urlpatterns = [
    path("manage/calls/<slug:code>/applications/", applications.call_applications, name="call_applications"),
    path("manage/<slug:slug>/applications/", applications.eurocluster_applications, name="eurocluster_applications"),
    path("manage/<slug:slug>/applications/check/", many.bulk_check, name="bulk_check"),
    path("manage/<slug:slug>/applications/check/confirm/", many.bulk_check_confirm, name="bulk_check_confirm"),
    path("manage/<slug:slug>/applications/write/", many.bulk_write, name="bulk_write"),
    path("manage/<slug:slug>/applications/write/send/", many.bulk_send, name="bulk_send"),
    path("manage/<slug:slug>/calls/", facts.eurocluster_calls, name="eurocluster_calls"),
    path("manage/<slug:slug>/batches/", facts.batch_list, name="batch_list"),
    path("manage/<slug:slug>/recoveries/", facts.recovery_list, name="recovery_list"),
    path("agreements/", facts.agreement_list, name="agreement_list"),
    path("vouchers/", facts.voucher_list, name="voucher_list"),
    path("claims/", facts.claim_list, name="claim_list"),
    path("lists/views/", saved.saved_view_save, name="saved_view_save"),
    path("lists/views/<int:pk>/rename/", saved.saved_view_rename, name="saved_view_rename"),
    path("lists/views/<int:pk>/delete/", saved.saved_view_delete, name="saved_view_delete"),
]
