"""Whatever is loaded, said and taken back: who is open in the newest file is listed, and so is who nobody ended."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from bot.ingest.rejects import SourceError
from tests.support.doubts import BECAUSE, MONDAY, Bot, bot_on, missing
from tests.support.exports import Row

RUNS = int(os.environ.get("BOT_RULINGS", "12"))
HOUR = timedelta(hours=1)
ADULT, CHILD = "13/05/1999", "01/02/2003"

#: What a police file has of the child: nothing, the open record, or the record with its end; by which birth date.
LOADS = [("lacks", CHILD), ("open", CHILD), ("open", ADULT), ("ended", CHILD)]
SAYS = [("say", "ended"), ("say", "undo ended"), ("say", "adult"), ("say", "child"), ("say", "undo age")]
STEPS = st.lists(st.sampled_from([*LOADS, *SAYS, ("older", CHILD)]), min_size=1, max_size=7)
WHO = ("police", "coordinator", "north-manager")


class Model:
    """What the issue promises, worked out from the steps alone."""

    def __init__(self) -> None:
        self.file, self.birth = "open", CHILD
        self.record_ended = False
        self.said_end = False
        self.ages: list[tuple[str, str]] = []  # what was said, and of which birth date

    @property
    def adult(self) -> bool:
        said = self.ages[-1] if self.ages else ("", "")
        return self.birth == ADULT and said == ("adult", ADULT)

    @property
    def listed(self) -> bool:
        if self.adult:
            return False
        if self.file == "open":
            return True
        return not (self.record_ended or self.said_end)

    def load(self, kind: str, birth: str) -> None:
        self.file = kind
        if kind == "lacks":
            return
        self.birth, self.record_ended, self.said_end = birth, kind == "ended", False


def run(bot: Bot, steps: Sequence[tuple[str, str]]) -> None:
    model, now = Model(), MONDAY
    bot.load("police", now, missing(1), missing(2))
    for n, (kind, what) in enumerate(steps):
        now += HOUR
        if kind in ("lacks", "open", "ended"):
            theirs = _rows(kind, what)
            bot.load("police", now, *theirs, missing(2))
            model.load(kind, what)
        elif kind == "older":
            _older(bot)
        else:
            _say(bot, model, what, WHO[n % 3], now)
        assert bot.listed(1, now) == model.listed, (steps[: n + 1], bot.said("open", now=now))
        assert bot.listed(2, now), "of the other child nothing was said"


def _rows(kind: str, birth: str) -> list[Row]:
    if kind == "lacks":
        return []
    ended = {"returned_at": "03/07/2017 06:00", "end_reason": "returned_self"} if kind == "ended" else {}
    return [missing(1, birth_date=birth, **ended)]


def _older(bot: Bot) -> None:
    """A file that is older than what is loaded changes nothing."""
    with pytest.raises(SourceError):
        bot.load("police", MONDAY - HOUR, missing(1, returned_at="03/07/2017 05:00"), missing(2))


def _say(bot: Bot, model: Model, what: str, who: str, now: datetime) -> None:
    ref = bot.ref(1)
    text = {
        "ended": f"ended {ref} hospital at 2017-07-03 07:30 {BECAUSE}",
        "undo ended": f"ended {ref} undo",
        "adult": f"age {ref} adult",
        "child": f"age {ref} child",
        "undo age": f"age {ref} undo",
    }[what]
    before, rulings = model.listed, len(bot.rows("ruling"))
    done = bot.ask(text, who, now).status == "ok"
    if what == "ended":
        may = before and model.file == "lacks" and not model.record_ended
        assert done == may, (what, model.file)
        model.said_end = model.said_end or done
    elif what == "undo ended":
        assert done == model.said_end
        model.said_end = False
    elif what == "undo age":
        assert done == bool(model.ages)
        model.ages = model.ages[:-1]
    else:
        in_doubt = model.birth == ADULT and (what, ADULT) != (model.ages[-1] if model.ages else None)
        done_before = bool(model.ages) and model.ages[-1] == ("child", ADULT)
        assert done == (in_doubt and not done_before), (what, model.ages)
        if done:
            model.ages.append((what, ADULT))
    assert done or len(bot.rows("ruling")) == rulings, "what is refused is not recorded"


@settings(max_examples=RUNS, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(STEPS)
@example([("lacks", CHILD), ("say", "ended"), ("open", CHILD), ("lacks", CHILD), ("say", "undo ended")])
@example([("open", ADULT), ("say", "adult"), ("say", "child"), ("say", "undo age"), ("say", "undo age")])
@example([("open", ADULT), ("say", "adult"), ("lacks", CHILD), ("say", "undo age"), ("lacks", CHILD), ("say", "ended")])
def test_nobody_is_hidden_whatever_is_loaded_said_and_taken_back(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder, bot_on(f"sqlite:///{folder}/bot.sqlite", Path(folder)) as bot:
        run(bot, steps)


def test_nor_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    steps = [
        *[("lacks", CHILD), ("say", "ended"), ("older", CHILD), ("open", ADULT), ("say", "adult"), ("say", "undo age")],
        *[("say", "child"), ("lacks", CHILD), ("say", "ended"), ("say", "undo ended"), ("say", "ended")],
        *[("open", ADULT), ("ended", CHILD), ("say", "undo ended")],
    ]
    with bot_on(postgresql_url, tmp_path) as bot:
        run(bot, steps)
