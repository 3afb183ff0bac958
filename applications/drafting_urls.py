"""Addresses of writing a draft together."""

from django.urls import path

from applications.views import confirming

urlpatterns = [
    path(
        "applications/<int:pk>/partners/<int:participation>/confirm/",
        confirming.participation_confirm,
        name="participation_confirm",
    ),
    path(
        "applications/<int:pk>/partners/<int:participation>/remind/", confirming.partner_remind, name="partner_remind"
    ),
]
