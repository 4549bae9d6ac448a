"""Every document tells the truth: its lines run, its commands are understood, its links lead somewhere."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from bot.__main__ import main, parser
from bot.settings import ROOT
from tests.docs.every_document import LIMITS, OTHERS, OWN_VERBS, Document, Line, documents, own_documents, understood
from tests.support.asking import COMMANDS

DEV = (ROOT / "deploy" / "dev").read_text(encoding="utf-8")


def name_of(document: Document) -> str:
    return document.path


of_each = pytest.mark.parametrize("document", own_documents(), ids=name_of)


def test_every_document_is_found_and_has_a_limit() -> None:
    found = {d.path for d in documents()}
    assert found >= {"README.md", "commands/README.md", "deploy/duty.md", "bot/README.md"}
    assert found - {*LIMITS, *OTHERS} == set(), "give it a limit in every_document.py"


@of_each
def test_a_document_is_not_longer_than_its_reader_has_patience(document: Document) -> None:
    assert len(document.text.splitlines()) <= LIMITS[document.path]


@pytest.mark.parametrize("document", [d for d in own_documents() if d.lines], ids=name_of)
def test_every_line_for_a_shell_runs_or_is_read(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the document's order, on the practice county, on a database and in a folder of the document's own.

    A line that goes on until it is told to end, or that names a file of the reader's, is read by the verb alone.
    """
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'document.sqlite'}")
    monkeypatch.delenv("BOT_PARTNERSHIP", raising=False)
    monkeypatch.setattr("bot.settings.ROOT", tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    for line in document.lines:
        if line.verb in OWN_VERBS:
            assert re.search(rf"\b{line.verb}\b", DEV)
        elif line.runs:
            assert main(line.words) == 0, f"{' '.join(line.words)}\n{capsys.readouterr().err}"
        else:
            read(line)


@of_each
def test_every_line_in_the_text_is_read(document: Document) -> None:
    for line in document.mentioned_lines:
        if line.verb not in OWN_VERBS:
            read(line)


def read(line: Line) -> None:
    """Read a line with the verb's own options, without running it."""
    if line.words and line.verb != "VERB":
        assert ended(line) == 0, f"not read: {' '.join(line.words)}"


def ended(line: Line) -> str | int | None:
    """Return the code with which the parser ends, such as 2 for an unknown option."""
    try:
        parser().parse_args(line.words)
    except SystemExit as end:
        return end.code
    return 0


def test_lines_are_run_where_they_end_by_themselves_and_are_complete() -> None:
    def runs(*words: str) -> bool:
        return Line(words, complete=True).runs

    assert runs("ask", "help")
    assert runs("serve", "--once")
    assert not runs("serve")
    assert not runs("demo", "--web")
    assert not runs("restore", "FILE")
    assert not runs("load", "police", "/srv/exports/police.csv")
    assert ended(Line(("load", "police"), complete=True)) == 2


@of_each
def test_every_command_in_chat_is_understood(document: Document) -> None:
    assert [command for command in document.commands if not understood(command)] == []


def test_a_command_that_is_not_there_is_not_understood() -> None:
    assert not understood("weather")
    assert not understood("interview REFERENCE flown")
    assert understood("interview REFERENCE held")


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(document: Document) -> None:
    assert [link for link in document.links if not document.leads_to(link)] == []


def test_a_link_to_nothing_is_found() -> None:
    readme = Document("README.md")
    assert readme.leads_to("commands/README.md#commands")
    assert not readme.leads_to("commands/README.md#weather")
    assert not readme.leads_to("weather.md")


@pytest.mark.parametrize("folder", ["bot", "commands", "deploy"])
def test_every_document_that_the_program_names_is_there(folder: str) -> None:
    """People read the names in messages, settings and comments."""
    files = [f for f in (ROOT / folder).rglob("*") if f.suffix in (".py", ".toml", ".service", ".yaml", ".md")]
    text = "\n".join(f.read_text(encoding="utf-8") for f in files)
    named = set(re.findall(r"\b(?:bot|commands|deploy|tests)/[a-zA-Z]+\.md", text))
    assert named
    assert [n for n in sorted(named) if not (ROOT / n).exists()] == []


def test_every_verb_has_its_row_and_no_other() -> None:
    verbs = re.findall(r"^    (\w+)", parser().format_help(), re.MULTILINE)
    table = Document("deploy/README.md").text.split("\n| Verb |")[1].split("\n\n")[0]
    named = [verb for row in table.splitlines()[2:] for verb in re.findall(r"`(\w+)", row.split(" | ")[0])]
    assert len(verbs) > 20
    assert sorted(named) == sorted(verbs)


def test_every_command_has_its_row_and_no_other() -> None:
    table = Document("commands/README.md").text.split("\n| Command |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"^\| `([a-z-]+)", table, re.MULTILINE)) == sorted(COMMANDS)
