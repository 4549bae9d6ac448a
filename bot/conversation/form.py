"""What is asked for before something is done: fields to fill in, the same on every platform that has forms.

A filled form becomes the command that somebody could have typed (`form_answers`), so nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["outcome", "snooze", "hand_over", "reason", "away", "age", "ended"]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `value` is what the command takes, `label` what people read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. A `date` is YYYY-MM-DD and a `time` HH:MM, both London; `words` are free text.

    `initial` is what stands there at first: for a choice the value of an option.
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
    """`kind` says how it becomes a command, `command` is the command's beginning; `text` stands above the fields."""

    kind: Kind
    command: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Save"
    text: tuple[str, ...] = ()
