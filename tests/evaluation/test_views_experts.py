"""An expert's pages: nothing of the proposal before the declaration, and nothing typed is ever lost."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from evaluation import services
from evaluation.models import Assignment, Review, Score
from evaluation.states import AssignmentStatus
from tests.factories.applications import AFTER, checked
from tests.factories.evaluation import ExpertFactory, accepted, asked, manager_of, reviewed, saved

pytestmark = pytest.mark.django_db
CANARY = "The challenge: yes."  # an answer in the proposal, see good_answer


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def expert_client(assignment: Assignment) -> Client:
    return sign_in(Client(), assignment.expert.user)


def page(assignment: Assignment, name: str = "review_edit") -> str:
    return reverse(name, args=[assignment.pk])


def typed(**changes: Any) -> dict[str, Any]:
    data = {"expected_version": "0", "comment": "All in all sound."}
    for code in ("excellence", "impact", "implementation"):
        data |= {f"mark_{code}": "4", f"comment_{code}": f"About {code}."}
    return data | changes


# --- The desk ---------------------------------------------------------------------------------


def test_the_desk_lists_own_tasks_only(client: Client) -> None:
    mine, others = asked(), accepted()
    html = sign_in(client, mine.expert.user).get("/evaluation/").content.decode()
    assert mine.application.reference in html
    assert others.application.reference not in html


def test_the_desk_of_somebody_without_tasks_says_so(client: Client) -> None:
    html = sign_in(client, ExpertFactory().user).get("/evaluation/").content.decode()
    assert "No evaluations yet" in html


@pytest.mark.parametrize("count", [1, 4])
def test_the_desk_asks_the_same_number_of_queries(client: Client, django_assert_num_queries: Any, count: int) -> None:
    expert = ExpertFactory()
    for _number in range(count):
        asked(expert=expert)
    sign_in(client, expert.user)
    with django_assert_num_queries(3):
        assert client.get("/evaluation/").status_code == 200


# --- Before the answer ------------------------------------------------------------------------


def test_before_the_answer_only_names_and_title_are_shown() -> None:
    assignment = asked()
    client = expert_client(assignment)
    html = client.get(page(assignment, "assignment_detail")).content.decode()
    for row in assignment.application.participations.all():
        assert row.organisation.legal_name in html
    assert assignment.application.title in html
    assert CANARY not in html
    assert "26,000" not in html
    assert "52,000" not in html
    response = client.get(page(assignment))
    assert response.status_code == 302
    assert response["Location"] == page(assignment, "assignment_detail")
    assert client.get(page(assignment, "review_check"), follow=True).redirect_chain[-1][0] == page(
        assignment, "assignment_detail"
    )


def test_accepting_needs_the_declaration() -> None:
    assignment = asked()
    client = expert_client(assignment)
    response = client.post(page(assignment, "assignment_answer"), {"answer": "accept"})
    assert "Declare that you have no conflict of interest to accept." in response.content.decode()
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.INVITED
    response = client.post(page(assignment, "assignment_answer"), {"answer": "accept", "declares_no_conflict": "on"})
    assert response["Location"] == page(assignment)
    assert CANARY in client.get(page(assignment)).content.decode()


@pytest.mark.parametrize(("answer", "status"), [("decline", "declined"), ("conflict", "conflict")])
def test_declining_needs_its_reason(answer: str, status: str) -> None:
    assignment = asked()
    client = expert_client(assignment)
    html = client.post(page(assignment, "assignment_answer"), {"answer": answer, "note": " "}).content.decode()
    assert "Give the reason" in html
    client.post(page(assignment, "assignment_answer"), {"answer": answer, "note": "I advised the lead."})
    assignment.refresh_from_db()
    assert (assignment.status, assignment.answer_note) == (status, "I advised the lead.")
    response = client.get(page(assignment))
    assert response["Location"] == page(assignment, "assignment_detail")
    assert CANARY not in client.get(response["Location"]).content.decode()


def test_an_unknown_answer_changes_nothing() -> None:
    assignment = asked()
    response = expert_client(assignment).post(page(assignment, "assignment_answer"), {"answer": "maybe", "note": "x"})
    assert response.status_code == 200
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.INVITED


# --- Scope ------------------------------------------------------------------------------------

PAGES = ["assignment_detail", "review_edit", "review_check"]


@pytest.mark.parametrize("name", PAGES)
def test_another_expert_and_an_applicant_find_nothing(name: str) -> None:
    assignment, other = reviewed(), accepted()
    applicant = assignment.application.created_by
    for user in (other.expert.user, applicant):
        assert sign_in(Client(), user).get(page(assignment, name)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_the_manager_may_not_score(name: str) -> None:
    assignment = accepted()
    assert sign_in(Client(), manager_of(assignment.application.call)).get(page(assignment, name)).status_code == 403


@pytest.mark.parametrize("name", ["assignment_answer", "review_edit", "review_submit"])
def test_nobody_else_may_write(name: str) -> None:
    assignment, other = accepted(), accepted()
    for user, status in ((other.expert.user, 404), (manager_of(assignment.application.call), 403)):
        response = sign_in(Client(), user).post(page(assignment, name), typed(answer="conflict", note="x"))
        assert response.status_code == status
    assert Review.objects.count() == 0


def test_an_expert_never_sees_what_another_gave() -> None:
    application = checked()
    first = accepted(application)
    saved(first, ("0.5", "1", "1.5"), comment="Canary of the other expert")
    services.submit_review(assignment_id=first.pk, by=first.expert.user, at=AFTER)
    second = accepted(application)
    client = expert_client(second)
    for name in PAGES:
        html = client.get(page(second, name)).content.decode()
        assert "Canary of the other expert" not in html
        assert "Convincing, with one gap." not in html
        assert first.expert.user.full_name not in html


# --- Scoring ----------------------------------------------------------------------------------


def test_the_sealed_version_is_read_and_scored() -> None:
    assignment = accepted()
    client = expert_client(assignment)
    html = client.get(page(assignment)).content.decode()
    assert "The challenge" in html  # the question
    assert CANARY in html  # and its answer
    assert "€52,000" in html
    response = client.post(page(assignment), typed(mark_impact="3,5"))
    assert (response.status_code, response["Location"]) == (302, page(assignment))
    review = Review.objects.get()
    assert (review.version, review.comment) == (1, "All in all sound.")
    assert dict(review.scores.values_list("criterion__code", "mark")) == {
        "excellence": Decimal("4.0"),
        "impact": Decimal("3.5"),
        "implementation": Decimal("4.0"),
    }
    html = client.get(page(assignment)).content.decode()
    assert "Total 11.5 of 15" in html
    assert "Reaches threshold 10" in html
    assert "3.5 — between good and very good" in html


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("5.5", "5.5 is outside the scale: a mark lies between 0 and 5."),
        ("3.3", "3.3 is between two steps: marks are given in steps of 0.5, such as 3 or 3.5."),
        ("NaN", "A mark is a number from 0 to 5."),
        ("four", "“four” is not a number. A mark lies between 0 and 5."),
    ],
)
def test_a_wrong_mark_gets_a_clear_error_and_nothing_is_lost(mark: str, words: str) -> None:
    assignment = accepted()
    client = expert_client(assignment)
    response = client.post(page(assignment), typed(mark_impact=mark, comment_impact="Typed with care"))
    html = response.content.decode()
    assert response.status_code == 200
    assert words in html
    assert "<title>Error:" in html
    assert "Typed with care" in html
    assert "All in all sound." in html
    assert Review.objects.count() == 0
    update = client.post(page(assignment), typed(mark_impact=mark), headers={"HX-Request": "true"}).content.decode()
    assert words in update
    assert "✕ Not saved" in update


def test_a_comment_that_is_too_long_is_kept_and_refused() -> None:
    assignment = accepted()
    long = "Sound. " * 700
    html = expert_client(assignment).post(page(assignment), typed(comment_impact=long)).content.decode()
    assert "Ensure this value has at most 4000 characters" in html
    assert long.strip()[-200:] in html
    assert Review.objects.count() == 0


def test_autosave_answers_with_the_hour_and_the_total() -> None:
    assignment = accepted()
    client = expert_client(assignment)
    html = client.post(page(assignment), typed(mark_impact=""), headers={"HX-Request": "true"}).content.decode()
    assert '<input type="hidden" name="expected_version" value="1">' in html
    assert "Saved " in html
    assert "Total 8 of 15" in html
    assert "2 of 3 marks given" in html
    assert 'id="anchor-excellence" hx-swap-oob="true">4 — very good' in html
    response = client.post(page(assignment), typed(expected_version="1", next="check"), headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == page(assignment, "review_check")


def test_two_windows_keep_both_texts() -> None:
    assignment = accepted()
    client = expert_client(assignment)
    client.post(page(assignment), typed(comment_impact="From the first window"))
    response = client.post(page(assignment), typed(comment_impact="From the second window"))
    html = response.content.decode()
    assert response.status_code == 409
    assert "From the first window" in html
    assert "From the second window" in html
    assert Score.objects.get(criterion__code="impact").comment == "From the first window"
    update = client.post(page(assignment), typed(comment="x"), headers={"HX-Request": "true"}).content.decode()
    assert "saved in another window" in update
    assert 'name="expected_version" value="0"' in update
    assert 'name="overwrite" value="1"' in update
    again = client.post(page(assignment), typed(comment_impact="From the second window", overwrite="1"))
    assert again.status_code == 302
    assert Score.objects.get(criterion__code="impact").comment == "From the second window"


def test_a_task_taken_back_while_scoring_gives_the_text_back() -> None:
    assignment = accepted()
    client = expert_client(assignment)
    services.withdraw_assignment(assignment_id=assignment.pk, by=assignment.assigned_by, at=AFTER)
    response = client.post(page(assignment), typed(comment_impact="Two hours of work"))
    html = response.content.decode()
    assert response.status_code == 409
    assert "Two hours of work" in html
    assert "was withdrawn" in html
    assert Review.objects.count() == 0
    update = client.post(page(assignment), typed(), headers={"HX-Request": "true"}).content.decode()
    assert "this task is no longer yours to score" in update
    html = client.get(page(assignment), follow=True).content.decode()
    assert "The manager withdrew this request." in html
    assert CANARY not in html


# --- Submitting -------------------------------------------------------------------------------


def test_check_and_hand_in() -> None:
    assignment = accepted()
    client = expert_client(assignment)
    assert client.post(page(assignment), typed(next="check"))["Location"] == page(assignment, "review_check")
    html = client.get(page(assignment, "review_check")).content.decode()
    assert "Reaches all thresholds" in html
    assert "12 of 15" in html
    response = client.post(page(assignment, "review_submit"))
    assert response["Location"] == reverse("assignment_list")
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.REVIEWED
    html = client.get(page(assignment)).content.decode()
    assert "It can no longer be changed." in html
    assert ">Save</button>" not in html
    late = client.post(page(assignment), typed(expected_version="1", mark_impact="0"))
    assert late.status_code == 409
    assert Score.objects.get(criterion__code="impact").mark == Decimal("4.0")


def test_an_incomplete_review_names_what_is_missing() -> None:
    assignment = accepted()
    client = expert_client(assignment)
    client.post(page(assignment), typed(comment_impact="", next="check"))
    html = client.get(page(assignment, "review_check")).content.decode()
    assert "Still missing:" in html
    assert "#id_comment_impact" in html
    assert "Submit the review</button>" not in html
    response = client.post(page(assignment, "review_submit"), follow=True)
    assert "Nothing was submitted, everything is kept." in response.content.decode()
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.ACCEPTED


def test_scoring_asks_few_queries(django_assert_num_queries: Any) -> None:
    assignment = accepted()
    saved(assignment)
    client = expert_client(assignment)
    with django_assert_num_queries(10):
        assert client.get(page(assignment)).status_code == 200


def test_every_page_needs_a_sign_in(client: Client) -> None:
    assignment = asked()
    for name in PAGES:
        assert client.get(page(assignment, name)).status_code == 302
    assert client.get("/evaluation/")["Location"].startswith("/accounts/login/")


def test_after_the_decision_nothing_is_scored() -> None:
    application = checked()
    late = accepted(application)
    evaluated_call = application.call
    for _number in range(2):
        reviewed(application)
    made = services.make_ranking_list(
        call_id=evaluated_call.pk, by=manager_of(evaluated_call), at=AFTER.replace(day=1, month=7)
    )
    services.decide_ranking(ranking_list_id=made.pk, by=manager_of(evaluated_call), at=AFTER.replace(day=2, month=7))
    response = expert_client(late).post(page(late), typed(comment_impact="Too late"))
    assert response.status_code == 409
    assert "Too late" in response.content.decode()
