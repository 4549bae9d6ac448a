"""restore: a backup takes the database's place while nobody uses it; what was due before is held, calls go on."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.chat.file_outbox import Outbox
from bot.store.backup import integrity
from bot.store.database import REVISION, rebuilding, writing
from bot.store.migrations import run
from tests.cli.test_backup import damaged
from tests.support.installation import OWN, Installation, server_of


def kept_databases(bot: Installation) -> list[str]:
    """Addresses of what was replaced."""
    if bot.on_sqlite:
        return [f"sqlite:///{f}" for f in sorted(bot.folder.glob("bot.replaced-*.sqlite"))]
    with psycopg.connect(server_of(bot.url)) as connection:
        query = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1"
        found = connection.execute(query, [f"{OWN}_%"]).fetchall()
    return [bot.url.replace(f"/{OWN}?", f"/{name}?") for (name,) in found]


def loads(bot: Installation, url: str | None = None) -> int:
    ((count,),) = bot.ask("SELECT count(*) FROM source_load", url)
    return int(str(count))


def refused(bot: Installation, file: Path) -> str:
    """The one sentence of a restore that changes nothing."""
    beside = {f.name for f in bot.folder.iterdir()}
    before = loads(bot)
    said = bot.run("restore", str(file))
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "Something went wrong" not in said.err
    assert (loads(bot), kept_databases(bot)) == (before, [])
    assert bot.ask("SELECT count(*) FROM restored") == [(0,)]
    assert {f.name for f in bot.folder.iterdir() if not f.name.endswith(("-wal", "-shm"))} <= beside
    return said.err


@pytest.fixture
def bot(installation: Installation) -> Installation:
    installation.load_practice()
    return installation


@pytest.fixture
def on_sqlite(sqlite_installation: Installation) -> Installation:
    sqlite_installation.load_practice()
    return sqlite_installation


@pytest.fixture
def on_postgresql(postgresql_installation: Installation) -> Installation:
    postgresql_installation.load_practice()
    return postgresql_installation


# -- what it does --


def test_the_database_is_that_of_the_backup_and_the_other_one_is_kept(bot: Installation) -> None:
    file = bot.backup()
    bot.load("police", taken_at="2017-07-05T07:50")
    assert loads(bot) == 4
    said = bot.done("restore", str(file))
    assert loads(bot) == 3
    (kept,) = kept_databases(bot)
    assert loads(bot, kept) == 4
    assert bot.ask("SELECT backup, until_row FROM restored") == [(file.name, 4)]
    assert bot.ask("SELECT seq, outcome, subject FROM audit WHERE action = 'restore'") == [(5, "done", file.name)]
    assert "as it was when it was made" in said
    assert "It goes until row 4 of the audit trail" in said
    assert "Load these files again, in this order:\n  police taken Wed 5 Jul 2017 07:50 BST" in said
    assert "The copy lacks 2 rows of the trail" in said
    named = kept.partition("?")[0] if bot.on_sqlite else kept.partition("@/")[2].partition("?")[0]
    assert f"is kept: {named.removeprefix('sqlite:///')}." in said
    assert bot.done("audit", "verify").splitlines()[-1] == "No fault was found."
    assert bot.run("doctor").code == 0


def test_what_people_have_to_do_again_is_counted(bot: Installation) -> None:
    file = bot.backup()
    bot.done("people", "add", "w-17", "--agency", "council", "--role", "analyst", "--as", "admin")
    bot.done("people", "grant", "w-17", "panel_member", "--areas", "north", "--as", "admin")
    said = bot.done("restore", str(file))
    assert "The copy lacks no load." in said
    assert "Do these again, as the trail of the replaced database says: 1 people add, 1 people grant." in said


def test_heads_of_the_replaced_database_are_no_fault_and_a_cut_trail_is_one(bot: Installation) -> None:
    file = bot.backup()
    bot.load("police", taken_at="2017-07-05T07:50")
    head = bot.folder / "heads"
    bot.done("audit", "head", "--to", str(head))
    bot.done("restore", str(file))
    said = bot.done("audit", "verify", "--heads", str(head))
    assert "Note: restored from a backup on " in said
    bot.done("audit", "head", "--to", str(head))
    with bot.database() as engine, writing(engine) as connection:
        if bot.on_sqlite:
            connection.exec_driver_sql("DROP TRIGGER audit_never_removed")
        else:
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
        connection.exec_driver_sql("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    assert bot.run("audit", "verify", "--heads", str(head)).code == 1


def sent(bot: Installation) -> Counter[str]:
    """Count the files in the outbox by the kind of their message."""
    kinds = {str(marker): str(kind) for marker, kind in bot.ask("SELECT marker, kind FROM delivery")}
    files = (json.loads(file.read_text()) for file in bot.folder.rglob("outbox/*/*.json"))
    return Counter(kinds[file["marker"]] for file in files if file["marker"] in kinds)


@pytest.mark.parametrize("moment", ["before the first tick", "after it"])
def test_nothing_goes_out_a_second_time_but_calls(bot: Installation, moment: str) -> None:
    """A copy, a morning that goes out, the copy back, and the same morning again."""
    if moment == "after it":
        bot.done("serve", "--once")
    file = bot.backup()
    bot.done("serve", "--once")
    first = sent(bot)
    assert first["digest"] == 3
    assert first["escalation"] >= 4, "one message a person"
    bot.done("restore", str(file))
    before = len(list(bot.folder.rglob("outbox/*/*.json")))
    bot.done("serve", "--once")
    bot.done("serve", "--once")
    again = sent(bot)
    assert {kind: again[kind] for kind in ("digest", "thread", "reminder")} == {
        kind: first[kind] for kind in ("digest", "thread", "reminder")
    }
    assert set(bot.ask("SELECT DISTINCT state FROM delivery WHERE kind = 'digest'")) == {("sent",)}
    new = len(list(bot.folder.rglob("outbox/*/*.json"))) - before
    assert new <= again["escalation"] + again["notice"]
    told = "SELECT count(*) FROM notice WHERE text LIKE 'The database was restored%%'"
    assert bot.ask(told if not bot.on_sqlite else told.replace("%%", "%")) == [(1,)]


def test_a_half_year_that_may_have_been_shown_since_the_backup_counts_as_shown(bot: Installation) -> None:
    file = bot.backup()
    assert bot.ask("SELECT last_day FROM released_period") == []
    bot.done("ask", "stats 2016-H2 north", "--in", "north-digest")
    assert [str(day) for (day,) in bot.ask("SELECT last_day FROM released_period")] == ["2016-12-31"]
    bot.done("restore", str(file))
    assert [str(day) for (day,) in bot.ask("SELECT last_day FROM released_period")] == ["2017-06-30"]


def test_what_is_held_is_posted_when_an_administrator_says_so(
    bot: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bot.backup()
    bot.done("restore", str(file))
    with monkeypatch.context() as away:  # a platform that cannot be asked, as Teams
        away.setattr(Outbox, "can_tell", False)
        bot.done("serve", "--once")
    ((number,),) = bot.ask("SELECT id FROM delivery WHERE kind = 'digest' AND audience = 'county-counts'")
    assert bot.ask(f"SELECT state, reason FROM delivery WHERE id = {number}") == [("held", "restored")]  # noqa: S608
    bot.done("ask", f"deliveries {number} again", "--as", "admin")
    bot.done("serve", "--once")
    assert bot.ask(f"SELECT state FROM delivery WHERE id = {number}") == [("sent",)]  # noqa: S608
    assert sent(bot)["digest"] == 1


def test_a_backup_of_an_older_version_is_brought_up_to_date(bot: Installation) -> None:
    with bot.database() as engine, rebuilding(engine) as connection:
        run.downgrade(connection, "-1")
    file = bot.backup()
    bot.done("restore", str(file))
    assert bot.ask("SELECT version_num FROM alembic_version") == [(REVISION,)]
    assert len(bot.ask("SELECT id FROM restored")) == 1


def test_a_database_of_a_newer_version_is_replaced_by_a_copy_from_before(bot: Installation) -> None:
    """The way back from an upgrade."""
    file = bot.backup()
    bot.change("UPDATE alembic_version SET version_num = '9998'")
    assert bot.run("ask", "stats").code == 1
    bot.done("restore", str(file))
    bot.done("ask", "stats")
    assert len(kept_databases(bot)) == 1


def test_a_database_that_is_gone_or_cannot_be_read_is_replaced(on_sqlite: Installation) -> None:
    bot, target = on_sqlite, on_sqlite.folder / "bot.sqlite"
    file = bot.backup()
    bot.load("police", taken_at="2017-07-05T07:50")
    summary = next(bot.folder.rglob("rejects/police-20170705T0650*.json"))
    exported = json.loads(summary.read_text())
    later = exported | {"loaded_at": "2099-07-05 06:50:00+00:00", "sha256": "ab" * 32}
    summary.with_name("police-later-summary.json").write_text(json.dumps(later))
    for harm in (lambda: target.write_bytes(b"\x99" * target.stat().st_size), target.unlink):
        harm()
        said = bot.done("restore", str(file))
        assert "Which loads the copy lacks is not known for certain" in said
        assert "police taken Wed 5 Jul 2017 07:50 BST" in said
        assert loads(bot) == 3
        bot.done("ask", "stats")
    assert len(kept_databases(bot)) == 1  # there was none the second time


def test_the_log_of_a_database_that_is_gone_is_not_read_into_the_copy(on_sqlite: Installation) -> None:
    """SQLite would take whatever lies beside a file for that file's own."""
    bot, target = on_sqlite, on_sqlite.folder / "bot.sqlite"
    file = bot.backup()
    with closing(sqlite3.connect(target)) as writer:
        writer.execute("INSERT INTO overlooked VALUES ('call', 'later', '2017-07-05 07:00:00', '2017')")
        writer.commit()
        log = target.with_name("bot.sqlite-wal").read_bytes()
    target.unlink()
    target.with_name("bot.sqlite-wal").write_bytes(log)
    bot.done("restore", str(file))
    assert bot.ask("SELECT count(*) FROM overlooked") == [(0,)]
    assert bot.run("doctor").code == 0


def test_where_the_copy_cannot_take_its_place_everything_is_as_it_was(
    on_sqlite: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = on_sqlite
    file = bot.backup()
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", _no_space)
        assert "No space left" in refused(bot, file)
    bot.done("restore", str(file))


def _no_space(path: Path, target: Path) -> Path:
    if path.name.endswith(".part"):
        raise OSError(28, "No space left on device", str(target))
    path.rename(target)
    return target


def test_a_copy_that_somebody_made_by_hand_will_do(on_sqlite: Installation) -> None:
    bot = on_sqlite
    with closing(sqlite3.connect(bot.folder / "bot.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = shutil.copy(bot.folder / "bot.sqlite", bot.folder / "by-hand")
    assert "no checksum is beside it" in bot.done("restore", str(file))
    assert loads(bot) == 3


# -- when it refuses --


@contextmanager
def somebody_connected(bot: Installation) -> Iterator[None]:
    """Another process, which does nothing at this moment, as a service between two ticks."""
    program = (
        "import sys; from bot.store.database import open_database; c = open_database(sys.argv[1]).connect();"
        "c.exec_driver_sql('SELECT 1 FROM audit'); c.rollback(); print('there', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", program, bot.url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        try:
            yield
        finally:
            process.communicate("")


def test_while_another_process_uses_the_database(bot: Installation) -> None:
    file = bot.backup()
    with somebody_connected(bot):
        assert refused(bot, file).startswith("Another process uses the database: stop the bot")
    bot.done("restore", str(file))


def test_while_another_process_uses_a_database_that_cannot_be_read_any_more(on_sqlite: Installation) -> None:
    bot, target = on_sqlite, on_sqlite.folder / "bot.sqlite"
    file = bot.backup()
    with somebody_connected(bot):
        with target.open("r+b") as stream:
            stream.write(b"\x99" * 4096)
        said = bot.run("restore", str(file))
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Another process uses the database")
    bot.done("restore", str(file))
    assert loads(bot) == 3


def test_while_a_replica_may_only_have_lost_its_connection(on_postgresql: Installation) -> None:
    bot = on_postgresql
    file = bot.backup()
    bot.change("INSERT INTO beat VALUES ('second', now(), now() - interval '20 seconds', now())")
    assert "A replica of the bot ticked 2" in refused(bot, file)
    bot.change("UPDATE beat SET ticked_at = now() - interval '91 seconds'")
    bot.done("restore", str(file))


def test_what_is_no_backup(bot: Installation, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a shopping list")
    with closing(sqlite3.connect(tmp_path / "other")) as connection:
        connection.execute("CREATE TABLE shopping (item TEXT)")
        connection.commit()
    assert "is no backup of this bot" in refused(bot, tmp_path / "text")
    said = refused(bot, tmp_path / "other")
    assert "is no backup of this bot" in said or "is a backup of SQLite" in said
    assert "No such file" in refused(bot, tmp_path / "nothing")


def test_a_backup_of_the_other_kind_of_database(bot: Installation, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP" + bytes(5000) if bot.on_sqlite else b"SQLite format 3\x00" + bytes(5000))
    assert "is a backup of " in refused(bot, other)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.999])
def test_a_backup_of_which_one_bit_was_changed(bot: Installation, part: float) -> None:
    file = bot.backup()
    whole = bytearray(file.read_bytes())
    whole[int(len(whole) * part)] ^= 4
    file.write_bytes(whole)
    assert "is damaged: it is not what it was when it was made" in refused(bot, file)


def test_a_damaged_copy_without_a_checksum(bot: Installation) -> None:
    file = bot.backup()
    file.with_name(f"{file.name}.sha256").unlink()
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2 // 4096 * 4096
    file.write_bytes(whole[:middle] + bytes(4096) + whole[middle + 4096 :])
    said = refused(bot, file)
    assert "is damaged (" in said or "pg_restore cannot read it" in said
    file.write_bytes(whole[: len(whole) * 2 // 3])
    refused(bot, file)


@pytest.mark.parametrize("at", ["9999", "a1b2c3d4e5f6"])
def test_a_backup_of_tables_that_this_program_does_not_know(bot: Installation, at: str) -> None:
    file = bot.backup()
    bot.change(f"UPDATE alembic_version SET version_num = '{at}'")  # noqa: S608
    source = bot.folder / "newer"
    if bot.on_sqlite:
        with closing(sqlite3.connect(bot.folder / "bot.sqlite")) as connection:
            connection.execute("VACUUM INTO ?", [str(source)])
    else:
        subprocess.run(["pg_dump", "-Fc", f"--file={source}", server_of(bot.url)], check=True)
    bot.change(f"UPDATE alembic_version SET version_num = '{REVISION}'")  # noqa: S608
    said = refused(bot, source)
    assert f"(tables {at}" in said
    assert f"this program knows {REVISION}" in said or f"it knows tables up to {REVISION}" in said
    bot.done("restore", str(file))


def test_a_backup_that_was_sealed_with_another_key(bot: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bot.backup()
    with monkeypatch.context() as other:
        other.setenv("BOT_AUDIT_KEY", "5e" * 32)
        assert refused(bot, file).startswith("The audit key does not fit this backup")


def test_the_database_itself_is_no_backup_of_it(on_sqlite: Installation) -> None:
    bot = on_sqlite
    assert "is the database itself" in refused(bot, bot.folder / "bot.sqlite")


def test_a_damaged_database_is_kept_too(on_sqlite: Installation) -> None:
    bot = on_sqlite
    file = bot.backup()
    damaged(bot)
    assert bot.run("doctor").code == 1
    bot.done("restore", str(file))
    (kept,) = kept_databases(bot)
    assert integrity.of_file(Path(kept.removeprefix("sqlite:///")))
    assert bot.run("doctor").code == 0
