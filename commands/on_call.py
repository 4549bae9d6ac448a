"""on-call: who holds each role now and next, by rota and by list; covering a shift, and swapping two."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Level, Reply, Table
from bot.messages import forms
from bot.rules.access.break_glass import BOTH
from bot.rules.access.permissions import DUTY, holders, may_be_called
from bot.rules.access.rotas import AHEAD, Rota, gaps_in_words, held, rotas, together_in_words
from bot.rules.effects import CoverShift, NotifyPerson
from bot.rules.escalations.calls import rungs
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.rota import Held, Shift
from bot.rules.text.spoken_time import NotATime, hear, written
from bot.rules.time.clock import day_start, local_day, say_near

COLUMNS = ("Role", "Agency", "Now", "Until", "Next", "From")
_COVER = re.compile(r"cover (?:of |for )?(\S+) by (\S+) from (.+?) (?:to|until) (.+)", re.IGNORECASE)
_SWAP = re.compile(r"swap (?:of )?(\S+) (.+?) with (\S+) (.+)", re.IGNORECASE)
_COVER_BEGUN = re.compile(
    r"cover(?: (?:of |for )?(?!(?:by|from|to|until)\b)(?P<role>\S+))?(?: by (?P<person>\S+))?"
    r"(?: from (?P<first>.+?))?(?: (?:to|until) (?P<second>.+))?",
    re.IGNORECASE,
)
_SWAP_BEGUN = re.compile(
    r"swap(?: (?:of )?(?!with\b)(?P<role>\S+)(?: (?P<first>.+?))?)?(?: with (?P<person>\S+))?", re.IGNORECASE
)
HOW = (
    "A cover: on-call cover ROLE by PERSON from TIME to TIME. "
    "A swap: on-call swap ROLE TIME with PERSON TIME, with a time in each of the two shifts."
)


def run(ask: Ask) -> Reply:
    """Show the list, or record a cover or a swap."""
    ask.grant("open_list" if ask.may("open_list") else "acknowledge")
    typed = " ".join(ask.words)
    if found := _COVER.fullmatch(typed):
        return _cover(ask, *found.groups())
    if found := _SWAP.fullmatch(typed):
        return _swap(ask, *found.groups())
    if (found := _COVER_BEGUN.fullmatch(typed)) or (found := _SWAP_BEGUN.fullmatch(typed)):
        raise _begun(ask, typed.split()[0].casefold(), found)
    if typed:
        raise Unclear(HOW)
    return _listed(ask)


def _begun(ask: Ask, verb: str, found: re.Match[str]) -> Unclear:
    """Ask for what lacks of a cover or a swap; Unclear for a role, person or time that was said and is none."""
    ours = [r.role for r in rotas(ask.partnership, ask.now) if r.agency == child_lookup.who(ask).agency]
    if not (ours and ask.request.has_forms):
        return Unclear(HOW)
    role, person, first, second = (found.groupdict().get(name) or "" for name in ("role", "person", "first", "second"))
    said = forms.Shifts(
        _rota(ask, role).role if role else "",
        _person(ask, person) if person else "",
        _moment(ask, first) if first else None,
        _moment(ask, second, closing=True) if second else None,
    )
    begun = f"on-call {verb} {said.role}"
    if verb == "swap":
        begun += f" {written(said.first)}" if said.first else ""
        begun += f" with {said.person}" if said.person else ""
        return Unclear(HOW).asking(forms.swap(ours, _of_agency(ask), said, ask.now), begun.strip())
    begun += f" by {said.person}" if said.person else ""
    begun += f" from {written(said.first)}" if said.first else ""
    begun += f" until {written(said.second)}" if said.second else ""
    return Unclear(HOW).asking(forms.cover(ours, _of_agency(ask), said, ask.now), begun.strip())


def _listed(ask: Ask) -> Reply:
    p, now = ask.partnership, ask.now
    by_rota = rotas(p, now)
    shown = [*by_rota, *(r for r in _called(p) if r not in by_rota)]
    rows = [_of_rota(ask, r) if r in by_rota else _of_list(ask, r) for r in shown]
    warned = [f"⚠ Gap in the rota, {says}." for r in by_rota if (says := gaps_in_words(p, r, now))]
    warned += [f"Several at a time, {says}." for r in by_rota if (says := together_in_words(p, r, now))]
    counted = f"{len(by_rota)} roles have a rota, {len(shown) - len(by_rota)} are held by the list alone."
    return Reply(
        title="On call, now and next",
        level=_level(ask),
        text=(*warned, counted),
        tables=(Table("Roles", COLUMNS, tuple(rows)),) if rows else (),
        footer=("In a gap of a rota the listed holders are called.", f"Looked at: the next {AHEAD.days} days.", HOW),
        buttons=(Button("Cover", "on-call cover", form=True), Button("Swap", "on-call swap", form=True))
        if any(r.agency == child_lookup.who(ask).agency for r in by_rota)
        else (),
    )


def _level(ask: Ask) -> Level:
    return 2 if ask.request.place.level == 2 else 1


def _called(p: Partnership) -> list[Rota]:
    """Return the roles that anybody is called or reminded for: of each escalation, tier after tier, and the duty."""
    found = {Rota(t.role, agency): None for e in p.escalations for agency in BOTH for t in rungs(p, e, agency)}
    found |= {Rota(DUTY, agency): None for agency in p.roles.get(DUTY, {})}
    return list(found)


def _of_rota(ask: Ask, r: Rota) -> tuple[Cell, ...]:
    spans = held(ask.partnership, r, ask.now, ask.now + AHEAD)
    now, later = spans[0], spans[1:]
    until = say_near(now.ends, ask.now) if later else ""
    following = later[0] if later else None
    return (
        r.role,
        r.agency,
        _people(ask, r, now),
        until,
        _people(ask, r, following) if following else "",
        say_near(following.begins, ask.now) if following else "",
    )


def _people(ask: Ask, r: Rota, span: Held) -> str:
    if span.people:
        return ", ".join(span.people)
    listed = holders(ask.partnership, r.role, span.begins, agency=r.agency)
    return f"gap in the rota: {', '.join(x.id for x in listed) or 'nobody'}"


def _of_list(ask: Ask, r: Rota) -> tuple[Cell, ...]:
    listed = holders(ask.partnership, r.role, ask.now, agency=r.agency)
    return (r.role, r.agency, ", ".join(x.id for x in listed) or "nobody", "", "", "")


def _cover(ask: Ask, role: str, person: str, begins: str, ends: str) -> Reply:
    """Record that a person holds a role for a while: in the place of whoever holds it then, and in its gaps."""
    rota, new = _rota(ask, role), _person(ask, person)
    since, until = _moment(ask, begins), _moment(ask, ends, closing=True)
    if until <= max(since, ask.now):
        raise Unclear("That is over before it begins, or already. Give a time that is still to come as its end.")
    if until - since > timedelta(days=366):
        raise Unclear("That is longer than a year: take a rota over with people rota.")
    me, covers = child_lookup.who(ask), list[Shift]()
    for span in held(ask.partnership, rota, since, until):
        if new in span.people:
            continue
        if len(span.people) > 1 and me.id not in span.people:
            both = " and ".join(span.people)
            raise Unclear(f"{both} hold it together from {say_near(span.begins, ask.now)}: one of them says it.")
        old = me.id if me.id in span.people else next(iter(span.people), "")
        covers.append(Shift(rota.role, new, span.begins, span.ends, old))
    if not covers:
        return Reply("On call", _level(ask), (f"Nothing to change: {new} holds {rota.words} then.",))
    return _recorded(ask, rota, covers)


def _swap(ask: Ask, role: str, mine: str, person: str, theirs: str) -> Reply:
    """Record that the holders of two shifts hold one another's."""
    rota, other = _rota(ask, role), _person(ask, person)
    first = _shift_at(ask, rota, _moment(ask, mine), None)
    second = _shift_at(ask, rota, _moment(ask, theirs), other)
    if first.person == second.person:
        raise Unclear(f"Both shifts are {other}'s: name a time in a shift of each of the two.")
    covers = [
        replace(first, person=second.person, instead_of=first.person),
        replace(second, person=first.person, instead_of=second.person),
    ]
    return _recorded(ask, rota, covers)


def _shift_at(ask: Ask, rota: Rota, moment: datetime, person: str | None) -> Shift:
    """Return the whole shift that is held at a moment: this person's, else the asker's, else that of its one holder."""
    spans = held(ask.partnership, rota, ask.now, max(ask.now, moment) + AHEAD)
    span = next((s for s in spans if s.begins <= moment < s.ends), None)
    if span is None:
        raise Unclear("That is over: name a time that is still to come.")
    wanted = person or (child_lookup.who(ask).id if child_lookup.who(ask).id in span.people else None)
    if (wanted and wanted not in span.people) or (not wanted and len(span.people) != 1):
        whose = f"{person} does not hold" if person else "Nobody alone holds"
        raise Unclear(f"{whose} {rota.words} at {say_near(moment, ask.now)}. Ask for on-call to see who does.")
    return Shift(rota.role, wanted or span.people[0], span.begins, span.ends)


def _recorded(ask: Ask, rota: Rota, covers: list[Shift]) -> Reply:
    me = child_lookup.who(ask)
    if not ask.may("acknowledge") and any(me.id not in (s.instead_of, s.person) for s in covers):
        why = "The holder says it, or somebody of the agency who may acknowledge calls."
        return Reply("Not done", _level(ask), (why,), status="refused")
    ask.log.action = "on-call change"
    ask.log.effects.append(CoverShift(tuple(covers), me.id, ask.now))
    lines = [_sentence(rota, s, ask.now) for s in covers]
    for s, line in zip(covers, lines, strict=True):
        told = {s.person, s.instead_of} - {me.id, ""}
        ask.log.effects += [NotifyPerson(x, "rota", f"{line} (Said by {me.id}.)", ask.now) for x in sorted(told)]
    return Reply("On call", _level(ask), (*lines, "They have been told, and are called for it."))


def _sentence(rota: Rota, s: Shift, now: datetime) -> str:
    instead = f" in place of {s.instead_of}" if s.instead_of else ", where nobody did"
    return f"{s.person} holds {rota.words} from {say_near(s.begins, now)} to {say_near(s.ends, now)}{instead}."


def _rota(ask: Ask, word: str) -> Rota:
    """Return the rota of the asker's agency: each agency changes its own."""
    role, agency = word.casefold().replace("-", "_"), child_lookup.who(ask).agency
    found = next((r for r in rotas(ask.partnership, ask.now) if (r.role, r.agency) == (role, agency)), None)
    if found is None:
        ours = [r.role for r in rotas(ask.partnership, ask.now) if r.agency == agency]
        known = f"They are: {', '.join(ours)}." if ours else "There is none yet: see people rota."
        raise Unclear(f"That is no role with a rota of {agency}, in one word. {known}")
    return found


def _person(ask: Ask, word: str) -> str:
    """Return the id of a person of the asker's agency who may be called."""
    found = next((x for x in _of_agency(ask) if x.casefold() == word.casefold()), None)
    if found is None:
        raise Unclear("Nobody of that id in your agency can be called: give the id of somebody who may see lists.")
    return found


def _of_agency(ask: Ask) -> list[str]:
    p, today, agency = ask.partnership, local_day(ask.now), child_lookup.who(ask).agency
    return [x.id for x in p.people if x.agency == agency and may_be_called(p, x, today)]


def _moment(ask: Ask, words: str, *, closing: bool = False) -> datetime:
    """Read a time; a day alone is its beginning, or as the end of a cover its end."""
    try:
        heard = hear(words.split(), ask.now, ask.partnership.calendar(), ahead=True)
    except NotATime as fault:
        raise Unclear(str(fault)) from None
    if (heard.at is None and heard.day is None) or heard.rest:
        raise Unclear("Give a day and a time, such as 2026-12-04 17:00.")
    return heard.at or day_start((heard.day or local_day(ask.now)) + timedelta(days=closing))


COMMAND = Command(
    name="on-call",
    summary="Who holds each role that is called, now and next; covering a shift, and swapping two",
    usage="on-call [cover ROLE by PERSON from TIME to TIME | swap ROLE TIME with PERSON TIME]",
    examples=("on-call",),  # a cover would be of one person
    actions=("open_list", "acknowledge"),
    run=run,
    words=dict.fromkeys(("who is on call", "who is on duty", "rota", "rotas", "the rota"), ""),
    aliases=("oncall",),
)
