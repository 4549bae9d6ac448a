"""Arguments and audit rows of `hold` and `subject`: strategic leads alone, with a reason, and always recorded."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import datetime

from bot.app import App
from bot.conversation.command import PRIVATE
from bot.rules.access.permissions import roles_today
from bot.rules.access.record_decisions import DECIDES, NotDecided, why_not
from bot.rules.audit.chain import Entry
from bot.rules.text.area_names import normalise_reference
from bot.rules.text.reasons import in_one_line, unfit
from bot.rules.time.clock import local_day
from bot.store.retention.decisions import refuse

UNFIT = (
    "Say why in --because, in at least three words and {shortest} characters, and at most 200, with no name, date of "
    "birth, address or number: it is kept for years, and cannot be taken out again."
)


def add_child(verb: argparse.ArgumentParser, *, reason: bool = True) -> None:
    verb.add_argument("ref", metavar="REF", help="the child's reference")
    add_person(verb)
    if reason:
        verb.add_argument("--because", required=True, metavar="REASON", help="why; no name, no date of birth")


def add_person(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--as", dest="person", required=True, metavar="PERSON", help="a strategic lead")


def reference(app: App, given: argparse.Namespace) -> str:
    """Return the normalised reference, or '' for other words: they may be a name, and are not recorded."""
    return normalise_reference(getattr(given, "ref", ""), app.partnership.reference_prefix) or ""


def trail_entry(app: App, given: argparse.Namespace, action: str, now: datetime) -> Entry:
    """Return the row for the trail. NotDecided for a person without the right or an unfit reason: it is recorded."""
    entry = lead_entry(app, given.person, action, reference(app, given), now)
    if "because" not in given:
        return entry
    reason, shortest = in_one_line(given.because), app.partnership.break_glass.shortest_reason
    if unfit(reason, shortest, app.partnership.reference_prefix):
        refuse(app.database, app.sealing_key, [entry], "reason_unfit")
        raise NotDecided("reason_unfit", UNFIT.format(shortest=shortest))
    return replace(entry, reason=reason)


def lead_entry(app: App, name: str, action: str, ref: str, now: datetime) -> Entry:
    """Return one lead's row. NotDecided for a person who is no strategic lead today: it is recorded."""
    person, today = app.person(name), local_day(now)
    roles = ",".join(held.role for held in roles_today(person, today)) if person else ""
    who, agency = (person.id, person.agency) if person else ("unlisted", "")
    code = why_not(person, app.partnership, today)
    entry = Entry(now, who, agency, roles if code else DECIDES, action, code or "", ref, 2, PRIVATE.name)
    if code:
        refuse(app.database, app.sealing_key, [entry], code)
        raise NotDecided(code, "Only a strategic lead can do this, and this person is none today. It was recorded.")
    return entry
