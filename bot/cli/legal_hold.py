"""hold: keep every record of a child, against retention and erasure, until two leads lift the hold."""

from __future__ import annotations

import argparse
from typing import Any

from bot.app import App
from bot.cli.two_leads import asked, reference, said_by, speaks_of_a_child, telling
from bot.rules.access.record_decisions import CONFIRMED_WITHIN
from bot.store.retention import legal_holds
from bot.store.retention.decisions import carry_out


def add(verbs: Any) -> None:
    about = "Legal hold: nothing on a child is removed or erased. One strategic lead places it, two lift it."
    top = verbs.add_parser("hold", help=about, description=about).add_subparsers(metavar="WHAT", required=True)
    new = top.add_parser("add", help="Place a hold: it is in force at once.")
    new.set_defaults(run=telling(_add))
    speaks_of_a_child(new)
    found = top.add_parser("list", help="Every hold, with who placed it and why.")
    found.set_defaults(run=telling(_list))
    said_by(found)
    days = CONFIRMED_WITHIN.days
    end = top.add_parser("lift", help=f"Lift a hold: the first lead asks, another one confirms within {days} days.")
    end.set_defaults(run=telling(_lift))
    speaks_of_a_child(end, reason=False)


def _add(app: App, given: argparse.Namespace) -> int:
    now, ref = app.now(None), reference(app, given)
    entry = asked(app, given, "hold add", now)
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
    entry = asked(app, given, legal_holds.LIFT, now)
    outcome = carry_out(
        app.database,
        app.sealing_key,
        [entry],
        lambda connection: legal_holds.lift(connection, ref, entry.who, now),
        str,
    )
    print(
        f"The hold on {ref} is lifted."
        if outcome == legal_holds.LIFTED
        else f"Recorded. {ref} stays under hold until another strategic lead says the same, "
        f"within {CONFIRMED_WITHIN.days} days."
    )
    return 0


def _list(app: App, given: argparse.Namespace) -> int:
    now = app.now(None)
    entry = asked(app, given, "hold list", now)
    found = carry_out(app.database, app.sealing_key, [entry], lambda connection: legal_holds.all_holds(connection, now))
    for hold in found:
        print(legal_holds.say_hold(hold))
    print(f"{len(found)} under legal hold." if found else "Nobody is under legal hold.")
    return 0
