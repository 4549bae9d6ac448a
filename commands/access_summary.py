"""access-summary: a month of asking, for leads: looks, refusals, break-glass, files and changes, by role and agency."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.conversation.arguments import day, must_be_known
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Cell, Fact, Reply, Table
from bot.rules.access.break_glass import review_due
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.queries.audit_trail import Glass, Tally
from bot.rules.time.clock import local_day, window
from bot.rules.time.period import find_periods, parse_period

ENDS_WITHIN = timedelta(days=30)
LOOKS = frozenset({"child", "break-glass", "who-looked"})
NOT_REFUSALS = frozenset({"answered", "done", "unclear", "failed", "overtaken"})
Rows = tuple[tuple[Cell, ...], ...]


def run(ask: Ask) -> Reply:
    """Numbers of staff's questions, without a reference: for each month, the last complete one if none is named."""
    ask.grant("access_summary")
    period = _period(ask)
    since, until = window(period)
    tallies = ask.facts.trail.tallies(since, until)
    opened = ask.facts.trail.opened_between(since, until)
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
            Table("Refusals", ("Reason", "Role", "Agency", "Number"), _refusals(tallies)),
            Table("Looks outside the area", ("Who", "Opened", "Justified", "Not justified", "Waiting"), _glass(opened)),
            Table("Access that ends soon", ("Who", "Agency", "Role", "Until"), _ending(ask)),
        ),
        footer=("Counted from the audit trail; about staff, never about children. For leads alone.",),
    )


def _period(ask: Ask) -> Period:
    periods, rest = find_periods(ask.words, ask.now)
    if rest or len(periods) > 1:
        raise Unclear("Name one month, such as 2017-06, or none for the last complete one.")
    period = periods[0] if periods else parse_period("last month", ask.now)
    if period.first > local_day(ask.now):
        must_be_known(ask, period)
    return period


def _review_line(ask: Ask) -> str:
    waiting = ask.facts.trail.waiting()
    overdue = sum(review_due(g.since, ask.partnership) <= ask.now for g in waiting)
    return f"Waiting for review now: {len(waiting)}, of which overdue: {overdue}."


def _is_file(t: Tally) -> bool:
    return t.action.endswith(" as a file")


def _what(t: Tally) -> str:
    """The column a row of the trail is counted in."""
    if t.outcome not in NOT_REFUSALS:
        return "Refused"
    if t.outcome == "done":
        return "Changes"
    if _is_file(t):
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


def _refusals(tallies: Iterable[Tally]) -> Rows:
    refused = [t for t in tallies if _what(t) == "Refused"]
    rows = [(t.outcome.replace("_", " "), _roles(t), t.agency, t.count) for t in refused]
    merged: dict[tuple[str, str, str], int] = defaultdict(int)
    for *same, count in rows:
        merged[(str(same[0]), str(same[1]), str(same[2]))] += int(count)
    return tuple((*same, count) for same, count in sorted(merged.items(), key=lambda row: (-row[1], row[0])))


def _roles(t: Tally) -> str:
    return t.role.replace("_", " ").replace(",", ", ") or "none: the server, or nobody listed"


def _glass(opened: Iterable[Glass]) -> Rows:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for g in opened:
        found[g.person][g.verdict or "waiting"] += 1
    return tuple(
        (who, counts.total(), counts["justified"], counts["not_justified"], counts["waiting"])
        for who, counts in sorted(found.items())
    )


def _ending(ask: Ask) -> Rows:
    """Roles that end within thirty days of now."""
    today = local_day(ask.now)
    listed: Sequence[Person] = [p for p in ask.facts.trail.listed() if p.active]
    held = [(h.expires, p, h) for p in listed for h in p.roles if h.expires is not None]
    soon = sorted((e, p.id, p.agency, h.role) for e, p, h in held if today <= e <= today + ENDS_WITHIN)
    return tuple((who, agency, role.replace("_", " "), day(expires)) for expires, who, agency, role in soon)


COMMAND = Command(
    name="access-summary",
    summary="A month of asking: looks, refusals, break-glass, files and changes, by role and agency",
    usage="access-summary [MONTH]",
    examples=("access-summary", "access-summary last month"),
    actions=("access_summary",),
    run=run,
)
