"""Invented moments, children, episodes, return interviews and people."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from bot.ingest.bank_holidays import by_division
from bot.rules.episodes.risk_flags import AS_ADULT, End, age_band, seen_end, under_13
from bot.rules.model import FOREVER, Episode, Freshness, Interview
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Role
from bot.rules.text.area_names import ALPHABET
from bot.rules.time.clock import age_on, counts_until, day_start, from_london, interview_due, local_day, turns_18_at
from bot.settings import PRACTICE_FILE, read_partnership

_FORMAT = "%a %d %b %Y %H:%M"
_ZONES = {"BST": "+0100", "GMT": "+0000"}


def at(words: str) -> datetime:
    """Read 'Wed 5 Jul 2017 08:00' in London as an instant; with BST or GMT where that time comes twice."""
    *_, last = words.split()
    if last in _ZONES:
        return datetime.strptime(words.replace(last, _ZONES[last]), f"{_FORMAT} %z").astimezone(UTC)
    wall = datetime.strptime(f"{words} +0000", f"{_FORMAT} %z").replace(tzinfo=None)
    assert f"{wall:%a}" == words[:3], f"{words} was a {wall:%A}"
    return from_london(wall)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


#: A Wednesday morning: the moment the practice partnership pretends to be.
NOW = at("Wed 5 Jul 2017 08:00")
YESTERDAY = at("Tue 4 Jul 2017 08:00")
BORN = date(2002, 9, 1)
_ids = count(1)


@dataclass(frozen=True, slots=True)
class Recorded(Episode):
    """An episode with the stored facts that no list may know: the age, and an end that may be a birthday."""

    age: int | None = None  # in completed years at the start
    area_basis: str = "team"
    entered_at: datetime | None = None  # when it became known here (R23)
    end_known_at: datetime | None = None  # and when its end did
    reporter: str | None = None
    voided_at: datetime | None = None  # when it became void, where it had been listed
    last_seen_at: datetime | None = None  # by the police record; the start may be the time of the report
    setting: str | None = None  # missing from

    @property
    def grew_up(self) -> bool:
        """Tell if the 18th birthday came before the child was found."""
        until = self.until_at
        return self.end_reason == AS_ADULT or (until != FOREVER and (self.end_at is None or self.end_at > until))

    def seen(self, now: datetime) -> Episode:
        """Return the episode as a list may know it at a moment."""
        stored = End(self.end_at, self.until_at, self.found_at, self.returned_at, self.interview)
        known = {f.name: getattr(self, f.name) for f in fields(Episode)}
        known |= seen_end(self.start_at, self.end_reason, stored, now)._asdict()
        return Episode(
            **known | {"age_band": age_band(self.age, partnership().age_bands), "under_13": under_13(self.age)}
        )


@cache
def partnership() -> Partnership:
    """Return the practice partnership without its rota."""
    return replace(read_partnership(PRACTICE_FILE), rota=()).with_holidays(by_division())


def reference(child: int) -> str:
    """Return an invented child's reference: OX-2222, OX-2223 ..."""
    code = ""
    for _ in range(4):
        child, digit = divmod(child, len(ALPHABET))
        code = ALPHABET[digit] + code
    return f"OX-{code}"


def person(name: str) -> Person:
    """Return a person of the practice partnership."""
    found = partnership().person(name)
    assert found, name
    return found


def somebody(role: Role, *areas: str, code: str = "", **changes: Any) -> Person:
    """Return a person with a role that nobody has in the practice partnership."""
    return Person(id=f"some-{role}", role=role, agency="council", areas=areas, worker_code=code, **changes)


def interview(back: datetime | None, *, date_only: bool = False, **facts: Any) -> Interview:
    """Return the interview of a child who came back then, with no steps but those in `facts`."""
    if back is None:
        return Interview(**facts)
    limit = counts_until(back, date_only=date_only)
    return Interview(back, interview_due(back), limit, date_only, **facts)


def episode(
    child: int = 1,
    start: datetime = YESTERDAY,
    back: datetime | None = None,
    *,
    birth: date | None = BORN,
    worker: str | None = None,
    **changes: Any,
) -> Recorded:
    """Return an episode from `start` to `back`, or open; derive age, end and interview from them (R1, R17-R19)."""
    plain = Recorded(
        id=next(_ids),
        child_id=child,
        child_ref=reference(child),
        kind="missing",
        start_at=start,
        last_seen_at=start,
        reported_at=start + hours(1),
        reporter="parent",
        end_at=back,
        until_at=min(back or FOREVER, turns_18_at(birth) if birth else FOREVER),
        found_at=None,
        returned_at=back,
        end_reason="returned_self" if back else None,
        area="north",
        area_basis="team",
        age=age_on(birth, local_day(start)) if birth else None,
        age_band="",  # from the age, when it is seen
        under_13=False,
        lac=False,
        uasc=False,
        cp=False,
        hosted=False,
        grade="medium",
        graded_at=start + hours(2),
        prevention_at=back,
        police=True,
        council=True,
        interview=interview(back, worker=worker),
    )
    return replace(plain, **changes)


def every_month(first: date, last: date) -> list[Recorded]:
    """Return a record in each month that no figure counts: no month is one without a record."""
    starts = [date(year, month, 9) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    return [episode(900, day_start(day), kind="void") for day in starts if first <= day <= last]


def away(child: int = 1, start: datetime = YESTERDAY, back: datetime | None = None, **changes: Any) -> Recorded:
    """Return an absence from placement with known whereabouts: looked-after children only, and no interview is due."""
    return episode(child, start, back, kind="away", lac=True, police=False, grade=None, graded_at=None, **changes)


def sources(taken_at: datetime | None = NOW, **taken: datetime | None) -> tuple[Freshness, ...]:
    """Return the three exports, all taken at one moment but those named: `sources(police=None)`."""
    chosen = partnership().sources
    return tuple(
        Freshness(
            source=name,
            name=each.name,
            taken_at=taken.get(name, taken_at),
            stale_after_hours=each.stale_after_hours,
            refuse_after_hours=each.refuse_after_hours,
        )
        for name, each in (("police", chosen.police), ("children", chosen.children), ("interviews", chosen.interviews))
    )
