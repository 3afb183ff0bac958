"""A partner stands behind its part of an application; the lead reminds it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import guidance, services
from applications.confirming import fingerprints
from applications.drafts import draft_of
from applications.forms.confirming import ConfirmationForm
from applications.reading import answers_of
from applications.states import PartnerRole
from applications.views.scoping import led_application, own_application, participation_in


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def participation_confirm(request, pk, participation):
    draft = draft_of(own_application(request, pk), request.user)
    row = next((one for one in draft.participations if one.pk == participation and one.role != PartnerRole.LEAD), None)
    if row is None:
        raise Http404
    if row not in draft.own:
        raise PermissionDenied
    form = ConfirmationForm(request.POST or None, organisation=row.organisation)
    if request.method == "POST" and form.is_valid():
        return _confirmed(request, draft, row, form)
    return _page(request, draft, row, form, status=422 if form.errors else 200)


def _page(request, draft, row, form, *, status=200):
    tasks = [task for task in draft.tasks if task.participation == row]
    context = {
        "application": draft.application,
        "call": draft.application.call,
        "participation": row,
        "rows": [_read(draft, task) for task in tasks],
        "unfinished": [one for one in tasks if not one.is_done],
        "is_confirmed": row.pk in draft.confirmed,
        "can_change": draft.can_change_at(request.received_at),
        "sha256": fingerprints(draft.application, [row], draft.answers)[row.pk],
        "form": form,
        "lead": draft.lead,
    }
    return render(request, "applications/participation_confirm.html", context, status=status)


def _read(draft, task):
    stored = task.saved.answers if task.saved else {}
    return {
        "section": task.section,
        "is_done": task.is_done,
        "answers": answers_of(task.section, stored, draft.known, draft.terms),
        "url": guidance.task_url(draft, task),
    }


def _confirmed(request, draft, row, form):
    try:
        services.confirm_participation(
            application_id=draft.application.pk,
            participation_id=row.pk,
            sha256=form.cleaned_data["sha256"],
            by=request.user,
            at=request.received_at,
        )
    except services.CallClosed:
        messages.error(request, _("The call is closed or frozen, so nothing can be confirmed now. The draft is kept."))
    except services.Incomplete:
        form.add_error(None, _("Some answers of your organisation are still missing. They are listed below."))
        return _page(request, draft, row, form, status=422)
    except services.ConfirmedOtherwise:
        form.add_error(None, _("Somebody changed these sections while you read them. Read them again, then confirm."))
        return _page(request, draft, row, form, status=409)
    else:
        words = _("%(name)s has confirmed its part. If its sections change, it has to confirm again.")
        messages.success(request, words % {"name": row.organisation.legal_name})
    return redirect(draft.application)


@login_required
@require_POST
def partner_remind(request, pk, participation):
    application = led_application(request, pk)
    row = participation_in(application, participation)
    name = {"name": row.organisation.legal_name}
    try:
        services.remind_partner(
            application_id=application.pk, participation_id=row.pk, by=request.user, at=request.received_at
        )
    except services.CallClosed:
        messages.error(request, _("The call is closed or frozen, so nothing can be confirmed now."))
    except services.NothingToConfirm:
        messages.info(request, _("%(name)s has confirmed its part already.") % name)
    except services.AlreadyReminded:
        messages.info(request, _("%(name)s was reminded today already.") % name)
    else:
        messages.success(request, _("The people of %(name)s are reminded by e-mail.") % name)
    return redirect(application)
