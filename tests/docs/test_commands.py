"""The reference of commands: its periods, its steps and its examples are read as it says."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from bot.messages.episode_lines import DONE, GRADE_MARKS
from bot.rules.partnership.roles import Role
from bot.rules.time.period import SeveralReadings, find_periods, parse_period
from commands.help import COMMAND as HELP
from tests.docs.every_document import Document, understood
from tests.support.asking import ask
from tests.support.factories import NOW

REFERENCE = Document("commands/README.md")


def test_every_period_of_the_table_is_read_and_what_is_open_is_asked() -> None:
    table, asked = REFERENCE.text.split("| Period | Its days |")[1].split("\n\n")[:2]
    rows = [row.split(" | ") for row in table.splitlines()[2:]]
    assert len(rows) > 8
    for words in re.findall("`([^`]+)`", " ".join(row[0] for row in rows)):
        assert find_periods(words.split(), NOW)[1] == [], words
    of_april = {"April to March": 4, "September to August": 9}
    for days, month in of_april.items():
        (words,) = (row[0] for row in rows if row[1].startswith(days))
        whole = [p for w in re.findall("`([^`]+)`", words) if (p := parse_period(w, NOW)).days >= 365]
        assert {p.first.month for p in whole} == {month}
    open_words = re.findall("`([^`]+)`", asked.split("never guessed:")[1].split("Without")[0])
    assert len(open_words) == 7
    for words in open_words:
        with pytest.raises(SeveralReadings):
            find_periods(words.split(), NOW, 9 if words == "last year" else 1)


def test_every_step_of_an_interview_is_understood() -> None:
    table = REFERENCE.text.split("| What it records |")[1].split("\n\n")[0]
    steps = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    steps += re.findall(r"`(unmerge|accept|refuse)`", table)
    assert len(steps) > 20
    assert [s for s in steps if not understood(f"interview REFERENCE {s}")] == []


def test_every_example_is_understood() -> None:
    assert len(REFERENCE.examples) > 15
    assert [e for e in REFERENCE.examples if not understood(e)] == []


def test_plain_words_are_understood() -> None:
    words = REFERENCE.text.split("Ask in your own words, too:")[1].split(". The bot")[0]
    questions = re.findall("`([^`]+)`", words)
    assert len(questions) >= 6
    assert [q for q in questions if not understood(q)] == []


def test_every_role_has_its_row() -> None:
    table = REFERENCE.text.split("| Role | Figures |")[1].split("\n\n")[0]
    named = {role for row in table.splitlines()[2:] for role in re.findall("`([a-z_]+)`", row.split(" | ")[0])}
    assert named == set(get_args(Role))


def test_every_mark_has_its_row_and_every_topic_of_help_is_named() -> None:
    marks = REFERENCE.text.split("\n## Marks\n")[1].split("\n## ")[0]
    assert [m for m in (*GRADE_MARKS.values(), "⏳", "⏰", "⚠", DONE, "🔔", "`c`") if m not in marks] == []
    row = next(line for line in REFERENCE.text.splitlines() if line.startswith(f"| `{HELP.usage}`"))
    topics = re.findall("`([a-z]+)`", row.split("topics are")[1])
    assert f"Topics are {', '.join(topics)}, and each command." in ask("help weather").text[0]
