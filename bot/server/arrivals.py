"""Exports that arrive in a folder: a complete new file is loaded once, and then deleted or kept apart."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bot.app import App
from bot.ingest.csv_file import when_taken
from bot.ingest.rejects import SourceError, open_private
from bot.jobs.export_alarms import of_refusal
from bot.logs.setup import log, unexpected
from bot.rules.catalogue import _
from bot.rules.effects import Overtaken
from bot.rules.partnership.partnership import Source
from bot.store.database import DatabaseError, in_plain_words, reading
from bot.store.loading.one_replica import one_replica
from bot.store.queries.loads import SOURCES, freshness, latest_load, was_loaded

#: A file that did not change for so long is complete.
EVERY_SECONDS = 30.0
#: Names of files that are still being written.
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")


class Look(NamedTuple):
    """Marks of a file by which a changed or replaced one is told."""

    number: int
    size: int
    changed: int


@dataclass
class Arrivals:
    """The folders of one replica's partnership file, looked at from a thread of its own: no tick waits for a load."""

    app: App
    alarm: Callable[[str, str], None]
    #: False while the clock is in doubt, by which a load would be dated: files wait.
    clock_is_right: Callable[[], bool] = lambda: True
    every: float = EVERY_SECONDS
    _seen: dict[Path, Look] = field(default_factory=dict)
    #: Files that lie there still, though they are dealt with: they could not be deleted or moved.
    _stuck: dict[Path, Look] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def lives(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, or another where it has died."""
        self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin no other file. A load under way that is killed changes nothing, and its file is taken again."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self.every):
            try:
                self.look()
            except Exception as fault:
                unexpected(fault)

    def once(self) -> None:
        """Take the files that are complete now, for a process that ends then: it looks, waits and looks again.

        It forgets which files it could not put away, so it takes none from a folder in which it may not write.
        """
        self.look()
        if not self._seen:
            return
        for _unused, chosen, folder in self._folders():
            here = {f: look for f, look in self._seen.items() if f.parent == folder}
            if here and not os.access(folder, os.W_OK | os.X_OK):
                self._stuck |= here
                self.alarm(
                    _(
                        "{chosen}: files are not taken from a folder in which the bot may not write.",
                        chosen=chosen.name,
                    ),
                    "",
                )
        time.sleep(self.every)
        self.look()

    def waiting(self) -> dict[str, float]:
        """Return the age in seconds of the oldest file in each folder; no source whose folder cannot be read.

        The age counts from the last change of its name or content, not from the time that a sender may bring along.
        """
        found: dict[str, float] = {}
        for source, _unused, folder in self._folders():
            try:
                changed = [f.lstat().st_ctime for f in complete(folder)]
            except OSError:
                continue
            found[source] = max(0.0, time.time() - min(changed)) if changed else 0.0
        return found

    def _folders(self) -> Iterator[tuple[str, Source, Path]]:
        for source in SOURCES:
            chosen: Source = getattr(self.app.settings.partnership.sources, source)
            if chosen.folder:
                yield source, chosen, folder_of(self.app, chosen)

    def look(self) -> None:
        """Load every file that was the same at the look before, oldest first; none while the clock is in doubt."""
        if not self.clock_is_right():
            return
        seen: dict[Path, Look] = {}
        for source, chosen, folder in self._folders():
            try:
                files = complete(folder)
            except OSError:
                begins = _("{chosen}: the folder in which exports arrive", chosen=chosen.name)
                self.alarm(
                    _("{begins} cannot be read. Nothing is loaded from it until it can: see doctor.", begins=begins),
                    begins,
                )
                continue
            seen |= files
            ready = [f for f, look in files.items() if self._seen.get(f) == look and self._stuck.get(f) != look]
            for file in sorted(ready, key=lambda f: (files[f].changed, f.name)):
                if not self._over.is_set():
                    self._take(source, chosen, file, files[file])
        self._seen = seen

    def _take(self, source: str, chosen: Source, file: Path, look: Look) -> None:
        with one_replica(self.app.database, self.app.home) as is_mine:
            if not is_mine or look_at(file) != look:  # another replica has it, or had it
                return
            try:
                with in_plain_words():
                    if not self._was_loaded(source, chosen, file):
                        summary = self.app.load(source, file, None)
                        log("an export that arrived was loaded", source=source, rows=summary.read)
                days = self.app.settings.partnership.retention.keep_exports_days
                self._put_away(source, chosen, file, look, "loaded" if days else "")
            except SourceError as fault:
                if isinstance(fault.__context__, Overtaken):  # while it was being read: true of this moment alone
                    return
                self._refused(source, chosen, file, look, fault)
            except DatabaseError:  # the file waits until the database is there again
                raise
            except Exception as fault:
                if look_at(file) is None:  # its sender took it away
                    return
                self._stuck[file] = look
                unexpected(fault)
                begins = _("{chosen}: a file that arrived could not be loaded.", chosen=chosen.name)
                self.alarm(_("{begins} It lies in its folder still: the log says more.", begins=begins), begins)

    def _was_loaded(self, source: str, chosen: Source, file: Path) -> bool:
        """Tell if a replica loaded this file and died before it was put away, or if it has come twice.

        The same bytes taken at another time, as a column or the name says it, are another export. The newest export is
        loaded again if rows of it could not be read: its words may have been mapped since.
        """
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        taken = when_taken(file, source, chosen, None, datetime.now(UTC))
        with reading(self.app.database) as connection:
            newest = latest_load(connection, source)
            if newest is not None and newest.sha256 == sha256 and newest.rejected + newest.unread:
                return False
            return was_loaded(connection, source, sha256, None if taken.how == "modified" else taken.at)

    def _refused(self, source: str, chosen: Source, file: Path, look: Look, why: SourceError) -> None:
        """Move a refused file out of the folder, with the reason beside it: that may quote the file, an alarm may
        not.

        Where the load has put the source in doubt, the alarm is the one that this raises too: one fact, one alarm.
        """
        log("an export that arrived was refused", source=source)
        kept = self._put_away(source, chosen, file, look, "refused")
        if kept is not None:
            with open_private(kept.with_name(f"{kept.name}-why.txt")) as stream:
                stream.write(f"{why}\n")
        at = datetime.now(UTC)
        if why.casts_doubt:
            with reading(self.app.database) as connection:
                found = (f.refused_at for f in freshness(connection, self.app.partnership) if f.source == source)
                at = next(found) or at
        begins = of_refusal(chosen.name, at)
        self.alarm(
            _(
                "{begins} Nothing of it was loaded. It lies in the folder exports of the bot's "
                "data folder, with the reason in a file beside it: put that right, and send the "
                "export again.",
                begins=begins,
            ),
            begins,
        )

    def _put_away(self, source: str, chosen: Source, file: Path, look: Look, keep: str) -> Path | None:
        """Delete the file, or move it to the kept exports; return where it lies now."""
        if look_at(file) != look:  # replaced meanwhile: the new one is taken when it is complete
            return None
        kept: Path | None = None
        try:
            if keep:
                kept = self._copy(source, file, keep)
            file.unlink(missing_ok=True)
        except OSError:
            self._stuck[file] = look
            begins = _(
                "{chosen}: a file that arrived was dealt with and cannot be moved or deleted.", chosen=chosen.name
            )
            self.alarm(
                _("{begins} It is not loaded again. Let the bot write in its folder, and delete it.", begins=begins),
                begins,
            )
        return kept

    def _copy(self, source: str, file: Path, keep: str) -> Path:
        folder = self.app.home / "exports"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        kept = folder / f"{keep}-{source}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        with file.open("rb") as original, open_private(kept) as copy:
            shutil.copyfileobj(original, copy.buffer)
            copy.flush()
            os.fsync(copy.fileno())
        return kept


def folder_of(app: App, source: Source) -> Path:
    """Return the folder of a source: absolute, or relative to the partnership file."""
    return app.settings.partnership_file.resolve().parent / source.folder


def complete(folder: Path) -> dict[Path, Look]:
    """Return the files of a folder that may be complete; no link is followed, and no folder."""
    named = [f for f in folder.iterdir() if not f.name.startswith(".") and not f.name.lower().endswith(UNFINISHED)]
    return {f: look for f in named if (look := look_at(f))}


def look_at(file: Path) -> Look | None:
    """Return how a file is now; None for one that is gone, and for links, folders and special files."""
    try:
        found = file.lstat()
    except FileNotFoundError:
        return None
    return Look(found.st_ino, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
