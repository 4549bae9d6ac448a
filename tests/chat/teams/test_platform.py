"""What the bot posts unasked, in Teams: once, found again where a team lets it, changed and taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.chat.teams.connector import Connector, Failed, code_in, threaded
from bot.chat.teams.platform import Teams, marked
from bot.chat.teams.rendering import BYTES
from bot.conversation.outbound import (
    DIGEST_PREVIEW,
    AskLater,
    CannotPost,
    CannotTell,
    Later,
    Message,
    NoLookUp,
    Outcome,
    PostRefused,
    Sent,
    Unknown,
)
from bot.conversation.reply import Button, Reply
from bot.store.database import migrate, open_database
from tests.support.teams.sending import (
    AWAY,
    LEAD,
    PRIVATE,
    SHARED,
    STANDARD,
    WORKER,
    Sending,
    personal_of,
    sending,
)
from tests.support.teams.tenancy import Sent as There
from tests.support.teams.tenancy import size, texts

MARKER = "00000000-0000-4000-8000-000000000001"
SAID = Reply("Digest", 1, ("OX-2222 is missing",), buttons=(Button("Open", "open"),))
MESSAGE = Message(SAID, DIGEST_PREVIEW, MARKER)


@pytest.fixture
def teams(sqlite_url: str) -> Iterator[Sending]:
    database = open_database(sqlite_url)
    migrate(database)
    with sending(database) as found:
        found.platform = Teams(found.connector, found.channels, found.platform.sealed, read_back=True)
        yield found
    database.dispose()


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def number(outcome: Outcome) -> str:
    assert isinstance(outcome, Sent)
    return outcome.message_id


@pytest.mark.parametrize("to", [STANDARD, PRIVATE, SHARED, LEAD])
def test_a_message_is_there_with_its_marker_and_fixed_words(teams: Sending, to: str) -> None:
    sent = teams.platform.post(to, MESSAGE)
    (there,) = teams.tenancy.in_conversation(personal_of(LEAD) if to == LEAD else to)
    assert sent == Sent(there.id)
    assert there.body["summary"] == DIGEST_PREVIEW
    assert there.card["body"][0]["id"] == MARKER
    assert "OX-2222 is missing" in " ".join(texts(there.card))
    assert set(there.body) == {"type", "summary", "attachments"}, "no words beside the card and the fixed sentence"


def test_the_largest_message_has_room_for_its_marker(teams: Sending) -> None:
    long = Reply("Digest", 1, tuple(f"OX-{n} é 北 is missing, and this line goes on for some time" for n in range(900)))
    number(teams.platform.post(PRIVATE, Message(long, DIGEST_PREVIEW, MARKER)))
    (there,) = teams.tenancy.in_conversation(PRIVATE)
    assert there.card["body"][0]["id"] == MARKER
    assert BYTES - 3000 < size(there.body) <= BYTES


def test_the_marker_changes_no_other_part_of_a_card() -> None:
    card = {"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "a"}, {"type": "TextBlock", "text": "b"}]}
    again = json.loads(json.dumps(card))
    assert marked(card, MARKER)["body"] == [{**again["body"][0], "id": MARKER}, again["body"][1]]
    assert card == again


def test_it_is_found_again_among_many(teams: Sending) -> None:
    other = {"type": "message", "attachments": [{"contentType": "adaptive", "content": {"body": [{"id": "another"}]}}]}
    for n in range(370):
        teams.tenancy.sent.append(There(PRIVATE, "", f"1{n}", other, at=teams.tenancy.clock()))
        if n == 20:
            sent = number(teams.platform.post(PRIVATE, MESSAGE))
    assert teams.platform.find(PRIVATE, MARKER, since()) == [sent]


def test_every_copy_is_found_the_earliest_first(teams: Sending) -> None:
    sent = [number(teams.platform.post(PRIVATE, MESSAGE)) for _ in range(3)]
    assert teams.platform.find(PRIVATE, MARKER, since()) == sent


def test_what_another_app_or_a_person_forged_is_not_ours(teams: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    number(teams.platform.post(PRIVATE, MESSAGE))
    other = Connector(teams.caller, "28:66666666-ffff-4fff-8fff-000000000001", teams.connector.graph)
    assert Teams(other, teams.channels, teams.platform.sealed, read_back=True).find(PRIVATE, MARKER, since()) == []


def test_a_marker_that_is_only_quoted_in_a_text_is_not_ours(teams: Sending) -> None:
    number(teams.platform.post(PRIVATE, Message(Reply("Digest", 1, (f"see {MARKER}",)), DIGEST_PREVIEW, "another")))
    assert teams.platform.find(PRIVATE, MARKER, since()) == []


def test_a_part_is_in_its_thread_and_is_found_there(teams: Sending) -> None:
    first = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, "another")))
    part = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, MARKER, first)))
    assert [(s.id, s.thread) for s in teams.tenancy.in_conversation(PRIVATE)] == [(first, ""), (part, first)]
    assert teams.platform.find(PRIVATE, MARKER, since(), first) == [part]
    assert teams.platform.find(PRIVATE, MARKER, since()) == []


def test_a_reply_that_everybody_sees_is_in_the_channel_and_is_found_too(teams: Sending) -> None:
    first = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, "another")))
    close = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, MARKER, first, aloud=True)))
    assert [s.thread for s in teams.tenancy.in_conversation(PRIVATE)] == ["", ""]
    assert teams.platform.find(PRIVATE, MARKER, since(), first) == [close]


@pytest.mark.parametrize(
    ("fate", "outcome", "there"),
    [
        ("429", Later(1.0), 0),
        ("412", Later(1.0), 0),
        ("502", Later(1.0), 0),
        ("504", Later(1.0), 0),
        ("500", Unknown("ServiceError"), 0),
        ("500 accepted", Unknown("ServiceError"), 1),
        ("503", Unknown("ServiceError"), 0),
        ("reset", None, 0),
        ("reset accepted", None, 1),
        ("slow accepted", None, 1),
        ("html", None, 0),
        ("empty", None, 0),
        ("empty accepted", None, 1),
        ("truncated accepted", None, 1),
        ("error 400 BadSyntax", PostRefused("BadSyntax"), 0),
        ("error 403 ConversationBlockedByUser", PostRefused("ConversationBlockedByUser"), 0),
        ("error 403 BotNotInConversationRoster", PostRefused("BotNotInConversationRoster"), 0),
        ("error 403 BotDisabledByAdmin", PostRefused("BotDisabledByAdmin"), 0),
        ("error 404 ConversationNotFound", PostRefused("ConversationNotFound"), 0),
        ("error 413 MessageSizeTooBig", PostRefused("MessageSizeTooBig"), 0),
        ("error 401 BotNotRegistered", PostRefused("BotNotRegistered"), 0),
    ],
)
def test_whatever_teams_answers_it_is_one_try_and_one_outcome(
    teams: Sending, fate: str, outcome: Outcome | None, there: int
) -> None:
    teams.tenancy.fates.schedule("send", fate)
    found = teams.platform.post(PRIVATE, MESSAGE)
    assert found == outcome if outcome else isinstance(found, Unknown)
    assert len(teams.tenancy.in_conversation(PRIVATE)) == there
    assert [c.name for c in teams.tenancy.calls].count("send") == 1
    if isinstance(found, Unknown):
        assert len(teams.platform.find(PRIVATE, MARKER, since())) == there


def test_a_person_without_the_app_is_not_reached_and_the_outcome_says_so(teams: Sending) -> None:
    assert teams.platform.describe(AWAY).members == (True,), "nothing is hidden from a person who gets nothing"
    assert teams.platform.post(AWAY, MESSAGE) == PostRefused("not_installed")
    assert teams.tenancy.sent == []


def test_a_bot_whose_secret_is_wrong_does_not_blame_the_person(teams: Sending) -> None:
    teams.tenancy.fates.schedule("create", "error 401 Unauthorized")
    assert teams.platform.post(AWAY, MESSAGE) == PostRefused("Unauthorized")


@pytest.mark.parametrize("fate", ["429", "500", "reset"])
def test_a_conversation_that_could_not_be_opened_now_is_tried_later(teams: Sending, fate: str) -> None:
    teams.tenancy.fates.schedule("create", fate)
    assert isinstance(teams.platform.post(AWAY, MESSAGE), Later)
    assert teams.tenancy.sent == []


@pytest.mark.parametrize(
    ("code", "to", "cause"),
    [
        ("403 TeamArchived", PRIVATE, "archived"),
        ("404 ConversationNotFound", PRIVATE, "no_channel"),
        ("403 BotNotInConversationRoster", PRIVATE, "not_in_it"),
        ("403 BotNotInConversationRoster", LEAD, "not_reached"),
        ("403 ConversationBlockedByUser", LEAD, "not_reached"),
        ("403 MessageWritesBlocked", PRIVATE, "may_not_post"),
        ("403 MessageWritesBlocked", LEAD, "not_reached"),
        ("401 Unauthorized", PRIVATE, "token"),
        ("401 BotNotRegistered", LEAD, "token"),
        ("413 MessageSizeTooBig", PRIVATE, "too_long"),
        ("400 BadSyntax", PRIVATE, "form"),
        ("403 CodeOfTomorrow", PRIVATE, "refused"),
    ],
)
def test_each_refusal_has_its_cause(teams: Sending, code: str, to: str, cause: str) -> None:
    teams.tenancy.fates.schedule("send", f"error {code}")
    found = teams.platform.post(to, MESSAGE)
    assert isinstance(found, PostRefused)
    assert (found.code, found.cause) == (code.partition(" ")[2], cause)


@pytest.mark.parametrize("to", [PRIVATE, LEAD])
def test_a_token_that_entra_refuses_does_not_pass_by_itself(teams: Sending, to: str) -> None:
    class Refused:
        def call(self, *_: object) -> dict[str, Any]:
            raise Failed("token_refused", later=30)

    object.__setattr__(teams.connector, "transport", Refused())
    found = teams.platform.post(to, MESSAGE)
    assert isinstance(found, PostRefused)
    assert found.cause == "token"
    with pytest.raises(CannotPost) as no:
        teams.platform.describe(to)
    assert no.value.refusal.cause == "token"


def test_a_personal_conversation_that_teams_does_not_know_is_opened_anew_once(teams: Sending) -> None:
    teams.tenancy.fates.schedule("send", "error 404 ConversationNotFound")
    assert teams.platform.post(LEAD, MESSAGE) == Later(1.0)
    teams.platform.describe(LEAD)
    number(teams.platform.post(LEAD, MESSAGE))
    assert [c.name for c in teams.tenancy.calls].count("create") == 1
    teams.tenancy.fates.schedule("send", "error 404 ConversationNotFound")
    found = teams.platform.post(LEAD, MESSAGE)
    assert isinstance(found, PostRefused)
    assert found.cause == "not_reached"


def test_several_of_a_place_are_found_in_one_reading_of_the_channel_and_one_of_each_thread(teams: Sending) -> None:
    leads = [number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, f"lead-{n}"))) for n in range(4)]
    parts = [number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, f"p-{n}", leads[0]))) for n in range(4)]
    aloud = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, "aloud", leads[0], aloud=True)))
    before = [c.name for c in teams.tenancy.calls].count("messages")
    threads = {f"lead-{n}": None for n in range(4)} | {f"p-{n}": leads[0] for n in range(4)} | {"aloud": leads[0]}
    found = teams.platform.find_all(PRIVATE, threads, since())
    assert [found[f"lead-{n}"] for n in range(4)] == [[each] for each in leads]
    assert [found[f"p-{n}"] for n in range(4)] == [[each] for each in parts]
    assert found["aloud"] == [aloud]
    assert [c.name for c in teams.tenancy.calls].count("messages") - before == 2


def test_a_limit_of_readings_is_said_with_its_time(teams: Sending) -> None:
    teams.tenancy.fates.schedule("messages", "429")
    with pytest.raises(AskLater) as busy:
        teams.platform.find(PRIVATE, MARKER, since())
    assert busy.value.seconds == 1


def test_a_plain_message_is_lines_of_words(teams: Sending) -> None:
    said = Reply("Digest", 1, ("🔴 OX-2222 · HIGH", "Ask for: today everything"), footer=("only you",))
    sent = number(teams.platform.post(PRIVATE, Message(said, DIGEST_PREVIEW, MARKER, plain=True)))
    (there,) = teams.tenancy.in_conversation(PRIVATE)
    assert {each["type"] for each in there.card["body"]} == {"RichTextBlock"}
    assert there.body["summary"] == DIGEST_PREVIEW
    assert len(there.card["body"]) == 4
    assert teams.platform.find(PRIVATE, MARKER, since()) == [sent]


def test_one_that_is_larger_than_teams_takes_is_refused_before_it_leaves(
    teams: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.teams.rendering.BYTES", 10)
    found = teams.platform.post(PRIVATE, MESSAGE)
    assert isinstance(found, PostRefused)
    assert found.cause == "too_long"
    assert "send" not in [c.name for c in teams.tenancy.calls]


def test_a_channel_without_the_app_is_refused(teams: Sending) -> None:
    teams.conversations.remove(PRIVATE)
    for outcome in (
        teams.platform.post(PRIVATE, MESSAGE),
        teams.platform.update(PRIVATE, "1", MESSAGE),
        teams.platform.delete(PRIVATE, "1"),
    ):
        assert outcome == PostRefused("not_installed")
    with pytest.raises(CannotTell):
        teams.platform.find(PRIVATE, MARKER, since())
    with pytest.raises(CannotPost) as no:
        teams.platform.describe(PRIVATE)
    assert no.value.refusal.cause == "not_in_it"


def test_it_is_changed_in_place(teams: Sending) -> None:
    sent = number(teams.platform.post(PRIVATE, MESSAGE))
    changed = Message(Reply("Digest", 1, ("OX-2222 is back",)), DIGEST_PREVIEW, MARKER)
    assert teams.platform.update(PRIVATE, sent, changed) == Sent(sent)
    (there,) = teams.tenancy.in_conversation(PRIVATE)
    assert "OX-2222 is back" in " ".join(texts(there.card))
    assert teams.platform.find(PRIVATE, MARKER, since()) == [sent], "a changed message keeps its marker"


def test_a_part_of_a_thread_is_changed_and_deleted_too(teams: Sending) -> None:
    first = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, "another")))
    part = number(teams.platform.post(PRIVATE, Message(SAID, DIGEST_PREVIEW, MARKER, first)))
    assert teams.platform.update(PRIVATE, part, Message(SAID, DIGEST_PREVIEW, MARKER, first)) == Sent(part)
    assert teams.platform.delete(PRIVATE, part) == Sent(part)
    assert [s.id for s in teams.tenancy.in_conversation(PRIVATE)] == [first]


def test_what_is_gone_cannot_be_changed_and_counts_as_deleted(teams: Sending) -> None:
    assert teams.platform.update(PRIVATE, "1", MESSAGE) == PostRefused("ActivityNotFoundInConversation")
    assert teams.platform.delete(PRIVATE, "1") == Sent("1")


@pytest.mark.parametrize(("fate", "outcome"), [("429", Later(1.0)), ("500 accepted", Unknown("ServiceError"))])
def test_a_change_or_a_deletion_that_fails_says_how(teams: Sending, fate: str, outcome: Outcome) -> None:
    sent = number(teams.platform.post(PRIVATE, MESSAGE))
    teams.tenancy.fates.schedule("update", fate)
    teams.tenancy.fates.schedule("delete", fate)
    assert teams.platform.update(PRIVATE, sent, MESSAGE) == outcome
    assert teams.platform.delete(PRIVATE, sent) == outcome


def test_nobody_reads_conversations_with_people_back(teams: Sending) -> None:
    number(teams.platform.post(LEAD, MESSAGE))
    with pytest.raises(NoLookUp):
        teams.platform.find(LEAD, MARKER, since())


def test_where_reading_back_is_not_granted_nothing_is_asked(teams: Sending) -> None:
    without = Teams(teams.connector, teams.channels, teams.platform.sealed)
    assert (without.can_tell, teams.platform.can_tell) == (False, True)
    with pytest.raises(NoLookUp):
        without.find(PRIVATE, MARKER, since())
    assert teams.tenancy.calls == []


@pytest.mark.parametrize("fate", ["429", "500", "slow", "html", "empty"])
def test_while_graph_does_not_answer_nothing_is_taken_for_absent(teams: Sending, fate: str) -> None:
    number(teams.platform.post(PRIVATE, MESSAGE))
    teams.tenancy.fates.schedule("messages", fate)
    with pytest.raises(CannotTell):
        teams.platform.find(PRIVATE, MARKER, since())


def test_a_team_that_does_not_let_the_bot_read_is_no_empty_channel(teams: Sending) -> None:
    teams.tenancy.readable = False
    with pytest.raises(CannotTell):
        teams.platform.find(PRIVATE, MARKER, since())


class Pages:
    """A caller that gives these pages, one a call."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages, self.asked = list(pages), list[tuple[str, Any]]()

    def call(self, method: str, service_url: str, path: str, body: Any = None, params: Any = None) -> dict[str, Any]:
        self.asked.append((path, params))
        return self.pages.pop(0)


GRAPH = "https://graph.example.org/v1.0"


def test_messages_are_asked_since_a_moment_in_utc_and_deleted_ones_left_out() -> None:
    posted = {"id": "1", "from": {"application": {"id": "app"}}, "attachments": [{"content": "a card"}]}
    gone, odd = {**posted, "id": "2", "deletedDateTime": "2026-11-29"}, {"id": "3", "from": None, "attachments": None}
    caller = Pages({"value": [posted, gone, odd, "noise"], "@odata.nextLink": f"{GRAPH}/teams/more"}, {"value": []})
    at = datetime(2026, 6, 1, 8, 0, tzinfo=UTC).astimezone()
    found = list(Connector(caller, "28:app", GRAPH).messages("g", "19:c@thread.tacv2", at))
    assert [(p.id, p.app, p.cards) for p in found] == [("1", "app", "a card"), ("3", "", "")]
    assert caller.asked == [
        (
            "/teams/g/channels/19:c@thread.tacv2/messages/delta",
            {"$top": "50", "$filter": "lastModifiedDateTime gt 2026-06-01T08:00:00.000Z"},
        ),
        ("/teams/more", None),
    ]


@pytest.mark.parametrize("following", ["https://example.org/v1.0/teams", f"{GRAPH}.example.org/x", 5])
def test_a_next_page_elsewhere_is_not_followed(following: object) -> None:
    """The bot's token goes with the request."""
    connector = Connector(Pages({"value": [], "@odata.nextLink": following}), "28:app", GRAPH)
    with pytest.raises(Failed):
        list(connector.messages("g", "c", since()))


def test_a_list_without_an_end_is_no_list() -> None:
    endless = [{"value": [], "@odata.nextLink": f"{GRAPH}/teams/more"}] * 50
    with pytest.raises(Failed, match="too_many_pages"):
        list(Connector(Pages(*endless), "28:app", GRAPH).messages("g", "c", since()))
    roster = [{"members": [], "continuationToken": "x"}] * 50
    with pytest.raises(Failed, match="too_many_pages"):
        Connector(Pages(*roster), "28:app", GRAPH).members("https://x", "c", 200)


def test_an_answer_without_its_list_is_no_empty_list() -> None:
    pages: tuple[dict[str, Any], ...] = ({}, {"members": None}, {"value": {}})
    for page in pages:
        with pytest.raises(Failed):
            Connector(Pages(page), "28:app", GRAPH).members("https://x", "c", 200)
        with pytest.raises(Failed):
            list(Connector(Pages(page), "28:app", GRAPH).messages("g", "c", since()))


def test_the_bot_itself_is_no_reader_and_another_bot_is() -> None:
    page = {"members": [{"id": "28:app"}, {"id": "28:other"}, {"id": "29:x", "aadObjectId": LEAD.upper()}, "noise"]}
    found = Connector(Pages(page), "28:app", GRAPH).members("https://x", "c", 200)
    assert [(m.id, m.account) for m in found] == [("28:other", ""), ("29:x", LEAD), ("", "")]


def test_a_targeted_message_names_its_one_reader(teams: Sending) -> None:
    activity = {"type": "message", "text": "x"}
    sent = teams.connector.send_privately(teams.tenancy.service_url, PRIVATE, activity, f"29:{WORKER}")
    (seen,) = teams.tenancy.seen_by(WORKER)
    assert seen.id == sent
    assert teams.tenancy.in_conversation(PRIVATE) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "BotDisabledByAdmin", "message": "a person's name"}}, "BotDisabledByAdmin"),
        ({"code": "Throttled"}, "Throttled"),
        ({"errorCode": 209, "message": '{"subCode": "MessageWritesBlocked"}'}, "MessageWritesBlocked"),
        ({"message": "{not json"}, ""),
        ({"message": '["x"]'}, ""),
        ({"error": {"code": "OX-2222 was refused"}}, ""),
        ({"error": "words"}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_of_a_refusal_only_a_code_is_kept(body: object, code: str) -> None:
    assert code_in(body) == code


def test_a_fault_quotes_nothing_that_is_no_code() -> None:
    assert Failed("OX-2222 was refused").code == "no_sense"


def test_a_thread_of_a_thread_is_one_thread() -> None:
    assert threaded(threaded(PRIVATE, "1"), "2") == f"{PRIVATE};messageid=2"
