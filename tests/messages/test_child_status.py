"""One child's status: what was recorded, by whom it is owned, which rules are met; nothing is scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.reply import Reply
from bot.messages.child_status import NO_SCORE, describe
from bot.rules.model import GradeRecord
from bot.rules.partnership.roles import Part, Role
from tests.support.asking import BECAUSE, ask, everything, section
from tests.support.factories import NOW, Recorded, at, away, episode, hours, interview, partnership, reference, somebody
from tests.support.memory_facts import Case, MemoryFacts

REF = reference(1)
NIGHT = at("Tue 4 Jul 2017 22:00")
BACK = at("Sun 2 Jul 2017 18:00")


def status(*episodes: Recorded, grades: Mapping[int, tuple[GradeRecord, ...]] | None = None) -> Reply:
    return ask(f"child {REF} {BECAUSE}", of=MemoryFacts(episodes, grades=grades or {}))


def test_a_missing_child() -> None:
    reply = status(episode(1, NIGHT, lac=True))
    assert reply.title == f"{REF} · north · 🟠 medium (police, 00:00)"
    assert reply.text == ("Missing since Tue 4 Jul 22:00: 10 h · 14 years · looked-after", "No repeat rule met")
    assert reply.footer[0] == "The police grade risk; the bot computes none."
    assert reply.facts == (), "nothing is said twice"


def test_a_child_who_is_back() -> None:
    reply = status(episode(1, BACK - hours(10), BACK))
    assert reply.text[0] == "Not missing now. Back since Sun 2 Jul 18:00 after 10 h · north · 14 years"
    assert reply.title == REF


def test_a_child_who_is_away() -> None:
    reply = status(away(1, NIGHT))
    assert reply.text[0].startswith("Away, whereabouts known, since Tue 4 Jul 22:00: 10 h")
    assert reply.title == f"{REF} · north", "the police do not grade it"
    assert reply.sections[-1].title.startswith("Episodes: 0 in 90 days, 0 in 12 months, 0 "), (
        "away is never counted as missing"
    )


def test_a_child_known_without_any_episode() -> None:
    later = episode(1, NOW + hours(1))
    reply = status(later)
    assert reply.text[0] == "Not missing now. No episode is recorded."
    assert section(reply, "Police grades") == ("No episode.",)
    assert section(reply, "Return interviews open") == ("None is open.",)


def test_a_child_of_unknown_age() -> None:
    assert status(episode(1, NIGHT, birth=None)).text[0].endswith(": 10 h · age not known")


def test_turning_18_while_missing_is_not_a_return() -> None:
    reply = status(episode(1, NIGHT, birth=date(1999, 7, 5)))
    assert reply.text[0] == ("Turned 18 while missing, not back: the police go on as for an adult.")
    assert "5 Jul" not in everything(reply).replace("5 Jul 08:00, ok", ""), "the day would be the date of birth"
    assert "turned 18 while missing" in section(reply, "Episodes")[0]


def test_a_return_known_by_its_day_has_no_made_up_time() -> None:
    midnight = at("Sun 2 Jul 2017 00:00")
    day_only = interview(midnight, date_only=True)
    reply = status(episode(1, midnight - hours(9), midnight, interview=day_only))
    assert reply.text[0].startswith("Not missing now. Back Sun 2 Jul, time not recorded · ")
    assert "count to the end of Wed 5 Jul (time of return not recorded), 15 h left" in str(reply.sections)


# -- grades, as the police recorded them --


def test_grades_are_a_dated_series_oldest_first() -> None:
    x = episode(1, NIGHT, grade="high", graded_at=NIGHT + hours(5))
    series = (
        GradeRecord(NIGHT + hours(1), "low", legacy_absent=True),
        GradeRecord(NIGHT + hours(5), "high"),
        GradeRecord(NOW + hours(1), "medium"),
    )
    reply = status(x, grades={x.id: series})
    assert section(reply, "Police grades, episode of Tue 4 Jul 22:00") == (
        "Tue 4 Jul 23:00: low (recorded as absent, a term the police gave up in January 2017)",
        "Wed 5 Jul 03:00: HIGH",
    )
    assert reply.title.endswith("🔴 HIGH (police, 03:00)")
    alone = status(x, grades={x.id: series[1:2]})
    assert not [s for s in alone.sections if s.title.startswith("Police grades")], "the title says it"


def test_ungraded_is_said_and_why() -> None:
    ungraded = episode(1, NIGHT, grade=None, graded_at=None)
    assert section(status(ungraded), "Police grades")[0].startswith("No grade yet: treat as not yet assessed")
    not_theirs = section(status(replace(ungraded, police=False)), "Police grades")
    assert not_theirs == ("No grade yet: there is no police record of this episode.",)
    assert status(ungraded).title.endswith("⚫ no grade yet")


# -- flags and rules --


def test_flags_and_the_dates_behind_a_rule() -> None:
    before = [episode(1, NIGHT - hours(24 * n), NIGHT - hours(24 * n - 5)) for n in (10, 80)]
    now = episode(1, NIGHT - hours(20), birth=date(2005, 1, 1), lac=True, cp=True, uasc=True)
    dates = "Sat 15 Apr, Sat 24 Jun, Tue 4 Jul"
    assert status(*before, now).text[-1] == (
        f"Under 13 · child protection plan · UASC · over 24 h · 3 in 90 days ({dates}) · 3 in 12 months ({dates})"
    )
    assert "Plans (MARAMP, trigger plan) are in the case system: not in the exports." in status(now).footer


def test_no_flag_and_no_rule_are_said() -> None:
    assert status(episode(1, NIGHT)).text[-1] == "No repeat rule met"


# -- interviews --


def test_open_interviews_with_time_left_and_owner() -> None:
    first = episode(1, BACK - hours(90), BACK - hours(80), worker="W-N01")
    second = episode(1, BACK - hours(10), BACK)
    reply = status(first, second)
    assert section(reply, "Return interviews open") == (
        "Episode of Thu 29 Jun 00:00: overdue by 70 h (due Sun 2 Jul 10:00), not offered yet, north-worker",
        "Episode of Sun 2 Jul 08:00: due Wed 5 Jul 18:00, 10 h left, not offered yet, no owner",
    )


def test_an_interview_waits_while_the_child_is_missing_again() -> None:
    """Edge cases 11 and 12."""
    reply = status(episode(1, BACK - hours(90), BACK - hours(80)), episode(1, NIGHT))
    assert "child missing again, clock running (due Sun 2 Jul 10:00)" in section(reply, "Return interviews open")[0]


def test_interviews_that_are_closed_are_not_listed() -> None:
    declined = interview(BACK, offered_at=BACK + hours(1), response="declined")
    assert section(status(episode(1, BACK - hours(9), BACK, interview=declined)), "Return interviews open") == (
        "None is open.",
    )


def test_a_hosted_childs_interview_and_one_to_come_are_not_none() -> None:
    """Edge case 16; and a child who is still missing has an interview to come."""
    theirs = episode(1, BACK - hours(9), BACK, hosted=True)
    owed = "Episode of Sun 2 Jul 09:00: due Wed 5 Jul 18:00, 10 h left, the placing authority's"
    assert section(status(theirs), "Return interviews open") == (f"{owed}, placing authority NOT told",)
    to_come = "Episode of Sun 2 Jul 23:00: not due yet: the 72 hours begin with the return."
    assert section(status(episode(1, BACK + hours(5))), "Return interviews open") == (to_come,)
    whose = f"{to_come} It will be the placing authority's."
    assert section(status(episode(1, BACK + hours(5), hosted=True)), "Return interviews open") == (whose,)


# -- history --


def test_history_counts_and_the_latest_five() -> None:
    nights = [episode(1, NIGHT - hours(24 * n), NIGHT - hours(24 * n - 5), grade="low") for n in (1, 2, 3, 4, 100, 300)]
    reply = status(*nights, away(1, NIGHT - hours(24 * 5), NIGHT - hours(24 * 5 - 2)))
    assert reply.sections[-1].title == "Episodes: 4 in 90 days, 6 in 12 months, 6 since 1 Jul 2016"
    lines = section(reply, "Episodes")
    assert lines[0] == "Mon 3 Jul 22:00 · missing, back after 5 h · north · low"
    assert lines[4] == "Thu 29 Jun 22:00 · away, back after 2 h · north", "the police do not grade it"
    assert lines[5] == "… and 2 earlier"
    assert section(status(nights[-1]), "Episodes")[0].startswith("Wed 7 Sep 2016 22:00 · "), (
        "the year, where it is not this"
    )


def test_nothing_is_scored() -> None:
    text = everything(status(episode(1, NIGHT, grade="high"))).casefold()
    assert "the bot computes none" in text
    assert "score" not in text
    assert "risk level" not in text
    assert "probability" not in text


# -- a child who died (edge case 35) --


def test_a_child_who_died_is_not_back_and_not_found() -> None:
    earlier = episode(1, BACK - hours(90), BACK - hours(80))
    for died in (
        episode(1, BACK - hours(10), BACK, end_reason="died"),
        episode(1, BACK - hours(10), BACK, interview=interview(BACK, outcome_reason="died")),
    ):
        reply = status(earlier, died)
        assert reply.text[0] == "The record says that the child has died."
        assert "the child has died" in section(reply, "Episodes")[0]
        assert section(reply, "Return interviews open") == ("None is open.",)
        assert "Back since" not in everything(reply)


def test_a_log_still_open_for_a_child_who_died_is_said() -> None:
    reply = status(episode(1, NIGHT, interview=interview(None, outcome_reason="died")))
    assert reply.text[:2] == (
        "The record says that the child has died.",
        "A record is still open since Tue 4 Jul 22:00.",
    )


def test_a_child_whose_age_is_in_doubt_is_marked_and_no_age_is_said() -> None:
    """A birth date that makes an adult may be a typing error (edge case 6)."""
    reply = status(replace(episode(1, NIGHT), age=None, doubts=frozenset({"age"})))
    assert reply.text[0].endswith(": 10 h · age not known")
    assert reply.text[1] == "In doubt: age in doubt."


# -- parts (domain.md §6.3) --


def whole(facts: MemoryFacts, parts: frozenset[Part]) -> Reply:
    child = facts.child(REF, NOW)
    assert child
    return describe(child, parts, partnership(), facts.freshness(NOW), NOW)


CASE_OF = MemoryFacts(
    [
        episode(1, BACK - hours(9), BACK, cp=True, worker="W-CANARY"),
        episode(1, NIGHT, cp=True, lac=True, hosted=True, grade="high", worker="W-CANARY"),
    ],
    {REF: Case(1, worker="W-LEAD", iro="IRO-CANARY", placing_authority="LA-CANARY")},
)
WHERE: dict[Part, tuple[str, ...]] = {
    "status": ("Missing since",),
    "grades": ("HIGH", "Police grades"),
    "flags": ("hild protection plan", "o repeat rule"),
    "interview": ("Return interviews open",),
    "history": ("Episodes: ",),
    "case": ("W-LEAD", "W-CANARY", "IRO-CANARY", "LA-CANARY"),
}


@pytest.mark.parametrize("chosen", range(2 ** len(WHERE)))
def test_any_set_of_parts_makes_an_answer_and_shows_no_other_part(chosen: int) -> None:
    parts = frozenset(part for n, part in enumerate(WHERE) if chosen >> n & 1)
    shown = everything(whole(CASE_OF, parts))
    for part, words in WHERE.items():
        assert [w in shown for w in words] == [part in parts] * len(words), part
    assert NO_SCORE in whole(CASE_OF, parts).footer


@pytest.mark.parametrize("role", ["missing_person_coordinator", "duty_inspector", "interview_coordinator"])
def test_what_the_case_system_alone_says_is_for_the_council(role: Role) -> None:
    shown = everything(ask(f"child {REF}", somebody(role), of=CASE_OF))
    assert "Missing since" in shown
    assert "CANARY" not in shown
