"""Addresses of calls, Euroclusters, teams and budgets. What one page shows of several rooms stands in the portal."""

from django.urls import path

from calls.views import (
    call_files,
    country_lists,
    documents,
    euroclusters,
    feeds,
    form_builder,
    form_pages,
    money,
    public,
    setup,
    teams,
    transfers,
)

urlpatterns = [
    path("calls/", public.call_list, name="call_list"),
    path("calls.json", feeds.calls_open_data, name="calls_open_data"),
    path("calls/calendar.ics", feeds.calls_calendar, name="calls_calendar"),
    path("calls/feed.atom", feeds.calls_feed, name="calls_feed"),
    path("calls/<slug:code>/calendar.ics", feeds.call_calendar, name="call_calendar"),
    path("calls/<slug:code>/", public.call_detail, name="call_detail"),
    path("calls/<slug:code>/documents/<int:pk>/", documents.call_document, name="call_document"),
    path("calls/<slug:code>/questions/", public.question_ask, name="question_ask"),
    path("euroclusters/accents.css", public.accents_css, name="accents_css"),
    path("euroclusters/<slug:slug>/", public.eurocluster_detail, name="eurocluster_detail"),
    path("manage/calls/<slug:code>/edit/", setup.call_edit, name="call_edit"),
    path("manage/calls/<slug:code>/file/", call_files.call_export, name="call_export"),
    path("manage/calls/<slug:code>/publish/", setup.call_publish, name="call_publish"),
    path("manage/calls/<slug:code>/publish/send-back/", setup.publication_send_back, name="publication_send_back"),
    path("manage/calls/<slug:code>/announcement/", feeds.call_announcement, name="call_announcement"),
    path("manage/<slug:slug>/calls/new/", setup.call_create, name="call_create"),
    path("manage/<slug:slug>/calls/from-file/", call_files.call_from_file, name="call_from_file"),
    path("manage/<slug:slug>/budget/", money.budget_detail, name="budget_detail"),
    path("manage/<slug:slug>/budget/statement.csv", money.budget_statement, {"kind": "csv"}, name="budget_csv"),
    path("manage/<slug:slug>/budget/statement.xlsx", money.budget_statement, {"kind": "xlsx"}, name="budget_xlsx"),
    path("manage/<slug:slug>/budget/transfers/", transfers.transfer_list, name="transfer_list"),
    path("manage/<slug:slug>/budget/transfers/<int:pk>/approve/", transfers.transfer_approve, name="transfer_approve"),
    path("manage/<slug:slug>/budget/transfers/<int:pk>/refuse/", transfers.transfer_refuse, name="transfer_refuse"),
    path(
        "manage/<slug:slug>/budget/transfers/<int:pk>/withdraw/", transfers.transfer_withdraw, name="transfer_withdraw"
    ),
    path("manage/<slug:slug>/team/", teams.team_detail, name="team_detail"),
    path("manage/<slug:slug>/team/<int:pk>/end/", teams.role_end, name="role_end"),
    path(
        "manage/<slug:slug>/team/invitations/<int:pk>/cancel/",
        teams.team_invitation_cancel,
        name="team_invitation_cancel",
    ),
    path("team-invitations/<uuid:token>/", teams.team_invitation_answer, name="team_invitation_answer"),
    path("manage/", euroclusters.eurocluster_list, name="eurocluster_list"),
    path("manage/country-lists/<slug:code>/", country_lists.country_list_detail, name="country_list_detail"),
    path("manage/country-lists/<slug:code>/<int:pk>/leave/", country_lists.country_leave, name="country_leave"),
    path("manage/euroclusters/new/", euroclusters.eurocluster_create, name="eurocluster_create"),
    path("manage/<slug:slug>/profile/", euroclusters.profile_edit, name="profile_edit"),
    path("manage/<slug:slug>/partners/", euroclusters.partners_edit, name="partners_edit"),
    path("manage/<slug:slug>/payer/", euroclusters.payer_edit, name="payer_edit"),
    path("manage/<slug:slug>/budget/lines/<slug:code>/", money.budget_line_rename, name="budget_line_rename"),
    path("manage/<slug:slug>/budget/new/", euroclusters.budget_line_create, name="budget_line_create"),
    path("euroclusters/<slug:slug>/logo-<slug:sha>.png", euroclusters.eurocluster_logo, name="eurocluster_logo"),
    path("manage/calls/<slug:code>/form/", form_builder.form_builder, name="form_builder"),
    path("manage/calls/<slug:code>/form/start/", form_builder.form_start, name="form_start"),
    path("manage/calls/<slug:code>/form/move/", form_builder.form_move, name="form_move"),
    path("manage/calls/<slug:code>/form/standard/", form_builder.form_standard, name="form_standard"),
    path("manage/calls/<slug:code>/form/discard/", form_builder.form_discard, name="form_discard"),
    path("manage/calls/<slug:code>/form/new-section/", form_pages.section_create, name="form_section_create"),
    path(
        "manage/calls/<slug:code>/form/sections/<slug:section>/", form_pages.section_change, name="form_section_change"
    ),
    path(
        "manage/calls/<slug:code>/form/sections/<slug:section>/remove/",
        form_pages.section_remove,
        name="form_section_remove",
    ),
    path(
        "manage/calls/<slug:code>/form/sections/<slug:section>/new/",
        form_pages.question_create,
        name="form_question_create",
    ),
    path(
        "manage/calls/<slug:code>/form/sections/<slug:section>/questions/<slug:question>/",
        form_pages.question_change,
        name="form_question_change",
    ),
    path(
        "manage/calls/<slug:code>/form/sections/<slug:section>/questions/<slug:question>/remove/",
        form_pages.question_remove,
        name="form_question_remove",
    ),
]
