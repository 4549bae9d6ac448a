"""audit: verify the trail, keep its head, export it, and list the looks at a child.

verify, head and grants show no row, so anyone who may run a program on the server may run them. The others show rows,
or accept that rows were replaced: they need a person (--as) with the right, and are recorded in the trail themselves,
refusals too.
"""

from __future__ import annotations

import argparse
import csv
import errno
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App, operator
from bot.chat import terminal
from bot.cli.argument_types import day
from bot.cli.new_files import must_be_new, new_file
from bot.cli.two_leads import UNFIT
from bot.conversation.refusals import refusal
from bot.conversation.reply import Reply, Table
from bot.jobs import audit_checkpoints
from bot.rules.access import permissions
from bot.rules.access.permissions import Grant
from bot.rules.audit.accepted import AcceptedRestore, subject_of
from bot.rules.audit.chain import ChainRow, Entry, Head, head_line, is_signed
from bot.rules.audit.verification import Verdict
from bot.rules.effects import NotifyRole
from bot.rules.partnership.roles import Action
from bot.rules.text.area_names import normalise_reference
from bot.rules.text.reasons import in_one_line, unfit
from bot.rules.time.clock import day_start, local_day, say
from bot.store import audit_chain
from bot.store.changes.record import carry_out
from bot.store.database import reading, writing
from bot.store.schema import triggers

COLUMNS = ("seq", "at", "who", "agency", "role", "action", "outcome", "subject", "level", "place", "reason")
WITHHELD = "(withheld)"
_OLD_HEADS = (
    "Note: {} is of the time before databases had a number. If several databases were used in this folder then, "
    "the faults of heads may be the others': look at each, then move that file away."
)
_ENDS_EARLY = ": an older copy of the database was put back without restore, or rows were cut off"
_ACCEPT = "audit accept-restore"
#: Faults of heads whose rows are not in the trail: all that an older copy leaves behind.
_OF_HEADS = ("head", "end")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add(verbs: Any) -> None:
    about = "The audit trail: verify, head, export, who looked at a child, what a person did, grants."
    kinds = verbs.add_parser("audit", help=about, description=about).add_subparsers(metavar="WHAT", required=True)
    verify = _verb(kinds, "verify", _verify, "Read every row and say what was changed, removed or put in (exit 1).")
    verify.add_argument("--heads", nargs="+", type=Path, default=[], metavar="FILE", help="heads kept elsewhere")
    verify.add_argument("--since", type=day, metavar="DAY", help="read only from this day on")
    accept = _verb(
        kinds,
        "accept-restore",
        _accept,
        "Accept that an older copy was put back without restore, so that verify tells it as a note: for leads.",
        person=True,
    )
    accept.add_argument("--heads", nargs="+", type=Path, default=[], metavar="FILE", help="heads kept elsewhere")
    accept.add_argument("--because", required=True, metavar="REASON", help="why; no name, no date of birth")
    head = _verb(kinds, "head", _head, "Print one line that says where the trail ends, for the other agency to keep.")
    head.add_argument("--to", type=Path, metavar="FILE", help="add the line to this file instead")
    export = _verb(
        kinds,
        "export",
        _export,
        "Write the trail as CSV; reasons only for a lead, no child for an administrator.",
        person=True,
    )
    export.add_argument("file", type=Path)
    export.add_argument("--since", type=day, metavar="DAY")
    export.add_argument("--until", type=day, metavar="DAY", help="the last day")
    who = _verb(kinds, "who", _who, "Who looked at a child, for managers of its area and leads.", person=True)
    who.add_argument("subject", metavar="REF")
    what = _verb(kinds, "what", _what, "What somebody asked and did, for leads.", person=True)
    what.add_argument("subject", metavar="PERSON")
    granted = _verb(kinds, "grants", _grants, "Print the SQL that lets a PostgreSQL user add rows and no more.")
    granted.add_argument("role", metavar="ROLE")
    granted.add_argument("--apply", action="store_true", help="run it, as the owner of the tables")


def _verb(kinds: Any, name: str, run: Any, about: str, *, person: bool = False) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = kinds.add_parser(name, help=about, description=about)
    verb.set_defaults(run=run)
    if person:
        verb.add_argument("--as", dest="person", required=True, metavar="PERSON", help="who is asking")
    return verb


# -- verification --


def _verify(app: App, given: argparse.Namespace) -> int:
    kept, faults = _kept([*given.heads, *app.heads.ours()])
    others, _ = _kept(app.heads.others())
    since = day_start(given.since) if given.since else None
    with reading(app.database) as connection:
        kept, notes = of_this_database(kept, audit_chain.restores(connection))
        notes = [*notes, *_noticed(audit_chain.restores(connection, audit_chain.NOTICED))]
        kept, more = without_accepted(kept, audit_chain.accepted(connection))
        notes = [*notes, *more]
        verdict = audit_chain.verdict(connection, app.keys.audit, kept, since, others)
        gone, unbound = triggers.missing(connection), triggers.unbound(connection)
    faults += [f.text + _ENDS_EARLY * (f.kind == "end") for f in verdict.faults]
    faults += [f"the database's guard {name} is gone: rows can be changed unhindered" for name in gone]
    first, last, compared = verdict.first, verdict.last, verdict.compared
    if first is None or last is None:
        print("The trail has no rows.")
    else:
        print(f"{verdict.rows} rows read: from row {first.seq} ({_when(first)}) to row {last.seq} ({_when(last)}).")
    if compared:
        newest = max(compared, key=lambda h: h.at)
        print(f"Compared with {len(compared)} heads; the newest is of {say(newest.at)}, row {newest.seq}.")
    else:
        print("Compared with no head, as none was kept: rows cut off at the end are not missed.")
    for note in notes:
        print(note)
    if unbound:
        print(f"Note: nothing binds the database's user, for {unbound}. See: audit grants.")
    for fault in faults:
        print(f"FAULT: {fault}.")
    if app.heads.old in app.heads.ours() and any(f.kind in ("head", "end") for f in verdict.faults):
        print(_OLD_HEADS.format(app.heads.old))
    print(f"{len(faults)} faults." if faults else "No fault was found.")
    return 1 if faults else 0


def _kept(files: Iterable[Path]) -> tuple[list[Head], list[str]]:
    """Read the heads that were kept in files, with the faults of the files."""
    found: list[Head] = []
    faults: list[str] = []
    for file in files:
        some, wrong = audit_checkpoints.read(file)
        found += some
        faults += wrong
    return found, faults


def of_this_database(
    kept: Sequence[Head], restores: Sequence[tuple[int, datetime]]
) -> tuple[list[Head], Sequence[str]]:
    """Leave out the heads of databases that a backup replaced, with a note of each restore.

    The row of a restore is sealed like any other: it says that rows after the copy are elsewhere, not cut off.
    """
    ours, notes = list(kept), []
    for row, at in restores:
        there = [h for h in ours if h.seq >= row and h.at <= at]
        ours = [h for h in ours if h not in there]
        notes.append(
            f"Note: restored from a backup on {say(at)} (row {row}). Rows that came after row {row - 1} before then "
            f"are in the database that was replaced; {len(there)} of its heads were not compared."
        )
    return ours, notes


def without_accepted(kept: Sequence[Head], accepted: Iterable[AcceptedRestore]) -> tuple[list[Head], list[str]]:
    """Leave out the heads that a lead has answered for, with a note of each acceptance.

    It is told for as long as the trail has its row: the rows between the heads were replaced.
    """
    ours, notes = list(kept), []
    for a in accepted:
        there = [h for h in ours if a.answers(h)]
        ours = [h for h in ours if h not in there]
        notes.append(
            f"Note: rows {a.first} to {a.last}, which heads kept until {say(a.until)} tell of, were replaced by an "
            f"older copy. {a.who} accepted that on {say(a.at)} (row {a.row} has the reason); {len(there)} heads were "
            "not compared."
        )
    return ours, notes


def _accept(app: App, given: argparse.Namespace) -> int:
    """Record that a lead knows of a restore that the bot noticed, with both heads; refuse any other fault."""
    grant = granted(app, given, _ACCEPT, "access_summary")
    if grant is None:
        return 1
    because, shortest = in_one_line(given.because), app.partnership.break_glass.shortest_reason
    if unfit(because, shortest, app.partnership.reference_prefix):
        print(UNFIT.format(shortest=shortest), file=sys.stderr)
        return 1
    kept, _ = _kept([*given.heads, *app.heads.ours()])
    key = app.keys.audit
    with writing(app.database) as connection:
        audit_chain.take_turn(connection)
        kept, _notes = of_this_database(kept, audit_chain.restores(connection))
        kept, _notes = without_accepted(kept, audit_chain.accepted(connection))
        verdict = audit_chain.verdict(connection, key, kept)
        if not verdict.faults:
            print("There is nothing to accept: audit verify finds no fault.")
            return 0
        lost = [h for h in kept if not audit_chain.holds(connection, h)]
        noticed = [at for _row, at in audit_chain.restores(connection, audit_chain.NOTICED)]
        refused = _why_not_accepted(verdict, lost, noticed, key)
        if refused:
            print(refused, file=sys.stderr)
            return 1
        was, now = max(lost, key=lambda h: (h.seq, h.at)), app.now(None)
        here = audit_chain.head(connection, key, now)
        ends = f"row {here.seq} ({here.mac})" if here else "no row"
        reason = f"{because} [replaced: row {was.seq} ({was.mac}); here: {ends}]"
        person = app.person(given.person)
        who, agency = (person.id, person.agency) if person else (operator(), "")
        roles = ",".join(grant.roles)
        made = Entry(now, who, agency, roles, audit_chain.RESTORE, audit_chain.ACCEPTED, subject_of(lost), None)
        audit_chain.append(connection, key, replace(made, place=operator(), reason=reason))
        text = f"{who} accepted in the trail that an older copy of the database was put back. See: audit verify."
        carry_out(connection, NotifyRole("system_admin", "alarm", text, now))
    print(f"Accepted: {made.subject}. audit verify goes on telling it, as a note.")
    return 0


def _why_not_accepted(verdict: Verdict, lost: Sequence[Head], noticed: Sequence[datetime], key: bytes) -> str:
    """Return the reason to accept nothing: only heads of rows that a noticed restore replaced can be answered for."""
    of_heads = all(f.kind in _OF_HEADS and f.seq in {h.seq for h in lost} for f in verdict.faults)
    if not of_heads or not all(is_signed(key, h) for h in lost):
        return "Not accepted: audit verify finds faults that no restore leaves behind. Look into them first."
    if not lost or not any(at >= max(h.at for h in lost) for at in noticed):
        return "Not accepted: the bot has not noticed a restore since. Start it (serve --once), then accept it."
    return ""


def _noticed(restores: Iterable[tuple[int, datetime]]) -> Iterable[str]:
    """Write a note of each restore that the bot noticed. Older heads are compared: rows may have been cut off."""
    return [
        f"Note: on {say(at)} the bot noticed that an older copy of the database had been put back (row {row})."
        for row, at in restores
    ]


def _when(row: ChainRow) -> str:
    try:
        return say(datetime.fromisoformat(f"{row.at}+00:00"))
    except ValueError:  # a row that was tampered with: a fault of its own says so
        return "no time"


def _head(app: App, given: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    if given.to and not _may_hold_heads(given.to):
        raise OSError(errno.EINVAL, "it is a link, or a file of something else than heads", str(given.to))
    head = app.heads.keep(given.to, now) if given.to else app.heads.now(now)
    if head is None:
        print("The trail has no rows yet.", file=sys.stderr)
        return 1
    print(f"Row {head.seq} added to {given.to}." if given.to else head_line(head))
    return 0


def _may_hold_heads(file: Path) -> bool:
    """Return True for a file of heads, an empty file, and a new one."""
    if file.is_symlink():
        return False
    return not file.exists() or not file.stat().st_size or bool(audit_checkpoints.read(file)[0])


def _grants(app: App, given: argparse.Namespace) -> int:
    with writing(app.database) as connection:
        if connection.dialect.name != "postgresql":
            print("SQLite has no users: there, triggers and the mode of the file guard the trail.", file=sys.stderr)
            return 1
        if unbound := triggers.unbound(connection, given.role):
            print(f"No grant binds {given.role}: {unbound}.", file=sys.stderr)
            return 1
        statements = triggers.grants(connection, given.role)
        if given.apply:
            triggers.apply(connection, statements)
    if given.apply:
        app.record(Entry(app.now(None), operator(), "", "", "audit grants", "done", given.role[:64]), ())
    print("Done." if given.apply else ";\n".join(statements) + ";")
    return 0


# -- contents --


def granted(app: App, given: argparse.Namespace, action: str, *needed: Action) -> Grant | None:
    """Return the first right that the person has; without one, record the refusal and print it."""
    now = app.now(None)
    person = app.person(given.person)
    decisions = [permissions.decide(person, "member", n, 2, app.partnership, local_day(now)) for n in needed]
    found = next((d for d in decisions if isinstance(d, Grant)), None)
    if found is None:
        refused = next(d for d in decisions if not isinstance(d, Grant))
        note(app, given, action, refused.reason)
        print(" ".join(refusal(refused.reason).text), file=sys.stderr)
    return found


def note(
    app: App, given: argparse.Namespace, action: str, outcome: str, subject: str = "", level: int | None = 1
) -> None:
    """Record what a person was given on the terminal, or its refusal."""
    person, now = app.person(given.person), app.now(None)
    roles = ",".join(h.role for h in permissions.roles_today(person, local_day(now))) if person else ""
    who, agency = (person.id, person.agency) if person else (operator(), "")
    shown = level if outcome == "answered" else None
    app.record(Entry(now, who, agency, roles, action, outcome, subject, shown, operator()), ())


def _export(app: App, given: argparse.Namespace) -> int:
    """Write the trail: reasons only for a lead, and no child's reference for an administrator."""
    grant = granted(app, given, "audit as a file", "access_summary", "admin")
    if grant is None:
        return 1
    must_be_new(given.file)
    note(app, given, "audit as a file", "answered")
    shows_reasons, hides_children = "strategic_lead" in grant.roles, "system_admin" in grant.roles
    since = day_start(given.since) if given.since else None
    until = day_start(given.until + timedelta(days=1)) if given.until else None
    with reading(app.database) as connection, new_file(given.file) as stream:
        write = csv.writer(stream)
        write.writerow(COLUMNS)
        count = 0
        for seq, entry in audit_chain.entries(connection, since, until):
            is_child = normalise_reference(entry.subject, app.partnership.reference_prefix) is not None
            subject = WITHHELD if hides_children and is_child else entry.subject
            reason = entry.reason if shows_reasons or not entry.reason else WITHHELD
            by = (entry.who, entry.agency, entry.role, entry.action, entry.outcome, subject)
            cells = (f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", *by, entry.level, entry.place, reason)
            write.writerow([seq, *(_harmless(c) if isinstance(c, str) else c for c in cells)])
            count += 1
    print(f"{count} rows written to {given.file}, readable by you alone.")
    return 0


def _harmless(text: str) -> str:
    """Return text that a spreadsheet does not run as a formula, without the carriage return that would begin a row."""
    flat = text.replace("\r", " ")
    return f"'{flat}" if flat.lstrip().startswith(_FORMULA) else flat


def _who(app: App, given: argparse.Namespace) -> int:
    grant = granted(app, given, "audit who", "who_looked")
    if grant is None:
        return 1
    with app.facts() as facts:
        child = facts.child(given.subject, app.now(None))
        theirs = child is not None and grant.covers(child.relation)
        found = facts.trail.about(child.ref, datetime(1970, 1, 1, tzinfo=UTC)) if child and theirs else ()
    note(app, given, "audit who", "answered" if theirs else "not_found", child.ref if child and theirs else "")
    if child is None or not theirs:
        print(" ".join(refusal("not_found").text), file=sys.stderr)
        return 1
    columns = ("When", "Who", "Agency", "Role", "Action", "Outcome", "Place")
    return _print(app, f"Who looked at {child.ref}", columns, found)


def _what(app: App, given: argparse.Namespace) -> int:
    if granted(app, given, "audit what", "access_summary") is None:
        return 1
    with reading(app.database) as connection:
        found = [entry for _, entry in audit_chain.entries(connection, who=given.subject)]
    known = app.person(given.subject) is not None or bool(found)
    note(app, given, "audit what", "answered", given.subject[:64] if known else "")
    return _print(app, f"What {given.subject} did", ("When", "Action", "Subject", "Outcome", "Place"), found[::-1])


def _print(app: App, title: str, columns: tuple[str, ...], found: Sequence[Entry]) -> int:
    """Print codes and references, newest first, without the text of any answer and without reasons."""
    rows = tuple(
        tuple((say(entry.at) if column == "When" else str(getattr(entry, column.lower()))) for column in columns)
        for entry in found
    )
    count = "Nothing is recorded." if not rows else f"{len(rows)} rows." if len(rows) > 1 else "1 row."
    tables = (Table("Rows", columns, rows),) if rows else ()
    reply = Reply(title, 1, (count,), tables=tables).noting(app.notice)
    sys.stdout.write(terminal.as_text(reply).rstrip("\n") + "\n")
    return 0
