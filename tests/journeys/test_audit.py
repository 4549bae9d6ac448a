"""The trail of the whole bot: what is recorded, by whom it is read, where its end is kept; no record, no answer."""

from __future__ import annotations

import csv
import stat
import threading
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from bot import __main__
from bot.app import App, operator
from bot.cli import terminal, unmatched
from bot.jobs import audit_checkpoints
from bot.rules.audit.chain import Entry, head_line, head_of, is_signed
from bot.settings import Settings, read_settings
from bot.store import audit_chain, database
from bot.store.database import open_database, reading, writing
from bot.store.queries.audit_trail import StoredTrail
from bot.store.schema import triggers
from tests.support.exports import police, write
from tests.support.factories import NOW


def settings_on(url: str, folder: Path, **environ: str) -> Settings:
    return replace(read_settings({"BOT_DATABASE_URL": url, **environ}), data_folder=folder / "data")


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[App]:
    app = App(settings_on(database_url, tmp_path))
    yield app
    app.close()


@pytest.fixture
def here(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What `python -m bot` uses."""
    found = settings_on(sqlite_url, tmp_path)
    monkeypatch.setattr(__main__, "read_settings", lambda: found)
    return found


def entries(app: App) -> list[Entry]:
    with reading(app.database) as connection:
        return [entry for _, entry in audit_chain.entries(connection)]


def actions(app: App) -> list[tuple[str, str, str]]:
    return [(e.action, e.outcome, e.subject) for e in entries(app) if e.action != "configuration"]


def load(app: App, folder: Path) -> None:
    app.load("police", write(folder / "police.csv", [police()]), NOW)


def verify(app: App) -> list[str]:
    with reading(app.database) as connection:
        return [
            f.text
            for f in audit_chain.verdict(connection, app.keys.audit, audit_checkpoints.read(app.heads.file)[0]).faults
        ]


def test_what_changes_or_leaves_is_a_row(app: App, tmp_path: Path) -> None:
    load(app, tmp_path)
    terminal.ask(app, "help", "lead", None, NOW)
    terminal.ask(app, "help", "nobody-here", None, NOW)
    terminal.digest(app, "north-digest", NOW)
    unmatched._run(app, Namespace(file=tmp_path / "unmatched.csv"))
    assert actions(app) == [
        ("load", "done", "police"),
        ("help", "answered", ""),
        ("help", "not_listed", ""),
        ("digest", "done", ""),
        ("unmatched as a file", "done", ""),
    ]
    by_terminal = [e for e in entries(app) if e.who == operator()]
    assert [e.reason for e in by_terminal] == ["1 added, 0 changed, 0 unchanged", "", ""]
    assert [(e.level, e.place) for e in by_terminal][1] == (1, "north-digest")
    assert verify(app) == []


def test_a_load_that_fails_at_its_row_changes_nothing(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("the power went")

    assert app.sealing_key
    monkeypatch.setattr(audit_chain, "append", fail)
    with pytest.raises(RuntimeError, match="the power went"):
        load(app, tmp_path)
    with app.facts() as facts:
        assert not any(f.taken_at for f in facts.freshness(NOW))


def test_another_partnership_file_is_a_row(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "partnership.toml"
    said = read_settings({}).partnership_file.read_text(encoding="utf-8")
    for content in (said, said, said + "\n# another\n", said):
        file.write_text(content, encoding="utf-8")
        app = App(settings_on(database_url, tmp_path, BOT_PARTNERSHIP=str(file)))
        terminal.ask(app, "help", "lead", None, NOW)
        found = [e for e in entries(app) if e.action == "configuration"]
        app.close()
    first, second, third = (e.subject for e in found)
    assert first == third != second
    assert len(first) == 16


def test_no_answer_leaves_while_it_cannot_be_recorded(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the database's one write lock for longer than we wait."""
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    app = App(settings_on(sqlite_url, tmp_path))
    load(app, tmp_path)
    desk, before = app.dispatcher, entries(app)
    other = open_database(sqlite_url)
    with writing(other):
        reply = terminal.ask(app, "sources", "lead", None, NOW)
    other.dispose()
    assert (reply.status, reply.level, reply.tables, reply.facts) == ("refused", 0, (), ())
    assert "could not record" in reply.text[0]
    assert entries(app) == before
    assert terminal.ask(app, "sources", "lead", None, NOW).status == "ok"
    assert desk is app.dispatcher
    app.close()


def test_many_who_ask_at_once_are_each_recorded(app: App, tmp_path: Path) -> None:
    load(app, tmp_path)
    assert app.dispatcher
    assert app.sealing_key
    replies = []
    threads = [
        threading.Thread(
            target=lambda: replies.append(terminal.ask(app, "help", "lead", None, NOW).status),
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == ["ok"] * 8
    assert len(actions(app)) == 9
    assert verify(app) == []


# -- where it ends, kept outside --


def test_a_head_is_kept_once_an_hour(app: App) -> None:
    terminal.ask(app, "help", "lead", None, NOW)
    now = datetime.now(UTC)
    for minutes in (1, 30, 59):
        app.heads.after_an_answer(now + timedelta(minutes=minutes))
    assert len(audit_checkpoints.read(app.heads.file)[0]) == 1
    app.heads.after_an_answer(now + timedelta(minutes=61))
    app.heads.after_an_answer(now + timedelta(minutes=62))
    found, faults = audit_checkpoints.read(app.heads.file)
    assert [h.seq for h in found] == [2, 2]
    assert faults == []
    assert all(is_signed(app.keys.audit, h) for h in found)
    assert stat.S_IMODE(app.heads.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(app.heads.folder.stat().st_mode) == 0o700


def test_another_process_finds_the_head_that_was_kept(app: App) -> None:
    terminal.ask(app, "help", "lead", None, NOW)
    now = datetime.now(UTC)
    other = audit_checkpoints.Heads(app.database, app.keys.audit, app.heads.folder, app.installation)
    other.after_an_answer(now)
    assert len(audit_checkpoints.read(app.heads.file)[0]) == 1
    assert other.due > now + timedelta(minutes=58)
    ahead = audit_checkpoints.Heads(app.database, app.keys.audit, app.heads.folder, app.installation)
    ahead.after_an_answer(now - timedelta(days=1))  # a head of the future says nothing of when the next is due
    assert len(audit_checkpoints.read(app.heads.file)[0]) == 2


def test_half_a_line_stays_a_fault_of_one_line(app: App) -> None:
    terminal.ask(app, "help", "lead", None, NOW)
    with app.heads.file.open("a") as stream:
        stream.write('{"seq": 1')
    app.heads.after_an_answer(datetime.now(UTC) + timedelta(hours=2))
    found, faults = audit_checkpoints.read(app.heads.file)
    assert len(found) == 2
    assert faults == [f"{app.heads.file.name}: line 2 is no head"]


def test_a_head_that_cannot_be_kept_stops_no_answer_and_is_told_once_an_hour(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no-folder").write_text("")
    for _ in range(3):  # three processes
        app = App(settings_on(database_url, tmp_path, BOT_AUDIT_HEADS=str(tmp_path / "no-folder")))
        assert terminal.ask(app, "help", "lead", None, NOW).status == "ok"
        with reading(app.database) as connection:
            told = [n.text for n in StoredTrail(connection).notices("admin")]
        assert len(told) == 1
        app.close()
    assert "rows cut off at its end would not be missed" in told[0]
    assert "could not be kept" in caplog.text


def test_heads_may_lie_elsewhere(app: App, tmp_path: Path) -> None:
    assert audit_checkpoints.folder({"BOT_AUDIT_HEADS": "/share"}, tmp_path) == Path("/share")
    assert audit_checkpoints.folder({}, tmp_path) == tmp_path / "audit-heads"


# -- the verbs --


def run(*words: str) -> int:
    return __main__.main(["audit", *words])


def test_verify_says_what_was_read_and_compared(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify") == 0
    assert "The trail has no rows." in capsys.readouterr().out
    assert __main__.main(["ask", "--as", "lead", "help"]) == 0
    capsys.readouterr()
    assert run("verify") == 0
    out = capsys.readouterr().out
    assert "2 rows read: from row 1" in out
    assert "Compared with 1 heads" in out
    assert "No fault was found." in out
    assert run("verify", "--since", "2017-07-05") == 0


def test_verify_finds_what_was_cut_off_by_the_head_of_the_other_agency(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    __main__.main(["ask", "--as", "lead", "help"])
    __main__.main(["ask", "--as", "lead", "help"])
    theirs = tmp_path / "theirs" / "kept"
    assert run("head", "--to", str(theirs)) == 0
    capsys.readouterr()
    assert run("head") == 0
    assert head_of(capsys.readouterr().out).seq == 3
    engine = open_database(here.database_url)
    with writing(engine) as connection:
        triggers.take_down(connection)
        connection.exec_driver_sql("DELETE FROM audit WHERE seq = 3")
    engine.dispose()
    assert run("verify") == 1  # the guards are gone
    assert "row 3" not in capsys.readouterr().out
    assert run("verify", "--heads", str(theirs)) == 1
    out = capsys.readouterr().out
    assert "FAULT: the trail ends at row 2, but on" in out
    assert "it went to row 3: an older copy" in out
    assert "FAULT: the database's guard audit_never_removed is gone" in out
    theirs.write_text("nothing\n")
    assert run("verify", "--heads", str(theirs)) == 1
    assert "kept: line 1 is no head" in capsys.readouterr().out


def test_an_empty_trail_has_no_head(here: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("head") == 1
    assert "no rows yet" in capsys.readouterr().err


def test_the_export_is_recorded_and_runs_no_formula(
    here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = App(here)
    for reason in ('=HYPERLINK("x")', " @SUM(A1)", "a strategy meeting\rtoday", ""):
        app.record(Entry(NOW, "lead", "council", "", "child", "answered", "OX-2222", 2, "private", reason), ())
    app.close()
    file = tmp_path / "trail.csv"
    assert run("export", str(file), "--as", "lead") == 0
    rows = written(file)
    assert [r["reason"] for r in rows[1:5]] == ['\'=HYPERLINK("x")', "' @SUM(A1)", "a strategy meeting today", ""]
    assert [rows[-1][c] for c in ("who", "action", "outcome")] == ["lead", "audit as a file", "answered"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    day = tmp_path / "day.csv"
    assert run("export", str(day), "--as", "admin", "--since", "2017-07-05", "--until", "2017-07-05") == 0
    rows = written(day)
    assert [r["reason"] for r in rows[:4]] == ["(withheld)"] * 3 + [""]
    assert {r["at"][:10] for r in rows} == {"2017-07-05"}


def written(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("words", "person", "action", "outcome"),
    [
        (("export", "{file}"), "north-worker", "audit as a file", "role"),
        (("export", "{file}"), "nobody-here", "audit as a file", "not_listed"),
        (("who", "OX-2222"), "admin", "audit who", "role"),
        (("who", "OX-2222"), "north-worker", "audit who", "role"),
        (("who", "OX-2222"), "lead", "audit who", "not_found"),
        (("what", "lead"), "north-manager", "audit what", "role"),
        (("what", "lead"), "admin", "audit what", "role"),
    ],
)
def test_whoever_may_not_read_it_is_refused_and_recorded(
    here: Settings, tmp_path: Path, words: tuple[str, ...], person: str, action: str, outcome: str
) -> None:
    file = tmp_path / "out.csv"
    assert run(*(w.format(file=file) for w in words), "--as", person) == 1
    assert not file.exists()
    app = App(here)
    assert actions(app) == [(action, outcome, "")]
    app.close()


def test_who_looked_and_what_somebody_did(here: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = App(here)
    load(app, tmp_path)
    app.close()
    ref = reference(here)
    assert __main__.main(["ask", "--as", "police", f"child {ref}"]) == 0
    capsys.readouterr()
    assert run("who", ref, "--as", "lead") == 0
    said = capsys.readouterr().out
    assert ref in said
    assert "police" in said
    assert "answered" in said
    assert run("what", "police", "--as", "lead") == 0
    assert ref in capsys.readouterr().out
    app = App(here)
    assert actions(app)[-2:] == [("audit who", "answered", ref), ("audit what", "answered", "police")]
    app.close()


def reference(settings: Settings) -> str:
    engine = open_database(settings.database_url)
    with reading(engine) as connection:
        found = connection.exec_driver_sql("SELECT ref FROM child").scalar_one()
    engine.dispose()
    return str(found)


def test_sqlite_has_nobody_to_grant_to(here: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("grants", "service") == 1
    assert "SQLite has no users" in capsys.readouterr().err


def test_the_whole_bot_works_as_a_user_who_owns_nothing(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute("CREATE ROLE careful LOGIN")
    try:
        owner = settings_on(postgresql_url, tmp_path)
        monkeypatch.setattr(__main__, "read_settings", lambda: owner)
        assert run("grants", "postgres") == 1
        assert "superuser" in capsys.readouterr().err
        assert run("grants", "careful") == 0
        assert "GRANT SELECT, INSERT ON public.audit TO careful;" in capsys.readouterr().out
        assert run("grants", "careful", "--apply") == 0
        app = App(settings_on(postgresql_url.replace("postgres@", "careful@"), tmp_path))
        load(app, tmp_path)
        assert terminal.ask(app, "stats north 2017-H1", "lead", None, NOW).status == "ok"
        assert terminal.ask(app, "today", "police", None, NOW).status == "ok"
        assert terminal.digest(app, "north-digest", NOW).status == "ok"
        assert unmatched._run(app, Namespace(file=tmp_path / "unmatched.csv")) == 0
        assert verify(app) == []
        with reading(app.database) as opened:
            assert (triggers.missing(opened), triggers.unbound(opened)) == ([], "")
        app.close()
    finally:
        with psycopg.connect(bare, autocommit=True) as connection:
            connection.execute("DROP OWNED BY careful; DROP ROLE careful")


def test_a_line_of_a_head_shows_nothing_but_numbers(app: App) -> None:
    terminal.ask(app, "help", "lead", None, NOW)
    head = app.heads.now(NOW)
    assert head is not None
    assert set(head_line(head)) <= set('{}":, abcdefghijklmnopqrstuvwxyz0123456789-+T')
