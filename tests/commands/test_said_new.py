"""A child whom no export has yet: said in chat by the police's number, under a reference of its own, until a file has
that number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import terminal
from bot.conversation.reply import Reply, Row
from bot.jobs import escalations
from bot.rules.escalations.calls import decisions
from bot.store.database import reading
from tests.support import exports
from tests.support.asking import section
from tests.support.doubts import BECAUSE, MONDAY, TUESDAY, WEDNESDAY, Bot, bot_with, missing
from tests.support.factories import at

NOON = at("Tue 4 Jul 2017 12:00")
SINCE = at("Tue 4 Jul 2017 11:00")
LATER = at("Wed 5 Jul 2017 08:00")
NUMBER = "TVP-43170/7781"


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_with(_a_file, database_url, tmp_path) as found:
        yield found


def _a_file(bot: Bot) -> None:
    """One child missing since Sunday, known to both agencies."""
    bot.load("police", MONDAY, missing(1))
    bot.load("interviews", TUESDAY, exports.interview(occurrence_ref="OCC-1", child_id="C-1", started_at=""))
    bot.load("police", TUESDAY, missing(1))


def say_new(
    bot: Bot, who: str = "police", now: datetime = NOON, area: str = "north", number: str = NUMBER, more: str = ""
) -> Reply:
    return bot.ask(f"said new {area} number {number} missing since 11:00{more} {BECAUSE}", who, now)


def new(bot: Bot, **how: object) -> str:
    """Say the child and return its reference."""
    reply = say_new(bot, **how)  # type: ignore[arg-type]
    assert reply.status == "ok", reply.text
    return reply.title.removeprefix("Recorded: ")


def its_record(**changes: str) -> exports.Row:
    """Return the police record of the absence that was said in chat."""
    times = {"last_seen_at": "04/07/2017 11:10", "reported_at": "04/07/2017 11:30", "risk_at": "", "risk": ""}
    return missing(7, **{"occurrence_ref": NUMBER, **times, **changes})


def listed(bot: Bot, ref: str, now: datetime = LATER, who: str = "police") -> int:
    return sum(row[0] == ref for table in bot.ask("open", who, now, export=True).tables for row in table.rows)


def test_the_child_has_a_reference_at_once_and_is_in_lists_and_calls(bot: Bot) -> None:
    reply = say_new(bot)
    ref = reply.title.removeprefix("Recorded: ")
    assert reply.text[0] == f"{ref} is this child's reference from now on: note it down."
    assert listed(bot, ref, NOON) == 1
    assert "said in chat, in no file yet" in bot.said("open", now=NOON)
    assert ref in bot.said("sources said-missing", "coordinator", NOON)
    assert ref not in bot.said("sources not-identified", "coordinator", NOON)
    child = bot.said(f"child {ref}", now=NOON)
    assert "Said in chat: missing since Tue 4 Jul 11:00, by police (police), Tue 4 Jul 12:00." in child
    assert "ungraded" in rules_met(bot, ref, NOON)
    assert "high" not in rules_met(bot, ref, NOON)
    assert bot.ask(f"said {ref} high at 11:30 {BECAUSE}", now=NOON).status == "ok"
    assert "high" in rules_met(bot, ref, NOON)


def rules_met(bot: Bot, ref: str, now: datetime) -> set[str]:
    p = bot.app.settings.partnership
    with reading(bot.app.database) as connection:
        found = decisions(escalations.look(connection, p, now), p)
    return {c.met.rule.condition for c in found.call if c.met.episode.child_ref == ref}


def test_under_13_calls_at_once_and_is_shown(bot: Bot) -> None:
    ref = new(bot, more=", under 13")
    assert "special" in rules_met(bot, ref, NOON)
    assert "under 13" in bot.said("open", now=NOON)
    (row,) = [x for x in bot.rows("episode") if x["saying"]]
    assert (row["age"], row["youngest"], row["area"], row["area_basis"]) == (None, 12, "north", "said")


def test_the_file_with_the_number_is_the_record_under_the_same_reference(bot: Bot) -> None:
    ref = new(bot)
    (said,) = [x for x in bot.rows("episode") if x["saying"]]
    bot.load("police", WEDNESDAY, missing(1), its_record())
    assert bot.ref(7) == ref
    (x,) = [x for x in bot.rows("episode") if x["saying"]]
    assert (x["id"], x["occurrence_ref"], x["doubts"], x["counted"]) == (said["id"], NUMBER, "", True)
    assert x["start_at"] == at("Tue 4 Jul 2017 11:10")
    assert listed(bot, ref) == 1
    assert ref not in bot.said("sources said-missing", "coordinator", LATER)
    assert [c["nameless"] for c in bot.rows("child")] == [None, None]


@pytest.mark.parametrize("number", [NUMBER.lower(), NUMBER])
def test_large_and_small_letters_are_one_number(bot: Bot, number: str) -> None:
    ref = new(bot, number=number)
    bot.load("police", WEDNESDAY, missing(1), its_record())
    assert bot.ref(7) == ref


def test_another_number_is_another_child_and_the_gap_stays(bot: Bot) -> None:
    ref = new(bot)
    bot.load("police", WEDNESDAY, missing(1), its_record(occurrence_ref="TVP-43170/7782"))
    assert bot.ref(7) != ref
    assert (listed(bot, ref), listed(bot, bot.ref(7))) == (1, 1), "nothing is matched by guess"
    assert ref in bot.said("sources said-missing", "coordinator", LATER)


def test_a_known_child_keeps_its_reference_and_the_new_one_goes_on_answering(bot: Bot) -> None:
    bot.load("police", at("Tue 4 Jul 2017 11:41"), missing(1, returned_at="04/07/2017 09:00"))
    ref, known = new(bot), bot.ref(1)
    bot.ask(f"said {ref} back at 11:50 {BECAUSE}", now=NOON)
    record = its_record(police_ref="NOM-1")
    bot.load("police", WEDNESDAY, missing(1, returned_at="04/07/2017 09:00"), record)
    assert bot.ref(1) == known
    assert (listed(bot, known), listed(bot, ref)) == (1, 0)
    answer = bot.ask(f"child {ref}", now=LATER)
    assert known in answer.title
    assert f"{ref} is {known} now: they are one child." in answer.text
    assert "Said in chat: missing since Tue 4 Jul 11:00, by police (police), Tue 4 Jul 12:00." in bot.said(
        f"child {ref}", now=LATER
    )
    assert "said to be back" in bot.said("open", now=LATER)
    assert f"{ref} is {known} now: they are one child." in bot.ask(f"said {ref}", now=LATER).text
    assert bot.ask(f"said {ref} undo", now=LATER).title == f"Recorded for {known}"


def test_two_numbers_of_one_child_are_one_child(bot: Bot) -> None:
    first = new(bot)
    second = new(bot, number="TVP-43170/7790")
    rows = its_record(), its_record(occurrence_ref="TVP-43170/7790", last_seen_at="04/07/2017 11:20")
    bot.load("police", WEDNESDAY, missing(1), *rows)
    kept = bot.ref(7)
    assert kept in (first, second)
    assert listed(bot, first) + listed(bot, second) == 1
    assert {bot.ask(f"child {r}", now=LATER).status for r in (first, second)} == {"ok"}


def test_a_row_without_a_child_is_the_childs_too(bot: Bot) -> None:
    ref = new(bot)
    bot.load("police", WEDNESDAY, missing(1), its_record(police_ref=""))
    assert listed(bot, ref) == 1
    assert len(bot.rows("child")) == 2
    bot.load("police", WEDNESDAY + timedelta(hours=1), missing(1), its_record())
    assert bot.ask(f"child {ref}", now=WEDNESDAY + timedelta(hours=2)).status == "ok"
    assert listed(bot, bot.ref(7), WEDNESDAY + timedelta(hours=2)) == 1


def test_the_councils_form_that_names_the_number_is_the_record_and_so_is_the_polices_afterwards(bot: Bot) -> None:
    ref = new(bot)
    form = exports.interview(
        episode_id="E-7", occurrence_ref=NUMBER, child_id="C-7", started_at="04/07/2017 11:05", **_OPEN
    )
    bot.load("interviews", WEDNESDAY, form)
    assert listed(bot, ref) == 1
    assert ref not in bot.said("sources said-missing", "coordinator", LATER)
    bot.load("police", WEDNESDAY, missing(1), its_record())
    assert listed(bot, ref) == 1
    assert bot.ref(7) == ref


_OPEN = dict.fromkeys(("ended_at", "returned_at", "offered_at", "response", "held_at", "recorded_at"), "")


def test_taken_back_it_is_in_no_list_and_the_file_that_comes_is_the_same_child(bot: Bot) -> None:
    ref = new(bot, who="north-manager")
    assert bot.ask(f"said {ref} undo", "north-manager", NOON).status == "ok"
    assert listed(bot, ref, NOON) == 0
    assert ref not in bot.said("sources said-missing", "coordinator", NOON)
    known = say_new(bot, "north-manager")
    assert known.text == (f"That number is known already: it is {ref}, not missing now. Say it of that child.",)
    again = bot.ask(f"said {ref} missing since 11:20 {BECAUSE}", "north-manager", NOON)
    assert again.status == "ok", again.text
    assert listed(bot, ref, NOON) == 1
    bot.ask(f"said {ref} undo", "north-manager", NOON)
    bot.load("police", WEDNESDAY, missing(1), its_record())
    assert bot.ref(7) == ref
    assert listed(bot, ref) == 1, "the record counts"


def test_a_number_that_is_known_names_its_child_to_those_who_may_know(bot: Bot) -> None:
    reply = say_new(bot, number="OCC-1")
    assert (reply.status, reply.title) == ("refused", "Not recorded")
    assert (
        reply.text[0]
        == f"That number is known already: it is {bot.ref(1)}, missing since Sun 2 Jul 20:00. Say it of that child."
    )
    ref = new(bot)
    assert f"it is {ref}, missing since Tue 4 Jul 11:00" in say_new(bot, "coordinator").text[0]
    elsewhere = bot.ask(f"said new south number {NUMBER} missing since 11:00 {BECAUSE}", "south-manager", NOON)
    assert elsewhere.status == "refused"
    assert ref not in str(elsewhere)
    assert len([r for r in bot.rows("ruling") if r["kind"] == "missing"]) == 1


@pytest.mark.parametrize(
    ("who", "area"),
    [("police", "north"), ("police-lead", "south"), ("coordinator", "south"), ("north-manager", "north")],
)
def test_the_police_and_an_areas_own_team_may(bot: Bot, who: str, area: str) -> None:
    assert say_new(bot, who, area=area).status == "ok"


@pytest.mark.parametrize(
    ("who", "area"),
    [
        *((who, "north") for who in ("lead", "analyst", "admin", "south-worker", "disability-worker", "nobody")),
        ("north-manager", "south"),
    ],
)
def test_nobody_else_may(bot: Bot, who: str, area: str) -> None:
    assert say_new(bot, who, area=area).status == "refused"
    assert (len(bot.rows("ruling")), len(bot.rows("child"))) == (0, 1)


def test_in_private_alone(bot: Bot) -> None:
    reply = bot.in_channel(f"said new north number {NUMBER} missing since 11:00 {BECAUSE}")
    assert (reply.status, bot.rows("ruling")) == ("refused", [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("north number X1 missing since 2017-07-04 12:01", "That is still to come: say when it happened."),
        ("north number X1 missing since 2017-04-01 12:00", "That is more than 90 days ago"),
        ("north number nought missing since 11:00", "That is no number of an occurrence."),
        ("north missing since 11:00", "Give the police's number of the occurrence after the word number."),
        ("number X1 missing since 11:00", "Name one area: "),
        ("all number X1 missing since 11:00", "Name one area: "),
        ("north number X1 missing", "Since when?"),
        ("north number X1 staying with an aunt since 11:00", "I have not understood all of it, and kept nothing."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_nothing_is_kept(bot: Bot, words: str, said: str) -> None:
    reply = bot.ask(f"said new {words} {BECAUSE}", now=NOON)
    assert reply.status in ("refused", "unclear")
    assert reply.text[0].startswith(said), reply.text
    assert "X1" not in str(reply)
    assert (len(bot.rows("ruling")), len(bot.rows("child"))) == (0, 1)


@pytest.mark.parametrize("reason", ["born 13/03/2003 in town", "she rang from 07700 900123 just now", "ok"])
def test_a_reason_with_personal_details_is_refused(bot: Bot, reason: str) -> None:
    reply = bot.ask(f'said new north number {NUMBER} missing since 11:00 because "{reason}"', now=NOON)
    assert reply.status == "refused"
    assert bot.rows("ruling") == []


def test_the_form_is_the_command(bot: Bot) -> None:
    (button,) = [b for b in bot.ask("open", now=NOON).buttons if b.command == "said new"]
    form = bot.ask(button.command, "north-manager", NOON, forms=True).form
    assert form is not None
    assert form.kind == "said_new"
    assert [o.value for o in form.fields[0].options] == ["north"]
    assert not [b for b in bot.ask("open", "lead", NOON).buttons if b.command == "said new"]


def test_the_next_digest_says_it(bot: Bot) -> None:
    ref = new(bot)
    digest = terminal.digest(bot.app, "north-digest", LATER)
    assert any(ref in line for line in section(digest, "Missing now"))


#: The police's file of Tuesday is too old to be used by then (refuse_after_hours).
MUCH_LATER = at("Thu 13 Jul 2017 08:00")


def shown(reply: Reply) -> set[str]:
    lines = (*reply.text, *(line for section in reply.sections for line in section.lines))
    return {line.subject for line in lines if isinstance(line, Row)}


def test_where_the_police_file_is_too_old_what_was_said_is_listed_and_the_records_are_not_known(bot: Bot) -> None:
    ref = new(bot)
    reply = bot.ask("open", now=MUCH_LATER)
    assert (reply.status, reply.title.endswith(": not known")) == ("failed", True)
    assert "Said in chat, and not all: who else is missing by the police's records is not known." in reply.text
    assert shown(reply) == {ref}, "of the record nothing is said"
    digest = terminal.digest(bot.app, "north-digest", MUCH_LATER)
    assert ref in str(digest)
    assert bot.ref(1) not in str(digest)
    bot.ask(f"said {bot.ref(1)} high at 2017-07-13 07:00 {BECAUSE}", now=MUCH_LATER)
    assert shown(bot.ask("open", now=MUCH_LATER)) == {ref, bot.ref(1)}
    bot.ask(f"said {ref} undo", now=MUCH_LATER)
    bot.ask(f"said {bot.ref(1)} undo", now=MUCH_LATER)
    assert shown(bot.ask("open", now=MUCH_LATER)) == set()
