"""Figures as people read them in chat: two sentences, then one table of three columns.

Every other measure is one word away (`measures`), and so is the way of counting (`counted`). A file has every measure.
The figures are handed in as they may be read where they are asked for (`released_figures`): nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bot.conversation import arguments
from bot.conversation.command import Ask
from bot.conversation.reply import Button, Cell, Reply, Table
from bot.messages import released_figures
from bot.messages.released_figures import Counted, children, counted, per_child
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released import HIDDEN, AnyRate, AnyTally, cell, count_label, kpi_rates, note
from bot.rules.figures import InterviewTally, is_incomplete, kpis, length_warning
from bot.rules.model import Period
from bot.rules.time import freshness
from bot.rules.time.period import in_words

View = Literal["", "measures", "counted", "ages"]

#: Other words for the views, as commands declare them.
COUNTED_WORDS = {"counted": "counted", _("how counted"): "counted"}
WORDS = {"measures": "measures", _("every measure"): "measures", **COUNTED_WORDS}
EVERY, HOW = _("All measures"), _("How it is counted")


def view_of(words: Sequence[str], *given: View) -> tuple[View, list[str]]:
    """Take the word for one of the given views off the words of a question; the last one named holds."""
    views: dict[str, View] = {v: v for v in given}
    named = [views[w.casefold()] for w in words if w.casefold() in views]
    return named[-1] if named else "", [w for w in words if w.casefold() not in views]


def title(ask: Ask, scope: Scope, period: Period, what: str = "") -> str:
    """Write 'North, January to June 2017: who reported'."""
    return f"{arguments.scope_name(ask, scope)}, {in_words(period)}{f': {what}' if what else ''}"


def doubts(ask: Ask, scope: Scope, period: Period, *others: Period, notes: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the reasons for reading the figures with care: sources, records left out, days that are not known."""
    known = ((p, arguments.known(ask, p).limits) for p in (period, *others))
    until = arguments.data_until(ask)
    rise = {p: _("; its counts will still rise") for p in (period, *others) if is_incomplete(p, ask.now, until)}
    return (
        *of_sources(ask, scope, period, *others),
        *(f"⚠ {p.label}: {', '.join(limits)}{rise.get(p, '')}." for p, limits in known if limits),
        *(length_warning(period, others[0]) if others else ()),
        *notes,
    )


def of_sources(ask: Ask, scope: Scope, *periods: Period) -> tuple[str, ...]:
    """Return the warnings of sources that are not ok, and the records that are left out of these periods."""
    sources = [f for f in ask.facts.freshness(ask.now) if f.taken_at or f.source == "police"]
    return (
        *freshness.warnings(sources, ask.now, exact=released_figures.is_private(ask, scope)),
        *(f"⚠ {line}" for line in released_figures.left_out(ask, scope, *periods)),
    )


def footer(ask: Ask, scope: Scope, period: Period, *others: Period) -> tuple[str, ...]:
    """Name the days that are counted, who may read the figures, and the times of their sources or their release."""
    days = _("By episode start, {days}", days=arguments.days(period))
    if released_figures.is_private(ask, scope):
        times = freshness.times(ask.facts.freshness(ask.now), ask.now)
        return (f"{days}.", " · ".join(filter(None, (_("True counts, for you alone: not for publication"), times))))
    chosen = ask.partnership.disclosure
    return (f"{days}.", *released_figures.released_when(ask, period, *others), note(chosen.threshold, chosen.base))


def how_counted(ask: Ask, scope: Scope, period: Period, *others: Period, of: str, rates: bool = False) -> Reply:
    """Return the answer to [How it is counted]: the unit, the days, the areas, what is left out, and each share."""
    shares = tuple(f"{k.label}: {k.formula}." for k in kpis(InterviewTally())) if rates else ()
    return Reply(
        title=_("{of}: how it is counted", of=of),
        level=0,
        text=(*released_figures.footer(ask, scope, period, *others), *shares),
    )


def more(command: str, *, measures: bool = True) -> tuple[Button, ...]:
    """Return the buttons for all measures and for how they are counted."""
    every = (Button(EVERY, f"{command} measures"),) if measures else ()
    return (*every, Button(HOW, f"{command} counted"))


def absences(now: Counted, then: Counted | None, before: str = "") -> str:
    """Write '188 missing episodes of 82 children (195 of 81 the half-year before).'"""
    f, earlier = now.frequency, then.frequency if then else None
    beside = (
        _(
            " ({episodes} of {children} {before})",
            episodes=count_label(earlier.episodes),
            children=count_label(earlier.children),
            before=before,
        )
        if earlier
        else ""
    )
    return _(
        "{episodes} of {children}{beside}.",
        episodes=counted(f.episodes, "{n} missing episode", "{n} missing episodes"),
        children=children(f.children),
        beside=beside,
    )


def interviews(now: AnyTally, then: AnyTally | None = None) -> str:
    """Write 'Return interviews: 171 of 188 completed (170 of 195 before), 129 of 188 due held within 72 hours.'"""

    def of(part: str, whole: str, word: str) -> str:
        counts = [
            _("{getattr} of {getattr2}", getattr=count_label(getattr(t, part)), getattr2=count_label(getattr(t, whole)))
            for t in (now, then)
            if t
        ]
        beside = _(" ({counts} before)", counts=counts[1]) if len(counts) > 1 else ""
        return f"{counts[0]} {word}{beside}"

    completed, in_time = (
        of("held", "episodes", _("completed")),
        of("held_in_time", "due", _("due held within 72 hours")),
    )
    return _("Return interviews: {completed}, {in_time}.", completed=completed, in_time=in_time)


def interviews_told(ask: Ask, now: Counted, then: Counted | None) -> tuple[str, ...]:
    """Return the sentence about return interviews, or that they are not known."""
    if now.interviews is None:
        return interviews_unknown(ask)
    return (interviews(now.interviews, then.interviews if then else None),)


def interviews_unknown(ask: Ask) -> tuple[str, ...]:
    """Say why return interviews are not known: never loaded, or not when the figures were released."""
    later = _("Return interviews: not known (not loaded when these figures were released).")
    return arguments.never_loaded(ask, "interviews", _("Return interviews")) or (later,)


def share(rate: AnyRate) -> str:
    """Write a percentage alone; its two counts are in a sentence of the same message."""
    if rate.numerator is None or rate.denominator is None:
        return HIDDEN
    if rate.percent is not None:
        return f"{rate.percent}%"
    return _("not shown") if rate.denominator else "n/a"


def of_whole(rate: AnyRate, one: str, many: str) -> str:
    """Write '9 of 10 episodes (90.0%)', or the counts alone where no percentage may be given."""
    percent = "" if rate.percent is None else f" ({rate.percent}%)"
    return _(
        "{numerator} of {counted}{percent}",
        numerator=count_label(rate.numerator),
        counted=counted(rate.denominator, one, many),
        percent=percent,
    )


#: Shares of interviews in the table, by their number in domain.md section 11.
_SHARES = {
    "K5": _("Interviews completed"),
    "K6": _("Interviews held within 72 h"),
    "K2": _("Offered within 72 h"),
    "K7": _("Recorded within 72 h (of completed)"),
}
#: Those of which a sentence has the counts.
_TOLD = ("K5", "K6")


def measures(columns: Sequence[tuple[str, Counted]], *, told: bool = True) -> Table:
    """Return the table: nine measures at most. `told` is True where sentences have the counts of two of the shares."""
    found = [of for _, of in columns]
    rows: list[tuple[Cell, ...]] = [
        (_("Episodes per child"), *(per_child(c.frequency) for c in found)),
        (_("Episodes per day"), *(released_figures.per_day_cell(c) for c in found)),
        (_("Children with 1 episode"), *(cell(c.frequency.once_only) for c in found)),
        (_("Children with 2 or more"), *(cell(c.frequency.repeat_children) for c in found)),
        (_("Repeat episodes"), *(cell(c.frequency.repeat_episodes) for c in found)),
    ]
    tallies = [c.interviews for c in found if c.interviews is not None]
    if len(tallies) == len(found):
        rates = [{k.id: rate for k, rate in kpi_rates(t)} for t in tallies]
        rows += [
            (label, *(share(each[k]) if told and k in _TOLD else each[k].text for each in rates))
            for k, label in _SHARES.items()
        ]
    return Table("", (_("Measure"), *(name for name, _ in columns)), tuple(rows))


def teams(tallies: Sequence[tuple[str, AnyTally]]) -> Table:
    """Return a row a team: the shares of the sentence about all of them, each with its counts."""
    rows = [(name, *({k.id: r.text for k, r in kpi_rates(t)}[k] for k in _TOLD)) for name, t in tallies]
    return Table("", (_("Team"), _("Completed"), _("Held within 72 h")), tuple(rows))


def shares(tally: AnyTally) -> Table:
    """Return the shares of one team beside those of the sentence."""
    rows = [(k.label, rate.text) for k, rate in kpi_rates(tally) if k.id not in _TOLD]
    return Table("", (_("Measure"), _("Of those")), tuple(rows))
