"""Count the messages that each person gets in one minute: python -m tests.bench.first_minute.

The practice county starts for the first time at 07:58. Nobody acknowledges anything; at 09:00 the bot stops, and at
13:00 it runs again. Counted are the messages to each person in the first minute of both, and the calls in them.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot import practice
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.practice import TAKEN_AT
from bot.server.worker import JOBS
from tests.support.factories import at
from tests.support.slack.scene import ACCOUNTS, Scene, living

STARTS, STOPS, AGAIN = at("Wed 5 Jul 2017 07:58"), at("Wed 5 Jul 2017 09:00"), at("Wed 5 Jul 2017 13:00")


@dataclass(frozen=True)
class Minute:
    """One minute: the messages to each person, those that call, and their buttons that acknowledge a call."""

    name: str
    messages: Counter[str]
    calling: Counter[str]
    calls: Counter[str]


def minutes(stops: datetime = STOPS) -> Iterator[Minute]:
    """Yield the minute of the first start, and that of the catch-up."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with living(folder, f"sqlite:///{folder / 'bot.sqlite'}", draw=lambda chart: None) as bot:
            files = practice.write_exports(folder / "exports")
            for source in ("children", "police", "interviews"):
                bot.app.load(source, files[source], TAKEN_AT[source])
            yield _minute(bot, "first start, 07:58", STARTS)
            now = STARTS + timedelta(minutes=1)
            while now < stops:
                _ticks(bot, [now])
                now += timedelta(minutes=1)
            yield _minute(bot, "catch-up after four hours, 13:00", AGAIN)


def _minute(bot: Scene, name: str, begins: datetime) -> Minute:
    before = {who: len(bot.to(who)) for who in ACCOUNTS}
    _ticks(bot, [begins, begins + timedelta(seconds=30)])
    messages, calling, calls = Counter[str](), Counter[str](), Counter[str]()
    for who in ACCOUNTS:
        for message in bot.to(who)[before[who] :]:
            messages[who] += 1
            buttons = str(message.blocks).count("'text': 'Acknowledge")
            calling[who] += buttons > 0
            calls[who] += buttons
    return Minute(name, messages, calling, calls)


def _ticks(bot: Scene, moments: Sequence[datetime]) -> None:
    app = bot.app
    for now in moments:
        bot.turn(now)
        chats = {"slack": bot.slack.platform}
        tick(Run(app.database, app.as_listed(), chats, app.sealing_key, "a", lambda c: bot.now), JOBS, STARTS)


def main() -> None:
    for minute in minutes():
        print(minute.name)
        for who, n in minute.messages.most_common():
            print(f"  {who:20}{n:4} messages, {minute.calling[who]:2} of {minute.calls[who]:2} calls")
        totals = (minute.messages, minute.calling, minute.calls)
        print("  {:20}{:4} messages, {:2} of {:2} calls".format("in all", *(of.total() for of in totals)))


if __name__ == "__main__":
    main()
