"""What happened on each of the three current editions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from applications.models import Application
from eurocluster_portal.demo import population
from eurocluster_portal.demo.scenario.applicants import Applicants
from eurocluster_portal.demo.scenario.beneficiaries import Beneficiaries
from eurocluster_portal.demo.scenario.cast import Cast, Edition
from eurocluster_portal.demo.scenario.evaluators import Evaluators
from evaluation import services as evaluation

STRONG = (("4.5", "4.5", "4"), ("4", "4.5", "4.5"))
GOOD = (("4", "3.5", "4"), ("3.5", "4", "3.5"))
FAIR = (("3.5", "3", "3.5"), ("3.5", "3.5", "3"))
WEAK = (("3", "2.5", "2.5"), ("2.5", "3", "3"))
#: Marks of the two experts for each DREAM proposal in turn: eight are funded, two wait, two miss a threshold.
DREAM_MARKS = (STRONG, GOOD, STRONG, FAIR, GOOD, WEAK, STRONG, GOOD, FAIR, GOOD, WEAK, STRONG)


def open_call(cast: Cast) -> None:
    """Drafts in every state of progress, submissions, a withdrawal, partners who have not answered yet."""
    edition, now, applicants = cast.recentre, cast.at, Applicants(cast)
    projects = population.projects("recentre-innovation")
    window = (now - edition.call.opens_at).total_seconds()
    moments = [edition.call.opens_at + timedelta(seconds=window * (n + 1) / 22) for n in range(len(projects))]
    tales = [
        *[("declarations",)],
        *[None] * 8,
        *[("costs", "declarations"), ("declarations",), ("implementation", "costs", "declarations")],
        *[("excellence", "impact", "implementation", "costs", "declarations"), ("impact", "declarations")],
    ]
    for project, at, left_out in zip(projects, moments, tales, strict=False):
        if left_out is None:
            applicants.submit(edition, project, at)
        else:
            applicants.answer(applicants.draft(edition, project, at), project, at, leave_out=left_out)
    second_thoughts, *waiting = islice(zip(projects, moments, strict=True), len(tales), len(tales) + 3)
    project, at = second_thoughts
    applicants.withdraw(applicants.submit(edition, project, at), project, at + timedelta(hours=3))
    for project, at in waiting:
        applicants.draft(edition, project, at, joined=False)


def call_in_evaluation(cast: Cast) -> None:
    """A call whose experts are at work: some done, some late, one in conflict, two that differ too much."""
    edition, applicants = cast.desire, Applicants(cast)
    evaluators = Evaluators(cast, edition)
    projects = population.projects("desire")
    submitted = [
        applicants.submit(edition, project, at)
        for project, at in zip(projects[:-1], _spread(edition, len(projects) - 1), strict=True)
    ]
    unfinished = applicants.draft(edition, projects[-1], edition.during(0.9))
    applicants.answer(unfinished, projects[-1], edition.during(0.95), leave_out=("costs", "declarations"))
    *checked, _unchecked, late_thoughts = submitted
    applicants.withdraw(late_thoughts, projects[-2], edition.call.closes_at - timedelta(minutes=12))
    for application in checked[:-1]:
        evaluators.check(application, edition.after(2))
    evaluators.check(
        checked[-1],
        edition.after(3),
        reason="The enterprise register shows a parent company with 900 staff.",
        rule="sme_status",
    )
    _let_experts_work(evaluators, checked[:-1])


def _let_experts_work(evaluators: Evaluators, eligible: Sequence[Application]) -> None:
    edition = evaluators.edition
    at = edition.after(4)
    done, at_odds, halfway, asked, conflict = eligible[:4], eligible[4], eligible[5], eligible[6], eligible[7]
    for number, application in enumerate(done):
        evaluators.review(application, number, (STRONG, GOOD, FAIR, GOOD)[number], at)
    evaluators.review(at_odds, 4, (("5", "4.5", "4.5"), ("2.5", "3", "2.5")), at)
    first, second, _ = evaluators.readers(halfway, 5)
    evaluators.mark(
        evaluators.accept(evaluators.assign(halfway, first, at), at), GOOD[0], at + timedelta(days=8), seed=31
    )
    evaluators.mark(
        evaluators.accept(evaluators.assign(halfway, second, at), at), ("4",), at + timedelta(days=9), submit=False
    )
    for reader in evaluators.readers(asked, 6)[:2]:
        evaluators.assign(asked, reader, edition.after(12))
    evaluators.refuse(conflict, at)


def decided_call(cast: Cast) -> None:
    """A decided call: funded, reserve and rejected; agreements, vouchers and payments in every state."""
    edition, applicants = cast.dream, Applicants(cast)
    evaluators = Evaluators(cast, edition)
    projects = population.projects("dream")
    moments = _spread(edition, len(projects))
    submitted = [applicants.submit(edition, project, at) for project, at in zip(projects, moments, strict=True)]
    *eligible, one_refused, another_refused = submitted
    for application in eligible:
        evaluators.check(application, edition.after(2))
    for application in (one_refused, another_refused):
        evaluators.check(
            application,
            edition.after(3),
            reason="The manufacturing site lies outside the partner countries.",
        )
    for number, (application, marks) in enumerate(zip(eligible, DREAM_MARKS, strict=True)):
        evaluators.review(application, number, marks, edition.after(5))
    ranking = evaluation.make_ranking_list(call_id=edition.call.pk, by=edition.manager, at=edition.after(40))
    evaluation.decide_ranking(ranking_list_id=ranking.pk, by=edition.manager, at=edition.after(42))
    Beneficiaries(edition, at=cast.at).agree_and_claim()


def _spread(edition: Edition, count: int, until: float = 0.97) -> list[datetime]:
    """Instants of submission: few early, most towards the end."""
    return [edition.during(until * ((number + 1) / count) ** 0.5) for number in range(count)]
