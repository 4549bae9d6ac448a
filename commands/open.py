"""open: every child missing now, ungraded first, then by the police's grade and time missing."""

from datetime import datetime, timedelta

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Cell, Fact, Reply, Table
from bot.messages.episode_lines import SECOND_RECORD, flag_words, grade_word
from bot.rules.episodes import doubts
from bot.rules.episodes.risk_flags import category, children, in_list_order, second_records, triggers
from bot.rules.model import Episode
from bot.rules.time import clock, freshness


def run(ask: Ask) -> Reply:
    """List open episodes (R6) of any day. An old police export is refused, never read as zero."""
    wanted = arguments.read(ask, most_periods=0)
    scope = ask.scope("open_list", wanted.area)
    name = arguments.scope_name(ask, scope)
    police = arguments.source(ask, "police")
    said = freshness.say(police, ask.now)
    if not freshness.usable(police, ask.now):
        return Reply(f"Missing now, {name}: not known", 1, (said,), status="failed")
    everybody = ask.facts.open_episodes(scope, ask.now)
    died = ask.facts.died([x.child_id for x in everybody])  # of them nothing is posted (edge case 35)
    episodes = in_list_order([x for x in everybody if x.child_id not in died], ask.now)
    missing, away = ([x for x in episodes if x.kind == kind] for kind in ("missing", "away"))
    twice = second_records(episodes)
    tables = (
        _table(ask, "Missing now", missing, twice),
        _table(ask, "Away from placement, whereabouts known", away, twice),
    )
    return Reply(
        title=f"Missing now, {name}: {children(missing)}",
        level=1,
        text=(*freshness.warnings((police,), ask.now, exact=True), _at(ask, bool(missing or died))),
        facts=(
            Fact("Children missing now", children(missing)),
            Fact("Away, whereabouts known", children(away)),
        ),
        tables=tuple(t for t in tables if t.rows),
        footer=(said,),
        buttons=arguments.look_up(ask, [x.child_ref for x in episodes]),
    )


def _at(ask: Ask, anybody: bool) -> str:
    """Say the moment. With a source in doubt, "nobody is missing" becomes "nobody is known to be missing"."""
    if anybody:
        return f"At {clock.say(ask.now)}."
    sure = freshness.state(arguments.source(ask, "police"), ask.now) == "ok"
    return f"Nobody is {'' if sure else 'known to be '}missing at {clock.say(ask.now)}."


def _table(ask: Ask, title: str, episodes: list[Episode], twice: frozenset[int]) -> Table:
    columns = ("Child", "Grade", "Since", "Hours", "Age band", "Whose", "Area", "Look at")
    widest = max((r.days for r in ask.partnership.repeat_rules), default=0)
    starts = ask.facts.starts([x.child_id for x in episodes], ask.now - timedelta(days=widest), ask.now)
    rows = (_row(ask, x, starts.get(x.child_id, ()), x.id in twice) for x in episodes)
    return Table(title, columns, tuple(rows))


def _row(ask: Ask, x: Episode, starts: tuple[datetime, ...], twice: bool) -> tuple[Cell, ...]:
    met = triggers(starts, ask.partnership.repeat_rules[:1], ask.now)
    # A start that could not be read is said, without hours.
    since: tuple[Cell, Cell] = doubts.WORDS[doubts.START], None
    if doubts.START not in x.doubts:
        since = clock.say_near(x.start_at, ask.now), round((ask.now - x.start_at) / timedelta(hours=1), 1)
    return (
        x.child_ref,
        grade_word(x, ask.now),
        *since,
        x.age_band,
        category(x),
        x.area,
        ", ".join((*flag_words(x, met, ask.now), *([SECOND_RECORD] if twice else []))),
    )


COMMAND = Command(
    name="open",
    summary="Every child missing now",
    usage="open [AREA]",
    examples=("open", "open north"),
    actions=("open_list",),
    run=run,
)
