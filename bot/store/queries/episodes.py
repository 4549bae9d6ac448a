"""Lists of episodes for the digest and for commands: each reads an index whose range is the open or recent episodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from bot.rules.access.permissions import Scope
from bot.rules.episodes import doubts
from bot.rules.episodes.risk_flags import AS_ADULT, End, age_band, seen_end, under_13
from bot.rules.interviews.causes import TOLD_LATE
from bot.rules.interviews.hosted import PLACING_AUTHORITY
from bot.rules.interviews.state import FORGOTTEN
from bot.rules.interviews.steps import OPENED_AGAIN
from bot.rules.model import OURS, CaseRelation, Episode, Interview
from bot.rules.partnership.partnership import Band, Partnership, Person
from bot.rules.time.clock import is_news
from bot.store.people_list import everybody
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.schema.delivery import step
from bot.store.schema.records import child, episode, source_load

#: Values in one statement; SQLite takes some 32,000.
_AT_ONCE = 1000
#: An interview of ours whose child came to be another authority's after the return (`hosted.moved_out`).
MOVED_OUT = and_(episode.c.hosted, episode.c.moved_from == OURS)
#: Interviews that this council holds, or may hold still.
OWED = or_(episode.c.required, MOVED_OUT)


class EpisodeLists:
    """Episodes by reference, and facts of several children at once (level 1)."""

    connection: Connection
    partnership: Partnership

    def people(self) -> Sequence[Person]:
        """Return everybody who is listed; read once for one answer."""
        return self._people

    @cached_property
    def _people(self) -> Sequence[Person]:
        return everybody(self.connection)

    def open_episodes(self, scope: Scope, now: datetime) -> Sequence[Episode]:
        """Return the episodes of children missing, or away, at `now` (R6); a void record without an end is none.

        The database is given only the end: with the start as well, a planner may walk the whole history of the area
        instead of the few rows that are open.
        """
        where = (episode.c.area.in_(scope.areas), episode.c.until_at > now)
        return [x for x in self._list(scope, now, *where) if x.start_at <= now and x.kind != "void"]

    def ended(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """Return the episodes that ended in [since, until), or earlier and are known to have only then (R23)."""
        where = (episode.c.area.in_(scope.areas), episode.c.end_known_at >= since)
        return self._list(scope, until, *where, wanted=_is_news("until_at", "end_known_at", since, until))

    def grown_up(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """Return the episodes ended by an 18th birthday, known in [since, until), and not by a return until then."""
        birthday = or_(episode.c.end_at.is_(None), episode.c.end_at > until)
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.end_known_at >= since,
            or_(birthday, episode.c.end_reason == AS_ADULT),
        )
        return self._list(scope, until, *where, wanted=_is_news("until_at", "end_known_at", since, until))

    def voided(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """Return the episodes that had been listed and became void in [since, until)."""
        # By time alone: with the area as well, SQLite walks through its whole history.
        found = self._list(scope, until, episode.c.voided_at >= since, episode.c.voided_at < until)
        return [x for x in found if x.area in scope.areas]

    def held(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """Return the episodes whose return interview was held in [since, until), or earlier and known only then."""
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.held_known_at >= since,
            episode.c.required.is_(True),
        )
        return self._list(scope, until, *where, wanted=_is_news("held_at", "held_known_at", since, until))

    def reported(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """Return the episodes reported to the police in [since, until), those already over included."""
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.reported_at >= since,
            episode.c.reported_at < until,
        )
        return self._list(scope, until, *where)

    def late_entries(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        """Return the episodes that became known in [since, until), and were reported or began before (R23)."""
        known = func.coalesce(episode.c.reported_at, episode.c.start_at)
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.entered_at >= since,
            episode.c.entered_at < until,
            known < since,
        )
        return self._list(scope, until, *where)

    def interviews_open(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Episode]:
        """Return interviews of children who are back at `now`, open then or at any time from `since` on.

        Interviews that were over and were opened again in chat are among them.
        """
        where = (episode.c.area.in_(scope.areas), episode.c.interview_until_at > (since or now), OWED)
        found = self._list(scope, now, *where)
        again = self._opened_again(scope, now, {x.id for x in found})
        if again:
            found = sorted([*found, *again], key=lambda x: (x.start_at, x.id))
        return [x for x in found if x.interview.clock_start_at is not None and x.interview.clock_start_at <= now]

    def interviews_elsewhere(self, scope: Scope, now: datetime) -> Sequence[Episode]:
        """Return interviews that other authorities hold, of children who are back at `now`, tracked then by the record.

        Those that this council hands over are among them.
        """
        theirs = or_(episode.c.hosted, episode.c.outcome_reason == PLACING_AUTHORITY)
        where = (episode.c.area.in_(scope.areas), episode.c.interview_until_at > now, ~episode.c.required, theirs)
        found = self._list(scope, now, *where)
        return [x for x in found if x.interview.clock_start_at is not None and x.interview.clock_start_at <= now]

    def record_times_given(self, now: datetime) -> bool:
        """Return False where no interview has a time of recording, though some were held long enough ago for one."""
        given, long_held = (
            self.connection.execute(select(episode.c.id).where(condition).limit(1)).first()
            for condition in (episode.c.recorded_at.is_not(None), episode.c.held_at < now - FORGOTTEN)
        )
        return given is not None or long_held is None

    def _opened_again(self, scope: Scope, now: datetime, known: Set[int]) -> list[Episode]:
        """Return interviews that were opened again in chat of late, other than the known ones."""
        # By a recent step in chat. Sorted here: with ORDER BY, SQLite would walk through all steps ever recorded.
        reopened = step.c.kind.in_(("reopened", "accepted"))
        query = select(step.c.episode_id).where(step.c.said_at > now - OPENED_AGAIN, reopened)
        opened = self.connection.execute(query).scalars().all()
        # One that is merged with it is opened again too.
        again = sorted({*opened, *StoredChatRecords(self.connection).merged_with(opened)} - known) if opened else []
        if not again:
            return []
        # By number alone, as in `numbered`.
        found = self._list(scope, now, episode.c.id.in_(again), OWED)
        return [x for x in found if x.area in scope.areas]

    def numbered(self, scope: Scope, numbers: Sequence[int], now: datetime) -> Sequence[Episode]:
        """Return the episodes of these numbers that lie in the scope, open or over.

        They are read by number alone: with the area as well, a planner may walk through its whole history.
        """
        found: list[Episode] = []
        for at in range(0, len(numbers), _AT_ONCE):
            found += self._list(scope, now, episode.c.id.in_(numbers[at : at + _AT_ONCE]))
        return [x for x in found if x.area in scope.areas]

    def episodes_of(self, numbers: Sequence[int], now: datetime) -> Sequence[Episode]:
        """Return the episodes of these numbers in any area, for a reader who knows of the child already."""
        query = episode_query().where(episode.c.id.in_(numbers)).order_by(episode.c.start_at, episode.c.id)
        return [as_episode(row, now, self.partnership.age_bands) for row in self.connection.execute(query)]

    def missing_now(self, children: Sequence[int], now: datetime) -> set[int]:
        """Return the children who are missing, or away, in any area at `now`: their interviews have to wait.

        A child who is said to be back is listed still, and its interview does not wait.
        """
        where = (
            episode.c.child_id.in_(children),
            episode.c.kind != "void",
            episode.c.until_at > now,
            episode.c.start_at <= now,
            or_(episode.c.said_back_at.is_(None), episode.c.said_back_at > now),
        )
        return set(self.connection.execute(select(episode.c.child_id).where(*where)).scalars())

    def died(self, children: Sequence[int]) -> set[int]:
        """Return the children who died, by either agency's record: nothing of them is posted (edge case 35)."""
        recorded = or_(episode.c.end_reason == "died", episode.c.outcome_reason == "died")
        query = select(episode.c.child_id).where(episode.c.child_id.in_(children), recorded)
        return set(self.connection.execute(query).scalars())

    def told_late(self, episodes: Sequence[int], now: datetime) -> Mapping[int, datetime]:
        """Return when the return of each of these became known here, where an export of a day after it lacked it."""
        e, load = episode.c, source_load.c
        columns = (e.id, e.clock_start_at, e.end_known_at, e.occurrence_ref)
        known = (e.clock_start_at.is_not(None), e.end_at.is_not(None), e.end_known_at <= now)
        found = {}
        for number, back, at, police in self.connection.execute(select(*columns).where(e.id.in_(episodes), *known)):
            source = "police" if police else "interviews"
            lacked = (load.source == source, load.taken_at >= back + TOLD_LATE, load.loaded_at < at)
            if self.connection.execute(select(load.id).where(*lacked).limit(1)).first() is not None:
                found[number] = at
        return found

    def starts(self, children: Sequence[int], since: datetime, now: datetime) -> Mapping[int, tuple[datetime, ...]]:
        """Return the starts of missing episodes in (since, now] by child, oldest first, for the repeat rules."""
        query = (
            select(episode.c.child_id, episode.c.start_at)
            .where(
                episode.c.child_id.in_(children),
                episode.c.start_at > since,
                episode.c.start_at <= now,
                episode.c.kind == "missing",
            )
            .order_by(episode.c.child_id, episode.c.start_at)
        )
        found: dict[int, list[datetime]] = {}
        for child_id, start_at in self.connection.execute(query):
            found.setdefault(child_id, []).append(start_at)
        return {child_id: tuple(times) for child_id, times in found.items()}

    def _list(
        self, scope: Scope, now: datetime, *where: Any, wanted: Callable[[Row[Any]], bool] = lambda row: True
    ) -> list[Episode]:
        """Return the rows that are wanted and within the scope, as a list may know them at `now`."""
        query = episode_query().where(*where).order_by(episode.c.start_at, episode.c.id)
        rows = (row for row in self.connection.execute(query) if wanted(row) and scope.holds(line_relation(row, now)))
        return [as_episode(row, now, self.partnership.age_bands) for row in rows]


def _is_news(happened: str, known: str, since: datetime, until: datetime) -> Callable[[Row[Any]], bool]:
    """Return a test of a row: its stored instant became news in [since, until).

    The row is tested, because the Episode of a list does not have the instant. The database is not given the end of
    the window: with it, a planner may walk all that happened before.
    """
    return lambda row: is_news(row._mapping[happened], row._mapping[known], since, until)


def line_relation(row: Row[Any], now: datetime) -> CaseRelation:
    """Return the case relation of a line about one episode: the episode's own area and worker."""
    values = row._mapping
    return CaseRelation(
        areas=frozenset({values["area"]}),
        workers=frozenset(w for w in (values["lead_worker"], values["worker"]) if w),
        iro=values["iro"],
        placing_authority=values["placing_authority"],
        missing_now=values["start_at"] <= now < values["until_at"],
    )


def episode_query() -> Select[Any]:
    """Select every column of an Episode, the child's reference and the columns of the case relation."""
    return select(episode, child.c.ref, child.c.lead_worker, child.c.iro, child.c.placing_authority).join(
        child, child.c.id == episode.c.child_id
    )


_INTERVIEW = tuple(f.name for f in fields(Interview))
#: Columns that a list reads unchanged. It gets less than is stored of the age, and of an end that may be a birthday.
_PLAIN = (
    *("id", "child_id", "kind", "start_at", "reported_at", "end_reason", "area", "lac", "uasc", "cp", "hosted"),
    *("grade", "graded_at", "prevention_at", "counted", "grade_before", "graded_before_at", "absent_at", "turns_18"),
    "moved_at",
    "entered_care",
    "repeat_away",
    *("saying", "said_back_at", "said_back", "said_grade", "said_graded_at"),
)


def as_episode(row: Row[Any], now: datetime, bands: tuple[Band, ...]) -> Episode:
    """Return a row of `episode_query` as a list may know it at `now`."""
    values = row._mapping
    interview = Interview(**{name: values[name] for name in _INTERVIEW})
    stored = End(values["end_at"], values["until_at"], values["found_at"], values["returned_at"], interview)
    return Episode(
        **{name: values[name] for name in _PLAIN},
        **seen_end(values["start_at"], values["end_reason"], stored, now)._asdict(),
        child_ref=values["ref"],
        age_band=age_band(values["age"], bands),
        under_13=under_13(values["youngest"]),
        doubts=doubts.read(values["doubts"]),
        police=values["occurrence_ref"] is not None,
        council=values["episode_ref"] is not None,
        moved_from=None if values["moved_from"] is None else "ours" if values["moved_from"] == OURS else "theirs",
    )
