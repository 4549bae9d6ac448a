"""The people list for administrators: one line a held role, and one person with all of their roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.conversation.reply import Fact, Reply, Table
from bot.rules.catalogue import _, n_
from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.partnership.roles import Role
from bot.rules.time.clock import say


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """A filter of lines: by one role, by roles that end within some days (or have), by people without a platform id."""

    role: Role | None = None
    expiring: int | None = None
    without_platform_id: bool = False

    def holds(self, person: Person, held: HeldRole | None, today: date) -> bool:
        if self.without_platform_id and (person.slack_id or person.teams_id):
            return False
        if self.role and (held is None or held.role != self.role):
            return False
        ends = held.expires if held else None
        return self.expiring is None or (ends is not None and (ends - today).days <= self.expiring)


def everybody(people: Iterable[Person], wanted: PeopleFilter, today: date) -> Reply:
    lines = [(p, held) for p in people for held in (p.roles or (None,)) if wanted.holds(p, held, today)]
    # Yes or no for each platform: a list does not show the id itself.
    rows = tuple(
        (
            *(p.id, p.agency, *_role(held), p.worker_code),
            *(_("yes") if p.slack_id else _("no"), _("yes") if p.teams_id else _("no"), _state(p, held, today)),
        )
        for p, held in lines
    )
    columns = (
        _("Person"),
        _("Agency"),
        _("Role"),
        _("Areas"),
        _("Last day"),
        _("Worker code"),
        _("Slack"),
        _("Teams"),
        _("State"),
    )
    listed, roles = len({p.id for p, _ in lines}), sum(held is not None for _, held in lines)
    lead = _(
        "{listed} {person}, {roles} {role}.",
        listed=listed,
        person=n_("person", "people", listed),
        roles=roles,
        role=n_("role", "roles", roles),
    )
    return Reply(_("People"), 2, (lead,), tables=(Table(_("Who is listed"), columns, rows),))


def one(person: Person, locked_until: datetime | None, today: date) -> Reply:
    facts = (
        Fact(_("Agency"), person.agency),
        Fact(_("State"), _("active") if person.active else _("deactivated")),
        Fact(_("Worker code"), person.worker_code or _("none")),
        Fact(_("Slack id"), person.slack_id or _("none")),
        Fact(_("Teams id"), person.teams_id or _("none")),
        Fact(
            _("Look-ups"),
            _("locked until {locked_until}", locked_until=say(locked_until)) if locked_until else _("open"),
        ),
    )
    rows = tuple((*_role(held), _state(person, held, today)) for held in person.roles)
    table = Table(_("Roles"), (_("Role"), _("Areas"), _("Last day"), _("State")), rows)
    return Reply(person.id, 2, tuple(f"{f.label}: {f.value}" for f in facts), facts, tables=(table,))


def _role(held: HeldRole | None) -> tuple[str, str, str]:
    return (held.role, ", ".join(held.areas), str(held.expires or "")) if held else ("", "", "")


def _state(person: Person, held: HeldRole | None, today: date) -> str:
    if not person.active:
        return _("deactivated")
    if held is None:
        return _("no role")
    return _("expired") if held.expires and held.expires < today else _("active")
