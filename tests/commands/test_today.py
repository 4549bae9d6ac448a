"""today: the digest as it would look now, for the areas a person may see, at the level of the place."""

from __future__ import annotations

import pytest

from bot.conversation.command import PRIVATE, Place
from bot.conversation.reply import Row
from bot.rules.time import clock
from tests.support.asking import COUNTS, REFERENCES, ask, section
from tests.support.factories import NOW, at, episode, hours, interview, reference, sources
from tests.support.memory_facts import MemoryFacts

FACTS = [
    episode(1, at("Tue 4 Jul 2017 22:00")),
    episode(2, at("Mon 3 Jul 2017 22:00"), at("Tue 4 Jul 2017 09:00"), area="south"),
]


@pytest.mark.parametrize(
    ("asked", "since"),
    [
        ("Wed 5 Jul 2017 06:59", "Tue 4 Jul 08:00"),
        ("Wed 5 Jul 2017 08:00", "Tue 4 Jul 08:00"),
        ("Wed 5 Jul 2017 10:15", "Tue 4 Jul 08:00"),
        ("Wed 5 Jul 2017 19:59", "Tue 4 Jul 08:00"),
        ("Wed 5 Jul 2017 20:00", "Wed 5 Jul 08:00"),
        ("Thu 6 Jul 2017 00:30", "Wed 5 Jul 08:00"),
        ("Sun 26 Mar 2017 20:00", "Sun 26 Mar 08:00"),
        ("Sun 26 Mar 2017 06:00", "Sat 25 Mar 08:00"),
        ("Mon 27 Mar 2017 08:00", "Sun 26 Mar 08:00"),
    ],
)
def test_since_when(asked: str, since: str) -> None:
    """The window is never more than a day and a half, and the first lines give its beginning."""
    now = at(asked)
    facts = MemoryFacts(FACTS, taken=sources(now))
    reply = ask("today everything", of=facts, now=now)
    assert f"Window {since} to {clock.say_short(now)}." in reply.footer
    assert any(line.startswith(f"Since {since[:3]} 08:00: ") for line in reply.text)
    counts = ask("today", "analyst", of=facts, now=now)
    assert any(line.startswith(f"Reported since {since[:3]} 08:00: ") for line in counts.text)


def test_what_was_reported_and_who_returned() -> None:
    reply = ask("today", of=FACTS, now=at("Wed 5 Jul 2017 15:00"))
    assert any(
        line.endswith(": 1 reported (0 back), 1 returned, 0 interviews held, 0 newly overdue") for line in reply.text
    )


def test_a_report_after_the_digest_is_already_there() -> None:
    late = episode(3, at("Wed 5 Jul 2017 09:00"))
    assert ": 1 reported (" in str(ask("today", of=[late], now=at("Wed 5 Jul 2017 15:00")).text)


def test_what_to_look_at_first_and_everything_on_request() -> None:
    brief = ask("today north", of=FACTS)
    assert [b.command for b in brief.buttons] == ["interviews mine", "open", "today everything north"]
    assert "Missing now" in brief.sections[0].title
    assert reference(1) in str(brief.sections[0].lines)
    assert len(brief.sections) < len(ask("today everything north", of=FACTS).sections)
    assert ask("today everything", "analyst", of=FACTS) == ask("today", "analyst", of=FACTS), "counts are all there is"


def test_one_area() -> None:
    assert section(ask("today everything south", of=FACTS), "Missing now") == ("Nobody.",)
    assert reference(1) in section(ask("today everything", "north-manager", of=FACTS), "Missing now")[0]
    assert ask("today south", "north-manager", of=FACTS).status == "refused"


@pytest.mark.parametrize(("who", "place"), [("analyst", REFERENCES), ("analyst", PRIVATE)])
def test_counts_for_who_may_not_see_lists_here(who: str, place: object) -> None:
    reply = ask("today", who, of=FACTS, place=place)  # type: ignore[arg-type]
    assert reply.level == 0
    assert "Missing now: 1 to 5." in reply.text
    assert "OX-" not in str(reply)


def test_counts_in_a_place_for_counts_alone() -> None:
    reply = ask("today", "lead", of=FACTS, place=COUNTS)
    assert reply.text[0] == "Missing now: 1 to 5."
    assert (reply.level, reply.sections, reply.tables, reply.facts) == (0, (), (), ())


def test_not_for_the_administrator() -> None:
    assert ask("today", "admin", of=FACTS).status == "refused"


def test_no_source_recent_enough_is_a_failure_and_not_a_zero() -> None:
    reply = ask("digest", of=MemoryFacts(FACTS, taken=sources(at("Sat 1 Jul 2017 08:00"))))
    assert reply.status == "failed"
    assert "I have NOT given figures: no source is recent enough." in reply.text
    assert sum("NOT KNOWN" in line for line in reply.text) == 2


def test_it_takes_no_period() -> None:
    assert ask("today 2017-H1").status == "unclear"


def test_in_private_a_button_is_for_who_may_press_it() -> None:
    back = NOW - hours(60)
    free = episode(7, back - hours(9), back, interview=interview(back, worker=None))

    def labels(who: str, place: Place) -> list[str]:
        sections = ask("today", who, of=[free], place=place).sections
        return [b.label for s in sections for line in s.lines if isinstance(line, Row) for b in line.buttons]

    assert labels("north-manager", PRIVATE) == ["Take it"]
    assert labels("police", PRIVATE) == [], "the police update no interview"
    assert labels("north-manager", REFERENCES) == ["Take it (manager)"], "everybody in the channel sees the same"
