"""What cannot hold together in a call is found, at its place and with its reason."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from calls.coherence import Clash, Rows, clashes, numbers_of

OPENS, CLOSES = datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 6, 1, 15, tzinfo=UTC)
INSIDE = datetime(2027, 4, 1, 15, tzinfo=UTC)
WINDOW = {"opens_at": OPENS, "closes_at": CLOSES}
ROLES = [{"code": "owner", "title": "Owner"}, {"code": "provider", "title": "Provider"}]
TWICE = [{"code": "owner", "title": "Owner"}, {"code": "owner", "title": "Owner"}]
FIELD = {"kind": "intervention_field", "code": "a", "title": "A"}
FUNNEL = [{"title": "One", "places": 25}, {"title": "Two", "places": 13}, {"title": "Three", "places": 3}]


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({}, Rows()),
        ({**WINDOW, "selection": "deadline", "reviews_per_application": 2}, Rows()),
        ({**WINDOW, "selection": "cut_offs"}, Rows(cut_offs=[{"closes_at": INSIDE}])),
        ({**WINDOW, "selection": "first_come", "reviews_per_application": 0}, Rows()),
        ({"selection": "cut_offs"}, Rows()),  # an edition without dates yet
        (
            {"support_min_eur": Decimal(5), "support_max_eur": Decimal(5), "support_max_per_partner_eur": Decimal(5)},
            Rows(),
        ),
        (
            {
                "support_kind": "fixed_voucher",
                "funding_rate": Decimal(1),
                "support_min_eur": Decimal(250),
                "support_max_eur": Decimal(250),
            },
            Rows(),
        ),
        ({"role_combinations": ["1+1", "2+1", "1+2"], "partners_min": 2, "partners_max": 3}, Rows(project_roles=ROLES)),
        ({"role_combinations": []}, Rows(project_roles=ROLES)),
        ({"intervention_fields_min": 1}, Rows(topics=[FIELD, {**FIELD, "kind": "activity_type"}])),
        ({"awards_max": 3}, Rows(stages=FUNNEL)),
    ],
)
def test_what_fits_together(settings: dict[str, Any], rows: Rows) -> None:
    assert clashes(settings, rows) == []


BETWEEN = "A cut-off lies between the opening and the closing."


@pytest.mark.parametrize(
    ("settings", "rows", "clash"),
    [
        (
            {"support_min_eur": Decimal("5.01"), "support_max_eur": Decimal(5)},
            Rows(),
            Clash("support_min_eur", "The smallest support is above the largest."),
        ),
        (
            {"support_max_per_partner_eur": Decimal(6), "support_max_eur": Decimal(5)},
            Rows(),
            Clash("support_max_per_partner_eur", "One organisation would receive more than the whole project."),
        ),
        ({"partners_min": 3, "partners_max": 2}, Rows(), Clash("partners_max", "This is below the fewest.")),
        (
            {"duration_min_months": 6, "duration_max_months": 5},
            Rows(),
            Clash("duration_max_months", "This is below the shortest."),
        ),
        (
            {
                "support_kind": "fixed_voucher",
                "funding_rate": Decimal("0.5"),
                "support_min_eur": Decimal(5),
                "support_max_eur": Decimal(5),
            },
            Rows(),
            Clash("funding_rate", "A fixed voucher pays its whole value: the share is 100 %."),
        ),
        (
            {"support_kind": "fixed_voucher", "support_max_eur": Decimal(5)},
            Rows(),
            Clash("support_min_eur", "A fixed voucher has one value: the smallest support equals the largest."),
        ),
        (
            {**WINDOW, "selection": "cut_offs"},
            Rows(),
            Clash("selection", "Name at least one cut-off date before the closing, which is the last one."),
        ),
        (
            {**WINDOW, "selection": "first_come"},
            Rows(cut_offs=[{"closes_at": INSIDE}]),
            Clash("selection", "The call has cut-off dates, but is not decided at them."),
        ),
        *(
            (
                {**WINDOW, "selection": "cut_offs"},
                Rows(cut_offs=[{"closes_at": at}]),
                Clash("cut_offs", BETWEEN, 0, "closes_at"),
            )
            for at in (OPENS, CLOSES)
        ),
        (
            {**WINDOW, "selection": "cut_offs"},
            Rows(cut_offs=[{"closes_at": INSIDE}, {"closes_at": INSIDE}]),
            Clash("cut_offs", "This cut-off stands here twice.", 1, "closes_at"),
        ),
        ({}, Rows(project_roles=TWICE), Clash("project_roles", "Two roles have the same name.", 1, "code")),
        (
            {"role_combinations": ["2+x"]},
            Rows(project_roles=ROLES),
            Clash("role_combinations", "“2+x” is no combination: write a number for each role, such as 2+1.", 0),
        ),
        (
            {"role_combinations": ["1+1", "0+0"]},
            Rows(project_roles=ROLES),
            Clash("role_combinations", "“0+0” is no combination: write a number for each role, such as 2+1.", 1),
        ),
        (
            {"role_combinations": ["1+1+1"]},
            Rows(project_roles=ROLES),
            Clash("role_combinations", "“1+1+1” does not fit: the call has 2 roles.", 0),
        ),
        (
            {"role_combinations": ["1+1", "1+1"]},
            Rows(project_roles=ROLES),
            Clash("role_combinations", "“1+1” is used twice.", 1),
        ),
        *(
            (
                {"role_combinations": [combination], "partners_min": 2, "partners_max": 3},
                Rows(project_roles=ROLES),
                Clash("role_combinations", f"“{combination}” makes {count} organisations, which the numbers of"
                      " organisations do not allow.", 0),
            )
            for combination, count in (("1+0", 1), ("2+2", 4))
        ),
        ({}, Rows(topics=[FIELD, FIELD]), Clash("topics", "Two topics have the same name.", 1, "code")),
        (
            {"activity_types_min": 1},
            Rows(topics=[FIELD]),
            Clash("activity_types_min", "The call asks for more than the 0 that it names."),
        ),
        (
            {"selection": "first_come"},
            Rows(stages=FUNNEL),
            Clash("selection", "First come, first served is decided in one step: it has no stages."),
        ),
        ({}, Rows(stages=FUNNEL[:1]), Clash("stages", "One stage alone is no funnel: add another one or remove it.", 0, "title")),
        (
            {},
            Rows(stages=[FUNNEL[0], FUNNEL[0]]),
            Clash("stages", "Fewer applications go on from each stage than from the one before.", 1, "places"),
        ),
        (
            {"awards_max": 2},
            Rows(stages=FUNNEL),
            Clash("stages", "The last stage has more places than the call has awards.", 2, "places"),
        ),
        *(
            (
                {"selection": selection, "reviews_per_application": 0},
                Rows(),
                Clash(
                    "reviews_per_application",
                    "Only a call that is decided first come, first served can do without experts.",
                ),
            )
            for selection in ("deadline", "cut_offs")
        ),
    ],
)  # fmt: skip
def test_what_clashes(settings: dict[str, Any], rows: Rows, clash: Clash) -> None:
    assert clashes(settings, rows) == [clash]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1+1", (1, 1)), ("2+1", (2, 1)), ("3", (3,)), ("0+2", (0, 2)), ("99+1", (99, 1))]
    + [(text, None) for text in ("", "+", "1+", "+1", "2+x", "-1+2", "1 + 1", "100+1", "١+١", "1+1\n")],
)
def test_combinations_are_numbers(text: str, numbers: tuple[int, ...] | None) -> None:
    assert numbers_of(text) == numbers
