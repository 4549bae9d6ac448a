"""home: one's own interviews, how one's areas stand, one's settings, and how the bot is; for one person in private."""

from __future__ import annotations

from datetime import timedelta

from bot import look_up, said
from bot.command import Ask, Command
from bot.owed import open_interviews
from bot.reply import Button, Reply, Section
from bot.report.interview import on_line
from bot.rules import clock, freshness
from bot.rules.model import Freshness
from bot.rules.open_interviews import OpenInterview
from bot.rules.partnership import Area
from bot.rules.posting import Channel, QuietHours

#: Interviews with buttons; the rest is one press away.
MOST = 8
DAY = timedelta(hours=24)


def run(ask: Ask) -> Reply:
    """Each part only for whoever may have it; nothing is counted that a list would not show."""
    mine, team = _interviews(ask)
    shown = mine[:MOST]
    lines = tuple(said.interview_line(i, ask.partnership, ask.now) for i in shown)
    hidden = len(mine) - len(shown)
    return Reply(
        title=_title(ask, mine),
        level=2,
        text=(*lines, *([f"… and {hidden} more: interviews mine"] if hidden else [])),
        sections=(*_team(ask, team), _settings(ask), _bot(ask)),
        buttons=(
            *(b for line, i in enumerate(shown) for b in on_line(i, line)),
            *([Button("Show all", "interviews mine")] if hidden else []),
            *_asks(ask),
        ),
    )


def _interviews(ask: Ask) -> tuple[list[OpenInterview], list[OpenInterview]]:
    """One's own, least time left first, and all of the areas one may list."""
    if not ask.may("open_list") or not freshness.usable(_source(ask), ask.now):
        return [], []
    scope = ask.scope("open_list", None)
    found = open_interviews(ask.facts, scope, ask.now)
    person = look_up.who(ask)
    return [i for i in found if i.is_for(person)], found if scope.cases_of is None else []


def _source(ask: Ask) -> Freshness:
    return next(f for f in ask.facts.freshness(ask.now) if f.source == "interviews")


def _title(ask: Ask, mine: list[OpenInterview]) -> str:
    """No number where none can be given: it would be read as zero."""
    if not ask.may("open_list"):
        return "Your page"
    source = _source(ask)
    return f"My interviews ({len(mine)})" if freshness.usable(source, ask.now) else "My interviews: not known"


def _team(ask: Ask, found: list[OpenInterview]) -> tuple[Section, ...]:
    """For whoever answers for areas, not for cases."""
    if not found:
        return ()
    soon = sum(i.undone and timedelta() <= i.left <= DAY for i in found)
    counts = (
        f"{sum(i.unowned for i in found)} need an owner",
        f"{sum(i.overdue for i in found)} overdue",
        f"{soon} due in the next 24 hours",
        f"{len(found)} open in all",
    )
    return (Section("My areas", (" · ".join(counts),)),)


def _settings(ask: Ask) -> Section:
    person, today = look_up.who(ask), clock.local_day(ask.now)
    away = ask.facts.work.away(today).get(person.id)
    hours = {_hours(q) for q in _quiet(ask)}
    lines = [f"Reminders come {each}." for each in sorted(hours)]
    if away is None:
        lines.append("You are not away.")
    else:
        last = clock.say_day_near(clock.day_start(away.last), ask.now)
        lines.append(f"You are away until {last}{f', covered by {away.cover}' if away.cover else ''}.")
    return Section("My settings", tuple(lines))


def _quiet(ask: Ask) -> list[QuietHours]:
    own = {a for held in look_up.who(ask).roles for a in held.areas}
    areas: list[Area] = [a for a in ask.partnership.areas if not own or a.id in own]
    return [a.quiet_hours or ask.partnership.quiet_hours for a in areas]


def _hours(quiet: QuietHours) -> str:
    """Quiet from evening to morning, so open from the end of it to its start."""
    days = ", ".join(day.capitalize() for day in quiet.working_days)
    return f"{quiet.end:%H:%M} to {quiet.start:%H:%M} on {days}, but for bank holidays"


def _bot(ask: Ask) -> Section:
    ages = [freshness.say(f, ask.now) for f in ask.facts.freshness(ask.now)]
    sent = [line for channel in _channels(ask) if (line := _digest(ask, channel))]
    return Section("The bot", (*ages, *sent))


def _channels(ask: Ask) -> list[Channel]:
    """Those of the areas somebody may ask for."""
    own = {a for held in look_up.who(ask).roles for a in held.areas}
    return [c for c in ask.partnership.channels if not own or own & set(c.areas)]


def _digest(ask: Ask, channel: Channel) -> str:
    """What became of today's digest; nothing before it is due."""
    today = clock.day_start(clock.local_day(ask.now))
    found = ask.facts.deliveries(today, today + timedelta(days=1))
    row = next((d for d in found if d.kind == "digest" and d.audience == channel.id), None)
    if row is None:
        return ""
    when = f" {clock.to_london(row.sent_at):%H:%M}" if row.sent_at else ""
    return f"Digest of {channel.name}: {row.state}{when}"


def _asks(ask: Ask) -> tuple[Button, ...]:
    lists = (Button("Interviews", "interviews"), Button("Missing now", "open")) if ask.may("open_list") else ()
    counts = (Button("Today", "today"),) if ask.may("open_list") or ask.may("counts") else ()
    away = (Button("Away", "away", form=True),) if ask.may("interview_update") else ()
    return (*counts, *lists, *away, Button("Help", "help"))


COMMAND = Command(
    name="home",
    summary="Your interviews, how your areas stand, your settings, and how the bot is",
    usage="home",
    examples=("home",),
    actions=("my_access",),
    run=run,
    aliases=("my",),
)
