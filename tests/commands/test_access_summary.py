"""access-summary: a month of requests in numbers, for leads, without a reference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.conversation.reply import Reply
from bot.rules.audit.chain import Entry
from bot.rules.effects import OpenBreakGlass, ReviewBreakGlass
from tests.support.asking import REFERENCES, ask, desk, everything, table, value
from tests.support.factories import NOW, at, hours, person, reference, somebody
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

JUNE = at("Thu 15 Jun 2017 12:00")
REF = reference(2)


def entry(action: str, outcome: str, when: datetime = JUNE, role: str = "allocated_worker") -> Entry:
    return Entry(when, "w", "council", role, action, outcome, REF)


@pytest.fixture
def trail() -> MemoryTrail:
    ends = date(2017, 7, 20)
    people = (replace(somebody("analyst"), expires=ends), replace(somebody("panel_member"), expires=date(2017, 9, 1)))
    found = MemoryTrail(people=(person("lead"), *people))
    glass = [OpenBreakGlass("w", REF, "south", "why", JUNE, JUNE + hours(0.5), 3) for _ in range(2)]
    found.record(entry("break-glass", "answered"), [*glass, ReviewBreakGlass(1, "lead", "justified", NOW)])
    for each in (
        *(entry("child", "answered") for _ in range(3)),
        entry("child", "not_found"),
        entry("stats as a file", "answered"),
        entry("open", "answered"),
        entry("people grant", "done", role="system_admin"),
        entry("child", "not_found", role=""),
        entry("child", "answered", at("Sat 1 Jul 2017 00:00")),
        entry("child", "answered", at("Wed 31 May 2017 23:59")),
    ):
        found.record(each, [])
    return found


def summary(trail: MemoryTrail, text: str = "access-summary") -> Reply:
    return desk(MemoryFacts(trail=trail)).answer(Request(person("lead"), PRIVATE, text, NOW))


def test_the_last_complete_month(trail: MemoryTrail) -> None:
    reply = summary(trail)
    assert (reply.title, reply.level) == ("Access, 2017-06", 2)
    numbers = {f.label: f.value for f in reply.facts}
    assert numbers == {
        "Looks at a child": 4,
        "Other questions": 1,
        "Refused": 2,
        "Answers as a file": 1,
        "Changes": 1,
        "Children opened outside the area": 2,
    }
    assert table(reply, "By role and agency").rows == (
        ("allocated worker", "council", 4, 1, 1, 1, 0),
        ("none: the server, or nobody listed", "council", 0, 0, 1, 0, 0),
        ("system admin", "council", 0, 0, 0, 0, 1),
    )
    assert table(reply, "Refusals").rows[0] == ("not found", "allocated worker", "council", 1)
    assert table(reply, "Looks outside the area").rows == (("w", 2, 1, 0, 1),)
    assert table(reply, "Access that ends soon").rows == (("some-analyst", "council", "analyst", "20 Jul 2017"),)
    assert "Waiting for review now: 1, of which overdue: 1." in reply.text[0]
    assert "OX-" not in everything(reply)


def test_another_month(trail: MemoryTrail) -> None:
    assert value(summary(trail, "access-summary 2017-05"), "Looks at a child") == 1
    assert value(summary(trail, "access-summary this month"), "Looks at a child") == 1
    assert summary(trail, "access-summary 2018-01").status == "failed"
    for odd in ("north", "2017-05 2017-06", "Wilhelmina"):
        reply = summary(trail, f"access-summary {odd}")
        assert reply.status == "unclear"
        assert "Wilhelmina" not in everything(reply)


@pytest.mark.parametrize("who", ["north-manager", "admin", "analyst", "police"])
def test_for_leads_in_private(who: str) -> None:
    assert ask("access-summary", who).status == "refused"
    assert ask("access-summary", place=REFERENCES).status == "refused"
