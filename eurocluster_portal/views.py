"""The two pages that span all rooms: the front door and the desk."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from calls.countries import country_names
from calls.models import Call, Eurocluster
from calls.phases import Stage


def home(request: HttpRequest) -> HttpResponse:
    staged = Call.objects.public().with_stage(request.received_at)  # type: ignore[attr-defined]
    shown = list(staged.filter(stage__in=[Stage.OPEN, Stage.UPCOMING]).for_list().in_public_order()[:12])
    euroclusters = list(Eurocluster.objects.prefetch_related("partners"))
    partners = [partner for eurocluster in euroclusters for partner in eurocluster.partners.all()]
    context = {
        "open_calls": [call for call in shown if call.stage == Stage.OPEN],  # type: ignore[attr-defined]
        "upcoming_calls": [call for call in shown if call.stage == Stage.UPCOMING],  # type: ignore[attr-defined]
        "euroclusters": euroclusters,
        "countries": country_names({partner.country for partner in partners}),
        "partner_count": len({partner.name for partner in partners}),
    }
    return render(request, "eurocluster_portal/home.html", context)


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    return render(request, "eurocluster_portal/desk.html", {"home_url": reverse("home")})
