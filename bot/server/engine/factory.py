"""Choose the engine by the address of the database."""

from __future__ import annotations

from collections.abc import Callable

from bot.server.engine import Engine, Pace


def engine_for(
    url: str, tick: Callable[[], None], pace: Pace | None = None, moved: Callable[[], float] = lambda: 0.0
) -> Engine:
    """Return an engine: inside the process on SQLite, in the database itself on PostgreSQL.

    `moved` returns the monotonic time at which the tick under way last went on.
    """
    if url.startswith("sqlite:"):
        from bot.server.engine.embedded import Embedded

        return Embedded(tick, pace or Pace(), moved)
    from bot.server.engine.postgres import Postgres  # the extra `postgres`; SQLite needs none of it

    return Postgres(url.replace("+psycopg", "", 1), tick, pace or Pace(), moved)
