"""The text for the Funding & Tenders Portal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from calls import feeds
from calls.states import Role
from tests.calls.public_calls import worked_call
from tests.factories.calls import team_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal_address")]


ANNOUNCEMENT = """\
Call title: Furniture, IT & energy <together>
Project: RE-CENTRE – cRoss-sEctoral Cluster approach for higher CompEtitiveNess
Opening date: Monday 27 March 2023, 00:00 Brussels time
Deadline: Tuesday 27 June 2023, 17:00 Brussels time
Expected duration of participation: 6 to 12 months
Total funding available: €1,040,000

SUMMARY
Up to 52,000 EUR for projects of two SMEs.

WHO CAN APPLY
- At least 2 SMEs together.
- Only small and medium-sized enterprises: fewer than 250 people, and at most €50 million turnover or €43 million \
balance sheet total.
- From at least 2 different sectors of Energy, Furniture and interiors and Information technology.
- At least one from Bulgaria, Italy, Romania or Spain.
- The project lasts 6 to 12 months.
- It raises technology readiness by at least 2 levels.
- Each organisation takes part in one proposal only.
- One enterprise receives at most €60,000 over all calls of RE-CENTRE.
- Partners of RE-CENTRE, their staff and their affiliates cannot apply.

HOW MUCH
- Up to €52,000 per project (lump sum).
- At most 20 projects are funded.
- Paid in instalments: 50 % (signature of the agreement), 50 % (final report accepted).

HOW IT IS DECIDED
- 2 independent experts, who first declare to have no conflict of interest, mark every criterion.
- A proposal needs at least 10 of 15 points in all.
- When two totals differ by more than 30 % of the higher one, a third expert is asked and the two closest count.
- The weighted score makes the ranking. Proposals are funded down the list while the budget lasts.
- The first proposal that the money left cannot pay in full, and all below it, form the reserve list.

HOW TO APPLY
Apply online before Tuesday 27 June 2023, 17:00 Brussels time: https://portal.example/calls/recentre-2023/

FURTHER INFORMATION
Guidelines, questions and answers: https://portal.example/calls/recentre-2023/
Contact: desk@recentre.example
"""


def test_the_announcement(client: Client) -> None:
    call = worked_call()
    client.force_login(team_member(call.eurocluster, Role.OBSERVER))
    answer = client.get("/manage/calls/recentre-2023/announcement/?format=txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="recentre-2023-announcement.txt"'
    assert answer.content.decode() == ANNOUNCEMENT
    shown = client.get("/manage/calls/recentre-2023/announcement/")
    assert shown.context["text"] == ANNOUNCEMENT
    assert "IT &amp; energy &lt;together&gt;" in shown.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"support_min_eur": Decimal(10000)}, "€10,000 to €52,000 per project (lump sum)."),
        ({"support_min_eur": Decimal(52000)}, "€52,000 per project (lump sum)."),
        ({"support_max_eur": Decimal("250.50")}, "Up to €250.50 per project (lump sum)."),
        ({"funding_rate": Decimal("0.5")}, "At most 50 % of the costs."),
    ],
)
def test_how_much_in_words(changes: dict[str, Any], words: str) -> None:
    assert words in feeds.how_much(worked_call(**changes))


def test_queries_of_the_announcement(client: Client, django_assert_max_num_queries: Any) -> None:
    call = worked_call()
    client.force_login(team_member(call.eurocluster))
    with django_assert_max_num_queries(12):
        client.get("/manage/calls/recentre-2023/announcement/")
