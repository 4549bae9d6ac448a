"""Digests and reminders as they arrive in Slack: where, once, for whom, and what becomes of them on a bad day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.jobs import digest, notices, reminders
from bot.jobs.delivery import send_due, tick
from bot.jobs.job import Job, Run
from bot.rules.delivery.delivery import Delivery
from bot.server.worker import JOBS, Worker
from bot.store.database import reading
from bot.store.delivery import ledger
from bot.store.schema.access import notice
from tests.support.factories import NOW, at, episode, hours, interview
from tests.support.slack import acceptance, events, presses
from tests.support.slack.rate_limits import Limits
from tests.support.slack.scene import COUNTS, COUNTY, NORTH, STRANGER, Scene, words
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, SCOPES, Message

MISSING = episode(1, area="north")
REF = MISSING.child_ref
BACK = NOW - hours(60)
DUE = episode(2, BACK - hours(5), BACK, area="north", interview=interview(BACK, worker="W-N01"))
DIGEST = digest.JOB


@pytest.fixture
def bot(scene: Scene) -> Scene:
    scene.put(MISSING, DUE)
    return scene


def ticked(bot: Scene, *jobs: Job, now: datetime = NOW, settle: float = 31) -> None:
    """Two ticks, with the time between in which an unknown outcome settles."""
    for moment in (now, now + timedelta(seconds=settle)):
        bot.turn(moment)
        tick(run(bot), jobs or JOBS, NOW - hours(1))


def run(bot: Scene) -> Run:
    app, platforms = bot.app, {"slack": bot.slack.platform}
    return Run(app.database, app.as_listed(), platforms, app.sealing_key, "a", lambda connection: bot.now)


def rows(bot: Scene, kind: str) -> list[Delivery]:
    with reading(bot.app.database) as connection:
        return [d for d in ledger.find(connection) if d.kind == kind]


def north(bot: Scene) -> list[Message]:
    return [m for m in bot.workspace.in_channel(NORTH) if m.thread_ts is None]


def test_each_channel_gets_its_digest_once_with_its_areas_in_the_thread(bot: Scene) -> None:
    ticked(bot, DIGEST)
    (lead,) = north(bot)
    assert f"*{REF}* · " in str(lead.blocks)
    parts = [m for m in bot.workspace.in_channel(NORTH) if m.thread_ts == lead.ts]
    assert len(parts) == 1
    assert lead.text == parts[0].text == "Your safeguarding digest is ready."
    assert len([m for m in bot.workspace.in_channel(COUNTY) if m.thread_ts is None]) == 1
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


def test_everything_that_was_posted_is_accepted_by_slack(bot: Scene) -> None:
    ticked(bot)
    assert bot.workspace.messages
    assert [acceptance.problems(m.blocks, "message") for m in bot.workspace.messages] == [[]] * len(
        bot.workspace.messages
    )
    assert not [call for call in bot.workspace.calls if call.error]


def test_a_public_channel_of_counts_has_no_reference(bot: Scene) -> None:
    ticked(bot, DIGEST)
    (said,) = bot.workspace.in_channel(COUNTS)
    assert "OX-" not in str(said.arguments)


def test_where_somebody_reads_who_is_not_entitled_the_digest_is_cut_to_counts(bot: Scene) -> None:
    bot.workspace.channels[NORTH].members.append(STRANGER)
    ticked(bot, DIGEST)
    (said,) = bot.workspace.in_channel(NORTH)
    assert "Counts only" in words(said)
    assert "OX-" not in str(said.arguments)


def test_a_shared_channel_gets_nothing_and_administrators_hear(bot: Scene) -> None:
    bot.workspace.channels[NORTH].is_ext_shared = True
    ticked(bot)
    assert bot.workspace.in_channel(NORTH) == []
    ticked(bot, now=NOW + timedelta(minutes=2))
    assert any("north-digest" in words(m) for m in bot.to("admin"))


def in_private_channels(bot: Scene) -> list[str]:
    """What became of the digests that the bot can look for: it may not read public channels."""
    return [d.state for d in rows(bot, "digest") if d.destination != COUNTS]


@pytest.mark.parametrize("fate", ["500 accepted", "reset accepted", "truncated accepted", "error fatal_error accepted"])
def test_what_slack_took_without_saying_so_is_found_and_not_posted_again(bot: Scene, fate: str) -> None:
    bot.workspace.fates.schedule("chat.postMessage", *[fate] * 3)
    ticked(bot, DIGEST)
    assert len(north(bot)) == 1
    assert in_private_channels(bot) == ["sent"] * 2


@pytest.mark.parametrize("fate", ["500", "reset", "html"])
def test_what_slack_did_not_take_is_posted_once_more(bot: Scene, fate: str) -> None:
    bot.workspace.fates.schedule("chat.postMessage", *[fate] * 3)
    ticked(bot, DIGEST)
    assert len(north(bot)) == 1
    assert in_private_channels(bot) == ["sent"] * 2


@pytest.mark.parametrize(("fate", "there"), [("500", 0), ("500 accepted", 1)])
def test_in_a_public_channel_a_person_decides_what_became_of_it(bot: Scene, fate: str, there: int) -> None:
    bot.workspace.fates.schedule("chat.postMessage", *[fate] * 3)
    ticked(bot, DIGEST, notices.JOB)
    ticked(bot, DIGEST, notices.JOB, now=NOW + timedelta(minutes=32))
    found = next(d for d in rows(bot, "digest") if d.destination == COUNTS)
    assert (found.state, found.reason) == ("held", "unknown")
    assert len(bot.workspace.in_channel(COUNTS)) == there
    (told,) = (m for m in bot.to("admin") if "The digest for county-counts" in words(m))
    assert "See" in presses.labels(told.blocks)


def test_a_limit_of_slack_is_waited_for(bot: Scene) -> None:
    bot.workspace.fates.schedule("chat.postMessage", "429", "429", "429")
    ticked(bot, DIGEST)
    assert len(north(bot)) == 1
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


def test_a_channel_the_bot_was_put_out_of_is_said(bot: Scene) -> None:
    bot.workspace.channels[NORTH].with_bot = False
    bot.workspace.channels[NORTH].members.remove(bot.workspace.bot_user)
    ticked(bot)
    assert next(d for d in rows(bot, "digest") if d.destination == NORTH).reason == "no_channel"


def test_an_archived_channel_is_said_and_gets_its_digest_when_it_is_back(bot: Scene) -> None:
    bot.workspace.channels[NORTH].is_archived = True
    ticked(bot)
    ticked(bot, now=NOW + timedelta(minutes=2))
    (told,) = (m for m in bot.to("admin") if "north-digest" in words(m))
    assert "slack does not take messages: the channel is archived" in words(told)
    bot.workspace.channels[NORTH].is_archived = False
    ticked(bot, now=NOW + timedelta(minutes=5))
    assert len(north(bot)) == 1
    assert in_private_channels(bot) == ["sent"] * 2


@pytest.mark.parametrize("code", ["invalid_auth", "team_added_to_org", "message_limit_exceeded", "restricted_action"])
def test_one_cause_in_every_channel_is_one_alarm_and_all_is_sent_when_it_is_gone(bot: Scene, code: str) -> None:
    bot.workspace.fates.schedule("chat.postMessage", *[f"error {code}"] * 3)
    ticked(bot, DIGEST, now=NOW)
    with reading(bot.app.database) as connection:
        told = [row.text for row in connection.execute(select(notice).where(notice.c.kind == "alarm"))]
    assert len(set(told)) == 1
    assert "3 messages wait, for county-digest, north-digest, county-counts," in told[0]
    ticked(bot, DIGEST, now=NOW + timedelta(minutes=2))
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3
    assert len(north(bot)) == 1


def test_a_token_that_was_revoked_is_one_alarm_for_channels_and_people(bot: Scene) -> None:
    """Nothing is said of who reads there."""
    bot.workspace.refusing = "token_revoked"
    ticked(bot, now=at("Wed 5 Jul 2017 08:31"))
    assert {(d.state, d.reason) for kind in ("digest", "reminder") for d in rows(bot, kind)} == {("held", "token")}
    with reading(bot.app.database) as connection:
        told = {row.text for row in connection.execute(select(notice).where(notice.c.text.contains("slack")))}
    assert len(told) == 1
    bot.workspace.refusing = None
    ticked(bot, now=at("Wed 5 Jul 2017 08:33"))
    assert {d.state for d in rows(bot, "digest")} == {"sent"}


def told_of_slack(bot: Scene) -> set[str]:
    with reading(bot.app.database) as connection:
        return {row.text for row in connection.execute(select(notice).where(notice.c.text.contains("slack")))}


def lacking(bot: Scene, *scopes: str) -> None:
    bot.workspace.scopes = [each for each in SCOPES if each not in scopes]


def test_a_scope_that_is_missing_to_see_a_channel_is_named_once_and_all_is_sent_when_it_is_granted(bot: Scene) -> None:
    lacking(bot, "groups:read")
    ticked(bot, DIGEST)
    private = [d for d in rows(bot, "digest") if d.audience != "county-counts"]
    assert {(d.state, d.reason, d.refusal) for d in private} == {
        ("held", "permission", "missing_scope: groups:read"),
    }
    (told,) = told_of_slack(bot)
    assert "the app lacks a permission (missing_scope: groups:read). 2 messages wait, for " in told
    assert "To do: install the app anew with its manifest; doctor says what is missing." in told
    lacking(bot)
    ticked(bot, DIGEST, now=NOW + timedelta(minutes=2))
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


def test_a_scope_that_is_missing_to_see_people_is_named_and_what_may_be_read_by_all_is_sent(bot: Scene) -> None:
    """The digest as counts; messages for a person wait."""
    lacking(bot, "users:read")
    ticked(bot, now=at("Wed 5 Jul 2017 08:31"))
    (lead,) = north(bot)
    assert "Counts only" in words(lead)
    assert {(d.state, d.reason, d.refusal) for d in rows(bot, "reminder")} == {
        ("held", "permission", "missing_scope: users:read"),
    }
    told = told_of_slack(bot)
    assert len(told) == 2
    assert all("(missing_scope: users:read)" in each for each in told)
    assert sum("Digests are cut to counts" in each for each in told) == 1
    lacking(bot)
    ticked(bot, now=at("Wed 5 Jul 2017 08:34"))
    with reading(bot.app.database) as connection:
        assert "held" not in {d.state for d in ledger.find(connection)}
    assert DUE.child_ref in words(bot.to("north-worker")[-1])


def test_a_part_of_a_digest_waits_for_the_permission_and_not_for_its_readers(bot: Scene) -> None:
    DIGEST.plan(run(bot), NOW)
    send_due(run(bot), dict.fromkeys(DIGEST.kinds, DIGEST), kinds=[digest.KIND])
    bot.workspace.fates.dice = {"conversations.members": ("error missing_scope",)}
    bot.slack.platform.channels.forget(None)
    ticked(bot, DIGEST, now=NOW + timedelta(minutes=2))
    assert {(d.state, d.reason, d.refusal) for d in rows(bot, "thread")} == {("held", "permission", "missing_scope")}


def test_a_digest_that_is_too_long_is_sent_shorter_with_its_children_first(bot: Scene) -> None:
    bot.workspace.fates.schedule("chat.postMessage", "error msg_too_long", "error invalid_blocks")
    ticked(bot, DIGEST)
    leads = [m for m in bot.workspace.messages if m.thread_ts is None]
    (shorter,) = (m for m in leads if "Ask for: today everything" in str(m.blocks))
    assert [block["type"] for block in shorter.blocks] == ["section"]
    assert REF in str(shorter.blocks)
    assert acceptance.problems(shorter.blocks, "message") == []
    assert [d.state for d in rows(bot, "digest")] == ["sent"] * 3


def test_the_bot_that_is_added_to_a_channel_posts_at_once_what_was_refused(bot: Scene) -> None:
    channel = bot.workspace.channels[NORTH]
    channel.with_bot = False
    for minute in (0, 2, 5, 9, 17):
        ticked(bot, DIGEST, now=NOW + timedelta(minutes=minute))
    channel.with_bot = True
    bot.turn(NOW + timedelta(minutes=18))
    bot.send(events.member_joined_channel(bot.workspace, bot.workspace.people[bot.workspace.bot_user], channel))
    tick(run(bot), (DIGEST,), NOW - hours(1))
    assert len(north(bot)) == 1


def test_a_line_that_was_seen_to_ticks_itself_off_in_place(bot: Scene) -> None:
    ticked(bot, DIGEST)
    (lead,) = north(bot)
    bot.slash(f"interview {DUE.child_ref} offered by phone", "north-worker")
    bot.slash(f"interview {DUE.child_ref} declined by child", "north-worker")
    ticked(bot, DIGEST, now=NOW + timedelta(minutes=10))
    (still,) = north(bot)
    assert still.ts == lead.ts
    assert "✓" in words(still)
    assert acceptance.problems(still.blocks, "message") == []


def test_in_the_evening_the_close_is_a_reply_that_the_channel_sees_once(bot: Scene) -> None:
    ticked(bot, DIGEST)
    bot.workspace.fates.schedule("chat.postMessage", *["500 accepted"] * 3)
    ticked(bot, DIGEST, now=at("Wed 5 Jul 2017 18:00"))
    ticked(bot, DIGEST, now=at("Wed 5 Jul 2017 18:20"))
    (lead,) = (m for m in north(bot) if m.thread_ts is None)
    (closing,) = (m for m in bot.workspace.in_channel(NORTH) if m.broadcast)
    assert closing.thread_ts == lead.ts
    assert words(closing).startswith("Closed: 0 of ")
    assert acceptance.problems(closing.blocks, "message") == []
    assert "reply_broadcast" not in lead.arguments, "an update is no reply"


def test_a_reminder_comes_to_the_worker_alone_and_its_buttons_work(bot: Scene) -> None:
    ticked(bot, reminders.JOB, now=at("Wed 5 Jul 2017 08:31"))
    (said,) = bot.to("north-worker")
    assert DUE.child_ref in words(said)
    assert said.text == "You have items to look at."
    label = next(label for label in presses.labels(said.blocks) if label.startswith("Why"))
    assert "72 h" in words(bot.press(said, label, "north-worker")) or DUE.child_ref in words(bot.modal())
    assert bot.to("south-worker") == []


def test_somebody_deactivated_is_not_written_to_and_that_is_said(bot: Scene) -> None:
    bot.workspace.people[bot.person("north-worker").id].deleted = True
    ticked(bot, reminders.JOB, now=at("Wed 5 Jul 2017 08:31"))
    assert bot.to("north-worker") == []
    assert [(d.state, d.reason) for d in rows(bot, "reminder") if d.audience == "north-worker"] == [("held", "privacy")]


def test_under_slacks_own_limits_nothing_is_lost(bot: Scene) -> None:
    bot.workspace.limits = Limits(clock=lambda: (bot.now - NOW).total_seconds())
    more = [episode(n, area=area) for n, area in enumerate(("north", "south", "central", "disability"), 10)]
    bot.put(*more, taken_at=NOW - hours(1))
    for minute in range(12):
        ticked(bot, DIGEST, now=NOW + timedelta(minutes=minute))
    assert {d.state for kind in ("digest", "thread") for d in rows(bot, kind)} <= {"sent", "dropped"}
    leads = [m for m in bot.workspace.messages if m.thread_ts is None]
    assert len(leads) == 3


def test_the_bot_that_is_run_posts_to_slack_and_to_no_folder(bot: Scene) -> None:
    environ = {
        "BOT_SLACK_BOT_TOKEN": BOT_TOKEN,
        "BOT_SLACK_APP_TOKEN": APP_TOKEN,
        "BOT_SLACK_API_URL": bot.served.api_url,
        **bot.app.settings.environ,
    }
    object.__setattr__(bot.app.settings, "environ", environ)
    clockwork = Worker(bot.app)
    clockwork.tick()
    assert len(north(bot)) == 1
    assert list(clockwork.platforms) == ["slack", "offline"]  # the practice partnership keeps its folder


@pytest.mark.parametrize("fate", ["429", "500", "reset"])
def test_while_slack_does_not_say_who_reads_there_the_message_waits_and_nobody_is_alarmed(
    bot: Scene, fate: str
) -> None:
    bot.workspace.fates.schedule("users.info", *[fate] * 60)
    bot.workspace.fates.schedule("conversations.info", *[fate] * 60)
    bot.turn(NOW)
    tick(run(bot), (DIGEST,), NOW - hours(1))
    assert {(d.state, d.reason) for d in rows(bot, "digest")} == {("planned", "later")}
    bot.workspace.fates.clear()
    ticked(bot, DIGEST, now=NOW + timedelta(minutes=1))
    assert in_private_channels(bot) == ["sent"] * 2
    ticked(bot, now=NOW + timedelta(minutes=2))
    assert bot.to("admin") == []
