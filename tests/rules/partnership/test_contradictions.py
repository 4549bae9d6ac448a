"""Contradictions of the partnership file: each is told at its place, and a whole file has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from bot.rules.partnership.partnership import (
    Band,
    Contradictory,
    Escalation,
    ExportMapping,
    HeldRole,
    Partnership,
    Person,
    Practice,
    Provider,
    RepeatRule,
    Retention,
    Source,
    contradictions,
    fault_of_account,
    fault_of_code,
    fault_of_id,
    fault_of_slack_id,
    near,
    too_short,
)
from tests.support.factories import NOW, partnership

OURS = partnership()
NORTH = next(n for n, a in enumerate(OURS.areas) if a.id == "north")
LAST = len(OURS.people)


def found(**changes: Any) -> list[tuple[tuple[str | int, ...], str]]:
    try:
        return contradictions(replace(OURS, **changes))
    except Contradictory as fault:
        return list(fault.faults)


def with_person(**changes: Any) -> dict[str, Any]:
    return {"people": (*OURS.people, replace(Person("new-1", "council", "analyst"), **changes))}


def in_north(**changes: Any) -> dict[str, Any]:
    return {"areas": tuple(replace(a, **changes) if a.id == "north" else a for a in OURS.areas)}


def of_interviews(**changes: Any) -> dict[str, Any]:
    return {"sources": replace(OURS.sources, interviews=replace(OURS.sources.interviews, **changes))}


def twice(what: str, place: tuple[str | int, ...], name: str, **changes: Any) -> Any:
    return pytest.param(changes, place, f"{what} {name!r} stands twice", id=what)


SOUTH = OURS.area("south")
FIRST = OURS.people[0]
CHANNEL, RULE, STEP = OURS.channels[0], OURS.repeat_rules[0], OURS.reminders[0]
CODED = next(p for p in OURS.people if p.worker_code)
CALL = OURS.escalations[0]


@pytest.mark.parametrize(
    ("changes", "place", "says"),
    [
        twice("channel", ("channels", len(OURS.channels), "id"), CHANNEL.id, channels=(*OURS.channels, CHANNEL)),
        twice(
            "repeat rule",
            ("repeat_rules", len(OURS.repeat_rules), "id"),
            RULE.id,
            repeat_rules=(*OURS.repeat_rules, RULE),
        ),
        twice(
            "escalation", ("escalations", len(OURS.escalations), "id"), CALL.id, escalations=(*OURS.escalations, CALL)
        ),
        twice("reminder", ("reminders", len(OURS.reminders), "id"), STEP.id, reminders=(*OURS.reminders, STEP)),
        twice("person", ("people", LAST, "id"), FIRST.id, **with_person(id=FIRST.id)),
        twice(
            "worker code",
            ("people", LAST, "worker_code"),
            CODED.worker_code,
            **with_person(worker_code=CODED.worker_code),
        ),
        twice(
            "Slack id",
            ("people", LAST + 1, "slack_id"),
            "U1A",
            people=(
                *OURS.people,
                Person("new-1", "council", slack_id="U1A"),
                Person("new-2", "council", slack_id="U1A"),
            ),
        ),
        twice(
            "Teams id",
            ("people", LAST + 1, "teams_id"),
            "29:x",
            people=(
                *OURS.people,
                Person("new-1", "council", teams_id="29:x"),
                Person("new-2", "council", teams_id="29:x"),
            ),
        ),
    ],
)
def test_what_stands_twice_is_told_at_the_second_place(
    changes: dict[str, Any], place: tuple[str | int, ...], says: str
) -> None:
    assert (place, says) in found(**changes)


@pytest.mark.parametrize(("what", "key"), [("district", "districts"), ("team", "teams"), ("area alias", "aliases")])
def test_a_word_means_one_area_in_any_capitals(what: str, key: str) -> None:
    word = getattr(SOUTH, key)[0]
    places = {
        place
        for place, says in found(**in_north(**{key: (*getattr(OURS.area("north"), key), word.upper())}))
        if says == f"{what} {word.casefold()!r} stands twice"
    }
    later = max(NORTH, OURS.areas.index(SOUTH))
    assert places == {("areas", later) if key == "aliases" else ("areas", later, key)}


def test_an_area_may_have_its_name_as_its_id_and_alias_but_no_two_one_id() -> None:
    assert found(**in_north(name="north", aliases=("North",))) == []
    says = [
        says for _, says in found(areas=(*OURS.areas, replace(SOUTH, name="Other", aliases=(), districts=(), teams=())))
    ]
    assert "area 'south' stands twice" in says


def test_names_of_the_bot_s_own_reminders_are_taken() -> None:
    for name in ("no owner", "again"):
        assert found(reminders=(replace(STEP, id=name),)) == [
            (("reminders", 0, "id"), f"a reminder cannot be called {name!r}")
        ]
        assert found(**in_north(reminders=(replace(STEP, id=name),))) == [
            (("areas", NORTH, "reminders", 0, "id"), f"a reminder cannot be called {name!r}")
        ]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"channels": (replace(CHANNEL, areas=("nort",)),)}, ("channels", 0, "areas")),
        (with_person(areas=("nort",)), ("people", LAST, "areas")),
        (with_person(also=(HeldRole("team_manager", ("nort",)),)), ("people", LAST, "also", 0, "areas")),
        ({"providers": (Provider("nort", "residential", "own", ()),)}, ("providers", 0, "area")),
    ],
)
def test_an_area_that_is_none_is_told_where_it_is_named(changes: dict[str, Any], place: tuple[str | int, ...]) -> None:
    ((at, says),) = found(**changes)
    assert at == place
    assert "names the area 'nort'; the areas are " in says
    assert says.endswith("Did you mean 'north'?")


@pytest.mark.parametrize("kind", ["unknown", "out_of_county"])
def test_one_area_is_not_known_and_one_out_of_county(kind: str) -> None:
    none = tuple(replace(a, kind="area") if a.kind == kind else a for a in OURS.areas)
    assert (("areas",), f"exactly one area must have kind = {kind!r}, there are 0") in found(areas=none)
    assert (("areas",), f"exactly one area must have kind = {kind!r}, there are 2") in found(**in_north(kind=kind))


def test_a_digest_begins_the_day() -> None:
    assert found(channels=()) == [(("channels",), "at least one channel is needed: its digest time begins the day")]


@pytest.mark.parametrize(("month", "fine"), [(0, False), (1, True), (12, True), (13, False)])
def test_a_year_begins_in_a_month(month: int, fine: bool) -> None:
    assert found(year_begins=month) == ([] if fine else [(("year_begins",), f"is a month from 1 to 12, not {month}")])


@pytest.mark.parametrize(
    ("prefix", "fine"),
    [*((p, True) for p in ("OX", "OXF", "OXFD")), *((p, False) for p in ("", "O", "OXFRD", "Ox", "O1", "ÖX", "O X"))],
)
def test_references_begin_with_two_to_four_capital_letters(prefix: str, fine: bool) -> None:
    says = f"reference_prefix {prefix!r} must be two to four capital letters"
    assert found(reference_prefix=prefix) == ([] if fine else [(("reference_prefix",), says)])


@pytest.mark.parametrize(("days", "months"), [(1, 2), (30, 2), (31, 3), (60, 3), (61, 4), (90, 4), (365, 14)])
def test_records_are_kept_a_month_longer_than_a_repeat_rule_looks_back(days: int, months: int) -> None:
    assert too_short(months, days) == []
    assert too_short(months - 1, days) == [
        f"retention.records_months is {months - 1}, but a repeat rule looks back {days} days: "
        f"keep at least {months} months, or shorten the rule"
    ]


def test_the_longest_repeat_rule_counts() -> None:
    rules = (RepeatRule("a", 2, 30), RepeatRule("b", 3, 365))
    ((place, says),) = found(repeat_rules=rules, retention=Retention(records_months=13))
    assert place == ("retention", "records_months")
    assert "looks back 365 days" in says
    assert found(repeat_rules=rules, retention=Retention(records_months=14)) == []
    assert found(repeat_rules=(), retention=Retention(records_months=2)) == []


@pytest.mark.parametrize(
    ("frequency", "says"),
    [
        ((Band(1, 1), Band(2)), None),
        ((), "frequency_bands must begin at 1"),
        ((Band(0, 1), Band(2)), "frequency_bands must begin at 1"),
        ((Band(2),), "frequency_bands must begin at 1"),
        ((Band(1, 1), Band(3)), "frequency_bands: 1 and 3+ leave a gap or overlap"),
        ((Band(1, 2), Band(2)), "frequency_bands: 1-2 and 2+ leave a gap or overlap"),
        ((Band(1), Band(2)), "frequency_bands: 1+ and 2+ leave a gap or overlap"),
        ((Band(1, 1), Band(2, 4)), "frequency_bands must end with an open band such as 20+"),
    ],
)
def test_frequency_bands_leave_no_gap_and_end_open(frequency: tuple[Band, ...], says: str | None) -> None:
    assert found(frequency_bands=frequency) == ([] if says is None else [(("frequency_bands",), says)])


def test_age_bands_begin_at_nought_and_may_end() -> None:
    assert found(age_bands=(Band(0, 12), Band(13, 17))) == []
    assert found(age_bands=(Band(1, 17),)) == [(("age_bands",), "age_bands must begin at 0")]
    assert found(age_bands=(Band(0, 12), Band(14, 17))) == [
        (("age_bands",), "age_bands: 0-12 and 14-17 leave a gap or overlap")
    ]


@pytest.mark.parametrize(
    ("code", "fine"),
    [("LA-9", True), ("9", True), ("", False), ("LA", False), ("LA 9", False), ("x" * 32 + "9", False)],
)
def test_another_authority_has_a_code(code: str, fine: bool) -> None:
    faults = found(other_authorities={"Borough of Nowhere": code})
    assert [place for place, _ in faults] == ([] if fine else [("other_authorities", "Borough of Nowhere")])
    assert all("gives 'Borough of Nowhere' no code" in says for _, says in faults)


def test_no_authority_is_ours_and_another_s() -> None:
    faults = found(own_authorities=("Oxfordshire",), other_authorities={"OXFORDSHIRE": "LA-9", "Nowhere": "LA-8"})
    assert faults == [
        (("other_authorities", "OXFORDSHIRE"), "'OXFORDSHIRE' is in own_authorities and in other_authorities")
    ]


# -- escalations --


@pytest.mark.parametrize("key", ["police", "council", "next_tier"])
def test_a_role_that_nobody_can_hold_is_told(key: str) -> None:
    roles: dict[str, Any] = {"police": "duty_inspector", key: "duty_inspektor"}
    call = Escalation("high", "High", **roles)
    ((place, says),) = found(escalations=(call,))
    assert place == ("escalations", 0, key)
    assert says == (
        "escalation high calls the role 'duty_inspektor', which is neither in [roles] nor one that people are given. "
        "Did you mean 'duty_inspector'?"
    )


def test_a_next_tier_is_a_rule_or_a_role() -> None:
    high = Escalation("high", "High", police="duty_inspector", next_tier="open")
    last = Escalation("open", "24 h", police="duty_inspector", next_tier="strategic_lead")
    assert found(escalations=(high, last)) == []
    ((_, says),) = found(escalations=(replace(high, next_tier="opne"), last))
    assert says.endswith("Did you mean 'open'?")
    assert found(escalations=(replace(high, police="anything"),), roles={}) == [], "without [roles] nobody is checked"


def test_tiers_that_come_back_to_themselves_are_told() -> None:
    def call(name: str, then: str) -> Escalation:
        return Escalation(name, name, when="open", police="duty_inspector", next_tier=then)

    assert found(escalations=(call("a", "b"), call("b", "c"), call("c", ""))) == []
    assert [p for p, _ in found(escalations=(call("a", "a"),))] == [("escalations", 0, "next_tier")]
    circle = found(escalations=(call("a", "b"), call("b", "a")))
    assert circle == [
        (("escalations", n, "next_tier"), f"escalation {name}: its tiers come back to itself")
        for n, name in enumerate("ab")
    ]
    into = found(escalations=(call("x", "a"), call("a", "b"), call("b", "a")))
    assert [p[1] for p, _ in into] == [1, 2], "a rule that leads into a circle is none of it, and the search ends"


# -- people --


def test_people_who_are_named_are_listed() -> None:
    ((place, says),) = found(roles={**OURS.roles, "duty": {"council": "cordinator"}})
    assert place == ("roles", "duty", "council")
    assert says == "role duty names the person 'cordinator', who is not listed. Did you mean 'coordinator'?"
    assert found(practice=Practice(NOW, "nobody-1"))[0][0] == ("practice", "person")
    assert found(people=(), practice=None, escalations=(), reminders=(), roles={"duty": {"council": "anybody"}}) == []
    assert found(practice=None) == []


@pytest.mark.parametrize(
    ("roles", "fine"),
    [
        (("system_admin",), True),
        (("system_admin", "team_manager"), False),
        (("team_manager", "system_admin"), False),
        (("team_manager", "analyst"), True),
    ],
)
def test_no_administrator_of_the_file_sees_children(roles: tuple[Any, ...], fine: bool) -> None:
    also = tuple(HeldRole(role) for role in roles[1:])
    faults = found(**with_person(role=roles[0], also=also))
    assert [place for place, _ in faults] == ([] if fine else [("people", LAST)])


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("id", "Jane Smith", "people: 'Jane Smith': an id has up to 64 letters"),
        ("worker_code", "W 1", "people: 'new-1': a worker code has up to 32 letters"),
        ("slack_id", "jane", "is the member id, not a name"),
        ("teams_id", "jane@example.org", "a platform id has up to 64 letters"),
    ],
)
def test_misspelled_ids_are_told_at_their_key(key: str, value: str, says: str) -> None:
    ((place, told),) = found(**with_person(**{key: value}))
    assert place == ("people", LAST, key)
    assert told.startswith(says)


@pytest.mark.parametrize(
    ("fault_of", "good", "bad"),
    [
        (
            fault_of_id,
            ("w-17", "a1", "x" * 63 + "1", "A_b.c-d"),
            ("", "jane", "Jane.Smith", "-1", ".a1", "a 1", "é-1", "x" * 64 + "1", "terminal", "Unlisted"),
        ),
        (fault_of_code, ("", "W-1", "1/2", "x" * 31 + "1"), ("Jane", "W 1", "x" * 32 + "1", "W-é1")),
        (
            fault_of_slack_id,
            ("", "U1", "W012AB3CD", "U" + "1" * 30),
            ("U", "u1", "C1", "#north", "jane", "@jane", "jane@example.org", "U" + "1" * 31),
        ),
        (
            fault_of_account,
            ("", "29:x", "0f8fad5b-d9cb-469f-a165-70867728950e", "1" * 64),
            ("jane", "jane@example.org", "a 1", "1" * 65, "é1"),
        ),
    ],
)
def test_spelling_of_ids_and_codes(
    fault_of: Callable[[str], str | None], good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    assert {text: fault_of(text) for text in good} == dict.fromkeys(good)
    assert [text for text in bad if fault_of(text) is None] == []


def test_ids_of_the_file_may_be_plain_words() -> None:
    assert fault_of_id("coordinator", coded=False) is None
    assert fault_of_code("duty", coded=False) is None


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("#north", "a channel"),
        ("C012AB3CD", "a channel"),
        ("G1", "a channel"),
        ("jane", "a name"),
        ("@jane", "a name"),
        ("jane@example.org", "an e-mail address"),
    ],
)
def test_what_was_written_in_place_of_a_member_id(text: str, given: str) -> None:
    assert fault_of_slack_id(text) == f"is the member id, not {given}: it begins with U or W"


# -- columns and folders --


def test_columns_are_our_own_and_needed_ones_are_there() -> None:
    assert found(**of_interviews(columns={"recorded_at": "Noted"})) == []
    ((place, says),) = found(**of_interviews(columns={"recordd_at": "Noted"}))
    assert (place, says) == (
        ("sources", "interviews", "columns", "recordd_at"),
        "'recordd_at' is no column of this export. Did you mean 'recorded_at'?",
    )
    ((place, says),) = found(**of_interviews(columns={"zzz": "Noted"}))
    assert says.startswith("'zzz' is no column of this export; they are episode_id, occurrence_ref, child_id, ")
    for empty in ("", " "):
        ((place, says),) = found(**of_interviews(columns={"started_at": empty}))
        assert place == ("sources", "interviews", "columns", "started_at")
        assert says.endswith('write the name that the column has in the export, such as started_at = "Started at"')
    assert found(**of_interviews(columns={"recorded_at": "", "held_at": ""})) == []


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("police", {"occurrence_ref", "police_ref"}),
        ("children", {"child_id"}),
        ("interviews", {"episode_id", "child_id", "kind", "started_at"}),
    ],
)
def test_the_columns_on_which_a_row_stands(source: str, needed: set[str]) -> None:
    plain = Source("Any")
    every = ("occurrence_ref", "police_ref", "child_id", "episode_id", "kind", "started_at", "team", "risk", "response")

    def refused(column: str) -> bool:
        sources = replace(OURS.sources, **{source: replace(plain, columns={column: ""})})
        return any("is needed" in says for _, says in found(sources=sources))

    assert {column for column in every if refused(column)} == needed


def test_no_column_is_read_as_two_fields() -> None:
    ((place, says),) = found(**of_interviews(columns={"held_at": "Day", "recorded_at": "day "}))
    assert place == ("sources", "interviews", "columns", "recorded_at")
    assert says.startswith("the same column of the export is read as held_at and as recorded_at")
    ((place, _),) = found(**of_interviews(columns={"held_at": "recorded_at"}))
    assert place == ("sources", "interviews", "columns", "held_at"), "at the key that is in the file"


def test_columns_of_a_later_system_are_judged_by_themselves() -> None:
    later = ExportMapping("B", NOW.date(), columns={"recordd_at": "Noted"})
    ((place, _),) = found(**of_interviews(mappings=(ExportMapping("A", NOW.date().replace(day=1)), later)))
    assert place == ("sources", "interviews", "mappings", 1, "columns", "recordd_at")


def test_each_export_has_a_folder_of_its_own_and_is_expected_at_an_hour_that_exists() -> None:
    both = replace(
        OURS.sources,
        children=replace(OURS.sources.children, folder="in"),
        interviews=replace(OURS.sources.interviews, folder="in"),
    )
    assert found(sources=both) == [(("sources", "interviews", "folder"), "folder of exports 'in' stands twice")]
    for name in ("police", "children", "interviews"):
        at_one = replace(OURS.sources, **{name: replace(getattr(OURS.sources, name), expected_by=time(1, 30))})
        ((place, says),) = found(sources=at_one)
        assert place == ("sources", name, "expected_by")
        assert says.startswith("01:00-01:59 does not exist")
    for fine in (time(0, 59), time(2), None):
        assert found(**of_interviews(expected_by=fine)) == []


def test_a_near_word_is_suggested_and_a_far_one_not() -> None:
    assert near("NORHT", ["north", "south"]) == ". Did you mean 'north'?"
    assert near("zzz", ["north", "south"]) == ""


def test_a_file_with_contradictions_is_refused_with_all_of_them() -> None:
    with pytest.raises(Contradictory) as fault:
        replace(OURS, year_begins=0, reference_prefix="ox")
    assert [place for place, _ in fault.value.faults] == [("year_begins",), ("reference_prefix",)]
    assert str(fault.value) == "; ".join(says for _, says in fault.value.faults)


def test_the_practice_file_has_none() -> None:
    assert contradictions(OURS) == []
    assert isinstance(replace(OURS), Partnership)
