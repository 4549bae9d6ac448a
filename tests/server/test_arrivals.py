"""Exports arrive in real folders: complete ones are loaded once, however many replicas look, and then put away."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from bot.app import App
from bot.cli.doctor.checks import Subject, folders
from bot.jobs import daily_retention, export_alarms
from bot.rules.delivery.health import DeliveryFigures
from bot.server.arrivals import Arrivals, folder_of
from bot.server.engine import Pace
from bot.server.http.metrics import Metrics
from bot.server.service import Service
from bot.server.worker import Worker
from bot.store.database import DatabaseError, reading, writing
from bot.store.queries.loads import freshness
from bot.store.retention import legal_holds
from bot.store.schema.access import legal_hold, notice
from bot.store.schema.records import child, source_load
from bot.store.schema.records import grade as stored_grade
from tests.support.doctor import settings
from tests.support.exports import police, write


class Replicas:
    """Replicas of one bot, and what they alarmed."""

    def __init__(self, url: str, folder: Path, keep: int = 0) -> None:
        self.url, self.inbox, self.keep = url, folder / "in", keep
        self.inbox.mkdir(exist_ok=True)
        found = settings(url, folder)
        chosen = found.partnership
        source = replace(chosen.sources.police, folder=str(self.inbox), taken_at_column="", taken_at_in_name="")
        self.settings = replace(
            found,
            partnership=replace(
                chosen,
                practice=None,
                sources=replace(chosen.sources, police=source),
                retention=replace(chosen.retention, keep_exports_days=keep),
            ),
        )
        self.alarms: list[str] = []
        self.app = App(self.settings)
        self.one = Arrivals(self.app, lambda text, begins: self.alarms.append(text))
        self.two = Arrivals(App(self.settings), lambda text, begins: self.alarms.append(text))

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            for each in (self.one, self.two):
                each.look()

    def put(self, name: str = "police.csv", number: int = 1) -> Path:
        return write(self.inbox / name, [police(occurrence_ref=f"OCC-{number}")])

    @property
    def loads(self) -> int:
        with reading(self.app.database) as connection:
            return len(connection.execute(select(source_load.c.id)).all())

    @property
    def kept(self) -> list[Path]:
        return sorted((self.app.home / "exports").glob("*"))


@pytest.fixture
def bots(database_url: str, tmp_path: Path) -> Iterator[Replicas]:
    found = Replicas(database_url, tmp_path)
    with closing(found.one.app), closing(found.two.app):
        yield found


@pytest.fixture
def keeping(sqlite_url: str, tmp_path: Path) -> Iterator[Replicas]:
    found = Replicas(sqlite_url, tmp_path, keep=3)
    with closing(found.one.app), closing(found.two.app):
        yield found


def test_a_complete_file_is_loaded_once_and_deleted(bots: Replicas) -> None:
    file = bots.put()
    bots.look(1)
    assert (bots.loads, file.exists()) == (0, True)
    bots.look(3)
    assert (bots.loads, file.exists(), bots.kept, bots.alarms) == (1, False, [], [])


def test_files_wait_while_the_clock_is_in_doubt(bots: Replicas) -> None:
    file = bots.put()
    bots.one.clock_is_right = bots.two.clock_is_right = lambda: False
    bots.look(4)
    assert (bots.loads, file.exists(), bots.alarms) == (0, True, [])
    bots.one.clock_is_right = lambda: True
    bots.look()
    assert (bots.loads, file.exists(), bots.alarms) == (1, False, [])


def test_two_replicas_at_the_same_moment(bots: Replicas) -> None:
    for n in range(3):
        bots.put(f"police-{n}.csv", n)
    bots.look(1)
    both = [Thread(target=each.look) for each in (bots.one, bots.two)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    bots.look()
    assert (bots.loads, list(bots.inbox.iterdir()), bots.alarms) == (3, [], [])


def test_a_process_that_ends_takes_what_is_complete(keeping: Replicas) -> None:
    keeping.one.every = 0.0
    keeping.one.once()
    keeping.put()
    (keeping.inbox / "odd.csv").write_text("a,b\n")
    keeping.one.once()
    assert (keeping.loads, list(keeping.inbox.iterdir()), len(keeping.kept)) == (
        1,
        [],
        len(("loaded", "refused", "why")),
    )


def test_a_process_that_ends_takes_nothing_from_a_folder_in_which_it_may_not_write(
    bots: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would try a refused file again each minute."""
    (bots.inbox / "odd.csv").write_text("a,b\n")
    bots.one.every = 0.0
    with monkeypatch.context() as patched:
        patched.setattr("bot.server.arrivals.os.access", lambda path, mode: path != bots.inbox)
        bots.one.once()
        bots.two.every = 0.0
        bots.two.once()
    assert (bots.loads, bots.kept, len(set(bots.alarms)), len(list(bots.inbox.iterdir()))) == (0, [], 1, 1)


def test_the_age_of_the_oldest_file_that_is_not_taken(bots: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bots.one.waiting() == {"police": 0.0}
    os.utime(bots.put(), (0, 0))  # a time that the sender brings along
    bots.put("police.csv.part")
    monkeypatch.setattr("bot.server.arrivals.time.time", lambda: datetime.now(UTC).timestamp() + 3700)
    metrics = Metrics(DeliveryFigures, (), (), bots.one.waiting)
    (line,) = (x for x in metrics.text().decode().splitlines() if x.startswith("missing_export_waiting_seconds"))
    name, age = line.split()
    assert name == 'missing_export_waiting_seconds{source="police"}'
    assert 3700 <= float(age) < 3760
    shutil.rmtree(bots.inbox)
    assert bots.one.waiting() == {}


def test_a_file_that_grows_is_left_alone(bots: Replicas) -> None:
    file = bots.put()
    for _ in range(3):
        bots.look(1)
        with file.open("a") as stream:
            stream.write(",\n")
    assert (bots.loads, file.exists()) == (0, True)


def test_unfinished_names_folders_links_and_special_files_are_never_taken(bots: Replicas, tmp_path: Path) -> None:
    for name in (".police.csv", "police.csv.part", "police.tmp", "police.csv.FILEPART", "police.crdownload"):
        bots.put(name)
    (bots.inbox / "older").mkdir()
    bots.put("older/police.csv")
    os.mkfifo(bots.inbox / "pipe.csv")
    (bots.inbox / "link.csv").symlink_to(write(tmp_path / "outside.csv", [police()]))
    before = sorted(bots.inbox.rglob("*"))
    bots.look(3)
    assert (bots.loads, sorted(bots.inbox.rglob("*")), bots.alarms) == (0, before, [])


def test_a_service_looks_by_itself_and_alarms_administrators(keeping: Replicas) -> None:
    environ = {**keeping.settings.environ, "BOT_HEALTH_BIND": "127.0.0.1:0"}
    app = App(replace(keeping.settings, environ=environ))
    service = Service(app, Worker(app), Pace(period=1))
    assert service.arrivals
    service.arrivals.every = 0.05
    keeping.put()
    (keeping.inbox / "odd.csv").write_text("a,b\n")
    service.start()
    try:
        give_up = time.monotonic() + 60
        while len(keeping.kept) < len(("loaded", "refused", "why")):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        time.sleep(0.5)
    finally:
        assert service.stop()
        app.close()
    with reading(keeping.app.database) as connection:
        said = set(connection.execute(select(notice.c.text).where(notice.c.kind == "alarm")).scalars())
    assert any("a file was refused" in text for text in said)
    assert keeping.loads == 1


def test_a_folder_is_relative_to_the_partnership_file(bots: Replicas) -> None:
    source = bots.settings.partnership.sources.police
    beside = bots.settings.partnership_file.resolve().parent
    assert folder_of(bots.app, replace(source, folder="in/police")) == beside / "in/police"
    assert folder_of(bots.app, source) == bots.inbox


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were loaded: the same file again leaves no row of its own in the table of loads."""
    names, load = [], App.load

    def noting(app: App, source: str, file: Path, *given: Any, **options: Any) -> Any:
        names.append(file.name)
        return load(app, source, file, *given, **options)

    monkeypatch.setattr(App, "load", noting)
    return names


def test_a_file_that_comes_twice_is_loaded_once(bots: Replicas, loaded: list[str]) -> None:
    for _ in range(2):
        file = bots.put()
        bots.look()
        assert (bots.loads, file.exists(), loaded) == (1, False, ["police.csv"])


def test_the_newest_file_is_read_anew_while_rows_of_it_could_not_be_read(bots: Replicas, loaded: list[str]) -> None:
    def grades() -> list[str]:
        with reading(bots.app.database) as connection:
            return [grade for grade in connection.execute(select(stored_grade.c.grade)).scalars() if grade]

    def put() -> None:
        write(bots.inbox / "police.csv", [police(risk="Grade B")])
        bots.look()

    put()
    assert (grades(), len(loaded)) == ([], 1)
    mapped = replace(bots.settings.partnership.sources.police, words={"risk": {"Grade B": "medium"}})
    sources = replace(bots.settings.partnership.sources, police=mapped)
    ours = replace(bots.settings, partnership=replace(bots.settings.partnership, sources=sources))
    with closing(App(ours)) as app:
        bots.one.app = app
        bots.two.app = app
        put()
        assert (grades(), len(loaded), bots.loads) == (["medium"], 2, 1)
        put()  # read whole, it is not loaded a third time
    assert (len(loaded), list(bots.inbox.iterdir()), bots.alarms) == (2, [], [])


def test_a_replica_that_died_after_the_load_leaves_only_the_file(bots: Replicas, loaded: list[str]) -> None:
    file = bots.put()
    bots.app.load("police", file, None)
    bots.look()
    assert (bots.loads, file.exists(), loaded) == (1, False, ["police.csv"])


DIES = """
import sys
from pathlib import Path
from bot.app import App
from tests.server.test_arrivals import Replicas

def stop(connection, merged):  # at the end of the load's own transaction
    print("loading", flush=True)
    sys.stdin.read()

App._of_load = lambda *given, **more: stop
one = Replicas(sys.argv[1], Path(sys.argv[2])).one
one.look()
one.look()
"""


def test_a_replica_that_is_killed_while_it_loads_leaves_the_file_to_the_next(bots: Replicas, tmp_path: Path) -> None:
    file = bots.put()
    assert (bots.loads, bots.two.app.home) == (0, bots.app.home)  # both are open
    words = [sys.executable, "-c", DIES, bots.url, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "loading\n"
        bots.look(3)
        assert (bots.loads, file.exists()) == (0, True)
        other.send_signal(signal.SIGKILL)
        other.wait()
    for _ in range(100):  # PostgreSQL notices the end of a session a moment later
        bots.look()
        if not file.exists():
            break
        time.sleep(0.1)
    assert (bots.loads, file.exists(), bots.alarms) == (1, False, [])


def test_a_database_that_is_away_for_a_moment_leaves_the_file_for_later(
    bots: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    file = bots.put()
    bots.one.look()
    with monkeypatch.context() as patched:
        patched.setattr(App, "load", away)
        with pytest.raises(DatabaseError):
            bots.one.look()
    bots.look()
    assert (bots.loads, file.exists(), bots.alarms) == (1, False, [])


def test_doctor_judges_the_folder(keeping: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    def finding() -> str:
        subject = Subject(keeping.app, keeping.settings.partnership, datetime.now(UTC))
        return " ".join(f"{f.name} {f.state}" for f in folders(subject))

    keeping.put()
    assert finding() == "folder police ok"
    with monkeypatch.context() as patched:
        patched.setattr("bot.cli.doctor.checks.time.time", lambda: datetime.now(UTC).timestamp() + 3700)
        assert finding() == "folder police look"
    with monkeypatch.context() as patched:
        patched.setattr("bot.cli.doctor.checks.os.access", lambda path, mode: path != keeping.inbox)
        assert finding() == "folder police fault"
    shutil.rmtree(keeping.inbox)
    assert finding() == "folder police fault"


def test_a_refused_file_is_moved_away_with_its_reason_and_tried_once(bots: Replicas) -> None:
    (bots.inbox / "Jane Doe.csv").write_text("Jane Doe,2003-02-01\n")
    bots.look(4)
    file, why = bots.kept
    assert (bots.loads, list(bots.inbox.iterdir()), len(bots.alarms)) == (0, [], 1)
    assert "Jane" not in bots.alarms[0]
    assert file.read_text() == "Jane Doe,2003-02-01\n"
    assert why.name == f"{file.name}-why.txt"
    assert {stat.S_IMODE(f.stat().st_mode) for f in bots.kept} == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("job_first", [True, False])
def test_a_refused_file_that_casts_doubt_is_alarmed_once(
    bots: Replicas, job_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the folder, or by the job that finds the source in doubt."""
    worker = Worker(bots.app)

    def alarm(text: str, begins: str) -> None:
        for raise_it in sorted((lambda: worker.alarm(text, begins), job), key=lambda f: (f is job) != job_first):
            raise_it()

    def job() -> None:
        export_alarms.plan(worker.run(), datetime.now(UTC))

    monkeypatch.setattr(bots.one, "alarm", alarm)
    (bots.inbox / "odd.csv").write_text("a,b\n1,2\n")
    bots.one.look()
    bots.one.look()
    job()
    with reading(bots.app.database) as connection:
        said = set(connection.execute(select(notice.c.text).where(notice.c.kind == "alarm")).scalars())
        assert next(f.refused_at for f in freshness(connection, bots.app.partnership) if f.source == "police")
    (text,) = (text for text in said if "a file was refused" in text)
    assert ("exports of the bot's data folder" in text) != job_first


def test_a_file_that_cannot_be_deleted_is_loaded_once_and_alarmed(
    bots: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bots.put()

    def denied(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError

    assert bots.loads == 0
    with monkeypatch.context() as patched:
        patched.setattr("bot.server.arrivals.Path.unlink", denied)
        bots.one.look()
        for _ in range(4):
            bots.one.look()
        assert (bots.loads, file.exists(), len(bots.alarms)) == (1, True, 1)


def test_a_file_that_cannot_be_read_is_tried_once_and_named_nowhere(
    bots: Replicas,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = bots.put("Jane Doe.csv")
    asked = []

    def denied(*given: object) -> bool:
        asked.append(given)
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Arrivals, "_was_loaded", denied)
    for _ in range(4):
        bots.one.look()
    shown = capsys.readouterr()
    assert (len(asked), len(bots.alarms), file.exists()) == (1, 1, True)
    assert "Jane" not in " ".join([*bots.alarms, caplog.text, shown.out, shown.err])


def test_a_folder_that_is_gone_is_alarmed_and_serves_again(bots: Replicas) -> None:
    bots.inbox.rmdir()
    bots.look(1)
    assert all("cannot be read" in text for text in bots.alarms)
    assert bots.alarms
    bots.inbox.mkdir()
    bots.put()
    bots.look()
    assert bots.loads == 1


def test_kept_exports_go_after_their_days_but_not_under_a_hold(keeping: Replicas) -> None:
    keeping.put()
    keeping.look()
    (kept,) = keeping.kept
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    limits, rejects = keeping.settings.partnership.retention, keeping.app.home / "rejects"
    database, key, now = keeping.app.database, keeping.app.sealing_key, datetime.now(UTC)

    def after(days: int) -> int:
        at = now + timedelta(days=days, minutes=1)
        return daily_retention.run(database, key, limits, rejects, at).removed["exports"]

    with writing(database) as connection:
        ref = connection.execute(select(child.c.ref)).scalars().first()
        assert ref
        legal_holds.place(connection, ref, "lead", "a request of the court", now)
    assert (after(3), keeping.kept) == (0, [kept])
    with writing(database) as connection:
        connection.execute(delete(legal_hold))
    assert after(2) == 0
    assert (after(3), keeping.kept) == (1, [])


def test_an_erasure_discards_every_kept_export(keeping: Replicas) -> None:
    keeping.put()
    (keeping.inbox / "odd.csv").write_text("a,b\n")
    keeping.look()
    assert daily_retention.discard_exports(keeping.app.home / "rejects") == len(("loaded", "refused", "why"))
    assert keeping.kept == []
