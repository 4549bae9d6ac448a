"""The forty worked edge cases (domain.md 10.2).

With later subjects come: the return's rows of E3 and E25, the reviewing officer and the provider's notice of E17, the
provider's score of E18.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.outbound import PostRefused
from bot.conversation.reply import Reply
from tests.rulebook.book import Piece, case
from tests.rulebook.doors import (
    BECAUSE,
    COORDINATOR,
    COUNTS,
    COUNTY,
    LEAD,
    MANAGER,
    NORTH,
    POLICE,
    WORKER,
    Doors,
    child,
    council,
    counts,
    lines,
    looked_after,
    police,
    rows_of,
    section,
    small_print,
    told,
    value,
)

MISSING = "Children missing now"


def missing_now(d: Doors, words: str = "") -> object:
    return value(d.ask("open", words=words), MISSING)


def interviews_of(d: Doors, ref: str, words: str = "interviews") -> list[str]:
    """Return the rows of a child in a list of interviews."""
    return rows_of(d, ref, words)


def step(d: Doors, words: str, when: str = "", who: str = WORKER, number: int = 1) -> Reply:
    return d.ask(f"interview {d.ref(number)} {words}", who, when)


def _kind(d: Doors, kind: str) -> object:
    """Return how many records `sources` counts of a kind of difference."""
    return next((row[2] for t in d.ask("sources").tables for row in t.rows if row[0] == kind), None)


@case("E1")
def _back_before_the_morning(d: Doors) -> Iterator[Piece]:
    """Missing 22:40 Tue, back 01:15 Wed"""
    times = "2017-05-09 22:40", "2017-05-10 01:15"
    d.load("Wed 10 May 2017 07:00", police=[police(1, *times)], children=[child()], interviews=[council(1, *times)])
    d.tick("Wed 10 May 2017 08:00")
    digest = d.digest(COUNTY)
    yield "one episode", value(d.ask("stats 2017-05 partial", words="Thu 11 May 2017 09:00"), "Episodes") == 1
    yield "lasted 2 h 35 min", lines(d.ask(f"child {d.ref()}"), "2 h 35 min") != []
    yield "counted on Tuesday", value(d.ask("stats 2017-05-09..2017-05-09"), "Episodes") == 1
    yield "not on Wednesday", value(d.ask("stats 2017-05-10..2017-05-10"), "Episodes") == 0
    yield "reported, once", len(section(digest, "Reported", d.ref())) == 1
    yield "returned, once", len(section(digest, "Returned", d.ref())) == 1
    yield "one line each in the post", d.posted(NORTH).count(f"{d.ref()} · reported") == 1


@case("E2")
def _over_the_half_year(d: Doors) -> Iterator[Piece]:
    """Missing 30 Jun 23:30, back 2 Jul"""
    start, back = "2017-06-30 23:30", "2017-07-02 10:00"
    d.load("Fri 30 Jun 2017 23:50", police=[police(1, start)], children=[child()], interviews=[council(1, start)])
    yield "open at 1 Jul 00:00", missing_now(d, "Sat 1 Jul 2017 00:00") == 1
    talk = {"offered_at": "2017-07-02 12:00", "response": "accepted", "held_at": "2017-07-03 10:00"}
    talk["recorded_at"] = "2017-07-03 12:00"
    d.load("Mon 3 Jul 2017 07:00", police=[police(1, start, back)], interviews=[council(1, start, back)])
    yield "counted in H1", value(d.ask("stats 2017-H1"), "Episodes") == 1
    yield "not in H2", value(d.ask("stats 2017-H2 partial"), "Episodes") == 0
    july = d.ask("stats 2017-07 partial")
    active = [f.value for f in july.facts if "active" in f.label.lower() or "at any time" in f.label.lower()]
    yield "active in July", 1 in active
    yield "clock from 2 Jul", "Wed 5 Jul 10:00" in " ".join(interviews_of(d, d.ref()))
    d.load("Tue 4 Jul 2017 07:00", police=[police(1, start, back)], interviews=[council(1, start, back, **talk)])
    d.clock("Mon 10 Jul 2017 09:00")
    d.load("Mon 10 Jul 2017 07:00", police=[police(1, start, back)], interviews=[council(1, start, back, **talk)])
    held = "Interviews: Held within 72 h"
    yield "the KPI is H1's", counts(d.ask("stats 2017-H1"), held) == (1, 1)
    yield "and not July's", counts(d.ask("stats 2017-07 partial"), held) == (0, 0)
    due = [f.value for f in d.ask("interviews 2017-07 partial").facts if "by due date" in f.label.lower()]
    yield "due in July, by its due date", due[:1] == [1]


@case("E3")
def _over_the_year_end(d: Doors) -> Iterator[Piece]:
    """Missing 31 Mar, still missing 1 Apr"""
    start = "2017-03-31 20:00"
    files = {"police": [police(1, start)], "children": [looked_after()], "interviews": [council(1, start)]}
    d.load("Fri 31 Mar 2017 22:00", **files)
    d.load("Sat 1 Apr 2017 07:00", **files)
    reply = d.ask("open")
    yield "still missing", value(reply, MISSING) == 1
    yield "one row, the same start", len(lines(reply, d.ref())) == 1 and bool(lines(reply, d.ref(), "Fri 31 Mar 20:00"))
    yield "counted in March", value(d.ask("stats 2017-03", words="Mon 3 Apr 2017 09:00"), "Episodes") == 1
    yield "not in April", value(d.ask("stats 2017-04 partial"), "Episodes") == 0


@case("E4")
def _eighteen_while_missing(d: Doors) -> Iterator[Piece]:
    """Turns 18 on 10 May, missing since 8 May"""
    start, born = "2017-05-08 20:00", "1999-05-10"
    d.load(
        "Tue 9 May 2017 22:00",
        police=[police(1, start, birth_date=born)],
        children=[looked_after(birth_date=born)],
        interviews=[council(1, start)],
    )
    ref = d.ref()
    yield (
        "missing until midnight, then not",
        (missing_now(d, "Tue 9 May 2017 23:59") == 1 and missing_now(d, "Wed 10 May 2017 00:00") == 0),
    )
    d.tick("Tue 9 May 2017 22:30")
    before = {who: len(d.chat.to(who)) for who in (POLICE, "police-lead", MANAGER, LEAD, COORDINATOR)}
    d.tick("Wed 10 May 2017 00:01", "Wed 10 May 2017 00:02", "Wed 10 May 2017 08:00", "Wed 10 May 2017 08:31")

    def alerts(*people: str) -> list[str]:
        return [k.text for p in people for k in d.chat.to(p)[before[p] :] if ref in k.text]

    yield "the police are told", len(alerts(POLICE, "police-lead")) >= 1
    yield "the council is told", len(alerts(MANAGER, LEAD, COORDINATOR)) >= 1
    yield "that it is a missing adult now", any("adult" in text for text in alerts(*before))
    yield "the care-leaver duty is flagged", any("care" in t and "leaver" in t for t in map(str.lower, alerts(*before)))
    first = {p: len(alerts(p)) for p in before}
    for call in [r for r in d.bot.rows("escalation") if r["rule"] == "turned_18"]:
        d.ask(f"escalations {call['id']} acknowledge", POLICE if call["agency"] == "police" else MANAGER)
    d.tick("Wed 10 May 2017 12:00", "Thu 11 May 2017 08:00", "Thu 11 May 2017 08:31")
    yield "each once", all(n <= 1 for n in first.values()) and {p: len(alerts(p)) for p in before} == first
    yield "the digest says it", "18" in d.posted(COUNTY) and "All clear: nobody missing" not in d.posted(COUNTY)
    yield "counted as a child", value(d.ask("stats 2017-05 partial"), "Children") == 1
    yield "no interview is needed", interviews_of(d, ref) == []


@case("E5")
def _eighteen_inside_the_72_hours(d: Doors) -> Iterator[Piece]:
    """Turns 18 after return, inside 72h"""
    start, back, born = "2017-05-08 20:00", "2017-05-09 10:00", "1999-05-10"
    d.load(
        "Wed 10 May 2017 07:00",
        police=[police(1, start, back, birth_date=born)],
        children=[child(birth_date=born)],
        interviews=[council(1, start, back)],
    )
    yield "still due, unchanged", "Fri 12 May 10:00" in " ".join(interviews_of(d, d.ref()))
    yield "may be offered", step(d, "offered by phone", "Thu 11 May 2017 10:00").status == "ok"
    yield "noted", "18" in d.said(f"interview {d.ref()}", WORKER)


@case("E6")
def _age_assessed(d: Doors) -> Iterator[Piece]:
    """Reported 17, found to be 18+ (age assessment), or the reverse"""
    start, back = "2017-05-08 20:00", "2017-05-09 10:00"
    rows = {"police": [police(1, start, back), police(2, "2017-05-09 20:00", child=2)]}
    rows["interviews"] = [council(1, start, back), council(2, "2017-05-09 20:00", child=2)]
    d.load("Tue 9 May 2017 22:00", children=[child(), child(2)], **rows)
    grown = {"birth_date": "1998-02-01"}
    d.load("Wed 10 May 2017 07:00", children=[child(**grown), child(2, **grown)], **rows)
    d.load("Thu 11 May 2017 07:00", children=[child(**grown), child(2, **grown)], **rows)
    ref, other = d.ref(1), d.ref(2)
    yield "in doubt, in every list", lines(d.ask("open"), other, "age in doubt") != []
    yield "in doubt, the interview stays", interviews_of(d, ref) != []
    yield "in doubt, no figure counts it", value(d.ask("stats 2017-05 partial"), "Children") == 0
    for each in (ref, other):
        d.ask(f"age {each} adult", COORDINATOR)
    may = d.ask("stats 2017-05 partial", words="Mon 15 May 2017 09:00")
    yield "adult: out of the figures", (value(may, "Episodes"), counts(may, "Interviews: Completed")) == (0, (0, 0))
    yield "adult: out of the lists", lines(d.ask("open"), other) == [] and interviews_of(d, ref) == []
    yield "the record stays", len(d.episodes()) == 2
    yield "in the audit trail", any("age" in str(row.values()) for row in d.bot.rows("audit"))
    d.ask(f"age {ref} child", COORDINATOR)
    d.load("Mon 15 May 2017 10:00", children=[child(**grown), child(2, **grown)], **rows)
    yield "the reverse: counted", value(d.ask("stats 2017-05 partial"), "Children") == 1
    yield "the reverse: interview due", interviews_of(d, ref) != []


@case("E7")
def _two_areas(d: Doors) -> Iterator[Piece]:
    """Episodes in two areas in one period"""
    one, two = ("2017-05-02 20:00", "2017-05-03 10:00"), ("2017-05-06 20:00", "2017-05-07 10:00")
    d.load(
        "Mon 8 May 2017 07:00",
        police=[police(1, *one), police(2, *two, area="Vale of White Horse")],
        children=[child()],
        interviews=[council(1, *one), council(2, *two, team="Southern")],
    )
    reply = d.ask("stats 2017-05 partial")
    yield "once in the county", (value(reply, "Children"), value(reply, "Episodes")) == (1, 2)
    for area in ("north", "south"):
        here = d.ask(f"stats {area} 2017-05 partial")
        yield f"once in {area}", (value(here, "Children"), value(here, "Episodes")) == (1, 1)
    yield "the overlap is said", "1 child" in small_print(reply).replace(reply.text[0], "")


@case("E8")
def _found_elsewhere(d: Doors) -> Iterator[Piece]:
    """Missing from north placement, found in central"""
    times = "2017-05-02 20:00", "2017-05-03 10:00"
    d.load(
        "Wed 3 May 2017 12:00",
        police=[police(1, *times, missing_from="care", area="Oxford City")],
        children=[looked_after()],
        interviews=[council(1, *times)],
    )
    d.clock("Thu 4 May 2017 09:00")
    yield "north's, by the start", value(d.ask("stats north 2017-05 partial"), "Episodes") == 1
    yield "not central's", value(d.ask("stats central 2017-05 partial"), "Episodes") == 0


@case("E9")
def _three_calls(d: Doors) -> Iterator[Piece]:
    """Home calls 20:00, school calls 20:30, carer 23:00"""
    first = police(1, "2017-05-09 20:00", risk="medium")
    second = police(2, "2017-05-09 20:30", reporter="school", risk="", risk_at="")
    third = police(3, "2017-05-09 23:00", reporter="carer_foster", risk="high")
    d.load(
        "Tue 9 May 2017 23:30",
        police=[first, second, third],
        children=[child()],
        interviews=[council(1, "2017-05-09 20:00")],
    )
    ref = d.ref()
    d.tick("Tue 9 May 2017 23:31", "Wed 10 May 2017 08:00")
    listed, digest = d.ask("open"), d.digest()
    yield "one row in open", (value(listed, MISSING), len(lines(listed, ref))) == (1, 1)
    yield "one row in the digest", len(section(digest, "Missing now", ref)) == 1
    yield "reported once", (": 1 reported (" in str(digest.text), len(section(digest, "Reported", ref))) == (True, 1)
    yield "the earliest report", lines(digest, ref, "reported Tue 9 May 20:00") != []
    yield "the police's grade", lines(listed, ref, "HIGH") != []
    labels = [*lines(listed, "3 in 90"), *lines(d.ask("escalations", POLICE), "3 in 90"), *lines(digest, "3 in 90")]
    yield "no repeat rule", labels == []
    yield "no call for a repeat", told(d, POLICE, ref, "3 in 90 days") == []
    yield "one episode", value(d.ask("stats 2017-05 partial", words="Wed 10 May 2017 09:00"), "Episodes") == 1
    yield "one in 90 days", "Episodes: 1 in 90 days" in d.said(f"child {ref} {BECAUSE}", LEAD)
    yield (
        "all references are kept",
        d.occurrences() == ["OCC-1", "OCC-2", "OCC-3"],
    )
    back = "2017-05-10 10:00"
    ended = police(1, "2017-05-09 20:00", back), {**second, "returned_at": "2017-05-10 10:30"}, third
    form = council(1, "2017-05-09 20:00", "2017-05-10 10:00")
    d.load("Wed 10 May 2017 12:00", police=ended, interviews=[council(1, "2017-05-09 20:00")])
    yield "missing while a report has no return", missing_now(d) == 1
    over = *ended[:2], {**third, "returned_at": "2017-05-10 10:10", "end_reason": "returned_self"}
    d.load("Wed 10 May 2017 13:00", police=over, interviews=[form])
    d.clock("Wed 10 May 2017 14:00")
    yield "then back", missing_now(d) == 0
    ends = section(d.digest(COUNTY, "Thu 11 May 2017 08:00"), "Returned", ref)
    yield "its end is the latest, once", len(ends) == 1 and "back Wed 10 May 10:30" in ends[0]
    yield "one interview", len(interviews_of(d, ref)) == 1
    late = police(4, "2017-05-10 10:05", reported_at="2017-05-10 19:00", risk_at="2017-05-10 19:00")
    d.load("Wed 10 May 2017 20:00", police=[*over, late], interviews=[form])
    yield "a report after the return is a new absence", missing_now(d) == 1
    yield "that overlaps: a doubt", _kind(d, "overlapping") not in (0, None)
    void = [{**row, "end_reason": "error_duplicate"} for row in over[1:]]
    d.load("Thu 11 May 2017 07:00", police=[over[0], *void, late], interviews=[form])
    d.clock("Thu 11 May 2017 09:00")
    yield (
        "the others voided: that of the evening, and the new one",
        value(d.ask("stats 2017-05 partial"), "Episodes") == 2,
    )


@case("E10")
def _nightly_forms(d: Doors) -> Iterator[Piece]:
    """Home submits a form for each night (Liverpool practice)"""
    start = "2017-05-08 20:00"
    nights = [
        council(1, start, "2017-05-09 08:00"),
        council(2, "2017-05-09 20:00", "2017-05-10 08:00", occurrence_ref=""),
        council(3, "2017-05-10 20:00", occurrence_ref="OCC-1"),
    ]
    seen = police(1, start, missing_from="care")
    d.load("Thu 11 May 2017 07:00", police=[seen], children=[looked_after()], interviews=nights)
    ref = d.ref()
    d.tick("Thu 11 May 2017 07:01", "Thu 11 May 2017 08:00")
    listed = d.ask("open")
    yield "one row in open", (value(listed, MISSING), len(lines(listed, ref))) == (1, 1)
    yield (
        "no form is rejected",
        [r["rejected"] for r in d.bot.rows("source_load") if r["source"] == "interviews"] == [0],
    )
    yield "with the police's grade", lines(listed, ref, "medium") != []
    yield "no interview while missing", interviews_of(d, ref) == []
    yield "one row in the digest", len(section(d.digest(), "Missing now", ref)) == 1
    yield "no repeat rule", told(d, POLICE, "3 in 90 days") == [] and lines(listed, "3 in 90") == []
    back = "2017-05-11 09:00"
    nights[2] = council(3, "2017-05-10 20:00", back, occurrence_ref="OCC-1")
    over = police(1, start, back, missing_from="care")
    d.load("Thu 11 May 2017 12:00", police=[over], interviews=nights)
    d.clock("Thu 11 May 2017 13:00")
    rows = interviews_of(d, ref)
    yield "one interview, from the last return", len(rows) == 1 and "Sun 14 May 09:00" in rows[0]
    may = d.ask("stats 2017-05 partial", words="Fri 12 May 2017 09:00")
    yield "one episode", value(may, "Episodes") == 1


@case("E11")
def _missing_again_before_the_interview(d: Doors) -> Iterator[Piece]:
    """Returned 10:00, missing again 18:00 same day, before RHI"""
    one, two = ("2017-05-08 20:00", "2017-05-09 10:00"), "2017-05-09 18:00"
    d.load(
        "Tue 9 May 2017 20:00",
        police=[police(1, *one), police(2, two)],
        children=[child()],
        interviews=[council(1, *one), council(2, two)],
    )
    ref = d.ref()
    yield "two episodes", len(d.episodes()) == 2
    yield "the first clock runs", "Fri 12 May 10:00" in " ".join(interviews_of(d, ref))
    yield "it cannot be held while missing", step(d, "held at 20:30", "Tue 9 May 2017 21:00").status != "ok"
    d.tick("Wed 10 May 2017 08:00", "Wed 10 May 2017 08:31", "Wed 10 May 2017 12:00")
    yield "reminders pause", told(d, WORKER, ref) == []
    back = "2017-05-10 09:00"
    files = {"police": [police(1, *one), police(2, two, back)], "interviews": [council(1, *one), council(2, two, back)]}
    d.load("Thu 11 May 2017 07:00", **files)
    d.tick("Thu 11 May 2017 08:31")
    yield "back, it is asked: one for both?", told(d, WORKER, ref, "both") != []
    first, second = sorted(d.episodes())
    yield "merged", step(d, f"#{first} merge", "Thu 11 May 2017 09:00").status == "ok"
    held = step(d, "held at 11:00", "Fri 12 May 2017 11:30")
    yield (
        "held once, for both, unasked",
        held.status == "ok" and f"#{first}" in held.title and f"#{second}" in held.title,
    )
    states = [row.split(" · ")[5] for row in interviews_of(d, ref)]
    yield "nothing comes back as due", states == ["held", "held"] and interviews_of(d, ref, "interviews overdue") == []
    talk = {"offered_at": "2017-05-10 12:00", "response": "accepted", "held_at": "2017-05-12 11:00"}
    rows = [council(1, *one, **talk), council(2, two, back, **talk)]
    d.load("Mon 15 May 2017 07:00", police=files["police"], interviews=rows)
    may = d.ask("stats 2017-05 partial")
    yield "each tested for itself", counts(may, "Interviews: Held within 72 h") == (1, 2)
    yield "both completed", counts(may, "Interviews: Completed") == (2, 2)


@case("E12")
def _missing_at_the_deadline(d: Doors) -> Iterator[Piece]:
    """Missing again during 72h and still missing at due time"""
    one, two = ("2017-05-08 20:00", "2017-05-09 10:00"), "2017-05-10 18:00"
    files = {"police": [police(1, *one), police(2, two)], "interviews": [council(1, *one), council(2, two)]}
    d.load("Wed 10 May 2017 20:00", children=[child()], **files)
    d.load("Sat 13 May 2017 07:00", **files)
    ref = d.ref()
    rows = interviews_of(d, ref)
    yield "due, child missing", len(rows) == 1 and "missing" in rows[0]
    yield "not overdue to the worker", interviews_of(d, ref, "interviews overdue") == []
    back, talk = (
        "2017-05-13 12:00",
        {"offered_at": "2017-05-13 14:00", "response": "accepted", "held_at": "2017-05-14 11:00"},
    )
    over = [police(1, *one), police(2, two, back)]
    d.load("Mon 15 May 2017 07:00", police=over, interviews=[council(1, *one, **talk), council(2, two, back)])
    yield "counts as not in time", counts(d.ask("stats 2017-05 partial"), "Interviews: Held within 72 h") == (0, 1)
    first = min(d.episodes())
    said = d.said(f"interview {ref} #{first}", WORKER).lower()
    yield "the reason is pre-filled", "missing again" in said or "child_missing_again" in said


@case("E13")
def _refused(d: Doors) -> Iterator[Piece]:
    """Refused"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    d.load("Tue 9 May 2017 12:00", police=[police(1, *times)], children=[child()], interviews=[council(1, *times)])
    step(d, "offered by phone at 12:30", "Tue 9 May 2017 13:00")
    declined = step(d, "declined by child", "Tue 9 May 2017 13:05")
    yield "declined, with its time", declined.status == "ok" and "declined" in d.said(f"interview {d.ref()}", WORKER)
    yield "the parent or carer is next", "carer" in d.said(f"interview {d.ref()}", WORKER).lower()
    yield "carer contacted", step(d, "carer contacted", "Tue 9 May 2017 14:00").status == "ok"
    d.tick("Wed 10 May 2017 08:31", "Thu 11 May 2017 08:31", "Fri 12 May 2017 08:31", "Mon 15 May 2017 08:31")
    yield "reminders stop", told(d, WORKER, d.ref()) == []
    yield "another attempt, and yes", step(d, "accepted", "Tue 16 May 2017 09:00").status == "ok"
    yield "held after all", step(d, "held at 9:30", "Tue 16 May 2017 10:00").status == "ok"
    no = {"offered_at": "2017-05-09 12:30", "response": "declined"}
    files = {"police": [police(1, *times)], "children": [child()]}
    d.load("Tue 16 May 2017 12:00", interviews=[council(1, *times, **no)], **files)
    may = d.ask("stats 2017-05 partial")
    figures = [counts(may, f"Interviews: {x}") for x in ("Offered", "Declined (of offered)", "Completed")]
    yield "offered 1, declined 1, completed 0", figures == [(1, 1), (1, 1), (0, 1)]
    late = {**no, "response": "accepted", "held_at": "2017-05-16 09:30"}
    d.load("Wed 17 May 2017 07:00", interviews=[council(1, *times, **late)], **files)
    yield "held later: completed 1", counts(d.ask("stats 2017-05 partial"), "Interviews: Completed") == (1, 1)


@case("E14")
def _declined_before_an_offer(d: Doors) -> Iterator[Piece]:
    """ "Declined" logged before any offer"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    d.load("Tue 9 May 2017 12:00", police=[police(1, *times)], children=[child()], interviews=[council(1, *times)])
    reply = step(d, "declined by child")
    yield "rejected", reply.status != "ok" and d.bot.rows("step") == []
    yield "an offer is needed first", "offer" in " ".join(reply.text).lower()


@case("E15")
def _declined_by_a_parent(d: Doors) -> Iterator[Piece]:
    """Parent declines on behalf of child"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    d.load("Tue 9 May 2017 12:00", police=[police(1, *times)], children=[child()], interviews=[council(1, *times)])
    step(d, "offered by phone at 12:30", "Tue 9 May 2017 13:00")
    reply = step(d, "declined by parent", "Tue 9 May 2017 13:05")
    yield "declined, by parent", reply.status == "ok" and d.bot.rows("step")[-1]["detail"] == "parent"
    yield "offer it to the child directly", "child directly" in " ".join([*reply.text, *lines(reply)]).lower()


@case("E16")
def _hosted(d: Doors) -> Iterator[Piece]:
    """Child is hosted (placed by another LA)"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    host = looked_after(placing_authority="LA-330")
    d.load("Tue 9 May 2017 12:00", police=[police(1, *times)], children=[host], interviews=[council(1, *times)])
    ref = d.ref()
    said = d.said(f"interview {ref}", COORDINATOR)
    yield "due from the placing authority", "LA-330" in said and "Fri 12 May" in said and "10:00" in said
    yield "tracked on a line of its own", bool(lines(d.ask("interviews hosted"), ref, "LA-330"))
    told_it = d.ask(f"interview {ref} told at 11:30", COORDINATOR, "Tue 9 May 2017 13:00")
    yield "told when", told_it.status == "ok" and "11:30" in d.said(f"interview {ref}", COORDINATOR)
    yield "the digest has a hosted line", any("hosted" in line.lower() for line in lines(d.digest(NORTH), ref))
    d.tick("Wed 10 May 2017 08:31", "Thu 11 May 2017 08:31", "Thu 11 May 2017 17:00", "Fri 12 May 2017 08:31")
    yield (
        "their contact is reminded, through us",
        any(
            "LA-330" in k.text
            for k in d.chat.messages
            if ref in k.text and k.destination in (COORDINATOR, MANAGER, WORKER)
        ),
    )
    may = d.ask("stats 2017-05 partial", words="Fri 12 May 2017 12:00")
    yield "out of our KPI", counts(may, "Interviews: Offered") == (0, 0)
    yield "in the area's count", value(d.ask("stats north 2017-05 partial"), "Episodes") == 1


@case("E17")
def _placed_far_away(d: Doors) -> Iterator[Piece]:
    """Own child placed 200 miles away"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    talk = {"offered_at": "2017-05-09 12:00", "response": "accepted", "held_at": "2017-05-10 11:00"}
    form = council(1, *times, team="Out of county", interviewer_role="spot", **talk)
    d.load(
        "Wed 10 May 2017 12:00",
        police=[police(1, *times, missing_from="care", area="Out of county")],
        children=[looked_after(team="Out of county", provider="R-88")],
        interviews=[form],
    )
    d.clock("Mon 15 May 2017 09:00")
    d.load("Mon 15 May 2017 07:00", interviews=[form])
    out = d.ask("stats out 2017-05 partial")
    yield "area: out of county", value(out, "Episodes") == 1
    yield "our own KPI", counts(out, "Interviews: Held within 72 h") == (1, 1)
    yield "held by another deliverer", counts(out, "Interviews: Completed") == (1, 1)


@case("E18")
def _known_from_a_late_mail(d: Doors) -> Iterator[Piece]:
    """Out-of-county missing known only from a late provider e-mail"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    late = {"team": "Out of county", "occurrence_ref": "", "outcome_reason": "late_notification"}
    talk = {"offered_at": "2017-05-12 12:00", "response": "accepted", "held_at": "2017-05-13 11:00"}
    people = [looked_after(team="Out of county")]
    d.load("Thu 11 May 2017 07:00", police=[], children=people, interviews=[])
    d.load("Fri 12 May 2017 07:00", police=[], children=people, interviews=[council(1, *times, **late)])
    ref = d.ref()
    yield "the clock is unchanged", "Fri 12 May 10:00" in " ".join(interviews_of(d, ref))
    yield "a late entry with its true time", lines(d.digest(COUNTY, "Fri 12 May 2017 08:00"), ref, "8 May 20:00") != []
    d.load("Mon 15 May 2017 07:00", interviews=[council(1, *times, **late, **talk)])
    reply = d.ask("interviews 2017-05")
    told_late = [f for f in reply.facts if "told late" in f.label.lower()]
    yield "counted as told late", [(f.numerator, f.denominator) for f in told_late] == [(1, 1)]


@case("E19")
def _found_not_returned(d: Doors) -> Iterator[Piece]:
    """Found but in hospital / custody / another force area"""
    start, found = "2017-05-08 20:00", "2017-05-09 10:00"
    here = police(1, start, found_at=found, end_reason="hospital")
    form = council(1, start, ended_at=found)
    d.load("Tue 9 May 2017 12:00", police=[here], children=[child()], interviews=[form])
    ref = d.ref()
    yield "the missing episode ends", missing_now(d) == 0
    yield "due from found", "Fri 12 May 10:00" in " ".join(interviews_of(d, ref))
    said = d.said(f"interview {ref}", WORKER)
    yield "the interview says found, not returned", "found" in said and "not returned" in said
    yield "the list says it", any("found" in row or "not returned" in row for row in interviews_of(d, ref))
    yield "the digest says it", lines(d.digest(COUNTY, "Wed 10 May 2017 08:00"), ref, "found") != []
    back = "2017-05-10 09:00"
    home = police(1, start, back, found_at=found, end_reason="hospital")
    d.load("Wed 10 May 2017 12:00", police=[home], interviews=[council(1, start, back, ended_at=found)])
    yield "returned: due from then", "Sat 13 May 09:00" in " ".join(interviews_of(d, ref))
    both = d.said(f"interview {ref}", WORKER)
    yield "both are displayed", "9 May" in both and "10 May" in both


@case("E20")
def _before_a_bank_holiday(d: Doors) -> Iterator[Piece]:
    """Returned Fri 18:30 before a bank holiday"""
    times = "2017-05-25 20:00", "2017-05-26 18:30"
    files = {"police": [police(1, *times)], "children": [child()], "interviews": [council(1, *times)]}
    d.load("Fri 26 May 2017 18:50", **files)
    ref = d.ref()
    yield "due Monday 18:30, no pause", "Mon 29 May 18:30" in " ".join(interviews_of(d, ref))
    d.tick("Fri 26 May 2017 19:00")
    for day in ("Sat 27", "Sun 28", "Mon 29"):
        d.load(f"{day} May 2017 07:00", **files)
        d.tick(f"{day} May 2017 08:00", f"{day} May 2017 08:31", f"{day} May 2017 12:31")
    yield (
        "a reminder before it is due",
        any(ref in k.text for p in (COORDINATOR, WORKER, MANAGER) for k in d.chat.to(p)),
    )
    heads = {k.number: k.text for k in d.chat.to(NORTH) if k.message.thread is None}
    parts = {k.message.thread: k.text for k in d.chat.to(NORTH) if k.message.thread is not None}
    yield "in each morning's digest", all(ref in words + parts.get(n, "") for n, words in heads.items())
    yield "never all clear", "All clear" not in list(heads.values())[-1]
    yield (
        "offered by phone on Saturday",
        step(d, "offered by phone at sat 11:00", "Mon 29 May 2017 13:00").status == "ok",
    )


@case("E21")
def _dates_only(d: Doors) -> Iterator[Piece]:
    """Date-only times from ICS"""
    start, back = "2017-05-08 20:00", "2017-05-09"
    form = council(1, start, back, occurrence_ref="")
    d.load("Tue 9 May 2017 07:00", police=[], children=[child()], interviews=[])
    d.load("Wed 10 May 2017 07:00", police=[], children=[child()], interviews=[form])
    ref = d.ref()
    d.tick("Wed 10 May 2017 08:00", "Wed 10 May 2017 08:31", "Thu 11 May 2017 08:31", "Thu 11 May 2017 12:01")
    yield (
        "reminders count from 00:00 of the day",
        told(d, WORKER, ref, "24 h left") != [] or len(told(d, WORKER, ref)) >= 2,
    )
    d.tick("Thu 11 May 2017 15:31", "Thu 11 May 2017 17:01")
    yield "never late: the last before Friday", told(d, MANAGER, ref) != []
    yield (
        "the digest marks it",
        any(
            "time not" in line or "not recorded" in line
            for line in lines(d.digest(NORTH, "Wed 10 May 2017 08:00"), ref)
        ),
    )
    talk = {"offered_at": "2017-05-10", "response": "accepted", "held_at": "2017-05-12", "recorded_at": "2017-05-12"}
    d.load("Mon 15 May 2017 07:00", police=[], interviews=[{**form, **talk}])
    may = d.ask("stats 2017-05 partial")
    yield "in time on day + 3", counts(may, "Interviews: Held within 72 h") == (1, 1)
    marks = small_print(may).lower()
    yield "the figures mark it", "date" in marks and ("only" in marks or "precision" in marks or "time not" in marks)


@case("E22")
def _end_before_start(d: Doors) -> Iterator[Piece]:
    """End before start (as amended: kept missing, the return not readable)"""
    d.load(
        "Wed 10 May 2017 07:00",
        police=[police(1, "2017-05-09 20:00", "2017-05-09 10:00")],
        children=[child()],
        interviews=[council(1, "2017-05-09 20:00")],
    )
    reply = d.ask("open")
    yield "still missing", value(reply, MISSING) == 1
    yield "return not readable", lines(reply, d.ref(), "return not readable") != []
    yield "an exception to look at", _kind(d, "return-unread") == 1


@case("E23")
def _away_without_care(d: Doors) -> Iterator[Piece]:
    """Child never LAC marked A"""
    away = council(1, "2017-05-09 20:00", "2017-05-09 22:00", kind="away", occurrence_ref="")
    d.load("Wed 10 May 2017 07:00", police=[], children=[child()], interviews=[away])
    yield "an exception", _kind(d, "away-not-looked-after") == 1
    yield "with its child", d.ref() in d.said("sources away-not-looked-after")


@case("E24")
def _enters_care_on_finding(d: Doors) -> Iterator[Piece]:
    """Becomes LAC during episode (police protection on finding)"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    cared = looked_after(looked_after_from="2017-05-09")
    d.load("Tue 9 May 2017 12:00", police=[police(1, *times)], children=[cared], interviews=[council(1, *times)])
    d.clock("Wed 10 May 2017 09:00")
    yield "not looked after at the start", value(d.ask("cohort lac 2017-05 partial"), "Episodes") in (0, None)
    yield "counted as not looked after", _row(d.ask("cohort not-lac 2017-05 partial measures"), "Episodes")[:1] == [1]
    entered = d.said("cohort lac 2017-05 partial") + d.said(f"child {d.ref()} {BECAUSE}", LEAD)
    yield "shown as entered care after", "entered care" in entered.lower()


def _row(reply: Reply, first: str) -> list[object]:
    """Return the cells after the first of the row that begins so."""
    return next((list(row[1:]) for t in reply.tables for row in t.rows if row[0] == first), [])


@case("E25")
def _placement_ends_while_missing(d: Doors) -> Iterator[Piece]:
    """Placement ends while missing"""
    start = "2017-05-08 20:00"
    files = {"police": [police(1, start, missing_from="care")], "interviews": [council(1, start)]}
    d.load("Tue 9 May 2017 07:00", children=[looked_after()], **files)
    d.load("Wed 10 May 2017 07:00", children=[looked_after(placement="", provider="")], **files)
    yield "still missing", missing_now(d) == 1
    d.load("Wed 10 May 2017 09:00", children=[looked_after(looked_after_to="2017-05-10", placement="")], **files)
    yield "also when care has ended", missing_now(d) == 1
    yield "one episode", value(d.ask("stats 2017-05 partial", words="Thu 11 May 2017 06:00"), "Episodes") == 1


@case("E26")
def _never_accommodated(d: Doors) -> Iterator[Piece]:
    """UASC missing within 24h of arrival, never accommodated"""
    start = "2017-05-09 20:00"
    new = child(uasc_from="2017-05-09", case_status="not_open")
    d.load("Tue 9 May 2017 22:00", police=[police(1, start)], children=[new], interviews=[council(1, start)])
    d.tick("Tue 9 May 2017 22:01")
    yield "recorded as missing", missing_now(d) == 1
    yield (
        "counted as UASC",
        _row(d.ask("cohort uasc 2017-05 partial measures", words="Wed 10 May 2017 09:00"), "Episodes")[:1] == [1],
    )
    yield "called in both agencies", all(any(d.ref() in k.text for k in d.chat.to(p)) for p in (POLICE, MANAGER))


@case("E27")
def _graded_up_at_night(d: Doors) -> Iterator[Piece]:
    """Grade changes low to high at 03:00"""
    start = "2017-05-09 20:00"
    low = police(1, start, risk="low")
    rest = {"children": [child()], "interviews": [council(1, start)]}
    d.load("Tue 9 May 2017 22:00", police=[low], **rest)
    d.tick("Tue 9 May 2017 22:01")
    yield "nobody is called for low", told(d, POLICE, d.ref()) == []
    d.load("Wed 10 May 2017 03:05", police=[low, {**low, "risk": "high", "risk_at": "2017-05-10 03:00"}], **rest)
    d.tick("Wed 10 May 2017 03:06")
    yield "called on crossing", told(d, POLICE, d.ref()) != [] and told(d, MANAGER, d.ref()) != []
    yield "the current grade is the latest", lines(d.ask("open"), d.ref(), "HIGH") != []
    d.tick("Wed 10 May 2017 08:00")
    both = [x for x in lines(d.digest(NORTH), d.ref()) if "low" in x and "HIGH" in x and "03:00" in x]
    yield "the digest shows both, with the time", both != [] or "low to HIGH" in d.posted(NORTH)
    said = d.said(f"child {d.ref()} {BECAUSE}", LEAD)
    yield "history kept", "low" in said and "HIGH" in said


@case("E28")
def _no_grade_yet(d: Doors) -> Iterator[Piece]:
    """No grade yet"""
    start = "2017-05-09 20:00"
    rows = [police(1, start, risk="high"), police(2, "2017-05-09 21:00", child=2, risk="", risk_at="")]
    d.load(
        "Wed 10 May 2017 07:00",
        police=rows,
        children=[child(), child(2)],
        interviews=[council(1, start), council(2, "2017-05-09 21:00", child=2)],
    )
    for name, reply in (("open", d.ask("open")), ("the digest", d.digest(NORTH))):
        order = [line for line in lines(reply) if "no grade yet" in line or "HIGH" in line]
        first = next((line for line in order if line.startswith(("⚫", "🔴")) or "OX-" in line), "")
        yield f"above high in {name}", d.ref(2) in first and "no grade yet" in first


@case("E29")
def _found_with_an_unreported_child(d: Doors) -> Iterator[Piece]:
    """Found with a child not reported missing"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    d.load(
        "Tue 9 May 2017 12:00",
        police=[police(1, *times, found_with="NOM-2")],
        children=[child(), child(2)],
        interviews=[council(1, *times)],
    )
    digest = d.digest(NORTH, "Wed 10 May 2017 08:00")
    yield (
        "an exception: unreported",
        section(digest, "Gaps", "report") != []
        or any(
            "unreported" in f.label.lower() or "nobody reported" in f.label.lower()
            for f in d.ask("sources").facts
            if f.value == 1
        ),
    )
    yield "the association is shown", d.ref(2) in d.said(f"child {d.ref()} {BECAUSE}", POLICE)
    yield "no episode is invented", len(d.episodes()) == 1
    lone = council(2, *times, child=2, occurrence_ref="")
    d.load("Thu 11 May 2017 07:00", interviews=[council(1, *times), lone])
    yield "the council may record one, unreported", value(d.ask("stats 2017-05 partial"), "Episodes") == 2


@case("E30")
def _walks_in_during_the_call(d: Doors) -> Iterator[Piece]:
    """Carer reports, child walks in during the call"""
    moment = "2017-05-09 20:10"
    call = police(
        1, moment, moment, last_seen_at="", reported_at=moment, risk="", risk_at="", end_reason="report_no_episode"
    )
    d.load("Wed 10 May 2017 07:00", police=[call], children=[child()], interviews=[])
    d.clock("Thu 11 May 2017 09:00")
    may = d.ask("stats 2017-05-09..2017-05-09")
    yield "no episode", value(may, "Episodes") == 0
    yield "no interview", interviews_of(d, d.ref()) == []
    named = [
        f.value
        for f in (*may.facts, *d.ask("sources").facts)
        if "report" in f.label.lower() and "episode" in f.label.lower()
    ]
    yield "counted as a report", 1 in named


@case("E31")
def _two_together(d: Doors) -> Iterator[Piece]:
    """Two children abscond together"""
    start = "2017-05-09 20:00"
    d.load(
        "Wed 10 May 2017 07:00",
        police=[police(1, start, found_with="NOM-2"), police(2, start, child=2, found_with="NOM-1")],
        children=[child(), child(2)],
        interviews=[council(1, start), council(2, start, child=2)],
    )
    one, two = d.ref(1), d.ref(2)
    yield "two episodes", missing_now(d) == 2
    yield "linked in child", two in d.said(f"child {one} {BECAUSE}", POLICE)
    yield "linked in open", lines(d.ask("open", POLICE), one, two) != []
    yield "linked in the digest", lines(d.digest(NORTH, "Wed 10 May 2017 08:00"), one, two) != []
    yield "not for who may see neither", two not in d.said(f"child {one}", "south-worker")


@case("E32")
def _siblings(d: Doors) -> Iterator[Piece]:
    """Sibling group, three children"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    three = range(1, 4)
    d.load(
        "Tue 9 May 2017 12:00",
        police=[police(n, *times, child=n) for n in three],
        children=[child(n) for n in three],
        interviews=[council(n, *times, child=n) for n in three],
    )
    yield (
        "three interviews",
        value(d.ask("interviews", words="Wed 10 May 2017 09:00"), "Interviews not offered yet") == 3,
    )
    d.load("Thu 11 May 2017 07:00", interviews=[council(n, *times, child=n) for n in three])
    yield "three episodes", value(d.ask("stats 2017-05 partial"), "Episodes") == 3
    d.tick("Thu 11 May 2017 08:31")
    (words,) = [k.text for k in d.chat.to(WORKER)] or [""]
    yield "one grouped reminder", all(d.ref(n) in words for n in three)


@case("E33")
def _wrong_child(d: Doors) -> Iterator[Piece]:
    """Wrong child chosen"""
    start = "2017-05-09 20:00"
    wrong, right = police(1, start), police(2, start, child=2)
    people = [child(), child(2)]
    d.load("Wed 10 May 2017 07:00", police=[wrong], children=people, interviews=[])
    d.tick("Wed 10 May 2017 08:00", "Wed 10 May 2017 08:05")
    ref = d.ref()
    shown = [c for c in (COUNTY, NORTH) if ref in d.posted(c)]
    void = {**wrong, "end_reason": "error_duplicate"}
    form = council(2, start, child=2, occurrence_ref="OCC-2")
    d.load("Wed 10 May 2017 10:35", police=[void, right], children=people, interviews=[form])
    d.tick("Wed 10 May 2017 10:40", "Wed 10 May 2017 10:45")
    listed = d.ask("open")
    yield "void: not missing", lines(listed, ref) == []
    yield "re-entered", lines(listed, d.ref(2)) != []
    yield (
        "each digest that showed it says corrected",
        shown == [COUNTY, NORTH] and all("corrected 10:4" in d.posted(c) for c in shown),
    )
    yield "and shows it no more", all(ref not in d.posted(c) for c in shown)
    d.tick("Wed 10 May 2017 18:01")
    yield "nor at closing time", all(ref not in d.posted(c) and "corrected 10:4" in d.posted(c) for c in shown)
    yield "both are kept", d.occurrences() == ["OCC-1", "OCC-2"]


@case("E34")
def _moves_to_another_authority(d: Doors) -> Iterator[Piece]:
    """Child moves to another LA for good"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    files = {"police": [police(1, *times)], "interviews": [council(1, *times)]}
    d.load("Tue 9 May 2017 12:00", children=[looked_after()], **files)
    ref = d.ref()
    step(d, "offered by phone at 12:30", "Tue 9 May 2017 13:00")
    d.load("Wed 10 May 2017 07:00", children=[looked_after(placing_authority="LA-330")], **files)
    said = d.said(f"interview {ref}", COORDINATOR)
    yield "the open interview is not lost", "LA-330" in said and "12 May" in said
    yield "the hand-over is shown", lines(d.ask("interviews"), ref, "authority") != []
    done = d.ask(f"interview {ref} acknowledged", COORDINATOR, "Wed 10 May 2017 09:00")
    yield (
        "with an acknowledgement",
        done.status == "ok" and "acknowledged" in d.said(f"interview {ref}", COORDINATOR).lower(),
    )
    yield "history stays", ref in d.said(f"child {ref} {BECAUSE}", LEAD) and len(d.bot.rows("step")) >= 1


@case("E35")
def _dies(d: Doors) -> Iterator[Piece]:
    """Child dies"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    files = {"children": [child()], "interviews": [council(1, *times)]}
    d.load("Tue 9 May 2017 12:00", police=[police(1, *times)], **files)
    d.tick("Wed 10 May 2017 08:00", "Wed 10 May 2017 12:00")
    ref, sent = d.ref(), len(d.chat.messages)
    dead = police(1, times[0], "", found_at=times[1], end_reason="died")
    d.load("Wed 10 May 2017 12:30", police=[dead], **files)
    d.tick(
        "Wed 10 May 2017 12:31",
        "Thu 11 May 2017 08:00",
        "Thu 11 May 2017 08:31",
        "Thu 11 May 2017 17:01",
        "Fri 12 May 2017 08:31",
        "Mon 15 May 2017 08:31",
    )
    after = d.chat.messages[sent:]
    yield (
        "reminders stop at once",
        not any(ref in k.text for k in after if k.destination in (WORKER, MANAGER, COORDINATOR)),
    )
    yield "nothing is posted", not any(ref in k.text for k in after if k.destination in (COUNTY, NORTH, COUNTS))
    yield "no channel has the word", not any("died" in k.text for k in d.chat.messages)
    yield "in no list", ref not in d.said("open") + d.said("interviews")
    yield "a restricted notice, in private", "died" in d.said(f"child {ref} {BECAUSE}", LEAD).lower()


@case("E36")
def _worker_leaves(d: Doors) -> Iterator[Piece]:
    """Worker leaves/absent"""
    times = "2017-05-08 20:00", "2017-05-09 10:00"
    rows = [council(1, *times), council(2, *times, child=2, worker="W-N99")]
    d.load(
        "Tue 9 May 2017 12:00",
        police=[police(n, *times, child=n) for n in (1, 2)],
        children=[child(), child(2, lead_worker="W-N99")],
        interviews=rows,
    )
    away = d.ask("away 9 may to 19 may", WORKER, "Tue 9 May 2017 12:10")
    yield "the worker's absence is known", away.status == "ok"
    d.tick("Tue 9 May 2017 13:00", "Wed 10 May 2017 08:31", "Thu 11 May 2017 08:31", "Fri 12 May 2017 08:31")
    yield "reminders go to the cover", told(d, COORDINATOR, d.ref(1)) != [] and told(d, WORKER, d.ref(1)) == []
    yield "and the team manager", told(d, MANAGER, d.ref(1)) != []
    yield "unknown worker: the coordinator", told(d, COORDINATOR, d.ref(2)) != []
    d.load("Fri 12 May 2017 09:00", interviews=rows)
    listed = value(d.ask("interviews"), "Interviews with no owner")
    yield (
        "lists and digest count one without owner",
        listed == 1 and " · 1 no owner · " in str(d.digest(NORTH).text),
    )
    yield "the row says so", any("nobody" in row for row in interviews_of(d, d.ref(2)))


@case("E37")
def _chat_is_down(d: Doors) -> Iterator[Piece]:
    """Chat platform down at 08:00"""
    post = d.mail("duty-team@example.org")
    start = "2017-05-09 20:00"
    d.load("Wed 10 May 2017 07:00", police=[police(1, start)], children=[child()], interviews=[council(1, start)])
    d.tick("Wed 10 May 2017 07:30")
    d.chat.messages.clear()
    d.chat.down = True
    d.tick("Wed 10 May 2017 08:00", "Wed 10 May 2017 08:20", "Wed 10 May 2017 08:45", "Wed 10 May 2017 08:50")
    kept = [r for r in d.bot.rows("delivery") if r["kind"] == "digest"]
    yield "the digest is stored", kept != [] and d.posted(NORTH) == ""
    mails = [k.text for k in post.messages]
    yield "an e-mail without content", mails != [] and d.ref() not in "".join(mails)
    d.chat.down = False
    d.tick("Wed 10 May 2017 09:12", "Wed 10 May 2017 09:13", "Wed 10 May 2017 09:20")
    head = next((k.text for k in d.chat.to(NORTH) if "Wed 10 May, 08:00" in k.text), "")
    yield "posted late, and says so", "Sent 09:1" in head and "due 08:00" in head
    yield "with the original window", "Since Tue 08:00: 1 reported" in head and d.ref() in d.posted(NORTH)
    d.load("Thu 11 May 2017 07:00", police=[police(1, start)], children=[child()], interviews=[council(1, start)])
    d.chat.fates = [PostRefused("channel_not_found")] * 3
    d.tick("Thu 11 May 2017 08:00")
    (number,) = [r["id"] for r in d.bot.rows("delivery") if r["audience"] == NORTH and r["slot"] == "2017-05-11"]
    d.ask(f"deliveries {number} again", "admin", "Thu 11 May 2017 09:12")
    d.tick("Thu 11 May 2017 09:13", "Thu 11 May 2017 09:14")
    yield "one that was refused can be sent again", any("Thu 11 May" in k.text for k in d.chat.to(NORTH))


@case("E38")
def _police_feed_fails(d: Doors) -> Iterator[Piece]:
    """Police feed fails"""
    start = "2017-05-08 20:00"
    d.load("Tue 9 May 2017 07:00", police=[police(1, start)], children=[child()], interviews=[council(1, start)])
    d.load("Wed 10 May 2017 07:00", children=[child()], interviews=[council(1, start)])
    d.tick("Wed 10 May 2017 08:00")
    posted = d.posted(NORTH)
    yield "posted, with the police's last time", "Police" in posted and "Tue 9 May 07:00" in posted
    yield "never as zero", "All clear" not in posted and "nobody" not in posted.lower()
    yield "nor in the counts", "Missing now: none" not in d.posted(COUNTS)
    yield "the child last known stays", d.ref() in posted


@case("E39")
def _triggered_twice(d: Doors) -> Iterator[Piece]:
    """Same digest triggered twice"""
    start = "2017-05-09 20:00"
    d.load("Wed 10 May 2017 07:00", police=[police(1, start)], children=[child()], interviews=[council(1, start)])
    d.tick("Wed 10 May 2017 08:00")
    once = [(k.destination, k.text) for k in d.chat.messages if k.destination in (COUNTY, NORTH, COUNTS)]
    d.tick("Wed 10 May 2017 08:00", "Wed 10 May 2017 08:00")
    twice = [(k.destination, k.text) for k in d.chat.messages if k.destination in (COUNTY, NORTH, COUNTS)]
    yield "posted", len(once) >= 3
    yield "once", twice == once


@case("E40")
def _zero_children(d: Doors) -> Iterator[Piece]:
    """Zero children"""
    for day in ("Tue 9", "Wed 10"):
        d.load(f"{day} May 2017 07:00", police=[], children=[], interviews=[])
    d.tick("Wed 10 May 2017 08:00")
    yield "an explicit zero is posted", "0 reported" in d.posted(COUNTY)
    yield "in the counts", "none" in d.posted(COUNTS)
    yield "in open", missing_now(d) == 0
