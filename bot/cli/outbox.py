"""outbox: read the messages of the outbox, which are files in a folder while no chat platform is connected."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
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
    known = outbox.destinations()
    if given.destination is None:
        terminal.post(_listed(outbox, known), screen)
        return
    if given.destination not in known:
        there = f" Destinations: {', '.join(known)}." if known else f" {EMPTY}"
        hint = near(given.destination, known).removeprefix(".")
        raise SettingsError(f"The outbox has no message to {given.destination!r}.{hint}{there}")
    for line in _messages(outbox, given.destination, given.last):
        screen.print(line, markup=False, soft_wrap=True)


def _listed(outbox: Outbox, known: list[str]) -> Reply:
    """Return each destination with the number of its messages and the time of the newest."""
    if not known:
        return Reply("Outbox", 2, (EMPTY,))
    found = {each: [number for number, _ in outbox.messages(each)] for each in known}
    rows = tuple((each, len(ids), clock.say(outbox.posted_at(ids[-1]))) for each, ids in found.items())
    columns = ("To", "Messages", "Newest, by this computer's clock")
    return Reply("Outbox", 2, ("Read one with: outbox DESTINATION",), tables=(Table("", columns, rows),))


def _messages(outbox: Outbox, destination: str, last: int) -> Iterator[str]:
    """Yield the last messages, each under a line of its time and what a locked screen shows of it."""
    found = list(outbox.messages(destination))
    if len(found) > last:
        yield f"{len(found) - last} older: outbox {destination} --last {len(found)}\n"
    for number, kept in found[-last:]:
        thread = ", as a reply in a thread" if kept["thread"] else ""
        written = clock.say(outbox.posted_at(number))
        yield f"Written {written} by this computer's clock{thread}. On a locked screen: {kept['preview']}"
        yield kept["text"]
