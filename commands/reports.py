"""reports: the drafted and signed half-yearly reports, for whom each waits, and the snapshot it is made from."""

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Reply, Row, Table
from bot.messages import report_status
from bot.rules.catalogue import _
from bot.rules.reports.signing import Report
from bot.rules.time.clock import say_near

MOST = 20
#: Rows with a button.
WITH_BUTTON = 5


def run(ask: Ask) -> Reply:
    """List reports, the newest first: signed ones, and in private drafts to those who draft."""
    ask.grant("counts")
    if periods := arguments.read(ask).periods:
        # "Reports of May" may be the absences that were reported.
        sentence = _("The list of the half-yearly reports takes no period.")
        raise Unclear(sentence, f"report {periods[0].label}", f"stats {periods[0].label}")
    found = list(reversed(report_status.visible(ask)))
    private = ask.request.place.level == 2
    shown = [_row(r, with_button=private and n < WITH_BUTTON) for n, r in enumerate(found[:MOST])]
    waiting = sum(r.is_open for r in found)
    lead = _("{waiting} under way, {n} in all.", waiting=waiting, n=len(found)) if found else _("None yet.")
    columns = (_("Report"), _("Period"), _("State"), _("Waits for"), _("Snapshot"), _("Drafted"))
    cells = tuple(_cells(ask, r) for r in found)
    return Reply(
        title=_("Half-yearly reports"),
        level=0,
        text=(lead, *(() if ask.request.export else shown)),
        tables=(Table(_("Newest first"), columns, cells),) if ask.request.export and found else (),
        footer=(_("The newest {most} of {n} are shown.", most=MOST, n=len(found)),) if len(found) > MOST else (),
        buttons=(Button(_("Report of the last half-year"), "report"),),
    )


def _row(report: Report, *, with_button: bool) -> Row:
    waits = report_status.waits_for(report)
    words = (report_status.state(report), *([waits] if waits else []), report_status.snapshot(report))
    open_it = (Button(_("Open"), f"report {report.id}"),) if with_button else ()
    return Row(report_status.title(report.period, report.id), words, "⏳" if report.is_open else "✓", open_it)


def _cells(ask: Ask, report: Report) -> tuple[Cell, ...]:
    drafted = say_near(report.drafted_at, ask.now)
    state, waits = report_status.state(report), report_status.waits_for(report)
    return (report.id, report.period.label, state, waits, report_status.snapshot(report), drafted)


COMMAND = Command(
    name="reports",
    summary=_("The half-yearly reports: drafts, signed ones, and for whom each waits"),
    usage="reports",
    examples=("reports",),
    actions=("counts",),
    run=run,
    words=dict.fromkeys(("signed reports", "draft reports", "half-yearly reports"), ""),
)
