"""today: the digest as it would look now, for the areas you may see."""

from bot import asked
from bot.command import Ask, Command
from bot.reply import Level, Reply
from bot.report.digest import compose
from bot.report.morning import gather
from bot.rules.clock import digest_window
from bot.rules.partnership import Channel

ROWS = 12


def run(ask: Ask) -> Reply:
    """From the last digest's window up to now. Who may not see lists gets the counts."""
    wanted = asked.read(ask, most_periods=0)
    level: Level = 1 if ask.may("open_list") else 0
    scope = ask.scope("open_list" if level else "counts", wanted.area)
    since, _ = digest_window(ask.now, _channel(ask).digest.time)
    morning = gather(ask.facts, ask.partnership, scope, (since, ask.now), ask.now)
    name = asked.scope_name(ask, scope)
    return compose(morning, ask.partnership, name, level, ROWS)


def _channel(ask: Ask) -> Channel:
    """The channel asked in, or the first of the partnership: its digest time begins the window."""
    return ask.partnership.channel(ask.request.place.name) or ask.partnership.channels[0]


COMMAND = Command(
    name="today",
    summary="The digest as it would look now",
    usage="today [AREA]",
    examples=("today", "today north"),
    actions=("open_list", "counts"),
    run=run,
    aliases=("digest",),
)
