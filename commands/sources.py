"""sources: how old each export is, what the last load rejected, and where the two agencies' records differ."""

from collections.abc import Mapping

from bot import asked
from bot.command import Ask, Command
from bot.reply import Fact, Reply, Table
from bot.rules import clock, freshness
from bot.rules.model import Freshness


def run(ask: Ask) -> Reply:
    """Counts only: nothing here says anything of one child."""
    asked.read(ask, most_periods=0)
    report = ask.facts.source_report(ask.now)
    ages = tuple(_row(ask, f, report.rejected) for f in report.freshness)
    gaps = tuple((g.what, g.count, g.advice) for g in report.gaps)
    return Reply(
        title="Sources",
        level=0,
        text=tuple(freshness.say(f, ask.now) for f in report.freshness),
        facts=tuple(Fact(g.what, g.count) for g in report.gaps),
        tables=(
            Table(
                "Exports",
                ("Source", "Taken", "State", "Rows", "Rejected", "Stale after (h)", "Refused after (h)"),
                ages,
            ),
            Table("Differences to look at", ("What", "Episodes", "What to do"), gaps),
        ),
        footer=(f"At {clock.say(ask.now)}. What does not match is kept and counted, never dropped or guessed.",),
    )


def _row(ask: Ask, f: Freshness, rejected: Mapping[str, int]) -> tuple[str | int | float | None, ...]:
    taken = clock.say_short(f.taken_at) if f.taken_at else "never"
    return (
        f.name,
        taken,
        freshness.state(f, ask.now),
        f.rows,
        rejected.get(f.source, 0),
        f.stale_after_hours,
        f.refuse_after_hours,
    )


COMMAND = Command(
    name="sources",
    summary="How old the data are, what was rejected, where police and council records differ",
    usage="sources",
    examples=("sources",),
    actions=("sources",),
    run=run,
)
