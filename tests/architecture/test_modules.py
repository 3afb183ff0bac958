"""What each kind of module holds, and what none may hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.test import RequestFactory

from accounts.models import User
from tests.architecture.sources import ROOMS, Module, modules, modules_of

OUR_MODELS = [model for model in apps.get_models(include_auto_created=False) if model._meta.app_label in ROOMS]
NAMELESS = {"utils", "util", "helpers", "helper", "common", "core", "misc", "base", "signals", "receivers"}
SIGNALS = ("django.dispatch", "django.db.models.signals")


def test_modules_are_named_after_their_subject() -> None:
    assert [module.name for module in modules() if module.parts & NAMELESS] == []


def test_nothing_is_told_by_signals() -> None:
    listening = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(SIGNALS)
    ]
    assert listening == []


# --- states ------------------------------------------------------------------------------------


def ours_imported_by(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in ROOMS)


@pytest.mark.parametrize("module", modules_of("states"), ids=lambda module: module.name)
def test_states_know_nothing_of_ours_but_states(module: Module) -> None:
    assert [name for name in ours_imported_by(module) if not name.endswith(".states")] == []


# --- writing -----------------------------------------------------------------------------------

WRITING = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "save_m2m",
    "asave", "acreate", "aupdate", "adelete",
}  # fmt: skip
#: Dictionaries are updated, too.
NOT_ROWS = ("attrs", "fields", "context", "cleaned_data", "initial")
REVIEWED_WRITERS = {
    "accounts/forms.py": "allauth makes the account and hands it to its form's signup()",
}


def writings(module: Module) -> Iterator[str]:
    for call in module.calls():
        function = call.func
        is_writing = isinstance(function, ast.Attribute) and function.attr in WRITING
        if is_writing and not ast.unparse(function.value).endswith(NOT_ROWS):
            yield f"{module.name}:{call.lineno} .{function.attr}()"


@pytest.mark.parametrize("kind", ["views", "forms", "tasks", "querysets", "rules", "admin"])
def test_only_services_write(kind: str) -> None:
    found = {module.name: list(writings(module)) for module in modules_of(kind)}
    assert {name: lines for name, lines in found.items() if lines and name not in REVIEWED_WRITERS} == {}


def test_a_writing_is_noticed() -> None:
    source = (
        "def show(request, pk):\n    Call.objects.filter(pk=pk).update(status='open')\n    form.fields.update(x=1)\n"
    )
    assert list(writings(Module(modules()[0].path, ast.parse(source)))) == [f"{modules()[0].name}:2 .update()"]


# --- the clock ---------------------------------------------------------------------------------

CLOCK = {"timezone.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
CLOCK_WITHOUT_ARGUMENT = {"timezone.localdate", "timezone.localtime"}
#: Tasks, commands and the middleware that notes each request's arrival; views take `request.received_at` from it.
MAY_READ_THE_CLOCK = {"tasks", "management", "middleware"}
REVIEWED_CLOCK_READERS = {
    "accounts/models.py": "when an account was opened; allauth creates it and hands over no instant",
    "documents/certificates.py": "a program of its own, run while an image is built",
    "documents/sealing/identity.py": "from when on a certificate holds that is made on first use",
    "eurocluster_portal/checks.py": "whether the certificate holds when a process starts",
    "calls/models/calls.py": "Call.phase, for display only: services judge by the instant they are given",
    "calls/rules.py": "which roles a person holds now; rules are asked from templates and querysets that have no instant",
    "notifications/mail.py": "Django's interface for mail back ends has no instant",
}


def clock_readings(module: Module) -> Iterator[int]:
    for node in ast.walk(module.tree):
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCK) or (
            isinstance(node, ast.Call) and not node.args and ast.unparse(node.func) in CLOCK_WITHOUT_ARGUMENT
        ):
            yield node.lineno


def test_only_tasks_commands_and_arrival_read_the_clock() -> None:
    reading = {
        module.name: list(clock_readings(module)) for module in modules() if not module.parts & MAY_READ_THE_CLOCK
    }
    reading = {name: lines for name, lines in reading.items() if lines}
    assert {name: lines for name, lines in reading.items() if name not in REVIEWED_CLOCK_READERS} == {}
    assert set(REVIEWED_CLOCK_READERS) - set(reading) == set(), "reviewed, but reads no clock any more"


@pytest.mark.parametrize(
    "source",
    ["timezone.now()", "x = models.DateTimeField(default=timezone.now)", "datetime.now(UTC)", "timezone.localdate()"],
)
def test_a_reading_of_the_clock_is_noticed(source: str) -> None:
    assert list(clock_readings(Module(modules()[0].path, ast.parse(source)))) == [1]


# --- services ----------------------------------------------------------------------------------

LONGEST_FUNCTION = 60


def functions(module: Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef))


def length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_services_are_short() -> None:
    long = [
        f"{module.name} {function.name}: {length(function)} lines"
        for module in modules_of("services")
        for function in functions(module)
        if length(function) > LONGEST_FUNCTION
    ]
    assert long == []


def test_services_know_no_requests() -> None:
    asking = [
        f"{module.name} {function.name}"
        for module in modules_of("services")
        for function in functions(module)
        if "request" in {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
    ]
    assert asking == []


# --- models ------------------------------------------------------------------------------------


def test_a_constraint_is_named_as_the_sentence_it_enforces() -> None:
    names = [constraint.name for model in OUR_MODELS for constraint in model._meta.constraints]
    assert len(names) > 50
    assert [name for name in names if len(name.split("_")) < 4] == []


def test_whoever_acted_is_named_with_the_instant() -> None:
    """`x_by` never stands without `x_at`; who describes itself, like a ledger entry's `by`, has `at`."""
    alone = []
    for model in OUR_MODELS:
        names = {field.name for field in model._meta.get_fields()}
        people = {field.name for field in model._meta.get_fields() if field.related_model is get_user_model()}
        actors = {name for name in people if name == "by" or name.endswith("_by")}
        alone += [f"{model.__name__}.{name}" for name in actors if name.removesuffix("by") + "at" not in names]
    assert alone == []


def test_instants_days_and_money_are_named_as_what_they_are() -> None:
    endings = {models.DateTimeField: "at", models.DateField: "on"}
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in OUR_MODELS
        for field in model._meta.local_fields
        if model is not User and type(field) in endings and field.name.rpartition("_")[2] != endings[type(field)]
    ]
    wrong += [
        f"{model.__name__}.{field.name}"
        for model in OUR_MODELS
        for field in model._meta.local_fields
        if field.name.endswith("_eur")
        and not (isinstance(field, models.DecimalField) and (field.max_digits, field.decimal_places) == (14, 2))
    ]
    assert wrong == []


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_a_status_is_never_edited_by_hand(model: type[models.Model], rf: RequestFactory) -> None:
    """The administration pages only show what has a life cycle, money or a trail."""
    names = {field.name for field in model._meta.local_fields}
    has_life = "status" in names or any(name.endswith("_eur") for name in names) or model._meta.app_label == "audit"
    if not has_life or model not in admin.site._registry:
        return
    request = rf.get("/admin/")
    request.user = User(is_staff=True, is_superuser=True, is_active=True)
    page = admin.site._registry[model]
    allowed = (
        page.has_add_permission(request),
        page.has_change_permission(request),
        page.has_delete_permission(request),
    )
    assert allowed == (False, False, False)
