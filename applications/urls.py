"""Addresses of organisations and applications."""

from django.urls import include, path

from applications.views import (
    announcing,
    attachments,
    call_documents,
    drafting,
    form_versions,
    managing,
    members,
    organisations,
    partners,
    sections,
    submitting,
)

urlpatterns = [
    path("organisations/", organisations.organisation_list, name="organisation_list"),
    path("organisations/new/", organisations.organisation_create, name="organisation_create"),
    path("organisations/<int:pk>/", organisations.organisation_detail, name="organisation_detail"),
    path("organisations/<int:pk>/edit/", organisations.organisation_edit, name="organisation_edit"),
    path("", include("applications.drafting_urls")),
    path("organisations/<int:pk>/history/", organisations.organisation_history, name="organisation_history"),
    path("organisations/<int:pk>/periods/", organisations.organisation_periods, name="organisation_periods"),
    path("organisations/<int:pk>/periods/<int:period>/remove/", organisations.period_remove, name="period_remove"),
    path("organisations/<int:pk>/people/", members.organisation_people, name="organisation_people"),
    path("organisations/<int:pk>/people/<int:membership>/role/", members.member_role, name="member_role"),
    path("organisations/<int:pk>/people/<int:membership>/remove/", members.member_remove, name="member_remove"),
    path(
        "organisations/<int:pk>/people/invitations/<int:invitation>/cancel/",
        members.member_invitation_cancel,
        name="member_invitation_cancel",
    ),
    path(
        "organisations/<int:pk>/people/requests/<int:join_request>/answer/",
        members.join_request_decide,
        name="join_request_decide",
    ),
    path("organisations/invitations/<uuid:token>/", members.member_invitation_answer, name="member_invitation_answer"),
    path("organisations/join/<str:token>/", members.organisation_join, name="organisation_join"),
    path("applications/", drafting.application_list, name="application_list"),
    path("applications/start/<slug:code>/", drafting.application_start, name="application_start"),
    path("applications/<int:pk>/", drafting.application_detail, name="application_detail"),
    path("applications/<int:pk>/sections/<slug:section>/", sections.section_edit, name="section_edit"),
    path(
        "applications/<int:pk>/sections/<slug:section>/<int:participation>/",
        sections.section_edit,
        name="partner_section_edit",
    ),
    path(
        "applications/<int:pk>/sections/<slug:section>/files/<slug:question>/",
        attachments.question_files,
        name="question_files",
    ),
    path(
        "applications/<int:pk>/sections/<slug:section>/<int:participation>/files/<slug:question>/",
        attachments.question_files,
        name="partner_question_files",
    ),
    path(
        "applications/<int:pk>/files/<int:attachment>/remove/",
        attachments.attachment_remove,
        name="attachment_remove",
    ),
    path("applications/<int:pk>/check/", submitting.application_check, name="application_check"),
    path("applications/<int:pk>/submit/", submitting.application_submit, name="application_submit"),
    path(
        "applications/<int:pk>/submitted/<int:number>/",
        submitting.application_confirmation,
        name="application_confirmation",
    ),
    path(
        "applications/<int:pk>/submissions/<int:number>/receipt/", submitting.receipt_download, name="receipt_download"
    ),
    path("applications/<int:pk>/read/", submitting.application_read, name="application_read"),
    path("applications/<int:pk>/withdraw/", submitting.application_withdraw, name="application_withdraw"),
    path("applications/<int:pk>/partners/", partners.partner_invite, name="partner_invite"),
    path("applications/<int:pk>/partners/<int:participation>/remove/", partners.partner_remove, name="partner_remove"),
    path("applications/<int:pk>/partners/<int:participation>/role/", partners.partner_role, name="partner_role"),
    path(
        "applications/<int:pk>/invitations/<int:invitation>/cancel/",
        partners.invitation_cancel,
        name="invitation_cancel",
    ),
    path("invitations/<uuid:token>/", partners.invitation_answer, name="invitation_answer"),
    path("manage/applications/<int:pk>/eligibility/", managing.eligibility_check, name="eligibility_check"),
    path("manage/calls/<slug:code>/documents/", call_documents.call_documents, name="call_documents"),
    path(
        "manage/calls/<slug:code>/documents/<int:pk>/remove/",
        call_documents.call_document_remove,
        name="call_document_remove",
    ),
    path("manage/calls/<slug:code>/correct/", announcing.call_correct, name="call_correct"),
    path("manage/calls/<slug:code>/extend/", announcing.call_extend, name="call_extend"),
    path("manage/calls/<slug:code>/freeze/", announcing.call_freeze, name="call_freeze"),
    path("manage/calls/<slug:code>/unfreeze/", announcing.call_unfreeze, name="call_unfreeze"),
    path("manage/questions/<int:pk>/answer/", announcing.question_answer, name="question_answer"),
    path("manage/calls/<slug:code>/form/preview/<slug:section>/", form_versions.form_preview, name="form_preview"),
    path("manage/calls/<slug:code>/form/put-into-force/", form_versions.form_put_in_force, name="form_put_in_force"),
    path("applications/<int:pk>/new-questions/", form_versions.form_take_over, name="form_take_over"),
]
