"""The half-yearly report as data, before it becomes a file: sections of paragraphs, tables, pictures and warnings.

Whatever is said is said here once; `bot.reports.formats` decides nothing but how it looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.conversation.reply import Chart


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage as it was rounded; `signed` is a change, `note` is printed behind it ("low base")."""

    value: Decimal
    signed: bool = False
    note: str = ""

    @property
    def text(self) -> str:
        number = f"{self.value:+}" if self.signed and self.value else str(self.value)
        return f"{number}%" + (f" ({self.note})" if self.note else "")


#: A count, a rate per day or child, a percentage or words ("c", "n/a"); None is an empty cell.
Cell = str | int | Decimal | Percent | None


def cell_text(cell: Cell) -> str:
    """Write a cell as people read it: 1234 is '1,234'."""
    if cell is None:
        return ""
    if isinstance(cell, Percent):
        return cell.text
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that run together."""

    text: str


@dataclass(frozen=True, slots=True)
class ReadingNote:
    """The way in which every table is read, such as what stands for a number; it leaves the report with each table."""

    text: str


@dataclass(frozen=True, slots=True)
class Warning:
    """A sentence to be read before the numbers beside it are used."""

    text: str


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table whose first column names its rows. `title` is its caption, `id` its name in files."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.id}: every row has {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart; `chart.alt` says the same in words, and stands beside it in every file."""

    id: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class Words:
    """Room for the leads' own paragraphs in a section; none until they wrote. `id` is the section's."""

    id: str
    paragraphs: tuple[str, ...] = ()


Block = Paragraph | ReadingNote | Warning | DataTable | Picture | Words


@dataclass(frozen=True, slots=True)
class ReportSection:
    id: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `front` are the labels and values of its first page, `running` the line on every page."""

    title: str
    language: str
    front: tuple[tuple[str, str], ...]
    sections: tuple[ReportSection, ...]
    running: str = ""

    @property
    def without_empty_rooms(self) -> tuple[ReportSection, ...]:
        """The sections that have something to read: a heading with room for words that were not written is left out."""
        return tuple(
            section
            for section in self.sections
            if any(not isinstance(block, Words) or block.paragraphs for block in section.blocks)
        )

    def with_words(self, words: Mapping[str, tuple[str, ...]]) -> Document:
        """Return the document with the leads' words by section, as they are to be changed in the writing copy."""

        def filled(block: Block) -> Block:
            return replace(block, paragraphs=words.get(block.id, ())) if isinstance(block, Words) else block

        return replace(
            self, sections=tuple(replace(s, blocks=tuple(filled(b) for b in s.blocks)) for s in self.sections)
        )

    def caption(self, table: DataTable) -> str:
        """Return the title with the number of the table in the whole report, by which it is cited in every file."""
        return f"Table {self.tables.index(table) + 1}. {table.title}"

    @property
    def reading_notes(self) -> tuple[str, ...]:
        return tuple(b.text for section in self.sections for b in section.blocks if isinstance(b, ReadingNote))

    @property
    def tables(self) -> tuple[DataTable, ...]:
        return tuple(block for section in self.sections for block in section.blocks if isinstance(block, DataTable))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(block for section in self.sections for block in section.blocks if isinstance(block, Picture))
