"""Figures: rates, changes and comparisons (R13, R14), frequencies (R8-R11), areas, repeat rules (R12), interviews.

Each figure keeps both its counts, is rounded once, and is refused (`FigureError`) where it would be wrong.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from bot.rules.catalogue import _
from bot.rules.interviews.state import ended, happened, not_possible, required
from bot.rules.model import CARER_CONTACTED, Episode, Freshness, Interview, Period
from bot.rules.partnership.partnership import Band, Partnership, RepeatRule
from bot.rules.time import freshness
from bot.rules.time.clock import day_start, local_day, say_date, say_days, window

#: R13: below this the old count is too small for its percent change to mean much.
LOW_BASE = 10
#: R14: periods with lengths that differ by more than this many percent of the longer are read per day.
LENGTH_TOLERANCE = 3


class FigureError(ValueError):
    """A figure that would be wrong, refused before it is shown."""


def half_up(numerator: int, denominator: int, places: int) -> Decimal:
    """Divide to `places` decimals, half up on the absolute value (R13).

    Whole-number arithmetic throughout: binary floats and rounding twice both turn 0.05 the wrong way.
    ZeroDivisionError where the denominator is 0.
    """
    sign = "-" if (numerator < 0) != (denominator < 0) else ""
    top, bottom = abs(numerator) * 10**places, abs(denominator)
    rounded = (2 * top + bottom) // (2 * bottom)
    return Decimal(f"{sign if rounded else ''}{rounded}e-{places}")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a whole, always printed with both counts (domain.md section 11)."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        _refuse_negative(self.numerator, self.denominator)

    @property
    def percent(self) -> Decimal | None:
        """Percent to one decimal, half up; None with a denominator of 0."""
        return half_up(100 * self.numerator, self.denominator, 1) if self.denominator else None

    @property
    def text(self) -> str:
        """Write '171/188 91.0%' or '0/0 n/a'."""
        percent = "n/a" if self.percent is None else f"{self.percent}%"
        return f"{self.numerator}/{self.denominator} {percent}"


@dataclass(frozen=True, slots=True)
class Change:
    """The change from an old count to a new one (R13)."""

    old: int
    new: int

    def __post_init__(self) -> None:
        _refuse_negative(self.old, self.new)

    @property
    def difference(self) -> int:
        return self.new - self.old

    @property
    def percent(self) -> Decimal | None:
        """Percent of the old count, one decimal, half up; 0.0 from 0 to 0, None from 0 to more."""
        return _percent_change(self.old, self.new)

    @property
    def low_base(self) -> bool:
        return 0 < self.old < LOW_BASE

    @property
    def text(self) -> str:
        """Write '+1.2%', '0.0%' or 'n/a (from 0)'; ' (low base)' follows where the old count is under 10."""
        return signed(self.percent) + (_(" (low base)") if self.low_base else "")


def signed(percent: Decimal | None) -> str:
    """Write a percent change, with a sign unless it is zero; None is a change from nothing, without a percent."""
    if percent is None:
        return _("n/a (from 0)")
    return f"{percent:+}%" if percent else f"{percent}%"


def per_day(count: int, days: int) -> Decimal:
    """Return the count per day of the period, two decimals, half up. FigureError for fewer than one day."""
    _refuse_no_days(days)
    return half_up(count, days, 2)


def rate_change(old: int, old_days: int, new: int, new_days: int) -> Decimal | None:
    """Return the percent change of the per-day rate, from the exact rates and not from the rounded ones (R14).

    None where the old count is 0 and the new one is not.
    """
    _refuse_no_days(min(old_days, new_days))
    return _percent_change(old * new_days, new * old_days)


def is_incomplete(period: Period, now: datetime, data_until: datetime | None) -> bool:
    """Return True for a period that is still running, or was not over in the last load (R14).

    `data_until` is the time of the export; None where that is not known.
    """
    ends = window(period)[1]
    return ends > now or (data_until is not None and ends > data_until)


def length_warning(first: Period, second: Period) -> tuple[str, ...]:
    """Warn the reader of a comparison of periods of different lengths (R14)."""
    longer, gap = max(first.days, second.days), abs(first.days - second.days)
    if 100 * gap <= LENGTH_TOLERANCE * longer:
        return ()
    return (
        _(
            "The periods differ in length by {half_up}% ({first}: {days}, {second}: "
            "{days2}): compare the per-day rates, not the counts.",
            half_up=half_up(100 * gap, longer, 1),
            first=first.label,
            days=say_days(first.days),
            second=second.label,
            days2=say_days(second.days),
        ),
    )


def period_warnings(first: Period, second: Period, now: datetime, data_until: datetime | None) -> tuple[str, ...]:
    """Warn the reader of a comparison of periods of different lengths, or incomplete ones (R14)."""
    sentences = [*length_warning(first, second)]
    for p in dict.fromkeys((first, second)):
        if is_incomplete(p, now, data_until):
            sentences.append(
                _(
                    "{label} is not complete: it runs to {last} and the data do not reach its end, "
                    "so its counts will still rise.",
                    label=p.label,
                    last=say_date(p.last),
                )
            )
    return tuple(sentences)


@dataclass(frozen=True, slots=True)
class Frequency:
    """Children by their number of episodes, within ONE scope and period (R9).

    `counts` pairs a number of episodes with the number of children who had just so many, in rising
    order. Frequencies of two areas must not be added: a child may be in both.
    """

    counts: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        numbers = [episodes for episodes, _ in self.counts]
        if numbers != sorted(set(numbers)):
            raise FigureError(_("a frequency lists each number of episodes once, in rising order"))
        if any(episodes < 1 or children < 1 for episodes, children in self.counts):
            raise FigureError(_("a frequency counts children with at least one episode"))

    @classmethod
    def of(cls, children_by_episodes: Mapping[int, int]) -> Frequency:
        """Make it from number of episodes -> number of children; numbers without a child are left out."""
        return cls(tuple(sorted((e, c) for e, c in children_by_episodes.items() if c)))

    @classmethod
    def per_child_counts(cls, episodes_of_each_child: Iterable[int]) -> Frequency:
        """Make it from the number of episodes of each child."""
        return cls.of(Counter(episodes_of_each_child))

    @property
    def children(self) -> int:
        """Distinct children with an episode (R8)."""
        return sum(children for _, children in self.counts)

    @property
    def episodes(self) -> int:
        return sum(episodes * children for episodes, children in self.counts)

    @property
    def once_only(self) -> int:
        """Children with one episode in the period: not the same as missing for the first time ever (R11)."""
        return sum(children for episodes, children in self.counts if episodes == 1)

    @property
    def repeat_children(self) -> int:
        """Children with two or more episodes in the period (R10)."""
        return self.children - self.once_only

    @property
    def repeat_episodes(self) -> int:
        """Episodes after a child's first in the period (R10)."""
        return self.episodes - self.children

    @property
    def episodes_by_repeat_children(self) -> int:
        """All episodes of the children with two or more (R10)."""
        return self.episodes - self.once_only

    @property
    def per_child(self) -> Decimal | None:
        """Episodes per child, two decimals, half up; None without children."""
        return half_up(self.episodes, self.children, 2) if self.children else None


class BandCount(NamedTuple):
    """One row of the band table."""

    band: Band
    children: int
    episodes: int


class TopShare(NamedTuple):
    """The episodes of the children with most, out of all; `children` is the number of those children."""

    rate: Rate
    children: int


def bands(frequency: Frequency, bands: tuple[Band, ...]) -> tuple[BandCount, ...]:
    """Count children and episodes by number of episodes in the period (R9).

    FigureError where the bands overlap or leave a gap, so that a column would not add up to its total.
    """
    rows = []
    for band in bands:
        inside = [(episodes, children) for episodes, children in frequency.counts if band.holds(episodes)]
        rows.append(BandCount(band, sum(c for _, c in inside), sum(e * c for e, c in inside)))
    for what, in_bands, in_all in (
        ("children", sum(r.children for r in rows), frequency.children),
        ("episodes", sum(r.episodes for r in rows), frequency.episodes),
    ):
        if in_bands != in_all:
            raise FigureError(
                _(
                    "the bands hold {in_bands} {what}, but there are {in_all}",
                    in_bands=in_bands,
                    what=what,
                    in_all=in_all,
                )
            )
    return tuple(rows)


def top_share(frequency: Frequency, k: int) -> TopShare:
    """Return the share of all episodes that the `k` children with most episodes had (concentration).

    Fewer than `k` children are all taken. FigureError where `k` is less than 1.
    """
    if k < 1:
        raise FigureError(_("the share of the top children needs at least one child, not {k}", k=k))
    left, episodes = k, 0
    for each, children in reversed(frequency.counts):
        taken = min(left, children)
        left, episodes = left - taken, episodes + taken * each
    return TopShare(Rate(episodes, frequency.episodes), k - left)


@dataclass(frozen=True, slots=True)
class AreaCount:
    """Children and episodes of one area; a child is counted once in every area it had an episode in."""

    area: str
    name: str
    children: int
    episodes: int


def split(
    partnership: Partnership, counts: Mapping[str, tuple[int, int]], children: int, episodes: int, in_several: int
) -> tuple[AreaCount, ...]:
    """Return a row for every area of the partnership, empty ones too, checked against the county's own counts.

    `counts` is area -> (children, episodes), `in_several` the children counted in more than one area.
    FigureError where episodes do not add up, or where children could not: the areas' children less
    the county's must be explained by the children in several areas.
    """
    rows = tuple(AreaCount(a.id, a.short, *counts.get(a.id, (0, 0))) for a in partnership.areas)
    unlisted = set(counts) - {a.id for a in partnership.areas}
    if unlisted:
        raise FigureError(_("{n} areas of the records are not in the partnership file", n=len(unlisted)))
    if sum(r.episodes for r in rows) != episodes:
        raise FigureError(
            _(
                "the areas hold {rows} episodes, the county {episodes}",
                rows=sum(r.episodes for r in rows),
                episodes=episodes,
            )
        )
    counted_again = sum(r.children for r in rows) - children
    if not in_several <= counted_again <= in_several * (len(rows) - 1):
        raise FigureError(
            _(
                "the areas count {counted_again} children again, but {in_several} are in several areas",
                counted_again=counted_again,
                in_several=in_several,
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class RuleFired:
    """A repeat rule that fired at the start of an episode; `starts` in its window are the evidence (R12)."""

    rule: RepeatRule
    fired_at: datetime
    starts: tuple[datetime, ...]


def repeat_triggers(starts: Sequence[datetime], rule: RepeatRule, now: datetime) -> tuple[RuleFired, ...]:
    """Return every crossing of the rule by a child's episode starts, up to `now`, oldest first (R12).

    The window is (start - days x 24 h, start], in elapsed hours. The rule fires once a crossing and
    fires again only after the count in its moving window has been below `rule.episodes` in between.
    The child's own and hosted episodes belong in `starts` together.
    """
    ordered = _until(starts, now)
    crossings = []
    for start in dict.fromkeys(ordered):
        inside = _inside(ordered, rule, start)
        # The count in the last moment before this start: the lowest since the start before. A start exactly
        # `days` old still counts in that moment; it leaves as the new one comes.
        before = bisect_left(ordered, start) - bisect_left(ordered, start - timedelta(days=rule.days))
        if before < rule.episodes <= len(inside):
            crossings.append(RuleFired(rule, start, inside))
    return tuple(crossings)


def currently_met(starts: Sequence[datetime], rule: RepeatRule, now: datetime) -> tuple[datetime, ...]:
    """Return the starts inside (now - days x 24 h, now] where they are enough for the rule, else none."""
    inside = _inside(_until(starts, now), rule, now.astimezone(UTC))
    return inside if len(inside) >= rule.episodes else ()


@dataclass(frozen=True, slots=True)
class InterviewTally:
    """Counts of episodes by the outcome of their interview. Tallies of areas add up.

    E is the ended missing episodes, R those of E that need an interview by this council (R20).
    In time is on or before `counts_until`: clock start + 72 h to the second, or the end of day + 3
    where only the date of the return is known (R18, R19).
    """

    episodes: int = 0  # E
    required: int = 0  # R
    due: int = 0  # in R: their 72 hours are over
    offered: int = 0  # in R
    offered_in_time: int = 0  # in due
    accepted: int = 0  # in R and offered
    declined: int = 0  # in R and offered
    held: int = 0  # in E: the 2017 report's "completed"
    held_required: int = 0  # in R
    held_in_time: int = 0  # in due
    recorded_in_time: int = 0  # in E and held
    recorded_in_time_required: int = 0  # in due and held
    resolved: int = 0  # in R: held, declined with the carer contacted, or not possible with a reason

    def __add__(self, other: InterviewTally) -> InterviewTally:
        return InterviewTally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def not_due(self) -> int:
        """Interviews of R whose 72 hours still run, held already or not: no share of time counts them yet."""
        return self.required - self.due


class Active(NamedTuple):
    """Children missing, and episodes running, at any time in a period (R7): those that began before it too.

    Active in two periods counts in both, so numbers of periods never add up.
    """

    children: int = 0
    episodes: int = 0


class Month(NamedTuple):
    """Missing episodes that began in one calendar month, and their children.

    `ages` counts children by the age band at their first episode in the month, so it adds up to `children`. Episodes
    of months add up; children do not, for a child may be in several months. Of a released month None is a hidden count,
    and there are no ages.
    """

    first_day: date
    episodes: int | None
    children: int | None
    ages: Mapping[str, int]


class Followed(NamedTuple):
    """Children with most episodes in a period, their episodes, and what the same children had in another.

    `fewer` is how many of them had fewer episodes then.
    """

    children: int = 0
    episodes: int = 0
    then: int = 0
    fewer: int = 0


class PeopleInterviewed(NamedTuple):
    """Talks and children behind a tally. Those of areas do not add up: a child may be in two.

    A talk is one child's interviews held at one moment, for one episode or several. Talks, and children interviewed,
    are those of E; children offered an interview, and children who declined one, those of R.
    """

    talks: int = 0
    interviewed: int = 0
    offered: int = 0
    declined: int = 0


def people_interviewed(episodes: Iterable[Episode], now: datetime) -> PeopleInterviewed:
    """Count the facts known at `now`: the plain reference that the store's counting must equal."""
    talks, offered, declined = set(), set(), set()
    for episode in episodes:
        if episode.kind != "missing" or not ended(episode, now):
            continue
        i = episode.interview
        if happened(i.held_at, now):
            talks.add((episode.child_id, i.held_at))
        if required(episode, now) and happened(i.offered_at, now):
            offered.add(episode.child_id)
            if i.response == "declined":
                declined.add(episode.child_id)
    return PeopleInterviewed(len(talks), len({child for child, _ in talks}), len(offered), len(declined))


class Kpi(NamedTuple):
    """One interview figure with both its counts, and its formula in words."""

    id: str
    label: str
    rate: Rate
    formula: str


def kpis(t: InterviewTally) -> tuple[Kpi, ...]:
    """Return K1-K9 of domain.md section 11, in order. K10 is `median_hours`; K11 and K12 are `private_kpis`."""
    return (
        Kpi("K1", _("Offered"), Rate(t.offered, t.required), _("offered / required")),
        Kpi("K2", _("Offered within 72 h"), Rate(t.offered_in_time, t.due), _("offered within 72 h / due by now")),
        Kpi("K3", _("Accepted (of offered)"), Rate(t.accepted, t.offered), _("accepted / offered")),
        Kpi("K4", _("Declined (of offered)"), Rate(t.declined, t.offered), _("declined / offered")),
        Kpi("K5", _("Completed"), Rate(t.held, t.episodes), _("held / ended missing episodes")),
        Kpi("K6", _("Held within 72 h"), Rate(t.held_in_time, t.due), _("held within 72 h / due by now")),
        Kpi(
            "K7",
            _("Recorded within 72 h (of completed)"),
            Rate(t.recorded_in_time, t.held),
            _("held and recorded within 72 h / held"),
        ),
        Kpi(
            "K8",
            _("Recorded within 72 h (of due)"),
            Rate(t.recorded_in_time_required, t.due),
            _("held and recorded within 72 h / due by now"),
        ),
        Kpi(
            "K9",
            _("Resolved"),
            Rate(t.resolved, t.required),
            _("held, declined with carer contacted, or not possible with a reason / required"),
        ),
    )


class OwedInterview(NamedTuple):
    """The times of one interview of R by the record, for the figures that no sheet releases (K11, K12)."""

    back: datetime | None
    counts_until: datetime | None
    held: datetime | None
    reason: str | None


#: The working days of K12, a local measure beside the statutory 72 hours.
WORKING_DAYS = 3


def private_kpis(owed: Sequence[OwedInterview], holidays: Container[date], now: datetime) -> tuple[Kpi, Kpi]:
    """Return K11 and K12. No export says when the council was told: K11 goes by the reason in its record."""
    late, told_late = 0, 0
    for i in owed:
        held = i.held if happened(i.held, now) else None
        due = i.counts_until is None or i.counts_until <= now
        if due and (held is None or i.counts_until is None or held > i.counts_until):
            late += 1
            told_late += i.reason == "late_notification"
    in_days, days_over = held_in_working_days(((i.back, i.held, 1) for i in owed), holidays, now)
    return (
        Kpi(
            "K11",
            _("Told late (of not held within 72 h)"),
            Rate(told_late, late),
            _("reason late notification / due by now and not held within 72 h"),
        ),
        Kpi(
            "K12",
            _("Held within {working_days} working days (local)", working_days=WORKING_DAYS),
            Rate(in_days, days_over),
            _(
                "held by the end of working day {working_days} after the return, Monday to "
                "Friday without bank holidays / required, and that day is over",
                working_days=WORKING_DAYS,
            ),
        ),
    )


def held_in_working_days(
    owed: Iterable[tuple[datetime | None, datetime | None, int]], holidays: Container[date], now: datetime
) -> tuple[int, int]:
    """Count interviews held by the end of the third working day, and those whose third working day is over (K12).

    `owed` are returns, moments held, and how many interviews have both. A return that is not known was long ago.
    """
    in_days, over = 0, 0
    ends_of: dict[date, datetime] = {}
    for back, held, n in owed:
        if back is None:
            over += n
            continue
        day = local_day(back)
        if day not in ends_of:
            ends_of[day] = working_days_end(back, holidays)
        if ends_of[day] <= now:
            over += n
            in_days += n * (held is not None and held < ends_of[day])
    return in_days, over


def working_days_end(back: datetime, holidays: Container[date]) -> datetime:
    """Return the end of the third working day after the local day of the return, which does not count itself."""
    day, left = local_day(back), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in holidays
    return day_start(day + timedelta(days=1))


def median_hours(spans: list[timedelta]) -> Decimal | None:
    """Return the middle length in hours, one decimal, half up (K10); None where there are none."""
    if not spans:
        return None
    ordered = sorted(spans)
    return _half_the_hours(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2])


def median_hours_of(waits: Mapping[timedelta, int]) -> Decimal | None:
    """Return the same of lengths that were counted: each with how many had it."""
    total, seen, middle = sum(waits.values()), 0, timedelta()
    if not total:
        return None
    for wait in sorted(waits):
        before, seen = seen, seen + waits[wait]
        # The two in the middle are the same one where the number is odd.
        middle += wait * sum(before <= place < seen for place in ((total - 1) // 2, total // 2))
    return _half_the_hours(middle)


def _half_the_hours(both: timedelta) -> Decimal:
    return half_up(both // timedelta(microseconds=1), 2 * 3_600_000_000, 1)


def tally(episodes: Iterable[Episode], now: datetime) -> InterviewTally:
    """Count the facts known at `now`: the plain reference that the store's counting must equal.

    Episodes that are not missing, or not ended yet, count nowhere. An event after `now` has not happened yet.
    """
    total = InterviewTally()
    for episode in episodes:
        if episode.kind != "missing" or not ended(episode, now):
            continue
        i, needed = episode.interview, required(episode, now)
        offered, held = happened(i.offered_at, now), happened(i.held_at, now)
        recorded_in_time = held and _in_time(i, i.recorded_at, now)
        due = needed and (i.counts_until is None or i.counts_until <= now)
        # Resolved without being held: declined with the carer contacted, or not possible for its reason (K9).
        if i.response == "declined":
            settled = offered and i.outcome_reason == CARER_CONTACTED
        else:
            settled = not_possible(i) and (i.offered_at is None or i.offered_at <= now)
        total += InterviewTally(
            episodes=1,
            required=int(needed),
            due=int(due),
            offered=int(needed and offered),
            offered_in_time=int(due and _in_time(i, i.offered_at, now)),
            accepted=int(needed and offered and i.response == "accepted"),
            declined=int(needed and offered and i.response == "declined"),
            held=int(held),
            held_required=int(needed and held),
            held_in_time=int(due and _in_time(i, i.held_at, now)),
            recorded_in_time=int(recorded_in_time),
            recorded_in_time_required=int(due and recorded_in_time),
            resolved=int(needed and (held or settled)),
        )
    return total


@dataclass(frozen=True, slots=True)
class Headline:
    """The digest at level 0. It has no episode, no child and no reference to give."""

    since: datetime
    until: datetime
    now: datetime
    missing: int
    reported: int
    returned: int
    overdue: int
    due_soon: int
    turned_18: int  # children, while missing, and not back
    sources: tuple[Freshness, ...]
    unattended: int = 0  # interviews that run out before anybody works

    def usable(self, source: str) -> bool:
        """Return True for a source recent enough to be read; too old is never zero."""
        return all(freshness.usable(s, self.now) for s in self.sources if s.source == source)


NOT_SHOWN, NOT_KNOWN = _("not shown"), _("not known")


def course(name: str, labels: Sequence[str], values: Sequence[float | None], not_known: Collection[str] = ()) -> str:
    """Write 'Episodes: first 4 (2016-H1), last 7 (2017-H1), highest 9 (2016-H2), lowest 4 (2016-H1).'

    None is not shown, or not known where its label is among `not_known`. Highest and lowest are those of the rest; of
    several equal ones the first. Of two values the first and the last are enough.
    """

    def point(label: str, value: float | None) -> str:
        missing = NOT_KNOWN if label in not_known else NOT_SHOWN
        return f"{missing if value is None else f'{value:g}'} ({label})"

    if not labels:
        return f"{name}: {NOT_SHOWN}."
    pairs = list(zip(labels, values, strict=True))
    shown = [(label, value) for label, value in pairs if value is not None]
    if not shown:
        return f"{name}: {NOT_KNOWN if set(labels) <= set(not_known) else NOT_SHOWN}."
    if len(pairs) == 1:
        return f"{name}: {point(*pairs[0])}."
    ends = _("{name}: first {point}, last {point2}", name=name, point=point(*pairs[0]), point2=point(*pairs[-1]))
    if len(pairs) == 2:
        return f"{ends}."
    of = _(" shown") if len(shown) < len(pairs) else ""
    numbers = [value for _, value in shown]
    highest, lowest = (shown[numbers.index(most)] for most in (max(numbers), min(numbers)))
    if highest[1] == lowest[1]:
        return _("{ends}, never another number{of}.", ends=ends, of=of)
    return _(
        "{ends}, highest{of} {point}, lowest{of} {point2}.",
        ends=ends,
        of=of,
        point=point(*highest),
        point2=point(*lowest),
    )


def _percent_change(old: int, new: int) -> Decimal | None:
    if old == 0:
        return Decimal("0.0") if new == 0 else None
    return half_up(100 * (new - old), old, 1)


def _refuse_negative(*counts: int) -> None:
    if min(counts) < 0:
        raise FigureError(_("a count cannot be negative: {counts}", counts=min(counts)))


def _refuse_no_days(days: int) -> None:
    if days < 1:
        raise FigureError(_("a per-day rate needs at least one day, not {days}", days=days))


def _until(starts: Sequence[datetime], now: datetime) -> list[datetime]:
    """Sort the starts in UTC: arithmetic on local times would be an hour wrong over a clock change."""
    return sorted(s.astimezone(UTC) for s in starts if s <= now)


def _inside(ordered: list[datetime], rule: RepeatRule, at: datetime) -> tuple[datetime, ...]:
    opens = at - timedelta(days=rule.days)
    return tuple(ordered[bisect_right(ordered, opens) : bisect_right(ordered, at)])


def _in_time(interview: Interview, at: datetime | None, now: datetime) -> bool:
    """Return True up to the last instant in time: exactly 72:00:00 is in time (R18)."""
    limit = interview.counts_until
    return at is not None and at <= now and limit is not None and at <= limit
