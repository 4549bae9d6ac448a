"""backup: a whole copy while others write, under a name of its own, or nothing at all."""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from bot.store.backup import backup, dated_files, integrity, postgres_dump
from bot.store.database import REVISION, open_database, rebuilding, writing
from bot.store.migrations import run as migrations
from tests.cli.test_serve import serving
from tests.support.installation import KEYS, Installation


def test_a_backup_says_where_it_is_and_until_when_it_goes(installation: Installation) -> None:
    bot = installation
    bot.load_practice()
    ((before,),) = bot.ask("SELECT max(seq) FROM audit")
    said = bot.done("backup", "--to", str(bot.copies)).splitlines()
    file, beside = (bot.copies / name for name in bot.names())
    suffix = "sqlite" if bot.on_sqlite else "dump"
    assert re.fullmatch(rf"bot-\d{{8}}T\d{{6}}Z\.{suffix}", file.name)
    assert re.fullmatch(rf"Backup: {re.escape(str(file))} \([\d.]+ [kM]B\)\.", said[0])
    assert "as in the database" in said[1]
    assert said[2].startswith(f"It goes until row {before} of the audit trail (")
    assert "police taken Wed 5 Jul 2017 07:41 BST" in said[3]
    assert said[4].startswith("The keys are NOT in it (audit.key, data.key).")
    assert {stat.S_IMODE(f.stat().st_mode) for f in (file, beside)} == {0o600}
    assert stat.S_IMODE(bot.copies.stat().st_mode) == 0o700
    assert beside.read_text() == f"{dated_files.checksum(file)}  {file.name}\n"
    assert bot.ask("SELECT seq, outcome, subject FROM audit WHERE action = 'backup'") == [
        (int(str(before)) + 1, "done", file.name)
    ]
    assert not any(key.encode() in file.read_bytes() for key in KEYS.values())


def test_while_the_bot_serves(installation: Installation, tmp_path: Path) -> None:
    bot = installation
    bot.load_practice()
    with serving(bot.url, tmp_path, **KEYS):
        file = bot.backup()
    assert dated_files.is_as_made(file)


def test_a_copy_is_of_one_moment_whoever_writes_meanwhile(sqlite_installation: Installation) -> None:
    """Pairs of rows are written together: a copy that tears one of them apart is not of one moment."""
    bot = sqlite_installation
    bot.load_practice()
    over = threading.Event()

    def write() -> None:
        engine = open_database(bot.url)
        n = 0
        while not over.is_set():
            n += 1
            with writing(engine) as connection:
                for half in ("a", "b"):
                    row = f"('k{half}', 'm{n}', '2017-07-05 07:00:00', '2017-07-05 07:00:00')"
                    connection.exec_driver_sql(f"INSERT INTO overlooked VALUES {row}")  # noqa: S608
        engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [bot.backup() for _ in range(5)]
    finally:
        over.set()
        writer.join()
    found = [bot.ask("SELECT kind, count(*) FROM overlooked GROUP BY kind", f"sqlite:///{f}") for f in files]
    assert all(a[1] == b[1] for a, b in found)
    assert found[0] != found[-1]


def test_two_of_one_second_get_two_names(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    names: list[str] = []

    def take(n: int) -> None:
        together.wait()
        with dated_files.draft(tmp_path, "bot-20261105T074100Z", ".sqlite") as (part, final):
            part.write_text(str(n))
            dated_files.keep(part, final)
        names.append(final.name)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 8
    assert sorted((tmp_path / name).read_text() for name in names) == [str(n) for n in range(8)]
    assert len(list(tmp_path.iterdir())) == 16  # each with its checksum, and no draft


def test_a_name_that_is_taken_is_never_written_over(tmp_path: Path) -> None:
    for n, name in enumerate(("bot.sqlite", "bot-2.sqlite", "bot-3.sqlite")):
        with dated_files.draft(tmp_path, "bot", ".sqlite") as (part, final):
            part.write_text(str(n))
            dated_files.keep(part, final)
        assert final == tmp_path / name
        assert (tmp_path / "bot.sqlite").read_text() == "0"


def test_a_copy_that_lacks_a_row_is_not_kept(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = installation
    bot.load_practice()
    copy, run = backup._copy, postgres_dump.run

    def but_one(connection: Any, part: Path) -> None:
        copy(connection, part)
        with closing(sqlite3.connect(part)) as target:
            target.execute("DELETE FROM source_load WHERE id = 1")
            target.commit()

    def without_a_table(name: str, words: list[str], url: Any = None) -> None:
        run(name, [*words, *(["--exclude-table-data=source_load"] if name == "pg_dump" else [])], url)

    monkeypatch.setattr(backup, "_copy", but_one)
    monkeypatch.setattr(postgres_dump, "run", without_a_table)
    said = bot.run("backup", "--to", str(bot.copies))
    assert (said.code, said.out) == (1, "")
    assert said.err == "The backup differs from the database, so it was not kept. Run backup again.\n"
    assert bot.names() == []


def test_a_full_disk_leaves_nothing_and_is_one_sentence(sqlite_installation: Installation) -> None:
    bot = sqlite_installation
    bot.load_practice()
    bot.done("audit", "verify")  # what a verb writes first has been written

    def no_larger() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "BOT_DATABASE_URL": bot.url} | KEYS
    words = [sys.executable, "-m", "bot", "backup", "--to", str(bot.copies)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, preexec_fn=no_larger)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"The backup could not be written to {bot.copies}: ")
    assert done.stderr.count("\n") == 1
    assert bot.names() == []
    assert bot.ask("SELECT count(*) FROM audit WHERE action = 'backup'") == [(0,)]


def test_a_folder_that_cannot_be_written_to_is_one_sentence(installation: Installation) -> None:
    bot = installation
    bot.done("migrate")
    (bot.folder / "file").write_text("")
    said = bot.run("backup", "--to", str(bot.folder / "file" / "inside"))
    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("Not a directory.\n")
    assert said.err.count("\n") == 1


def test_without_the_program_it_says_what_to_install(
    postgresql_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = postgresql_installation
    bot.done("migrate")
    monkeypatch.setenv("PATH", str(bot.folder))
    said = bot.run("backup", "--to", str(bot.copies))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("pg_dump is not here: install PostgreSQL's client programs")
    assert bot.names() == []


def test_a_program_that_is_too_old_is_one_sentence(
    postgresql_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = postgresql_installation
    bot.done("migrate")
    old = bot.folder / "old"
    old.mkdir()
    lines = ("pg_dump: error: aborting because of server version mismatch", "pg_dump: detail: server version: 18.1")
    (old / "pg_dump").write_text("#!/bin/sh\n" + "".join(f"echo '{line}' >&2\n" for line in lines) + "exit 1\n")
    (old / "pg_dump").chmod(0o700)
    monkeypatch.setenv("PATH", f"{old}{os.pathsep}{os.environ['PATH']}")
    said = bot.run("backup", "--to", str(bot.copies))
    expected = "pg_dump failed: aborting because of server version mismatch; server version: 18.1.\n"
    assert (said.code, said.err) == (1, expected)
    assert bot.names() == []


def test_of_nothing_there_is_no_backup(installation: Installation) -> None:
    bot = installation
    said = bot.run("backup", "--to", str(bot.copies))
    assert said.code == 1
    assert said.err.endswith("so there is nothing to back up.\n")
    assert bot.names() == []


def test_a_damaged_database_is_not_kept_as_a_backup(sqlite_installation: Installation) -> None:
    bot = sqlite_installation
    bot.load_practice()
    damaged(bot)
    said = bot.run("backup", "--to", str(bot.copies))
    assert said.code == 1
    assert said.err.startswith("The database is damaged (")
    assert "./deploy/dev restore FILE" in said.err
    assert bot.names() == []


def damaged(bot: Installation) -> None:
    """An index's first page, which no verb of these tests reads."""
    file = bot.folder / "bot.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_step_episode_id'")
        ((size,),) = connection.execute("PRAGMA page_size")
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\x99" * size)
    assert integrity.of_file(file)


def test_before_an_upgrade_the_tables_are_left_as_they_are(installation: Installation) -> None:
    """Or there would be no way back to the older program."""
    bot = installation
    bot.load("police")
    with bot.database() as engine, rebuilding(engine) as connection:
        migrations.downgrade(connection, "-1")
    ((older,),) = bot.ask("SELECT version_num FROM alembic_version")
    assert older != REVISION
    said = bot.done("backup", "--to", str(bot.copies))
    assert f"Its tables are older ({older}, this program knows {REVISION})" in said
    assert bot.ask("SELECT version_num FROM alembic_version") == [(older,)]
    assert bot.ask("SELECT count(*) FROM audit WHERE action = 'backup'") == [(0,)]
