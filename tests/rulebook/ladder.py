"""The escalation ladder (domain.md 10.4), row by row: who is called when, until when, and who is next.

A piece is one call, as one line; `python -m tests.rulebook L1 L2 ...` prints them as the ladder's table. Suspected
abduction is in no export, so it has no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.rules.escalations.ladder import next_role
from bot.rules.time.clock import to_london
from tests.rulebook.book import Piece, case
from tests.rulebook.doors import BECAUSE, LEAD, MANAGER, POLICE, WORKER, Doors, child, council, police, told
from tests.support.exports import Row

SUPERINTENDENT = "police-lead"
YOUNG = {"birth_date": "01/02/2006"}
EVENING = "2017-07-04 20:31"


def load(d: Doors, words: str, *rows: Row, young: bool = False) -> None:
    """Load police records of one child, and the council's record of the child."""
    d.load(words, police=list(rows), children=[child(birth_date="2006-02-01" if young else "2003-02-01")])


def table(d: Doors) -> list[str]:
    """Return each call made so far: one line a message."""
    named: dict[int, list[dict[str, object]]] = {}
    for row in d.bot.rows("escalation"):
        named.setdefault(row["named_in"] or row["id"], []).append(row)
    found = []
    for rows in named.values():
        first, rules = rows[0], [str(r["rule"]) for r in rows]
        agency, role = str(first["agency"]), str(first["role"])
        then = next_role(d.bot.app.partnership, agency, rules, role) or "again"
        found.append(
            f"{_at(first['raised_at'])} {agency}: {_words(role)}, until {_at(first['acknowledge_by'])}, "
            f"next {_words(then)} ({' + '.join(rules)})"
        )
    return found


def _at(when: object) -> str:
    assert isinstance(when, datetime)
    return f"{to_london(when):%a %H:%M}"


def _words(role: str) -> str:
    return role.replace("_", " ")


def play(d: Doors, expected: Sequence[str]) -> Iterator[Piece]:
    """Yield a piece for each call expected, and that no other call was made."""
    found = table(d)
    yield from ((line, line in found) for line in expected)
    yield "nobody else", found == list(expected)


def acknowledge(d: Doors, who: str, words: str, rule: str) -> bool:
    """Acknowledge the newest call of a person's agency that names a rule, in chat."""
    agency = "police" if who in (POLICE, SUPERINTENDENT) else "council"
    rows = [r for r in d.bot.rows("escalation") if (r["rule"], r["agency"]) == (rule, agency)]
    return "Acknowledged for" in d.said(f"escalations {rows[-1]['id']} acknowledge", who, words)


def evening(*times: str) -> list[str]:
    return [f"Tue 4 Jul 2017 {time}" for time in times]


@case("L1")
def under_13(d: Doors) -> Iterator[Piece]:
    """Any report of a child under 13, on a plan or UASC: duty of both agencies, then tier after tier."""
    load(d, "Tue 4 Jul 2017 20:31", police(1, EVENING, **YOUNG), young=True)
    d.tick(*evening("20:31", "20:32", "21:00", "21:01", "21:02", "22:00", "22:01", "23:00", "23:01"))
    yield from play(
        d,
        [
            "Tue 20:31 police: duty inspector, until Tue 21:01, next superintendent on call (special)",
            "Tue 20:31 council: duty team manager, until Tue 21:01, next assistant director (special)",
            "Tue 21:01 police: superintendent on call, until Tue 22:01, next detective lead (special)",
            "Tue 21:01 council: assistant director, until Tue 22:01, next director (special)",
            "Tue 22:01 police: detective lead, until Tue 23:01, next again (special)",
            "Tue 22:01 council: director, until Tue 23:01, next again (special)",
            "Tue 23:01 police: detective lead, until Wed 00:01, next again (special)",
            "Tue 23:01 council: director, until Wed 00:01, next again (special)",
        ],
    )


@case("L2")
def high(d: Doors) -> Iterator[Piece]:
    """Graded high: duty at once; confirmed, the superintendent and the assistant director, in the same call."""
    load(d, "Tue 4 Jul 2017 20:31", police(1, EVENING, risk="high"))
    d.tick(*evening("20:31", "21:00", "21:01", "21:02"))
    yield "the superintendent acknowledges", acknowledge(d, SUPERINTENDENT, "Tue 4 Jul 2017 21:10", "high")
    d.tick(*evening("21:11", "22:01", "22:02"))
    yield from play(
        d,
        [
            "Tue 20:31 police: duty inspector, until Tue 21:01, next superintendent on call (special)",
            "Tue 20:31 council: duty team manager, until Tue 21:01, next assistant director (special)",
            "Tue 21:01 police: superintendent on call, until Tue 22:01, next detective lead (special + high)",
            "Tue 21:01 council: assistant director, until Tue 22:01, next director (special + high)",
            "Tue 22:01 council: director, until Tue 23:01, next again (special + high)",
        ],
    )


@case("L2a")
def high_answered(d: Doors) -> Iterator[Piece]:
    """Graded high, and answered by duty: the confirmed grade calls only whom it adds, and nobody after their answer."""
    load(d, "Tue 4 Jul 2017 20:31", police(1, EVENING, risk="high"))
    d.tick(*evening("20:31"))
    for who in (POLICE, MANAGER):
        yield f"{who} acknowledges", acknowledge(d, who, "Tue 4 Jul 2017 20:40", "special")
    d.tick(*evening("20:41", "21:00", "21:01"))
    for who in (SUPERINTENDENT, LEAD):
        yield f"{who} acknowledges", acknowledge(d, who, "Tue 4 Jul 2017 21:10", "high")
    d.tick(*evening("21:31", "22:01", "23:01"), "Wed 5 Jul 2017 08:00")
    yield from play(
        d,
        [
            "Tue 20:31 police: duty inspector, until Tue 21:01, next superintendent on call (special)",
            "Tue 20:31 council: duty team manager, until Tue 21:01, next assistant director (special)",
            "Tue 21:01 police: superintendent on call, until Tue 22:01, next detective lead (high)",
            "Tue 21:01 council: assistant director, until Tue 22:01, next director (high)",
        ],
    )


@case("L2b")
def high_said_in_chat(d: Doors) -> Iterator[Piece]:
    """High said by the police in chat before their file has it: one grade, confirmed when half an hour is over."""
    load(d, "Tue 4 Jul 2017 20:31", police(1, EVENING, risk="medium"))
    d.tick(*evening("20:31"))
    yield "nobody is called for a medium grade", table(d) == []
    said = d.said(f"said {d.ref()} high at 20:40 {BECAUSE}", POLICE, "Tue 4 Jul 2017 20:41")
    yield "the police say high", "high" in said.lower()
    d.tick(*evening("20:41"))
    for who in (POLICE, MANAGER):
        yield f"{who} acknowledges", acknowledge(d, who, "Tue 4 Jul 2017 20:45", "special")
    load(d, "Tue 4 Jul 2017 21:00", police(1, EVENING, risk="high", risk_at="2017-07-04 20:40"))
    d.tick(*evening("21:00", "21:09", "21:10", "21:11"))
    yield from play(
        d,
        [
            "Tue 20:41 police: duty inspector, until Tue 21:11, next superintendent on call (special)",
            "Tue 20:41 council: duty team manager, until Tue 21:11, next assistant director (special)",
            "Tue 21:10 police: superintendent on call, until Tue 22:10, next detective lead (high)",
            "Tue 21:10 council: assistant director, until Tue 22:10, next director (high)",
        ],
    )


@case("L3")
def ungraded(d: Doors) -> Iterator[Piece]:
    """No grade for an hour: the duty inspector alone, then the police's next tiers."""
    load(d, "Tue 4 Jul 2017 20:31", police(1, EVENING, risk="", risk_at=""))
    d.tick(*evening("20:31", "21:30", "21:31", "22:00", "22:01", "23:01"))
    yield from play(
        d,
        [
            "Tue 21:31 police: duty inspector, until Tue 22:01, next superintendent on call (ungraded)",
            "Tue 22:01 police: superintendent on call, until Tue 23:01, next detective lead (ungraded)",
            "Tue 23:01 police: detective lead, until Wed 00:01, next again (ungraded)",
        ],
    )


@case("L4")
def open_24_hours(d: Doors) -> Iterator[Piece]:
    """Missing for 24 hours: missing person coordinator and head of service, two hours between 07:00 and 22:00."""
    load(d, "Tue 4 Jul 2017 19:00", police(1, "2017-07-03 20:01"))
    d.tick(*evening("19:00", "20:00", "20:01", "22:00"), *(f"Wed 5 Jul 2017 {t}" for t in ("07:00", "07:01", "08:01")))
    yield from play(
        d,
        [
            "Tue 20:01 police: missing person coordinator, until Wed 07:01, next detective lead (open)",
            "Tue 20:01 council: head of service, until Wed 07:01, next director (open)",
            "Wed 07:01 police: detective lead, until Wed 08:01, next again (open)",
            "Wed 07:01 council: director, until Wed 08:01, next again (open)",
            "Wed 08:01 police: detective lead, until Wed 09:01, next again (open)",
            "Wed 08:01 council: director, until Wed 09:01, next again (open)",
        ],
    )
    due = {row["decide_by"] for row in d.bot.rows("escalation") if row["tier"] == 1}
    yield "a strategy decision within five working days", {_at(x) for x in due} == {"Wed 00:00"} and len(due) == 1


@case("L5")
def open_72_hours(d: Doors) -> Iterator[Piece]:
    """Missing for 72 hours: detective lead and director, the same day; then at their interval in the daytime."""
    load(d, "Tue 4 Jul 2017 19:00", police(1, "2017-07-01 20:01"))
    d.tick(*evening("19:00"))
    for who in (POLICE, LEAD):
        yield f"{who} acknowledges the 24 hours", acknowledge(d, who, "Tue 4 Jul 2017 19:30", "open")
    d.tick(*evening("20:00", "20:01", "21:59", "22:00"), "Wed 5 Jul 2017 08:00")
    yield from play(
        d,
        [
            "Tue 19:00 police: missing person coordinator, until Tue 21:00, next detective lead (open)",
            "Tue 19:00 council: head of service, until Tue 21:00, next director (open)",
            "Tue 20:01 police: detective lead, until Tue 22:00, next again (long)",
            "Tue 20:01 council: director, until Tue 22:00, next again (long)",
            "Tue 22:00 police: detective lead, until Wed 08:00, next again (long)",
            "Tue 22:00 council: director, until Wed 08:00, next again (long)",
            "Wed 08:00 police: detective lead, until Wed 09:00, next again (long)",
            "Wed 08:00 council: director, until Wed 09:00, next again (long)",
        ],
    )


@case("L6")
def three_in_90_days(d: Doors) -> Iterator[Piece]:
    """Three in 90 days: coordinator and team manager, one working day, whether or not the child is back."""
    nights = [police(n, f"2017-06-{n}0 20:00", f"2017-06-{n}0 23:00") for n in (1, 2)]
    load(d, "Tue 4 Jul 2017 20:31", *nights, police(3, "2017-07-04 20:31"))
    d.tick(*evening("20:31"))
    load(d, "Tue 4 Jul 2017 23:30", *nights, police(3, "2017-07-04 20:31", "2017-07-04 23:00"))
    d.tick(*evening("23:30"), *(f"{day} Jul 2017 20:31" for day in ("Wed 5", "Thu 6")))
    yield from play(
        d,
        [
            "Tue 20:31 police: missing person coordinator, until Wed 20:31, next strategic lead (repeat)",
            "Tue 20:31 council: team manager, until Wed 20:31, next strategic lead (repeat)",
            "Wed 20:31 police: strategic lead, until Thu 20:31, next again (repeat)",
            "Wed 20:31 council: strategic lead, until Thu 20:31, next again (repeat)",
            "Thu 20:31 police: strategic lead, until Fri 20:31, next again (repeat)",
            "Thu 20:31 council: strategic lead, until Fri 20:31, next again (repeat)",
        ],
    )


@case("L7")
def interview(d: Doors) -> Iterator[Piece]:
    """The return interview: worker, manager, coordinator, and the head of service a day after the breach."""
    start, back = "2017-07-03 22:00", "2017-07-04 09:00"
    d.load("Tue 4 Jul 2017 09:30", police=[police(1, start, back)], children=[child()])
    d.load("Tue 4 Jul 2017 09:31", interviews=[council(1, start, back)])
    d.tick("Thu 6 Jul 2017 08:31", "Thu 6 Jul 2017 17:00")
    yield "the worker before it is due", bool(told(d, WORKER))
    yield "the manager with hours left", bool(told(d, MANAGER))
    yield "not the head of service before the breach", not told(d, LEAD)
    d.tick("Fri 7 Jul 2017 09:01", "Mon 10 Jul 2017 08:31")
    yield "the coordinator after the breach", bool(told(d, "coordinator"))
    yield "the head of service a day after the breach", bool(told(d, LEAD, d.ref()))


@case("L8")
def unacknowledged(d: Doors) -> Iterator[Piece]:
    """Unacknowledged: the next tier, and after the last both duty desks, and administrators."""
    load(d, "Tue 4 Jul 2017 20:31", police(1, EVENING, **YOUNG), young=True)
    d.tick(*evening("20:31", "21:01", "22:01"))
    alarms = [n for n in d.bot.rows("notice") if n["kind"] == "alarm" and "ran out of tiers" in n["text"]]
    yield "nobody is alarmed before the last tier is over", alarms == []
    d.tick(*evening("23:01"))
    alarms = [n for n in d.bot.rows("notice") if n["kind"] == "alarm" and "ran out of tiers" in n["text"]]
    for desk, who in (("police", POLICE), ("council", MANAGER)):
        yield f"the duty desk of {desk}", sum(n["person_id"] == who for n in alarms) == 1
    yield "administrators", sum(n["person_id"] == "admin" for n in alarms) == 1
    yield "once for both agencies", all("police 1, council 1" in n["text"] for n in alarms)
    yield "nothing of the child", not any("OX-" in n["text"] for n in alarms)
    yield "the superintendent still acknowledges", acknowledge(d, SUPERINTENDENT, "Tue 4 Jul 2017 23:10", "special")
    d.tick("Wed 5 Jul 2017 00:01")
    yield "and then only the council is called", [line[:17] for line in table(d)[-1:]] == ["Wed 00:01 council"]
    yield "once", sum(line.startswith("Wed 00:01") for line in table(d)) == 1
