"""`python -m bot people rota`: a rota as partnerships have it, taken over whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.rules.effects import CoverShift
from bot.rules.partnership.rota import Shift
from bot.store import rota
from bot.store.database import reading, writing
from tests.support.factories import at, partnership
from tests.support.installation import Installation

HEADER = "Role,Person,From,To\n"
WEEK = (
    f"{HEADER}Duty team manager,north-manager,03/07/2017,2017-07-09\n"
    "duty_team_manager,lead,2017-07-10 00:00,2017-08-20 09:00\n"
)
Taking = Callable[..., str]


@pytest.fixture
def bot(installation: Installation) -> Installation:
    installation.done("migrate")
    return installation


def take(bot: Installation, text: str, *more: str, by: str = "admin", code: int = 0) -> str:
    file = bot.folder / "rota.csv"
    Path(file).write_text(text, encoding="utf-8")
    said = bot.run("people", "rota", str(file), "--as", by, *more)
    assert said.code == code, said
    return said.out or said.err


def stored(bot: Installation) -> list[Shift]:
    with bot.database() as engine, reading(engine) as connection:
        return list(rota.shifts(connection))


def recorded(bot: Installation) -> list[tuple[object, ...]]:
    return [tuple(r) for r in bot.ask("SELECT who, outcome, reason FROM audit WHERE action = 'people rota'")]


def test_a_rota_is_taken_over_in_london_time_once(bot: Installation) -> None:
    assert "2 rows, 2 shifts new or gone." in take(bot, WEEK)
    midnight = at("Mon 10 Jul 2017 00:00")
    assert stored(bot) == [
        Shift("duty_team_manager", "north-manager", at("Mon 3 Jul 2017 00:00"), midnight),
        Shift("duty_team_manager", "lead", midnight, at("Sun 20 Aug 2017 09:00")),
    ]
    assert "nothing to change: it is so already" in take(bot, WEEK), "twice is harmless"
    assert recorded(bot) == [("admin", "done", "duty_team_manager: 2 shifts new or gone")]


def test_with_a_fault_nothing_is_taken_over(bot: Installation) -> None:
    said = take(
        bot,
        f"{WEEK}king,lead,2017-07-01,2017-07-02\n"
        "duty,north-manger,2017-07-01,2017-07-02\n"
        "duty,lead,2017-07-02 09:00,2017-07-01 09:00\n"
        "duty,lead,2017-10-29 01:30,2017-10-29 09:00\n"
        "duty,lead,2017-03-26 01:30,2017-03-26 09:00\n"
        "duty,lead,soon,2017-07-02\n"
        "duty,,2017-07-01,2017-07-02\n"
        "duty,lead,2017-07-01\n",
        "--format",
        "csv",
        code=1,
    )
    assert "8 of 10 rows have a fault. Put them right and take the whole file over again." in said
    for line in (
        "rota.csv,4,role,king,is not one of the words",
        "rota.csv,5,person,north-manger,nobody with this id is listed,did you mean north-manager?",
        "rota.csv,6,to,2017-07-01 09:00,is not after from",
        "rota.csv,7,from,2017-10-29 01:30,comes twice: the clocks go back",
        "rota.csv,8,from,2017-03-26 01:30,does not exist: the clocks go forward",
        "rota.csv,9,from,soon,is not a date and time",
        "rota.csv,10,person,,is empty",
        "rota.csv,11,role,,has more or fewer cells than the header",
    ):
        assert line in said
    assert (stored(bot), recorded(bot)) == ([], [])


def test_gaps_and_overlaps_are_said(bot: Installation) -> None:
    first = "duty,lead,2017-07-01,2017-07-06\nduty,coordinator,2017-07-06 09:00,2017-07-08\n"
    said = take(bot, f"{HEADER}{first}duty,lead,2017-07-10,2017-09-01\n", "--dry-run")
    assert "Gap in the rota, duty of council: nobody from Sun 9 Jul 00:00 to Mon 10 Jul 00:00." in said
    assert "Rows 2 and 3: lead and coordinator both hold duty from Thu 6 Jul 09:00 to Fri 7 Jul 00:00." in said
    assert "Rows of shifts that are over: " not in said
    assert (stored(bot), recorded(bot)) == ([], [])


def test_who_may_not_be_called_is_said_with_the_row(bot: Installation) -> None:
    row = "duty,analyst,2017-07-06,2017-07-06\nduty,lead,2017-07-05,2017-07-05\nduty,analyst,2017-07-07,2017-07-08\n"
    said = take(bot, f"{HEADER}{row}", "--dry-run", "--format", "csv")
    assert "analyst may not be called in 2 of these shifts, first row 2: see people grant." in said
    assert "Gap in the rota, duty of council: nobody from Thu 6 Jul 00:00 on." in said


def nights(first: date, last: date) -> list[str]:
    """Return a rota of nights and days, in turns, a row each."""
    rows = []
    for n in range((last - first).days):
        day, following = first + timedelta(days=n), first + timedelta(days=n + 1)
        rows.append(f"Duty team manager,{('lead', 'coordinator')[n % 2]},{day} 17:00,{following} 08:00")
        rows.append(f"Duty team manager,north-manager,{following} 08:00,{following} 17:00")
    return rows


def test_a_year_of_nights_is_taken_over_whole(bot: Installation) -> None:
    """Over both changes of the clocks, without a gap or an overlap."""
    said = take(bot, HEADER + "\n".join(nights(date(2017, 7, 5), date(2018, 7, 5))))
    assert said.splitlines()[1:] == ["730 rows, 730 shifts new or gone."]
    lengths = {s.ends - s.begins for s in stored(bot) if s.person != "north-manager"}
    assert {n / timedelta(hours=1) for n in lengths} == {14, 15, 16}


def test_what_is_odd_late_in_a_long_file_is_said_with_its_rows(bot: Installation) -> None:
    rows = nights(date(2017, 7, 5), date(2018, 7, 5))
    rows[300] = rows[300].replace("17:00", "19:00")
    rows[400] = rows[400].replace("08:00", "09:30")
    rows[0] = "Duty team manager,lead,2016-07-05 17:00,2016-07-06 08:00"
    said = take(bot, HEADER + "\n".join(rows), "--format", "csv")
    assert "Rows of shifts that are over: 1, first row 2. Nobody is called by them." in said
    assert "Sat 2 Dec 17:00 to 19:00" in said
    both = "Rows 402 and 403: lead and north-manager both hold duty_team_manager from Mon 22 Jan 08:00 to 09:30."
    assert both in said


@pytest.mark.parametrize(
    ("row", "column", "value", "why"),
    [
        ("duty,lead,2017-10-28 17:00,2017-10-29 01:30", "to", "2017-10-29 01:30", "comes twice: the clocks go back"),
        ("duty,lead,2018-03-25 01:30,2018-03-25 09:00", "from", "2018-03-25 01:30", "does not exist"),
    ],
)
def test_a_shift_at_an_hour_of_a_clock_change_is_refused(
    bot: Installation, row: str, column: str, value: str, why: str
) -> None:
    said = take(bot, f"{HEADER}{row}\n", "--format", "csv", code=1)
    assert f"rota.csv,2,{column},{value},{why}" in said
    assert "choose a time outside 01:00-01:59, or write it with +01:00 or +00:00" in said
    assert "1 rows, 1 shifts" in take(bot, f"{HEADER}{row.replace(value, f'{value}+00:00')}\n")


def test_what_was_said_in_chat_stays_when_the_same_file_is_taken_over_again(bot: Installation) -> None:
    gap = Shift("duty_team_manager", "coordinator", at("Mon 10 Jul 2017 08:00"), at("Mon 10 Jul 2017 09:00"))
    part = Shift("duty_team_manager", "lead", at("Tue 4 Jul 2017 08:00"), at("Tue 4 Jul 2017 09:00"), "north-manager")
    text = WEEK.replace("2017-07-10 00:00", "2017-07-10 09:00")
    take(bot, text)
    with bot.database() as engine, writing(engine) as connection:
        for each in (gap, part):
            rota.cover(connection, CoverShift((each,), "lead", at("Mon 3 Jul 2017 08:00")), partnership())
    assert "nothing to change" in take(bot, text)
    assert {gap, part} <= set(stored(bot))


def test_a_later_file_takes_the_place_of_an_earlier_one_for_its_own_time(bot: Installation) -> None:
    take(bot, WEEK)
    take(bot, f"{HEADER}duty_team_manager,coordinator,2017-07-05,2017-07-05\nduty,lead,2017-07-01,2017-07-02\n")
    held = [(s.person, s.begins) for s in sorted(stored(bot), key=lambda s: s.begins) if s.role != "duty"]
    assert held == [
        ("north-manager", at("Mon 3 Jul 2017 00:00")),
        ("coordinator", at("Wed 5 Jul 2017 00:00")),
        ("north-manager", at("Thu 6 Jul 2017 00:00")),
        ("lead", at("Mon 10 Jul 2017 00:00")),
    ]


def test_only_an_administrator_takes_a_rota_over(bot: Installation) -> None:
    for who in ("lead", "nobody-1"):
        assert "Only an administrator changes rotas" in take(bot, WEEK, by=who, code=1)
    assert stored(bot) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER, "there is a header but no rows"),
        ("role,person,from\nduty,lead,2017-07-01\n", "the column 'to' is missing"),
        ("role,person,from,to,notes\nduty,lead,2017-07-01,2017-07-02,x\n", "and there is another"),
    ],
)
def test_a_file_that_is_no_rota_is_refused(bot: Installation, text: str, says: str) -> None:
    assert says in take(bot, text, code=1)
