"""Compare every figure of the 2017 report with the loaded records, as a check of the counting."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from bot.conversation.reply import Reply, Table
from bot.rules.access.permissions import Scope
from bot.rules.figures.rates import Change, Frequency, InterviewTally, Rate, bands, top_share
from bot.rules.model import LookedAfter, Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Facts
from bot.rules.time.period import parse_period

#: Keys whose value is what the report printed although it is wrong: shown, never reproduced.
PRINTED = "printed_pct"
_FOSTER = ("own_foster", "kinship")


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One published figure and the bot's; `ours` is None if the records cannot give it."""

    place: str
    published: Decimal
    ours: Decimal | None

    @property
    def same(self) -> bool:
        return self.ours is not None and self.ours == self.published


class RecordCounts:
    """Counts of the loaded records, each counted once."""

    def __init__(self, facts: Facts, partnership: Partnership, now: datetime) -> None:
        self.facts, self.partnership, self.now = facts, partnership, now
        self.county = Scope(tuple(a.id for a in partnership.areas))
        self.frequency: Callable[..., Frequency] = cache(self._frequency)
        self.tallies: Callable[[str], Mapping[str, InterviewTally]] = cache(self._tallies)
        self.looked_after: Callable[[date], tuple[LookedAfter, ...]] = cache(lambda day: tuple(facts.looked_after(day)))

    def period(self, label: str) -> Period:
        return parse_period(label, self.now)

    def _frequency(self, area: str, label: str, cohort: str | None = None) -> Frequency:
        scope = self.county if area == "all" else Scope((area,))
        return self.facts.frequency(scope, self.period(label), cohort)

    def _tallies(self, label: str) -> Mapping[str, InterviewTally]:
        return self.facts.tallies(self.county, self.period(label), self.now)

    def interviews(self, team: str, label: str) -> InterviewTally:
        found = self.tallies(label)
        return sum(found.values(), InterviewTally()) if team == "total" else found.get(team, InterviewTally())


def check(file: Path, facts: Facts, partnership: Partnership, now: datetime) -> list[ComparedFigure]:
    """Return every number of the file with the bot's beside it; `ours` is None for a number that no record gives."""
    counts = RecordCounts(facts, partnership, now)
    content = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    return [
        ComparedFigure(".".join(p), Decimal(v), ours(counts, content, p))
        for p, v in _numbers(content)
        if PRINTED not in p
    ]


def _numbers(content: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, (*place, key))
        else:
            yield (*place, key), value


def ours(counts: RecordCounts, content: Mapping[str, Any], place: tuple[str, ...]) -> Decimal | None:
    """Return the bot's figure for one place of the file."""
    if place[-1] == "change_pct":
        return _change(counts, content, place[:-1])
    if place[0] == "looked_after":
        return _looked_after(counts, place[1:])
    if place[0] == "interviews":
        return _interview(counts.interviews(place[1], place[2]), place[3])
    found = _count(counts, place)
    return None if found is None else Decimal(found)


def _change(counts: RecordCounts, content: Mapping[str, Any], place: tuple[str, ...]) -> Decimal | None:
    """Return the change between the two counts beside it, from the bot's own counts."""
    beside: Any = content
    for key in place:
        beside = beside[key]
    old, new = [k for k in beside if k not in ("change_pct", PRINTED)][:2]
    a, b = ours(counts, content, (*place, old)), ours(counts, content, (*place, new))
    return None if a is None or b is None else Change(int(a), int(b)).percent


def _count(counts: RecordCounts, place: tuple[str, ...]) -> int | Decimal | None:
    match place:
        case ("county", "lac_children", label):
            return counts.frequency("all", label, "lac").children
        case ("county", measure, label):
            return _measure(counts.frequency("all", label), measure)
        case ("bands", band, label):
            rows = bands(counts.frequency("all", label), counts.partnership.frequency_bands)
            return next((r.children for r in rows if r.band.label == band), None)
        case ("uasc", measure, label):
            return _measure(counts.frequency("all", label, "uasc"), measure)
        case ("areas", area, "top_11_children_share_of_episodes_pct", label):
            # The report prints this share in whole percent.
            rate = top_share(counts.frequency(area, label), 11).rate
            share = Decimal(100 * rate.numerator) / Decimal(rate.denominator) if rate.denominator else None
            return None if share is None else share.quantize(Decimal(1), ROUND_HALF_UP)
        case ("areas", area, measure, label):
            return _measure(counts.frequency(area, label), measure)
    return None


def _measure(frequency: Frequency, measure: str) -> int | None:
    return {"children": frequency.children, "episodes": frequency.episodes}.get(measure)


def _interview(tally: InterviewTally, measure: str) -> Decimal | None:
    rates = {
        "completed_pct": Rate(tally.held, tally.episodes),
        "recorded_72h_pct": Rate(tally.recorded_in_time, tally.held),
    }
    counted = {"episodes": tally.episodes, "completed": tally.held, "recorded_72h": tally.recorded_in_time}
    return Decimal(counted[measure]) if measure in counted else rates[measure].percent


def _looked_after(counts: RecordCounts, place: tuple[str, ...]) -> Decimal | None:
    match place:
        case ("excluding_uasc" | "uasc" | "total" as which, day):
            wanted = {"excluding_uasc": (False,), "uasc": (True,), "total": (False, True)}[which]
            return _sum(counts, day, lambda x: x.uasc in wanted)
        case ("residential", "own_provision" | "private" as ownership):
            homes = {
                c
                for p in counts.partnership.providers
                if p.kind == "residential" and p.ownership == ("own" if ownership == "own_provision" else "private")
                for c in p.codes
            }
            return _sum(counts, "2017-05-31", lambda x: x.placement == "residential" and x.provider in homes)
        case ("residential", day):
            return _sum(counts, day, lambda x: x.placement == "residential")
        case ("placement_change_pct", name):
            return _placement_change(counts, name)
        case ("north_share_of_residential_providers_pct",):
            return _provider_share(counts.partnership, "north")
    return None


def _sum(counts: RecordCounts, day: str, wanted: Callable[[LookedAfter], bool]) -> Decimal:
    return Decimal(sum(x.children for x in counts.looked_after(date.fromisoformat(day)) if wanted(x)))


def _placement_change(counts: RecordCounts, name: str) -> Decimal | None:
    """Return the change between the two census days, of children who are not UASC."""
    names = {"own_foster_and_kinship": _FOSTER, "independent_fostering_agency": ("ifa",)}.get(name, (name,))
    old, new = (
        _sum(counts, day, lambda x: x.placement in names and not x.uasc) for day in ("2016-11-30", "2017-05-31")
    )
    return Change(int(old), int(new)).percent


def _provider_share(partnership: Partnership, area: str) -> Decimal | None:
    homes = [(p.area, len(p.codes)) for p in partnership.providers if p.kind == "residential"]
    return Rate(sum(n for a, n in homes if a == area), sum(n for _, n in homes)).percent


def as_reply(found: list[ComparedFigure]) -> Reply:
    """Return the check as a table, differences first."""
    rows = tuple((c.place, _number(c.published), _number(c.ours), "same" if c.same else "DIFFERS") for c in found)
    ordered = tuple(sorted(rows, key=lambda r: r[3] == "same"))
    same = sum(c.same for c in found)
    return Reply(
        title=f"Published figures reproduced: {same} of {len(found)}",
        level=0,
        text=(
            "Two figures of the report are wrong, and ours are right: it prints 15.6 % where 135 to 157 children",
            "is +16.3 %, and 16 % of all missing reports where 41 of 603 episodes is 6.8 %.",
        ),
        tables=(Table("Figures of the 2017 report", ("Figure", "Published", "Ours", "Result"), ordered),),
        status="ok" if same == len(found) else "failed",
    )


def _number(value: Decimal | None) -> int | float | None:
    """Return a count as a whole number, a percentage with its decimal."""
    if value is None:
        return None
    return int(value) if value.as_tuple().exponent == 0 else float(value)
