"""The team of a Eurocluster: who holds which role."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calls import rules, services
from calls.forms import RoleForm
from calls.models import Eurocluster, TeamRole
from calls.states import Role


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The roles now held; on POST an owner or administrator gives a role to a person who has an account."""
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    can_give = rules.can_give_roles(request.user, eurocluster)
    if request.method == "POST" and not can_give:
        raise PermissionDenied
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        role = Role(form.cleaned_data["role"])
        services.give_role(
            user=form.person, role=role, eurocluster=eurocluster, by=request.user, at=request.received_at
        )
        values = {"name": form.person, "role": role.label, "eurocluster": eurocluster}
        messages.success(request, _("%(name)s is now %(role)s of %(eurocluster)s.") % values)
        return redirect("team_detail", slug)
    roles = eurocluster.team_roles.held_at(request.received_at).select_related("user", "given_by")
    context = {
        "eurocluster": eurocluster,
        "roles": list(roles.order_by("role", "user__full_name")),
        "form": form,
        "can_give": can_give,
    }
    return render(request, "calls/team_detail.html", context)


@login_required
@require_POST
def role_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not rules.can_give_roles(request.user, eurocluster):
        raise PermissionDenied
    held = get_object_or_404(TeamRole.objects.select_related("user"), pk=pk, eurocluster=eurocluster)
    services.end_role(role_id=held.pk, by=request.user, at=request.received_at)
    messages.success(request, _("The role of %(name)s has ended.") % {"name": held.user})
    return redirect("team_detail", slug)
