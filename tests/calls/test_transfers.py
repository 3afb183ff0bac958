"""Money between two lines: proposed by one person, decided by another, moved whole or not at all."""

import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from audit.models import Event
from calls import services
from calls.invariants import violations
from calls.models import BudgetLine, BudgetTransfer, LedgerEntry
from calls.money import NotMoney
from calls.services.ledger import move_money
from calls.states import TRANSFER_MOVES, Bucket, IllegalMove, Role, TransferStatus
from notifications.models import Message
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, EuroclusterFactory, team_member

pytestmark = pytest.mark.django_db
PAGE = "/manage/recentre/budget/transfers/"


class Scene:
    """Two lines with 1,000 EUR each, and the people of the Eurocluster."""

    def __init__(self) -> None:
        self.eurocluster = EuroclusterFactory(slug="recentre")
        self.one, self.two = self.line("one"), self.line("two")
        self.manager = team_member(self.eurocluster, Role.MANAGER)
        self.finance = team_member(self.eurocluster, Role.FINANCE)
        self.owner = team_member(self.eurocluster, Role.OWNER)
        self.observer = team_member(self.eurocluster, Role.OBSERVER)

    def line(self, code: str, owner: Any = None) -> BudgetLine:
        line = BudgetLine.objects.create(
            eurocluster=owner or self.eurocluster, code=code, title=f"Line {code}", strand="innovate"
        )
        services.allocate_to_line(
            line_id=line.pk, amount_eur=Decimal(1000), cause=line, key=f"a:{line.pk}", memo="Grant", by=None, at=AT
        )
        line.refresh_from_db()
        return line

    def propose(self, amount: str = "250.50", by: User | None = None) -> BudgetTransfer:
        return services.propose_transfer(
            source_id=self.one.pk,
            target_id=self.two.pk,
            amount_eur=Decimal(amount),
            reason="Amendment 2",
            by=by or self.manager,
            at=AT,
        )

    def approve(self, transfer: BudgetTransfer, by: User | None = None) -> BudgetTransfer:
        return services.approve_transfer(transfer_id=transfer.pk, by=by or self.finance, at=AT)

    def left(self) -> list[tuple[Decimal, Decimal]]:
        return list(BudgetLine.objects.order_by("code").values_list("allocated_eur", "available_eur"))


UNMOVED = [(Decimal(1000), Decimal(1000))] * 2


@pytest.fixture
def scene() -> Scene:
    return Scene()


def actions(transfer: BudgetTransfer) -> list[str]:
    return list(Event.objects.about(transfer).order_by("id").values_list("action", flat=True))


def told(kind: str) -> set[int]:
    return set(Message.objects.filter(kind=kind).values_list("recipient", flat=True))


# --- Proposing --------------------------------------------------------------------------------


def test_a_proposal_moves_nothing_and_asks_those_who_may_approve(scene: Scene) -> None:
    transfer = scene.propose()
    assert (transfer.status, scene.left()) == ("proposed", UNMOVED)
    assert LedgerEntry.objects.count() == 2
    assert told("transfer_proposed") == {scene.finance.pk, scene.owner.pk}
    assert actions(transfer) == ["transfer.proposed"]
    text = Message.objects.filter(kind="transfer_proposed")[0]
    assert text.subject == "A transfer of €250.50 waits for a second person"
    assert "from “Line one” to “Line two”" in text.body_text


def test_who_proposes_is_not_asked_to_approve(scene: Scene) -> None:
    scene.propose(by=scene.owner)
    assert told("transfer_proposed") == {scene.finance.pk}


@pytest.mark.parametrize("amount", ["0", "-0.01", "-1000", "0.001", "NaN", "Infinity"])
def test_no_amount_that_is_not_money(scene: Scene, amount: str) -> None:
    with pytest.raises(NotMoney):
        scene.propose(amount)
    assert BudgetTransfer.objects.count() == 0


def test_not_more_than_is_available(scene: Scene) -> None:
    with pytest.raises(services.NotEnoughMoney) as refused:
        scene.propose("1000.01")
    assert (refused.value.asked_eur, refused.value.left_eur) == (Decimal("1000.01"), Decimal("1000.00"))


def test_two_lines_of_one_eurocluster(scene: Scene) -> None:
    foreign = scene.line("one", EuroclusterFactory())
    for target in (scene.one, foreign):
        with pytest.raises(services.LinesDoNotMatch):
            services.propose_transfer(
                source_id=scene.one.pk, target_id=target.pk, amount_eur=Decimal(1), reason="x", by=scene.manager, at=AT
            )


# --- Deciding ---------------------------------------------------------------------------------


def test_approval_moves_the_money_with_two_entries(scene: Scene) -> None:
    transfer = scene.approve(scene.propose())
    assert scene.left() == [(Decimal("749.50"), Decimal("749.50")), (Decimal("1250.50"), Decimal("1250.50"))]
    rows = LedgerEntry.objects.filter(cause_label="calls.budgettransfer").order_by("pk")
    columns = ("key", "line", "source", "target", "amount_eur", "cause_id", "memo", "by", "at")
    common = (Decimal("250.50"), str(transfer.pk))
    who = (scene.finance.pk, AT)
    number = transfer.pk
    assert list(rows.values_list(*columns)) == [
        (
            f"transfer:{number}:out",
            scene.one.pk,
            "available",
            "outside",
            *common,
            f"Transfer {number} to Line two",
            *who,
        ),
        (
            f"transfer:{number}:in",
            scene.two.pk,
            "outside",
            "available",
            *common,
            f"Transfer {number} from Line one",
            *who,
        ),
    ]
    assert (transfer.status, transfer.decided_by, transfer.decided_at) == ("approved", scene.finance, AT)
    assert actions(transfer) == ["transfer.proposed", "transfer.approved"]
    assert told("transfer_decided") == {scene.manager.pk}
    assert list(violations()) == []


def test_approving_twice_changes_nothing(scene: Scene) -> None:
    transfer = scene.approve(scene.propose())
    assert scene.approve(transfer).pk == transfer.pk
    assert LedgerEntry.objects.count() == 4


@pytest.mark.parametrize("decide", [services.approve_transfer, services.refuse_transfer], ids=["approve", "refuse"])
def test_nobody_decides_on_their_own_proposal(scene: Scene, decide: Callable[..., Any]) -> None:
    transfer = scene.propose(by=scene.finance)
    more = {"reason": "No"} if decide is services.refuse_transfer else {}
    with pytest.raises(services.SamePerson):
        decide(transfer_id=transfer.pk, by=scene.finance, at=AT, **more)
    assert scene.left() == UNMOVED


def test_the_database_knows_that_two_people_act(scene: Scene) -> None:
    transfer = scene.propose(by=scene.finance)
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_transfer"), transaction.atomic():
        BudgetTransfer.objects.filter(pk=transfer.pk).update(status="approved", decided_by=scene.finance, decided_at=AT)


def test_what_is_promised_meanwhile_stays(scene: Scene) -> None:
    """A line never falls below what it has promised: the transfer comes too late, and neither line changes."""
    transfer = scene.propose("600")
    services.reserve_money(
        line_id=scene.one.pk, amount_eur=Decimal("400.01"), cause=scene.one, key="award", memo="Award", by=None, at=AT
    )
    with pytest.raises(services.NotEnoughMoney) as refused:
        scene.approve(transfer)
    assert (refused.value.line, refused.value.left_eur) == (scene.one, Decimal("599.99"))
    transfer.refresh_from_db()
    assert (transfer.status, LedgerEntry.objects.count()) == ("proposed", 3)
    assert [allocated for allocated, _left in scene.left()] == [1000, 1000]
    with pytest.raises(IntegrityError, match="a_budget_line_is_never_overspent"), transaction.atomic():
        BudgetLine.objects.filter(pk=scene.one.pk).update(allocated_eur=400, available_eur=Decimal("-0.01"))


def test_refusing_tells_why(scene: Scene) -> None:
    transfer = scene.propose()
    services.refuse_transfer(transfer_id=transfer.pk, reason=" Not before the amendment. ", by=scene.owner, at=AT)
    assert scene.left() == UNMOVED
    assert Message.objects.get(kind="transfer_decided").body_text.endswith("Not before the amendment.\n")
    assert Event.objects.about(transfer).get(action="transfer.refused").data["reason"] == "Not before the amendment."


def test_withdrawing(scene: Scene) -> None:
    transfer = services.withdraw_transfer(transfer_id=scene.propose().pk, by=scene.manager, at=AT)
    assert (transfer.status, transfer.decided_by, scene.left()) == ("withdrawn", scene.manager, UNMOVED)
    assert services.withdraw_transfer(transfer_id=transfer.pk, by=scene.manager, at=AT) == transfer
    assert actions(transfer) == ["transfer.proposed", "transfer.withdrawn"]


MOVES: dict[str, Callable[[Scene, BudgetTransfer], Any]] = {
    "approved": lambda scene, one: services.approve_transfer(transfer_id=one.pk, by=scene.owner, at=AT),
    "refused": lambda scene, one: services.refuse_transfer(transfer_id=one.pk, reason="No", by=scene.owner, at=AT),
    "withdrawn": lambda scene, one: services.withdraw_transfer(transfer_id=one.pk, by=scene.manager, at=AT),
}


@pytest.mark.parametrize("target", MOVES)
@pytest.mark.parametrize("state", TransferStatus)
def test_every_move(scene: Scene, state: TransferStatus, target: str) -> None:
    transfer = scene.propose()
    if state != TransferStatus.PROPOSED:
        other = scene.finance if state != TransferStatus.WITHDRAWN else scene.manager
        BudgetTransfer.objects.filter(pk=transfer.pk).update(status=state, decided_by=other, decided_at=AT)
    if TransferStatus(target) in TRANSFER_MOVES[state]:
        MOVES[target](scene, transfer)
    elif state == target == "withdrawn":
        MOVES[target](scene, transfer)  # doing it again is no move
    else:
        with pytest.raises(IllegalMove):
            MOVES[target](scene, transfer)
        target = state
    transfer.refresh_from_db()
    assert transfer.status == target
    assert LedgerEntry.objects.count() == (4 if (state, target) == ("proposed", "approved") else 2)


# --- The grant, and what came back ------------------------------------------------------------


def places(scene: Scene) -> dict[str, dict[str, Decimal]]:
    names = ("allocated", "available", "paid", "recovered")
    return {
        line.code: {name: getattr(line, f"{name}_eur") for name in names}
        for line in BudgetLine.objects.order_by("code")
    }


def recover(scene: Scene, amount: str = "300.00") -> None:
    """Bring money of line one through its whole life and back."""
    way = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.COMMITTED, Bucket.PAID, Bucket.RECOVERED)
    for source, target in itertools.pairwise(way):
        move_money(
            line_id=scene.one.pk,
            source=source,
            target=target,
            amount_eur=Decimal(amount),
            cause=scene.one,
            key=f"{source}:{target}",
            memo="Life",
            by=None,
            at=AT,
        )


def propose(scene: Scene, **changes: Any) -> BudgetTransfer:
    fields = {"source_id": None, "target_id": None, "amount_eur": Decimal("100.50"), "reason": "Amendment 3"}
    return services.propose_transfer(**(fields | changes), by=scene.manager, at=AT)


def test_the_grant_raises_and_lowers_a_line(scene: Scene) -> None:
    scene.approve(propose(scene, target_id=scene.one.pk))
    assert places(scene)["one"]["allocated"] == Decimal("1100.50")
    scene.approve(propose(scene, source_id=scene.one.pk, amount_eur=Decimal("600.50")))
    assert places(scene)["one"] == {"allocated": 500, "available": 500, "paid": 0, "recovered": 0}
    assert places(scene)["two"]["allocated"] == 1000
    assert list(violations()) == []


def test_a_line_is_not_lowered_below_what_it_promised(scene: Scene) -> None:
    transfer = propose(scene, source_id=scene.one.pk, amount_eur=Decimal(700))
    services.reserve_money(
        line_id=scene.one.pk, amount_eur=Decimal("300.01"), cause=scene.one, key="award", memo="Award", by=None, at=AT
    )
    with pytest.raises(services.NotEnoughMoney) as refused:
        scene.approve(transfer)
    assert refused.value.left_eur == Decimal("699.99")
    assert places(scene)["one"]["allocated"] == 1000


def test_recovered_money_is_spent_again_or_given_back(scene: Scene) -> None:
    recover(scene)
    assert places(scene)["one"] == {"allocated": 1000, "available": 700, "paid": 0, "recovered": 300}
    ways = {"one": scene.one.pk, "two": scene.two.pk, "grant": None}
    for amount, target in ((Decimal(100), "one"), (Decimal(50), "two"), (Decimal(150), "grant")):
        transfer = propose(
            scene, source_id=scene.one.pk, target_id=ways[target], amount_eur=amount, is_from_recovered=True
        )
        scene.approve(transfer)
    assert places(scene) == {
        "one": {"allocated": 800, "available": 800, "paid": 0, "recovered": 0},
        "two": {"allocated": 1050, "available": 1050, "paid": 0, "recovered": 0},
    }
    assert list(violations()) == []


def test_not_more_than_was_recovered(scene: Scene) -> None:
    recover(scene)
    with pytest.raises(services.NotEnoughMoney) as refused:
        propose(scene, source_id=scene.one.pk, amount_eur=Decimal("300.01"), is_from_recovered=True)
    assert (refused.value.bucket, refused.value.left_eur) == (Bucket.RECOVERED, Decimal("300.00"))


@pytest.mark.parametrize("places_of", [{}, {"is_from_recovered": True}])
def test_money_needs_two_places(scene: Scene, places_of: dict[str, Any]) -> None:
    with pytest.raises(services.LinesDoNotMatch):
        propose(scene, **places_of)


@pytest.mark.parametrize(
    ("role", "typed", "words"),
    [
        (Role.ADMINISTRATOR, {"source": "grant"}, "The transfer is proposed."),
        (Role.ADMINISTRATOR, {"target": "grant"}, "The transfer is proposed."),
        (Role.ADMINISTRATOR, {}, "You may not move money between these two places."),
        (Role.MANAGER, {"source": "grant"}, "Select a valid choice."),
        (Role.MANAGER, {"target": "grant"}, "You may not move money between these two places."),
        (Role.MANAGER, {"source": "recovered", "target": "grant"}, "The transfer is proposed."),
        (Role.ADMINISTRATOR, {"source": "recovered"}, "Select a valid choice."),
    ],
)
def test_who_may_move_what(client: Client, scene: Scene, role: Role, typed: dict[str, str], words: str) -> None:
    recover(scene)
    user = scene.manager
    if role == Role.ADMINISTRATOR:
        user = UserFactory()
        services.give_role(user=user, role=role, eurocluster=None, by=None, at=AT)
    named = {name: f"recovered-{scene.one.pk}" if value == "recovered" else value for name, value in typed.items()}
    client.force_login(user)
    assert words in client.post(PAGE, given(scene, amount_eur="100") | named, follow=True).content.decode()


def test_an_amendment_reads_well(client: Client, scene: Scene) -> None:
    transfer = propose(scene, target_id=scene.one.pk)
    client.force_login(scene.finance)
    assert "€100.50 from the grant to Line one" in client.get(PAGE).content.decode()
    text = Message.objects.filter(kind="transfer_proposed")[0].body_text
    assert "from “the grant” to “Line one”" in text
    assert "Decide on 1 transfer between lines" in client.get("/desk/").content.decode()
    assert "The money is moved." in client.post(f"{PAGE}{transfer.pk}/approve/", follow=True).content.decode()


def test_a_line_is_renamed_by_an_administrator(client: Client, scene: Scene) -> None:
    admin = UserFactory()
    services.give_role(user=admin, role=Role.ADMINISTRATOR, eurocluster=None, by=None, at=AT)
    client.force_login(admin)
    page = "/manage/recentre/budget/lines/one/"
    assert client.post(page, {"title": "", "strand": "innovate"}).status_code == 200
    client.post(page, {"title": "New vouchers", "strand": "adopt"})
    line = BudgetLine.objects.get(code="one", eurocluster=scene.eurocluster)
    assert (line.title, line.strand, line.allocated_eur) == ("New vouchers", "adopt", 1000)
    assert actions(line) == ["budget_line.renamed"]  # type: ignore[arg-type]
    client.force_login(scene.owner)
    assert client.get(page).status_code == 403


# --- The pages --------------------------------------------------------------------------------


def given(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {"source": scene.one.pk, "target": scene.two.pk, "amount_eur": "1,000", "reason": "Amendment 2"} | changes


def test_a_proposal_through_the_page(client: Client, scene: Scene) -> None:
    client.force_login(scene.manager)
    page = client.post(PAGE, given(scene), follow=True).content.decode()
    assert "The transfer is proposed." in page
    assert "€1,000.00 from Line one to Line two" in page
    assert "You proposed it, so another person decides." in page
    assert f"{PAGE}{BudgetTransfer.objects.get().pk}/approve/" not in page
    assert (
        "1 transfer between lines waits for a second person." in client.get("/manage/recentre/budget/").content.decode()
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount_eur": "-5"}, "greater than or equal to 0.01"),
        ({"amount_eur": "0"}, "greater than or equal to 0.01"),
        ({"amount_eur": "ten"}, "Enter a number."),
        ({"amount_eur": "1.005"}, "no more than 2 decimal places"),
        ({"amount_eur": "1000.01"}, "Only €1,000 of this line is available."),
        ({"reason": ""}, "This field is required."),
        ({"reason": "x" * 251}, "at most 250 characters"),
        ({"target": "same"}, "This is where the money comes from."),
        ({"target": "foreign"}, "Select a valid choice."),
    ],
)
def test_bad_input_keeps_what_was_typed(client: Client, scene: Scene, changes: dict[str, str], words: str) -> None:
    foreign = scene.line("foreign", EuroclusterFactory())
    lines = {"same": scene.one.pk, "foreign": foreign.pk}
    typed = given(scene) | {name: lines.get(value, value) for name, value in changes.items()}
    client.force_login(scene.manager)
    page = client.post(PAGE, typed).content.decode()
    assert words in page
    assert f'value="{typed["amount_eur"]}"' in page
    assert "Line foreign" not in page
    assert BudgetTransfer.objects.count() == 0


def test_the_second_person_approves_on_the_page(client: Client, scene: Scene) -> None:
    transfer = scene.propose()
    client.force_login(scene.finance)
    assert f"{PAGE}{transfer.pk}/approve/" in client.get(PAGE).content.decode()
    assert "The money is moved." in client.post(f"{PAGE}{transfer.pk}/approve/", follow=True).content.decode()
    again = client.post(f"{PAGE}{transfer.pk}/refuse/", {"reason": "Late"}, follow=True).content.decode()
    assert "The transfer was decided in the meantime. Nothing was changed." in again
    movements = client.get("/manage/recentre/budget/").content.decode()
    assert movements.count(f'href="{PAGE}#transfer-{transfer.pk}"') == 2


@pytest.mark.parametrize("act", ["approve", "refuse"])
def test_forcing_it_on_ones_own_is_refused_and_recorded(client: Client, scene: Scene, act: str) -> None:
    transfer = scene.propose(by=scene.finance)
    client.force_login(scene.finance)
    page = client.post(f"{PAGE}{transfer.pk}/{act}/", {"reason": "Mine"}, follow=True).content.decode()
    assert "You proposed this transfer, so another person decides on it. The attempt is recorded." in page
    event = Event.objects.about(transfer).get(action="transfer.approval_refused")
    assert (event.actor, scene.left()) == (scene.finance, UNMOVED)


def test_too_little_by_now_is_said(client: Client, scene: Scene) -> None:
    transfer = scene.propose("600")
    services.reserve_money(
        line_id=scene.one.pk, amount_eur=Decimal(500), cause=scene.one, key="award", memo="Award", by=None, at=AT
    )
    client.force_login(scene.owner)
    page = client.post(f"{PAGE}{transfer.pk}/approve/", follow=True).content.decode()
    assert "Only €500 is available on “Line one” by now, so nothing was moved." in page


def test_a_refusal_needs_its_reason(client: Client, scene: Scene) -> None:
    transfer = scene.propose()
    client.force_login(scene.owner)
    assert "Say why you refuse" in client.post(f"{PAGE}{transfer.pk}/refuse/", follow=True).content.decode()
    client.post(f"{PAGE}{transfer.pk}/refuse/", {"reason": "Too early"})
    transfer.refresh_from_db()
    assert transfer.status == "refused"


def test_only_the_proposer_withdraws(client: Client, scene: Scene) -> None:
    transfer = scene.propose()
    client.force_login(scene.owner)
    assert client.post(f"{PAGE}{transfer.pk}/withdraw/").status_code == 403
    client.force_login(scene.manager)
    assert "The proposal is withdrawn." in client.post(f"{PAGE}{transfer.pk}/withdraw/", follow=True).content.decode()


def test_a_transfer_of_another_eurocluster_is_not_there(client: Client, scene: Scene) -> None:
    transfer = scene.propose()
    other = EuroclusterFactory(slug="other")
    stranger = team_member(other, Role.OWNER)
    client.force_login(stranger)
    for slug in ("recentre", "other"):
        assert client.post(f"/manage/{slug}/budget/transfers/{transfer.pk}/approve/").status_code == 404
    assert "Amendment 2" not in client.get("/manage/other/budget/transfers/").content.decode()


def test_an_observer_reads_and_finds_no_button(client: Client, scene: Scene) -> None:
    scene.propose()
    client.force_login(scene.observer)
    page = client.get(PAGE).content.decode()
    assert "Amendment 2" in page
    assert not re.search(r"/(approve|refuse|withdraw)/", page)
    assert "Propose the transfer" not in page
    assert client.post(PAGE, given(scene)).status_code == 403


@pytest.mark.parametrize("rows", [1, 4])
def test_queries(client: Client, scene: Scene, rows: int, django_assert_num_queries: Any) -> None:
    for number in range(2 * rows):
        transfer = scene.propose("1")
        if number % 2:
            scene.approve(transfer)
    client.force_login(scene.finance)
    with django_assert_num_queries(8):
        client.get(PAGE)
