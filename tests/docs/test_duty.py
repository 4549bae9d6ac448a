"""The page for the duty manager: what to do at 08:00, with the marks and buttons that chat shows."""

from __future__ import annotations

import re

import pytest

from bot.messages.digest import BUTTONS
from bot.messages.episode_lines import DONE, GRADE_MARKS
from bot.settings import ROOT
from tests.docs.every_document import Document
from tests.support.asking import ask

DUTY = Document("deploy/duty.md")


def test_it_is_one_page() -> None:
    assert len(DUTY.text.split()) < 800


@pytest.mark.parametrize("mark", [*GRADE_MARKS.values(), "⏳", "⏰", "⚠", DONE, "🔔"])
def test_every_mark_is_explained(mark: str) -> None:
    assert mark in DUTY.text.split("| Mark |")[1].split("\n\n")[0]


def test_every_button_is_one_that_chat_shows() -> None:
    """Texts in italics are buttons."""
    template = (ROOT / "bot" / "locale" / "bot.pot").read_text(encoding="utf-8")
    shown = set(re.findall(r'^msgid "(.+)"$', template, re.MULTILINE))
    named = set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", DUTY.text))
    assert named >= {b.label for b in BUTTONS} | {"Acknowledge", "Take it (manager)", "Record"}
    assert [n for n in named if n not in shown and f"{n} {{ref}}" not in shown] == []


def test_it_answers_what_goes_wrong() -> None:
    seen = DUTY.text.split("| You see |")[1]
    for words in ("no digest at 08:05", "NOT KNOWN", "the digest twice", "a call twice"):
        assert f"\n| {words} |" in seen


def test_chat_says_the_same() -> None:
    """`help morning` is the core of the page, with the partnership's own times."""
    told = ask("help morning").text
    assert len(told) <= 12
    for words in ("08:00", "08:30", "Acknowledge", "🔔", "⚫", "🔴", "⚠", "⏳", "NOT KNOWN", "today", "wice"):
        assert words in " ".join(map(str, told)), words
        assert words in DUTY.text, words
