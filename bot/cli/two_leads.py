"""Shared parts of the verbs about a child's records: strategic leads alone, with a reason, and always recorded."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.app import App
from bot.conversation.command import PRIVATE
from bot.rules.access.permissions import roles_today
from bot.rules.access.record_decisions import DECIDES, NotDecided, why_not
from bot.rules.audit.chain import Entry
from bot.rules.text.area_names import normalise_reference
from bot.rules.text.reasons import in_one_line, unfit
from bot.rules.time.clock import local_day
from bot.store.retention.decisions import refuse

_UNFIT = (
    "Say why in --because, in at least three words and {shortest} characters, and at most 200, with no name, date of "
    "birth, address or number: it is kept for years, and cannot be taken out again."
)


def add(verbs: Any) -> None:
    """Add nothing: this module is no verb."""


def speaks_of_a_child(verb: argparse.ArgumentParser, *, reason: bool = True) -> None:
    verb.add_argument("ref", metavar="REF", help="the child's reference")
    said_by(verb)
    if reason:
        verb.add_argument("--because", required=True, metavar="REASON", help="why; no name, no date of birth")


def said_by(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--as", dest="person", required=True, metavar="PERSON", help="a strategic lead")


def telling(run: Callable[[App, argparse.Namespace], int]) -> Callable[[App, argparse.Namespace], int]:
    """Print a refused decision as one sentence, and exit with 1."""

    def told(app: App, given: argparse.Namespace) -> int:
        try:
            return run(app, given)
        except NotDecided as fault:
            print(fault, file=sys.stderr)
            return 1

    return told


def reference(app: App, given: argparse.Namespace) -> str:
    """Return the normalised reference, or '' for other words: they may be a name, and are not recorded."""
    return normalise_reference(getattr(given, "ref", ""), app.partnership.reference_prefix) or ""


def asked(app: App, given: argparse.Namespace, action: str, now: datetime) -> Entry:
    """Return the row for the trail. A person without the right, or an unfit reason, is recorded: NotDecided."""
    reason = in_one_line(given.because) if "because" in given else None
    entry = entry_of(app, given.person, action, reference(app, given), now)
    if reason is not None:
        shortest = app.partnership.break_glass.shortest_reason
        if unfit(reason, shortest, app.partnership.reference_prefix):
            refuse(app.database, app.sealing_key, [entry], "reason_unfit")
            raise NotDecided("reason_unfit", _UNFIT.format(shortest=shortest))
    return replace(entry, reason=reason or "")


def entry_of(app: App, name: str, action: str, ref: str, now: datetime) -> Entry:
    """Return one lead's row. A person who is no strategic lead today is recorded and raises NotDecided."""
    person, today = app.person(name), local_day(now)
    roles = ",".join(held.role for held in roles_today(person, today)) if person else ""
    who, agency = (person.id, person.agency) if person else ("unlisted", "")
    code = why_not(person, app.partnership, today)
    entry = Entry(now, who, agency, roles if code else DECIDES, action, code or "", ref, 2, PRIVATE.name)
    if code:
        refuse(app.database, app.sealing_key, [entry], code)
        raise NotDecided(code, "Only a strategic lead can do this, and this person is none today. It was recorded.")
    return entry
