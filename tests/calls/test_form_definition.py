import copy
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.form_definition import (
    KINDS,
    DefinitionError,
    FormDefinition,
    Option,
    Question,
    Section,
    clean_for_storage,
    missing_answers,
    parse,
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


@st.composite
def questions(draw: st.DrawFn, code: str) -> Question:
    kind = draw(st.sampled_from(sorted(KINDS)))
    settings = KINDS[kind].settings
    low, high = sorted(draw(st.tuples(bounds, bounds)))
    values = draw(st.lists(words, min_size=1, max_size=4, unique=True))
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
    )


@st.composite
def definitions(draw: st.DrawFn) -> FormDefinition:
    return FormDefinition(
        tuple(
            Section(
                code=code,
                title=draw(words),
                guidance=draw(st.text(max_size=20)),
                per_partner=draw(st.booleans()),
                questions=tuple(
                    draw(questions(one)) for one in draw(st.lists(codes, min_size=1, max_size=4, unique=True))
                ),
            )
            for code in draw(st.lists(codes, min_size=1, max_size=3, unique=True))
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


def test_storage_keeps_known_keys_as_json() -> None:
    section = Section("s", "S", "", False, (*SECTION.questions, Question("day", "date", "Day")))
    answers = {"amount": Decimal("1E+3"), "several": ("a",), "day": date(2023, 6, 27), "unknown": 1, "text": "x"}
    stored = clean_for_storage(section, answers)
    assert stored == {"text": "x", "amount": "1000", "several": ["a"], "day": "2023-06-27"}
    assert json.loads(json.dumps(stored)) == stored
