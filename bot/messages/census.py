"""The children looked after on one day, as `lac` and `placements` ask for them: of the whole county alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bot.conversation import arguments
from bot.conversation.command import Ask, CommandDesk, NotKnown, Refused, Request, Unclear
from bot.conversation.reply import Cell
from bot.messages import released_figures
from bot.messages.released_figures import number
from bot.rules.access.permissions import Grant, Scope
from bot.rules.catalogue import _
from bot.rules.census import Population, half_a_year_before
from bot.rules.figures import Change, Rate
from bot.rules.text.area_names import ALL
from bot.rules.time import freshness
from bot.rules.time.clock import local_day, say_date

TITLE = _("Children looked after")


class TwoDays(NamedTuple):
    """The census of a day and of an earlier one; where that is not known, None and the reason."""

    day: date
    now: Population
    before: date
    then: Population | None
    notes: tuple[str, ...]


def asked_for(ask: Ask, *, most_days: int = 1) -> TwoDays:
    """Return the census of the day asked for, the last day of a period, beside another or that half a year before.

    Without a day it is that of the last half-year that is over.
    """
    wanted = arguments.read(ask, most_periods=most_days)
    days = sorted({period.last for period in wanted.periods}) or [arguments.last_half_year(ask).last]
    if wanted.area not in (None, ALL):
        raise Unclear(_("Children looked after are counted of the whole county alone."), _again(ask, days))
    now = census(ask, days[-1])
    before = days[0] if len(days) > 1 else half_a_year_before(days[-1])
    try:
        return TwoDays(days[-1], now, before, census(ask, before), ())
    except NotKnown as fault:
        return TwoDays(days[-1], now, before, None, (_("{reason} So no change is shown.", reason=fault.sentence),))


def fits(desk: CommandDesk, request: Request) -> bool:
    """Return True for a person who is told true counts of the whole county here: help offers it to no other."""
    grant = desk.decide(request, "counts")
    if request.place.level != 2 or not isinstance(grant, Grant):
        return False
    scope = grant.scope(grant.every_area)
    return isinstance(scope, Scope) and scope.cases_of is None and grant.exact(request.export, scope.areas)


def census(ask: Ask, day: date) -> Population:
    """Return the children looked after on a day: true counts for one person. NotKnown where they are not known."""
    scope = county(ask)
    if not released_figures.is_private(ask, scope):
        raise Unclear(
            _("Here I give no figures of children looked after: ask me in private.")
            if ask.request.place.level != 2
            else _("Figures of children looked after are for roles that see true counts."),
            title=_("Not shown here"),
        )
    for sentence in arguments.never_loaded(ask, "children", TITLE):
        raise NotKnown(sentence, _("Children looked after: not known"))
    _must_be_known(ask, day)
    found = Population(tuple(ask.facts.looked_after(day)))
    if not found.total:  # a county without one is less likely than records that do not reach so far
        raise NotKnown(_("No record has a child looked after on {day}: it is not known.", day=say_date(day)))
    return found


def county(ask: Ask) -> Scope:
    """Return the whole county; Refused for a person who is granted areas or cases of it alone."""
    scope = ask.scope("counts", ALL)
    if scope.cases_of is not None:
        raise Refused("area", ask.areas("counts"))
    return scope


def warnings(ask: Ask) -> tuple[str, ...]:
    return freshness.warnings([arguments.source(ask, "children")], ask.now, exact=True)


def title(day: date, what: str) -> str:
    """Write 'Whole county, 31 May 2017: children looked after'."""
    return _("Whole county, {day}: {what}", day=say_date(day), what=what)


def change(new: int, old: int | None, before: date) -> str:
    """Write ' (+5.9% on 590 on 30 Nov 2016)', or nothing where the earlier count is not known."""
    if old is None:
        return ""
    return _(" ({change} on {old} on {before})", change=Change(old, new).text, old=old, before=say_date(before))


def beside(new: int, old: int | None) -> tuple[Cell, ...]:
    """Return the earlier count and the change, empty where they are not known."""
    return ("", "") if old is None else (old, Change(old, new).text)


def share(part: int, whole: int) -> Cell:
    """Return the percentage alone, for a column of a file."""
    return number(Rate(part, whole).percent)


def footer(ask: Ask) -> tuple[str, ...]:
    begins = ask.partnership.history_start
    return (
        _(
            "By the council's children export: children looked after by this authority on the day, wherever they live; "
            "children of other authorities are not counted."
        ),
        _(
            "A placement without a day of its own begins on the day of the first export that has it{known}.",
            known="" if begins else _("; records as far as loaded"),
        ),
        _("True counts, for you alone: not for publication")
        + " · "
        + freshness.times([arguments.source(ask, "children")], ask.now),
    )


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
