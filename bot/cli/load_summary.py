"""Format the summary of a load for the terminal: counts and the path of the rejects, never a value from a file."""

from __future__ import annotations

from bot.ingest.load import LoadSummary
from bot.rules.time.freshness import MAY_BE


def lines(s: LoadSummary) -> list[str]:
    """Format the counts: read = accepted + rejected + left out. Rejects are listed with reason and remedy."""
    kept = f"{s.added:,} new, {s.changed:,} changed, {s.unchanged:,} unchanged"
    counts = f"{s.read:,} rows read: {kept}, {s.rejected:,} rejected."
    was = "1 row was" if s.unread == 1 else f"{s.unread:,} rows were"
    unread = f"{was} not read whole: kept, with what could not be read as not known."
    hidden = f"{s.maybe_open:,} of the rows not read may be {MAY_BE.get(s.source)}: look at them first."
    doubts = [*([unread] if s.unread else []), *([hidden] if s.maybe_open else [])]
    older = [f"{s.left_out:,} rows are older than what is kept: left out, and not listed."] if s.left_out else []
    rejects = [f"Listed with what to do: {s.rejects_file}"] if s.rejects_file else []
    return [counts, *doubts, *older, *rejects, *(f"Look at: {w}" for w in s.warnings)]
