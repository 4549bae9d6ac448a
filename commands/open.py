"""open: every child missing now, ungraded first, then by the police's grade and time missing."""

from datetime import timedelta

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
    age = freshness.say(police, ask.now)
    if not freshness.usable(police, ask.now):
        return Reply(f"Missing now, {name}: not known", 1, (age,), status="failed")
    everybody = ask.facts.open_episodes(scope, ask.now)
    died = ask.facts.died([x.child_id for x in everybody])  # nothing is posted of them (edge case 35)
    episodes = in_list_order([x for x in everybody if x.child_id not in died], ask.now)
    missing, away = ([x for x in episodes if x.kind == kind] for kind in ("missing", "away"))
    twice = second_records(episodes)
    tables = (
        _table(ask, "Missing now", missing, twice),
        _table(ask, "Away from placement, whereabouts known", away, twice),
    )
    at = f"At {clock.say(ask.now)}."
    if not missing and not died:
        # With a source in doubt, "nobody is missing" becomes "nobody is known to be missing".
        sure = freshness.state(police, ask.now) == "ok"
        at = f"Nobody is {'' if sure else 'known to be '}missing at {clock.say(ask.now)}."
    return Reply(
        title=f"Missing now, {name}: {children(missing)}",
        level=1,
        text=(*freshness.warnings((police,), ask.now, exact=True), at),
        facts=(
            Fact("Children missing now", children(missing)),
            Fact("Away, whereabouts known", children(away)),
        ),
        tables=tuple(t for t in tables if t.rows),
        footer=(age,),
        buttons=arguments.look_up(ask, [x.child_ref for x in episodes]),
    )


def _table(ask: Ask, title: str, episodes: list[Episode], twice: frozenset[int]) -> Table:
    columns = ("Child", "Grade", "Since", "Hours", "Age band", "Whose", "Area", "Look at")
    widest = max((r.days for r in ask.partnership.repeat_rules), default=0)
    starts = ask.facts.starts([x.child_id for x in episodes], ask.now - timedelta(days=widest), ask.now)
    rows: list[tuple[Cell, ...]] = []
    for x in episodes:
        met = triggers(starts.get(x.child_id, ()), ask.partnership.repeat_rules[:1], ask.now)
        # A start that could not be read is said, without hours.
        since: tuple[Cell, Cell] = doubts.WORDS[doubts.START], None
        if doubts.START not in x.doubts:
            since = clock.say_near(x.start_at, ask.now), round((ask.now - x.start_at) / timedelta(hours=1), 1)
        look_at = ", ".join((*flag_words(x, met, ask.now), *([SECOND_RECORD] if x.id in twice else [])))
        rows.append((x.child_ref, grade_word(x, ask.now), *since, x.age_band, category(x), x.area, look_at))
    return Table(title, columns, tuple(rows))


COMMAND = Command(
    name="open",
    summary="Every child missing now",
    usage="open [AREA]",
    examples=("open", "open north"),
    actions=("open_list",),
    run=run,
)
