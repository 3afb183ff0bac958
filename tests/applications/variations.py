"""A published call for every variation, and proposals to it that go through the real services from start to submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from applications import services as applications
from applications.assessment import assess_sealed, assess_typed
from applications.models import Application, Organisation
from calls import services as calls
from calls.form_definition import FormDefinition, parse
from calls.models import Call, Sector
from calls.states import EdgeRule, InstalmentTrigger, ProposalsPerSme, Strand, SupportKind, TopicKind
from tests import scenes

#: Settings with which a call asks for next to nothing, so that each variation refuses for its own reason only.
PLAIN: dict[str, Any] = {
    "title": "A call",
    "summary": "For firms that build something.",
    "description": "## What is funded",
    "strand": Strand.INNOVATE,
    "opens_at": scenes.OPENS,
    "closes_at": scenes.CLOSES,
    "support_kind": SupportKind.LUMP_SUM,
    "support_max_eur": Decimal("60000.00"),
    "is_sme_only": False,
    "proposals_per_sme": ProposalsPerSme.ANY,
    "excludes_consortium": False,
    "edge_rule": EdgeRule.STOP,
    "tie_breaks": ["earlier_submission"],
}
PROJECT = [
    {"code": "title", "kind": "short_text", "label": "Title", "max_length": 150},
    {"code": "acronym", "kind": "short_text", "label": "Acronym", "max_length": 20},
    {"code": "duration_months", "kind": "number", "label": "Months", "required": False},
    {"code": "trl_start", "kind": "number", "label": "Readiness today", "required": False},
    {"code": "trl_end", "kind": "number", "label": "Readiness afterwards", "required": False},
]
ASKED = {"code": "requested_support", "kind": "money", "label": "Support", "required": False}
COSTS = {
    "code": "costs",
    "kind": "cost_table",
    "label": "Costs",
    "required": False,
    "categories": [{"code": "staff", "label": "Staff"}, {"code": "subcontracting", "label": "Subcontracting"}],
}
DE_MINIMIS = {"code": "de_minimis_eur", "kind": "money", "label": "De minimis aid of three years", "required": False}
TOPICS = [
    {"kind": TopicKind.INTERVENTION_FIELD, "code": "product", "title": "Product innovation"},
    {"kind": TopicKind.INTERVENTION_FIELD, "code": "process", "title": "Process innovation"},
    {"kind": TopicKind.ACTIVITY_TYPE, "code": "study", "title": "Feasibility study"},
    {"kind": TopicKind.ACTIVITY_TYPE, "code": "prototype", "title": "Prototype"},
]


def choice(kind: TopicKind, code: str) -> dict[str, Any]:
    options = [{"value": one["code"], "label": one["title"]} for one in TOPICS if one["kind"] == kind]
    return {"code": code, "kind": "many_of", "label": code, "required": False, "options": options}


@dataclass(frozen=True)
class Firm:
    """An organisation, what it asks for and says; `known_as` lets several proposals have the same one."""

    requested: str = "10000.00"
    country: str = "RO"
    sector: str = "it"
    role: str = ""
    known_as: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    says: Mapping[str, Any] = field(default_factory=dict)


def firm(requested: str = "10000.00", **facts: Any) -> Firm:
    own = {name: facts.pop(name) for name in ("country", "sector", "role", "known_as", "says") if name in facts}
    return Firm(requested, facts=facts, **own)


@dataclass(frozen=True)
class Proposed:
    """What is submitted by whom: the first firm leads."""

    firms: Sequence[Firm] = (Firm(),)
    project: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = scenes.OPEN


def by(*firms: Firm, at: datetime = scenes.OPEN, **project: Any) -> Proposed:
    return Proposed(firms or (Firm(),), project, at)


@dataclass(frozen=True)
class Variation:
    """`settings` of the call on top of the plain ones, its rows, and what the form asks besides the plain questions."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Any] = field(default_factory=dict)
    project: Sequence[Mapping[str, Any]] = ()
    partner: Sequence[Mapping[str, Any]] = (ASKED,)

    def form(self) -> FormDefinition:
        sections = [
            {
                "code": "project",
                "title": "Project",
                "guidance": "",
                "per_partner": False,
                "questions": [*PROJECT, *self.project],
            },
            {"code": "costs", "title": "Costs", "guidance": "", "per_partner": True, "questions": [*self.partner]},
        ]
        return parse({"version": 1, "sections": sections})

    def call(self, line: Any, **changes: Any) -> Call:
        """The call, made and published by the services."""
        number = Call.objects.count() + 1
        sectors = self.rows.get("sectors", [])
        made = calls.create_call(
            fields={
                "eurocluster": line.eurocluster,
                "budget_line": line,
                "code": f"variation-{number}",
                **PLAIN,
                **self.settings,
                **changes,
            },
            sectors=Sector.objects.filter(code__in=sectors),
            criteria=[
                scenes.criterion("excellence", "0.4"),
                scenes.criterion("impact", "0.35"),
                scenes.criterion("implementation", "0.25"),
            ],
            instalments=[{"trigger": InstalmentTrigger.SIGNATURE, "rate": Decimal(1)}],
            form=self.form(),
            by=None,
            at=scenes.OPENS - timedelta(days=20),
            **{name: rows for name, rows in self.rows.items() if name != "sectors"},
        )
        return calls.publish_call(call_id=made.pk, by=None, at=scenes.OPENS - timedelta(days=10))


class Applicants:
    """Firms with one person each; those known by a name are the same in every proposal."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.known: dict[str, tuple[User, Organisation]] = {}

    def of(self, one: Firm) -> tuple[User, Organisation]:
        if one.known_as and one.known_as in self.known:
            return self.known[one.known_as]
        person = scenes.person("Applicant")
        made = person, scenes.organisation(person, one.country, one.sector, **one.facts)
        self.known[one.known_as or str(made[1].pk)] = made
        return made

    def draft(self, proposed: Proposed) -> tuple[Application, User]:
        parties = [self.of(one) for one in proposed.firms]
        (lead, organisation), *others = parties
        first, *rest = proposed.firms
        application = applications.start_application(
            call_id=self.call.pk,
            organisation=organisation,
            sector=self.sector(first),
            project_role=self.role(first),
            by=lead,
            at=scenes.OPEN,
        )
        for one, (person, theirs) in zip(rest, others, strict=True):
            invitation = applications.invite_partner(
                application_id=application.pk, email=person.email, organisation_name="X", by=lead, at=scenes.OPEN
            )
            applications.accept_invitation(
                token=invitation.token,
                organisation=theirs,
                sector=self.sector(one),
                project_role=self.role(one),
                by=person,
                at=scenes.OPEN,
            )
        self.answer(application, proposed, parties)
        scenes.confirm(application)
        application.refresh_from_db()
        return application, lead

    def sector(self, one: Firm) -> Sector | None:
        return Sector.objects.get(code=one.sector) if self.call.sectors.exists() else None

    def role(self, one: Firm) -> Any:
        return self.call.project_roles.filter(code=one.role).first()

    def answer(
        self, application: Application, proposed: Proposed, parties: Sequence[tuple[User, Organisation]]
    ) -> None:
        form = application.form.parsed()
        self.save(
            application,
            form,
            "project",
            {"title": "Panels", "acronym": "PANEL", **proposed.project},
            None,
            parties[0][0],
        )
        rows = {row.organisation_id: row for row in application.participations.all()}
        for one, (person, organisation) in zip(proposed.firms, parties, strict=True):
            own = {"requested_support": one.requested, **one.says}
            self.save(application, form, "costs", own, rows[organisation.pk].pk, person)

    def save(
        self,
        application: Application,
        form: FormDefinition,
        code: str,
        answers: Mapping[str, Any],
        participation: int | None,
        person: User,
    ) -> None:
        section = form.section(code)
        known = {question.code for question in section.questions}
        applications.save_section(
            application_id=application.pk,
            section=section,
            participation_id=participation,
            answers={name: value for name, value in answers.items() if name in known},
            expected_version=0,
            by=person,
            at=scenes.OPEN,
        )

    def submit(self, proposed: Proposed) -> Application:
        """Start, fill and submit it; what the rules say of the sealed version is what they said of the draft."""
        application, lead = self.draft(proposed)
        typed = self.assess(application)
        sealed = applications.submit_application(application_id=application.pk, number=1, by=lead, at=proposed.at)
        application.refresh_from_db()
        again = assess_sealed(application, sealed)
        assert [(one.code, one.outcome) for one in again if one.code != "double_funding"] == typed
        return application

    def assess(self, application: Application) -> list[tuple[str, str]]:
        participations = list(application.participations.select_related("organisation", "sector", "project_role"))
        results = assess_typed(application, participations, list(application.answers.all()))
        return [(one.code, one.outcome) for one in results]
