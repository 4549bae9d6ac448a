"""The daily retention on both databases: what goes, what stays, what later exports bring, and what is recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.jobs import daily_retention
from bot.rules.audit.chain import Entry
from bot.rules.audit.retention import months_before
from bot.rules.effects import NoteMonth
from bot.rules.escalations.drill import DrillCall
from bot.rules.partnership.partnership import Retention
from bot.rules.partnership.rota import Shift
from bot.rules.time.clock import add_months, day_start
from bot.store import audit_chain, bulk, month_notes, rota
from bot.store.database import reading, writing
from bot.store.delivery import drills
from bot.store.queries.audit_trail import StoredTrail
from bot.store.retention import daily, kept_records
from bot.store.schema.access import audit, glass, handle, legal_hold, look_up_lock, notice, rota_shift
from tests.support.exports import child, interview, police
from tests.support.loader import Loader, loader

KEY = bytes(range(32))
NOW = datetime(2019, 7, 5, 8, tzinfo=UTC)  # the exports' episode of March 2017 is over by a 24-month rule
CUT = date(2017, 7, 5)
LIMITS = Retention()

OLD = {"police": [police()], "children": [child(looked_after_to="2017-04-01")], "interviews": [interview()]}
OPEN = police(occurrence_ref="OCC-2", police_ref="NOM-2", found_at="", returned_at="", end_reason="")
RECENT = police(
    occurrence_ref="OCC-3",
    last_seen_at="01/07/2017 22:00",
    reported_at="01/07/2017 23:00",
    risk_at="",
    found_at="05/07/2017 02:00",
    returned_at="",
    prevention_interview_at="",
)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


def run(bot: Loader, now: datetime = NOW, limits: Retention = LIMITS, *, dry_run: bool = False) -> daily_retention.Kept:
    return daily_retention.run(bot.engine, KEY, limits, bot.rejects, now, dry_run=dry_run)


def load(bot: Loader, source: str, *rows: Any, now: datetime = NOW) -> Any:
    return bot.load(source, *rows, now=now, taken_at=now - timedelta(hours=1), audit_key=KEY)


def load_old(bot: Loader) -> None:
    for source, rows in OLD.items():
        load(bot, source, *rows)


def hold(bot: Loader, ref: str) -> None:
    with writing(bot.engine) as connection:
        connection.execute(insert(legal_hold).values(ref=ref, placed_by="lead", placed_at=NOW, why="an inquiry"))


def facts(bot: Loader) -> dict[str, Any]:
    return {name: rows for name, rows in bot.everything().items() if name != "audit"}


def about_children(bot: Loader) -> dict[str, int]:
    tables = ("child", "child_alias", "child_period", "occurrence", "grade", "found_with", "interview", "episode")
    return {name: len(bot.rows(name)) for name in tables}


def test_an_episode_whose_time_is_over_goes_with_all_that_belongs_to_it(bot: Loader) -> None:
    load(bot, "police", police(found_with="NOM-7"))
    load(bot, "children", child(looked_after_to="2017-04-01", case_status="not_open"))
    load(bot, "interviews", interview())
    kept = run(bot)
    assert (kept.since, kept.removed["episodes"], kept.removed["children"]) == (CUT, 1, 1)
    assert set(about_children(bot).values()) == {0}


def test_what_is_open_recent_or_owed_an_interview_stays(bot: Loader) -> None:
    load(bot, "police", OPEN, RECENT)
    load(bot, "interviews", interview(held_at="", recorded_at="", response="", offered_at=""))
    before = facts(bot)
    kept = run(bot)
    assert (kept.removed["episodes"], kept.owed, kept.held) == (0, 1, 0)
    assert facts(bot) == before


def test_a_child_with_newer_episodes_loses_the_old_ones_alone(bot: Loader) -> None:
    load_old(bot)
    load(bot, "police", RECENT)
    assert run(bot).removed["episodes"] == 1
    assert [e["occurrence_ref"] for e in bot.rows("episode")] == ["OCC-3"]
    assert len(bot.rows("child")) == 1


def test_further_reports_go_with_their_absence(bot: Loader) -> None:
    again = police(occurrence_ref="OCC-2", last_seen_at="01/03/2017 23:00", reported_at="01/03/2017 23:00")
    load(bot, "police", police(), again)
    load(bot, "children", child())
    forms = [interview(episode_id=f"EP-{n}", started_at=f"2017-03-01 2{n}:00") for n in (2, 3)]
    load(bot, "interviews", *forms)
    assert [len(bot.rows(table)) for table in ("episode", "occurrence", "interview")] == [1, 2, 2]
    assert run(bot).removed["episodes"] == 1
    assert [bot.rows(table) for table in ("episode", "occurrence", "interview", "grade", "found_with")] == [[]] * 5
    load(bot, "police", police(), again)
    assert [bot.rows(table) for table in ("episode", "occurrence")] == [[], []], "nor do they come back"


def test_a_child_the_council_works_with_stays_without_episodes(bot: Loader) -> None:
    load_old(bot)  # its status is "lac"
    assert run(bot).removed["children"] == 0
    assert about_children(bot) == {**dict.fromkeys(about_children(bot), 0), "child": 1, "child_period": 1}


def test_nothing_of_a_child_under_legal_hold_goes(bot: Loader) -> None:
    load_old(bot)
    before = about_children(bot)
    hold(bot, bot.row("child")["ref"])
    kept = run(bot)
    assert (kept.removed["episodes"], kept.held) == (0, 1)
    assert about_children(bot) == before


def test_a_hold_placed_under_an_older_reference_counts(bot: Loader) -> None:
    load(bot, "police", police())
    later = {"started_at": "2017-02-01 22:05", "ended_at": "2017-02-02 03:00", "returned_at": "2017-02-02 03:00"}
    load(bot, "interviews", interview(occurrence_ref="", **later))
    first, second = (c["ref"] for c in bot.rows("child"))
    hold(bot, second)
    load(bot, "children", child())  # says that both are one
    assert [c["ref"] for c in bot.rows("child")] == [first]
    assert ((kept := run(bot)).held, kept.owed) == (1, 1)
    assert kept.removed["episodes"] == 0


def test_twice_changes_nothing_more_but_says_that_it_ran(bot: Loader) -> None:
    load_old(bot)
    run(bot)
    before = facts(bot)
    again = run(bot)
    assert facts(bot) == before
    assert sum(again.removed.values()) == 0
    assert [r["outcome"] for r in bot.rows("audit")] == ["removed 1", "nothing due"]
    assert len([r for r in bot.rows("source_load") if r["source"] == "retention"]) == 1


def test_a_rehearsal_counts_the_same_and_changes_nothing(bot: Loader) -> None:
    load_old(bot)
    before = bot.everything(), bot.rows("source_load")
    rehearsed = run(bot, dry_run=True)
    assert (bot.everything(), bot.rows("source_load")) == before
    assert rehearsed == run(bot)


@pytest.mark.parametrize("where", ["remove_children", "append", "cut", "note_cut"])
def test_a_fault_in_the_middle_leaves_everything(bot: Loader, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_old(bot)
    before = bot.everything(), bot.rows("source_load")

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    place = {"remove_children": kept_records, "append": audit_chain, "cut": audit_chain, "note_cut": daily}[where]
    monkeypatch.setattr(place, where, fail)
    with pytest.raises(OSError, match="full"):
        run(bot)
    assert (bot.everything(), bot.rows("source_load")) == before


def test_more_than_one_statement_takes(bot: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    load(bot, "police", *(police(occurrence_ref=f"OCC-{n}", police_ref=f"NOM-{n}") for n in range(5)))
    assert run(bot, limits=Retention(records_months=24)).removed["children"] == 0  # nobody interviewed them
    load(
        bot,
        "interviews",
        *(interview(episode_id=f"EP-{n}", occurrence_ref=f"OCC-{n}", child_id=f"C-{n}") for n in range(5)),
    )
    assert run(bot).removed["children"] == 5
    assert set(about_children(bot).values()) == {0}


def test_since_when_records_are_known_only_moves_forward(bot: Loader) -> None:
    load_old(bot)
    run(bot)
    kept = run(bot, NOW + timedelta(days=1), Retention(records_months=36))
    assert kept.since == CUT
    with reading(bot.engine) as connection:
        assert kept_records.records_begin(connection) == CUT
    assert run(bot, NOW + timedelta(days=1)).since == date(2017, 7, 6)


@pytest.mark.parametrize("source", OLD)
def test_a_later_export_does_not_bring_back_what_is_over(bot: Loader, source: str) -> None:
    gone = {**OLD, "children": [child(looked_after_to="2017-04-01", case_status="not_open")]}
    run(bot)
    before = about_children(bot)
    summary = load(bot, source, *gone[source])
    assert (summary.read, summary.accepted, summary.rejected, summary.left_out) == (1, 0, 0, 1)
    assert summary.rejects_file is None
    assert about_children(bot) == before
    assert sum(run(bot).removed.values()) == 0


def test_an_export_with_old_and_new_rows_is_loaded_for_the_new_ones(bot: Loader) -> None:
    run(bot)
    summary = load(bot, "police", police(), OPEN, RECENT)
    assert (summary.read, summary.accepted, summary.added, summary.left_out) == (3, 2, 2, 1)
    newest = next(r for r in bot.rows("source_load") if r["source"] == "police")
    assert (newest["rows_read"], newest["accepted"], newest["rejected"]) == (3, 2, 0)
    assert load(bot, "police", police(), OPEN, RECENT).unchanged == 2


def test_an_old_row_whose_interview_is_owed_is_loaded(bot: Loader) -> None:
    run(bot)
    owed = interview(held_at="", recorded_at="", response="", offered_at="")
    assert load(bot, "interviews", owed).accepted == 1
    assert load(bot, "police", police()).accepted == 1  # the other half of an episode that stays
    assert run(bot).owed == 1


def test_a_reference_that_retention_removed_is_never_given_again(bot: Loader) -> None:
    load(bot, "police", police())
    load(bot, "interviews", interview())
    old = bot.row("child")["ref"]
    run(bot)
    letters = iter(old.partition("-")[2] + "ZZZZ")
    at = NOW - timedelta(minutes=30)
    bot.load("police", OPEN, now=NOW, taken_at=at, audit_key=KEY, choose=lambda _: next(letters))
    assert bot.row("child")["ref"] == "TS-ZZZZ" != old


def test_what_is_kept_beside_the_records_goes_in_its_time(bot: Loader) -> None:
    long_ago, soon = NOW - timedelta(days=3000), NOW + timedelta(hours=1)
    looks = {"person_id": "lead", "ref": "TS-2222", "area": "north", "reason": "why", "until_at": soon}
    with writing(bot.engine) as connection:
        for seen in (long_ago, NOW, None):
            connection.execute(
                insert(notice).values(person_id="lead", kind="k", text="t", made_at=long_ago, seen_at=seen)
            )
        for until in (long_ago, soon):
            connection.execute(
                insert(handle).values(digest=str(until), person_id="lead", purpose="p", command="c", until_at=until)
            )
            connection.execute(insert(look_up_lock).values(person_id=str(until), locked_at=long_ago, until_at=until))
        for opened, reviewed in ((long_ago, long_ago), (long_ago, None), (NOW, NOW)):
            connection.execute(insert(glass).values(**looks, opened_at=opened, reviewed_at=reviewed))
    removed = run(bot).removed
    assert (removed["notices"], removed["handles"], removed["locks"], removed["looks"]) == (1, 1, 1, 1)
    left = [len(bot.rows(name)) for name in ("notice", "handle", "look_up_lock", "glass")]
    assert left == [2, 1, 1, 2]


def test_a_lock_that_is_over_is_kept_for_a_day_so_that_its_misses_stay_forgotten(bot: Loader) -> None:
    """Three misses before the lock ended, one after: whoever was unlocked is not locked again by the next miss."""
    ended = {"yesterday": NOW - timedelta(days=1), "older": NOW - timedelta(days=1, seconds=1), "now": NOW}
    with writing(bot.engine) as connection:
        for person, until in ended.items():
            connection.execute(insert(look_up_lock).values(person_id=person, locked_at=until, until_at=until))
        for seconds in (-3, -2, -1, 1):
            at = NOW + timedelta(seconds=seconds)
            audit_chain.append(connection, KEY, Entry(at, "now", "council", "", "child", "not_found"))
    assert run(bot).removed["locks"] == 1
    assert run(bot, NOW + timedelta(seconds=2)).removed["locks"] == 1
    with reading(bot.engine) as connection:
        assert StoredTrail(connection).misses("now", NOW - timedelta(minutes=10)) == 1


def test_audit_rows_go_after_their_years_and_the_chain_still_verifies(bot: Loader) -> None:
    load_old(bot)
    run(bot)
    later = NOW + timedelta(days=366 * 7)
    assert run(bot, later).removed["audit"] == 1
    with reading(bot.engine) as connection:
        assert audit_chain.verdict(connection, KEY, []).faults == ()
        assert connection.execute(select(audit.c.seq).order_by(audit.c.seq)).scalars().first() == 2


def test_old_lists_of_rejected_rows_go(bot: Loader) -> None:
    load(bot, "police", police(sex="X"), OPEN)
    files = sorted(bot.rejects.iterdir())
    assert len(files) == 2
    os.utime(files[0], (0, (NOW - timedelta(days=7, seconds=1)).timestamp()))
    os.utime(files[1], (0, (NOW - timedelta(days=7)).timestamp()))
    assert run(bot, dry_run=True).removed["rejects"] == 1
    assert sorted(bot.rejects.iterdir()) == files
    assert run(bot).removed["rejects"] == 1
    assert sorted(bot.rejects.iterdir()) == files[1:]


def test_no_child_is_named_in_the_audit_rows(bot: Loader) -> None:
    load_old(bot)
    ref = bot.row("child")["ref"]
    run(bot)
    (row,) = bot.rows("audit")
    assert (row["who"], row["action"], row["subject"], row["outcome"]) == (
        "retention",
        "retention",
        "episodes",
        "removed 1",
    )
    assert ref not in str(row)


def test_events_noted_on_months_before_the_records_go(bot: Loader) -> None:
    kept = months_before(NOW.date(), LIMITS.records_months).replace(day=1)
    with writing(bot.engine) as connection:
        for first_day in (add_months(kept, -1), kept):
            month_notes.keep(connection, NoteMonth(first_day, "data-gap", "", "strategic_lead", "lead", NOW))
    assert {k: n for k, n in run(bot).removed.items() if n} == {"month notes": 1}
    with reading(bot.engine) as connection:
        assert [n.first_day for n in month_notes.read(connection)] == [kept]


@pytest.mark.parametrize("months", [1, 24])
def test_shifts_and_test_calls_long_over_go(bot: Loader, months: int) -> None:
    """A shift of the last 90 days stays, however short records are kept: its end is where a gap begins."""
    day = timedelta(days=1)
    cut = min(day_start(months_before(NOW.date(), months)), NOW - 90 * day)
    over, begun = (Shift("duty", "cs-1", cut - 9 * day, cut + n * day) for n in (0, 1))
    to_come = Shift("duty", "cs-2", NOW, NOW + 9 * day)
    covers = [replace(over, person="cs-3", instead_of="cs-1"), replace(to_come, person="cs-3", instead_of="cs-2")]
    with writing(bot.engine) as connection:
        for n, s in enumerate([over, begun, to_come, *covers]):
            row = {"role": s.role, "person_id": s.person, "begins_at": s.begins, "ends_at": s.ends}
            said = {"instead_of": s.instead_of, "said_by": "admin", "said_at": NOW, "of_file": n < 3}
            connection.execute(insert(rota_shift).values(**row, **said))
        for n in (-1, 1):
            drills.add(connection, DrillCall(0, f"m{n}", "police", "duty", "po-7", cut + n * day, NOW))
    limits = replace(LIMITS, records_months=months)
    assert {k: n for k, n in run(bot, limits=limits).removed.items() if n} == {"shifts": 2, "drills": 1}
    with reading(bot.engine) as connection:
        assert rota.shifts(connection) == (begun, to_come, covers[1])
        assert [c.month for c in drills.find(connection)] == ["m1"]
