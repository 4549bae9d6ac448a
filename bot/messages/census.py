"""The children looked after on one day, as `lac` and `placements` ask for them: of the whole county alone.

For one authorised person of any day. Elsewhere of the last day of a half-year, from its released sheet, where kinds of
placement are of the children who are not UASC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from bot.conversation import arguments
from bot.conversation.command import Ask, CommandDesk, NotKnown, Refused, Request, Unclear
from bot.conversation.reply import Cell
from bot.messages import released_figures
from bot.messages.half_year_table import NOT_KNOWN, OWNERSHIP, RESIDENTIAL, share_of_others
from bot.messages.released_figures import change_between
from bot.rules.access.permissions import Grant, Scope
from bot.rules.catalogue import _
from bot.rules.census import PLACEMENTS, Population, half_a_year_before
from bot.rules.disclosure.released import AnyRate, ReleasedRate, cell, count_label, note
from bot.rules.disclosure.released_periods import HALF, halves_of
from bot.rules.disclosure.rounding import Count
from bot.rules.figures import Rate
from bot.rules.model import Period
from bot.rules.text.area_names import ALL
from bot.rules.time import freshness
from bot.rules.time.clock import add_months, local_day, say_date, whole_months
from bot.rules.time.period import period_of

TITLE = _("Children looked after")


@dataclass(frozen=True, slots=True)
class Census:
    """The children looked after on a day, as they may be read where it was asked; None is hidden.

    `counted` are those who are counted by placement; `homes` are the children of residential homes by who owns them.
    `percents` are the released shares of those who are counted, by placement; None for true counts.
    """

    total: Count
    uasc: Count
    without_uasc: Count
    counted: Count
    placed: Mapping[str | None, Count]
    homes: Mapping[str, Count]
    percents: Mapping[str | None, Count] | None = None

    @property
    def released(self) -> bool:
        return self.percents is not None

    def share(self, kind: str | None) -> AnyRate:
        """Return the share of one kind of placement in the children who are counted by placement."""
        part, whole = self.placed[kind], self.counted
        if self.percents is None and part is not None and whole is not None:
            return Rate(part, whole)
        return ReleasedRate(part, whole, (self.percents or {}).get(kind))


class TwoDays(NamedTuple):
    """The census of a day and of an earlier one; where that is not known, None and the reason."""

    day: date
    now: Census
    before: date
    then: Census | None
    notes: tuple[str, ...]


def asked_for(ask: Ask, *, most_days: int = 1) -> TwoDays:
    """Return the census of the day asked for, the last day of a period, beside another or that half a year before.

    Without a day it is that of the last half-year that is over.
    """
    wanted = arguments.read(ask, most_periods=most_days)
    days = sorted({period.last for period in wanted.periods}) or [arguments.last_half_year(ask).last]
    if wanted.area not in (None, ALL):
        raise Unclear(_("Children looked after are counted of the whole county alone."), _again(ask, days))
    wanted = replace(wanted, area=ALL)
    now = census(ask, wanted, days[-1])
    before = days[0] if len(days) > 1 else half_a_year_before(days[-1])
    try:
        return TwoDays(days[-1], now, before, census(ask, wanted, before), ())
    except NotKnown as fault:
        reason = fault.sentence
    except Unclear as fault:  # not shown here, which is an answer to a day that was asked for
        if len(days) > 1:
            raise
        reason = fault.sentence
    return TwoDays(days[-1], now, before, None, (_("{reason} So no change is shown.", reason=reason),))


def fits(desk: CommandDesk, request: Request) -> bool:
    """Return True for a person who may be told figures of the whole county here: help offers it to no other."""
    grant = desk.decide(request, "counts")
    if not isinstance(grant, Grant) or not all(map(request.place.holds, grant.every_area)):
        return False
    scope = grant.scope(grant.every_area)
    return isinstance(scope, Scope) and scope.cases_of is None


def census(ask: Ask, wanted: arguments.Arguments, day: date) -> Census:
    """Return the children looked after on a day. NotKnown where they are not known, Unclear where not shown here."""
    scope = county(ask)
    for sentence in arguments.never_loaded(ask, "children", TITLE):
        raise NotKnown(sentence, _("Children looked after: not known"))
    _must_be_known(ask, day)
    if not released_figures.is_private(ask, scope):
        return _released(ask, wanted, day)
    found = Population(tuple(ask.facts.looked_after(day)))
    if not found.total:  # a county without one is less likely than records that do not reach so far
        raise NotKnown(_("No record has a child looked after on {day}: it is not known.", day=say_date(day)))
    homes = [p for p in ask.partnership.providers if p.kind == RESIDENTIAL]
    return Census(
        found.total,
        found.uasc,
        found.without_uasc,
        found.total,
        {kind: found.placed(kind) for kind in PLACEMENTS},
        {
            owner: found.placed(RESIDENTIAL, {code for p in homes if p.ownership == owner for code in p.codes})
            for owner in OWNERSHIP
        },
    )


def _released(ask: Ask, wanted: arguments.Arguments, day: date) -> Census:
    """Read the census of the last day of a half-year off its sheet, which the first question releases."""
    half = half_ending(day)
    if half is None or halves_of(half, ask.facts.released_periods(), ask.partnership.year_begins) != (half,):
        usual = arguments.last_half_year(ask)
        raise Unclear(
            _(
                "Here I give children looked after on the last day of a half-year that is over, such as {day}"
                "{or_in_private}.",
                day=say_date(usual.last),
                or_in_private=released_figures.or_in_private(ask),
            ),
            _again(ask, [usual.last]),
            title=_("Not shown here"),
        )
    _scope, figures = released_figures.asked_for(ask, wanted, half)
    found = figures.census(half)
    if not found or found["all"] == 0:
        raise NotKnown(
            _("Children looked after on {day}: not known when these figures were released.", day=say_date(day))
        )
    names = {kind: NOT_KNOWN if kind is None else kind for kind in PLACEMENTS}
    return Census(
        found["all"],
        found["uasc"],
        found["others"],
        found["others"],
        {kind: found[name] for kind, name in names.items()},
        {owner: found[f"{RESIDENTIAL}, {owner}"] for owner in OWNERSHIP},
        {kind: found.get(share_of_others(name)) for kind, name in names.items()},
    )


def half_ending(day: date) -> Period | None:
    """Return the six months that end on a day; None where no month ends on it."""
    found = period_of(add_months(day.replace(day=1), 1 - HALF), day)
    return found if whole_months(found.first, found.last) == HALF else None


def county(ask: Ask) -> Scope:
    """Return the whole county; Refused for a person who is granted areas or cases of it alone."""
    scope = ask.scope("counts", ALL)
    if scope.cases_of is not None:
        raise Refused("area", ask.areas("counts"))
    return scope


def warnings(ask: Ask) -> tuple[str, ...]:
    return freshness.warnings(
        [arguments.source(ask, "children")], ask.now, exact=released_figures.is_private(ask, county(ask))
    )


def title(day: date, what: str) -> str:
    """Write 'Whole county, 31 May 2017: children looked after'."""
    return _("Whole county, {day}: {what}", day=say_date(day), what=what)


def change(found: TwoDays, new: Count, old: Count) -> str:
    """Write ' (+5.9% on 590 on 30 Nov 2016)', or nothing where the earlier count is not known."""
    if found.then is None:
        return ""
    percent = change_between(old, new, found.now.released).text
    return _(" ({change} on {old} on {before})", change=percent, old=count_label(old), before=say_date(found.before))


def beside(found: TwoDays, new: Count, old: Count) -> tuple[Cell, ...]:
    """Return the earlier count and the change, empty where they are not known."""
    return ("", "") if found.then is None else (cell(old), change_between(old, new, found.now.released).text)


def footer(ask: Ask, found: TwoDays) -> tuple[str, ...]:
    begins = ask.partnership.history_start
    counted = (
        _(
            "By the council's children export: children looked after by this authority on the day, wherever they live; "
            "children of other authorities are not counted."
        ),
        _(
            "A placement without a day of its own begins on the day of the first export that has it{known}.",
            known="" if begins else _("; records as far as loaded"),
        ),
    )
    if not found.now.released:
        known = freshness.times([arguments.source(ask, "children")], ask.now)
        return (*counted, _("True counts, for you alone: not for publication") + " · " + known)
    chosen = ask.partnership.disclosure
    days = (found.day, *([] if found.then is None else [found.before]))
    halves = [half for day in days if (half := half_ending(day))]
    return (*counted, *released_figures.released_when(ask, *halves), note(chosen.threshold, chosen.base))


def _must_be_known(ask: Ask, day: date) -> None:
    """Raise NotKnown for a day before the records begin or after the export was taken: neither is zero."""
    begins, taken = ask.partnership.history_start, arguments.source(ask, "children").taken_at
    if begins is not None and day < begins:
        sentence = _("The records begin on {begins}: {day} is not known.", begins=say_date(begins), day=say_date(day))
        raise NotKnown(sentence)
    if taken is not None and day > local_day(taken):
        reached = say_date(local_day(taken))
        raise NotKnown(
            _("The children export reaches to {reached}: {day} is not known.", reached=reached, day=say_date(day))
        )


def _again(ask: Ask, days: Sequence[date]) -> str:
    command, _unused = ask.desk.find(ask.request.text)
    return " ".join((command.name if command else "", *(day.isoformat() for day in reversed(days)))).strip()
