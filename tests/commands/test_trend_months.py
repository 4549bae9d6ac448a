"""trend months: months beside their usual range, and the events that people note on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.chat.slack import rendering as slack
from bot.chat.teams import rendering as teams
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.reports.charts import png
from bot.rules.effects import NoteMonth
from bot.rules.partnership.partnership import Person
from bot.rules.spikes import EVENTS
from bot.rules.time.clock import add_months, day_start
from tests.support.asking import COUNTS, REFERENCES, ask, ask_since, column, desk, offered, table, whole
from tests.support.factories import (
    NOW,
    Recorded,
    at,
    episode,
    every_month,
    hours,
    person,
    somebody,
    sources,
)
from tests.support.memory_facts import MemoryFacts

FIRST, LAST = date(2016, 7, 1), date(2017, 6, 30)
#: July 2016 to June 2017.
AUTUMN = (20, 18, 21, 45, 40, 22, 20, 17, 20, 22, 20, 19)
TABLE = "Month by month"


def months(counts: Sequence[int], first: date = FIRST, area: str = "north") -> list[Recorded]:
    """Return so many absences in each month, two of each child."""
    found = []
    for n, count in enumerate(counts):
        begins = day_start(add_months(first, n))
        starts = [begins + hours(12 * each) for each in range(count)]
        found += [episode(1000 * n + each // 2, s, s + hours(2), area=area) for each, s in enumerate(starts)]
    return found


FACTS = months(AUTUMN)


def test_the_lead_sentence_has_the_months_that_were_above() -> None:
    reply = ask("trend months", of=FACTS)
    assert reply.title == "Whole county, July 2016 to June 2017: by month"
    assert reply.text == (
        "October and November 2016 were above the usual range: 45 and 40 episodes; usual 20, limit 35.",
        "Missing episodes and children of the last 12 months, by start, oldest first.",
        "The records begin on 1 Jul 2016: earlier months are left out.",
    )
    (shown,) = reply.tables
    assert shown.columns == ("Month", "Episodes", "Usual, limit")
    assert shown.rows[0] == ("Jul 2016", "20 of 10 children", "20, 35")
    assert shown.rows[3] == ("Oct 2016", "45 of 23 children", "20, 35 · above")
    assert len(shown.rows) == 12
    assert offered(reply) == [
        *("stats 2016-11", "trend months note 2016-11"),
        *("trend months measures", "trend months counted"),
    ]


def test_the_chart_has_the_limit_beside_the_episodes_and_the_words_say_which_are_above() -> None:
    (chart,) = ask("trend months", of=FACTS).charts
    assert (chart.kind, chart.categories[0], chart.categories[-1]) == ("line", "2016-07", "2017-06")
    assert [(s.name, s.values) for s in chart.series] == [("Episodes", AUTUMN), ("Limit", (35,) * 12)]
    assert chart.alt.startswith(
        "Line chart, Whole county, July 2016 to June 2017: by month, 12 months. Episodes: first"
    )
    assert chart.alt.endswith("Above the limit: 2016-10 and 2016-11.")


def test_a_chart_without_a_gap_is_drawn_by_the_platforms_themselves() -> None:
    """Slack draws 20 points: of 24 months it gets a picture."""
    reply = ask("trend months", of=FACTS)
    assert slack.drawn(reply) == teams.drawn(reply) == reply.charts
    two_years = replace(MemoryFacts(months((20,) * 24)), taken=sources(at("Mon 9 Jul 2018 06:00")))
    longer = ask("trend months", of=two_years, now=at("Mon 9 Jul 2018 08:00"))
    assert len(longer.tables[0].rows) == 24
    assert (slack.drawn(longer), teams.drawn(longer)) == ((), longer.charts)
    assert png(longer.charts[0]) is not None


def test_every_measure_is_a_table_of_numbers() -> None:
    reply = whole("trend north months", of=FACTS)
    assert table(reply, TABLE).rows[3] == ("2016-10", 45, 23, 20, 35, "above", "")
    assert column(reply, TABLE, "Episodes") == list(AUTUMN)
    assert table(ask("trend months", of=FACTS, export=True), TABLE).rows == table(reply, TABLE).rows
    assert ask("trend months counted", of=FACTS).text[0].startswith("Usual: the median of the 12 months before")


@pytest.mark.parametrize("words", ["trend 6", "trend months 6", "trend last 6 months", "trend 6 months all"])
def test_so_many_as_asked_are_shown_each_judged_by_months_that_are_not(words: str) -> None:
    found = [
        *months((20,) * 6, date(2016, 7, 1)),
        *months((20,) * 5, date(2017, 1, 1)),
        *months((60,), date(2017, 6, 1)),
    ]
    reply = ask(words, of=found)
    assert [str(row[0]) for row in reply.tables[0].rows] == [
        f"{m} 2017" for m in ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    ]
    assert reply.text[0].startswith("June 2017 was above the usual range: 60 episodes; usual 20, limit ")
    assert not [line for line in reply.text if "left out" in line]


def test_without_a_month_above_the_last_one_is_said() -> None:
    reply = ask("trend months", of=months((20,) * 12))
    assert reply.text[0] == "No month was above the usual range. June 2017: 20 episodes (usual 20, limit 35)."


def test_ranges_that_differ_are_said_one_by_one() -> None:
    later = replace(
        MemoryFacts(months((*(20,) * 12, 60, 20, 20, 20, 20, 60))), taken=sources(at("Mon 8 Jan 2018 06:00"))
    )
    reply = ask("trend months", of=later, now=at("Mon 8 Jan 2018 08:00"))
    assert reply.text[0] == (
        "July and December 2017 were above the usual range: 60 and 60 episodes; usual 20, limit 35."
    )
    rising = replace(later, episodes=months((*(20,) * 12, 60, *(30,) * 10, 90)))
    reply = ask(
        "trend months", of=replace(rising, taken=sources(at("Mon 9 Jul 2018 06:00"))), now=at("Mon 9 Jul 2018 08:00")
    )
    assert reply.text[0].startswith("Above the usual range: July 2017: 60 episodes (usual 20, limit 35); ")


def test_without_twelve_months_no_range_is_given() -> None:
    facts = replace(MemoryFacts(FACTS), taken=sources(at("Wed 1 Mar 2017 06:00")))
    reply = ask("trend months", of=facts, now=at("Wed 1 Mar 2017 08:00"))
    assert reply.text[0] == "There is no usual range yet: it takes 12 complete months, and 8 are known."
    assert [s.name for s in reply.charts[0].series] == ["Episodes"]
    assert reply.tables[0].rows[3] == ("Oct 2016", "45 of 23 children", "not enough months")


def test_a_month_that_the_export_does_not_reach_is_left_out_and_that_is_said() -> None:
    reply = ask("trend months", of=MemoryFacts(FACTS, taken=sources(at("Thu 29 Jun 2017 06:00"))))
    assert reply.tables[0].rows[-1][0] == "May 2017"
    assert "The police records do not reach the end of June 2017: the trend ends before it." in reply.text


def test_a_month_without_a_record_is_a_gap_and_no_zero() -> None:
    counts = (*AUTUMN[:8], 0, *AUTUMN[9:])
    later = replace(MemoryFacts(months((*counts, 20))), taken=sources(at("Wed 2 Aug 2017 06:00")))
    reply = ask("trend months", of=later, now=at("Wed 2 Aug 2017 08:00"))
    assert reply.tables[0].rows[8] == ("Mar 2017", "not known", "")
    assert reply.charts[0].not_known == ("2017-03",)
    assert [s.values[8] for s in reply.charts[0].series] == [None, None]
    assert "July 2016 to July 2017: no record in Mar 2017 (not known whether none); the lines have a gap." in reply.text
    assert reply.text[0].startswith("October and November 2016 were above")
    assert whole("trend months", of=later, now=at("Wed 2 Aug 2017 08:00")).tables[0].rows[8][1:5] == ("not known",) * 4


def test_a_small_area_has_true_zeros_in_months_that_the_county_knows() -> None:
    found = [*FACTS, *months((0, 1, 0, 2), area="central")]
    reply = ask("trend central months", of=found)
    assert [row[1] for row in reply.tables[0].rows[:3]] == ["0 of 0 children", "1 of 1 child", "0 of 0 children"]
    assert reply.text[0] == "No month was above the usual range. June 2017: 0 episodes (usual 0, limit 5)."


def test_a_month_begins_and_ends_in_london_time() -> None:
    """23:30 UTC on 30 June 2017 is 1 July in London; so was 31 July 2016 the last day of July until 23:00 UTC."""
    edges = [
        episode(1, day_start(d) - timedelta(seconds=1), day_start(d) + hours(3), area="north") for d in (FIRST, LAST)
    ]
    edges += [episode(2, day_start(add_months(FIRST, 12)), NOW, area="north")]
    reply = whole("trend months", of=[*every_month(FIRST, LAST), *edges])
    assert sum(n for n in column(reply, TABLE, "Episodes") if isinstance(n, int)) == 1


@pytest.mark.parametrize("place", [REFERENCES, COUNTS], ids=["references", "counts"])
def test_in_a_channel_months_are_those_of_released_half_years(place: Place) -> None:
    reply = ask("trend months", of=FACTS, place=place)
    assert reply.text[0].startswith("October and November 2016 were above the usual range: ")
    rows = whole("trend months", of=FACTS, place=place).tables[0].rows
    assert [row[0] for row in rows] == [f"{add_months(FIRST, n):%Y-%m}" for n in range(12)]
    printed = {n for row in rows for n in row[1:3]}
    assert all(n == "c" or (isinstance(n, int) and n % 5 == 0) for n in printed)
    assert reply.footer[0].endswith("A month that is c is passed over, and not judged.")
    assert any(line.startswith("Released on ") for line in reply.footer)
    assert "stats 2016-11" not in offered(reply)


def test_in_a_channel_a_hidden_month_is_c_and_neither_judged_nor_part_of_the_usual_range() -> None:
    counts = (30, 30, 3, *(30,) * 9, 60, *(30,) * 5)
    few = MemoryFacts(months(counts), taken=sources(at("Mon 8 Jan 2018 06:00")))
    now = at("Mon 8 Jan 2018 08:00")
    reply = ask("trend months", of=few, now=now, place=COUNTS)
    september = reply.tables[0].rows[2]
    assert september == ("Sep 2016", "c of c children", "")
    assert reply.charts[0].series[0].values[2] is None
    assert reply.charts[0].not_known == ()
    assert reply.text[0] == "July 2017 was above the usual range: 60 episodes; usual 30, limit 48."
    full = whole("trend months", of=few, now=now, place=COUNTS).tables[0].rows
    assert full[2] == ("2016-09", "c", "c", "", "", "", "")
    assert full[0][3:5] == (30, 48)
    assert str(ask("trend months", of=few, now=now).tables[0].rows[2][1]).startswith("3 of ")


def test_where_most_months_are_hidden_no_range_is_given() -> None:
    found = months((2,) * 12)
    reply = ask("trend north months", of=found, place=COUNTS)
    assert reply.text[0] == "There is no usual range: it takes 12 complete months that are shown, and 0 are."
    assert {row[1:] for row in reply.tables[0].rows} == {("c of c children", "")}


def test_only_months_of_half_years_that_are_over_are_shown_in_a_channel() -> None:
    later = MemoryFacts(months((20,) * 15), taken=sources(at("Mon 9 Oct 2017 06:00")))
    now = at("Mon 9 Oct 2017 08:00")
    assert ask("trend months", of=later, now=now).tables[0].rows[-1][0] == "Sep 2017"
    assert ask("trend months", of=later, now=now, place=COUNTS).tables[0].rows[-1][0] == "Jun 2017"


def test_whose_figures_are_suppressed_gets_released_months_in_private_too_and_an_analyst_in_a_file() -> None:
    panel, analyst = somebody("panel_member", "north"), somebody("analyst")
    released = whole("trend north months", of=FACTS, place=COUNTS).tables
    assert whole("trend north months", panel, of=FACTS).tables == released
    assert ask("trend north months", analyst, of=FACTS, export=True).tables == released
    assert whole("trend north months", analyst, of=FACTS).tables != released


@pytest.mark.parametrize(
    "words", ["trend months 0", "trend months 37", "trend months 3 4", "trend months 2017-H1", "trend months partial"]
)
def test_it_takes_one_number_of_months(words: str) -> None:
    reply = ask(words, of=FACTS)
    assert (reply.status, offered(reply)) == ("unclear", ["trend months"])


def test_months_quarters_or_halves() -> None:
    assert ask("trend months quarters", of=FACTS).status == "unclear"


def test_where_nobody_said_when_records_begin_it_is_the_first_episode() -> None:
    reply = ask_since("trend months", None, months(AUTUMN[3:], date(2016, 10, 1)))
    assert reply.tables[0].rows[0][0] == "Oct 2016"
    assert "There are no earlier records: earlier months are left out." in reply.text
    assert ask_since("trend months", None, []).status == "failed"


# -- events --


class Talk:
    """Questions that are answered one after another, of the same facts."""

    def __init__(self) -> None:
        self.facts = MemoryFacts(FACTS)
        self.desk = desk(self.facts)

    def __call__(self, text: str, who: str | Person = "lead", place: Place = PRIVATE) -> Reply:
        actor = person(who) if isinstance(who, str) else who
        return self.desk.answer(Request(actor, place, text, NOW))


def test_an_event_is_noted_shown_beside_its_month_and_taken_back() -> None:
    talk = Talk()
    reply = talk("trend months note 2016-10 school-holidays")
    assert reply.text == (
        "Noted: school holidays, October 2016 (Whole county). It is shown beside the month and explains nothing.",
    )
    assert offered(reply) == ["trend months", "trend months forget 2016-10 school-holidays"]
    assert talk.facts.trail.effects == [
        NoteMonth(date(2016, 10, 1), "school-holidays", "", "strategic_lead", "lead", NOW)
    ]
    assert talk.facts.trail.entries[-1].action == "trend note"
    shown = talk("trend months", "north-manager")
    assert shown.tables[0].rows[3] == ("Oct 2016", "45 of 23 children", "20, 35 · above · school holidays")
    assert shown.sections[0].lines == ("October 2016: school holidays (strategic lead, 5 Jul 2017)",)
    full = talk("trend months measures")
    assert table(full, TABLE).rows[3][-1] == "school holidays (strategic lead, 5 Jul 2017)"
    assert talk(offered(reply)[1], "coordinator").text == ("Taken back: school holidays, October 2016 (Whole county).",)
    assert talk("trend months").sections == ()


def test_a_note_on_an_area_is_shown_where_the_area_is() -> None:
    talk = Talk()
    talk("trend months note 2016-11 home opened north", "coordinator")
    line = "November 2016: home opened, North (interview coordinator, 5 Jul 2017)"
    assert talk("trend north months").sections[0].lines == (line,)
    assert talk("trend months").sections[0].lines == (line,)
    assert talk("trend south months").sections == ()


@pytest.mark.parametrize("verb", ["note", "forget"])
@pytest.mark.parametrize(
    "who", ["north-manager", "north-worker", somebody("panel_member", "north"), somebody("team_manager", "north")]
)
def test_only_who_sees_counts_of_every_area_notes_and_takes_back(who: str | Person, verb: str) -> None:
    talk = Talk()
    assert talk(f"trend months {verb} 2016-10 data-gap north", who).status == "refused"
    assert talk.facts.trail.effects == []
    assert "trend months note 2016-11" not in offered(talk("trend north months", who))


@pytest.mark.parametrize("who", ["lead", "coordinator", somebody("analyst"), somebody("missing_person_coordinator")])
def test_leads_coordinators_and_analysts_note(who: str | Person) -> None:
    talk = Talk()
    assert talk("trend months note 2016-10 data-gap", who).status == "ok"
    assert [n.event for n in talk.facts.month_notes()] == ["data-gap"]


def test_the_same_note_is_kept_once_and_nothing_is_taken_back_twice() -> None:
    talk = Talk()
    assert talk("trend months forget 2016-10 data-gap").text == (
        "Nothing to take back: gap in the data, October 2016 (Whole county).",
    )
    talk("trend months note 2016-10 data-gap")
    again = talk("trend months note 2016-10 data-gap", "coordinator")
    assert again.text == ("Noted already: gap in the data, October 2016 (Whole county).",)
    assert [n.role for n in talk.facts.month_notes()] == ["strategic_lead"]


def test_without_an_event_each_is_a_button() -> None:
    talk = Talk()
    asked = talk("trend months note 2016-10 north")
    assert (asked.title, asked.status) == ("Which event of October 2016?", "unclear")
    assert offered(asked) == [f"trend months note 2016-10 {event} north" for event in EVENTS]
    assert talk("trend months forget 2016-10").text == ("Nothing is noted there.",)
    talk(offered(asked)[0])
    assert offered(talk("trend months forget 2016-10 north")) == ["trend months forget 2016-10 school-holidays north"]
    assert "trend months note 2016-10 school-holidays north" not in offered(talk("trend months note 2016-10 north"))


@pytest.mark.parametrize(
    "words",
    ["2016-10 rumours", "school-holidays", "2016-Q4 school-holidays", "2017-08 school-holidays", "2016-10 Wilhelmina"],
)
def test_other_words_and_other_periods_are_not_noted(words: str) -> None:
    talk = Talk()
    reply = talk(f"trend months note {words}")
    assert reply.status == "unclear"
    assert talk.facts.trail.effects == []
    assert "Wilhelmina" not in str(reply.as_dict())
