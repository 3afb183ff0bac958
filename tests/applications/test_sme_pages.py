"""The SME test in the browser: the interview, the editor of the group, the result and declaring it."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from applications import services
from applications.assessment import assess_typed
from applications.models import GroupMember, Organisation, SmeDraft
from applications.sme import GroupError
from applications.snapshot import content_of
from applications.tasks import render_sme_declaration
from audit.models import Event
from documents import services as documents
from notifications.models import OutboxJob
from tests import scenes
from tests.responses import text_of

pytestmark = pytest.mark.django_db

MOTHER = {"name": "Mother AG", "country": "AT", "headcount": "240", "turnover_eur": "9", "balance_sheet_eur": "9"}
GROUP = {
    "enterprises": {
        "E1": MOTHER,
        "E2": {
            "name": "Partner OOD",
            "country": "BG",
            "headcount": "10",
            "turnover_eur": "1",
            "balance_sheet_eur": "1",
        },
        "E3": {"name": "Fund SA", "country": "RO", "investor_type": "venture_capital"},
    },
    "holdings": [
        {"holder": "E1", "held": "A", "capital_pct": "60"},
        {"holder": "A", "held": "E2", "capital_pct": "25"},
        {"holder": "E3", "held": "A", "capital_pct": "40"},
    ],
}


@pytest.fixture
def member() -> User:
    return scenes.person("Ioana Mureșan")


@pytest.fixture
def firm(member: User) -> Organisation:
    scenes.sectors()
    return scenes.organisation(member, legal_name="Lemn de Apuseni SRL")


@pytest.fixture
def browser(client: Client, member: User) -> Client:
    client.force_login(member)
    return client


def declare(firm: Organisation, member: User, group: dict[str, Any] = GROUP, **options: Any) -> Any:
    return services.declare_sme(
        organisation_id=firm.pk, surroundings=group, by=member, at=options.pop("at", scenes.OPEN), **options
    )


def begin(browser: Client, firm: Organisation, **answers: bool) -> Any:
    """Answer question after question as the pages ask; everything not named with no."""
    response = browser.post(reverse("sme_begin", args=[firm.pk]), follow=True)
    for _ in range(8):
        question = response.context.get("question") if response.context else None
        if question is None:
            return response
        answer = "yes" if answers.get(question.code) else "no"
        response = browser.post(response.request["PATH_INFO"], {"answer": answer}, follow=True)
    raise AssertionError("the interview has no end")


def rows(*enterprises: dict[str, Any], holdings: Any = (), links: Any = (), **pressed: str) -> dict[str, Any]:
    kinds = {"enterprises": [{"code": "A"}, *enterprises], "holdings": list(holdings), "links": list(links)}
    data: dict[str, Any] = {f"{kind}-count": str(len(its)) for kind, its in kinds.items()}
    for kind, its in kinds.items():
        data |= {f"{kind}-{n}-{name}": value for n, row in enumerate(its) for name, value in row.items()}
    return data | {"do": "result"} | pressed


def edit(browser: Client, firm: Organisation, *enterprises: dict[str, Any], **options: Any) -> Any:
    return browser.post(reverse("sme_group", args=[firm.pk]), rows(*enterprises, **options), follow=True)


# --- The interview ----------------------------------------------------------------------------


def test_no_to_all_leads_straight_to_the_result_on_the_own_figures(browser: Client, firm: Organisation) -> None:
    page = begin(browser, firm)
    assert page.redirect_chain[-1][0] == reverse("sme_result", args=[firm.pk])
    assert page.context["result"]["category"] == "small"
    assert [one["relation"] for one in page.context["result"]["members"]] == ["applicant"]


def test_only_questions_that_matter_are_asked(browser: Client, firm: Organisation) -> None:
    for code in ("investors", "consolidated", "new_owner"):
        browser.post(reverse("sme_begin", args=[firm.pk]))
        assert browser.get(reverse("sme_question", args=[firm.pk, code])).status_code == 404
    browser.post(reverse("sme_question", args=[firm.pk, "owners"]), {"answer": "yes"})
    assert browser.get(reverse("sme_question", args=[firm.pk, "investors"])).status_code == 200
    assert browser.get(reverse("sme_question", args=[firm.pk, "consolidated"])).status_code == 200
    assert browser.get(reverse("sme_question", args=[firm.pk, "new_owner"])).status_code == 404


def test_earlier_periods_bring_the_question_of_a_new_owner(browser: Client, firm: Organisation, member: User) -> None:
    newest = firm.periods.get()
    services.record_period(
        organisation_id=firm.pk,
        ends_on=newest.ends_on.replace(year=newest.ends_on.year - 1),
        headcount=Decimal(60),
        turnover_eur=Decimal(1),
        balance_sheet_eur=Decimal(1),
        by=member,
        at=scenes.OPEN,
    )
    protected = begin(browser, firm).context["result"]
    assert (protected["category"], protected["is_saved_by_two_periods"]) == ("medium", True)
    after_sale = begin(browser, firm, new_owner=True).context["result"]
    assert (after_sale["category"], len(after_sale["periods"])) == ("small", 1)


def test_an_unanswered_question_says_so_at_the_field(browser: Client, firm: Organisation) -> None:
    browser.post(reverse("sme_begin", args=[firm.pk]))
    page = browser.post(reverse("sme_question", args=[firm.pk, "owners"]), {})
    assert "Choose yes or no." in page.content.decode()


# --- The group --------------------------------------------------------------------------------


def test_the_answers_offer_the_first_rows(browser: Client, firm: Organisation) -> None:
    page = begin(browser, firm, owners=True, holdings=True)
    assert [(row["holder"], row["held"]) for row in page.context["forms"].rows["holdings"]] == [
        ("E1", "A"),
        ("A", "E2"),
    ]
    assert not page.context["forms"].links
    assert "investor_type" not in page.context["forms"].enterprises[0].fields


def test_rows_are_added_and_removed_without_losing_what_was_typed(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    holding = {"holder": "E1", "held": "A", "capital_pct": "sixty"}
    page = edit(browser, firm, {"code": "E1", "name": "Mother AG"}, holdings=[holding], do="add:owner")
    assert page.context["forms"].rows["enterprises"][1]["name"] == "Mother AG"
    assert page.context["forms"].rows["holdings"][0]["capital_pct"] == "sixty"
    assert page.context["forms"].rows["holdings"][1] == {"holder": "E2", "held": "A"}
    assert 'value="sixty"' in page.content.decode()
    page = edit(browser, firm, {"code": "E1"}, holdings=[holding], do="remove:enterprises:1")
    assert page.context["forms"].rows["holdings"] == []
    assert len(page.context["forms"].rows["enterprises"]) == 1


def test_the_applicant_is_never_removed(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    page = edit(browser, firm, {"code": "E1"}, do="remove:enterprises:0")
    assert [row["code"] for row in page.context["forms"].rows["enterprises"]] == ["A", "E1"]


def test_mistakes_are_named_at_the_field(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    holdings = [{"holder": "E1", "held": "E1", "capital_pct": "120"}]
    page = edit(browser, firm, {"code": "E1", "name": "Mother AG"}, holdings=holdings)
    forms = page.context["forms"]
    assert [*forms.enterprises[0].errors] == ["country"]
    assert sorted(forms.holdings[0].errors) == ["capital_pct", "held"]
    assert "<title>Error:" in page.content.decode()


def test_a_holding_stands_once(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    twice = [{"holder": "E1", "held": "A", "capital_pct": "30"}] * 2
    page = edit(browser, firm, {"code": "E1", **MOTHER}, holdings=twice)
    assert [*page.context["forms"].holdings[1].errors] == ["held"]


def test_figures_are_asked_only_of_enterprises_that_count(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    nameless_size = {"code": "E1", "name": "Mother AG", "country": "AT"}
    page = edit(browser, firm, nameless_size, holdings=[{"holder": "E1", "held": "A", "capital_pct": "60"}])
    assert sorted(page.context["forms"].enterprises[0].errors) == ["balance_sheet_eur", "headcount", "turnover_eur"]
    page = edit(browser, firm, nameless_size, holdings=[{"holder": "E1", "held": "A", "capital_pct": "24.9"}])
    assert page.context["result"]["category"] == "small"
    assert page.context["result"]["members"][1]["relation"] == "none"


def test_holders_of_more_than_the_whole_are_warned_about(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    others = ({"code": "E1", **MOTHER}, {"code": "E2", **MOTHER, "name": "Sister AG"})
    holdings = [{"holder": code, "held": "A", "capital_pct": "60", "voting_pct": "40"} for code in ("E1", "E2")]
    page = edit(browser, firm, *others, holdings=holdings)
    assert page.context["result"]["warnings"] == [{"held": firm.legal_name, "kind": "capital", "pct": "120"}]
    assert "120 % of its capital" in page.content.decode()


def test_a_tie_otherwise_counts_in_full(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, links=True)
    page = edit(browser, firm, {"code": "E1", **MOTHER}, links=[{"one": "A", "other": "E1"}])
    assert page.context["result"]["members"][1]["relation"] == "linked"
    assert page.context["result"]["category"] == "large"
    assert "linked otherwise" in page.content.decode()


def test_public_parts_end_the_status_and_need_no_other_enterprise(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, public=True)
    data = rows() | {"enterprises-0-public_pct": "25"}
    page = browser.post(reverse("sme_group", args=[firm.pk]), data, follow=True)
    assert (page.context["result"]["category"], page.context["result"]["is_public"]) == ("large", True)


def test_consolidated_accounts_are_not_added_twice(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True, consolidated=True)
    mother = {"code": "E1", **MOTHER} | {
        "con_headcount": "100", "con_turnover_eur": "5000000", "con_balance_sheet_eur": "4000000", "con_includes": ["A"],
    }  # fmt: skip
    page = edit(browser, firm, mother, holdings=[{"holder": "E1", "held": "A", "capital_pct": "60"}])
    assert page.context["result"]["periods"] == [
        {"headcount": "100", "turnover_eur": "5000000", "balance_sheet_eur": "4000000"}
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"enterprises-count": "9999999", "holdings-count": "-1", "links-count": "x"},
        {"enterprises-count": "²", "do": "remove:enterprises:²"},
        {"enterprises-count": "1", "do": "add:nothing"},
        {"do": "add"},
        {"enterprises-count": "2", "enterprises-1-code": "A", "enterprises-1-name": "\x00"},
    ],
)
def test_nonsense_is_survived(browser: Client, firm: Organisation, data: dict[str, str]) -> None:
    begin(browser, firm, owners=True)
    assert browser.post(reverse("sme_group", args=[firm.pk]), data, follow=True).status_code == 200


# --- Declaring --------------------------------------------------------------------------------


def test_declaring_keeps_the_group_and_the_size_follows(browser: Client, firm: Organisation, member: User) -> None:
    begin(browser, firm, owners=True)
    page = edit(browser, firm, {"code": "E1", **MOTHER}, holdings=[{"holder": "E1", "held": "A", "capital_pct": "60"}])
    form = {"digest": page.context["form"]["digest"].value(), "version": page.context["version"]}
    page = browser.post(reverse("sme_result", args=[firm.pk]), form)
    assert "true and complete" in page.content.decode()
    assert not firm.sme_declarations.exists()
    page = browser.post(reverse("sme_result", args=[firm.pk]), form | {"is_true": "on"}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("sme_overview", args=[firm.pk])
    declaration = firm.sme_declarations.get()
    firm.refresh_from_db()
    assert (declaration.number, declaration.category, firm.size_category) == (1, "large", "large")
    assert declaration.group["enterprises"]["A"]["headcount"] == "34"
    assert declaration.declared_by == member
    assert not page.context["test"].is_begun


# --- Unfinished, and between two colleagues ----------------------------------------------------


@pytest.fixture
def colleague(firm: Organisation, member: User) -> User:
    person = scenes.person("Dan Colegul")
    scenes.colleague(firm, person, by=member, at=scenes.now())
    return person


@pytest.fixture
def other(colleague: User) -> Client:
    """The browser of the colleague."""
    made = Client()
    made.force_login(colleague)
    return made


def test_signing_out_loses_nothing(browser: Client, firm: Organisation, member: User) -> None:
    begin(browser, firm, owners=True)
    edit(browser, firm, {"code": "E1", "name": "Mother AG"}, do="add:holding")
    browser.logout()
    browser.force_login(member)
    page = browser.get(reverse("sme_overview", args=[firm.pk]))
    assert "Unfinished: Ioana Mureșan went on with the test" in text_of(page)
    page = browser.get(page.context["test"].next_url())
    assert [row.get("name") for row in page.context["forms"].rows["enterprises"]] == ["", "Mother AG"]


def test_the_organisation_says_that_its_test_is_unfinished(browser: Client, firm: Organisation) -> None:
    assert "Unfinished" not in text_of(browser.get(firm.get_absolute_url()))
    begin(browser, firm, owners=True)
    assert "Unfinished: go on" in text_of(browser.get(firm.get_absolute_url()))


def test_a_colleague_goes_on_where_one_stopped(browser: Client, other: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    typed = {"code": "E1", **MOTHER}
    page = edit(browser, firm, typed, holdings=[{"holder": "E1", "held": "A", "capital_pct": "60"}])
    assert page.context["result"]["category"] == "large"
    page = other.get(reverse("sme_result", args=[firm.pk]))
    form = {"digest": page.context["form"]["digest"].value(), "version": page.context["version"], "is_true": "on"}
    other.post(reverse("sme_result", args=[firm.pk]), form)
    assert firm.sme_declarations.get().declared_by.full_name == "Dan Colegul"
    assert not SmeDraft.objects.exists()


OWNS = {"holder": "E1", "held": "A", "capital_pct": "60"}


def names(firm: Organisation) -> list[tuple[str, str]]:
    """The name and headcount of every enterprise in the unfinished test."""
    kept = SmeDraft.objects.get(organisation=firm).typed["rows"]["enterprises"]
    return [(row.get("name", ""), row.get("headcount", "")) for row in kept[1:]]


def versions(browser: Client, firm: Organisation) -> dict[str, str]:
    return {"version": str(browser.get(reverse("sme_group", args=[firm.pk])).context["version"])}


def both_read(browser: Client, other: Client, firm: Organisation, *enterprises: dict[str, Any]) -> dict[str, str]:
    """A group of theirs with a holding of the first, and the version that both have open."""
    begin(browser, firm, owners=True)
    edit(browser, firm, *enterprises, holdings=[OWNS], do="stay")
    return versions(other, firm)


def test_rows_that_one_of_both_changed_go_together(browser: Client, other: Client, firm: Organisation) -> None:
    sister = {"code": "E2", "name": "Sister AG", "country": "AT"}
    seen = both_read(browser, other, firm, {"code": "E1", **MOTHER}, sister)
    edit(browser, firm, {"code": "E1", **MOTHER, "headcount": "250"}, sister, holdings=[OWNS], do="stay")
    mine = ({"code": "E1", **MOTHER}, sister | {"headcount": "9"}, {"code": "E3", "name": "Niece"})
    page = edit(other, firm, *mine, holdings=[OWNS], do="stay", **seen)
    assert "Ioana Mureșan saved the group meanwhile" in text_of(page)
    assert names(firm) == [("Mother AG", "250"), ("Sister AG", "9"), ("Niece", "")]


def test_what_one_added_with_a_button_goes_together_with_what_the_other_typed(
    browser: Client, other: Client, firm: Organisation
) -> None:
    seen = both_read(browser, other, firm, {"code": "E1", **MOTHER})
    edit(browser, firm, {"code": "E1", **MOTHER}, holdings=[OWNS], do="add:owner")
    edit(other, firm, {"code": "E1", **MOTHER, "headcount": "1"}, holdings=[OWNS], do="add:holding", **seen)
    kept = SmeDraft.objects.get().typed["rows"]
    assert names(firm) == [("Mother AG", "1"), ("", "")]
    assert [(row.get("holder"), row.get("held")) for row in kept["holdings"]] == [
        ("E1", "A"),
        ("E2", "A"),
        (None, None),
    ]


def test_a_row_that_both_changed_is_chosen(browser: Client, other: Client, firm: Organisation) -> None:
    seen = both_read(browser, other, firm, {"code": "E1", **MOTHER})
    url = reverse("sme_group", args=[firm.pk])
    edit(browser, firm, {"code": "E1", **MOTHER, "headcount": "250"}, holdings=[OWNS], do="stay")
    mine = rows({"code": "E1", **MOTHER, "headcount": "260"}, holdings=[OWNS | {"capital_pct": "70"}]) | seen
    asked = other.post(url, mine)
    assert asked.status_code == 409
    page = text_of(asked)
    assert all(words in page for words in ("Ioana Mureșan saved the group", "<mark>250</mark>", "<mark>260</mark>"))
    assert "<mark>Mother AG</mark>" not in page
    assert names(firm) == [("Mother AG", "250")]
    sent = dict(asked.context["typed"]) | {"version": seen["version"], "there": str(asked.context["theirs"].version)}
    missed = other.post(url, sent | {"do": "result"})
    assert (missed.status_code, "Choose one of the two for every row" in text_of(missed)) == (409, True)
    [clash] = missed.context["clashes"]
    done = other.post(url, sent | {"do": "result", clash["name"]: "mine"}, follow=True)
    assert done.redirect_chain[-1][0] == reverse("sme_result", args=[firm.pk])
    assert names(firm) == [("Mother AG", "260")]
    assert SmeDraft.objects.get().typed["rows"]["holdings"][0]["capital_pct"] == "70"


def test_the_choice_counts_for_the_rows_that_were_shown_only(
    browser: Client, other: Client, firm: Organisation
) -> None:
    seen = both_read(browser, other, firm, {"code": "E1", **MOTHER})
    url = reverse("sme_group", args=[firm.pk])
    edit(browser, firm, {"code": "E1", **MOTHER, "headcount": "250"}, holdings=[OWNS], do="stay")
    asked = other.post(url, rows({"code": "E1", **MOTHER, "headcount": "260"}, holdings=[OWNS]) | seen)
    sent = dict(asked.context["typed"]) | {"version": seen["version"], "there": str(asked.context["theirs"].version)}
    edit(browser, firm, {"code": "E1", **MOTHER, "headcount": "255"}, holdings=[OWNS], do="stay")
    again = other.post(url, sent | {asked.context["clashes"][0]["name"]: "mine"})
    assert (again.status_code, "<mark>255</mark>" in text_of(again)) == (409, True)
    assert names(firm) == [("Mother AG", "255")]


def test_an_enterprise_that_one_removed_and_the_other_changed_is_asked(
    browser: Client, other: Client, firm: Organisation
) -> None:
    seen = both_read(browser, other, firm, {"code": "E1", **MOTHER})
    url = reverse("sme_group", args=[firm.pk])
    edit(browser, firm, {"code": "E1", **MOTHER}, holdings=[OWNS], do="remove:enterprises:1")
    asked = other.post(url, rows({"code": "E1", **MOTHER}, holdings=[OWNS | {"capital_pct": "70"}], do="stay") | seen)
    assert "Remove it, as Ioana Mureșan did" in text_of(asked)
    sent = dict(asked.context["typed"]) | {"version": seen["version"], "there": str(asked.context["theirs"].version)}
    [clash] = asked.context["clashes"]
    other.post(url, sent | {"do": "stay", clash["name"]: "mine"})
    kept = SmeDraft.objects.get().typed["rows"]
    assert names(firm) == [("Mother AG", "240")]
    assert [row["capital_pct"] for row in kept["holdings"]] == ["70"]


def test_a_page_left_open_never_overwrites_what_a_colleague_saved_before_ones_own_last_saving(
    browser: Client, other: Client, firm: Organisation
) -> None:
    seen = both_read(browser, other, firm, {"code": "E1", **MOTHER})
    edit(other, firm, {"code": "E1", **MOTHER, "headcount": "250"}, holdings=[OWNS], do="stay", **seen)
    newer = versions(browser, firm)
    edit(browser, firm, {"code": "E1", **MOTHER, "headcount": "250"}, holdings=[OWNS], do="add:holding", **newer)
    edit(browser, firm, {"code": "E1", **MOTHER}, holdings=[OWNS], do="add:owner", **seen)
    assert names(firm) == [("Mother AG", "250"), ("", "")]


def test_more_rows_than_there_may_be_are_chosen_as_a_whole(browser: Client, other: Client, firm: Organisation) -> None:
    known = [{"code": f"E{n}", "name": f"Firm {n}"} for n in range(1, 38)]
    seen = both_read(browser, other, firm, *known)
    edit(browser, firm, *known, {"code": "E38", "name": "Theirs"}, {"code": "E39", "name": "Theirs, too"}, do="stay")
    mine = rows(*known, {"code": "E38", "name": "Mine"}) | seen
    refused = other.post(reverse("sme_group", args=[firm.pk]), mine)
    assert (refused.status_code, "in the place of theirs" in text_of(refused)) == (409, True)
    assert "Mine" not in str(SmeDraft.objects.get().typed)


def test_a_page_of_a_test_that_was_declared_since_overwrites_nothing_in_the_next(
    browser: Client, other: Client, firm: Organisation
) -> None:
    """The versions of both tests have the same numbers."""
    old = both_read(browser, other, firm, {"code": "E1", **MOTHER})
    old["test"] = str(SmeDraft.objects.get().pk)
    SmeDraft.objects.all().delete()
    new = both_read(browser, other, firm, {"code": "E1", "name": "Daughter AG"})
    assert new["version"] == old["version"]
    edit(other, firm, {"code": "E1", **MOTHER}, holdings=[OWNS], do="stay", **old)
    assert names(firm) == [("Daughter AG", ""), ("Mother AG", "240")]


def test_rows_that_other_answers_hide_are_kept(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, links=True, owners=True)
    edit(browser, firm, {"code": "E1", **MOTHER}, holdings=[OWNS], links=[{"one": "A", "other": "E1"}], do="stay")
    url = reverse("sme_question", args=[firm.pk, "links"])
    browser.post(url, {"answer": "no"})
    shown = rows({"code": "E1", **MOTHER}, holdings=[OWNS], do="stay") | {"links-count": "1"}
    browser.post(reverse("sme_group", args=[firm.pk]), shown)
    assert SmeDraft.objects.get().typed["rows"]["links"] == [{"one": "A", "other": "E1"}]


def test_ones_own_earlier_page_is_no_conflict(browser: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    edit(browser, firm, {"code": "E1", "name": "Mother AG"}, version="1", do="add:holding")
    page = edit(browser, firm, {"code": "E1", "name": "Mother SE"}, version="1", do="add:holding")
    assert page.context["forms"].rows["enterprises"][1]["name"] == "Mother SE"


def test_answers_to_two_questions_go_together_and_to_one_do_not(
    browser: Client, other: Client, firm: Organisation
) -> None:
    browser.post(reverse("sme_begin", args=[firm.pk]))
    first = reverse("sme_question", args=[firm.pk, "owners"])
    seen = {"version": str(other.get(first).context["version"])}
    after = browser.post(first, {"answer": "no", **seen})["Location"]
    refused = other.post(first, {"answer": "yes", **seen})
    assert (refused.status_code, "answered this question" in text_of(refused)) == (409, True)
    assert other.post(after, {"answer": "yes", **seen}).status_code == 302
    answers = SmeDraft.objects.get().typed["answers"]
    assert (answers["owners"], len(answers)) == (False, 2)
    other.post(first, {"answer": "yes", "version": str(SmeDraft.objects.get().version)})
    assert SmeDraft.objects.get().typed["answers"]["owners"] is True


def test_beginning_anew_asks_the_version_too(browser: Client, other: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    stale = {"version": str(other.get(reverse("sme_overview", args=[firm.pk])).context["test"].version)}
    edit(browser, firm, {"code": "E1", "name": "Mother AG"}, do="add:holding")
    page = other.post(reverse("sme_begin", args=[firm.pk]), stale, follow=True)
    assert "Nothing was thrown away" in text_of(page)
    assert "Mother AG" in str(SmeDraft.objects.get().typed)


def test_a_test_that_moved_is_not_declared(browser: Client, firm: Organisation) -> None:
    page = begin(browser, firm)
    form = {"digest": page.context["form"]["digest"].value(), "version": page.context["version"], "is_true": "on"}
    SmeDraft.objects.update(version=99)
    page = browser.post(reverse("sme_result", args=[firm.pk]), form, follow=True)
    assert "Read the result again" in text_of(page)
    assert (firm.sme_declarations.exists(), SmeDraft.objects.exists()) == (False, True)


def test_rows_typed_while_a_colleague_declared_are_kept(browser: Client, other: Client, firm: Organisation) -> None:
    begin(browser, firm, owners=True)
    seen = {"version": str(other.get(reverse("sme_group", args=[firm.pk])).context["version"])}
    SmeDraft.objects.all().delete()
    page = other.post(
        reverse("sme_group", args=[firm.pk]), rows({"code": "E1", "name": "Father Ltd"}) | seen, follow=True
    )
    assert "What you typed of the group is kept" in text_of(page)
    assert "Father Ltd" in str(SmeDraft.objects.get().typed)


def test_members_of_the_group_are_those_that_count(firm: Organisation, member: User) -> None:
    declare(firm, member)
    found = {row.name: row.is_linked for row in GroupMember.objects.filter(organisation=firm)}
    assert found == {"Mother AG": True, "Partner OOD": False}
    declare(firm, member, {"enterprises": {}}, at=scenes.OPEN)
    assert not GroupMember.objects.filter(organisation=firm).exists()
    firm.refresh_from_db()
    assert firm.size_category == "small"


def test_a_declaration_is_recorded(firm: Organisation, member: User) -> None:
    declare(firm, member)
    event = Event.objects.get(action="organisation.sme_declared")
    assert event.data["shares"] == {"Mother AG": "1", "Partner OOD": "0.25"}
    assert event.data["category"] == "large"


def test_the_same_declared_again_is_the_same_declaration(firm: Organisation, member: User) -> None:
    assert declare(firm, member).pk == declare(firm, member).pk
    assert OutboxJob.objects.filter(kind="applications.render_sme_declaration").count() == 1


def test_what_was_not_shown_is_not_declared(firm: Organisation, member: User) -> None:
    with pytest.raises(services.SizeChanged):
        declare(firm, member, digest="0" * 64)
    assert not firm.sme_declarations.exists()


def test_an_unknown_size_is_not_declared(firm: Organisation, member: User) -> None:
    group = {
        "enterprises": {"E1": {"name": "Mother AG", "country": "AT"}},
        "holdings": [{"holder": "E1", "held": "A", "capital_pct": "60"}],
    }
    with pytest.raises(services.SizeUnclear):
        declare(firm, member, group)


def test_a_wrong_group_is_not_declared(firm: Organisation, member: User) -> None:
    with pytest.raises(GroupError):
        declare(firm, member, {"holdings": [{"holder": "E9", "held": "A", "capital_pct": "60"}]})


def test_a_declaration_is_taken_up_again_for_the_next(browser: Client, firm: Organisation, member: User) -> None:
    answers = {
        "owners": True,
        "investors": True,
        "holdings": True,
        "links": False,
        "public": False,
        "consolidated": False,
    }
    first = declare(firm, member, GROUP | {"answers": answers})
    page = browser.post(reverse("sme_begin", args=[firm.pk]), {"from": "declaration"}, follow=True)
    typed = page.context["forms"].rows
    assert [row["code"] for row in typed["enterprises"]] == ["A", "E1", "E2", "E3"]
    shown = browser.get(reverse("sme_result", args=[firm.pk])).context["result"]
    assert shown["members"] == first.result["members"]


def test_the_pdf_says_who_counts_and_why(browser: Client, firm: Organisation, member: User) -> None:
    declaration = declare(firm, member)
    address = reverse("sme_declaration_download", args=[firm.pk, 1])
    assert browser.get(address).status_code == 302  # still being prepared
    render_sme_declaration({"declaration": declaration.pk}, at=timezone.now())
    render_sme_declaration({"declaration": declaration.pk}, at=timezone.now())
    response = browser.get(address)
    pdf = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
    for words in ("Mother AG", "2003/361/EC", "not an SME", "Co-funded by the European Union", "Ioana Mureșan", "25 %"):
        assert words in text.replace("\xa0", " ")
    declaration.refresh_from_db()
    assert documents.read_bytes(declaration.document) == pdf
    assert "attachment" in response["Content-Disposition"]


def test_others_get_nothing(client: Client, firm: Organisation, member: User) -> None:
    declare(firm, member)
    client.force_login(scenes.person("Somebody else"))
    for name, args in (("sme_overview", []), ("sme_result", []), ("sme_group", []), ("sme_declaration_download", [1])):
        assert client.get(reverse(name, args=[firm.pk, *args])).status_code == 404
    assert client.post(reverse("sme_begin", args=[firm.pk])).status_code == 404


def test_a_sealed_version_says_on_which_declaration_the_size_rests() -> None:
    owner = scenes.eurocluster()
    made = scenes.pair(scenes.open_call(owner, scenes.budget_line(owner)))
    sister = {"E1": {**MOTHER, "headcount": "3"}}
    held = [{"holder": "A", "held": "E1", "capital_pct": "36", "voting_pct": "30"}]
    declare(made.organisations[0], made.lead, {"enterprises": sister, "holdings": held})
    sealed = content_of(made.application, made.application.participations.all(), made.application.answers.all())
    assert [one["sme"] for one in sealed["partners"]] == [
        {"declaration": 1, "category": "small", "shares": {"Mother AG": "0.36"}},
        None,
    ]
    rows = list(made.application.participations.select_related("organisation", "sector", "project_role"))
    results = {one.code: one for one in assess_typed(made.application, rows, list(made.application.answers.all()))}
    assert "SME declaration 1" in results["sme_status"].evidence
    assert results["sme_status"].evidence.count("declaration") == 1
