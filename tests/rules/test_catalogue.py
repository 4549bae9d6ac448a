"""Sentences pass through the catalogue: values have names, counts a form, days and months a name in the language."""

from __future__ import annotations

import gettext
from datetime import UTC, datetime

import pytest

from bot.rules import catalogue
from bot.rules.catalogue import _, code_words, date_words, n_

WED = datetime(2017, 7, 5, 8, tzinfo=UTC)


class Shouting(gettext.NullTranslations):
    """A language that turns the values of a sentence round and has one form for every number."""

    def gettext(self, message: str) -> str:
        return {"{ref} is back since {when}.": "SINCE {when}: {ref}.", "Wed": "MER", "Jul": "GOR"}[message]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{{n}} OF {msgid1.split()[1]}"


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "LANGUAGE", Shouting())


def test_english_is_the_source() -> None:
    assert _("Nobody is missing.") == "Nobody is missing."
    assert _("{ref} is back since {when}.", ref="OX-7QK4", when="08:00") == "OX-7QK4 is back since 08:00."
    assert [n_("{n} child", "{n} children", n) for n in (0, 1, 2)] == ["0 children", "1 child", "2 children"]
    assert n_("{n} child of {area}", "{n} children of {area}", 2, n="c", area="north") == "c children of north"
    assert code_words("duty_inspector") == "duty inspector"
    assert code_words("") == ""  # which gettext takes for the header of a file
    assert date_words(WED, f"%a {WED.day} %b %H:%M") == "Wed 5 Jul 08:00"


def test_a_value_is_never_read_as_a_sentence_or_a_format() -> None:
    assert _("{reason}.", reason="{ref} {0} {reason.__class__} %s") == "{ref} {0} {reason.__class__} %s."
    assert _("Text in {braces} without a value stays.") == "Text in {braces} without a value stays."
    assert _("{message} and {n}", message="a", n=1) == "a and 1"  # any name can be a value's


@pytest.mark.usefixtures("shouting")
def test_a_translation_may_move_the_values_and_has_its_own_forms() -> None:
    assert _("{ref} is back since {when}.", ref="OX-7QK4", when="08:00") == "SINCE 08:00: OX-7QK4."
    assert n_("{n} child", "{n} children", 2) == "2 OF child"
    assert date_words(WED, f"%a {WED.day} %b") == "MER 5 GOR"
