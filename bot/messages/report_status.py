"""A report on its way from draft to signed, in words: its state, its steps, and for whom it waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.conversation.command import Ask
from bot.conversation.reply import Button, ReportFile
from bot.rules.catalogue import _, code_words, n_
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.reports import signing
from bot.rules.reports.signing import STEPS, Report, StepKind, may_draft, not_made, why_not
from bot.rules.reports.snapshot import SHOWN
from bot.rules.time.clock import local_day, say_date, say_near
from bot.rules.time.period import period_of

LABELS: dict[StepKind, str] = {"check": _("Check"), "sign": _("Sign"), "withdraw": _("Withdraw")}


def visible(ask: Ask) -> list[Report]:
    """Return the reports that are shown here: signed ones, and in private drafts to those who draft."""
    drafts = ask.request.place.level == 2 and may_draft(ask.request.actor, local_day(ask.now))
    return [r for r in ask.facts.reports() if drafts or r.state == "signed"]


def state(report: Report) -> str:
    """Write the state in one word or two."""
    if report.state == "draft" and not report.snapshot:
        return _("draft, not made yet")
    if report.state == "checked" and report.signatures:
        return _("signed by the {agency}", agency=code_words(report.signatures[0].agency))
    return {
        "draft": _("draft"),
        "checked": _("checked"),
        "signed": _("signed"),
        "withdrawn": _("withdrawn"),
    }[report.state]


def waits_for(report: Report) -> str:
    """Say who has to act next; empty where the report is over."""
    if report.state == "draft":
        return _("waits for a second person to check it, not {author}", author=report.author)
    if report.state == "checked":
        agencies = _(" and the ").join(code_words(a) for a in report.lacking)
        return _("waits for a strategic lead of the {agencies} to sign", agencies=agencies)
    return ""


def snapshot(report: Report) -> str:
    """Write 'snapshot 1a2b3c4d', or that there is none yet."""
    return _("snapshot {id}", id=report.snapshot[:SHOWN]) if report.snapshot else _("no snapshot yet")


def history(report: Report, now: datetime) -> tuple[str, ...]:
    """Write a line for the draft and each step."""
    return (
        _("Drafted by {by}, {when}.", by=report.author, when=say_near(report.drafted_at, now)),
        *(_step(s.kind, s.by, s.agency, say_near(s.at, now)) for s in report.steps),
    )


def _step(kind: StepKind, by: str, agency: str, when: str) -> str:
    if kind == "sign":
        return _("Signed for the {agency} by {by}, {when}.", agency=code_words(agency), by=by, when=when)
    return {
        "words": _("Words handed in by {by}, {when}.", by=by, when=when),
        "check": _("Checked by {by}, {when}.", by=by, when=when),
        "withdraw": _("Withdrawn by {by}, {when}.", by=by, when=when),
    }[kind]


def facts(report: Report) -> tuple[str, ...]:
    """Write what a reader must know of the document: its snapshot, the leads' words, and erased records."""
    lines = [_("Made from {snapshot}.", snapshot=snapshot(report))] if report.snapshot else []
    if report.is_open and not report.snapshot:
        lines.append(not_made(report))
    if report.files:
        prints = ", ".join(f"{f.form} {f.sha256[:16]}" for f in report.files)
        lines.append(_("SHA-256 of its files begins: {prints}.", prints=prints))
    if report.paragraphs and report.state != "withdrawn":
        lines.append(words(report))
    if report.erased_on is not None:
        day = say_date(report.erased_on)
        kept = (
            _("the signed document is kept")
            if report.state == "signed"
            else _("withdraw this draft and draft it again")
        )
        lines.append(_("It can no longer be made again: its records were erased on {day}; {kept}.", day=day, kept=kept))
    return tuple(lines)


def words(report: Report) -> str:
    """Say how the file of a report with the leads' own words is had: they do not go through chat."""
    return n_(
        "It has {n} paragraph of the leads' own words, which do not go through chat. On the server: "
        "python -m bot report {number} --to FOLDER",
        "It has {n} paragraphs of the leads' own words, which do not go through chat. On the server: "
        "python -m bot report {number} --to FOLDER",
        report.paragraphs,
        number=report.id,
    )


def buttons(report: Report, person: Person, now: datetime) -> tuple[Button, ...]:
    """Return a button for each step that this person may take now, the next one first."""
    today = local_day(now)
    allowed = [k for k in STEPS if not why_not(report, k, person, now, today)]
    found = [Button(LABELS[k], step_command(report, k), primary=k != "withdraw") for k in allowed]
    return (*found, *([Button(_("Get the file"), f"report {report.id} file")] if _has_file(report) else []))


def _has_file(report: Report) -> bool:
    return report.state != "withdrawn" and not (report.snapshot and report.paragraphs)


def step_command(report: Report, kind: StepKind) -> str:
    """Return the command of a step on the document that the reader was shown."""
    return f"report {report.id} {kind}" + ("" if kind == "withdraw" else f" {report.snapshot[:SHOWN]}")


def preparing(period: Period) -> str:
    return _("Preparing the report of {period} ...", period=period.label)


def handed_over(words: str) -> str:
    """Say where the files come; `words` are those of the verb: a period or a number."""
    return _(
        "In a minute its files come: in Slack here, in Teams to your own chat with me. At the terminal: "
        "python -m bot report {words} --to FOLDER",
        words=words,
    )


def file_command(file: ReportFile, reports: Sequence[Report]) -> str:
    """Return the command that hands over a file again; a draft has a number by then."""
    period = period_of(date.fromisoformat(file.first), date.fromisoformat(file.last))
    drafted = signing.open_report(reports, period) if file.draft else None
    number = drafted.id if drafted else file.number
    return f"report {period.label}" if number is None else f"report {number} file"


def title(period: Period, number: int | None = None) -> str:
    if number is None:
        return _("Report of {period}", period=period.label)
    return _("Report {number} of {period}", number=number, period=period.label)
