"""Answers given in chat, in the columns and words of the council's own export: nobody types them twice.

One interview is a block to copy; all that the record lacks is a file, which `load interviews` reads too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.reply import Reply, Section, Table
from bot.messages.interview_status import Reader, step_line
from bot.rules.access.permissions import Scope
from bot.rules.episodes import doubts
from bot.rules.interviews.state import OpenInterview
from bot.rules.partnership.partnership import COLUMNS, ExportMapping, Person
from bot.rules.queries.digest_content import as_said, differs
from bot.rules.time.clock import at_midnight, instants, to_london
from bot.store.queries.case_records import CaseRecord, case_records
from bot.store.queries.chat_records import not_as_recorded
from bot.store.queries.facts import StoredFacts

#: Columns of the answers themselves; the others say which record it is.
ANSWERS = ("returned_at", "offered_at", "response", "held_at", "recorded_at", "worker", "outcome_reason")


def to_type(facts: StoredFacts, scope: Scope, now: datetime) -> list[OpenInterview]:
    """Return the interviews of the scope with an answer in chat that the record lacks, oldest absence first."""
    here = facts.numbered(scope, not_as_recorded(facts.connection), now)
    died = facts.died([x.child_id for x in here])
    found = as_said(facts, [x for x in here if x.child_id not in died], (), now)
    return [i for i in found if differs(i, "chat-only", now)]


def rows(
    facts: StoredFacts, found: Sequence[OpenInterview], mapping: ExportMapping, recorded_at: datetime | None
) -> list[list[str]]:
    """Return the header and a row for each interview, as the export has them.

    `recorded_at` is when the case system takes the file in: what was held by then counts as recorded then. A row
    without it leaves that to the case system.
    """
    names = [name for name in COLUMNS["interviews"] if mapping.columns.get(name) != ""]
    records = case_records(facts.connection, [i.episode.id for i in found])
    people = {p.id: p for p in facts.people()}
    written = []
    for i in found:
        cells = answers(i, people) | _identity(i, records[i.episode.id])
        held = i.episode.interview.held_at
        if recorded_at and held and held <= recorded_at and not cells["recorded_at"]:
            cells["recorded_at"] = _day_or_time(recorded_at)
        written.append([_word(mapping, name, cells[name]) for name in names])
    return [[mapping.columns.get(name, name) for name in names], *written]


def block(i: OpenInterview, mapping: ExportMapping, people: Mapping[str, Person], to: Reader) -> Reply:
    """Return the answers of one interview as a block to copy; what has no column stands under it."""
    cells = answers(i, people)
    shown = [(name, _word(mapping, name, cells[name])) for name in ANSWERS if mapping.columns.get(name) != ""]
    lines = tuple(step_line(s, to.now, numbered=bool(i.others)) for s in i.standing.steps)
    others = " and ".join(f"#{number}" for number in i.merged)
    one = (f"One talk with {others}: write it in each record.",) if others else ()
    return Reply(
        title=f"For the case system: {i.episode.child_ref} #{i.episode.id}",
        level=to.level,
        text=(*one, "Copy it into the case system, then say recorded."),
        sections=(Section("Said in chat", lines or ("Nothing.",)),),
        tables=(
            Table(
                "To copy", ("Column", "Value"), tuple((mapping.columns.get(name, name), text) for name, text in shown)
            ),
        ),
        footer=("London time. What the record has stands as it is; what it lacks is filled in with what was said.",),
    )


def answers(i: OpenInterview, people: Mapping[str, Person]) -> dict[str, str]:
    """Return the cells of the answers: the record's, and where it is empty those said in chat."""
    said, owner = i.episode.interview, people.get(i.standing.owner)
    return {
        "returned_at": _written(said.clock_start_at, said.date_only),
        "offered_at": _day_or_time(said.offered_at),
        "response": said.response or "",
        "held_at": _day_or_time(said.held_at),
        "recorded_at": _day_or_time(said.recorded_at),
        "worker": said.worker or (owner.worker_code or owner.id if owner else ""),
        "outcome_reason": said.outcome_reason or "",
    }


def _identity(i: OpenInterview, record: CaseRecord) -> dict[str, str]:
    """Return the cells that say which record it is: the council's own, else as the police know the absence."""
    x, back = i.episode, i.episode.interview
    start = record.started_at if record.kind else None if doubts.START in x.doubts else x.start_at
    returned = _written(back.clock_start_at, back.date_only)
    if record.kind:
        returned = _written(record.returned_at, record.returned_date_only)
    return {
        "episode_id": record.episode_ref or "",
        "occurrence_ref": record.occurrence_ref or "",
        "child_id": record.council_ref or "",
        "kind": record.kind or x.kind,
        "started_at": _day_or_time(start),
        "ended_at": _written(record.ended_at, record.ended_date_only),
        "team": record.team or "",
        "returned_at": returned,
        "interviewer_role": record.interviewer_role or "",
        "independent": record.independent or "",
    }


def _word(mapping: ExportMapping, name: str, text: str) -> str:
    """Return the export's own word of a coded cell, where it has one."""
    own = mapping.words.get(name, {})
    return next((theirs for theirs, word in own.items() if word == text), text) if text else text


def _day_or_time(instant: datetime | None) -> str:
    """Write a time of which no mark is kept that it is a day alone: midnight is one."""
    return _written(instant, instant is not None and at_midnight(instant))


def _written(instant: datetime | None, day_alone: bool) -> str:
    """Write a time in London as the loader reads it.

    A part of a second goes up: what came too late by less does not come in time. The offset stands where the clocks
    repeat the hour.
    """
    if instant is None:
        return ""
    local = to_london(instant.replace(microsecond=0) + timedelta(seconds=bool(instant.microsecond)))
    if day_alone:
        return f"{local:%Y-%m-%d}"
    twice = len(instants(local.replace(tzinfo=None, fold=0))) > 1
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local:%Y-%m-%d} {clock}{local.strftime('%z') if twice else ''}"
