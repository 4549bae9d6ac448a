"""home: a person's interviews, their team, their settings, and the state of the bot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.conversation.reply import Reply, Row
from bot.rules.access.permissions import Away
from bot.rules.interviews.steps import InterviewStep
from bot.rules.partnership.partnership import Person
from tests.commands.test_deliveries import delivery
from tests.support.asking import COUNTS, REFERENCES, ask, desk, everything, offered, rows, section, value
from tests.support.factories import NOW, Recorded, at, episode, hours, interview, person, reference, somebody, sources
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

LISTED = somebody("placing_authority_contact", code="LA-9")


def back(child: int, ago: float, worker: str | None = "W-N01", area: str = "north") -> Recorded:
    found = interview(NOW - hours(ago), worker=worker)
    return episode(child, NOW - hours(ago + 6), NOW - hours(ago), area=area, interview=found)


MINE = [back(1, 60), back(2, 80), back(3, 20)]
FREE, SOUTH = back(4, 20, None), back(5, 90, None, "south")


def home(who: str | Person = "north-worker", work: MemoryWork | None = None, **facts: object) -> Reply:
    """Ask for the home of a person, of open episodes beside the steps recorded in chat and the messages sent."""
    known: dict[str, object] = {"episodes": [*MINE, FREE, SOUTH], **facts}
    ours = MemoryFacts(**known, trail=MemoryTrail(work=work or MemoryWork()))  # type: ignore[arg-type]
    actor = person(who) if isinstance(who, str) else who
    return desk(ours).answer(Request(actor, PRIVATE, "home", NOW))


def titles(reply: Reply) -> list[str]:
    return [s.title for s in reply.sections]


def test_ones_own_interviews_by_time_left_with_buttons_beside_each() -> None:
    reply = home()
    assert (reply.title, reply.level, reply.text[0]) == ("Home", 2, "My interviews (3)")
    refs = [line.split()[1] for line in reply.text[1:]]
    assert refs == [reference(2), reference(1), reference(3)]
    assert refs == [row.subject for row in rows(ask("interviews mine", "north-worker", of=[*MINE, FREE, SOUTH]))]
    for row, i in zip(rows(reply), (MINE[1], MINE[0], MINE[2]), strict=True):
        here = row.buttons
        assert [b.label for b in here] == ["Record", "I'm on it", "Snooze", "Why", "Hand over"]
        assert all(b.command.startswith(f"interview {i.child_ref} #{i.id}") for b in here)
        assert [b.label for b in here if b.form] == ["Record", "Snooze", "Hand over"]
        assert [b.label for b in here if b.primary] == ["Record"] * (i is MINE[1])
    assert "Show all" not in [b.label for b in reply.buttons]


def test_every_button_of_a_line_can_be_pressed() -> None:
    facts = MemoryFacts([*MINE, FREE])
    for b in home().pressable:
        reply = desk(facts).answer(Request(person("north-worker"), PRIVATE, b.command, NOW, forms=b.form))
        assert reply.status == "ok", (b.command, reply.text)


def test_eight_are_shown_and_the_rest_is_one_press_away() -> None:
    reply = home(episodes=[back(n, 10 + n) for n in range(1, 11)])
    assert (reply.text[0], reply.text[-1]) == ("My interviews (10)", "2 more")
    assert len(reply.text) == 1 + 8 + 1
    assert [len(row.buttons) for row in rows(reply)] == [5] * 8 + [1]
    assert "interviews mine" in offered(reply)


def test_nothing_waiting_is_said() -> None:
    assert home(episodes=[FREE]).text == ("My interviews (0): nothing waits for you.",)


def test_what_was_said_in_chat_counts() -> None:
    assert home("coordinator").text == ("My interviews (0): nothing waits for you.",)
    taken = InterviewStep(1, MINE[0].id, "took_over", NOW - hours(1), NOW - hours(1), "coordinator")
    reply = home("coordinator", MemoryWork(said=[taken]))
    assert (reply.text[0], reference(1) in reply.text[1]) == ("My interviews (1)", True)
    assert home(work=MemoryWork(said=[taken])).text[0] == "My interviews (2)"


def test_a_hand_over_comes_first_with_yes_and_no_in_sight() -> None:
    asks = InterviewStep(1, MINE[2].id, "handed_over", NOW - hours(1), NOW - hours(1), "north-worker", "north-manager")
    taken = InterviewStep(2, MINE[1].id, "took_over", NOW - hours(1), NOW - hours(1), "north-manager")
    reply = home("north-manager", MemoryWork(said=[asks, taken]))
    assert [line.split()[1] for line in reply.text[1:]] == [reference(3), reference(2)]
    assert "handed over to north-manager by north-worker, not accepted yet" in reply.text[1]
    first = rows(reply)[0].buttons
    assert [(b.label, b.command) for b in first] == [
        ("Accept", f"interview {reference(3)} #{MINE[2].id} accept"),
        ("Refuse", f"interview {reference(3)} #{MINE[2].id} refuse"),
    ]


# -- the team --


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("north-manager", "North · 1 with no owner · 1 overdue · of 4 open"),
        ("lead", "Whole county · 2 with no owner · 2 overdue · of 5 open"),
        ("coordinator", "Whole county · 2 with no owner · 2 overdue · of 5 open"),
    ],
)
def test_who_answers_for_an_area_sees_how_it_stands_as_the_list_counts_it(who: str, said: str) -> None:
    reply = home(who)
    (line,) = section(reply, "My team")
    assert line == said
    listed = ask("interviews", who, of=[*MINE, FREE, SOUTH], export=True)
    assert f"{value(listed, 'Interviews with no owner')} with no owner" in line
    assert f"{value(listed, 'Interviews overdue')} overdue" in line
    assert "interviews" in offered(reply)


@pytest.mark.parametrize("who", ["north-worker", "analyst", "admin", LISTED])
def test_nobody_else_has_a_team(who: str | Person) -> None:
    assert titles(home(who)) == ["My settings", "Bot"]


@pytest.mark.parametrize("who", ["analyst", "admin", somebody("panel_member", "north")])
def test_whoever_sees_no_lists_learns_of_no_interview(who: str | Person) -> None:
    reply = home(who)
    assert reply.text == ()
    assert "OX-" not in everything(reply)
    assert offered(reply) == ["away"]


# -- settings --


def test_when_reminders_come_and_whether_one_is_away() -> None:
    assert section(home(), "My settings") == (
        "One message a day, at 08:30.",
        "Reminders come from 08:00 to 18:00 (mon, tue, wed, thu, fri; not on bank holidays).",
        "You are not away.",
    )
    gone = MemoryWork(gone=[Away("north-worker", date(2017, 7, 10), date(2017, 7, 12), "coordinator")])
    reply = home(work=gone)
    assert section(reply, "My settings")[-1] == (
        "You are away Mon 10 Jul to Wed 12 Jul. coordinator takes the reminders."
    )
    assert offered(reply)[-2:] == ["away", "away off"]
    assert section(home("south-worker", gone), "My settings")[-1] == "You are not away."
    assert section(home("admin"), "My settings") == ("You are not away.",)


# -- the bot --


def test_all_well_with_the_age_of_each_source_and_the_last_digest() -> None:
    work = MemoryWork(ledger=[delivery(1, due=at("Wed 5 Jul 2017 07:45")), delivery(2, "reminder", "failed")])
    lines = section(home(work=work), "Bot")
    assert lines[0].startswith("Data as at: ")
    assert [s.name in lines[0] for s in sources()] == [True] * len(sources())
    assert lines[1:] == ("Last digest: Wed 5 Jul 07:45.", "All well.")
    assert section(home(), "Bot")[1] == "No digest yet today."


def test_what_is_not_well_is_said() -> None:
    old = sources(NOW - hours(30))
    work = MemoryWork(ledger=[delivery(1), delivery(3, state="held", sent_at=None)])
    lines = section(home(work=work, taken=old), "Bot")
    assert "All well." not in lines
    assert lines[2].startswith("⚠ Not fresh · ")
    assert lines[3] == "⚠ Not sent as they should be · 1 of 2 posts of digests"
    assert [b.command for line in lines[2:] if isinstance(line, Row) for b in line.buttons] == ["sources", "deliveries"]


@pytest.mark.parametrize("taken", [None, NOW - hours(900)])
def test_an_export_too_old_or_never_loaded_is_not_zero(taken: object) -> None:
    reply = home("north-manager", taken=sources(taken))  # type: ignore[arg-type]
    assert (reply.status, reply.text) == ("ok", ("My interviews: not known.",))
    assert section(reply, "My team")[0].endswith(": not known.")
    assert "read as zero" in section(reply, "Bot")[0]
    assert offered(reply) == ["sources", "away"]


# -- places and people --


def test_in_a_channel_it_is_asked_in_private() -> None:
    for place in (REFERENCES, COUNTS):
        reply = ask("home", "north-worker", of=MINE, place=place)
        assert (reply.status, reply.text) == (
            "refused",
            ("This place is not private enough for that. Ask me in private.",),
        )


def test_my_is_home() -> None:
    assert ask("my", "north-worker", of=MINE) == ask("home", "north-worker", of=MINE)


def test_nobody_sees_anothers_interviews() -> None:
    reply = home("south-worker")
    assert not any(x.child_ref in everything(reply) for x in (*MINE, FREE))
    both = replace(person("north-worker"), also=somebody("team_manager", "south").roles)
    assert "1 with no owner" in section(home(both), "My team")[0], "only of what they answer for"
