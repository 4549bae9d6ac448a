"""README tells the truth: every command in it runs, every command and verb of the bot is in it."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from bot.__main__ import main, parser
from bot.chat.slack.manifest import SCOPES, SOCKET
from bot.ingest.row_checker import FORMATS
from bot.rules.time.period import SeveralReadings, find_periods, parse_period
from bot.settings import ROOT
from tests.support.factories import NOW

README = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\|", "|")  # a pipe inside a table
DEV = (ROOT / "deploy" / "dev").read_text(encoding="utf-8")
#: Verbs of deploy/dev itself; running them here would start this test again.
OWN_VERBS = ("test", "lint", "lock")


def shell_lines() -> list[list[str]]:
    """Every `./deploy/dev ...` line of README's shell blocks, in order, as words."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("./deploy/dev ")]


def test_readme_shows_commands_to_run() -> None:
    assert len(shell_lines()) >= 12


@pytest.mark.parametrize("verb", ["demo", *OWN_VERBS])
def test_verbs_of_the_script_are_shown_and_exist(verb: str) -> None:
    assert ["./deploy/dev", verb] in [line[:2] for line in shell_lines()]
    assert verb == "demo" or re.search(rf"\b{verb}\b", DEV)


def test_every_line_of_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In README's order, on a database of their own, in a folder of their own."""
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'readme.sqlite'}")
    monkeypatch.delenv("BOT_PARTNERSHIP", raising=False)
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.chdir(tmp_path)
    ran = 0
    for words in shell_lines():
        if words[1] not in OWN_VERBS:
            assert main(words[1:]) == 0, " ".join(words)
            ran += 1
    assert ran >= 8


def plain(line: str) -> str:
    """A line without what differs from load to load or from width to width: references, rules, spaces."""
    return " ".join(re.sub(r"OX-[2-9A-Z]{4}|─+", "", line).split())


def test_what_readme_shows_is_what_the_terminal_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The samples under "A look at it", line by line; references are random, so they are left out."""
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'look.sqlite'}")
    monkeypatch.delenv("BOT_PARTNERSHIP", raising=False)
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["demo"]) == 0
    printed = {plain(line) for line in capsys.readouterr().out.splitlines()}
    look = README.split("## A look at it")[1].split("\n## ")[0]
    samples = [line for block in re.findall(r"```text\n(.*?)```", look, re.DOTALL) for line in block.splitlines()]
    shown = [plain(line) for line in samples if line.strip() != "..."]
    assert len(shown) > 20
    assert [line for line in shown if line not in printed] == []


def test_every_verb_is_documented() -> None:
    verbs = re.findall(r"^    (\w+)", parser().format_help(), re.MULTILINE)
    assert verbs
    assert [v for v in verbs if f"./deploy/dev {v}" not in README and f"`{v}" not in README] == []


def test_every_default_column_is_documented() -> None:
    missing = [(s, name) for s, f in FORMATS.items() for name in f.row._fields if f"`{name}`" not in README]
    assert missing == []


def test_every_period_of_the_table_is_read_and_what_is_open_is_asked() -> None:
    table, asked = README.split("| Period | Its days |")[1].split("\n\n")[:2]
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


def test_every_permission_in_slack_is_documented_with_its_reason() -> None:
    table = README.split("| Permission | So that the bot can |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert rows == [(scope.name, scope.why) for scope in (*SCOPES, SOCKET)]


def test_every_file_that_the_house_names_is_there() -> None:
    """`bot/README.md` names files and folders from `bot/`, from their room, or from the top."""
    text = (ROOT / "bot" / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\.\./)?(?:[a-z_]+/)*[a-z_]+(?:\.py|\.md|/))`", text)
    rooms = [ROOT, ROOT / "tests", ROOT / "bot", *(f for f in (ROOT / "bot").rglob("*") if f.is_dir())]
    assert len(named) > 40
    assert [n for n in named if not any((room / n).exists() for room in rooms)] == []
