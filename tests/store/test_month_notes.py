"""Events noted on a month, as the database keeps them: each once, with the answer that recorded it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import Engine, select

from bot.rules.audit.chain import Entry
from bot.rules.effects import NoteMonth
from bot.rules.spikes import MonthNote
from bot.store.changes import record
from bot.store.database import reading
from bot.store.queries.facts import StoredFacts
from bot.store.schema.access import audit, month_note
from tests.support.factories import NOW, hours, partnership

KEY = b"k" * 32
OCTOBER = NoteMonth(date(2016, 10, 1), "school-holidays", "", "strategic_lead", "lead", NOW)


def say(engine: Engine, *effects: NoteMonth) -> None:
    record.record(engine, KEY, Entry(NOW, "lead", "council", "strategic_lead", "trend note", "answered"), effects)


def noted(engine: Engine) -> tuple[MonthNote, ...]:
    with reading(engine) as connection:
        return tuple(StoredFacts(connection, partnership()).month_notes())


def test_a_note_is_kept_once_with_its_role_and_day_and_taken_back(engine: Engine) -> None:
    assert noted(engine) == ()
    later = replace(OCTOBER, by="coordinator", role="interview_coordinator", at=NOW + hours(1))
    say(engine, OCTOBER)
    say(engine, later)
    assert noted(engine) == (MonthNote(OCTOBER.first_day, "school-holidays", "", "strategic_lead", NOW),)
    with reading(engine) as connection:
        assert connection.execute(select(month_note.c.said_by)).scalars().all() == ["lead"]
        assert set(connection.execute(select(audit.c.action)).scalars()) == {"trend note"}
    for _ in range(2):
        say(engine, replace(later, undo=True))
        assert noted(engine) == ()


def test_areas_events_and_months_are_kept_apart_and_read_by_month(engine: Engine) -> None:
    north, gap = replace(OCTOBER, area="north"), replace(OCTOBER, event="data-gap", at=NOW + hours(1))
    july = replace(OCTOBER, first_day=date(2016, 7, 1))
    say(engine, OCTOBER, north, gap, july)
    found = [(n.first_day, n.event, n.area) for n in noted(engine)]
    assert found[0] == (july.first_day, "school-holidays", "")
    assert found[-1] == (OCTOBER.first_day, "data-gap", "")
    say(engine, replace(OCTOBER, undo=True))
    assert len(noted(engine)) == 3
