"""Files of a question: sent while the person goes on writing, and without any script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from applications.models import Attachment
from tests import scenes
from tests.attached import call_with_files, stored
from tests.documents import corpus
from tests.journeys.conftest import PATIENCE, Person
from tests.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def let_in(page: Page, made: scenes.Pair, portal: LivePortal) -> None:
    client = Client()
    client.force_login(made.lead)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal.url}])


def files_in(folder: Path) -> dict[str, Path]:
    contents = {
        "plan.pdf": corpus.pdf(),
        "letter.docx": corpus.docx(),
        "script.pdf": corpus.pdf(corpus.opening("/JavaScript", JS="1")),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    owner = scenes.eurocluster("loom", "LOOM")  # beside those of the reference data
    return scenes.pair(call_with_files(owner, max_files=3), at=scenes.now())


def test_files_travel_while_one_writes(
    portal: LivePortal, people: Callable[[str], Person], made: scenes.Pair, tmp_path: Path
) -> None:
    files, lead = files_in(tmp_path), people("lead")
    let_in(lead.page, made, portal)
    page = lead.go(reverse("section_edit", args=[made.application.pk, "project"]))
    status, chooser = page.locator("[data-upload-status]"), page.locator("#upload-annexes")
    lead.look("f01-no-file")
    lead.fill(**{"a-title": "Panels from off-cuts"})
    chooser.set_input_files([files["plan.pdf"], files["letter.docx"]])
    expect(status).to_contain_text("letter.docx” is uploaded")
    chooser.set_input_files(files["script.pdf"])
    expect(status).to_contain_text("The PDF contains a script")
    expect(page.get_by_role("link", name="plan.pdf")).to_be_visible()
    lead.look("f02-refused")
    lead.problems = [problem for problem in lead.problems if "status of 422" not in problem]  # the refusal itself
    expect(page.locator('[name="a-title"]')).to_have_value("Panels from off-cuts")

    page.locator("[data-upload-change]").click()
    page.get_by_role("button", name=re.compile(r"Remove.*plan\.pdf")).click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_contain_text("removed")
    lead.look("f03-page-of-the-files")
    page.set_input_files("input[type=file]", files["plan.pdf"])
    lead.press("Upload")
    expect(page.get_by_role("link", name="plan.pdf")).to_be_visible()
    assert stored(made) == ["letter.docx", "plan.pdf"]
    assert made.application.answers.get(section_code="project").answers["title"] == "Panels from off-cuts"


def test_files_without_a_script(portal: LivePortal, browser: Browser, made: scenes.Pair, tmp_path: Path) -> None:
    files = files_in(tmp_path)
    context = browser.new_context(base_url=portal.url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    let_in(page, made, portal)
    page.goto(reverse("section_edit", args=[made.application.pk, "project"]))
    page.fill('[name="a-title"]', "Panels from off-cuts")
    page.get_by_role("button", name="Add files").click()
    page.set_input_files("input[type=file]", [files["plan.pdf"], files["script.pdf"]])
    page.get_by_role("button", name="Upload").click()
    expect(page).to_have_title("Error: Annexes – Eurocluster portal")
    expect(page.get_by_role("link", name="plan.pdf")).to_be_visible()
    page.get_by_role("link", name="Back to").click()
    expect(page.locator('[name="a-title"]')).to_have_value("Panels from off-cuts")
    with page.expect_download() as download:
        page.get_by_role("link", name="plan.pdf").click()
    assert download.value.suggested_filename == "plan.pdf"
    assert Attachment.objects.get().document.filename == "plan.pdf"
    context.close()
