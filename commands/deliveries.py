"""deliveries: messages sent and not sent, by day; and an administrator's decision where the outcome is unknown."""

import re
from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Fact, Reply, Table
from bot.rules.delivery.delivery import HELD, NOT_AS_DUE, TO_DECIDE, Delivery, in_words
from bot.rules.effects import Decide
from bot.rules.time import clock, period

MOST = 40
COLUMNS = ("Number", "What", "For", "Due", "State", "Sent", "Attempts")
#: What everybody who is listed may read: that their channel's digest came. Messages to people are theirs.
OF_CHANNELS = ("digest", "thread")
_SAID = {"there": "it_is_there", "again": "post_again"}


def run(ask: Ask) -> Reply:
    """List a day's deliveries, today by default; with a number, show one, or record a decision on it."""
    number = re.fullmatch(r"#?(\d{1,9})", ask.words[0], re.ASCII) if ask.words else None
    if number is None:
        return _day(ask)
    found = ask.facts.delivery(int(number[1]))
    if found is None or not _may_see(ask, found):
        raise Unclear("There is no delivery with that number. Ask for deliveries to see the list.")
    return _decide(ask, found) if len(ask.words) > 1 else _one(ask, found)


def _may_see(ask: Ask, d: Delivery) -> bool:
    return d.kind in OF_CHANNELS or ask.may("admin")


def _day(ask: Ask) -> Reply:
    today = clock.local_day(ask.now)
    try:
        span = period.read_span(" ".join(ask.words) or "today", today)
    except (ValueError, OverflowError):
        span = None
    if span is None or span.first != span.last:
        raise Unclear("Give a day such as today, yesterday or 2017-07-05, or the number of a delivery.", "deliveries")
    day = span.first
    since = clock.day_start(day)
    found = ask.facts.deliveries(since, clock.day_start(day + timedelta(days=1)))
    seen = [d for d in found if _may_see(ask, d)]
    told = sorted(seen, key=lambda d: d.state in ("sent", "dropped"))[:MOST]
    bad = sum(d.state in NOT_AS_DUE for d in seen)
    text = (
        f"⚠ {bad} of {len(seen)} not sent as they should be."
        if bad
        else f"{len(seen)} due, none failed, held or missed."
    )
    return Reply(
        title=f"Deliveries of {clock.say_day(since)}",
        level=0,
        text=(text if seen else "Nothing was due.",),
        facts=tuple(
            Fact(f"Deliveries {state}", sum(d.state == state for d in seen))
            for state in sorted({"sent", *(d.state for d in seen)})
        ),
        tables=(Table("What could not be sent first", COLUMNS, tuple(_row(d, ask) for d in told)),) if told else (),
        footer=(
            *([f"The first {MOST} of {len(seen)} are shown."] if len(seen) > MOST else []),
            "No words of a message are kept here, only that it was sent.",
        ),
        buttons=tuple(b for d in told if ask.may("admin") for b in _buttons(d))[:6],
    )


def _row(d: Delivery, ask: Ask) -> tuple[Cell, ...]:
    sent = clock.say_near(d.sent_at, ask.now) if d.sent_at else ""
    what = f"{d.kind}, {d.slot.partition(':')[2]}" if d.kind == "thread" else d.kind
    return (d.id, what, d.audience, clock.say_near(d.due_at, ask.now), _state(d), sent, d.attempts)


def _state(d: Delivery) -> str:
    return f"{d.state} ({d.reason})" if d.reason else d.state


def _one(ask: Ask, d: Delivery) -> Reply:
    """Show one delivery with its times and attempts."""
    facts: list[tuple[str, Cell]] = [
        ("State", _state(d)),
        ("Planned", clock.say(d.planned_at)),
        ("Due", clock.say(d.due_at)),
        ("Worth sending until", clock.say(d.late_until) if d.late_until else "always"),
        ("First attempt", clock.say(d.first_attempt_at) if d.first_attempt_at else "none"),
        ("Attempts", d.attempts),
        ("Sent", clock.say(d.sent_at) if d.sent_at else "no"),
        ("Changed", clock.say(d.changed_at) if d.changed_at else "no"),
        ("Looked for afterwards", f"{d.sweeps} times"),
        ("Decided by", d.resolved_by or "nobody had to"),
    ]
    why = (f"Held: {HELD.get(d.reason, d.reason)}.",) if d.state == "held" else ()
    return Reply(
        title=f"Delivery {d.id}",
        level=0,
        text=(f"{in_words(d)}, on {d.platform}.", *why),
        facts=tuple(Fact(label, value) for label, value in facts),
        buttons=_buttons(d) if ask.may("admin") else (),
    )


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
    said = _SAID.get(ask.words[1].casefold().strip(".!"))
    if said is None or len(ask.words) > 2:
        raise Unclear("Say there (it has arrived) or again (post it again).", f"deliveries {d.id}")
    if d.state != "held" or d.reason not in TO_DECIDE:
        return Reply("Not done", 0, (f"There is nothing to decide: it is {_state(d)}.",), status="refused")
    ask.log.deeds.append(Decide(d.id, said, child_lookup.who(ask).id, ask.now))  # type: ignore[arg-type]
    words = "it counts as sent" if said == "it_is_there" else "it is posted again within a minute"
    return Reply(f"Delivery {d.id}", 0, (f"Recorded: {words}.",))


COMMAND = Command(
    name="deliveries",
    summary="What the bot sent and when, and what it could not send",
    usage="deliveries [DAY|NUMBER|NUMBER there|NUMBER again]",
    examples=("deliveries", "deliveries yesterday"),
    actions=("help", "admin"),  # whoever is listed; and it answers when nothing was ever loaded
    run=run,
    aliases=("delivery", "receipts"),
)
