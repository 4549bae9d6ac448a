"""Measure the practice page in a real browser: python -m tests.bench.practice_page.

Printed are the seconds from the start of `demo --web` to its first page, the steps of each journey of
tests/chat/web/test_browser.py, and what axe-core finds on each kind of view, by width and scheme.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
from playwright.sync_api import Browser

from bot.settings import ROOT, read_settings
from tests.chat.web import test_browser
from tests.support import accessibility
from tests.support.browser import DESK, PHONE, SCHEMES, Morning, Served, chromium, morning, serving

#: The least of the environment that a process needs.
PASSED_ON = ("PATH", "HOME", "TMPDIR")


def seconds_to_the_first_page() -> float:
    """Start the demo as people do, and get its page."""
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    began = time.monotonic()
    command = [sys.executable, "-m", "bot", "demo", "--web"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ | {"BOT_BIND": "127.0.0.1:0"}, stdout=subprocess.PIPE, text=True
    ) as demo:
        try:
            assert demo.stdout is not None
            address = next(found[0] for line in demo.stdout if (found := re.search(r"http://\S+", line)))
            httpx.get(address, follow_redirects=True, timeout=60).raise_for_status()
            return time.monotonic() - began
        finally:
            demo.terminate()


def journeys() -> Iterator[tuple[str, Callable[[Morning], None]]]:
    for name, each in vars(test_browser).items():
        if name.startswith("test_"):
            yield name.removeprefix("test_").replace("_", " "), each


def walked(browser: Browser, served: Served) -> Counter[str]:
    """Do every journey; return the steps by kind."""
    total: Counter[str] = Counter()
    for name, journey in journeys():
        with morning(browser, served) as begun:
            journey(begun)
        total += begun.steps
        print(f"{begun.steps.total():7}  {name}")
    return total


def found(browser: Browser, served: Served) -> Iterator[tuple[int, str, int, Counter[str], int]]:
    """Yield for each width and scheme the views, the violations by impact, and the pixels beside the window."""
    with morning(browser, served) as begun:
        views = accessibility.views(begun)
        for width in (PHONE, DESK):
            for scheme in SCHEMES:
                window = begun.window("lead", "home", width=width, scheme=scheme)
                looks = [accessibility.look(window, view) for view in views]
                said = [each for one in looks for each in one.violations]
                impacts = Counter(re.sub(r"^.*?\((\w+)\).*$", r"\1", each) for each in said)
                yield width, scheme, len(looks), impacts, max(0, *(one.beside for one in looks))


def main() -> None:
    print(f"{seconds_to_the_first_page():.1f} s from the start to the first page\n")
    with chromium() as browser, serving(read_settings({})) as served:
        print("  steps  journey")
        total = walked(browser, served)
        print(f"{total.total():7}  in all: {', '.join(f'{n} x {kind}' for kind, n in total.most_common())}\n")
        for width, scheme, views, impacts, beside in found(browser, served):
            says = ", ".join(f"{n} {impact}" for impact, n in impacts.items()) or "nothing"
            print(f"{width:5} {scheme:6} {views} views: axe-core finds {says}; {beside} pixels beside the window")


if __name__ == "__main__":
    main()
