import copy
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.form_definition import (
    FILE_TYPES,
    KINDS,
    WHOLE_SETTINGS,
    Category,
    Condition,
    DefinitionError,
    FormDefinition,
    Indicator,
    Option,
    Question,
    Section,
    clean_for_storage,
    deciding_questions,
    known_answers,
    missing_answers,
    parse,
    shown_answers,
    shown_questions,
    to_json,
)

FORMS = sorted((Path(__file__).parents[2] / "calls" / "data" / "forms").glob("*.json"))

SMALL: dict[str, Any] = {
    "version": 1,
    "sections": [
        {
            "code": "project",
            "title": "Project",
            "questions": [
                {"code": "title", "kind": "short_text", "label": "Title", "max_length": 150},
                {"code": "months", "kind": "number", "label": "Months", "minimum": 6, "maximum": 12},
            ],
        },
        {
            "code": "costs",
            "title": "Costs",
            "per_partner": True,
            "questions": [
                {
                    "code": "activity",
                    "kind": "one_of",
                    "label": "Activity",
                    "options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
                }
            ],
        },
    ],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    definition = copy.deepcopy(SMALL)
    change(definition)
    return definition


def question(definition: dict[str, Any], section: int, index: int) -> dict[str, Any]:
    found: dict[str, Any] = definition["sections"][section]["questions"][index]
    return found


def test_defaults() -> None:
    form = parse(SMALL)
    title = form.section("project").question("title")
    assert title == Question("title", "short_text", "Title", max_length=150)
    assert title.required
    assert not form.sections[0].per_partner
    assert form.sections[1].per_partner
    assert form.sections[1].questions[0].options == (Option("a", "A"), Option("b", "B"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_stored_forms_are_in_normal_form(path: Path) -> None:
    stored = json.loads(path.read_text())
    assert to_json(parse(stored)) == stored


def test_all_four_calls_have_a_form() -> None:
    assert {path.stem for path in FORMS} == {"desire", "dream", "recentre-innovation", "recentre-internationalisation"}


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ([], ""),
        ({"sections": []}, "sections"),
        ({}, "sections"),
        ({**SMALL, "version": 2}, "version"),
        ({**SMALL, "colour": "red"}, "colour"),
        (changed(lambda d: d["sections"].append("x")), "sections[2]"),
        (changed(lambda d: d["sections"].append(copy.deepcopy(d["sections"][0]))), "sections[2].code"),
        (changed(lambda d: d["sections"][0].update(code="Not a code")), "sections[0].code"),
        (changed(lambda d: d["sections"][0].update(title=" ")), "sections[0].title"),
        (changed(lambda d: d["sections"][1].update(per_partner="yes")), "sections[1].per_partner"),
        (changed(lambda d: d["sections"][1].pop("questions")), "sections[1].questions"),
        (changed(lambda d: question(d, 0, 0).update(kind="essay")), "sections[0].questions[0].kind"),
        (changed(lambda d: question(d, 0, 0).update(kind=["number"])), "sections[0].questions[0].kind"),
        (changed(lambda d: question(d, 0, 0).pop("label")), "sections[0].questions[0].label"),
        (changed(lambda d: question(d, 0, 0).update(max_length=0)), "sections[0].questions[0].max_length"),
        (changed(lambda d: question(d, 0, 0).update(max_length=True)), "sections[0].questions[0].max_length"),
        (changed(lambda d: question(d, 0, 0).update(max_length="150")), "sections[0].questions[0].max_length"),
        (changed(lambda d: question(d, 0, 0).update(minimum=1)), "sections[0].questions[0].minimum"),
        (changed(lambda d: question(d, 0, 0).update(required=1)), "sections[0].questions[0].required"),
        (changed(lambda d: question(d, 0, 1).update(code="title")), "sections[0].questions[1].code"),
        (changed(lambda d: question(d, 0, 1).update(minimum=13)), "sections[0].questions[1].maximum"),
        (changed(lambda d: question(d, 0, 1).update(minimum=0.5)), "sections[0].questions[1].minimum"),
        (changed(lambda d: question(d, 0, 1).update(minimum="NaN")), "sections[0].questions[1].minimum"),
        (changed(lambda d: question(d, 0, 1).update(minimum="six")), "sections[0].questions[1].minimum"),
        (changed(lambda d: question(d, 1, 0).pop("options")), "sections[1].questions[0].options"),
        (changed(lambda d: question(d, 1, 0).update(options=[])), "sections[1].questions[0].options"),
        (
            changed(lambda d: question(d, 1, 0)["options"].append({"value": "a", "label": "C"})),
            "sections[1].questions[0].options[2].value",
        ),
        (
            changed(lambda d: question(d, 1, 0)["options"][1].pop("label")),
            "sections[1].questions[0].options[1].label",
        ),
        (
            changed(lambda d: question(d, 0, 0).update(kind="long_text", max_length=None)),
            "sections[0].questions[0].max_length",
        ),
    ],
)
def test_a_mistake_is_named_by_its_place(definition: Any, path: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        parse(definition)
    assert refused.value.path == path
    assert refused.value.reason


codes = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
words = st.text(min_size=1, max_size=20).filter(str.strip)
bounds = st.one_of(st.integers(-100, 100).map(Decimal), st.decimals(-100, 100, places=2).filter(lambda d: d % 1 != 0))


shares = st.none() | st.integers(0, 100).map(lambda points: Decimal(points) / 100)


@st.composite
def categories(draw: st.DrawFn, codes: list[str]) -> tuple[Category, ...]:
    """The first is typed; others are typed, in units, or flat rates on some that are none."""
    ways = [("typed", codes[0]), *((draw(st.sampled_from(["typed", "units", "flat"])), code) for code in codes[1:])]
    bases = [code for way, code in ways if way != "flat"]
    return tuple(draw(category(way, code, bases)) for way, code in draw(st.permutations(ways)))


@st.composite
def category(draw: st.DrawFn, way: str, code: str, bases: list[str]) -> Category:
    own: dict[str, Any] = {}
    if way == "flat":
        own["flat_rate"] = Decimal(draw(st.integers(1, 10_000))) / 10_000
        own["of"] = tuple(draw(st.lists(st.sampled_from(bases), unique=True)))
    if way == "units":
        own["unit_cost"] = Decimal(draw(st.integers(1, 100_000_000))) / 100
        own["unit"] = draw(words)
    return Category(code, draw(words), "", draw(shares), draw(shares), **own)


@st.composite
def questions(draw: st.DrawFn, code: str, *, per_partner: bool) -> Question:
    kind = draw(st.sampled_from(sorted(one for one in KINDS if per_partner or not KINDS[one].only_per_partner)))
    settings = KINDS[kind].settings
    low, high = sorted(draw(st.tuples(bounds, bounds)))
    values = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    rows = draw(st.lists(codes, min_size=1, max_size=3, unique=True))
    return Question(
        code=code,
        kind=kind,
        label=draw(words),
        guidance=draw(st.text(max_size=20)),
        required=draw(st.booleans()),
        max_length=draw(st.integers(1, 9999)) if "max_length" in settings else None,
        minimum=low if "minimum" in settings else None,
        maximum=high if "maximum" in settings else None,
        options=tuple(Option(value, draw(words)) for value in values) if "options" in settings else (),
        file_types=tuple(draw(st.permutations(FILE_TYPES)))[:3] if "file_types" in settings else (),
        categories=draw(categories(rows)) if "categories" in settings else (),
        indicators=tuple(Indicator(one, draw(words), draw(st.text(max_size=5))) for one in rows)
        if "indicators" in settings
        else (),
        **{name: draw(st.integers(*WHOLE_SETTINGS[name][:2])) for name in WHOLE_SETTINGS if name in settings},
    )


@st.composite
def sections(draw: st.DrawFn, code: str) -> Section:
    per_partner = draw(st.booleans())
    asked = draw(st.lists(codes, min_size=1, max_size=4, unique=True))
    return Section(
        code=code,
        title=draw(words),
        guidance=draw(st.text(max_size=20)),
        per_partner=per_partner,
        questions=tuple(draw(questions(one, per_partner=per_partner)) for one in asked),
    )


@st.composite
def conditions(draw: st.DrawFn, allowed: dict[str, Question]) -> Condition | None:
    if not allowed or draw(st.booleans()):
        return None
    reference, question = draw(st.sampled_from(sorted(allowed.items())))
    values: list[Any] = [option.value for option in question.options] or [True, False]
    return Condition(reference, tuple(draw(st.lists(st.sampled_from(values), min_size=1, unique=True))))


@st.composite
def definitions(draw: st.DrawFn) -> FormDefinition:
    drawn = [draw(sections(code)) for code in draw(st.lists(codes, min_size=1, max_size=3, unique=True))]
    form = FormDefinition(tuple(drawn))
    return FormDefinition(
        tuple(
            replace(
                section,
                show_if=draw(conditions(deciding_questions(form, section))),
                questions=tuple(
                    replace(one, show_if=draw(conditions(deciding_questions(form, section, one))))
                    for one in section.questions
                ),
            )
            for section in form.sections
        )
    )


@given(definitions())
def test_a_definition_survives_the_journey_through_json(form: FormDefinition) -> None:
    assert parse(json.loads(json.dumps(to_json(form)))) == form


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "sections", "code", "questions", "kind", "title"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_refused(definition: Any) -> None:
    with suppress(DefinitionError):
        parse(definition)


SECTION = Section(
    "s",
    "S",
    "",
    False,
    (
        Question("text", "short_text", "Text"),
        Question("amount", "money", "Amount"),
        Question("agreed", "yes_no", "Agreed"),
        Question("accepted", "declaration", "Accepted"),
        Question("several", "many_of", "Several", options=(Option("a", "A"),)),
        Question("extra", "short_text", "Extra", required=False),
    ),
)


def missing(answers: dict[str, Any]) -> list[str]:
    return [one.code for one in missing_answers(SECTION, answers)]


def test_what_counts_as_answered() -> None:
    assert missing({}) == ["text", "amount", "agreed", "accepted", "several"]
    assert missing({"text": "  ", "amount": "", "agreed": None, "accepted": False, "several": []}) == missing({})
    assert missing({"text": "x", "amount": 0, "agreed": False, "accepted": True, "several": ["a"]}) == []
    assert missing({"text": "x", "amount": Decimal(0), "agreed": True, "accepted": "true", "several": ["a"]}) == [
        "accepted"
    ]


def test_an_empty_table_is_no_answer() -> None:
    table = Question("costs", "cost_table", "Costs", categories=(Category("staff", "Staff"),))
    section = Section("s", "S", "", True, (table,))
    assert missing_answers(section, {"costs": {}}) == [table]
    assert missing_answers(section, {"costs": {"staff": "0.00"}}) == []
    assert clean_for_storage(section, {"costs": {"staff": Decimal("12000.00")}}) == {"costs": {"staff": "12000.00"}}


# --- The kinds with rows, and conditions ------------------------------------------------------

RICH: dict[str, Any] = {
    "version": 1,
    "sections": [
        {
            "code": "project",
            "title": "Project",
            "questions": [
                {"code": "abroad", "kind": "yes_no", "label": "Abroad?"},
                {"code": "why", "kind": "short_text", "label": "Why", "show_if": {"question": "abroad", "is": True}},
                {
                    "code": "fields",
                    "kind": "many_of",
                    "label": "Fields",
                    "options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
                },
                {"code": "plan", "kind": "work_plan", "label": "Plan"},
                {"code": "proof", "kind": "files", "label": "Proof"},
                {"code": "aims", "kind": "indicators", "label": "Aims", "max_own": 2},
            ],
        },
        {
            "code": "costs",
            "title": "Costs",
            "per_partner": True,
            "show_if": {"question": "project.fields", "is": ["a", "b"]},
            "questions": [
                {"code": "sure", "kind": "declaration", "label": "Sure"},
                {
                    "code": "table",
                    "kind": "cost_table",
                    "label": "Table",
                    "categories": [
                        {"code": "staff", "label": "Staff", "rate": "0.5"},
                        {"code": "other", "label": "Other", "rate": 1, "max_share": "0.30"},
                        {"code": "days", "label": "Days", "unit_cost": "99.50", "unit": "day"},
                        {"code": "overheads", "label": "Overheads", "flat_rate": "0.07", "of": ["staff", "days"]},
                        {"code": "rest", "label": "Rest", "flat_rate": 1},
                    ],
                    "show_if": {"question": "sure", "is": False},
                },
            ],
        },
    ],
}


def rich(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    definition = copy.deepcopy(RICH)
    change(definition)
    return definition


def test_the_defaults_of_the_kinds_with_rows() -> None:
    form = parse(RICH)
    project, costs = form.sections
    assert project.question("plan").max_packages == 10
    proof = project.question("proof")
    assert (proof.max_files, proof.max_size_mb, proof.file_types) == (1, 10, ("pdf",))
    assert (project.question("aims").indicators, project.question("aims").max_own) == ((), 2)
    assert costs.question("table").categories == (
        Category("staff", "Staff", "", Decimal("0.5"), None),
        Category("other", "Other", "", Decimal(1), Decimal("0.30")),
        Category("days", "Days", unit_cost=Decimal("99.50"), unit="day"),
        Category("overheads", "Overheads", flat_rate=Decimal("0.07"), of=("staff", "days")),
        Category("rest", "Rest", flat_rate=Decimal(1)),
    )
    assert costs.show_if == Condition("project.fields", ("a", "b"))
    assert project.question("why").show_if == Condition("abroad", (True,))
    assert parse(to_json(form)) == form


def show(question: str, value: Any) -> dict[str, Any]:
    return {"show_if": {"question": question, "is": value}}


def row(definition: dict[str, Any], place: int) -> dict[str, Any]:
    return question(definition, 1, 1)["categories"][place]


P, C = "sections[0].questions", "sections[1].questions"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: question(d, 0, 3).update(max_packages=31), f"{P}[3].max_packages"),
        (lambda d: question(d, 0, 3).update(max_packages=0), f"{P}[3].max_packages"),
        (lambda d: question(d, 0, 3).update(max_packages=True), f"{P}[3].max_packages"),
        (lambda d: question(d, 0, 3).update(max_files=1), f"{P}[3].max_files"),
        (lambda d: question(d, 0, 4).update(max_files=11), f"{P}[4].max_files"),
        (lambda d: question(d, 0, 4).update(max_size_mb="5"), f"{P}[4].max_size_mb"),
        (lambda d: question(d, 0, 4).update(file_types=["exe"]), f"{P}[4].file_types[0]"),
        (lambda d: question(d, 0, 4).update(file_types=["pdf", "pdf"]), f"{P}[4].file_types[1]"),
        (lambda d: question(d, 0, 4).update(file_types=[]), f"{P}[4].file_types"),
        (lambda d: question(d, 0, 5).update(max_own=11), f"{P}[5].max_own"),
        (lambda d: question(d, 0, 5).update(max_own=0), f"{P}[5].indicators"),
        (lambda d: question(d, 0, 5).update(indicators="x"), f"{P}[5].indicators"),
        (lambda d: question(d, 0, 5).update(indicators=[{"code": "a"}]), f"{P}[5].indicators[0].label"),
        (
            lambda d: question(d, 0, 5).update(indicators=[{"code": "a", "label": "A"}, {"code": "a", "label": "B"}]),
            f"{P}[5].indicators[1].code",
        ),
        (lambda d: question(d, 1, 1).pop("categories"), f"{C}[1].categories"),
        (lambda d: question(d, 1, 1).update(categories=[]), f"{C}[1].categories"),
        (lambda d: question(d, 1, 1)["categories"][0].update(rate="1.5"), f"{C}[1].categories[0].rate"),
        (lambda d: question(d, 1, 1)["categories"][0].update(rate="-0.1"), f"{C}[1].categories[0].rate"),
        (lambda d: question(d, 1, 1)["categories"][0].update(rate=0.5), f"{C}[1].categories[0].rate"),
        (lambda d: question(d, 1, 1)["categories"][1].update(max_share="half"), f"{C}[1].categories[1].max_share"),
        (lambda d: question(d, 1, 1)["categories"][1].update(code="staff"), f"{C}[1].categories[1].code"),
        (lambda d: question(d, 1, 1)["categories"][1].update(colour="red"), f"{C}[1].categories[1].colour"),
        (lambda d: row(d, 2).update(unit=" "), f"{C}[1].categories[2].unit"),
        (lambda d: row(d, 2).pop("unit"), f"{C}[1].categories[2].unit"),
        (lambda d: row(d, 2).pop("unit_cost"), f"{C}[1].categories[2].unit"),
        (lambda d: row(d, 2).update(unit_cost=0), f"{C}[1].categories[2].unit_cost"),
        (lambda d: row(d, 2).update(unit_cost="0.005"), f"{C}[1].categories[2].unit_cost"),
        (lambda d: row(d, 2).update(unit_cost=1_000_001), f"{C}[1].categories[2].unit_cost"),
        (lambda d: row(d, 2).update(flat_rate="0.07"), f"{C}[1].categories[2].unit_cost"),
        (lambda d: row(d, 3).update(flat_rate="1.01"), f"{C}[1].categories[3].flat_rate"),
        (lambda d: row(d, 3).update(flat_rate="-0.07"), f"{C}[1].categories[3].flat_rate"),
        (lambda d: row(d, 3).update(flat_rate=0), f"{C}[1].categories[3].flat_rate"),
        (lambda d: row(d, 3).update(flat_rate=0.07), f"{C}[1].categories[3].flat_rate"),
        (lambda d: row(d, 3).update(flat_rate="0.07125"), f"{C}[1].categories[3].flat_rate"),
        (lambda d: row(d, 3).update(flat_rate="7 %"), f"{C}[1].categories[3].flat_rate"),
        (lambda d: row(d, 3).pop("flat_rate"), f"{C}[1].categories[3].of"),
        (lambda d: row(d, 3).update(of="staff"), f"{C}[1].categories[3].of"),
        (lambda d: row(d, 3).update(of=[1]), f"{C}[1].categories[3].of"),
        (lambda d: row(d, 3).update(of=["staff", "staff"]), f"{C}[1].categories[3].of[1]"),
        (lambda d: row(d, 3).update(of=["staff", "travel"]), f"{C}[1].categories[3].of[1]"),
        (lambda d: row(d, 3).update(of=["overheads"]), f"{C}[1].categories[3].of[0]"),
        (lambda d: row(d, 3).update(of=["rest"]), f"{C}[1].categories[3].of[0]"),
        (lambda d: question(d, 1, 1).update(categories=[row(d, 4)]), f"{C}[1].categories"),
        (lambda d: d["sections"][1].update(per_partner=False), f"{C}[1].kind"),
        (lambda d: question(d, 0, 0).update(show("why", True)), f"{P}[0].show_if.question"),
        (lambda d: question(d, 0, 1).update(show("fields", "a")), f"{P}[1].show_if.question"),
        (lambda d: question(d, 0, 1).update(show("why", True)), f"{P}[1].show_if.question"),
        (lambda d: question(d, 0, 1).update(show("nothing", True)), f"{P}[1].show_if.question"),
        (lambda d: question(d, 0, 1).update(show("project.abroad", True)), f"{P}[1].show_if.question"),
        (lambda d: question(d, 0, 3).update(show("why", "x")), f"{P}[3].show_if.question"),
        (lambda d: question(d, 0, 1).update(show("abroad", "yes")), f"{P}[1].show_if.is"),
        (lambda d: question(d, 0, 1).update(show("abroad", [])), f"{P}[1].show_if.is"),
        (lambda d: question(d, 0, 1).update(show("abroad", 1)), f"{P}[1].show_if.is"),
        (lambda d: question(d, 0, 1).update(show("abroad", [True, True])), f"{P}[1].show_if.is"),
        (lambda d: question(d, 0, 1).update(show_if="abroad"), f"{P}[1].show_if"),
        (lambda d: question(d, 0, 1)["show_if"].pop("is"), f"{P}[1].show_if.is"),
        (lambda d: question(d, 0, 1)["show_if"].update(unless=1), f"{P}[1].show_if.unless"),
        (lambda d: question(d, 0, 3).update(show("fields", "c")), f"{P}[3].show_if.is"),
        (lambda d: question(d, 0, 3).update(show("fields", True)), f"{P}[3].show_if.is"),
        (lambda d: d["sections"][0].update(show("abroad", True)), "sections[0].show_if.question"),
        (lambda d: d["sections"][1].update(show("fields", "a")), "sections[1].show_if.question"),
        (lambda d: d["sections"][1].update(show("project.plan", "a")), "sections[1].show_if.question"),
        (lambda d: d["sections"].reverse(), "sections[0].show_if.question"),
    ],
)
def test_a_mistake_in_rows_or_conditions_is_named_by_its_place(
    change: Callable[[dict[str, Any]], object], path: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        parse(rich(change))
    assert refused.value.path == path
    assert refused.value.reason


def test_a_condition_on_what_each_partner_answers_is_refused_elsewhere() -> None:
    last = {"code": "end", "title": "End", "per_partner": True, **show("costs.sure", True)}
    asked = [{"code": "ok", "kind": "declaration", "label": "OK"}]
    with pytest.raises(DefinitionError, match=r"sections\[2\]\.show_if\.question"):
        parse(rich(lambda d: d["sections"].append({**last, "questions": asked})))


CHAIN = parse(
    {
        "sections": [
            {
                "code": "a",
                "title": "A",
                "questions": [
                    {"code": "one", "kind": "yes_no", "label": "1"},
                    {"code": "two", "kind": "declaration", "label": "2", **show("one", True)},
                    {"code": "three", "kind": "short_text", "label": "3", **show("two", False)},
                ],
            },
            {
                "code": "b",
                "title": "B",
                **show("a.one", True),
                "questions": [
                    {
                        "code": "pick",
                        "kind": "many_of",
                        "label": "P",
                        "options": [{"value": "x", "label": "X"}, {"value": "y", "label": "Y"}],
                    }
                ],
            },
            {
                "code": "c",
                "title": "C",
                "per_partner": True,
                **show("b.pick", ["x"]),
                "questions": [{"code": "last", "kind": "short_text", "label": "L"}],
            },
        ]
    }
)


@pytest.mark.parametrize(
    ("a", "b", "shown"),
    [
        ({}, {}, ["one"]),
        ({"one": None}, {"pick": ["x"]}, ["one"]),
        ({"one": False, "two": False}, {"pick": ["x"]}, ["one"]),
        ({"one": True}, {}, ["one", "two", "three", "pick"]),
        ({"one": True, "two": True}, {"pick": ["y"]}, ["one", "two", "pick"]),
        ({"one": True, "two": True}, {"pick": ["y", "x"]}, ["one", "two", "pick", "last"]),
        ({"one": True, "two": None}, {"pick": ["x"]}, ["one", "two", "three", "pick", "last"]),
    ],
)
def test_what_is_hidden_hides_what_depends_on_it(a: dict[str, Any], b: dict[str, Any], shown: list[str]) -> None:
    given_answers = {"a": a, "b": b, "c": {}}
    known = known_answers(CHAIN, given_answers)
    found = [shown_questions(section, given_answers[section.code], known) for section in CHAIN.sections]
    assert [one.code for questions in found for one in questions] == shown


def test_hidden_questions_are_neither_required_nor_sealed_but_stay_in_the_draft() -> None:
    section = CHAIN.section("a")
    answers = {"one": False, "two": True, "three": "kept"}
    assert missing_answers(section, answers) == []
    assert shown_answers(section, answers) == {"one": False}
    assert clean_for_storage(section, answers) == answers
    assert [one.code for one in missing_answers(section, {"one": True})] == ["two", "three"]


def test_storage_keeps_known_keys_as_json() -> None:
    section = Section("s", "S", "", False, (*SECTION.questions, Question("day", "date", "Day")))
    answers = {"amount": Decimal("1E+3"), "several": ("a",), "day": date(2023, 6, 27), "unknown": 1, "text": "x"}
    stored = clean_for_storage(section, answers)
    assert stored == {"text": "x", "amount": "1000", "several": ["a"], "day": "2023-06-27"}
    assert json.loads(json.dumps(stored)) == stored
