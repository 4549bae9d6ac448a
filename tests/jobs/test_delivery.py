"""One message whatever happens: every state of the ledger, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.conversation.outbound import PREVIEW, Later, Message, Unknown
from bot.conversation.reply import Reply
from bot.jobs.delivery import AT_ONCE
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.effects import Decide, Overtaken
from bot.rules.model import FOREVER
from bot.store.database import reading, writing
from bot.store.delivery import ledger
from tests.support.factories import NOW, hours
from tests.support.job_scene import Scene
from tests.support.memory_platform import SHARED_CHANNEL

NOON = NOW + hours(4)


class Notes:
    """A job of so many messages a day; what it says can be changed."""

    def __init__(self, count: int = 1, level: int = 0, until: datetime | None = NOON) -> None:
        self.count, self.level, self.until = count, level, until
        self.says: Composed | Exception | None = None
        self.told: list[str] = []
        self.job = Job(("note",), self.compose, self.plan, sent=self.sent)

    def plan(self, run: Run, now: datetime) -> None:
        found = [
            Planned("note", "north", "offline", "north-digest", str(n), NOW, self.until) for n in range(self.count)
        ]
        with run.writing() as connection:
            ledger.plan(connection, found, now)

    def compose(self, run: Run, d: Delivery, now: datetime) -> Composed:
        if isinstance(self.says, Exception):
            raise self.says
        reply = Reply("A note", self.level, (f"Number {d.slot}",))  # type: ignore[arg-type]
        return self.says or Ready(Message(reply, PREVIEW, d.marker))

    def sent(self, run: Run, connection: object, d: Delivery, ready: Ready | None, now: datetime) -> None:
        self.told.append(f"{d.slot} {'posted' if ready else 'found'}")


def test_it_is_sent_once_however_often_the_clock_ticks(bot: Scene) -> None:
    notes = Notes(count=AT_ONCE * 2 + 1)
    for name in ("a", "b", "a"):
        bot.tick(notes.job, name=name)
    assert [k.text for k in bot.chat.messages] == [f"A note\nNumber {n}" for n in range(notes.count)]
    assert bot.states("note") == ["sent"] * notes.count
    assert bot.chat.posts == len(notes.told) == notes.count


def test_the_ledger_is_committed_before_anything_leaves(bot: Scene) -> None:
    seen: list[list[str]] = []
    bot.chat.before = lambda: seen.append(bot.states("note"))
    bot.tick(Notes().job)
    assert seen == [["sending"]]
    assert bot.steps == ["claimed", "composed", "sending", "fenced", "posted", "marked"]


@pytest.mark.parametrize("arrived", [True, False])
def test_an_unknown_outcome_settles_and_is_looked_for_before_anything_is_sent_again(bot: Scene, arrived: bool) -> None:
    notes = Notes()
    bot.chat.fates = ["taken" if arrived else Unknown("timeout")]
    bot.tick(notes.job)
    assert bot.states("note") == ["unknown timeout"]
    bot.wait(seconds=29)
    bot.tick(notes.job)
    assert bot.states("note") == ["unknown timeout"]
    bot.wait(seconds=2)
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"]
    assert len(bot.chat.messages) == 1
    assert bot.chat.posts == (1 if arrived else 2)
    assert notes.told == ["0 found" if arrived else "0 posted"]


def test_a_platform_that_cannot_tell_is_not_asked_and_a_person_decides(bot: Scene) -> None:
    notes = Notes()
    bot.chat.can_tell = False
    bot.chat.fates = [Unknown("timeout")]
    bot.tick(notes.job)
    bot.wait(seconds=31)
    bot.tick(notes.job)
    bot.wait(hours=30)
    bot.tick(notes.job)
    assert bot.states("note") == ["held unknown"]
    assert bot.chat.posts == 1
    assert bot.alarms() == [
        "A message (note) for north, due Wed 5 Jul 08:00: offline has not got it, nobody knows whether it is "
        "there: the platform did not answer and cannot be asked. See: deliveries 1."
    ]


@pytest.mark.parametrize(("decision", "posts"), [("it_is_there", 1), ("post_again", 2)])
def test_the_first_who_decides_decides(bot: Scene, decision: str, posts: int) -> None:
    notes = Notes(until=None)
    bot.chat.can_tell = False
    bot.chat.fates = [Unknown("timeout")]
    bot.tick(notes.job)
    bot.wait(seconds=31)
    bot.tick(notes.job)
    bot.say(Decide(1, decision, "admin", bot.now))  # type: ignore[arg-type]
    with pytest.raises(Overtaken, match="admin was first: this message is"):
        bot.say(Decide(1, "post_again", "somebody else", bot.now))
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"]
    assert bot.ledger("note")[0].resolved_by == "admin"
    assert bot.chat.posts == posts


def test_a_platform_that_does_not_answer_is_asked_again_until_a_person_has_to_decide(bot: Scene) -> None:
    notes = Notes(until=None)
    bot.chat.fates, bot.chat.answers = ["taken"], False
    for _ in range(59):
        bot.tick(notes.job)
        bot.wait(seconds=31)
    assert bot.states("note") == ["unknown timeout"]
    bot.wait(minutes=2)
    bot.tick(notes.job)
    assert bot.states("note") == ["held unknown"]
    assert bot.chat.posts == 1
    assert len(bot.alarms()) == 1


def test_a_platform_that_says_later_is_not_asked_before(bot: Scene) -> None:
    notes = Notes()
    bot.chat.fates = [Later(90)]
    bot.tick(notes.job)
    assert bot.states("note") == ["planned later"]
    bot.wait(seconds=89)
    bot.tick(notes.job)
    assert bot.chat.posts == 1
    bot.wait(seconds=1)
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"]
    assert bot.chat.posts == 2


def test_what_else_waits_for_the_same_place_waits_as_long(bot: Scene) -> None:
    """The first four were claimed together; the others are not tried in vain."""
    notes = Notes(count=AT_ONCE * 3)
    bot.chat.fates = [*[Later(20)] * AT_ONCE * 3]
    bot.tick(notes.job)
    assert bot.chat.posts == AT_ONCE
    bot.chat.fates = []
    bot.wait(seconds=19)
    bot.tick(notes.job)
    assert bot.chat.posts == AT_ONCE
    bot.wait(seconds=2)
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"] * notes.count


def test_later_after_an_unknown_attempt_does_not_forget_that_it_may_be_there(bot: Scene) -> None:
    notes = Notes()
    bot.chat.fates = [Unknown("timeout"), Later(60)]
    bot.tick(notes.job)
    first = bot.ledger("note")[0].first_attempt_at
    bot.wait(seconds=31)
    bot.tick(notes.job)
    assert bot.states("note") == ["planned later"]
    assert bot.ledger("note")[0].first_attempt_at == first == NOW


def test_past_its_cut_off_it_is_missed_and_administrators_hear(bot: Scene) -> None:
    notes = Notes()
    bot.now = NOW + hours(4) + timedelta(seconds=1)
    bot.tick(notes.job)
    assert bot.states("note") == ["missed"]
    assert bot.chat.posts == 0
    assert len(bot.alarms()) == 1
    bot.tick(notes.job)
    assert len(bot.alarms()) == 1


def test_what_may_be_there_is_looked_for_even_past_the_cut_off(bot: Scene) -> None:
    there, not_there = Notes(), Notes()
    bot.chat.fates = ["taken"]
    bot.tick(there.job)
    bot.wait(hours=5)
    bot.tick(there.job)
    assert bot.states("note") == ["sent"]
    with writing(bot.database) as connection:
        ledger.plan(connection, [Planned("note", "n", "offline", "north-digest", "9", bot.now, bot.now)], bot.now)
    bot.chat.fates = [Unknown("timeout")]
    bot.tick(not_there.job)
    bot.wait(hours=5)
    bot.tick(not_there.job)
    assert bot.states("note") == ["sent", "missed timeout"]


def test_who_reads_there_is_looked_at_once_more_before_it_leaves(bot: Scene) -> None:
    """The channel is shared between the moment it is composed for and the moment it would be posted."""
    notes = Notes(level=1)
    bot.steps = _Calls(lambda: bot.chat.describes.update({"north-digest": SHARED_CHANNEL}), at="sending")
    bot.tick(notes.job)
    assert bot.states("note") == ["held privacy"]
    assert bot.chat.posts == 0
    assert "it may not be shown to those who read there now" in bot.alarms()[0]
    bot.chat.describes["north-digest"] = bot.chat.describes["county-digest"]
    bot.steps = []
    bot.wait(minutes=5)
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"]
    assert bot.chat.posts == 1


class _Calls(list[str]):
    """Does something at a step."""

    def __init__(self, does: object, at: str) -> None:
        super().__init__()
        self.does, self.at = does, at

    def append(self, step: str) -> None:
        super().append(step)
        if step == self.at:
            self.does()  # type: ignore[operator]


def test_what_stands_above_the_level_of_the_place_is_stopped(bot: Scene) -> None:
    notes = Notes(level=1)
    reply = Reply("A note", 1, ("Born 2004-02-03.",))
    notes.says = Ready(Message(reply, PREVIEW, "-"))
    bot.tick(notes.job)
    assert bot.states("note") == ["held stopped"]
    assert bot.chat.posts == 0


def test_a_process_that_was_frozen_past_its_claim_posts_nothing(bot: Scene) -> None:
    """It sleeps between 'sending' and the fence; meanwhile another looks, finds nothing and posts."""
    notes = Notes()
    other = Notes()

    def meanwhile() -> None:
        bot.steps = []
        bot.wait(seconds=61)
        bot.tick(other.job, name="b")

    bot.steps = _Calls(meanwhile, at="sending")
    bot.tick(notes.job, name="a")
    assert bot.chat.posts == 1
    assert len(bot.chat.messages) == 1
    assert bot.states("note") == ["sent"]
    assert (notes.told, other.told) == ([], ["0 posted"])


def test_frozen_after_the_fence_it_doubles_and_the_sweep_repairs(bot: Scene) -> None:
    notes, other = Notes(), Notes()

    def meanwhile() -> None:
        bot.steps = []
        bot.wait(seconds=61)
        bot.tick(other.job, name="b")

    bot.steps = _Calls(meanwhile, at="fenced")
    bot.tick(notes.job, name="a")
    assert len(bot.chat.messages) == 2
    bot.wait(minutes=6)
    bot.tick(notes.job)
    assert [k.number for k in bot.chat.messages] == [bot.ledger("note")[0].message_id]


def test_the_sweeps_come_at_their_minutes_and_then_no_more(bot: Scene) -> None:
    notes = Notes()
    bot.tick(notes.job)
    seen = []
    for minute in range(70):
        bot.now = NOW + timedelta(minutes=minute)
        before = bot.ledger("note")[0].sweeps
        bot.tick(notes.job)
        if bot.ledger("note")[0].sweeps != before:
            seen.append(minute)
    assert seen == [5, 15, 60]
    assert bot.ledger("note")[0].next_sweep_at is None


def test_a_message_that_is_gone_is_told_and_not_posted_again_by_itself(bot: Scene) -> None:
    """Its removal may have had a reason."""
    notes = Notes(until=None)
    bot.tick(notes.job)
    bot.chat.messages.clear()
    bot.wait(minutes=5)
    bot.tick(notes.job)
    bot.wait(hours=2)
    bot.tick(notes.job)
    assert bot.states("note") == ["held gone"]
    assert bot.chat.messages == []
    assert "is not there any more" in bot.alarms()[0]
    bot.say(Decide(1, "post_again", "admin", bot.now))
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"]
    assert len(bot.chat.messages) == 1


def test_a_job_may_hold_or_drop_what_it_planned(bot: Scene) -> None:
    notes = Notes(count=1)
    notes.says = Drop("done")
    bot.tick(notes.job)
    assert bot.states("note") == ["dropped done"]
    assert bot.alarms() == []
    held = Notes(count=2)
    held.says = Hold("nobody")
    bot.tick(held.job)
    assert bot.states("note") == ["dropped done", "held nobody"]
    assert bot.ledger("note")[1].not_before == NOW + timedelta(minutes=5)


def test_a_fault_of_the_program_costs_no_other_message(bot: Scene) -> None:
    notes = Notes(count=1)
    notes.says = RuntimeError("a mistake")
    bot.tick(notes.job)
    assert bot.states("note") == ["planned"]
    bot.wait(seconds=10)  # the next tick tries again, and after it one a minute
    bot.tick(notes.job)
    assert bot.alarms() == ["The bot could not do its work of the kind 'note': a fault of the program, see its log."]
    notes.says = None
    bot.wait(seconds=59)
    bot.tick(notes.job)
    assert bot.chat.posts == 0
    bot.wait(seconds=2)
    bot.tick(notes.job)
    assert bot.states("note") == ["sent"]


def test_a_job_that_cannot_plan_costs_the_others_nothing(bot: Scene) -> None:
    notes = Notes()

    def broken(run: Run, now: datetime) -> None:
        raise KeyError("nothing of this is repeated anywhere")

    bot.tick(Job(("broken",), notes.compose, broken), notes.job)
    assert bot.states("note") == ["sent"]
    assert bot.alarms() == ["The bot could not do its work of the kind 'broken': a fault of the program, see its log."]


def test_a_kind_that_no_job_knows_is_held(bot: Scene) -> None:
    with writing(bot.database) as connection:
        ledger.plan(connection, [Planned("old", "n", "offline", "north-digest", "1", NOW)], NOW)
    bot.tick()
    assert bot.states("old") == ["held platform"]


def test_a_claim_is_one_process_s_alone_and_ends_by_itself(bot: Scene) -> None:
    with writing(bot.database) as connection:
        ledger.plan(connection, [Planned("note", "n", "offline", "c", "1", NOW)], NOW)
        lease = timedelta(seconds=60)
        (mine,) = ledger.claim(connection, "a", NOW, lease, 5)
        assert ledger.claim(connection, "a", NOW + lease - timedelta(seconds=1), lease, 5) == ()
        (theirs,) = ledger.claim(connection, "a", NOW + lease, lease, 5)
        assert ledger.begin(connection, mine, NOW + lease, lease) is None
        assert ledger.put(connection, mine, "sent") is None
        begun = ledger.begin(connection, theirs, NOW + lease, lease)
        assert begun is not None
        assert ledger.holds(connection, begun, NOW + lease, timedelta(seconds=10))
        assert not ledger.holds(connection, begun, NOW + lease * 2, timedelta())
        done = ledger.put(connection, begun, "sent", message_id="m")
    assert done is not None
    assert (done.state, done.owner, done.not_before) == ("sent", None, FOREVER)


def test_a_slot_is_planned_once_and_its_marker_says_nothing(bot: Scene) -> None:
    planned = Planned("note", "north-worker", "offline", "C-1", "2017-07-05", NOW)
    with writing(bot.database) as connection:
        first = ledger.plan(connection, [planned], NOW)
        again = ledger.plan(connection, [planned], NOW)
    assert (len(first), again) == (1, [])
    (row,) = bot.ledger("note")
    assert not any(word in row.marker for word in ("north", "2017", "note"))


def test_the_database_s_clock_is_the_one_that_counts(bot: Scene) -> None:
    with reading(bot.database) as connection:
        first, second = ledger.clock(connection), ledger.clock(connection)
    assert first.utcoffset() == timedelta()
    assert first <= second
    assert abs(first - datetime.now(first.tzinfo)) < timedelta(minutes=1)
