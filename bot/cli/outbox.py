"""outbox: read the messages of the outbox, which are files in a folder while no chat platform is connected."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from bot.app import App
from bot.chat import terminal
from bot.chat.file_outbox import Outbox
from bot.conversation.reply import Reply, Table
from bot.rules.access.channel_privacy import Destination
from bot.rules.partnership.partnership import near
from bot.rules.time import clock
from bot.settings import SettingsError

EMPTY = "The outbox is empty: no message was written into it. With a chat platform, messages are posted there."


def add(verbs: Any) -> None:
    about = "List the destinations of the outbox, or print the messages of one as people read them."
    verb = verbs.add_parser("outbox", help=about, description=about)
    verb.set_defaults(run=_run)
    add_arguments(verb)


def add_arguments(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("destination", nargs="?", help="a channel, or a person's id (default: list them all)")
    about = "print so many messages, the newest last (default: %(default)s)"
    verb.add_argument("--last", type=_count, default=3, metavar="N", help=about)


def _count(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of messages")
    return int(text)


def _run(app: App, given: argparse.Namespace) -> int:
    show(outbox_of(app), given, terminal.console())
    return 0


def outbox_of(app: App) -> Outbox:
    """Return the outbox for reading. Nothing can be posted through it: its readers are not known."""
    unknown = Destination("channel", None, is_private=None, is_shared=None, members=None)
    return Outbox(app.home / "outbox", lambda destination: unknown)


def show(outbox: Outbox, given: argparse.Namespace, screen: terminal.Screen) -> None:
    """Print the list of destinations, or the last messages to one. SettingsError where none went there."""
    known, to = outbox.ids(), given.destination
    if to is None:
        terminal.post(_listed(known), screen)
        return
    if to not in known:
        there = f"Destinations: {', '.join(known)}." if known else EMPTY
        raise SettingsError(f"The outbox has no message to {to!r}{near(to, known) or '.'} {there}")
    if older := len(known[to][: -given.last]):
        screen.print(f"{older} older: outbox {to} --last {len(known[to])}\n", markup=False)
    for number, kept in list(outbox.messages(to))[-given.last :]:
        written = f"Written {clock.say(Outbox.posted_at(number))}{' in a thread' if kept['thread'] else ''}"
        screen.print(f"{written} · on a locked screen: {kept['preview']}", style="dim", markup=False)
        screen.print(kept["text"], markup=False, soft_wrap=True)


def _listed(known: Mapping[str, Sequence[str]]) -> Reply:
    """Return each destination with the number of its messages and the time of the newest."""
    if not known:
        return Reply("Outbox", 2, (EMPTY,))
    rows = tuple((to, len(ids), clock.say(Outbox.posted_at(ids[-1]))) for to, ids in known.items())
    columns = ("To", "Messages", "Newest, by this computer's clock")
    return Reply("Outbox", 2, ("Read one with: outbox DESTINATION",), tables=(Table("", columns, rows),))
