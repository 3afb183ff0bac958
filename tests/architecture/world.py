"""One Eurocluster with things at every stage of their life, and people in every relation to them.

Two such worlds stand side by side in the tests of access and leaks. Whatever is private holds a word that names its world
and its kind, such as `Amselfeld-unpublished-call`: on a page of somebody who may not read it, it is a leak.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image

from accounts.models import User
from accounts.services import save_view as keep_view
from applications import services as applications
from applications.clarifications import place_of_files
from applications.models import (
    Attachment,
    Clarification,
    Comment,
    JoinRequest,
    MemberInvitation,
    Organisation,
    PartnerInvitation,
    SetAside,
)
from applications.services.checking import override_rule
from applications.services.clarifying import answer_clarification, ask_clarification
from applications.services.de_minimis import declare_aid
from applications.services.set_aside import set_aside
from applications.states import AsideReason, MemberRole
from calls import services as calls
from calls.form_definition import FormDefinition, parse
from calls.models import (
    BudgetLine,
    BudgetTransfer,
    Call,
    CallDocument,
    CallQuestion,
    CountryListMember,
    Eurocluster,
    TeamInvitation,
    TeamRole,
)
from calls.states import Role
from documents import services as documents
from documents.checking import CheckedFile
from documents.models import Document
from documents.states import Status
from documents.uploads import ScannedFile
from evaluation import services as evaluation
from evaluation.models import Assignment, Expert
from notifications.models import Message, OutboxJob
from notifications.states import JobStatus
from tests import scenes
from vouchers import services as vouchers
from vouchers.models import Claim, GrantAgreement, PaymentBatch, Recovery, Voucher

PDF = b"%PDF-1.7 a document"


def _serving_all(role: Role) -> User:
    user = scenes.person(f"{role.label} of all")
    calls.give_role(user=user, role=role, eurocluster=None, by=None, at=scenes.OPENS)
    return user


@dataclass
class World:
    """Everything of one Eurocluster. `word` marks what is private to it."""

    slug: str
    prefix: str
    word: str
    people: dict[str, User] = field(default_factory=dict)
    pairs: dict[str, scenes.Pair] = field(default_factory=dict)

    eurocluster: Eurocluster = field(init=False)
    line: BudgetLine = field(init=False)
    transfer: BudgetTransfer = field(init=False)
    draft_call: Call = field(init=False)
    open_call: Call = field(init=False)
    evaluated_call: Call = field(init=False)
    decided_call: Call = field(init=False)
    invitation: PartnerInvitation = field(init=False)
    team_invitation: TeamInvitation = field(init=False)
    firm: Organisation = field(init=False)
    member_invitation: MemberInvitation = field(init=False)
    join_request: JoinRequest = field(init=False)
    logo: Document = field(init=False)
    listed_country: CountryListMember = field(init=False)
    question: CallQuestion = field(init=False)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    agreements: dict[str, GrantAgreement] = field(default_factory=dict)
    vouchers: dict[str, list[Voucher]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    batches: dict[str, PaymentBatch] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    documents: dict[str, CallDocument] = field(default_factory=dict)
    clarification: Clarification = field(init=False)
    recovery: Recovery = field(init=False)
    comment: Comment = field(init=False)
    aside: SetAside = field(init=False)

    def __post_init__(self) -> None:
        self.eurocluster = scenes.eurocluster(self.slug, self.prefix)
        self.line = scenes.budget_line(self.eurocluster, "208000.00")  # four awards of 52,000 EUR
        self._gather_people()
        self._propose_transfer()
        self._publish_calls()
        self._build_applications()
        self._evaluate()
        self._award()
        self._agree()
        self._pay()
        self._declare_size()
        fill_documents()
        self.aid = declare_aid(
            organisation_id=self.pairs["submitted"].organisations[0].pk,
            member_state="RO",
            granted_on=scenes.OPEN.date(),
            amount_eur=Decimal("1000.00"),
            grantor="Ministry",
            by=self.pairs["submitted"].lead,
            at=scenes.now(),
        )
        self.stopped_job = stopped_job(self.word)
        self.message = Message.objects.filter(recipient=self.pairs["draft"].lead).first() or message_of(
            self.pairs["draft"].lead
        )

        self.saved_view = keep_view(
            page=f"/manage/{self.slug}/applications/",
            name=self.named("manager-view"),
            query="status=submitted",
            by=self.people["manager"],
            at=scenes.now(),
        )

    def _declare_size(self) -> None:
        """Who owns a little of an organisation is its own business."""
        pair = self.pairs["submitted"]
        owner = {"name": self.named("sme-owner"), "country": "AT"}
        applications.declare_sme(
            organisation_id=pair.organisations[0].pk,
            surroundings={
                "enterprises": {"E1": owner},
                "holdings": [{"holder": "E1", "held": "A", "capital_pct": "10"}],
            },
            by=pair.lead,
            at=scenes.now(),
        )

    def named(self, kind: str) -> str:
        """The word of one kind of private thing."""
        return f"{self.word}-{kind}"

    def role_of(self, who: str) -> TeamRole:
        return self.people[who].team_roles.get()

    def _gather_people(self) -> None:
        roles = {"manager": Role.MANAGER, "finance": Role.FINANCE, "owner": Role.OWNER, "observer": Role.OBSERVER}
        for name, role in roles.items():
            self.people[name] = scenes.team_member(role, self.eurocluster, self.named(name))
        self.second = scenes.team_member(Role.FINANCE, self.eurocluster, self.named("second-finance"))
        self.experts: dict[str, Expert] = {
            name: scenes.expert(self.eurocluster, name=self.named(f"expert-{name}"))
            for name in ("reading", "invited", "reviewing", "idle")
        }
        self.people["expert"] = self.experts["reading"].user
        self.people["other_expert"] = self.experts["idle"].user
        self.people["newcomer"] = scenes.person(self.named("newcomer"))
        self._describe()

    def _describe(self) -> None:
        """A logo, and an invitation to the team that the newcomer may accept."""
        owner, pk = self.people["owner"], self.eurocluster.pk
        self.listed_country = scenes.listed_country()
        self.logo = calls.set_logo(eurocluster_id=pk, content=picture(), by=owner, at=scenes.now())
        self.team_invitation = calls.invite_to_team(
            eurocluster_id=pk, email=self.people["newcomer"].email, role=Role.OBSERVER, by=owner, at=scenes.now()
        )

    def _propose_transfer(self) -> None:
        """The manager asks for money from a second line, which waits for another person."""
        spare = scenes.budget_line(self.eurocluster, "1000.00", code="spare")
        self.transfer = calls.propose_transfer(
            source_id=spare.pk,
            target_id=self.line.pk,
            amount_eur=Decimal("1.00"),
            reason=self.named("transfer-reason"),
            by=self.people["manager"],
            at=scenes.OPEN,
        )

    def _publish_calls(self) -> None:
        make = self._open_call
        self.open_call = make(self.eurocluster, self.line, **scenes.open_now())
        self.evaluated_call = make(self.eurocluster, self.line)
        self.decided_call = make(self.eurocluster, self.line)
        words = dict.fromkeys(("title", "summary", "description"), self.named("unpublished-call"))
        self.draft_call = scenes.draft_call(self.eurocluster, self.line, **scenes.open_now(), **words)
        self._offer_documents()

    def _open_call(self, owner: Eurocluster, line: BudgetLine, **changes: Any) -> Call:
        """With a question for files of all partners together, and one of each."""
        call = scenes.draft_call(owner, line, **changes)
        calls.set_form(call=call, form=form_with_files(), at=scenes.OPENS - timedelta(days=15))
        return calls.publish_call(call_id=call.pk, by=None, at=scenes.OPENS - timedelta(days=10))

    def _offer_documents(self) -> None:
        for kind, call in (("public", self.open_call), ("unpublished-call", self.draft_call)):
            name = "guidelines" if kind == "public" else self.named(kind)
            self.documents[kind] = applications.announce_document(
                call_id=call.pk,
                title=name,
                file=pdf_named(name),
                reason="It was forgotten.",
                by=self.people["manager"],
                at=scenes.now(),
            )

    def _attach(self, stage: str, made: scenes.Pair, at: datetime) -> None:
        section = made.form.section("project")
        self.attachments[stage] = applications.add_attachment(
            application_id=made.application.pk,
            section=section,
            question=section.question("annexes"),
            participation_id=None,
            file=pdf_named(self.named(f"{stage}-text")),
            by=made.lead,
            at=at,
        )

    def _pair(self, stage: str, call: Call) -> scenes.Pair:
        at = scenes.now() if call is self.open_call else scenes.OPEN
        made = scenes.pair(call, at=at, word=self.named(stage))
        made.fill(at=at, title=self.named(stage), summary=self.named(f"{stage}-text"))
        self._attach(stage, made, at)
        if stage != "draft":
            made.submit(at=at)
        if stage not in {"draft", "submitted", "closed"}:
            applications.decide_eligibility(
                application_id=made.application.pk,
                is_eligible=True,
                note="",
                by=self.people["manager"],
                at=scenes.AFTER,
            )
        made.application.refresh_from_db()
        self.pairs[stage] = made
        return made

    def _build_applications(self) -> None:
        draft = self._pair("draft", self.open_call)
        self.invitation = applications.invite_partner(
            application_id=draft.application.pk,
            email=f"{self.slug}@invited.example",
            organisation_name="Somebody SL",
            by=draft.lead,
            at=scenes.now(),
        )
        self.comment = applications.write_comment(
            application_id=draft.application.pk,
            section=draft.form.section("project"),
            participation_id=None,
            text=self.named("draft-text"),
            url=draft.application.get_absolute_url(),
            by=draft.partner,
            at=scenes.now(),
        )
        self.aside = set_aside(
            application_id=draft.application.pk,
            section_code="project",
            section_title="Project",
            reason=AsideReason.NOT_ASKED,
            texts=[("Market", self.named("draft-aside"))],
            by=draft.lead,
            at=scenes.now(),
        )
        self._pair("submitted", self.open_call)
        self._pair("closed", self.evaluated_call)
        self._clarify()
        self._pair("eligible", self.evaluated_call)
        self._ask_people()
        self.question = calls.ask_question(
            call_id=self.open_call.pk, text=f"{self.named('question')}: may one join?", by=draft.lead, at=scenes.now()
        )
        self.people["rival"] = self.pairs["submitted"].lead

    def _ask_people(self) -> None:
        """A person is invited to a firm that applies, and another asks to join it."""
        self.firm = self.pairs["submitted"].organisations[0]
        lead, pk = self.pairs["submitted"].lead, self.firm.pk
        self.member_invitation = applications.invite_member(
            organisation_id=pk,
            email=self.people["newcomer"].email,
            role=MemberRole.MEMBER,
            by=lead,
            at=scenes.now(),
        )
        self.join_request = applications.ask_to_join(
            organisation_id=pk,
            message=self.named("submitted-join"),
            by=scenes.person(self.named("submitted-joiner")),
            at=scenes.now(),
        )

    def _clarify(self) -> None:
        """A rule decided otherwise, and two questions about an application: one answered with a file, one open."""
        made, given = self.pairs["closed"], {"by": self.people["manager"], "at": scenes.now()}
        pk, due = made.application.pk, scenes.now() + timedelta(days=9)
        override_rule(application_id=pk, rule="duration", outcome="fail", reason=self.named("closed-reason"), **given)
        answered, self.clarification = (
            ask_clarification(application_id=pk, question=self.named("closed-question"), due_at=due, **given)
            for _ in range(2)
        )
        answer_clarification(
            clarification_id=answered.pk,
            answer=self.named("closed-answer"),
            files=[pdf_named(self.named("closed-file"))],
            by=made.lead,
            at=scenes.now(),
        )
        self.attachments["answer"] = Attachment.objects.get(section_code=place_of_files(answered.pk)[0])

    def _evaluate(self) -> None:
        eligible = self.pairs["eligible"]
        for name in ("reading", "invited"):
            self.assignments[name] = evaluation.assign_expert(
                application_id=eligible.application.pk,
                expert_id=self.experts[name].pk,
                due_on=(scenes.now() + timedelta(days=9)).date(),
                by=self.people["manager"],
                at=scenes.AFTER,
            )
        evaluation.accept_assignment(
            assignment_id=self.assignments["reading"].pk, by=self.experts["reading"].user, at=scenes.AFTER
        )

    def _award(self) -> None:
        """Four applications are funded, the fifth goes to the reserve list."""
        second = scenes.expert(self.eurocluster, name=self.named("expert-second"))
        for place, stage in enumerate(("paying", "claiming", "signing", "awarded", "reserve")):
            made = self._pair(stage, self.decided_call)
            marks = (f"{4.5 - place / 2 if place < 3 else 3.5 - (place - 3) / 2:g}", "4", "4")
            for reader in (self.experts["reviewing"], second):
                scenes.review(made, reader, self.people["manager"], marks)
        made_list = scenes.ranked(self.decided_call, self.people["manager"])
        evaluation.decide_ranking(ranking_list_id=made_list.pk, by=self.people["manager"], at=scenes.AFTER)
        for made in self.pairs.values():
            made.application.refresh_from_db()

    def _agree(self) -> None:
        manager = self.people["manager"]
        self.agreements["signing"] = scenes.agreement(self.pairs["signing"], manager, content=PDF)
        for stage in ("paying", "claiming"):
            self.agreements[stage] = scenes.signed(self.pairs[stage], manager, content=PDF)
            self.vouchers[stage] = scenes.vouchers_of(self.pairs[stage])

    def _claim(self, stage: str, place: int) -> Claim:
        words = {"holder": self.named(f"{stage}-account"), "note": self.named(f"{stage}-note")}
        return scenes.claimed(self.pairs[stage], place, **words)

    def _pay(self) -> None:
        """One batch released to the bank, one waiting; one claim submitted; one instalment not claimed."""
        finance = self.people["finance"]
        released = scenes.batched(self._claim("paying", 0), finance)
        self.batches["released"] = vouchers.release_batch(batch_id=released.pk, by=self.second, at=scenes.AFTER)
        self.batches["prepared"] = scenes.batched(self._claim("paying", 1), finance)
        self.claims["submitted"] = self._claim("claiming", 0)
        self.recovery = Recovery.objects.create(
            voucher=self.vouchers["claiming"][0],
            amount_eur=1,
            reason=self.named("recovery"),
            due_on=scenes.AFTER.date(),
            asked_by=self.second,
            asked_at=scenes.AFTER,
        )


def form_with_files() -> FormDefinition:
    form = deepcopy(scenes.FORM)
    for section in form["sections"]:
        if section["code"] in {"project", "costs"}:
            section["questions"].append({"code": "annexes", "kind": "files", "label": "Annexes", "required": False})
    return parse(form)


def pdf_named(name: str) -> ScannedFile:
    """A file that holds its name, so that both can be found where they must not be."""
    return ScannedFile(CheckedFile(f"{name}.pdf", "application/pdf", PDF + name.encode()), is_scanned=False)


def picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (30, 10), "#1b7043").save(written, "PNG")
    return written.getvalue()


def fill_documents() -> None:
    """What the worker would make: every document that waits gets a file."""
    for pk in Document.objects.filter(status=Status.PENDING).values_list("pk", flat=True):
        documents.fill_with_bytes(document_id=pk, content=PDF, at=scenes.AFTER)


def stopped_job(word: str) -> OutboxJob:
    return OutboxJob.objects.create(
        kind="vouchers.render_agreement",
        key=f"{word}-stopped-job",
        payload={"agreement": 0},
        status=JobStatus.DEAD,
        attempts=20,
        last_error="OSError: no space left on device",
        created_at=scenes.now(),
        next_attempt_at=scenes.now(),
    )


def message_of(user: User) -> Message:
    return Message.objects.create(
        key=f"access:{user.pk}",
        kind="access",
        recipient=user,
        email=user.email,
        subject="A message",
        body_text="A message.",
        about_label="accounts.user",
        about_id=str(user.pk),
        created_at=scenes.now(),
    )


class Worlds:
    """Two Euroclusters that know nothing of each other, and the people who serve all."""

    def __init__(self) -> None:
        self.here = World("amselfeld", "AM", "Amselfeld")
        self.there = World("birkenhain", "BI", "Birkenhain")
        self.auditor = _serving_all(Role.OBSERVER)
        self.administrator = _serving_all(Role.ADMINISTRATOR)
