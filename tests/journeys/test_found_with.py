"""Found with, through the doors (edge cases 29 and 31): who was found with whom, for those who may know it.

OX-1 of north was found on Tuesday evening with OX-2 of south, whose log was closed an hour before; with OX-3 of north,
whose log is open still; with OX-4, whom only the council knows and nobody reported; and with one whom nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.store.database import writing
from bot.store.retention.erasure import erase
from tests.support import exports
from tests.support.day import Day
from tests.support.doubts import WEDNESDAY, Bot, bot_with, missing
from tests.support.factories import at, hours

DIGEST = at("Wed 5 Jul 2017 08:00")
FOUND = {"found_at": "04/07/2017 20:00", "returned_at": "04/07/2017 21:00", "end_reason": "found_by_police"}
NORTH, SOUTH = "Cherwell", "South Oxfordshire"
FIRST = missing(1, **FOUND, area=NORTH, found_with="NOM-2; NOM-3; NOM-4; NOM-9")
SECOND = missing(2, **FOUND | {"found_at": "04/07/2017 19:00"}, area=SOUTH, found_with="NOM-1")
THIRD = missing(3, area=NORTH)


def fill(bot: Bot) -> None:
    teams = {1: "Northern", 2: "Southern", 3: "Northern", 4: "Northern"}
    children = [exports.child(child_id=f"C-{n}", police_ref=f"NOM-{n}", team=team) for n, team in teams.items()]
    bot.load("children", WEDNESDAY, *children)
    interview = exports.interview(occurrence_ref="OCC-77", episode_id="EP-77", child_id="C-77")
    bot.load("interviews", WEDNESDAY, interview)
    bot.load("police", WEDNESDAY, FIRST, SECOND, THIRD)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_with(fill, database_url, tmp_path) as found:
        yield found


@pytest.fixture
def day(bot: Bot) -> Day:
    return Day(bot)


def line(text: str, *parts: str) -> str:
    """Return the one line with all of these."""
    (found,) = {x.strip() for x in text.splitlines() if all(part in x for part in parts)}
    return found


def digest(bot: Bot, who: str, words: str = "today everything", now: datetime = DIGEST) -> str:
    reply = bot.ask(words, who, now)
    return "\n".join(x for section in reply.sections for x in section.lines)


def test_the_digest_names_them_to_who_sees_the_county(bot: Bot) -> None:
    one, two, three, four = (bot.ref(n) for n in (1, 2, 3, 4))
    for words in ("today everything", "today everything north"):
        text = digest(bot, "police", words)
        first = line(text, f"{one} · back")
        assert f"found with {three}, {two}, {four} (not reported missing) and a person not in these records" in first
        assert line(text, f"🟠 {three} · north · medium").endswith(f"found with {one} on Tue 4 Jul, own log open")
        assert line(text, "own log open:").endswith(three)
        assert line(text, "person not in these records:").endswith(one)
        assert line(text, "not reported missing, last 7 days").endswith(f": {four} with {one}")
    assert line(digest(bot, "police", "today everything south"), f"{two} · back").endswith(f"found with {one}")
    assert {e["occurrence_ref"] for e in bot.rows("episode")} == {None, "OCC-1", "OCC-2", "OCC-3"}, "none is made up"


def test_each_area_reads_of_the_others_child_without_a_reference(bot: Bot) -> None:
    one, two, four = (bot.ref(n) for n in (1, 2, 4))
    north, south = digest(bot, "north-manager"), digest(bot, "south-worker")
    assert "(not reported missing), another child and a person not in these records" in line(north, f"{one} · back")
    assert line(south, f"{two} · back").endswith("found with another child")
    assert line(north, "not reported missing, last 7 days").endswith(f": {four} with {one}")


QUESTIONS = (
    *(
        "today",
        "today everything",
        "open",
        "interviews",
        "sources",
        "sources found-unreported",
        "escalations",
        "strategy",
        "home",
    ),
    *("stats", "today north", "open north", "child {1}", "child {3}", "child {4}", "interview {1}", "interview {3}"),
)


@pytest.mark.parametrize("who", ["north-manager", "north-worker"])
def test_a_reader_of_north_never_sees_a_reference_of_south(bot: Bot, who: str) -> None:
    refs = {str(n): bot.ref(n) for n in (1, 2, 3, 4)}
    for words in QUESTIONS:
        for number, ref in refs.items():
            words = words.replace(f"{{{number}}}", ref)
        for found in (bot.said(words, who, DIGEST), repr(bot.ask(words, who, DIGEST))):
            assert refs["2"] not in found, words


def test_a_reader_of_south_never_sees_a_reference_of_north(bot: Bot) -> None:
    refs = [bot.ref(n) for n in (1, 3, 4)]
    for words in ("today everything", "open", "interviews", "sources found-unreported", f"child {bot.ref(2)}"):
        found = repr(bot.ask(words, "south-worker", DIGEST))
        assert [ref for ref in refs if ref in found] == [], words


def test_open_says_that_one_whose_log_is_open_was_found(bot: Bot) -> None:
    for who in ("police", "north-manager"):
        (table,) = bot.ask("open", who, DIGEST, export=True).tables
        assert [row[0] for row in table.rows] == [bot.ref(3)]
        assert str(table.rows[0][-1]).endswith(f"found with {bot.ref(1)} on Tue 4 Jul, own log open")


def company(bot: Bot, number: int, who: str = "police") -> tuple[str, ...]:
    reply = bot.ask(f"child {bot.ref(number)}", who, DIGEST)
    return next((s.lines for s in reply.sections if s.title.startswith("Found with others")), ())


def test_child_shows_it_at_both_children(bot: Bot) -> None:
    one, two, three, four = (bot.ref(n) for n in (1, 2, 3, 4))
    assert company(bot, 1) == (
        f"{three}: Tue 4 Jul",
        f"{two}: Tue 4 Jul",
        f"{four}: Tue 4 Jul (not reported missing then)",
        "a person not in these records: Tue 4 Jul",
    )
    assert company(bot, 2) == company(bot, 3) == (f"{one}: Tue 4 Jul",)
    assert company(bot, 4) == (f"{one}: Tue 4 Jul (this child not reported missing then)",)
    assert "another child: Tue 4 Jul" in company(bot, 1, "north-manager")
    assert company(bot, 1, "coordinator")[0] == f"{three}: Tue 4 Jul"


def test_an_absence_that_the_council_records_ends_the_gap(bot: Bot) -> None:
    """Edge case 29: a social worker creates one, with its true times and without a report."""
    gap, four = "sources found-unreported", bot.ref(4)
    assert f"{four} (with {bot.ref(1)})" in bot.said(gap, now=DIGEST)
    absence = {"started_at": "2017-07-04 12:00", "ended_at": "2017-07-04 20:00", "returned_at": "2017-07-04 21:00"}
    empty = dict.fromkeys(("occurrence_ref", "offered_at", "response", "held_at", "recorded_at"), "")
    later = WEDNESDAY + hours(2)
    bot.load("interviews", later, exports.interview(**empty, **absence, child_id="C-4", episode_id="EP-4"))
    assert four not in bot.said(gap, now=later)
    assert "not reported missing" not in digest(bot, "police", now=later)
    assert company(bot, 4) == (f"{bot.ref(1)}: Tue 4 Jul",)


def test_the_gap_stays_in_digests_for_a_week_and_in_sources_for_good(bot: Bot) -> None:
    late = at("Wed 12 Jul 2017 07:00")
    bot.load("police", at("Tue 11 Jul 2017 07:41"), FIRST, SECOND, THIRD)
    assert "last 7 days" in digest(bot, "police", now=at("Tue 11 Jul 2017 08:00"))
    bot.load("police", late, FIRST, SECOND, THIRD)
    assert "last 7 days" not in digest(bot, "police", now=late)
    assert bot.ref(4) in bot.said("sources found-unreported", now=late)


def test_posts_name_what_their_channel_may_know(day: Day) -> None:
    one, two, three, four = (day.bot.ref(n) for n in (1, 2, 3, 4))
    day.tick(WEDNESDAY, DIGEST, DIGEST + timedelta(minutes=1))
    county, north, counts = (day.posted(c) for c in ("county-digest", "north-digest", "county-counts"))
    assert f"found with {three}, {two}, {four} (not reported missing)" in county
    assert f"found with {three}, {four} (not reported missing), another child" in north
    assert two not in north
    assert "found with" not in counts
    assert [ref for ref in (one, two, three, four) if ref in counts] == []


def test_erased_she_is_nowhere_beside_the_others(day: Day) -> None:
    """Out of the records, of what was posted, and of every later file of the police."""
    bot, four, one = day.bot, day.bot.ref(4), day.bot.ref(1)
    day.tick(WEDNESDAY, DIGEST, DIGEST + timedelta(minutes=1))
    assert four in day.posted("county-digest")
    assert four in day.posted("north-digest")
    with writing(bot.app.database) as connection:
        erase(connection, bot.app.sealing_key, four, DIGEST)
    day.tick(DIGEST + timedelta(minutes=2), DIGEST + timedelta(minutes=3))
    assert [c for c in ("county-digest", "north-digest") if four in day.posted(c)] == []
    later = WEDNESDAY + hours(2)
    bot.load("police", later, {**FIRST, "reporter": "school"}, SECOND, THIRD)
    assert {f["police_ref"] for f in bot.rows("found_with")} == {"NOM-1", "NOM-2", "NOM-3", "NOM-9"}
    assert "not reported missing" not in digest(bot, "police", now=later)
    assert f"{one} · back" in digest(bot, "police", now=later)


def test_two_who_went_together_are_two_absences_and_one_association(bot: Bot) -> None:
    """Edge case 31: each record names the other, and each absence has the other once."""
    later = at("Thu 6 Jul 2017 07:41")
    together = FOUND | {"last_seen_at": "05/07/2017 20:00", "reported_at": "05/07/2017 21:00", "risk_at": ""}
    together |= {"found_at": "06/07/2017 02:00", "returned_at": "06/07/2017 03:00"}
    rows = [
        missing(5, **together, area=NORTH, found_with="NOM-6"),
        missing(6, **together | {"returned_at": "06/07/2017 04:00"}, area=SOUTH, found_with="NOM-5"),
    ]
    bot.load("police", later, FIRST, SECOND, THIRD, *rows)
    assert len([e for e in bot.rows("episode") if e["occurrence_ref"] in ("OCC-5", "OCC-6")]) == 2
    text = digest(bot, "police", now=later)
    for mine, other in ((5, 6), (6, 5)):
        assert line(text, f"{bot.ref(mine)} · back").endswith(f"found with {bot.ref(other)}")
    assert line(digest(bot, "north-manager", now=later), f"{bot.ref(5)} · back").endswith("found with another child")


def test_two_who_are_both_missing_still_are_not_said_to_be_found(bot: Bot) -> None:
    later = WEDNESDAY + hours(2)
    rows = [missing(5, area=NORTH, found_with="NOM-6"), missing(6, area=SOUTH, found_with="NOM-5")]
    bot.load("police", later, FIRST, SECOND, THIRD, *rows)
    text = digest(bot, "police", now=later)
    for mine, other in ((5, 6), (6, 5)):
        assert line(text, f"🟠 {bot.ref(mine)} · ").endswith(f"with {bot.ref(other)}, by the police record")
        assert f"found with {bot.ref(other)}" not in text
    north = digest(bot, "north-manager", now=later)
    assert line(north, f"🟠 {bot.ref(5)} · ").endswith("with another child, by the police record")


def test_an_unreadable_cell_is_said_and_the_readable_others_stay(bot: Bot) -> None:
    later = WEDNESDAY + hours(2)
    bot.load("police", later, {**FIRST, "found_with": "NOM-2; Zebediah Testchild"}, SECOND, THIRD)
    text = digest(bot, "police", now=later)
    assert "Zebediah" not in text
    assert line(text, f"{bot.ref(1)} · back").endswith(f"found with {bot.ref(2)} and others not readable")
    assert line(text, "Found with others, not readable").endswith(bot.ref(1))
    assert "others not readable: Tue 4 Jul" in company(bot, 1)


def test_nothing_is_said_of_a_child_who_died(bot: Bot) -> None:
    """Edge case 35: not beside the other either."""
    later = WEDNESDAY + hours(2)
    bot.load("police", later, FIRST, {**SECOND, "end_reason": "died"}, THIRD)
    assert bot.ref(2) not in digest(bot, "police", now=later)
    assert "another child" not in digest(bot, "north-manager", now=later)


def test_a_record_that_is_void_is_of_no_find(bot: Bot) -> None:
    later = WEDNESDAY + hours(2)
    bot.load("police", later, {**FIRST, "end_reason": "error_duplicate"}, {**SECOND, "found_with": ""}, THIRD)
    assert "found with" not in digest(bot, "police", now=later)
    assert bot.ref(4) not in bot.said("sources found-unreported", now=later)
