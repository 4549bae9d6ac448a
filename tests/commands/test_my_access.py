"""my-access: a person's own roles, rights, limits and questions; never a reference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.partnership.roles import RIGHTS
from tests.support.asking import BECAUSE, COUNTS, REFERENCES, ask, desk, everything, section, table
from tests.support.factories import NOW, episode, person, reference, somebody
from tests.support.memory_facts import MemoryFacts


def test_roles_with_their_areas_and_ends() -> None:
    who = replace(
        person("north-worker"),
        also=(
            HeldRole("analyst", (), date(2017, 7, 19)),
            HeldRole("team_manager", ("south",), date(2017, 7, 20)),
            HeldRole("panel_member", (), date(2017, 7, 4)),
        ),
    )
    reply = ask("my-access", who)
    assert section(reply, "Your roles") == (
        "allocated worker for north, without an end",
        "⚠ analyst, until 19 Jul 2017: ends soon",
        "team manager for south, until 20 Jul 2017",
        "panel member: ended on 4 Jul 2017",
    )
    assert not any("panel" in line for line in section(reply, "What you may do"))


def test_in_plain_words_from_the_rights_that_decide() -> None:
    assert section(ask("my-access", somebody("duty_inspector")), "What you may do")[0] == (
        "As duty inspector: see figures (everywhere); see lists of children by reference (everywhere); "
        "look up a child (children missing now); acknowledge an escalation (everywhere)."
    )
    assert "no child data" in section(ask("my-access", "admin"), "What you may do")[0]


def test_what_needs_a_reason() -> None:
    assert "Each look" in section(ask("my-access", "lead"), "What needs a reason")[0]
    assert (
        "one child for 30 minutes, at most 3 in 30 days" in section(ask("my-access", "north-worker"), "What needs")[0]
    )
    assert section(ask("my-access", "analyst"), "What needs a reason") == ("Nothing.",)


def test_what_is_locked_open_and_asked_without_a_reference() -> None:
    worker, facts = person("north-worker"), MemoryFacts([episode(2, area="south")])

    def said(text: str) -> str:
        return everything(desk(facts).answer(Request(worker, PRIVATE, text, NOW)))

    assert "Your look-ups are not locked." in said("my-access")
    said(f"child {reference(2)} {BECAUSE}")
    assert "Open to you outside your area: one child of south, until Wed 5 Jul 08:30." in said("my-access")
    for _ in range(9):
        said(f"child {reference(2)}")
    for _ in range(12):
        said(f"child {reference(999)}")
    reply = desk(facts).answer(Request(worker, PRIVATE, "my-access", NOW))
    assert reply.text[1] == "⚠ Your look-ups are locked until Wed 5 Jul 09:00."
    assert len(table(reply, "What you last asked about a child").rows) == 20
    assert "OX-" not in everything(reply)


@pytest.mark.parametrize("role", RIGHTS)
def test_everybody_who_is_listed_in_private_alone(role: str) -> None:
    who = Person(id="p", agency="council", role=role)  # type: ignore[arg-type]
    assert ask("my-access", who).status == "ok"
    assert {ask("my-access", who, place=place).status for place in (REFERENCES, COUNTS)} == {"refused"}
