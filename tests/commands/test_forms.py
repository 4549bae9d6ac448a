"""Forms: shown by role and state; a form records nothing and reveals nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.terminal import as_json
from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.form_answers import as_command
from bot.conversation.privacy_guard import release
from bot.conversation.refusals import not_shown
from bot.conversation.reply import Button, Field, Form, Reply
from bot.rules.effects import Effect
from bot.rules.partnership.partnership import Person
from tests.support.asking import BECAUSE, REFERENCES, desk, offered
from tests.support.factories import NOW, at, episode, hours, interview, partnership, person, reference, somebody
from tests.support.memory_facts import Case, MemoryFacts
from tests.support.memory_trail import MemoryTrail

REF, SOUTH, HOME, NOBODY = reference(1), reference(2), reference(3), reference(999)
ONE = episode(1, NOW - hours(30), NOW - hours(24), interview=interview(NOW - hours(24), worker="W-N01"))
LATE = episode(5, NOW - hours(90), NOW - hours(80), interview=interview(NOW - hours(80), worker="W-N01"))
AWAY = episode(2, NOW - hours(9), area="south")
BACK = episode(3, NOW - hours(900), NOW - hours(890), area="south")
INTERVIEW = f"interview {REF} #{ONE.id}"
Say = Callable[..., Reply]


@pytest.fixture
def facts() -> MemoryFacts:
    people = tuple(p for p in partnership().people if p.active)
    cases = {SOUTH: Case(2, area="south", worker="W-S01")}
    return MemoryFacts([ONE, LATE, AWAY, BACK], cases, trail=MemoryTrail(people=people))


@pytest.fixture
def say(facts: MemoryFacts) -> Say:
    """Ask as on a platform with forms, unless `forms` is false."""

    def answer(
        text: str, who: str | Person = "north-worker", forms: bool = True, minutes: float = 0, place: Place = PRIVATE
    ) -> Reply:
        actor = person(who) if isinstance(who, str) else who
        return desk(facts).answer(Request(actor, place, text, NOW + timedelta(minutes=minutes), forms=forms))

    return answer


def form(reply: Reply) -> Form:
    assert reply.form is not None, reply.text
    return reply.form


def field(reply: Reply, name: str) -> Field:
    return next(f for f in form(reply).fields if f.id == name)


def values(reply: Reply, name: str) -> list[str]:
    return [o.value for o in field(reply, name).options]


def fill(reply: Reply, /, **filled: str) -> str:
    """Return the command of a form, from its initial values and a person's changes."""
    shown = {f.id: f.initial for f in form(reply).fields}
    return as_command(form(reply).kind, form(reply).command, {**shown, **filled}, NOW)


def steps(facts: MemoryFacts) -> list[str]:
    return [s.kind for s in facts.trail.work.said]


# -- outcomes --


def test_only_what_may_follow_now_is_offered_and_nothing_is_recorded(say: Say, facts: MemoryFacts) -> None:
    reply = say(INTERVIEW)
    assert (form(reply).kind, form(reply).command) == ("outcome", f"{INTERVIEW} v0")
    choices = values(reply, "outcome")
    assert {"offered by phone", "attempt no answer", "held", "not possible in custody"} <= set(choices)
    assert not any(c.startswith(("accepted", "booked", "declined", "reopen", "recorded")) for c in choices)
    assert [field(reply, n).initial for n in ("date", "time")] == ["2017-07-05", "08:00"]
    assert reply.text == say(INTERVIEW, forms=False).text, "the plain reply stands beside it"
    assert steps(facts) == []
    assert facts.trail.entries[0].outcome == "answered"


def test_what_is_filled_in_is_said_like_anything_else(say: Say, facts: MemoryFacts) -> None:
    text = fill(say(INTERVIEW), outcome="offered by phone", time="07:30")
    assert say(text).text[0] == "Offered by phone, Wed 5 Jul 07:30."
    after = say(INTERVIEW, minutes=1)
    assert form(after).command == f"{INTERVIEW} v1"
    assert {"accepted", "booked", "declined by child", "declined by parent"} <= set(values(after, "outcome"))
    text = fill(after, outcome="booked", date="2017-07-06", time="10:00")
    assert say(text, minutes=2).text[0] == "Booked for Thu 6 Jul 10:00."
    assert steps(facts) == ["offered", "booked"]


def test_whoever_saves_second_learns_who_was_first(say: Say, facts: MemoryFacts) -> None:
    mine, theirs = say(INTERVIEW), say(INTERVIEW, "north-manager")
    assert say(fill(theirs, outcome="held"), "north-manager").status == "ok"
    reply = say(fill(mine, outcome="attempt no answer"), minutes=1)
    assert (reply.status, reply.text) == ("refused", ("north-manager was first: held, said Wed 5 Jul 08:00.",))
    assert steps(facts) == ["held"]


@pytest.mark.parametrize("verb", ["attempt", "not possible"])
def test_a_step_without_its_word_is_asked_for_it(say: Say, facts: MemoryFacts, verb: str) -> None:
    choices = values(say(f"{INTERVIEW} {verb}"), "outcome")
    assert len(choices) == 5
    assert all(c.startswith(verb) for c in choices)
    assert say(f"{INTERVIEW} {verb}", forms=False).status == "unclear", "without forms it is asked in words"
    assert steps(facts) == []


def test_a_booking_alone_needs_its_day(say: Say) -> None:
    say(f"{INTERVIEW} offered")
    reply = say(f"{INTERVIEW} booked")
    assert (values(reply, "outcome"), field(reply, "outcome").initial) == (["booked"], "booked")
    assert field(reply, "date").required
    assert not field(say(INTERVIEW), "date").required


def test_where_nothing_may_follow_the_plain_reply_says_why(say: Say) -> None:
    reply = say(f"{INTERVIEW} declined")
    assert (reply.form, reply.text[0]) == (None, "Nobody has said that it was offered: an offer comes first.")
    assert reply.text[1:] == say(INTERVIEW, forms=False).text
    assert say(f"{INTERVIEW} reopen").text[0] == "It is open already."


def test_which_of_several_is_asked_first(say: Say, facts: MemoryFacts) -> None:
    again = episode(1, NOW - hours(60), NOW - hours(50), interview=interview(NOW - hours(50), worker="W-N01"))
    facts.episodes = [ONE, again]
    reply = say(f"interview {REF} snooze")
    assert reply.form is None
    assert set(reply.buttons) == {
        Button(f"#{x.id}", f"interview {REF} #{x.id} snooze", form=True) for x in (ONE, again)
    }
    assert not any(b.form for b in say(f"interview {REF}", forms=False).pressable)


def test_buttons_say_which_need_a_form(say: Say) -> None:
    found = {b.label: (b.command, b.form) for b in say(INTERVIEW, forms=False).pressable}
    assert found["Record"] == (INTERVIEW, True)
    assert found["Attempt"] == (f"{INTERVIEW} attempt", True)
    assert found["Snooze"] == (f"{INTERVIEW} snooze", True)
    assert found["Hand over"] == (f"{INTERVIEW} hand to", True)
    assert found["Offered"] == (f"{INTERVIEW} offered v0", False)
    assert not {"Declined", "Booked", "Reopen"} & set(found)
    assert "Hand over" not in [b.label for b in say(INTERVIEW, place=REFERENCES, forms=False).pressable]


# -- snooze and hand over --


def test_a_snooze_waits_for_the_next_working_day(say: Say, facts: MemoryFacts) -> None:
    reply = say(f"{INTERVIEW} snooze")
    assert (form(reply).kind, form(reply).command) == ("snooze", f"{INTERVIEW} v0")
    assert [field(reply, n).initial for n in ("date", "time")] == ["2017-07-06", "08:00"]
    assert steps(facts) == []
    assert say(fill(reply, reason="waiting for carer")).text[0] == (
        "Snoozed because waiting for carer until Thu 6 Jul 08:00."
    )
    late = say(f"interview {reference(5)} snooze")
    assert late.form is None
    assert late.text[0].startswith("Its time is over: only a manager")
    assert form(say(f"interview {reference(5)} snooze", "north-manager")).kind == "snooze"


def test_a_hand_over_is_offered_to_whoever_could_take_it(say: Say, facts: MemoryFacts) -> None:
    reply = say(f"{INTERVIEW} hand to")
    assert form(reply).kind == "hand_over"
    people = values(reply, "person")
    assert {"north-manager", "coordinator"} <= set(people)
    assert not {"north-worker", "south-worker", "analyst", "admin", "lead"} & set(people)
    assert say(fill(reply, person="coordinator")).text[1] == "Nothing changes until coordinator accepts."
    assert steps(facts) == ["handed_over"]
    assert say(f"{INTERVIEW} hand to", place=REFERENCES).text[0].startswith("This place is not private enough")


# -- a reason --


def shown(reply: Reply, ref: str) -> str:
    return as_json(reply).replace(ref, "REF")


def test_the_form_tells_nothing_of_any_child(say: Say) -> None:
    """The same bytes for another's missing child, one who is back, and an unknown reference; for leads too."""
    for who in ("north-worker", "lead"):
        replies = {shown(say(f"child {ref}", who), ref) for ref in (SOUTH, HOME, NOBODY)}
        assert len(replies) == 1
        assert '"kind": "reason"' in replies.pop()


def test_the_form_is_on_top_of_the_refusal_never_in_its_place(say: Say, facts: MemoryFacts) -> None:
    for ref in (SOUTH, NOBODY):
        asked = say(f"child {ref}")
        assert replace(asked, form=None) == not_shown() == say(f"child {ref}", forms=False)
    assert [e.outcome for e in facts.trail.entries] == ["not_found"] * 4, "each is a miss"


def recorded(effects: Sequence[Effect]) -> list[str]:
    return sorted(type(d).__name__ for d in effects)


def test_forms_lock_look_ups_as_soon_as_anything_else(say: Say, facts: MemoryFacts) -> None:
    most = partnership().look_ups.misses
    for _ in range(most):
        assert form(say(f"child {NOBODY}")).kind == "reason"
    assert "LockLookUps" in recorded(facts.trail.effects)
    locked = say(f"child {SOUTH} {BECAUSE}")
    assert (locked.form, facts.trail.entries[-1].outcome) == (None, "locked")


def test_a_reason_is_asked_of_whom_it_would_help_alone(say: Say) -> None:
    assert say(f"child {REF}").form is None, "their own case needs no reason"
    assert say(f"child {NOBODY}", somebody("placing_authority_contact", code="LA-9")).form is None
    assert say(f"child {NOBODY}", "coordinator").form is None, "who sees everybody gives none"
    assert say(f"child {NOBODY} {BECAUSE}").form is None, "it was given"
    assert say(f"child {NOBODY}", "lead", forms=False).form is None


def test_what_is_filled_in_opens_what_it_would_have_opened(say: Say, facts: MemoryFacts) -> None:
    text = fill(say(f"child {SOUTH}"), reason='seen at the "station", police ask')
    assert text == f"child {SOUTH} because \"seen at the 'station', police ask\""
    assert say(text).title.startswith(SOUTH)
    assert facts.trail.glasses[-1].reason == "seen at the 'station', police ask"


def test_a_lead_has_a_button_that_gives_a_reason(say: Say) -> None:
    reply = say(f"child {REF}", "lead", forms=False)
    assert reply.buttons == (Button("Give a reason", f"child {REF}", form=True),)
    assert say(
        fill(say(f"child {REF}", "lead"), reason="to review the case with its manager"), "lead"
    ).title.startswith(REF)
    assert offered(say(f"child {NOBODY}", forms=False)) == []


# -- away --


def test_an_absence_is_asked_for(say: Say, facts: MemoryFacts) -> None:
    reply = say("away")
    assert (form(reply).kind, form(reply).command, field(reply, "first").initial) == ("away", "away", "2017-07-06")
    assert field(reply, "cover").hint == "Left empty, they go to whoever is on duty: coordinator."
    assert facts.trail.work.gone == []
    assert say(fill(reply, last="2017-07-07", cover="coordinator")).text[0] == (
        "north-worker is away Thu 6 Jul to Fri 7 Jul. coordinator takes the reminders."
    )
    assert say("away", forms=False).buttons[0] == Button("Say when", "away", form=True)
    theirs = say("away for north-worker", "north-manager")
    assert form(theirs).command == "away for north-worker"
    assert say(fill(theirs, last="2017-07-10"), "north-manager").status == "ok"


# -- the privacy guard --


@pytest.mark.parametrize("text", [INTERVIEW, f"{INTERVIEW} snooze", f"{INTERVIEW} hand to", f"child {NOBODY}", "away"])
def test_a_form_is_of_no_place_below_its_reply(say: Say, text: str) -> None:
    reply = say(text)
    form(reply)
    assert release(reply, 2, partnership()).fault is None
    assert release(replace(reply, level=0), 0, partnership()).fault == (None if text == "away" else "reference")


def test_in_a_channel_a_form_is_of_what_its_list_shows(say: Say) -> None:
    assert form(say(INTERVIEW, place=REFERENCES)).command == f"{INTERVIEW} v0"
    assert say(f"interview {SOUTH}", place=REFERENCES).form is None


def test_nothing_of_a_form_says_a_time_that_comes_twice(facts: MemoryFacts) -> None:
    night = at("Sun 29 Oct 2017 00:30") + hours(1)
    facts.episodes = [
        episode(1, night - hours(20), night - hours(10), interview=interview(night - hours(10), worker="W-N01"))
    ]
    reply = desk(facts).answer(Request(person("north-worker"), PRIVATE, f"interview {REF}", night, forms=True))
    assert [field(reply, n).initial for n in ("date", "time")] == ["", ""]
