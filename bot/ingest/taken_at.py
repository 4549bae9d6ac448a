"""The time an export was taken: as given, from a column or the file name, or as a last resort the file's own time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from bot.ingest.columns import plain
from bot.ingest.csv_file import open_export
from bot.ingest.errors import CellError, SourceError
from bot.ingest.timestamps import month_first, read_moment
from bot.rules.partnership.partnership import Source
from bot.rules.time.clock import LONDON

How = Literal["given", "column", "name", "modified"]


class Taken(NamedTuple):
    """The time an export was taken, and the origin of that knowledge."""

    at: datetime
    how: How


def when_taken(path: Path, key: str, source: Source, given: datetime | None, now: datetime) -> Taken:
    """Return the time an export was taken; `key` is the export's name in the partnership file.

    SourceError where the column or the file name that the partnership file points to does not give the time. The
    file's own time is the last resort; where that cannot be read either it is `now`, and the load reports the fault.
    """
    if given is not None:
        return Taken(given, "given")
    if source.taken_at_column:
        return Taken(_newest_in_column(path, key, source), "column")
    if source.taken_at_in_name:
        try:
            wall = datetime.strptime(path.name, source.taken_at_in_name)  # noqa: DTZ007 - London wall time
        except ValueError:
            raise SourceError(_no_time(path, key, f"its name is not like {source.taken_at_in_name!r}")) from None
        return Taken(wall.replace(tzinfo=LONDON).astimezone(UTC), "name")
    try:
        return Taken(min(now, datetime.fromtimestamp(path.stat().st_mtime, UTC)), "modified")
    except (OSError, ValueError, OverflowError):
        return Taken(now, "modified")


def _newest_in_column(path: Path, key: str, source: Source) -> datetime:
    """Return the newest time in the column: an export is as fresh as its last row."""
    read = month_first(read_moment) if source.day_order == "month-first" else read_moment
    newest: datetime | None = None
    with open_export(path) as export:
        header = [plain(cell) for cell in export.header]
        if plain(source.taken_at_column) not in header:
            raise SourceError(_no_time(path, key, f"there is no column {source.taken_at_column!r}"))
        place = header.index(plain(source.taken_at_column))
        for line in export.rows():
            try:
                at = read(line.cells[place].strip()).at if place < len(line.cells) else None
            except CellError:
                continue
            newest = max((t for t in (newest, at) if t is not None), default=None)
    if newest is None:
        raise SourceError(_no_time(path, key, f"the column {source.taken_at_column!r} holds no time"))
    return newest


def _no_time(path: Path, key: str, why: str) -> str:
    return (
        f"{path.name}: when the export was taken is not known, because {why} (taken_at in [sources.{key}] of the "
        "partnership file). Put that right, or give --taken-at. Nothing was changed."
    )
