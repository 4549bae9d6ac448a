"""A form is a dialog that Teams accepts, or inputs in a card, and what comes back is text or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.teams import dialogs
from bot.chat.teams.dialogs import FIELD, IN_CARD, below, dialog, filled, in_card
from bot.chat.teams.elements import size
from bot.chat.teams.rendering import message
from bot.conversation.inbound import Answer
from bot.conversation.reply import Button, Field, Form, Kind, Option, Reply
from bot.messages import forms
from bot.messages.forms import Begun
from tests.support.factories import NOW
from tests.support.practice_answers import practice_answers
from tests.support.slack.replies import ANY, FORM
from tests.support.teams.card_rules import buttons, check, objects, said

Json = dict[str, Any]
FIELDS = st.builds(
    Field,
    st.just("x"),
    ANY,
    st.sampled_from(("choice", "words", "date", "time")),
    st.lists(st.builds(Option, ANY, ANY), max_size=6).map(tuple),
    st.booleans(),
    ANY,
    st.one_of(ANY, st.just("2017-07-05"), st.just("08:00")),
    st.integers(-5, 9000),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from((f"{FIELD}x", FIELD, "x", "action", "handle")), inner, max_size=4),
    ),
    max_leaves=12,
)


def inputs(made: Any) -> dict[str, Json]:
    """Return the inputs of a form by the name of the field."""
    found = [each for each in objects(made) if str(each.get("type", "")).startswith("Input.")]
    return {each["id"].removeprefix(FIELD): each for each in found}


def sent(made: Json, **typed: str) -> Json:
    """Return the data that Teams sends when the form's button is pressed: its own, and each input's value."""
    values = {each["id"]: each.get("value", "") for each in inputs(made).values()}
    return {**buttons(made)[-1]["data"], **values, **{FIELD + name: value for name, value in typed.items()}}


@settings(deadline=None)
@given(ANY, st.lists(FIELDS, max_size=5), st.lists(ANY, max_size=8), ANY, ANY)
def test_any_form_fits(title: str, fields: list[Field], text: list[str], submit: str, fault: str) -> None:
    named = tuple(replace(f, id=f"f{i}") for i, f in enumerate(fields))
    form = Form("reason", "child OX-TES2", title, named, submit, tuple(text))
    values = {"f0": title, "f1": fault}
    check(dialog(form, "h" * 90, values=values, fault=fault, faults={"f2": fault, "gone": fault}, again="a" * 90))
    beside = in_card(form, "h", values=values, fault=fault)
    assert sum(map(size, beside)) <= IN_CARD
    check(message(Answer(Reply(title, 2, tuple(text) * 20), again="a", share="s"), extras=beside))
    assert len(dialogs.title(form)) <= 75


@pytest.mark.parametrize("n", [0, 1, 4, 5, 49, 500, 50_000])
def test_every_choice_can_be_chosen_or_is_counted(n: int) -> None:
    options = tuple(Option(f"v{i}", f"Label {i}") for i in range(n))
    form = replace(FORM, fields=(Field("x", "X", "choice", options, initial="v0"), *FORM.fields[1:]))
    for made, least in ((dialog(form, "h"), 300), (message(Answer(Reply("T", 0)), extras=in_card(form, "h")), 100)):
        check(made)
        shown = inputs(made)["x"]
        if not n:
            assert shown["type"] == "Input.Text"
            continue
        there = [choice["value"] for choice in shown["choices"]]
        assert there == [f"v{i}" for i in range(len(there))]
        assert len(there) >= min(n, least)
        assert (f"{n - len(there)} more are not listed." in said(made)) == (len(there) < n)
        assert shown["value"] == "v0"
        assert shown["style"] == ("expanded" if n <= 4 else "compact")


@pytest.mark.parametrize("n", [1, 49, 500, 50_000])
def test_the_text_above_leaves_room_for_the_fields_and_says_what_is_left_out(n: int) -> None:
    made = dialog(replace(FORM, text=tuple(f"OX{i:05}" for i in range(n))), "h")
    check(made)
    left = n - said(made).count("OX")
    assert (f"… and {left} more line" in said(made)) == (left > 0)
    assert list(inputs(made)) == [f.id for f in FORM.fields]


def test_each_field_has_its_label_its_kind_its_value_and_its_hint() -> None:
    made = dialog(FORM, "h")
    found = inputs(made)
    assert {name: each["type"] for name, each in found.items()} == {
        "outcome": "Input.ChoiceSet",
        "reason": "Input.ChoiceSet",
        "day": "Input.Date",
        "at": "Input.Time",
        "note": "Input.Text",
    }
    assert [each["label"] for each in found.values()] == ["What happened?", "Why", "Day", "Time", "Note (optional)"]
    assert {name: each.get("value") for name, each in found.items()} == {
        "outcome": None,
        "reason": "r2",
        "day": "2017-07-05",
        "at": "08:00",
        "note": None,
    }
    assert [name for name, each in found.items() if each.get("isRequired")] == ["outcome", "reason", "day", "at"]
    assert all(each["errorMessage"] for each in found.values() if each.get("isRequired"))
    assert found["note"]["isMultiline"]
    assert said(made) == "Chat is not the record.\nDo not write names."


def test_a_dialog_is_handed_in_by_a_submit_and_carries_its_handle_and_no_command() -> None:
    made = dialog(FORM, "handle-1", again="handle-0")
    (save,) = made["actions"]
    assert (save["type"], save["title"], save["style"]) == ("Action.Submit", "Save", "positive")
    assert save["data"] == {"action": "fill", "handle": "handle-1", "again": "handle-0"}
    assert "interview OX-TES2" not in str(made)
    assert "again" not in dialog(FORM, "handle-1")["actions"][0]["data"]


def test_inputs_in_a_card_are_handed_in_in_place_and_other_buttons_leave_them_alone() -> None:
    made = message(Answer(Reply("T", 2, ("Line.",) * 900), again="a"), extras=in_card(FORM, "handle-1"))
    check(made)
    *others, save = buttons(made)
    assert (save["type"], save["verb"]) == ("Action.Execute", "fill")
    assert "associatedInputs" not in save
    assert others
    assert all(each["associatedInputs"] == "none" for each in others)


ASKING = Reply(
    "Nothing recorded yet",
    2,
    ("What came of it?",),
    footer=("practice: not for real children",),
    buttons=(Button("Fill in the form", "opener", form=True), Button("Help", "help")),
    form=FORM,
).noting("Once.")


def test_a_form_below_its_answer_takes_the_place_of_its_button_and_says_nothing_twice() -> None:
    made = below(Answer(ASKING, form="handle-1", draft={"note": "typed"}), again="opener")
    check(made)
    assert [each["title"] for each in buttons(made)] == ["Help", "Hide now", "Save"]
    assert said(made).count("Once.") == 1
    assert inputs(made)["note"]["value"] == "typed"
    assert buttons(made)[-1]["data"] == {"action": "fill", "handle": "handle-1", "again": "opener"}
    first = next(each for each in made["body"] if said(each) == "Chat is not the record.")
    assert first["separator"]


def test_what_was_typed_just_now_stands_over_the_draft() -> None:
    made = below(
        Answer(ASKING, form="h", draft={"note": "before"}), values={"note": "now"}, faults={"note": "Too long."}
    )
    assert inputs(made)["note"]["value"] == "now"
    assert "⚠ Too long." in said(made)


def test_an_answer_without_a_form_is_itself() -> None:
    answer = Answer(replace(ASKING, form=None))
    assert below(answer) == message(answer)


def test_a_form_that_is_too_large_below_an_answer_is_left_to_its_button() -> None:
    form = replace(FORM, fields=tuple(Field(f"f{i}", "Note", "words", longest=3000) for i in range(6)))
    answer = Answer(replace(ASKING, form=form), form="h")
    assert len(inputs(below(answer))) == 6
    made = below(answer, values={f"f{i}": "word " * 599 for i in range(6)})
    assert inputs(made) == {}
    assert buttons(made)[0]["title"] == "Fill in the form"


def test_what_was_filled_in_stands_over_what_stood_there_first() -> None:
    made = dialog(FORM, "h", values={"reason": "r4", "at": "09:15", "note": "a\nb"}, fault="No time.")
    found = inputs(made)
    assert {name: found[name].get("value") for name in ("reason", "at", "day", "note")} == {
        "reason": "r4",
        "at": "09:15",
        "day": "2017-07-05",
        "note": "a\nb",
    }
    for name, wrong in (("reason", "gone"), ("day", "2017-02-30"), ("at", "24:00")):
        assert "value" not in inputs(dialog(FORM, "h", values={name: wrong}))[name]


def test_a_fault_is_in_words_above_its_field_and_one_of_no_field_is_above_all() -> None:
    made = dialog(FORM, "h", fault="Not saved.", faults={"day": "Not a day.", "gone": "Look again."})
    body = made["body"]
    assert said(body[0]) == "⚠ Not saved. Look again."
    place = next(i for i, each in enumerate(body) if each.get("id") == f"{FIELD}day")
    assert said(body[place - 1]) == "⚠ Not a day."


def test_what_is_sent_back_is_read_by_field() -> None:
    data = sent(dialog(FORM, "h"), outcome="held", day="2017-07-06", note="in words")
    assert filled(data) == {"outcome": "held", "reason": "r2", "day": "2017-07-06", "at": "08:00", "note": "in words"}


def test_no_field_takes_the_place_of_the_action_or_the_handle() -> None:
    form = replace(FORM, fields=tuple(Field(name, name, "words") for name in ("action", "handle", "verb", "again")))
    data = sent(dialog(form, "h", again="a"), action="x", handle="y", verb="z", again="w")
    assert (data["action"], data["handle"], data["again"]) == ("fill", "h", "a")
    assert filled(data) == {"action": "x", "handle": "y", "verb": "z", "again": "w"}


@given(JSON)
def test_whatever_is_sent_is_read_as_text_or_nothing(data: object) -> None:
    found = filled(data)
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in found.items())
    assert not {"action", "handle"} & set(found)


def test_every_kind_of_form_is_a_good_dialog_with_every_field() -> None:
    made = list({told.reply.form for told in practice_answers() if told.reply.form is not None})
    begun = Begun()
    made += [forms.age("age OX-TES2", needs_reason=True), forms.ended("ended OX-TES2", begun, NOW - timedelta(hours=1))]
    assert {form.kind for form in made} == set(get_args(Kind))
    for form in made:
        shown = dialog(form, "h" * 32, again="a" * 32)
        check(shown)
        assert list(inputs(shown)) == [f.id for f in form.fields]
        for field, each in zip(form.fields, inputs(shown).values(), strict=True):
            assert len(each.get("choices", ())) == len({o.value for o in field.options})
            assert each.get("value", "") == field.initial
        check(message(Answer(Reply("T", 2, ("Line.",))), extras=in_card(form, "h" * 32)))
