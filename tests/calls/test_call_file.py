"""A call as one readable file: the same after every round, and nothing hostile or malformed gets in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from calls import countries, library, nace
from calls.call_file import (
    APART,
    CRITERION,
    GROUPS,
    INSTALMENT,
    ROLE,
    STAGE,
    TOPIC,
    CallFile,
    CallFileError,
    parse_call_file,
    write_call_file,
)
from calls.form_definition import KINDS, FormDefinition, Option, Question, Section, parse
from calls.models import Call, Criterion, InstalmentRule, ProjectRole, Stage, Topic
from calls.phases import BRUSSELS
from calls.states import EdgeRule, InstalmentTrigger, Selection, Strand, SupportKind, TopicKind

DATA = Path(__file__).parents[2] / "calls" / "data"
each_template = pytest.mark.parametrize("name", library.NAMES)
GOOD = library.templates()["innovation-voucher-single"].text


# --- Round trips ------------------------------------------------------------------------------


@each_template
def test_a_template_comes_back_to_the_letter(name: str) -> None:
    template = library.templates()[name]
    assert write_call_file(template.call) == template.text
    assert parse_call_file(template.text) == template.call


def test_the_library_holds_every_file() -> None:
    assert sorted(path.stem for path in library.PLACE.iterdir()) == sorted(library.NAMES)


@each_template
def test_a_template_is_complete_but_for_its_place_and_time(name: str) -> None:
    call = library.templates()[name].call
    assert (call.opens, call.closes, call.budget_line, call.sectors) == (None, None, None, ())
    assert sum(row["weight"] for row in call.criteria) == 1
    assert sum(row["rate"] for row in call.instalments) == 1
    named = {step.removeprefix("criterion:") for step in call.settings["tie_breaks"] if step.startswith("criterion:")}
    assert named <= {row["code"] for row in call.criteria}
    asked = call.form.section("costs").question("requested_support")
    assert (call.form.section("costs").per_partner, asked.maximum) == (True, call.settings["support_max_eur"])
    assert {row["code"] for row in call.criteria} <= {section.code for section in call.form.sections}
    for heading in ("Who can apply", "What is funded", "How it is decided", "How to apply"):
        assert f"## {heading}\n" in call.settings["description"]


@each_template
def test_a_file_means_the_same_to_other_tools(name: str) -> None:
    found = yaml.safe_load(library.templates()[name].text)
    call = library.templates()[name].call
    assert found["call"]["title"] == call.settings["title"]
    assert found["call"]["description"] == call.settings["description"]
    assert found["support"]["largest"] == f"{call.settings['support_max_eur']:.2f} EUR"
    assert parse(found["form"]) == call.form


def test_how_values_are_written() -> None:
    text = write_call_file(a_file(opens=datetime(2027, 3, 1, 9), closes=datetime(2027, 6, 1, 17, 0, 30)))
    for line in (
        "  opens: 2027-03-01 09:00\n",
        "  closes: '2027-06-01 17:00:30'\n",
        "  largest: 30000.00 EUR\n",
        "  share_of_costs: 33.33 %\n",
        "  points_at_least: 10.5\n",
        "  smes_only: true\n",
        "    weight: 100 %\n",
    ):
        assert line in text
    assert "smallest" not in text  # what is not set is left out


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


@st.composite
def call_files(draw: Callable[..., Any]) -> CallFile:
    low, high = sorted([draw(euros), draw(euros.filter(bool))])
    months = sorted([draw(st.integers(1, 60)), draw(st.integers(1, 60))])
    states = st.lists(st.sampled_from(countries.MEMBER_STATES), unique=True, max_size=4)
    criteria = draw(
        st.lists(
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
            unique_by=lambda row: row["code"],
        )
    )
    kind = draw(st.sampled_from(SupportKind.values))
    is_fixed = kind == SupportKind.FIXED_VOUCHER
    most = high or Decimal("0.01")
    project_roles = draw(
        st.lists(st.fixed_dictionaries({"code": slugs, "title": texts(80)}), max_size=3, unique_by=code_of)
    )
    numbers = st.lists(st.integers(0, 9), min_size=len(project_roles), max_size=len(project_roles)).filter(any)
    combinations = st.lists(numbers.map(lambda parts: "+".join(map(str, parts))), unique=True, max_size=3)
    topics = draw(
        st.lists(
            st.fixed_dictionaries({"kind": st.sampled_from(TopicKind.values), "code": slugs, "title": texts(150)}),
            max_size=4,
            unique_by=lambda row: (row["kind"], row["code"]),
        )
    )
    fields = sum(row["kind"] == TopicKind.INTERVENTION_FIELD for row in topics)
    places = sorted(draw(st.sets(st.integers(1, 30_000), min_size=2, max_size=3)), reverse=True)
    stages = draw(st.sampled_from([(), tuple({"title": f"Stage {number}", "places": number} for number in places)]))
    awards = draw(st.none() | st.integers(1, 1000))
    selection, window = draw(windows())
    ties = [f"criterion:{row['code']}" for row in criteria if len(row["code"]) <= 30]
    given_settings = a_file().settings | {
        "title": draw(texts(200)),
        "code": draw(slugs),
        "summary": draw(texts(400)),
        "description": draw(texts(400)),
        "strand": draw(st.sampled_from(Strand.values)),
        "selection": selection,
        "support_kind": kind,
        "support_min_eur": most if is_fixed else draw(st.sampled_from([None, low])),
        "support_max_eur": most,
        "support_max_per_partner_eur": draw(st.sampled_from([None, most])),
        "funding_rate": Decimal(1) if is_fixed else draw(shares),
        "subcontracting_max_rate": draw(st.none() | shares),
        "awards_max": None if stages else awards,
        "is_de_minimis": draw(st.booleans()),
        "nace_allowed": draw(
            st.lists(st.sampled_from([*nace.SECTIONS, *nace.DIVISIONS, "62.01"]), unique=True, max_size=4)
        ),
        "firm_age_months_min": draw(st.none() | st.integers(0, 1000)),
        "role_combinations": draw(combinations) if project_roles else [],
        "excludes_consortium": draw(st.booleans()),
        "intervention_fields_min": draw(st.integers(0, fields)),
        "experts_from_elsewhere": draw(st.booleans()),
        "partners_min": 1 if project_roles else 2,
        "is_sme_only": draw(st.booleans()),
        "countries_one_of": draw(states),
        "countries_allowed": draw(states),
        "duration_min_months": months[0],
        "duration_max_months": months[1],
        "total_threshold": draw(st.none() | marks),
        "divergence_rate": draw(st.none() | shares),
        "edge_rule": draw(st.sampled_from(EdgeRule.values)),
        "tie_breaks": [*ties, "earlier_submission"],
    }
    instalments = st.fixed_dictionaries({"trigger": st.sampled_from(InstalmentTrigger.values), "rate": shares})
    return a_file(
        settings=given_settings,
        budget_line=draw(st.none() | slugs),
        **window,
        country_list=draw(st.none() | slugs),
        project_roles=tuple(project_roles),
        topics=tuple(topics),
        stages=() if selection == Selection.FIRST_COME else stages,
        sectors=tuple(draw(st.lists(slugs, unique=True, max_size=3))),
        criteria=tuple(criteria),
        instalments=tuple(draw(st.lists(instalments, max_size=3))),
        form=draw(forms()),
    )


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making an example smaller takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(call_files())
def test_every_call_comes_back(call_file: CallFile) -> None:
    text = write_call_file(call_file)
    read = parse_call_file(text)
    assert read == call_file
    assert write_call_file(read) == text
    assert parse(yaml.safe_load(text)["form"]) == call_file.form


def test_the_file_knows_every_setting_of_a_call() -> None:
    """A field added to a call, a criterion or an instalment belongs into the file, or here with its reason."""
    not_settings = {
        "id", "eurocluster", "status", "published_at", "published_by", "frozen_at", "frozen_by", "freeze_reason",
        "cancel_reason", "provenance", "publication_asked_at", "publication_asked_by",
    }  # fmt: skip
    in_file = {setting.name for table in GROUPS.values() for setting in table} - {"opens", "closes", "cut_offs"}
    assert set(APART) == {"budget_line", "opens", "closes", "cut_offs", "sectors", "country_list"}
    fields = {field.name for field in (*Call._meta.fields, *Call._meta.many_to_many)}
    assert fields - not_settings == in_file | {"opens_at", "closes_at"}
    tables = {Criterion: CRITERION, InstalmentRule: INSTALMENT, ProjectRole: ROLE, Topic: TOPIC, Stage: STAGE}
    for model, table in tables.items():
        names = {field.name for field in model._meta.fields}
        assert names - {"id", "call", "position"} == {setting.name for setting in table}


# --- Malformed and hostile files --------------------------------------------------------------


def with_line(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


LAUGHS = "a: &a [lol, lol]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)
#: What the file holds, and the line, place and reason of the refusal.
HOSTILE: dict[str, tuple[str | bytes, int, str, str]] = {
    "billion laughs": (LAUGHS, 1, "a", "anchors and aliases"),
    "an alias alone": ("a: *b\n", 1, "a", "anchors and aliases"),
    "python object": ("eurocluster_call: !!python/object/apply:os.system [ls]\n", 1, "eurocluster_call", "tags (!)"),
    "python name": ("a: 1\nb: !!python/name:os.system x\n", 2, "b", "tags (!)"),
    "own tag": ("a: !call x\n", 1, "a", "tags (!)"),
    "set tag": ("!!set {a, b}\n", 1, "", "tags (!)"),
    "tag directive": ("%TAG ! tag:x.example,2000:\n--- {a: 1}\n", 1, "", "directives"),
    "version directive": ("%YAML 1.1\n---\na: 1\n", 1, "", "directives"),
    "deep lists": ("[" * 5000, 1, "[0]" * 16, "nested too deeply"),
    "deep block": ("".join("  " * n + "a:\n" for n in range(400)), 16, "a" + ".a" * 14, "nested too deeply"),
    "deep dashes": ("- " * 5000, 1, "[0]" * 16, "nested too deeply"),
    "deep key": ("? " * 5000 + "a", 1, "", "nested too deeply"),
    "too large": ("a: " + "x" * 200_000, 1, "", "larger than 200 kB"),
    "NUL": ("a: 1\nb: x\x00y\n", 2, "", "U+0000"),
    "escaped NUL": ('a: 1\nb: "x\\0y"\n', 2, "b", "U+0000"),
    "escaped surrogate": ('a: "\\ud800"\n', 1, "a", "U+D800"),
    "terminal escape": ("a: \x1b[31m\n", 1, "", "U+001B"),
    "not UTF-8": (b"a: 1\nb: \xff\xfe\n", 2, "", "not a text in UTF-8"),
    "UTF-16": ("a: 1\n".encode("utf-16"), 1, "", "not a text in UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n", 1, "", "not a text in UTF-8"),
    "nothing": ("", 1, "", "empty"),
    "only a comment": ("# nothing\n", 1, "", "empty"),
    "two documents": (GOOD + "---\n" + GOOD, GOOD.count("\n") + 1, "", "second document"),
    "a list": ("- a\n- b\n", 1, "", "keys and values"),
    "a word": ("hello\n", 1, "", "keys and values"),
    "a list as key": ("? [a, b]\n: c\n", 1, "", "a key must be a word"),
    "open bracket": ("a: [1, 2\nb: 3\n", 2, "", "expected ',' or ']'"),
    "tabs": ("a:\n\tb: 1\n", 2, "", "cannot start any token"),
    "open quote": ('a: "b\n', 2, "", "unexpected end of stream"),
    "duplicate key": (with_line("  code:", "  title: Twice\n  code:"), 6, "call.title", "first in line 5"),
    "duplicate group": (GOOD + "\ncall: {}\n", GOOD.count("\n") + 2, "call", "a second time"),
    "a merge": (GOOD + "<<: {a: b}\n", GOOD.count("\n") + 1, "<<", "not known here"),
}


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_with_its_place(case: tuple[str | bytes, int, str, str]) -> None:
    content, line, path, reason = case
    with pytest.raises(CallFileError) as refused:
        parse_call_file(content)
    assert (refused.value.line, refused.value.path) == (line, path)
    assert reason in refused.value.reason


#: What is changed in a good file, and the place and reason of the refusal; the line is that of the change.
WRONG = {
    "unknown key": ("  title:", "  titel:", "call.titel", "is not known here"),
    "version": ("eurocluster_call: 1", "eurocluster_call: 2", "eurocluster_call", "must be 1"),
    "strand": ("strand: innovate", "strand: 7", "call.strand", "must be one of: network, innovate"),
    "a list for a text": ("title: Innovation vouchers for single SMEs", "title: [a]", "call.title", "a single value"),
    "a mapping for a text": ("strand: innovate", "strand: {a: b}", "call.strand", "a single value"),
    "empty text": ("title: Innovation vouchers for single SMEs", "title: ' '", "call.title", "must not be empty"),
    "long text": (
        "title: Innovation vouchers for single SMEs", "title: " + "x" * 201, "call.title", "201 characters; at most 200",
    ),
    "code": ("code: innovation-vouchers", "code: ../../etc/passwd", "call.code", "letters, digits and hyphens"),
    "negative money": ("largest: 30000.00 EUR", "largest: -5.00 EUR", "support.largest", "an amount from 0.01 EUR"),
    "no money": ("largest: 30000.00 EUR", "largest: 0.00 EUR", "support.largest", "an amount from 0.01 EUR"),
    "parts of cents": ("largest: 30000.00 EUR", "largest: 0.001", "support.largest", "at most two decimals"),
    "not a number": ("largest: 30000.00 EUR", "largest: .nan", "support.largest", "an amount from"),
    "infinite": ("largest: 30000.00 EUR", "largest: .inf", "support.largest", "an amount from"),
    "huge money": ("largest: 30000.00 EUR", "largest: " + "9" * 400, "support.largest", "an amount from"),
    "exponent": ("largest: 30000.00 EUR", "largest: 1e999999999", "support.largest", "an amount from"),
    "foreign digits": ("largest: 30000.00 EUR", "largest: ٣٠٠٠٠", "support.largest", "an amount from"),
    "other money": ("largest: 30000.00 EUR", "largest: 300 USD", "support.largest", "an amount from"),
    "order of money": ("smallest: 10000.00 EUR", "smallest: 30000.01", "support.smallest", "above the largest"),
    "share": ("share_of_costs: 100 %", "share_of_costs: 0.5", "support.share_of_costs", "such as 40 %"),
    "share above all": ("share_of_costs: 100 %", "share_of_costs: 100.01 %", "support.share_of_costs", "to 100 %"),
    "weight of nothing": ("weight: 35 %", "weight: 0 %", "criteria[0].weight", "from 0.01 %"),
    "count": ("partners_at_least: 1", "partners_at_least: many", "applicants.partners_at_least", "a whole number"),
    "huge count": ("partners_at_least: 1", "partners_at_least: " + "9" * 5000, "applicants.partners_at_least", "to 1000"),
    "order of partners": ("partners_at_most: 1", "partners_at_most: 0", "applicants.partners_at_most", "from 1 to 1000"),
    "order of months": ("months_at_most: 9", "months_at_most: 2", "project.months_at_most", "below the shortest"),
    "flag": ("smes_only: true", "smes_only: 'maybe'", "applicants.smes_only", "true or false"),
    "a text for a list": ("sectors: []", "sectors: energy", "applicants.sectors", "must be a list"),
    "unknown sector": ("sectors: []", "sectors: [magic]", "applicants.sectors[0]", "no sector “magic”. It knows: energy"),
    "country": ("all_from: []", "all_from: [RO, XX]", "applicants.all_from[1]", "must be one of: AL"),
    "country twice": ("all_from: []", "all_from: [RO, RO]", "applicants.all_from[1]", "used twice"),
    "missing": ("  kind: lump_sum\n", "", "support.kind", "is missing"),
    "null": ("kind: lump_sum", "kind: null", "support.kind", "is missing"),
    "lost hour": ("  strand:", "  opens: 2027-03-28 02:30\n  strand:", "call.opens", "clocks in Brussels are put forward"),
    "no day": ("  strand:", "  opens: 2027-02-30 09:00\n  strand:", "call.opens", "a day and a time"),
    "no time": ("  strand:", "  opens: 2027-03-01\n  strand:", "call.opens", "a day and a time"),
    "day of doom": ("  strand:", "  opens: 0001-01-01 00:00\n  strand:", "call.opens", "too far away"),
    "closes first": (
        "  strand:", "  closes: 2027-03-01 09:00\n  opens: 2027-03-01 09:00\n  strand:", "call.closes",
        "must close after it opens",
    ),
    "threshold": ("threshold: 3", "threshold: 5.5", "criteria[0].threshold", "above the best mark"),
    "criterion twice": ("    code: impact\n", "    code: excellence\n", "criteria[1].code", "used twice"),
    "tie without criterion": (
        "- criterion:impact", "- criterion:beauty", "evaluation.tie_breaks[0]", "a criterion that the call does not have",
    ),
    "order per organisation": (
        "share_of_costs: 100 %", "largest_per_organisation: 30000.01 EUR\n  share_of_costs: 100 %",
        "support.largest_per_organisation", "more than the whole project",
    ),
    "a fixed voucher in part": (
        "  kind: lump_sum\n  smallest: 10000.00 EUR\n", "  smallest: 10000.00 EUR\n  kind: fixed_voucher\n", "support.smallest",
        "the smallest support equals the largest",
    ),
    "cut-off in the lost hour": (
        "cut_offs: []", "cut_offs: [2027-03-28 02:30]", "call.cut_offs[0]", "clocks in Brussels are put forward",
    ),
    "cut-off twice": (
        "cut_offs: []", "cut_offs: [2027-04-01 17:00, 2027-04-01 17:00]", "call.cut_offs[1]", "used twice",
    ),
    "cut-off after the closing": (
        "  cut_offs: []\n", "  cut_offs: [2027-06-01 17:00]\n  opens: 2027-03-01 09:00\n  closes: 2027-06-01 17:00\n",
        "call.cut_offs[0]", "between the opening and the closing",
    ),
    "NACE": ("nace: []", "nace: [C, 04]", "applicants.nace[1]", "must be a NACE section"),
    "unknown list of countries": (
        "nace: []", "list_of_countries: moon\n  nace: []", "applicants.list_of_countries", "no list of countries “moon”",
    ),
    "combination": (
        "combinations_of_roles: []", "combinations_of_roles: [2+x]", "applicants.combinations_of_roles[0]", "such as 2+1",
    ),
    "combination without roles": (
        "combinations_of_roles: []", "combinations_of_roles: [2+1]", "applicants.combinations_of_roles[0]", "has 0 roles",
    ),
    "fields without names": (
        "intervention_fields_at_least: 0", "intervention_fields_at_least: 1", "project.intervention_fields_at_least",
        "more than the 0 that it names",
    ),
    "no experts": (
        "experts_per_application: 2", "experts_per_application: 0", "evaluation.experts_per_application",
        "first come, first served can do without",
    ),
    "decided": ("decided: deadline", "decided: by dice", "evaluation.decided", "must be one of: deadline, cut_offs, first_come"),
    "role twice": (
        "criteria:\n", "roles: [{title: A, code: a}, {title: B, code: a}]\ncriteria:\n", "roles[1].code", "same name",
    ),
    "topic of no kind": (
        "criteria:\n", "topics: [{kind: colour, title: A, code: a}]\ncriteria:\n", "topics[0].kind", "must be one of",
    ),
    "stages rise": (
        "criteria:\n", "stages: [{title: A, places: 3}, {title: B, places: 13}]\ncriteria:\n", "stages[1].places",
        "Fewer applications go on",
    ),
    "one stage": ("criteria:\n", "stages: [{title: A, places: 3}]\ncriteria:\n", "stages[0].title", "no funnel"),
    "stage of nobody": (
        "criteria:\n", "stages: [{title: A, places: 0}]\ncriteria:\n", "stages[0].places", "a whole number from 1",
    ),
    "tie": ("- country_balance", "- dice", "evaluation.tie_breaks[2]", "must be one of: country_balance"),
    "criteria as mapping": ("criteria:\n", "criteria: {}\nx:\n", "criteria", "must be a list"),
    "trigger": ("due_on: signature", "due_on: birthday", "instalments[0].due_on", "must be one of: signature"),
    "kind of question": ("kind: one_of", "kind: riddle", "form.sections[0].questions[3].kind", "must be one of short_text"),
    "code twice": (
        "        - code: acronym\n", "        - code: title\n", "form.sections[0].questions[1].code", "“title” is used twice",
    ),
    "flag of a question": (
        "required: true", "required: 'yes'", "form.sections[0].questions[0].required", "must be true or false",
    ),
    "huge bound": ("minimum: 3", "minimum: " + "9" * 20, "form.sections[0].questions[4].minimum", "too large a number"),
    "bounds": ("maximum: 9\n", "maximum: 2\n", "form.sections[0].questions[4].maximum", "must not be below minimum"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_refused_with_its_place(case: tuple[str, str, str, str]) -> None:
    old, new, path, reason = case
    text = with_line(old, new)
    with pytest.raises(CallFileError) as refused:
        parse_call_file(text, sectors={"energy"}, country_lists={"eu"})
    [problem] = [problem for problem in refused.value.problems if problem.path == path]
    assert reason in problem.reason
    assert problem.line == line_of(GOOD, old) - (not new)  # of what is missing, the line of its group


@pytest.mark.parametrize(
    ("window", "decided", "reason"),
    [
        ("cut_offs: [2027-04-01 17:00]", "deadline", "The call has cut-off dates, but is not decided at them."),
        (
            "opens: 2027-03-01 09:00\n  closes: 2027-06-01 17:00",
            "cut_offs",
            "Name at least one cut-off date before the closing, which is the last one.",
        ),
    ],
)
def test_cut_offs_belong_to_a_call_that_is_decided_at_them(window: str, decided: str, reason: str) -> None:
    text = with_line("cut_offs: []", window).replace("decided: deadline", f"decided: {decided}")
    with pytest.raises(CallFileError) as refused:
        parse_call_file(text)
    found = [(problem.path, problem.reason, problem.line) for problem in refused.value.problems]
    assert found == [("evaluation.decided", reason, line_of(text, "decided:"))]


def test_a_file_from_before_a_setting_means_its_default() -> None:
    lines = (
        "cut_offs: []", "de_minimis: false", "nace: []", "combinations_of_roles: []", "consortium_excluded: true",
        "intervention_fields_at_least: 0", "types_of_activity_at_least: 0", "decided: deadline",
        "experts_from_elsewhere: false",
    )  # fmt: skip
    text = GOOD
    for line in lines:
        assert text.count(f"  {line}\n") == 1
        text = text.replace(f"  {line}\n", "")
    assert parse_call_file(text) == parse_call_file(GOOD)


def test_everything_wrong_is_told_at_once() -> None:
    text = with_line("strand: innovate", "strand: x").replace("kind: lump_sum", "kind: y").replace("35 %", "z")
    with pytest.raises(CallFileError) as refused:
        parse_call_file(text)
    assert [problem.path for problem in refused.value.problems] == ["call.strand", "support.kind", "criteria[0].weight"]
    assert str(refused.value.problems[0]).startswith("line 9, call.strand: must be one of: ")


def test_windows_line_ends_and_a_byte_order_mark_are_welcome() -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert parse_call_file(content) == parse_call_file(GOOD)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("sectors: []", "sectors: [" + "a, " * 60_000 + "]"),
        GOOD + "".join(f"k{n}: 1\n" for n in range(20_000)),
        "a: " + "'" * 190_000,
        "a" * 199_000,
        "[" + "{a: b}," * 27_000,
        "? a\n" * 45_000,
    ],
)
def test_a_large_file_is_refused_in_reasonable_time(content: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(CallFileError):
        parse_call_file(content)
    assert time.perf_counter() - begun < 30  # measured: under 4 s


# --- The real calls ---------------------------------------------------------------------------


def real_calls() -> dict[str, CallFile]:
    found = {}
    for entry in json.loads((DATA / "calls.json").read_text())["calls"]:
        decimals = (
            "support_min_eur",
            "support_max_eur",
            "funding_rate",
            "sme_ceiling_eur",
            "total_threshold",
            "divergence_rate",
        )
        exact = {name: None if entry[name] is None else Decimal(entry[name]) for name in decimals}
        base = a_file()
        found[entry["code"]] = a_file(
            settings={name: (entry | exact).get(name, base.settings[name]) for name in base.settings},
            budget_line=entry["budget_line"],
            opens=datetime.fromisoformat(f"{entry['opens_on']} {entry['opens_time']}"),
            closes=datetime.fromisoformat(f"{entry['closes_on']} {entry['closes_time']}"),
            sectors=tuple(entry["sectors"]),
            project_roles=tuple(entry["project_roles"]),
            topics=tuple(entry["topics"]),
            criteria=tuple(with_decimals(row) for row in entry["criteria"]),
            instalments=tuple(with_decimals(row) for row in entry["instalments"]),
            form=parse(json.loads((DATA / "forms" / entry["form"]).read_text())),
        )
    return found


def with_decimals(row: dict[str, Any]) -> dict[str, Any]:
    exact = {"weight", "scale_max", "step", "threshold", "rate"}
    return {name: Decimal(value) if name in exact and value is not None else value for name, value in row.items()}


REAL = real_calls()


@pytest.mark.parametrize("call_file", REAL.values(), ids=REAL)
def test_a_real_call_comes_back(call_file: CallFile) -> None:
    text = write_call_file(call_file)
    assert parse_call_file(text) == call_file
    assert write_call_file(parse_call_file(text)) == text
