"""Released figures, for more than one authorised person: a count or nothing, and figures of printed counts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.rules.catalogue import _
from bot.rules.disclosure.rounding import FAR, STEP, Count, either_way, most_hidden, round_away
from bot.rules.figures import InterviewTally, Kpi, Rate, half_up, kpis, signed

HIDDEN = "c"
BASE = 20
#: Each of two counts may be FAR off, so 100 may seem to change by 8 in 100. Fewer by more: 51 to 54 as +10% or +20%.
LOW_BASE = 20 * STEP
#: Of fewer children no episodes for each child are given.
LEAST_FOR_RATIO = 10 * STEP


def note(threshold: int, base: int) -> str:
    """Explain the rounded and the hidden figures to the reader."""
    return _(
        "{hidden}: a count from 1 to {most}, or one that would give such a count away. {either}Other counts are "
        "rounded to {step}, up or down by chance, each by itself: rows need not add up, and a part may be printed as "
        "more than its whole. Percentages are of the exact counts; none is given of fewer than {base}, or where it "
        "would give a small count away, and some are left out by chance. "
        "Changes are of the rounded counts, and each count may be up to {far} off; none is given on fewer than "
        "{low_base}.",
        hidden=HIDDEN,
        most=most_hidden(threshold),
        either=_either(threshold),
        step=STEP,
        base=base,
        far=FAR,
        low_base=LOW_BASE,
    )


def _either(threshold: int) -> str:
    """Write 'A 6 or 7 is printed as c or as 10. ', or nothing: a printed 10 is of a 6 or 7 too."""
    counts = either_way(threshold)
    if not counts:
        return ""
    return _(
        "A {counts} is printed as {hidden} or as {multiple}. ",
        counts=_(" or ").join(map(str, counts)),
        hidden=HIDDEN,
        multiple=round_away(counts[0], threshold),
    )


class ReleasedSheet(dict[tuple[str, str], Count]):
    """The printed figures of one period by scope and measure, with the issue they are of and its time."""

    def __init__(self, printed: Mapping[tuple[str, str], Count], issue: int, at: datetime) -> None:
        super().__init__(printed)
        self.issue, self.at = issue, at


class AnyRate(Protocol):
    """A share of a whole, true or released."""

    @property
    def numerator(self) -> Count: ...
    @property
    def denominator(self) -> Count: ...
    @property
    def percent(self) -> Decimal | None: ...
    @property
    def text(self) -> str: ...


class AnyChange(Protocol):
    """The change from an old count to a new one, true or released."""

    @property
    def difference(self) -> Count: ...
    @property
    def percent(self) -> Decimal | None: ...
    @property
    def low_base(self) -> bool: ...
    @property
    def text(self) -> str: ...


class AnyFrequency(Protocol):
    """Children by their number of episodes, true or released."""

    @property
    def children(self) -> Count: ...
    @property
    def episodes(self) -> Count: ...
    @property
    def once_only(self) -> Count: ...
    @property
    def repeat_children(self) -> Count: ...
    @property
    def repeat_episodes(self) -> Count: ...
    @property
    def episodes_by_repeat_children(self) -> Count: ...
    @property
    def per_child(self) -> Decimal | None: ...


class AnyTally(Protocol):
    """The counts behind K1-K9, true or released."""

    @property
    def episodes(self) -> Count: ...
    @property
    def due(self) -> Count: ...
    @property
    def required(self) -> Count: ...
    @property
    def not_due(self) -> Count: ...
    @property
    def offered(self) -> Count: ...
    @property
    def offered_in_time(self) -> Count: ...
    @property
    def accepted(self) -> Count: ...
    @property
    def declined(self) -> Count: ...
    @property
    def held(self) -> Count: ...
    @property
    def held_in_time(self) -> Count: ...
    @property
    def recorded_in_time(self) -> Count: ...
    @property
    def recorded_in_time_required(self) -> Count: ...
    @property
    def resolved(self) -> Count: ...


def count_label(count: Count) -> str:
    return HIDDEN if count is None else str(count)


def cell(count: Count) -> int | str:
    return HIDDEN if count is None else count


@dataclass(frozen=True, slots=True)
class ReleasedRate:
    """Two printed counts and the whole percentage of the exact ones, each possibly hidden."""

    numerator: Count
    denominator: Count
    exact: Count = None

    @property
    def percent(self) -> Decimal | None:
        hidden = self.exact is None or self.numerator is None or self.denominator is None
        return None if hidden else Decimal(self.exact or 0)

    @property
    def text(self) -> str:
        """Format '170/190 89%', or the counts alone, or 'c/190'."""
        counts = f"{count_label(self.numerator)}/{count_label(self.denominator)}"
        return counts if self.percent is None else f"{counts} {self.percent}%"


@dataclass(frozen=True, slots=True)
class ReleasedChange:
    """The change from an old count to a new one, each possibly hidden."""

    old: Count
    new: Count

    @property
    def difference(self) -> Count:
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def low_base(self) -> bool:
        """True for few old counts. Beyond one person a change from nothing is one on a low base too."""
        return self.old is not None and self.old < LOW_BASE

    @property
    def percent(self) -> Decimal | None:
        if self.old is None or self.new is None or self.low_base:
            return None
        return half_up(100 * self.difference, self.old, 0) if self.difference is not None else None

    @property
    def text(self) -> str:
        if self.old is None or self.new is None:
            return HIDDEN
        return _("low base") if self.percent is None else signed(self.percent)


def released_rate_change(old: Count, old_days: int, new: Count, new_days: int) -> str:
    """Write the change of a rate per day, under the same conditions."""
    if old is None or new is None:
        return HIDDEN
    if old < LOW_BASE:
        return _("low base")
    was = old * new_days
    return signed(half_up(100 * (new * old_days - was), was, 0))


@dataclass(frozen=True, slots=True)
class ReleasedFrequency:
    """The counts of a frequency that may be printed."""

    children: Count
    episodes: Count
    once_only: Count
    repeat_children: Count
    repeat_episodes: Count
    episodes_by_repeat_children: Count

    @property
    def per_child(self) -> Decimal | None:
        """The ratio of two printed counts; none of few children, where the rounding turns a fall into a rise."""
        if self.children is None or self.episodes is None or self.children < LEAST_FOR_RATIO:
            return None
        return half_up(self.episodes, self.children, 1)


@dataclass(frozen=True, slots=True)
class ReleasedTally:
    """The counts of an interview tally that may be printed, named as `InterviewTally` names them.

    `percents` are by part and whole.
    """

    percents: Mapping[tuple[str, str], Count]
    episodes: Count
    due: Count
    required: Count
    not_due: Count
    offered: Count
    offered_in_time: Count
    accepted: Count
    declined: Count
    held: Count
    held_in_time: Count
    recorded_in_time: Count
    recorded_in_time_required: Count
    resolved: Count


#: Numerator and denominator of K1-K9 (domain.md section 11).
KPI_PARTS = {
    "K1": ("offered", "required"),
    "K2": ("offered_in_time", "due"),
    "K3": ("accepted", "offered"),
    "K4": ("declined", "offered"),
    "K5": ("held", "episodes"),
    "K6": ("held_in_time", "due"),
    "K7": ("recorded_in_time", "held"),
    "K8": ("recorded_in_time_required", "due"),
    "K9": ("resolved", "required"),
}


#: Parts and wholes of the percentages of interviews: K1-K9, and what was recorded in time of all ended episodes.
INTERVIEW_SHARES = (*KPI_PARTS.values(), ("recorded_in_time", "episodes"))


def interview_rate(tally: AnyTally, part: str, whole: str) -> AnyRate:
    """Return a share of a tally, true or released."""
    counts = getattr(tally, part), getattr(tally, whole)
    if isinstance(tally, ReleasedTally):
        return ReleasedRate(*counts, tally.percents.get((part, whole)))
    return Rate(*counts)


def kpi_rates(tally: AnyTally) -> list[tuple[Kpi, AnyRate]]:
    """Return K1-K9 with their names, and each rate as it may be printed."""
    if isinstance(tally, InterviewTally):
        return [(k, k.rate) for k in kpis(tally)]
    return [(k, interview_rate(tally, *KPI_PARTS[k.id])) for k in kpis(InterviewTally())]
