"""A reply before any platform renders it: text, facts, sections, tables, charts and buttons."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Kind = Literal[
    "outcome",
    "snooze",
    "hand_over",
    "reason",
    "away",
    "age",
    "ended",
    "cover",
    "swap",
    "said",
    "said_new",
    "strategy",
]


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


Cell = str | int | float | None
Level = Literal[0, 1, 2]
Status = Literal["ok", "refused", "unclear", "failed"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a file (CSV, JSON); a rate also carries its numerator and denominator. People read none of them."""

    label: str
    value: Cell
    numerator: int | None = None
    denominator: int | None = None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under column names; numbers stay numbers, so that any platform can align them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        ragged = [r for r in self.rows if len(r) != len(self.columns)]
        if ragged:
            raise ValueError(f"table {self.title!r}: a row of {len(ragged[0])} cells under {len(self.columns)} columns")


@dataclass(frozen=True, slots=True)
class Button:
    """A next step: its label and the command it runs when pressed.

    `line` is the index of the reply's line that it belongs to, None for the whole reply. `form` says that a platform
    with forms shows one first.
    """

    label: str
    command: str
    line: int | None = None
    form: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One run of numbers of a chart, a number for each category; None where it is not known or not shown."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers over categories, to be drawn where pictures can be shown. `alt` says the same in words.

    Of the categories in `not_known` no number is known; a None of any other is not shown.
    Every number is in a table of the same reply too, for readers who cannot see the picture.
    """

    title: str
    kind: Literal["line", "bar"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    alt: str
    unit: str = ""
    not_known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of lines, in the order they should be read; `hidden` counts what a cap left out."""

    title: str
    lines: tuple[str, ...]
    hidden: int = 0
    more: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, the same on every platform.

    `level` is the privacy level of its content (0 counts, 1 references, 2 details of one child).
    `text` is the lead, `sections` and `tables` follow, `footer` says how it was counted. `facts` has the figures for
    files: no platform shows them. `form` has to be filled in before the command can be run.
    """

    title: str
    level: Level
    text: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    footer: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    status: Status = "ok"
    charts: tuple[Chart, ...] = ()
    form: Form | None = None

    def noting(self, line: str) -> Reply:
        """Add a line that must be in every message, once: first in the footer, and in the form."""
        if not line or line in self.footer:
            return self
        form = replace(self.form, text=(*self.form.text, line)) if self.form else None
        return replace(self, footer=(line, *self.footer), form=form)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for `--format json`."""
        return asdict(self)
