"""Compare every figure of the 2017 report with the loaded records, as a check of the counting."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from bot.conversation.reply import Cell, Reply, Table
from bot.messages.half_year_table import ages
from bot.rules.access.permissions import Scope
from bot.rules.figures import Change, Frequency, InterviewTally, Rate, bands, top_share
from bot.rules.model import LookedAfter
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import Facts
from bot.rules.time.period import parse_period

#: Keys whose value is what the report printed although it is wrong: corrected, never reproduced.
PRINTED = "printed_pct"
#: Why a printed figure of the tables is another one, by the place of the right one.
CORRECTED: Mapping[tuple[str, ...], str] = {
    ("bands", "1", "change_pct"): "135 to 157 is +16.3%; 15.6% would be 135 to 156",
}
COLUMNS = ("Figure", "Printed by the report", "Ours", "Result", "Why")
_FOSTER = ("own_foster", "kinship")
#: The two census days of looked-after children.
EARLIER, LATER = "2016-11-30", "2017-05-31"
_EARLIER, _LATER = "H2-2016", "H1-2017"


def compare(file: Path, facts: Facts, partnership: Partnership, now: datetime) -> Reply:
    """Return a table of every figure that the report prints, or that follows from it, with ours beside it.

    Those that differ come first, then the corrected ones and those that no record can give.
    """
    counts = RecordCounts(facts, partnership, now)
    content = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    sentences = content.pop("text", [])
    rows = [*_of_tables(counts, content), *(_of_text(counts, content, given) for given in sentences)]
    order = ("DIFFERS", "corrected", "cannot be checked", "same")
    rows.sort(key=lambda row: order.index(row[3]))
    number = {result: sum(row[3] == result for row in rows) for result in order}
    return Reply(
        title=f"Published figures reproduced: {number['same']} of {len(rows)}",
        level=0,
        text=(
            f"{number['corrected']} are printed wrongly and corrected, {number[order[2]]} are in no record, "
            f"{number['DIFFERS']} differ.",
        ),
        tables=(Table("Figures of the 2017 report", COLUMNS, tuple(rows)),),
        status="failed" if number["DIFFERS"] else "ok",
    )


Line = tuple[str, Cell, Cell, str, str]


def _of_tables(counts: RecordCounts, content: Mapping[str, Any]) -> Iterator[Line]:
    for place, value in _numbers(content):
        if PRINTED in place:
            continue
        published, counted = Decimal(value), ours(counts, content, place)
        printed = _beside(content, place).get(PRINTED, value) if place[-1] == "change_pct" else value
        result, why = ("same", "") if counted == published else ("DIFFERS", f"it should be {published}")
        if result == "same" and Decimal(printed) != published:
            result, why = "corrected", CORRECTED.get(place, "")
        shown: Cell = _number(Decimal(printed))
        if _follows(place):
            shown, why = None, why or f"{published} follows from what is printed"
        yield (".".join(place), shown, _number(counted), result, why)


def _follows(place: tuple[str, ...]) -> bool:
    """Return True for a figure that is not printed, and follows from percentages and sums that are."""
    match place:
        case ("interviews", team, _, measure):
            return measure in ("completed", "recorded_72h") or (measure == "episodes" and team == "disability")
        case ("areas", "disability", *_) | ("uasc", "share_of_episodes_pct", _):
            return True
        case ("looked_after", "excluding_uasc" | "uasc", day):
            return day == EARLIER
        case ("looked_after", "total", day):
            return day != "change_pct"
    return False


def _of_text(counts: RecordCounts, content: Mapping[str, Any], given: Mapping[str, str]) -> Line:
    """Compare a figure of a sentence: the same words, or corrected with the reason."""
    where, printed, why = given["where"], given["printed"], given.get("why", "")
    if "ours" not in given:
        return where, printed, None, "cannot be checked", why
    counted = _said(counts, content, tuple(given["ours"].split(".")))
    # A reason beside the same number says what the sentence around it gets wrong.
    if counted == printed:
        return where, printed, counted, "same", why
    return where, printed, counted, "corrected" if why and counted is not None else "DIFFERS", why


def _said(counts: RecordCounts, content: Mapping[str, Any], place: tuple[str, ...]) -> str | None:
    """Return our figure as a sentence would print it."""
    period, before = (parse_period(label, counts.now) for label in (_LATER, _EARLIER))
    match place:
        case ("period", "ends"):
            return f"{period.last.day} {period.last:%B %Y}"
        case ("period", "months"):
            return f"{period.first:%B} - {period.last:%B %Y}"
        case ("ages", "most"):
            found = ages(counts.facts, counts.partnership, counts.county, period)
            return max(found, key=lambda band: found[band][0]) if found else None
        case ("repeat", "change"):
            old, new = (counts.facts.frequency(counts.county, p).repeat_children for p in (before, period))
            return _direction(old, new)
        case (*beside, "difference" | "direction" as which):
            first, last = (ours(counts, content, (*beside, label)) for label in (_EARLIER, _LATER))
            if first is None or last is None:
                return None
            return f"{abs(last - first)}" if which == "difference" else _direction(first, last)
    counted = ours(counts, content, place)
    if counted is None:
        return None
    return f"{counted}%" if "pct" in ".".join(place) else f"{counted}"


def _direction(old: Decimal | int, new: Decimal | int) -> str:
    return "fewer" if new < old else "more" if new > old else "as many"


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


def _beside(content: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the table of the file in which a place is."""
    beside: Any = content
    for key in place[:-1]:
        beside = beside[key]
    return beside  # type: ignore[no-any-return]


def ours(counts: RecordCounts, content: Mapping[str, Any], place: tuple[str, ...]) -> Decimal | None:
    """Return the bot's figure for one place of the file."""
    if place[-1] == "change_pct":
        # From the bot's own two counts beside it.
        beside = _beside(content, place)
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
        case ("uasc", "share_of_episodes_pct", label):
            uasc, everybody = counts.frequency("all", label, "uasc"), counts.frequency("all", label)
            return Rate(uasc.episodes, everybody.episodes).percent
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
