"""One Chromium and one served practice a module; each test has windows of its own, and its own morning."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bot.settings import read_settings
from tests.support import browser as support
from tests.support.browser import Morning, Served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with support.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with support.serving(read_settings({})) as practice:
        yield practice


@pytest.fixture
def morning(browser: Browser, served: Served) -> Iterator[Morning]:
    with support.morning(browser, served) as begun:
        yield begun
