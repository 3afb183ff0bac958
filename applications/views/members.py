"""Who acts for an organisation: invitations and their answer, roles, leaving, asking to join."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.links import sign_in_links
from applications import rules, services
from applications.forms import JoinDecisionForm, JoinForm, MemberInvitationForm, MemberRoleForm
from applications.inviting import open_invitations_by
from applications.join_links import organisation_in
from applications.models import MemberInvitation, Organisation
from applications.services.members import withdraw_join_request
from applications.states import MemberRole
from applications.views.organisations import own_organisation
from applications.views.scoping import page_after


def _administered(request, pk):
    organisation = own_organisation(request, pk)
    if not rules.can_manage_members(request.user, organisation):
        raise PermissionDenied
    return organisation


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_people(request, pk):
    """Everybody who acts for it; on POST an administrator invites a person."""
    organisation = own_organisation(request, pk)
    can_manage = rules.can_manage_members(request.user, organisation)
    if request.method == "POST" and not can_manage:
        raise PermissionDenied
    form = MemberInvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invited(request, organisation, form):
        return redirect("organisation_people", pk)
    context = {
        "organisation": organisation,
        "can_manage": can_manage,
        "form": form,
        "roles": MemberRole.choices,
        **_people(request, organisation, can_manage=can_manage),
    }
    return render(request, "applications/organisation_people.html", context, status=422 if form.errors else 200)


def _people(request, organisation, *, can_manage):
    members = list(organisation.memberships.filter(left_at=None).select_related("user").order_by("joined_at"))
    administrators = [row for row in members if row.role == MemberRole.ADMIN and row.user.is_active]
    pending = organisation.member_invitations.filter(accepted_at=None, cancelled_at=None).select_related("invited_by")
    asked = organisation.join_requests.waiting().select_related("asked_by")
    return {
        "members": members,
        "only_administrator": administrators[0] if len(administrators) == 1 else None,
        "invitations": [(row, row.is_open_at(request.received_at)) for row in pending] if can_manage else [],
        "requests": list(asked) if can_manage else [],
    }


def _invited(request, organisation, form):
    """The same words whether or not the address has an account."""
    email = form.cleaned_data["email"]
    try:
        services.invite_member(
            organisation_id=organisation.pk,
            email=email,
            role=MemberRole(form.cleaned_data["role"]),
            by=request.user,
            at=request.received_at,
        )
    except services.AlreadyMember:
        form.add_error("email", _("This person acts for the organisation already."))
    except services.AlreadyAsked:
        form.add_error("email", _("This address has an invitation already that is not answered yet."))
    except services.TooManyAsked:
        form.add_error(None, _("You have sent many invitations today. Wait until tomorrow before you send more."))
    else:
        messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": email})
        return True
    return False


@login_required
@require_POST
def member_invitation_cancel(request, pk, invitation):
    row = get_object_or_404(_administered(request, pk).member_invitations, pk=invitation)
    try:
        services.cancel_member_invitation(
            organisation_id=pk, invitation_id=row.pk, by=request.user, at=request.received_at
        )
    except services.MemberInvitationOver:
        messages.error(request, _("The invitation was accepted or cancelled meanwhile."))
    else:
        messages.success(request, _("The invitation to %(email)s no longer works.") % {"email": row.email})
    return redirect("organisation_people", pk)


@login_required
@require_POST
def member_role(request, pk, membership):
    row = get_object_or_404(_administered(request, pk).memberships.filter(left_at=None), pk=membership)
    form = MemberRoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a role."))
        return redirect("organisation_people", pk)
    try:
        changed = services.change_member_role(
            organisation_id=pk,
            membership_id=row.pk,
            role=MemberRole(form.cleaned_data["role"]),
            by=request.user,
            at=request.received_at,
        )
    except services.LastAdministrator:
        messages.error(request, _only_one())
    else:
        words = _("The role of %(name)s: %(role)s.")
        messages.success(request, words % {"name": changed.user, "role": changed.get_role_display()})
    return redirect("organisation_people", pk)


def _only_one():
    return _("This is the only administrator. Make another member administrator first, then try again.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request, pk, membership):
    """A page that asks first. Members take themselves out here, administrators everybody."""
    organisation = own_organisation(request, pk)
    rows = organisation.memberships.filter(left_at=None).select_related("user")
    row = get_object_or_404(rows, pk=membership)
    if row.user != request.user and not rules.can_manage_members(request.user, organisation):
        raise PermissionDenied
    if request.method == "POST":
        return _removed(request, organisation, row)
    others = [one for one in rows.order_by("joined_at") if one.pk != row.pk]
    is_last = row.role == MemberRole.ADMIN and not [
        one for one in others if one.role == MemberRole.ADMIN and one.user.is_active
    ]
    context = {
        "organisation": organisation,
        "membership": row,
        "is_self": row.user == request.user,
        "is_last": is_last,
        "others": others,
        "sent": open_invitations_by(row.user, pk).count(),
    }
    return render(request, "applications/member_remove.html", context)


def _removed(request, organisation, row):
    try:
        services.end_membership(
            organisation_id=organisation.pk, membership_id=row.pk, by=request.user, at=request.received_at
        )
    except services.LastAdministrator:
        messages.error(request, _only_one())
        return redirect("member_remove", organisation.pk, row.pk)
    if row.user == request.user:
        messages.success(request, _("You no longer act for %(name)s.") % {"name": organisation})
        return redirect("organisation_list")
    words = _("%(person)s no longer acts for %(name)s.")
    messages.success(request, words % {"person": row.user, "name": organisation})
    return redirect("organisation_people", organisation.pk)


# --- The answer to an invitation --------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member_invitation_answer(request, token):
    """Whoever holds the secret link reads what it is about; the person who was invited accepts it."""
    rows = MemberInvitation.objects.select_related("organisation", "invited_by")
    invitation = get_object_or_404(rows, token=token)
    if request.method == "POST":
        return _accepted(request, invitation)
    return _answer_page(request, invitation)


def _accepted(request, invitation):
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        services.accept_member_invitation(token=invitation.token, by=request.user, at=request.received_at)
    except services.MemberInvitationOver:
        invitation.refresh_from_db()
        return _answer_page(request, invitation)
    except services.OtherAddress:
        return _answer_page(request, invitation, status=403)
    messages.success(request, _("You act for %(name)s from now on.") % {"name": invitation.organisation})
    return redirect(invitation.organisation)


def _answer_page(request, invitation, status=200):
    context = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "is_open": invitation.is_open_at(request.received_at),
        "is_invited": request.user.is_authenticated and request.user.email.lower() == invitation.email,
        "is_member": rules.acts_for(request.user, invitation.organisation_id),
        **sign_in_links(request.path),
    }
    return render(request, "applications/member_invitation_answer.html", context, status=status)


# --- Asking to join ---------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_join(request, token):
    """Ask to act for an organisation that was found at entry. Its name, town and country are all that is shown."""
    found = organisation_in(token, request.user)
    if found is None:
        raise Http404
    organisation = get_object_or_404(Organisation, pk=found)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _asked(request, organisation, form)
        if answer:
            return answer
    context = {
        "organisation": organisation,
        "form": form,
        "is_member": rules.acts_for(request.user, organisation),
        "is_asked": organisation.join_requests.waiting().filter(asked_by=request.user).exists(),
        "cancel_url": page_after(request, reverse("organisation_list")),
    }
    return render(request, "applications/organisation_join.html", context, status=422 if form.errors else 200)


def _asked(request, organisation, form):
    message = form.cleaned_data["message"]
    try:
        services.ask_to_join(organisation_id=organisation.pk, message=message, by=request.user, at=request.received_at)
    except services.AlreadyMember:
        return redirect(organisation)
    except services.AlreadyAsked:
        messages.info(request, _("You have asked before. The administrators have not answered yet."))
    except services.TooManyAsked:
        form.add_error(None, _("You have asked many times today. Wait until tomorrow before you ask again."))
        return None
    else:
        words = _("The administrators of %(name)s are asked. You get a mail when they answer.")
        messages.success(request, words % {"name": organisation})
    return redirect("organisation_list")


@login_required
@require_POST
def join_request_withdraw(request, join_request):
    row = get_object_or_404(request.user.join_requests.select_related("organisation"), pk=join_request)
    try:
        withdraw_join_request(request_id=row.pk, by=request.user, at=request.received_at)
    except services.RequestDecided:
        messages.info(request, _("Your request was answered meanwhile."))
    else:
        words = _("Your request to join %(name)s is taken back.")
        messages.success(request, words % {"name": row.organisation})
    return redirect("organisation_list")


@login_required
@require_POST
def join_request_decide(request, pk, join_request):
    row = get_object_or_404(_administered(request, pk).join_requests.select_related("asked_by"), pk=join_request)
    form = JoinDecisionForm(request.POST)
    if not form.is_valid():
        return redirect("organisation_people", pk)
    is_accepted = form.cleaned_data["answer"] == "accept"
    try:
        services.decide_join_request(
            organisation_id=pk, request_id=row.pk, is_accepted=is_accepted, by=request.user, at=request.received_at
        )
    except services.RequestDecided:
        messages.error(request, _("Somebody answered this request meanwhile, or it was taken back."))
    else:
        words = _("%(name)s now acts for the organisation, too.") if is_accepted else _("%(name)s is told: no.")
        messages.success(request, words % {"name": row.asked_by})
    return redirect("organisation_people", pk)
