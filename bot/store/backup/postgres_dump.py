"""PostgreSQL's own programs: pg_dump writes a copy in its custom format, pg_restore reads it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from bot.store.database import DatabaseError

BEGINNING = b"PGDMP"


@dataclass(frozen=True, slots=True)
class Dumped:
    """Number of rows of each table in a copy, and the version of its tables."""

    rows: Mapping[str, int]
    version: str


def run(name: str, words: list[str], url: URL | None = None) -> None:
    """Run a program with the password in its environment, never on the command line, which other users can read."""
    environ = dict(os.environ)
    address = []
    if url is not None:
        if url.password:
            environ["PGPASSWORD"] = str(url.password)
        plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        address = [f"--dbname={plain.render_as_string(hide_password=False)}"]
    done = subprocess.run([_program(name), *address, *words], env=environ, capture_output=True)  # noqa: S603
    if done.returncode:
        raise DatabaseError(f"{name} failed: {_first(done.stderr.decode(errors='replace'))}.")


def is_dump(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(BEGINNING)) == BEGINNING


def rows_of(file: Path) -> Dumped:
    """Read and count every row of the copy; DatabaseError where a part cannot be read."""
    run("pg_restore", ["--list", str(file)])
    rows: dict[str, int] = {}
    at, now = "", None
    with subprocess.Popen(  # noqa: S603 - our own words
        [_program("pg_restore"), "--data-only", "--file=-", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            if now is None:
                # The table whose rows follow.
                found = re.match(rb"COPY (?:\w+\.)?\"?(\w+)\"? \(", line)
                now = found[1].decode() if found and line.rstrip().endswith(b"FROM stdin;") else None
            elif line == b"\\.\n":
                now = None
            else:
                rows[now] = rows.get(now, 0) + 1
                at = line.decode(errors="replace").strip() if now == "alembic_version" else at
        errors = process.communicate()[1].decode(errors="replace")
    if process.returncode:
        raise DatabaseError(f"{file.name}: pg_restore cannot read it ({_first(errors)}).")
    return Dumped(rows, at)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DatabaseError(
            f"{name} is not here: install PostgreSQL's client programs of the server's version or newer "
            "(Debian: postgresql-client), and see that they are on PATH."
        )
    return found


def _first(errors: str) -> str:
    """Return the first error, and the details of versions; no more, for the rest may quote rows."""
    complaint, *others = errors.strip().splitlines() or ["it did not say why"]
    versions = [line.partition("detail: ")[2] for line in others if "version:" in line]
    first = re.sub(r"^\w+: (?:error: )?", "", complaint)
    short = re.sub(r"((?:COPY failed for table|Command was).*?): .*", r"\1", first)
    return "; ".join([short.strip().rstrip("."), *versions]).rstrip(".")
