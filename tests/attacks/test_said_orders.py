"""Whatever is said and loaded in whatever order: who is missing by a record or by a person's word is listed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given, settings

from bot.conversation.reply import Reply
from tests.support import exports
from tests.support.doubts import BECAUSE, MONDAY, Bot, bot_on, missing

RUNS = int(os.environ.get("BOT_SAID", "14"))
HOUR = timedelta(hours=1)
NUMBER = "TVP-43170/7781"
#: The child of the number: unknown until a file has it, or one who was missing before and is back.
KNOWN, UNKNOWN = "NOM-2", "NOM-7"
LOADS = ["lacks", "open", "open, high", "open, low", "ended before", "ended", "void", "council"]
SAYS = ["new", "undo", "missing", "back", "found", "high", "low", "new again", "ended"]
STEPS = st.lists(st.sampled_from([*LOADS, *SAYS]), min_size=1, max_size=8)


class Play:
    """A child who is said to be missing since 09:00 on Monday, in whatever order the files and the words come."""

    def __init__(self, bot: Bot, child: str) -> None:
        self.bot, self.child, self.now = bot, child, MONDAY.replace(hour=9)
        self.refs: list[str] = []
        self.file = "lacks"
        self.was_back = missing(2, returned_at="02/07/2017 22:00", end_reason="returned_self")
        bot.load("police", MONDAY, missing(1), self.was_back)
        bot.load("interviews", MONDAY, exports.interview(occurrence_ref="OCC-2", child_id="C-2"))

    def step(self, what: str) -> None:
        self.now += HOUR
        if what in LOADS:
            self.load(what)
        else:
            self.say(what)

    def load(self, what: str) -> None:
        """Load a file with the record of the number, or without it."""
        if what == "council":
            names = ("ended_at", "returned_at", "offered_at", "response", "held_at", "recorded_at")
            untouched = dict.fromkeys(names, "")
            ours = "C-2" if self.child == KNOWN else "C-7"
            form = {"episode_id": "EP-7", "occurrence_ref": NUMBER, "child_id": ours, "started_at": "03/07/2017 09:05"}
            self.bot.load("interviews", self.now, exports.interview(**{**untouched, **form}))
            return
        self.file = what
        times = {"last_seen_at": "03/07/2017 09:10", "reported_at": "03/07/2017 09:20", "risk": "", "risk_at": ""}
        if ", " in what:
            times |= {"risk": what.split(", ")[1], "risk_at": f"{self.now:%d/%m/%Y %H:%M}"}
        ends = {"ended": {"returned_at": f"{self.now:%d/%m/%Y %H:%M}", "end_reason": "returned_self"}}
        ends["ended before"] = {"last_seen_at": "03/07/2017 07:00", "reported_at": "03/07/2017 07:30"}
        ends["ended before"] |= {"returned_at": "03/07/2017 08:10", "end_reason": "returned_self"}
        ends["void"] = {"end_reason": "error_duplicate"}
        row = missing(2, **{"occurrence_ref": NUMBER, "police_ref": self.child, **times, **ends.get(what, {})})
        self.bot.load("police", self.now, missing(1), self.was_back, *([] if what == "lacks" else [row]))

    def say(self, what: str) -> None:
        if what in ("new", "new again"):
            number = NUMBER if what == "new" else NUMBER.lower()
            reply = self.ask(f"said new north number {number} missing since 2017-07-03 10:00 {BECAUSE}")
            if reply.status == "ok":
                self.refs.append(reply.title.removeprefix("Recorded: "))
            return
        for ref in self.refs:
            at = f"{self.now + HOUR / 2:%Y-%m-%d %H:%M}"  # half an hour ago, in London
            text = {"undo": "undo", "ended": f"at {at} {BECAUSE}"}.get(what, f"{what} at {at} {BECAUSE}")
            self.ask(f"{'ended' if what == 'ended' else 'said'} {ref} {text}")

    def ask(self, text: str) -> Reply:
        return self.bot.ask(text, "police", self.now)

    def check(self, steps: Sequence[str]) -> None:
        assert all(self.ask(f"child {ref}").status == "ok" for ref in self.refs), "a reference goes on answering"
        shown = [row[0] for table in self.bot.ask("open", "police", self.now, export=True).tables for row in table.rows]
        assert self.bot.ref(1) in shown, "of the other child nothing was said"
        # A record that has the child missing is in the list, whatever was said.
        if self.file in ("open", "open, high", "open, low"):
            with_record = next(str(c["ref"]) for c in self.bot.rows("child") if c["police_ref"] == self.child)
            assert with_record in shown, (steps, "the record")
        # A word that no record answers is in the list, too.
        for x in self.standing():
            assert x in shown, (steps, "the word")
        grades = {
            str(row[0]): str(row[1])
            for table in self.bot.ask("open", "police", self.now, export=True).tables
            for row in table.rows
        }
        if self.file == "open, high":
            assert grades[with_record] == "HIGH", (steps, "a lower grade takes nothing away")

    def standing(self) -> Iterator[str]:
        """Yield the references of children with a word in force: missing, in no record, and not said to be over."""
        if self.file in ("ended", "open", "open, high", "open, low") or self._in_council:
            return
        children = {c["id"]: str(c["ref"]) for c in self.bot.rows("child")}
        holds = [r for r in self.bot.rows("ruling") if not (r["undone_at"] or r["overtaken_at"])]
        over = {(r["child_id"], r["saying"]) for r in holds if r["kind"] == "end"}
        for r in holds:
            if r["kind"] == "missing" and (r["child_id"], r["id"]) not in over:
                yield children[r["child_id"]]

    @property
    def _in_council(self) -> bool:
        return any(r["episode_ref"] == "EP-7" for r in self.bot.rows("interview"))


@settings(max_examples=RUNS, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.sampled_from([KNOWN, UNKNOWN]), STEPS)
@example(KNOWN, ["new", "back", "open", "lacks", "undo", "new again"])
@example(UNKNOWN, ["new", "ended before", "high", "open, low", "ended", "missing"])
@example(UNKNOWN, ["new", "council", "void", "lacks", "ended", "missing"])
@example(KNOWN, ["new", "lacks", "ended", "missing", "void", "open, high", "low"])
def test_nobody_is_hidden_in_whatever_order_it_is_said_and_loaded(child: str, steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, bot_on(f"sqlite:///{folder}/bot.sqlite", Path(folder)) as bot:
        _run(bot, child, steps)


def _run(bot: Bot, child: str, steps: Sequence[str]) -> None:
    play = Play(bot, child)
    for n, what in enumerate(steps):
        play.step(what)
        play.check(steps[: n + 1])


def test_nor_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    with bot_on(postgresql_url, tmp_path) as bot:
        _run(bot, KNOWN, ["new", "back", "low", "open, high", "lacks", "undo", "new again", "council", "ended"])
