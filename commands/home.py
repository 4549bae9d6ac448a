"""home: a person's interviews, team, settings, and the state of the bot."""

from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply
from bot.messages.home import Home, compose
from bot.rules.access.permissions import Grant
from bot.rules.queries.digest_content import open_interviews
from bot.rules.time.clock import day_start, local_day

#: Of these a channel's digest is made.
OF_CHANNELS = ("digest", "thread")


def run(ask: Ask) -> Reply:
    """Compose the parts that are granted; every person listed has a home. Only open cases are read."""
    me, today = child_lookup.who(ask), local_day(ask.now)
    found = []
    if ask.may("open_list") and ask.areas("open_list"):
        found = open_interviews(ask.facts, ask.scope("open_list", None), ask.now)
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
            mine=mine if mine or (ask.may("interview_update") and ask.may("open_list")) else None,
            team=[i for i in found if i.episode.area in team] if team else None,
            team_areas=team,
            areas=ask.areas("open_list") if reminded and ask.may("open_list") else (),
            away=[a for a in ask.facts.work.absences(today) if a.person == me.id],
            digests=[d for d in ask.facts.deliveries(since, until) if d.kind in OF_CHANNELS],
        )
    )


def _team_areas(ask: Ask) -> tuple[str, ...]:
    """Return the areas whose calls the person acknowledges, or all of whose interviews they may update."""
    acknowledged = ask.areas("acknowledge") if ask.may("acknowledge") else ()
    decision = ask.desk.decide(ask.request, "interview_update")
    reaches_areas = isinstance(decision, Grant) and any(grant.reach != "own_cases" for grant in decision.role_grants)
    updated = ask.areas("interview_update") if reaches_areas else ()
    return tuple(a for a in ask.areas("open_list") if a in (*acknowledged, *updated))


COMMAND = Command(
    name="home",
    summary="My interviews, my team, my settings and how the bot is",
    usage="home",
    examples=("home",),
    actions=("my_access",),
    run=run,
    aliases=("my",),
)
