"""The terminal: nothing read as formatting, numbers that stay numbers, cells that stay cells."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.chat import terminal
from bot.chat.terminal import FORMATS, as_csv, as_json, as_text
from bot.conversation.reply import Button, Cell, Chart, Fact, Reply, Section, Series, Table

MARKUP = "[red]not red[/red] [link=x]no link[/link] [/] \\[ :warning: ]["


def with_rows(n: int) -> Reply:
    rows = tuple((f"OX-{i:04}", i, i / 10) for i in range(n))
    return Reply("Rows", 1, (f"{n} rows.",), tables=(Table("All of them", ("Child", "Number", "Hours"), rows),))


@pytest.mark.parametrize("n", [0, 1, 500])
def test_every_row_is_printed_once(n: int) -> None:
    text = as_text(with_rows(n))
    assert re.findall(r"^ ?(OX-\d{4})", text, re.MULTILINE) == [f"OX-{i:04}" for i in range(n)]
    assert ("All of them" in text) == (n > 0), "an empty table is not drawn; the reply says in words that there is none"
    assert f"{n} rows." in text


def test_markup_in_the_data_is_printed_as_it_stands() -> None:
    reply = Reply(
        title=MARKUP,
        level=1,
        text=(MARKUP, f"⚠ {MARKUP}"),
        sections=(Section(MARKUP, (MARKUP,)),),
        tables=(Table(MARKUP, ("[b]x[/b]",), ((MARKUP,),), note=MARKUP),),
        footer=(MARKUP,),
        buttons=(Button("b", MARKUP),),
    )
    text = as_text(reply)
    assert text.count(MARKUP) == 10
    assert "[b]x[/b]" in text


def test_no_colour_code_is_written_to_a_file() -> None:
    assert "\x1b" not in as_text(Reply("T", 0, ("⚠ one", "⏰ two", "🔴 three")))


def test_figures_for_files_are_not_shown() -> None:
    assert "91.0" not in as_text(Reply("T", 0, facts=(Fact("Completed", 91.0, 171, 188, "%"),)))


def test_marks_keep_their_words() -> None:
    assert "⏰ overdue" in as_text(Reply("T", 1, ("⏰ overdue",)))


FULL = Reply(
    title="Naïve title “quoted”",
    level=1,
    text=("one", "zwei"),
    facts=(Fact("Rate", 1.2, 1, 81, "%", "low base"), Fact("Count", 5), Fact("None", None)),
    sections=(Section("s", ("a", "b"), 3, "open"),),
    tables=(Table("t", ("a", "b", "c"), (("x", 1, None), ("y", 2.5, 0))),),
    footer=("f",),
    buttons=(Button("Run", "stats north"),),
)


def test_json_gives_back_what_was_said_and_numbers_stay_numbers() -> None:
    found = json.loads(as_json(FULL))
    assert found == json.loads(json.dumps(FULL.as_dict()))
    assert found["facts"][0] == {
        "label": "Rate",
        "value": 1.2,
        "numerator": 1,
        "denominator": 81,
        "unit": "%",
        "note": "low base",
    }
    assert found["tables"][0]["rows"] == [["x", 1, None], ["y", 2.5, 0]]
    assert type(found["tables"][0]["rows"][1][2]) is int
    assert "“quoted”" in as_json(FULL), "readable, not escaped"


HEADER = ["label", "value", "numerator", "denominator", "unit", "note"]


def read_csv(reply: Reply) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(reply))))


def test_csv_has_facts_then_each_table_under_its_title() -> None:
    assert read_csv(FULL) == [
        HEADER,
        ["note", "one"],
        ["note", "zwei"],
        ["Rate", "1.2", "1", "81", "%", "low base"],
        ["Count", "5", "", "", "", ""],
        ["None", "", "", "", "", ""],
        [],
        ["t"],
        ["a", "b", "c"],
        ["x", "1", ""],
        ["y", "2.5", "0"],
        [],
        ["note", "f"],
    ]


def test_csv_of_a_refusal_is_its_sentence() -> None:
    assert read_csv(Reply("Not shown", 0, ("I can't show that, sorry.",))) == [
        HEADER,
        ["note", "I can't show that, sorry."],
    ]


def test_csv_has_the_note_under_a_table() -> None:
    found = read_csv(Reply("T", 0, tables=(Table("t", ("a",), ((1,),), note="counted twice"),)))
    assert found[-1] == ["note", "counted twice"]


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "+44 1865 1", "-", "=", "-1,5"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    reply = Reply("T", 0, facts=(Fact(cell, cell),), tables=(Table(cell, (cell,), ((cell,),)),))
    found = as_csv(reply)
    shown = f"'{cell}".replace("\r", " ")
    assert [c for row in csv.reader(io.StringIO(found, newline="")) for c in row].count(shown) == 5


PLAIN: list[Cell] = ["-3.6%", "+1.2%", "-1", "1+1", "OX-7QK4", -5, -0.5, "0.0%", "n/a (from 0)", "' quoted"]


@pytest.mark.parametrize("cell", PLAIN)
def test_numbers_and_percents_stay_as_they_are(cell: Cell) -> None:
    found = read_csv(Reply("T", 0, tables=(Table("t", ("a",), ((cell,),)),)))
    assert found[-1] == [str(cell)]


@given(st.lists(st.tuples(st.text(max_size=30), st.none() | st.integers() | st.floats(allow_nan=False)), max_size=5))
def test_any_reply_can_be_written_in_every_format(rows: list[tuple[Cell, ...]]) -> None:
    reply = Reply("T", 0, tuple(str(r[0]) for r in rows), tables=(Table("t", ("a", "b"), tuple(rows)),))
    for write in FORMATS.values():
        write(reply)
    assert len(json.loads(as_json(reply))["tables"][0]["rows"]) == len(rows)


def test_a_chart_is_not_drawn_and_json_has_its_numbers() -> None:
    chart = Chart("Trend", "line", ("2016-H2", "2017-H1"), (Series("Episodes", (None, 3.0)),), "Line chart [bold].")
    reply = Reply("Trend", 0, charts=(chart,))
    assert "Line chart" not in as_text(reply)
    assert json.loads(as_json(reply))["charts"][0]["series"] == [{"name": "Episodes", "values": [None, 3.0]}]


# ---- the progress of a load ----


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_rows_and_rate_are_shown_on_a_terminals_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), Tty()
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    with terminal.counting(Console(file=out, width=100), "Loading [a].csv") as progress:
        progress(45_000)
    assert "Loading [a].csv ... 45,000 rows" in err.getvalue()
    assert "a second" in err.getvalue()
    assert "rows" not in out.getvalue()
    assert out.getvalue().startswith("Loading [a].csv: ")


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    monkeypatch.setattr("sys.stderr", err)
    with terminal.counting(Console(file=io.StringIO()), "Loading a.csv") as progress:
        progress(45_000)
    assert err.getvalue() == ""
