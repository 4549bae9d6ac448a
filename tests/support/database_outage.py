"""An outage of the database: new connections are refused, open ones break."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError


@contextmanager
def away(database: Engine) -> Iterator[None]:
    """Fail every connection with the driver's error until the block ends; tests/bench/restarts stops a real server."""

    def refuse(connection: Any, *rest: Any) -> None:
        raise OperationalError("connect", None, ConnectionRefusedError("connection refused"))

    database.dispose()
    event.listen(database, "begin", refuse)
    try:
        yield
    finally:
        event.remove(database, "begin", refuse)
