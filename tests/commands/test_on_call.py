"""on-call: who holds what now and next, by id; covers and swaps, by the holder or who acknowledges for the agency."""

from __future__ import annotations

import pytest

from bot.conversation.command import PRIVATE, Request
from bot.conversation.dispatcher import Dispatched
from bot.conversation.form_answers import as_command
from bot.conversation.inbound import NotFilled
from bot.conversation.reply import Reply
from bot.rules.effects import CoverShift, NotifyPerson
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.rota import Shift, on_duty
from tests.support.asking import COUNTS, REFERENCES, UNLISTED, ask, desk, everything
from tests.support.factories import NOW, at, partnership, person
from tests.support.memory_facts import MemoryFacts

ROLE = "duty_team_manager"
WEEK = (
    Shift(ROLE, "north-manager", at("Mon 3 Jul 2017 00:00"), at("Sat 8 Jul 2017 00:00")),
    Shift(ROLE, "lead", at("Sat 8 Jul 2017 00:00"), at("Mon 10 Jul 2017 00:00")),
    Shift(ROLE, "north-manager", at("Wed 12 Jul 2017 00:00"), at("Sat 2 Sep 2017 00:00")),
)


def ours(*covers: Shift) -> Partnership:
    return partnership().with_rota((*WEEK, *covers))


def asked(text: str, who: str = "lead", *covers: Shift) -> Dispatched:
    return desk(MemoryFacts([]), ours(*covers)).dispatch(Request(person(who), PRIVATE, text, NOW))


def said(done: Dispatched) -> tuple[Shift, ...]:
    return tuple(s for effect in done.effects if isinstance(effect, CoverShift) for s in effect.covers)


def held(covers: tuple[Shift, ...], moment: str) -> tuple[str, ...]:
    return on_duty((*WEEK, *covers), ROLE, at(moment))


def row(reply: Reply, role: str, agency: str = "council") -> tuple[object, ...]:
    return next(r for r in reply.tables[0].rows if r[:2] == (role, agency))[2:]


def test_now_and_next_and_the_gap() -> None:
    reply = asked("on-call").reply
    assert row(reply, ROLE) == ("north-manager", "Sat 8 Jul 00:00", "lead", "Sat 8 Jul 00:00")
    assert row(reply, "duty_inspector", "police") == ("police", "", "", "")
    assert row(reply, "duty") == ("coordinator", "", "", "")
    gap = "duty team manager of council: nobody from Mon 10 Jul 00:00 to Wed 12 Jul 00:00"
    assert reply.text[0] == f"⚠ Gap in the rota, {gap}."
    assert asked("who is on call").reply.tables == reply.tables


def test_a_cover_over_two_shifts_and_a_gap() -> None:
    done = asked(f"on-call cover {ROLE} by coordinator from 2017-07-07 17:00 to 2017-07-11 09:00")
    assert done.reply.text[0] == (
        "coordinator holds duty team manager of council from Fri 7 Jul 17:00 to Sat 8 Jul 00:00 in place of "
        "north-manager."
    )
    assert held(said(done), "Fri 7 Jul 2017 16:59") == ("north-manager",)
    for moment in ("Fri 7 Jul 2017 17:00", "Sun 9 Jul 2017 12:00", "Mon 10 Jul 2017 12:00", "Tue 11 Jul 2017 08:59"):
        assert held(said(done), moment) == ("coordinator",)
    assert held(said(done), "Tue 11 Jul 2017 09:00") == ()
    told = {effect.person for effect in done.effects if isinstance(effect, NotifyPerson)}
    assert told == {"coordinator", "north-manager"}
    assert done.entry.action == "on-call change"


def test_a_swap_by_its_holder() -> None:
    swap = f"on-call swap {ROLE} 2017-07-06 12:00 with lead 2017-07-08 12:00"
    covers = said(asked(swap, "north-manager"))
    assert held(covers, "Thu 6 Jul 2017 12:00") == ("lead",)
    assert held(covers, "Sun 9 Jul 2017 12:00") == ("north-manager",)
    again = asked(swap, "north-manager", *covers)
    assert "lead does not hold duty team manager of council" in again.reply.text[0]


@pytest.mark.parametrize(
    ("text", "who", "says"),
    [
        (f"on-call cover {ROLE} by police from 2017-07-06 to 2017-07-07", "lead", "Nobody of that id in your agency"),
        (f"on-call cover {ROLE} by analyst from 2017-07-06 to 2017-07-07", "lead", "Nobody of that id in your agency"),
        (f"on-call cover {ROLE} by lead from 2017-07-06 to 2017-07-07", "police", "no role with a rota of police"),
        (f"on-call cover {ROLE} by lead from 2017-07-01 to 2017-07-02", "lead", "That is over"),
        (f"on-call cover {ROLE} by lead from soon to later", "lead", "Give a day and a time"),
        ("on-call cover something", "lead", "A cover: on-call cover ROLE"),
        (f"on-call cover {ROLE} by coordinator from 2017-07-06 to 2017-07-07", "north-worker", "The holder says it"),
    ],
)
def test_what_may_not_be_said(text: str, who: str, says: str) -> None:
    done = asked(text, who)
    assert says in " ".join(done.reply.text)
    assert said(done) == ()


def test_who_may_see_it_and_where() -> None:
    assert ask("on-call", "lead").status == "ok"
    assert "north-manager" in everything(ask("on-call", "lead", place=REFERENCES))
    for place in (COUNTS, UNLISTED):
        assert ask("on-call", "lead", place=place).status == "refused"
    for who in ("analyst", "admin"):
        assert ask("on-call", who).status == "refused"


def test_the_forms_of_a_cover_and_a_swap() -> None:
    for verb in ("cover", "swap"):
        reply = (
            desk(MemoryFacts([]), ours())
            .dispatch(Request(person("lead"), PRIVATE, f"on-call {verb}", NOW, forms=True))
            .reply
        )
        assert reply.form is not None
        assert [f.id for f in reply.form.fields] == ["role", "person", "date", "time", "until_date", "until_time"]
        values = {"role": ROLE, "person": "lead", "date": "2017-07-06", "time": "12:00"}
        until = {"until_date": "2017-07-07", "until_time": "09:00"}
        typed = as_command(reply.form.kind, reply.form.command, values | until, NOW)
        done = asked(typed)
        assert bool(said(done)) == (verb == "cover"), "both times of the swap are in one shift"
        with pytest.raises(NotFilled) as wrong:
            as_command(reply.form.kind, reply.form.command, values | until | {"until_time": "25:00"}, NOW)
        assert list(wrong.value.faults) == ["until_time"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("cover", {"role": "", "person": "", "date": "2017-07-05", "time": "08:00", "until_time": ""}),
        (f"cover {ROLE} by lead", {"role": ROLE, "person": "lead"}),
        (
            f"cover {ROLE} from 6 jul 12:00 until 7 jul 09:00",
            {"date": "2017-07-06", "time": "12:00", "until_date": "2017-07-07", "until_time": "09:00"},
        ),
        (f"swap {ROLE} 6 jul 12:00", {"role": ROLE, "date": "2017-07-06", "time": "12:00", "until_time": ""}),
        ("swap with lead", {"role": "", "person": "lead"}),
    ],
)
def test_what_lacks_of_a_change_is_asked_in_a_form(typed: str, first: dict[str, str]) -> None:
    def answered(text: str, lacking: bool = False, forms: bool = False) -> Reply:
        request = Request(person("lead"), PRIVATE, text, NOW, lacking=lacking, forms=forms)
        return desk(MemoryFacts([]), ours()).dispatch(request).reply

    reply = answered(f"on-call {typed}", lacking=True)
    assert reply.status == "unclear"
    assert reply.form is not None
    fields = {f.id: f.initial for f in reply.form.fields}
    assert {name: fields[name] for name in first} == first
    people = next(f for f in reply.form.fields if f.id == "person")
    assert people.kind == "choice"
    assert answered(reply.buttons[0].command, forms=True).form == reply.form
    assert answered(f"on-call {typed}").form is None, "without forms in words"


@pytest.mark.parametrize("typed", ["cover nothing", f"cover {ROLE} by Wilhelmina", f"swap {ROLE} Wilhelmina"])
def test_what_is_none_is_said_and_no_form_opens(typed: str) -> None:
    request = Request(person("lead"), PRIVATE, f"on-call {typed}", NOW, lacking=True)
    reply = desk(MemoryFacts([]), ours()).dispatch(request).reply
    assert (reply.status, reply.form) == ("unclear", None)
    assert "Wilhelmina" not in everything(reply)
