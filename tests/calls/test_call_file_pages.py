"""A call leaves the portal as a file and comes back as a draft; a refused file leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from audit.models import Event
from calls import library, services
from calls.call_file import CallFileError, parse_call_file, write_call_file
from calls.models import BudgetLine, Call, CallForm, Criterion, Eurocluster, InstalmentRule, Sector
from calls.states import CallStatus
from tests.calls.test_call_file import REAL
from tests.calls.test_call_file_refused import HOSTILE, WRONG, with_line
from tests.calls.test_setup_pages import shown_fields
from tests.factories.calls import AT, BudgetLineFactory, CallFactory, EuroclusterFactory, team_member

pytestmark = pytest.mark.django_db
NEW = "/manage/recentre/calls/new/"
FROM_FILE = "/manage/recentre/calls/from-file/"
OPENS_AT, CLOSES_AT = datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 6, 1, 15, tzinfo=UTC)
GOOD = library.templates()["innovation-voucher-single"]


@pytest.fixture
def eurocluster() -> Eurocluster:
    return EuroclusterFactory(slug="recentre", name="RE-CENTRE")


@pytest.fixture
def line(eurocluster: Eurocluster) -> BudgetLine:
    return BudgetLineFactory(eurocluster=eurocluster, code="innovation")


@pytest.fixture
def manager(client: Client, eurocluster: Eurocluster) -> User:
    user = team_member(eurocluster)
    client.force_login(user)
    return user


def a_call(line: BudgetLine, **changes: Any) -> Call:
    return CallFactory(
        eurocluster=line.eurocluster,
        budget_line=line,
        **{"code": "innovation-2026", "tie_breaks": ["earlier_submission"]} | changes,
    )


def upload(client: Client, content: str | bytes) -> HttpResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post(FROM_FILE, {"file": SimpleUploadedFile("call.yaml", data), "text": ""})


def rows() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Call, Criterion, InstalmentRule, CallForm, Event)}


# --- Services ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*library.NAMES, *REAL])
def test_an_imported_call_is_exported_as_it_was(line: BudgetLine, name: str) -> None:
    call_file = library.templates()[name].call if name in library.NAMES else REAL[name]
    for code in call_file.sectors:
        Sector.objects.create(code=code, name=code)
    by = team_member(line.eurocluster)
    call = services.import_call(
        eurocluster=line.eurocluster,
        budget_line=line,
        call_file=call_file,
        code="new",
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        by=by,
        at=AT,
    )
    call = Call.objects.get(pk=call.pk)
    assert (call.status, call.opens_at, call.closes_at) == (CallStatus.DRAFT, OPENS_AT, CLOSES_AT)
    read = services.file_of(call)
    place = {"code": "new"}
    assert read.settings == call_file.settings | place
    assert (read.criteria, read.instalments, read.form) == (call_file.criteria, call_file.instalments, call_file.form)
    assert (set(read.sectors), read.budget_line) == (set(call_file.sectors), "innovation")
    assert (read.opens, read.closes) == (datetime(2027, 3, 1, 9), datetime(2027, 6, 1, 17))
    assert parse_call_file(write_call_file(read)) == read
    assert [(event.action, event.actor) for event in Event.objects.about(call)] == [("call.created", by)]


def test_a_file_with_unknown_sectors_leaves_nothing(line: BudgetLine) -> None:
    before = rows()
    with pytest.raises(CallFileError, match=r"applicants\.sectors: the portal does not know: digital-health, e-health"):
        services.import_call(
            eurocluster=line.eurocluster,
            budget_line=line,
            call_file=REAL["desire-2023"],
            code="new",
            opens_at=OPENS_AT,
            closes_at=CLOSES_AT,
            by=None,
            at=AT,
        )
    assert rows() == before


# --- Downloading ------------------------------------------------------------------------------


def test_a_call_is_downloaded(client: Client, line: BudgetLine, manager: User) -> None:
    call = a_call(line, description="## Who\r\n\r\nSMEs.\r\n")
    assert b"/manage/calls/innovation-2026/file/" in client.get("/manage/calls/innovation-2026/").content
    answer = client.get("/manage/calls/innovation-2026/file/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="innovation-2026.yaml"'
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    text = answer.content.decode()
    assert "  description: |\n    ## Who\n\n    SMEs.\n" in text
    assert parse_call_file(text) == services.file_of(call)


def test_queries_of_the_download(
    client: Client, line: BudgetLine, manager: User, django_assert_num_queries: Any
) -> None:
    a_call(line)
    with django_assert_num_queries(12):
        client.get("/manage/calls/innovation-2026/file/")


# --- From the library -------------------------------------------------------------------------


@pytest.mark.parametrize("name", library.NAMES)
def test_a_ready_made_template_becomes_a_draft(client: Client, line: BudgetLine, manager: User, name: str) -> None:
    assert f"?library={name}".encode() in client.get(NEW).content
    data = shown_fields(client.get(f"{NEW}?library={name}")) | {"budget_line": line.pk, "code": "new"}
    answer = client.post(NEW, data)
    assert answer.headers["Location"] == "/manage/calls/new/"
    read, template = services.file_of(Call.objects.get(code="new")), library.templates()[name].call
    assert read.settings == template.settings | {
        "code": "new",
        "description": template.settings["description"].strip(),
    }
    assert (read.criteria, read.instalments, read.form) == (template.criteria, template.instalments, template.form)
    gaps = services.publishing_gaps(Call.objects.get(code="new"))
    assert gaps == []


def test_an_unknown_template_starts_with_nothing(client: Client, manager: User) -> None:
    assert client.get(f"{NEW}?library=../../etc/passwd").context["form"].initial.get("title") is None


def test_other_questions_win_over_those_of_the_template(client: Client, line: BudgetLine, manager: User) -> None:
    earlier = a_call(line)
    data = shown_fields(client.get(f"{NEW}?library=training-voucher"))
    client.post(NEW, data | {"budget_line": line.pk, "code": "new", "form_of": earlier.pk})
    assert Call.objects.get(code="new").forms.get().definition == earlier.forms.get().definition


# --- From a file ------------------------------------------------------------------------------


def test_a_downloaded_call_comes_back_as_the_next_edition(client: Client, line: BudgetLine, manager: User) -> None:
    call = a_call(line, tie_breaks=["criterion:impact", "earlier_submission"])
    answer = upload(client, client.get("/manage/calls/innovation-2026/file/").content)
    assert answer.status_code == 200
    assert f'action="{NEW}"' in answer.content.decode()
    assert not Call.objects.exclude(pk=call.pk).exists()
    initial = answer.context["form"].initial
    assert (initial["budget_line"], initial["tie_breaks"]) == (line.pk, "criterion:impact,earlier_submission")
    data = shown_fields(answer) | {"code": "again"}
    wrong = client.post(NEW, data | {"support_max_eur": "-1", "title": "Typed"})
    assert list(wrong.context["form"].errors) == ["support_max_eur"]
    sent_again = shown_fields(wrong) | {"support_max_eur": "52000"}
    assert client.post(NEW, sent_again).headers["Location"] == "/manage/calls/again/"
    before, after = services.file_of(call), services.file_of(Call.objects.get(code="again"))
    assert after.settings == before.settings | {"code": "again", "title": "Typed"}
    assert (after.criteria, after.instalments, after.form) == (before.criteria, before.instalments, before.form)
    assert (after.sectors, after.budget_line) == (before.sectors, before.budget_line)


def test_a_file_of_the_future_keeps_its_address_and_its_window(client: Client, line: BudgetLine, manager: User) -> None:
    dated = "  opens: 2099-03-01 08:30\n  closes: 2099-06-01 17:00\n  strand:"
    initial = upload(client, with_line("  strand:", dated)).context["form"].initial
    assert initial["code"] == "innovation-vouchers"
    assert f"{initial['opens_on']} {initial['opens_time']}" == "2099-03-01 08:30:00"
    assert f"{initial['closes_on']} {initial['closes_time']}" == "2099-06-01 17:00:00"


def test_weights_that_do_not_add_up_are_told_before_publishing(client: Client, line: BudgetLine, manager: User) -> None:
    data = shown_fields(upload(client, with_line("weight: 35 %", "weight: 30 %")))
    client.post(NEW, data | {"budget_line": line.pk, "code": "new"})
    call = Call.objects.get(code="new")
    assert services.publishing_gaps(call) == ["The weights of the criteria must add up to 100 %."]


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_writes_nothing(
    client: Client, line: BudgetLine, manager: User, case: tuple[str | bytes, int, str, str]
) -> None:
    content, number, path, reason = case
    before = rows()
    answer = upload(client, content)
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    if not content:
        assert errors == {"file": ["The submitted file is empty."]}
    else:
        [told] = errors["text"]
        assert told.startswith(f"line {number}, {path}: " if path else f"line {number}: ")
        assert reason in told
    assert "<title>Error:" in answer.content.decode()
    assert rows() == before


@pytest.mark.parametrize("name", ["negative money", "closes first", "flag", "huge bound", "unknown sector"])
def test_a_refused_file_is_shown_to_be_mended(client: Client, line: BudgetLine, manager: User, name: str) -> None:
    Sector.objects.create(code="energy", name="Energy")
    old, new, path, reason = WRONG[name]
    before, text = rows(), with_line(old, new)
    refused = upload(client, text)
    assert path in str(refused.context["form"].errors["text"])
    assert reason in str(refused.context["form"].errors["text"])
    shown = refused.context["form"]["text"].value()
    assert shown == text
    assert rows() == before
    mended = client.post(FROM_FILE, {"text": shown.replace(new, old).replace("\n", "\r\n")})
    assert mended.context["form"].initial["title"] == GOOD.call.settings["title"]


def test_no_more_than_thirty_problems_are_told(client: Client, manager: User) -> None:
    answer = upload(client, GOOD.text + "".join(f"k{n}: 1\n" for n in range(40)))
    told = answer.context["form"].errors["text"]
    assert (len(told), told[-1]) == (31, "10 more problems")


def test_nothing_chosen(client: Client, manager: User) -> None:
    assert f'href="{FROM_FILE}"' in client.get(NEW).content.decode()
    assert client.get(FROM_FILE).status_code == 200
    assert client.post(FROM_FILE, {}).context["form"].errors == {"file": ["Choose a file or paste its text."]}


def test_what_is_in_a_file_is_only_text_on_the_page(client: Client, manager: User) -> None:
    answer = upload(client, "<script>alert(1)</script>: </textarea><script>alert(2)</script>\n").content.decode()
    assert "<script>alert" not in answer


def test_a_forged_hidden_file_is_refused(client: Client, line: BudgetLine, manager: User) -> None:
    data = shown_fields(client.get(f"{NEW}?library=training-voucher")) | {"budget_line": line.pk, "code": "new"}
    before = rows()
    answer = client.post(NEW, data | {"call_file": "a: &x [*x]"})
    assert "anchors and aliases" in answer.content.decode()
    assert rows() == before


def test_another_manager_reads_and_brings_nothing(client: Client, line: BudgetLine) -> None:
    a_call(line, draft=True)
    client.force_login(team_member(EuroclusterFactory()))
    assert client.get("/manage/calls/innovation-2026/file/").status_code == 404
    assert upload(client, GOOD.text).status_code == 404


def test_the_library_needs_no_queries(django_assert_num_queries: Any) -> None:
    library.templates.cache_clear()
    with django_assert_num_queries(0):
        assert len(library.templates()) == 5
