"""Changes of people with their audit rows, in one transaction; a refused attempt leaves the audit row alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine

from bot.rules.access.administration import changed, changes
from bot.rules.access.permissions import Change, NotChanged, Unlock, roles_today
from bot.rules.audit.chain import Entry
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import local_day
from bot.store import audit_chain, people_list


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """Run a transaction that is rolled back at its end, to see the effect of a change."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@dataclass(frozen=True, slots=True)
class Made:
    """The result of one change: made, not needed, or refused (with the reason)."""

    outcome: Literal["done", "unchanged", "refused"]
    after: Person | None = None
    fault: NotChanged | None = None


@dataclass
class Changing:
    """Changes by one person, one after another on one connection; each sees the changes before it.

    `terminal` is the place of the changes, and their author where `by` names no listed person.
    """

    connection: Connection
    key: bytes
    partnership: Partnership
    by: str | None
    now: datetime
    terminal: str = "terminal"
    roster: dict[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        people_list.one_at_a_time(self.connection)
        self.roster = {p.id: p for p in people_list.everybody(self.connection)}

    def make(self, change: Change, action: str) -> Made:
        """Make and record a change, or refuse and record it; a change without effect is not recorded."""
        before = self.roster.get(change.id)
        try:
            actor = self.roster.get(self.by) if self.by is not None else None
            if self.by is not None and actor is None:
                advice = "Nobody is listed under the id given with --as"
                raise NotChanged("not_administrator", "Only an administrator changes people", advice)
            after = changed(change, actor, self.roster, self.partnership, local_day(self.now))
        except NotChanged as fault:
            role = getattr(change, "role", None) or ""
            self._record(action, change.id if before else "", fault.why, f"role {role}" if role else "")
            return Made("refused", before, fault)
        if isinstance(change, Unlock):
            if not people_list.unlock(self.connection, after.id):
                return Made("unchanged", after)
            self._record(action, after.id, "done", "")
            return Made("done", after)
        if after == before:
            return Made("unchanged", after)
        people_list.keep(self.connection, before, after, self._who(), self.now)
        self._record(action, after.id, "done", changes(before, after))
        self.roster[after.id] = after
        return Made("done", after)

    def _who(self) -> str:
        """Return a listed id, or the terminal: typed text may be a person's name, and is not stored."""
        return self.by if self.by in self.roster and self.by is not None else self.terminal

    def _record(self, action: str, subject: str, outcome: str, reason: str) -> None:
        actor = self.roster.get(self.by or "")
        roles = roles_today(actor, local_day(self.now)) if actor else ()
        entry = Entry(
            at=self.now,
            who=self._who(),
            agency=actor.agency if actor else "",
            role=",".join(h.role for h in roles),
            action=action,
            outcome=outcome,
            subject=subject,
            place=self.terminal,
            reason=reason,
        )
        audit_chain.append(self.connection, self.key, entry)
