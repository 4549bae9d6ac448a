"""Erasure on both databases: refused while anything speaks against it, complete, for good, and with the chain whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot.ingest.csv_file import Export
from bot.ingest.load import LoadSummary, SourceError
from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.chain import Entry
from bot.rules.audit.erasure import digest, erasure_key
from bot.store import audit_chain, database
from bot.store.database import reading, writing
from bot.store.retention import erasure
from bot.store.retention.decisions import carry_out
from bot.store.retention.erasure import Erased, erase, scrub
from bot.store.schema.access import glass, handle, legal_hold, notice
from bot.store.schema.records import metadata
from tests.support.exports import child, interview, police
from tests.support.loader import Loader, loader

KEY = bytes(range(32))
NOW = datetime(2017, 7, 5, 8, tzinfo=UTC)
LEAD = Entry(NOW, "lead", "council", "strategic_lead", "subject erase", "", level=2, place="private", reason="asked")
#: Of the child who is erased, and of nobody else.
CANARIES = ("OCC-CANARY1", "NOM-CANARY2", "C-CANARY3", "EP-CANARY4", "W-CANARY5", "R-CANARY6")

HERS = {
    "police": police(occurrence_ref="OCC-CANARY1", police_ref="NOM-CANARY2", found_with="NOM-8"),
    "children": child(child_id="C-CANARY3", police_ref="NOM-CANARY2", provider="R-CANARY6", lead_worker="W-CANARY5"),
    "interviews": interview(episode_id="EP-CANARY4", occurrence_ref="OCC-CANARY1", child_id="C-CANARY3"),
}
ANOTHERS = police(occurrence_ref="OCC-9", police_ref="NOM-9", found_with="NOM-CANARY2;NOM-8", birth_date="03/04/2004")


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Loader]:
    with loader(database_url, tmp_path) as found:
        yield found


def load(bot: Loader, source: str, *rows: Any, now: datetime = NOW) -> LoadSummary:
    return bot.load(source, *rows, now=now, taken_at=now, audit_key=KEY)


@pytest.fixture
def ref(bot: Loader) -> str:
    """Her reference; another child is there too."""
    for source, row in HERS.items():
        load(bot, source, row)
    load(bot, "police", ANOTHERS)
    return next(str(c["ref"]) for c in bot.rows("child") if c["police_ref"] == "NOM-CANARY2")


def erased(bot: Loader, ref: str, now: datetime = NOW) -> Erased:
    return carry_out(bot.engine, KEY, [LEAD], lambda connection: erase(connection, KEY, ref, now))


def add(bot: Loader, table: Any, **values: Any) -> None:
    with writing(bot.engine) as connection:
        connection.execute(insert(table).values(**values))


def look(bot: Loader, ref: str, reviewed: datetime | None) -> None:
    common = {"person_id": "w", "area": "north", "reason": "why", "opened_at": NOW, "until_at": NOW}
    add(bot, glass, ref=ref, reviewed_at=reviewed, **common)


def test_nothing_of_her_is_left_and_the_other_child_is_whole(bot: Loader, ref: str) -> None:
    look(bot, ref, NOW)
    add(bot, notice, person_id="lead", kind="k", ref=ref, text=f"about {ref}", made_at=NOW)
    add(bot, handle, digest="d", person_id="lead", purpose="ask", command=f"child {ref.lower()}", until_at=NOW)
    add(bot, handle, digest="e", person_id="lead", purpose="ask", command="today", until_at=NOW)
    done = erased(bot, ref)
    assert (done.episodes, done.references) == (1, 5)
    stored = str({name: bot.rows(name) for name in metadata.tables if name not in {"audit", "source_load"}})
    assert [c for c in (*CANARIES, ref) if c in stored] == []
    assert [c["police_ref"] for c in bot.rows("child")] == ["NOM-9"]
    assert [f["police_ref"] for f in bot.rows("found_with")] == ["NOM-8"]
    assert (len(bot.rows("handle")), len(bot.rows("episode"))) == (1, 1)


def test_further_reports_of_her_absence_go_too(bot: Loader, ref: str) -> None:
    load(bot, "police", HERS["police"], {**HERS["police"], "occurrence_ref": "OCC-CANARY7"})
    assert [row["one_with"] for row in bot.rows("occurrence")] == [None, None, "OCC-CANARY1"]
    with writing(bot.engine) as connection:
        erase(connection, KEY, ref, NOW)
    assert [row["occurrence_ref"] for row in bot.rows("occurrence")] == ["OCC-9"]


def test_the_chain_verifies_and_still_says_who_looked(bot: Loader, ref: str) -> None:
    carry_out(bot.engine, KEY, [Entry(NOW, "w", "council", "", "child", "", ref)], lambda _: None)
    erased(bot, ref)
    with reading(bot.engine) as connection:
        assert audit_chain.verdict(connection, KEY, []).faults == ()
    assert [(r["action"], r["subject"]) for r in bot.rows("audit")] == [("child", ref), ("subject erase", "")]


def test_no_byte_of_her_is_left_in_the_files_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    with loader(sqlite_url, tmp_path) as bot:
        for source, row in HERS.items():
            load(bot, source, row)
        (her,) = bot.rows("child")
        assert all(_bytes_with(tmp_path, c) for c in CANARIES)
        erased(bot, her["ref"])
        assert scrub(bot.engine) == "done"
        assert [c for c in CANARIES if _bytes_with(tmp_path, c)] == []


def test_while_somebody_reads_the_log_is_said_to_hold_it_still(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 300)
    with loader(sqlite_url, tmp_path) as bot:
        load(bot, "police", HERS["police"])
        late = NOW + timedelta(days=2000)  # an adult by then: nobody owes an interview
        other = sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM child").fetchone()
        erased(bot, bot.row("child")["ref"], late)
        assert scrub(bot.engine) == "busy"
        other.execute("COMMIT")
        other.close()
        assert scrub(bot.engine) == "done"
        assert [c for c in CANARIES if _bytes_with(tmp_path, c)] == []


def _bytes_with(folder: Path, canary: str) -> list[Path]:
    return [f for f in folder.glob("bot.sqlite3*") if canary.encode() in f.read_bytes()]


def test_postgresql_is_left_to_its_vacuum(postgresql_url: str, tmp_path: Path) -> None:
    with loader(postgresql_url, tmp_path) as bot:
        assert scrub(bot.engine) == "vacuum"


@pytest.mark.parametrize("source", HERS)
def test_a_later_export_cannot_bring_her_back(bot: Loader, ref: str, source: str) -> None:
    erased(bot, ref)
    before = bot.rows("child")
    summary = load(bot, source, HERS[source], now=NOW + timedelta(days=1))
    assert (summary.accepted, summary.rejected) == (0, 1)
    assert summary.rejects_file
    listed = summary.rejects_file.read_text()
    assert "erased on request" in listed
    assert [c for c in CANARIES if c in listed] == []
    assert bot.rows("child") == before


CROOKED = {
    "another person, the same occurrence": ("police", police(occurrence_ref="OCC-CANARY1", police_ref="NOM-5")),
    "another occurrence of the same time": ("police", police(occurrence_ref="OCC-5", police_ref="NOM-CANARY2")),
    "another case, the same person": ("children", child(child_id="C-5", police_ref="NOM-CANARY2")),
    "another case, the same occurrence": ("interviews", interview(child_id="C-5", occurrence_ref="OCC-CANARY1")),
    "the same case, another episode": ("interviews", interview(child_id="C-CANARY3", episode_id="EP-5")),
}


@pytest.mark.parametrize("how", CROOKED)
def test_not_even_under_half_of_her_references(bot: Loader, ref: str, how: str) -> None:
    erased(bot, ref)
    source, row = CROOKED[how]
    assert load(bot, source, row).rejected == 1


def test_she_is_not_named_again_as_company_of_others(bot: Loader, ref: str) -> None:
    erased(bot, ref)
    assert load(bot, "police", {**ANOTHERS, "missing_from": "care"}).changed == 1
    assert [f["police_ref"] for f in bot.rows("found_with")] == ["NOM-8"]


def test_if_she_goes_missing_again_she_is_seen_under_a_new_reference(bot: Loader, ref: str) -> None:
    erased(bot, ref)
    later = NOW + timedelta(days=30)
    cells = {"found_at": "", "returned_at": "", "risk_at": "", "prevention_interview_at": "", "end_reason": ""}
    times = {"last_seen_at": "01/08/2017 22:00", "reported_at": "01/08/2017 23:00"}
    again = police(occurrence_ref="OCC-N1", police_ref="NOM-CANARY2", **cells, **times)
    summary = load(bot, "police", HERS["police"], again, now=later)
    assert (summary.accepted, summary.rejected) == (1, 1)
    assert "a missing child must be seen" in summary.warnings[-1]
    her = next(c for c in bot.rows("child") if c["police_ref"] == "NOM-CANARY2")
    assert her["ref"] != ref
    assert load(bot, "children", HERS["children"], now=later).accepted == 1  # the council's facts belong to it now
    assert [e["occurrence_ref"] for e in bot.rows("episode")] == ["OCC-9", "OCC-N1"]
    # Records of others may name her again: those of finds since then alone.
    found = {"found_at": "02/08/2017 02:00", "returned_at": "02/08/2017 03:00"}
    company = police(
        occurrence_ref="OCC-10", police_ref="NOM-9", found_with="NOM-CANARY2", **{**cells, **times, **found}
    )
    load(bot, "police", {**ANOTHERS, "missing_from": "care"}, again, company, now=later + timedelta(hours=1))
    named = [(f["occurrence_ref"], f["police_ref"]) for f in bot.rows("found_with")]
    assert sorted(named) == [("OCC-10", "NOM-CANARY2"), ("OCC-9", "NOM-8")]


def test_a_file_read_while_she_was_being_erased_is_refused(
    bot: Loader, ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Export.rows

    def meanwhile(export: Export) -> Iterator[Any]:
        yield from rows(export)
        erased(bot, ref)

    monkeypatch.setattr(Export, "rows", meanwhile)
    with pytest.raises(SourceError, match="Load it again"):
        load(bot, "police", police(police_ref="NOM-1"))
    assert len(bot.rows("child")) == 1


def test_a_load_without_the_key_is_no_way_around_it(bot: Loader, ref: str) -> None:
    erased(bot, ref)
    with pytest.raises(ValueError, match="key"):
        bot.load("police", HERS["police"])


def test_without_the_key_the_digests_tell_nothing(bot: Loader, ref: str) -> None:
    erased(bot, ref)
    kept = {r["digest"] for r in bot.rows("erased")}
    assert digest(erasure_key(KEY), "police_ref", "NOM-CANARY2") in kept
    assert digest(erasure_key(b"x" * 32), "police_ref", "NOM-CANARY2") not in kept


def test_her_reference_goes_to_no_other_child(bot: Loader, ref: str) -> None:
    erased(bot, ref)
    letters = iter(ref.partition("-")[2] + "ZZZZ")
    bot.load(
        "police", police(police_ref="NOM-77"), now=NOW, taken_at=NOW, audit_key=KEY, choose=lambda _: next(letters)
    )
    assert {c["ref"] for c in bot.rows("child")} > {"TS-ZZZZ"}
    assert ref not in {c["ref"] for c in bot.rows("child")}


def test_everything_that_speaks_against_it_is_said_and_nothing_changes(bot: Loader, ref: str) -> None:
    cells = {"found_at": "", "returned_at": "", "prevention_interview_at": "", "end_reason": ""}
    load(bot, "police", police(occurrence_ref="OCC-CANARY1", police_ref="NOM-CANARY2", **cells))
    load(bot, "interviews", {**HERS["interviews"], "held_at": "", "recorded_at": ""})
    add(bot, legal_hold, ref=ref, placed_by="lead", placed_at=NOW, why="an inquiry")
    look(bot, ref, None)
    before = {name: rows for name, rows in bot.everything().items() if name != "audit"}
    with pytest.raises(NotDecided, match=r"legal hold.*is missing.*still owed.*not been reviewed"):
        erased(bot, ref)
    assert {name: rows for name, rows in bot.everything().items() if name != "audit"} == before
    assert [r["outcome"] for r in bot.rows("audit")] == ["must_stay"]


def test_a_fault_in_the_middle_leaves_everything(bot: Loader, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    before = bot.everything()
    for place in ("remove_children", "remove_episodes"):
        with monkeypatch.context() as patch:
            patch.setattr(erasure, place, fail)
            with pytest.raises(OSError, match="full"):
                erased(bot, ref)
        assert bot.everything() == before
    with monkeypatch.context() as patch:
        patch.setattr(audit_chain, "append", fail)
        with pytest.raises(OSError, match="full"):
            erased(bot, ref)
    assert bot.everything() == before


def test_a_second_time_there_is_nobody(bot: Loader, ref: str) -> None:
    erased(bot, ref)
    with pytest.raises(NotDecided, match="No child"):
        erased(bot, ref)
