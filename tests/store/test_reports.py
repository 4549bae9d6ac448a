"""Reports in the database: steps by compare-and-set, sealed documents, the snapshot, retention and erasure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, select, text, update

from bot.rules.audit.chain import Entry
from bot.rules.effects import DraftReport, NoteMonth, Overtaken, TakeReportStep
from bot.rules.partnership.partnership import Retention
from bot.rules.reports.signing import Report
from bot.rules.reports.snapshot import Snapshot
from bot.rules.time.period import parse_period
from bot.store import month_notes, people_list, report_snapshot, reports
from bot.store.changes import record
from bot.store.database import migrate, open_database, reading, writing
from bot.store.encryption import Seal
from bot.store.retention.daily import retain
from bot.store.schema import records
from bot.store.schema.access import released_sheet
from bot.store.schema.records import episode as episodes
from bot.store.schema.reports import report as report_table
from bot.store.schema.reports import report_document
from tests.support.factories import NOW, Recorded, at, episode, hours, interview, partnership, person
from tests.support.world import stored_rows

KEY = b"k" * 32
HALF = parse_period("2017-H1", NOW)
MAY = at("Mon 1 May 2017 12:00")
CANARY = "Fewer children went missing in the heron quarter"


def closed(n: int) -> Recorded:
    """Return an episode whose return interview was held and recorded: retention may erase it."""
    back = MAY + hours(n + 5)
    then = back + hours(20)
    held = interview(back, offered_at=then, response="accepted", held_at=then, recorded_at=then)
    return episode(n, MAY + hours(n), back, interview=held)


FACTS = [closed(n) for n in range(1, 9)]


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url, Seal(lambda: b"d" * 32))
    migrate(engine)
    with writing(engine) as connection:
        people_list.take_over(connection, partnership().people)
    store(engine, FACTS)
    yield engine
    engine.dispose()


def store(engine: Engine, facts: Sequence[Recorded]) -> None:
    with writing(engine) as connection:
        for name, rows in stored_rows(facts, NOW).items():
            if rows:
                connection.execute(insert(records.metadata.tables[name]), rows)


def carry_out(engine: Engine, *effects: DraftReport | TakeReportStep) -> None:
    record.record(engine, KEY, Entry(NOW, "lead", "council", "strategic_lead", "report", "answered"), effects)


def draft(engine: Engine, who: str = "analyst", *, made: bool = True) -> Report:
    carry_out(engine, DraftReport(HALF.first, HALF.last, who, person(who).agency, NOW))
    found = all_of(engine)[-1]
    if made:
        make(engine, found)
    return all_of(engine)[-1]


def make(engine: Engine, found: Report, **files: bytes) -> bool:
    with writing(engine) as connection:
        taken = report_snapshot.take_snapshot(connection, HALF, published=True)
        assert taken is not None
        return reports.keep_document(connection, found.id, found.version, taken, files or {"docx": b"the document"})


def all_of(engine: Engine) -> Sequence[Report]:
    with reading(engine) as connection:
        return reports.read(connection)


def step(found: Report, kind: str, who: str) -> TakeReportStep:
    return TakeReportStep(found.id, found.version, found.snapshot, kind, who, NOW)  # type: ignore[arg-type]


def take(engine: Engine, kind: str, who: str) -> Report:
    carry_out(engine, step(all_of(engine)[-1], kind, who))
    return all_of(engine)[-1]


def signed(engine: Engine) -> Report:
    draft(engine)
    for kind, who in (("check", "lead"), ("sign", "police-lead"), ("sign", "lead")):
        take(engine, kind, who)
    return all_of(engine)[-1]


# -- steps --


def test_a_report_goes_from_draft_to_signed_and_is_whole_after_a_restart(database: Engine) -> None:
    found = signed(database)
    assert (found.state, found.version, found.author) == ("signed", 3, "analyst")
    again = open_database(database.url.render_as_string(hide_password=False), Seal(lambda: b"d" * 32))
    try:
        assert all_of(again) == (found,)
        with reading(again) as connection:
            assert reports.document(connection, found.id, "docx") == b"the document"
    finally:
        again.dispose()


@pytest.mark.parametrize("kind", ["check", "sign", "withdraw"])
def test_a_step_made_from_an_older_state_is_refused_with_who_was_first(database: Engine, kind: str) -> None:
    before = draft(database)
    take(database, "check", "lead")
    with pytest.raises(Overtaken, match="lead checked report 1 on"):
        carry_out(database, step(before, kind, "police-lead"))
    assert all_of(database)[-1].version == 1


def test_the_rules_are_asked_again_where_it_is_written(database: Engine) -> None:
    found = draft(database)
    for kind, who, reason in (
        ("check", "analyst", "You drafted"),
        ("sign", "lead", "not checked yet"),
        ("check", "nobody", "Only people who are listed"),
    ):
        with pytest.raises(Overtaken, match=reason):
            carry_out(database, step(found, kind, who))
    with pytest.raises(Overtaken, match="is another one now"):
        carry_out(database, replace(step(found, "check", "lead"), snapshot="0" * 64))
    with pytest.raises(Overtaken, match="not kept any more"):
        carry_out(database, replace(step(found, "check", "lead"), report=99))
    assert all_of(database) == (found,)


def test_of_two_who_act_at_once_one_is_first_and_the_other_is_told(database: Engine) -> None:
    found = draft(database)
    told, start = [], threading.Barrier(2)

    def act(kind: str, who: str) -> None:
        start.wait()
        try:
            carry_out(database, step(found, kind, who))
        except Overtaken as late:
            told.append(str(late))

    threads = [threading.Thread(target=act, args=each) for each in (("check", "lead"), ("withdraw", "police-lead"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert "report 1 on" in told[0]
    assert all_of(database)[-1].version == 1


def test_a_period_has_one_draft_under_way(database: Engine) -> None:
    draft(database)
    with pytest.raises(Overtaken, match="Report 1 of 2017-H1, drafted by analyst, is under way"):
        draft(database, "lead")
    take(database, "withdraw", "analyst")
    assert draft(database, "lead").id == 2


def test_every_step_is_in_the_trail_or_nothing_of_it_is_kept(database: Engine) -> None:
    found = signed(database)
    with reading(database) as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 1 + found.version
    with pytest.raises(Overtaken, match="is signed: nothing changes it"):
        carry_out(database, step(found, "withdraw", "lead"))
    with reading(database) as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 1 + found.version


# -- documents and words --


def altered(connection: Connection, number: int) -> Callable[[str], bool]:
    """Return whether a kept form is refused as altered."""

    def refused(form: str) -> bool:
        try:
            return reports.document(connection, number, form) is None
        except reports.Altered:
            return True

    return refused


def test_a_document_is_made_once_for_a_state_of_the_draft(database: Engine) -> None:
    found = draft(database, made=False)
    assert make(database, found, docx=b"first")
    assert not make(database, found, docx=b"second")
    kept = all_of(database)[-1]
    assert [f.form for f in kept.files] == ["docx"]
    with reading(database) as connection:
        assert reports.document(connection, found.id, "docx") == b"first"
        assert reports.document(connection, found.id, "pdf") is None
    take(database, "withdraw", "analyst")
    assert not make(database, all_of(database)[-1])


def test_words_and_documents_are_sealed_and_a_changed_byte_is_noticed(database: Engine) -> None:
    with writing(database) as connection:
        number = reports.hand_in_words(connection, HALF, {"summary": (CANARY,)}, person("lead"), NOW)
    found = all_of(database)[-1]
    assert (found.id, found.paragraphs, found.snapshot, found.state) == (number, 1, "", "draft")
    make(database, found, docx=CANARY.encode(), tables=b"[]")
    with reading(database) as connection:
        stored = [bytes(v) for v in connection.execute(select(report_document.c.sealed)).scalars()]
        stored += [bytes(v) for v in connection.execute(select(report_table.c.words)).scalars()]
        assert len(stored) == 3
        assert not any(b"heron" in each for each in stored)
        assert reports.words_of(connection, number) == {"summary": (CANARY,)}
    with writing(database) as connection:
        changed = stored[0][:-1] + bytes([stored[0][-1] ^ 1])
        this = report_document.c.sealed == stored[0]
        connection.execute(update(report_document).where(this).values(sealed=changed))
    with reading(database) as connection:
        assert sum(map(altered(connection, number), ("docx", "tables"))) == 1


def test_a_document_of_another_report_does_not_open_in_its_place(database: Engine) -> None:
    signed(database)
    draft(database)
    with writing(database) as connection:
        first = connection.execute(select(report_document).where(report_document.c.report_id == 1)).one()
        connection.execute(
            update(report_document)
            .where(report_document.c.report_id == 2)
            .values(sealed=first.sealed, sha256=first.sha256)
        )
    with reading(database) as connection, pytest.raises(reports.Altered):
        reports.document(connection, 2, "docx")


def test_words_make_the_document_anew_and_come_too_late_once_it_is_checked(database: Engine) -> None:
    before = draft(database)
    with writing(database) as connection:
        assert reports.hand_in_words(connection, HALF, {"summary": (CANARY,)}, person("lead"), NOW) == before.id
    found = all_of(database)[-1]
    assert (found.snapshot, found.files, found.version) == ("", (), 1)
    with pytest.raises(Overtaken, match="lead handed in words for report 1"):
        carry_out(database, step(before, "check", "lead"))
    make(database, found)
    take(database, "check", "lead")
    with writing(database) as connection, pytest.raises(Overtaken, match="is checked"):
        reports.hand_in_words(connection, HALF, {"summary": ("Later.",)}, person("lead"), NOW)
    other = parse_period("2016-H2", NOW)
    with writing(database) as connection, pytest.raises(Overtaken, match="Only a strategic lead or an analyst"):
        reports.hand_in_words(connection, other, {"summary": ("Later.",)}, person("north-manager"), NOW)


def test_a_withdrawn_draft_keeps_its_steps_and_neither_document_nor_words(database: Engine) -> None:
    with writing(database) as connection:
        reports.hand_in_words(connection, HALF, {"summary": (CANARY,)}, person("lead"), NOW)
    make(database, all_of(database)[-1])
    found = take(database, "withdraw", "lead")
    assert (found.state, found.files) == ("withdrawn", ())
    with reading(database) as connection:
        assert reports.words_of(connection, found.id) == {}
        assert connection.execute(select(report_document)).first() is None


# -- the snapshot --


def snapshot(engine: Engine) -> Snapshot:
    with reading(engine) as connection:
        found = report_snapshot.take_snapshot(connection, HALF, published=True)
    assert found is not None
    return found


def test_an_event_on_a_month_and_an_earlier_sheet_issued_again_are_another_snapshot(database: Engine) -> None:
    found = [snapshot(database).id]
    days = {"first_day": date(2016, 7, 1), "last_day": date(2016, 12, 31)}
    for issue in (1, 2):
        with writing(database) as connection:
            values = {**days, "issue": issue, "released_at": NOW, "released_by": "lead"}
            connection.execute(insert(released_sheet).values(values))
        found.append(snapshot(database).id)
    assert found[0] == found[1], "the first issue is released with the report"
    for month in (date(2017, 5, 1), date(2017, 7, 1)):
        with writing(database) as connection:
            month_notes.keep(connection, NoteMonth(month, "data-gap", "", "strategic_lead", "lead", NOW))
        found.append(snapshot(database).id)
    assert found[3] == found[4], "July is after the period"
    assert len(set(found)) == 3


def test_the_snapshot_is_the_same_until_a_row_that_counts_changes(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(database)
    assert [s.source for s in before.sources] == ["children", "interviews", "police"]
    assert before.made_at == NOW
    monkeypatch.setattr(report_snapshot, "AT_ONCE", 1000)
    assert snapshot(database) == before
    changes = (
        {"start_at": MAY + timedelta(minutes=1)},
        {"area": "south"},
        {"held_at": MAY + hours(30)},
        {"counted": False},
    )
    seen = {before.id}
    for values in changes:
        with writing(database) as connection:
            connection.execute(update(episodes).where(episodes.c.id == FACTS[0].id).values(values))
        seen.add(snapshot(database).id)
    assert len(seen) == 1 + len(changes)


def test_an_episode_long_before_or_after_changes_nothing_unless_it_is_a_childs_first(database: Engine) -> None:
    before = snapshot(database)
    later = [episode(20, at("Mon 2 Apr 2018 12:00"), at("Mon 2 Apr 2018 18:00"))]
    early = [episode(21, at("Mon 6 Jan 2014 12:00"), at("Mon 6 Jan 2014 18:00"))]
    with writing(database) as connection:
        for name, rows in stored_rows([*later, *early], NOW).items():
            if rows and name != "source_load":
                connection.execute(insert(records.metadata.tables[name]), rows)
    assert snapshot(database) == before
    # An episode of the 36 months that the usual range of months is made of.
    usual = episode(22, at("Mon 5 Jan 2015 12:00"), at("Mon 5 Jan 2015 18:00"))
    with writing(database) as connection:
        for name, rows in stored_rows([usual], NOW).items():
            if rows and name != "source_load":
                connection.execute(insert(records.metadata.tables[name]), rows)
    assert snapshot(database).id != before.id
    before = snapshot(database)
    first = episode(1, at("Mon 6 Jan 2014 12:00"), at("Mon 6 Jan 2014 18:00"))
    with writing(database) as connection:
        for name, rows in stored_rows([first], NOW).items():
            if rows and name not in ("source_load", "child"):
                connection.execute(insert(records.metadata.tables[name]), rows)
    assert snapshot(database).id != before.id


def test_without_a_load_there_is_no_snapshot(database: Engine) -> None:
    with writing(database) as connection:
        connection.execute(records.source_load.delete())
        assert report_snapshot.take_snapshot(connection, HALF, published=True) is None


# -- retention and erasure --


def test_erased_records_are_noted_on_the_reports_that_count_them_once(database: Engine) -> None:
    signed(database)
    with writing(database) as connection:
        reports.note_erased(connection, [9_999_999], [], NOW)
    assert all_of(database)[-1].erased_on is None
    with writing(database) as connection:
        reports.note_erased(connection, [FACTS[0].id], [], NOW)
        reports.note_erased(connection, [FACTS[1].id], [], NOW + timedelta(days=9))
    assert all_of(database)[-1].erased_on == NOW.date()


def test_retention_erases_drafts_that_were_never_signed_and_keeps_signed_ones(database: Engine) -> None:
    kept = signed(database)
    with writing(database) as connection:
        reports.hand_in_words(connection, HALF, {"summary": (CANARY,)}, person("lead"), NOW)
    make(database, all_of(database)[-1])
    limits = Retention(records_months=120)
    assert retain(database, KEY, limits, NOW + timedelta(days=89)).removed["reports"] == 0
    assert len(all_of(database)) == 2
    assert retain(database, KEY, limits, NOW + timedelta(days=91)).removed["reports"] == 1
    assert [r.id for r in all_of(database)] == [kept.id]
    with reading(database) as connection:
        assert reports.document(connection, kept.id, "docx") == b"the document"


def test_retention_of_the_records_says_on_the_report_that_it_cannot_be_made_again(database: Engine) -> None:
    signed(database)
    later = NOW + timedelta(days=1000)
    retain(database, KEY, Retention(records_months=24), later)
    assert all_of(database)[-1].erased_on == later.date()
