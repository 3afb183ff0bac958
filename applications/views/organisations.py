"""Describing organisations: their pages, their history and their accounting periods."""

from __future__ import annotations

from itertools import pairwise

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import rules, services
from applications.duplicates import mark_of
from applications.forms import OrganisationForm, PeriodForm
from applications.forms.organisations import with_version
from applications.join_links import join_link
from applications.models import Organisation
from applications.organisation_tasks import tasks_of
from applications.organisation_versions import changes_between
from applications.views.scoping import page_after


@login_required
@require_safe
def organisation_list(request):
    rows = list(Organisation.objects.of_member(request.user).prefetch_related("sectors"))
    asked = request.user.join_requests.waiting().select_related("organisation")
    context = {"organisations": rows, "asked": list(asked)}
    return render(request, "applications/organisation_list.html", context)


@login_required
def organisation_create(request):
    form = OrganisationForm(request.POST or None, at=request.received_at)
    if request.method == "POST" and (organisation := _described(request, form)):
        messages.success(request, _("%(name)s is described.") % {"name": organisation.legal_name})
        return redirect(page_after(request, organisation.get_absolute_url()))
    return _form_page(request, form, organisation=None, cancel_url=reverse("organisation_list"))


def _mark_in(request):
    names = ("country", "legal_name", "registration_number", "vat_number")
    return mark_of(request.POST.get("page", ""), **{name: request.POST.get(name, "") for name in names})


def _described(request, form):
    """The organisation, also where the page is sent once more; `None` where the form says what is wrong."""
    if not form.is_valid():
        known = services.described_before(request.user, _mark_in(request)) if form.twins else None
        return known if known and rules.acts_for(request.user, known) else None
    try:
        return services.describe_organisation(
            fields=form.service_fields(),
            sectors=form.cleaned_data["sectors"],
            by=request.user,
            at=request.received_at,
            mark=_mark_in(request),
            **form.service_period(),
        )
    except services.TooManyDescribed:
        form.add_error(None, _("You have described many organisations today. Wait until tomorrow before you go on."))
        return None
    except IntegrityError:  # two people describe the same organisation in the same second
        form.add_error(
            "vat_number", _("An organisation with this VAT number has just been described by somebody else.")
        )
        return None


def _page_of(request):
    """How many organisations the person had described when the page was opened: two tabs are one page."""
    opened = Organisation.objects.filter(author=request.user)
    return request.POST["page"] if "page" in request.POST else str(opened.count())


def _form_page(request, form, *, organisation, cancel_url, conflict=None):
    context = {
        "form": form,
        "organisation": organisation,
        "page": "" if organisation else _page_of(request),
        "twins": [_found(request, twin) for twin in form.twins],
        "conflict": conflict,
        "next": page_after(request, ""),
        "cancel_url": page_after(request, cancel_url),
    }
    return render(request, "applications/organisation_form.html", context)


def _found(request, twin):
    """One that is described already, with the way to it: one's own is opened, another one is asked."""
    is_own = rules.acts_for(request.user, twin.pk)
    after = page_after(request, "")
    query = f"?{urlencode({'next': after})}" if after else ""
    url = reverse("organisation_detail", args=[twin.pk]) if is_own else join_link(twin.pk, request.user) + query
    return {"twin": twin, "is_own": is_own, "url": url}


def readable_organisation(request, pk):
    return get_object_or_404(Organisation.objects.visible_to(request.user).prefetch_related("sectors"), pk=pk)


def own_organisation(request, pk):
    """One for which the person acts: 404 where it cannot be read, 403 where it can only be read."""
    organisation = readable_organisation(request, pk)
    if not rules.can_edit_organisation(request.user, organisation):
        raise PermissionDenied
    return organisation


@login_required
@require_safe
def organisation_detail(request, pk):
    organisation = readable_organisation(request, pk)
    can_edit = rules.can_edit_organisation(request.user, organisation)
    people = list(organisation.memberships.filter(left_at=None).select_related("user").order_by("joined_at"))
    periods = list(organisation.periods.order_by("-ends_on"))
    context = {
        "organisation": organisation,
        "can_edit": can_edit,
        "people": people if can_edit else [],
        "periods": periods,
        "tasks": tasks_of(organisation, periods, request.received_at) if can_edit else [],
        "participations": _applications_of(organisation) if can_edit else [],
    }
    return render(request, "applications/organisation_detail.html", context)


def _applications_of(organisation):
    rows = organisation.participations.select_related("application__call__eurocluster")
    return list(rows.order_by("-application__created_at")[:20])


@login_required
def organisation_edit(request, pk):
    organisation = own_organisation(request, pk)
    instance = Organisation.objects.get(pk=pk)
    form = OrganisationForm(request.POST or None, instance=instance, at=request.received_at)
    conflict = None
    if request.method == "POST" and form.is_valid():
        conflict = _saved(request, form, pk)
        if conflict is None:
            messages.success(request, _("The changes are saved. Applications already submitted keep what they said."))
            return redirect(page_after(request, organisation.get_absolute_url()))
        data = with_version(request.POST, conflict.organisation.version)
        form = OrganisationForm(data, instance=Organisation.objects.get(pk=pk), at=request.received_at)
        form.add_error(None, _("Somebody else changed the description meanwhile. Nothing was overwritten: see below."))
    return _form_page(
        request, form, organisation=organisation, cancel_url=organisation.get_absolute_url(), conflict=conflict
    )


def _saved(request, form, pk):
    """`None`, or the conflict with what somebody else saved after the page was read."""
    try:
        services.update_organisation(
            organisation_id=pk,
            fields=form.service_fields(),
            sectors=form.cleaned_data["sectors"],
            version=form.cleaned_data["version"],
            by=request.user,
            at=request.received_at,
            **form.service_period(),
        )
    except services.ChangedMeanwhile as conflict:
        return conflict
    return None


@login_required
@require_safe
def organisation_history(request, pk):
    """What changed, when and by whom, the newest first; for those who act for the organisation."""
    organisation = own_organisation(request, pk)
    versions = list(organisation.versions.select_related("changed_by").order_by("-number")[:101])
    steps = [
        {"version": newer, "changes": changes_between(older.content, newer.content)}
        for newer, older in pairwise(versions)
    ]
    context = {
        "organisation": organisation,
        "steps": steps,
        "first": versions[-1] if versions and versions[-1].number == 1 else None,
    }
    return render(request, "applications/organisation_history.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_periods(request, pk):
    organisation = own_organisation(request, pk)
    form = PeriodForm(request.POST or None, at=request.received_at)
    if request.method == "POST" and form.is_valid() and _period_recorded(request, form, pk):
        return redirect("organisation_periods", pk)
    periods = list(organisation.periods.order_by("-ends_on"))
    context = {"organisation": organisation, "periods": periods, "form": form, "can_remove": len(periods) > 1}
    return render(request, "applications/organisation_periods.html", context, status=422 if form.errors else 200)


def _period_recorded(request, form, pk):
    try:
        services.record_period(organisation_id=pk, by=request.user, at=request.received_at, **form.service_fields())
    except services.TooManyPeriods:
        form.add_error(None, _("Ten periods are kept. Remove one that nobody needs any more."))
        return False
    messages.success(request, _("The period is saved. The size follows from the newest periods."))
    return True


@login_required
@require_POST
def period_remove(request, pk, period):
    row = get_object_or_404(own_organisation(request, pk).periods, pk=period)
    try:
        services.remove_period(organisation_id=pk, period_id=row.pk, by=request.user, at=request.received_at)
    except services.LastPeriod:
        messages.error(request, _("This is the only period. Add another one first."))
    else:
        messages.success(request, _("The period is removed. The history still tells of it."))
    return redirect("organisation_periods", pk)
