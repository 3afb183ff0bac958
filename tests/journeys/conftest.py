"""A browser and the people who use it. On every page visited axe finds nothing, and a phone need not scroll sideways."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect, sync_playwright

from accounts.models import User
from tests.live import LivePortal, running, wait_until

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
#: Judges the page, and brings back what is wrong with it without all that is right.
JUDGE = "tags => axe.run({runOnly: tags, resultTypes: ['violations']}).then(found => found.violations)"
PATIENCE = 60  # seconds for whatever a page does next; three browsers may share two cores
MAILED = 120  # seconds
QUIET = 100  # milliseconds without a request: a page has asked for all it asks for by itself
SHOTS = os.environ.get("PORTAL_SCREENSHOTS")  # a directory for pictures of every page; none are taken without
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture
def portal(tmp_path: Path, transactional_db: None) -> Iterator[LivePortal]:
    with running(tmp_path) as portal:
        portal.manage("load_reference_data")
        portal.manage("load_demo_people")
        portal.start_web()
        portal.start_worker()
        portal.start_beat()
        yield portal


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Playwright's loop runs in this thread; the ORM is used beside it, never inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS, timeout=120_000)
    yield browser
    browser.close()


PASSWORD = "correct-horse-battery"


def let_sign_in(user: User) -> None:
    """With the PASSWORD, as the real portal keeps it, and an address that was confirmed."""
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-real-portal")
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, name: str, browser: Browser, portal: LivePortal) -> None:
        self.name = name
        self.portal = portal
        self.problems: list[str] = []
        self.context = browser.new_context(
            base_url=portal.url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._note)
        self.asked, self.under_way = 0, set[Request]()
        self.page.on("request", self._ask)
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, self._end)

    def _note(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.problems.append(f"{self.page.url} ({line.location}): {line.text}")

    def _ask(self, request: Request) -> None:
        self.asked += 1
        self.under_way.add(request)

    def _end(self, request: Request) -> None:
        self.under_way.discard(request)

    def go(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def press(self, name: str | re.Pattern[str]) -> None:
        """A button that leads on, once the next page is there: a form may wait for what is being saved before it goes."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def settle(self) -> None:
        """Wait until the page is loaded and has had its answers."""
        self.page.wait_for_load_state("load")
        ends = time.monotonic() + PATIENCE
        asked = -1
        while self.under_way or asked != self.asked:
            assert time.monotonic() < ends, f"{self.page.url} still waits for {[one.url for one in self.under_way]}"
            asked = self.asked
            self.page.wait_for_timeout(QUIET)

    def look(self, shot: str) -> None:
        """Note what axe, the console and a phone's width say against the page; take pictures where they are wanted.

        Whatever was noted fails the test at its end, all of it at once.
        """
        self.settle()
        self.picture(shot)
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate(JUDGE, TAGS)
        broken = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
        self.problems += [f"{shot} ({self.page.url}): {one}" for one in broken]
        self.page.set_viewport_size({"width": 360, "height": 740})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.picture(f"{shot}-360")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        if width > 360:
            self.problems.append(f"{shot} scrolls sideways at 360 px: {width}")

    def picture(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    def sign_in(self, email: str, password: str) -> None:
        self.go("/accounts/login/")
        self.fill(login=email, password=password)
        self.press("Sign in")
        expect(self.page).to_have_url(re.compile(r"/desk/$"))

    def fill(self, **values: str) -> None:
        """Fill fields by their names: texts, choices, radios and ticks ("on")."""
        for name, value in values.items():
            field = self.page.locator(f'[name="{name}"]')
            kind = field.first.evaluate("node => node.type || node.tagName")
            if kind in {"radio", "checkbox"}:
                one = field.first if value == "on" else self.page.locator(f'[name="{name}"][value="{value}"]')
                one.check(force=True)
            elif kind.startswith("select"):
                field.select_option(value)
            else:
                field.fill(value)

    def mail(self, subject: str, *, to: str) -> str:
        """The text of the newest mail to an address whose subject contains the words, once it is there."""
        return wait_until(lambda: self._mail(subject, to), timeout=MAILED, what=f"a mail “{subject}” to {to}")

    def _mail(self, subject: str, to: str) -> str:
        for path in reversed(self.portal.mails()):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if to in str(mail["To"]) and subject.lower() in str(mail["Subject"]).lower():
                body = mail.get_body(("plain",))
                assert body
                return str(body.get_content())
        return ""

    def link_in(self, mail: str, part: str) -> str:
        found = re.search(rf"{re.escape(self.portal.url)}(/\S*{part}\S*)", mail)
        assert found, mail
        return found[1]


@pytest.fixture
def people(browser: Browser, portal: LivePortal) -> Iterator[Callable[[str], Person]]:
    """Makes a person with a browser of their own; nothing of one is seen by another."""
    made: list[Person] = []

    def person(name: str) -> Person:
        made.append(Person(name, browser, portal))
        return made[-1]

    yield person
    problems = [problem for one in made for problem in one.problems]
    for one in made:
        one.context.close()
    assert problems == []
