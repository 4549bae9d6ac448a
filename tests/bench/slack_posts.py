"""Measure messages a second through the ledger into Slack: python -m tests.bench.slack_posts [--messages 120].

So many messages are planned for people and channels at once and sent by the bot, tick after tick as it runs, once
under Slack's own limits (a second a message in each conversation, three in a burst; in real time) and once without:
the bot's own cost. Beside each stands its floor in the same run: a sender that knows the limits, has one thread for
each conversation, keeps no ledger and asks for nothing. Every message must be there, once.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from slack_sdk import WebClient

from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.reply import Reply
from bot.jobs.delivery import send_due
from bot.jobs.job import Job, Ready, Run
from bot.rules.delivery.delivery import Delivery, Planned
from bot.store.database import reading, writing
from bot.store.delivery import ledger
from tests.support.slack.rate_limits import Limits
from tests.support.slack.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, Scene, living, workspace
from tests.support.slack.workspace import BOT_TOKEN

#: The fastest tick of `serve` here; messages due in between wait.
PAUSE = 0.05
#: Longest time of one measurement.
MOST_SECONDS = 60.0
KIND = "bench"
JOB = Job((KIND,), lambda run, d, now: Ready(Message(_said(d.slot), PREVIEW, d.marker)))


@dataclass(frozen=True)
class Took:
    seconds: float
    there: int
    lost: int
    doubled: int
    waited: Counter[str]
    held: Counter[str]

    def line(self, name: str) -> str:
        rate = self.there / self.seconds
        more = "".join(
            f", {what} {dict(found)}" for what, found in (("429", self.waited), ("held", self.held)) if found
        )
        return (
            f"  {name:22}{rate:8.1f}/s   {self.there} in {self.seconds:.1f} s, 429 honoured "
            f"{self.waited.total()}, lost {self.lost}, doubled {self.doubled}{more}"
        )


def _said(slot: str) -> Reply:
    return Reply(f"Message {slot}", 0, ("A line of counts, as long as those of a digest are.",) * 3)


def destinations() -> tuple[str, ...]:
    """Return ten people and three channels."""
    return (*ACCOUNTS.values(), NORTH, COUNTY, COUNTS)


def slots(messages: int) -> dict[str, str]:
    """Map slots to destinations in turn, so that they share the limits evenly."""
    found = destinations()
    return {f"{n:05}": found[n % len(found)] for n in range(messages)}


def by_the_bot(folder: Path, wanted: dict[str, str], limits: Limits | None) -> Took:
    with living(folder, f"sqlite:///{folder / 'bot.sqlite'}", workspace(limits=limits)) as bot:
        run = Run(bot.app.database, bot.app.partnership, {"slack": bot.slack.platform}, bot.app.sealing_key, "a")
        with writing(bot.app.database) as connection:
            now = ledger.clock(connection)
            planned = (Planned(KIND, "a bench", "slack", to, slot, now) for slot, to in wanted.items())
            ledger.plan(connection, planned, now)
        began = time.perf_counter()
        while time.perf_counter() - began < MOST_SECONDS and _left(run):
            if not send_due(run, {KIND: JOB}):
                time.sleep(PAUSE)
        took = _looked_at(bot, wanted, time.perf_counter() - began)
        waits = Counter(d.reason or d.state for d in _left(run))
        return replace(took, lost=took.lost - waits.total(), held=waits)


def _left(run: Run) -> Sequence[Delivery]:
    with reading(run.database) as connection:
        return [d for d in ledger.find(connection) if d.kind == KIND and d.state != "sent"]


def by_an_ideal_sender(folder: Path, wanted: dict[str, str], limits: Limits | None) -> Took:
    with living(folder, f"sqlite:///{folder / 'bot.sqlite'}", workspace(limits=limits)) as bot:
        by_destination: dict[str, list[str]] = {}
        for slot, to in wanted.items():
            by_destination.setdefault(to, []).append(slot)
        given = list(by_destination.items())
        threads = [threading.Thread(target=_send_all, args=(bot, to, each, limits)) for to, each in given]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return _looked_at(bot, wanted, time.perf_counter() - began)


def _send_all(bot: Scene, to: str, each: list[str], limits: Limits | None) -> None:
    """Send within the limits: after the burst, one a second."""
    client = WebClient(BOT_TOKEN, base_url=bot.served.api_url, retry_handlers=[])
    began = time.perf_counter()
    for n, slot in enumerate(each):
        if limits is not None:
            time.sleep(max(0.0, began + (n - limits.burst + 1) / limits.posts_a_second + 0.15 - time.perf_counter()))
        block = {"type": "section", "text": {"type": "plain_text", "text": f"Message {slot}"}}
        client.chat_postMessage(channel=to, text=PREVIEW, blocks=[block])


def _looked_at(bot: Scene, wanted: dict[str, str], seconds: float) -> Took:
    there = Counter(slot for m in bot.workspace.messages if not m.deleted for slot in wanted if slot in str(m.blocks))
    waited = Counter(call.method for call in bot.workspace.calls if call.fate == "429")
    doubled = sum(n - 1 for n in there.values())
    return Took(seconds, len(there), len(wanted) - len(there), doubled, waited, Counter())


def measured(how: Callable[[Path, dict[str, str], Limits | None], Took], messages: int, limited: bool) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        return how(Path(folder), slots(messages), Limits() if limited else None)


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--messages", type=int, default=120)
    messages = given.parse_args().messages
    print(f"{messages} messages to {len(ACCOUNTS)} people and 3 channels")
    bad = 0
    for limited in (True, False):
        print(" under Slack's limits" if limited else " without limits")
        bot, floor = (measured(how, messages, limited) for how in (by_the_bot, by_an_ideal_sender))
        print(bot.line("the bot's ledger"), floor.line("an ideal sender"), sep="\n")
        print(f"  the bot takes {bot.seconds / floor.seconds:.2f} times as long", flush=True)
        bad += bot.lost + bot.doubled
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
