"""What was said in chat goes into the case system without being typed again: copied out, or as a file that loads."""

from __future__ import annotations

import csv
import stat
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.app import App
from bot.chat.slack import rendering
from bot.chat.terminal import as_text
from bot.cli import unrecorded
from bot.settings import SettingsError
from bot.store import audit_chain
from bot.store.database import reading
from tests.journeys.test_one_interview import ABSENCES, LOADED, OWED, WORKER, numbers, owed
from tests.support import exports
from tests.support.asking import column, offered
from tests.support.doubts import Bot, bot_on
from tests.support.factories import NOW, at

#: On practice's morning, Wednesday 5 July 2017 at 08:00: after all that is said.
TALK = at("Tue 4 Jul 2017 16:00")
NOON = at("Tue 4 Jul 2017 12:00")
LATER = at("Wed 5 Jul 2017 07:50")


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        found.load("police", LOADED, *ABSENCES)
        found.load("children", LOADED, exports.child())
        found.load("interviews", LOADED, *OWED)
        yield found


def say(bot: Bot, number: int, *steps: str, now: datetime = TALK) -> None:
    for step in steps:
        reply = bot.ask(f"interview {bot.ref()} #{number} {step}", WORKER, now)
        assert reply.title.startswith("Recorded for"), reply.text


def write(bot: Bot, who: str = "coordinator", recorded_at: datetime | None = None) -> int:
    (bot.folder / "out.csv").unlink(missing_ok=True)  # a file that is there is never written over
    return unrecorded._run(bot.app, Namespace(file=bot.folder / "out.csv", person=who, recorded_at=recorded_at))


def written(bot: Bot) -> list[dict[str, str]]:
    with (bot.folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_back(bot: Bot) -> None:
    summary = bot.app.load("interviews", bot.folder / "out.csv", LATER)
    assert (summary.rejected, summary.unread, summary.rejects_file) == (0, 0, None)


def unrecorded_now(bot: Bot) -> list[object]:
    reply = bot.ask("interviews unrecorded", WORKER, NOW, export=True)
    return column(reply, "Return interviews", "Child") if reply.tables else []


def lacking(bot: Bot) -> str:
    return as_text(bot.ask("sources chat-only", "lead", NOW))


def test_one_block_holds_the_answers_as_the_record_wants_them(bot: Bot) -> None:
    first = numbers(bot)[0]
    say(bot, first, "offered by phone at 11:00", "attempt no answer at 12:00", "booked wed 10:00", now=NOON)
    held = bot.ask(f"interview {bot.ref()} #{first} held at 15:30", WORKER, TALK)
    shown = bot.ask(f"interview {bot.ref()} #{first}", WORKER)
    assert all(f"interview {bot.ref()} #{first} copy" in offered(reply) for reply in (held, shown))
    block = bot.ask(f"interview {bot.ref()} #{first} copy", WORKER)
    assert {name: text for name, text in block.tables[0].rows} == {
        "returned_at": "2017-06-30 10:00",
        "offered_at": "2017-07-04 11:00",
        "response": "accepted",
        "held_at": "2017-07-04 15:30",
        "recorded_at": "",
        "worker": "W-N01",
        "outcome_reason": "",
    }
    said = as_text(block)
    assert "attempt: no answer" in said, "what has no column is said too"
    assert "EP-1" not in said, "references of other systems stand in the file alone"
    styles = {p.style for p in rendering.pieces(block)}
    assert "code" in styles, "in Slack it is one block of plain text"


def test_nothing_is_copied_in_a_channel_or_for_another_worker(bot: Bot) -> None:
    say(bot, numbers(bot)[0], "held at 15:30")
    typed = f"interview {bot.ref()} #{numbers(bot)[0]} copy"
    here = bot.in_channel(typed, "coordinator")
    assert here.status == "refused"
    assert "2017-07-04" not in as_text(here)
    assert bot.ask(typed, "south-worker").status == "refused"
    assert bot.ask(typed, "lead").status == "refused", "a lead updates no interview"


def test_after_the_file_was_taken_in_nothing_is_unrecorded(bot: Bot) -> None:
    first, second = numbers(bot)
    say(bot, first, "offered at 11:00", "held at 15:30")
    say(bot, second, "offered by phone at 11:00", "declined by child at 15:00", "carer contacted at 15:10")
    assert unrecorded_now(bot) == [bot.ref()]
    before = bot.rows("interview")
    assert write(bot, recorded_at=at("Wed 5 Jul 2017 07:45")) == 0
    assert stat.S_IMODE((bot.folder / "out.csv").stat().st_mode) == 0o600
    load_back(bot)
    assert unrecorded_now(bot) == []
    assert bot.ref() not in lacking(bot)
    after = bot.rows("interview")
    facts = ("episode_ref", "occurrence_ref", "kind", "started_at", "ended_at", "team", "returned_at", "worker")
    assert [[x[name] for name in facts] for x in after] == [[x[name] for name in facts] for x in before]
    assert [x["recorded_at"] for x in after] == [at("Wed 5 Jul 2017 07:45"), None]
    assert [x["outcome_reason"] for x in after] == [None, "carer_contacted"]
    assert write(bot) == 0
    assert written(bot) == [], "what is in the record by now is nowhere a second time"


def test_without_a_time_the_case_system_says_when_it_was_recorded(bot: Bot) -> None:
    first, second = numbers(bot)
    say(bot, first, "held at 15:30")
    say(bot, second, "held at 15:30", "recorded at 15:50")
    write(bot)
    assert [row["recorded_at"] for row in written(bot)] == ["", "2017-07-04 15:50"]
    load_back(bot)
    assert unrecorded_now(bot) == [bot.ref()], "a file that was written is no record"


def test_a_merged_talk_is_a_row_of_each_record(bot: Bot) -> None:
    first, second = numbers(bot)
    say(bot, first, "merge", "held at 15:30")
    assert "One talk with" in as_text(bot.ask(f"interview {bot.ref()} #{second} copy", WORKER))
    write(bot)
    assert [(row["episode_id"], row["held_at"]) for row in written(bot)] == [
        ("EP-1", "2017-07-04 15:30"),
        ("EP-2", "2017-07-04 15:30"),
    ]


def test_an_absence_that_the_council_has_no_record_of_is_a_new_row(bot: Bot, tmp_path: Path) -> None:
    bot.load("interviews", at("Tue 4 Jul 2017 08:00"), owed(1, "2017-06-29 20:00", "2017-06-30 10:00"))
    with bot_on(f"sqlite:///{tmp_path / 'police.sqlite'}", tmp_path) as other:
        other.load("police", LOADED, ABSENCES[1])
        other.load("children", LOADED, exports.child())
        (number,) = numbers(other)
        say(other, number, "held at 15:30")
        write(other)
        (row,) = written(other)
        assert (row["episode_id"], row["occurrence_ref"], row["child_id"]) == ("", "OCC-2", "C-1")
        assert (row["started_at"], row["returned_at"]) == ("2017-07-02 20:00", "2017-07-03 09:00")
        summary = other.app.load("interviews", other.folder / "out.csv", LATER)
        assert summary.rejected == 0
        assert [x["held_at"] for x in other.rows("episode")] == [TALK.replace(hour=14, minute=30)]


def test_the_file_speaks_as_the_partnership_file_does(bot: Bot) -> None:
    first = numbers(bot)[0]
    say(bot, first, "offered at 11:00", "accepted at 11:10", "held at 15:30")
    own = {"held_at": "Date Held", "response": "RHI Response", "independent": "", "worker": "Worker"}
    for columns in (own, own | {"worker": "=Worker"}):
        chosen = bot.app.partnership.sources
        words = {"response": {"Agreed": "accepted", "Refused by YP": "declined"}}
        interviews = replace(chosen.interviews, columns=columns, words=words)
        partnership = replace(bot.app.partnership, sources=replace(chosen, interviews=interviews))
        with closing(App(replace(bot.app.settings, partnership=partnership))) as app:
            other = Bot(app, bot.folder)
            write(other)
            (row,) = written(other)
            assert (row["Date Held"], row["RHI Response"]) == ("2017-07-04 15:30", "Agreed")
            assert "independent" not in row
            typed = f"interview {bot.ref()} #{first} copy"
            assert ("RHI Response", "Agreed") in other.ask(typed, WORKER).tables[0].rows
            if columns == own:
                summary = app.check("interviews", bot.folder / "out.csv", LATER)
                assert summary.whole, summary.lines
            else:
                assert "'=Worker" in row, "no cell is a formula"


@pytest.mark.parametrize("who", ["lead", "police", "analyst", "admin", "nobody-here"])
def test_who_may_not_update_interviews_gets_no_file(bot: Bot, who: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(bot, numbers(bot)[0], "held at 15:30")
    assert write(bot, who) == 1
    assert not (bot.folder / "out.csv").exists()
    assert capsys.readouterr().err.strip()
    with reading(bot.app.database) as connection:
        *_, (_, entry) = audit_chain.entries(connection)
    assert (entry.action, entry.outcome != "answered", entry.level) == (unrecorded.ACTION, True, None)


def test_a_worker_gets_their_own_cases_and_the_trail_says_so(bot: Bot) -> None:
    say(bot, numbers(bot)[0], "held at 15:30")
    assert write(bot, "south-worker") == 0
    assert written(bot) == []
    assert write(bot, WORKER) == 0
    assert len(written(bot)) == 1
    with reading(bot.app.database) as connection:
        *_, (_, entry) = audit_chain.entries(connection)
    assert (entry.action, entry.outcome, entry.who, entry.level) == (unrecorded.ACTION, "answered", WORKER, 2)


def test_a_time_still_to_come_is_no_time_of_recording(bot: Bot) -> None:
    with pytest.raises(SettingsError, match="still to come"):
        write(bot, recorded_at=at("Wed 5 Jul 2017 08:01"))


def test_a_talk_after_the_file_was_taken_in_is_not_recorded_by_it(bot: Bot) -> None:
    say(bot, numbers(bot)[0], "held at 15:30")
    write(bot, recorded_at=at("Tue 4 Jul 2017 15:00"))
    assert [row["recorded_at"] for row in written(bot)] == [""]
