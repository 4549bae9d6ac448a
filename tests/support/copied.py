"""Folders filled once a process: loading a file costs far more than copying the database that holds it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path

#: A copy of each folder as it was when it was filled.
_kept: dict[Hashable, Path] = {}


def filled(folder: Path, what: Hashable, fill: Callable[[], None]) -> bool:
    """Fill a folder: by `fill` the first time, which closes every database in it, then by copy; True for a copy."""
    if what in _kept:
        shutil.copytree(_kept[what], folder, dirs_exist_ok=True)
        return True
    fill()
    kept = Path(tempfile.mkdtemp(prefix="filled-"))
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    _kept[what] = shutil.copytree(folder, kept, dirs_exist_ok=True)
    return False
