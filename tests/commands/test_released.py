"""Statistics where several people read: c for small counts, whole half-years, one area, ten children."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import product

import pytest

from bot.conversation.command import Place, Request
from bot.conversation.reply import Reply
from bot.messages import release
from bot.messages.suppression import NotSafe
from bot.rules.partnership.partnership import HeldRole, Partnership
from tests.support.asking import BY_PERIOD, REFERENCES, ask, column, desk, fact, offered, row, table, value, whole
from tests.support.factories import at, episode, every_month, hours, partnership, person, somebody, sources
from tests.support.memory_facts import MemoryFacts

MAY = at("Mon 1 May 2017 12:00")
#: 30 children of north with an episode each, two of central with two each.
FACTS = [
    *(episode(n, MAY + hours(n), MAY + hours(n + 5)) for n in range(1, 31)),
    *every_month(date(2016, 7, 1), date(2017, 12, 31)),
    *(episode(50 + n % 2, MAY + hours(30 * n), MAY + hours(30 * n + 2), area="central") for n in range(4)),
]
BOTH = Place("two-areas", 1, ("north", "central"))


def test_small_counts_are_c_and_what_would_give_them_away_too() -> None:
    reply = whole("stats all 2017-H1", of=FACTS, place=REFERENCES)
    assert ask("stats all 2017-H1", of=FACTS, place=REFERENCES).footer[-1] == reply.footer[-1]
    assert row(reply, "By area, 2017-H1", "Central") == ("c", "c")
    assert row(reply, "By area, 2017-H1", "North") == (30, 30)
    assert row(reply, "By area, 2017-H1", "Whole county, each child once")[0] in (30, "c"), "it is rounded"
    assert reply.footer[-1].startswith("c: a count from 1 to 7, or one that would give such a count away.")
    assert reply.footer[-2] == "Released on 5 Jul 2017; records loaded later are not in these figures."
    assert "not for publication" not in str(reply)


def test_in_private_everything_is_true() -> None:
    reply = whole("stats all 2017-H1", of=FACTS)
    assert row(reply, "By area, 2017-H1", "Central") == (2, 4)
    assert reply.footer[-1] == "True counts for authorised people: not for publication."


def test_one_area_or_the_county_and_no_other_sum() -> None:
    reply = ask("stats 2017-H1", of=FACTS, place=BOTH)
    assert (reply.status, offered(reply)) == ("unclear", ["stats 2017-H1 north", "stats 2017-H1 central"])
    assert ask(offered(reply)[0], of=FACTS, place=BOTH).status == "ok"


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("stats 2017-05", ["stats 2017-H1"]),
        ("stats north 2017", ["stats 2017-H1 north"]),
        ("stats north last 90 days", ["stats 2017-H1 north"]),
        ("stats 2017-H2", ["stats 2017-H1"]),
        ("stats 2017-H1 partial", ["stats 2017-H1"]),
        ("bands 2017-03", ["bands 2017-H1"]),
        ("cohort lac 2017-Q3", ["cohort lac 2017-H1"]),
        ("cohort looked after 2017-03", ["cohort lac 2017-H1"]),
        ("concentration north 2017-02..2017-04", ["concentration 2017-H1 north"]),
        ("interviews 2017-05", ["interviews 2017-H1"]),
        ("compare 2017-01 2017-02", []),
    ],
)
def test_other_periods_are_for_one_person(text: str, offers: list[str]) -> None:
    """North in 7 days less north in 6 is one child (reliability.md A11)."""
    reply = ask(text, of=FACTS, place=REFERENCES)
    assert (reply.status, reply.title, offered(reply)) == ("unclear", "Not shown here", offers)
    assert all(ask(offer, of=FACTS, place=REFERENCES).status == "ok" for offer in offers)


def test_ten_children_together_and_no_row_of_one() -> None:
    reply = ask("concentration north 2017-H1", of=FACTS, place=REFERENCES)
    assert reply.tables == ()
    assert fact(reply, "Share of episodes of the top 10 children").value in (33, "c")
    other = ask("concentration north k=3 2017-H1", of=FACTS, place=REFERENCES)
    assert (other.status, offered(other)) == ("unclear", ["concentration north 2017-H1"])


def test_bands_and_cohorts_have_no_episodes_of_few() -> None:
    bands = whole("bands 2017-H1", of=FACTS, place=REFERENCES)
    assert (
        ask("bands ages 2017-H1", of=FACTS, place=REFERENCES).tables[0].columns
        == table(bands, "By age, 2017-H1").columns
    )
    assert ask("bands 2017-H1", of=FACTS, place=REFERENCES).tables[0].columns[1:] == ("2017-H1", "2016-H2")
    assert table(bands, "By age, 2017-H1").columns == ("Age at first episode", "Children")
    cohort = ask("cohort lac 2017-H1", of=FACTS, place=REFERENCES)
    assert not [f for f in cohort.facts if "both" in f.label or "two or more" in f.label]
    assert value(cohort, "Children") == 0


def test_a_panel_member_gets_suppressed_figures_in_private_too_and_an_analyst_only_as_a_file() -> None:
    panel, analyst = somebody("panel_member", "north"), somebody("analyst")
    few = [episode(n, at("Mon 6 Mar 2017 10:00"), at("Mon 6 Mar 2017 20:00"), area="north") for n in (1, 2, 3)]
    assert value(ask("stats north 2017-H1", panel, of=few), "Children") == "c"
    assert value(ask("stats north 2017-H1", analyst, of=few), "Children") == 3
    assert value(ask("stats north 2017-H1", analyst, of=few, export=True), "Children") == "c"
    assert "in private" not in " ".join(ask("stats north last-6m partial", panel, of=few).text)


# -- a year that begins in April --

APRIL = replace(partnership(), year_begins=4)
OCTOBER = at("Wed 4 Oct 2017 08:00")
#: Two a week, from 2016 to 2018.
OFTEN = [episode(n, start := at("Mon 4 Jan 2016 12:00") + hours(84 * n), start + hours(5)) for n in range(250)]


def reply_of(facts: MemoryFacts, text: str, ours: Partnership = APRIL) -> Reply:
    taken = max(f.taken_at for f in facts.taken if f.taken_at)
    return desk(facts, ours).answer(Request(person("lead"), REFERENCES, text, taken))


def columns(facts: MemoryFacts, ours: Partnership = APRIL) -> list[str]:
    return list(reply_of(facts, "stats north", ours).tables[0].columns[1:])


def test_a_channel_shows_halves_of_the_own_year_in_place_of_the_calendar_halves() -> None:
    facts = MemoryFacts(OFTEN, taken=sources(OCTOBER))
    brief = reply_of(facts, "stats north")
    assert brief.title.endswith(", April to September 2017")
    assert brief.tables[0].columns == ("Measure", "Apr-Sep 2017", "Oct 2016-Mar 2017")
    for text in ("stats north H1", "stats north apr-sep 2017", "stats north h1 2017/18"):
        assert reply_of(facts, text).title == reply_of(facts, "stats north").title
    for text in ("stats north 2017-H1", "stats north 2016", "stats north 2017-Q3 partial", "stats north feb-apr 2017"):
        reply = reply_of(facts, text)
        assert (reply.title, offered(reply)) == ("Not shown here", ["stats Apr-Sep 2017 north"])
    assert column(reply_of(facts, "trend north"), "", "Period")[-2:] == [
        "Oct 2016-Mar 2017",
        "Apr-Sep 2017",
    ]


def test_figures_are_not_released_while_the_last_interviews_run() -> None:
    facts = MemoryFacts(OFTEN, taken=sources(at("Mon 3 Jul 2017 08:00")))
    reply = reply_of(facts, "stats north 2017-H1", partnership())
    assert (reply.title, offered(reply)) == ("Not shown here", ["stats 2016-H2 north"])
    assert "Figures of 2017-H1 are given here from Tue 4 Jul 2017 00:00 BST on" in reply.text[0]
    facts = MemoryFacts(OFTEN, taken=sources(at("Tue 4 Jul 2017 08:00")))
    assert reply_of(facts, "stats north 2017-H1", partnership()).status == "ok"


def test_a_half_year_whose_small_counts_cannot_be_protected_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> None:
        raise NotSafe

    monkeypatch.setattr(release, "printed_counts", cannot)
    reply = reply_of(MemoryFacts(OFTEN, taken=sources(at("Wed 5 Jul 2017 08:00"))), "stats north", partnership())
    assert (reply.title, reply.tables) == ("Not shown here", ())
    assert "so few children" in reply.text[0]
    assert "Ask me in private" in reply.text[0]


def test_a_new_year_holds_from_the_end_of_the_last_half_year_shown() -> None:
    facts = MemoryFacts(OFTEN, taken=sources(at("Wed 5 Jul 2017 08:00")))
    assert columns(facts, partnership()) == ["2017-H1", "2016-H2"]
    assert columns(facts) == ["2017-H1", "2016-H2"], "the last one that may be shown"
    refused = reply_of(facts, "stats north oct 2016-mar 2017")
    assert "Oct 2016-Mar 2017 overlaps with 2016-H2, which was shown before the year began in April" in refused.text[0]
    assert offered(refused) == ["stats 2017-H1 north"]
    facts.taken = sources(at("Wed 4 Apr 2018 08:00"))
    reply = reply_of(facts, "stats north")
    assert reply.title.endswith(", October 2017 to March 2018")
    assert "Apr-Sep 2017 overlaps with 2017-H1" in reply.text[0]
    assert reply.text[0].endswith("So nothing is compared with it here.")
    trend = reply_of(facts, "trend north")
    assert column(trend, "", "Period")[-3:] == ["2016-H2", "2017-H1", "Oct 2017-Mar 2018"]
    assert "The year changed between 2017-H1 and Oct 2017-Mar 2018" in " ".join(trend.text)
    assert reply_of(facts, "compare 2017-H1 oct 2017-mar 2018 north").status == "ok"
    assert [p.label for p in facts.released_periods()][-3:] == ["2016-H2", "2017-H1", "Oct 2017-Mar 2018"]


ODD_AGES: dict[date | None, str] = {
    None: "age not known",
}


@pytest.mark.parametrize("birth", ODD_AGES)
@pytest.mark.parametrize("now", [at("Wed 5 Jul 2017 08:00"), at("Fri 5 Jan 2018 08:00")])
def test_an_age_that_occurs_in_one_area_or_half_year_alone(birth: date | None, now: datetime) -> None:
    found = [*FACTS, episode(90, MAY, MAY + hours(3), area="out_of_county", birth=birth)]
    facts = MemoryFacts(found, taken=sources(now))
    for area, half in product(("out_of_county", "north", "all"), ("2016-H2", "2017-H1", "2017-H2")):
        if now > MAY + hours(24 * 180) or half != "2017-H2":
            reply = whole(f"bands {area} {half}", of=facts, place=REFERENCES, now=now)
            assert reply.status == "ok"
            listed = ODD_AGES[birth] in column(reply, f"By age, {half}", "Age at first episode")
            assert listed == (area != "north" and half == "2017-H1"), "a row of nobody is not shown"
            assert ask(f"stats {area} {half}", of=facts, place=REFERENCES, now=now).status == "ok"
    assert ask("compare 2016-H2 2017-H1", of=facts, place=REFERENCES, now=now).status == "ok"


def test_a_manager_of_one_area_who_is_on_the_panel_of_another_sees_true_counts_of_the_first_alone() -> None:
    both = somebody("team_manager", "north", also=(HeldRole("panel_member", ("central",)),))
    assert value(ask("stats north 2017-H1", both, of=FACTS), "Children") == 30
    assert value(ask("stats central 2017-H1", both, of=FACTS), "Children") == "c"


@pytest.mark.parametrize("export", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        *(f"{name} central 2017-H1" for name in BY_PERIOD),
        "cohort lac 2017-H1 central",
        "compare 2016-H2 2017-H1 central",
        "interviews 2017-H1 central",
        "trend halves central",
    ],
)
def test_such_a_person_gets_no_true_count_of_the_other_area_by_any_command(text: str, export: bool) -> None:
    both = somebody("team_manager", "north", also=(HeldRole("panel_member", ("central",)),))
    reply = ask(text, both, of=FACTS, export=export)
    assert reply.status == "ok"
    true = ask(text.replace("central", "north"), both, of=FACTS, export=export)
    assert any(line.startswith("True counts") for line in true.footer)
    assert any(line.startswith("c: a count from 1 to 7") for line in reply.footer)
    tables = [
        (name, cell) for t in reply.tables for r in t.rows for name, cell in zip(t.columns[1:], r[1:], strict=True)
    ]
    cells = [cell for name, cell in tables if not name.startswith("%")]
    cells += [f.value for f in reply.facts if f.unit != "%"] + [f.numerator for f in reply.facts]
    assert not any(isinstance(c, int) and 1 <= c <= 5 for c in cells)


def test_such_a_person_gets_no_true_count_of_both_areas_together_either() -> None:
    both = somebody("team_manager", "north", also=(HeldRole("panel_member", ("central",)),))
    reply = ask("stats 2017-H1", both, of=FACTS)
    assert (reply.status, offered(reply)) == ("unclear", ["stats 2017-H1 north", "stats 2017-H1 central"])
    assert reply.text[0] == "Here I give figures of one area at a time. Name the area."
    fixed = ask("stats central last-6m partial", both, of=FACTS)
    assert (fixed.status, fixed.title) == ("unclear", "Not shown here")
