"""The platform without a network: a reply on the terminal, as JSON, or as CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from bot.chat.escape import spreadsheet
from bot.conversation.reply import Cell, Reply, Row, Table
from bot.rules.catalogue import _

WIDTH = 120  # where there is no terminal to ask
Screen = Console


def console() -> Screen:
    """Return the terminal, in colour where it has colour; a fixed width where output goes to a file."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, soft_wrap=False)


def post(reply: Reply, to: Console) -> None:
    """Print a reply as people read it. Marks and words carry the meaning."""
    blocks: list[RenderableType] = [Rule(Text(reply.title, "bold"), align="left", style="dim")]
    blocks += [_line(line) for line in reply.text]
    for section in reply.sections:
        lines = (Padding(_line(line), (0, 0, 0, 2), expand=False) for line in section.lines)
        blocks.append(Group(*([Text(section.title, "bold")] if section.title else []), *lines))
    for table in reply.tables:
        blocks += [_table(table), *([Text(table.note)] if table.note else [])] if table.rows else []
    blocks += [Text(line, "dim") for line in reply.footer]
    if reply.pressable:
        blocks.append(Text(_("Next: ") + "  ".join(f"[{b.command}]" for b in reply.pressable), "dim"))
    to.print(*blocks, sep="\n")


def _line(line: str) -> Text:
    """Return the line, a row's subject in bold; never as markup: text from a file must not be read as formatting."""
    text = Text(line)
    if isinstance(line, Row):
        begins = len(line.mark) + bool(line.mark)
        text.stylize("bold", begins, begins + len(line.subject))
    return text


def _table(table: Table) -> RenderableType:
    title = Text(table.title, "bold")  # never a plain string: it would be read as markup
    grid = Grid(title=title, title_justify="left", title_style="none", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(table.columns):
        numbers = all(isinstance(row[i], int | float | None) for row in table.rows)
        grid.add_column(Text(column), justify="right" if numbers else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return grid


@contextmanager
def step(screen: Console, what: str) -> Iterator[None]:
    """Print the name of a step, and its seconds at the end."""
    began = time.monotonic()
    with screen.status(f"{what} ..."):
        yield
    screen.print(_("{what}: {monotonic} s", what=what, monotonic=f"{time.monotonic() - began:.1f}"), markup=False)


@contextmanager
def counting(screen: Console, what: str) -> Iterator[Callable[[int], None]]:
    """Show the rows of a step and their rate in one line of a terminal's stderr; print its seconds at the end."""
    began = time.monotonic()
    with Console(stderr=True).status(Text(f"{what} ...")) as status:

        def show(rows: int) -> None:
            rate = rows / max(time.monotonic() - began, 0.001)
            status.update(
                Text(_("{what} ... {rows} rows, {rate} a second", what=what, rows=f"{rows:,}", rate=f"{rate:,.0f}"))
            )

        yield show
    screen.print(_("{what}: {monotonic} s", what=what, monotonic=f"{time.monotonic() - began:.1f}"), markup=False)


def as_text(reply: Reply, width: int = WIDTH) -> str:
    """Return the output of `post` without colour."""
    out = io.StringIO()
    post(reply, Console(file=out, width=width, highlight=False, color_system=None))
    return out.getvalue()


def as_json(reply: Reply) -> str:
    return json.dumps(reply.as_dict(), ensure_ascii=False, indent=2)


def as_csv(reply: Reply) -> str:
    """Return the text (as rows "note") and the facts, then each table under its title, then the footer.

    A blank line separates the parts, as a spreadsheet expects. Every figure keeps its words.
    """
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(("label", "value", "numerator", "denominator", "unit", "note"))
    write.writerows(_notes(reply.text))
    write.writerows(
        [spreadsheet(c) for c in (f.label, f.value, f.numerator, f.denominator, f.unit, f.note)] for f in reply.facts
    )
    for table in reply.tables:
        out.write("\n")
        write.writerows(([spreadsheet(table.title)], [spreadsheet(c) for c in table.columns]))
        write.writerows([spreadsheet(c) for c in row] for row in table.rows)
        write.writerows(_notes((table.note,) if table.note else ()))
    if reply.footer:
        out.write("\n")
        write.writerows(_notes(reply.footer))
    return out.getvalue()


def _notes(lines: tuple[str, ...]) -> list[tuple[Cell, Cell]]:
    return [("note", spreadsheet(line)) for line in lines]


FORMATS: dict[str, Callable[[Reply], str]] = {"text": as_text, "json": as_json, "csv": as_csv}
