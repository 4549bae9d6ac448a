"""demo: fill a practice database, show a practice morning on one screen, and offer a prompt.

Running it again changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import practice
from bot.app import App
from bot.chat import terminal
from bot.cli.load_exports import summary_lines
from bot.cli.terminal import ask
from bot.conversation.reply import Reply
from bot.jobs import digest, reminders
from bot.jobs.job import Run
from bot.rules.reminders.due import DueMessage
from bot.rules.time import clock
from bot.settings import SettingsError

TAKEN_AT = {
    "police": practice.POLICE_TAKEN_AT,
    "children": practice.CHILDREN_TAKEN_AT,
    "interviews": practice.INTERVIEWS_TAKEN_AT,
}


def add(verbs: Any) -> None:
    about = "From nothing to a practice morning: load, a digest, a reminder, an answer, a prompt."
    verbs.add_parser("demo", help=about, description=about).set_defaults(run=_run)


def _run(app: App, given: argparse.Namespace) -> int:
    """Load the practice exports where that has not been done, show the morning, then offer a prompt.

    The prompt's modules are imported here: a question at the terminal should not wait for them.
    """
    from bot.cli.demo_prompt import OutboxWorker, Prompt

    if app.partnership.practice is None:
        raise SettingsError(
            "The demo fills the database with practice data, so it runs only with the practice partnership."
        )
    screen = terminal.console()
    _fill(app, screen)
    _show(app, OutboxWorker(app).run(), screen)
    if sys.stdin.isatty() and sys.stdout.isatty():
        Prompt(app, app.partnership.practice, screen).talk()
    return 0


def _show(app: App, run: Run, screen: terminal.Screen) -> None:
    """Show a digest, a reminder, an answer and what to type: 40 lines at most on a terminal of 100 columns."""
    partnership, now = run.partnership, app.now(None)
    channel, asker = partnership.channels[0], partnership.practice.person if partnership.practice else ""
    _say(screen, "A chat bot for safeguarding partnerships: who is missing, and whose return interview is due.")
    _say(screen, f"This is a practice county on {clock.say(now)}. Every child and person is invented.")

    _head(screen, f"{clock.say_time(now)} · the digest, in the channel {channel.id}")
    _post(digest.preview_lead(run, channel, now), screen)

    morning = clock.at(clock.local_day(now), partnership.delivery.reminder_time)
    worker = asker
    for reminder, reply in sorted(reminders.preview(run, morning), key=_most_telling)[:1]:
        worker = reminder.person.id
        _head(screen, f"{clock.say_time(morning)} · the reminder that {worker} will get in private")
        _post(reply, screen)

    question = f"stats {partnership.areas[0].id}"
    answer = ask(app, question, asker, None, now)
    _head(screen, f"At any time · {asker} asks {question}: {answer.title}")
    for line in answer.text:
        _say(screen, line)
    rows = sum(len(table.rows) for table in answer.tables)

    later = morning + timedelta(minutes=1)
    _head(screen, "Type next · the prompt also knows: as PERSON, at TIME, outbox [NAME], quit, and the key Up")
    for words, what in (
        (question, f"this answer whole: a table of {rows} figures, and how they were counted"),
        (f"at {clock.say_time(later)}", f"move the clock: what is due is sent; then: outbox {worker}"),
        (f"as {worker}", "be this person; then: interviews mine"),
        ("help", "every command (the same in a browser: demo --web)"),
    ):
        _say(screen, f"  {words:<{len(worker) + 5}}{what}")


def _most_telling(found: tuple[DueMessage, Reply]) -> tuple[bool, bool, timedelta]:
    """Put first a worker's own interview that can still be saved, the least time left before the others."""
    nudges = found[0].nudges
    left = min(n.interview.left for n in nudges)
    return any(n.to.part != "owner" for n in nudges), left < timedelta(), abs(left)


def _say(screen: terminal.Screen, line: str) -> None:
    screen.print(line, markup=False)


def _head(screen: terminal.Screen, line: str) -> None:
    screen.print(f"\n{line}", style="bold", markup=False)


def _post(reply: Reply, screen: terminal.Screen) -> None:
    """Print a message and the labels of its buttons."""
    terminal.post(reply.without_buttons(), screen)
    if labels := dict.fromkeys(button.label for button in reply.pressable):
        screen.print("Buttons: " + "  ".join(f"[{label}]" for label in labels), style="dim", markup=False)


def _fill(app: App, screen: terminal.Screen) -> None:
    """Write the three exports and load them, children first so that every value is known when it is frozen."""
    with app.facts() as facts:
        newest = {f.source: f.taken_at for f in facts.freshness(datetime.now(UTC))}
    if newest == TAKEN_AT:
        return
    if any(newest.values()) and not app.installation.holds_practice:
        raise SettingsError(
            "This database holds other data. Name a new one for the demo: BOT_DATABASE_URL=sqlite:///data/demo.sqlite"
        )
    with terminal.step(screen, "Writing the practice exports"):
        files = practice.write_exports(app.home / "exports")
    for source in ("children", "police", "interviews"):
        with terminal.counting(screen, f"Loading {source}") as progress:
            summary = app.load(source, files[source], TAKEN_AT[source], progress)
        for line in summary_lines(summary):
            screen.print("  " + line, markup=False)
