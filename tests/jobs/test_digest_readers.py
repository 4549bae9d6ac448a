"""A reference leaves a post when its channel may not show it any more, and no count tells more by being corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from bot.conversation.outbound import Message, Outcome, PostRefused, Unknown
from bot.jobs import digest, post_cleanup
from bot.rules.access.channel_privacy import Destination
from bot.store.database import writing
from bot.store.retention.delete import Gone, remove_episodes
from bot.store.retention.erasure import erase as erased
from bot.store.schema.delivery import digest_item
from bot.store.schema.records import episode as table
from bot.store.schema.records import ruling
from tests.support.factories import NOW, at, episode, hours, interview, reference
from tests.support.job_scene import Scene, scene
from tests.support.memory_platform import PRIVATE_CHANNEL, SHARED_CHANNEL, Kept

JOB = digest.JOB
#: Somebody reads there who is not known to be entitled.
A_GUEST = replace(PRIVATE_CHANNEL, members=(True, None))
LEVELS_FALLEN = {
    "a guest": A_GUEST,
    "another organisation": SHARED_CHANNEL,
    "less in the file": replace(PRIVATE_CHANNEL, listed=0),
    "not in the file": replace(PRIVATE_CHANNEL, listed=None),
    "open to all": replace(PRIVATE_CHANNEL, is_private=False),
}


def only(bot: Scene, *names: str) -> None:
    bot.ours = replace(bot.ours, channels=tuple(c for c in bot.ours.channels if c.id in names))


@pytest.fixture
def morning(bot: Scene) -> Scene:
    """Two missing, one of them in the south, one overdue: a digest with references and one of counts."""
    back = NOW - hours(80)
    bot.put(
        episode(1, NOW - hours(5)),
        episode(2, NOW - hours(6), area="south"),
        episode(3, back - hours(9), back, interview=interview(back, worker="W-N01")),
    )
    only(bot, "county-digest", "county-counts")
    bot.tick(JOB)
    return bot


def lead(bot: Scene, channel: str = "county-digest") -> Kept:
    (found,) = (k for k in bot.chat.to(channel) if k.message.thread is None)
    return found


def change(bot: Scene, child: int, **values: object) -> None:
    with writing(bot.database) as connection:
        connection.execute(update(table).where(table.c.child_id == child).values(values))


def erase(bot: Scene, child: int) -> None:
    with writing(bot.database) as connection:
        (row,) = connection.execute(select(table.c.id, table.c.child_id).where(table.c.child_id == child))
        remove_episodes(connection, [Gone(row.id, row.child_id, None, None)])


def everything(bot: Scene) -> str:
    return "\n".join(k.text for k in bot.chat.messages)


# -- the level of a channel falls --


@pytest.mark.parametrize("why", LEVELS_FALLEN)
def test_the_references_go_within_minutes(morning: Scene, why: str) -> None:
    assert "OX-" in everything(morning)
    counts = lead(morning, "county-counts").message
    morning.chat.describes["county-digest"] = LEVELS_FALLEN[why]
    morning.wait(minutes=5)
    morning.tick(JOB)
    assert "OX-" not in everything(morning)
    reply = lead(morning).message.reply
    assert reply.title == "County safeguarding · Wed 5 July, 08:00"
    assert reply.text[0].startswith("Taken away: not everybody who reads here is known to be entitled to it.")
    assert reply.level == 0
    assert "missing now" not in lead(morning).text, "exact counts are of level 1 too"
    assert lead(morning, "county-counts").message == counts


def test_it_is_asked_once_in_five_minutes_who_reads_there(morning: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def describe(destination: str) -> Destination:
        asked.append(destination)
        return PRIVATE_CHANNEL

    morning.rules(update_seconds=3600)
    monkeypatch.setattr(morning.chat, "describe", describe)
    for _ in range(20):
        morning.wait(seconds=30)
        morning.tick(JOB)
    assert asked == ["county-digest"] * 2


def test_they_stay_away_when_it_rises_again_and_when_the_day_closes(morning: Scene) -> None:
    morning.chat.describes["county-digest"] = A_GUEST
    morning.wait(minutes=5)
    morning.tick(JOB)
    after = lead(morning).message
    morning.chat.describes["county-digest"] = PRIVATE_CHANNEL
    change(morning, 1, grade="high")
    morning.now = at("Wed 5 Jul 2017 18:00")
    for _ in range(2):
        morning.tick(JOB)
        morning.wait(minutes=5)
    assert lead(morning).message == after


def test_so_do_those_of_days_ago(morning: Scene) -> None:
    morning.wait(days=20)
    morning.chat.describes["county-digest"] = A_GUEST
    morning.tick(JOB)
    assert "OX-" not in "".join(k.text for k in morning.chat.messages if " 5 Jul " in k.text or k.message.thread)


def test_a_channel_that_the_file_has_no_more(morning: Scene) -> None:
    only(morning, "county-counts")
    morning.chat.describes["county-digest"] = replace(PRIVATE_CHANNEL, listed=None)
    morning.wait(minutes=5)
    morning.tick(JOB)
    assert "OX-" not in everything(morning)


def test_a_platform_that_cannot_tell_who_reads_there_is_asked_again(
    morning: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(morning)
    monkeypatch.setattr(morning.chat, "update", lambda *_: Unknown("timeout"))
    morning.chat.describes["county-digest"] = A_GUEST
    morning.wait(minutes=5)
    morning.tick(JOB)
    assert everything(morning) == before
    assert morning.alarms() == []
    monkeypatch.undo()
    morning.wait(minutes=5)
    morning.tick(JOB)
    assert "OX-" not in everything(morning)


def test_where_it_may_not_be_changed_administrators_are_told_once(
    morning: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(destination: str, message_id: str, message: Message) -> Outcome:
        tried.append(message_id)
        return PostRefused("edit_window_closed")

    monkeypatch.setattr(morning.chat, "update", refuse)
    morning.chat.describes["county-digest"] = A_GUEST
    for _ in range(3):
        morning.wait(minutes=5)
        morning.tick(JOB)
    assert len(tried) == len(set(tried)) == 3
    assert morning.alarms() == [
        "References are posted in county-digest that not everybody who reads there may see, and the platform does not "
        "let me change them. Remove the digests there."
    ]


# -- a correction where only counts may be seen --

CORRECTED = "Corrected 10:40: some of what stood here was wrong. Ask for today to see how things are now."


def at_1040(bot: Scene, *children: int) -> Kept:
    bot.now = at("Wed 5 Jul 2017 10:40")
    for child in children:
        change(bot, child, kind="void")
    bot.tick(JOB)
    return lead(bot, "county-counts")


def test_counts_say_that_they_were_corrected_and_stay(morning: Scene) -> None:
    before = lead(morning, "county-counts").message.reply
    after = at_1040(morning, 1).message.reply
    assert after.title == before.title == "County headline counts · Wed 5 July, 08:00"
    assert after.text == (*before.text, CORRECTED)
    assert after.footer == before.footer
    assert (after.level, after.sections) == (0, ())


@pytest.mark.parametrize("children", [(1,), (2,), (3,), (1, 2), (1, 2, 3)])
def test_it_tells_neither_how_many_nor_which(morning: Scene, children: Sequence[int]) -> None:
    before = lead(morning, "county-counts").message.reply.text
    assert at_1040(morning, *children).message.reply.text == (*before, CORRECTED)


def test_a_second_correction_is_not_to_be_seen(morning: Scene) -> None:
    """Five changes of a post that says "1 to 5" would tell that there were five."""
    after = at_1040(morning, 1)
    morning.wait(hours=1)
    change(morning, 2, kind="void")
    erase(morning, 3)
    for _ in range(2):
        morning.tick(JOB)
        morning.wait(minutes=5)
    assert lead(morning, "county-counts") == after
    assert after.changes == 1


def test_what_it_did_not_count_is_no_correction_of_it(bot: Scene) -> None:
    back = NOW - hours(30)
    bot.put(episode(1, NOW - hours(5)), episode(2, back - hours(9), back, interview=interview(back, worker="W-N01")))
    only(bot, "county-counts")
    bot.tick(JOB)
    bot.wait(minutes=5)
    change(bot, 2, kind="void")
    bot.tick(JOB)
    assert lead(bot, "county-counts").changes == 0


def test_an_erased_child_was_counted_too(morning: Scene) -> None:
    before = lead(morning, "county-counts").message.reply.text
    erase(morning, 1)
    assert at_1040(morning).message.reply.text == (*before, CORRECTED)
    with writing(morning.database) as connection:
        assert reference(1) not in connection.execute(select(digest_item.c.child_ref)).scalars().all()


def test_a_channel_that_was_cut_to_counts_is_corrected_as_one(bot: Scene) -> None:
    bot.put(episode(1, NOW - hours(5)), episode(2, NOW - hours(6)))
    only(bot, "north-digest")
    bot.chat.describes["north-digest"] = A_GUEST
    bot.tick(JOB)
    (before,) = (k.message.reply for k in bot.chat.messages)
    bot.chat.describes["north-digest"] = PRIVATE_CHANNEL
    bot.now = at("Wed 5 Jul 2017 10:40")
    change(bot, 1, kind="void")
    bot.tick(JOB)
    (after,) = (k.message.reply for k in bot.chat.messages)
    assert after.text == (*before.text, CORRECTED)
    assert "OX-" not in everything(bot)


def test_a_correction_where_the_level_has_fallen_has_no_number(morning: Scene) -> None:
    morning.chat.describes["county-digest"] = A_GUEST
    at_1040(morning, 1)
    for kept in morning.chat.to("county-digest"):
        assert "OX-" not in kept.text
        assert "line removed" not in kept.text
    assert lead(morning).message.reply.text[0] == CORRECTED


WAITS = st.one_of(st.integers(20, 900), st.integers(900, 30 * 3600))
EVENTS = st.sampled_from(["nothing", "void", "void", "moved", "other child", "erased", "back", "guest", "no guest"])
STEPS = st.lists(st.tuples(WAITS, EVENTS, st.integers(1, 8)), min_size=3, max_size=10)


def happen(bot: Scene, event: str, child: int) -> None:
    values: dict[str, dict[str, object]] = {
        "void": {"kind": "void"},
        "moved": {"area": "elsewhere"},
        "other child": {"child_id": 9},
        "back": {"until_at": bot.now, "end_at": bot.now, "returned_at": bot.now},
    }
    if event in values:
        change(bot, child, **values[event])
    elif event == "erased":
        with writing(bot.database) as connection:
            rows = connection.execute(select(table.c.id, table.c.child_id).where(table.c.child_id == child))
            remove_episodes(connection, [Gone(row.id, row.child_id, None, None) for row in rows])
    elif "guest" in event:
        bot.chat.describes["county-digest"] = A_GUEST if event == "guest" else PRIVATE_CHANNEL


@settings(max_examples=40)
@given(STEPS)
def test_whatever_happens_counts_tell_of_a_correction_once_and_guests_find_no_reference(
    steps: list[tuple[int, str, int]],
) -> None:
    with TemporaryDirectory() as folder, scene(f"sqlite:///{Path(folder) / 'bot.sqlite3'}") as bot:
        bot.put(*(episode(child, NOW - hours(child)) for child in range(1, 9)), episode(9, NOW - hours(30)))
        only(bot, "county-digest", "county-counts")
        bot.tick(JOB)
        first = {kept.number: kept.message.reply.text for kept in bot.chat.to("county-counts")}
        gone: set[str] = set()
        for seconds, event, child in steps:
            bot.wait(seconds=seconds)
            happen(bot, event, child)
            if event in ("void", "moved", "other child", "erased"):
                gone.add(reference(child))
            if event == "guest":
                bot.wait(minutes=5)
            for _ in range(2):
                bot.tick(JOB)
            text = everything(bot)
            assert not [ref for ref in gone if ref in text]
            if bot.chat.describes["county-digest"] == A_GUEST:
                assert "OX-" not in text
            for kept in bot.chat.to("county-counts"):
                before = first.setdefault(kept.number, kept.message.reply.text)
                further = kept.message.reply.text[len(before) :]
                assert kept.message.reply.text[: len(before)] == before
                assert kept.changes == len(further) <= 1
                assert all("some of what stood here was wrong" in words for words in further)


def test_an_erased_child_of_whom_only_a_decision_was_told(bot: Scene) -> None:
    """The decision that somebody is an adult stands in the thread; the absence is in no list."""
    bot.put(episode(1, NOW - hours(5), kind="void"), episode(2, NOW - hours(6)))
    said = {"kind": "age", "value": "adult", "by": "police", "agency": "police", "said_at": NOW - hours(2)}
    with writing(bot.database) as connection:
        connection.execute(insert(ruling).values(child_id=1, **said))
    only(bot, "north-digest")
    bot.tick(JOB)
    bot.wait(minutes=5)
    bot.tick(JOB)
    assert f"{reference(1)} · an adult, as police said" in everything(bot)
    with writing(bot.database) as connection:
        erased(connection, bytes(32), reference(1), bot.now)
        assert reference(1) not in connection.execute(select(digest_item.c.child_ref)).scalars().all()
    bot.wait(minutes=1)
    bot.tick(JOB)
    assert reference(1) not in everything(bot)
    assert "1 line removed, corrected 08:06." in everything(bot)


# -- posts_days --


def test_counts_and_references_go_with_their_time(morning: Scene) -> None:
    morning.wait(days=31)
    morning.tick(post_cleanup.JOB)
    assert morning.chat.messages == []
    with writing(morning.database) as connection:
        assert connection.execute(select(digest_item)).all() == []


def test_a_post_that_may_not_be_deleted_is_emptied(morning: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(morning.chat, "delete", lambda *_: PostRefused("compliance_exports_prevent_deletion"))
    morning.wait(days=31)
    morning.tick(post_cleanup.JOB)
    assert {k.message.reply.text for k in morning.chat.messages} == {("Removed: this was posted 30 days ago.",)}
    assert "OX-" not in everything(morning)
    assert morning.alarms() == []


def test_one_that_may_not_be_emptied_either_is_told_once(morning: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("delete", "update"):
        monkeypatch.setattr(morning.chat, name, lambda *_: PostRefused("is_archived"))
    morning.wait(days=31)
    morning.tick(post_cleanup.JOB)
    (words,) = morning.alarms()
    assert words.startswith("Posts that are older than 30 days cannot be removed from offline")
