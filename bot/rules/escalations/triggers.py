"""Triggers: escalation rules that a missing child meets, or that the start of an episode crosses (domain.md §10.4).

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
class TriggerMet:
    """An escalation rule that is met, the record that meets it, and the number of the crossing in that episode."""

    rule: Escalation
    episode: Episode
    crossing: int = 1


def absences(open_episodes: Iterable[Episode], dead: Set[int]) -> list[Absence]:
    """Group open records by missing child, whereabouts not known; children who died are left out."""
    found: dict[int, list[Episode]] = {}
    for x in sorted(open_episodes, key=lambda x: (x.start_at, x.id)):
        if x.kind == "missing" and x.child_id not in dead:
            found.setdefault(x.child_id, []).append(x)
    return [Absence(tuple(records)) for records in found.values()]


def times_high(grades: Sequence[GradeRecord], now: datetime) -> int:
    """Count the times that the police's grade became high by `now` (edge case 27)."""
    high = [g.grade == "high" for g in sorted(grades, key=lambda g: g.graded_at) if g.graded_at <= now]
    return sum(is_high and not before for before, is_high in zip([False, *high], high, strict=False))


def special(x: Episode, now: datetime) -> bool:
    """Return True under 13, on a plan, UASC or graded high; also with an unreadable start (the safer mistake)."""
    return x.under_13 or x.cp or x.uasc or feared_grade(x, now) == "high" or START in x.doubts


def met(
    absence: Absence, starts: Starts, p: Partnership, now: datetime, highs: Mapping[int, int] | None = None
) -> tuple[TriggerMet, ...]:
    """Return the rules whose condition holds. Of several on the length of an absence, the longest stands for all."""
    found = [m for rule in p.escalations if (m := _met(rule, absence, starts, p, now, highs or {})) is not None]
    longest = max((m.rule.after_hours for m in found if m.rule.condition == "open"), default=0)
    return tuple(m for m in found if m.rule.condition != "open" or m.rule.after_hours == longest)


def _met(
    rule: Escalation, a: Absence, starts: Starts, p: Partnership, now: datetime, highs: Mapping[int, int]
) -> TriggerMet | None:
    """Return the first record that meets the rule; of one child's two records a grade on either is a grade."""
    if rule.condition == "repeat":
        return next((m for x in a.records if (m := crossed(rule, x, starts, p, now)) is not None), None)
    waits = timedelta(hours=rule.after_hours)
    ungraded = [x for x in a.records if now - (x.reported_at or x.start_at) >= waits]
    found = {
        "special": [x for x in a.records if special(x, now)],
        "high": [x for x in a.records if feared_grade(x, now) == "high"],
        "ungraded": [] if any(grade_at(x, now) for x in a.records) else ungraded,
        "open": list(a.records) if now - a.start_at >= waits else [],
    }
    x = next(iter(found.get(rule.condition, [])), None)
    return None if x is None else TriggerMet(rule, x, max(1, highs.get(x.id, 1)) if rule.condition == "high" else 1)


def crossed(rule: Escalation, x: Episode, starts: Starts, p: Partnership, now: datetime) -> TriggerMet | None:
    """Return the partnership's first repeat rule as met, where the start of this episode crosses it (R12)."""
    for repeat in p.repeat_rules[:1] if rule.condition == "repeat" else ():
        crossings = repeat_triggers(starts.get(x.child_id, ()), repeat, now)
        if any(c.fired_at == x.start_at for c in crossings):
            return TriggerMet(rule, x)
    return None
