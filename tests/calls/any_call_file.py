"""A call as a file in every shape that the rules allow: plain, and as strategies of Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from calls import countries, nace
from calls.call_file import CallFile
from calls.form_definition import KINDS, FormDefinition, Option, Question, Section
from calls.phases import BRUSSELS
from calls.states import EdgeRule, InstalmentTrigger, Selection, Strand, SupportKind, TopicKind


def a_file(**changes: Any) -> CallFile:
    base: dict[str, Any] = {
        "settings": {
            "title": "Vouchers",
            "code": "vouchers",
            "summary": "Short.",
            "strand": "innovate",
            "description": "Long.\n",
            "support_kind": "cost_rate",
            "support_min_eur": None,
            "support_max_eur": Decimal("30000.00"),
            "support_max_per_partner_eur": None,
            "subcontracting_max_rate": None,
            "is_de_minimis": False,
            "selection": "deadline",
            "nace_allowed": [],
            "firm_age_months_min": None,
            "role_combinations": [],
            "excludes_consortium": True,
            "intervention_fields_min": 0,
            "activity_types_min": 0,
            "experts_from_elsewhere": False,
            "funding_rate": Decimal("0.3333"),
            "sme_ceiling_eur": Decimal("60000.00"),
            "awards_max": None,
            "partners_min": 1,
            "partners_max": None,
            "is_sme_only": True,
            "others_join_unpaid": False,
            "proposals_per_sme": "one",
            "sectors_min_distinct": 1,
            "countries_min_distinct": 1,
            "countries_one_of": [],
            "countries_allowed": [],
            "duration_min_months": None,
            "duration_max_months": None,
            "trl_rise_min": None,
            "reviews_per_application": 2,
            "total_threshold": Decimal("10.5"),
            "divergence_rate": None,
            "edge_rule": "stop",
            "tie_breaks": ["earlier_submission"],
            "retention_years": 2,
        },
        "budget_line": None,
        "opens": None,
        "closes": None,
        "sectors": (),
        "criteria": (
            {
                "code": "impact",
                "title": "Impact",
                "guidance": "How much?",
                "weight": Decimal(1),
                "scale_max": Decimal(5),
                "step": Decimal("0.5"),
                "threshold": None,
            },
        ),
        "instalments": ({"trigger": "signature", "rate": Decimal(1)},),
        "form": FormDefinition(
            (Section("project", "Project", "", False, (Question("title", "short_text", "Title"),)),)
        ),
    }
    return CallFile(**(base | changes))


def texts(most: int) -> st.SearchStrategy[str]:
    """Anything that a person can send through a form, and the strings that YAML would misread."""
    anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
    lines = st.text(st.sampled_from("ab :#-'\"\n\t|>&*!%@`{}[]0,.~?\\é€\r\x85\u2028\ufeff"), min_size=1, max_size=60)
    tricky = st.sampled_from(
        [
            "no",
            "null",
            "~",
            "5",
            "0.5",
            "2027-01-01",
            "- a",
            "a: b",
            "# a",
            "*a",
            "true",
            "=",
            "<<",
            "1_000",
            "0x1F",
            "1:30",
        ]
    )
    return (anything | lines | tricky).filter(lambda text: bool(text.strip()) and len(text) <= most)


slugs = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
codes = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
euros = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2)
shares = st.integers(1, 10_000).map(lambda points: Decimal(points) / 10_000)
marks = st.integers(1, 20).map(lambda halves: Decimal(halves) / 2)
walls = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2100, 1, 1)).map(
    lambda wall: wall.replace(tzinfo=BRUSSELS).astimezone(UTC).astimezone(BRUSSELS).replace(tzinfo=None, fold=0)
)


@st.composite
def forms(draw: Callable[..., Any]) -> FormDefinition:
    questions = st.builds(
        question,
        codes,
        st.sampled_from(sorted(set(KINDS) & SIMPLE)),
        texts(300),
        st.just("") | texts(300),
        st.booleans(),
        st.lists(
            st.builds(Option, texts(40), texts(60)), min_size=1, max_size=3, unique_by=lambda option: option.value
        ),
        st.decimals(min_value=-5, max_value=5, places=2),
    )
    one_or_more = st.lists(questions, min_size=1, max_size=3, unique_by=lambda question: question.code)
    sections = st.builds(Section, codes, texts(80), st.just("") | texts(200), st.booleans(), one_or_more.map(tuple))
    return FormDefinition(tuple(draw(st.lists(sections, min_size=1, max_size=3, unique_by=lambda one: one.code))))


SIMPLE = {
    "short_text", "long_text", "number", "money", "percentage", "date", "yes_no", "one_of", "many_of", "declaration",
}  # fmt: skip


def question(
    code: str, kind: str, label: str, guidance: str, required: bool, options: list[Option], bound: Decimal
) -> Question:
    has_bounds = kind in ("number", "money", "percentage")
    return Question(
        code=code,
        kind=kind,
        label=label,
        guidance=guidance,
        required=required,
        max_length=200 if kind == "long_text" else None,
        minimum=bound if has_bounds else None,
        maximum=bound + 1 if has_bounds else None,
        options=tuple(options) if kind in ("one_of", "many_of") else (),
    )


def code_of(row: dict[str, Any]) -> str:
    return row["code"]


@st.composite
def windows(draw: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    """How it is decided, and a window that fits: some instants in their order, or none at all."""
    instants = draw(st.lists(walls, unique=True, max_size=4).map(sorted))
    if len(instants) < 2:
        return draw(st.sampled_from(Selection.values)), {"opens": None, "closes": None}
    window = {"opens": instants[0], "closes": instants[-1], "cut_offs": tuple(instants[1:-1])}
    if window["cut_offs"]:
        return "cut_offs", window
    return draw(st.sampled_from(["deadline", "first_come"])), window


criteria = st.lists(
    st.fixed_dictionaries(
        {
            "code": slugs,
            "title": texts(100),
            "guidance": texts(500),
            "weight": shares,
            "scale_max": st.just(Decimal(10)),
            "step": marks,
            "threshold": st.none() | marks,
        }
    ),
    max_size=4,
    unique_by=code_of,
)
roles = st.lists(st.fixed_dictionaries({"code": slugs, "title": texts(80)}), max_size=3, unique_by=code_of)
topics = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(TopicKind.values), "code": slugs, "title": texts(150)}),
    max_size=4,
    unique_by=lambda row: (row["kind"], row["code"]),
)
instalments = st.lists(
    st.fixed_dictionaries({"trigger": st.sampled_from(InstalmentTrigger.values), "rate": shares}), max_size=3
)
member_states = st.lists(st.sampled_from(countries.MEMBER_STATES), unique=True, max_size=4)
economic_activities = st.lists(st.sampled_from([*nace.SECTIONS, *nace.DIVISIONS, "62.01"]), unique=True, max_size=4)


def combinations(number_of_roles: int) -> st.SearchStrategy[list[str]]:
    numbers = st.lists(st.integers(0, 9), min_size=number_of_roles, max_size=number_of_roles).filter(any)
    return st.lists(numbers.map(lambda parts: "+".join(map(str, parts))), unique=True, max_size=3)


@st.composite
def stages(draw: Callable[..., Any]) -> tuple[dict[str, Any], ...]:
    """None, or two and more of which each has fewer places."""
    places = sorted(draw(st.sets(st.integers(1, 30_000), min_size=2, max_size=3)), reverse=True)
    return draw(st.sampled_from([(), tuple({"title": f"Stage {number}", "places": number} for number in places)]))


@st.composite
def support(draw: Callable[..., Any]) -> dict[str, Any]:
    low, high = sorted([draw(euros), draw(euros.filter(bool))])
    kind = draw(st.sampled_from(SupportKind.values))
    is_fixed = kind == SupportKind.FIXED_VOUCHER
    most = high or Decimal("0.01")
    return {
        "support_kind": kind,
        "support_min_eur": most if is_fixed else draw(st.sampled_from([None, low])),
        "support_max_eur": most,
        "support_max_per_partner_eur": draw(st.sampled_from([None, most])),
        "funding_rate": Decimal(1) if is_fixed else draw(shares),
        "subcontracting_max_rate": draw(st.none() | shares),
        "is_de_minimis": draw(st.booleans()),
    }


@st.composite
def projects(draw: Callable[..., Any]) -> dict[str, Any]:
    """What a call asks of projects and their partners, whatever its roles and topics."""
    shortest, longest = sorted([draw(st.integers(1, 60)), draw(st.integers(1, 60))])
    return {
        "nace_allowed": draw(economic_activities),
        "firm_age_months_min": draw(st.none() | st.integers(0, 1000)),
        "excludes_consortium": draw(st.booleans()),
        "is_sme_only": draw(st.booleans()),
        "countries_one_of": draw(member_states),
        "countries_allowed": draw(member_states),
        "duration_min_months": shortest,
        "duration_max_months": longest,
    }


@st.composite
def marking(draw: Callable[..., Any], given_criteria: list[dict[str, Any]]) -> dict[str, Any]:
    ties = [f"criterion:{row['code']}" for row in given_criteria if len(row["code"]) <= 30]
    return {
        "experts_from_elsewhere": draw(st.booleans()),
        "total_threshold": draw(st.none() | marks),
        "divergence_rate": draw(st.none() | shares),
        "edge_rule": draw(st.sampled_from(EdgeRule.values)),
        "tie_breaks": [*ties, "earlier_submission"],
    }


@st.composite
def call_files(draw: Callable[..., Any]) -> CallFile:
    selection, window = draw(windows())
    given_criteria, given_roles, given_topics = draw(criteria), draw(roles), draw(topics)
    given_stages = draw(stages())
    fields = sum(row["kind"] == TopicKind.INTERVENTION_FIELD for row in given_topics)
    given_settings = {
        "title": draw(texts(200)),
        "code": draw(slugs),
        "summary": draw(texts(400)),
        "description": draw(texts(400)),
        "strand": draw(st.sampled_from(Strand.values)),
        "selection": selection,
        "awards_max": None if given_stages else draw(st.none() | st.integers(1, 1000)),
        "role_combinations": draw(combinations(len(given_roles))) if given_roles else [],
        "partners_min": 1 if given_roles else 2,
        "intervention_fields_min": draw(st.integers(0, fields)),
    }
    drawn = draw(support()) | draw(projects()) | draw(marking(given_criteria))
    return a_file(
        settings={**a_file().settings, **given_settings, **drawn},
        budget_line=draw(st.none() | slugs),
        **window,
        country_list=draw(st.none() | slugs),
        project_roles=tuple(given_roles),
        topics=tuple(given_topics),
        stages=() if selection == Selection.FIRST_COME else given_stages,
        sectors=tuple(draw(st.lists(slugs, unique=True, max_size=3))),
        criteria=tuple(given_criteria),
        instalments=tuple(draw(instalments)),
        form=draw(forms()),
    )
