from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications import rules, services
from applications.forms import ColleagueForm, OrganisationForm
from applications.models import Organisation
from applications.views.scoping import page_after


@login_required
@require_safe
def organisation_list(request):
    rows = list(Organisation.objects.of_member(request.user).prefetch_related("sectors"))
    return render(request, "applications/organisation_list.html", {"organisations": rows})


@login_required
def organisation_create(request):
    form = OrganisationForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        organisation = _described(request, form)
        if organisation:
            messages.success(request, _("%(name)s is described.") % {"name": organisation.legal_name})
            return redirect(page_after(request, organisation.get_absolute_url()))
    context = {
        "form": form,
        "next": page_after(request, ""),
        "cancel_url": page_after(request, reverse("organisation_list")),
    }
    return render(request, "applications/organisation_form.html", context)


def _described(request, form):
    try:
        return services.describe_organisation(
            fields=form.service_fields(),
            sectors=form.cleaned_data["sectors"],
            by=request.user,
            at=request.received_at,
        )
    except IntegrityError:  # two people describe the same organisation in the same second
        form.add_error(
            "vat_number", _("An organisation with this VAT number has just been described by somebody else.")
        )
        return None


def _readable(request, pk):
    return get_object_or_404(Organisation.objects.visible_to(request.user).prefetch_related("sectors"), pk=pk)


@login_required
@require_safe
def organisation_detail(request, pk):
    return _detail(request, _readable(request, pk), ColleagueForm())


def _detail(request, organisation, form):
    can_edit = rules.can_edit_organisation(request.user, organisation)
    people = organisation.memberships.filter(left_at=None).select_related("user").order_by("joined_at")
    context = {
        "organisation": organisation,
        "can_edit": can_edit,
        "people": list(people) if can_edit else [],
        "form": form,
        "participations": _applications_of(organisation) if can_edit else [],
    }
    return render(request, "applications/organisation_detail.html", context)


def _applications_of(organisation):
    rows = organisation.participations.select_related("application__call__eurocluster")
    return list(rows.order_by("-application__created_at")[:20])


@login_required
def organisation_edit(request, pk):
    organisation = _readable(request, pk)
    if not rules.can_edit_organisation(request.user, organisation):
        raise PermissionDenied
    form = OrganisationForm(request.POST or None, instance=Organisation.objects.get(pk=pk), user=request.user)
    if request.method == "POST" and form.is_valid():
        services.update_organisation(
            organisation_id=pk,
            fields=form.service_fields(),
            sectors=form.cleaned_data["sectors"],
            by=request.user,
            at=request.received_at,
        )
        messages.success(request, _("The changes are saved. Applications already submitted keep what they said."))
        return redirect(page_after(request, organisation.get_absolute_url()))
    context = {
        "form": form,
        "organisation": organisation,
        "next": page_after(request, ""),
        "cancel_url": page_after(request, organisation.get_absolute_url()),
    }
    return render(request, "applications/organisation_form.html", context)


@login_required
@require_POST
def colleague_add(request, pk):
    organisation = _readable(request, pk)
    if not rules.can_edit_organisation(request.user, organisation):
        raise PermissionDenied
    form = ColleagueForm(request.POST)
    if not form.is_valid():
        return _detail(request, organisation, form)
    membership = services.add_colleague(
        organisation_id=pk, email=form.cleaned_data["email"], by=request.user, at=request.received_at
    )
    if membership is None:
        form.add_error("email", _("There is no account with this address yet. Ask your colleague to create one first."))
        return _detail(request, organisation, form)
    messages.success(request, _("%(name)s now acts for the organisation, too.") % {"name": membership.user})
    return redirect("organisation_detail", pk)
