"""Reports on their way from draft to signed.

Each change is compared with what was read, in the transaction that records it. Documents and the leads' words are
sealed; both open in this file alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from bot.rules.catalogue import _
from bot.rules.effects import DraftReport, Overtaken, TakeReportStep
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.reports import signing
from bot.rules.reports.signing import KeptFile, Report, ReportStep
from bot.rules.reports.snapshot import Snapshot
from bot.rules.time.clock import add_months, day_start, local_day
from bot.rules.time.period import following, period_of, previous
from bot.store import people_list
from bot.store.bulk import chunks
from bot.store.encryption import SealError, seal_of
from bot.store.schema.access import audit
from bot.store.schema.records import child_period, episode
from bot.store.schema.reports import report, report_document, report_step

#: The printed tables are kept beside the documents, for "changed since" of the next issue.
TABLES = "tables"
#: Months before the end of a period that its report counts or judges by: 24, and the 12 before the first of them.
MONTHS = 36

Words = Mapping[str, tuple[str, ...]]


class Altered(Exception):
    """Kept bytes do not have the SHA-256 that was recorded for them."""


# -- reading --


def read(connection: Connection, *where: ColumnElement[bool]) -> tuple[Report, ...]:
    """Return the reports that fit, oldest first, without their documents and words."""
    steps: dict[int, list[ReportStep]] = {}
    for row in connection.execute(select(report_step).order_by(report_step.c.report_id, report_step.c.number)):
        steps.setdefault(row.report_id, []).append(ReportStep(row.kind, row.by, row.agency, row.at))
    files: dict[int, list[KeptFile]] = {}
    columns = (report_document.c.report_id, report_document.c.form, report_document.c.sha256)
    kept = select(*columns).where(report_document.c.form != TABLES).order_by(*columns)
    for row in connection.execute(kept):
        files.setdefault(row.report_id, []).append(KeptFile(row.form, row.sha256))
    without_words = tuple(c for c in report.c if c is not report.c.words)
    return tuple(
        Report(
            id=row.id,
            period=period_of(row.first_day, row.last_day),
            author=row.author,
            agency=row.agency,
            drafted_at=row.drafted_at,
            steps=tuple(steps.get(row.id, ())),
            snapshot=row.snapshot,
            files=tuple(files.get(row.id, ())),
            paragraphs=row.paragraphs,
            erased_on=row.erased_on,
        )
        for row in connection.execute(select(*without_words).where(*where).order_by(report.c.id))
    )


def numbered(connection: Connection, number: int) -> Report | None:
    return next(iter(read(connection, report.c.id == number)), None)


def words_of(connection: Connection, number: int) -> Words:
    """Return the leads' own paragraphs, by section."""
    sealed = connection.execute(select(report.c.words).where(report.c.id == number)).scalar()
    if sealed is None:
        return {}
    opened = json.loads(seal_of(connection).open_bytes(_place("words", number), sealed))
    return {section: tuple(paragraphs) for section, paragraphs in opened.items()}


def roles_of_steps(connection: Connection, of: Report) -> Mapping[tuple[str, datetime], Set[str]]:
    """Return the roles that each person of a report's steps held at the second of a step, as the audit trail has them.

    A step whose row was removed with its time has none.
    """
    steps = [(of.author, of.drafted_at), *((step.by, step.at) for step in of.steps)]
    found: dict[tuple[str, datetime], Set[str]] = {}
    for who, moment in steps:
        at = moment.replace(microsecond=0)  # of the trail
        this = (audit.c.who == who, audit.c.at == at, audit.c.action.startswith("report "))
        held = connection.execute(select(audit.c.role).where(*this)).scalars()
        found[who, at] = frozenset(role for row in held for role in row.split(","))
    return found


def document(connection: Connection, number: int, form: str) -> bytes | None:
    """Return the kept bytes of one form. Altered unless they have the SHA-256 that was recorded with them."""
    this = (report_document.c.report_id == number, report_document.c.form == form)
    row = connection.execute(select(report_document).where(*this)).first()
    if row is None:
        return None
    try:
        content = seal_of(connection).open_bytes(_place(form, number), row.sealed)
    except SealError as fault:
        raise Altered(str(fault)) from None
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise Altered(f"Report {number}, {form}: its bytes are not those that were recorded.")
    return content


# -- steps --


def draft(connection: Connection, effect: DraftReport) -> None:
    """Add a draft. Overtaken where a draft of the same period is under way."""
    period = period_of(effect.first, effect.last)
    if other := signing.open_report(read(connection), period):
        raise Overtaken(already(other))
    _add(connection, effect)


def already(other: Report) -> str:
    """Say that a draft of the period is under way."""
    return _(
        "Report {number} of {period}, drafted by {author}, is under way: withdraw it first, or go on with it.",
        number=other.id,
        period=other.period.label,
        author=other.author,
    )


def _add(connection: Connection, effect: DraftReport) -> int:
    values = {
        "first_day": effect.first,
        "last_day": effect.last,
        "author": effect.by,
        "agency": effect.agency,
        "drafted_at": effect.at,
        "snapshot": "",
        "paragraphs": 0,
    }
    return int(connection.execute(insert(report).values(values).returning(report.c.id)).scalar_one())


def take_step(connection: Connection, effect: TakeReportStep) -> None:
    """Add a person's step. Overtaken where the report has changed since it was read, or the step is not theirs.

    Called where writers wait for one another (behind the audit row), so that comparing and adding are one.
    """
    now = numbered(connection, effect.report)
    if now is None:
        raise Overtaken(_("Report {number} is not kept any more.", number=effect.report))
    if now.version != effect.version:
        raise Overtaken(signing.overtaken(now, effect.at))
    if effect.kind != "withdraw" and (not now.snapshot or now.snapshot != effect.snapshot):
        raise Overtaken(_("The document of report {number} is another one now. Look at it again.", number=now.id))
    person = people_list.find(connection, "id", effect.by)
    if person is None or not person.active:
        raise Overtaken(_("Only people who are listed can do this."))
    if reason := signing.why_not(now, effect.kind, person, effect.at, local_day(effect.at)):
        raise Overtaken(reason)
    _add_step(connection, now, effect.kind, person, effect.at)
    if effect.kind == "withdraw":
        _forget_content(connection, [now.id])


def _add_step(connection: Connection, now: Report, kind: signing.StepKind, person: Person, at: datetime) -> None:
    values = {"report_id": now.id, "number": now.version + 1, "kind": kind, "by": person.id, "at": at}
    connection.execute(insert(report_step).values(**values, agency=person.agency))


def hand_in_words(connection: Connection, period: Period, words: Words, person: Person, now: datetime) -> int:
    """Keep the leads' paragraphs with the draft of a period, or with a new one; return the report's number.

    Its document has to be made again. Overtaken where the draft is checked already, or the person may not.
    """
    today = local_day(now)
    draft_now = signing.open_report(read(connection), period)
    if draft_now is None:
        if not signing.may_draft(person, today):
            raise Overtaken(_("Only a strategic lead or an analyst can do this."))
        number = _add(connection, DraftReport(period.first, period.last, person.id, person.agency, now))
        draft_now = Report(number, period, person.id, person.agency, now)
    elif reason := signing.why_not(draft_now, "words", person, now, today):
        raise Overtaken(reason)
    told = json.dumps({section: list(said) for section, said in sorted(words.items())}, ensure_ascii=False)
    sealed = seal_of(connection).seal_bytes(_place("words", draft_now.id), told.encode())
    connection.execute(delete(report_document).where(report_document.c.report_id == draft_now.id))
    values = {"words": sealed, "paragraphs": sum(map(len, words.values())), "snapshot": ""}
    connection.execute(update(report).where(report.c.id == draft_now.id).values(values))
    _add_step(connection, draft_now, "words", person, now)
    return draft_now.id


def keep_document(
    connection: Connection, number: int, version: int, snapshot: Snapshot, files: Mapping[str, bytes]
) -> bool:
    """Keep the document of a draft; False where it was made meanwhile, or the draft has changed."""
    now = numbered(connection, number)
    if now is None or now.version != version or now.snapshot or not now.is_open:
        return False
    made = update(report).where(report.c.id == number, report.c.snapshot == "").values(snapshot=snapshot.id)
    if connection.execute(made.returning(report.c.id)).first() is None:
        return False
    seal = seal_of(connection)
    for form, content in files.items():
        sealed = seal.seal_bytes(_place(form, number), content)
        sha256 = hashlib.sha256(content).hexdigest()
        row = {"report_id": number, "form": form, "sha256": sha256, "sealed": sealed}
        connection.execute(insert(report_document).values(row))
    return True


def _place(what: str, number: int) -> str:
    return f"report {number} {what}"


# -- what a report counts --


def span(period: Period) -> tuple[date, date]:
    """Return the first and the last day of what a report counts.

    The period, the one before, the one after, and the months with those that their usual range is made of.
    """
    months = add_months((period.last + timedelta(days=1)).replace(day=1), -MONTHS)
    return min(previous(period).first, months), following(period).last


def starts_in(first: date, last: date) -> ColumnElement[bool]:
    """Return the condition that an episode begins on one of these days."""
    return and_(episode.c.start_at >= day_start(first), episode.c.start_at < day_start(last + timedelta(days=1)))


def holds_in(first: date, last: date) -> ColumnElement[bool]:
    """Return the condition that a dated fact of a child holds on one of these days."""
    return and_(child_period.c.from_date <= last, or_(child_period.c.to_date.is_(None), child_period.c.to_date > first))


# -- retention and erasure --


def note_erased(connection: Connection, episodes: Sequence[int], children: Sequence[int], now: datetime) -> None:
    """Note on each report that counts these records that they are about to be erased."""
    made = [r for r in read(connection, report.c.erased_on.is_(None)) if r.snapshot]
    for each in made:
        first, last = span(each.period)
        begun = starts_in(first, last)
        told = [select(episode.c.id).where(episode.c.id.in_(some), begun) for some in chunks(episodes)]
        held = holds_in(first, last)
        told += [select(child_period.c.child_id).where(child_period.c.child_id.in_(s), held) for s in chunks(children)]
        if any(connection.execute(query.limit(1)).first() for query in told):
            connection.execute(update(report).where(report.c.id == each.id).values(erased_on=local_day(now)))


def remove_unsigned(connection: Connection, drafted_before: datetime) -> int:
    """Delete reports that were drafted before then and never signed, with their words; return their number."""
    old = [r.id for r in read(connection, report.c.drafted_at < drafted_before) if r.state != "signed"]
    if old:
        _forget_content(connection, old)
        connection.execute(delete(report_step).where(report_step.c.report_id.in_(old)))
        connection.execute(delete(report).where(report.c.id.in_(old)))
    return len(old)


def _forget_content(connection: Connection, numbers: Sequence[int]) -> None:
    """Delete documents and the leads' words."""
    connection.execute(delete(report_document).where(report_document.c.report_id.in_(numbers)))
    connection.execute(update(report).where(report.c.id.in_(numbers)).values(words=None))
