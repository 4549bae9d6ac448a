"""people: list people and their roles. Administrators alone change them, and every change is recorded."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from bot.app import App, operator
from bot.chat import terminal
from bot.cli.argument_types import day, moment
from bot.conversation.reply import Reply, Table
from bot.ingest.people_file import read_people, read_rota
from bot.ingest.rejects import Problem, SourceError
from bot.messages import people_list
from bot.rules.access.permissions import (
    MOST_DAYS,
    USUAL_DAYS,
    Change,
    Enter,
    GiveRole,
    Link,
    NotChanged,
    Switch,
    TakeRole,
    Unlock,
)
from bot.rules.access.rotas import AHEAD, MOST_NAMED, Rota, from_to, gaps_in_words, may_hold, rotas, together_in_words
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Agency, Role
from bot.rules.partnership.rota import Shift
from bot.rules.time.clock import local_day
from bot.store import rota
from bot.store.database import Database, reading, writing
from bot.store.people_list import Changing, trying
from bot.store.queries.audit_trail import StoredTrail

Opened = Callable[[Database], AbstractContextManager[Any]]


def add(verbs: Any) -> None:
    """Add the verb and its subcommands."""
    about = "List people and their roles; an administrator adds, grants, revokes, links, unlocks, imports, plans rotas."
    top = verbs.add_parser("people", help=about, description=about).add_subparsers(metavar="WHAT", required=True)
    listed = top.add_parser("list", help="Who is listed, one line for each role.")
    listed.set_defaults(run=_list)
    listed.add_argument("--without-platform-id", action="store_true", help="who has neither a Slack nor a Teams id")
    listed.add_argument("--expiring", type=_days, metavar="DAYS", help="roles that end within so many days, or have")
    listed.add_argument("--role", choices=get_args(Role), metavar="ROLE")
    _formats(listed)
    shown = top.add_parser("show", help="One person: roles, platform ids, whether look-ups are locked.")
    shown.set_defaults(run=_show)
    shown.add_argument("id")
    _formats(shown)
    for verb in (listed, shown):
        verb.add_argument("--now", type=moment, metavar="TIME", help="as at this time")

    added = _of_person(top, "add", "List somebody, with a first role or without.")
    added.add_argument("--agency", required=True, choices=get_args(Agency), metavar="AGENCY")
    added.add_argument("--role", choices=get_args(Role), metavar="ROLE")
    added.add_argument("--worker-code", default="", help="the case system's code for them")
    _platform_ids(added, "")
    granted = _of_person(top, "grant", "Give somebody a role, or change its areas and last day.")
    granted.add_argument("role", choices=get_args(Role), metavar="ROLE")
    for verb in (added, granted):
        verb.add_argument("--areas", type=_words, default=(), metavar="AREA,AREA")
        about = f"last day (usual: {USUAL_DAYS} days from now, at most {MOST_DAYS}; an administrator has none)"
        verb.add_argument("--expires", type=day, metavar="DAY", help=about)
    revoked = _of_person(top, "revoke", "Take a role away, or every role.")
    revoked.add_argument("role", nargs="?", choices=get_args(Role), metavar="ROLE")
    _of_person(top, "deactivate", "Answer somebody no more.")
    _of_person(top, "activate", "Answer somebody again.")
    linked = _of_person(top, "link", 'Say what a platform calls somebody ("" takes it away).')
    _platform_ids(linked, None)
    _of_person(top, "unlock", "Open somebody's look-ups after too many misses.")

    columns = "Take over a CSV with the columns id, agency, role, areas, expires, worker_code, slack_id, teams_id."
    imported = _changing(top, "import", columns)
    imported.set_defaults(run=_import)
    imported.add_argument("file", type=Path)
    imported.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    _formats(imported)

    taken = _changing(
        top, "rota", "Take over a rota, whole or not at all: a CSV with the columns role, person, from, to."
    )
    taken.set_defaults(run=_rota)
    taken.add_argument("file", type=Path)
    taken.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    _formats(taken)


def _changing(top: Any, name: str, about: str) -> argparse.ArgumentParser:
    """Add a verb that changes the list, in the name of an administrator."""
    verb: argparse.ArgumentParser = top.add_parser(name, help=about, description=about)
    verb.set_defaults(action=f"people {name}")
    verb.add_argument("--as", dest="by", metavar="ADMIN", help="the administrator who does it")
    verb.add_argument("--now", type=moment, metavar="TIME", help="as at this time")
    return verb


def _of_person(top: Any, name: str, about: str) -> argparse.ArgumentParser:
    """Add a verb that changes one person."""
    verb = _changing(top, name, about)
    verb.set_defaults(run=_change)
    verb.add_argument("id", help="a code that is shown in chat, with a digit or a hyphen in it: never a name")
    return verb


def _platform_ids(verb: argparse.ArgumentParser, default: str | None) -> None:
    verb.add_argument("--slack-id", default=default, metavar="ID")
    verb.add_argument("--teams-id", default=default, metavar="ID")


def _formats(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--format", choices=tuple(terminal.FORMATS), default="text")


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _days(text: str) -> int:
    if not text.isdecimal() or len(text) > 5:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return int(text)


# -- changes --


def _change(app: App, given: argparse.Namespace) -> int:
    """Carry out one change. Exit 1 where it was refused; the attempt is recorded all the same."""
    with _changes(app, given, writing) as changes:
        made = changes.make(_requested(given), given.action)
    if made.fault:
        print(made.fault, file=sys.stderr)
        return 1
    print("Done." if made.outcome == "done" else "Nothing to change: it is so already.")
    return 0


def _requested(given: argparse.Namespace) -> Change:
    """Return the change that a verb's arguments ask for."""
    match given.action:
        case "people add":
            codes = {"worker_code": given.worker_code, "slack_id": given.slack_id, "teams_id": given.teams_id}
            return Enter(given.id, given.agency, given.role, given.areas, given.expires, **codes)
        case "people grant":
            return GiveRole(given.id, given.role, given.areas, given.expires)
        case "people revoke":
            return TakeRole(given.id, given.role)
        case "people link":
            return Link(given.id, given.slack_id, given.teams_id)
        case "people unlock":
            return Unlock(given.id)
    return Switch(given.id, given.action == "people activate")


@contextmanager
def _changes(app: App, given: argparse.Namespace, opened: Opened) -> Iterator[Changing]:
    """Open changes in one transaction. The key is read before: that may write, in a transaction of its own."""
    key, now = app.sealing_key, app.now(given.now)
    with opened(app.database) as connection:
        yield Changing(connection, key, app.settings.partnership, given.by, now, operator())


def _import(app: App, given: argparse.Namespace) -> int:
    """Import the file in one transaction. Rows with faults are listed and the rest is kept. Exit 1 if there are any."""
    file, outcomes, faults = given.file, Counter[str](), []
    with _changes(app, given, trying if given.dry_run else writing) as changes:
        for row in read_people(file):
            if isinstance(row.wanted, Problem):
                wrong = row.wanted
                faults.append((file.name, row.number, wrong.column, wrong.value, wrong.reason, wrong.advice))
                continue
            made = changes.make(row.wanted, given.action)
            outcomes[made.outcome] += 1
            if (refused := made.fault) is not None:
                value = row.cells.get(refused.column, "")
                faults.append((file.name, row.number, refused.column, value, refused.fault, refused.advice))
    done, same = outcomes["done"], outcomes["unchanged"]
    if not (done or same or faults):
        raise SourceError(f"{file.name}: there is a header but no rows. Nothing was changed.")
    would = "would be " if given.dry_run else ""
    line = f"{done + same + len(faults)} rows: {done} {would}taken over, {same} as they were, {len(faults)} refused."
    columns = ("File", "Row", "Column", "Value", "What is wrong", "What to do")
    tables = (Table("Rows that were refused", columns, tuple(faults)),) if faults else ()
    title = "People, a dry run: nothing was changed" if given.dry_run else "People taken over"
    _print(Reply(title, 2, (line,), tables=tables, status="failed" if faults else "ok"), given.format)
    return 1 if faults else 0


def _rota(app: App, given: argparse.Namespace) -> int:
    """Take a rota over in one transaction, or, where a row has a fault, nothing of it. Exit 1 then.

    A rota that lacks one row leaves its role without a holder, so the rest is not kept.
    """
    file, faults, rows = given.file, [], 0
    shifts: dict[int, Shift] = {}
    for row in read_rota(file, app.as_listed()):
        rows += 1
        if isinstance(row.wanted, Problem):
            wrong = row.wanted
            faults.append((file.name, row.number, wrong.column, wrong.value, wrong.reason, wrong.advice))
        else:
            shifts[row.number] = row.wanted
    if not rows:
        raise SourceError(f"{file.name}: there is a header but no rows. Nothing was changed.")
    if faults:
        columns = ("File", "Row", "Column", "Value", "What is wrong", "What to do")
        line = f"{len(faults)} of {rows} rows have a fault. Put them right and take the whole file over again."
        tables = (Table("Rows with a fault", columns, tuple(faults)),)
        _print(Reply("Nothing of the rota was changed", 2, (line,), tables=tables, status="failed"), given.format)
        return 1
    refused = None
    with _changes(app, given, trying if given.dry_run else writing) as changes:
        try:
            changed = changes.take_over_rota([*shifts.values()], given.action)
        except NotChanged as fault:
            refused = fault
        then = app.as_listed().with_rota(rota.shifts(changes.connection)) if refused is None else None
    if then is None:
        print(refused, file=sys.stderr)
        return 1
    now = app.now(given.now)
    would = " would be" if given.dry_run else ""
    what = f"{changed} shifts{would} new or gone" if changed else "nothing to change: it is so already"
    lines = list(_warnings(then, shifts, now))
    title = "Rota, a dry run: nothing was changed" if given.dry_run else "Rota taken over"
    _print(Reply(title, 2, (f"{rows} rows, {what}.", *lines)), given.format)
    return 0


def _warnings(p: Partnership, shifts: Mapping[int, Shift], now: datetime) -> Iterator[str]:
    """Yield what is odd of a rota that was taken over, until its last shift ends: `shifts` by the row of the file."""
    if over := [row for row, s in shifts.items() if s.ends <= now]:
        yield f"⚠ Rows of shifts that are over: {len(over)}, first row {over[0]}. Nobody is called by them."
    for who, rows in _not_callable(p, shifts).items():
        yield f"⚠ {who} may not be called in {len(rows)} of these shifts, first row {rows[0]}: see people grant."
    ahead = max(AHEAD, max(s.ends for s in shifts.values()) - now)
    taken = [r for r in rotas(p, now) if r.role in {s.role for s in shifts.values()}]
    yield from (f"⚠ Gap in the rota, {gap}." for r in taken if (gap := gaps_in_words(p, r, now, ahead)))
    overlaps = _overlaps(p, shifts)
    yield from overlaps[:MOST_NAMED]
    if len(overlaps) > MOST_NAMED:
        yield f"⚠ {len(overlaps) - MOST_NAMED} more such pairs of rows."
    if not overlaps:
        several = [both for r in taken if (both := together_in_words(p, r, now))]
        yield from (f"⚠ Held by several at a time, {both}." for both in several)


def _not_callable(p: Partnership, shifts: Mapping[int, Shift]) -> Mapping[str, list[int]]:
    """Return the rows of shifts that their person may not be called in, or not until the end."""
    found: dict[str, list[int]] = {}
    for row, s in shifts.items():
        if (person := p.person(s.person)) is not None and not may_hold(p, person, s.begins, s.ends):
            found.setdefault(s.person, []).append(row)
    return found


def _overlaps(p: Partnership, shifts: Mapping[int, Shift]) -> list[str]:
    """Name each two rows of different people who hold a role of one agency together, for a time."""
    found, held = list[str](), dict[Rota, list[tuple[int, Shift]]]()
    for row, s in sorted(shifts.items(), key=lambda each: each[1].begins):
        if (person := p.person(s.person)) is None:
            continue
        before = held.setdefault(Rota(s.role, person.agency), [])
        before[:] = [(n, other) for n, other in before if other.ends > s.begins]
        for n, other in before:
            if other.person != s.person:
                when = from_to(s.begins, min(s.ends, other.ends))
                found.append(f"⚠ Rows {n} and {row}: {other.person} and {s.person} both hold {s.role} {when}.")
        before.append((row, s))
    return found


# -- lists --


def _list(app: App, given: argparse.Namespace) -> int:
    today = local_day(app.now(given.now))
    chosen = people_list.PeopleFilter(given.role, given.expiring, given.without_platform_id)
    _print(people_list.everybody(app.partnership.people, chosen, today), given.format)
    return 0


def _show(app: App, given: argparse.Namespace) -> int:
    now = app.now(given.now)
    person = app.person(given.id)
    if person is None:
        print("Nobody with this id is listed. See who is: people list.", file=sys.stderr)
        return 1
    with reading(app.database) as connection:
        locked = StoredTrail(connection).locked_until(person.id, now)
    _print(people_list.one(person, locked, local_day(now)), given.format)
    return 0


def _print(reply: Reply, reply_format: str) -> None:
    sys.stdout.write(terminal.FORMATS[reply_format](reply).rstrip("\n") + "\n")
