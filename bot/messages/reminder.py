"""The reminder to one person: what needs them, least time left first, in neutral words; nobody is blamed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime

from bot.conversation.reply import Button, Reply
from bot.messages import episode_lines
from bot.messages.interview_buttons import of_line
from bot.rules.episodes.risk_flags import person_doubts
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Partnership
from bot.rules.reminders.due import Nudge, next_message
from bot.rules.reminders.ladder import need
from bot.rules.time import clock, freshness

#: Items with buttons; the rest is one command away.
MOST = 8


def compose(
    nudges: Sequence[Nudge],
    partnership: Partnership,
    source: Freshness,
    now: datetime,
    *,
    twice: Container[int] = (),
    late: str = "",
) -> Reply:
    """`twice` are children who came back twice with both interviews open; `late` is said first of all."""
    ordered = sorted(nudges, key=_urgency)
    shown, hidden = ordered[:MOST], ordered[MOST:]
    above = [late] if late else []
    lines = [f"{n}. {_line(each, partnership, now, twice)}" for n, each in enumerate(shown, 1)]
    everything = _everything(ordered)
    more = [f"… and {len(hidden)} more: {everything}"] if hidden else []
    return Reply(
        title=_greeting(len(nudges), now),
        level=2,
        text=(*above, *lines, *more),
        footer=(
            f"Next reminders: {clock.say_near(_next(ordered, partnership, now), now)}.",
            f"Data as at: {freshness.say(source, now)}.",
        ),
        buttons=(*_buttons(shown, len(above)), *([Button("Show all", everything)] if hidden else [])),
    )


def _urgency(n: Nudge) -> tuple[bool, object, int]:
    return n.interview.forgotten, n.interview.left, n.interview.episode.id


def _greeting(count: int, now: datetime) -> str:
    hour = clock.to_london(now).hour
    part = "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"
    return f"Good {part}. {count} interviews need you." if count > 1 else f"Good {part}. 1 interview needs you."


def _line(n: Nudge, partnership: Partnership, now: datetime, twice: Container[int]) -> str:
    """'OX-7QK4 · due Sun 22 Nov 10:00, 44 h left · before you are back on Monday: ... · not offered yet · yours'."""
    x = n.interview.episode
    when = (episode_lines.time_left(n.interview, now), _before_back(n, now))
    parts = [x.child_ref, *when, _stands(n), *person_doubts(x), whose(n, partnership)]
    if x.child_id in twice:
        parts.append("came back twice: one interview for both?")
    return " · ".join(p for p in (*parts, x.area) if p)


def _before_back(n: Nudge, now: datetime) -> str:
    """Where today is the last day with time to act, though the deadline is later."""
    today = clock.local_day(now)
    if (
        now >= n.deadline
        or clock.local_day(n.deadline) == today
        or n.calendar.latest(n.deadline) >= _opens_next(n, now)
    ):
        return ""
    back = _opens_next(n, now)
    when = "before" if n.deadline <= back else "soon after"
    return f"{when} you are back on {clock.to_london(back):%A}: this is your reminder now"


def _opens_next(n: Nudge, now: datetime) -> datetime:
    return n.calendar.opens(n.calendar.next_day(clock.local_day(now)))


def _stands(n: Nudge) -> str:
    """The last that is known of it, from the record or from chat."""
    last = n.case.standing.last("accepted", "booked", "declined", "offered", "reopened")
    if last is not None and last.kind == "booked" and last.until_at:
        return f"booked for {clock.say_short(last.until_at)}"
    if last is not None and last.kind == "declined":
        return "declined, carer not contacted yet"
    if last is not None and last.kind == "accepted":
        return "accepted"
    return "offered" if need(n.interview, n.case.standing).offered else "not offered yet"


def whose(n: Nudge, partnership: Partnership) -> str:
    """Why it is this person's: theirs, their team's, nobody's, or of somebody who is away."""
    if n.to.instead_of is not None:
        away = n.to.instead_of
        return f"for {away.person}, who is away until {clock.say_day_near(clock.day_start(away.last), n.deadline)}"
    if n.to.part == "owner":
        return "yours"
    owner = n.case.standing.owner or episode_lines.owner(partnership, n.interview.episode.interview.worker)
    return _no_owner(owner) if n.to.part == "duty" else owner


def _no_owner(owner: str) -> str:
    """On the duty list; said why, where the record names somebody."""
    known = {episode_lines.NO_OWNER: "", episode_lines.NOT_LISTED: ": its worker is not listed here"}
    return episode_lines.NO_OWNER + known.get(owner, f": {owner} cannot be reminded")


def _everything(ordered: Sequence[Nudge]) -> str:
    """The command that lists all of them."""
    return "interviews mine" if all(n.to.part == "owner" for n in ordered) else "interviews"


def _next(ordered: Sequence[Nudge], partnership: Partnership, now: datetime) -> datetime:
    return min(next_message(n.calendar, partnership.delivery, now) for n in ordered)


def _buttons(shown: Sequence[Nudge], first: int) -> list[Button]:
    """Those of each line, the first of which stands so far down."""
    return [b for line, n in enumerate(shown, first) for b in of_line(n.interview, n.person.id, line)]
