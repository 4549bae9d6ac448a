"""bands: children by number of episodes; both columns add up to their totals."""

from __future__ import annotations

from datetime import date

from tests.commands.test_stats import FACTS
from tests.support.asking import ask, column, offered, row, table, value, whole
from tests.support.factories import at, episode, every_month, hours

MAY = at("Mon 1 May 2017 12:00")
MANY = [episode(7, MAY + hours(20 * i), MAY + hours(20 * i + 5), area="central") for i in range(21)]


def test_children_by_number_of_episodes() -> None:
    of = [*FACTS, *MANY, *every_month(date(2017, 6, 1), date(2017, 6, 30))]
    brief = ask("bands 2017-H1", of=of)
    assert brief.text == ("3 children had 25 episodes.", "In the half-year before, 1 child had 1 episode.")
    assert table(brief, "").columns == ("Children with", "2017-H1", "2016-H2")
    assert table(brief, "").rows[:2] == (("1 episode", 0, 1), ("2-4 episodes", 2, 0))
    assert offered(brief) == [f"bands 2017-H1 {view}" for view in ("ages", "measures", "counted")]
    reply = whole("bands 2017-H1", of=of)
    title = "Children by number of episodes"
    assert reply.text == ("3 children had 25 episodes, 1 Jan 2017 to 30 Jun 2017 (181 days).",)
    assert row(reply, title, "1") == (0, 1, "-100.0% (low base)", 0)
    assert row(reply, title, "2-4") == (2, 0, "n/a (from 0)", 4)
    assert row(reply, title, "20+") == (1, 0, "n/a (from 0)", 21)
    assert row(reply, title, "All") == (3, 1, "+200.0% (low base)", 25)
    assert value(reply, "Children with 2-4 episodes") == 2


def test_both_columns_add_up() -> None:
    reply = whole("bands 2017-H1", of=[*FACTS, *MANY, *every_month(date(2017, 6, 1), date(2017, 6, 30))])
    for name in ("Children 2017-H1", "Children 2016-H2", "Episodes 2017-H1"):
        *bands, total = (n for n in column(reply, "Children by number of episodes", name) if isinstance(n, int))
        assert sum(bands) == total


def test_the_scope_is_applied_before_banding() -> None:
    """R9: two episodes in the county, one in each of two areas."""
    assert row(whole("bands north", of=FACTS), "Children by number of episodes", "1")[0] == 1
    assert row(whole("bands south", of=FACTS), "Children by number of episodes", "1")[0] == 1
    assert row(whole("bands all", of=FACTS), "Children by number of episodes", "1")[0] == 0


def test_age_at_the_first_episode_of_the_period() -> None:
    young = [
        episode(1, MAY, MAY + hours(2), birth=date(2007, 5, 2)),
        episode(1, MAY + hours(30), MAY + hours(32), birth=date(2007, 5, 2)),
        episode(2, MAY, MAY + hours(2), birth=None),
    ]
    reply = whole("bands 2017-H1", of=young)
    by_age = ask("bands 2017-H1 ages", of=young)
    assert by_age.title == "Whole county, January to June 2017: children by age"
    assert table(by_age, "").rows == table(reply, "By age, 2017-H1").rows
    assert ask("how old 2017-H1", of=young).tables == by_age.tables
    assert row(reply, "By age, 2017-H1", "0-9") == (1, 2)
    assert row(reply, "By age, 2017-H1", "10-12") == (0, 0)
    assert row(reply, "By age, 2017-H1", "age not known") == (1, 1)


def test_an_unfinished_period_shows_no_change_until_partial_is_said() -> None:
    brief = ask("bands 2017-H2", of=FACTS)
    assert table(brief, "").columns == ("Children with", "2017-H2")
    assert brief.text[0] == "⚠ 2017-H2: not over: 4 of 184 days; its counts will still rise."
    assert brief.text[1].startswith("2017-H2 is not complete, so no change is shown.")
    assert table(ask("bands 2017-H2 partial", of=FACTS), "").columns[1:] == ("2017-H2", "2017-H1")
    reply = whole("bands 2017-H2", of=FACTS)
    assert set(column(reply, "Children by number of episodes", "Change")) == {""}
    assert [f for f in reply.facts if "change" in f.label] == []
    assert reply.text[1].startswith("2017-H2 is not complete")
    assert any(line.startswith("2017-H2 is not complete") for line in reply.footer)
    assert "0.0%" in column(whole("bands 2017-H2 partial", of=FACTS), "Children by number of episodes", "Change")


def test_unequal_months_warn() -> None:
    assert ask("bands 2017-02", of=FACTS).text[0].startswith("The periods differ in length by 9.7%")


def test_who_may() -> None:
    assert ask("bands", "analyst", of=FACTS).title == (
        "Whole county, January to June 2017: children by number of episodes"
    )
    assert ask("bands", "north-worker", of=FACTS).title.startswith("North")
    assert ask("bands", "admin").status == "refused"
    assert offered(ask("bands noth")) == ["bands north"]
