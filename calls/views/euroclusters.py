"""Adding Euroclusters, and what owners and administrators say about one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from calls import logos, rules, services
from calls.forms import euroclusters as forms
from calls.models import Eurocluster
from documents import responses

Permission = Callable[[Any, Eurocluster], bool]


def _own(request: HttpRequest, slug: str, may: Permission) -> Eurocluster:
    eurocluster = get_object_or_404(Eurocluster.objects.seen_by_team_member(request.user), slug=slug)
    if not may(request.user, eurocluster):
        raise PermissionDenied
    return eurocluster


def _team_only(request: HttpRequest) -> None:
    """For people without a role these pages do not exist."""
    if not rules.holds_any_team_role(request.user):
        raise Http404


@login_required
@require_safe
def eurocluster_list(request: HttpRequest) -> HttpResponse:
    _team_only(request)
    people = Count("team_roles__user", filter=Q(team_roles__ended_at=None), distinct=True)
    found = Eurocluster.objects.seen_by_team_member(request.user).annotate(
        people=people, call_count=Count("calls", distinct=True)
    )
    context = {"euroclusters": list(found), "can_add": rules.can_add_euroclusters(request.user)}
    return render(request, "calls/eurocluster_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def eurocluster_create(request: HttpRequest) -> HttpResponse:
    _team_only(request)
    if not rules.can_add_euroclusters(request.user):
        raise PermissionDenied
    form = forms.NewEuroclusterForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _created(request, form)):
        words = _("%(name)s is added, and %(email)s is invited to own it. Enter its partners next.")
        messages.success(request, words % {"name": made.name, "email": form.cleaned_data["owner_email"]})
        return redirect("partners_edit", made.slug)
    return render(request, "calls/eurocluster_create.html", {"form": form})


def _created(request: HttpRequest, form: forms.NewEuroclusterForm) -> Eurocluster | None:
    typed = form.cleaned_data
    try:
        return services.create_eurocluster(
            slug=typed["slug"],
            reference_prefix=typed["reference_prefix"],
            profile=typed,
            sectors=form.sectors_chosen(),
            owner_email=typed["owner_email"],
            by=request.user,
            at=request.received_at,
        )
    except services.NameTaken as taken:
        form.add_error(taken.field, _("This is in use already, or the portal needs it. Choose another."))
        return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile_edit(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _own(request, slug, rules.can_edit_profile)
    initial = forms.profile_of(eurocluster)
    form = forms.ProfileWithLogoForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, eurocluster, form):
        messages.success(request, _("The profile is saved."))
        return redirect("manage_eurocluster", slug)
    context = {"form": form, "eurocluster": eurocluster, "logo": logos.logo_address(eurocluster)}
    return render(request, "calls/profile_edit.html", context)


def _saved(request: HttpRequest, eurocluster: Eurocluster, form: forms.ProfileWithLogoForm) -> bool:
    """The logo first: where it is refused, nothing of the rest is saved either, and all that was typed is shown again."""
    logo = form.cleaned_data["logo"]
    try:
        if logo:
            content = logo.read(logos.LARGEST_BYTES + 1)
            services.set_logo(eurocluster_id=eurocluster.pk, content=content, by=request.user, at=request.received_at)
    except logos.LogoRefused as refused:
        form.add_error("logo", str(refused))
        return False
    services.update_eurocluster(
        eurocluster_id=eurocluster.pk,
        profile=form.cleaned_data,
        sectors=form.sectors_chosen(),
        by=request.user,
        at=request.received_at,
    )
    return True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partners_edit(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _own(request, slug, rules.can_edit_profile)
    typed = request.POST or None
    partners = forms.PartnersFormSet(typed, initial=forms.partners_of(eurocluster), prefix="partners")
    affiliates = forms.AffiliatesFormSet(typed, initial=forms.affiliates_of(eurocluster), prefix="affiliates")
    if request.method == "POST" and all([partners.is_valid(), affiliates.is_valid()]):
        services.set_partners(
            eurocluster_id=eurocluster.pk,
            rows=partners.rows(),
            affiliates=affiliates.rows(),
            by=request.user,
            at=request.received_at,
        )
        messages.success(request, _("The partners are saved."))
        return redirect("manage_eurocluster", slug)
    context = {"formset": partners, "affiliates": affiliates, "eurocluster": eurocluster}
    return render(request, "calls/partners_edit.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payer_edit(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _own(request, slug, rules.can_set_payer_account)
    form = forms.PayerForm(request.POST or None, initial=forms.payer_of(eurocluster))
    if request.method == "POST" and form.is_valid():
        services.set_payer_account(
            eurocluster_id=eurocluster.pk, payer=form.cleaned_data, by=request.user, at=request.received_at
        )
        messages.success(request, _("Payments leave from this account from now on."))
        return redirect("manage_eurocluster", slug)
    return render(request, "calls/payer_edit.html", {"form": form, "eurocluster": eurocluster})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def budget_line_create(request: HttpRequest, slug: str) -> HttpResponse:
    eurocluster = _own(request, slug, lambda user, _: rules.can_add_budget_lines(user))
    form = forms.BudgetLineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            line = services.create_budget_line(
                eurocluster_id=eurocluster.pk, **form.cleaned_data, by=request.user, at=request.received_at
            )
            messages.success(request, _("The line “%(title)s” is open.") % {"title": line.title})
            return redirect("budget_detail", slug)
        except services.NameTaken:
            form.add_error("code", _("The Eurocluster has a line with this code already."))
    return render(request, "calls/budget_line_create.html", {"form": form, "eurocluster": eurocluster})


@require_safe
def eurocluster_logo(request: HttpRequest, slug: str, sha: str) -> FileResponse:
    """A logo, present or earlier, by the beginning of its hash."""
    eurocluster = get_object_or_404(Eurocluster, slug=slug)
    document = logos.logos_of(eurocluster).filter(sha256__startswith=sha).first()
    if document is None:
        raise Http404
    return responses.public_image(document)
