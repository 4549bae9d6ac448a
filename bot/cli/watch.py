"""watch: raise the alarm for overdue reviews, once. notices: print the notices that people have not seen yet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.app import App, operator
from bot.cli.argument_types import moment
from bot.conversation import dispatcher
from bot.jobs import overdue_reviews
from bot.rules.access import permissions
from bot.rules.access.permissions import Grant
from bot.rules.audit.chain import Entry
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import Action
from bot.rules.time.clock import local_day, say_near


def add(verbs: Any) -> None:
    about = (
        "Raise the alarm for looks outside the area that nobody reviewed in time. Run it hourly; twice does no harm."
    )
    watch = verbs.add_parser("watch", help=about, description=about)
    watch.add_argument("--now", type=moment, metavar="TIME", help="as at this time (London unless it has an offset)")
    watch.set_defaults(run=_watch)
    about = "Print what people have still to be told: of everybody without references, or of one person."
    unread = verbs.add_parser("notices", help=about, description=about)
    unread.add_argument("--as", dest="person", metavar="PERSON", help="one person, with the references they would see")
    unread.set_defaults(run=_notices)


def _watch(app: App, given: argparse.Namespace) -> int:
    now = app.now(given.now)
    with app.facts() as facts:
        waiting = facts.trail.waiting()
    raised = overdue_reviews.alarm_overdue(waiting, app.record, app.partnership, now)
    wait = "look outside the area waits" if len(waiting) == 1 else "looks outside the area wait"
    print(f"{len(waiting)} {wait} for review; {raised} newly overdue.")
    return 0


def _notices(app: App, given: argparse.Namespace) -> int:
    """Print unseen notices and record the reading. They stay unseen, for the person has not read them."""
    now = app.now(None)
    people = [p for p in app.partnership.people if given.person in (None, p.id)]
    is_listed = bool(people) or not given.person
    outcome = "answered" if is_listed else "not_listed"
    subject = given.person if given.person and people else ""  # an id that is not listed may be a name
    app.record(Entry(now, operator(), "", "", "notices", outcome, subject, place=operator()), ())
    if not is_listed:
        print("Nobody with this id is listed. See who is: people list.", file=sys.stderr)
        return 1
    with app.facts() as facts:
        found = [
            (p.id, n) for p in people for n in dispatcher.readable_notices(facts.trail.notices(p.id), _may(app, p, now))
        ]
    for who, notice in found:
        without_reference = f"{who}: {say_near(notice.at, now)} · {notice.text}"
        print(dispatcher.notice_row(notice, now) if given.person else without_reference)
    if not found:
        print("Nobody has anything to be told.")
    return 0


def _may(app: App, person: Person, now: datetime) -> Callable[[Action], bool]:
    """Return the person's rights today: without one, no notice is printed for them."""
    today = local_day(now)
    return lambda action: isinstance(permissions.decide(person, "member", action, 2, app.partnership, today), Grant)
