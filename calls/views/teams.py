"""The team of a Eurocluster: who holds which role, who is invited, and the answer to an invitation."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.links import sign_in_links
from calls import rules, services
from calls.forms import TeamInvitationForm
from calls.models import Eurocluster, TeamInvitation, TeamRole
from calls.states import Role


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The roles now held; on POST an owner or administrator invites a person to a role."""
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    can_give = rules.can_give_roles(request.user, eurocluster)
    if request.method == "POST" and not can_give:
        raise PermissionDenied
    form = TeamInvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invited(request, eurocluster, form):
        return redirect("team_detail", slug)
    roles = eurocluster.team_roles.held_at(request.received_at).select_related("user", "given_by")
    pending = eurocluster.team_invitations.filter(accepted_at=None, cancelled_at=None).select_related("invited_by")
    context = {
        "eurocluster": eurocluster,
        "roles": list(roles.order_by("role", "user__full_name")),
        "invitations": [(row, row.is_open_at(request.received_at)) for row in pending] if can_give else [],
        "form": form,
        "can_give": can_give,
    }
    return render(request, "calls/team_detail.html", context)


def _invited(request: HttpRequest, eurocluster: Eurocluster, form: TeamInvitationForm) -> bool:
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        services.invite_to_team(
            eurocluster_id=eurocluster.pk, email=email, role=role, by=request.user, at=request.received_at
        )
    except services.AlreadyInTeam:
        form.add_error("email", _("This person holds the role already, or is invited to it."))
        return False
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": email})
    return True


def _led(request: HttpRequest, slug: str) -> Eurocluster:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not rules.can_give_roles(request.user, eurocluster):
        raise PermissionDenied
    return eurocluster


@login_required
@require_POST
def role_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    eurocluster = _led(request, slug)
    held = get_object_or_404(TeamRole.objects.select_related("user"), pk=pk, eurocluster=eurocluster)
    try:
        services.end_role(role_id=held.pk, by=request.user, at=request.received_at)
    except services.LastOwner:
        messages.error(request, _("This is the only owner. Invite another one first."))
        return redirect("team_detail", slug)
    messages.success(request, _("The role of %(name)s has ended.") % {"name": held.user})
    return redirect("desk") if held.user == request.user else redirect("team_detail", slug)


@login_required
@require_POST
def team_invitation_cancel(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    invitation = get_object_or_404(_led(request, slug).team_invitations, pk=pk)
    try:
        services.cancel_team_invitation(invitation_id=invitation.pk, by=request.user, at=request.received_at)
    except services.InvitationOver:
        messages.error(request, _("The invitation was accepted or cancelled meanwhile."))
    else:
        messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": invitation.email})
    return redirect("team_detail", slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def team_invitation_answer(request: HttpRequest, token: UUID) -> HttpResponse:
    """Whoever holds the secret link reads what it is about; the person who was invited accepts it."""
    rows = TeamInvitation.objects.select_related("eurocluster", "invited_by")
    invitation = get_object_or_404(rows, token=token)
    if request.method == "POST":
        return _accepted(request, invitation)
    return _answer_page(request, invitation)


def _accepted(request: HttpRequest, invitation: TeamInvitation) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        services.accept_team_invitation(token=invitation.token, by=request.user, at=request.received_at)
    except services.InvitationOver:
        invitation.refresh_from_db()
        return _answer_page(request, invitation)
    except services.OtherAddress:
        return _answer_page(request, invitation, status=403)
    words = _("Welcome to the team of %(name)s. Your role: %(role)s.")
    messages.success(request, words % {"name": invitation.eurocluster, "role": invitation.get_role_display()})
    return redirect("manage_eurocluster", invitation.eurocluster.slug)


def _answer_page(request: HttpRequest, invitation: TeamInvitation, status: int = 200) -> HttpResponse:
    context = {
        "invitation": invitation,
        "eurocluster": invitation.eurocluster,
        "is_open": invitation.is_open_at(request.received_at),
        "is_invited": request.user.is_authenticated and request.user.email.lower() == invitation.email,
        **sign_in_links(request.path),
    }
    return render(request, "calls/team_invitation_answer.html", context, status=status)
