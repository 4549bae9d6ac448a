"""The prompt of the demo: questions as any listed person, a practice clock to move, and the outbox to read."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC

from bot.app import App, find_commands
from bot.chat import terminal
from bot.cli import outbox
from bot.cli.terminal import build_request
from bot.conversation.dispatcher import Dispatcher
from bot.rules.catalogue import code_words
from bot.rules.partnership.partnership import Person, Practice, near
from bot.rules.text.spoken_time import NotATime, hear
from bot.rules.time import clock
from bot.server.practice_clock import PracticeClock
from bot.server.worker import Worker
from bot.settings import SettingsError
from bot.store.database import reading
from bot.store.delivery import replicas

with suppress(ImportError):  # Windows has none
    # With it input() edits the line and has a history. That is in memory alone: a line may hold a reference.
    import readline  # noqa: F401

NO_TIME = "Say when, such as: at 08:31, at 18:00 or at tomorrow 08:00."


class OutboxWorker(Worker):
    """A worker that posts into the outbox alone, whatever platforms the environment names."""

    slack = None
    mail = None
    sms = None


@dataclass
class Prompt:
    """A person who types, and a practice clock. It goes on from where an earlier demo or service left it."""

    app: App
    practice: Practice
    screen: terminal.Screen

    def __post_init__(self) -> None:
        with reading(self.app.database) as connection:
            left = replicas.newest(connection)
        self.begins = self.practice.now.astimezone(UTC)
        self.clock = PracticeClock(max(self.begins, left or self.begins))
        self.worker = OutboxWorker(self.app, self.begins, moved=self.clock)
        self.outbox = outbox.outbox_of(self.app)
        self.person = self.practice.person

    def talk(self) -> None:
        """Answer line by line until quit, exit or the end of the input."""
        if self.clock.now > self.begins:
            self._say(f"This practice was played until {self._time()} and goes on from there.")
        while True:
            try:
                line = input(f"{self.person} {self._time()}> ").strip()
                if line in ("quit", "exit"):
                    return
                if line:
                    self.obey(line)
            except EOFError:
                self._say("")
                return
            except KeyboardInterrupt:
                self._say(f"\nStopped; it is {self._time()}. to end, type quit.")
            except SettingsError as fault:
                self._say(str(fault))

    def obey(self, line: str) -> None:
        """Carry out one line: a word of the prompt, else a question as any platform would hand it in."""
        word, *rest = line.split()
        match word.casefold():
            case "as":
                self._be(" ".join(rest))
            case "at":
                self._move(rest)
            case "outbox":
                self._read(rest)
            case _:
                self._ask(line)

    def _ask(self, line: str) -> None:
        """Answer by the people and rotas of this moment, which a line before may have changed; send what follows."""
        app, before = self.app, self._messages()
        request = build_request(app, line, self.person, None, self.clock.now)
        answered = Dispatcher(app.as_listed(), find_commands(), app.facts).dispatch(request)
        terminal.post(app.recorder.record(answered), self.screen)
        self.worker.tick()
        if sent := self._sent(before):
            self._say(sent)

    def _be(self, wanted: str) -> None:
        people = {p.id: p for p in self.app.as_listed().people if p.active}
        listed = f"People: {', '.join(people)}."
        if wanted in people:
            self.person = wanted
            self._say(f"You are {wanted} now: {_roles(people[wanted])}.")
        elif wanted:
            self._say(f"There is no person {wanted!r}{near(wanted, people) or '.'} {listed}")
        else:
            self._say(f"Say who, such as: as {self.person}. {listed}")

    def _move(self, words: Sequence[str]) -> None:
        """Move the clock; every tick on the way runs as it does in the service."""
        now, calendar = self.clock.now, self.app.partnership.calendar()
        try:
            heard = hear(words, now, calendar, ahead=True)
        except NotATime as fault:
            self._say(str(fault))
            return
        if heard.at is None or heard.rest:
            self._say(NO_TIME)
            return
        if heard.at < now:
            self._say(f"The clock moves forward only, and it is {self._time()}. For the next day: at tomorrow 08:00.")
            return
        before = self._messages()
        with self.screen.status(f"Moving the clock to {clock.say_close(heard.at, now)} ..."):
            self.clock.move_to(heard.at, self.worker.tick)
        self._say(f"It is {self._time()}. {self._sent(before) or 'No message was sent.'}")

    def _sent(self, before: Mapping[tuple[str, str], str]) -> str:
        """Write the messages that are new since then, to whom, and how to read them; empty where none is."""
        after = self._messages()
        new = Counter(to for to, number in after if (to, number) not in before)
        changed = sum(after.get(each, text) != text for each, text in before.items())
        said = []
        if new:
            to = ", ".join(f"{destination} {n}" for destination, n in new.most_common())
            said.append(f"Messages sent: {new.total()} ({to}).")
        if changed:
            said.append(f"Messages brought up to date: {changed}.")
        if new:
            said.append(f"Read them with: outbox {self.person if self.person in new else next(iter(new))}")
        return " ".join(said)

    def _read(self, words: Sequence[str]) -> None:
        parser = argparse.ArgumentParser("outbox")
        outbox.add_arguments(parser)
        try:
            given = parser.parse_args(words)
        except SystemExit:  # its fault, or its help, is printed
            return
        outbox.show(self.outbox, given, self.screen)

    def _messages(self) -> dict[tuple[str, str], str]:
        kept = self.outbox
        return {(to, number): m["text"] for to in kept.ids() for number, m in kept.messages(to)}

    def _time(self) -> str:
        """Write the time; on a later day than that of the practice morning with its day."""
        return clock.say_close(self.clock.now, self.begins)

    def _say(self, line: str) -> None:
        self.screen.print(line, markup=False)


def _roles(person: Person) -> str:
    """Write the roles of a person: 'allocated worker of north, in the council'."""
    held = (f"{code_words(h.role)}{' of ' if h.areas else ''}{', '.join(h.areas)}" for h in person.roles)
    return f"{' and '.join(held) or 'no role'}, {code_words(person.agency)}"
