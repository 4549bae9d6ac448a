"""Half-years of which figures were shown beyond one person, never two that overlap, and their released figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from bot.rules.catalogue import _
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.disclosure.released_periods import overlapping, shown_before_the_copy
from bot.rules.effects import Figure, Overtaken, Release
from bot.rules.model import Period
from bot.rules.time.clock import local_day
from bot.rules.time.period import half_year_of, period_of, previous
from bot.store.database import upsert
from bot.store.schema.access import released_figure, released_period, released_sheet
from bot.store.schema.delivery import restored


def read(connection: Connection) -> tuple[Period, ...]:
    """Return every half-year shown, oldest first."""
    days = select(released_period.c.first_day, released_period.c.last_day).order_by(released_period.c.first_day)
    return tuple(period_of(first, last) for first, last in connection.execute(days))


def printed(connection: Connection, period: Period) -> ReleasedSheet | None:
    """Return the printed figures of a period as the newest issue has them; None where it was not released."""
    here = (released_figure.c.first_day == period.first, released_figure.c.last_day == period.last)
    newest = select(func.max(released_figure.c.sheet_id)).where(*here).scalar_subquery()
    query = (
        select(
            *(released_figure.c.scope, released_figure.c.measure, released_figure.c.printed),
            *(released_sheet.c.issue, released_sheet.c.released_at),
        )
        .join(released_sheet, released_sheet.c.id == released_figure.c.sheet_id)
        .where(*here, released_figure.c.sheet_id == newest)
    )
    rows = connection.execute(query).all()
    if not rows:
        return None
    *_unused, issue, at = rows[0]
    return ReleasedSheet({(scope, measure): count for scope, measure, count, *_ in rows}, issue, at)


class Issued(NamedTuple):
    """One release of a half-year: its number, from 1, and its figures by days, scope and measure."""

    number: int
    figures: Mapping[tuple[date, date, str, str], Figure]


def issues(connection: Connection, half: Period) -> list[Issued]:
    """Return every release of a half-year, oldest first."""
    sheets = select(released_sheet.c.id, released_sheet.c.issue).where(
        released_sheet.c.first_day == half.first, released_sheet.c.last_day == half.last
    )
    found = []
    for sheet, number in connection.execute(sheets.order_by(released_sheet.c.issue)).all():
        columns = [released_figure.c[name] for name in _COLUMNS]
        rows = [Figure(*row) for row in connection.execute(select(*columns).where(released_figure.c.sheet_id == sheet))]
        found.append(Issued(number, {f[:4]: f for f in rows}))
    return found


#: Columns of `released_figure` in the order of a Figure's fields.
_COLUMNS = ("first_day", "last_day", "scope", "measure", "counted", "printed")


def keep(connection: Connection, effect: Release) -> None:
    """Keep a half-year as shown, with its figures. Overtaken where it was released meanwhile, or one that overlaps.

    Called where writers wait for one another (behind the audit row), so that comparing and adding are one.
    """
    half = period_of(effect.first, effect.last)
    _show(connection, half, effect.at)
    those = (released_sheet.c.first_day == half.first, released_sheet.c.last_day == half.last)
    newest = connection.execute(select(func.max(released_sheet.c.issue)).where(*those)).scalar_one() or 0
    if effect.issue != newest + 1:
        raise Overtaken(_("The figures of {half} were released a moment ago. Please ask again.", half=half.label))
    values = {"first_day": half.first, "last_day": half.last, "issue": effect.issue}
    sheet = insert(released_sheet).values(released_at=effect.at, released_by=effect.by, **values)
    number = connection.execute(sheet.returning(released_sheet.c.id)).scalar_one()
    rows = [{"sheet_id": number, **dict(zip(_COLUMNS, f, strict=True))} for f in effect.figures]
    connection.execute(insert(released_figure), rows)


def _show(connection: Connection, half: Period, at: datetime) -> None:
    if other := overlapping(half, read(connection)):
        raise Overtaken(
            _("{other} was shown a moment ago, which overlaps with this period. Please ask again.", other=other.label)
        )
    values = {"first_day": half.first, "last_day": half.last, "shown_at": at}
    connection.execute(upsert(connection, released_period).values(values).on_conflict_do_nothing())


def note_restore(connection: Connection, year_begins: int, at: datetime) -> None:
    """Keep as shown what may have been shown between the backup and its restore.

    The sheets of those half-years are lost. They are not shown again until a strategic lead releases them.
    """
    today = local_day(at)
    last = previous(half_year_of(today, year_begins))
    if unknown := shown_before_the_copy(read(connection), last, today):
        _show(connection, unknown, at)
    newest = select(func.max(restored.c.id)).scalar_subquery()
    connection.execute(update(restored).where(restored.c.id == newest).values(shown_until=today))


def shown_until(connection: Connection) -> date | None:
    """Return the day until which half-years without a sheet may have been shown all the same; None for none."""
    found: date | None = connection.execute(select(func.max(restored.c.shown_until))).scalar_one()
    return found
