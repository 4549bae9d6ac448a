"""Files that a verb writes where a person says: new, whole or not at all, readable by their owner alone.

An existing file is never overwritten, and a link never followed: a name given by mistake may be that of a key.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal


def must_be_new(file: Path) -> None:
    """Refuse a name that is taken, by a file or by a link, before the trail says that it was written."""
    if os.path.lexists(file):
        raise _taken(file)


@contextmanager
def new_file(file: Path, mode: Literal["w", "wb"] = "w") -> Iterator[Any]:
    """Yield a stream of text or bytes; the file has its name once the stream has ended without a fault."""
    must_be_new(file)
    try:
        number, name = tempfile.mkstemp(dir=file.parent, prefix=".part-")  # made with mode 0600
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror, str(file)) from None
    draft = Path(name)
    try:
        text = {} if mode == "wb" else {"encoding": "utf-8", "newline": ""}
        with open(number, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
            stream.flush()
            os.fsync(number)
        _name(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def keep(file: Path, content: bytes) -> bool:
    """Write the content; return False where the file is there already with just this content."""
    if not file.is_symlink() and file.is_file() and file.read_bytes() == content:
        return False
    with new_file(file, "wb") as stream:
        stream.write(content)
    return True


def _name(draft: Path, file: Path) -> None:
    """Give a draft its name, unless that was taken meanwhile."""
    try:
        try:
            os.link(draft, file)
        except FileExistsError:
            raise
        except OSError:  # a file system without links, as that of a memory stick
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            draft.replace(file)
    except FileExistsError:
        raise _taken(file) from None


def _taken(file: Path) -> FileExistsError:
    why = "it is there already, and is never overwritten; move it away, or name another"
    return FileExistsError(errno.EEXIST, why, str(file))
