"""Figures of interviews: the percentages of the 2017 report, the counts of each, and the median."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.bank_holidays import by_division
from bot.rules.figures import (
    InterviewTally,
    OwedInterview,
    PeopleInterviewed,
    Rate,
    kpis,
    median_hours,
    median_hours_of,
    private_kpis,
    tally,
    working_days_end,
)
from bot.rules.model import Episode
from bot.rules.time.clock import day_start, local_day
from tests.support.episodes import after, clock_running, episode
from tests.support.factories import at, hours

SECOND = timedelta(seconds=1)
LATER = after(1000)

#: domain.md section 2.4: episodes, completed, recorded within 72 h, and both percentages as printed.
REPORT = [
    ("Central 2016", 373, 342, 231, "91.7", "67.5"),
    ("Northern 2016", 195, 186, 101, "95.4", "54.3"),
    ("Southern 2016", 148, 142, 64, "95.9", "45.1"),
    ("Disability 2016", 5, 4, 3, "80.0", "75.0"),
    ("Total 2016", 721, 674, 399, "93.5", "59.2"),
    ("Central 2017", 254, 232, 145, "91.3", "62.5"),
    ("Northern 2017", 188, 171, 93, "91.0", "54.4"),
    ("Southern 2017", 159, 150, 80, "94.3", "53.3"),
    ("Disability 2017", 2, 2, 2, "100.0", "100.0"),
    ("Total 2017", 603, 555, 320, "92.0", "57.7"),
]


def reported(ended: int, held: int, in_time: int) -> list[Episode]:
    """Make episodes of which so many interviews were held, and so many of those recorded in time."""
    recorded = clock_running(offered_at=after(1), response="accepted", held_at=after(48), recorded_at=after(72))
    late = replace(recorded, recorded_at=after(72) + SECOND)
    each = ((recorded, in_time), (late, held - in_time), (clock_running(), ended - held))
    return [episode(interview) for interview, number in each for _ in range(number)]


@pytest.mark.parametrize(
    ("ended", "held", "in_time", "completed", "recorded"), [r[1:] for r in REPORT], ids=[r[0] for r in REPORT]
)
def test_the_twenty_percentages_of_the_report(
    ended: int, held: int, in_time: int, completed: str, recorded: str
) -> None:
    """ "Recorded within 72 hours" is a share of the completed interviews: no count fits the episodes."""
    by_id = {k.id: k.rate for k in kpis(tally(reported(ended, held, in_time), LATER))}
    assert (by_id["K5"], str(by_id["K5"].percent)) == (Rate(held, ended), completed)
    assert (by_id["K7"], str(by_id["K7"].percent)) == (Rate(in_time, held), recorded)


@pytest.mark.parametrize(("year", "of_all"), [("2016", "55.3"), ("2017", "53.1")])
def test_the_report_of_all_episodes(year: str, of_all: str) -> None:
    """K8, which the report does not print: of all episodes barely more than half, not 59.2 and 57.7 %."""
    *teams, total = [r for r in REPORT if r[0].endswith(year)]
    added = sum((tally(reported(*r[1:4]), LATER) for r in teams), InterviewTally())
    assert (added.episodes, added.held, added.recorded_in_time) == total[1:4]
    k8 = {k.id: k.rate for k in kpis(added)}["K8"]
    assert (k8.denominator, str(k8.percent)) == (total[1], of_all)


def test_kpis_are_named_and_say_how_they_are_counted() -> None:
    numbered = InterviewTally(*range(101, 101 + len(fields(InterviewTally))))
    found = {k.id: (k.rate.numerator, k.rate.denominator) for k in kpis(numbered)}
    n = numbered
    assert found == {
        "K1": (n.offered, n.required),
        "K2": (n.offered_in_time, n.due),
        "K3": (n.accepted, n.offered),
        "K4": (n.declined, n.offered),
        "K5": (n.held, n.episodes),
        "K6": (n.held_in_time, n.due),
        "K7": (n.recorded_in_time, n.held),
        "K8": (n.recorded_in_time_required, n.due),
        "K9": (n.resolved, n.required),
    }
    assert all(k.label and " / " in k.formula for k in kpis(numbered))
    assert len(set(astuple(numbered))) == len(fields(InterviewTally))
    assert all(k.rate.text == "0/0 n/a" for k in kpis(InterviewTally()))


def test_names_of_the_figures_are_those_of_the_rule_book() -> None:
    assert [(k.id, k.label, k.formula) for k in kpis(InterviewTally())] == [
        ("K1", "Offered", "offered / required"),
        ("K2", "Offered within 72 h", "offered within 72 h / due by now"),
        ("K3", "Accepted (of offered)", "accepted / offered"),
        ("K4", "Declined (of offered)", "declined / offered"),
        ("K5", "Completed", "held / ended missing episodes"),
        ("K6", "Held within 72 h", "held within 72 h / due by now"),
        ("K7", "Recorded within 72 h (of completed)", "held and recorded within 72 h / held"),
        ("K8", "Recorded within 72 h (of due)", "held and recorded within 72 h / due by now"),
        ("K9", "Resolved", "held, declined with carer contacted, or not possible with a reason / required"),
    ]
    assert [(k.id, k.label) for k in private_kpis([], (), LATER)] == [
        ("K11", "Told late (of not held within 72 h)"),
        ("K12", "Held within 3 working days (local)"),
    ]


def test_a_tally_of_nothing_is_nothing() -> None:
    assert set(astuple(InterviewTally())) == {0}
    assert PeopleInterviewed() == (0, 0, 0, 0)


# K10 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        ([3.0], "3.0"),
        ([1.0, 2.0], "1.5"),
        ([50.0, 1.0, 2.0], "2.0"),
        ([0.05], "0.1"),
        ([0.0, 0.1], "0.1"),  # 0.05 h, half up
        ([-2.0], "-2.0"),
    ],
)
def test_median_hours(spans: list[float], text: str) -> None:
    assert str(median_hours([timedelta(hours=h) for h in spans])) == text


def test_no_median_of_nothing() -> None:
    assert median_hours([]) is None


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_median_against_statistics(seconds: list[int]) -> None:
    found = median_hours([timedelta(seconds=s) for s in seconds])
    assert found is not None
    assert abs(found - Decimal(median(seconds)) / 3600) <= Decimal("0.0500000001")


@given(st.lists(st.integers(-(10**5), 10**7), max_size=30))
def test_a_median_of_counted_lengths_is_that_of_the_list(seconds: list[int]) -> None:
    spans = [timedelta(seconds=s) for s in seconds]
    assert median_hours_of(Counter(spans)) == median_hours(spans)


# K11 and K12 ------------------------------------------------------------------------------------------

HOLIDAYS = by_division()["england-and-wales"]


@given(st.integers(0, 12 * 365 * 24 * 60).map(lambda n: at("Fri 1 Jan 2016 00:00") + timedelta(minutes=n)))
def test_three_working_days_are_three_whole_days_without_weekends_and_bank_holidays(back: datetime) -> None:
    ends = working_days_end(back, HOLIDAYS)
    first, last = local_day(back), local_day(ends - timedelta(seconds=1))
    after = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(day.weekday() < 5 and day not in HOLIDAYS for day in after) == 3
    assert last.weekday() < 5
    assert last not in HOLIDAYS
    assert ends == day_start(last + timedelta(days=1))


def test_to_the_second_what_is_late_and_what_is_within_three_working_days() -> None:
    back = at("Fri 26 May 2017 18:30")
    limit, ends = back + hours(72), at("Fri 2 Jun 2017 00:00")
    second = timedelta(seconds=1)

    def both(held: datetime | None, now: datetime, reason: str | None = "late_notification") -> list[str]:
        kpis = private_kpis([OwedInterview(back, limit, held, reason)], HOLIDAYS, now)
        return [k.rate.text.split()[0] for k in kpis]

    assert both(None, limit - second) == ["0/0", "0/0"], "neither time is over"
    assert both(None, limit) == ["1/1", "0/0"]
    assert both(limit, ends) == ["0/0", "1/1"]
    assert both(limit + second, ends) == ["1/1", "1/1"]
    assert both(limit + second, ends, "capacity") == ["0/1", "1/1"]
    assert both(ends - second, ends) == ["1/1", "1/1"]
    assert both(ends, ends) == ["1/1", "0/1"]
    assert both(ends + second, ends) == ["1/1", "0/1"], "it has not happened yet"
    unknown = private_kpis([OwedInterview(None, None, back, None)], HOLIDAYS, ends)
    assert [k.rate.text.split()[0] for k in unknown] == ["0/1", "0/1"], "without a return nothing is in time"
