"""The kinds of view of the practice page, each looked at by axe-core in a real browser and measured for its width."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from bot.chat.web.page import ClockMoving
from tests.support.browser import Morning, Served, Window, reference

REASON = "a look around in the practice partnership"
#: The impacts that a violation may not have; the others are counted.
SERIOUS = ("serious", "critical")


@dataclass(frozen=True)
class View:
    """A view: its address, and whether the clock moves meanwhile."""

    name: str
    address: str
    moves: bool = False


@dataclass(frozen=True)
class Found:
    """What was found on one view: violations as "rule (impact): element", and pixels that lie beside the window."""

    violations: tuple[str, ...]
    beside: int

    @property
    def serious(self) -> list[str]:
        return [each for each in self.violations if any(f"({impact})" in each for impact in SERIOUS)]


def views(morning: Morning) -> list[View]:
    """Bring the practice to where every kind of view is there, at 08:30; return their addresses."""
    lead, worker = morning.window("lead", "county-digest"), morning.window("north-worker")
    ref = reference(lead.main.inner_text())
    lead.ask("stats north")
    lead.press("Share to this channel")
    lead.ask("open", aloud=True)
    worker.move("08:30, reminders")
    for words in ("help", "stats north", "trend north"):
        lead.open("private")
        lead.ask(words)
    lead.ask(f"child {ref}")
    lead.page.locator("#f-reason").fill("too short")
    lead.press("Ask")
    faults = lead.page.url
    lead.open("home")
    lead.ask(f"child {ref}")
    lead.page.locator("#f-reason").fill(REASON)
    lead.press("Ask")
    worker.open("private")
    worker.press("Record")
    at = morning.served.address
    return [
        View("digest, with a thread, a question aloud and one to share", at("lead", "county-digest")),
        View("a child and figures in private", at("lead", "private")),
        View("calls", at("police", "private")),
        View("reminder", at("coordinator", "private")),
        View("form", worker.page.url),
        View("form with a fault", faults),
        View("counts alone", at("analyst", "county-counts")),
        View("App Home", at("lead", "home")),
        View("refused", at("north-worker", "county-digest")),
        View("moving clock", at("lead", "home"), moves=True),
    ]


def look(window: Window, view: View) -> Found:
    """Open a view with everything in it unfolded, and look at it."""
    with _moving(window.served) if view.moves else nullcontext():
        window.page.goto(view.address)
        window.unfold()
        return check(window.page)


def check(page: Page) -> Found:
    return Found(tuple(_said(Axe().run(page).response["violations"])), _beside(page))


def _said(violations: list[dict[str, Any]]) -> Iterator[str]:
    for violation in violations:
        for node in violation["nodes"]:
            yield f"{violation['id']} ({violation['impact']}): {' '.join(node['target'])}"


def _beside(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth"))


@contextmanager
def _moving(served: Served) -> Iterator[None]:
    """Show the page of a moving clock, which would be over too soon to be looked at."""
    now = served.stage.now
    served.stage.moving = ClockMoving(now, now, now + timedelta(hours=1))
    try:
        yield
    finally:
        served.stage.moving = None
