"""Posts are removed when their time is over, parts before the whole, and none is asked for twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.conversation.outbound import Later, Outcome, PostRefused
from bot.jobs import digest, post_cleanup
from tests.support.factories import NOW, episode
from tests.support.job_scene import Scene, scene


@pytest.fixture
def bot(database_url: str) -> Iterator[Scene]:
    """A morning's digests, with one child missing in the north."""
    with scene(database_url) as made:
        made.put(episode(1, area="north"))
        made.tick(digest.JOB)
        assert len(made.chat.messages) > 3
        yield made


def later(bot: Scene, **length: float) -> None:
    bot.now = NOW + timedelta(**length)
    bot.tick(post_cleanup.JOB)


def test_until_then_everything_stays(bot: Scene) -> None:
    before = len(bot.chat.messages)
    later(bot, days=29, hours=23)
    assert len(bot.chat.messages) == before


def test_after_its_time_all_of_it_goes_and_the_ledger_says_why(bot: Scene) -> None:
    later(bot, days=30, hours=1)
    assert bot.chat.messages == []
    assert {(d.state, d.reason) for d in bot.ledger() if d.message_id} == {("sent", "kept for its time")}


def test_parts_go_before_what_they_stand_under(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {k.number for k in bot.chat.messages if k.message.thread is None}
    gone: list[str] = []

    def refuse(destination: str, message_id: str) -> Outcome:
        gone.append(message_id)
        return PostRefused("message_not_found")

    monkeypatch.setattr(bot.chat, "delete", refuse)
    later(bot, days=31)
    first = min(i for i, number in enumerate(gone) if number in whole)
    assert set(gone[first:]) == whole


@pytest.mark.parametrize(("outcome", "asked"), [(PostRefused("message_not_found"), 1), (Later(30), 2)])
def test_what_cannot_be_taken_away_is_not_asked_for_again(
    bot: Scene, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, asked: int
) -> None:
    count: list[str] = []

    def refuse(destination: str, message_id: str) -> Outcome:
        count.append(message_id)
        return outcome

    monkeypatch.setattr(bot.chat, "delete", refuse)
    for hour in (1, 2):
        later(bot, days=30, hours=hour)
    assert len(count) == asked * len(set(count))


def test_a_token_that_is_refused_lets_no_old_post_stay(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as refusing:
        for name in ("delete", "update"):
            refusing.setattr(bot.chat, name, lambda *_: PostRefused("invalid_auth", "token"))
        later(bot, days=30, hours=1)
    assert bot.chat.messages
    assert bot.alarms() == []
    later(bot, days=30, hours=2)
    assert bot.chat.messages == []


def test_it_is_looked_at_once_in_a_quarter_of_an_hour(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []

    def look(*_: object) -> tuple[()]:
        looked.append(1)
        return ()

    monkeypatch.setattr("bot.store.delivery.ledger.to_take_away", look)
    for minute in range(30):
        later(bot, days=30, minutes=minute)
    assert len(looked) == 2
