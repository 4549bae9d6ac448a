"""Contradictions between the sections of a partnership file, each in one plain sentence."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bot.rules.audit.retention import too_short
from bot.rules.partnership.id_format import fault_of_code, fault_of_id
from bot.rules.partnership.roles import FOR_ALL_LISTED, OF_CHILDREN, REACHES, RIGHTS, Action, Reach, Role

if TYPE_CHECKING:  # the partnership asks for its own contradictions
    from bot.rules.partnership.channels import Escalation, ReminderStep
    from bot.rules.partnership.partnership import Area, Band, Partnership


def contradictions(p: Partnership) -> list[str]:
    """Contradictions between sections, each in one plain sentence."""
    return [
        *_duplicates("area", [a.id for a in p.areas]),
        *_duplicates("area alias", [w for a in p.areas for w in _words(a)]),
        *_duplicates("district", [d.casefold() for a in p.areas for d in a.districts]),
        *_duplicates("team", [t.casefold() for a in p.areas for t in a.teams]),
        *_duplicates("channel", [c.id for c in p.channels]),
        *_duplicates("person", [x.id for x in p.people]),
        *_duplicates("worker code", [x.worker_code for x in p.people if x.worker_code]),
        *_duplicates("Slack id", [x.slack_id for x in p.people if x.slack_id]),
        *_duplicates("Teams id", [x.teams_id for x in p.people if x.teams_id]),
        *_duplicates("repeat rule", [r.id for r in p.repeat_rules]),
        *_duplicates("escalation", [e.id for e in p.escalations]),
        *_ladders(p),
        *(f for ladder in (p.reminders, *(a.reminders or () for a in p.areas)) for f in _steps(ladder)),
        *_kinds(p),
        *_unknown_areas(p),
        *_unknown_people(p),
        *(fault for role, row in p.rights.items() for fault in _rights(role, row)),
        *_administrators(p),
        *_spelling(p),
        *([] if p.channels else ["at least one channel is needed: its digest time begins the day"]),
        *too_short(p.retention.records_months, max((r.days for r in p.repeat_rules), default=1)),
        *_bands("frequency_bands", p.frequency_bands, 1),
        *_bands("age_bands", p.age_bands, 0),
        *_prefix(p.reference_prefix),
        *_authorities(p),
    ]


def _authorities(p: Partnership) -> list[str]:
    own = {name.casefold() for name in p.own_authorities}
    faults = [
        f"other_authorities gives {name!r} no code: up to 32 letters, digits, . _ / -, with a digit among them"
        for name, code in p.other_authorities.items()
        if not code or fault_of_code(code)
    ]
    both = [name for name in p.other_authorities if name.casefold() in own]
    return faults + [f"{name!r} is in own_authorities and in other_authorities" for name in both]


def _words(area: Area) -> set[str]:
    return {area.id.casefold(), area.name.casefold(), *(w.casefold() for w in area.aliases)}


def _duplicates(what: str, names: list[str]) -> list[str]:
    return [f"{what} {n!r} stands twice" for n in sorted({n for n in names if names.count(n) > 1})]


def _steps(ladder: tuple[ReminderStep, ...]) -> list[str]:
    """Two ids are the bot's own: of what nobody owns, and of what was put off."""
    own = [f"a reminder cannot be called {s.id!r}" for s in ladder if s.id in ("no owner", "again")]
    return own + _duplicates("reminder", [s.id for s in ladder])


def _kinds(p: Partnership) -> list[str]:
    kinds = [a.kind for a in p.areas]
    return [
        f"exactly one area must have kind = {kind!r}, there are {kinds.count(kind)}"
        for kind in ("unknown", "out_of_county")
        if kinds.count(kind) != 1
    ]


def _unknown_areas(p: Partnership) -> list[str]:
    known = {a.id for a in p.areas}
    users = [(f"person {x.id}", held.areas) for x in p.people for held in x.roles]
    users += [(f"channel {c.id}", c.areas) for c in p.channels]
    users += [("providers", (x.area,)) for x in p.providers]
    return [
        f"{who} names the area {a!r}; the areas are {', '.join(sorted(known))}"
        for who, areas in users
        for a in areas
        if a not in known
    ]


def _ladders(p: Partnership) -> list[str]:
    """A role that nobody could ever hold, or tiers that go round in a circle, would be found out at night."""
    rules = {e.id: e for e in p.escalations}
    known = {*p.roles, *RIGHTS}
    unknown = [
        f"escalation {e.id} calls the role {role!r}, which is neither in [roles] nor one that people are given"
        for e in p.escalations
        for role in (e.police, e.council, "" if e.next_tier in rules else e.next_tier)
        if p.roles and role and role not in known
    ]
    return unknown + [
        f"escalation {e.id}: its tiers come back to itself" for e in p.escalations if _circles(rules, e.id)
    ]


def _circles(rules: dict[str, Escalation], rule: str) -> bool:
    at, steps = rules[rule].next_tier, 0
    while at in rules and at != rule and steps < len(rules):
        at, steps = rules[at].next_tier, steps + 1
    return at == rule


def _rights(role: Role, row: dict[Action, Reach]) -> list[str]:
    """Administrators see no child data, whatever a file says: who gives rights must not need them."""
    where = f"rights.{role}"
    if role == "system_admin":
        never = [f"{where}: an administrator can never have {a!r}" for a in row if a in OF_CHILDREN]
        return never if "admin" in row else [*never, f"{where}: needs admin = 'all', or nobody could change people"]
    faults = [f"{where}: only system_admin can have 'admin'"] if "admin" in row else []
    faults += [f"{where}: {a!r} is for everybody who is listed, take it out" for a in row if a in FOR_ALL_LISTED]
    return faults + [
        f"{where}: {a} cannot reach {reach!r}, only {' or '.join(map(repr, REACHES[a]))}"
        for a, reach in row.items()
        if reach not in REACHES.get(a, (reach,))
    ]


def _administrators(p: Partnership) -> list[str]:
    return [
        f"person {x.id} is system_admin and {held.role}: an administrator sees no child data"
        for x in p.people
        for held in x.roles
        if held.role != "system_admin"
        and any(h.role == "system_admin" for h in x.roles)
        and any(a in OF_CHILDREN for a in p.rights.get(held.role, RIGHTS[held.role]))
    ]


def _spelling(p: Partnership) -> list[str]:
    """The file's own ids and codes are checked by eye; only their spelling is checked here."""
    faults = [(x.id, fault_of_id(x.id, coded=False) or fault_of_code(x.worker_code, coded=False)) for x in p.people]
    return [f"people: {who!r}: {fault}" for who, fault in faults if fault]


def _unknown_people(p: Partnership) -> list[str]:
    """Where the file lists people at all: else they are known to the verb `people` alone."""
    if not p.people:
        return []
    known = {x.id for x in p.people}
    users = [(f"role {role}", person) for role, agencies in p.roles.items() for person in agencies.values()]
    users += [("practice", p.practice.person)] if p.practice else []
    return [f"{who} names the person {x!r}, who is not listed" for who, x in users if x not in known]


def _bands(name: str, bands: tuple[Band, ...], first: int) -> list[str]:
    """Bands must leave no gap and no overlap, or the two sums of R9 cannot hold."""
    if not bands or bands[0].low != first:
        return [f"{name} must begin at {first}"]
    gaps = [
        f"{name}: {a.label} and {b.label} leave a gap or overlap"
        for a, b in pairwise(bands)
        if a.high is None or b.low != a.high + 1
    ]
    if name == "frequency_bands" and bands[-1].high is not None:
        gaps.append(f"{name} must end with an open band such as 20+")
    return gaps


def _prefix(prefix: str) -> list[str]:
    ok = prefix.isascii() and prefix.isalpha() and prefix.isupper() and 2 <= len(prefix) <= 4
    return [] if ok else [f"reference_prefix {prefix!r} must be two to four capital letters"]
