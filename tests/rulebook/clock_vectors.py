"""The clock vectors of the 72 hours and of the digest's window (domain.md 10.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.rules.time.clock import local_day
from tests.rulebook.book import Piece, case
from tests.rulebook.doors import COUNTY, LONG_AGO, WORKER, Doors, child, council, counts, deadline, police
from tests.support.factories import at, hours

#: Number, return as the export has it, the moment of the load, and the deadline as it is shown.
VECTORS = (
    ("V1", "2017-05-26 18:30", "Fri 26 May 2017 19:00", "Mon 29 May 18:30", "spring bank holiday"),
    ("V2", "2017-12-22 23:50", "Sat 23 Dec 2017 00:30", "Mon 25 Dec 23:50", "Christmas Day"),
    ("V3", "2017-06-29 14:00", "Thu 29 Jun 2017 15:00", "Sun 2 Jul 14:00", "crosses the half-year"),
    ("V4", "2026-03-27 20:00", "Fri 27 Mar 2026 21:00", "Mon 30 Mar 21:00", "clocks forward"),
    ("V5", "2026-03-29 00:30", "Sun 29 Mar 2026 02:30", "Wed 1 Apr 01:30", "the night of it"),
    ("V7", "2026-10-24 10:00", "Sat 24 Oct 2026 11:00", "Tue 27 Oct 09:00", "clocks back"),
    ("V8", "2026-10-25T01:30+01:00", "Sun 25 Oct 2026 03:30", "Wed 28 Oct 00:30", "the first 01:30"),
    ("V9", "2026-10-25T01:30+00:00", "Sun 25 Oct 2026 03:30", "Wed 28 Oct 01:30", "the second 01:30"),
    ("V10", "2026-12-24 17:05", "Thu 24 Dec 2026 18:00", "Sun 27 Dec 17:05", "over Christmas"),
)


def _returned(d: Doors, back: str, loaded: str, start: str = "", **talk: str) -> None:
    """Load an absence with this return, and ask as at the load."""
    start = start or f"{at(loaded) - timedelta(days=1):%Y-%m-%d} 08:00"
    rows = {"police": [police(1, start, back)], "interviews": [council(1, start, back, **talk)]}
    d.load(loaded, children=[child()], **rows)


def _vector(number: str, back: str, loaded: str, due: str, why: str) -> None:
    def tell(d: Doors) -> Iterator[Piece]:
        _returned(d, back, loaded)
        yield f"due {due}", deadline(d.ask(f"interview {d.ref()}", WORKER)) == due

    tell.__doc__ = f"Back {back}: {why}"
    case(number)(tell)


for _each in VECTORS[:5]:
    _vector(*_each)


@case("V6")
def _a_time_that_does_not_exist(d: Doors) -> Iterator[Piece]:
    """Sun 2026-03-29 01:30 does not exist: typed, it is rejected; in a file, the moment the clocks jumped to"""
    _returned(d, "2026-03-28 20:00", "Sun 29 Mar 2026 09:00")
    reply = d.ask(f"interview {d.ref()} offered at 29/3/2026 01:30", WORKER)
    yield "rejected, nothing recorded", reply.status != "ok" and d.bot.rows("step") == []
    yield "and why", "01:30" in " ".join(reply.text)
    _returned(d, "2026-03-29 01:30", "Sun 29 Mar 2026 10:00", start="2026-03-27 08:00")
    yield "in a file: 02:00", deadline(d.ask(f"interview {d.ref()}", WORKER)) == "Wed 1 Apr 02:00"


for _each in VECTORS[5:]:
    _vector(*_each)


@case("V11")
def _a_time_that_comes_twice(d: Doors) -> Iterator[Piece]:
    """Sun 2026-10-25 01:30 comes twice: typed, it is asked which; in a file, it is the earlier one"""
    _returned(d, "2026-10-24 20:00", "Sun 25 Oct 2026 09:00")
    reply = d.ask(f"interview {d.ref()} offered at 25/10/2026 01:30", WORKER)
    yield "asked, nothing recorded", reply.status != "ok" and d.bot.rows("step") == []
    both = " ".join([*reply.text, *(b.label for b in reply.buttons), *(b.command for b in reply.buttons)])
    yield "which: BST or GMT", "BST" in both.upper() and "GMT" in both.upper()
    _returned(d, "2026-10-25 01:30", "Sun 25 Oct 2026 10:00", start="2026-10-24 08:00")
    yield (
        "in a file: the earlier",
        deadline(d.ask(f"interview {d.ref()}", WORKER)) == "Wed 28 Oct 00:30",
    )


def _held(number: str, held: str, in_time: int, title: str) -> None:
    def tell(d: Doors) -> Iterator[Piece]:
        talk = {"offered_at": "2017-05-27 10:00", "response": "accepted", "held_at": held}
        _returned(d, "2017-05-26 18:30", "Tue 30 May 2017 07:00", start="2017-05-25 20:00", **talk)
        may = d.ask("stats 2017-05 partial")
        yield "K6 says so", counts(may, "Interviews: Held within 72 h") == (in_time, 1)

    tell.__doc__ = title
    case(number)(tell)


_held("V12", "2017-05-29 18:30:00", 1, "Due 17:30:00Z, held 17:30:00Z: in time")
_held("V13", "2017-05-29 18:30:01", 0, "Due 17:30:00Z, held 17:30:01Z: late")


def _window(number: str, before: str, morning: str, length: int) -> None:
    def tell(d: Doors) -> Iterator[Piece]:
        first, last = at(before), at(morning)
        reported = [first - timedelta(minutes=1), first, last - timedelta(minutes=1), last]
        rows = [police(n, f"{x:%Y-%m-%dT%H:%M}+00:00", child=n) for n, x in enumerate(reported, 1)]
        people = [child(n) for n in range(1, 5)]
        d.clock(morning)
        now = d.now + timedelta(minutes=5)
        for source, files in (("police", rows), ("children", people), ("interviews", [])):
            d.bot.load(source, now, *files, LONG_AGO[source])
        digest = d.digest(COUNTY, morning)
        (window,) = [line for line in digest.footer if line.startswith("Window")]
        found = re.findall(r"(\w{3} \d+ \w{3}) (\d\d:\d\d)", window)
        ends = [at(f"{day} {local_day(last).year} {time}") for day, time in found]
        yield f"{length} hours", ends == [first, last] and last - first == hours(length)
        yield "half-open: two of four reports", ": 2 reported (" in digest.text[-1]

    tell.__doc__ = f"The digest's window at 08:00, {before[4:-11]} to {morning[4:-6]}: {length} h"
    case(number)(tell)


_window("V14", "Sat 28 Mar 2026 08:00", "Sun 29 Mar 2026 08:00", 23)
_window("V15", "Sat 24 Oct 2026 08:00", "Sun 25 Oct 2026 08:00", 25)
