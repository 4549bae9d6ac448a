"""hold: keep every record of a child, against retention and erasure, until two leads lift the hold."""

from __future__ import annotations

import argparse
from typing import Any

from bot.app import App
from bot.cli.two_leads import add_child, add_person, reference, trail_entry
from bot.rules.access.record_decisions import CONFIRMED_WITHIN
from bot.store.retention import legal_holds
from bot.store.retention.decisions import carry_out


def add(verbs: Any) -> None:
    about = "Legal hold: nothing on a child is removed or erased. One strategic lead places it, two lift it."
    top = verbs.add_parser("hold", help=about, description=about).add_subparsers(metavar="WHAT", required=True)
    new = top.add_parser("add", help="Place a hold: it is in force at once.")
    new.set_defaults(run=_add)
    add_child(new)
    every = top.add_parser("list", help="Every hold, with who placed it and why.")
    every.set_defaults(run=_list)
    add_person(every)
    about = f"Lift a hold: the first lead asks, another one confirms within {CONFIRMED_WITHIN.days} days."
    end = top.add_parser("lift", help=about)
    end.set_defaults(run=_lift)
    add_child(end, reason=False)


def _add(app: App, given: argparse.Namespace) -> int:
    now, ref = app.now(None), reference(app, given)
    entry = trail_entry(app, given, "hold add", now)
    carry_out(
        app.database,
        app.sealing_key,
        [entry],
        lambda connection: legal_holds.place(connection, ref, entry.who, entry.reason, now),
    )
    print(f"{ref} is under legal hold: nothing on this child is removed until two strategic leads lift it.")
    return 0


def _lift(app: App, given: argparse.Namespace) -> int:
    now, ref = app.now(None), reference(app, given)
    entry = trail_entry(app, given, legal_holds.LIFT, now)
    outcome = carry_out(
        app.database,
        app.sealing_key,
        [entry],
        lambda connection: legal_holds.lift(connection, ref, entry.who, now),
        str,
    )
    if outcome == legal_holds.LIFTED:
        print(f"The hold on {ref} is lifted.")
    else:
        until = f"until another strategic lead says the same, within {CONFIRMED_WITHIN.days} days"
        print(f"Recorded. {ref} stays under hold {until}.")
    return 0


def _list(app: App, given: argparse.Namespace) -> int:
    now = app.now(None)
    entry = trail_entry(app, given, "hold list", now)
    holds = carry_out(app.database, app.sealing_key, [entry], lambda connection: legal_holds.all_holds(connection, now))
    for hold in holds:
        print(legal_holds.say_hold(hold))
    print(f"{len(holds)} under legal hold." if holds else "Nobody is under legal hold.")
    return 0
