"""Addresses of the eligibility check: decisions about single rules, questions to the applicants, letters."""

from django.urls import path

from applications.views import clarifications, managing

urlpatterns = [
    path("manage/applications/<int:pk>/eligibility/", managing.eligibility_check, name="eligibility_check"),
    path(
        "manage/applications/<int:pk>/eligibility/rules/<slug:rule>/",
        managing.eligibility_override,
        name="eligibility_override",
    ),
    path("manage/applications/<int:pk>/questions/ask/", clarifications.clarification_ask, name="clarification_ask"),
    path(
        "manage/applications/<int:pk>/questions/<int:clarification>/take-back/",
        clarifications.clarification_cancel,
        name="clarification_cancel",
    ),
    path(
        "manage/applications/<int:pk>/questions/<int:clarification>/extend/",
        clarifications.clarification_extend,
        name="clarification_extend",
    ),
    path(
        "applications/<int:pk>/questions/<int:clarification>/",
        clarifications.clarification_answer,
        name="clarification_answer",
    ),
    path("applications/<int:pk>/eligibility-letter/", clarifications.eligibility_letter, name="eligibility_letter"),
]
