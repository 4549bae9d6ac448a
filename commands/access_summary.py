"""access-summary: a month's looks, refusals, break-glass, files and changes by role and agency, for leads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.conversation.arguments import day, must_be_known
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Cell, Fact, Reply, Table
from bot.rules.access.break_glass import review_due
from bot.rules.partnership.partnership import Person
from bot.rules.queries.audit_trail import Glass, Tally
from bot.rules.time.clock import local_day, window
from bot.rules.time.period import find_periods, parse_period

ENDS_WITHIN = timedelta(days=30)
LOOKS = frozenset({"child", "break-glass", "who-looked"})
NOT_REFUSALS = frozenset({"answered", "done", "unclear", "failed", "overtaken"})
Rows = tuple[tuple[Cell, ...], ...]


def run(ask: Ask) -> Reply:
    """Count staff's questions of a month, the last complete one by default. No reference is shown."""
    ask.grant("access_summary")
    periods, rest = find_periods(ask.words, ask.now)
    if rest or len(periods) > 1:
        raise Unclear("Name one month, such as 2017-06, or none for the last complete one.")
    period = periods[0] if periods else parse_period("last month", ask.now)
    if period.first > local_day(ask.now):
        must_be_known(ask, period)
    since, until = window(period)
    tallies = ask.facts.trail.tallies(since, until)
    opened = ask.facts.trail.opened_between(since, until)
    today = local_day(ask.now)
    listed: Sequence[Person] = [p for p in ask.facts.trail.listed() if p.active]
    held = [(h.expires, p, h) for p in listed for h in p.roles if h.expires is not None]
    soon = sorted((e, p.id, p.agency, h.role) for e, p, h in held if today <= e <= today + ENDS_WITHIN)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for g in opened:
        found[g.person][g.verdict or "waiting"] += 1
    refused = Counter[tuple[str, str, str]]()
    for t in tallies:
        if _what(t) == "Refused":
            refused[t.outcome.replace("_", " "), _roles(t), t.agency] += t.count
    return Reply(
        title=f"Access, {period.label}",
        level=2,
        text=(f"{day(period.first)} to {day(period.last)}. {_review_line(ask)}",),
        facts=tuple(Fact(label, n) for label, n in _totals(tallies, opened).items()),
        tables=(
            Table("In all", ("What", "Number"), tuple(_totals(tallies, opened).items())),
            Table(
                "By role and agency", ("Role", "Agency", "Looks", "Other", "Refused", "Files", "Changes"), _by(tallies)
            ),
            Table(
                "Refusals",
                ("Reason", "Role", "Agency", "Number"),
                tuple((*same, count) for same, count in sorted(refused.items(), key=lambda row: (-row[1], row[0]))),
            ),
            Table(
                "Looks outside the area",
                ("Who", "Opened", "Justified", "Not justified", "Waiting"),
                tuple(
                    (who, counts.total(), counts["justified"], counts["not_justified"], counts["waiting"])
                    for who, counts in sorted(found.items())
                ),
            ),
            Table(
                "Access that ends soon",
                ("Who", "Agency", "Role", "Until"),
                tuple((who, agency, role.replace("_", " "), day(expires)) for expires, who, agency, role in soon),
            ),
        ),
        footer=("Counted from the audit trail; about staff, never about children. For leads alone.",),
    )


def _review_line(ask: Ask) -> str:
    waiting = ask.facts.trail.waiting()
    overdue = sum(review_due(g.since, ask.partnership) <= ask.now for g in waiting)
    return f"Waiting for review now: {len(waiting)}, of which overdue: {overdue}."


def _what(t: Tally) -> str:
    """Return the column in which a row of the trail is counted."""
    if t.outcome not in NOT_REFUSALS:
        return "Refused"
    if t.outcome == "done":
        return "Changes"
    if t.action.endswith(" as a file"):
        return "Files"
    return "Looks" if t.action in LOOKS and t.outcome == "answered" else "Other"


def _totals(tallies: Sequence[Tally], opened: Sequence[Glass]) -> dict[str, int]:
    found = Counter[str]()
    for t in tallies:
        found[_what(t)] += t.count
    return {
        "Looks at a child": found["Looks"],
        "Other questions": found["Other"],
        "Refused": found["Refused"],
        "Answers as a file": found["Files"],
        "Changes": found["Changes"],
        "Children opened outside the area": len(opened),
    }


def _by(tallies: Iterable[Tally]) -> Rows:
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for t in tallies:
        found[_roles(t), t.agency][_what(t)] += t.count
    columns = ("Looks", "Other", "Refused", "Files", "Changes")
    return tuple((*who, *(counts[c] for c in columns)) for who, counts in sorted(found.items()))


def _roles(t: Tally) -> str:
    return t.role.replace("_", " ").replace(",", ", ") or "none: the server, or nobody listed"


COMMAND = Command(
    name="access-summary",
    summary="A month of asking: looks, refusals, break-glass, files and changes, by role and agency",
    usage="access-summary [MONTH]",
    examples=("access-summary", "access-summary last month"),
    actions=("access_summary",),
    run=run,
)
