"""Inviting partners, and answering an invitation."""

from __future__ import annotations

import contextlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.links import sign_in_links
from applications import rules, services
from applications.drafts import draft_of
from applications.forms import InvitationForm, ParticipationForm, ProjectRoleForm
from applications.inviting import can_join_at, lead_of, newer_than, people_of_lead, speaker_of, told_of
from applications.models import PartnerInvitation
from applications.rounds import deadline_at
from applications.states import ApplicationStatus, PartnerRole
from applications.views.scoping import led_application, participation_in


def not_now() -> str:
    return _("Partners can only change while the call is open, not frozen, and the application is a draft.")


def many_today() -> str:
    return _("You have sent many invitations today. Wait until tomorrow before you send more.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_invite(request, pk):
    application = led_application(request, pk)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invited(request, application, form):
        return redirect("partner_invite", application.pk)
    draft = draft_of(application, request.user)
    is_draft = application.status == ApplicationStatus.DRAFT
    context = {
        "application": application,
        "call": application.call,
        "participations": draft.participations,
        "lead": next(row.organisation for row in draft.participations if row.role == PartnerRole.LEAD),
        "invitations": _sent_rows(application),
        "form": form,
        "can_change": is_draft and draft.can_change_at(request.received_at),
        "has_roles": application.call.project_roles.exists(),
    }
    return render(request, "applications/partner_invite.html", context, status=422 if form.errors else 200)


def _sent_rows(application):
    """Each invitation, and whether its sender still acts for the lead."""
    people = people_of_lead(application)
    rows = application.invitations.select_related("invited_by", "respondent")
    return [(row, row.invited_by in people) for row in rows]


def _invited(request, application, form) -> bool:
    email = form.cleaned_data["email"]
    try:
        services.invite_partner(
            application_id=application.pk,
            email=email,
            organisation_name=form.cleaned_data["organisation_name"],
            by=request.user,
            at=request.received_at,
        )
    except services.AlreadyPartner:
        form.add_error("email", _("This address has an invitation already that is not answered yet."))
    except services.TooManyInvitations:
        form.add_error(None, many_today())
    except (services.CallClosed, services.IllegalMove):
        form.add_error(None, not_now())
    else:
        messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": email})
        return True
    return False


@login_required
@require_POST
def invitation_cancel(request, pk, invitation):
    application = led_application(request, pk)
    row = get_object_or_404(application.invitations, pk=invitation)
    try:
        services.cancel_invitation(token=row.token, by=request.user, at=request.received_at)
    except services.InvitationSpent:
        messages.error(request, _("The invitation was answered meanwhile."))
    else:
        messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": row.email})
    return redirect("partner_invite", application.pk)


@login_required
@require_POST
def invitation_again(request, pk, invitation):
    application = led_application(request, pk)
    row = get_object_or_404(application.invitations, pk=invitation)
    try:
        services.send_invitation_anew(token=row.token, by=request.user, at=request.received_at)
    except services.InvitationSpent:
        messages.error(request, _("This invitation is answered, cancelled, or sent anew already."))
    except services.TooManyInvitations:
        messages.error(request, many_today())
    except (services.CallClosed, services.IllegalMove):
        messages.error(request, not_now())
    else:
        messages.success(request, _("A new invitation to %(email)s is on its way.") % {"email": row.email})
    return redirect("partner_invite", application.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_remove(request, pk, participation):
    application = led_application(request, pk)
    row = participation_in(application, participation)
    if request.method == "POST":
        return _removed(request, application, row)
    context = {
        "application": application,
        "call": application.call,
        "participation": row,
        "is_lead": row.role == PartnerRole.LEAD,
    }
    return render(request, "applications/partner_remove.html", context)


def _removed(request, application, row):
    try:
        services.remove_partner(
            application_id=application.pk, participation_id=row.pk, by=request.user, at=request.received_at
        )
    except services.AlreadyPartner:
        messages.error(request, _("The lead cannot be taken out."))
    except (services.CallClosed, services.IllegalMove):
        messages.error(request, not_now())
    else:
        messages.success(request, _("%(name)s is no longer a partner.") % {"name": row.organisation.legal_name})
    return redirect("partner_invite", application.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_role(request, pk, participation):
    application = led_application(request, pk)
    row = participation_in(application, participation)
    form = ProjectRoleForm(request.POST or None, call=application.call, initial={"project_role": row.project_role_id})
    if request.method == "POST" and form.is_valid():
        return _role_chosen(request, application, row, form.cleaned_data["project_role"])
    context = {"application": application, "call": application.call, "participation": row, "form": form}
    return render(request, "applications/partner_role.html", context, status=422 if form.errors else 200)


def _role_chosen(request, application, row, role):
    try:
        services.choose_project_role(
            application_id=application.pk,
            participation_id=row.pk,
            project_role=role,
            by=request.user,
            at=request.received_at,
        )
    except (services.CallClosed, services.IllegalMove):
        messages.error(request, not_now())
    else:
        words = _("%(name)s takes part as %(role)s.")
        messages.success(request, words % {"name": row.organisation.legal_name, "role": role.title})
    return redirect("partner_invite", application.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_answer(request, token):
    """Whoever holds the secret link of the mail may answer; signed-out people are told what it is about first."""
    rows = PartnerInvitation.objects.select_related("application__call__eurocluster", "invited_by")
    invitation = get_object_or_404(rows, token=token)
    people = people_of_lead(invitation.application)
    if not (people and invitation.is_pending and can_join_at(invitation.application, request.received_at)):
        return _spent(request, invitation)
    if request.method == "POST" and request.POST.get("answer") == "decline":
        return _declined(request, invitation)
    if not request.user.is_authenticated:
        return _invitation_page(request, invitation, form=None, people=people)
    form = ParticipationForm(request.POST or None, call=invitation.application.call, user=request.user)
    if request.method == "POST" and form.is_valid():
        return _joined(request, invitation, form, people)
    return _invitation_page(request, invitation, form=form, people=people)


def _invitation_page(request, invitation, *, form, people):
    here = request.path
    application = invitation.application
    after = urlencode({"next": here})
    context = {
        "invitation": invitation,
        "application": application,
        "call": application.call,
        "lead": lead_of(application),
        "speaker": speaker_of(invitation, people),
        "until": deadline_at(application, request.received_at),
        "form": form,
        "has_organisation": bool(form and form.own),
        **sign_in_links(here),
        "create_url": f"{reverse('organisation_create')}?{after}",
    }
    return render(request, "applications/invitation_answer.html", context, status=422 if form and form.errors else 200)


def _joined(request, invitation, form, people):
    organisation = form.cleaned_data["organisation"]
    try:
        services.accept_invitation(
            token=invitation.token,
            organisation=organisation,
            sector=form.cleaned_data.get("sector"),
            project_role=form.cleaned_data.get("project_role"),
            by=request.user,
            at=request.received_at,
        )
    except services.AlreadyPartner:
        form.add_error("organisation", _("This organisation is part of the application already."))
        return _invitation_page(request, invitation, form=form, people=people)
    except (services.InvitationSpent, services.NobodyLeads, services.CallClosed, services.IllegalMove):
        invitation.refresh_from_db()
        return _spent(request, invitation)
    messages.success(
        request,
        _("%(name)s is now a partner. Fill in its own sections next.") % {"name": organisation.legal_name},
    )
    return redirect(invitation.application)


def _declined(request, invitation):
    by = request.user if request.user.is_authenticated else None
    with contextlib.suppress(services.InvitationSpent):
        services.decline_invitation(token=invitation.token, by=by, at=request.received_at)
    invitation.refresh_from_db()
    return _spent(request, invitation)


def _spent(request, invitation):
    application = invitation.application
    people = people_of_lead(application)
    context = {
        "invitation": invitation,
        "application": application,
        "call": application.call,
        "lead": lead_of(application),
        "speaker": speaker_of(invitation, people),
        "told": told_of(invitation, people),
        "newer": newer_than(invitation),
        "is_member": rules.can_edit(request.user, application),
    }
    return render(request, "applications/invitation_spent.html", context)
