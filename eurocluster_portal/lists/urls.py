"""Addresses of the lists of applications."""

from django.urls import path

from eurocluster_portal.lists import views

urlpatterns = [
    path("manage/calls/<slug:code>/applications/", views.call_applications, name="call_applications"),
    path("manage/<slug:slug>/applications/", views.eurocluster_applications, name="eurocluster_applications"),
    path("manage/<slug:slug>/applications/check/", views.bulk_check, name="bulk_check"),
    path("manage/<slug:slug>/applications/check/confirm/", views.bulk_check_confirm, name="bulk_check_confirm"),
    path("manage/<slug:slug>/applications/write/", views.bulk_write, name="bulk_write"),
    path("manage/<slug:slug>/applications/write/send/", views.bulk_send, name="bulk_send"),
    path("lists/views/", views.saved_view_save, name="saved_view_save"),
    path("lists/views/<int:pk>/rename/", views.saved_view_rename, name="saved_view_rename"),
    path("lists/views/<int:pk>/delete/", views.saved_view_delete, name="saved_view_delete"),
]
