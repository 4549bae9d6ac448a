"""A zipped file made anew with one fixed time and order, so that the same document gives the same bytes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

#: The day of every file's metadata. The report's own moment is in its front matter.
FIXED = datetime(2000, 1, 1, tzinfo=UTC)
#: Readers expect it first.
_FIRST = "[Content_Types].xml"


def packed(made: bytes) -> bytes:
    out = io.BytesIO()
    with ZipFile(io.BytesIO(made)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != _FIRST, name)):
            entry = ZipInfo(name, FIXED.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = 0  # the same on every system
            target.writestr(entry, source.read(name))
    return out.getvalue()
