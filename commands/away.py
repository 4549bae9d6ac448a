"""away: record a person's absence and the cover for their reminders, by the person or their manager."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Form, Reply, Table
from bot.messages import forms
from bot.rules.access.absences import absence_sentence, answers_for, covered, listed
from bot.rules.access.permissions import DUTY, holders, may_be_called
from bot.rules.catalogue import _
from bot.rules.effects import NotifyPerson, RecordAbsence
from bot.rules.partnership.partnership import Person
from bot.rules.text.spoken_time import NotATime, hear_days
from bot.rules.time.clock import day_start, local_day, say_day_near

EXAMPLE = "away 24 dec to 2 jan cover coordinator"
_FOR = re.compile(r"for (\S+)(?: |$)", re.ASCII | re.IGNORECASE)
_COVER = re.compile(r"(?:^| )cover(?:ed)?(?: by)? (\S+)$", re.ASCII | re.IGNORECASE)
_BACK = ("off", "back", "cancel", "no")
LONGEST = timedelta(days=366)
_SMALL = frozenset(("to", "until", "till", "from", "and", "on", "-", "\u2013"))


def run(ask: Ask) -> Reply:
    """Record or take back an absence; without words, show the person's own and those of people they answer for."""
    me, today, typed = child_lookup.who(ask), local_day(ask.now), " ".join(ask.words)
    if not typed:
        return _shown(ask)
    whom = me
    if named := _FOR.match(typed):
        # A person who is not listed and one the asker does not answer for are refused alike.
        other = listed(ask.facts.trail.listed(), named[1])
        if other is None or not answers_for(me, other, ask.partnership, today):
            raise Unclear(_("That is nobody you answer for. Give the id of somebody of your areas."))
        whom, typed = other, typed[named.end() :].strip()
    if not typed and ask.request.has_forms:
        return replace(_shown(ask), form=_form(ask, whom))
    if typed.casefold() not in _BACK:
        return _record(ask, whom, typed)
    if not any(a.person == whom.id for a in ask.facts.work.absences(today)):
        return Reply(_("Away"), 2, (_("{whom} is not away, nor will be.", whom=whom.id),))
    ask.log.effects.append(RecordAbsence(whom.id, today, today - timedelta(days=1), "", me.id, ask.now))
    return Reply(
        _("Away"), 2, (_("Taken back: {whom} is not away any more, and gets their own reminders.", whom=whom.id),)
    )


def _record(ask: Ask, whom: Person, typed: str) -> Reply:
    """Record '24 dec to 2 jan cover NAME', one day alone, or 'until fri', which begins today."""
    me, today, cover = child_lookup.who(ask).id, local_day(ask.now), ""
    if named := _COVER.search(typed):
        other = listed(ask.facts.trail.listed(), named[1])
        if other is None:
            raise Unclear(_("Nobody of that id can cover: give the id of somebody who is listed and active."))
        if other.id == whom.id:
            raise Unclear(_("Nobody covers for themselves. Name somebody else, or leave the cover out."))
        cover, typed = other.id, typed[: named.start()].strip()
    try:
        first, last = _days(ask, typed)
    except Unclear as fault:
        of = f"away for {whom.id}" if whom.id != me else "away"
        raise fault.asking(_form(ask, whom, cover), f"{of} cover {cover}" if cover else of) from None
    ask.log.effects.append(RecordAbsence(whom.id, first, last, cover, me, ask.now))
    when = f"{_day(first, ask)} to {_day(last, ask)}" if first != last else _("on {day}", day=_day(first, ask))
    sentence = _("{whom} is away {when}. {covered}", whom=whom.id, when=when, covered=covered(cover))
    ask.log.effects += [
        NotifyPerson(each, "away", _("{sentence} (Said by {me}.)", sentence=sentence, me=me), ask.now)
        for each in (cover, whom.id)
        if each not in ("", me)
    ]
    cover_away = ask.facts.work.away(max(first, today)).get(cover)
    warned = (_("⚠ {cover} is away then too: the reminders go to the duty role.", cover=cover),) if cover_away else ()
    back = "away off" if whom.id == me else f"away for {whom.id} off"
    return Reply(_("Away"), 2, (sentence, *warned), buttons=(Button(_("Take it back"), back),))


def _form(ask: Ask, whom: Person, cover: str = "") -> Form:
    """Return the form, with those of the agency as covers who may see lists: reminders name children.

    It begins with tomorrow: leave is mostly said ahead, and nobody is away at once by a slip.
    """
    me, today, p = child_lookup.who(ask), local_day(ask.now), ask.partnership
    first = today + timedelta(days=1)
    listed_here = ask.facts.trail.listed()
    covers = [x.id for x in listed_here if x.agency == whom.agency and x.id != whom.id and may_be_called(p, x, today)]
    areas = [a for held in whom.roles for a in held.areas] or [a.id for a in p.areas]
    duty = dict.fromkeys(x.id for a in areas for x in holders(p, DUTY, ask.now, area=a) if x.id != whom.id)
    return forms.away(f"away for {whom.id}" if whom.id != me.id else "away", first, covers, cover, list(duty))


def _days(ask: Ask, typed: str) -> tuple[date, date]:
    """Return the first and the last day; Unclear where they are no absence that may be recorded."""
    today = local_day(ask.now)
    try:
        days, rest = hear_days(typed.split(), ask.now, ask.partnership.calendar())
    except NotATime as fault:
        raise Unclear(str(fault)) from None
    if not 1 <= len(days) <= 2 or not set(rest) <= _SMALL:
        raise Unclear(_("From when to when? For example: {example}", example=EXAMPLE))
    until_alone = len(days) == 1 and rest[:1] in (("until",), ("till",), ("to",))
    first, last = today if until_alone else days[0], days[-1]
    if last < first:
        raise Unclear(_("The last day is before the first."))
    if last < today:
        raise Unclear(_("That is over already."))
    if last - first >= LONGEST:
        raise Unclear(_("That is more than a year: say a shorter time."))
    return first, last


def _shown(ask: Ask) -> Reply:
    me, today = child_lookup.who(ask), local_day(ask.now)
    people: Mapping[str, Person] = {p.id: p for p in ask.facts.trail.listed()}
    # The person's own, those they cover, and those of people they answer for.
    known = [
        a
        for a in ask.facts.work.absences(today)
        if a.cover == me.id
        or ((other := people.get(a.person)) is not None and answers_for(me, other, ask.partnership, today))
    ]
    mine = [a for a in known if a.person == me.id]
    lines = tuple(absence_sentence(a, ask.now) for a in mine)
    others = (a for a in known if a.person != me.id)
    rows = tuple((a.person, _day(a.first, ask), _day(a.last, ask), a.cover or _("nobody")) for a in others)
    return Reply(
        title=_("Away"),
        level=2,
        text=lines or (_("You are not away."),),
        tables=(Table(_("Others"), (_("Who"), _("From"), _("To"), _("Cover")), rows),) if rows else (),
        footer=(_("To change it: {example}, or away off.", example=EXAMPLE),),
        buttons=(Button(_("Say when"), "away", form=True), *([Button(_("Take it back"), "away off")] if mine else [])),
        form=_form(ask, me) if ask.request.has_forms else None,
    )


def _day(day: date, ask: Ask) -> str:
    return say_day_near(day_start(day), ask.now)


COMMAND = Command(
    name="away",
    summary=_("When you are away, and who takes your reminders"),
    usage="away [for PERSON] [DAY [to DAY] [cover PERSON] | off]",
    examples=("away", EXAMPLE, "away off"),
    actions=("my_access",),
    run=run,
    words=dict.fromkeys(("am i away", "when am i away", "my leave"), ""),
    aliases=("leave",),
)
