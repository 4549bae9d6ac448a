"""The digest says who was called for whoever is missing, who has acknowledged, and what is still to be decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.conversation.reply import Reply
from bot.rules.escalations.calls import Raised
from bot.rules.interviews.steps import InterviewStep
from tests.messages.test_digest import digest
from tests.support.asking import everything, section
from tests.support.factories import NOW, Recorded, episode, hours, reference, sources
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

LONG = episode(1, NOW - hours(26))
RULE = "Missing for 24 hours"


def call(number: int, agency: str, role: str, **changes: object) -> Raised:
    made = Raised(number, "open", LONG.id, agency, 1, role, "police-lead", NOW - hours(1), NOW + hours(1))
    return replace(made, **changes)  # type: ignore[arg-type]


POLICE = call(1, "police", "missing_person_coordinator")
COUNCIL = call(2, "council", "head_of_service", decide_by=NOW + timedelta(days=5))


def with_calls(
    *raised: Raised, said: tuple[InterviewStep, ...] = (), of: Recorded = LONG, channel: str = "county-digest"
) -> Reply:
    work = MemoryWork(raised=list(raised), said=list(said))
    return digest(MemoryFacts([of], trail=MemoryTrail(work=work)), channel=channel)


def line(*raised: Raised, of: Recorded = LONG) -> str:
    (found,) = section(with_calls(*raised, of=of), "Escalations")
    return found


def test_who_acknowledged_by_role_and_who_has_not() -> None:
    done = replace(POLICE, acknowledged_at=NOW - hours(0.5), acknowledged_by="police")
    assert line(done, COUNCIL) == (
        f"🔔 {reference(1)} · police: missing person coordinator, acknowledged 07:30 · "
        "council: head of service, not yet, next 09:00"
    )


def test_a_police_file_that_is_too_old_silences_no_call_and_says_how_many_it_had() -> None:
    work = MemoryWork(raised=[POLICE])
    of = [LONG, episode(2, NOW - hours(26), grade="high")]  # nobody was called for the second
    reply = digest(MemoryFacts(of, taken=sources(police=NOW - hours(50)), trail=MemoryTrail(work=work)))
    assert reply.text[0] == (
        "⚠ Who is missing is NOT KNOWN: the Police file is 50 h old. "
        "At the last one (Mon 3 Jul 06:00) 2 children were missing: 1 HIGH."
    )
    (called,) = section(reply, "Escalations")
    assert called.startswith(f"🔔 {reference(1)} · police: missing person coordinator, not yet")


def test_a_line_that_needs_nobody_has_another_mark() -> None:
    done = {"acknowledged_at": NOW - hours(20), "acknowledged_by": "x"}
    said = line(replace(POLICE, **done), replace(COUNCIL, **done))  # type: ignore[arg-type]
    assert said.startswith(f"✓ {reference(1)} · ")
    assert "acknowledged Tue 4 Jul 12:00" in said


def test_the_next_tier_the_last_and_the_end_of_the_ladder() -> None:
    assert "not yet, next now" in line(replace(POLICE, acknowledge_by=NOW))
    first = replace(POLICE, next_raised=True)
    second = call(3, "police", "detective_lead", tier=2, acknowledge_by=NOW + hours(14))
    assert "police: detective lead, not yet, again 22:00" in line(first, second)
    over = replace(second, next_raised=True)
    assert "police: detective lead, not yet, nobody else to call" in line(first, over)


def test_a_vacant_role_is_said() -> None:
    vacant = call(1, "council", "team_manager", person="", next_raised=True)
    south = replace(LONG, area="south")
    assert "council: nobody holds team manager of council" in line(vacant, of=south)
    called = call(2, "council", "strategic_lead", tier=2)
    assert "council: strategic lead, not yet, next 09:00, nobody holds team manager of council" in line(
        vacant, called, of=south
    )


def test_a_rule_that_is_met_and_called_nobody_is_a_visible_fault() -> None:
    assert line() == f"🔔 {reference(1)} · {RULE}: nobody called yet"


def test_what_was_put_right_is_not_spoken_of() -> None:
    graded = Raised(1, "ungraded", LONG.id, "police", 1, "duty_inspector", "police", NOW, NOW, closed_at=NOW)
    assert "No grade" not in line(replace(graded, closed_because="graded"), POLICE, COUNCIL)
    first = replace(POLICE, rule="high", acknowledged_at=NOW, closed_at=NOW, closed_because="lowered")
    assert "Graded high" not in line(first, POLICE, COUNCIL)
    again = replace(POLICE, id=5, rule="high", crossing=2)
    said = line(first, again, POLICE, COUNCIL)
    assert said.count("police: missing person coordinator, not yet") == 1, "one for both rules that wait"


def test_nobody_is_named_in_a_channel() -> None:
    done = replace(POLICE, acknowledged_at=NOW, acknowledged_by="police-lead")
    said = everything(with_calls(done, COUNCIL))
    assert "police-lead" not in said


def test_a_place_for_counts_hears_nothing_of_it() -> None:
    assert everything(with_calls(POLICE, COUNCIL, channel="county-counts")) == everything(
        with_calls(channel="county-counts")
    )


# -- strategy decisions --


def missing_line(*said: InterviewStep) -> str:
    return section(with_calls(POLICE, COUNCIL, said=said), "Missing now")[0]


def test_a_strategy_decision_is_outstanding_until_somebody_says_it() -> None:
    met = InterviewStep(1, LONG.id, "threshold_met", NOW - hours(0.5), NOW - hours(0.5), "lead")
    assert missing_line().endswith("· over 24 h · strategy decision outstanding")
    assert missing_line(replace(met, kind="considered")).endswith("strategy decision outstanding")
    assert missing_line(met).endswith("threshold met, strategy discussion not held yet")
    assert "strategy" not in missing_line(replace(met, kind="threshold_not_met"))
    assert "strategy" not in missing_line(met, replace(met, id=2, kind="discussion_held"))
    assert "strategy" not in section(with_calls(POLICE), "Missing now")[0], "no rule asked"


def test_an_outstanding_decision_stays_after_the_return_until_it_is_said_and_overdue_is_said() -> None:
    home = episode(9, NOW - hours(24 * 8), NOW - hours(24 * 6), birth=None)
    asked = replace(COUNCIL, episode_id=home.id, at=NOW - hours(24 * 7), decide_by=NOW - hours(8))
    reply = with_calls(asked, of=home)
    assert reply.text[-1] == "Also: 1 strategy decision owed (1 OVERDUE)"
    assert "All clear" not in str(reply)
    (line,) = section(reply, "Strategy decisions outstanding")
    assert line.startswith(f"⏰ {home.child_ref} · strategy decision outstanding · asked for by ")
    assert "OVERDUE · back " in line
