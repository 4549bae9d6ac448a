"""The rota of each role and agency: who is called now and next, its gaps, and who hold it together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.rules.access.permissions import may_be_called
from bot.rules.catalogue import _, code_words
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Agency
from bot.rules.partnership.rota import Held, spans
from bot.rules.time.clock import day_start, local_day, say_close, say_short

#: Gaps are told so long before they begin.
AHEAD = timedelta(days=30)
#: A rota whose last shift ended longer ago was given up: it has no gaps.
GIVEN_UP = timedelta(days=90)
#: Gaps that a sentence names; the rest is a number.
MOST_NAMED = 5


class Rota(NamedTuple):
    """The rota of a role in one agency."""

    role: str
    agency: Agency

    @property
    def words(self) -> str:
        return _("{role} of {agency}", role=code_words(self.role), agency=code_words(self.agency))


def rotas(p: Partnership, now: datetime) -> list[Rota]:
    """Return the rotas that are in use: of shifts that are to come, or ended less than GIVEN_UP ago."""
    agencies = {person.id: person.agency for person in p.people}
    found = {Rota(s.role, agencies[s.person]) for s in p.shifts if s.ends > now - GIVEN_UP and s.person in agencies}
    return sorted(found)


def held(p: Partnership, rota: Rota, since: datetime, until: datetime) -> list[Held]:
    """Return who can be called for the role from moment to moment, by the rota alone; gaps have nobody.

    A person who is not active, or whose right to lists ends before a shift does, leaves a gap from then on.
    """
    people = {x.id: x for x in p.people if x.agency == rota.agency}
    found: list[Held] = []
    for span in spans(p.shifts, rota.role, since, until):
        theirs = [people[x] for x in span.people if x in people]
        for begins, ends in _rights_change(theirs, span.begins, span.ends):
            able = tuple(x.id for x in theirs if may_be_called(p, x, local_day(begins)))
            if found and found[-1].people == able:
                found[-1] = found[-1]._replace(ends=ends)
            else:
                found.append(Held(begins, ends, able))
    return found


def may_hold(p: Partnership, person: Person, begins: datetime, ends: datetime) -> bool:
    """Return True for a person who may be called from the first moment of a shift to its last."""
    return all(may_be_called(p, person, local_day(m)) for m in (begins, ends - timedelta(microseconds=1)))


def _rights_change(people: Iterable[Person], begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut a span where a role of these people has ended."""
    after = {day_start(h.expires + timedelta(days=1)) for x in people for h in x.roles if h.expires is not None}
    edges = sorted({begins, ends, *(edge for edge in after if begins < edge < ends)})
    yield from pairwise(edges)


def gaps(p: Partnership, rota: Rota, now: datetime, ahead: timedelta = AHEAD) -> list[Held]:
    """Return the gaps of the time ahead, one that began before now with its own beginning.

    Before its first shift a rota has no gap: it has not begun.
    """
    own = {x.id for x in p.people if x.agency == rota.agency}
    first = min((s.begins for s in p.shifts if s.role == rota.role and s.person in own), default=now)
    since, until = max(first, now - GIVEN_UP), now + ahead
    if since >= until:
        return []
    return [span for span in held(p, rota, since, until) if not span.people and span.ends > now]


def together(p: Partnership, rota: Rota, now: datetime) -> list[Held]:
    """Return the spans of the next AHEAD that several people hold."""
    return [span for span in held(p, rota, now, now + AHEAD) if len(span.people) > 1]


def gaps_in_words(p: Partnership, rota: Rota, now: datetime, ahead: timedelta = AHEAD) -> str:
    """Write 'duty of council: nobody from Fri 4 Dec 17:00 to Sat 5 Dec 09:00'; empty without a gap."""
    found = gaps(p, rota, now, ahead)
    return (
        _("{words}: nobody {first}", words=rota.words, first=_first([_span(span, now + ahead) for span in found]))
        if found
        else ""
    )


def together_in_words(p: Partnership, rota: Rota, now: datetime) -> str:
    """Write 'duty of council: cs-1 and cs-2 from ... to ...'; empty where one person holds it at a time."""
    found = together(p, rota, now)
    named = [_("{people} {span}", people=_(" and ").join(span.people), span=_span(span, now + AHEAD)) for span in found]
    return f"{rota.words}: {_first(named)}" if found else ""


def _first(said: list[str]) -> str:
    more = [_("{n} more", n=len(said) - MOST_NAMED)] if len(said) > MOST_NAMED else []
    return ", ".join([*said[:MOST_NAMED], *more])


def _span(span: Held, end: datetime) -> str:
    """Write a span; one that reaches to the end of what is looked at has no end, so that the words stay the same."""
    return _("from {begins} on", begins=say_short(span.begins)) if span.ends >= end else from_to(span.begins, span.ends)


def from_to(begins: datetime, ends: datetime) -> str:
    """Write 'from Mon 10 Jul 08:00 to 09:00', with the day of the end where it is another one."""
    return _("from {begins} to {ends}", begins=say_short(begins), ends=say_close(ends, begins))
