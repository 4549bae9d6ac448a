"""home: one's own work first, and nothing that a list would not show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.command import Place
from bot.reply import Reply
from tests.asking import COUNTS, REFERENCES, ask
from tests.factories import NOW, Recorded, episode, hours, interview, sources
from tests.memory import MemoryFacts


def back(child: int, ago: float, worker: str | None = "W-N01", area: str = "north", **facts: Any) -> Recorded:
    when = NOW - hours(ago)
    return episode(child, when - hours(5), when, area=area, interview=interview(when, worker=worker, **facts))


MINE = [back(1, 80), back(2, 60)]
OTHERS = [back(3, 75, None), back(4, 10, "W-S01", "south")]


def section(reply: Reply, title: str) -> tuple[str, ...]:
    return next((s.lines for s in reply.sections if s.title == title), ())


def test_ones_own_interviews_come_least_time_left_first_with_their_buttons() -> None:
    reply = ask("home", "north-worker", of=[*MINE, *OTHERS])
    assert reply.title == "My interviews (2)"
    assert [line.split()[1] for line in reply.text] == [x.child_ref for x in MINE]
    of_lines = [(b.label, b.line) for b in reply.buttons if b.line is not None]
    assert of_lines[:2] == [("Record", 0), ("I'm on it", 0)]
    assert {line for _, line in of_lines} == {0, 1}
    assert reply.buttons[0].command == f"interview {MINE[0].child_ref} #{MINE[0].id}"


def test_more_than_fit_are_said_and_one_press_away() -> None:
    many = [back(n, 20 + n) for n in range(1, 12)]
    reply = ask("home", "north-worker", of=many)
    assert reply.title == "My interviews (11)"
    assert reply.text[-1] == "… and 3 more: interviews mine"
    assert len(reply.text) == 9
    assert "interviews mine" in [b.command for b in reply.buttons]


def test_a_worker_sees_of_the_area_what_its_list_shows_them() -> None:
    lines = section(ask("home", "south-worker", of=[*MINE, *OTHERS]), "My areas")
    assert lines == ("0 need an owner · 0 overdue · 0 due in the next 24 hours · 1 open in all",)


def test_a_manager_sees_how_their_area_stands_and_no_other() -> None:
    lines = section(ask("home", "north-manager", of=[*MINE, *OTHERS]), "My areas")
    assert lines == ("1 need an owner · 2 overdue · 1 due in the next 24 hours · 3 open in all",)


def test_it_counts_as_the_list_does() -> None:
    facts = [*MINE, *OTHERS]
    listed = ask("interviews", "north-manager", of=facts)
    found = {f.label: f.value for f in listed.facts}
    line = section(ask("home", "north-manager", of=facts), "My areas")[0]
    assert line.startswith(f"{found['Interviews with no owner']} need an owner · {found['Interviews overdue']} overdue")


@pytest.mark.parametrize("who", ["analyst", "admin"])
def test_whoever_sees_no_child_sees_none_here(who: str) -> None:
    reply = ask("home", who, of=[*MINE, *OTHERS])
    assert reply.title == "Your page"
    assert "OX-" not in str(reply)


def test_what_is_too_old_is_not_read_as_nothing() -> None:
    reply = ask("home", "north-worker", of=MemoryFacts(MINE, taken=sources(NOW - timedelta(days=9))))
    assert reply.title == "My interviews: not known"
    assert any("do not read as zero" in line for line in section(reply, "The bot"))


def test_ones_settings_are_said() -> None:
    lines = section(ask("home", "north-worker", of=MINE), "My settings")
    assert lines == (
        "Reminders come 08:00 to 18:00 on Mon, Tue, Wed, Thu, Fri, but for bank holidays.",
        "You are not away.",
    )


@pytest.mark.parametrize("place", [REFERENCES, COUNTS])
def test_it_is_for_one_person_in_private(place: Place) -> None:
    reply = ask("home", "north-worker", of=MINE, place=place)
    assert (reply.status, reply.text) == ("refused", ("This place is not private enough for that. Ask me in private.",))
