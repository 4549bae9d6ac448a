"""clock: what the clock shows and what the bot goes by; a person's word that the clock is right."""

from __future__ import annotations

import argparse
from typing import Any

from bot.app import App
from bot.rules.delivery.health import clock_is_trusted
from bot.rules.time.clock import say
from bot.rules.time.trusted import near
from bot.settings import SettingsError
from bot.store.database import reading, writing
from bot.store.delivery import ledger, replicas


def add(verbs: Any) -> None:
    about = "Show the clock and the time that the bot goes by. One that jumped is not believed until confirmed."
    verb = verbs.add_parser("clock", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument(
        "--confirm", action="store_true", help="the time that it shows is right: you looked at another clock"
    )


def _run(app: App, given: argparse.Namespace) -> int:
    with reading(app.database) as connection:
        shown, last = ledger.clock(connection), replicas.last_tick(connection)
    if app.is_practice:
        raise SettingsError("A practice has a clock of its own: there is nothing to confirm.")
    print(f"The clock shows {say(shown)}.")
    if last is None:
        print("The bot has not ticked within a day: there is nothing to confirm.")
        return 0
    if clock_is_trusted(last):
        print(f"The last tick went by {say(last.at)}, as the clock did.")
    elif last.sure_at == last.at:
        print(f"The last tick went by {say(last.at)}, which is confirmed; the clock showed {say(last.shown)}.")
    elif near(last.shown, last.at):
        print(f"A person has confirmed {say(last.at)}: the next tick goes by the clock.")
    else:
        print(f"The last tick went by {say(last.at)}; the clock showed {say(last.shown)}.")
        print("The time is not confirmed: digests and reminders wait.")
    if given.confirm:
        app.done("clock confirmed", shown, reason=f"{say(last.at)} -> {say(shown)}")
        with writing(app.database) as connection:
            replicas.confirm(connection, shown)
        print("Confirmed: the next tick goes by the clock, unless a platform tells another time.")
    return 0
