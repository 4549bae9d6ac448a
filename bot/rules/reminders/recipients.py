"""To whom a reminder goes today: the owner, the holders of a role, a cover, the duty list; and what is wrong there.

Nobody is told of a child whom they may not see, and nothing is silently told to nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rules.access.permissions import Grant, decide
from bot.rules.access.role_holders import DUTY, Away, address, by_worker_code, holders
from bot.rules.model import CaseRelation, Episode
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Action, Role

OWNER: Role = "allocated_worker"
Part = Literal["owner", "role", "cover", "duty"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told, as what; `instead_of` is whom they stand in for, who is away."""

    person: Person
    part: Part
    instead_of: Away | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """The recipients, each once, and the faults for administrators (without a reference)."""

    told: tuple[Recipient, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """The people as they are today: who is away, and which platforms there are to reach them."""

    partnership: Partnership
    away: Mapping[str, Away]
    platforms: Collection[str]
    today: date

    def owner(self, x: Episode, took_over: str) -> Person | None:
        """Return the person who accepted a hand-over, else the record's worker; None where neither is active."""
        if took_over:
            found = self.partnership.person(took_over)
            return found if found and found.active else None
        return by_worker_code(self.partnership.people, x.interview.worker)

    def manages(self, person: Person, x: Episode) -> bool:
        """Return True for a manager or the coordinator, who may change interviews that are not their own cases."""
        grant = self._grant(person, "interview_update")
        return grant is not None and any(h.reach != "own_cases" and h.covers(_relation(x)) for h in grant.role_grants)

    def recipients(self, x: Episode, took_over: str, roles: Iterable[Role]) -> Recipients:
        """Everybody whom a step names; whoever stands in where one of them is not there."""
        found = [self._owner(x, took_over) if role == OWNER else self._holders(x, role) for role in roles]
        told: dict[str, Recipient] = {}
        for each in (r for f in found for r in f.told):
            told.setdefault(each.person.id, each)
        faults = tuple(dict.fromkeys(fault for f in found for fault in f.faults))
        return Recipients(tuple(told.values()), faults) if told else _added(faults, self._duty(x, None))

    def _owner(self, x: Episode, took_over: str) -> Recipients:
        owner = self.owner(x, took_over)
        if owner is None:
            return self._duty(x, None)
        if fault := self._out_of_reach(owner, self._owns(owner, x, took_over)):
            return _added((fault,), self._duty(x, None))
        gone = self.away.get(owner.id)
        if gone is None:
            return Recipients((Recipient(owner, "owner"),))
        return self._cover(x, gone) or self._duty(x, gone)

    def _owns(self, person: Person, x: Episode, took_over: str) -> bool:
        """A case that was handed over is somebody's own as much as one of the record."""
        grant = self._grant(person, "interview_update")
        handed = took_over == person.id and grant is not None and any(h.reach == "own_cases" for h in grant.role_grants)
        return handed or (grant is not None and grant.covers(_relation(x)))

    def _cover(self, x: Episode, gone: Away) -> Recipients | None:
        """Only somebody who is here, may see the case and can be reached; a cover who is away has none in turn."""
        cover = self.partnership.person(gone.cover)
        if cover is None or not cover.active or cover.id in self.away or self._cannot_hear(cover, x):
            return None
        return Recipients((Recipient(cover, "cover", gone),))

    def _holders(self, x: Episode, role: str) -> Recipients:
        """Of several who hold a role, those who are here; the cover of one who is away."""
        everybody = holders(self.partnership, role, self.today, area=x.area)
        if not everybody:
            return Recipients(faults=(self._vacant(x, role),))
        told, faults = [], []
        for each in everybody:
            gone = self.away.get(each.id)
            if gone is not None:
                told += list((self._cover(x, gone) or Recipients()).told)
            elif fault := self._cannot_hear(each, x):
                faults.append(fault)
            else:
                told.append(Recipient(each, "role"))
        return Recipients(tuple(told), tuple(faults))

    def _duty(self, x: Episode, gone: Away | None) -> Recipients:
        """Return the duty role's holders; where there are none, a fault for administrators."""
        found = self._holders(x, DUTY)
        told = tuple(Recipient(r.person, "duty", gone or r.instead_of) for r in found.told)
        if told:
            return Recipients(told, found.faults)
        nobody = f"Nobody on duty can be told of return interviews in {self._area(x)}: see the role duty and absences."
        return Recipients(faults=(*found.faults, nobody))

    def _vacant(self, x: Episode, role: str) -> str:
        return (
            f"Nobody holds the role {role.replace('_', ' ')} in {self._area(x)}, so nobody is reminded there as such."
        )

    def _cannot_hear(self, person: Person, x: Episode) -> str | None:
        grant = self._grant(person, "open_list")
        return self._out_of_reach(person, grant is not None and grant.covers(_relation(x)), self._area(x))

    def _out_of_reach(self, person: Person, may: bool, where: str = "") -> str | None:
        """Return the reason against telling a person, as a sentence for administrators."""
        if not may:
            what = f"see lists in {where}" if where else "update interviews that are theirs"
            return f"{person.id} may not {what}, so others are reminded in their place: check their roles."
        if address(person, self.platforms) is None:
            return f"{person.id} cannot be reached on any platform, so others are reminded in their place."
        return None

    def _grant(self, person: Person, action: Action) -> Grant | None:
        decision = decide(person, "member", action, 2, self.partnership, self.today)
        return decision if isinstance(decision, Grant) else None

    def _area(self, x: Episode) -> str:
        return self.partnership.area(x.area).name


def _added(faults: tuple[str, ...], found: Recipients) -> Recipients:
    return Recipients(found.told, (*faults, *found.faults))


def _relation(x: Episode) -> CaseRelation:
    """Return the case relation as a list knows it: the episode's area and the worker of the interview."""
    return CaseRelation(frozenset({x.area}), frozenset({x.interview.worker} if x.interview.worker else ()))
