"""Rotas in the database: shifts, covers in their order, and who was first."""

from __future__ import annotations

import pytest

from bot.rules.effects import CoverShift, Overtaken
from bot.rules.partnership.rota import Shift, on_duty
from bot.store import people_list, rota
from bot.store.changes.record import carry_out
from bot.store.database import migrate, open_database, reading, writing
from tests.support.factories import NOW, hours, partnership

NIGHT = Shift("duty", "coordinator", NOW, NOW + hours(15))


def cover(instead_of: str, person: str, begins: float = 0, ends: float = 15) -> CoverShift:
    return CoverShift((Shift("duty", person, NOW + hours(begins), NOW + hours(ends), instead_of),), "lead", NOW)


def test_covers_are_kept_in_their_order_and_the_second_of_two_is_refused(database_url: str) -> None:
    ours, database = partnership(), open_database(database_url)
    migrate(database)
    with writing(database) as connection:
        people_list.take_over(connection, ours.people)
        assert rota.take_over(connection, [NIGHT], "admin", NOW) == 1
        assert rota.take_over(connection, [NIGHT], "admin", NOW) == 0
        carry_out(connection, cover("coordinator", "lead", 2, 4), ours)
        carry_out(connection, cover("lead", "coordinator", 3, 4), ours)
    for effect in (cover("coordinator", "north-manager", 2, 3), cover("coordinator", "nobody-1", 5, 6)):
        with pytest.raises(Overtaken), writing(database) as connection:
            carry_out(connection, effect, ours)
    with reading(database) as connection:
        found = rota.shifts(connection)
    database.dispose()
    held = [on_duty(found, "duty", NOW + hours(n + 0.5)) for n in range(5)]
    assert held == [("coordinator",), ("coordinator",), ("lead",), ("coordinator",), ("coordinator",)]
    assert len(found) == 3
