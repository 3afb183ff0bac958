"""Read left, score right."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.reading import costs_of, sections_of
from applications.sealed_forms import form_of
from evaluation import rules, services
from evaluation.forms import ReviewForm, initial_of
from evaluation.models import Assignment, Review
from evaluation.proposal import for_experts
from evaluation.scheme import scheme_of
from evaluation.states import AssignmentStatus
from evaluation.tally import ANCHORS, has_common_scale, tally_of
from evaluation.views.assignments import own_assignment


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_edit(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = own_assignment(request, pk)
    if request.method == "POST":
        return save(request, assignment)
    if not rules.can_review(request.user, assignment):
        messages.info(request, _("The proposal opens once you have accepted the task."))
        return redirect("assignment_detail", pk=pk)
    return render_review(request, assignment, form_for(assignment))


def form_for(assignment: Assignment, data: object = None) -> ReviewForm:
    review = stored_review(assignment)
    scores = review.scores.select_related("criterion") if review else []
    criteria = list(assignment.application.call.criteria.all())
    return ReviewForm(
        data,
        initial=initial_of(review, scores),
        scheme=scheme_of(assignment.application.call),
        guidance={row.code: row.guidance for row in criteria},
        is_closed=assignment.status != AssignmentStatus.ACCEPTED,
    )


def stored_review(assignment: Assignment) -> Review | None:
    return Review.objects.filter(assignment=assignment).first()


# --- Saving -----------------------------------------------------------------------------------


def save(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    if assignment.status != AssignmentStatus.ACCEPTED:
        return give_back(request, assignment)
    form = form_for(assignment, request.POST)
    if not form.is_valid():
        return refused(request, assignment, form)
    try:
        review = services.save_review(
            assignment_id=assignment.pk,
            given=form.given(),
            comment=form.cleaned_data["comment"],
            expected_version=form.version(),
            by=request.user,
            at=request.received_at,
        )
    except services.ReviewConflict as conflict:
        return conflicting(request, assignment, form, conflict.review)
    except services.IllegalMove:
        return give_back(request, own_assignment(request, assignment.pk))
    return saved(request, assignment, form, review)


def saved(request: HttpRequest, assignment: Assignment, form: ReviewForm, review: Review) -> HttpResponse:
    goes_on = request.POST.get("next") == "check"
    target = reverse("review_check" if goes_on else "review_edit", args=[assignment.pk])
    if not request.htmx:
        if not goes_on:
            messages.success(request, _("Your review is saved."))
        return redirect(target)
    if goes_on:
        return HttpResponse(headers={"HX-Redirect": target})
    return render_state(request, form, version=review.version, saved_at=review.saved_at)


def refused(request: HttpRequest, assignment: Assignment, form: ReviewForm) -> HttpResponse:
    """Nothing is saved, nothing typed is lost: the form comes back as it was sent."""
    if request.htmx:
        problems = [f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts]
        return render_state(request, form, version=request.POST.get("expected_version", "0"), problems=problems)
    return render_review(request, assignment, form)


def conflicting(request: HttpRequest, assignment: Assignment, form: ReviewForm, theirs: Review) -> HttpResponse:
    """Somebody, most likely the same expert in another window, saved meanwhile. Neither text is lost."""
    rows = list(form_for(assignment).rows())
    if request.htmx:
        version = form.cleaned_data["expected_version"]
        return render_state(request, form, version=version, theirs=rows, saved_elsewhere=theirs)
    form.data = {**form.data.dict(), "expected_version": str(theirs.version)}  # type: ignore[attr-defined]
    return render_review(request, assignment, form, theirs=rows, saved_elsewhere=theirs, status=409)


def give_back(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """The task ended while the expert wrote: the text is offered back, and counts for nothing."""
    form = form_for(assignment, request.POST)
    if request.htmx:
        words = _("Not saved: this task is no longer yours to score. Your text is still on this page if you need it.")
        return render_state(request, form, version=request.POST.get("expected_version", "0"), problems=[words])
    context = {"assignment": assignment, "call": assignment.application.call, "texts": form.typed_texts()}
    return render(request, "evaluation/review_returned.html", context, status=409)


def render_state(request: HttpRequest, form: ReviewForm, **context: object) -> HttpResponse:
    """What changes on the page at an autosave: version, hour, total and the sentence of each mark."""
    context = {"problems": [], "saved_at": None, "theirs": None, "saved_elsewhere": None} | context
    context |= {"rows": list(form.rows()), "tally": tally_of(form.scheme, form.marks), "is_update": True}
    return render(request, "evaluation/_review_state.html", context)


def render_review(
    request: HttpRequest, assignment: Assignment, form: ReviewForm, status: int = 200, **more: object
) -> HttpResponse:
    application = assignment.application
    review = stored_review(assignment)
    content = assignment.submission.content
    others = Assignment.objects.of_expert(request.user).filter(status=AssignmentStatus.ACCEPTED)
    sections = sections_of(form_of(application, content), content, application.call.funding_rate)
    context = {
        "assignment": assignment,
        "application": application,
        "call": application.call,
        "form": form,
        "rows": list(form.rows()),
        "review": review,
        "version": form["expected_version"].value(),
        "saved_at": review.saved_at if review else None,
        "problems": [],
        "tally": tally_of(form.scheme, form.marks),
        "content": content,
        "sections": for_experts(sections),
        "costs": costs_of(sections),
        "anchors": ANCHORS if has_common_scale(form.scheme) else (),
        "is_closed": assignment.status != AssignmentStatus.ACCEPTED,
        "is_update": False,
        "next_assignment": others.exclude(pk=assignment.pk).select_related("application").first(),
        "theirs": None,
        "saved_elsewhere": None,
    }
    return render(request, "evaluation/review_edit.html", context | more, status=status)


# --- Submitting -------------------------------------------------------------------------------


@login_required
@require_safe
def review_check(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = own_assignment(request, pk)
    if assignment.status != AssignmentStatus.ACCEPTED:
        return redirect("review_edit", pk=pk)
    form = form_for(assignment)
    rows = list(form.rows())
    missing = [row for row in rows if row.mark.value() is None or not str(row.comment.value() or "").strip()]
    context = {
        "assignment": assignment,
        "application": assignment.application,
        "call": assignment.application.call,
        "rows": rows,
        "overall": form["comment"].value() or "",
        "tally": tally_of(form.scheme, form.marks),
        "missing": missing,
    }
    return render(request, "evaluation/review_check.html", context)


@login_required
@require_POST
def review_submit(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = own_assignment(request, pk)
    try:
        services.submit_review(assignment_id=assignment.pk, by=request.user, at=request.received_at)
    except services.ReviewIncomplete:
        messages.error(
            request, _("Some marks or comments are still missing. Nothing was submitted, everything is kept.")
        )
        return redirect("review_check", pk=pk)
    except services.IllegalMove:
        messages.error(request, _("This task is no longer yours to score. What you saved does not count."))
        return redirect("assignment_detail", pk=pk)
    messages.success(
        request,
        _("Your review of %(reference)s is submitted. Thank you.") % {"reference": assignment.application.reference},
    )
    return redirect("assignment_list")
