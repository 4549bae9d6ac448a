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
from bot.rules.catalogue import _, code_words, date_words, n_
from bot.rules.effects import CoverShift, NotifyPerson
from bot.rules.escalations.calls import rungs
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.rota import Held, Shift
from bot.rules.text.spoken_time import NotATime, hear, written
from bot.rules.time.clock import day_start, local_day, say_close, say_near

COLUMNS = (_("Role"), _("Now"), _("Next"))
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
HOW = _(
    "A cover: on-call cover ROLE by PERSON from TIME to TIME. A swap: on-call swap "
    "ROLE TIME with PERSON TIME, with a time in each of the two shifts."
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
    warned = [_("⚠ Gap in the rota, {says}.", says=says) for r in by_rota if (says := gaps_in_words(p, r, now))]
    warned += [_("Several at a time, {says}.", says=says) for r in by_rota if (says := together_in_words(p, r, now))]
    of_list = len(shown) - len(by_rota)
    counted = n_(
        "{n} role by rota, {of_list} by the list alone.",
        "{n} roles by rota, {of_list} by the list alone.",
        len(by_rota),
        of_list=of_list,
    )
    may_change = bool(_changed_by(ask))
    how = [HOW] if may_change and not ask.request.forms else []
    ahead = _("Looked at: the next {days} days. In a gap the listed holders are called.", days=AHEAD.days)
    return Reply(
        title=_("On call, now and next"),
        level=_level(ask),
        text=(*warned, counted),
        tables=(Table(_("Roles"), COLUMNS, tuple(rows)),) if rows else (),
        footer=(*([ahead] if by_rota else []), *how),
        buttons=(Button(_("Cover"), "on-call cover", form=True), Button(_("Swap"), "on-call swap", form=True))
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
    until = _(" until {ends}", ends=say_near(now.ends, ask.now)) if later else ""
    return (r.words, f"{_people(ask, r, now)}{until}", _people(ask, r, later[0]) if later else "")


def _people(ask: Ask, r: Rota, span: Held) -> str:
    if span.people:
        return ", ".join(span.people)
    return _("gap in the rota: {by_list}", by_list=_by_list(ask, r, span.begins))


def _of_list(ask: Ask, r: Rota) -> tuple[Cell, ...]:
    return (r.words, _by_list(ask, r, ask.now), "")


def _by_list(ask: Ask, r: Rota, moment: datetime) -> str:
    """Name the listed holders: of a role that is held by area, those of areas that may be seen here."""
    areas = frozenset(ask.areas("open_list" if ask.may("open_list") else "acknowledge"))
    listed = listed_holders(ask.partnership, r.role, local_day(moment), agency=r.agency)
    own = {x.id: {a for h in x.roles if h.role == r.role for a in h.areas} for x in listed}
    seen = [x.id for x in listed if not own[x.id] or own[x.id] & areas]
    return ", ".join(seen) or (_("somebody of another area") if listed else _("nobody"))


def _cover(ask: Ask, role: str, person: str, begins: str, ends: str) -> Reply:
    """Record that a person holds a role for a while: in the place of whoever holds it then, and in its gaps."""
    rota, new = _rota(ask, role), _person(ask, person)
    since, until = max(_moment(ask, begins), ask.now), _moment(ask, ends, closing=True)
    if until <= since:
        raise Unclear(_("That is over before it begins, or already. Give a time that is still to come as its end."))
    if until - since > LONGEST_COVER:
        raise Unclear(_("That is longer than a year: take a rota over with people rota."))
    me, covers = child_lookup.who(ask), list[Shift]()
    for span in held(ask.partnership, rota, since, until):
        if new in span.people:
            continue
        if len(span.people) > 1 and me.id not in span.people:
            both = _(" and ").join(span.people)
            raise Unclear(
                _(
                    "{both} hold it together from {begins}: one of them says it.",
                    both=both,
                    begins=say_near(span.begins, ask.now),
                )
            )
        old = me.id if me.id in span.people else next(iter(span.people), "")
        covers.append(Shift(rota.role, new, span.begins, span.ends, old))
    if not covers:
        return Reply(
            _("On call"), _level(ask), (_("Nothing to change: {new} holds {words} then.", new=new, words=rota.words),)
        )
    return _recorded(ask, rota, covers, all(s.instead_of == me.id for s in covers))


def _swap(ask: Ask, role: str, mine: str, person: str, theirs: str) -> Reply:
    """Record that the holders of two shifts hold one another's."""
    rota, other = _rota(ask, role), _person(ask, person)
    first = _shift_at(ask, rota, _moment(ask, mine), None)
    second = _shift_at(ask, rota, _moment(ask, theirs), other)
    if first.person == second.person:
        raise Unclear(_("Both shifts are {other}'s: name a time in a shift of each of the two.", other=other))
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
        raise Unclear(_("That is over: name a time that is still to come."))
    wanted = person or (child_lookup.who(ask).id if child_lookup.who(ask).id in span.people else None)
    if (wanted and wanted not in span.people) or (not wanted and len(span.people) != 1):
        whose = _("{person} does not hold", person=person) if person else _("Nobody alone holds")
        raise Unclear(
            _(
                "{whose} {words} at {moment}. Ask for on-call to see who does.",
                whose=whose,
                words=rota.words,
                moment=say_near(moment, ask.now),
            )
        )
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
                _(
                    "{person} may not be called until {ends}: their role ends before. Name somebody "
                    "else, or an earlier end.",
                    person=s.person,
                    ends=say_near(s.ends, ask.now),
                )
            )
    ask.log.action = "on-call change"
    ask.log.effects.append(CoverShift(tuple(covers), me.id, ask.now))
    lines, told = list[str](), dict[str, list[str]]()
    for s in covers:
        what = _(
            "{words} from {begins} to {ends}",
            words=rota.words,
            begins=say_near(s.begins, ask.now),
            ends=say_close(s.ends, s.begins),
        )
        instead = _(", instead of {instead_of}", instead_of=s.instead_of) if s.instead_of else _(", where nobody was")
        lines.append(_("{person} is on call as {what}{instead}.", person=s.person, what=what, instead=instead))
        told.setdefault(s.person, []).append(_("You are on call as {what}{instead}.", what=what, instead=instead))
        told.setdefault(s.instead_of, []).append(lines[-1])
    others = sorted(told.keys() - {me.id, ""})
    for x in others:
        text = " ".join([*told[x], _("Said by {me}. See: on-call.", me=me.id)])
        ask.log.effects.append(NotifyPerson(x, "rota", text, ask.now))
    done = (
        [
            n_(
                "{others} is told.",
                "{others2} are told.",
                len(others),
                others=_(" and ").join(others),
                others2=_(" and ").join(others),
            )
        ]
        if others
        else []
    )
    return Reply(_("On call"), _level(ask), (*lines, *_away(ask, covers), *done))


def _away(ask: Ask, covers: list[Shift]) -> list[str]:
    """Warn of somebody who is away in their new shift: another person is called then."""
    absences = ask.facts.work.absences(local_day(ask.now)) if _level(ask) == 2 else ()
    return [
        _(
            "⚠ {person} is away from {first} {day} {first2} to {last} {day2} {last2}: their "
            "cover or a listed holder is called then.",
            person=a.person,
            first=date_words(a.first, "%a"),
            day=a.first.day,
            first2=date_words(a.first, "%b"),
            last=date_words(a.last, "%a"),
            day2=a.last.day,
            last2=date_words(a.last, "%b"),
        )
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
    ask_whom = _(" Ask {leads}.", leads=_(" or ").join(leads)) if leads else ""
    why = _(
        "Only its holder may change a shift, or who acknowledges calls of every area for {agency}.",
        agency=code_words(me.agency),
    )
    return Reply(_("Not done"), _level(ask), (f"{why}{ask_whom}",), status="refused")


def _rota(ask: Ask, word: str) -> Rota:
    """Return the rota of the asker's agency: each agency changes its own."""
    role, agency = word.casefold().replace("-", "_"), child_lookup.who(ask).agency
    found = next((r for r in rotas(ask.partnership, ask.now) if (r.role, r.agency) == (role, agency)), None)
    if found is None:
        ours = [r.role for r in rotas(ask.partnership, ask.now) if r.agency == agency]
        known = _("They are: {ours}.", ours=", ".join(ours)) if ours else _("There is none yet: see people rota.")
        raise Unclear(_("That is no role with a rota of {agency}. {known}", agency=code_words(agency), known=known))
    return found


def _person(ask: Ask, word: str) -> str:
    """Return the id of a person of the asker's agency who may be called."""
    found = next((x for x in _of_agency(ask) if x.casefold() == word.casefold()), None)
    if found is None:
        raise Unclear(_("Nobody of that id in your agency can be called: give the id of somebody who may see lists."))
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
        raise Unclear(_("Give a day and a time, such as 2026-12-04 17:00."))
    return heard.at or day_start((heard.day or local_day(ask.now)) + timedelta(days=closing))


COMMAND = Command(
    name="on-call",
    summary=_("Who holds each role that is called, now and next; covering a shift, and swapping two"),
    usage="on-call [cover ROLE by PERSON from TIME to TIME | swap ROLE TIME with PERSON TIME]",
    examples=("on-call",),  # a cover would be of one person
    actions=("open_list", "acknowledge"),
    run=run,
    words=dict.fromkeys(("who is on call", "who is on duty", "rota", "rotas", "the rota"), ""),
    aliases=("oncall",),
)
