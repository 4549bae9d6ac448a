"""A database that was put back from before without `restore`: a copied file, a snapshot, a dump loaded by hand.

It has forgotten what was sent since, and would send it again. It shows by one of three things: a head of the audit
trail kept outside the database, or in the memory of a process that goes on, is not in the trail; or a channel shows a
message of this bot that the ledger never sent. The database is then stamped as `restore` stamps it: what was due before
is looked for in chat before it is sent, calls go on, and administrators are told.

Calls of that time are made anew, and say that they may repeat earlier ones. So before calls leave, the head that holds
them is kept, and the conversation of the person is looked at too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bot.conversation.outbound import CannotTell, NoLookUp
from bot.jobs.audit_checkpoints import Heads, put, read
from bot.jobs.job import Continuity, Run
from bot.logs.setup import log, unexpected
from bot.rules.audit import chain
from bot.rules.audit.chain import Head
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import Delivery
from bot.rules.delivery.health import TICK_SECONDS
from bot.rules.time.clock import day_start, local_day, say
from bot.store import audit_chain, released_periods
from bot.store.database import Database, DatabaseError, in_plain_words, reading
from bot.store.delivery import ledger, replicas
from bot.store.delivery.replicas import Restored

#: A process asks so many times where a platform does not answer: about channels in all, about each person.
TRIES = 3


def older(database: Database, heads: Heads) -> str:
    """Say that a database is older than the heads kept outside it; empty where it is not."""
    with reading(database) as connection:
        head = audit_chain.lacking(connection, heads.key, _kept(heads, heads.ours()), datetime.now(UTC))
        row, at = audit_chain.newest_row(connection)
    return _ends(row, at, head) if head else ""


def newest_at(heads: Heads) -> datetime | None:
    """Return the time of the newest head kept outside the database; None without any."""
    return max((head.at for head in _kept(heads, heads.ours()) if chain.is_signed(heads.key, head)), default=None)


def _ends(row: int, at: datetime | None, head: Head) -> str:
    return _(
        "the database goes until row {row} of the audit trail ({at}), which went to row {seq} on {then}: an older copy "
        "was put back without restore, or its last rows were lost",
        row=row,
        at=say(at) if at else _("its beginning"),
        seq=head.seq,
        then=say(head.at),
    )


def _kept(heads: Heads, files: Sequence[Path]) -> Sequence[Head]:
    """Return the heads in files that name this database. Older ones name none, and may be another's."""
    found: list[Head] = []
    for file in files:
        with suppress(OSError):  # audit verify says so
            found += read(file)[0]
    return [head for head in found if head.installation == heads.made.id]


class PlaceLookedAt(NamedTuple):
    """A channel, or the conversation of a person, with its name for administrators."""

    platform: str
    destination: str
    name: str = _("a private conversation")


@dataclass
class Rollback:
    """The look of one process for a rollback, before each tick; `last` is the head after the tick before."""

    heads: Heads
    last: Head | None = None
    #: Channels whose messages are still to be looked at; None before the first tick.
    channels: list[PlaceLookedAt] | None = None
    #: Messages are looked at since then; the process began at `begun`.
    since: datetime | None = None
    begun: datetime | None = None
    #: Conversations of people that were looked at before a call; None where no call needs it.
    people: set[PlaceLookedAt] | None = None
    tries: Counter[PlaceLookedAt] = field(default_factory=Counter)
    is_kept: bool = True

    def look(self, run: Run, *, ask: bool = True) -> Continuity:
        """Look for a rollback and stamp the database where there is one; `ask` chat too. A fault stops no tick."""
        try:
            with in_plain_words():
                return self._look(run, ask)
        except DatabaseError as fault:
            log("whether an older database was put back is not known", why=str(fault))
        except Exception as fault:
            unexpected(fault)
        return "unknown"

    def before_calls(self, run: Run, messages: Sequence[Delivery]) -> Continuity:
        """Look once more before calls leave, in their conversations too, and keep the head that holds them.

        A platform that does not answer keeps no call waiting: the answer is "unknown", and the call says so.
        """
        found = self.look(run, ask=False)
        for place in dict.fromkeys(PlaceLookedAt(d.platform, d.destination) for d in messages):
            if found != "same" or self.people is None or place in self.people:
                continue
            try:
                with in_plain_words():
                    there = self._shows_another(run, place)
                    found = "unknown" if there is None else self._stamped(run, (), place) if there else "same"
            except DatabaseError as fault:
                log("whether an older database was put back is not known", why=str(fault))
                found = "unknown"
            if found == "same":
                self.people.add(place)
        if found != "older":
            self.keep(run)
        return found

    def _look(self, run: Run, ask: bool) -> Continuity:
        # Of the files, the head of the last tick alone after the first look: it is enough, and as good as free.
        files = self.heads.ours() if self.channels is None else [self.heads.newest]
        known = [*_kept(self.heads, files), *([self.last] if self.last else [])]
        with run.reading() as connection:
            now = run.clock(connection)
            lacks = audit_chain.lacking(connection, run.audit_key, known, now)
            if self.channels is None:
                self._begin(run, connection, now)
        channel = self._posted_in(run) if ask and not lacks else None
        if lacks or channel:
            return self._stamped(run, known, channel)
        return "unknown" if self.channels else "same"

    def _stamped(self, run: Run, known: Sequence[Head], channel: PlaceLookedAt | None) -> Continuity:
        try:
            with in_plain_words():
                self._stamp(run, known, channel)
            return "older"
        except DatabaseError as fault:
            with in_plain_words(), run.writing() as connection:
                text = _(
                    "An older copy of the database was put back, and the bot may not mark it ({fault}): what was sent "
                    "since comes again. Run audit grants ROLE --apply as the owner of the tables, and start it again.",
                    fault=str(fault).rstrip("."),
                )
                run.alarm(connection, text, run.clock(connection))
            return "unknown"

    def _begin(self, run: Run, connection: Any, now: datetime) -> None:
        """Choose the channels to look at: all, where no replica ticked a moment ago, nor stamped the database since."""
        last, restore = replicas.newest(connection), replicas.newest_restore(connection)
        # A tick that is still to come was of a clock that was wrong.
        self.since = last if last is not None and last <= now else day_start(local_day(now))
        ran = last is not None and abs((now - last).total_seconds()) < TICK_SECONDS
        known = restore is not None and restore.at > self.since
        places = [PlaceLookedAt(channel.platform, channel.address, channel.id) for channel in run.partnership.channels]
        self.begun, self.channels, self.people = now, [] if ran or known else places, None if ran or known else set()

    def _posted_in(self, run: Run) -> PlaceLookedAt | None:
        """Return a channel with a message of this bot that the ledger never sent. Each channel is looked at once.

        A platform that does not answer is asked again on the next tick, so that no call waits for it.
        """
        while self.channels and self.since:
            channel = self.channels.pop(0)
            there = self._shows_another(run, channel)
            if there is None:
                self.channels = [*self.channels, channel] if self.tries.total() < TRIES else []
                return None
            if there:
                return channel
        return None

    def _shows_another(self, run: Run, place: PlaceLookedAt) -> bool | None:
        """Tell if a place shows a message of this bot that the ledger never sent; None where chat does not answer."""
        platform = run.platforms.get(place.platform)
        if platform is None or not platform.can_tell or self.since is None or self.tries[place] >= TRIES:
            return False
        try:
            found = platform.markers(place.destination, self.since)
        except NoLookUp:
            return False
        except CannotTell:
            self.tries[place] += 1
            return None
        with run.reading() as connection:
            return bool(ledger.not_sent_from_here(connection, found))

    def _stamp(self, run: Run, known: Sequence[Head], channel: PlaceLookedAt | None) -> None:
        """Stamp the database as restored, unless another replica has done so, and tell administrators."""
        with run.writing() as connection:
            audit_chain.take_turn(connection)
            now = run.clock(connection)
            lacks = audit_chain.lacking(connection, run.audit_key, known, now)
            before = replicas.newest_restore(connection)
            if lacks is None and (channel is None or (before and self.since and before.at > self.since)):
                return
            # Or later: what is older is of the copy. Its rows since its last tick may be of a verb since.
            put_back = min(lacks.at, now) if lacks else self.begun
            row, at = audit_chain.newest_row(connection, put_back if lacks else self.since)
            # By a clock that was ahead then, or is behind now, the replaced database went on until after now.
            until_then = max(now, lacks.at) if lacks else now
            replicas.note_restore(connection, Restored(until_then, "", row, at), now, put_back)
            released_periods.note_restore(connection, run.partnership.year_begins, now)
            # The row that is lacking, or the channel of the message.
            evidence = str(lacks.seq) if lacks else channel.name if channel else ""
            run.record(connection, audit_chain.RESTORE, now, outcome=audit_chain.NOTICED, reason=evidence)
            until = say(at) if at else _("its beginning")
            if lacks:
                text = _(
                    "The database goes only until {until}: an older copy was put back without restore, or its last "
                    "rows were lost. What was due before now is looked for in chat before it is sent, and calls go on: "
                    "load again every export that came later. See: deliveries.",
                    until=until,
                )
            else:
                text = _(
                    "The bot posted in {channel} what its database, which goes until {until}, never sent: an older "
                    "copy was put back without restore, or another bot uses the same tokens. What was due before now "
                    "is looked for in chat before it is sent, and calls go on. See: deliveries.",
                    channel=channel.name if channel else "",
                    until=until,
                )
            run.alarm(connection, text, now, again=True)
        self.channels, self.people = [], None
        log("an older database was put back", shown_by=evidence)

    def keep(self, run: Run) -> None:
        """Keep the head after a tick: in memory, in its file, and once an hour among the others."""
        try:
            with in_plain_words(), run.reading() as connection:
                now = run.clock(connection)
                head = audit_chain.head(connection, run.audit_key, now, self.heads.made.id)
        except DatabaseError as fault:
            log("the head of the audit trail is not known", why=str(fault))
            return
        if now >= self.heads.due:
            self.heads.after_an_answer(now)
        if head is not None and (self.last is None or head.mac != self.last.mac):
            self.last = head
            self._write(head)

    def _write(self, head: Head) -> None:
        try:
            put(self.heads.newest, head)
            self.is_kept = True
        except OSError as fault:  # such as on write-once storage: the hourly heads go on
            if self.is_kept:
                log("the head of the last tick could not be kept", why=fault.strerror or "unknown")
            self.is_kept = False
