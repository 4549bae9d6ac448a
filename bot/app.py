"""The one place where the parts are joined: settings, database, commands, jobs and the terminal."""

from __future__ import annotations

import csv
import getpass
import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import commands
from bot import bank_holidays, practice
from bot.command import PRIVATE, Command, NotRecorded, Place, Repeated, Request
from bot.desk import Desk
from bot.ingest.load import LoadSummary, Progress, load_file
from bot.ingest.rejects import open_private
from bot.jobs import configuration, digest, heads
from bot.keys import Keys, read_keys
from bot.reply import Reply
from bot.report import published
from bot.rules.audit import Entry
from bot.rules.deeds import Again, Deed
from bot.rules.destination import level_of
from bot.rules.partnership import Partnership, Person
from bot.rules.retention import history_start
from bot.settings import Settings, SettingsError
from bot.store import audit, gaps, handles, keeping, people, recording
from bot.store.database import Database, DatabaseError, in_plain_words, migrate, open_database, reading, writing
from bot.store.facts import StoredFacts
from bot.store.loading import Merged, Record
from bot.store.sealed import Seal

OTHER_KEY = (
    "The audit key does not fit this database: its trail was sealed with another one. Put that key back "
    "(BOT_AUDIT_KEY, or keys/audit.key in the data folder); nothing was recorded or answered."
)


def find_commands() -> tuple[Command, ...]:
    """Every COMMAND in `commands/`, help first and then by name: a new command is a new file."""
    modules = (importlib.import_module(f"commands.{m.name}") for m in pkgutil.iter_modules(commands.__path__))
    return tuple(sorted((m.COMMAND for m in modules), key=lambda c: (c.name != "help", c.name)))


def operator() -> str:
    """Who sits at the terminal, as the operating system knows them."""
    try:
        return f"terminal:{getpass.getuser()}"[:64]
    except (ImportError, KeyError, OSError):  # a container's user may have no name
        return "terminal"


@dataclass(frozen=True)
class App:
    """The bot of one partnership on one database."""

    settings: Settings
    #: What a handle of ours is good for: to ask, and nothing else.
    PURPOSE: ClassVar[str] = "ask"

    @cached_property
    def partnership(self) -> Partnership:
        """As its file says, with the people who are listed now (for as long as this App lives)."""
        return self.as_listed()

    def as_listed(self) -> Partnership:
        """The same with the people who are listed at this very moment."""
        with reading(self.database) as connection:
            chosen, kept = self.settings.partnership, keeping.records_begin(connection)
            known = chosen.with_history(history_start(chosen.history_start, kept))
            return known.with_people(people.everybody(connection)).with_holidays(bank_holidays.by_division())

    @cached_property
    def keys(self) -> Keys:
        """What stands outside the database: see `bot.keys`."""
        s = self.settings
        return read_keys(s.environ, s.data_folder, s.database_url, practice=s.partnership.practice is not None)

    @cached_property
    def database(self) -> Database:
        """The database, brought up to date the first time it is used."""
        database = open_database(self.settings.database_url, Seal(lambda: self.keys.data))
        migrate(database)
        with writing(database) as connection:
            people.take_over(connection, self.settings.partnership.people)
        return database

    def close(self) -> None:
        """Let go of the database, where it was used."""
        if "database" in self.__dict__:
            self.database.dispose()

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.partnership, find_commands(), self.facts, self.record)

    @cached_property
    def sealing_key(self) -> bytes:
        """The key of the audit trail, once the trail says which partnership file holds."""
        key, file = self.keys.audit, self.settings.partnership_file
        with reading(self.database) as connection:
            if not audit.fits(connection, key):
                raise DatabaseError(OTHER_KEY)
        configuration.note(self.database, key, file, operator(), datetime.now(UTC))
        return key

    @cached_property
    def heads(self) -> heads.Heads:
        """Where the trail ends, kept outside the database hour by hour."""
        folder = heads.folder(self.settings.environ, self.settings.data_folder)
        return heads.Heads(self.database, self.keys.audit, folder)

    def record(self, entry: Entry, deeds: Sequence[Deed]) -> None:
        """In one transaction, before the answer leaves; NotRecorded where that cannot be, Repeated where it was."""
        try:
            with in_plain_words():
                recording.record(self.database, self.sealing_key, entry, deeds)
        except Again as before:
            raise Repeated from before
        except DatabaseError as fault:
            raise NotRecorded(str(fault)) from fault
        self.heads.after_an_answer(datetime.now(UTC))

    def _done(self, action: str, now: datetime, subject: str = "", **facts: Any) -> Entry:
        """What somebody at the terminal did who gave no name."""
        who = operator()
        said = {"place": who, "outcome": "done", "subject": subject} | facts
        return Entry(now, who, "", "", action, **said)

    def _record(self, entry: Entry) -> None:
        """DatabaseError where that cannot be: a verb says so, and does nothing."""
        try:
            self.record(entry, ())
        except NotRecorded as fault:
            raise DatabaseError(str(fault)) from fault

    def done(self, action: str, now: datetime, subject: str = "", **facts: Any) -> None:
        """Record what somebody at the terminal does; DatabaseError where that cannot be."""
        self._record(self._done(action, now, subject, **facts))

    @contextmanager
    def facts(self) -> Iterator[StoredFacts]:
        """One consistent view of the facts, for one answer."""
        with reading(self.database) as connection:
            yield StoredFacts(connection, self.partnership)

    def now(self, given: datetime | None) -> datetime:
        """The time to answer for: as given, else the practice partnership's moment, else the clock.

        No time to come: retention would remove what is not over, and rows of the trail would stand after all others.
        """
        clock, practice = datetime.now(UTC), self.partnership.practice
        usual = practice.now.astimezone(UTC) if practice else clock
        if given is not None and given > max(clock, usual):
            raise SettingsError("--now: this time is still to come. Give one that has been.")
        return usual if given is None else given.astimezone(UTC)

    def ask(self, text: str, person: str | None, place: str | None, now: datetime, export: bool = False) -> Reply:
        """Answer a command as a platform would hand it in; an unlisted person is an outsider."""
        return self.desk.answer(self._request(text, person, place, now, export))

    def _request(
        self, text: str, person: str | None, place: str | None, now: datetime, export: bool = False
    ) -> Request:
        actor = self.person(self._person(person))
        return Request(actor, self._place(place), text, now, account="terminal", export=export)

    def buttons(self, reply: Reply, person: str | None, now: datetime) -> Reply:
        """The reply with a handle in each button for its command: nothing in a value says what it asks."""
        if not reply.buttons:
            return reply
        name = self._person(person)
        with writing(self.database) as connection:
            handles.sweep(connection, now)
            pressed = [handles.issue(connection, name, self.PURPOSE, b.command, now) for b in reply.buttons]
        return replace(reply, buttons=tuple(replace(b, command=h) for b, h in zip(reply.buttons, pressed, strict=True)))

    def press(self, handle: str, person: str | None, place: str | None, now: datetime, export: bool = False) -> Reply:
        """Ask what a button meant, as this person here and now: whatever was so when it was shown counts no more."""
        with reading(self.database) as connection:
            command = handles.redeem(connection, handle, self._person(person), self.PURPOSE, now)
        asked = self._request(command or "", person, place, now, export)
        return self.desk.answer(asked) if command is not None else self.desk.refuse(asked, "handle", "press")

    def person(self, name: str, account: people.Account = "id") -> Person | None:
        """Who asks, looked up anew each time: a role that was taken away counts no more. Every id can be read."""
        if not name.isprintable():
            return None
        with reading(self.database) as connection:
            return people.find(connection, account, name)

    def _person(self, given: str | None) -> str:
        practice = self.partnership.practice
        if given is None and practice is None:
            raise SettingsError("Say who is asking: --as PERSON (a person of the partnership file).")
        return given if given is not None else practice.person if practice else ""

    def _place(self, given: str | None) -> Place:
        """In private unless a place is named; a channel has the level of now and its areas, any other place none."""
        if given is None or given == PRIVATE.name:
            return PRIVATE
        channel = self.partnership.channel(given)
        if channel is None:
            return Place("unlisted", None)
        return Place(channel.id, level_of(digest.on_the_terminal(channel)), channel.areas)

    def digest(self, channel_id: str | None, now: datetime) -> Reply:
        """The digest of a channel, or of the first one listed."""
        channel = self.partnership.channel(channel_id) if channel_id else self.partnership.channels[0]
        if channel is None:
            known = ", ".join(c.id for c in self.partnership.channels)
            raise SettingsError(f"There is no channel {channel_id!r} in the partnership file. Channels: {known}.")
        with self.facts() as facts:
            posted = digest.run(facts, self.partnership, channel, now)
        outcome = f"stopped: {posted.fault}" if posted.fault else "done"
        self._record(self._done("digest", now, level=posted.reply.level, place=channel.id, outcome=outcome))
        return posted.reply

    def load(self, source: str, file: Path, taken_at: datetime, progress: Progress | None = None) -> LoadSummary:
        """Load one export file; see `bot.ingest.load`."""
        rejects = self.settings.data_folder / "rejects"
        # A practice day is loaded on that day.
        now = taken_at if self.partnership.practice else datetime.now(UTC)
        return load_file(
            self.database,
            self.partnership,
            source,
            file,
            taken_at=taken_at,
            rejects_folder=rejects,
            progress=progress,
            now=now,
            audit_key=self.keys.audit,
            record=self._of_load(source, now),
        )

    def _of_load(self, source: str, now: datetime) -> Record:
        """The row of a load, which becomes part of it."""
        key = self.sealing_key

        def record(connection: Any, merged: Merged) -> None:
            counts = f"{merged.added} added, {merged.changed} changed, {merged.unchanged} unchanged"
            audit.append(connection, key, self._done("load", now, source, reason=counts))

        return record

    def practice(self, folder: Path) -> dict[str, Path]:
        """Write the practice exports into a folder: source -> file."""
        return practice.write_exports(folder)

    def published(self, file: Path, now: datetime) -> Reply:
        """Every published figure beside ours."""
        with self.facts() as facts:
            reply = published.as_reply(published.check(file, facts, self.partnership, now))
        self._record(self._done("figures", now, level=reply.level))
        return reply

    def unmatched(self, file: Path) -> int:
        """Every difference between the agencies' records as CSV, for its owner alone; how many rows."""
        with reading(self.database) as connection:
            rows = [(key, *d) for key in gaps.KINDS for d in gaps.differences(connection, key, limit=None)]
        self._record(self._done("unmatched as a file", datetime.now(UTC), level=2))
        with open_private(file) as stream:
            csv.writer(stream).writerows([("kind", *gaps.Difference._fields), *rows])
        return len(rows)

    def has_data(self) -> bool:
        """Whether anything was ever loaded."""
        with self.facts() as facts:
            return any(f.taken_at for f in facts.freshness(datetime.now(UTC)))

    def is_loaded(self, taken_at: Mapping[str, datetime]) -> bool:
        """Whether the newest load of every source is the export taken at these times."""
        with self.facts() as facts:
            newest = {f.source: f.taken_at for f in facts.freshness(datetime.now(UTC))}
        return newest == dict(taken_at)
