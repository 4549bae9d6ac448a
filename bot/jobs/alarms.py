"""Telling administrators that the bot cannot do what people rely on: once a day each, and never of a child."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.jobs.job import Run
from bot.rules.effects import NotifyRole
from bot.store.changes import record
from bot.store.changes.record import carry_out

KIND = "alarm"
#: The same alarm is not raised again before this: it is still waiting to be read.
AGAIN = timedelta(hours=24)


def sound(run: Run, connection: Any, text: str, now: datetime, begins: str = "") -> bool:
    """Put an alarm before every administrator, in the caller's transaction; False where it waits there already.

    `text` is one or two sentences of what is wrong and what to do: no reference, no name, nothing of a child. Where it
    ends in what changes, such as a count, `begins` is what tells it from other alarms.
    """
    if record.notice_waits(connection, KIND, text, now - AGAIN, begins):
        return False
    carry_out(connection, NotifyRole("system_admin", KIND, text, now))
    run.record(connection, KIND, now, outcome="raised")
    return True
