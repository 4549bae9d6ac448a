"""outbox: every destination is listed, and a message is read as it lies in its file; nothing is written."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import App
from bot.chat.file_outbox import Outbox
from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.reply import Button, Reply
from bot.rules.time import clock
from bot.settings import read_settings
from tests.support.installation import Installation
from tests.support.memory_platform import ONE_PERSON


@pytest.fixture
def bot(sqlite_installation: Installation) -> Installation:
    sqlite_installation.done("migrate")
    return sqlite_installation


def folder_of(bot: Installation) -> Path:
    """The outbox of this database, where the service writes."""
    with closing(App(read_settings())) as app:
        return app.home / "outbox"


def post(bot: Installation, to: str, *words: str, thread: str | None = None) -> list[str]:
    outbox = Outbox(folder_of(bot), lambda destination: ONE_PERSON)
    replies = [Reply(f"About {each}", 0, (each,), buttons=(Button("See", f"see {each}"),)) for each in words]
    for reply in replies:
        outbox.post(to, Message(reply, PREVIEW, thread=thread))
    return outbox.ids()[to]


def files(bot: Installation) -> dict[Path, bytes]:
    """The outbox's files; and the rows of the audit trail as one."""
    rows = bot.ask("SELECT count(*) FROM audit")
    return {f: f.read_bytes() for f in folder_of(bot).rglob("*.json")} | {Path("rows"): str(rows).encode()}


def test_an_empty_outbox_says_so(bot: Installation) -> None:
    assert "The outbox is empty" in bot.done("outbox")
    said = bot.run("outbox", "w-1")
    assert (said.code, said.out) == (2, "")
    assert "The outbox is empty" in said.err


def test_each_destination_is_listed_with_its_messages(bot: Installation) -> None:
    ours = post(bot, "w-1", "one", "two")
    (other,) = post(bot, "team/1", "three")
    before = files(bot)
    lines = [" ".join(line.split()) for line in bot.done("outbox").splitlines()]
    newest = {to: clock.say(Outbox.posted_at(number)) for to, number in (("w-1", ours[-1]), ("team/1", other))}
    assert lines[-3:-1] == [f"team/1 1 {newest['team/1']}", f"w-1 2 {newest['w-1']}"]
    assert files(bot) == before


def test_messages_are_read_the_newest_last_and_three_unless_more_are_asked_for(bot: Installation) -> None:
    post(bot, "w-1", "one", "two", "three", "four")
    before = files(bot)
    said = bot.done("outbox", "w-1")
    assert said.startswith("1 older: outbox w-1 --last 4\n")
    assert [line for line in said.splitlines() if line in ("one", "two", "three", "four")] == ["two", "three", "four"]
    assert "Next: [see four]" in said
    assert said.count(f"on a locked screen: {PREVIEW}") == 3
    assert bot.done("outbox", "w-1", "--last", "1").count("on a locked screen") == 1
    every = bot.done("outbox", "w-1", "--last", "9")
    assert every.count("on a locked screen") == 4
    assert "older" not in every
    assert files(bot) == before


def test_a_message_is_what_its_file_holds(bot: Installation) -> None:
    """A file's text is printed letter by letter: not as formatting, and never composed anew."""
    post(bot, "w-1", "one", thread="7")
    (file,) = folder_of(bot).rglob("*.json")
    text = "[red]⏰ OX-2222[/red] é " + "long " * 60
    file.write_text(json.dumps(json.loads(file.read_text()) | {"text": text}))
    said = bot.done("outbox", "w-1")
    assert text in said
    assert " in a thread · " in said
    assert "one" not in said.replace(text, "")


def test_a_message_fits_every_terminal(bot: Installation) -> None:
    post(bot, "w-1", "long words " * 40)
    (file,) = folder_of(bot).rglob("*.json")
    assert max(map(len, json.loads(file.read_text())["text"].splitlines())) <= 80


def test_an_unknown_destination_is_told_those_that_are_there(bot: Installation) -> None:
    post(bot, "north-worker", "one")
    said = bot.run("outbox", "nort-worker")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "The outbox has no message to 'nort-worker'. Did you mean 'north-worker'? Destinations: north-worker.\n"
    )


@pytest.mark.parametrize("number", ["0", "-1", "three", "1.5"])
def test_a_wrong_number_of_messages_is_refused(bot: Installation, number: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        bot.run("outbox", "w-1", "--last", number)
