"""A form is a modal that Slack accepts, and what comes back is text or nothing, whatever was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.modals import answer_modal, errors, filled, loading, view
from bot.conversation.inbound import Answer
from bot.conversation.reply import Field, Form, Option, Reply
from tests.support.slack.payload_limits import check_view, texts
from tests.support.slack.replies import ANY, CHILD, FORM, REMINDER

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
        st.dictionaries(st.sampled_from(("value", "selected_option", "selected_date", "x")), inner, max_size=4),
    ),
    max_leaves=12,
)


def element(made: dict[str, Any], field: str) -> dict[str, Any]:
    found: dict[str, Any] = next(b["element"] for b in made["blocks"] if b.get("block_id") == field)
    return found


@settings(deadline=None)
@given(ANY, st.lists(FIELDS, max_size=5), st.lists(ANY, max_size=8), ANY, ANY)
def test_any_form_fits(title: str, fields: list[Field], text: list[str], submit: str, fault: str) -> None:
    named = tuple(replace(f, id=f"f{i}") for i, f in enumerate(fields))
    form = Form("reason", "child OX-TES2", title, named, submit, tuple(text))
    check_view(view(form, "h" * 100, values={"f0": title, "f1": fault}, fault=fault))


@pytest.mark.parametrize("n", [0, 1, 4, 5, 49, 100, 101, 500, 50_000])
def test_every_choice_can_be_chosen_or_is_counted(n: int) -> None:
    options = tuple(Option(f"v{i}", f"Label {i}") for i in range(n))
    made = view(replace(FORM, fields=(Field("x", "X", "choice", options, initial="v0"),)), "h")
    check_view(made)
    shown = element(made, "x")
    groups = shown.get("option_groups", [shown])
    there = [o["value"] for g in groups for o in g.get("options", ())]
    assert there == [f"v{i}" for i in range(min(n, 10_000))]
    assert any(f"{n - 10_000} more are not listed." in t for t in texts(made["blocks"])) == (n > 10_000)
    assert shown.get("initial_option", {}).get("value") == ("v0" if n else None)
    assert shown["type"] == ("plain_text_input" if n == 0 else "radio_buttons" if n <= 4 else "static_select")


@pytest.mark.parametrize("n", [1, 49, 500, 50_000])
def test_the_text_above_leaves_room_for_the_fields_and_says_what_is_left_out(n: int) -> None:
    made = view(replace(FORM, text=tuple(f"OX{i:05}" for i in range(n))), "h")
    check_view(made)
    there = sum(text.count("OX0") + text.count("OX1") for text in texts(made["blocks"]))
    assert any(f"… and {n - there} more lines" in text for text in texts(made["blocks"])) == (there < n)


def test_only_the_handle_is_kept_in_it() -> None:
    made = view(FORM, "handle-1", values={"note": "x"})
    assert made["private_metadata"] == "handle-1"
    assert made["callback_id"] == "filled"
    assert "interview OX-TES2" not in str(made)


def test_what_was_filled_in_stands_over_what_stood_there_first() -> None:
    made = view(FORM, "h", values={"reason": "r4", "at": "09:15", "note": "a\nb"}, fault="No time.")
    assert element(made, "reason")["initial_option"]["value"] == "r4"
    assert element(made, "at")["initial_time"] == "09:15"
    assert element(made, "day")["initial_date"] == "2017-07-05"
    assert element(made, "note")["initial_value"] == "a\nb"
    assert made["blocks"][0]["text"]["text"].startswith("⚠ No time.")
    assert "initial_option" not in element(view(FORM, "h", values={"reason": "gone"}), "reason")
    assert "initial_date" not in element(view(FORM, "h", values={"day": "2017-02-30"}), "day")
    assert "initial_time" not in element(view(FORM, "h", values={"at": "24:00"}), "at")


def test_a_title_that_is_cut_stands_whole_above_the_fields() -> None:
    made = view(FORM, "h")
    assert made["title"]["text"] == "Return interview of…"
    assert "*Return interview of OX-TES2*" in made["blocks"][0]["text"]["text"]


def test_each_kind_of_field_is_read() -> None:
    state = {
        "outcome": {"outcome": {"type": "radio_buttons", "selected_option": {"value": "held", "text": {}}}},
        "day": {"day": {"type": "datepicker", "selected_date": "2017-07-05"}},
        "at": {"at": {"type": "timepicker", "selected_time": "08:00"}},
        "note": {"note": {"type": "plain_text_input", "value": "in words"}},
        "reason": {"reason": {"type": "static_select", "selected_option": None}},
        "empty": {"empty": {"type": "plain_text_input", "value": None}},
    }
    assert filled(state) == {
        "outcome": "held",
        "day": "2017-07-05",
        "at": "08:00",
        "note": "in words",
        "reason": "",
        "empty": "",
    }


@given(st.one_of(JSON, st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), JSON, max_size=3)))
def test_whatever_is_sent_is_read_as_text_or_nothing(state: object) -> None:
    found = filled(state)
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in found.items())
    assert len(found) <= (len(state) if isinstance(state, dict) else 0)


def test_faults_stand_under_fields_that_are_there() -> None:
    state: dict[str, object] = {"day": {}, "at": {}}
    assert errors({"at": "Say when."}, state) == {"response_action": "errors", "errors": {"at": "Say when."}}
    assert errors({"gone": "No.", "day": "Wrong."}, state)["errors"] == {"day": "No. Wrong."}
    assert errors({"gone": "No."}, {}) == errors({"gone": "No."}, None) == errors({}, state) == {}


@settings(deadline=None)
@given(ANY)
def test_a_modal_that_only_says_something_has_nothing_to_fill_in(title: str) -> None:
    long = Answer(Reply("T", 2, ("line",) * 5000), again="a")
    for made in (
        loading(title),
        answer_modal(REMINDER, title),
        answer_modal(Answer(CHILD), title),
        answer_modal(long, title, 2),
    ):
        check_view(made)
        assert "submit" not in made
        assert not any(b["type"] == "input" for b in made["blocks"])
        assert "Hide now" not in list(texts(made["blocks"]))
