"""A reply before any platform renders it: text, facts, sections, tables, charts and buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bot.rules.catalogue import _

Kind = Literal[
    "outcome",
    "snooze",
    "hand_over",
    "reason",
    "look_up",
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
    submit: str = _("Save")
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

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Say of each column whether it holds numbers alone: a platform aligns it on the right."""
        return tuple(all(isinstance(r[i], int | float | None) for r in self.rows) for i in range(len(self.columns)))


@dataclass(frozen=True, slots=True)
class Button:
    """A next step: its label and the command it runs when pressed.

    `form` says that a platform with forms shows one first. `primary` marks the step that most readers need next.
    """

    label: str
    command: str
    form: bool = False
    primary: bool = False


class Row(str):
    """One item of a list: its mark, its subject, and the rest in words; `buttons` act on it.

    `mark` is one of those of `help marks`, or empty; its word is among `words`, so that no mark is alone. A platform
    prints the subject in bold: a reference or a number. As a text it is the whole line, for platforms without more.
    """

    subject: str
    words: tuple[str, ...]
    mark: str
    buttons: tuple[Button, ...]

    def __new__(
        cls, subject: str, words: tuple[str, ...] = (), mark: str = "", buttons: tuple[Button, ...] = ()
    ) -> Row:
        row = super().__new__(cls, " · ".join((f"{mark} {subject}".lstrip(), *words)))
        row.subject, row.words, row.mark, row.buttons = subject, words, mark, buttons
        return row

    def __deepcopy__(self, _: object) -> str:
        """Return the text alone: `as_dict` copies every part."""
        return str(self)

    def adding(self, words: Iterable[str]) -> Row:
        return Row(self.subject, (*self.words, *words), self.mark, self.buttons)

    def pressing(self, buttons: tuple[Button, ...]) -> Row:
        """Return the row with these buttons."""
        return Row(self.subject, self.words, self.mark, buttons)


def first_primary(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with one button marked as the next step: the first button of the first row."""
    found = [row.pressing(tuple(replace(b, primary=False) for b in row.buttons)) for row in rows]
    if found and found[0].buttons:
        first, *others = found[0].buttons
        found[0] = found[0].pressing((replace(first, primary=True), *others))
    return found


@dataclass(frozen=True, slots=True)
class Series:
    """One run of numbers of a chart, a number for each category; None where it is not known or not shown."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers over categories, to be drawn where pictures can be shown. `alt` says the same in words.

    Of the categories in `not_known` no number is known; a None of any other is not shown. The numbers of the first line
    are marked in the categories of `marked`. `levels` are lines to compare with, such as the usual number.
    Every number is in a table of the same reply too, for readers who cannot see the picture.
    """

    title: str
    kind: Literal["line", "bar"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    alt: str
    unit: str = ""
    not_known: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    levels: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A half-yearly report whose files are made, and handed over, after the answer.

    `number` is that of a drafted or signed report. `draft`: the report is the period's draft, which the answer records,
    and its document is kept. `published`: of counts on the released sheet alone.
    """

    first: str
    last: str
    published: bool
    number: int | None = None
    draft: bool = False


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
    files: no platform shows them. `form` has to be filled in before the command can be run. `file` follows the answer.
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
    file: ReportFile | None = None

    def noting(self, line: str) -> Reply:
        """Add a line that must be in every message, once: first in the footer, and in the form."""
        if not line or line in self.footer:
            return self
        form = replace(self.form, text=(*self.form.text, line)) if self.form else None
        return replace(self, footer=(line, *self.footer), form=form)

    @property
    def pressable(self) -> tuple[Button, ...]:
        """Every button: those of the rows in the order of reading, then those of the whole reply."""
        lines = (*self.text, *(line for section in self.sections for line in section.lines))
        return (*(b for line in lines if isinstance(line, Row) for b in line.buttons), *self.buttons)

    def with_commands(self, commands: Sequence[str]) -> Reply:
        """Return the reply with these commands behind its buttons, in the order of `pressable`."""
        behind = iter(commands)

        def each(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
            return tuple(replace(b, command=next(behind)) for b in buttons)

        def lines(of: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(x.pressing(each(x.buttons)) if isinstance(x, Row) else x for x in of)

        text = lines(self.text)
        sections = tuple(replace(section, lines=lines(section.lines)) for section in self.sections)
        return replace(self, text=text, sections=sections, buttons=each(self.buttons))

    def without_buttons(self) -> Reply:
        """Return the reply with nothing to press."""

        def lines(of: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(x.pressing(()) if isinstance(x, Row) else x for x in of)

        sections = tuple(replace(section, lines=lines(section.lines)) for section in self.sections)
        return replace(self, text=lines(self.text), sections=sections, buttons=(), form=None)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for `--format json`."""
        return asdict(self)
