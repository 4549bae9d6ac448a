"""Checks of the service: age of each export, each channel's last digest, last tick, e-mail and heartbeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.rules.delivery.delivery import HELD, RESTORED, Delivery
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.delivery.health import TICK_SECONDS
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Partnership
from bot.rules.time import freshness
from bot.rules.time.clock import say, say_hours, say_near, to_london
from bot.server import heartbeat, platforms
from bot.settings import SettingsError, secret
from bot.store.delivery import replicas
from bot.store.queries import loads, monitoring

_SERVE = "Start the service (python -m bot serve), or see in its log why it stands still"


def data(connection: Any, partnership: Partnership, now: datetime) -> Iterator[Finding]:
    for each in loads.freshness(connection, partnership):
        name, state = f"data {each.source}", freshness.state(each, now)
        says = freshness.say(each, now, exact=True).removeprefix(f"{each.name}: ")
        load = f"python -m bot load {each.source} FILE"
        if state == "ok":
            yield from _fresh(name, says.removesuffix(", ok"), each)
        elif state == "refused":
            yield fault(name, says, f"See why no export comes, then: {load}")
        elif state == "doubt":
            yield look(name, says.removeprefix("IN DOUBT: "), _doubt(each, now, load))
        else:
            yield look(name, says, load if state == "never" else f"See why no newer export comes, then: {load}")


def _fresh(name: str, says: str, each: Freshness) -> Iterator[Finding]:
    if each.how != "modified":
        yield ok(name, says)
        return
    advice = (
        f"Say when exports are taken: taken_at_in_name or taken_at_column in [sources.{each.source}], or --taken-at"
    )
    yield look(name, f"{says}, by the file's own time alone, which copying changes", advice)


def _doubt(each: Freshness, now: datetime, load: str) -> str:
    """Return the advice for an export of which rows could not be read."""
    if each.refused_at is not None:
        return f"See what the load said of the newer file, put that right, then: {load}"
    if each.rows_before is not None:
        return f"Ask the sender whether it is complete; where it is, say so in chat: sources {each.source} right"
    return f"Look at the newest list in the rejects folder, put right what it names, then: {load}"


def digests(connection: Any, partnership: Partnership, now: datetime) -> Iterator[Finding]:
    """Report the state of each channel's last digest, from the ledger."""
    for channel in partnership.channels:
        name, last = f"digest {channel.id}", monitoring.newest(connection, "digest", channel.id)
        if last is None:
            yield ok(name, f"none yet; due at {channel.digest.time:%H:%M}")
        else:
            yield _digest(name, last, now)


def _digest(name: str, last: Delivery, now: datetime) -> Finding:
    says = f"due {say_near(last.due_at, now)}: {last.state}"
    if last.state == "sent" and last.sent_at:
        return ok(name, f"{says} {to_london(last.sent_at):%H:%M:%S}")
    if last.state in ("planned", "sending"):
        return look(name, f"{says}, not sent yet", _SERVE)
    if last.state in ("missed", "dropped"):
        return look(name, says, "See when the service stood still; the next digest says what changed since")
    if last.reason == RESTORED:
        return look(name, says, 'Ask the bot as an administrator whether to post it again: ask "deliveries"')
    why = f" ({HELD[last.reason]})" if last.reason in HELD else ""
    return fault(name, says + why, 'Ask the bot as an administrator: ask "deliveries"')


def restored(connection: Any) -> Iterator[Finding]:
    """Report the last restore and the messages that it holds back; nothing without a restore."""
    last, waiting = replicas.newest_restore(connection), replicas.waiting_after_restore(connection)
    if last is None:
        return
    until = say(last.until_at) if last.until_at else "its beginning"
    says = f"{say(last.at)} from {last.backup}, which goes until {until}; {waiting} messages are held"
    if waiting:
        yield look("restored", says, 'Ask the bot as an administrator whether to post them again: ask "deliveries"')
    else:
        yield ok("restored", says)


def tick(connection: Any, now: datetime) -> Finding:
    newest = replicas.newest(connection)
    if newest is None:
        return look("engine", "has never ticked: nothing is sent by itself", _SERVE)
    since = max(now - newest, timedelta())
    if since.total_seconds() < TICK_SECONDS:
        living = replicas.ticking(connection, now)
        return ok("engine", f"ticked {since.total_seconds():.0f} s ago, {living} at work")
    return fault("engine", f"has not ticked for {say_hours(since)}: nothing is sent", _SERVE)


def email(environ: Mapping[str, str], partnership: Partnership) -> Finding:
    """Check e-mail, the second path of alarms: a mail server, and an address in the partnership file."""
    name, told = "e-mail", len(partnership.delivery.email)
    do = "Set BOT_SMTP_URL and BOT_SMTP_FROM, and email in [delivery] of the partnership file"
    try:
        server = platforms.read_email(environ)
    except SettingsError as wrong:
        return fault(name, str(wrong), do)
    if server and told:
        return ok(name, f"{told} {'address' if told == 1 else 'addresses'} by way of {server.server.host}")
    if server or told:
        return fault(name, "half configured: nobody hears when chat is down", do)
    return look(name, "not configured: nobody hears when chat is down", do)


def pinged(environ: Mapping[str, str]) -> Finding:
    """Check the setting of the heartbeat. No ping is sent: it would say that all is well."""
    name, do = "heartbeat", "Set BOT_HEARTBEAT_URL to the https:// address of a monitor elsewhere"
    url = secret(environ, "BOT_HEARTBEAT_URL")
    if not url:
        return look(name, "not configured: nobody hears when this machine is down", do)
    try:
        heartbeat.checked(url)
    except heartbeat.HeartbeatUnusable as wrong:
        return fault(name, str(wrong), do)
    return ok(name, "configured; serve asks for it while all is well")
