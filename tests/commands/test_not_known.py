"""Not known is not zero: sources never loaded, time before the records begin, time to come."""

from __future__ import annotations

import pytest

from bot.chat.terminal import as_csv
from tests.commands.test_stats import FACTS
from tests.support.asking import BECAUSE, BY_PERIOD, ask, everything, row, section, table, value
from tests.support.factories import NOW, at, hours, reference, sources
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
    assert reply.text[0].endswith("1 Jan 2016 to 31 Dec 2016 (366 days), known only from 1 Jul 2016.")
    beside = ask("stats 2016-08-01..2016-09-29", of=FACTS)
    assert beside.text[-1].startswith("2016-06-02..2016-07-31 is known only in part, so no change is shown.")
    assert row(beside, "Figures", "Children")[-1] == ""


@pytest.mark.parametrize("text", [*ASKED, "compare 2017-H1 {}"])
@pytest.mark.parametrize("more", ["", " partial"])
def test_a_period_that_has_not_begun_is_not_zero(text: str, more: str) -> None:
    reply = ask(text.format("2018-H1") + more, of=FACTS)
    assert (reply.status, reply.title) == ("failed", "Not begun")
    assert reply.text == ("2018-H1 has not begun: it begins on 1 Jan 2018.",)


def test_today_has_begun() -> None:
    assert ask("stats 2017-07-05", of=FACTS).status == "ok"
    assert ask("stats 2017-07-06", of=FACTS).status == "failed"
    assert ask("stats 2017-07-06", of=MemoryFacts(FACTS), now=NOW + hours(16)).status == "ok"


def test_what_comes_after_is_not_zero_before_it_has_begun() -> None:
    reply = ask("concentration all 2017-H1", of=FACTS, now=at("Fri 30 Jun 2017 08:00"))
    assert reply.text[1] == "2017-H2, the period after, has not begun."
    assert {r[2] for r in table(reply, "Children with most episodes").rows} == {None}


@pytest.mark.parametrize("text", ["stats north 2017-H2", "bands 2016-H2", "compare 2016-H2 2017-H1", "open"])
def test_csv_carries_the_words_too(text: str) -> None:
    """A figure that goes into a spreadsheet without "not complete" is read as complete."""
    reply = ask(text, of=FACTS)
    lines = as_csv(reply).replace('"', "").splitlines()
    assert all(f"note,{line}" in lines for line in (*reply.text, *reply.footer))
