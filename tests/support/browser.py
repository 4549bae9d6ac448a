"""The practice page in a real browser: Debian's Chromium without a screen, driven by Playwright."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from bot.server.practice_page import PracticeRun, PracticeServer
from bot.settings import Settings

NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Root may not use the sandbox; the others keep Chromium from calling its maker.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium on this machine (Debian: apt-get install chromium)"
#: Where this is set, a missing Chromium is a failure.
NEEDED = "BOT_TESTS_NEED_BROWSER"
#: The widths of a phone and of a desk.
PHONE, DESK = 380, 1200
HEIGHT = 800
SCHEMES = ("light", "dark")
#: A busy machine makes no step wrong.
PATIENCE_MS = 300_000
REFERENCE = re.compile(r"OX-[A-Z0-9]{4}")

expect.set_options(timeout=PATIENCE_MS)


def installed() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium; without one skip the test, or fail where a browser is needed."""
    path = installed()
    if path is None:
        if os.environ.get(NEEDED):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Served:
    """A practice and the address of its page."""

    stage: PracticeRun
    url: str

    @property
    def origin(self) -> str:
        return self.url.removesuffix("/practice")

    def address(self, person: str, place: str) -> str:
        return f"{self.url}/{person}/{place}"


@contextmanager
def serving(settings: Settings) -> Iterator[Served]:
    """Serve a practice on any free port."""
    with closing(PracticeRun(settings)) as stage:
        server = PracticeServer(stage, "127.0.0.1:0")
        server.server.start()
        try:
            yield Served(stage, server.url)
        finally:
            server.server.stop()


@dataclass
class Window:
    """One person's window. `steps` counts what is done in it: places opened, keys and presses, by kind."""

    page: Page
    served: Served
    person: str
    steps: Counter[str] = field(default_factory=Counter)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def text(self) -> str:
        """Return the visible words of the page."""
        return self.page.locator("body").inner_text()

    @property
    def newest(self) -> Locator:
        return self.page.locator("#newest")

    def open(self, place: str) -> None:
        self.steps["place opened"] += 1
        self.page.goto(self.served.address(self.person, place))

    def key(self, *keys: str) -> None:
        for each in keys:
            self.steps["key"] += 1
            self.page.keyboard.press(each)

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press the last button of this name, and wait for the page that follows."""
        self.steps["button pressed"] += 1
        button = (within or self.page.locator("body")).get_by_role("button", name=name).last
        with self.page.expect_navigation():
            button.click()

    def ask(self, words: str, *, aloud: bool = False) -> None:
        """Type a command and send it with the keyboard, or aloud with its button."""
        self.steps["command typed"] += 1
        box = self.page.locator("#words")
        box.fill(words)
        if aloud:
            self.press("Ask for all here")
            return
        with self.page.expect_navigation():
            self.key("Enter")

    def move(self, label: str) -> None:
        """Move the clock, and wait until the conversation is there again."""
        self.steps["clock moved"] += 1
        before = self.page.locator("header time").get_attribute("datetime")
        with self.page.expect_navigation():
            self.page.locator("header").get_by_role("button", name=label, exact=True).click()
        expect(self.page.locator("header time")).not_to_have_attribute("datetime", str(before))

    def unfold(self) -> None:
        """Unfold everything on the page, so that all its words are visible."""
        self.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")

    def says_that_something_changed(self) -> None:
        expect(self.page.locator("#news")).to_contain_text("Something has changed")
        self.steps["news followed"] += 1
        with self.page.expect_navigation():
            self.page.locator("#news a").click()

    def tab_to(self, selector: str) -> None:
        """Press Tab until the keyboard is at an element; the address bar lies between the last and the first."""
        for _ in range(200):
            self.key("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")


@dataclass
class Morning:
    """A practice morning in a browser: a window for each person, every window a context of its own."""

    browser: Browser
    served: Served
    steps: Counter[str] = field(default_factory=Counter)
    _windows: list[Window] = field(default_factory=list)

    def window(
        self, person: str, place: str = "private", *, width: int = DESK, scheme: Any = "light", scale: float = 1
    ) -> Window:
        """Open a window; `scale` is its pixels for each pixel of the page."""
        size: Any = {"width": width, "height": HEIGHT}
        context = self.browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=scale)
        context.set_default_timeout(PATIENCE_MS)
        window = Window(context.new_page(), self.served, person, self.steps)
        self._windows.append(window)
        window.open(place)
        return window

    def close(self) -> None:
        for window in self._windows:
            window.page.context.close()


@contextmanager
def morning(browser: Browser, served: Served) -> Iterator[Morning]:
    """Begin the practice again, unless nothing has happened in it, and close every window at the end."""
    if served.stage.conversations.version != _laid(served):
        served.stage.begin_again()
        _LAID[served.url] = served.stage.conversations.version
    with closing(Morning(browser, served)) as begun:
        yield begun


#: Address -> the version of the conversations when nothing has been done in them.
_LAID: dict[str, int] = {}


def _laid(served: Served) -> int:
    return _LAID.setdefault(served.url, served.stage.conversations.version)


def reference(text: str) -> str:
    """Return the first reference of a child in a text."""
    found = REFERENCE.search(text)
    assert found, text
    return found[0]
