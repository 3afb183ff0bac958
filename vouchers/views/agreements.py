"""Pages of grant agreements: preparing, reading, signing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.client import client_address
from applications.models import Application
from calls import rules as call_rules
from documents.responses import download
from vouchers import rules, services
from vouchers.forms import SignForm
from vouchers.history import entries_of
from vouchers.models import GrantAgreement, Voucher
from vouchers.querysets import awards_without_agreement
from vouchers.signing import open_parts
from vouchers.states import SIGNABLE, AgreementStatus


# --- Preparing --------------------------------------------------------------------------------
@login_required
@require_POST
def agreement_prepare(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Application.objects.visible_to(request.user).select_related("call")
    application = get_object_or_404(rows, pk=pk)
    if not rules.can_prepare_agreement(request.user, application):
        raise PermissionDenied
    try:
        agreement = services.prepare_agreement(application_id=pk, by=request.user, at=request.received_at)
    except services.IllegalMove:
        messages.error(request, _("Only an application that was awarded gets an agreement. Nothing was changed."))
        return redirect("agreement_list")
    messages.success(request, _("Agreement %(number)s is being made.") % {"number": agreement.number})
    return redirect(agreement)


@login_required
@require_POST
def agreement_prepare_all(request: HttpRequest) -> HttpResponse:
    if not rules.managed_eurocluster_ids(request.user):
        raise PermissionDenied
    awaiting = list(awards_without_agreement(request.user))
    for application in awaiting:
        services.prepare_agreement(application_id=application.pk, by=request.user, at=request.received_at)
    count = len(awaiting)
    messages.success(
        request,
        ngettext("%(count)s agreement is being made.", "%(count)s agreements are being made.", count)
        % {"count": count},
    )
    return redirect("agreement_list")


# --- One agreement ----------------------------------------------------------------------------
def _visible(request: HttpRequest, pk: int) -> GrantAgreement:
    rows = GrantAgreement.objects.visible_to(request.user)
    related = ("document", "application__call__eurocluster", "prepared_by")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@login_required
@require_safe
def agreement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    agreement = _visible(request, pk)
    if request.htmx:  # the page asks whether the PDF is there; when it is, it loads itself again
        is_ready = agreement.status != AgreementStatus.DRAFT
        return HttpResponse(headers={"HX-Refresh": "true"}) if is_ready else HttpResponse(status=204)
    return _render_agreement(request, agreement)


def _render_agreement(request: HttpRequest, agreement: GrantAgreement, bound: SignForm | None = None) -> HttpResponse:
    parties = services.parties_of(agreement)
    team = call_rules.can_read_team_pages(request.user, agreement.application.call.eurocluster_id)
    forms = _sign_forms(request.user, agreement, parties, bound)
    context = {
        "agreement": agreement,
        "application": agreement.application,
        "call": agreement.application.call,
        "eurocluster": agreement.application.call.eurocluster,
        "parties": parties,
        "unsigned": [_name_of(agreement, party) for party in parties if party.signature is None],
        "sign_forms": forms,
        "form": bound,
        "is_signable": agreement.status in SIGNABLE,
        "is_team": team,
        "vouchers": list(
            Voucher.objects.visible_to(request.user).filter(agreement=agreement).select_related("organisation")
        ),
        "history": entries_of(agreement, viewer=request.user, shows_names=True),
    }
    return render(request, "vouchers/agreement_detail.html", context)


def _sign_forms(
    user: Any, agreement: GrantAgreement, parties: list[services.Party], bound: SignForm | None
) -> list[tuple[str, SignForm]]:
    """A form, with the name of the party, for each party the person may sign for."""
    signatures = [party.signature for party in parties if party.signature]
    named = {party.organisation.pk if party.organisation else None: party for party in parties}
    parts = open_parts(user, agreement, [one for one in named if one is not None], signatures)
    return [(_name_of(agreement, named[one]), _form_for(agreement, named[one], one, bound)) for one in parts]


def _form_for(
    agreement: GrantAgreement, party: services.Party, organisation_id: int | None, bound: SignForm | None
) -> SignForm:
    key = str(organisation_id or "")
    if bound is not None and bound.data.get("party", "") == key:
        return bound
    return SignForm(
        initial={"party": key, "document_sha256": agreement.document.sha256},
        party_name=_name_of(agreement, party),
        auto_id=f"id_party{key}_%s",
    )


def _name_of(agreement: GrantAgreement, party: services.Party) -> str:
    return party.organisation.legal_name if party.organisation else agreement.application.call.eurocluster.name


@login_required
@require_POST
def agreement_sign(request: HttpRequest, pk: int) -> HttpResponse:
    agreement = _visible(request, pk)
    party = _party_named(request.POST.get("party", ""), services.parties_of(agreement))
    organisation_id = party.organisation.pk if party.organisation else None
    if not rules.may_sign_as(request.user, agreement, organisation_id):
        raise PermissionDenied
    name = _name_of(agreement, party)
    form = SignForm(request.POST, party_name=name, auto_id=f"id_party{organisation_id or ''}_%s")
    if not form.is_valid():
        return _render_agreement(request, agreement, form)
    try:
        services.sign_agreement(
            agreement_id=agreement.pk,
            organisation_id=organisation_id,
            signatory_name=form.cleaned_data["signatory_name"],
            document_sha256=form.cleaned_data["document_sha256"],
            ip_address=client_address(request),
            by=request.user,
            at=request.received_at,
        )
    except services.DocumentNotReady:
        messages.error(
            request, _("This is not the document you saw. Read it again before you sign. Nothing was signed.")
        )
    except services.NotYourPart:
        messages.error(
            request, _("You already signed for another party. Somebody else has to sign for %(name)s.") % {"name": name}
        )
    except services.IllegalMove:
        messages.error(request, _("The agreement is not open for signing."))
    else:
        messages.success(request, _("Signed for %(name)s.") % {"name": name})
    return redirect("agreement_detail", pk=pk)


def _party_named(key: str, parties: list[services.Party]) -> services.Party:
    found = [one for one in parties if key == (str(one.organisation.pk) if one.organisation else "")]
    if not found:
        raise Http404
    return found[0]


@login_required
@require_safe
def agreement_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    agreement = _visible(request, pk)
    return download(request, agreement.document, back=agreement)
