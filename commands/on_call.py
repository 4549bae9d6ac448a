"""on-call: who holds each role now and next, by rota and by list; covering a shift, and swapping two."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Level, Reply, Table
from bot.messages import forms
from bot.messages.escalation_message import role_words
from bot.rules.access.break_glass import BOTH
from bot.rules.access.permissions import DUTY, Grant, decide, listed_holders, may_be_called
from bot.rules.access.rotas import AHEAD, Rota, gaps_in_words, held, may_hold, rotas, together_in_words
from bot.rules.effects import CoverShift, NotifyPerson
from bot.rules.escalations.calls import rungs
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.rota import Held, Shift
from bot.rules.text.spoken_time import NotATime, hear, written
from bot.rules.time.clock import day_start, local_day, say_close, say_near

COLUMNS = ("Role", "Now", "Next")
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
LONGEST_COVER = timedelta(days=366)


def run(ask: Ask) -> Reply:
    """Show the list, or record a cover or a swap."""
    ask.grant("open_list" if ask.may("open_list") else "acknowledge")
    typed = " ".join(ask.words)
    for r in rotas(ask.partnership, ask.now):  # a role may be typed as it is read
        typed = re.sub(rf"\b{re.escape(role_words(r.role))}\b", r.role, typed, flags=re.IGNORECASE)
    if found := _COVER.fullmatch(typed):
        return _cover(ask, *found.groups())
    if found := _SWAP.fullmatch(typed):
        return _swap(ask, *found.groups())
    if (found := _COVER_BEGUN.fullmatch(typed)) or (found := _SWAP_BEGUN.fullmatch(typed)):
        if not (ours := _changed_by(ask)):
            return _refused(ask)
        raise _begun(ask, ours, typed.split()[0].casefold(), found)
    if typed:
        raise Unclear(HOW)
    return _listed(ask)


def _begun(ask: Ask, ours: Sequence[str], verb: str, found: re.Match[str]) -> Unclear:
    """Ask for what lacks of a cover or a swap; Unclear for a role, person or time that was said and is none."""
    if not ask.request.has_forms:
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
    shown.sort(key=lambda r: r.agency != child_lookup.who(ask).agency)  # their own agency first
    rows = [_of_rota(ask, r) if r in by_rota else _of_list(ask, r) for r in shown]
    warned = [f"⚠ Gap in the rota, {says}." for r in by_rota if (says := gaps_in_words(p, r, now))]
    warned += [f"Several at a time, {says}." for r in by_rota if (says := together_in_words(p, r, now))]
    of_list = len(shown) - len(by_rota)
    counted = f"{len(by_rota)} {'role' if len(by_rota) == 1 else 'roles'} by rota, {of_list} by the list alone."
    may_change = bool(_changed_by(ask))
    how = [HOW] if may_change and not ask.request.forms else []
    ahead = f"Looked at: the next {AHEAD.days} days. In a gap the listed holders are called."
    return Reply(
        title="On call, now and next",
        level=_level(ask),
        text=(*warned, counted),
        tables=(Table("Roles", COLUMNS, tuple(rows)),) if rows else (),
        footer=(*([ahead] if by_rota else []), *how),
        buttons=(Button("Cover", "on-call cover", form=True), Button("Swap", "on-call swap", form=True))
        if may_change
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
    now, *later = held(ask.partnership, r, ask.now, ask.now + AHEAD)
    until = f" until {say_near(now.ends, ask.now)}" if later else ""
    return (r.words, f"{_people(ask, r, now)}{until}", _people(ask, r, later[0]) if later else "")


def _people(ask: Ask, r: Rota, span: Held) -> str:
    if span.people:
        return ", ".join(span.people)
    return f"gap in the rota: {_by_list(ask, r, span.begins)}"


def _of_list(ask: Ask, r: Rota) -> tuple[Cell, ...]:
    return (r.words, _by_list(ask, r, ask.now), "")


def _by_list(ask: Ask, r: Rota, moment: datetime) -> str:
    """Name the listed holders: of a role that is held by area, those of areas that may be seen here."""
    areas = frozenset(ask.areas("open_list" if ask.may("open_list") else "acknowledge"))
    listed = listed_holders(ask.partnership, r.role, local_day(moment), agency=r.agency)
    own = {x.id: {a for h in x.roles if h.role == r.role for a in h.areas} for x in listed}
    seen = [x.id for x in listed if not own[x.id] or own[x.id] & areas]
    return ", ".join(seen) or ("somebody of another area" if listed else "nobody")


def _cover(ask: Ask, role: str, person: str, begins: str, ends: str) -> Reply:
    """Record that a person holds a role for a while: in the place of whoever holds it then, and in its gaps."""
    rota, new = _rota(ask, role), _person(ask, person)
    since, until = max(_moment(ask, begins), ask.now), _moment(ask, ends, closing=True)
    if until <= since:
        raise Unclear("That is over before it begins, or already. Give a time that is still to come as its end.")
    if until - since > LONGEST_COVER:
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
    return _recorded(ask, rota, covers, all(s.instead_of == me.id for s in covers))


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
    return _recorded(ask, rota, covers, first.person == child_lookup.who(ask).id)


def _shift_at(ask: Ask, rota: Rota, moment: datetime, person: str | None) -> Shift:
    """Return the whole shift that is held at a moment: this person's, else the asker's, else that of its one holder."""
    spans = held(ask.partnership, rota, ask.now, max(ask.now, moment) + LONGEST_COVER)
    span = next((s for s in spans if s.begins <= moment < s.ends), None)
    if span is None:
        raise Unclear("That is over: name a time that is still to come.")
    wanted = person or (child_lookup.who(ask).id if child_lookup.who(ask).id in span.people else None)
    if (wanted and wanted not in span.people) or (not wanted and len(span.people) != 1):
        whose = f"{person} does not hold" if person else "Nobody alone holds"
        raise Unclear(f"{whose} {rota.words} at {say_near(moment, ask.now)}. Ask for on-call to see who does.")
    # A shift as it was written: a night between two days of the same person is a shift of its own.
    own = {x.id for x in ask.partnership.people if x.agency == rota.agency}
    of_rota = [s for s in ask.partnership.shifts if s.role == rota.role and s.person in own]
    edges = {edge for s in of_rota for edge in (s.begins, s.ends)}
    begins = max(edge for edge in (span.begins, *edges) if edge <= moment)
    ends = min(edge for edge in (span.ends, *edges) if edge > moment)
    return Shift(rota.role, wanted or span.people[0], max(begins, span.begins), min(ends, span.ends))


def _recorded(ask: Ask, rota: Rota, covers: list[Shift], mine: bool) -> Reply:
    """Record what the holder says of their own shifts (`mine`), or a lead of anybody's."""
    me, p = child_lookup.who(ask), ask.partnership
    if not (mine or _leads(p, me, ask.now)):
        return _refused(ask)
    for s in covers:
        new = p.person(s.person)
        if new is None or not may_hold(p, new, s.begins, s.ends):
            raise Unclear(
                f"{s.person} may not be called until {say_near(s.ends, ask.now)}: their role ends before. "
                "Name somebody else, or an earlier end."
            )
    ask.log.action = "on-call change"
    ask.log.effects.append(CoverShift(tuple(covers), me.id, ask.now))
    lines, told = list[str](), dict[str, list[str]]()
    for s in covers:
        what = f"{rota.words} from {say_near(s.begins, ask.now)} to {say_close(s.ends, s.begins)}"
        instead = f", instead of {s.instead_of}" if s.instead_of else ", where nobody was"
        lines.append(f"{s.person} is on call as {what}{instead}.")
        told.setdefault(s.person, []).append(f"You are on call as {what}{instead}.")
        told.setdefault(s.instead_of, []).append(lines[-1])
    others = sorted(told.keys() - {me.id, ""})
    for x in others:
        text = " ".join([*told[x], f"Said by {me.id}. See: on-call."])
        ask.log.effects.append(NotifyPerson(x, "rota", text, ask.now))
    done = [f"{' and '.join(others)} {'is' if len(others) == 1 else 'are'} told."] if others else []
    return Reply("On call", _level(ask), (*lines, *_away(ask, covers), *done))


def _away(ask: Ask, covers: list[Shift]) -> list[str]:
    """Warn of somebody who is away in their new shift: another person is called then."""
    absences = ask.facts.work.absences(local_day(ask.now)) if _level(ask) == 2 else ()
    return [
        f"⚠ {a.person} is away from {a.first:%a} {a.first.day} {a.first:%b} to {a.last:%a} {a.last.day} {a.last:%b}: "
        "their cover or a listed holder is called then."
        for a in absences
        if any(s.person == a.person and a.first <= local_day(s.ends) and local_day(s.begins) <= a.last for s in covers)
    ]


def _changed_by(ask: Ask) -> list[str]:
    """Return the roles of the agency's rotas that this person may change: as a lead all, else those they hold next."""
    p, me, now = ask.partnership, child_lookup.who(ask), ask.now
    ours = [r for r in rotas(p, now) if r.agency == me.agency]
    if _leads(p, me, now):
        return [r.role for r in ours]
    return [r.role for r in ours if any(me.id in span.people for span in held(p, r, now, now + AHEAD))]


def _leads(p: Partnership, person: Person, now: datetime) -> bool:
    """Return True for who acknowledges calls of every area, and so answers for their agency's rotas."""
    grant = decide(person, "member", "acknowledge", 2, p, local_day(now))
    return isinstance(grant, Grant) and len(grant.areas) == len(p.areas)


def _refused(ask: Ask) -> Reply:
    p, me = ask.partnership, child_lookup.who(ask)
    leads = [x.id for x in p.people if x.agency == me.agency and x.active and _leads(p, x, ask.now)][:3]
    ask_whom = f" Ask {' or '.join(leads)}." if leads else ""
    why = f"Only its holder may change a shift, or who acknowledges calls of every area for {me.agency}."
    return Reply("Not done", _level(ask), (f"{why}{ask_whom}",), status="refused")


def _rota(ask: Ask, word: str) -> Rota:
    """Return the rota of the asker's agency: each agency changes its own."""
    role, agency = word.casefold().replace("-", "_"), child_lookup.who(ask).agency
    found = next((r for r in rotas(ask.partnership, ask.now) if (r.role, r.agency) == (role, agency)), None)
    if found is None:
        ours = [r.role for r in rotas(ask.partnership, ask.now) if r.agency == agency]
        known = f"They are: {', '.join(ours)}." if ours else "There is none yet: see people rota."
        raise Unclear(f"That is no role with a rota of {agency}. {known}")
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
