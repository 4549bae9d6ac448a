"""The council's own records of episodes, with the references by which its case system knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, case, select

from bot.store.schema.records import UNNAMED_INTERVIEW, UNNAMED_OCCURRENCE, child, episode, interview, occurrence


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One row of the council's export as it is stored; of an episode of the police alone only the references.

    A reference is None too where it could not be read: the key of ours in its place is known to no system.
    """

    council_ref: str | None
    occurrence_ref: str | None
    episode_ref: str | None
    kind: str | None  # None where the council has no record of it
    started_at: datetime | None
    ended_at: datetime | None
    ended_date_only: bool
    team: str | None
    returned_at: datetime | None
    returned_date_only: bool
    interviewer_role: str | None
    independent: str | None


def case_records(connection: Connection, episodes: Sequence[int]) -> Mapping[int, CaseRecord]:
    """Return the council's record of each of these episodes, by its number."""
    i, o = interview.c, occurrence.c
    named = {
        "council_ref": child.c.council_ref,
        "occurrence_ref": case((UNNAMED_OCCURRENCE, None), else_=o.occurrence_ref),
        "episode_ref": case((UNNAMED_INTERVIEW, None), else_=i.episode_ref),
    }
    columns = [named[f.name] if f.name in named else i[f.name] for f in fields(CaseRecord)]
    query = (
        select(episode.c.id, *columns)
        .join(child, child.c.id == episode.c.child_id)
        .outerjoin(interview, i.episode_ref == episode.c.episode_ref)
        .outerjoin(occurrence, o.occurrence_ref == episode.c.occurrence_ref)
        .where(episode.c.id.in_(episodes))
    )
    return {number: CaseRecord(*values) for number, *values in connection.execute(query)}
