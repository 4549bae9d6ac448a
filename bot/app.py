"""The composition root: settings, database, keys, commands and the audit trail of one partnership, joined."""

from __future__ import annotations

import getpass
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import commands
from bot import practice
from bot.conversation.command import Command, NotRecorded, Repeated
from bot.conversation.dispatcher import Dispatcher, Recorder
from bot.ingest import bank_holidays
from bot.ingest.check_file import FileCheck, check_file
from bot.ingest.csv_file import when_taken
from bot.ingest.load import LoadSummary, Progress, load_file
from bot.ingest.rejects import SourceError
from bot.ingest.row_checker import mapping_faults
from bot.jobs import audit_checkpoints, config_changes
from bot.reports.making import Making
from bot.rules.audit.chain import Entry
from bot.rules.audit.retention import history_start
from bot.rules.delivery.health import clock_fault
from bot.rules.effects import Again, Effect
from bot.rules.partnership.installation import NOT_REAL, Installation, why_not, why_not_adopted, why_not_loaded
from bot.rules.partnership.partnership import Partnership, Person
from bot.settings import Keys, Settings, SettingsError, default_database, home, read_keys
from bot.store import audit_chain, installation, people_list, rota
from bot.store.changes import record as recording
from bot.store.database import Database, DatabaseError, in_plain_words, migrate, open_database, reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.encryption import Seal
from bot.store.loading.load import Merged, Record
from bot.store.queries import loads
from bot.store.queries.facts import StoredFacts
from bot.store.retention import kept_records

OTHER_KEY = (
    "The audit key does not fit this database: its trail was sealed with another one. Put that key back "
    "(BOT_AUDIT_KEY, or keys/audit.key in the data folder); nothing was recorded or answered."
)


def find_commands() -> tuple[Command, ...]:
    """Return every COMMAND in `commands/`, help first and then by name: a new command is a new file."""
    modules = (importlib.import_module(f"commands.{m.name}") for m in pkgutil.iter_modules(commands.__path__))
    return tuple(sorted((m.COMMAND for m in modules), key=lambda c: (c.name != "help", c.name)))


def operator() -> str:
    """Return the terminal's user by the operating system's name."""
    try:
        return f"terminal:{getpass.getuser()}"[:64]
    except (ImportError, KeyError, OSError):  # a container's user may have no name
        return "terminal"


@dataclass(frozen=True)
class App:
    """The bot of one partnership on one database."""

    settings: Settings

    def __post_init__(self) -> None:
        s = self.settings
        if faults := mapping_faults(s.partnership):
            raise SettingsError("\n".join(f"{s.partnership_file.name}: {fault}" for fault in faults))

    @cached_property
    def partnership(self) -> Partnership:
        """The partnership of the file, with the people list of the moment it is first read."""
        return self.as_listed()

    def as_listed(self) -> Partnership:
        """Return the partnership with the people list of this moment."""
        with reading(self.database) as connection:
            chosen, kept = self.settings.partnership, kept_records.records_begin(connection)
            known = chosen.with_history(history_start(chosen.history_start, kept))
            listed = known.with_people(people_list.everybody(connection)).with_rota(rota.shifts(connection))
            return listed.with_holidays(bank_holidays.by_division())

    @cached_property
    def keys(self) -> Keys:
        """The keys that are kept outside the database: see `bot.settings`."""
        return self._keys(self.home)

    def _keys(self, home: Path) -> Keys:
        s = self.settings
        return read_keys(s.environ, home, s.database_url, practice=self.is_practice)

    def keys_of(self, copy: Database) -> Keys:
        """Return the keys of a copy, such as a backup; DatabaseError where it is another partnership's."""
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
        """The database, migrated when first used; DatabaseError where it is another partnership's."""
        return self._opened[0]

    @property
    def installation(self) -> Installation:
        """The stamp of the installation that made the database, as read when it was opened."""
        return self._opened[1]

    @property
    def home(self) -> Path:
        """The folder of this database's keys, heads, outbox and rejects."""
        return home(self.settings.data_folder, self.installation)

    @cached_property
    def _opened(self) -> tuple[Database, Installation]:
        return self._open()

    def _open(self, *, renaming: bool = False) -> tuple[Database, Installation]:
        """Open, migrate and stamp the database. Another partnership's is left unchanged, its tables included."""
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
                if made is None:
                    held = installation.held(connection, practice.CHECKSUMS)
                    if fault := why_not_adopted(held, self.is_practice, config_changes.digest(s.partnership_file)):
                        raise DatabaseError(str(fault))
                    is_default = s.database_url == default_database(s.data_folder)
                    made = installation.stamp(
                        connection, s.partnership.name, self.is_practice, held, datetime.now(UTC), is_default=is_default
                    )
                self._fits(made, renaming)
                here[0] = home(s.data_folder, made)
                people_list.take_over(connection, s.partnership.people)
        except BaseException:
            database.dispose()
            raise
        return database, made

    def _fits(self, made: Installation, renaming: bool) -> None:
        if fault := why_not(made, self.settings.partnership.name, self.is_practice, renaming=renaming):
            raise DatabaseError(str(fault))

    def rename(self) -> str:
        """Rename the database's partnership, with a row in the audit trail; return the name it had before."""
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
        """Dispose of the database, where it was used, once the report that is being made is done."""
        if "making" in self.__dict__:
            self.making.close()
        if "_opened" in self.__dict__:
            self.database.dispose()

    @cached_property
    def making(self) -> Making:
        """The maker of half-yearly reports, which works after the answer."""
        return Making(self.database, self.as_listed, config_changes.digest(self.settings.partnership_file))

    @cached_property
    def dispatcher(self) -> Dispatcher:
        return Dispatcher(self.partnership, find_commands(), self.facts)

    @cached_property
    def recorder(self) -> Recorder:
        """The recorder by which every answer leaves, with the notice where it is practice."""
        return Recorder(self.record, self.notice)

    @property
    def notice(self) -> str:
        """The line in every reply that it is practice; empty in a real partnership."""
        return NOT_REAL if self.is_practice else ""

    @cached_property
    def sealing_key(self) -> bytes:
        """The key of the audit trail; a change of the partnership file is noted in the trail first."""
        key, file = self.keys.audit, self.settings.partnership_file
        with reading(self.database) as connection:
            if not audit_chain.fits(connection, key):
                raise DatabaseError(OTHER_KEY)
        config_changes.note(self.database, key, file, operator(), datetime.now(UTC), self.installation.id)
        return key

    @cached_property
    def heads(self) -> audit_checkpoints.Heads:
        """The trail's heads, kept outside the database hour by hour."""
        folder = audit_checkpoints.folder(self.settings.environ, self.home)
        return audit_checkpoints.Heads(self.database, self.keys.audit, folder, self.installation)

    def heads_of(self, copy: Database) -> audit_checkpoints.Heads | None:
        """Return the heads that were kept of a copy's database; None for a copy from before databases had a number."""
        with reading(copy) as connection:
            made = installation.read(connection)
        if made is None:
            return None
        folder = audit_checkpoints.folder(self.settings.environ, home(self.settings.data_folder, made))
        return audit_checkpoints.Heads(copy, self.keys_of(copy).audit, folder, made)

    def record(self, entry: Entry, effects: Sequence[Effect]) -> None:
        """Record a row and its effects in one transaction; NotRecorded where that fails.

        Repeated where the same event is recorded already.
        """
        try:
            with in_plain_words():
                recording.record(self.database, self.sealing_key, entry, effects, self.partnership)
        except Again as before:
            raise Repeated from before
        except DatabaseError as fault:
            raise NotRecorded(str(fault)) from fault
        now = datetime.now(UTC)
        if now >= self.heads.due:
            self.heads.after_an_answer(now)

    def _done(self, action: str, now: datetime, subject: str = "", **facts: Any) -> Entry:
        """Build the row of a verb, under the name of the terminal's user."""
        who = operator()
        return Entry(now, who, "", "", action, **({"place": who, "outcome": "done", "subject": subject} | facts))

    def done(self, action: str, now: datetime, subject: str = "", **facts: Any) -> None:
        """Record a verb of the terminal's user; DatabaseError where that fails, and then the verb does nothing."""
        try:
            self.record(self._done(action, now, subject, **facts), ())
        except NotRecorded as fault:
            raise DatabaseError(str(fault)) from fault

    @contextmanager
    def facts(self) -> Iterator[StoredFacts]:
        """Open one consistent view of the facts, for one answer."""
        with reading(self.database) as connection:
            yield StoredFacts(connection, self.partnership)

    def now(self, given: datetime | None) -> datetime:
        """Return the time to answer for: as given, else the practice partnership's moment, else the clock.

        SettingsError for a future time: retention would remove records too early, and rows of the audit trail would
        be out of order.
        """
        clock, practice = datetime.now(UTC), self.partnership.practice
        usual = practice.now.astimezone(UTC) if practice else clock
        if given is not None and given > max(clock, usual):
            raise SettingsError("--now: this time is still to come. Give one that has been.")
        return usual if given is None else given.astimezone(UTC)

    def clock_fault(self) -> str:
        """Return why nothing may be dated by this machine's clock; empty where nothing speaks against it.

        In practice the clock does not matter.
        """
        if self.is_practice:
            return ""
        with reading(self.database) as connection:
            return clock_fault(datetime.now(UTC), ledger.clock(connection), replicas.last_tick(connection))

    def person(self, name: str, account: people_list.Account = "id") -> Person | None:
        """Look a person up anew, so that a role that was taken away counts no more. None for an unprintable name."""
        if not name.isprintable():
            return None
        with reading(self.database) as connection:
            return people_list.find(connection, account, name)

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

        Without `taken_at`, the export's time is read as the partnership file says. A refused file leaves its source
        in doubt. DatabaseError where the clock is in doubt, by which the load would be dated.
        """
        if wrong := self.clock_fault():
            raise DatabaseError(f"{wrong} Nothing is loaded by it.")
        is_practice_file = self._is_practice_file(file)
        chosen = getattr(self.partnership.sources, source)
        try:
            taken = when_taken(file, source, chosen, taken_at, datetime.now(UTC))
        except SourceError as fault:
            if fault.casts_doubt:
                with writing(self.database) as connection:
                    loads.note_refusal(connection, source, self.now(None))
            raise
        # A practice day is loaded on that day.
        now = taken.at if self.partnership.practice else datetime.now(UTC)
        return load_file(
            self.database,
            self.partnership,
            source,
            file,
            taken_at=taken.at,
            taken_how=taken.how,
            fill_gaps=fill_gaps,
            rejects_folder=self.home / "rejects",
            progress=progress,
            now=now,
            audit_key=self.keys.audit,
            record=self._of_load(source, now, is_practice_file=is_practice_file),
        )

    def check(self, source: str, file: Path, taken_at: datetime | None) -> FileCheck:
        """Look at a file as an export of `source`, without the database: see `bot.ingest.check_file`.

        The people of the partnership file are known, and no others.
        """
        partnership, now = self.settings.partnership, datetime.now(UTC)
        try:
            at = when_taken(file, source, getattr(partnership.sources, source), taken_at, now).at
        except SourceError as fault:  # no reason not to look at the rest
            found = check_file(partnership, source, file, now)
            return replace(found, lines=(str(fault), *found.lines), whole=False)
        return check_file(partnership, source, file, at)

    def _is_practice_file(self, file: Path) -> bool:
        """Recognise a practice export; SourceError where the file may not be loaded here.

        The load itself reports a file that cannot be read.
        """
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
        """Return the function that records a load in the load's own transaction."""
        key = self.sealing_key

        def record(connection: Any, merged: Merged) -> None:
            if is_practice_file:
                installation.holds_practice(connection)
            counts = f"{merged.added} added, {merged.changed} changed, {merged.unchanged} unchanged"
            audit_chain.append(connection, key, self._done("load", now, source, reason=counts))

        return record
