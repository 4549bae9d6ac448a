"""Rulings on doubts in the digest: in the thread of the area for every channel, and never by person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.conversation.reply import Reply
from bot.messages.digest import SAID, compose, compose_counts
from bot.messages.digest_posts import compose_area
from bot.rules.access.permissions import Cases, Scope
from bot.rules.episodes.confirmations import Ruling
from bot.rules.queries.digest_content import Morning, gather
from tests.messages.test_digest import references
from tests.support.asking import section
from tests.support.factories import NOW, episode, hours, partnership, reference, sources
from tests.support.memory_facts import MemoryFacts

SINCE = NOW - hours(24)
OURS = partnership()
LATELY = NOW - hours(3)
BACK = NOW - hours(20)


def ruling(child: int = 1, said_at: datetime = LATELY, **changes: Any) -> Ruling:
    plain = Ruling(1, child, "age", reference(child), "north", "adult", "police", "police", said_at)
    return replace(plain, **changes)


def morning(*said: Ruling, of: tuple[Any, ...] = (), **taken: Any) -> Morning:
    facts = MemoryFacts(of, said=said, taken=sources(NOW, **taken))
    return gather(facts, OURS, Scope(("north",)), (SINCE, NOW), NOW)


def lines(m: Morning) -> tuple[str, ...]:
    return section(compose(m, OURS, "North", 1), SAID)


def area(m: Morning, *wanted: Any) -> Reply | None:
    channel = OURS.channel("north-digest")
    assert channel is not None
    chosen = replace(channel, digest=replace(channel.digest, rows=1, sections=wanted))
    found = compose_area(m, OURS, "North", chosen)
    return found.reply if found else None


def test_nothing_was_said_and_nothing_stands_there() -> None:
    assert SAID not in str(compose(morning(), OURS, "North", 5).as_dict())


def test_each_in_its_words() -> None:
    end: dict[str, Any] = {"kind": "end", "value": "hospital", "at": BACK, "episode_id": 7}
    assert lines(
        morning(
            ruling(1),
            ruling(2, value="child", agency="council", by="north-worker"),
            ruling(3, **end),
            ruling(4, undone_at=NOW - hours(1)),
            ruling(5, **end, undone_at=NOW - hours(1)),
        )
    ) == (
        f"{reference(1)} · an adult, as police said: no longer in these lists · north",
        f"{reference(2)} · a child, as council said: the age is in no doubt any more · north",
        f"{reference(3)} · back Tue 4 Jul 12:00, as police said; no file holds it any more · north",
        f"{reference(4)} · an adult, as police said: taken back, in doubt again, "
        "unless somebody said otherwise · north",
        f"{reference(5)} · back Tue 4 Jul 12:00, as police said: taken back, missing again, by the records · north",
    )


def test_a_file_that_has_it_again_is_named() -> None:
    x = episode(1, NOW - hours(40))
    again: dict[str, Any] = {"overtaken_at": NOW - hours(1), "file_taken_at": NOW - hours(2), "source": "police"}
    end = ruling(1, NOW - hours(30), kind="end", value="", at=BACK, episode_id=x.id, **again)
    (line,) = lines(morning(end, of=(x,)))
    assert line == (
        f"{reference(1)} · back Tue 4 Jul 12:00, as police said, but the Police file of Wed 5 Jul 06:00 has it open: "
        "missing · north"
    )
    (line,) = lines(morning(end))
    assert line.endswith("the Police file of Wed 5 Jul 06:00 has the record again · north")


@pytest.mark.parametrize(
    "changes",
    [{"said_at": SINCE - hours(1)}, {"said_at": NOW}, {"area": "south"}],
    ids=["before the window", "after it", "elsewhere"],
)
def test_only_of_the_window_and_the_areas(changes: dict[str, Any]) -> None:
    assert morning(ruling(**changes)).rulings == []


def test_nothing_of_a_child_who_died() -> None:
    assert morning(ruling(1), of=(episode(1, NOW - hours(40), end_reason="died"),)).rulings == []


def test_nothing_for_who_sees_their_own_cases_alone() -> None:
    scope = Scope(("north",), (Cases("IRO-1", "reviewer"),))
    assert gather(MemoryFacts(said=(ruling(1),)), OURS, scope, (SINCE, NOW), NOW).rulings == []


def test_in_the_thread_whatever_the_channel_chose_and_all_of_them() -> None:
    """The area has nothing else to say, and one row at most of anything else."""
    m = morning(ruling(1), ruling(2), ruling(3))
    for wanted in ((), ("gaps",), ("interviews",)):
        reply = area(m, *wanted)
        assert reply is not None
        assert references(section(reply, SAID)) == [reference(n) for n in (1, 2, 3)]


def test_told_although_the_police_export_is_too_old() -> None:
    assert len(lines(morning(ruling(1), police=NOW - hours(200)))) == 1


def test_no_reference_where_counts_alone_are_seen() -> None:
    facts = MemoryFacts(said=(ruling(1),))
    reply = compose_counts(facts.headline(Scope(("north",)), (SINCE, NOW), NOW), "North", 5)
    assert reference(1) not in str(reply.as_dict())
