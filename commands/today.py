"""today: the digest as it would look now, for the areas you may see; everything in it on request."""

from datetime import timedelta

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply
from bot.messages.digest import compose, compose_counts
from bot.messages.digest_posts import compose_brief
from bot.messages.interview_status import may_update
from bot.rules.catalogue import _
from bot.rules.queries.digest_content import gather
from bot.rules.time.clock import digest_window

ROWS = 12
#: The word that asks for every section.
EVERYTHING = "everything"
LONG_AGO = timedelta(hours=12)


def run(ask: Ask) -> Reply:
    """Show what to look at first, or every section; without the right to lists, the counts alone."""
    words = [word for word in ask.words if word.casefold() != EVERYTHING]
    wanted = arguments.read(ask, words, most_periods=0)
    lists = ask.may("open_list")
    scope = ask.scope("open_list" if lists else "counts", wanted.area)
    # The window begins at the digest time of the channel asked in, or of the partnership's first. In the twelve hours
    # after a digest it begins one digest earlier, so that a morning's window is never empty: 08:00, 10:15 and 06:59 all
    # look back to yesterday's, never over two nights.
    channel = ask.partnership.channel(ask.request.place.name) or ask.partnership.channels[0]
    before, last = digest_window(ask.now, channel.digest.time)
    window = (last if ask.now - last >= LONG_AGO else before, ask.now)
    name = arguments.scope_name(ask, scope)
    if not lists:
        return compose_counts(ask.facts.headline(scope, window, ask.now), name, ask.partnership.disclosure.threshold)
    named = ask.scope("open_list", None)
    morning = gather(ask.facts, ask.partnership, scope, window, ask.now, named=named)
    if len(words) == len(ask.words) and not ask.request.export:
        everything = f"today {EVERYTHING} {arguments.area_word(wanted)}".strip()
        may, private = may_update(ask), ask.request.place.level == 2
        updates = {i.episode.id for i in morning.interviews if may(i)} if private else None
        return compose_brief(morning, ask.partnership, name, everything, updates)
    return compose(morning, ask.partnership, name, ROWS, private=ask.request.place.level == 2)


COMMAND = Command(
    name="today",
    summary=_("What to look at first now; with everything, the whole digest"),
    usage="today [everything] [AREA]",
    examples=("today", "today north", "today everything"),
    actions=("open_list", "counts"),
    run=run,
    words={
        "": "",
        **dict.fromkeys(
            (
                *("morning digest", "todays digest", "the digest", "overnight", "what happened overnight", "now"),
                *(
                    "morning what do i need to know",
                    "what do i need to know",
                    "what happened",
                    "how was",
                    "what happened last night",
                    "anyone out overnight",
                    "morning list",
                ),
            ),
            "",
        ),
    },
    aliases=("digest",),
)
