"""An independent checker (axe-core) finds nothing on the practice page, on a phone and at a desk, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support import accessibility
from tests.support import browser as support
from tests.support.accessibility import View
from tests.support.browser import DESK, PHONE, Morning, Served


@pytest.fixture(scope="module")
def prepared(browser: Browser, served: Served) -> Iterator[tuple[Morning, list[View]]]:
    with support.morning(browser, served) as morning:
        yield morning, accessibility.views(morning)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (PHONE, "light"),
        pytest.param(PHONE, "dark", marks=pytest.mark.thorough),
        pytest.param(DESK, "light", marks=pytest.mark.thorough),
        pytest.param(DESK, "dark", marks=pytest.mark.thorough),
    ],
)
def test_nothing_is_found_and_nothing_lies_beside_the_window(
    prepared: tuple[Morning, list[View]], width: int, scheme: str
) -> None:
    morning, views = prepared
    window = morning.window("lead", "home", width=width, scheme=scheme)
    found = {view.name: accessibility.look(window, view) for view in views}
    assert {name: each.violations for name, each in found.items() if each.violations} == {}
    assert {name: each.beside for name, each in found.items() if each.beside > 0} == {}


def test_the_checker_finds_what_is_wrong(prepared: tuple[Morning, list[View]]) -> None:
    """A page that is spoilt on purpose: silence about the others means something."""
    window = prepared[0].window("lead", "home", width=PHONE)
    window.page.evaluate("document.querySelector('label').remove(); document.body.style.width = '900px'")
    found = accessibility.check(window.page)
    assert any(each.startswith("select-name (critical)") for each in found.serious), found
    assert found.beside > 0
