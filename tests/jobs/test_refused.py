"""Messages that their platform refuses: tried again, told once for each cause, and sent in a shorter form."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.conversation.outbound import PREVIEW, CannotPost, CannotTell, Message, Outcome, PostRefused, Unknown
from bot.conversation.reply import Reply
from bot.jobs import digest, notices
from bot.jobs.delivery import AT_ONCE
from bot.jobs.job import Composed, Job, Ready, Run
from bot.rules.access.channel_privacy import Destination
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.delivery.refused import Cause
from bot.rules.effects import Decide, NotifyRole, Overtaken
from bot.store.changes.record import carry_out
from bot.store.database import writing
from bot.store.delivery import ledger
from bot.store.schema.delivery import delivery
from tests.support.factories import NOW, hours
from tests.support.job_scene import Scene
from tests.support.memory_platform import ONE_PERSON, PRIVATE_CHANNEL, MemoryChat

NOON = NOW + hours(4)
ARCHIVED = PostRefused("is_archived", "archived")
TOKEN = PostRefused("invalid_auth", "token")
TOO_LONG, BAD_FORM = PostRefused("msg_too_long", "too_long"), PostRefused("invalid_blocks", "form")


class Refusing(MemoryChat):
    """A chat that refuses each post to a place in `refusing`, and describes none in `unseen`."""

    def __init__(self) -> None:
        super().__init__()
        self.refusing: dict[str, PostRefused] = {}
        self.unseen: dict[str, PostRefused] = {}
        self.is_away = False
        self.tried: list[str] = []

    def describe(self, destination: str) -> Destination:
        if self.is_away:
            raise CannotTell
        if destination in self.unseen:
            raise CannotPost(self.unseen[destination])
        return ONE_PERSON if destination == "admin" else PRIVATE_CHANNEL

    def post(self, destination: str, message: Message) -> Outcome:
        self.tried.append(destination)
        return self.refusing.get(destination) or super().post(destination, message)


class Places:
    """A job of one message to each of so many channels."""

    def __init__(self, count: int = 1, kind: str = "note", until: datetime | None = NOON, text: str = "A note") -> None:
        self.count, self.kind, self.until, self.text = count, kind, until, text
        self.job = Job((kind,), self.compose, self.plan)

    def plan(self, run: Run, now: datetime) -> None:
        found = [
            Planned(self.kind, f"place-{n}", "offline", f"C{n}", self.kind, NOW, self.until) for n in range(self.count)
        ]
        with run.writing() as connection:
            ledger.plan(connection, found, now)

    def compose(self, run: Run, d: Delivery, now: datetime) -> Composed:
        return Ready(Message(Reply(self.text, 1, tuple(f"Line {n}" for n in range(60))), PREVIEW, d.marker))


@pytest.fixture
def chat(bot: Scene) -> Refusing:
    bot.chat = found = Refusing()
    return found


def tries(bot: Scene, chat: Refusing, job: Job, minutes: int) -> list[int]:
    """Tick every minute; return the minutes in which something was posted."""
    seen = []
    for minute in range(minutes + 1):
        bot.now, before = NOW + timedelta(minutes=minute), len(chat.tried)
        bot.tick(job)
        seen += [minute] * (len(chat.tried) > before)
    return seen


def test_it_is_tried_again_at_growing_intervals_and_missed_at_its_cut_off(bot: Scene, chat: Refusing) -> None:
    chat.refusing = {"C0": ARCHIVED}
    assert tries(bot, chat, Places().job, 241) == [0, 1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212]
    (d,) = bot.ledger("note")
    assert (d.state, d.reason, d.refusal) == ("missed", "archived", "is_archived")
    told, missed = bot.alarms()
    assert told == (
        "offline does not take messages: the channel is archived. 1 message waits, for place-0, and is tried again and "
        "again. To do: unarchive it, or put another channel into the partnership file. See: deliveries 1."
    )
    assert missed == (
        "1 message for place-0 was not sent before its cut-off. offline did not take it: the channel is archived. "
        "See: deliveries 1."
    )


def test_where_its_cause_is_gone_it_is_sent_once_at_the_next_try(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {"C0": ARCHIVED}, Places().job
    tries(bot, chat, job, 5)
    assert bot.states("note") == ["held archived"]
    chat.refusing = {}
    for minute in range(6, 12):
        bot.now = NOW + timedelta(minutes=minute)
        bot.tick(job)
    assert [(d.state, d.reason, d.refusal) for d in bot.ledger("note")] == [("sent", "", "")]
    assert len(chat.messages) == 1


def test_sixty_places_that_one_cause_refuses_are_one_alarm(bot: Scene, chat: Refusing) -> None:
    chat.refusing = {f"C{n}": TOKEN for n in range(60)}
    tries(bot, chat, Places(60).job, 40)
    assert bot.states("note") == ["held token"] * 60
    (text,) = bot.alarms()
    assert text.startswith("offline does not take messages: the app's token is not valid. 60 messages wait, for ")
    assert "for place-0, place-1, place-2 and 57 more, and are" in text
    assert text.endswith("See: deliveries.")


def test_two_replicas_tell_it_once(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {"C0": ARCHIVED}, Places().job
    for name in ("a", "b", "a"):
        bot.tick(job, name=name)
    assert len(bot.alarms()) == 1


def test_another_cause_is_told_at_once_and_more_of_the_same_within_the_hour(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {"C0": ARCHIVED, "C1": TOKEN}, Places(3).job
    bot.tick(job)
    assert [text.partition(". ")[0].partition(": ")[2] for text in bot.alarms()] == [
        "the channel is archived",
        "the app's token is not valid",
    ]
    chat.refusing["C0"] = chat.refusing["C1"] = ARCHIVED
    tries(bot, chat, job, 59)
    assert len(bot.alarms()) == 2
    bot.wait(minutes=2)
    bot.tick(job)
    assert len(bot.alarms()) == 3
    assert "1 message waits, for place-1" in bot.alarms()[2]


def test_codes_that_the_bot_does_not_know_are_told_each(bot: Scene, chat: Refusing) -> None:
    chat.refusing = {f"C{n}": PostRefused(f"code_{n % 2}") for n in range(4)}
    bot.tick(Places(4).job)
    assert [text.partition(", and")[0] for text in bot.alarms()] == [
        "offline does not take messages: the platform gives the code code_0. 2 messages wait, for place-0, place-2",
        "offline does not take messages: the platform gives the code code_1. 2 messages wait, for place-1, place-3",
    ]


def test_sixty_that_are_missed_are_one_alarm_too(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {f"C{n}": TOKEN for n in range(60)}, Places(60).job
    bot.tick(job)
    bot.now = NOON + timedelta(seconds=1)
    bot.tick(job)
    assert bot.states("note") == ["missed token"] * 60
    _, text = bot.alarms()
    assert text.startswith("60 messages for place-0, place-1, place-2 and 57 more were not sent before their cut-off.")


@pytest.mark.parametrize(
    ("refused_elsewhere", "tried"), [("token", ["C0", "C1"]), ("limit", ["C0", "C1"]), ("archived", ["C0"])]
)
def test_a_message_that_is_taken_shows_that_the_token_is_good_again(
    bot: Scene, chat: Refusing, refused_elsewhere: Cause, tried: list[str]
) -> None:
    """The first place is refused for a cause of every place, or of its own; a message to another place is taken."""
    refusal = PostRefused("a_code", refused_elsewhere)
    chat.refusing, job = {"C1": refusal}, Places(2).job
    tries(bot, chat, job, 20)
    assert bot.states("note") == ["sent", f"held {refused_elsewhere}"]
    chat.refusing, chat.tried = {}, []
    bot.now = NOW + timedelta(minutes=21)
    other = Places(1, kind="other")
    bot.tick(job, other.job)
    assert chat.tried == tried


def test_the_bot_was_added_to_a_place_and_all_is_tried_at_once(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {"C0": ARCHIVED}, Places().job
    tries(bot, chat, job, 20)
    chat.refusing, bot.now = {}, NOW + timedelta(minutes=21)
    with writing(bot.database) as connection:
        ledger.cause_gone(connection, "another platform", bot.now)
    bot.tick(job)
    assert bot.states("note") == ["held archived"]
    with writing(bot.database) as connection:
        ledger.cause_gone(connection, "offline", bot.now)
    bot.tick(job)
    assert bot.states("note") == ["sent"]


def test_a_process_that_is_started_anew_tries_at_once(bot: Scene, chat: Refusing) -> None:
    """It may have been given another token."""
    chat.refusing, job = {"C0": TOKEN}, Places().job
    tries(bot, chat, job, 20)
    chat.tried, bot.started = [], bot.now
    for _ in range(3):
        bot.wait(seconds=30)
        bot.tick(job)
    assert chat.tried == ["C0"]


def test_an_administrator_may_try_it_again_at_once(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {"C0": ARCHIVED}, Places().job
    tries(bot, chat, job, 20)
    chat.refusing, bot.now = {}, NOW + timedelta(minutes=21)
    bot.say(Decide(1, "post_again", "admin", bot.now))
    bot.tick(job)
    assert bot.states("note") == ["sent"]
    with pytest.raises(Overtaken):
        bot.say(Decide(1, "post_again", "admin", bot.now))
    assert len(chat.messages) == 1


def test_what_an_earlier_version_gave_up_may_be_tried_again_too(bot: Scene, chat: Refusing) -> None:
    job = Places().job
    chat.refusing, chat.can_tell = {"C0": ARCHIVED}, False
    bot.tick(job)
    with writing(bot.database) as connection:
        old = {"state": "failed", "reason": "is_archived", "refusal": "", "first_attempt_at": NOW}
        connection.execute(update(delivery).values(old))
    chat.refusing = {}
    bot.wait(hours=1)
    bot.tick(job)
    assert bot.states("note") == ["failed is_archived"]
    bot.say(Decide(1, "post_again", "admin", bot.now))
    bot.tick(job)
    assert bot.states("note") == ["sent"]


def test_a_copy_that_an_earlier_attempt_may_have_left_is_still_looked_for(bot: Scene, chat: Refusing) -> None:
    job = Places().job
    chat.fates = ["taken"]
    bot.tick(job)
    chat.messages, there = [], chat.messages  # it is seen late
    chat.refusing = {"C0": TOKEN}
    bot.wait(seconds=31)
    bot.tick(job)
    assert bot.states("note") == ["held token"]
    chat.messages, chat.refusing = there, {}
    bot.say(Decide(1, "post_again", "admin", bot.now))
    bot.tick(job)
    assert bot.states("note") == ["sent"]
    assert len(chat.messages) == 1


def test_a_place_that_the_platform_does_not_show_is_said_to_be_gone(bot: Scene, chat: Refusing) -> None:
    """Not that who reads there has changed."""
    chat.unseen = {"north-digest": PostRefused("channel_not_found", "no_channel")}
    bot.tick(digest.JOB)
    assert "held no_channel" in bot.states("digest")
    (text,) = (text for text in bot.alarms() if "north-digest" in text)
    assert "there is no such channel any more, or it is private and the bot is not in it" in text
    assert "put another channel into the partnership file" in text


def test_a_place_that_goes_away_between_composing_and_posting_is_held_the_same_way(bot: Scene, chat: Refusing) -> None:
    job = Places().job

    class Gone(list[str]):
        def append(self, step: str) -> None:
            if step == "sending":
                chat.unseen = {"C0": PostRefused("channel_not_found", "no_channel")}

    bot.steps = Gone()
    bot.tick(job)
    (d,) = bot.ledger("note")
    assert (d.state, d.reason, d.first_attempt_at) == ("held", "no_channel", None)
    assert chat.tried == []


def test_a_notice_that_is_refused_raises_no_alarm(bot: Scene, chat: Refusing) -> None:
    chat.refusing = {"admin": TOKEN}
    with writing(bot.database) as connection:
        carry_out(connection, NotifyRole("system_admin", "alarm", "The digest was not sent.", NOW))
    tries(bot, chat, notices.JOB, 10)
    assert bot.alarms() == ["The digest was not sent."]
    assert bot.states("notice") == ["held token"]


def test_hundreds_of_refused_messages_keep_no_call_waiting(bot: Scene, chat: Refusing) -> None:
    chat.refusing, job = {f"C{n}": ARCHIVED for n in range(12)}, Places(12).job
    bot.tick(job)
    bot.wait(minutes=1)
    chat.tried, call = [], Places(13, kind="escalation")
    with writing(bot.database) as connection:
        ledger.plan(connection, [Planned("escalation", "place-12", "offline", "C12", "1", bot.now)], bot.now)
    bot.tick(job, Job(("escalation",), call.compose))
    assert chat.tried[0] == "C12"


def test_one_try_will_do_for_all_that_one_person_was_refused(bot: Scene, chat: Refusing) -> None:
    chat.refusing = {"admin": PostRefused("user_disabled", "not_reached")}
    with writing(bot.database) as connection:
        for n in range(40):
            carry_out(connection, NotifyRole("system_admin", "alarm", f"Alarm {n}.", NOW))
    bot.tick(notices.JOB)
    assert len(chat.tried) == 40
    chat.tried = []
    for minute in range(1, 61):
        bot.now = NOW + timedelta(minutes=minute)
        bot.tick(notices.JOB)
    assert 6 <= len(chat.tried) <= 6 * AT_ONCE
    chat.refusing = {}
    bot.now = NOW + timedelta(minutes=63)
    bot.tick(notices.JOB)
    said = [kept.text for kept in chat.to("admin")]
    assert all(sum(f"Alarm {n}." in text for text in said) == 1 for n in range(40))
    assert set(bot.states("notice")) == {"sent", "dropped told"}


# ---- too long ---------------------------------------------------------------------------------


@pytest.mark.parametrize("refusals", [[TOO_LONG], [TOO_LONG, BAD_FORM]])
def test_one_that_is_too_long_is_sent_shorter_at_once(bot: Scene, chat: Refusing, refusals: list[Outcome]) -> None:
    chat.fates = [*refusals]
    bot.tick(Places().job)
    assert bot.states("note") == ["sent"]
    (kept,) = chat.messages
    assert kept.message.plain == (len(refusals) == 2)
    assert "Line 0" in kept.text
    assert "Ask for: today everything" in kept.text
    assert "lines are not here" in kept.text
    (text,) = bot.alarms()
    assert text.startswith(f"offline takes a message only in a shorter form ({refusals[-1].code}): A message (note)")  # type: ignore[union-attr]


def test_each_form_has_a_fence_of_its_own(bot: Scene, chat: Refusing) -> None:
    chat.fates = [TOO_LONG, TOO_LONG]
    bot.tick(Places().job)
    assert [step for step in bot.steps if step in ("fenced", "posted")] == ["fenced", "posted"] * 3


def test_one_whose_shortest_form_is_refused_is_tried_again_like_any_other(bot: Scene, chat: Refusing) -> None:
    chat.fates, job = [TOO_LONG] * 3, Places().job
    bot.tick(job)
    assert bot.states("note") == ["held too_long"]
    assert "in its shortest form too" in bot.alarms()[0]
    bot.wait(minutes=1)
    bot.tick(job)
    assert bot.states("note") == ["sent"]


def test_an_unknown_outcome_of_a_shorter_form_is_looked_for(bot: Scene, chat: Refusing) -> None:
    chat.fates, job = [TOO_LONG, "taken"], Places().job
    bot.tick(job)
    assert bot.states("note") == ["unknown timeout"]
    bot.wait(seconds=31)
    bot.tick(job)
    assert bot.states("note") == ["sent"]
    assert len(chat.messages) == 1


def test_notices_that_a_shorter_form_leaves_out_come_in_the_next_message(bot: Scene) -> None:
    with writing(bot.database) as connection:
        for n in range(8):
            carry_out(connection, NotifyRole("system_admin", "alarm", f"Alarm {n}: " + "words " * 120, NOW))
    bot.chat.fates = [TOO_LONG]
    for _ in range(3):
        bot.tick(notices.JOB)
    said = [kept.text for kept in bot.chat.to("admin")]
    assert len(said) == 2
    assert all(sum(f"Alarm {n}: " in text for text in said) == 1 for n in range(8))


# ---- readers unknown --------------------------------------------------------------------------


def test_after_an_outage_a_message_past_due_is_patient_from_its_first_attempt(bot: Scene, chat: Refusing) -> None:
    job, begin = Places().job, NOW + hours(1)
    chat.is_away, bot.now = True, begin
    bot.tick(job)
    assert bot.states("note") == ["planned later"]
    while bot.now < begin + timedelta(minutes=29):
        bot.wait(seconds=31)
        bot.tick(job)
    assert bot.states("note") == ["planned later"]
    assert bot.alarms() == []
    bot.wait(minutes=2)
    bot.tick(job)
    assert bot.states("note") == ["held busy"]
    chat.is_away = False
    bot.wait(minutes=5)
    bot.tick(job)
    assert bot.states("note") == ["sent"]


def test_an_unknown_outcome_before_a_refusal_is_never_called_missed_unseen(bot: Scene, chat: Refusing) -> None:
    job = Places().job
    chat.fates = [Unknown("timeout"), *[ARCHIVED] * 99]
    for minute in range(0, 280, 5):
        bot.now = NOW + timedelta(minutes=minute)
        bot.tick(job)
    assert bot.states("note") == ["missed archived"]
    assert any("cut-off" in text or "worth nothing" in text for text in bot.alarms())
