"""A digest is a record (R21, edge case 33): its window, counts and time stay; changes and corrections stand beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.conversation.outbound import Message, Outcome, PostRefused, Unknown
from bot.jobs import digest, post_cleanup
from bot.store.database import writing
from bot.store.retention.delete import Gone, remove_episodes
from bot.store.schema.delivery import digest_item
from bot.store.schema.records import child_alias
from bot.store.schema.records import episode as table
from tests.support.factories import at, episode, hours, interview, reference
from tests.support.job_scene import Scene
from tests.support.memory_platform import SHARED_CHANNEL, Kept

JOB = digest.JOB
SATURDAY = at("Sat 27 May 2017 08:00")


@pytest.fixture
def saturday(bot: Scene) -> Scene:
    """Three missing children, one of them back on Friday, on a Saturday with a digest."""
    bot.now = SATURDAY
    bot.ours = replace(bot.ours, channels=tuple(c for c in bot.ours.channels if c.id == "county-digest"))
    back = SATURDAY - hours(20)
    bot.put(
        episode(1, SATURDAY - hours(5)),
        episode(2, SATURDAY - hours(6), area="south"),
        episode(3, back - hours(10), back, interview=interview(back, worker="W-N01")),
    )
    bot.tick(JOB)
    return bot


def lead(bot: Scene, day: int = 27) -> Kept:
    (found,) = (k for k in bot.chat.messages if k.message.thread is None and f" {day} May" in k.message.reply.title)
    return found


def change(bot: Scene, child: int, **values: object) -> None:
    with writing(bot.database) as connection:
        connection.execute(update(table).where(table.c.child_id == child).values(values))


def test_another_day_never_gets_into_it(saturday: Scene) -> None:
    """M6: down at Saturday's closing time, up again on Sunday."""
    before = lead(saturday).message
    assert before.reply.text[-1].startswith("Since Fri 08:00: ")
    assert "2 missing now" in before.reply.text
    assert any("1 returned" in words for words in before.reply.text)
    sunday = at("Sun 28 May 2017 08:31")
    change(saturday, 1, until_at=sunday - hours(3), end_at=sunday - hours(3), returned_at=sunday - hours(3))
    saturday.now = sunday
    for _ in range(3):
        saturday.tick(JOB)
        saturday.wait(minutes=3)
    assert lead(saturday).message == before
    assert "Sent 08:31, due 08:00" in lead(saturday, 28).text


def test_its_counts_stay_and_changes_stand_beside_them(saturday: Scene) -> None:
    before = lead(saturday).message.reply
    found = saturday.now + hours(2)
    change(saturday, 1, until_at=found, end_at=found, returned_at=found)
    saturday.now = found + timedelta(minutes=10)
    saturday.tick(JOB)
    after = lead(saturday).message.reply
    assert after.text[: len(before.text)] == before.text
    assert after.footer[: len(before.footer)] == before.footer
    assert after.title == before.title
    (now,) = after.text[len(before.text) :]
    assert now.startswith("Now: ")
    assert "1 missing now" in now


def test_a_correction_is_said_and_no_reference_is_left(saturday: Scene) -> None:
    """Edge case 33: the wrong child was chosen, the record is void."""
    before, gone, other = lead(saturday).message.reply, reference(1), reference(2)
    assert all(any(ref in k.text for k in saturday.chat.messages) for ref in (gone, other))
    saturday.now = at("Sat 27 May 2017 10:40")
    change(saturday, 1, kind="void")
    saturday.tick(JOB)
    after = lead(saturday).message.reply
    assert after.text[: len(before.text)] == before.text
    assert after.text[len(before.text)] == "1 line removed, corrected 10:40."
    assert not any(gone in k.text for k in saturday.chat.messages)
    assert other in lead(saturday).text
    (north,) = (k for k in saturday.chat.messages if k.message.reply.title.startswith("North"))
    assert north.text.splitlines()[1] == "1 line removed, corrected 10:40."
    (south,) = (k for k in saturday.chat.messages if k.message.reply.title.startswith("South"))
    assert other in south.text
    changes = [k.changes for k in saturday.chat.messages]
    saturday.wait(seconds=30)
    saturday.tick(JOB)
    assert [k.changes for k in saturday.chat.messages] == changes


@pytest.mark.parametrize("values", [{"child_id": 2}, {"area": "elsewhere"}])
def test_so_is_a_record_of_another_child_or_place(saturday: Scene, values: dict[str, object]) -> None:
    change(saturday, 1, **values)
    saturday.wait(minutes=1)
    saturday.tick(JOB)
    assert reference(1) not in lead(saturday).text
    assert "1 line removed, corrected 08:01." in lead(saturday).text


def test_a_correction_of_sunday_reaches_the_closed_digest_of_saturday(saturday: Scene) -> None:
    saturday.now = at("Sat 27 May 2017 18:00")
    saturday.tick(JOB)
    saturday.tick(JOB)
    closed = lead(saturday).message.reply
    assert any(k.text.strip().startswith("Closed: 0 of 2 handled, 2 carried over") for k in saturday.chat.messages)
    assert "Closed Sat 27 May 18:00." in closed.footer
    saturday.now = at("Sun 28 May 2017 07:10")
    change(saturday, 1, kind="void")
    change(saturday, 2, grade="high")
    saturday.tick(JOB)
    after = lead(saturday).message.reply
    assert set(closed.text) < set(after.text)
    assert "1 line removed, corrected Sun 28 May 07:10." in after.text
    assert [w for s in after.sections for w in s.lines] == [
        w for s in closed.sections for w in s.lines if reference(1) not in w
    ]
    assert after.footer[:-1] == closed.footer[:-1]


def test_an_erased_child_leaves_the_digests_too(saturday: Scene) -> None:
    with writing(saturday.database) as connection:
        (row,) = connection.execute(select(table.c.id, table.c.child_id).where(table.c.child_id == 1))
        remove_episodes(connection, [Gone(row.id, row.child_id, None, None)])
        assert reference(1) not in connection.execute(select(digest_item.c.words)).scalars().all()
    saturday.wait(minutes=1)
    saturday.tick(JOB)
    assert not any(reference(1) in k.text for k in saturday.chat.messages)
    assert "1 line removed, corrected 08:01." in lead(saturday).text


def test_where_nobody_may_read_a_reference_any_more_the_rest_goes_with_the_correction(saturday: Scene) -> None:
    saturday.chat.describes["county-digest"] = SHARED_CHANNEL
    change(saturday, 1, kind="void")
    saturday.wait(minutes=5)
    saturday.tick(JOB)
    assert "OX-" not in "".join(k.text for k in saturday.chat.messages)
    assert lead(saturday).message.reply.text[0].startswith("Corrected 08:05: some of what stood here was wrong.")
    assert "1 line" not in lead(saturday).text


def test_a_platform_that_does_not_answer_is_tried_again_and_one_that_refuses_is_told(
    saturday: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(saturday, 1, kind="void")
    asked: list[str] = []

    def answer(outcome: Outcome) -> None:
        def update(destination: str, message_id: str, message: Message) -> Outcome:
            asked.append(message_id)
            return outcome

        monkeypatch.setattr(saturday.chat, "update", update)

    answer(Unknown("timeout"))
    for _ in range(2):
        saturday.tick(JOB)
    assert len(asked) == 4
    assert saturday.alarms() == []
    answer(PostRefused("cant_update_message"))
    for _ in range(2):
        saturday.tick(JOB)
    assert len(asked) == 6
    assert all("does not let me change it. Remove it there." in words for words in saturday.alarms())


def test_what_was_counted_and_not_listed_is_corrected_too(saturday: Scene) -> None:
    """The child who came back on Friday is counted in the first message, and listed in the thread."""
    change(saturday, 3, kind="void")
    saturday.wait(minutes=1)
    saturday.tick(JOB)
    assert "1 more that was counted was wrong, corrected 08:01." in lead(saturday).text
    assert "removed" not in lead(saturday).text
    saturday.now = at("Sat 27 May 2017 18:00")
    saturday.tick(JOB)
    assert "Closed Sat 27 May 18:00." in lead(saturday).text
    assert "1 more that was counted was wrong, corrected 08:01." in lead(saturday).text


def test_two_references_of_one_child_are_no_correction(saturday: Scene) -> None:
    with writing(saturday.database) as connection:
        connection.execute(insert(child_alias).values(ref=reference(1), child_id=2))
    change(saturday, 1, child_id=2)
    saturday.wait(minutes=1)
    saturday.tick(JOB)
    assert reference(1) in lead(saturday).text
    assert "corrected" not in lead(saturday).text


def test_what_is_kept_of_it_goes_when_its_time_is_over(saturday: Scene) -> None:
    saturday.wait(days=31)
    saturday.tick(post_cleanup.JOB)
    with writing(saturday.database) as connection:
        assert connection.execute(select(digest_item)).all() == []
