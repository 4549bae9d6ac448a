"""Steps reported in chat, in the morning digest: beside the record, never in place of it."""

from __future__ import annotations

from bot.conversation.reply import Reply
from bot.rules.interviews.steps import InterviewStep, Kind
from tests.messages.test_digest import back, digest, titles
from tests.support.asking import section
from tests.support.factories import NOW, Recorded, hours, reference
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

OVER = "Over by what was said in chat, not in the record yet"


def said(x: Recorded, *steps: tuple[Kind, float, str]) -> MemoryFacts:
    """Facts in which these were said of one interview, each so many hours ago."""
    told = [
        InterviewStep(n, x.id, kind, NOW - hours(ago), NOW - hours(ago), "north-worker", detail=detail)
        for n, (kind, ago, detail) in enumerate(steps, 1)
    ]
    return MemoryFacts([x], trail=MemoryTrail(work=MemoryWork(said=told)))


def interviews(reply: Reply) -> str:
    """Return the counts of interviews."""
    (found,) = (line for line in reply.text if line.startswith("Interviews: "))
    return found


def test_held_in_chat_is_overdue_no_more() -> None:
    x = back(1, 80)
    assert "Interviews: 1 overdue · " in interviews(digest(MemoryFacts([x])))
    reply = digest(said(x, ("held", 9, "")))
    assert "Interviews: 0 overdue · " in interviews(reply)
    (line,) = section(reply, "Held, not recorded")
    assert line.endswith("held (Tue 4 Jul 23:00), said in chat by north-worker, not in the record yet")


def test_a_no_in_chat_ends_the_debt_and_is_still_to_be_written_down() -> None:
    x = back(1, 80)
    reply = digest(said(x, ("offered", 30, "phone"), ("declined", 29, "child")))
    assert "Interviews: 0 overdue · " in interviews(reply)
    (line,) = section(reply, OVER)
    assert reference(1) in line
    assert "declined by the child (Tue 4 Jul 03:00), said in chat by north-worker" in line
    assert f"carer not yet contacted: 1 ({reference(1)})" in " ".join(section(reply, "Return interviews, where"))
    contacted = digest(said(x, ("offered", 30, "phone"), ("declined", 29, "child"), ("carer_contacted", 28, "")))
    assert "carer not yet contacted: 0" in " ".join(section(contacted, "Return interviews, where"))


def test_the_carer_is_asked_after_for_two_weeks_from_when_it_was_said() -> None:
    old = digest(said(back(1, 24 * 20), ("offered", 24 * 16, ""), ("declined", 24 * 15, "child")))
    assert "carer not yet contacted: 0" in " ".join(section(old, "Return interviews, where"))
    assert len(section(old, OVER)) == 1


def test_where_nothing_was_said_nothing_is_added() -> None:
    reply = digest(MemoryFacts([back(1, 80)]))
    assert OVER not in " ".join(titles(reply))
    assert "chat" not in " ".join(line for s in reply.sections for line in s.lines)


def test_who_took_it_over_owns_it_in_the_morning() -> None:
    x = back(1, 30, None)
    assert " · 1 no owner" in interviews(digest(MemoryFacts([x])))
    reply = digest(said(x, ("took_over", 1, "")))
    assert " · 0 no owner" in interviews(reply)
