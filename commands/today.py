"""today: the digest as it would look now, for the areas you may see."""

from datetime import datetime, time, timedelta

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply
from bot.messages.digest import compose, compose_counts
from bot.rules.queries.digest_content import gather
from bot.rules.time.clock import digest_window

ROWS = 12
LONG_AGO = timedelta(hours=12)


def run(ask: Ask) -> Reply:
    """Show recent changes and open cases; without the right to lists, the counts alone."""
    wanted = arguments.read(ask, most_periods=0)
    lists = ask.may("open_list")
    scope = ask.scope("open_list" if lists else "counts", wanted.area)
    # The channel asked in, or the partnership's first: its digest time begins the window.
    channel = ask.partnership.channel(ask.request.place.name) or ask.partnership.channels[0]
    window = (window_start(ask.now, channel.digest.time), ask.now)
    name = arguments.scope_name(ask, scope)
    if not lists:
        return compose_counts(ask.facts.headline(scope, window, ask.now), name, ask.partnership.disclosure.threshold)
    morning = gather(ask.facts, ask.partnership, scope, window, ask.now)
    return compose(morning, ask.partnership, name, ROWS, private=ask.request.place.level == 2)


def window_start(now: datetime, slot: time) -> datetime:
    """Return the last slot, or in the twelve hours after it the one before: a morning's window is never empty.

    08:00, 10:15 and 06:59 all look back to yesterday's slot: never over two nights.
    """
    before, last = digest_window(now, slot)
    return last if now - last >= LONG_AGO else before


COMMAND = Command(
    name="today",
    summary="The digest as it would look now",
    usage="today [AREA]",
    examples=("today", "today north"),
    actions=("open_list", "counts"),
    run=run,
    aliases=("digest",),
)
