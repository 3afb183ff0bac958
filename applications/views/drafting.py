"""Starting an application, its list and its task list."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from applications import comments, guidance, rounds, services
from applications.assessment import assess_typed
from applications.checking import team_context, with_traces
from applications.drafts import draft_of
from applications.eligibility import blocking, fitting
from applications.forms import ParticipationForm
from applications.models import Application
from applications.presence import names_at, others_told, place_of, with_presence
from applications.rules import can_read_as_team
from applications.set_aside import with_aside
from applications.states import ApplicationStatus
from applications.views.presence import present_on_list
from calls.models import Call
from calls.paging import page_of
from calls.phases import Phase


@login_required
@require_safe
def application_list(request):
    found = Application.objects.of_member(request.user).for_list().select_related("cut_off")
    page = page_of(request, found)
    rounds.read_cut_offs(one.call for one in page)
    rows = [_listed(one, request.received_at) for one in page]
    return render(request, "applications/application_list.html", {"page_obj": page, "rows": rows})


def _listed(application, at):
    is_open = application.call.phase_at(at) == Phase.OPEN
    return {"application": application, "open": is_open, "until": rounds.deadline_at(application, at)}


@login_required
def application_start(request, code):
    call = get_object_or_404(Call.objects.visible_to(request.user).select_related("eurocluster"), code=code)
    here = reverse("application_start", args=[code])
    if call.phase_at(request.received_at) != Phase.OPEN:
        return _not_open(request, call)
    form = ParticipationForm(request.POST or None, call=call, user=request.user)
    if not form.own:
        return render(request, "applications/application_start_first.html", {"call": call, "next": here})
    if request.method == "POST" and form.is_valid():
        return _started(request, call, form)
    until = rounds.next_cut_off(call, request.received_at)
    context = {"call": call, "form": form, "next": here, "begun": _begun(request, call), "until": until}
    return render(request, "applications/application_start.html", context)


def _not_open(request, call):
    phase = call.phase_at(request.received_at)
    context = {"call": call, "phase": phase, "is_upcoming": phase == Phase.UPCOMING, "is_frozen": phase == Phase.FROZEN}
    return render(request, "applications/application_start_closed.html", context, status=409 if request.POST else 200)


def _begun(request, call):
    return list(Application.objects.of_member(request.user).filter(call=call).order_by("-created_at")[:5])


def _started(request, call, form):
    try:
        application = services.start_application(
            call_id=call.pk,
            organisation=form.cleaned_data["organisation"],
            sector=form.cleaned_data.get("sector"),
            project_role=form.cleaned_data.get("project_role"),
            by=request.user,
            at=request.received_at,
        )
    except services.CallClosed:
        return _not_open(request, call)
    except services.TooManyStarted:
        messages.error(
            request, _("You have started many applications today. Wait until tomorrow before you start more.")
        )
        return redirect("application_list")
    messages.success(
        request, _("Your application has the reference %(reference)s.") % {"reference": application.reference}
    )
    return redirect(application)


@login_required
@require_safe
def application_detail(request, pk):
    rows = Application.objects.of_member(request.user).select_related("call__eurocluster", "form").with_newer_form()
    rows = with_aside(with_traces(comments.with_waiting(with_presence(rows, request.user, request.received_at))))
    application = rows.filter(pk=pk).first()
    if application is None:
        return _team_reading(request, pk)
    draft = draft_of(application, request.user)
    results = assess_typed(application, draft.participations, draft.answers)
    latest = application.submissions.defer("content", "canonical").first() if application.submitted_at else None
    is_draft = application.status == ApplicationStatus.DRAFT  # partners join a draft only
    invitations = [row for row in application.invitations.all() if row.is_pending] if is_draft else []
    can_change = draft.can_change_at(request.received_at)
    present = others_told(application) if can_change else []
    context = {
        "application": application,
        "call": application.call,
        "draft": draft,
        "groups": guidance.task_groups(draft, can_change=can_change, notes=_notes_on(draft, present)),
        "present": present_on_list(draft, present),
        "results": results,
        "fits": fitting(results),
        "refused": blocking(results),
        "latest": latest,
        "invitations": invitations,
        "can_change": can_change,
        "can_restore": draft.is_lead and rounds.can_restore_at(application, request.received_at),
        "until": rounds.deadline_at(application, request.received_at),
        "aside_count": application.aside_count,
        "can_take_form_over": can_change and draft.is_lead and _may_take_form_over(application),
        **team_context(application, request.received_at),
        "next_step": guidance.next_step(
            draft, refused=blocking(results), invitations=invitations, at=request.received_at
        ),
    }
    return render(request, "applications/application_detail.html", context)


def _notes_on(draft, present):
    """Per section: how many comments wait, and who is writing there."""
    waiting = comments.waiting_in(draft.application)

    def notes(task):
        count = waiting[comments.place_of(task)]
        found = [ngettext("%(n)s comment", "%(n)s comments", count) % {"n": count}] if count else []
        names = names_at(present, place_of(task))
        return found + [_("%(name)s is writing here") % {"name": name} for name in names]

    return notes


def _may_take_form_over(application):
    return application.status == ApplicationStatus.SUBMITTED and application.has_newer_form


def _team_reading(request, pk):
    """The team of the Eurocluster reads what was submitted, never what is being written."""
    application = get_object_or_404(Application.objects.of_team(request.user), pk=pk)
    name = "eligibility_check" if can_read_as_team(request.user, application) else "application_read"
    return HttpResponseRedirect(reverse(name, args=[application.pk]))
