"""Accounts of demo people: confirmed addresses and one public password, never in production."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import User
from calls import services as calls
from calls.models import Eurocluster
from calls.states import Role
from eurocluster_portal.demo import population
from eurocluster_portal.demo.people import PASSWORD, PEOPLE, DemoPerson
from evaluation import services as evaluation
from evaluation.models import Expert


@cache
def _password() -> str:
    """Hashed once: a hundred people share it, and hashing is slow on purpose."""
    return make_password(PASSWORD)


def account_for(email: str, full_name: str, at: datetime) -> User:
    user, is_new = User.objects.get_or_create(
        email=email, defaults={"full_name": full_name, "password": _password(), "joined_at": at}
    )
    if is_new:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def load_people(*, at: datetime) -> list[DemoPerson]:
    """Create the demo sign-ins with their roles; returns those who are new."""
    known = set(User.objects.filter(email__in=[one.email for one in PEOPLE]).values_list("email", flat=True))
    for one in PEOPLE:
        _load_person(one, at)
    enrol_evaluators([one.email for one in PEOPLE if one.is_evaluator], at)
    return [one for one in PEOPLE if one.email not in known]


def _load_person(one: DemoPerson, at: datetime) -> None:
    user = account_for(one.email, one.full_name, at)
    for holding in one.holds:
        eurocluster = Eurocluster.objects.get(slug=holding.eurocluster) if holding.eurocluster else None
        calls.give_role(user=user, role=Role(holding.role), eurocluster=eurocluster, by=None, at=at)
        if holding.role == Role.ADMINISTRATOR and not user.is_staff:
            user.is_staff = user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser"])


def enrol_evaluators(emails: Collection[str], at: datetime) -> list[Expert]:
    """Put demo evaluators, named by their addresses, into the pool of every Eurocluster."""
    euroclusters = list(Eurocluster.objects.all())
    return [
        evaluation.enrol_expert(
            user=account_for(one.email, one.full_name, at),
            fields={
                "country": one.country,
                "languages": list(one.languages),
                "expertise": list(one.expertise),
                "organisation": one.organisation,
                "bio": one.bio,
            },
            euroclusters=euroclusters,
            by=None,
            at=at,
        )
        for one in population.evaluators()
        if one.email in emails
    ]
