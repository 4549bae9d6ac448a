"""A child whom no export has: the police's number is nowhere in clear; erasure, retention and copies know the child."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.cli import terminal
from bot.rules.audit.chain import Entry
from bot.rules.partnership.partnership import Retention
from bot.store.database import reading
from bot.store.retention.daily import retain
from bot.store.retention.decisions import carry_out
from bot.store.retention.erasure import erase
from bot.store.retention.subject_access import everything_on
from bot.store.schema.records import metadata
from tests.commands.test_said_new import LATER, NOON, NUMBER, bot, its_record, new, say_new
from tests.support.asking import REFERENCES
from tests.support.doubts import BECAUSE, WEDNESDAY, Bot, missing

__all__ = ["bot"]

LEAD = Entry(NOON, "lead", "council", "strategic_lead", "subject erase", "", level=2, place="private", reason="asked")
PARTS = (NUMBER, NUMBER.lower(), "43170/7781", "70/7781", "TVP-43")


def all_values(bot: Bot) -> str:
    return "\n".join(str(v) for table in metadata.tables for row in bot.rows(table) for v in row.values())


def test_the_polices_number_is_in_no_message_row_log_or_file(
    bot: Bot, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    replies = [say_new(bot)]
    ref = replies[0].title.removeprefix("Recorded: ")
    replies += [say_new(bot), say_new(bot, "coordinator"), say_new(bot, "lead")]
    wrong = ("", "missing since 25:00", "missing since 3", "x y", "missing since 2017-07-04 23:00", "and 1 and 2")
    for words in wrong:
        replies.append(bot.ask(f"said new north number {NUMBER} {words} {BECAUSE}", now=NOON))
    replies.append(bot.ask(f"said new {NUMBER} north missing since 11:00 {BECAUSE}", now=NOON))
    replies.append(bot.ask(f"said new north number {NUMBER} missing since 11:00", now=NOON))
    replies.append(bot.ask(f"said new number {NUMBER} missing since 11:00 {BECAUSE}", now=NOON))
    replies.append(bot.ask(f"open {NUMBER}", now=NOON))
    for question in (
        f"child {ref}",
        f"said {ref}",
        "open",
        "today",
        "escalations",
        "my-access",
        "sources said-missing",
    ):
        replies.append(bot.ask(question, now=NOON))
    replies.append(terminal.digest(bot.app, "north-digest", LATER))
    replies.append(bot.ask(f"said {ref} undo", now=NOON))
    said = "\n".join((*map(str, replies), caplog.text, *capfd.readouterr(), all_values(bot)))
    assert [p for p in PARTS if p in said] == []
    held = b"".join(f.read_bytes() for f in bot.folder.rglob("*") if f.is_file() and f.suffix != ".csv")
    assert [p for p in PARTS if p.encode() in held] == []
    assert ref in all_values(bot), "the dump is one of the database that was used"


def test_beyond_one_person_nothing_of_it_can_be_said_and_counts_show_no_reference(bot: Bot) -> None:
    ref = new(bot)
    assert ref not in str(terminal.digest(bot.app, "county-counts", LATER))
    for text in ("said new", f"said {ref}", f"said {ref} undo"):
        assert bot.in_channel(text).status == "refused"
    assert REFERENCES.level == 1


@pytest.mark.parametrize("who", ["lead", "analyst", "admin", "south-worker", "south-manager", "nobody"])
def test_people_of_elsewhere_see_nothing_and_take_nothing_back(bot: Bot, who: str) -> None:
    ref = new(bot)
    questions = (f"said {ref}", f"said {ref} undo", f"said {ref} back at 11:30 {BECAUSE}")
    replies = [bot.ask(text, who, NOON) for text in questions]
    assert {r.status for r in replies} <= {"refused"}
    assert [r["undone_at"] for r in bot.rows("ruling")] == [None]
    if who in ("south-worker", "south-manager"):
        assert ref not in str(bot.ask("open", who, NOON))
        none = bot.ask("said OX-ZZZZ undo", who, NOON)
        assert replies[1].text == none.text, "no such child and not theirs are one answer"


def erased(bot: Bot, ref: str, now: datetime) -> Any:
    def work(connection: Connection) -> Any:
        return erase(connection, bot.app.sealing_key, ref, now)

    return carry_out(bot.app.database, bot.app.sealing_key, [LEAD], work)


def test_erasure_takes_what_was_said_along_and_a_record_that_comes_is_a_new_child(bot: Bot) -> None:
    """The number may have been typed wrongly: it must not keep another missing child out."""
    ref = new(bot)
    bot.ask(f"said {ref} undo", now=NOON)
    erased(bot, ref, NOON + timedelta(hours=1))
    assert bot.rows("ruling") == []
    for table in ("child", "child_alias", "episode", "step", "nudge", "escalation", "handle"):
        assert ref not in "\n".join(str(v) for row in bot.rows(table) for v in row.values())
    bot.load("police", WEDNESDAY, missing(1), its_record())
    assert bot.ref(7) != ref
    assert bot.ref(7) in bot.said("open", now=LATER)


def test_the_reference_of_an_erased_child_is_given_to_no_other(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = new(bot)
    bot.ask(f"said {ref} undo", now=NOON)
    erased(bot, ref, NOON + timedelta(hours=1))
    monkeypatch.setattr("bot.store.queries.children.new_reference", lambda *_: ref)
    again = say_new(bot, number="TVP-1")
    assert (again.status, again.title) == ("refused", "Not done")
    assert bot.rows("ruling") == []


def test_retention_removes_the_child_and_what_was_said(bot: Bot) -> None:
    ref = new(bot)
    bot.ask(f"said {ref} undo", now=NOON)
    years = NOON + timedelta(days=365 * 9)
    retain(bot.app.database, bot.app.sealing_key, Retention(records_months=72), years)
    assert [r for r in bot.rows("child") if r["ref"] == ref] == []
    assert bot.rows("ruling") == []


def test_retention_keeps_one_who_is_said_to_be_missing_still(bot: Bot) -> None:
    ref = new(bot)
    retain(bot.app.database, bot.app.sealing_key, Retention(records_months=72), NOON + timedelta(days=365 * 9))
    assert [r["ref"] for r in bot.rows("child") if r["ref"] == ref] == [ref]


def test_subject_access_has_what_was_said(bot: Bot) -> None:
    ref = new(bot, more=" under 13")
    with reading(bot.app.database) as connection:
        held = everything_on(connection, ref)
    (said,) = held["ruling"]
    assert (said["kind"], said["area"], said["under_13"], said["by"]) == ("missing", "north", True, "police")
    assert [e["start_at"] for e in held["episode"]] == ["2017-07-04T10:00:00+00:00"]
    assert any(row["action"] == "said new" for row in held["audit"])
