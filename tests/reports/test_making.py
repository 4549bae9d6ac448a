"""Making reports: the same bytes from the same snapshot, changes since an issue, and words that stay out of chat."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, insert, update

from bot.conversation.reply import ReportFile
from bot.messages.release import first_release, release_again
from bot.reports.making import FORMS, Making, NotMade
from bot.rules.audit.chain import Entry
from bot.rules.effects import DraftReport, Release, TakeReportStep
from bot.rules.model import Period
from bot.rules.reports.signing import Report
from bot.rules.time.period import parse_period, previous
from bot.store import people_list, released_periods, reports
from bot.store.changes import record
from bot.store.database import migrate, open_database, reading, writing
from bot.store.encryption import Seal
from bot.store.queries.facts import StoredFacts
from bot.store.schema import records
from bot.store.schema.access import released_figure, released_sheet
from bot.store.schema.records import episode as episodes
from bot.store.schema.reports import report_document
from tests.support.factories import NOW, at, episode, hours, partnership, person
from tests.support.reports import PlainComposer
from tests.support.world import stored_rows

KEY = b"k" * 32
HALF = parse_period("2017-H1", NOW)
EXACT = ReportFile("2017-01-01", "2017-06-30", published=False)
PUBLISHED = ReportFile("2017-01-01", "2017-06-30", published=True)
DRAFT = ReportFile("2017-01-01", "2017-06-30", published=True, draft=True)
MAY = at("Mon 1 May 2017 12:00")
FACTS = [episode(n % 9 + 1, MAY + hours(30 * n), MAY + hours(30 * n + 5)) for n in range(24)]
CANARY = "Fewer children went missing near the heron pond"


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url, Seal(lambda: b"d" * 32))
    migrate(engine)
    with writing(engine) as connection:
        people_list.take_over(connection, partnership().people)
        for name, rows in stored_rows(FACTS, NOW).items():
            if rows:
                connection.execute(insert(records.metadata.tables[name]), rows)
    for half in (HALF, previous(HALF)):
        release(engine, half)
    yield engine
    engine.dispose()


def release(engine: Engine, half: Period) -> None:
    """Release a half-year as a strategic lead does: for the first time, or as a new issue."""
    with reading(engine) as connection:
        facts = StoredFacts(connection, partnership())
        issues = [issue.figures for issue in released_periods.issues(connection, half)]
        if issues:
            made = release_again(facts, partnership(), half, NOW, "lead", issues).release
        else:
            made = first_release(facts, partnership(), half, NOW, "lead")
    carry_out(engine, made)


def making(engine: Engine, composer: PlainComposer | None = None) -> Making:
    return Making(engine, partnership, "settings", composer or PlainComposer())


def newest(engine: Engine) -> Report:
    with reading(engine) as connection:
        return reports.read(connection)[-1]


def carry_out(engine: Engine, effect: DraftReport | TakeReportStep | Release) -> None:
    record.record(engine, KEY, Entry(NOW, "lead", "council", "strategic_lead", "report", "answered"), [effect])


def draft(engine: Engine) -> Report:
    carry_out(engine, DraftReport(HALF.first, HALF.last, "analyst", "council", NOW))
    return newest(engine)


def sign(engine: Engine) -> None:
    for kind, who in (("check", "lead"), ("sign", "lead"), ("sign", "police-lead")):
        now = newest(engine)
        carry_out(engine, TakeReportStep(now.id, now.version, now.snapshot, kind, who, NOW))  # type: ignore[arg-type]


def add_late(engine: Engine) -> None:
    """Store what a correction brings: an episode of May that was not there."""
    with writing(engine) as connection:
        for name, rows in stored_rows([episode(40, MAY, MAY + hours(3))], NOW).items():
            if rows and name != "source_load":
                connection.execute(insert(records.metadata.tables[name]), rows)


def test_the_same_snapshot_gives_the_same_bytes_and_a_late_correction_others(engine: Engine) -> None:
    first, again = making(engine).make(EXACT).files, making(engine).make(EXACT).files
    assert set(first) == set(FORMS)
    assert first == again
    assert making(engine).make(PUBLISHED).files != first
    add_late(engine)
    assert making(engine).make(EXACT).files != first


def test_a_draft_is_kept_and_what_was_kept_is_handed_over_whatever_the_records_say_now(engine: Engine) -> None:
    draft(engine)
    composer = PlainComposer()
    kept = making(engine, composer).make(DRAFT).files
    add_late(engine)
    assert making(engine, composer).make(ReportFile("2017-01-01", "2017-06-30", published=True, number=1)).files == kept
    assert composer.composed == 1
    assert [f.form for f in newest(engine).files] == sorted((*FORMS, "pdf")), "the PDF is signed too"


def test_a_later_issue_says_what_it_prints_otherwise_than_the_one_before(engine: Engine) -> None:
    draft(engine)
    first = making(engine).make(DRAFT).files["html"].decode()
    assert "Changed since" not in first
    before = newest(engine).snapshot
    sign(engine)
    with writing(engine) as connection:
        connection.execute(update(episodes).where(episodes.c.child_id < 7).values(kind="void"))
    # Figures that were released stay as they are, until a lead releases them again.
    assert "Episodes'), rows=(('2017-H1', '10', '25')" in making(engine).make(PUBLISHED).files["html"].decode()
    release(engine, HALF)
    draft(engine)
    second = making(engine).make(DRAFT).files["html"].decode()
    assert "Changed since report 1" in second
    assert "'Episodes', '25'" in second
    assert newest(engine).snapshot != before


def test_figures_that_nobody_released_are_in_no_published_report(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(released_figure))
        connection.execute(delete(released_sheet))
    draft(engine)
    with pytest.raises(NotMade, match="2017-H1, or of the half-year before, are not released"):
        making(engine).make(DRAFT)
    assert not newest(engine).snapshot
    assert making(engine).make(EXACT).files


def test_a_draft_without_its_document_is_made_later_by_whoever_asks_for_it(engine: Engine) -> None:
    """The process ended between the answer and the document: the draft is there, and nothing is lost."""
    found = draft(engine)
    assert not found.snapshot
    again = ReportFile("2017-01-01", "2017-06-30", published=True, number=found.id)
    making(engine).make(again)
    assert newest(engine).snapshot


def test_two_processes_that_make_one_draft_keep_one_document(engine: Engine) -> None:
    draft(engine)
    done, start = [], threading.Barrier(2)

    def make() -> None:
        start.wait()
        try:
            done.append(making(engine).make(DRAFT).files)
        except NotMade as late:
            assert "has changed meanwhile" in str(late)  # noqa: PT017 - either thread may be late

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done
    kept = making(engine).make(DRAFT).files
    assert all(files == kept for files in done)


def test_files_with_the_leads_words_are_made_and_never_go_through_chat(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(engine) as connection:
        number = reports.hand_in_words(connection, HALF, {"summary": (CANARY,)}, person("lead"), NOW)
    asked = ReportFile("2017-01-01", "2017-06-30", published=True, number=number)
    made = making(engine)
    assert made.begin(asked).result(30) == {}  # made now
    assert made.begin(asked).result(30) == {}  # kept
    made.close()
    assert CANARY.encode() in made.make(asked).files["html"]
    assert newest(engine).snapshot
    assert "heron" not in caplog.text


def test_a_fault_is_told_with_a_code_and_neither_told_nor_logged_with_its_words(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    composer = PlainComposer()
    composer.fail = ValueError(CANARY)
    made = making(engine, composer)
    with pytest.raises(NotMade, match=r"Something went wrong \(code [0-9a-f]{8}\)") as told:
        made.begin(EXACT).result(30)
    made.close()
    assert told.value.__cause__ is None
    assert "heron" not in str(told.value)
    assert "heron" not in "".join(str(r.msg) for r in caplog.records)


def test_a_damaged_document_is_not_handed_over(engine: Engine) -> None:
    draft(engine)
    making(engine).make(DRAFT)
    with writing(engine) as connection:
        connection.execute(update(report_document).values(sha256="0" * 64))
    with pytest.raises(NotMade, match="The kept document of report 1 is damaged"):
        making(engine).make(DRAFT)


def test_what_cannot_be_made_is_said(engine: Engine) -> None:
    with pytest.raises(NotMade, match="withdrawn"):
        making(engine).make(DRAFT)  # no draft is under way
    with writing(engine) as connection:
        connection.execute(records.source_load.delete())
    with pytest.raises(NotMade, match="No export has been loaded yet"):
        making(engine).make(EXACT)


def test_nothing_is_counted_as_of_the_clock(engine: Engine) -> None:
    """A load that brings the same rows is a newer snapshot; the hour at which it is made is none."""
    before = making(engine).make(EXACT).files
    with writing(engine) as connection:
        later = NOW + timedelta(hours=1)
        connection.execute(update(records.source_load).values(loaded_at=later))
    assert making(engine).make(EXACT).files != before
