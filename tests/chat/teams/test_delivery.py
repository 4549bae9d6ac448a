"""Digests, reminders and calls as they arrive in Teams: where, once, for whom, and what comes of them on a bad day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.jobs import digest, escalations, notices, reminders
from bot.jobs.delivery import send_due, tick
from bot.jobs.job import Job, Run
from bot.rules.delivery.delivery import MAY_REPEAT, Delivery
from bot.server.worker import JOBS
from bot.store.database import reading
from bot.store.delivery import ledger
from bot.store.schema.access import notice
from tests.support.factories import NOW, episode, hours, interview
from tests.support.teams import activities
from tests.support.teams.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, STRANGER, Scene, words
from tests.support.teams.tenancy import STRANGE_TENANT, Person, Sent, personal_of

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
HALF_PAST = NOW + timedelta(minutes=31)
CALLED = episode(3, NOW - hours(2), area="north", birth=date(2006, 1, 1))


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def run(bot: Scene, read_back: bool = False) -> Run:
    app = bot.app
    platform = replace(bot.teams.platform, read_back=read_back)
    return Run(app.database, app.as_listed(), {"teams": platform}, app.sealing_key, "a", lambda connection: bot.now)


def ticked(
    bot: Scene, *jobs: Job, now: datetime = NOW, settle: float = 31, read_back: bool = False, until: float = 0
) -> None:
    """Tick at once, after the time in which an unknown outcome settles, and every minute `until` so many are over."""
    moments = [now, now + timedelta(seconds=settle)]
    moments += [now + timedelta(minutes=n) for n in range(1, int(until) + 1)]
    for moment in sorted(moments):
        bot.turn(moment)
        tick(run(bot, read_back), jobs or JOBS, NOW - hours(1))


def rows(bot: Scene, kind: str) -> list[Delivery]:
    with reading(bot.app.database) as connection:
        return [d for d in ledger.find(connection) if d.kind == kind]


def posts(bot: Scene, channel: str) -> list[Sent]:
    return [s for s in bot.tenancy.in_conversation(channel) if not s.thread]


def test_each_channel_gets_its_digest_once_with_its_areas_in_the_thread(bot: Scene) -> None:
    ticked(bot, digest.JOB)
    (lead,) = posts(bot, NORTH)
    assert REF in words(lead)
    parts = [s for s in bot.tenancy.in_conversation(NORTH) if s.thread == lead.id]
    assert len(parts) == 1
    assert lead.body["summary"] == parts[0].body["summary"] == "Your safeguarding digest is ready."
    assert [len(posts(bot, channel)) for channel in (COUNTY, COUNTS)] == [1, 1]
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


def test_a_channel_of_counts_has_no_reference(bot: Scene) -> None:
    ticked(bot, digest.JOB)
    (said,) = bot.tenancy.in_conversation(COUNTS)
    assert "OX-" not in str(said.body)


def test_the_digest_changes_in_place_and_nothing_is_posted_anew(bot: Scene) -> None:
    ticked(bot, digest.JOB)
    (lead,) = posts(bot, NORTH)
    before, number = words(lead), lead.id
    bot.put(episode(4, NOW + timedelta(minutes=5), area="north"), taken_at=NOW + timedelta(minutes=10))
    bot.turn(NOW + timedelta(minutes=20))
    tick(run(bot), (digest.JOB,), NOW - hours(1))
    (lead,) = posts(bot, NORTH)
    assert lead.id == number
    assert lead.edited >= 1
    assert words(lead) != before


@pytest.mark.parametrize(
    "reader",
    [
        Person(STRANGER, "stranger"),
        Person("33333333-cccc-4ccc-8ccc-000000000077", "guest", role="guest", installed=False),
        Person("33333333-cccc-4ccc-8ccc-000000000078", "other", STRANGE_TENANT, installed=False),
    ],
)
@pytest.mark.parametrize("channel", [NORTH, COUNTY])
def test_where_somebody_reads_who_is_not_entitled_the_digest_is_cut_to_counts(
    bot: Scene, channel: str, reader: Person
) -> None:
    bot.tenancy.put(reader)
    bot.tenancy.conversations[channel].members.append(reader.account)
    ticked(bot, digest.JOB)
    (said,) = bot.tenancy.in_conversation(channel)
    assert "Counts only" in words(said)
    assert "OX-" not in str(said.body)


@pytest.mark.parametrize("channel", [NORTH, COUNTY])
def test_where_the_members_cannot_be_read_the_digest_is_cut_to_counts(bot: Scene, channel: str) -> None:
    bot.tenancy.fates.dice = {"members": ("error 403 Forbidden",)}
    ticked(bot, digest.JOB)
    (said,) = bot.tenancy.in_conversation(channel)
    assert "Counts only" in words(said)
    assert "OX-" not in str(said.body)
    with reading(bot.app.database) as connection:
        alarms = set(connection.execute(select(notice.c.text)).scalars())
    (told,) = [text for text in alarms if "Digests are cut" in text]
    assert "the app lacks a permission (Forbidden: ChannelMember.Read.Group). To do: " in told


def test_a_part_of_a_digest_waits_for_the_permission_and_not_for_its_readers(bot: Scene) -> None:
    digest.JOB.plan(run(bot), NOW)
    send_due(run(bot), dict.fromkeys(digest.JOB.kinds, digest.JOB), kinds=[digest.KIND])
    bot.tenancy.fates.dice = {"members": ("error 403 Forbidden",)}
    bot.teams.platform.channels.forget(None)
    ticked(bot, digest.JOB, now=NOW + timedelta(minutes=2))
    assert {(d.state, d.refusal) for d in rows(bot, "thread")} == {("held", "Forbidden: ChannelMember.Read.Group")}


@pytest.mark.parametrize("fate", ["500 accepted", "reset accepted", "truncated accepted", "empty accepted"])
def test_what_teams_took_without_saying_so_is_found_where_it_may_be_read_back(bot: Scene, fate: str) -> None:
    bot.tenancy.fates.schedule("send", *[fate] * 3)
    ticked(bot, digest.JOB, read_back=True)
    assert [len(posts(bot, channel)) for channel in (NORTH, COUNTY, COUNTS)] == [1, 1, 1]
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


@pytest.mark.parametrize("fate", ["500", "reset", "html"])
def test_what_teams_did_not_take_is_posted_once_more_where_it_may_be_read_back(bot: Scene, fate: str) -> None:
    bot.tenancy.fates.schedule("send", *[fate] * 3)
    ticked(bot, digest.JOB, read_back=True)
    assert [len(posts(bot, channel)) for channel in (NORTH, COUNTY, COUNTS)] == [1, 1, 1]
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


@pytest.mark.parametrize(("fate", "there"), [("500", 0), ("500 accepted", 1)])
def test_without_it_a_person_decides_by_two_buttons(bot: Scene, fate: str, there: int) -> None:
    bot.tenancy.fates.schedule("send", *[fate] * 3)
    ticked(bot, digest.JOB, notices.JOB)
    ticked(bot, digest.JOB, notices.JOB, now=NOW + timedelta(minutes=5))
    held = rows(bot, "digest")
    assert {(d.state, d.reason) for d in held} == {("held", "unknown")}
    assert len(posts(bot, NORTH)) == there
    told = next(m for m in bot.to("admin") if "The digest for north-digest" in words(m))
    number = next(d.id for d in held if d.destination == NORTH)
    assert f"deliveries {number}" in words(told) or "See" in words(told)
    asked = bot.write(f"deliveries {number}", "admin")
    assert {"It is there", "Post it again"} <= set(words(asked).splitlines())
    bot.press(asked, "It is there" if there else "Post it again", "admin")
    ticked(bot, digest.JOB, now=NOW + timedelta(minutes=8))
    (d,) = [d for d in rows(bot, "digest") if d.id == number]
    assert d.state == "sent"
    (lead,) = posts(bot, NORTH)
    assert (MAY_REPEAT in words(lead)) == (not there)


def test_a_limit_of_teams_is_waited_for(bot: Scene) -> None:
    bot.tenancy.fates.schedule("send", "429", "412", "504")
    ticked(bot, digest.JOB)
    assert [len(posts(bot, channel)) for channel in (NORTH, COUNTY, COUNTS)] == [1, 1, 1]
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


def test_a_channel_without_the_app_is_said(bot: Scene) -> None:
    bot.teams.conversations.remove(COUNTS)
    ticked(bot)
    ticked(bot, now=NOW + timedelta(minutes=2))
    assert any("county-counts" in words(m) for m in bot.to("admin"))


@pytest.mark.parametrize(
    ("code", "words_of_it"),
    [
        ("403 TeamArchived", "the channel is archived"),
        ("401 Unauthorized", "the app's token is not valid"),
        ("404 ConversationNotFound", "there is no such channel any more"),
    ],
)
def test_one_cause_in_every_channel_is_one_alarm_and_all_is_sent_when_it_is_gone(
    bot: Scene, code: str, words_of_it: str
) -> None:
    bot.tenancy.fates.schedule("send", *[f"error {code}"] * 3)
    ticked(bot, digest.JOB)
    with reading(bot.app.database) as connection:
        told = {row.text for row in connection.execute(select(notice).where(notice.c.kind == "alarm"))}
    (text,) = told
    assert f"teams does not take messages: {words_of_it}" in text
    assert "3 messages wait, for county-digest, north-digest, county-counts," in text
    ticked(bot, digest.JOB, now=NOW + timedelta(minutes=2))
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3
    assert len(posts(bot, NORTH)) == 1


def test_a_digest_that_is_too_long_is_sent_shorter_with_its_children_first(bot: Scene) -> None:
    bot.tenancy.fates.schedule("send", "error 413 MessageSizeTooBig", "error 400 BadSyntax")
    ticked(bot, digest.JOB)
    shown = [words(s) for place in (NORTH, COUNTY, COUNTS) for s in posts(bot, place)]
    (shorter,) = (text for text in shown if "Ask for: today everything" in text)
    assert REF in shorter
    assert len(shown) == 3


def test_an_installation_sends_at_once_what_was_refused(bot: Scene) -> None:
    kept = bot.teams.conversations.of(NORTH)
    assert kept
    bot.teams.conversations.remove(NORTH)
    for minute in (0, 2, 5, 9, 17):
        ticked(bot, digest.JOB, now=NOW + timedelta(minutes=minute))
    assert posts(bot, NORTH) == []
    bot.turn(NOW + timedelta(minutes=18))
    bot.send(activities.installed(bot.tenancy, bot.person("lead"), bot.there(NORTH, "lead"), "add"))
    bot.settle()
    tick(run(bot), (digest.JOB,), NOW - hours(1))
    assert {d.state for d in rows(bot, "digest")} == {"sent"}


def test_a_reminder_comes_to_the_worker_alone(bot: Scene) -> None:
    ticked(bot, reminders.JOB, now=HALF_PAST)
    (said,) = bot.to("north-worker")
    assert DUE.child_ref in words(said)
    assert said.body["summary"] == "You have items to look at."
    assert bot.to("south-worker") == []
    assert all(s.conversation.startswith("a:") for s in bot.tenancy.sent)


def test_a_person_without_the_app_is_said_and_gets_nothing(bot: Scene) -> None:
    bot.teams.conversations.remove(personal_of(ACCOUNTS["north-worker"]))
    bot.tenancy.people[ACCOUNTS["north-worker"]].installed = False
    ticked(bot, reminders.JOB, notices.JOB, now=HALF_PAST)
    ticked(bot, reminders.JOB, notices.JOB, now=HALF_PAST + timedelta(minutes=2))
    (d,) = [d for d in rows(bot, "reminder") if d.audience == "north-worker"]
    assert (d.state, d.reason) == ("held", "not_reached")
    assert any("the person has not got the app" in words(m) for m in bot.to("admin"))
    assert bot.to("north-worker") == []


def test_a_person_who_blocked_the_bot_is_said(bot: Scene) -> None:
    bot.tenancy.fates.schedule("send", *["error 403 ConversationBlockedByUser"] * 9)
    ticked(bot, reminders.JOB, now=HALF_PAST)
    assert {(d.state, d.reason) for d in rows(bot, "reminder")} == {("held", "not_reached")}


def test_an_account_that_teams_shows_no_more_is_not_written_to(bot: Scene) -> None:
    del bot.tenancy.people[ACCOUNTS["north-worker"]]
    ticked(bot, reminders.JOB, now=HALF_PAST)
    assert bot.tenancy.in_conversation(personal_of(ACCOUNTS["north-worker"])) == []
    assert [(d.state, d.reason) for d in rows(bot, "reminder") if d.audience == "north-worker"] == [("held", "privacy")]


@pytest.mark.parametrize("read_back", [True, False])
@pytest.mark.parametrize("arrived", [True, False])
def test_a_call_of_unknown_outcome_comes_again_and_says_so(scene: Scene, arrived: bool, read_back: bool) -> None:
    bot = scene
    bot.put(CALLED)
    bot.tenancy.fates.schedule("send", *["500 accepted" if arrived else "500"] * 2)
    ticked(bot, escalations.JOB, until=4, read_back=read_back)
    assert [d.state for d in rows(bot, "escalation")] == ["unknown"] * 2
    ticked(bot, escalations.JOB, now=NOW + timedelta(minutes=5, seconds=30), read_back=read_back)
    assert [d.state for d in rows(bot, "escalation")] == ["sent"] * 2
    for who in ("police", "north-manager"):
        marked = [MAY_REPEAT in words(s) for s in bot.to(who)]
        assert marked == ([False, True] if arrived else [True])
    first, last = bot.to("police")[0], bot.to("police")[-1]
    bot.press(first, "Acknowledge", "police")
    ticked(bot, escalations.JOB, now=NOW + timedelta(minutes=7), until=20, read_back=read_back)
    assert len([s for s in bot.to("police") if "please acknowledge" in words(s)]) == arrived, "no third call"
    assert last.edited >= 1, "the message that counts is settled"
