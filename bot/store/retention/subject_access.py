"""All stored data about one child, table by table, for a subject access request."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from bot.store.encryption import OWNERS, seal_of
from bot.store.retention.decisions import must_find
from bot.store.schema.access import audit, glass, legal_hold, notice
from bot.store.schema.delivery import escalation, nudge, step
from bot.store.schema.records import (
    child,
    child_alias,
    child_period,
    episode,
    found_with,
    grade,
    interview,
    occurrence,
    ruling,
    source_load,
)

Value = str | int | bool | None
Record = dict[str, Value]
Held = dict[str, list[Record]]

_NUMBER = "a number of our own that leads nowhere outside the database"
_MARK = "a keyed mark of facts that are given themselves, only there to compare them"
_NOT_OF_CHILDREN = "nothing of a child"

#: Tables and columns (table.column) left out, with the reason. A test demands a decision on every column.
LEFT_OUT = {
    "found_with": "references of other people: how many there were is given, not who they are",
    "person": "who may ask: who did ask about the child is given",
    "role_held": _NOT_OF_CHILDREN,
    "rota_shift": _NOT_OF_CHILDREN,
    "look_up_lock": _NOT_OF_CHILDREN,
    "audit_cut": _NOT_OF_CHILDREN,
    "sealed_with": _NOT_OF_CHILDREN,
    "erased": "digests of children who are not here any more",
    "delivery": "that something was posted, when and where: nothing of a child, and no words",
    "digest_item": "lines of a digest while it is posted: facts that are given, and the trail says where",
    "away": _NOT_OF_CHILDREN,
    "drill": _NOT_OF_CHILDREN,
    "beat": _NOT_OF_CHILDREN,
    "installation": _NOT_OF_CHILDREN,
    "restored": _NOT_OF_CHILDREN,
    "record_changes": _NOT_OF_CHILDREN,
    "released_period": _NOT_OF_CHILDREN,
    "report": _NOT_OF_CHILDREN,
    "report_step": _NOT_OF_CHILDREN,
    "report_document": "counts, of no single child",
    "month_note": _NOT_OF_CHILDREN,
    "teams_conversation": _NOT_OF_CHILDREN,
    "inbound": "digests of what platforms called their events: nothing of a child",
    "overlooked": "digests of what the bot has not done yet, for as long as it has not: gone when it is done",
    "nudge.id": _NUMBER,
    "nudge.episode_id": _NUMBER,
    "nudge.delivery_id": _NUMBER,
    "step.id": _NUMBER,
    "step.episode_id": _NUMBER,
    "step.undoes": _NUMBER,
    "escalation.id": _NUMBER,
    "escalation.episode_id": _NUMBER,
    "escalation.named_in": _NUMBER,
    "handle": "what a button means for some minutes, by the asker: the answer it gives is an audit row",
    "child.id": _NUMBER,
    "child.payload": _MARK,
    "child.birth_date_mark": _MARK,
    "child.police_birth_date_mark": _MARK,
    "child_alias.child_id": _NUMBER,
    "child_period.child_id": _NUMBER,
    "occurrence.child_id": _NUMBER,
    "occurrence.payload": _MARK,
    "interview.child_id": _NUMBER,
    "interview.payload": _MARK,
    "episode.id": _NUMBER,
    "ruling.id": _NUMBER,
    "ruling.child_id": _NUMBER,
    "ruling.born": _MARK,
    "ruling.saying": _NUMBER,
    "episode.saying": _NUMBER,
    "episode.child_id": _NUMBER,
    "notice.id": _NUMBER,
    "glass.id": _NUMBER,
    "audit.seq": _NUMBER,
    "audit.prev": "a seal of the audit trail",
    "audit.mac": "a seal of the audit trail",
    "source_load.id": _NUMBER,
    "source_load.sha256": "a digest of a whole file, which holds other children too",
    "source_load.rows_read": "of the whole file, not of the child",
    "source_load.accepted": "of the whole file, not of the child",
    "source_load.rejected": "of the whole file, not of the child",
    "source_load.added": "of the whole file, not of the child",
    "source_load.changed": "of the whole file, not of the child",
    "source_load.unchanged": "of the whole file, not of the child",
    "source_load.unread": "of the whole file, not of the child",
    "source_load.unread_open": "of the whole file, not of the child",
    "source_load.rows_before": "of the whole file, not of the child",
    "source_load.confirmed_by": "of the whole file, not of the child",
    "source_load.confirmed_at": "of the whole file, not of the child",
    "refused_file": "that a file could not be used: nothing of a child",
}


def everything_on(connection: Connection, ref: str) -> Held:
    """Return table -> its rows on the child, oldest first; NotDecided where no child has the reference."""
    known = must_find(connection, ref)
    occurrences = select(occurrence.c.occurrence_ref).where(occurrence.c.child_id == known.id)
    episodes = select(episode.c.id).where(episode.c.child_id == known.id)
    where: dict[Table, ColumnElement[bool]] = {
        child: child.c.id == known.id,
        child_alias: child_alias.c.child_id == known.id,
        child_period: child_period.c.child_id == known.id,
        occurrence: occurrence.c.child_id == known.id,
        grade: grade.c.occurrence_ref.in_(occurrences),
        interview: interview.c.child_id == known.id,
        episode: episode.c.child_id == known.id,
        ruling: ruling.c.child_id == known.id,
        step: step.c.episode_id.in_(episodes),
        nudge: nudge.c.episode_id.in_(episodes),
        escalation: escalation.c.episode_id.in_(episodes),
        notice: notice.c.ref.in_(known.refs),
        glass: glass.c.ref.in_(known.refs),
        legal_hold: legal_hold.c.ref.in_(known.refs),
        audit: audit.c.subject.in_(known.refs),
    }
    held = {table.name: _rows(connection, table, condition) for table, condition in where.items()}
    # The numbers of others found with the child, and of the records of others that name the child.
    mine = occurrence.c.occurrence_ref == found_with.c.occurrence_ref
    others = select(found_with.c.occurrence_ref, func.count()).join(occurrence, mine)
    others = others.where(occurrence.c.child_id == known.id).group_by(found_with.c.occurrence_ref)
    counts = connection.execute(others.order_by(found_with.c.occurrence_ref))
    held["found_with"] = [{"occurrence_ref": ref, "others": n} for ref, n in counts]
    named = select(func.count()).select_from(found_with).where(found_with.c.police_ref == known.police_ref)
    if count := connection.execute(named).scalar_one():
        held["found_with"].append({"named_in_records_of_others": count})
    # The loads in which something of the child became known, and the first of each source, which brought the past.
    times = {
        str(r[name]) for t in ("occurrence", "interview", "episode") for r in held[t] for name in _KNOWN if r.get(name)
    }
    first = select(func.min(source_load.c.id)).group_by(source_load.c.source)
    moments = [datetime.fromisoformat(t) for t in sorted(times)]
    either = or_(source_load.c.loaded_at.in_(moments), source_load.c.id.in_(first))
    return held | {"source_load": _rows(connection, source_load, either & (source_load.c.source != "retention"))}


def _rows(connection: Connection, table: Table, condition: ColumnElement[bool]) -> list[Record]:
    shown = [c.name for c in table.c if f"{table.name}.{c.name}" not in LEFT_OUT]
    rows = connection.execute(select(table).where(condition).order_by(*table.primary_key.columns))
    seal = seal_of(connection) if table is child else None
    found = []
    for row in rows:
        values = dict(row._mapping)
        if seal:  # both birth dates, as stored: only here are both opened
            for name, owner in OWNERS.items():
                values[name] = values[name] and seal.open(name, values[owner], values[name])
        given = {name: value for name, value in values.items() if name in shown}
        found.append({n: v.isoformat() if isinstance(v, datetime | date) else v for n, v in given.items()})
    return found


_KNOWN = ("entered_at", "end_known_at", "held_known_at")
