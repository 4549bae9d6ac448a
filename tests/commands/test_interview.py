"""interview: the steps of a return interview recorded in order, and the first of two people."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply, Row
from bot.rules.effects import RecordStep
from bot.rules.partnership.partnership import Person
from tests.support.asking import COUNTS, REFERENCES, column, desk, everything, offered, rows, section
from tests.support.factories import NOW, at, episode, hours, interview, person, reference
from tests.support.memory_facts import Case, MemoryFacts

REF = reference(1)
ONE = episode(1, NOW - hours(30), NOW - hours(24), interview=interview(NOW - hours(24), worker="W-N01"))
FREE = episode(2, NOW - hours(30), NOW - hours(24), interview=interview(NOW - hours(24)))
LATE = episode(3, NOW - hours(90), NOW - hours(80), interview=interview(NOW - hours(80), worker="W-N01"))
SOUTH = episode(4, NOW - hours(30), NOW - hours(24), area="south", interview=interview(NOW - hours(24)))
Say = Callable[..., Reply]


@pytest.fixture
def facts() -> MemoryFacts:
    return MemoryFacts([ONE, FREE, LATE, SOUTH])


@pytest.fixture
def say(facts: MemoryFacts) -> Say:
    """Ask one question after another, each a minute later unless `now` is given."""
    times = iter(NOW + timedelta(minutes=n) for n in range(1000))

    def answer(
        text: str, who: str | Person = "north-worker", place: Place = PRIVATE, now: datetime | None = None
    ) -> Reply:
        actor = person(who) if isinstance(who, str) else who
        return desk(facts).answer(Request(actor, place, text, now or next(times)))

    return answer


def step(facts: MemoryFacts) -> RecordStep:
    return [d for d in facts.trail.effects if isinstance(d, RecordStep)][-1]


def test_how_it_stands(say: Say) -> None:
    reply = say(f"interview {REF}")
    assert (reply.title, reply.level) == (f"Return interview of {REF}: due", 2)
    assert "due Fri 7 Jul 08:00, 48 h left · not offered yet · north-worker" in reply.text[0]
    assert len(reply.text) == 1, "what comes next is a button, and nothing is said twice"
    first, *_ = reply.pressable
    assert (first.label, first.primary) == ("Offered", True)
    assert len(reply.buttons) == 4, "with the first, five are in sight; the others are in its menu"
    assert section(reply, "Said in chat") == ("Nothing.",)
    assert f"interview {REF} #{ONE.id} offered v0" in offered(reply)
    assert not any("declined" in each for each in offered(reply)), "an offer comes first"


def test_every_step_with_time_and_person(say: Say, facts: MemoryFacts) -> None:
    assert say(f"interview {REF} offered by phone at 7:30").text[0] == "Offered by phone, Wed 5 Jul 07:30."
    assert say(f"interview {REF} attempt no answer").text[0].startswith("Attempt: no answer, Wed 5 Jul 08:01")
    say(f"interview {REF} accepted")
    booked = say(f"interview {REF} booked tomorrow 10:00")
    assert booked.text[0] == "Booked for Thu 6 Jul 10:00."
    assert "· booked for Thu 6 Jul 10:00" in say(f"interview {REF}").text[0]
    say(f"interview {REF} held at 8:03", now=NOW + hours(1))
    reply = say(f"interview {REF}", now=NOW + hours(1))
    assert reply.title.endswith(": held")
    assert section(reply, "Said in chat") == (
        "Wed 5 Jul 07:30 · offered by phone · north-worker (said Wed 5 Jul 08:00)",
        "Wed 5 Jul 08:01 · attempt: no answer · north-worker (said Wed 5 Jul 08:01)",
        "Wed 5 Jul 08:02 · accepted · north-worker (said Wed 5 Jul 08:02)",
        "Wed 5 Jul 08:03 · booked for Thu 6 Jul 10:00 · north-worker (said Wed 5 Jul 08:03)",
        "Wed 5 Jul 08:03 · held · north-worker (said Wed 5 Jul 09:00)",
    )
    assert section(reply, "In the case system's export") == ("Nothing.",)
    lists = say("interviews mine", now=NOW + hours(1))
    assert "held (Wed 5 Jul 08:03), said in chat by north-worker, not in the record yet" in everything(lists)
    assert [row.words[1].split()[0] for row in rows(lists)] == ["overdue", "held,"]
    assert facts.episodes[0].interview.held_at is None


def test_what_cannot_follow_is_said_and_not_recorded(say: Say, facts: MemoryFacts) -> None:
    reply = say(f"interview {REF} declined by child")
    assert (reply.title, reply.status, reply.level) == ("Not recorded", "refused", 0)
    assert reply.text == ("Nobody has said that it was offered: an offer comes first.",)
    assert facts.trail.work.said == []
    assert REF not in everything(reply)


def test_the_second_click_learns_who_was_first_and_when(say: Say, facts: MemoryFacts) -> None:
    button = f"interview {REF} #{ONE.id} held v0"
    assert button in offered(say(f"interview {REF}"))
    assert say(button, "north-manager").status == "ok"
    for who, first in (("north-worker", "north-manager was first"), ("north-manager", "You were first")):
        reply = say(button, who)
        assert reply.status == "refused"
        assert reply.text == (f"{first}: held, said Wed 5 Jul 08:01.",)
    assert len(facts.trail.work.said) == 1


def test_of_two_who_read_the_same_one_is_recorded(facts: MemoryFacts) -> None:
    """Both read before either was recorded: the store decides, and the second is told who was first."""
    ours = desk(facts)
    record = ours.write
    late = Request(person("north-worker"), PRIVATE, f"interview {REF} held", NOW)

    def overtaken(entry: Any, effects: Any) -> None:
        if effects and not facts.trail.work.said:
            early = Request(person("north-manager"), PRIVATE, f"interview {REF} offered", NOW)
            desk(facts).answer(early)
        record(entry, effects)

    reply = replace(ours, write=overtaken).answer(late)
    assert reply.text == ("north-manager was first: offered, said Wed 5 Jul 08:00.",)
    assert [s.kind for s in facts.trail.work.said] == ["offered"]


def test_undo_for_five_minutes(say: Say, facts: MemoryFacts) -> None:
    say(f"interview {REF} held", now=NOW)
    assert say(f"interview {REF} undo", "north-manager", now=NOW).text[0].startswith("The last step (held) was north-w")
    assert "that is over" in say(f"interview {REF} undo", now=NOW + timedelta(minutes=5, seconds=1)).text[0]
    assert say(f"interview {REF} undo", now=NOW + timedelta(minutes=5)).text[0] == "Taken back: held."
    assert say(f"interview {REF}", now=NOW + hours(0.1)).title.endswith(": due")
    assert "taken back already" in say(f"interview {REF} undo", now=NOW + hours(0.1)).text[0]
    assert [s.kind for s in facts.trail.work.said] == ["held", "undone"]


def test_not_while_the_child_is_missing(say: Say, facts: MemoryFacts) -> None:
    facts.episodes = [*facts.episodes, episode(1, NOW - hours(1))]
    assert "The child is missing again" in say(f"interview {REF}").text[1]
    assert say(f"interview {REF} held").text[0].startswith("The child was missing then")
    assert say(f"interview {REF} held at 6:30").status == "ok"


def test_a_parents_no_is_not_the_childs(say: Say) -> None:
    """Edge cases 13 and 15."""
    say(f"interview {REF} offered")
    reply = say(f"interview {REF} declined by parent")
    assert "A parent declined for the child: please offer it to the child directly too." in reply.text
    assert "The carer is to be offered a talk." in reply.text
    assert say("interviews due", "north-worker").text[0].startswith("None due")
    assert say(f"interview {REF} carer contacted").text[1:] == (
        "A parent declined for the child: please offer it to the child directly too.",
    )
    say(f"interview {REF} accepted")
    assert say(f"interview {REF}").title.endswith(": accepted")


# -- the interview that is meant, and its owner --


def test_several_open_ones_are_asked_about_and_never_guessed(say: Say, facts: MemoryFacts) -> None:
    second = episode(1, NOW - hours(9), NOW - hours(8), interview=interview(NOW - hours(8), worker="W-N01"))
    facts.episodes = [*facts.episodes, second]
    reply = say(f"interview {REF} held at 7:00")
    assert reply.title == f"Which return interview of {REF}?"
    assert facts.trail.work.said == []
    assert offered(reply) == [f"interview {REF} #{n} held at 7:00" for n in (ONE.id, second.id)]
    assert say(f"interview {REF} due 8 jul held at 7:00").title == f"Recorded for {REF} #{second.id}"
    assert say(f"interview {REF} #{FREE.id} held").status == "unclear", "a number of another child"
    merged = say(f"interview {REF} #{ONE.id} merge into #{second.id}")
    assert merged.status == "ok"
    assert say(f"interview {REF} #{ONE.id}").title.endswith(": held"), "held with the other, by its own clock"


def test_one_talk_for_both_is_seen_of_the_first_when_the_record_has_closed_the_second(
    say: Say, facts: MemoryFacts
) -> None:
    second = episode(1, NOW - hours(9), NOW - hours(8), interview=interview(NOW - hours(8), worker="W-N01"))
    facts.episodes = [*facts.episodes, second]
    assert say(f"interview {REF} #{ONE.id} merge").status == "ok", "into the only other one"
    talk: dict[str, Any] = {"offered_at": NOW - hours(7), "held_at": NOW - hours(6), "recorded_at": NOW - hours(5)}
    facts.episodes = [*facts.episodes[:-1], replace(second, interview=replace(second.interview, **talk))]
    assert ["recorded" in row.words for row in rows(say("interviews mine"))] == [False, True]


def test_a_yes_after_a_no_of_the_record_opens_it_again(say: Say, facts: MemoryFacts) -> None:
    no = replace(ONE.interview, offered_at=NOW - hours(20), response="declined", recorded_at=NOW - hours(19))
    facts.episodes = [replace(ONE, interview=no)]
    assert say("interviews mine").text[0].startswith("None yours")
    assert say(f"interview {REF} held").text[0].startswith("It was declined. Say accepted first")
    assert say(f"interview {REF} accepted").status == "ok"
    assert ["accepted" in row.words for row in rows(say("interviews mine"))] == [True]


@pytest.mark.parametrize("text", ["interview {}", "interview {} held", "interview {} nonsense", "interview {} why"])
@pytest.mark.parametrize(
    ("who", "ref"),
    [
        ("south-worker", REF),
        ("north-worker", reference(4)),
        ("north-manager", reference(4)),
        ("north-worker", "OX-9999"),
    ],
)
def test_not_theirs_and_no_such_child_are_one_refusal(say: Say, text: str, who: str, ref: str) -> None:
    reply = say(text.format(ref), who)
    assert reply == say(text.format("OX-2ZZZ"), who)
    assert reply.status == "refused"


def test_misses_lock_as_with_a_look_up(say: Say) -> None:
    for _ in range(10):
        say("interview OX-2ZZZ")
    assert "locked" in say(f"interview {REF}").text[0]


def test_a_look_outside_the_area_opens_no_update(say: Say, facts: MemoryFacts) -> None:
    facts.episodes = [*facts.episodes, episode(4, NOW - hours(2), area="south")]
    assert say(f'child {reference(4)} because "seen at the station, police ask"').status == "ok"
    assert say(f"interview {reference(4)}").status == "refused"
    assert say("interview " + REF, "lead").status == "refused", "leads see, and record nothing"


def test_what_is_typed_is_not_said_back(say: Say, facts: MemoryFacts) -> None:
    for typed in ("held by Wilhelmina", "Wilhelmina", "hand to Wilhelmina", "snooze until Wilhelmina because other"):
        assert "Wilhelmina" not in everything(say(f"interview {REF} {typed}"))
    assert facts.trail.work.said == []
    assert say("interview Wilhelmina held").status == "unclear"


PENDING = "Not due yet: the 72 hours begin with the return."


def test_a_child_still_missing_has_a_pending_interview(say: Say, facts: MemoryFacts) -> None:
    facts.episodes = [episode(5, NOW - hours(8))]
    reply = say(f"interview {reference(5)}", "north-manager")
    assert (reply.text, reply.level) == ((PENDING,), 2)
    assert say(f"interview {reference(5)} held", "north-manager").text == (PENDING, "Nothing was recorded.")
    facts.episodes = [*facts.episodes, ONE, episode(1, NOW - hours(8))]
    again = say(f"interview {REF}", "north-manager")
    assert (again.title, again.text[-1]) == (f"Return interview of {REF}: due, child missing", PENDING)


@pytest.mark.parametrize("known", ["LA-330", "another", None])
def test_a_hosted_child_s_interview_is_the_placing_authority_s(say: Say, facts: MemoryFacts, known: str | None) -> None:
    back, ref = NOW - hours(22), reference(5)
    facts.cases = {ref: Case(5, area="north", placing_authority=known)}
    whose = "the placing authority (LA-330)" if known == "LA-330" else "the placing authority"
    facts.episodes = [episode(5, NOW - hours(24 * n), back - hours(24 * (n - 1)), hosted=True) for n in (9, 1)]
    older, newer = facts.episodes
    reply = say(f"interview {ref} #{newer.id}", "north-manager")
    assert reply.title == f"Return interview of {ref}: the placing authority owes it, due"
    owed = f"due Fri 7 Jul 10:00, 50 h left · {whose} owes it · placing authority NOT told"
    assert reply.text == (
        f"⚠ #{newer.id} · back Tue 4 Jul 10:00 · {owed}",
        f"Tell {whose} of the return.",
    )
    assert [reply.pressable[0].label, reply.buttons[0].label] == ["Told", "Acknowledged"]
    assert not {"Take it", "I'm on it", "Snooze", "Hand over", "Recorded"} & {b.label for b in reply.pressable}
    which = say(f"interview {ref} told", "north-manager")
    assert [b.label for b in which.buttons] == [f"#{older.id}", f"#{newer.id}"], "of two it is asked which"
    snoozed = say(f"interview {ref} #{newer.id} snooze until fri 9am because other", "north-manager")
    assert snoozed.text[0].startswith("It is the placing authority's to hold. Say told, acknowledged, or")
    told = say(f"interview {ref} #{newer.id} told at 08:00", "north-manager")
    assert told.text == (
        "Placing authority told, Wed 5 Jul 08:00.",
        f"Ask {whose} what became of it, and record that.",
    )
    facts.episodes = [*facts.episodes, episode(5, NOW - hours(2), hosted=True)]
    coming = f"{PENDING} T{whose[1:]} owes it, and is to be told of the return."
    assert say(f"interview {ref} #{newer.id}", "north-manager").text[-1] == coming


def test_a_child_of_our_own_has_no_placing_authority_to_tell(say: Say, facts: MemoryFacts) -> None:
    assert say(f"interview {REF} told").text == ("The child is our own: there is no placing authority to tell.",)
    nothing = "No authority has handed it over: there is nothing to acknowledge."
    assert say(f"interview {REF} acknowledged").text == (nothing,)


def test_the_record_may_name_the_placing_authority(say: Say, facts: MemoryFacts) -> None:
    told = interview(NOW - hours(22), outcome_reason="placing_la_responsible")
    facts.episodes = [episode(5, NOW - hours(24), NOW - hours(22), interview=told)]
    reply = say(f"interview {reference(5)}", "north-manager")
    assert "the placing authority owes it · placing authority NOT told" in reply.text[0]


@pytest.mark.parametrize("facts_of", [{"kind": "away"}, {"end_reason": "error_duplicate"}, {"birth": date(1999, 7, 4)}])
def test_where_no_interview_is_to_come_nothing_is_expected(
    say: Say, facts: MemoryFacts, facts_of: dict[str, Any]
) -> None:
    back = NOW - hours(2) if "end_reason" in facts_of else None
    facts.episodes = [episode(5, NOW - hours(90), back, **facts_of)]
    assert say(f"interview {reference(5)}", "north-manager").text == ("No return interview is expected of anybody.",)


def test_an_18th_birthday_inside_the_72_hours_is_noted_in_private_alone(say: Say, facts: MemoryFacts) -> None:
    facts.episodes = [replace(ONE, turns_18=True), FREE]
    told = "Turns 18 within the 72 hours: it is offered and held all the same, and its deadline stays."
    reply = say(f"interview {REF}")
    assert told in reply.text
    assert "due Fri 7 Jul 08:00" in reply.text[0]
    assert "turns 18 within the 72 h" in rows(say("interviews"))[0].words
    for text, who, place in (
        (f"interview {REF}", "north-worker", REFERENCES),
        ("interviews", "north-worker", REFERENCES),
        ("interviews", "lead", PRIVATE),
        ("today", "lead", PRIVATE),
    ):
        answered = say(text, who, place)
        assert answered.status == "ok"
        said_there = re.sub(r"#\d+", "", everything(answered))  # an interview's number may have an 18 in it
        assert "18" not in said_there.replace("2017", "").replace("18:", "")
    said = replace(ONE, turns_18=True, interview=replace(ONE.interview, held_at=NOW, recorded_at=NOW))
    facts.episodes = [said]
    assert told not in say(f"interview {REF}").text


def test_of_a_child_who_died_nothing_is_expected(say: Say, facts: MemoryFacts) -> None:
    facts.episodes = [*facts.episodes, episode(1, NOW - hours(9), NOW - hours(8), end_reason="died")]
    assert say(f"interview {REF}").text == ("No return interview is expected of anybody.",)
    assert say(f"interview {REF}", place=REFERENCES).status == "refused"


# -- moments and words that may be read in two ways --

AFTERNOON = at("Wed 5 Jul 2017 17:00")


def test_an_hour_before_or_after_noon_is_asked_with_all_that_was_said(say: Say, facts: MemoryFacts) -> None:
    reply = say(f"interview {REF} #{ONE.id} offered by phone 3.30", now=AFTERNOON)
    assert (reply.title, reply.status, reply.level) == ("Nothing recorded yet", "unclear", 1)
    assert reply.text[0] == "03:30 or 15:30 on Wed 5 Jul?"
    assert offered(reply) == [
        f"interview {REF} #{ONE.id} offered by phone at 2017-07-05 03:30",
        f"interview {REF} #{ONE.id} offered by phone at 2017-07-05 15:30",
    ]
    assert facts.trail.work.said == []
    assert say(offered(reply)[1], now=AFTERNOON).text[0] == "Offered by phone, Wed 5 Jul 15:30."
    assert say(f"interview {REF} held at 4", "north-manager", REFERENCES, AFTERNOON).level == 1


def test_the_only_possible_hour_is_recorded_and_said(say: Say) -> None:
    assert say(f"interview {REF} held 8.30", now=at("Wed 5 Jul 2017 09:00")).text[:2] == (
        "Held, Wed 5 Jul 08:30.",
        "I read the time as 08:30, not 20:30.",
    )
    assert say(f"interview {REF} held 9.30", now=at("Wed 5 Jul 2017 09:00")).status == "refused", "still to come"


@pytest.mark.parametrize(
    "typed", ["offered this morning", "held last night", "booked tomorrow morning", "booked for tomorrow"]
)
def test_a_part_of_a_day_is_no_time(say: Say, facts: MemoryFacts, typed: str) -> None:
    reply = say(f"interview {REF} {typed}", now=AFTERNOON)
    assert reply.status == "unclear"
    assert reply.text[0].startswith("At what time on")
    assert facts.trail.work.said == []


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("offered 4/7 15:30", "Offered, Tue 4 Jul 15:30."),
        ("offered by phone on Monday 3 July at 10pm", "is before the child's return"),
        ("offered on Tuesday 4 July at 10am", "Offered, Tue 4 Jul 10:00."),
        ("offered on Monday 4 July at 10am", "4 Jul 2017 is a Tuesday, not a Monday. Say which is right."),
        ("offered at 1530", "Offered, Wed 5 Jul 15:30."),
        ("offered tomorrow at 10am", "Thu 6 Jul 10:00 is still to come. Say when it happened."),
        ("offered next friday 10am", "is still to come. Say when it happened."),
        ("called, no answer at 4pm", "Attempt: no answer, Wed 5 Jul 16:00."),
        ("held until 4pm", "That is a limit, not a moment"),
    ],
)
def test_moments_as_people_write_them(say: Say, typed: str, line: str) -> None:
    assert line in say(f"interview {REF} {typed}", now=AFTERNOON).text[0]


def test_other_words_record_or_ask_and_never_become_another_step(say: Say, facts: MemoryFacts) -> None:
    reply = say(f"interview {REF} no answer")
    assert reply.text[:2] == ("Attempt: no answer, Wed 5 Jul 08:00.", "I read this as: attempt no answer.")
    say(f"interview {REF} offered")
    said = len(facts.trail.work.said)
    options = {
        "seen at 7am": ["held at 2017-07-05 07:00"],
        "done": ["held", "recorded"],
        "child refused": ["declined by child", "attempt refused now"],
        "refused": ["declined by child", "declined by parent", "attempt refused now"],
        "declined": ["declined by child", "declined by parent"],
        "appointment cancelled": ["attempt asked later", "declined by child", "declined by parent"],
    }
    for typed, steps in options.items():
        reply = say(f"interview {REF} {typed}")
        assert reply.status == "unclear"
        assert offered(reply) == [f"interview {REF} {each}" for each in steps]
    assert len(facts.trail.work.said) == said


def test_an_hour_that_comes_twice_is_asked_and_one_that_does_not_exist_is_refused(say: Say, facts: MemoryFacts) -> None:
    """R22."""
    back = at("Sat 28 Oct 2017 12:00")
    facts.episodes = [episode(1, back - hours(9), back, interview=interview(back, worker="W-N01"))]
    sunday = at("Sun 29 Oct 2017 10:00")
    reply = say(f"interview {REF} held at 01:30", now=sunday)
    assert reply.text[0] == "Sun 29 Oct 01:30 comes twice: the first (BST) or the second (GMT)?"
    assert offered(reply) == [f"interview {REF} held at 2017-10-29 01:30 {zone}" for zone in ("BST", "GMT")]
    assert say(offered(reply)[1], now=sunday).text[0] == "Held, Sun 29 Oct 01:30 GMT."
    assert "does not exist" in say(f"interview {REF} held 2017-03-26 01:30", now=sunday).text[0]


# -- in a channel --


def test_in_a_channel_what_its_list_shows_can_be_said(say: Say) -> None:
    reply = say(f"interview {reference(2)} take", "north-manager", REFERENCES)
    assert (reply.status, reply.level) == ("ok", 1)
    shown = say(f"interview {reference(2)}", "north-manager", REFERENCES)
    assert (len(shown.sections), len(shown.facts)) == (0, 0)
    assert "north-manager" in shown.text[0]
    assert say(f"interview {reference(4)} held", "north-manager", REFERENCES).status == "refused"
    assert say(f"interview {REF} hand to coordinator", place=REFERENCES).status == "refused"
    assert say(f"interview {REF}", place=COUNTS).status == "refused"
    north = Place("north-digest", 1, ("north",))
    assert say(f"interview {reference(4)}", "coordinator", north).status == "refused"


# -- snooze, on it, hand-over, why --


def test_a_snooze_ends_with_the_deadline_unless_a_manager_says_it(say: Say, facts: MemoryFacts) -> None:
    words = "snooze until mon 9am because waiting for carer"
    reply = say(f"interview {REF} {words}")
    assert reply.text[:2] == (
        "Snoozed because waiting for carer until Fri 7 Jul 08:00.",
        "That would be after the deadline, so it ends there: later needs a manager.",
    )
    assert "snoozed by owner until Fri 7 Jul 08:00" in everything(say("interviews", "north-manager", REFERENCES))
    late = f"interview {reference(3)} {words}"
    assert say(late).text[0].startswith("Its time is over: only a manager")
    assert say(late, "north-manager").text[0].endswith("until Mon 10 Jul 09:00.")
    assert "snoozed by north-manager" in everything(say("interviews mine"))
    assert say(f"interview {REF} snooze until 7am because other").text == (
        "That moment is over: say until when your reminders are to wait.",
    )


def test_on_it_until_the_end_of_the_next_working_day(say: Say) -> None:
    friday = at("Fri 7 Jul 2017 07:50")
    reply = say(f"interview {REF} on it", now=friday)
    assert reply.text[0] == "On it until Mon 10 Jul 18:00."
    assert "north-worker is on it until Mon 10 Jul 18:00" in everything(say("interviews mine", now=friday))
    assert "is on it" not in everything(say("interviews mine", now=at("Mon 10 Jul 2017 18:00")))


def test_a_hand_over_needs_a_yes(say: Say, facts: MemoryFacts) -> None:
    reply = say(f"interview {REF} hand to coordinator")
    assert "Nothing changes until coordinator accepts." in reply.text
    seen = everything(say("interviews", "north-manager"))
    assert "handed over to coordinator by north-worker, not accepted yet" in seen
    assert "north-worker asks you to take over" in everything(say("help", "coordinator"))
    assert [row.subject for row in rows(say("interviews mine", "coordinator"))] == [REF]
    assert say(f"interview {REF} accept").text[0].startswith("No hand-over waits for you here")
    assert say(f"interview {REF} accept", "coordinator").status == "ok"
    assert "coordinator has taken over" in everything(say("interviews mine"))
    assert REF not in everything(say("interviews mine"))
    assert [b.label for row in rows(say("interviews mine", "coordinator")) for b in row.buttons] == ["Record"]


def test_a_hand_over_can_be_refused_and_goes_only_to_who_could_do_it(say: Say) -> None:
    assert say(f"interview {REF} hand to police").text == (
        "police could not update this interview, so it cannot be handed to them.",
    )
    assert say(f"interview {REF} hand to south-worker").text[0].startswith("south-worker could not"), "not their case"
    assert "Nobody of that id" in say(f"interview {REF} hand to w-99").text[0]
    assert "cannot hand it to yourself" in say(f"interview {REF} hand to north-worker").text[0]
    say(f"interview {REF} hand to north-manager")
    say(f"interview {REF} refuse", "north-manager")
    assert "north-worker" in say(f"interview {REF}").text[0]
    assert "not accepted yet" not in say(f"interview {REF}").text[0]


def test_take_what_nobody_owns(say: Say, facts: MemoryFacts) -> None:
    facts.cases = {reference(2): Case(2, worker="W-N01")}
    assert say(f"interview {reference(2)} take").status == "ok"
    assert say(f"interview {reference(2)} take").text == ("It is yours already.",)
    assert say(f"interview {REF} take").text == ("It is yours already.",)
    assert say(f"interview {REF} take", "north-manager").status == "ok"
    assert say(f"interview {REF} take").text[0].startswith("Somebody owns it")


def test_why_shows_rule_clock_calendar_and_what_was_sent(say: Say, facts: MemoryFacts) -> None:
    facts.trail.work.nudges.append((LATE.id, "offer", "north-worker", NOW - hours(48)))
    reply = say(f"interview {reference(3)} why")
    assert section(reply, "Clock") == ("Returned Sun 2 Jul 00:00.", "72 hours end Wed 5 Jul 00:00.")
    assert "Last working moment before the deadline: Tue 4 Jul 18:00." in section(reply, "Calendar")
    offer, *_, overdue, a_day_later = section(reply, "Rule: the reminders of north")
    assert offer.startswith("offer · Mon 3 Jul 08:00 · to allocated worker · not needed once it is offered")
    assert offer.endswith("sent to north-worker Mon 3 Jul 08:00")
    assert overdue.startswith("overdue · Wed 5 Jul 08:00")
    assert overdue.endswith("then daily · not sent yet")
    assert a_day_later.startswith("overdue by a day · Thu 6 Jul 08:00 · to head of service")
    rule, *_, following = section(reply, "For you")
    assert rule.startswith("Step \u201coverdue\u201d of North: 72 hours after the return")
    assert following.startswith("Next, if it is still open: \u201coverdue by a day\u201d, Thu 6 Jul 08:00, to head of")


# -- the record --


def gaps(say: Say) -> dict[str, str]:
    """Return how many of each kind of difference about steps are listed."""
    lines = [line for line in section(say("sources", "coordinator"), "Differences") if isinstance(line, Row)]
    return {line.words[0]: line.subject for line in lines if "Interview step" in line.words[0]}


def test_a_difference_is_shown_to_everybody_who_sees_the_interview(say: Say, facts: MemoryFacts) -> None:
    say(f"interview {REF} offered at 7:00", now=NOW)
    say(f"interview {REF} held at 7:30", now=NOW)
    assert gaps(say) == {"Interview step said in chat, not in the council's record": "1"}
    record = replace(ONE.interview, offered_at=NOW - hours(1), held_at=NOW - hours(12))
    facts.episodes = [replace(ONE, interview=record), *facts.episodes[1:]]
    line = "held: Wed 5 Jul 07:30 (said by north-worker, Wed 5 Jul 08:00); the record: Tue 4 Jul 20:00"
    assert section(say(f"interview {REF}"), "Differences") == (line,)
    assert section(say(f"child {REF}"), "Return interviews open")[-1].endswith(line)
    assert gaps(say) == {"Interview step said in chat, other than in the council's record": "1"}
    assert column(say("sources chat-differs", "coordinator"), "Newest first", "Child") == [REF]


def test_figures_are_those_of_the_record(say: Say) -> None:
    period = "interviews 2017-06-26..2017-07-05"
    before = say(period, "coordinator")
    for typed in ("offered at 7:00", "held at 7:30", "recorded"):
        assert say(f"interview {REF} {typed}").status == "ok"
    assert say(period, "coordinator") == before


# -- who may --


@pytest.mark.parametrize("typed", ["take", "", "held", "hand to", "#2 on it"])
def test_who_may_not_take_what_their_list_shows_learns_who_may(say: Say, facts: MemoryFacts, typed: str) -> None:
    typed = typed.replace("#2", f"#{FREE.id}")
    reply = say(f"interview {reference(2)} {typed}")
    assert (reply.title, reply.status, reply.level) == (f"{reference(2)} is not yours to take", "refused", 1)
    assert reply.text == ("It is not one of your cases. Only a manager of north or a coordinator can take it.",)
    assert offered(reply) == [
        f"interview {reference(2)} #{FREE.id} ask {who}" for who in ("north-manager", "coordinator")
    ]
    assert facts.trail.entries[-1].outcome == "refused"
    assert facts.trail.misses("north-worker", NOW - hours(1)) == 0
    assert facts.trail.work.said == []


def test_who_owns_it_may_too(say: Say) -> None:
    say(f"interview {reference(2)} take", "coordinator")
    assert "Only its owner or a manager of north or a coordinator" in say(f"interview {reference(2)} take").text[0]


def test_one_of_them_is_asked_in_private_once_a_day(say: Say, facts: MemoryFacts) -> None:
    press = offered(say(f"interview {reference(2)} take"))[0]
    assert say(press).text == (f"north-manager is asked, in private, to see to {reference(2)}.",)
    entry = facts.trail.entries[-1]
    assert (entry.who, entry.action, entry.subject, entry.outcome) == (
        "north-worker",
        "ask to take",
        reference(2),
        "answered",
    )
    told = everything(say("help", "north-manager"))
    assert f"{reference(2)} · north-worker asks you to see to this return interview" in told
    again = say(press)
    assert (again.status, again.buttons) == ("refused", ())
    assert "You have asked today." in again.text
    assert len([e for e in facts.trail.entries if e.action == "ask to take"]) == 1
    assert offered(say(f"interview {reference(2)}", now=NOW + timedelta(days=1)))


@pytest.mark.parametrize("who", ["south-worker", "admin", "police", "Wilhelmina", "north-worker"])
def test_nobody_else_is_asked(say: Say, facts: MemoryFacts, who: str) -> None:
    reply = say(f"interview {reference(2)} ask {who}")
    assert (reply.status, reply.text) == ("refused", ("Nobody of that id could take it.",))
    assert facts.trail.told == {}


def test_what_no_list_of_theirs_shows_is_refused_as_no_such_child(say: Say, facts: MemoryFacts) -> None:
    """Another area's, one that is over, and in a channel what its list does not show."""
    over = episode(5, NOW - hours(300), NOW - hours(290), interview=interview(NOW - hours(290), response="declined"))
    facts.episodes = [*facts.episodes, over]
    none = say("interview OX-9999 take")
    assert none.title == "Not shown"
    for ref in (reference(4), reference(5)):
        assert say(f"interview {ref} take") == none
        assert say(f"interview {ref} ask north-manager") == none
    assert [e.outcome for e in facts.trail.entries] == ["not_found"] * 5
    assert facts.trail.told == {}
