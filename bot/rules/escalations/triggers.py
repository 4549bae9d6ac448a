"""Which escalation rules a child meets who is missing now, or the start of an episode crosses (domain.md §10.4).

A rule met is a fact and the rule's name, never a grade of the bot's own (R24).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.episodes.doubts import START
from bot.rules.episodes.risk_flags import feared_grade, grade_at
from bot.rules.figures.frequency import repeat_triggers
from bot.rules.model import Episode, GradeRecord
from bot.rules.partnership.channels import Escalation
from bot.rules.partnership.partnership import Partnership

Starts = Mapping[int, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Absence:
    """One child missing now, by every open record of it: two agencies may have one each. The oldest first."""

    records: tuple[Episode, ...]

    @property
    def child_id(self) -> int:
        return self.records[0].child_id

    @property
    def start_at(self) -> datetime:
        return self.records[0].start_at


@dataclass(frozen=True, slots=True)
class Met:
    """A rule whose condition holds, the record that meets it, and the how-manieth time in that episode."""

    rule: Escalation
    episode: Episode
    crossing: int = 1


def absences(open_episodes: Iterable[Episode], dead: Set[int]) -> list[Absence]:
    """Who is missing, whereabouts not known, child by child; children who died are left out."""
    found: dict[int, list[Episode]] = {}
    for x in sorted(open_episodes, key=lambda x: (x.start_at, x.id)):
        if x.kind == "missing" and x.child_id not in dead:
            found.setdefault(x.child_id, []).append(x)
    return [Absence(tuple(records)) for records in found.values()]


def times_high(grades: Sequence[GradeRecord], now: datetime) -> int:
    """How often the police's grade became high by `now` (edge case 27)."""
    high = [g.grade == "high" for g in sorted(grades, key=lambda g: g.graded_at) if g.graded_at <= now]
    return sum(is_high and not before for before, is_high in zip([False, *high], high, strict=False))


def special(x: Episode, now: datetime) -> bool:
    """Under 13, on a plan, UASC, graded high; and a child of whom nobody can read since when (the safer mistake)."""
    return x.under_13 or x.cp or x.uasc or feared_grade(x, now) == "high" or START in x.doubts


def met(
    absence: Absence, starts: Starts, p: Partnership, now: datetime, highs: Mapping[int, int] | None = None
) -> tuple[Met, ...]:
    """The rules whose condition holds. Of several for how long it has lasted, the longest speaks for the others."""
    found = [m for rule in p.escalations if (m := _met(rule, absence, starts, p, now, highs or {})) is not None]
    longest = max((m.rule.after_hours for m in found if m.rule.condition == "open"), default=0)
    return tuple(m for m in found if m.rule.condition != "open" or m.rule.after_hours == longest)


def _met(
    rule: Escalation, a: Absence, starts: Starts, p: Partnership, now: datetime, highs: Mapping[int, int]
) -> Met | None:
    if rule.condition == "repeat":
        return next((m for x in a.records if (m := crossed(rule, x, starts, p, now)) is not None), None)
    x = _record(rule, a, now)
    return None if x is None else Met(rule, x, max(1, highs.get(x.id, 1)) if rule.condition == "high" else 1)


def _record(rule: Escalation, a: Absence, now: datetime) -> Episode | None:
    """The record that meets a condition of state; of one child's two records a grade on either is a grade."""
    high = [x for x in a.records if feared_grade(x, now) == "high"]
    waits = timedelta(hours=rule.after_hours)
    ungraded = [x for x in a.records if now - (x.reported_at or x.start_at) >= waits]
    found = {
        "special": [x for x in a.records if special(x, now)],
        "high": high,
        "ungraded": [] if any(grade_at(x, now) for x in a.records) else ungraded,
        "open": list(a.records) if now - a.start_at >= waits else [],
    }
    return next(iter(found.get(rule.condition, [])), None)


def crossed(rule: Escalation, x: Episode, starts: Starts, p: Partnership, now: datetime) -> Met | None:
    """The first repeat rule of the partnership, crossed by the start of this episode (R12)."""
    for repeat in p.repeat_rules[:1] if rule.condition == "repeat" else ():
        crossings = repeat_triggers(starts.get(x.child_id, ()), repeat, now)
        if any(c.fired_at == x.start_at for c in crossings):
            return Met(rule, x)
    return None
