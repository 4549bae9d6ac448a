"""interviews: return interviews due, with owner and deadline; and the figures of a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.chat.slack.rendering import pages
from bot.conversation.command import PRIVATE
from tests.support.asking import COUNTS, REFERENCES, ask, column, counts, everything, offered, row, rows, value, whole
from tests.support.factories import NOW, Recorded, at, away, episode, hours, interview, reference, sources
from tests.support.memory_facts import MemoryFacts
from tests.support.slack.payload_limits import check_blocks


def back(child: int, ago: float, worker: str | None = "W-N01", area: str = "north", **steps: Any) -> Recorded:
    """Return an episode whose child came back so many hours ago, with the interview's steps recorded so far."""
    returned = NOW - hours(ago)
    return episode(
        child, returned - hours(6), returned, area=area, interview=interview(returned, worker=worker, **steps)
    )


NOT_ZERO = "do not read as zero"
#: Due in 48 h, due in 12 h, overdue by 8 h with no owner, held but not recorded; then some that expect nothing.
FACTS = [
    back(1, 24),
    back(2, 60, offered_at=NOW - hours(50), response="accepted"),
    back(3, 80, None),
    back(4, 100, held_at=NOW - hours(90)),
    back(5, 100, offered_at=NOW - hours(99), response="declined"),
    back(6, 100, held_at=NOW - hours(90), recorded_at=NOW - hours(80)),
    replace(back(7, 30), hosted=True),
    away(8, NOW - hours(60), NOW - hours(50)),
]


def children(text: str, who: str = "lead", of: Sequence[Recorded] = FACTS) -> list[object]:
    reply = ask(text, who, of=of, export=True)
    return column(reply, "Return interviews", "Child") if reply.tables else []


def refs(*numbers: int) -> list[object]:
    return [reference(n) for n in numbers]


def test_open_interviews_least_time_left_first() -> None:
    reply = ask("interviews", of=FACTS, export=True)
    assert reply.title == "Return interviews open, Whole county: 4"
    assert column(reply, "Return interviews", "Child") == refs(4, 3, 2, 1)
    assert column(reply, "Return interviews", "Time left") == ["28 h over", "8 h over", "12 h", "48 h"]
    assert column(reply, "Return interviews", "State") == ["held", "overdue", "accepted", "due"]
    assert column(reply, "Return interviews", "Owner") == ["north-worker", "nobody", "north-worker", "north-worker"]


def test_where_all_of_them_stand_is_one_line() -> None:
    line = (
        "4 open: 1 with no owner · 1 overdue · 1 due in the next 24 hours · 2 not offered yet · 1 held, not recorded."
    )
    assert ask("interviews", of=FACTS).text == (line,)
    assert value(ask("interviews overdue", of=FACTS, export=True), "Interviews not offered yet") == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("interviews due", refs(2)),
        ("interviews overdue", refs(3)),
        ("interviews OVERDUE north", refs(3)),
        ("interviews overdue south", []),
        ("interviews unrecorded", refs(4)),
        ("rhi overdue", refs(3)),
    ],
)
def test_views(text: str, found: list[object]) -> None:
    assert children(text) == found


def test_an_empty_list_says_what_was_looked_at() -> None:
    reply = ask("interviews overdue", of=FACTS[:2])
    assert reply.text == ("None overdue in Whole county (of 2 open interviews).",)
    assert reply.tables == ()


def test_a_long_list_comes_a_hundred_at_a_time() -> None:
    facts = [back(n, 80 + n) for n in range(1, 251)]
    everything = refs(*range(250, 0, -1))
    found, text, notes = list[object](), "interviews overdue north", []
    while text:
        reply = ask(text, of=facts)
        assert reply.title.endswith(": 250")
        assert reply.text[0].startswith("250 open: ")
        found += [str(r[0]).split()[1] for r in reply.tables[0].rows]
        notes.append(reply.tables[0].note)
        text = next(iter(offered(reply)), "")
    assert found == everything
    assert notes == [f"{first} to {last} of 250." for first, last in ((1, 100), (101, 200), (201, 250))]
    beyond = ask("interviews overdue from 251", of=facts)
    assert (beyond.title.rpartition(" ")[2], beyond.tables) == ("250", ())
    assert column(ask("interviews overdue", of=facts, export=True), "Return interviews", "Child") == everything
    assert ask("interviews overdue", of=facts[:100]).tables[0].note == ""


def test_mine_is_by_the_code_of_the_case_system() -> None:
    south = back(9, 24, "W-S01", "south")
    assert children("interviews mine", "south-worker", [*FACTS, south]) == refs(9)
    assert children("interviews mine", "north-worker") == refs(4, 2, 1)
    assert children("interviews mine", "lead") == []
    assert children("interviews", "south-worker", [*FACTS, south]) == refs(9)


def test_72_hours_to_the_second() -> None:
    on_time, late = back(1, 72), back(2, 72 + 1 / 3600)
    assert children("interviews due", of=[on_time, late]) == refs(1)
    assert children("interviews overdue", of=[on_time, late]) == refs(2)


def test_weekends_and_clock_changes_do_not_stop_the_72_hours() -> None:
    returned = at("Fri 24 Mar 2017 20:00")
    facts = [episode(1, returned - hours(5), returned)]
    cells = row(
        ask("interviews", of=MemoryFacts(facts, taken=sources(returned)), now=returned, export=True),
        "Return interviews",
        reference(1),
    )
    assert cells[1:4] == ("Fri 24 Mar 20:00", "Mon 27 Mar 21:00", "3 d")


def test_a_child_who_is_missing_again_waits_wherever_it_went_missing_from() -> None:
    """Edge case 12: due, not overdue to the worker; the second absence began in another area."""
    again = episode(3, NOW - hours(2), area="south")
    for who in ("lead", "north-manager"):
        reply = ask("interviews", who, of=[*FACTS, again], export=True)
        assert value(reply, "Interviews overdue") == 0
        assert value(reply, "Interviews waiting: child missing again") == 1
        assert row(reply, "Return interviews", reference(3))[-2:] == ("due, child missing", "nobody")


def test_two_interviews_of_one_child_are_two_rows_with_a_button_each() -> None:
    """Edge case 11: both stay due, each from its own return."""
    first, second = back(1, 24), back(1, 50)
    reply = ask("interviews", "north-worker", of=[first, second])
    assert [r.words[1] for r in rows(reply)] == ["due Thu 6 Jul 06:00, 22 h left", "due Fri 7 Jul 08:00, 48 h left"]
    assert offered(reply) == [f"interview {reference(1)} #{x.id}" for x in (second, first)]


def test_the_first_that_wait_for_the_reader_are_rows_with_a_button_and_the_rest_is_a_table() -> None:
    """Nothing is offered that would be refused: no button for another's interview, none for who may update none."""
    many = [*FACTS[:4], *(back(n, 24 * n, None) for n in range(20, 30))]
    reply = ask("interviews", "north-manager", of=many)
    assert [[(b.label, b.form) for b in row.buttons] for row in rows(reply)] == [[("Take it", False)]] * 5
    assert rows(reply)[0] == f"⚠ {reference(29)} · north · overdue by 26 days · not offered yet · no owner"
    (others,) = reply.tables
    assert others.columns == ("Child", "Due", "Owner")
    assert len(others.rows) == len(many) - 5
    assert others.rows[-1] == (
        f"⏳ {reference(1)} north",
        "due Fri 7 Jul 08:00, 48 h left · not offered yet",
        "north-worker",
    )
    assert reply.facts == ()
    for who, place in (("lead", PRIVATE), ("north-manager", REFERENCES)):
        plain = ask("interviews", who, of=many, place=place)
        assert (rows(plain), offered(plain), len(plain.tables[0].rows)) == ([], [], len(many)), who


def test_ones_own_are_recorded_and_what_was_held_is_one_press() -> None:
    reply = ask("interviews mine", "north-worker", of=FACTS)
    assert [[(b.label, b.form) for b in row.buttons] for row in rows(reply)] == [
        [("Recorded", False)],
        [("Record", True)],
        [("Record", True)],
    ]
    assert rows(reply)[0] == f"⏰ {reference(4)} · north · held, not recorded: 28 h over"


def test_a_return_known_by_its_day_alone_is_late_only_after_the_third_day() -> None:
    returned = at("Sun 2 Jul 2017 00:00")
    facts = [episode(1, returned - hours(6), returned, interview=interview(returned, date_only=True))]
    assert children("interviews overdue", of=facts) == []
    cells = row(ask("interviews", of=facts, export=True), "Return interviews", reference(1))
    assert cells[1:4] == ("Sun 2 Jul, time not recorded", "end of Wed 5 Jul", "15 h")
    assert value(ask("interviews", of=facts, export=True), "Interviews overdue") == 0
    assert ask("interviews overdue", of=facts, now=at("Thu 6 Jul 2017 00:00")).title.endswith(": 1")


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (
            NOW - hours(49),
            "Council interviews: last received Mon 3 Jul 07:00 (49 h old, limit 48 h): " + NOT_ZERO,
        ),
        (None, "Council interviews: NEVER LOADED, " + NOT_ZERO),
    ],
)
def test_an_old_export_is_refused(taken: datetime | None, said: str) -> None:
    reply = ask("interviews", of=MemoryFacts(FACTS, taken=sources(interviews=taken)))
    assert (reply.status, reply.title) == ("failed", "Return interviews, Whole county: not known")
    assert reply.text == (said,)


def test_a_stale_export_is_said() -> None:
    reply = ask("interviews", of=MemoryFacts(FACTS, taken=sources(interviews=NOW - hours(25))))
    assert "Council interviews: Tue 4 Jul 07:00, STALE (25 h old), these figures may be low" in reply.footer


# -- figures of a period --


def test_figures_by_team_with_both_counts() -> None:
    brief = ask("interviews 2017-06-26..2017-07-05", of=FACTS)
    assert brief.title == "Whole county, 26 June to 5 July 2017: return interviews"
    assert brief.text[0] == "⚠ 2017-06-26..2017-07-05: not over: 9 of 10 days; its counts will still rise."
    assert brief.text[2:] == (
        "Return interviews: 2 of 7 completed, 2 of 4 due held within 72 hours.",
        "2 return interviews not due yet: the 72 hours still run, and shares within 72 h leave them out.",
    )
    assert offered(brief) == [f"interviews 2017-06-26..2017-07-05 {view}" for view in ("measures", "counted")]
    compared = ask("interviews 2017-06-26..2017-07-05 partial", of=FACTS)
    assert "2 of 7 completed (0 of 0 before), " in " ".join(compared.text)
    reply = whole("interviews 2017-06-26..2017-07-05", of=FACTS)
    assert reply.level == 0
    assert reply.text == (
        "2 of 7 completed, 26 Jun 2017 to 5 Jul 2017 (10 days), not over: 9 of 10 days.",
        "2 return interviews not due yet: the 72 hours still run, and shares within 72 h leave them out.",
        "2 talks held with 2 children; an interview was offered to 2 children, declined by 1 child.",
        "5 interviews were due in 2017-06-26..2017-07-05, whenever the absence began: 2 of 4 due by now held within 72 "
        "h.",
    )
    assert counts(reply, "Interviews: Completed") == (2, 7)
    assert counts(reply, "Interviews: Recorded within 72 h (of completed)") == (1, 2)
    assert row(reply, "Return interviews by team", "Total") == (7, 2, 28.6, 1, 50.0, 25.0)
    assert row(reply, "Every measure by team", "Median hours, return to held") == (10.0, 10.0)


LATE, DAYS = "Told late (of not held within 72 h)", "Held within 3 working days (local)"
#: Back on the Friday before a bank holiday: the third working day is Thursday 1 June.
FRIDAY = at("Fri 26 May 2017 18:30")


def owed(child: int, held: str = "", hosted: bool = False, **facts: object) -> Recorded:
    when = at(held) if held else None
    found = interview(FRIDAY, held_at=when, recorded_at=when, worker=None, **facts)  # type: ignore[arg-type]
    return episode(child, FRIDAY - hours(5), FRIDAY, hosted=hosted, interview=found)


def test_told_late_and_three_working_days_are_printed_beside_the_statutory_measure() -> None:
    found = [
        owed(1, "Mon 29 May 2017 18:30"),
        owed(2, "Mon 29 May 2017 18:31", outcome_reason="late_notification"),
        owed(3, "Thu 1 Jun 2017 23:59"),
        owed(4, "Fri 2 Jun 2017 00:00", outcome_reason="late_notification"),
        owed(5, outcome_reason="capacity"),
        owed(6, "Fri 16 Jun 2017 18:30", hosted=True),
        owed(7, outcome_reason="died"),
    ]
    reply = whole("interviews 2017-05", of=found)
    assert counts(reply, "Interviews: Held within 72 h") == (1, 5)
    assert counts(reply, f"Interviews: {LATE}") == (2, 4)
    assert counts(reply, f"Interviews: {DAYS}") == (3, 5)
    assert row(reply, "Every measure by team", LATE) == ("2/4 50.0%", "2/4 50.0%")
    assert row(reply, "Every measure by team", DAYS) == ("3/5 60.0%", "3/5 60.0%")
    # K10: the middle of 72 h, 72 h 1 min, 149 h 29 min and 149 h 30 min; the hosted child's three weeks are not ours.
    assert row(reply, "Every measure by team", "Median hours, return to held") == (110.8, 110.8)
    for place in (REFERENCES, COUNTS):
        posted = everything(ask("interviews 2017-H1", of=found, place=place))
        assert LATE not in posted
        assert DAYS not in posted


def test_an_empty_period_has_no_percentages() -> None:
    assert row(whole("interviews 2016-H2"), "Return interviews by team", "Total") == (0, 0, None, 0, None, None)


def test_teams_stand_below_one_another_in_three_columns_and_one_team_has_its_measures() -> None:
    brief = ask("interviews 2017-H1", of=[*FACTS, *(replace(x, area="south") for x in FACTS[:1])])
    assert brief.tables[0].columns[0] in ("Team", "Measure")
    assert len(brief.tables) == 1
    assert len(brief.tables[0].columns) <= 3


def test_a_list_has_no_measures() -> None:
    reply = ask("interviews overdue measures", of=FACTS)
    assert (reply.status, offered(reply)) == ("unclear", ["interviews 2017-H1 measures"])


def test_a_list_and_a_period_are_not_asked_for_at_once() -> None:
    reply = ask("interviews overdue 2017-H1")
    assert (reply.status, offered(reply)) == ("unclear", ["interviews overdue"])


def test_who_may_not_see_lists_gets_figures() -> None:
    for who, place in (("analyst", PRIVATE), ("analyst", REFERENCES)):
        reply = ask("interviews", who, of=FACTS, place=place)
        assert (reply.status, reply.level) == ("ok", 0)
        assert reply.title == "Whole county, January to June 2017: return interviews"
        assert "OX-" not in str(reply)
        assert ask("interviews overdue", who, of=FACTS, place=place).status == "refused"
    assert ask("interviews", "admin").status == "refused"


def test_a_list_of_ones_own_may_be_of_those_overdue_or_due() -> None:
    assert ask("interviews mine overdue", "north-worker", of=FACTS).title.startswith(
        "Your return interviews, overdue: "
    )
    both = ask("interviews overdue due", of=FACTS)
    assert (both.status, offered(both)) == ("unclear", ["interviews due", "interviews overdue"])


def test_interviews_due_on_a_day_are_those_whose_72_hours_end_then() -> None:
    def back(child: int, at: datetime) -> Recorded:
        return episode(child, at - hours(5), at, interview=interview(at, worker="W-N01"))

    tomorrow, friday = at("Mon 3 Jul 2017 15:00"), at("Tue 4 Jul 2017 01:00")
    facts = [back(1, tomorrow), back(2, friday), back(3, at("Sat 1 Jul 2017 10:00"))]
    for typed, children in (
        ("interviews due tomorrow", [1]),
        ("interviews due friday", [2]),
        ("interviews due 2017-07-06..2017-07-07", [1, 2]),
        ("interviews due today", []),
        ("interviews due tomorrow south", []),
    ):
        reply = ask(typed, of=facts, export=True)
        assert [r[0] for t in reply.tables for r in t.rows] == [reference(n) for n in children], typed
    assert ask("interviews due tomorrow", of=facts).title == "Return interviews due 2017-07-06, Whole county: 1"
    past = ask("interviews due last month north", of=facts)
    assert (past.status, offered(past)) == (
        "unclear",
        ["interviews overdue north", "interviews 2017-06 north"],
    )


@pytest.mark.parametrize("n", [0, 1, 49, 500])
def test_every_page_of_a_list_fits_and_at_most_five_rows_have_a_button(n: int) -> None:
    many = [back(i, 24 + i % 200, None if i % 2 else "W-N01") for i in range(1, n + 1)]
    for who in ("north-manager", "north-worker", "lead"):
        reply = ask("interviews", who, of=many)
        for page in pages(reply):
            check_blocks(page)
        assert len(rows(reply)) == sum(bool(r.buttons) for r in rows(reply)) <= 5
        assert len(rows(reply)) + sum(len(t.rows) for t in reply.tables) == min(n, 100)
