"""child: one child's recorded status, for those who may see it; others do not learn that the child exists."""

from __future__ import annotations

import pytest

from bot.chat.terminal import as_json, as_text
from bot.rules.partnership.partnership import Person
from tests.support.asking import BECAUSE, COUNTS, REFERENCES, UNLISTED, ask, section
from tests.support.factories import NOW, at, episode, hours, person, reference, somebody, sources
from tests.support.memory_facts import Case, MemoryFacts

REF, NO_SUCH = reference(1), reference(999)
BACK = at("Sun 2 Jul 2017 18:00")
FACTS = MemoryFacts(
    [
        episode(1, BACK - hours(10), BACK, worker="W-N01"),
        episode(2, at("Tue 4 Jul 2017 22:00"), area="south"),
        episode(3, BACK - hours(10), BACK, area="south", hosted=True),
    ],
    cases={
        REF: Case(1, aliases=(reference(500),), area="north", worker="W-N02", iro="IRO-1"),
        reference(3): Case(3, area="south", placing_authority="LA-9"),
    },
)


def status_of(child: int, who: Person | str) -> str:
    reason = BECAUSE if who == "lead" else ""
    return ask(f"child {reference(child)} {reason}", who, of=FACTS).status


@pytest.mark.parametrize("text", ["child {}", "CHILD {}", "/missing child {}", "child: {}"])
@pytest.mark.parametrize("ref", [REF, REF.lower(), REF.replace("-", " "), REF.replace("-", ""), REF.replace("-", "–")])
def test_a_reference_in_any_writing(text: str, ref: str) -> None:
    reply = ask(text.format(ref), "police", of=FACTS)
    assert (reply.title, reply.level, reply.status) == (REF, 2, "ok")


def test_a_reference_that_was_merged_still_answers_under_the_one_that_is_left() -> None:
    assert ask(f"child {reference(500)}", "police", of=FACTS).title == REF


NOT_THEIRS: list[tuple[str | Person, str]] = [
    ("south-worker", REF),
    ("north-worker", reference(2)),
    ("north-manager", reference(2)),
    (somebody("team_manager", "south"), REF),
    (somebody("duty_inspector"), REF),
    (somebody("independent_reviewing_officer", code="IRO-2"), REF),
    (somebody("placing_authority_contact", code="LA-1"), reference(3)),
    (somebody("allocated_worker", "north"), REF),
]


@pytest.mark.parametrize(("who", "theirs"), NOT_THEIRS)
def test_no_such_child_and_not_yours_are_the_same_bytes(who: str | Person, theirs: str) -> None:
    not_yours, no_such = ask(f"child {theirs}", who, of=FACTS), ask(f"child {NO_SUCH}", who, of=FACTS)
    assert not_yours.status == "refused"
    assert as_json(not_yours) == as_json(no_such)
    assert as_text(not_yours) == as_text(no_such)
    assert ask(f"child {theirs}0", who, of=FACTS) == no_such, "nor does a slip tell anything"


def test_no_such_child_is_the_same_to_who_sees_everything() -> None:
    south = ask(f"child {NO_SUCH}", "south-worker", of=FACTS)
    assert ask(f"child {NO_SUCH}", "police", of=FACTS) == ask(f"child {NO_SUCH} {BECAUSE}", of=FACTS) == south


ALLOWED: list[tuple[str | Person, set[int]]] = [
    ("lead", {1, 2, 3}),
    ("police", {1, 2, 3}),
    ("coordinator", {1, 2, 3}),
    ("north-manager", {1}),
    ("north-worker", {1}),
    (somebody("allocated_worker", "south", code="W-N02"), {1}),
    (somebody("team_manager", "south"), {2, 3}),
    (somebody("duty_inspector"), {2}),
    (somebody("independent_reviewing_officer", code="IRO-1"), {1}),
    (somebody("placing_authority_contact", code="LA-9"), {3}),
    ("analyst", set()),
    ("admin", set()),
    (somebody("panel_member", "north"), set()),
]


@pytest.mark.parametrize(("who", "children"), ALLOWED, ids=lambda x: x if isinstance(x, str) else "")
def test_who_may_see_which_child(who: str | Person, children: set[int]) -> None:
    assert {child for child in (1, 2, 3) if status_of(child, who) == "ok"} == children


def test_the_coordinator_sees_the_interview_and_not_grades_or_flags() -> None:
    titles = [s.title.split(":")[0].split(",")[0] for s in ask(f"child {REF}", "coordinator", of=FACTS).sections]
    assert titles == ["Return interviews open", "Episodes"]
    assert ask(f"child {reference(2)}", "coordinator", of=FACTS).title == f"{reference(2)} · south"
    assert "medium" in ask(f"child {reference(2)}", "police", of=FACTS).title
    everybody_else = [s.title.split(",")[0].split(":")[0] for s in ask(f"child {REF} {BECAUSE}", of=FACTS).sections]
    assert everybody_else == ["Police grades", "Case", "Return interviews open", "Episodes"]


@pytest.mark.parametrize("place", [REFERENCES, COUNTS])
def test_never_in_a_channel(place: object) -> None:
    reply = ask(f"child {REF}", of=FACTS, place=place)  # type: ignore[arg-type]
    assert reply.text == ("This place is not private enough for that. Ask me in private.",)
    assert reply == ask(f"child {NO_SUCH}", of=FACTS, place=place)  # type: ignore[arg-type]
    assert ask(f"child {REF}", of=FACTS, place=UNLISTED).status == "refused"


@pytest.mark.parametrize("typed", ["Wilhelmina", "wilhelmina testcase", "7QK4", "the boy from north"])
def test_a_name_is_not_wanted_and_not_said_back(typed: str) -> None:
    reply = ask(f"child {typed}", of=FACTS)
    assert reply.text[0] == "Please use the reference (like OX-7QK4), not a name. I have not kept what you typed."
    assert typed.casefold() not in as_json(reply).casefold().replace("ox-7qk4", "")


def test_without_a_reference_it_asks_for_one() -> None:
    assert ask("child").text[0] == "Which child? Give the reference, like OX-7QK4."


@pytest.mark.parametrize("slip", ["OX-7QKO", "OX-1111", "ox 22 24", "OX-222", "OX-2222222"])
def test_a_slip_in_a_reference_is_never_put_right(slip: str) -> None:
    reply = ask(f"child {slip}", of=FACTS)
    assert reply.buttons == ()
    assert REF not in as_json(reply)
    assert reply.status in ("refused", "unclear")


def test_the_age_of_every_source_is_said() -> None:
    old = MemoryFacts(FACTS.episodes, taken=sources(NOW - hours(30)))
    footer = ask(f"child {REF}", "police", of=old).footer
    assert "Police: last received Tue 4 Jul 02:00 (30 h old, limit 24 h): do not read as zero" in footer
    assert footer[-1] == "Shown to you alone: not for publication."


def test_what_may_be_done_next_is_a_button_for_whoever_may() -> None:
    nights = [episode(7, BACK - hours(24 * n), BACK - hours(24 * n - 5), worker="W-N01") for n in range(1, 9)]
    facts, ref = MemoryFacts([*nights]), reference(7)
    manager = ask(f"child {ref}", "north-manager", of=facts).buttons
    assert [(b.label, b.command, b.form, b.primary) for b in manager[:3]] == [
        ("Record a step", f"interview {ref}", True, True),
        ("Who looked", f"who-looked {ref}", False, False),
        ("All episodes", f"child {ref} episodes", False, False),
    ]
    assert "Who looked" not in [b.label for b in ask(f"child {ref}", "north-worker", of=facts).buttons]
    assert "Record a step" not in [b.label for b in ask(f"child {ref} {BECAUSE}", "lead", of=facts).buttons]
    short, whole = (section(ask(f"child {ref}{more}", "police", of=facts), "Episodes") for more in ("", " episodes"))
    assert (len(short), short[-1], len(whole)) == (6, "… and 3 earlier", 8)
    asked = ask(f"child {ref} episodes {BECAUSE}", "lead", of=facts)
    assert len(section(asked, "Episodes")) == 8


def test_the_practice_people_are_who_the_table_says() -> None:
    assert person("north-worker").worker_code == "W-N01"
