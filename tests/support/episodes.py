"""Episodes for tests: one plain missing episode, back and due its interview, changed as each test needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rules.model import FOREVER, Episode, Interview
from bot.rules.time.clock import counts_until, interview_due

#: When the child of the plain episode came back: Fri 26 May 2017 18:30 BST (domain.md 10.3).
BACK = datetime(2017, 5, 26, 17, 30, tzinfo=UTC)


def after(hours: float) -> datetime:
    """Return the time so many hours after the return; 72 is the deadline."""
    return BACK + timedelta(hours=hours)


def episode(interview: Interview | None = None, **changes: Any) -> Episode:
    """Return an episode of ten hours that ended at BACK, the interview not offered yet."""
    plain = Episode(
        id=1,
        child_id=1,
        child_ref="OX-7QK4",
        kind="missing",
        start_at=after(-10),
        reported_at=after(-9),
        end_at=BACK,
        until_at=BACK,
        found_at=None,
        returned_at=BACK,
        end_reason="returned_self",
        area="north",
        age_band="13-15",
        under_13=False,
        lac=False,
        uasc=False,
        cp=False,
        hosted=False,
        grade="medium",
        graded_at=after(-9),
        prevention_at=None,
        police=True,
        council=True,
        interview=interview or clock_running(),
    )
    return replace(plain, **changes)


def still_missing(**changes: Any) -> Episode:
    gone: dict[str, Any] = {"end_at": None, "until_at": FOREVER, "returned_at": None, "end_reason": None}
    return episode(Interview(), **{**gone, **changes})


def clock_running(date_only: bool = False, **facts: Any) -> Interview:
    """Return an interview whose clock started at BACK, with the facts recorded so far."""
    return Interview(
        clock_start_at=BACK,
        due_at=interview_due(BACK),
        counts_until=counts_until(BACK, date_only=date_only),
        date_only=date_only,
        **facts,
    )
