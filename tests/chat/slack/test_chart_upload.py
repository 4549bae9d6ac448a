"""A chart that Slack does not draw: a picture with its words in private, or of what is shared in the channel."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.chat.slack import rendering
from bot.chat.slack.context import Files, is_slacks
from bot.chat.slack.web_api import Api, ApiResponse, Failed
from bot.conversation.outbound import PREVIEW
from bot.conversation.reply import Chart
from tests.support.factories import at, episode, every_month, hours
from tests.support.slack import events
from tests.support.slack.scene import COUNTY, NORTH, UNLISTED, Scene, living, words
from tests.support.slack.workspace import Message

MAY = at("Mon 1 May 2017 12:00")
#: A few in the south, so that a channel is shown less than its lead.
FACTS = [
    *every_month(date(2016, 7, 1), date(2017, 6, 30)),
    *(episode(n, MAY + hours(n), MAY + hours(n + 5)) for n in range(1, 31)),
    *(episode(50 + n, MAY + hours(30 * n), MAY + hours(30 * n + 2), area="south") for n in range(3)),
]
LINE = "The chart is in our private conversation."
PICTURE = b"\x89PNG\r\n\x1a\n of "


def drawn(chart: Chart) -> bytes:
    """As good as a picture: its numbers."""
    return PICTURE + repr([s.values for s in chart.series]).encode()


def no_picture(chart: Chart) -> None:
    return None


@pytest.fixture(autouse=True)
def more_points_than_slack_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "POINTS", 3)


@pytest.fixture
def bot(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    with living(tmp_path, sqlite_url, draw=drawn) as made:
        made.put(*FACTS)
        yield made


def pictures(bot: Scene, channel: str) -> list[dict[str, Any]]:
    """What was uploaded into a conversation, as far as anybody sees it."""
    return [bot.workspace.files[f] for m in bot.workspace.in_channel(channel) for f in m.files]


def private(bot: Scene, who: str) -> list[dict[str, Any]]:
    return pictures(bot, bot.channel(None, who).id)


def everywhere(bot: Scene) -> list[Message]:
    return [m for m in bot.workspace.messages if m.files]


def ask(bot: Scene, text: str, who: str = "lead", channel: str | None = COUNTY) -> list[str]:
    """All that only whoever asked sees of it, in order."""
    before = len(bot.workspace.ephemeral)
    bot.slash(text, who, channel)
    bot.pictures()
    return [words(m) for m in bot.workspace.ephemeral[before:]]


def test_the_picture_is_in_private_and_one_line_says_so(bot: Scene) -> None:
    said = ask(bot, "trend south")
    assert said[1:] == [LINE]
    assert "oldest first" in said[0]
    (kept,) = private(bot, "lead")
    assert (kept["name"], kept["complete"]) == ("chart.png", True)
    assert str(kept["title"]).endswith("July 2016 to June 2017")
    assert "Episodes: first 0 (2016-Q3), last 3 (2017-Q2)" in str(kept["alt_txt"])
    assert b"(0, 0, 0, 3)" in kept["content"]


def test_it_stands_nowhere_else(bot: Scene) -> None:
    ask(bot, "trend south")
    assert [m.channel for m in everywhere(bot)] == [bot.channel(None, "lead").id]
    assert bot.workspace.in_channel(COUNTY) == []
    assert [m.text for m in everywhere(bot)] == [PREVIEW]


def test_in_the_private_conversation_no_line_is_needed(bot: Scene) -> None:
    assert LINE not in "\n".join(ask(bot, "trend south", channel=None))
    assert len(private(bot, "lead")) == 1


def test_words_in_the_private_conversation_too(bot: Scene) -> None:
    bot.send(events.message_im(bot.workspace, bot.person("lead"), "trend south"))
    bot.pictures()
    first, second = bot.to("lead")
    assert ("oldest first" in words(first), len(second.files)) == (True, 1)


def test_an_answer_without_a_chart_has_no_picture(bot: Scene) -> None:
    assert len(ask(bot, "stats south")) == 1
    assert bot.workspace.files == {}


def test_a_refusal_has_none(bot: Scene) -> None:
    ask(bot, "trend south", "north-worker", NORTH)
    assert bot.workspace.files == {}


# ---- shared -----------------------------------------------------------------------------------------


def shared(bot: Scene, text: str) -> None:
    """Asked in the county's channel and shown to it."""
    before = len(bot.workspace.ephemeral)
    ask(bot, text)
    asked = bot.press(bot.workspace.ephemeral[before], "Share to this channel", "lead")
    assert asked is not None
    bot.press(asked, "Share now", "lead")
    bot.pictures()


def test_what_is_shared_is_a_picture_of_what_the_channel_may_see(bot: Scene) -> None:
    shared(bot, "trend south")
    text, picture = bot.workspace.in_channel(COUNTY)
    assert "2016-H2" in words(text)
    (kept,) = [bot.workspace.files[f] for f in picture.files]
    assert b"(0, None)" in kept["content"]
    assert b"3" not in kept["content"].removeprefix(PICTURE)
    assert re.search(r"last not (shown|known) \(2017-H1\)", kept["alt_txt"])  # not released, with some keys


def test_a_channel_that_others_read_since_gets_no_picture(tmp_path: Path, sqlite_url: str) -> None:
    """Drawing takes its time; who reads there is looked at after it."""

    def meanwhile(chart: Chart) -> bytes:
        if there.workspace.in_channel(COUNTY):
            there.workspace.channels[COUNTY].is_ext_shared = True
            there.slack.channels.forget(COUNTY)
        return drawn(chart)

    with living(tmp_path, sqlite_url, draw=meanwhile) as there:
        there.put(*FACTS)
        shared(there, "trend south")
        (text,) = there.workspace.in_channel(COUNTY)
        assert "2016-H2" in words(text)
        assert text.files == []


def test_a_mention_is_answered_with_the_picture_under_it(bot: Scene) -> None:
    asked = events.app_mention(bot.workspace, bot.person("lead"), bot.channel(COUNTY, "lead"), "trend south")
    question = Message(COUNTY, asked.payload["event"]["ts"], "trend south", user=bot.person("lead").id)
    bot.workspace.messages.append(question)
    bot.send(asked)
    bot.pictures()
    _, text, picture = bot.workspace.in_channel(COUNTY)
    assert (text.thread_ts, picture.thread_ts) == (question.ts, question.ts)
    assert private(bot, "lead") == []
    assert b"(0, None)" in bot.workspace.files[picture.files[0]]["content"]


def test_in_a_channel_that_is_not_listed_there_is_none(bot: Scene) -> None:
    bot.send(events.app_mention(bot.workspace, bot.person("north-worker"), bot.channel(UNLISTED, "x"), "trend north"))
    bot.pictures()
    assert bot.workspace.files == {}


# ---- bad days -----------------------------------------------------------------------------------------

GET, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"


@pytest.mark.parametrize("method", [GET, "upload", COMPLETE])
@pytest.mark.parametrize("fate", ["500", "reset", "slow", "429", "html", "truncated", "error restricted_action"])
def test_a_picture_that_does_not_arrive_costs_nothing_else(
    bot: Scene, method: str, fate: str, caplog: pytest.LogCaptureFixture
) -> None:
    if method == "upload" and (fate.startswith("error") or fate == "truncated"):
        fate = "500"
    object.__setattr__(bot.slack.api, "timeout", 1.0)
    bot.workspace.fates.slow_seconds = 1.5
    bot.workspace.fates.schedule(method, fate)
    with caplog.at_level("INFO"):
        said = ask(bot, "trend south")
    assert len(said) == 1
    assert "oldest first" in said[0]
    assert everywhere(bot) == []
    assert "a chart was not shown" in caplog.text
    assert "South" not in caplog.text
    assert "/upload/" not in caplog.text
    assert ask(bot, "trend south")[1:] == [LINE], "the next one arrives"


@pytest.mark.parametrize("draw", [no_picture, lambda chart: 1 / 0], ids=["not drawn", "a mistake"])
def test_without_a_picture_the_words_stand(tmp_path: Path, sqlite_url: str, draw: object) -> None:
    with living(tmp_path, sqlite_url, draw=draw) as bot:
        bot.put(*FACTS)
        said = ask(bot, "trend south")
        assert (len(said), bot.workspace.files) == (1, {})
        assert "oldest first" in said[0]


def test_a_bot_that_ends_uploads_no_picture(tmp_path: Path, sqlite_url: str) -> None:
    """One is being drawn and another waits: neither is uploaded, and the end does not wait for them."""

    def slowly(chart: Chart) -> bytes:
        begun.set()
        assert there.slack._over.wait(10)
        return drawn(chart)

    begun = threading.Event()
    with living(tmp_path, sqlite_url, draw=slowly) as there:
        there.put(*FACTS)
        for _ in range(2):
            there.slash("trend south", "lead", COUNTY)
        assert begun.wait(10)
        assert there.slack.stop()
        assert there.workspace.files == {}


def test_the_words_are_said_before_anything_is_drawn(tmp_path: Path, sqlite_url: str) -> None:
    def after(chart: Chart) -> bytes:
        assert "oldest first" in words(there.workspace.ephemeral[-1])
        return drawn(chart)

    with living(tmp_path, sqlite_url, draw=after) as there:
        there.put(*FACTS)
        assert ask(there, "trend south")[1:] == [LINE]


def test_the_picture_itself_is_drawn_and_arrives(tmp_path: Path, sqlite_url: str) -> None:
    """As the bot is put together, with nothing handed in."""
    with living(tmp_path, sqlite_url) as bot:
        bot.put(*FACTS)
        assert ask(bot, "trend south")[1:] == [LINE]
        (kept,) = private(bot, "lead")
        assert kept["content"].startswith(PICTURE[:8])
        assert len(kept["content"]) > 10_000


# ---- where a file is sent -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "api", "fits"),
    [
        ("https://files.slack.com/upload/v1/abc", "https://slack.com/api/", True),
        ("https://files.slack.com:443/upload/v1/abc", "https://slack.com/api/", True),
        ("http://files.slack.com/upload/v1/abc", "https://slack.com/api/", False),
        ("https://files.slack.com.example.org/upload", "https://slack.com/api/", False),
        ("https://files.slack.com:8443/upload", "https://slack.com/api/", False),
        ("https://somebody@files.slack.com/upload", "https://slack.com/api/", False),
        ("https://example.org/upload", "https://slack.com/api/", False),
        ("http://127.0.0.1:9/upload", "https://slack.com/api/", False),
        ("http://127.0.0.1:9/upload", "http://127.0.0.1:9/api/", True),
        ("https://example.org/upload", "http://127.0.0.1:9/api/", False),
        ("file:///etc/hosts", "https://slack.com/api/", False),
        ("https://[files/upload", "https://slack.com/api/", False),
        ("", "https://slack.com/api/", False),
    ],
)
def test_a_file_is_sent_to_slack_alone(url: str, api: str, fits: bool) -> None:
    assert is_slacks(url, Files(Api("xoxb-not-a-token", api)).hosts, api) is fits


class _NamesAnotherHost(Api):
    def read(self, method: str, given: Mapping[str, Any]) -> ApiResponse:
        assert method == "files.getUploadURLExternal", "nothing follows"
        return ApiResponse(upload_url="https://example.org/upload", file_id="F1")


def test_another_address_is_never_asked(bot: Scene) -> None:
    files = Files(_NamesAnotherHost("xoxb-not-a-token", bot.slack.api.url))
    with pytest.raises(Failed, match="not_slacks_address"):
        files.upload(COUNTY, b"numbers", "A chart", "Its words")
    assert bot.workspace.calls_of("upload") == []
