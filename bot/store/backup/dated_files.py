"""Files with a dated name that exist whole or not at all: written as a draft, verified, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

CHECKSUM = ".sha256"
#: Endings of files that SQLite may leave beside one that it was writing.
_BESIDE = ("", "-journal", "-wal", "-shm")


def stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@contextmanager
def draft(folder: Path, stem: str, suffix: str) -> Iterator[tuple[Path, Path]]:
    """Yield an empty file, readable by its owner alone, and the name reserved for it. The draft is removed at the end.

    Only the holder of a draft may take its name: two backups in one second get two names.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for n in range(1, 10_000):
        final = folder / (f"{stem}{suffix}" if n == 1 else f"{stem}-{n}{suffix}")
        part = final.with_name(f"{final.name}.part")
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        try:
            if not final.exists():
                yield part, final
                return
        finally:
            for end in _BESIDE:
                with suppress(OSError):
                    part.with_name(part.name + end).unlink(missing_ok=True)
    raise FileExistsError(17, "there are too many files of this second", str(folder))


def keep(part: Path, final: Path) -> None:
    """Write the checksum, then rename: a copy without a checksum cannot be trusted."""
    beside = final.with_name(final.name + CHECKSUM)
    to_disk(part)
    try:
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="ascii") as stream:
            stream.write(f"{checksum(part)}  {final.name}\n")
        to_disk(beside)
        part.rename(final)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    to_disk(final.parent)


def to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def checksum(file: Path) -> str:
    found = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def is_as_made(file: Path) -> bool | None:
    """Compare a copy with its checksum; None where no checksum is beside it."""
    try:
        noted = file.with_name(file.name + CHECKSUM).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return False
    return noted[:1] == [checksum(file)]
