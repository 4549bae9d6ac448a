"""The way of a report: drafted, checked by a second person, signed by the leads of both agencies (domain.md 7).

A signed report never changes: a correction is a new draft. Every step is compared with the steps that were read, so
that of two people at once one is first and the other is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.access.permissions import roles_today
from bot.rules.catalogue import _, code_words
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import Agency, Role
from bot.rules.time.clock import say_near

State = Literal["draft", "checked", "signed", "withdrawn"]
StepKind = Literal["words", "check", "sign", "withdraw"]
STEPS: tuple[StepKind, ...] = ("check", "sign", "withdraw")

#: Who drafts a report, and who checks that of another.
DRAFTS: frozenset[Role] = frozenset({"strategic_lead", "analyst"})
#: Who signs, one of each agency.
SIGNS: Role = "strategic_lead"
SIGNATORIES: tuple[Agency, ...] = ("police", "council")

#: A report that was never signed is deleted this long after it was drafted, with the leads' words.
UNSIGNED_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ReportStep:
    """A person's step on a report."""

    kind: StepKind
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One form of the document: the SHA-256 of its bytes."""

    form: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """A drafted report. `snapshot` is empty until its document is made; `paragraphs` counts the leads' own.

    `erased_on` is the first day on which records that it counts were erased.
    """

    id: int
    period: Period
    author: str
    agency: str
    drafted_at: datetime
    steps: tuple[ReportStep, ...] = ()
    snapshot: str = ""
    files: tuple[KeptFile, ...] = ()
    paragraphs: int = 0
    erased_on: date | None = None

    @property
    def version(self) -> int:
        return len(self.steps)

    @property
    def state(self) -> State:
        if any(s.kind == "withdraw" for s in self.steps):
            return "withdrawn"
        if not self.lacking:
            return "signed"
        return "checked" if self.checked_by else "draft"

    @property
    def checked_by(self) -> str:
        return next((s.by for s in self.steps if s.kind == "check"), "")

    @property
    def signatures(self) -> tuple[ReportStep, ...]:
        return tuple(s for s in self.steps if s.kind == "sign")

    @property
    def lacking(self) -> tuple[Agency, ...]:
        """Return the agencies whose lead has not signed."""
        signed = {s.agency for s in self.signatures}
        return tuple(a for a in SIGNATORIES if a not in signed)

    @property
    def is_open(self) -> bool:
        return self.state in ("draft", "checked")


def may_draft(person: Person | None, today: date) -> bool:
    return person is not None and any(held.role in DRAFTS for held in roles_today(person, today))


def may_sign(person: Person | None, today: date) -> bool:
    """Return True for a strategic lead of one of the two agencies."""
    leads = person is not None and any(held.role == SIGNS for held in roles_today(person, today))
    return leads and person is not None and person.agency in SIGNATORIES


def why_not(report: Report, kind: StepKind, person: Person, now: datetime, today: date) -> str:
    """Return the reason against a person's step on a report, in a sentence; empty where they may take it."""
    number = report.id
    if report.state == "signed":
        return _("Report {number} is signed: nothing changes it. A correction is a new draft.", number=number)
    if report.state == "withdrawn":
        last = report.steps[-1]
        when = say_near(last.at, now)
        return _("{by} withdrew report {number} on {when}. Draft it again.", by=last.by, number=number, when=when)
    if kind == "check":
        return _why_not_checked(report, person, today)
    if kind == "sign":
        return _why_not_signed(report, person, today)
    if kind == "words" and report.state == "checked":
        return _("Report {number} is checked. Withdraw it, and hand the words in with a new draft.", number=number)
    if kind == "words" and not may_draft(person, today):
        return _("Only a strategic lead or an analyst can do this.")
    if person.id != report.author and not any(held.role == SIGNS for held in roles_today(person, today)):
        return _("Only {author} or a strategic lead can do this.", author=report.author)
    return ""


def _why_not_checked(report: Report, person: Person, today: date) -> str:
    if not may_draft(person, today):
        return _("Only a strategic lead or an analyst can do this.")
    if person.id == report.author:
        return _("You drafted report {number}: a second person checks it.", number=report.id)
    if report.checked_by:
        return _("{by} has checked report {number} already.", by=report.checked_by, number=report.id)
    return "" if report.snapshot else not_made(report)


def _why_not_signed(report: Report, person: Person, today: date) -> str:
    if not may_sign(person, today):
        return _("Only a strategic lead of the police or the council can sign.")
    if not report.checked_by:
        return _("Report {number} is not checked yet: a second person checks it first.", number=report.id)
    if person.agency not in report.lacking:
        first = next(s for s in report.signatures if s.agency == person.agency)
        agency = code_words(person.agency)
        return _("{by} has signed report {number} for the {agency}.", by=first.by, number=report.id, agency=agency)
    return ""


def not_made(report: Report) -> str:
    return _(
        "The document of report {number} is not made yet. Ask for report {number} file: that makes it.",
        number=report.id,
    )


def overtaken(report: Report, now: datetime) -> str:
    """Say whose step came first, where a report has changed since it was read."""
    last = report.steps[-1]
    done = {
        "words": _("handed in words for report {number}", number=report.id),
        "check": _("checked report {number}", number=report.id),
        "sign": _("signed report {number}", number=report.id),
        "withdraw": _("withdrew report {number}", number=report.id),
    }[last.kind]
    return _("{by} {done} on {when}. Please look at it again.", by=last.by, done=done, when=say_near(last.at, now))


def open_report(reports: Sequence[Report], period: Period) -> Report | None:
    """Return the draft of a period that is under way; there is one at most."""
    return next((r for r in reports if r.period == period and r.is_open), None)


def newest_issue(reports: Sequence[Report], period: Period, before: int | None = None) -> Report | None:
    """Return the newest signed report of a period, older than the report `before`."""
    signed = (r for r in reports if r.period == period and r.state == "signed" and (before is None or r.id < before))
    return max(signed, key=lambda r: r.id, default=None)
