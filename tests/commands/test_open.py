"""open: every child missing now, ungraded first; an old police export is never read as zero."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bot.chat.slack.rendering import pages
from bot.conversation.command import PRIVATE
from bot.conversation.reply import Reply
from bot.rules.model import FOREVER
from tests.support.asking import REFERENCES, ask, column, offered, row, rows
from tests.support.factories import NOW, at, away, episode, hours, interview, reference, somebody, sources
from tests.support.memory_facts import Case, MemoryFacts
from tests.support.slack.payload_limits import check_blocks

NIGHT = at("Tue 4 Jul 2017 22:00")
NOT_ZERO = "do not read as zero"
UNGRADED: dict[str, Any] = {"grade": None, "graded_at": None}


def refs(*children: int) -> list[str]:
    return [reference(child) for child in children]


def listed(reply: Reply) -> list[str]:
    """Return the references of the rows, in their order."""
    return [line.subject for line in rows(reply)]


def test_ungraded_stands_above_high_then_longest_first() -> None:
    facts = [
        episode(1, NIGHT, grade="low"),
        episode(2, NIGHT, grade="high"),
        episode(3, NIGHT + hours(1), **UNGRADED),
        episode(4, NIGHT - hours(30), grade="high"),
        episode(5, NIGHT, grade="very_low"),
        episode(6, NIGHT, grade="medium", graded_at=NOW + hours(1)),
    ]
    reply = ask("open", of=facts, export=True)
    assert reply.title == "Missing now, Whole county: 6"
    assert column(reply, "Missing now", "Child") == refs(6, 3, 4, 2, 1, 5)
    assert column(reply, "Missing now", "Grade") == ["no grade yet", "no grade yet", "HIGH", "HIGH", "low", "very low"]


def test_rows_begin_with_the_grade_s_mark_and_only_the_first_five_can_be_looked_up_here() -> None:
    facts = [episode(n, NIGHT - hours(n), grade="low") for n in range(2, 9)]
    facts += [episode(1, NIGHT, lac=True, grade=None, graded_at=None), away(9, NIGHT)]
    reply = ask("open", "police", of=facts)
    assert rows(reply)[0] == f"⚫ {reference(1)} · north · no grade yet · 10 h · 13-15, looked-after"
    assert [row.mark for row in rows(reply)] == ["⚫", *"⚪" * 7]
    assert [len(row.buttons) for row in rows(reply)] == [1] * 5 + [0] * 3
    assert (reply.facts, reply.tables) == ((), ()), "nothing is said twice"
    assert reply.sections[0].lines[0].startswith(f"{reference(9)} · north · 10 h"), "the police do not grade it"


def test_one_line_has_what_a_duty_manager_needs_and_no_exact_age() -> None:
    long = episode(1, at("Sun 2 Jul 2017 06:30"), birth=date(2005, 1, 1), cp=True)
    reply = ask("open", of=[long], export=True)
    assert row(reply, "Missing now", reference(1)) == (
        *("medium", "Sun 2 Jul 06:30", 73.5, "10-12", "home", "north"),
        "under 13, child protection plan, over 72 h",
    )
    assert reply.level == 1
    assert "2005" not in str(reply)
    assert " 12 " not in str(reply)


def test_a_rule_that_is_met_is_named() -> None:
    before = [episode(1, NIGHT - hours(24 * n), NIGHT - hours(24 * n - 5)) for n in (10, 20)]
    assert column(ask("open", of=[*before, episode(1, NIGHT)], export=True), "Missing now", "Look at") == [
        "3 in 90 days"
    ]


def test_a_child_who_is_away_is_not_missing_and_has_a_table_of_its_own() -> None:
    reply = ask("open", of=[away(1, NIGHT), episode(2, NIGHT, grade="high")], export=True)
    assert column(reply, "Missing now", "Child") == refs(2)
    cells = row(reply, "Away from placement, whereabouts known", reference(1))
    assert cells[0] == ""
    assert cells[-1] == "away, whereabouts known"
    shown = ask("open", of=[away(1, NIGHT), episode(2, NIGHT, grade="high")])
    assert shown.title.endswith(": 1")
    assert shown.sections[0].title == "Away from placement, whereabouts known: 1"
    assert ask("open", of=[away(1, NIGHT)]).text == ("Nobody is missing at Wed 5 Jul 08:00.",)


def test_a_hosted_child_is_in_the_list_and_said_to_be_hosted() -> None:
    cells = row(ask("open", of=[episode(1, NIGHT, hosted=True, lac=True)], export=True), "Missing now", reference(1))
    assert cells[4] == "hosted"
    assert cells[-1] == "hosted: placing authority leads"


def test_nobody_missing_is_said() -> None:
    reply = ask("open", of=[episode(1, NIGHT, NOW)])
    assert reply.title == "Missing now, Whole county: 0"
    assert reply.text == ("Nobody is missing at Wed 5 Jul 08:00.",)


def test_a_child_leaves_the_list_at_18() -> None:
    grown = episode(1, NIGHT - hours(48), birth=date(1999, 7, 5))
    assert ask("open", of=[grown], now=at("Tue 4 Jul 2017 23:59")).title.endswith(": 1")
    assert ask("open", of=[grown], now=at("Wed 5 Jul 2017 00:00")).title.endswith(": 0")
    assert grown.until_at != FOREVER


@pytest.mark.parametrize(
    ("taken", "said", "status"),
    [
        (NOW - hours(13), "Police: Tue 4 Jul 19:00, STALE (13 h old), these figures may be low", "ok"),
        (
            NOW - hours(25),
            "Police: last received Tue 4 Jul 07:00 (25 h old, limit 24 h): " + NOT_ZERO,
            "failed",
        ),
        (None, "Police: NEVER LOADED, do not read as zero", "failed"),
    ],
)
def test_an_old_police_export_is_said_or_refused(taken: datetime | None, said: str, status: str) -> None:
    reply = ask("open", of=MemoryFacts([episode(1, NIGHT)], taken=sources(police=taken)))
    assert reply.status == status
    assert said in (*reply.text, *reply.footer)
    if status == "failed":
        assert reply.title == "Missing now, Whole county: not known"
        assert reply.tables == ()


def test_only_ones_own_area() -> None:
    facts = [episode(1, NIGHT), episode(2, NIGHT, area="south")]
    assert listed(ask("open", "north-manager", of=facts)) == refs(1)
    assert listed(ask("open", "north-worker", of=facts)) == refs(1)
    assert listed(ask("open south", "police", of=facts)) == refs(2)
    assert ask("open south", "north-worker", of=facts).status == "refused"


def test_a_reviewing_officer_and_a_placing_authority_see_their_own_children() -> None:
    cases = {reference(1): Case(1, iro="IRO-1"), reference(2): Case(2, placing_authority="LA-9"), reference(3): Case(3)}
    facts = MemoryFacts([episode(n, NIGHT) for n in (1, 2, 3)], cases)
    for role, code, child in (("independent_reviewing_officer", "IRO-1", 1), ("placing_authority_contact", "LA-9", 2)):
        reply = ask("open", somebody(role, code=code), of=facts)  # type: ignore[arg-type]
        assert listed(reply) == refs(child)


@pytest.mark.parametrize("who", ["analyst", "admin"])
def test_counts_only_and_no_child_data(who: str) -> None:
    assert ask("open", who, of=[episode(1, NIGHT)]).status == "refused"


def test_children_can_be_looked_up_in_private_only() -> None:
    facts = [episode(n, NIGHT) for n in range(1, 8)]
    assert offered(ask("open", of=facts, place=PRIVATE)) == [f"child {r}" for r in refs(1, 2, 3, 4, 5)]
    assert offered(ask("open", of=facts, place=REFERENCES)) == []


def test_no_period_is_taken() -> None:
    assert ask("open 2017-H1").text[0] == "This command takes no period: it speaks of now."
    assert listed(ask("open vale", of=[episode(1, NIGHT, area="south")]))


def test_a_child_who_died_is_in_no_list() -> None:
    """Edge case 35. While the log is open, the reply does not say that nobody is missing."""
    died = [episode(1, at("Tue 4 Jul 2017 22:00"), interview=interview(None, outcome_reason="died"))]
    died.append(episode(1, at("Sun 2 Jul 2017 08:00"), at("Sun 2 Jul 2017 10:00")))
    assert reference(1) not in str(ask("open", of=died))
    assert "Nobody" not in str(ask("open", of=died).text)
    assert "of 0 open interviews" in ask("interviews", of=died).text[0]


def test_a_list_of_one_grade_holds_the_ungraded_too() -> None:
    """Nobody knows yet that a child without a grade is not of it."""
    facts = [
        episode(1, grade="high"),
        episode(2, grade="medium"),
        episode(3, grade=None, graded_at=None),
        episode(4, grade="high", area="south"),
    ]
    reply = ask("open high north", of=facts)
    assert reply.title == "Missing now, graded high or not graded, North: 2"
    assert reply.text[0] == "1 of 3 missing or away are graded otherwise."
    assert listed(reply) == [reference(3), reference(1)]
    assert listed(ask("open ungraded", of=facts)) == [reference(3)]
    nobody = ask("open low", of=[episode(1, grade="high")])
    assert nobody.text[-1] == "Nobody graded low or not graded is missing at Wed 5 Jul 08:00."
    assert offered(ask("open high low north", of=facts)) == ["open high north", "open low north"]


@pytest.mark.parametrize("n", [0, 1, 49, 500, 5_000])
def test_every_page_of_the_list_fits_and_no_child_is_left_out(n: int) -> None:
    reply = ask("open", "police", of=[episode(i, NIGHT, grade="high") for i in range(1, n + 1)])
    found = pages(reply)
    for page in found[:3] + found[-3:]:
        check_blocks(page)
    assert listed(reply) == refs(*range(1, n + 1))
    assert sum(len(row.buttons) for row in rows(reply)) == min(n, 5)
