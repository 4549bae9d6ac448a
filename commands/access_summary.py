"""access-summary: a month's looks, refusals, break-glass, files and changes by role and agency, for leads."""

from collections import Counter, defaultdict
from datetime import timedelta

from bot.conversation.arguments import must_be_known, periods_in
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Fact, Reply, Table
from bot.rules.access.break_glass import review_due
from bot.rules.catalogue import _, code_words
from bot.rules.queries.facts import Tally
from bot.rules.time.clock import local_day, say_date, window
from bot.rules.time.period import parse_period

ENDS_WITHIN = timedelta(days=30)
LOOKS = frozenset({"child", "break-glass", "who-looked"})
NOT_REFUSALS = frozenset({"answered", "done", "unclear", "failed", "overtaken"})
COLUMNS = ("Looks", "Other", "Refused", "Files", "Changes")


def run(ask: Ask) -> Reply:
    """Count staff's requests of a month, the last complete one by default. No reference is shown."""
    ask.grant("access_summary")
    periods, rest = periods_in(ask, ask.words)
    if rest or len(periods) > 1:
        raise Unclear(_("Name one month, such as 2017-06, or none for the last complete one."))
    period = periods[0] if periods else parse_period("last month", ask.now)
    today = local_day(ask.now)
    if period.first > today:
        must_be_known(ask, period)
    trail, (since, until) = ask.facts.trail, window(period)
    totals, refused = Counter[str](), Counter[tuple[str, str, str]]()
    by_role: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for t in trail.tallies(since, until):
        column = _column(t)
        roles = code_words(t.role).replace(",", ", ") or _("none: the server, or nobody listed")
        totals[column] += t.count
        by_role[roles, t.agency][column] += t.count
        if column == "Refused":
            refused[code_words(t.outcome), roles, t.agency] += t.count
    opened = trail.opened_between(since, until)
    by_person: dict[str, Counter[str]] = defaultdict(Counter)
    for g in opened:
        by_person[g.person][g.verdict or "waiting"] += 1
    in_all = (
        (_("Looks at a child"), totals["Looks"]),
        (_("Other questions"), totals["Other"]),
        (_("Refused"), totals["Refused"]),
        (_("Answers as a file"), totals["Files"]),
        (_("Changes"), totals["Changes"]),
        (_("Children opened outside the area"), len(opened)),
    )
    waiting = trail.waiting()
    overdue = sum(review_due(g.since, ask.partnership) <= ask.now for g in waiting)
    held = [(h.expires, p, h) for p in trail.listed() if p.active for h in p.roles if h.expires is not None]
    soon = sorted((e, p.id, p.agency, h.role) for e, p, h in held if today <= e <= today + ENDS_WITHIN)
    return Reply(
        title=_("Access, {period}", period=period.label),
        level=2,
        text=(
            _(
                "{period_first} to {period_last}. Waiting for review now: {n}, of which overdue: {overdue}.",
                period_first=say_date(period.first),
                period_last=say_date(period.last),
                n=len(waiting),
                overdue=overdue,
            ),
        ),
        facts=tuple(Fact(label, n) for label, n in in_all),
        tables=(
            Table(_("In all"), (_("What"), _("Number")), in_all),
            Table(
                _("By role and agency"),
                (_("Role"), _("Agency"), *COLUMNS),
                tuple((*who, *(counts[c] for c in COLUMNS)) for who, counts in sorted(by_role.items())),
            ),
            Table(
                _("Refusals"),
                (_("Reason"), _("Role"), _("Agency"), _("Number")),
                tuple((*same, count) for same, count in sorted(refused.items(), key=lambda row: (-row[1], row[0]))),
            ),
            Table(
                _("Looks outside the area"),
                (_("Who"), _("Opened"), _("Justified"), _("Not justified"), _("Waiting")),
                tuple(
                    (who, counts.total(), counts["justified"], counts["not_justified"], counts["waiting"])
                    for who, counts in sorted(by_person.items())
                ),
            ),
            Table(
                _("Access that ends soon"),
                (_("Who"), _("Agency"), _("Role"), _("Until")),
                tuple((who, agency, code_words(role), say_date(expires)) for expires, who, agency, role in soon),
            ),
        ),
        footer=(_("Counted from the audit trail; about staff, never about children. For leads alone."),),
    )


def _column(t: Tally) -> str:
    """Return the column in which a row of the trail is counted."""
    if t.outcome not in NOT_REFUSALS:
        return "Refused"
    if t.outcome == "done":
        return "Changes"
    if t.action.endswith(" as a file"):
        return "Files"
    return "Looks" if t.action in LOOKS and t.outcome == "answered" else "Other"


COMMAND = Command(
    name="access-summary",
    summary=_("A month of asking: looks, refusals, break-glass, files and changes, by role and agency"),
    usage="access-summary [MONTH]",
    examples=("access-summary", "access-summary last month"),
    actions=("access_summary",),
    run=run,
    words=dict.fromkeys(
        (
            *("access summary", "summary of access", "questions refused", "how many questions were refused"),
            *("how many were refused", "questions were refused", "refusals"),
        ),
        "",
    ),
)
