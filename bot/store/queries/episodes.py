"""Lists of episodes for the morning and the counter: each reads an index whose range is what is open or recent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from bot.rules.access.permissions import Scope
from bot.rules.episodes import doubts
from bot.rules.episodes.eighteenth_birthday import AS_ADULT, End, seen_end
from bot.rules.episodes.risk_flags import age_band, under_13
from bot.rules.model import CaseRelation, Episode, Interview
from bot.rules.partnership.partnership import Band
from bot.rules.time.clock import is_news
from bot.store.changes import interview_steps
from bot.store.schema.records import child, episode

_INTERVIEW = tuple(f.name for f in fields(Interview))
#: Values in one statement; SQLite takes some 32,000.
_AT_ONCE = 1000
#: What a list reads as it stands. Of the age, and of an end that may be a birthday, it gets less than is stored.
_PLAIN = (
    *("id", "child_id", "kind", "start_at", "reported_at", "end_reason", "area", "lac", "uasc", "cp", "hosted"),
    *("grade", "graded_at", "prevention_at", "counted", "grade_before", "graded_before_at", "absent_at"),
)


def episode_query() -> Select[Any]:
    """Every column of an Episode, the child's reference and whose case it is."""
    return select(episode, child.c.ref, child.c.lead_worker, child.c.iro, child.c.placing_authority).join(
        child, child.c.id == episode.c.child_id
    )


def as_episode(row: Row[Any], now: datetime, bands: tuple[Band, ...]) -> Episode:
    """A row of `episode_query` as a list may know it at `now`."""
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
    )


def _relation(row: Row[Any], now: datetime) -> CaseRelation:
    """Whose case it is, for a line about one episode: that episode's own area and worker."""
    values = row._mapping
    return CaseRelation(
        areas=frozenset({values["area"]}),
        workers=frozenset(w for w in (values["lead_worker"], values["worker"]) if w),
        iro=values["iro"],
        placing_authority=values["placing_authority"],
        missing_now=values["start_at"] <= now < values["until_at"],
    )


@dataclass(frozen=True, slots=True)
class EpisodeLists:
    """Every list on one connection, in the age bands of one partnership."""

    connection: Connection
    bands: tuple[Band, ...]

    def open_episodes(self, scope: Scope, now: datetime) -> list[Episode]:
        """Everybody missing (or away) at `now` (R6).

        Only the end is given to the database: with the start as well, a planner may walk the whole
        history of the area instead of the few rows that are open.
        """
        where = (episode.c.area.in_(scope.areas), episode.c.until_at > now)
        return [x for x in self._list(scope, now, *where) if x.start_at <= now]

    def ended(self, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
        """Those whose end became news in [since, until): it ended then, or had before and is known only now (R23)."""
        where = (episode.c.area.in_(scope.areas), episode.c.end_known_at >= since)
        news = _news("until_at", "end_known_at", since, until)
        return self._list(scope, until, *where, wanted=news)

    def grown_up(self, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
        """Those that an 18th birthday ended, known in [since, until): nobody is back (edge case 4)."""
        birthday = or_(episode.c.end_at.is_(None), episode.c.end_at > episode.c.until_at)
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.end_known_at >= since,
            or_(birthday, episode.c.end_reason == AS_ADULT),
        )
        news = _news("until_at", "end_known_at", since, until)
        return self._list(scope, until, *where, wanted=news)

    def held(self, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
        """Episodes whose return interview was held in [since, until), or had been before and is known only now."""
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.held_known_at >= since,
            episode.c.required.is_(True),
        )
        news = _news("held_at", "held_known_at", since, until)
        return self._list(scope, until, *where, wanted=news)

    def reported(self, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
        """Episodes reported to the police in [since, until), those already over included."""
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.reported_at >= since,
            episode.c.reported_at < until,
        )
        return self._list(scope, until, *where)

    def late_entries(self, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
        """Episodes that became known in [since, until) although they had been reported, or had begun, before (R23)."""
        known = func.coalesce(episode.c.reported_at, episode.c.start_at)
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.entered_at >= since,
            episode.c.entered_at < until,
            known < since,
        )
        return self._list(scope, until, *where)

    def interviews_open(self, scope: Scope, now: datetime, since: datetime | None = None) -> list[Episode]:
        """Return interviews of children who are back at `now`: those open then, or at any time from `since` on.

        And those that were over, and that somebody opened again in chat.
        """
        where = (
            episode.c.area.in_(scope.areas),
            episode.c.interview_until_at > (since or now),
            episode.c.required.is_(True),
        )
        found = self._list(scope, now, *where)
        known = {x.id for x in found}
        again = [n for n in interview_steps.opened_again(self.connection, now) if n not in known]
        if again:
            found += [x for x in self._list(scope, now, *_numbered(again)) if x.area in scope.areas]
            found.sort(key=lambda x: (x.start_at, x.id))
        return [x for x in found if x.interview.clock_start_at is not None and x.interview.clock_start_at <= now]

    def numbered(self, scope: Scope, numbers: Sequence[int], now: datetime) -> list[Episode]:
        """Those of these numbers that lie in the scope, open or over."""
        found: list[Episode] = []
        for at in range(0, len(numbers), _AT_ONCE):
            some = episode.c.id.in_(numbers[at : at + _AT_ONCE])
            found += self._list(scope, now, some, episode.c.area.in_(scope.areas))
        return found

    def of_numbers(self, numbers: Sequence[int], now: datetime) -> list[Episode]:
        """These episodes, whatever their area: asked by who has already been told of the child."""
        query = episode_query().where(episode.c.id.in_(numbers)).order_by(episode.c.start_at, episode.c.id)
        return [as_episode(row, now, self.bands) for row in self.connection.execute(query)]

    def _list(
        self, scope: Scope, now: datetime, *where: Any, wanted: Callable[[Row[Any]], bool] = lambda row: True
    ) -> list[Episode]:
        """The rows that are wanted and within the scope, as a list may know them at `now`."""
        query = episode_query().where(*where).order_by(episode.c.start_at, episode.c.id)
        rows = (row for row in self.connection.execute(query) if wanted(row) and scope.holds(_relation(row, now)))
        return [as_episode(row, now, self.bands) for row in rows]


def _numbered(numbers: Sequence[int]) -> tuple[Any, ...]:
    """By number alone: with the area as well, a planner may walk through all that ever was in it."""
    return (episode.c.id.in_(numbers), episode.c.required.is_(True))


def _news(happened: str, known: str, since: datetime, until: datetime) -> Callable[[Row[Any]], bool]:
    """Whether a stored instant became news in [since, until): asked of the row, for a list does not know it.

    Nor is the end of it given to the database: with it, a planner may walk all that happened before.
    """
    return lambda row: is_news(row._mapping[happened], row._mapping[known], since, until)


def missing_now(connection: Connection, children: Sequence[int], now: datetime) -> set[int]:
    """Which of these children are missing (or away) at `now`, wherever from: their interviews have to wait."""
    where = (
        episode.c.child_id.in_(children),
        episode.c.kind != "void",
        episode.c.until_at > now,
        episode.c.start_at <= now,
    )
    return set(connection.execute(select(episode.c.child_id).where(*where)).scalars())


def died(connection: Connection, children: Sequence[int]) -> set[int]:
    """Which of these children have died, by whichever record says so: nothing of them is posted (edge case 35)."""
    recorded = or_(episode.c.end_reason == "died", episode.c.outcome_reason == "died")
    return set(
        connection.execute(select(episode.c.child_id).where(episode.c.child_id.in_(children), recorded)).scalars()
    )


def starts(
    connection: Connection, children: Sequence[int], since: datetime, now: datetime
) -> Mapping[int, tuple[datetime, ...]]:
    """Starts of missing episodes in (since, now] by child, oldest first: evidence for the repeat rules."""
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
    for child_id, start_at in connection.execute(query):
        found.setdefault(child_id, []).append(start_at)
    return {child_id: tuple(times) for child_id, times in found.items()}
