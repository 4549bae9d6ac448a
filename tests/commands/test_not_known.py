"""Not known is not zero: sources never loaded, time before the records begin, time to come."""

from __future__ import annotations

from datetime import date

import pytest

from bot.chat.terminal import as_csv
from bot.conversation.command import PRIVATE, Place, Request
from bot.rules.time.clock import day_start
from tests.commands.test_stats import FACTS
from tests.support.asking import (
    BECAUSE,
    BY_PERIOD,
    COMMANDS,
    PLACES,
    REFERENCES,
    ask,
    column,
    desk,
    everything,
    row,
    section,
    table,
    value,
    whole,
)
from tests.support.factories import NOW, Recorded, at, episode, hours, partnership, person, reference, sources
from tests.support.memory_facts import MemoryFacts

NO_INTERVIEWS = MemoryFacts(FACTS, taken=sources(interviews=None))
UNKNOWN = "Return interviews: not known (Council interviews: NEVER LOADED, do not read as zero)."


@pytest.mark.parametrize("text", ["stats north", "stats all", "compare 2016-H2 2017-H1"])
def test_without_the_interviews_no_interview_is_counted(text: str) -> None:
    reply = ask(text, of=NO_INTERVIEWS)
    assert reply.status == "ok"
    assert UNKNOWN in reply.text
    assert [f.label for f in reply.facts if "Interviews" in f.label] == []
    assert [r for t in reply.tables for r in t.rows if "Interviews" in str(r[0])] == []
    assert value(reply, "Episodes") == ask(text, of=FACTS).facts[2].value


def test_figures_of_interviews_need_the_interviews() -> None:
    reply = ask("interviews 2017-H1", of=NO_INTERVIEWS)
    assert (reply.status, reply.title) == ("failed", "Return interviews, Whole county: not known")
    assert reply.text == (UNKNOWN,)
    assert (reply.facts, reply.tables) == ((), ())


def test_a_childs_interviews_are_not_none_either() -> None:
    reply = ask(f"child {reference(1)} {BECAUSE}", of=NO_INTERVIEWS)
    assert "NEVER LOADED" in section(reply, "Return interviews: not known")[0]


@pytest.mark.parametrize("cohort", ["lac", "not-lac", "uasc", "cp"])
def test_cohorts_need_the_childrens_export(cohort: str) -> None:
    reply = ask(f"cohort {cohort}", of=MemoryFacts(FACTS, taken=sources(children=None)))
    assert (reply.status, reply.facts, reply.tables) == ("failed", (), ())
    assert reply.title.endswith(": not known")
    assert "Council children: NEVER LOADED, do not read as zero" in reply.text[0]


ASKED = (*(f"{name} {{}}" for name in BY_PERIOD), "cohort lac {}", "interviews {}")


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize("period", ["2016-H1", "2015", "2016-06"])
def test_before_the_records_begin_nothing_is_known(text: str, period: str) -> None:
    reply = ask(text.format(period), of=FACTS)
    assert (reply.status, reply.title) == ("failed", "Not known")
    assert reply.text == ("The records begin on 1 Jul 2016: this period is not known.",)
    assert (reply.facts, reply.tables) == ((), ())


def test_nor_is_it_compared() -> None:
    reply = ask("compare 2016-H1 2016-H2", of=FACTS)
    assert (reply.status, reply.text) == ("failed", ("The records begin on 1 Jul 2016: 2016-H1 is not known.",))
    in_part = ask("compare 2016 2017-H1", of=FACTS)
    assert (in_part.status, in_part.text[0]) == (
        "unclear",
        "2016 is known only in part, so comparing it would mislead.",
    )
    assert ask("compare 2016 2017-H1 partial", of=FACTS).status == "ok"


@pytest.mark.parametrize("text", ["stats {}", "bands {}", "cohort lac {}"])
def test_the_first_period_of_the_records_stands_alone(text: str) -> None:
    reply = ask(text.format("2016-H2"), of=FACTS)
    note = "The records begin on 1 Jul 2016: 2016-H1 is not known, so nothing is compared with it."
    assert reply.status == "ok"
    assert note in reply.text
    assert "2016-H1" not in everything(reply).replace(note, "").replace("2016-H1 is not known", "")
    assert not any("Change" in t.columns for t in reply.tables)
    assert [f for f in reply.facts if "change" in f.label] == []


def test_a_period_known_in_part_says_since_when_and_is_no_base() -> None:
    reply = ask("stats 2016 partial", of=FACTS)
    assert reply.text[0] == "⚠ 2016: known only from 1 Jul 2016."
    every = whole("stats 2016 partial", of=FACTS)
    assert every.text[0].endswith("1 Jan 2016 to 31 Dec 2016 (366 days), known only from 1 Jul 2016.")
    beside = ask("stats 2016-08-01..2016-09-29", of=FACTS)
    assert beside.text[0].startswith("2016-06-02..2016-07-31 is known only in part, so no change is shown.")
    assert beside.tables[0].columns == ("Measure", "2016-08-01..2016-09-29")
    assert row(whole("stats 2016-08-01..2016-09-29", of=FACTS), "Figures", "Children")[-1] == ""
    partial = ask("stats 2016-08-01..2016-09-29 partial", of=FACTS)
    assert partial.text[0] == "⚠ 2016-06-02..2016-07-31: known only from 1 Jul 2016."
    assert len(partial.tables[0].columns) == 3


@pytest.mark.parametrize("text", [*ASKED, "compare 2017-H1 {}"])
@pytest.mark.parametrize("more", ["", " partial"])
def test_a_period_that_has_not_begun_is_not_zero(text: str, more: str) -> None:
    reply = ask(text.format("2018-H1") + more, of=FACTS)
    assert (reply.status, reply.title) == ("failed", "Not begun")
    assert reply.text == ("2018-H1 has not begun: it begins on 1 Jan 2018.",)


def test_today_has_begun() -> None:
    assert ask("stats 2017-07-05", of=FACTS).status == "ok"
    assert ask("stats 2017-07-06", of=FACTS).status == "failed"
    midnight = NOW + hours(16)
    later = MemoryFacts(FACTS, taken=sources(midnight))
    assert ask("stats 2017-07-06", of=later, now=midnight).status == "ok"


def test_what_comes_after_is_not_zero_before_it_has_begun() -> None:
    reply = ask("concentration all 2017-H1", of=FACTS, now=at("Fri 30 Jun 2017 08:00"))
    assert reply.text[-1] == "2017-H2, the period after, has not begun."
    assert {r[2] for r in table(reply, "").rows} == {None}


@pytest.mark.parametrize("text", ["stats north 2017-H2", "bands 2016-H2", "compare 2016-H2 2017-H1", "open"])
def test_csv_carries_the_words_too(text: str) -> None:
    """A figure that goes into a spreadsheet without "not complete" is read as complete."""
    reply = ask(text, of=FACTS)
    lines = as_csv(reply).replace('"', "").splitlines()
    assert all(f"note,{line}" in lines for line in (*reply.text, *reply.footer))


# -- months without a record between months with many --


def a_month(year: int, month: int, n: int = 12) -> list[Recorded]:
    """Return so many absences of that many children in a month, in north."""
    first = day_start(date(year, month, 3))
    return [episode(k, first + hours(30 * k), first + hours(30 * k + 3)) for k in range(1, n + 1)]


WHOLE = [x for y, m in [(2016, m) for m in range(7, 13)] + [(2017, m) for m in range(1, 7)] for x in a_month(y, m)]
#: The files of September 2016 were never loaded; and none of south's children was missing in a year.
HOLE = [x for x in WHOLE if not at("Thu 1 Sep 2016 00:00") <= x.start_at < at("Sat 1 Oct 2016 00:00")]
GAP = "no record in Sep 2016 (not known whether none)"


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize("area", ["north", "south", "all"])
def test_a_month_without_a_record_is_not_zero(text: str, area: str) -> None:
    """Of the whole county: none of one area alone is a true zero."""
    for days in ("2016-09", "2016-09-10..2016-09-12"):
        reply = ask(f"{text.format(days)} {area}", of=HOLE)
        assert (reply.status, reply.title) == ("failed", "Not known")
        assert reply.text == (f"{days}: {GAP}, and the months around have many.",)
    assert ask(f"{text.format('2016-09')} {area}", of=WHOLE).status == "ok"


@pytest.mark.parametrize("text", [*ASKED, "compare 2017-H1 {}"])
@pytest.mark.parametrize("more", ["", " partial"])
@pytest.mark.parametrize("place", PLACES[:2], ids=["private", "channel"])
def test_a_period_with_such_a_month_says_so_first_and_has_no_change(text: str, more: str, place: Place) -> None:
    if more and place != PRIVATE:
        return
    reply = ask(f"{text.format('2016-H2')} all{more}", of=HOLE, place=place)
    assert reply.status == "ok"
    assert GAP in reply.text[0]
    assert [f for f in reply.facts if "change" in f.label and f.value is not None] == []
    assert {c for t in reply.tables if "Change" in t.columns for c in column(reply, t.title, "Change")} <= {""}


@pytest.mark.parametrize("text", ["stats 2017-H1", "bands 2017-H1", "cohort lac 2017-H1", "stats 2017-H1 partial"])
def test_nor_is_one_the_base_of_a_change(text: str) -> None:
    reply = ask(text, of=HOLE)
    assert f"2016-H2: {GAP}, so no change is shown." in reply.text
    assert "2017-H1" not in [t.columns[-1] for t in reply.tables if len(t.columns) > 2], "nothing beside it"
    assert [f for f in reply.facts if "change" in f.label] == []
    assert "no change is shown" not in " ".join(ask(text, of=WHOLE).text)
    alone = ask("stats 2016-10", of=HOLE)
    assert f"2016-09: {GAP}, so nothing is compared with it." in alone.text
    assert not any("Change" in t.columns for t in alone.tables)


def test_its_rate_divides_by_the_days_that_are_known() -> None:
    assert row(ask("stats 2016-H2", of=HOLE), "", "Episodes per day") == (0.39,), "60 in 154 days"
    assert row(ask("stats 2016-H2", of=WHOLE), "", "Episodes per day") == (0.39,), "72 in 184 days"


def test_the_children_with_most_are_not_followed_over_it() -> None:
    found = ask("concentration north 2016-Q2", of=HOLE), ask("concentration north 2016-08", of=HOLE)
    assert found[0].status == "failed"
    assert found[1].text[-1] == f"2016-09, the period after: {GAP}."
    assert {r[2] for r in table(found[1], "").rows} == {None}


@pytest.mark.parametrize("text", [*ASKED, "compare 2017-H1 {}"])
def test_days_after_the_police_export_are_not_zero(text: str) -> None:
    old = MemoryFacts(FACTS, taken=sources(at("Mon 3 Jul 2017 06:00")))
    reply = ask(text.format("2017-07-04"), of=old)
    assert (reply.status, reply.title) == ("failed", "Not known")
    assert reply.text == ("The police export reaches to 2 Jul 2017: 2017-07-04 is not known.",)
    assert ask(text.format("2017-07-04"), of=FACTS).status != "failed"
    in_part = ask("stats 2017-07-03", of=old)
    assert "⚠ 2017-07-03: known only to 2 Jul 2017; its counts will still rise." in in_part.text
    every = whole("stats 2017-07-03", of=old)
    assert every.text[0].endswith("3 Jul 2017 to 3 Jul 2017 (1 day), known only to 2 Jul 2017.")


def test_few_a_month_may_be_none() -> None:
    """With 9 a month one without is shown as 0: it may be true."""
    few = [x for y, m in ((2016, 7), (2016, 8), (2016, 10), (2016, 11)) for x in a_month(y, m, 9)]
    assert value(ask("stats 2016-09", of=few), "Episodes") == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stats 2016", "known only from 1 Jul 2016"),
        ("stats this half", "not over: 4 of 184 days"),
        ("stats today", "not over: 0 of 1 day"),
    ],
)
def test_a_period_known_in_part_or_not_over_says_so_in_the_first_line(text: str, words: str) -> None:
    for name in (*BY_PERIOD, "cohort lac", "interviews"):
        reply = ask(text.replace("stats", name), of=FACTS)
        assert f": {words}" in reply.text[0], name
        if "counted" in COMMANDS[name.split()[0]].usage and "measures" in COMMANDS[name.split()[0]].usage:
            assert f", {words}" in whole(text.replace("stats", name), of=FACTS).text[0], name


def test_a_rate_divides_by_days_that_are_known_and_over() -> None:
    """Neither what was before the records began, nor today, is counted above the line or below it."""
    early = episode(5, at("Fri 3 Jun 2016 12:00"), at("Fri 3 Jun 2016 18:00"))
    today = episode(6, NOW - hours(2))
    july = [episode(7, NOW - hours(24 * n + 3), NOW - hours(24 * n)) for n in (1, 2)]
    found = [*FACTS, early, today, *july]
    assert row(whole("stats north 2016", of=found), "Figures", "Episodes") == (2,)
    assert row(ask("stats north 2016", of=found), "", "Episodes per day") == (0.01,), "1 in 184 days"
    half = whole("stats north 2017-H2 partial", of=found)
    assert row(half, "Figures", "Episodes")[0] == 3
    assert row(half, "Figures", "Episodes per day")[0] == 0.5, "2 in 4 days"
    assert row(ask("stats north today", of=found), "", "Episodes per day")[0] == "n/a"
    late = MemoryFacts(found, taken=sources(NOW - hours(30)))
    assert row(ask("stats north 2017-H2 partial", of=late), "", "Episodes per day")[0] == 0.33, "1 in 3 days"
    unloaded = MemoryFacts(found, taken=sources(police=None))
    assert row(ask("stats north 2017-H1", of=unloaded), "", "Episodes per day")[0] == "n/a"


def test_where_several_read_a_half_year_known_in_part_has_no_rate() -> None:
    """Its known days would be a second period beside the half-year, that differs by a few children."""
    ours = partnership().with_history(date(2016, 9, 1))
    for place, rate in ((PRIVATE, 0.01), (REFERENCES, "n/a")):
        reply = desk(MemoryFacts(FACTS), ours).answer(Request(person("lead"), place, "stats north 2016-H2", NOW))
        assert reply.text[0] == "⚠ 2016-H2: known only from 1 Sep 2016."
        assert row(reply, "", "Episodes per day")[0] == rate
