"""Measure what people read in Slack: python -m tests.bench.messages [--save FOLDER].

The practice county has its morning in an invented Slack: digests, calls, reminders, and the commands asked most. A line
is 46 characters, as on a telephone; a sentence that stands twice or more is repeated as often as it stands again.
`--save` writes each message's blocks as a JSON file, for a renderer.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import practice
from bot.chat.slack.rendering import Block
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.practice import TAKEN_AT
from bot.server.worker import JOBS
from tests.support.factories import at
from tests.support.slack import events
from tests.support.slack.scene import COUNTS, COUNTY, NORTH, Scene, living
from tests.support.slack.workspace import Message

#: Characters of a line on a telephone of 380 pixels.
LINE = 46
MORNING = at("Wed 5 Jul 2017 07:58")
#: Who asks what; {missing} is a child missing in the north, {due} one whose return interview there is due.
ASKED = (
    ("lead", "stats north"),
    ("lead", "stats"),
    ("lead", "trend"),
    ("lead", "compare 2016-H2 2017-H1"),
    ("lead", "cohort lac"),
    ("lead", "bands"),
    ("lead", "concentration"),
    ("lead", "reporters"),
    ("lead", "interviews 2017-H1"),
    ("police", "open"),
    ("police", "child {missing}"),
    ("police", "today"),
    ("police", "escalations"),
    ("police", "sources"),
    ("north-manager", "open north"),
    ("north-manager", "interviews"),
    ("north-manager", "escalations"),
    ("north-manager", "strategy"),
    ("north-manager", "on-call"),
    ("north-worker", "interviews mine"),
    ("north-worker", "interview {due}"),
    ("north-worker", "interview {due} why"),
    ("north-worker", "my-access"),
    ("coordinator", "interviews overdue"),
    ("coordinator", "help"),
    ("coordinator", "help stats"),
    ("north-worker", "child {other}"),
    ("north-worker", "stat nort"),
    ("admin", "deliveries"),
    ("admin", "help"),
)


@dataclass(frozen=True)
class Shown:
    """One message or view as it was sent."""

    name: str
    blocks: Sequence[Block]

    @property
    def texts(self) -> list[str]:
        return [line for text in _texts(self.blocks) for line in text.split("\n") if line]

    @property
    def characters(self) -> int:
        return sum(map(len, self.texts))

    @property
    def lines(self) -> int:
        return sum(len(textwrap.wrap(text, LINE)) or 1 for text in self.texts)

    @property
    def buttons(self) -> int:
        below = sum(len(block["elements"]) for block in self.blocks if block["type"] == "actions")
        return below + sum("accessory" in block for block in self.blocks)

    @property
    def repeated(self) -> int:
        said = Counter(part for text in self.texts for part in re.split(r" · |(?<=\.) ", text) if len(part) > 15)
        return sum(n - 1 for n in said.values() if n > 1)


def _texts(node: Any) -> Iterator[str]:
    """Yield the visible texts of blocks but those of buttons; the cells of a row of a table as one."""
    if isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict) and node.get("type") == "table":
        for row in node["rows"]:
            yield "  ".join(text for cell in row for text in _texts(cell))
    elif isinstance(node, dict) and node.get("type") not in ("button", "overflow"):
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)


def morning() -> Iterator[Shown]:
    """Yield what the practice county is sent from 07:58 to 08:31, and what it asks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with living(folder, f"sqlite:///{folder / 'bot.sqlite'}", draw=lambda chart: None) as bot:
            files = practice.write_exports(folder / "exports")
            for source in ("children", "police", "interviews"):
                bot.app.load(source, files[source], TAKEN_AT[source])
            for minute in range(34):
                bot.turn(MORNING + timedelta(minutes=minute))
                _tick(bot)
            yield from _sent(bot)
            yield from _answers(bot)


def _tick(bot: Scene) -> None:
    app = bot.app
    clock = {"slack": bot.slack.platform}
    tick(Run(app.database, app.as_listed(), clock, app.sealing_key, "a", lambda c: bot.now), JOBS, MORNING)


def _sent(bot: Scene) -> Iterator[Shown]:
    """Yield the leads and parts of digests, and everything that was sent to a person."""
    for channel in (COUNTY, NORTH, COUNTS):
        for n, message in enumerate(bot.workspace.in_channel(channel)):
            kind = "digest" if message.thread_ts is None else "digest thread"
            yield Shown(f"{kind} {channel[2:].lower()}{f' {n}' if message.thread_ts else ''}", message.blocks)
    for who in ("police", "police-lead", "lead", "north-manager", "north-worker", "coordinator", "admin"):
        for n, message in enumerate(bot.to(who), 1):
            yield Shown(f"sent to {who} {n}", message.blocks)


def _answers(bot: Scene) -> Iterator[Shown]:
    refs = {
        "missing": _first(bot, "north-manager", "open north"),
        "due": _first(bot, "north-worker", "interviews mine"),
    }
    refs["other"] = _first(bot, "lead", "open south")
    for who, text in ASKED:
        yield Shown(f"{who}: {text.format(**dict.fromkeys(refs, 'REF'))}", bot.slash(text.format(**refs), who).blocks)
    for who in ("north-worker", "coordinator"):
        bot.send(events.app_home_opened(bot.workspace, bot.person(who)))
        yield Shown(f"home of {who}", bot.workspace.homes[bot.person(who).id]["blocks"])


def _first(bot: Scene, who: str, text: str) -> str:
    """Return the first reference in an answer."""
    message: Message = bot.slash(text, who)
    return next(m[0] for m in map(re.compile(r"OX-[A-Z0-9]{4}").search, _texts(message.blocks)) if m)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--save", type=Path)
    folder: Path | None = given.parse_args().save
    print(f"{'message':44}{'chars':>7}{'lines':>7}{'buttons':>9}{'again':>7}")
    for n, shown in enumerate(morning()):
        print(f"{shown.name[:43]:44}{shown.characters:7}{shown.lines:7}{shown.buttons:9}{shown.repeated:7}")
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{n:02} {re.sub(r'[^a-z0-9-]+', ' ', shown.name.lower()).strip()}.json"
            file.write_text(json.dumps(shown.blocks, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
