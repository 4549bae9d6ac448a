"""When an export was taken: as said, as a column or the file's name says, and only at last by the file's own time."""

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
    """When an export was taken, and how that is known."""

    at: datetime
    how: How


def when_taken(path: Path, key: str, source: Source, given: datetime | None, now: datetime) -> Taken:
    """`key` is the export's name in the partnership file. SourceError where what it names does not say the time."""
    if given is not None:
        return Taken(given, "given")
    if source.taken_at_column:
        return Taken(_in_column(path, key, source), "column")
    if source.taken_at_in_name:
        return Taken(_in_name(path, key, source), "name")
    return Taken(_changed_at(path, now), "modified")


def _in_column(path: Path, key: str, source: Source) -> datetime:
    """The newest time in the column: an export is as fresh as its last row."""
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


def _in_name(path: Path, key: str, source: Source) -> datetime:
    try:
        wall = datetime.strptime(path.name, source.taken_at_in_name)  # noqa: DTZ007 - London wall time
    except ValueError:
        raise SourceError(_no_time(path, key, f"its name is not like {source.taken_at_in_name!r}")) from None
    return wall.replace(tzinfo=LONDON).astimezone(UTC)


def _no_time(path: Path, key: str, why: str) -> str:
    return (
        f"{path.name}: when the export was taken is not known, because {why} (taken_at in [sources.{key}] of the "
        "partnership file). Put that right, or give --taken-at. Nothing was changed."
    )


def _changed_at(path: Path, now: datetime) -> datetime:
    """When the file was last changed; now, where that cannot be told, and then the load says what is wrong with it."""
    try:
        return min(now, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except (OSError, ValueError, OverflowError):
        return now
