"""deliveries: messages sent and not sent, by day; and an administrator's decision where the outcome is unknown."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Reply, Row, Table
from bot.rules.catalogue import _, code_words
from bot.rules.delivery.delivery import HELD, NOT_AS_DUE, TO_DECIDE, Delivery, in_words
from bot.rules.delivery.refused import REMEDIES, WHY
from bot.rules.effects import Decide
from bot.rules.model import Period
from bot.rules.time import clock
from bot.rules.time.period import PeriodError, SeveralReadings, parse_period

MOST = 40
#: Rows that have buttons.
WITH_BUTTONS = 5
#: Asks for every delivery of a day.
ALL = "all"
#: What is only counted.
_COUNTED = {
    "sent": _("sent as due"),
    "planned": _("to come"),
    "sending": _("being sent"),
    "dropped": _("not needed any more"),
}
#: What an administrator does about a message, by the reason for which it is held, or else by its state.
_WHAT_TO_DO = {
    **dict.fromkeys(TO_DECIDE, "look whether it is there, then press what you saw"),
    "privacy": _("doctor names who reads there and is not entitled"),
    "stopped": _("report it, with the code in the log"),
    "platform": _("connect that platform, or take it out of the partnership file"),
    "busy": _("nothing to do yet: it is asked again"),
    "nobody": _("list it in the partnership file again, or leave it"),
    **REMEDIES,
    _("is failed"): _("ask doctor why the platform refused it, then try it again"),
    _("is missed"): _("too late to be sent: ask for today, or who was to have it"),
    _("is unknown"): _("nothing to do yet: it is looked for, or sent again"),
}
COLUMNS = (_("Number"), _("What"), _("For"), _("Due"), _("State"), _("Sent"), _("Attempts"))
#: Every person listed may read that a channel's digest came. Messages to people are theirs alone.
OF_CHANNELS = ("digest", "thread")
_DECISIONS = {"there": "it_is_there", "again": "post_again"}


def run(ask: Ask) -> Reply:
    """List what a day's deliveries lack, today's by default, or all; with a number, show one, or record a decision."""
    number = re.fullmatch(r"#?(\d{1,9})", ask.words[0], re.ASCII) if ask.words else None
    if number is None:
        return _day(ask)
    found = ask.facts.delivery(int(number[1]))
    if found is None or not _may_see(ask, found):
        raise Unclear(_("There is no delivery with that number. Ask for deliveries to see the list."))
    if len(ask.words) > 1:
        return _decide(ask, found)
    facts: list[tuple[str, Cell]] = [
        (_("State"), _state(found)),
        (_("Planned"), clock.say_near(found.planned_at, ask.now)),
        (_("Due"), clock.say_near(found.due_at, ask.now)),
        (_("Worth sending until"), clock.say_near(found.late_until, ask.now) if found.late_until else _("always")),
        (_("First attempt"), clock.say_near(found.first_attempt_at, ask.now) if found.first_attempt_at else _("none")),
        (_("Attempts"), found.attempts),
        (_("Sent"), clock.say_near(found.sent_at, ask.now) if found.sent_at else _("no")),
        (_("Changed"), clock.say_near(found.changed_at, ask.now) if found.changed_at else _("no")),
        (_("Looked for afterwards"), _("{sweeps} times", sweeps=found.sweeps)),
        (_("Decided by"), found.resolved_by or _("nobody had to")),
    ]
    if found.refusal:
        facts += [
            (_("Refused since"), clock.say_near(found.not_taken_since, ask.now) if found.not_taken_since else _("no")),
            (_("Reason given by {platform}", platform=found.platform), found.refusal),
            (_("Tried again"), clock.say_near(found.not_before, ask.now) if found.state == "held" else _("no")),
        ]
    if ask.may("admin"):  # of two copies in chat, these tell which one the ledger means
        facts += [
            (_("Place on {platform}", platform=found.platform), found.destination),
            (_("Message number on {platform}", platform=found.platform), found.message_id or _("not known")),
        ]
    why = (_("Held: {held}.", held=HELD.get(found.reason, found.reason)),) if found.state == "held" else ()
    return Reply(
        title=_("Delivery {found}", found=found.id),
        level=0,
        text=(_("{found}, on {platform}.", found=in_words(found, ask.now), platform=found.platform), *why),
        tables=(Table("", (_("What"), _("Value")), tuple(facts)),),
        buttons=_buttons(found, ask.now) if ask.may("admin") else (),
    )


def _may_see(ask: Ask, d: Delivery) -> bool:
    return d.kind in OF_CHANNELS or ask.may("admin")


def _day(ask: Ask) -> Reply:
    found: Sequence[Period] = ()
    words = [w for w in ask.words if w.casefold() != ALL]
    with suppress(PeriodError):
        try:
            found = (parse_period(" ".join(words) or "today", ask.now),)
        except SeveralReadings as several:
            found = several.readings
    days = [p.first for p in found if p.days == 1]
    if len(days) != 1:
        raise Unclear(
            _("Give a day such as today, yesterday or 2017-07-05, or the number of a delivery."), "deliveries"
        )
    (day,) = days
    since = clock.day_start(day)
    due = ask.facts.deliveries(since, clock.day_start(day + timedelta(days=1)))
    visible = [d for d in due if _may_see(ask, d)]
    if ask.request.export or len(words) < len(ask.words):
        return _every(ask, since, visible)
    bad = [d for d in visible if d.state in NOT_AS_DUE]
    rows = [_row(ask, d, n < WITH_BUTTONS and ask.may("admin")) for n, d in enumerate(bad[:MOST])]
    counts = {state: sum(d.state == state for d in visible) for state in _COUNTED}
    counted = " · ".join(f"{n} {_COUNTED[state]}" for state, n in counts.items() if n)
    lead = _("{bad} of {visible} not sent as they should be.", bad=len(bad), visible=len(visible)) if bad else ""
    every = Button(_("All"), f"deliveries {day} {ALL}")
    return Reply(
        title=_("Deliveries of {since}", since=clock.say_day_near(since, ask.now)),
        level=0,
        text=(
            *([f"⚠ {lead}"] if bad else []),
            *rows,
            *([_("… and {n} more", n=len(bad) - MOST)] if len(bad) > MOST else []),
            *([Row(counted, (), "", (every,))] if counted else []),
            *([] if visible else [_("Nothing was due.")]),
        ),
        footer=(_("No words of a message are kept here, only that it was sent."),),
    )


def _row(ask: Ask, d: Delivery, pressable: bool) -> Row:
    """Return one message that was not sent as it should be: why, and what to do."""
    why = HELD.get(d.reason, d.reason) if d.state in ("held", "missed") else d.reason
    state = f"{d.state}: {why}" if why else d.state
    todo = _WHAT_TO_DO.get(d.reason if d.state == "held" else _("is {state}", state=d.state), "")
    words = (
        _("{what} for {audience}", what=_what(d), audience=d.audience),
        _("due {due_at}", due_at=clock.say_near(d.due_at, ask.now)),
        state,
        todo,
    )
    return Row(str(d.id), tuple(filter(None, words)), "⚠", _buttons(d, ask.now) if pressable else ())


def _what(d: Delivery) -> str:
    return f"{d.kind}, {d.slot.partition(':')[2]}" if d.kind == "thread" else d.kind


def _every(ask: Ask, since: datetime, visible: Sequence[Delivery]) -> Reply:
    """List each delivery of a day; a file has a column for each fact."""
    shown = sorted(visible, key=lambda d: d.state in ("sent", "dropped"))
    rows: list[tuple[Cell, ...]] = []
    for d in shown if ask.request.export else shown[:MOST]:
        if ask.request.export:
            sent = clock.say_near(d.sent_at, ask.now) if d.sent_at else ""
            due = clock.say_near(d.due_at, ask.now)
            rows.append((d.id, _what(d), d.audience, due, _state(d), sent, d.attempts))
        else:
            sent = _("sent {sent_at}", sent_at=clock.say_close(d.sent_at, ask.now)) if d.sent_at else _state(d)
            rows.append((f"{d.id} {_what(d)}", d.audience, sent))
    columns = COLUMNS if ask.request.export else (_("Message"), _("For"), _("State"))
    left = len(visible) - len(rows)
    return Reply(
        title=_("Deliveries of {since}", since=clock.say_day(since)),
        level=0,
        text=(_("{n} due.", n=len(visible)) if visible else _("Nothing was due."),),
        tables=(Table(_("What could not be sent first"), columns, tuple(rows)),) if rows else (),
        footer=(
            *([_("The first {most} of {n} are shown.", most=MOST, n=len(visible))] if left else []),
            _("No words of a message are kept here, only that it was sent."),
        ),
    )


def _state(d: Delivery) -> str:
    return f"{code_words(d.state)} ({d.reason})" if d.reason else code_words(d.state)


def _buttons(d: Delivery, now: datetime) -> tuple[Button, ...]:
    """Return buttons where a person has to decide, because the outcome is unknown, or may try again at once."""
    if _to_decide(d):
        return (
            Button(_("It is there"), f"deliveries {d.id} there"),
            Button(_("Post it again"), f"deliveries {d.id} again"),
        )
    return (
        (Button(_("Try again now"), f"deliveries {d.id} again"),) if _was_refused(d) and not _too_late(d, now) else ()
    )


def _to_decide(d: Delivery) -> bool:
    return d.state == "held" and d.reason in TO_DECIDE


def _was_refused(d: Delivery) -> bool:
    """Return True for a message that its platform refused; earlier versions then gave it up."""
    return d.state == "failed" or (d.state == "held" and d.reason in WHY)


def _too_late(d: Delivery, now: datetime) -> bool:
    return d.late_until is not None and now > d.late_until


def _decide(ask: Ask, d: Delivery) -> Reply:
    ask.grant("admin")
    decision = _DECISIONS.get(ask.words[1].casefold().strip(".!"))
    if decision is None or len(ask.words) > 2:
        raise Unclear(_("Say there (it has arrived) or again (post it again)."), f"deliveries {d.id}")
    again = decision == "post_again" and _was_refused(d)
    if not again and not _to_decide(d):
        return Reply(
            _("Not done"), 0, (_("There is nothing to decide: it is {state}.", state=_state(d)),), status="refused"
        )
    if again and _too_late(d, ask.now) and d.late_until:
        until = clock.say_near(d.late_until, ask.now)
        text = _("It was worth sending until {until}. Ask for today everything instead.", until=until)
        return Reply(_("Not done"), 0, (text,), status="refused")
    ask.log.effects.append(Decide(d.id, decision, child_lookup.who(ask).id, ask.now))  # type: ignore[arg-type]
    words = _("it counts as sent") if decision == "it_is_there" else _("it is posted again within a minute")
    return Reply(_("Delivery {id}", id=d.id), 0, (_("Recorded: {words}.", words=words),))


COMMAND = Command(
    name="deliveries",
    summary=_("What the bot sent and when, and what it could not send"),
    usage="deliveries [DAY] [all] | NUMBER [there|again]",
    examples=("deliveries", "deliveries yesterday"),
    actions=("help", "admin"),  # every person listed; it answers when nothing was ever loaded
    run=run,
    words={
        "this morning": "today",
        **dict.fromkeys(
            (
                *("what was sent", "what did you send", "what went out", "was sent", "messages sent", "deliveries of"),
                *("did the digest go out", "did the digest come", "was the digest sent", "digest deliveries"),
            ),
            "",
        ),
    },
    aliases=("delivery", "receipts"),
)
