"""Nothing hostile or malformed gets in through the file of a call."""

from __future__ import annotations

import time

import pytest

from calls import library
from calls.call_file import CallFileError, parse_call_file

GOOD = library.templates()["innovation-voucher-single"].text


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
    begun = time.process_time()
    with pytest.raises(CallFileError):
        parse_call_file(content)
    assert time.process_time() - begun < 30  # measured: under 4 s
