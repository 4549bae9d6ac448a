"""reports: what is drafted and signed, for whom each waits, and who sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.command import PRIVATE, Request
from tests.commands.test_report import CHECKED, DRAFT, HALF_SIGNED, PANEL, SIGNED, WITHDRAWN, asked
from tests.support.asking import COUNTS, desk, offered, rows
from tests.support.factories import NOW, person
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

ALL = tuple(replace(r, id=n) for n, r in enumerate((WITHDRAWN, SIGNED, HALF_SIGNED, CHECKED, DRAFT), 1))


def test_each_is_listed_with_its_state_its_snapshot_and_for_whom_it_waits() -> None:
    reply, _ = asked("reports", "lead", *ALL, replace(DRAFT, id=6, snapshot="", files=()))
    assert reply.text[0] == "4 under way, 6 in all."
    assert [str(row) for row in rows(reply)] == [
        "⏳ Report 6 of 2017-H1 · draft, not made yet · waits for a second person to check it, not analyst"
        " · no snapshot yet",
        "⏳ Report 5 of 2017-H1 · draft · waits for a second person to check it, not analyst · snapshot abababab",
        "⏳ Report 4 of 2017-H1 · checked · waits for a strategic lead of the police and the council to sign"
        " · snapshot abababab",
        "⏳ Report 3 of 2017-H1 · signed by the council · waits for a strategic lead of the police to sign"
        " · snapshot abababab",
        "✓ Report 2 of 2017-H1 · signed · snapshot abababab",
        "✓ Report 1 of 2017-H1 · withdrawn · snapshot abababab",
    ]
    assert offered(reply)[0] == "report 6"


@pytest.mark.parametrize("who", ["north-manager", PANEL], ids=str)
def test_who_does_not_draft_sees_signed_ones_alone(who: str) -> None:
    assert [row.subject for row in rows(asked("reports", who, *ALL)[0])] == ["Report 2 of 2017-H1"]


def test_a_channel_sees_signed_ones_alone_without_buttons_on_them() -> None:
    reply, _ = asked("reports", "lead", *ALL, place=COUNTS)
    assert [(row.subject, row.buttons) for row in rows(reply)] == [("Report 2 of 2017-H1", ())]


def test_a_file_has_all_of_them_in_a_table() -> None:
    many = [replace(SIGNED, id=n) for n in range(1, 31)]
    facts = MemoryFacts(trail=MemoryTrail(reports=many))
    reply = desk(facts).answer(Request(person("lead"), PRIVATE, "reports", NOW, export=True))
    assert [row[0] for row in reply.tables[0].rows] == list(range(30, 0, -1))
    assert len(rows(asked("reports", "lead", *many)[0])) == 20
    assert "The newest 20 of 30 are shown." in asked("reports", "lead", *many)[0].footer


def test_administrators_see_none() -> None:
    assert asked("reports", "admin", SIGNED)[0].status == "refused"


def test_reports_of_some_days_may_be_absences_so_both_are_offered() -> None:
    reply, _ = asked("reports 03/04/17 to 07/05/17", "lead")
    assert reply.status == "unclear"
    assert offered(reply) == ["report 2017-04-03..2017-05-07", "stats 2017-04-03..2017-05-07"]
