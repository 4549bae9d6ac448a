"""watch: what has to be looked after by itself, done once now; notices: what people have still to be told."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bot import notices
from bot.app import App
from bot.jobs import reviews
from bot.rules.audit import Entry
from bot.rules.clock import say_near
from bot.verbs.words import moment


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
    raised = reviews.run(waiting, app.record, app.partnership, now)
    wait = "look outside the area waits" if len(waiting) == 1 else "looks outside the area wait"
    print(f"{len(waiting)} {wait} for review; {raised} newly overdue.")
    return 0


def _notices(app: App, given: argparse.Namespace) -> int:
    """Recorded, as every reading is; nothing is marked as told, for the person has not seen it."""
    now = app.now(None)
    app.record(Entry(now, "terminal", "", "", "notices", "answered", subject=given.person or ""), ())
    with app.facts() as facts:
        people = [p.id for p in facts.trail.listed() if given.person in (None, p.id)]
        found = [(who, n) for who in people for n in facts.trail.notices(who)]
    if given.person and not people:
        print(f"There is no person {given.person}.", file=sys.stderr)
        return 1
    for who, notice in found:
        print(notices.line(notice, now) if given.person else f"{who}: {say_near(notice.at, now)} · {notice.text}")
    if not found:
        print("Nobody has anything to be told.")
    return 0
