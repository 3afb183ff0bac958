"""The questions of a form in words: for the pages on which a form is built, and for the list of public changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from calls.form_definition import Category, Condition, FormDefinition, Question, Section

KIND_LABELS = {
    "short_text": gettext_lazy("Short text"),
    "long_text": gettext_lazy("Long text"),
    "number": gettext_lazy("Number"),
    "money": gettext_lazy("Amount in euros"),
    "percentage": gettext_lazy("Percentage"),
    "date": gettext_lazy("Date"),
    "yes_no": gettext_lazy("Yes or no"),
    "one_of": gettext_lazy("One of a list"),
    "many_of": gettext_lazy("Several of a list"),
    "declaration": gettext_lazy("Declaration"),
    "files": gettext_lazy("Files"),
    "cost_table": gettext_lazy("Cost table"),
    "work_plan": gettext_lazy("Work plan"),
    "indicators": gettext_lazy("Indicators"),
}
KIND_HINTS = {
    "short_text": gettext_lazy("One line: a title, a name."),
    "long_text": gettext_lazy("Paragraphs, with a limit in characters."),
    "number": gettext_lazy("A figure, with a smallest and a largest value if you like."),
    "money": gettext_lazy("Euros and cents."),
    "percentage": gettext_lazy("From 0 to 100, unless you say otherwise."),
    "date": gettext_lazy("One day."),
    "yes_no": gettext_lazy("Other questions may depend on the answer."),
    "one_of": gettext_lazy("A list of which exactly one is chosen."),
    "many_of": gettext_lazy("A list of which any number is chosen."),
    "declaration": gettext_lazy("A sentence to be accepted."),
    "files": gettext_lazy("Documents to attach, of the sorts that you name."),
    "cost_table": gettext_lazy("Costs by category with rates and totals, for each partner."),
    "work_plan": gettext_lazy("Work packages with months, milestones and deliverables."),
    "indicators": gettext_lazy("Figures at the start and the figures aimed at."),
}


def kind_label(kind: str) -> str:
    return str(KIND_LABELS.get(kind, kind))


def lines_of(form: FormDefinition) -> list[str]:
    """The whole form, a line for each section and each question, so that two versions can be compared line by line."""
    found: list[str] = []
    for section in form.sections:
        found.append(section_words(form, section))
        found += [f"{section.title}: {question_words(form, section, question)}" for question in section.questions]
    return found


def section_words(form: FormDefinition, section: Section) -> str:
    who = _("for each partner") if section.per_partner else _("for the project")
    parts = [f"{section.title} ({who})", condition_words(form, section, section.show_if), _line(section.guidance)]
    return ". ".join(part for part in parts if part)


def question_words(form: FormDefinition, section: Section, question: Question) -> str:
    facts = ", ".join([kind_label(question.kind).lower(), *settings_words(question)])
    label = _line(question.label).rstrip(".")
    parts = [f"{label} ({facts})", condition_words(form, section, question.show_if), _line(question.guidance)]
    return ". ".join(part for part in parts if part)


def settings_words(question: Question) -> list[str]:
    """What limits the answer, the shortest first; whether it is required comes last."""
    required = _("required") if question.required else _("optional")
    return [*_limits(question), *_choices(question), *_sizes(question), required]


def _limits(question: Question) -> Iterator[str]:
    if question.max_length is not None:
        yield _("at most %(n)s characters") % {"n": f"{question.max_length:,}"}
    if question.minimum is not None:
        yield _("at least %(n)s") % {"n": _figure(question.minimum)}
    if question.maximum is not None:
        yield _("at most %(n)s") % {"n": _figure(question.maximum)}


def _choices(question: Question) -> Iterator[str]:
    if question.options:
        yield " / ".join(_line(option.label) for option in question.options)
    if question.categories:
        yield " / ".join(
            _line(one.label) + _in_brackets(*_category_words(question, one)) for one in question.categories
        )
    if question.indicators:
        yield " / ".join(_line(one.label) + _in_brackets(one.unit) for one in question.indicators)


def _category_words(question: Question, category: Category) -> Iterator[str]:
    """How its amount is worked out, the share that is funded, and the largest share."""
    yield way_words(question, category)
    if category.rate is not None:
        yield _("%(n)s %% funded") % {"n": _figure(category.rate * 100)}
    if category.max_share is not None:
        yield _("at most %(n)s %% of the costs") % {"n": _figure(category.max_share * 100)}


def way_words(question: Question, category: Category) -> str:
    """How the amount of a category is worked out; empty where it is typed."""
    if category.flat_rate is not None:
        rate = _figure(category.flat_rate * 100)
        named = [_line(one.label) for one in question.categories if one.code in category.of]
        return _("%(n)s %% of %(categories)s") % {"n": rate, "categories": _listed(named) or _("all costs entered")}
    if category.unit_cost is not None:
        cost = f"€{category.unit_cost:,.2f}".removesuffix(".00")
        return _("%(cost)s per %(unit)s") % {"cost": cost, "unit": _line(category.unit)}
    return ""


def _listed(names: list[str]) -> str:
    return _(" and ").join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _in_brackets(*words: str) -> str:
    said = ", ".join(word for word in words if word)
    return f" ({said})" if said else ""


def _sizes(question: Question) -> Iterator[str]:
    if question.max_files is not None:
        words = {"n": question.max_files, "size": question.max_size_mb, "types": ", ".join(question.file_types)}
        yield (
            ngettext(
                "%(n)s file of at most %(size)s MB (%(types)s)",
                "up to %(n)s files of at most %(size)s MB (%(types)s)",
                question.max_files,
            )
            % words
        )
    if question.max_packages is not None:
        yield _("at most %(n)s work packages") % {"n": question.max_packages}
    if question.max_own:
        yield _("up to %(n)s of their own") % {"n": question.max_own}


def condition_words(form: FormDefinition, home: Section, condition: Condition | None) -> str:
    """Under which answer a thing is shown; empty when always."""
    if condition is None:
        return ""
    section, dot, code = condition.question.rpartition(".")
    asked = (form.section(section) if dot else home).question(code)
    labels: dict[object, str] = {option.value: option.label for option in asked.options}
    yes_no = {True: _("yes"), False: _("no")}
    values = [labels.get(value) or yes_no.get(value is True, str(value)) for value in condition.values]
    return _("Only if “%(question)s” is %(values)s") % {
        "question": _line(asked.label),
        "values": _(" or ").join(values),
    }


def _figure(figure: Decimal) -> str:
    return f"{figure.normalize():,f}"


def _line(text: str) -> str:
    return " ".join(text.split())
