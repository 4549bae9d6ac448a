"""The core definitions R1 to R24 (domain.md 10.1), with the limits that the worked cases leave open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.conversation.reply import Reply
from tests.rulebook.book import Piece, case
from tests.rulebook.doors import (
    BECAUSE,
    COORDINATOR,
    COUNTY,
    LEAD,
    NORTH,
    POLICE,
    Doors,
    child,
    council,
    counts,
    deadline,
    lines,
    looked_after,
    police,
    rows_of,
    section,
    small_print,
    value,
)
from tests.support.exports import Row

MISSING = "Children missing now"
Absence = tuple[int, str, str, int]


def load(d: Doors, words: str, absences: list[Absence], *children: Row, area: str = "") -> None:
    """Load absences (number, start, return, child) in both agencies' exports; of the area, else of the north."""
    cells = {"team": area} if area else {}
    people = children or tuple(child(n) for n in sorted({a[3] for a in absences}))
    d.load(
        words,
        police=[police(n, start, back, child=of) for n, start, back, of in absences],
        children=people,
        interviews=[council(n, start, back, child=of, **cells) for n, start, back, of in absences],
    )


def stats(d: Doors, words: str, label: str = "Episodes") -> object:
    return value(d.ask(f"stats {words}"), label)


def cells(reply: Reply, first: str) -> list[object]:
    """Return the cells after the first of the row that begins so."""
    return next((list(row[1:]) for t in reply.tables for row in t.rows if row[0] == first), [])


def overlapping(d: Doors) -> object:
    """Return how many records `sources` has as overlapping."""
    return next((row[2] for t in d.ask("sources").tables for row in t.rows if row[0] == "overlapping"), None)


def repeats(d: Doors) -> int:
    """Return how many calls the repeat rule made in the police."""
    return sum(r["rule"] == "repeat" and r["agency"] == "police" and r["tier"] == 1 for r in d.bot.rows("escalation"))


@case("R1")
def _child(d: Doors) -> Iterator[Piece]:
    """Child: under 18 at the start; born on 29 February, 18 at 00:00 on 1 March"""
    born = "2000-02-29"
    d.load(
        "Tue 27 Feb 2018 22:00",
        police=[
            police(1, "2018-02-27 20:00", birth_date=born),
            police(2, "2018-02-27 20:00", child=2, birth_date="2000-02-27"),
        ],
        children=[child(birth_date=born), child(2, birth_date="2000-02-27")],
        interviews=[council(1, "2018-02-27 20:00"), council(2, "2018-02-27 20:00", child=2)],
    )
    before, after = d.ask("open", words="Wed 28 Feb 2018 23:59"), d.ask("open", words="Thu 1 Mar 2018 00:00")
    yield "a child on 28 Feb 23:59", lines(before, d.ref(1)) != []
    yield "no child from 1 Mar 00:00", lines(after, d.ref(1)) == []
    yield "18 at the start: in doubt, no figure counts it", stats(d, "2018-02 partial", "Children") == 1


@case("R2")
def _episode(d: Doors) -> Iterator[Piece]:
    """Episode: one continuous time; further reports attach to it; half-open"""
    start = "2017-05-09 20:00"
    rest = {"children": [child()], "interviews": []}
    d.load("Tue 9 May 2017 22:00", police=[police(1, start), police(2, "2017-05-09 21:00")], **rest)
    yield "a further report attaches", len(lines(d.ask("open"), d.ref())) == 1
    back = "2017-05-10 10:00"
    d.load("Wed 10 May 2017 12:00", police=[police(1, start, back), police(2, "2017-05-09 21:00", back)], **rest)
    at_end, before = d.ask("open", words="Wed 10 May 2017 10:00"), d.ask("open", words="Wed 10 May 2017 09:59")
    yield "open until its end, and not at it", (value(before, MISSING), value(at_end, MISSING)) == (1, 0)
    void = {**police(1, start, back), "end_reason": "error_duplicate"}
    d.load("Wed 10 May 2017 13:00", police=[void, police(2, "2017-05-09 21:00", back)], **rest)
    episodes = section(d.ask(f"child {d.ref()} {BECAUSE}", LEAD), "Episodes")
    counted = [line for line in episodes if "void" not in line]
    yield "a void takes its start away", len(counted) == 1 and counted[0].startswith("Tue 9 May 21:00")


@case("R2b")
def _open_by_doubt_alone(d: Doors) -> Iterator[Piece]:
    """Open only because its return could not be read: a report made then is a new absence, and the pair a doubt"""
    rest = {"children": [child()], "interviews": []}
    first = {**police(1, "2017-05-08 20:00"), "returned_at": "back home", "risk": "high"}
    d.load("Tue 9 May 2017 12:00", police=[first], **rest)
    d.tick("Tue 9 May 2017 12:01")
    before = len(d.bot.rows("escalation"))
    again = police(2, "2017-05-10 20:00", risk="high")
    d.load("Wed 10 May 2017 21:00", police=[first, again], **rest)
    d.tick("Wed 10 May 2017 21:01")
    d.clock("Wed 10 May 2017 21:02")
    yield "it starts anew", len(d.episodes()) == 2 and value(d.ask("open"), MISSING) == 1
    yield "with calls", len(d.bot.rows("escalation")) > before
    yield "the pair is a doubt", overlapping(d) in (1, 2)
    yield "that both agencies see", d.ref() in d.said("sources overlapping", POLICE)


@case("R2c")
def _open_for_lack_in_the_file(d: Doors) -> Iterator[Piece]:
    """Open only because the file lacks it: a report made then is a new absence, and the pair a doubt"""
    rest = {"children": [child()], "interviews": []}
    d.load("Tue 9 May 2017 12:00", police=[police(1, "2017-05-08 20:00", risk="high")], **rest)
    d.tick("Tue 9 May 2017 12:01")
    d.load("Wed 10 May 2017 12:00", police=[], **rest)
    yield "it stays listed", lines(d.ask("open"), d.ref()) != []
    before = len(d.bot.rows("escalation"))
    d.load("Wed 10 May 2017 21:00", police=[police(2, "2017-05-10 20:00", risk="high")], **rest)
    d.tick("Wed 10 May 2017 21:01")
    d.clock("Wed 10 May 2017 21:02")
    yield "the report starts anew", len(d.episodes()) == 2 and value(d.ask("open"), MISSING) == 1
    yield "with calls", len(d.bot.rows("escalation")) > before
    yield "the pair is a doubt", overlapping(d) in (1, 2)


@case("R3")
def _new_or_same(d: Doors) -> Iterator[Piece]:
    """New or same: after an end, missing again is a new episode, even ten minutes or no time later"""
    one, two, three = ("2017-05-08 20:00", "2017-05-09 10:00"), "2017-05-09 10:10", "2017-05-09 12:00"
    load(d, "Tue 9 May 2017 13:00", [(1, *one, 1), (2, two, three, 1), (3, three, "", 1)])
    d.clock("Wed 10 May 2017 00:30")
    yield "three episodes", stats(d, "2017-05 partial") == 3
    yield "no doubt", overlapping(d) == 0
    yield "two interviews", len(rows_of(d, d.ref(), "interviews")) == 2


@case("R3b")
def _nights_that_only_the_council_knows(d: Doors) -> Iterator[Piece]:
    """Two nights that only the council knows, each with its end: two, and a doubt that somebody settles in chat"""
    forms = [
        council(1, "2017-05-08 20:00", "2017-05-09 08:00", occurrence_ref=""),
        council(2, "2017-05-09 20:00", "2017-05-10 08:00", occurrence_ref=""),
    ]
    people = [child()]
    d.load("Wed 10 May 2017 12:00", police=[], children=people, interviews=forms)
    d.clock("Thu 11 May 2017 00:30")
    yield "two episodes", stats(d, "2017-05 partial") == 2
    yield "a doubt", overlapping(d) in (1, 2)
    yield "for the council", d.ref() in d.said("sources overlapping", COORDINATOR)
    yield "for the police", d.ref() in d.said("sources overlapping", POLICE)
    one, two = sorted(d.episodes())
    entries = len(d.bot.rows("audit"))
    yield "settled in chat", d.ask(f"same {d.ref()} #{one} #{two} one", COORDINATOR).status == "ok"
    yield "one episode, no doubt", (stats(d, "2017-05 partial"), overlapping(d)) == (1, 0)
    yield "with the trail", any(d.ref() in str(row.values()) for row in d.bot.rows("audit")[entries:])
    d.load("Thu 11 May 2017 07:00", police=[], children=people, interviews=forms)
    yield "the next export keeps it", (stats(d, "2017-05 partial"), overlapping(d)) == (1, 0)


@case("R4")
def _missing_or_away(d: Doors) -> Iterator[Piece]:
    """Missing or away: counts of missing leave away out; a change inside keeps one episode, missing if it ever was"""
    start, back = "2017-05-08 20:00", "2017-05-09 10:00"
    away = council(1, start, "", kind="away", occurrence_ref="")
    other = council(2, start, back, child=2, kind="away", occurrence_ref="")
    people = [looked_after(), looked_after(2)]
    d.load(
        "Mon 8 May 2017 22:00",
        police=[],
        children=people,
        interviews=[away, {**other, "ended_at": "", "returned_at": ""}],
    )
    yield "away is not missing now", value(d.ask("open"), MISSING) == 0
    yield "and is said beside", value(d.ask("open"), "Away, whereabouts known") == 2
    d.load("Tue 9 May 2017 07:00", police=[], children=people, interviews=[{**away, "kind": "missing"}, other])
    yield "it became missing: one episode", len(d.episodes()) == 2 and value(d.ask("open"), MISSING) == 1
    d.load(
        "Tue 9 May 2017 12:00",
        police=[],
        children=people,
        interviews=[council(1, start, back, kind="away", occurrence_ref=""), other],
    )
    d.clock("Wed 10 May 2017 00:30")
    yield "once missing, it counts as missing", stats(d, "2017-05 partial") == 1
    yield "away is not counted", stats(d, "2017-05 partial", "Children") in (0, 1)


@case("R4b")
def _missing_and_away_that_meet(d: Doors) -> Iterator[Piece]:
    """A row missing and a row away that meet are one episode"""
    start, change, back = "2017-05-08 20:00", "2017-05-09 02:00", "2017-05-09 10:00"
    forms = [
        council(1, start, change, returned_at="", occurrence_ref=""),
        council(2, change, back, kind="away", occurrence_ref=""),
    ]
    d.load("Wed 10 May 2017 00:30", police=[], children=[looked_after()], interviews=forms)
    yield "one episode, missing", stats(d, "2017-05 partial") == 1
    said = d.said(f"child {d.ref()} {BECAUSE}", LEAD)
    yield "one line, with both ends", "14 h" in said
    yield (
        "one interview, from the return",
        [("Fri 12 May 10:00" in row) for row in rows_of(d, d.ref(), "interviews")] == [True],
    )


@case("R5")
def _in_period(d: Doors) -> Iterator[Piece]:
    """In period: by the start's local date; reported is another measure; each episode in one period"""
    times = "2017-06-01 00:10", "2017-06-01 10:00"  # 23:10 on 31 May in UTC
    late = police(
        2, "2017-05-30 20:00", "2017-06-01 12:00", child=2, reported_at="2017-06-01 09:00", risk_at="2017-06-01 09:00"
    )
    d.load(
        "Fri 2 Jun 2017 07:00",
        police=[police(1, *times), late],
        children=[child(), child(2)],
        interviews=[council(1, *times), council(2, "2017-05-30 20:00", "2017-06-01 12:00", child=2)],
    )
    d.clock("Mon 5 Jun 2017 07:00")
    yield "the local date decides", stats(d, "2017-06 partial") == 1
    yield "seen in May, reported in June: May's", stats(d, "2017-05") == 1
    yield (
        "reported on 1 June, both",
        any(f": {n} reported (" in str(d.digest(COUNTY, "Fri 2 Jun 2017 08:00").text) for n in (1, 2)),
    )


@case("R6")
def _open_at(d: Doors) -> Iterator[Piece]:
    """Open at an instant: from the start on, until the end"""
    load(d, "Wed 10 May 2017 12:00", [(1, "2017-05-09 20:00", "2017-05-10 10:00", 1)])
    seen = [
        value(d.ask("open", words=f"{t}"), MISSING)
        for t in ("Tue 9 May 2017 20:00", "Wed 10 May 2017 09:59", "Wed 10 May 2017 10:00")
    ]
    yield "at its start, to its end", seen == [1, 1, 0]


@case("R7")
def _active_in_period(d: Doors) -> Iterator[Piece]:
    """Active in period: overlaps it; a named measure, not additive"""
    load(
        d,
        "Mon 3 Jul 2017 07:00",
        [(1, "2017-06-30 23:30", "2017-07-02 10:00", 1), (2, "2017-07-01 10:00", "2017-07-01 12:00", 2)],
    )
    d.clock("Tue 4 Jul 2017 00:30")

    def active(period: str) -> list[object]:
        facts = d.ask(f"stats {period}").facts
        return [f.value for f in facts if "active" in f.label.lower() or "at any time" in f.label.lower()]

    yield "two children in July", 2 in active("2017-07 partial")
    yield "one of them in June too", 1 in active("2017-06")


@case("R8")
def _children_in_period(d: Doors) -> Iterator[Piece]:
    """Children in period: distinct, with an episode that began in it"""
    load(
        d,
        "Mon 8 May 2017 07:00",
        [(n, f"2017-05-0{n} 20:00", f"2017-05-0{n + 1} 10:00", min(n, 2)) for n in range(1, 5)],
    )
    yield (
        "two children, four episodes",
        (stats(d, "2017-05 partial", "Children"), stats(d, "2017-05 partial")) == (2, 4),
    )


def six(d: Doors) -> None:
    """Load three absences of a child in the north and three in the south."""
    days = [(n, f"2017-05-{2 * n:02} 20:00", f"2017-05-{2 * n + 1:02} 10:00") for n in range(1, 7)]
    d.load(
        "Mon 15 May 2017 07:00",
        police=[police(n, start, back) for n, start, back in days],
        children=[child()],
        interviews=[council(n, start, back, team="Northern" if n < 4 else "Southern") for n, start, back in days],
    )


@case("R9")
def _bands(d: Doors) -> Iterator[Piece]:
    """Bands: the scope is applied before banding"""
    six(d)
    for area, band in (("north", "2-4"), ("south", "2-4"), ("all", "5-9")):
        found = [
            row for t in d.ask(f"bands {area} 2017-05 partial").tables for row in t.rows if str(row[0]).startswith(band)
        ]
        yield f"{band} in {area}", [row[1] for row in found] == [1]


@case("R10")
def _repeat(d: Doors) -> Iterator[Piece]:
    """Repeat: three measures, three names"""
    days = [(n, f"2017-05-{2 * n:02} 20:00", f"2017-05-{2 * n + 1:02} 10:00", 1 if n < 4 else n) for n in range(1, 6)]
    load(d, "Mon 15 May 2017 07:00", days)
    yield "one child with two or more", stats(d, "2017-05 partial", "Children with two or more episodes") == 1
    yield "two repeat episodes", stats(d, "2017-05 partial", "Repeat episodes (episodes less children)") == 2
    yield "three by repeat children", stats(d, "2017-05 partial", "Episodes by children with two or more") == 3


@case("R11")
def _first_ever(d: Doors) -> Iterator[Piece]:
    """First ever: in all history, which begins on a day that is printed"""
    load(
        d,
        "Mon 15 May 2017 07:00",
        [
            (1, "2017-01-09 20:00", "2017-01-10 10:00", 1),
            (2, "2017-05-09 20:00", "2017-05-10 10:00", 1),
            (3, "2017-05-09 20:00", "2017-05-10 10:00", 2),
        ],
    )
    reply = d.ask("stats 2017-05 partial")
    yield "one of the two", value(reply, "Children missing for the first time ever") == 1
    yield "since when is printed", "1 Jul 2016" in small_print(reply)


def three(d: Doors, first: str, last: str, *people: Row) -> None:
    """Load absences at `first`, 15 March and `last`, the last one running, and tick."""
    starts = [first, "2017-03-15 20:00"]
    over = [
        (n, s, f"{datetime.fromisoformat(s) + timedelta(hours=2):%Y-%m-%d %H:%M}", 1) for n, s in enumerate(starts, 1)
    ]
    now = f"{datetime.fromisoformat(last) + timedelta(hours=1):%a %d %b %Y %H:%M}"
    load(d, now, [*over, (3, last, "", 1)], *people)
    d.tick(now)


@case("R12")
def _three_in_ninety(d: Doors) -> Iterator[Piece]:
    """3 in 90 days: a minute less than 90 days after the first start it fires, once"""
    three(d, "2017-02-09 20:01", "2017-05-10 21:00")
    yield "a minute less than 90 times 24 h: yes", repeats(d) == 1
    d.tick("Wed 10 May 2017 22:31", "Wed 10 May 2017 23:31")
    yield "once", repeats(d) == 1
    yield "the label counts from the start, as the call does", lines(d.ask("open"), "3 in 90 days") != []


@case("R12b")
def _exactly_ninety(d: Doors) -> Iterator[Piece]:
    """3 in 90 days: exactly 90 times 24 hours after the first start it does not fire"""
    three(d, "2017-02-09 20:00", "2017-05-10 21:00")
    yield "not at exactly 90 times 24 h", repeats(d) == 0


@case("R12c")
def _hosted_count_too(d: Doors) -> Iterator[Piece]:
    """3 in 90 days: own and hosted together; re-arms when the count falls to two"""
    three(d, "2017-03-01 20:00", "2017-05-10 21:00", looked_after(placing_authority="LA-330"))
    yield "hosted ones count", repeats(d) == 1
    dates = lines(d.ask(f"child {d.ref()} {BECAUSE}", LEAD), "3 in 90 days", "1 Mar", "15 Mar", "10 May")
    yield "a label, with its dates", lines(d.ask("open"), "3 in 90 days") != [] and dates != []
    over = [
        (1, "2017-03-01 20:00", "2017-03-01 22:00", 1),
        (2, "2017-03-15 20:00", "2017-03-15 22:00", 1),
        (3, "2017-05-10 21:00", "2017-05-11 09:00", 1),
    ]
    host = looked_after(placing_authority="LA-330")
    load(d, "Fri 12 May 2017 21:00", [*over, (4, "2017-05-12 20:00", "2017-05-12 20:30", 1)], host)
    d.tick("Fri 12 May 2017 21:01")
    yield "a fourth does not fire again", repeats(d) == 1
    fourth = (4, "2017-05-12 20:00", "2017-05-12 20:30", 1)
    load(d, "Sun 2 Jul 2017 21:00", [*over, fourth, (5, "2017-07-02 20:00", "", 1)], host)
    d.tick("Sun 2 Jul 2017 21:01")
    yield "fallen to two, the third fires again", repeats(d) == 2


def sixteen_and_seventeen(d: Doors) -> None:
    """Load 16 absences in March and 17 in April: 8 and 9 of the north, 8 and 8 of the south, the rest nowhere else."""
    march = [(n, f"2017-03-{n:02} 20:00", f"2017-03-{n:02} 22:00", n) for n in range(1, 17)]
    april = [(20 + n, f"2017-04-{n:02} 20:00", f"2017-04-{n:02} 22:00", n) for n in range(1, 17)]
    april.append((40, "2017-04-20 20:00", "2017-04-20 22:00", 1))
    rows = march + april
    d.load(
        "Mon 8 May 2017 07:00",
        police=[police(n, start, back, child=of) for n, start, back, of in rows],
        children=[child(n) for n in range(1, 17)],
        interviews=[council(n, s, b, child=of, team="Northern" if of < 9 else "Southern") for n, s, b, of in rows],
    )


@case("R13")
def _percent_change(d: Doors) -> Iterator[Piece]:
    """Percent change: one decimal, half up; low base; n/a from nothing"""
    sixteen_and_seventeen(d)
    change = "compare 2017-03 2017-04"

    def changed(area: str = "") -> str:
        return str(cells(d.ask(f"{change} {area} measures"), "Episodes")[-1:])

    yield "16 to 17: +6.3 %, half up", "+6.3%" in changed()
    yield "8 to 9: +12.5 %, low base", "+12.5%" in changed("north") and "low base" in changed("north")
    yield "8 to 8: 0.0 %", "0.0%" in changed("south")
    yield "none to none: 0.0 %", "0.0%" in changed("central")
    yield "none to some: n/a", "n/a (from 0)" in str(cells(d.ask("compare 2017-02 2017-03 measures"), "Episodes")[-1:])


@case("R14")
def _equal_periods(d: Doors) -> Iterator[Piece]:
    """Equal periods: rates per day beside unequal ones; an incomplete one is refused without partial"""
    sixteen_and_seventeen(d)
    reply = d.ask("compare 2017-03 2017-04")
    yield (
        "31 and 30 days: rates per day",
        cells(reply, "Episodes per day")[:2] == [0.57, 0.52] or cells(reply, "Episodes per day")[:2] == [0.52, 0.57],
    )
    yield "and a word", "per-day" in small_print(reply)
    refused = d.ask("compare 2017-04 2017-05")
    yield (
        "not over: refused",
        refused.status != "ok" and not any(row[0] == "Episodes" for t in refused.tables for row in t.rows),
    )
    yield "with partial: compared", cells(d.ask("compare 2017-04 2017-05 partial measures"), "Episodes") != []


@case("R15")
def _area(d: Doors) -> Iterator[Piece]:
    """Area: by the team at the start, said under all measures; the areas add up to the total"""
    sixteen_and_seventeen(d)
    reply = d.ask("stats 2017-04 measures")
    rows = [row for t in reply.tables if t.title.startswith("By area") for row in t.rows]
    yield "the areas add up", sum(int(str(row[2])) for row in rows[:-1]) == rows[-1][2] == 17
    yield "the basis is said", "by the team" in small_print(reply)


@case("R16")
def _status_at_the_start(d: Doors) -> Iterator[Piece]:
    """Looked after, UASC, child protection plan: at the start"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    one = child(looked_after_from="2017-05-09", uasc_from="2017-05-08", uasc_to="2017-05-20", cp_from="2017-05-09")
    load(d, "Wed 10 May 2017 07:00", [(1, *times, 1)], one)
    found = [
        cells(d.ask(f"cohort {x} 2017-05 partial measures"), "Episodes")[:1] for x in ("lac", "not-lac", "uasc", "cp")
    ]
    yield "looked after from the day after: no", found[:2] == [[0], [1]]
    yield "UASC from that day: yes", found[2] == [1]
    yield "a plan from the day after: no", found[3] == [0]


@case("R17")
def _age(d: Doors) -> Iterator[Piece]:
    """Age: completed years at the start"""
    times = "2017-05-09 23:59", "2017-05-10 10:00"
    ages = [("2004-05-10", 1), ("2004-05-09", 2)]
    d.load(
        "Wed 10 May 2017 12:00",
        police=[police(n, *times, child=n, birth_date=born) for born, n in ages],
        children=[child(n, birth_date=born) for born, n in ages],
        interviews=[council(n, *times, child=n) for _, n in ages],
    )
    yield "12 until the birthday", "12 years" in d.said(f"child {d.ref(1)} {BECAUSE}", LEAD)
    yield "13 from the day of it", "13 years" in d.said(f"child {d.ref(2)} {BECAUSE}", LEAD)


@case("R18")
def _in_time(d: Doors) -> Iterator[Piece]:
    """72 hours: exactly 72:00:00 is in time, and not yet overdue"""
    load(d, "Tue 9 May 2017 12:00", [(1, "2017-05-08 20:00", "2017-05-09 10:00", 1)])
    load(d, "Fri 12 May 2017 07:00", [(1, "2017-05-08 20:00", "2017-05-09 10:00", 1)])
    yield "at the deadline: not overdue", rows_of(d, d.ref(), "interviews overdue", "Fri 12 May 2017 10:00") == []
    yield "a minute later: overdue", rows_of(d, d.ref(), "interviews overdue", "Fri 12 May 2017 10:01") != []


@case("R19")
def _clock_start(d: Doors) -> Iterator[Piece]:
    """Clock start: returned, else found; a day alone is 00:00 for reminders and in time on day + 3"""
    start = "2017-05-08 20:00"
    d.load(
        "Tue 9 May 2017 22:00",
        police=[
            police(1, start, "2017-05-09 10:00", found_at="2017-05-09 08:00"),
            police(2, start, found_at="2017-05-09 08:00", child=2, end_reason="hospital"),
        ],
        children=[child(), child(2)],
        interviews=[],
    )
    yield "returned before found", deadline(d.ask(f"interview {d.ref(1)}")) == "Fri 12 May 10:00"
    yield "else found", deadline(d.ask(f"interview {d.ref(2)}")) == "Fri 12 May 08:00"
    form = council(3, start, "2017-05-09", child=3, occurrence_ref="", offered_at="2017-05-09", response="accepted")
    for held, in_time in (("2017-05-12 23:59", (1, 1)), ("2017-05-13 00:00", (0, 1))):
        d.load("Mon 15 May 2017 07:00", police=[], children=[child(3)], interviews=[{**form, "held_at": held}])
        d.now += timedelta(minutes=1)
        may = d.ask("interviews 2017-05")
        yield f"day alone, held {held}", _of_child_three(may) == in_time
    d.clock("Mon 15 May 2017 08:00")
    marks = small_print(d.ask("interviews 2017-05")).lower()
    yield "figures mark it", "date" in marks and ("only" in marks or "precision" in marks or "time not" in marks)


def _of_child_three(reply: Reply) -> object:
    """Return held within 72 hours, without the two whose interview nobody held."""
    found = counts(reply, "Interviews: Held within 72 h")
    return found and (found[0], (found[1] or 0) - 2)


@case("R20")
def _interview_needed(d: Doors) -> Iterator[Piece]:
    """Interview needed: after every missing episode, however short; not after away"""
    away = council(1, "2017-05-04 20:00", "2017-05-04 22:00", kind="away", occurrence_ref="")
    short = police(9, "2017-05-04 20:00", "2017-05-04 20:05", child=2)
    d.load("Thu 4 May 2017 23:00", police=[short], children=[looked_after(), child(2)], interviews=[away])
    yield "missing five minutes: one", len(rows_of(d, d.ref(2), "interviews")) == 1
    yield "away once: none", rows_of(d, d.ref(), "interviews") == []


@case("R20b", keys="[away_interviews]\nepisodes = 3\ndays = 90\n")
def _repeatedly_away(d: Doors) -> Iterator[Piece]:
    """Interview needed: after away where it is repeated, if the partnership asks for it"""
    days = [(n, f"2017-05-0{n} 20:00", f"2017-05-0{n} 22:00") for n in (2, 3, 4)]
    away = [council(n, *times, kind="away", occurrence_ref="") for n, *times in days]
    d.load("Wed 3 May 2017 23:00", police=[], children=[looked_after()], interviews=away[:2])
    before = rows_of(d, d.ref(), "interviews")
    d.load("Thu 4 May 2017 23:00", police=[], children=[looked_after()], interviews=away)
    yield "away three times in three days: one", len(rows_of(d, d.ref(), "interviews")) == 1
    yield "away twice: none", before == []


@case("R21")
def _digest_window(d: Doors) -> Iterator[Piece]:
    """Digest window: from cut-off to cut-off, contiguous, also when a run is late; what was posted stays"""
    start = "2017-05-26 22:00"
    rest = {"children": [child(), child(2)], "interviews": []}
    first = police(1, start, "2017-05-27 06:00")
    d.load("Sat 27 May 2017 07:00", police=[first], **rest)
    d.tick("Sat 27 May 2017 08:00", "Sat 27 May 2017 08:05")
    head = d.chat.to(COUNTY)[0]
    morning = head.text
    second = police(2, "2017-05-27 09:00", child=2)
    d.load("Sun 28 May 2017 07:00", police=[first, second], **rest)
    d.tick("Sun 28 May 2017 09:30", "Sun 28 May 2017 09:31")
    later = head.text
    kept = [x for x in morning.splitlines() if x.startswith(("Since", "Window")) or "missing" in x]
    yield "another day's morning changes nothing of it", all(line in later.splitlines() for line in kept)
    yield (
        "nor is its content in it",
        "Sun 28 May" not in later.replace("Updated Sun 28 May", "") and d.ref(2) not in later,
    )
    sunday = next(k.text for k in d.chat.to(COUNTY) if "Sun 28 May, 08:00" in k.text.splitlines()[0])
    yield (
        "the next one begins where it ended",
        "Since Sat 08:00: " in sunday,
    )
    yield "late, and says so", "due 08:00" in sunday
    both = [k.text for k in d.chat.to(COUNTY)]
    yield "each report in one digest", [sum(f"{d.ref(n)} · reported" in t for t in both) for n in (1, 2)] == [1, 1]


@case("R22")
def _time(d: Doors) -> Iterator[Piece]:
    """Time: stored in UTC, shown in London, with GMT or BST where it comes twice; typed, it is asked which"""
    load(d, "Tue 9 May 2017 12:00", [(1, "2017-05-08 20:00", "2017-05-09 10:00", 1)])
    (stored,) = [x["start_at"] for x in d.bot.rows("episode") if x["id"] in d.episodes()]
    yield "stored in UTC", f"{stored:%H:%M}" == "19:00"
    yield "shown in London", deadline(d.ask(f"interview {d.ref()}")) == "Fri 12 May 10:00"
    d.load(
        "Thu 26 Oct 2017 12:00",
        police=[police(n, "2017-10-25 20:00", f"2017-10-26 0{n - 1}:30", child=n) for n in (2, 3)],
        children=[child(n) for n in (2, 3)],
        interviews=[council(n, "2017-10-25 20:00", f"2017-10-26 0{n - 1}:30", child=n) for n in (2, 3)],
    )
    for n, zone in ((2, "BST"), (3, "GMT")):
        due = deadline(d.ask(f"interview {d.ref(n)}"))
        yield f"{zone} where it comes twice", due == f"Sun 29 Oct 01:30 {zone}"


@case("R23")
def _late_data(d: Doors) -> Iterator[Piece]:
    """Late data: in the next digest under late entries with its true time; the figures change"""
    early = (1, "2017-05-01 20:00", "2017-05-02 10:00", 1)
    load(d, "Wed 10 May 2017 07:00", [early])
    d.tick("Wed 10 May 2017 08:00")
    before = stats(d, "2017-05 partial")
    load(d, "Thu 11 May 2017 07:00", [early, (2, "2017-05-08 20:00", "2017-05-09 10:00", 2)], child(), child(2))
    d.tick("Thu 11 May 2017 08:00")
    digest = d.digest(NORTH)
    yield "in late entries", section(digest, "Late", d.ref(2)) != []
    yield "with its true time", section(digest, "Late", d.ref(2), "8 May 20:00") != []
    yield "not as reported in the window", section(digest, "Reported", d.ref(2)) == []
    yield "once", d.ref(2) not in "\n".join(lines(d.digest(NORTH, "Fri 12 May 2017 08:00"), "late"))
    d.clock("Thu 11 May 2017 09:00")
    yield "the figures change", (before, stats(d, "2017-05 partial")) == (1, 2)


@case("R24")
def _no_inference(d: Doors) -> Iterator[Piece]:
    """No inference: the bot never grades, and never says that a threshold is met"""
    start = "2017-05-07 20:00"
    row = police(1, start, risk="", risk_at="", birth_date="2006-02-01")
    d.load("Wed 10 May 2017 07:00", police=[row], children=[looked_after(birth_date="2006-02-01")], interviews=[])
    d.tick("Wed 10 May 2017 07:01", "Wed 10 May 2017 12:00")
    yield "under 13, 59 hours, no grade: said", lines(d.ask("open"), d.ref(), "no grade yet") != []
    yield "said in child", "the bot computes none" in d.said(f"child {d.ref()} {BECAUSE}", LEAD).lower()
    grades = [r for r in d.bot.rows("grade") if r["occurrence_ref"] == "OCC-1"]
    yield "no grade is stored", all(r["grade"] is None for r in grades)
    said = d.said("strategy", LEAD)
    yield (
        "the decision waits for a person",
        d.ref() in said and "threshold met" not in said.replace("threshold met, by", ""),
    )
