"""Each measure of the simulated year on a small record: none of what is right, and one of each fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.bench.call_measures import (
    AGAIN,
    ANSWERED,
    AT_NIGHT,
    MEASURES,
    NOBODY_NEXT,
    NOT_CLEAR,
    NOT_KNOWN,
    NOT_LISTED,
    SENTENCES,
    SPECIAL,
    TEXT_LATE,
    TEXT_OTHER,
    TOGETHER,
    TOO_LATE,
    UNSAID,
    Ack,
    Gap,
    Gone,
    Instant,
    Post,
    Record,
    Text,
    measure,
    moment,
)
from tests.support.factories import at, hours

HIGH = "Graded high, confirmed"
BEGINS = at("Tue 4 Jul 2017 20:31")
BACK = at("Wed 5 Jul 2017 09:00")
MINUTE = timedelta(minutes=1)


def call(when: datetime, to: str, number: int, until: str, role: str = "duty inspector", rules: str = HIGH) -> Post:
    title = f"OX-7QK4: please acknowledge by {until}"
    text = (
        f"{title}\n🔴 HIGH · 13-15 · missing 1 h, since 20:31 · north\nYou are called ({role} of police).\n"
        f"Rules met: {rules}"
    )
    return Post(when, to, title, text, (f"escalations {number} acknowledge",))


def world() -> Record:
    """One child of high risk: called, called next, acknowledged, back, reminded of, and written up."""
    gone = Gone(1, 3, BEGINS, BACK, BEGINS)
    gone.known = gone.known_held = gone.known_recorded = None
    gone.known, gone.known_back, gone.filed_back = BEGINS, BACK + hours(1), BACK + hours(1)
    gone.told_grades = [(BEGINS, "high")]
    r = Record([gone], [], {}, {3: "OX-7QK4"})
    r.posts = [
        call(BEGINS, "police", 1, "21:01"),
        call(BEGINS + 30 * MINUTE, "superintendent", 2, "22:01", "superintendent on call"),
        Post(BACK + hours(2), "north-worker", "Good morning. 1 interview needs you.", "OX-7QK4 · due Sat 8 Jul 09:00"),
    ]
    r.acks = [Ack(BEGINS + 45 * MINUTE, "OX-7QK4", "police", (HIGH,), 2)]
    r.ticks = [BEGINS + n * 15 * MINUTE for n in range(600)]
    r.texts = [Text(BEGINS + 5 * MINUTE, "police", SENTENCES[0], "m1")]
    r.loads = [Instant(source, BEGINS + n * hours(6), rejected=False) for n in range(20) for source in LOADED]
    r.ends = BEGINS + hours(120)
    return r


LOADED = ("police", "interviews")


def wrong(r: Record) -> set[str]:
    found = measure(r)
    return {name for name in MEASURES if found.wrong[name]}


def clear(when: datetime) -> Post:
    return Post(when, "county-digest", "County · Wed 5 July, 08:00", "All clear: nobody missing.")


def test_nothing_is_counted_where_all_is_right() -> None:
    assert wrong(world()) == set()


def test_a_call_after_the_acknowledgement() -> None:
    r = world()
    r.posts.append(call(BEGINS + 50 * MINUTE, "detective", 3, "22:31", "detective lead"))
    r.acks.append(Ack(BEGINS + 55 * MINUTE, "OX-7QK4", "police", (HIGH,), 3))
    assert wrong(r) == {ANSWERED}
    r.gone[0].told_grades += [(BEGINS + 46 * MINUTE, "medium"), (BEGINS + 48 * MINUTE, "high")]
    assert wrong(replace(r)) == set()  # it became high once more: a fact of its own


def test_nobody_is_called_next() -> None:
    r = world()
    del r.posts[1], r.acks[0]
    assert wrong(r) == {NOBODY_NEXT}
    r.gone[0].filed_back = BEGINS + 20 * MINUTE
    assert wrong(replace(r)) == set()


def test_a_first_word_after_the_deadline() -> None:
    r = world()
    r.posts[2] = replace(r.posts[2], at=BACK + hours(73))
    assert wrong(r) == {TOO_LATE}
    r.gone[0].known_back = BACK + hours(72)
    assert (wrong(replace(r)), measure(replace(r)).seen[NOT_KNOWN]) == (set(), 1)
    r.gone[0].known_back = BACK + hours(71.2)
    assert (wrong(replace(r)), measure(replace(r)).seen[AT_NIGHT]) == (set(), 1)
    r.gone[0].known_back = BACK + hours(1)
    again = Gone(2, 3, BACK + hours(3), BACK + hours(200), BACK + hours(3))
    assert measure(replace(r, gone=[*r.gone, again])).seen[AGAIN] == 1


@pytest.mark.parametrize("lacks", ["missing", "open", "stale", "rejected", "decision"])
def test_all_clear_with_anything_left(lacks: str) -> None:
    r = world()
    one = r.gone[0]
    one.known_recorded = one.known_held = BACK + hours(4)
    now = BACK + hours(5)
    r.posts.append(clear(now))
    assert wrong(r) == set()
    if lacks == "missing":
        one.known_back = None
        one.known_held = None
    if lacks == "open":
        one.known_recorded = None
    if lacks == "stale":
        r.loads = [x for x in r.loads if x.at < now - hours(13)]
    if lacks == "rejected":
        r.loads.append(Instant("police", now - MINUTE, rejected=True))
    if lacks == "decision":
        r.posts[0] = replace(r.posts[0], text=f"{r.posts[0].text}\nA strategy decision is asked for by the end of Fri.")
    assert wrong(replace(r)) == {NOT_CLEAR}


def test_the_calls_of_one_message_are_counted_each() -> None:
    text = (
        "2 calls: please acknowledge the first by 21:01\n"
        "⚫ OX-7QK4 · no grade yet · by 21:01\nunder 13 · missing 1 h · north\n"
        "The duty inspector did not answer by 20:50, so you are called (superintendent on call of police). "
        "Rules met: under 13, UASC · No grade after an hour\n"
        "🔴 OX-7QK5 · HIGH · now (due by 20:40)\n13-15 · missing 1 h · north\n"
        "You did not answer by 20:50, so you are called again (director of council). Strategy decision by Fri 7 Jul. "
        "Rules met: Graded high, confirmed · 3 in 90 days (Wed 5 Jul, Thu 6 Jul, Fri 7 Jul)"
    )
    post = Post(BEGINS, "lead", text.split("\n")[0], text, ("escalations 3 acknowledge", "escalations 7 acknowledge"))
    first, second = post.calls
    assert (first.ref, first.agency, first.number, first.asks) == ("OX-7QK4", "police", 3, False)
    assert first.rules == (SPECIAL, "No grade after an hour")
    assert (second.role, second.number, second.asks) == ("director", 7, True)
    assert second.rules == (HIGH, "3 in 90 days")
    assert (first.until, second.until) == (BEGINS + 30 * MINUTE, BEGINS + 9 * MINUTE)


def test_two_of_one_agency_at_one_moment() -> None:
    r = world()
    r.posts.insert(1, call(BEGINS, "superintendent", 9, "21:31", "superintendent on call"))
    r.acks.append(Ack(BEGINS + 2 * MINUTE, "OX-7QK4", "police", ("Another",), 9))
    assert TOGETHER in wrong(r)


def test_texts_too_late_and_with_other_words() -> None:
    r = world()
    r.texts.append(Text(BEGINS + 50 * MINUTE, "superintendent", SENTENCES[0], "m2"))
    assert wrong(r) == {TEXT_LATE}
    r.texts[1] = Text(BEGINS + 40 * MINUTE, "superintendent", "Ring OX-7QK4", "m2")
    assert wrong(replace(r)) == {TEXT_OTHER}
    r.texts[1] = r.texts[0]
    assert measure(replace(r)).seen["SMS taken twice"] == 1


def test_gaps_that_nobody_named_and_calls_in_them() -> None:
    r = world()
    r.gaps = [Gap("duty_inspector", "police", "police", BEGINS - hours(1), BEGINS + hours(1))]
    assert wrong(r) == {UNSAID}
    text = "Gap in the rota, duty inspector of police: nobody from Tue 4 Jul 19:31 to Tue 4 Jul 21:31."
    r.posts.insert(0, Post(BEGINS - hours(30), "admin", "For you", text))
    assert wrong(replace(r)) == set()
    r.gaps = [replace(r.gaps[0], listed="another")]
    assert wrong(replace(r)) == {NOT_LISTED}
    r.away = [("another", BEGINS.date(), BEGINS.date())]
    assert wrong(replace(r)) == set()


def test_moments_are_read_as_people_read_them() -> None:
    now = at("Sun 31 Dec 2017 22:10")
    assert moment("22:40", now) == at("Sun 31 Dec 2017 22:40")
    assert moment("Mon 1 Jan 2018 08:00", now) == at("Mon 1 Jan 2018 08:00")
    assert moment("Wed 5 Jul 07:01", at("Tue 4 Jul 2017 21:00")) == at("Wed 5 Jul 2017 07:01")
    night = at("Sun 29 Oct 2017 00:30")
    assert [moment(f"01:30 {zone}", night) - night for zone in ("BST", "GMT")] == [hours(1), hours(2)]
