"""Insert and change many rows at once, past SQLAlchemy: ten times as fast, on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Date, Table

from bot.store.schema.metadata import Instant, to_text

T = TypeVar("T")
Rows = Iterable[Sequence[Any]]
#: Values of one IN clause.
CHUNK = 1000


def add_rows(connection: Connection, table: Table, names: Sequence[str], rows: Rows) -> None:
    """Insert rows whose values are in the order of `names`."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.dbapi_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our own names
    if ready := as_text(table, names, rows):
        connection.exec_driver_sql(statement, ready)


def change_rows(connection: Connection, table: Table, names: Sequence[str], rows: Rows) -> None:
    """Set the columns `names` of rows; each row's number follows its values."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    values = ", ".join(f"{name} = {mark}" for name in names)
    statement = f"UPDATE {table.name} SET {values} WHERE id = {mark}"  # noqa: S608 - our own names
    ready = as_text(table, names, rows) if mark == "?" else [tuple(row) for row in rows]
    if ready:
        connection.exec_driver_sql(statement, ready)


def as_text(table: Table, names: Sequence[str], rows: Rows) -> list[tuple[Any, ...]]:
    """Turn days and instants into the text that SQLite's columns hold; text stays unchanged."""
    texts = [(n, _TEXT[type(table.c[name].type)]) for n, name in enumerate(names) if type(table.c[name].type) in _TEXT]
    ready = []
    for row in rows:
        values = list(row)
        known: dict[int, str] = {}
        for place, text in texts:
            value = values[place]
            if value is None or value.__class__ is str:
                continue
            # An episode's end is its return, its clock's start and more: one object, one text.
            written = known.get(id(value))
            if written is None:
                written = known[id(value)] = text(value)
            values[place] = written
        ready.append(tuple(values))
    return ready


_TEXT: dict[type, Any] = {Instant: to_text, Date: str}


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    return (values[n : n + size] for n in range(0, len(values), size))
