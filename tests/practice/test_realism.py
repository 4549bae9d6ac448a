"""The practice data could be true: times in order, ages, grades, pairs, clock changes, gaps as in real exports."""

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from tests.support.practice_reading import LONDON, Episode, Exports, british, council_time, police_time

HOUR = timedelta(hours=1)
POLICE_TAKEN = datetime.fromisoformat("2017-07-05T07:41+01:00")
COUNCIL_TAKEN = datetime.fromisoformat("2017-07-05T05:00+01:00")


def share(episodes: list[Episode], wanted: list[Episode]) -> float:
    return len(wanted) / len(episodes)


def test_every_code_is_only_a_code(exports: Exports) -> None:
    words = {"team", "area", "birth_date"}
    for table in (exports.police, exports.children, exports.interviews):
        for row in table:
            for column, value in row.items():
                if column not in words and not column.endswith(("_at", "_from", "_to")):
                    assert all(re.fullmatch(r"[A-Za-z0-9._/-]{1,32}", v) for v in value.split(";") if value)


def test_references_are_unique(exports: Exports) -> None:
    assert len({row["episode_id"] for row in exports.interviews}) == len(exports.interviews)
    assert len({(row["child_id"], row["placement_from"]) for row in exports.children}) == len(exports.children)
    people = {row["child_id"]: row["police_ref"] for row in exports.children}
    assert len({row["police_ref"] or row["child_id"] for row in exports.children}) == len(people)


def test_nothing_is_later_than_its_export(exports: Exports) -> None:
    times = [police_time(v) for row in exports.police for k, v in row.items() if k.endswith("_at")]
    assert max(t for t in times if t) <= POLICE_TAKEN
    times = [council_time(v) for row in exports.interviews for k, v in row.items() if k.endswith("_at")]
    assert max(t for t in times if t) <= COUNCIL_TAKEN
    days = [v for row in exports.children for k, v in row.items() if k.endswith(("_from", "_to"))]
    assert max(days) <= "2017-07-05"


def test_episodes_of_a_child_never_overlap(exports: Exports) -> None:
    by_child = defaultdict(list)
    for e in exports.episodes:
        by_child[e.child].append(e)
    same_day = 0
    for episodes in by_child.values():
        for earlier, later in pairwise(sorted(episodes, key=lambda e: e.start)):
            assert earlier.end
            assert earlier.back
            assert max(earlier.end, earlier.back) + timedelta(minutes=10) <= later.start
            same_day += earlier.day == later.day
    assert same_day >= 5


def test_all_of_the_half_years_have_ended(year: list[Episode]) -> None:
    assert all(e.end and e.back and e.back.astimezone(LONDON).date() <= date(2017, 7, 2) for e in year)


def test_lengths_and_reports(year: list[Episode]) -> None:
    hours = [(e.end - e.start) / HOUR for e in year if e.end]
    assert 8 <= median(hours) <= 12
    assert min(hours) > 0.15
    assert sum(h > 72 for h in hours) >= 5
    for e in year:
        seen, reported = (police_time(e.police.get(c, "")) for c in ("last_seen_at", "reported_at"))
        if seen and reported:
            assert 0.5 * HOUR <= reported - seen <= 6 * HOUR
            assert e.end
            assert e.end > reported


def test_mostly_in_the_evening(year: list[Episode]) -> None:
    assert share(year, [e for e in year if not 6 <= e.start.astimezone(LONDON).hour < 17]) > 0.6


def test_a_spike_in_october_and_november(year: list[Episode]) -> None:
    months = Counter((e.day.year, e.day.month) for e in year)
    assert {month for month, _ in months.most_common(2)} == {(2016, 10), (2016, 11)}
    others = sum(months[2016, m] for m in (7, 8, 9, 12)) / 4
    assert min(months[2016, 10], months[2016, 11]) >= 1.25 * others


def test_ages(year: list[Episode], exports: Exports) -> None:
    assert {e.age for e in exports.episodes} == set(range(9, 18))
    assert share(year, [e for e in year if 13 <= e.age <= 15]) > 0.5
    children = {e.child: e.age for e in sorted(year, key=lambda e: e.start, reverse=True)}
    assert sum(13 <= age <= 15 for age in children.values()) > len(children) / 2


def test_care_periods(exports: Exports) -> None:
    for row in exports.children:
        birth, since, until = (row[c] for c in ("birth_date", "looked_after_from", "looked_after_to"))
        born = date.fromisoformat(birth)
        grown = f"{born.replace(year=born.year + 18, day=min(born.day, 28))}"
        if since:
            assert birth <= since < (until or "2017-07-06")
            assert until or grown > "2017-07-01"
            assert not until or until <= f"{born.replace(year=born.year + 18)}"
        assert bool(row["uasc_from"]) <= bool(since)
        assert (row["case_status"] == "lac") == bool(since and not until)
        assert bool(row["iro"]) == bool(since and not until and not row["placing_authority"])


def test_missing_from_agrees_with_care(exports: Exports) -> None:
    for e in exports.missing:
        if e.police:
            assert (e.police["missing_from"] == "care") == e.lac
        if e.police and e.police["missing_from"] == "school":
            assert e.day.weekday() < 5
            assert 8 <= e.start.astimezone(LONDON).hour < 16


def test_some_enter_care_between_episodes(year: list[Episode]) -> None:
    states = defaultdict(set)
    for e in year:
        states[e.child].add(e.lac)
    assert sum(len(s) == 2 for s in states.values()) >= 2


def test_child_protection_covers_some_episodes(year: list[Episode]) -> None:
    assert sum(e.cp for e in year) >= 10
    assert not any(e.cp and e.lac for e in year)


def test_districts_belong_to_the_team(exports: Exports) -> None:
    districts = {
        "north": {"Cherwell", "West Oxfordshire"},
        "south": {"South Oxfordshire", "Vale of White Horse"},
        "central": {"Oxford City"},
    }
    everywhere = set().union(*districts.values())
    assert all(e.police["area"] in districts.get(e.area, everywhere) for e in exports.missing if e.police)


def test_grades(exports: Exports, year: list[Episode]) -> None:
    grades = Counter(row["risk"] for row in exports.police)
    assert grades["medium"] > 0.5 * len(exports.police)
    assert grades["high"] > grades["low"] > 50
    absent = [row for row in exports.police if row["risk"] == "absent"]
    assert 3 <= len(absent) <= 30
    assert all(british(row["reported_at"][:10]).year == 2016 for row in absent)
    assert 3 <= sum(not e.police["risk"] for e in year if e.police) <= 40
    assert all(bool(row["risk"]) == bool(row["risk_at"]) for row in exports.police)


def test_raised_grades(exports: Exports) -> None:
    by_ref = defaultdict(list)
    for row in exports.police:
        by_ref[row["occurrence_ref"]].append(row)
    twice = [r for r in by_ref.values() if len(r) > 1]
    assert len(twice) >= 20
    order = ["low", "medium", "high"]
    for first, second in twice:
        assert order.index(first["risk"]) < order.index(second["risk"])
        graded, raised = police_time(first["risk_at"]), police_time(second["risk_at"])
        assert graded
        assert raised
        assert graded < raised


def test_prevention_interviews(year: list[Episode]) -> None:
    known = [e for e in year if e.police]
    logged = [police_time(e.police["prevention_interview_at"]) for e in known]
    delays = [(at - e.back) / HOUR for at, e in zip(logged, known, strict=True) if at and e.back]
    assert 0.85 < len(delays) / len(known) < 1
    assert min(delays) > 0
    assert median(delays) < 8


def test_missing_and_found_together(exports: Exports) -> None:
    named = [e for e in exports.missing if e.police.get("found_with")]
    pairs, unreported = 0, 0
    for e in named:
        company = e.police["found_with"].split(";")
        others = [
            o for o in named if o.police["police_ref"] in company and o.police["found_at"] == e.police["found_at"]
        ]
        mutual = [o for o in others if e.police["police_ref"] in o.police["found_with"].split(";")]
        pairs += len(mutual)
        assert all(abs(o.start - e.start) <= 9 * HOUR for o in mutual)
        assert all(o.police["area"] == e.police["area"] for o in mutual)
        unreported += not is_missing(exports, company[0], e)
    assert pairs >= 2 * 25
    assert 3 <= unreported <= 10


def is_missing(exports: Exports, police_ref: str, company: Episode) -> bool:
    theirs = [e for e in exports.missing if e.police.get("police_ref") == police_ref and e.end]
    return any(e.start < company.start + 9 * HOUR and e.end and company.end and e.end >= company.end for e in theirs)


def test_matching(year: list[Episode]) -> None:
    council_only = [e for e in year if not e.police]
    police_only = [e for e in year if not e.council]
    assert (len(council_only), len(police_only)) == (6, 5)
    assert all(e.lac for e in council_only)
    assert all(e.person for e in year)


def test_current_team_is_that_of_the_last_episode(year: list[Episode]) -> None:
    last = {e.child: e for e in sorted(year, key=lambda e: e.start)}
    teams = {"Northern": "north", "Southern": "south", "Central": "central", "Disability": "disability"}
    assert all(teams[e.person["team"]] == e.area for e in last.values())


def test_away_changes_no_figure(exports: Exports) -> None:
    away = [e for e in exports.episodes if e.kind == "away"]
    assert len(away) == 12
    assert all(e.lac and not e.police and e.end for e in away)
    missing = {e.child for e in exports.missing}
    assert 0 < sum(e.child in missing for e in away) < 12


def test_no_hosted_child_and_no_exempt_interview_in_the_half_years(year: list[Episode]) -> None:
    assert not any(e.person["placing_authority"] for e in year)
    exempt = {"turned_18", "died", "error", "placing_la_responsible"}
    assert not any(e.council.get("outcome_reason") in exempt for e in year)
    assert not any(e.police.get("end_reason") in {"turned_18", "died", "error_duplicate"} for e in year)
