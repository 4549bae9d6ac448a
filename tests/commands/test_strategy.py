"""strategy: decisions that rules ask people for, their answers and reasons; the bot decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.rules.effects import RecordStep
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.strategy import WHY
from bot.rules.partnership.partnership import Person
from tests.support.asking import COUNTS, REFERENCES, column, desk, everything, offered, rows, value
from tests.support.factories import NOW, episode, hours, person, reference
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

Answer = Callable[..., Reply]
LIST = "First due first"
NORTH = episode(1, NOW - hours(26))
BACK = episode(2, NOW - hours(300), NOW - hours(200), area="south")
DEAD = episode(3, end_reason="died")
OTHER = episode(4, NOW - hours(3))
FACTS = MemoryFacts([NORTH, BACK, DEAD, OTHER])


def asks(number: int, of: int, ago: float, due: float, rule: str = "open") -> Raised:
    since, until = NOW - hours(ago), NOW + hours(due)
    return Raised(number, rule, of, "council", 1, "r", "lead", since, since, decide_by=until)


@pytest.fixture
def work() -> MemoryWork:
    return MemoryWork(
        raised=[
            asks(1, NORTH.id, 2, 100),
            asks(2, BACK.id, 220, -4, "repeat"),
            asks(3, DEAD.id, 2, 50),
        ]
    )


@pytest.fixture
def asked(work: MemoryWork) -> Answer:
    facts = replace(FACTS, trail=MemoryTrail(work=work))

    def answer(
        text: str = "strategy",
        who: str | Person = "lead",
        place: Place = PRIVATE,
        later: float = 0,
        export: bool = False,
    ) -> Reply:
        actor = person(who) if isinstance(who, str) else who
        return desk(facts).answer(Request(actor, place, text, NOW + hours(later), export=export))

    answer.trail = facts.trail  # type: ignore[attr-defined]
    return answer


def test_what_is_outstanding_first_due_first(asked: Answer) -> None:
    shown = asked()
    assert (shown.text[0], shown.level, shown.facts, shown.tables) == ("1 overdue.", 2, (), ())
    assert rows(shown) == [
        f"⚠ {reference(2)} · {BACK.area} · strategy decision outstanding · Wed 5 Jul, OVERDUE · 3 in 90 days",
        f"⏳ {reference(1)} · north · strategy decision outstanding · by Sun 9 Jul · Missing for 24 hours",
    ]
    reply = asked(export=True)
    assert (value(reply, "Outstanding"), value(reply, "Overdue")) == (2, 1)
    assert column(reply, LIST, "Child") == [reference(2), reference(1)]
    assert column(reply, LIST, "Asked by") == ["3 in 90 days", "Missing for 24 hours"]
    assert column(reply, LIST, "Decide by") == ["Wed 5 Jul, OVERDUE", "Sun 9 Jul"]
    assert column(reply, LIST, "Where it stands") == ["strategy decision outstanding"] * 2
    assert reference(3) not in everything(reply), "the child has died"
    assert offered(shown) == [f"strategy {reference(2)}", f"strategy {reference(1)}"]


def test_the_areas_somebody_may_see(asked: Answer) -> None:
    assert column(asked(who="north-worker", export=True), LIST, "Child") == [reference(1)]
    assert column(asked("strategy south", export=True), LIST, "Child") == [reference(2)]
    assert asked("strategy south", "north-manager").status == "refused"
    assert asked(who="analyst").status == asked(place=COUNTS).status == "refused"
    assert asked(who="admin").status == "refused"


def test_asked_for_long_ago_and_never_said_stands_last_and_never_vanishes(asked: Answer, work: MemoryWork) -> None:
    work.raised[1] = asks(2, BACK.id, 24 * 100, -24 * 91, "repeat")
    reply = asked(export=True)
    assert column(reply, LIST, "Child") == [reference(1), reference(2)]
    assert str(column(reply, LIST, "Decide by")[1]).endswith("OVERDUE")


def test_considered_met_and_held_each_with_who_and_when(asked: Answer, work: MemoryWork) -> None:
    ref = reference(1)
    assert asked(f"strategy {ref} considered", "north-manager").text[1] == ("Recorded: considered, Wed 5 Jul 08:00.")
    assert column(asked(export=True), LIST, "Where it stands")[1] == (
        "strategy decision outstanding; considered: team manager of council (north-manager), Wed 5 Jul 08:00"
    )
    asked(f"strategy {ref} threshold met because exploitation", "police", later=1)
    assert column(asked(later=1, export=True), LIST, "Where it stands")[1] == (
        "threshold met, strategy discussion not held yet; threshold met, because exploitation: "
        "missing person coordinator of police (police), Wed 5 Jul 09:00"
    )
    asked(f"strategy {ref} held", later=2)
    assert column(asked(later=2, export=True), LIST, "Child") == [reference(2)]
    assert [(s.kind, s.by, s.detail) for s in work.said] == [
        ("considered", "north-manager", ""),
        ("threshold_met", "police", "exploitation"),
        ("discussion_held", "lead", ""),
    ]
    entry = asked.trail.entries[-2]  # type: ignore[attr-defined]
    assert (entry.action, entry.subject, entry.who) == ("strategy strategy discussion held", ref, "lead")


def test_what_was_said_of_one_child(asked: Answer) -> None:
    ref = reference(1)
    asked(f"strategy {ref} threshold not met because safety plan", "north-manager")
    reply = asked(f"strategy {ref.lower()}")
    assert reply.text == (
        f"{ref}, north.",
        "Asked for by: Missing for 24 hours, Wed 5 Jul 06:00; by the end of Sun 9 Jul.",
        "Threshold not met, because safety-plan: team manager of council (north-manager), Wed 5 Jul 08:00.",
        "Nothing outstanding.",
    )
    channel = asked(f"strategy {ref}", place=REFERENCES)
    assert channel.level == 1
    assert "(north-manager)" not in everything(channel)
    assert "team manager of council" in everything(channel)


def test_somebody_may_decide_although_no_rule_asked(asked: Answer, work: MemoryWork) -> None:
    ref = reference(4)
    assert asked(f"strategy {ref}").text[1].startswith("No rule has asked for a strategy decision")
    assert asked(f"strategy {ref} considered").status == "ok"
    assert work.said[0].episode_id == OTHER.id
    assert asked(f"strategy {ref}").text[1].startswith("Considered: strategic lead of council")


@pytest.mark.parametrize("kind", WHY)
def test_every_reason_of_the_list_will_do_however_it_is_typed(asked: Answer, work: MemoryWork, kind: str) -> None:
    for n, word in enumerate(WHY[kind]):  # type: ignore[index]
        typed = word.replace("-", " ").upper() if n % 2 else word
        assert asked(f"strategy {reference(1)} {kind.replace('_', ' ')} because {typed}", later=n).status == "ok"
        assert work.said[-1].detail == word


@pytest.mark.parametrize(
    "typed",
    [
        "threshold met",
        "threshold not met",
        "threshold met because Wilhelmina said so",
        "threshold met because safety-plan",  # of the other list
        "considered because Wilhelmina",
        "held because of Wilhelmina",
    ],
)
def test_a_reason_is_a_word_of_its_list_and_nothing_else_is_kept(asked: Answer, work: MemoryWork, typed: str) -> None:
    reply = asked(f"strategy {reference(1)} {typed}")
    assert reply.status == "unclear"
    assert "Wilhelmina" not in everything(reply)
    assert work.said == []


def test_a_name_is_no_reference(asked: Answer, work: MemoryWork) -> None:
    reply = asked("strategy Wilhelmina considered")
    assert reply.text[0].startswith("Please use the reference (like OX-7QK4), not a name.")
    assert "Wilhelmina" not in everything(reply)
    assert asked("strategy Wilhelmina").status == "unclear"


def test_no_such_child_not_yours_dead_and_nothing_asked_are_the_same_words(asked: Answer, work: MemoryWork) -> None:
    said = {
        everything(asked(f"strategy {ref}{what}", "north-manager"))
        for what in ("", " considered")
        for ref in ("OX-ZZZZ", reference(2), reference(3))
    }
    assert len(said) == 1
    assert work.said == []


@pytest.mark.parametrize("who", ["north-worker", "coordinator", "analyst", "admin"])
def test_only_roles_that_acknowledge_say_anything(asked: Answer, work: MemoryWork, who: str) -> None:
    assert asked(f"strategy {reference(1)} considered", who).status == "refused"
    assert work.said == []


def test_the_second_learns_that_somebody_was_first(work: MemoryWork) -> None:
    class Racing(MemoryTrail):
        def record(self, entry: object, effects: object) -> None:
            if any(isinstance(d, RecordStep) for d in effects):  # type: ignore[attr-defined]
                first = RecordStep(NORTH.id, 0, "considered", NOW, NOW, "north-manager")
                self.work.carry_out(first)
            MemoryTrail.record(self, entry, effects)  # type: ignore[arg-type]

    facts = replace(FACTS, trail=Racing(work=work))
    text = f"strategy {reference(1)} threshold met because trafficking"
    reply = desk(facts).answer(Request(person("lead"), PRIVATE, text, NOW))
    assert (reply.title, reply.status) == ("Not done", "refused")
    assert [s.kind for s in work.said] == ["considered"]


def test_the_newest_outstanding_episode_of_a_child_is_meant(work: MemoryWork) -> None:
    again = episode(1, NOW - hours(500), NOW - hours(490))
    work.raised = [asks(1, again.id, 480, -300), asks(2, NORTH.id, 2, 100)]
    ours = desk(MemoryFacts([again, NORTH], trail=MemoryTrail(work=work)))
    for kind in ("threshold not met because risk-managed", "threshold not met because back and safe"):
        ours.answer(Request(person("lead"), PRIVATE, f"strategy {reference(1)} {kind}", NOW))
    assert [s.episode_id for s in work.said] == [NORTH.id, again.id], "then the one that is left"
