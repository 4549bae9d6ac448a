"""Changes of the police's grade of one episode (edge case 27). The bot grades nothing (R24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.catalogue import _
from bot.rules.episodes.risk_flags import GRADE_ORDER, GRADE_WORDS
from bot.rules.model import Grade, GradeRecord
from bot.rules.time.clock import is_news, local_day, say_close


@dataclass(frozen=True, slots=True)
class Regrade:
    """One change from a grade to another.

    The first grade of an episode is none: an ungraded child stands above HIGH until it comes, and almost every episode
    gets one. `untimed`: the export gives no time of its own for it, so `at` is when it became known here.
    """

    before: Grade
    grade: Grade
    at: datetime
    untimed: bool = False

    @property
    def is_higher(self) -> bool:
        return GRADE_ORDER[self.grade] < GRADE_ORDER[self.before]


def regrades(series: Sequence[GradeRecord], since: datetime, until: datetime) -> tuple[Regrade, ...]:
    """Return the changes of [since, until), oldest first, and those from before that became known only then (R23)."""
    found: list[Regrade] = []
    last: Grade | None = None
    for g in sorted(series, key=lambda g: g.graded_at):
        if g.before is not None and g.entered_at is not None:
            # The export changed a grade and left its time: it has none of its own, or was corrected.
            if g.before != g.grade and since <= g.entered_at < until:
                found.append(Regrade(g.before, g.grade, g.entered_at, untimed=True))
        elif last is not None and last != g.grade and is_news(g.graded_at, g.entered_at, since, until):
            found.append(Regrade(last, g.grade, g.graded_at))
        last = g.grade
    return tuple(sorted(found, key=lambda r: r.at))


def in_force(recorded: Sequence[GradeRecord], said: Sequence[GradeRecord]) -> tuple[GradeRecord, ...]:
    """Return the grades as they held, oldest first: the record's, and those that the police said in chat before it.

    The last grade that was said holds until the record has a later one, and never in place of a higher one. One that
    was said and then recorded is one grade.
    """
    found: list[GradeRecord] = []
    record: GradeRecord | None = None
    told = False  # whether a grade that was said holds, in place of the record's
    events = [*((g.graded_at, True, g) for g in recorded), *((g.graded_at, False, g) for g in said)]
    for at, is_record, g in sorted(events, key=lambda event: event[:2]):
        if is_record:
            exported = told and found[-1].grade == g.grade
            record, told = g, False
            found += [] if exported else [g]
        elif record is None or GRADE_ORDER[g.grade] < GRADE_ORDER[record.grade]:
            told = True
            found.append(g)
        elif told:
            told = False
            found.append(replace(record, graded_at=at))
    return tuple(found)


def in_words(changes: Sequence[Regrade], now: datetime) -> str:
    """Write 'low to HIGH at 03:00', or 'low to medium on Tue 4 Jul 22:10, medium to HIGH at 03:00'."""
    return ", ".join(_words(r, now) for r in changes)


def _words(r: Regrade, now: datetime) -> str:
    when = _("{at} {at2}", at=_("at") if local_day(r.at) == local_day(now) else _("on"), at2=say_close(r.at, now))
    known = _("known ") if r.untimed else ""
    return _(
        "{grade_words} to {grade_words2} {known}{when}",
        grade_words=GRADE_WORDS[r.before],
        grade_words2=GRADE_WORDS[r.grade],
        known=known,
        when=when,
    )
