"""deliveries: messages sent and not sent, by day; and an administrator's decision where the outcome is unknown."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Fact, Reply, Table
from bot.rules.delivery.delivery import HELD, NOT_AS_DUE, TO_DECIDE, Delivery, in_words
from bot.rules.effects import Decide
from bot.rules.model import Period
from bot.rules.time import clock
from bot.rules.time.period import PeriodError, SeveralReadings, parse_period

MOST = 40
COLUMNS = ("Number", "What", "For", "Due", "State", "Sent", "Attempts")
#: Every person listed may read that a channel's digest came. Messages to people are theirs alone.
OF_CHANNELS = ("digest", "thread")
_DECISIONS = {"there": "it_is_there", "again": "post_again"}


def run(ask: Ask) -> Reply:
    """List a day's deliveries, today by default; with a number, show one, or record a decision on it."""
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
    with suppress(PeriodError):
        try:
            found = (parse_period(" ".join(ask.words) or "today", ask.now),)
        except SeveralReadings as several:
            found = several.readings
    days = [p.first for p in found if p.days == 1]
    if len(days) != 1:
        raise Unclear("Give a day such as today, yesterday or 2017-07-05, or the number of a delivery.", "deliveries")
    (day,) = days
    since = clock.day_start(day)
    due = ask.facts.deliveries(since, clock.day_start(day + timedelta(days=1)))
    visible = [d for d in due if _may_see(ask, d)]
    shown = sorted(visible, key=lambda d: d.state in ("sent", "dropped"))[:MOST]
    rows: list[tuple[Cell, ...]] = []
    for d in shown:
        what = f"{d.kind}, {d.slot.partition(':')[2]}" if d.kind == "thread" else d.kind
        sent = clock.say_near(d.sent_at, ask.now) if d.sent_at else ""
        rows.append((d.id, what, d.audience, clock.say_near(d.due_at, ask.now), _state(d), sent, d.attempts))
    bad = sum(d.state in NOT_AS_DUE for d in visible)
    text = (
        f"⚠ {bad} of {len(visible)} not sent as they should be."
        if bad
        else f"{len(visible)} due, none failed, held or missed."
    )
    return Reply(
        title=f"Deliveries of {clock.say_day_near(since, ask.now)}",
        level=0,
        text=(text if visible else "Nothing was due.",),
        facts=tuple(
            Fact(f"Deliveries {state}", sum(d.state == state for d in visible))
            for state in sorted({"sent", *(d.state for d in visible)})
        ),
        tables=(Table("What could not be sent first", COLUMNS, tuple(rows)),) if rows else (),
        footer=(
            *([f"The first {MOST} of {len(visible)} are shown."] if len(visible) > MOST else []),
            "No words of a message are kept here, only that it was sent.",
        ),
        buttons=tuple(b for d in shown if ask.may("admin") for b in _buttons(d))[:6],
    )


def _state(d: Delivery) -> str:
    return f"{d.state} ({d.reason})" if d.reason else d.state


def _buttons(d: Delivery) -> tuple[Button, ...]:
    """Return buttons where the outcome is unknown and a person has to decide."""
    if d.state != "held" or d.reason not in TO_DECIDE:
        return ()
    return (
        Button(f"{d.id}: it is there", f"deliveries {d.id} there"),
        Button(f"{d.id}: post it again", f"deliveries {d.id} again"),
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
    usage="deliveries [DAY|NUMBER|NUMBER there|NUMBER again]",
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
