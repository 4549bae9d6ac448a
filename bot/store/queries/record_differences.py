"""Differences between the two agencies' records: kept and listed, never dropped or guessed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from bot.rules.catalogue import _
from bot.rules.episodes import doubts
from bot.rules.model import NO_EPISODE
from bot.rules.queries.facts import Gap
from bot.store.queries.children import doubted
from bot.store.schema.records import child, episode, interview, occurrence


class Kind(NamedTuple):
    """One kind of difference, the advice to people, and the condition that finds its episodes."""

    what: str
    advice: str
    holds: ColumnElement[bool]


class RecordDifference(NamedTuple):
    """One episode on a list: references and codes only."""

    child_ref: str
    occurrence_ref: str | None
    episode_ref: str | None
    area: str
    start_at: datetime


_police_only = and_(episode.c.occurrence_ref.is_not(None), episode.c.episode_ref.is_(None), episode.c.kind != "void")
_council_only = and_(episode.c.occurrence_ref.is_(None), episode.c.episode_ref.is_not(None))

KINDS = {
    "police-only": Kind(
        _("Police record without a council record"),
        _("Open the episode in the case system, or give it the police's occurrence reference."),
        _police_only,
    ),
    "council-only": Kind(
        _("Council record that names no police occurrence"),
        _("Ask the police for the occurrence, and enter its reference in the case system."),
        and_(_council_only, episode.c.kind == "missing", interview.c.occurrence_ref.is_(None)),
    ),
    "unknown-occurrence": Kind(
        _("Council record with an occurrence the police export does not have"),
        _("Check the reference; if it is right, ask why the police export leaves it out."),
        and_(interview.c.occurrence_ref.is_not(None), occurrence.c.occurrence_ref.is_(None)),
    ),
    "other-child": Kind(
        _("Council and police name different children for one occurrence"),
        _("Find out whose occurrence it is; until then each agency's record stands alone."),
        and_(_council_only, occurrence.c.occurrence_ref.is_not(None)),
    ),
    "log-open": Kind(
        _("Council records a return, police log still open"),
        _("Tell the police; until the log is closed the child stays listed as missing."),
        and_(
            episode.c.occurrence_ref.is_not(None),
            episode.c.end_at.is_(None),
            episode.c.clock_start_at.is_not(None),
            or_(episode.c.said_back_at.is_(None), episode.c.clock_start_at != episode.c.said_back_at),
        ),
    ),
    "said-missing": Kind(
        _("Said in chat to be missing, and in no agency's file"),
        _("Ask the police for the occurrence and if the number said is right; or take it back: said REFERENCE undo."),
        and_(doubted(doubts.SAID), episode.c.kind != "void"),
    ),
    "said-back": Kind(
        _("Said in chat to be back, police log still open"),
        _("Tell the police; until their file says so the child stays listed as missing."),
        and_(episode.c.end_at.is_(None), episode.c.said_back_at.is_not(None), episode.c.kind != "void"),
    ),
    "said-differs": Kind(
        _("Said in chat before the file, and more than an hour from the record that came"),
        _("Find out which is right: have the record corrected, or take back what was said (said REFERENCE undo)."),
        and_(doubted(doubts.DIFFERS), episode.c.kind != "void"),
    ),
    "report-no-episode": Kind(
        _("Report that became no episode by the police's record, and the council has an episode of it"),
        _(
            "Find out whether the child was missing, and withdraw the record that is wrong; "
            "until then it is an episode."
        ),
        and_(episode.c.end_reason == NO_EPISODE, episode.c.kind != "void"),
    ),
    "died-log-open": Kind(
        _("Council records that the child died, police log still open"),
        _("Check at once: such a child is in no list of missing children."),
        and_(episode.c.occurrence_ref.is_not(None), episode.c.end_at.is_(None), interview.c.outcome_reason == "died"),
    ),
    "away-not-looked-after": Kind(
        _("Away from placement, but not looked after on that day"),
        _("Correct the kind of the episode or the dates of care."),
        and_(episode.c.kind == "away", ~episode.c.lac),
    ),
    "overlapping": Kind(
        _("Two absences of one child that may be one"),
        _("Say in chat whether they are one (same and the reference); until then both are listed and counted."),
        doubted(doubts.UNSURE),
    ),
    "not-identified": Kind(
        _("Record that names no child"),
        _("Ask who the child is, and enter the child's reference in the system that the record comes from."),
        doubted(doubts.IDENTITY),
    ),
    "not-in-file": Kind(
        _("Open record that the newest file should have and lacks"),
        _("Ask the agency why; the child stays in every list until a record, or a named person, says otherwise."),
        doubted(doubts.ABSENT),
    ),
    "start-unread": Kind(
        _("Since when the child is missing could not be read"),
        _("Correct the times in the system they come from; until then no figure counts the episode."),
        doubted(doubts.START),
    ),
    "return-unread": Kind(
        _("Return that could not be read"),
        _("Correct it in the system it comes from; until then the child stays listed as missing."),
        doubted(doubts.RETURN),
    ),
    "age-in-doubt": Kind(
        _("A birth date makes the person 18 or over when the episode began"),
        _("Check the birth date in both systems; until then the child stays in every list, and no figure counts it."),
        doubted(doubts.AGE),
    ),
    "authority-unread": Kind(
        _("Placing authority that could not be read"),
        _("Give its name a code in other_authorities; until then the child counts as ours, and so do its interviews."),
        doubted(doubts.AUTHORITY),
    ),
    "birth-dates": Kind(
        _("Birth dates of police and council differ"),
        _("Agree on one; until then the age is not known, and calls go by the younger."),
        child.c.birth_date_mark != child.c.police_birth_date_mark,  # not true where one of them is NULL
    ),
    "police-child": Kind(
        _("Child the council's children export does not link to the police reference"),
        _("Enter the police reference on the child's case, or say that there is no case."),
        and_(episode.c.occurrence_ref.is_not(None), child.c.council_ref.is_(None)),
    ),
}


def gaps(connection: Connection) -> list[Gap]:
    """Return every kind of difference with its number of episodes."""
    counts = [func.coalesce(func.sum(case((kind.holds, 1), else_=0)), 0) for kind in KINDS.values()]
    found = connection.execute(_from_all(select(*counts))).one()
    return [Gap(key, kind.what, int(n), kind.advice) for (key, kind), n in zip(KINDS.items(), found, strict=True)]


def differences(
    connection: Connection,
    kind: str,
    areas: tuple[str, ...] | None = None,
    limit: int | None = 100,
    *,
    posted: bool = False,
) -> list[RecordDifference]:
    """Return the newest episodes of one kind of difference; `areas` None and `limit` None are all of them.

    `posted` leaves out children who died by either agency's record (edge case 35).
    """
    columns = (child.c.ref, episode.c.occurrence_ref, episode.c.episode_ref, episode.c.area, episode.c.start_at)
    query = _from_all(select(*columns)).where(KINDS[kind].holds).order_by(episode.c.start_at.desc()).limit(limit)
    if areas is not None:
        query = query.where(episode.c.area.in_(areas))
    if posted:
        each = episode.alias()
        died = or_(each.c.end_reason == "died", each.c.outcome_reason == "died")
        query = query.where(child.c.id.not_in(select(each.c.child_id).where(died)))
    return [RecordDifference(*row) for row in connection.execute(query)]


def _from_all(query: Select[Any]) -> Select[Any]:
    """Join every episode with its child, its council record and the occurrence that the council record names."""
    return (
        query.select_from(episode)
        .join(child, child.c.id == episode.c.child_id)
        .outerjoin(interview, interview.c.episode_ref == episode.c.episode_ref)
        .outerjoin(occurrence, occurrence.c.occurrence_ref == interview.c.occurrence_ref)
    )
