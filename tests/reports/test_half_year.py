"""The half-yearly report as a document: what it says of some invented episodes, and what it may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from bot.messages.release import first_release
from bot.messages.released_figures import ReleasedFigures, TrueFigures
from bot.reports.document import Cell, DataTable, Document, Paragraph, Picture, ReportSection, Warning, Words, cell_text
from bot.reports.formats import html
from bot.reports.half_year import Given, NoFigures, compose
from bot.reports.making import figures_of
from bot.rules.model import LookedAfter, Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.reports.snapshot import Snapshot
from bot.rules.spikes import MonthNote
from bot.rules.time.clock import add_months
from bot.rules.time.period import parse_period, previous
from tests.support.factories import NOW, Recorded, at, episode, hours, interview, partnership, sources
from tests.support.memory_facts import MemoryFacts

H1 = parse_period("2017-H1", NOW)
SNAPSHOT = Snapshot("0123456789abcdef", (), "2026.1", None, NOW)


def ended(child: int, day: str, area: str = "north", **facts: Any) -> Recorded:
    start = at(day)
    back = start + hours(5)
    held, why = facts.pop("held", 20.0), facts.pop("reason", None)
    owed = interview(back, offered_at=back, held_at=back + hours(held), recorded_at=back + hours(held + 1))
    owed = replace(owed, outcome_reason=why)
    return replace(episode(child, start, back, area=area, setting="home"), interview=owed, **facts)


#: Of 2017-H1: child 1 three times, child 2 in two areas, child 3 once, UASC. Of 2016-H2: child 1 and child 4.
EPISODES = (
    *(ended(1, f"Mon {day} May 2017 20:00", lac=True) for day in (1, 8, 15)),
    ended(2, "Tue 2 May 2017 20:00"),
    ended(2, "Wed 3 May 2017 20:00", "south", held=100.0),
    ended(3, "Thu 4 May 2017 20:00", "disability", uasc=True, lac=True),
    ended(1, "Fri 4 Nov 2016 20:00", lac=True),
    ended(4, "Sat 5 Nov 2016 20:00", setting="school"),
)
OUT = "out_of_county"
POPULATION = {
    date(2017, 6, 30): (
        LookedAfter(False, "residential", "R-01", 6),
        LookedAfter(False, "ifa", None, 4),
        LookedAfter(True, "ifa", None, 2),
    ),
    date(2016, 12, 31): (LookedAfter(False, "ifa", None, 5),),
}


def given(
    episodes: tuple[Recorded, ...] = EPISODES, *, published: bool = False, now: datetime = NOW, **changes: Any
) -> Given:
    ours: Partnership = changes.pop("partnership", partnership())
    facts: Any = changes.pop("facts", None) or MemoryFacts(episodes, population=POPULATION)
    snapshot = replace(SNAPSHOT, made_at=now)
    figures = figures_of(facts, ours, snapshot, published=published)
    period = changes.pop("period", H1)
    usual = {"earlier": previous(period), "facts": facts, "partnership": ours}
    return Given(
        **{"period": period, "figures": figures, "snapshot": snapshot, "published": published} | usual | changes
    )


@pytest.fixture(scope="module")
def report() -> Document:
    return compose(given())


def section(document: Document, name: str) -> ReportSection:
    return next(s for s in document.sections if s.id == name)


def said(of: ReportSection) -> str:
    return " ".join(b.text for b in of.blocks if isinstance(b, Paragraph | Warning))


def table(document: Document, name: str) -> DataTable:
    return next(t for t in document.tables if t.id == name)


def row(document: Document, name: str, label: str) -> list[str]:
    return next([cell_text(c) for c in r[1:]] for r in table(document, name).rows if r[0] == label)


def test_the_first_page_says_of_what_and_when_and_from_what(report: Document) -> None:
    front = dict(report.front)
    assert front["Addressed to"] == "Invented Board of Practice Oxfordshire"
    assert front["Period"] == "2017-H1: 1 Jan 2017 to 30 Jun 2017 (181 days)"
    assert front["Compared with"] == "2016-H2: 1 Jul 2016 to 31 Dec 2016 (184 days)"
    assert front["Figures"] == "Exact, not for publication"
    assert front["Source: Police"] == "Wed 5 Jul 2017 08:00 BST, up to date when counted"
    assert front["Counted by"] == "Rules of counting, version 2026.1"
    assert front["Records as of"] == "Wed 5 Jul 2017 08:00 BST, named snapshot 01234567"
    assert report.title.endswith("January to June 2017")
    assert report.running.endswith("Exact figures, not for publication")


def test_the_body_it_is_addressed_to_is_asked_to_note_it() -> None:
    nobody = compose(given(partnership=replace(partnership(), report_to="")))
    assert dict(nobody.front)["Addressed to"] == "The partnership"
    asked = compose(given(partnership=replace(partnership(), report_to="Sub-Group of Nowhere")))
    assert dict(asked.front)["Addressed to"] == "Sub-Group of Nowhere"
    assert said(section(asked, "recommendation")) == "Sub-Group of Nowhere is asked to note this report."


def test_both_counts_with_their_change_and_the_rate_a_day(report: Document) -> None:
    assert row(report, "children", "Children") == ["3", "2", "+50.0% (low base)"]
    assert row(report, "children", "Episodes") == ["6", "2", "+200.0% (low base)"]
    assert row(report, "children", "Episodes a day") == ["0.03", "0.01", "+205.0%"]
    assert "Children rose from 2 to 3 and episodes rose from 2 to 6" in said(section(report, "children"))
    assert "181 days, 2016-H2 184 days" in said(section(report, "summary"))


def test_three_measures_of_first_and_repeat_are_named_apart(report: Document) -> None:
    found = {str(r[0]).partition(":")[0]: cell_text(r[1]) for r in table(report, "first").rows}
    assert found == {
        "Not seen earlier in the records (since 1 Jul 2016)": "2",
        "Once only": "1",
        "Repeat": "2",
        "Repeat episodes": "3",
        "Episodes of the children with two or more": "5",
    }
    assert "“not seen earlier” is too high" in said(section(report, "first"))
    new = row(report, "first", "Not seen earlier in the records (since 1 Jul 2016)")
    assert new[1:] == ["not known", ""], "the records begin with that half-year, in which every child seems new"


def test_where_the_records_begin_in_the_period_nobody_is_said_to_be_new() -> None:
    made = compose(given(period=parse_period("2016-H2", NOW)))
    assert row(made, "first", "Not seen earlier in the records (since 1 Jul 2016)") == ["not known"]
    assert "no earlier episode" not in said(section(made, "first"))


def test_the_summary_says_each_finding_with_both_numbers(report: Document) -> None:
    findings = [b.text for b in section(report, "summary").blocks if isinstance(b, Paragraph)]
    assert findings == [
        "3 children had 6 episodes in 2017-H1; 2 children had 2 episodes in 2016-H2.",
        "Children with two or more episodes: 2 of 3 children in 2017-H1; 0 of 2 children in 2016-H2.",
        "Largest changes of episodes by area, 2016-H2 to 2017-H1: in North they rose from 2 to 4; "
        "in Disability team they rose from 0 to 1.",
        "Return interviews held within 72 hours: 5 of 6 due (83.3%) in 2017-H1; 2 of 2 due (100.0%) in 2016-H2.",
        "Unaccompanied children (UASC): 1 child with 1 episode in 2017-H1; 0 children with 0 episodes in 2016-H2.",
    ]
    assert findings[0] not in said(section(report, "children"))


def test_shares_have_the_right_denominators(report: Document) -> None:
    """One UASC child of three, with one of six episodes: never one of three episodes."""
    words = said(section(report, "cohorts"))
    assert "Unaccompanied asylum-seeking children: 1 of 3 children (33.3%), with 1 of 6 episodes (16.7%)." in words
    assert "Looked-after children: 2 of 3 children (66.7%), with 4 of 6 episodes (66.7%)." in words


def test_the_overlap_of_areas_is_said_and_disability_is_a_row(report: Document) -> None:
    assert "1 child is counted in more than one area." in table(report, "areas").note
    assert row(report, "areas", "Disability team")[0] == "1"


def test_the_same_children_are_followed(report: Document) -> None:
    assert row(report, "followed", "Whole county") == ["2", "2", "3", "1"]
    words = said(section(report, "concentration"))
    assert "1 of these 2 had fewer. Children chosen for a high count usually have fewer later" in words
    assert "In 2016-H2 the 2 children with most episodes had 2 of 2 episodes (100.0%)." in words
    assert [r[0] for r in table(report, "concentration").rows] == ["Whole county"], "every area has under 10 children"


def test_an_area_with_ten_children_has_a_row_of_its_own() -> None:
    many = (ended(n, "Mon 8 May 2017 20:00", "south" if n < 20 else "north") for n in range(10, 29))
    made = compose(given(tuple(many)))
    assert [r[0] for r in table(made, "concentration").rows] == ["Whole county", "South"]


def test_a_setting_without_an_episode_is_said(report: Document) -> None:
    assert row(report, "settings", "School")[:2] == ["0", "0"]
    assert "School: 0 recorded as the setting." in said(section(report, "settings"))


def test_the_looked_after_population_on_the_last_day(report: Document) -> None:
    assert row(report, "looked_after", "Not UASC") == ["10", "5", "+100.0% (low base)"]
    assert row(report, "placements", "Residential") == ["6", "60.0%", "0", "n/a (from 0)"]
    assert row(report, "placements", "Residential: homes of the authority")[0] == "6"
    assert row(report, "providers", "North")[-1] == "6"


def test_interviews_with_both_denominators(report: Document) -> None:
    assert row(report, "interviews", "Total, 2017-H1") == ["6", "6", "100.0%", "5", "83.3%", "83.3%"]
    assert row(report, "late", "No reason recorded") == ["1", "100.0%"]
    words = said(section(report, "interviews"))
    assert words.startswith("2017-H1: 5 of 6 interviews due were held within 72 hours (83.3%). Not offered: 0 of 6")
    assert "5 of 6 completed interviews were recorded within 72 hours (83.3%)" in words
    assert row(report, "offered", "Total, 2016-H2") == ["2", "2", "100.0%", "2", "2", "100.0%"]
    teams = [str(r[0]) for r in table(report, "offered").rows]
    assert teams[:2] == ["North, 2017-H1", "North, 2016-H2"], "both periods of a team are one below the other"
    assert "South, 2016-H2" not in teams, "a team without an episode in a period has no row of it"
    assert row(report, "summary", "Interviews held within 72 h, of due") == ["83.3%", "100.0%", "-16.7 points"]


@pytest.mark.parametrize("published", [False, True])
def test_children_of_whom_no_record_says_that_they_are_hosted_are_not_known_and_not_none(published: bool) -> None:
    made = compose(given(published=published))
    assert row(made, "hosted", "Hosted: of another authority, here: children") == ["not known", "not known", ""]
    assert row(made, "areas", "Out of county") == ["not known", "not known", "", "not known", "not known", ""]
    words = said(section(made, "hosted"))
    nowhere = "none on the released sheets." if published else "not in the records."
    assert f"Hosted: {nowhere}" in words
    assert f"Placed out of county: {nowhere}" in words


def test_hosted_children_of_another_period_make_none_of_this_one_a_true_zero() -> None:
    later = ended(200, "Mon 3 Jul 2017 20:00", hosted=True)
    made = compose(given((*EPISODES, later)))
    assert row(made, "hosted", "Hosted: of another authority, here: children") == ["0", "0", "–"]
    assert "Hosted: 0 children with 0 episodes." in said(section(made, "hosted"))


def test_a_later_load_of_a_child_of_another_period_changes_no_byte_of_a_published_report() -> None:
    """A live "not known" would become a 0 with the load."""
    before = MemoryFacts(EPISODES, population=POPULATION)
    later = (ended(n, "Mon 3 Jul 2017 20:00", area, hosted=True) for n, area in ((200, "north"), (201, OUT)))
    after = replace(before, episodes=(*EPISODES, *later))
    first, second = (compose(given(published=True, facts=facts)) for facts in (before, after))
    assert html.write(first) == html.write(second)
    exact, of_now = (compose(given(facts=facts)) for facts in (before, after))
    assert exact != of_now, "exact figures are of the newest load"


def test_a_published_report_knows_of_hosted_children_by_the_sheets_of_both_periods() -> None:
    earlier = (ended(n, "Fri 4 Nov 2016 20:00", OUT, hosted=True) for n in range(200, 212))
    made = compose(given((*EPISODES, *earlier), published=True))
    assert row(made, "hosted", "Hosted: of another authority, here: children")[0] == "0"
    assert row(made, "areas", "Out of county")[0] == "0"


def test_how_tables_are_read_is_said_once(report: Document) -> None:
    (exact,) = report.reading_notes
    (published,) = compose(given(published=True)).reading_notes
    assert "“low base” marks a change from a number under 10" in exact
    assert published.startswith("In every table: c: a count from 1 to")
    assert not [t.id for t in report.tables if "base" in t.note]


def test_a_published_table_with_a_part_beside_its_whole_says_that_each_is_rounded_by_itself(report: Document) -> None:
    """Else 160 offered of 155 required seem to be a fault."""
    said_so = "Each count is rounded by itself, so a part may be printed as more than its whole; percentages are of"
    published = compose(given(published=True))
    assert {t.id for t in published.tables if said_so in t.note} == {
        *("interviews", "offered", "concentration", "looked_after", "placements", "reporters"),
    }
    assert not [t.id for t in report.tables if said_so in t.note]


def test_why_a_few_children_are_not_compared_is_said_once(report: Document) -> None:
    published = compose(given(published=True))
    assert "a few children: one more or less" in said(section(report, "cohorts"))
    assert "too few to be compared" in said(section(published, "cohorts"))


def test_a_published_report_says_what_holds_before_it_is_signed_and_after(report: Document) -> None:
    assert "signatures" not in {s.id for s in report.sections}
    made = compose(given(published=True))
    assert dict(made.front)["Status"] == "A draft, unless its signature page is with it: see Signatures"
    signatures = section(made, "signatures")
    assert "This is snapshot 01234567. Its signature page is a file of its own" in said(signatures)
    assert not [b for b in signatures.blocks if isinstance(b, DataTable)], "no line is left to be filled"


def test_what_a_board_reads_comes_first_and_further_tables_are_annexes(report: Document) -> None:
    headings = [s.heading for s in report.sections]
    annexes = [h for h in headings if h.startswith("Annex ")]
    assert headings[-len(annexes) :] == annexes
    assert [h[:8] for h in annexes][:2] == ["Annex A.", "Annex B."]
    assert annexes[-1].endswith(". Method and words")
    body = {t.id for s in report.sections[: -len(annexes)] for t in [b for b in s.blocks if isinstance(b, DataTable)]}
    assert {"children", "bands", "cohorts", "areas", "interviews"} <= body, "every table of the report of 2017"


def test_every_number_of_a_chart_is_in_its_words(report: Document) -> None:
    assert {p.id for p in report.pictures} == {"bands", "months"}
    for picture in report.pictures:
        if picture.chart.kind == "bar":
            numbers = [f"{v:,}" for s in picture.chart.series for v in s.values if v is not None]
            assert all(f": {n}" in picture.chart.alt for n in numbers)


def test_leads_have_room_in_each_main_section_and_their_words_are_there() -> None:
    made = compose(given(words={"areas": ("Both teams were short of staff.",)}))
    rooms = {b.id: b.paragraphs for s in made.sections for b in s.blocks if isinstance(b, Words)}
    assert set(rooms) == {s.id for s in made.sections} - {
        *("changes", "method", "recommendation", "interview_details"),
    }
    assert {name: words for name, words in rooms.items() if words} == {"areas": ("Both teams were short of staff.",)}


def test_sentences_state_no_cause(report: Document) -> None:
    words = " ".join(said(s) for s in report.sections).lower()
    assert not [w for w in ("due to", "because of the", "thanks", "as a result", "attribut", "led to") if w in words]


def test_changes_since_the_last_issue() -> None:
    changed = DataTable("changed", "Changed", ("Table", "Now"), (("Children", "3"),))
    assert said(section(compose(given(earlier_issue=changed)), "changes")) == (
        "1 figure is printed otherwise than in the last signed report."
    )
    assert "No report of 2017-H1 was signed before" in said(section(compose(given()), "changes"))


# -- what is not known --


def test_a_period_without_a_number_is_no_report_of_zeros() -> None:
    for words in ("2015-H1", "2018-H1"):
        period = Period(words, date(int(words[:4]), 1, 1), date(int(words[:4]), 6, 30))
        with pytest.raises(NoFigures):
            compose(given(period=period, earlier=None))
    with pytest.raises(NoFigures):
        compose(given(facts=MemoryFacts((), taken=sources(None))))


def test_nothing_is_compared_with_a_period_before_the_records() -> None:
    made = compose(given(period=parse_period("2016-H2", NOW)))
    assert "The records begin on 1 Jul 2016: 2016-H1 is not known." in said(section(made, "summary"))
    assert table(made, "children").columns == ("Measure", "2016-H2")


def test_no_change_is_shown_of_a_period_that_is_not_over() -> None:
    made = compose(
        given(now=at("Thu 1 Jun 2017 08:00"), facts=MemoryFacts(EPISODES, taken=sources(at("Thu 1 Jun 2017 07:00"))))
    )
    words = said(section(made, "summary"))
    assert "2017-H1 is not complete" in words
    assert "no change is shown" in words
    assert row(made, "children", "Children")[2] == ""
    assert row(made, "children", "Episodes a day")[0] == "n/a"


def test_what_was_never_loaded_is_not_known() -> None:
    taken = sources(NOW, children=None, interviews=None)
    made = compose(given(facts=MemoryFacts(EPISODES, taken=taken)))
    for name in ("looked_after", "hosted", "interviews"):
        assert "not known" in said(section(made, name))
        assert not [b for b in section(made, name).blocks if isinstance(b, DataTable)]


# -- published --


class Guarded:
    """Facts of which a published report may read those alone that tell nothing of small numbers."""

    ALLOWED = (
        *("freshness", "released_periods", "released_sheet", "shown_until", "records_by_month", "left_out"),
        *("dates_only", "month_notes"),
    )

    def __init__(self, facts: MemoryFacts) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        assert name in self.ALLOWED, f"a published report asked for {name}"
        return getattr(self._facts, name)


def test_a_published_report_reads_the_released_sheet_alone() -> None:
    whole = MemoryFacts(EPISODES, population=POPULATION)
    figures = figures_of(whole, partnership(), SNAPSHOT, published=True)  # type: ignore[arg-type]
    made = compose(replace(given(published=True), facts=Guarded(whole), figures=figures))
    assert made.running.endswith("Published figures")
    assert "not for publication" not in str(made)
    assert "left out" not in said(section(made, "months"))
    (months,) = (t for t in made.tables if t.id == "months")
    assert months.columns == ("Month", "Episodes", "Children")
    assert [row[0] for row in months.rows][::11] == ["Jul 2016", "Jun 2017"]
    drawn = next(p for p in made.pictures if p.id == "months").chart
    assert [s.name for s in drawn.series] == ["Episodes", "Children"]
    assert all(len(s.values) == 12 for s in drawn.series)


MANY = (
    *(ended(n, "Mon 8 May 2017 20:00") for n in range(10, 30)),
    *(ended(n, "Mon 8 May 2017 20:00", setting="care") for n in range(30, 42)),
    ended(50, "Mon 8 May 2017 20:00", setting="school"),
    *(ended(n, "Fri 4 Nov 2016 20:00") for n in range(10, 20)),
)


def test_a_published_report_has_the_episodes_by_setting_of_the_sheet() -> None:
    made = compose(given(MANY, published=True))
    columns = table(made, "settings").columns
    assert columns == ("Missing from", "Episodes", "Share of episodes", "Episodes, 2016-H2", "Change")
    assert row(made, "settings", "Home")[0] == "20"
    assert row(made, "settings", "School")[:2] == ["c", "c"]
    assert row(made, "settings", "Hospital")[0] == "0"
    assert said(section(made, "settings")).endswith(
        "home 20, care 10, school c, hospital 0, elsewhere 0, not recorded 0."
    )


LATE = (
    *(ended(n, "Mon 8 May 2017 20:00", held=80.0) for n in range(100, 112)),  # on the third working day
    *(ended(n, "Mon 8 May 2017 20:00", held=200.0, reason="late_notification") for n in range(112, 124)),
    *(ended(n, "Mon 8 May 2017 20:00", held=200.0, reason="capacity") for n in range(124, 127)),
)
HOSTED = tuple(ended(n, "Mon 8 May 2017 20:00", hosted=True) for n in range(200, 212))


def test_late_interviews_and_hosted_children_are_exact_in_one_form_and_of_the_sheet_in_the_other() -> None:
    exact, published = (compose(given((*MANY, *LATE, *HOSTED), published=which)) for which in (False, True))
    assert [r[:2] for r in table(exact, "late").rows] == [
        *(("No reason recorded", 12), ("Council told late", 12), ("No capacity", 3)),
    ]
    words = said(section(exact, "interview_details"))
    assert "27 of 60 interviews due were not held within 72 hours; by the record 12 of them because" in words
    assert "Local measure: 45 of 60 interviews required were held by the end of working day 3" in words
    assert [[cell_text(c) for c in r] for r in table(published, "late").rows] == [
        *(["No reason recorded", "10", "44%"], ["Council told late", "10", "not shown"], ["No capacity", "c", "c"]),
    ]
    words = said(section(published, "interview_details"))
    assert "25 of 60 interviews due were not held within 72 hours; by the record 10 of them because" in words
    assert "Local measure: 45 of 60 interviews required" in words
    name = "Hosted: of another authority, here: children"
    assert row(exact, "hosted", name)[0] == "12"
    assert row(published, "hosted", name)[0] in ("10", "15")  # which, the dice of the key say
    assert row(published, "hosted", "Placed out of county: children")[0] == "not known"


def test_where_most_late_interviews_have_no_reason_in_the_record_it_is_said() -> None:
    day = "Mon 8 May 2017 20:00"
    none = tuple(ended(n, day, held=200.0) for n in range(300, 318))
    exact, published = (compose(given((*MANY, *LATE, *none), published=which)) for which in (False, True))
    assert "No reason is recorded of 30 of them (66.7%), more than have any one reason." in said(
        section(exact, "interview_details")
    )
    assert "No reason is recorded of 30 of them (67%), more than have any one reason shown" in said(
        section(published, "interview_details")
    )
    as_many, near = ((*MANY, *LATE, *none[:n]) for n in (0, 4))
    assert "No reason is recorded of" not in said(section(compose(given(as_many)), "interview_details"))
    assert "No reason is recorded of 16 of" in said(section(compose(given(near)), "interview_details"))
    words = said(section(compose(given(near, published=True)), "interview_details"))
    assert "No reason is recorded of" not in words, "printed 15 and 10 may be of as many"


def test_what_is_hidden_is_not_said_to_be_none() -> None:
    made = compose(given((*MANY, *HOSTED[:2]), published=True))
    assert "Hosted: c children with c episodes." in said(section(made, "hosted"))


def test_a_sheet_that_was_released_before_it_had_a_count_is_said_to_have_none() -> None:
    facts = MemoryFacts(MANY)
    release = first_release(facts, partnership(), H1, NOW, "lead")
    since = ("setting ", "hosted: ", "late: ", "working days: ")
    old = tuple(f for f in release.figures if not f.measure.startswith(since))
    facts.trail.releases.append(replace(release, figures=old))
    made = compose(given(published=True, facts=facts))
    assert "settings" not in {s.id for s in made.sections}
    assert not {"late", "settings"} & {t.id for t in made.tables}
    assert [r[0] for r in table(made, "hosted").rows] == [
        *("Placed out of county: children", "Placed out of county: episodes"),
    ]
    assert ALWAYS_LEFT_OUT - (left := left_out(made)) == {"children by setting"}
    assert left - ALWAYS_LEFT_OUT == {
        *("home, care and school", "hosted children", "reasons for late interviews"),
        "interviews held within 3 working days",
    }


def left_out(made: Document) -> set[str]:
    words = said(section(made, "method"))
    return set(words.partition("released sheets alone: ")[2].removesuffix(".").split("; "))


ALWAYS_LEFT_OUT = {
    "looked-after children who were missing, as a share of those looked after",
    "children and episodes at any time in the period, with those from before it",
    "children missing both while looked after and while not",
    "the number of children counted in more than one area",
    "ages by month",
    "what the same 10 children did in the other half-year, because two sums of the same few children would tell of one "
    "to a reader who knows the others",
    "concentration by area",
    "children living in homes by area",
    "children by setting",
    "interviews that were held, and the children of each, counted once",
}


def test_everything_that_the_published_form_leaves_out_is_listed(report: Document) -> None:
    facts = MemoryFacts(EPISODES, population={**POPULATION, date(2016, 12, 31): POPULATION[date(2017, 6, 30)]})
    assert left_out(compose(given(published=True, facts=facts))) == ALWAYS_LEFT_OUT
    assert left_out(report) == {""}, "the exact form leaves out nothing"


def test_months_above_their_usual_range_are_found_in_the_printed_numbers() -> None:
    months = [add_months(date(2016, 7, 1), n) for n in range(11)]
    many = [
        ended(1000 * at_month + n, f"{day:%a} {day.day} {day:%b %Y} 12:00")
        for at_month, day in enumerate(months)
        for n in range(60 if day == months[-1] else 12)
    ]
    june = [ended(9000 + n, "Fri 2 Jun 2017 12:00") for n in range(4)]
    words = said(section(compose(given((*many, *june), published=True)), "months"))
    assert "There is no usual range: it takes 12 whole months whose numbers are shown." in words, "June is hidden"
    june = [ended(9000 + n, "Fri 2 Jun 2017 12:00") for n in range(12)]
    made = compose(given((*many, *june), published=True))
    words = said(section(made, "months"))
    assert re.search(r"Above the usual range: May 2017 \(60; usual 1\d(\.5)?, limit \d+\)\.", words)
    assert "worked out from the printed numbers" in words
    assert (
        "Jul 2016 to Jun 2017 have no 12 months before in the records: usual is the median of the records' first 12 "
        "months, themselves among them."
    ) in words
    chart = next(p.chart for p in made.pictures if p.id == "months")
    assert chart.marked == ("May 2017",)
    usual, limit = chart.levels
    assert f"usual {usual.values[10]:g}, limit {limit.values[10]:g}" in words
    assert (usual.name, limit.name, chart.unit) == ("Usual episodes", "Upper limit", "Number in the month")


def test_months_with_12_before_them_are_compared_with_those() -> None:
    months = [add_months(date(2015, 7, 1), n) for n in range(24)]
    episodes = [
        ended(1000 * at_month + n, f"{day:%a} {day.day} {day:%b %Y} 12:00")
        for at_month, day in enumerate(months)
        for n in range(60 if at_month == 13 else 12)
    ]
    ours = replace(partnership(), history_start=date(2015, 7, 1))
    words = said(section(compose(given(tuple(episodes), partnership=ours)), "months"))
    assert re.search(
        r"Above the usual range: Aug 2016 \(60; usual 12, limit \d+\)\. Usual is the median of the 12", words
    )
    assert "Jul 2015 to Jun 2016 have no 12 months before in the records" in words


@pytest.mark.parametrize("published", [False, True])
def test_events_that_people_noted_on_months_are_listed(published: bool) -> None:
    facts = MemoryFacts(EPISODES, population=POPULATION)
    for event, area in (("school-holidays", ""), ("police-operation", "north")):
        facts.trail.noted.append(MonthNote(date(2017, 5, 1), event, area, "strategic_lead", NOW))
    facts.trail.noted.append(MonthNote(date(2017, 7, 1), "data-gap", "", "strategic_lead", NOW))
    made = compose(given(facts=facts, published=published))
    assert table(made, "noted").rows == (("May 2017", "police operation (North); school holidays (Whole county)"),)
    assert "noted" not in {t.id for t in compose(given(published=published)).tables}


def test_a_month_whose_records_came_after_the_release_is_not_known_until_a_new_issue() -> None:
    days = [add_months(date(2016, 7, 1), n) for n in range(12)]
    every = [
        ended(1000 * n + child, f"{day:%a} {day.day} {day:%b %Y} 12:00")
        for n, day in enumerate(days)
        for child in range(20)
    ]
    march = add_months(date(2017, 3, 1), 0)
    before = MemoryFacts(tuple(x for x in every if (x.start_at.year, x.start_at.month) != (march.year, march.month)))
    before.trail.releases.append(first_release(before, partnership(), previous(H1), NOW, "lead"))
    before.trail.releases.append(first_release(before, partnership(), H1, NOW, "lead"))
    now = MemoryFacts(tuple(every))
    now.trail = before.trail
    made = compose(given(published=True, facts=now))
    assert row(made, "months", "Mar 2017") == ["not known", "not known"]
    assert "no record in Mar 2017 (not known whether none)" in said(section(made, "summary"))
    assert row(compose(given(facts=now)), "months", "Mar 2017")[:2] == ["20", "20"], "exact figures have them"


def test_a_published_report_is_not_compared_with_a_half_year_whose_sheet_was_lost() -> None:
    lost = MemoryFacts(EPISODES, population=POPULATION, lost_until=date(2016, 12, 31))
    made = compose(given(published=True, facts=lost))
    assert "The released sheet of 2016-H2 was lost before the database was restored." in said(section(made, "summary"))
    assert all("2016-H2" not in t.columns for t in made.tables)
    assert not any("Dec 2016" in str(cell) for t in made.tables for row in t.rows for cell in row)


def test_no_small_number_is_in_a_published_report() -> None:
    """All of these counts but one are from 1 to 5: none is printed, nor a percentage of any."""
    made = compose(given(published=True))
    small = [
        (t.id, r[0], c)
        for t in made.tables
        if t.id not in ("providers", "glossary", "concentration")
        for r in t.rows
        for c in r[1:]
        if _is_small(c)
    ]
    assert small == []
    assert row(made, "children", "Children")[:2] == ["c", "c"]


def _is_small(cell: Cell) -> bool:
    return (isinstance(cell, int) and 1 <= cell <= partnership().disclosure.threshold) or cell_text(cell).endswith("%")


def test_no_ratio_of_few_rounded_children_is_published() -> None:
    many = tuple(ended(n, "Mon 8 May 2017 20:00", uasc=n < 25, lac=n < 70) for n in range(10, 90))
    made = compose(given(many, published=True))
    of = {str(r[0]): cell_text(r[-1]) for r in table(made, "cohort_shares").rows}
    assert (of["Unaccompanied asylum-seeking children (UASC)"], of["Looked-after children"]) == ("not shown", "1.0")


def test_homes_by_owner_are_below_all_residential_ones_in_both_forms() -> None:
    groups = (LookedAfter(False, "residential", "R-01", 60), LookedAfter(False, "other", None, 40))
    for published in (False, True):
        facts = MemoryFacts(EPISODES, population={date(2017, 6, 30): groups, date(2016, 12, 31): groups})
        made = compose(given(facts=facts, published=published))
        names = [r[0] for r in table(made, "placements").rows]
        at_all = names.index("Residential")
        assert str(names[at_all + 1]).startswith("Residential: homes of the authority")


def test_homes_are_whole_percent_where_all_else_is() -> None:
    exact, published = (table(compose(given(published=p)), "providers") for p in (False, True))
    shares = [[r[4] for r in t.rows] for t in (exact, published)]
    assert [cell_text(share).count(".") for share in shares[0]] == [1] * len(shares[0])
    assert [cell_text(share).count(".") for share in shares[1]] == [0] * len(shares[1])


def test_what_is_printed_in_the_place_of_a_number_is_among_the_words(report: Document) -> None:
    forms = (report, compose(given(published=True)))
    exact, published = ({r[0]: r[1] for r in table(made, "glossary").rows} for made in forms)
    assert {"Low base", "Snapshot"} <= set(exact)
    assert {"c", "Not shown"}.isdisjoint(exact)
    assert {"c", "Low base", "Not shown", "Snapshot"} <= set(published)
    assert str(published["c"]).startswith("A count from 1 to 7")


def test_placements_of_no_child_have_no_row_in_a_published_report() -> None:
    made = compose(given(published=True))
    assert table(made, "looked_after").columns == ("Children", "30 Jun 2017", "31 Dec 2016", "Change")
    assert not [r for r in table(made, "placements").rows if (r[1], r[3]) == (0, 0)]
    assert [r for r in table(made, "placements").rows if r[0] == "Residential"]


def test_where_an_age_group_is_hidden_the_largest_shown_is_named() -> None:
    many = tuple(ended(n, "Mon 8 May 2017 20:00", age=14) for n in range(10, 40))
    few = tuple(ended(n, "Mon 8 May 2017 20:00", age=16) for n in range(40, 43))
    assert "largest age group was 13-15: 30 of 33" in said(section(compose(given((*many, *few))), "ages"))
    published = said(section(compose(given((*many, *few), published=True)), "ages"))
    assert published == "The largest age group shown was 13-15: 30 of 35 children."
    assert said(section(compose(given(few, published=True)), "ages")) == "No age group is shown."


def test_the_age_group_that_changed_most_is_named_of_rounded_counts_of_a_hundred_or_more() -> None:
    def aged(age: int, first: int, before: int, now: int) -> Iterator[Recorded]:
        for begins, many in ((date(2016, 7, 4), before), (date(2017, 1, 4), now)):
            for n in range(many):
                day = add_months(begins, n % 6)
                yield ended(first + n, f"{day:%a} {day.day} {day:%b %Y} 20:00", age=age)

    every = (*aged(14, 1000, 120, 110), *aged(16, 2000, 30, 55))
    exact, published = (said(section(compose(given(every, published=which)), "ages")) for which in (False, True))
    assert exact.endswith("Largest change, 2016-H2 to 2017-H1: 16-17 rose from 30 to 55.")
    assert published.endswith(
        "Largest change of a group of 100 or more, 2016-H2 to 2017-H1: 13-15 fell from 120 to 110."
    )
    small = said(section(compose(given(tuple(aged(16, 2000, 30, 55)), published=True)), "ages"))
    assert "Largest change" not in small, "30 and 55 are too few"
    near = said(section(compose(given(tuple(aged(14, 1000, 120, 115)), published=True)), "ages"))
    assert "Largest change" not in near, "120 may be 116, and 115 may be 119"


def test_figures_are_of_the_kind_that_was_asked_for() -> None:
    assert isinstance(given(published=True).figures, ReleasedFigures)
    assert isinstance(given().figures, TrueFigures)


def test_pictures_of_hidden_numbers_have_gaps() -> None:
    made = compose(given(published=True))
    bands = next(p for p in made.pictures if p.id == "bands")
    assert isinstance(bands, Picture)
    assert all(v is None or v == 0 for s in bands.chart.series for v in s.values)
    assert ": c" in bands.chart.alt
