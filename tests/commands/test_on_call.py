"""on-call: who holds what now and next, by id; covers and swaps, by the holder or who acknowledges for the agency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.dispatcher import Dispatched
from bot.conversation.form_answers import as_command
from bot.conversation.inbound import NotFilled
from bot.conversation.reply import Reply
from bot.rules.access.permissions import Away
from bot.rules.effects import CoverShift, NotifyPerson
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.rota import Shift, on_duty
from tests.support.asking import COUNTS, REFERENCES, UNLISTED, ask, desk, everything
from tests.support.factories import NOW, at, partnership, person
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

ROLE = "duty_team_manager"
NORTH = Place("north-digest", 1, ("north",))
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
    return next(r for r in reply.tables[0].rows if r[0] == f"{role.replace('_', ' ')} of {agency}")[1:]


def test_now_and_next_and_the_gap() -> None:
    reply = asked("on-call").reply
    assert row(reply, ROLE) == ("north-manager until Sat 8 Jul 00:00", "lead")
    assert row(reply, "duty_inspector", "police") == ("police", "")
    assert row(reply, "duty") == ("coordinator", "")
    gap = "duty team manager of council: nobody from Mon 10 Jul 00:00 to Wed 12 Jul 00:00"
    assert reply.text[0] == f"⚠ Gap in the rota, {gap}."
    assert asked("who is on call").reply.tables == reply.tables


def test_a_cover_over_two_shifts_and_a_gap() -> None:
    done = asked(f"on-call cover {ROLE} by coordinator from 2017-07-07 17:00 to 2017-07-11 09:00")
    assert done.reply.text[0] == (
        "coordinator is on call as duty team manager of council from Fri 7 Jul 17:00 to Sat 8 Jul 00:00, instead of "
        "north-manager."
    )
    assert held(said(done), "Fri 7 Jul 2017 16:59") == ("north-manager",)
    for moment in ("Fri 7 Jul 2017 17:00", "Sun 9 Jul 2017 12:00", "Mon 10 Jul 2017 12:00", "Tue 11 Jul 2017 08:59"):
        assert held(said(done), moment) == ("coordinator",)
    assert held(said(done), "Tue 11 Jul 2017 09:00") == ()
    told = {e.person: e.text for e in done.effects if isinstance(e, NotifyPerson)}
    assert len(done.effects) == 1 + len(told), "one notice a person"
    assert told["north-manager"] == f"{done.reply.text[0]} Said by lead. See: on-call."
    role = "You are on call as duty team manager of council"
    assert told["coordinator"] == (
        f"{role} from Fri 7 Jul 17:00 to Sat 8 Jul 00:00, instead of north-manager. "
        f"{role} from Sat 8 Jul 00:00 to Mon 10 Jul 00:00, instead of lead. "
        f"{role} from Mon 10 Jul 00:00 to Tue 11 Jul 09:00, where nobody was. Said by lead. See: on-call."
    )
    assert done.reply.text[-1] == "coordinator and north-manager are told."
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
        (f"on-call cover {ROLE} by coordinator from 2017-07-06 to 2017-07-07", "north-worker", "Only its holder may"),
    ],
)
def test_what_may_not_be_said(text: str, who: str, says: str) -> None:
    done = asked(text, who)
    assert says in " ".join(done.reply.text)
    assert said(done) == ()


def test_a_swap_is_of_the_shift_as_it_was_written() -> None:
    """A night between two days of the same person is a shift of its own."""
    times = [at(f"{day} Jul 2017 {hour}:00") for day in ("Thu 6", "Fri 7") for hour in ("08", "17")]
    days = [Shift(ROLE, "coordinator", a, b) for a, b in pairwise(times)]
    p = partnership().with_rota([*days, Shift(ROLE, "lead", times[-1], at("Sat 8 Jul 2017 08:00"))])
    text = f"on-call swap {ROLE} 2017-07-06 20:00 with lead 2017-07-07 20:00"
    done = desk(MemoryFacts([]), p).dispatch(Request(person("coordinator"), PRIVATE, text, NOW))
    assert said(done) == (
        Shift(ROLE, "lead", times[1], times[2], "coordinator"),
        Shift(ROLE, "coordinator", times[3], at("Sat 8 Jul 2017 08:00"), "lead"),
    )


@pytest.mark.parametrize(
    ("who", "text"),
    [
        # Nobody takes a shift that is another's, gives it to a third person, or fills a gap, but a lead of the agency.
        ("north-worker", "cover {} by north-worker from 2017-07-06 to 2017-07-07"),
        ("coordinator", "cover {} by coordinator from 2017-07-06 to 2017-07-07"),
        ("coordinator", "swap {} 2017-07-06 12:00 with lead 2017-07-08 12:00"),
        ("north-manager", "cover {} by coordinator from 2017-07-08 to 2017-07-08"),
        ("north-manager", "cover {} by north-manager from 2017-07-10 to 2017-07-10"),
        ("north-manager", "cover {} by coordinator from 2017-07-07 to 2017-07-08"),  # the second day is lead's
    ],
)
def test_least_power(who: str, text: str) -> None:
    done = asked(f"on-call {text.format(ROLE)}", who)
    assert done.reply.status == "refused"
    assert done.reply.text == (
        "Only its holder may change a shift, or who acknowledges calls of every area for council. Ask lead.",
    )
    assert (said(done), done.effects) == ((), ())


def test_a_holder_gives_their_own_shift_away_without_another_right() -> None:
    mine = Shift(ROLE, "coordinator", at("Wed 5 Jul 2017 00:00"), at("Thu 6 Jul 2017 00:00"), "north-manager")
    text = f"on-call cover {ROLE} by north-manager from 2017-07-05 12:00 to 2017-07-05 18:00"
    done = asked(text, "coordinator", mine)
    assert held((mine, *said(done)), "Wed 5 Jul 2017 12:00") == ("north-manager",)
    assert done.reply.text[-1] == "north-manager is told."
    assert said(asked(text, "north-worker", mine)) == ()


def test_a_role_is_typed_as_it_is_read_and_what_is_over_stays_as_it_was() -> None:
    (cover,) = said(asked("on-call cover duty team manager by coordinator from 2017-07-04 to 2017-07-05"))
    assert (cover.begins, cover.ends) == (NOW, at("Thu 6 Jul 2017 00:00"))


def test_nobody_is_put_on_call_beyond_their_own_role() -> None:
    ends = Person("m-1", "council", "team_manager", ("north",), expires=date(2017, 7, 6))
    left = replace(ends, id="m-2", active=False)
    p = ours().with_people((*partnership().people, ends, left))
    for text, says in (
        ("by m-1 from 2017-07-06 to 2017-07-06", "m-1 is on call as duty team manager of council"),
        ("by m-1 from 2017-07-06 to 2017-07-07", "m-1 may not be called until Sat 8 Jul 00:00"),
        ("by m-2 from 2017-07-06 to 2017-07-06", "Nobody of that id in your agency can be called"),
    ):
        request = Request(person("lead"), PRIVATE, f"on-call cover {ROLE} {text}", NOW)
        assert says in desk(MemoryFacts([]), p).dispatch(request).reply.text[0]


def test_who_is_away_in_their_new_shift_is_said_in_private() -> None:
    gone = Away("coordinator", date(2017, 7, 6), date(2017, 7, 9))
    facts = MemoryFacts(trail=MemoryTrail(work=MemoryWork(gone=[gone])))
    for day, warned in (("2017-07-06", True), ("2017-07-12", False)):
        text = f"on-call cover {ROLE} by coordinator from {day} to {day}"
        reply = desk(facts, ours()).dispatch(Request(person("lead"), PRIVATE, text, NOW)).reply
        assert any("coordinator is away from Thu 6 Jul to Sun 9 Jul" in line for line in reply.text) is warned


def test_what_is_held_by_area_is_named_to_those_who_see_the_area() -> None:
    south = Person("s-2", "council", "team_manager", ("south",))
    p = partnership().with_people((*partnership().people, south))

    def named(who: str, place: Place = PRIVATE) -> object:
        reply = desk(MemoryFacts([]), p).dispatch(Request(person(who), place, "on-call", NOW)).reply
        return row(reply, "team_manager")[0]

    assert named("lead") == "north-manager, s-2"
    assert named("north-worker") == named("lead", NORTH) == "north-manager"
    assert named("south-worker") == "s-2"
    assert named("disability-worker") == "somebody of another area"


def test_buttons_are_for_who_may_change_something() -> None:
    assert [b.label for b in asked("on-call", "north-manager").reply.buttons] == ["Cover", "Swap"]
    for who in ("coordinator", "north-worker", "police"):
        assert asked("on-call", who).reply.buttons == ()
    form = desk(MemoryFacts([]), ours()).dispatch(
        Request(person("coordinator"), PRIVATE, "on-call cover", NOW, forms=True)
    )
    assert (form.reply.form, form.reply.status) == (None, "refused")


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
