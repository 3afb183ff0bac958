"""The forms of the SME test: one question of the interview, and the rows of the group.

The rows are kept as they were typed, readable or not, so that nothing is lost while others are added or removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.forms.sme_rows import EARLIER, EnterpriseForm, HoldingForm, LinkForm
from applications.sizes import APPLICANT
from applications.sme.interview import InterviewQuestion, needs_others
from applications.sme.judgement import NAMES

ROW_FORMS: dict[str, type[forms.Form]] = {"enterprises": EnterpriseForm, "holdings": HoldingForm, "links": LinkForm}
MOST = {"enterprises": 40, "holdings": 80, "links": 20}
TYPED_LENGTH_MAX = 300  # characters of one field; the longest sensible one is a name
Row = dict[str, Any]
Rows = dict[str, list[Row]]


class AnswerForm(forms.Form):
    """One question of the interview."""

    use_required_attribute = False
    answer = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
    )

    def __init__(self, *args: Any, question: InterviewQuestion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].label = question.text  # type: ignore[assignment]
        self.fields["answer"].help_text = question.guidance  # type: ignore[assignment]


class DeclareForm(forms.Form):
    """The last step: what was shown, and that it is true."""

    use_required_attribute = False
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    is_true = forms.BooleanField(
        label=_("What is declared here is true and complete, and I may declare it for the organisation."),
        error_messages={"required": _("Say that what you declare is true and complete.")},
    )


# --- Rows as typed ----------------------------------------------------------------------------


def rows_from(post: Any) -> Rows:
    """What was typed, by kind of row and name of field; more rows than may be are not read."""
    return {kind: [_row(post, f"{kind}-{number}", form) for number in range(_count(post, kind))]
            for kind, form in ROW_FORMS.items()}  # fmt: skip


def _count(post: Any, kind: str) -> int:
    typed = post.get(f"{kind}-count", "")
    return min(int(typed), MOST[kind]) if re.fullmatch(r"\d{1,4}", typed, re.ASCII) else 0


def _row(post: Any, prefix: str, form: type[forms.Form]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in form.base_fields:
        key = f"{prefix}-{name}"
        if name == "con_includes":
            found[name] = [_typed(one) for one in post.getlist(key)[: MOST["enterprises"]]]
        else:
            found[name] = _typed(post.get(key, ""))
    return found


def _typed(value: str) -> str:
    return value.replace("\x00", "")[:TYPED_LENGTH_MAX]


def with_unshown(rows: Rows, post: Any, before: Rows) -> Rows:
    """What was typed, beside what the page did not show, which stays as it stood there before."""
    if not rows["enterprises"]:
        return no_rows()
    shown = {
        kind: not its or any(name.startswith(f"{kind}-{len(its) - 1}-") for name in post) for kind, its in rows.items()
    }
    enterprises = [
        _beside(row, post, f"enterprises-{number}", before) for number, row in enumerate(rows["enterprises"])
    ]
    return {
        "enterprises": enterprises if shown["enterprises"] else [enterprises[0], *before["enterprises"][1:]],
        **{kind: rows[kind] if shown[kind] else before[kind] for kind in ("holdings", "links")},
    }


def _beside(row: Row, post: Any, prefix: str, before: Rows) -> Row:
    there = next((one for one in before["enterprises"] if one.get("code") == row.get("code")), {})
    sent = {name for name in EnterpriseForm.base_fields if f"{prefix}-{name}" in post}
    sent |= {"con_includes"} if "con_headcount" in sent else set()  # boxes of which none is ticked are not sent
    return {**row, **{name: value for name, value in there.items() if name not in sent}}


def typed_of(rows: Rows) -> list[tuple[str, str]]:
    """The rows as inputs of a page that carries them along, for `rows_from` to read again."""
    pairs = [(f"{kind}-count", str(len(its))) for kind, its in rows.items()]
    for kind, its in rows.items():
        for number, row in enumerate(its):
            for name in ROW_FORMS[kind].base_fields:
                value = row.get(name, "")
                pairs += [
                    (f"{kind}-{number}-{name}", str(one)) for one in (value if isinstance(value, list) else [value])
                ]
    return pairs


def no_rows() -> Rows:
    return {"enterprises": [{"code": APPLICANT}], "holdings": [], "links": []}


def with_row(rows: Rows, kind: str) -> tuple[Rows, str]:
    """The rows with one more, and the place of the page to look at: an owner, what is held, an enterprise, holding or link."""
    found = {name: [*its] for name, its in rows.items()}
    if kind in ("owner", "held", "enterprise"):
        if len(found["enterprises"]) >= MOST["enterprises"]:
            return found, "enterprises"
        code = _next_code(found["enterprises"])
        found["enterprises"].append({"code": code})
        if kind != "enterprise":
            pair = (code, APPLICANT) if kind == "owner" else (APPLICANT, code)
            found["holdings"].append({"holder": pair[0], "held": pair[1]})
        return found, f"enterprises-{len(found['enterprises']) - 1}"
    plural = {"holding": "holdings", "link": "links"}.get(kind)
    if plural is None or len(found[plural]) >= MOST[plural]:
        return found, plural or ""
    found[plural].append({"one": APPLICANT} if kind == "link" else {})
    return found, f"{plural}-{len(found[plural]) - 1}"


def _next_code(rows: Iterable[Mapping[str, Any]]) -> str:
    numbers = [int(str(row["code"])[1:]) for row in rows if re.fullmatch(r"E\d{1,3}", str(row.get("code")), re.ASCII)]
    return f"E{max(numbers, default=0) + 1}"


def without_row(rows: Rows, kind: str, number: int) -> Rows:
    """The rows without one; with an enterprise go its holdings and links. The applicant stays."""
    found = {name: [*its] for name, its in rows.items()}
    if kind not in found or not 0 <= number < len(found[kind]) or (kind == "enterprises" and number == 0):
        return found
    gone = found[kind].pop(number)
    if kind == "enterprises":
        code = gone.get("code")
        found["holdings"] = [one for one in found["holdings"] if code not in (one.get("holder"), one.get("held"))]
        found["links"] = [one for one in found["links"] if code not in (one.get("one"), one.get("other"))]
        for one in found["enterprises"]:
            one["con_includes"] = [other for other in one.get("con_includes", []) if other != code]
    return found


def rows_of(case: Mapping[str, Any]) -> Rows:
    """The rows of a group that was declared before."""
    known = case.get("enterprises", {})
    codes = [APPLICANT, *(code for code in known if code != APPLICANT)]
    links = [(link[0], other) for link in case.get("links", []) for other in link[1:]]
    return {
        "enterprises": [{"code": code, **_enterprise_row(known.get(code, {}))} for code in codes],
        "holdings": [dict(one) for one in case.get("holdings", [])],
        "links": [{"one": one, "other": other} for one, other in links],
    }


def _enterprise_row(one: Mapping[str, Any]) -> dict[str, Any]:
    plainly = {key: value for key, value in one.items() if key in EnterpriseForm.base_fields}
    for number, period in zip(EARLIER, one.get("periods", []), strict=False):
        plainly |= {f"{name}_{number}": value for name, value in period.items()}
    if accounts := one.get("consolidated"):
        plainly |= {f"con_{name}": accounts.get(name, "") for name in NAMES}
        plainly["con_includes"] = accounts["includes"]
    return plainly


# --- All rows ---------------------------------------------------------------------------------


class GroupForms:
    """The rows as forms. With `is_checked` they say what is wrong; otherwise they only show what was typed."""

    def __init__(self, rows: Rows, *, name: str, features: frozenset[str], is_checked: bool) -> None:
        self.rows, self.features, self.is_checked = rows, features, is_checked
        known = rows["enterprises"][1:] if needs_others(features) else []
        self.titles = {APPLICANT: name} | {
            str(row.get("code", "")): str(row.get("name") or _("Enterprise %(n)s") % {"n": number})
            for number, row in enumerate(known, start=1)
        }
        self.applicant = self._enterprise(0, {**rows["enterprises"][0], "code": APPLICANT})
        self.enterprises = [self._enterprise(number, row) for number, row in enumerate(known, start=1)]
        self.holdings = self._rows(HoldingForm, "holdings") if needs_others(features) else []
        self.links = self._rows(LinkForm, "links") if "links" in features else []

    def _enterprise(self, number: int, row: Mapping[str, Any]) -> EnterpriseForm:
        return EnterpriseForm(
            **self._given(f"enterprises-{number}", row),
            titles=self.titles,
            features=self.features,
            is_applicant=number == 0,
        )

    def _rows(self, form: Any, kind: str) -> list[Any]:
        return [
            form(**self._given(f"{kind}-{number}", row), titles=self.titles)
            for number, row in enumerate(self.rows[kind])
        ]

    def _given(self, prefix: str, row: Mapping[str, Any]) -> dict[str, Any]:
        if self.is_checked:
            return {"prefix": prefix, "data": {f"{prefix}-{name}": value for name, value in row.items()}}
        return {"prefix": prefix, "initial": row}

    @property
    def all(self) -> list[Any]:
        return [self.applicant, *self.enterprises, *self.holdings, *self.links]

    @property
    def told(self) -> list[list[tuple[Any, str]]]:
        """Each row as the words of its fields and what stands in them, to be read."""
        return [pairs for form in self.all if (pairs := list(_pairs(form)))]

    @cached_property
    def counted(self) -> list[Any]:
        """Rows with something in them; an empty one is not missed unless another names it."""
        named = {
            str(row.get(key)) for kind in ("holdings", "links") for row in self.rows[kind]
            for key in ("holder", "held", "one", "other")
        }.union(*(row.get("con_includes", []) for row in self.rows["enterprises"]))  # fmt: skip
        return [
            form for form in self.all
            if form is self.applicant or not form.is_blank() or form.data.get(form.add_prefix("code")) in named
        ]  # fmt: skip

    def is_valid(self) -> bool:
        wrong = [form for form in self.counted if not form.is_valid()]
        return not wrong and self._are_distinct()

    def _are_distinct(self) -> bool:
        seen: set[tuple[str, str]] = set()
        for form in (form for form in self.holdings if form in self.counted):
            pair = (form.cleaned_data["holder"], form.cleaned_data["held"])
            if pair in seen:
                form.add_error("held", _("This holding is listed above already. Put both into one row."))
            seen.add(pair)
        codes: set[str] = set()
        for form in (form for form in self.enterprises if form in self.counted):
            if form.cleaned_data["code"] in codes:
                form.add_error(None, _("The rows are in disorder. Open the page again."))
            codes.add(form.cleaned_data["code"])
        return not any(form.errors for form in self.counted)

    def surroundings(self, answers: Mapping[str, bool]) -> dict[str, Any]:
        """What was told of the group, in the form of `applications.sme.reading`; the own figures are added elsewhere."""
        rows = [form for form in [self.applicant, *self.enterprises] if form in self.counted]
        return {
            "enterprises": {form.cleaned_data["code"]: form.told() for form in rows},
            "holdings": [form.told() for form in self.holdings if form in self.counted],
            "links": [form.told() for form in self.links if form in self.counted],
            "ownership_changed": "new_owner" in self.features,
            "answers": dict(answers),
        }

    def ask_for_missing(self, result: Mapping[str, Any]) -> bool:
        """Where the category stays unknown, name the figures that are missing; whether there was one."""
        forms_of = {form.cleaned_data["code"]: form for form in self.enterprises if form in self.counted}
        for member in result["members"]:
            form = forms_of.get(member["code"])
            if form and member["relation"] != "none" and not member["is_in_consolidated"]:
                for name in (name for name in NAMES if member[name] is None):
                    form.add_error(name, _("Needed, because this enterprise counts."))
        return any(form.errors for form in self.enterprises)


def told_of(kind: str, row: Mapping[str, Any], titles: Mapping[str, str]) -> list[tuple[Any, str]]:
    """One row as the words of its fields and what stands in them, to be read."""
    if kind != "enterprises":
        form: Any = ROW_FORMS[kind]
        return list(_pairs(form(initial=row, titles=titles)))
    every = frozenset({"investors", "public", "consolidated"})
    is_applicant = row.get("code") == APPLICANT
    return list(_pairs(EnterpriseForm(initial=row, titles=titles, features=every, is_applicant=is_applicant)))


def title_of(kind: str, row: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """What a row is about."""
    if kind == "enterprises":
        return titles.get(str(row.get("code"))) or gettext("An enterprise without a name")
    names = ("holder", "held") if kind == "holdings" else ("one", "other")
    first, second = (titles.get(str(row.get(name))) or gettext("an enterprise") for name in names)
    words = (
        gettext("%(holder)s holds a part of %(held)s")
        if kind == "holdings"
        else gettext("%(one)s is tied to %(other)s")
    )
    return words % dict(zip(names, (first, second), strict=True))


def titles_of(name: str, *groups: Mapping[str, Any]) -> dict[str, str]:
    """The names of all enterprises by their codes; `name` is the applicant's."""
    rows = [row for group in groups for row in group["enterprises"] if row.get("name")]
    return {str(row.get("code")): str(row["name"]) for row in rows} | {APPLICANT: name}


def _pairs(form: Any) -> Iterator[tuple[Any, str]]:
    for field in form:
        value, labels = field.value(), dict(getattr(field.field, "choices", ()))
        if value and not field.is_hidden:
            chosen = value if isinstance(value, list) else [value]
            yield field.label, ", ".join(str(labels.get(one, one)) for one in chosen)
