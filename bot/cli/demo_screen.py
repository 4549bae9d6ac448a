"""The screen of the demo, 40 lines of 100 columns: a digest, a reminder, an answer, and what to type next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.app import App
from bot.chat import terminal
from bot.cli.terminal import ask
from bot.conversation.reply import Reply
from bot.jobs import digest, reminders
from bot.jobs.job import Run
from bot.rules.partnership.partnership import Practice
from bot.rules.reminders.due import DueMessage
from bot.rules.time import clock


def show(app: App, practice: Practice, run: Run, reached: datetime, screen: terminal.Screen) -> None:
    """Show the practice morning. `reached` is the moment from which the prompt goes on."""
    partnership, now = run.partnership, practice.now.astimezone(UTC)
    _say(screen, "A chat bot for safeguarding partnerships: who is missing, and whose return interview is due.")
    _say(screen, f"This is a practice county on {clock.say(now)}. Every child and person is invented.")

    for channel in partnership.channels[:1]:
        _head(screen, f"{clock.say_time(now)} · the digest, in the channel {channel.id}")
        _post(digest.preview_lead(run, channel, now), screen)

    morning = clock.at(clock.local_day(now), partnership.delivery.reminder_time)
    worker = practice.person
    for reminder, reply in sorted(reminders.preview(run, morning), key=_most_telling)[:1]:
        worker = reminder.person.id
        _head(screen, f"{clock.say_time(morning)} · the reminder to {worker}, in private")
        _post(reply, screen)

    question = f"stats {partnership.areas[0].id}"
    answer = ask(app, question, None, None, now)
    _head(screen, f"At any time · {practice.person} asks {question}: {answer.title}")
    for line in answer.text:
        _say(screen, line)

    later = morning + timedelta(minutes=1)
    moment = clock.say_time(later) if reached < later else "tomorrow 08:00"
    rows = sum(len(table.rows) for table in answer.tables)
    also = "as PERSON, at TIME, outbox [NAME], quit, and the key Up"
    _head(screen, f"Type next (you are {practice.person}) · also: {also}")
    for words, what in (
        (question, f"this answer whole: a table of {rows} figures, and how they were counted"),
        (f"at {moment}", f"move the clock: what is due is sent; then: outbox {worker}"),
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
