"""Fixtures of every room, and the choice between the normal run and the thorough one.

The normal run (`./deploy/dev test`) leaves out PostgreSQL twins outside `POSTGRESQL_ALWAYS` and tests marked thorough,
and takes a fifth of the examples of each property. `./deploy/dev test --thorough` runs everything at full size.
"""

import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from bot.messages import release
from bot.store import database as opening
from bot.store.database import migrate, open_database
from bot.store.migrations import run
from tests.support import compiled, migrated, parked, postgresql, solved
from tests.support.installation import KEYS, PROGRAMS, Installation, own_database

#: Rooms and journeys that run on PostgreSQL too, for every change: the store, the engine, one journey of each kind.
POSTGRESQL_ALWAYS = (
    "tests/store/",
    "tests/server/engine/",
    "tests/support/test_postgresql.py",
    "tests/journeys/test_whole.py",
    "tests/jobs/test_digest.py",
    "tests/cli/test_restore.py::test_the_database_is_that_of_the_backup_and_the_other_one_is_kept",
    "tests/server/test_rollback.py::test_the_digest_of_0800_is_in_each_channel_once_after_the_copy_is_put_back[slack",
)

#: Long runs whose small form is named behind each; a prefix of the test's name, so that parameters count too.
THOROUGH = (
    "tests/ingest/test_practice.py::test_loading_everything_again_changes_nothing",  # tests/ingest/test_load.py
    "tests/jobs/test_audit_reminders.py::test_a_job_that_works_is_never_noticed",  # test_reminders.py, a fortnight
    "tests/jobs/test_audit_escalations.py::test_a_job_that_works_is_never_noticed_down_to_the_last_tier",  # its others
    "tests/chat/slack/test_leaks_machine.py",  # tests/chat/slack/test_leaks.py
    "tests/chat/teams/test_playground.py",  # tests/chat/teams/test_messages.py, by signed activities
    "tests/bench/",  # tests/store/test_audit_chain.py kills a process too
)

#: Files that run for long though they have few tests. They begin first, so that no worker waits for another at the end.
LONGEST = (
    "tests/rulebook/",
    "tests/bench/",
    "tests/attacks/",
    "tests/jobs/test_escalations",
    "tests/jobs/test_audit_",
    "tests/ingest/test_csv_file.py",
    "tests/ingest/test_fuzz.py",
    "tests/ingest/test_order.py",
    "tests/journeys/test_parity.py",
    "tests/journeys/test_four_days_of_calls.py",
    "tests/rules/reminders/test_due.py",
    "tests/chat/teams/test_killed.py",
    "tests/chat/teams/test_playground.py",
    "tests/chat/slack/test_leaks_machine.py",
    "tests/server/engine/",
    "tests/cli/test_serve.py",
    "tests/jobs/",
    "tests/journeys/",
)

#: Sizes of the properties that read their own from the environment.
SMALL = {
    "BOT_CUTS": "13",
    "BOT_ODD": "400",
    "BOT_LEAKS": "300",
    "BOT_ATTACKS": "60",
    "BOT_RULINGS": "3",
    "BOT_TAMPERING": "800",
    "BOT_YEAR": "120",
}

ROOM = 2 * 1024**3


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="all PostgreSQL twins, attacks and long properties")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the sizes before test files read them, and memory for temporary files where there is room."""
    hypothesis.settings.register_profile("no deadline", deadline=None)  # a busy machine makes no example wrong
    hypothesis.settings.load_profile("no deadline")
    run.upgrade = migrated.upgrade_once()
    config.option.loadscopereorder = False  # by numbers of tests, the longest files would begin last
    opening.create_engine = compiled.create_engine_compiling_once  # type: ignore[attr-defined]
    release.printed_counts = solved.printed_counts_once  # type: ignore[attr-defined]
    if not config.getoption("thorough"):
        for name, size in SMALL.items():
            os.environ.setdefault(name, size)
    memory = Path("/dev/shm")  # noqa: S108 - pytest and tempfile make private folders in it
    if "TMPDIR" not in os.environ and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        os.environ["TMPDIR"] = str(memory)
        tempfile.tempdir = None  # pytest has asked before, and tempfile would keep the answer


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the thorough tests out of the normal run; a test that is named by `FILE::TEST` always runs."""
    if hasattr(config, "workerinput"):
        _longest_first(items)
    for item in items:
        if item.nodeid.startswith(THOROUGH):
            item.add_marker("thorough")
    if config.getoption("thorough") or any("::" in argument for argument in config.args):
        return
    left_out = [item for item in items if item.get_closest_marker("thorough") or _is_a_twin(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    for function in {getattr(item, "obj", None) for item in items}:
        given = getattr(function, "_hypothesis_internal_use_settings", None)
        if given is not None:
            smaller = hypothesis.settings(given, max_examples=max(min(5, given.max_examples), given.max_examples // 5))
            function._hypothesis_internal_use_settings = smaller  # type: ignore[union-attr]


def _longest_first(items: list[pytest.Item]) -> None:
    """Order the files for workers that take one after the other: those of LONGEST, then those of most tests."""
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int]:
        named = (n for n, begins in enumerate(LONGEST) if item.nodeid.startswith(begins))
        return next(named, len(LONGEST)), -tests[item.path]

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives as long as the process: modules and thousands of collected tests."""
    gc.collect()
    gc.freeze()


def _is_a_twin(item: pytest.Item) -> bool:
    """Is this a test on PostgreSQL outside the rooms that always run there?"""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    on_postgresql = "postgresql" in {parameters.get("database_url"), parameters.get("installation")}
    names = set(getattr(item, "fixturenames", ()))
    alone = bool(names & {"postgresql_url", "postgresql_server", "postgresql_installation"})
    return (on_postgresql or alone) and not item.nodeid.startswith(POSTGRESQL_ALWAYS)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One server a worker, which takes half a second and waits for no other worker."""
    with postgresql.running() as url:
        database = open_database(url)
        migrate(database)
        database.dispose()
        migrated.learn_postgresql(url)
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    return parked.emptied(postgresql_server, migrated.statements["postgresql"])


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bot.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A test that takes this runs twice: once on each database we support."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Installation]:
    """An installation with the practice partnership, its data in a folder of the test."""

    def at(url: str) -> Installation:
        for name, value in (KEYS | {"BOT_DATABASE_URL": url, "BOT_REPLICA": "first"}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv("BOT_PARTNERSHIP", raising=False)
        monkeypatch.setattr("bot.settings.ROOT", tmp_path)
        return Installation(url, tmp_path, capsys)

    return at


@pytest.fixture
def sqlite_installation(installed: Callable[[str], Installation], tmp_path: Path) -> Installation:
    return installed(f"sqlite:///{tmp_path / 'bot.sqlite'}")


@pytest.fixture
def postgresql_installation(installed: Callable[[str], Installation], postgresql_server: str) -> Iterator[Installation]:
    with own_database(postgresql_server) as url:
        yield installed(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Twice: once on each database we support."""
    found: Installation = request.getfixturevalue(f"{request.param}_installation")
    return found
