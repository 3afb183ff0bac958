"""Experts' desks, managers' evaluation pages and applicants' results."""

from django.urls import path

from applications.views import announcing
from evaluation import services
from evaluation.views import arrivals, assigning, assignments, files, managing, ranking, results, reviews

urlpatterns = [
    path("evaluation/", assignments.assignment_list, name="assignment_list"),
    path("evaluation/<int:pk>/", assignments.assignment_detail, name="assignment_detail"),
    path("evaluation/<int:pk>/answer/", assignments.assignment_answer, name="assignment_answer"),
    path("evaluation/<int:pk>/review/", reviews.review_edit, name="review_edit"),
    path("evaluation/<int:pk>/review/check/", reviews.review_check, name="review_check"),
    path("evaluation/<int:pk>/review/submit/", reviews.review_submit, name="review_submit"),
    path("files/<int:pk>/", files.attachment_download, name="attachment_download"),
    path("manage/calls/<slug:code>/evaluation/", managing.call_evaluation, name="call_evaluation"),
    path("manage/applications/<int:pk>/assignments/", assigning.assignment_create, name="assignment_create"),
    path("manage/assignments/<int:pk>/withdraw/", assigning.assignment_withdraw, name="assignment_withdraw"),
    path("manage/calls/<slug:code>/ranking/", ranking.call_ranking, name="call_ranking"),
    path("manage/calls/<slug:code>/ranking/make/", ranking.ranking_make, name="ranking_make"),
    path("manage/calls/<slug:code>/ranking/decide/", ranking.ranking_decide, name="ranking_decide"),
    path("manage/calls/<slug:code>/ranking/serve/", arrivals.ranking_serve, name="ranking_serve"),
    path("manage/calls/<slug:code>/ranking/finish/", ranking.ranking_finish, name="ranking_finish"),
    # The page is of the room below; what ends with a call is known here.
    path(
        "manage/calls/<slug:code>/cancel/", announcing.call_cancel, {"cancel": services.cancel_call}, name="call_cancel"
    ),
    path("manage/applications/<int:pk>/award/", ranking.reserve_award, name="reserve_award"),
    path("applications/<int:pk>/result/", results.application_result, name="application_result"),
    path("applications/<int:pk>/result-letter/", results.result_letter, name="result_letter"),
]
