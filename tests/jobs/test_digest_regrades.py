"""Re-grades since the last digest (domain.md 10.2, case 27), from the police's exports to the posted digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.jobs import digest
from bot.rules.access.permissions import Scope
from bot.rules.queries.digest_content import gather
from bot.store.schema import records
from tests.support import exports
from tests.support.factories import NOW, at, episode, hours, reference
from tests.support.job_scene import Scene, scene
from tests.support.loader import Loader, loader

TUESDAY = at("Tue 4 Jul 2017 21:30")
MORNING = at("Wed 5 Jul 2017 07:41")


@pytest.fixture
def police(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


def report(risk: str, risk_at: str, **changes: str) -> exports.Row:
    """A child of the north, missing since Tuesday evening."""
    ended = dict.fromkeys(("found_at", "returned_at", "prevention_interview_at", "end_reason"), "")
    start = {"last_seen_at": "04/07/2017 20:00", "reported_at": "04/07/2017 20:30"}
    return exports.police(**{**ended, **start, "risk": risk, "risk_at": risk_at, **changes})


def load(police: Loader, now: datetime, *rows: exports.Row) -> None:
    police.load("police", *rows, taken_at=now, now=now)


def posted(police: Loader, now: datetime = NOW) -> tuple[str, str]:
    """Return the first message of North's digest, and its thread."""
    with scene(str(police.engine.url.render_as_string(hide_password=False))) as bot:
        channels = [c for c in bot.ours.channels if c.id == "north-digest"]
        bot.ours = replace(bot.ours, channels=tuple(channels), reference_prefix="TS")
        bot.now = now
        bot.tick(digest.JOB)
        lead, thread = bot.chat.messages
        return lead.text, thread.text


def row(text: str, section: str) -> str:
    return text.split(f"{section}: 1\n")[1].splitlines()[0]


def test_low_to_high_at_three(police: Loader) -> None:
    low, high = report("low", "04/07/2017 21:00"), report("high", "05/07/2017 03:00")
    load(police, TUESDAY, low)
    load(police, MORNING, low, high)
    load(police, MORNING + hours(0.1), low, high)
    lead, thread = posted(police)
    assert "1 re-graded (1 to HIGH)" in lead
    assert " · low to HIGH at 03:00 · 12 h · " in lead
    assert " · low to HIGH at 03:00 · 12 h · " in row(thread, "Missing now")
    assert row(thread, "Re-graded by the police").endswith(" · low to HIGH at 03:00 · still missing · north")


def test_an_export_without_times_of_grades_tells_that_the_grade_is_another(police: Loader) -> None:
    load(police, TUESDAY, report("low", ""))
    load(police, MORNING, report("high", ""))
    load(police, MORNING + hours(0.1), report("high", ""))
    lead, thread = posted(police)
    assert " · low to HIGH known at 07:41 · 12 h · " in lead
    assert "low to HIGH known at 07:41 · still missing" in row(thread, "Re-graded by the police")


def test_a_first_grade_is_none_and_the_row_has_it(police: Loader) -> None:
    load(police, TUESDAY, report("", ""))
    load(police, MORNING, report("high", "05/07/2017 03:00"))
    lead, thread = posted(police)
    assert "re-graded" not in (lead + thread).lower()
    assert " · HIGH · 12 h · " in lead


def test_of_a_child_who_is_back_by_now_and_downwards(police: Loader) -> None:
    graded = [report("high", "04/07/2017 21:00"), report("medium", "05/07/2017 03:00")]
    back = {"returned_at": "05/07/2017 04:00", "end_reason": "returned_self"}
    closed = report("very low", "05/07/2017 04:30")  # police close the log with it
    load(police, TUESDAY, graded[0])
    load(police, MORNING, *({**each, **back} for each in (*graded, closed)))
    lead, thread = posted(police)
    assert ", 1 re-graded\n" in lead
    assert row(thread, "Re-graded by the police").endswith(" · HIGH to medium at 03:00 · back after 8 h · north")


@pytest.mark.parametrize(("minutes", "told"), [("59", True), ("60", False)])
def test_a_grade_of_the_very_return_is_no_re_grade(police: Loader, minutes: str, told: bool) -> None:
    graded = "05/07/2017 04:00" if minutes == "60" else f"05/07/2017 03:{minutes}"
    back = {"returned_at": "05/07/2017 04:00", "end_reason": "returned_self"}
    load(police, TUESDAY, report("low", "04/07/2017 21:00"))
    load(police, MORNING, report("low", "04/07/2017 21:00", **back), report("high", graded, **back))
    lead, _ = posted(police)
    assert ("1 re-graded (1 to HIGH)" in lead) == told


def test_one_known_only_after_the_digest_is_in_the_next(police: Loader) -> None:
    low, high = report("low", "04/07/2017 21:00"), report("high", "05/07/2017 03:00")
    load(police, TUESDAY, low)
    lead, _ = posted(police)
    assert "re-graded" not in lead
    load(police, NOW + hours(1), low, high)
    load(police, NOW + hours(23), low, high)
    lead, thread = posted(police, NOW + hours(24))
    assert "1 re-graded (1 to HIGH)" in lead
    assert "low to HIGH on Wed 5 Jul 03:00 · still missing" in row(thread, "Re-graded by the police")


def test_a_grade_that_comes_after_the_post_is_shown_when_the_line_is_shown_anew(police: Loader) -> None:
    low, high = report("low", "04/07/2017 21:00"), report("high", "05/07/2017 09:00")
    load(police, TUESDAY, low)
    with scene(str(police.engine.url.render_as_string(hide_password=False))) as bot:
        bot.ours = replace(
            bot.ours, channels=tuple(c for c in bot.ours.channels if c.id == "north-digest"), reference_prefix="TS"
        )
        bot.tick(digest.JOB)
        load(police, NOW + hours(1.1), low, high)
        bot.wait(hours=1.2)
        bot.tick(digest.JOB)
        lead, _ = bot.chat.messages
        assert "low to HIGH at 09:00" in lead.text
        assert "re-graded" not in lead.text


@pytest.mark.parametrize("history", [0, 300])
def test_its_cost_does_not_grow_with_the_history(bot: Scene, history: int) -> None:
    """Grades are read of absences that are open or ended in the window."""
    old = [episode(100 + n, NOW - hours(400 + n), NOW - hours(390 + n)) for n in range(history)]
    bot.put(episode(1, NOW - hours(9)), episode(2, NOW - hours(20), NOW - hours(3)), *old)
    asked: list[int] = []

    def note(connection: object, cursor: object, statement: str, given: object, *_: object) -> None:
        if " JOIN grade " in statement:
            asked.append(len(given) if isinstance(given, tuple | dict) else 0)

    event.listen(bot.database, "before_cursor_execute", note)
    with bot.run().facts() as facts:
        morning = gather(facts, bot.ours, Scope(("north",)), (NOW - hours(24), NOW), NOW)
    event.remove(bot.database, "before_cursor_execute", note)
    assert [x.child_ref for x in morning.missing] == [reference(1)]
    assert asked
    assert max(asked) <= 2 + 1
    assert records.grade.c.entered_at.nullable
