"""Months beside their usual range: sentences, table and chart, with the events that people noted. Never a cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.conversation.command import Ask
from bot.conversation.reply import Cell, Chart, Section, Series, Table
from bot.messages.released_figures import children, counted
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _, code_words, date_words, n_
from bot.rules.disclosure.released import HIDDEN, cell, count_label
from bot.rules.figures import NOT_KNOWN, Month, course
from bot.rules.spikes import EVENT_WORDS, MONTHS, Judged, MonthNote
from bot.rules.time.clock import local_day, say_date

USUAL = _(
    "Usual: the median of the 12 months before; of the first 12 months of the records, their own. "
    "A month above the limit is unusual; no figure here says why."
)
LIMIT = _(
    "Limit: the median plus 3 deviations (1.4826 x the median absolute deviation of these months), "
    "and no less than a number that chance passes once in 1,000 (Poisson)."
)
#: Said beyond one person, where a month's number may be hidden.
OF_PRINTED = _(
    "Usual and limit are worked out from the printed numbers. A month that is {hidden} is passed over, and not judged.",
    hidden=HIDDEN,
)
NOT_ENOUGH = _("not enough months")


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of the answer: its counts, its usual range, and what was noted on it.

    It is not `known` where it has no record between months with many. A hidden number is known and not judged.
    """

    of: Month
    judged: Judged
    notes: tuple[MonthNote, ...]
    known: bool

    @property
    def label(self) -> str:
        return f"{self.of.first_day:%Y-%m}"

    @property
    def is_judged(self) -> bool:
        return self.judged.episodes is not None

    @property
    def events(self) -> str:
        return ", ".join(dict.fromkeys(EVENT_WORDS.get(n.event, n.event) for n in self.notes))


def lead(months: Sequence[MonthRow]) -> str:
    """Write 'October and November 2016 were above the usual range: 163 and 147 episodes; usual 106, limit 139.'"""
    last, flagged = months[-1], [m for m in months if m.judged.above]
    if not any(m.judged.limit is not None for m in months):
        judged = sum(m.is_judged for m in months)
        if any(m.known and not m.is_judged for m in months):
            return _(
                "There is no usual range: it takes {months} complete months that are shown, and {shown} are.",
                months=MONTHS,
                shown=judged,
            )
        return _(
            "There is no usual range yet: it takes {months} complete months, and {known} are known.",
            months=MONTHS,
            known=judged,
        )
    if not flagged:
        name, of_last = date_words(last.of.first_day, "%B %Y"), _in_numbers(last)
        if any(m.known and not m.is_judged for m in months):
            return _(
                "No month that is shown was above the usual range. {month}: {of_last}.", month=name, of_last=of_last
            )
        return _("No month was above the usual range. {month}: {of_last}.", month=name, of_last=of_last)
    if len({(m.judged.usual, m.judged.limit) for m in flagged}) > 1:
        each = "; ".join(f"{date_words(m.of.first_day, '%B %Y')}: {_in_numbers(m)}" for m in flagged)
        return _("Above the usual range: {each}.", each=each)
    first = flagged[0].judged
    return n_(
        "{names} was above the usual range: {numbers} episodes; usual {usual}, limit {limit}.",
        "{names} were above the usual range: {numbers} episodes; usual {usual}, limit {limit}.",
        len(flagged),
        names=_names(flagged),
        numbers=_and([f"{m.of.episodes}" for m in flagged]),
        usual=f"{first.usual:g}",
        limit=first.limit,
    )


def _in_numbers(m: MonthRow) -> str:
    if not m.known:
        return NOT_KNOWN
    episodes = counted(m.of.episodes, "{n} episode", "{n} episodes")
    if m.judged.limit is None:
        return episodes
    return _(
        "{episodes} (usual {usual}, limit {limit})",
        episodes=episodes,
        usual=f"{m.judged.usual:g}",
        limit=m.judged.limit,
    )


def _names(months: Sequence[MonthRow]) -> str:
    """Write 'October and November 2016', 'December 2016 and January 2017'."""
    days = [m.of.first_day for m in months]
    years = [
        f"{_and([date_words(day, '%B') for day in each])} {year}" for year, each in groupby(days, lambda d: d.year)
    ]
    return _and(years)


def _and(words: Sequence[str]) -> str:
    return _(" and ").join(filter(None, (", ".join(words[:-1]), words[-1])))


def in_brief(months: Sequence[MonthRow]) -> Table:
    """Build the table of three columns, with every number of the chart."""
    rows: list[tuple[Cell, ...]] = []
    for m in months:
        name = date_words(m.of.first_day, "%b %Y")
        if not m.known:
            rows.append((name, NOT_KNOWN, m.events))
            continue
        of = _("{episodes} of {children}", episodes=count_label(m.of.episodes), children=children(m.of.children))
        usual = _no_range(m) if m.judged.limit is None else f"{m.judged.usual:g}, {m.judged.limit}"
        rows.append((name, of, " · ".join(filter(None, (usual, _above(m), m.events)))))
    return Table("", (_("Month"), _("Episodes"), _("Usual, limit")), tuple(rows))


def _no_range(m: MonthRow) -> str:
    """Say that there are too few months to compare with; of a hidden month nothing."""
    return NOT_ENOUGH if m.is_judged else ""


def _above(m: MonthRow) -> str:
    return _("above") if m.judged.above else ""


def in_full(months: Sequence[MonthRow], ask: Ask) -> Table:
    """Build the table of every measure, for files too."""
    rows: list[tuple[Cell, ...]] = []
    for m in months:
        said = "; ".join(_said(ask, n) for n in m.notes)
        if not m.known:
            rows.append((m.label, *(NOT_KNOWN,) * 4, "", said))
        elif m.judged.limit is None:
            rows.append((m.label, cell(m.of.episodes), cell(m.of.children), *(_no_range(m),) * 2, "", said))
        else:
            usual = m.judged.usual
            usual = int(usual) if usual is not None and usual == int(usual) else usual
            numbers = (cell(m.of.episodes), cell(m.of.children), usual, m.judged.limit)
            rows.append((m.label, *numbers, _above(m), said))
    columns = (_("Month"), _("Episodes"), _("Children"), _("Usual"), _("Limit"), _("Above the limit"), _("Noted"))
    return Table(_("Month by month"), columns, tuple(rows))


def noted(months: Sequence[MonthRow], ask: Ask) -> tuple[Section, ...]:
    """List the notes by month, each with the role and the day of the person who noted it."""
    lines = tuple(f"{date_words(m.of.first_day, '%B %Y')}: {_said(ask, n)}" for m in months for n in m.notes)
    return (Section(_("Noted by people"), lines),) if lines else ()


def _said(ask: Ask, note: MonthNote) -> str:
    """Write 'school holidays, North (strategic lead, 5 Jul 2017)'."""
    areas = {a.id: a.short for a in ask.partnership.areas}
    return _(
        "{event}{area} ({role}, {day})",
        event=EVENT_WORDS.get(note.event, note.event),
        area=f", {areas.get(note.area, note.area)}" if note.area else "",
        role=code_words(note.role),
        day=say_date(local_day(note.said_at)),
    )


def chart(title: str, months: Sequence[MonthRow]) -> Chart:
    """Build the line of episodes, with the limit as a second one; months that are not known, or hidden, are gaps."""
    labels = tuple(m.label for m in months)
    unknown = tuple(m.label for m in months if not m.known)
    lines = [(_("Episodes"), tuple(m.judged.episodes for m in months))]
    if any(m.judged.limit is not None for m in months):
        lines.append((_("Limit"), tuple(m.judged.limit for m in months)))
    series = tuple(Series(name, values) for name, values in lines)
    flagged = _and([m.label for m in months if m.judged.above]) if any(m.judged.above for m in months) else _("none")
    alt = _(
        "Line chart, {title}, {months}. {courses} Above the limit: {flagged}.",
        title=title,
        months=counted(len(labels), "{n} month", "{n} months"),
        courses=" ".join(course(s.name, labels, s.values, unknown) for s in series),
        flagged=flagged,
    )
    return Chart(title, "line", labels, series, alt, not_known=unknown)


def notes_of(ask: Ask, scope: Scope) -> Sequence[MonthNote]:
    """Return the notes on the whole county and on areas of the scope."""
    return [n for n in ask.facts.month_notes() if n.area in ("", *scope.areas)]
