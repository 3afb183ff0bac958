"""The SME test of an organisation as far as it has come: what is answered and typed, and what comes next."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from applications.forms.sme import GroupForms, Rows, no_rows, with_row
from applications.models import SmeDraft
from applications.sizes import own_enterprise
from applications.sme.interview import (
    InterviewQuestion,
    answers_from,
    features,
    needs_group,
    needs_others,
    next_open,
)

if TYPE_CHECKING:
    from applications.models import Organisation


class SmeTest:
    """`row` is the unfinished test as it is kept, `None` where nothing waits; `typed` another version of it."""

    def __init__(self, organisation: Organisation, *, typed: dict[str, Any] | None = None) -> None:
        self.organisation = organisation
        self.row = SmeDraft.objects.filter(organisation=organisation).select_related("saved_by").first()
        self.typed: dict[str, Any] = typed if typed is not None else self.row.typed if self.row else {}
        self.rows: Rows = self.typed.get("rows") or no_rows()

    def read_at(self, version: int) -> SmeTest | None:
        """The test as it stood at one of its versions; `None` where that is not kept."""
        kept = self.row.versions.filter(number=version).first() if self.row else None
        return SmeTest(self.organisation, typed=kept.typed) if kept else None

    @property
    def is_begun(self) -> bool:
        return self.row is not None

    @property
    def number(self) -> int:
        """Which test it is: another one begins after each declaration, and counts its versions from one again."""
        return self.row.pk if self.row else 0

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @cached_property
    def answers(self) -> dict[str, bool]:
        return answers_from(self.typed.get("answers"))

    @cached_property
    def has_earlier(self) -> bool:
        return len(own_enterprise(self.organisation).get("periods", ())) > 0

    @cached_property
    def features(self) -> frozenset[str]:
        return features(self.answers, has_earlier=self.has_earlier)

    @property
    def next_question(self) -> InterviewQuestion | None:
        return next_open(self.answers, has_earlier=self.has_earlier)

    def next_url(self) -> str:
        """The first question that is open, then the group where there is one, then the result."""
        if question := self.next_question:
            return reverse("sme_question", args=[self.organisation.pk, question.code])
        name = "sme_group" if needs_group(self.features) else "sme_result"
        return reverse(name, args=[self.organisation.pk])

    def forms(self, *, is_checked: bool) -> GroupForms:
        return GroupForms(self.rows, name=self.organisation.legal_name, features=self.features, is_checked=is_checked)

    def surroundings(self) -> dict[str, Any] | None:
        """What was told of the group; `None` while it cannot be read."""
        if not needs_group(self.features):
            return {"ownership_changed": "new_owner" in self.features, "answers": self.answers}
        forms = self.forms(is_checked=True)
        return forms.surroundings(self.answers) if forms.is_valid() else None

    def offer_rows(self) -> None:
        """Where the group is empty yet, a first row for each answer that needs one."""
        is_offered = self.typed.get("is_offered") or len(self.rows["enterprises"]) > 1
        if is_offered or not needs_others(self.features):
            return
        for code, kind in (("owners", "owner"), ("holdings", "held")):
            if code in self.features:
                self.rows, _place = with_row(self.rows, kind)
        if "links" in self.features:
            self.rows, _place = with_row(self.rows, "enterprise")
            self.rows, _place = with_row(self.rows, "link")
            self.rows["links"][-1]["other"] = self.rows["enterprises"][-1]["code"]
