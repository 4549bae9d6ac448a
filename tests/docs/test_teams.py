"""deploy/teams.md explains every permission of the package with its reason, and quotes what the program says."""

from __future__ import annotations

import re

import pytest

from bot.chat.teams import credentials
from bot.chat.teams.manifest import CONSENTED, READ_BACK, SCHEMA, SHOWN
from bot.settings import ROOT

PAGE = (ROOT / "deploy" / "teams.md").read_text(encoding="utf-8")
#: The program, with the strings joined that it writes in several lines.
SOURCE = re.sub(
    r"\"\s*\n\s*f?\"",
    "",
    "\n".join(f.read_text(encoding="utf-8") for folder in ("bot", "commands") for f in (ROOT / folder).rglob("*.py")),
)


def test_every_permission_is_documented_with_its_reason() -> None:
    table = PAGE.split("| Permission | So that the bot can |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert rows == [tuple(each) for each in (*SHOWN, *CONSENTED, READ_BACK)]


def test_every_step_but_the_last_and_those_by_hand_is_proved_by_the_doctor() -> None:
    steps = re.split(r"^\d+\. \*\*", PAGE.split("## Step by step")[1].split("\n## ")[0], flags=re.MULTILINE)[1:]
    proved = {n for n, step in enumerate(steps, 1) if "`doctor`" in step}
    assert len(steps) == 10
    assert proved >= {2, 3, 4, 8, 9}


def test_what_the_doctor_is_quoted_to_say_it_says() -> None:
    page = " ".join(PAGE.split())
    quoted = [text.split(": ", 1) for text in re.findall(r"\"(teams [a-z]+: [^\"]+)\"", page)]
    assert {name for name, _ in quoted} == {
        f"teams {what}" for what in ("settings", "token", "people", "unsigned", "endpoint")
    }
    for name, says in quoted:
        assert f'"{name}"' in SOURCE
        for part in re.split(r"\.\.\.|\d+ |, ", says.replace("cloud public", "")):
            assert part in SOURCE, says


@pytest.mark.parametrize(
    "sentence",
    [
        "I can't answer you. Please ask your administrator.",
        "I've answered you privately.",
        "I could not write to you in private",
        "This may repeat an earlier message.",
        "It is there",
        "Post it again",
    ],
)
def test_what_the_bot_is_quoted_to_say_it_says(sentence: str) -> None:
    assert sentence in " ".join(PAGE.split())
    assert sentence in SOURCE


def test_the_path_the_schema_and_the_variables_are_those_of_the_program() -> None:
    assert f"https://bot.example.org{credentials.PATH}" in PAGE
    assert f"schema {SCHEMA}" in " ".join(PAGE.split())
    variables = {value for value in vars(credentials).values() if str(value).startswith("BOT_TEAMS_")}
    assert {name for name in variables if name not in PAGE} == set()
