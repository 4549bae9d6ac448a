"""Find what a person can press, choose and fill in, by the words that were rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from tests.support.slack.stored_messages import elements_of

Block = Mapping[str, Any]
MENUS = ("overflow", "static_select", "radio_buttons", "checkboxes", "multi_static_select")


@dataclass(frozen=True)
class Action:
    """A button or option: its words, its place, and Slack's payload of a press."""

    label: str
    kind: str
    action_id: str
    block_id: str
    value: str | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    confirm: bool = False
    url: str | None = None


def actions_of(blocks: Sequence[Block]) -> list[Action]:
    """Return every button and every option of every menu, but for those of inputs."""
    return [
        action
        for block in blocks
        if block.get("type") != "input"
        for element in elements_of(dict(block))
        for action in _actions(block, element)
    ]


def labels(blocks: Sequence[Block]) -> list[str]:
    """Return the words of every action."""
    return [action.label for action in actions_of(blocks)]


def find_action(blocks: Sequence[Block], label: str) -> Action:
    """Return the only action with these words; a failure lists them all."""
    found = [action for action in actions_of(blocks) if action.label == label]
    assert len(found) == 1, f"{len(found)} to press with {label!r}; there is {labels(blocks)}"
    return found[0]


def texts(blocks: Sequence[Block]) -> list[str]:
    """Return every shown text, in order."""
    return list(_texts(list(blocks)))


def _actions(block: Block, element: Mapping[str, Any]) -> Iterator[Action]:
    where = element["type"], element["action_id"], block["block_id"]
    confirm = "confirm" in element
    if element["type"] == "button":
        value = element.get("value")
        sent = {"text": element["text"]} | ({"value": value} if value is not None else {})
        sent |= {"style": element["style"]} if "style" in element else {}
        yield Action(element["text"]["text"], *where, value, sent, confirm, element.get("url"))
    for option in options_of(element):
        many = element["type"] in ("checkboxes", "multi_static_select")
        sent = {"selected_options": [option]} if many else {"selected_option": option}
        yield Action(option["text"]["text"], *where, option["value"], sent, confirm, option.get("url"))


def options_of(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options of a menu, in groups or not."""
    if element.get("type") not in MENUS:
        return []
    grouped = [option for group in element.get("option_groups", ()) for option in group["options"]]
    return [*element.get("options", ()), *grouped]


def filled_in(blocks: Sequence[Block], answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return state.values of a filled-in form, by the label of each input; as strict as Slack's own form.

    Inputs without an answer keep their initial value. Dates and times may be given as such, options by their words.
    """
    inputs = {block["label"]["text"]: block for block in blocks if block.get("type") == "input"}
    assert set(answers) <= set(inputs), f"asked for {sorted(set(answers) - set(inputs))}; there is {sorted(inputs)}"
    values: dict[str, dict[str, Any]] = {}
    for label, block in inputs.items():
        element = block["element"]
        state = _state(element, answers[label]) if label in answers else _initial(element)
        empty = not any(value for name, value in state.items() if name != "type")
        assert block.get("optional") or not empty, f"Slack does not send the form without {label!r}"
        values[block["block_id"]] = {element["action_id"]: state}
    return values


#: An element's key in the state, by its type; a text or number is sent as its value.
SENT_AS = {
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}


def _initial(element: Mapping[str, Any]) -> dict[str, Any]:
    name = SENT_AS.get(element["type"], "value")
    initial = element.get(name.replace("selected_", "initial_") if name != "value" else "initial_value")
    return {"type": element["type"], name: initial if initial is not None else [] if name.endswith("s") else None}


def _state(element: Mapping[str, Any], answer: Any) -> dict[str, Any]:
    """Return Slack's state of one answer."""
    name = SENT_AS.get(element["type"], "value")
    if name == "value" and answer is not None:
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        assert least <= len(str(answer)) <= most, f"Slack takes {least} to {most} characters"
        answer = str(answer)
    elif isinstance(answer, time):
        answer = f"{answer:%H:%M}"
    elif isinstance(answer, date):
        answer = answer.isoformat()
    elif name == "selected_option" and answer is not None:
        answer = _option(element, answer)
    elif name == "selected_options":
        answer = [_option(element, one) for one in answer or ()]
    return {"type": element["type"], name: answer}


def _option(element: Mapping[str, Any], words: str) -> dict[str, Any]:
    found = [option for option in options_of(element) if option["text"]["text"] == words]
    assert len(found) == 1, f"no option {words!r}; there is {[o['text']['text'] for o in options_of(element)]}"
    return found[0]


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, list):
        for one in given:
            yield from _texts(one)
    elif isinstance(given, Mapping):
        if given.get("type") in ("plain_text", "mrkdwn", "raw_text", "text", "markdown"):
            yield str(given["text"])
        for name, value in given.items():
            if name not in ("text",) or not isinstance(value, str):
                yield from _texts(value)
