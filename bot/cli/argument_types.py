"""Parse times and days of the command line, and format sizes for it."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime

from bot.rules.time.clock import from_london


def moment(text: str) -> datetime:
    """Parse an ISO time: London wall time unless it carries an offset. The result is in UTC."""
    try:
        given = datetime.fromisoformat(text)
        return from_london(given) if given.tzinfo is None else given.astimezone(UTC)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2017-07-05T08:00 ({fault})") from None


def day(text: str) -> date:
    """Parse an ISO day."""
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2017-12-31 ({fault})") from None


def size(count: int) -> str:
    """Format a number of bytes, as '1.2 MB'."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
