"""Button handles on both databases: random, kept as digests, and of use to one person for one thing for a while."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Connection, select

from bot.store.changes import button_handles
from bot.store.database import migrate, open_database, writing
from bot.store.schema.access import handle
from tests.support.factories import NOW

ASKED = "interviews overdue north"


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_database(database_url)
    migrate(engine)
    with writing(engine) as connection:
        yield connection
    engine.dispose()


def redeemed(connection: Connection, token: str, minutes: float = 0, who: str = "w-1", use: str = "ask") -> str | None:
    return button_handles.redeem(connection, token, who, use, NOW + timedelta(minutes=minutes))


def test_a_handle_means_its_command_as_often_as_it_is_pressed(connection: Connection) -> None:
    token = button_handles.issue(connection, "w-1", "ask", ASKED, NOW)
    assert [redeemed(connection, token, minutes) for minutes in (0, 0, 14.98)] == [ASKED] * 3


def test_it_is_of_no_use_after_a_quarter_of_an_hour(connection: Connection) -> None:
    token = button_handles.issue(connection, "w-1", "ask", ASKED, NOW)
    assert [redeemed(connection, token, minutes) for minutes in (15, 16, 60 * 24)] == [None] * 3


def test_it_is_of_no_use_to_anybody_else_or_for_anything_else(connection: Connection) -> None:
    token = button_handles.issue(connection, "w-1", "ask", ASKED, NOW)
    assert [redeemed(connection, token, who=who) for who in ("w-2", "W-1", "", "w-1 ", "%")] == [None] * 5
    assert [redeemed(connection, token, use=use) for use in ("review", "", "Ask")] == [None] * 3
    assert redeemed(connection, token) == ASKED


def test_every_changed_byte_makes_it_another(connection: Connection) -> None:
    token = button_handles.issue(connection, "w-1", "ask", ASKED, NOW)
    alphabet = sorted({*string.ascii_letters, *string.digits, "-", "_", "\0", " ", "é"})
    others = [token[:at] + c + token[at + 1 :] for at in range(len(token)) for c in alphabet if c != token[at]]
    others += ["", token[:-1], token + "0", token.upper(), f" {token}", token * 9, "\udcff", "x" * 100_000]
    others = [other for other in others if other != token]
    assert len(others) > 2000
    assert [other for other in others if redeemed(connection, other) is not None] == []


def test_the_database_holds_no_handle(connection: Connection) -> None:
    tokens = {button_handles.issue(connection, "w-1", "ask", ASKED, NOW) for _ in range(50)}
    assert len(tokens) == 50
    assert {len(bytes.fromhex(token)) for token in tokens} == {16}
    rows = connection.execute(select(handle)).all()
    assert {row.digest for row in rows} == {sha256(token.encode()).hexdigest() for token in tokens}
    assert not [token for token in tokens if token in str(rows)]


def test_what_is_over_is_swept_away_and_nothing_else(connection: Connection) -> None:
    old = button_handles.issue(connection, "w-1", "ask", "old", NOW)
    new = button_handles.issue(connection, "w-1", "ask", "new", NOW + timedelta(minutes=1))
    button_handles.sweep(connection, NOW + timedelta(minutes=15))
    assert connection.execute(select(handle.c.command)).scalars().all() == ["new"]
    assert (redeemed(connection, old), redeemed(connection, new, 15)) == (None, "new")
