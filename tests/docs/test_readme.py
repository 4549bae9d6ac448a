"""README: what it is, is it for us, try it, and a door for each reader."""

from __future__ import annotations

import re

import pytest

from bot.settings import PRACTICE_FILE, read_partnership
from tests.docs.every_document import OWN_VERBS, Document, understood

README = Document("README.md")
DOORS = {
    "I work with children": {"deploy/duty.md", "commands/README.md"},
    "I manage a team": {"deploy/duty.md", "commands/README.md"},
    "I run the server": {
        *("deploy/README.md", "deploy/data.md", "deploy/slack.md", "deploy/teams.md", "deploy/partnership.md")
    },
    "I prepare or check the data": {"deploy/data.md", "commands/README.md"},
    "I sign the DPIA": {"deploy/privacy.md", "deploy/SECURITY.md"},
}


def test_three_pictures_have_words_for_who_does_not_see_them() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(deploy/pictures/(\w+)\.png\)", README.text)
    assert [name for _, name in pictures] == ["digest", "call", "figures"]
    assert all(len(words.split()) >= 10 for words, _ in pictures)


def test_it_is_tried_with_one_line() -> None:
    first, *others = README.lines
    assert first.words == ("demo", "--web")
    assert ("demo",) in [line.words for line in others]


def test_a_developer_finds_how_to_test_and_lint() -> None:
    assert {line.verb for line in README.lines} & set(OWN_VERBS) == {"test", "lint"}


@pytest.mark.parametrize("title", DOORS)
def test_a_door_leads_its_reader_on(title: str) -> None:
    door = README.text.split(f"\n### {title}\n")[1].split("\n##")[0]
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", door)}
    assert links >= DOORS[title]
    assert len(door.strip().splitlines()) <= 12


def test_eight_commands() -> None:
    table = README.text.split("## Eight commands")[1].split("\n\n")[1]
    commands = re.findall(r"^\| `/missing ([^`]+)`", table, re.MULTILINE)
    assert len(commands) == 8
    assert all(map(understood, commands))


def test_every_person_of_the_practice_is_named() -> None:
    named = set(re.findall(r"`([a-z-]+)`", README.text.split("The people are")[1].split(". ")[0]))
    assert named == {p.id for p in read_partnership(PRACTICE_FILE).people}
