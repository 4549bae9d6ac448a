"""Every check of the doctor, in the order in which it prints them. A check that raises is a fault; the others go on.

Checks change nothing: rows that they write are taken back.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from ipaddress import ip_address
from itertools import islice
from typing import Any, TypeVar

from bot.app import OTHER_KEY, App, operator
from bot.chat.slack import doctor as slack_checks
from bot.chat.slack.credentials import Connection
from bot.chat.slack.manifest import PATH
from bot.chat.teams.credentials import ENDPOINT
from bot.chat.teams.credentials import PATH as TEAMS_PATH
from bot.chat.teams.credentials import Connection as TeamsConnection
from bot.cli.doctor import files
from bot.ingest.bank_holidays import by_division
from bot.jobs import audit_checkpoints, config_changes, rollback
from bot.jobs.export_alarms import LARGEST_SHARE
from bot.logs.setup import unexpected
from bot.rules.access.break_glass import BOTH
from bot.rules.access.channel_privacy import may_read
from bot.rules.access.permissions import DUTY, Grant, address, decide, holders
from bot.rules.access.rotas import AHEAD, gaps_in_words, rotas, together_in_words
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import HELD, RESTORED
from bot.rules.delivery.findings import Finding, clock_changes, fault, known_until, look, of_a_change, ok
from bot.rules.delivery.health import SKEW_SECONDS, TICK_SECONDS, clock_is_trusted, time_in_words
from bot.rules.escalations.calls import TURNED_18, rungs, whom
from bot.rules.model import Freshness
from bot.rules.partnership.installation import why_not
from bot.rules.partnership.partnership import Channel, Partnership, Person, Source
from bot.rules.time import freshness
from bot.rules.time.clock import local_day, say, say_hours, say_near, to_london
from bot.server import arrivals, health, heartbeat, platforms
from bot.server.http.listener import BIND, HEALTH_BIND
from bot.server.worker import Worker
from bot.settings import SettingsError, home, secret
from bot.store import audit_chain, installation
from bot.store.backup import integrity
from bot.store.database import (
    REVISION,
    Database,
    DatabaseError,
    file_of,
    in_plain_words,
    is_there,
    open_database,
    reading,
    taken_back,
    unfit,
    version,
)
from bot.store.delivery import replicas
from bot.store.queries import loads, monitoring

#: The longest wait for an answer of Slack or of the service.
SECONDS = 10.0
_MIGRATE = "./deploy/dev migrate"
_SERVE = "Start the service (./deploy/dev serve), or see in its log why it stands still"
_NEWER = "Install a newer version of the bot: ./deploy/dev lock --upgrade brings the calendar's newest"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - called here, not listened at
_MOST_NAMED = 20
#: The beginning of an account's id, by platform.
_LINKS = {"slack": "U...", "teams": "OBJECT-ID"}


@dataclass(frozen=True)
class Subject:
    """The installation under examination. Without a usable database the partnership is that of its file."""

    app: App
    partnership: Partnership
    now: datetime
    slack: Connection | None = None
    teams: TeamsConnection | None = None
    seconds: float = SECONDS

    @property
    def connected(self) -> tuple[str, ...]:
        """The chat platforms for which this bot has a key."""
        return tuple(name for name, to in (("slack", self.slack), ("teams", self.teams)) if to)


Check = Callable[[Subject], Finding | Iterable[Finding]]
Checked = TypeVar("Checked", bound=Check)

#: Name -> check, and whether it needs a usable database. A check that raises is a fault of this name.
CHECKS: dict[str, tuple[Check, bool]] = {}


def check(name: str, *, needs_database: bool = False) -> Callable[[Checked], Checked]:
    """Add a check to the examination, after those above it."""

    def add(function: Checked) -> Checked:
        CHECKS[name] = function, needs_database
        return function

    return add


def examine(app: App, seconds: float = SECONDS) -> Iterator[Finding]:
    """Yield each finding as soon as its check is done."""
    about_database = _guarded("database", database, app)
    usable = all(f.state == "ok" for f in about_database)
    yield from _guarded("configuration", configuration, app, usable)
    yield from about_database
    yield from _guarded("database pages", pages, app)
    slack = None
    try:
        slack = platforms.read_slack(app.settings.environ)
    except SettingsError as wrong:
        yield fault("slack settings", str(wrong), "Put it right and run doctor again: Slack was not asked")
    teams = None
    try:
        teams = platforms.read_teams(app.settings.environ)
    except SettingsError as wrong:
        yield fault("teams settings", str(wrong), "Put it right and run doctor again: Teams was not asked")
    if usable:
        with reading(app.database) as connection:
            subject = Subject(app, app.partnership, Worker(app).clock(connection), slack, teams, seconds)
    else:  # the app's own partnership is not read: that would make the tables
        known = app.settings.partnership.with_holidays(by_division())
        now = known.practice.now.astimezone(UTC) if known.practice else datetime.now(UTC)
        subject = Subject(app, known, now, slack, teams, seconds)
    for name, (function, needs_database) in CHECKS.items():
        if usable or not needs_database:
            yield from _guarded(name, function, subject)


def _guarded(name: str, run: Callable[..., Finding | Iterable[Finding]], *arguments: Any) -> list[Finding]:
    """Run a check to its end; an exception becomes a fault under the check's name."""
    try:
        with in_plain_words():
            found = run(*arguments)
            return [found] if isinstance(found, Finding) else list(found)
    except (DatabaseError, SettingsError) as wrong:
        return [fault(name, str(wrong), "Put it right and run doctor again")]
    except OSError as wrong:
        return [fault(name, f"{wrong.filename or name}: {wrong.strerror}", "Put it right and run doctor again")]
    except Exception as wrong:
        return [fault(name, unexpected(wrong), "Look at the log")]


# -- the partnership file and the database --


def configuration(app: App, usable: bool) -> Finding:
    """Describe the partnership file. A file that cannot be read stops the program earlier."""
    chosen, file = app.settings.partnership, app.settings.partnership_file
    says = (
        f"{file.name} is valid: {len(chosen.areas)} areas, {len(chosen.channels)} channels, "
        f"{len(chosen.reminders)} reminders, {len(chosen.escalations)} escalations"
    )
    if chosen.practice is not None:
        do = "Copy deploy/practice.toml, take out [practice], and name the copy in BOT_PARTNERSHIP"
        return look("configuration", f"{says}; a practice partnership, in which everything is invented", do)
    if usable:
        with reading(app.database) as connection:
            before = audit_chain.last_subject(connection, config_changes.WHO)
        if not before:
            says += "; not used yet"
        elif before == config_changes.digest(file):
            says += "; as when it was last used"
        else:
            says += "; changed since it was last used"
    return ok("configuration", says)


def database(app: App) -> Finding:
    """Check the database without migrating it: the doctor changes nothing."""
    kind = "SQLite" if app.settings.database_url.startswith("sqlite") else "PostgreSQL"
    if not is_there(app.settings.database_url):
        return fault("database", f"{kind}: it is not there yet", _MIGRATE)
    with _opened(app) as engine:
        at = version(engine)
        if said := unfit(at):
            what, _, do = said.rstrip(".").partition(". ")
            return fault("database", f"{kind}: {what[0].lower()}{what[1:]}", do)
        with reading(engine) as connection:
            made = installation.read(connection)
        if made and (other := why_not(made, app.settings.partnership.name, app.is_practice)):
            return fault("database", f"{kind}: {other.says}", f"{other.do[0].upper()}{other.do[1:]}")
        if at != REVISION:
            tables = f"its tables are at {at}, this program's at {REVISION}" if at else "it has no tables yet"
            return fault("database", f"{kind}: {tables}", _MIGRATE)
        if made is None:
            return fault("database", f"{kind}: it belongs to no partnership yet", _MIGRATE)
        now = datetime.now(UTC)
        with taken_back(engine) as connection:
            replicas.beat(connection, "doctor", now, now)
    kept = f"its keys, heads, outbox and rejects lie in {home(app.settings.data_folder, made)}"
    return ok("database", f"{kind}, tables at {at}; a row was written and taken back", kept)


def pages(app: App) -> Iterator[Finding]:
    """Check the database's pages for damage; yield nothing if there is no database."""
    url, name = app.settings.database_url, "database pages"
    if not is_there(url):
        return
    if file := file_of(url):
        if found := integrity.of_file(file):
            yield fault(name, f"SQLite: the file is damaged: {found[0]}", integrity.WHAT_TO_DO, *found[1:])
        else:
            yield ok(name, "SQLite: integrity_check and foreign_key_check found nothing")
        return
    with _opened(app) as engine, reading(engine) as connection:
        are_checked = integrity.has_checksums(connection)
    if are_checked:
        yield ok(name, "PostgreSQL checks them by itself (data_checksums is on)")
    else:  # a page that the disk gives back other than it was written is not noticed
        do = "Stop the server and run pg_checksums --enable, or ask whoever runs it"
        yield look(name, "PostgreSQL does not check them (data_checksums is off)", do)


@contextmanager
def _opened(app: App) -> Iterator[Database]:
    """Open the database without a migration."""
    engine = open_database(app.settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@check("audit trail", needs_database=True)
def audit_trail(subject: Subject) -> Finding:
    """Check that the key fits and a row can be written: nothing is answered that cannot be recorded."""
    app, now = subject.app, datetime.now(UTC)
    key = app.keys.audit
    with reading(app.database) as connection:
        if not audit_chain.fits(connection, key):
            return fault("audit trail", OTHER_KEY.partition(": ")[0], "Put the key back: BOT_AUDIT_KEY or its file")
    with taken_back(app.database) as connection:
        audit_chain.append(connection, key, Entry(now, operator(), "", "", "doctor", "done", place=operator()))
    return ok("audit trail", "the key fits; a row was written and taken back")


@check("files", needs_database=True)
def file_modes(subject: Subject) -> Iterator[Finding]:
    """Report what others may read or change: the database, its log, its keys, the folders of both."""
    app = subject.app
    file, home = file_of(app.settings.database_url), app.home
    folders = [home, *(home / name for name in ("keys", "audit-heads", "outbox", "rejects", "exports"))]
    kept = [each for name in ("keys", "audit-heads") for each in sorted((home / name).glob("*"))]
    if file:
        folders, kept = [file.parent, *folders], [*files.with_log(file), *kept]
    yield from files.modes(kept, folders)


@check("audit heads", needs_database=True)
def heads_elsewhere(subject: Subject) -> Iterator[Finding]:
    """Report heads of the trail that lie beside the database. A practice has nothing to lose."""
    app = subject.app
    if not app.is_practice:
        folder = audit_checkpoints.folder(app.settings.environ, app.home)
        yield files.heads(folder, file_of(app.settings.database_url))


# -- clocks and the calendar --


@check("clock", needs_database=True)
def clock(subject: Subject) -> Finding:
    with reading(subject.app.database) as connection:
        off = health.skew(connection)
    if off < SKEW_SECONDS:
        return ok("clock", f"{off:.1f} s off the database's")
    return fault("clock", f"{off:.0f} s off the database's", "Let both machines keep their time by NTP")


@check("time", needs_database=True)
def trusted_time(subject: Subject) -> Finding:
    """Check that the time was confirmed at the last tick, and that the clock showed it."""
    with reading(subject.app.database) as connection:
        last = replicas.last_tick(connection)
    if clock_is_trusted(last):
        return ok("time", "the clock went on as it should, or has not been looked at")
    return fault("time", time_in_words(last), "Put the clock right; where it is right, say so: clock --confirm")


@check("time zone")
def time_zone(subject: Subject) -> Finding:
    """Report the next two clock changes, with digests on either side in local time and UTC."""
    partnership = subject.partnership
    changes = list(islice(clock_changes(subject.now), 2))
    if len(changes) < 2:
        return fault("time zone", "Europe/London has no clock changes here", "Install tzdata anew: ./deploy/dev lock")
    days = " and ".join(f"{d:%a} {d.day} {d:%b %Y}" for d in changes)
    lines = [line for day in changes for line in of_a_change(partnership.channels, partnership.calendar(), day)]
    return ok("time zone", f"Europe/London; the clocks change on {days}", *lines)


@check("calendar")
def calendar(subject: Subject) -> Finding:
    """Report the years for which bank holidays are known. They are calculated, and each area may have its own."""
    partnership, now = subject.partnership, subject.now
    if not health.calendar_known(partnership, now):
        do = f"See quiet_hours in the partnership file: some day must be worked. Else: {_NEWER}"
        return fault("calendar", "the working days of the next 30 are not known", do)
    calendars = [partnership.calendar(area.id) for area in partnership.areas]
    until = min(known_until(each, now) for each in calendars)
    divisions = ", ".join(sorted({each.hours.bank_holidays for each in calendars}))
    says = f"bank holidays of {divisions} are known to the end of {until}"
    if until == to_london(now).year:
        return look("calendar", says, _NEWER)
    closed = len({day for each in calendars for day in each.hours.extra_closed})
    return ok("calendar", f"{says} or longer; {closed} days closed by the partnership")


# -- the service: exports, digests, ticks, restores --


@check("data", needs_database=True)
def data(subject: Subject) -> Iterator[Finding]:
    """Report the age of each export, and the doubts about it."""
    now = subject.now
    with reading(subject.app.database) as connection:
        exports = loads.freshness(connection, subject.partnership)
    for export in exports:
        name, state = f"data {export.source}", freshness.state(export, now)
        says = freshness.say(export, now, exact=True).removeprefix(f"{export.name}: ")
        load = f"./deploy/dev load {export.source} FILE"
        if state == "ok" and export.how != "modified":
            yield ok(name, says.removesuffix(", ok"))
        elif state == "ok":
            source = f"[sources.{export.source}]"
            do = f"Say when exports are taken: taken_at_in_name or taken_at_column in {source}, or --taken-at"
            says = says.removesuffix(", ok")
            yield look(name, f"{says}, by the file's own time alone, which copying changes", do)
        elif state == "refused":
            yield fault(name, says, f"See why no export comes, then: {load}")
        elif state == "doubt":
            yield _doubted(export, name, says.removeprefix("IN DOUBT: "))
        else:
            do = load if state == "never" else f"See why no newer export comes, then: {load}"
            yield (fault if _lost_many(export) else look)(name, says, do)


def _doubted(export: Freshness, name: str, says: str) -> Finding:
    """Report an export in doubt. It is a fault where many of its rows were left out: they are in no list."""
    load = f"./deploy/dev load {export.source} FILE"
    if export.refused_at is not None:
        do = f"See what the load said of the newer file, put that right, then: {load}"
    elif export.rows_before is not None:
        right = f"sources {export.source} right"
        do = f"Ask the sender whether it is complete; where it is, say so in chat: {right}"
    else:
        do = f"Look at the newest list in the rejects folder, put right what it names, then: {load}"
    if _lost_many(export):
        return fault(name, f"{says}; {export.rejected} of {export.rows} rows were left out", do)
    return look(name, says, do)


def _lost_many(export: Freshness) -> bool:
    return export.rejected > LARGEST_SHARE * export.rows


@check("folders")
def folders(subject: Subject) -> Iterator[Finding]:
    """Report if the bot may take the exports that arrive in each folder, and if one lies there untaken."""
    for key in loads.SOURCES:
        source: Source = getattr(subject.partnership.sources, key)
        if not source.folder:
            continue
        name, folder = f"folder {key}", arrivals.folder_of(subject.app, source)
        try:
            files = arrivals.complete(folder)
        except OSError:
            do = f"Make {folder}, or let the bot's user read it, or put sources.{key}.folder right"
            yield fault(name, "is not there, or cannot be read: nothing is loaded from it", do)
            continue
        # Not the time of the last change, which a sender may bring along.
        hour = time.time() - 3600
        waiting = [f for f in files if f.lstat().st_ctime < hour]
        if not os.access(folder, os.W_OK | os.X_OK):
            do = f"Let the bot's user write in {folder}"
            yield fault(name, "the bot may not delete or move what arrives in it", do)
        elif waiting or not all(os.access(f, os.R_OK) for f in files):
            do = f"See that serve runs and may read what is in {folder}, and what it alarmed"
            yield look(name, f"{len(waiting)} files lie there untaken for an hour, or one cannot be read", do)
        else:
            yield ok(name, "can be read and written, and nothing lies there for an hour")


@check("digests", needs_database=True)
def digests(subject: Subject) -> Iterator[Finding]:
    """Report the state of each channel's last digest, from the ledger."""
    channels = subject.partnership.channels
    with reading(subject.app.database) as connection:
        newest = [monitoring.newest(connection, "digest", channel.id) for channel in channels]
    for channel, last in zip(channels, newest, strict=True):
        name = f"digest {channel.id}"
        if last is None:
            yield ok(name, f"none yet; due at {channel.digest.time:%H:%M}")
            continue
        says = f"due {say_near(last.due_at, subject.now)}: {last.state}"
        if last.state == "sent" and last.sent_at:
            yield ok(name, f"{says} {to_london(last.sent_at):%H:%M:%S}")
        elif last.state in ("planned", "sending"):
            yield look(name, f"{says}, not sent yet", _SERVE)
        elif last.state in ("missed", "dropped"):
            yield look(name, says, "See when the service stood still; the next digest says what changed since")
        elif last.reason == RESTORED:
            yield look(name, says, 'Ask the bot as an administrator whether to post it again: ask "deliveries"')
        else:
            why = f" ({HELD[last.reason]})" if last.reason in HELD else ""
            yield fault(name, says + why, 'Ask the bot as an administrator: ask "deliveries"')


@check("engine", needs_database=True)
def engine(subject: Subject) -> Finding:
    """Check that some replica ticked within the last hour, and count those at work."""
    now = subject.now
    with reading(subject.app.database) as connection:
        newest, living = replicas.newest(connection), replicas.ticking(connection, now)
    if newest is None:
        return look("engine", "has never ticked: nothing is sent by itself", _SERVE)
    since = max(now - newest, timedelta())
    if since.total_seconds() < TICK_SECONDS:
        return ok("engine", f"ticked {since.total_seconds():.0f} s ago, {living} at work")
    return fault("engine", f"has not ticked for {say_hours(since)}: nothing is sent", _SERVE)


@check("rollback", needs_database=True)
def put_back(subject: Subject) -> Iterator[Finding]:
    """Compare the database with the heads kept outside it, but in practice, whose morning begins anew each time."""
    app = subject.app
    if app.is_practice:
        return
    if older := rollback.older(app.database, app.heads):
        do = (
            "Start the bot, which then looks in chat before it sends, and load again every later export; or restore a "
            "backup. audit verify says more"
        )
        yield fault("rollback", older, do)
    elif app.heads.ours():
        yield ok("rollback", "the database is as new as the heads kept outside it")
    else:
        yield ok("rollback", "no head is kept outside the database yet: serve keeps the first")


@check("restored", needs_database=True)
def restored(subject: Subject) -> Iterator[Finding]:
    """Report the last restore and the messages that it holds back; nothing without a restore."""
    with reading(subject.app.database) as connection:
        last, waiting = replicas.newest_restore(connection), replicas.waiting_after_restore(connection)
    if last is None:
        return
    until = say(last.until_at) if last.until_at else "its beginning"
    source = f"from {last.backup}" if last.backup else "an older copy, put back without restore, was noticed"
    says = f"{say(last.at)} {source}, which goes until {until}; {waiting} messages are held"
    if waiting:
        yield look("restored", says, 'Ask the bot as an administrator whether to post them again: ask "deliveries"')
    else:
        yield ok("restored", says)


# -- recipients: each channel has a connected platform, each person an account --


@check("channels")
def channels(subject: Subject) -> Iterator[Finding]:
    """Check each channel's platform. Slack's own channels are also checked with Slack."""
    for channel in subject.partnership.channels:
        name, platform = f"channel {channel.id}", channel.platform.capitalize()
        if channel.platform == "offline" and subject.partnership.practice is not None:
            yield ok(name, "goes into data/outbox, as in a practice partnership")
        elif channel.platform == "offline":
            do = 'Give it platform = "slack" or "teams" and its destination in the partnership file'
            yield look(name, "goes into data/outbox on this server, where nobody reads it", do)
        elif channel.platform not in subject.connected:
            do = f"Connect {platform} (deploy/README.md), or give the channel another platform"
            yield fault(name, f"is meant for {platform}, to which this bot is not connected", do)


@check("people")
def people(subject: Subject) -> Finding:
    """Report people who may ask the bot and have no account on a connected platform."""
    connected = subject.connected
    entitled = [p for p in subject.partnership.people if _is_entitled(p, subject)]
    if not entitled:
        return fault("people", "nobody is listed who may ask", "List them: people add ID --agency ... --role ...")
    if not connected:
        return ok("people", f"{len(entitled)} may ask; on no chat platform so far")
    lost = [p.id for p in entitled if address(p, connected) is None]
    if not lost:
        return ok("people", f"{len(entitled)} may ask, and each can be reached")
    more = ", ..." if len(lost) > _MOST_NAMED else ""
    says = f"{len(lost)} of {len(entitled)} who may ask have no account on {' or '.join(sorted(connected))}"
    ids = " or ".join(f"--{name}-id {_LINKS[name]}" for name in connected)
    return look("people", says, f"people link ID {ids} --as ADMIN", ", ".join(lost[:_MOST_NAMED]) + more)


def _is_entitled(person: Person, subject: Subject) -> bool:
    """Return true for a person who is listed, active, of an agency that is answered, and has a role today."""
    return isinstance(decide(person, "member", "help", 2, subject.partnership, local_day(subject.now)), Grant)


# -- what the partnership file says and nobody would notice --


@check("areas")
def areas(subject: Subject) -> Finding:
    """Report areas that no channel has: their children are in no digest."""
    partnership = subject.partnership
    shown = {area for channel in partnership.channels for area in channel.areas}
    missing = [area.id for area in partnership.areas if area.id not in shown]
    if not missing:
        return ok("areas", f"each of the {len(partnership.areas)} is in a channel's digest")
    does = "area is" if len(missing) == 1 else "areas are"
    says = f"{len(missing)} {does} in no channel, so no digest has their children: {', '.join(missing)}"
    return look("areas", says, "Add them to areas of a channel in the partnership file")


@check("escalations", needs_database=True)
def escalations(subject: Subject) -> Finding:
    """Report rules whose roles have no holder today who may be called. Accounts and absences are judged elsewhere."""
    p = subject.partnership
    if not p.escalations:
        do = "Write [[escalations]] in the partnership file, where the bot is to call anybody (deploy/partnership.md)"
        return look("escalations", "there are no rules: the bot calls nobody", do)
    every_area = [area.id for area in p.areas]
    nobody, later = [], []
    for rule in p.escalations:
        for agency in BOTH:
            tiers = rungs(p, rule, agency) if agency in p.agencies else ()
            if not tiers:
                continue
            called = {t.role: [a for a in every_area if _is_called(subject, t.role, agency, a)] for t in tiers}
            unanswered = [a for a in every_area if not any(a in found for found in called.values())]
            vacant = [a for a in every_area if a not in called[tiers[0].role] and a not in unanswered]
            roles = " or ".join(called)
            nobody += [f"{rule.id}, {agency}: no {roles} for {_listed(unanswered, every_area)}"] if unanswered else []
            later += [f"{rule.id}, {agency}: no {tiers[0].role} for {_listed(vacant, every_area)}"] if vacant else []
    do = "Name somebody under [roles] in the partnership file, or give somebody the role: people grant ID ROLE"
    if nobody:
        return fault("escalations", f"calls that nobody could answer: {len(nobody)}", do, *nobody, *later)
    if all(rule.condition != TURNED_18 for rule in p.escalations):
        do = 'Add a rule with when = "turned_18" and the duty role of each agency, as in deploy/practice.toml'
        return look("escalations", "no rule tells anybody that a child turned 18 while missing", do, *later)
    if later:
        return look(
            "escalations", f"{len(later)} calls begin with a later tier: their first role is vacant", do, *later
        )
    return ok("escalations", f"{len(p.escalations)} rules, each with somebody to call in every area")


def _is_called(subject: Subject, role: str, agency: str, area: str) -> bool:
    return whom(subject.partnership, role, agency, area, subject.now, {}, lambda person: True) is not None


def _listed(some: list[str], every: list[str]) -> str:
    return "any area" if some == every else ", ".join(some)


@check("duty", needs_database=True)
def duty(subject: Subject) -> Finding:
    """Report areas without a holder of the role `duty` who may see their lists."""
    p, today = subject.partnership, local_day(subject.now)
    granted = [decide(x, "member", "open_list", 2, p, today) for x in holders(p, DUTY, subject.now)]
    seen = {area for grant in granted if isinstance(grant, Grant) for area in grant.areas}
    every_area = [area.id for area in p.areas]
    missing = [area for area in every_area if area not in seen]
    if not missing:
        return ok("duty", "each area has somebody for the interviews that nobody owns")
    says = f"nobody is told of interviews without an owner in {_listed(missing, every_area)}"
    do = 'Name somebody who sees the lists there: duty = { council = "ID" } under [roles] in the partnership file'
    return fault("duty", says, do)


@check("rotas", needs_database=True)
def rotas_of_roles(subject: Subject) -> Iterator[Finding]:
    """Report gaps of rotas in the next 30 days, and shifts that several people hold."""
    p, now = subject.partnership, subject.now
    found = rotas(p, now)
    empty = [says for r in found if (says := gaps_in_words(p, r, now))]
    both = [says for r in found if (says := together_in_words(p, r, now))]
    if empty:
        do = "Take the missing shifts over (people rota FILE), or name who covers: on-call cover"
        says = f"with a gap in the next {AHEAD.days} days: {len(empty)} of {len(found)}"
        yield fault("rotas", says, do, *empty, *(f"several at a time, {each}" for each in both))
    elif both:
        do = "One of them is called, all are reminded: where one is meant, take the rota over anew (people rota FILE)"
        yield look("rotas", f"with several holders at a time: {len(both)} of {len(found)}", do, *both)
    elif found:
        yield ok("rotas", f"without a gap in the next {AHEAD.days} days: {len(found)} of {len(found)}")


# -- Slack, and the alarms for when chat or this machine is down --


@check("slack")
def slack(subject: Subject) -> Iterator[Finding]:
    """Check Slack's token, permissions, channels and people."""
    if subject.slack is None:
        return
    partnership, today = subject.partnership, local_day(subject.now)
    ours = [c for c in partnership.channels if c.platform == "slack"]
    entitled = {p.id: _is_entitled(p, subject) for p in partnership.people}

    def reads(person: Person, channel: Channel) -> bool:
        return may_read(person, channel, partnership, today)

    yield from slack_checks.examine(subject.slack, ours, partnership.people, entitled, reads, subject.seconds)


@check("teams", needs_database=True)
def teams(subject: Subject) -> Iterator[Finding]:
    """Check the app of Teams, its people and channels. Microsoft's SDK is needed only where Teams is configured."""
    if subject.teams is None:
        return
    from bot.chat.teams import doctor as teams_checks
    from bot.chat.teams.conversations import Conversations

    partnership, today = subject.partnership, local_day(subject.now)
    ours = [c for c in partnership.channels if c.platform == "teams"]
    entitled = {p.id: _is_entitled(p, subject) for p in partnership.people}

    def reads(person: Person, channel: Channel) -> bool:
        return may_read(person, channel, partnership, today)

    conversations = Conversations(subject.app.database)
    known = (subject.teams, conversations, ours, partnership.people, entitled, reads)
    yield from teams_checks.examine(*known, datetime.now(UTC), subject.seconds)


@check("health address")
def health_address(subject: Subject) -> Finding:
    """Report health and metrics that other machines can read: they ask for no password."""
    name, at = "health address", subject.app.settings.environ.get("BOT_HEALTH_BIND") or HEALTH_BIND
    host = at.rpartition(":")[0].removeprefix("[").removesuffix("]")
    if at == (subject.app.settings.environ.get("BOT_BIND") or BIND):
        return fault(name, f"{at} is also BOT_BIND: serve cannot start", "Give BOT_HEALTH_BIND another port")
    if host == "localhost" or _is_loopback(host):
        return ok(name, f"{at}, for this machine alone")
    do = "Keep it in a network of your own: whoever reaches it reads states and figures, without a password"
    return look(name, f"{at}, for other machines too", do)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@check("unsigned request")
def webhook(subject: Subject) -> Iterator[Finding]:
    """Send the service a request without a signature, where a platform calls it: the answer must be 401."""
    paths = {"unsigned request": PATH} if subject.slack and not subject.slack.by_socket else {}
    if subject.teams:
        paths |= {"teams unsigned": TEAMS_PATH}
    at = subject.app.settings.environ.get("BOT_BIND") or BIND
    host, _, port = at.rpartition(":")
    for name, path in paths.items():
        answer = _unsigned(f"http://{_EVERYWHERE.get(host, host)}:{port}{path}", subject.seconds, proxied=False)
        if answer is None:
            yield look(name, f"not running at {at}, so it was not asked", "Start serve, and run doctor again")
        elif answer[0] == 401:
            yield ok(name, "was answered with 401")
        else:
            do = "Take the service off the network until it answers 401: see BOT_BIND, and what else may listen there"
            yield fault(name, f"was answered with {answer[0]} at {at}{path}", do)


@check("teams endpoint")
def teams_endpoint(subject: Subject) -> Iterator[Finding]:
    """Send an unsigned request to the address that Teams calls: name, certificate and proxy must lead to the bot."""
    if subject.teams is None:
        return
    name, url = "teams endpoint", subject.app.settings.environ.get(ENDPOINT, "")
    if not url:
        do = f"Set {ENDPOINT} to the messaging endpoint of the Azure Bot, such as https://bot.example.org{TEAMS_PATH}"
        yield look(name, "not configured here: whether Teams can reach the bot was not tried", do)
    elif not (url.startswith("https://") and url.endswith(TEAMS_PATH)):
        do = f"Write it as in the Azure Bot, such as https://bot.example.org{TEAMS_PATH}"
        yield fault(name, f"{ENDPOINT} is no https:// address that ends with {TEAMS_PATH}", do)
    else:
        answer = _unsigned(url, subject.seconds, proxied=True)
        do = f"See its name, its certificate and the proxy with TLS before BOT_BIND, which forwards {TEAMS_PATH}"
        if answer is None:
            yield fault(name, "does not answer: Teams cannot reach the bot, or this server cannot", do)
        elif answer == (401, "invalid request"):
            yield ok(name, "leads to the bot, which answered an unsigned request with 401")
        else:
            yield fault(name, f"something else answered, with {answer[0]}", do)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirection: Teams follows none either."""

    def redirect_request(self, *given: Any) -> None:
        """Return nothing, so that the redirection itself is the answer."""


def _unsigned(url: str, seconds: float, *, proxied: bool) -> tuple[int, str] | None:
    """Post an empty activity without a signature; return the status and the bot's word for it, None for no answer."""
    proxies = urllib.request.ProxyHandler(None if proxied else {})
    try:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, b"{}", headers, method="POST")  # noqa: S310 - http on this machine alone
        opener = urllib.request.build_opener(proxies, _Stay)
        with opener.open(request, timeout=seconds) as answer:
            return int(answer.status), ""
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, _word(answer.read(10_000))
    except (OSError, HTTPException, ValueError):
        return None


def _word(body: bytes) -> str:
    """Return the error that the bot's own refusals name."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("error", "")) if isinstance(found, dict) else ""


@check("e-mail")
def email(subject: Subject) -> Finding:
    """Check e-mail, the second path of alarms: a mail server, and an address in the partnership file."""
    addresses = len(subject.partnership.delivery.email)
    do = "Set BOT_SMTP_URL and BOT_SMTP_FROM, and email in [delivery] of the partnership file"
    try:
        server = platforms.read_email(subject.app.settings.environ)
    except SettingsError as wrong:
        return fault("e-mail", str(wrong), do)
    if server and addresses:
        to = f"{addresses} {'address' if addresses == 1 else 'addresses'}"
        return ok("e-mail", f"{to} by way of {server.server.host}")
    if server or addresses:
        return fault("e-mail", "half configured: nobody hears when chat is down", do)
    return look("e-mail", "not configured: nobody hears when chat is down", do)


@check("sms")
def sms(subject: Subject) -> Finding:
    """Check the SMS provider by its template, and the numbers of those who are called; no number is shown or used."""
    do = "See deploy/README.md, A call that wakes: the provider, its key and template, the numbers, and [wake]"
    p = subject.partnership
    try:
        provider = platforms.read_sms(subject.app.settings.environ, subject.seconds)
        known = provider.numbers.all() if provider else {}
    except (SettingsError, ValueError) as wrong:
        return fault("sms", str(wrong), do)
    if provider is None or p.wake is None:
        return look("sms", "not configured: a call in chat wakes nobody", do)
    if wrong_there := provider.check():
        return fault("sms", f"the provider does not take calls ({wrong_there})", do)
    silent = sorted({who for held in p.roles.values() for who in held.values() if who not in known})
    if silent:
        return look("sms", f"{len(silent)} who hold a role have no number: {', '.join(silent)}", do)
    return ok("sms", f"the provider answers; {len(known)} people have a number")


@check("heartbeat")
def heartbeat_address(subject: Subject) -> Finding:
    """Check the setting of the heartbeat. No ping is sent: it would say that all is well."""
    do = "Set BOT_HEARTBEAT_URL to the https:// address of a monitor elsewhere"
    url = secret(subject.app.settings.environ, "BOT_HEARTBEAT_URL")
    if not url:
        return look("heartbeat", "not configured: nobody hears when this machine is down", do)
    try:
        heartbeat.checked(url)
    except heartbeat.HeartbeatUnusable as wrong:
        return fault("heartbeat", str(wrong), do)
    return ok("heartbeat", "configured; serve asks for it while all is well")
