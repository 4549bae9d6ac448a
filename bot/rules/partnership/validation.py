"""Contradictions between the sections of a partnership file, each in one plain sentence."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bot.rules.partnership.id_format import fault_of_code, fault_of_id
from bot.rules.partnership.roles import FOR_ALL_LISTED, OF_CHILDREN, REACHES, RIGHTS, Action, Reach, Role

if TYPE_CHECKING:  # the partnership asks for its own contradictions
    from bot.rules.partnership.channels import ReminderStep
    from bot.rules.partnership.partnership import Band, Partnership


def contradictions(p: Partnership) -> list[str]:
    """List the contradictions between sections, each in one plain sentence."""
    aliases = [w for a in p.areas for w in {a.id.casefold(), a.name.casefold(), *(x.casefold() for x in a.aliases)}]
    prefix = p.reference_prefix
    prefix_fits = prefix.isascii() and prefix.isalpha() and prefix.isupper() and 2 <= len(prefix) <= 4
    return [
        *_duplicates("area", [a.id for a in p.areas]),
        *_duplicates("area alias", aliases),
        *_duplicates("district", [d.casefold() for a in p.areas for d in a.districts]),
        *_duplicates("team", [t.casefold() for a in p.areas for t in a.teams]),
        *_duplicates("channel", [c.id for c in p.channels]),
        *_duplicates("person", [x.id for x in p.people]),
        *_duplicates("worker code", [x.worker_code for x in p.people if x.worker_code]),
        *_duplicates("Slack id", [x.slack_id for x in p.people if x.slack_id]),
        *_duplicates("Teams id", [x.teams_id for x in p.people if x.teams_id]),
        *_duplicates("repeat rule", [r.id for r in p.repeat_rules]),
        *_duplicates("escalation", [e.id for e in p.escalations]),
        *_escalation_faults(p),
        *(f for ladder in (p.reminders, *(a.reminders or () for a in p.areas)) for f in _reminder_faults(ladder)),
        *_area_faults(p),
        *_unknown_people(p),
        *(fault for role, row in p.rights.items() for fault in _rights_faults(role, row)),
        *_administrator_faults(p),
        # The file's own ids and codes are checked by eye; only their spelling is checked here.
        *(
            f"people: {x.id!r}: {fault}"
            for x in p.people
            if (fault := fault_of_id(x.id, coded=False) or fault_of_code(x.worker_code, coded=False))
        ),
        *([] if p.channels else ["at least one channel is needed: its digest time begins the day"]),
        *too_short(p.retention.records_months, max((r.days for r in p.repeat_rules), default=1)),
        *_band_faults("frequency_bands", p.frequency_bands, 1),
        *_band_faults("age_bands", p.age_bands, 0),
        *([] if prefix_fits else [f"reference_prefix {prefix!r} must be two to four capital letters"]),
        *(
            f"other_authorities gives {name!r} no code: up to 32 letters, digits, . _ / -, with a digit among them"
            for name, code in p.other_authorities.items()
            if not code or fault_of_code(code)
        ),
        *(
            f"{name!r} is in own_authorities and in other_authorities"
            for name in p.other_authorities
            if name.casefold() in {own.casefold() for own in p.own_authorities}
        ),
    ]


def too_short(months: int, look_back: int) -> list[str]:
    """Refuse a repeat rule that looks back further than records are kept: it would count too few, silently."""
    needed = -(-look_back // 30) + 1  # a month of slack, because months differ
    if months >= needed:
        return []
    return [
        f"retention.records_months is {months}, but a repeat rule looks back {look_back} days: "
        f"keep at least {needed} months, or shorten the rule"
    ]


def _duplicates(what: str, names: list[str]) -> list[str]:
    return [f"{what} {n!r} stands twice" for n in sorted({n for n in names if names.count(n) > 1})]


def _reminder_faults(ladder: tuple[ReminderStep, ...]) -> list[str]:
    """Two ids are the bot's own: of interviews without an owner, and of snoozed reminders."""
    own = [f"a reminder cannot be called {s.id!r}" for s in ladder if s.id in ("no owner", "again")]
    return own + _duplicates("reminder", [s.id for s in ladder])


def _area_faults(p: Partnership) -> list[str]:
    kinds = [a.kind for a in p.areas]
    faults = [
        f"exactly one area must have kind = {kind!r}, there are {kinds.count(kind)}"
        for kind in ("unknown", "out_of_county")
        if kinds.count(kind) != 1
    ]
    known = {a.id for a in p.areas}
    users = [(f"person {x.id}", held.areas) for x in p.people for held in x.roles]
    users += [(f"channel {c.id}", c.areas) for c in p.channels]
    users += [("providers", (x.area,)) for x in p.providers]
    return faults + [
        f"{who} names the area {a!r}; the areas are {', '.join(sorted(known))}"
        for who, areas in users
        for a in areas
        if a not in known
    ]


def _escalation_faults(p: Partnership) -> list[str]:
    """Find roles that no person could hold, and tiers that go round in a circle: else they come to light at night."""
    rules = {e.id: e for e in p.escalations}
    known = {*p.roles, *RIGHTS}
    faults = [
        f"escalation {e.id} calls the role {role!r}, which is neither in [roles] nor one that people are given"
        for e in p.escalations
        for role in (e.police, e.council, "" if e.next_tier in rules else e.next_tier)
        if p.roles and role and role not in known
    ]
    for e in p.escalations:
        at, steps = e.next_tier, 0
        while at in rules and at != e.id and steps < len(rules):
            at, steps = rules[at].next_tier, steps + 1
        if at == e.id:
            faults.append(f"escalation {e.id}: its tiers come back to itself")
    return faults


def _rights_faults(role: Role, row: dict[Action, Reach]) -> list[str]:
    """Administrators see no child data, in any partnership file: they give rights, so they must not need them."""
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


def _administrator_faults(p: Partnership) -> list[str]:
    return [
        f"person {x.id} is system_admin and {held.role}: an administrator sees no child data"
        for x in p.people
        for held in x.roles
        if held.role != "system_admin"
        and any(h.role == "system_admin" for h in x.roles)
        and any(a in OF_CHILDREN for a in p.rights.get(held.role, RIGHTS[held.role]))
    ]


def _unknown_people(p: Partnership) -> list[str]:
    """Check names against the file's people; without a list they are known to the verb `people` alone."""
    if not p.people:
        return []
    known = {x.id for x in p.people}
    users = [(f"role {role}", person) for role, agencies in p.roles.items() for person in agencies.values()]
    users += [("practice", p.practice.person)] if p.practice else []
    return [f"{who} names the person {x!r}, who is not listed" for who, x in users if x not in known]


def _band_faults(name: str, bands: tuple[Band, ...], first: int) -> list[str]:
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
