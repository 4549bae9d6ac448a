"""demo: a morning that fits a screen, and a prompt with people, a clock and the outbox."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta

import pytest
from rich.console import Console

from bot.app import App
from bot.cli.demo_prompt import Prompt
from bot.rules.time import clock
from bot.settings import read_settings
from tests.support.copied import filled
from tests.support.installation import KEYS, Installation
from tests.support.pseudo_terminal import Terminal, at_a_terminal, rows

LINES, COLUMNS = 40, 100
SLACK = {"BOT_SLACK_BOT_TOKEN": "xoxb-1-2-aaaa", "BOT_SLACK_SIGNING_SECRET": "0" * 32}


@pytest.fixture
def bot(sqlite_installation: Installation) -> Installation:
    """An installation whose practice was loaded by an earlier demo."""
    filled(sqlite_installation.folder, "loaded by demo", lambda: print(sqlite_installation.done("demo")))
    return sqlite_installation


def demo(bot: Installation) -> AbstractContextManager[Terminal]:
    return at_a_terminal(bot.folder, "demo", environ=KEYS | {"BOT_DATABASE_URL": bot.url}, lines=LINES, columns=COLUMNS)


def screen_of(shown: str) -> str:
    """What stays on the screen: the lines of the loading are wiped out or come before."""
    return shown[shown.index("A chat bot for ") :]


def plain(text: str) -> str:
    """The words of a text, whatever its width."""
    return " ".join(text.replace("─", " ").split())


def test_the_morning_fits_a_screen_and_a_file_has_the_same_text(bot: Installation) -> None:
    with demo(bot) as terminal:
        shown = screen_of(terminal.until(r"lead 08:00> "))
        terminal.type("at 08:31\n")
        terminal.until(r"lead 08:31> ")
        terminal.type("quit\n")
        assert terminal.ended() == 0
    assert rows(shown, COLUMNS) <= LINES
    headings = re.compile(r"^(\d\d:\d\d|At any time|Type next \(you are \w+\)) · ", re.MULTILINE)
    assert headings.findall(shown) == ["08:00", "08:30", "At any time", "Type next (you are lead)"]
    with demo(bot) as terminal:
        again = screen_of(terminal.until(r"lead 08:31> "))
    assert "played until 08:31" in again
    assert headings.findall(again) == headings.findall(shown)
    assert rows(again, COLUMNS) <= LINES
    written = bot.done("demo")
    assert "\x1b" not in written
    same, prompt = plain(again).split("This practice was played")
    assert plain(written) == same.strip()
    assert prompt.endswith("lead 08:31>")


def test_the_screen_shows_the_digest_and_the_reminder_that_are_sent(bot: Installation) -> None:
    shown = bot.done("demo").splitlines()
    (reminder,) = (line for line in shown if line.startswith("08:30 · "))
    worker = reminder.split("the reminder to ")[1].split(",")[0]
    assert worker == "disability-worker"
    with closing(App(read_settings())) as app:
        prompt = prompting(app)
        for moment, to in (("08:00", "county-digest"), ("08:30", worker)):
            prompt.obey(f"at {moment}")
            sent = plain(next(prompt.outbox.messages(to))[1]["text"])
            begins = next(n for n, line in enumerate(shown) if line.startswith(f"{moment} · ")) + 1
            ends = next(n for n, line in enumerate(shown) if n > begins and line.startswith("Buttons: "))
            assert ends - begins > 3
            assert [x for x in shown[begins:ends] if plain(x) not in sent] == []
        assert len(prompt.outbox.ids()[worker]) == 1


def prompting(app: App) -> Prompt:
    practice = app.partnership.practice
    assert practice is not None
    return Prompt(app, practice, Console(file=io.StringIO(), width=COLUMNS, highlight=False))


@pytest.fixture
def prompt(bot: Installation) -> Iterator[Prompt]:
    with closing(App(read_settings())) as app:
        yield prompting(app)


def said(prompt: Prompt, line: str) -> str:
    """What the prompt says to a line, in one line."""
    screen = prompt.screen.file
    assert isinstance(screen, io.StringIO)
    before = len(screen.getvalue())
    prompt.obey(line)
    return plain(screen.getvalue()[before:])


def test_a_person_who_types_has_a_history_and_ends_only_on_purpose(bot: Installation) -> None:
    with demo(bot) as terminal:
        terminal.until(r"lead 08:00> ")
        terminal.type("\n")
        terminal.until(r"lead 08:00> ")
        terminal.type("as nobody\n")
        assert "There is no person 'nobody'." in terminal.until(r"lead 08:00> ")
        terminal.type("\x1b[A\x7f\x7f\x7f\x7f\x7f\x7fpolice\n")  # Up, and another word
        assert "You are police now: missing person coordinator, police." in terminal.until(r"police 08:00> ")
        terminal.interrupt(r"police 08:00> ")
        terminal.type("\x04")
        assert terminal.ended() == 0
    assert [f for f in bot.folder.rglob("*") if "history" in f.name] == []


def test_a_person_is_answered_by_their_own_rights(prompt: Prompt) -> None:
    assert "interview OX-" not in said(prompt, "interviews mine")
    assert said(prompt, "as disability-worker").startswith(
        "You are disability-worker now: allocated worker of disability"
    )
    assert "interview OX-" in said(prompt, "interviews mine")
    assert said(prompt, "as nort-worker").startswith("There is no person 'nort-worker'. Did you mean 'north-worker'?")
    everybody = {p.id for p in prompt.app.partnership.people}
    assert everybody <= set(re.split(r"[ .,]+", said(prompt, "as")))
    assert prompt.person == "disability-worker"


def test_the_clock_moves_forward_and_what_is_due_is_sent(prompt: Prompt) -> None:
    morning = prompt.outbox.ids()
    assert {"county-digest", "lead", "police"} <= morning.keys(), "the digest and the first calls were sent at 08:00"
    assert "disability-worker" not in morning
    first = said(prompt, "at 08:31")
    new = {to: len(ids) - len(morning.get(to, ())) for to, ids in prompt.outbox.ids().items()}
    counts = {to: n for to, n in new.items() if n}
    assert {"lead", "disability-worker", "south-worker"} <= counts.keys()
    assert first.startswith(f"It is 08:31. Messages sent: {sum(counts.values())} (")
    assert set(re.findall(r"[a-z-]+ \d+(?=[,)])", first)) == {f"{to} {n}" for to, n in counts.items()}
    assert first.endswith("Read them with: outbox lead")
    assert "Good morning." in said(prompt, "outbox disability-worker")
    for earlier in ("at 08:30", "at 07:00", "at today 01:15"):
        assert said(prompt, earlier).startswith("The clock moves forward only, and it is 08:31.")
    assert said(prompt, "at 08:31") == "It is 08:31. No message was sent."
    # Nobody acknowledges, so the next tier is called.
    assert "lead" in said(prompt, "at 09:31")
    assert "due 08:00" not in said(prompt, "outbox county-digest --last 50"), "the digest was sent on time"


def test_what_a_line_brings_about_is_sent_at_once(prompt: Prompt) -> None:
    said(prompt, "as disability-worker")
    (ref,) = set(re.findall(r"interview (OX-\w+)", said(prompt, "interviews mine")))
    assert "Messages sent: 1 (coordinator 1)" in said(prompt, f"interview {ref} hand to coordinator")
    assert ref in said(prompt, "outbox coordinator --last 1")
    assert "Messages sent" not in said(prompt, "help marks")


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("at 18:00", "2017-07-05 18:00"),
        ("at tomorrow 08:00", "2017-07-06 08:00"),
        ("at 6pm", "2017-07-05 18:00"),
        ("AT noon", "2017-07-05 12:00"),
        ("at thursday 09:15", "2017-07-06 09:15"),
    ],
)
def test_times_are_read_as_in_chat(prompt: Prompt, monkeypatch: pytest.MonkeyPatch, words: str, moment: str) -> None:
    monkeypatch.setattr(prompt.worker, "tick", lambda: None)
    said(prompt, words)
    assert f"{clock.to_london(prompt.clock.now):%Y-%m-%d %H:%M}" == moment


@pytest.mark.parametrize(
    "words", ["at", "at sometime", "at tomorrow", "at 25:00", "at 08:31 please", "at 10:00 and 11:00"]
)
def test_what_is_no_time_moves_nothing(prompt: Prompt, words: str) -> None:
    before = prompt.clock.now, prompt.outbox.ids()
    assert said(prompt, words)
    assert (prompt.clock.now, prompt.outbox.ids()) == before


def test_the_prompt_shows_the_day_where_it_is_another_one(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt.worker, "tick", lambda: None)
    assert said(prompt, "at tomorrow 08:00").startswith("It is Thu 6 Jul 08:00.")


def test_an_answer_is_given_at_the_time_of_the_clock(prompt: Prompt) -> None:
    assert "At Wed 5 Jul 08:00." in said(prompt, "interviews due")
    prompt.clock.now += timedelta(hours=1)
    assert "At Wed 5 Jul 09:00." in said(prompt, "interviews due")


def test_the_outbox_is_read_at_the_prompt(prompt: Prompt, capsys: pytest.CaptureFixture[str]) -> None:
    assert "county-digest" in said(prompt, "outbox")
    assert said(prompt, "outbox county-digest --last 1").count("on a locked screen") == 1
    assert said(prompt, "outbox --last none") == ""
    assert "not a number of messages" in capsys.readouterr().err


def test_nothing_leaves_the_outbox_whatever_the_environment_names(
    bot: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = {"BOT_SMTP_URL": "smtp://127.0.0.1:1", "BOT_SMTP_FROM": "bot@example.org"}
    for name, value in (SLACK | mail).items():
        monkeypatch.setenv(name, value)
    with closing(App(read_settings())) as app:
        worker = prompting(app).worker
        assert set(worker.platforms) == {"offline"}
        assert worker.chats == ()
        worker.tick()
        assert prompting(app).outbox.ids()
