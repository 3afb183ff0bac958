"""Addresses of writing a draft together."""

from django.urls import path

from applications.views import commenting, confirming, copying, draft_papers, presence, set_aside

urlpatterns = [
    path(
        "applications/<int:pk>/partners/<int:participation>/confirm/",
        confirming.participation_confirm,
        name="participation_confirm",
    ),
    path(
        "applications/<int:pk>/partners/<int:participation>/remind/", confirming.partner_remind, name="partner_remind"
    ),
    path("applications/<int:pk>/here/", presence.draft_here, name="draft_here"),
    path(
        "applications/<int:pk>/sections/<slug:section>/comments/",
        commenting.section_comments,
        name="section_comments",
    ),
    path(
        "applications/<int:pk>/sections/<slug:section>/<int:participation>/comments/",
        commenting.section_comments,
        name="partner_section_comments",
    ),
    path("applications/<int:pk>/comments/<int:comment>/settle/", commenting.comment_settle, name="comment_settle"),
    path("applications/<int:pk>/copy/", copying.answers_copy, name="answers_copy"),
    path("applications/<int:pk>/set-aside/", set_aside.texts_aside, name="texts_aside"),
    path("applications/<int:pk>/set-aside/<int:aside>/drop/", set_aside.text_drop, name="text_drop"),
    path("applications/<int:pk>/set-aside/<int:aside>/put/", set_aside.text_put, name="text_put"),
    path("applications/<int:pk>/draft/", draft_papers.draft_read, name="draft_read"),
    path("applications/<int:pk>/draft/pdf/", draft_papers.draft_paper, name="draft_paper"),
]
