"""report: the half-yearly report as a file, and its way from draft to signed.

The answer never waits for the document: it is made afterwards (`Reply.file`). What is drafted, checked and signed is
the published report, of counts on the released sheet alone; exact figures are for one person and are never signed.
"""

from __future__ import annotations

import re
from typing import cast

from bot.conversation import arguments, child_lookup
from bot.conversation.command import Ask, Command, CommandDesk, Refused, Request, Unclear
from bot.conversation.reply import Button, Reply, ReportFile
from bot.messages import report_status
from bot.messages.released_figures import ReleasedFigures
from bot.rules.access.permissions import Grant, Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released_periods import halves_of, may_be_released
from bot.rules.effects import DraftReport, Effect, NotifyPerson, NotifyRole, TakeReportStep
from bot.rules.figures import is_incomplete
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.reports import signing
from bot.rules.reports.signing import Report, StepKind
from bot.rules.reports.snapshot import SHOWN
from bot.rules.text.area_names import ALL
from bot.rules.time.clock import local_day
from bot.rules.time.period import previous

DRAFT = "draft"
#: A number of at most three digits is a report's; four are a year.
_NUMBERED = re.compile(r"#?(\d{1,3})(?:[\s:]+(file|check|sign|withdraw)(?:[\s:]+([0-9a-f]{8}))?)?[.!]?", re.ASCII)


def run(ask: Ask) -> Reply:
    """Hand over the report of a period, draft it, or show a numbered report or take a step on it."""
    ask.grant("counts")
    numbered = _NUMBERED.fullmatch(" ".join(ask.words).casefold())
    if numbered is not None:
        return _numbered(ask, int(numbered[1]), numbered[2] or "", numbered[3] or "")
    drafting = bool(ask.words) and ask.words[-1].casefold().rstrip(".!") == DRAFT
    wanted = arguments.read(ask, ask.words[:-1] if drafting else ask.words)
    if wanted.area is not None:
        raise Unclear(_("The report is of the whole county: name a period alone."))
    ask.scope("counts", ALL)
    period = wanted.period(ask)
    return _draft(ask, period) if drafting else _of_period(ask, period)


# -- the report of a period --


def _of_period(ask: Ask, period: Period) -> Reply:
    """Hand over the report of a period: exact for one person who may have exact files, else the published one."""
    issue = signing.newest_issue(ask.facts.reports(), period)
    if _exact_file(ask):
        text = [_("With exact figures, for you alone: not for publication.")]
        if issue:
            text.append(_("The signed one is report {number}.", number=issue.id))
        return Reply(
            title=report_status.title(period),
            level=0,
            text=(report_status.preparing(period), *_days(period), *text),
            footer=(report_status.handed_over(period.label),),
            file=_file(period, published=False),
            buttons=_to_draft(ask, period),
        )
    if issue is not None:
        return _hand_over(ask, issue)
    _release(ask, period)
    return Reply(
        title=report_status.title(period),
        level=0,
        text=(
            report_status.preparing(period),
            *_days(period),
            _("Not signed. Small numbers are hidden in it, as in every channel."),
        ),
        footer=(report_status.handed_over(period.label),),
        file=_file(period, published=True),
        buttons=_to_draft(ask, period) if ask.request.place.level == 2 else (),
    )


def _exact_file(ask: Ask) -> bool:
    """Return True for one person in private whose roles may have true counts of the county in a file."""
    decision = ask.desk.decide(ask.request, "counts")
    every_area = tuple(a.id for a in ask.partnership.areas)
    return ask.request.place.level == 2 and isinstance(decision, Grant) and decision.exact(True, every_area)


def _release(ask: Ask, period: Period) -> None:
    """Release a half-year and the one before for the first time; Unclear for a period that is never released."""
    shown, begins = ask.facts.released_periods(), ask.partnership.year_begins
    until = arguments.data_until(ask)
    why = arguments.not_released(ask, period)
    if why or halves_of(period, shown, begins) != (period,) or is_incomplete(period, ask.now, until):
        usual = arguments.last_half_year(ask).label
        sentence = _("The published report is of a whole half-year that is over, such as {usual}.", usual=usual)
        raise Unclear(" ".join(filter(None, (sentence, why))), f"report {usual}", title=_("Not shown here"))
    # The sheets that the report reads are released with this answer, where that was not done: it is made afterwards.
    figures, county = ReleasedFigures(ask), Scope(tuple(a.id for a in ask.partnership.areas))
    for each in (period, previous(period)):
        if may_be_released(each, shown, begins) and not arguments.not_released(ask, each):
            figures.frequency(county, each)


def _days(period: Period) -> tuple[str, ...]:
    return (f"{arguments.days(period)}.",)


def _file(period: Period, *, published: bool, number: int | None = None, draft: bool = False) -> ReportFile:
    return ReportFile(period.first.isoformat(), period.last.isoformat(), published, number, draft)


def _to_draft(ask: Ask, period: Period) -> tuple[Button, ...]:
    """Offer a draft to a person who may draft, where none is under way."""
    under_way = signing.open_report(ask.facts.reports(), period)
    if not signing.may_draft(ask.request.actor, local_day(ask.now)):
        return ()
    if under_way is not None:
        return (Button(_("Report {number}", number=under_way.id), f"report {under_way.id}"),)
    is_half = halves_of(period, ask.facts.released_periods(), ask.partnership.year_begins) == (period,)
    return (Button(_("Draft it"), f"report {period.label} {DRAFT}"),) if is_half else ()


def _draft(ask: Ask, period: Period) -> Reply:
    """Draft the report of a half-year. Its document is made after the answer, and kept."""
    person = _in_private(ask)
    if not signing.may_draft(person, local_day(ask.now)):
        raise Refused("role", detail=_("Strategic leads and analysts draft reports."))
    _release(ask, period)
    if other := signing.open_report(ask.facts.reports(), period):
        offers = (Button(_("Report {number}", number=other.id), f"report {other.id}"),)
        return Reply(_("Not done"), 0, (under_way(other),), status="refused", buttons=offers)
    ask.log.action, ask.log.reason = "report draft", period.label
    ask.log.effects += [DraftReport(period.first, period.last, person.id, person.agency, ask.now)]
    return Reply(
        title=report_status.title(period),
        level=0,
        text=(
            _("Drafted. Its document is being made, from the records of now."),
            _("Next: a second person checks it, then a strategic lead of each agency signs it."),
        ),
        file=_file(period, published=True, draft=True),
        buttons=(Button(_("All reports"), "reports"),),
    )


def under_way(other: Report) -> str:
    return _(
        "Report {number} of {period}, drafted by {author}, is under way: withdraw it first, or go on with it.",
        number=other.id,
        period=other.period.label,
        author=other.author,
    )


# -- a numbered report --


def _numbered(ask: Ask, number: int, step: str, seen: str) -> Reply:
    """Show a report, hand over its file, or take a step on the document that was seen."""
    report = find(ask, number)
    if step == "file":
        return _hand_over(ask, report)
    if step:
        return _take(ask, report, cast(StepKind, step), seen)
    private, actor = ask.request.place.level == 2, ask.request.actor
    return Reply(
        title=report_status.title(report.period, report.id),
        level=0,
        text=(
            _state_and_next(report),
            *report_status.history(report, ask.now),
            *report_status.facts(report),
        ),
        buttons=report_status.buttons(report, actor, ask.now) if private and actor else (),
    )


def _state_and_next(report: Report) -> str:
    state, waits = report_status.state(report), report_status.waits_for(report)
    return _("State: {state}, {waits}.", state=state, waits=waits) if waits else _("State: {state}.", state=state)


def find(ask: Ask, number: int) -> Report:
    """Return a report that this person may see here; others and unknown ones are refused in the same words."""
    found = next((r for r in report_status.visible(ask) if r.id == number), None)
    if found is None:
        raise Unclear(_("There is no report {number} that I can show you here.", number=number), "reports")
    return found


def _hand_over(ask: Ask, report: Report) -> Reply:
    """Hand over the file of a report; one with the leads' own words never goes through chat."""
    title = report_status.title(report.period, report.id)
    if report.state == "withdrawn":
        return Reply(_("Not done"), 0, (_("It was withdrawn: its document is not kept."),), status="refused")
    if report.paragraphs:
        # A document that is not made yet is made and kept; nothing of it comes to chat.
        file = None if report.snapshot else _file(report.period, published=True, number=report.id)
        return Reply(title, 0, (report_status.words(report),), file=file)
    state, made_from = report_status.state(report), report_status.snapshot(report)
    return Reply(
        title=title,
        level=0,
        text=(
            report_status.preparing(report.period),
            *_days(report.period),
            _("State: {state}; {snapshot}.", state=state, snapshot=made_from),
        ),
        footer=(report_status.handed_over(str(report.id)),),
        file=_file(report.period, published=True, number=report.id),
    )


def _take(ask: Ask, report: Report, kind: StepKind, seen: str) -> Reply:
    """Take a person's step on a report; what is checked and signed is the document that they were shown."""
    person, today = _in_private(ask), local_day(ask.now)
    title = report_status.title(report.period, report.id)
    if reason := signing.why_not(report, kind, person, ask.now, today):
        return Reply(_("Not done"), 0, (reason,), status="refused")
    if kind != "withdraw" and seen != report.snapshot[:SHOWN]:
        label = report_status.LABELS[kind]
        text = (
            _("The document of report {number} is another one than you were shown.", number=report.id)
            if seen
            else _("Read its file first: {snapshot}.", snapshot=report_status.snapshot(report))
        )
        again = Button(label, report_status.step_command(report, kind), primary=True)
        return Reply(
            _("Nothing recorded yet"), 0, (text, *report_status.facts(report)), status="unclear", buttons=(again,)
        )
    ask.log.action = f"report {kind}"
    ask.log.reason = f"report {report.id} of {report.period.label}, snapshot {report.snapshot[:SHOWN] or 'none'}"
    ask.log.effects.append(TakeReportStep(report.id, report.version, report.snapshot, kind, person.id, ask.now))
    ask.log.effects += _told(ask, report, kind, person.agency)
    done = {
        "check": _("Checked. The strategic leads of both agencies are told that it waits for them."),
        "sign": _("Signed for your agency."),
        "withdraw": _("Withdrawn. Its document is deleted, with any words of the leads."),
    }[kind]
    is_last = kind == "sign" and len(report.lacking) == 1
    last = (_("Both agencies have signed: nothing changes it any more."),) if is_last else ()
    return Reply(title, 0, (done, *last), buttons=(Button(_("Look at it"), f"report {report.id}"),))


def _told(ask: Ask, report: Report, kind: StepKind, agency: str) -> list[Effect]:
    """Return the notices of a step: to the leads when it waits for them, to the author when it is signed."""
    named = {"number": report.id, "period": report.period.label}
    if kind == "check":
        text = _("Report {number} of {period} waits for your signature. See: report {number}.", **named)
        return [NotifyRole(signing.SIGNS, "report", text, ask.now)]
    if kind == "sign" and len(report.lacking) == 1:
        text = _("Report {number} of {period} is signed by both agencies. See: report {number}.", **named)
        return [NotifyPerson(report.author, "report", text, ask.now)]
    return []


def _in_private(ask: Ask) -> Person:
    if ask.request.place.level != 2:
        raise Refused("place_level")
    return child_lookup.who(ask)


def _is_of_the_county(desk: CommandDesk, request: Request) -> bool:
    """Offer it to people, and in channels, of the whole county: signed reports are in `reports` for the others."""
    decision = desk.decide(request, "counts")
    return isinstance(decision, Grant) and decision.areas == decision.every_area and request.place.areas is None


COMMAND = Command(
    name="report",
    summary=_("The half-yearly report as a file; drafting, checking and signing it"),
    usage="report [PERIOD [draft] | NUMBER [file|check|sign|withdraw]]",
    examples=("report 2017-H1",),
    actions=("counts",),
    run=run,
    fits=_is_of_the_county,
    words=dict.fromkeys(("half-yearly report", "prevalence report", "prevalence"), ""),
)
