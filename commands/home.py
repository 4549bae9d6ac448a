"""home: a person's interviews, team, settings, and the state of the bot."""

from datetime import timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply
from bot.messages.home import Home, compose
from bot.rules.access.permissions import Grant
from bot.rules.catalogue import _
from bot.rules.queries.digest_content import open_interviews
from bot.rules.time.clock import day_start, local_day

#: The kinds of delivery that make up a channel's digest.
OF_CHANNELS = ("digest", "thread")


def run(ask: Ask) -> Reply:
    """Compose the parts that are granted; every person listed has a home. Only open cases are read."""
    me, today = child_lookup.who(ask), local_day(ask.now)
    found = []
    if ask.may("open_list") and ask.areas("open_list"):
        found = open_interviews(ask.facts, ask.scope("open_list", None), ask.now)
    # A hand-over waits for an answer, so it comes first; the others by time left.
    mine = sorted((i for i in found if i.is_for(me)), key=lambda i: i.standing.asked != me.id)
    team: tuple[str, ...] = ()
    if ask.may("open_list"):
        # Areas whose calls the person acknowledges, or all of whose interviews they may update.
        theirs = set(ask.areas("acknowledge") if ask.may("acknowledge") else ())
        update = ask.desk.decide(ask.request, "interview_update")
        if isinstance(update, Grant) and any(held.reach != "own_cases" for held in update.role_grants):
            theirs |= set(ask.areas("interview_update"))
        team = tuple(a for a in ask.areas("open_list") if a in theirs)
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


COMMAND = Command(
    name="home",
    summary=_("My interviews, my team, my settings and how the bot is"),
    usage="home",
    examples=("home",),
    actions=("my_access",),
    run=run,
    aliases=("my",),
)
