"""Lists of what belongs to a call and is about an amount: agreements, vouchers, claims, batches, recoveries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from applications.fields import NumberField
from applications.models import Participation
from applications.rules import organisation_ids_of
from calls.models import Call, Eurocluster
from calls.rules import roles_of
from eurocluster_portal.lists.filtering import within_days
from eurocluster_portal.lists.listing import Listing
from eurocluster_portal.lists.shape import Choices, OneOfField, ShapeForm, countries_offered

SLUG = re.compile("[-a-zA-Z0-9_]{1,60}")


class FactsForm(ShapeForm):
    first_names = ("q", "eurocluster", "call")

    eurocluster = OneOfField(label=_("Eurocluster"), required=False)
    call = OneOfField(label=_("Call"), required=False)
    country = OneOfField(label=_("Country"), required=False)
    eur_min = NumberField(label=_("EUR, at least"), required=False, max_digits=14, decimal_places=2)
    eur_max = NumberField(label=_("EUR, at most"), required=False, max_digits=14, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a row keeps what the filters ask for; an empty path has no such filter. `words` are searched."""

    amount: str
    instant: str
    words: Sequence[str]
    call: str = ""
    country: str = ""


@dataclass
class FactsList(Listing):
    """`eurocluster` is given where the page is about one; otherwise the list holds all that the person may see."""

    paths: ClassVar[Paths]
    form_class: ClassVar[type[FactsForm]]
    usual_columns: ClassVar[Sequence[str]]

    user: Any
    params: Any
    at: datetime
    eurocluster: Eurocluster | None = None
    form: FactsForm = field(init=False)

    def __post_init__(self) -> None:
        self.form = self.form_class(self.params, self.table, self._offered())

    @property
    def usual(self) -> Sequence[str]:
        return self.usual_columns

    @property
    def found(self) -> QuerySet[Any]:
        rows, chosen, paths = self.scope, self.chosen, self.paths
        for name, condition in self._conditions().items():
            if name in chosen:
                rows = rows.filter(condition(chosen[name]))
        return rows.filter(within_days(chosen, paths.instant))

    def _conditions(self) -> dict[str, Callable[[Any], Q]]:
        paths = self.paths
        return {
            "status": lambda states: Q(status__in=states),
            "eurocluster": lambda slug: Q(**{f"{paths.call}__eurocluster__slug": slug}),
            "call": lambda code: Q(**{f"{paths.call}__code": code}),
            "country": lambda code: self._any(Q(**{paths.country: code})),
            "eur_min": lambda eur: Q(**{f"{paths.amount}__gte": eur}),
            "eur_max": lambda eur: Q(**{f"{paths.amount}__lte": eur}),
            "q": self._matching,
        }

    def _matching(self, words: str) -> Q:
        found = Q()
        for path in self.paths.words:
            found |= Q(**{f"{path}__icontains": words})
        return self._any(found)

    def _any(self, condition: Q) -> Q:
        """Each row once, however many of its partners fulfil it."""
        return Q(pk__in=self.scope.model._default_manager.filter(condition).values("pk"))

    # --- What may be chosen -------------------------------------------------------------------

    def _offered(self) -> dict[str, Choices]:
        if not self.paths.call:
            return {"call": [], "eurocluster": [], "country": []}
        calls = self._calls()
        euroclusters = dict.fromkeys((slug, name) for _code, _title, slug, name in calls)
        asked = self.params.get("eurocluster", "")
        return {
            "call": with_asked([(code, title) for code, title, *_of in calls], self.params.get("call", "")),
            "eurocluster": with_asked(list(euroclusters), asked) if asked or len(euroclusters) > 1 else [],
            "country": countries_offered(self.params.get("country", "")),
        }

    def _calls(self) -> list[Any]:
        """Those of the person's Euroclusters and those to which the person's organisations applied."""
        held = roles_of(self.user)
        rows = Call.objects.public()
        if not held.serves_all:
            applied = Participation.objects.filter(organisation__in=organisation_ids_of(self.user)).values("call")
            rows = rows.filter(Q(eurocluster__in=held.eurocluster_ids) | Q(pk__in=applied))
        return list(
            rows.order_by("-closes_at", "pk").values_list("code", "title", "eurocluster__slug", "eurocluster__name")
        )


def with_asked(choices: list[tuple[str, str]], asked: str) -> Choices:
    """Also the one that a link asks for: its list is empty as long as nothing belongs to it, not the list of all."""
    is_other = bool(SLUG.fullmatch(asked)) and asked not in dict(choices)
    return [*choices, (asked, asked)] if is_other else choices
