"""The questions of a form in words: for the pages on which a form is built, and for the list of public changes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from calls.form_definition import Condition, FormDefinition, Question, Section

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
    for rows in (question.options, question.categories, question.indicators):
        if rows:
            yield " / ".join(_line(row.label) + _row_words(row) for row in rows)


def _row_words(row: object) -> str:
    """The rate and the largest share of a category, the unit of an indicator."""
    rate, most, unit = (getattr(row, name, None) for name in ("rate", "max_share", "unit"))
    words = [_("%(n)s %% funded") % {"n": _figure(rate * 100)}] if rate is not None else []
    words += [_("at most %(n)s %% of the costs") % {"n": _figure(most * 100)}] if most is not None else []
    words += [unit] if unit else []
    return f" ({', '.join(words)})" if words else ""


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
