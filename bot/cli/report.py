"""report: the half-yearly report as files, and the leads' own words handed back in one of them."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from bot.app import App
from bot.chat import terminal
from bot.cli.new_files import keep
from bot.cli.terminal import build_request
from bot.conversation import arguments
from bot.conversation.command import Ask, Request
from bot.conversation.refusals import NOTHING_LOADED
from bot.conversation.reply import ReportFile
from bot.jobs.config_changes import digest
from bot.messages.released_figures import ReleasedFigures, StatisticsFacts, TrueFigures
from bot.reports import formats, signature_page, words
from bot.reports.charts import NotDrawn
from bot.reports.document import Document
from bot.reports.half_year import Given, NoFigures, compose
from bot.reports.making import NotMade
from bot.rules.access.permissions import Refusal, roles_today
from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.chain import Entry
from bot.rules.disclosure.released_periods import halves_of
from bot.rules.effects import Effect, Overtaken
from bot.rules.figures import is_incomplete
from bot.rules.model import Period
from bot.rules.queries.remembered import remembered
from bot.rules.reports.signing import may_draft, open_report
from bot.rules.time.clock import local_day
from bot.rules.time.period import PeriodError, parse_period, previous
from bot.settings import SettingsError
from bot.store import reports
from bot.store.queries.facts import StoredFacts
from bot.store.report_snapshot import take_snapshot

USUAL = ("html", "xlsx", "docx")


def add(verbs: Any) -> None:
    about = "Write the half-yearly report of a period into a folder: HTML, XLSX, DOCX, and PDF where it is asked for."
    verb = verbs.add_parser("report", help=about, description=about)
    verb.set_defaults(run=_run)
    verb.add_argument("period", nargs="+", metavar="PERIOD", help="such as 2017-H1, or a report's number")
    what = verb.add_mutually_exclusive_group(required=True)
    what.add_argument("--to", dest="folder", type=Path, metavar="FOLDER", help="for the files, readable by you alone")
    what.add_argument("--with", dest="words", type=Path, metavar="FILE", help="keep the leads' words of this DOCX")
    verb.add_argument(
        "--formats",
        type=_forms,
        default=USUAL,
        help=f"of {','.join(formats.FORMS)} (default: {','.join(USUAL)}); words: the copy in which leads write",
    )
    verb.add_argument(
        "--published",
        action="store_true",
        help="figures of the released sheet alone, to be published; releases it where that was not done",
    )
    verb.add_argument("--as", dest="person", metavar="PERSON", help="who is asking: a person of the partnership file")


def _forms(text: str) -> tuple[formats.Form, ...]:
    chosen = tuple(form for form in formats.FORMS if form in text.split(","))
    if unknown := set(text.split(",")) - set(formats.FORMS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(formats.FORMS)}")
    return chosen


def _run(app: App, given: argparse.Namespace) -> int:
    now = app.now(None)
    if re.fullmatch(r"\d{1,3}", "".join(given.period), re.ASCII) and given.folder is not None:
        return _hand_over(app, build_request(app, "report", given.person, None, now, export=True), given)
    try:
        period = parse_period(" ".join(given.period), now, app.partnership.year_begins)
    except PeriodError as fault:
        raise SettingsError(str(fault)) from None
    request = build_request(app, f"report {period.label}", given.person, None, now, export=True)
    if given.words is not None:
        return _hand_in(app, request, period, given.words)
    if not _may_see(app, request, published=given.published):
        return 1
    screen = terminal.console()
    with terminal.step(screen, "Counting"):
        document = _document(app, request, period, published=given.published)
    if document is None:
        return 1
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"prevalence-{period.label}{'-published' if given.published else ''}"
    copy = document.with_words(_written(app, request, period)) if given.published else document
    return max(
        [
            _write(copy if form == "words" else document, form, given.folder / f"{name}{formats.ending(form)}", screen)
            for form in given.formats
        ]
    )


def _write(document: Document, form: formats.Form, file: Path, screen: terminal.Screen) -> int:
    """Write one form; where that cannot be, say why and return 1, so that the others are written."""
    try:
        with terminal.step(screen, f"Writing {file}"):
            content = formats.write(document, form)
        _keep(file, content)
    except (formats.NotInstalled, NotDrawn) as fault:
        print(fault, file=sys.stderr)
        return 1
    except FileExistsError as fault:
        print(f"{fault.filename}: {fault.strerror}.", file=sys.stderr)
        return 1
    return 0


def _may_see(app: App, request: Request, *, published: bool) -> bool:
    """Say and record why not; exact figures are for roles that may have them in a file, of the whole county."""
    decision = app.dispatcher.decide(request, "counts")
    if isinstance(decision, Refusal):
        reply = app.recorder.record(app.dispatcher.refuse(request, decision.reason, "report"))
        print(" ".join(reply.text), file=sys.stderr)
        return False
    scope = decision.scope(tuple(a.id for a in app.partnership.areas))
    if isinstance(scope, Refusal):
        reply = app.recorder.record(app.dispatcher.refuse(request, scope.reason, "report"))
        print(" ".join(reply.text), file=sys.stderr)
        return False
    if not published and not decision.exact(True, scope.areas):
        app.recorder.record(app.dispatcher.refuse(request, "role", "report"))
        print("This role has no exact figures in a file. The published report: add --published.", file=sys.stderr)
        return False
    return True


def _document(app: App, request: Request, period: Period, *, published: bool) -> Document | None:
    """Return the report of this moment's records, once its row is in the trail; None where it cannot be made."""
    with app.facts() as facts:
        settings = digest(app.settings.partnership_file)
        sheet = facts.released_sheet(period) if published else None
        issue = (sheet.issue if sheet else 1) if published else None  # the first is released with this report
        snapshot = take_snapshot(facts.connection, period, published=published, sheet_issue=issue, settings=settings)
        if snapshot is None:
            print(" ".join(NOTHING_LOADED.text), file=sys.stderr)
            return None
        as_of = Request(request.actor, request.place, request.text, snapshot.made_at, request.account, export=True)
        once = remembered(facts)
        ask = Ask((), as_of, app.partnership, once, app.dispatcher)
        if published:
            _must_be_released(facts, app, ask, period)
        figures: StatisticsFacts = ReleasedFigures(ask) if published else TrueFigures(ask)
        try:
            earlier: Period | None = previous(period)
        except PeriodError:
            earlier = None
        try:
            document = compose(Given(period, earlier, figures, once, app.partnership, snapshot, published))
        except NoFigures as fault:
            print(fault, file=sys.stderr)
            return None
    _note(app, request, period, ask.log.effects, published=published)
    return document


def _written(app: App, request: Request, period: Period) -> reports.Words:
    """Return the leads' words of the period's draft for a person who drafts; to anybody else there are none."""
    with app.facts() as facts:
        draft = open_report(facts.reports(), period)
        drafts = may_draft(request.actor, local_day(request.now))
        return {} if draft is None or not drafts else reports.words_of(facts.connection, draft.id)


def _must_be_released(facts: StoredFacts, app: App, ask: Ask, period: Period) -> None:
    if not _on_a_sheet(facts, app, period):
        raise SettingsError("The published report is of a whole half-year of your own year, such as 2017-H1.")
    if is_incomplete(period, ask.now, arguments.data_until(ask)):
        raise SettingsError(f"{period.label} is not over, or the police records do not reach its end.")
    if why := arguments.not_released(ask, period):
        raise SettingsError(why)


def _on_a_sheet(facts: StoredFacts, app: App, period: Period) -> bool:
    return halves_of(period, facts.released_periods(), app.partnership.year_begins) == (period,)


def _note(
    app: App, request: Request, period: Period, effects: list[Effect], *, published: bool, number: int | None = None
) -> None:
    """Record the row before a file is written: without it there is none."""
    actor = request.actor
    roles = ",".join(held.role for held in roles_today(actor, local_day(request.now))) if actor else ""
    who, agency = (actor.id, actor.agency) if actor else ("unlisted", "")
    reason = f"{period.label}{' published' if published else ''}{'' if number is None else f', report {number}'}"
    entry = Entry(request.now, who, agency, roles, "report as a file", "answered", "", 0, request.place.name, reason)
    app.record(entry, effects)


def _keep(file: Path, content: bytes) -> None:
    """Write a file of a report. The same report may be written again; another one is refused."""
    if not keep(file, content):
        print(f"{file} is there already, the same.")


def _hand_over(app: App, request: Request, given: argparse.Namespace) -> int:
    """Write the kept files of a report: signed ones for people who see counts, drafts for those who draft."""
    number, today = int(given.period[0]), local_day(request.now)
    decision = app.dispatcher.decide(request, "counts")
    drafts = may_draft(request.actor, today)
    with app.facts() as facts:
        found = next((r for r in facts.reports() if r.id == number and (drafts or r.state == "signed")), None)
    if isinstance(decision, Refusal) or found is None:
        reason = decision.reason if isinstance(decision, Refusal) else "role"
        app.recorder.record(app.dispatcher.refuse(request, reason, "report"))
        print(f"There is no report {number} that this person may have.", file=sys.stderr)
        return 1
    days = (found.period.first.isoformat(), found.period.last.isoformat())
    _note(app, request, found.period, [], published=True, number=number)
    try:
        made = app.making.make(ReportFile(*days, published=True, number=number))
    except NotMade as fault:
        print(fault, file=sys.stderr)
        return 1
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"prevalence-{found.period.label}-report-{number}"
    for form, content in made.files.items():
        _keep(given.folder / f"{name}.{form}", content)
    with app.facts() as facts:  # its files may have been made just now
        found = next(r for r in facts.reports() if r.id == number)
        roles = reports.roles_of_steps(facts.connection, found)
    page = signature_page.write(found, app.partnership, roles)
    _keep(given.folder / f"{name}-{found.state}-signatures.html", page)
    return 0


def _hand_in(app: App, request: Request, period: Period, file: Path) -> int:
    """Keep the words of the DOCX with the draft of the period's published report."""
    with app.facts() as facts:
        may_be_published = _on_a_sheet(facts, app, period)
    if request.actor is None or not may_be_published:
        raise SettingsError("Words go with the draft of a half-year of your own year, by a person of the list (--as).")
    try:
        number = words.hand_in(
            app.database,
            app.sealing_key,
            app.partnership,
            period,
            file.read_bytes(),
            request.actor,
            request.now,
            request.place.name,
        )
    except (words.NotRead, words.NotKept, Overtaken) as fault:
        raise NotDecided("role", str(fault) or "The draft is checked already, or this person may not draft.") from None
    print(f"The words are kept with report {number}, which is made anew. They are never shown in chat.")
    return 0
