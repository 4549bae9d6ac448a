"""Calls in their table: raised once, acknowledged once, and going with their record when records are put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.rules.effects import Acknowledge, Overtaken
from bot.rules.escalations.calls import Raised
from bot.store.database import reading, writing
from bot.store.delivery import escalations
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.schema.delivery import escalation
from tests.support.escalation_calls import Calls, calls
from tests.support.exports import child, interview, police
from tests.support.factories import NOW, episode, hours
from tests.support.loader import Loader, loader
from tests.support.memory_chat_records import MemoryWork

NEW = Raised(0, "open", 1, "police", 1, "duty_inspector", "police", NOW, NOW + hours(2), decide_by=NOW + hours(90))


@pytest.fixture
def bot(database_url: str) -> Iterator[Calls]:
    with calls(database_url) as found:
        found.put(episode(1, id=1), episode(2, id=2))
        yield found


def raise_(bot: Calls, *new: Raised) -> list[int | None]:
    with writing(bot.engine) as connection:
        return [escalations.add(connection, each) for each in new]


def test_what_was_written_is_read_back_and_once(bot: Calls) -> None:
    first, again = raise_(bot, NEW, NEW)
    assert (first, again) == (1, None)
    assert bot.raised() == [replace(NEW, id=1)]
    assert raise_(bot, replace(NEW, crossing=2), replace(NEW, tier=2), replace(NEW, agency="council")).count(None) == 0


def test_an_episode_that_is_there_no_more_calls_nobody(bot: Calls) -> None:
    assert raise_(bot, replace(NEW, episode_id=4711)) == [None]


def test_each_change_can_be_made_once(bot: Calls) -> None:
    raise_(bot, NEW, replace(NEW, agency="council", person=""))
    number, vacant = (r.id for r in bot.raised())
    with writing(bot.engine) as connection:
        assert [escalations.go_on(connection, number) for _ in range(2)] == [True, False]
        assert [escalations.fill(connection, vacant, "lead", NOW) for _ in range(2)] == [True, False]
        assert [escalations.close(connection, number, "over", NOW) for _ in range(2)] == [True, False]
        assert not escalations.go_on(connection, number)
        assert [escalations.reopen(connection, number, NOW + hours(5)) for _ in range(2)] == [True, False]
    (found, filled) = bot.raised()
    assert (found.closed_at, found.acknowledge_by, found.next_raised) == (None, NOW + hours(5), False)
    assert filled.person == "lead"
    bot.acknowledge(number, "police", NOW)
    with writing(bot.engine) as connection:
        assert not escalations.go_on(connection, number)
        assert not escalations.reopen(connection, number, NOW)


def test_memory_answers_as_the_store_does(bot: Calls) -> None:
    """Reading and acknowledging: what the commands' tests stand on."""
    others = [
        replace(NEW, tier=2),
        replace(NEW, agency="council"),
        replace(NEW, rule="high", episode_id=2, decide_by=None),
    ]
    raise_(bot, NEW, *others)
    memory = MemoryWork(raised=bot.raised())
    first = bot.raised()[1].id
    bot.acknowledge(first, "police-lead", NOW)
    memory.carry_out(Acknowledge(first, "police-lead", NOW))
    for number in (r.id for r in bot.raised()[:2]):
        with pytest.raises(Overtaken) as stored:
            bot.acknowledge(number, "police", NOW)
        with pytest.raises(Overtaken) as kept:
            memory.carry_out(Acknowledge(number, "police", NOW))
        assert str(stored.value) == str(kept.value) == "police-lead acknowledged this on Wed 5 Jul 08:00."
    with writing(bot.engine) as connection:
        escalations.close(connection, bot.raised()[3].id, "over", NOW)
    memory.raised[3] = replace(memory.raised[3], closed_at=NOW, closed_because="over")
    with pytest.raises(Overtaken, match="closed") as stored:
        bot.acknowledge(bot.raised()[3].id, "police", NOW)
    with pytest.raises(Overtaken, match="closed") as kept:
        memory.carry_out(Acknowledge(bot.raised()[3].id, "police", NOW))
    assert str(stored.value) == str(kept.value)
    with reading(bot.engine) as connection:
        work = StoredChatRecords(connection)
        asked: list[tuple[str, tuple[object, ...]]] = [
            *(("escalations", (numbers,)) for numbers in ([1, 2], [])),
            ("open_escalations", ()),
            ("unclosed_escalations", ()),
            *(("decisions", (when,)) for when in (NOW, NOW + hours(91))),
            *(("escalation", (number,)) for number in (first, 99)),
        ]
        for name, given in asked:
            assert getattr(work, name)(*given) == getattr(memory, name)(*given), name


# -- when records are put together --


#: Two months before the police's record: not taken for the same absence.
NIGHT = {"started_at": "2017-01-01 22:00", "ended_at": "2017-01-02 03:00"}


@pytest.fixture
def loaded(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    """A police record and a council record that nothing ties together yet: two episodes, both calling."""
    with loader(database_url, tmp_path) as found:
        found.load("police", police())
        found.load("children", child())
        found.load(
            "interviews", interview(occurrence_ref="", started_at="2017-01-01 22:00", ended_at="2017-01-02 03:00")
        )
        assert len(found.rows("episode")) == 2
        yield found


def call(bot: Loader, number: int, **changes: object) -> None:
    keys = next(x for x in bot.rows("episode") if x["id"] == number)
    said = {"rule": "open", "agency": "police", "tier": 1, "role": "r", "person_id": "p", "raised_at": NOW}
    row = {**said, "acknowledge_by": NOW, "episode_id": number, **changes}
    with writing(bot.engine) as connection:
        refs = {name: keys[name] for name in ("occurrence_ref", "episode_ref")}
        connection.execute(insert(escalation).values(**row, **refs))


def tie(bot: Loader) -> int:
    """The council's export names the police's record: one episode, and its number."""
    bot.load("interviews", interview(**NIGHT))
    (x,) = bot.rows("episode")
    return int(x["id"])


def test_a_call_goes_with_its_record(loaded: Loader) -> None:
    numbers = [x["id"] for x in loaded.rows("episode")]
    for number, agency in zip(numbers, ("police", "council"), strict=True):
        call(loaded, number, agency=agency)
    stays = tie(loaded)
    assert [(r["agency"], r["episode_id"], r["closed_at"]) for r in loaded.rows("escalation")] == [
        ("police", stays, None),
        ("council", stays, None),
    ]


@pytest.mark.parametrize("acknowledged", [None, 0, 1])
def test_the_same_call_on_both_records_stops_no_load(loaded: Loader, acknowledged: int | None) -> None:
    """One call stays, and if either was acknowledged, so is that one."""
    done = {"acknowledged_at": NOW, "acknowledged_by": "police"}
    for n, x in enumerate(loaded.rows("episode")):
        call(loaded, x["id"], **(done if n == acknowledged else {}))
    stays = tie(loaded)
    rows = loaded.rows("escalation")
    assert {r["episode_id"] for r in rows} == {stays}
    assert sorted(r["closed_because"] for r in rows) == ["", "merged"]
    (kept,) = [r for r in rows if r["crossing"] == 1]
    assert (kept["closed_at"], kept["acknowledged_by"]) == (None, None if acknowledged is None else "police")
