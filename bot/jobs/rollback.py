"""A database that was put back from before without `restore`: a copied file, a snapshot, a dump loaded by hand.

It has forgotten what was sent since, and would send it again. It shows by one of three things: a head of the audit
trail kept outside the database, or in the memory of a process that goes on, is not in the trail; or a channel shows a
message of this bot that the ledger never sent. The database is then stamped as `restore` stamps it: what was due before
is looked for in chat before it is sent, calls go on, and administrators are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.conversation.outbound import CannotTell, NoLookUp
from bot.jobs.audit_checkpoints import Heads, put, read
from bot.jobs.job import Run
from bot.logs.setup import log, unexpected
from bot.rules.audit.chain import Head
from bot.rules.catalogue import _
from bot.rules.delivery.health import TICK_SECONDS
from bot.rules.partnership.partnership import Channel
from bot.rules.time.clock import day_start, local_day, say
from bot.store import audit_chain, released_periods
from bot.store.database import Database, DatabaseError, in_plain_words, reading
from bot.store.delivery import ledger, replicas
from bot.store.delivery.replicas import Restored

#: A process asks a platform that does not answer so many times.
TRIES = 3


def older(database: Database, heads: Heads) -> str:
    """Say that a database is older than the heads kept outside it; empty where it is not."""
    with reading(database) as connection:
        head = audit_chain.lacking(connection, heads.key, _kept(heads, heads.ours()), datetime.now(UTC))
        row, at = audit_chain.newest_row(connection)
    return _ends(row, at, head) if head else ""


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


@dataclass
class Rollback:
    """The look of one process for a rollback, before each tick; `last` is the head after the tick before."""

    heads: Heads
    last: Head | None = None
    #: Channels whose messages are still to be looked at, and since when; None before the first tick.
    channels: list[Channel] | None = None
    since: datetime | None = None
    tries: int = 0
    is_kept: bool = True

    def look(self, run: Run) -> None:
        """Look for a rollback and stamp the database where there is one. A fault stops no tick."""
        try:
            with in_plain_words():
                self._look(run)
        except DatabaseError as fault:
            log("whether an older database was put back is not known", why=str(fault))
        except Exception as fault:
            unexpected(fault)

    def _look(self, run: Run) -> None:
        # Of the files, the head of the last tick alone after the first look: it is enough, and as good as free.
        files = self.heads.ours() if self.channels is None else [self.heads.newest]
        known = [*_kept(self.heads, files), *([self.last] if self.last else [])]
        with run.reading() as connection:
            now = run.clock(connection)
            lacks = audit_chain.lacking(connection, run.audit_key, known, now)
            if self.channels is None:
                self._begin(run, connection, now)
        channel = None if lacks else self._posted_in(run)
        if not (lacks or channel):
            return
        try:
            with in_plain_words():
                self._stamp(run, known, channel)
        except DatabaseError as fault:
            with in_plain_words(), run.writing() as connection:
                text = _(
                    "An older copy of the database was put back, and the bot may not mark it ({fault}): what was sent "
                    "since comes again. Run audit grants ROLE --apply as the owner of the tables, and start it again.",
                    fault=str(fault).rstrip("."),
                )
                run.alarm(connection, text, now)

    def _begin(self, run: Run, connection: Any, now: datetime) -> None:
        """Choose the channels to look at: all, where no replica ticked a moment ago, nor stamped the database since."""
        last, restore = replicas.newest(connection), replicas.newest_restore(connection)
        self.since = last or day_start(local_day(now))
        ran = last is not None and abs((now - last).total_seconds()) < TICK_SECONDS
        known = restore is not None and restore.at >= self.since
        self.channels = [] if ran or known else list(run.partnership.channels)

    def _posted_in(self, run: Run) -> Channel | None:
        """Return a channel with a message of this bot that the ledger never sent. Each channel is looked at once.

        A platform that does not answer is asked again on the next tick, so that no call waits for it.
        """
        while self.channels and self.since:
            channel = self.channels.pop(0)
            platform = run.platforms.get(channel.platform)
            try:
                found = platform.markers(channel.address, self.since) if platform else ()
            except NoLookUp:
                continue
            except CannotTell:
                self.tries += 1
                self.channels = [*self.channels, channel] if self.tries < TRIES else []
                return None
            with run.reading() as connection:
                if ledger.not_sent_from_here(connection, found):
                    self.channels = []
                    return channel
        return None

    def _stamp(self, run: Run, known: Sequence[Head], channel: Channel | None) -> None:
        """Stamp the database as restored, unless another replica has done so, and tell administrators."""
        with run.writing() as connection:
            audit_chain.take_turn(connection)
            now = run.clock(connection)
            lacks = audit_chain.lacking(connection, run.audit_key, known, now)
            before = replicas.newest_restore(connection)
            if lacks is None and (channel is None or (before and self.since and before.at > self.since)):
                return
            row, at = audit_chain.newest_row(connection)
            replicas.note_restore(connection, Restored(now, "", row, at))
            released_periods.note_restore(connection, run.partnership.year_begins, now)
            # The row that is lacking, or the channel of the message.
            evidence = str(lacks.seq) if lacks else channel.id if channel else ""
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
                    channel=channel.id if channel else "",
                    until=until,
                )
            run.alarm(connection, text, now, again=True)
        self.channels = []
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
