"""Which organisations are one undertaking, and that what one of them got counts for all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.assessment import ceilings_of, over_ceiling, over_ceiling_together
from applications.exclusion import Known
from applications.models import Application, GroupMember, Organisation
from applications.undertakings import undertakings_of, united
from calls.models import BudgetLine
from calls.states import ProposalsPerSme, Role
from evaluation import services as evaluation
from evaluation.states import Outcome
from tests import scenes
from tests.applications.variations import Applicants, Variation, by, firm

ALFA = Known("Alfa SRL", "RO", "RO111")
BETA = Known("Beta SA", "RO", "RO222")
GAMMA = Known("Gámma S.L.", "ES", "ESX3")
FIRMS = {1: ALFA, 2: BETA, 3: GAMMA}


def numbers(*links: tuple[int, Known]) -> list[list[int]]:
    return sorted({tuple(sorted(one)) for one in united(FIRMS, links).values()})


def test_without_links_everybody_is_alone() -> None:
    assert numbers() == [(1,), (2,), (3,)]


def test_links_work_in_both_directions_and_through_others() -> None:
    assert numbers((1, Known("whatever", "XX", "ro 222"))) == [(1, 2), (3,)]
    assert numbers((1, BETA), (3, BETA)) == [(1, 2, 3)]
    outside = Known("Holding AG", "AT", "ATU9")
    assert numbers((1, outside), (3, outside)) == [(1, 3), (2,)]


def test_without_a_number_the_name_and_the_country_tell() -> None:
    assert numbers((1, Known("GAMMA", "ES"))) == [(1, 3), (2,)]
    assert numbers((1, Known("GAMMA", "RO"))) == [(1,), (2,), (3,)]
    assert numbers((1, Known("Gámma S.L.", "ES", "ESX4"))) == [(1,), (2,), (3,)]  # another number is another firm


def test_a_name_that_two_firms_have_tells_nobody_apart() -> None:
    firms = FIRMS | {4: Known("Beta SRL", "RO", "RO444")}
    found = united(firms, [(1, Known("Beta", "RO"))])
    assert {tuple(one) for one in found.values()} == {(1,), (2,), (3,), (4,)}


@given(st.lists(st.tuples(st.sampled_from(sorted(FIRMS)), st.sampled_from(list(FIRMS.values())))), st.randoms())
def test_the_order_of_what_is_declared_does_not_matter(links: list[tuple[int, Known]], chance: object) -> None:
    shuffled = list(links)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert united(FIRMS, links) == united(FIRMS, shuffled)


# --- Over the database ----------------------------------------------------------------------------


def link(one: Organisation, other: Organisation, **changes: object) -> GroupMember:
    facts = {"name": other.legal_name, "country": other.country, "vat_number": other.vat_number, "is_linked": True}
    return GroupMember.objects.create(organisation=one, **facts | changes)


@pytest.fixture
def line(db: None) -> BudgetLine:
    return scenes.budget_line(scenes.eurocluster())


def firms(count: int) -> list[Organisation]:
    return [scenes.organisation(scenes.person("Applicant"), legal_name=f"Firm {n} SRL") for n in range(count)]


def known(organisation: Organisation) -> dict[int, Known]:
    return {
        organisation.pk: Known(organisation.legal_name, organisation.country, organisation.vat_number),
    }


def test_the_portal_finds_the_enterprises_of_a_group(db: None) -> None:
    mother, daughter, sister, partner, stranger = firms(5)
    link(daughter, mother)
    link(mother, sister, vat_number="", name="FIRM 2")
    link(mother, partner, is_linked=False)
    for one in (mother, daughter, sister):
        assert list(undertakings_of(known(one))[one.pk]) == [mother.pk, daughter.pk, sister.pk]
    for one in (partner, stranger):
        assert list(undertakings_of(known(one))[one.pk]) == [one.pk]


def test_what_the_mother_was_awarded_counts_for_the_daughter(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    earlier = scenes.awarded(scenes.open_call(line.eurocluster, line), manager, readers)  # 26,000 EUR for each
    applicants = Applicants(Variation().call(line))
    waiting = applicants.submit(by(firm("34000.01", known_as="daughter")))
    assert over_ceiling(applicants.call, [waiting.pk]) == {}
    link(applicants.known["daughter"][1], earlier.organisations[0])
    why = over_ceiling(applicants.call, [waiting.pk])[waiting.pk]
    assert "60,000.01 EUR in all" in why
    assert f"Awarded earlier within its group: 26,000 EUR to {earlier.organisations[0].legal_name}." in why
    link(earlier.organisations[1], applicants.known["daughter"][1])  # through the daughter all three are one
    assert "86,000.01 EUR in all" in over_ceiling(applicants.call, [waiting.pk])[waiting.pk]


def test_two_firms_of_one_group_in_one_proposal_ask_together(line: BudgetLine) -> None:
    applicants = Applicants(Variation({"support_max_eur": Decimal(90000)}).call(line))
    pair = by(firm("30000", known_as="one"), firm("30000.01", known_as="two"))
    application, _lead = applicants.draft(pair)
    assert ("sme_ceiling", "pass") in applicants.assess(application)
    link(applicants.known["one"][1], applicants.known["two"][1])
    assert ("sme_ceiling", "fail") in applicants.assess(application)


def test_proposals_of_one_group_on_one_list_are_summed(line: BudgetLine) -> None:
    applicants = Applicants(Variation({"proposals_per_sme": ProposalsPerSme.ANY}).call(line))
    first, second, other = [applicants.submit(by(firm("40000", known_as=name))) for name in ("a", "b", "c")]
    ids = [first.pk, second.pk, other.pk]
    assert over_ceiling_together(applicants.call, ids) == {}
    link(applicants.known["a"][1], applicants.known["b"][1])
    assert over_ceiling(applicants.call, ids) == {}
    why = over_ceiling_together(applicants.call, ids)
    assert list(why) == [second.pk]
    assert "40,000 EUR of it higher on the same list." in why[second.pk]
    assert ceilings_of(applicants.call, ids).undertakings(first.pk) == ceilings_of(applicants.call, ids).undertakings(
        second.pk
    )


def test_on_a_ranking_list_the_lower_of_two_goes_to_the_reserve(line: BudgetLine) -> None:
    manager = scenes.team_member(Role.MANAGER, line.eurocluster)
    readers = [scenes.expert(line.eurocluster), scenes.expert(line.eurocluster)]
    call = scenes.open_call(line.eurocluster, line, support_max_eur=Decimal(60000))
    better = scenes.reviewed(call, manager, readers, marks=("5", "5", "5"))
    worse = scenes.reviewed(call, manager, readers, marks=("4", "4", "4"))
    for one in (better, worse):
        one.application.participations.update(requested_eur=Decimal(26000))
    Application.objects.filter(pk=worse.application.pk).update(requested_eur=Decimal(52000))
    plain = scenes.ranked(call, manager)
    assert [entry.proposed for entry in plain.entries.order_by("position")] == [Outcome.FUNDED, Outcome.FUNDED]
    link(better.organisations[0], worse.organisations[0])
    link(better.organisations[0], worse.organisations[1])
    link(better.organisations[1], worse.organisations[1])
    with pytest.raises(evaluation.DecisionStale):
        evaluation.decide_ranking(ranking_list_id=plain.pk, by=manager, at=scenes.AFTER)
    again = scenes.ranked(call, manager)
    assert [entry.proposed for entry in again.entries.order_by("position")] == [Outcome.FUNDED, Outcome.RESERVE]
    evaluation.decide_ranking(ranking_list_id=again.pk, by=manager, at=scenes.AFTER)
    with pytest.raises(evaluation.OverCeiling):
        evaluation.award_reserve(application_id=worse.application.pk, by=manager, at=scenes.AFTER)
