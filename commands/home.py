"""home: for one person, what waits for them, how their team stands, their settings, and whether the bot is well."""

from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply
from bot.messages.home import Home, compose
from bot.rules.access.permissions import Grant
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.queries.interview_list import open_interviews
from bot.rules.time.clock import day_start, local_day

#: Of these a channel's digest is made.
OF_CHANNELS = ("digest", "thread")


def run(ask: Ask) -> Reply:
    """Everybody listed has a home; each part is there only where it is granted. Read is what is open, and no more."""
    me, today = child_lookup.who(ask), local_day(ask.now)
    found = _open(ask)
    mine = [i for i in found if i.is_for(me)]
    team = _team_areas(ask) if ask.may("open_list") else ()
    reminded = ask.may("interview_update") or bool(team)
    since, until = day_start(today), day_start(today + timedelta(days=1))
    return compose(
        Home(
            me=me.id,
            partnership=ask.partnership,
            now=ask.now,
            sources=ask.facts.freshness(ask.now),
            mine=mine if mine or _may_own(ask) else None,
            team=[i for i in found if i.episode.area in team] if team else None,
            team_areas=team,
            areas=ask.areas("open_list") if reminded and ask.may("open_list") else (),
            away=[a for a in ask.facts.work.absences(today) if a.person == me.id],
            digests=[d for d in ask.facts.deliveries(since, until) if d.kind in OF_CHANNELS],
        )
    )


def _open(ask: Ask) -> list[OpenInterview]:
    """What `interviews` lists for this person."""
    if not ask.may("open_list") or not ask.areas("open_list"):
        return []
    return open_interviews(ask.facts, ask.scope("open_list", None), ask.now)


def _may_own(ask: Ask) -> bool:
    return ask.may("interview_update") and ask.may("open_list")


def _team_areas(ask: Ask) -> tuple[str, ...]:
    """The areas somebody answers for: whose calls they acknowledge, or all of whose interviews they may update."""
    acknowledged = ask.areas("acknowledge") if ask.may("acknowledge") else ()
    updated = ask.areas("interview_update") if _updates_areas(ask) else ()
    return tuple(a for a in ask.areas("open_list") if a in (*acknowledged, *updated))


def _updates_areas(ask: Ask) -> bool:
    decision = ask.desk.decide(ask.request, "interview_update")
    return isinstance(decision, Grant) and any(r.reach != "own_cases" for r in decision.role_grants)


COMMAND = Command(
    name="home",
    summary="My interviews, my team, my settings and how the bot is",
    usage="home",
    examples=("home",),
    actions=("my_access",),
    run=run,
    aliases=("my",),
)
