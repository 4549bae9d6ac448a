"""Checks of the installation: partnership file, database, audit trail with its key, and clocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from bot.app import OTHER_KEY, App, operator
from bot.jobs import config_changes as file
from bot.rules.audit.chain import Entry
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.delivery.health import SKEW_SECONDS
from bot.rules.partnership.installation import why_not
from bot.server import health
from bot.settings import home
from bot.store import audit_chain, installation
from bot.store.backup import integrity
from bot.store.database import REVISION, file_of, is_there, open_database, reading, taken_back, unfit, version
from bot.store.delivery import replicas


def configuration(app: App, usable: bool) -> Finding:
    """Describe the partnership file. A file that cannot be read stops the program earlier."""
    chosen, name = app.settings.partnership, "configuration"
    counts = (
        f"{app.settings.partnership_file.name} is valid: {len(chosen.areas)} areas, {len(chosen.channels)} channels, "
        f"{len(chosen.reminders)} reminders, {len(chosen.escalations)} escalations"
    )
    since = _since(app) if usable else ""
    if chosen.practice is not None:
        do = "Copy deploy/practice.toml, take out [practice], and name the copy in BOT_PARTNERSHIP"
        return look(name, f"{counts}; a practice partnership, in which everything is invented", do)
    return ok(name, counts + since)


def _since(app: App) -> str:
    with reading(app.database) as connection:
        before = audit_chain.last_subject(connection, file.WHO)
    if not before:
        return "; not used yet"
    same = before == file.digest(app.settings.partnership_file)
    return "; as when it was last used" if same else "; changed since it was last used"


def database(app: App) -> Finding:
    """Check the database without migrating it: the doctor changes nothing."""
    kind = "SQLite" if app.settings.database_url.startswith("sqlite") else "PostgreSQL"
    if not is_there(app.settings.database_url):
        return fault("database", f"{kind}: it is not there yet", "python -m bot migrate")
    with closing(_Opened(app)) as opened:
        at = version(opened.engine)
        if said := unfit(at):
            what, _, do = said.rstrip(".").partition(". ")
            return fault("database", f"{kind}: {what[0].lower()}{what[1:]}", do)
        with reading(opened.engine) as connection:
            made = installation.read(connection)
        chosen = app.settings.partnership
        if made and (other := why_not(made, chosen.name, app.is_practice)):
            return fault("database", f"{kind}: {other.says}", f"{other.do[0].upper()}{other.do[1:]}")
        if at != REVISION:
            stands = f"its tables are at {at}, this program's at {REVISION}" if at else "it has no tables yet"
            return fault("database", f"{kind}: {stands}", "python -m bot migrate")
        if made is None:
            return fault("database", f"{kind}: it belongs to no partnership yet", "python -m bot migrate")
        now = datetime.now(UTC)
        with taken_back(opened.engine) as connection:
            replicas.beat(connection, "doctor", now, now)
    kept = f"its keys, heads, outbox and rejects lie in {home(app.settings.data_folder, made)}"
    return ok("database", f"{kind}, tables at {at}; a row was written and taken back", kept)


def pages(app: App) -> Iterator[Finding]:
    """Check the database's pages for damage; yield nothing if there is no database."""
    url, name = app.settings.database_url, "database pages"
    if not is_there(url):
        return
    file = file_of(url)
    if file is None:
        with closing(_Opened(app)) as opened, reading(opened.engine) as connection:
            on = integrity.has_checksums(connection)
        if on:
            yield ok(name, "PostgreSQL checks them by itself (data_checksums is on)")
        else:
            yield look(name, "PostgreSQL does not check them (data_checksums is off)", _CHECKSUMS)
        return
    if found := integrity.of_file(file):
        yield fault(name, f"SQLite: the file is damaged: {found[0]}", integrity.WHAT_TO_DO, *found[1:])
    else:
        yield ok(name, "SQLite: integrity_check and foreign_key_check found nothing")


#: What lets PostgreSQL notice a page that the disk gives back other than it was written.
_CHECKSUMS = "Stop the server and run pg_checksums --enable, or ask whoever runs it"


class _Opened:
    def __init__(self, app: App) -> None:
        self.engine = open_database(app.settings.database_url)

    def close(self) -> None:
        self.engine.dispose()


def audit_trail(app: App) -> Finding:
    """Check that the key fits and a row can be written: nothing is answered that cannot be recorded."""
    key, now = app.keys.audit, datetime.now(UTC)
    with reading(app.database) as connection:
        if not audit_chain.fits(connection, key):
            return fault("audit trail", OTHER_KEY.partition(": ")[0], "Put the key back: BOT_AUDIT_KEY or its file")
    with taken_back(app.database) as connection:
        audit_chain.append(connection, key, Entry(now, operator(), "", "", "doctor", "done", place=operator()))
    return ok("audit trail", "the key fits; a row was written and taken back")


def clock(app: App) -> Finding:
    with reading(app.database) as connection:
        off = health.skew(connection)
    if off < SKEW_SECONDS:
        return ok("clock", f"{off:.1f} s off the database's")
    return fault("clock", f"{off:.0f} s off the database's", "Let both machines keep their time by NTP")
