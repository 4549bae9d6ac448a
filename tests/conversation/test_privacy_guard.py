"""The last look before a reply leaves: whatever went wrong before, nothing above the level of the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.privacy_guard import STOPPED, release
from bot.conversation.refusals import not_shown, refusal
from bot.conversation.reply import Button, Fact, Field, Form, Option, Reply, Section, Table
from bot.rules.text.area_names import ALPHABET, LONGEST, SHORTEST
from tests.support.asking import ask
from tests.support.factories import NOW, episode, hours, partnership
from tests.support.memory_facts import MemoryFacts


def _form(**changed: object) -> Form:
    return replace(Form("away", "away", "When?", ()), **changed)  # type: ignore[arg-type]


#: Every place in a reply where a text can stand.
SLOTS: dict[str, Callable[[str], Reply]] = {
    "title": lambda s: Reply(s, 0),
    "text": lambda s: Reply("", 0, ("fine", s)),
    "footer": lambda s: Reply("", 0, footer=(s,)),
    "fact label": lambda s: Reply("", 0, facts=(Fact(s, 1),)),
    "fact value": lambda s: Reply("", 0, facts=(Fact("x", s),)),
    "fact unit": lambda s: Reply("", 0, facts=(Fact("x", 1, unit=s),)),
    "fact note": lambda s: Reply("", 0, facts=(Fact("x", 1, note=s),)),
    "section title": lambda s: Reply("", 0, sections=(Section(s, ()),)),
    "section line": lambda s: Reply("", 0, sections=(Section("", ("fine", s)),)),
    "section more": lambda s: Reply("", 0, sections=(Section("", (), 1, s),)),
    "button label": lambda s: Reply("", 0, buttons=(Button(s, "open"),)),
    "button command": lambda s: Reply("", 0, buttons=(Button("Look", s),)),
    "table title": lambda s: Reply("", 0, tables=(Table(s, ("a",), ()),)),
    "table note": lambda s: Reply("", 0, tables=(Table("", ("a",), (), s),)),
    "column": lambda s: Reply("", 0, tables=(Table("", ("a", s), ()),)),
    "form title": lambda s: Reply("", 0, form=_form(title=s)),
    "form command": lambda s: Reply("", 0, form=_form(command=s)),
    "form submit": lambda s: Reply("", 0, form=_form(submit=s)),
    "form text": lambda s: Reply("", 0, form=_form(text=("fine", s))),
    "field label": lambda s: Reply("", 0, form=_form(fields=(Field("x", s, "words"),))),
    "field hint": lambda s: Reply("", 0, form=_form(fields=(Field("x", "", "words", hint=s),))),
    "field initial": lambda s: Reply("", 0, form=_form(fields=(Field("x", "", "words", initial=s),))),
    "option label": lambda s: Reply("", 0, form=_form(fields=(Field("x", "", "choice", (Option("a", s),)),))),
    "option value": lambda s: Reply("", 0, form=_form(fields=(Field("x", "", "choice", (Option(s, "a"),)),))),
    "cell": lambda s: Reply("", 0, tables=(Table("", ("a", "b"), ((1, 2), (3, s))),)),
}
CODES = st.text(ALPHABET, min_size=SHORTEST, max_size=LONGEST)


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize(
    "written",
    ["OX-7QK4", "ox-7qk4", "child OX-ABCD", "(OX–7QK4)", "OX 7QK4", "ox7qk4", "Look up OX-\u200b7QK4,", "OX-7QK4XZ"],
)
def test_no_reference_leaves_for_a_place_of_counts(slot: str, written: str) -> None:
    reply = SLOTS[slot](written)
    assert (release(reply, 0, partnership()).reply, release(reply, 0, partnership()).fault) == (STOPPED, "reference")
    for level in (1, 2):
        assert release(reply, level, partnership()).reply is reply


@given(CODES, st.sampled_from(["-", "–", " - ", "\u2011"]), st.sampled_from([str.upper, str.lower]), st.data())
def test_no_reference_however_it_is_written(
    code: str, dash: str, case: Callable[[str], str], data: st.DataObject
) -> None:
    slot = data.draw(st.sampled_from(list(SLOTS)))
    before, after = (
        data.draw(st.sampled_from(["", " ", "(", "child ", "é"])),
        data.draw(st.sampled_from(["", ".", ") x"])),
    )
    assert release(SLOTS[slot](f"{before}{case(f'OX{dash}{code}')}{after}"), 0, partnership()).fault == "reference"


@pytest.mark.parametrize("prefix", ["NO", "RE", "AN"])
def test_words_are_no_references(prefix: str) -> None:
    ours = replace(partnership(), reference_prefix=prefix)
    for said in (
        "no owner",
        "No episode.",
        "not offered",
        "return",
        "no one",
        "north",
        "an adult",
        "RECORDED 3",
        "re 2017",
    ):
        assert release(Reply(said, 0), 0, ours).fault is None, said


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize(
    ("written", "fault"),
    [
        *(("14 years old then", "age"), ("a 14-year-old", "age"), ("aged 14", "age"), ("Age: 9", "age")),
        *(("14 y/o", "age"), ("14 yrs old", "age"), ("17 years of age", "age")),
        *(("born 01/02/2003", "birth"), ("date of birth 2003-02-01", "birth"), ("DOB: 1 Feb 2003", "birth")),
        ("birthday on 1st February 2003", "birth"),
    ],
)
def test_no_exact_age_and_no_date_of_birth(slot: str, written: str, fault: str) -> None:
    for level in (0, 1):
        assert release(SLOTS[slot](written), level, partnership()).fault == fault
    alone = release(SLOTS[slot](written), 2, partnership()).fault
    assert alone == ("birth" if fault == "birth" else None), (
        "an age is for one person in private, a birth date for nobody"
    )


def test_a_bare_number_under_the_word_age() -> None:
    reply = Reply("", 1, tables=(Table("", ("Child", "Age"), (("OX-7QK4", 14),)),))
    assert release(reply, 1, partnership()).fault == "age"


@pytest.mark.parametrize(
    "said",
    [
        *("Age band: 13-15", "Age 13-15", "Age 16+", "18 or over: check the birth date", "not overdue for 2 years"),
        *("Different birth dates: 3", "birth date · home, north · over 24 h", "under 13", "age not known"),
    ],
)
def test_bands_and_advice_are_said(said: str) -> None:
    assert release(Reply("", 1, (said,)), 1, partnership()).fault is None


@pytest.mark.parametrize("place", [None, 0, 1, 2])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_reply_is_never_above_its_place(place: int | None, level: int) -> None:
    reply = Reply("Fine", level, ("fine",))  # type: ignore[arg-type]
    found = release(reply, place, partnership())
    if place is None:
        assert (found.reply, found.fault) == (refusal("unlisted_place"), "unlisted")
    elif level > place:
        assert (found.reply, found.fault) == (refusal("place_level"), "level")
    else:
        assert (found.reply, found.fault) == (reply, None)


@pytest.mark.parametrize("reply", [not_shown(), refusal("unlisted_place"), refusal("role"), refusal("not_listed")])
def test_refusals_are_said_anywhere(reply: Reply) -> None:
    for place in (None, 0, 1, 2):
        assert release(reply, place, partnership()).reply is reply


def test_what_is_said_instead_passes_itself() -> None:
    assert release(STOPPED, 0, partnership()).fault is None


def replies() -> Iterator[Reply]:
    facts = MemoryFacts([episode(n, NOW - hours(n), area="north") for n in range(1, 60)])
    for text in ("help", "sources", "open", "today", "interviews", "stats 2017-H1", "bands 2017-H1"):
        yield ask(text, of=facts)


def test_every_usual_reply_may_leave() -> None:
    for reply in replies():
        assert release(reply, 2, partnership()).reply is reply
        assert release(reply, max(1, reply.level), partnership()).reply is reply
