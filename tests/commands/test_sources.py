"""sources: age of the exports, rows that could not be read, differences between the records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rules.model import Confirmed
from bot.rules.partnership.roles import Role
from bot.rules.queries.facts import Gap
from tests.support.asking import COUNTS, REFERENCES, ask, column, offered, row, section, value
from tests.support.factories import NOW, YESTERDAY, hours, reference, somebody, sources
from tests.support.memory_facts import MemoryFacts

GAPS = (
    Gap("police-only", "Police record without a council record", 3, "Open the episode in the case system."),
    Gap("log-open", "Council records a return, police log still open", 0, "Tell the police."),
)
FACTS = MemoryFacts(
    taken=sources(police=NOW - hours(13), children=NOW - hours(200), interviews=None),
    gaps=GAPS,
    differing={"police-only": [(reference(1), "north", NOW), (reference(2), "south", YESTERDAY)]},
)


def test_the_state_of_each_export() -> None:
    reply = ask("sources", of=FACTS)
    assert reply.text == (
        "⚠ Police: Tue 4 Jul 19:00, STALE (13 h old), these figures may be low",
        "⚠ Council children: last received Tue 27 Jun 00:00 (8 d 8 h old, limit 7 d): do not read as zero",
        "⚠ Council interviews: NEVER LOADED, do not read as zero",
    )
    assert row(reply, "Exports", "Police") == ("Tue 4 Jul 19:00, stale", "0")
    assert row(reply, "Exports", "Council interviews") == ("never", "0")
    file = ask("sources", of=FACTS, export=True)
    assert row(file, "Exports", "Police") == ("Tue 4 Jul 19:00", "stale", 0, 0, 0, 12.0, 24.0)
    assert row(file, "Exports", "Council interviews")[:2] == ("never", "never")


def doubtful(**facts: Any) -> MemoryFacts:
    police, *others = sources()
    return MemoryFacts(taken=(replace(police, **facts), *others))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"unread": 8, "unread_open": 2}, "8 rows could not be read whole, 2 of which may be a child missing now"),
        ({"rejected": 1}, "1 row could not be read whole"),
        ({"rows": 0, "rows_before": 212}, "no rows, the one before 212"),
        ({"refused_at": NOW - hours(1)}, "a newer file could not be used (Wed 5 Jul 07:00)"),
    ],
)
def test_a_source_in_doubt_is_not_ok_and_says_what_to_do_first(facts: Any, said: str) -> None:
    """The warning is in sources, open and today alike, and none of them says all clear."""
    for text in ("sources", "open", "today"):
        reply = ask(text, of=doubtful(**facts))
        assert reply.text[0].startswith("⚠ Police: ")
        assert f"IN DOUBT: {said}" in reply.text[0]
        assert "Ask for sources" in reply.text[0]
        assert "All clear" not in str(reply)
        assert "Nobody is missing" not in str(reply)
    assert row(ask("sources", of=doubtful(**facts), export=True), "Exports", "Police")[1] == "doubt"


def test_how_many_may_be_missing_is_not_said_where_only_counts_may_be_seen() -> None:
    """A small count of children is hidden; that there are some is shown, or the digest would read as complete."""
    facts = doubtful(unread=8, unread_open=2)
    for text, who in (("sources", "lead"), ("today", "lead"), ("sources", "admin")):
        reply = ask(text, who, of=facts, place=COUNTS)
        assert "some of which may be a child missing now" in reply.text[0]
        assert "2 of which" not in str(reply)
    assert "2 of which" not in str(ask("stats north", of=facts, place=COUNTS))


FEW = {"rows": 0, "rows_before": 212}


def test_a_person_says_that_so_few_rows_are_right_and_takes_it_back() -> None:
    facts = doubtful(**FEW)
    assert offered(ask("sources", of=facts)) == ["sources police right"]
    assert ask("sources police right", of=facts).text[0].startswith("0 rows are right, though there were 212 before")
    said = doubtful(rows=0, confirmed=Confirmed("lead", NOW - hours(0.01), 212))
    assert ask("sources police undo", of=said).status == "ok"
    for text, of in (("sources police undo", facts), ("sources police right", said), ("sources police fine", facts)):
        assert ask(text, of=of).status == "unclear"
    digest = ask("today", of=said)
    assert "lead said that the newest export of Police is right: 0 rows, 212 before." in digest.text


@pytest.mark.parametrize("who", ["north-worker", "north-manager", "analyst"])
def test_who_does_not_see_every_list_may_not_say_it(who: str) -> None:
    assert ask("sources police right", who, of=doubtful(**FEW)).status == "refused"
    assert offered(ask("sources", who, of=doubtful(**FEW))) == []
    assert ask("sources police right", "admin", of=doubtful(**FEW)).status == "ok"


def test_the_limits_to_the_minute() -> None:
    for ago, state in ((12, "ok"), (12.1, "stale"), (24, "stale"), (24.1, "refused")):
        reply = ask("sources", of=MemoryFacts(taken=sources(police=NOW - hours(ago))), export=True)
        assert row(reply, "Exports", "Police")[1] == state


def test_each_difference_has_a_count_and_what_to_do() -> None:
    shown = section(ask("sources", of=FACTS), "Differences")
    assert shown[0] == f"⚠ 3 · {GAPS[0].what} · Open the episode in the case system"
    assert shown[1:] == ("None of 5 other kinds.",)
    assert "sources police-only" in offered(ask("sources", of=FACTS))
    assert "sources police-only" not in offered(ask("sources", of=FACTS, place=COUNTS))
    reply = ask("sources", of=FACTS, export=True)
    assert value(reply, "Police record without a council record") == 3
    assert row(reply, "Differences to look at", "police-only") == (GAPS[0].what, 3, GAPS[0].advice)


@pytest.mark.parametrize("who", ["admin", "analyst", "north-worker", "lead"])
def test_counts_are_for_everybody_listed_and_hold_no_reference(who: str) -> None:
    reply = ask("sources", who, of=FACTS, place=COUNTS)
    assert (reply.status, reply.level) == ("ok", 0)
    assert "OX-" not in str(reply)


@pytest.mark.parametrize("role", ["system_admin", "independent_reviewing_officer", "placing_authority_contact"])
def test_small_differences_are_hidden_from_roles_that_see_no_figures(role: Role) -> None:
    reply = ask("sources", somebody(role), of=FACTS, export=True)
    assert value(reply, "Police record without a council record") == "c"
    assert section(ask("sources", somebody(role), of=FACTS), "Differences")[0].startswith("⚠ c · Police record")


def test_the_children_behind_a_difference() -> None:
    reply = ask("sources police-only", of=FACTS, place=REFERENCES)
    assert (reply.level, reply.title) == (1, "Police record without a council record, Whole county")
    assert column(reply, "Newest first", "Child") == [reference(1), reference(2)]
    assert column(ask("sources POLICE-ONLY south", of=FACTS), "Newest first", "Child") == [reference(2)]
    assert column(ask("sources police-only", "north-manager", of=FACTS), "Newest first", "Child") == [reference(1)]
    assert ask("sources log-open", of=FACTS).text == ("None.",)


@pytest.mark.parametrize("who", ["admin", "analyst"])
def test_no_list_for_who_sees_no_lists(who: str) -> None:
    assert ask("sources police-only", who, of=FACTS).status == "refused"
    assert ask("sources police-only", of=FACTS, place=COUNTS).status == "refused"
    assert ask("sources police-only south", "north-manager", of=FACTS).status == "refused"
    iro = somebody("independent_reviewing_officer", code="I-1")
    assert ask("sources police-only", iro, of=FACTS).status == "unclear"


@pytest.mark.parametrize(("typed", "offers"), [("polise-only", ["sources police-only"]), ("wilhelmina", [])])
def test_an_unknown_kind_lists_the_kinds(typed: str, offers: list[str]) -> None:
    reply = ask(f"sources {typed}", of=FACTS)
    kinds = "police-only, log-open, chat-only, chat-differs, handed-over, found-unreported"
    assert reply.text[0] == f"Name a kind of difference: {kinds}."
    assert offered(reply) == offers
    assert typed not in str(reply)


def test_small_counts_and_deaths_are_for_one_person_alone() -> None:
    died = Gap("died-log-open", "Council records that the child died, police log still open", 7, "Check at once.")
    facts = MemoryFacts(gaps=(*GAPS, died))
    for place in (COUNTS, REFERENCES):
        reply = ask("sources", of=facts, place=place, export=True)
        assert "⚠ c · Police" in str(ask("sources", of=facts, place=place).sections[0].lines[0])
        assert "died" not in str(ask("sources", of=facts, place=place))
        assert row(reply, "Differences to look at", "police-only")[1] == "c"
        assert row(reply, "Differences to look at", "log-open")[1] == 0
        assert value(reply, "Police record without a council record") == "c"
        assert "died" not in str(reply)
        assert "died" not in str(ask("sources died-log-open", of=facts, place=place).text)
    assert row(ask("sources", of=facts, export=True), "Differences to look at", "died-log-open")[1] == 7


def test_of_a_list_in_a_channel_the_countys_small_count_is_not_said() -> None:
    reply = ask("sources police-only north", of=FACTS, place=REFERENCES)
    assert reply.footer == ("c in the whole county; at most 50 are shown.",)
