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
from bot import practice
from bot.conversation.command import PRIVATE, Command, NotRecorded, Place, Repeated, Request
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.reply import Reply
from bot.ingest import bank_holidays
from bot.ingest.errors import SourceError
from bot.ingest.load import LoadSummary, Progress, load_file
from bot.ingest.rejects import open_private
from bot.ingest.taken_at import when_taken
from bot.jobs import audit_checkpoints, config_changes, digest
from bot.reports import published_figures
from bot.rules.access.channel_privacy import level_of
from bot.rules.audit.chain import Entry
from bot.rules.audit.retention import history_start
from bot.rules.effects import Again, Effect
from bot.rules.partnership.installation import NOT_REAL, Installation, why_not, why_not_adopted, why_not_loaded
from bot.rules.partnership.partnership import Partnership, Person
from bot.settings import Keys, Settings, SettingsError, default_database, home, read_keys
from bot.store import audit_chain, installation, people_list
from bot.store.changes import button_handles
from bot.store.changes import record as recording
from bot.store.database import Database, DatabaseError, in_plain_words, migrate, open_database, reading, writing
from bot.store.encryption import Seal
from bot.store.loading.load import Merged, Record
from bot.store.queries import loads, record_differences
from bot.store.queries.facts import StoredFacts
from bot.store.retention import kept_records

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
            chosen, kept = self.settings.partnership, kept_records.records_begin(connection)
            known = chosen.with_history(history_start(chosen.history_start, kept))
            return known.with_people(people_list.everybody(connection)).with_holidays(bank_holidays.by_division())

    @cached_property
    def keys(self) -> Keys:
        """What stands outside the database: see `bot.settings`."""
        return self._keys(self.home)

    def _keys(self, home: Path) -> Keys:
        s = self.settings
        return read_keys(s.environ, home, s.database_url, practice=self.is_practice)

    def keys_of(self, copy: Database) -> Keys:
        """The keys of a database that is not the one in use, such as a backup; DatabaseError where it is another's."""
        with reading(copy) as connection:
            made = installation.read(connection)
        if made is None:
            return self._keys(self.settings.data_folder)
        self._fits(made, renaming=False)
        return self._keys(home(self.settings.data_folder, made))

    @property
    def is_practice(self) -> bool:
        return self.settings.partnership.practice is not None

    @property
    def database(self) -> Database:
        """The database, brought up to date the first time it is used; DatabaseError where it is another's."""
        return self._opened[0]

    @property
    def installation(self) -> Installation:
        """What made the database, as it said when it was opened."""
        return self._opened[1]

    @property
    def home(self) -> Path:
        """Where this database's keys, heads, outbox and rejects lie."""
        return home(self.settings.data_folder, self.installation)

    @cached_property
    def _opened(self) -> tuple[Database, Installation]:
        return self._open()

    def _open(self, *, renaming: bool = False) -> tuple[Database, Installation]:
        """Nothing is changed in a database that is another partnership's, its tables included."""
        s, here = self.settings, [self.settings.data_folder]
        database = open_database(s.database_url, Seal(lambda: self._keys(here[0]).data))
        try:
            with reading(database) as connection:
                made = installation.read(connection)
            if made is not None:
                self._fits(made, renaming)
                here[0] = home(s.data_folder, made)
            migrate(database)
            with writing(database) as connection:
                made = made or self._stamp(connection)
                self._fits(made, renaming)
                here[0] = home(s.data_folder, made)
                people_list.take_over(connection, s.partnership.people)
        except BaseException:
            database.dispose()
            raise
        return database, made

    def _stamp(self, connection: Any) -> Installation:
        s = self.settings
        held = installation.held(connection, practice.CHECKSUMS)
        if fault := why_not_adopted(held, self.is_practice, config_changes.digest(s.partnership_file)):
            raise DatabaseError(str(fault))
        is_default = s.database_url == default_database(s.data_folder)
        now = datetime.now(UTC)
        return installation.stamp(connection, s.partnership.name, self.is_practice, held, now, is_default=is_default)

    def _fits(self, made: Installation, renaming: bool) -> None:
        if fault := why_not(made, self.settings.partnership.name, self.is_practice, renaming=renaming):
            raise DatabaseError(str(fault))

    def rename(self) -> str:
        """Give the database its partnership's new name, with a row in the trail; the name it had before."""
        self.__dict__["_opened"] = self._open(renaming=True)
        before, name = self.installation.partnership, self.settings.partnership.name
        if before != name:
            entry = self._done("renamed", datetime.now(UTC), self.installation.id, reason=f"{before} -> {name}")
            key = self.sealing_key
            with writing(self.database) as connection:
                audit_chain.append(connection, key, entry)
                installation.rename(connection, name)
            self.__dict__["_opened"] = self.database, replace(self.installation, partnership=name)
        return before

    def close(self) -> None:
        """Let go of the database, where it was used."""
        if "_opened" in self.__dict__:
            self.database.dispose()

    @cached_property
    def desk(self) -> Dispatcher:
        return self.desk_of(self.partnership, find_commands())

    def desk_of(self, partnership: Partnership, known: tuple[Command, ...]) -> Dispatcher:
        """The one way to a desk, so that none forgets to say that it is practice."""
        return Dispatcher(partnership, known, self.facts, self.record, self.notice)

    @property
    def notice(self) -> str:
        """A line in whatever leaves; nothing in a real partnership."""
        return NOT_REAL if self.is_practice else ""

    @cached_property
    def sealing_key(self) -> bytes:
        """The key of the audit trail, once the trail says which partnership file holds."""
        key, file = self.keys.audit, self.settings.partnership_file
        with reading(self.database) as connection:
            if not audit_chain.fits(connection, key):
                raise DatabaseError(OTHER_KEY)
        config_changes.note(self.database, key, file, operator(), datetime.now(UTC), self.installation.id)
        return key

    @cached_property
    def heads(self) -> audit_checkpoints.Heads:
        """Where the trail ends, kept outside the database hour by hour."""
        folder = audit_checkpoints.folder(self.settings.environ, self.home)
        return audit_checkpoints.Heads(self.database, self.keys.audit, folder, self.installation)

    def record(self, entry: Entry, deeds: Sequence[Effect]) -> None:
        """In one transaction, before the answer leaves; NotRecorded where that cannot be, Repeated where it was."""
        try:
            with in_plain_words():
                recording.record(self.database, self.sealing_key, entry, deeds, self.partnership)
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
            button_handles.sweep(connection, now)
            pressed = [button_handles.issue(connection, name, self.PURPOSE, b.command, now) for b in reply.buttons]
        return replace(reply, buttons=tuple(replace(b, command=h) for b, h in zip(reply.buttons, pressed, strict=True)))

    def press(self, handle: str, person: str | None, place: str | None, now: datetime, export: bool = False) -> Reply:
        """Ask what a button meant, as this person here and now: whatever was so when it was shown counts no more."""
        with reading(self.database) as connection:
            command = button_handles.redeem(connection, handle, self._person(person), self.PURPOSE, now)
        asked = self._request(command or "", person, place, now, export)
        return self.desk.answer(asked) if command is not None else self.desk.refuse(asked, "handle", "press")

    def person(self, name: str, account: people_list.Account = "id") -> Person | None:
        """Who asks, looked up anew each time: a role that was taken away counts no more. Every id can be read."""
        if not name.isprintable():
            return None
        with reading(self.database) as connection:
            return people_list.find(connection, account, name)

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
            posted = digest.preview(facts, self.partnership, channel, now)
        outcome = f"stopped: {posted.fault}" if posted.fault else "done"
        self._record(self._done("digest", now, level=posted.reply.level, place=channel.id, outcome=outcome))
        return posted.reply.noting(self.notice)

    def load(
        self,
        source: str,
        file: Path,
        taken_at: datetime | None,
        progress: Progress | None = None,
        *,
        fill_gaps: bool = False,
    ) -> LoadSummary:
        """Load one export file that belongs into this database; see `bot.ingest.load`.

        Where `taken_at` is not said, the partnership file says where it stands.
        """
        made = self._belongs(file)
        rejects = self.home / "rejects"
        # A practice day is loaded on that day.
        chosen = getattr(self.partnership.sources, source)
        try:
            taken = when_taken(file, source, chosen, taken_at, datetime.now(UTC))
        except SourceError as fault:
            self._refused(source, fault)
            raise
        now = taken.at if self.partnership.practice else datetime.now(UTC)
        return load_file(
            self.database,
            self.partnership,
            source,
            file,
            taken_at=taken.at,
            taken_how=taken.how,
            fill_gaps=fill_gaps,
            rejects_folder=rejects,
            progress=progress,
            now=now,
            audit_key=self.keys.audit,
            record=self._of_load(source, now, is_practice_file=made),
        )

    def _refused(self, source: str, fault: SourceError) -> None:
        """A file that is refused before it is loaded leaves its source in doubt as well."""
        if fault.casts_doubt:
            with writing(self.database) as connection:
                loads.note_refusal(connection, source, self.now(None))

    def _belongs(self, file: Path) -> bool:
        """Whether it is a practice export; SourceError where it may not be loaded here. What is not readable is said
        by the load."""
        with reading(self.database) as connection:
            made, loaded = installation.read(connection) or self.installation, installation.loaded(connection)
        try:
            is_practice_file = practice.is_practice_file(file, surely=made.practice)
        except OSError:
            return False
        if fault := why_not_loaded(made, is_practice_file, loaded):
            raise SourceError(f"{file.name}: {fault}. Nothing was changed.")
        return is_practice_file

    def _of_load(self, source: str, now: datetime, *, is_practice_file: bool) -> Record:
        """The row of a load, which becomes part of it."""
        key = self.sealing_key

        def record(connection: Any, merged: Merged) -> None:
            if is_practice_file:
                installation.holds_practice(connection)
            counts = f"{merged.added} added, {merged.changed} changed, {merged.unchanged} unchanged"
            audit_chain.append(connection, key, self._done("load", now, source, reason=counts))

        return record

    def practice(self, folder: Path) -> dict[str, Path]:
        """Write the practice exports into a folder: source -> file."""
        return practice.write_exports(folder)

    def published(self, file: Path, now: datetime) -> Reply:
        """Every published figure beside ours."""
        with self.facts() as facts:
            reply = published_figures.as_reply(published_figures.check(file, facts, self.partnership, now))
        self._record(self._done("figures", now, level=reply.level))
        return reply.noting(self.notice)

    def unmatched(self, file: Path) -> int:
        """Every difference between the agencies' records as CSV, for its owner alone; how many rows."""
        with reading(self.database) as connection:
            rows = [
                (key, *d)
                for key in record_differences.KINDS
                for d in record_differences.differences(connection, key, limit=None)
            ]
        self._record(self._done("unmatched as a file", datetime.now(UTC), level=2))
        with open_private(file) as stream:
            csv.writer(stream).writerows([("kind", *record_differences.RecordDifference._fields), *rows])
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
