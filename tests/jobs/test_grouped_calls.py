"""Calls to one person in one moment are one message, a block a child; it changes as they are passed on and settled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from bot.chat.slack.rendering import post
from bot.conversation.outbound import Later, PostRefused
from bot.jobs import escalations
from bot.jobs.delivery import tick
from bot.jobs.escalations import MOST
from bot.rules.effects import Acknowledge
from bot.rules.escalations.calls import Raised
from bot.store.database import reading
from bot.store.schema.metadata import metadata
from tests.support.factories import NOW, Recorded, episode, hours, reference
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import SHARED_CHANNEL, Kept, MemoryChat

CHILD = date(2006, 1, 1)  # 11 years old
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bot(database_url: str) -> Iterator[Scene]:
    with scene(database_url) as made:
        yield made


def special(*children: int, **changes: object) -> list[Recorded]:
    return [episode(n, NOW - hours(2), birth=CHILD, **changes) for n in children]  # type: ignore[arg-type]


def report(bot: Scene, *episodes: Recorded) -> None:
    """Store episodes as a load of its own would."""
    with reading(bot.database) as connection:
        loads = connection.execute(select(func.count()).select_from(metadata.tables["source_load"])).scalar_one()
    bot.put(*episodes, taken_at=NOW - timedelta(seconds=int(loads)))


def to(bot: Scene, who: str) -> list[Kept]:
    return bot.chat.to(who)


def offered(kept: Kept) -> list[tuple[str, str]]:
    return [(b.label, b.command) for b in kept.message.reply.pressable]


def raised(bot: Scene) -> list[Raised]:
    with bot.run().facts() as facts:
        return sorted(facts.work.unclosed_escalations(), key=lambda r: r.id)


def test_the_first_start_is_one_message_a_person_a_block_a_child_worst_first(bot: Scene) -> None:
    report(bot, *special(1, 2), *special(3, grade="high", graded_at=NOW - hours(1)), *special(4, grade=None))
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    assert kept.message.reply.title == "3 calls: please acknowledge the first by 08:30"
    assert kept.message.reply.text[:6] == (
        f"⚫ {reference(4)} · no grade yet · by 08:30",
        "under 13 · missing 2 h · north",
        "You are called (duty inspector of police). Rules met: under 13 · No grade after an hour",
        f"🟠 {reference(1)} · medium · by 08:30",
        "under 13 · missing 2 h · north",
        "You are called (duty inspector of police). Rules met: under 13",
    )
    assert [label for label, _ in offered(kept)] == [
        f"Acknowledge all of {reference(4)}",
        f"Acknowledge {reference(1)}",
        f"Acknowledge {reference(2)}",
    ]
    assert [b.primary for b in kept.message.reply.pressable] == [True, False, False], "the worst is first"
    assert kept.message.reply.footer[0] == "next: superintendent on call, 08:30", "once, not with each child"
    (alone,) = to(bot, "police-lead")
    assert alone.message.reply.title == f"{reference(3)}: please acknowledge by 08:30", (
        "one child looks as it always did"
    )
    assert sorted(set(bot.states("escalation"))) == ["dropped told", "sent"]


def test_a_call_that_comes_after_a_message_is_another_and_waits_for_nothing(bot: Scene) -> None:
    report(bot, *special(1))
    bot.tick(escalations.JOB)
    report(bot, *special(2))
    bot.wait(seconds=30)
    bot.tick(escalations.JOB)
    assert [len(offered(k)) for k in to(bot, "police")] == [2, 2]


def test_the_next_tier_for_several_children_is_one_message_that_says_who_did_not_answer(bot: Scene) -> None:
    report(bot, *special(1, 2, 3))
    bot.tick(escalations.JOB)
    bot.wait(minutes=30)
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police-lead")
    why = "The duty inspector did not answer by 08:30, so you are called (superintendent on call of police)."
    assert [line for line in kept.message.reply.text if line.startswith(why)] == [f"{why} Rules met: under 13"] * 3


def test_children_whose_calls_go_on_at_different_times_are_named_with_the_next_role(bot: Scene) -> None:
    """Two calls while chat is down become one message."""
    bot.chat.fates = [Later(60)] * 100
    for number in (1, 2):
        report(bot, *special(number))
        bot.tick(escalations.JOB)
        bot.wait(minutes=10)
    bot.chat.fates = []
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    first, second = (f"{reference(n)} next: superintendent on call, {at}" for n, at in ((1, "08:30"), (2, "08:40")))
    assert kept.message.reply.footer[0] == f"{first} · {second}"


def test_more_than_twenty_children_are_a_second_message(bot: Scene) -> None:
    report(bot, *special(*range(1, MOST + 4)))
    bot.tick(escalations.JOB)
    first, second = to(bot, "police")
    assert [len(offered(k)) for k in (first, second)] == [MOST, 3]
    assert len({command for k in (first, second) for _, command in offered(k)}) == MOST + 3


def test_twenty_children_with_everything_that_can_be_said_are_one_page_in_slack(bot: Scene) -> None:
    """No call may be behind another page, which a message sent unasked does not have."""
    worst = {"hosted": True, "lac": True, "uasc": True, "cp": True, "grade": "high", "graded_at": NOW - hours(80)}
    doubts = frozenset({"identity", "age", "authority", "absent"})
    many = [episode(n, NOW - hours(90), birth=CHILD, doubts=doubts, **worst) for n in range(1, MOST + 1)]  # type: ignore[arg-type]
    earlier = [
        episode(n, NOW - hours(24 * d), NOW - hours(24 * d - 5)) for n in range(1, MOST + 1) for d in (30, 20, 10)
    ]
    report(bot, *many, *earlier)
    bot.tick(escalations.JOB)
    bot.wait(hours=16)
    bot.tick(escalations.JOB)
    newest = [k for k in bot.chat.messages if len(offered(k)) == MOST]
    assert newest
    for kept in newest:
        blocks = post(kept.message.reply)
        assert str(blocks).count("'text': 'Acknowledge") == MOST
        assert "more lines" not in str(blocks)
        assert len(blocks) <= 50


def test_each_button_answers_for_its_child_alone_and_the_others_keep_theirs(bot: Scene) -> None:
    report(bot, *special(1, 2, 3))
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    _, (_, command), _ = offered(kept)
    bot.say(Acknowledge(int(command.split()[1]), "police", bot.now))
    for _ in range(3):
        bot.wait(minutes=1)
        bot.tick(escalations.JOB)
    assert kept.changes == 1
    assert kept.message.reply.title == "2 calls: please acknowledge the first by 08:30"
    assert kept.message.reply.text[-1] == f"✓ {reference(2)} · acknowledged 08:00, duty inspector of police"
    assert [label for label, _ in offered(kept)] == [f"Acknowledge {reference(n)}" for n in (1, 3)]
    for r in [r for r in raised(bot) if r.agency == "police"]:
        if not r.acknowledged_at:
            bot.say(Acknowledge(r.id, "police", bot.now))
    bot.tick(escalations.JOB)
    assert (kept.message.reply.title, offered(kept)) == ("3 calls: nothing more is asked", [])
    assert [d.closed_at is not None for d in bot.ledger() if d.audience == "police" and d.state == "sent"] == [True]


def test_a_child_who_died_is_left_out_of_the_message_of_others(bot: Scene) -> None:
    report(bot, *special(1, 2))
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    with bot.run().writing() as connection:
        died = {"end_at": NOW, "until_at": NOW, "end_reason": "died"}
        episodes = metadata.tables["episode"]
        number = raised(bot)[0].episode_id
        connection.execute(episodes.update().where(episodes.c.id == number).values(died))
    bot.wait(minutes=1)
    bot.tick(escalations.JOB)
    assert kept.changes == 1
    assert reference(1) not in kept.text
    assert offered(kept)[0] == ("Acknowledge", offered(kept)[0][1]), "the other child alone"
    assert reference(2) in kept.text


# -- passed on --


def test_passed_on_the_first_persons_message_says_to_whom_and_can_still_be_acknowledged(bot: Scene) -> None:
    report(bot, *special(1))
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    (before, *_) = offered(kept)
    bot.wait(minutes=30)
    for _ in range(3):
        bot.tick(escalations.JOB)
        bot.wait(seconds=30)
    assert kept.changes == 1, "once"
    assert kept.message.reply.title == f"{reference(1)}: passed on, you can still acknowledge"
    assert "Passed on to the superintendent on call at 08:30. You can still acknowledge." in kept.message.reply.text
    (after, *_) = offered(kept)
    assert after == before
    bot.say(Acknowledge(int(after[1].split()[1]), "police", bot.now))
    bot.tick(escalations.JOB)
    bot.wait(hours=5)
    bot.tick(escalations.JOB)
    assert not [k for k in bot.chat.messages if k.destination == "police" and k is not kept], "nobody is called next"
    assert {k.message.reply.title for k in (kept, *to(bot, "police-lead"))} == {f"{reference(1)}: acknowledged"}


def test_the_last_tier_called_again_says_so_in_the_message_before(bot: Scene) -> None:
    report(bot, *special(1))
    for minutes in (0, 30, 60, 60, 60):
        bot.wait(minutes=minutes)
        bot.tick(escalations.JOB)
    first, *_, newest = to(bot, "police-lead")
    again = [k for k in to(bot, "police-lead") if "You were called again at" in k.text]
    assert again, "the lead is superintendent and detective lead at once"
    assert "please acknowledge" in newest.message.reply.title
    assert "so you are called again" in newest.text
    assert first is not newest


def test_passing_on_costs_by_what_is_open_and_not_by_what_was_sent(sqlite_url: str) -> None:
    with scene(sqlite_url) as bot:
        report(bot, *special(1, 2, 3, 4))
        bot.tick(escalations.JOB)
        asked: list[str] = []
        event.listen(bot.database, "before_cursor_execute", lambda *given: asked.append(given[2]))
        bot.wait(minutes=1)
        escalations.tend(bot.run(), bot.now)
        waiting = len(asked)
        asked.clear()
        for number in range(5, 25):
            report(bot, *special(number))
            escalations.plan(bot.run(), bot.now)
            bot.tick(escalations.JOB)
        asked.clear()
        escalations.tend(bot.run(), bot.now)
        assert len(asked) == waiting, "the same few queries for six times as many messages"


# -- exactly once, whatever chat does --


def test_what_waits_since_chat_was_down_is_one_message(bot: Scene) -> None:
    """Chat takes nothing for an hour, while children are reported one after the other and calls climb."""
    bot.chat.fates = [Later(60)] * 400
    for number in range(1, 6):
        report(bot, *special(number))
        for _ in range(12):
            bot.tick(escalations.JOB)
            bot.wait(minutes=1)
    bot.chat.fates = []
    bot.wait(minutes=2)
    bot.tick(escalations.JOB)
    for who in ("police", "police-lead", "north-manager"):
        (kept,) = to(bot, who)
        refs = [reference(n) for n in range(1, 6) if reference(n) in kept.text]
        assert len(offered(kept)) == len(refs) > 1, "each child once"


@pytest.mark.parametrize("step", ["claimed", "composed", "sending", "fenced", "posted"])
def test_killed_at_any_step_each_call_is_told_once(bot: Scene, step: str) -> None:
    class Killed(BaseException):
        pass

    def dies(name: str) -> None:
        if name == step:
            raise Killed

    report(bot, *special(1, 2, 3))
    run = replace(bot.run(), step=dies)
    with pytest.raises(Killed):
        tick(run, (escalations.JOB,), NOW)
    bot.wait(minutes=10)
    bot.tick(escalations.JOB)
    bot.tick(escalations.JOB)
    told = [command for k in bot.chat.messages for label, command in offered(k) if label.startswith("Ack")]
    assert len(told) == len(set(told)) == 6
    assert len(to(bot, "police")) == 1


def test_a_call_acknowledged_before_the_message_was_sent_is_left_out(bot: Scene) -> None:
    report(bot, *special(1, 2))
    escalations.plan(bot.run(), bot.now)
    bot.say(Acknowledge(1, "police", bot.now))
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    assert reference(1) not in kept.text
    assert kept.message.reply.title.startswith(f"{reference(2)}: please")
    assert "dropped acknowledged" in bot.states("escalation")


def test_a_lead_that_was_acknowledged_after_it_took_the_others_along_still_tells_them(bot: Scene) -> None:
    report(bot, *special(1, 2))
    bot.chat.fates = [Later(60)]
    bot.tick(escalations.JOB)
    bot.say(Acknowledge(1, "police", bot.now))
    bot.wait(minutes=2)
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    assert acknowledging(kept) == ["escalations 3 acknowledge"]
    assert kept.message.reply.title == "1 call waits: please acknowledge by 08:30"


def test_held_together_and_sent_together(bot: Scene) -> None:
    bot.chat.describes["police"] = SHARED_CHANNEL
    report(bot, *special(1, 2))
    bot.tick(escalations.JOB)
    assert bot.states("escalation").count("held privacy") == 2
    assert to(bot, "police") == []
    del bot.chat.describes["police"]
    bot.wait(minutes=6)
    bot.tick(escalations.JOB)
    (kept,) = to(bot, "police")
    assert len(offered(kept)) == 2


def test_a_refused_message_alarms_once(bot: Scene) -> None:
    report(bot, *special(1, 2, 3))
    bot.chat.fates = [PostRefused("account_inactive")]
    bot.tick(escalations.JOB)
    refused = [d for d in bot.ledger("escalation") if d.state == "held"]
    assert len(refused) == len([text for text in bot.alarms() if "account_inactive" in text]) == 1


def test_three_replicas_tell_each_call_once(bot: Scene) -> None:
    report(bot, *special(*range(1, 9)))
    with ThreadPoolExecutor(3) as replicas:
        work = [replicas.submit(tick, bot.run(name), (escalations.JOB,), NOW) for name in ("a", "b", "c")]
        faults = [w.exception() for w in work]
    assert [f for f in faults if f is not None] == []
    bot.tick(escalations.JOB)
    told = [command for k in bot.chat.messages for label, command in offered(k) if label.startswith("Ack")]
    assert len(told) == len(set(told)) == 16


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.integers(1, 3)),
        st.tuples(st.just("acknowledge"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.sampled_from([1, 14, 31, 61])),
        st.tuples(st.just("down"), st.integers(1, 6)),
    ),
    min_size=2,
    max_size=10,
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    found = f"sqlite:///{tmp_path_factory.mktemp('grouped') / 'bot.db'}"
    with scene(found):
        yield found


@example(acts=[("down", 4), ("report", 2), ("report", 2), ("report", 1)])  # what was taken along is taken along again
@settings(max_examples=40, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow])
@given(acts=ACTS)
def test_every_call_is_told_once_or_needs_no_telling_whatever_happens(url: str, acts: list[tuple[str, int]]) -> None:
    """After chat is well again, each call that waits has one button in one message to its person."""
    with scene(url) as bot:
        with bot.run().writing() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name in ("escalation", "delivery", "notice", "episode", "child", "occurrence", "interview"):
                    connection.execute(table.delete())
        bot.chat = MemoryChat()
        for n, (kind, number) in enumerate([*acts, ("wait", 2), ("wait", 2)]):
            act(bot, n, kind, number)
            bot.tick(escalations.JOB)
        bot.chat.fates = []
        bot.wait(minutes=2)
        bot.tick(escalations.JOB)
        for kept in bot.chat.messages:
            assert len(acknowledging(kept)) == len(set(acknowledging(kept))) <= MOST
        for r in waiting(bot):
            if not r.next_raised:
                told = [k for k in to(bot, r.person) if f"escalations {r.message} acknowledge" in acknowledging(k)]
                assert len(told) == 1, (r, told)


def act(bot: Scene, n: int, kind: str, number: int) -> None:
    if kind == "report":
        report(bot, *special(*range(10 * n + 1, 10 * n + number + 1)))
    elif kind == "acknowledge" and (rows := waiting(bot)):
        r = rows[number % len(rows)]
        bot.say(Acknowledge(r.id, r.person, bot.now))
    elif kind == "down":
        bot.chat.fates = [Later(30)] * number
    else:
        bot.wait(minutes=number)


def waiting(bot: Scene) -> list[Raised]:
    return [r for r in raised(bot) if r.person and r.acknowledged_at is None]


def acknowledging(kept: Kept) -> list[str]:
    return [command for _, command in offered(kept) if command.startswith("escalations")]
