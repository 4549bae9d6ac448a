"""Away from placement three times in three days (domain.md R20): an interview where the partnership asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.app import App
from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.jobs import reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.rules.partnership.partnership import AwayRule
from bot.settings import read_settings
from tests.journeys.test_one_interview import EMPTY
from tests.support import exports
from tests.support.asking import column, value
from tests.support.doubts import Bot
from tests.support.factories import at, hours
from tests.support.memory_platform import MemoryChat

LOADED = at("Tue 4 Jul 2017 20:00")
MORNING = at("Wed 5 Jul 2017 08:00")
WORKER = "north-worker"
RULE = AwayRule(episodes=3, days=7)


def away(number: int, start: str, back: str, **cells: str) -> exports.Row:
    """The council's record of an absence from placement; the police have none."""
    times = {"started_at": start, "ended_at": back, "returned_at": back}
    refs = {"episode_id": f"AW-{number}", "occurrence_ref": "", "kind": "away"}
    return exports.interview(**{**dict.fromkeys(EMPTY, ""), **times, **refs, **cells})


THIRD = ("2017-07-03 20:00", "2017-07-03 23:00")
THREE = (
    away(1, "2017-07-01 20:00", "2017-07-01 23:00"),
    away(2, "2017-07-02 20:00", "2017-07-02 23:00"),
    away(3, *THIRD),
)


@contextmanager
def bot_of(rule: AwayRule | None, url: str, folder: Path) -> Iterator[Bot]:
    settings = read_settings({"BOT_DATABASE_URL": url})
    partnership = replace(settings.partnership, away_interviews=rule)
    with closing(App(replace(settings, data_folder=folder, partnership=partnership))) as app:
        yield Bot(app, folder)


def loaded(bot: Bot, *rows: exports.Row) -> Bot:
    bot.load("police", LOADED, exports.police(occurrence_ref="OCC-9", police_ref="NOM-9"))
    bot.load("children", LOADED, exports.child())
    bot.load("interviews", LOADED, *(rows or THREE))
    return bot


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_of(RULE, database_url, tmp_path) as found:
        yield loaded(found)


def due(bot: Bot) -> list[object]:
    reply = bot.ask("interviews mine", WORKER, MORNING, export=True)
    return column(reply, "Return interviews", "State") if reply.tables else []


def test_without_the_setting_nothing_is_asked(database_url: str, tmp_path: Path) -> None:
    with bot_of(None, database_url, tmp_path) as bot:
        loaded(bot)
        assert due(bot) == []
        reply = bot.ask(f"interview {bot.ref()}", "coordinator", MORNING)
        assert reply.text == ("No return interview is expected of anybody.",)


def test_the_third_one_has_an_interview_like_any_other(bot: Bot) -> None:
    assert due(bot) == ["due, away from placement"]
    ref = bot.ref()
    reply = bot.ask(f"interview {ref}", WORKER, MORNING)
    assert "due Thu 6 Jul 23:00" in reply.text[0], "72 hours from the return"
    assert "away from placement" in reply.text[0]
    digest = as_text(terminal.digest(bot.app, "north-digest", at("Thu 6 Jul 2017 08:00")))
    (line,) = [line for line in digest.splitlines() if ref in line]
    assert "away from placement" in line
    chat = MemoryChat(describes={})
    now = at("Wed 5 Jul 2017 08:31")
    run = Run(bot.app.database, bot.app.partnership, {chat.name: chat}, b"k" * 32, "a", lambda _: now)
    tick(run, (reminders.JOB,), MORNING)
    assert any(ref in m.text for m in chat.messages), "its worker is reminded"
    for step in ("offered at 07:00", "accepted at 07:10", "held at 07:30", "recorded at 07:45"):
        assert bot.ask(f"interview {ref} {step}", WORKER, MORNING).title.startswith("Recorded for")
    bot.load(
        "interviews",
        at("Wed 5 Jul 2017 07:50"),
        *THREE[:2],
        away(3, *THIRD, offered_at="2017-07-05 07:00", held_at="2017-07-05 07:30", recorded_at="2017-07-05 07:45"),
    )
    assert due(bot) == []


def test_figures_count_missing_episodes_alone(bot: Bot) -> None:
    reply = bot.ask("interviews 2017-07 north", "lead", MORNING)
    assert value(reply, "Interviews: Completed") is None
    assert "0 of 0 completed" in as_text(reply)
    stats = bot.ask("stats north 2017-07", "lead", MORNING)
    assert [value(stats, name) for name in ("Children", "Children missing at any time")] == [0, 0]


def test_while_the_child_is_away_it_is_not_due_yet(database_url: str, tmp_path: Path) -> None:
    with bot_of(RULE, database_url, tmp_path) as bot:
        loaded(bot, *THREE[:2], away(3, "2017-07-03 20:00", ""))
        assert due(bot) == []
        reply = bot.ask(f"interview {bot.ref()}", WORKER, MORNING)
        assert reply.text == ("Not due yet: the 72 hours begin with the return.",)


def test_a_hosted_child_s_is_the_placing_authority_s(database_url: str, tmp_path: Path) -> None:
    with bot_of(RULE, database_url, tmp_path) as bot:
        bot.load("children", LOADED - hours(1), exports.child(placing_authority="LA-9"))
        bot.load("interviews", LOADED, *THREE)
        assert due(bot) == []


def test_a_fourth_that_comes_first_and_a_correction_change_who_needs_one(bot: Bot) -> None:
    """The records decide, not the order in which files brought them."""
    wednesday = at("Wed 5 Jul 2017 07:00")
    bot.load("interviews", wednesday, *THREE, away(4, "2017-06-30 20:00", "2017-06-30 21:00"))
    assert due(bot) == ["due, away from placement"] * 2, "the second of three is the third of four"
    bot.load("interviews", at("Wed 5 Jul 2017 07:20"), *THREE[:2], away(3, *THIRD, kind="missing"))
    assert due(bot) == ["due", "due, away from placement"] or due(bot) == ["due, away from placement", "due"]


def test_the_police_make_it_missing_and_then_it_is_one_of_those(bot: Bot) -> None:
    police = exports.police(
        occurrence_ref="OCC-3",
        last_seen_at="2017-07-03 20:00",
        reported_at="2017-07-03 20:30",
        risk_at="2017-07-03 20:30",
        found_at="",
        returned_at="2017-07-03 23:00",
        prevention_interview_at="",
        end_reason="returned_self",
    )
    bot.load("police", at("Wed 5 Jul 2017 07:00"), police)
    bot.load("interviews", at("Wed 5 Jul 2017 07:00"), *THREE[:2], away(3, *THIRD, occurrence_ref="OCC-3"))
    assert due(bot) == ["due"]
    assert value(bot.ask("stats north 2017-07", "lead", MORNING), "Children") == 1


def test_what_began_before_its_first_day_needs_none(database_url: str, tmp_path: Path) -> None:
    with bot_of(replace(RULE, since=date(2017, 7, 4)), database_url, tmp_path) as bot:
        loaded(bot)
        assert due(bot) == []
