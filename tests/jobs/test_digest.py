"""The digest in a channel: once a day, with its thread, late and said so, ticking itself off, closed in the evening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.conversation.outbound import DIGEST_PREVIEW, CannotTell, PostRefused, Unknown
from bot.jobs import digest
from bot.rules.access.channel_privacy import Destination
from bot.rules.access.permissions import Scope
from bot.rules.effects import RecordStep
from bot.rules.interviews.steps import Kind
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Channel
from bot.store.database import writing
from bot.store.schema.records import episode as table
from tests.support.factories import NOW, Recorded, at, episode, hours, interview
from tests.support.job_scene import Scene
from tests.support.memory_platform import SHARED_CHANNEL, Kept

JOB = digest.JOB


def returned(child: int, left: float, **changes: object) -> Recorded:
    """Back from being missing, and so many hours left of the 72."""
    back = NOW - hours(72 - left)
    owed = interview(back, **{k: v for k, v in changes.items() if k in ("worker", "offered_at", "held_at")})  # type: ignore[arg-type]
    area = str(changes.get("area", "north"))
    return episode(child, back - hours(10), back, interview=owed, area=area)


@pytest.fixture
def morning(bot: Scene) -> Scene:
    """One no owner, one overdue, one due today, one missing; another area has one due today."""
    bot.put(
        returned(1, 5),
        returned(2, -3, worker="W-N01"),
        returned(3, 8, worker="W-N01"),
        episode(4, NOW - hours(6), grade=None),
        returned(5, 9, worker="W-S01", area="south"),
    )
    return bot


def only(bot: Scene, channel: str) -> None:
    """One channel alone."""
    bot.ours = replace(bot.ours, channels=tuple(c for c in bot.ours.channels if c.id == channel))


def first(bot: Scene, channel: str) -> Kept:
    return next(k for k in bot.chat.to(channel) if k.message.thread is None)


def line(bot: Scene, channel: str, ref: str) -> str:
    (found,) = (words for words in first(bot, channel).text.splitlines() if ref in words)
    return found


def change(bot: Scene, child: int, **values: object) -> None:
    """The facts of a later load."""
    with writing(bot.database) as connection:
        connection.execute(update(table).where(table.c.child_id == child).values(values))


def test_each_channel_gets_it_once_with_its_areas_in_the_thread(morning: Scene) -> None:
    for _ in range(3):
        morning.tick(JOB)
        morning.wait(seconds=30)
    lead = first(morning, "county-digest")
    threads = [k for k in morning.chat.to("county-digest") if k.message.thread]
    assert {k.message.thread for k in threads} == {lead.number}
    assert [k.message.reply.title.split()[0] for k in threads] == ["North", "South"]
    assert len(morning.chat.to("north-digest")) == 2
    assert len(morning.chat.to("county-counts")) == 1
    assert {k.message.preview for k in morning.chat.messages} == {DIGEST_PREVIEW}
    assert morning.states("digest") == ["sent"] * 3


@pytest.mark.parametrize("channel", ["county-digest", "north-digest", "county-counts"])
def test_a_preview_of_the_first_message_is_what_is_sent_and_plans_nothing(morning: Scene, channel: str) -> None:
    of = morning.ours.channel(channel)
    assert of is not None
    previewed = digest.preview_lead(morning.run(), of, morning.now)
    assert morning.ledger() == []
    morning.tick(JOB)
    assert previewed == first(morning, channel).message.reply
    assert digest.preview_lead(morning.run(), of, morning.now) == previewed


def test_the_first_message_says_first_what_must_be_done(morning: Scene) -> None:
    morning.tick(JOB)
    reply = first(morning, "north-digest").message.reply
    assert reply.title == "North safeguarding · Wed 5 July, 08:00"
    assert reply.text == (
        "1 missing now: 1 no grade yet",
        "Interviews: 1 overdue · 1 no owner · 2 due by tomorrow",
        "Since Tue 08:00: 1 reported (0 back), 0 returned, 0 interviews held, 1 newly overdue",
    )
    assert [(section.title, section.lines) for section in reply.sections] == [
        ("Missing now", ("⚫ OX-2226 · north · no grade yet · 6 h · 13-15",)),
        (
            "Interviews you can still save today",
            (
                "⚠ OX-2223 · north · by 13:00 (5 h) · nobody owns it",
                "⏳ OX-2225 · north · by 16:00 (8 h) · north-worker",
            ),
        ),
        ("Then these interviews", ("⏰ OX-2224 · north · overdue by 3 h · north-worker",)),
        ("", ("🔔 nobody called yet · about 1 child",)),
    ]
    assert [b.label for b in reply.pressable] == [
        *("Take it (manager)", "Open", "See calls"),
        *("My interviews", "Missing now", "Everything"),
    ]


def held(child: int, left: float) -> Recorded:
    return returned(child, left, worker="W-N01", offered_at=NOW - hours(60), held_at=NOW - hours(30))


def test_held_and_not_recorded_stands_there_by_time_left(bot: Scene) -> None:
    """The 72 hours are for recording too: what can be saved today comes with what is due, what is lost comes last."""
    bot.put(
        held(1, -20),
        held(2, 4),
        returned(3, 6, worker="W-N01"),
        held(4, 8),
        held(5, 30),
        held(6, -24 * 40),
        episode(7, NOW - hours(6)),
    )
    only(bot, "north-digest")
    bot.tick(JOB)
    reply = first(bot, "north-digest").message.reply
    missing, savable, lost = reply.sections
    assert missing.lines == ("🟠 OX-2229 · north · medium · 6 h · 13-15",)
    assert savable.lines == (
        "⏳ OX-2225 · north · by 14:00 (6 h) · north-worker",
        "⏳ OX-2224 · north · to record by 12:00 (4 h) · north-worker",
        "⏳ OX-2226 · north · to record by 16:00 (8 h) · north-worker",
    )
    assert lost.lines[0] == "⏰ OX-2223 · north · to record, overdue by 20 h · north-worker", "what is lost comes last"


@pytest.mark.parametrize("many", [0, 1, 6, 50, 500])
def test_there_are_no_more_lines_for_it(bot: Scene, many: int) -> None:
    bot.put(*(held(n, 1 + n % 20) for n in range(many)), episode(900, NOW - hours(6), grade=None))
    only(bot, "north-digest")
    bot.tick(JOB)
    reply = first(bot, "north-digest").message.reply
    rows = [line for section in reply.sections for line in section.lines]
    assert rows[0].startswith("⚫ "), "the child comes first"
    assert len(rows) <= 8
    shown = sum("to record by" in row for row in rows)
    assert shown == many or f"{many - shown} more interview{'s' if many - shown > 1 else ''} and" in reply.footer[-1]


def test_it_ticks_itself_off_when_it_is_recorded_and_not_before(bot: Scene) -> None:
    bot.put(held(1, 4), held(2, 8))
    only(bot, "north-digest")
    bot.tick(JOB)
    change(bot, 2, worker="W-S01")
    change(bot, 1, recorded_at=NOW + hours(0.5), interview_until_at=NOW + hours(0.5))
    bot.wait(hours=1)
    bot.tick(JOB)
    assert line(bot, "north-digest", "OX-2223") == "✓ OX-2223 · recorded · north"
    assert line(bot, "north-digest", "OX-2224") == "⏳ OX-2224 · north · to record by 16:00 (7 h) · south-worker"


def test_recorded_in_chat_ticks_it_off_too(bot: Scene) -> None:
    bot.put(held(1, 4))
    only(bot, "north-digest")
    bot.tick(JOB)
    (x,) = _seen(bot)
    bot.say(RecordStep(x.id, 0, "recorded", bot.now, bot.now, "north-worker"))
    bot.wait(minutes=3)
    bot.tick(JOB)
    assert line(bot, "north-digest", "OX-2223") == "✓ OX-2223 · recorded · north"


def test_friday_is_the_last_day_to_record_what_runs_out_before_monday(bot: Scene) -> None:
    bot.now = at("Fri 7 Jul 2017 08:00")
    back = bot.now - hours(24)
    steps = interview(back, worker="W-N01", offered_at=back, held_at=back + hours(20))
    bot.put(episode(1, back - hours(9), back, interview=steps))
    only(bot, "north-digest")
    bot.tick(JOB)
    before, *_ = first(bot, "north-digest").message.reply.sections
    assert before.title == "Interviews due before people are back on Mon 10 Jul 08:00"
    assert before.lines == ("⏳ OX-2223 · north · to record by Sun 9 Jul 08:00 (48 h) · north-worker",)
    bot.wait(minutes=3)
    change(bot, 1, grade="high")
    bot.tick(JOB)
    assert "✓" not in first(bot, "north-digest").text


def test_counts_alone_where_only_counts_may_be_seen(morning: Scene) -> None:
    morning.tick(JOB)
    (kept,) = morning.chat.to("county-counts")
    assert "OX-" not in kept.text
    assert "Missing now: 1 to 5." in kept.text


def test_a_shared_channel_gets_nothing_and_administrators_hear(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.chat.describes["north-digest"] = SHARED_CHANNEL
    morning.tick(JOB)
    assert morning.states() == ["held privacy"]
    assert morning.chat.messages == []
    assert len(morning.alarms()) == 1
    morning.now = at("Wed 5 Jul 2017 11:01")
    morning.tick(JOB)
    assert morning.states() == ["missed privacy"]


def test_a_reader_who_is_not_entitled_cuts_it_to_counts(morning: Scene) -> None:
    only(morning, "north-digest")
    there = morning.chat.describes["north-digest"]
    morning.chat.describes["north-digest"] = replace(there, members=(True, None))
    morning.tick(JOB)
    (kept,) = morning.chat.messages
    assert "OX-" not in kept.text
    assert kept.message.reply.text[0].startswith("Counts only:")
    assert "had to be cut to counts" in morning.alarms()[0]


def test_late_it_says_so(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.now = at("Wed 5 Jul 2017 09:12")
    morning.tick(JOB)
    assert first(morning, "north-digest").message.reply.text[0] == ("Sent 09:12, due 08:00.")


def test_late_because_chat_did_not_say_who_reads_there_says_that(
    morning: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(morning, "north-digest")

    def cannot_tell(destination: str) -> Destination:
        raise CannotTell

    with monkeypatch.context() as away:
        away.setattr(morning.chat, "describe", cannot_tell)
        morning.tick(JOB)
    morning.now = at("Wed 5 Jul 2017 08:20")
    morning.tick(JOB)
    assert first(morning, "north-digest").message.reply.text[0] == (
        "Sent 08:20, due 08:00: chat did not say before who reads here."
    )


def test_every_digest_has_the_time_of_its_slot(morning: Scene) -> None:
    morning.now = at("Wed 5 Jul 2017 08:31")
    morning.tick(JOB)
    titles = [k.message.reply.title for k in morning.chat.messages if k.message.thread is None]
    assert len(titles) == 3
    assert all(title.endswith(" · Wed 5 July, 08:00") for title in titles)


def test_an_area_is_written_in_words_in_every_line(bot: Scene) -> None:
    back = NOW - hours(60)
    held = interview(back, worker="W-N01", offered_at=back, held_at=back + hours(3))
    bot.put(
        episode(1, NOW - hours(6), area="out_of_county"),
        episode(2, NOW - hours(20), NOW - hours(6), area="out_of_county"),
        replace(returned(3, -5), area="out_of_county"),
        episode(4, back - hours(9), back, interview=held, area="out_of_county"),
    )
    bot.tick(JOB)
    change(bot, 1, until_at=NOW, end_at=NOW, returned_at=NOW)
    bot.wait(minutes=3)
    bot.tick(JOB)
    text = "\n".join(k.text for k in bot.chat.messages)
    assert "out_of_county" not in text
    assert text.count("out of county") >= 6


def test_late_because_chat_did_not_take_it_says_that(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.chat.fates = [Unknown("timeout")]
    morning.tick(JOB)
    morning.now = at("Wed 5 Jul 2017 08:20")
    morning.tick(JOB)
    assert first(morning, "north-digest").message.reply.text[0] == (
        "Sent 08:20, due 08:00: chat did not take it before."
    )


def test_past_its_cut_off_it_is_missed_not_stale(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.now = at("Wed 5 Jul 2017 07:50")
    morning.tick(JOB)
    morning.now = at("Wed 5 Jul 2017 11:01")
    morning.tick(JOB)
    assert morning.states("digest") == ["missed"]
    assert "The digest for north-digest, due Wed 5 Jul 08:00" in morning.alarms()[0]


def test_a_thread_that_fails_repeats_nothing_else(morning: Scene) -> None:
    only(morning, "county-digest")
    morning.tick()
    morning.chat.fates = ["ok", *[PostRefused("is_archived", "archived")] * 2, "ok"]
    for _ in range(3):
        morning.tick(JOB)
        morning.wait(seconds=30)
    assert morning.states("digest") == ["sent"]
    assert sorted(morning.states("thread")) == ["dropped nothing"] * 4 + ["sent"] * 2
    assert len([k for k in morning.chat.messages if k.message.thread is None]) == 1


def test_no_source_recent_enough_is_said_in_the_channel_and_to_administrators(bot: Scene) -> None:
    bot.put(returned(1, 5), taken_at=NOW - timedelta(days=9))
    only(bot, "north-digest")
    bot.tick(JOB)
    assert "I have NOT given figures: no source is recent enough." in first(bot, "north-digest").text
    assert "gave no figures" in bot.alarms()[0]


def test_friday_begins_with_what_falls_due_before_monday(bot: Scene) -> None:
    bot.now = at("Fri 7 Jul 2017 08:00")
    friday = bot.now
    back = friday - hours(24)
    bot.put(
        episode(1, back - hours(9), back, interview=interview(back, worker="W-N01")),
        episode(2, back - hours(9), friday, interview=interview(friday, worker="W-N01")),  # due Mon 08:00
    )
    only(bot, "north-digest")
    bot.tick(JOB)
    before, *_ = first(bot, "north-digest").message.reply.sections
    assert before.title == "Interviews due before people are back on Mon 10 Jul 08:00"
    assert [words.split(" ·")[0] for words in before.lines] == ["⏳ OX-2223"]


def test_late_entries_of_yesterday_stand_in_the_thread(bot: Scene) -> None:
    started = NOW - hours(40)
    x = episode(1, started, started + hours(3))
    bot.put(replace(x, entered_at=NOW - hours(2)))
    only(bot, "north-digest")
    bot.tick(JOB)
    (part,) = (k for k in bot.chat.messages if k.message.thread)
    assert "Late entries, known only in this window: 1" in part.text


def test_lines_tick_themselves_off(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    change(morning, 1, worker="W-N01")
    change(morning, 3, held_at=NOW + hours(0.5), held_known_at=NOW + hours(0.5))
    change(morning, 4, until_at=NOW + hours(0.2), end_at=NOW + hours(0.2), returned_at=NOW + hours(0.2))
    morning.wait(hours=1)
    morning.tick(JOB)
    assert line(morning, "north-digest", "OX-2223") == "✓ OX-2223 · taken by north-worker · north"
    assert line(morning, "north-digest", "OX-2225") == "✓ OX-2225 · held · north"
    assert line(morning, "north-digest", "OX-2226") == "✓ OX-2226 · no longer missing, since Wed 5 Jul 08:12 · north"
    assert line(morning, "north-digest", "OX-2224") == "⏰ OX-2224 · north · overdue by 4 h · north-worker"
    assert "Updated Wed 5 Jul 09:00." in first(morning, "north-digest").text
    assert len(morning.chat.to("north-digest")) == 2


def test_what_is_said_in_chat_ticks_a_line_off_too(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    numbers = {x.child_ref: x.id for x in _seen(morning)}

    def said(ref: str, kind: Kind, version: int = 0) -> None:
        morning.say(RecordStep(numbers[ref], version, kind, morning.now, morning.now, "north-worker"))

    said("OX-2223", "took_over")
    said("OX-2225", "held")
    morning.wait(minutes=3)
    morning.tick(JOB)
    assert line(morning, "north-digest", "OX-2223") == "✓ OX-2223 · taken by north-worker · north"
    assert line(morning, "north-digest", "OX-2225") == "✓ OX-2225 · held · north"


def _seen(bot: Scene) -> Sequence[Episode]:
    with bot.run().facts() as facts:
        return facts.interviews_open(Scope(("north",)), bot.now)


def test_nothing_changes_while_nothing_happened_and_at_most_once_in_two_minutes(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    morning.wait(hours=1)
    morning.tick(JOB)
    assert first(morning, "north-digest").changes == 0
    change(morning, 1, worker="W-N01")
    morning.wait(seconds=119)
    morning.tick(JOB)
    assert first(morning, "north-digest").changes == 0
    morning.wait(seconds=1)
    for _ in range(4):
        morning.tick(JOB)
        morning.wait(seconds=30)
    assert first(morning, "north-digest").changes == 1


def test_in_the_evening_it_closes_with_a_reply_that_people_notice_and_stays_so(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    change(morning, 1, worker="W-N01")
    morning.now = at("Wed 5 Jul 2017 18:00")
    for _ in range(3):
        morning.tick(JOB)
    kept = first(morning, "north-digest")
    assert "Closed Wed 5 Jul 18:00." in kept.text
    (closing,) = (k for k in morning.chat.to("north-digest") if k.message.aloud)
    assert closing.message.thread == kept.number
    assert closing.text.strip() == "Closed: 1 of 4 handled, 3 carried over, 2 newly overdue."
    changes = kept.changes
    change(morning, 2, held_at=NOW, held_known_at=NOW)
    morning.wait(hours=1)
    morning.tick(JOB)
    assert first(morning, "north-digest").changes == changes


def test_that_it_came_late_is_still_said_when_it_changes(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.now = at("Wed 5 Jul 2017 09:12")
    morning.tick(JOB)
    change(morning, 1, worker="W-N01")
    morning.wait(minutes=3)
    morning.tick(JOB)
    assert first(morning, "north-digest").message.reply.text[0] == ("Sent 09:12, due 08:00.")


def test_a_channel_that_is_shared_later_is_not_changed_any_more(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    change(morning, 1, worker="W-N01")
    morning.chat.describes["north-digest"] = SHARED_CHANNEL
    morning.wait(minutes=3)
    morning.tick(JOB)
    assert first(morning, "north-digest").changes == 0


def test_a_channel_chooses_what_its_thread_shows(morning: Scene) -> None:
    def chosen(c: Channel) -> Channel:
        return replace(c, digest=replace(c.digest, sections=("missing",)))

    morning.ours = replace(morning.ours, channels=tuple(map(chosen, morning.ours.channels)))
    only(morning, "north-digest")
    morning.tick(JOB)
    (part,) = (k for k in morning.chat.messages if k.message.thread)
    assert [s.title for s in part.message.reply.sections] == ["Missing now: 1"]


def test_posting_is_recorded_in_the_trail(morning: Scene) -> None:
    from bot.store import audit_chain
    from bot.store.database import reading

    only(morning, "north-digest")
    morning.tick(JOB)
    with reading(morning.database) as connection:
        found = [(e.action, e.place, e.level) for _, e in audit_chain.entries(connection, who="bot")]
    assert found == [("posted digest", "north-digest", 1), ("posted thread", "north-digest", 1)]


def test_the_thread_ticks_off_too_and_counts_as_in_the_morning(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    change(morning, 1, worker="W-N01")
    change(morning, 4, until_at=NOW + hours(0.2), end_at=NOW + hours(0.2), returned_at=NOW + hours(0.2))
    morning.wait(hours=1)
    morning.tick(JOB)
    (part,) = (k for k in morning.chat.to("north-digest") if k.message.thread)
    sections = {s.title: s.lines for s in part.message.reply.sections}
    assert sections["No owner: 1"] == ("✓ OX-2223 · taken by north-worker · north",)
    assert sections["Missing now: 1"] == ("✓ OX-2226 · no longer missing, since Wed 5 Jul 08:12 · north",)
    assert part.changes == 1
    morning.wait(hours=1)
    morning.tick(JOB)
    assert part.changes == 1, "and only where something changed"


def test_more_than_fits_stays_said_and_all_of_it_counts_in_the_evening(bot: Scene) -> None:
    bot.put(*(returned(n, n, worker="W-N01") for n in range(1, 21)), episode(900, NOW - hours(6), grade=None))
    only(bot, "north-digest")
    bot.tick(JOB)
    more = first(bot, "north-digest").message.reply.footer[0]
    assert "more interviews and each area in the thread" in more
    change(bot, 1, held_at=NOW + hours(0.5), held_known_at=NOW + hours(0.5))
    bot.wait(minutes=45)
    bot.tick(JOB)
    assert first(bot, "north-digest").message.reply.footer[0] == more
    bot.now = at("Wed 5 Jul 2017 18:00")
    for _ in range(2):
        bot.tick(JOB)
    (closing,) = (k for k in bot.chat.to("north-digest") if k.message.aloud)
    assert closing.text.strip() == "Closed: 1 of 21 handled, 20 carried over, 8 newly overdue."


def test_the_counts_of_the_morning_stay_beside_those_of_now(morning: Scene) -> None:
    only(morning, "north-digest")
    morning.tick(JOB)
    before = first(morning, "north-digest").message.reply.text
    change(morning, 1, worker="W-N01")
    morning.wait(minutes=3)
    morning.tick(JOB)
    assert first(morning, "north-digest").message.reply.text == (
        *before,
        "Now: interviews: 1 overdue · 0 no owner · 2 due by tomorrow",
    )
