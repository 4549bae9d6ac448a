"""unreported: children found with another and not reported missing."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.reply import Reply
from tests.support.asking import COUNTS, REFERENCES, ask, column, offered, value, whole
from tests.support.factories import Recorded, at, episode, hours, reference, sources
from tests.support.memory_facts import Case, MemoryFacts

MAY, MARCH, AUTUMN = at("Mon 1 May 2017 12:00"), at("Wed 1 Mar 2017 12:00"), at("Tue 1 Nov 2016 12:00")


def found(child: int, number: int, start: object = MAY, area: str = "north") -> Recorded:
    return episode(child, start, start + hours(5), id=number, area=area)  # type: ignore[arg-type, operator]


#: Children 11 of north, 12 of south and 13 of the north have a case and no absence.
CASES = {reference(n): Case(n, area=area) for n, area in ((11, "north"), (12, "south"), (13, "north"))}
FACTS = MemoryFacts(
    [found(1, 1), found(2, 2, MAY + hours(24), "south"), found(3, 3, MARCH), found(4, 4, AUTUMN), found(5, 5)],
    CASES,
    company={1: (11, 99), 2: (11,), 3: (12,), 4: (13,), 5: (1,)},
)


def rows(reply: Reply) -> list[tuple[object, ...]]:
    return [tuple(row) for row in next(t for t in reply.tables if t.title == "Newest first").rows]


def test_by_reference_month_and_the_period_before() -> None:
    reply = ask("unreported 2017-H1", "police", of=FACTS)
    assert reply.title == "Whole county, January to June 2017: found with others and not reported missing"
    assert reply.text[0] == (
        "2 children found with another and not reported missing (1 the half-year before), by the day of the find."
    )
    assert [row[0] for row in rows(reply)] == [reference(11), reference(11), reference(12)]
    assert [row[-1] for row in rows(reply)] == [reference(2), reference(1), reference(3)]
    assert len(reply.tables[0].columns) == 3
    assert offered(reply) == ["unreported 2017-H1 measures"]
    reply = whole("unreported 2017-H1", "police", of=FACTS)
    assert column(reply, "Month by month", "Children") == [0, 0, 1, 0, 1, 0]
    assert column(reply, "Month by month", "Finds") == [0, 0, 1, 0, 2, 0]
    assert value(reply, "Children found and not reported, 2016-H2") == 1


def test_a_reader_of_one_area_sees_no_reference_of_another() -> None:
    reply = ask("unreported 2017-H1", "north-manager", of=FACTS)
    assert [(row[0], row[-1]) for row in rows(reply)] == [
        (reference(11), "another child"),
        (reference(11), reference(1)),
        ("another child", reference(3)),
    ]
    shown = repr(reply)
    assert [ref for ref in (reference(2), reference(12)) if ref in shown] == []
    assert "south" not in shown


def test_nobody_is_said_and_zero_is_printed() -> None:
    reply = ask("unreported 2017-05 central", "police", of=FACTS)
    assert reply.text[0].startswith("0 children found with another")
    assert reply.tables == ()
    assert value(reply, "Finds") == 0


def test_what_was_never_loaded_is_not_known() -> None:
    never = replace(FACTS, taken=sources(police=None))
    assert "not known" in ask("unreported 2017-H1", "police", of=never).title


def test_counts_alone_and_analysts_are_refused() -> None:
    for who, place in (("police", COUNTS), ("analyst", REFERENCES)):
        assert reference(11) not in repr(ask("unreported 2017-H1", who, of=FACTS, place=place))


def test_plain_words() -> None:
    assert ask("who was found with whom 2017-H1", "police", of=FACTS).title.endswith(
        ": found with others and not reported missing"
    )
