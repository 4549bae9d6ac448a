"""Limits of the partnership file: each number, time and word at its limit, and one beyond it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime, time
from typing import Any

import pytest

from bot.rules.partnership.partnership import (
    BEFORE_CLOSE,
    ENOUGH,
    LONGEST_CLOSURE,
    Band,
    BreakGlass,
    Channel,
    Delivering,
    Digest,
    Disclosure,
    Escalation,
    ExportMapping,
    LookUps,
    Partnership,
    Person,
    Practice,
    QuietHours,
    ReminderStep,
    RepeatRule,
    Retention,
    Source,
    is_address,
)
from tests.support.factories import NOW, hours, partnership


def digest(**changes: Any) -> Digest:
    return Digest(**{"time": time(8), "cutoff": time(12)} | changes)


def reminder(**changes: Any) -> ReminderStep:
    known: dict[str, Any] = {"id": "24 h left", "hours": 48, "to": ("allocated_worker",)}
    return ReminderStep(**known | changes)


def rule(**changes: Any) -> RepeatRule:
    known: dict[str, Any] = {"id": "3-in-90", "episodes": 3, "days": 90}
    return RepeatRule(**known | changes)


def escalation(**changes: Any) -> Escalation:
    return Escalation(**{"id": "high", "name": "High", "police": "duty_inspector"} | changes)


def quiet(**changes: Any) -> QuietHours:
    return QuietHours(**{"start": time(18), "end": time(8)} | changes)


def source(**changes: Any) -> Source:
    return Source(**{"name": "Police"} | changes)


#: Each number of the file: its lowest and its highest value, and the other numbers that it needs there.
NUMBERS: list[tuple[Callable[..., object], str, float, float, dict[str, Any]]] = [
    (rule, "days", 1, 3660, {}),
    (digest, "rows", 1, 200, {}),
    (reminder, "hours", 0, 8760, {}),
    (escalation, "acknowledge_minutes", 1, 44640, {}),
    (escalation, "after_hours", 0, 8760, {}),
    (escalation, "confirm_within", 1, 1440, {}),
    (escalation, "decision_working_days", 1, 260, {}),
    (Disclosure, "threshold", 2, 1000, {}),
    (Disclosure, "base", 1, 1000, {}),
    (BreakGlass, "minutes", 1, 1440, {}),
    (BreakGlass, "most_in_30_days", 0, 1000, {}),
    (BreakGlass, "review_working_days", 1, 60, {}),
    (BreakGlass, "shortest_reason", 0, 500, {}),
    (LookUps, "misses", 1, 10_000, {}),
    (LookUps, "minutes", 1, 1440, {}),
    (LookUps, "locked_minutes", 1, 44640, {}),
    (Retention, "records_months", 1, 1200, {}),
    (Retention, "posts_days", 1, 36500, {}),
    (Retention, "rejects_days", 1, 36500, {}),
    (Retention, "audit_years", 1, 100, {}),
    (Retention, "keep_exports_days", 0, 36500, {}),
    (Delivering, "settle_seconds", 0, 3600, {"lease_seconds": 3601}),
    (Delivering, "timeout_seconds", 0, 600, {"lease_seconds": 1202}),
    (Delivering, "lease_seconds", 0, 86400, {"settle_seconds": 0, "timeout_seconds": 0}),
    (Delivering, "late_seconds", 0, 86400, {}),
    (Delivering, "update_seconds", 0, 86400, {}),
    (Delivering, "undo_minutes", 0, 1440, {}),
    (Delivering, "alarm_minutes", 0, 1440, {}),
    (source, "refuse_after_hours", 24, 87600, {}),
]


@pytest.mark.parametrize(("make", "name", "low", "high", "beside"), NUMBERS, ids=[n[1] for n in NUMBERS])
def test_numbers_up_to_their_limits_and_none_beyond(
    make: Callable[..., object], name: str, low: float, high: float, beside: dict[str, Any]
) -> None:
    for within in (low, high):
        assert getattr(make(**{name: within}, **beside), name) == within
    for beyond in (low - 1, high + 1):
        with pytest.raises(ValueError, match=r"."):
            make(**{name: beyond}, **beside)


@pytest.mark.parametrize("section", [RepeatRule, Digest, ReminderStep, Escalation, Disclosure, BreakGlass, Retention])
def test_the_limits_are_those_that_the_reference_tells(section: type) -> None:
    told = re.findall(r"(\w+): [^\n]*(?:\n        [^\n]*)*?from (\d+)\s+to\s+(\d+)", section.__doc__ or "")
    checked = {name: (low, high) for _, name, low, high, _ in NUMBERS}
    assert told
    assert {name: checked[name] for name, _, _ in told} == {name: (int(low), int(high)) for name, low, high in told}


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: reminder(hours=-0.5), "reminder '24 h left': hours are counted from the return, so not -0.5"),
        (lambda: digest(rows=0), "rows is how many lines a section may have, so not 0"),
        (lambda: rule(days=0), "repeat rule 3-in-90: needs at least 2 episodes in at least 1 day"),
        (lambda: escalation(after_hours=-0.5), "escalation high: after_hours is not less than 0"),
        (lambda: Retention(posts_days=0), "each retention is at least 1"),
        (lambda: Delivering(undo_minutes=-0.5), "nothing here can be less than 0"),
        (lambda: Delivering(settle_seconds=-1), "nothing here can be less than 0"),
        (lambda: LookUps(misses=0), "misses, minutes and locked_minutes are at least 1"),
        (lambda: LookUps(minutes=1441), "minutes is at most a day (1440)"),
        (lambda: BreakGlass(minutes=0), "minutes is from 1 to 1440, not 0"),
        (
            lambda: Disclosure(base=0),
            "the threshold is at least 2, or it hides no count among others; the base at least 1",
        ),
    ],
)
def test_what_is_said_of_a_number_that_means_nothing(make: Callable[[], object], fault: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(fault)}$"):
        make()


# -- what holds without a word in the file --


@pytest.mark.parametrize(
    ("section", "known"),
    [
        (Disclosure(), {"threshold": 5, "base": 20}),
        (BreakGlass(), {"minutes": 30, "most_in_30_days": 3, "review_working_days": 2, "shortest_reason": 20}),
        (LookUps(), {"misses": 10, "minutes": 10, "locked_minutes": 60}),
        (
            Retention(),
            {"records_months": 24, "posts_days": 30, "rejects_days": 7, "audit_years": 7, "keep_exports_days": 0},
        ),
        (
            Delivering(),
            {
                "settle_seconds": 30,
                "timeout_seconds": 10,
                "lease_seconds": 60,
                "sweep_minutes": (5, 15, 60),
                "late_seconds": 300,
                "reminder_time": time(8, 30),
                "update_seconds": 120,
                "close_time": time(18),
                "undo_minutes": 5,
                "alarm_minutes": 30,
                "email": (),
            },
        ),
        (digest(), {"days": "every", "rows": 8, "sections": ()}),
        (reminder(), {"repeat_daily": False, "urgent": False, "until": "held"}),
        (
            quiet(),
            {
                "working_days": ("mon", "tue", "wed", "thu", "fri"),
                "bank_holidays": "england-and-wales",
                "extra_closed": (),
                "duty_hours": None,
            },
        ),
        (
            escalation(),
            {
                "when": None,
                "council": "",
                "acknowledge_minutes": 60,
                "between": None,
                "days": "every",
                "same_day": False,
                "confirmed_by": "nothing",
                "confirm_within": 30,
                "after_hours": 0,
                "next_tier": "",
                "decision_working_days": None,
            },
        ),
        (
            source(),
            {
                "stale_after_hours": 24,
                "refuse_after_hours": 48,
                "columns": {},
                "words": {},
                "mappings": (),
                "day_order": "day-first",
                "day_columns": (),
                "covers": "",
                "taken_at_column": "",
                "taken_at_in_name": "",
                "folder": "",
                "expected_by": None,
            },
        ),
    ],
    ids=lambda v: type(v).__name__ if not isinstance(v, dict) else "",
)
def test_what_is_left_out_has_its_usual_value(section: Any, known: dict[str, Any]) -> None:
    assert {name: getattr(section, name) for name in known} == known
    assert {f.name for f in fields(section)} - known.keys() <= {"time", "cutoff", "id", "hours", "to", "name"} | {
        *("start", "end", "police")
    }


def test_a_partnership_without_further_words() -> None:
    optional = {
        f.name: f.default for f in fields(Partnership) if f.name in ("clock_start", "attribution", "year_begins")
    }
    assert optional == {"clock_start": "returned_else_found", "attribution": "team", "year_begins": 1}


# -- limits between two values --


def test_a_repeat_is_two_episodes_or_more() -> None:
    assert rule(episodes=2).episodes == 2
    for few in (1, 0):
        with pytest.raises(ValueError, match="needs at least 2 episodes in at least 1 day"):
            rule(episodes=few)


def test_a_digest_is_late_after_its_time_and_never_in_the_hour_of_the_clock_change() -> None:
    assert digest(cutoff=time(8, 1))
    assert digest(time=time(0, 59), cutoff=time(2))
    for cutoff in (time(8), time(7, 59)):
        with pytest.raises(ValueError, match="must be later than the time 08:00"):
            digest(cutoff=cutoff)
    for wrong in ({"time": time(1)}, {"time": time(0), "cutoff": time(1, 59)}):
        with pytest.raises(ValueError, match="does not exist or comes twice"):
            digest(**wrong)


@pytest.mark.parametrize("name", ["start", "end"])
def test_quiet_hours_never_change_in_the_hour_of_the_clock_change(name: str) -> None:
    with pytest.raises(ValueError, match="01:00-01:59 does not exist"):
        quiet(**{"end": time(0), name: time(1, 30)})
    assert quiet(end=time(0), start=time(2))
    for start in (time(8), time(7)):
        with pytest.raises(ValueError, match="from an evening to a morning"):
            quiet(start=start)
    assert quiet(start=time(8, 1))


@pytest.mark.parametrize("name", ["reminder_time", "close_time"])
def test_nothing_is_sent_in_the_hour_of_the_clock_change(name: str) -> None:
    with pytest.raises(ValueError, match="01:00-01:59 does not exist"):
        Delivering(**dict[str, Any]({name: time(1)}))
    for fine in (time(0, 59), time(2)):
        assert Delivering(**dict[str, Any]({name: fine}))


def test_a_reminder_has_a_name_of_40_characters_at_most_and_somebody_to_go_to() -> None:
    assert reminder(id="x" * 40)
    for wrong in ({"id": ""}, {"id": "x" * 41}, {"to": ()}):
        with pytest.raises(ValueError, match="reminder"):
            reminder(**wrong)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"id": ""}, "an id has 1 to 32 characters"),
        ({"id": "x" * 33, "when": "open"}, "an id has 1 to 32 characters"),
        ({"id": "other"}, "needs when = one of special, high, ungraded, open, repeat"),
        ({"police": ""}, "calls nobody: name a role of police or council"),
        ({"between": (time(22), time(7))}, "between goes from an earlier to a later time"),
        ({"between": (time(7), time(7))}, "between goes from an earlier to a later time"),
        ({"between": (time(1), time(7))}, "01:00-01:59 does not exist or comes twice"),
        ({"between": (time(0), time(1, 30))}, "01:00-01:59 does not exist or comes twice"),
        ({"acknowledge_minutes": 0}, "acknowledge_minutes is at least 1"),
        ({"after_hours": -1}, "after_hours is not less than 0"),
        ({"decision_working_days": 0}, "decision_working_days is at least 1"),
    ],
)
def test_an_escalation_that_could_never_call_is_refused(wrong: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)) as found:
        escalation(**wrong)
    assert str(found.value).startswith(f"escalation {wrong.get('id', 'high')}: ")


def test_one_fault_of_an_escalation_is_told_alone() -> None:
    with pytest.raises(ValueError, match=r"^escalation high: calls nobody: name a role of police or council$"):
        escalation(police="")
    with pytest.raises(ValueError, match=r"calls nobody.*; acknowledge_minutes is at least 1$"):
        escalation(police="", acknowledge_minutes=0)


def test_an_escalation_of_one_agency_its_condition_and_its_roles() -> None:
    council = escalation(id="x" * 32, when="open", police="", council="head_of_service", between=(time(7), time(22)))
    assert (council.condition, council.role("council"), council.role("police"), council.role("health")) == (
        *("open", "head_of_service", "", ""),
    )
    assert (escalation().condition, escalation().role("police")) == ("high", "duty_inspector")
    for condition in ("special", "high", "ungraded", "open", "repeat"):
        assert escalation(id=condition).condition == condition


def test_a_claim_outlasts_two_calls_and_the_wait_before_looking() -> None:
    assert Delivering(timeout_seconds=30, lease_seconds=60, settle_seconds=60)
    for wrong in (
        {"timeout_seconds": 30.5, "lease_seconds": 60},
        {"settle_seconds": 61, "lease_seconds": 60},
    ):
        with pytest.raises(ValueError, match="two replicas could post at once"):
            Delivering(**wrong)


@pytest.mark.parametrize("minutes", [(), (5, 5), (15, 5), (5, 15, 15)])
def test_sweeps_rise(minutes: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="sweep_minutes must rise"):
        Delivering(sweep_minutes=minutes)


def test_sweeps_are_within_a_day() -> None:
    assert Delivering(sweep_minutes=(0, 1440))
    for wrong in ((-1, 5), (5, 1441), (1441,)):
        with pytest.raises(ValueError, match="sweep_minutes are from 0 to 1440"):
            Delivering(sweep_minutes=wrong)


def test_an_address_is_one_that_mail_can_be_sent_to() -> None:
    for good in ("duty-team@example.org", "a.b+c_d@sub.example.org"):
        assert is_address(good)
    for bad in ("", "duty", "duty@example", "a b@example.org", "a@example..org", "a@b.c\n", 'a"@example.org'):
        assert not is_address(bad)
    with pytest.raises(ValueError, match="1 of the addresses cannot be one"):
        Delivering(email=("duty-team@example.org", "Jane Smith"))


@pytest.mark.parametrize(
    ("stale", "refused", "fine"), [(24, 24, True), (25, 24, False), (0, 24, False), (0.5, 24, True)]
)
def test_an_export_is_stale_before_it_is_refused(stale: float, refused: float, fine: bool) -> None:
    if fine:
        assert source(stale_after_hours=stale, refuse_after_hours=refused)
        return
    with pytest.raises(ValueError, match="must not be less than stale_after_hours"):
        source(stale_after_hours=stale, refuse_after_hours=refused)


@pytest.mark.parametrize(
    ("covers", "covered"), [("", None), ("all", "all"), ("open", "open"), ("1 days", 1), ("9999 days", 9999)]
)
def test_what_an_export_covers(covers: str, covered: Any) -> None:
    assert source(covers=covers).covered == covered


@pytest.mark.parametrize("covers", ["0 days", "90", "90 day", "10000 days", "ALL", "allopen"])
def test_what_no_export_covers(covers: str) -> None:
    with pytest.raises(ValueError, match="covers is 'all', 'open' or a number of days"):
        source(covers=covers)


@pytest.mark.parametrize("name", ["%Y%m", "%Y-%d", "%m%d", "police.csv"])
def test_a_file_s_name_has_its_whole_day(name: str) -> None:
    with pytest.raises(ValueError, match="taken_at_in_name needs %Y, %m and %d"):
        source(taken_at_in_name=name)
    assert source(taken_at_in_name="%Y%m%d.csv")


def mapping(name: str, since: int, **changes: Any) -> ExportMapping:
    return ExportMapping(name, date(2017, since, 1), **changes)


def test_the_time_of_an_export_is_in_one_place() -> None:
    with pytest.raises(ValueError, match="both set: leave one"):
        source(taken_at_in_name="%Y%m%d", taken_at_column="At")
    later = (mapping("B", 5, day_order="month-first"),)
    with pytest.raises(ValueError, match="the mappings differ in day_order"):
        source(taken_at_column="At", mappings=later)
    assert source(mappings=later)
    assert source(taken_at_column="At", mappings=(mapping("B", 5),))


@pytest.mark.parametrize(
    ("mappings", "what"),
    [
        ((mapping("", 5),), "name"),
        ((mapping("B", 5), mapping("B", 6)), "name"),
        ((mapping("B", 5), mapping("C", 5)), "since"),
    ],
)
def test_each_mapping_has_a_name_and_a_day_of_its_own(mappings: tuple[ExportMapping, ...], what: str) -> None:
    with pytest.raises(ValueError, match=f"needs a {what} of its own"):
        source(mappings=mappings)


def test_an_export_is_read_as_the_system_wrote_it_on_its_day() -> None:
    """From 00:00 in London on the day on which a system came; before the first of them by the export's own keys."""
    ours = source(columns={"risk": "Grade"}, mappings=(mapping("B", 7), mapping("A", 5)))

    def system(moment: datetime) -> str:
        return ours.mapping_at(moment).name

    may, july = datetime.fromisoformat("2017-05-01T00:00+01:00"), datetime.fromisoformat("2017-07-01T00:00+01:00")
    assert [system(may - hours(0.1)), system(may), system(july - hours(0.1)), system(july), system(NOW)] == [
        *("", "A", "A", "B", "B"),
    ]
    assert ours.mapping_at(may - hours(1)).columns == {"risk": "Grade"}


@pytest.mark.parametrize(("low", "high"), [(-1, None), (5, 4)])
def test_a_band_runs_upwards_from_nought(low: int, high: int | None) -> None:
    with pytest.raises(ValueError, match="a band runs from a number to the same or a larger one"):
        Band(low, high)


def test_bands_and_their_numbers() -> None:
    assert [b.label for b in (Band(0, 0), Band(5, 9), Band(20))] == ["0", "5-9", "20+"]
    assert [n for n in range(12) if Band(5, 9).holds(n)] == [5, 6, 7, 8, 9]
    assert [n for n in (19, 20, 500) if Band(20).holds(n)] == [20, 500]


@pytest.mark.parametrize("destination", ["C012AB3CD", "G012AB3CD"])
def test_a_channel_of_slack_is_named_by_its_id(destination: str) -> None:
    assert Channel("c", "C", 1, ("north",), digest(), "slack", destination)
    for wrong in ("", "#north", "U012AB3CD", "c012ab3cd"):
        with pytest.raises(ValueError, match="the id of the channel in Slack"):
            Channel("c", "C", 1, ("north",), digest(), "slack", wrong)


def test_practice_has_a_moment_with_its_zone() -> None:
    assert Practice(NOW, "lead")
    with pytest.raises(ValueError, match="now needs its zone"):
        Practice(NOW.replace(tzinfo=None), "lead")


def test_a_person_s_first_role_stands_before_further_ones() -> None:
    assert Person("p-1", "council").roles == ()
    assert [h.role for h in Person("p-1", "council", "analyst").roles] == ["analyst"]


# -- working hours --


def test_a_reminder_needs_two_hours_and_is_brought_forward_by_four() -> None:
    assert (hours(2), hours(4)) == (ENOUGH, BEFORE_CLOSE)
    assert LONGEST_CLOSURE.days == 60


def test_channels_and_areas_are_found_by_their_ids() -> None:
    ours = partnership()
    assert ours.channel("#North-Digest") == ours.channel("north-digest") is not None
    assert ours.channel("nowhere") is None
    assert ours.area("south").id == "south"
    assert ours.unknown_area == "unknown"
    for area in ours.areas:
        own = area.quiet_hours or ours.quiet_hours
        assert ours.calendar(area.id).hours == own
    assert ours.calendar().hours == ours.quiet_hours
