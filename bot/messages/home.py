"""The home view of one person: their interviews, their team, their settings, and the state of the bot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.reply import Button, Reply, Row, Section, first_primary
from bot.messages import episode_lines
from bot.messages.interview_status import row_buttons
from bot.messages.reminder import hours_line
from bot.rules.access import absences
from bot.rules.access.permissions import Away
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import NOT_AS_DUE, Delivery
from bot.rules.interviews.state import OpenInterview
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Partnership
from bot.rules.time import clock, freshness

#: Lines with buttons; the rest is one command away.
MOST = 8


@dataclass(frozen=True, slots=True)
class Home:
    """The facts of one person's home view.

    `mine` is None where no interview can be theirs, `team` where they answer for no area. `areas` are
    those whose reminders they get; `digests` are of today.
    """

    me: str
    partnership: Partnership
    now: datetime
    sources: Sequence[Freshness]
    mine: Sequence[OpenInterview] | None = None
    team: Sequence[OpenInterview] | None = None
    team_areas: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    away: Sequence[Away] = ()
    digests: Sequence[Delivery] = ()

    @property
    def known(self) -> bool:
        """True where the interviews export is recent enough: a number from an older one would be false."""
        return all(freshness.usable(s, self.now) for s in self.sources if s.source == "interviews")


def compose(h: Home) -> Reply:
    return Reply(
        title=_("Home"),
        level=2,
        text=_mine(h),
        sections=(
            *([Section(_("My team"), tuple(_team(h)))] if h.team is not None else []),
            Section(_("My settings"), tuple(_settings(h))),
            Section(_("Bot"), tuple(_bot(h))),
        ),
        footer=(_("At {now}.", now=clock.say_near(h.now, h.now)),),
        buttons=tuple(_buttons(h)),
    )


def _mine(h: Home) -> tuple[str, ...]:
    """Least time left first, as every list of them; below the heading each has a line of its own."""
    if h.mine is None:
        return ()
    if not h.known:
        return (_("My interviews: not known."),)
    if not h.mine:
        return (_("My interviews (0): nothing waits for you."),)
    rows = [episode_lines.interview_row(i, h.partnership, h.now, row_buttons(i, h.me)) for i in h.mine[:MOST]]
    hidden = len(h.mine) - MOST
    more = (
        [Row(_("{hidden} more", hidden=hidden), (), "", (Button(_("Show all"), "interviews mine"),))]
        if hidden > 0
        else []
    )
    return (_("My interviews ({n})", n=len(h.mine)), *first_primary(rows), *more)


def _team(h: Home) -> Iterator[str]:
    """Counts of the interviews that are open; rates are of a period that is over, and need its figures."""
    where = ", ".join(h.partnership.area(a).short for a in h.team_areas)
    whole = len(h.team_areas) == len(h.partnership.areas)
    name, found = (_("Whole county") if whole else where), h.team or ()
    if not h.known:
        yield _("{name}: not known.", name=name)
        return
    unowned, overdue = sum(i.unowned for i in found), sum(i.overdue for i in found)
    counts = (
        _("{unowned} with no owner", unowned=unowned),
        _("{overdue} overdue", overdue=overdue),
        _("of {n} open", n=len(found)),
    )
    yield Row(name, counts, "", (Button(_("See them"), "interviews"),) if found else ())


def _settings(h: Home) -> Iterator[str]:
    if h.areas:
        yield _("One message a day, at {reminder_time}.", reminder_time=f"{h.partnership.delivery.reminder_time:%H:%M}")
        found: dict[str, list[str]] = {}  # areas with the same hours share a line
        for area in h.areas:
            found.setdefault(hours_line(h.partnership.calendar(area)), []).append(area)
        yield from (f"{', '.join(those)}: {line}" if len(found) > 1 else line for line, those in found.items())
    yield from (absences.absence_sentence(a, h.now) for a in h.away)
    if not h.away:
        yield _("You are not away.")


def _bot(h: Home) -> Iterator[str]:
    yield _("Data as at: {sources}.", sources=" · ".join(freshness.say(s, h.now) for s in h.sources))
    sent = [d for d in h.digests if d.state == "sent" and d.sent_at is not None]
    last = max(sent, key=lambda d: (d.sent_at or d.due_at, d.id), default=None)
    yield (
        _("Last digest: {sent_at}.", sent_at=clock.say_near(last.sent_at, h.now))
        if last and last.sent_at
        else _("No digest yet today.")
    )
    bad = sum(d.state in NOT_AS_DUE for d in h.digests)
    old = [s.name for s in h.sources if freshness.state(s, h.now) != "ok"]
    if old:
        yield Row(_("Not fresh"), (", ".join(old),), "⚠", (Button(_("See"), "sources"),))
    if bad:
        words = (_("{bad} of {n} posts of digests", bad=bad, n=len(h.digests)),)
        yield Row(_("Not sent as they should be"), words, "⚠", (Button(_("See"), "deliveries"),))
    if not (old or bad):
        yield _("All well.")


def _buttons(h: Home) -> Iterator[Button]:
    yield Button(_("Say when you are away"), "away", form=True)
    if h.away:
        yield Button(_("I am not away"), "away off")
