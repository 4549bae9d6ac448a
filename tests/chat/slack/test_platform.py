"""What the bot posts unasked, in Slack: once, found again, changed and taken away, whatever Slack answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.conversation.outbound import (
    DIGEST_PREVIEW,
    AskLater,
    CannotPost,
    CannotTell,
    Later,
    Message,
    PostRefused,
    Sent,
    Unknown,
)
from bot.conversation.reply import Button, Reply
from bot.rules.access.channel_privacy import Destination, level_of
from tests.support.slack import acceptance
from tests.support.slack.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, STRANGER, Scene, words
from tests.support.slack.workspace import OTHER_TEAM, Channel, Person
from tests.support.slack.workspace import Message as There

MARKER = "00000000-0000-4000-8000-000000000001"
SAID = Reply("Digest", 1, ("OX-2222 is missing",), buttons=(Button("Open", "open"),))
MESSAGE = Message(SAID, DIGEST_PREVIEW, MARKER)
WORKER = ACCOUNTS["north-worker"]


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def test_a_message_is_there_with_its_marker_and_fixed_words(scene: Scene) -> None:
    sent = scene.slack.platform.post(NORTH, MESSAGE)
    (there,) = scene.workspace.in_channel(NORTH)
    assert sent == Sent(there.ts)
    assert there.text == DIGEST_PREVIEW
    assert there.metadata == {"event_type": "missing_delivery", "event_payload": {"marker": MARKER}}
    assert there.arguments["unfurl_links"] is False
    assert acceptance.problems(there.blocks, "message") == []


def test_nothing_in_what_is_sent_says_what_a_button_means(scene: Scene) -> None:
    scene.slack.platform.post(NORTH, Message(Reply("Digest", 1, buttons=(Button("Look", "child OX-2222"),)), "x"))
    assert "child" not in str(scene.workspace.in_channel(NORTH)[0].arguments)


def test_it_is_found_again_among_many(scene: Scene) -> None:
    platform = scene.slack.platform
    for number in range(450):
        scene.workspace.messages.append(_somebody_says(scene, number))
        if number == 20:
            sent = platform.post(NORTH, MESSAGE)
    assert isinstance(sent, Sent)
    assert platform.find(NORTH, MARKER, since()) == [sent.message_id]


def test_what_another_app_forged_is_not_ours(scene: Scene) -> None:
    platform = scene.slack.platform
    platform.post(NORTH, MESSAGE)
    scene.workspace.in_channel(NORTH)[0].bot_id = "B0ANOTHER"
    assert platform.find(NORTH, MARKER, since()) == []


def test_a_part_is_found_in_its_thread(scene: Scene) -> None:
    platform = scene.slack.platform
    first = platform.post(NORTH, Message(SAID, DIGEST_PREVIEW, "another"))
    assert isinstance(first, Sent)
    part = platform.post(NORTH, Message(SAID, DIGEST_PREVIEW, MARKER, first.message_id))
    assert isinstance(part, Sent)
    assert platform.find(NORTH, MARKER, since(), first.message_id) == [part.message_id]


@pytest.mark.parametrize(
    ("fate", "outcome", "there"),
    [
        ("429", Later(1.0), 0),
        ("500", Unknown("no_answer"), 0),
        ("500 accepted", Unknown("no_answer"), 1),
        ("reset", None, 0),
        ("reset accepted", None, 1),
        ("slow accepted", None, 1),
        ("html", Unknown("no_answer"), 0),
        ("truncated accepted", None, 1),
        ("error fatal_error accepted", Unknown("fatal_error"), 1),
        ("error internal_error", Unknown("internal_error"), 0),
        ("error is_archived", PostRefused("is_archived"), 0),
        ("error token_revoked", PostRefused("token_revoked"), 0),
    ],
)
def test_what_came_of_it_is_never_claimed_to_be_known(scene: Scene, fate: str, outcome: Any, there: int) -> None:
    scene.workspace.fates.slow_seconds = 1.5
    object.__setattr__(scene.slack.platform.api, "timeout", 1.0)
    scene.workspace.fates.schedule("chat.postMessage", fate)
    found = scene.slack.platform.post(NORTH, MESSAGE)
    assert found == outcome if outcome else isinstance(found, Unknown)
    assert len(scene.workspace.in_channel(NORTH)) == there
    assert len(scene.workspace.calls_of("chat.postMessage")) == 1


def test_where_slack_does_not_say_whether_it_is_there_that_is_what_is_said(scene: Scene) -> None:
    scene.workspace.scopes = frozenset(scene.workspace.scopes) - {"groups:history"}
    with pytest.raises(CannotTell):
        scene.slack.platform.find(NORTH, MARKER, since())


def test_a_message_is_changed_and_stays_findable(scene: Scene) -> None:
    platform = scene.slack.platform
    sent = platform.post(NORTH, MESSAGE)
    assert isinstance(sent, Sent)
    changed = Message(Reply("Digest, changed", 1), DIGEST_PREVIEW, MARKER)
    assert platform.update(NORTH, sent.message_id, changed) == sent
    assert "Digest, changed" in words(scene.workspace.in_channel(NORTH)[0])
    assert platform.find(NORTH, MARKER, since()) == [sent.message_id]
    assert platform.update(NORTH, "1.000001", changed) == PostRefused("message_not_found")


def test_taking_away_what_is_gone_is_done(scene: Scene) -> None:
    platform = scene.slack.platform
    sent = platform.post(NORTH, MESSAGE)
    assert isinstance(sent, Sent)
    assert platform.delete(NORTH, sent.message_id) == sent
    assert scene.workspace.in_channel(NORTH) == []
    assert platform.delete(NORTH, sent.message_id) == sent


def test_a_person_is_written_to_in_the_conversation_with_the_bot(scene: Scene) -> None:
    sent = scene.slack.platform.post(WORKER, MESSAGE)
    assert [m.ts for m in scene.to("north-worker")] == [getattr(sent, "message_id", "")]
    assert scene.slack.platform.find(WORKER, MARKER, since()) == [getattr(sent, "message_id", "")]


def test_several_of_a_place_are_found_in_one_reading_of_the_channel_and_one_of_each_thread(scene: Scene) -> None:
    platform = scene.slack.platform
    leads = [platform.post(NORTH, Message(SAID, DIGEST_PREVIEW, f"lead-{n}")) for n in range(6)]
    first = getattr(leads[0], "message_id", "")
    parts = [platform.post(NORTH, Message(SAID, DIGEST_PREVIEW, f"part-{n}", first)) for n in range(6)]
    threads = {f"lead-{n}": None for n in range(6)} | {f"part-{n}": first for n in range(6)}
    found = platform.find_all(NORTH, threads, since())
    assert [found[f"lead-{n}"] for n in range(6)] == [[getattr(each, "message_id", "")] for each in leads]
    assert [found[f"part-{n}"] for n in range(6)] == [[getattr(each, "message_id", "")] for each in parts]
    assert len(scene.workspace.calls_of("conversations.history")) == 1
    assert len(scene.workspace.calls_of("conversations.replies")) == 1
    assert platform.find_all(NORTH, {"lead-0": None, "part-0": "1.000001"}, since()) == {"lead-0": found["lead-0"]}


def test_a_limit_of_readings_is_said_with_its_time(scene: Scene) -> None:
    scene.workspace.fates.retry_after = 60
    scene.workspace.fates.schedule("conversations.history", "429")
    with pytest.raises(AskLater) as busy:
        scene.slack.platform.find(NORTH, MARKER, since())
    assert busy.value.seconds == 60


# ---- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("is_archived", "archived"),
        ("channel_not_found", "no_channel"),
        ("not_in_channel", "not_in_it"),
        ("restricted_action", "may_not_post"),
        ("message_limit_exceeded", "limit"),
        ("invalid_auth", "token"),
        ("token_revoked", "token"),
        ("account_inactive", "token"),
        ("team_added_to_org", "token"),
        ("missing_scope", "permission"),
        ("msg_too_long", "too_long"),
        ("invalid_blocks", "form"),
        ("a_code_of_tomorrow", "refused"),
    ],
)
def test_each_refusal_has_its_cause(scene: Scene, code: str, cause: str) -> None:
    scene.workspace.fates.schedule("chat.postMessage", f"error {code}")
    found = scene.slack.platform.post(NORTH, MESSAGE)
    assert isinstance(found, PostRefused)
    assert (found.code, found.cause) == (code, cause)


@pytest.mark.parametrize("destination", [NORTH, WORKER])
def test_a_token_that_is_refused_is_that_and_not_a_doubt_about_readers(scene: Scene, destination: str) -> None:
    scene.workspace.refusing = "token_revoked"
    with pytest.raises(CannotPost) as no:
        scene.slack.platform.describe(destination)
    assert (no.value.refusal.code, no.value.refusal.cause) == ("token_revoked", "token")


def test_a_channel_that_was_deleted_is_that_and_not_a_doubt_about_readers(scene: Scene) -> None:
    del scene.workspace.channels[NORTH]
    with pytest.raises(CannotPost) as no:
        scene.slack.platform.describe(NORTH)
    assert no.value.refusal.cause == "no_channel"


def test_a_plain_message_is_one_block_of_words(scene: Scene) -> None:
    said = Reply(
        "Digest", 1, ("🔴 OX-2222 · HIGH <!channel>", "Ask for: today everything"), footer=("references only",)
    )
    scene.slack.platform.post(NORTH, Message(said, DIGEST_PREVIEW, MARKER, plain=True))
    (there,) = scene.workspace.in_channel(NORTH)
    assert there.text == DIGEST_PREVIEW
    (block,) = there.blocks
    assert block["text"]["type"] == "plain_text"
    lines = block["text"]["text"].splitlines()
    assert (lines[0], lines[2], lines[3]) == ("Digest", "Ask for: today everything", "references only")
    assert "OX-2222" in lines[1]
    assert "<!channel>" not in lines[1]
    assert acceptance.problems(there.blocks, "message") == []
    assert scene.slack.platform.find(NORTH, MARKER, since()) == [there.ts]


def test_a_private_conversation_that_slack_does_not_know_is_opened_anew_once(scene: Scene) -> None:
    platform, workspace = scene.slack.platform, scene.workspace
    platform.post(WORKER, MESSAGE)
    old = workspace.im_with(WORKER)
    del workspace.channels[old.id]
    workspace.put(Channel("D0MOVED", user=WORKER, members=[WORKER]))
    assert platform.post(WORKER, MESSAGE) == Later(1.0)
    platform.describe(WORKER)
    assert isinstance(platform.post(WORKER, MESSAGE), Sent)
    assert len(workspace.in_channel("D0MOVED")) == 1
    workspace.fates.schedule("chat.postMessage", "error channel_not_found")
    refused = platform.post(WORKER, MESSAGE)
    assert isinstance(refused, PostRefused)
    assert refused.cause == "no_channel"
    assert len(workspace.calls_of("conversations.open")) == 2


# ---- who reads there ------------------------------------------------------------------------------


def level(scene: Scene, destination: str) -> int | None:
    return level_of(scene.slack.platform.describe(destination))


def test_a_private_channel_of_the_entitled_has_references(scene: Scene) -> None:
    assert level(scene, NORTH) == 1


def test_an_entitled_person_has_details(scene: Scene) -> None:
    assert level(scene, WORKER) == 2


def test_a_channel_that_is_not_listed_has_nothing(scene: Scene) -> None:
    assert level(scene, "C0UNLISTED") is None


def test_a_public_channel_of_counts_has_counts(scene: Scene) -> None:
    assert level(scene, COUNTS) == 0


@pytest.mark.parametrize("how", ["is_ext_shared", "is_pending_ext_shared", "is_org_shared"])
def test_a_channel_that_others_read_is_said_to_be_shared(scene: Scene, how: str) -> None:
    setattr(scene.workspace.channels[NORTH], how, True)
    assert scene.slack.platform.describe(NORTH).is_shared is True
    assert level(scene, NORTH) == 0


def test_a_channel_made_public_has_counts_alone(scene: Scene) -> None:
    assert level(scene, NORTH) == 1
    scene.workspace.channels[NORTH].is_private = False
    scene.slack.channels.forget(NORTH)
    assert level(scene, NORTH) == 0


@pytest.mark.parametrize(
    "reader",
    [
        Person(STRANGER),
        Person(WORKER, is_restricted=True),
        Person(WORKER, deleted=True),
        Person(WORKER, team_id=OTHER_TEAM),
        Person("U0ANOTHERBOT", is_bot=True),
    ],
)
def test_one_reader_who_is_not_entitled_leaves_counts(scene: Scene, reader: Person) -> None:
    scene.workspace.put(reader)
    scene.workspace.channels[NORTH].members.append(reader.id)
    assert level(scene, NORTH) == 0


@pytest.mark.parametrize(
    ("reader", "left"), [("admin", 0), ("analyst", 0), ("south-worker", 0), ("police", 1), ("coordinator", 1)]
)
def test_one_reader_who_may_not_see_its_lists_leaves_counts(scene: Scene, reader: str, left: int) -> None:
    """An administrator sees nothing of a child, in whatever channel they sit; a worker nothing of another area."""
    scene.workspace.channels[NORTH].members.append(ACCOUNTS[reader])
    assert level(scene, NORTH) == left
    assert level(scene, ACCOUNTS[reader]) == 2


def test_facts_of_a_channel_are_remembered_for_seconds(scene: Scene) -> None:
    now = [0.0]
    scene.slack.channels.clock = lambda: now[0]
    scene.slack.platform.describe(NORTH)
    scene.workspace.channels[NORTH].is_ext_shared = True
    now[0] = 9.9
    assert scene.slack.platform.describe(NORTH).is_shared is False
    now[0] = 10.1
    assert scene.slack.platform.describe(NORTH).is_shared is True


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
def test_what_cannot_be_learnt_is_not_guessed(scene: Scene, method: str) -> None:
    scene.workspace.fates.schedule(method, "500", "500")
    with pytest.raises(CannotTell):
        level(scene, NORTH)
    assert level_of(scene.slack.channels.describe(NORTH)) in (0, None)


def test_while_slack_is_busy_it_is_not_known_who_reads_there(scene: Scene) -> None:
    scene.workspace.fates.schedule("users.info", "429")
    with pytest.raises(CannotTell):
        level(scene, WORKER)
    assert level(scene, WORKER) == 2


def test_a_lasting_no_is_no_reason_to_ask_again(scene: Scene) -> None:
    scene.workspace.scopes = frozenset(scene.workspace.scopes) - {"users:read"}
    with pytest.raises(CannotPost) as no:
        scene.slack.platform.describe(WORKER)
    assert (no.value.refusal.code, no.value.refusal.cause) == ("missing_scope: users:read", "permission")


def test_of_more_people_than_need_to_know_none_is_asked_for(scene: Scene) -> None:
    many = [f"U0MANY{number:04}" for number in range(450)]
    scene.workspace.put(*(Person(each) for each in many))
    scene.workspace.channels[NORTH].members += many
    assert scene.slack.platform.describe(NORTH) == Destination("channel", 1, True, False, None)
    assert len(scene.workspace.calls_of("conversations.members")) == 2


def test_members_on_every_page_are_read(scene: Scene) -> None:
    listed = scene.workspace.channels[COUNTY].members
    many = [f"U0MANY{number:04}" for number in range(190)]
    scene.workspace.put(*(Person(each) for each in many), Channel(COUNTY, "county", members=[*many, *listed]))
    found = scene.slack.platform.describe(COUNTY)
    assert found.members is not None
    assert (len(found.members), sum(m is True for m in found.members)) == (193, 3)


@pytest.mark.parametrize("change", [{"deleted": True}, {"is_restricted": True}, {"team_id": OTHER_TEAM}])
def test_a_person_who_is_not_ours_any_more_gets_nothing(scene: Scene, change: dict[str, Any]) -> None:
    assert level(scene, WORKER) == 2
    scene.slack.accounts.clock = lambda: time.monotonic() + 3.1  # the next message, not the same one's second look
    scene.workspace.put(Person(WORKER, **change))
    assert level(scene, WORKER) is None


def _somebody_says(scene: Scene, number: int) -> There:
    return There(NORTH, scene.workspace.new_ts(), f"something {number}", user=WORKER)


def test_no_log_line_quotes_what_was_sent(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    for fate in ("truncated accepted", "html", "500", "reset", "error invalid_blocks"):
        scene.workspace.fates.schedule("chat.postMessage", fate)
        scene.slack.platform.post(NORTH, MESSAGE)
    assert "2222" not in caplog.text
