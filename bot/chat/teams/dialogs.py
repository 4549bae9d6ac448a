"""Forms of Teams: as a dialog, or as inputs in a card where a client has none, and the values that come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from bot.chat.escape import clean, cut, teams_run
from bot.chat.teams import elements
from bot.chat.teams.elements import Card, Element, action_set, execute, first, line, run, size, small, submit
from bot.chat.teams.rendering import CARD, FILL, HANDLE, LABEL, card, lines, message
from bot.conversation.inbound import Answer
from bot.conversation.reply import Field, Form
from bot.rules.catalogue import _, n_

#: Comes before a field's name in the data, so that no field takes the place of the action or the handle.
FIELD: Final = "field."
#: The data's key for the handle of the button that opened the form: it opens the form again, with the faults in it.
AGAIN: Final = "again"
#: Bytes of the inputs in a card, beside an answer; of the text above the fields; of the button and what is around it.
IN_CARD: Final = 12_000
ABOVE: Final = 3_000
_AROUND: Final = 1_500
#: Characters of a label, of a hint or fault, and of a field of words.
NAME: Final = 150
HINT: Final = 300
WORDS: Final = 3_000
#: So few options are shown at once; more are a list.
AT_ONCE: Final = 4
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def dialog(
    form: Form,
    handle: str,
    *,
    values: Mapping[str, str] | None = None,
    fault: str = "",
    faults: Mapping[str, str] | None = None,
    again: str = "",
) -> Card:
    """Return a form as the card of a dialog.

    `values` fill the fields, `fault` is shown above them and each of `faults` above its field. `again` is the handle of
    the button that opened it.
    """
    body = _body(form, values or {}, fault, faults or {}, CARD - _AROUND)
    save = first(submit(_label(form), _data(handle, again)))
    return card(body) | {"actions": [save]}


def below(
    answer: Answer,
    page: int = 1,
    *,
    values: Mapping[str, str] | None = None,
    fault: str = "",
    faults: Mapping[str, str] | None = None,
    again: str = "",
) -> Card:
    """Return an answer's card with the inputs of its form below it, instead of the button that opens the form.

    Lines of the form that the answer has too are said once. A form that is too large is left to its button.
    """
    reply, form = answer.reply, answer.reply.form
    if form is None:
        return message(answer, page)
    form = replace(form, text=tuple(each for each in form.text if each not in (*reply.text, *reply.footer)))
    filled_in = answer.draft if values is None else values
    inputs = in_card(form, answer.form, values=filled_in, fault=fault, faults=faults, again=again)
    if not inputs:
        return message(answer, page)
    buttons = tuple(button for button in reply.buttons if not button.form)
    return message(replace(answer, reply=replace(reply, buttons=buttons)), page, extras=inputs)


def in_card(
    form: Form,
    handle: str,
    *,
    values: Mapping[str, str] | None = None,
    fault: str = "",
    faults: Mapping[str, str] | None = None,
    again: str = "",
) -> list[Element]:
    """Return a form's inputs and its button, as the `extras` of an answer's card.

    A form too large for a card beside its answer returns nothing: the answer's own button opens the dialog.
    """
    body = _body(form, values or {}, fault, faults or {}, IN_CARD - _AROUND)
    made = [elements.apart(body[0]), *body[1:], action_set([first(execute(_label(form), _data(handle, again)))])]
    return made if sum(map(size, made)) <= IN_CARD else []


def title(form: Form) -> str:
    """Return the title of a dialog's window."""
    return cut(teams_run(clean(form.title)), LABEL) or _("Missing children")


def filled(data: object) -> dict[str, str]:
    """Return the value of each field in the data of a filled form, of any shape; "" for none."""
    found = data.items() if isinstance(data, Mapping) else ()
    named = ((name, value) for name, value in found if isinstance(name, str) and name.startswith(FIELD))
    return {name.removeprefix(FIELD): value if isinstance(value, str) else "" for name, value in named}


def _label(form: Form) -> str:
    return cut(teams_run(clean(form.submit)), LABEL) or _("Save")


def _data(handle: str, again: str) -> dict[str, object]:
    return {"action": FILL, "handle": handle[:HANDLE], **({AGAIN: again[:HANDLE]} if again else {})}


def _body(form: Form, values: Mapping[str, str], fault: str, faults: Mapping[str, str], room: int) -> list[Element]:
    """Return the fault, the form's text and its fields. Lists of options share the bytes that the rest leaves."""
    names = {f.id for f in form.fields}
    body = _fault(" ".join(filter(None, (fault, *(text for name, text in faults.items() if name not in names)))))
    body += _text(form)
    lists: list[tuple[Field, Element]] = []
    for each in form.fields:
        made = _input(each, values.get(each.id, each.initial))
        if elements.is_choice(made):
            lists.append((each, made))
        body += [*_fault(faults.get(each.id, "")), made]
        if clean(each.hint):
            body.append(small(cut(clean(each.hint), HINT)))
    room -= sum(map(size, body))
    lists.sort(key=lambda pair: len(pair[0].options))  # a short list leaves the rest of its share to longer ones
    for left, (each, made) in zip(range(len(lists), 0, -1), lists, strict=True):
        before = size(made)
        out = _choices(made, each, room // left)
        room -= size(made) - before
        if out:
            body.insert(body.index(made) + 1, small(_("{left} more are not listed.", left=out)))
    return body or [line(run(_("Nothing to fill in.")))]


def _fault(text: str) -> list[Element]:
    said = cut(clean(text), HINT)
    return [elements.fault(said)] if said else []


def _text(form: Form) -> list[Element]:
    """Return the text above the fields, which is short so that the fields are seen, and the number of lines left."""
    body: list[Element] = []
    room, left = ABOVE, 0
    for piece in lines(form.text):
        room -= size(piece.element)
        if room >= 0:
            body.append(piece.element)
        else:
            left += piece.lines
    return [*body, *([small(n_("… and {n} more line", "… and {n} more lines", left))] if left else [])]


def _input(field: Field, value: str) -> Element:
    """Return a field with its label; one of a choice without a usable option takes words."""
    label = cut(teams_run(clean(field.label)), NAME) or field.id
    longest = min(max(field.longest, 1), WORDS)
    if field.kind == "choice" and any(each.value for each in field.options):
        made = elements.choice_input(value, _("Choose …"))
    elif field.kind == "date":
        made = elements.date_input(value if is_date(value) else "")
    elif field.kind == "time":
        made = elements.time_input(value if _TIME.fullmatch(value) else "")
    else:
        kept = cut("\n".join(map(clean, value.splitlines())), longest)
        made = elements.text_input(kept, longest, tall=field.longest > 80)
    made |= {"id": FIELD + field.id, "label": label if field.required else _("{label} (optional)", label=label)}
    return made | ({"isRequired": True, "errorMessage": _("Please fill this in.")} if field.required else {})


def _choices(made: Element, field: Field, room: int) -> int:
    """Put the options that fit into a list, and return the number of the others.

    An option's value is never cut, for it would be another one.
    """
    options: dict[str, Element] = {}
    for each in field.options:
        if each.value:
            label = cut(teams_run(clean(each.label) or clean(each.value)), LABEL) or "–"
            options.setdefault(each.value, {"title": label, "value": each.value})
    for option in options.values():
        room -= size(option)
        if room >= 0:
            made["choices"].append(option)
    if len(made["choices"]) <= AT_ONCE:
        made["style"] = "expanded"
    if made.get("value") not in [option["value"] for option in made["choices"]]:
        made.pop("value", None)
    return len(options) - len(made["choices"])


def is_date(value: str) -> bool:
    """Return True for a date of the calendar, which a date picker takes."""
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
