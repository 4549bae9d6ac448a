"""deliveries: messages sent and not sent, by day; and an administrator's decision where the outcome is unknown."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Reply, Row, Table
from bot.rules.delivery.delivery import HELD, NOT_AS_DUE, TO_DECIDE, Delivery, in_words
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
_COUNTED = {"sent": "sent as due", "planned": "to come", "sending": "being sent", "dropped": "not needed any more"}
#: What an administrator does about a message, by the reason for which it is held, or else by its state.
_TODO = {
    **dict.fromkeys(TO_DECIDE, "look whether it is there, then press what you saw"),
    "privacy": "doctor names who reads there and is not entitled",
    "stopped": "report it, with the code in the log",
    "platform": "connect that platform, or take it out of the partnership file",
    "busy": "nothing to do yet: it is asked again",
    "nobody": "list it in the partnership file again, or leave it",
    "is failed": "ask doctor why the platform refused it",
    "is missed": "too late to be sent: ask for today, or who was to have it",
    "is unknown": "nothing to do yet: it is being looked for",
}
COLUMNS = ("Number", "What", "For", "Due", "State", "Sent", "Attempts")
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
        raise Unclear("There is no delivery with that number. Ask for deliveries to see the list.")
    if len(ask.words) > 1:
        return _decide(ask, found)
    facts: list[tuple[str, Cell]] = [
        ("State", _state(found)),
        ("Planned", clock.say_near(found.planned_at, ask.now)),
        ("Due", clock.say_near(found.due_at, ask.now)),
        ("Worth sending until", clock.say_near(found.late_until, ask.now) if found.late_until else "always"),
        ("First attempt", clock.say_near(found.first_attempt_at, ask.now) if found.first_attempt_at else "none"),
        ("Attempts", found.attempts),
        ("Sent", clock.say_near(found.sent_at, ask.now) if found.sent_at else "no"),
        ("Changed", clock.say_near(found.changed_at, ask.now) if found.changed_at else "no"),
        ("Looked for afterwards", f"{found.sweeps} times"),
        ("Decided by", found.resolved_by or "nobody had to"),
    ]
    why = (f"Held: {HELD.get(found.reason, found.reason)}.",) if found.state == "held" else ()
    return Reply(
        title=f"Delivery {found.id}",
        level=0,
        text=(f"{in_words(found, ask.now)}, on {found.platform}.", *why),
        tables=(Table("", ("What", "Value"), tuple(facts)),),
        buttons=_buttons(found) if ask.may("admin") else (),
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
        raise Unclear("Give a day such as today, yesterday or 2017-07-05, or the number of a delivery.", "deliveries")
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
    lead = f"{len(bad)} of {len(visible)} not sent as they should be." if bad else ""
    every = Button("All", f"deliveries {day} {ALL}")
    return Reply(
        title=f"Deliveries of {clock.say_day_near(since, ask.now)}",
        level=0,
        text=(
            *([f"⚠ {lead}"] if bad else []),
            *rows,
            *([f"… and {len(bad) - MOST} more"] if len(bad) > MOST else []),
            *([Row(counted, (), "", (every,))] if counted else []),
            *([] if visible else ["Nothing was due."]),
        ),
        footer=("No words of a message are kept here, only that it was sent.",),
    )


def _row(ask: Ask, d: Delivery, pressable: bool) -> Row:
    """Return one message that was not sent as it should be: why, and what to do."""
    why = HELD.get(d.reason, d.reason) if d.state == "held" else d.reason
    state = f"{d.state}: {why}" if why else d.state
    todo = _TODO.get(d.reason if d.state == "held" else f"is {d.state}", "")
    words = (f"{_what(d)} for {d.audience}", f"due {clock.say_near(d.due_at, ask.now)}", state, todo)
    return Row(str(d.id), tuple(filter(None, words)), "⚠", _buttons(d) if pressable else ())


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
            sent = f"sent {clock.say_close(d.sent_at, ask.now)}" if d.sent_at else _state(d)
            rows.append((f"{d.id} {_what(d)}", d.audience, sent))
    columns = COLUMNS if ask.request.export else ("Message", "For", "State")
    left = len(visible) - len(rows)
    return Reply(
        title=f"Deliveries of {clock.say_day(since)}",
        level=0,
        text=(f"{len(visible)} due." if visible else "Nothing was due.",),
        tables=(Table("What could not be sent first", columns, tuple(rows)),) if rows else (),
        footer=(
            *([f"The first {MOST} of {len(visible)} are shown."] if left else []),
            "No words of a message are kept here, only that it was sent.",
        ),
    )


def _state(d: Delivery) -> str:
    return f"{d.state} ({d.reason})" if d.reason else d.state


def _buttons(d: Delivery) -> tuple[Button, ...]:
    """Return buttons where the outcome is unknown and a person has to decide."""
    if d.state != "held" or d.reason not in TO_DECIDE:
        return ()
    return (
        Button("It is there", f"deliveries {d.id} there"),
        Button("Post it again", f"deliveries {d.id} again"),
    )


def _decide(ask: Ask, d: Delivery) -> Reply:
    ask.grant("admin")
    decision = _DECISIONS.get(ask.words[1].casefold().strip(".!"))
    if decision is None or len(ask.words) > 2:
        raise Unclear("Say there (it has arrived) or again (post it again).", f"deliveries {d.id}")
    if d.state != "held" or d.reason not in TO_DECIDE:
        return Reply("Not done", 0, (f"There is nothing to decide: it is {_state(d)}.",), status="refused")
    ask.log.effects.append(Decide(d.id, decision, child_lookup.who(ask).id, ask.now))  # type: ignore[arg-type]
    words = "it counts as sent" if decision == "it_is_there" else "it is posted again within a minute"
    return Reply(f"Delivery {d.id}", 0, (f"Recorded: {words}.",))


COMMAND = Command(
    name="deliveries",
    summary="What the bot sent and when, and what it could not send",
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
