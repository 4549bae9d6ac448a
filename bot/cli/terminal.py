"""ask and digest: a command or a channel's digest at the terminal, as any platform would answer it."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import Any

from bot.app import App
from bot.chat import terminal
from bot.cli.argument_types import moment
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.jobs import digest as digest_job
from bot.reports.making import NotMade
from bot.rules.access.channel_privacy import level_of
from bot.settings import SettingsError
from bot.store.changes import button_handles
from bot.store.database import reading, writing

#: The purpose of the handles that are issued here.
_PURPOSE = "ask"


def add(verbs: Any) -> None:
    about = 'Ask as a platform would: ask "stats north 2017-H1".'
    verb = verbs.add_parser("ask", help=about, description=about)
    verb.set_defaults(run=_ask)
    verb.add_argument("text", nargs="*", help="the command, such as: stats north")
    verb.add_argument("--as", dest="person", metavar="PERSON", help="who is asking: a person of the partnership file")
    verb.add_argument(
        "--in", dest="place", metavar="PLACE", help="where: private (default) or a channel of the partnership file"
    )
    verb.add_argument("--press", metavar="HANDLE", help="press a button of an earlier answer (see --format json)")
    add_answer_options(verb)

    about = "Post a channel's digest to the terminal."
    verb = verbs.add_parser("digest", help=about, description=about)
    verb.set_defaults(run=_digest)
    verb.add_argument("channel", nargs="?", help="a channel of the partnership file (default: the first)")
    add_answer_options(verb)


def add_answer_options(verb: argparse.ArgumentParser) -> None:
    """Add the options of every verb that prints a reply: --now and --format."""
    verb.add_argument(
        "--now", type=moment, metavar="TIME", help="answer as at this time (London unless it has an offset)"
    )
    verb.add_argument("--format", choices=tuple(terminal.FORMATS), default="text")


def print_reply(reply: Reply, reply_format: str) -> None:
    if reply_format == "text":
        terminal.post(reply, terminal.console())
    else:
        sys.stdout.write(terminal.FORMATS[reply_format](reply).rstrip("\n") + "\n")


def _ask(app: App, given: argparse.Namespace) -> int:
    """Print the answer to a command or a press; a refusal is an answer, so it exits 0."""
    export = given.format != "text"  # it leaves as a file
    now = app.now(given.now)
    if given.press is not None:
        reply = press(app, given.press, given.person, given.place, now, export)
    else:
        reply = ask(app, " ".join(given.text), given.person, given.place, now, export)
    print_reply(with_handles(app, reply, given.person, now) if given.format == "json" else reply, given.format)
    if reply.file is not None and (reply.file.draft or reply.file.number is not None):
        try:
            app.making.make(reply.file)  # a draft's document is kept; the answer says which verb hands it over
        except NotMade as fault:
            sys.stderr.write(f"{fault}\n")
            return 1
    return 0


def _digest(app: App, given: argparse.Namespace) -> int:
    """Print a channel's digest; exit 1 where it had to be withheld."""
    reply = digest(app, given.channel, app.now(given.now))
    print_reply(reply, given.format)
    return 1 if reply.status == "failed" else 0


def ask(app: App, text: str, person: str | None, place: str | None, now: datetime, export: bool = False) -> Reply:
    """Answer a command as a platform would hand it in; an unlisted person is an outsider."""
    return answer(app, build_request(app, text, person, place, now, export))


def answer(app: App, request: Request) -> Reply:
    """Dispatch a request and record its answer."""
    return app.recorder.record(app.dispatcher.dispatch(request))


def press(app: App, handle: str, person: str | None, place: str | None, now: datetime, export: bool = False) -> Reply:
    """Run the command of a button's handle, authorised anew for this person, place and time."""
    with reading(app.database) as connection:
        command = button_handles.redeem(connection, handle, _person(app, person), _PURPOSE, now)
    request = build_request(app, command or "", person, place, now, export)
    if command is None:
        return app.recorder.record(app.dispatcher.refuse(request, "handle", "press"))
    return answer(app, request)


def with_handles(app: App, reply: Reply, person: str | None, now: datetime) -> Reply:
    """Return the reply with an opaque handle in each button in place of its command."""
    if not reply.pressable:
        return reply
    name = _person(app, person)
    with writing(app.database) as connection:
        button_handles.sweep(connection, now)
        handles = [button_handles.issue(connection, name, _PURPOSE, b.command, now) for b in reply.pressable]
    return reply.with_commands(handles)


def digest(app: App, channel_id: str | None, now: datetime) -> Reply:
    """Return the digest of a channel, or of the first one listed, and record it."""
    channel = app.partnership.channel(channel_id) if channel_id else app.partnership.channels[0]
    if channel is None:
        known = ", ".join(c.id for c in app.partnership.channels)
        raise SettingsError(f"There is no channel {channel_id!r} in the partnership file. Channels: {known}.")
    with app.facts() as facts:
        posted = digest_job.preview(facts, app.partnership, channel, now)
    outcome = f"stopped: {posted.fault}" if posted.fault else "done"
    app.done("digest", now, level=posted.reply.level, place=channel.id, outcome=outcome)
    return posted.reply.noting(app.notice)


def build_request(
    app: App, text: str, person: str | None, place: str | None, now: datetime, export: bool = False
) -> Request:
    """Build a request in private unless a place is named; a channel has its level of now and its areas."""
    actor = app.person(_person(app, person))
    where = PRIVATE
    if place is not None and place != PRIVATE.name:
        channel = app.partnership.channel(place)
        where = Place("unlisted", None)
        if channel is not None:
            where = Place(channel.id, level_of(digest_job.on_the_terminal(channel)), channel.areas)
    return Request(actor, where, text, now, account="terminal", export=export)


def _person(app: App, given: str | None) -> str:
    practice = app.partnership.practice
    if given is None and practice is None:
        raise SettingsError("Say who is asking: --as PERSON (a person of the partnership file).")
    return given if given is not None else practice.person if practice else ""
