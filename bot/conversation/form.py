"""Forms: fields to fill in before a command runs, the same on every platform that has forms.

A filled form becomes a command that could have been typed (`form_answers`), so nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["outcome", "snooze", "hand_over", "reason", "away", "age", "ended"]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `value` is the command's word, `label` the text on screen."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input field. A `date` is YYYY-MM-DD and a `time` HH:MM, both London; `words` are free text.

    `initial` is the first value: for a choice the value of an option.
    """

    id: str
    label: str
    kind: Literal["choice", "words", "date", "time"]
    options: tuple[Option, ...] = ()
    required: bool = True
    hint: str = ""
    initial: str = ""
    longest: int = 200


@dataclass(frozen=True, slots=True)
class Form:
    """A form. `kind` chooses its conversion into a command, `command` is the command's beginning, `text` the lead."""

    kind: Kind
    command: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Save"
    text: tuple[str, ...] = ()
