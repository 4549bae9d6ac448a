"""One interview after a merge (domain.md 10.2, case 11): exports, steps in chat, lists, digest and reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.jobs import reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from tests.support import exports
from tests.support.asking import column, offered
from tests.support.doubts import Bot, bot_on
from tests.support.factories import at
from tests.support.memory_platform import MemoryChat

#: Back on Friday at 10:00, gone again, and back on Monday at 09:00: due on Monday 10:00, and on Thursday 09:00.
LOADED = at("Tue 4 Jul 2017 07:00")
TALK = at("Tue 4 Jul 2017 16:00")
WORKER = "north-worker"
EMPTY = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent")


def absence(number: int, start: str, back: str) -> exports.Row:
    return exports.police(
        occurrence_ref=f"OCC-{number}",
        last_seen_at=start,
        reported_at=start,
        risk_at=start,
        found_at="",
        prevention_interview_at="",
        returned_at=back,
        end_reason="returned_self",
    )


def owed(number: int, start: str, back: str, **cells: str) -> exports.Row:
    """The council's record of an absence, with an interview that nobody has written up."""
    times = {"started_at": start, "ended_at": back, "returned_at": back}
    refs = {"episode_id": f"EP-{number}", "occurrence_ref": f"OCC-{number}"}
    return exports.interview(**{**dict.fromkeys(EMPTY, ""), **times, **refs, **cells})


ABSENCES = (
    absence(1, "29/06/2017 20:00", "30/06/2017 10:00"),
    absence(2, "02/07/2017 20:00", "03/07/2017 09:00"),
)
OWED = (
    owed(1, "2017-06-29 20:00", "2017-06-30 10:00"),
    owed(2, "2017-07-02 20:00", "2017-07-03 09:00"),
)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        found.load("police", LOADED, *ABSENCES)
        found.load("children", LOADED, exports.child())
        found.load("interviews", LOADED, *OWED)
        yield found


def say(bot: Bot, words: str, now: datetime = TALK) -> Reply:
    return bot.ask(f"interview {bot.ref()} {words}", WORKER, now)


def numbers(bot: Bot) -> tuple[int, ...]:
    return tuple(x["id"] for x in sorted(bot.rows("episode"), key=lambda x: x["start_at"]))


def states(bot: Bot, now: datetime, of: str = "interviews mine") -> list[object]:
    """Return the states of the worker's interviews, as the list has them."""
    reply = bot.ask(of, WORKER, now, export=True)
    return column(reply, "Return interviews", "State") if reply.tables else []


def reminded(bot: Bot, *moments: datetime) -> str:
    """Return everything that the ticks of these moments sent."""
    chat = MemoryChat(describes={})

    def run_at(now: datetime) -> Run:
        return Run(bot.app.database, bot.app.partnership, {chat.name: chat}, b"k" * 32, "a", lambda connection: now)

    for now in moments:
        tick(run_at(now), (reminders.JOB,), moments[0])
    return "\n".join(m.text for m in chat.messages)


DIRECTIONS = ("#{0} merge", "#{1} merge", "#{0} merge into #{1}", "#{1} merge into #{0}")


@pytest.mark.parametrize("merge", DIRECTIONS)
@pytest.mark.parametrize("held", ["#{0} held at 15:00", "#{1} held at 15:00", "held at 15:00"])
def test_after_a_merge_a_talk_that_was_held_comes_back_nowhere(bot: Bot, merge: str, held: str) -> None:
    both = numbers(bot)
    assert states(bot, TALK) == ["overdue", "due"]
    assert "overdue by" in as_text(terminal.digest(bot.app, "north-digest", TALK))
    assert "one talk may be for both (merge)" in as_text(say(bot, f"#{both[0]}"))
    said = say(bot, merge.format(*both))
    assert said.status == "ok", said.text
    assert "(merge)" not in as_text(said)
    assert "(merge)" not in as_text(say(bot, f"#{both[0]}"))
    assert not any(f"merge into #{n}" in each for each in offered(say(bot, f"#{both[0]}")) for n in both)

    reply = say(bot, held.format(*both))
    assert reply.title == f"Recorded for {bot.ref()} #{both[0]} and #{both[1]}", "nothing is asked"
    for number in both:
        assert say(bot, f"#{number}").title.endswith(": held")
    assert states(bot, TALK) == ["held", "held"]
    wednesday, friday = at("Wed 5 Jul 2017 08:00"), at("Fri 7 Jul 2017 08:31")
    for now in (wednesday, friday):
        assert states(bot, now, "interviews overdue") == []
        assert states(bot, now, "interviews due") == []
        digest = as_text(terminal.digest(bot.app, "north-digest", now))
        assert "overdue by" not in digest
    told = reminded(bot, at("Wed 5 Jul 2017 08:31"), at("Wed 5 Jul 2017 17:00"), friday)
    assert all("held, not recorded" in line for line in told.splitlines() if bot.ref() in line)


def test_each_deadline_is_tested_for_itself(bot: Bot) -> None:
    one, two = numbers(bot)
    say(bot, f"#{one} merge")
    assert bot.ref() in reminded(bot, at("Wed 5 Jul 2017 08:31")), "until it is held, both run on"
    say(bot, "held at 15:00")
    first, second = (say(bot, f"#{n}").text[0] for n in (one, two))
    assert "held, not recorded" in first
    assert "due Mon 3 Jul 10:00" in first
    assert "held, not recorded" in second
    assert "due Thu 6 Jul 09:00" in second


def test_a_talk_before_the_last_return_is_refused_whichever_number_is_named(bot: Bot) -> None:
    one, two = numbers(bot)
    say(bot, f"#{two} merge")
    for words in (f"#{one} held", f"#{two} held", "held"):
        reply = say(bot, f"{words} at 30/6 15:00")
        assert reply.text == ("Fri 30 Jun 15:00 is before the child's return (Mon 3 Jul 09:00).",)


@pytest.mark.parametrize("which", [0, 1])
def test_unmerged_each_has_what_was_said_by_its_own_number(bot: Bot, which: int) -> None:
    one, two = numbers(bot)
    say(bot, f"#{one} merge")
    say(bot, f"#{two} held at 15:00")
    reply = say(bot, f"#{(one, two)[which]} unmerge")
    assert reply.status == "ok", reply.text
    text = "\n".join(reply.text)
    assert "a talk of its own again" in text
    assert f"#{one} · back Fri 30 Jun" in text
    assert "· overdue by" in text
    assert "· held, not recorded" in text
    assert sorted(map(str, states(bot, TALK))) == ["held", "overdue"]
    assert say(bot, f"#{one} unmerge").text == ("It is not put together with another one.",)
    say(bot, f"#{(one, two)[which]} undo")
    assert states(bot, TALK) == ["held", "held"], "taken back, they are one again"


def test_of_two_people_at_once_the_second_is_told_though_they_name_the_two_numbers(bot: Bot) -> None:
    one, two = numbers(bot)
    say(bot, f"#{one} merge")
    version = bot.rows("step")[-1]["id"]
    assert say(bot, f"#{one} held at 15:00 v{version}").status == "ok"
    second = bot.ask(f"interview {bot.ref()} #{two} held at 15:10 v{version}", "north-manager", TALK)
    assert second.text[0].startswith(f"{WORKER} was first: held")
    assert [x["kind"] for x in bot.rows("step")] == ["merged", "held"]


def test_the_councils_record_of_one_is_seen_of_both_and_only_its_own_is_counted(bot: Bot) -> None:
    one, _ = numbers(bot)
    say(bot, f"#{one} merge")
    talk = {"offered_at": "2017-07-03 12:00", "response": "accepted", "held_at": "2017-07-04 15:00"}
    later = at("Wed 5 Jul 2017 07:00")
    bot.load("interviews", later, OWED[0], owed(2, "2017-07-02 20:00", "2017-07-03 09:00", **talk))
    assert states(bot, at("Wed 5 Jul 2017 08:00")) == ["held", "held"]
    told = reminded(bot, at("Wed 5 Jul 2017 08:31"))
    assert all("held, not recorded" in line for line in told.splitlines() if bot.ref() in line)


@pytest.mark.parametrize("into", [False, True])
def test_a_merge_follows_the_record_when_a_load_takes_a_number_away(bot: Bot, into: bool) -> None:
    """The council's record turns out to be of an absence that the police have: one of the two numbers goes."""
    alone = owed(3, "2017-07-01 10:00", "2017-07-01 22:00", occurrence_ref="")
    bot.load("police", at("Tue 4 Jul 2017 08:00"), *ABSENCES, absence(3, "28/06/2017 20:00", "28/06/2017 23:00"))
    bot.load("interviews", at("Tue 4 Jul 2017 08:00"), *OWED, alone)
    by_ref = {x["episode_ref"]: x["id"] for x in bot.rows("episode")}
    one, gone = by_ref["EP-1"], by_ref["EP-3"]
    assert say(bot, f"#{one} merge into #{gone}" if into else f"#{gone} merge into #{one}").status == "ok"
    say(bot, f"#{gone} held at 15:00")
    bot.load("interviews", at("Tue 4 Jul 2017 17:00"), *OWED, {**alone, "occurrence_ref": "OCC-3"})
    (heir,) = [x["id"] for x in bot.rows("episode") if x["episode_ref"] == "EP-3"]
    assert heir != gone
    evening = at("Tue 4 Jul 2017 18:00")
    assert [say(bot, f"#{n}", evening).title.split(": ")[1] for n in (one, heir)] == ["held", "held"]
    assert f"one interview with #{heir}" in say(bot, f"#{one}", evening).text[0]
