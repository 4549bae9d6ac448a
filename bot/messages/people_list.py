"""The people list for administrators: one line a held role, and one person with all of their roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.conversation.reply import Fact, Reply, Table
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
            *("yes" if p.slack_id else "no", "yes" if p.teams_id else "no", _state(p, held, today)),
        )
        for p, held in lines
    )
    columns = ("Person", "Agency", "Role", "Areas", "Last day", "Worker code", "Slack", "Teams", "State")
    listed, roles = len({p.id for p, _ in lines}), sum(held is not None for _, held in lines)
    lead = f"{listed} {'person' if listed == 1 else 'people'}, {roles} {'role' if roles == 1 else 'roles'}."
    return Reply("People", 2, (lead,), tables=(Table("Who is listed", columns, rows),))


def one(person: Person, locked_until: datetime | None, today: date) -> Reply:
    facts = (
        Fact("Agency", person.agency),
        Fact("State", "active" if person.active else "deactivated"),
        Fact("Worker code", person.worker_code or "none"),
        Fact("Slack id", person.slack_id or "none"),
        Fact("Teams id", person.teams_id or "none"),
        Fact("Look-ups", f"locked until {say(locked_until)}" if locked_until else "open"),
    )
    rows = tuple((*_role(held), _state(person, held, today)) for held in person.roles)
    table = Table("Roles", ("Role", "Areas", "Last day", "State"), rows)
    return Reply(person.id, 2, tuple(f"{f.label}: {f.value}" for f in facts), facts, tables=(table,))


def _role(held: HeldRole | None) -> tuple[str, str, str]:
    return (held.role, ", ".join(held.areas), str(held.expires or "")) if held else ("", "", "")


def _state(person: Person, held: HeldRole | None, today: date) -> str:
    if not person.active:
        return "deactivated"
    if held is None:
        return "no role"
    return "expired" if held.expires and held.expires < today else "active"
