"""Forms as Slack modals, their submitted values, and modals that only show an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from bot.chat.escape import clean, cut
from bot.chat.slack.rendering import (
    LABEL,
    OPTION_VALUE,
    Block,
    Budget,
    context,
    groups,
    lines,
    message,
    mrkdwn,
    option,
    pack,
    plain,
    section,
    titled,
)
from bot.conversation.inbound import Answer
from bot.conversation.reply import Field, Form, Reply
from bot.rules.catalogue import _, n_

View = dict[str, Any]
#: The callback id of a form.
FILLED: Final = "filled"
TITLE: Final = 24
HINT: Final = 2000
WORDS: Final = 3000
#: So few options are shown as radio buttons; Slack takes ten.
AT_ONCE: Final = 4
#: Options in one list; more are put into groups, of which there may be as many.
IN_LIST: Final = 100
#: The text above the fields is short, so that the fields are seen.
ABOVE: Final = Budget(10, 6000)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def view(form: Form, handle: str, *, values: Mapping[str, str] | None = None, fault: str = "") -> View:
    """Return a form's modal. `values` fill the fields, `fault` is shown above them. It keeps the handle and no more."""
    fill = values or {}
    # Above the fields: the fault, the whole title where the modal's is cut, and the form's text.
    whole = form.title if len(clean(form.title)) > TITLE else ""
    pieces = [*lines([f"⚠ {fault}"] if clean(fault) else []), *titled(whole), *lines(form.text)]
    pages = list(pack(pieces, ABOVE))
    blocks = groups(pages[0]) if pages else []
    if left := sum(page.lines for page in pages[1:]):
        blocks.append(context([n_("… and {n} more line", "… and {n} more lines", left)]))
    return {
        **_modal(form.title, [*blocks, *(_input(f, fill.get(f.id, f.initial)) for f in form.fields)]),
        "callback_id": FILLED,
        "private_metadata": handle,
        "submit": plain(form.submit, TITLE, _("Save")),
        "close": plain(_("Cancel"), TITLE, _("Cancel")),
    }


def loading(title: str) -> View:
    """Return the modal that is opened at once: Slack's trigger lasts three seconds."""
    return _modal(title, [section(_("One moment …"))])


def answer_modal(answer: Answer | Reply, title: str, page: int = 1) -> View:
    """Return an answer as a modal without fields; its buttons work."""
    given = Answer(answer) if isinstance(answer, Reply) else answer
    return _modal(title, message(given, page, hide=False, surface="modal"))


def filled(state: object) -> dict[str, str]:
    """Return the value of each field of a view's `state.values`, of any shape; "" for none."""
    values: dict[str, str] = {}
    for name, inner in state.items() if isinstance(state, dict) else ():
        if not isinstance(name, str):
            continue
        found = inner.get(name) if isinstance(inner, dict) else None
        element = found if isinstance(found, dict) else {}
        chosen = element.get("selected_option")
        given = (
            element.get("value"),
            chosen.get("value") if isinstance(chosen, dict) else None,
            element.get("selected_date"),
            element.get("selected_time"),
        )
        values[name] = next((each for each in given if isinstance(each, str)), "")
    return values


def errors(faults: Mapping[str, str], state: object) -> dict[str, Any]:
    """Return the acknowledgement with each fault under its field; a fault of no field goes under the first.

    It is empty for a view without fields: Slack takes no error for a missing block.
    """
    there = list(filled(state))
    found: dict[str, list[str]] = {}
    for name, fault in faults.items():
        if there:
            found.setdefault(name if name in there else there[0], []).append(
                clean(fault) or _("Please look at this again.")
            )
    texts = {name: cut(" ".join(each), HINT) for name, each in found.items()}
    return {"response_action": "errors", "errors": texts} if texts else {}


_PARTS: Final = ("title", "submit", "close", "private_metadata", "callback_id")
#: Slack's name of a typed value -> of an initial value.
_AT_FIRST: Final = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
}


def again(shown: Mapping[str, Any], state: object, faults: Mapping[str, str]) -> View:
    """Return the submitted form with its typed values, and the faults above the fields."""
    given = shown.get("blocks")
    blocks = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    # A fault is not under its field here, so the field's label comes before it.
    labels = {b.get("block_id"): (b.get("label") or {}).get("text", "") for b in blocks}
    texts = (f"{labels[name]}: {fault}" if labels.get(name) else fault for name, fault in faults.items())
    kept: list[Block] = [section(mrkdwn(" ".join((_("Not saved."), *texts))))]
    for block in blocks:
        if block.get("type") != "input" or not isinstance(block.get("element"), dict):
            kept.append(block)
            continue
        element = {name: value for name, value in block["element"].items() if name not in _AT_FIRST.values()}
        inner = state.get(block.get("block_id", "")) if isinstance(state, dict) else None
        field = inner.get(element.get("action_id")) if isinstance(inner, dict) else None
        typed = field if isinstance(field, dict) else {}
        first = {at_first: typed[name] for name, at_first in _AT_FIRST.items() if typed.get(name)}
        if not is_date(str(first.get("initial_date", ""))):
            first.pop("initial_date", None)
        kept.append({**block, "element": element | first})
    return {"type": "modal", **{name: shown[name] for name in _PARTS if shown.get(name)}, "blocks": kept}


def _modal(title: str, blocks: list[Block]) -> View:
    return {
        "type": "modal",
        "title": plain(title, TITLE, _("Missing children")),
        "close": plain(_("Close"), TITLE, _("Close")),
        "blocks": blocks or [section(_("Nothing to fill in."))],
    }


def _input(field: Field, value: str) -> Block:
    # A choice's value is never cut, for it would be another choice; a field without a usable choice takes words.
    options: dict[str, Block] = {}
    for each in field.options if field.kind == "choice" else ():
        if 0 < len(each.value) <= OPTION_VALUE:
            options.setdefault(each.value, option(clean(each.label) or each.value, each.value))
    element: Block
    if options:
        element = _choice(list(options.values()), value)
    elif field.kind == "date":
        element = {"type": "datepicker", **({"initial_date": value} if is_date(value) else {})}
    elif field.kind == "time":
        element = {"type": "timepicker", **({"initial_time": value} if _TIME.fullmatch(value) else {})}
    else:
        longest = min(max(field.longest, 1), WORDS)
        kept = cut("\n".join(map(clean, value.splitlines())), longest)
        element = {"type": "plain_text_input", "multiline": field.longest > 80, "max_length": longest}
        element |= {"initial_value": kept} if kept else {}
    left = len(field.options) - min(len(options), IN_LIST * IN_LIST) if options else 0
    hint = " ".join(filter(None, (clean(field.hint), _("{left} more are not listed.", left=left) if left else "")))
    return {
        "type": "input",
        "block_id": field.id,
        "label": plain(field.label, HINT, field.id),
        "element": {**element, "action_id": field.id},
        "optional": not field.required,
        **({"hint": plain(hint, HINT, "")} if hint else {}),
    }


def _choice(options: list[Block], value: str) -> Block:
    """Return radio buttons for a few options, else a list; options beyond a hundred are in groups."""
    initial = next(({"initial_option": o} for o in options if o["value"] == value), {})
    if len(options) <= AT_ONCE:
        return {"type": "radio_buttons", "options": options, **initial}
    if len(options) <= IN_LIST:
        return {"type": "static_select", "options": options, **initial}
    shown = [options[i : i + IN_LIST] for i in range(0, len(options), IN_LIST)][:IN_LIST]
    if initial and not any(initial["initial_option"] in group for group in shown):
        initial = {}
    option_groups = []
    for group in shown:
        first, last = (cut(o["text"]["text"], LABEL // 2 - 2) for o in (group[0], group[-1]))
        option_groups.append({"label": plain(f"{first} – {last}", LABEL, _("More")), "options": group})
    return {"type": "static_select", "option_groups": option_groups, **initial}


def is_date(value: str) -> bool:
    """Return True for a date of the calendar, which Slack's date picker takes."""
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
