"""Judge the files of an installation: who else may read or change them, and whether heads lie beside the database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.rules.delivery.findings import Finding, fault, look, ok

FILES, HEADS = "files", "audit heads"
_GROUP_OR_OTHERS, _MAY_CHANGE, _STICKY = 0o077, 0o022, 0o1000


def with_log(database: Path) -> tuple[Path, ...]:
    """Return an SQLite file and the files that SQLite keeps beside it: they hold rows too."""
    return database, *(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal"))


def modes(files: Iterable[Path], folders: Iterable[Path]) -> Iterator[Finding]:
    """Report files that others may read, and folders in which others may see or replace them.

    A file of secrets is its owner's alone. A folder that others may look into shows names and dates; in one that they
    may change, they may put another file in its place.
    """
    if os.name == "nt":  # Windows has no such modes
        return
    open_files = [file for file in files if file.is_file() and _mode(file) & _GROUP_OR_OTHERS]
    there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
    changed = [each for each in there if _mode(each) & _MAY_CHANGE and not _mode(each) & _STICKY]
    seen = [each for each in there if each not in changed and _mode(each) & _GROUP_OR_OTHERS]
    if open_files:
        yield fault(FILES, f"others may read {_named(open_files)}", f"chmod 600 {_listed(open_files)}")
    if changed:
        yield fault(FILES, f"others may put files into {_named(changed)}", f"chmod 700 {_listed(changed)}")
    if seen:
        yield look(FILES, f"others may see the names in {_named(seen)}", f"chmod 700 {_listed(seen)}")
    if not (open_files or changed or seen):
        yield ok(FILES, "database, keys and folders are their owner's alone")


def heads(folder: Path, database: Path | None) -> Finding:
    """Report heads that lie beside the database, so that both go back together when its disk or folder is put back."""
    if database is None:
        return ok(HEADS, f"kept in {folder}; the database is on a server")
    do = "Name a folder elsewhere in BOT_AUDIT_HEADS, best a share of the other agency (deploy/README.md)"
    if folder.resolve().is_relative_to(database.resolve().parent):
        return look(HEADS, f"lie beside the database, in {folder}: put back together, nothing is noticed", do)
    if _device(folder) == _device(database):
        return look(HEADS, f"lie on the disk of the database, in {folder}: put back together, nothing is noticed", do)
    return ok(HEADS, f"kept in {folder}, on another disk than the database")


def _device(path: Path) -> int:
    """Return the disk of a path, or of the folder in which it will be made."""
    return next(each for each in (path.resolve(), *path.resolve().parents) if each.exists()).stat().st_dev


def _mode(path: Path) -> int:
    return path.stat().st_mode


def _named(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _listed(paths: list[Path]) -> str:
    return " ".join(str(path) for path in paths)
