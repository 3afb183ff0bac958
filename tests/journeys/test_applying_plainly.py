"""From sign-in to the receipt by one person alone: once with the keyboard only, once with JavaScript switched off.

The call asks everything a call can ask: a condition, a section that only some fill in, a work plan, indicators, a cost
table, files. The texts are at hand, and it takes fifteen pages at most.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from accounts.models import User
from applications.models import Application, Submission
from calls import services as calls
from calls.form_definition import parse
from calls.models import Call
from documents.models import Document
from documents.states import Status
from tests import scenes
from tests.documents import corpus
from tests.journeys.conftest import MAILED, PASSWORD, PATIENCE, Person, let_sign_in
from tests.live import LivePortal, wait_until
from tests.question_kinds import FORM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MOST_PAGES, MOST_TABS = 15, 120
FILES = {"code": "annexes", "kind": "files", "label": "Annexes", "required": False, "max_files": 2}


def open_call() -> Call:
    form = copy.deepcopy(FORM)
    form["sections"][0]["questions"].append(FILES)
    owner = scenes.eurocluster("loom", "LOOM")  # beside those of the reference data
    call = scenes.draft_call(
        owner,
        scenes.budget_line(owner),
        partners_min=1,
        sectors_min_distinct=1,
        countries_one_of=[],
        trl_rise_min=None,
        funding_rate=Decimal("0.7"),
        **scenes.open_now(),
    )
    calls.set_form(call=call, form=parse(form), at=scenes.now())
    return calls.publish_call(call_id=call.pk, by=None, at=scenes.now())


@pytest.fixture
def applicant(transactional_db: None) -> User:
    user = scenes.person("Ioana Mureșan")
    let_sign_in(user)
    scenes.organisation(user)
    return user


@pytest.fixture
def annex(tmp_path: Path) -> Path:
    (tmp_path / "plan.pdf").write_bytes(corpus.pdf())
    return tmp_path / "plan.pdf"


class Hands(Protocol):
    page: Page

    def write(self, field: Locator, text: str) -> None: ...
    def tick(self, box: Locator) -> None: ...
    def push(self, control: Locator) -> None: ...
    def attach(self, field: Locator, file: Path) -> None: ...


class Mouse:
    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, field: Locator, text: str) -> None:
        field.fill(text)

    def tick(self, box: Locator) -> None:
        box.check(force=True)

    def push(self, control: Locator) -> None:
        control.click()

    def attach(self, field: Locator, file: Path) -> None:
        field.set_input_files(file)


SEEN = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const shows = (node, also) => {
        const style = getComputedStyle(node);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || (also && style.boxShadow !== "none");
    };
    const label = one.labels && one.labels[0];
    const marked = shows(one, true) || (label && shows(label, false));
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { what: one.outerHTML.slice(0, 160), isBody: one === document.body, marked, inside };
}"""


class Keys:
    """Never touches the page but with keys. Wherever the focus stops on its way, it has to be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", lambda _chooser: None)  # the browser hands choosers over from now on, not in mid-press

    def reach(self, wanted: Locator) -> None:
        wanted.wait_for(state="attached")
        for _ in range(MOST_TABS):
            if wanted.evaluate("node => node === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            self.look_at_focus()
        raise AssertionError(f"{wanted} cannot be reached with the Tab key on {self.page.url}")

    def look_at_focus(self) -> None:
        """Marked, and on the screen once the page has scrolled there."""
        for _ in range(20):
            seen = self.page.evaluate(SEEN)
            if seen["isBody"] or (seen["marked"] and seen["inside"]):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the focus is not seen: {seen} on {self.page.url}")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        self.reach_group(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")
        while not box.is_checked():
            self.page.keyboard.press("ArrowDown")

    def reach_group(self, box: Locator) -> None:
        """Of radio buttons the Tab key reaches the chosen one, or the first: arrows lead on."""
        name, kind = box.get_attribute("name"), box.get_attribute("type")
        chosen = self.page.locator(f'input[name="{name}"]:checked')
        if kind == "radio":
            self.reach(chosen if chosen.count() else self.page.locator(f'input[name="{name}"]').first)
        else:
            self.reach(box)

    def push(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def attach(self, field: Locator, file: Path) -> None:
        self.reach(field)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(file)


class Applying:
    """The way through the pages; `hands` do it. Every page that was seen is counted."""

    def __init__(self, hands: Hands, call: Call, user: User) -> None:
        self.hands, self.page, self.call, self.user = hands, hands.page, call, user
        self.pages: list[str] = []
        self.page.on("framenavigated", self._count)

    def _count(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.pages.append(frame.url)

    def field(self, name: str) -> Locator:
        return self.page.locator(f'[name="{name}"]:not([type=hidden])')

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            self.hands.write(self.field(name), text)

    def go_on(self, to: str) -> None:
        self.hands.push(self.button("Save and continue"))
        expect(self.page).to_have_url(re.compile(to))

    def sign_in_and_start(self) -> None:
        self.page.goto(f"/accounts/login/?next=/applications/start/{self.call.code}/")
        self.write(login=self.user.email, password=PASSWORD)
        self.hands.push(self.button("Sign in"))
        expect(self.page).to_have_url(re.compile("/applications/start/"))
        self.hands.tick(self.field("organisation").first)
        self.hands.tick(self.page.get_by_role("radio", name="Furniture and interiors"))
        self.hands.push(self.button("Start"))
        expect(self.page).to_have_url(re.compile(r"/applications/\d+/$"))
        self.hands.push(self.page.get_by_role("link", name="Project", exact=True))
        expect(self.page).to_have_url(re.compile("/sections/project/"))

    def describe(self) -> None:
        self.write(**{"a-title": "Panels from off-cuts", "a-duration_months": "9"})
        self.hands.tick(self.page.get_by_role("radio", name="Yes", exact=True))

    def plan(self) -> None:
        package = "a-work_plan-0"
        self.write(
            **{
                f"{package}-title": "Build",
                f"{package}-starts_month": "1",
                f"{package}-ends_month": "9",
                f"{package}-milestones-0-title": "First panel",
                f"{package}-milestones-0-month": "4",
                "a-aims-jobs-baseline": "3",
                "a-aims-jobs-target": "5",
            }
        )
        self.go_on("/travel/")

    def explain_and_count(self) -> None:
        self.write(**{"a-why": "Because the oak is there."})
        self.go_on("/costs/")
        self.write(**{"a-costs-staff": "10 000,01 €", "a-costs-trips": "1000"})
        self.hands.tick(self.field("a-visa"))
        self.go_on("/check/")

    def submit(self) -> None:
        self.hands.tick(self.field("declaration"))
        self.hands.push(self.button("Submit the application"))
        expect(self.page).to_have_url(re.compile(r"/submitted/1/$"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Your application is submitted")

    def fetch_receipt(self) -> bytes:
        link = self.page.get_by_role("link", name="Download the receipt (PDF)")
        wait_until(receipt_is_ready, timeout=MAILED, what="the receipt")
        self.page.reload()
        with self.page.expect_download() as download:
            self.hands.push(link)
        return Path(download.value.path()).read_bytes()


def receipt_is_ready() -> bool:
    return Document.objects.filter(kind="receipt", status=Status.READY).exists()


def sealed_well(portal: LivePortal) -> None:
    sealed = Submission.objects.get()
    said = ("Panels from off-cuts", "Because the oak is there.", "Norway", "First panel", "plan.pdf")
    assert [words for words in said if words not in sealed.canonical] == []
    assert Application.objects.get().requested_eur == Decimal("7400.01")
    assert portal.is_in_order()


def test_with_the_keyboard_only(
    portal: LivePortal, people: Callable[[str], Person], applicant: User, annex: Path
) -> None:
    page = people("keyboard").page
    applying = Applying(hands := Keys(page), open_call(), applicant)
    applying.sign_in_and_start()
    applying.describe()
    applying.write(**{"a-countries": "Norway"})  # asked as soon as the answer is yes
    hands.attach(page.locator("#upload-annexes"), annex)
    expect(page.locator("[data-upload-status]")).to_contain_text("plan.pdf” is uploaded")
    applying.go_on("/plan/")
    applying.plan()
    applying.explain_and_count()
    applying.submit()
    assert len(applying.pages) <= MOST_PAGES, applying.pages
    assert applying.fetch_receipt().startswith(b"%PDF")
    sealed_well(portal)


def test_with_javascript_off(portal: LivePortal, browser: Browser, applicant: User, annex: Path) -> None:
    context: Any = browser.new_context(base_url=portal.url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    applying = Applying(hands := Mouse(page), open_call(), applicant)
    applying.sign_in_and_start()
    applying.describe()
    applying.go_on("/project/")
    expect(page.get_by_text("1 more question is asked")).to_be_visible()
    applying.write(**{"a-countries": "Norway"})
    hands.push(page.get_by_role("button", name="Add files"))
    hands.attach(page.locator("input[type=file]"), annex)
    hands.push(applying.button("Upload"))
    expect(page.get_by_role("link", name="plan.pdf")).to_be_visible()
    hands.push(page.get_by_role("link", name="Back to"))
    applying.go_on("/plan/")
    applying.plan()
    applying.explain_and_count()
    applying.submit()
    assert len(applying.pages) <= MOST_PAGES, applying.pages
    assert applying.fetch_receipt().startswith(b"%PDF")
    context.close()
    sealed_well(portal)
