"""The de minimis aid that an organisation declares."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications import de_minimis
from applications.forms.de_minimis import DeMinimisAidForm
from applications.services import de_minimis as services
from applications.views.organisations import own_organisation
from calls.country_lists import brussels_day


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def de_minimis_aid(request, pk):
    organisation = own_organisation(request, pk)
    form = DeMinimisAidForm(request.POST or None, country=organisation.country, at=request.received_at)
    if request.method == "POST" and form.is_valid() and _declared(request, form, pk):
        return redirect("de_minimis_aid", pk)
    since = de_minimis.first_day(brussels_day(request.received_at))
    rows = list(organisation.de_minimis_aid.select_related("declared_by").order_by("-granted_on", "-pk"))
    counted = [row for row in rows if row.granted_on >= since and row.member_state == organisation.country]
    context = {
        "organisation": organisation,
        "rows": rows,
        "form": form,
        "since": since,
        "counted_eur": sum((row.amount_eur for row in counted), Decimal("0.00")),
        "ceiling_eur": de_minimis.CEILING_EUR,
    }
    return render(request, "applications/de_minimis_aid.html", context, status=422 if form.errors else 200)


def _declared(request, form, pk) -> bool:
    try:
        services.declare_aid(organisation_id=pk, by=request.user, at=request.received_at, **form.cleaned_data)
    except services.TooMuchDeclared:
        form.add_error(None, _("A hundred grants are kept. Remove those of more than three years ago."))
        return False
    messages.success(request, _("The aid is declared."))
    return True


@login_required
@require_POST
def de_minimis_remove(request, pk, aid):
    row = get_object_or_404(own_organisation(request, pk).de_minimis_aid, pk=aid)
    services.remove_aid(organisation_id=pk, aid_id=row.pk, by=request.user, at=request.received_at)
    messages.success(request, _("The aid is no longer declared. The history still tells of it."))
    return redirect("de_minimis_aid", pk)
