"""who-looked: the trail of one child, for those who answer for it; others do not learn that the child exists."""

from __future__ import annotations

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.conversation.refusals import not_shown
from bot.conversation.reply import Reply
from bot.rules.audit.chain import Entry
from bot.rules.partnership.partnership import Person
from tests.support.asking import REFERENCES, ask, column, desk, everything, row, table
from tests.support.factories import NOW, episode, hours, person, reference, somebody
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

NORTH, SOUTH, NOBODY = reference(1), reference(2), reference(999)
EPISODES = [episode(1), episode(2, area="south")]
TITLE = "Newest first"


def looked(who: str, ago: float, outcome: str = "answered", action: str = "child", reason: str = "") -> Entry:
    return Entry(NOW - hours(ago), who, "council", "team_manager,analyst", action, outcome, NORTH, 2, "private", reason)


def facts(*entries: Entry) -> MemoryFacts:
    return MemoryFacts(EPISODES, trail=MemoryTrail(entries=list(entries)))


def said(found: MemoryFacts, text: str = f"who-looked {NORTH}", who: str | Person = "north-manager") -> object:
    actor = person(who) if isinstance(who, str) else who
    return desk(found).answer(Request(actor, PRIVATE, text, NOW))


def test_who_when_what_and_why_newest_first() -> None:
    found = facts(
        looked("a", 3),
        looked("b", 2, "not_found"),
        looked("c", 1, action="break-glass", reason="Wilhelmina was seen with her carer"),
    )
    reply = desk(found).answer(Request(person("north-manager"), PRIVATE, f"who-looked {NORTH}", NOW, export=True))
    assert (reply.title, reply.level) == (f"Who looked at {NORTH}, last 90 days", 2)
    assert column(reply, TITLE, "Who") == ["c", "b", "a"]
    assert row(reply, TITLE, "Wed 5 Jul 07:00") == (
        *("c", "team manager, analyst", "council", "break-glass", "answered", "[...] was seen with her carer"),
    )
    assert column(reply, TITLE, "Outcome") == ["answered", "refused", "answered"]
    assert "Wilhelmina" not in everything(reply)
    shown = desk(found).answer(Request(person("north-manager"), PRIVATE, f"who-looked {NORTH}", NOW))
    assert shown.text[1:] == (
        "⚠ c · council · team manager, analyst · Wed 5 Jul 07:00 · break-glass · [...] was seen with her carer",
        "⚠ b · council · team manager, analyst · Wed 5 Jul 06:00 · child, refused",
    )
    *_, first = table(shown, TITLE).rows
    assert first == ("Wed 5 Jul 05:00", "a, council, team manager, analyst", "child")
    last = found.trail.entries[-1]
    assert (last.action, last.subject, last.outcome) == ("who-looked", NORTH, "answered")


def test_what_the_bot_posted_by_itself_is_counted_and_not_listed() -> None:
    posted = [Entry(NOW - hours(n), "bot", "", "", "digest", "done", NORTH) for n in range(1, 13)]
    reply = said(facts(looked("a", 1), *posted))
    assert isinstance(reply, Reply)
    assert reply.text == ("1 question recorded.",)
    assert len(table(reply, TITLE).rows) == 1
    assert "12 posts of the bot itself named the child, to whom it may be named." in reply.footer


def test_ninety_days_unless_said_and_at_most_fifty() -> None:
    old = facts(looked("old", 24 * 91), *(looked(f"p{n}", n / 10) for n in range(60)))
    reply = desk(old).answer(Request(person("lead"), PRIVATE, f"who-looked {NORTH}", NOW))
    assert reply.text == ("60 questions recorded.",)
    assert len(table(reply, TITLE).rows) == 50
    assert reply.footer[0] == "10 more are in the audit trail."
    older = desk(old).answer(Request(person("lead"), PRIVATE, f"who-looked {NORTH} 100 days", NOW))
    assert older.text == ("62 questions recorded.",), "and the first one asked here"


@pytest.mark.parametrize("days", ["0 days", "9999 days"])
def test_an_odd_number_of_days(days: str) -> None:
    assert ask(f"who-looked {NORTH} {days}", of=EPISODES).status == "unclear"


@pytest.mark.parametrize(("who", "ref"), [("north-manager", SOUTH), ("north-manager", NOBODY), ("lead", NOBODY)])
def test_not_theirs_and_no_such_child_are_the_same_and_count_as_a_miss(who: str, ref: str) -> None:
    found = facts(looked("a", 1))
    assert said(found, f"who-looked {ref}", who) == not_shown()
    assert found.trail.misses(who, NOW - hours(1)) == 1


def test_ten_misses_lock_this_too() -> None:
    found = facts()
    for _ in range(10):
        said(found, f"who-looked {NOBODY}")
    replies = [said(found, f"who-looked {ref}") for ref in (NORTH, SOUTH, NOBODY)] + [said(found, f"child {NORTH}")]
    assert replies == [replies[0]] * 4
    assert "locked" in str(replies[0])


@pytest.mark.parametrize(
    "who", ["north-worker", "police", "coordinator", "analyst", "admin", somebody("duty_inspector")]
)
def test_for_managers_and_leads_alone(who: str | Person) -> None:
    assert ask(f"who-looked {NORTH}", who, of=EPISODES).text == (
        "Your role does not include this: it is for the role team manager or strategic lead.",
    )


def test_in_private_alone() -> None:
    assert ask(f"who-looked {NORTH}", of=EPISODES, place=REFERENCES).status == "refused"


def test_a_name_is_not_wanted() -> None:
    assert "not a name" in ask("who-looked Wilhelmina", of=EPISODES).text[0]
