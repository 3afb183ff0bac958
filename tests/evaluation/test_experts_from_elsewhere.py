"""Calls that ask for experts from other countries than all partners."""

import pytest

from evaluation import services
from tests.evaluation.rounds import check
from tests.factories.applications import submitted
from tests.factories.evaluation import ExpertFactory, asked, call_with

pytestmark = pytest.mark.django_db


def test_an_expert_from_the_country_of_any_partner_is_refused_where_the_call_says_so() -> None:
    call = call_with(experts_from_elsewhere=True)
    application = check(submitted(call))
    for country in ("RO", "ES"):
        with pytest.raises(services.ExpertFromThere):
            asked(application, ExpertFactory(pool=[call.eurocluster], country=country))
    assert asked(application, ExpertFactory(pool=[call.eurocluster], country="BE")).status == "invited"


def test_elsewhere_is_not_asked_of_experts_of_other_calls() -> None:
    application = check(submitted(call_with()))
    assert asked(application, ExpertFactory(country="RO")).status == "invited"
