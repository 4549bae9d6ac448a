"""The morning digest, as a duty manager reads it at 07:55."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.reply import Reply, Row
from bot.jobs.digest import preview
from bot.messages.digest import LATE
from tests.support.asking import REFERENCES, ask, section
from tests.support.factories import (
    NOW,
    YESTERDAY,
    Recorded,
    at,
    away,
    episode,
    hours,
    interview,
    partnership,
    reference,
    sources,
)
from tests.support.memory_facts import MemoryFacts

NIGHT = at("Tue 4 Jul 2017 22:00")
ALL_CLEAR = "All clear: nobody missing, no return interview open, nothing in doubt."


def digest(
    of: MemoryFacts | Sequence[Recorded] = (), now: datetime = NOW, *, channel: str = "county-digest", rows: int = 8
) -> Reply:
    facts = of if isinstance(of, MemoryFacts) else MemoryFacts(of, taken=sources(now))
    found = partnership().channel(channel)
    assert found
    return preview(facts, partnership(), replace(found, digest=replace(found.digest, rows=rows)), now).reply


def titles(reply: Reply) -> list[str]:
    return [s.title for s in reply.sections]


def references(lines: Sequence[str]) -> list[str]:
    """Return the reference that each row is about."""
    return [line.subject for line in lines if isinstance(line, Row)]


def news(reply: Reply) -> str:
    """Return the line of what changed since the last digest."""
    (found,) = (line for line in reply.text if line.startswith("Since "))
    return found


def back(child: int, ago: float, worker: str | None = "W-N01", **steps: Any) -> Recorded:
    """A child who came back so many hours before NOW."""
    returned = NOW - hours(ago)
    owed = interview(returned, worker=worker, **steps)
    return episode(child, returned - hours(6), returned, interview=owed)


# -- zero is said aloud --


def test_all_clear_is_said_in_the_first_line() -> None:
    reply = digest()
    assert reply.text == (
        ALL_CLEAR,
        "Since Tue 08:00: 0 reported (0 back), 0 returned, 0 interviews held, 0 newly overdue",
    )
    assert reply.status == "ok"


def test_every_section_says_its_zero() -> None:
    found = {s.title: s.lines for s in digest().sections}
    assert found["Missing now: 0"] == ("Nobody.",)
    assert found["Reported: 0"] == ("0 children reported missing in the window.",)
    assert found["Returned: 0"] == ("Nobody returned in the window.",)
    assert found["No owner: 0"] == found["Overdue, with an owner: 0"] == ("None.",)
    assert all(s.lines for s in digest().sections)


def test_sections_in_the_order_in_which_they_are_acted_on() -> None:
    assert [t.rsplit(":", 1)[0] for t in titles(digest())] == [
        "Missing now",
        "Escalations, and who acknowledged",
        "No owner",
        "Overdue, with an owner",
        "Due in the next 24 hours, with an owner",
        "Reported",
        "Returned",
        "Rules met in this window (counts, not risk)",
        "Return interviews, where they stand",
        "Held, not recorded",
        "Gaps",
    ]


# -- the lead --


def test_the_lead_says_what_to_do_and_what_changed() -> None:
    facts = [
        back(1, 80, None),
        back(2, 75),
        back(3, 60),
        back(4, 20, held_at=NOW - hours(3)),
        episode(5, NIGHT),
        back(6, 100, held_at=NOW - hours(90), recorded_at=NOW - hours(80)),
    ]
    assert digest(facts).text == (
        "1 missing now",
        "Interviews: 2 overdue · 1 no owner · 1 due by tomorrow",
        "Since Tue 08:00: 1 reported (0 back), 1 returned, 1 interview held, 2 newly overdue",
        "Also: 1 held, not recorded",
    )


def test_an_interview_held_and_recorded_on_the_night_of_the_return_is_counted_as_held() -> None:
    facts = [back(1, 20, held_at=NOW - hours(3), recorded_at=NOW - hours(2))]
    assert "1 interview held" in news(digest(facts))


def test_a_hosted_childs_interview_is_not_ours_to_hold() -> None:
    theirs = replace(back(1, 20, held_at=NOW - hours(3)), hosted=True)
    assert "0 interviews held" in news(digest([theirs]))
    assert "return interview is the placing authority's" in section(digest([theirs]), "Returned")[0]


def test_long_forgotten_interviews_are_counted_and_come_last() -> None:
    facts = [back(1, 24 * 60, None), back(2, 80, None), back(3, 24 * 35, None)]
    reply = digest(facts)
    assert reply.text[1] == "Interviews: 3 overdue · 3 no owner · 0 due by tomorrow"
    assert section(reply, "Overdue, with an owner: 0") == ("None.",), "those of them with no owner"
    assert reply.text[3] == "Also: 2 overdue for more than 28 days"
    owned = digest([back(n, 24 * 60) for n in (1, 2)])
    assert owned.text[1] == "Interviews: 2 overdue · 0 no owner · 0 due by tomorrow"
    assert owned.text[3] == "Also: 2 overdue for more than 28 days"
    assert references(section(reply, "No owner")) == [reference(n) for n in (2, 1, 3)]


# -- missing now --


def test_ungraded_stands_above_high() -> None:
    facts = [episode(1, NIGHT, grade="high"), episode(2, NIGHT, grade=None), episode(3, NIGHT - hours(50), grade="low")]
    lines = section(digest(facts), "Missing now")
    assert lines == (
        f"⚫ {reference(2)} · north · no grade yet · 10 h · 13-15",
        f"🔴 {reference(1)} · north · HIGH · 10 h · 13-15",
        f"⚪ {reference(3)} · north · low · 60 h · 13-15 · over 24 h",
    )


def test_flags_rules_and_escalations() -> None:
    nights = [NIGHT - hours(24 * n) for n in (10, 20)]
    facts = [
        *(episode(1, night, night + hours(5), birth=date(2006, 1, 1)) for night in nights),
        episode(1, NIGHT, birth=date(2006, 1, 1), lac=True, hosted=True, grade="high", graded_at=NIGHT),
    ]
    reply = digest(facts)
    assert section(reply, "Missing now")[0].endswith(
        "· 10-12, hosted · under 13 · hosted: placing authority leads · 3 in 90 days"
    )
    assert section(reply, "Rules met")[0] == (
        f"{reference(1)} · 3 in 90 days, 3 in 30 days, 3 in 12 months: 14 Jun, 24 Jun, 4 Jul"
    )
    assert section(reply, "Escalations")[0].startswith(f"🔔 {reference(1)} · Under 13, ")
    assert "Graded high, confirmed: nobody called yet · 3 in 90 days: nobody called yet" in str(reply.sections)


def test_a_child_who_is_away_is_not_among_the_missing() -> None:
    reply = digest([away(1, NIGHT)])
    assert reply.text[0] == "0 missing now · 1 away from placement"
    line = section(reply, "Away from placement, whereabouts known")[0]
    assert line == f"{reference(1)} · north · 10 h · 13-15, looked-after · away, whereabouts known"
    assert section(reply, "Reported") == ("0 children reported missing in the window.",)


# -- reported and returned --


def test_a_night_away_is_reported_once_and_returned_once() -> None:
    """Edge case 1: missing 22:40, back 01:15."""
    night = episode(1, at("Tue 4 Jul 2017 22:40"), at("Wed 5 Jul 2017 01:15"), prevention_at=None)
    reply = digest([night])
    assert section(reply, "Reported") == (
        f"{reference(1)} · reported Tue 4 Jul 23:40 · back after 2 h 35 min · medium · 13-15 · north",
    )
    assert section(reply, "Returned") == (
        f"{reference(1)} · back Wed 5 Jul 01:15 · missing 2 h 35 min · prevention interview NOT logged · "
        "return interview due Sat 8 Jul 01:15 · north",
    )
    assert "1 reported (1 back), 1 returned" in news(reply)


def test_the_window_is_half_open() -> None:
    first, last, after = (
        episode(n, YESTERDAY, reported_at=when) for n, when in ((1, YESTERDAY), (2, NOW - hours(0.01)), (3, NOW))
    )
    found = section(digest([first, last, after]), "Reported")
    assert references(found) == [reference(1), reference(2)]


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({}, "return interview due Sat 8 Jul 01:15"),
        ({"hosted": True}, "return interview is the placing authority's, due Sat 8 Jul 01:15, NOT told"),
        (
            {"outcome_reason": "placing_la_responsible"},
            "return interview is the placing authority's, due Sat 8 Jul 01:15, NOT told",
        ),
        ({"outcome_reason": "turned_18"}, "no return interview required"),  # why, would tell of a birthday
        ({"outcome_reason": "error"}, "no return interview: recorded as an error"),
        ({"end_reason": "error_duplicate"}, "no return interview: recorded as an error"),
    ],
)
def test_a_due_time_only_where_an_interview_is_required(recorded: dict[str, Any], said: str) -> None:
    """R20: where none is, the line says why."""
    found = dict(recorded)
    came = at("Wed 5 Jul 2017 01:15")
    owed = interview(came, outcome_reason=found.pop("outcome_reason", None))
    line = section(digest([episode(1, NIGHT, came, interview=owed, **found)]), "Returned")[0]
    assert line.split(" · ")[4] == said
    assert line.count(" due ") == ("due" in said)


@pytest.mark.parametrize(
    ("now", "window", "length"),
    [
        (at("Sun 26 Mar 2017 08:00"), "Window Sat 25 Mar 08:00 to Sun 26 Mar 08:00.", 23),
        (at("Sun 29 Oct 2017 08:00"), "Window Sat 28 Oct 08:00 to Sun 29 Oct 08:00.", 25),
        (at("Wed 5 Jul 2017 08:00"), "Window Tue 4 Jul 08:00 to Wed 5 Jul 08:00.", 24),
    ],
)
def test_windows_on_the_mornings_of_a_clock_change(now: datetime, window: str, length: int) -> None:
    facts = [episode(n, now - hours(n), reported_at=now - hours(n)) for n in (22, 23, 24, 25, 26)]
    reply = digest(facts, now)
    assert window in reply.footer
    assert f"Reported: {length - 21}" in titles(reply)
    assert f"{length - 21} reported (0 back)" in news(reply)


def test_a_digest_sent_late_keeps_its_window_and_says_when_it_was_made() -> None:
    reply = digest([episode(1, NOW + hours(0.5))], now=NOW + hours(2))
    assert reply.title.endswith(" · Wed 5 July, 10:00")
    assert "Window Tue 4 Jul 08:00 to Wed 5 Jul 08:00." in reply.footer
    assert section(reply, "Reported") == ("0 children reported missing in the window.",)
    assert reference(1) in section(reply, "Missing now")[0]


def test_a_return_known_by_its_day_has_no_made_up_time() -> None:
    midnight = at("Wed 5 Jul 2017 00:00")
    found = episode(1, YESTERDAY, midnight, interview=interview(midnight, date_only=True))
    reply = digest([found])
    assert section(reply, "Returned")[0].startswith(
        f"{reference(1)} · back Wed 5 Jul 2017 (time not recorded) · prevention interview done · "
        "return interview: count to the end of Sat 8 Jul (time of return not recorded) · north"
    )
    assert "back, time not recorded" in section(reply, "Reported")[0]


BIRTHDAYS = [date(1999, 7, 5), date(1999, 6, 20), date(1999, 6, 8)]


@pytest.mark.parametrize("birth", BIRTHDAYS)
@pytest.mark.parametrize("closed", [False, True])
def test_turning_18_while_missing_is_said_for_weeks_without_whom_or_when(birth: date, closed: bool) -> None:
    """Edge case 4: silence would read as a return; on one morning, beside a reference, it would be a date of birth."""
    grown = episode(1, at("Wed 7 Jun 2017 22:00"), birth=birth)
    if closed:  # by the police, for that reason
        grown = replace(grown, end_at=grown.until_at, end_reason="turned_18")
    reply = digest([grown])
    said = "In the last 28 days 1 child turned 18 while missing and is not back: no longer in these lists; "
    assert reply.text[-1] == said + "the police go on as for an adult."
    assert "All clear" not in reply.text[0]
    assert "0 returned" in news(reply)
    assert section(reply, "Returned") == ("Nobody returned in the window.",)
    assert reference(1) not in str(reply)
    assert ask("today everything", of=[grown], place=REFERENCES).text[-1] == reply.text[-1]
    assert reference(1) not in str(ask("today everything", of=[grown], place=REFERENCES))
    assert (
        reference(1) in section(ask("today everything", of=[grown]), "Turned 18 while missing, in the last 28 days")[0]
    )


def test_the_council_is_told_of_its_duties_to_care_leavers() -> None:
    grown = [episode(n, at("Wed 7 Jun 2017 22:00"), birth=BIRTHDAYS[1], lac=lac) for n, lac in ((1, True), (2, False))]
    said = (
        "the police go on as for an adult. 1 of them was looked after: the council checks its duties to care leavers."
    )
    assert digest(grown).text[-1].endswith(said)
    assert ask("today everything", of=grown, place=REFERENCES).text[-1].endswith(said)


def test_one_who_turned_18_in_the_night_of_the_report_is_still_missing() -> None:
    """That they left the list of the missing is said of nobody by reference."""
    reply = digest([episode(1, NIGHT, birth=date(1999, 7, 5))])
    assert "1 reported (0 back)" in news(reply)
    assert "still missing" in section(reply, "Reported")[0]
    assert "18" not in str(reply.sections)


def test_a_birthday_is_in_no_episode_that_a_list_gets() -> None:
    born = date(1999, 7, 5)
    for start in (at("Wed 7 Jun 2017 22:00"), at("Wed 7 Jun 2000 22:00")):
        for now in (NOW, NOW - hours(96)):
            x = episode(1, start, birth=born).seen(now)
            assert "2017-07-04 23:00" not in f"{x.until_at} {x.end_at}", "his 18th birthday, in UTC"
            assert not hasattr(x, "age")


def test_turning_18_after_the_return_changes_nothing() -> None:
    """Edge case 5."""
    facts = [episode(1, NIGHT - hours(60), NIGHT - hours(50), birth=date(1999, 7, 5), worker=None)]
    assert reference(1) in section(digest(facts), "No owner")[0]


# -- return interviews --


def test_a_child_missing_again_pauses_the_interview_from_whichever_area() -> None:
    """Edge cases 11 and 12: due, not overdue to the worker; the clock of the first return runs on."""
    again = episode(1, NIGHT, area="south")
    for channel in ("county-digest", "north-digest"):
        reply = digest([back(1, 80, None), again], channel=channel)
        assert "Interviews: 0 overdue · 0 no owner · 0 due by tomorrow" in reply.text
        assert "child missing again 1" in section(reply, "Return interviews, where they stand")[0]
    both_back = [back(1, 80, None), episode(1, NIGHT, NIGHT + hours(5))]
    assert len(section(digest(both_back), "No owner")) == 2


def test_what_is_overdue_says_by_how_much_and_whose_it_is() -> None:
    assert section(digest([back(1, 91)]), "Overdue, with an owner") == (
        f"⏰ {reference(1)} · overdue by 19 h (due Tue 4 Jul 13:00) · not offered yet · north-worker · north",
    )


def test_where_interviews_stand() -> None:
    facts = [back(1, 91), back(2, 80), back(3, 60, offered_at=NOW), back(4, 20, held_at=NOW - hours(3))]
    assert section(digest(facts), "Return interviews, where they stand") == (
        "Overdue 2 (longest 19 h) · due in 24 h 1 · not offered yet 2 · held, not recorded 1 · child missing again 0",
        "Declined in the last 14 days, carer not yet contacted: 0",
    )


def test_what_was_held_says_how_long_there_is_to_record_it() -> None:
    facts = [back(4, 20, held_at=NOW - hours(3)), back(5, 100, held_at=NOW - hours(90))]
    assert section(digest(facts), "Held, not recorded") == (
        f"⏰ {reference(5)} · 28 h over the 72 h for recording · north-worker · north",
        f"⏳ {reference(4)} · 52 h left to record within 72 h · north-worker · north",
    )


def declined(child: int, ago: float, reason: str | None = None) -> Recorded:
    return back(child, ago + 2, offered_at=NOW - hours(ago), response="declined", outcome_reason=reason)


def test_whose_carer_has_still_to_be_contacted_after_a_no() -> None:
    facts = [declined(1, 24), declined(2, 13 * 24, "other"), declined(3, 24, "carer_contacted"), declined(4, 15 * 24)]
    said = "Declined in the last 14 days, carer not yet contacted: "
    assert section(digest(facts), "Return interviews, where")[1] == f"{said}2 ({reference(2)}, {reference(1)})"
    assert section(digest(facts, rows=1), "Return interviews, where")[1] == f"{said}2 ({reference(2)}, and 1 more)"


def test_the_lead_says_whom_to_look_for_first() -> None:
    facts = [
        episode(1, NIGHT, grade=None),
        episode(2, NIGHT, grade="high"),
        episode(3, NIGHT - hours(80), grade="high"),
        episode(4, NIGHT, grade="low"),
    ]
    assert digest(facts).text[0] == "4 missing now: 1 no grade yet, 2 HIGH, 1 over 72 h"
    assert digest(facts[3:]).text[0] == "1 missing now"


def test_reports_are_in_the_order_in_which_they_came() -> None:
    facts = [episode(n, NIGHT, reported_at=NIGHT + hours(5 - n)) for n in (1, 2, 3)]
    assert references(section(digest(facts), "Reported")) == [reference(n) for n in (3, 2, 1)]


# -- late entries (R23) --


def test_a_report_that_came_after_its_own_digest_is_in_the_next_one() -> None:
    """Reported at 06:30, back at 07:30, in no export before the 08:00 digest: only the next day's knows it."""
    reported, known = NOW - hours(25.5), NOW - hours(3)
    late = replace(episode(1, reported, reported + hours(1)), entered_at=known)
    in_time = replace(episode(2, NOW - hours(2), NOW - hours(1)), entered_at=NOW - hours(1))
    reply = digest([late, in_time])
    assert [reference(1) in line for line in section(reply, LATE)] == [True]
    assert reference(1) not in str(section(reply, "Reported"))
    assert reference(2) in str(section(reply, "Reported"))


def test_without_late_entries_there_is_no_such_section() -> None:
    assert not [s for s in digest([episode(1, NIGHT)]).sections if s.title.startswith(LATE)]


# -- caps --


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_every_list_is_capped_and_says_how_many_more(rows: int) -> None:
    facts = [episode(n, NIGHT, grade=None, prevention_at=None) for n in range(1, 13)]
    facts += [back(n, 76) for n in range(20, 32)] + [back(n, 76, None) for n in range(40, 52)]
    facts += [back(n, 60) for n in range(60, 72)] + [back(n, 10, None) for n in range(80, 92)]
    reply = digest(facts, rows=rows)
    full = [s for s in reply.sections if s.title.endswith((": 12", ": 24"))]
    assert len(full) >= 5
    for s in full:
        n = int(s.title.rsplit(": ", 1)[1])
        assert len(s.lines) == rows + 1
        assert s.lines[-1] == f"… and {n - rows} more: {s.more}"
        assert s.hidden == n - rows


def test_a_list_that_just_fits_has_no_more() -> None:
    missing = digest([episode(n, NIGHT) for n in range(1, 9)], rows=8).sections[0]
    assert (missing.title, len(missing.lines), missing.hidden) == ("Missing now: 8", 8, 0)


# -- gaps --


def test_gaps_between_the_agencies() -> None:
    open_log = replace(episode(1, NIGHT, grade=None), returned_at=NOW - hours(2))
    facts = [open_log, episode(2, NIGHT, council=False), episode(3, NIGHT, NOW - hours(1), police=False)]
    facts.append(episode(4, NIGHT, NOW - hours(1), prevention_at=None))
    assert set(section(digest(facts), "Gaps")) == {
        f"No grade: {reference(1)}",
        f"Council records a return, police log open: {reference(1)}",
        f"No council record of the episode: {reference(2)}",
        f"No police record of the episode: {reference(3)}",
        f"Prevention interview not logged: {reference(4)}",
    }


# -- nobody is left out --

MOMENTS = st.integers(-40 * 60, 0).map(lambda minutes: NOW + hours(minutes / 60))


@st.composite
def nights(draw: st.DrawFn) -> list[Recorded]:
    """Each child once or twice in the last forty hours, back or not, reported at any time."""
    found = []
    for child in range(draw(st.integers(0, 12))):
        start = draw(MOMENTS)
        back_at = draw(st.none() | st.just(start + hours(draw(st.floats(0.1, 20)))))
        reported = draw(st.none() | st.just(start + hours(draw(st.floats(0, 10)))))
        grade = draw(st.sampled_from([None, "low", "medium", "high"]))
        area = draw(st.sampled_from(["north", "south", "unknown"]))
        found.append(episode(child, start, back_at, reported_at=reported, grade=grade, area=area))
    return found


@settings(max_examples=150, deadline=None)
@given(nights())
def test_every_child_reported_in_the_window_has_exactly_one_line(facts: list[Recorded]) -> None:
    lines = section(digest(facts, rows=99), "Reported")
    in_window = [x.child_ref for x in facts if x.reported_at and YESTERDAY <= x.reported_at < NOW]
    assert sorted(references(lines)) == sorted(in_window)


@settings(max_examples=150, deadline=None)
@given(nights())
def test_every_child_missing_now_has_exactly_one_line(facts: list[Recorded]) -> None:
    lines = section(digest(facts, rows=99), "Missing now")
    assert sorted(references(lines)) == sorted(x.child_ref for x in facts if x.open_at(NOW))


# -- a return known by its day alone (R19) --


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("Tue 4 Jul 2017 00:00", "count to the end of Fri 7 Jul (time of return not recorded), 63 h left"),
        ("Mon 3 Jul 2017 00:00", "count to the end of Thu 6 Jul (time of return not recorded), 39 h left"),
        ("Sat 1 Jul 2017 00:00", "overdue by 8 h (count to the end of Tue 4 Jul, time of return not recorded)"),
    ],
)
def test_one_limit_where_the_time_of_return_was_not_recorded(day: str, said: str) -> None:
    """Hours left and the due time are of the same instant: never a due time beside the end of a later day."""
    came = at(day)
    owed = interview(came, date_only=True, worker=None)
    reply = digest([episode(1, came - hours(9), came, interview=owed)], rows=20)
    assert any(s.lines[0].split(" · ")[1] == said for s in reply.sections if s.title == "No owner: 1")
    assert "due Tue" not in str(reply.sections)
    assert "due Fri" not in str(reply.sections)


# -- before people are at work --


def test_on_a_day_off_the_first_line_says_what_runs_out_before_people_are_at_work() -> None:
    """Edge case 20: back Friday 18:30 before a bank holiday, due on it."""
    returned, ref = at("Fri 26 May 2017 18:30"), reference(1)
    due = [episode(1, returned - hours(22), returned, interview=interview(returned, worker="W-N01"))]
    for day in ("Sat 27", "Sun 28", "Mon 29"):
        reply = digest(due, at(f"{day} May 2017 08:00"))
        assert reply.text[0] == (
            "⚠ 1 return interview runs out before people are at work in time (back Tue 30 May 08:00): act today."
        )
        assert ref in section(reply, "Run out before people are at work in time")[0]
        counts = digest(due, at(f"{day} May 2017 08:00"), channel="county-counts")
        assert counts.text[0] == "⚠ Interviews that run out before people are at work in time: 1 to 5. Act today."
    assert "at work in time" not in str(digest(due, at("Tue 30 May 2017 08:30")))


@pytest.mark.parametrize("source", ["police", "children", "interviews"])
def test_all_clear_is_not_said_with_any_source_old_or_missing(source: str) -> None:
    for taken in (NOW - timedelta(days=3), None):
        assert "All clear" not in str(digest(MemoryFacts([], taken=sources(NOW, **{source: taken}))))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 6 * 366 * 24).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n)),
    st.lists(st.tuples(st.floats(0.1, 100), st.sampled_from(["missing", "back", "away", "doubt"])), max_size=3),
    st.booleans(),
)
def test_all_clear_is_never_said_with_anything_open_or_in_doubt(
    now: datetime, found: list[tuple[float, str]], stale: bool
) -> None:
    """For any moment of six years: with a child missing or away, an interview open, a doubt, or an old source."""
    records = []
    for child, (ago, kind) in enumerate(found, 1):
        start = now - hours(ago)
        home = interview(start, worker="W-N01")
        records.append(
            {
                "missing": lambda: episode(child, start, birth=None),  # noqa: B023 - called at once
                "away": lambda: away(child, start, birth=None),  # noqa: B023
                "back": lambda: episode(child, start - hours(5), start, birth=None, interview=home),  # noqa: B023
                "doubt": lambda: replace(episode(child, start, birth=None), doubts=frozenset({"return"})),  # noqa: B023
            }[kind]()
        )
    facts = MemoryFacts(records, taken=sources(now - timedelta(days=3) if stale else now))
    reply = digest(facts, now)
    assert ("All clear" in str(reply)) is (not records and not stale)
