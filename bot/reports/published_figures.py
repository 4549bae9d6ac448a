"""Compare every figure of the 2017 report with the loaded records, as a check of the counting."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from bot.conversation.reply import Reply, Table
from bot.rules.access.permissions import Scope
from bot.rules.figures import Change, Frequency, InterviewTally, Rate, bands, top_share
from bot.rules.model import LookedAfter
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Facts
from bot.rules.time.period import parse_period

#: Keys whose value is what the report printed although it is wrong: shown, never reproduced.
PRINTED = "printed_pct"
_FOSTER = ("own_foster", "kinship")
#: The two census days of looked-after children.
EARLIER, LATER = "2016-11-30", "2017-05-31"


def compare(file: Path, facts: Facts, partnership: Partnership, now: datetime) -> Reply:
    """Return a table of every number of the file with the bot's beside it, differences first.

    The bot's is empty for a number that no record gives.
    """
    counts = RecordCounts(facts, partnership, now)
    content = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    rows = []
    for place, value in _numbers(content):
        if PRINTED not in place:
            published, counted = Decimal(value), ours(counts, content, place)
            result = "same" if counted == published else "DIFFERS"
            rows.append((".".join(place), _number(published), _number(counted), result))
    rows.sort(key=lambda row: row[3] == "same")
    same = sum(row[3] == "same" for row in rows)
    return Reply(
        title=f"Published figures reproduced: {same} of {len(rows)}",
        level=0,
        text=(
            "Two figures of the report are wrong, and ours are right: it prints 15.6 % where 135 to 157 children",
            "is +16.3 %, and 16 % of all missing reports where 41 of 603 episodes is 6.8 %.",
        ),
        tables=(Table("Figures of the 2017 report", ("Figure", "Published", "Ours", "Result"), tuple(rows)),),
        status="ok" if same == len(rows) else "failed",
    )


def _number(value: Decimal | None) -> int | float | None:
    """Return a count as a whole number, a percentage with its decimal."""
    if value is None:
        return None
    return int(value) if value.as_tuple().exponent == 0 else float(value)


class RecordCounts:
    """Counts of the loaded records, each counted once."""

    def __init__(self, facts: Facts, partnership: Partnership, now: datetime) -> None:
        self.facts, self.partnership, self.now = facts, partnership, now
        self.county = Scope(tuple(a.id for a in partnership.areas))
        self._frequencies: dict[tuple[str, str, str | None], Frequency] = {}
        self._tallies: dict[str, Mapping[str, InterviewTally]] = {}
        self._looked_after: dict[str, tuple[LookedAfter, ...]] = {}

    def frequency(self, area: str, label: str, cohort: str | None = None) -> Frequency:
        key = area, label, cohort
        if key not in self._frequencies:
            scope = self.county if area == "all" else Scope((area,))
            self._frequencies[key] = self.facts.frequency(scope, parse_period(label, self.now), cohort)
        return self._frequencies[key]

    def interviews(self, team: str, label: str) -> InterviewTally:
        if label not in self._tallies:
            self._tallies[label] = self.facts.tallies(self.county, parse_period(label, self.now), self.now)
        found = self._tallies[label]
        return sum(found.values(), InterviewTally()) if team == "total" else found.get(team, InterviewTally())

    def looked_after(self, day: str, wanted: Callable[[LookedAfter], bool]) -> Decimal:
        if day not in self._looked_after:
            self._looked_after[day] = tuple(self.facts.looked_after(date.fromisoformat(day)))
        return Decimal(sum(group.children for group in self._looked_after[day] if wanted(group)))


def _numbers(content: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, (*place, key))
        else:
            yield (*place, key), value


def ours(counts: RecordCounts, content: Mapping[str, Any], place: tuple[str, ...]) -> Decimal | None:
    """Return the bot's figure for one place of the file."""
    if place[-1] == "change_pct":
        # From the bot's own two counts beside it.
        beside: Any = content
        for key in place[:-1]:
            beside = beside[key]
        old, new = [key for key in beside if key not in ("change_pct", PRINTED)][:2]
        before, after = (ours(counts, content, (*place[:-1], key)) for key in (old, new))
        return None if before is None or after is None else Change(int(before), int(after)).percent
    if place[0] == "looked_after":
        return _looked_after(counts, place[1:])
    if place[0] == "interviews":
        team, label, measure = place[1:4]
        tally = counts.interviews(team, label)
        counted = {"episodes": tally.episodes, "completed": tally.held, "recorded_72h": tally.recorded_in_time}
        if measure in counted:
            return Decimal(counted[measure])
        rates = {
            "completed_pct": Rate(tally.held, tally.episodes),
            "recorded_72h_pct": Rate(tally.recorded_in_time, tally.held),
        }
        return rates[measure].percent
    found = _count(counts, place)
    return None if found is None else Decimal(found)


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


def _looked_after(counts: RecordCounts, place: tuple[str, ...]) -> Decimal | None:
    homes = [p for p in counts.partnership.providers if p.kind == "residential"]
    match place:
        case ("excluding_uasc" | "uasc" | "total" as which, day):
            uasc = {"excluding_uasc": (False,), "uasc": (True,), "total": (False, True)}[which]
            return counts.looked_after(day, lambda group: group.uasc in uasc)
        case ("residential", "own_provision" | "private" as ownership):
            owner = "own" if ownership == "own_provision" else "private"
            codes = {code for home in homes if home.ownership == owner for code in home.codes}
            return counts.looked_after(LATER, lambda g: g.placement == "residential" and g.provider in codes)
        case ("residential", day):
            return counts.looked_after(day, lambda group: group.placement == "residential")
        case ("placement_change_pct", name):
            # The change between the two census days, of children who are not UASC.
            names = {"own_foster_and_kinship": _FOSTER, "independent_fostering_agency": ("ifa",)}.get(name, (name,))
            old = counts.looked_after(EARLIER, lambda g: g.placement in names and not g.uasc)
            new = counts.looked_after(LATER, lambda g: g.placement in names and not g.uasc)
            return Change(int(old), int(new)).percent
        case ("north_share_of_residential_providers_pct",):
            in_the_north = sum(len(home.codes) for home in homes if home.area == "north")
            return Rate(in_the_north, sum(len(home.codes) for home in homes)).percent
    return None
