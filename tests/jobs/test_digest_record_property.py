"""Over days with changes, downtimes and corrections, no posted digest gets another window, count, time or day."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.conversation.reply import Reply
from bot.jobs import digest
from bot.rules.time.clock import local_day
from bot.store.database import writing
from bot.store.schema.records import episode as table
from tests.support.factories import at, episode, hours, interview, reference
from tests.support.job_scene import Scene, scene

CHILDREN = range(1, 7)
#: Seconds between two looks: minutes at work, or a downtime of up to two days.
WAITS = st.one_of(st.integers(20, 900), st.integers(900, 12 * 3600), st.integers(12 * 3600, 48 * 3600))
EVENTS = st.sampled_from(["nothing", "load", "back", "graded", "held", "new", "void", "other child", "moved"])
STEPS = st.lists(st.tuples(WAITS, EVENTS, st.sampled_from(CHILDREN)), min_size=3, max_size=12)


@dataclass
class Week:
    """What was seen of each digest when it was posted, and at the last look of its own day."""

    bot: Scene
    first: dict[str, Reply] = field(default_factory=dict)
    last: dict[str, Reply] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    newest: int = max(CHILDREN)

    def happen(self, event: str, child: int) -> None:
        now = self.bot.now
        back = now - timedelta(minutes=5)
        changes: dict[str, dict[str, object]] = {
            "back": {"until_at": back, "end_at": back, "returned_at": back},
            "graded": {"grade": "high", "graded_at": now},
            "held": {"held_at": now, "held_known_at": now},
            "void": {"kind": "void", "required": False},  # as it is stored
            "moved": {"area": "elsewhere"},
            "other child": {"child_id": self.newest + 1},
        }
        values = changes.get(event, {})
        if event in ("new", "other child"):
            self.newest += 1
            self.bot.put(episode(self.newest, now - hours(1)))
        elif event == "load":
            self.bot.put()
        if values and reference(child) not in self.gone:
            with writing(self.bot.database) as connection:
                connection.execute(update(table).where(table.c.child_id == child).values(values))
        if event in ("void", "moved", "other child"):
            self.gone.add(reference(child))

    def look(self) -> None:
        self.bot.tick(digest.JOB)
        due = {d.message_id: d.due_at for d in self.bot.ledger("digest")}
        for kept in self.bot.chat.messages:
            assert not [ref for ref in self.gone if ref in kept.text]
            if kept.message.thread is not None:
                continue
            now = kept.message.reply
            first = self.first.setdefault(kept.number, now)
            assert now.title == first.title
            assert now.text[: len(first.text)] == first.text
            assert now.footer[: len(first.footer)] == first.footer
            if local_day(due[kept.number]) == local_day(self.bot.now):
                self.last[kept.number] = now
                continue
            before = self.last[kept.number]
            assert _without_corrections(now.text) == _without_corrections(before.text)
            assert set(_lines(now)) <= set(_lines(before))
            missing = len(set(_lines(before))) - len(set(_lines(now)))
            corrected = now.text != before.text
            assert corrected or missing == 0
            assert self.gone or not corrected


def _without_corrections(text: tuple[str, ...]) -> list[str]:
    return [words for words in text if not words.partition(", corrected")[0].endswith(("removed", "wrong"))]


def _lines(reply: Reply) -> list[str]:
    return list(itertools.chain.from_iterable(s.lines for s in reply.sections))


@contextmanager
def week() -> Iterator[Week]:
    """One channel on a Friday before a bank holiday, with five children missing or back."""
    with TemporaryDirectory() as folder, scene(f"sqlite:///{Path(folder) / 'bot.sqlite3'}") as bot:
        bot.now = at("Fri 26 May 2017 08:00")
        bot.ours = replace(bot.ours, channels=tuple(c for c in bot.ours.channels if c.id == "county-digest"))
        back = bot.now - hours(30)
        bot.put(
            *(episode(child, bot.now - hours(child)) for child in (1, 2, 3)),
            *(episode(n, back - hours(n), back, interview=interview(back, worker="W-N01")) for n in (4, 5)),
            episode(6, back - hours(6), back, interview=interview(back)),
        )
        yield Week(bot)


@settings(max_examples=40)
@given(STEPS)
def test_a_posted_digest_stays_a_record_of_its_morning(steps: list[tuple[int, str, int]]) -> None:
    with week() as found:
        found.look()
        for seconds, event, child in steps:
            found.bot.wait(seconds=seconds)
            found.happen(event, child)
            found.look()
