"""people: list people and their roles. Administrators alone change them, and every change is recorded."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from bot.app import App, operator
from bot.chat import terminal
from bot.cli.argument_types import day, moment
from bot.conversation.reply import Reply, Table
from bot.ingest.people_file import PersonRow, read_people
from bot.ingest.rejects import Problem, SourceError
from bot.messages import people_list
from bot.rules.access.permissions import MOST_DAYS, USUAL_DAYS, Change, Enter, GiveRole, Link, Switch, TakeRole, Unlock
from bot.rules.partnership.roles import Agency, Role
from bot.rules.time.clock import local_day
from bot.store.database import reading, writing
from bot.store.people_list import Changing, Made, trying
from bot.store.queries.audit_trail import StoredTrail

_SAID = {"done": "Done.", "unchanged": "Nothing to change: it is so already."}


def add(verbs: Any) -> None:
    """Add the verb and its subcommands."""
    about = "List people and their roles; an administrator adds, grants, revokes, links, unlocks and imports."
    top = verbs.add_parser("people", help=about, description=about).add_subparsers(metavar="WHAT", required=True)
    found = top.add_parser("list", help="Who is listed, one line for each role.")
    found.set_defaults(run=_list)
    found.add_argument("--without-platform-id", action="store_true", help="who has neither a Slack nor a Teams id")
    found.add_argument("--expiring", type=_days, metavar="DAYS", help="roles that end within so many days, or have")
    found.add_argument("--role", choices=get_args(Role), metavar="ROLE")
    _formats(found)
    shown = top.add_parser("show", help="One person: roles, platform ids, whether look-ups are locked.")
    shown.set_defaults(run=_show)
    shown.add_argument("id")
    _formats(shown)
    for verb in (found, shown):
        verb.add_argument("--now", type=moment, metavar="TIME", help="as at this time")
    _add_changing(top)
    what = "Take over a CSV with the columns id, agency, role, areas, expires, worker_code, slack_id, teams_id."
    taken = _changes(top, "import", what)
    taken.set_defaults(run=_import)
    taken.add_argument("file", type=Path)
    taken.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    _formats(taken)


def _add_changing(top: Any) -> None:
    new = _changes(top, "add", "List somebody, with a first role or without.", _entered, _with_id)
    new.add_argument("--agency", required=True, choices=get_args(Agency), metavar="AGENCY")
    new.add_argument("--role", choices=get_args(Role), metavar="ROLE")
    new.add_argument("--worker-code", default="", help="the case system's code for them")
    _platform_ids(new, "")
    granted = _changes(top, "grant", "Give somebody a role, or change its areas and last day.", _granted, _with_id)
    granted.add_argument("role", choices=get_args(Role), metavar="ROLE")
    for verb in (new, granted):
        verb.add_argument("--areas", type=_words, default=(), metavar="AREA,AREA")
        about = f"last day (usual: {USUAL_DAYS} days from now, at most {MOST_DAYS}; an administrator has none)"
        verb.add_argument("--expires", type=day, metavar="DAY", help=about)
    revoked = _changes(top, "revoke", "Take a role away, or every role.", _revoked, _with_id)
    revoked.add_argument("role", nargs="?", choices=get_args(Role), metavar="ROLE")
    _changes(top, "deactivate", "Answer somebody no more.", lambda given: Switch(given.id, False), _with_id)
    _changes(top, "activate", "Answer somebody again.", lambda given: Switch(given.id, True), _with_id)
    linked = _changes(top, "link", 'Say what a platform calls somebody ("" takes it away).', _linked, _with_id)
    _platform_ids(linked, None)
    _changes(top, "unlock", "Open somebody's look-ups after too many misses.", lambda given: Unlock(given.id), _with_id)


def _changes(
    top: Any,
    name: str,
    about: str,
    change: Callable[[argparse.Namespace], Change] | None = None,
    more: Callable[[argparse.ArgumentParser], None] = lambda verb: None,
) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = top.add_parser(name, help=about, description=about)
    verb.set_defaults(run=_change, change=change, action=f"people {name}")
    verb.add_argument("--as", dest="by", metavar="ADMIN", help="the administrator who does it")
    verb.add_argument("--now", type=moment, metavar="TIME", help="as at this time")
    more(verb)
    return verb


def _with_id(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("id", help="a code that is shown in chat, with a digit or a hyphen in it: never a name")


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


def _entered(given: argparse.Namespace) -> Change:
    codes = {"worker_code": given.worker_code, "slack_id": given.slack_id, "teams_id": given.teams_id}
    return Enter(given.id, given.agency, given.role, given.areas, given.expires, **codes)


def _granted(given: argparse.Namespace) -> Change:
    return GiveRole(given.id, given.role, given.areas, given.expires)


def _revoked(given: argparse.Namespace) -> Change:
    return TakeRole(given.id, given.role)


def _linked(given: argparse.Namespace) -> Change:
    return Link(given.id, given.slack_id, given.teams_id)


def _change(app: App, given: argparse.Namespace) -> int:
    """Carry out one change. Exit 1 where it was refused; the attempt is recorded all the same."""
    begin = _changing(app, given)
    with writing(app.database) as connection:
        made = begin(connection).make(given.change(given), given.action)
    if made.fault:
        print(made.fault, file=sys.stderr)
        return 1
    print(_SAID[made.outcome])
    return 0


def _changing(app: App, given: argparse.Namespace) -> Callable[[Any], Changing]:
    """Return the opener of a change. The key is read first: that may write, and needs a transaction of its own."""
    key, now = app.sealing_key, app.now(given.now)
    return lambda connection: Changing(connection, key, app.settings.partnership, given.by, now, operator())


def _import(app: App, given: argparse.Namespace) -> int:
    """Import the file in one transaction. Rows with faults are listed and the rest is kept. Exit 1 if there are any."""
    begin, opened = _changing(app, given), trying if given.dry_run else writing
    made: list[tuple[PersonRow, Made | Problem]] = []
    with opened(app.database) as connection:
        changing = begin(connection)
        for row in read_people(given.file):
            wanted = row.wanted
            made.append((row, wanted if isinstance(wanted, Problem) else changing.make(wanted, given.action)))
    if not made:
        raise SourceError(f"{given.file.name}: there is a header but no rows. Nothing was changed.")
    faults = [fault for row, became in made if (fault := _fault(given.file.name, row, became))]
    _print(_imported([m for _, m in made], faults, given.dry_run), given.format)
    return 1 if faults else 0


def _fault(file: str, row: PersonRow, made: Made | Problem) -> tuple[str | int, ...] | None:
    if isinstance(made, Problem):
        return (file, row.number, made.column, made.value, made.reason, made.advice)
    if made.fault is None:
        return None
    column = made.fault.column
    return (file, row.number, column, row.cells.get(column, ""), made.fault.fault, made.fault.advice)


def _imported(made: list[Made | Problem], faults: list[tuple[str | int, ...]], dry: bool) -> Reply:
    done = sum(isinstance(m, Made) and m.outcome == "done" for m in made)
    same = sum(isinstance(m, Made) and m.outcome == "unchanged" for m in made)
    would = "would be " if dry else ""
    line = f"{len(made)} rows: {done} {would}taken over, {same} as they were, {len(faults)} refused."
    columns = ("File", "Row", "Column", "Value", "What is wrong", "What to do")
    tables = (Table("Rows that were refused", columns, tuple(faults)),) if faults else ()
    title = "People, a dry run: nothing was changed" if dry else "People taken over"
    return Reply(title, 2, (line,), tables=tables, status="failed" if faults else "ok")


# -- lists --


def _list(app: App, given: argparse.Namespace) -> int:
    today = local_day(app.now(given.now))
    asked = people_list.PeopleFilter(given.role, given.expiring, given.without_platform_id)
    _print(people_list.everybody(app.partnership.people, asked, today), given.format)
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
