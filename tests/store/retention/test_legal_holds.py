"""Legal holds on both databases: in force at once, lifted by two, and under every reference of the child."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.chain import Entry
from bot.store.database import reading
from bot.store.retention import legal_holds
from bot.store.retention.decisions import carry_out
from tests.store.retention.test_erasure import KEY, NOW
from tests.support.exports import child, interview, police
from tests.support.loader import Loader, loader


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        found.load("police", police())
        yield found


@pytest.fixture
def ref(bot: Loader) -> str:
    return str(bot.row("child")["ref"])


def entry(who: str, action: str, ref: str, days: float) -> Entry:
    return Entry(NOW + timedelta(days=days), who, "council", "strategic_lead", action, "", ref)


def place(bot: Loader, ref: str, who: str = "lead", days: float = 0) -> None:
    now = NOW + timedelta(days=days)
    row = entry(who, "hold add", ref, days)
    carry_out(bot.engine, KEY, [row], lambda c: legal_holds.place(c, ref, who, "an inquiry", now))


def lift(bot: Loader, ref: str, who: str, days: float = 0) -> str:
    row = entry(who, legal_holds.LIFT, ref, days)
    return carry_out(bot.engine, KEY, [row], lambda c: legal_holds.lift(c, ref, who, NOW + timedelta(days=days)), str)


def test_one_places_it_and_two_lift_it(bot: Loader, ref: str) -> None:
    place(bot, ref)
    assert lift(bot, ref, "lead") == legal_holds.ASKED
    assert len(bot.rows("legal_hold")) == 1
    assert lift(bot, ref, "other") == legal_holds.LIFTED
    assert bot.rows("legal_hold") == []
    assert [(r["who"], r["action"], r["outcome"]) for r in bot.rows("audit")] == [
        ("lead", "hold add", "done"),
        ("lead", "hold lift", "asked"),
        ("other", "hold lift", "done"),
    ]


def test_the_same_lead_twice_is_not_two(bot: Loader, ref: str) -> None:
    place(bot, ref, "other")
    lift(bot, ref, "lead")
    with pytest.raises(NotDecided, match="another strategic lead"):
        lift(bot, ref, "lead", 1)
    assert len(bot.rows("legal_hold")) == 1


def test_a_confirmation_comes_within_a_fortnight(bot: Loader, ref: str) -> None:
    place(bot, ref)
    lift(bot, ref, "lead")
    assert lift(bot, ref, "other", 14.1) == legal_holds.ASKED
    assert lift(bot, ref, "lead", 14.2) == legal_holds.LIFTED


def test_what_was_asked_of_an_earlier_hold_does_not_lift_the_next(bot: Loader, ref: str) -> None:
    place(bot, ref)
    lift(bot, ref, "lead")
    lift(bot, ref, "other", 1)
    place(bot, ref, days=2)
    assert lift(bot, ref, "other", 3) == legal_holds.ASKED


def test_it_holds_under_every_reference(bot: Loader, ref: str) -> None:
    bot.load("interviews", interview(occurrence_ref="", started_at="2017-03-01 22:05"))
    second = next(str(c["ref"]) for c in bot.rows("child") if c["ref"] != ref)
    place(bot, second)
    bot.load("children", child())
    with pytest.raises(NotDecided, match="already"):
        place(bot, ref)
    lift(bot, second, "lead")
    with reading(bot.engine) as connection:
        (held,) = legal_holds.all_holds(connection, NOW)
    assert (held.ref, held.lift_asked_by) == (second, "lead")
    assert "lead has asked to lift it" in legal_holds.say_hold(held)
    assert lift(bot, ref, "other") == legal_holds.LIFTED


def test_only_what_is_there_can_be_held_or_lifted(bot: Loader, ref: str) -> None:
    with pytest.raises(NotDecided, match="No child"):
        place(bot, "TS-ZZZZ")
    with pytest.raises(NotDecided, match="not under"):
        lift(bot, ref, "lead")
    assert [r["outcome"] for r in bot.rows("audit")] == ["not_found", "not_held"]
