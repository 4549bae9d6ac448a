"""Which files `practice FOLDER` wrote, told by their content: the same bytes on every run, so a checksum says it.

A file that was edited is no practice file any more: nobody can say what was put into it. Line ends and a byte-order
mark, which copying and unpacking change, do not count.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

_MARK = b"\xef\xbb\xbf"

#: SHA-256 of every practice export that any version of the program wrote; a test compares the newest with what is
#: written now. Add to it when the practice data change: databases that hold the older ones must still be known.
CHECKSUMS = frozenset(
    {
        "cfbdfa6e0fc71a96678fe84a2cd6e07821b97d04d19fbdc3498fa3a14f6ac6cf",
        "30e715b12fce9bd8e5d551cef25a343469d169443f89db921272bc7b6b17dc0c",
        "007b0536abe42302d2e6405b2c5a741f314fd4341aa11e991d7be072b209c0cd",
        "d55bc2750a521c49d3d5a22ca4aadb1ed1363f7c3287bcc823677dab21b03db5",
        "e98428b7e231cdd1444a6cfbfa7a5c37a2e0b66912c07adc0261d33ff9cdb791",
        "61a2c09945f337aa43bbc66f1ad3786c8c5dfa0928b21f48af8bdc4bb98036fd",
        "80a7e7001e58adf856066f6fc0267bebdf51931fd59e4b6ee792405e8ae64e9c",
        "b4db49e63483f4edc528121f791cfedab6527a2b72d023e1a1a9632b7e99f270",
    }
)

Write = Callable[[Path], Mapping[str, Path]]


def checksum(file: Path) -> str:
    """Of the content with plain line ends. OSError where it cannot be read."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        _feed(stream, found.update)
    return found.hexdigest()


def _feed(stream: BinaryIO, update: Callable[[bytes], None]) -> None:
    first = True
    for line in stream:
        update((line.removeprefix(_MARK) if first else line).rstrip(b"\r\n") + b"\n")
        first = False


@lru_cache(maxsize=1)
def written_now(write: Write) -> frozenset[str]:
    """The checksums of what is written at this moment: another version of Python may roll its dice otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        return frozenset(map(checksum, write(Path(folder)).values()))
